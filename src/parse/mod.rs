//! Bytes to typed values with their places. A parser never fails: it gives what could be read, and what was wrong.
//!
//! **Invariant:** a parser looks at its own file only; a chapter's includes come through the recorder.

pub mod age;
pub mod benchmark;
pub mod block;
pub mod chapter;
pub mod config;
pub mod csv;
pub mod deceit;
pub mod html;
pub mod image;
pub mod json;
pub mod keys;
pub mod record;
pub mod shape;
pub mod source;
pub mod summary;
pub mod table;
pub mod theme;
