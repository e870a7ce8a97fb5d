//! Files on a disk, beneath the folder of `book.toml` and the folders that the command line allows.

use super::{Files, Problem, Stamp, Walked};
use crate::id::PathId;
use crate::site::Hash;
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

/// The files of a book on a disk.
pub struct DiskFiles {
    root: PathBuf,
    allowed: Vec<PathBuf>,
    /// Folders that were found to lie inside, links resolved, until the next scan.
    inside: RwLock<HashMap<PathBuf, bool>>,
    /// How many folders that links lead to were walked in this scan.
    followed: AtomicUsize,
}

impl DiskFiles {
    /// The files beneath `root`, and beneath each of `allowed` for paths that climb above it.
    pub fn open(root: &Path, allowed: &[PathBuf]) -> std::io::Result<Self> {
        let allowed = allowed.iter().map(|dir| dir.canonicalize()).collect::<Result<_, _>>()?;
        Ok(Self { root: root.canonicalize()?, allowed, inside: RwLock::default(), followed: AtomicUsize::new(0) })
    }

    /// The folder of `book.toml`, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn is_inside(&self, canonical: &Path) -> bool {
        canonical.starts_with(&self.root) || self.allowed.iter().any(|dir| canonical.starts_with(dir))
    }

    /// Whether the folder that holds `path` lies inside; remembered, since most files share their folder.
    fn folder_is_inside(&self, folder: &Path) -> Result<bool, Problem> {
        if let Some(known) = self.inside.read().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return Ok(*known);
        }
        let inside = self.is_inside(&folder.canonicalize().map_err(problem)?);
        self.inside.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), inside);
        Ok(inside)
    }

    /// Finds the regular file at `path`: links followed, and none that leads out.
    fn find(&self, path: PathId) -> Result<(PathBuf, Metadata), Problem> {
        let climbs = path.as_str().starts_with("../") || path.as_str() == "..";
        // Decided by the spelling first: whether a file outside exists is nobody's business.
        if climbs && !self.is_inside(&lexical(&self.root.join(path.as_str()))) {
            return Err(Problem::Outside);
        }
        let full = self.root.join(path.as_str());
        let folder = full.parent().unwrap_or(&self.root);
        if !self.folder_is_inside(folder)? {
            return Err(Problem::Outside);
        }
        let mut meta = full.symlink_metadata().map_err(problem)?;
        if meta.file_type().is_symlink() {
            match full.canonicalize() {
                Ok(target) if self.is_inside(&target) => {}
                Ok(_) => return Err(Problem::Outside),
                Err(error) => return Err(problem(error)),
            }
            meta = full.metadata().map_err(problem)?;
        }
        if meta.is_file() { Ok((full, meta)) } else { Err(Problem::NotAFile) }
    }

    fn walk_folder(&self, folder: &Folder, depth: usize, skip: &[PathId], out: &mut Walked) {
        use rayon::prelude::*;
        if depth > MAX_DEPTH {
            let why = format!("folders lie in one another more than {MAX_DEPTH} deep");
            out.problems.push((self.spell(&folder.path), Problem::Unreadable(why)));
            return;
        }
        if !folder.links.is_empty() && self.followed.fetch_add(1, Ordering::Relaxed) >= MAX_FOLLOWED {
            return;
        }
        // A site that was made into the book is no source of it.
        if depth > 0 && folder.path.join(crate::site::MANIFEST).symlink_metadata().is_ok() {
            return;
        }
        let mut folders = Vec::new();
        for entry in walkdir::WalkDir::new(&folder.path).min_depth(1).max_depth(1).follow_links(false) {
            match entry {
                Ok(entry) => self.walk_entry(folder, &entry, skip, &mut folders, out),
                Err(error) => {
                    let path = error.path().map_or_else(|| self.spell(&folder.path), |p| self.spell(p));
                    let why = error.into_io_error().map_or(Problem::Missing, problem);
                    if why != Problem::Missing {
                        out.problems.push((path, why));
                    }
                }
            }
        }
        let below: Vec<Walked> = folders
            .par_iter()
            .map(|folder| {
                let mut below = Walked::default();
                self.walk_folder(folder, depth + 1, skip, &mut below);
                below
            })
            .collect();
        for mut walked in below {
            out.files.append(&mut walked.files);
            out.problems.append(&mut walked.problems);
        }
    }

    fn walk_entry(
        &self,
        folder: &Folder,
        entry: &walkdir::DirEntry,
        skip: &[PathId],
        folders: &mut Vec<Folder>,
        out: &mut Walked,
    ) {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().first() == Some(&b'.') {
            return;
        }
        let Some(spelled) = self.spell_exactly(path) else {
            let why = "its name is not UTF-8, so no chapter or link could name it".to_string();
            out.problems.push((self.spell(path), Problem::Unreadable(why)));
            return;
        };
        let id = PathId::new(&spelled);
        if skip.contains(&id) {
            return;
        }
        let mut kind = entry.file_type();
        let mut linked = None;
        if kind.is_symlink() {
            match path.canonicalize() {
                Ok(target) if self.is_inside(&target) => match path.metadata() {
                    // A link to a folder above would be walked for ever.
                    Ok(meta) if meta.is_dir() && folder.lies_in(&target) => {
                        let why = "it is a link to a folder that holds it".to_string();
                        out.problems.push((spelled, Problem::Unreadable(why)));
                        return;
                    }
                    Ok(meta) => {
                        kind = meta.file_type();
                        linked = Some(folder.linked(path, target));
                    }
                    Err(error) => return out.problems.push((spelled, problem(error))),
                },
                Ok(_) => return out.problems.push((spelled, Problem::Outside)),
                // A link to nothing, as editors leave for a lock: not there.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
                Err(error) => return out.problems.push((spelled, problem(error))),
            }
        }
        if kind.is_dir() {
            folders.push(linked.unwrap_or_else(|| folder.below(path, entry.file_name())));
        } else {
            match path.metadata() {
                Ok(meta) if meta.is_file() => out.files.push((id, Stamp::of(&meta))),
                Ok(_) => out.problems.push((spelled, Problem::NotAFile)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => out.problems.push((spelled, problem(error))),
            }
        }
    }

    /// Opens a regular file of at most `limit` bytes.
    fn open_within(&self, path: PathId, limit: u64) -> Result<(std::fs::File, Stamp), Problem> {
        let (full, meta) = self.find(path)?;
        let size = meta.len();
        if size > limit {
            return Err(Problem::TooLarge { size, limit });
        }
        Ok((std::fs::File::open(full).map_err(problem)?, Stamp::of(&meta)))
    }

    fn spell_exactly(&self, path: &Path) -> Option<String> {
        let inner = path.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<&str>> = inner.components().map(|c| c.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }

    fn spell(&self, path: &Path) -> String {
        let inner = path.strip_prefix(&self.root).unwrap_or(path);
        inner.as_os_str().as_encoded_bytes().escape_ascii().to_string()
    }
}

/// How deep folders may lie in one another.
const MAX_DEPTH: usize = 64;
/// How many folders are walked that symbolic links lead to: links in folders that links lead to multiply.
const MAX_FOLLOWED: usize = 10_000;

/// A folder on a walk.
struct Folder {
    /// By the way it was reached.
    path: PathBuf,
    /// The same, links resolved.
    real: PathBuf,
    /// The folders, links resolved, that hold the links on the way.
    links: Vec<PathBuf>,
}

impl Folder {
    fn below(&self, path: &Path, name: &std::ffi::OsStr) -> Folder {
        Folder { path: path.to_owned(), real: self.real.join(name), links: self.links.clone() }
    }

    fn linked(&self, path: &Path, target: PathBuf) -> Folder {
        let links = self.links.iter().chain(std::iter::once(&self.real)).cloned().collect();
        Folder { path: path.to_owned(), real: target, links }
    }

    /// Whether the way to this folder led through `target`, so that a link to it would be walked for ever.
    fn lies_in(&self, target: &Path) -> bool {
        self.real.starts_with(target) || self.links.iter().any(|link| link.starts_with(target))
    }
}

impl Files for DiskFiles {
    fn walk(&self, folder: &str, skip: &[PathId]) -> Walked {
        self.inside.write().unwrap_or_else(PoisonError::into_inner).clear();
        let mut out = Walked::default();
        let full = self.root.join(folder);
        self.followed.store(0, Ordering::Relaxed);
        match full.canonicalize() {
            Ok(canonical) if self.is_inside(&canonical) => {
                let top = Folder { path: full, real: canonical, links: Vec::new() };
                self.walk_folder(&top, 0, skip, &mut out);
                if self.followed.load(Ordering::Relaxed) > MAX_FOLLOWED {
                    let why = format!("the symbolic links in it lead to more than {MAX_FOLLOWED} folders");
                    out.problems.push((folder.to_owned(), Problem::Unreadable(why)));
                }
            }
            Ok(_) => out.problems.push((folder.to_owned(), Problem::Outside)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => out.problems.push((folder.to_owned(), problem(error))),
        }
        out.files.sort_unstable_by_key(|(path, _)| *path);
        out.problems.sort_by(|(a, _), (b, _)| a.cmp(b));
        out
    }

    fn stamp(&self, path: PathId) -> Result<Stamp, Problem> {
        self.find(path).map(|(_, meta)| Stamp::of(&meta))
    }

    fn read(&self, path: PathId, limit: u64) -> Result<(Vec<u8>, Stamp), Problem> {
        let (file, stamp) = self.open_within(path, limit)?;
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.len).unwrap_or(0) + 1);
        file.take(limit + 1).read_to_end(&mut bytes).map_err(problem)?;
        let size = bytes.len() as u64;
        if size > limit { Err(Problem::TooLarge { size, limit }) } else { Ok((bytes, stamp)) }
    }

    fn hash(&self, path: PathId, limit: u64) -> Result<(Hash, Stamp), Problem> {
        let (file, stamp) = self.open_within(path, limit)?;
        let (hash, size) = Hash::of_stream(file.take(limit + 1)).map_err(problem)?;
        if size > limit { Err(Problem::TooLarge { size, limit }) } else { Ok((hash, stamp)) }
    }

    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }
}

fn problem(error: std::io::Error) -> Problem {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match error.kind() {
        NotFound | NotADirectory => Problem::Missing,
        _ => Problem::Unreadable(error.to_string()),
    }
}

/// `path` with `..` taken back by the spelling alone.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                out.pop();
            }
            std::path::Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}
