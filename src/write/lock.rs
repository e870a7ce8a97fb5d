//! One build of a book at a time.
//!
//! The lock is a lock of the kernel on an open file, never the file's existence: a killed process leaves none. The
//! file holds the number of the process, for the message only.

use super::disk;
use super::interrupt::{Note, STAGES};
use super::out::{fault, look};
use super::{CACHE, STAGE};
use crate::diag::Fault;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The right to write: held while it lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    /// In the output's staging folder, which must be gone when the command ends.
    passing: Option<Note>,
}

/// The name of the lock's file, in the cache or in the staging folder.
pub(super) const NAME: &str = "lock";
const POLL: Duration = Duration::from_millis(20);

impl Lock {
    /// Takes the lock of the book at `root`, in `.benchbook`; where that cannot be written, in the output at `out`.
    pub(super) fn take(root: &Path, out: &Path, wait: Duration) -> Result<Lock, Fault> {
        let until = Instant::now() + wait;
        let cache = root.join(CACHE);
        let mut change = STAGES.change()?;
        let (path, passing) = match prepare(&cache) {
            Some(path) => (path, false),
            None => {
                let folder = out.join(STAGE);
                disk::make_folders(&folder).map_err(|e| fault("make", &folder, e))?;
                let path = prepare(&folder).ok_or_else(|| fault("lock", &folder.join(NAME), "not a file of ours"))?;
                (path, true)
            }
        };
        loop {
            if let Some(file) = try_take(&path)? {
                let remove = path.clone();
                let passing = passing.then(|| STAGES.note(&change, move || remove_passing(&remove)));
                return Ok(Lock { file, path, passing });
            }
            drop(change);
            if Instant::now() >= until {
                return Err(Fault::new("cannot begin", holder(&path)));
            }
            std::thread::sleep(POLL);
            change = STAGES.change()?;
        }
    }

    /// Removes the file while the lock is held, so that nobody else's is removed.
    pub(super) fn remove(self) -> Result<(), Fault> {
        disk::remove_file(&self.path).map_err(|e| fault("remove", &self.path, e))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(passing) = self.passing {
            STAGES.clear(passing);
        }
        let _ = self.file.unlock();
    }
}

/// Best effort: a leftover is removed by the next build.
fn remove_passing(lock: &Path) {
    let _ = disk::remove_file(lock);
    if let Some(folder) = lock.parent() {
        let _ = disk::remove_empty_folder(folder);
    }
}

/// Makes the folder and a lock file that can be opened. A link or a file that cannot be opened is replaced, not followed.
fn prepare(folder: &Path) -> Option<PathBuf> {
    match disk::look(folder) {
        Ok(Some(meta)) if meta.is_dir() => {}
        Ok(None) => {
            disk::make_folder(folder).ok()?;
        }
        _ => return None,
    }
    let path = folder.join(NAME);
    let meta = disk::look(&path).ok()?;
    if meta.is_some_and(|meta| !meta.is_file()) {
        disk::remove_file(&path).ok()?;
    }
    if open(&path).is_err() {
        disk::remove_file(&path).ok()?;
        open(&path).ok()?;
    }
    Some(path)
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// The locked file; `None` if another process has it, or replaced it meanwhile.
fn try_take(path: &Path) -> Result<Option<File>, Fault> {
    let io = |e| fault("lock", path, e);
    if look(path)?.is_some_and(|meta| !meta.is_file()) {
        return Err(fault("lock", path, "not a file"));
    }
    let mut file = match open(path) {
        Ok(file) => file,
        // The holder removed the folder with it: `clean`.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                disk::make_folders(folder).map_err(io)?;
            }
            open(path).map_err(io)?
        }
        Err(e) => return Err(io(e)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(e)) => return Err(io(e)),
    }
    if !is_still(&file, path).map_err(io)? {
        return Ok(None);
    }
    file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes())).map_err(io)?;
    Ok(Some(file))
}

/// Whether `path` still names the open file.
pub(super) fn is_still(file: &File, path: &Path) -> std::io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (mine, there) = (file.metadata()?, disk::look(path)?);
        Ok(there.is_some_and(|there| there.is_file() && (there.dev(), there.ino()) == (mine.dev(), mine.ino())))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(disk::look(path)?.is_some())
    }
}

fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(20).read_to_string(&mut text));
    match read.ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(pid) => format!("another build (pid {pid}) is writing this book"),
        None => "another build is writing this book".to_owned(),
    }
}
