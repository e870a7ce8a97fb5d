//! `SUMMARY.md`: the table of contents, in mdBook's format.
//!
//! Prefix chapters, parts, a nested list of numbered chapters, separators, suffix chapters; a link without a target
//! is a draft. Format: the documentation of mdBook 0.5, "SUMMARY.md".

use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{ChapterId, PathId};
use crate::parse::deceit;
use crate::read::path::{self, BadPath};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::BTreeMap;
use std::ops::Range;

/// The table of contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Summary {
    /// Its entries, in order.
    pub items: Vec<Item>,
}

/// An entry of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A part's title.
    Part(String),
    /// A line between entries.
    Separator,
    /// A chapter, with those under it.
    Chapter(Entry),
}

/// A chapter's entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The text of the link.
    pub title: String,
    /// Its file, from the folder of chapters; none for a draft.
    pub chapter: Option<ChapterId>,
    /// Its number, `[2, 1]` for 2.1; empty for prefix and suffix chapters.
    pub number: Vec<u32>,
    /// The chapters under it.
    pub children: Vec<Entry>,
}

/// A summary, and where each chapter is listed in it.
#[derive(Clone, Debug, Default)]
pub struct SummaryFile {
    /// What it says.
    pub summary: Summary,
    /// Where each chapter is listed.
    pub places: BTreeMap<ChapterId, Span>,
}

/// The most mistakes that are told of one file.
const MAX_TOLD: usize = 1_000;
/// How deep chapters may be nested.
const MAX_DEPTH: usize = 18;

/// Reads `SUMMARY.md`.
pub fn summary(file: PathId, text: &str) -> Parsed<SummaryFile> {
    let skip = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = text.get(skip..).unwrap_or_default();
    let events = Parser::new_ext(body, Options::empty()).into_offset_iter();
    let mut reader = Reader {
        file,
        skip,
        text: body,
        events: events.collect::<Vec<_>>().into_iter(),
        out: Parsed::default(),
        numbered: 0,
        seen_list: false,
        seen_title: false,
    };
    reader.top();
    deceit::tell(body, |at| Span::new(file, at.start + skip..at.end + skip), &mut reader.out.diagnostics);
    reader.out
}

struct Reader<'a> {
    file: PathId,
    skip: usize,
    text: &'a str,
    events: std::vec::IntoIter<(Event<'a>, Range<usize>)>,
    out: Parsed<SummaryFile>,
    numbered: u32,
    seen_list: bool,
    seen_title: bool,
}

impl<'a> Reader<'a> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.skip + range.start..self.skip + range.end)
    }

    fn top(&mut self) {
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                    let title = self.text_until(&TagEnd::Heading(HeadingLevel::H1));
                    // The first heading before anything else is the file's own title.
                    if self.seen_title || !self.out.value.summary.items.is_empty() {
                        self.out.value.summary.items.push(Item::Part(title));
                    }
                    self.seen_title = true;
                }
                Event::Start(Tag::Paragraph) => self.paragraph(range),
                Event::Start(Tag::List(_)) => {
                    self.seen_list = true;
                    let from = self.numbered;
                    let entries = self.list(&mut Vec::new(), from);
                    self.numbered += u32::try_from(entries.len()).unwrap_or(u32::MAX);
                    self.out.value.summary.items.extend(entries.into_iter().map(Item::Chapter));
                }
                Event::Rule => self.out.value.summary.items.push(Item::Separator),
                Event::Start(tag) => {
                    let comment = matches!(tag, Tag::HtmlBlock) && self.slice(&range).trim_start().starts_with("<!--");
                    self.skip_to(&tag.to_end());
                    if !comment {
                        self.stray(range);
                    }
                }
                _ => {}
            }
        }
    }

    fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Links outside a list: prefix chapters before the first list, suffix chapters after the last.
    fn paragraph(&mut self, range: Range<usize>) {
        let mut links = 0;
        let mut other = false;
        while let Some((event, inner)) = self.events.next() {
            match event {
                Event::End(TagEnd::Paragraph) => break,
                Event::Start(Tag::Link { dest_url, .. }) => {
                    links += 1;
                    let entry = self.link(&dest_url, inner, Vec::new());
                    self.out.value.summary.items.push(Item::Chapter(entry));
                }
                Event::Text(text) if !text.trim().is_empty() => other = true,
                Event::InlineHtml(html) if html.starts_with("<!--") => {}
                Event::Code(_) | Event::InlineHtml(_) => other = true,
                _ => {}
            }
        }
        if links == 0 || other {
            self.stray(range);
        }
    }

    fn stray(&mut self, range: Range<usize>) {
        let first = self.slice(&range).lines().next().unwrap_or_default().trim_end();
        let span = self.span(range.start..range.start + first.len());
        let message = "this is neither a chapter nor a part, so it would be lost";
        self.tell(
            Diagnostic::new(Code::SummarySyntax, span, message)
                .label("not a link, a list, a heading of the first level, or `---`")
                .help("a chapter is `- [Title](file.md)`, a part is `# Title`"),
        );
    }

    fn tell(&mut self, wrong: Diagnostic) {
        if self.out.diagnostics.len() < MAX_TOLD {
            self.out.diagnostics.push(wrong);
        }
    }

    /// The entries of a list whose start was just read. `before`: how many came before it at this level.
    fn list(&mut self, number: &mut Vec<u32>, before: u32) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, range)) = self.events.next() {
            match event {
                Event::End(TagEnd::List(_)) => break,
                Event::Start(Tag::Item) => {
                    number.push(before + u32::try_from(entries.len()).unwrap_or(u32::MAX) + 1);
                    if let Some(entry) = self.item(number, range) {
                        entries.push(entry);
                    }
                    number.pop();
                }
                _ => {}
            }
        }
        entries
    }

    fn item(&mut self, number: &mut Vec<u32>, range: Range<usize>) -> Option<Entry> {
        let mut entry: Option<Entry> = None;
        let mut stray = false;
        while let Some((event, inner)) = self.events.next() {
            match event {
                Event::End(TagEnd::Item) => break,
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let link = self.link(&dest_url, inner, number.clone());
                    match &mut entry {
                        None => entry = Some(link),
                        Some(_) => stray = true,
                    }
                }
                Event::Start(Tag::List(_)) => {
                    if number.len() >= MAX_DEPTH {
                        let message = format!("chapters can be nested {MAX_DEPTH} deep");
                        let span = self.span(inner.start..inner.start + 1);
                        let wrong = Diagnostic::new(Code::NestingLimit, span, message);
                        self.tell(wrong.help("move these chapters up"));
                        self.skip_to(&TagEnd::List(false));
                        continue;
                    }
                    match &mut entry {
                        Some(entry) => {
                            let before = u32::try_from(entry.children.len()).unwrap_or(u32::MAX);
                            let children = self.list(number, before);
                            entry.children.extend(children);
                        }
                        None => {
                            stray = true;
                            self.skip_to(&TagEnd::List(false));
                        }
                    }
                }
                Event::Text(text) if !text.trim().is_empty() => stray = true,
                _ => {}
            }
        }
        if stray || entry.is_none() {
            self.stray(range);
        }
        entry
    }

    fn link(&mut self, dest: &str, range: Range<usize>, number: Vec<u32>) -> Entry {
        let title = self.text_until(&TagEnd::Link);
        let span = self.span(range);
        let chapter = if dest.is_empty() { None } else { self.chapter(dest, span) };
        Entry { title, chapter, number, children: Vec::new() }
    }

    fn chapter(&mut self, dest: &str, span: Span) -> Option<ChapterId> {
        let dest = percent_decoded(dest);
        let outside = |at| {
            let message = format!("the chapter `{dest}` lies outside the folder of chapters");
            Diagnostic::new(Code::PathOutsideBook, at, message)
                .label("its page would lie outside the site")
                .help("move the file among the chapters, or include it in one: `{{#include ../file.md}}`")
        };
        let wrong = match path::join("", &dest) {
            Ok(path) if path.as_str().starts_with("..") => outside(span),
            Err(BadPath::Absolute) => outside(span),
            Err(BadPath::Invalid(why)) => Diagnostic::new(Code::PathInvalid, span, format!("`{dest}`: {why}"))
                .help("name the file of a chapter, counted from SUMMARY.md: `folder/file.md`"),
            Ok(path) => {
                let chapter = ChapterId(path.0);
                match self.out.value.places.get(&chapter) {
                    None => {
                        self.out.value.places.insert(chapter, span);
                        return Some(chapter);
                    }
                    Some(first) => {
                        let message = format!("`{dest}` is listed twice");
                        Diagnostic::new(Code::ChapterTwice, span, message)
                            .label("listed again here")
                            .also(*first, "first listed here")
                            .help("remove one of the two; a link leads to a chapter as often as you like")
                    }
                }
            }
        };
        self.tell(wrong);
        None
    }

    fn text_until(&mut self, end: &TagEnd) -> String {
        let mut out = String::new();
        for (event, _) in self.events.by_ref() {
            match event {
                Event::End(tag) if tag == *end => break,
                Event::Text(text) | Event::Code(text) => out.push_str(&text),
                Event::SoftBreak | Event::HardBreak => out.push(' '),
                _ => {}
            }
        }
        out
    }

    fn skip_to(&mut self, end: &TagEnd) {
        let mut depth = 0usize;
        for (event, _) in self.events.by_ref() {
            let same = |tag: &TagEnd| std::mem::discriminant(tag) == std::mem::discriminant(end);
            match event {
                Event::Start(tag) if same(&tag.to_end()) => depth += 1,
                Event::End(tag) if same(&tag) && depth == 0 => break,
                Event::End(tag) if same(&tag) => depth -= 1,
                _ => {}
            }
        }
    }
}

/// `text` with `%20` and its like decoded; what does not decode to UTF-8 stays as it is.
pub fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match pair {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> (String, Vec<String>) {
        fn show(entry: &Entry, depth: usize, out: &mut String) {
            let number: Vec<String> = entry.number.iter().map(u32::to_string).collect();
            let file = entry.chapter.map_or("draft", |c| c.as_str());
            out.push_str(&format!("{}{} {} ({file})\n", "  ".repeat(depth), number.join("."), entry.title));
            entry.children.iter().for_each(|child| show(child, depth + 1, out));
        }
        let parsed = summary(PathId::new("SUMMARY.md"), text);
        let mut out = String::new();
        for item in &parsed.value.summary.items {
            match item {
                Item::Part(title) => out.push_str(&format!("# {title}\n")),
                Item::Separator => out.push_str("---\n"),
                Item::Chapter(entry) => show(entry, 0, &mut out),
            }
        }
        (out, parsed.diagnostics.iter().map(|d| format!("{}: {}", d.code.name(), d.message)).collect())
    }

    #[test]
    fn parts_prefixes_nesting_numbers_separators_drafts() {
        let (out, told) = outline(
            "# Summary\n\n[Preface](preface.md)\n\n# First\n\n- [One](one.md)\n  - [Inner](one/in%20ner.md)\n- [Draft]()\n\n---\n\n# Second\n\n* [Two `x`](./two.md)\n\n[End](end.md)\n",
        );
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(
            out,
            " Preface (preface.md)\n# First\n1 One (one.md)\n  1.1 Inner (one/in ner.md)\n2 Draft (draft)\n---\n# Second\n3 Two x (two.md)\n End (end.md)\n"
        );
    }

    #[test]
    fn what_would_be_lost_is_told_and_the_rest_is_kept() {
        let (out, told) = outline(
            "- [One](one.md)\n- loose text\n- [Again](one.md)\n- [Out](../x.md)\n- [C](c:x.md)\n\nA sentence.\n\n## Deep\n",
        );
        assert_eq!(out, "1 One (one.md)\n2 Again (draft)\n3 Out (draft)\n4 C (draft)\n");
        assert_eq!(
            told,
            [
                "summary-syntax: this is neither a chapter nor a part, so it would be lost",
                "chapter-twice: `one.md` is listed twice",
                "path-outside-book: the chapter `../x.md` lies outside the folder of chapters",
                "path-invalid: `c:x.md`: one letter and `:` name a drive on Windows, so no path of a book begins with them",
                "summary-syntax: this is neither a chapter nor a part, so it would be lost",
                "summary-syntax: this is neither a chapter nor a part, so it would be lost",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[-#*\\[\\]()a.% \n\t]{0,80}") {
            let _ = summary(PathId::new("SUMMARY.md"), &text);
        }
    }
}
