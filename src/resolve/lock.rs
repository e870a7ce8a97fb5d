//! `anchors.lock`: every page and anchor that was ever published.
//!
//! One line each, sorted: `linux.html` or `linux.html#drivers`. Nothing removes a line but an author. A page or an
//! anchor that is locked and gone needs a redirect, or links from elsewhere would break.

use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::PathId;
use std::collections::BTreeMap;

/// What was ever published, and where `anchors.lock` says so.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// By page and anchor; an empty anchor is the page itself.
    pub entries: BTreeMap<(String, String), Span>,
}

/// Reads `anchors.lock`.
pub fn parse(file: PathId, text: &str) -> Parsed<Lock> {
    let mut out = Parsed::<Lock>::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let span = Span::new(file, at..at + bare.len());
        at += line.len();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let (page, anchor) = bare.split_once('#').unwrap_or((bare, ""));
        let canonical = page.ends_with(".html") && !page.starts_with('/') && !page.split('/').any(|p| p == "..");
        if canonical {
            out.value.entries.insert((page.to_owned(), anchor.to_owned()), span);
        } else {
            let message = format!("`{}` is not the address of a page", bare.escape_debug());
            out.diagnostics.push(
                Diagnostic::new(Code::LockSyntax, span, message).help(
                    "a line is `page.html` or `page.html#anchor`; a conflict of a merge is solved by keeping both",
                ),
            );
        }
    }
    out
}

/// What the file says when `published` is added to `lock`.
pub fn to_text(lock: &Lock, published: impl Iterator<Item = (String, String)>) -> String {
    let mut all: std::collections::BTreeSet<(String, String)> = lock.entries.keys().cloned().collect();
    all.extend(published);
    let mut out = String::new();
    for (page, anchor) in all {
        out.push_str(&page);
        if !anchor.is_empty() {
            out.push('#');
            out.push_str(&anchor);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "a.html\na.html#b\n";
        let parsed = parse(PathId::new("anchors.lock"), text);
        assert!(parsed.diagnostics.is_empty());
        let more = [("a.html".to_string(), "a".to_string())];
        assert_eq!(to_text(&parsed.value, more.into_iter()), "a.html\na.html#a\na.html#b\n");
    }

    #[test]
    fn a_line_that_is_no_address_is_told() {
        let parsed = parse(PathId::new("anchors.lock"), "<<<<<<< HEAD\n../x.html\na.html\n");
        assert_eq!(parsed.diagnostics.len(), 2);
        assert_eq!(parsed.value.entries.len(), 1);
    }
}
