//! Bytes to typed values.

pub mod block;
pub mod csv;
pub mod json;
pub mod keys;
pub mod source;
pub mod table;
