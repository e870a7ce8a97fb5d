//! Each module calls only the layers beneath it.
//!
//! The table is the rule; `docs/content/contributors/architecture.md` tells the reasons. A path written `crate::…`, in a `use` or inside a
//! line, must begin with an entry of its module's row: `ledger` allows all of that module, `ledger::Reader` only what
//! is named. Comments and tests are not looked at: a test may build its input with whatever it likes.

#![allow(clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "it reads our own source, and no book")]

use std::fs;
use std::path::{Path, PathBuf};

/// A module of the crate's root, and what it may call.
const MAY_CALL: &[(&str, &[&str])] = &[
    // The vocabulary, on which everything stands. `site` names files, hashes and what was wrong with them.
    ("id", &[]),
    ("escape", &[]),
    ("diag", &["id"]),
    ("site", &["diag", "id"]),
    ("stamp", &[]),
    // The record. The world is a type parameter, and answers come in by closures: it knows no book.
    ("ledger", &["diag", "id", "site"]),
    // Arithmetic: no files, no chapters. A name tells one result from another, so that each enters an interval once.
    ("number", &["diag", "id::Name"]),
    // The five stages. Each sees those before it; only through a reader where what it asks must be recorded.
    ("read", &["diag", "id", "site", "ledger::Ask", "ledger::Need", "ledger::Reader", "stamp"]),
    (
        "parse",
        // `read` here is the typed reader of files, the arithmetic of paths, and what can be wrong with a file.
        &["diag", "escape", "id", "number", "site", "ledger::Reader", "read"],
    ),
    ("resolve", &["diag", "escape", "id", "ledger", "number", "parse", "read", "site"]),
    (
        "render",
        // Of `read` the arithmetic of paths, what can be wrong with a file and how that is told: never a file.
        &[
            "diag",
            "escape",
            "id",
            "ledger::Reader",
            "number",
            "parse",
            "read::MAX_COPY",
            "read::MAX_TEXT",
            "read::Problem",
            "read::complain",
            "read::path",
            "resolve",
            "site",
        ],
    ),
    ("write", &["diag", "id", "site", "stamp"]),
    // The one path. The stamps of what was written are kept with the ledger.
    ("pipeline", &["diag", "id", "ledger", "parse::config", "read", "render", "resolve", "site", "stamp"]),
    // What other tools print, as records: texts in, records out. It reads with the parsers of data files and no book.
    (
        "import",
        // What it writes, `parse` reads: a name and a statistic are the same to both.
        &[
            "diag",
            "id",
            "number",
            "parse::benchmark::is_name",
            "parse::csv",
            "parse::json",
            "parse::keys",
            "parse::record::Statistic",
        ],
    ),
    // The consumers.
    (
        "serve",
        // It asks the record, as `why` does, what a page was made from, and the pipeline for the settings.
        &["diag", "escape", "id", "ledger::Need", "ledger::UnitId", "parse::config::Mode", "pipeline", "read", "site"],
    ),
    (
        "cli",
        // `resolve::read_config` is the pipeline's own: the output must be known before the ledger beside it is found.
        &[
            "diag",
            "id",
            "import",
            "ledger",
            "parse::config",
            // The ids that a record's source may have.
            "parse::source",
            // What `schema` prints: a list of keys, and no parser.
            "parse::shape",
            "pipeline",
            "read",
            // What `numbers` prints.
            "resolve::account",
            "resolve::chapter_path",
            "resolve::read_config",
            "serve",
            "site",
            "stamp",
            "write",
        ],
    ),
];

#[test]
fn each_module_calls_only_the_layers_beneath_it() {
    let mut wrong = Vec::new();
    for file in source_files() {
        let module = module_of(&file);
        if ["lib", "main"].contains(&module[0].as_str()) {
            continue;
        }
        let text = without_comments_and_tests(&fs::read_to_string(src().join(&file)).expect("a file of src/"));
        let Some((_, allowed)) = MAY_CALL.iter().find(|(name, _)| *name == module[0]) else {
            wrong.push(format!("src/{}: `{}` has no row in tests/layers.rs", file.display(), module[0]));
            continue;
        };
        for (line, path) in paths(&text, module.len()) {
            let own = begins_with(&path, &module[0]);
            if !own && !allowed.iter().any(|entry| begins_with(&path, entry)) {
                let rule = allowed.join(", ");
                wrong.push(format!(
                    "src/{}:{line}: `{}` may not call `crate::{path}`; it may call: {rule}",
                    file.display(),
                    module[0]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "layers are broken:\n{}", wrong.join("\n"));
}

#[test]
fn the_root_holds_no_code_and_the_program_knows_no_stage() {
    let text = fs::read_to_string(src().join("lib.rs")).expect("src/lib.rs");
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")) {
        let declares = ["#!", "#[", "pub mod ", "mod ", "pub use "].iter().any(|start| line.starts_with(start));
        assert!(declares, "src/lib.rs holds code: {line}");
    }
    let text = fs::read_to_string(src().join("main.rs")).expect("src/main.rs");
    let called: Vec<&str> = text.split("benchbook::").skip(1).collect();
    assert!(called.iter().all(|rest| rest.starts_with("cli::")), "src/main.rs calls more than `cli`");
}

/// A reader can give out its world for what cannot move while a ledger lives. Only where answers are made may that be
/// used: anywhere else it would be a read that nobody records.
#[test]
fn only_the_typed_getters_look_past_the_recorder() {
    for file in source_files() {
        let text = without_comments_and_tests(&fs::read_to_string(src().join(&file)).expect("a file of src/"));
        let looks_past = text.contains(".unrecorded()") && file != Path::new("resolve/reader.rs");
        assert!(!looks_past, "src/{} reads the book without recording it", file.display());
    }
}

#[test]
fn paths_are_found_as_they_are_written() {
    let text = "use crate::read::{self, b::{C, D as E}, F};\nlet x = crate::g::h(1) + read::k;\nuse super::super::id::l;\nuse super::j;\n";
    let found: Vec<String> = paths(text, 2).into_iter().map(|(line, path)| format!("{line} {path}")).collect();
    assert_eq!(found, ["1 read::b::C", "1 read::b::D as E", "1 read::F", "2 read::k", "2 g::h", "3 id::l"]);
    assert!(begins_with("a::b::C", "a::b") && begins_with("a::D as E", "a::D") && !begins_with("ab", "a"));
}

/// Every path that is counted from the crate's root, with its line. `depth` is that of the module: as many `super::`
/// lead to the root (or, inside a module within the file, only to the file: then no module of the root follows).
fn paths(text: &str, depth: usize) -> Vec<(usize, String)> {
    let root = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in [root.as_str(), "crate::"] {
        for (at, _) in text.match_indices(start) {
            let line = text[..at].matches('\n').count() + 1;
            let is_module = |path: &str| MAY_CALL.iter().any(|(name, _)| begins_with(path, name));
            expand("", &text[at + start.len()..], &mut |path| match path.trim_end_matches("::self") {
                module if is_module(module) && !module.contains("::") => found.extend(through(text, module)),
                _ if start == "crate::" || is_module(&path) => found.push((line, path)),
                _ => {}
            });
        }
    }
    found.sort_by_key(|(line, _)| *line);
    found
}

/// What is called through a module that was brought in as a whole: `resolve::read_config` after `use crate::resolve`.
fn through(text: &str, module: &str) -> Vec<(usize, String)> {
    let start = format!("{module}::");
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&start) {
        let inner = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if !inner {
            let line = text[..at].matches('\n').count() + 1;
            expand(&start, &text[at + start.len()..], &mut |path| found.push((line, path)));
        }
    }
    found
}

/// Gives each path that `rest` begins with: one, or many between braces.
fn expand(before: &str, rest: &str, give: &mut dyn FnMut(String)) {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':' && c != ' ').unwrap_or(rest.len());
    let path = format!("{before}{}", rest[..end].trim());
    let Some(inner) = rest[end..].strip_prefix('{').filter(|_| path.ends_with("::")) else {
        return give(path.trim_end_matches(':').to_owned());
    };
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                let item = inner[from..at].trim();
                if !item.is_empty() {
                    expand(&path, item, give);
                }
                from = at + 1;
                if c == '}' {
                    return;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

fn begins_with(path: &str, entry: &str) -> bool {
    path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']))
}

/// The text with comments blank, up to its tests, which stand at the end.
fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\n").next().unwrap_or_default();
    let lines = code.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The module that a file holds, from the crate's root: `cli/args.rs` is `cli`, `args`.
fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of `src/`, from there; files of tests are left out.
fn source_files() -> Vec<PathBuf> {
    let mut folders = vec![src()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of src/") {
            let path = entry.expect("an entry of src/").path();
            let rust = path.extension().is_some_and(|ending| ending == "rs");
            if path.is_dir() {
                folders.push(path);
            } else if rust && path.file_stem().is_some_and(|stem| stem != "tests") {
                files.push(path.strip_prefix(src()).expect("a path beneath src/").to_owned());
            }
        }
    }
    files.sort();
    files
}
