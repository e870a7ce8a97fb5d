//! JSON (RFC 8259) with the place of each value and each key.
//!
//! Numbers stay text, so that no digit is lost. A key that stands twice in one object is a mistake that names both
//! places, and nesting has a limit, so that no file can use up the stack.

use crate::diag::{Code, Diagnostic, Span};
use crate::id::PathId;
use std::borrow::Cow;
use std::ops::Range;

/// How deep arrays and objects may lie in each other.
pub const MAX_DEPTH: usize = 128;

/// A value and its bytes in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<'t> {
    /// The value.
    pub value: Json<'t>,
    /// Its bytes; of a string, with the quotes.
    pub range: Range<usize>,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(&'t str),
    /// A string, without quotes and escapes.
    String(Cow<'t, str>),
    /// An array.
    Array(Vec<Spanned<'t>>),
    /// An object: its members in the order as written.
    Object(Vec<(Key<'t>, Spanned<'t>)>),
}

/// The name of an object's member.
#[derive(Clone, Debug, PartialEq)]
pub struct Key<'t> {
    /// The name, without quotes and escapes.
    pub name: Cow<'t, str>,
    /// Its bytes, with the quotes.
    pub range: Range<usize>,
}

impl Json<'_> {
    /// What kind of value it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }
}

/// Reads `text`, the whole of `file`. A byte order mark at its start is passed over.
///
/// # Errors
/// The first mistake, at its bytes. `NaN`, `Infinity`, comments and trailing commas are mistakes.
pub fn parse(file: PathId, text: &str) -> Result<Spanned<'_>, Box<Diagnostic>> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    parse_part(file, text, start..text.len())
}

/// Reads the value that stands alone in `range` of `text`, the whole of `file`: a line of a file with a value a line.
///
/// # Errors
/// As [`parse`]. The range must begin and end where characters do.
pub fn parse_part(file: PathId, text: &str, range: Range<usize>) -> Result<Spanned<'_>, Box<Diagnostic>> {
    let text = text.get(..range.end).unwrap_or(text);
    let mut reader = Reader { file, text, pos: range.start, depth: 0 };
    reader.space();
    let value = reader.value()?;
    reader.space();
    match reader.pos == text.len() {
        true => Ok(value),
        false => Err(reader.wrong("nothing more after the value")),
    }
}

type Answer<T> = Result<T, Box<Diagnostic>>;

struct Reader<'t> {
    file: PathId,
    text: &'t str,
    pos: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Answer<Spanned<'t>> {
        let start = self.pos;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            _ if self.word("null") => Json::Null,
            _ if self.word("true") => Json::Bool(true),
            _ if self.word("false") => Json::Bool(false),
            _ => return Err(self.wrong("a value")),
        };
        Ok(Spanned { value, range: start..self.pos })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Answer<Json<'t>>) -> Answer<Json<'t>> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(self.told(Code::DataLimit, self.pos..self.pos + 1, message));
        }
        self.depth += 1;
        self.pos += 1;
        self.space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Answer<Json<'t>> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']', "`,` or `]`")? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn object(&mut self) -> Answer<Json<'t>> {
        let mut members: Vec<(Key<'t>, Spanned<'t>)> = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            let start = self.pos;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in double quotes"));
            }
            let key = Key { name: self.string()?, range: start..self.pos };
            self.space();
            if !self.take(b':') {
                return Err(self.wrong("`:` after the key"));
            }
            self.space();
            let value = self.value()?;
            members.push((key, value));
            if self.ends(b'}', "`,` or `}`")? {
                return self.distinct(members);
            }
        }
    }

    /// The object of `members`, if no key stands twice.
    fn distinct(&self, members: Vec<(Key<'t>, Spanned<'t>)>) -> Answer<Json<'t>> {
        let mut order: Vec<&Key<'_>> = members.iter().map(|(key, _)| key).collect();
        order.sort_by(|a, b| a.name.cmp(&b.name).then(a.range.start.cmp(&b.range.start)));
        let twice = order.iter().zip(order.iter().skip(1)).find(|(first, again)| first.name == again.name);
        match twice {
            None => Ok(Json::Object(members)),
            Some((first, again)) => {
                let message = format!("the key `{}` stands twice in one object", again.name.escape_debug());
                let wrong = self.told(Code::DataSyntax, again.range.clone(), message);
                Err(Box::new(wrong.label("given again here").also(self.span(first.range.clone()), "first given here")))
            }
        }
    }

    /// After an item: true at `close`, false at a comma with something behind it.
    fn ends(&mut self, close: u8, wanted: &str) -> Answer<bool> {
        self.space();
        if self.take(close) {
            return Ok(true);
        }
        if !self.take(b',') {
            return Err(self.wrong(wanted));
        }
        self.space();
        Ok(false)
    }

    fn string(&mut self) -> Answer<Cow<'t, str>> {
        let open = self.pos;
        self.pos += 1;
        let mut start = self.pos;
        let mut whole = String::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    let tail = self.text.get(start..self.pos).unwrap_or_default();
                    self.pos += 1;
                    return Ok(if whole.is_empty() { Cow::Borrowed(tail) } else { Cow::Owned(whole + tail) });
                }
                Some(b'\\') => {
                    whole.push_str(self.text.get(start..self.pos).unwrap_or_default());
                    let escaped = self.escape()?;
                    whole.push(escaped);
                    start = self.pos;
                }
                Some(0..=0x1f) => return Err(self.wrong("no control character in a string")),
                Some(_) => self.pos += 1,
                None => {
                    let message = "a string without its closing `\"`".to_owned();
                    return Err(self.told(Code::DataSyntax, open..open + 1, message));
                }
            }
        }
    }

    fn escape(&mut self) -> Answer<char> {
        let start = self.pos;
        self.pos += 2;
        let plain = match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(start),
            _ => return Err(self.told(Code::DataSyntax, start..start + 1, "an escape that JSON does not have".into())),
        };
        Ok(plain)
    }

    /// The character of `\uXXXX`, or of two of them that are a surrogate pair; the first begins at `start`.
    fn code_point(&mut self, start: usize) -> Answer<char> {
        let first = self.hex4();
        let code = match first {
            Some(high @ 0xd800..=0xdbff) if self.rest().starts_with("\\u") => {
                self.pos += 2;
                self.hex4()
                    .filter(|low| (0xdc00..=0xdfff).contains(low))
                    .map(|low| 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            }
            other => other,
        };
        code.and_then(char::from_u32).ok_or_else(|| {
            self.told(Code::DataSyntax, start..start + 2, "an escape that is no Unicode character".to_owned())
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.pos += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Answer<&'t str> {
        let start = self.pos;
        self.take(b'-');
        let whole = self.digits()?;
        if whole > 1 && self.text.as_bytes().get(self.pos - whole) == Some(&b'0') {
            let range = self.pos - whole..self.pos;
            return Err(self.told(Code::DataSyntax, range, "a number does not begin with 0".to_owned()));
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.text.get(start..self.pos).unwrap_or_default())
    }

    fn digits(&mut self) -> Answer<usize> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.pos += count;
        if count == 0 { Err(self.wrong("a digit")) } else { Ok(count) }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        self.pos += if found { word.len() } else { 0 };
        found
    }

    fn space(&mut self) {
        self.pos += self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    /// The text from here on. Only asked where a character begins.
    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    /// A mistake here: something else than `wanted` was found.
    fn wrong(&self, wanted: &str) -> Box<Diagnostic> {
        let found = self.rest().chars().next();
        let len = found.map_or(0, char::len_utf8);
        let found = found.map_or("the end of the file".to_owned(), |c| match c {
            '"' | '\'' => format!("`{c}`"),
            c => format!("`{}`", c.escape_debug()),
        });
        self.told(Code::DataSyntax, self.pos..self.pos + len, format!("expected {wanted}, found {found}"))
    }

    fn told(&self, code: Code, range: Range<usize>, message: String) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(code, self.span(range), message).help("mend the JSON: `[{\"key\": \"value\"}, ...]`"))
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use proptest::prelude::*;

    fn file() -> PathId {
        PathId::new("a.json")
    }

    fn wrong(text: &str) -> String {
        let d = parse(file(), text).unwrap_err();
        let Some(Place::Span(span)) = d.place else { return "no place".into() };
        format!("{} [{}]", d.message, &text[span.range()])
    }

    #[test]
    fn values_have_their_places() {
        let text = "\u{feff}[{\"a\": -1.50e3, \"b\\u00e9\": \"x\\ud83d\\ude00\\n\"}, null, true]";
        let Json::Array(items) = parse(file(), text).unwrap().value else { unreachable!() };
        let Json::Object(members) = &items[0].value else { unreachable!() };
        assert_eq!(members[0].1.value, Json::Number("-1.50e3"));
        assert_eq!(&text[members[0].1.range.clone()], "-1.50e3");
        assert_eq!(members[1].0.name, "bé");
        assert_eq!(members[1].1.value, Json::String("x😀\n".into()));
        assert_eq!((&items[1].value, &items[2].value), (&Json::Null, &Json::Bool(true)));
    }

    #[test]
    fn mistakes_have_their_places() {
        for (text, want) in [
            ("[NaN]", "expected a value, found `N` [N]"),
            ("[1, -Infinity]", "expected a digit, found `I` [I]"),
            ("[1,]", "expected a value, found `]` []]"),
            ("[01]", "a number does not begin with 0 [01]"),
            ("[1.]", "expected a digit, found `]` []]"),
            ("{\"a\" 1}", "expected `:` after the key, found `1` [1]"),
            ("{a: 1}", "expected a key in double quotes, found `a` [a]"),
            ("[1] x", "expected nothing more after the value, found `x` [x]"),
            ("[\"abc", "a string without its closing `\"` [\"]"),
            ("[\"\\ud800\"]", "an escape that is no Unicode character [\\u]"),
            ("[\"a\nb\"]", "expected no control character in a string, found `\\n` [\n]"),
            ("", "expected a value, found the end of the file []"),
        ] {
            assert_eq!(wrong(text), want);
        }
    }

    #[test]
    fn a_key_given_twice_names_both_places() {
        let text = r#"{"a": 1, "b": 2, "a": 3}"#;
        let d = parse(file(), text).unwrap_err();
        assert_eq!(d.place, Some(Span::new(file(), 17..20).into()));
        assert_eq!(d.also[0].place, Span::new(file(), 1..4).into());
    }

    #[test]
    fn nesting_has_a_limit() {
        assert_eq!(parse(file(), &"[".repeat(100_000)).unwrap_err().code, Code::DataLimit);
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert!(parse(file(), &deep).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:0-9eE.+\\- a-f\\\\unlé]{0,40}|\\PC{0,30}") {
            let ours = parse(file(), &text).is_ok();
            // Where the other reader refuses, ours must; it keeps the last of two equal keys.
            if serde_json::from_str::<serde_json::Value>(&text).is_err() && !text.contains(['e', 'E']) {
                prop_assert!(!ours, "{}", text);
            }
        }
    }
}
