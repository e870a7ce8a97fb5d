//! What a site is made of: the files that a book becomes, what one of them holds, and what an update changed.

use crate::diag::Diagnostic;
use crate::id::{ChapterId, Name, OutPath, PathId, RecordId, TableId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A content hash: the first 128 bits of blake3 for files, SipHash-1-3 for typed answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Hash(pub u128);

impl Hash {
    /// The hash of a file's bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Hash::first(&blake3::hash(bytes))
    }

    /// The same of what `stream` gives, of which only a part is held at a time, and how many bytes they were.
    ///
    /// # Errors
    /// What reading the stream met.
    pub fn of_stream(stream: impl std::io::Read) -> std::io::Result<(Self, u64)> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(stream)?;
        Ok((Hash::first(&hasher.finalize()), hasher.count()))
    }

    fn first(whole: &blake3::Hash) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(whole.as_bytes().split_at(16).0);
        Hash(u128::from_le_bytes(first))
    }

    /// The hash of a typed value.
    pub fn of(value: &(impl std::hash::Hash + ?Sized)) -> Self {
        use siphasher::sip128::{Hasher128, SipHasher13};
        let mut hasher = SipHasher13::new();
        value.hash(&mut hasher);
        Hash(hasher.finish128().as_u128())
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// One file of the site, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OutputId {
    /// A chapter's page.
    Page(ChapterId),
    /// The first chapter once more, as `index.html`.
    Index,
    /// The whole tree of contents, on a page of its own.
    Contents,
    /// What a server answers for an address that is not there.
    NotFound,
    /// All chapters on one page.
    Print,
    /// A page that leads on to another.
    Redirect(OutPath),
    /// A file of the theme, by its path under `assets/`.
    Asset(Name),
    /// A file of the book that is copied as it is.
    Copy(PathId),
    /// A style sheet or a script of the book's own, which every page names.
    Extra(PathId),
    /// `.nojekyll`, by which GitHub Pages knows that the site is to be shown as it is.
    NoJekyll,
    /// `CNAME`, by which some hosts know the name of the site.
    Cname,
    /// `sitemap.xml`.
    Sitemap,
    /// The receipt of a record, as a page.
    Receipt(RecordId),
    /// The receipt of a record, as JSON.
    ReceiptData(RecordId),
    /// The receipt of a table, as a page.
    TableReceipt(TableId),
    /// A table as CSV, to take away.
    TableCsv(TableId),
    /// A table as JSON, to take away.
    TableJson(TableId),
    /// Every number of the book, as a page.
    Numbers,
    /// Every number of the book, as JSON.
    NumbersData,
    /// `datapackage.json`: what the tables are, for machines.
    DataPackage,
}

/// In which order files move into place, so that no reader ever meets a page whose assets are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// What pages name: styles, scripts, images.
    Asset,
    /// Pages.
    Page,
    /// What names pages: the sitemap.
    Index,
}

/// A file that was made.
#[derive(Clone, Debug)]
pub struct Output {
    /// Where it stands in the site.
    pub path: OutPath,
    /// When it moves into place.
    pub phase: Phase,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// What was wrong on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it was made from what has an error, be it told here or by another file's making.
    pub faulty: bool,
}

/// The name of the file in an output that says what of it is ours.
pub const MANIFEST: &str = ".benchbook-manifest";

/// What a site holds: each file's path and content hash. Kept on disk as the manifest.
pub type Site = BTreeMap<OutPath, Hash>;

/// A value with its hash, computed once: what is handed out often is not hashed each time.
#[derive(Debug)]
pub struct Hashed<T> {
    hash: Hash,
    value: std::sync::Arc<T>,
}

impl<T: Default + std::hash::Hash> Default for Hashed<T> {
    fn default() -> Self {
        Hashed::new(T::default())
    }
}

impl<T> Clone for Hashed<T> {
    fn clone(&self) -> Self {
        Self { hash: self.hash, value: self.value.clone() }
    }
}

impl<T: std::hash::Hash> Hashed<T> {
    /// The value with its hash.
    pub fn new(value: T) -> Self {
        Self { hash: Hash::of(&value), value: std::sync::Arc::new(value) }
    }
}

impl<T> Hashed<T> {
    /// The hash of the value.
    pub fn hash_value(&self) -> Hash {
        self.hash
    }
}

impl<T> std::ops::Deref for Hashed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> std::hash::Hash for Hashed<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

/// What a build was asked for, beside the book. It stands in the name of the ledger: a build with other options is
/// another build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// The absolute address that the site will have; turns on the sitemap and canonical links.
    pub base_url: Option<String>,
    /// Whether the pages are served live: assets keep plain names, and each page has the script that patches it.
    pub live: bool,
}
