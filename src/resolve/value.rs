//! The value of an expression over the tables of a book: what it names is looked up through the recorder, so that a
//! unit leans on exactly the rows and tables that its expressions read.

use super::data::Data;
use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::id::{Name, TableId};
use crate::ledger::Reader;
use crate::number::eval::{self, Asked, Found, Names};
use crate::number::expr;
use crate::number::print::{self, Style};
use crate::number::value::{self, Missing, Node, Number};
use crate::parse::chapter::Inline;
use crate::parse::table::{Better, Cell, Column, Row, Table, Value};
use crate::site::Hashed;
use jiff::civil::Date;
use rustc_hash::FxHashMap;

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
    let Parsed { value, mut diagnostics } = expr::parse(source, at);
    let Some(shown) = value else { return Parsed { value: None, diagnostics } };
    let printed = eval::show(&shown, &mut Cells { data, whole: FxHashMap::default() });
    diagnostics.extend(printed.diagnostics);
    let value = printed.value.map(|printed| Shown { text: printed.text, exact: printed.exact });
    Parsed { value, diagnostics }
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

/// The tables, as an expression names them.
struct Cells<'r, 'w, 't> {
    data: &'r mut Reader<'w, 't, Data>,
    /// The tables that the expression has asked for as a whole: their rows need not be asked for one by one.
    whole: FxHashMap<TableId, &'w Hashed<Table>>,
}

impl Names for Cells<'_, '_, '_> {
    fn root(&mut self, name: &str, at: Span) -> Found<Node> {
        match self.data.columns(TableId::new(name), at) {
            Some(_) => Ok(Node::root(Name::new(name))),
            None => Err(Some(Box::new(self.unknown_table(name, at)))),
        }
    }

    fn column(&mut self, _name: &str, at: Span) -> Found<value::Value> {
        let message = "a value is named by its table, its row and its column";
        let wrong = Diagnostic::new(Code::NameUnknown, at, message).label("names no cell");
        Err(Some(Box::new(
            wrong.help("write `table.row.column`; a name with a space or a point in it stands in quotes"),
        )))
    }

    fn step(&mut self, node: Node, asked: Asked<'_>) -> Found<value::Value> {
        let names: Vec<Name> = node.names().collect();
        match names.as_slice() {
            [table] => self.row(node, TableId::new(table.as_str()), asked),
            [table, key] => self.cell(node, TableId::new(table.as_str()), *key, asked),
            _ => Err(None),
        }
    }

    fn members(&mut self, node: Node, at: Span) -> Found<Vec<Node>> {
        let names: Vec<Name> = node.names().collect();
        let [table] = names.as_slice() else {
            let message = "a table has members, and this is a row";
            let wrong = Diagnostic::new(Code::ExprType, at, message);
            return Err(Some(Box::new(wrong.help("write `table.*.column` for the values of a column"))));
        };
        let id = TableId::new(table.as_str());
        let table = self.data.table(id, at).ok_or(None)?;
        self.whole.insert(id, table);
        Ok(table.keys().filter_map(|key| node.below(key)).collect())
    }

    fn title(&mut self, node: Node, at: Span) -> Found<String> {
        let names: Vec<Name> = node.names().collect();
        let [table, key, ..] = names.as_slice() else { return Ok(node.to_string()) };
        let row = self.find(TableId::new(table.as_str()), *key, at).ok_or(None)?;
        let titles = ["name", "title"].into_iter().filter_map(|column| match row.cell(Name::new(column))? {
            Cell::Value(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        });
        let first = { titles }.next();
        Ok(first.unwrap_or_else(|| key.to_string()))
    }

    fn is_past(&mut self, _date: Date, at: Span) -> Found<bool> {
        let message = "`past` is not computed yet: a build does not know its day";
        let wrong = Diagnostic::new(Code::ExprUnsupported, at, message);
        Err(Some(Box::new(wrong.help("say in a column of the table what is over"))))
    }
}

impl<'w> Cells<'_, 'w, '_> {
    fn find(&mut self, table: TableId, key: Name, at: Span) -> Option<Row<'w>> {
        match self.whole.get(&table) {
            Some(whole) => whole.row(key.as_str()),
            None => self.data.row(table, key, at),
        }
    }

    /// Whether no part of the table was lost to a mistake: else what is not there may be among what was lost, and that
    /// was told.
    fn is_whole(&mut self, table: TableId, at: Span) -> bool {
        self.data.columns(table, at).is_some_and(|columns| columns.whole)
    }

    fn row(&mut self, node: Node, table: TableId, asked: Asked<'_>) -> Found<value::Value> {
        let key = Name::new(asked.name);
        if self.find(table, key, asked.at).is_some() {
            return node.below(key).map(value::Value::Node).ok_or(None);
        }
        if !self.is_whole(table, asked.at) {
            return Err(None);
        }
        if asked.computed {
            let what = format!("`{table}.{}`", expr::written(asked.name)).into();
            return Ok(value::Value::Missing(Box::new(Missing { what, words: None, at: asked.path, place: None })));
        }
        let message = format!("the table `{table}` has no row `{}`", asked.name);
        let keys = self.data.table(table, asked.at).map(|t| t.keys().map(Name::as_str).collect()).unwrap_or_default();
        Err(Some(Box::new(unknown(message, "no such row", asked.name, asked.at, keys))))
    }

    fn cell(&mut self, node: Node, table: TableId, key: Name, asked: Asked<'_>) -> Found<value::Value> {
        let row = self.find(table, key, asked.at).ok_or(None)?;
        let place = row.columns().iter().position(|column| column.name.as_str() == asked.name);
        let found = place.and_then(|place| Some((row.columns().get(place)?, row.cells().get(place)?)));
        let Some((column, cell)) = found else {
            if !self.is_whole(table, asked.at) {
                return Err(None);
            }
            let message = format!("the table `{table}` has no column `{}`", asked.name);
            let names = row.columns().iter().map(|c| c.name.as_str()).collect();
            return Err(Some(Box::new(unknown(message, "no such column", asked.name, asked.at, names))));
        };
        match cell {
            Cell::Value(value) => Ok(of_cell(value, column, node)),
            Cell::Invalid => Err(None),
            Cell::Missing => Ok(value::Value::Missing(Box::new(Missing {
                what: format!("`{node}.{}`", expr::written(asked.name)).into(),
                words: column.missing.clone(),
                at: asked.path,
                place: Some(Place::Cell(table, key, column.name)),
            }))),
        }
    }

    fn unknown_table(&mut self, name: &str, at: Span) -> Diagnostic {
        let tables = self.data.tables(at);
        let names = tables.iter().map(|id| id.as_str()).collect();
        unknown(format!("there is no table `{name}`"), "no such table", name, at, names)
    }
}

fn of_cell(value: &Value, column: &Column, row: Node) -> value::Value {
    match value {
        Value::Text(text) => value::Value::Text(text.clone()),
        Value::Date(date) => value::Value::Date(*date),
        Value::Bool(value) => value::Value::Bool(*value),
        Value::Year(year) => value::Value::Year(*year),
        Value::Number(quantity) => {
            let mut number = Number::source(quantity, column.exact);
            number.origin = Some(row);
            number.better = column.better.map(|better| match better {
                Better::Higher => value::Better::Higher,
                Better::Lower => value::Better::Lower,
            });
            value::Value::Number(number)
        }
    }
}

fn unknown(message: String, label: &str, name: &str, at: Span, known: Vec<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::NameUnknown, at, message).label(label);
    match crate::diag::nearest(name, known.iter().copied()) {
        Some(near) => found.fix(format!("did you mean `{near}`?"), at, expr::written(near)),
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
