//! What an expression can name: tables, records, sources, and the row that encloses it. Each is looked up through the
//! recorder, so that a unit leans on exactly what its expressions read.

use super::age::{self, Rule};
use super::compare::{self, Allowed};
use super::data::Data;
use super::records::OfBenchmark;
use crate::diag::{Code, Diagnostic, Place, Span, nearest};
use crate::id::{Cited, Name, RecordId, TableId};
use crate::ledger::Reader;
use crate::number::eval::{Asked, Found, Names};
use crate::number::expr;
use crate::number::value::{self, Missing, Node, Number};
use crate::parse::benchmark::{Benchmark, Metric};
use crate::parse::record::{Measured, Record};
use crate::parse::source::{Grade, Kind, Source};
use crate::parse::table::{Cell, Column, Row, Table, Value};
use crate::site::Hashed;
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a result that is not there says to a reader, where neither it nor its metric says more.
pub(super) const NOT_MEASURED: &str = "not measured";

/// The names of a book, for one expression or for several that are evaluated in a row.
pub(super) struct Scope<'r, 'w, 't> {
    data: &'r mut Reader<'w, 't, Data>,
    /// The tables that were asked for as a whole: their rows need not be asked for one by one.
    whole: FxHashMap<TableId, &'w Hashed<Table>>,
    /// The benchmarks whose records were asked for as a whole, likewise.
    whole_records: FxHashMap<Name, Option<&'w Hashed<OfBenchmark>>>,
    /// The row that was found last: the next step of a path most often goes on from it.
    last: Option<(TableId, Name, Row<'w>)>,
    /// The row that encloses the expression, and the columns that were computed for it.
    pub(super) row: Option<Node>,
    pub(super) computed: FxHashMap<Name, value::Value>,
    /// The differences that the author means.
    pub(super) allowed: Vec<Allowed>,
    /// What was found on the way.
    pub(super) met: Met,
    seen: FxHashSet<Cited>,
}

/// A number that is past its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The number.
    pub cited: Cited,
    /// From which day it is.
    pub date: Date,
}

/// What evaluating met, beside the value.
#[derive(Default)]
pub(super) struct Met {
    /// The numbers that were read, each once, in the order in which they were met.
    pub(super) cited: Vec<Cited>,
    /// Those of them that are past their age.
    pub(super) stale: Vec<Stale>,
    /// Warnings.
    pub(super) told: Vec<Diagnostic>,
    /// What the sides of each comparison came to, and where they stand.
    pub(super) compared: Vec<(Span, value::Value)>,
    /// The comparisons of values that their intervals do not tell apart.
    pub(super) undecided: Vec<Span>,
    /// How many members conditions left out because a comparison met a missing value.
    pub(super) left_out: usize,
}

impl<'r, 'w, 't> Scope<'r, 'w, 't> {
    pub(super) fn new(data: &'r mut Reader<'w, 't, Data>) -> Self {
        Scope {
            data,
            whole: FxHashMap::default(),
            whole_records: FxHashMap::default(),
            last: None,
            row: None,
            computed: FxHashMap::default(),
            allowed: Vec::new(),
            met: Met::default(),
            seen: FxHashSet::default(),
        }
    }

    /// What was met since this was last asked.
    pub(super) fn take(&mut self) -> Met {
        self.seen.clear();
        std::mem::take(&mut self.met)
    }

    /// The data that names are looked up in.
    pub(super) fn data(&mut self) -> &mut Reader<'w, 't, Data> {
        self.data
    }

    /// Notes a number that the place `at` uses, and whether it is past the age that `rule` gives it.
    fn cite(&mut self, cited: Cited, at: Span, rule: Option<Rule>) {
        if !self.seen.insert(cited) {
            return;
        }
        self.met.cited.push(cited);
        if let Some(past) = rule.and_then(|_| self.data.past(cited, at)) {
            let (stale, wrong) = age::stale(cited, past, at);
            self.met.stale.push(stale);
            self.met.told.push(wrong);
        }
    }

    /// The source `name`, as the ages want it.
    fn aged_source(&mut self, name: Option<Name>, at: Span) -> Option<(Name, &'w Source)> {
        name.and_then(|name| Some((name, self.data.source(name, at)?)))
    }

    // Tables

    pub(super) fn find(&mut self, table: TableId, key: Name, at: Span) -> Option<Row<'w>> {
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
            let what = format!("`{table}.{}`", expr::written(asked.name));
            return Ok(missing(what, None, asked.path, None));
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
            Cell::Value(value) => {
                if column.ty.is_numeric() {
                    let source = self.aged_source(row.source(column.name), asked.path);
                    let rule = Rule::of_cell(&self.data.config(asked.path).ages, table, row.age(), source);
                    self.cite(Cited::Cell(table, key, column.name), asked.path, rule);
                }
                Ok(of_cell(value, column, node))
            }
            Cell::Invalid => Err(None),
            Cell::Missing => {
                let what = format!("`{node}.{}`", expr::written(asked.name));
                let place = Place::Cell(table, key, column.name);
                Ok(missing(what, column.missing.clone(), asked.path, Some(place)))
            }
        }
    }

    // Records

    pub(super) fn record(&mut self, id: RecordId, at: Span) -> Option<&'w Hashed<Record>> {
        match self.whole_records.get(&id.benchmark) {
            Some(whole) => {
                let all = (*whole)?;
                let place = all.binary_search_by(|(machine, _)| machine.cmp(&id.machine)).ok()?;
                all.get(place).map(|(_, record)| record)
            }
            None => self.data.record(id, at),
        }
    }

    fn are_records_whole(&mut self, at: Span) -> bool {
        self.data.benchmarks(at).whole
    }

    fn benchmark(&mut self, node: Node, asked: Asked<'_>) -> Found<value::Value> {
        let name = Name::new(asked.name);
        let all = self.data.benchmarks(asked.at);
        if all.names.binary_search(&name).is_ok() {
            return node.below(name).map(value::Value::Node).ok_or(None);
        }
        if !all.whole {
            return Err(None);
        }
        let known = all.names.iter().map(|name| name.as_str()).collect();
        let message = format!("there is no benchmark `{}`", asked.name);
        Err(Some(Box::new(unknown(message, "no such benchmark", asked.name, asked.at, known))))
    }

    fn machine(&mut self, node: Node, benchmark: Name, asked: Asked<'_>) -> Found<value::Value> {
        let id = RecordId { benchmark, machine: Name::new(asked.name) };
        if self.record(id, asked.at).is_some() {
            return node.below(id.machine).map(value::Value::Node).ok_or(None);
        }
        if !self.are_records_whole(asked.at) {
            return Err(None);
        }
        if asked.computed {
            let what = format!("`records.{}.{}`", expr::written(benchmark.as_str()), expr::written(asked.name));
            return Ok(missing(what, Some(NOT_MEASURED.into()), asked.path, None));
        }
        let message = format!("the benchmark `{benchmark}` has no record of a machine `{}`", asked.name);
        let known = self.data.records(benchmark, asked.at);
        let known = known.map(|all| all.iter().map(|(machine, _)| machine.as_str()).collect()).unwrap_or_default();
        Err(Some(Box::new(unknown(message, "no such record", asked.name, asked.at, known))))
    }

    /// What `records.b.m.NAME` is: a result, a condition, or a field of the record.
    fn part(&mut self, node: Node, id: RecordId, asked: Asked<'_>) -> Found<value::Value> {
        let record = self.record(id, asked.at).ok_or(None)?;
        let name = Name::new(asked.name);
        let benchmark = self.data.benchmark(id.benchmark, asked.at);
        let metric = benchmark.and_then(|benchmark| benchmark.metric(name));
        let what = || format!("`{node}.{}`", expr::written(asked.name));
        let place = Some(Place::Field(id, Name::new(&format!("results.{name}"))));
        if let Some(result) = record.result(name) {
            // Of a benchmark that is not declared, which was told, nothing is known: neither the unit nor what is better.
            if benchmark.is_none() {
                return Err(None);
            }
            if let Some(number) = of_result(record, result, metric, node) {
                let source = self.aged_source(record.source(), asked.path);
                let rule = Rule::of_result(&self.data.config(asked.path).ages, id.benchmark, source);
                self.cite(Cited::Result(id, name), asked.path, rule);
                return Ok(value::Value::Number(number));
            }
            // Its unit is not one of its metric's, which was told where it stands.
            if result.value.is_some() {
                return Err(None);
            }
            let own = result.missing.clone().or_else(|| metric.and_then(|metric| metric.missing.clone()));
            return Ok(missing(what(), own.or_else(|| Some(NOT_MEASURED.into())), asked.path, place));
        }
        if record.has_lost(name) {
            return Err(None);
        }
        if let Some(metric) = metric {
            let words = metric.missing.clone().unwrap_or_else(|| NOT_MEASURED.into());
            return Ok(missing(what(), Some(words), asked.path, place));
        }
        match asked.name {
            "id" | "machine" => return Ok(value::Value::Text(id.machine.as_str().into())),
            "name" => return Ok(value::Value::Text(record.machine_title().into())),
            "source" if record.source().is_some() => {
                return Ok(record
                    .source()
                    .map_or(value::Value::Bool(false), |s| value::Value::Text(s.as_str().into())));
            }
            "started_at" if record.started().is_some() => {
                return Ok(record.started().map_or(value::Value::Bool(false), value::Value::Date));
            }
            _ => {}
        }
        if let Some(text) = record.condition(asked.name) {
            return Ok(value::Value::Text(text.into()));
        }
        // One that other records of the benchmark have is a condition that nobody recorded here.
        let others = self.data.records(id.benchmark, asked.at);
        let elsewhere = others.is_some_and(|all| all.iter().any(|(_, record)| record.condition(asked.name).is_some()));
        if elsewhere || matches!(asked.name, "source" | "started_at" | "os" | "driver") {
            return Ok(missing(what(), Some("not recorded".into()), asked.path, Some(Place::Field(id, name))));
        }
        if !self.are_records_whole(asked.at) {
            return Err(None);
        }
        let message = format!("the benchmark `{}` has no metric `{}`", id.benchmark, asked.name);
        let known = benchmark.map(|benchmark| known_parts(benchmark)).unwrap_or_default();
        Err(Some(Box::new(unknown(message, "no such metric", asked.name, asked.at, known))))
    }

    // Sources

    fn source(&mut self, node: Node, asked: Asked<'_>) -> Found<value::Value> {
        let name = Name::new(asked.name);
        if self.data.source(name, asked.at).is_some() {
            return node.below(name).map(value::Value::Node).ok_or(None);
        }
        if asked.computed {
            return Ok(missing(format!("`sources.{}`", expr::written(asked.name)), None, asked.path, None));
        }
        let known = self.data.sources(asked.at).ok_or(None)?;
        let known = known.iter().map(|name| name.as_str()).collect();
        let message = format!("there is no source `{}`", asked.name);
        Err(Some(Box::new(unknown(message, "no such source", asked.name, asked.at, known))))
    }

    fn of_source(&mut self, node: Node, name: Name, asked: Asked<'_>) -> Found<value::Value> {
        let source = self.data.source(name, asked.at).ok_or(None)?;
        let text = |text: &Option<Box<str>>| text.clone().map(value::Value::Text);
        let named = |name: Option<&'static str>| name.map(|name| value::Value::Text(name.into()));
        let found = match asked.name {
            "title" | "name" => Some(value::Value::Text(source.title.clone())),
            "url" => text(&source.url),
            "published" => source.published.map(value::Value::Date),
            "retrieved" => source.retrieved.map(value::Value::Date),
            "kind" => named(source.kind.map(Kind::name)),
            "grade" => named(source.grade.map(Grade::name)),
            "licence" => text(&source.licence),
            "note" => text(&source.note),
            _ => {
                let message = format!("a source has no `{}`", asked.name.escape_debug());
                return Err(Some(Box::new(unknown(message, "no such key", asked.name, asked.at, OF_SOURCE.to_vec()))));
            }
        };
        let what = format!("`{node}.{}`", asked.name);
        Ok(found.unwrap_or_else(|| missing(what, Some("not recorded".into()), asked.path, None)))
    }

    fn unknown_root(&mut self, name: &str, at: Span) -> Diagnostic {
        let tables = self.data.tables(at);
        let known: Vec<&str> = tables.iter().map(|id| id.as_str()).collect();
        let near = nearest(name, known.iter().copied().chain(["records", "sources"]));
        let message = format!("there is no table `{name}`");
        match near {
            Some(root @ ("records" | "sources")) => unknown(message, "no such table", name, at, vec![root]),
            _ => unknown(message, "no such table", name, at, known),
        }
    }
}

const OF_SOURCE: [&str; 8] = ["title", "url", "published", "retrieved", "kind", "grade", "licence", "note"];

impl Names for Scope<'_, '_, '_> {
    fn root(&mut self, name: &str, at: Span) -> Found<Node> {
        match name {
            "records" | "sources" => Ok(Node::root(Name::new(name))),
            "row" => self.row.map(|_| Node::root(Name::new(name))).ok_or_else(|| Some(Box::new(no_row(at)))),
            _ => match self.data.columns(TableId::new(name), at) {
                Some(_) => Ok(Node::root(Name::new(name))),
                None => Err(Some(Box::new(self.unknown_root(name, at)))),
            },
        }
    }

    fn column(&mut self, name: &str, at: Span) -> Found<value::Value> {
        let key = Name::new(name);
        if let Some(value) = self.computed.get(&key) {
            return Ok(value.clone());
        }
        match self.row {
            Some(row) => self.step(row, Asked { name, at, path: at, computed: false }),
            None => {
                let message = "a value is named by its table, its row and its column";
                let wrong = Diagnostic::new(Code::NameUnknown, at, message).label("names no cell");
                Err(Some(Box::new(
                    wrong.help("write `table.row.column`; a name with a space or a point in it stands in quotes"),
                )))
            }
        }
    }

    fn step(&mut self, node: Node, asked: Asked<'_>) -> Found<value::Value> {
        let names: Vec<Name> = node.names().collect();
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        match names.as_slice() {
            ["row"] => self.column(asked.name, asked.at),
            ["records"] => self.benchmark(node, asked),
            ["records", benchmark] => self.machine(node, Name::new(benchmark), asked),
            ["records", benchmark, machine] => self.part(node, RecordId::new(benchmark, machine), asked),
            ["sources"] => self.source(node, asked),
            ["sources", name] => self.of_source(node, Name::new(name), asked),
            [table] => self.row(node, TableId::new(table), asked),
            [table, key] => self.cell(node, TableId::new(table), Name::new(key), asked),
            _ => Err(None),
        }
    }

    fn members(&mut self, node: Node, at: Span) -> Found<Vec<Node>> {
        let names: Vec<Name> = node.names().collect();
        let texts: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let below = |names: &mut dyn Iterator<Item = Name>| names.filter_map(|name| node.below(name)).collect();
        match (texts.as_slice(), names.as_slice()) {
            (["records"], _) => Ok(below(&mut self.data.benchmarks(at).names.iter().copied())),
            (["records", _], [_, benchmark]) => {
                let all = self.data.records(*benchmark, at);
                self.whole_records.insert(*benchmark, all);
                Ok(below(&mut all.into_iter().flat_map(|all| all.iter()).map(|(machine, _)| *machine)))
            }
            (["sources"], _) => Ok(below(&mut self.data.sources(at).ok_or(None)?.into_iter())),
            (["records" | "sources" | "row", ..], _) | (_, []) => {
                let wrong = Diagnostic::new(Code::ExprType, at, "a benchmark has members, and this has none");
                Err(Some(Box::new(wrong.help("write `records.benchmark.*.metric` for the results of all machines"))))
            }
            (_, [table]) => {
                let id = TableId::new(table.as_str());
                let table = self.data.table(id, at).ok_or(None)?;
                self.whole.insert(id, table);
                if !table.is_whole() && table.keys().len() == 0 {
                    return Err(None);
                }
                Ok(below(&mut table.keys()))
            }
            _ => {
                let message = "a table has members, and this is a row";
                let wrong = Diagnostic::new(Code::ExprType, at, message);
                Err(Some(Box::new(wrong.help("write `table.*.column` for the values of a column"))))
            }
        }
    }

    fn title(&mut self, node: Node, at: Span) -> Found<String> {
        let names: Vec<Name> = node.names().collect();
        match names.as_slice() {
            [root, benchmark, machine, ..] if root.as_str() == "records" => {
                let record = self.record(RecordId { benchmark: *benchmark, machine: *machine }, at).ok_or(None)?;
                Ok(record.machine_title().to_owned())
            }
            [root, benchmark] if root.as_str() == "records" => {
                let benchmark = self.data.benchmark(*benchmark, at).ok_or(None)?;
                Ok(benchmark.title.to_string())
            }
            [root, name, ..] if root.as_str() == "sources" => {
                Ok(self.data.source(*name, at).ok_or(None)?.title.to_string())
            }
            [table, key, ..] => {
                let row = self.find(TableId::new(table.as_str()), *key, at).ok_or(None)?;
                let titles = ["name", "title"].into_iter().filter_map(|column| match row.cell(Name::new(column))? {
                    Cell::Value(Value::Text(text)) => Some(text.to_string()),
                    _ => None,
                });
                let first = { titles }.next();
                Ok(first.unwrap_or_else(|| key.to_string()))
            }
            _ => Ok(node.to_string()),
        }
    }

    fn is_past(&mut self, date: Date, at: Span) -> Found<bool> {
        Ok(self.data.is_past(date, at))
    }

    fn left_out(&mut self, count: usize, _at: Span) {
        self.met.left_out += count;
    }

    fn undecided(&mut self, at: Span) {
        self.met.undecided.push(at);
    }

    fn comparable(&mut self, results: &[Name], at: Span) -> Found<()> {
        let ids = results.iter().filter_map(|result| record_of(*result));
        let mut records: Vec<&Hashed<Record>> = Vec::new();
        for id in ids {
            records.extend(self.record(id, at));
        }
        let mut benchmarks: Vec<(Name, Option<&Hashed<Benchmark>>)> = Vec::new();
        for record in &records {
            let name = record.id().benchmark;
            if !benchmarks.iter().any(|(known, _)| *known == name) {
                benchmarks.push((name, self.data.benchmark(name, at)));
            }
        }
        compare::comparable(&records, &benchmarks, &mut self.allowed, at, &mut self.met.told)
    }

    fn compared(&mut self, left: (Span, &value::Value), right: (Span, &value::Value)) {
        self.met.compared.extend([(left.0, left.1.clone()), (right.0, right.1.clone())]);
    }
}

/// The record of a result's name.
fn record_of(result: Name) -> Option<RecordId> {
    let (record, _) = result.as_str().rsplit_once('/')?;
    let (benchmark, machine) = record.split_once('/')?;
    Some(RecordId::new(benchmark, machine))
}

/// A result as a number, in the unit of its metric; `None` where it has no value.
pub(super) fn of_result(record: &Record, result: &Measured, metric: Option<&Metric>, node: Node) -> Option<Number> {
    let quantity = result.value.as_ref()?;
    let name = record.id().result(result.metric);
    let mut number = Number::source(quantity, false).of_result(name);
    if let Some(uncertainty) = result.uncertainty() {
        number = number.with_uncertainty(name, uncertainty);
    }
    if let Some(metric) = metric.filter(|metric| metric.unit != result.unit) {
        // One whose dimension differs was told where it stands.
        number = number.to(metric.unit).ok()?;
    }
    number.origin = Some(node);
    number.better = metric.and_then(|metric| metric.better);
    Some(number)
}

/// The value of a cell of `row`.
pub(super) fn of_cell(value: &Value, column: &Column, row: Node) -> value::Value {
    match value {
        Value::Text(text) => value::Value::Text(text.clone()),
        Value::Date(date) => value::Value::Date(*date),
        Value::Bool(value) => value::Value::Bool(*value),
        Value::Year(year) => value::Value::Year(*year),
        Value::Number(quantity) => {
            let mut number = Number::source(quantity, column.exact);
            number.origin = Some(row);
            number.better = column.better;
            value::Value::Number(number)
        }
    }
}

fn missing(what: String, words: Option<Box<str>>, at: Span, place: Option<Place>) -> value::Value {
    value::Value::Missing(Box::new(Missing { what: what.into(), words, at, place }))
}

fn known_parts(benchmark: &Benchmark) -> Vec<&str> {
    benchmark.metrics.iter().map(|metric| metric.name.as_str()).collect()
}

fn no_row(at: Span) -> Diagnostic {
    let wrong = Diagnostic::new(Code::NameUnknown, at, "no row encloses this expression").label("is no row");
    wrong.help("`row` is the row of the `table` block in which a column is computed")
}

fn unknown(message: String, label: &str, name: &str, at: Span, known: Vec<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::NameUnknown, at, message).label(label);
    match nearest(name, known.iter().copied()) {
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
