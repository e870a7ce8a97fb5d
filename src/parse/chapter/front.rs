//! Front matter: what a chapter says of itself, in TOML between two lines of `+++`.

use crate::diag::{Code, Diagnostic, Span};
use crate::id::{Name, PathId};
use crate::parse::keys::{self, At, Keys};
use std::ops::Range;

/// What the front matter of a chapter says.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// The chapter's title, in place of the one in SUMMARY.md.
    pub title: Option<Vec<Inline>>,
    /// One or two sentences about it.
    pub description: Option<Vec<Inline>>,
    /// When it was last brought up to date, as ISO 8601 writes it.
    pub updated: Option<String>,
    /// Whether no page is made of it yet.
    pub draft: bool,
    /// Sentences that hang on an expression.
    pub claims: Vec<Claim>,
    /// Numbers that may stand typed in the text.
    pub allows: Vec<Allow>,
    /// Differences of results that are meant.
    pub across: Vec<Across>,
}

/// A sentence that must stay true: `[[claim]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Words that stand in the chapter, as they are written there.
    pub says: String,
    /// Where they stand in the front matter.
    pub says_at: Span,
    /// The expression that makes them true.
    pub that: String,
    /// Where it stands, without its quotes.
    pub that_at: Span,
}

/// A spelling of a number that may stand in the text without a source: `[[allow]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The spelling.
    pub text: String,
    /// Where it stands in the front matter.
    pub text_at: Span,
    /// Why it may.
    pub why: String,
}

/// A difference in which the results that an expression compares may differ: `[[across]]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Across {
    /// The conditions; `benchmark` for results of different benchmarks.
    pub fields: Vec<Name>,
    /// Where they are named.
    pub at: Span,
    /// Why the comparison holds all the same. Readers are shown it.
    pub why: String,
}

/// A part of a line of text that may hold expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text.
    Text(String),
    /// An expression: what stands between the braces, and where.
    Expression(String, Span),
}

const FENCE: &str = "+++";

/// Cuts the front matter off `text`, which begins at `start`. Gives what it says, and the range of what follows.
pub fn cut(file: PathId, text: &str, start: usize, diagnostics: &mut Vec<Diagnostic>) -> (Front, Range<usize>) {
    let whole = start..text.len();
    let body = text.get(whole.clone()).unwrap_or_default();
    let mut lines = body.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == FENCE) else { return (Front::default(), whole) };
    let mut at = start + first.len();
    let from = at;
    for line in lines {
        if line.trim_end() == FENCE {
            let front = read(file, text.get(from..at).unwrap_or_default(), from, diagnostics);
            return (front, at + line.len()..text.len());
        }
        at += line.len();
    }
    let span = Span::new(file, start..start + FENCE.len());
    diagnostics.push(
        Diagnostic::new(Code::FrontMatterOpen, span, "the front matter never ends")
            .label("opened here")
            .help("close it with a line of `+++`, or remove this line"),
    );
    (Front::default(), from..text.len())
}

pub(in crate::parse) fn read(file: PathId, toml: &str, offset: usize, diagnostics: &mut Vec<Diagnostic>) -> Front {
    let document = match keys::document(file, toml, offset) {
        Ok(document) => document,
        Err(error) => {
            diagnostics.push(*error);
            return Front::default();
        }
    };
    let mut keys = Keys::new(&document, diagnostics);
    let source = |at: At<&str>| {
        let start = (at.span.start as usize).saturating_sub(offset);
        // In '…', and in "…" without an escape, each byte of the value is one of the file.
        let exact = toml.get(start + 1..start + 1 + at.value.len()) == Some(at.value);
        Inline::parse(at.value, if exact { at.span } else { Span { end: at.span.start, ..at.span } })
    };
    let front = Front {
        title: keys.string("title").map(source),
        description: keys.string("description").map(source),
        updated: keys.date("updated").map(|at| at.value.to_string()),
        draft: keys.bool("draft").is_some_and(|at| at.value),
        claims: each(&mut keys, "claim", claim),
        allows: each(&mut keys, "allow", allow),
        across: each(&mut keys, "across", across),
    };
    keys.finish();
    front
}

/// What each table of the array `key` says; those that lack something are told and left out.
fn each<T>(keys: &mut Keys<'_, '_>, key: &'static str, read: impl Fn(&mut Keys<'_, '_>) -> Option<T>) -> Vec<T> {
    let mut out = Vec::new();
    for table in keys.tables(key) {
        let mut keys = keys.open(table);
        out.extend(read(&mut keys));
        keys.finish();
    }
    out
}

fn claim(keys: &mut Keys<'_, '_>) -> Option<Claim> {
    let says = wanted(keys, "says", "the words of the chapter that hang on it: `says = \"...\"`");
    let that = wanted(keys, "that", "the expression that makes them true: `that = 'a.b.c > 3'`");
    let (says, that) = (says?, that?);
    Some(Claim {
        says: says.value.to_owned(),
        says_at: keys::inside(says),
        that: that.value.to_owned(),
        that_at: keys::inside(that),
    })
}

fn allow(keys: &mut Keys<'_, '_>) -> Option<Allow> {
    let text = wanted(keys, "text", "the spelling as it stands in the chapter: `text = \"24 GB\"`");
    let why = wanted(keys, "why", "the reason: `why = \"...\"`");
    let (text, why) = (text?, why?);
    Some(Allow { text: text.value.to_owned(), text_at: keys::inside(text), why: why.value.to_owned() })
}

fn across(keys: &mut Keys<'_, '_>) -> Option<Across> {
    let at = keys.key_span("fields");
    let fields = keys.strings("fields");
    if at.is_none() {
        missing(keys, "fields", "the conditions that may differ: `fields = [\"software.name\"]`");
    }
    let why = wanted(keys, "why", "the reason, which readers are shown: `why = \"...\"`");
    let (fields, why) = (fields?, why?);
    let fields = fields.into_iter().map(|field| Name::new(field.value)).collect();
    Some(Across { fields, at: at?, why: why.value.to_owned() })
}

/// The string of a key that must be there and say something.
fn wanted<'t>(keys: &mut Keys<'t, '_>, key: &'static str, what: &str) -> Option<At<&'t str>> {
    if keys.key_span(key).is_none() {
        // Noted as known.
        let _ = keys.string(key);
        missing(keys, key, what);
        return None;
    }
    let found = keys.string(key)?;
    if found.value.trim().is_empty() {
        let wrong = Diagnostic::new(Code::WrongType, found.span, format!("`{key}` says nothing"));
        keys.report(wrong.help(format!("write {what}")));
        return None;
    }
    Some(found)
}

fn missing(keys: &mut Keys<'_, '_>, key: &str, what: &str) {
    let wrong = Diagnostic::new(Code::KeyMissing, keys.span(), format!("`{key}` is missing"));
    keys.report(wrong.help(format!("add {what}")));
}

impl Inline {
    /// The expressions in `value`, and the text between them. `span` is that of the string with its quotes; where it is
    /// longer than the value by just these, each byte of the value is one of the file, and places are exact.
    pub fn parse(value: &str, span: Span) -> Vec<Inline> {
        // With its quotes, or without them.
        let quote = match span.range().len().checked_sub(value.len()) {
            Some(2) => Some(1),
            Some(0) => Some(0),
            _ => None,
        };
        let mut out = Vec::new();
        let mut rest = value;
        while let Some(open) = rest.find("{{") {
            let Some(close) = rest.get(open..).and_then(|r| r.find("}}")) else { break };
            let (before, from) = rest.split_at(open);
            if !before.is_empty() {
                out.push(Inline::Text(before.to_owned()));
            }
            let source = from.get(2..close).unwrap_or_default();
            let inside = value.len() - from.len() + 2;
            let at = quote.map_or(span, |quote| span.slice(quote + inside..quote + inside + source.len()));
            out.push(Inline::Expression(source.to_owned(), at));
            rest = from.get(close + 2..).unwrap_or_default();
        }
        if !rest.is_empty() || out.is_empty() {
            out.push(Inline::Text(rest.to_owned()));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(text: &str) -> (Front, String, Vec<&'static str>) {
        let mut diagnostics = Vec::new();
        let (front, rest) = cut(PathId::new("a.md"), text, 0, &mut diagnostics);
        (front, text[rest].to_string(), diagnostics.iter().map(|d| d.code.name()).collect())
    }

    #[test]
    fn front_matter_is_cut_off_and_read() {
        let text = "+++\ntitle = 'A {{ b.c.d }}'\nupdated = 2026-11-24\n+++\n# H\n";
        let (front, rest, told) = front(text);
        assert_eq!((rest.as_str(), told.len()), ("# H\n", 0));
        assert_eq!(front.updated.as_deref(), Some("2026-11-24"));
        let Some([Inline::Text(before), Inline::Expression(source, span)]) = front.title.as_deref() else { panic!() };
        assert_eq!((before.as_str(), source.as_str(), &text[span.range()]), ("A ", " b.c.d ", " b.c.d "));
    }

    #[test]
    fn mistakes_have_their_code() {
        assert_eq!(front("+++\ntitle = 'A'\n# H\n").2, ["front-matter-open"]);
        assert_eq!(front("+++\ntitel = 'A'\n+++\n").2, ["unknown-key"]);
        assert_eq!(front("+++\ntitle = \n+++\n").2, ["toml-syntax"]);
        assert_eq!(front("text +++\n").2, [""; 0]);
    }
}
