//! Whole books: `tests/books/NAME/book/` is built, and each file in `tests/books/NAME/expect/` must be what comes of it,
//! byte for byte: a file of the site, or `diagnostics.txt`, which is what a person is told.
//!
//! `BENCHBOOK_BLESS=1` writes anew what is expected; the difference is then to be read.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::{Ground, each, files, lost_links};

#[test]
fn each_book_comes_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/books");
    let mut books: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    books.sort();
    assert!(books.len() >= 10, "the books are not there");
    each(&books, |book| book.file_name().unwrap().to_string_lossy().into_owned(), |book| compare(book));
}

/// Cuts the head off a page of the default theme: it names styles and scripts, which are no business of these books.
fn steady(page: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(page);
    if let (true, Some(body)) = (text.contains("<link rel=\"stylesheet\""), text.find("<body")) {
        *page = text[body..].as_bytes().to_vec();
    }
}

fn compare(book: &Path) -> Vec<String> {
    let ground = Ground::bare();
    for (path, bytes) in files(&book.join("book")) {
        ground.put(&path, bytes);
    }
    let ran = ground.run(&["build", "--out", ground.at("out").to_str().unwrap()]);
    let mut broken = Vec::new();
    let mut made = files(&ground.at("out"));
    made.retain(|path, _| !path.starts_with(".benchbook"));
    if ran.code > 1 {
        broken.push(format!("ended with {}: {}", ran.code, ran.all()));
    }
    // A broken link of an mdBook book is a warning, and stays as it is.
    if ground.read("book.toml").contains("[benchbook]") {
        broken.extend(lost_links(&made));
    }
    for bytes in made.values_mut() {
        steady(bytes);
    }
    // The last lines tell how long it took and where it lies.
    let told = ran.stderr.lines().filter(|line| !line.contains(" pages in ") && !line.starts_with("note: without"));
    let told: String = told.map(|line| format!("{line}\n")).collect();
    made.insert("diagnostics.txt".into(), told.into_bytes());
    let expect = book.join("expect");
    if std::env::var_os("BENCHBOOK_BLESS").is_some() {
        let wanted = files(&expect);
        for (path, bytes) in made.iter().filter(|(path, _)| wanted.contains_key(*path) || *path == "diagnostics.txt") {
            fs::create_dir_all(expect.join(path).parent().unwrap()).unwrap();
            fs::write(expect.join(path), bytes).unwrap();
        }
        return broken;
    }
    for (path, bytes) in files(&expect) {
        match made.get(&path) {
            None => broken.push(format!("there is no {path}")),
            Some(now) if *now == bytes => {}
            Some(now) => {
                let (now, then) = (String::from_utf8_lossy(now), String::from_utf8_lossy(&bytes));
                let line = now.lines().zip(then.lines()).position(|(a, b)| a != b);
                let line = line.unwrap_or_else(|| now.lines().count().min(then.lines().count()));
                let of = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
                broken.push(format!("{path}:{}: is\n  {}\nand was\n  {}", line + 1, of(&now), of(&then)));
            }
        }
    }
    broken
}
