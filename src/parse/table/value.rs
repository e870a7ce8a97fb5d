//! From what a file has in a cell to a value of the cell's column.

use super::{Column, Type, Value};
use crate::diag::{Code, Diagnostic, Span};
use crate::number::Quantity;
use crate::number::decimal::{self, Wrong};
use crate::parse::json::Json;
use crate::parse::keys::{Item, parse_date};
use std::borrow::Cow;
use toml::de::DeValue;

type Answer<T> = Result<T, Box<Diagnostic>>;

/// A value as a file has it, before its column says what it should be.
pub enum Raw<'t> {
    /// A cell of CSV: a text that may stand for anything.
    Plain(Cow<'t, str>),
    /// A string in quotes, of TOML or JSON.
    Text(Cow<'t, str>),
    Number(Cow<'t, str>),
    Bool(bool),
    Date(String),
    Null,
    /// A value that no cell can hold; what it is, with its article.
    Other(&'static str),
}

/// The text that names a row; `None` when there is none.
pub fn key_text<'r>(raw: &'r Raw<'_>) -> Option<Cow<'r, str>> {
    let text: Cow<'_, str> = match raw {
        Raw::Plain(text) | Raw::Text(text) | Raw::Number(text) => Cow::Borrowed(text),
        Raw::Date(text) => Cow::Borrowed(text),
        Raw::Bool(value) => Cow::Owned(value.to_string()),
        Raw::Null | Raw::Other(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A value of TOML.
pub fn raw_toml(item: Item<'_>) -> Raw<'_> {
    match item.value() {
        DeValue::String(text) => Raw::Text(Cow::Borrowed(text)),
        DeValue::Integer(n) if n.radix() == 10 => Raw::Number(Cow::Borrowed(n.as_str())),
        DeValue::Integer(n) => match i128::from_str_radix(n.as_str(), n.radix()) {
            Ok(value) => Raw::Number(Cow::Owned(value.to_string())),
            Err(_) => Raw::Other("an integer beyond 128 bits"),
        },
        DeValue::Float(n) => Raw::Number(Cow::Borrowed(n.as_str())),
        DeValue::Boolean(value) => Raw::Bool(*value),
        DeValue::Datetime(date) if date.time.is_none() => Raw::Date(date.to_string()),
        DeValue::Datetime(_) => Raw::Other("a date with a time of day"),
        DeValue::Array(_) | DeValue::Table(_) => Raw::Other(item.kind()),
    }
}

/// A value of JSON.
pub fn raw_json(value: Json<'_>) -> Raw<'_> {
    match value {
        Json::Null => Raw::Null,
        Json::Bool(value) => Raw::Bool(value),
        Json::Number(text) => Raw::Number(Cow::Borrowed(text)),
        Json::String(text) => Raw::Text(text),
        Json::Array(_) | Json::Object(_) => Raw::Other(value.kind()),
    }
}

/// `raw` as a value of `column`, or why it is none. It stands at `place`.
pub fn value(column: &Column, raw: &Raw<'_>, place: Span) -> Answer<Value> {
    let read = match (column.ty, raw) {
        (Type::String, Raw::Plain(text) | Raw::Text(text) | Raw::Number(text)) => {
            Some(Value::Text(text.as_ref().into()))
        }
        (Type::String, Raw::Date(text)) => Some(Value::Text(text.as_str().into())),
        (Type::String, Raw::Bool(value)) => Some(Value::Text(value.to_string().into())),
        (Type::Number | Type::Integer, Raw::Plain(text) | Raw::Number(text)) => return number(column, text, place),
        (Type::Boolean, Raw::Bool(value)) => Some(Value::Bool(*value)),
        (Type::Boolean, Raw::Plain(text)) => match text.as_ref() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        (Type::Date, Raw::Plain(text) | Raw::Text(text)) => parse_date(text).map(Value::Date),
        (Type::Date, Raw::Date(text)) => parse_date(text).map(Value::Date),
        (Type::Year, Raw::Plain(text) | Raw::Number(text)) => year(text).map(Value::Year),
        _ => None,
    };
    read.ok_or_else(|| {
        let help = match column.ty {
            Type::Date => "a date is written as ISO 8601 has it: `2026-11-24`",
            Type::Year => "a year has four digits",
            Type::Boolean => "write `true` or `false`",
            Type::Number | Type::Integer => "write the number without quotes, or leave it out if it is not known",
            Type::String => "write one value",
        };
        Box::new(wrong(column, raw, place).help(help))
    })
}

fn year(text: &str) -> Option<i16> {
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok().filter(|year| *year >= 1) } else { None }
}

fn number(column: &Column, text: &str, place: Span) -> Answer<Value> {
    let read = Quantity::new(text, column.unit);
    if column.ty == Type::Integer && read.is_ok() && text.contains(['.', 'e', 'E']) {
        let wrong = wrong(column, &Raw::Plain(text.into()), place);
        return Err(Box::new(wrong.help("write it without point and exponent, or say `type = \"number\"`")));
    }
    read.map(Value::Number).map_err(|why| {
        let shown = |message: String| {
            let wrong = Diagnostic::new(Code::DataType, place, message);
            wrong.help("write fewer digits, or say `type = \"string\"` in the schema")
        };
        Box::new(match why {
            Wrong::Form => form(column, text, place),
            Wrong::Long => shown(format!("a number has at most {} characters", decimal::MAX_LEN)),
            Wrong::Range => shown(format!("`{text}` is beyond what can be computed with")),
        })
    })
}

/// A text that is no number, with the way out for the slips that are common.
fn form(column: &Column, text: &str, place: Span) -> Diagnostic {
    let wrong = wrong(column, &Raw::Plain(text.into()), place);
    let without = text.replace([',', '_', ' ', '\u{a0}', '\''], "");
    let lower = text.to_lowercase();
    if ["nan", "inf", "infinity"].contains(&lower.trim_start_matches(['+', '-'])) {
        wrong.help("leave the cell empty if the value is not known")
    } else if without != text && decimal::value(&without).is_ok() {
        wrong.fix("write the digits without anything between them", place, without)
    } else if decimal::value(text.trim_start_matches('0')).is_ok() {
        wrong.help("a number does not begin with 0; what only looks like one has `type = \"string\"`")
    } else {
        match text.split_once(' ').filter(|(number, _)| decimal::value(number).is_ok()) {
            Some((number, _)) => wrong.fix("write the number alone; the schema gives the unit", place, number),
            None => wrong.help("a number is written like `1234.5` or `1.5e3`"),
        }
    }
}

fn wrong(column: &Column, raw: &Raw<'_>, place: Span) -> Diagnostic {
    let wanted = match column.ty {
        Type::String => "a text",
        Type::Number => "a number",
        Type::Integer => "an integer",
        Type::Boolean => "true or false",
        Type::Date => "a date that exists",
        Type::Year => "a year from 0001 to 9999",
    };
    let message = match raw {
        Raw::Plain(text) | Raw::Number(text) => format!("`{}` is not {wanted}", short(text)),
        Raw::Text(text) => format!("the text `{}` is not {wanted}", short(text)),
        Raw::Date(text) => format!("the date {text} is not {wanted}"),
        Raw::Bool(value) => format!("`{value}` is not {wanted}"),
        Raw::Null => format!("null is not {wanted}"),
        Raw::Other(kind) => format!("a cell cannot hold {kind}"),
    };
    let label = format!("`{}` has the type `{}`", column.name.as_str().escape_debug(), column.ty.name());
    Diagnostic::new(Code::DataType, place, message).label(label)
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", cut.escape_debug())
}
