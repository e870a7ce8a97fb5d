//! One file of the site, from a reader of the book.
//!
//! **Invariant:** what a page shows was asked for through the reader. This module sees no field of the book, writes no
//! file, and reads neither the clock nor the environment.

pub mod body;
pub mod highlight;
pub mod numbers;
pub mod page;
pub mod receipt;
pub mod table;
pub mod view;

use crate::id::OutPath;
use crate::ledger::Reader;
use crate::resolve::Book;
use crate::site::{Output, OutputId};

/// What all units share while they are made: nothing of the book, only what is expensive to set up.
#[derive(Default)]
pub struct Shared {
    /// The highlighter, with the lines that it remembers.
    pub highlighter: highlight::Highlighter,
    /// Values for templates that many pages show alike.
    pub values: view::Values,
}

/// Makes one file of the site.
pub fn make(id: OutputId, path: OutPath, book: &mut Reader<'_, '_, Book>, shared: &Shared) -> Output {
    page::make(id, path, book, shared)
}
