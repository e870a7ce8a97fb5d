//! How old a number may be: `180d`, `26w`, `6 months`, `2y`.

use super::keys::{At, Keys, inside};
use crate::diag::{Code, Diagnostic};
use jiff::ToSpan;
use jiff::civil::Date;
use std::fmt;

/// How old a number may be: a number of days, weeks, months or years of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Age {
    count: u16,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

/// Each spelling of a unit, and how many of it make the longest age: a hundred years.
const UNITS: [(&str, Unit, u16); 5] = [
    ("d", Unit::Day, 36_525),
    ("w", Unit::Week, 5_217),
    ("month", Unit::Month, 1_200),
    ("months", Unit::Month, 1_200),
    ("y", Unit::Year, 100),
];

impl Age {
    /// Reads `text`: a whole number of at least 1, perhaps one space, and `d`, `w`, `month`, `months` or `y`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Age, &'static str> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at_checked(digits).unwrap_or_default();
        let name = rest.strip_prefix(' ').unwrap_or(rest);
        if number.is_empty() {
            return Err("an age begins with a whole number");
        }
        let Some((_, unit, most)) = UNITS.iter().find(|(known, ..)| *known == name) else {
            return Err("an age ends in `d`, `w`, `months` or `y`");
        };
        match number.parse::<u16>() {
            Ok(0) => Err("an age is at least 1"),
            Ok(count) if count <= *most => Ok(Age { count, unit: *unit }),
            _ => Err("an age is at most 100 years"),
        }
    }

    /// The last day on which a number of the day `date` is not past this age.
    pub fn last_day(self, date: Date) -> Date {
        let count = i32::from(self.count);
        date.saturating_add(match self.unit {
            Unit::Day => count.days(),
            Unit::Week => count.weeks(),
            Unit::Month => count.months(),
            Unit::Year => count.years(),
        })
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Day => write!(f, "{}d", self.count),
            Unit::Week => write!(f, "{}w", self.count),
            Unit::Month if self.count == 1 => f.write_str("1 month"),
            Unit::Month => write!(f, "{} months", self.count),
            Unit::Year => write!(f, "{}y", self.count),
        }
    }
}

/// The age that stands under `key`.
pub(super) fn read(keys: &mut Keys<'_, '_>, key: &'static str) -> Option<Age> {
    let text = keys.string(key)?;
    of(keys, text)
}

/// The age that `text` says. What is wrong with it is told.
pub(super) fn of(keys: &mut Keys<'_, '_>, text: At<&str>) -> Option<Age> {
    match Age::parse(text.value) {
        Ok(age) => Some(age),
        Err(why) => {
            let message = format!("`{}` is no age: {why}", text.value.escape_debug());
            keys.report(
                Diagnostic::new(Code::WrongType, inside(text), message)
                    .help("write it as `180d`, `26w`, `6 months` or `2y`"),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_age_is_a_whole_number_of_a_unit() {
        for text in ["1d", "180d", "26w", "1 month", "6 months", "2y", "100y", "36525d"] {
            assert_eq!(Age::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Age::parse("6month").unwrap().to_string(), "6 months");
        for text in
            ["", "d", "0d", "-1d", "1.5y", "2 years", "2Y", "101y", "36526d", "99999999999d", "1  d", " 1d", "1d "]
        {
            assert!(Age::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_calendar_is_followed() {
        let last = |text: &str, from: Date| Age::parse(text).unwrap().last_day(from);
        assert_eq!(last("1y", date(2024, 2, 29)), date(2025, 2, 28));
        assert_eq!(last("1 month", date(2026, 1, 31)), date(2026, 2, 28));
        assert_eq!(last("180d", date(2026, 1, 1)), date(2026, 6, 30));
        assert_eq!(last("2w", date(2026, 12, 25)), date(2027, 1, 8));
        assert_eq!(last("100y", date(9999, 12, 31)), Date::MAX);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_age_or_none(text in ".{0,12}") {
            if let Ok(age) = Age::parse(&text) {
                proptest::prop_assert_eq!(Age::parse(&age.to_string()), Ok(age));
            }
        }
    }
}
