//! Blocks of code, and the elements that a fence asks for.

use super::{Events, Writer, skip};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::parse::block::{self, TableBlock};
use crate::parse::chapter;
use crate::parse::config::Mode;
use crate::parse::keys::At;
use crate::render::{highlight, table};
use crate::resolve;
use pulldown_cmark::{CodeBlockKind, Event};
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
        let lang = chapter::language(&info);
        if lang == "table" && self.config.mode == Mode::Benchbook {
            let body = match (inner.first(), inner.last()) {
                (Some((_, first)), Some((_, last))) => self.span(&(first.start..last.end)),
                _ => self.span(range),
            };
            self.table_block(&text, body, self.span(range));
            return end;
        }
        self.warn_text(range, "code");
        let done = self.shared.highlighter.highlight(lang, &text);
        self.tell_highlight(done.outcome, lang, range);
        self.out.push_str("<div class=\"code\"><pre><code");
        if !lang.is_empty() {
            let _ = write!(self.out, " class=\"language-{}\"", escape::attribute(lang));
        }
        self.out.push('>');
        self.out.push_str(&done.html);
        self.out.push_str("</code></pre></div>\n");
        end
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
            ),
            Failed => Diagnostic::new(Code::HighlightLimit, at, "the grammar of this block's language failed on it"),
        };
        self.diagnostics.push(wrong);
    }

    /// Draws the table that a fenced `table` block asks for.
    pub(super) fn table_block(&mut self, text: &str, body: Span, whole: Span) {
        let parsed = block::table(body.file, text, body.start as usize);
        self.diagnostics.extend(parsed.diagnostics);
        let Some(block) = parsed.value else { return };
        let table_id = block.from.value;
        let Some(table) = self.book.data().table(table_id, block.from.span) else {
            let message = format!("there is no table `{table_id}`");
            let mut wrong = Diagnostic::new(Code::NameUnknown, block.from.span, message).label("no such table");
            let names = self.book.data().tables(block.from.span);
            if let Some(near) = crate::diag::nearest(table_id.as_str(), names.iter().map(|id| id.as_str())) {
                wrong = wrong.fix(format!("did you mean `{near}`?"), block.from.span, near);
            }
            self.diagnostics.push(wrong);
            return;
        };
        let block = TableBlock { id: block.id.map(|id| id.map(|id| self.anchored(&id))), ..block };
        let caption = block.caption.as_ref().map(|caption| self.caption(caption));
        let mut sources = Vec::new();
        for name in table::sources(&block, table) {
            sources.extend(self.book.data().source(name, whole));
        }
        let around = table::Around { caption: caption.as_deref(), sources: &sources };
        let drawn = table::html(&block, table, around);
        self.diagnostics.extend(drawn.diagnostics);
        self.out.push_str(&drawn.value);
    }

    /// The caption of a block, its expressions evaluated.
    pub(super) fn caption(&mut self, caption: &At<String>) -> String {
        let parts = chapter::Inline::parse(&caption.value, caption.span);
        resolve::plain(&parts, &mut self.book.data(), &mut self.diagnostics)
    }
}
