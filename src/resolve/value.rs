//! The value of an expression: a cell, looked up through the recorder and printed as its source wrote it.

use super::data::Data;
use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::id::{Name, TableId};
use crate::ledger::Reader;
use crate::number::expr::{self, FilterKind, Step};
use crate::number::print::{self, Style};
use crate::parse::chapter::Inline;
use crate::parse::table::{Cell, Value};

/// A value, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What a reader sees.
    pub text: String,
    /// The exact value, where the text is a number.
    pub exact: Option<String>,
}

/// Evaluates `source`, what stands between the braces at `at`. No value comes with a diagnostic, unless the cause is
/// told elsewhere (a cell that could not be read).
pub fn evaluate(source: &str, at: Span, data: &mut Reader<'_, '_, Data>) -> Parsed<Option<Shown>> {
    let parsed = expr::parse(source, at);
    let mut diagnostics = parsed.diagnostics;
    let Some(shown) = parsed.value else { return Parsed { value: None, diagnostics } };
    let value = match shown.path.steps.as_slice() {
        [table, row, column] => cell(table, row, column, data),
        steps => Err(Some(Box::new(wrong_length(steps, shown.path.span, data)))),
    };
    let value = match value {
        Ok(value) => value,
        Err(wrong) => {
            diagnostics.extend(wrong.map(|wrong| *wrong));
            return Parsed { value: None, diagnostics };
        }
    };
    let mut style = Style::default();
    let is_number = matches!(value, Value::Number(_));
    for filter in &shown.filters {
        if !is_number {
            let message = "this filter is for numbers, and the cell holds none";
            diagnostics.push(Diagnostic::new(Code::FilterUnknown, filter.span, message).help("leave the filter out"));
            return Parsed { value: None, diagnostics };
        }
        match filter.kind {
            FilterKind::Bare => style.bare = true,
            FilterKind::Digits(count) => style.digits = Some(count),
        }
    }
    Parsed { value: Some(show(value, style)), diagnostics }
}

/// A value as a reader sees it.
pub fn show(value: &Value, style: Style) -> Shown {
    let plain = |text: &str| Shown { text: text.to_owned(), exact: None };
    match value {
        Value::Text(text) => plain(text),
        Value::Number(quantity) => {
            Shown { text: print::quantity(quantity, style), exact: Some(quantity.text().to_owned()) }
        }
        Value::Date(date) => plain(&date.to_string()),
        Value::Bool(true) => plain("yes"),
        Value::Bool(false) => plain("no"),
        Value::Year(year) => plain(&year.to_string()),
    }
}

/// A line of text with its expressions evaluated, as plain text. What is wrong goes to `diagnostics`.
pub fn plain(parts: &[Inline], data: &mut Reader<'_, '_, Data>, diagnostics: &mut Vec<Diagnostic>) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Inline::Text(text) => out.push_str(text),
            Inline::Expression(source, at) => {
                let parsed = evaluate(source, *at, data);
                diagnostics.extend(parsed.diagnostics);
                out.push_str(&parsed.value.map(|shown| shown.text).unwrap_or_default());
            }
        }
    }
    out
}

/// The value of a cell, or what is wrong with the path (`Err(None)` when that is told elsewhere).
fn cell<'w>(
    table: &Step,
    row: &Step,
    column: &Step,
    data: &mut Reader<'w, '_, Data>,
) -> Result<&'w Value, Option<Box<Diagnostic>>> {
    let id = TableId::new(&table.text);
    let Some(columns) = data.columns(id, table.span) else { return Err(Some(Box::new(unknown_table(table, data)))) };
    let Some(found) = data.row(id, Name::new(&row.text), row.span) else {
        if !columns.whole {
            return Err(None);
        }
        let message = format!("the table `{}` has no row `{}`", table.text, row.text);
        let keys: Vec<&str> =
            data.table(id, row.span).map(|t| t.keys().map(Name::as_str).collect()).unwrap_or_default();
        return Err(Some(Box::new(unknown(message, "no such row", row, keys))));
    };
    let Some(cell) = found.cell(Name::new(&column.text)) else {
        if !columns.whole {
            return Err(None);
        }
        let message = format!("the table `{}` has no column `{}`", table.text, column.text);
        let names = found.columns().iter().map(|c| c.name.as_str()).collect();
        return Err(Some(Box::new(unknown(message, "no such column", column, names))));
    };
    match cell {
        Cell::Value(value) => Ok(value),
        Cell::Invalid => Err(None),
        Cell::Missing => {
            let path = Span { start: table.span.start, ..column.span };
            let message = format!("`{}.{}.{}` has no value", table.text, row.text, column.text);
            Err(Some(Box::new(
                Diagnostic::new(Code::ValueMissing, path, message)
                    .label("nothing to print")
                    .also(Place::Cell(id, found.key(), Name::new(&column.text)), "this cell is empty")
                    .help("give the cell a value, or say in words that it is not known"),
            )))
        }
    }
}

fn unknown_table(table: &Step, data: &mut Reader<'_, '_, Data>) -> Diagnostic {
    let tables = data.tables(table.span);
    let message = format!("there is no table `{}`", table.text);
    let names = tables.iter().map(|id| id.as_str()).collect();
    unknown(message, "no such table", table, names)
}

fn unknown(message: String, label: &str, step: &Step, known: Vec<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::NameUnknown, step.span, message).label(label);
    match crate::diag::nearest(&step.text, known.iter().copied()) {
        Some(near) => found.fix(format!("did you mean `{near}`?"), step.span, expr::written(near)),
        None if known.is_empty() => found,
        None => found.help(format!("there are {}", listed(&known))),
    }
}

/// The first few of `names`, for a reader who is to choose one.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let rest = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

fn wrong_length(steps: &[Step], span: Span, data: &mut Reader<'_, '_, Data>) -> Diagnostic {
    let first = steps.first().map(|s| s.text.as_str()).unwrap_or_default();
    let is_table = steps.first().is_some_and(|s| data.columns(TableId::new(first), s.span).is_some());
    if let (false, [step, _, ..]) = (is_table, steps) {
        return unknown_table(step, data);
    }
    let message = "a value is named by its table, its row and its column";
    Diagnostic::new(Code::NameUnknown, span, message)
        .label(if steps.len() < 3 { "names no cell" } else { "has more than three names" })
        .help("write `table.row.column`; a name with a space or a point in it stands in quotes")
}
