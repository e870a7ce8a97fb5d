//! Taking the output and the cache away, and nothing else.

use super::out::{Ask, OutDir, fault, look};
use super::stage::{remove_if_empty, remove_stage};
use super::survey::{State, add_folders, survey};
use super::{CACHE, MANIFEST, STAGE, disk, lock};
use crate::diag::Fault;
use crate::id::OutPath;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// How many files of the site.
    pub files: usize,
    /// Files that the manifest lists and somebody edited: they stay, and are no longer ours.
    pub kept: Vec<OutPath>,
    /// Whether there was a cache.
    pub cache: bool,
}

/// Removes the files of the site that the manifest proves ours, the folders that they leave empty, and the cache.
///
/// # Errors
/// Refused (exit code 2), `not written by benchbook: nothing deleted`, if the output is not ours or cannot be an output,
/// or `root` holds no book. Exit code 3 if a build runs, or something cannot be removed.
pub fn clean(ask: &Ask<'_>, wait: Duration) -> Result<Cleaned, Fault> {
    let refused = |why: Fault| match why.exit {
        2 => {
            let why = why.doing.trim_end_matches(": nothing was written").to_owned();
            Fault::refused(format!("not written by benchbook: nothing deleted: {why}"))
        }
        _ => why,
    };
    if ask.root.as_os_str().is_empty() || look(&ask.root.join("book.toml"))?.is_none() {
        return Err(refused(Fault::refused(format!("`{}` holds no book.toml", ask.root.display()))));
    }
    let mut out = OutDir::open(ask).map_err(refused)?;
    let cache = out.root().join(CACHE);
    let has_cache = look(&cache)?.is_some_and(|meta| meta.is_dir());
    if !has_cache && look(out.path())?.is_none() {
        return Ok(Cleaned::default());
    }
    let lock = out.lock(wait).map_err(refused)?;
    let (files, kept) = clean_output(&out).map_err(refused)?;
    if look(&cache)?.is_some_and(|meta| meta.is_dir()) {
        empty_cache(&cache)?;
        lock.remove()?;
        remove_if_empty(&cache)?;
    }
    Ok(Cleaned { files, kept, cache: has_cache })
}

fn clean_output(out: &OutDir) -> Result<(usize, Vec<OutPath>), Fault> {
    let stage = out.path().join(STAGE);
    let survey = survey(out.path(), out.manifest(), &BTreeMap::new())?;
    remove_stage(&stage).map_err(|e| fault("remove", &stage, e))?;
    let mut kept = Vec::new();
    let mut folders = BTreeSet::new();
    for (path, found) in &survey {
        if found.state == State::Edited {
            kept.push(*path);
            continue;
        }
        let file = out.path().join(path.as_str());
        disk::remove_file(&file).map_err(|e| fault("remove", &file, e))?;
    }
    for (path, _) in out.manifest().iter() {
        add_folders(&mut folders, path.as_str());
    }
    folders.iter().rev().try_for_each(|folder| remove_if_empty(&out.path().join(folder)))?;
    if out.is_ours() {
        let manifest = out.path().join(MANIFEST);
        disk::remove_file(&manifest).map_err(|e| fault("remove", &manifest, e))?;
        remove_if_empty(out.path())?;
    }
    Ok((survey.len() - kept.len(), kept))
}

/// All but the lock, which we hold.
fn empty_cache(cache: &Path) -> Result<(), Fault> {
    let read = |e| fault("read", cache, e);
    for entry in fs::read_dir(cache).map_err(read)? {
        let entry = entry.map_err(read)?;
        if entry.file_name() == lock::NAME {
            continue;
        }
        let path = entry.path();
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() => disk::remove_tree(&path),
            Ok(_) => disk::remove_file(&path),
            Err(e) => Err(e),
        };
        removed.map_err(|e| fault("remove", &path, e))?;
    }
    Ok(())
}
