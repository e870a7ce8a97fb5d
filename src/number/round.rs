//! How many digits of a number are shown: by its interval where it has one, else by the digits that its sources wrote.
//!
//! A place is a power of ten: to round at place -1 is to keep tenths.

use super::decimal::Decimal;

/// The most significant digits of a ratio without an interval.
pub const MAX_RATIO_DIGITS: usize = 3;
/// The most decimals of an amount of money without an interval.
pub const MAX_MONEY_DECIMALS: i32 = 2;
/// The significant digits of a fraction that comes of exact numbers alone.
const EXACT_DIGITS: i32 = 6;

/// What the digits of a number say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// They are all there are: a typed number, a count, an amount of money.
    Exact,
    /// The place of the last one that means something.
    Last(i32),
}

impl Digits {
    /// Of a sum or a mean: the coarsest of both.
    pub fn coarsest(self, other: Digits) -> Digits {
        match (self, other) {
            (Digits::Last(a), Digits::Last(b)) => Digits::Last(a.max(b)),
            (Digits::Exact, last) | (last, Digits::Exact) => last,
        }
    }

    /// How many significant digits `value` has by it; `None` where they are all.
    pub fn significant(self, value: f64) -> Option<i32> {
        match self {
            Digits::Exact => None,
            Digits::Last(_) if value == 0.0 => Some(1),
            Digits::Last(last) => Some((Decimal::of(value).magnitude() - last).saturating_add(1).max(1)),
        }
    }

    /// Of `value`, which has as many significant digits as the poorest of `inputs`.
    pub fn fewest(value: f64, inputs: &[Option<i32>]) -> Digits {
        match inputs.iter().flatten().min() {
            Some(count) => Digits::Last(place_of(value, *count)),
            None => Digits::Exact,
        }
    }
}

/// The place of the `count`th significant digit of `value`, once it is rounded there.
pub fn place_of(value: f64, count: i32) -> i32 {
    let count = count.clamp(1, 15);
    let rounded = Decimal::of(value).significant(count.unsigned_abs() as usize);
    rounded.magnitude() - (count - 1)
}

/// The place at which a value with a 95 % interval of this half width is rounded, by the rule of the Particle Data
/// Group: of the half width to three digits, 100 to 354 keep two of them, 355 to 949 one, and 950 to 999 are two
/// digits of 1000. `None` where the half width is 0 or no number.
pub fn place_of_interval(half_width: f64) -> Option<i32> {
    if !(half_width > 0.0 && half_width.is_finite()) {
        return None;
    }
    let text = format!("{half_width:.2e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let leading: u32 = mantissa.replace('.', "").parse().ok()?;
    Some(if leading < 355 { exponent - 1 } else { exponent })
}

/// A computed value without an interval, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Plain {
    /// The value.
    pub value: f64,
    /// What its inputs' digits allow.
    pub digits: Digits,
    /// Whether it is a quotient of two like things.
    pub ratio: bool,
    /// Whether it is an amount of money.
    pub money: bool,
}

impl Plain {
    /// Rounded as the digits of its inputs allow, and as a ratio or an amount of money is.
    pub fn rounded(self) -> Decimal {
        let exact = Decimal::of(self.value);
        let mut place = match self.digits {
            Digits::Last(place) => place,
            Digits::Exact => exact_place(&exact),
        };
        if self.money {
            place = place.max(-MAX_MONEY_DECIMALS);
            if self.digits == Digits::Exact && exact.last_place() < 0 {
                place = -MAX_MONEY_DECIMALS;
            }
        }
        if self.ratio && !exact.is_zero() {
            let most = i32::try_from(MAX_RATIO_DIGITS).unwrap_or(i32::MAX);
            place = place.max(place_of(self.value, most));
        }
        exact.at_place(place)
    }
}

/// The last place of what comes of exact numbers: all of it, but no fraction beyond the sixth significant digit.
fn exact_place(exact: &Decimal) -> i32 {
    let sixth = exact.magnitude() - (EXACT_DIGITS - 1);
    exact.last_place().min(0).max(sixth.min(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_interval_says_the_place() {
        for (half, want) in [
            (0.4843, Some(-1)),
            (0.354, Some(-2)),
            (0.3546, Some(-1)),
            (0.1, Some(-2)),
            (0.0949, Some(-2)),
            (0.095, Some(-2)),
            (0.97, Some(-1)),
            (0.9996, Some(-1)),
            (12.0, Some(0)),
            (40.0, Some(1)),
            (0.006, Some(-3)),
            (0.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(place_of_interval(half), want, "{half}");
        }
    }

    #[test]
    fn digits_of_the_inputs_limit() {
        let shown = |value, digits, ratio, money| Plain { value, digits, ratio, money }.rounded().text();
        assert_eq!(shown(38_376.0, Digits::Exact, false, true), "38376");
        assert_eq!(shown(799.5, Digits::Exact, false, true), "799.50");
        assert_eq!(shown(1599.0 / 7.0, Digits::Exact, false, true), "228.43");
        assert_eq!(shown(1.0 / 3.0, Digits::Exact, false, false), "0.333333");
        assert_eq!(shown(0.1 + 0.2, Digits::Exact, false, false), "0.3");
        assert_eq!(shown(123_456_789.5, Digits::Exact, false, false), "123456790");
        assert_eq!(shown(22.351_74, Digits::Last(-1), false, false), "22.4");
        assert_eq!(shown(1.674_62, Digits::Last(-4), true, false), "1.67");
        assert_eq!(shown(9.996, Digits::Exact, true, false), "10.0");
        assert_eq!(shown(2.5, Digits::Exact, true, false), "2.5");
        assert_eq!(shown(0.0, Digits::Exact, true, false), "0");
        assert_eq!(Digits::fewest(9.996, &[Some(2), None]), Digits::Last(0));
        assert_eq!(Digits::Last(-1).significant(936.2), Some(4));
    }

    proptest! {
        #[test]
        fn an_interval_keeps_one_or_two_of_its_digits(half in 1e-12_f64..1e12) {
            let place = f64::from(place_of_interval(half).unwrap());
            let unit = 10_f64.powf(place);
            // Of the half width, the last place is between 1 in 3.6 and 1 in 36; 950 to 999 count as 1000.
            prop_assert!(half / unit >= 3.54 && half / unit <= 35.6, "{} at {}", half, place);
        }
    }
}
