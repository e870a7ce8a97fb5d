//! The body of a chapter: Markdown events to HTML, with every link checked, every expression evaluated, every block of
//! code highlighted, and what is wrong told at its place.

mod code;
mod containers;
mod links;
mod math;
mod notes;
mod prose;
mod raw;
mod receipts;
mod told;

use self::notes::Notes;
use self::told::Told;
use super::Shared;
use super::view::{Heading, NumbersView};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::id::ChapterId;
use crate::ledger::Reader;
use crate::parse::chapter::{self, Chapter, Expression, Piece};
use crate::parse::config::{Config, Mode};
use crate::parse::deceit;
use crate::parse::html::{Inside, RawHtml};
use crate::resolve::{self, Book, Citations};
use pulldown_cmark::{Alignment, BlockQuoteKind, CowStr, Event, Tag, TagEnd};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

/// Where a body will stand.
#[derive(Clone, Copy, Debug)]
pub enum Stand {
    /// On a page of its own, in this folder of the site.
    Page(&'static str),
    /// On the page that is answered at any address: links begin with this, the address of the site's root.
    Rooted(&'static str),
    /// Among all chapters on one page at the site's root: ids carry the chapter's name, links stay on the page.
    Print,
}

/// A chapter's body.
#[derive(Debug, Default)]
pub struct Body {
    /// The HTML.
    pub html: String,
    /// The headings under the title, as a tree.
    pub toc: Vec<Heading>,
    /// The numbers that it cites, if any.
    pub numbers: Option<NumbersView>,
    /// What was wrong on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// How deep block quotes and lists may be nested: browsers stop at 512 elements.
const MAX_DEPTH: usize = 128;

/// Writes the body of a chapter.
pub fn body(chapter: &Chapter, id: ChapterId, stand: Stand, book: &mut Reader<'_, '_, Book>, shared: &Shared) -> Body {
    let config = book.config(Span::top(chapter.file));
    let events = chapter.events();
    let headings = chapter::headings(chapter, &events);
    let citations = match config.mode {
        Mode::Benchbook => resolve::citations(chapter, &events, &mut book.data()),
        Mode::MdBook => Citations::default(),
    };
    let mut writer = Writer {
        chapter,
        citations: Rc::new(citations),
        receipts: receipts::Receipts::default(),
        id,
        stand,
        config,
        book,
        shared,
        out: String::with_capacity(chapter.len() * 2),
        diagnostics: Vec::new(),
        raw: RawHtml::new(config.raw_html),
        plain: 0,
        links: Vec::new(),
        alignments: Vec::new(),
        column: 0,
        in_head: false,
        has_image: false,
        depth: 0,
        notes: Notes::default(),
        level: 0,
        containers: Vec::new(),
        math: math::Math::default(),
        titles: Vec::new(),
        told: Told::default(),
        definitions: None,
        tables: 0,
        bound: None,
        meant: Vec::new(),
    };
    if config.mode == Mode::Benchbook {
        let claims = resolve::claims(chapter, &mut writer.book.data());
        writer.diagnostics.extend(claims.diagnostics);
        writer.meant = claims.value.into_iter().collect();
        let orphans = resolve::orphans(chapter, &events, &mut writer.book.data());
        writer.diagnostics.extend(orphans);
    }
    writer.write(&events, &headings);
    let toc = tree(&headings, &writer.titles);
    let numbers = writer.receipts();
    Body { html: writer.out, toc, numbers, diagnostics: writer.diagnostics }
}

struct Writer<'a, 'w, 't> {
    chapter: &'a Chapter,
    citations: Rc<Citations>,
    receipts: receipts::Receipts,
    id: ChapterId,
    stand: Stand,
    config: &'a Config,
    book: &'a mut Reader<'w, 't, Book>,
    shared: &'a Shared,
    out: String,
    diagnostics: Vec<Diagnostic>,
    raw: RawHtml,
    /// In how many elements we are where a value is plain text: links, headings, summaries.
    plain: usize,
    /// For each open link, whether it has an element.
    links: Vec<bool>,
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// Whether a picture stands on the page already.
    has_image: bool,
    depth: usize,
    notes: Notes,
    /// How many blocks of Markdown are open.
    level: usize,
    containers: Vec<containers::Open>,
    math: math::Math,
    /// The text of each heading, in order.
    titles: Vec<String>,
    told: Told,
    /// Where each reference is defined; looked for when it is first asked.
    definitions: Option<HashMap<String, Range<usize>>>,
    /// How many tables of data were drawn.
    tables: usize,
    bound: Option<Bound>,
    /// Which of the differences that the chapter means its claims need.
    meant: Vec<usize>,
}

/// What keeps a number and the punctuation round it on one line.
const UNBROKEN: &str = "<span class=\"unbroken\">";

/// The button of a number that was written last.
struct Bound {
    /// Where it begins, with what is bound to it.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Whether it stands in an `UNBROKEN` already.
    open: bool,
}

type Events<'a> = [(Event<'a>, Range<usize>)];

impl<'a> Writer<'a, '_, '_> {
    fn span(&self, range: &Range<usize>) -> Span {
        self.chapter.span(range.clone())
    }

    fn write(&mut self, events: &Events<'a>, headings: &[chapter::Heading]) {
        let mut next = headings.iter().peekable();
        let mut open_heading = None;
        let mut ix = 0;
        while let Some((event, range)) = events.get(ix) {
            self.told.trim(&mut self.diagnostics);
            // What stands between the tags of a dropped element goes with it.
            if self.raw.dropping() {
                match event {
                    Event::Start(Tag::CodeBlock(_) | Tag::Image { .. }) => {
                        ix = skip(events, ix);
                        continue;
                    }
                    Event::Start(_) | Event::End(_) | Event::Html(_) | Event::InlineHtml(_) => {}
                    _ => {
                        ix += 1;
                        continue;
                    }
                }
            }
            if matches!(event, Event::Start(_) | Event::Rule) && !matches!(event, Event::Start(Tag::HtmlBlock)) {
                self.stray(range);
            }
            match event {
                Event::Start(Tag::Heading { level, classes, .. }) => {
                    let Some(heading) = next.next_if(|h| h.event == ix) else {
                        ix += 1;
                        continue;
                    };
                    self.heading_start(*level as u8, heading, classes, range);
                    open_heading = Some(heading);
                }
                Event::End(TagEnd::Heading(level)) => {
                    self.raw.leave(&mut self.out, &mut self.diagnostics);
                    self.plain = self.plain.saturating_sub(1);
                    self.heading_end(*level as u8, open_heading.take(), events);
                }
                Event::Start(Tag::DefinitionListTitle) => {
                    self.raw.enter(Inside::Line, &mut self.out, &mut self.diagnostics);
                    let id = next.next_if(|h| h.event == ix).map(|h| self.anchored(&h.id));
                    let id = id.unwrap_or_default();
                    let _ = write!(self.out, "<dt id=\"{}\">", escape::attribute(&id));
                    self.titles.push(String::new());
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    ix = self.code_block(kind, range, events, ix);
                    continue;
                }
                Event::Start(Tag::HtmlBlock) => {
                    ix = self.html_block(range, events, ix);
                    continue;
                }
                Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                    let parts = self.link_parts(*link_type, id, dest_url, title, range);
                    ix = self.image(dest_url, title, &parts, range, events, ix);
                    continue;
                }
                Event::Start(tag) => {
                    if !self.open(tag, range) {
                        ix = skip(events, ix);
                        continue;
                    }
                }
                Event::End(tag) => self.close(tag),
                Event::Text(_) => {
                    ix = self.text_run(events, ix);
                    continue;
                }
                Event::Code(text) => {
                    self.warn_text(range, "code");
                    self.inline_code(&self.chapter.unmasked(text, range));
                }
                Event::InlineHtml(html) | Event::Html(html) => self.raw_html(html, range),
                Event::SoftBreak => self.out.push('\n'),
                Event::HardBreak => self.out.push_str("<br>\n"),
                Event::Rule => self.out.push_str("<hr>\n"),
                Event::TaskListMarker(done) => self.task(*done),
                Event::FootnoteReference(name) => self.footnote(name),
                Event::InlineMath(text) => self.formula(text, range, false),
                Event::DisplayMath(text) => self.formula(text, range, true),
            }
            ix += 1;
        }
        self.end_all();
        self.raw.finish(&mut self.out, &mut self.diagnostics);
        self.tell_cut(events);
        std::mem::take(&mut self.meant).into_iter().for_each(|place| self.across(place, false));
        self.footnotes();
        std::mem::take(&mut self.told).finish(&mut self.diagnostics);
        self.dangling();
    }

    /// Tells that the chapter was not written to its end.
    fn tell_cut(&mut self, events: &Events<'a>) {
        if let Some(at) = self.chapter.cut(events) {
            let at = self.span(&(at.start..at.start + 1));
            let message = "a chapter may become 64 times as long as it is written, and this one becomes longer";
            self.diagnostics.push(
                Diagnostic::new(Code::Expansion, at, message)
                    .label("left out from here on")
                    .help("rows of a table that are far shorter than its head stand for many empty cells"),
            );
        }
    }

    // Headings

    fn heading_start(&mut self, level: u8, heading: &chapter::Heading, classes: &[CowStr<'_>], range: &Range<usize>) {
        // A heading is never left out: it is in the contents of the page, and links lead to it.
        self.raw.enter(Inside::Line, &mut self.out, &mut self.diagnostics);
        let id = self.anchored(&heading.id);
        let _ = write!(self.out, "<h{level} id=\"{}\"", escape::attribute(&id));
        if !classes.is_empty() {
            let classes: Vec<&str> = classes.iter().map(|c| &**c).collect();
            let _ = write!(self.out, " class=\"{}\"", escape::attribute(&classes.join(" ")));
        }
        self.out.push('>');
        if heading.twice.is_some() {
            let message = format!("another heading has this id already, so this one is `{}`", heading.id);
            let at = self.span(range);
            let found = Diagnostic::new(Code::IdTwice, at, message);
            self.diagnostics.push(found.help("give one of the two another id: `{#id}` behind its text"));
        }
        self.plain += 1;
    }

    fn heading_end(&mut self, level: u8, heading: Option<&chapter::Heading>, events: &Events<'a>) {
        let Some(heading) = heading else { return };
        let title = self.plain_text(events.get(heading.inner.clone()).unwrap_or_default());
        if level > 1 {
            let _ = write!(
                self.out,
                "<a class=\"anchor\" href=\"#{}\" aria-label=\"Link to “{}”\"></a>",
                escape::url_fragment(&self.anchored(&heading.id)),
                escape::attribute(&title)
            );
        }
        let _ = writeln!(self.out, "</h{level}>");
        self.titles.push(title);
    }

    /// An id as it stands on this page.
    fn anchored(&self, id: &str) -> String {
        match self.stand {
            Stand::Page(_) | Stand::Rooted(_) => id.to_owned(),
            Stand::Print => print_anchor(self.id, id),
        }
    }

    /// The text of events without markup, its expressions evaluated. What is wrong with them is told where they are
    /// written, not here.
    fn plain_text(&mut self, events: &Events<'a>) -> String {
        let mut out = String::new();
        for (event, range) in events {
            match event {
                Event::Text(text) => {
                    for piece in self.chapter.pieces(text, range) {
                        match piece {
                            Piece::Text(text) if self.config.mode == Mode::Benchbook => {
                                prose::scripts(&text).iter().for_each(|(_, part)| out.push_str(part));
                            }
                            Piece::Text(text) => out.push_str(&text),
                            Piece::Expression(e) => {
                                let shown = self.citations.at(e.range.start).and_then(|c| c.shown.as_ref());
                                out.push_str(shown.map_or("", |shown| &shown.text));
                            }
                        }
                    }
                }
                Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                    out.push_str(&self.chapter.unmasked(text, range));
                }
                Event::SoftBreak | Event::HardBreak => out.push(' '),
                _ => {}
            }
        }
        out
    }

    // Text and values

    fn text(&mut self, text: &str, range: &Range<usize>) {
        let chapter = self.chapter;
        for piece in chapter.pieces(text, range) {
            match piece {
                Piece::Text(text) => {
                    let text = self.bound(&text);
                    self.out.push_str(&escape::text(text));
                }
                Piece::Expression(expression) => self.value(expression),
            }
        }
    }

    fn inline_code(&mut self, text: &str) {
        let html = escape::text(text);
        let marked = deceit::marked(&html, text);
        let _ = write!(self.out, "<code>{}</code>", marked.as_deref().unwrap_or(&html));
    }

    fn value(&mut self, expression: &Expression) {
        let citations = self.citations.clone();
        let Some(citation) = citations.at(expression.range.start) else { return };
        self.diagnostics.extend(citation.diagnostics.iter().cloned());
        let Some(shown) = &citation.shown else { return };
        let text = escape::text(&shown.text);
        let id = match citation.id {
            Some(id) => format!(" id=\"{}\"", escape::attribute(&self.anchored(id.as_str()))),
            None => String::new(),
        };
        let button = self.cite(shown, &expression.source, self.span(&expression.inner()));
        let is_button = button.is_some();
        let text = match button {
            Some(button) => format!("{button}{text}</button>"),
            None => text.into_owned(),
        };
        let before = self.out.len();
        let _ = match &shown.exact {
            Some(exact) => write!(self.out, "<data value=\"{}\"{id}>{text}</data>", escape::attribute(exact)),
            None if self.plain == 0 && is_date(&text) => {
                write!(self.out, "<time datetime=\"{text}\"{id}>{text}</time>")
            }
            None if id.is_empty() => write!(self.out, "{text}"),
            None => write!(self.out, "<span{id}>{text}</span>"),
        };
        if is_button {
            self.bind(before);
        }
        if let Some(date) = shown.stale.iter().map(|stale| stale.date).min() {
            let _ = write!(self.out, " <span class=\"stale\">as of <time datetime=\"{date}\">{date}</time></span>");
        }
        shown.across.iter().for_each(|place| self.across(*place, self.plain == 0));
    }

    /// Binds the button that was written from `start` on to the opening bracket or quote before it: a browser may break
    /// a line round a button as round a picture.
    fn bind(&mut self, start: usize) {
        let opener = self.out.get(..start).and_then(|before| before.chars().next_back());
        let opener =
            opener.filter(|c| matches!(c, '(' | '[' | '\u{201c}' | '\u{2018}' | '\'' | '/' | '~' | '\u{2248}'));
        let start = start - opener.map_or(0, char::len_utf8);
        if opener.is_some() {
            self.out.insert_str(start, UNBROKEN);
            self.out.push_str("</span>");
        }
        self.bound = Some(Bound { start, end: self.out.len(), open: opener.is_some() });
    }

    /// Binds what ends a sentence or closes a bracket to the button that it follows; gives the text behind that.
    fn bound<'s>(&mut self, text: &'s str) -> &'s str {
        let Some(bound) = self.bound.take().filter(|bound| bound.end == self.out.len()) else { return text };
        let closes = |c: char| {
            matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '\u{201d}' | '\u{2019}' | '/' | '\u{2026}')
        };
        let rest = text.trim_start_matches(closes);
        let closing = text.get(..text.len() - rest.len()).unwrap_or_default();
        if closing.is_empty() {
            return text;
        }
        match bound.open {
            true => self.out.truncate(bound.end - "</span>".len()),
            false => self.out.insert_str(bound.start, UNBROKEN),
        }
        self.out.push_str(&escape::text(closing));
        self.out.push_str("</span>");
        rest
    }

    /// Warns of expressions where they stay text.
    fn warn_text(&mut self, range: &Range<usize>, place: &str) {
        for expression in self.chapter.expressions_in(range) {
            let at = self.span(&expression.range);
            let message = format!("an expression in {place} stays text");
            self.diagnostics.push(
                Diagnostic::new(Code::ExpressionInCode, at, message)
                    .help("put a backslash before it if that is meant, or allow the lint in [benchbook.lints]"),
            );
        }
    }

    // Elements

    /// Opens an element; false when it is nested too deep and must be skipped.
    fn open(&mut self, tag: &Tag<'a>, range: &Range<usize>) -> bool {
        let nests = matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::DefinitionList);
        if nests {
            if self.depth >= MAX_DEPTH {
                let at = self.span(&(range.start..range.start + 1));
                let message = format!("block quotes and lists can be nested {MAX_DEPTH} deep");
                self.diagnostics.push(
                    Diagnostic::new(Code::NestingLimit, at, message)
                        .label("one too many")
                        .help("take some of the levels away"),
                );
                return false;
            }
            self.depth += 1;
        }
        self.level += usize::from(inside(&tag.to_end()) == Some(Inside::Block));
        if let Some(kind) = inside(&tag.to_end())
            && !self.raw.enter(kind, &mut self.out, &mut self.diagnostics)
        {
            return true;
        }
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::BlockQuote(None) => self.out.push_str("<blockquote>\n"),
            Tag::BlockQuote(Some(kind)) => {
                let (class, title) = alert(*kind);
                let _ = write!(
                    self.out,
                    "<div class=\"alert alert-{class}\" role=\"note\">\n<p class=\"alert-title\">{title}</p>\n"
                );
            }
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.out.push_str("<ol>\n"),
            Tag::List(Some(start)) => {
                let _ = writeln!(self.out, "<ol start=\"{start}\">");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::FootnoteDefinition(name) => self.footnote_start(name),
            Tag::DefinitionList => self.out.push_str("<dl>\n"),
            Tag::DefinitionListDefinition => self.out.push_str("<dd>"),
            Tag::Table(alignments) => {
                self.alignments.clone_from(alignments);
                self.out.push_str(
                    "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Table\"><table class=\"plain\">\n",
                );
            }
            Tag::TableHead => {
                (self.in_head, self.column) = (true, 0);
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Superscript => self.out.push_str("<sup>"),
            Tag::Subscript => self.out.push_str("<sub>"),
            Tag::Link { link_type, dest_url, title, id } => {
                let parts = self.link_parts(*link_type, id, dest_url, title, range);
                self.link(*link_type, dest_url, title, &parts, range);
            }
            _ => {}
        }
        true
    }

    fn close(&mut self, tag: &TagEnd) {
        if inside(tag) == Some(Inside::Block) {
            self.leave_containers(self.level.saturating_sub(1));
            self.level = self.level.saturating_sub(1);
        }
        if inside(tag).is_some() && !self.raw.leave(&mut self.out, &mut self.diagnostics) {
            return;
        }
        if matches!(tag, TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::DefinitionList) {
            self.depth = self.depth.saturating_sub(1);
        }
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>\n"),
            TagEnd::BlockQuote(None) => self.out.push_str("</blockquote>\n"),
            TagEnd::BlockQuote(Some(_)) => self.out.push_str("</div>\n"),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::FootnoteDefinition => self.footnote_end(),
            TagEnd::DefinitionList => self.out.push_str("</dl>\n"),
            TagEnd::DefinitionListTitle => self.out.push_str("</dt>\n"),
            TagEnd::DefinitionListDefinition => self.out.push_str("</dd>\n"),
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.in_head = false;
                self.out.push_str("</tr></thead>\n<tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => self.out.push_str(if self.in_head { "</th>" } else { "</td>" }),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Superscript => self.out.push_str("</sup>"),
            TagEnd::Subscript => self.out.push_str("</sub>"),
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
                self.plain = self.plain.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn cell(&mut self) {
        let class = match self.alignments.get(self.column) {
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::Center) => " class=\"center\"",
            _ => "",
        };
        self.column += 1;
        let _ = match self.in_head {
            true => write!(self.out, "<th scope=\"col\"{class}>"),
            false => write!(self.out, "<td{class}>"),
        };
    }

    fn task(&mut self, done: bool) {
        let (checked, label) = if done { (" checked", "done") } else { ("", "to do") };
        let _ = write!(self.out, "<input type=\"checkbox\" disabled{checked} aria-label=\"{label}\"> ");
    }
}

/// What kind of container an element is to raw HTML; `None` for those that are written whole.
fn inside(tag: &TagEnd) -> Option<Inside> {
    Some(match tag {
        TagEnd::Paragraph | TagEnd::DefinitionListTitle => Inside::Line,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript => {
            Inside::Phrase
        }
        TagEnd::Link => Inside::Link,
        TagEnd::BlockQuote(_)
        | TagEnd::List(_)
        | TagEnd::Item
        | TagEnd::FootnoteDefinition
        | TagEnd::DefinitionList
        | TagEnd::DefinitionListDefinition
        | TagEnd::Table
        | TagEnd::TableHead
        | TagEnd::TableRow
        | TagEnd::TableCell => Inside::Block,
        _ => return None,
    })
}

/// The number of the event after the end of the element that starts at `ix`.
fn skip(events: &Events<'_>, ix: usize) -> usize {
    let mut depth = 0usize;
    for (at, (event, _)) in events.iter().enumerate().skip(ix) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    events.len()
}

/// Whether a value is shown as a date, `2026-05-07`.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn alert(kind: BlockQuoteKind) -> (&'static str, &'static str) {
    match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    }
}

/// The id of a chapter's anchor on the page of all chapters; an empty one is the chapter itself.
pub fn print_anchor(chapter: ChapterId, anchor: &str) -> String {
    let name: String = chapter
        .as_str()
        .trim_end_matches(".md")
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect();
    if anchor.is_empty() { name } else { format!("{name}--{anchor}") }
}

/// The headings under the title, as a tree.
fn tree(headings: &[chapter::Heading], titles: &[String]) -> Vec<Heading> {
    let mut out: Vec<Heading> = Vec::new();
    for (heading, title) in headings.iter().zip(titles) {
        if heading.level < 2 {
            continue;
        }
        let new = Heading { id: heading.id.clone(), title: title.clone(), level: heading.level, children: Vec::new() };
        under(&mut out, new);
    }
    out
}

fn under(list: &mut Vec<Heading>, new: Heading) {
    match list.last_mut() {
        Some(last) if last.level < new.level => under(&mut last.children, new),
        _ => list.push(new),
    }
}
