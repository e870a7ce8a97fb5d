//! Records as they will be written: results gathered by benchmark and machine, and the JSON of each.
//!
//! The JSON is the same for the same results, byte for byte, so that importing twice changes nothing: fields stand in
//! one order, numbers keep their digits, and what nobody recorded is left out.

use super::field::{Field, Of, Scalar, shown};
use super::{Told, Wrong};
use crate::diag::{Code, Diagnostic, Span};
use crate::number::Unit;
use std::collections::BTreeMap;

/// A value and where it was given; nowhere, if the command line said it.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub value: Scalar,
    /// Where.
    pub place: Option<Span>,
}

/// One result as a file gives it, with the fields of its run.
#[derive(Clone, Debug)]
pub struct Row {
    /// The row, the object, the line.
    pub place: Span,
    /// Its fields.
    pub fields: BTreeMap<Field, Given>,
    /// The single measurements, where they are kept.
    pub samples: Vec<String>,
    /// Fields that a tool's default filled.
    pub assumed: Vec<String>,
}

impl Row {
    /// A row without fields.
    pub fn new(place: Span) -> Row {
        Row { place, fields: BTreeMap::new(), samples: Vec::new(), assumed: Vec::new() }
    }

    /// The value of a field.
    pub fn get(&self, path: &'static str) -> Option<&Scalar> {
        self.fields.get(&Field::known(path)).map(|given| &given.value)
    }

    fn text(&self, path: &'static str) -> Option<&str> {
        self.get(path).map(Scalar::text)
    }

    fn number(&self, path: &'static str) -> Option<f64> {
        self.get(path).and_then(Scalar::number)
    }

    fn place_of(&self, path: &'static str) -> Span {
        self.fields.get(&Field::known(path)).and_then(|given| given.place).unwrap_or(self.place)
    }

    /// Sets a field, in place of what it was.
    pub fn set(&mut self, field: Field, value: Scalar, place: Option<Span>) {
        self.fields.insert(field, Given { value, place });
    }
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its benchmark.
    pub benchmark: String,
    /// Its machine.
    pub machine: String,
    /// Its first row.
    pub place: Span,
    run: BTreeMap<Field, Given>,
    assumed: Vec<String>,
    /// In the order of the file.
    results: Vec<Outcome>,
    /// Where among them each metric is.
    by_metric: BTreeMap<String, usize>,
}

/// A result of a record.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was measured.
    pub metric: String,
    fields: BTreeMap<Field, Given>,
    samples: Vec<String>,
    place: Span,
}

impl Outcome {
    /// What a field holds.
    pub fn text(&self, path: &'static str) -> Option<&str> {
        self.fields.get(&Field::known(path)).map(|given| given.value.text())
    }
}

/// What every record and every result must have.
const REQUIRED: [&str; 6] = ["benchmark", "machine.id", "source", "metric", "value", "unit"];

/// Gathers rows into records: those of one benchmark and one machine are one. `set` goes over what the rows say.
pub fn gather(rows: Vec<Row>, set: &[(Field, Scalar)], told: &mut Told) -> Vec<Record> {
    let mut records: BTreeMap<(String, String), Record> = BTreeMap::new();
    let mut lacking: Vec<(&'static str, Row, usize)> = Vec::new();
    for mut row in rows {
        for (field, value) in set {
            row.set(field.clone(), value.clone(), None);
            row.assumed.retain(|path| !covers(path, field));
        }
        if let Err(wrong) = spread(&mut row).and_then(|()| sound(&row)) {
            told.push(*wrong);
        }
        let missing: Vec<_> = REQUIRED.into_iter().filter(|path| row.get(path).is_none()).collect();
        for path in &missing {
            match lacking.iter_mut().find(|(known, ..)| known == path) {
                Some((.., count)) => *count += 1,
                None => lacking.push((path, row.clone(), 1)),
            }
        }
        if missing.is_empty() {
            enter(&mut records, row, told);
        }
    }
    tell_missing(&lacking, told);
    records.into_values().collect()
}

fn covers(path: &str, field: &Field) -> bool {
    path == field.path() || (field.of() != Of::Run && path.strip_prefix("results.*.") == Some(&field.path()))
}

/// Puts a row into its record.
fn enter(records: &mut BTreeMap<(String, String), Record>, row: Row, told: &mut Told) {
    let text = |path| row.text(path).unwrap_or_default().to_owned();
    let (benchmark, machine, metric) = (text("benchmark"), text("machine.id"), text("metric"));
    let record = records.entry((benchmark.clone(), machine.clone())).or_insert_with(|| Record {
        benchmark,
        machine,
        place: row.place,
        run: BTreeMap::new(),
        assumed: Vec::new(),
        results: Vec::new(),
        by_metric: BTreeMap::new(),
    });
    let Row { place, fields, samples, assumed } = row;
    let (run, own): (BTreeMap<_, _>, BTreeMap<_, _>) = fields.into_iter().partition(|(field, _)| field.of() == Of::Run);
    for (field, given) in run {
        match record.run.get(&field) {
            Some(first) if first.value != given.value => told.push(differing(record, &field, first, &given, place)),
            Some(_) => {}
            None => {
                record.run.insert(field, given);
            }
        }
    }
    for path in assumed {
        if let Err(at) = record.assumed.binary_search(&path) {
            record.assumed.insert(at, path);
        }
    }
    let new = Outcome { metric, fields: own, samples, place };
    match record.by_metric.get(&new.metric).and_then(|at| record.results.get(*at)) {
        None => {
            record.by_metric.insert(new.metric.clone(), record.results.len());
            record.results.push(new);
        }
        Some(known) if is_same(known, &new) => {}
        Some(known) => {
            let says = |result: &Outcome| {
                let text = |path| result.text(path).unwrap_or_default();
                format!("{} {}", text("value"), text("unit"))
            };
            let id = format!("{}/{}/{}", record.benchmark, record.machine, new.metric);
            let message = format!("`{id}` is given twice, and not as the same");
            let wrong = Diagnostic::new(Code::ImportConflict, new.place, message)
                .label(format!("{} here", says(&new)))
                .also(known.place, format!("{} here", says(known)))
                .help("one result has one row: tell the rows apart by `where`, or by another metric, benchmark or machine");
            told.push(wrong);
        }
    }
}

fn is_same(a: &Outcome, b: &Outcome) -> bool {
    let same = |(field, given): (&Field, &Given)| b.fields.get(field).is_some_and(|other| other.value == given.value);
    a.fields.len() == b.fields.len() && a.samples == b.samples && a.fields.iter().all(same)
}

fn differing(record: &Record, field: &Field, first: &Given, again: &Given, row: Span) -> Diagnostic {
    let (benchmark, machine, path) = (&record.benchmark, &record.machine, field.path());
    let message = format!("two results of the run `{benchmark}/{machine}` differ in `{path}`");
    Diagnostic::new(Code::ImportConflict, again.place.unwrap_or(row), message)
        .label(format!("`{}` here", shown(again.value.text())))
        .also(first.place.unwrap_or(record.place), format!("`{}` here", shown(first.value.text())))
        .help("a record is one run: give the second run a longer `machine.id`, as in `rtx-4090-b2833`, or another benchmark")
}

fn tell_missing(lacking: &[(&'static str, Row, usize)], told: &mut Told) {
    let Some((_, first, _)) = lacking.first() else { return };
    let names: Vec<_> = lacking.iter().map(|(path, ..)| format!("`{path}`")).collect();
    let message = format!("a record needs {}, and the file does not say", super::listed(&names, "and"));
    let most = lacking.iter().map(|(.., count)| *count).max().unwrap_or(1);
    let label =
        if most == 1 { "said of no result here".to_owned() } else { format!("first here; {most} results in all") };
    let mut wrong = Diagnostic::new(Code::ImportMissing, first.place, message).label(label);
    for (path, row, _) in lacking {
        wrong = wrong.help(match *path {
            "metric" | "value" | "unit" => format!("say in the mapping where it comes from: `set.{path} = \"...\"`"),
            _ => format!("add `--set {path}={}`", suggestion(path, row)),
        });
    }
    told.push(wrong);
}

/// A value that may do, made of what the file says.
fn suggestion(path: &str, row: &Row) -> String {
    let condition = |name: &str| {
        let found = row.fields.get(&Field::Condition(name.to_owned()));
        found.map(|given| given.value.text().to_owned()).unwrap_or_default()
    };
    let made = match path {
        "benchmark" => super::field::slug(&format!("{} {}", condition("model"), condition("quantization"))),
        "machine.id" => {
            let device = row.text("machine.accelerator").or_else(|| row.text("machine.cpu")).unwrap_or_default();
            let makers = ["NVIDIA", "GeForce", "AMD", "Apple", "Intel(R)", "Tesla"];
            let words = device.split_whitespace().filter(|word| !makers.contains(word));
            let name = super::field::slug(&words.collect::<Vec<_>>().join(" "));
            match row.text("machine.accelerator_count").filter(|count| *count != "1" && !name.is_empty()) {
                Some(count) => format!("{name}-x{count}"),
                None => name,
            }
        }
        _ => String::new(),
    };
    match (made.is_empty(), path) {
        (false, _) => made,
        (true, "source") => "ID".to_owned(),
        (true, _) => "NAME".to_owned(),
    }
}

/// What a spread may say beside free words, and the field that each part is.
const SPREADS: [(&str, &str); 4] = [("sd", "sd"), ("min", "min"), ("max", "max"), ("sd_between_instances", "sd")];

/// Takes the text of a spread apart: `sd=0.4; min=1; max=2`. Words without `=` are a note.
fn spread(row: &mut Row) -> Result<(), Box<Diagnostic>> {
    let Some(Given { value, place }) = row.fields.remove(&Field::known("spread")) else { return Ok(()) };
    let at = place.unwrap_or(row.place);
    for part in value.text().split([';', ',']).map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, text)) = part.split_once('=') else {
            row.set(Field::known("note"), Scalar::Text(part.to_owned()), place);
            continue;
        };
        let Some((_, path)) = SPREADS.iter().find(|(known, _)| *known == name.trim()) else {
            let message = format!("a spread cannot say `{}`", shown(name));
            let names = SPREADS.map(|(name, _)| format!("`{name}=`"));
            let wrong = Diagnostic::new(Code::ImportField, at, message)
                .help(format!("it says {}", super::listed(&names, "or")));
            return Err(Box::new(wrong));
        };
        let field = Field::known(path);
        let value = field.read(text).map_err(|wrong| Box::new(wrong.at(Some(at))))?;
        if name.trim() == "sd_between_instances" {
            let note = "The standard deviation is that between instances.".to_owned();
            row.set(Field::known("note"), Scalar::Text(note), place);
        }
        row.set(field, value, place);
    }
    Ok(())
}

/// Whether what a result says of itself can be true.
fn sound(row: &Row) -> Result<(), Box<Diagnostic>> {
    let Some(value) = row.number("value") else { return Ok(()) };
    let tell = |path, wrong: Wrong| Err(Box::new(wrong.at(Some(row.place_of(path)))));
    let unit = row.text("unit").and_then(|unit| Unit::parse(unit).ok());
    if value < 0.0 && unit.is_some_and(|unit| !unit.dimension().is_none()) {
        let message =
            format!("`value` is {value} {}: no such amount is negative", row.text("unit").unwrap_or_default());
        return tell("value", Wrong::new(message));
    }
    let (min, max) = (row.number("min"), row.number("max"));
    if let (Some(low), Some(high)) = (min, max)
        && low > high
    {
        return tell("min", Wrong::new(format!("`min` is {low} and `max` is {high}")));
    }
    if min.is_some_and(|low| value < low) || max.is_some_and(|high| value > high) {
        let message = format!("`value` is {value}, which is not between `min` and `max` of the same result");
        return tell("value", Wrong::new(message));
    }
    if row.get("sd").is_some() && row.get("n").is_none() && row.samples.is_empty() {
        let wrong = Wrong::new("`sd` is given and `n` is not, so that nothing follows from it");
        return tell("sd", wrong.help("say how many repetitions there were: `--set n=5`"));
    }
    samples(row, value)
}

/// Whether the samples are those of the value.
fn samples(row: &Row, value: f64) -> Result<(), Box<Diagnostic>> {
    let all: Vec<f64> = row.samples.iter().filter_map(|text| crate::number::decimal::value(text).ok()).collect();
    if all.is_empty() || row.text("statistic") != Some("mean") {
        return Ok(());
    }
    #[allow(clippy::cast_precision_loss, reason = "a file holds fewer samples than 2^53")]
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    // Tools print samples with some six digits.
    if (mean - value).abs() <= 1e-3 * value.abs() {
        return Ok(());
    }
    let message = format!("`value` is {value}, and the mean of its {} samples is {mean}", all.len());
    Err(Box::new(Wrong::new(message).at(Some(row.place_of("value")))))
}

impl Record {
    /// Its file, from the folder of chapters.
    pub fn path(&self) -> String {
        format!("measurements/{}/{}.json", self.benchmark, self.machine)
    }

    /// Its results.
    pub fn results(&self) -> &[Outcome] {
        &self.results
    }

    /// Fields that a tool's default filled.
    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }

    /// What a field of the run holds.
    pub fn text(&self, path: &'static str) -> Option<&str> {
        self.run.get(&Field::known(path)).map(|given| given.value.text())
    }

    /// The text of its file.
    pub fn json(&self) -> String {
        let mut root: Vec<(String, Node)> = Vec::new();
        let mut conditions: Vec<(String, Node)> = Vec::new();
        for (field, given) in &self.run {
            let (path, node) = (field.path(), Node::Scalar(given.value.clone()));
            match (field, path.split_once('.')) {
                (Field::Condition(name), _) => conditions.push((name.clone(), node)),
                (_, Some((outer, inner))) => match root.iter_mut().find(|(name, _)| name == outer) {
                    Some((_, Node::Object(members))) => members.push((inner.to_owned(), node)),
                    _ => root.push((outer.to_owned(), Node::Object(vec![(inner.to_owned(), node)]))),
                },
                (_, None) => root.push((path, node)),
            }
        }
        // Several programs can take part; the first is the one that was measured.
        for (name, node) in &mut root {
            if let ("software", Node::Object(members)) = (name.as_str(), &mut *node) {
                *node = Node::Array(vec![Node::Object(std::mem::take(members))]);
            }
        }
        if !conditions.is_empty() {
            let behind = ["benchmark", "machine", "os", "driver", "software"];
            let at = root.iter().take_while(|(name, _)| behind.contains(&name.as_str())).count();
            root.insert(at, ("conditions".to_owned(), Node::Object(conditions)));
        }
        if !self.assumed.is_empty() {
            let paths = self.assumed.iter().map(|path| Node::Scalar(Scalar::Text(path.clone()))).collect();
            root.push(("assumed".to_owned(), Node::Array(paths)));
        }
        let results = self.results.iter().map(|result| (result.metric.clone(), result.node()));
        root.push(("results".to_owned(), Node::Object(results.collect())));
        let mut out = String::new();
        Node::Object(root).write(0, &mut out);
        out.push('\n');
        out
    }
}

impl Outcome {
    fn node(&self) -> Node {
        let fields = self.fields.iter().filter(|(field, _)| **field != Field::known("metric"));
        let mut members: Vec<_> =
            fields.map(|(field, given)| (field.path(), Node::Scalar(given.value.clone()))).collect();
        if !self.samples.is_empty() {
            let samples = self.samples.iter().map(|text| Node::Scalar(Scalar::Number(text.clone()))).collect();
            members.push(("samples".to_owned(), Node::Array(samples)));
        }
        Node::Object(members)
    }
}

/// A JSON value that is written.
enum Node {
    Scalar(Scalar),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// How long a line may get before what it holds is put on lines of its own.
const WIDTH: usize = 120;

impl Node {
    /// Writes it where `depth` levels are open. What holds no further levels stands on one line, if it fits.
    fn write(&self, depth: usize, out: &mut String) {
        let line = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
        if let Some(flat) = self.flat()
            && (line + flat.chars().count() < WIDTH || matches!(self, Node::Scalar(_)))
        {
            out.push_str(&flat);
            return;
        }
        let (open, close) = if matches!(self, Node::Array(_)) { ('[', ']') } else { ('{', '}') };
        out.push(open);
        let members: Vec<(Option<&str>, &Node)> = match self {
            Node::Scalar(_) => Vec::new(),
            Node::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Node::Object(members) => members.iter().map(|(name, node)| (Some(name.as_str()), node)).collect(),
        };
        for (i, (name, node)) in members.into_iter().enumerate() {
            out.push_str(if i == 0 { "\n" } else { ",\n" });
            out.push_str(&"  ".repeat(depth + 1));
            if let Some(name) = name {
                out.push_str(&quoted(name));
                out.push_str(": ");
            }
            node.write(depth + 1, out);
        }
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        out.push(close);
    }

    /// On one line, if it holds scalars only.
    fn flat(&self) -> Option<String> {
        let scalar = |node: &Node| if let Node::Scalar(scalar) = node { Some(json_of(scalar)) } else { None };
        match self {
            Node::Scalar(scalar) => Some(json_of(scalar)),
            Node::Array(items) => {
                let items: Option<Vec<_>> = items.iter().map(scalar).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Node::Object(members) => {
                let member = |(name, node): &(String, Node)| Some(format!("{}: {}", quoted(name), scalar(node)?));
                let members: Option<Vec<_>> = members.iter().map(member).collect();
                Some(format!("{{ {} }}", members?.join(", ")))
            }
        }
    }
}

fn json_of(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => quoted(text),
        other => other.text().to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
