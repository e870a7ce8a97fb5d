//! The headings of a chapter and their ids, made as mdBook 0.5 makes them.

use super::{Chapter, Piece};
use pulldown_cmark::{Event, Tag, TagEnd};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A heading, or the term of a definition list (which can be linked to in the same way).
#[derive(Clone, Debug)]
pub struct Heading {
    /// The number of its start event.
    pub event: usize,
    /// 1 to 6; 0 for a term.
    pub level: u8,
    /// Its id, unique on the page.
    pub id: String,
    /// Where the id was given, if it was given and another heading has it already.
    pub twice: Option<Range<usize>>,
    /// The events between its start and its end.
    pub inner: Range<usize>,
}

/// The headings among `events`. An id that an author gives (`{#id}`) is reserved before others are made.
pub fn headings(chapter: &Chapter, events: &[(Event<'_>, Range<usize>)]) -> Vec<Heading> {
    let mut found: Vec<(Heading, Option<String>, String)> = Vec::new();
    for (ix, (event, range)) in events.iter().enumerate() {
        let (level, given) = match event {
            Event::Start(Tag::Heading { level, id, .. }) => (*level as u8, id.as_deref()),
            Event::Start(Tag::DefinitionListTitle) => (0, None),
            _ => continue,
        };
        let end = events.iter().skip(ix).position(|(e, _)| {
            matches!(e, Event::End(TagEnd::Heading(_)) if level > 0)
                || matches!(e, Event::End(TagEnd::DefinitionListTitle) if level == 0)
        });
        let inner = ix + 1..ix + end.unwrap_or(1);
        let text = heading_text(chapter, events.get(inner.clone()).unwrap_or_default());
        let heading = Heading { event: ix, level, id: String::new(), twice: Some(range.clone()), inner };
        found.push((heading, given.map(str::to_owned), text));
    }
    let mut used = Used::default();
    // The text of the page has this id, which no heading is given by its words.
    used.ids.insert("benchbook:text".to_owned());
    let mut twice = vec![false; found.len()];
    for ((heading, given, _), twice) in found.iter_mut().zip(&mut twice) {
        if let Some(id) = given.take().map(|id| clean(&id)).filter(|id| !id.is_empty()) {
            *twice = used.ids.contains(&id);
            heading.id = used.unique(id);
        }
    }
    for ((heading, _, text), twice) in found.iter_mut().zip(twice) {
        if heading.id.is_empty() {
            heading.id = used.unique(heading_id(text));
        }
        if !twice {
            heading.twice = None;
        }
    }
    found.into_iter().map(|(heading, ..)| heading).collect()
}

/// The text that an id is made of: no markup, and nothing of an expression.
fn heading_text(chapter: &Chapter, events: &[(Event<'_>, Range<usize>)]) -> String {
    let mut out = String::new();
    let mut images = 0usize;
    for (event, range) in events {
        match event {
            // As in mdBook, what stands in place of an image is no part of an id.
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images = images.saturating_sub(1),
            _ if images > 0 => {}
            Event::Text(text) => {
                for piece in chapter.pieces(text, range) {
                    if let Piece::Text(text) = piece {
                        out.push_str(&text);
                    }
                }
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                out.push_str(&chapter.unmasked(text, range));
            }
            Event::SoftBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// The id of a heading with this text, before it is made unique.
pub fn heading_id(text: &str) -> String {
    text.trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// An id that an author gives keeps every character that HTML allows in one: all but white space.
fn clean(id: &str) -> String {
    id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// The ids of a page that are taken, and the last number that was put behind each.
#[derive(Default)]
struct Used {
    ids: HashSet<String>,
    counts: HashMap<String, usize>,
}

impl Used {
    /// `id`, or `id-1`, `id-2`, … when it is taken.
    fn unique(&mut self, id: String) -> String {
        // An empty id would be no id: mdBook writes `id=""`, which no link can reach and HTML forbids.
        let id = if id.is_empty() { "section".to_owned() } else { id };
        if self.ids.insert(id.clone()) {
            return id;
        }
        let count = self.counts.entry(id.clone()).or_default();
        loop {
            *count += 1;
            let candidate = format!("{id}-{count}");
            if self.ids.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}
