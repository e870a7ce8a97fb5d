//! The one door for reads: where the book lies, what is in it, and the bytes of a file.
//!
//! Everything that is read goes through a [`Snapshot`], and a unit reads through a [`Reader`] of one, so that what it
//! read is recorded. A path cannot leave the folder of `book.toml` (or a folder that the command line allows), be it
//! by `..`, by an absolute spelling or by a symbolic link.
//!
//! **Invariant:** this module does not know what a file means; it parses nothing.
#![allow(clippy::disallowed_methods, reason = "this is the one module that reads the disk")]

mod disk;
mod memory;
pub mod path;
mod snapshot;
pub mod watch;

pub use disk::DiskFiles;
pub use memory::MemoryFiles;
pub use snapshot::{Changes, Content, Scope, Snapshot, Stored};

use crate::diag::{Code, Diagnostic, Span};
use crate::id::PathId;
use crate::ledger::{Ask, Need, Reader};
use crate::site::Hash;
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The largest text file that is read, in bytes: a chapter, a template, `SUMMARY.md`, an include.
pub const MAX_TEXT: u64 = 16 << 20;
/// The largest data file that is read, in bytes.
pub const MAX_DATA: u64 = 64 << 20;
/// The largest file that is copied into the site, in bytes.
pub const MAX_COPY: u64 = 192 << 20;

/// The day, in UTC, of a time in nanoseconds since 1970: the same wherever a book is built.
pub fn day(nanos: i64) -> jiff::civil::Date {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Why a file cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Problem {
    /// There is no such file.
    Missing,
    /// The path, or a link on it, leads out of the book.
    Outside,
    /// It is a folder, a pipe, a device.
    NotAFile,
    /// The system refuses; in its words.
    Unreadable(String),
    /// It is larger than what is read of its kind.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
}

impl Problem {
    /// The same for a question with this limit: a file beyond a larger limit is beyond this one too.
    fn within(&self, limit: u64) -> Problem {
        match self {
            Problem::TooLarge { size, limit: larger } => Problem::TooLarge { size: *size, limit: limit.min(*larger) },
            other => other.clone(),
        }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The regular files, by path, with their stamps.
    pub files: Vec<(PathId, Stamp)>,
    /// What could not be listed, and why.
    pub problems: Vec<(String, Problem)>,
}

/// A place that book files come from: a disk, or memory.
pub trait Files: Send + Sync {
    /// All regular files under `folder`. Hidden names and folders in `skip` are left out. An absent folder is empty.
    fn walk(&self, folder: &str, skip: &[PathId]) -> Walked;
    /// The stamp of one file.
    fn stamp(&self, path: PathId) -> Result<Stamp, Problem>;
    /// The bytes of one file of at most `limit` bytes, with its stamp from before the reading.
    fn read(&self, path: PathId, limit: u64) -> Result<(Vec<u8>, Stamp), Problem>;
    /// The hash of the bytes of one file of at most `limit` bytes, with its stamp from before the reading; of a file on
    /// a disk, without holding them.
    fn hash(&self, path: PathId, limit: u64) -> Result<(Hash, Stamp), Problem> {
        self.read(path, limit).map(|(bytes, stamp)| (Hash::of_bytes(&bytes), stamp))
    }
    /// The time by the clock that stamps are taken from, in nanoseconds since 1970.
    fn now(&self) -> i64;
}

/// The question what a file holds.
struct FileState(PathId, u64);

impl Ask<Snapshot> for FileState {
    type Answer<'w> = Content;
    fn need(&self) -> Need {
        Need::File(self.0)
    }
    fn of(&self, files: &Snapshot) -> Content {
        files.content(self.0, self.1)
    }
}

impl Reader<'_, '_, Snapshot> {
    /// The bytes of a file of at most `limit` bytes, needed at `at`.
    pub fn bytes(&mut self, path: PathId, limit: u64, at: Span) -> Result<Arc<[u8]>, Problem> {
        self.ask(FileState(path, limit), at).into_bytes()
    }

    /// The text of a file, needed at `at`: UTF-8 without NUL. What is wrong with it is a diagnostic at its place.
    pub fn text(&mut self, path: PathId, at: Span) -> Result<Result<Arc<str>, Box<Diagnostic>>, Problem> {
        Ok(as_text(path, self.bytes(path, MAX_TEXT, at)?))
    }
}

/// The bytes as text: UTF-8 without NUL; what is wrong with them is a diagnostic at its place.
pub fn as_text(path: PathId, bytes: Arc<[u8]>) -> Result<Arc<str>, Box<Diagnostic>> {
    if let Some(at) = memchr_nul(&bytes) {
        let message = format!("{path} holds a NUL byte, so it is not text");
        let wrong = Diagnostic::new(Code::NulByte, Span::new(path, at..at + 1), message);
        return Err(Box::new(wrong.help("save it as UTF-8 (a file of UTF-16 has a NUL in each letter)")));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Arc::from(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let line = 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message = format!("{path} is not UTF-8: byte {byte:#04x} at offset {at}, in line {line}");
            let wrong = Diagnostic::new(Code::NotUtf8, Span::new(path, at..at + 1), message);
            Err(Box::new(wrong.help("save the file as UTF-8; it is probably Latin-1 or Windows-1252")))
        }
    }
}

fn memchr_nul(bytes: &[u8]) -> Option<usize> {
    // `contains` looks at many bytes at once, and nearly every file is one that has none.
    if bytes.contains(&0) { bytes.iter().position(|b| *b == 0) } else { None }
}

/// The largest ledger that is read, in bytes.
const MAX_CACHE: u64 = 512 << 20;

/// What a cache file holds; `None` when it is not there, is not a plain file (a link is not followed), or cannot be read.
pub fn cached(path: &std::path::Path) -> Option<Vec<u8>> {
    let meta = path.symlink_metadata().ok()?;
    if !meta.is_file() || meta.len() > MAX_CACHE {
        return None;
    }
    std::fs::read(path).ok()
}

/// The bytes of a file that the command line names, wherever it lies; at most `limit` bytes, asked before it is read.
/// A link is followed: who names a file may choose it.
///
/// # Errors
/// Why it cannot be had.
pub fn named(path: &std::path::Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Problem::Missing,
        _ => Problem::Unreadable(error.to_string()),
    };
    let meta = path.metadata().map_err(told)?;
    if !meta.is_file() {
        return Err(Problem::NotAFile);
    }
    if meta.len() > limit {
        return Err(Problem::TooLarge { size: meta.len(), limit });
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(told)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, limit + 1), &mut bytes).map_err(told)?;
    let size = bytes.len() as u64;
    if size > limit { Err(Problem::TooLarge { size, limit }) } else { Ok(bytes) }
}

/// What tells this program from any other build of it: its version, and the length and time of its file.
pub fn program() -> Hash {
    let meta = std::env::current_exe().and_then(|path| path.metadata()).ok();
    Hash::of(&(env!("CARGO_PKG_VERSION"), meta.map(|meta| Stamp::of(&meta))))
}

/// The diagnostic for a file that is named at `at` and cannot be had.
pub fn complain(code: Code, path: &str, problem: &Problem, at: Span) -> Diagnostic {
    match problem {
        Problem::Missing => Diagnostic::new(code, at, format!("`{path}` does not exist")).label("no such file"),
        Problem::Outside => Diagnostic::new(Code::PathOutsideBook, at, format!("`{path}` lies outside the book"))
            .label("leads out of the book's folder")
            .help("move the file into the book, or allow its folder on the command line: `--allow-root DIR`"),
        Problem::NotAFile => Diagnostic::new(Code::FileUnreadable, at, format!("`{path}` is not a regular file"))
            .label("not a file")
            .help("a book is made of files; move what is none out of it, or name a file in its place"),
        Problem::Unreadable(why) => {
            Diagnostic::new(Code::FileUnreadable, at, format!("`{path}` cannot be read: {why}"))
                .label("cannot be read")
                .help("mend that, or move the file out of the book: a page is never silently short")
        }
        Problem::TooLarge { size, limit } => Diagnostic::new(
            Code::FileTooLarge,
            at,
            format!("`{path}` has {size} bytes; at most {limit} are read of a file of its kind"),
        )
        .label("too large")
        .help("split it; the limit is fixed, so that a book cannot exhaust the machine that builds it"),
    }
}
