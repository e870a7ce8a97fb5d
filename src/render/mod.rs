//! One output from a reader.

pub mod escape;
pub mod highlight;
pub mod raw;
pub mod table;
pub mod view;
