//! Raw HTML as tokens with byte ranges: what the allow list judges, and where addresses stand.
//!
//! The tokenizer is html5gum, which follows the HTML standard. What a browser makes of the rest of a page is not
//! its business: nothing here builds a tree.

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, Error, Span, State, StringReader, Tokenizer};
use std::ops::Range;

/// One token, with the range of bytes that it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `<a href="b">`.
    Start(Tag),
    /// `</a>`, by its name.
    End(String, Range<usize>),
    /// Text, decoded.
    Text(String),
    /// `<!-- -->`.
    Comment,
    /// `<!DOCTYPE html>`, `<![CDATA[x]]>`, `<?xml?>` and whatever else a browser takes for a comment.
    Declaration(Range<usize>),
    /// A tag that has no end before the text has.
    Cut(Range<usize>),
}

/// A start tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// In lower case.
    pub name: String,
    /// In the order of the tag; of two with one name, the first.
    pub attributes: Vec<Attribute>,
    /// Whether it ends with `/>`.
    pub closed: bool,
    /// From `<` to `>`.
    pub range: Range<usize>,
}

/// An attribute of a start tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attribute {
    /// In lower case.
    pub name: String,
    /// Decoded; empty also where there is none.
    pub value: String,
    /// From the name to the end of the value, quotes included.
    pub range: Range<usize>,
    /// The value as it is written, without quotes.
    pub inner: Range<usize>,
}

/// The tokens of a text. Text in `<script>` and its like is one token.
pub(super) struct Tokens<'a> {
    html: &'a str,
    inner: Tokenizer<StringReader<'a>, CallbackEmitter<Maker, Made, usize>>,
    /// Whether `<script/>` opens a script, as it does in a browser.
    slash_opens: bool,
    cut: bool,
    end: usize,
}

impl<'a> Tokens<'a> {
    /// The tokens of `html`, which may begin inside the element `inside`. With `slash_opens`, a `/` at the end of a
    /// start tag means nothing, as in a browser; without, the element is empty.
    pub fn new(html: &'a str, inside: Option<&str>, slash_opens: bool) -> Self {
        let mut emitter = CallbackEmitter::new(Maker::default());
        let state = inside.and_then(raw_text);
        if state.is_some() {
            emitter.set_last_start_tag(inside.map(str::as_bytes));
        }
        let mut inner = Tokenizer::new_with_emitter(html, emitter);
        if let Some(state) = state {
            inner.set_state(state);
        }
        Self { html, inner, slash_opens, cut: false, end: 0 }
    }

    fn finish(&mut self, made: Made) -> Option<Token> {
        let token = match made {
            Made::Cut => {
                // The text before it comes after it: it is told of at the end, when it is known where it begins.
                self.cut = true;
                return None;
            }
            Made::Text(text, range) => {
                self.end = range.end;
                return Some(Token::Text(text));
            }
            Made::Comment(range) if self.html.get(range.start..).is_some_and(|html| html.starts_with("<!--")) => {
                self.end = range.end;
                return Some(Token::Comment);
            }
            Made::Comment(range) | Made::Declaration(range) => Token::Declaration(range),
            Made::End(name, range) => Token::End(name, range),
            Made::Start(mut tag) => {
                tag.attributes.iter_mut().for_each(|attribute| self.measure(attribute));
                if (self.slash_opens || !tag.closed)
                    && let Some(state) = raw_text(&tag.name)
                {
                    self.inner.set_state(state);
                }
                Token::Start(tag)
            }
        };
        if let Token::Start(Tag { range, .. }) | Token::End(_, range) | Token::Declaration(range) = &token {
            self.end = range.end;
        }
        Some(token)
    }

    /// Takes the quotes into the range of an attribute.
    fn measure(&self, attribute: &mut Attribute) {
        if attribute.inner.is_empty() {
            return;
        }
        let bytes = self.html.as_bytes();
        let quote = attribute.inner.start.checked_sub(1).and_then(|at| bytes.get(at));
        let quoted = matches!(quote, Some(b'"' | b'\'')) && bytes.get(attribute.inner.end) == quote;
        attribute.range.end = attribute.inner.end + usize::from(quoted);
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while let Some(Ok(made)) = self.inner.next() {
            if let Some(token) = self.finish(made) {
                return Some(token);
            }
        }
        std::mem::take(&mut self.cut).then_some(Token::Cut(self.end..self.html.len()))
    }
}

/// How the content of an element is read, if there are no tags in it (HTML 13.2.6.2, "in head" and "in body").
fn raw_text(name: &str) -> Option<State> {
    match name {
        "script" => Some(State::ScriptData),
        "textarea" | "title" => Some(State::RcData),
        "style" | "iframe" | "xmp" | "noembed" | "noframes" | "noscript" => Some(State::RawText),
        "plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// Whether there are no tags in the content of an element.
pub(super) fn is_raw_text(name: &str) -> bool {
    raw_text(name).is_some()
}

/// What comes from the tokenizer, before the ranges of attributes are known in full.
enum Made {
    Start(Tag),
    End(String, Range<usize>),
    Text(String, Range<usize>),
    Comment(Range<usize>),
    Declaration(Range<usize>),
    Cut,
}

/// Puts the events of a tag together.
#[derive(Default)]
struct Maker {
    tag: Option<Tag>,
    names: std::collections::HashSet<String>,
    /// Whether the attribute that is being read is one of two with one name.
    twice: bool,
}

impl Callback<Made, usize> for Maker {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: Span<usize>) -> Option<Made> {
        let range = span.start..span.end;
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.names.clear();
                self.tag = Some(Tag { name: string(name), range, ..Tag::default() });
                None
            }
            CallbackEvent::AttributeName { name } => {
                let tag = self.tag.as_mut()?;
                let name = string(name);
                self.twice = !self.names.insert(name.clone());
                if !self.twice {
                    let inner = range.end..range.end;
                    tag.attributes.push(Attribute { name, value: String::new(), range, inner });
                }
                None
            }
            CallbackEvent::AttributeValue { value } => {
                let attribute = self.tag.as_mut()?.attributes.last_mut().filter(|_| !self.twice)?;
                attribute.value = string(value);
                attribute.inner = range;
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                let mut tag = self.tag.take()?;
                tag.closed = self_closing;
                tag.range.end = range.end;
                Some(Made::Start(tag))
            }
            CallbackEvent::EndTag { name } => {
                self.tag = None;
                Some(Made::End(string(name), range))
            }
            CallbackEvent::String { value } => Some(Made::Text(string(value), range)),
            CallbackEvent::Comment { .. } => Some(Made::Comment(range)),
            CallbackEvent::Doctype { .. } => Some(Made::Declaration(range)),
            CallbackEvent::Error(Error::EofInTag) => Some(Made::Cut),
            CallbackEvent::Error(_) => None,
        }
    }
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
