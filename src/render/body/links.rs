//! Links and images of a chapter, each address checked.

use super::{Events, Stand, Writer, print_anchor, skip};
use crate::diag::Span;
use crate::escape;
use crate::id::OutPath;
use crate::parse::chapter::Piece;
use crate::parse::config::Mode;
use crate::read::path;
use crate::resolve::{self, Link, Linked};
use pulldown_cmark::{Event, LinkType};
use std::fmt::Write as _;
use std::ops::Range;

impl<'a> Writer<'a, '_, '_> {
    pub(super) fn link(&mut self, kind: LinkType, dest: &str, title: &str, range: &Range<usize>) {
        self.plain += 1;
        let dest = self.chapter.unmasked(dest, range).into_owned();
        let href = match kind {
            LinkType::Email => Some(format!("mailto:{dest}")),
            _ => self.address(&dest, self.span(range)),
        };
        self.links.push(href.is_some());
        let Some(href) = href else { return };
        let _ = write!(self.out, "<a href=\"{}\"", escape::attribute(&escape::url_written(&href)));
        self.title(title, range);
        self.out.push('>');
    }

    pub(super) fn title(&mut self, title: &str, range: &Range<usize>) {
        if !title.is_empty() {
            let title = self.inline(title, range);
            let _ = write!(self.out, " title=\"{}\"", escape::attribute(&title));
        }
    }

    /// A text that stands in an attribute, with its expressions evaluated.
    pub(super) fn inline(&mut self, text: &str, range: &Range<usize>) -> String {
        let mut out = String::new();
        for piece in self.chapter.pieces(text, range) {
            match piece {
                Piece::Text(text) => out.push_str(&text),
                Piece::Expression(e) => {
                    let at = self.span(&e.inner());
                    let parsed = resolve::evaluate(&e.source, at, &mut self.book.data());
                    self.diagnostics.extend(parsed.diagnostics);
                    out.push_str(&parsed.value.map(|s| s.text).unwrap_or_default());
                }
            }
        }
        out
    }

    /// Writes an image whose start is event `ix`; gives the event after its end.
    pub(super) fn image(
        &mut self,
        dest: &str,
        title: &str,
        range: &Range<usize>,
        events: &Events<'a>,
        ix: usize,
    ) -> usize {
        let end = skip(events, ix);
        let inner = events.get(ix + 1..end.saturating_sub(1)).unwrap_or_default();
        let dest = self.chapter.unmasked(dest, range).into_owned();
        let src = self.address(&dest, self.span(range));
        let mut alt = String::new();
        for (event, range) in inner {
            match event {
                Event::Text(text) => alt.push_str(&self.inline(text, range)),
                Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                    alt.push_str(&self.chapter.unmasked(text, range))
                }
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => {}
            }
        }
        let Some(src) = src else {
            self.out.push_str(&escape::text(&alt));
            return end;
        };
        let _ = write!(
            self.out,
            "<img src=\"{}\" alt=\"{}\" loading=\"lazy\"",
            escape::attribute(&escape::url_written(&src)),
            escape::attribute(&alt)
        );
        self.title(title, range);
        self.out.push('>');
        end
    }

    /// The address that stands on the page for `dest`, written at `at`; `None` when it leads nowhere.
    pub(super) fn address(&mut self, dest: &str, at: Span) -> Option<String> {
        let Linked { link, wrong } = resolve::link(self.book, self.id, dest, at);
        self.diagnostics.extend(wrong);
        match link {
            // Out of the book, perhaps into another book of the same site.
            Link::AsWritten if self.config.mode == Mode::MdBook && !dest.contains(':') => Some(as_mdbook(dest)),
            Link::AsWritten => Some(dest.to_owned()),
            Link::Broken if self.config.mode == Mode::MdBook => Some(as_mdbook(dest)),
            Link::Broken => None,
            Link::Here(anchor) => Some(format!("#{}", escape::url_fragment(&self.anchored(&anchor)))),
            Link::Page { chapter, path, query, anchor } => Some(match self.stand {
                Stand::Print => format!("#{}", escape::url_fragment(&print_anchor(chapter, &anchor))),
                Stand::Page(_) | Stand::Rooted(_) => {
                    let hash = if anchor.is_empty() { "" } else { "#" };
                    format!("{}{query}{hash}{}", self.way(path), escape::url_fragment(&anchor))
                }
            }),
            Link::File { path, rest } => Some(format!("{}{rest}", self.way(path))),
        }
    }

    /// The way from this page to `path`.
    fn way(&self, path: OutPath) -> String {
        match self.stand {
            Stand::Page(folder) => between(folder, path),
            Stand::Rooted(root) => format!("{root}{}", escape::url_path(path.as_str())),
            Stand::Print => between("", path),
        }
    }
}

/// The way from a page in `folder` to `path`, as a URL.
fn between(folder: &str, path: OutPath) -> String {
    escape::url_path(&path::relative(folder, path.as_str()))
}

/// A link that leads nowhere, as mdBook writes it.
fn as_mdbook(dest: &str) -> String {
    let (path, rest) = dest.split_at(dest.find(['#', '?']).unwrap_or(dest.len()));
    match path.strip_suffix(".md") {
        Some(stem) => format!("{stem}.html{rest}"),
        None => dest.to_owned(),
    }
}
