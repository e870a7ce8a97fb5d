//! The book as it was at one moment: which files there are, and what each holds.

use super::{Files, MAX_COPY, Problem, Stamp};
use crate::id::PathId;
use crate::site::Hash;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::hash::{Hash as StdHash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// A stamp younger than the scan by less than this cannot tell a later write in the same tick of the clock.
const GRAIN: i64 = 50_000_000;

/// How many bytes of files that were just read are kept, so that the second pass need not read them again.
const KEEP: usize = 32 << 20;

/// What a file holds: the answer to [`crate::ledger::Need::File`]. Its hash is that of the bytes, or the reason why
/// there are none.
#[derive(Clone, Debug)]
pub struct Content {
    state: Result<Hash, Problem>,
    /// Beyond the limit of the question there are none, though what the file holds is known.
    bytes: Result<Arc<[u8]>, Problem>,
}

impl StdHash for Content {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
    }
}

impl Content {
    /// The bytes.
    pub fn into_bytes(self) -> Result<Arc<[u8]>, Problem> {
        self.bytes
    }
}

#[derive(Debug, Default)]
struct Entry {
    stamp: Option<Stamp>,
    /// When the stamp was taken.
    at: i64,
    /// Set when the file is first read or asked for.
    state: OnceLock<Result<Hash, Problem>>,
    bytes: OnceLock<Arc<[u8]>>,
}

impl Entry {
    /// Whether the file was larger than `limit` when it was looked at.
    fn is_over(&self, limit: u64) -> bool {
        self.stamp.is_some_and(|stamp| stamp.len > limit)
    }
}

/// What a ledger keeps of a snapshot: each file that was read, with its stamp and hash.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stored {
    entries: Vec<StoredEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredEntry {
    path: PathId,
    stamp: Option<Stamp>,
    at: i64,
    state: Option<Result<Hash, Problem>>,
    walked: bool,
}

/// What a scan looks at.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Everything.
    All,
    /// These folders only, as spelled from the root; the rest is taken over as it was.
    Folders(&'a [String]),
}

/// What differs between two snapshots.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files whose content moved, appeared or went.
    pub files: Vec<PathId>,
    /// Whether files under the walked folders appeared or went.
    pub listed: bool,
}

/// The files of a book at one moment.
pub struct Snapshot {
    files: Arc<dyn Files>,
    at: i64,
    walked: FxHashMap<PathId, Arc<Entry>>,
    paths: Arc<Vec<PathId>>,
    problems: Vec<(String, Problem)>,
    /// Files outside the walked folders that some unit asked for, present or not.
    asked: RwLock<FxHashMap<PathId, Arc<Entry>>>,
    kept: AtomicUsize,
    looked_at: AtomicUsize,
    disturbed: AtomicBool,
}

impl Snapshot {
    /// A snapshot of nothing, before the first scan.
    pub fn empty(files: Arc<dyn Files>) -> Self {
        Self {
            files,
            at: i64::MIN,
            walked: FxHashMap::default(),
            paths: Arc::default(),
            problems: Vec::new(),
            asked: RwLock::default(),
            kept: AtomicUsize::new(0),
            looked_at: AtomicUsize::new(0),
            disturbed: AtomicBool::new(false),
        }
    }

    /// Looks at the walked `folders` and at every other file that was asked for, and says what differs from `self`.
    ///
    /// A file whose stamp has not moved is not read. One whose stamp has is read only if something was made from it.
    pub fn scan(&self, folders: &[String], skip: &[PathId], scope: Scope<'_>) -> (Snapshot, Changes) {
        use rayon::prelude::*;
        let at = self.files.now();
        let within = |path: PathId, folder: &str| {
            folder.is_empty() || path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let (looked, mut problems): (Vec<String>, _) = match scope {
            Scope::All => (folders.to_vec(), Vec::new()),
            Scope::Folders(named) => (named.to_vec(), self.problems.clone()),
        };
        let mut found: Vec<(PathId, Stamp)> = Vec::new();
        for folder in &looked {
            let mut walked = self.files.walk(folder, skip);
            found.append(&mut walked.files);
            problems.append(&mut walked.problems);
        }
        found.sort_unstable_by_key(|(path, _)| *path);
        found.dedup_by_key(|(path, _)| *path);
        problems.sort_by(|(a, _), (b, _)| a.cmp(b));
        problems.dedup();

        let next = Snapshot { at, problems, ..Snapshot::empty(self.files.clone()) };
        let entries: Vec<(PathId, Arc<Entry>, bool)> = found
            .par_iter()
            .with_min_len(64)
            .map(|(path, stamp)| {
                let (entry, moved) = self.renew(self.walked.get(path), *path, Ok(*stamp), &next);
                (*path, entry, moved)
            })
            .collect();
        let mut changes = Changes::default();
        // What lies outside the folders that were looked at is taken over as it was.
        let mut walked = match scope {
            Scope::All => FxHashMap::with_capacity_and_hasher(entries.len(), Default::default()),
            Scope::Folders(_) => self.walked.clone(),
        };
        let gone = self.paths.iter().filter(|path| {
            let looked = matches!(scope, Scope::All) || looked.iter().any(|folder| within(**path, folder));
            looked && found.binary_search_by_key(*path, |(path, _)| *path).is_err()
        });
        for path in gone {
            walked.remove(path);
            changes.listed = true;
            changes.files.push(*path);
        }
        for (path, entry, moved) in entries {
            if moved {
                changes.files.push(path);
            }
            changes.listed |= !self.walked.contains_key(&path);
            walked.insert(path, entry);
        }
        let paths = if changes.listed {
            let mut paths: Vec<PathId> = walked.keys().copied().collect();
            paths.sort_unstable();
            Arc::new(paths)
        } else {
            self.paths.clone()
        };
        let mut asked = FxHashMap::default();
        let before: Vec<(PathId, Arc<Entry>)> = {
            let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner);
            let mut before: Vec<_> = asked.iter().map(|(p, e)| (*p, e.clone())).collect();
            before.sort_unstable_by_key(|(path, _)| *path);
            before
        };
        for (path, entry) in before {
            if walked.contains_key(&path) {
                // It was outside the walked folders, or not there, and now is among them.
                changes.files.push(path);
                continue;
            }
            let (entry, moved) = self.renew(Some(&entry), path, self.files.stamp(path), &next);
            if moved {
                changes.files.push(path);
            }
            asked.insert(path, entry);
        }
        changes.files.sort_unstable();
        changes.files.dedup();
        (Snapshot { walked, paths, asked: RwLock::new(asked), ..next }, changes)
    }

    /// The entry of a file now, and whether what it holds differs from what was read of it before.
    fn renew(
        &self,
        old: Option<&Arc<Entry>>,
        path: PathId,
        now: Result<Stamp, Problem>,
        next: &Snapshot,
    ) -> (Arc<Entry>, bool) {
        let entry = Entry { stamp: now.clone().ok(), at: next.at, ..Entry::default() };
        let Some(old) = old else { return (Arc::new(entry), true) };
        let Some(known) = old.state.get() else { return (Arc::new(entry), false) };
        let trusted = |stamp: Stamp| stamp.ctime.max(stamp.mtime).saturating_add(GRAIN) < old.at;
        let same = match (&now, old.stamp) {
            (Ok(now), Some(before)) => *now == before && trusted(before) && known.is_ok(),
            (Err(now), _) => known.as_ref() == Err(now),
            (Ok(_), None) => false,
        };
        if same {
            if let Some(bytes) = old.bytes.get() {
                next.kept.fetch_add(bytes.len(), Ordering::Relaxed);
            }
            return (old.clone(), false);
        }
        match now {
            Ok(_) => {
                next.looked_at.fetch_add(1, Ordering::Relaxed);
                self.load(path, &entry, &next.kept);
            }
            Err(problem) => {
                let _ = entry.state.set(Err(problem));
            }
        }
        let moved = entry.state.get() != Some(known);
        (Arc::new(entry), moved)
    }

    /// Reads a file into its entry.
    fn load(&self, path: PathId, entry: &Entry, kept: &AtomicUsize) {
        if entry.is_over(KEEP as u64) {
            let _ = entry.state.set(self.files.hash(path, MAX_COPY).map(|(hash, _)| hash));
            return;
        }
        match self.files.read(path, MAX_COPY) {
            Ok((bytes, _)) => {
                let _ = entry.state.set(Ok(Hash::of_bytes(&bytes)));
                if keep(kept, bytes.len()) {
                    let _ = entry.bytes.set(Arc::from(bytes));
                }
            }
            Err(problem) => {
                let _ = entry.state.set(Err(problem));
            }
        }
    }

    /// What a file of at most `limit` bytes holds.
    pub(super) fn content(&self, path: PathId, limit: u64) -> Content {
        match self.walked.get(&path) {
            Some(entry) => self.content_of(path, entry, limit),
            None => self.content_of(path, &self.asked_entry(path), limit),
        }
    }

    /// The bytes of a file, for the data of the book: what is parsed from a file on its own is kept by its content,
    /// and is no unit that records.
    pub(crate) fn bytes(&self, path: PathId, limit: u64) -> Result<Arc<[u8]>, Problem> {
        self.content(path, limit).into_bytes()
    }

    /// The hash of what a file holds, or why it cannot be had. Reads it only if it never was.
    pub fn state(&self, path: PathId) -> Hash {
        let entry = match self.walked.get(&path) {
            Some(entry) => entry,
            None => &*self.asked_entry(path),
        };
        let state = match entry.state.get() {
            Some(state) => state.clone(),
            None => self.content_of(path, entry, KEEP as u64).state,
        };
        Hash::of(&Content { state, bytes: Err(Problem::Missing) })
    }

    fn asked_entry(&self, path: PathId) -> Arc<Entry> {
        if let Some(entry) = self.asked.read().unwrap_or_else(PoisonError::into_inner).get(&path) {
            return entry.clone();
        }
        let entry = Entry { at: self.at, ..Entry::default() };
        match self.files.stamp(path) {
            Ok(stamp) => return self.insert_asked(path, Entry { stamp: Some(stamp), ..entry }),
            Err(problem) => {
                let _ = entry.state.set(Err(problem));
            }
        }
        self.insert_asked(path, entry)
    }

    fn insert_asked(&self, path: PathId, entry: Entry) -> Arc<Entry> {
        let mut asked = self.asked.write().unwrap_or_else(PoisonError::into_inner);
        asked.entry(path).or_insert_with(|| Arc::new(entry)).clone()
    }

    /// What a file holds is one answer, whoever asks first and with whatever limit. One beyond the limit of the question
    /// is hashed as it is read, so that a chapter of 150 MB is refused without being held.
    fn content_of(&self, path: PathId, entry: &Entry, limit: u64) -> Content {
        if let Some(Err(problem)) = entry.state.get() {
            return Content { state: Err(problem.clone()), bytes: Err(problem.within(limit)) };
        }
        let too_large = |size| Problem::TooLarge { size, limit };
        let within = |bytes: &Arc<[u8]>| match bytes.len() as u64 {
            size if size > limit => Err(too_large(size)),
            _ => Ok(bytes.clone()),
        };
        if let (Some(state), Some(bytes)) = (entry.state.get(), entry.bytes.get()) {
            return Content { state: state.clone(), bytes: within(bytes) };
        }
        let over = entry.stamp.filter(|_| entry.is_over(limit)).map(|stamp| stamp.len);
        if let (Some(state), Some(size)) = (entry.state.get(), over) {
            return Content { state: state.clone(), bytes: Err(too_large(size)) };
        }
        let read = match over {
            Some(size) => self.files.hash(path, MAX_COPY).map(|(hash, stamp)| (hash, stamp, Err(too_large(size)))),
            None => self.files.read(path, MAX_COPY).map(|(bytes, stamp)| {
                let bytes: Arc<[u8]> = Arc::from(bytes);
                if entry.state.get().is_none() && keep(&self.kept, bytes.len()) {
                    let _ = entry.bytes.set(bytes.clone());
                }
                (Hash::of_bytes(&bytes), stamp, within(&bytes))
            }),
        };
        let (state, bytes) = match read {
            Ok((hash, stamp, bytes)) => {
                if entry.stamp.is_some_and(|known| known != stamp) {
                    self.disturbed.store(true, Ordering::Relaxed);
                }
                (Ok(hash), bytes)
            }
            Err(problem) => (Err(problem.clone()), Err(problem.within(limit))),
        };
        let known = entry.state.get_or_init(|| state.clone());
        if *known != state {
            // The file was saved while the book was being read: what came before does not fit what comes now.
            self.disturbed.store(true, Ordering::Relaxed);
        }
        Content { state: known.clone(), bytes }
    }

    /// Whether a file changed while the snapshot was being read. What was made from it must be made again.
    pub fn disturbed(&self) -> bool {
        self.disturbed.load(Ordering::Relaxed)
    }

    /// How many files were read while scanning: those whose stamp had moved, or was too young to be trusted.
    pub fn looked_at(&self) -> usize {
        self.looked_at.load(Ordering::Relaxed)
    }

    /// All files under the walked folders, sorted.
    pub fn paths(&self) -> &[PathId] {
        &self.paths
    }

    /// Whether the walked files are those of `other`; what they hold may differ.
    pub fn has_paths_of(&self, other: &Snapshot) -> bool {
        Arc::ptr_eq(&self.paths, &other.paths)
    }

    /// Whether a file is among the walked ones.
    pub fn lists(&self, path: PathId) -> bool {
        self.walked.contains_key(&path)
    }

    /// The files outside the walked folders that some unit asked for, present or not; sorted.
    pub fn asked(&self) -> Vec<PathId> {
        let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner);
        let mut paths: Vec<PathId> = asked.keys().copied().collect();
        paths.sort_unstable();
        paths
    }

    /// What could not be listed, and why.
    pub fn problems(&self) -> &[(String, Problem)] {
        &self.problems
    }

    /// What a ledger keeps.
    pub fn to_stored(&self) -> Stored {
        let stored = |path: PathId, entry: &Entry, walked| StoredEntry {
            path,
            stamp: entry.stamp,
            at: entry.at,
            state: entry.state.get().cloned(),
            walked,
        };
        let walked = self.paths.iter().filter_map(|path| Some(stored(*path, self.walked.get(path)?, true)));
        let mut entries: Vec<StoredEntry> = walked.collect();
        let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<StoredEntry> = asked.iter().map(|(path, entry)| stored(*path, entry, false)).collect();
        others.sort_unstable_by_key(|entry| entry.path);
        entries.append(&mut others);
        Stored { entries }
    }

    /// The snapshot that a ledger kept.
    pub fn from_stored(stored: Stored, files: Arc<dyn Files>) -> Self {
        let mut snapshot = Snapshot::empty(files);
        let mut paths = Vec::new();
        let mut asked = FxHashMap::default();
        for StoredEntry { path, stamp, at, state, walked } in stored.entries {
            let entry = Entry { stamp, at, ..Entry::default() };
            if let Some(state) = state {
                let _ = entry.state.set(state);
            }
            if walked {
                paths.push(path);
                snapshot.walked.insert(path, Arc::new(entry));
            } else {
                asked.insert(path, Arc::new(entry));
            }
        }
        snapshot.paths = Arc::new(paths);
        snapshot.asked = RwLock::new(asked);
        snapshot
    }
}

fn keep(kept: &AtomicUsize, bytes: usize) -> bool {
    kept.fetch_add(bytes, Ordering::Relaxed) + bytes <= KEEP
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::read::DiskFiles;

    #[test]
    fn what_a_file_holds_is_one_answer_whatever_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.md"), "ten bytes.").unwrap();
        let path = PathId::new("a.md");
        let asked = |limits: [u64; 2]| {
            let files: Arc<dyn Files> = Arc::new(DiskFiles::open(folder.path(), &[]).unwrap());
            let (snapshot, _) = Snapshot::empty(files).scan(&[String::new()], &[], Scope::All);
            let answers = limits.map(|limit| snapshot.content(path, limit).into_bytes().map(|bytes| bytes.len()));
            (answers, snapshot.state(path), snapshot.disturbed())
        };
        let state = Hash::of(&Content { state: Ok(Hash::of_bytes(b"ten bytes.")), bytes: Err(Problem::Missing) });
        let over = Err(Problem::TooLarge { size: 10, limit: 4 });
        assert_eq!(asked([4, 100]), ([over.clone(), Ok(10)], state, false));
        assert_eq!(asked([100, 4]), ([Ok(10), over], state, false));
    }
}
