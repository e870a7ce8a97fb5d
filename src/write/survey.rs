//! What stands in the output of all that the manifest lists, at the price of one look a file.

use super::disk;
use super::manifest::Manifest;
use super::out::{fault, not_ours};
use crate::diag::Fault;
use crate::id::OutPath;
use crate::site::Hash;
use crate::stamp::Stamp;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One file that the manifest lists and that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub stamp: Stamp,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It holds what we wrote.
    Ours(Hash),
    /// It is empty and should not be: what a loss of power leaves. Nobody can miss it.
    Damaged,
    /// Somebody wrote something else into it.
    Edited,
}

pub(super) type Survey = BTreeMap<OutPath, Found>;

/// Looks at every file of the manifest. One whose stamp is in `known` is not read again.
///
/// A link, a folder or a device in the place of a file is none of ours and is not in the answer. A folder of ours that
/// has become a link is refused, since it would lead out of the output.
pub(super) fn survey(out: &Path, manifest: &Manifest, known: &BTreeMap<OutPath, Stamp>) -> Result<Survey, Fault> {
    let mut folders = BTreeSet::new();
    for (path, _) in manifest.iter() {
        add_folders(&mut folders, path.as_str());
    }
    for folder in folders {
        let folder = out.join(folder);
        if super::out::look(&folder)?.is_some_and(|meta| meta.is_symlink()) {
            return Err(not_ours(&folder, "is a symbolic link"));
        }
    }
    let entries: Vec<_> = manifest.iter().collect();
    let found: Vec<_> = entries
        .into_par_iter()
        .map(|(path, entry)| {
            let file = out.join(path.as_str());
            let Some(meta) = disk::look(&file).map_err(|e| fault("look at", &file, e))?.filter(fs::Metadata::is_file)
            else {
                return Ok(None);
            };
            let stamp = Stamp::of_written(&meta);
            let state = match entry.hash() {
                Some(hash) if known.get(&path) == Some(&stamp) => State::Ours(hash),
                _ => {
                    let hash = hash_of(&file)?;
                    match hash {
                        hash if entry.admits(hash) => State::Ours(hash),
                        _ if stamp.len == 0 => State::Damaged,
                        _ => State::Edited,
                    }
                }
            };
            Ok(Some((path, Found { stamp, state })))
        })
        .collect::<Result<_, Fault>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The hash of a file of the output.
pub(super) fn hash_of(file: &Path) -> Result<Hash, Fault> {
    fs::read(file).map(|bytes| Hash::of_bytes(&bytes)).map_err(|e| fault("read", file, e))
}

/// Adds all folders above `path`.
pub(super) fn add_folders<'a>(folders: &mut BTreeSet<&'a str>, path: &'a str) {
    let mut path = path;
    while let Some((folder, _)) = path.rsplit_once('/') {
        if !folders.insert(folder) {
            return;
        }
        path = folder;
    }
}
