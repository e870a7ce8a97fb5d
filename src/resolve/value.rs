//! The value of an expression over the tables of a book: what it names is looked up through the recorder, so that a
//! unit leans on exactly the rows and tables that its expressions read.

use super::data::Data;
use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::id::{Name, TableId};
use crate::ledger::Reader;
use crate::number::eval::{self, Asked, Found, Names};
use crate::number::expr;
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
    let printed = eval::show(&shown, &mut Cells { data, whole: FxHashMap::default(), last: None });
    diagnostics.extend(printed.diagnostics);
    let value = printed.value.map(|printed| Shown { text: printed.text, exact: printed.exact });
    Parsed { value, diagnostics }
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
    /// The row that was found last: the next step of a path most often goes on from it.
    last: Option<(TableId, Name, Row<'w>)>,
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
        if !table.is_whole() && table.keys().len() == 0 {
            return Err(None);
        }
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
        if let Some(whole) = self.whole.get(&table) {
            return whole.row(key.as_str());
        }
        if let Some((of, named, row)) = self.last
            && (of, named) == (table, key)
        {
            return Some(row);
        }
        let row = self.data.row(table, key, at)?;
        self.last = Some((table, key, row));
        Some(row)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PathId;
    use crate::ledger::{Need, Trace};
    use crate::read::{Files, MemoryFiles, Scope, Snapshot};
    use crate::resolve::data;
    use crate::site::Options;
    use std::sync::Arc;

    fn book() -> Data {
        let files = Arc::new(MemoryFiles::default());
        files.write("book.toml", "[book]\ntitle = 'B'\n[benchbook]\n");
        files.write("content/SUMMARY.md", "# S\n");
        files.write(
            "content/data/gpus.csv",
            "id,name,memory,bandwidth,price,seen\nrtx-4090,RTX 4090,24,1008,1599,2025-01-01\n\
             rtx-3090,RTX 3090,24,936.2,1499,2025-02-01\nm2,M2 Ultra,192,800,,2025-03-01\nbad,Bad,x,1,1,2025-01-01\n",
        );
        files.write(
            "content/data/gpus.schema.toml",
            "primaryKey = 'id'\n[[fields]]\nname = 'memory'\ntype = 'number'\nunit = 'GB'\nbetter = 'higher'\n\
             [[fields]]\nname = 'bandwidth'\ntype = 'number'\nunit = 'GB/s'\n\
             [[fields]]\nname = 'price'\ntype = 'number'\nunit = 'USD'\nbetter = 'lower'\nmissing = 'not sold alone'\n\
             [[fields]]\nname = 'seen'\ntype = 'date'\n",
        );
        files.write("content/data/choice.csv", "id,gpu,hours\nfirst,rtx-3090,2\nnone,zzz,3\n");
        let files: Arc<dyn Files> = files;
        let folders = ["content".to_owned(), "book.toml".to_owned()];
        let (snapshot, _) = Snapshot::empty(files).scan(&folders, &[], Scope::All);
        let config = data::read_config(&snapshot);
        Data::read(snapshot, config, Options::default(), None, &[])
    }

    /// What is shown, or each mistake with its place; and the needs.
    fn read(source: &str, data: &Data) -> (String, Vec<Need>) {
        let at = Span::new(PathId::new("content/a.md"), 3..3 + source.len());
        let mut trace = Trace::default();
        let parsed = evaluate(source, at, &mut Reader::new(data, &mut trace));
        let lines = parsed.diagnostics.iter().map(|wrong| {
            assert!(!wrong.help.is_empty(), "no way out: {wrong:?}");
            let Some(Place::Span(span)) = wrong.place else { return "no place".to_owned() };
            format!(
                "{}: {} [{}]",
                wrong.code.name(),
                wrong.message,
                &source[span.range().start - 3..span.range().end - 3]
            )
        });
        let lines: Vec<String> = lines.collect();
        let text = parsed.value.map(|shown| shown.text.replace('\u{a0}', " ")).unwrap_or_default();
        (text + &lines.join("\n"), trace.asked().iter().map(|question| question.need).collect())
    }

    #[test]
    fn tables_are_read_by_path_key_set_and_condition() {
        let data = book();
        for (source, want) in [
            ("gpus.rtx-4090.memory", "24 GB"),
            ("gpus.m2.memory / gpus.rtx-4090.memory", "8.0"),
            ("ratio(gpus.rtx-4090.bandwidth, gpus.rtx-3090.bandwidth)", "1.08×"),
            ("gpus.rtx-3090.bandwidth | in GiB/s", "871.9 GiB/s"),
            ("gpus[choice.first.gpu].name", "RTX 3090"),
            ("if(has(gpus[choice.none.gpu].memory), 1, 0)", "0"),
            ("max(gpus[where price < 1_550 USD and id != \"bad\"].bandwidth)", "936.2 GB/s"),
            ("count(gpus[where bandwidth >= 900 GB/s])", "2"),
            ("best(gpus[where id != \"bad\"].price) | name", "RTX 3090"),
            ("sum(gpus.*.price)", "$3,099"),
            ("gpus.rtx-4090.price / gpus.rtx-4090.memory", "$67/GB"),
            ("gpus.m2.seen - gpus.rtx-4090.seen", "59 d"),
            ("gpus.rtx-4090 | name", "RTX 4090"),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_once_at_its_place() {
        let data = book();
        for (source, want) in [
            ("gpus.rtx-409.memory", "name-unknown: the table `gpus` has no row `rtx-409` [rtx-409]"),
            ("gpu.rtx-4090.memory", "name-unknown: there is no table `gpu` [gpu]"),
            ("gpus.rtx-4090.memmory", "name-unknown: the table `gpus` has no column `memmory` [memmory]"),
            ("gpus", "name-unknown: a value is named by its table, its row and its column [gpus]"),
            ("gpus.rtx-4090", "name-unknown: a value is named by its table, its row and its column [gpus.rtx-4090]"),
            ("gpus.m2.price", "value-missing: `gpus.m2.price` has no value: not sold alone [gpus.m2.price]"),
            ("gpus[choice.none.gpu].memory", "value-missing: `gpus.zzz` has no value [gpus[choice.none.gpu]]"),
            ("gpus.rtx-4090.*", "expr-type: a table has members, and this is a row [*]"),
            // The cell is told where it stands.
            ("gpus.bad.memory", ""),
            ("max(gpus.*.memory)", ""),
        ] {
            assert_eq!(read(source, &data).0, want, "{source}");
        }
    }

    #[test]
    fn a_path_leans_on_its_row_and_a_set_on_its_table() {
        let data = book();
        let gpus = TableId::new("gpus");
        let (_, needs) = read("gpus.rtx-4090.memory * 2", &data);
        assert_eq!(needs, [Need::Columns(gpus), Need::Row(gpus, Name::new("rtx-4090"))]);
        let (_, needs) = read("max(gpus[where bandwidth > 900 GB/s].bandwidth)", &data);
        assert_eq!(needs, [Need::Columns(gpus), Need::Table(gpus)]);
        let (_, needs) = read("if(has(gpus[choice.none.gpu].memory), 1, 0)", &data);
        assert!(needs.contains(&Need::Row(gpus, Name::new("zzz"))), "{needs:?}");
    }
}
