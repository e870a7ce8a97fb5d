//! The citations of a chapter: each expression in its text, evaluated once, with the id by which other pages lead to it.
//!
//! The outline of a chapter and its page both go through here, so that the uses which receipts list and the ids which
//! the page has cannot disagree.

use super::data::Data;
use super::grid::grid;
use super::value::{Shown, evaluate};
use crate::diag::{Diagnostic, Parsed, Span};
use crate::id::{Cited, Name};
use crate::ledger::Reader;
use crate::parse::block;
use crate::parse::chapter::{Across, Chapter, Inline, Piece, language};
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// An expression in the text of a chapter, evaluated.
#[derive(Clone, Debug)]
pub struct Citation {
    /// What a page shows; `None` where a mistake was told.
    pub shown: Option<Shown>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The id that its place on the page has; none for one that leans on no number.
    pub id: Option<Name>,
}

/// The citations of a chapter, by where each begins in the composed text.
#[derive(Debug, Default)]
pub struct Citations {
    all: FxHashMap<usize, Citation>,
}

impl Citations {
    /// The citation that begins at `start`.
    pub fn at(&self, start: usize) -> Option<&Citation> {
        self.all.get(&start)
    }
}

/// A place that uses a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// The number.
    pub cited: Cited,
    /// The id on the page of the citation, or of the heading above it; empty for the top of the page.
    pub anchor: Name,
}

type Events<'a> = [(Event<'a>, Range<usize>)];

/// Evaluates the expressions in the text of a chapter. Those in code and in raw HTML are text.
pub fn citations(chapter: &Chapter, events: &Events<'_>, data: &mut Reader<'_, '_, Data>) -> Citations {
    let mut all = FxHashMap::default();
    let mut times: FxHashMap<Cited, usize> = FxHashMap::default();
    let (mut code, mut images) = (false, 0_usize);
    for (event, range) in events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images = images.saturating_sub(1),
            Event::Text(text) if !code && images == 0 && !chapter.expressions_in(range).is_empty() => {
                for piece in chapter.pieces(text, range) {
                    let Piece::Expression(expression) = piece else { continue };
                    let at = chapter.span(expression.inner());
                    let Parsed { value: shown, diagnostics } =
                        evaluate(&expression.source, at, &chapter.front.across, data);
                    let id = shown.as_ref().and_then(|shown| shown.cited.first()).map(|cited| {
                        let time = times.entry(*cited).or_default();
                        *time += 1;
                        id_of(*cited, *time)
                    });
                    all.insert(expression.range.start, Citation { shown, diagnostics, id });
                }
            }
            _ => {}
        }
    }
    Citations { all }
}

/// The id of the place that cites a number for the `time`-th time. No heading's id has a colon in it.
fn id_of(cited: Cited, time: usize) -> Name {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') { c } else { '-' };
    let name: String = cited.to_string().chars().map(plain).collect();
    Name::new(&match time {
        1 => format!("n:{name}"),
        _ => format!("n:{name}:{time}"),
    })
}

/// The places of a chapter that use numbers, sorted. `headings` are its headings, by where they begin.
pub(super) fn uses(
    chapter: &Chapter,
    events: &Events<'_>,
    headings: &[(usize, Name)],
    data: &mut Reader<'_, '_, Data>,
) -> Vec<Use> {
    let mut uses: Vec<Use> = places(chapter, events, headings, data).into_iter().map(|(used, _)| used).collect();
    uses.sort_unstable();
    uses.dedup();
    uses
}

/// The same, each with where it stands in the chapter's files.
pub(super) fn places(
    chapter: &Chapter,
    events: &Events<'_>,
    headings: &[(usize, Name)],
    data: &mut Reader<'_, '_, Data>,
) -> Vec<(Use, Span)> {
    let mut found = Uses { across: &chapter.front.across, out: Vec::new() };
    let top = Name::new("");
    for parts in [&chapter.front.title, &chapter.front.description].into_iter().flatten() {
        found.line(parts, top, data);
    }
    for claim in &chapter.front.claims {
        found.expression(&claim.that, claim.that_at, top, data);
    }
    let citations = citations(chapter, events, data);
    #[allow(clippy::iter_over_hash_type, reason = "whoever uses them sorts them")]
    for (start, citation) in &citations.all {
        let (Some(shown), Some(id)) = (&citation.shown, citation.id) else { continue };
        let expression = chapter.expressions_in(&(*start..start + 1)).first();
        let at = expression.map_or(chapter.span(*start..*start), |expression| {
            bare(&expression.source, chapter.span(expression.inner()))
        });
        found.out.extend(shown.cited.iter().map(|cited| (Use { cited: *cited, anchor: id }, at)));
    }
    // The text of a fenced block may come in several events.
    let mut block: Option<(String, usize)> = None;
    for (event, range) in events {
        let above = headings.partition_point(|(start, _)| *start <= range.start);
        let anchor = above.checked_sub(1).and_then(|at| headings.get(at)).map_or(top, |(_, id)| *id);
        match event {
            // Their titles, and the texts that stand in for images.
            Event::Start(Tag::Image { .. } | Tag::Link { .. }) => {
                for expression in chapter.expressions_in(range) {
                    if citations.at(expression.range.start).is_none() {
                        found.expression(&expression.source, chapter.span(expression.inner()), anchor, data);
                    }
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if language(info) == "table" => {
                block = Some((String::new(), range.start));
            }
            Event::Text(text) => {
                if let Some((body, start)) = &mut block {
                    if body.is_empty() {
                        *start = range.start;
                    }
                    body.push_str(&chapter.unmasked(text, range));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((body, start)) = block.take() {
                    found.block(&body, chapter.span(start..start), anchor, data);
                }
            }
            Event::Html(_) => {
                if let Some(line) = chapter.container_line(range) {
                    found.line(&chapter.line_parts(line, 0..line.source.len()), anchor, data);
                }
            }
            _ => {}
        }
    }
    found.out
}

/// Where an expression stands, without the white space round it.
fn bare(source: &str, at: Span) -> Span {
    let start = source.len() - source.trim_start().len();
    if at.range().len() == source.len() { at.slice(start..source.trim_end().len().max(start)) } else { at }
}

struct Uses<'c> {
    across: &'c [Across],
    out: Vec<(Use, Span)>,
}

impl Uses<'_> {
    fn line(&mut self, parts: &[Inline], anchor: Name, data: &mut Reader<'_, '_, Data>) {
        for part in parts {
            if let Inline::Expression(source, at) = part {
                self.expression(source, *at, anchor, data);
            }
        }
    }

    /// A fenced `table` block whose body begins at `at`.
    fn block(&mut self, body: &str, at: Span, above: Name, data: &mut Reader<'_, '_, Data>) {
        let Some(block) = block::table(at.file, body, at.start as usize).value else { return };
        let anchor = block.id.as_ref().map_or(above, |id| Name::new(&id.value));
        if let Some(caption) = &block.caption {
            self.line(&Inline::parse(&caption.value, caption.span), anchor, data);
        }
        let cited = grid(&block, self.across, data).value.map(|grid| grid.cited).unwrap_or_default();
        self.out.extend(cited.into_iter().map(|cited| (Use { cited, anchor }, at)));
    }

    fn expression(&mut self, source: &str, at: Span, anchor: Name, data: &mut Reader<'_, '_, Data>) {
        let shown = evaluate(source, at, self.across, data).value;
        let at = bare(source, at);
        self.out.extend(shown.into_iter().flat_map(|shown| shown.cited).map(|cited| (Use { cited, anchor }, at)));
    }
}
