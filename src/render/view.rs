//! What a template sees: one typed view a page, and nothing else.
//!
//! Templates have no function that reads the book, the clock, the environment or a file. What a page shows was
//! asked for through the reader when its view was filled, so it is recorded.
//!
//! All addresses in a view are paths from the site's root, percent-encoded; a template writes `{{ root }}{{ entry.path }}`, where
//! `root` leads from the page back to the root (`../`), so one list serves pages of every folder.

pub use crate::resolve::{NavEntry, Neighbour};
use crate::site::Hash;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use tera::Value;

/// What every page of the book shares.
#[derive(Clone, Debug, Serialize)]
pub struct BookView {
    /// The book's title.
    pub title: String,
    /// Its language as a BCP 47 tag: `en`.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: String,
    /// One or two sentences about the book; may be empty.
    pub description: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Where its source is kept: an address, or none.
    pub repository: Option<String>,
    /// The page that shows the whole table of contents, from the site's root: `contents.html`.
    pub contents: &'static str,
    /// Whether there is a `print.html`.
    pub print: bool,
    /// The colours of a reader who has not chosen any: `auto`, `light` or `dark`.
    pub scheme: &'static str,
    /// How many levels of the contents stand open, where deeper ones are folded; none when nothing is.
    pub fold: Option<u8>,
    /// The book's own style sheets, from the site's root, in order.
    pub styles: Vec<String>,
    /// The book's own scripts, from the site's root, in order.
    pub scripts: Vec<String>,
    /// Whether a button beside a code block copies it.
    pub copy: bool,
}

/// The page itself.
#[derive(Clone, Debug, Serialize)]
pub struct PageView {
    /// `chapter`, `contents`, `not-found`, `print`, `redirect`, `receipt`, `numbers`.
    pub kind: &'static str,
    /// Its title, as plain text.
    pub title: String,
    /// One or two sentences about it; may be empty.
    pub description: String,
    /// Its path from the site's root, percent-encoded: `linux/index.html`. Compare with `entry.path` to find the current entry.
    pub path: String,
    /// The number of its chapter: `2.1.`; none when it has none.
    pub number: Option<String>,
    /// When it was last brought up to date, as the author says: `2026-11-24`.
    pub updated: Option<String>,
    /// Where its source can be edited.
    pub edit_url: Option<String>,
    /// Its absolute address, when `--base-url` was given.
    pub canonical: Option<String>,
    /// The headings of the page under its title, as a tree.
    pub toc: Vec<Heading>,
    /// The numbers that the page cites; none when it cites no number.
    pub numbers: Option<NumbersView>,
}

/// The numbers that a page cites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumbersView {
    /// How many there are, each once.
    pub count: usize,
    /// The day of the oldest: `2024-05-09`; none where no day is known.
    pub oldest: Option<String>,
    /// The page of all numbers of the book, from the site's root.
    pub path: &'static str,
}

/// A heading, for the contents of the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Heading {
    /// The id to link to.
    pub id: String,
    /// Its text, as plain text.
    pub title: String,
    /// 2 to 6.
    pub level: u8,
    /// The headings under it.
    pub children: Vec<Heading>,
}

/// Values for templates that many pages show alike, by the hash of what they were made from: building one costs as
/// much as rendering it.
#[derive(Debug, Default)]
pub struct Values(Mutex<FxHashMap<Hash, Value>>);

/// How many are kept: lists that differ from page to page are not worth keeping.
const MOST: usize = 64;

impl Values {
    /// The value of `hash`, made by `make` where it is not known.
    pub(super) fn get(&self, hash: Hash, make: impl FnOnce() -> Value) -> Value {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&hash) {
            return known.clone();
        }
        let made = make();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.insert(hash, made.clone());
        }
        made
    }

    /// Forgets all of them: after an update, other pages show other lists.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
