//! What a page says, whoever made it: ids, headings, links, images, words, hidden lines, kinds of elements.
//!
//! Two pages of different looks can be compared by it. What belongs to a look (the mark beside a heading, the contents
//! of the page, icons, buttons) is left out on both sides.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use std::collections::{BTreeMap, BTreeSet};

/// What a page says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Each id with its element, in order.
    pub ids: Vec<String>,
    /// Each heading: level, id, text.
    pub headings: Vec<String>,
    /// Where each link leads, from the root of the site, and its text.
    pub links: Vec<String>,
    /// Each image: where it lies, its alternative text.
    pub images: Vec<String>,
    /// All text that is shown, as words.
    pub words: Vec<String>,
    /// Lines of code that are there and not shown at first.
    pub hidden: Vec<String>,
    /// How many elements there are of each kind that says something.
    pub kinds: BTreeMap<String, usize>,
}

/// What the frame of a page says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The chapter before, from the root of the site.
    pub prev: Option<String>,
    /// The chapter after.
    pub next: Option<String>,
    /// Where the source can be edited.
    pub edit: Option<String>,
    /// Where the source is kept.
    pub repository: Option<String>,
    /// Where the page leads on to at once.
    pub refresh: Option<String>,
    /// The language and the direction of the text.
    pub language: (String, String),
    /// The title of the window without the book's.
    pub title: String,
}

/// Elements that say something by being there.
const TELLING: [&str; 26] = [
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tr",
    "th",
    "td",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "del",
    "sup",
    "sub",
    "br",
    "img",
    "input",
    "details",
    "kbd",
    "video",
    "script",
];

/// Elements that have no end.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// The tokens of a page.
pub fn tokens(html: &str) -> Vec<Token> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).filter_map(Result::ok).collect()
}

/// A string of the tokenizer.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An attribute of a tag.
pub fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| text(value))
}

fn has_class(tag: &StartTag<()>, class: &str) -> bool {
    attribute(tag, "class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
}

/// What is no part of what the page says.
fn is_look(tag: &StartTag<()>, name: &str) -> bool {
    let ours = ["anchor", "toc", "copy", "moved", "reveal"].iter().any(|class| has_class(tag, class));
    let theirs = has_class(tag, "buttons") || is_icon(tag, name);
    // mdBook shows an image once more, enlarged, behind a checkbox.
    let enlarged = has_class(tag, "checkbox-img") || has_class(tag, "img-wrapper");
    ours || theirs || enlarged || name == "nav" || has_class(tag, "blockquote-tag-title") && name == "svg"
}

fn is_icon(tag: &StartTag<()>, name: &str) -> bool {
    let icon = |class: &str| class == "fa-svg" || class == "fa" || class == "fas" || class == "fab" || class == "far";
    matches!(name, "i" | "span") && attribute(tag, "class").is_some_and(|all| all.split_whitespace().any(icon))
}

/// From a footnote back to the text.
fn is_back(tag: &StartTag<()>, href: &str) -> bool {
    href.contains("#fr-") || attribute(tag, "role").is_some_and(|role| role == "doc-backlink")
}

#[derive(Default)]
struct Reader {
    out: Meaning,
    page: String,
    /// The open elements: their names, and what they count as.
    open: Vec<(String, Part)>,
    heading: Option<(String, String, String)>,
    link: Option<(String, String)>,
    back: bool,
    hidden: String,
    shown: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Shown,
    Look,
    Hidden,
    Heading,
    Link,
}

/// What the text of a page says. `page` is where it stands in the site: links count from there.
pub fn meaning(html: &str, page: &str) -> Meaning {
    let mut reader = Reader { page: page.to_owned(), ..Reader::default() };
    for token in tokens(body(html)) {
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&text(&tag.name)),
            Token::String(words) => reader.text(&text(&words)),
            _ => {}
        }
    }
    while let Some((name, _)) = reader.open.last().cloned() {
        reader.end(&name);
    }
    reader.out.words = reader.shown.split_whitespace().map(str::to_owned).collect();
    reader.out.hidden = reader.hidden.lines().map(|line| line.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    // mdBook puts these around every block of Rust, for its playground.
    let wrap = ["#![allow(unused)]", "fn main() {", "}"];
    reader.out.hidden.retain(|line| !wrap.contains(&line.as_str()));
    reader.out
}

/// The text of a page without its frame.
pub fn body(html: &str) -> &str {
    for (from, to) in [("<article>", "</article>"), ("<main>", "</main>")] {
        if let Some((_, rest)) = html.split_once(from)
            && let Some((inner, _)) = rest.rsplit_once(to)
        {
            return inner;
        }
    }
    html
}

impl Reader {
    fn looks(&self) -> bool {
        self.open.iter().any(|(_, part)| *part == Part::Look)
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name = text(&tag.name);
        if self.looks() || is_look(tag, &name) {
            if let Some(id) = attribute(tag, "id").filter(|_| !self.looks() && is_icon(tag, &name)) {
                self.out.ids.push(format!("icon {id}"));
            }
            if !VOID.contains(&name.as_str()) && !tag.self_closing {
                self.open.push((name, Part::Look));
            }
            return;
        }
        if matches!(
            name.as_str(),
            "p" | "li" | "td" | "th" | "tr" | "div" | "pre" | "br" | "dt" | "dd" | "hr" | "summary"
        ) || is_heading(&name)
        {
            self.shown.push(' ');
        }
        let id = attribute(tag, "id").filter(|id| !id.is_empty());
        if let Some(id) = &id {
            self.out.ids.push(format!("{name} {id}"));
        }
        let list_of_notes = has_class(tag, "footnote-definition")
            || (name == "ol" && self.open.last().is_some_and(|(open, _)| open == "section"));
        if TELLING.contains(&name.as_str()) && !list_of_notes && !self.back && !has_class(tag, "blockquote-tag") {
            *self.out.kinds.entry(name.clone()).or_default() += 1;
        }
        if name == "img" {
            let src = attribute(tag, "src").map(|src| resolved(&self.page, &src));
            self.out.images.push(format!(
                "{} `{}`",
                src.unwrap_or_default(),
                attribute(tag, "alt").unwrap_or_default()
            ));
        }
        if name == "input" {
            let checked = tag.attributes.contains_key("checked".as_bytes());
            self.shown.push_str(if checked { " [x] " } else { " [ ] " });
        }
        let mut part = Part::Shown;
        if is_heading(&name) {
            self.heading = Some((name.clone(), id.unwrap_or_default(), String::new()));
            part = Part::Heading;
        } else if name == "a" && !has_class(tag, "header") {
            if let Some(href) = attribute(tag, "href") {
                self.back = is_back(tag, &href);
                self.link = Some((resolved(&self.page, &href), String::new()));
                part = Part::Link;
            }
        } else if has_class(tag, "boring") || has_class(tag, "hidden") {
            part = Part::Hidden;
        }
        if !VOID.contains(&name.as_str()) && !tag.self_closing {
            self.open.push((name, part));
        }
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|(open, _)| open == name) else { return };
        for (_, part) in self.open.split_off(at).into_iter().rev() {
            match part {
                Part::Heading => {
                    if let Some((level, id, text)) = self.heading.take() {
                        self.out.headings.push(format!("{level} #{id} {}", squeezed(&text)));
                    }
                }
                Part::Link => {
                    if let Some((href, text)) = self.link.take() {
                        let text = if std::mem::take(&mut self.back) { String::new() } else { squeezed(&text) };
                        self.out.links.push(format!("{href} `{text}`"));
                    }
                }
                _ => {}
            }
        }
        if name == "pre" {
            self.hidden.push('\n');
        }
        if matches!(name, "p" | "li" | "td" | "th" | "tr" | "div" | "pre" | "dt" | "dd" | "summary") || is_heading(name)
        {
            self.shown.push(' ');
        }
    }

    fn text(&mut self, text: &str) {
        if self.looks() || self.open.iter().any(|(name, _)| name == "script" || name == "style") {
            return;
        }
        if self.open.iter().any(|(_, part)| *part == Part::Hidden) {
            self.hidden.push_str(text);
            return;
        }
        if let Some((_, _, heading)) = &mut self.heading {
            heading.push_str(text);
        }
        let back = self.back;
        if let Some((_, link)) = &mut self.link {
            link.push_str(text);
        }
        if !back {
            self.shown.push_str(text);
        }
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name.as_bytes(), [b'h', b'1'..=b'6'])
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where `href` on the page `page` leads: from the root of the site, decoded; an absolute address as it is.
pub fn resolved(page: &str, href: &str) -> String {
    let href = benchbook::parse::summary::percent_decoded(href);
    if href.contains(':') || href.starts_with("//") {
        return href;
    }
    let (path, rest) = href.split_at(href.find(['#', '?']).unwrap_or(href.len()));
    if path.is_empty() {
        return format!("{page}{rest}");
    }
    if path.starts_with('/') {
        return href;
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let slash = if path.ends_with('/') { "/" } else { "" };
    format!("{}{slash}{rest}", parts.join("/"))
}

/// What the frame of a page says.
pub fn frame(html: &str, page: &str) -> Frame {
    let mut out = Frame::default();
    for token in tokens(html) {
        let Token::StartTag(tag) = token else { continue };
        let name = text(&tag.name);
        let href = attribute(&tag, "href").map(|href| resolved(page, &href));
        let rel = attribute(&tag, "rel").unwrap_or_default();
        let title = attribute(&tag, "title").unwrap_or_default();
        let words = rel.split_whitespace();
        match name.as_str() {
            "html" => {
                let language = attribute(&tag, "lang").unwrap_or_default();
                out.language = (language, attribute(&tag, "dir").unwrap_or_default());
            }
            "a" | "link" if words.clone().any(|w| w == "prev") => out.prev = href,
            "a" | "link" if words.clone().any(|w| w == "next") => out.next = href,
            "a" if title == "Suggest an edit" || has_class(&tag, "edit") => out.edit = href,
            "a" if title == "Git repository" || has_class(&tag, "repository") => out.repository = href,
            "meta" if attribute(&tag, "http-equiv").is_some_and(|h| h.eq_ignore_ascii_case("refresh")) => {
                let content = attribute(&tag, "content").unwrap_or_default();
                let url = content.split_once(['=']).map(|(_, url)| url.trim_matches([' ', '\'', '"']).to_owned());
                out.refresh = url.map(|url| resolved(page, &url).trim_start_matches('/').to_owned());
            }
            _ => {}
        }
    }
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.map(|(title, _)| title).unwrap_or_default();
    // mdBook puts ` - ` before the book's title, ours ` · `; a page called as its book has one of them.
    let ends = [title.find(" · "), title.rfind(" - ")];
    let end = ends.into_iter().flatten().next().unwrap_or(title.len());
    out.title = squeezed(&tokens(title.get(..end).unwrap_or_default()).iter().map(words_of).collect::<String>());
    out
}

fn words_of(token: &Token) -> String {
    match token {
        Token::String(words) => text(words),
        _ => String::new(),
    }
}

/// The anchors that a page of ours sends elsewhere: a list, each with the old id.
pub fn moved(html: &str, page: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut old = None;
    for token in tokens(html) {
        let Token::StartTag(tag) = token else { continue };
        match text(&tag.name).as_str() {
            "li" => old = attribute(&tag, "id"),
            "a" => {
                if let (Some(old), Some(href)) = (old.take(), attribute(&tag, "href")) {
                    out.push(format!("{old} {}", resolved(page, &href)));
                }
            }
            _ => {}
        }
    }
    out
}

/// The entries of a table of contents, with how deep each stands: number, title, page.
pub fn contents(html: &str, page: &str) -> Vec<String> {
    let html = body(html);
    // mdBook's list begins with the first `ol`, ours as well.
    let Some(from) = html.find("<ol") else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    let mut depth = 0usize;
    let mut line: Option<(String, String)> = None;
    for token in tokens(html.get(from..).unwrap_or_default()) {
        match token {
            Token::StartTag(tag) => match text(&tag.name).as_str() {
                "ol" => {
                    put(&mut out, &mut line, depth);
                    depth += 1;
                }
                "li" => {
                    put(&mut out, &mut line, depth);
                    line = Some((String::new(), String::new()));
                }
                "a" => {
                    // The arrow that folds is a link of its own in mdBook.
                    if let (Some((_, href)), Some(to)) = (&mut line, attribute(&tag, "href")) {
                        *href = resolved(page, &to);
                    }
                }
                _ => {}
            },
            Token::EndTag(tag) => match text(&tag.name).as_str() {
                "ol" => {
                    put(&mut out, &mut line, depth);
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                "li" => put(&mut out, &mut line, depth),
                _ => {}
            },
            Token::String(words) => {
                if let Some((line, _)) = &mut line {
                    line.push_str(&text(&words));
                }
            }
            _ => {}
        }
    }
    out
}

fn put(out: &mut Vec<String>, line: &mut Option<(String, String)>, depth: usize) {
    if let Some((text, href)) = line.take() {
        let text = squeezed(&text).replace('❱', "");
        if !text.trim().is_empty() {
            out.push(format!("{}{} ({href})", "  ".repeat(depth.saturating_sub(1)), text.trim()));
        }
    }
}

/// What the two say differently; one line a difference.
pub fn differences(theirs: &Meaning, ours: &Meaning) -> Vec<String> {
    let mut out = Vec::new();
    lists("id", &theirs.ids, &ours.ids, &mut out);
    lists("heading", &theirs.headings, &ours.headings, &mut out);
    lists("link", &theirs.links, &ours.links, &mut out);
    lists("image", &theirs.images, &ours.images, &mut out);
    lists("word", &theirs.words, &ours.words, &mut out);
    lists("hidden", &theirs.hidden, &ours.hidden, &mut out);
    for kind in theirs.kinds.keys().chain(ours.kinds.keys()).collect::<BTreeSet<_>>() {
        let count = |of: &Meaning| of.kinds.get(kind).copied().unwrap_or_default();
        if count(theirs) != count(ours) {
            out.push(format!("kind {kind}: {} in mdBook's, {} in ours", count(theirs), count(ours)));
        }
    }
    out
}

/// The least that must go and come to make `ours` of `theirs`.
pub fn lists(what: &str, theirs: &[String], ours: &[String], out: &mut Vec<String>) {
    let same = theirs.iter().zip(ours).take_while(|(a, b)| a == b).count();
    let (theirs, ours) = (&theirs[same..], &ours[same..]);
    let tail = theirs.iter().rev().zip(ours.iter().rev()).take_while(|(a, b)| a == b).count();
    let (theirs, ours) = (&theirs[..theirs.len() - tail], &ours[..ours.len() - tail]);
    if theirs.len() * ours.len() > 4_000_000 {
        out.push(format!("{what}: {} in mdBook's and {} in ours differ", theirs.len(), ours.len()));
        return;
    }
    // The longest common part, by the usual table.
    let mut table = vec![vec![0u32; ours.len() + 1]; theirs.len() + 1];
    for a in (0..theirs.len()).rev() {
        for b in (0..ours.len()).rev() {
            table[a][b] =
                if theirs[a] == ours[b] { table[a + 1][b + 1] + 1 } else { table[a + 1][b].max(table[a][b + 1]) };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut run: (Vec<&str>, Vec<&str>) = Default::default();
    let mut flush = |run: &mut (Vec<&str>, Vec<&str>)| {
        if !run.0.is_empty() || !run.1.is_empty() {
            out.push(format!("{what} -[{}] +[{}]", run.0.join(" "), run.1.join(" ")));
            *run = Default::default();
        }
    };
    while a < theirs.len() || b < ours.len() {
        if a < theirs.len() && b < ours.len() && theirs[a] == ours[b] {
            flush(&mut run);
            (a, b) = (a + 1, b + 1);
        } else if b == ours.len() || (a < theirs.len() && table[a + 1][b] >= table[a][b + 1]) {
            run.0.push(&theirs[a]);
            a += 1;
        } else {
            run.1.push(&ours[b]);
            b += 1;
        }
    }
    flush(&mut run);
}
