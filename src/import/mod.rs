//! Bringing numbers in: what another tool printed, as records.
//!
//! [`read`] tells the format by what the file holds, reads it with the places of its mistakes, and gathers the results
//! into [`Record`]s. Nothing is guessed: what a record needs and the file lacks is asked for, and what a tool's default
//! fills is listed in the record as assumed.
//!
//! **Invariant:** this module reads and writes no file. Whoever calls it passes texts in, and writes all of the records
//! or none.

mod detect;
pub mod existing;
pub mod field;
mod llama_bench;
mod longcsv;
mod mapping;
mod pattern;
mod record;
#[cfg(test)]
mod tests;

pub use detect::packed;
pub use record::Record;

use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::id::PathId;
use field::{Field, Of, Scalar};

/// A format that is read, told by its content or by the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What `llama-bench -o json` prints.
    LlamaBenchJson,
    /// What `llama-bench -o jsonl` prints.
    LlamaBenchLines,
    /// What `llama-bench -o csv` prints.
    LlamaBenchCsv,
    /// What `llama-bench` prints: a Markdown table.
    LlamaBenchMarkdown,
    /// A CSV with a result a row, whose columns name fields, or are named by a mapping.
    Csv,
}

impl Format {
    /// All formats by the names that the command line takes.
    pub const ALL: [(&'static str, Format); 5] = [
        ("llama-bench-json", Format::LlamaBenchJson),
        ("llama-bench-jsonl", Format::LlamaBenchLines),
        ("llama-bench-csv", Format::LlamaBenchCsv),
        ("llama-bench-md", Format::LlamaBenchMarkdown),
        ("csv", Format::Csv),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Request<'t> {
    /// The file's name, for diagnostics.
    pub file: PathId,
    /// What it holds.
    pub text: &'t str,
    /// Its format, if the command line says it.
    pub format: Option<Format>,
    /// The mapping: its name and its text.
    pub mapping: Option<(PathId, &'t str)>,
    /// `FIELD=VALUE`, for all results.
    pub set: &'t [String],
    /// `COLUMN=TEXT`, which a result must have to be taken.
    pub only: &'t [String],
}

/// The largest file that is read, in bytes: the places of a JSON's values take many times its size.
pub const MAX_FILE: u64 = 16 << 20;

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The format it was read as.
    pub format: Option<Format>,
    /// The records, by benchmark and machine.
    pub records: Vec<Record>,
    /// What people should know of the reading.
    pub notes: Vec<String>,
    /// How many mistakes there are beside those that are told.
    pub untold: usize,
}

/// Reads a file of results.
pub fn read(request: &Request<'_>) -> Parsed<Imported> {
    let mut told = Told::default();
    let set = settings(request.set, &mut told);
    let mut imported = Imported::default();
    match detect::format(request) {
        Err(wrong) => told.push(*wrong),
        Ok(format) => {
            imported.format = Some(format);
            let rows = match format {
                Format::Csv => longcsv::rows(request, &mut imported.notes, &mut told),
                format => llama_bench::rows(format, request, &mut imported.notes, &mut told),
            };
            let none = rows.is_empty() && told.0.is_empty();
            imported.records = record::gather(rows, &set, &mut told);
            if none {
                let wrong =
                    Diagnostic::new(Code::ImportFormat, Span::top(request.file), "no result was taken from this file");
                told.push(wrong.help("see what the mapping's `where`, or `--where`, asks for"));
            }
        }
    }
    imported.untold = told.1;
    Parsed { value: imported, diagnostics: told.0 }
}

fn settings(set: &[String], told: &mut Told) -> Vec<(Field, Scalar)> {
    let mut out = Vec::new();
    for text in set {
        let read = text.split_once('=').ok_or_else(|| Wrong::new("it has no `=`").help("write `--set FIELD=VALUE`"));
        let read = read.and_then(|(path, value)| {
            let field = Field::from_path(path.trim()).filter(|field| field.of() != Of::Result);
            let field = field.ok_or_else(|| unknown_field(path.trim()))?;
            let value = field.read(value)?;
            Ok((field, value))
        });
        match read {
            Ok(pair) => out.push(pair),
            Err(wrong) => {
                let wrong = Wrong { message: format!("`--set {}`: {}", field::shown(text), wrong.message), ..wrong };
                told.push(wrong.at(None));
            }
        }
    }
    out
}

/// That no field has this path.
fn unknown_field(path: &str) -> Wrong {
    let wrong = Wrong::new(format!("a record has no field `{}` that can be set here", field::shown(path)));
    match crate::diag::nearest(path, field::paths()) {
        Some(near) if near != path => wrong.help(format!("did you mean `{near}`?")),
        _ => wrong.help("a condition of the run is `conditions.NAME`; the fields are listed in the docs"),
    }
}

/// What is wrong with a value, before its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    code: Code,
    message: String,
    help: Vec<String>,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Wrong {
        Wrong::of(Code::ImportField, message)
    }

    fn of(code: Code, message: impl Into<String>) -> Wrong {
        Wrong { code, message: message.into(), help: Vec::new() }
    }

    fn help(mut self, text: impl Into<String>) -> Wrong {
        self.help.push(text.into());
        self
    }

    fn at(self, place: Option<Span>) -> Diagnostic {
        let mut found = Diagnostic::bare(self.code, self.message);
        found.place = place.map(Place::from);
        self.help.into_iter().fold(found, Diagnostic::help)
    }
}

/// How many results a file may have, so that reading one is bounded in memory.
const MAX_RESULTS: usize = 100_000;

fn too_many_results(place: Span) -> Diagnostic {
    let message = format!("the file has more than {MAX_RESULTS} results");
    Diagnostic::new(Code::DataLimit, place, message).help("take fewer of them by `where`, or split the file")
}

/// How many mistakes of one file are told: they stop the import as surely as all would.
const MAX_TOLD: usize = 20;

/// What is wrong with a file, and how much more of it there is.
#[derive(Debug, Default)]
struct Told(Vec<Diagnostic>, usize);

impl Told {
    fn push(&mut self, wrong: Diagnostic) {
        match self.0.len() < MAX_TOLD {
            true => self.0.push(wrong),
            false => self.1 += 1,
        }
    }
}

/// `a`, `b` and `c`.
fn listed(names: &[String], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}
