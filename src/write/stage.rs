//! One build's writes: staged beside the site, then moved into place in an order that never breaks a reader.

use super::disk;
use super::interrupt::{Change, Note, STAGES, Stages};
use super::manifest::{Manifest, is_canonical};
use super::out::{OutDir, fault, look, not_ours};
use super::plan::{self, Plan};
use super::survey::{Found, State, Survey, survey};
use super::{Lock, MANIFEST, STAGE, lock};
use crate::diag::Fault;
use crate::id::OutPath;
use crate::site::{Hash, Phase, Site};
use crate::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A build's writes that nobody sees yet. Dropped without [`commit`](Stage::commit), it leaves everything as it was.
pub struct Stage<'a> {
    out: &'a OutDir,
    // Held so that nobody begins to write without the lock.
    _lock: &'a Lock,
    folder: PathBuf,
    survey: Survey,
    overwrite: bool,
    staged: Mutex<BTreeMap<OutPath, Staged>>,
    folders: Mutex<Folders>,
    count: AtomicUsize,
    stages: &'static Stages,
}

/// A file in the staging folder.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    /// Its name in the staging folder.
    pub name: String,
    pub phase: Phase,
    pub hash: Hash,
    pub stamp: Stamp,
}

/// Which folders this build made.
#[derive(Default)]
struct Folders {
    /// The staging folder, and the output if this build made it.
    staging: Option<Note>,
    /// One in the staging folder for each thread, so that threads do not wait for each other's folder.
    threads: BTreeSet<usize>,
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The stamp of every file of the site, for the ledger: the next build does not read a file that still has it.
    pub stamps: BTreeMap<OutPath, Stamp>,
    /// The files that were made or replaced, by path.
    pub written: Vec<OutPath>,
    /// The files that were removed, by path.
    pub removed: Vec<OutPath>,
}

impl<'a> Stage<'a> {
    /// Surveys the output and makes ready to stage. Leftovers of a killed build are removed.
    ///
    /// `known` are the stamps of the last commit ([`Committed::stamps`]): a file that still has its stamp is not read.
    ///
    /// # Errors
    /// Refused (exit code 2) if a file of the site was edited by hand and not `overwrite`, or if a folder of the site
    /// has become a link. Exit code 3 if the output cannot be read, or the leftovers not removed.
    pub fn begin(
        out: &'a OutDir,
        lock: &'a Lock,
        known: &BTreeMap<OutPath, Stamp>,
        overwrite: bool,
    ) -> Result<Self, Fault> {
        Self::begin_among(&STAGES, out, lock, known, overwrite)
    }

    pub(super) fn begin_among(
        stages: &'static Stages,
        out: &'a OutDir,
        lock: &'a Lock,
        known: &BTreeMap<OutPath, Stamp>,
        overwrite: bool,
    ) -> Result<Self, Fault> {
        let folder = out.path().join(STAGE);
        {
            let _change = stages.change()?;
            remove_stage(&folder).map_err(|e| fault("remove", &folder, e))?;
        }
        let survey = survey(out.path(), out.manifest(), known)?;
        let edited = survey.iter().filter(|(_, found)| found.state == State::Edited).map(|(path, _)| *path);
        if !overwrite {
            plan::refuse_edited(out.path(), edited.collect())?;
        }
        Ok(Stage {
            out,
            _lock: lock,
            folder,
            survey,
            overwrite,
            staged: Mutex::default(),
            folders: Mutex::default(),
            count: AtomicUsize::new(0),
            stages,
        })
    }

    /// Whether the output already has this file with this content, so that it need not be made again.
    pub fn holds(&self, path: OutPath, hash: Hash) -> bool {
        self.survey.get(&path).is_some_and(|found| found.state == State::Ours(hash))
    }

    /// Stages one file; does nothing if the output already has it. `hash` is that of `bytes`. May be called from many
    /// threads at once.
    ///
    /// # Errors
    /// Exit code 3 if it cannot be written, if the path is not one of a site, if another content was staged for it, or
    /// after a signal.
    pub fn put(&self, path: OutPath, phase: Phase, hash: Hash, bytes: &[u8]) -> Result<(), Fault> {
        debug_assert_eq!(Hash::of_bytes(bytes), hash, "{path}");
        if self.holds(path, hash) {
            return Ok(());
        }
        if !is_canonical(path.as_str()) {
            return Err(Fault::new(format!("cannot write `{path}`"), "not a path of a site"));
        }
        let change = self.stages.change()?;
        let name = self.new_name(&change)?;
        let (_, stamp) = disk::write_new(&self.folder.join(&name), bytes)
            .map_err(|e| fault("write", &self.out.path().join(path.as_str()), e))?;
        let other = locked(&self.staged).insert(path, Staged { name, phase, hash, stamp });
        match other {
            Some(other) if other.hash != hash => {
                Err(Fault::new(format!("cannot write `{path}`"), "two files of this name were made"))
            }
            _ => Ok(()),
        }
    }

    /// Makes the output hold exactly `wanted`, beside foreign files: assets, then pages, then indexes move into place;
    /// then what is no longer wanted goes. If nothing differs, nothing is touched.
    ///
    /// # Errors
    /// Refused (exit code 2), with nothing moved, if something that is not ours is in the way. Exit code 3 if a wanted
    /// file was neither staged nor there, with nothing moved; if the disk fails, with every file wholly old or wholly
    /// new, and the next build finishes.
    pub fn commit(self, wanted: &Site) -> Result<Committed, Fault> {
        let staged = std::mem::take(&mut *locked(&self.staged));
        let manifest = self.out.manifest();
        let plan = Plan::make(self.out.path(), manifest, &self.survey, &staged, wanted, self.overwrite)?;
        if !(plan.is_empty() && manifest.says(wanted) && self.out.is_ours()) {
            let staging = self.make_staging(&self.stages.change()?)?;
            self.stages.start_moving(staging)?;
            if !plan.is_empty() {
                self.write_manifest(&Manifest::union(&self.old_site(wanted), wanted))?;
            }
            self.carry_out(&plan)?;
            self.write_manifest(&Manifest::of(wanted))?;
        }
        Ok(self.committed(plan, &staged, wanted))
    }

    /// Drops what was staged. The output is as it was.
    pub fn abort(self) {}

    /// What may stand in the output before anything moves. A file that is gone and no longer wanted stays in the list:
    /// its folder may be empty, and must go.
    fn old_site(&self, wanted: &Site) -> Site {
        let old = self.out.manifest().iter().filter_map(|(path, entry)| match self.survey.get(&path) {
            Some(Found { state: State::Ours(hash), .. }) => Some((path, *hash)),
            None if !wanted.contains_key(&path) => Some((path, entry.old.or(entry.new)?)),
            _ => None,
        });
        old.collect()
    }

    fn carry_out(&self, plan: &Plan) -> Result<(), Fault> {
        for path in &plan.first_removed {
            self.remove(*path)?;
        }
        self.remove_empty_folders(&plan.first_folders)?;
        let mut there = BTreeSet::new();
        for (path, name) in &plan.moves {
            let target = self.out.path().join(path.as_str());
            if let Some((folder, _)) = path.as_str().rsplit_once('/')
                && plan.absent_folders.contains(folder)
                && there.insert(folder)
            {
                self.make(&self.out.path().join(folder))?;
            }
            disk::rename(&self.folder.join(name), &target).map_err(|e| fault("move into place", &target, e))?;
        }
        for path in &plan.last_removed {
            self.remove(*path)?;
        }
        self.remove_empty_folders(&plan.last_folders)
    }

    /// Removes a file if it is still the one that was surveyed.
    fn remove(&self, path: OutPath) -> Result<(), Fault> {
        let file = self.out.path().join(path.as_str());
        let now = look(&file)?.filter(fs::Metadata::is_file).map(|meta| Stamp::of_written(&meta));
        if now.is_none() || now != self.survey.get(&path).map(|found| found.stamp) {
            return Ok(());
        }
        disk::remove_file(&file).map_err(|e| fault("remove", &file, e))
    }

    /// Removes those of the folders that are empty, the deepest first.
    fn remove_empty_folders(&self, folders: &BTreeSet<&str>) -> Result<(), Fault> {
        folders.iter().rev().try_for_each(|folder| remove_if_empty(&self.out.path().join(folder)))
    }

    fn write_manifest(&self, manifest: &Manifest) -> Result<(), Fault> {
        let (beside, path) = (self.folder.join("manifest"), self.out.path().join(MANIFEST));
        if look(&path)?.is_some_and(|meta| meta.is_dir()) {
            return Err(not_ours(&path, "is a folder"));
        }
        disk::write_new(&beside, manifest.to_text().as_bytes())
            .and_then(|(file, _)| disk::sync(&file))
            .and_then(|()| disk::rename(&beside, &path))
            .map_err(|e| fault("write", &path, e))
    }

    fn committed(&self, plan: Plan, staged: &BTreeMap<OutPath, Staged>, wanted: &Site) -> Committed {
        let mut written: Vec<_> = plan.moves.iter().map(|(path, _)| *path).collect();
        written.sort_unstable();
        let mut removed: Vec<_> = plan.first_removed.iter().chain(&plan.last_removed).copied().collect();
        removed.sort_unstable();
        let moved: BTreeSet<_> = written.iter().collect();
        let stamp = |path: &OutPath| {
            if moved.contains(path) {
                return staged.get(path).map(|staged| staged.stamp);
            }
            plan.adopted.get(path).copied().or_else(|| self.survey.get(path).map(|found| found.stamp))
        };
        let stamps = wanted.keys().filter_map(|path| Some((*path, stamp(path)?))).collect();
        Committed { stamps, written, removed }
    }

    fn new_name(&self, change: &Change<'_>) -> Result<String, Fault> {
        self.make_staging(change)?;
        let thread = rayon::current_thread_index().unwrap_or(0);
        if locked(&self.folders).threads.insert(thread) {
            self.make(&self.folder.join(thread.to_string()))?;
        }
        Ok(format!("{thread}/{}", self.count.fetch_add(1, Ordering::Relaxed)))
    }

    /// Makes the staging folder, once: a build that changes nothing makes none.
    fn make_staging(&self, change: &Change<'_>) -> Result<Note, Fault> {
        let mut made = locked(&self.folders);
        if let Some(staging) = made.staging {
            return Ok(staging);
        }
        let made_output = self.make(self.out.path())?;
        let (folder, output) = (self.folder.clone(), self.out.path().to_owned());
        let staging = self.stages.note(change, move || {
            // Best effort: what stays is removed by the next build.
            let _ = remove_stage(&folder);
            if made_output {
                let _ = remove_if_empty(&output);
            }
        });
        made.staging = Some(staging);
        self.make(&self.folder)?;
        Ok(staging)
    }

    fn make(&self, folder: &Path) -> Result<bool, Fault> {
        disk::make_folders(folder).map_err(|e| fault("make", folder, e))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if let Some(staging) = locked(&self.folders).staging {
            self.stages.clear(staging);
        }
    }
}

/// Removes the staging folder and what is in it; the lock, if it lies there, is left to its holder.
pub(super) fn remove_stage(folder: &Path) -> io::Result<()> {
    match disk::look(folder)? {
        None => return Ok(()),
        Some(meta) if meta.is_dir() => {}
        Some(_) => return disk::remove_file(folder),
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == lock::NAME {
            continue;
        }
        if entry.file_type()?.is_dir() {
            disk::remove_tree(&entry.path())?;
        } else {
            disk::remove_file(&entry.path())?;
        }
    }
    match disk::remove_empty_folder(folder) {
        Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other,
    }
}

/// Removes a folder if it is one, is there, and is empty.
pub(super) fn remove_if_empty(folder: &Path) -> Result<(), Fault> {
    use io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
    match disk::remove_empty_folder(folder) {
        Err(e) if !matches!(e.kind(), DirectoryNotEmpty | NotADirectory | NotFound) => Err(fault("remove", folder, e)),
        _ => Ok(()),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
