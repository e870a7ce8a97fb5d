//! Whether a folder may be the output: not the book, not what holds the book, not what somebody else filled.

use super::disk;
use super::manifest::{MAX_BYTES, Manifest};
use super::{CACHE, Lock, MANIFEST, STAGE};
use crate::diag::Fault;
use crate::stamp::Stamp;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Which folder is asked for as the output, and what it must keep off.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The folder of `book.toml`.
    pub root: &'a Path,
    /// The output; a relative one is taken from `root`. Empty is refused (an unset variable on a command line).
    pub out: &'a Path,
    /// Whether it may lie outside the book: `--out` may, `book.toml` may not.
    pub may_lie_outside: bool,
    /// Files and folders that the output may not be, hold, or lie in (sources, themes). A relative one is taken from
    /// `root`. `book.toml`, the cache and `.git` need not be named. One that is `root` or holds it (`src = "."`) is passed
    /// over, or no output could lie in the book: whoever walks such sources leaves the output out.
    pub keep_off: &'a [PathBuf],
    /// The user's home folder, if known: never an output.
    pub home: Option<&'a Path>,
}

/// A folder that may be written to as the output. It need not exist yet.
#[derive(Debug)]
pub struct OutDir {
    root: PathBuf,
    path: PathBuf,
    manifest: Manifest,
    stamp: Option<Stamp>,
}

/// What may stand in an output that is not ours yet: what a publisher puts there first. It is kept.
const BYSTANDERS: [&str; 9] =
    [".git", ".gitignore", ".gitattributes", ".gitkeep", ".nojekyll", ".well-known", "CNAME", "lost+found", STAGE];

impl OutDir {
    /// Checks that the folder may be the output. Changes nothing.
    ///
    /// A folder is ours if it has a valid manifest; other files beside ours are then left alone. A folder with no
    /// manifest may become ours if it is absent, empty, or holds only what a publisher puts there first (`.git`,
    /// `CNAME`, `.nojekyll` and their like, so that a fresh Git worktree can be built into).
    ///
    /// # Errors
    /// Refused (exit code 2) with `output-overlaps: …` or `output-not-ours: …`; exit code 3 if the folder cannot be read.
    pub fn open(ask: &Ask<'_>) -> Result<OutDir, Fault> {
        let root = fs::canonicalize(ask.root).map_err(|e| fault("open", ask.root, e))?;
        let path = locate(&root, ask)?;
        check_overlaps(&root, &path, ask)?;
        let mut out = OutDir { root, path, manifest: Manifest::default(), stamp: None };
        out.read_manifest()?;
        Ok(out)
    }

    /// The output, as an absolute path without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the manifest said when the output was opened or the lock was taken; empty if there was none.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether a manifest was found.
    pub fn is_ours(&self) -> bool {
        self.stamp.is_some()
    }

    /// Takes the lock of the book, and reads the manifest again if another build wrote it meanwhile. What was read of
    /// the output or of the ledger before this may be out of date.
    ///
    /// # Errors
    /// Exit code 3, `another build (pid N)`, if it is not free within `wait`; those of [`OutDir::open`].
    pub fn lock(&mut self, wait: Duration) -> Result<Lock, Fault> {
        let lock = Lock::take(&self.root, &self.path, wait)?;
        let now = look(&self.path.join(MANIFEST))?.map(|meta| Stamp::of_written(&meta));
        if now != self.stamp || self.stamp.is_none() {
            self.read_manifest()?;
        }
        Ok(lock)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn read_manifest(&mut self) -> Result<(), Fault> {
        self.manifest = Manifest::default();
        self.stamp = None;
        match look(&self.path)? {
            None => return Ok(()),
            Some(meta) if meta.is_symlink() => return Err(not_ours(&self.path, "is a symbolic link")),
            Some(meta) if !meta.is_dir() => return Err(not_ours(&self.path, "is not a folder")),
            Some(_) => {}
        }
        let file = self.path.join(MANIFEST);
        match look(&file)? {
            Some(meta) if meta.is_file() && meta.len() <= MAX_BYTES => {
                let bytes = fs::read(&file).map_err(|e| fault("read", &file, e))?;
                match Manifest::parse(&bytes) {
                    Some(manifest) => {
                        self.manifest = manifest;
                        self.stamp = Some(Stamp::of_written(&meta));
                        Ok(())
                    }
                    None => {
                        Err(not_ours(&self.path, &format!("has a `{MANIFEST}` that is damaged or of another version")))
                    }
                }
            }
            Some(_) => Err(not_ours(&self.path, &format!("has a `{MANIFEST}` that is not a file of ours"))),
            None => match self.check_no_foreign_files() {
                // Another build began to move its files between the two looks.
                Err(_) if look(&file)?.is_some() => self.read_manifest(),
                checked => checked,
            },
        }
    }

    fn check_no_foreign_files(&self) -> Result<(), Fault> {
        let entries = fs::read_dir(&self.path).map_err(|e| fault("read", &self.path, e))?;
        for entry in entries {
            let name = entry.map_err(|e| fault("read", &self.path, e))?.file_name();
            if !BYSTANDERS.iter().any(|known| name == *known) {
                let what = format!(
                    "holds `{}` and was not written by benchbook; for a site, move what it holds away, or name another \
                     folder (`out` in book.toml, or `--out`)",
                    name.display()
                );
                return Err(not_ours(&self.path, &what));
            }
        }
        Ok(())
    }
}

const NOWHERE: &str = "is a symbolic link, or leads through what does not exist";

/// The output as an absolute path whose existing part has no links.
fn locate(root: &Path, ask: &Ask<'_>) -> Result<PathBuf, Fault> {
    if ask.out.as_os_str().is_empty() {
        return Err(Fault::refused("output-not-ours: the name of the output folder is empty"));
    }
    let asked = root.join(ask.out);
    let mut there = asked.as_path();
    let mut rest = Vec::new();
    let found = loop {
        match fs::canonicalize(there) {
            Ok(found) => break found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                return Err(not_ours(&asked, "leads through a file"));
            }
            Err(e) => return Err(fault("open", there, e)),
        }
        match (there.components().next_back(), there.parent()) {
            (Some(Component::Normal(name)), Some(parent)) => match look(there)? {
                None => {
                    rest.push(name);
                    there = parent;
                }
                // A link that leads nowhere exists, though what it names does not.
                Some(meta) if meta.file_type().is_symlink() => return Err(not_ours(&asked, NOWHERE)),
                // Another build made it between the two looks.
                Some(_) => {}
            },
            _ => return Err(not_ours(&asked, NOWHERE)),
        }
    };
    // The last part must not be a link at all, wherever it leads: a link is somebody's decision, not our folder.
    let plain: PathBuf = asked.components().collect();
    if look(&plain)?.is_some_and(|meta| meta.is_symlink()) {
        return Err(not_ours(&asked, "is a symbolic link"));
    }
    let path = rest.iter().rev().fold(found, |path, name| path.join(name));
    if !ask.may_lie_outside && (path == root || !path.starts_with(root)) && !root.starts_with(&path) {
        return Err(not_ours(&asked, "lies outside the book; only `--out` may name such a folder"));
    }
    Ok(path)
}

fn check_overlaps(root: &Path, path: &Path, ask: &Ask<'_>) -> Result<(), Fault> {
    if root.starts_with(path) {
        return Err(overlaps(path, "is the book, or holds it"));
    }
    let home = ask.home.map(|home| fs::canonicalize(home).unwrap_or_else(|_| home.to_owned()));
    if home.is_some_and(|home| home.starts_with(path)) {
        return Err(overlaps(path, "is the home folder, or holds it"));
    }
    if path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        return Err(overlaps(path, "lies in `.git`"));
    }
    let own = ["book.toml", "anchors.lock", CACHE].map(PathBuf::from);
    for other in own.iter().chain(ask.keep_off) {
        let full = root.join(other);
        let full = fs::canonicalize(&full).unwrap_or(full);
        if !root.starts_with(&full) && (path.starts_with(&full) || full.starts_with(path)) {
            return Err(overlaps(path, &format!("and `{}` overlap", other.display())));
        }
    }
    Ok(())
}

pub(super) fn look(path: &Path) -> Result<Option<fs::Metadata>, Fault> {
    disk::look(path).map_err(|e| fault("look at", path, e))
}

pub(super) fn fault(doing: &str, path: &Path, cause: impl std::fmt::Display) -> Fault {
    Fault::new(format!("cannot {doing} `{}`", path.display()), cause)
}

pub(super) fn not_ours(path: &Path, why: &str) -> Fault {
    Fault::refused(format!("output-not-ours: `{}` {why}: nothing was written", path.display()))
}

fn overlaps(path: &Path, why: &str) -> Fault {
    Fault::refused(format!("output-overlaps: `{}` {why}: nothing was written", path.display()))
}
