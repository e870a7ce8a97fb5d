//! `schema`: a JSON Schema of a file, by which an editor completes and checks it.

use super::args::{Draft, Schema};
use super::{Ended, report};
use crate::diag::{Fault, nearest};
use crate::parse::shape::{FILES, File, Key, Kind, Shape, lints, unit_names};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Prints the schema of a file, or which files have one.
pub fn run(schema: &Schema) -> Ended {
    let Some(name) = schema.file.as_deref() else {
        let mut out = String::new();
        for file in FILES {
            let _ = writeln!(out, "{:<14} {:<18} {}", file.name, file.path, file.about);
        }
        return report::print(&out).map(|()| 0);
    };
    let Some(file) = FILES.iter().find(|file| file.name == name || file.path == name) else {
        let near = nearest(name, FILES.iter().map(|file| file.name));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Fault::refused(format!("there is no schema `{name}`{near}")));
    };
    // A value of our own making, whose keys are texts, can always be written.
    let text = serde_json::to_string_pretty(&of(file, schema.draft)).unwrap_or_default();
    report::print(&format!("{text}\n")).map(|()| 0)
}

/// The schema of a file. It keeps to words that both drafts have alike, so they differ in the first line only.
fn of(file: &File, draft: Draft) -> Value {
    let mut schema = table(&file.shape);
    let dialect = match draft {
        Draft::New => "https://json-schema.org/draft/2020-12/schema",
        Draft::Seven => "http://json-schema.org/draft-07/schema#",
    };
    schema.insert("$schema".into(), dialect.into());
    schema.insert("title".into(), file.path.into());
    schema.insert("description".into(), file.about.into());
    Value::Object(schema)
}

fn table(shape: &Shape) -> Map<String, Value> {
    let keys: Map<String, Value> = shape.keys.iter().map(|k| (k.name.to_owned(), Value::Object(key(k)))).collect();
    let required: Vec<&str> = shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let rest = shape.rest.map_or(Value::Bool(false), |(_, kind)| Value::Object(of_kind(kind)));
    let mut schema = object(json!({ "type": "object", "additionalProperties": rest }));
    if !keys.is_empty() {
        schema.insert("properties".into(), Value::Object(keys));
    }
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

fn key(key: &Key) -> Map<String, Value> {
    let mut schema = of_kind(&key.kind);
    schema.insert("description".into(), key.doc.into());
    if let Some(default) = key.default {
        schema.insert("default".into(), value(default));
    }
    if !key.effect {
        schema.insert("deprecated".into(), true.into());
    }
    schema
}

fn of_kind(kind: &Kind) -> Map<String, Value> {
    object(match kind {
        Kind::Text(example) => json!({ "type": "string", "examples": [value(example)] }),
        Kind::Pattern(pattern, example) => {
            json!({ "type": "string", "pattern": pattern, "examples": [value(example)] })
        }
        Kind::OneOf(names) => json!({ "type": "string", "enum": names() }),
        Kind::Unit => units(),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int(from, i64::MAX) => json!({ "type": "integer", "minimum": from }),
        Kind::Int(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        // A date of TOML is a text to a schema.
        Kind::Number(_) => json!({ "type": "number" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Texts(example) => {
            json!({ "type": "array", "items": { "type": "string" }, "examples": [[value(example)]] })
        }
        Kind::Table(shape) => Value::Object(table(shape)),
        Kind::Tables(shape) => json!({ "type": "array", "items": table(shape) }),
        Kind::Lints => levels(),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>() }),
        Kind::Array(kind) => json!({ "type": "array", "items": of_kind(kind) }),
        Kind::Any => json!({}),
    })
}

/// One symbol, which an editor can offer, or several with `/` between.
fn units() -> Value {
    let names = unit_names();
    let any = names.join("|");
    let pattern = format!("^(1|{any})(/({any})){{1,5}}$");
    json!({ "type": "string", "anyOf": [{ "enum": names }, { "pattern": pattern }] })
}

fn levels() -> Value {
    let level = |free| if free { json!(["allow", "warn", "error"]) } else { json!(["error"]) };
    let codes: Map<String, Value> = lints()
        .map(|(code, free)| {
            let usual = json!({ "enum": level(free), "description": code.summary(), "default": default_level(code) });
            (code.name().to_owned(), usual)
        })
        .collect();
    json!({ "type": "object", "properties": codes, "additionalProperties": false })
}

fn default_level(code: crate::diag::Code) -> &'static str {
    match code.severity() {
        crate::diag::Severity::Error => "error",
        crate::diag::Severity::Warning => "warn",
    }
}

/// A value that the list writes as TOML: all but dates are JSON too.
fn value(toml: &str) -> Value {
    serde_json::from_str(toml).unwrap_or_else(|_| toml.into())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
