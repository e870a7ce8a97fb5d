//! A CSV with a result a row, and the mapping that says which column is which field.
//!
//! A column that bears the name of a field is that field. Beyond that a mapping has picks: every pick that takes a row
//! adds to it, a later one over an earlier one, and a row is a result when one of them gave it a benchmark.

use super::field::{Field, Scalar};
use super::mapping::{self, Pick, Value};
use super::pattern::Pattern;
use super::record::Row;
use super::{MAX_RESULTS, Request, Told};
use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::id::PathId;
use crate::parse::csv::{Cell, Rows, Wrong as BadCsv};
use std::ops::Range;

/// How many columns a file may have.
const MAX_COLUMNS: usize = 1_000;

/// Reads the rows that are results.
pub fn rows(request: &Request<'_>, notes: &mut Vec<String>, told: &mut Told) -> Vec<Row> {
    let Some((columns, mut text)) = head(request, told) else { return Vec::new() };
    let picks = request.mapping.map(|(file, text)| mapping::read(file, text, &columns, told));
    let only = only(request, &columns, told);
    if !told.0.is_empty() {
        return Vec::new();
    }
    let own: Vec<(usize, Field)> =
        columns.iter().enumerate().filter_map(|(at, name)| Some((at, Field::from_path(name)?))).collect();
    let mut taken = vec![0_usize; picks.as_ref().map_or(0, Vec::len)];
    let mut out = Vec::new();
    let (mut left, mut halves) = (0_usize, 0_usize);
    let mut cells = Vec::new();
    while let Some(read) = text.next_into(&mut cells) {
        let place = match read {
            Ok(range) => Span::new(request.file, range),
            Err(wrong) => {
                told.push(bad_csv(request.file, wrong));
                continue;
            }
        };
        if cells.len() != columns.len() {
            told.push(wrong_count(place, cells.len(), columns.len()));
            continue;
        }
        if out.len() == MAX_RESULTS {
            told.push(super::too_many_results(place));
            break;
        }
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.text.as_ref());
        if !only.iter().all(|(column, pattern)| pattern.matches(cell(*column)).is_some()) {
            left += 1;
            continue;
        }
        let mut row = Row::new(place);
        let mut of_cells: Vec<(Field, Given<'_>)> = own
            .iter()
            .filter(|(at, _)| !cell(*at).is_empty())
            .map(|(at, field)| (field.clone(), Given::Cell(*at)))
            .collect();
        for (pick, count) in picks.iter().flatten().zip(&mut taken) {
            let Some(stars) = pick.takes(cell) else { continue };
            *count += 1;
            apply(pick, &stars, cell, &mut of_cells);
            row.assumed.extend(pick.assumed.iter().cloned());
        }
        let given = |path| of_cells.iter().any(|(field, _)| *field == Field::known(path));
        match (given("benchmark"), given("metric"), picks.is_some()) {
            // Without a mapping every row is a result, and what it lacks is told.
            (true, true, _) | (_, _, false) => out.extend(filled(row, of_cells, &cells, request.file, told)),
            (true, false, true) => halves += 1,
            (false, _, true) => left += 1,
        }
    }
    tell_idle(picks.as_deref().unwrap_or_default(), &taken, told);
    if halves > 0 {
        notes.push(format!("{halves} rows have a benchmark and no metric by the mapping: they were left out"));
    }
    if left > 0 {
        notes.push(format!("{left} of {} rows are no result by the mapping", left + halves + out.len()));
    }
    out
}

/// What a field of a row is.
enum Given<'p> {
    /// What a column holds.
    Cell(usize),
    /// What the mapping says, always the same.
    Fixed(&'p Scalar),
    /// What the mapping made of the row; from which column, if from one alone.
    Made(String, Option<usize>, Span),
}

fn apply<'p, 'r>(
    pick: &'p Pick,
    stars: &[(usize, Vec<&'r str>)],
    cell: impl Fn(usize) -> &'r str,
    out: &mut Vec<(Field, Given<'p>)>,
) {
    for (field, value) in &pick.set {
        let star = |column: usize, number: usize| {
            let (_, found) = stars.iter().find(|(own, _)| *own == column)?;
            found.get(number - 1).copied()
        };
        let given = match value {
            Value::Fixed(scalar) => Given::Fixed(scalar),
            Value::Made(template, place) => match template.fill(&cell, star) {
                Some(text) => Given::Made(text, template.column(), *place),
                None => continue,
            },
        };
        out.retain(|(known, _)| known != field);
        out.push((field.clone(), given));
    }
}

/// Reads the values of a row's fields. A row with a wrong one is told, and no result.
fn filled(
    mut row: Row,
    given: Vec<(Field, Given<'_>)>,
    cells: &[Cell<'_>],
    file: PathId,
    told: &mut Told,
) -> Option<Row> {
    let mut whole = true;
    let place = |column: usize| cells.get(column).map(|cell| Span::new(file, cell.range.clone()));
    for (field, value) in given {
        let (read, at, also) = match value {
            Given::Fixed(scalar) => (Ok(scalar.clone()), None, None),
            Given::Cell(column) => (field.read(cells.get(column).map_or("", |cell| &cell.text)), place(column), None),
            Given::Made(text, column, mapping) => {
                (field.read(&text), column.and_then(place).or(Some(row.place)), Some(mapping))
            }
        };
        match read {
            Ok(value) => row.set(field, value, at),
            Err(wrong) => {
                whole = false;
                let wrong = wrong.at(at.or(Some(row.place)));
                told.push(match also {
                    Some(mapping) => wrong.also(mapping, "made by this"),
                    None => wrong,
                });
            }
        }
    }
    whole.then_some(row)
}

/// The names of the columns, and what follows them.
fn head<'t>(request: &Request<'t>, told: &mut Told) -> Option<(Vec<String>, Rows<'t>)> {
    let mut rows = Rows::new(request.text);
    let mut cells = Vec::new();
    let place = match rows.next_into(&mut cells)? {
        Ok(range) => Span::new(request.file, range),
        Err(wrong) => {
            told.push(bad_csv(request.file, wrong));
            return None;
        }
    };
    if cells.len() > MAX_COLUMNS {
        told.push(Diagnostic::new(Code::DataLimit, place, format!("more than {MAX_COLUMNS} columns")));
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for cell in &cells {
        if names.iter().any(|name| *name == cell.text) {
            let message = format!("two columns are called `{}`", super::field::shown(&cell.text));
            told.push(Diagnostic::new(Code::DataSyntax, Span::new(request.file, cell.range.clone()), message));
            return None;
        }
        names.push(cell.text.to_string());
    }
    Some((names, rows))
}

/// What `--where` asks of the columns.
pub fn only(request: &Request<'_>, columns: &[String], told: &mut Told) -> Vec<(usize, Pattern)> {
    let mut out = Vec::new();
    for text in request.only {
        let (name, wanted) = text.split_once('=').unwrap_or((text, "*"));
        match columns.iter().position(|column| column == name) {
            Some(column) => out.push((column, Pattern::new(wanted))),
            None => {
                let message = format!("`--where {}`: the file has no column of this name", super::field::shown(text));
                let near = crate::diag::nearest(name, columns.iter().map(String::as_str));
                let wrong = Diagnostic::bare(Code::ImportMapping, message);
                told.push(match near {
                    Some(near) => wrong.help(format!("did you mean `{near}`?")),
                    None => wrong.help(format!("it has {}", columns.join(", "))),
                });
            }
        }
    }
    out
}

/// Picks that take no row are slips.
fn tell_idle(picks: &[Pick], taken: &[usize], told: &mut Told) {
    for (pick, _) in picks.iter().zip(taken).filter(|(_, count)| **count == 0) {
        let mut wrong = Diagnostic::new(Code::ImportMapping, pick.place, "this pick takes no row of the file");
        wrong.severity = Severity::Warning;
        told.push(
            wrong.help("see what its `where` asks for: each text must be the whole of a cell, with `*` for any text"),
        );
    }
}

/// That a row has another number of cells than the head.
pub fn wrong_count(place: Span, has: usize, wanted: usize) -> Diagnostic {
    let message = format!("this row has {has} cells, and the head names {wanted} columns");
    Diagnostic::new(Code::DataSyntax, place, message).help("a text with a comma in it stands in double quotes")
}

/// A mistake in the form of a CSV.
pub fn bad_csv(file: PathId, wrong: BadCsv) -> Diagnostic {
    let (range, message): (Range<usize>, _) = match wrong {
        BadCsv::Unclosed(at) => (at..at + 1, "a quote that is never closed"),
        BadCsv::AfterQuote(range) => (range, "something stands between a closing quote and the next comma"),
    };
    Diagnostic::new(Code::DataSyntax, Span::new(file, range), message)
        .help("a quote inside a quoted cell is written twice")
}
