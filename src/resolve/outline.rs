//! What other pages can see of a chapter: its title and its anchors.
//!
//! Typing in the body of a chapter leaves its outline as it is, so no other page need be made again. The hash covers
//! what is seen from outside, and no place in the text.

use super::cite::Use;
use super::data::Data;
use crate::diag::Span;
use crate::id::{ChapterId, Name, PathId, TableId};
use crate::ledger::Reader;
use crate::parse::block::From;
use crate::parse::chapter::{self, Chapter};
use crate::parse::config::{Config, Mode};
use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use serde::{Deserialize, Serialize};

/// What other pages can see of a chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outline {
    /// The title that its front matter gives, with its expressions evaluated.
    pub title: Option<String>,
    /// Whether its front matter says that no page is made of it.
    pub draft: bool,
    /// Whether its file is there. A missing file is a missing chapter; an unreadable one counts as having every
    /// anchor, so that one broken file is one error.
    pub state: State,
    /// Its anchors, sorted.
    pub ids: Vec<Name>,
    /// The Markdown files that it includes, sorted: these need not be listed as chapters.
    pub includes: Vec<PathId>,
    /// The numbers that it uses, and where, sorted.
    pub uses: Vec<Use>,
    /// Whether it is a draft with claims, which nobody checks.
    pub unchecked: bool,
    /// The tables that its blocks show and that there are, sorted.
    pub tables: Vec<TableId>,
}

impl Outline {
    /// The outline of a chapter of which nothing can be known.
    pub(crate) fn unreadable() -> Self {
        Outline { state: State::Unreadable, ..Outline::default() }
    }
}

/// Whether a chapter can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// It can.
    #[default]
    Read,
    /// Its file is not there.
    Missing,
    /// Its file is there and cannot be read as text.
    Unreadable,
}

/// The outline of a chapter. Reports nothing: what is wrong with a chapter, its page tells.
pub fn outline(chapter: ChapterId, data: &mut Reader<'_, '_, Data>) -> Outline {
    let config = data.config(Span::top(super::data::config_path()));
    let file = super::data::chapter_path(config, chapter.as_str());
    match chapter::chapter(file, config, &mut data.files()) {
        Ok(parsed) => of(&parsed.value, config, data),
        Err(chapter::ChapterError::Unreadable(crate::read::Problem::Missing)) => {
            Outline { state: State::Missing, ..Outline::default() }
        }
        Err(_) => Outline::unreadable(),
    }
}

fn of(chapter: &Chapter, config: &Config, data: &mut Reader<'_, '_, Data>) -> Outline {
    let across = &chapter.front.across;
    let title = chapter.front.title.as_deref().map(|parts| super::value::plain(parts, across, data, &mut Vec::new()));
    let events = chapter.events();
    let headings = chapter::headings(chapter, &events);
    let starts =
        headings.iter().filter_map(|heading| Some((events.get(heading.event)?.1.start, Name::new(&heading.id))));
    let starts: Vec<(usize, Name)> = starts.collect();
    let mut ids: Vec<Name> = starts.iter().map(|(_, id)| *id).collect();
    let uses = match config.mode {
        Mode::Benchbook if !chapter.front.draft => super::cite::uses(chapter, &events, &starts, data),
        _ => Vec::new(),
    };
    let mut html = String::new();
    for (event, range) in &events {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => html.push_str(&chapter.unmasked(text, range)),
            Event::Start(Tag::FootnoteDefinition(name)) => ids.push(Name::new(&format!("footnote-{name}"))),
            _ => {}
        }
    }
    if html.contains('<') {
        ids.extend(crate::parse::html::ids(&html, config.raw_html).iter().map(|id| Name::new(id)));
    }
    let mut tables = Vec::new();
    if config.mode == Mode::Benchbook {
        let (blocks, shown) = blocks(chapter, &events);
        ids.extend(blocks);
        tables = shown;
        tables.retain(|table| data.columns(*table, Span::top(chapter.file)).is_some());
        tables.sort_unstable();
        tables.dedup();
    }
    ids.sort_unstable();
    ids.dedup();
    let mut includes: Vec<PathId> = chapter.included.clone();
    includes.retain(|path| path.as_str().ends_with(".md"));
    includes.sort_unstable();
    includes.dedup();
    let unchecked = chapter.front.draft && !chapter.front.claims.is_empty();
    Outline { title, draft: chapter.front.draft, state: State::Read, ids, includes, uses, tables, unchecked }
}

/// The ids of fenced `table` blocks, and the tables that they show.
fn blocks(chapter: &Chapter, events: &[(Event<'_>, std::ops::Range<usize>)]) -> (Vec<Name>, Vec<TableId>) {
    let (mut ids, mut tables) = (Vec::new(), Vec::new());
    // The text of a block may come in several events.
    let mut body: Option<String> = None;
    for (event, range) in events {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if chapter::language(info) == "table" => {
                body = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(body) = &mut body {
                    body.push_str(&chapter.unmasked(text, range));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let block = body.take().and_then(|body| crate::parse::block::table(chapter.file, &body, 0).value);
                if let Some(From::Table(table)) = block.as_ref().map(|block| block.from.value) {
                    tables.push(table);
                }
                ids.extend(block.and_then(|block| block.id).map(|id| Name::new(&id.value)));
            }
            _ => {}
        }
    }
    (ids, tables)
}
