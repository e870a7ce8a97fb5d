//! Replacing one file that is not part of the site: the ledger, `anchors.lock`, a record.

use super::interrupt::STAGES;
use super::lock::is_still;
use super::out::{fault, look};
use super::{CACHE, disk};
use crate::diag::Fault;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Replaces the file at `path`, or makes it, so that every reader and every crash sees the old bytes or the new, whole.
/// Its folder must exist. A link at `path` is replaced, not followed. Two at once do not mix; the later one stays.
///
/// # Errors
/// Exit code 3; the old file is then as it was, or, if only the last sync failed, the new one is there. Fails too when
/// a signal is about to end the process.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(fault("write", path, "it has no name"));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".tmp");
    let beside = folder.join(hidden);
    let _change = STAGES.last_change()?;
    let done = save_by_way_of(&beside, path, bytes).and_then(|()| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        disk::sync_folder(folder)
    });
    done.map_err(|e| fault("write", path, e))
}

/// A file that is written together with others.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds now; `None` if it is not there.
    pub old: Option<Vec<u8>>,
    /// What it will hold.
    pub new: Vec<u8>,
}

/// Writes several files, and makes the folders above them: all, or none. When one fails, those before it are put back.
/// (A process that is killed in between leaves some written, each of them whole.)
///
/// # Errors
/// Exit code 3; what was there is there again.
pub fn save_all(files: &[Replacement]) -> Result<(), Fault> {
    let mut made: Vec<PathBuf> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let written = file.path.parent().map_or(Ok(()), |folder| make_folders(folder, &mut made));
        if let Err(fault) = written.and_then(|()| save(&file.path, &file.new)) {
            for done in files.iter().take(at) {
                // What cannot be put back cannot be told better than by the fault that came first.
                let _ = match &done.old {
                    Some(old) => save(&done.path, old),
                    None => disk::remove_file(&done.path).map_err(|e| fault_of(&done.path, e)),
                };
            }
            for folder in made.iter().rev() {
                let _ = std::fs::remove_dir(folder);
            }
            return Err(fault);
        }
    }
    Ok(())
}

fn fault_of(path: &Path, error: io::Error) -> Fault {
    fault("remove", path, error)
}

/// Makes a folder and those above it, and notes which were not there.
fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> Result<(), Fault> {
    if look(folder)?.is_some() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folders(above, made)?;
    }
    disk::make_folder(folder).map_err(|e| fault("make", folder, e))?;
    made.push(folder.to_owned());
    Ok(())
}

/// Makes a file that must not be there yet, and the folders above it.
///
/// # Errors
/// Exit code 2 if something is there; 3 if it cannot be made.
pub fn new_file(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    if look(path)?.is_some() {
        return Err(Fault::refused(format!("{} exists already", path.display())));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| fault("make", folder, e))?;
    }
    save(path, bytes)
}

/// Whether a folder is not there, or holds nothing.
///
/// # Errors
/// Exit code 3 if it cannot be read, or is no folder.
pub fn is_empty_or_absent(folder: &Path) -> Result<bool, Fault> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(fault("read", folder, e)),
    }
}

/// The book's cache folder, made if it is not there. It ignores itself in Git.
///
/// # Errors
/// Exit code 3 if it cannot be made, or is not a plain folder; a build does well without it.
pub fn cache_folder(root: &Path) -> Result<PathBuf, Fault> {
    let folder = root.join(CACHE);
    match look(&folder)? {
        Some(meta) if meta.is_dir() => {}
        Some(_) => return Err(fault("use", &folder, "not a folder")),
        None => {
            disk::make_folder(&folder).map_err(|e| fault("make", &folder, e))?;
        }
    }
    let ignore = folder.join(".gitignore");
    if look(&ignore)?.is_none() {
        save(&ignore, b"*\n")?;
    }
    Ok(folder)
}

fn save_by_way_of(beside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_locked(beside)?;
    let written = file
        .set_len(0)
        .and_then(|()| disk::write(&mut file, bytes))
        .and_then(|()| disk::sync(&file))
        .and_then(|()| disk::rename(beside, path));
    if written.is_err() {
        let _ = disk::remove_file(beside);
    }
    written
}

/// The file beside, locked by us alone. One that a killed process left is used again.
fn open_locked(beside: &Path) -> io::Result<File> {
    loop {
        if disk::look(beside)?.is_some_and(|meta| !meta.is_file()) {
            disk::remove_file(beside)?;
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(beside)?;
        file.lock()?;
        if is_still(&file, beside)? {
            return Ok(file);
        }
    }
}
