//! An account of the numbers of a book, for who asks about them and not about a page: what each is, where it comes
//! from, how old it is and where it is used.

use super::age::{self, Aged, Dated, Rule};
use super::book::Book;
use super::cite;
use super::data::chapter_path;
use super::names;
use crate::diag::Span;
use crate::id::{Cited, Name, RecordId, TableId};
use crate::ledger::{Reader, Trace};
use crate::number::Quantity;
use crate::number::print::{self, Style};
use crate::number::value::{self, Node};
use crate::parse::chapter;
use crate::parse::record::{self, Record};
use crate::parse::source::{Grade, Kind};
use crate::parse::table::{Cell, Value};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Which numbers are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Those that are or lie in this: `records.b.m.metric`, `b/m`, `table.key`.
    pub of: Option<&'a str>,
    /// Those that are past their age.
    pub stale: bool,
    /// Those that nothing uses.
    pub unused: bool,
}

/// Numbers of a book.
#[derive(Debug, Default)]
pub struct Account {
    /// The numbers, results first, each kind in the order of its names.
    pub numbers: Vec<Entry>,
    /// The records that they stand in.
    pub records: Vec<Recorded>,
    /// Where nothing of a table is used and unused numbers are wanted: its name.
    pub tables: Vec<TableId>,
}

/// A number.
#[derive(Debug)]
pub struct Entry {
    /// Which it is.
    pub cited: Cited,
    /// As an expression names it.
    pub path: String,
    /// As a page prints it.
    pub shown: String,
    /// With its 95 % interval, where it has one.
    pub with_interval: Option<String>,
    /// All its digits.
    pub value: String,
    /// Its unit; empty for a plain number.
    pub unit: String,
    /// The ends of its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Where it comes from.
    pub source: Option<Origin>,
    /// From when it is.
    pub dated: Option<Dated>,
    /// How old it may be.
    pub rule: Option<Rule>,
    /// The last day on which it is not past that.
    pub until: Option<Date>,
    /// Whether it is past that.
    pub stale: bool,
    /// Where it is used, in the order of the files.
    pub used: Vec<Span>,
}

/// The source of a number.
#[derive(Debug)]
pub struct Origin {
    /// Its id.
    pub id: Name,
    /// What it is called.
    pub title: String,
    /// Who speaks.
    pub kind: Option<&'static str>,
    /// How near it is to the measurement.
    pub grade: Option<&'static str>,
}

/// What was recorded of a run.
#[derive(Debug)]
pub struct Recorded {
    /// Which record it is.
    pub id: RecordId,
    /// What a reader knows its machine by.
    pub title: String,
    /// The known fields that it has.
    pub has: Vec<&'static str>,
    /// Those that it lacks, or that were filled from a tool's default.
    pub lacks: Vec<&'static str>,
}

impl Recorded {
    fn of(record: &Record) -> Recorded {
        let (has, lacks) = record::KNOWN_FIELDS.iter().partition(|field| record.is_recorded(field));
        Recorded { id: record.id(), title: record.machine_title().to_owned(), has, lacks }
    }
}

/// The numbers of `book` that are `wanted`: those that some page uses, or, where it is said of what, all of it.
pub fn account(book: &Book, wanted: Wanted<'_>) -> Account {
    let used = places(book);
    let data = book.data();
    let mut out = Account::default();
    let mut records = BTreeSet::new();
    let mut take = |cited: Cited, number: &dyn Fn() -> Option<value::Number>, source: Option<Name>| {
        let places = used.get(&cited);
        let is_wanted = match wanted.of {
            Some(of) => lies_in(cited, of) && !(wanted.unused && places.is_some()),
            None => places.is_some() != wanted.unused,
        };
        if !is_wanted {
            return;
        }
        let aged = data.aged(cited);
        if wanted.stale && !aged.stale {
            return;
        }
        let Some(number) = number() else { return };
        let source = source.and_then(|id| Some((id, data.sources.get(&id)?)));
        let origin = source.map(|(id, source)| Origin {
            id,
            title: source.title.to_string(),
            kind: source.kind.map(Kind::name),
            grade: source.grade.map(Grade::name),
        });
        if let Cited::Result(record, _) = cited {
            records.insert(record);
        }
        out.numbers.push(entry(cited, &number, origin, aged, places.cloned().unwrap_or_default()));
    };
    for record in data.records.all() {
        let benchmark = data.records.benchmark(record.id().benchmark);
        for result in record.results() {
            let metric = benchmark.and_then(|benchmark| benchmark.metric(result.metric));
            let number = || names::of_result(record, result, metric, Node::root(Name::new("records")));
            take(Cited::Result(record.id(), result.metric), &number, record.source());
        }
    }
    for (id, file) in data.tables.iter().filter(|_| wanted.of.is_some() || !wanted.unused) {
        for row in file.table.rows() {
            for (column, cell) in row.columns().iter().zip(row.cells()) {
                let Cell::Value(Value::Number(quantity)) = cell else { continue };
                let cited = Cited::Cell(*id, row.key(), column.name);
                let number = || Some(of_cell(quantity, column.exact));
                take(cited, &number, row.source(column.name));
            }
        }
    }
    out.records.extend(records.iter().filter_map(|id| data.records.record(*id)).map(|record| Recorded::of(record)));
    if wanted.unused && wanted.of.is_none() && !wanted.stale {
        let is_used = |table: &TableId| used.keys().any(|cited| matches!(cited, Cited::Cell(of, ..) if of == table));
        out.tables.extend(data.tables.keys().filter(|table| !is_used(table)));
    }
    out
}

/// The names by which numbers can be asked for, for the nearest to a name that is none.
pub fn known(book: &Book) -> Vec<String> {
    let data = book.data();
    let records = data.records.all().flat_map(|record| {
        let results = record.results().iter().map(|result| age::path(Cited::Result(record.id(), result.metric)));
        results.chain([record.id().to_string(), record.id().benchmark.to_string()])
    });
    records.chain(data.tables.keys().map(ToString::to_string)).collect()
}

fn of_cell(quantity: &Quantity, exact: bool) -> value::Number {
    value::Number::source(quantity, exact)
}

fn entry(cited: Cited, number: &value::Number, source: Option<Origin>, aged: Aged, used: Vec<Span>) -> Entry {
    let until = aged.dated.zip(aged.rule).map(|(dated, rule)| rule.age.last_day(dated.date));
    Entry {
        cited,
        path: age::path(cited),
        shown: print::number(number, Style::default()),
        with_interval: print::with_interval(number, Style::default()),
        value: number.full(),
        unit: if number.unit().is_none() { String::new() } else { number.unit().to_string() },
        interval: number.interval().map(|interval| (interval.low, interval.high)),
        source,
        dated: aged.dated,
        rule: aged.rule,
        until,
        stale: aged.stale,
        used,
    }
}

/// Whether a number is what `of` names, or lies in that.
fn lies_in(cited: Cited, of: &str) -> bool {
    let within =
        |name: &str, end: char| name.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(end));
    within(&cited.to_string(), '/') || within(&age::path(cited), '.')
}

/// Where each number is used. Only chapters that use one are read again.
fn places(book: &Book) -> BTreeMap<Cited, Vec<Span>> {
    let mut out: BTreeMap<Cited, Vec<Span>> = BTreeMap::new();
    let data = book.data();
    for id in &book.fold.order {
        let uses_some = book.fold.chapters.get(id).is_some_and(|chapter| !chapter.outline.uses.is_empty());
        if !uses_some {
            continue;
        }
        let mut trace = Trace::default();
        let mut reader = Reader::new(&**data, &mut trace);
        let file = chapter_path(data.config(), id.as_str());
        let Ok(parsed) = chapter::chapter(file, data.config(), &mut reader.files()) else { continue };
        for (used, at) in cite::places(&parsed.value, &parsed.value.events(), &[], &mut reader) {
            out.entry(used.cited).or_default().push(at);
        }
    }
    for places in out.values_mut() {
        places.sort_unstable();
        places.dedup();
    }
    out
}
