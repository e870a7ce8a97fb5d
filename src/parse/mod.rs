//! Bytes to typed values.

pub mod source;
pub mod table;
