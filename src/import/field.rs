//! The fields that a record has, each with what its value may be; and the reading of one value.
//!
//! A file of results, a mapping and `--set` all name fields by these paths. A value is checked here, once, wherever it
//! comes from, and its digits stay as they were written.

use super::Wrong;
use crate::diag::Code;
use crate::number::decimal::{self, Decimal};
use crate::number::unit::{self, Unit};
use crate::parse::benchmark::is_name;
use crate::parse::record::Statistic;

/// A field of a record or of a result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// One of [`FIELDS`], by its index, so that fields sort as they are written.
    Known(usize),
    /// A condition, by its name.
    Condition(String),
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A name that stands in paths and addresses.
    Name,
    /// A name that becomes the name of a file.
    FileName,
    /// An integer of at least 1.
    Count,
    /// An integer of at least 0.
    Whole,
    /// A number.
    Number,
    /// A number of at least 0.
    Spread,
    /// True or false.
    Bool,
    /// A year, a month, a date, or a date with a time.
    Date,
    /// A length of time: a number and a unit.
    Duration,
    /// A unit.
    Unit,
    /// Which statistic of the repetitions a value is.
    Statistic,
    /// A spread as tables write it: `sd=0.4; min=1; max=2`.
    Spreads,
}

/// To what a field belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The run as a whole.
    Run,
    /// One result; a command line can say it of all results.
    Results,
    /// One result, and each has its own.
    Result,
}

/// What is known of a field.
#[derive(Debug)]
pub struct Entry {
    /// Its path in the record.
    pub path: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// To what it belongs.
    pub of: Of,
    /// What it says.
    pub doc: &'static str,
}

const fn run(path: &'static str, kind: Kind, doc: &'static str) -> Entry {
    Entry { path, kind, of: Of::Run, doc }
}

const fn result(path: &'static str, kind: Kind, of: Of, doc: &'static str) -> Entry {
    Entry { path, kind, of, doc }
}

/// All fields but the conditions, in the order in which a record has them.
pub static FIELDS: [Entry; 36] = [
    run("benchmark", Kind::FileName, "The benchmark, as `benchmarks.toml` names it."),
    run("machine.id", Kind::FileName, "The machine's name in paths; the record's file bears it."),
    run("machine.name", Kind::Text, "What readers see of the machine."),
    run("machine.platform", Kind::Text, "What kind of machine it is, in a word of the book."),
    run("machine.cpu", Kind::Text, "The processor."),
    run("machine.cores", Kind::Count, "How many cores the processor has."),
    run("machine.memory", Kind::Text, "The memory, with its unit."),
    run("machine.accelerator", Kind::Text, "The GPU, as the source calls it."),
    run("machine.accelerator_count", Kind::Count, "How many of them work together."),
    run("machine.accelerator_memory", Kind::Text, "The memory of all of them together, with its unit."),
    run("machine.power_limit", Kind::Text, "The limit that was set for the power, with its unit."),
    run("machine.on_battery", Kind::Bool, "Whether it ran on its battery."),
    run("machine.virtual", Kind::Bool, "Whether it is a virtual machine, or a container on somebody's host."),
    run("os", Kind::Text, "The operating system, with its version."),
    run("driver", Kind::Text, "The version of the accelerator's driver."),
    run("software.name", Kind::Text, "The program that was measured."),
    run("software.version", Kind::Text, "Its version."),
    run("software.build", Kind::Whole, "The number of its build."),
    run("software.commit", Kind::Text, "The commit that it was built from."),
    run("command", Kind::Text, "The command that was run."),
    run("started_at", Kind::Date, "When: a year, a month, a date, or a date with time."),
    run("duration", Kind::Duration, "How long the run took, with its unit."),
    run("suite_version", Kind::Text, "The version of the suite that the benchmark belongs to."),
    run("source", Kind::Name, "The source, as `sources.toml` names it."),
    run("source_url", Kind::Text, "Where in the source it stands: an address."),
    run("complete", Kind::Bool, "Whether the run came to its end."),
    result("metric", Kind::Name, Of::Result, "What was measured, as the benchmark names it."),
    result("value", Kind::Number, Of::Result, "The value."),
    result("unit", Kind::Unit, Of::Result, "Its unit."),
    result("statistic", Kind::Statistic, Of::Results, "What the value is of its repetitions."),
    result("n", Kind::Count, Of::Results, "How many repetitions there were."),
    result("sd", Kind::Spread, Of::Result, "Their standard deviation (n − 1)."),
    result("min", Kind::Number, Of::Result, "The smallest."),
    result("max", Kind::Number, Of::Result, "The largest."),
    result("spread", Kind::Spreads, Of::Result, "`sd=`, `min=`, `max=` in one text, with `;` between."),
    result("note", Kind::Text, Of::Result, "What else is to be said of the result."),
];

const CONDITION: &str = "conditions.";

impl Field {
    /// The field with this path.
    pub fn from_path(path: &str) -> Option<Field> {
        if let Some(name) = path.strip_prefix(CONDITION) {
            return is_name(name).then(|| Field::Condition(name.to_owned()));
        }
        FIELDS.iter().position(|entry| entry.path == path).map(Field::Known)
    }

    /// The field that this file's own reader means; `path` is one of the list.
    pub fn known(path: &'static str) -> Field {
        Field::from_path(path).unwrap_or_else(|| Field::Condition(path.to_owned()))
    }

    /// Its path in the record.
    pub fn path(&self) -> String {
        match self {
            Field::Known(index) => FIELDS.get(*index).map_or("", |entry| entry.path).to_owned(),
            Field::Condition(name) => format!("{CONDITION}{name}"),
        }
    }

    /// To what it belongs.
    pub fn of(&self) -> Of {
        self.entry().map_or(Of::Run, |entry| entry.of)
    }

    fn entry(&self) -> Option<&'static Entry> {
        match self {
            Field::Known(index) => FIELDS.get(*index),
            Field::Condition(_) => None,
        }
    }

    /// Reads the text of a value.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self, text: &str) -> Result<Scalar, Wrong> {
        let Some(entry) = self.entry() else {
            // Of a condition its own form tells what it is, so that `near` finds numbers.
            return Ok(match (text, number(text)) {
                ("true" | "false", _) => Scalar::Bool(text == "true"),
                (_, Ok(number)) => Scalar::Number(number),
                _ => Scalar::Text(plain(entry_text(text))?),
            });
        };
        read(entry.kind, entry.path, text)
    }
}

/// The paths of all fields that may be named, for "did you mean".
pub fn paths() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|entry| entry.path)
}

/// A value that is no list. A number keeps its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A number, as JSON writes it.
    Number(String),
    /// True or false.
    Bool(bool),
}

impl Scalar {
    /// The number, for arithmetic.
    pub fn number(&self) -> Option<f64> {
        match self {
            Scalar::Number(text) => decimal::value(text).ok(),
            _ => None,
        }
    }

    /// The text, or the digits.
    pub fn text(&self) -> &str {
        match self {
            Scalar::Text(text) | Scalar::Number(text) => text,
            Scalar::Bool(true) => "true",
            Scalar::Bool(false) => "false",
        }
    }
}

fn read(kind: Kind, path: &str, text: &str) -> Result<Scalar, Wrong> {
    let text = entry_text(text);
    match kind {
        Kind::Text | Kind::Spreads => plain(text).map(Scalar::Text),
        Kind::Name => name(path, text, is_name(text)),
        Kind::FileName => name(path, text, is_name(text) && !text.bytes().any(|b| b.is_ascii_uppercase())),
        Kind::Count => integer(path, text, 1),
        Kind::Whole => integer(path, text, 0),
        Kind::Number => measured(path, text).map(Scalar::Number),
        Kind::Spread => {
            let number = measured(path, text)?;
            match number.starts_with('-') {
                true => Err(Wrong::new(format!("`{path}` is `{number}`: a spread is not negative"))),
                false => Ok(Scalar::Number(number)),
            }
        }
        Kind::Bool => match text {
            "true" => Ok(Scalar::Bool(true)),
            "false" => Ok(Scalar::Bool(false)),
            _ => Err(Wrong::new(format!("`{path}` is `{}`: `true` or `false` is wanted", shown(text)))),
        },
        Kind::Date => match is_date(text) {
            true => Ok(Scalar::Text(text.to_owned())),
            false => Err(Wrong::new(format!("`{path}` is `{}`, which is no date", shown(text)))
                .help("write it as ISO 8601 does: `2026`, `2026-11`, `2026-11-24` or `2026-11-24T10:30:00Z`")),
        },
        Kind::Duration => duration(path, text),
        Kind::Unit => unit(text),
        Kind::Statistic => match Statistic::ALL.iter().any(|(name, _)| *name == text) {
            true => Ok(Scalar::Text(text.to_owned())),
            false => Err(Wrong::new(format!("`{path}` is `{}`, which is no statistic", shown(text)))
                .help(format!("one of {}", Statistic::ALL.map(|(name, _)| format!("`{name}`")).join(", ")))),
        },
    }
}

/// A name made of any text: its letters and digits in lower case, a hyphen for what stands between.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.truncate(100);
    out.trim_end_matches('-').to_owned()
}

fn name(path: &str, text: &str, good: bool) -> Result<Scalar, Wrong> {
    if good {
        return Ok(Scalar::Text(text.to_owned()));
    }
    let wrong = Wrong::new(format!("`{path}` cannot be `{}`", shown(text)));
    let wrong = match slug(text) {
        better if better.is_empty() => wrong,
        better => wrong.help(format!("`{better}` would do")),
    };
    Err(wrong.help(
        "a name has letters, digits, `-` and `_`, and begins with a letter or digit; that of a file has no capitals",
    ))
}

fn integer(path: &str, text: &str, least: u64) -> Result<Scalar, Wrong> {
    let digits =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    match text.parse::<u64>().ok().filter(|number| digits && *number >= least && *number < 1 << 53) {
        Some(_) => Ok(Scalar::Number(text.to_owned())),
        None => {
            let message = format!("`{path}` is `{}`: a whole number of at least {least} is wanted", shown(text));
            Err(Wrong::new(message))
        }
    }
}

fn measured(path: &str, text: &str) -> Result<String, Wrong> {
    number(text).map_err(|wrong| {
        let why = match wrong {
            decimal::Wrong::Form => "which is no number",
            decimal::Wrong::Long => "which has more digits than a measurement",
            decimal::Wrong::Range => "which is beyond what can be computed with",
        };
        Wrong::new(format!("`{path}` is `{}`, {why}", shown(text)))
            .help("write it as `1234.5` or `1.2345e3`: no grouping, no comma, no `nan`, no `inf`; leave out what was not measured")
    })
}

/// A number, as JSON writes it.
fn number(text: &str) -> Result<String, decimal::Wrong> {
    decimal::value(text)?;
    let text = text.strip_prefix('+').unwrap_or(text);
    // A zero has no sign that a reader could make something of.
    let zero = Decimal::parse(text).is_ok_and(|number| !number.is_negative());
    Ok(if zero { text.trim_start_matches('-') } else { text }.to_owned())
}

fn duration(path: &str, text: &str) -> Result<Scalar, Wrong> {
    let (number, symbol) = text.split_once([' ', '\u{a0}']).unwrap_or((text, ""));
    let digits = measured(path, number)?;
    let time = Unit::parse("s").map(Unit::dimension).ok();
    if digits.starts_with('-') {
        return Err(Wrong::new(format!("`{path}` is `{}`: no length of time is negative", shown(text))));
    }
    match Unit::parse(symbol) {
        Ok(unit) if Some(unit.dimension()) == time => Ok(Scalar::Text(format!("{digits} {unit}"))),
        _ => Err(Wrong::new(format!("`{path}` is `{}`: a number and a unit of time are wanted", shown(text)))
            .help("as in `12.5 s`")),
    }
}

fn unit(text: &str) -> Result<Scalar, Wrong> {
    match Unit::parse(text) {
        Ok(unit) => Ok(Scalar::Text(unit.to_string())),
        Err(unknown) => {
            let part = text.get(unknown.range).unwrap_or(text);
            let wrong = Wrong::of(Code::UnitUnknown, format!("`{}` is not a unit", shown(part)));
            Err(match crate::diag::nearest(part, unit::names()) {
                Some(near) => wrong.help(format!("did you mean `{near}`?")),
                None => {
                    wrong.help("the units are listed in the reference; a mapping can give another: `unit = \"tok/s\"`")
                }
            })
        }
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    let whole = |text: &str| crate::parse::keys::parse_date(text).is_some();
    match text.len() {
        4 => digits(text, 4) && whole(&format!("{text}-01-01")),
        7 => whole(&format!("{text}-01")),
        10 => whole(text),
        _ => {
            let zoned = text.parse::<jiff::Timestamp>().is_ok();
            let civil = text.parse::<jiff::civil::DateTime>().is_ok();
            text.get(..10).is_some_and(whole) && (zoned || civil) && text.len() <= 40
        }
    }
}

/// A text that a line can hold.
fn plain(text: &str) -> Result<String, Wrong> {
    match (text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), text.len() > 10_000) {
        (true, _) => Err(Wrong::new("a text holds a control character")),
        (_, true) => Err(Wrong::new("a text has more than 10,000 bytes")),
        _ => Ok(text.to_owned()),
    }
}

fn entry_text(text: &str) -> &str {
    text.trim()
}

/// A text of a file, for a message: short, and without what a terminal acts on.
pub fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect::<String>().escape_debug().to_string();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
