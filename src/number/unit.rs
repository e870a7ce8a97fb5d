//! Units that are known when the program runs: one list, with dimension, exact scale and printed form of each.
//!
//! A unit is written `symbol{/symbol}`, as `GB/s` or `USD/GB/month`. Prefixes are those of the SI (powers of 1,000)
//! and of IEC 80000-13 (powers of 1,024). A currency is a dimension of its own, so that no rate is ever assumed.

use crate::diag::{Code, Diagnostic, Span};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// How many symbols a unit may be made of.
const MAX_PARTS: usize = 6;

/// A dimension that is not made of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Base {
    Time,
    Byte,
    Token,
    Image,
    Sample,
    Sequence,
    Item,
    Query,
    Flop,
    Op,
    Energy,
    Length,
    Count,
    Usd,
    Eur,
    Gbp,
    Jpy,
    Chf,
    Cny,
    Cad,
    Aud,
    Inr,
    Krw,
}

const BASES: usize = Base::Krw as usize + 1;

/// The power of each base dimension in a unit. All zero for a pure number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Dimension([i8; BASES]);

impl Dimension {
    /// The power of `base`.
    pub fn power(&self, base: Base) -> i8 {
        self.0.get(base as usize).copied().unwrap_or(0)
    }

    fn add(&mut self, base: Base, power: i8) {
        if let Some(own) = self.0.get_mut(base as usize) {
            *own = own.saturating_add(power);
        }
    }
}

/// An exact positive rational number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Above the line.
    pub over: u128,
    /// Below the line; never 0.
    pub under: u128,
}

impl Ratio {
    const ONE: Ratio = Ratio { over: 1, under: 1 };

    fn times(self, over: u64, under: u64) -> Option<Ratio> {
        let (over, under) = (self.over.checked_mul(over.into())?, self.under.checked_mul(under.into())?);
        let shared = gcd(over, under);
        Some(Ratio { over: over / shared, under: under / shared })
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// How a unit stands beside its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Behind it, after a no-break space: `24 GB`.
    After,
    /// Behind it, with an ending for any number but 1: `2 years`. Holds the plural.
    Word(&'static str),
    /// Behind it, without a space: `35%`.
    Tight,
    /// Before it: `$1,599`. Holds the sign, with its space if it has one.
    Before(&'static str),
}

/// One entry of the list.
#[derive(Debug)]
struct Symbol {
    name: &'static str,
    aliases: &'static [&'static str],
    dimension: &'static [(Base, i8)],
    over: u64,
    under: u64,
    form: Form,
}

const fn unit(
    name: &'static str,
    aliases: &'static [&'static str],
    dimension: &'static [(Base, i8)],
    scale: (u64, u64),
) -> Symbol {
    Symbol { name, aliases, dimension, over: scale.0, under: scale.1, form: Form::After }
}

const fn word(name: &'static str, plural: &'static str, dimension: &'static [(Base, i8)], scale: (u64, u64)) -> Symbol {
    Symbol { name, aliases: &[], dimension, over: scale.0, under: scale.1, form: Form::Word(plural) }
}

const fn money(name: &'static str, sign: &'static str, dimension: &'static [(Base, i8)]) -> Symbol {
    Symbol { name, aliases: &[], dimension, over: 1, under: 1, form: Form::Before(sign) }
}

const TIME: &[(Base, i8)] = &[(Base::Time, 1)];
const BYTE: &[(Base, i8)] = &[(Base::Byte, 1)];
const TOKEN: &[(Base, i8)] = &[(Base::Token, 1)];
const FLOP: &[(Base, i8)] = &[(Base::Flop, 1)];
const OP: &[(Base, i8)] = &[(Base::Op, 1)];
const ENERGY: &[(Base, i8)] = &[(Base::Energy, 1)];
const POWER: &[(Base, i8)] = &[(Base::Energy, 1), (Base::Time, -1)];
const RATE: &[(Base, i8)] = &[(Base::Time, -1)];
const LENGTH: &[(Base, i8)] = &[(Base::Length, 1)];

const KILO: u64 = 1_000;
const MEGA: u64 = 1_000_000;
const GIGA: u64 = 1_000_000_000;
const TERA: u64 = 1_000_000_000_000;
const PETA: u64 = 1_000_000_000_000_000;
const HOUR: u64 = 3_600;

/// All units. Scales are in seconds, bytes, joules, metres and whole items.
static SYMBOLS: &[Symbol] = &[
    unit("ns", &[], TIME, (1, GIGA)),
    unit("µs", &["us", "μs"], TIME, (1, MEGA)),
    unit("ms", &["ms per run"], TIME, (1, KILO)),
    unit("s", &["sec", "second", "seconds"], TIME, (1, 1)),
    unit("min", &["minute", "minutes"], TIME, (60, 1)),
    unit("h", &["hr", "hour", "hours"], TIME, (HOUR, 1)),
    unit("d", &["day", "days"], TIME, (24 * HOUR, 1)),
    // 30.4375 and 365.25 days.
    word("month", "months", TIME, (2_629_800, 1)),
    word("year", "years", TIME, (31_557_600, 1)),
    unit("bit", &["bits"], BYTE, (1, 8)),
    unit("kbit", &[], BYTE, (KILO, 8)),
    unit("Mbit", &[], BYTE, (MEGA, 8)),
    unit("Gbit", &[], BYTE, (GIGA, 8)),
    unit("B", &["byte", "bytes"], BYTE, (1, 1)),
    unit("kB", &["KB"], BYTE, (KILO, 1)),
    unit("MB", &[], BYTE, (MEGA, 1)),
    unit("GB", &[], BYTE, (GIGA, 1)),
    unit("TB", &[], BYTE, (TERA, 1)),
    unit("PB", &[], BYTE, (PETA, 1)),
    unit("KiB", &[], BYTE, (1 << 10, 1)),
    unit("MiB", &[], BYTE, (1 << 20, 1)),
    unit("GiB", &[], BYTE, (1 << 30, 1)),
    unit("TiB", &[], BYTE, (1 << 40, 1)),
    unit("PiB", &[], BYTE, (1 << 50, 1)),
    unit("tok", &["token", "tokens", "Tokens"], TOKEN, (1, 1)),
    unit("ktok", &[], TOKEN, (KILO, 1)),
    unit("Mtok", &[], TOKEN, (MEGA, 1)),
    word("image", "images", &[(Base::Image, 1)], (1, 1)),
    word("sample", "samples", &[(Base::Sample, 1)], (1, 1)),
    word("sequence", "sequences", &[(Base::Sequence, 1)], (1, 1)),
    word("item", "items", &[(Base::Item, 1)], (1, 1)),
    word("query", "queries", &[(Base::Query, 1)], (1, 1)),
    unit("FLOP", &["flop"], FLOP, (1, 1)),
    unit("MFLOP", &[], FLOP, (MEGA, 1)),
    unit("GFLOP", &[], FLOP, (GIGA, 1)),
    unit("TFLOP", &[], FLOP, (TERA, 1)),
    unit("PFLOP", &[], FLOP, (PETA, 1)),
    unit("OP", &["op"], OP, (1, 1)),
    unit("GOP", &[], OP, (GIGA, 1)),
    unit("TOP", &[], OP, (TERA, 1)),
    unit("POP", &[], OP, (PETA, 1)),
    unit("J", &["joule", "joules"], ENERGY, (1, 1)),
    unit("kJ", &[], ENERGY, (KILO, 1)),
    unit("MJ", &[], ENERGY, (MEGA, 1)),
    unit("Wh", &[], ENERGY, (HOUR, 1)),
    unit("kWh", &[], ENERGY, (KILO * HOUR, 1)),
    unit("MWh", &[], ENERGY, (MEGA * HOUR, 1)),
    unit("mW", &[], POWER, (1, KILO)),
    unit("W", &["watt", "watts"], POWER, (1, 1)),
    unit("kW", &[], POWER, (KILO, 1)),
    unit("MW", &[], POWER, (MEGA, 1)),
    unit("Hz", &[], RATE, (1, 1)),
    unit("kHz", &[], RATE, (KILO, 1)),
    unit("MHz", &[], RATE, (MEGA, 1)),
    unit("GHz", &[], RATE, (GIGA, 1)),
    unit("nm", &[], LENGTH, (1, GIGA)),
    unit("mm", &[], LENGTH, (1, KILO)),
    unit("cm", &[], LENGTH, (1, 100)),
    unit("m", &[], LENGTH, (1, 1)),
    unit("km", &[], LENGTH, (KILO, 1)),
    unit("count", &[], &[(Base::Count, 1)], (1, 1)),
    Symbol { name: "%", aliases: &["percent"], dimension: &[], over: 1, under: 100, form: Form::Tight },
    Symbol { name: "×", aliases: &["x"], dimension: &[], over: 1, under: 1, form: Form::Tight },
    money("USD", "$", &[(Base::Usd, 1)]),
    unit("¢", &["cent", "cents"], &[(Base::Usd, 1)], (1, 100)),
    money("EUR", "€", &[(Base::Eur, 1)]),
    money("GBP", "£", &[(Base::Gbp, 1)]),
    money("JPY", "¥", &[(Base::Jpy, 1)]),
    money("CHF", "CHF\u{a0}", &[(Base::Chf, 1)]),
    money("CNY", "CN¥", &[(Base::Cny, 1)]),
    money("CAD", "CA$", &[(Base::Cad, 1)]),
    money("AUD", "A$", &[(Base::Aud, 1)]),
    money("INR", "₹", &[(Base::Inr, 1)]),
    money("KRW", "₩", &[(Base::Krw, 1)]),
];

/// Rates that data writes in one word, and what they stand for.
const SHORT: &[(&str, &str)] = &[
    ("FLOPS", "FLOP/s"),
    ("MFLOPS", "MFLOP/s"),
    ("GFLOPS", "GFLOP/s"),
    ("TFLOPS", "TFLOP/s"),
    ("PFLOPS", "PFLOP/s"),
    ("OPS", "OP/s"),
    ("GOPS", "GOP/s"),
    ("TOPS", "TOP/s"),
    ("POPS", "POP/s"),
    ("Mbps", "Mbit/s"),
    ("Gbps", "Gbit/s"),
];

/// A unit: one symbol, or several above and below a line. Small, and copied like a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// An index into the list, and whether the symbol stands above the line. In the order as written.
    parts: [Option<(u8, Side)>; MAX_PARTS],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// Which part of a text is not a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The bytes of the part.
    pub range: Range<usize>,
    /// Whether the parts are all known, and there are too many of them.
    pub too_many: bool,
}

impl Unit {
    /// The unit of a bare number.
    pub const NONE: Unit = Unit { parts: [None; MAX_PARTS] };

    /// Reads `symbol{/symbol}`, with aliases.
    ///
    /// # Errors
    /// The first part that is not a unit.
    pub fn parse(text: &str) -> Result<Unit, Unknown> {
        let text = SHORT.iter().find(|(short, _)| *short == text).map_or(text, |(_, long)| long);
        let mut unit = Unit::NONE;
        let mut side = Side::Above;
        let mut start = 0;
        for (slot, name) in text.split('/').enumerate() {
            let range = start..start + name.len();
            start = range.end + 1;
            // A leading `1` stands for nothing above the line: `1/s`.
            if !(slot == 0 && name == "1" && text.len() > 1) {
                let found = find(name).ok_or_else(|| Unknown { range: range.clone(), too_many: false })?;
                let part = unit.parts.get_mut(slot).ok_or(Unknown { range, too_many: true })?;
                *part = Some((found, side));
            }
            side = Side::Below;
        }
        Ok(unit)
    }

    /// Reads the unit that stands at `span`.
    ///
    /// # Errors
    /// A diagnostic at the part that is not a unit, with the nearest that is.
    pub fn parse_at(text: &str, span: Span) -> Result<Unit, Box<Diagnostic>> {
        Unit::parse(text).map_err(|unknown| {
            let at = if text.len() == span.range().len() { span.slice(unknown.range.clone()) } else { span };
            let part = text.get(unknown.range).unwrap_or(text);
            Box::new(match unknown.too_many {
                true => Diagnostic::new(Code::UnitUnknown, at, format!("a unit has at most {MAX_PARTS} symbols")),
                false => Diagnostic::new(Code::UnitUnknown, at, format!("`{}` is not a unit", part.escape_debug()))
                    .nearest(part, at, names()),
            })
        })
    }

    /// Whether it is the unit of a bare number.
    pub fn is_none(self) -> bool {
        self == Unit::NONE
    }

    /// Its dimension.
    pub fn dimension(self) -> Dimension {
        let mut dimension = Dimension::default();
        for (symbol, side) in self.symbols() {
            for (base, power) in symbol.dimension {
                dimension.add(*base, if side == Side::Above { *power } else { -power });
            }
        }
        dimension
    }

    /// How many of its dimension's base units one of it is, exactly. `None` when the number is too large to hold.
    pub fn scale(self) -> Option<Ratio> {
        self.symbols().try_fold(Ratio::ONE, |scale, (symbol, side)| match side {
            Side::Above => scale.times(symbol.over, symbol.under),
            Side::Below => scale.times(symbol.under, symbol.over),
        })
    }

    /// How its first symbol stands beside the number.
    pub fn form(self) -> Form {
        match self.symbols().next() {
            Some((symbol, Side::Above)) => symbol.form,
            _ => Form::After,
        }
    }

    /// What stands below the line, with a `/` before each symbol; of `USD/h`, `/h`.
    pub fn below(self) -> String {
        self.symbols().filter(|(_, side)| *side == Side::Below).map(|(symbol, _)| format!("/{}", symbol.name)).collect()
    }

    /// As it stands in the head of a column: `GB/s`, `images/s`, `USD`.
    pub fn heading(self) -> String {
        match self.form() {
            Form::Word(plural) => format!("{plural}{}", self.below()),
            _ => self.to_string(),
        }
    }

    fn symbols(self) -> impl Iterator<Item = (&'static Symbol, Side)> {
        self.parts.into_iter().flatten().filter_map(|(index, side)| Some((SYMBOLS.get(usize::from(index))?, side)))
    }
}

/// As it is written in data: `GB/s`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (symbol, side)) in self.symbols().enumerate() {
            match (place, side) {
                (0, Side::Below) => write!(f, "1/{}", symbol.name)?,
                (_, Side::Below) => write!(f, "/{}", symbol.name)?,
                (_, Side::Above) => f.write_str(symbol.name)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

// By name, not by index: hashes outlive the order of the list.
impl Hash for Unit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (symbol, side) in self.symbols() {
            (symbol.name, side == Side::Above).hash(state);
        }
        state.write_u8(0xfe);
    }
}

/// All names by which a unit is known.
pub fn names() -> impl Iterator<Item = &'static str> {
    let own = SYMBOLS.iter().flat_map(|s| std::iter::once(s.name).chain(s.aliases.iter().copied()));
    own.chain(SHORT.iter().map(|(short, _)| *short))
}

fn find(name: &str) -> Option<u8> {
    let known = |s: &Symbol| s.name == name || s.aliases.contains(&name) || is_plural(s, name);
    SYMBOLS.iter().position(known).and_then(|index| u8::try_from(index).ok())
}

fn is_plural(symbol: &Symbol, name: &str) -> bool {
    matches!(symbol.form, Form::Word(plural) if plural == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PathId;
    use proptest::prelude::*;

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    #[test]
    fn names_and_aliases_are_distinct_and_read() {
        let mut all: Vec<_> = names().collect();
        for name in &all {
            assert!(Unit::parse(name).is_ok(), "{name}");
        }
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(SYMBOLS.len() <= usize::from(u8::MAX));
    }

    #[test]
    fn aliases_are_the_units_that_they_stand_for() {
        for (alias, want) in [
            ("tokens/s", "tok/s"),
            ("USD/hour", "USD/h"),
            ("cents/kWh", "¢/kWh"),
            ("TFLOPS", "TFLOP/s"),
            ("ms per run", "ms"),
            ("images/s", "image/s"),
            ("USD/GB/month", "USD/GB/month"),
            ("1/s", "1/s"),
        ] {
            assert_eq!(unit(alias).to_string(), want);
        }
        assert_eq!(unit("images/s").heading(), "images/s");
    }

    #[test]
    fn scales_are_exact() {
        assert_eq!(unit("GiB").scale(), Some(Ratio { over: 1 << 30, under: 1 }));
        assert_eq!(unit("year").scale(), Some(Ratio { over: 31_557_600, under: 1 }));
        assert_eq!(unit("cents/kWh").scale(), Some(Ratio { over: 1, under: 360_000_000 }));
        assert_eq!(unit("Gbit/s").scale(), unit("MB/s").scale().and_then(|r| r.times(125, 1)));
        assert_eq!(unit("W").dimension(), unit("J/s").dimension());
        assert_ne!(unit("USD").dimension(), unit("EUR").dimension());
        assert_eq!(unit("%").dimension(), Unit::NONE.dimension());
    }

    #[test]
    fn an_unknown_unit_is_told_at_its_part_with_the_nearest() {
        let span = Span::new(PathId::new("a.toml"), 10..14);
        let wrong = Unit::parse_at("GB/S", span).unwrap_err();
        assert_eq!(wrong.place, Some(span.slice(3..4).into()));
        assert_eq!(wrong.help[0].edit, Some((span.slice(3..4), "s".into())));
        assert!(Unit::parse("").is_err());
        assert!(Unit::parse("s/").is_err());
        assert!(Unit::parse("s/s/s/s/s/s/s").unwrap_err().too_many);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = Unit::parse(&text);
        }

        #[test]
        fn what_is_written_is_read_again(parts in proptest::collection::vec(0..SYMBOLS.len(), 1..5)) {
            let text = parts.iter().map(|i| SYMBOLS[*i].name).collect::<Vec<_>>().join("/");
            let unit = Unit::parse(&text).unwrap();
            prop_assert_eq!(Unit::parse(&unit.to_string()), Ok(unit));
            prop_assert_eq!(Unit::parse(&unit.heading()), Ok(unit));
            let _ = unit.scale();
        }
    }
}
