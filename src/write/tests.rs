//! What must hold whatever happens: nobody's files are lost, and every file is wholly old or wholly new.

use super::disk::{Fails, steps, with_failure};
use super::interrupt::Stages;
use super::*;
use crate::diag::Fault;
use crate::id::OutPath;
use crate::site::{Hash, Phase, Site};
use crate::stamp::Stamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
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
        assert_eq!(*stamp, Stamp::of_written(&meta), "{path}");
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
    for k in (0..total).step_by(3) {
        for l in (0..total).step_by(7) {
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

#[test]
fn a_folder_that_is_not_ours_is_refused_and_stays_as_it_was() {
    let book = Book::new();
    for (path, text) in [("full/note.txt", "mine"), ("content/deep/x", "x"), ("themes/t/x", "x"), ("file", "x")] {
        fs::create_dir_all(book.root.join(path).parent().unwrap()).unwrap();
        fs::write(book.root.join(path), text).unwrap();
    }
    fs::create_dir_all(book.root.join("damaged")).unwrap();
    fs::write(book.root.join("damaged").join(MANIFEST), "benchbook manifest 9\nend\n").unwrap();
    fs::create_dir_all(book.root.join("linked")).unwrap();
    link(&book.outside.join("victim.txt"), &book.root.join("linked").join(MANIFEST));
    link(&book.outside, &book.root.join("link"));
    link(Path::new("nowhere"), &book.root.join("dangling"));
    let before = tree(book.root.parent().unwrap());
    let not_ours = ["", "full", "file", "file/x", "damaged", "linked", "link", "link/", "dangling", "dangling/x"];
    let overlaps = [".", "content", "content/deep", "content/new", "..", "../..", "/", "themes", "themes/t", ".git"];
    let overlaps = overlaps.into_iter().chain([".git/x", ".benchbook", ".benchbook/x", "book.toml", "x/../content"]);
    fs::create_dir(book.root.join("x")).unwrap();
    let home = book.outside.to_str().unwrap().to_owned();
    let cases = not_ours.into_iter().map(|out| (out, "output-not-ours"));
    for (out, code) in cases.chain(overlaps.map(|out| (out, "output-overlaps"))).chain([(&*home, "output-overlaps")]) {
        let text = refusal(OutDir::open(&book.ask(Path::new(out))));
        assert!(text.starts_with(code), "{out}: {text}");
        let text = refusal(clean(&book.ask(Path::new(out)), Duration::ZERO));
        assert!(text.starts_with("not written by benchbook: nothing deleted"), "{out}: {text}");
    }
    let full = refusal(OutDir::open(&book.ask(Path::new("full"))));
    assert!(full.contains("`note.txt`") && full.contains("name another folder"), "{full}");
    fs::remove_dir(book.root.join("x")).unwrap();
    assert_eq!(tree(book.root.parent().unwrap()), before);
}

#[test]
fn a_book_may_name_an_output_inside_itself_only() {
    let book = Book::new();
    link(&book.outside, &book.root.join("link"));
    for out in ["../other", "link/new", "/nowhere/at/all"] {
        let mut ask = book.ask(Path::new(out));
        ask.home = None;
        assert!(OutDir::open(&ask).is_ok(), "{out}");
        ask.may_lie_outside = false;
        assert!(refusal(OutDir::open(&ask)).contains("outside the book"), "{out}");
    }
    assert!(refusal(OutDir::open(&book.ask(Path::new("new/../../x")))).starts_with("output-not-ours"));
    // Sources that are the whole book, as mdBook allows.
    let everything = [PathBuf::from(".")];
    assert!(OutDir::open(&Ask { keep_off: &everything, ..book.ask(Path::new("site")) }).is_ok());
}

#[test]
fn what_a_publisher_puts_there_first_may_stand_in_a_new_output() {
    let book = Book::new();
    fs::create_dir(book.site()).unwrap();
    for name in [".git", "CNAME", ".nojekyll"] {
        fs::write(book.site().join(name), "theirs").unwrap();
    }
    book.build_ok(&[("a.html", "a")]);
    assert_eq!(book.files().len(), 4);
}

#[test]
fn foreign_files_keep_bytes_time_and_number() {
    let book = Book::new();
    book.build_ok(&[("a.html", "a"), ("sub/b.html", "b")]);
    let foreign = [".git", "CNAME", "notes.txt", "sub/keep.bin", "empty/x"].map(|name| book.site().join(name));
    fs::create_dir(book.site().join("empty")).unwrap();
    foreign.iter().for_each(|path| fs::write(path, "theirs").unwrap());
    let stamps = || foreign.each_ref().map(|path| Stamp::of_written(&fs::symlink_metadata(path).unwrap()));
    let before = stamps();
    book.build_ok(&[("a.html", "new a")]);
    assert!(!book.site().join("sub/b.html").exists());
    book.build_ok(&[]);
    assert_eq!(stamps(), before);
    // One that stands where a page would go is not overwritten either.
    assert!(refusal(book.build(&[("notes.txt", "ours")], &BTreeMap::new(), false)).contains("notes.txt"));
    assert!(refusal(book.build(&[("CNAME/x", "ours")], &BTreeMap::new(), true)).contains("CNAME"));
    assert!(refusal(book.build(&[("sub", "ours")], &BTreeMap::new(), true)).contains("keep.bin"));
    assert_eq!(stamps(), before);
    // One that is already what the book says becomes ours, as it is.
    let adopted = book.build_ok(&[("notes.txt", "theirs")]);
    assert_eq!((stamps(), adopted.written.len()), (before, 0));
}

#[test]
fn a_file_edited_by_hand_is_named_and_kept_until_asked() {
    let book = Book::new();
    let first = book.build_ok(OLD);
    fs::write(book.site().join("a.html"), "by hand").unwrap();
    fs::write(book.site().join("deep/er/gone.html"), "by hand too").unwrap();
    let before = tree(&book.site());
    for known in [&first.stamps, &BTreeMap::new()] {
        let text = refusal(book.build(NEW, known, false));
        assert!(text.contains("`a.html`, `deep/er/gone.html`") && text.contains("--overwrite"), "{text}");
    }
    assert_eq!(tree(&book.site()), before);
    book.build(NEW, &first.stamps, true).unwrap();
    assert_eq!(fs::read_to_string(book.site().join("a.html")).unwrap(), "new a");
    // Nobody asked for a file in its place, so even `--overwrite` does not lose it.
    assert_eq!(fs::read_to_string(book.site().join("deep/er/gone.html")).unwrap(), "by hand too");
}

#[test]
fn a_file_edited_while_the_build_runs_is_kept_too() {
    let book = Book::new();
    book.build_ok(OLD);
    let mut out = book.open().unwrap();
    let lock = out.lock(Duration::ZERO).unwrap();
    let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
    put(&stage, "a.html", "new a");
    fs::write(book.site().join("a.html"), "by hand").unwrap();
    fs::write(book.site().join("deep/er/gone.html"), "by hand").unwrap();
    let files = [&[("a.html", "new a")], &OLD[1..2]].concat();
    assert!(refusal(stage.commit(&site_of(&files))).contains("a.html"));
    assert_eq!(fs::read_to_string(book.site().join("a.html")).unwrap(), "by hand");
    assert!(!book.site().join(STAGE).exists());
}

#[test]
fn what_was_deleted_or_emptied_is_made_again() {
    let book = Book::new();
    let first = book.build_ok(OLD);
    fs::remove_file(book.site().join("a.html")).unwrap();
    fs::write(book.site().join("same.html"), "").unwrap();
    fs::remove_dir_all(book.site().join("was-folder")).unwrap();
    let again = book.build(OLD, &first.stamps, false).unwrap();
    assert_eq!(again.written.len(), 3);
    book.assert_holds(OLD);
}

#[test]
fn a_link_in_the_output_is_replaced_or_refused_and_never_followed() {
    let book = Book::new();
    let victim = book.outside.join("victim.txt");
    let before = Stamp::of_written(&fs::metadata(&victim).unwrap());
    book.build_ok(OLD);
    fs::remove_file(book.site().join("a.html")).unwrap();
    link(&victim, &book.site().join("a.html"));
    link(&victim, &book.site().join("fresh"));
    assert!(refusal(book.build(NEW, &BTreeMap::new(), false)).contains("fresh"));
    fs::remove_file(book.site().join("fresh")).unwrap();
    fs::create_dir(book.site().join("fresh")).unwrap();
    link(&victim, &book.site().join("fresh/page.html"));
    book.build_ok(NEW);
    book.assert_holds(NEW);
    // A folder of the site that has become a link.
    fs::remove_dir_all(book.site().join("assets")).unwrap();
    link(&book.outside, &book.site().join("assets"));
    fs::copy(&victim, book.outside.join("site-2.css")).unwrap();
    assert!(refusal(book.build(OLD, &BTreeMap::new(), true)).contains("assets"));
    refusal(clean(&book.ask(Path::new("site")), Duration::ZERO));
    // The staging folder itself.
    fs::remove_file(book.site().join("assets")).unwrap();
    link(&book.outside, &book.site().join(STAGE));
    book.build_ok(NEW);
    book.assert_holds(NEW);
    assert_eq!(Stamp::of_written(&fs::metadata(&victim).unwrap()), before);
    assert_eq!(tree(&book.outside).len(), 2);
}

#[test]
fn a_hostile_manifest_gets_nothing_deleted() {
    let book = Book::new();
    let victim = Hash::of_bytes(b"victim");
    fs::create_dir(book.site()).unwrap();
    let before = tree(&book.outside);
    for path in ["../../outside/victim.txt", "../book.toml", "/etc/passwd", "a/../../../outside/victim.txt"] {
        fs::write(book.site().join(MANIFEST), format!("benchbook manifest 1\n{victim} {path}\nend\n")).unwrap();
        refusal(book.build(NEW, &BTreeMap::new(), true));
        refusal(clean(&book.ask(Path::new("site")), Duration::ZERO));
    }
    link(&book.outside, &book.site().join("out"));
    fs::write(book.site().join(MANIFEST), format!("benchbook manifest 1\n{victim} out/victim.txt\nend\n")).unwrap();
    refusal(book.build(NEW, &BTreeMap::new(), true));
    refusal(clean(&book.ask(Path::new("site")), Duration::ZERO));
    assert_eq!(tree(&book.outside), before);
}

#[test]
fn a_build_that_is_dropped_leaves_nothing() {
    let book = Book::new();
    let stage_and_drop = || {
        let mut out = book.open().unwrap();
        let lock = out.lock(Duration::ZERO).unwrap();
        let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
        put(&stage, "a.html", "new a");
        stage.abort();
    };
    stage_and_drop();
    assert!(!book.site().exists());
    book.build_ok(OLD);
    stage_and_drop();
    book.assert_holds(OLD);
}

#[test]
fn a_commit_that_lacks_a_file_or_mixes_file_and_folder_moves_nothing() {
    let book = Book::new();
    book.build_ok(OLD);
    for files in [&[("lacking.html", "x")] as Files<'_>, &[("a.html", "x"), ("a.html/b", "x")]] {
        let mut out = book.open().unwrap();
        let lock = out.lock(Duration::ZERO).unwrap();
        let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
        files.iter().skip(usize::from(files.len() == 1)).for_each(|(path, text)| put(&stage, path, text));
        if files.len() == 2 {
            put(&stage, files[0].0, files[0].1);
        }
        assert_eq!(stage.commit(&site_of(files)).unwrap_err().exit, 3);
        drop(lock);
        book.assert_holds(OLD);
    }
}

#[test]
fn names_that_lead_astray_are_not_written() {
    let book = Book::new();
    let mut out = book.open().unwrap();
    let lock = out.lock(Duration::ZERO).unwrap();
    let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
    for path in ["../x", "/x", "", "a//b", "a/./b", ".git/hooks/x", MANIFEST, ".benchbook-stage/x", "a\0"] {
        let put = stage.put(OutPath::new(path), Phase::Page, Hash::of_bytes(b"x"), b"x");
        assert_eq!(put.unwrap_err().exit, 3, "{path:?}");
    }
    let odd = [" a", "-rf", "a\nb", "é", "#?%20", "CON", &"x".repeat(255)];
    odd.iter().for_each(|path| put(&stage, path, "x"));
    let files: Vec<_> = odd.iter().map(|path| (*path, "x")).collect();
    stage.commit(&site_of(&files)).unwrap();
    drop(lock);
    book.assert_holds(&files);
}

#[test]
fn many_threads_stage_at_once() {
    use rayon::prelude::*;
    let book = Book::new();
    let texts: Vec<_> = (0..300).map(|n| (format!("{}/{n}.html", n % 7), format!("page {n}"))).collect();
    let files: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut out = book.open().unwrap();
    let lock = out.lock(Duration::ZERO).unwrap();
    let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
    files.par_iter().for_each(|(path, text)| put(&stage, path, text));
    stage.commit(&site_of(&files)).unwrap();
    drop(lock);
    book.assert_holds(&files);
}

#[test]
fn one_build_at_a_time_and_a_dead_one_is_no_obstacle() {
    let book = Book::new();
    let cache = book.root.join(CACHE);
    let path = cache.join("lock");
    let take = || book.open().unwrap().lock(Duration::ZERO);
    let held = take().unwrap();
    let fault = take().unwrap_err();
    assert_eq!(fault.exit, 3);
    assert!(fault.to_string().contains(&format!("another build (pid {})", std::process::id())), "{fault}");
    drop(held);
    drop(take().unwrap());
    fs::write(&path, "1").unwrap();
    drop(take().unwrap());
    // A link, a folder in its place: replaced, or gone round; never followed.
    fs::remove_file(&path).unwrap();
    link(&book.outside.join("victim.txt"), &path);
    drop(take().unwrap());
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    fs::remove_dir_all(&cache).unwrap();
    link(&book.outside, &cache);
    let held = take().unwrap();
    assert!(take().is_err());
    book_with_lock(&book, held);
    assert_eq!(tree(&book.outside), [("victim.txt".to_owned(), "victim".to_owned())]);
}

/// A book whose cache cannot be used has its lock in the staging folder, and neither is left behind.
fn book_with_lock(book: &Book, lock: Lock) {
    let out = book.open().unwrap();
    let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
    put(&stage, "a.html", "a");
    assert!(book.open().unwrap().lock(Duration::ZERO).is_err());
    stage.commit(&site_of(&[("a.html", "a")])).unwrap();
    assert!(book.open().unwrap().lock(Duration::ZERO).is_err(), "the lock is held beyond the commit");
    drop(lock);
    book.assert_holds(&[("a.html", "a")]);
}

#[test]
fn many_builds_at_once_take_turns() {
    let book = Book::new();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let book = &book;
            scope.spawn(move || {
                let mut out = book.open().unwrap();
                let lock = out.lock(Duration::from_secs(20)).unwrap();
                let stage = Stage::begin(&out, &lock, &BTreeMap::new(), false).unwrap();
                let files = if n % 2 == 0 { OLD } else { NEW };
                files.iter().for_each(|(path, text)| put(&stage, path, text));
                stage.commit(&site_of(files)).unwrap();
            });
        }
    });
    book.build_ok(OLD);
    book.assert_holds(OLD);
}

#[test]
fn a_signal_ends_staging_at_once_and_lets_moving_finish() {
    let stages = stages();
    let book = Book::new();
    let mut out = book.open().unwrap();
    let lock = out.lock(Duration::ZERO).unwrap();
    let stage = Stage::begin_among(stages, &out, &lock, &BTreeMap::new(), false).unwrap();
    put(&stage, "a.html", "a");
    assert_eq!(stages.interrupt(Duration::ZERO), Interrupt::ExitNow);
    assert!(!book.site().exists());
    assert!(stage.put(OutPath::new("b"), Phase::Page, Hash::of_bytes(b"b"), b"b").is_err());
    assert_eq!(stage.commit(&site_of(&[("a.html", "a")])).unwrap_err().exit, 3);
    assert!(!book.site().exists());
    assert!(Stage::begin_among(stages, &out, &lock, &BTreeMap::new(), false).is_err());

    let (stages, (cleared, clear)) = (self::stages(), clearing());
    let note = stages.note(&stages.change().unwrap(), clear);
    stages.start_moving(note).unwrap();
    assert_eq!(stages.interrupt(Duration::ZERO), Interrupt::Finishing);
    assert!(stages.last_change().is_ok() && stages.change().is_err());
    assert_eq!(cleared.load(Relaxed), 0);
    stages.clear(note);
    assert_eq!(stages.interrupt(Duration::ZERO), Interrupt::ExitNow);
    assert!(stages.last_change().is_err());
    assert_eq!(cleared.load(Relaxed), 1);
}

#[test]
fn a_signal_waits_for_who_writes_and_only_one_removes() {
    let (stages, (cleared, clear)) = (stages(), clearing());
    let change = stages.change().unwrap();
    let note = stages.note(&change, clear);
    let handler = std::thread::spawn(|| stages.interrupt(Duration::from_secs(60)));
    while stages.change().is_ok() {
        std::thread::yield_now();
    }
    assert!(stages.start_moving(note).is_err());
    assert_eq!(cleared.load(Relaxed), 0);
    drop(change);
    assert_eq!(handler.join().unwrap(), Interrupt::ExitNow);
    stages.clear(note);
    assert_eq!(cleared.load(Relaxed), 1);

    // Who clears up on its own is waited for as well, and one that hangs only for a while.
    let stages = self::stages();
    let (begun, hold) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let (begun, hold): (&_, &_) = (Box::leak(Box::new(begun)), Box::leak(Box::new(hold)));
    let note = stages.note(&stages.change().unwrap(), || {
        begun.wait();
        hold.wait();
    });
    let clears = std::thread::spawn(move || stages.clear(note));
    begun.wait();
    let handler = std::thread::spawn(|| stages.interrupt(Duration::from_secs(60)));
    while stages.change().is_ok() {
        std::thread::yield_now();
    }
    assert!(!handler.is_finished());
    hold.wait();
    clears.join().unwrap();
    assert_eq!(handler.join().unwrap(), Interrupt::ExitNow);

    let (stages, (cleared, clear)) = (self::stages(), clearing());
    let hangs = stages.change().unwrap();
    stages.note(&hangs, clear);
    assert_eq!(stages.interrupt(Duration::ZERO), Interrupt::ExitNow);
    assert_eq!(cleared.load(Relaxed), 1);
}

fn stages() -> &'static Stages {
    Box::leak(Box::new(Stages::new()))
}

/// How often something was cleared, and what clears it.
fn clearing() -> (Arc<AtomicUsize>, impl FnOnce() + Send + 'static) {
    let cleared = Arc::new(AtomicUsize::new(0));
    let counted = cleared.clone();
    (cleared, move || {
        counted.fetch_add(1, Relaxed);
    })
}

#[test]
fn clean_takes_what_is_ours_and_nothing_else() {
    let book = Book::new();
    let before = tree(&book.root);
    let ask = book.ask(Path::new("site"));
    assert_eq!(clean(&ask, Duration::ZERO).unwrap(), Cleaned::default());
    book.build_ok(OLD);
    cache_folder(&book.root).unwrap();
    let cleaned = clean(&ask, Duration::ZERO).unwrap();
    assert_eq!(cleaned, Cleaned { files: OLD.len(), kept: Vec::new(), cache: true });
    assert_eq!(tree(&book.root), before);

    book.build_ok(OLD);
    fs::write(book.site().join("a.html"), "by hand").unwrap();
    fs::write(book.site().join("deep/notes.txt"), "theirs").unwrap();
    let cleaned = clean(&ask, Duration::ZERO).unwrap();
    assert_eq!(cleaned.kept, [OutPath::new("a.html")]);
    let stays = [("a.html", "by hand"), ("deep/notes.txt", "theirs")].map(|(p, t)| (p.to_owned(), t.to_owned()));
    assert_eq!(tree(&book.site()), stays);
    assert!(refusal(clean(&ask, Duration::ZERO)).starts_with("not written by benchbook: nothing deleted"));
    fs::remove_file(book.root.join("book.toml")).unwrap();
    refusal(clean(&ask, Duration::ZERO));
    refusal(clean(&Ask { root: Path::new(""), ..ask }, Duration::ZERO));
}

#[test]
fn a_clean_that_is_killed_is_finished_by_the_next() {
    for k in 0.. {
        let book = Book::new();
        let before = tree(&book.root);
        book.build_ok(OLD);
        let killed = with_failure(k, Fails::Dies, || clean(&book.ask(Path::new("site")), Duration::ZERO));
        clean(&book.ask(Path::new("site")), Duration::ZERO).unwrap();
        // With the manifest gone nothing proves that an empty folder was ours.
        let _ = fs::remove_dir(book.site());
        assert_eq!(tree(&book.root), before, "step {k}");
        if killed.is_ok() {
            break;
        }
    }
}

#[test]
fn a_saved_file_is_whole_at_every_step() {
    let book = Book::new();
    let path = book.root.join("anchors.lock");
    save(&path, b"old").unwrap();
    for k in 0.. {
        let killed = with_failure(k, Fails::Dies, || save(&path, b"new"));
        let now = fs::read(&path).unwrap();
        assert!(now == b"old" || now == b"new", "step {k}");
        if killed.is_ok() {
            break;
        }
        save(&path, b"old").unwrap();
    }
    fs::remove_file(&path).unwrap();
    link(&book.outside.join("victim.txt"), &path);
    link(&book.outside.join("victim.txt"), &book.root.join(".anchors.lock.tmp"));
    save(&path, b"new").unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    assert!(!book.root.join(".anchors.lock.tmp").exists());
    assert_eq!(fs::read(book.outside.join("victim.txt")).unwrap(), b"victim");
    assert_eq!(save(&book.root.join("none/x"), b"").unwrap_err().exit, 3);
}

fn put(stage: &Stage<'_>, path: &str, text: &str) {
    stage.put(OutPath::new(path), phase_of(path), Hash::of_bytes(text.as_bytes()), text.as_bytes()).unwrap();
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).unwrap();
}

#[cfg(unix)]
#[test]
fn modes_do_not_depend_on_the_umask_and_a_read_only_output_is_a_fault() {
    use std::os::unix::fs::PermissionsExt;
    let book = Book::new();
    book.build_ok(OLD);
    let mode = |path: &str| fs::metadata(book.site().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("deep/er"), mode("deep/er/gone.html"), mode(MANIFEST)), (0o755, 0o644, 0o644));
    fs::set_permissions(book.site(), fs::Permissions::from_mode(0o555)).unwrap();
    let may_write_anywhere = fs::write(book.site().join("probe"), "").is_ok();
    let built = book.build(NEW, &BTreeMap::new(), false);
    fs::set_permissions(book.site(), fs::Permissions::from_mode(0o755)).unwrap();
    if !may_write_anywhere {
        assert_eq!(built.unwrap_err().exit, 3);
        book.assert_holds(OLD);
    }
}
