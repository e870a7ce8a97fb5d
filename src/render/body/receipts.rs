//! The numbers of a page: each a quiet button that opens its receipt, and the receipts at the end of the text.
//!
//! A receipt is a popover, one a record or row and page, and one for each value that was computed. No script has a
//! part in it. On paper each number is followed by the number of its receipt, and they are listed at the end.

use super::{Stand, Writer};
use crate::diag::Span;
use crate::escape;
use crate::id::{Cited, Name, RecordId, TableId};
use crate::number::print::Style;
use crate::parse::source::Kind;
use crate::parse::table::{Cell, Row};
use crate::render::receipt::{self, Origin};
use crate::render::view::NumbersView;
use crate::resolve::{self, Shown};
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How many inputs of a computed value are named.
const MOST_INPUTS: usize = 8;
/// From how many rows or records on a table or a benchmark is asked for as a whole.
const WHOLE: usize = 32;

/// The receipts of a page so far.
#[derive(Default)]
pub(super) struct Receipts {
    /// The number of each on the page, from 1 on.
    numbers: FxHashMap<Key, usize>,
    all: Vec<Receipt>,
    /// Every number that the page leans on.
    pub(super) cited: BTreeSet<Cited>,
}

/// What one receipt is of.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Record(RecordId),
    Row(TableId, Name),
    Computed(Box<str>),
}

struct Receipt {
    key: Key,
    /// The metrics or columns that the page cites; of a computed value, all that it leans on.
    cited: Vec<Cited>,
    /// What a reader sees, of a computed value.
    text: String,
    exact: String,
    /// From which day the numbers are that are past their age.
    stale: Option<Date>,
    at: Span,
}

impl<'a> Writer<'a, '_, '_> {
    /// Takes in that the page shows a value. Gives the start of the button that it stands in, if it can stand in one.
    pub(super) fn cite(&mut self, shown: &Shown, source: &str, at: Span) -> Option<String> {
        self.receipts.cited.extend(shown.cited.iter().copied());
        let exact = shown.exact.as_deref()?;
        let first = *shown.cited.first()?;
        if self.plain > 0 || self.raw.is_titled() {
            return None;
        }
        let key = match first {
            _ if !shown.direct => Key::Computed(source.into()),
            Cited::Result(record, _) => Key::Record(record),
            Cited::Cell(table, key, _) => Key::Row(table, key),
        };
        let next = self.receipts.all.len() + 1;
        let number = *self.receipts.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            let (text, exact) = (shown.text.clone(), exact.to_owned());
            self.receipts.all.push(Receipt { key, cited: Vec::new(), text, exact, stale: None, at });
        }
        if let Some(receipt) = self.receipts.all.get_mut(number - 1) {
            for cited in &shown.cited {
                if shown.direct && !receipt.cited.contains(cited) {
                    receipt.cited.push(*cited);
                }
            }
            if !shown.direct && number == next {
                receipt.cited.clone_from(&shown.cited);
            }
            let stale = shown.stale.iter().map(|stale| stale.date).min();
            receipt.stale = receipt.stale.into_iter().chain(stale).min();
        }
        let kind = receipt::kind_name(self.weakest(&shown.cited, at));
        let id = self.anchored(&format!("r:{number}"));
        Some(format!(
            "<button type=\"button\" class=\"number {kind}\" popovertarget=\"{}\" data-receipt=\"{number}\">",
            escape::attribute(&id)
        ))
    }

    /// Who speaks in the weakest of the sources that are named.
    fn weakest(&mut self, cited: &[Cited], at: Span) -> Option<Kind> {
        let mut weakest = Some(Kind::Measured);
        for cited in cited.iter().take(MOST_INPUTS) {
            let kind = self.origin(*cited, at).and_then(|origin| origin.kind());
            weakest = weakest.zip(kind).map(|(a, b)| a.max(b));
        }
        weakest
    }

    fn origin(&mut self, cited: Cited, at: Span) -> Option<Origin<'_>> {
        let mut data = self.book.data();
        match cited {
            Cited::Result(id, _) => data.record(id, at).map(|record| Origin::of_record(record, &mut data, at)),
            Cited::Cell(table, key, column) => {
                data.row(table, key, at).map(|row| Origin::of_cell(row, column, &mut data, at))
            }
        }
    }

    /// Writes the receipts of the page; gives what its foot says of its numbers.
    pub(super) fn receipts(&mut self) -> Option<NumbersView> {
        let receipts = std::mem::take(&mut self.receipts);
        if receipts.cited.is_empty() {
            return None;
        }
        if !receipts.all.is_empty() {
            self.out.push_str("<div class=\"receipts\">\n");
            for (place, one) in receipts.all.iter().enumerate() {
                self.receipt(place + 1, one);
            }
            self.out.push_str("</div>\n");
        }
        if matches!(self.stand, Stand::Print) {
            // The page of all chapters says nothing of one of them.
            return None;
        }
        let oldest = self.oldest(&receipts.cited).map(|date| date.to_string());
        Some(NumbersView { count: receipts.cited.len(), oldest, path: "numbers/index.html" })
    }

    fn receipt(&mut self, number: usize, one: &Receipt) {
        let id = escape::attribute(&self.anchored(&format!("r:{number}"))).into_owned();
        let _ = writeln!(
            self.out,
            "<aside popover id=\"{id}\" class=\"receipt\" aria-label=\"Receipt {number}\" data-receipt=\"{number}\">"
        );
        match &one.key {
            Key::Record(record) => self.of_record(*record, one),
            Key::Row(table, key) => self.of_row(*table, *key, one),
            Key::Computed(source) => self.of_computed(source, one),
        }
        if let Some(date) = one.stale {
            let _ = writeln!(self.out, "<p class=\"stale\">Past its age: as of {}</p>", receipt::time(date));
        }
        self.out.push_str("</aside>\n");
    }

    fn of_record(&mut self, id: RecordId, one: &Receipt) {
        let at = one.at;
        let Some(record) = self.book.data().record(id, at) else { return };
        let benchmark = self.book.data().benchmark(id.benchmark, at).map(|benchmark| &**benchmark);
        let origin = Origin::of_record(record, &mut self.book.data(), at);
        let way = self.way(&resolve::receipt_path(id, "html"));
        let out = &mut self.out;
        let _ = writeln!(
            out,
            "<p><strong>{}</strong> on {}</p>\n<dl>",
            escape::text(receipt::benchmark_title(benchmark, id.benchmark)),
            escape::text(record.machine_title())
        );
        let mut assumed = false;
        for cited in &one.cited {
            let Cited::Result(_, metric) = cited else { continue };
            let Some(result) = record.result(*metric) else { continue };
            let _ = writeln!(
                out,
                "<dt>{}</dt><dd><strong>{}</strong><br>{}</dd>",
                escape::text(receipt::metric_title(benchmark, *metric)),
                escape::text(&receipt::exact(result)),
                escape::text(&receipt::spread(result))
            );
            let fields = ["value", "unit", "statistic", "n", "sd", "interval"];
            assumed |= fields.iter().any(|field| receipt::is_assumed(record, &format!("results.{metric}.{field}")));
        }
        let _ = writeln!(out, "<dt>When</dt><dd>{}</dd>", receipt::day(record, &origin));
        let _ = writeln!(out, "<dt>Source</dt><dd>{}</dd>", receipt::by_line(&origin));
        if assumed {
            out.push_str("<dt>Assumed</dt><dd>in part filled in from a tool's default</dd>\n");
        }
        let metric = one.cited.first().map(|cited| match cited {
            Cited::Result(_, metric) => *metric,
            Cited::Cell(_, _, column) => *column,
        });
        let anchor = metric.map(|metric| format!("#{}", escape::url_fragment(metric.as_str()))).unwrap_or_default();
        let _ = writeln!(out, "</dl>\n<p><a href=\"{}\">Receipt: machine, software, conditions</a></p>", way + &anchor);
    }

    fn of_row(&mut self, table: TableId, key: Name, one: &Receipt) {
        let at = one.at;
        let Some(row) = self.book.data().row(table, key, at) else { return };
        let _ = writeln!(
            self.out,
            "<p><strong>{}</strong>: {}</p>\n<dl>",
            escape::text(row.table_title().unwrap_or(table.as_str())),
            escape::text(row.title())
        );
        let said = |origin: &Origin<'_>| {
            let day = match origin.date {
                Some(date) => receipt::time(date),
                None => format!("<span class=\"missing\">day {}</span>", receipt::NOT_RECORDED),
            };
            format!("{}; {day}", receipt::by_line(origin))
        };
        let mut cells = Vec::new();
        for cited in &one.cited {
            let Cited::Cell(_, _, column) = cited else { continue };
            let origin = Origin::of_cell(row, *column, &mut self.book.data(), at);
            cells.push((*column, said(&origin)));
        }
        // Cells of one origin say it once.
        let same = cells.first().map(|(_, first)| first).filter(|first| cells.iter().all(|(_, said)| said == *first));
        for (column, said) in &cells {
            let title = row.columns().iter().find(|own| own.name == *column).map_or("", |own| &own.title);
            let (title, value) = (escape::text(title), printed(row, *column));
            let _ = write!(self.out, "<dt>{title}</dt><dd><strong>{}</strong>", escape::text(&value));
            let _ = match same {
                Some(_) => writeln!(self.out, "</dd>"),
                None => writeln!(self.out, "<br>{said}</dd>"),
            };
        }
        if let Some(same) = same {
            let _ = writeln!(self.out, "<dt>Source</dt><dd>{same}</dd>");
        }
        let way = self.way(&resolve::table_path(table, "html"));
        let anchor = escape::url_fragment(&receipt::row_id(key));
        let _ = writeln!(self.out, "</dl>\n<p><a href=\"{way}#{anchor}\">Receipt: the whole table</a></p>");
    }

    fn of_computed(&mut self, source: &str, one: &Receipt) {
        let at = one.at;
        // Its interval, where it has one: what is wrong with the expression is told by the page itself.
        let across = &self.chapter.front.across;
        let known = resolve::evaluate(&format!("{source} | interval"), at, across, &mut self.book.data()).value;
        let text = known.map_or(one.text.clone(), |known| known.text);
        let _ = writeln!(
            self.out,
            "<p><strong>{}</strong>, computed: {}</p>\n<p><code>{}</code></p>\n<ul>",
            escape::text(&text),
            escape::text(&one.exact),
            escape::text(source.trim())
        );
        for cited in one.cited.iter().take(MOST_INPUTS) {
            let (what, value, path) = match *cited {
                Cited::Result(id, metric) => {
                    let Some(record) = self.book.data().record(id, at) else { continue };
                    let benchmark = self.book.data().benchmark(id.benchmark, at).map(|benchmark| &**benchmark);
                    let title = receipt::metric_title(benchmark, metric);
                    let what = format!("{title} on {}", record.machine_title());
                    let value = record.result(metric).map(receipt::exact).unwrap_or_default();
                    let way = self.way(&resolve::receipt_path(id, "html"));
                    (what, value, format!("{way}#{}", escape::url_fragment(metric.as_str())))
                }
                Cited::Cell(table, key, column) => {
                    let Some(row) = self.book.data().row(table, key, at) else { continue };
                    let title = row.columns().iter().find(|own| own.name == column).map_or("", |own| &own.title);
                    let way = self.way(&resolve::table_path(table, "html"));
                    let anchor = escape::url_fragment(&receipt::row_id(key));
                    (format!("{}: {title}", row.title()), printed(row, column), format!("{way}#{anchor}"))
                }
            };
            let kind = self.origin(*cited, at).and_then(|origin| origin.kind());
            let _ = writeln!(
                self.out,
                "<li><a href=\"{path}\">{}</a>: {}, {}</li>",
                escape::text(&what),
                escape::text(&value),
                receipt::kind_words(kind)
            );
        }
        self.out.push_str("</ul>\n");
        if let Some(more) = one.cited.len().checked_sub(MOST_INPUTS).filter(|more| *more > 0) {
            let _ = writeln!(self.out, "<p>and {more} more</p>");
        }
    }

    /// The day of the oldest of the numbers.
    fn oldest(&mut self, cited: &BTreeSet<Cited>) -> Option<Date> {
        let at = Span::top(self.chapter.file);
        let mut oldest: Option<Date> = None;
        let all: Vec<Cited> = cited.iter().copied().collect();
        // A set of thousands leans on its table or benchmark already, and not on each of its members.
        for same in all.chunk_by(|a, b| group(*a) == group(*b)) {
            let mut data = self.book.data();
            let whole = same.len() > WHOLE;
            match same.first() {
                Some(Cited::Result(id, _)) if whole => {
                    let records = data.records(id.benchmark, at).map(|all| all.as_slice()).unwrap_or_default();
                    for (_, record) in records {
                        if same.iter().any(|cited| matches!(cited, Cited::Result(id, _) if *id == record.id())) {
                            let date = Origin::of_record(record, &mut data, at).date;
                            oldest = oldest.into_iter().chain(date).min();
                        }
                    }
                }
                Some(Cited::Cell(table, ..)) if whole => {
                    let Some(table) = data.table(*table, at) else { continue };
                    for cited in same {
                        let Cited::Cell(_, key, column) = cited else { continue };
                        let Some(row) = table.row(key.as_str()) else { continue };
                        let date = Origin::of_cell(row, *column, &mut data, at).date;
                        oldest = oldest.into_iter().chain(date).min();
                    }
                }
                _ => {
                    for cited in same {
                        let date = self.origin(*cited, at).and_then(|origin| origin.date);
                        oldest = oldest.into_iter().chain(date).min();
                    }
                }
            }
        }
        oldest
    }
}

/// What a number is one of many of: its benchmark, or its table.
fn group(cited: Cited) -> (bool, Name) {
    match cited {
        Cited::Result(record, _) => (true, record.benchmark),
        Cited::Cell(table, ..) => (false, table.0),
    }
}

/// The cell of `column` as a reader sees it.
fn printed(row: Row<'_>, column: Name) -> String {
    match row.cell(column) {
        Some(Cell::Value(value)) => value.printed(Style::default()).unwrap_or_default(),
        _ => String::new(),
    }
}
