//! Books in memory, for tests of whole pages.

#![allow(dead_code, reason = "each test uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use benchbook::diag::{Fault, Texts};
use benchbook::pipeline::{Pipeline, Wanted};
use benchbook::read::{Files, MemoryFiles, Scope};
use benchbook::site::{Hash, Options, Output};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A built book: the files of its site, and what was told (`code: message @ what is underlined`).
pub struct Site {
    pub files: BTreeMap<String, String>,
    pub told: Vec<String>,
}

/// The book of most tests.
pub const OURS: &str = "[benchbook]\ntheme = 'bare'\n";

/// Builds a book of these files. In the theme `bare`, and in that of an mdBook book, a page is its content alone.
pub fn build(files: &[(&str, &str)]) -> Site {
    let memory = MemoryFiles::default();
    for theme in ["bare", "default"] {
        memory.write(&format!("themes/{theme}/templates/chapter.html"), "{{ content | safe }}");
    }
    let mut texts = BTreeMap::new();
    for (path, text) in files {
        memory.write(path, *text);
        texts.insert(*path, *text);
    }
    let files: Arc<dyn Files> = Arc::new(memory);
    let mut pipeline = Pipeline::new(files, Options::default());
    let made = Mutex::new(BTreeMap::new());
    let sink = |output: &Output, _: Hash| -> Result<(), Fault> {
        let text = String::from_utf8_lossy(&output.bytes).into_owned();
        made.lock().unwrap().insert(output.path.as_str().to_owned(), text);
        Ok(())
    };
    let all = Wanted { scope: Scope::All, first: &[], all: true, holds: &|_, _| false, sink: &sink };
    pipeline.update(&all).unwrap();
    let told = pipeline.diagnostics().into_iter().map(|found| {
        let at = found.place.as_ref().and_then(|place| pipeline.locate(place));
        let text = at.and_then(|at| texts.get(at.file.as_str())?.get(at.start as usize..at.end as usize));
        format!("{}: {} @ {}", found.code.name(), found.message, text.unwrap_or_default())
    });
    let told = told.collect();
    Site { files: made.into_inner().unwrap(), told }
}

/// The page of one chapter of a Benchbook book, and what was told.
pub fn page(text: &str) -> (String, Vec<String>) {
    page_of(OURS, "content", text)
}

/// The page of one chapter of a book with this `book.toml`.
pub fn page_of(config: &str, folder: &str, text: &str) -> (String, Vec<String>) {
    let (summary, chapter) = (format!("{folder}/SUMMARY.md"), format!("{folder}/a.md"));
    let site = build(&[("book.toml", config), (&summary, "[A](a.md)\n"), (&chapter, text)]);
    let html = site.files.get("a.html").or_else(|| site.files.get("index.html")).cloned().unwrap_or_default();
    (html, site.told)
}
