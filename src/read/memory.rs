//! Files in memory: the same book without a disk, for tests of what an edit re-makes.

use super::{Files, Problem, Stamp};
use crate::id::PathId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A book in memory. Every write gives its file a new stamp.
#[derive(Default)]
pub struct MemoryFiles {
    files: Mutex<(BTreeMap<PathId, (Stamp, Vec<u8>)>, i64)>,
}

impl MemoryFiles {
    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = bytes.into();
        files.1 += 1;
        let stamp = Stamp { mtime: files.1, ctime: files.1, len: bytes.len() as u64, inode: 0 };
        files.0.insert(PathId::new(path), (stamp, bytes));
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&PathId::new(path));
    }

    /// The files as they are.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.0.iter().map(|(path, (_, bytes))| (path.as_str().to_owned(), bytes.clone())).collect()
    }
}

impl Files for MemoryFiles {
    fn walk(&self, folder: &str, skip: &[PathId]) -> (Vec<(PathId, Stamp)>, Vec<(String, Problem)>) {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let within = |path: &str, folder: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let walked = files.0.iter().filter(|(path, _)| {
            within(path.as_str(), folder) && !skip.iter().any(|s| s == *path || within(path.as_str(), s.as_str()))
        });
        (walked.map(|(path, (stamp, _))| (*path, *stamp)).collect(), Vec::new())
    }

    fn stamp(&self, path: PathId) -> Result<Stamp, Problem> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if path.as_str().starts_with("../") {
            return Err(Problem::Outside);
        }
        files.0.get(&path).map(|(stamp, _)| *stamp).ok_or(Problem::Missing)
    }

    fn read(&self, path: PathId, limit: u64) -> Result<(Vec<u8>, Stamp), Problem> {
        let stamp = self.stamp(path)?;
        if stamp.len > limit {
            return Err(Problem::TooLarge { size: stamp.len, limit });
        }
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.0.get(&path).map(|(stamp, bytes)| (bytes.clone(), *stamp)).ok_or(Problem::Missing)
    }

    /// Far ahead of every stamp: a write always moves the stamp, so none is ever too young to be trusted.
    fn now(&self) -> i64 {
        i64::MAX
    }
}
