//! `init`: a small working book.

use super::args::Init;
use super::{Ended, report};
use crate::diag::Fault;
use crate::write;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("init/", $path)))),*]
    };
}

/// The book that is made: two chapters, a table with its schema and source, a record with its benchmark, and a theme that
/// overrides one file.
const FILES: &[(&str, &str)] = files![
    "book.toml",
    "content/SUMMARY.md",
    "content/start.md",
    "content/cards.md",
    "content/benchmarks.toml",
    "content/sources.toml",
    "content/data/cards.csv",
    "content/data/cards.schema.toml",
    "content/measurements/llama3-8b-q4/rtx-4090.json",
    "themes/default/templates/404.html",
];

/// Makes a small working book.
pub fn run(init: &Init) -> Ended {
    if init.dir.as_os_str().is_empty() {
        return Err(Fault::refused("name the folder to make"));
    }
    if !write::is_empty_or_absent(&init.dir)? {
        return Err(Fault::refused(format!("{} is not empty: nothing was written", init.dir.display())));
    }
    for (path, text) in FILES {
        write::new_file(&init.dir.join(path), text.as_bytes())?;
    }
    let ignore = init.dir.join(".gitignore");
    write::new_file(&ignore, b"/site\n/.benchbook/\n")?;
    let dir = init.dir.display();
    report::line(&format!(
        "made a book in {dir}\n\n  benchbook --root {dir} serve    shows it\n  benchbook --root {dir} build    makes the site"
    ));
    Ok(0)
}
