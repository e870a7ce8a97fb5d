//! A number with its unit, as a source gave it.

use super::decimal::{self, Wrong};
use super::unit::Unit;
use std::hash::{Hash, Hasher};

/// A number as its source wrote it, and its unit. Never NaN, never infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    text: Box<str>,
    value: f64,
    unit: Unit,
}

impl Quantity {
    /// The number `text` in `unit`.
    ///
    /// # Errors
    /// Why `text` is not a number that can be computed with.
    pub fn new(text: &str, unit: Unit) -> Result<Self, Wrong> {
        let value = decimal::value(text)?;
        // Adding 0.0 turns -0.0 into 0.0: a page shows no negative zero.
        Ok(Self { text: text.strip_prefix('+').unwrap_or(text).into(), value: value + 0.0, unit })
    }

    /// The number, digit for digit as the source wrote it (a leading `+` is left out): what stands in `<data value>`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The nearest `f64`, in the quantity's own unit.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Its unit; [`Unit::NONE`] for a bare number.
    pub fn unit(&self) -> Unit {
        self.unit
    }
}

impl Eq for Quantity {}

// The value follows from the text.
impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
        self.unit.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site;

    #[test]
    fn the_text_is_kept_and_the_value_is_near() {
        let big = Quantity::new("9223372036854775809", Unit::NONE).unwrap();
        assert_eq!(big.text(), "9223372036854775809");
        assert!(Quantity::new("-0", Unit::NONE).unwrap().value().is_sign_positive());
        assert!(Quantity::new("1e400", Unit::NONE).is_err());
    }

    #[test]
    fn what_is_shown_is_hashed() {
        let hash = |text, unit| site::Hash::of(&Quantity::new(text, unit).unwrap());
        let gb = Unit::parse("GB").unwrap();
        assert_ne!(hash("24", gb), hash("24.0", gb));
        assert_ne!(hash("24", gb), hash("24", Unit::NONE));
        assert_eq!(hash("24", gb), hash("24", gb));
    }
}
