//! Receipts: where a number came from. What a popover, a page of its own and a file for machines say of it is said
//! here, once.
//!
//! What nobody recorded is told as not recorded, and never left out.

pub mod plot;
pub mod record;
pub mod table;

use crate::diag::Span;
use crate::escape;
use crate::id::{Cited, Name};
use crate::ledger::Reader;
use crate::number::decimal::Decimal;
use crate::number::print::{self, Style};
use crate::number::unit::Form;
use crate::number::{Quantity, Unit, round};
use crate::parse::benchmark::Benchmark;
use crate::parse::config::Ages;
use crate::parse::record::{Measured, Record, Statistic};
use crate::parse::source::{Grade, Kind, Source};
use crate::parse::table::{Cell, Row, Value};
use crate::resolve::{self, Book, Data, Usage};
use jiff::civil::Date;
use std::fmt::Write as _;

/// What a reader is told of a field that nobody recorded.
pub const NOT_RECORDED: &str = "not recorded";

/// Who says a number, and from when it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'w> {
    /// The id of the source.
    pub name: Option<Name>,
    /// The source.
    pub source: Option<&'w Source>,
    /// The day of the measurement, else that of the source.
    pub date: Option<Date>,
}

impl<'w> Origin<'w> {
    /// Of the results of a record.
    pub fn of_record(record: &Record, data: &mut Reader<'w, '_, Data>, at: Span) -> Self {
        Self::of(record.source(), record.started(), data, at)
    }

    /// Of the cell of `column`.
    pub fn of_cell(row: Row<'_>, column: Name, data: &mut Reader<'w, '_, Data>, at: Span) -> Self {
        let field = row.columns().iter().find(|own| own.name == column).and_then(|own| own.date_field);
        let own = match field.and_then(|field| row.cell(field)) {
            Some(Cell::Value(Value::Date(date))) => Some(*date),
            _ => None,
        };
        Self::of(row.source(column), own, data, at)
    }

    fn of(name: Option<Name>, own: Option<Date>, data: &mut Reader<'w, '_, Data>, at: Span) -> Self {
        let source = name.and_then(|name| data.source(name, at));
        let date = own.or_else(|| source.and_then(|source| source.published.or(source.retrieved)));
        Origin { name, source, date }
    }

    /// Who speaks.
    pub fn kind(&self) -> Option<Kind> {
        self.source.and_then(|source| source.kind)
    }
}

/// Who speaks, as a reader is told.
pub fn kind_words(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Measured) => "measured by us",
        Some(Kind::Community) => "measured by others",
        Some(Kind::Vendor) => "stated by the vendor",
        Some(Kind::Press) => "stated by the press",
        Some(Kind::Estimate) => "an estimate",
        None => "not recorded who measured it",
    }
}

/// A word for who speaks, by which styles and machines tell numbers apart.
pub fn kind_name(kind: Option<Kind>) -> &'static str {
    kind.and_then(|kind| Kind::ALL.iter().find(|(_, known)| *known == kind)).map_or("unknown", |(name, _)| name)
}

/// How near to the measurement a source is, in a letter and in words.
pub fn grade_words(grade: Option<Grade>) -> Option<(&'static str, &'static str)> {
    grade.map(|grade| match grade {
        Grade::A => ("A", "raw logs"),
        Grade::B => ("B", "a published table"),
        Grade::C => ("C", "second hand"),
    })
}

/// A date, as HTML.
pub fn time(date: Date) -> String {
    format!("<time datetime=\"{date}\">{date}</time>")
}

/// When a record's results were measured: the day of the run; else that it was not recorded, and of when its source
/// is.
pub fn day(record: &Record, origin: &Origin<'_>) -> String {
    match (record.started(), origin.date) {
        (Some(date), _) => time(date),
        (None, Some(date)) => format!("<span class=\"missing\">day {NOT_RECORDED}</span>, source of {}", time(date)),
        (None, None) => format!("<span class=\"missing\">day {NOT_RECORDED}</span>"),
    }
}

/// A source with a link to it.
pub fn linked(source: &Source) -> String {
    let title = escape::text(&source.title);
    match &source.url {
        Some(url) => format!("<a href=\"{}\">{title}</a>", escape::attribute(url)),
        None => title.into_owned(),
    }
}

/// Who says a number, in a line.
pub fn by_line(origin: &Origin<'_>) -> String {
    let Some(source) = origin.source else { return format!("<span class=\"missing\">source {NOT_RECORDED}</span>") };
    let mut out = format!("{}, <span class=\"kind\">{}</span>", linked(source), kind_words(source.kind));
    let _ = match grade_words(source.grade) {
        Some((letter, words)) => write!(out, ", grade {letter} ({words})"),
        None => write!(out, ", <span class=\"missing\">grade {NOT_RECORDED}</span>"),
    };
    out
}

/// The value of a result with all its digits, or what is said where there is none.
pub fn exact(result: &Measured) -> String {
    match &result.value {
        Some(value) => print::quantity(value, Style::default()),
        None => result.missing.as_deref().unwrap_or("not measured").to_owned(),
    }
}

/// The 95 % interval of a result, with a digit more than the value is shown with: `127.26 to 128.22 tok/s`.
pub fn interval(result: &Measured) -> Option<String> {
    let interval = result.uncertainty()?.interval;
    let place = round::place_of_interval(interval.half_width())? - 1;
    let end = |end: f64, unit: Unit| {
        let text = Decimal::of(end).at_place(place).text();
        Quantity::new(&text, unit).map_or(text, |quantity| print::quantity(&quantity, Style::default()))
    };
    // A currency stands before its number, so there it is said twice.
    let first = if matches!(result.unit.form(), Form::Before(_)) { result.unit } else { Unit::NONE };
    Some(format!("{} to {}", end(interval.low, first), end(interval.high, result.unit)))
}

/// What a value is of how many repetitions: `mean of 5 runs`.
pub fn repetitions(result: &Measured) -> Option<String> {
    let count = result.n.map(|n| n as usize).or((!result.samples.is_empty()).then_some(result.samples.len()));
    let runs = |count: usize| match count {
        1 => "1 run".to_owned(),
        count => format!("{} runs", print::count(count)),
    };
    match (result.statistic, count) {
        (Some(Statistic::Single), _) => Some("a single run".to_owned()),
        (Some(statistic), Some(count)) => Some(format!("{} of {}", statistic.name(), runs(count))),
        (Some(statistic), None) => Some(format!("{}, number of runs {NOT_RECORDED}", statistic.name())),
        (None, Some(count)) => Some(format!("{}, statistic {NOT_RECORDED}", runs(count))),
        (None, None) => None,
    }
}

/// How well a result is known, in words: its interval and of what it is, or that nobody recorded a spread.
pub fn spread(result: &Measured) -> String {
    let runs = repetitions(result);
    let interval = interval(result).map(|interval| format!("95\u{a0}% interval {interval}"));
    let parts = [interval, runs].into_iter().flatten().collect::<Vec<_>>().join(", ");
    match result.uncertainty() {
        _ if result.value.is_none() => String::new(),
        Some(known) if known.u == 0.0 => match &result.sd {
            Some(sd) => format!("standard deviation {}, {parts}", print::quantity(sd, Style::default())),
            None => format!("all alike, {parts}"),
        },
        Some(_) => parts,
        None if parts.is_empty() => format!("spread {NOT_RECORDED}"),
        None => format!("{parts}, spread {NOT_RECORDED}"),
    }
}

/// The title of a metric.
pub fn metric_title(benchmark: Option<&Benchmark>, metric: Name) -> &str {
    benchmark.and_then(|benchmark| benchmark.metric(metric)).map_or(metric.as_str(), |metric| &metric.title)
}

/// The title of a benchmark.
pub fn benchmark_title(benchmark: Option<&Benchmark>, name: Name) -> &str {
    benchmark.map_or(name.as_str(), |benchmark| &benchmark.title)
}

/// Whether the field at `path` was filled from a tool's default.
pub fn is_assumed(record: &Record, path: &str) -> bool {
    record.assumed().iter().any(|assumed| {
        let (mut theirs, mut ours) = (assumed.split('.'), path.split('.'));
        loop {
            match (theirs.next(), ours.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(a), Some(b)) if a == b => {}
                _ => return false,
            }
        }
    })
}

/// From which day a number of `origin` is, where it is past its age.
pub fn stale(cited: Cited, origin: &Origin<'_>, book: &mut Reader<'_, '_, Book>, at: Span) -> Option<Date> {
    // A book that gives no age leans on no day: then a day that passes asks nothing.
    let own = origin.source.is_some_and(|source| source.age.is_some());
    if matches!(cited, Cited::Result(..)) && !own && book.config(at).ages == Ages::default() {
        return None;
    }
    book.data().past(cited, at).map(|past| past.dated.date)
}

/// The id of the row of a table on its receipt. White space cannot stand in an id.
pub fn row_id(key: Name) -> String {
    let mut out = String::with_capacity(key.as_str().len());
    for c in key.as_str().chars() {
        if c.is_whitespace() || c.is_control() {
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The receipt of a number, from the site's root, with its anchor.
pub fn path(cited: Cited) -> String {
    match cited {
        Cited::Result(record, metric) => format!("{}#{metric}", resolve::receipt_path(record, "html")),
        Cited::Cell(table, key, _) => format!("{}#{}", resolve::table_path(table, "html"), row_id(key)),
    }
}

/// `path`, from the site's root and perhaps with an anchor, as a URL.
pub fn url(path: &str) -> String {
    match path.split_once('#') {
        Some((path, anchor)) => format!("{}#{}", escape::url_path(path), escape::url_fragment(anchor)),
        None => escape::url_path(path),
    }
}

/// A place that uses a number, for a list of them.
pub struct Used<'w> {
    /// The title of the chapter.
    pub title: &'w str,
    /// The way to the place from the site's root, with its anchor.
    pub path: String,
}

/// Where the numbers of `all` are used, each place once; places on pages that are gone are left out.
pub fn used<'w>(all: &[Usage], book: &mut Reader<'w, '_, Book>, at: Span) -> Vec<Used<'w>> {
    let mut out: Vec<Used<'w>> = Vec::new();
    for usage in all {
        let Some(page) = book.page(usage.chapter, at) else { continue };
        let hash = if usage.anchor.as_str().is_empty() { "" } else { "#" };
        let path = format!("{page}{hash}{}", usage.anchor);
        if out.iter().all(|other| other.path != path) {
            out.push(Used { title: book.title(usage.chapter, at), path });
        }
    }
    out
}

/// A list of links to places, which begin with the way that `address` finds.
pub fn used_list(out: &mut String, all: &[Used<'_>], address: impl Fn(&str) -> String) {
    out.push_str("<ul class=\"used\">");
    let mut rest = all;
    while let Some(first) = rest.first() {
        // The places of one chapter stand in a row.
        let count = rest.iter().take_while(|used| used.title == first.title).count();
        let (same, others) = rest.split_at(count);
        rest = others;
        let title = escape::text(first.title);
        let _ = write!(out, "<li><a href=\"{}\">{title}</a>", escape::attribute(&address(&first.path)));
        for (number, used) in same.iter().enumerate().skip(1) {
            let number = number + 1;
            let href = address(&used.path);
            let label = escape::attribute(first.title);
            let _ = write!(
                out,
                " <a href=\"{}\" aria-label=\"{label}, place {number}\">{number}</a>",
                escape::attribute(&href)
            );
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>\n");
}

/// A source, as JSON.
pub fn source_json(origin: &Origin<'_>) -> String {
    let Some(source) = origin.source else { return "null".to_owned() };
    let text = |text: Option<&str>| text.map_or("null".to_owned(), escape::json);
    let date = |date: Option<Date>| text(date.map(|date| date.to_string()).as_deref());
    format!(
        "{{\"id\":{},\"title\":{},\"url\":{},\"published\":{},\"retrieved\":{},\"kind\":{},\"grade\":{},\"licence\":{}}}",
        text(origin.name.map(Name::as_str)),
        escape::json(&source.title),
        text(source.url.as_deref()),
        date(source.published),
        date(source.retrieved),
        text(source.kind.map(|kind| kind_name(Some(kind)))),
        text(grade_words(source.grade).map(|(letter, _)| letter)),
        text(source.licence.as_deref())
    )
}

/// A date as JSON.
pub fn date_json(date: Option<Date>) -> String {
    date.map_or("null".to_owned(), |date| format!("\"{date}\""))
}
