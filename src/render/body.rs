//! The body of a chapter: Markdown events to HTML, with every link checked, every expression evaluated, every block of
//! code highlighted, and what is wrong told at its place.

use super::view::Heading;
use super::{Shared, highlight};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::id::{ChapterId, OutPath};
use crate::ledger::Reader;
use crate::parse::block::{self, TableBlock};
use crate::parse::chapter::{self, Chapter, Dangling, Expression, Piece};
use crate::parse::config::{Config, Mode};
use crate::parse::html::{Inside, RawHtml, Use};
use crate::parse::keys::At;
use crate::read::path;
use crate::resolve::{self, Book, Link, Linked};
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, CowStr, Event, LinkType, Tag, TagEnd};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Where a body will stand.
#[derive(Clone, Copy, Debug)]
pub enum Stand {
    /// On a page of its own, in this folder of the site.
    Page(&'static str),
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
    let mut writer = Writer {
        chapter,
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
        depth: 0,
        notes: Notes::default(),
        titles: Vec::new(),
        told: Told::default(),
    };
    writer.write(&events, &headings);
    let toc = tree(&headings, &writer.titles);
    Body { html: writer.out, toc, diagnostics: writer.diagnostics }
}

struct Writer<'a, 'w, 't> {
    chapter: &'a Chapter,
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
    depth: usize,
    notes: Notes,
    /// The text of each heading, in order.
    titles: Vec<String>,
    told: Told,
}

/// Of one code, the most mistakes that are told of one chapter.
const MAX_TOLD: usize = 1_000;

/// How many mistakes of each code were told: a chapter with a hundred thousand is no worse told by the first thousand.
#[derive(Default)]
struct Told {
    /// How many diagnostics were looked at.
    seen: usize,
    counts: HashMap<Code, usize>,
    /// The first that was left out, of each code.
    over: Vec<Diagnostic>,
}

impl Told {
    /// Looks at what was added to `all`, where that is worth it.
    fn trim(&mut self, all: &mut Vec<Diagnostic>) {
        if all.len() >= self.seen + MAX_TOLD {
            self.look(all);
        }
    }

    fn look(&mut self, all: &mut Vec<Diagnostic>) {
        let fresh = all.split_off(self.seen.min(all.len()));
        for found in fresh {
            let count = self.counts.entry(found.code).or_default();
            *count += 1;
            match *count {
                count if count <= MAX_TOLD => all.push(found),
                count if count == MAX_TOLD + 1 => self.over.push(found),
                _ => {}
            }
        }
        self.seen = all.len();
    }

    /// Tells how many were left out, each at the place of the first.
    fn finish(mut self, all: &mut Vec<Diagnostic>) {
        self.look(all);
        for first in self.over {
            let more = self.counts.get(&first.code).copied().unwrap_or(0).saturating_sub(MAX_TOLD);
            let message = format!("the chapter has {more} more mistakes of this kind");
            let rest =
                Diagnostic { message, label: "the first of them".into(), also: Vec::new(), help: Vec::new(), ..first };
            all.push(rest.help("mend those above first; the rest are told then"));
        }
    }
}

/// The footnotes of a page, by the order in which they are referred to.
#[derive(Default)]
struct Notes {
    numbers: HashMap<String, usize>,
    /// For each number: the name, how often it is referred to, and its text.
    all: Vec<(String, usize, Option<String>)>,
    /// The outputs that a definition interrupts, with the name that it defines.
    open: Vec<(String, String)>,
    /// Definitions that came before their first reference.
    early: HashMap<String, String>,
}

type Events<'a> = [(Event<'a>, Range<usize>)];

impl<'a> Writer<'a, '_, '_> {
    fn span(&self, range: &Range<usize>) -> Span {
        self.chapter.span(range.clone())
    }

    fn write(&mut self, events: &Events<'a>, headings: &[chapter::Heading]) {
        let mut next = headings.iter().peekable();
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
            match event {
                Event::Start(Tag::Heading { level, classes, .. }) => {
                    let Some(heading) = next.next_if(|h| h.event == ix) else {
                        ix += 1;
                        continue;
                    };
                    self.heading_start(*level as u8, heading, classes, range);
                }
                Event::End(TagEnd::Heading(level)) => {
                    self.raw.leave(&mut self.out, &mut self.diagnostics);
                    self.plain = self.plain.saturating_sub(1);
                    let begun = headings.partition_point(|h| h.event < ix);
                    let heading = headings.iter().take(begun).rfind(|h| h.level > 0);
                    self.heading_end(*level as u8, heading, events);
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
                    ix = self.html_block(events, ix);
                    continue;
                }
                Event::Start(Tag::Image { link_type: _, dest_url, title, .. }) => {
                    ix = self.image(dest_url, title, range, events, ix);
                    continue;
                }
                Event::Start(tag) => {
                    if !self.open(tag, range) {
                        ix = skip(events, ix);
                        continue;
                    }
                }
                Event::End(tag) => self.close(tag),
                Event::Text(text) => self.text(text, range),
                Event::Code(text) => {
                    self.warn_text(range, "code");
                    self.out.push_str("<code>");
                    self.out.push_str(&escape::text(&self.chapter.unmasked(text, range)));
                    self.out.push_str("</code>");
                }
                Event::InlineHtml(html) | Event::Html(html) => self.raw_html(html, range),
                Event::SoftBreak => self.out.push('\n'),
                Event::HardBreak => self.out.push_str("<br>\n"),
                Event::Rule => self.out.push_str("<hr>\n"),
                Event::TaskListMarker(done) => self.task(*done),
                Event::FootnoteReference(name) => self.footnote(name),
                // Math is not asked of the parser.
                Event::InlineMath(text) | Event::DisplayMath(text) => self.out.push_str(&escape::text(text)),
            }
            ix += 1;
        }
        self.raw.finish(&mut self.out, &mut self.diagnostics);
        self.footnotes();
        std::mem::take(&mut self.told).finish(&mut self.diagnostics);
        self.dangling();
    }

    /// Tells of references that nothing defines. Most chapters have none: then they are not parsed for it.
    fn dangling(&mut self) {
        let text = self.chapter.slice(0..self.chapter.len());
        if !text.contains("][") && !text.contains("[^") {
            return;
        }
        for (kind, range) in self.chapter.dangling() {
            let at = self.span(&range);
            let name = self.chapter.slice(range.clone());
            let found = match kind {
                Dangling::Footnote => {
                    Diagnostic::new(Code::FootnoteMissing, at, format!("no footnote is called `{name}`"))
                        .help(format!("define it on a line of its own: `{name}: ...`"))
                }
                Dangling::Link => {
                    Diagnostic::new(Code::LinkBroken, at, format!("`{name}` refers to a link that is not defined"))
                        .label("stays text")
                        .help("define it on a line of its own: `[name]: address`")
                }
            };
            self.diagnostics.push(found);
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
            Stand::Page(_) => id.to_owned(),
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
                            Piece::Text(text) => out.push_str(text),
                            Piece::Expression(e) => {
                                let at = self.span(&e.inner());
                                let shown = resolve::evaluate(&e.source, at, &mut self.book.data()).value;
                                out.push_str(&shown.map(|s| s.text).unwrap_or_default());
                            }
                        }
                    }
                }
                Event::Code(text) => out.push_str(&self.chapter.unmasked(text, range)),
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
                Piece::Text(text) => self.out.push_str(&escape::text(text)),
                Piece::Expression(expression) => self.value(expression),
            }
        }
    }

    fn value(&mut self, expression: &Expression) {
        let at = self.span(&expression.inner());
        let parsed = resolve::evaluate(&expression.source, at, &mut self.book.data());
        self.diagnostics.extend(parsed.diagnostics);
        let Some(shown) = parsed.value else { return };
        let text = escape::text(&shown.text).into_owned();
        match shown.exact.filter(|_| self.plain == 0) {
            Some(exact) => {
                let _ = write!(self.out, "<data value=\"{}\">{text}</data>", escape::attribute(&exact));
            }
            None => self.out.push_str(&text),
        }
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
            Tag::FootnoteDefinition(name) => {
                let before = std::mem::take(&mut self.out);
                self.notes.open.push((name.to_string(), before));
            }
            Tag::DefinitionList => self.out.push_str("<dl>\n"),
            Tag::DefinitionListDefinition => self.out.push_str("<dd>"),
            Tag::Table(alignments) => {
                self.alignments.clone_from(alignments);
                self.out.push_str(
                    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table class=\"plain\">\n",
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
            Tag::Link { link_type, dest_url, title, .. } => self.link(*link_type, dest_url, title, range),
            _ => {}
        }
        true
    }

    fn close(&mut self, tag: &TagEnd) {
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

    // Links and images

    fn link(&mut self, kind: LinkType, dest: &str, title: &str, range: &Range<usize>) {
        self.plain += 1;
        let dest = self.chapter.unmasked(dest, range).into_owned();
        let href = match kind {
            LinkType::Email => Some(format!("mailto:{dest}")),
            _ => self.address(&dest, self.span(range)),
        };
        self.links.push(href.is_some());
        let Some(href) = href else { return };
        let _ = write!(self.out, "<a href=\"{}\"", escape::attribute(&href));
        self.title(title, range);
        self.out.push('>');
    }

    fn title(&mut self, title: &str, range: &Range<usize>) {
        if !title.is_empty() {
            let title = self.inline(title, range);
            let _ = write!(self.out, " title=\"{}\"", escape::attribute(&title));
        }
    }

    /// A text that stands in an attribute, with its expressions evaluated.
    fn inline(&mut self, text: &str, range: &Range<usize>) -> String {
        let mut out = String::new();
        for piece in self.chapter.pieces(text, range) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Expression(e) => {
                    let at = self.span(&e.inner());
                    let parsed = resolve::evaluate(&e.source, at, &mut self.book.data());
                    self.diagnostics.extend(parsed.diagnostics);
                    out.push_str(&parsed.value.map(|s| s.text).unwrap_or_default());
                }
            }
        }
        out
    }

    /// Writes an image whose start is event `ix`; gives the event after its end.
    fn image(&mut self, dest: &str, title: &str, range: &Range<usize>, events: &Events<'a>, ix: usize) -> usize {
        let end = skip(events, ix);
        let inner = events.get(ix + 1..end.saturating_sub(1)).unwrap_or_default();
        let dest = self.chapter.unmasked(dest, range).into_owned();
        let src = self.address(&dest, self.span(range));
        let mut alt = String::new();
        for (event, range) in inner {
            match event {
                Event::Text(text) => alt.push_str(&self.inline(text, range)),
                Event::Code(text) => alt.push_str(&self.chapter.unmasked(text, range)),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => {}
            }
        }
        let Some(src) = src else {
            self.out.push_str(&escape::text(&alt));
            return end;
        };
        let _ = write!(
            self.out,
            "<img src=\"{}\" alt=\"{}\" loading=\"lazy\"",
            escape::attribute(&src),
            escape::attribute(&alt)
        );
        self.title(title, range);
        self.out.push('>');
        end
    }

    /// The address that stands on the page for `dest`, written at `at`; `None` when it leads nowhere.
    fn address(&mut self, dest: &str, at: Span) -> Option<String> {
        let Linked { link, wrong } = resolve::link(self.book, self.id, dest, at);
        self.diagnostics.extend(wrong);
        match link {
            Link::AsWritten => Some(dest.to_owned()),
            Link::Broken if self.config.mode == Mode::MdBook => Some(as_mdbook(dest)),
            Link::Broken => None,
            Link::Here(anchor) => Some(format!("#{}", escape::url_fragment(&self.anchored(&anchor)))),
            Link::Page { chapter, path, query, anchor } => Some(match self.stand {
                Stand::Print => format!("#{}", escape::url_fragment(&print_anchor(chapter, &anchor))),
                Stand::Page(folder) => {
                    let hash = if anchor.is_empty() { "" } else { "#" };
                    format!("{}{query}{hash}{}", between(folder, path), escape::url_fragment(&anchor))
                }
            }),
            Link::File { path, rest } => Some(format!("{}{rest}", between(self.folder(), path))),
        }
    }

    fn folder(&self) -> &'static str {
        match self.stand {
            Stand::Page(folder) => folder,
            Stand::Print => "",
        }
    }

    // Code and raw HTML

    /// Writes a block of code whose start is event `ix`; gives the event after its end.
    fn code_block(&mut self, kind: &CodeBlockKind<'a>, range: &Range<usize>, events: &Events<'a>, ix: usize) -> usize {
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

    fn tell_highlight(&mut self, outcome: highlight::Outcome, lang: &str, range: &Range<usize>) {
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
    fn table_block(&mut self, text: &str, body: Span, whole: Span) {
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
            } else {
                wrong = wrong.help("write the name of a file in `data/`, without its ending");
            }
            self.diagnostics.push(wrong);
            return;
        };
        let block = TableBlock { id: block.id.map(|id| id.map(|id| self.anchored(&id))), ..block };
        let caption = block.caption.as_ref().map(|caption| self.caption(caption));
        let mut sources = Vec::new();
        for name in super::table::sources(&block, table) {
            sources.extend(self.book.data().source(name, whole));
        }
        let around = super::table::Around { caption: caption.as_deref(), sources: &sources };
        let drawn = super::table::html(&block, table, around);
        self.diagnostics.extend(drawn.diagnostics);
        self.out.push_str(&drawn.value);
    }

    /// The caption of a block, its expressions evaluated.
    fn caption(&mut self, caption: &At<String>) -> String {
        let parts = chapter::Inline::parse(&caption.value, caption.span);
        resolve::plain(&parts, &mut self.book.data(), &mut self.diagnostics)
    }

    /// Writes a block of raw HTML whose start is event `ix`; gives the event after its end.
    fn html_block(&mut self, events: &Events<'a>, ix: usize) -> usize {
        let end = skip(events, ix);
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

    fn raw_html(&mut self, html: &str, range: &Range<usize>) {
        self.warn_text(range, "raw HTML");
        let html = self.chapter.unmasked(html, range).into_owned();
        self.feed(&html, &[(0, range.start)]);
    }

    /// Passes raw HTML on; `runs` says at which offset of it which offset of the chapter begins.
    fn feed(&mut self, html: &str, runs: &[(usize, usize)]) {
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

    // Footnotes, as mdBook numbers and names them

    fn footnote(&mut self, name: &str) {
        let next = self.notes.all.len();
        let number = *self.notes.numbers.entry(name.to_owned()).or_insert(next);
        if number == next {
            let early = self.notes.early.remove(name);
            self.notes.all.push((name.to_owned(), 0, early));
        }
        let Some(note) = self.notes.all.get_mut(number) else { return };
        note.1 += 1;
        let count = note.1;
        let (anchor, back) = (self.anchored(&format!("footnote-{name}")), self.anchored(&format!("fr-{name}-{count}")));
        let _ = write!(
            self.out,
            "<sup class=\"footnote-reference\" id=\"{}\"><a href=\"#{}\" role=\"doc-noteref\">{}</a></sup>",
            escape::attribute(&back),
            escape::url_fragment(&anchor),
            number + 1
        );
    }

    fn footnote_end(&mut self) {
        let Some((name, before)) = self.notes.open.pop() else { return };
        let text = std::mem::replace(&mut self.out, before);
        match self.notes.numbers.get(&name).and_then(|n| self.notes.all.get_mut(*n)) {
            // The first definition of a name counts.
            Some(note) if note.2.is_none() => note.2 = Some(text),
            Some(_) => {}
            None => {
                self.notes.early.entry(name).or_insert(text);
            }
        }
    }

    fn footnotes(&mut self) {
        if self.notes.all.is_empty() {
            return;
        }
        self.out.push_str("<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Footnotes\">\n<ol>\n");
        for (name, count, text) in std::mem::take(&mut self.notes.all) {
            let anchor = self.anchored(&format!("footnote-{name}"));
            let mut text = text.unwrap_or_default().trim_end().to_owned();
            let mut back = String::new();
            for nth in 1..=count {
                let target = self.anchored(&format!("fr-{name}-{nth}"));
                let sup = if nth > 1 { format!("<sup>{nth}</sup>") } else { String::new() };
                let _ = write!(
                    back,
                    " <a href=\"#{}\" role=\"doc-backlink\" aria-label=\"Back to the text\">↩{sup}</a>",
                    escape::url_fragment(&target)
                );
            }
            match text.strip_suffix("</p>") {
                Some(inner) => text = format!("{inner}{back}</p>"),
                None => text.push_str(&back),
            }
            let _ = writeln!(self.out, "<li id=\"{}\">{text}</li>", escape::attribute(&anchor));
        }
        self.out.push_str("</ol>\n</section>\n");
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

fn alert(kind: BlockQuoteKind) -> (&'static str, &'static str) {
    match kind {
        BlockQuoteKind::Note => ("note", "Note"),
        BlockQuoteKind::Tip => ("tip", "Tip"),
        BlockQuoteKind::Important => ("important", "Important"),
        BlockQuoteKind::Warning => ("warning", "Warning"),
        BlockQuoteKind::Caution => ("caution", "Caution"),
    }
}

/// The way from a page in `folder` to `path`, as a URL.
fn between(folder: &str, path: OutPath) -> String {
    escape::url_path(&path::relative(folder, path.as_str()))
}

/// A link that leads nowhere, as mdBook writes it.
fn as_mdbook(dest: &str) -> String {
    let (path, rest) = dest.split_at(dest.find(['#', '?']).unwrap_or(dest.len()));
    match path.strip_suffix(".md") {
        Some(stem) => format!("{stem}.html{rest}"),
        None => dest.to_owned(),
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
