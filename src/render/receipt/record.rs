//! The receipt of a record: all that was recorded of one run, and what was not.

use super::{NOT_RECORDED, Origin, Used};
use crate::diag::Span;
use crate::escape;
use crate::id::{Name, PathId, RecordId};
use crate::ledger::Reader;
use crate::number::print::{self, Style};
use crate::number::stats;
use crate::parse::benchmark::Benchmark;
use crate::parse::record::{Field, Measured, Record, Statistic};
use crate::resolve::{self, Book, Usage};
use std::fmt::Write as _;

/// How many samples a page lists; all of them are in the JSON.
const MOST_SAMPLES: usize = 1_000;

/// Everything that the receipt of a record shows.
pub struct Receipt<'w> {
    id: RecordId,
    record: &'w Record,
    benchmark: Option<&'w Benchmark>,
    origin: Origin<'w>,
    uses: &'w [Usage],
}

/// What a page of its own needs of a receipt.
pub struct Made {
    /// Its title.
    pub title: String,
    /// Its text.
    pub html: String,
}

/// The known fields that describe the machine, with their words.
const MACHINE: [(&str, &str); 9] = [
    ("machine.accelerator", "Accelerator"),
    ("machine.accelerators", "How many of them"),
    ("machine.accelerator_memory", "Memory of the accelerator"),
    ("machine.cpu", "Processor"),
    ("machine.cores", "Cores"),
    ("machine.memory", "Memory"),
    ("machine.power_limit", "Power limit"),
    ("machine.on_battery", "On battery"),
    ("machine.virtual", "Virtual machine"),
];

/// The known fields that describe what runs on it.
const SYSTEM: [(&str, &str); 2] = [("os", "Operating system"), ("driver", "Driver")];

/// The known fields of a program.
const PROGRAM: [(&str, &str); 4] = [("name", "Name"), ("version", "Version"), ("build", "Build"), ("commit", "Commit")];

/// The known fields that describe the run.
const RUN: [(&str, &str); 6] = [
    ("started_at", "Began"),
    ("duration", "Took"),
    ("collector.version", "Version of the collector"),
    ("collector.commit", "Commit of the collector"),
    ("collector.dirty", "Collector changed since that commit"),
    ("suite_version", "Version of the suite"),
];

impl<'w> Receipt<'w> {
    /// Asks for what the receipt of `id` shows; `None` when there is no such record.
    pub fn of(id: RecordId, book: &mut Reader<'w, '_, Book>, at: Span) -> Option<Self> {
        let record = book.data().record(id, at)?;
        let benchmark = book.data().benchmark(id.benchmark, at).map(|benchmark| &**benchmark);
        let origin = Origin::of_record(record, &mut book.data(), at);
        let uses = book.uses(id, at);
        Some(Receipt { id, record, benchmark, origin, uses })
    }

    /// The page.
    pub fn page(&self, book: &mut Reader<'w, '_, Book>, at: Span, address: impl Fn(&str) -> String) -> Made {
        let machine = self.record.machine_title();
        let title = format!("{} on {machine}", super::benchmark_title(self.benchmark, self.id.benchmark));
        let mut out = format!("<h1>{}</h1>\n", escape::text(&title));
        self.lead(&mut out, address(&resolve::receipt_path(self.id, "json")));
        // What readers come for stands first.
        let is_used = |result: &&Measured| self.uses.iter().any(|usage| is_of(usage, result.metric));
        let (used, others): (Vec<&Measured>, Vec<&Measured>) = self.record.results().iter().partition(is_used);
        for result in used.into_iter().chain(others) {
            self.result(&mut out, result, book, at, &address);
        }
        self.fields(&mut out);
        self.source(&mut out);
        Made { title, html: out }
    }

    fn lead(&self, out: &mut String, json: String) {
        let date = super::day(self.record, &self.origin);
        let _ = writeln!(out, "<p class=\"lead\">{}; {date}.</p>", super::by_line(&self.origin));
        if !self.record.is_complete() {
            out.push_str("<p class=\"warn\">The run did not go to its end.</p>\n");
        }
        if let Some(text) = self.benchmark.and_then(|benchmark| benchmark.description.as_deref()) {
            let _ = writeln!(out, "<p>{}</p>", escape::text(text));
        }
        let _ = writeln!(
            out,
            "<p class=\"files\">An interval says how well this one run repeats, not how machines of its kind differ. \
             <a href=\"{}\">This receipt as JSON</a></p>",
            escape::attribute(&json)
        );
    }

    fn result(
        &self,
        out: &mut String,
        result: &Measured,
        book: &mut Reader<'w, '_, Book>,
        at: Span,
        address: &impl Fn(&str) -> String,
    ) {
        let title = super::metric_title(self.benchmark, result.metric);
        let id = escape::attribute(result.metric.as_str());
        let _ = writeln!(out, "<section class=\"result\" id=\"{id}\">\n<h2>{}</h2>", escape::text(title));
        let exact = escape::text(&super::exact(result)).into_owned();
        let _ = match &result.value {
            Some(value) => {
                let text = escape::attribute(value.text()).into_owned();
                write!(out, "<p class=\"figure\"><data value=\"{text}\">{exact}</data>")
            }
            None => write!(out, "<p class=\"figure missing\">{exact}"),
        };
        let places: Vec<Usage> = self.uses.iter().filter(|usage| is_of(usage, result.metric)).copied().collect();
        if let Some(first) = places.first()
            && let Some(date) = super::stale(first.cited, &self.origin, book, at)
        {
            let _ = write!(out, " <span class=\"stale\">past its age: as of {}</span>", super::time(date));
        }
        out.push_str("</p>\n");
        self.spread(out, result);
        if let Some(text) = self.benchmark.and_then(|benchmark| benchmark.metric(result.metric)?.description.as_deref())
        {
            let _ = writeln!(out, "<p>{}</p>", escape::text(text));
        }
        out.push_str(&super::plot::strip(result, title));
        samples(out, result);
        let used = super::used(&places, book, at);
        self.used(out, &used, address);
        out.push_str("</section>\n");
    }

    fn used(&self, out: &mut String, used: &[Used<'_>], address: &impl Fn(&str) -> String) {
        if used.is_empty() {
            out.push_str("<p class=\"missing\">No page uses this number.</p>\n");
            return;
        }
        out.push_str("<h3>Where it is used</h3>\n");
        super::used_list(out, used, address);
    }

    fn spread(&self, out: &mut String, result: &Measured) {
        let printed = |quantity: &crate::number::Quantity| print::quantity(quantity, Style::default());
        let mut list = List::new(self.record, format!("results.{}", result.metric));
        if result.value.is_some() {
            let interval = match (super::interval(result), result.uncertainty()) {
                (Some(text), _) => Some(format!("{text} ({})", how(result))),
                (None, Some(_)) => Some("no width: the runs are alike to the digits that were recorded".to_owned()),
                (None, None) => None,
            };
            list.row("95\u{a0}% interval", "interval", interval.as_deref());
            list.row("Statistic", "statistic", result.statistic.map(Statistic::name));
            let n = result.n.map(|n| n as usize).or((!result.samples.is_empty()).then_some(result.samples.len()));
            list.row("Repetitions", "n", n.map(print::count).as_deref());
            let sd = result.sd.as_ref().map(printed);
            list.row("Standard deviation", "sd", sd.or_else(|| deviation(result)).as_deref());
            if result.min.is_some() || result.max.is_some() {
                list.row("Smallest", "min", result.min.as_ref().map(printed).as_deref());
                list.row("Largest", "max", result.max.as_ref().map(printed).as_deref());
            }
            if let Some(given) = &result.interval {
                let text = format!(
                    "{} to {} at {}{}",
                    printed(&given.low),
                    printed(&given.high),
                    given.level.text(),
                    given.method.as_ref().map(|method| format!(", {method}")).unwrap_or_default()
                );
                list.row("Interval of the source", "interval", Some(&text));
            }
        }
        for field in &result.others {
            list.row(field.path.as_str(), field.path.as_str(), field.value.as_deref());
        }
        list.end(out, None);
    }

    /// All that was recorded of the machine and the run.
    fn fields(&self, out: &mut String) {
        let record = self.record;
        let mut machine = List::new(record, String::new());
        machine.row("Id", "machine.id", Some(self.id.machine.as_str()));
        if let Some(name) = record.field("machine.name") {
            machine.row("Name", "machine.name", Some(name));
        }
        machine.known(&MACHINE);
        machine.others("machine.", &["machine.id", "machine.name"], &MACHINE);
        machine.end(out, Some("Machine"));
        let mut system = List::new(record, String::new());
        system.known(&SYSTEM);
        self.programs(&mut system);
        system.end(out, Some("Software"));
        let mut conditions = List::new(record, String::new());
        for name in self.benchmark.iter().flat_map(|b| b.same.iter().chain(b.near.iter().map(|near| &near.field))) {
            // Those of programs and machines are told above.
            let path = format!("conditions.{name}");
            if !name.as_str().contains('.') && record.fields().iter().all(|field| field.path.as_str() != path) {
                conditions.row(name.as_str(), &path, record.condition(name.as_str()));
            }
        }
        conditions.others("conditions.", &[], &[]);
        if conditions.out.is_empty() {
            conditions.row("Conditions", "conditions", None);
        }
        conditions.end(out, Some("Conditions"));
        let mut run = List::new(record, String::new());
        run.code("Command", "command");
        run.known(&RUN);
        run.others("collector.", &[], &RUN);
        let known = ["benchmark", "command", "os", "driver"];
        for field in record.fields() {
            let path = field.path.as_str();
            let first = path.split('.').next().unwrap_or_default();
            let listed = known.contains(&path) || RUN.iter().any(|(known, _)| *known == path);
            if !listed && !["machine", "software", "conditions", "collector"].contains(&first) {
                run.row(path, path, field.value.as_deref());
            }
        }
        run.end(out, Some("Run"));
    }

    fn programs(&self, list: &mut List<'_>) {
        let numbers = self.record.fields().iter().filter_map(|field| {
            let (number, _) = field.path.as_str().strip_prefix("software.")?.split_once('.')?;
            number.parse::<usize>().ok()
        });
        let count = numbers.max().map_or(1, |last| last + 1);
        for number in 0..count {
            let prefix = format!("software.{number}.");
            let name = match count {
                1 => "Program".to_owned(),
                _ => format!("Program {}", number + 1),
            };
            for (key, words) in PROGRAM {
                let words = if key == "name" { name.clone() } else { format!("{name}: {}", words.to_lowercase()) };
                let path = format!("{prefix}{key}");
                list.row(&words, &path, self.record.field(&path));
            }
            let known: Vec<String> = PROGRAM.iter().map(|(key, _)| format!("{prefix}{key}")).collect();
            for field in self.record.fields() {
                let path = field.path.as_str();
                if let Some(rest) = path.strip_prefix(&prefix).filter(|_| !known.iter().any(|known| known == path)) {
                    list.row(&format!("{name}: {rest}"), path, field.value.as_deref());
                }
            }
        }
    }

    fn source(&self, out: &mut String) {
        out.push_str("<section>\n<h2>Source</h2>\n");
        let _ = writeln!(out, "<p>{}.</p>", super::by_line(&self.origin));
        if let Some(source) = self.origin.source {
            let mut list = List::new(self.record, String::new());
            list.row("Published", "", source.published.map(|date| date.to_string()).as_deref());
            list.row("Retrieved", "", source.retrieved.map(|date| date.to_string()).as_deref());
            list.row("Licence", "", source.licence.as_deref());
            if let Some(note) = &source.note {
                list.row("Note", "", Some(note));
            }
            list.end(out, None);
        }
        if self.record.assumed().is_empty() {
            out.push_str("<p>Nothing was filled in from the defaults of a tool.</p>\n");
        } else {
            let all: Vec<String> =
                self.record.assumed().iter().map(|path| format!("<code>{}</code>", escape::text(path))).collect();
            let _ =
                writeln!(out, "<p>Filled in from the defaults of a tool, and not recorded: {}.</p>", all.join(", "));
        }
        out.push_str("</section>\n");
    }

    /// The record's own file.
    pub fn file(&self) -> PathId {
        self.record.place("").file
    }

    /// The receipt for machines. `file` is the record's own file, which is kept as it is: no digit of it is lost.
    pub fn json(&self, file: &str, book: &mut Reader<'w, '_, Book>, at: Span) -> String {
        let (id, record) = (self.id, self.record);
        let mut out = format!(
            "{{\n\"id\":{},\n\"benchmark\":{{\"id\":{},\"title\":{},\"description\":{}}},\n\"machine\":{{\"id\":{},\"title\":{}}},\n",
            escape::json(&id.to_string()),
            escape::json(id.benchmark.as_str()),
            escape::json(super::benchmark_title(self.benchmark, id.benchmark)),
            self.benchmark.and_then(|b| b.description.as_deref()).map_or("null".to_owned(), escape::json),
            escape::json(id.machine.as_str()),
            escape::json(record.machine_title())
        );
        let _ = write!(
            out,
            "\"date\":{},\n\"source\":{},\n\"results\":[",
            super::date_json(self.origin.date),
            super::source_json(&self.origin)
        );
        for (place, result) in record.results().iter().enumerate() {
            out.push_str(if place == 0 { "\n" } else { ",\n" });
            let places: Vec<Usage> = self.uses.iter().filter(|usage| is_of(usage, result.metric)).copied().collect();
            let used = super::used(&places, book, at);
            self.result_json(&mut out, result, &used);
        }
        let file = file.trim_start_matches('\u{feff}').trim();
        let _ = write!(out, "\n],\n\"record\":{file}\n}}\n");
        out
    }

    fn result_json(&self, out: &mut String, result: &Measured, used: &[Used<'_>]) {
        let value = result.value.as_ref().map_or("null", |value| value.text());
        let interval = match result.uncertainty() {
            Some(known) => format!(
                "{{\"level\":0.95,\"low\":{},\"high\":{},\"method\":{}}}",
                known.interval.low,
                known.interval.high,
                escape::json(how(result))
            ),
            None => "null".to_owned(),
        };
        let outliers: Vec<String> =
            stats::outliers(&result.sample_values()).iter().map(|place| place.to_string()).collect();
        let used: Vec<String> = used
            .iter()
            .map(|used| {
                format!("{{\"page\":{},\"title\":{}}}", escape::json(&super::url(&used.path)), escape::json(used.title))
            })
            .collect();
        let _ = write!(
            out,
            "{{\"id\":{},\"metric\":{},\"title\":{},\"value\":{value},\"unit\":{},\"interval\":{interval},\"outliers\":[{}],\"used\":[{}]}}",
            escape::json(self.id.result(result.metric).as_str()),
            escape::json(result.metric.as_str()),
            escape::json(super::metric_title(self.benchmark, result.metric)),
            escape::json(&result.unit.to_string()),
            outliers.join(","),
            used.join(",")
        );
    }
}

fn is_of(usage: &Usage, metric: Name) -> bool {
    matches!(usage.cited, crate::id::Cited::Result(_, used) if used == metric)
}

/// How the interval of a result follows.
fn how(result: &Measured) -> &'static str {
    let (mean, samples) = (result.statistic == Some(Statistic::Mean), result.samples.len());
    match result.statistic {
        Some(Statistic::Mean) if samples >= 2 => "Student's t from the samples",
        Some(Statistic::Median) if samples >= stats::MIN_FOR_MEDIAN => "order statistics of the samples",
        _ if mean && samples == 0 && result.sd.is_some() && result.n.is_some_and(|n| n >= 2) => {
            "Student's t from the standard deviation and the number of runs"
        }
        _ => "as the source gives it",
    }
}

/// The standard deviation of samples, where the record gives none.
fn deviation(result: &Measured) -> Option<String> {
    let deviation = stats::deviation(&result.sample_values())?;
    let text = crate::number::decimal::Decimal::of(deviation).significant(3).text();
    let quantity = crate::number::Quantity::new(&text, result.unit).ok()?;
    Some(format!("{}, from the samples", print::quantity(&quantity, Style::default())))
}

/// The samples, in the order in which they were run.
fn samples(out: &mut String, result: &Measured) {
    if result.samples.is_empty() {
        if result.value.is_some() {
            let _ = writeln!(out, "<p class=\"missing\">Samples {NOT_RECORDED}.</p>");
        }
        return;
    }
    let outliers = stats::outliers(&result.sample_values());
    let (count, words) = (result.samples.len(), super::plot::outlier_words(outliers.len()));
    let runs = if count == 1 { "The one sample" } else { "The samples" };
    let unit = if result.unit.is_none() { String::new() } else { format!(" in {}", result.unit) };
    let _ = writeln!(
        out,
        "<details class=\"samples\"><summary>{runs}{}, in the order of the runs ({}, {words})</summary>\n<ol>",
        escape::text(&unit),
        print::count(count)
    );
    for (place, sample) in result.samples.iter().enumerate().take(MOST_SAMPLES) {
        let mark = if outliers.binary_search(&place).is_ok() { " <strong>outlier</strong>" } else { "" };
        let text = print::quantity(&sample, Style { bare: true, digits: None });
        let _ = writeln!(
            out,
            "<li><data value=\"{}\">{}</data>{mark}</li>",
            escape::attribute(sample.text()),
            escape::text(&text)
        );
    }
    out.push_str("</ol>\n");
    if let Some(more) = count.checked_sub(MOST_SAMPLES).filter(|more| *more > 0) {
        let _ = writeln!(out, "<p>And {} more, in the JSON.</p>", print::count(more));
    }
    out.push_str("</details>\n");
}

/// A list of fields, each with its words.
struct List<'r> {
    record: &'r Record,
    /// Where the fields stand in the record.
    within: String,
    out: String,
}

impl<'r> List<'r> {
    fn new(record: &'r Record, within: String) -> Self {
        List { record, within, out: String::new() }
    }

    fn row(&mut self, words: &str, path: &str, value: Option<&str>) {
        let value = value.map(|value| escape::text(value).into_owned());
        self.html(words, path, value);
    }

    fn code(&mut self, words: &str, path: &str) {
        let value = self.record.field(path).map(|value| format!("<code>{}</code>", escape::text(value)));
        self.html(words, path, value);
    }

    fn html(&mut self, words: &str, path: &str, value: Option<String>) {
        let path = if self.within.is_empty() { path.to_owned() } else { format!("{}.{path}", self.within) };
        let assumed = match super::is_assumed(self.record, &path) {
            true => " <em class=\"assumed\">assumed, from a tool's default</em>",
            false => "",
        };
        let words = escape::text(words);
        let _ = match value {
            Some(value) => writeln!(self.out, "<div><dt>{words}</dt><dd>{value}{assumed}</dd></div>"),
            None => {
                writeln!(self.out, "<div><dt>{words}</dt><dd class=\"missing\">{NOT_RECORDED}{assumed}</dd></div>")
            }
        };
    }

    fn known(&mut self, fields: &[(&str, &str)]) {
        for (path, words) in fields {
            self.row(words, path, self.record.field(path));
        }
    }

    /// The fields that begin with `prefix` and that nothing else lists.
    fn others(&mut self, prefix: &str, listed: &[&str], known: &[(&str, &str)]) {
        let record = self.record;
        let all = record.fields().iter().filter_map(|field: &Field| {
            let path = field.path.as_str();
            let rest = path.strip_prefix(prefix)?;
            let known = listed.contains(&path) || known.iter().any(|(known, _)| *known == path);
            (!known).then_some((rest, path, field))
        });
        for (words, path, field) in all {
            self.row(words, path, field.value.as_deref());
        }
    }

    fn end(self, out: &mut String, title: Option<&str>) {
        if self.out.is_empty() {
            return;
        }
        let list = self.out;
        let _ = match title {
            Some(title) => writeln!(out, "<section>\n<h2>{title}</h2>\n<dl class=\"facts\">\n{list}</dl>\n</section>"),
            None => writeln!(out, "<dl class=\"facts\">\n{list}</dl>"),
        };
    }
}
