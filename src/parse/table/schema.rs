//! The schema file beside a table, in the vocabulary of Table Schema.

use super::{MAX_COLUMNS, Type};
use crate::diag::{Code, Diagnostic};
use crate::id::PathId;
use crate::number::Unit;
use crate::number::print::count;
use crate::number::unit::Form;
use crate::number::value::Better;
use crate::parse::age::{self, Age};
use crate::parse::keys::{self, At, Keys, Table};

/// A schema, with the places of what may not fit the data.
#[derive(Debug, Default)]
pub struct Schema {
    pub title: Option<Box<str>>,
    pub primary_key: Option<At<String>>,
    pub source: Option<At<String>>,
    pub source_field: Option<At<String>>,
    pub age: Option<Age>,
    /// Texts that mean that a cell has no value; Table Schema's default is the empty text.
    pub missing_values: Option<Vec<String>>,
    pub fields: Vec<Field>,
}

/// What a schema says of one column.
#[derive(Debug)]
pub struct Field {
    pub name: At<String>,
    pub title: Option<Box<str>>,
    pub ty: Type,
    pub unit: Unit,
    pub better: Option<Better>,
    pub description: Option<Box<str>>,
    pub missing: Option<Box<str>>,
    pub source: Option<At<String>>,
    pub source_field: Option<At<String>>,
    pub date_field: Option<At<String>>,
    pub required: bool,
    pub exact: bool,
    /// Whether its type and its unit could be read: else it is not known what its cells hold.
    pub known: bool,
}

/// Reads a schema. What is wrong in it is told, and the rest is used.
pub fn read(file: PathId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Schema> {
    let document = match keys::document(file, text, 0) {
        Ok(document) => document,
        Err(wrong) => {
            diagnostics.push(*wrong);
            return None;
        }
    };
    let mut keys = Keys::new(&document, diagnostics);
    let mut schema = Schema {
        title: boxed(keys.string("title")),
        primary_key: owned(keys.string("primaryKey")),
        source: owned(keys.string("source")),
        source_field: owned(keys.string("sourceField")),
        age: age::read(&mut keys, "age"),
        missing_values: keys.strings("missingValues").map(|all| all.iter().map(|v| v.value.to_owned()).collect()),
        fields: Vec::new(),
    };
    for table in keys.tables("fields") {
        if schema.fields.len() == MAX_COLUMNS {
            let message = format!("a schema has at most {} fields", count(MAX_COLUMNS));
            keys.report(
                Diagnostic::new(Code::DataLimit, table.span(), message).help("split the table; the limit is fixed"),
            );
            break;
        }
        if let Some(field) = field(&mut keys, table) {
            push_distinct(&mut schema.fields, field, &mut keys);
        }
    }
    keys.finish();
    Some(schema)
}

fn field(keys: &mut Keys<'_, '_>, table: Table<'_>) -> Option<Field> {
    let mut keys = keys.open(table);
    let name = owned(keys.string("name"));
    if name.is_none() && keys.key_span("name").is_none() {
        let wrong = Diagnostic::new(Code::KeyMissing, keys.span(), "a field without `name`");
        keys.report(wrong.help("give the name of the column that it describes: `name = \"memory\"`"));
    }
    let ty = keys.one_of("type", &Type::ALL).map(|ty| ty.value);
    let typed = ty.is_some() || keys.key_span("type").is_none();
    let ty = ty.unwrap_or(Type::String);
    let unit = if typed { unit(&mut keys, ty) } else { keys.string("unit").map(|_| Unit::NONE) };
    let known = typed && unit.is_some();
    let unit = unit.unwrap_or(Unit::NONE);
    let money = matches!(unit.form(), Form::Before(_));
    let field = Field {
        // Without a name the field is left out below.
        name: name.clone().unwrap_or(At { value: String::new(), span: keys.span() }),
        title: boxed(keys.string("title")),
        ty,
        unit,
        better: keys.one_of("better", &Better::ALL).map(|better| better.value),
        description: boxed(keys.string("description")),
        missing: boxed(keys.string("missing")),
        source: owned(keys.string("source")),
        source_field: owned(keys.string("sourceField")),
        date_field: owned(keys.string("dateField")),
        required: required(&mut keys),
        exact: keys.bool("exact").map_or(ty == Type::Integer || money, |exact| exact.value),
        known,
    };
    keys.finish();
    name.map(|_| field)
}

/// The unit of a column of type `ty`; `None` for one that is no unit, which is told.
fn unit(keys: &mut Keys<'_, '_>, ty: Type) -> Option<Unit> {
    let Some(text) = keys.string("unit") else { return Some(Unit::NONE) };
    if !ty.is_numeric() {
        let message = format!("a column of type `{}` has no unit", ty.name());
        let wrong = Diagnostic::new(Code::WrongType, text.span, message);
        keys.report(wrong.help("say `type = \"number\"` or `type = \"integer\"`"));
        return Some(Unit::NONE);
    }
    Unit::parse_at(text.value, keys::inside(text)).map_err(|wrong| keys.report(*wrong)).ok()
}

fn required(keys: &mut Keys<'_, '_>) -> bool {
    let Some(table) = keys.table("constraints") else { return false };
    let mut keys = keys.open(table);
    let required = keys.bool("required").is_some_and(|required| required.value);
    keys.finish();
    required
}

fn push_distinct(fields: &mut Vec<Field>, field: Field, keys: &mut Keys<'_, '_>) {
    match fields.iter().find(|other| other.name.value == field.name.value) {
        None => fields.push(field),
        Some(first) => {
            let message = format!("the column `{}` is described twice", field.name.value.escape_debug());
            let wrong = Diagnostic::new(Code::DataColumn, field.name.span, message);
            keys.report(wrong.also(first.name.span, "first described here").help("remove one of the two"));
        }
    }
}

fn boxed(text: Option<At<&str>>) -> Option<Box<str>> {
    text.map(|text| text.value.into())
}

fn owned(text: Option<At<&str>>) -> Option<At<String>> {
    text.map(|text| At { value: text.value.to_owned(), span: keys::inside(text) })
}
