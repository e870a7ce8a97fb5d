//! Names, interned: a path, a chapter, a table, a row or an anchor is asked for thousands of times and stored once.
//!
//! A [`Name`] is copied like a number and compared like a string. The interner never forgets, which is bounded
//! by the number of different names that one process meets.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{LazyLock, PoisonError, RwLock};

const SHARDS: usize = 16;
static INTERNED: LazyLock<[RwLock<HashSet<&'static str, rustc_hash::FxBuildHasher>>; SHARDS]> =
    LazyLock::new(Default::default);

/// An interned string.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

impl Name {
    /// The name `text`.
    pub fn new(text: &str) -> Self {
        let shard = rustc_hash::FxBuildHasher.hash_one(text) as usize % SHARDS;
        #[allow(clippy::indexing_slicing, reason = "the index is taken modulo the length")]
        let shard = &INTERNED[shard];
        if let Some(found) = shard.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Name(found);
        }
        let mut names = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = names.get(text) {
            return Name(found);
        }
        let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
        names.insert(kept);
        Name(kept)
    }

    /// The string itself.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(other.0)
    }
}
// By content, not by address: answers are hashed with the names in them, and those hashes outlive the process.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match table::number_of(*self) {
            Some(number) => s.serialize_u32(number),
            None => s.serialize_str(self.0),
        }
    }
}
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name::new(text))
            }
        }
        if !table::is_on() {
            return d.deserialize_str(Text);
        }
        let number = u32::deserialize(d)?;
        table::name_of(number).ok_or_else(|| serde::de::Error::custom("a name that the table does not have"))
    }
}

/// A table of names for a file that holds each of them many times: while it is on, names are written and read as
/// numbers. One a thread.
pub mod table {
    use super::Name;
    use rustc_hash::FxHashMap;
    use std::cell::RefCell;

    #[derive(Default)]
    struct Table {
        names: Vec<Name>,
        numbers: FxHashMap<Name, u32>,
    }

    thread_local! {
        static TABLE: RefCell<Option<Table>> = const { RefCell::new(None) };
    }

    /// Runs `write` with names as numbers. Gives what it gives, and the names by number.
    pub fn collect<T>(write: impl FnOnce() -> T) -> (T, Vec<Name>) {
        TABLE.with_borrow_mut(|table| *table = Some(Table::default()));
        let written = write();
        let names = TABLE.with_borrow_mut(Option::take).map(|table| table.names).unwrap_or_default();
        (written, names)
    }

    /// Runs `read` with the numbers of `names`.
    pub fn with<T>(names: Vec<Name>, read: impl FnOnce() -> T) -> T {
        TABLE.with_borrow_mut(|table| *table = Some(Table { names, numbers: FxHashMap::default() }));
        let value = read();
        TABLE.with_borrow_mut(|table| *table = None);
        value
    }

    pub(super) fn is_on() -> bool {
        TABLE.with_borrow(Option::is_some)
    }

    pub(super) fn number_of(name: Name) -> Option<u32> {
        TABLE.with_borrow_mut(|table| {
            let table = table.as_mut()?;
            Some(*table.numbers.entry(name).or_insert_with(|| {
                table.names.push(name);
                u32::try_from(table.names.len() - 1).unwrap_or(u32::MAX)
            }))
        })
    }

    pub(super) fn name_of(number: u32) -> Option<Name> {
        TABLE.with_borrow(|table| table.as_ref()?.names.get(number as usize).copied())
    }
}

macro_rules! names {
    ($( $(#[doc = $doc:literal])* $id:ident; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $id(pub Name);

        impl $id {
            /// The one with this name.
            pub fn new(text: &str) -> Self {
                Self(Name::new(text))
            }
            /// Its name.
            pub fn as_str(self) -> &'static str {
                self.0.as_str()
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )* };
}

names! {
    /// A file, by its path from the folder of `book.toml`, with `/` between parts: `content/linux/index.md`.
    /// A file of another allowed root begins with `../`.
    PathId;
    /// A chapter, by its file's path from the folder of chapters: `linux/index.md`.
    ChapterId;
    /// A table, by its file's name without folder and ending: `accelerators`.
    TableId;
    /// A file of the site, by its path from the site's root: `linux/index.html`.
    OutPath;
}

impl PathId {
    /// The folder that holds it, without a slash at the end; empty for a file beside `book.toml`.
    pub fn folder(self) -> &'static str {
        self.as_str().rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// A record: one run of a benchmark on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// The benchmark, as `benchmarks.toml` names it.
    pub benchmark: Name,
    /// The machine: the name of the record's file without its ending.
    pub machine: Name,
}

impl RecordId {
    /// The record of `benchmark` on `machine`.
    pub fn new(benchmark: &str, machine: &str) -> Self {
        Self { benchmark: Name::new(benchmark), machine: Name::new(machine) }
    }

    /// The name by which the result of `metric` is known everywhere: `BENCHMARK/MACHINE/METRIC`.
    pub fn result(self, metric: Name) -> Name {
        Name::new(&format!("{self}/{metric}"))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.benchmark, self.machine)
    }
}

/// A calendar day: year, month, day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(i16, i8, i8);

impl From<jiff::civil::Date> for Day {
    fn from(date: jiff::civil::Date) -> Self {
        Self(date.year(), date.month(), date.day())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

/// A number that a page can cite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cited {
    /// A result of a record, by its metric.
    Result(RecordId, Name),
    /// A cell of a table: its row's key, and the name of its column.
    Cell(TableId, Name, Name),
}

impl fmt::Display for Cited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cited::Result(record, metric) => write!(f, "{record}/{metric}"),
            Cited::Cell(table, key, column) => write!(f, "{table}/{key}/{column}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_name() {
        assert_eq!(Name::new("a"), Name::new(&String::from("a")));
        assert_ne!(Name::new("a"), Name::new("b"));
        assert!(Name::new("a") < Name::new("b"));
    }
}
