//! An mdBook book builds as it is: all test books of mdBook 0.5.4 itself, and what it expects of them.
//!
//! The crate `mdbook` carries its test books, and in the source of its tests the HTML that it expects. The test has
//! Cargo fetch that crate by name; where there is no registry, it says so and passes, unless `CI` is set. Each book is
//! built by the program, and each page that mdBook expects is compared by what it says, not by how it looks. What
//! differs on purpose is listed below by name, with the reason.
//!
//! `cargo test --test mdbook -- --ignored compare --nocapture` compares two sites of one book that are there already:
//! mdBook's in `MDBOOK_SITE`, ours in `BENCHBOOK_SITE`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "what is compared is for whoever runs the test to say")]

mod keys;
mod meaning;
mod suite;

use meaning::{contents, differences, frame, lists, meaning};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use suite::{Expected, What};

/// The books that do not build, each with the reason.
const NOT_BUILT: &[(&str, &str)] = &[
    ("testsuite/build/missing_file", "a chapter is missing and `create-missing` is false: mdBook fails as well"),
    ("testsuite/build/no_reserved_filename", "`print.md` would be two pages at once: mdBook fails as well"),
    ("testsuite/redirects/redirect_existing_page", "a redirect of a page that exists: mdBook fails as well"),
    ("testsuite/redirects/redirect_removed_with_fragments_only", "no page for the anchors: mdBook fails as well"),
];

/// What our pages say otherwise than mdBook expects: the book, the page, how the difference begins, the reason.
const OTHERWISE: &[(&str, &str, &str, &str)] = &[
    (
        "includes/all_includes",
        "recursive.html",
        "word",
        "a file that includes itself is told, and put in once, not ten times",
    ),
    ("markdown/basic_markdown", "images.html", "image", "an alternative text is text: tags in it are left out"),
    ("rendering/header_links", "header_links.html", "", "a heading of no letters needs an id that a link can reach"),
];

/// The source of mdBook; `None`, with a word about it, where it cannot be had and need not be.
fn source() -> Option<PathBuf> {
    match suite::source() {
        Ok(root) => Some(root),
        Err(why) if std::env::var_os("CI").is_some() => panic!("mdBook's test books cannot be had: {why}"),
        Err(why) => {
            eprintln!("skipped: mdBook's test books cannot be had: {why}");
            None
        }
    }
}

/// A copy of a test book, with settings added, and the folder in which its site goes.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn of(book: &Path, settings: &[(String, String, String)]) -> Self {
        let copy = Copy { folder: tempfile::tempdir().unwrap() };
        for path in files(book) {
            let to = copy.root().join(&path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, std::fs::read(book.join(&path)).unwrap()).unwrap();
        }
        let file = copy.root().join("book.toml");
        let mut text = std::fs::read_to_string(&file).unwrap_or_default();
        for (table, key, value) in settings {
            let value = if ["true", "false"].contains(&value.as_str()) { value.clone() } else { format!("'{value}'") };
            let head = format!("[{table}]\n");
            match text.find(&head) {
                Some(at) => text.insert_str(at + head.len(), &format!("{key} = {value}\n")),
                None => text.push_str(&format!("\n{head}{key} = {value}\n")),
            }
        }
        if !settings.is_empty() {
            std::fs::write(file, text).unwrap();
        }
        copy
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("book")
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// Builds the book; what was said when that fails.
    fn build(&self) -> Result<(), String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_benchbook"));
        let done = command.arg("--root").arg(self.root()).arg("build").arg("--out").arg(self.site()).output().unwrap();
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    }

    fn page(&self, page: &str) -> String {
        std::fs::read_to_string(self.site().join(page)).unwrap_or_default()
    }
}

#[test]
fn every_test_book_of_mdbook_builds() {
    let Some(root) = source() else { return };
    let tests = root.join("tests");
    let books = suite::books(&tests);
    assert!(books.len() > 60, "only {} books found", books.len());
    let mut wrong = Vec::new();
    for book in &books {
        let fails = NOT_BUILT.iter().any(|(name, _)| name == book);
        match Copy::of(&tests.join(book), &[]).build() {
            Err(said) if !fails => wrong.push(format!("{book} does not build:\n{said}")),
            Ok(()) if fails => wrong.push(format!("{book} builds, so it is no exception")),
            _ => {}
        }
    }
    for (gone, _) in NOT_BUILT.iter().filter(|(name, _)| !books.iter().any(|book| book == name)) {
        wrong.push(format!("there is no book {gone}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_say_what_mdbook_expects() {
    let Some(root) = source() else { return };
    let testsuite = root.join("tests/testsuite");
    let all = suite::expected(&testsuite);
    assert!(all.len() > 60, "only {} expectations found", all.len());
    let mut wrong = Vec::new();
    let mut met = vec![false; OTHERWISE.len()];
    let mut built: Option<(String, Vec<(String, String, String)>, Copy)> = None;
    for expected in &all {
        let same = built.as_ref().is_some_and(|(book, with, _)| *book == expected.book && *with == expected.settings);
        if !same {
            let copy = Copy::of(&testsuite.join(&expected.book), &expected.settings);
            if let Some(text) = &expected.chapter {
                std::fs::create_dir_all(copy.root().join("src")).unwrap();
                std::fs::write(copy.root().join("src/SUMMARY.md"), "- [Chapter 1](chapter_1.md)\n").unwrap();
                std::fs::write(copy.root().join("src/chapter_1.md"), text).unwrap();
            }
            if let Err(said) = copy.build() {
                wrong.push(format!("{} does not build:\n{said}", expected.book));
            }
            built = Some((expected.book.clone(), expected.settings.clone(), copy));
        }
        let Some((_, _, copy)) = &built else { continue };
        for line in unmet(expected, &copy.page(&expected.page)) {
            let known = OTHERWISE.iter().position(|(book, page, begins, _)| {
                *book == expected.book && (*page == expected.page || *page == "*") && line.starts_with(begins)
            });
            match known {
                Some(at) => met[at] = true,
                None => wrong.push(format!("{} {}: {line}", expected.book, expected.page)),
            }
        }
    }
    for ((book, page, begins, _), _) in OTHERWISE.iter().zip(met).filter(|(_, met)| !met) {
        wrong.push(format!("listed, and not so: {book} {page}: {begins}"));
    }
    assert!(wrong.is_empty(), "{} differences of {} pages:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// In what a page of ours differs from what is expected of it.
fn unmet(expected: &Expected, ours: &str) -> Vec<String> {
    let page = expected.page.as_str();
    if ours.is_empty() {
        return vec!["there is no such page".into()];
    }
    let mut out = Vec::new();
    match &expected.what {
        What::Text(html) if page == "print.html" => {
            lists("word", &meaning(html, page).words, &meaning(ours, page).words, &mut out);
        }
        What::Text(html) => {
            // What the tests there compare with has every backslash turned, for the sake of Windows.
            let turned = |html: &str| meaning(&html.replace('\\', "/"), page);
            out = differences(&turned(html), &turned(ours));
        }
        What::Contents(html) => lists("contents", &contents(html, page), &contents(ours, page), &mut out),
        What::Redirect(html) => {
            let (theirs, own) = (frame(html, page), frame(ours, page));
            if theirs.refresh != own.refresh {
                out.push(format!("leads on to {:?}, not to {:?}", own.refresh, theirs.refresh));
            }
            lists("anchor", &moved_of_mdbook(html, page), &meaning::moved(ours, page), &mut out);
        }
        What::Part(html) => {
            let (theirs, own) = (frame(html, page), frame(ours, page));
            if theirs.edit.is_some() && theirs.edit != own.edit {
                out.push(format!("edited at {:?}, not at {:?}", own.edit, theirs.edit));
            }
            if !theirs.title.is_empty() && theirs.title != own.title {
                out.push(format!("called `{}`, not `{}`", own.title, theirs.title));
            }
            if html.starts_with("<meta") && !ours.contains(html.as_str()) {
                out.push(format!("lacks {html}"));
            }
        }
    }
    out
}

/// The anchors that a redirecting page of mdBook's sends elsewhere: a map in its script.
fn moved_of_mdbook(html: &str, page: &str) -> Vec<String> {
    let map = html.split_once("const fragmentMap =").and_then(|(_, rest)| rest.split_once(';'));
    let map: std::collections::BTreeMap<String, String> =
        map.and_then(|(map, _)| serde_json::from_str(map).ok()).unwrap_or_default();
    map.iter().map(|(from, to)| format!("{} {}", from.trim_start_matches('#'), meaning::resolved(page, to))).collect()
}

/// On the page of all chapters no id stands twice and every link to an anchor finds one.
#[test]
fn the_page_of_all_chapters_is_whole() {
    let Some(root) = source() else { return };
    let tests = root.join("tests");
    for book in ["testsuite/print/duplicate_ids", "testsuite/print/relative_links", "testsuite/markdown/footnotes"] {
        let copy = Copy::of(&tests.join(book), &[]);
        copy.build().unwrap();
        let page = copy.page("print.html");
        let ids = meaning(&page, "print.html").ids;
        let ids: Vec<&str> = ids.iter().filter_map(|line| Some(line.split_once(' ')?.1)).collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "{book}: {ids:?}");
        for link in meaning(&page, "print.html").links {
            if let Some((anchor, _)) = link.strip_prefix("print.html#").and_then(|rest| rest.split_once(" `")) {
                assert!(once.contains(anchor), "{book}: nothing is called {anchor}");
            }
        }
        assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"), "{book}");
    }
}

/// Compares two sites that are there already.
#[test]
#[ignore = "compares two sites that are there already, by MDBOOK_SITE and BENCHBOOK_SITE"]
fn compare() {
    let mut theirs = PathBuf::from(std::env::var("MDBOOK_SITE").expect("MDBOOK_SITE: the folder that mdBook made"));
    if !theirs.join("index.html").is_file() {
        // A book with more than one renderer has a folder for each.
        theirs.push("html");
    }
    let ours = PathBuf::from(std::env::var("BENCHBOOK_SITE").expect("BENCHBOOK_SITE: the folder that Benchbook made"));
    let mut pages = 0;
    let mut count = 0;
    for page in files(&theirs).iter().filter(|p| p.ends_with(".html") && !p.starts_with("FontAwesome")) {
        pages += 1;
        let told = site_differences(&theirs, &ours, page);
        count += told.len();
        for line in told {
            println!("{page}: {line}");
        }
    }
    let left = |path: &String| {
        let asset = |end: &str| path.ends_with(end);
        let marks = path.starts_with(".nojekyll") || path == "book.toml";
        !marks && !path.starts_with("fonts/") && !asset(".css") && !asset(".js") && !path.starts_with("favicon")
    };
    for gone in files(&theirs).difference(&files(&ours)).filter(|p| left(p)) {
        count += 1;
        println!("{gone}: only in mdBook's");
    }
    println!("{pages} pages, {count} differences");
}

/// How the page at one address of two sites differs.
fn site_differences(theirs: &Path, ours: &Path, page: &str) -> Vec<String> {
    let read = |site: &Path| std::fs::read_to_string(site.join(page)).ok();
    let Some(a) = read(theirs) else { return Vec::new() };
    let Some(b) = read(ours) else { return vec!["not in ours".into()] };
    let mut out = Vec::new();
    let (frame_a, frame_b) = (frame(&a, page), frame(&b, page));
    if frame_a.refresh.is_some() || frame_b.refresh.is_some() {
        if frame_a.refresh != frame_b.refresh {
            out.push(format!("leads on to {:?} in mdBook's, {:?} in ours", frame_a.refresh, frame_b.refresh));
        }
        return out;
    }
    match page {
        "toc.html" => lists("contents", &contents(&a, page), &contents(&b, page), &mut out),
        // What ids are called there is each program's own business; see the test on that page.
        "print.html" => lists("word", &meaning(&a, page).words, &meaning(&b, page).words, &mut out),
        "404.html" => {}
        _ => {
            let (theirs, mut own) = (meaning(&a, page), meaning(&b, page));
            // Where mdBook has a script that knows old anchors, ours has them on the page.
            let by_script = |id: &str| id.strip_prefix("a ").is_some_and(|id| a.contains(&format!("\"#{id}\":")));
            own.ids.retain(|id| theirs.ids.contains(id) || !by_script(id));
            out.extend(differences(&theirs, &own));
            if frame_a != frame_b {
                out.push(format!("frame -{frame_a:?} +{frame_b:?}"));
            }
        }
    }
    out
}

/// The files under a folder, by their paths from it.
fn files(folder: &Path) -> BTreeSet<String> {
    let all = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    all.map(|e| e.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"))
        .filter(|path| !path.starts_with(".benchbook"))
        .collect()
}
