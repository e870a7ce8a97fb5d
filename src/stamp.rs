//! By what a file is known to be as it was, without reading it.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;

/// What the file system says of a file that moves when its content does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Time of the last change of content, in nanoseconds since 1970.
    pub mtime: i64,
    /// Time of the last change of content or metadata, likewise; 0 in a stamp that outlives a rename.
    pub ctime: i64,
    /// Length in bytes.
    pub len: u64,
    /// Number of the inode; 0 where there is none.
    pub inode: u64,
}

impl Stamp {
    /// The stamp of a file that others write: a program that puts an old `mtime` back still moves the `ctime`.
    pub fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let nanos = |s: i64, n: i64| s.saturating_mul(1_000_000_000).saturating_add(n);
            Stamp {
                mtime: nanos(meta.mtime(), meta.mtime_nsec()),
                ctime: nanos(meta.ctime(), meta.ctime_nsec()),
                len: meta.len(),
                inode: meta.ino(),
            }
        }
        #[cfg(not(unix))]
        {
            let mtime = meta.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
            let mtime = mtime.and_then(|d| i64::try_from(d.as_nanos()).ok()).unwrap_or(0);
            Stamp { mtime, ctime: mtime, len: meta.len(), inode: 0 }
        }
    }

    /// The stamp of a file that we write: it is taken beside the file's place, and the rename that puts it there moves
    /// the `ctime`, as does a link or a change of its mode.
    pub fn of_written(meta: &Metadata) -> Self {
        Stamp { ctime: 0, ..Self::of(meta) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and makes files")]
mod tests {
    use super::Stamp;
    use std::fs;

    #[test]
    fn the_stamp_of_what_we_write_outlives_a_rename_and_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let (staged, placed) = (folder.path().join("staged"), folder.path().join("placed"));
        fs::write(&staged, "text").unwrap();
        let before = Stamp::of_written(&fs::metadata(&staged).unwrap());
        fs::rename(&staged, &placed).unwrap();
        assert_eq!(Stamp::of_written(&fs::metadata(&placed).unwrap()), before);
        fs::write(&placed, "texts").unwrap();
        assert_ne!(Stamp::of_written(&fs::metadata(&placed).unwrap()), before);
    }
}
