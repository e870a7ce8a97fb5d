//! The chapter for makers of themes says what is so: each of its examples is made, in its order, and run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "a test makes the book that it builds")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CHAPTER: &str = include_str!("../docs/content/themes.md");

/// A fenced block of the chapter.
struct Block {
    /// The file that it is, from the root of the book; none for what is shown on a console.
    file: Option<String>,
    text: String,
}

#[test]
fn the_examples_of_the_chapter_on_themes_make_a_theme() {
    let folder = tempfile::tempdir().unwrap();
    let book = new_book(folder.path());
    let mut made = 0;
    for section in CHAPTER.split("\n## ").skip(1) {
        let blocks = blocks(section);
        let files: Vec<&Block> = blocks.iter().filter(|block| block.file.is_some()).collect();
        for block in &files {
            write(&book, block.file.as_deref().unwrap(), &block.text);
            made += 1;
        }
        if files.is_empty() {
            continue;
        }
        let (code, said) = build(&book);
        match blocks.iter().find(|block| block.file.is_none()) {
            None => assert_eq!(code, 0, "{section}\n{said}"),
            Some(console) => {
                assert_eq!(code, 1, "{said}");
                let shown = console.text.strip_prefix("$ benchbook build\n").unwrap();
                assert!(said.contains(shown.trim_end()), "the chapter shows\n{shown}\nand the program says\n{said}");
            }
        }
    }
    assert_eq!(made, 8);
    // What the sections before the last, which ends in a mistake, have made.
    let page = fs::read_to_string(book.join("site/start.html")).unwrap();
    assert!(
        page.contains("Written by") && page.contains("class=\"ribbon\"") && page.contains("assets/paper-"),
        "{page}"
    );
    assert!(fs::read_to_string(book.join("site/404.html")).unwrap().contains("Nothing is here."));
    let assets = fs::read_dir(book.join("site/assets")).unwrap().map(|entry| entry.unwrap().path());
    let is_sheet =
        |path: &PathBuf| path.to_str().unwrap().contains("assets/book-") && path.extension().unwrap() == "css";
    let sheet = fs::read_to_string(assets.into_iter().find(is_sheet).unwrap()).unwrap();
    assert!(sheet.contains("--measure:44rem;") && sheet.contains("--paper:light-dark(#fdfbf5,#1c1a16);"));
}

#[test]
fn a_template_that_fails_on_every_page_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let book = new_book(folder.path());
    let base = "{% extends 'default/base.html' %}{% block bar %}{{ page.nothing }}{% endblock bar %}";
    write(&book, "themes/default/templates/base.html", base);
    let (code, said) = build(&book);
    assert_eq!(code, 1);
    assert_eq!(said.matches("template-error").count(), 1, "{said}");
    assert!(said.contains("themes/default/templates/base.html:1:57") && said.contains("seen while `"), "{said}");
}

#[test]
fn themes_that_are_not_there_or_extend_each_other_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let book = new_book(folder.path());
    for (name, other) in [("a", "b"), ("b", "a")] {
        write(&book, &format!("themes/{name}/theme.toml"), &format!("extends = '{other}'\n"));
    }
    for (theme, shown) in [
        ("a", "in a ring: a → b → a"),
        ("aa", "did you mean `a`?"),
        ("../x", "theme"),
        ("none-such", "there is no theme"),
    ] {
        write(&book, "book.toml", &format!("[book]\ntitle = 'x'\n[benchbook]\ntheme = '{theme}'\n"));
        let (code, said) = build(&book);
        assert!(code == 1 && said.contains(shown), "{theme}: {said}");
    }
}

#[test]
fn a_change_of_an_option_or_of_a_theme_beneath_makes_pages_anew() {
    let folder = tempfile::tempdir().unwrap();
    let book = new_book(folder.path());
    write(&book, "book.toml", "[book]\ntitle = 'x'\n[benchbook]\ntheme = 'top'\n");
    write(&book, "themes/top/theme.toml", "extends = 'low'\n");
    write(&book, "themes/low/theme.toml", "[options]\nwidth = '50ch'\n");
    write(&book, "themes/low/templates/404.html", "<!doctype html><title>x</title>{{ options.width }} one");
    let page = || fs::read_to_string(book.join("site/404.html")).unwrap();
    assert_eq!(build(&book).0, 0);
    assert!(page().ends_with("50ch one"));
    write(&book, "themes/low/theme.toml", "[options]\nwidth = '60ch'\n");
    assert_eq!(build(&book).0, 0);
    assert!(page().ends_with("60ch one"));
    write(&book, "themes/low/templates/404.html", "<!doctype html><title>x</title>{{ options.width }} two");
    assert_eq!(build(&book).0, 0);
    assert!(page().ends_with("60ch two"));
}

fn new_book(folder: &Path) -> PathBuf {
    let book = folder.join("book");
    let made = Command::new(env!("CARGO_BIN_EXE_benchbook")).arg("init").arg(&book).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    book
}

fn write(book: &Path, file: &str, text: &str) {
    let path = book.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The exit code, and all that was said.
fn build(book: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchbook"));
    command.arg("--root").arg(book).arg("build").env_remove("COLUMNS").env("NO_COLOR", "1");
    let ran = command.output().unwrap();
    let said = [ran.stderr, ran.stdout].concat();
    (ran.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// The blocks of a section that are files, and what it shows of a console.
fn blocks(section: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        let file = info.split_once("title=\"").map(|(_, rest)| rest.trim_end_matches('"').to_owned());
        if file.is_some() || info == "console" {
            found.push(Block { file, text });
        }
    }
    found
}
