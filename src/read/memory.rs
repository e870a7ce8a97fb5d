//! Files in memory: the same book without a disk, for tests of what an edit re-makes.

use super::{Files, Problem, Stamp, Walked};
use crate::id::PathId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A book in memory. Every write gives its file a new stamp.
#[derive(Default)]
pub struct MemoryFiles {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<PathId, (Stamp, Vec<u8>)>,
    /// How many writes there were.
    writes: i64,
}

impl MemoryFiles {
    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut state = self.state();
        let bytes = bytes.into();
        state.writes += 1;
        let stamp = Stamp { mtime: state.writes, ctime: state.writes, len: bytes.len() as u64, inode: 0 };
        state.files.insert(PathId::new(path), (stamp, bytes));
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        self.state().files.remove(&PathId::new(path));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files as they are.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state.files.iter().map(|(path, (_, bytes))| (path.as_str().to_owned(), bytes.clone())).collect()
    }
}

impl Files for MemoryFiles {
    fn walk(&self, folder: &str, skip: &[PathId]) -> Walked {
        let state = self.state();
        let within = |path: &str, folder: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let walked = state.files.iter().filter(|(path, _)| {
            within(path.as_str(), folder) && !skip.iter().any(|s| s == *path || within(path.as_str(), s.as_str()))
        });
        Walked { files: walked.map(|(path, (stamp, _))| (*path, *stamp)).collect(), problems: Vec::new() }
    }

    fn stamp(&self, path: PathId) -> Result<Stamp, Problem> {
        let state = self.state();
        if path.as_str().starts_with("../") {
            return Err(Problem::Outside);
        }
        state.files.get(&path).map(|(stamp, _)| *stamp).ok_or(Problem::Missing)
    }

    fn read(&self, path: PathId, limit: u64) -> Result<(Vec<u8>, Stamp), Problem> {
        let stamp = self.stamp(path)?;
        if stamp.len > limit {
            return Err(Problem::TooLarge { size: stamp.len, limit });
        }
        let state = self.state();
        state.files.get(&path).map(|(stamp, bytes)| (bytes.clone(), *stamp)).ok_or(Problem::Missing)
    }

    /// Far ahead of every stamp: a write always moves the stamp, so none is ever too young to be trusted.
    fn now(&self) -> i64 {
        i64::MAX
    }
}
