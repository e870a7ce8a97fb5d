//! Decimal numbers as text: read strictly, rounded digit by digit, written out.
//!
//! Rounding works on the digits that the source wrote, so 2.675 to three digits is 2.68 here, where binary floating
//! point would say 2.67.

/// How long the text of a number may be, in bytes. More digits than this are a mistake, not a measurement.
pub const MAX_LEN: usize = 60;

/// How many zeros are put in to write a number out that has an exponent.
const MAX_ZEROS: i32 = 18;

/// A decimal number: its digits, and where the point stands among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// From the most significant on, each 0 to 9; never empty.
    digits: Vec<u8>,
    /// How many of the digits stand after the point; negative when zeros follow the last digit.
    places: i32,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is written in another way than `-1234.5` or `1.5e3`.
    Form,
    /// It has more than [`MAX_LEN`] characters.
    Long,
    /// It is beyond what can be computed with: as large as 10^309, or nearer to 0 than 10^-323 and not 0.
    Range,
}

/// The `f64` nearest to `[+-] digits [. digits] [e [+-] digits]`, with nothing before or after it.
///
/// # Errors
/// What is wrong. Signs of grouping, leading zeros, a point without digits on both sides, `nan` and `inf` are no
/// numbers: in data they are slips that would otherwise be read as something else.
pub fn value(text: &str) -> Result<f64, Wrong> {
    let pieces = split(text)?;
    let value: f64 = text.parse().map_err(|_| Wrong::Form)?;
    let zero = pieces.whole.bytes().chain(pieces.fraction.bytes()).all(|b| b == b'0');
    if !value.is_finite() || (value == 0.0 && !zero) { Err(Wrong::Range) } else { Ok(value) }
}

struct Pieces<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i32,
}

fn split(text: &str) -> Result<Pieces<'_>, Wrong> {
    if text.len() > MAX_LEN {
        let number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        return Err(if number { Wrong::Long } else { Wrong::Form });
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) if all_digits(fraction) => (whole, fraction),
        Some(_) => return Err(Wrong::Form),
        None => (mantissa, ""),
    };
    if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(Wrong::Form);
    }
    Ok(Pieces { negative, whole, fraction, exponent })
}

impl Decimal {
    /// Reads a number, as [`value`] does.
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        value(text)?;
        let Pieces { negative, whole, fraction, exponent } = split(text)?;
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
        let places = i32::try_from(fraction.len()).map_err(|_| Wrong::Long)? - exponent;
        let zero = digits.iter().all(|d| *d == 0);
        Ok(Self { negative: negative && !zero, digits, places })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Rounded to `count` significant digits, halves to even. A number that has no more than `count` of them
    /// stays as it is: no digit is added that its source did not give.
    pub fn significant(mut self, count: usize) -> Self {
        let leading = self.digits.iter().take_while(|d| **d == 0).count();
        let keep = leading + count.max(1);
        if leading == self.digits.len() || keep >= self.digits.len() {
            return self;
        }
        let dropped = self.digits.split_off(keep);
        self.places -= i32::try_from(dropped.len()).unwrap_or(i32::MAX);
        if rounds_up(self.digits.last().copied().unwrap_or(0), &dropped) {
            self.increment(count);
        }
        self
    }

    /// The decimal nearest to `value`, to 15 significant digits: as many as survive a computation in `f64`, so that
    /// 0.1 + 0.2 is 0.3 and a tie is a tie. 0 for what is not finite.
    pub fn of(value: f64) -> Self {
        // The shortest text of what 15 digits say: without zeros at its end.
        let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(0.0);
        Decimal::parse(&format!("{rounded:e}")).unwrap_or(Self { negative: false, digits: vec![0], places: 0 })
    }

    /// The power of ten of its first digit that is not 0; of zero, that of its last.
    pub fn magnitude(&self) -> i32 {
        let leading = self.digits.iter().take_while(|d| **d == 0).count().min(self.digits.len() - 1);
        i32::try_from(self.digits.len() - leading).unwrap_or(i32::MAX) - 1 - self.places
    }

    /// The power of ten of its last digit: -2 for `1.25` and `1.20`.
    pub fn last_place(&self) -> i32 {
        -self.places
    }

    /// How many significant digits it has; zero has one.
    pub fn significant_count(&self) -> usize {
        let leading = self.digits.iter().take_while(|d| **d == 0).count();
        (self.digits.len() - leading).max(1)
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.digits.iter().all(|d| *d == 0)
    }

    /// Rounded to a multiple of 10^`place`, halves to even, and written to that place: zeros are put in where it has
    /// fewer digits, but none beyond the 15th significant one.
    pub fn at_place(mut self, place: i32) -> Self {
        let drop = place.saturating_add(self.places);
        if drop <= 0 {
            let room = 15 - (self.magnitude() - self.last_place() + 1);
            let zeros = if self.is_zero() { drop.saturating_neg().min(15) } else { drop.saturating_neg().min(room) };
            let zeros = zeros.max(0);
            self.digits.extend(std::iter::repeat_n(0, zeros.unsigned_abs() as usize));
            self.places += zeros;
            return self;
        }
        let drop = drop.unsigned_abs() as usize;
        if drop > self.digits.len() {
            return Self { negative: false, digits: vec![0], places: -place };
        }
        let dropped = self.digits.split_off(self.digits.len() - drop);
        self.places = -place;
        if rounds_up(self.digits.last().copied().unwrap_or(0), &dropped) {
            self.increment(usize::MAX);
        }
        if self.digits.is_empty() {
            self.digits.push(0);
        }
        self.negative &= !self.is_zero();
        self
    }

    /// As data is written: `-1234.5`, `1.5e30`.
    pub fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        match self.written_out() {
            Some((whole, fraction)) if fraction.is_empty() => format!("{sign}{whole}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => {
                let (mantissa, power) = self.scientific();
                format!("{sign}{mantissa}e{power}")
            }
        }
    }

    /// Adds one to the last digit. When that makes one significant digit more than `count`, the last goes.
    fn increment(&mut self, count: usize) {
        let mut carried = true;
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                carried = false;
                break;
            }
            *digit = 0;
        }
        if carried {
            self.digits.insert(0, 1);
        }
        let leading = self.digits.iter().take_while(|d| **d == 0).count();
        if self.digits.len() - leading > count && self.digits.last() == Some(&0) {
            self.digits.pop();
            self.places -= 1;
        }
    }

    /// The digits before and after the point, without sign: `("1008", "25")`. `None` for a number whose zeros
    /// would fill the line; see [`Decimal::scientific`].
    pub fn written_out(&self) -> Option<(String, String)> {
        let leading = self.places - i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        if leading > MAX_ZEROS || -self.places > MAX_ZEROS {
            return None;
        }
        let mut digits: String = self.digits.iter().map(|d| char::from(b'0' + d)).collect();
        let places = usize::try_from(self.places).unwrap_or(0);
        if self.places < 0 {
            digits.extend(std::iter::repeat_n('0', self.places.unsigned_abs() as usize));
        }
        if digits.len() <= places {
            digits.insert_str(0, &"0".repeat(places + 1 - digits.len()));
        }
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        Some((whole.to_owned(), fraction.to_owned()))
    }

    /// The mantissa, with one digit before the point, and the power of ten that goes with it, without sign.
    pub fn scientific(&self) -> (String, i32) {
        let leading = self.digits.iter().take_while(|d| **d == 0).count().min(self.digits.len() - 1);
        let mut digits: String = self.digits.iter().skip(leading).map(|d| char::from(b'0' + d)).collect();
        let power = i32::try_from(digits.len()).unwrap_or(i32::MAX) - 1 - self.places;
        if digits.len() > 1 {
            digits.insert(1, '.');
        }
        (digits, power)
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn parse_exponent(text: &str) -> Result<i32, Wrong> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    match all_digits(digits) {
        true => text.parse().ok().filter(|n: &i32| n.abs() < 100_000).ok_or(Wrong::Range),
        false => Err(Wrong::Form),
    }
}

/// Whether dropping `dropped` after `last` rounds up: more than half, or half and `last` is odd.
fn rounds_up(last: u8, dropped: &[u8]) -> bool {
    match dropped.split_first() {
        None => false,
        Some((5, rest)) if rest.iter().all(|d| *d == 0) => last % 2 == 1,
        Some((first, _)) => *first >= 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn out(text: &str, digits: usize) -> String {
        let (whole, fraction) = Decimal::parse(text).unwrap().significant(digits).written_out().unwrap();
        if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
    }

    #[test]
    fn what_is_no_number_is_told_apart() {
        for text in
            ["", "-", "nan", "inf", "NaN", "1,234", "1.234,5", "١٢٣", ".5", "5.", "007", "1e", "0x10", "1_0", " 1"]
        {
            assert_eq!(Decimal::parse(text), Err(Wrong::Form), "{text}");
        }
        assert_eq!(Decimal::parse("1e400"), Err(Wrong::Range));
        assert_eq!(Decimal::parse("1e-400"), Err(Wrong::Range));
        assert_eq!(Decimal::parse("1e99999999999"), Err(Wrong::Range));
        assert_eq!(Decimal::parse(&"9".repeat(400)), Err(Wrong::Long));
    }

    #[test]
    fn halves_go_to_even_by_the_digits_as_written() {
        for (text, digits, want) in [
            ("2.665", 3, "2.66"),
            ("2.675", 3, "2.68"),
            ("2.6750001", 3, "2.68"),
            ("936.2", 2, "940"),
            ("999.6", 3, "1000"),
            ("0.0996", 2, "0.10"),
            ("0.00995", 1, "0.01"),
            ("24", 5, "24"),
            ("0.0", 3, "0.0"),
            ("1e5", 3, "100000"),
            ("1.25e-2", 2, "0.012"),
        ] {
            assert_eq!(out(text, digits), want, "{text} to {digits}");
        }
    }

    #[test]
    fn large_powers_are_not_written_out() {
        let large = Decimal::parse("1.5e30").unwrap();
        assert_eq!(large.written_out(), None);
        assert_eq!(large.scientific(), ("1.5".into(), 30));
    }

    #[test]
    fn rounding_to_a_place_writes_that_place() {
        let at = |text: &str, place| Decimal::parse(text).unwrap().at_place(place).text();
        for (text, place, want) in [
            ("127.74", -1, "127.7"),
            ("2.5", -2, "2.50"),
            ("2.5", 0, "2"),
            ("3.5", 0, "4"),
            ("936", 1, "940"),
            ("999.6", 0, "1000"),
            ("0.4", 0, "0"),
            ("0.6", 0, "1"),
            ("-0.4", 0, "0"),
            ("7", 1, "10"),
            ("5", 1, "0"),
            ("5", 3, "0"),
            ("0", -2, "0.00"),
            ("1e5", -1, "100000.0"),
        ] {
            assert_eq!(at(text, place), want, "{text} at {place}");
        }
    }

    #[test]
    fn of_a_computed_number_15_digits_count() {
        assert_eq!(Decimal::of(0.1 + 0.2).text(), "0.3");
        assert_eq!(Decimal::of(1.07 * 2.5).significant(3).text(), "2.68");
        assert_eq!(Decimal::of(1.0 / 3.0).text(), "0.333333333333333");
        assert_eq!(Decimal::of(1e300).text(), "1e300");
        assert_eq!(Decimal::of(-38376.0).text(), "-38376");
        assert_eq!(Decimal::of(0.0).text(), "0");
        assert_eq!(Decimal::of(0.00125).magnitude(), -3);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = Decimal::parse(&text);
        }

        #[test]
        fn written_out_it_is_the_same_number(text in "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,12})?(e-?[0-9])?") {
            let decimal = Decimal::parse(&text).unwrap();
            let (whole, fraction) = decimal.written_out().unwrap();
            let sign = if decimal.is_negative() { "-" } else { "" };
            let again = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
            prop_assert_eq!(again.parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
        }

        #[test]
        fn rounding_is_within_half_of_the_last_digit(text in "[1-9][0-9]{0,9}(\\.[0-9]{1,6})?", digits in 1_usize..8) {
            let exact: f64 = text.parse().unwrap();
            let rounded: f64 = out(&text, digits).parse().unwrap();
            let last = 10_f64.powi(exact.log10().floor() as i32 + 1 - digits as i32);
            prop_assert!((rounded - exact).abs() <= last * 0.500_001, "{} -> {}", exact, rounded);
        }
    }
}
