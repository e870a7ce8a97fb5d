//! The licences of what is built into the program stand in the repository.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "it reads our own files, and no book")]

use benchbook::render::highlight::acknowledgements;
use std::path::Path;

/// With `BENCHBOOK_UPDATE=1` the file is written anew: after an update of the grammars.
#[test]
fn the_notice_names_every_grammar_that_asks_for_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("NOTICE-grammars.md");
    if std::env::var("BENCHBOOK_UPDATE").is_ok() {
        std::fs::write(&path, acknowledgements()).expect("NOTICE-grammars.md can be written");
    }
    let text = std::fs::read_to_string(&path).expect("NOTICE-grammars.md");
    assert!(text == acknowledgements(), "the grammars have changed: BENCHBOOK_UPDATE=1 cargo test --test notice");
}
