//! The few calls that change the disk, so that a test can make any one of them fail, or be the last.

use crate::stamp::Stamp;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// What stands at `path` itself, not at what a link there points to.
pub(super) fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        // A file where a folder should be: nothing stands beneath it.
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Writes a new file; fails if there is one. Its mode does not depend on the umask, or two people's builds would differ.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<(File, Stamp)> {
    step()?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    write(&mut file, bytes)?;
    let meta = file.metadata()?;
    set_mode(&meta, 0o644, |p| file.set_permissions(p))?;
    Ok((file, Stamp::of_written(&meta)))
}

pub(super) fn write(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    if let Err(e) = step() {
        file.write_all(bytes.split_at(bytes.len() / 2).0)?;
        return Err(e);
    }
    file.write_all(bytes)
}

pub(super) fn sync(file: &File) -> io::Result<()> {
    step()?;
    file.sync_all()
}

/// Syncs a folder, so that what was renamed into it stays there.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    step()?;
    match File::open(path)?.sync_all() {
        // Some file systems cannot sync a folder, and need not.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step()?;
    fs::rename(from, to)
}

pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    step()?;
    fs::remove_file(path)
}

pub(super) fn remove_empty_folder(path: &Path) -> io::Result<()> {
    step()?;
    fs::remove_dir(path)
}

/// Removes a folder and all that is in it; links are removed, never followed.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    step()?;
    fs::remove_dir_all(path)
}

/// Makes one folder. True if it was not there.
pub(super) fn make_folder(path: &Path) -> io::Result<bool> {
    step()?;
    match fs::create_dir(path) {
        Ok(()) => {
            let meta = fs::symlink_metadata(path)?;
            set_mode(&meta, 0o755, |p| fs::set_permissions(path, p))?;
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => match look(path)? {
            Some(meta) if meta.is_dir() => Ok(false),
            _ => Err(e),
        },
        Err(e) => Err(e),
    }
}

/// Makes a folder and those above it. True if it was not there.
pub(super) fn make_folders(path: &Path) -> io::Result<bool> {
    match make_folder(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(parent) => {
                make_folders(parent)?;
                make_folder(path)
            }
            None => Err(e),
        },
        other => other,
    }
}

#[cfg(unix)]
fn set_mode(meta: &Metadata, mode: u32, set: impl FnOnce(fs::Permissions) -> io::Result<()>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if meta.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    match set(fs::Permissions::from_mode(mode)) {
        // A file system without modes: there is nothing to set.
        Err(e) if matches!(e.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn set_mode(_: &Metadata, _: u32, _: impl FnOnce(fs::Permissions) -> io::Result<()>) -> io::Result<()> {
    Ok(())
}

#[cfg(not(test))]
#[inline(always)]
fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use hook::step;
#[cfg(test)]
pub(super) use hook::{Fails, steps, with_failure};

#[cfg(test)]
mod hook {
    use std::cell::Cell;
    use std::io;

    /// What happens at the chosen step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Fails {
        /// It and every later one fails, as if the process were gone.
        Dies,
        /// It alone fails, as on a disk that is full for a moment.
        Once,
    }

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
        static FAIL: Cell<Option<(usize, Fails)>> = const { Cell::new(None) };
    }

    pub fn step() -> io::Result<()> {
        let k = STEPS.get();
        STEPS.set(k + 1);
        match FAIL.get() {
            Some((at, Fails::Dies)) if k >= at => Err(io::Error::other("killed")),
            Some((at, Fails::Once)) if k == at => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    /// Runs `work` with its `at`-th change of the disk failing.
    pub fn with_failure<T>(at: usize, how: Fails, work: impl FnOnce() -> T) -> T {
        STEPS.set(0);
        FAIL.set(Some((at, how)));
        let value = work();
        FAIL.set(None);
        value
    }

    /// How many changes of the disk `work` makes on this thread.
    pub fn steps<T>(work: impl FnOnce() -> T) -> (usize, T) {
        STEPS.set(0);
        let value = work();
        (STEPS.get(), value)
    }
}
