//! One output from a reader.

pub mod highlight;
pub mod table;
pub mod view;
