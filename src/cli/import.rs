//! `import`: what another tool measured, as records.

use super::args::{Args, Import};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::{Code, Diagnostic, Fault, Place, Severity, Span, Texts};
use crate::id::{Name, PathId};
use crate::import::{self, Imported, Record, Request};
use crate::parse::config::Mode;
use crate::parse::source;
use crate::read::{self, MAX_DATA, MAX_TEXT, Problem};
use crate::write::{self, Replacement};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Reads the file and writes its records: all, or none.
pub fn run(args: &Args, import: &Import) -> Ended {
    let book = Opened::book(args)?;
    if book.config.mode == Mode::MdBook {
        let why = "no book with a table [benchbook] in its book.toml lies here, and an mdBook book has no records";
        return Err(Fault::refused(why));
    }
    let mut known = Known::default();
    let mut told = Vec::new();
    let file = known.open(&import.file, import::MAX_FILE, &mut told);
    let mapping = import.mapping.as_deref().map(|path| known.open(path, MAX_TEXT, &mut told));
    let mut found = Imported::default();
    if let (Some((file, text)), false) = (&file, matches!(mapping, Some(None))) {
        let mapping = mapping.as_ref().and_then(Option::as_ref).map(|(file, text)| (*file, text.as_ref()));
        let request =
            Request { file: *file, text, format: import.of_file, mapping, set: &import.set, only: &import.only };
        let parsed = import::read(&request);
        told.extend(parsed.diagnostics);
        found = parsed.value;
    }
    let mut plan = Plan::default();
    if !fails(&told) {
        plan = Plan::of(&found.records, &book, import.replace, &mut known, &mut told);
        told.extend(unknown_sources(&found.records, &book, &mut known));
    }
    told.sort();
    let count = report::tell(args, &told, &known)?;
    if count.errors > 0 {
        let more = match found.untold {
            0 => String::new(),
            more => format!("{} not shown; ", counted(more, "more mistake")),
        };
        report::note(args, &format!("{more}nothing was imported"));
        let refused = |d: &Diagnostic| matches!(d.code, Code::FileMissing | Code::ImportMissing | Code::ImportExists);
        let all = told.iter().filter(|d| d.severity == Severity::Error).all(refused);
        return Ok(if all { 2 } else { 1 });
    }
    report::print(&table(&found.records))?;
    if !import.dry_run {
        write::save_all(&plan.files)?;
    }
    tell(args, import, &found, &plan);
    Ok(0)
}

fn fails(told: &[Diagnostic]) -> bool {
    told.iter().any(|wrong| wrong.severity == Severity::Error)
}

/// What is written, and what is there already.
#[derive(Default)]
struct Plan {
    files: Vec<Replacement>,
    same: usize,
}

impl Plan {
    fn of(records: &[Record], book: &Opened, replace: bool, known: &mut Known, told: &mut Vec<Diagnostic>) -> Plan {
        let files = book.snapshot();
        let mut plan = Plan::default();
        for record in records {
            let path = book.chapter_path(&record.path());
            let new = record.json();
            let old = match files.bytes(path, MAX_DATA) {
                Ok(bytes) => Some(bytes),
                Err(Problem::Missing) => None,
                Err(problem) => {
                    told.push(read::complain(Code::FileUnreadable, path.as_str(), &problem, record.place));
                    continue;
                }
            };
            let to = book.root.join(path.as_str());
            match old {
                Some(old) if *old == *new.as_bytes() => plan.same += 1,
                Some(old) => {
                    if !replace {
                        told.extend(against(path, &old, &new, record, known));
                    }
                    plan.files.push(Replacement { path: to, old: Some(old.to_vec()), new: new.into_bytes() });
                }
                None => plan.files.push(Replacement { path: to, old: None, new: new.into_bytes() }),
            }
        }
        plan
    }
}

/// What stands against replacing a record.
fn against(path: PathId, old: &Arc<[u8]>, new: &str, record: &Record, known: &mut Known) -> Option<Diagnostic> {
    let text = match read::as_text(path, old.clone()) {
        Ok(text) => text,
        Err(wrong) => return Some(*wrong),
    };
    known.texts.insert(path, text.clone());
    let reasons = match import::existing::against(path, &text, new) {
        Ok(reasons) => reasons,
        Err(wrong) => return Some(wrong.help("mend it, or replace it: `--replace`")),
    };
    if reasons.is_empty() {
        return None;
    }
    let message = format!("{path} is there, and is of another run");
    let wrong = Diagnostic::new(Code::ImportExists, Span::top(path), message)
        .label(format!("it has {}", reasons.join(", ")))
        .also(record.place, "what would take its place")
        .help(format!("keep both: give this run a longer id, as in `--set machine.id={}-2`", record.machine))
        .help("or put this one in its place: `--replace`");
    Some(wrong)
}

/// A record whose source is in no list would fail the next build.
fn unknown_sources(records: &[Record], book: &Opened, known: &mut Known) -> Vec<Diagnostic> {
    let path = book.chapter_path("sources.toml");
    let text = book.snapshot().bytes(path, MAX_TEXT).ok().and_then(|bytes| read::as_text(path, bytes).ok());
    let text = text.unwrap_or_else(|| Arc::from(""));
    let listed = source::sources(path, &text).value;
    known.texts.insert(path, text);
    let mut missing: BTreeMap<&str, &Record> = BTreeMap::new();
    for record in records {
        let id = record.text("source").unwrap_or_default();
        if !listed.contains_key(&Name::new(id)) {
            missing.entry(id).or_insert(record);
        }
    }
    let tell = |(id, record): (&str, &Record)| {
        let message = format!("{path} has no source `{id}`");
        let mut wrong = Diagnostic::new(Code::ImportField, record.place, message);
        wrong.severity = Severity::Warning;
        match crate::diag::nearest(id, listed.keys().map(|name| name.as_str())) {
            Some(near) => wrong.help(format!("did you mean `{near}`?")),
            None => wrong.help(format!("add it: `[{id}]` with `title`, `url`, `retrieved`, `kind` and `grade`")),
        }
    };
    missing.into_iter().map(tell).collect()
}

/// What was found, a result a line.
fn table(records: &[Record]) -> String {
    let mut rows = vec![["benchmark", "machine", "metric", "value", "spread"].map(str::to_owned)];
    for record in records {
        for result in record.results() {
            let text = |path| result.text(path).unwrap_or_default();
            let part = |path| result.text(path).map(|text| format!("{path} {text}"));
            let spread: Vec<String> = ["sd", "min", "max", "n"].into_iter().filter_map(part).collect();
            rows.push([
                record.benchmark.clone(),
                record.machine.clone(),
                result.metric.clone(),
                format!("{} {}", text("value"), text("unit")),
                spread.join(", "),
            ]);
        }
    }
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; 5]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn tell(args: &Args, import: &Import, found: &Imported, plan: &Plan) {
    for note in &found.notes {
        report::note(args, &format!("note: {note}"));
    }
    let mut assumed: BTreeMap<&str, usize> = BTreeMap::new();
    for path in found.records.iter().flat_map(Record::assumed) {
        *assumed.entry(path).or_default() += 1;
    }
    for (path, count) in assumed {
        report::note(args, &format!("note: `{path}` is assumed in {}, and they say so", counted(count, "record")));
    }
    let format = found.format.map_or("", import::Format::name);
    let results: usize = found.records.iter().map(|record| record.results().len()).sum();
    let new = plan.files.iter().filter(|file| file.old.is_none()).count();
    let all = format!("{} in {} ({format})", counted(results, "result"), counted(found.records.len(), "record"));
    let done = match (new, plan.files.len() - new) {
        (0, 0) => "nothing new".to_owned(),
        (new, 0) => format!("{new} new"),
        (0, changed) => format!("{changed} changed"),
        (new, changed) => format!("{new} new, {changed} changed"),
    };
    let same = if plan.same == 0 { String::new() } else { format!(", {} as they were", plan.same) };
    let dry = if import.dry_run { "; nothing was written (--dry-run)" } else { "" };
    report::note(args, &format!("{all}: {done}{same}{dry}"));
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The texts that diagnostics point into.
#[derive(Default)]
struct Known {
    texts: BTreeMap<PathId, Arc<str>>,
}

impl Known {
    /// Reads a file that the command line names.
    fn open(&mut self, path: &Path, limit: u64, told: &mut Vec<Diagnostic>) -> Option<(PathId, Arc<str>)> {
        let id = PathId::new(&path.to_string_lossy());
        let bytes = match read::named(path, limit) {
            Ok(bytes) => bytes,
            Err(problem) => {
                told.push(read::complain(Code::FileMissing, id.as_str(), &problem, Span::top(id)));
                return None;
            }
        };
        if let Some(packed) = import::packed(&bytes) {
            let message = format!("{id} is compressed ({packed}), and what it unpacks to has no limit");
            told.push(
                Diagnostic::new(Code::ImportFormat, Span::top(id), message)
                    .help("unpack it, and import what was in it"),
            );
            return None;
        }
        let bytes: Arc<[u8]> = Arc::from(bytes);
        match read::as_text(id, bytes.clone()) {
            Ok(text) => {
                self.texts.insert(id, text.clone());
                Some((id, text))
            }
            Err(wrong) => {
                self.texts.insert(id, Arc::from(String::from_utf8_lossy(&bytes)));
                told.push(*wrong);
                None
            }
        }
    }
}

impl Texts for Known {
    fn text(&self, file: PathId) -> Option<Arc<str>> {
        self.texts.get(&file).cloned()
    }

    fn locate(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Span(span) => Some(*span),
            _ => None,
        }
    }
}
