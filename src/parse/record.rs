//! `content/measurements/**/*.json`: one run of a benchmark on one machine, with its results.
//!
//! Known fields are typed; unknown ones are kept, so that nothing that was recorded is lost. What cannot be true in
//! itself (samples that contradict the value, a spread without its count) is a mistake at its place; what contradicts
//! the benchmark or names an unknown source is looked for where those are known.

use super::json::{self, Json, Spanned};
use super::keys::parse_date;
use super::shape::{Kind, RECORD};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId, RecordId};
use crate::number::stats::{self, Uncertainty};
use crate::number::{Quantity, Unit};
use jiff::civil::Date;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// How many samples one result may have.
pub const MAX_SAMPLES: usize = 100_000;

/// What tells how a run came about: the share of these that a record has says how complete it is. `software.X` is of the
/// first program, the one that was measured.
pub const KNOWN_FIELDS: [&str; 24] = [
    "machine.id",
    "machine.cpu",
    "machine.cores",
    "machine.memory",
    "machine.accelerator",
    "machine.accelerator_memory",
    "machine.power_limit",
    "machine.on_battery",
    "machine.virtual",
    "os",
    "driver",
    "software.name",
    "software.version",
    "software.build",
    "software.commit",
    "conditions",
    "command",
    "started_at",
    "duration",
    "collector.version",
    "collector.commit",
    "collector.dirty",
    "suite_version",
    "source",
];

/// One run of a benchmark on one machine.
#[derive(Debug)]
pub struct Record {
    id: RecordId,
    source: Option<Name>,
    started: Option<Date>,
    complete: bool,
    assumed: Vec<Box<str>>,
    fields: Box<[Field]>,
    results: Box<[Measured]>,
    /// Results that stand in the file and have a mistake, which was told.
    lost: Vec<Name>,
    places: Places,
}

/// A field of a record beside its results: a text, a number, or that nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its path in the file: `machine.cpu`, `software.0.version`.
    pub path: Name,
    /// What stands there, as written; `None` for `null` and for what is empty.
    pub value: Option<Box<str>>,
}

/// One result.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured.
    pub metric: Name,
    /// The value; `None` where there is none, and that is known.
    pub value: Option<Quantity>,
    /// What a reader is told where there is no value: "does not fit".
    pub missing: Option<Box<str>>,
    /// The unit of the value, of the samples and of all that describes their spread.
    pub unit: Unit,
    /// What the value is of its samples.
    pub statistic: Option<Statistic>,
    /// Each repetition, in the order in which they were run.
    pub samples: Samples,
    /// How many repetitions there were.
    pub n: Option<u32>,
    /// The standard deviation over the repetitions, over n − 1.
    pub sd: Option<Quantity>,
    /// The smallest repetition.
    pub min: Option<Quantity>,
    /// The largest repetition.
    pub max: Option<Quantity>,
    /// An interval that the source gives.
    pub interval: Option<Box<Given>>,
    /// Fields that are not known here, as they are written.
    pub others: Vec<Field>,
    /// What follows of them: how well the value is known, if that can be said.
    uncertainty: Option<Uncertainty>,
}

/// The repetitions of a run. Kept as they were written, for there may be very many of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Samples {
    /// The numbers, with a space between.
    text: Box<str>,
    unit: Unit,
}

impl Samples {
    fn new(all: &[Quantity], unit: Unit) -> Self {
        let text: Vec<&str> = all.iter().map(Quantity::text).collect();
        Samples { text: text.join(" ").into(), unit }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.text.split_terminator(' ').count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Each, in the order in which they were run.
    pub fn iter(&self) -> impl Iterator<Item = Quantity> + '_ {
        self.text.split_terminator(' ').filter_map(|text| Quantity::new(text, self.unit).ok())
    }
}

/// What a value is of its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// Their mean.
    Mean,
    /// Their median.
    Median,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The only one.
    Single,
}

impl Statistic {
    /// All statistics by name.
    pub const ALL: [(&'static str, Statistic); 5] = [
        ("mean", Statistic::Mean),
        ("median", Statistic::Median),
        ("min", Statistic::Min),
        ("max", Statistic::Max),
        ("single", Statistic::Single),
    ];

    /// Its name in a record.
    pub fn name(self) -> &'static str {
        Statistic::ALL.iter().find(|(_, statistic)| *statistic == self).map_or("", |(name, _)| name)
    }
}

/// An interval as a source gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Given {
    /// How sure it is: `0.95`.
    pub level: Quantity,
    /// Its lower end.
    pub low: Quantity,
    /// Its upper end.
    pub high: Quantity,
    /// How it was computed.
    pub method: Option<Box<str>>,
}

/// Where the parts of a record stand. Never hashed.
#[derive(Debug)]
struct Places {
    file: PathId,
    /// By path, sorted.
    all: Box<[(Name, u32, u32)]>,
}

impl Record {
    /// Which record it is.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// The source that it names.
    pub fn source(&self) -> Option<Name> {
        self.source
    }

    /// The day on which the run began.
    pub fn started(&self) -> Option<Date> {
        self.started
    }

    /// Whether the run went to its end; a record that does not say is taken for complete.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The fields that were filled from a tool's default, by their paths; `*` stands for any name.
    pub fn assumed(&self) -> &[Box<str>] {
        &self.assumed
    }

    /// All fields beside the results, in the order of the file.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What stands at `path`: `machine.cpu`.
    pub fn field(&self, path: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.path.as_str() == path)?.value.as_deref()
    }

    /// The condition `name`, as a benchmark names it: `model`, `software.build` (of the first program, the one that was
    /// measured), `machine.cpu`, `os`.
    pub fn condition(&self, name: &str) -> Option<&str> {
        match name.split_once('.') {
            Some(("software", key)) => self.field(&format!("software.0.{key}")),
            Some(_) => self.field(name),
            None => self.field(&format!("conditions.{name}")).or_else(|| self.field(name)),
        }
    }

    /// Whether one of [`KNOWN_FIELDS`] was recorded: it says something, and no tool's default filled it.
    pub fn is_recorded(&self, field: &str) -> bool {
        let path = field.strip_prefix("software.").map(|key| format!("software.0.{key}"));
        let path = path.as_deref().unwrap_or(field);
        let has = match field {
            "machine.id" => true,
            "source" => self.source.is_some(),
            "started_at" => self.started.is_some(),
            "conditions" => {
                let has = |field: &Field| field.path.as_str().starts_with("conditions.") && field.value.is_some();
                self.fields.iter().any(has)
            }
            _ => self.field(path).is_some(),
        };
        has && !self.assumed.iter().any(|assumed| [path, field].contains(&&**assumed))
    }

    /// What a reader knows the machine by: its name, else its accelerator, else its id.
    pub fn machine_title(&self) -> &str {
        let named = self.field("machine.name").or_else(|| self.field("machine.accelerator"));
        named.unwrap_or(self.id.machine.as_str())
    }

    /// Its results, in the order of the file.
    pub fn results(&self) -> &[Measured] {
        &self.results
    }

    /// The result of `metric`.
    pub fn result(&self, metric: Name) -> Option<&Measured> {
        self.results.iter().find(|result| result.metric == metric)
    }

    /// Whether the file has a result of `metric` that could not be read, which was told.
    pub fn has_lost(&self, metric: Name) -> bool {
        self.lost.contains(&metric)
    }

    /// Where the field at `path` stands (`results.tg1024.unit`): itself, or what it would stand in.
    pub fn place(&self, path: &str) -> Span {
        let mut path = path;
        loop {
            let found = self.places.all.binary_search_by(|(name, ..)| name.as_str().cmp(path));
            if let Some((_, start, end)) = found.ok().and_then(|at| self.places.all.get(at)) {
                return Span { file: self.places.file, start: *start, end: *end };
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return Span::top(self.places.file),
            }
        }
    }
}

// All that can be seen of a record, and no position.
impl Hash for Record {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Record { id, source, started, complete, assumed, fields, results, lost, places: _ } = self;
        (id, source, started, complete, assumed, fields, results, lost).hash(state);
    }
}

impl Hash for Measured {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Measured {
            metric,
            value,
            missing,
            unit,
            statistic,
            samples,
            n,
            sd,
            min,
            max,
            interval,
            others,
            uncertainty: _,
        } = self;
        (metric, value, missing, unit, statistic, samples).hash(state);
        (n, sd, min, max, interval, others).hash(state);
    }
}

impl Measured {
    /// How well the value is known: of a mean from its samples, else from `sd` and `n`; of a median from its samples;
    /// else the interval that the source gives at 95 %. In the unit of the result.
    pub fn uncertainty(&self) -> Option<&Uncertainty> {
        self.uncertainty.as_ref()
    }

    /// The samples as numbers, in the unit of the result.
    pub fn sample_values(&self) -> Vec<f64> {
        self.samples.iter().map(|sample| sample.value()).collect()
    }

    fn computed(&self) -> Option<Uncertainty> {
        let value = self.value.as_ref()?.value();
        let samples = self.sample_values();
        let of_samples = match self.statistic {
            Some(Statistic::Mean) if samples.is_empty() => {
                self.sd.as_ref().zip(self.n).and_then(|(sd, n)| Uncertainty::of_mean(value, sd.value(), n as usize))
            }
            Some(Statistic::Mean) => Uncertainty::of_mean_of(&samples),
            Some(Statistic::Median) => Uncertainty::of_median_of(&samples),
            _ => None,
        };
        let given = self.interval.as_ref().filter(|given| samples.is_empty() && given.level.value() == 0.95);
        of_samples.or_else(|| given.and_then(|given| Uncertainty::given(given.low.value(), given.high.value())))
    }
}

/// Reads `text`, the whole of `file`. `None` when it is no record, or not one that can be told from others.
pub fn record(file: PathId, text: &str) -> Parsed<Option<Record>> {
    match json::parse(file, text) {
        Err(wrong) => Parsed { value: None, diagnostics: vec![*wrong] },
        Ok(root) => {
            let mut reader = Reader { file, told: Vec::new(), fields: Vec::new(), places: Vec::new() };
            let value = reader.record(&root);
            Parsed { value, diagnostics: reader.told }
        }
    }
}

/// The fields of a result that are known.
const OF_RESULT: [&str; 10] = ["value", "unit", "statistic", "samples", "n", "sd", "min", "max", "interval", "missing"];

/// Whether `json` is of a kind. `null` is: it says that nothing was recorded.
fn takes(kind: Kind, json: &Json<'_>) -> bool {
    match json {
        Json::Null => true,
        Json::String(_) => matches!(kind, Kind::Text(_) | Kind::Pattern(..) | Kind::Either(_)),
        Json::Number(_) => matches!(kind, Kind::Number(_) | Kind::Either(_)),
        Json::Bool(_) => matches!(kind, Kind::Bool),
        Json::Array(_) => matches!(kind, Kind::Array(_) | Kind::Texts(_)),
        Json::Object(_) => matches!(kind, Kind::Table(_)),
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Number(_) => "a number",
        Kind::Either(_) => "a string or a number",
        Kind::Array(_) | Kind::Texts(_) => "an array",
        Kind::Table(_) => "an object",
        _ => "a string",
    }
}

struct Reader {
    file: PathId,
    told: Vec<Diagnostic>,
    fields: Vec<Field>,
    places: Vec<(Name, u32, u32)>,
}

impl Reader {
    fn record(&mut self, root: &Spanned<'_>) -> Option<Record> {
        let Json::Object(members) = &root.value else {
            let message = format!("a record is an object, and this is {}", root.value.kind());
            let wrong = Diagnostic::new(Code::WrongType, self.span(&root.range), message);
            self.told.push(
                wrong.help("one file holds one run: `{ \"benchmark\": ..., \"machine\": ..., \"results\": ... }`"),
            );
            return None;
        };
        let mut results = None;
        for (key, value) in members {
            self.note(&key.name, &value.range);
            match &*key.name {
                "results" => results = Some(value),
                // Read below, as they are no leaves that a reader is shown.
                "assumed" | "complete" | "source" => self.check_kind(&key.name, value),
                name => self.field(name, value),
            }
        }
        let member = |name: &str| members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let benchmark = self.wanted("benchmark", root, "the id of a benchmark in `content/benchmarks.toml`");
        let machine = self.wanted("machine.id", root, "the machine, by the name of this file without `.json`");
        let source = member("source").and_then(text).map(|text| Name::new(&text));
        let started = self.started(member("started_at"));
        self.duration(member("duration"));
        let complete = !matches!(member("complete").map(|value| &value.value), Some(Json::Bool(false)));
        let assumed = self.assumed(member("assumed"));
        let mut lost = Vec::new();
        let results = match results {
            Some(Spanned { value: Json::Object(all), .. }) => {
                let mut results = Vec::with_capacity(all.len());
                for (metric, value) in all {
                    match self.result(&metric.name, value) {
                        Some(result) => results.push(result),
                        None => lost.push(Name::new(&metric.name)),
                    }
                }
                results
            }
            Some(other) => {
                self.check_kind("results", other);
                Vec::new()
            }
            None => {
                let wrong = Diagnostic::new(Code::KeyMissing, self.head(root), "the record has no `results`");
                self.told.push(wrong.help(
                    "add them by metric: `\"results\": { \"tg1024\": { \"value\": 127.74, \"unit\": \"tok/s\" } }`",
                ));
                Vec::new()
            }
        };
        let (benchmark, machine) = (benchmark?, machine?);
        self.file_name(&machine)?;
        self.places.sort_unstable();
        Some(Record {
            id: RecordId::new(&benchmark, &machine),
            source,
            started,
            complete,
            assumed,
            // As long as they are: there may be thousands of records.
            fields: std::mem::take(&mut self.fields).into(),
            results: results.into(),
            lost,
            places: Places { file: self.file, all: std::mem::take(&mut self.places).into() },
        })
    }

    /// Keeps what stands at `path` and beneath it.
    fn field(&mut self, path: &str, value: &Spanned<'_>) {
        self.note(path, &value.range);
        self.check_kind(path, value);
        match &value.value {
            Json::Object(members) => {
                for (key, value) in members {
                    self.field(&format!("{path}.{}", key.name), value);
                }
            }
            Json::Array(items) => {
                for (place, value) in items.iter().enumerate() {
                    self.field(&format!("{path}.{place}"), value);
                }
            }
            leaf => self.fields.push(Field { path: Name::new(path), value: written(leaf) }),
        }
    }

    fn check_kind(&mut self, path: &str, value: &Spanned<'_>) {
        let Some(kind) = RECORD.shape.at(path).filter(|kind| !takes(*kind, &value.value)) else { return };
        let message = format!("`{path}` must be {}", words(kind));
        let wrong = Diagnostic::new(Code::WrongType, self.span(&value.range), message);
        self.told.push(wrong.label(format!("this is {}", value.value.kind())));
    }

    /// A text that must be there, and can be a part of an address.
    fn wanted(&mut self, path: &str, root: &Spanned<'_>, what: &str) -> Option<Box<str>> {
        let known = self.fields.iter().find(|field| field.path.as_str() == path);
        let Some(name) = known.and_then(|field| field.value.clone()) else {
            // Of one with a wrong type that was told.
            if !self.told.iter().any(|wrong| wrong.message.starts_with(&format!("`{path}` must be "))) {
                let message = format!("the record does not name its `{path}`");
                let wrong = Diagnostic::new(Code::KeyMissing, self.head(root), message);
                self.told.push(wrong.help(format!("add `{path}`: {what}")));
            }
            return None;
        };
        if super::benchmark::is_name(&name) {
            return Some(name);
        }
        let message = format!("`{}` cannot be a `{path}`", name.escape_debug());
        let wrong = Diagnostic::new(Code::DataName, self.at(path), message);
        self.told.push(wrong.help("use letters, digits, `-` and `_`, and begin with a letter or a digit"));
        None
    }

    fn file_name(&mut self, machine: &str) -> Option<()> {
        let stem = self.file.as_str().rsplit('/').next().and_then(|name| name.strip_suffix(".json"));
        if stem == Some(machine) {
            return Some(());
        }
        let at = self.at("machine.id");
        let message =
            format!("the machine is `{machine}`, and the file is called `{}`", stem.unwrap_or_default().escape_debug());
        let wrong = Diagnostic::new(Code::RecordInvalid, at, message).label("is not the name of the file");
        self.told.push(wrong.help(format!("call the file `{machine}.json`, or name the machine as the file")));
        None
    }

    /// The day of `started_at`: a date, or a date with a time. Of a month of which no day is known, the first.
    fn started(&mut self, value: Option<&Spanned<'_>>) -> Option<Date> {
        let value = value?;
        let text = text(value)?;
        if let Some(day) = Some(format!("{text}-01")).filter(|_| text.len() == 7).as_deref().and_then(parse_date) {
            return Some(day);
        }
        let day = text.get(..10).and_then(parse_date);
        let rest = text.get(10..).unwrap_or_default();
        let timed = rest.is_empty() || (rest.starts_with(['T', ' ']) && is_time(rest.get(1..).unwrap_or_default()));
        if let Some(day) = day.filter(|_| timed) {
            return Some(day);
        }
        let message = format!("`{}` is no date", text.escape_debug());
        let wrong = Diagnostic::new(Code::WrongType, self.span(&value.range), message);
        self.told
            .push(wrong.help("write it as `2026-11-24`, `2026-11-24T10:30:00Z`, or `2026-11` where no day is known"));
        None
    }

    fn duration(&mut self, value: Option<&Spanned<'_>>) {
        let Some(value) = value else { return };
        let found = match &value.value {
            Json::Number(text) => text.parse().ok(),
            Json::String(text) => seconds(text),
            _ => return,
        };
        let wrong = match found {
            Some(seconds) if seconds < 0.0 => "a run cannot take less than no time".to_owned(),
            Some(seconds) if f64::is_finite(seconds) => return,
            _ => "`duration` is a number of seconds, or a string such as \"12.5 s\"".to_owned(),
        };
        let wrong = Diagnostic::new(Code::RecordInvalid, self.span(&value.range), wrong);
        self.told.push(wrong.help("write how long the run took, in seconds: `\"duration\": 12.5`"));
    }

    fn assumed(&mut self, value: Option<&Spanned<'_>>) -> Vec<Box<str>> {
        let Some(Json::Array(items)) = value.map(|value| &value.value) else { return Vec::new() };
        let mut out = Vec::new();
        for item in items {
            match text(item) {
                Some(path) => out.push(path.into()),
                None => {
                    let message = format!("`assumed` lists the paths of fields, and this is {}", item.value.kind());
                    self.told.push(Diagnostic::new(Code::WrongType, self.span(&item.range), message));
                }
            }
        }
        out
    }

    // Results

    fn result(&mut self, metric: &str, value: &Spanned<'_>) -> Option<Measured> {
        let path = format!("results.{metric}");
        self.note(&path, &value.range);
        if !super::benchmark::is_name(metric) {
            let message = format!("`{}` cannot be the name of a metric", metric.escape_debug());
            let wrong = Diagnostic::new(Code::DataName, self.span(&value.range), message);
            self.told.push(wrong.help("use letters, digits, `-` and `_`, and begin with a letter or a digit"));
            return None;
        }
        let Json::Object(members) = &value.value else {
            let message = format!("a result is an object, and this is {}", value.value.kind());
            let wrong = Diagnostic::new(Code::WrongType, self.span(&value.range), message);
            self.told.push(wrong.help("write `{ \"value\": 127.74, \"unit\": \"tok/s\" }`"));
            return None;
        };
        for (key, value) in members {
            self.note(&format!("{path}.{}", key.name), &value.range);
        }
        let before = self.told.len();
        let member = |name: &str| {
            let found = members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
            found.filter(|value| value.value != Json::Null)
        };
        let unit = self.unit(member("unit"));
        let given = |reader: &mut Self, name: &str| member(name).and_then(|value| reader.quantity(value, unit));
        let mut result = Measured {
            metric: Name::new(metric),
            value: given(self, "value"),
            missing: self.words(member("missing")),
            unit,
            statistic: self.statistic(member("statistic")),
            samples: Samples::new(&self.samples(member("samples"), unit), unit),
            n: self.count(member("n")),
            sd: given(self, "sd"),
            min: given(self, "min"),
            max: given(self, "max"),
            interval: self.interval(member("interval"), unit).map(Box::new),
            others: Vec::new(),
            uncertainty: None,
        };
        let others = members.iter().filter(|(key, _)| !OF_RESULT.contains(&&*key.name));
        result.others = {
            let mut inner = Reader { file: self.file, told: Vec::new(), fields: Vec::new(), places: Vec::new() };
            others.for_each(|(key, value)| inner.field(&key.name, value));
            inner.fields
        };
        if !members.iter().any(|(key, _)| key.name == "value") {
            let wrong =
                Diagnostic::new(Code::KeyMissing, self.head(value), format!("the result `{metric}` has no `value`"));
            self.told
                .push(wrong.help("give it one, or `null` and say why in `missing`: `\"missing\": \"does not fit\"`"));
        }
        if self.told.len() == before {
            self.contradictions(&path, &result);
        }
        if self.told.len() > before {
            return None;
        }
        result.uncertainty = result.computed();
        Some(result)
    }

    fn unit(&mut self, value: Option<&Spanned<'_>>) -> Unit {
        let Some(value) = value else { return Unit::NONE };
        let Some(text) = text(value) else {
            self.wrong_type(value, "`unit` must be a string such as \"tok/s\"");
            return Unit::NONE;
        };
        // Without its quotes, where each byte of the text is one of the file.
        let exact = value.range.len() == text.len() + 2;
        let inner = if exact { value.range.start + 1..value.range.end - 1 } else { value.range.clone() };
        match Unit::parse_at(&text, self.span(&inner)) {
            Ok(unit) => unit,
            Err(wrong) => {
                self.told.push(*wrong);
                Unit::NONE
            }
        }
    }

    fn quantity(&mut self, value: &Spanned<'_>, unit: Unit) -> Option<Quantity> {
        let Json::Number(text) = &value.value else {
            self.wrong_type(value, "a number is wanted here");
            return None;
        };
        match Quantity::new(text, unit) {
            Ok(quantity) => Some(quantity),
            Err(_) => {
                let message = format!("`{text}` is too large, too small or too long to compute with");
                let wrong = Diagnostic::new(Code::ValueRange, self.span(&value.range), message);
                self.told.push(wrong.help("choose a unit in which the number is of a fitting size"));
                None
            }
        }
    }

    fn words(&mut self, value: Option<&Spanned<'_>>) -> Option<Box<str>> {
        let value = value?;
        let text = text(value);
        if text.is_none() {
            self.wrong_type(value, "`missing` must be a string: what a reader is told in place of the value");
        }
        text.map(Into::into)
    }

    fn statistic(&mut self, value: Option<&Spanned<'_>>) -> Option<Statistic> {
        let value = value?;
        let text = text(value).unwrap_or_default();
        let found = Statistic::ALL.iter().find(|(name, _)| *name == text).map(|(_, statistic)| *statistic);
        if found.is_none() {
            let message = format!("`{}` is no statistic that is known", text.escape_debug());
            let wrong = Diagnostic::new(Code::WrongType, self.span(&value.range), message);
            self.told.push(wrong.help("write `mean`, `median`, `min`, `max` or `single`"));
        }
        found
    }

    fn samples(&mut self, value: Option<&Spanned<'_>>, unit: Unit) -> Vec<Quantity> {
        let Some(value) = value else { return Vec::new() };
        let Json::Array(items) = &value.value else {
            self.wrong_type(value, "`samples` must be an array of numbers");
            return Vec::new();
        };
        if items.len() > MAX_SAMPLES {
            let message = format!("a result has at most {MAX_SAMPLES} samples, and this has {}", items.len());
            let wrong = Diagnostic::new(Code::DataLimit, self.head(value), message);
            self.told.push(wrong.help("keep fewer, or only `n`, `sd`, `min` and `max`"));
            return Vec::new();
        }
        items.iter().filter_map(|item| self.quantity(item, unit)).collect()
    }

    fn count(&mut self, value: Option<&Spanned<'_>>) -> Option<u32> {
        let value = value?;
        let found = match &value.value {
            Json::Number(text) => text.parse().ok().filter(|n| *n > 0),
            _ => None,
        };
        if found.is_none() {
            let wrong = Diagnostic::new(
                Code::RecordInvalid,
                self.span(&value.range),
                "`n` must be a whole number of at least 1",
            );
            self.told.push(wrong.help("it counts the repetitions that the value is made of"));
        }
        found
    }

    fn interval(&mut self, value: Option<&Spanned<'_>>, unit: Unit) -> Option<Given> {
        let value = value?;
        let Json::Object(members) = &value.value else {
            self.wrong_type(value, "`interval` must be an object with `level`, `low` and `high`");
            return None;
        };
        let member = |name: &str| members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let (Some(level), Some(low), Some(high)) = (member("level"), member("low"), member("high")) else {
            let wrong =
                Diagnostic::new(Code::KeyMissing, self.head(value), "an interval has `level`, `low` and `high`");
            self.told.push(wrong.help("write `{ \"level\": 0.95, \"low\": 1.2, \"high\": 1.4 }`"));
            return None;
        };
        let at = self.span(&level.range);
        let method = member("method").and_then(text).map(Into::into);
        let (level, low, high) =
            (self.quantity(level, Unit::NONE)?, self.quantity(low, unit)?, self.quantity(high, unit)?);
        if !(level.value() > 0.0 && level.value() < 1.0) {
            let wrong = Diagnostic::new(Code::RecordInvalid, at, "the level of an interval lies between 0 and 1");
            self.told.push(wrong.help("95 % is `0.95`"));
        }
        Some(Given { level, low, high, method })
    }

    /// What cannot be true together.
    fn contradictions(&mut self, path: &str, result: &Measured) {
        let at = |reader: &Self, key: &str| reader.at(&format!("{path}.{key}"));
        let wrong = |reader: &mut Self, key: &str, message: String, help: &str| {
            let found = Diagnostic::new(Code::RecordInvalid, at(reader, key), message);
            reader.told.push(found.help(help));
        };
        if let Some(sd) = &result.sd {
            if sd.value() < 0.0 {
                wrong(self, "sd", "a standard deviation cannot be negative".into(), "correct it, or leave it out");
            }
            if result.n.is_none() && result.samples.is_empty() {
                let help = "add `n`; if a tool's default was filled in, name `results.*.n` in `assumed`";
                wrong(self, "sd", "a spread says nothing without the number of repetitions".into(), help);
            }
        }
        if let Some(n) = result.n
            && !result.samples.is_empty()
            && n as usize != result.samples.len()
        {
            let message = format!("`n` is {n}, and there are {} samples", result.samples.len());
            wrong(self, "n", message, "leave `n` out: the samples say it");
        }
        if let Some(given) = &result.interval {
            let value = result.value.as_ref().map_or(given.low.value(), Quantity::value);
            if given.low.value() > given.high.value() {
                wrong(self, "interval", "the interval ends before it begins".into(), "`low` is the smaller end");
            } else if value < given.low.value() || value > given.high.value() {
                wrong(self, "interval", "the value lies outside its interval".into(), "correct the one or the other");
            }
        }
        let samples = result.sample_values();
        let smallest = samples.iter().copied().reduce(f64::min);
        let largest = samples.iter().copied().reduce(f64::max);
        let told = [
            ("min", &result.min, smallest, "the smallest of the samples"),
            ("max", &result.max, largest, "the largest of the samples"),
            ("sd", &result.sd, stats::deviation(&samples), "the standard deviation of the samples"),
        ];
        for (key, written, computed, what) in told {
            if let (Some(written), Some(computed)) = (written, computed)
                && !agrees(written, computed, &result.samples, key == "sd")
            {
                let message = format!("{what} is {}, and `{key}` is {}", shown(computed), written.text());
                wrong(self, key, message, "leave it out: the samples say it");
            }
        }
        let Some(value) = &result.value else { return };
        let (lowest, highest) = (result.min.as_ref().map(Quantity::value), result.max.as_ref().map(Quantity::value));
        if lowest.is_some_and(|low| low > value.value()) || highest.is_some_and(|high| high < value.value()) {
            wrong(self, "value", "the value lies outside `min` and `max`".into(), "correct the one or the other");
        }
        let of_samples = match result.statistic {
            Some(Statistic::Mean) => stats::mean(&samples),
            Some(Statistic::Median) => stats::median(&samples),
            Some(Statistic::Min) => smallest,
            Some(Statistic::Max) => largest,
            Some(Statistic::Single) if samples.len() == 1 => smallest,
            _ => None,
        };
        if let (Some(computed), Some(statistic)) = (of_samples, result.statistic)
            && !agrees(value, computed, &result.samples, false)
        {
            let message = format!(
                "the {} of the samples is {}, and the value is {}",
                statistic.name(),
                shown(computed),
                value.text()
            );
            wrong(self, "value", message, "correct the value, or name the statistic that it is");
        }
        if result.statistic == Some(Statistic::Single) && (samples.len() > 1 || result.n.is_some_and(|n| n > 1)) {
            wrong(self, "statistic", "a single run has no repetitions".into(), "name the statistic that the value is");
        }
    }

    // Places

    fn wrong_type(&mut self, value: &Spanned<'_>, message: &str) {
        let wrong = Diagnostic::new(Code::WrongType, self.span(&value.range), message);
        self.told
            .push(wrong.label(format!("this is {}", value.value.kind())).help("numbers and texts as JSON has them"));
    }

    fn note(&mut self, path: &str, range: &Range<usize>) {
        let span = self.span(range);
        let name = Name::new(path);
        if self.places.last().is_none_or(|(last, ..)| *last != name) {
            self.places.push((name, span.start, span.end));
        }
    }

    fn at(&self, path: &str) -> Span {
        let found = self.places.iter().find(|(name, ..)| name.as_str() == path);
        found.map_or(Span::top(self.file), |(_, start, end)| Span { file: self.file, start: *start, end: *end })
    }

    /// The brace or bracket that an object or an array begins with: the whole would underline many lines.
    fn head(&self, value: &Spanned<'_>) -> Span {
        self.span(&(value.range.start..value.range.start + 1))
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.clone())
    }
}

/// A leaf as a reader sees it; `None` for what says nothing.
fn written(json: &Json<'_>) -> Option<Box<str>> {
    match json {
        Json::String(text) if text.trim().is_empty() => None,
        Json::String(text) => Some(text.as_ref().into()),
        Json::Number(text) => Some((*text).into()),
        Json::Bool(value) => Some(if *value { "yes" } else { "no" }.into()),
        _ => None,
    }
}

fn text(value: &Spanned<'_>) -> Option<String> {
    match &value.value {
        Json::String(text) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    }
}

/// `10:30`, `10:30:00.5`, with `Z` or an offset behind it.
fn is_time(text: &str) -> bool {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let two = |part: &str, most: u32| part.len() == 2 && part.parse().is_ok_and(|n: u32| n <= most);
    let mut parts = clock.split(':');
    let clock = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(hour), Some(minute), second, None) => {
            let second = second.is_none_or(|second| {
                let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
                two(whole, 60) && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
            });
            two(hour, 23) && two(minute, 59) && second
        }
        _ => false,
    };
    let zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => match offset.split_once(':') {
            Some((hour, minute)) => two(hour, 23) && two(minute, 59),
            None => offset.len() == 4 && offset.bytes().all(|b| b.is_ascii_digit()),
        },
        None => zone.is_empty() || zone == "Z",
    };
    clock && zone
}

/// A text such as `12.5 s` or `3 min`, in seconds.
fn seconds(text: &str) -> Option<f64> {
    let end = text.find(|c: char| c.is_whitespace() || c.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = Unit::parse(unit.trim()).ok()?;
    let factor = unit.factor_to(Unit::parse("s").ok()?)?;
    Some(factor.of(number.trim().parse().ok()?))
}

/// Whether `written` can be what was `computed` of `samples`, a `spread` or a value among them: both may have been
/// rounded where they were printed.
fn agrees(written: &Quantity, computed: f64, samples: &Samples, spread: bool) -> bool {
    let coarsest = samples.iter().map(|sample| half_a_place(&sample)).fold(0.0, f64::max);
    // Samples that are off by half a place move a mean by less than that, and a deviation by less than twice as much.
    let slack = half_a_place(written) + if spread { 1.999 } else { 0.999 } * coarsest;
    // What a sum of many floating-point numbers may be off.
    (written.value() - computed).abs() < slack + 1e-9 * computed.abs()
}

/// Half of the last place that is written.
fn half_a_place(written: &Quantity) -> f64 {
    let last = crate::number::decimal::Decimal::parse(written.text()).map_or(0, |decimal| decimal.last_place());
    0.5 * 10_f64.powi(last)
}

fn shown(value: f64) -> String {
    crate::number::decimal::Decimal::of(value).significant(6).text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use proptest::prelude::*;

    const GOOD: &str = r#"{ "benchmark": "llama3-8b-q4", "machine": { "id": "rtx-4090", "accelerator": "RTX 4090", "cpu": null,
        "virtual": true }, "os": "Ubuntu 22.04",
        "software": [{ "name": "llama.cpp", "build": 2824 }, { "name": "CUDA", "version": "12.3" }],
        "conditions": { "model": "LLaMA 3 8B", "deep": { "x": [1, "b"] } }, "started_at": "2024-05-09T10:00:00Z", "source": "xd",
        "assumed": ["results.*.n"], "note": "kept",
        "results": { "tg1024": { "value": 127.74, "unit": "tok/s", "statistic": "mean", "sd": 0.39, "n": 5, "seed": 1 },
                     "pp1024": { "value": null, "unit": "tok/s", "missing": "does not fit" } } }"#;

    fn read(text: &str) -> (Option<Record>, Vec<String>) {
        let parsed = record(PathId::new("content/measurements/llama3-8b-q4/rtx-4090.json"), text);
        let told = |d: &Diagnostic| {
            let Some(Place::Span(span)) = d.place else { return d.message.clone() };
            format!("{}: {} [{}]", d.code.name(), d.message, &text[span.range()])
        };
        let told = parsed.diagnostics.iter().map(told).collect();
        (parsed.value, told)
    }

    #[test]
    fn a_record_keeps_all_that_was_recorded() {
        let (record, wrong) = read(GOOD);
        assert_eq!(wrong, [""; 0]);
        let record = record.unwrap();
        assert_eq!(record.id(), RecordId::new("llama3-8b-q4", "rtx-4090"));
        assert_eq!(record.machine_title(), "RTX 4090");
        assert_eq!((record.condition("model"), record.condition("software.build")), (Some("LLaMA 3 8B"), Some("2824")));
        assert_eq!((record.condition("os"), record.condition("machine.cpu")), (Some("Ubuntu 22.04"), None));
        assert_eq!((record.field("note"), record.field("conditions.deep.x.1")), (Some("kept"), Some("b")));
        assert_eq!(record.started().unwrap().to_string(), "2024-05-09");
        let fast = record.result(Name::new("tg1024")).unwrap();
        // t(0.975, 4) × 0.39 / √5.
        let half = fast.uncertainty().unwrap().interval.half_width();
        assert!((half - 0.484_248).abs() < 1e-5, "{half}");
        assert_eq!(fast.others[0].path.as_str(), "seed");
        let none = record.result(Name::new("pp1024")).unwrap();
        assert_eq!((none.value.is_none(), none.missing.as_deref()), (true, Some("does not fit")));
        assert_eq!(&GOOD[record.place("results.tg1024.sd").range()], "0.39");
        assert_eq!(&GOOD[record.place("results.tg1024.max").range()][..18], "{ \"value\": 127.74,");
    }

    #[test]
    fn samples_may_have_been_rounded_where_they_were_printed() {
        let with = |samples: &str, value: &str, sd: &str| {
            let text = GOOD
                .replace("127.74", value)
                .replace("\"sd\": 0.39, \"n\": 5", &format!("\"sd\": {sd}, \"samples\": [{samples}]"));
            read(&text).1.len()
        };
        assert_eq!(with("6916.91, 7187.72, 7163.3, 7079.34, 7152.74", "7100.002165", "110.0"), 0);
        assert_eq!(with("6916.91, 7187.72, 7163.3, 7079.34, 7152.74", "7100.4", "110.0"), 1);
    }

    #[test]
    fn what_is_shown_is_hashed_and_no_position() {
        let hash = |text: &str| crate::site::Hash::of(&read(text).0.unwrap());
        assert_eq!(hash(GOOD), hash(&GOOD.replace("\"os\"", "\n\n \"os\"")));
        for (from, to) in [
            ("127.74", "127.75"),
            ("0.39", "0.4"),
            ("kept", "other"),
            ("\"seed\": 1", "\"seed\": 2"),
            ("does not fit", "no"),
        ] {
            assert_ne!(hash(GOOD), hash(&GOOD.replace(from, to)), "{from}");
        }
    }

    #[test]
    fn each_mistake_has_its_place() {
        for (from, to, want) in [
            ("127.74", "1e400", "value-range: `1e400` is too large, too small or too long to compute with [1e400]"),
            ("127.74", "NaN", "data-syntax: expected a value, found `N` [N]"),
            ("127.74", "\"fast\"", "wrong-type: a number is wanted here [\"fast\"]"),
            ("\"tok/s\", \"stat", "\"tokens/blink\", \"stat", "unit-unknown: `blink` is not a unit [blink]"),
            ("\"n\": 5", "\"n\": 0", "record-invalid: `n` must be a whole number of at least 1 [0]"),
            (", \"n\": 5", "", "record-invalid: a spread says nothing without the number of repetitions [0.39]"),
            ("0.39", "-0.39", "record-invalid: a standard deviation cannot be negative [-0.39]"),
            (
                "\"n\": 5",
                "\"samples\": [1.00, 2.00]",
                "record-invalid: the standard deviation of the samples is 0.707107, and `sd` is 0.39 [0.39]",
            ),
            (
                "\"sd\": 0.39, \"n\": 5",
                "\"samples\": [1.00, 2.00]",
                "record-invalid: the mean of the samples is 1.5, and the value is 127.74 [127.74]",
            ),
            (
                "\"sd\": 0.39, \"n\": 5",
                "\"min\": 130",
                "record-invalid: the value lies outside `min` and `max` [127.74]",
            ),
            ("\"mean\"", "\"average\"", "wrong-type: `average` is no statistic that is known [\"average\"]"),
            ("2024-05-09T10:00:00Z", "2024-02-30", "wrong-type: `2024-02-30` is no date [\"2024-02-30\"]"),
            ("\"note\": \"kept\"", "\"duration\": -3", "record-invalid: a run cannot take less than no time [-3]"),
            (
                "\"note\": \"kept\"",
                "\"os\": \"twice\"",
                "data-syntax: the key `os` stands twice in one object [\"os\"]",
            ),
            (
                "\"virtual\": true",
                "\"virtual\": \"true\"",
                "wrong-type: `machine.virtual` must be true or false [\"true\"]",
            ),
            (
                "\"id\": \"rtx-4090\"",
                "\"id\": \"rtx-3090\"",
                "record-invalid: the machine is `rtx-3090`, and the file is called `rtx-4090` [\"rtx-3090\"]",
            ),
            (
                "\"benchmark\": \"llama3-8b-q4\"",
                "\"bench\": 1",
                "key-missing: the record does not name its `benchmark` [{]",
            ),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let (_, wrong) = read(&text);
            assert!(wrong.iter().any(|told| told == want), "{to}: {wrong:#?}");
        }
        assert_eq!(read("[1]").1, ["wrong-type: a record is an object, and this is an array [[1]]"]);
        assert!(read(&format!("{{\"a\": {}", "[".repeat(10_000))).1[0].starts_with("data-size: nested deeper"));
    }

    proptest! {
        #[test]
        fn any_json_is_a_record_or_told(value in "-?[0-9]{1,3}(\\.[0-9]{0,2})?(e[0-9]{1,3})?|\"[a-z]{0,3}\"|null|\\[\\]|\\{\\}",
            key in "value|unit|sd|n|min|samples|interval|statistic|missing|x") {
            let text = format!(r#"{{"benchmark": "b", "machine": {{"id": "rtx-4090"}}, "results": {{"m": {{"{key}": {value}}}}}}}"#);
            let _ = read(&text);
        }
    }
}
