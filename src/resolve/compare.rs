//! Which results may stand in one comparison: those that agree in the conditions that their benchmark names.

use crate::diag::{Code, Diagnostic, Place, Span};
use crate::id::Name;
use crate::number::eval::Found;
use crate::parse::benchmark::Benchmark;
use crate::parse::record::Record;
use crate::site::Hashed;
use rustc_hash::FxHashMap;

/// A difference that the author means.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    /// The condition in which results may differ; `benchmark` for results of different benchmarks.
    pub(super) field: Name,
    /// Whether a comparison needed it.
    pub(super) used: bool,
}

/// Whether the results of `records` may be compared: those of one benchmark when they agree in its `same` and are
/// close in its `near`; those of several only when the author says so. What is allowed and was needed is marked.
pub(super) fn comparable(
    records: &[&Hashed<Record>],
    benchmarks: &[(Name, Option<&Hashed<Benchmark>>)],
    allowed: &mut [Allowed],
    at: Span,
    told: &mut Vec<Diagnostic>,
) -> Found<()> {
    let mut ask = Asking { allowed, at, told };
    if let [(one, _), (other, _), ..] = benchmarks
        && !ask.allows(Name::new("benchmark"))
    {
        let message = format!("results of the benchmarks `{one}` and `{other}` are not the same thing measured");
        let wrong = Diagnostic::new(Code::Incomparable, at, message).label("compared here");
        return Err(Some(Box::new(wrong.help(
            "if their difference is what you mean, say so with its reason: `[[across]]` with `fields = [\"benchmark\"]` and `why`",
        ))));
    }
    for (name, benchmark) in benchmarks {
        let Some(benchmark) = benchmark else { continue };
        let of_it: Vec<&Record> =
            records.iter().filter(|record| record.id().benchmark == *name).map(|record| &***record).collect();
        for field in &benchmark.same {
            ask.same(*field, &of_it)?;
        }
        for near in &benchmark.near {
            ask.near(near.field, near.most, &of_it)?;
        }
    }
    Ok(())
}

struct Asking<'a> {
    allowed: &'a mut [Allowed],
    at: Span,
    told: &'a mut Vec<Diagnostic>,
}

impl Asking<'_> {
    fn allows(&mut self, field: Name) -> bool {
        let mut found = false;
        for allowed in self.allowed.iter_mut().filter(|allowed| allowed.field == field) {
            allowed.used = true;
            found = true;
        }
        found
    }

    fn same(&mut self, field: Name, records: &[&Record]) -> Found<()> {
        let Some(first) = records.first() else { return Ok(()) };
        let value = first.condition(field.as_str());
        let Some(other) = records.iter().find(|record| record.condition(field.as_str()) != value) else {
            if value.is_none() && records.len() > 1 {
                self.unrecorded(field, records);
            }
            return Ok(());
        };
        if self.allows(field) {
            return Ok(());
        }
        let message = format!("these results differ in `{field}`: {}", self.both(field, first, other));
        Err(Some(Box::new(self.differ(message, field, records, first, other))))
    }

    fn near(&mut self, field: Name, most: f64, records: &[&Record]) -> Found<()> {
        let mut known: Vec<(f64, &Record)> = Vec::new();
        let mut unknown = Vec::new();
        for record in records {
            match record.condition(field.as_str()).and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite()) {
                Some(number) => known.push((number, record)),
                None => unknown.push(*record),
            }
        }
        if known.is_empty() {
            if records.len() > 1 {
                self.unrecorded(field, records);
            }
            return Ok(());
        }
        let lowest = known.iter().copied().reduce(|a, b| if b.0 < a.0 { b } else { a });
        let highest = known.iter().copied().reduce(|a, b| if b.0 > a.0 { b } else { a });
        let (Some((low, one)), Some((high, other))) = (lowest, highest) else { return Ok(()) };
        let (one, other, message) = match unknown.first() {
            Some(record) => {
                (one, *record, format!("these results differ in `{field}`: {}", self.both(field, one, record)))
            }
            None if high - low > most => {
                let both = self.both(field, one, other);
                (
                    one,
                    other,
                    format!("these results are too far apart in `{field}`, by {} and not {most}: {both}", high - low),
                )
            }
            None => return Ok(()),
        };
        if self.allows(field) {
            return Ok(());
        }
        Err(Some(Box::new(self.differ(message, field, records, one, other))))
    }

    fn both(&self, field: Name, one: &Record, other: &Record) -> String {
        let value = |record: &Record| match record.condition(field.as_str()) {
            Some(text) => format!("`{}`", text.escape_debug()),
            None => "not recorded".to_owned(),
        };
        format!("{} ({}) and {} ({})", value(one), one.id(), value(other), other.id())
    }

    fn differ(&self, message: String, field: Name, records: &[&Record], one: &Record, other: &Record) -> Diagnostic {
        let wrong = Diagnostic::new(Code::Incomparable, self.at, message).label("compared here");
        let place = |record: &Record| Place::Field(record.id(), Name::new(&path(field)));
        let words = |record: &Record| record.condition(field.as_str()).map_or("not recorded here", |_| "recorded here");
        let mut wrong = wrong.also(place(one), words(one)).also(place(other), words(other));
        if records.len() > 2 {
            wrong = wrong.help(format!("of the {} records, {}", records.len(), shares(field, records)));
        }
        wrong.help(format!(
            "compare results that agree in it, or say that the difference is meant: `[[across]]` with `fields = [\"{field}\"]` and `why`"
        ))
    }

    fn unrecorded(&mut self, field: Name, records: &[&Record]) {
        let Some(first) = records.first() else { return };
        if self.allows(field) {
            return;
        }
        let message = format!("none of these results says its `{field}`, which must be equal to compare them");
        let wrong = Diagnostic::new(Code::ConditionUnrecorded, self.at, message).label("compared here");
        let place = Place::Field(first.id(), Name::new(&path(field)));
        let wrong = wrong.also(place, "not recorded here");
        self.told.push(wrong.help(format!("record `{field}`, or take it out of what the benchmark compares")));
    }
}

/// How many records have which value.
fn shares(field: Name, records: &[&Record]) -> String {
    let mut counts: FxHashMap<Option<&str>, usize> = FxHashMap::default();
    for record in records {
        *counts.entry(record.condition(field.as_str())).or_default() += 1;
    }
    let mut counts: Vec<(Option<&str>, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let shown = counts.iter().take(4).map(|(value, count)| match value {
        Some(value) => format!("{count} have `{}`", value.escape_debug()),
        None => format!("{count} do not say"),
    });
    let mut shown: Vec<String> = shown.collect();
    if counts.len() > 4 {
        shown.push(format!("{} have others", counts.iter().skip(4).map(|(_, count)| count).sum::<usize>()));
    }
    shown.join(", ")
}

/// The path of a condition in a record.
fn path(field: Name) -> String {
    match field.as_str().split_once('.') {
        Some(("software", key)) => format!("software.0.{key}"),
        Some(_) => field.to_string(),
        None => format!("conditions.{field}"),
    }
}
