//! Blocks of code, and the elements that a fence asks for.

use super::{Events, Writer, skip};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::parse::block::{self, TableBlock};
use crate::parse::chapter::{self, Fence, Shown};
use crate::parse::config::Mode;
use crate::parse::deceit;
use crate::parse::keys::At;
use crate::render::{highlight, table};
use crate::resolve;
use pulldown_cmark::{CodeBlockKind, Event};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

impl<'a> Writer<'a, '_, '_> {
    /// Writes a block of code whose start is event `ix`; gives the event after its end.
    pub(super) fn code_block(
        &mut self,
        kind: &CodeBlockKind<'a>,
        range: &Range<usize>,
        events: &Events<'a>,
        ix: usize,
    ) -> usize {
        let end = skip(events, ix);
        let inner = events.get(ix + 1..end.saturating_sub(1)).unwrap_or_default();
        let mut text = String::new();
        for (event, range) in inner {
            if let Event::Text(part) = event {
                text.push_str(&self.chapter.unmasked(part, range));
            }
        }
        let info = match kind {
            CodeBlockKind::Fenced(info) => self.chapter.unmasked(info, range).into_owned(),
            CodeBlockKind::Indented => String::new(),
        };
        let fence = Fence::parse(&info);
        if fence.language == "table" && self.config.mode == Mode::Benchbook {
            let body = match (inner.first(), inner.last()) {
                (Some((_, first)), Some((_, last))) => self.span(&(first.start..last.end)),
                _ => self.span(range),
            };
            self.table_block(&text, body, self.span(range));
            return end;
        }
        self.warn_text(range, "code");
        if self.config.mode == Mode::Benchbook {
            self.tell_options(&fence, &info, range);
            self.block(&fence, &text, range);
        } else {
            // To mdBook the other options mean nothing.
            let fence = Fence { language: fence.language, hide: fence.hide, ..Fence::default() };
            self.block(&fence, &text, range);
        }
        end
    }

    /// Writes a block of code as its fence asks.
    fn block(&mut self, fence: &Fence<'_>, text: &str, range: &Range<usize>) {
        let lines: Vec<Shown<'_>> =
            text.split_inclusive('\n').map(|line| self.shown(line.strip_suffix('\n').unwrap_or(line), fence)).collect();
        let hidden = lines.iter().filter(|line| line.hidden).count();
        let drawn = fence.diff || fence.numbers.is_some() || !fence.marks.is_empty();
        let as_written = !fence.diff && lines.iter().all(|line| !line.hidden && line.indent.is_empty());
        let code: Cow<'_, str> = if as_written { Cow::Borrowed(text) } else { Cow::Owned(joined(&lines)) };
        let mut done = self.shared.highlighter.highlight(fence.language, &code);
        if let Some(marked) = deceit::marked(&done.html, &code) {
            done.html = marked;
        }
        self.tell_highlight(done.outcome, fence.language, range);
        let element = if fence.title.is_some() { "figure" } else { "div" };
        let _ = write!(self.out, "<{element} class=\"code\">");
        let reveal = match hidden {
            0 => String::new(),
            1 => reveal("1 hidden line"),
            n => reveal(&format!("{n} hidden lines")),
        };
        let _ = match fence.title {
            Some(title) => write!(self.out, "<figcaption>{}{reveal}</figcaption>", escape::text(title)),
            None => write!(self.out, "{reveal}"),
        };
        self.out.push_str("<pre><code");
        if !fence.language.is_empty() {
            let _ = write!(self.out, " class=\"language-{}\"", escape::attribute(fence.language));
        }
        self.out.push('>');
        if hidden > 0 || drawn {
            self.lines(fence, &lines, &done.html);
        } else {
            self.out.push_str(&done.html);
        }
        let _ = writeln!(self.out, "</code></pre></{element}>");
    }

    fn shown<'l>(&self, line: &'l str, fence: &Fence<'l>) -> Shown<'l> {
        let usual =
            || self.config.hidelines.get(fence.language).map(String::as_str).filter(|prefix| !prefix.is_empty());
        Shown::of(line, fence.language, fence.hide.or_else(usual), fence.diff)
    }

    /// Writes lines that stand for themselves: hidden, marked, numbered or changed. No span of the highlighter crosses
    /// the end of one.
    fn lines(&mut self, fence: &Fence<'_>, lines: &[Shown<'_>], html: &str) {
        let mut number = 0;
        for (line, html) in lines.iter().zip(html.split_inclusive('\n')) {
            if line.hidden {
                let _ = write!(self.out, "<span class=\"hidden\">{html}</span>");
                continue;
            }
            number += 1;
            let element = match line.sign {
                Some('+') => Some("ins"),
                Some('-') => Some("del"),
                _ if fence.marks(number) => Some("mark"),
                _ if fence.numbers.is_some() => Some("span"),
                _ => None,
            };
            let sign = line.sign.map(|sign| format!("<span class=\"sign\">{sign}</span>")).unwrap_or_default();
            let Some(element) = element else {
                let _ = write!(self.out, "{sign}{html}");
                continue;
            };
            let _ = write!(self.out, "<{element} class=\"line\"");
            if let Some(first) = fence.numbers {
                let _ = write!(self.out, " data-line=\"{}\"", first + number - 1);
            }
            let _ = write!(self.out, ">{sign}{html}</{element}>");
        }
    }

    /// Tells of options of a fence that mean nothing, each at its place.
    fn tell_options(&mut self, fence: &Fence<'_>, info: &str, range: &Range<usize>) {
        if fence.wrong.is_empty() {
            return;
        }
        let first = self.chapter.slice(range.clone()).lines().next().unwrap_or_default();
        let start = first.find(info).map(|at| range.start + at);
        for (at, why) in &fence.wrong {
            let word = info.get(at.clone()).unwrap_or_default();
            let span = match start {
                Some(start) => self.span(&(start + at.start..start + at.end)),
                None => self.span(&(range.start..range.start + first.len())),
            };
            let message = format!("`{word}` is no option of a code block");
            self.diagnostics.push(Diagnostic::new(Code::FenceOption, span, message).help(why.clone()));
        }
    }

    pub(super) fn tell_highlight(&mut self, outcome: highlight::Outcome, lang: &str, range: &Range<usize>) {
        use highlight::Outcome::{Done, Failed, OverBudget, UnknownLanguage};
        let first = self.chapter.slice(range.clone()).lines().next().unwrap_or_default().len();
        let at = self.span(&(range.start..range.start + first));
        let wrong = match outcome {
            Done => return,
            // mdBook books name what they like, and mdBook says nothing.
            UnknownLanguage if self.config.mode == Mode::MdBook => return,
            UnknownLanguage => {
                let message = format!("no language is called `{lang}`, so this block is not highlighted");
                Diagnostic::new(Code::LanguageUnknown, at, message).help("write `text` if that is meant")
            }
            OverBudget => Diagnostic::new(
                Code::HighlightLimit,
                at,
                format!(
                    "this block is too large to highlight (a line of {} bytes, or {} bytes in all)",
                    highlight::MAX_LINE,
                    highlight::MAX_COST
                ),
            )
            .help("shorten it, or write `text` for its language"),
            Failed => Diagnostic::new(Code::HighlightLimit, at, "the grammar of this block's language failed on it")
                .help("write `text` for its language"),
        };
        self.diagnostics.push(wrong);
    }

    /// Draws the table that a fenced `table` block asks for.
    pub(super) fn table_block(&mut self, text: &str, body: Span, whole: Span) {
        let parsed = block::table(body.file, text, body.start as usize);
        self.diagnostics.extend(parsed.diagnostics);
        let Some(block) = parsed.value else { return };
        let parsed = resolve::grid(&block, &self.chapter.front.across, &mut self.book.data());
        self.diagnostics.extend(parsed.diagnostics);
        let Some(grid) = parsed.value else { return };
        let block = TableBlock { id: block.id.map(|id| id.map(|id| self.anchored(&id))), ..block };
        let caption = block.caption.as_ref().map(|caption| self.caption(caption));
        let mut sources = Vec::new();
        for name in &grid.sources {
            sources.extend(self.book.data().source(*name, whole));
        }
        let cells = grid.rows.iter().flat_map(|row| &row.cells);
        self.receipts.cited.extend(cells.flat_map(|cell| cell.cited.iter().copied()));
        self.tables += 1;
        // No heading's id has a colon in it.
        let id = self.anchored(&format!("t:{}", self.tables));
        let mut way = |path: &str| self.way_to(path, whole);
        let mut around = table::Around { caption: caption.as_deref(), sources: &sources, id: &id, way: &mut way };
        let drawn = table::html(&block, &grid, &mut around);
        self.out.push_str(&drawn);
    }

    /// The caption of a block, its expressions evaluated.
    pub(super) fn caption(&mut self, caption: &At<String>) -> String {
        let parts = chapter::Inline::parse(&caption.value, caption.span);
        resolve::plain(&parts, &self.chapter.front.across, &mut self.book.data(), &mut self.diagnostics)
    }
}

/// The lines as they are highlighted.
fn joined(lines: &[Shown<'_>]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(line.indent);
        out.push_str(line.text);
        out.push('\n');
    }
    out
}

/// What shows hidden lines, and needs no script for it: the theme looks whether it is checked.
fn reveal(lines: &str) -> String {
    format!("<label class=\"reveal\"><input type=\"checkbox\"> Show {lines}</label>")
}
