//! What becomes of raw HTML in a chapter: it passes by an allow list and comes out balanced, or passes whole.
//!
//! With the allow list, nothing of the source is copied: HTML is read as tokens, and what passes is written anew
//! from them, so that a browser has nothing to read in another way. Tags are matched within the Markdown
//! container that they stand in ([`RawHtml::enter`]): no raw tag ends an element of the page around it.
//!
//! What an address leads to, and whether its scheme is allowed, is for the caller to say.

mod allowed;
mod tokens;

pub use allowed::id_passes;

use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::parse::config::RawHtml as Policy;
use allowed::{Element, Kind, Verdict};
use std::collections::HashMap;
use std::ops::Range;
use tokens::{Attribute, Tag, Token, Tokens};

/// How deep raw tags of one page may be nested.
pub const DEPTH: usize = 256;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A place to go to.
    Href,
    /// A file that the page shows or loads.
    Src,
}

/// A Markdown container, by what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Blocks: a quote, a list, an item (also a tight one), a table, a cell, a footnote.
    Block,
    /// A line of text that is a block itself: a paragraph, a heading.
    Line,
    /// A part of a line: emphasis and the like.
    Phrase,
    /// A link, in which no other link can stand.
    Link,
}

/// Asked for each address, with what it is for and its place. What it is given is decoded and cleaned as
/// browsers do it (URL standard, 4.4: no control characters or spaces around it, no tabs and line ends in it),
/// so that its scheme is what a browser would see. It gives the address to write, or `None`
/// to leave the attribute out (it has reported why).
pub type Link<'a> = dyn FnMut(Use, &str, Span) -> Option<String> + 'a;

/// The raw HTML of one page, as far as it was read.
#[derive(Debug)]
pub struct RawHtml {
    policy: Policy,
    levels: Vec<Level>,
    open: Vec<Open>,
    /// How many of the levels are links.
    links: usize,
    dropping: Option<Dropping>,
    /// Start tags by name that were left out or ended early: their closing tags go without a word.
    unclosed: HashMap<String, usize>,
    /// Whether the depth was told of.
    too_deep: bool,
}

/// A Markdown container that is open.
#[derive(Debug)]
struct Level {
    kind: Inside,
    /// Whether the container is written.
    written: bool,
    /// How many raw tags were open outside.
    base: usize,
}

/// A raw tag that is open.
#[derive(Debug)]
struct Open {
    name: &'static str,
    place: Span,
}

/// An element that is left out with its content.
#[derive(Debug)]
struct Dropping {
    name: String,
    /// How many of that name are open in it.
    depth: usize,
    /// How many levels were open.
    level: usize,
    place: Span,
}

/// What a piece of HTML is fed with.
struct Feed<'a, 'l> {
    at: &'a dyn Fn(Range<usize>) -> Span,
    link: &'a mut Link<'l>,
    out: &'a mut String,
    told: &'a mut Vec<Diagnostic>,
}

impl RawHtml {
    /// The start of a page.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            levels: Vec::new(),
            open: Vec::new(),
            links: 0,
            dropping: None,
            unclosed: HashMap::new(),
            too_deep: false,
        }
    }

    /// A Markdown container begins. The answer is whether it is to be written: not within what is left out.
    /// Where it is none, [`RawHtml::leave`] is called all the same.
    pub fn enter(&mut self, kind: Inside, out: &mut String, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let written = !self.dropping();
        if written && self.policy == Policy::Listed && matches!(kind, Inside::Block | Inside::Line) {
            // The block that comes ends an open `<p>` in any browser; `</p>` behind it would make an empty one.
            self.make_room("p", true, out, diagnostics);
        }
        self.links += usize::from(kind == Inside::Link);
        self.levels.push(Level { kind, written, base: self.open.len() });
        written
    }

    /// A Markdown container ends, and with it the raw tags that were opened in it. The answer is that of its start.
    pub fn leave(&mut self, out: &mut String, diagnostics: &mut Vec<Diagnostic>) -> bool {
        self.end_dropping(diagnostics);
        self.close_level(out, diagnostics);
        let Some(level) = self.levels.pop() else { return false };
        self.links -= usize::from(level.kind == Inside::Link);
        level.written
    }

    /// Whether what comes now is left out, Markdown as well: it stands in an element that is left out whole.
    pub fn dropping(&self) -> bool {
        self.dropping.is_some() && self.policy == Policy::Listed
    }

    /// Whether what comes now stands in a link: one of Markdown, or a raw tag.
    pub fn in_link(&self) -> bool {
        self.links > 0 || self.open.iter().any(|open| open.name == "a")
    }

    /// Whether what comes now stands in a raw tag that can hold no control: a link, a button, a summary, a label, or
    /// one whose text is a title.
    pub fn is_titled(&self) -> bool {
        const TITLED: [&str; 13] =
            ["a", "button", "summary", "label", "option", "caption", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6"];
        self.in_link() || self.open.iter().any(|open| TITLED.contains(&open.name))
    }

    /// Appends what passes of `html` to `out`. `at` says where a range of its bytes stands.
    pub fn feed(
        &mut self,
        html: &str,
        at: &dyn Fn(Range<usize>) -> Span,
        link: &mut Link<'_>,
        out: &mut String,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut feed = Feed { at, link, out, told: diagnostics };
        match self.policy {
            Policy::Listed => self.feed_listed(html, &mut feed),
            Policy::All => self.feed_all(html, &mut feed),
        }
    }

    /// The page ends: closes what is still open.
    pub fn finish(&mut self, out: &mut String, diagnostics: &mut Vec<Diagnostic>) {
        while !self.levels.is_empty() {
            self.leave(out, diagnostics);
        }
        self.end_dropping(diagnostics);
        self.close_level(out, diagnostics);
    }

    fn feed_listed(&mut self, html: &str, feed: &mut Feed<'_, '_>) {
        let inside = self.dropping.as_ref().map(|dropping| dropping.name.clone());
        for token in Tokens::new(html, inside.as_deref(), false) {
            if self.dropping.is_some() {
                self.drop_content(&token);
                continue;
            }
            match token {
                Token::Start(tag) => self.start(tag, feed),
                Token::End(name, range) => self.end(&name, range, feed),
                Token::Text(text) => feed.out.push_str(&escape::text(&text.replace('\0', ""))),
                Token::Comment => {}
                Token::Declaration(range) => feed.dropped(range, "a declaration has no place in a chapter", "left out"),
                Token::Cut(range) => feed.dropped(range, "a tag that has no end was left out", "no `>` follows"),
            }
        }
    }

    /// Looks for the end of what is left out.
    fn drop_content(&mut self, token: &Token) {
        let Some(dropping) = &mut self.dropping else { return };
        match token {
            Token::Start(tag) if tag.name == dropping.name && !tag.closed => dropping.depth += 1,
            Token::End(name, _) if *name == dropping.name => match dropping.depth.checked_sub(1) {
                Some(depth) => dropping.depth = depth,
                None => self.dropping = None,
            },
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag, feed: &mut Feed<'_, '_>) {
        let Some(element) = allowed::find(&tag.name) else { return self.leave_out(tag, feed) };
        if let Some(why) = self.misplaced(element) {
            if !element.is_void() && !tag.closed {
                self.ignore_end(element.name);
            }
            let message = format!("`<{}>` {why}, so it was left out", tag.name);
            let told = Diagnostic::new(Code::HtmlUnbalanced, (feed.at)(tag.range), message).label("left out");
            feed.told.push(told.help(match element.kind {
                Kind::Part(_) | Kind::PartVoid(_) => "open what it is a part of before it, in the same block",
                _ if element.is_block() => "begin a line with it, after an empty line",
                _ => "close the link before it",
            }));
            return;
        }
        self.make_room(element.name, element.is_block(), feed.out, feed.told);
        let empty = element.is_void() || tag.closed;
        let place = (feed.at)(tag.range.clone());
        if !empty && self.open.len() >= DEPTH {
            self.ignore_end(element.name);
            if !std::mem::replace(&mut self.too_deep, true) {
                let message = format!("raw HTML is nested deeper than {DEPTH} tags");
                let help = "close tags before opening more; the tags beyond the limit are left out";
                feed.told.push(Diagnostic::new(Code::NestingLimit, place, message).help(help));
            }
            return;
        }
        feed.write(element, &tag);
        if !empty {
            self.open.push(Open { name: element.name, place });
        } else if !element.is_void() {
            close(element.name, feed.out);
        }
    }

    /// Why `element` cannot stand here.
    fn misplaced(&self, element: &Element) -> Option<String> {
        let in_line = self.levels.last().is_some_and(|level| level.kind != Inside::Block);
        match element.kind {
            Kind::Part(parents) | Kind::PartVoid(parents) if !self.has_parent(parents) => {
                let parents: Vec<_> = parents.iter().map(|name| format!("`<{name}>`")).collect();
                Some(format!("stands outside {}", parents.join(" and ")))
            }
            _ if element.is_block() && in_line => Some("cannot stand in a line of text".into()),
            _ if element.name == "a" && (self.links > 0 || self.open.iter().any(|open| open.name == "a")) => {
                Some("cannot stand in a link".into())
            }
            _ => None,
        }
    }

    /// Whether one of `parents` is open in this level, and in the innermost list or table.
    fn has_parent(&self, parents: &[&str]) -> bool {
        let base = self.levels.last().map_or(0, |level| level.base);
        let mut inner = self.open.iter().skip(base).rev().map(|open| open.name);
        let nearest = inner.find(|name| parents.contains(name) || ["table", "ul", "ol", "dl"].contains(name));
        nearest.is_some_and(|name| parents.contains(&name))
    }

    /// Leaves an element out: its tags, or all of it.
    fn leave_out(&mut self, tag: Tag, feed: &mut Feed<'_, '_>) {
        let whole = allowed::takes_content(&tag.name);
        let name = shown(&tag.name);
        let place = (feed.at)(tag.range);
        let message = if whole && !tag.closed {
            format!("`<{name}>` was left out, with what is in it")
        } else {
            format!("`<{name}>` was left out")
        };
        let told = Diagnostic::new(Code::HtmlDropped, place, message).label("not allowed in a chapter");
        feed.told.push(if allowed::is_html(&tag.name) {
            told.help("do it in Markdown, or say `raw-html = \"all\"` if all authors of the book are trusted")
        } else {
            told.help(format!("if it is meant as text, put it between backticks or write `&lt;{name}>`"))
        });
        if tag.closed {
            return;
        }
        if whole {
            self.dropping = Some(Dropping { name: tag.name, depth: 0, level: self.levels.len(), place });
        } else {
            self.ignore_end(&tag.name);
        }
    }

    fn end(&mut self, name: &str, range: Range<usize>, feed: &mut Feed<'_, '_>) {
        if let Some(at) = self.find_open(&[name], &[]) {
            return self.close_from(at, true, feed.out, feed.told);
        }
        if let Some(count) = self.unclosed.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        let message = format!("`</{}>` closes nothing that is open here", shown(name));
        let told = Diagnostic::new(Code::HtmlUnbalanced, (feed.at)(range), message).label("left out");
        feed.told.push(match self.open.iter().rev().find(|open| open.name == name) {
            Some(open) => told
                .also(open.place, "opened outside the paragraph, item or cell")
                .help("open and close a tag within one paragraph, item or cell, or both between blocks"),
            None => told.help("remove it, or write the opening tag before it"),
        });
    }

    fn ignore_end(&mut self, name: &str) {
        *self.unclosed.entry(name.to_owned()).or_default() += 1;
    }

    /// Ends what the start of `name` ends in a browser: an item before the next item, a paragraph before a block.
    fn make_room(&mut self, name: &str, is_block: bool, out: &mut String, told: &mut Vec<Diagnostic>) {
        let (ended, stops) = allowed::ends(name, is_block);
        if ended.is_empty() {
            return;
        }
        if let Some(at) = self.find_open(ended, stops) {
            if ended == ["p"] {
                self.ignore_end("p");
            }
            self.close_from(at, true, out, told);
        }
    }

    /// The outermost open tag of this level with one of `names`, no further out than one of `stops`; with no
    /// stops, the innermost.
    fn find_open(&self, names: &[&str], stops: &[&str]) -> Option<usize> {
        let base = self.levels.last().map_or(0, |level| level.base);
        let mut found = None;
        for (at, open) in self.open.iter().enumerate().skip(base).rev() {
            if stops.contains(&open.name) {
                break;
            }
            if names.contains(&open.name) {
                found = Some(at);
                if stops.is_empty() {
                    break;
                }
            }
        }
        found
    }

    fn close_level(&mut self, out: &mut String, told: &mut Vec<Diagnostic>) {
        let base = self.levels.last().map_or(0, |level| level.base);
        self.close_from(base, false, out, told);
    }

    /// Closes the open tags from `at` on. Where the first of them is closed by its own tag, that one is no mistake.
    fn close_from(&mut self, at: usize, own: bool, out: &mut String, told: &mut Vec<Diagnostic>) {
        let first_mistake = at + usize::from(own);
        for open in self.open.iter().skip(first_mistake).filter(|open| !allowed::end_is_optional(open.name)) {
            let message = format!("`<{}>` is never closed where it was opened", open.name);
            told.push(
                Diagnostic::new(Code::HtmlUnbalanced, open.place, message)
                    .label("closed for you")
                    .help(format!("write `</{}>` where it ends", open.name)),
            );
        }
        for open in self.open.drain(at.min(self.open.len())..).rev() {
            close(open.name, out);
        }
    }

    /// The container ends in which an element is left out.
    fn end_dropping(&mut self, told: &mut Vec<Diagnostic>) {
        if self.policy == Policy::All {
            return;
        }
        if let Some(dropping) = self.dropping.take_if(|dropping| dropping.level >= self.levels.len()) {
            let message = format!("`<{}>` is never closed, so all that follows it was left out", dropping.name);
            told.push(
                Diagnostic::new(Code::HtmlUnbalanced, dropping.place, message).label("left out from here").help(
                    format!("if it is meant as text, put it between backticks or write `&lt;{}>`", dropping.name),
                ),
            );
        }
    }

    /// Everything passes; only addresses that `link` changes are written anew.
    fn feed_all(&mut self, html: &str, feed: &mut Feed<'_, '_>) {
        let inside = self.dropping.take();
        let mut inside = inside.map(|dropping| dropping.name);
        let mut copied = 0;
        for token in Tokens::new(html, inside.clone().as_deref(), true) {
            match token {
                Token::Start(tag) => {
                    for attribute in &tag.attributes {
                        copied = feed.readdress(html, &tag.name, attribute, copied);
                    }
                    if tokens::is_raw_text(&tag.name) {
                        inside = Some(tag.name);
                    }
                }
                Token::End(name, _) if inside.as_ref() == Some(&name) => inside = None,
                _ => {}
            }
        }
        feed.out.push_str(html.get(copied..).unwrap_or_default());
        let (level, place) = (self.levels.len(), (feed.at)(0..0));
        self.dropping = inside.map(|name| Dropping { name, depth: 0, level, place });
    }
}

impl Feed<'_, '_> {
    fn dropped(&mut self, range: Range<usize>, message: &str, label: &str) {
        let help = "if it is meant as text, write `&lt;` for `<`";
        self.told.push(Diagnostic::new(Code::HtmlDropped, (self.at)(range), message).label(label).help(help));
    }

    /// Writes a start tag with the attributes that pass.
    fn write(&mut self, element: &Element, tag: &Tag) {
        self.out.push('<');
        self.out.push_str(element.name);
        let has_id = tag.attributes.iter().any(|a| a.name == "id" && id_passes(&a.value));
        let mut dropped: Vec<&Attribute> = Vec::new();
        for attribute in &tag.attributes {
            let value = match allowed::attribute(element, &attribute.name, &attribute.value) {
                Verdict::Srcset if is_srcset(&attribute.value) => self.srcset(attribute).0,
                Verdict::Drop | Verdict::Srcset => {
                    dropped.push(attribute);
                    continue;
                }
                Verdict::Keep => Some(attribute.value.clone()),
                Verdict::Address(to) => self.address(to, attribute),
            };
            // `<a name>` is how places were named before ids were; written as what it means.
            let is_place = element.name == "a" && attribute.name == "name";
            if let Some(value) = value.filter(|_| !(is_place && has_id)) {
                self.out.push(' ');
                self.out.push_str(if is_place { "id" } else { &attribute.name });
                if !value.is_empty() || attribute.name == "alt" {
                    self.out.push_str("=\"");
                    self.out.push_str(&escape::attribute(&value));
                    self.out.push('"');
                }
            }
        }
        self.out.push('>');
        self.tell_dropped(element, tag, &dropped);
    }

    /// One warning for all attributes of a tag that do not pass.
    fn tell_dropped(&mut self, element: &Element, tag: &Tag, dropped: &[&Attribute]) {
        const NAMED: usize = 8;
        let Some(first) = dropped.first() else { return };
        let mut names: Vec<_> = dropped.iter().take(NAMED).map(|a| format!("`{}`", shown(&a.name))).collect();
        if dropped.len() > NAMED {
            names.push(format!("{} more", dropped.len() - NAMED));
        }
        let verb = if dropped.len() == 1 { "was" } else { "were" };
        let message = format!("{} of `<{}>` {verb} left out", names.join(", "), element.name);
        let range = if dropped.len() == 1 { first.range.clone() } else { tag.range.clone() };
        let told = Diagnostic::new(Code::HtmlDropped, (self.at)(range), message).label("not allowed in a chapter");
        self.told.push(match first.name.as_str() {
            "style" => told.help("give it a `class`, and style that in the theme"),
            "id" | "name" if first.value.is_empty() => told.help("give it a value"),
            "id" | "name" => told.help(
                "an id has no white space, and does not begin with `benchbook` or `__`, which are the page's own",
            ),
            _ => told.help("remove it, or say `raw-html = \"all\"` if all authors of the book are trusted"),
        });
    }

    fn address(&mut self, to: Use, attribute: &Attribute) -> Option<String> {
        if attribute.value.is_empty() {
            return Some(String::new());
        }
        let place = (self.at)(attribute.inner.clone());
        (self.link)(to, &cleaned(&attribute.value), place)
    }

    /// The candidates of a `srcset` that have an address (HTML 4.8.4.2.1), and whether they are other than before.
    fn srcset(&mut self, attribute: &Attribute) -> (Option<String>, bool) {
        let place = (self.at)(attribute.inner.clone());
        let (mut kept, mut changed): (Vec<String>, bool) = (Vec::new(), false);
        for (old, size) in candidates(&attribute.value) {
            let old = cleaned(old);
            let new = (self.link)(Use::Src, &old, place).filter(|new| !new.is_empty());
            changed |= new.as_ref() != Some(&old);
            kept.extend(new.map(|new| format!("{} {size}", in_srcset(&new)).trim_end().to_owned()));
        }
        ((!kept.is_empty()).then(|| kept.join(", ")), changed)
    }

    /// Copies `html` from `copied` on up to an address that `link` changes, and writes the new one in its place.
    /// Gives where to copy on.
    fn readdress(&mut self, html: &str, element: &str, attribute: &Attribute, copied: usize) -> usize {
        if attribute.value.is_empty() {
            return copied;
        }
        let (new, changed) = match allowed::address(element, &attribute.name) {
            Some(Verdict::Address(to)) => {
                let new = self.address(to, attribute);
                let changed = new.as_ref() != Some(&cleaned(&attribute.value));
                (new, changed)
            }
            Some(Verdict::Srcset) => self.srcset(attribute),
            _ => return copied,
        };
        if !changed {
            return copied;
        }
        let (inner, whole) = (&attribute.inner, &attribute.range);
        let (upto, resume) = if new.is_some() { (inner.start, inner.end) } else { (whole.start, whole.end) };
        // A range that does not cut the text where characters begin would be a fault; the text stays as it is then.
        let (Some(before), Some(_)) = (html.get(copied..upto), html.get(upto..resume)) else { return copied };
        self.out.push_str(before);
        if let Some(new) = new {
            let quote = if whole.end > inner.end { "" } else { "\"" };
            for part in [quote, &escape::attribute(&new), quote] {
                self.out.push_str(part);
            }
        }
        resume
    }
}

/// The ids (and `<a name>`) that raw HTML gives: a link can lead to them. Of HTML that passes by the list, those
/// that pass.
pub fn ids(html: &str, policy: Policy) -> Vec<String> {
    let mut found = Vec::new();
    let mut page = RawHtml::new(policy);
    for token in Tokens::new(html, None, policy == Policy::All) {
        if page.dropping() {
            page.drop_content(&token);
            continue;
        }
        let Token::Start(tag) = token else { continue };
        if policy == Policy::Listed && allowed::find(&tag.name).is_none() {
            if allowed::takes_content(&tag.name) && !tag.closed {
                let place = Span::top(crate::id::PathId::new(""));
                page.dropping = Some(Dropping { name: tag.name, depth: 0, level: 0, place });
            }
            continue;
        }
        let passes = |id: &str| policy == Policy::All && !id.is_empty() || id_passes(id);
        let named = |name: &str| tag.attributes.iter().find(|a| a.name == name && passes(&a.value));
        let name = if tag.name == "a" { named("name") } else { None };
        let id = named("id");
        // Under the list, a name stands in for an id that is not there.
        let name = name.filter(|name| id.is_none_or(|id| policy == Policy::All && id.value != name.value));
        found.extend(id.into_iter().chain(name).map(|a| a.value.clone()));
    }
    found
}

/// An address as browsers read it (URL standard, 4.4).
fn cleaned(address: &str) -> String {
    let ends = |c: char| c <= ' ';
    address.trim_matches(ends).chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect()
}

/// The addresses of a `srcset`, each with its width or density.
fn candidates(value: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_space = |c: char| c.is_ascii_whitespace();
    let mut rest = value;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| is_space(c) || c == ',');
        if rest.is_empty() {
            return None;
        }
        let (url, behind) = rest.split_at(rest.find(is_space).unwrap_or(rest.len()));
        if url.ends_with(',') {
            rest = behind;
            return Some((url.trim_end_matches(','), ""));
        }
        let (size, behind) = behind.split_at(behind.find(',').unwrap_or(behind.len()));
        rest = behind;
        Some((url, size.trim_matches(is_space)))
    })
}

/// `url` so that it is one candidate.
fn in_srcset(url: &str) -> String {
    let inner = url.trim_matches(',');
    let (before, after) = url.split_once(inner).unwrap_or((url, ""));
    let commas = |n: usize| "%2C".repeat(n);
    format!(
        "{}{}{}",
        commas(before.len()),
        inner.replace(|c: char| c.is_ascii_whitespace(), "%20"),
        commas(after.len())
    )
}

/// Whether `value` is a `srcset` at all.
fn is_srcset(value: &str) -> bool {
    candidates(value).next().is_some() && candidates(value).all(|(url, size)| !url.is_empty() && is_size(size))
}

/// Whether `size` is a width, a height or a density, or none.
fn is_size(size: &str) -> bool {
    size.split_ascii_whitespace().all(|size| {
        let number = size.strip_suffix(['w', 'x', 'h']).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// A name that an author wrote, short enough for a message.
fn shown(name: &str) -> String {
    const LONGEST: usize = 40;
    match name.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
