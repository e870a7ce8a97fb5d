//! How a quantity prints: digits in groups, a real minus, the unit where a reader expects it.
//!
//! Plain text only. Markup round a number is the business of `render`.

use super::decimal::Decimal;
use super::quantity::Quantity;
use super::unit::{Form, Unit};
use super::value::Number;

const NO_BREAK_SPACE: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// How a quantity is to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// Without its unit.
    pub bare: bool,
    /// Rounded to this many significant digits; else as the source wrote it.
    pub digits: Option<usize>,
}

/// `quantity` as a reader sees it: `24 GB` with a no-break space, `$0.69/h`, `35%`, `−1,234.5`.
pub fn quantity(quantity: &Quantity, style: Style) -> String {
    // A quantity is made from a text that parses.
    let Ok(decimal) = Decimal::parse(quantity.text()) else { return quantity.text().to_owned() };
    let decimal = match style.digits {
        Some(count) => decimal.significant(count),
        None => decimal,
    };
    with_unit(&decimal, quantity.unit(), style.bare)
}

/// A number with the digits that it has: those of its source, or those that its interval or its inputs allow.
pub fn number(number: &Number, style: Style) -> String {
    with_unit(&number.shown(style.digits), number.unit(), style.bare)
}

/// A number and, in brackets, the ends of its 95 % interval at the same place: `127.7 tok/s (127.3 to 128.2)`. `None`
/// where it has no interval.
pub fn with_interval(value: &Number, style: Style) -> Option<String> {
    let interval = value.interval()?;
    let place = value.shown(style.digits).last_place();
    let end = |end| {
        let decimal = Decimal::of(end).at_place(place);
        with_unit(&decimal, Unit::NONE, true)
    };
    Some(format!("{} ({} to {})", number(value, style), end(interval.low), end(interval.high)))
}

fn with_unit(decimal: &Decimal, unit: Unit, bare: bool) -> String {
    let number = unsigned(decimal);
    let sign = if decimal.is_negative() { String::from(MINUS) } else { String::new() };
    if bare || unit.is_none() {
        return sign + &number;
    }
    let below = unit.below();
    match unit.form() {
        Form::Before(currency) => format!("{sign}{currency}{number}{below}"),
        Form::Tight => format!("{sign}{number}{unit}"),
        Form::Word(plural) if number != "1" => format!("{sign}{number}{NO_BREAK_SPACE}{plural}{below}"),
        Form::Word(_) | Form::After => match unit.to_string().strip_prefix('1') {
            Some(below) => format!("{sign}{number}{below}"),
            None => format!("{sign}{number}{NO_BREAK_SPACE}{unit}"),
        },
    }
}

/// A whole number in groups of three digits, for a sentence: `200,000`.
pub fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// The number without sign, in groups of three digits from 1,000 on.
fn unsigned(decimal: &Decimal) -> String {
    match decimal.written_out() {
        Some((whole, fraction)) if fraction.is_empty() => grouped(&whole),
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(&whole)),
        None => {
            let (mantissa, power) = decimal.scientific();
            format!("{mantissa}{NO_BREAK_SPACE}×{NO_BREAK_SPACE}10{}", superscript(power))
        }
    }
}

fn grouped(whole: &str) -> String {
    let mut out = String::with_capacity(whole.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn superscript(power: i32) -> String {
    let raised = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The others stand in one row of Unicode, from U+2070 on.
        _ => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
    };
    power.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(text: &str, unit: &str, style: Style) -> String {
        let unit = if unit.is_empty() { Unit::NONE } else { Unit::parse(unit).unwrap() };
        quantity(&Quantity::new(text, unit).unwrap(), style)
    }

    #[test]
    fn as_the_source_wrote_it_with_its_unit() {
        for (text, unit, want) in [
            ("24", "GB", "24\u{a0}GB"),
            ("936.20", "GB/s", "936.20\u{a0}GB/s"),
            ("1008", "GB/s", "1,008\u{a0}GB/s"),
            ("1599", "USD", "$1,599"),
            ("0.69", "USD/hour", "$0.69/h"),
            ("-5", "EUR", "−€5"),
            ("100", "CHF/h", "CHF\u{a0}100/h"),
            ("17.16", "cents/kWh", "17.16\u{a0}¢/kWh"),
            ("35", "%", "35%"),
            ("1.675", "x", "1.675×"),
            ("-1234567.5", "", "−1,234,567.5"),
            ("999", "", "999"),
            ("-0", "", "0"),
            ("1", "year", "1\u{a0}year"),
            ("2", "year", "2\u{a0}years"),
            ("120", "images/s", "120\u{a0}images/s"),
            ("0.5", "1/h", "0.5/h"),
            ("1e5", "tok", "100,000\u{a0}tok"),
            ("1.5e-30", "s", "1.5\u{a0}×\u{a0}10⁻³⁰\u{a0}s"),
        ] {
            assert_eq!(printed(text, unit, Style::default()), want);
        }
    }

    #[test]
    fn filters_take_the_unit_away_and_round() {
        let digits = |n| Style { digits: Some(n), ..Style::default() };
        assert_eq!(printed("1599", "USD", Style { bare: true, digits: None }), "1,599");
        assert_eq!(printed("1599", "USD", digits(2)), "$1,600");
        assert_eq!(printed("127.74", "tok/s", digits(3)), "128\u{a0}tok/s");
        assert_eq!(printed("999.5", "GB", Style { bare: true, digits: Some(3) }), "1,000");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_as_the_same_number(text in "-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,9})?") {
            let shown = printed(&text, "", Style::default()).replace(',', "").replace(MINUS, "-");
            prop_assert_eq!(shown.parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
        }
    }
}
