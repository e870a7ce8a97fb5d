//! The questions that a unit can ask of the book.

use crate::id::{ChapterId, Cited, Day, Name, OutPath, PathId, RecordId, TableId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One question about the book, small enough that an author could have asked it.
///
/// A need that is too wide makes too much, never too little. A new kind of read is a new variant here, its answer
/// and getter in `resolve`, and its words below, which is what `why` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Need {
    /// What a file holds, or that it is not there.
    File(PathId),
    /// The settings of `book.toml`.
    Config,
    /// A table: its columns and all rows.
    Table(TableId),
    /// One row of a table, or that it is not there.
    Row(TableId, Name),
    /// The columns of a table, or that it is not there.
    Columns(TableId),
    /// The names of all tables.
    Tables,
    /// One source, or that it is not there.
    Source(Name),
    /// One record, or that it is not there.
    Record(RecordId),
    /// All records of a benchmark.
    Records(Name),
    /// What a benchmark measures and compares, or that it is not there.
    Benchmark(Name),
    /// The names of all benchmarks.
    Benchmarks,
    /// The names of all sources.
    Sources,
    /// Whether a day is over.
    Past(Day),
    /// Whether a number is past its age.
    Stale(Cited),
    /// Whether a quantity and a word beside it are part of a name that the data has.
    IsName(Name),
    /// The templates of the theme, and where its assets stand.
    Theme,
    /// An asset of the theme.
    Asset(Name),
    /// The style sheets and scripts of the book's own, and where they stand.
    Extras,
    /// Whether a chapter exists, and where its page stands.
    Page(ChapterId),
    /// The title of a chapter.
    Title(ChapterId),
    /// The number of a chapter.
    Number(ChapterId),
    /// Whether a chapter has an anchor.
    Anchor(ChapterId, Name),
    /// All anchors of a chapter.
    Anchors(ChapterId),
    /// The chapters before and after.
    Near(ChapterId),
    /// The part of the table of contents that a chapter's page shows.
    Nav(ChapterId),
    /// The pages above a chapter.
    Parents(ChapterId),
    /// The order of all chapters.
    Chapters,
    /// The whole table of contents.
    Contents,
    /// The whole table of contents, where it is short enough to stand on every page.
    ShortContents,
    /// The first chapter.
    First,
    /// Whether the site has a file at a path that a link can lead to.
    Target(OutPath),
    /// The files of the site that a link can lead to.
    Targets,
    /// The anchors that once stood on a chapter's page, and where they lead now.
    Moved(ChapterId),
    /// The places that use the results of a record.
    Uses(RecordId),
    /// The places that use the cells of a table.
    UsesOfTable(TableId),
    /// Every number that is used, and where.
    AllUses,
    /// The tables whose cells are used or shown.
    TablesInUse,
    /// Where a redirect leads.
    Redirect(OutPath),
    /// Whether there is a page of all chapters.
    Print,
}

impl Need {
    /// Whether the answer hangs on the files and the data alone, not on the fold of the book.
    pub fn is_of_data(self) -> bool {
        matches!(
            self,
            Need::File(_)
                | Need::Config
                | Need::Table(_)
                | Need::Row(..)
                | Need::Columns(_)
                | Need::Tables
                | Need::Source(_)
                | Need::Record(_)
                | Need::Records(_)
                | Need::Benchmark(_)
                | Need::Benchmarks
                | Need::Sources
                | Need::Past(_)
                | Need::Stale(_)
                | Need::IsName(_)
                | Need::Theme
                | Need::Asset(_)
                | Need::Extras
        )
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::File(path) => write!(f, "the file {path}"),
            Need::Config => f.write_str("the settings in book.toml"),
            Need::Table(table) => write!(f, "the table {table}"),
            Need::Row(table, key) => write!(f, "the row {table}.{key}"),
            Need::Columns(table) => write!(f, "the columns of {table}"),
            Need::Tables => f.write_str("the names of all tables"),
            Need::Source(source) => write!(f, "the source {source}"),
            Need::Record(record) => write!(f, "the record {record}"),
            Need::Records(benchmark) => write!(f, "the records of {benchmark}"),
            Need::Benchmark(benchmark) => write!(f, "the benchmark {benchmark}"),
            Need::Benchmarks => f.write_str("the names of all benchmarks"),
            Need::Sources => f.write_str("the names of all sources"),
            Need::Past(day) => write!(f, "whether {day} is over"),
            Need::IsName(words) => write!(f, "whether `{words}` is part of a name"),
            Need::Stale(cited) => write!(f, "whether {cited} is past its age"),
            Need::Theme => f.write_str("the theme"),
            Need::Asset(name) => write!(f, "the theme's {name}"),
            Need::Extras => f.write_str("the book's own styles and scripts"),
            Need::Page(chapter) => write!(f, "the address of {chapter}"),
            Need::Title(chapter) => write!(f, "the title of {chapter}"),
            Need::Number(chapter) => write!(f, "the number of {chapter}"),
            Need::Anchor(chapter, id) => write!(f, "the heading {chapter}#{id}"),
            Need::Anchors(chapter) => write!(f, "all headings of {chapter}"),
            Need::Near(chapter) => write!(f, "the neighbours of {chapter}"),
            Need::Nav(chapter) => write!(f, "the contents beside {chapter}"),
            Need::Parents(chapter) => write!(f, "the pages above {chapter}"),
            Need::Chapters => f.write_str("the order of the chapters"),
            Need::Contents => f.write_str("the whole table of contents"),
            Need::ShortContents => f.write_str("the table of contents, where every page shows it"),
            Need::First => f.write_str("which chapter is the first"),
            Need::Target(path) => write!(f, "whether there is a {path}"),
            Need::Targets => f.write_str("everything that a link can lead to"),
            Need::Moved(chapter) => write!(f, "the anchors that moved from {chapter}"),
            Need::Uses(record) => write!(f, "the places that use {record}"),
            Need::UsesOfTable(table) => write!(f, "the places that use the table {table}"),
            Need::AllUses => f.write_str("every number that is used"),
            Need::TablesInUse => f.write_str("which tables are used or shown"),
            Need::Redirect(from) => write!(f, "the redirect from {from}"),
            Need::Print => f.write_str("whether there is a page of all chapters"),
        }
    }
}
