//! Tables of data: a CSV, TOML or JSON file, typed by the schema file beside it.
//!
//! A table has columns with a type and a unit, and rows that are named by the text of their key. What is shown of a
//! table and what its hash covers are the same: the fields of [`Column`], and the cells. Where a cell stands is kept
//! beside them, out of the hash, so that a row put in above changes the answer for no other row.
//!
//! A cell that could not be read is [`Cell::Invalid`], and a table that lost rows or columns to mistakes says so
//! ([`Table::is_whole`]): who cites such a thing need not complain a second time.

mod fill;
pub(super) mod schema;
mod value;

use crate::diag::{Place, Span};
use crate::id::{Name, PathId, TableId};
use crate::number::print::{self, Style};
use crate::number::value::Better;
use crate::number::{Quantity, Unit};
use crate::parse::age::Age;
use jiff::civil::Date;
use std::hash::{Hash, Hasher};

pub use fill::{MAX_CELLS, MAX_COLUMNS, MAX_ROWS, lost, table};

/// How the text of a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Comma-separated values with a head.
    Csv,
    /// One table a row; its name is the key.
    Toml,
    /// An array of objects.
    Json,
}

/// The type of a column, as Table Schema names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any text.
    String,
    /// A decimal number.
    Number,
    /// A number without point and exponent.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A calendar date, ISO 8601.
    Date,
    /// A year of four digits.
    Year,
}

impl Type {
    /// All types by name.
    pub const ALL: [(&'static str, Type); 6] = [
        ("string", Type::String),
        ("number", Type::Number),
        ("integer", Type::Integer),
        ("boolean", Type::Boolean),
        ("date", Type::Date),
        ("year", Type::Year),
    ];

    /// Its name in a schema.
    pub fn name(self) -> &'static str {
        Type::ALL.iter().find(|(_, ty)| *ty == self).map_or("", |(name, _)| name)
    }

    /// Whether its values are quantities, which may have a unit.
    pub fn is_numeric(self) -> bool {
        matches!(self, Type::Number | Type::Integer)
    }
}

/// A column: what its cells are and what is said of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name in the data and in paths.
    pub name: Name,
    /// What a reader sees in its head; the name where the schema gives no title.
    pub title: Box<str>,
    /// The type of its cells.
    pub ty: Type,
    /// The unit of its cells.
    pub unit: Unit,
    /// Which way is better, if one is.
    pub better: Option<Better>,
    /// What it means.
    pub description: Option<Box<str>>,
    /// What an empty cell says to a reader.
    pub missing: Option<Box<str>>,
    /// Where its values come from, if not from the table's source.
    pub source: Option<Name>,
    /// The column that names the source of each of its cells.
    pub source_field: Option<Name>,
    /// The column that holds the date of each of its cells.
    pub date_field: Option<Name>,
    /// Whether each row must have a value.
    pub required: bool,
    /// Whether its digits are all there are, so that they limit no result: integers and money, unless said otherwise.
    pub exact: bool,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// A value of its column's type.
    Value(Value),
    /// Nothing, and that is known.
    Missing,
    /// Something that could not be read, and was told.
    Invalid,
}

/// A value of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Of a string column.
    Text(Box<str>),
    /// Of a number or integer column, in the column's unit.
    Number(Quantity),
    /// Of a date column.
    Date(Date),
    /// Of a boolean column.
    Bool(bool),
    /// Of a year column, 1 to 9999.
    Year(i16),
}

impl Value {
    /// The value as a reader sees it in running text; `None` when `style` asks for what only a number has.
    pub fn printed(&self, style: Style) -> Option<String> {
        let text = match self {
            Value::Number(quantity) => return Some(print::quantity(quantity, style)),
            Value::Text(text) => text.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Bool(value) => String::from(if *value { "yes" } else { "no" }),
            Value::Year(year) => format!("{year:04}"),
        };
        (style == Style::default()).then_some(text)
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    id: TableId,
    title: Option<Box<str>>,
    source: Option<Name>,
    source_field: Option<Name>,
    age: Option<Age>,
    key: usize,
    columns: Vec<Column>,
    keys: Vec<Name>,
    /// Row by row, as many a row as there are columns.
    cells: Vec<Cell>,
    index: rustc_hash::FxHashMap<Name, usize>,
    whole: bool,
    places: Places,
}

/// Where the parts of a table stand. Never hashed.
#[derive(Debug)]
struct Places {
    data: PathId,
    /// As the cells of the table; `(0, 0)` for a cell that a row does not have.
    cells: Vec<(u32, u32)>,
    rows: Vec<(u32, u32)>,
    columns: Vec<Option<(u32, u32)>>,
    /// Sources that the schema names, of the table and of its columns.
    sources: Vec<(Name, Span)>,
}

impl Places {
    fn span(&self, (start, end): (u32, u32)) -> Span {
        Span { file: self.data, start, end }
    }
}

impl Table {
    /// Its name.
    pub fn id(&self) -> TableId {
        self.id
    }

    /// What it is called; `None` where the schema gives no title.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The source of each cell for which neither its row nor its column names one.
    pub fn source(&self) -> Option<Name> {
        self.source
    }

    /// How old its numbers may be, where its schema says so.
    pub fn age(&self) -> Option<Age> {
        self.age
    }

    /// Its columns, in the order of the data.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name.as_str() == name)
    }

    /// The column whose text names a row. `None` for a table without columns.
    pub fn key_column(&self) -> Option<&Column> {
        self.columns.get(self.key)
    }

    /// The keys of its rows, in the order of the data.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Name> + '_ {
        self.keys.iter().copied()
    }

    /// Its rows, in the order of the data.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.keys.len()).map(|index| Row { table: self, index })
    }

    /// The row with this key.
    pub fn row(&self, key: &str) -> Option<Row<'_>> {
        self.index.get(&Name::new(key)).map(|index| Row { table: self, index: *index })
    }

    /// Whether no row and no column was lost to a mistake that was told.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Where the cell of row `key` and column `column` stands; where its row does not have it, where the row stands.
    pub fn place(&self, key: &str, column: &str) -> Option<Span> {
        let row = *self.index.get(&Name::new(key))?;
        let column = self.columns.iter().position(|c| c.name.as_str() == column)?;
        match self.places.cells.get(row * self.columns.len() + column)? {
            (0, 0) => self.row_place(key),
            found => Some(self.places.span(*found)),
        }
    }

    /// Where the row `key` stands: of CSV the line, of TOML its name, of JSON the object.
    pub fn row_place(&self, key: &str) -> Option<Span> {
        let row = *self.index.get(&Name::new(key))?;
        self.places.rows.get(row).map(|found| self.places.span(*found))
    }

    /// The sources that it names, each with where it is first named: to be looked up by whoever knows the sources.
    pub fn named_sources(&self) -> Vec<(Name, Place)> {
        let mut named: Vec<(Name, Place)> = self.places.sources.iter().map(|(n, s)| (*n, Place::Span(*s))).collect();
        let fields = self.columns.iter().filter_map(|c| c.source_field).chain(self.source_field);
        let mut fields: Vec<Name> = fields.collect();
        fields.sort_unstable();
        fields.dedup();
        for row in self.rows() {
            for field in &fields {
                if let Some(Cell::Value(Value::Text(text))) = row.cell(*field) {
                    named.push((Name::new(text), Place::Cell(self.id, row.key(), *field)));
                }
            }
        }
        let mut seen = rustc_hash::FxHashSet::default();
        named.retain(|(name, _)| seen.insert(*name));
        named
    }
}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Table { id, title, source, source_field, age, key, columns, keys, cells, index: _, whole, places: _ } =
            self;
        (id, title, source, source_field, age, key, columns, keys, whole).hash(state);
        cells.hash(state);
    }
}

/// One row of a table, with the columns that say what its cells are.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    table: &'t Table,
    index: usize,
}

impl<'t> Row<'t> {
    /// Its key.
    pub fn key(self) -> Name {
        self.table.keys.get(self.index).copied().unwrap_or_else(|| Name::new(""))
    }

    /// What its table is called; `None` where the schema gives no title.
    pub fn table_title(self) -> Option<&'t str> {
        self.table.title()
    }

    /// What a reader knows the row by: its `name` or its `title`, else its key.
    pub fn title(self) -> &'t str {
        let named = |column| match self.cell(Name::new(column)) {
            Some(Cell::Value(Value::Text(text))) => Some(&**text),
            _ => None,
        };
        named("name").or_else(|| named("title")).unwrap_or(self.key().as_str())
    }

    /// Its cells, in the order of [`Row::columns`].
    pub fn cells(self) -> &'t [Cell] {
        let width = self.table.columns.len();
        self.table.cells.get(self.index * width..(self.index + 1) * width).unwrap_or_default()
    }

    /// The columns of its table.
    pub fn columns(self) -> &'t [Column] {
        &self.table.columns
    }

    /// How old the numbers of its table may be, where the schema says so.
    pub fn age(self) -> Option<Age> {
        self.table.age
    }

    /// The cell of `column`; `None` if the table has no such column.
    pub fn cell(self, column: Name) -> Option<&'t Cell> {
        let at = self.table.columns.iter().position(|c| c.name == column)?;
        self.cells().get(at)
    }

    /// The source of the cell of `column`: what the column's source field says in this row, else the column's source,
    /// else what the table's source field says in this row, else the table's source.
    pub fn source(self, column: Name) -> Option<Name> {
        let own = self.table.columns.iter().find(|c| c.name == column)?;
        let named = |field: Name| match self.cell(field) {
            Some(Cell::Value(Value::Text(text))) => Some(Name::new(text)),
            _ => None,
        };
        let of_column = own.source_field.and_then(named).or(own.source);
        of_column.or_else(|| self.table.source_field.and_then(named)).or(self.table.source)
    }
}

// All that a page can show of a row, and no position.
impl Hash for Row<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Table { id, title, source, source_field, age, columns, .. } = self.table;
        (id, title, source, source_field, age, columns, self.key(), self.cells()).hash(state);
    }
}

#[cfg(test)]
mod tests;
