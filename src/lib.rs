//! Benchbook, a documentation generator for guides whose numbers must be true.

#![forbid(unsafe_code)]

pub mod cli;
pub mod diag;
pub mod escape;
pub mod id;
pub mod ledger;
pub mod number;
pub mod parse;
pub mod pipeline;
pub mod read;
pub mod render;
pub mod resolve;
pub mod serve;
pub mod site;
pub mod write;
