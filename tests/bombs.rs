//! Chapters that cost far more than their size: each builds, or ends in a diagnostic that names a limit, in seconds and
//! in less than half a gigabyte.
//!
//! The patterns are those that brought down Markdown parsers and site generators before (cmark's pathological tests,
//! issues of pulldown-cmark, Hugo), and ours for what we add.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "how long it takes is what is tested")]

#[path = "support/memory.rs"]
mod support;

use std::time::{Duration, Instant};
use support::{OURS, page_of};

/// Ours is not optimized when tests run; the parser is.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 2 });

/// How long the chapters are for which no other length is said, in bytes.
const SIZE: usize = if cfg!(debug_assertions) { 50_000 } else { 200_000 };

fn fill(pattern: &str) -> String {
    pattern.repeat(SIZE / pattern.len())
}

/// Builds the chapter in a thread with a small stack; gives the codes of what was told.
#[track_caller]
fn built(name: &str, text: String) -> Vec<String> {
    let (length, begun) = (text.len(), Instant::now());
    let work = move || page_of(OURS, "content", &text);
    let (html, told) = std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
    let took = begun.elapsed();
    assert!(took < LIMIT, "{name}: {length} bytes took {took:?}");
    assert!(html.len() <= 64 * length + 4096, "{name}: {length} bytes became {}", html.len());
    let mut codes: Vec<String> = told.iter().map(|t| t.split(':').next().unwrap().to_owned()).collect();
    codes.dedup();
    assert!(codes.iter().all(|code| code != "internal-error"), "{name}: {told:?}");
    codes
}

/// The most memory that this process has held, in bytes.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}

#[test]
fn every_bomb_builds_or_names_its_limit() {
    for (name, text, code) in limited() {
        let codes = built(name, text);
        assert!(codes.iter().any(|c| c == code), "{name}: {code} is not among {codes:?}");
    }
    for (name, text) in harmless() {
        built(name, text);
    }
    for pattern in PATTERNS {
        built(&format!("{pattern:?}"), fill(pattern));
        if pattern.contains('\n') {
            built(&format!("one line of {pattern:?}"), fill(&pattern.replace('\n', "")));
        }
    }
    if let Some(peak) = peak() {
        assert!(peak < 512 << 20, "{} MiB", peak >> 20);
    }
}

/// Whatever the language of a block that is too large, its text is shown plain, and the block is told; a busy machine
/// makes the same page. A sample of the languages; with `BENCHBOOK_ALL` set, all.
#[test]
fn a_block_too_large_to_highlight_is_plain_and_told() {
    const LANGUAGES: [&str; 20] = [
        "rust", "python", "bash", "toml", "json", "js", "ts", "c", "cpp", "java", "go", "html", "css", "md", "yaml",
        "sql", "perl", "php", "ruby", "tex",
    ];
    let blocks = [
        "x=1;".repeat(125_000),
        "(".repeat(30_000),
        "\"".repeat(100_000),
        "function f(a){return a<b&&a>0?[a,'x']:{b:/c+/g}}".repeat(22_000),
        "<b>\n".repeat(70_000),
    ];
    let shown = blocks.clone().map(|block| block.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    let every = if std::env::var_os("BENCHBOOK_ALL").is_some() { 1 } else { 4 };
    for lang in LANGUAGES.into_iter().step_by(every) {
        let text: String = blocks.iter().map(|block| format!("```{lang}\n{block}\n```\n\n")).collect();
        let begun = Instant::now();
        let (html, told) = page_of(OURS, "content", &text);
        assert!(begun.elapsed() < LIMIT, "{lang}: {:?}", begun.elapsed());
        let fence = format!(" @ ```{lang}");
        let right = told.iter().all(|told| told.starts_with("highlight-limit: ") && told.ends_with(&fence));
        assert!(told.len() == blocks.len() && right, "{lang}: {told:?}");
        assert!(shown.iter().all(|block| html.contains(block.trim_end())), "{lang}: {:.500}", html);
    }
    let code = format!("```rust\n{}```\n", "fn f() -> &'static str { \"(\" }\n".repeat(2_000));
    let calm = page_of(OURS, "content", &code);
    assert!(calm.1.is_empty() && calm.0.contains("<span"), "{:?}", calm.1);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let wait = || {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        };
        (0..2).for_each(|_| drop(scope.spawn(wait)));
        let busy = page_of(OURS, "content", &code);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(busy == calm);
    });
}

/// What is over a limit, with the code that says so.
fn limited() -> Vec<(&'static str, String, &'static str)> {
    let braces = |n: usize| format!("${}a{}$\n", "{".repeat(n), "}".repeat(n));
    vec![
        ("quotes", format!("{}a\n", ">".repeat(100_000)), "nesting"),
        ("quotes with spaces", format!("{}a\n", "> ".repeat(100_000)), "nesting"),
        ("lists", nested_lists(3_000), "nesting"),
        ("items on one line", format!("{}x\n", "- ".repeat(100_000)), "nesting"),
        ("containers", "::: details a\n".repeat(70_000), "nesting"),
        ("raw tags", fill("<div>\n\n"), "nesting"),
        (
            "a table of short rows",
            format!("{}\n{}\n{}", "|a".repeat(2_000), "|-".repeat(2_000), "|x\n".repeat(5_000)),
            "expansion",
        ),
        ("a long line of code", format!("```rust\n{}\n```\n", "a ".repeat(250_000)), "highlight-limit"),
        ("a language of 10 KB", format!("```{}\nx\n```\n", "x".repeat(10_000)), "language-unknown"),
        ("braces in a formula", braces(5_000), "nesting"),
        ("brackets in a formula", format!("${}$\n", r"\left(".repeat(2_000)), "nesting"),
        ("commands in a formula", format!("${}$\n", r"\sqrt".repeat(3_000)), "nesting"),
        ("signs in a formula", format!("$x{}$\n", "^".repeat(15_000)), "nesting"),
        ("a long formula", format!("$a{}$\n", "+a".repeat(50_000)), "math-syntax"),
    ]
}

/// What is within all limits.
fn harmless() -> Vec<(&'static str, String)> {
    let n = 20_000;
    vec![
        ("brackets", format!("{}a{}\n", "[".repeat(100_000), "]".repeat(100_000))),
        ("images", "![".repeat(100_000)),
        ("equal headings", "# a\n".repeat(50_000)),
        ("emphasis in emphasis", format!("{}b{}\n", "*a **a ".repeat(n), " a** a*".repeat(n))),
        ("backticks", (1..600).map(|i| format!("e{}", "`".repeat(i))).collect()),
        ("references", (0..n).map(|i| format!("[{i}]: u\n")).chain((0..n).map(|_| "[0] ".to_owned())).collect()),
        ("lines in a deep quote", format!("{}a\n{}", "> ".repeat(100), ">\n".repeat(n))),
        ("marks in a deep quote", format!("{}{}\n", ">".repeat(100), "a*".repeat(n))),
        ("footnotes", (0..5_000).map(|i| format!("[^{i}]\n\n[^{i}]: [^{}]\n\n", i + 1)).collect()),
        ("one footnote", format!("{}\n\n[^a]: x\n", "[^a] ".repeat(n))),
        ("an address and brackets", format!("http://a.b/{}\n", ")".repeat(SIZE))),
        ("a formula of the longest", format!("$a{}$\n", "+a".repeat(8_000))),
        ("formulas as deep as they go", format!("${}a{}$\n", "{".repeat(24), "}".repeat(24)).repeat(1_000)),
        ("roots as deep as they go", format!("${}$\n\n", r"\sqrt{".repeat(24) + "x" + &"}".repeat(24)).repeat(100)),
        ("scripts as deep as they go", format!("$${}x{}$$\n\n", "a^{".repeat(24), "}".repeat(24)).repeat(100)),
        ("a wide table", format!("{}\n{}\n{}\n", "|a".repeat(2_000), "|-".repeat(2_000), "|x".repeat(2_000))),
        ("an endless raw comment", format!("</{}", "<!--".repeat(n))),
    ]
}

/// Repeated to a long chapter, with their line ends and without.
const PATTERNS: &[&str] = &[
    "a_ ",
    "_a ",
    "a]",
    "[a",
    "*a_ ",
    "a**b c* ",
    "[ a_",
    "[ (](",
    "![[]()",
    "**x [a*b**c*](d)",
    "[a](<b",
    "[a](b",
    "<?",
    "<!A ",
    "<![CDATA[",
    "<a href=",
    "<a b='",
    "&amp",
    "\\",
    "abc\ndef|ghi\n",
    "|a\n|-\n",
    "[^a]",
    "[^a]: x\n",
    "- a\n",
    "1. a\n\n",
    "* * a\n",
    "a\n: b\n",
    "a\n===\n",
    "\t",
    "- - -\n",
    "``` x\n",
    "~~~\n",
    "~a ",
    "~~a",
    "'a\" ",
    "[a]: <b\n",
    "[a]:\n",
    "<div>",
    "</div>",
    "<b>",
    "<table>\n",
    "<!-- ",
    "> - a\n",
    "{{",
    "{{ a ",
    "}}",
    "{{#",
    "{{#include ",
    ":::\n",
    "::: tabs\n",
    "::: tab a\n",
    "::: x\n",
    "> :::\n",
    "$",
    "$a",
    "$a$ ",
    "$$",
    "$$\n",
    "$5",
    "\\$",
    "${",
    "www.",
    "www.a.b ",
    "http://",
    "http://a.b&a;",
    "a@",
    "a@b.c ",
    "x^",
    "x^2^",
    "H~2~",
    "{#a}",
    "# a {#b}\n",
    "# {{ a }}\n",
    "~^",
];

/// Lists, each two columns deeper than the one before.
fn nested_lists(levels: usize) -> String {
    (0..levels).map(|level| format!("{}* a\n", "  ".repeat(level))).collect()
}
