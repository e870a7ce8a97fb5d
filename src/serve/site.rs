//! What is served: each file of the site that was made, by its path.
//!
//! There is no other way from an address to bytes, so what was not built cannot be asked for. A page that came out with an
//! error does not take the place of one that was good.
//!
//! **Invariant:** this module makes nothing and knows no HTTP.

use crate::id::OutPath;
use crate::site::Hash;
use axum::body::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How many bytes of files are kept; beyond, a file is made again when it is asked for.
const KEEP: usize = 128 << 20;

/// The site, as far as it was made. Shared by the thread that makes it and those that serve it.
#[derive(Default)]
pub(super) struct Site(RwLock<Slots>);

#[derive(Default)]
struct Slots {
    /// By the path itself, so that a path that somebody asks for is not interned.
    by_path: FxHashMap<&'static str, Slot>,
    bytes: usize,
}

struct Slot {
    path: OutPath,
    /// What was served last, or would have been.
    file: Option<File>,
    /// Whether the file was good: free of errors.
    good: bool,
    /// Whether it is as the book is now.
    fresh: bool,
    /// Whether what was made last was not taken in: it is made again at the next update, whose cure may move no answer.
    held: bool,
}

#[derive(Clone)]
struct File {
    hash: Hash,
    bytes: Option<Bytes>,
}

/// A file that was just made.
pub(super) struct Made {
    /// Where it stands in the site.
    pub path: OutPath,
    /// The hash of its bytes.
    pub hash: Hash,
    /// What it holds.
    pub bytes: Bytes,
    /// Whether somebody wants it now. Otherwise it is kept only while there is room.
    pub asked: bool,
}

/// What a file that was just made is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Free of errors.
    Good,
    /// Made with an error: shown where nothing better was.
    Bad,
    /// Made while a file was being written: shown only where there was nothing.
    Doubtful,
}

/// What there is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This file, as the book is now.
    File(OutPath, Hash, Bytes),
    /// A file that must be made first.
    Stale(OutPath),
    /// A file that could not be made, by a fault of ours.
    Failed(OutPath),
    /// Nothing.
    Missing,
}

impl Site {
    /// What stands at the address `path`, decoded and without its first slash: itself, with `.html`, or the `index.html` of a
    /// folder.
    pub(super) fn find(&self, path: &str) -> Found {
        let slots = self.read();
        let slot = if path.is_empty() || path.ends_with('/') {
            slots.by_path.get(format!("{path}index.html").as_str())
        } else {
            slots.by_path.get(path).or_else(|| slots.by_path.get(format!("{path}.html").as_str()))
        };
        match slot {
            None => Found::Missing,
            Some(Slot { path, fresh: true, file: Some(File { hash, bytes: Some(bytes) }), .. }) => {
                Found::File(*path, *hash, bytes.clone())
            }
            Some(Slot { path, fresh: true, file: None, .. }) => Found::Failed(*path),
            Some(slot) => Found::Stale(slot.path),
        }
    }

    /// Whether the bytes that are served at `path` have this hash.
    pub(super) fn holds(&self, path: OutPath, hash: Hash) -> bool {
        let slots = self.read();
        let file = slots.by_path.get(path.as_str()).and_then(|slot| slot.file.as_ref());
        file.is_some_and(|file| file.hash == hash && file.bytes.is_some())
    }

    /// Takes in which files the site has now, and which of them are out of date. A file that it has no more is kept while
    /// the book is not whole. Gives the files that were held back and are to be made again.
    pub(super) fn adopt(&self, outputs: &[OutPath], stale: &[OutPath], whole: bool) -> Vec<OutPath> {
        let stale: FxHashSet<OutPath> = stale.iter().copied().collect();
        let mut slots = self.write();
        let mut old = std::mem::take(&mut slots.by_path);
        let mut bytes = 0;
        let mut held = Vec::new();
        for path in outputs {
            let slot = old.remove(path.as_str());
            if slot.as_ref().is_some_and(|slot| slot.held) && !stale.contains(path) {
                held.push(*path);
            }
            let slot = match slot {
                Some(slot) => Slot { fresh: slot.fresh && !slot.held && !stale.contains(path), held: false, ..slot },
                None => Slot { path: *path, file: None, good: false, fresh: false, held: false },
            };
            bytes += slot.size();
            slots.by_path.insert(path.as_str(), slot);
        }
        #[allow(clippy::iter_over_hash_type, reason = "put into a map again")]
        for (path, slot) in old {
            if !whole && slot.file.as_ref().is_some_and(|file| file.bytes.is_some()) {
                bytes += slot.size();
                slots.by_path.insert(path, Slot { fresh: true, ..slot });
            }
        }
        slots.bytes = bytes;
        held
    }

    /// Takes in a file. Gives whether what is served has changed; what is worth less does not replace what is worth more.
    pub(super) fn take(&self, made: Made, worth: Worth) -> bool {
        let mut slots = self.write();
        let room = KEEP.saturating_sub(slots.bytes);
        let Some(slot) = slots.by_path.get_mut(made.path.as_str()) else { return false };
        slot.fresh = true;
        let is_less = match worth {
            Worth::Good => false,
            Worth::Bad => slot.good,
            Worth::Doubtful => true,
        };
        slot.held = is_less && slot.file.as_ref().is_some_and(|file| file.bytes.is_some());
        if slot.held {
            return false;
        }
        let before = slot.size();
        let moved = slot.file.as_ref().is_some_and(|file| file.hash != made.hash);
        let fits = made.bytes.len() <= room + before;
        slot.file = Some(File { hash: made.hash, bytes: (fits || made.asked).then_some(made.bytes) });
        slot.good = worth == Worth::Good;
        slots.bytes = slots.bytes - before + slots.by_path.get(made.path.as_str()).map_or(0, Slot::size);
        if !fits && made.asked {
            slots.let_go(made.path);
        }
        moved
    }

    /// Notes that nothing newer comes of a file for now, because it could not be made or is what it was: what there is is
    /// served on.
    pub(super) fn settled(&self, path: OutPath) {
        if let Some(slot) = self.write().by_path.get_mut(path.as_str()) {
            slot.fresh = true;
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Slots> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Lets go of the bytes of all files but one. Rare, and simple: what is open in a browser is made again in a moment.
    fn let_go(&mut self, but: OutPath) {
        let mut bytes = 0;
        #[allow(clippy::iter_over_hash_type, reason = "each is treated alike")]
        for slot in self.by_path.values_mut() {
            if slot.path != but
                && let Some(file) = &mut slot.file
            {
                file.bytes = None;
            }
            bytes += slot.size();
        }
        self.bytes = bytes;
    }
}

impl Slot {
    fn size(&self) -> usize {
        self.file.as_ref().and_then(|file| file.bytes.as_ref()).map_or(0, Bytes::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(path: &str, text: &'static str) -> Made {
        let bytes = Bytes::from_static(text.as_bytes());
        Made { path: OutPath::new(path), hash: Hash::of_bytes(&bytes), bytes, asked: true }
    }

    fn site(paths: &[&str]) -> Site {
        let site = Site::default();
        let paths: Vec<OutPath> = paths.iter().map(|p| OutPath::new(p)).collect();
        site.adopt(&paths, &paths, true);
        site
    }

    fn text(site: &Site, path: &str) -> String {
        match site.find(path) {
            Found::File(_, _, bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn an_address_is_a_file_a_page_or_the_index_of_a_folder() {
        let site = site(&["index.html", "a/index.html", "a/b.html", "x.css"]);
        for (path, found) in [
            ("", "index.html"),
            ("a/", "a/index.html"),
            ("a/b", "a/b.html"),
            ("a/b.html", "a/b.html"),
            ("x.css", "x.css"),
        ] {
            assert_eq!(site.find(path), Found::Stale(OutPath::new(found)), "{path}");
        }
        for path in ["a", "x", "a/b/", "a/b.html/", "A/b", "b"] {
            assert_eq!(site.find(path), Found::Missing, "{path}");
        }
    }

    #[test]
    fn a_bad_page_does_not_replace_a_good_one() {
        let site = site(&["a.html"]);
        assert!(!site.take(made("a.html", "bad"), Worth::Bad), "nobody saw it before");
        assert!(!site.take(made("a.html", "half"), Worth::Doubtful));
        assert_eq!(text(&site, "a"), "bad");
        assert!(site.take(made("a.html", "good"), Worth::Good));
        assert!(!site.take(made("a.html", "worse"), Worth::Bad));
        assert!(!site.take(made("a.html", "half"), Worth::Doubtful));
        assert_eq!(text(&site, "a"), "good");
        assert!(site.take(made("a.html", "better"), Worth::Good));
        assert_eq!(text(&site, "a"), "better");
    }

    #[test]
    fn a_page_that_went_is_kept_while_the_book_is_broken() {
        let site = site(&["a.html", "b.html"]);
        site.take(made("a.html", "a"), Worth::Good);
        site.adopt(&[OutPath::new("b.html")], &[], false);
        assert_eq!(text(&site, "a.html"), "a");
        site.adopt(&[OutPath::new("b.html")], &[], true);
        assert_eq!(site.find("a.html"), Found::Missing);
    }

    #[test]
    fn a_file_that_failed_shows_what_there_was() {
        let site = site(&["a.html", "b.html"]);
        site.take(made("a.html", "a"), Worth::Good);
        site.adopt(&[OutPath::new("a.html"), OutPath::new("b.html")], &[OutPath::new("a.html")], true);
        assert_eq!(site.find("a"), Found::Stale(OutPath::new("a.html")));
        site.settled(OutPath::new("a.html"));
        site.settled(OutPath::new("b.html"));
        assert_eq!(text(&site, "a"), "a");
        assert_eq!(site.find("b"), Found::Failed(OutPath::new("b.html")));
    }
}
