//! What must hold whatever happens: nobody's files are lost, and every file is wholly old or wholly new.

use super::disk::{Fails, steps, with_failure};
use super::interrupt::Stages;
use super::*;
use crate::diag::Fault;
use crate::id::OutPath;
use crate::site::{Hash, Phase, Site};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A book in a scratch folder, with a folder of somebody else's beside it.
struct Book {
    _scratch: tempfile::TempDir,
    root: PathBuf,
    outside: PathBuf,
}

type Files<'a> = &'a [(&'a str, &'a str)];

impl Book {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(scratch.path()).unwrap();
        let (root, outside) = (base.join("book"), base.join("outside"));
        for folder in ["content", "themes", ".git"] {
            fs::create_dir_all(root.join(folder)).unwrap();
            fs::write(root.join(folder).join("theirs"), "theirs").unwrap();
        }
        fs::write(root.join("book.toml"), "[book]").unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("victim.txt"), "victim").unwrap();
        Book { _scratch: scratch, root, outside }
    }

    fn site(&self) -> PathBuf {
        self.root.join("site")
    }

    fn ask<'a>(&'a self, out: &'a Path) -> Ask<'a> {
        static KEEP: std::sync::LazyLock<Vec<PathBuf>> =
            std::sync::LazyLock::new(|| ["content", "themes"].map(PathBuf::from).into());
        Ask { root: &self.root, out, may_lie_outside: true, keep_off: &KEEP, home: Some(&self.outside) }
    }

    fn open(&self) -> Result<OutDir, Fault> {
        OutDir::open(&self.ask(Path::new("site")))
    }

    /// Builds `files`, as a pipeline does: what the output holds is not made again.
    fn build(&self, files: Files<'_>, known: &BTreeMap<OutPath, Stamp>, overwrite: bool) -> Result<Committed, Fault> {
        let mut out = self.open()?;
        let lock = out.lock(Duration::ZERO)?;
        let stage = Stage::begin(&out, &lock, known, overwrite)?;
        for (path, text) in files {
            let (path, hash) = (OutPath::new(path), Hash::of_bytes(text.as_bytes()));
            if !stage.holds(path, hash) {
                stage.put(path, phase_of(path.as_str()), hash, text.as_bytes())?;
            }
        }
        stage.commit(&site_of(files))
    }

    fn build_ok(&self, files: Files<'_>) -> Committed {
        self.build(files, &BTreeMap::new(), false).unwrap()
    }

    /// All files of the output but the manifest, with what they hold.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = tree(&self.site());
        files.retain(|(path, _)| path != MANIFEST);
        files
    }

    fn assert_holds(&self, files: Files<'_>) {
        let mut want: Vec<_> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        want.sort();
        assert_eq!(self.files(), want);
        let manifest = Manifest::parse(&fs::read(self.site().join(MANIFEST)).unwrap()).unwrap();
        assert!(manifest.says(&site_of(files)));
    }
}

fn site_of(files: Files<'_>) -> Site {
    files.iter().map(|(path, text)| (OutPath::new(path), Hash::of_bytes(text.as_bytes()))).collect()
}

fn phase_of(path: &str) -> Phase {
    match path.rsplit_once('.') {
        Some((_, "html")) => Phase::Page,
        Some((_, "xml")) => Phase::Index,
        _ => Phase::Asset,
    }
}

/// Every file and link beneath a folder, with what it holds or points to; empty folders too.
fn tree(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let kind = entry.file_type();
        if kind.is_file() {
            found.push((path, String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned()));
        } else if kind.is_symlink() {
            found.push((path, format!("-> {}", fs::read_link(entry.path()).unwrap().display())));
        } else if fs::read_dir(entry.path()).unwrap().next().is_none() {
            found.push((path, "empty folder".to_owned()));
        }
    }
    found.sort();
    found
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    let fault = result.unwrap_err();
    assert_eq!(fault.exit, 2, "{fault}");
    fault.to_string()
}

const OLD: Files<'static> = &[
    ("a.html", "old a"),
    ("assets/site-1.css", "old style"),
    ("deep/er/gone.html", "gone"),
    ("same.html", "same"),
    ("sitemap.xml", "old map"),
    ("was-file", "file"),
    ("was-folder/x.html", "in the folder"),
];
const NEW: Files<'static> = &[
    ("a.html", "new a"),
    ("assets/site-2.css", "new style"),
    ("fresh/page.html", "fresh"),
    ("same.html", "same"),
    ("sitemap.xml", "new map"),
    ("was-file/x.html", "now a folder"),
    ("was-folder", "now a file"),
];

#[test]
fn a_build_writes_what_differs_and_removes_what_is_gone() {
    let book = Book::new();
    let first = book.build_ok(OLD);
    assert_eq!(first.written.len(), OLD.len());
    book.assert_holds(OLD);
    let second = book.build_ok(NEW);
    book.assert_holds(NEW);
    assert!(!second.written.contains(&OutPath::new("same.html")));
    assert_eq!(second.stamps[&OutPath::new("same.html")], first.stamps[&OutPath::new("same.html")]);
    assert_eq!(second.removed.len(), 4);
    for (path, stamp) in &second.stamps {
        let meta = fs::symlink_metadata(book.site().join(path.as_str())).unwrap();
        assert_eq!(*stamp, Stamp::of(&meta), "{path}");
    }
}

#[test]
fn a_build_that_changes_nothing_touches_nothing() {
    let book = Book::new();
    let first = book.build_ok(OLD);
    let (changes, again) = steps(|| book.build(OLD, &first.stamps, false).unwrap());
    assert_eq!((changes, again.written.len(), again.removed.len()), (0, 0, 0));
    assert_eq!(again.stamps, first.stamps);
}

#[test]
fn an_empty_site_has_a_manifest_too() {
    let book = Book::new();
    book.build_ok(&[]);
    book.assert_holds(&[]);
    book.build_ok(OLD);
    book.build_ok(&[]);
    book.assert_holds(&[]);
}

#[test]
fn killed_at_any_step_every_file_is_old_or_new_and_the_next_build_finishes() {
    for begin in [&[] as Files<'_>, OLD] {
        for k in 0.. {
            let book = Book::new();
            if !begin.is_empty() {
                book.build_ok(begin);
            }
            let foreign = book.site().join("CNAME");
            fs::create_dir_all(book.site()).unwrap();
            fs::write(&foreign, "theirs").unwrap();
            let killed = with_failure(k, Fails::Dies, || book.build(NEW, &BTreeMap::new(), false));
            assert_old_or_new(&book, begin, k);
            book.build_ok(NEW);
            fs::remove_file(&foreign).unwrap();
            book.assert_holds(NEW);
            // The last steps are the sweeping up after a commit that is done, whose failure changes no answer.
            if killed.is_ok() {
                break;
            }
            assert!(k < 200);
        }
    }
}

#[test]
fn a_disk_that_fails_once_leaves_old_or_new_and_no_staging_folder() {
    for k in 0.. {
        let book = Book::new();
        book.build_ok(OLD);
        let failed = with_failure(k, Fails::Once, || book.build(NEW, &BTreeMap::new(), false));
        assert_old_or_new(&book, OLD, k);
        if let Err(fault) = &failed {
            assert_eq!(fault.exit, 3, "{fault}");
            assert!(!book.site().join(STAGE).exists(), "step {k}: {fault}");
        }
        book.build_ok(NEW);
        book.assert_holds(NEW);
        if failed.is_ok() {
            break;
        }
        assert!(k < 200);
    }
}

#[test]
fn killed_twice_and_then_changed_again_the_site_comes_out_right() {
    let third: Files<'_> = &[("a.html", "third a"), ("assets/site-1.css", "old style"), ("was-file", "file")];
    let (total, _) = {
        let book = Book::new();
        book.build_ok(OLD);
        steps(|| book.build_ok(NEW))
    };
    for k in 0..total {
        for l in (0..total).step_by(3) {
            let book = Book::new();
            book.build_ok(OLD);
            let _ = with_failure(k, Fails::Dies, || book.build(NEW, &BTreeMap::new(), false));
            let _ = with_failure(l, Fails::Dies, || book.build(third, &BTreeMap::new(), false));
            book.build_ok(NEW);
            book.assert_holds(NEW);
        }
    }
}

/// Every file holds what the old site or the new one says, and no page is new before the assets are there.
fn assert_old_or_new(book: &Book, old: Files<'_>, k: usize) {
    let text = |files: Files<'_>, path: &str| files.iter().find(|(p, _)| *p == path).map(|(_, t)| (*t).to_owned());
    let files: Vec<_> =
        book.files().into_iter().filter(|(path, _)| !path.starts_with(STAGE) && path != "CNAME").collect();
    for (path, now) in &files {
        let known = [text(old, path), text(NEW, path)];
        assert!(known.contains(&Some(now.clone())) || now == "empty folder", "step {k}: {path} holds {now:?}");
    }
    let has = |path: &str, text: &str| files.iter().any(|(p, t)| p == path && t == text);
    if has("a.html", "new a") {
        assert!(has("assets/site-2.css", "new style"), "step {k}");
    } else if !old.is_empty() {
        assert!(has("a.html", "old a") && has("assets/site-1.css", "old style"), "step {k}");
        assert!(has("sitemap.xml", "old map"), "step {k}: the index moved before the pages");
    }
}
