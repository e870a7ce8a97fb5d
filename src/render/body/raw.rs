//! Raw HTML of a chapter, passed on as the book allows it.

use super::{Events, Writer, skip};
use crate::diag::Span;
use crate::parse::html::{RawHtml, Use};
use pulldown_cmark::Event;
use std::ops::Range;

impl<'a> Writer<'a, '_, '_> {
    /// Writes a block of raw HTML whose start is event `ix`; gives the event after its end.
    pub(super) fn html_block(&mut self, range: &Range<usize>, events: &Events<'a>, ix: usize) -> usize {
        let end = skip(events, ix);
        let chapter = self.chapter;
        if let Some(line) = chapter.container_line(range) {
            self.container(line);
            return end;
        }
        let inner = events.get(ix + 1..end.saturating_sub(1)).unwrap_or_default();
        let mut html = String::new();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (event, range) in inner {
            if let Event::Html(part) | Event::Text(part) = event {
                self.warn_text(range, "raw HTML");
                runs.push((html.len(), range.start));
                html.push_str(&self.chapter.unmasked(part, range));
            }
        }
        self.feed(&html, &runs);
        end
    }

    pub(super) fn raw_html(&mut self, html: &str, range: &Range<usize>) {
        self.warn_text(range, "raw HTML");
        let html = self.chapter.unmasked(html, range).into_owned();
        self.feed(&html, &[(0, range.start)]);
    }

    /// Passes raw HTML on; `runs` says at which offset of it which offset of the chapter begins.
    pub(super) fn feed(&mut self, html: &str, runs: &[(usize, usize)]) {
        let chapter = self.chapter;
        let place = |at: usize| {
            let run = runs.partition_point(|(start, _)| *start <= at).saturating_sub(1);
            runs.get(run).map_or(at, |(start, source)| source + (at - start))
        };
        let span = |range: Range<usize>| chapter.span(place(range.start)..place(range.end).max(place(range.start)));
        let mut raw = std::mem::replace(&mut self.raw, RawHtml::new(self.config.raw_html));
        let mut out = std::mem::take(&mut self.out);
        let mut wrong = Vec::new();
        let mut link = |_: Use, dest: &str, at: Span| self.address(dest, at);
        raw.feed(html, &span, &mut link, &mut out, &mut wrong);
        self.diagnostics.append(&mut wrong);
        (self.raw, self.out) = (raw, out);
    }
}
