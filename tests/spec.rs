//! Every example of the CommonMark Spec, and of the extensions of GitHub's, through our own renderer.
//!
//! HTML is compared as a browser sees it. What we add on purpose is taken away before: ids and links of headings, the
//! boxes around code and tables, lazy loading, labels for screen readers. An example that comes out differently is
//! named here with the reason, and must come out differently.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

#[path = "support/memory.rs"]
mod support;

use html5gum::{Token, Tokenizer};
use std::collections::BTreeMap;
use support::build;

struct Example {
    number: u64,
    section: String,
    markdown: String,
    html: String,
}

fn examples(json: &str) -> Vec<Example> {
    let all: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|e| Example {
            number: e["example"].as_u64().unwrap(),
            section: text(&e["section"]),
            markdown: text(&e["markdown"]),
            html: text(&e["html"]),
        })
        .collect()
}

/// Builds a book with a page for each example, and compares; `differ` names those that come out differently, and why.
fn check(config: &str, folder: &str, examples: &[Example], links: bool, differ: &[(u64, &str)]) {
    let mut files = vec![("book.toml".to_owned(), config.to_owned())];
    let entry = |e: &Example| format!("- [E{0}](e{0}.md)\n", e.number);
    files.push((
        format!("{folder}/SUMMARY.md"),
        format!("- [S](s.md)\n{}", examples.iter().map(entry).collect::<String>()),
    ));
    files.push((format!("{folder}/s.md"), String::new()));
    for e in examples {
        files.push((format!("{folder}/e{}.md", e.number), e.markdown.clone()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let site = build(&files);
    let mut wrong = Vec::new();
    for e in examples {
        let page = site.files.get(&format!("e{}.html", e.number)).map_or("", String::as_str);
        let (ours, theirs) = (seen(page, links), seen(&e.html, links));
        let expected = differ.iter().find(|(number, _)| *number == e.number);
        if (ours == theirs) == expected.is_some() {
            let why = expected.map_or("", |_| " (comes out as expected, and is named as one that does not)");
            wrong.push(format!(
                "{} {}{why}\n{}\n-- expected\n{theirs}\n-- got\n{ours}\n-- page\n{page}",
                e.number, e.section, e.markdown
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n\n{}", wrong.len(), examples.len(), wrong.join("\n\n"));
}

const BLOCKS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "div",
    "dl",
    "dt",
    "dd",
    "section",
    "script",
    "style",
    "textarea",
    "br",
];

/// HTML as a browser sees it, without what we add; without `links` also without links and images, but for their texts.
fn seen(html: &str, links: bool) -> String {
    let mut out = String::new();
    let (mut pre, mut anchor) = (0, false);
    // Boxes of ours that are open: their ends go as well.
    let mut divs: Vec<bool> = Vec::new();
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let mut attributes: BTreeMap<String, String> =
                    tag.attributes.iter().map(|(key, value)| (text(key), text(value))).collect();
                let class = attributes.get("class").cloned().unwrap_or_default();
                if name == "a" && class == "anchor" {
                    anchor = true;
                    continue;
                }
                if name == "a" && !links {
                    continue;
                }
                if name == "img" && !links {
                    out.push_str(attributes.get("alt").map_or("", String::as_str));
                    continue;
                }
                // The colours of code.
                if name == "span" && pre > 0 {
                    continue;
                }
                if name == "div" {
                    divs.push(["code", "scroll"].contains(&class.as_str()));
                    if divs.last() == Some(&true) {
                        continue;
                    }
                }
                for ours in ["loading", "decoding", "aria-label", "scope"] {
                    attributes.remove(ours);
                }
                if name.len() == 2 && name.starts_with('h') {
                    attributes.remove("id");
                }
                if class == "plain" {
                    attributes.remove("class");
                }
                if ["right", "center"].contains(&class.as_str()) && ["th", "td"].contains(&name.as_str()) {
                    attributes.remove("class");
                    attributes.insert("style".into(), format!("text-align: {class}"));
                }
                if let Some(align) = attributes.remove("align") {
                    attributes.insert("style".into(), format!("text-align: {align}"));
                }
                // Cells are at their start anyway.
                if attributes.get("style").is_some_and(|style| style == "text-align: left") {
                    attributes.remove("style");
                }
                pre += usize::from(name == "pre");
                trim(&mut out, &name, pre);
                out.push_str(&format!("<{name}"));
                attributes.iter().for_each(|(key, value)| out.push_str(&format!(" {key}=\"{value}\"")));
                out.push('>');
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if name == "a" && std::mem::take(&mut anchor) {
                    continue;
                }
                if name == "span" && pre > 0 || name == "a" && !links {
                    continue;
                }
                if name == "div" && divs.pop() == Some(true) {
                    continue;
                }
                trim(&mut out, &name, pre);
                if name == "pre" {
                    pre = pre.saturating_sub(1);
                }
                out.push_str(&format!("</{name}>"));
            }
            Token::String(text) => {
                let text = String::from_utf8_lossy(&text).replace('&', "&amp;").replace('<', "&lt;");
                if pre > 0 {
                    out.push_str(&text);
                    continue;
                }
                for c in text.chars() {
                    let space = c.is_ascii_whitespace();
                    let behind_block = out.ends_with('>') && after_block(&out);
                    match space {
                        true if out.ends_with(' ') || out.is_empty() || behind_block => {}
                        true => out.push(' '),
                        false => out.push(c),
                    }
                }
            }
            Token::Comment(text) => out.push_str(&format!("<!--{}-->", String::from_utf8_lossy(&text))),
            Token::Doctype(_) => out.push_str("<!doctype>"),
            Token::Error(_) => {}
        }
    }
    out.trim().to_owned()
}

/// White space before a block does not count.
fn trim(out: &mut String, name: &str, pre: usize) {
    if BLOCKS.contains(&name) && pre <= usize::from(name == "pre") {
        out.truncate(out.trim_end().len());
    }
}

fn after_block(out: &str) -> bool {
    let tag = out.rsplit('<').next().unwrap_or_default().trim_start_matches('/');
    BLOCKS.contains(&tag.split([' ', '>']).next().unwrap_or_default())
}

#[test]
fn commonmark() {
    const SCHEME: &str = "a scheme that nobody knows could run: no page leads to one";
    let config = "[output.html]\nsmart-punctuation = false\ndefinition-lists = false\nadmonitions = false\n";
    let all = examples(include_str!("spec/commonmark.json"));
    assert_eq!(all.len(), 652);
    check(
        config,
        "src",
        &all,
        true,
        &[
            (484, "a link to a chapter's file leads to its page: `.md` becomes `.html`, as in mdBook"),
            (598, SCHEME),
            (599, SCHEME),
            (601, SCHEME),
        ],
    );
}

/// In a book of ours links are checked, and lead nowhere in these examples: here all else is compared.
#[test]
fn commonmark_in_a_book_of_ours() {
    let config =
        "[benchbook]\ntheme = 'bare'\nraw-html = 'all'\n[output.html]\ndefinition-lists = false\nadmonitions = false\n";
    let all = examples(include_str!("spec/commonmark.json"));
    check(config, "content", &all, false, &[(44, "a first line of `+++` begins the front matter")]);
}

#[test]
fn github_flavored() {
    let config = "[benchbook]\ntheme = 'bare'\nraw-html = 'all'\n[output.html]\ndefinition-lists = false\n";
    let all = examples(include_str!("spec/gfm.json"));
    let differ = [
        (22, "`ftp:` is not among the schemes that a page may link to, and no browser follows it any more"),
        (26, "`raw-html = \"all\"` lets all of it pass, and `\"listed\"` has a list of its own (parse/html/tests.rs)"),
    ];
    check(config, "content", &all, true, &differ);
}
