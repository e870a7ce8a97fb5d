//! Tokens of expressions. A name after a point and a unit after a number are read by the parser, which knows where it
//! stands.

use std::ops::Range;

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, or a reserved word.
    Name,
    Number,
    Date,
    /// A string, without quotes and escapes.
    Text(Box<str>),
    /// An operator, a bracket or a separator.
    Sign(&'static str),
    End,
    /// No token of the language; holds what is wrong.
    Wrong(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 18] = ["!=", "<=", ">=", "|", ".", ",", "(", ")", "[", "]", "+", "-", "*", "/", "^", "=", "<", ">"];

/// Operators of other languages.
const FOREIGN: [(&str, &str); 3] = [
    ("==", "`==` is no operator: write `=`"),
    ("&&", "`&&` is no operator: write `and`"),
    ("||", "`||` is no operator: write `or`"),
];

pub(super) struct Lexer<'s> {
    pub(super) source: &'s str,
    /// The end of the last token that was taken.
    pos: usize,
    /// The token after it, once it was looked at.
    next: Option<Token>,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, pos: 0, next: None }
    }

    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    /// What follows the last token that was taken, white space included.
    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &'s str {
        self.source.get(range.clone()).unwrap_or_default()
    }

    /// Takes `len` bytes as a token of the parser's own.
    pub(super) fn skip(&mut self, len: usize) -> Range<usize> {
        let start = self.pos;
        self.pos = (start + len).min(self.source.len());
        self.next = None;
        start..self.pos
    }

    /// Takes all that is left.
    pub(super) fn finish(&mut self) {
        self.skip(self.source.len());
    }

    pub(super) fn peek(&mut self) -> Token {
        match &self.next {
            Some(token) => token.clone(),
            None => {
                let token = self.scan();
                self.next = Some(token.clone());
                token
            }
        }
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.next.take().unwrap_or_else(|| self.scan());
        self.pos = token.range.end;
        token
    }

    /// Whether the next token is `sign`.
    pub(super) fn is_sign(&mut self, sign: &str) -> bool {
        matches!(self.peek().kind, Kind::Sign(found) if found == sign)
    }

    /// Whether the next token is the reserved word `word`.
    pub(super) fn is_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Name && self.text(&token.range) == word
    }

    fn scan(&self) -> Token {
        let rest = self.rest();
        let start = self.pos + (rest.len() - rest.trim_start().len());
        let (kind, len) = scan(self.source.get(start..).unwrap_or_default());
        Token { kind, range: start..start + len }
    }
}

fn scan(rest: &str) -> (Kind, usize) {
    let Some(first) = rest.chars().next() else { return (Kind::End, 0) };
    if first.is_alphabetic() {
        return (Kind::Name, word_len(rest));
    }
    if first.is_ascii_digit() {
        return match date_len(rest) {
            Some(len) => (Kind::Date, len),
            None => (Kind::Number, number_len(rest)),
        };
    }
    if first == '"' {
        return scan_string(rest);
    }
    for (sign, instead) in FOREIGN {
        if rest.starts_with(sign) {
            return (Kind::Wrong(instead), sign.len());
        }
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => (Kind::Sign(sign), sign.len()),
        None => (Kind::Wrong("a character that has no meaning in an expression"), first.len_utf8()),
    }
}

/// The length of the word at the start of `text`: a hyphen is part of it when a letter or digit follows.
pub(super) fn word_len(text: &str) -> usize {
    let part = |c: char| c.is_alphabetic() || c.is_ascii_digit();
    let mut chars = text.char_indices().peekable();
    if !chars.peek().is_some_and(|(_, c)| part(*c)) {
        return 0;
    }
    while let Some((at, c)) = chars.next() {
        let goes_on = part(c) || c == '_' || (c == '-' && chars.peek().is_some_and(|(_, next)| part(*next)));
        if !goes_on {
            return at;
        }
    }
    text.len()
}

/// The length of the unit at the start of `text`: symbols, with a `/` between each two.
pub(super) fn unit_len(text: &str) -> usize {
    let part = |c: char| c.is_alphabetic() || "%×¢·²³⁴⁵⁶".contains(c);
    let symbol = |text: &str| text.char_indices().find(|(_, c)| !part(*c)).map_or(text.len(), |(at, _)| at);
    let mut len = symbol(text);
    while len > 0
        && let Some(below) = text.get(len..).and_then(|rest| rest.strip_prefix('/'))
    {
        match symbol(below) {
            0 => break,
            more => len += 1 + more,
        }
    }
    len
}

fn date_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes().get(..10)?;
    let shaped = bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
    let ends = !text.as_bytes().get(10).is_some_and(u8::is_ascii_digit);
    (shaped && ends).then_some(10)
}

fn number_len(text: &str) -> usize {
    let run = |from: usize, also: u8| {
        let bytes = text.as_bytes().get(from..).unwrap_or_default();
        bytes.iter().take_while(|b| b.is_ascii_digit() || **b == also).count()
    };
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut len = run(0, b'_');
    if byte(len) == Some(b'.') && byte(len + 1).is_some_and(|b| b.is_ascii_digit()) {
        len += 1 + run(len + 1, b'0');
    }
    if byte(len) == Some(b'e') {
        let sign = usize::from(matches!(byte(len + 1), Some(b'+' | b'-')));
        let digits = run(len + 1 + sign, b'0');
        len += if digits > 0 { 1 + sign + digits } else { 0 };
    }
    len
}

fn scan_string(text: &str) -> (Kind, usize) {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (Kind::Text(value.into()), at + 1),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => return (Kind::Wrong("only `\\\"` and `\\\\` are escapes in a text"), at + 1),
            },
            _ => value.push(c),
        }
    }
    (Kind::Wrong("a text without its closing `\"`"), text.len())
}
