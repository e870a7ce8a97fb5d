//! The receipt of a table: each row with where its cells come from and where they are used; and the table to take
//! away, as CSV and as JSON.

use super::{NOT_RECORDED, Origin};
use crate::diag::Span;
use crate::escape;
use crate::id::{Cited, Name, TableId};
use crate::ledger::Reader;
use crate::number::print::{self, Style};
use crate::parse::csv::harmless;
use crate::parse::table::{Cell, Column, Row, Table, Value};
use crate::resolve::{self, Book};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The title of a table.
pub fn title(table: &Table) -> &str {
    table.title().unwrap_or(table.id().as_str())
}

/// The page of a table's receipt.
pub fn page(
    table: &Table,
    book: &mut Reader<'_, '_, Book>,
    at: Span,
    address: impl Fn(&str) -> String,
) -> super::record::Made {
    let id = table.id();
    let mut out = format!("<h1>{}</h1>\n", escape::text(title(table)));
    let file = |ending| escape::attribute(&address(&resolve::table_path(id, ending))).into_owned();
    let _ = writeln!(
        out,
        "<p class=\"files\">{} {}. To take away: <a href=\"{}\">CSV</a>, <a href=\"{}\">JSON</a>. In the CSV, text that a \
         spreadsheet would take for a formula begins with <code>'</code>.</p>",
        print::count(table.keys().len()),
        if table.keys().len() == 1 { "row" } else { "rows" },
        file("csv"),
        file("json")
    );
    let mut origins = Origins::default();
    let marks = marks(table, book, at, &mut origins);
    rows(&mut out, table, &marks, origins.usual());
    origins.list(&mut out);
    columns(&mut out, table);
    used(&mut out, id, book, at, &address);
    super::record::Made { title: title(table).to_owned(), html: out }
}

/// The different origins of the cells of a table, numbered.
#[derive(Default)]
struct Origins<'w> {
    all: Vec<(Origin<'w>, usize)>,
    numbers: rustc_hash::FxHashMap<(Option<Name>, Option<jiff::civil::Date>), usize>,
}

impl<'w> Origins<'w> {
    fn number(&mut self, origin: Origin<'w>) -> usize {
        let next = self.all.len();
        let number = *self.numbers.entry((origin.name, origin.date)).or_insert(next);
        if number == next {
            self.all.push((origin, 0));
        }
        if let Some((_, count)) = self.all.get_mut(number) {
            *count += 1;
        }
        number
    }

    /// The origin of most cells, which carry no mark.
    fn usual(&self) -> Option<usize> {
        let counts = self.all.iter().map(|(_, count)| *count).enumerate();
        counts.max_by_key(|(place, count)| (*count, std::cmp::Reverse(*place))).map(|(place, _)| place)
    }

    fn list(&self, out: &mut String) {
        out.push_str("<section>\n<h2>Where it comes from</h2>\n<ol class=\"origins\">\n");
        for (number, (origin, count)) in self.all.iter().enumerate() {
            let date = match origin.date {
                Some(date) => super::time(date),
                None => format!("<span class=\"missing\">day {NOT_RECORDED}</span>"),
            };
            let cells = if *count == 1 { "cell" } else { "cells" };
            let cells =
                if self.usual() == Some(number) { format!("{cells}, all without a mark") } else { cells.into() };
            let _ = writeln!(
                out,
                "<li id=\"s:{}\">{}; {date}; {} {cells}</li>",
                number + 1,
                super::by_line(origin),
                print::count(*count)
            );
        }
        out.push_str("</ol>\n</section>\n");
    }
}

/// For each cell the number of its origin, row by row; `None` where nothing stands.
fn marks<'w>(
    table: &Table,
    book: &mut Reader<'w, '_, Book>,
    at: Span,
    origins: &mut Origins<'w>,
) -> Vec<Vec<Option<usize>>> {
    let serves: Vec<Name> =
        table.columns().iter().flat_map(|column| [column.source_field, column.date_field]).flatten().collect();
    let key = table.key_column().map(|column| column.name);
    let mut out = Vec::with_capacity(table.keys().len());
    for row in table.rows() {
        let mark = |(column, cell): (&Column, &Cell)| {
            let own = Some(column.name) != key && !serves.contains(&column.name) && matches!(cell, Cell::Value(_));
            own.then(|| origins.number(Origin::of_cell(row, column.name, &mut book.data(), at)))
        };
        out.push(row.columns().iter().zip(row.cells()).map(mark).collect());
    }
    out
}

fn rows(out: &mut String, table: &Table, marks: &[Vec<Option<usize>>], usual: Option<usize>) {
    let name = escape::attribute(title(table)).into_owned();
    let _ =
        write!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table>\n<thead><tr>");
    let key = table.key_column().map(|column| column.name);
    let ordered = |row: Row<'_>| -> Vec<usize> {
        let columns = row.columns();
        let first = columns.iter().position(|column| Some(column.name) == key);
        first.into_iter().chain((0..columns.len()).filter(|at| Some(*at) != first)).collect()
    };
    let order = table.rows().next().map(ordered).unwrap_or_default();
    for column in order.iter().filter_map(|at| table.columns().get(*at)) {
        let class = if column.ty.is_numeric() { " class=\"num\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}", escape::text(&column.title));
        if !column.unit.is_none() {
            let _ = write!(out, " <span class=\"unit\">{}</span>", escape::text(&column.unit.heading()));
        }
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (row, marks) in table.rows().zip(marks) {
        let _ = write!(out, "<tr id=\"{}\">", escape::attribute(&super::row_id(row.key())));
        let mut own = marks.iter().flatten();
        // A row whose cells are all of one origin carries its mark once.
        let whole = own.next().copied().filter(|first| own.all(|mark| mark == first));
        for (place, at) in order.iter().enumerate() {
            let (Some(column), Some(value)) = (table.columns().get(*at), row.cells().get(*at)) else { continue };
            let mark = match whole {
                Some(whole) => Some(whole).filter(|_| place == 0),
                None => marks.get(*at).copied().flatten(),
            };
            let mark = mark.filter(|mark| Some(*mark) != usual);
            cell(out, column, value, mark, place == 0);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

fn cell(out: &mut String, column: &Column, cell: &Cell, mark: Option<usize>, head: bool) {
    let (open, close) = if head { ("th scope=\"row\"", "th") } else { ("td", "td") };
    let class = match (cell, column.ty.is_numeric()) {
        (Cell::Value(_), true) => " class=\"num\"",
        (Cell::Value(_), false) => "",
        (_, true) => " class=\"num missing\"",
        (_, false) => " class=\"missing\"",
    };
    let _ = write!(out, "<{open}{class}>");
    let _ = match cell {
        Cell::Value(Value::Number(quantity)) => write!(
            out,
            "<data value=\"{}\">{}</data>",
            escape::attribute(quantity.text()),
            escape::text(&print::quantity(quantity, Style { bare: true, digits: None }))
        ),
        Cell::Value(value) => write!(out, "{}", escape::text(&value.printed(Style::default()).unwrap_or_default())),
        Cell::Missing => write!(out, "{}", escape::text(column.missing.as_deref().unwrap_or(NOT_RECORDED))),
        Cell::Invalid => Ok(()),
    };
    if let Some(mark) = mark {
        let number = mark + 1;
        let _ = write!(out, "<sup><a href=\"#s:{number}\" aria-label=\"source {number}\">{number}</a></sup>");
    }
    let _ = write!(out, "</{close}>");
}

/// What the columns mean.
fn columns(out: &mut String, table: &Table) {
    let told: Vec<&Column> = table.columns().iter().filter(|column| column.description.is_some()).collect();
    if told.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>What the columns mean</h2>\n<dl class=\"facts\">\n");
    for column in told {
        let _ = writeln!(
            out,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            escape::text(&column.title),
            escape::text(column.description.as_deref().unwrap_or_default())
        );
    }
    out.push_str("</dl>\n</section>\n");
}

/// Where cells are used, in the order of their rows' keys and columns.
fn used(
    out: &mut String,
    table: TableId,
    book: &mut Reader<'_, '_, Book>,
    at: Span,
    address: &impl Fn(&str) -> String,
) {
    let all = book.uses_of_table(table, at);
    if all.is_empty() {
        out.push_str("<p>No sentence cites a cell of this table; a page shows it as a table.</p>\n");
        return;
    }
    out.push_str("<section>\n<h2>Where it is used</h2>\n<dl class=\"facts\">\n");
    for same in all.chunk_by(|a, b| a.cited == b.cited) {
        let Some(Cited::Cell(_, key, column)) = same.first().map(|usage| usage.cited) else { continue };
        let stale = super::stale(Cited::Cell(table, key, column), &Origin::default(), book, at);
        let row = book.data().row(table, key, at);
        let title = row.map_or(key.as_str(), |row| row.title());
        let column = row.and_then(|row| row.columns().iter().find(|own| own.name == column));
        let label = column.map(|column| column.title.to_lowercase()).unwrap_or_default();
        let _ = write!(
            out,
            "<div><dt><a href=\"#{}\">{}</a>, {}",
            escape::url_fragment(&super::row_id(key)),
            escape::text(title),
            escape::text(&label)
        );
        if let Some(date) = stale {
            let _ = write!(out, " <span class=\"stale\">past its age: as of {}</span>", super::time(date));
        }
        out.push_str("</dt><dd>");
        let places = super::used(same, book, at);
        super::used_list(out, &places, address);
        out.push_str("</dd></div>\n");
    }
    out.push_str("</dl>\n</section>\n");
}

/// The table as CSV (RFC 4180). Text that a spreadsheet would take for a formula begins with `'`; numbers are as the
/// source wrote them, and empty cells are empty.
pub fn csv(table: &Table) -> String {
    let mut out = String::new();
    line(&mut out, table.columns().iter().map(|column| harmless(column.name.as_str())));
    for row in table.rows() {
        let cells = row.cells().iter().map(|cell| match cell {
            Cell::Value(Value::Number(quantity)) => Cow::Borrowed(quantity.text()),
            Cell::Value(Value::Text(text)) => harmless(text),
            Cell::Value(value) => Cow::Owned(raw(value)),
            Cell::Missing | Cell::Invalid => Cow::Borrowed(""),
        });
        line(&mut out, cells);
    }
    // Only then: without it a spreadsheet guesses another encoding, and with it simple tools read a letter too many.
    if out.is_ascii() { out } else { format!("\u{feff}{out}") }
}

fn line<'t>(out: &mut String, cells: impl Iterator<Item = Cow<'t, str>>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        let plain = !cell.contains([',', '"', '\n', '\r']) && cell.trim() == cell;
        if plain {
            out.push_str(&cell);
        } else {
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        }
    }
    out.push_str("\r\n");
}

/// The table as JSON: an array with an object a row. Numbers are as the source wrote them.
pub fn json(table: &Table) -> String {
    let mut out = String::from("[");
    for (place, row) in table.rows().enumerate() {
        out.push_str(if place == 0 { "\n{" } else { ",\n{" });
        for (at, (column, cell)) in row.columns().iter().zip(row.cells()).enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let value = match cell {
                Cell::Value(Value::Number(quantity)) => quantity.text().to_owned(),
                Cell::Value(Value::Bool(value)) => value.to_string(),
                Cell::Value(Value::Year(year)) => year.to_string(),
                Cell::Value(Value::Text(text)) => escape::json(text),
                Cell::Value(Value::Date(date)) => format!("\"{date}\""),
                Cell::Missing | Cell::Invalid => "null".to_owned(),
            };
            let _ = write!(out, "{comma}{}:{value}", escape::json(column.name.as_str()));
        }
        out.push('}');
    }
    out.push_str("\n]\n");
    out
}

/// A value as data, not as a reader sees it.
fn raw(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        value => value.printed(Style::default()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PathId;
    use crate::parse::table::{self, Format};

    const SCHEMA: &str = "primaryKey = 'id'\n[[fields]]\nname = 'n'\ntype = 'number'\n";

    fn read(format: Format, text: &str) -> Table {
        let (data, schema) = (PathId::new("content/data/t.csv"), PathId::new("content/data/t.schema.toml"));
        let parsed = table::table(TableId::new("t"), data, format, text, Some((schema, SCHEMA)));
        assert_eq!(parsed.diagnostics, []);
        parsed.value
    }

    #[test]
    fn a_table_goes_out_as_csv_and_comes_back() {
        let json = r#"[{"id": "a", "=h": "=1+1", "n": -5}, {"id": "=b", "=h": "say \"x\", y", "n": 3.50},
            {"id": "c", "=h": "\tTAB", "n": null}, {"id": "d", "=h": "\nline", "n": 9007199254740993},
            {"id": "e", "=h": "\u{ff1d}1", "n": 1e3}, {"id": "f", "=h": " '@x ", "n": 0}]"#;
        let table = read(Format::Json, &json.replace("\\u{ff1d}", "\u{ff1d}"));
        let csv = csv(&table);
        assert_eq!(
            csv,
            "\u{feff}n,id,'=h\r\n-5,a,'=1+1\r\n3.50,'=b,\"say \"\"x\"\", y\"\r\n,c,'\tTAB\r\n\
             9007199254740993,d,\"'\nline\"\r\n1e3,e,'\u{ff1d}1\r\n0,f,\" '@x \"\r\n"
        );
        let again = read(Format::Csv, &csv);
        assert_eq!(super::json(&again), super::json(&table));
        assert!(super::json(&table).contains(r#"{"n":9007199254740993,"id":"d","=h":"\nline"}"#));
    }
}
