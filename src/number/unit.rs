//! Units that are known when the program runs: one list, with dimension, exact scale and printed form of each.
//!
//! A unit is written `symbol{/symbol}`, as `GB/s` or `USD/GB/month`; what arithmetic makes may also be `m²` or `h·W`.
//! Prefixes are those of the SI (powers of 1,000) and of IEC 80000-13 (powers of 1,024). A currency is a dimension of
//! its own, so that no rate is ever assumed.

use crate::diag::{Code, Diagnostic, Span, nearest};
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

/// Each base dimension in words, in their order.
const WORDS: [&str; BASES] = [
    "time",
    "bytes",
    "tokens",
    "images",
    "samples",
    "sequences",
    "items",
    "queries",
    "floating-point operations",
    "operations",
    "energy",
    "length",
    "a count",
    "US dollars",
    "euros",
    "pounds sterling",
    "yen",
    "Swiss francs",
    "yuan",
    "Canadian dollars",
    "Australian dollars",
    "Indian rupees",
    "won",
];

/// The power of each base dimension in a unit. All zero for a pure number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Dimension([i8; BASES]);

impl Dimension {
    /// The power of `base`.
    pub fn power(&self, base: Base) -> i8 {
        self.0.get(base as usize).copied().unwrap_or(0)
    }

    /// Whether it is that of a pure number.
    pub fn is_none(&self) -> bool {
        *self == Dimension::default()
    }

    /// Whether it is an amount of one currency, and nothing else.
    pub fn is_money(&self) -> bool {
        let mut powers = self.0.iter().enumerate().filter(|(_, power)| **power != 0);
        matches!((powers.next(), powers.next()), (Some((base, 1)), None) if base >= Base::Usd as usize)
    }

    /// What it is, in words: `bytes per time`, `a plain number`.
    pub fn words(&self) -> String {
        let of = |wanted: fn(i8) -> bool| {
            let powers = self.0.iter().zip(WORDS).filter(move |(power, _)| wanted(**power));
            let words = powers.map(|(power, word)| match power.unsigned_abs() {
                1 => (*word).to_owned(),
                2 => format!("{word} squared"),
                3 => format!("{word} cubed"),
                n => format!("{word} to the power of {n}"),
            });
            words.collect::<Vec<_>>().join(" times ")
        };
        match (of(|power| power > 0), of(|power| power < 0)) {
            (over, under) if over.is_empty() && under.is_empty() => "a plain number".to_owned(),
            (over, under) if under.is_empty() => over,
            (over, under) if over.is_empty() => format!("one per {under}"),
            (over, under) => format!("{over} per {under}"),
        }
    }

    fn add_all(&mut self, symbol: &Symbol, side: Side) {
        for (base, power) in symbol.dimension {
            if let Some(own) = self.0.get_mut(*base as usize) {
                *own = own.saturating_add(if side == Side::Above { *power } else { -power });
            }
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
    /// The number one.
    pub const ONE: Ratio = Ratio { over: 1, under: 1 };

    fn times(self, over: u64, under: u64) -> Option<Ratio> {
        self.product(Ratio { over: over.into(), under: under.into() })
    }

    fn product(self, other: Ratio) -> Option<Ratio> {
        // What is shared crosswise is taken out first, so that only a result that is itself too large overflows.
        let (a, b) = (gcd(self.over, other.under), gcd(other.over, self.under));
        let over = (self.over / a).checked_mul(other.over / b)?;
        let under = (self.under / b).checked_mul(other.under / a)?;
        let shared = gcd(over, under);
        Some(Ratio { over: over / shared, under: under / shared })
    }

    /// `value` times this.
    #[allow(clippy::cast_precision_loss, reason = "the scales of single units are below 2^53")]
    pub fn of(self, value: f64) -> f64 {
        value * (self.over as f64) / (self.under as f64)
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

/// Powers as they are written behind a symbol.
const RAISED: [(&str, usize); 5] = [("²", 2), ("³", 3), ("⁴", 4), ("⁵", 5), ("⁶", 6)];

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

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Above => Side::Below,
            Side::Below => Side::Above,
        }
    }
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

    /// Reads `symbol{/symbol}`, with aliases; each symbol may be several with `·` between them, and have a raised 2 to 6
    /// behind it.
    ///
    /// # Errors
    /// The first part that is not a unit.
    pub fn parse(text: &str) -> Result<Unit, Unknown> {
        let text = SHORT.iter().find(|(short, _)| *short == text).map_or(text, |(_, long)| long);
        let mut unit = Unit::NONE;
        let mut start = 0;
        for (place, group) in text.split('/').enumerate() {
            let side = if place == 0 { Side::Above } else { Side::Below };
            // A leading `1` stands for nothing above the line: `1/s`.
            if !(place == 0 && group == "1" && text.len() > 1) {
                unit.read(group, start, side)?;
            }
            start += group.len() + 1;
        }
        Ok(unit)
    }

    fn read(&mut self, group: &str, mut start: usize, side: Side) -> Result<(), Unknown> {
        for part in group.split('·') {
            let range = start..start + part.len();
            start = range.end + '·'.len_utf8();
            let raised = RAISED.iter().find_map(|(sign, count)| Some((part.strip_suffix(*sign)?, *count)));
            let (name, count) = raised.unwrap_or((part, 1));
            let found = find(name).ok_or_else(|| Unknown { range: range.clone(), too_many: false })?;
            for _ in 0..count {
                self.push(found, side).ok_or_else(|| Unknown { range: range.clone(), too_many: true })?;
            }
        }
        Ok(())
    }

    fn push(&mut self, symbol: u8, side: Side) -> Option<()> {
        *self.parts.iter_mut().find(|part| part.is_none())? = Some((symbol, side));
        Some(())
    }

    /// The unit of a product, cancelled symbol by symbol. `None` when too many symbols are left.
    pub fn times(self, other: Unit) -> Option<Unit> {
        let mut left: Vec<(u8, Side)> = self.parts.into_iter().flatten().collect();
        for (symbol, side) in other.parts.into_iter().flatten() {
            match left.iter().position(|part| *part == (symbol, side.other())) {
                Some(at) => {
                    left.remove(at);
                }
                None => left.push((symbol, side)),
            }
        }
        let mut unit = Unit::NONE;
        for wanted in [Side::Above, Side::Below] {
            for (symbol, side) in left.iter().filter(|(_, side)| *side == wanted) {
                unit.push(*symbol, *side)?;
            }
        }
        Some(unit)
    }

    /// The unit of one divided by a quantity in this unit.
    pub fn inverse(self) -> Unit {
        let flipped = Unit { parts: self.parts.map(|part| part.map(|(symbol, side)| (symbol, side.other()))) };
        // What stood below stands above now, and is written first. As many symbols as before: they fit.
        Unit::NONE.times(flipped).unwrap_or(flipped)
    }

    /// The unit of a power. `None` when it has too many symbols.
    pub fn power(self, exponent: i32) -> Option<Unit> {
        let base = if exponent < 0 { self.inverse() } else { self };
        if base.is_none() {
            return Some(base);
        }
        let most = u32::try_from(MAX_PARTS).unwrap_or(u32::MAX);
        (0..exponent.unsigned_abs().min(most + 1)).try_fold(Unit::NONE, |unit, _| unit.times(base))
    }

    /// What a number in this unit is multiplied with to be in `other`, exactly. `None` for unlike dimensions, and for
    /// a ratio that is too large to hold.
    pub fn factor_to(self, other: Unit) -> Option<Ratio> {
        if self.dimension() != other.dimension() {
            return None;
        }
        let own = self.scale()?;
        let Ratio { over, under } = other.scale()?;
        own.product(Ratio { over: under, under: over })
    }

    /// Symbols that measure one thing on two scales and were left side by side, as `h` and `s` in `GB·h/s`: those that
    /// together are a pure number, and those of one dimension that differ.
    pub fn mixed(self) -> Option<(&'static str, &'static str)> {
        let symbols: Vec<(&Symbol, Side)> = self.symbols().filter(|(s, _)| !s.dimension.is_empty()).collect();
        for (i, (a, _)) in symbols.iter().enumerate() {
            for (b, _) in symbols.iter().skip(i + 1) {
                if a.name != b.name && a.dimension == b.dimension {
                    return Some((a.name, b.name));
                }
            }
        }
        for subset in 1_u32..1 << symbols.len() {
            let chosen = symbols.iter().enumerate().filter(|(i, _)| subset & (1 << i) != 0).map(|(_, part)| part);
            let mut dimension = Dimension::default();
            let mut names = Vec::new();
            for (symbol, side) in chosen {
                dimension.add_all(symbol, *side);
                names.push(symbol.name);
            }
            if let (true, [first, .., last]) = (dimension.is_none(), names.as_slice())
                && first != last
            {
                return Some((first, last));
            }
        }
        None
    }

    /// Whether it is `%` or `×`: a way to print a pure number.
    pub fn is_factor(self) -> bool {
        !self.is_none() && self.symbols().all(|(symbol, _)| symbol.dimension.is_empty())
    }

    /// Reads the unit that stands at `span`.
    ///
    /// # Errors
    /// A diagnostic at the part that is not a unit, with the nearest that is.
    pub fn parse_at(text: &str, span: Span) -> Result<Unit, Box<Diagnostic>> {
        Unit::parse(text).map_err(|unknown| {
            let at = if text.len() == span.range().len() { span.slice(unknown.range.clone()) } else { span };
            let part = text.get(unknown.range).unwrap_or(text);
            if unknown.too_many {
                let wrong = Diagnostic::new(Code::UnitUnknown, at, format!("a unit has at most {MAX_PARTS} symbols"));
                return Box::new(wrong.help("name the quantity by a unit of its own"));
            }
            let wrong = Diagnostic::new(Code::UnitUnknown, at, format!("`{}` is not a unit", part.escape_debug()));
            let sign = SYMBOLS.iter().find(|symbol| matches!(symbol.form, Form::Before(sign) if sign == part));
            let near = sign.map(|symbol| symbol.name).or_else(|| nearest(part, names()));
            Box::new(match near {
                Some(near) => wrong.fix(format!("did you mean `{near}`?"), at, near),
                None => wrong.help("a unit is a symbol, or several with `/` between: `GB`, `tok/s`, `USD/h`"),
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
            dimension.add_all(symbol, side);
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

    /// How its first symbol stands beside the number. A product of symbols stands behind it.
    pub fn form(self) -> Form {
        let mut above = self.symbols().filter(|(_, side)| *side == Side::Above);
        match (above.next(), above.next()) {
            (Some((symbol, _)), None) => symbol.form,
            _ => Form::After,
        }
    }

    /// What stands below the line, with a `/` before each symbol; of `USD/h`, `/h`.
    pub fn below(self) -> String {
        self.groups(Side::Below).iter().map(|group| format!("/{group}")).collect()
    }

    /// The symbols of one side, those that follow themselves as one with a raised number.
    fn groups(self, wanted: Side) -> Vec<String> {
        let mut groups: Vec<(&str, usize)> = Vec::new();
        for (symbol, _) in self.symbols().filter(|(_, side)| *side == wanted) {
            match groups.last_mut() {
                Some((name, count)) if *name == symbol.name => *count += 1,
                _ => groups.push((symbol.name, 1)),
            }
        }
        let raised = |count| RAISED.iter().find(|(_, n)| *n == count).map_or("", |(sign, _)| sign);
        groups.into_iter().map(|(name, count)| format!("{name}{}", raised(count))).collect()
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

/// As it is written in data: `GB/s`; a product as `h·W`, a power as `m²`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.groups(Side::Above).join("·");
        let below = self.below();
        let one = if above.is_empty() && !below.is_empty() { "1" } else { "" };
        write!(f, "{one}{above}{below}")
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

/// A unit for a reference: what it is called, what it measures, and how large it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its symbol.
    pub name: &'static str,
    /// Other names that stand for it.
    pub aliases: Vec<&'static str>,
    /// What it measures, in words.
    pub measures: String,
    /// How many of its dimension's base units (seconds, bytes, joules, metres, whole items) one of it is.
    pub scale: Ratio,
}

/// All units that are one symbol, in the order of the list.
pub fn entries() -> impl Iterator<Item = Entry> {
    SYMBOLS.iter().map(|symbol| {
        let mut dimension = Dimension::default();
        dimension.add_all(symbol, Side::Above);
        let plural = if let Form::Word(plural) = symbol.form { Some(plural) } else { None };
        Entry {
            name: symbol.name,
            aliases: symbol.aliases.iter().copied().chain(plural).collect(),
            measures: dimension.words(),
            scale: Ratio { over: symbol.over.into(), under: symbol.under.into() },
        }
    })
}

/// Rates that are written in one word, each with what it stands for: `TFLOPS`, `TFLOP/s`.
pub fn short() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHORT.iter().copied()
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

    #[test]
    fn products_cancel_symbol_by_symbol() {
        let product = |a: &str, b: &str| unit(a).times(unit(b)).unwrap().to_string();
        assert_eq!(product("GB/s", "s"), "GB");
        assert_eq!(product("GB/s", "h"), "GB·h/s");
        assert_eq!(product("m", "m"), "m²");
        assert_eq!(product("USD/h", "h"), "USD");
        assert_eq!(product("1/s", "1/s"), "1/s²");
        assert_eq!(unit("GB/s").inverse().to_string(), "s/GB");
        assert_eq!(unit("h").power(-2).unwrap().to_string(), "1/h²");
        assert_eq!(unit("h").power(7), None);
        assert_eq!(unit("h").power(i32::MIN), None);
        assert_eq!(Unit::NONE.power(900), Some(Unit::NONE));
        assert_eq!(unit("m²"), unit("m").power(2).unwrap());
        assert_eq!(unit("h·W/s²").to_string(), "h·W/s²");
    }

    #[test]
    fn two_scales_of_one_thing_are_found() {
        for (text, want) in [
            ("GB·h/s", Some(("h", "s"))),
            ("GB/MB", Some(("GB", "MB"))),
            ("USD·W·h/kWh", Some(("W", "kWh"))),
            ("tok/s/W", None),
            ("GB/s", None),
            ("h·W", None),
            ("USD/GB/month", None),
            ("%", None),
        ] {
            assert_eq!(unit(text).mixed(), want, "{text}");
        }
    }

    #[test]
    fn factors_are_exact_and_dimensions_have_words() {
        assert_eq!(unit("GB").factor_to(unit("GiB")), Some(Ratio { over: 1_953_125, under: 2_097_152 }));
        assert_eq!(unit("GB").factor_to(unit("s")), None);
        assert_eq!(unit("GB/s").dimension().words(), "bytes per time");
        assert_eq!(unit("1/h").dimension().words(), "one per time");
        assert_eq!(unit("%").dimension().words(), "a plain number");
        assert_eq!(unit("USD/GB/month").dimension().words(), "US dollars per time times bytes");
        assert_eq!(unit("m²").dimension().words(), "length squared");
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
