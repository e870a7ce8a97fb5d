//! Orphans: quantities that stand typed in a chapter, so that nobody is told when they are no longer true.
//!
//! Looked at are running text, headings, the cells of Markdown tables, alternative texts and captions. Code, raw HTML
//! and the targets of links are not, nor is a quotation that names where it is from.

use super::data::Data;
use crate::diag::{Code, Diagnostic, Span};
use crate::id::Name;
use crate::ledger::Reader;
use crate::number::typed::{self, HIDDEN, Typed};
use crate::parse::chapter::{Chapter, Fence};
use crate::parse::keys::{self, Keys};
use crate::parse::table::{Cell, Value};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd};
use rustc_hash::FxHashSet;
use std::ops::Range;
use std::sync::OnceLock;

type Events<'a> = [(Event<'a>, Range<usize>)];

/// How many orphans of one chapter are told.
const MOST: usize = 200;

/// What is wrong with the quantities that stand typed in a chapter, and with those that its front matter allows.
pub fn orphans(chapter: &Chapter, events: &Events<'_>, data: &mut Reader<'_, '_, Data>) -> Vec<Diagnostic> {
    let allows = chapter.front.allows.iter().map(|allow| squeezed(&allow.text)).collect();
    let mut walk = Walk { chapter, run: Run::default(), data, allows, used: FxHashSet::default(), told: Vec::new() };
    if typed::may_hold(chapter.slice(0..chapter.len())) {
        walk.all(events);
    }
    let Walk { used, mut told, .. } = walk;
    for (_, allow) in chapter.front.allows.iter().enumerate().filter(|(place, _)| !used.contains(place)) {
        let message = format!("no number of the chapter is written `{}`", allow.text.escape_debug());
        let wrong = Diagnostic::new(Code::AllowUnused, allow.text_at, message).label("allows nothing");
        told.push(wrong.help("write it as it stands in the chapter, or remove this `[[allow]]`"));
    }
    told
}

struct Walk<'a, 'w, 't, 'r> {
    chapter: &'a Chapter,
    run: Run,
    data: &'r mut Reader<'w, 't, Data>,
    /// What the front matter allows, with its white space squeezed.
    allows: Vec<String>,
    /// Which of these were needed.
    used: FxHashSet<usize>,
    told: Vec<Diagnostic>,
}

/// Text that a reader reads in one go, and where its parts stand in the chapter.
#[derive(Default)]
struct Run {
    text: String,
    parts: Vec<Part>,
}

struct Part {
    /// Where it begins in the run.
    start: usize,
    /// Where it stands in the chapter.
    range: Range<usize>,
    /// Whether each of its bytes is one of the chapter's.
    exact: bool,
}

impl Run {
    fn push(&mut self, text: &str, range: Range<usize>) {
        let exact = text.len() == range.len();
        self.parts.push(Part { start: self.text.len(), range, exact });
        self.text.push_str(text);
    }

    /// Where a part of the run stands in the chapter.
    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let part = |at: usize| {
            let place = self.parts.partition_point(|part| part.start <= at);
            place.checked_sub(1).and_then(|place| self.parts.get(place))
        };
        let start = part(range.start).map_or(0, |part| match part.exact {
            true => part.range.start + (range.start - part.start),
            false => part.range.start,
        });
        let end = part(range.end.saturating_sub(1)).map_or(start, |part| match part.exact {
            true => part.range.start + (range.end - part.start),
            false => part.range.end,
        });
        start..end.max(start)
    }
}

impl Walk<'_, '_, '_, '_> {
    fn all(&mut self, events: &Events<'_>) {
        // What begins before this is not looked at.
        let mut skipped = 0;
        let mut looked_at = None;
        for (place, (event, range)) in events.iter().enumerate() {
            if self.told.len() >= MOST {
                return;
            }
            if range.start < skipped {
                continue;
            }
            match event {
                Event::Start(Tag::BlockQuote(_)) => {
                    self.flush();
                    // Quotations in each other that end together have one last line.
                    if looked_at != Some(range.end) {
                        looked_at = Some(range.end);
                        if self.is_attributed(range, events.get(place..).unwrap_or_default()) {
                            skipped = range.end;
                        }
                    }
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    self.flush();
                    skipped = range.end;
                    if let CodeBlockKind::Fenced(info) = kind
                        && Fence::parse(info).language == "table"
                    {
                        self.caption(range, events.get(place + 1));
                    }
                }
                Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => {
                    self.hide(range);
                    skipped = range.end;
                }
                Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell) => {
                    self.flush();
                    if !typed::may_hold(self.chapter.slice(range.clone())) {
                        skipped = range.end;
                    }
                }
                Event::Start(tag) if !is_inline(tag) => self.flush(),
                Event::End(tag) if !is_inline_end(tag) => self.flush(),
                Event::Text(text) => self.text(text, range),
                Event::SoftBreak => self.run.push(" ", range.clone()),
                Event::HardBreak => self.run.push("\n", range.clone()),
                Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => self.hide(range),
                Event::Html(_) => {
                    self.flush();
                    self.container(range);
                }
                _ => {}
            }
        }
        self.flush();
    }

    fn hide(&mut self, range: &Range<usize>) {
        self.run.push(HIDDEN.encode_utf8(&mut [0; 4]), range.clone());
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        let expressions = self.chapter.expressions_in(range);
        if expressions.is_empty() {
            let text = self.chapter.unmasked(text, range);
            return self.run.push(&text, range.clone());
        }
        // Where the event has the chapter's own bytes, what is between the expressions keeps its places.
        if text.len() != range.len() {
            return self.hide(range);
        }
        let mut at = range.start;
        for expression in expressions {
            self.between(at..expression.range.start);
            self.hide(&expression.range);
            at = expression.range.end;
        }
        self.between(at..range.end);
    }

    fn between(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            let text = self.chapter.unmasked(self.chapter.slice(range.clone()), &range);
            self.run.push(&text, range);
        }
    }

    /// The title of a container.
    fn container(&mut self, range: &Range<usize>) {
        let Some(line) = self.chapter.container_line(range).filter(|line| typed::may_hold(&line.source)) else {
            return;
        };
        self.run.push(&hidden(&line.source), line.range.clone());
        self.flush();
    }

    /// The caption of a `table` block.
    fn caption(&mut self, range: &Range<usize>, first: Option<&(Event<'_>, Range<usize>)>) {
        let Some((Event::Text(_), first)) = first else { return };
        let body = self.chapter.slice(first.start..range.end);
        let body = body
            .rsplit_once('\n')
            .filter(|(_, last)| last.trim_start().starts_with(['`', '~']))
            .map_or(body, |(body, _)| body);
        let mut ignored = Vec::new();
        let Ok(document) = keys::document(self.chapter.file, body, first.start) else { return };
        let caption = Keys::new(&document, &mut ignored).string("caption");
        let Some(caption) = caption else { return };
        let at = keys::inside(caption).range();
        // The places of a text with escapes in it are not those of its letters.
        let source = self.chapter.slice(at.clone());
        if source == caption.value {
            let text = self.chapter.unmasked(source, &at).into_owned();
            if text.len() == at.len() {
                self.run.push(&hidden(&text), at);
                self.flush();
            }
        }
    }

    /// Whether a quotation says where it is from: its last line begins with a dash and holds a link.
    fn is_attributed(&self, range: &Range<usize>, events: &Events<'_>) -> bool {
        let text = self.chapter.slice(range.clone()).trim_end();
        let start = text.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(start..).unwrap_or_default().trim_start_matches(['>', ' ', '\t']);
        if !line.starts_with('—') && !line.starts_with("--") {
            return false;
        }
        let start = range.start + start;
        let mut within = events.iter().take_while(|(_, inner)| inner.start < range.end);
        within.any(|(event, inner)| inner.start >= start && matches!(event, Event::Start(Tag::Link { .. })))
    }

    /// Looks for quantities in what was read so far.
    fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        if !typed::may_hold(&run.text) {
            return;
        }
        for Typed { range } in typed::find(&run.text) {
            if self.is_allowed(&run.text, &range) || self.is_part_of_name(&run, &range) {
                continue;
            }
            let at = self.chapter.span(run.place(&range));
            let shown = run.text.get(range).unwrap_or_default();
            self.told.push(orphan(shown, at));
            if self.told.len() >= MOST {
                return;
            }
        }
    }

    fn is_allowed(&mut self, text: &str, range: &Range<usize>) -> bool {
        let mut allowed = false;
        for (place, allow) in self.allows.iter().enumerate() {
            if covers(text, range, allow) {
                allowed = true;
                self.used.insert(place);
            }
        }
        allowed
    }

    fn is_part_of_name(&mut self, run: &Run, range: &Range<usize>) -> bool {
        let at = self.chapter.span(run.place(range));
        let contexts = typed::contexts(&run.text, range);
        contexts.into_iter().flatten().any(|words| self.data.is_name(Name::new(&words), at))
    }
}

/// Whether `allow` stands in `text` so that the quantity in `range` lies in it. White space is as good as other white
/// space.
fn covers(text: &str, range: &Range<usize>, allow: &str) -> bool {
    if !allow.contains(&squeezed(text.get(range.clone()).unwrap_or_default())) {
        return false;
    }
    let before = text.get(..range.start).unwrap_or_default();
    let starts = before.char_indices().rev().map(|(at, _)| at).take(allow.len());
    std::iter::once(range.start).chain(starts).any(|start| {
        let stands = text.get(start..).and_then(|rest| stands_at_start(rest, allow));
        stands.is_some_and(|len| start + len >= range.end)
    })
}

/// How long that is with which `text` begins as `allow` has it.
fn stands_at_start(text: &str, allow: &str) -> Option<usize> {
    let mut rest = text;
    for (place, word) in allow.split(' ').enumerate() {
        if place > 0 {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        rest = rest.strip_prefix(word)?;
    }
    Some(text.len() - rest.len())
}

/// The text with one plain space for each run of white space.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with what stands for an expression hidden, at the same length.
fn hidden(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("{{") {
        let Some((inner, after)) = from.split_once("}}") else { break };
        out.push_str(before);
        out.extend(std::iter::repeat_n('_', inner.len() + 4));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn orphan(shown: &str, at: Span) -> Diagnostic {
    let shown = squeezed(shown);
    let message = format!("`{}` is typed by hand, so nothing tells when it is no longer true", shown.escape_debug());
    let wrong = Diagnostic::new(Code::Orphan, at, message).label("names no source");
    let wrong = wrong.help("cite it: put it into a table or a record, and write its path in `{{ }}`");
    wrong.help("if it may stand as it is, say why in the front matter: `[[allow]]` with `text` and `why`")
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn is_inline_end(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}

/// The names that quantities are part of, by the words beside these: built when the first is asked for.
#[derive(Default)]
pub(super) struct Names(OnceLock<FxHashSet<String>>);

impl Names {
    /// Whether `words` (see [`typed::contexts`]) stand in the key, the name or the title of a row, in the name of a
    /// machine, or in the model that a record is of.
    pub(super) fn has(&self, words: &str, data: &Data) -> bool {
        self.0.get_or_init(|| known(data)).contains(words)
    }
}

fn known(data: &Data) -> FxHashSet<String> {
    let mut out = FxHashSet::default();
    let mut add = |name: &str| {
        if typed::may_hold(name) {
            let found = typed::find(name);
            out.extend(found.iter().flat_map(|typed| typed::contexts(name, &typed.range)).flatten());
        }
    };
    for table in data.tables.values().map(|file| &file.table) {
        let titles: Vec<Name> = ["name", "title"].map(Name::new).into_iter().collect();
        for row in table.rows() {
            add(&row.key().as_str().replace(['-', '_'], " "));
            for title in &titles {
                if let Some(Cell::Value(Value::Text(text))) = row.cell(*title) {
                    add(text);
                }
            }
        }
    }
    for record in data.records.all() {
        add(record.machine_title());
        if let Some(model) = record.condition("model") {
            add(model);
        }
    }
    out
}
