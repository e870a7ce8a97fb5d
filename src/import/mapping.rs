//! The mapping of a CSV: which rows are taken, and which column is which field.

use super::field::{self, Field, Scalar};
use super::pattern::{BadTemplate, Pattern, Template};
use super::{Told, unknown_field};
use crate::diag::{Code, Diagnostic, Span};
use crate::id::PathId;
use crate::parse::keys::{self, At, Item, Keys};
use toml::de::DeValue;

/// One `[[pick]]`.
#[derive(Debug)]
pub struct Pick {
    /// Where it stands.
    pub place: Span,
    /// What each column must be, by its number.
    pub wanted: Vec<(usize, Pattern)>,
    /// What each field is.
    pub set: Vec<(Field, Value)>,
    /// Fields that a tool's default filled.
    pub assumed: Vec<String>,
}

/// What a field is set to.
#[derive(Debug)]
pub enum Value {
    /// The same for every row.
    Fixed(Scalar),
    /// A text made of the row's columns.
    Made(Template, Span),
}

impl Pick {
    /// Whether it takes a row, and what the stars of its patterns stand for there, by column.
    pub fn takes<'r>(&self, cell: impl Fn(usize) -> &'r str) -> Option<Vec<(usize, Vec<&'r str>)>> {
        self.wanted.iter().map(|(column, pattern)| Some((*column, pattern.matches(cell(*column))?))).collect()
    }
}

/// Reads a mapping for a file with these columns.
pub fn read(file: PathId, text: &str, columns: &[String], told: &mut Told) -> Vec<Pick> {
    let document = match keys::document(file, text, 0) {
        Ok(document) => document,
        Err(wrong) => {
            told.push(*wrong);
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    let mut keys = Keys::new(&document, &mut found);
    let tables = keys.tables("pick");
    if tables.is_empty() && keys.key_span("pick").is_none() {
        let wrong = Diagnostic::new(Code::KeyMissing, Span::top(file), "a mapping without `[[pick]]` takes no row");
        keys.report(
            wrong.help("say which rows are which benchmark: `[[pick]]` with `where`, `benchmark`, `metric` and `set`"),
        );
    }
    let picks = tables.into_iter().map(|table| pick(&mut keys.open(table), columns)).collect();
    keys.finish();
    found.into_iter().for_each(|wrong| told.push(wrong));
    picks
}

fn pick(keys: &mut Keys<'_, '_>, columns: &[String]) -> Pick {
    let mut pick = Pick { place: keys.span(), wanted: Vec::new(), set: Vec::new(), assumed: Vec::new() };
    if let Some(table) = keys.table("where") {
        let mut inner = keys.open(table);
        for (name, item) in inner.entries() {
            match (columns.iter().position(|column| column == name.value), item.string()) {
                (Some(column), Some(text)) => pick.wanted.push((column, Pattern::new(text.value))),
                (Some(_), None) => inner.wrong_type(name.value, item, "a string"),
                (None, _) => {
                    let wrong = no_column(name.value, name.span, columns);
                    inner.report(wrong);
                }
            }
        }
    }
    for path in ["benchmark", "metric"] {
        if let (Some(span), Some(item)) = (keys.key_span(path), keys.item(path)) {
            set(keys, &mut pick, At { value: path, span }, item, columns);
        }
    }
    if let Some(table) = keys.table("set") {
        let mut inner = keys.open(table);
        let mut all = Vec::new();
        flatten(&mut inner, String::new(), &mut all);
        for (path, span, item) in all {
            set(&mut inner, &mut pick, At { value: &path, span }, item, columns);
        }
    }
    for path in keys.strings("assumed").unwrap_or_default() {
        let bare = path.value.strip_prefix("results.*.").unwrap_or(path.value);
        match Field::from_path(bare) {
            Some(_) => pick.assumed.push(path.value.to_owned()),
            None => keys.report(unknown_field(bare).at(Some(path.span))),
        }
    }
    finish(keys);
    pick
}

/// Reports keys of a pick that nothing reads.
fn finish(keys: &mut Keys<'_, '_>) {
    const KNOWN: [&str; 5] = ["where", "set", "benchmark", "metric", "assumed"];
    for (key, _) in keys.entries().into_iter().filter(|(key, _)| !KNOWN.contains(&key.value)) {
        let message = format!("unknown key `{}`", key.value.escape_debug());
        let wrong = Diagnostic::new(Code::UnknownKey, key.span, message).nearest(key.value, key.span, KNOWN);
        keys.report(wrong.help("the fields of a record stand under `set`"));
    }
}

/// The entries of `set` by their whole path: `machine.id = 1`, `machine = { id = 1 }` and `"machine.id" = 1` are one.
fn flatten<'t>(keys: &mut Keys<'t, '_>, above: String, out: &mut Vec<(String, Span, Item<'t>)>) {
    for (name, item) in keys.entries() {
        let path = if above.is_empty() { name.value.to_owned() } else { format!("{above}.{}", name.value) };
        match item.table() {
            Some(table) => flatten(&mut keys.open(table), path, out),
            None => out.push((path, name.span, item)),
        }
    }
}

fn set(keys: &mut Keys<'_, '_>, pick: &mut Pick, path: At<&str>, item: Item<'_>, columns: &[String]) {
    let Some(field) = Field::from_path(path.value) else {
        keys.report(unknown_field(path.value).at(Some(path.span)));
        return;
    };
    let fixed = match item.value() {
        DeValue::String(text) if text.contains('{') => {
            let place = keys::inside(At { value: text.as_ref(), span: item.span() });
            let column = |name: &str| columns.iter().position(|column| column == name);
            let stars = |column: usize| {
                pick.wanted.iter().find(|(own, _)| *own == column).map_or(0, |(_, pattern)| pattern.stars())
            };
            match Template::parse(text, column, stars) {
                Ok(template) => pick.set.push((field, Value::Made(template, item.span()))),
                Err(bad) => keys.report(bad_template(bad, place, text, columns)),
            }
            return;
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => {
            keys.wrong_type(path.value, item, "a text, a number, a date, true or false");
            return;
        }
    };
    // What TOML quotes is a text, also where it looks like a number.
    let value = match (&field, item.value()) {
        (Field::Condition(_), DeValue::String(text)) => Ok(Scalar::Text(text.to_string())),
        _ => field.read(&fixed),
    };
    match value {
        Ok(value) => pick.set.push((field, Value::Fixed(value))),
        Err(wrong) => keys.report(wrong.at(Some(item.span()))),
    }
}

fn bad_template(bad: BadTemplate, place: Span, text: &str, columns: &[String]) -> Diagnostic {
    // Where escapes stand in the text, its bytes are not those of the file.
    let exact = place.range().len() == text.len();
    let at = if exact { place.slice(bad.range) } else { place };
    match bad.unknown {
        Some(name) if exact => no_column(
            name.rsplit_once('.').map_or(name.as_str(), |(head, tail)| {
                if tail.bytes().all(|b| b.is_ascii_digit()) { head } else { name.as_str() }
            }),
            at,
            columns,
        ),
        _ => Diagnostic::new(Code::ImportMapping, at, bad.message),
    }
}

fn no_column(name: &str, at: Span, columns: &[String]) -> Diagnostic {
    let message = format!("the file has no column `{}`", field::shown(name));
    let wrong = Diagnostic::new(Code::ImportMapping, at, message);
    let names = columns.iter().map(String::as_str);
    match crate::diag::nearest(name, names.clone()) {
        Some(near) if at.range().len() == name.len() => wrong.fix(format!("did you mean `{near}`?"), at, near),
        Some(near) => wrong.help(format!("did you mean `{near}`?")),
        None => wrong.help(format!(
            "it has {}",
            super::listed(&names.map(|n| format!("`{}`", field::shown(n))).collect::<Vec<_>>(), "and")
        )),
    }
}
