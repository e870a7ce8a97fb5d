//! `numbers`: each number of the book, with its source, its age and the places that use it.

use super::args::{Args, Format, Numbers};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::index::LineIndex;
use crate::diag::{Fault, Span, Texts, nearest};
use crate::id::{Cited, PathId};
use crate::pipeline::{Pipeline, Wanted};
use crate::read::Scope;
use crate::resolve::account::{self, Account, Entry, Recorded};
use crate::site::Options;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write;

/// Tells the numbers of the book.
pub fn run(args: &Args, numbers: &Numbers) -> Ended {
    let mut pipeline = Opened::book(args)?.pipeline(Options::default());
    // No page is made: the outlines know what uses which number.
    let wanted = Wanted { scope: Scope::All, first: &[], all: false, holds: &|_, _| true, sink: &|_, _| Ok(()) };
    pipeline.update(&wanted)?;
    let Some(book) = pipeline.book() else { return Err(Fault::refused("the book cannot be read")) };
    let of = numbers.id.as_deref().map(|id| id.trim_matches(['.', '/']));
    let asked = account::Wanted { of, stale: numbers.stale, unused: numbers.unused };
    let account = account::account(book, asked);
    if let Some(of) = of.filter(|_| account.numbers.is_empty()) {
        let all = account::Wanted { of: Some(of), ..account::Wanted::default() };
        if account::account(book, all).numbers.is_empty() {
            let known = account::known(book);
            let near = nearest(of, known.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Fault::refused(format!("the book has no number `{}`{near}", of.escape_debug())));
        }
    }
    let mut teller = Teller { pipeline: &pipeline, lines: HashMap::new(), account: &account };
    if args.format == Format::Json {
        report::print(&teller.json())?;
    } else {
        report::print(&teller.text(numbers))?;
        report::note(args, &summary(&account, numbers));
    }
    Ok(0)
}

fn summary(account: &Account, numbers: &Numbers) -> String {
    let count = account.numbers.len();
    let what = match (numbers.stale, numbers.unused) {
        (false, false) => "",
        (true, false) => " past their age",
        (false, true) => " that no page uses",
        (true, true) => " past their age that no page uses",
    };
    format!("{count} number{}{what}", if count == 1 { "" } else { "s" })
}

struct Teller<'a> {
    pipeline: &'a Pipeline,
    account: &'a Account,
    lines: HashMap<PathId, Option<LineIndex>>,
}

impl Teller<'_> {
    fn text(&mut self, numbers: &Numbers) -> String {
        let mut out = String::new();
        for entry in &self.account.numbers {
            let shown = entry.with_interval.as_ref().unwrap_or(&entry.shown);
            let _ = writeln!(out, "{shown}  {}", entry.path);
            let _ = writeln!(out, "    {}", self.origin(entry));
            if let (Some(rule), Some(until)) = (entry.rule, entry.until) {
                let word = if entry.stale { "stale since the end of" } else { "good until" };
                let _ = writeln!(out, "    {word} {until}: {rule}");
            }
            for at in &entry.used {
                let (file, line, column) = self.place(*at);
                let _ = writeln!(out, "    used at {file}:{line}:{column}");
            }
            if entry.used.is_empty() {
                let _ = writeln!(out, "    no page uses it");
            }
        }
        for record in self.account.records.iter().filter(|_| numbers.id.is_some()) {
            let lacks = if record.lacks.is_empty() { "nothing".to_owned() } else { record.lacks.join(", ") };
            let _ = writeln!(out, "\nrecord {} ({}): {}", record.id, record.title, completeness(record));
            let _ = writeln!(out, "    lacks {lacks}");
        }
        for table in &self.account.tables {
            let _ = writeln!(out, "table {table}: no page uses any of it");
        }
        out
    }

    /// From when a number is, who says it, and how much was recorded of its run.
    fn origin(&self, entry: &Entry) -> String {
        let mut parts = Vec::new();
        parts.push(entry.dated.map_or("no date".to_owned(), |dated| dated.to_string()));
        match &entry.source {
            Some(source) => {
                let grade = source.grade.map(|grade| format!("grade {grade}"));
                let said: Vec<String> = source.kind.map(str::to_owned).into_iter().chain(grade).collect();
                let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
                parts.push(format!("source {}{said}", source.id));
            }
            None => parts.push("no source".to_owned()),
        }
        if let Cited::Result(id, _) = entry.cited {
            parts.extend(self.account.records.iter().find(|record| record.id == id).map(completeness));
        }
        parts.join("; ")
    }

    fn json(&mut self) -> String {
        let account = self.account;
        let numbers: Vec<Value> = account.numbers.iter().map(|entry| self.entry(entry)).collect();
        let records: Vec<Value> = account
            .records
            .iter()
            .map(|record| {
                json!({
                    "id": record.id.to_string(),
                    "title": record.title,
                    "complete": share(record),
                    "has": record.has,
                    "lacks": record.lacks,
                })
            })
            .collect();
        let tables: Vec<&str> = account.tables.iter().map(|table| table.as_str()).collect();
        format!("{}\n", json!({ "numbers": numbers, "records": records, "tables": tables }))
    }

    fn entry(&mut self, entry: &Entry) -> Value {
        let used: Vec<Value> = entry
            .used
            .iter()
            .map(|at| {
                let (file, line, column) = self.place(*at);
                json!({ "file": file, "line": line, "column": column })
            })
            .collect();
        let source = entry.source.as_ref().map(
            |source| json!({ "id": source.id.as_str(), "title": source.title, "kind": source.kind, "grade": source.grade }),
        );
        let date = entry.dated.map(|dated| json!({ "on": dated.date.to_string(), "what": dated.what.word() }));
        let age = entry.rule.map(|rule| {
            json!({
                "limit": rule.age.to_string(),
                "rule": rule.to_string(),
                "until": entry.until.map(|until| until.to_string()),
                "stale": entry.stale,
            })
        });
        json!({
            "id": entry.cited.to_string(),
            "path": entry.path,
            "value": entry.value,
            "unit": entry.unit,
            "shown": entry.shown,
            "interval": entry.interval.map(|(low, high)| json!({ "low": low, "high": high })),
            "source": source,
            "date": date,
            "age": age,
            "used": used,
        })
    }

    fn place(&mut self, at: Span) -> (&'static str, usize, usize) {
        let known = self.lines.entry(at.file).or_insert_with(|| self.pipeline.text(at.file).map(LineIndex::new));
        let place = known.as_ref().map(|index| index.position(at.start as usize));
        (at.file.as_str(), place.map_or(1, |place| place.line), place.map_or(1, |place| place.column))
    }
}

/// How much was recorded of a run, in words.
fn completeness(record: &Recorded) -> String {
    format!("{} of {} fields recorded", record.has.len(), record.has.len() + record.lacks.len())
}

/// The same as a share, to two decimals.
fn share(record: &Recorded) -> f64 {
    let all = record.has.len() + record.lacks.len();
    (record.has.len() as f64 / all.max(1) as f64 * 100.0).round() / 100.0
}
