//! Bytes to typed values.

pub mod keys;
pub mod source;
pub mod table;
