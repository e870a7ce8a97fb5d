//! Numbers with units: what they are, how they are written in an expression, how they print.
//!
//! Pure: this module knows no file, no HTML and no chapter. A number keeps the text that its source wrote, so that
//! nothing is lost between a data file and a page; arithmetic on `f64` never decides a printed digit.

pub mod decimal;
pub mod expr;
pub mod print;
pub mod quantity;
pub mod round;
pub mod stats;
pub mod unit;
pub mod value;

pub use quantity::Quantity;
pub use unit::Unit;
