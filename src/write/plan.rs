//! What a commit will do, worked out whole before anything moves, so that what must be refused is refused first.

use super::manifest::Manifest;
use super::out::{fault, look, not_ours};
use super::stage::Staged;
use super::survey::{State, Survey, add_folders, hash_of};
use crate::diag::Fault;
use crate::id::OutPath;
use crate::site::{Phase, Site};
use crate::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The changes, in the order in which they are made.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Files of ours that go first, since a folder must stand there, or in their folder's place a file.
    pub first_removed: Vec<OutPath>,
    /// The folders that those leave empty.
    pub first_folders: BTreeSet<&'static str>,
    /// Folders that are to be made before something moves into them.
    pub absent_folders: BTreeSet<&'static str>,
    /// Files and their names in the staging folder: assets, pages, indexes.
    pub moves: Vec<(OutPath, String)>,
    /// Files of ours that are no longer wanted.
    pub last_removed: Vec<OutPath>,
    /// The folders of those, and of such as were gone already.
    pub last_folders: BTreeSet<&'static str>,
    /// Files that somebody else put there with the very bytes that are wanted. They stay, and are ours from now on.
    pub adopted: BTreeMap<OutPath, Stamp>,
}

/// What the plan is made from.
struct There<'a> {
    out: &'a Path,
    manifest: &'a Manifest,
    survey: &'a Survey,
    overwrite: bool,
}

impl Plan {
    pub(super) fn make(
        out: &Path,
        manifest: &Manifest,
        survey: &Survey,
        staged: &BTreeMap<OutPath, Staged>,
        wanted: &Site,
        overwrite: bool,
    ) -> Result<Plan, Fault> {
        check_wanted(survey, staged, wanted)?;
        let there = There { out, manifest, survey, overwrite };
        let mut plan = Plan::default();
        let mut unwanted: BTreeSet<OutPath> = manifest
            .iter()
            .map(|(path, _)| path)
            .filter(|path| !wanted.contains_key(path))
            .inspect(|path| add_folders(&mut plan.last_folders, path.as_str()))
            .filter(|path| survey.get(path).is_some_and(|found| found.state != State::Edited))
            .collect();
        let mut moves: Vec<(Phase, OutPath, &Staged)> = staged
            .iter()
            .filter(|(path, staged)| {
                wanted.get(path) == Some(&staged.hash)
                    && survey.get(path).is_none_or(|found| found.state != State::Ours(staged.hash))
            })
            .map(|(path, staged)| (staged.phase, *path, staged))
            .collect();
        moves.sort_unstable_by_key(|(phase, path, _)| (*phase, *path));

        let mut folders = BTreeSet::new();
        for (_, path, _) in &moves {
            add_folders(&mut folders, path.as_str());
        }
        for folder in folders {
            plan.clear_folder(&there, folder, &mut unwanted)?;
        }
        let mut edited = Vec::new();
        for (_, path, staged) in moves {
            let folder = path.as_str().rsplit_once('/').map(|(folder, _)| folder);
            if folder.is_none_or(|folder| !plan.absent_folders.contains(folder)) {
                match plan.clear_file(&there, path, staged, &mut unwanted)? {
                    Way::Free => {}
                    Way::Equal(stamp) => {
                        plan.adopted.insert(path, stamp);
                        continue;
                    }
                    Way::Edited => edited.push(path),
                }
            }
            plan.moves.push((path, staged.name.clone()));
        }
        refuse_edited(out, edited)?;
        plan.last_removed = unwanted.into_iter().collect();
        Ok(plan)
    }

    /// Whether there is nothing to do on the disk but for the manifest.
    pub(super) fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.first_removed.is_empty() && self.last_removed.is_empty()
    }

    /// Sees to it that a folder can stand here. Called for the outer ones first.
    fn clear_folder(
        &mut self,
        there: &There<'_>,
        folder: &'static str,
        unwanted: &mut BTreeSet<OutPath>,
    ) -> Result<(), Fault> {
        let outer = folder.rsplit_once('/').map(|(outer, _)| outer);
        if outer.is_some_and(|outer| self.absent_folders.contains(outer)) {
            self.absent_folders.insert(folder);
            return Ok(());
        }
        let full = there.out.join(folder);
        match look(&full)? {
            Some(meta) if meta.is_dir() => return Ok(()),
            Some(meta) if meta.is_symlink() => return Err(not_ours(&full, "is a symbolic link")),
            Some(_) => {
                let path = OutPath::new(folder);
                if !unwanted.remove(&path) {
                    return Err(not_ours(&full, "is not a folder, and the site needs one there"));
                }
                self.first_removed.push(path);
            }
            None => {}
        }
        self.absent_folders.insert(folder);
        Ok(())
    }

    /// Sees to it that a file can move here.
    fn clear_file(
        &mut self,
        there: &There<'_>,
        path: OutPath,
        staged: &Staged,
        unwanted: &mut BTreeSet<OutPath>,
    ) -> Result<Way, Fault> {
        let full = there.out.join(path.as_str());
        let Some(meta) = look(&full)? else { return Ok(Way::Free) };
        if meta.is_dir() {
            self.clear_tree(there.out, path.as_str(), unwanted)?;
            return Ok(Way::Free);
        }
        // A rename replaces a link as a link.
        if meta.is_symlink() {
            return Ok(Way::Free);
        }
        if !meta.is_file() {
            return Err(not_ours(&full, "is not a file, and the site needs one there"));
        }
        let stamp = Stamp::of_written(&meta);
        if there.overwrite || there.survey.get(&path).is_some_and(|found| found.stamp == stamp) {
            return Ok(Way::Free);
        }
        let hash = hash_of(&full)?;
        if hash == staged.hash {
            return Ok(Way::Equal(stamp));
        }
        let ours = there.manifest.get(path).is_some_and(|entry| entry.admits(hash));
        Ok(if ours { Way::Free } else { Way::Edited })
    }

    /// Removes a folder first, if it holds nothing but what goes anyhow.
    fn clear_tree(&mut self, out: &Path, folder: &str, unwanted: &mut BTreeSet<OutPath>) -> Result<(), Fault> {
        let full = out.join(folder);
        let read = |e| fault("read", &full, e);
        for entry in fs::read_dir(&full).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name();
            let path = name.to_str().map(|name| format!("{folder}/{name}"));
            match path {
                Some(path) if entry.file_type().map_err(read)?.is_dir() => self.clear_tree(out, &path, unwanted)?,
                Some(path) if unwanted.remove(&OutPath::new(&path)) => self.first_removed.push(OutPath::new(&path)),
                _ => {
                    let what = format!("holds `{}`, and the site needs a file in its place", name.display());
                    return Err(not_ours(&full, &what));
                }
            }
        }
        self.first_folders.insert(OutPath::new(folder).as_str());
        Ok(())
    }
}

enum Way {
    Free,
    Equal(Stamp),
    Edited,
}

/// Refuses if any file was edited by hand, and names them.
pub(super) fn refuse_edited(out: &Path, mut edited: Vec<OutPath>) -> Result<(), Fault> {
    if edited.is_empty() {
        return Ok(());
    }
    edited.sort_unstable();
    let names: Vec<_> = edited.iter().take(5).map(|path| format!("`{path}`")).collect();
    let more = if edited.len() > 5 { format!(" and {} more", edited.len() - 5) } else { String::new() };
    Err(Fault::refused(format!(
        "edited by hand: {}{more} in `{}`: nothing was written; `--overwrite` makes what the book says of them",
        names.join(", "),
        out.display()
    )))
}

/// Every wanted file must be there or staged, and no file may be the folder of another.
fn check_wanted(survey: &Survey, staged: &BTreeMap<OutPath, Staged>, wanted: &Site) -> Result<(), Fault> {
    let mut folders = BTreeSet::new();
    for (path, hash) in wanted {
        let there = survey.get(path).is_some_and(|found| found.state == State::Ours(*hash));
        if !there && staged.get(path).is_none_or(|staged| staged.hash != *hash) {
            return Err(Fault::new(format!("cannot write `{path}`"), "it was not made"));
        }
        add_folders(&mut folders, path.as_str());
    }
    match folders.into_iter().map(OutPath::new).find(|folder| wanted.contains_key(folder)) {
        Some(path) => Err(Fault::new(format!("cannot write `{path}`"), "it would be a file and a folder")),
        None => Ok(()),
    }
}
