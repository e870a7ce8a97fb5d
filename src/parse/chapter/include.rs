//! Directives in the text of a chapter: `{{#include}}` and its kin, put in as text before Markdown is parsed.
//!
//! Format and meaning are mdBook's ("Markdown: mdBook-specific features"), but for two things: an include that fails
//! is an error and never text on the page, and a path cannot leave the book.

use super::map::SourceMap;
use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::id::PathId;
use crate::ledger::Reader;
use crate::parse::config::{Config, Mode};
use crate::read::path::{self, BadPath};
use crate::read::{Snapshot, complain};
use std::ops::Range;
use std::sync::Arc;

/// How the path of an include is meant.
const PATH_HELP: &str = "write the path from the file that includes; upper and lower case differ";

/// How deep includes may be nested, as in mdBook.
const MAX_DEPTH: usize = 10;
/// How large a chapter may become with its includes, in bytes.
const MAX_SIZE: usize = 16 << 20;
/// How many includes a chapter may have, those of its includes counted in.
const MAX_INCLUDES: usize = 10_000;

/// A chapter's text with its includes in place.
pub struct Composed {
    pub text: String,
    pub map: SourceMap,
    pub title: Option<String>,
    /// The files that were put in.
    pub included: Vec<PathId>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Composes the text of `body`, a range of the text `own` of `file`.
pub fn compose(
    file: PathId,
    own: &Arc<str>,
    body: Range<usize>,
    config: &Config,
    files: &mut Reader<'_, '_, Snapshot>,
) -> Composed {
    let out = Composed {
        text: String::with_capacity(body.len() + 16),
        map: SourceMap::default(),
        title: None,
        included: Vec::new(),
        diagnostics: Vec::new(),
    };
    let strict = config.mode == Mode::Benchbook;
    let mut composer = Composer { out, files, strict, ring: vec![file], includes: 0, full: false };
    composer.put(file, own, body);
    composer.out
}

struct Composer<'a, 'w, 't> {
    out: Composed,
    files: &'a mut Reader<'w, 't, Snapshot>,
    strict: bool,
    /// The files that are being put in, outermost first.
    ring: Vec<PathId>,
    includes: usize,
    /// Whether a limit was met: nothing more is put in, and the limit is told once.
    full: bool,
}

impl Composer<'_, '_, '_> {
    /// Puts in a range of a file's text, following its directives.
    fn put(&mut self, file: PathId, text: &str, range: Range<usize>) {
        let end = range.end;
        let mut from = range.start;
        let mut at = range.start;
        while let Some(found) = text.get(at..end).and_then(braces) {
            let open = at + found;
            let escaped = open > range.start && text.as_bytes().get(open - 1) == Some(&b'\\');
            let rest = text.get(open..end).unwrap_or_default();
            if escaped && rest.starts_with("{{#") {
                // The backslash goes, what follows it stays text.
                self.copy(file, text, from..open - 1);
                let close = rest.lines().next().and_then(|line| line.find("}}")).map_or(3, |close| close + 2);
                self.copy(file, text, open..open + close);
                at = open + close;
                from = at;
                continue;
            }
            let Some(directive) = Directive::parse(rest) else {
                self.tell_empty(file, rest, open);
                at = open + 2;
                continue;
            };
            let whole = Span::new(file, open..open + directive.len);
            if self.follow(file, &directive, whole, open) {
                self.copy_before(file, text, from..open, &directive, whole);
                at = open + directive.len;
                from = at;
            } else {
                at = open + 2;
            }
        }
        self.copy(file, text, from..end);
    }

    /// Tells of `{{#name}}` and `{{# name x}}`, which look like directives and are none.
    fn tell_empty(&mut self, file: PathId, rest: &str, open: usize) {
        let line = rest.lines().next().unwrap_or_default();
        let Some(inner) = line.get(2..).and_then(|rest| rest.find("}}").and_then(|end| rest.get(..end))) else {
            return;
        };
        let name = inner.trim().strip_prefix('#').map(str::trim).unwrap_or_default();
        if !self.strict || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return;
        }
        let span = Span::new(file, open..open + inner.len() + 4);
        self.out.diagnostics.push(
            Diagnostic::new(Code::DirectiveUnknown, span, "a directive that names no file")
                .help("write it as `{{#include file}}`; to show it as text, put a backslash before it"),
        );
    }

    /// Whether a directive is one that we follow. One that does not exist is told, or stays text in an mdBook book.
    fn follow(&mut self, file: PathId, directive: &Directive<'_>, whole: Span, open: usize) -> bool {
        if KNOWN.contains(&directive.name) {
            return true;
        }
        if self.strict {
            let name = Span::new(file, open + directive.name_at..open + directive.name_at + directive.name.len());
            let message = format!("there is no directive `#{}`", directive.name);
            self.out.diagnostics.push(
                Diagnostic::new(Code::DirectiveUnknown, name, message).nearest(directive.name, name, KNOWN).fix(
                    "to show it as text, put a backslash before it",
                    Span { end: whole.start, ..whole },
                    "\\",
                ),
            );
        }
        self.strict
    }

    fn copy_before(&mut self, file: PathId, text: &str, before: Range<usize>, directive: &Directive<'_>, whole: Span) {
        self.copy(file, text, before);
        match directive.name {
            "title" => self.out.title = Some(directive.rest.trim().to_owned()),
            "include" | "rustdoc_include" | "playground" | "playpen" => self.include(file, directive, whole),
            _ => {}
        }
    }

    fn no_line_zero(&mut self, spelled: &str, at: Span) {
        let message = format!("`{spelled}` has no line 0: its first line is line 1");
        let mut found = Diagnostic::new(Code::IncludeMissing, at, message).label("no line of the file");
        found = found.help("count lines from 1: `file:first:last`");
        if !self.strict {
            // mdBook takes it for line 1.
            found.severity = Severity::Warning;
        }
        self.out.diagnostics.push(found);
    }

    fn include(&mut self, file: PathId, directive: &Directive<'_>, whole: Span) {
        let mut words = directive.rest.split_whitespace();
        let Some(argument) = words.next() else { return };
        let fenced = directive.name.starts_with("play");
        let (spelled, part) = match argument.split_once(':') {
            Some((spelled, part)) if !fenced && !argument.contains("://") => (spelled, Some(part)),
            _ => (argument, None),
        };
        let start = directive.rest_at + (directive.rest.len() - directive.rest.trim_start().len());
        let at = whole.slice(start..start + spelled.len());
        let part_at = whole.slice(start + spelled.len()..start + argument.len());
        let Some((path, text)) = self.open(file, spelled, at) else { return };
        if part.is_some_and(names_line_zero) {
            self.no_line_zero(spelled, part_at);
        }
        let ranges = match part.map_or(Ok(Part::All), Part::parse) {
            Ok(part) => part.ranges(&text),
            Err(name) => match anchored(&text, name) {
                Some(ranges) => ranges,
                None => return self.no_anchor(&text, spelled, name, part_at),
            },
        };
        if ranges.is_empty() && !text.is_empty() {
            let lines = text.lines().count();
            let message = format!("`{spelled}` has {lines} lines, so this part of it is empty");
            let mut found = Diagnostic::new(Code::IncludeMissing, part_at, message)
                .label("no line of the file")
                .help("name lines that it has: `file:first:last`");
            if !self.strict {
                // mdBook includes nothing here and goes on.
                found.severity = Severity::Warning;
            }
            self.out.diagnostics.push(found);
            return;
        }
        self.ring.push(path);
        let fence = if fenced { fence_for(&text) } else { String::new() };
        if fenced {
            let properties: Vec<&str> = words.collect();
            let comma = if properties.is_empty() { "" } else { "," };
            self.make(whole, &format!("{fence}rust{comma}{}\n", properties.join(",")));
        }
        if directive.name == "rustdoc_include" {
            self.with_hidden_lines(path, &text, &ranges, whole);
        } else {
            for (ix, range) in ranges.iter().enumerate() {
                if ix > 0 {
                    self.make(whole, "\n");
                }
                // mdBook follows directives in whole files and parts alike.
                self.put(path, &text, range.clone());
            }
        }
        if fenced {
            self.make(whole, &format!("\n{fence}\n"));
        }
        self.ring.pop();
    }

    /// Puts in all lines of a file, those outside `shown` as lines that Rust's documentation hides.
    fn with_hidden_lines(&mut self, file: PathId, text: &str, shown: &[Range<usize>], by: Span) {
        let mut first = true;
        let mut shown = shown.iter().peekable();
        for line in lines(text) {
            while shown.next_if(|range| range.end < line.start).is_some() {}
            let visible = shown.peek().is_some_and(|range| range.start <= line.start && line.end <= range.end);
            let source = text.get(line.clone()).unwrap_or_default();
            // Lines that hold anchors are never lines of the code.
            if !visible && is_anchor(source) {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                self.make(by, "\n");
            }
            if !visible {
                self.make(by, "# ");
            }
            self.put(file, text, line);
        }
    }

    fn open(&mut self, file: PathId, spelled: &str, at: Span) -> Option<(PathId, Arc<str>)> {
        let path = match path::join(file.folder(), spelled) {
            Ok(path) => path,
            Err(BadPath::Absolute) => {
                self.out.diagnostics.push(complain(Code::IncludeMissing, spelled, &crate::read::Problem::Outside, at));
                return None;
            }
            Err(BadPath::Invalid(why)) => {
                let wrong = Diagnostic::new(Code::PathInvalid, at, format!("`{spelled}`: {why}"));
                self.out.diagnostics.push(wrong.help(PATH_HELP));
                return None;
            }
        };
        if let Some(first) = self.ring.iter().position(|f| *f == path) {
            let ring: Vec<&str> =
                self.ring.iter().skip(first).chain(std::iter::once(&path)).map(|f| f.as_str()).collect();
            let message = format!("`{spelled}` includes itself: {}", ring.join(" → "));
            self.out.diagnostics.push(
                Diagnostic::new(Code::IncludeCycle, at, message)
                    .label("closes the ring")
                    .help("remove one of the includes in the ring, or include a part of the file"),
            );
            return None;
        }
        self.includes += 1;
        if self.ring.len() > MAX_DEPTH {
            self.limit(at, format!("includes may be nested {MAX_DEPTH} deep"));
            return None;
        }
        if self.includes > MAX_INCLUDES {
            self.limit(at, format!("a chapter may have {MAX_INCLUDES} includes, those of its includes counted in"));
            return None;
        }
        if self.full {
            return None;
        }
        match self.files.text(path, at) {
            Ok(Ok(text)) => {
                self.out.included.push(path);
                Some((path, text))
            }
            Ok(Err(diagnostic)) => {
                self.out.diagnostics.push((*diagnostic).also(at, "included here"));
                None
            }
            Err(problem) => {
                let wrong = complain(Code::IncludeMissing, spelled, &problem, at);
                let missing = problem == crate::read::Problem::Missing;
                self.out.diagnostics.push(if missing { wrong.help(PATH_HELP) } else { wrong });
                None
            }
        }
    }

    fn no_anchor(&mut self, text: &str, spelled: &str, name: &str, at: Span) {
        let at = Span { start: at.start + 1, ..at };
        let message = format!("`{spelled}` has no anchor `{name}`");
        let known: Vec<&str> = text.lines().filter_map(|line| anchor_name(line, "ANCHOR:")).collect();
        let found = Diagnostic::new(Code::IncludeMissing, at, message).label("no such anchor");
        self.out.diagnostics.push(match known.is_empty() {
            true => found.help(format!("an anchor begins at a line that holds `ANCHOR: {name}`")),
            false => found.nearest(name, at, known.iter().copied()),
        });
    }

    fn limit(&mut self, at: Span, message: String) {
        if !std::mem::replace(&mut self.full, true) {
            self.out.diagnostics.push(
                Diagnostic::new(Code::IncludeLimit, at, message)
                    .label("this is where the limit was met")
                    .help("the limit is fixed, so that a book cannot exhaust the machine that builds it"),
            );
        }
    }

    /// Text that no file holds.
    fn make(&mut self, by: Span, text: &str) {
        self.out.map.made(self.out.text.len(), by);
        self.out.text.push_str(text);
    }

    /// Copies a range of a file's text; a line end of CR LF becomes LF, so that both give the same page.
    fn copy(&mut self, file: PathId, text: &str, range: Range<usize>) {
        if self.full || range.is_empty() {
            return;
        }
        if self.out.text.len() + range.len() > MAX_SIZE {
            let message = format!("a chapter may have {MAX_SIZE} bytes with its includes");
            return self.limit(Span::new(file, range.start..range.start), message);
        }
        let slice = text.get(range.clone()).unwrap_or_default();
        if !slice.contains('\r') {
            self.out.map.verbatim(self.out.text.len(), Span::new(file, range));
            self.out.text.push_str(slice);
            return;
        }
        let mut at = range.start;
        for part in slice.split_inclusive("\r\n") {
            let kept = part.strip_suffix("\r\n");
            self.out.map.verbatim(self.out.text.len(), Span::new(file, at..at + part.len()));
            self.out.text.push_str(kept.unwrap_or(part));
            if kept.is_some() {
                self.out.map.verbatim(self.out.text.len(), Span::new(file, at + part.len() - 1..at + part.len()));
                self.out.text.push('\n');
            }
            at += part.len();
        }
    }
}

const KNOWN: [&str; 5] = ["include", "rustdoc_include", "playground", "playpen", "title"];

/// `{{#name rest}}` at the start of a text.
struct Directive<'a> {
    name: &'a str,
    name_at: usize,
    rest: &'a str,
    rest_at: usize,
    len: usize,
}

impl<'a> Directive<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix("{{")?;
        let hash = text.len() - inner.trim_start().len();
        let after = text.get(hash..)?.strip_prefix('#')?;
        let name_len = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let name = after.get(..name_len).filter(|name| !name.is_empty())?;
        let tail = after.get(name_len..)?;
        let close = tail.find('}')?;
        if !tail.get(close..)?.starts_with("}}") || !tail.starts_with(char::is_whitespace) {
            return None;
        }
        let rest = tail.get(..close).filter(|rest| !rest.trim().is_empty())?;
        let rest_at = hash + 1 + name_len;
        Some(Directive { name, name_at: hash + 1, rest, rest_at, len: rest_at + close + 2 })
    }
}

/// Where the first `{{` stands. A search for one byte is many times as fast as one for two.
fn braces(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find('{').map(|at| from + at) {
        if bytes.get(at + 1) == Some(&b'{') {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether lines are meant from one numbered 0 on.
fn names_line_zero(part: &str) -> bool {
    part.split(':').next().and_then(|from| from.parse().ok()) == Some(0_usize)
}

/// Which lines of a file are included, counted from 0, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    Lines(usize, Option<usize>),
}

impl Part {
    /// What stands after the path's colon: `FROM`, `FROM:`, `FROM:TO`, `:TO`, or the name of an anchor (`Err`).
    fn parse(text: &str) -> Result<Part, &str> {
        let (first, second) = match text.split_once(':') {
            Some((first, second)) => (first, Some(second.split(':').next().unwrap_or_default())),
            None => (text, None),
        };
        let to = second.map(str::parse::<usize>);
        match (first.parse::<usize>(), to) {
            (Ok(from), None) => Ok(Part::Lines(from.saturating_sub(1), Some(from.saturating_sub(1) + 1))),
            (Ok(from), Some(Ok(to))) => Ok(Part::Lines(from.saturating_sub(1), Some(to))),
            (Ok(from), Some(Err(_))) => Ok(Part::Lines(from.saturating_sub(1), None)),
            (Err(_), Some(Ok(to))) if first.is_empty() => Ok(Part::Lines(0, Some(to))),
            (Err(_), _) if first.is_empty() => Ok(Part::All),
            (Err(_), _) => Err(first),
        }
    }

    fn ranges(self, text: &str) -> Vec<Range<usize>> {
        let (from, to) = match self {
            Part::All => (0, None),
            Part::Lines(from, to) => (from, to),
        };
        let lines: Vec<Range<usize>> =
            lines(text).skip(from).take(to.map_or(usize::MAX, |to| to.saturating_sub(from))).collect();
        match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => std::iter::once(first.start..last.end).collect(),
            _ => Vec::new(),
        }
    }
}

/// The lines between `ANCHOR: name` and `ANCHOR_END: name`, without lines that hold anchors.
fn anchored(text: &str, name: &str) -> Option<Vec<Range<usize>>> {
    let mut found = None;
    for range in lines(text) {
        let line = text.get(range.clone()).unwrap_or_default();
        match &mut found {
            None => {
                if anchor_name(line, "ANCHOR:") == Some(name) {
                    found = Some(Vec::new());
                }
            }
            Some(kept) => match anchor_name(line, "ANCHOR_END:") {
                Some(end) if end == name => break,
                Some(_) => {}
                None if anchor_name(line, "ANCHOR:").is_none() => kept.push(range),
                None => {}
            },
        }
    }
    found
}

fn is_anchor(line: &str) -> bool {
    ["ANCHOR:", "ANCHOR_END:"].iter().any(|mark| anchor_name(line, mark).is_some())
}

/// A fence that no line of `text` ends.
fn fence_for(text: &str) -> String {
    let longest = text.lines().map(|line| line.trim_start().bytes().take_while(|b| *b == b'`').count()).max();
    "`".repeat(longest.unwrap_or_default().saturating_add(1).max(3))
}

fn anchor_name<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(mark)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

/// The ranges of the lines of a text, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut at = bom;
    text.get(bom..).unwrap_or_default().split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let bare = bare.strip_suffix('\r').unwrap_or(bare);
        start..start + bare.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Trace;
    use crate::read::{Files, MemoryFiles, Scope};

    fn composed(files: &[(&str, &str)]) -> (String, Vec<String>) {
        let memory = MemoryFiles::default();
        for (path, text) in files {
            memory.write(path, *text);
        }
        let memory: Arc<dyn Files> = Arc::new(memory);
        let (snapshot, _) = Snapshot::empty(memory).scan(&["c".into()], &[], Scope::All);
        let mut trace = Trace::default();
        let mut reader = Reader::new(&snapshot, &mut trace);
        let file = PathId::new("c/a.md");
        let own: Arc<str> = Arc::from(files[0].1);
        let config = Config { mode: Mode::Benchbook, ..Config::default() };
        let body = 0..own.len();
        let out = compose(file, &own, body, &config, &mut reader);
        let told = out.diagnostics.iter().map(|d| format!("{}: {}", d.code.name(), d.message)).collect();
        (out.text, told)
    }

    const CODE: &str = "one\n// ANCHOR: mid\ntwo\n// ANCHOR: in\nthree\n// ANCHOR_END: in\n// ANCHOR_END: mid\nfour\n";

    #[test]
    fn whole_files_lines_and_anchors() {
        for (directive, text) in [
            ("{{#include x.rs}}", CODE.trim_end()),
            ("{{#include x.rs:1}}", "one"),
            ("{{#include x.rs:1:1}}", "one"),
            ("{{#include x.rs:8:}}", "four"),
            ("{{#include x.rs::1}}", "one"),
            ("{{ #include x.rs:mid }}", "two\nthree"),
            ("{{#include x.rs:in}}", "three"),
            ("{{#rustdoc_include y.rs:2}}", "# one\ntwo\n# three"),
            ("{{#rustdoc_include y.rs}}", "one\ntwo\nthree"),
            ("{{#rustdoc_include x.rs:in}}", "# one\n# two\nthree\n# four"),
            ("{{#playground y.rs ignore editable}}", "```rust,ignore,editable\none\ntwo\nthree\n```\n"),
            ("{{#playpen f.rs}}", "````rust\n//! a\n```\n````\n"),
        ] {
            let files =
                [("c/a.md", directive), ("c/x.rs", CODE), ("c/y.rs", "one\ntwo\nthree\n"), ("c/f.rs", "//! a\n```\n")];
            assert_eq!(composed(&files), (text.to_string(), vec![]), "{directive}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        for part in ["0", "0:1"] {
            let own = format!("{{{{#include x.rs:{part}}}}}");
            let (text, told) = composed(&[("c/a.md", &own), ("c/x.rs", CODE)]);
            assert_eq!(told, ["include-missing: `x.rs` has no line 0: its first line is line 1"], "{part}");
            assert_eq!(text, "one", "{part}");
        }
    }

    #[test]
    fn includes_nest_and_paths_count_from_the_file_that_has_them() {
        let (text, told) = composed(&[
            ("c/a.md", "A {{#include sub/b.md}} Z\n"),
            ("c/sub/b.md", "b {{#include c.md}}\n"),
            ("c/sub/c.md", "deep\n"),
        ]);
        assert_eq!((text.as_str(), told.len()), ("A b deep Z\n", 0));
    }

    #[test]
    fn what_is_escaped_or_no_directive_stays_text() {
        assert_eq!(composed(&[("c/a.md", "\\{{#include x}} {{ a.b.c }} {{#}}")]).0, "{{#include x}} {{ a.b.c }} {{#}}");
    }

    #[test]
    fn failures_are_told_each_once_and_leave_no_text() {
        let (text, told) = composed(&[
            (
                "c/a.md",
                "1{{#include no.md}}2{{#include ../../x}}3{{#include /etc/passwd}}4{{#include b.md}}5{{#incldue b.md}}6{{#include b.md:zz}}7{{#include b.md:99}}",
            ),
            ("c/b.md", "{{#include a.md}}"),
        ]);
        assert_eq!(text, "1234567");
        assert_eq!(
            told,
            [
                "include-missing: `no.md` does not exist",
                "path-outside-book: `../../x` lies outside the book",
                "path-outside-book: `/etc/passwd` lies outside the book",
                "include-cycle: `a.md` includes itself: c/a.md → c/b.md → c/a.md",
                "directive-unknown: there is no directive `#incldue`",
                "include-missing: `b.md` has no anchor `zz`",
                "include-missing: `b.md` has 1 lines, so this part of it is empty",
            ]
        );
    }

    #[test]
    fn fan_out_ends_at_the_limit() {
        let ten = |name: &str| format!("{{{{#include {name}}}}}").repeat(10);
        let files: Vec<(String, String)> = (0..9)
            .map(|i| {
                (format!("c/{}.md", if i == 0 { "a".into() } else { i.to_string() }), ten(&format!("{}.md", i + 1)))
            })
            .chain(std::iter::once(("c/9.md".into(), "0123456789".into())))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let (_, told) = composed(&files);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("include-expansion"), "{told:?}");
    }

    #[test]
    fn crlf_gives_the_text_of_lf() {
        let lf = composed(&[("c/a.md", "a\nb {{#include x.md}}\n"), ("c/x.md", "1\n2\n")]);
        let crlf = composed(&[("c/a.md", "a\r\nb {{#include x.md}}\r\n"), ("c/x.md", "1\r\n2\r\n")]);
        assert_eq!(lf, crlf);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_composed(text in "[{}#a-c:/. \\\\\n]{0,60}") {
            composed(&[("c/a.md", &text), ("c/b", "b")]);
        }
    }
}
