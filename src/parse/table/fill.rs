//! From the text of a data file to the cells of a table.

use super::schema::{self, Field, Schema};
use super::value::{Raw, key_text, raw_json, raw_toml, value};
use super::{Cell, Column, Format, Places, Table, Type};
use crate::diag::{Code, Diagnostic, Parsed, Place, Span};
use crate::id::{Name, PathId, TableId};
use crate::number::Unit;
use crate::number::print::count;
use crate::parse::csv;
use crate::parse::deceit;
use crate::parse::json::{self, Json};
use crate::parse::keys::{self, At, Item, Keys};
use std::borrow::Cow;
use std::ops::Range;

/// How many rows a table may have.
pub const MAX_ROWS: usize = 200_000;

/// How many columns a table may have.
pub const MAX_COLUMNS: usize = 2_000;

/// How many cells a table may have: each takes some 60 bytes and its text, however little of the file it is.
pub const MAX_CELLS: usize = 4_000_000;

/// How many mistakes of one table are told one by one; what is beyond is counted.
const MAX_TOLD: usize = 100;

/// Reads the table `id` from `text`, the whole of the file `data`, typed by `schema`, its file and text.
///
/// What is wrong is told at its place in the data or in the schema; the rest of the table is there all the same.
pub fn table(id: TableId, data: PathId, format: Format, text: &str, schema: Option<(PathId, &str)>) -> Parsed<Table> {
    let mut diagnostics = Vec::new();
    let name_is_good = told_name(id, data, &mut diagnostics);
    let schema = match schema {
        None => Some(Schema::default()),
        Some((file, text)) => schema::read(file, text, &mut diagnostics),
    };
    let schema_is_read = schema.is_some();
    let mut fill = Fill::new(id, data, schema.unwrap_or_default(), diagnostics);
    fill.table.whole = name_is_good && schema_is_read;
    fill.untyped = !schema_is_read;
    let bare = text.len() - text.trim_start_matches('\u{feff}').len();
    let span = |at: Range<usize>| Span::new(fill.table.places.data, at.start + bare..at.end + bare);
    deceit::tell(text.get(bare..).unwrap_or_default(), span, &mut fill.diagnostics);
    match format {
        Format::Csv => fill.csv(text),
        Format::Toml => fill.toml(text),
        Format::Json => fill.json(text),
    }
    fill.finish()
}

/// The table `id` of which nothing could be read: no part of it is there, and none is missed.
pub fn lost(id: TableId, data: PathId) -> Table {
    let mut fill = Fill::new(id, data, Schema::default(), Vec::new());
    fill.table.whole = false;
    fill.table
}

fn told_name(id: TableId, data: PathId, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let name = id.as_str();
    let wrong = if ["records", "sources", "row"].contains(&name) {
        format!("a table cannot be called `{name}`: that means something else in an expression")
    } else if !crate::number::expr::is_name(name) {
        format!("`{}` cannot be the name of a table", name.escape_debug())
    } else {
        return true;
    };
    let wrong = Diagnostic::new(Code::DataName, Span::top(data), wrong);
    diagnostics.push(wrong.help("rename the file; a name begins with a letter and has letters, digits, `_` and `-`"));
    false
}

/// A name in a TOML row, and what it holds.
type Member<'t> = (At<&'t str>, Item<'t>);

struct RawCell<'t> {
    raw: Raw<'t>,
    range: (u32, u32),
}

struct Fill {
    table: Table,
    schema: Schema,
    diagnostics: Vec<Diagnostic>,
    /// Mistakes beyond [`MAX_TOLD`], and the place of the first of them.
    untold: usize,
    untold_from: Option<(Code, Place)>,
    /// Whether there is a schema that cannot be read. What the cells hold is not known then.
    untyped: bool,
    /// Of each column, whether the schema says of it what cannot be read. Of such a column that is so too.
    unknown: Vec<bool>,
    /// How many rows came, those with mistakes counted.
    rows: usize,
}

impl Fill {
    fn new(id: TableId, data: PathId, mut schema: Schema, diagnostics: Vec<Diagnostic>) -> Self {
        let source = schema.source.as_ref().map(|s| Name::new(&s.value));
        let table = Table {
            id,
            title: schema.title.take(),
            source,
            source_field: None,
            age: schema.age,
            key: 0,
            columns: Vec::new(),
            keys: Vec::new(),
            cells: Vec::new(),
            index: Default::default(),
            whole: true,
            places: Places {
                data,
                cells: Vec::new(),
                rows: Vec::new(),
                columns: Vec::new(),
                sources: schema.source.iter().map(|s| (Name::new(&s.value), s.span)).collect(),
            },
        };
        Self { table, schema, diagnostics, untold: 0, untold_from: None, untyped: false, unknown: Vec::new(), rows: 0 }
    }

    fn finish(mut self) -> Parsed<Table> {
        if let Some((code, place)) = self.untold_from {
            let message = format!("the table has {} more mistakes", count(self.untold));
            let rest = Diagnostic::new(code, place, message).label("the first of them");
            self.diagnostics.push(rest.help("mend those above first; the rest are told then"));
        }
        Parsed { value: self.table, diagnostics: self.diagnostics }
    }

    fn tell(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_TOLD {
            self.diagnostics.push(diagnostic);
            return;
        }
        self.untold += 1;
        if let (None, Some(place)) = (&self.untold_from, diagnostic.place) {
            self.untold_from = Some((diagnostic.code, place));
        }
    }

    /// Tells a mistake that leaves the table without the rest of its rows.
    fn stop(&mut self, diagnostic: Diagnostic) {
        self.table.whole = false;
        self.tell(diagnostic);
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.table.places.data, range)
    }

    // The three formats.

    fn csv(&mut self, text: &str) {
        let mut rows = csv::Rows::new(text);
        let mut cells = Vec::new();
        let head = match rows.next_into(&mut cells) {
            Some(Ok(head)) => head,
            Some(Err(wrong)) => return self.csv_syntax(wrong),
            None => {
                let wrong = Diagnostic::new(Code::DataSyntax, self.span(0..0), "a table without a head");
                return self.stop(wrong.help("the first line of a CSV file names its columns"));
            }
        };
        if cells.len() > MAX_COLUMNS {
            return self.too_many_columns(head);
        }
        let names: Vec<_> =
            cells.iter().map(|c| (csv::as_meant(c.text.clone()).into_owned(), Some(c.range.clone()))).collect();
        self.head(names, true);
        while let Some(row) = rows.next_into(&mut cells) {
            match row {
                Err(wrong) => {
                    let at = match &wrong {
                        csv::Wrong::Unclosed(open) => *open..*open + 1,
                        csv::Wrong::AfterQuote(range) => range.clone(),
                    };
                    if !self.has_room(pair(&at)) {
                        return;
                    }
                    self.csv_syntax(wrong);
                }
                Ok(range) if cells.len() != self.table.columns.len() => {
                    if !self.has_room(pair(&range)) {
                        return;
                    }
                    self.ragged(range, &cells);
                }
                Ok(range) => {
                    // A cell as this program writes it for spreadsheets means what it meant.
                    let raws = cells
                        .drain(..)
                        .map(|c| Some(RawCell { raw: Raw::Plain(csv::as_meant(c.text)), range: pair(&c.range) }));
                    if !self.row(pair(&range), raws) {
                        return;
                    }
                }
            }
        }
    }

    fn csv_syntax(&mut self, wrong: csv::Wrong) {
        let wrong = match wrong {
            csv::Wrong::Unclosed(open) => {
                let wrong =
                    Diagnostic::new(Code::DataSyntax, self.span(open..open + 1), "a quote that is never closed");
                wrong.help("a quote inside a cell in quotes is written twice: `\"\"`")
            }
            csv::Wrong::AfterQuote(range) => {
                let message = "something stands between the closing quote and the comma";
                let wrong = Diagnostic::new(Code::DataSyntax, self.span(range), message);
                wrong.help("put the whole cell in quotes, and write a quote inside it twice: `\"\"`")
            }
        };
        self.stop(wrong);
    }

    /// A row with another number of cells than the head. Which cell is which cannot be known, so only its key is kept.
    fn ragged(&mut self, range: Range<usize>, cells: &[csv::Cell<'_>]) {
        let (have, want) = (cells.len(), self.table.columns.len());
        let s = if have == 1 { "" } else { "s" };
        let message = format!("the row has {have} cell{s}, the head has {want} names");
        let beyond = cells.get(want).map(|first| self.span(first.range.start..range.end));
        let wrong = Diagnostic::new(Code::DataRagged, beyond.unwrap_or(self.span(range.clone())), message);
        let wrong = match have > want {
            true => wrong.label("beyond the last column").help("a comma inside a cell needs quotes round the cell"),
            false => wrong.help(format!("add {} to the end for empty cells", ",".repeat((want - have).min(20)))),
        };
        self.tell(wrong);
        match cells.get(self.table.key).filter(|cell| !cell.text.is_empty()) {
            Some(cell) => {
                let key = Name::new(&cell.text);
                if self.name_row(key, pair(&cell.range), pair(&range)) {
                    self.table.cells.extend(std::iter::repeat_n(Cell::Invalid, want));
                    self.table.places.cells.extend(std::iter::repeat_n((0, 0), want));
                }
            }
            None => self.table.whole = false,
        }
    }

    fn toml(&mut self, text: &str) {
        let document = match keys::document(self.table.places.data, text, 0) {
            Ok(document) => document,
            Err(wrong) => return self.stop(*wrong),
        };
        let mut none = Vec::new();
        let mut rows: Vec<(At<&str>, Vec<Member<'_>>)> = Vec::new();
        for (key, item) in Keys::new(&document, &mut none).entries() {
            match item.table() {
                Some(table) => rows.push((key, Keys::of(table, &mut Vec::new()).entries())),
                None => {
                    let message = format!("`{}` is {}, not a row", key.value.escape_debug(), item.kind());
                    let wrong = Diagnostic::new(Code::DataSyntax, item.span(), message);
                    self.stop(wrong.help("each table at the top of the file is a row, and its name the row's key"));
                }
            }
        }
        let key_name = self.schema.primary_key.as_ref().map_or("id", |key| &key.value).to_owned();
        let members =
            rows.iter().flat_map(|(_, members)| members.iter().map(|(name, _)| (name.value, name.span.range())));
        let Some(at) = self.heads_of_members(Some(key_name.clone()), members) else { return };
        for (key, members) in &rows {
            let mut raws: Vec<Option<RawCell<'_>>> = (0..self.table.columns.len()).map(|_| None).collect();
            for (name, item) in members {
                if name.value == key_name {
                    let message = format!("`{}` is the name of the row, not one of its cells", key_name.escape_debug());
                    self.tell(Diagnostic::new(Code::DataColumn, name.span, message).help("remove it"));
                } else if let Some(slot) = at.get(name.value).and_then(|i| raws.get_mut(*i)) {
                    *slot = Some(RawCell { raw: raw_toml(*item), range: pair(&item.span().range()) });
                }
            }
            let range = pair(&key.span.range());
            if let Some(slot) = raws.get_mut(self.table.key) {
                *slot = Some(RawCell { raw: Raw::Plain(Cow::Borrowed(key.value)), range });
            }
            if !self.row(range, raws.into_iter()) {
                return;
            }
        }
    }

    fn json(&mut self, text: &str) {
        let root = match json::parse(self.table.places.data, text) {
            Ok(root) => root,
            Err(wrong) => return self.stop(*wrong),
        };
        let Json::Array(items) = root.value else {
            let message = format!("expected an array of objects, found {}", root.value.kind());
            let wrong = Diagnostic::new(Code::DataSyntax, self.span(root.range), message);
            return self.stop(wrong.help("a table in JSON is `[{\"id\": \"...\", ...}, ...]`"));
        };
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            match item.value {
                Json::Object(members) => rows.push((item.range, members)),
                other => {
                    let message = format!("a row is an object, and this is {}", other.kind());
                    let wrong = Diagnostic::new(Code::DataSyntax, self.span(item.range), message);
                    self.stop(wrong.help("write `{\"id\": \"...\", ...}`"));
                }
            }
        }
        let members =
            rows.iter().flat_map(|(_, members)| members.iter().map(|(key, _)| (key.name.as_ref(), key.range.clone())));
        let Some(at) = self.heads_of_members(None, members) else { return };
        for (range, members) in rows {
            let mut raws: Vec<Option<RawCell<'_>>> = (0..self.table.columns.len()).map(|_| None).collect();
            for (key, item) in members {
                if let Some(slot) = at.get(key.name.as_ref()).and_then(|i| raws.get_mut(*i)) {
                    *slot = Some(RawCell { raw: raw_json(item.value), range: pair(&item.range) });
                }
            }
            if !self.row(pair(&range), raws.into_iter()) {
                return;
            }
        }
    }

    /// Makes the columns of rows that name their cells: the key, those of the schema in its order, then all others
    /// in the order in which they are met. Gives the index of each; `None` when there are too many.
    fn heads_of_members<'m>(
        &mut self,
        key: Option<String>,
        members: impl Iterator<Item = (&'m str, Range<usize>)>,
    ) -> Option<rustc_hash::FxHashMap<String, usize>> {
        let declared =
            self.schema.fields.iter().map(|f| f.name.value.clone()).filter(|name| Some(name) != key.as_ref());
        let mut names: Vec<(String, Option<Range<usize>>)> =
            key.clone().into_iter().chain(declared).map(|name| (name, None)).collect();
        let mut at: rustc_hash::FxHashMap<String, usize> =
            names.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
        let mut any = false;
        for (name, range) in members {
            any = true;
            match at.get(name) {
                Some(known) => {
                    if let Some((_, place @ None)) = names.get_mut(*known) {
                        *place = Some(range);
                    }
                }
                None if names.len() == MAX_COLUMNS => {
                    self.too_many_columns(range);
                    return None;
                }
                None => {
                    at.insert(name.to_owned(), names.len());
                    names.push((name.to_owned(), Some(range)));
                }
            }
        }
        // Without rows nothing can be said about which columns the data has.
        if any {
            self.absent(&names, key.as_deref());
        }
        self.head(names, false);
        Some(at)
    }

    fn too_many_columns(&mut self, range: Range<usize>) {
        let message = format!("a table has at most {} columns", count(MAX_COLUMNS));
        let wrong = Diagnostic::new(Code::DataLimit, self.span(range), message);
        self.stop(wrong.help("split the table; the limit is fixed"));
    }

    // The head.

    /// Makes the columns; `named` says that the names themselves stand in the data, each once.
    fn head(&mut self, names: Vec<(String, Option<Range<usize>>)>, named: bool) {
        if named {
            self.distinct(&names);
            self.absent(&names, None);
        }
        for (name, range) in &names {
            let field = self.schema.fields.iter().find(|f| f.name.value == *name);
            self.table.columns.push(column(name, field));
            self.unknown.push(field.is_some_and(|f| !f.known));
            self.table.places.columns.push(range.as_ref().map(pair));
            if let Some(source) = field.and_then(|f| f.source.as_ref()) {
                self.table.places.sources.push((Name::new(&source.value), source.span));
            }
        }
        let wanted = std::mem::take(&mut self.schema.primary_key);
        let position = |name: &str| names.iter().position(|(n, _)| n == name);
        self.table.key = wanted.as_ref().and_then(|key| position(&key.value)).or_else(|| position("id")).unwrap_or(0);
        let fields = std::mem::take(&mut self.schema.fields);
        let of_fields = fields.iter().flat_map(|f| f.source_field.iter().chain(f.date_field.iter()));
        let own = self.schema.source_field.take();
        self.table.source_field = own.as_ref().map(|field| Name::new(&field.value));
        for at in wanted.iter().chain(of_fields).chain(own.iter()) {
            if !names.is_empty() && position(&at.value).is_none() {
                let message = format!("the table has no column `{}`", at.value.escape_debug());
                let wrong = Diagnostic::new(Code::DataColumn, at.span, message);
                self.tell(wrong.nearest(&at.value, at.span, names.iter().map(|(n, _)| n.as_str())));
            }
        }
    }

    fn distinct(&mut self, names: &[(String, Option<Range<usize>>)]) {
        let mut seen: rustc_hash::FxHashMap<&str, Range<usize>> = Default::default();
        for (name, range) in names {
            let range = range.clone().unwrap_or_default();
            if name.is_empty() {
                let wrong = Diagnostic::new(Code::DataColumn, self.span(range), "a column without a name");
                self.stop(wrong.help("name it, or take it out of every row"));
            } else if let Some(first) = seen.get(name.as_str()) {
                let message = format!("two columns are called `{}`", name.escape_debug());
                let wrong = Diagnostic::new(Code::DataColumn, self.span(range), message);
                let wrong = wrong.label("again here").also(self.span(first.clone()), "first here");
                self.tell(wrong.help("rename one of them"));
            } else {
                seen.insert(name, range);
            }
        }
    }

    /// Tells each column that the schema describes and the data, which names those in `names` that have a place,
    /// does not have. `key` is what TOML has by another way.
    fn absent(&mut self, names: &[(String, Option<Range<usize>>)], key: Option<&str>) {
        let described: rustc_hash::FxHashSet<&str> = self.schema.fields.iter().map(|f| f.name.value.as_str()).collect();
        let named = names.iter().filter(|(_, place)| place.is_some()).map(|(name, _)| name.as_str());
        let (known, free): (Vec<&str>, Vec<&str>) = named.partition(|name| described.contains(name));
        let known: rustc_hash::FxHashSet<&str> = known.into_iter().chain(key).collect();
        let absent = self.schema.fields.iter().map(|f| f.name.clone()).filter(|at| !known.contains(at.value.as_str()));
        for at in absent.collect::<Vec<_>>() {
            let message = format!("the data has no column `{}`", at.value.escape_debug());
            let wrong = Diagnostic::new(Code::DataColumn, at.span, message);
            // What is only counted needs no way out.
            let told = self.diagnostics.len() < MAX_TOLD;
            let wrong = if told { wrong.nearest(&at.value, at.span, free.iter().copied()) } else { wrong };
            let bare = told && wrong.help.is_empty();
            self.tell(if bare { wrong.help("add the column to the data, or remove the field") } else { wrong });
        }
    }

    // Rows.

    /// Takes in a row with one cell a column. False when no more can be taken.
    fn row<'t>(&mut self, range: (u32, u32), raws: impl Iterator<Item = Option<RawCell<'t>>>) -> bool {
        if !self.has_room(range) {
            return false;
        }
        let start = self.table.cells.len();
        let mut key = None;
        for (i, cell) in raws.enumerate() {
            let is_key = i == self.table.key;
            if is_key {
                key = cell.as_ref().and_then(|cell| Some((Name::new(&key_text(&cell.raw)?), cell.range)));
            }
            let place = cell.as_ref().map(|cell| cell.range);
            let value = self.cell(i, cell, range, is_key);
            self.table.cells.push(value);
            self.table.places.cells.push(place.unwrap_or((0, 0)));
        }
        let named = match key {
            Some((key, at)) => self.name_row(key, at, range),
            None => {
                let at = self.table.places.cells.get(start + self.table.key).filter(|at| **at != (0, 0));
                let place = self.table.places.span(at.copied().unwrap_or(range));
                let name = self.table.key_column().map_or("", |c| c.name.as_str());
                let message = format!("the row has no key: `{}` is empty", name.escape_debug());
                self.stop(Diagnostic::new(Code::DataMissing, place, message).help("give each row a key of its own"));
                false
            }
        };
        if !named {
            self.table.cells.truncate(start);
            self.table.places.cells.truncate(start);
        }
        true
    }

    /// Whether one more row may come; where not, that is told at the row.
    fn has_room(&mut self, row: (u32, u32)) -> bool {
        self.rows += 1;
        let limit = if self.rows > MAX_ROWS {
            format!("{} rows", count(MAX_ROWS))
        } else if self.table.cells.len() + self.table.columns.len() > MAX_CELLS {
            format!("{} cells", count(MAX_CELLS))
        } else {
            return true;
        };
        let place = self.table.places.span(row);
        // Told however much was told before: it is why the rest is missing.
        let wrong = Diagnostic::new(Code::DataLimit, place, format!("a table has at most {limit}"));
        self.table.whole = false;
        self.diagnostics.push(wrong.help("split the table; the limit is fixed"));
        false
    }

    /// Gives the next row its name, which stands at `at`. False when another row has it.
    fn name_row(&mut self, key: Name, at: (u32, u32), row: (u32, u32)) -> bool {
        if let Some(first) = self.table.index.get(&key).copied() {
            let message = format!("two rows have the key `{}`", key.as_str().escape_debug());
            let wrong = Diagnostic::new(Code::DataKeyTwice, self.table.places.span(at), message)
                .label("again here")
                .help("rename one of the rows, or remove it");
            let first = self.table.places.cells.get(first * self.table.columns.len() + self.table.key);
            let first = first.copied().filter(|at| *at != (0, 0)).map(|at| self.table.places.span(at));
            self.tell(match first {
                Some(first) => wrong.also(first, "first here"),
                None => wrong,
            });
            return false;
        }
        self.table.index.insert(key, self.table.keys.len());
        self.table.keys.push(key);
        self.table.places.rows.push(row);
        true
    }

    fn cell(&mut self, column: usize, cell: Option<RawCell<'_>>, row: (u32, u32), is_key: bool) -> Cell {
        let Some(of) = self.table.columns.get(column).filter(|_| is_key || !self.untyped) else { return Cell::Invalid };
        let place = self.table.places.span(cell.as_ref().map_or(row, |cell| cell.range));
        let cell = cell.filter(|cell| !self.is_missing(&cell.raw));
        let Some(cell) = cell else {
            if of.required && !is_key {
                let message = format!("`{}` must have a value", of.name.as_str().escape_debug());
                let wrong = Diagnostic::new(Code::DataMissing, place, message).label("required by the schema");
                self.tell(wrong.help("give the cell a value, or take `required` out of the schema"));
                return Cell::Invalid;
            }
            return Cell::Missing;
        };
        let unknown = self.unknown.get(column).is_some_and(|unknown| *unknown);
        match value(of, &cell.raw, place) {
            Ok(_) if unknown && !is_key => Cell::Invalid,
            Ok(value) => Cell::Value(value),
            Err(wrong) => {
                self.tell(*wrong);
                Cell::Invalid
            }
        }
    }

    fn is_missing(&self, raw: &Raw<'_>) -> bool {
        match raw {
            Raw::Null => true,
            Raw::Plain(text) | Raw::Text(text) => match &self.schema.missing_values {
                Some(values) => values.iter().any(|v| v == text),
                None => text.is_empty(),
            },
            _ => false,
        }
    }
}

fn column(name: &str, field: Option<&Field>) -> Column {
    let named = |at: &Option<At<String>>| at.as_ref().map(|at| Name::new(&at.value));
    let Some(field) = field else {
        return Column {
            name: Name::new(name),
            title: name.into(),
            ty: Type::String,
            unit: Unit::NONE,
            better: None,
            description: None,
            missing: None,
            source: None,
            source_field: None,
            date_field: None,
            required: false,
            exact: false,
        };
    };
    Column {
        name: Name::new(name),
        title: field.title.clone().unwrap_or_else(|| name.into()),
        ty: field.ty,
        unit: field.unit,
        better: field.better,
        description: field.description.clone(),
        missing: field.missing.clone(),
        source: named(&field.source),
        source_field: named(&field.source_field),
        date_field: named(&field.date_field),
        required: field.required,
        exact: field.exact,
    }
}

fn pair(range: &Range<usize>) -> (u32, u32) {
    let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (clamp(range.start), clamp(range.end))
}
