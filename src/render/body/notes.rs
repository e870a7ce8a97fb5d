//! Footnotes, numbered and named as mdBook does it, and references that nothing defines.

use super::{Stand, Writer};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::parse::chapter::Dangling;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The footnotes of a page, by the order in which they are referred to.
#[derive(Default)]
pub(super) struct Notes {
    numbers: HashMap<String, usize>,
    /// For each number: the name, how often it is referred to, and its text.
    all: Vec<(String, usize, Option<String>)>,
    /// The outputs that a definition interrupts, with the name that it defines.
    open: Vec<(String, String)>,
    /// Definitions that came before their first reference.
    early: HashMap<String, String>,
}

impl<'a> Writer<'a, '_, '_> {
    pub(super) fn footnote(&mut self, name: &str) {
        let next = self.notes.all.len();
        let number = *self.notes.numbers.entry(name.to_owned()).or_insert(next);
        if number == next {
            let early = self.notes.early.remove(name);
            self.notes.all.push((name.to_owned(), 0, early));
        }
        let Some(note) = self.notes.all.get_mut(number) else { return };
        note.1 += 1;
        let count = note.1;
        if self.out.ends_with("</a></sup>") {
            // Two marks side by side would read as one number.
            self.out.push(' ');
        }
        let (anchor, back) = (self.anchored(&format!("footnote-{name}")), self.anchored(&format!("fr-{name}-{count}")));
        let _ = write!(
            self.out,
            "<sup class=\"footnote-reference\" id=\"{}\"><a href=\"#{}\" role=\"doc-noteref\">{}</a></sup>",
            escape::attribute(&back),
            escape::url_fragment(&anchor),
            number + 1
        );
    }

    /// Notes why results may be compared that differ: the reason of the chapter's `[[across]]` at `place`, as a footnote.
    /// Without a mark where none can stand, in a heading or a link.
    pub(super) fn across(&mut self, place: usize, marked: bool) {
        let Some(across) = self.chapter.front.across.get(place) else { return };
        let name = format!("benchbook:across-{}", place + 1);
        if marked {
            self.footnote(&name);
        } else if !self.notes.numbers.contains_key(&name) {
            self.notes.numbers.insert(name.clone(), self.notes.all.len());
            self.notes.all.push((name.clone(), 0, None));
        }
        let fields: Vec<String> =
            across.fields.iter().map(|field| format!("<code>{}</code>", escape::text(field.as_str()))).collect();
        let text =
            format!("<p>Compared although they differ in {}: {}</p>", fields.join(", "), escape::text(&across.why));
        if let Some(note) = self.notes.numbers.get(&name).and_then(|n| self.notes.all.get_mut(*n)) {
            note.2 = Some(text);
        }
    }

    pub(super) fn footnote_start(&mut self, name: &str) {
        let before = std::mem::take(&mut self.out);
        self.notes.open.push((name.to_owned(), before));
    }

    pub(super) fn footnote_end(&mut self) {
        let Some((name, before)) = self.notes.open.pop() else { return };
        let text = std::mem::replace(&mut self.out, before);
        match self.notes.numbers.get(&name).and_then(|n| self.notes.all.get_mut(*n)) {
            // The first definition of a name counts.
            Some(note) if note.2.is_none() => note.2 = Some(text),
            Some(_) => {}
            None => {
                self.notes.early.entry(name).or_insert(text);
            }
        }
    }

    pub(super) fn footnotes(&mut self) {
        if self.notes.all.is_empty() {
            return;
        }
        // On the page of all chapters each has its own.
        let label = match self.stand {
            Stand::Print => format!("Footnotes of {}", self.book.title(self.id, Span::top(self.chapter.file))),
            Stand::Page(_) | Stand::Rooted(_) => "Footnotes".to_owned(),
        };
        let label = escape::attribute(&label);
        let _ = writeln!(self.out, "<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"{label}\">\n<ol>");
        for (name, count, text) in std::mem::take(&mut self.notes.all) {
            let anchor = self.anchored(&format!("footnote-{name}"));
            let mut text = text.unwrap_or_default().trim_end().to_owned();
            let mut back = String::new();
            for nth in 1..=count {
                let target = self.anchored(&format!("fr-{name}-{nth}"));
                // What is seen is part of what is heard.
                let (sup, heard) = match nth {
                    1 => (String::new(), String::new()),
                    _ => (format!("<sup>{nth}</sup>"), format!(", {nth}")),
                };
                let _ = write!(
                    back,
                    " <a href=\"#{}\" role=\"doc-backlink\" aria-label=\"Back to the text{heard}\">↩{sup}</a>",
                    escape::url_fragment(&target)
                );
            }
            match text.strip_suffix("</p>") {
                Some(inner) => text = format!("{inner}{back}</p>"),
                None => text.push_str(&back),
            }
            let _ = writeln!(self.out, "<li id=\"{}\">{text}</li>", escape::attribute(&anchor));
        }
        self.out.push_str("</ol>\n</section>\n");
    }

    /// Tells of references that nothing defines. Most chapters have none: then they are not parsed for it.
    pub(super) fn dangling(&mut self) {
        let text = self.chapter.slice(0..self.chapter.len());
        if !text.contains("][") && !text.contains("[^") {
            return;
        }
        for (kind, range) in self.chapter.dangling() {
            let at = self.span(&range);
            let name = self.chapter.unmasked(self.chapter.slice(range.clone()), &range).into_owned();
            let found = match kind {
                Dangling::Footnote => {
                    Diagnostic::new(Code::FootnoteMissing, at, format!("no footnote is called `{name}`"))
                        .help(format!("define it on a line of its own: `{name}: ...`"))
                }
                Dangling::Link => {
                    Diagnostic::new(Code::LinkBroken, at, format!("`{name}` refers to a link that is not defined"))
                        .label("stays text")
                        .help("define it on a line of its own: `[name]: address`")
                }
            };
            self.diagnostics.push(found);
        }
    }
}
