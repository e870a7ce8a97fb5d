//! What a fenced `table` block shows: its rows, and for each column the values, in one unit, comparable, with the best
//! of them known.
//!
//! The outline of a chapter and its page both go through [`grid`], so that the numbers which receipts list and those
//! which the page shows cannot disagree. An expression is parsed once and evaluated once a row. What a column would
//! tell of each row is told of the first.

use super::data::Data;
use super::names::{Scope, Stale};
use super::value;
use crate::diag::{Code, Diagnostic, Parsed, Place, Span, nearest};
use crate::id::{Cited, Name, RecordId, TableId};
use crate::ledger::Reader;
use crate::number::Unit;
use crate::number::eval::{self, Asked, Names};
use crate::number::expr::{Expr, FilterKind, Kind as ExprKind, StepKind};
use crate::number::print::{self, Style};
use crate::number::stats::Interval;
use crate::number::value::{self as values, Better, Node, Number, Trouble, Value};
use crate::parse::block::{BlockColumn, From, TableBlock};
use crate::parse::chapter::Across;
use crate::parse::keys::At;
use crate::parse::table::{self as data_table, Table};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// How many cells a block may show.
pub const MAX_CELLS: usize = 100_000;

/// How many parts of expressions a block may compute, members of sets counted each.
pub const MAX_STEPS: usize = 5_000_000;

/// What an empty cell says where nothing says more.
const NOT_RECORDED: &str = "not recorded";

/// A table, ready to be shown.
#[derive(Debug)]
pub struct Grid {
    /// What it is called where it has no caption.
    pub title: Box<str>,
    /// What its rows are.
    pub from: From,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// Its rows, in the order of the block.
    pub rows: Vec<Row>,
    /// The column that the rows are sorted by, where it is shown, and whether the largest comes first.
    pub sorted: Option<(usize, bool)>,
    /// How many rows the condition left out because it met no value.
    pub left_out: usize,
    /// The sources of what is shown, each once, in the order in which they are met.
    pub sources: Vec<Name>,
    /// The date of the oldest number, where one has a date of its own.
    pub oldest: Option<Date>,
    /// Why results are compared that differ in what they must not.
    pub reasons: Vec<String>,
    /// The numbers that it uses: each that a computed cell leans on, each result; for the cells of the table that it
    /// shows as they are, the key of each row.
    pub cited: Vec<Cited>,
}

/// A column of a [`Grid`].
#[derive(Debug)]
pub struct Column {
    /// By what the block knows it.
    pub key: Name,
    /// What stands in its head.
    pub label: Box<str>,
    /// The unit of all its numbers.
    pub unit: Unit,
    /// Whether its values are numbers.
    pub is_number: bool,
    /// Whether they are known exactly: then their digits limit no ratio.
    pub is_exact: bool,
    /// Which way is better.
    pub better: Option<Better>,
    /// What it means.
    pub description: Option<Box<str>>,
    /// What can be said of its best values.
    pub leaders: Leaders,
    /// Where the bars of its cells begin and end, in its unit: the one or the other is 0. `None` for none.
    pub bars: Option<(f64, f64)>,
}

/// What can be said of the best values of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaders {
    /// How many cannot be told from the best, with itself; 0 where none is marked.
    pub count: usize,
    /// Whether one of these was measured and its spread is not known.
    pub no_spread: bool,
}

/// A row of a [`Grid`].
#[derive(Debug)]
pub struct Row {
    /// Its key in the data: of a benchmark, the machine.
    pub key: Name,
    /// Its place among the rows that are shown, in the order of the data.
    pub place: usize,
    /// Its cells, one a column.
    pub cells: Vec<Cell>,
}

/// A cell of a [`Grid`].
#[derive(Debug)]
pub struct Cell {
    /// What it shows.
    pub content: Content,
    /// The numbers that it leans on.
    pub cited: Vec<Cited>,
    /// Of those that are past their age, the date of the oldest.
    pub stale: Option<Date>,
    /// Whether it cannot be told from the best of its column.
    pub best: bool,
}

/// What a cell shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A number in the unit of its column.
    Number {
        /// What a reader sees, without the unit.
        text: String,
        /// All its digits: what it is sorted by.
        exact: String,
        /// Its value, as `exact` reads.
        value: f64,
        /// Its 95 % interval.
        interval: Option<Interval>,
    },
    /// A date.
    Date(Date),
    /// A text; a year, yes or no.
    Text(Box<str>),
    /// Why there is no value, in words.
    Missing(Box<str>),
    /// Nothing, because of a mistake that was told.
    Nothing,
}

impl Content {
    /// The order in which rows are sorted: numbers by value, dates by day, texts by their characters. What has no
    /// value comes after all others, whichever way it goes.
    fn order(&self, other: &Content, descending: bool) -> Ordering {
        let way = |order: Ordering| if descending { order.reverse() } else { order };
        match (self, other) {
            (Content::Number { value: a, .. }, Content::Number { value: b, .. }) => way(a.total_cmp(b)),
            (Content::Date(a), Content::Date(b)) => way(a.cmp(b)),
            (Content::Text(a), Content::Text(b)) => way(a.cmp(b)),
            (a, b) => a.is_empty().cmp(&b.is_empty()),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Content::Missing(_) | Content::Nothing)
    }
}

/// What `block` shows, in a chapter that means the differences `across`. `None` where a mistake that was told leaves
/// nothing to show.
pub fn grid(block: &TableBlock, across: &[Across], data: &mut Reader<'_, '_, Data>) -> Parsed<Option<Grid>> {
    within(MAX_STEPS, block, across, data)
}

fn within(most: usize, block: &TableBlock, across: &[Across], data: &mut Reader<'_, '_, Data>) -> Parsed<Option<Grid>> {
    let all: Vec<Across> = block.across.iter().chain(across).cloned().collect();
    let mut scope = Scope::new(data);
    scope.allowed = value::allowed(&all);
    let mut maker = Maker { block, scope, told: Vec::new(), heard: FxHashSet::default(), steps: 0, most };
    let value = maker.grid(&all);
    Parsed { value, diagnostics: maker.told }
}

struct Maker<'b, 'r, 'w, 't> {
    block: &'b TableBlock,
    scope: Scope<'r, 'w, 't>,
    told: Vec<Diagnostic>,
    /// What was told already: each mistake once, at its first row.
    heard: FxHashSet<(Code, Option<Place>)>,
    steps: usize,
    /// How many steps the block may take.
    most: usize,
}

/// The rows of a block before any is left out, and what is known of their columns.
struct Origin<'w> {
    title: Box<str>,
    rows: Vec<Node>,
    table: Option<&'w Table>,
}

/// A column on its way: what is asked for, and what each row gave.
struct Wanted<'b> {
    key: Name,
    label: Box<str>,
    /// What it is computed from; none for a column that the data has.
    expr: Option<&'b Expr>,
    /// The column of the block, unless the block names none.
    own: Option<&'b BlockColumn>,
    at: Span,
    unit: Option<Unit>,
    better: Option<Better>,
    description: Option<Box<str>>,
    missing: Option<Box<str>>,
    is_number: bool,
    /// The earlier columns that it cites.
    cites: Vec<usize>,
    /// Whether it is only sorted by.
    hidden: bool,
    got: Vec<Got>,
}

/// The value of one row, and what it leans on.
#[derive(Default)]
struct Got {
    value: Option<Value>,
    cited: Vec<Cited>,
    stale: Vec<Stale>,
}

impl<'b, 'w> Maker<'b, '_, 'w, '_> {
    fn grid(&mut self, across: &[Across]) -> Option<Grid> {
        let origin = self.origin()?;
        let mut wanted = self.wanted(&origin);
        let sorted_by = self.sorted_by(&mut wanted, &origin);
        self.citations(&mut wanted);
        let (rows, left_out) = self.kept(&origin.rows)?;
        self.limit(rows.len(), &wanted)?;
        self.values(&rows, &mut wanted)?;
        let (sources, oldest) = self.sources(&rows, &wanted);
        let cited = self.cited(&rows, &wanted, &origin);
        let mut columns = Vec::with_capacity(wanted.len());
        let mut contents: Vec<std::vec::IntoIter<Cell>> = Vec::with_capacity(wanted.len());
        for want in &mut wanted {
            let (column, cells) = self.column(want, &rows);
            columns.push(column);
            contents.push(cells.into_iter());
        }
        let mut made: Vec<Row> = Vec::with_capacity(rows.len());
        for (place, node) in rows.iter().enumerate() {
            let cells = contents.iter_mut().filter_map(Iterator::next).collect();
            made.push(Row { key: key_of(*node), place, cells });
        }
        let descending = self.block.sort.is_some_and(|sort| sort.descending);
        if let Some(by) = sorted_by {
            made.sort_by(|a, b| match (a.cells.get(by), b.cells.get(by)) {
                (Some(a), Some(b)) => a.content.order(&b.content, descending),
                _ => Ordering::Equal,
            });
        }
        let shown = wanted.iter().filter(|want| !want.hidden).count();
        columns.truncate(shown);
        made.iter_mut().for_each(|row| row.cells.truncate(shown));
        let needed = value::needed(&self.scope.allowed, across);
        let reasons = needed.into_iter().filter_map(|place| Some(across.get(place)?.why.clone())).collect();
        Some(Grid {
            title: origin.title,
            from: self.block.from.value,
            columns,
            rows: made,
            sorted: sorted_by.filter(|by| *by < shown).map(|by| (by, descending)),
            left_out,
            sources,
            oldest,
            reasons,
            cited,
        })
    }

    /// Tells what is wrong, unless the same was told of an earlier row.
    fn tell(&mut self, wrong: Diagnostic) {
        if self.heard.insert((wrong.code, wrong.place.clone())) {
            self.told.push(wrong);
        }
    }

    // Rows

    fn origin(&mut self) -> Option<Origin<'w>> {
        let at = self.block.from.span;
        match self.block.from.value {
            From::Table(id) => {
                let Some(table) = self.scope.data().table(id, at) else {
                    let wrong = self.no_table(id, at);
                    self.tell(wrong);
                    return None;
                };
                let rows = self.scope.members(Node::root(id.0), at).ok()?;
                let title = table.title().unwrap_or(id.as_str()).into();
                Some(Origin { title, rows, table: Some(table) })
            }
            From::Records(name) => {
                // What follows `records.`, where it is written as it reads.
                let start = at.range().len().saturating_sub(name.as_str().len());
                let named = if start == "records.".len() { at.slice(start..at.range().len()) } else { at };
                let asked = Asked { name: name.as_str(), at: named, path: at, computed: false };
                let node = match self.scope.step(Node::root(Name::new("records")), asked) {
                    Ok(Value::Node(node)) => node,
                    Ok(_) => return None,
                    Err(wrong) => {
                        wrong.into_iter().for_each(|wrong| self.tell(*wrong));
                        return None;
                    }
                };
                let rows = self.scope.members(node, at).ok()?;
                let title = self.scope.data().benchmark(name, at).map_or(name.as_str().into(), |b| b.title.clone());
                Some(Origin { title, rows, table: None })
            }
        }
    }

    fn no_table(&mut self, id: TableId, at: Span) -> Diagnostic {
        let wrong = Diagnostic::new(Code::NameUnknown, at, format!("there is no table `{id}`")).label("no such table");
        let names = self.scope.data().tables(at);
        match nearest(id.as_str(), names.iter().map(|id| id.as_str())) {
            Some(near) => wrong.fix(format!("did you mean `{near}`?"), at, near),
            None => {
                wrong.help("write the name of a file in `data/`, without its ending, or `records.` and a benchmark")
            }
        }
    }

    /// The rows that meet the block's condition, and how many were left out because it met no value.
    fn kept(&mut self, rows: &[Node]) -> Option<(Vec<Node>, usize)> {
        let Some(condition) = &self.block.keep else { return Some((rows.to_vec(), 0)) };
        let mut kept = Vec::new();
        let mut left_out = 0;
        for node in rows {
            self.scope.row = Some(*node);
            let parsed = eval::holds(condition, &mut self.scope, &mut self.steps);
            parsed.diagnostics.into_iter().for_each(|wrong| self.tell(wrong));
            self.scope.take().told.into_iter().for_each(|wrong| self.tell(wrong));
            match parsed.value {
                Some(Some(true)) => kept.push(*node),
                Some(None) => left_out += 1,
                Some(Some(false)) | None => {}
            }
            self.spend(condition.span)?;
        }
        Some((kept, left_out))
    }

    /// Tells when the block has become too much work.
    fn spend(&mut self, at: Span) -> Option<()> {
        if self.steps <= self.most {
            return Some(());
        }
        let message = format!("the table takes more than {} steps to compute", print::count(self.most));
        let wrong = Diagnostic::new(Code::ExprLimit, at, message);
        self.tell(wrong.label("still at this").help("show fewer rows, or add a column to the data"));
        None
    }

    fn limit(&mut self, rows: usize, wanted: &[Wanted<'_>]) -> Option<()> {
        let columns = wanted.iter().filter(|want| !want.hidden).count();
        let cells = rows.saturating_mul(columns);
        if cells <= MAX_CELLS {
            return Some(());
        }
        let message = format!(
            "this table would have {} cells, in {} rows of {}",
            print::count(cells),
            print::count(rows),
            print::count(columns)
        );
        let wrong = Diagnostic::new(Code::ExprLimit, self.block.from.span, message).label("at most 100,000 cells");
        self.tell(wrong.help("choose rows with `where`, or name fewer `columns`"));
        None
    }

    // Columns

    fn wanted(&mut self, origin: &Origin<'w>) -> Vec<Wanted<'b>> {
        let block = self.block;
        let Some(columns) = &block.columns else { return self.all(origin) };
        columns.iter().filter_map(|column| self.one(column, origin)).collect()
    }

    fn one(&mut self, own: &'b BlockColumn, origin: &Origin<'w>) -> Option<Wanted<'b>> {
        let mut want = match (&own.value, own.name) {
            (Some(expr), _) => Wanted { expr: Some(expr), ..Wanted::new(own.key(), expr.span) },
            (None, Some(name)) => self.plain(name, origin)?,
            (None, None) => return None,
        };
        if let Some(label) = &own.label {
            want.label = label.value.as_str().into();
        }
        let filter = own.show.iter().find_map(|f| if let FilterKind::In(unit) = f.kind { Some(unit) } else { None });
        want.is_number |= own.unit.is_some() || filter.is_some();
        want.unit = own.unit.map(|unit| unit.value).or(filter).or(want.unit);
        want.better = own.better.or(want.better);
        want.description = own.description.as_deref().map(Into::into).or(want.description);
        want.missing = own.missing.as_deref().map(Into::into).or(want.missing);
        want.own = Some(own);
        Some(want)
    }

    /// A column that the data has.
    fn plain(&mut self, name: At<Name>, origin: &Origin<'w>) -> Option<Wanted<'b>> {
        let want = Wanted::new(name.value, name.span);
        if let Some(table) = origin.table {
            let column = self.find(table, name, &[])?;
            return Some(Wanted {
                label: column.title.clone(),
                unit: Some(column.unit),
                better: column.better,
                description: column.description.clone(),
                missing: column.missing.clone(),
                is_number: column.ty.is_numeric(),
                ..want
            });
        }
        let From::Records(benchmark) = self.block.from.value else { return Some(want) };
        let benchmark = self.scope.data().benchmark(benchmark, name.span);
        Some(match benchmark.and_then(|benchmark| benchmark.metric(name.value)) {
            Some(metric) => Wanted {
                label: metric.title.clone(),
                unit: Some(metric.unit),
                better: metric.better,
                description: metric.description.clone(),
                is_number: true,
                ..want
            },
            None if matches!(name.value.as_str(), "name" | "machine" | "id") => {
                Wanted { label: "Machine".into(), ..want }
            }
            None => want,
        })
    }

    /// The column of a table; where there is none, that is told, with the nearest of its columns and of `others`.
    fn find<'t>(&mut self, table: &'t Table, name: At<Name>, others: &[Name]) -> Option<&'t data_table::Column> {
        let found = table.columns().iter().find(|column| column.name == name.value);
        // Of a table that could not be read whole, the column may be among what was lost, and that was told.
        if found.is_none() && table.is_whole() {
            let message = format!("the table `{}` has no column `{}`", table.id(), name.value.as_str().escape_debug());
            let wrong = Diagnostic::new(Code::NameUnknown, name.span, message);
            let known = table.columns().iter().map(|c| c.name.as_str()).chain(others.iter().map(|name| name.as_str()));
            self.tell(wrong.nearest(name.value.as_str(), name.span, known));
        }
        found
    }

    /// All columns of a table but those that only say where and when other columns' cells are from; of a benchmark the
    /// machine, and each metric that was measured on one.
    fn all(&mut self, origin: &Origin<'w>) -> Vec<Wanted<'b>> {
        let at = self.block.from.span;
        let names: Vec<Name> = match (origin.table, self.block.from.value) {
            (Some(table), _) => {
                let columns = table.columns();
                let serves = |name| columns.iter().any(|c| c.source_field == Some(name) || c.date_field == Some(name));
                columns.iter().map(|column| column.name).filter(|name| !serves(*name)).collect()
            }
            (None, From::Records(name)) => {
                let records = self.scope.data().records(name, at);
                let is_measured =
                    |metric| records.is_some_and(|all| all.iter().any(|(_, record)| record.result(metric).is_some()));
                let benchmark = self.scope.data().benchmark(name, at);
                let metrics = benchmark.into_iter().flat_map(|b| b.metrics.iter().map(|metric| metric.name));
                std::iter::once(Name::new("name")).chain(metrics.filter(|metric| is_measured(*metric))).collect()
            }
            (None, From::Table(_)) => Vec::new(),
        };
        names.into_iter().filter_map(|name| self.plain(At { value: name, span: at }, origin)).collect()
    }

    /// The column that the rows are sorted by. One that is not shown is put behind the others.
    fn sorted_by(&mut self, wanted: &mut Vec<Wanted<'b>>, origin: &Origin<'w>) -> Option<usize> {
        let sort = self.block.sort?;
        if let Some(place) = wanted.iter().position(|want| want.key == sort.column.value) {
            return Some(place);
        }
        if let Some(table) = origin.table {
            let others: Vec<Name> = wanted.iter().map(|want| want.key).collect();
            self.find(table, sort.column, &others)?;
        }
        let hidden = self.plain(sort.column, origin)?;
        wanted.push(Wanted { hidden: true, ..hidden });
        Some(wanted.len() - 1)
    }

    /// Finds what computed columns cite of each other: only what stands before them.
    fn citations(&mut self, wanted: &mut [Wanted<'b>]) {
        let mut places: FxHashMap<Name, usize> = FxHashMap::default();
        for (place, want) in wanted.iter().enumerate() {
            if let Some(name) = want.own.filter(|own| own.value.is_some()).and_then(|own| own.name) {
                places.insert(name.value, place);
            }
        }
        for (place, want) in wanted.iter_mut().enumerate() {
            let Some(expr) = want.expr else { continue };
            let mut names = Vec::new();
            columns_in(expr, false, &mut names);
            for (name, at) in names {
                match places.get(&name) {
                    Some(other) if *other < place => want.cites.push(*other),
                    Some(other) => {
                        want.expr = None;
                        want.key = Name::new("");
                        self.tell(circle(name, at, *other == place));
                    }
                    None => {}
                }
            }
        }
    }

    // Values

    fn values(&mut self, rows: &[Node], wanted: &mut [Wanted<'b>]) -> Option<()> {
        for node in rows {
            self.scope.row = Some(*node);
            self.scope.computed.clear();
            for want in wanted.iter_mut() {
                let value = self.value(want);
                let met = self.scope.take();
                met.told.into_iter().for_each(|wrong| self.tell(wrong));
                if let (Some(_), Some(name), Some(value)) = (want.expr, want.own.and_then(|own| own.name), &value) {
                    self.scope.computed.insert(name.value, value.clone());
                }
                want.got.push(Got { value, cited: met.cited, stale: met.stale });
                self.spend(want.at)?;
            }
        }
        for place in 0..wanted.len() {
            inherit(wanted, place);
        }
        Some(())
    }

    fn value(&mut self, want: &Wanted<'b>) -> Option<Value> {
        match want.expr {
            Some(expr) => {
                let parsed = eval::counted(expr, &mut self.scope, &mut self.steps);
                parsed.diagnostics.into_iter().for_each(|wrong| self.tell(wrong));
                parsed.value
            }
            // One that cites itself was told.
            None if want.key.as_str().is_empty() => None,
            None => match self.scope.column(want.key.as_str(), want.at) {
                Ok(value) => Some(value),
                Err(wrong) => {
                    wrong.into_iter().for_each(|wrong| self.tell(*wrong));
                    None
                }
            },
        }
    }

    /// The column as it is shown, and its cells.
    fn column(&mut self, want: &mut Wanted<'b>, rows: &[Node]) -> (Column, Vec<Cell>) {
        let got = std::mem::take(&mut want.got);
        let is_name = want.own.is_some_and(|own| own.show.iter().any(|filter| filter.kind == FilterKind::Name));
        let mut values = Vec::with_capacity(got.len());
        let mut leans = Vec::with_capacity(got.len());
        for got in got {
            values.push(if is_name { self.titled(got.value, want) } else { self.single(got.value, want) });
            leans.push((got.cited, got.stale));
        }
        self.one_kind(want, rows, &values);
        let unit = self.in_one_unit(want, rows, &mut values);
        let numbers: Vec<&Number> = values.iter().filter_map(number_of).collect();
        let is_exact = !numbers.is_empty() && numbers.iter().all(|number| number.is_exact());
        let better = want.better.or_else(|| common(&numbers));
        self.comparable(&numbers, want);
        let (leaders, best) = self.leaders(&values, better);
        let bars = want.own.is_some_and(|own| own.bar).then(|| ends(&numbers));
        let is_number = match values.iter().flatten().find(|value| !matches!(value, Value::Missing(_))) {
            Some(value) => matches!(value, Value::Number(_)),
            None => want.is_number,
        };
        if let (Some(_), false) = (bars, is_number) {
            let wrong = Diagnostic::new(Code::ExprType, want.at, "bars are for numbers, and this column has none");
            self.tell(wrong.help("take `bar` away"));
        }
        let mut cells = Vec::with_capacity(values.len());
        for ((place, value), (cited, stale)) in values.iter().enumerate().zip(leans) {
            let content = self.content(value.as_ref(), want);
            let stale = stale.iter().map(|stale| stale.date).min();
            cells.push(Cell { content, cited, stale, best: best.binary_search(&place).is_ok() });
        }
        let column = Column {
            key: want.key,
            label: want.label.clone(),
            unit,
            is_number,
            is_exact,
            better: better.filter(|_| is_number),
            description: want.description.clone(),
            leaders,
            bars: bars.filter(|(low, high)| high > low && is_number),
        };
        (column, cells)
    }

    /// A value that a cell can show.
    fn single(&mut self, value: Option<Value>, want: &Wanted<'_>) -> Option<Value> {
        match value? {
            Value::Set(members) => {
                let count = print::count(members.len());
                let message = format!("a cell takes one value, and this is a set of {count}");
                let wrong = Diagnostic::new(Code::ExprType, want.at, message).label("a set");
                self.tell(wrong.help("make one value of it: `max(…)`, `mean(…)`, `count(…)`"));
                None
            }
            Value::Node(_) => {
                let wrong = Diagnostic::new(Code::ExprType, want.at, "a cell takes one value, and this is a row");
                self.tell(wrong.help("name the column that is meant, or show its title: `show = \"name\"`"));
                None
            }
            value => Some(value),
        }
    }

    /// The title of what a value belongs to.
    fn titled(&mut self, value: Option<Value>, want: &Wanted<'_>) -> Option<Value> {
        let node = match value? {
            Value::Node(node) => Some(node),
            Value::Number(number) => number.origin,
            missing @ Value::Missing(_) => return Some(missing),
            _ => None,
        };
        let Some(node) = node else {
            let wrong = Diagnostic::new(Code::FilterUnknown, want.at, "what stands in no row has no name");
            self.tell(wrong.help("take the filter `name` away"));
            return None;
        };
        match self.scope.title(node, want.at) {
            Ok(title) => Some(Value::Text(title.into())),
            Err(wrong) => {
                wrong.into_iter().for_each(|wrong| self.tell(*wrong));
                None
            }
        }
    }

    /// Tells of values that cannot stand in one column.
    fn one_kind(&mut self, want: &Wanted<'_>, rows: &[Node], values: &[Option<Value>]) {
        let known = |value: &Option<Value>| value.as_ref().is_some_and(|value| !matches!(value, Value::Missing(_)));
        let mut known = rows.iter().zip(values).filter(|(_, value)| known(value));
        let Some((first, Some(one))) = known.next() else { return };
        let unlike = |value: &Value| std::mem::discriminant(value) != std::mem::discriminant(one);
        let Some((row, Some(other))) = known.find(|(_, value)| value.as_ref().is_some_and(unlike)) else { return };
        let (a, b) = (key_of(*first), key_of(*row));
        let message =
            format!("a column holds values of one kind: `{a}` has {} here, and `{b}` {}", one.kind(), other.kind());
        let wrong = Diagnostic::new(Code::ExprType, want.at, message);
        self.tell(wrong.help("give each row the same kind of value, or make two columns"));
    }

    /// Brings all numbers into the unit of the column.
    fn in_one_unit(&mut self, want: &Wanted<'_>, rows: &[Node], values: &mut [Option<Value>]) -> Unit {
        let first = rows.iter().zip(values.iter()).find_map(|(row, value)| Some((*row, number_of(value)?.clone())));
        let Some((first_row, first)) = first else { return want.unit.unwrap_or(Unit::NONE) };
        if let (None, None, Some((a, b))) = (want.unit, first.text(), first.unit().mixed()) {
            let message = format!("the result is in `{}`, which has both `{a}` and `{b}`", first.unit());
            let wrong = Diagnostic::new(Code::UnitMixed, want.at, message);
            self.tell(wrong.help("say which unit is meant: `unit = \"…\"`"));
        }
        let unit = want.unit.unwrap_or(first.unit());
        for (row, value) in rows.iter().zip(values.iter_mut()) {
            let Some(Value::Number(number)) = value else { continue };
            match number.to(unit) {
                Ok(converted) => *number = converted,
                Err(trouble) => {
                    let wrong = unlike(want, unit, trouble, (first_row, &first), (*row, number));
                    self.tell(wrong);
                    *value = None;
                }
            }
        }
        unit
    }

    /// Asks whether the results of the column may be compared: those of each benchmark with one another where every
    /// cell leans on the same benchmarks, else all.
    fn comparable(&mut self, numbers: &[&Number], want: &Wanted<'_>) {
        let measured: Vec<&[Name]> = numbers.iter().map(|n| n.results()).filter(|all| !all.is_empty()).collect();
        let Some(first) = measured.first().filter(|_| measured.len() > 1) else { return };
        let same = benchmarks(first);
        let alike = measured.iter().all(|results| benchmarks(results) == same);
        let mut all: Vec<Name> = measured.concat();
        all.sort_unstable();
        all.dedup();
        let groups: Vec<Vec<Name>> = match alike {
            true => {
                same.iter().map(|b| all.iter().copied().filter(|result| benchmark(*result) == *b).collect()).collect()
            }
            false => vec![all],
        };
        for group in groups.iter().filter(|group| group.len() > 1) {
            if let Err(wrong) = self.scope.comparable(group, want.at) {
                let help = "in a table, the block says it: `across = [\"…\"]` and `why = \"…\"`";
                wrong.into_iter().for_each(|wrong| self.tell(wrong.help(help)));
            }
        }
        self.scope.take().told.into_iter().for_each(|wrong| self.tell(wrong));
    }

    /// The places of the best values, sorted, and what can be said of them.
    fn leaders(&self, values: &[Option<Value>], better: Option<Better>) -> (Leaders, Vec<usize>) {
        let numbers = values.iter().enumerate().filter_map(|(place, value)| Some((place, number_of(value)?)));
        let (places, numbers): (Vec<usize>, Vec<&Number>) = numbers.unzip();
        let Some(better) = better.filter(|_| self.block.best && numbers.len() > 1) else { return Default::default() };
        let Some(leading) = values::leaders(&numbers, better) else { return Default::default() };
        let best = leading.iter().filter_map(|at| places.get(*at).copied()).collect();
        let count = leading.len();
        let is_open = |number: &&Number| {
            let open = number.interval().is_none() && !number.is_exact();
            open && (count > 1 || !number.results().is_empty())
        };
        let no_spread = leading.iter().filter_map(|at| numbers.get(*at)).any(is_open);
        (Leaders { count, no_spread }, best)
    }

    fn content(&mut self, value: Option<&Value>, want: &Wanted<'_>) -> Content {
        match value {
            Some(Value::Number(number)) => shown(number, want),
            Some(Value::Text(text)) => Content::Text(text.clone()),
            Some(Value::Date(date)) => Content::Date(*date),
            Some(Value::Year(year)) => Content::Text(format!("{year:04}").into()),
            Some(Value::Bool(value)) => Content::Text(if *value { "yes" } else { "no" }.into()),
            Some(Value::Missing(missing)) => {
                let own = missing.place.as_ref().and_then(|place| self.own_words(place, want.at));
                let words = own.or_else(|| want.missing.clone()).or_else(|| missing.words.clone());
                Content::Missing(words.unwrap_or_else(|| NOT_RECORDED.into()))
            }
            Some(Value::Set(_) | Value::Node(_)) | None => Content::Nothing,
        }
    }

    /// What a record itself says of a result that it does not have: "does not fit".
    fn own_words(&mut self, place: &Place, at: Span) -> Option<Box<str>> {
        let Place::Field(record, path) = place else { return None };
        let metric = path.as_str().strip_prefix("results.")?;
        self.scope.record(*record, at)?.result(Name::new(metric))?.missing.clone()
    }

    // What it leans on

    /// The sources of what is shown, and the date of the oldest number where one has a date of its own.
    fn sources(&mut self, rows: &[Node], wanted: &[Wanted<'b>]) -> (Vec<Name>, Option<Date>) {
        let mut found = Found::default();
        for (place, node) in rows.iter().enumerate() {
            for want in wanted.iter().filter(|want| !want.hidden) {
                let Some(got) = want.got.get(place) else { continue };
                let has_value = !matches!(got.value, None | Some(Value::Missing(_)));
                let names: Vec<Name> = node.names().collect();
                match (self.block.from.value, names.as_slice()) {
                    (From::Table(table), [_, key]) if want.expr.is_none() && has_value => {
                        self.source_of(Cited::Cell(table, *key, want.key), want.at, &mut found);
                    }
                    (From::Records(_), [_, benchmark, machine]) if want.expr.is_none() && has_value => {
                        let record = RecordId { benchmark: *benchmark, machine: *machine };
                        self.source_of(Cited::Result(record, want.key), want.at, &mut found);
                    }
                    _ => {
                        for cited in &got.cited {
                            self.source_of(*cited, want.at, &mut found);
                        }
                    }
                }
            }
        }
        (found.sources, found.oldest.filter(|_| found.is_dated))
    }

    fn source_of(&mut self, cited: Cited, at: Span, found: &mut Found) {
        let (source, date) = match cited {
            Cited::Cell(table, key, column) => {
                let Some(row) = self.scope.find(table, key, at) else { return };
                let field = row.columns().iter().find(|c| c.name == column).and_then(|c| c.date_field);
                let date = match field.and_then(|field| row.cell(field)) {
                    Some(data_table::Cell::Value(data_table::Value::Date(date))) => Some(*date),
                    _ => None,
                };
                (row.source(column), date)
            }
            Cited::Result(record, _) => {
                let Some(record) = self.scope.record(record, at) else { return };
                (record.source(), record.started())
            }
        };
        let of_source = match source {
            Some(name) => *found.dates.entry(name).or_insert_with(|| {
                found.sources.push(name);
                self.scope.data().source(name, at).and_then(|source| source.published.or(source.retrieved))
            }),
            None => None,
        };
        found.is_dated |= date.is_some();
        found.oldest = match (found.oldest, date.or(of_source)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    fn cited(&self, rows: &[Node], wanted: &[Wanted<'b>], origin: &Origin<'w>) -> Vec<Cited> {
        let mut all: Vec<Cited> = Vec::new();
        if let (Some(table), From::Table(id)) = (origin.table, self.block.from.value)
            && let Some(column) = table.key_column()
            && wanted.iter().any(|want| want.expr.is_none() && !want.hidden)
        {
            all.extend(rows.iter().map(|row| Cited::Cell(id, key_of(*row), column.name)));
        }
        for want in wanted.iter().filter(|want| want.expr.is_some() || origin.table.is_none()) {
            all.extend(want.got.iter().flat_map(|got| got.cited.iter().copied()));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What the sources of a table are, as they are found.
#[derive(Default)]
struct Found {
    sources: Vec<Name>,
    /// When each source was published, else when it was read.
    dates: FxHashMap<Name, Option<Date>>,
    oldest: Option<Date>,
    is_dated: bool,
}

impl<'b> Wanted<'b> {
    fn new(key: Name, at: Span) -> Self {
        Wanted {
            key,
            label: key.as_str().into(),
            expr: None,
            own: None,
            at,
            unit: None,
            better: None,
            description: None,
            missing: None,
            is_number: false,
            cites: Vec::new(),
            hidden: false,
            got: Vec::new(),
        }
    }
}

/// A computed cell leans on what the columns lean on that it cites.
fn inherit(wanted: &mut [Wanted<'_>], place: usize) {
    let (before, rest) = wanted.split_at_mut(place);
    let Some(want) = rest.first_mut() else { return };
    for other in want.cites.iter().filter_map(|cites| before.get(*cites)) {
        for (got, of) in want.got.iter_mut().zip(&other.got) {
            let fresh: Vec<Cited> = of.cited.iter().copied().filter(|cited| !got.cited.contains(cited)).collect();
            got.cited.extend(fresh);
            got.stale.extend(of.stale.iter().copied());
        }
    }
}

/// The columns of the row that `expr` names, each with its place. Inside a condition a single name is a column of the
/// set that it chooses from.
fn columns_in(expr: &Expr, inside: bool, out: &mut Vec<(Name, Span)>) {
    match &expr.kind {
        ExprKind::Name(name) if !inside => out.push((Name::new(name), expr.span)),
        ExprKind::Name(_) | ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Date(_) | ExprKind::Bool(_) => {}
        ExprKind::Path(base, steps) => {
            match (&base.kind, steps.first()) {
                (ExprKind::Name(root), Some(step)) if &**root == "row" => {
                    if let StepKind::Name(name) = &step.kind {
                        out.push((Name::new(name), step.span));
                    }
                }
                // A name that begins a path is no column.
                (ExprKind::Name(_), _) => {}
                _ => columns_in(base, inside, out),
            }
            for step in steps {
                match &step.kind {
                    StepKind::Key(key) => columns_in(key, inside, out),
                    StepKind::Where(condition) => columns_in(condition, true, out),
                    StepKind::Name(_) | StepKind::All => {}
                }
            }
        }
        ExprKind::Negative(of) | ExprKind::Not(of) | ExprKind::Power(of, _) => columns_in(of, inside, out),
        ExprKind::Call(_, all) | ExprKind::All(all) | ExprKind::Any(all) => {
            all.iter().for_each(|part| columns_in(part, inside, out));
        }
        ExprKind::Sum(first, rest) => {
            columns_in(first, inside, out);
            rest.iter().for_each(|(_, part)| columns_in(part, inside, out));
        }
        ExprKind::Product(first, rest) => {
            columns_in(first, inside, out);
            rest.iter().for_each(|(_, part)| columns_in(part, inside, out));
        }
        ExprKind::Compare(a, _, b) => {
            columns_in(a, inside, out);
            columns_in(b, inside, out);
        }
    }
}

fn circle(name: Name, at: Span, is_itself: bool) -> Diagnostic {
    let name = name.as_str().escape_debug();
    if is_itself {
        let wrong = Diagnostic::new(Code::BlockInvalid, at, format!("the column `{name}` cites itself"));
        return wrong.help("give it another `name` than the column that it is computed from");
    }
    let message = format!("the column `{name}` stands after the one that cites it");
    Diagnostic::new(Code::BlockInvalid, at, message).help(format!("put the column `{name}` before it"))
}

fn unlike(
    want: &Wanted<'_>,
    unit: Unit,
    trouble: Trouble,
    (a, first): (Node, &Number),
    (b, number): (Node, &Number),
) -> Diagnostic {
    if trouble != Trouble::Unlike {
        let message = format!("in `{unit}`, the value of `{}` is too large or too small to compute with", key_of(b));
        return Diagnostic::new(Code::ValueRange, want.at, message).help("choose a unit of a fitting size");
    }
    let words = number.unit().dimension().words();
    if let Some(declared) = want.unit {
        let message = format!(
            "the value of `{}` is {words}, and `{declared}` measures {}",
            key_of(b),
            declared.dimension().words()
        );
        let at = want.own.and_then(|own| own.unit).map_or(want.at, |unit| unit.span);
        return Diagnostic::new(Code::DimensionMismatch, at, message)
            .label(format!("cannot show {words}"))
            .help("choose a unit that measures it, or leave the unit away");
    }
    let message = format!(
        "a column measures one thing: `{}` has {} here, and `{}` {words}",
        key_of(a),
        first.unit().dimension().words(),
        key_of(b)
    );
    Diagnostic::new(Code::DimensionMismatch, want.at, message).help("bring them to one dimension, or make two columns")
}

fn shown(number: &Number, want: &Wanted<'_>) -> Content {
    let filters = want.own.map(|own| own.show.as_slice()).unwrap_or_default();
    let digits = filters.iter().find_map(|f| if let FilterKind::Digits(count) = f.kind { Some(count) } else { None });
    let style = Style { bare: true, digits };
    let with_interval = filters.iter().any(|filter| filter.kind == FilterKind::Interval);
    let text = with_interval.then(|| print::with_interval(number, style)).flatten();
    let text = text.unwrap_or_else(|| print::number(number, style));
    let exact = number.full();
    // Sorted here by what a script on the page reads, to which -0 is 0: so the two orders are one.
    let value = exact.parse().unwrap_or(number.value()) + 0.0;
    Content::Number { text, exact, value, interval: number.interval() }
}

fn number_of(value: &Option<Value>) -> Option<&Number> {
    match value {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// The way that is better to all of `numbers`.
fn common(numbers: &[&Number]) -> Option<Better> {
    let first = numbers.first()?.better?;
    numbers.iter().all(|number| number.better == Some(first)).then_some(first)
}

/// From the least to the largest of `numbers` with their intervals, and 0.
fn ends(numbers: &[&Number]) -> (f64, f64) {
    numbers.iter().fold((0.0, 0.0), |(low, high), number| {
        let point = Interval { low: number.value(), high: number.value() };
        let reach = number.interval().unwrap_or(point);
        (reach.low.min(point.low).min(low), reach.high.max(point.high).max(high))
    })
}

/// The benchmarks of `results`, sorted, each once.
fn benchmarks(results: &[Name]) -> Vec<&'static str> {
    let mut all: Vec<&str> = results.iter().map(|result| benchmark(*result)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn benchmark(result: Name) -> &'static str {
    result.as_str().split_once('/').map_or("", |(benchmark, _)| benchmark)
}

/// The last name of a row.
fn key_of(node: Node) -> Name {
    node.names().last().unwrap_or_else(|| Name::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PathId;
    use crate::ledger::{Need, Trace};
    use crate::parse::block;
    use crate::read::{self, Files, MemoryFiles, Snapshot};
    use crate::resolve::data;
    use crate::site::Options;
    use std::sync::Arc;

    fn book(more: &[(&str, String)]) -> Data {
        let files = Arc::new(MemoryFiles::default());
        files.write("book.toml", "[book]\ntitle = 'B'\n[benchbook]\n");
        files.write("content/SUMMARY.md", "# S\n");
        files.write(
            "content/data/gpus.csv",
            "id,name,memory,bandwidth,price,of,seen\nrtx-4090,RTX 4090,24,1008,1599,press,2025-03-01\n\
             rtx-3090,RTX 3090,24,936.2,1499,press,2025-02-01\nm2,M2 Ultra,192,800,,,2025-01-01\nnew,New,,,,,\n",
        );
        files.write(
            "content/data/gpus.schema.toml",
            "title = 'GPUs'\nprimaryKey = 'id'\nsource = 'db'\n\
             [[fields]]\nname = 'memory'\ntitle = 'Memory'\ntype = 'number'\nunit = 'GB'\nbetter = 'higher'\n\
             [[fields]]\nname = 'bandwidth'\ntype = 'number'\nunit = 'GB/s'\n\
             [[fields]]\nname = 'price'\ntype = 'number'\nunit = 'USD'\nbetter = 'lower'\nsourceField = 'of'\nmissing = 'not sold alone'\n\
             [[fields]]\nname = 'seen'\ntype = 'date'\n",
        );
        files.write(
            "content/benchmarks.toml",
            "[llama]\ntitle = 'LLaMA'\nmetrics.tg = { title = 'Writes', unit = 'tok/s', better = 'higher' }\n\
             metrics.load = { unit = 's', missing = 'not timed' }\nsame = ['model']\n",
        );
        files.write(
            "content/sources.toml",
            "[xd]\ntitle = 'X'\nretrieved = 2026-11-24\n[db]\ntitle = 'D'\n[press]\ntitle = 'P'\npublished = 2022-10-01\n",
        );
        let record = |machine: &str, model: &str, result: &str| {
            let text = format!(
                r#"{{ "benchmark": "llama", "machine": {{ "id": "{machine}", "accelerator": "Card {machine}" }},
                "conditions": {{ "model": "{model}" }}, "started_at": "2024-05-09", "source": "xd",
                "results": {{ "tg": {{ {result}, "unit": "tok/s" }} }} }}"#
            );
            files.write(&format!("content/measurements/llama/{machine}.json"), text);
        };
        let mean = |value: &str, sd: &str| format!(r#""value": {value}, "statistic": "mean", "sd": {sd}, "n": 5"#);
        record("rtx-4090", "8B", &mean("127.74", "0.39"));
        record("rtx-3090", "8B", &mean("127.6", "0.5"));
        record("m2", "8B", &mean("76.28", "0.2"));
        record("big", "70B", r#""value": null, "missing": "does not fit""#);
        record("other", "70B", r#""value": 12.5"#);
        for (path, text) in more {
            files.write(path, text.as_str());
        }
        let files: Arc<dyn Files> = files;
        let folders = ["content".to_owned(), "book.toml".to_owned()];
        let (snapshot, _) = Snapshot::empty(files).scan(&folders, &[], read::Scope::All);
        let config = data::read_config(&snapshot);
        Data::read(snapshot, config, Options::default(), jiff::civil::date(2026, 11, 24), None, &[])
    }

    /// The grid of a block, what is wrong with it and where, and what it asked for.
    fn made(text: &str, data: &Data) -> (Option<Grid>, Vec<String>, Vec<Need>) {
        made_within(MAX_STEPS, text, data)
    }

    fn made_within(most: usize, text: &str, data: &Data) -> (Option<Grid>, Vec<String>, Vec<Need>) {
        let parsed = block::table(PathId::new("content/a.md"), text, 10);
        let mut told = parsed.diagnostics;
        let mut trace = Trace::default();
        let grid = parsed.value.and_then(|block| {
            let parsed = within(most, &block, &[], &mut Reader::new(data, &mut trace));
            told.extend(parsed.diagnostics);
            parsed.value
        });
        let line = |wrong: &Diagnostic| {
            assert!(!wrong.help.is_empty(), "no way out: {wrong:?}");
            let Some(Place::Span(span)) = wrong.place else { return wrong.message.clone() };
            format!(
                "{}: {} [{}]",
                wrong.code.name(),
                wrong.message,
                &text[span.range().start - 10..span.range().end - 10]
            )
        };
        (grid, told.iter().map(line).collect(), trace.asked().iter().map(|question| question.need).collect())
    }

    fn words(cell: &Cell) -> String {
        let text = match &cell.content {
            Content::Number { text, .. } => text.clone(),
            Content::Date(date) => date.to_string(),
            Content::Text(text) => text.to_string(),
            Content::Missing(words) => format!("({words})"),
            Content::Nothing => String::new(),
        };
        if cell.best { text + "*" } else { text }
    }

    /// The rows as a reader sees them, one a line.
    fn lines(text: &str, data: &Data) -> Vec<String> {
        let (grid, told, _) = made(text, data);
        assert_eq!(told, [""; 0], "{text}");
        grid.unwrap().rows.iter().map(|row| row.cells.iter().map(words).collect::<Vec<_>>().join(" | ")).collect()
    }

    #[test]
    fn the_table_of_the_specification() {
        let text = "from = 'gpus'\nwhere = 'memory >= 24 GB'\nsort = '-writes'\ncolumns = ['name', 'memory',\n\
                    { name = 'writes', label = 'Writes', value = 'records.llama[id].tg', bar = true },\n\
                    { label = 'Per GB/s', value = 'writes / bandwidth', show = 'digits 3' }, 'price']\n";
        let data = book(&[]);
        assert_eq!(
            lines(text, &data),
            [
                "RTX 4090 | 24 | 127.7* | 0.127 | 1,599",
                "RTX 3090 | 24 | 127.6* | 0.136 | 1,499*",
                "M2 Ultra | 192* | 76.28 | 0.0954 | (not sold alone)"
            ]
        );
        let (grid, _, needs) = made(text, &data);
        let grid = grid.unwrap();
        let units: Vec<String> = grid.columns.iter().map(|column| column.unit.to_string()).collect();
        assert_eq!(units, ["", "GB", "tok/s", "tok/GB", "USD"]);
        let exact: Vec<bool> = grid.columns.iter().map(|column| column.is_exact).collect();
        assert_eq!(exact, [false, false, false, false, true]);
        assert_eq!((grid.left_out, grid.sorted, grid.rows[2].place), (1, Some((2, true)), 2));
        assert_eq!(grid.columns[2].leaders, Leaders { count: 2, no_spread: false });
        assert_eq!(grid.sources, ["db", "xd", "press"].map(Name::new));
        assert_eq!(grid.oldest, Some(jiff::civil::date(2022, 10, 1)));
        // A column that cites another leans on what that leans on.
        let lean: Vec<String> = grid.rows[0].cells[3].cited.iter().map(ToString::to_string).collect();
        assert_eq!(lean, ["gpus/rtx-4090/bandwidth", "llama/rtx-4090/tg"]);
        let used: Vec<String> = grid.cited.iter().map(ToString::to_string).collect();
        assert!(used.contains(&"llama/m2/tg".to_owned()) && used.contains(&"gpus/m2/id".to_owned()), "{used:?}");
        // Of the benchmark only what is looked up.
        assert!(
            needs.contains(&Need::Record(RecordId::new("llama", "m2")))
                && !needs.contains(&Need::Records(Name::new("llama")))
        );
    }

    #[test]
    fn the_machines_of_a_benchmark_are_rows() {
        let data = book(&[]);
        assert_eq!(
            lines("from = 'records.llama'\nwhere = 'model = \"8B\"'\n", &data),
            ["Card m2 | 76.28", "Card rtx-3090 | 127.6*", "Card rtx-4090 | 127.7*"]
        );
        assert_eq!(
            lines(
                "from = 'records.llama'\nwhere = 'model = \"70B\"'\ncolumns = ['id', 'tg', 'load', { name = 'model', label = 'M' }]",
                &data
            ),
            ["big | (does not fit) | (not timed) | 70B", "other | 12.5 | (not timed) | 70B"]
        );
        let text =
            "from = 'records.llama'\nacross = ['model']\nwhy = 'sizes are meant'\ncolumns = ['id', 'tg']\nsort = '-tg'";
        assert_eq!(lines(text, &data).last().unwrap(), "big | (does not fit)");
        let grid = made(text, &data).0.unwrap();
        assert_eq!(
            (grid.reasons.as_slice(), grid.columns[1].leaders.count),
            (["sizes are meant".to_owned()].as_slice(), 2)
        );
    }

    #[test]
    fn order_is_stable_and_what_is_missing_comes_last() {
        let data = book(&[]);
        let keys = |sort: &str| {
            let rows = lines(&format!("from = 'gpus'\ncolumns = ['id']\nsort = '{sort}'"), &data);
            rows.join(" ")
        };
        assert_eq!(keys("memory"), "rtx-4090 rtx-3090 m2 new");
        assert_eq!(keys("-memory"), "m2 rtx-4090 rtx-3090 new");
        assert_eq!(keys("price"), "rtx-3090 rtx-4090 m2 new");
        assert_eq!(keys("-name"), "rtx-4090 rtx-3090 new m2");
        assert_eq!(keys("-seen"), "rtx-4090 rtx-3090 m2 new");
    }

    #[test]
    fn a_column_has_one_unit_and_prints_as_asked() {
        let data = book(&[]);
        let one = |column: &str| {
            lines(&format!("from = 'gpus'\ncolumns = [{{ name = 'x', value = '{column} }}]"), &data).join(" ")
        };
        assert_eq!(one("memory', unit = 'GiB'"), "22 22 179* (not recorded)");
        assert_eq!(one("memory', show = 'in MB | digits 1', missing = 'none'"), "20,000 20,000 200,000* (none)");
        assert_eq!(one("if(has(price), price, 2 cents)'"), "1,599 1,499 0.02 0.02");
        assert_eq!(
            one("records.llama[id].tg', show = 'interval'"),
            "127.7 (127.3 to 128.2)* 127.6 (127.0 to 128.2)* 76.28 (76.03 to 76.53) (not measured)"
        );
        assert_eq!(
            one("best(gpus[where memory < 100 GB].price)', show = 'name'"),
            "RTX 3090 RTX 3090 RTX 3090 RTX 3090"
        );
        assert_eq!(one("seen'"), "2025-03-01 2025-02-01 2025-01-01 (not recorded)");
    }

    #[test]
    fn mistakes_are_told_once_at_their_places() {
        let data = book(&[]);
        let columns = |columns: &str| made(&format!("from = 'gpus'\ncolumns = [{columns}]"), &data).1;
        for (text, want) in [
            ("{ name = 'x', value = 'x + 1' }", "block-invalid: the column `x` cites itself [x]"),
            (
                "{ name = 'memory', value = 'row.memory / 2' }",
                "block-invalid: the column `memory` cites itself [memory]",
            ),
            (
                "{ name = 'a', value = 'b' }, { name = 'b', value = 'memory' }",
                "block-invalid: the column `b` stands after the one that cites it [b]",
            ),
            (
                "{ name = 'x', value = 'if(memory > 100 GB, memory, bandwidth)' }",
                "dimension-mismatch: a column measures one thing: `rtx-4090` has bytes per time here, and `m2` bytes \
                 [if(memory > 100 GB, memory, bandwidth)]",
            ),
            (
                "{ name = 'x', value = 'memory', unit = 's' }",
                "dimension-mismatch: the value of `rtx-4090` is bytes, and `s` measures time [s]",
            ),
            (
                "{ name = 'x', value = 'if(has(price), price, name)' }",
                "expr-type: a column holds values of one kind: `rtx-4090` has a number here, and `m2` a text \
                 [if(has(price), price, name)]",
            ),
            (
                "{ name = 'x', value = 'gpus.*.price' }",
                "expr-type: a cell takes one value, and this is a set of 4 [gpus.*.price]",
            ),
            (
                "{ name = 'x', value = 'memmory + 1' }",
                "name-unknown: the table `gpus` has no column `memmory` [memmory]",
            ),
            ("'memroy'", "name-unknown: the table `gpus` has no column `memroy` [memroy]"),
            ("{ name = 'name', bar = true }", "expr-type: bars are for numbers, and this column has none [name]"),
        ] {
            let told = columns(text);
            let told: Vec<&String> = told.iter().filter(|line| !line.starts_with("value-missing")).collect();
            assert_eq!(told, [want], "{text}");
        }
        for (text, want) in [
            ("from = 'gpu'", "name-unknown: there is no table `gpu` [gpu]"),
            ("from = 'records.lama'", "name-unknown: there is no benchmark `lama` [lama]"),
            (
                "from = 'records.llama'\ncolumns = ['id', 'tg']",
                "incomparable: these results differ in `model`: `8B` (llama/m2) and `70B` (llama/other) [tg]",
            ),
            ("from = 'gpus'\nsort = 'pirce'", "name-unknown: the table `gpus` has no column `pirce` [pirce]"),
            (
                "from = 'gpus'\nwhere = 'memory > 24'",
                "dimension-mismatch: bytes and a plain number cannot be compared [24]",
            ),
        ] {
            assert_eq!(made(text, &data).1, [want], "{text}");
        }
    }

    #[test]
    fn what_is_too_much_is_told_in_bounded_time() {
        let rows = |count: usize| -> String {
            let rows: String = (0..count).map(|n| format!("r{n},{n}\n")).collect();
            format!("id,x\n{rows}")
        };
        let data = book(&[
            ("content/data/large.csv", rows(100_001)),
            ("content/data/middle.csv", rows(300)),
            ("content/data/middle.schema.toml", "[[fields]]\nname = 'x'\ntype = 'number'\n".into()),
        ]);
        assert_eq!(
            made("from = 'large'\ncolumns = ['id']", &data).1,
            ["expr-limit: this table would have 100,001 cells, in 100,001 rows of 1 [large]"]
        );
        let set = made("from = 'gpus'\ncolumns = [{ name = 'n', value = 'count(large.*.x)' }]", &data).1;
        assert_eq!(set, ["expr-limit: a set of 100,001 members [*]"]);
        let text = "from = 'middle'\ncolumns = [{ name = 'n', value = 'count(middle[where x >= row.x])' }]";
        assert_eq!(
            made_within(100_000, text, &data).1,
            ["expr-limit: the table takes more than 100,000 steps to compute [count(middle[where x >= row.x])]"]
        );
    }
}
