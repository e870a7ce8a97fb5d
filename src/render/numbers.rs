//! All numbers of a book: a page, a file for machines, and the description of the tables that can be taken away.

use super::receipt::{self, NOT_RECORDED, Origin};
use crate::diag::Span;
use crate::escape;
use crate::id::{Cited, Name};
use crate::ledger::Reader;
use crate::number::print::Style;
use crate::number::value::Better;
use crate::parse::csv::harmless;
use crate::parse::table::{Cell, Value};
use crate::resolve::{self, Book, Usage};
use jiff::civil::Date;
use std::fmt::Write as _;

/// How many places a row of the page names; the receipt names all.
const MOST_PLACES: usize = 6;

/// One number of the book.
struct Entry<'w> {
    cited: Cited,
    /// What it is of what: `Generation, 1,024 tokens`.
    what: String,
    /// On what: `RTX 4090`.
    whose: String,
    /// Its value as a reader sees it.
    text: String,
    /// All its digits as JSON.
    exact: String,
    unit: String,
    origin: Origin<'w>,
    /// From which day it is, where it is past its age.
    stale: Option<Date>,
    places: &'w [Usage],
}

fn entry<'w>(same: &'w [Usage], book: &mut Reader<'w, '_, Book>, at: Span) -> Option<Entry<'w>> {
    let cited = same.first()?.cited;
    Some(match cited {
        Cited::Result(id, metric) => {
            let record = book.data().record(id, at)?;
            let result = record.result(metric)?;
            let benchmark = book.data().benchmark(id.benchmark, at).map(|benchmark| &**benchmark);
            let title = receipt::metric_title(benchmark, metric);
            let origin = Origin::of_record(record, &mut book.data(), at);
            Entry {
                cited,
                what: format!("{}: {title}", receipt::benchmark_title(benchmark, id.benchmark)),
                whose: record.machine_title().to_owned(),
                text: receipt::exact(result),
                exact: result.value.as_ref().map_or("null".to_owned(), |value| value.text().to_owned()),
                unit: result.unit.to_string(),
                stale: receipt::stale(cited, &origin, book, at),
                origin,
                places: same,
            }
        }
        Cited::Cell(table, key, name) => {
            let row = book.data().row(table, key, at)?;
            let column = row.columns().iter().find(|column| column.name == name)?;
            let Some(Cell::Value(value)) = row.cell(name) else { return None };
            // A block that shows a table as it is uses its keys: those name rows and are no numbers.
            let Value::Number(quantity) = value else { return None };
            let origin = Origin::of_cell(row, name, &mut book.data(), at);
            Entry {
                cited,
                what: format!("{}: {}", row.table_title().unwrap_or(table.as_str()), column.title),
                whose: row.title().to_owned(),
                text: value.printed(Style::default()).unwrap_or_default(),
                exact: quantity.text().to_owned(),
                unit: column.unit.to_string(),
                stale: receipt::stale(cited, &origin, book, at),
                origin,
                places: same,
            }
        }
    })
}

/// The page that lists all numbers, without its title.
pub fn page(book: &mut Reader<'_, '_, Book>, at: Span, address: impl Fn(&str) -> String) -> String {
    let all = book.all_uses(at);
    let mut out = String::from("<h1>Numbers</h1>\n");
    let _ = writeln!(
        out,
        "<p>Every number that this book cites, where it is used, and where it comes from. \
         <a href=\"{}\">All of them as JSON</a>{}</p>",
        escape::attribute(&address("numbers/index.json")),
        match book.tables_in_use(at) {
            [] => String::new(),
            _ => format!(
                ", <a href=\"{}\">the tables as a data package</a>",
                escape::attribute(&address("datapackage.json"))
            ),
        }
    );
    tables(&mut out, book, at, &address);
    // How many there are is known when all are written: the head goes in before them then.
    let (head, mut count) = (out.len(), 0);
    for same in all.numbers() {
        if let Some(entry) = entry(same, book, at) {
            row(&mut out, &entry, book, at, &address);
            count += 1;
        }
    }
    if count == 0 {
        out.push_str("<p>No sentence cites a number yet.</p>\n");
        return out;
    }
    out.insert_str(head, &table_head(count));
    out.push_str("</tbody>\n</table></div>\n</figure>\n");
    out
}

fn table_head(count: usize) -> String {
    format!(
        "<h2>{} {}</h2>\n<figure class=\"table\" id=\"all\" data-without=\"baseline\">\n<div class=\"tools\"></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Numbers\"><table>\n<thead><tr>{}\
         <th scope=\"col\" class=\"num\" data-column=\"value\">Value</th>{}</tr></thead>\n<tbody>\n",
        crate::number::print::count(count),
        if count == 1 { "number" } else { "numbers" },
        // Values of unlike units have no order: the script gives no button to a head without this.
        sortable(&["What"]),
        sortable(&["Date", "Source", "Used in"])
    )
}

/// Heads by which the script sorts.
fn sortable(heads: &[&str]) -> String {
    let head = |head: &&str| {
        let column = head.to_lowercase().replace(' ', "-");
        format!("<th scope=\"col\" data-column=\"{column}\"><span class=\"label\">{head}</span></th>")
    };
    heads.iter().map(head).collect()
}

fn row(
    out: &mut String,
    entry: &Entry<'_>,
    book: &mut Reader<'_, '_, Book>,
    at: Span,
    address: &impl Fn(&str) -> String,
) {
    let _ = write!(
        out,
        "<tr data-key=\"{}\"><th scope=\"row\">{} <span class=\"about\">{}</span></th>\
         <td class=\"num\"><a href=\"{}\">{}</a></td>",
        escape::attribute(&entry.cited.to_string()),
        escape::text(&entry.whose),
        escape::text(&entry.what),
        escape::attribute(&address(&receipt::path(entry.cited))),
        escape::text(&entry.text)
    );
    let _ = match entry.origin.date {
        Some(date) if entry.stale.is_some() => {
            write!(out, "<td>{} <span class=\"stale\">past its age</span></td>", receipt::time(date))
        }
        Some(date) => write!(out, "<td>{}</td>", receipt::time(date)),
        None => write!(out, "<td class=\"missing\">{NOT_RECORDED}</td>"),
    };
    let _ = match entry.origin.source {
        Some(source) => write!(
            out,
            "<td>{} <span class=\"about\">{}, {}</span></td>",
            receipt::linked(source),
            receipt::kind_words(source.kind),
            match receipt::grade_words(source.grade) {
                Some((letter, words)) => format!("grade {letter} ({words})"),
                None => format!("grade {NOT_RECORDED}"),
            }
        ),
        None => write!(out, "<td class=\"missing\">{NOT_RECORDED}</td>"),
    };
    out.push_str("<td>");
    let places = entry.places.get(..MOST_PLACES).unwrap_or(entry.places);
    receipt::used_list(out, &receipt::used(places, book, at), address);
    if let Some(more) = entry.places.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
        let _ = write!(out, "and {more} more");
    }
    out.push_str("</td></tr>\n");
}

fn tables(out: &mut String, book: &mut Reader<'_, '_, Book>, at: Span, address: &impl Fn(&str) -> String) {
    let all = book.tables_in_use(at);
    if all.is_empty() {
        return;
    }
    out.push_str("<h2>Tables</h2>\n<ul class=\"tables\">\n");
    for table in all {
        // Its title and no row of it, so that an edit of a row does not make this page again.
        let title = book.data().columns(*table, at).and_then(|head| head.title).unwrap_or(table.as_str());
        let file = |ending| escape::attribute(&address(&resolve::table_path(*table, ending))).into_owned();
        let _ = writeln!(
            out,
            "<li><a href=\"{}\">{}</a> (<a href=\"{}\" aria-label=\"{} as CSV\">CSV</a>, <a href=\"{}\" aria-label=\"{} as JSON\">JSON</a>)</li>",
            file("html"),
            escape::text(title),
            file("csv"),
            escape::attribute(title),
            file("json"),
            escape::attribute(title)
        );
    }
    out.push_str("</ul>\n");
}

/// All numbers, for machines.
pub fn json(book: &mut Reader<'_, '_, Book>, at: Span) -> String {
    let mut out = String::from("[");
    for same in book.all_uses(at).numbers() {
        let Some(entry) = entry(same, book, at) else { continue };
        out.push_str(if out.len() == 1 { "\n" } else { ",\n" });
        let used: Vec<String> = receipt::used(entry.places, book, at)
            .iter()
            .map(|used| {
                format!(
                    "{{\"page\":{},\"title\":{}}}",
                    escape::json(&receipt::url(&used.path)),
                    escape::json(used.title)
                )
            })
            .collect();
        let origin = &entry.origin;
        let text = |text: Option<&str>| text.map_or("null".to_owned(), escape::json);
        let _ = write!(
            out,
            "{{\"id\":{},\"what\":{},\"of\":{},\"value\":{},\"unit\":{},\"date\":{},\"stale\":{},\"source\":{},\"kind\":{},\"grade\":{},\"receipt\":{},\"used\":[{}]}}",
            escape::json(&entry.cited.to_string()),
            escape::json(&entry.what),
            escape::json(&entry.whose),
            entry.exact,
            escape::json(&entry.unit),
            receipt::date_json(origin.date),
            entry.stale.is_some(),
            text(origin.name.map(Name::as_str)),
            text(origin.kind().map(|kind| receipt::kind_name(Some(kind)))),
            text(receipt::grade_words(origin.source.and_then(|source| source.grade)).map(|(letter, _)| letter)),
            escape::json(&receipt::url(&receipt::path(entry.cited))),
            used.join(",")
        );
    }
    out.push_str("\n]\n");
    out
}

/// `datapackage.json` (Frictionless Data Package): each table with its columns, for who takes the CSV away.
pub fn package(book: &mut Reader<'_, '_, Book>, at: Span) -> String {
    let config = book.config(at);
    let mut out = format!(
        "{{\n\"profile\":\"tabular-data-package\",\n\"name\":{},\n\"title\":{},\n\"resources\":[",
        escape::json(&slug(&config.title)),
        escape::json(&config.title)
    );
    for (place, table) in book.tables_in_use(at).iter().enumerate() {
        let Some(columns) = book.data().columns(*table, at) else { continue };
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        let title = columns.title.unwrap_or(table.as_str());
        let _ = write!(
            out,
            "{{\"profile\":\"tabular-data-resource\",\"name\":{},\"title\":{},\"path\":{},\"format\":\"csv\",\"mediatype\":\"text/csv\",\"encoding\":\"utf-8\",",
            escape::json(&slug(table.as_str())),
            escape::json(title),
            escape::json(&resolve::table_path(*table, "csv"))
        );
        let mut names = Vec::new();
        out.push_str("\"schema\":{\"fields\":[");
        for (at, column) in columns.columns.iter().enumerate() {
            names.extend(column.source);
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n {{\"name\":{},\"title\":{},\"type\":\"{}\"",
                escape::json(&harmless(column.name.as_str())),
                escape::json(&column.title),
                column.ty.name()
            );
            if !column.unit.is_none() {
                let _ = write!(out, ",\"unit\":{}", escape::json(&column.unit.to_string()));
            }
            if let Some(text) = &column.description {
                let _ = write!(out, ",\"description\":{}", escape::json(text));
            }
            if let Some(better) = column.better {
                let _ = write!(out, ",\"better\":\"{}\"", if better == Better::Higher { "higher" } else { "lower" });
            }
            if column.required {
                out.push_str(",\"constraints\":{\"required\":true}");
            }
            out.push('}');
        }
        out.push_str("],\"missingValues\":[\"\"]");
        if let Some(key) = columns.key {
            let _ = write!(out, ",\"primaryKey\":{}", escape::json(&harmless(key.as_str())));
        }
        out.push('}');
        names.extend(columns.source);
        names.sort_unstable();
        names.dedup();
        let sources: Vec<_> = names.into_iter().filter_map(|name| book.data().source(name, at)).collect();
        list(
            &mut out,
            "sources",
            sources.iter().map(|source| (&*source.title, source.url.as_deref(), "title", "path")),
        );
        let licences = sources.iter().filter_map(|source| source.licence.as_deref());
        list(&mut out, "licenses", licences.map(|licence| (licence, None, "title", "path")));
        out.push('}');
    }
    out.push_str("\n]\n}\n");
    out
}

/// A list of objects with a text and perhaps an address each; nothing where it is empty.
fn list<'t>(
    out: &mut String,
    name: &str,
    all: impl Iterator<Item = (&'t str, Option<&'t str>, &'static str, &'static str)>,
) {
    let mut written: Vec<String> = Vec::new();
    for (text, url, first, second) in all {
        let url = url.map(|url| format!(",\"{second}\":{}", escape::json(url))).unwrap_or_default();
        let one = format!("{{\"{first}\":{}{url}}}", escape::json(text));
        if !written.contains(&one) {
            written.push(one);
        }
    }
    if !written.is_empty() {
        let _ = write!(out, ",\"{name}\":[{}]", written.join(","));
    }
}

/// A name as Frictionless wants it: small letters, digits and `-`.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' | '.' => out.push(c),
            _ if out.is_empty() || out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    match out.trim_end_matches('-') {
        "" => "tables".to_owned(),
        name => name.to_owned(),
    }
}
