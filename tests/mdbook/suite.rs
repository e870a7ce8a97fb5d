//! mdBook's own tests, as far as they say what a page says: read from the source of the crate.
//!
//! The tests there are chains of calls, each on one book: `BookTest::from_dir("markdown/footnotes")`, then
//! `.check_main_file("book/footnotes.html", str![[r##"..."##]])`. What is read here is that and no more; a call that
//! changes a file of the book ends the chain.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose books are built.
pub const VERSION: &str = "0.5.4";

/// What one of mdBook's tests expects of a page.
#[derive(Debug)]
pub struct Expected {
    /// The book, from the folder of test books.
    pub book: String,
    /// The text of the one chapter of a new book, where the test makes one.
    pub chapter: Option<String>,
    /// Settings that the test adds: table, key, value.
    pub settings: Vec<(String, String, String)>,
    /// The page.
    pub page: String,
    /// What is expected.
    pub what: What,
}

/// What is expected of a page.
#[derive(Debug)]
pub enum What {
    /// That its text is this HTML.
    Text(String),
    /// That it leads on as this page does.
    Redirect(String),
    /// That this part of a page is in it.
    Part(String),
    /// That the contents are this list.
    Contents(String),
}

/// The folder of the crate `mdbook`, fetched by name; the reason when it cannot be had.
pub fn source() -> Result<PathBuf, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    // `mdbook` is a program, which Cargo fetches and leaves out of the metadata; its library is unpacked beside it.
    let manifest = format!(
        "[package]\nname = \"books\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n\
         [dependencies]\nmdbook = {{ version = \"={VERSION}\", default-features = false }}\n\
         mdbook-core = \"={VERSION}\"\n"
    );
    std::fs::write(folder.path().join("Cargo.toml"), manifest).map_err(|e| e.to_string())?;
    std::fs::write(folder.path().join("lib.rs"), "").map_err(|e| e.to_string())?;
    let cargo = |args: &[&str]| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let done = Command::new(cargo).args(args).current_dir(folder.path()).output().map_err(|e| e.to_string())?;
        match done.status.success() {
            true => Ok(done.stdout),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    };
    // What was fetched before is used without asking the registry again.
    cargo(&["fetch", "--offline"]).or_else(|_| cargo(&["fetch"]))?;
    let metadata = cargo(&["metadata", "--format-version", "1", "--offline"])?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).map_err(|e| e.to_string())?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let found = packages.iter().find(|package| package["name"] == "mdbook-core" && package["version"] == VERSION);
    let path = found.and_then(|package| package["manifest_path"].as_str()).ok_or("no package `mdbook-core`")?;
    let beside = Path::new(path).parent().and_then(Path::parent).ok_or("a manifest in no folder")?;
    let root = beside.join(format!("mdbook-{VERSION}"));
    match root.join("tests/testsuite").is_dir() {
        true => Ok(root),
        false => Err(format!("{} has no tests/testsuite", root.display())),
    }
}

/// The test books under a folder, by their paths from it.
pub fn books(root: &Path) -> Vec<String> {
    let all = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    all.filter(|entry| entry.file_name() == "SUMMARY.md")
        .filter_map(|entry| {
            Some(entry.path().parent()?.parent()?.strip_prefix(root).ok()?.to_string_lossy().into_owned())
        })
        .collect()
}

/// What the tests in `testsuite` expect.
pub fn expected(testsuite: &Path) -> Vec<Expected> {
    let mut out = Vec::new();
    let all = walkdir::WalkDir::new(testsuite).max_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
    for entry in all.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs")) {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        if let Some((_, rest)) = text.split_once("fn language_rust_playground()") {
            fences(testsuite, rest.split("#[test]").next().unwrap_or_default(), &mut out);
        }
        for chain in text.split("BookTest::").skip(1) {
            let chain = chain.split("#[test]").next().unwrap_or_default();
            if let Some(rest) = chain.strip_prefix("from_dir(") {
                read(testsuite, rest, &mut out);
            }
        }
    }
    out
}

/// Reads the calls of a test that makes a book of one fence each time: the code, the info string, the page.
fn fences(testsuite: &Path, calls: &str, out: &mut Vec<Expected>) {
    for (number, call) in calls.split("\n    expect(").skip(1).enumerate() {
        let read = || {
            let (code, rest) = string(call)?;
            let (info, rest) = string(rest)?;
            Some((code, info, value(testsuite, rest)?.0))
        };
        let Some((code, info, html)) = read() else { continue };
        out.push(Expected {
            book: format!("fence {}", number + 1),
            chapter: Some(format!("```rust {info}\n{code}\n```")),
            settings: Vec::new(),
            page: "chapter_1.html".into(),
            what: What::Text(html),
        });
    }
}

/// Reads one chain of calls.
fn read(testsuite: &Path, chain: &str, out: &mut Vec<Expected>) {
    let Some((book, mut rest)) = string(chain) else { return };
    let mut settings = Vec::new();
    let calls = [
        ".check_main_file(",
        ".check_file_contains(",
        ".check_file(",
        ".check_all_main_files()",
        ".check_toc_js(",
        "cmd.env(",
        "change_file(",
        "rm_r(",
        "std::fs::",
    ];
    loop {
        let next = calls.iter().filter_map(|call| Some((rest.find(call)?, *call))).min();
        let Some((at, call)) = next else { return };
        rest = &rest[at + call.len()..];
        let mut push = |page: &str, what| {
            // Sources that a build writes, and files that are no pages, are no business of ours.
            let page = match page.strip_prefix("book/").unwrap_or(page) {
                page if page.ends_with(".html") && !page.starts_with("alt/") => page.to_owned(),
                _ => return,
            };
            out.push(Expected { book: book.clone(), chapter: None, settings: settings.clone(), page, what });
        };
        match call {
            ".check_all_main_files()" => {
                let folder = testsuite.join(&book).join("expected");
                for file in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().filter_map(Result::ok) {
                    let Ok(html) = std::fs::read_to_string(file.path()) else { continue };
                    let page = file.path().strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
                    push(&page, What::Text(html));
                }
            }
            ".check_toc_js(" => {
                let Some((html, after)) = value(testsuite, rest) else { return };
                rest = after;
                push("toc.html", What::Contents(html));
            }
            "cmd.env(" => {
                let Some((name, after)) = string(rest) else { return };
                let Some((value, after)) = string(after) else { return };
                rest = after;
                let Some(name) = name.strip_prefix("MDBOOK_") else { return };
                let parts: Vec<String> = name.split("__").map(|part| part.to_lowercase().replace('_', "-")).collect();
                let Some((key, table)) = parts.split_last().filter(|(_, table)| !table.is_empty()) else { return };
                settings.push((table.join("."), key.clone(), value));
            }
            "change_file(" | "rm_r(" | "std::fs::" => return,
            _ => {
                let Some((page, after)) = string(rest) else { return };
                let Some((text, after)) = value(testsuite, after) else { continue };
                rest = after;
                let what = match call {
                    ".check_file(" => What::Redirect(text),
                    ".check_file_contains(" => What::Part(text),
                    _ => What::Text(text),
                };
                push(&page, what);
            }
        }
    }
}

/// A value that a test compares with: `str![[r##"..."##]]`, `file!["..."]`, or a string.
fn value<'a>(testsuite: &Path, text: &'a str) -> Option<(String, &'a str)> {
    let text = text.trim_start_matches([' ', '\n', ',']);
    if let Some(rest) = text.strip_prefix("file![") {
        let (path, rest) = string(rest)?;
        return Some((std::fs::read_to_string(testsuite.join(path)).ok()?, rest));
    }
    match text.strip_prefix("str![[") {
        Some(rest) => string(rest),
        None => string(text),
    }
}

/// The string literal that `text` begins with, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\n', ',']);
    if let Some(raw) = text.strip_prefix('r') {
        let marks = raw.len() - raw.trim_start_matches('#').len();
        let inner = raw.get(marks..)?.strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(marks));
        let at = inner.find(&end)?;
        return Some((inner[..at].to_owned(), &inner[at + end.len()..]));
    }
    let inner = text.strip_prefix('"')?;
    let mut out = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &inner[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                '\n' => {
                    let rest = &inner[at + 2..];
                    let skip = rest.len() - rest.trim_start().len();
                    for _ in 0..rest[..skip].chars().count() {
                        chars.next();
                    }
                }
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}

#[test]
fn literals_are_read_as_rust_reads_them() {
    assert_eq!(string("\n \"a\\\"b \\\n   c\", x"), Some(("a\"b c".into(), ", x")));
    assert_eq!(string("r##\"a\"#b\"##]]"), Some(("a\"#b".into(), "]]")));
}
