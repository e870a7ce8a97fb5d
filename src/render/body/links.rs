//! Links and images of a chapter, each address checked.

use super::{Events, Stand, Writer, print_anchor, skip};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::id::OutPath;
use crate::parse::chapter::Piece;
use crate::parse::config::Mode;
use crate::parse::image::{self, Picture, Size};
use crate::read::path;
use crate::resolve::{self, Link, Linked};
use pulldown_cmark::{Event, LinkType};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Where the parts of a link or an image stand.
pub(super) struct LinkParts {
    dest: Range<usize>,
    title: Range<usize>,
}

impl<'a> Writer<'a, '_, '_> {
    /// Where the address and the title of a link stand, so that their expressions are told from those of its text: at
    /// its end, or in the definition that `id` names.
    pub(super) fn link_parts(
        &mut self,
        kind: LinkType,
        id: &str,
        dest: &str,
        title: &str,
        range: &Range<usize>,
    ) -> LinkParts {
        use LinkType::{Collapsed, CollapsedUnknown, Reference, ReferenceUnknown, Shortcut, ShortcutUnknown};
        let whole = 0..self.chapter.len();
        if self.chapter.expressions_in(&whole).is_empty() {
            return LinkParts { dest: range.clone(), title: range.clone() };
        }
        let within = match kind {
            Reference | ReferenceUnknown | Collapsed | CollapsedUnknown | Shortcut | ShortcutUnknown => {
                self.definition(id).unwrap_or(range.clone())
            }
            _ => range.clone(),
        };
        let find = |what: &str, end: usize| {
            let start = self.chapter.slice(within.start..end).rfind(what).map(|at| within.start + at);
            start.map_or(within.clone(), |start| start..start + what.len())
        };
        let title_at = if title.is_empty() { within.end..within.end } else { find(title, within.end) };
        let dest_end = if title_at == within { within.end } else { title_at.start };
        LinkParts { dest: find(dest, dest_end), title: title_at }
    }

    /// Where the definition of the reference `id` stands.
    fn definition(&mut self, id: &str) -> Option<Range<usize>> {
        let chapter = self.chapter;
        let known = self.definitions.get_or_insert_with(|| definitions(chapter.slice(0..chapter.len())));
        known.get(&id.to_lowercase()).cloned()
    }

    pub(super) fn link(&mut self, kind: LinkType, dest: &str, title: &str, parts: &LinkParts, range: &Range<usize>) {
        self.plain += 1;
        self.warn_text(&parts.dest, "the address of a link");
        let dest = self.chapter.unmasked(dest, &parts.dest).into_owned();
        let href = match kind {
            LinkType::Email => Some(format!("mailto:{dest}")),
            _ => self.address(&dest, self.span(range)),
        };
        self.links.push(href.is_some());
        // Also where there is nothing to put it on, for what is wrong with it.
        let title = self.inline(title, &parts.title);
        let Some(href) = href else { return };
        let _ = write!(self.out, "<a href=\"{}\"", escape::attribute(&escape::url_written(&href)));
        self.title(&title);
        self.out.push('>');
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            let _ = write!(self.out, " title=\"{}\"", escape::attribute(title));
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
                    let parsed = resolve::evaluate(&e.source, at, &self.chapter.front.across, &mut self.book.data());
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
        parts: &LinkParts,
        range: &Range<usize>,
        events: &Events<'a>,
        ix: usize,
    ) -> usize {
        let end = skip(events, ix);
        let inner = events.get(ix + 1..end.saturating_sub(1)).unwrap_or_default();
        self.warn_text(&parts.dest, "the address of an image");
        let dest = self.chapter.unmasked(dest, &parts.dest).into_owned();
        let at = self.span(range);
        let link = self.leads(&dest, at);
        let size = self.size(&link, at);
        let src = self.written(link, &dest);
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
        let title = self.inline(title, &parts.title);
        let Some(src) = src else {
            self.out.push_str(&escape::text(&alt));
            return end;
        };
        let _ = write!(
            self.out,
            "<img src=\"{}\" alt=\"{}\"",
            escape::attribute(&escape::url_written(&src)),
            escape::attribute(&alt)
        );
        if let Some(Size { width, height }) = size {
            let _ = write!(self.out, " width=\"{width}\" height=\"{height}\"");
        }
        // The first is likely to be in view when the page opens. On the page of all chapters hardly any is.
        if self.has_image || matches!(self.stand, Stand::Print) {
            self.out.push_str(" loading=\"lazy\"");
        }
        self.has_image = true;
        self.out.push_str(" decoding=\"async\"");
        self.title(&title);
        self.out.push('>');
        end
    }

    /// The address that stands on the page for `dest`, written at `at`; `None` when it leads nowhere.
    pub(super) fn address(&mut self, dest: &str, at: Span) -> Option<String> {
        let link = self.leads(dest, at);
        self.written(link, dest)
    }

    /// Where `dest` leads; what is wrong with it is told.
    fn leads(&mut self, dest: &str, at: Span) -> Link {
        let Linked { link, wrong } = resolve::link(self.book, self.id, dest, at);
        self.diagnostics.extend(wrong);
        link
    }

    /// How large the picture is that `link` leads to, so that nothing moves when it comes. One that is none is told.
    fn size(&mut self, link: &Link, at: Span) -> Option<Size> {
        let Link::File { path, .. } = link else { return None };
        match self.book.picture(*path, at)? {
            Picture::Sized(size) => Some(size),
            Picture::Any => None,
            Picture::Unreadable => {
                let name = path.as_str();
                let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
                if image::ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
                    let message = format!("`{name}` is not a picture, or a broken one");
                    let wrong = Diagnostic::new(Code::ImageUnreadable, at, message).label("its size cannot be read");
                    self.diagnostics.push(
                        wrong.help("save it again from a program that draws, and look whether a browser shows it"),
                    );
                }
                None
            }
        }
    }

    /// The address of what `link`, written as `dest`, leads to.
    fn written(&self, link: Link, dest: &str) -> Option<String> {
        match link {
            // Out of the book, perhaps into another book of the same site.
            Link::AsWritten if self.config.mode == Mode::MdBook && !dest.contains(':') => Some(as_mdbook(dest)),
            Link::AsWritten => Some(dest.to_owned()),
            Link::Broken if self.config.mode == Mode::MdBook => Some(as_mdbook(dest)),
            Link::Broken | Link::Refused => None,
            Link::Here(anchor) => Some(format!("#{}", escape::url_fragment(&self.anchored(&anchor)))),
            Link::Page { chapter, path, query, anchor } => Some(match self.stand {
                Stand::Print => format!("#{}", escape::url_fragment(&print_anchor(chapter, &anchor))),
                Stand::Page(_) | Stand::Rooted(_) => {
                    let hash = if anchor.is_empty() { "" } else { "#" };
                    format!("{}{query}{hash}{}", self.way(path.as_str()), escape::url_fragment(&anchor))
                }
            }),
            Link::File { path, rest } => Some(format!("{}{rest}", self.way(path.as_str()))),
        }
    }

    /// The way from this page to `path`, a file of the site with an anchor perhaps; `None` where there is no such file.
    pub(super) fn way_to(&mut self, path: &str, at: Span) -> Option<String> {
        let (file, anchor) = path.split_once('#').map_or((path, None), |(file, anchor)| (file, Some(anchor)));
        let file = OutPath::new(file);
        self.book.target(file, at)?;
        let anchor = anchor.map(|anchor| format!("#{}", escape::url_fragment(anchor)));
        Some(self.way(file.as_str()) + &anchor.unwrap_or_default())
    }

    /// The way from this page to `path`.
    pub(super) fn way(&self, path: &str) -> String {
        match self.stand {
            Stand::Page(folder) => between(folder, path),
            Stand::Rooted(root) => format!("{root}{}", escape::url_path(path)),
            Stand::Print => between("", path),
        }
    }
}

/// What stands behind each `[name]:` up to the next empty line, by the name in lower case; the first counts.
fn definitions(text: &str) -> HashMap<String, Range<usize>> {
    // CommonMark allows a name of 999 characters; an address and a title are not longer in practice.
    const MOST: usize = 1_000;
    let bytes = text.as_bytes();
    let mut out = HashMap::new();
    for (end, _) in text.match_indices("]:") {
        let from = end.saturating_sub(MOST);
        let open = bytes.get(from..end).and_then(|before| before.iter().rposition(|b| *b == b'['));
        let Some(name) = open.and_then(|open| text.get(from + open + 1..end)) else { continue };
        let rest = bytes.get(end..).unwrap_or_default();
        let rest = rest.get(..MOST).unwrap_or(rest);
        let len = rest.windows(2).position(|pair| pair == b"\n\n").unwrap_or(rest.len());
        out.entry(name.to_lowercase()).or_insert(end..end + len);
    }
    out
}

/// The way from a page in `folder` to `path`, as a URL.
fn between(folder: &str, path: &str) -> String {
    escape::url_path(&path::relative(folder, path))
}

/// A link that leads nowhere, as mdBook writes it.
fn as_mdbook(dest: &str) -> String {
    let (path, rest) = dest.split_at(dest.find(['#', '?']).unwrap_or(dest.len()));
    match path.strip_suffix(".md") {
        Some(stem) => format!("{stem}.html{rest}"),
        None => dest.to_owned(),
    }
}
