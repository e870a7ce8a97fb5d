//! Numbers with units: what they are, how they are written in an expression, how they print.
//!
//! Pure: this module knows no file, no HTML and no chapter. A number keeps the text that its source wrote, so that
//! nothing is lost between a data file and a page; arithmetic on `f64` never decides a printed digit.

pub mod decimal;
pub mod eval;
pub mod expr;
pub mod function;
pub mod print;
pub mod quantity;
pub mod round;
pub mod stats;
pub mod typed;
pub mod unit;
pub mod value;

pub use quantity::Quantity;
pub use unit::Unit;

/// All that a reference of the language lists, each in the order of its list.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The functions.
    pub functions: Vec<function::Entry>,
    /// The filters.
    pub filters: Vec<function::Entry>,
    /// The units.
    pub units: Vec<unit::Entry>,
    /// Rates that are written in one word, each with what it stands for.
    pub rates: Vec<(&'static str, &'static str)>,
}

/// The reference of functions, filters and units.
pub fn reference() -> Reference {
    Reference {
        functions: function::FUNCTIONS.iter().map(|listed| listed.entry).collect(),
        filters: function::FILTERS.to_vec(),
        units: unit::entries().collect(),
        rates: unit::short().collect(),
    }
}
