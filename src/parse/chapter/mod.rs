//! A chapter: from the bytes of its file to Markdown events whose places lead back to what the author wrote.
//!
//! In this order: front matter is cut off the chapter's own file, includes are put in as text, one mask goes over the
//! expressions, and Markdown is parsed. (Front matter comes first, not second, so that its places are exact and no
//! included file can change what a chapter is.) All of it keeps a map from the composed text to the files.
//!
//! **Invariant:** the only other files that a chapter reads are its includes, and those come through the recorder.

mod container;
mod fence;
pub(super) mod front;
mod headings;
mod include;
mod map;
mod mask;

pub use container::{Kind, Line};
pub use fence::{Fence, Shown};
pub use front::{Across, Allow, Claim, Front, Inline};
pub use headings::{Heading, heading_id, headings};
pub use mask::{ContainerLine, Expression, Piece};

use super::config::{Config, Mode};
use super::deceit;
use crate::diag::{Diagnostic, Parsed, Span};
use crate::id::PathId;
use crate::ledger::Reader;
use crate::read::{Problem, Snapshot};
use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

/// A chapter, read and composed.
#[derive(Debug)]
pub struct Chapter {
    /// Its own file.
    pub file: PathId,
    /// What its front matter says.
    pub front: Front,
    /// What `{{#title}}` says.
    pub title_override: Option<String>,
    /// The files that its directives put in.
    pub included: Vec<PathId>,
    text: String,
    map: map::SourceMap,
    mask: mask::Mask,
    options: Options,
}

/// Reads the chapter in `file`. `Err` when there is no such text: the reason, for whoever listed it to tell.
pub fn chapter(
    file: PathId,
    config: &Config,
    files: &mut Reader<'_, '_, Snapshot>,
) -> Result<Parsed<Chapter>, ChapterError> {
    let own = match files.text(file, Span::top(file)) {
        Ok(Ok(text)) => text,
        Ok(Err(diagnostic)) => return Err(ChapterError::NotText(diagnostic)),
        Err(problem) => return Err(ChapterError::Unreadable(problem)),
    };
    let ours = config.mode == Mode::Benchbook;
    let mut diagnostics = Vec::new();
    let bare = own.len() - own.trim_start_matches('\u{feff}').len();
    let (front, body) =
        if ours { front::cut(file, &own, bare, &mut diagnostics) } else { (Front::default(), bare..own.len()) };
    let mut composed = include::compose(file, &own, body.clone(), config, files);
    diagnostics.append(&mut composed.diagnostics);
    deceit::tell(
        own.get(bare..body.start).unwrap_or_default(),
        |at| Span::new(file, at.start + bare..at.end + bare),
        &mut diagnostics,
    );
    deceit::tell(&composed.text, |at| composed.map.span(at), &mut diagnostics);
    let mask = if ours { mask::Mask::put_on(&mut composed.text, config.math) } else { mask::Mask::default() };
    Ok(Parsed {
        value: Chapter {
            file,
            front,
            title_override: composed.title,
            included: composed.included,
            text: composed.text,
            map: composed.map,
            mask,
            options: options(config),
        },
        diagnostics,
    })
}

/// What a reference that nothing defines would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dangling {
    /// A footnote.
    Footnote,
    /// A link.
    Link,
}

/// Why a chapter cannot be read.
#[derive(Clone, Debug)]
pub enum ChapterError {
    /// Its file cannot be had.
    Unreadable(Problem),
    /// Its file is not text; the place says where.
    NotText(Box<Diagnostic>),
}

fn options(config: &Config) -> Options {
    // One by one: `Options::all()` would bring the old footnotes and the quadratic metadata blocks.
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES;
    options.set(Options::ENABLE_SMART_PUNCTUATION, config.smart_punctuation);
    options.set(Options::ENABLE_DEFINITION_LIST, config.definition_lists);
    options.set(Options::ENABLE_GFM, config.admonitions);
    options.set(Options::ENABLE_MATH, config.math && config.mode == Mode::Benchbook);
    options
}

/// The language that the info string of a fence names.
pub fn language(info: &str) -> &str {
    Fence::parse(info).language
}

/// How many events a chapter may give for each of its bytes. Two are the most that Markdown itself gives: `>` a byte.
/// Only the cells that a short row of a table lacks stand for no byte.
const MAX_EVENTS: usize = 4;

impl Chapter {
    /// The Markdown events, with their ranges in the composed text. The rest of a chapter that
    /// gives too many is left out: [`Chapter::cut`] says whether it was.
    pub fn events(&self) -> Vec<(Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, self.options).into_offset_iter().take(self.most_events()).collect()
    }

    /// Where `events` of this chapter were cut off because they are too many.
    pub fn cut(&self, events: &[(Event<'_>, Range<usize>)]) -> Option<Range<usize>> {
        let (_, last) = events.last().filter(|_| events.len() >= self.most_events())?;
        Some(last.clone())
    }

    fn most_events(&self) -> usize {
        MAX_EVENTS * self.text.len() + 1024
    }

    /// References that nothing defines, which Markdown leaves as text: footnotes (`[^a]`) and links (`[text][a]`), with
    /// their ranges. A word in brackets alone is no reference: people write those.
    pub fn dangling(&self) -> Vec<(Dangling, Range<usize>)> {
        let mut found = Vec::new();
        let mut note = |link: BrokenLink<'_>| {
            if link.link_type == LinkType::Reference {
                found.push((Dangling::Link, link.span));
            }
            None
        };
        let parser = Parser::new_with_broken_link_callback(&self.text, self.options, Some(&mut note));
        let mut notes = Vec::new();
        let mut code = false;
        // The brackets of a reference that is none are texts of their own: what stands side by side is read as one.
        let mut run = 0..0;
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Text(_) if !code && range.start == run.end => run.end = range.end,
                Event::Text(_) if !code => notes.extend(self.footnote_marks(std::mem::replace(&mut run, range))),
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(TagEnd::CodeBlock) => code = false,
                _ => {}
            }
        }
        notes.extend(self.footnote_marks(run));
        found.extend(notes.into_iter().map(|range| (Dangling::Footnote, range)));
        found
    }

    /// What looks like `[^a]` in a run of text.
    fn footnote_marks(&self, run: Range<usize>) -> Vec<Range<usize>> {
        let text = self.slice(run.clone());
        let marks = text.match_indices("[^").filter_map(|(at, _)| {
            let inner = text.get(at + 2..)?;
            let end = inner.find(|c: char| c == ']' || c == '[' || c.is_whitespace())?;
            let closed = end > 0 && inner.as_bytes().get(end) == Some(&b']');
            let escaped = at > 0 && text.as_bytes().get(at - 1) == Some(&b'\\');
            (closed && !escaped).then(|| run.start + at..run.start + at + end + 3)
        });
        marks.collect()
    }

    /// Where a range of the composed text stands in the files.
    pub fn span(&self, range: Range<usize>) -> Span {
        self.map.span(range)
    }

    /// The expressions in the event text `text` of `range`, and the text between them.
    pub fn pieces<'a>(&'a self, text: &'a str, range: &Range<usize>) -> Vec<Piece<'a>> {
        self.mask.pieces(text, range)
    }

    /// The event text `text` of `range` with the author's own letters where the mask was.
    pub fn unmasked<'a>(&self, text: &'a str, range: &Range<usize>) -> Cow<'a, str> {
        self.mask.unmasked(text, range)
    }

    /// The expressions that lie in `range`.
    pub fn expressions_in(&self, range: &Range<usize>) -> &[Expression] {
        self.mask.within(range)
    }

    /// The line of a container that a block of HTML in `range` stands for.
    pub fn container_line(&self, range: &Range<usize>) -> Option<&ContainerLine> {
        let line = self.mask.line_in(range)?;
        let before = self.slice(range.start..line.range.start);
        before.chars().all(|c| c.is_whitespace() || c == '>').then_some(line)
    }

    /// A part of the line of a container: text, and expressions with their places.
    pub fn line_parts(&self, line: &ContainerLine, part: Range<usize>) -> Vec<Inline> {
        let text = line.source.get(part.clone()).unwrap_or_default();
        let mut out = Vec::new();
        let mut at = 0;
        for expression in mask::find(text) {
            out.push(Inline::Text(text.get(at..expression.range.start).unwrap_or_default().to_owned()));
            let inner = expression.inner();
            let start = line.range.start + part.start;
            at = expression.range.end;
            out.push(Inline::Expression(expression.source, self.span(start + inner.start..start + inner.end)));
        }
        out.push(Inline::Text(text.get(at..).unwrap_or_default().to_owned()));
        out
    }

    /// How long the composed text is, in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The composed text of a range, as it was parsed (under the mask).
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}
