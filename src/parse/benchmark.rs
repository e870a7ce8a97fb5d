//! `content/benchmarks.toml`: what a benchmark measures, and when two of its records may be compared.

use super::keys::{self, At, Item, Keys, Table};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId};
use crate::number::Unit;
use crate::number::value::Better;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// A benchmark.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// What it is called.
    pub title: Box<str>,
    /// What it does, in a sentence or two.
    pub description: Option<Box<str>>,
    /// What is measured, in the order of the file.
    pub metrics: Vec<Metric>,
    /// The conditions that must be equal for two results to be compared: `model`, `software.name`.
    pub same: Vec<Name>,
    /// The conditions that are numbers and may differ by at most so much, largest minus smallest.
    pub near: Vec<Near>,
    place: Span,
}

/// One thing that a benchmark measures.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name in records and in expressions.
    pub name: Name,
    /// What it is called.
    pub title: Box<str>,
    /// What it means.
    pub description: Option<Box<str>>,
    /// The unit in which it is printed, and which each result must convert to.
    pub unit: Unit,
    /// Which way is better, if one is.
    pub better: Option<Better>,
    /// What a reader is told where nothing was measured.
    pub missing: Option<Box<str>>,
    /// Whether its unit could be read; where not, that was told, and no result is held against it.
    pub is_known: bool,
    place: Span,
}

/// A condition that is a number, and how far apart two records may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The condition.
    pub field: Name,
    /// The largest difference, of the numbers as the records have them. At least 0.
    pub most: f64,
}

impl Benchmark {
    /// The metric of this name.
    pub fn metric(&self, name: Name) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// Where its name stands.
    pub fn place(&self) -> Span {
        self.place
    }
}

impl Metric {
    /// Where its name stands.
    pub fn place(&self) -> Span {
        self.place
    }
}

// All that can be seen of a benchmark, and no position.
impl Hash for Benchmark {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Benchmark { title, description, metrics, same, near, place: _ } = self;
        (title, description, metrics, same).hash(state);
        near.iter().for_each(|near| (near.field, near.most.to_bits()).hash(state));
    }
}

impl Hash for Metric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Metric { name, title, description, unit, better, missing, is_known, place: _ } = self;
        (name, title, description, unit, better, missing, is_known).hash(state);
    }
}

/// Reads `text`, the whole of `file`.
pub fn benchmarks(file: PathId, text: &str) -> Parsed<BTreeMap<Name, Benchmark>> {
    let mut diagnostics = Vec::new();
    let mut out = BTreeMap::new();
    match keys::document(file, text, 0) {
        Err(wrong) => diagnostics.push(*wrong),
        Ok(document) => {
            let mut keys = Keys::new(&document, &mut diagnostics);
            for (id, item) in keys.entries() {
                match item.table() {
                    None => keys.wrong_type(id.value, item, "a table with the keys of a benchmark"),
                    Some(table) => {
                        check_name(&mut keys, id, "benchmark");
                        let benchmark = benchmark(&mut keys, id, table);
                        out.insert(Name::new(id.value), benchmark);
                    }
                }
            }
        }
    }
    Parsed { value: out, diagnostics }
}

/// A name that stands in addresses, in file names and in expressions.
fn check_name(keys: &mut Keys<'_, '_>, name: At<&str>, what: &str) {
    if is_name(name.value) {
        return;
    }
    let message = format!("`{}` cannot be the name of a {what}", name.value.escape_debug());
    let wrong = Diagnostic::new(Code::DataName, name.span, message);
    keys.report(wrong.help("use letters, digits, `-` and `_`, and begin with a letter or a digit"));
}

/// Whether `text` can be a part of an address and, in a path, of an expression.
pub fn is_name(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    first && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn benchmark(keys: &mut Keys<'_, '_>, id: At<&str>, table: Table<'_>) -> Benchmark {
    let mut keys = keys.open(table);
    let title = keys.string("title");
    if title.is_none() && keys.key_span("title").is_none() {
        let message = format!("the benchmark `{}` has no `title`", id.value.escape_debug());
        let wrong = Diagnostic::new(Code::KeyMissing, id.span, message);
        keys.report(wrong.help("say what readers will see of it: `title = \"...\"`"));
    }
    let description = keys.string("description").map(|text| text.value.into());
    let metrics = match keys.table("metrics") {
        Some(metrics) => metrics_of(&mut keys, metrics),
        None => {
            if keys.key_span("metrics").is_none() {
                let message = format!("the benchmark `{}` measures nothing", id.value.escape_debug());
                let wrong = Diagnostic::new(Code::KeyMissing, id.span, message).label("has no `metrics`");
                keys.report(wrong.help("say what: `metrics.NAME = { unit = \"tok/s\", better = \"higher\" }`"));
            }
            Vec::new()
        }
    };
    let same = keys.strings("same").unwrap_or_default();
    let same = same.into_iter().filter(|field| check_field(&mut keys, *field));
    let same: Vec<Name> = same.map(|field| Name::new(field.value)).collect();
    let near = match keys.table("near") {
        Some(near) => near_of(&mut keys, near),
        None => Vec::new(),
    };
    keys.finish();
    let title = title.map_or(id.value, |title| title.value).into();
    Benchmark { title, description, metrics, same, near, place: id.span }
}

/// The fields of a record outside its conditions that may be compared.
const FIELDS: [&str; 6] = ["os", "driver", "source", "suite_version", "started_at", "command"];

/// A condition is a field of `conditions`, or of `software` or `machine` by a point, or one of the record's own.
fn check_field(keys: &mut Keys<'_, '_>, field: At<&str>) -> bool {
    let mut parts = field.value.split('.');
    let whole = parts.clone().all(|part| !part.is_empty());
    let known = matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(_), None, None) | (Some("software" | "machine" | "conditions"), Some(_), None)
    );
    if whole && known {
        return true;
    }
    let message = format!("`{}` names no condition of a record", field.value.escape_debug());
    let wrong = Diagnostic::new(Code::WrongType, keys::inside(field), message);
    let fields = FIELDS.map(|field| format!("`{field}`")).join(", ");
    keys.report(wrong.help(format!(
        "write a key of the record's `conditions`, `software.KEY` or `machine.KEY`, or one of {fields}"
    )));
    false
}

fn near_of(keys: &mut Keys<'_, '_>, table: Table<'_>) -> Vec<Near> {
    let mut keys = keys.open(table);
    let mut out = Vec::new();
    for (field, item) in keys.entries() {
        if !check_field(&mut keys, field) {
            continue;
        }
        match number(item).filter(|most| *most >= 0.0) {
            Some(most) => out.push(Near { field: Name::new(field.value), most }),
            None => {
                keys.wrong_type(field.value, item, "the largest difference that is allowed, a number of at least 0")
            }
        }
    }
    out
}

fn number(item: Item<'_>) -> Option<f64> {
    let text = match item.value() {
        toml::de::DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        toml::de::DeValue::Float(number) => number.as_str(),
        _ => return None,
    };
    text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

fn metrics_of(keys: &mut Keys<'_, '_>, table: Table<'_>) -> Vec<Metric> {
    let mut keys = keys.open(table);
    let mut out = Vec::new();
    for (name, item) in keys.entries() {
        match item.table() {
            None => keys.wrong_type(name.value, item, "a table such as { unit = \"tok/s\", better = \"higher\" }"),
            Some(table) => {
                check_name(&mut keys, name, "metric");
                out.push(metric(&mut keys, name, table));
            }
        }
    }
    out
}

fn metric(keys: &mut Keys<'_, '_>, name: At<&str>, table: Table<'_>) -> Metric {
    let mut keys = keys.open(table);
    let title = keys.string("title").map_or(name.value, |title| title.value).into();
    let unit = keys.string("unit").map(|unit| (unit.value, Unit::parse_at(unit.value, keys::inside(unit))));
    let (unit, is_known) = match unit {
        Some((_, Ok(unit))) => (unit, true),
        Some((_, Err(wrong))) => {
            keys.report(*wrong);
            (Unit::NONE, false)
        }
        None => (Unit::NONE, true),
    };
    let metric = Metric {
        name: Name::new(name.value),
        title,
        description: keys.string("description").map(|text| text.value.into()),
        unit,
        better: keys.one_of("better", &Better::ALL).map(|at| at.value),
        missing: keys.string("missing").map(|text| text.value.into()),
        is_known,
        place: name.span,
    };
    keys.finish();
    metric
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    fn read(text: &str) -> (BTreeMap<Name, Benchmark>, Vec<String>) {
        let parsed = benchmarks(PathId::new("content/benchmarks.toml"), text);
        let told = |d: &Diagnostic| {
            let Some(Place::Span(span)) = d.place else { return d.message.clone() };
            format!("{}: {} [{}]", d.code.name(), d.message, &text[span.range()])
        };
        let told = parsed.diagnostics.iter().map(told).collect();
        (parsed.value, told)
    }

    #[test]
    fn a_benchmark_says_what_it_measures_and_what_may_be_compared() {
        let (all, wrong) = read(
            "[llama]\ntitle = 'LLaMA 3 8B'\nmetrics.tg = { title = 'Generation', unit = 'tok/s', better = 'higher' }\n\
             metrics.memory = { unit = 'GB', better = 'lower' }\nsame = ['model', 'software.name']\n\
             near = { 'software.build' = 50 }\n",
        );
        assert_eq!(wrong, [""; 0]);
        let llama = &all[&Name::new("llama")];
        assert_eq!((&*llama.title, llama.metrics.len()), ("LLaMA 3 8B", 2));
        let tg = llama.metric(Name::new("tg")).unwrap();
        assert_eq!(
            (&*tg.title, tg.unit.to_string().as_str(), tg.better),
            ("Generation", "tok/s", Some(Better::Higher))
        );
        assert_eq!(llama.same, [Name::new("model"), Name::new("software.name")]);
        assert_eq!(llama.near, [Near { field: Name::new("software.build"), most: 50.0 }]);
    }

    #[test]
    fn every_mistake_has_its_place() {
        let (_, wrong) = read(
            "[a]\nsame = ['software.name.x', 3]\nnear = { build = -1 }\n\
             [b]\ntitle = 'B'\nmetrics = { tg = { unit = 'tok/blink', beter = 'higher' }, 'a b' = 3 }\n['c d']\ntitle = 'C'\nmetrics.x = {}\n",
        );
        assert_eq!(
            wrong,
            [
                "key-missing: the benchmark `a` has no `title` [a]",
                "key-missing: the benchmark `a` measures nothing [a]",
                "wrong-type: `same[]` must be a string [3]",
                "wrong-type: `software.name.x` names no condition of a record [software.name.x]",
                "wrong-type: `build` must be the largest difference that is allowed, a number of at least 0 [-1]",
                "unit-unknown: `blink` is not a unit [blink]",
                "unknown-key: unknown key `beter` [beter]",
                "wrong-type: `a b` must be a table such as { unit = \"tok/s\", better = \"higher\" } [3]",
                "data-name: `c d` cannot be the name of a benchmark ['c d']",
            ]
        );
    }
}
