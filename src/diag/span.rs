//! Where something stands: byte ranges in files, and places that are looked up when they are printed.

use crate::id::{ChapterId, Name, PathId, RecordId, TableId};
use serde::{Deserialize, Serialize};

/// A byte range of one file, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file, by its path from the root of the book.
    pub file: PathId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`. Offsets past 4 GiB are clamped: no file that large is read.
    pub fn new(file: PathId, range: std::ops::Range<usize>) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The start of `file`: for what concerns a file as a whole.
    pub fn top(file: PathId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// The range as indices into the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// `sub`, a range counted from the start of this span, as a span of the file.
    pub fn slice(self, sub: std::ops::Range<usize>) -> Self {
        let start = self.start as usize;
        Self::new(self.file, start + sub.start..start + sub.end)
    }
}

/// What a diagnostic points at.
///
/// A diagnostic is stored with the unit that gave rise to it. Its own file cannot change without the unit
/// being made again, so a byte range into it stays true; a cell of a table moves when a row is put in above
/// it, and no answer moves with it. So a place in someone else's file is named, and found when it is printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A range of a file that the unit has read.
    Span(Span),
    /// A cell of a table: its row's key, and the name of its column.
    Cell(TableId, Name, Name),
    /// A heading of a chapter, by its id.
    Heading(ChapterId, Name),
    /// A field of a record, by its path: `results.tg1024`; of the whole record, an empty path.
    Field(RecordId, Name),
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Place::Span(span)
    }
}
