//! The one door for writes: what the site becomes on disk, and that nobody's files are lost on the way.
//!
//! A build opens the output ([`OutDir::open`]: may it be ours?), takes the lock ([`OutDir::lock`]), surveys what stands
//! there ([`Stage::begin`]), stages what differs ([`Stage::put`]) and moves it into place ([`Stage::commit`]).
//! [`clean()`] takes away what a manifest proves ours; [`save()`] replaces one file that is not part of the site.
//!
//! **Invariants.** A file of the site is never opened for writing in place: it is written beside, whole, and renamed.
//! Until the first rename nothing of the old site has changed; from then on the manifest names every file's old and new
//! hash, so that the next build knows what a killed one left. Only what the manifest lists, with a hash that it lists,
//! is deleted or replaced. No path leads through a symbolic link.
//!
//! **Durability.** The manifests and what [`save()`] writes are synced to the disk before the rename that shows them. The
//! files of the site are not: a sync a file costs a hundred times its writing, and a site can be made again. After a
//! loss of power a file may be empty; that is seen by its stamp, and it is made again without a question, since an
//! empty file holds nothing that anyone could miss.
//!
//! What is written is decided elsewhere. This module reads only the output, its own lock and the manifest.

#![allow(clippy::disallowed_methods, reason = "this is the door for writes; it reads back only what it wrote")]

mod clean;
mod disk;
mod interrupt;
mod lock;
mod manifest;
mod out;
mod plan;
mod save;
mod stage;
mod survey;

#[cfg(test)]
mod tests;

pub use clean::{Cleaned, clean};
pub use interrupt::{Interrupt, interrupt, was_interrupted};
pub use lock::Lock;
pub use manifest::{Entry, Manifest, is_canonical};
pub use out::{Ask, OutDir};
pub use save::{Replacement, cache_folder, is_empty_or_absent, new_file, save, save_all};
pub use stage::{Committed, Stage};

/// The list of what is ours, in the output.
pub use crate::site::MANIFEST;
/// The staging folder, in the output, so that it is always on the same file system.
pub const STAGE: &str = ".benchbook-stage";
/// The cache, in the book.
pub const CACHE: &str = ".benchbook";
