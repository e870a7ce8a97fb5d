//! How old a number is, and how old it may be.
//!
//! The most specific age counts: the own of the table (its schema), then the own of the source, then what
//! `[benchbook.ages]` says of the table or benchmark, of the source, and of its kind. A number that no age is for is
//! never stale, and nobody asks for its date.

use super::data::{Data, TableFile};
use super::names::Stale;
use super::records::Records;
use crate::diag::{Code, Diagnostic, Place, Span, nearest};
use crate::id::{Cited, Name, TableId};
use crate::number::expr;
use crate::parse::age::Age;
use crate::parse::config::{AgeOf, Ages};
use crate::parse::record::Record;
use crate::parse::source::{Kind, Source};
use crate::parse::table::{Cell, Column, Row, Value};
use jiff::civil::Date;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::fmt;

/// An age, and who says that it is for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// How old the number may be.
    pub age: Age,
    said: Said,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Said {
    BySchema(TableId),
    BySource(Name),
    OfTable(TableId),
    OfBenchmark(Name),
    OfSource(Name),
    OfKind(Kind),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = |kind: &str, name: &str| format!("`{kind}.{} = \"{}\"`", key_text(name), self.age);
        match self.said {
            Said::BySchema(table) => write!(f, "`age = \"{}\"` in the schema of `{table}`", self.age),
            Said::BySource(source) => write!(f, "`age = \"{}\"` of the source `{source}`", self.age),
            Said::OfTable(table) => write!(f, "{} in [benchbook.ages]", key("table", table.as_str())),
            Said::OfBenchmark(name) => write!(f, "{} in [benchbook.ages]", key("benchmark", name.as_str())),
            Said::OfSource(name) => write!(f, "{} in [benchbook.ages]", key("source", name.as_str())),
            Said::OfKind(kind) => write!(f, "{} in [benchbook.ages]", key("kind", kind.name())),
        }
    }
}

/// A key as TOML writes it.
fn key_text(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if bare { name.to_owned() } else { format!("\"{}\"", name.escape_default()) }
}

impl Rule {
    /// The age for a number of `table` that `source` gave.
    pub(super) fn of_cell(
        ages: &Ages,
        table: TableId,
        own: Option<Age>,
        source: Option<(Name, &Source)>,
    ) -> Option<Rule> {
        let schema = own.map(|age| Rule { age, said: Said::BySchema(table) });
        let of_table = || ages.tables.get(&table.0).map(|age| Rule { age: *age, said: Said::OfTable(table) });
        schema.or_else(|| own_of(source)).or_else(of_table).or_else(|| of_source(ages, source))
    }

    /// The age for a result of `benchmark` that `source` gave.
    pub(super) fn of_result(ages: &Ages, benchmark: Name, source: Option<(Name, &Source)>) -> Option<Rule> {
        let of = || ages.benchmarks.get(&benchmark).map(|age| Rule { age: *age, said: Said::OfBenchmark(benchmark) });
        own_of(source).or_else(of).or_else(|| of_source(ages, source))
    }
}

fn own_of(source: Option<(Name, &Source)>) -> Option<Rule> {
    let (name, source) = source?;
    source.age.map(|age| Rule { age, said: Said::BySource(name) })
}

fn of_source(ages: &Ages, source: Option<(Name, &Source)>) -> Option<Rule> {
    let (name, source) = source?;
    let named = ages.sources.get(&name).map(|age| Rule { age: *age, said: Said::OfSource(name) });
    named.or_else(|| source.kind.and_then(|kind| Some(Rule { age: *ages.kinds.get(&kind)?, said: Said::OfKind(kind) })))
}

/// From when a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dated {
    /// The day.
    pub date: Date,
    /// What happened on that day.
    pub what: Event,
}

/// What dates a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The run began.
    Measured,
    /// The table says so of the cell.
    Noted,
    /// The source was published.
    Published,
    /// The source was read.
    Retrieved,
}

impl Event {
    /// What happened, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Event::Measured => "measured",
            Event::Noted => "dated",
            Event::Published => "published",
            Event::Retrieved => "retrieved",
        }
    }
}

impl fmt::Display for Dated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.what.word(), if self.what == Event::Noted { "" } else { " on" }, self.date)
    }
}

/// The date of a result: when its run began, else that of its source.
pub(super) fn date_of_result(record: &Record, source: Option<&Source>) -> Option<Dated> {
    record.started().map(|date| Dated { date, what: Event::Measured }).or_else(|| date_of_source(source))
}

/// The date of a cell: what its column's `dateField` says in its row, else that of its source.
pub(super) fn date_of_cell(row: Row<'_>, column: &Column, source: Option<&Source>) -> Option<Dated> {
    let noted = column.date_field.and_then(|field| match row.cell(field)? {
        Cell::Value(Value::Date(date)) => Some(*date),
        // A number of a year may be of its last day.
        Cell::Value(Value::Year(year)) => Date::new(*year, 12, 31).ok(),
        _ => None,
    });
    noted.map(|date| Dated { date, what: Event::Noted }).or_else(|| date_of_source(source))
}

fn date_of_source(source: Option<&Source>) -> Option<Dated> {
    let source = source?;
    let published = source.published.map(|date| Dated { date, what: Event::Published });
    published.or_else(|| source.retrieved.map(|date| Dated { date, what: Event::Retrieved }))
}

/// What is known of the age of a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aged {
    /// From when it is.
    pub dated: Option<Dated>,
    /// How old it may be.
    pub rule: Option<Rule>,
    /// Whether it is past that.
    pub stale: bool,
}

/// What makes a number stale: the answer to whether it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Past {
    /// From when it is.
    pub dated: Dated,
    /// The age that it is past.
    pub rule: Rule,
}

impl Data {
    /// What is known of the age of a number; nothing of one that does not exist.
    pub(super) fn aged(&self, cited: Cited) -> Aged {
        let (dated, rule) = match cited {
            Cited::Result(id, _) => {
                let Some(record) = self.records.record(id) else { return Aged::default() };
                let source = self.named(record.source());
                let rule = Rule::of_result(&self.config.ages, id.benchmark, source);
                (date_of_result(record, source.map(|(_, source)| source)), rule)
            }
            Cited::Cell(id, key, column) => {
                let Some(file) = self.tables.get(&id) else { return Aged::default() };
                let cell = file.table.row(key.as_str()).zip(file.table.column(column.as_str()));
                let Some((row, column)) = cell else { return Aged::default() };
                let source = self.named(row.source(column.name));
                let rule = Rule::of_cell(&self.config.ages, id, row.age(), source);
                (date_of_cell(row, column, source.map(|(_, source)| source)), rule)
            }
        };
        let stale = dated.zip(rule).is_some_and(|(dated, rule)| self.today > rule.age.last_day(dated.date));
        Aged { dated, rule, stale }
    }

    /// Why a number is stale, if it is.
    pub(super) fn past(&self, cited: Cited) -> Option<Past> {
        let aged = self.aged(cited);
        aged.dated.zip(aged.rule).filter(|_| aged.stale).map(|(dated, rule)| Past { dated, rule })
    }

    fn named(&self, source: Option<Name>) -> Option<(Name, &Source)> {
        source.and_then(|name| Some((name, self.sources.get(&name)?)))
    }
}

/// The complaint of a place `at` that uses a stale number.
pub(super) fn stale(cited: Cited, past: Past, at: Span) -> (Stale, Diagnostic) {
    let verb = if past.dated.what == Event::Noted { "is" } else { "was" };
    let message = format!("`{}` {verb} {}, longer ago than {} allows", path(cited), past.dated, past.rule);
    let (place, renew) = match cited {
        Cited::Result(record, metric) => {
            let place = Place::Field(record, Name::new(&format!("results.{metric}")));
            (place, "measure it again, or cite a newer record")
        }
        Cited::Cell(table, key, column) => {
            let place = Place::Cell(table, key, column);
            (place, "look it up again, and write the new value with the new date")
        }
    };
    let keep = match past.rule.said {
        Said::BySchema(_) | Said::BySource(_) => "if it holds all the same, give it a longer `age` there",
        _ => "if it holds all the same, give its table or its source a longer `age` of its own",
    };
    let wrong = Diagnostic::new(Code::Stale, at, message).label("past its age").also(place, "the number");
    (Stale { cited, date: past.dated.date }, wrong.help(renew).help(keep))
}

/// A number as an expression names it.
pub(super) fn path(cited: Cited) -> String {
    match cited {
        Cited::Result(record, metric) => {
            let [benchmark, machine, metric] =
                [record.benchmark, record.machine, metric].map(|name| expr::written(name.as_str()));
            format!("records.{benchmark}.{machine}.{metric}")
        }
        Cited::Cell(table, key, column) => {
            format!("{table}.{}.{}", expr::written(key.as_str()), expr::written(column.as_str()))
        }
    }
}

/// The numbers of tables for which there is an age and no date: one complaint a table and source.
pub(super) fn undated_cells(
    tables: &BTreeMap<TableId, TableFile>,
    sources: &BTreeMap<Name, Source>,
    ages: &Ages,
) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    for (id, file) in tables {
        let table = &file.table;
        let mut seen: FxHashSet<Option<Name>> = FxHashSet::default();
        for row in table.rows() {
            for (column, cell) in row.columns().iter().zip(row.cells()) {
                if !column.ty.is_numeric() || !matches!(cell, Cell::Value(_)) {
                    continue;
                }
                let name = row.source(column.name);
                let source = name.and_then(|name| Some((name, sources.get(&name)?)));
                let Some(rule) = Rule::of_cell(ages, *id, row.age(), source) else { continue };
                if date_of_cell(row, column, source.map(|(_, source)| source)).is_some() || !seen.insert(name) {
                    continue;
                }
                let cited = Cited::Cell(*id, row.key(), column.name);
                let place = Place::Cell(*id, row.key(), column.name);
                let wrong = undated(cited, rule, place);
                told.push(match (column.date_field, name) {
                    (Some(field), _) => wrong.help(format!("give this row a date in the column `{field}`")),
                    (None, Some(name)) => dated_source(wrong, name),
                    (None, None) => wrong.help(
                        "name the table's `source`, which has a date, or the column with the dates: `dateField = \"...\"`",
                    ),
                });
            }
        }
    }
    told
}

/// The records for which there is an age and no date.
pub(super) fn undated_records(records: &Records, sources: &BTreeMap<Name, Source>, ages: &Ages) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    for record in records.all() {
        let source = record.source().and_then(|name| Some((name, sources.get(&name)?)));
        let Some(rule) = Rule::of_result(ages, record.id().benchmark, source) else { continue };
        if date_of_result(record, source.map(|(_, source)| source)).is_some() {
            continue;
        }
        let Some(result) = record.results().first() else { continue };
        let wrong = undated(Cited::Result(record.id(), result.metric), rule, record.place("started_at").into());
        let wrong = wrong.help("say when the run began: `\"started_at\": \"2026-11-24\"`");
        told.push(match source {
            Some((name, _)) => dated_source(wrong, name),
            None => wrong,
        });
    }
    told
}

fn undated(cited: Cited, rule: Rule, place: Place) -> Diagnostic {
    let message = format!("nothing says from when `{}` is, and {rule} is for it", path(cited));
    Diagnostic::new(Code::Undated, place, message).label("has no date")
}

fn dated_source(wrong: Diagnostic, source: Name) -> Diagnostic {
    wrong.help(format!("give the source `{source}` a date: `published` or `retrieved`"))
}

/// What an age can be for; `None` where some were lost to a mistake that was told.
pub(super) struct Known {
    pub(super) tables: Vec<Name>,
    pub(super) benchmarks: Option<Vec<Name>>,
    pub(super) sources: Option<Vec<Name>>,
}

/// The ages that are for nothing in the book.
pub(super) fn unknown(places: &[(AgeOf, Span)], known: &Known) -> Vec<Diagnostic> {
    let wrong = |(of, at): &(AgeOf, Span)| {
        let (what, name, known, way) = match *of {
            AgeOf::Table(name) => ("table", name, Some(&known.tables), "name a file of `data/` without its ending"),
            AgeOf::Benchmark(name) => ("benchmark", name, known.benchmarks.as_ref(), "declare it in `benchmarks.toml`"),
            AgeOf::Source(name) => ("source", name, known.sources.as_ref(), "describe it in `sources.toml`"),
        };
        let known = known.filter(|known| !known.contains(&name))?;
        let message = format!("there is no {what} `{}`, so no number has this age", name.as_str().escape_debug());
        let wrong = Diagnostic::new(Code::UnknownKey, *at, message);
        Some(match nearest(name.as_str(), known.iter().map(|name| name.as_str())) {
            Some(near) => wrong.help(format!("did you mean `{near}`?")),
            None => wrong.help(format!("remove the line, or {way}")),
        })
    };
    places.iter().filter_map(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Need, Reader, Trace};
    use crate::read::{self, Files, MemoryFiles, Snapshot};
    use crate::resolve::{data, evaluate};
    use crate::site::Options;
    use jiff::civil::date;
    use std::sync::Arc;

    /// A book of a table and two records, with these ages.
    fn book(ages: &str, schema: &str, sources: &str) -> Data {
        let files = Arc::new(MemoryFiles::default());
        files.write("book.toml", format!("[book]\ntitle = 'B'\n[benchbook]\n{ages}"));
        files.write("content/SUMMARY.md", "# S\n");
        files.write(
            "content/data/prices.csv",
            "id,usd,watt,seen,from\na,10,5,2026-05-01,shop\nb,20,6,,shop\nc,30,7,,press\n",
        );
        files.write(
            "content/data/prices.schema.toml",
            format!(
                "sourceField = 'from'\n{schema}\n[[fields]]\nname = 'usd'\ntype = 'number'\nunit = 'USD'\n\
                 dateField = 'seen'\n[[fields]]\nname = 'watt'\ntype = 'number'\nunit = 'W'\n\
                 [[fields]]\nname = 'seen'\ntype = 'date'\n"
            ),
        );
        let sources = if sources.is_empty() {
            "[shop]\ntitle = 'S'\nkind = 'vendor'\nretrieved = 2024-01-31\n\
             [press]\ntitle = 'P'\nkind = 'press'\npublished = 2020-01-01\nretrieved = 2026-11-01\n"
        } else {
            sources
        };
        files.write("content/sources.toml", sources);
        files.write("content/benchmarks.toml", "[run]\ntitle = 'R'\nmetrics.t = { unit = 's' }\n");
        for (machine, rest) in [("m1", r#""started_at": "2024-05-09", "source": "shop","#), ("m2", "")] {
            let text = format!(
                r#"{{ "benchmark": "run", "machine": {{ "id": "{machine}" }}, {rest} "results": {{ "t": {{ "value": 2.5, "unit": "s" }} }} }}"#
            );
            files.write(&format!("content/measurements/run/{machine}.json"), text);
        }
        let files: Arc<dyn Files> = files;
        let folders = ["content".to_owned(), "book.toml".to_owned()];
        let (snapshot, _) = Snapshot::empty(files).scan(&folders, &[], read::Scope::All);
        let config = data::read_config(&snapshot);
        Data::read(snapshot, config, Options::default(), date(2026, 11, 24), None, &[])
    }

    /// What is told of the data, then of an expression; and how many ages were asked for.
    fn told(source: &str, data: &Data) -> (Vec<String>, usize) {
        let at = Span::new(crate::id::PathId::new("content/a.md"), 3..3 + source.len());
        let mut trace = Trace::default();
        let parsed = evaluate(source, at, &[], &mut Reader::new(data, &mut trace));
        assert_eq!(parsed.value.unwrap().stale.len(), parsed.diagnostics.len());
        let told = data.diagnostics().chain(&parsed.diagnostics).map(|wrong| {
            assert!(!wrong.help.is_empty(), "no way out: {wrong:?}");
            format!("{}: {}", wrong.code.name(), wrong.message)
        });
        let asked = trace.asked().iter().filter(|asked| matches!(asked.need, Need::Stale(_))).count();
        (told.collect(), asked)
    }

    #[test]
    fn without_an_age_no_number_is_stale_and_none_is_asked_for() {
        let data = book("", "", "");
        assert_eq!(told("sum(prices.*.usd)", &data), (vec![], 0));
        assert_eq!(told("records.run.m1.t + records.run.m2.t", &data), (vec![], 0));
    }

    #[test]
    fn a_number_past_its_age_is_told_where_it_is_used() {
        let data = book("[benchbook.ages]\nkind.vendor = '2y'\n", "", "");
        let stale = "longer ago than `kind.vendor = \"2y\"` in [benchbook.ages] allows";
        assert_eq!(
            told("prices.a.usd + prices.b.usd + prices.b.usd + prices.c.usd", &data),
            (vec![format!("stale: `prices.b.usd` was retrieved on 2024-01-31, {stale}")], 2)
        );
        assert_eq!(
            told("records.run.m1.t", &data),
            (vec![format!("stale: `records.run.m1.t` was measured on 2024-05-09, {stale}")], 1)
        );
        assert_eq!(told("records.run.m2.t", &data), (vec![], 0));
    }

    #[test]
    fn the_most_specific_age_counts() {
        let all =
            "[benchbook.ages]\nkind = { vendor = '30y', press = '30y' }\ntable.prices = '1y'\nsource.press = '9y'\n";
        let count = |schema: &str, sources: &str| {
            let data = book(all, schema, sources);
            told("sum(prices.*.watt)", &data).0
        };
        let stale = |of: &str, rule: &str| format!("stale: `prices.{of}, longer ago than {rule} allows");
        let table = "`table.prices = \"1y\"` in [benchbook.ages]";
        let (a, b) = ("a.watt` was retrieved on 2024-01-31", "b.watt` was retrieved on 2024-01-31");
        let c = "c.watt` was published on 2020-01-01";
        assert_eq!(count("", ""), [stale(a, table), stale(b, table), stale(c, table)]);
        let schema = "`age = \"6y\"` in the schema of `prices`";
        assert_eq!(count("age = '6y'", ""), [stale(c, schema)]);
        let own = "[shop]\ntitle = 'S'\nretrieved = 2024-01-31\nage = '4y'\n[press]\ntitle = 'P'\npublished = 2020-01-01\nage = '1d'\n";
        assert_eq!(count("", own), [stale(c, "`age = \"1d\"` of the source `press`")]);
        assert_eq!(count("age = '9y'", own), [""; 0]);
    }

    #[test]
    fn what_has_an_age_and_no_date_is_told_once_a_source() {
        let sources = "[shop]\ntitle = 'S'\n[press]\ntitle = 'P'\npublished = 2026-01-01\n";
        let data = book("[benchbook.ages]\ntable.prices = '1y'\nbenchmark.run = '9y'\n", "", sources);
        assert_eq!(
            told("prices.b.usd", &data).0,
            [
                "undated: nothing says from when `prices.a.watt` is, and `table.prices = \"1y\"` in [benchbook.ages] is for it",
                "undated: nothing says from when `records.run.m2.t` is, and `benchmark.run = \"9y\"` in [benchbook.ages] is for it",
            ]
        );
    }

    #[test]
    fn an_age_for_what_is_not_there_is_told() {
        let data = book("[benchbook.ages]\ntable.price = '1y'\nbenchmark.ran = '1y'\nsource.zzz = '1y'\n", "", "");
        assert_eq!(
            told("prices.a.usd", &data).0,
            [
                "unknown-key: there is no table `price`, so no number has this age",
                "unknown-key: there is no benchmark `ran`, so no number has this age",
                "unknown-key: there is no source `zzz`, so no number has this age",
            ]
        );
    }
}
