//! What stands between `{{` and `}}`: a path to a cell, and filters that say how it prints.
//!
//! ```text
//! shown  = path { "|" filter }                filter = "bare" | "digits" int
//! path   = name { "." step }                  step   = word | string
//! name   = letter { letter | digit | "_" | "-" ( letter | digit ) }
//! word   = ( letter | digit ) { letter | digit | "_" | "-" ( letter | digit ) }      only after "."
//! string = '"' { any but '"' and '\' | '\"' | '\\' } '"'
//! ```
//!
//! The lexer knows the tokens of the whole language (numbers, dates, operators, brackets), the parser those of
//! them that can begin or follow a path: what belongs to the language and is not computed yet is told apart from
//! what does not belong to it. One mistake ends an expression, so each has at most one diagnostic.

use super::print::Style;
use crate::diag::{Code, Diagnostic, Parsed, Span};
use std::ops::Range;

/// How long an expression may be, in characters.
pub const MAX_CHARS: usize = 10_000;

/// The most that `digits` can ask for.
const MAX_DIGITS: usize = 30;

const FILTERS: [&str; 2] = ["bare", "digits"];
const LATER_FILTERS: [&str; 3] = ["in", "interval", "name"];
const LATER_ROOTS: [&str; 3] = ["records", "sources", "row"];

/// A path with its filters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shown {
    /// What is shown.
    pub path: Path,
    /// How, in the order as written; none stands twice.
    pub filters: Vec<Filter>,
}

/// Names with points between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The names, at least one.
    pub steps: Vec<Step>,
    /// From the first step to the last.
    pub span: Span,
}

/// One name of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The name, without quotes and escapes.
    pub text: String,
    /// Where it stands, with its quotes.
    pub span: Span,
    /// Whether it stands in quotes.
    pub quoted: bool,
}

/// How a value is to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// What it does.
    pub kind: FilterKind,
    /// Where it stands, with its argument.
    pub span: Span,
}

/// What a filter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterKind {
    /// Leaves the unit away.
    Bare,
    /// Rounds to so many significant digits, at least 1.
    Digits(usize),
}

impl Shown {
    /// The filters, taken together.
    pub fn style(&self) -> Style {
        self.filters.iter().fold(Style::default(), |style, filter| match filter.kind {
            FilterKind::Bare => Style { bare: true, ..style },
            FilterKind::Digits(count) => Style { digits: Some(count), ..style },
        })
    }
}

/// Writes the path as an author would, with quotes where a name needs them.
impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            let point = if i == 0 { "" } else { "." };
            write!(f, "{point}{}", written(&step.text))?;
        }
        Ok(())
    }
}

/// `name` as a step of a path: in quotes, with escapes, unless it is a word.
pub fn written(name: &str) -> String {
    if !name.is_empty() && word_len(name) == name.len() {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether `name` can begin a path without quotes.
pub fn is_name(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && word_len(name) == name.len()
}

/// Parses `source`, the text between `{{` and `}}`, which stands at `at` in its file.
///
/// The value is `None` when the one diagnostic says why.
pub fn parse(source: &str, at: Span) -> Parsed<Option<Shown>> {
    match (Parser { lexer: Lexer { source, pos: 0 }, at }).shown() {
        Ok(shown) => Parsed::ok(Some(shown)),
        Err(wrong) => Parsed { value: None, diagnostics: vec![*wrong] },
    }
}

type Answer<T> = Result<T, Box<Diagnostic>>;

struct Parser<'s> {
    lexer: Lexer<'s>,
    at: Span,
}

impl Parser<'_> {
    fn shown(&mut self) -> Answer<Shown> {
        if self.lexer.source.chars().nth(MAX_CHARS).is_some() {
            return Err(self.syntax(0..self.lexer.source.len(), "longer than 10,000 characters".to_owned()));
        }
        let path = self.path()?;
        let mut filters: Vec<Filter> = Vec::new();
        loop {
            let token = self.lexer.next();
            match token.kind {
                Kind::End => return Ok(Shown { path, filters }),
                Kind::Sign("|") => {
                    let filter = self.filter()?;
                    if filters.iter().any(|f| std::mem::discriminant(&f.kind) == std::mem::discriminant(&filter.kind)) {
                        let message = "the same filter stands twice";
                        let wrong = Diagnostic::new(Code::ExprSyntax, filter.span, message);
                        return Err(Box::new(wrong.help("leave one of the two out")));
                    }
                    filters.push(filter);
                }
                _ if filters.is_empty() => return Err(self.after_path(&token)),
                _ => return Err(self.expected("`|` or the end after a filter", &token)),
            }
        }
    }

    fn path(&mut self) -> Answer<Path> {
        let token = self.lexer.next();
        if token.kind != Kind::Name || self.lexer.rest().starts_with('(') {
            return Err(self.at_atom(&token));
        }
        let text = self.lexer.text(&token);
        if matches!(text, "and" | "or" | "not" | "true" | "false" | "where") || LATER_ROOTS.contains(&text) {
            return Err(self.at_atom(&token));
        }
        let mut steps = vec![Step { text: text.to_owned(), span: self.span(&token.range), quoted: false }];
        let start = token.range.start;
        while self.lexer.take('.') {
            steps.push(self.step()?);
        }
        Ok(Path { steps, span: self.span(&(start..self.lexer.pos)) })
    }

    fn step(&mut self) -> Answer<Step> {
        let start = self.lexer.pos;
        let len = word_len(self.lexer.rest());
        if len > 0 {
            self.lexer.pos += len;
            let range = start..self.lexer.pos;
            let text = self.lexer.source.get(range.clone()).unwrap_or_default().to_owned();
            return Ok(Step { text, span: self.span(&range), quoted: false });
        }
        let token = self.lexer.next();
        match &token.kind {
            Kind::Text(text) if token.range.start == start => {
                Ok(Step { text: text.clone(), span: self.span(&token.range), quoted: true })
            }
            Kind::Sign("*") => Err(self.unsupported(&token, "a set of values")),
            Kind::Wrong(why) => Err(self.syntax(token.range.clone(), (*why).to_owned())),
            _ => Err(self.expected("a name after `.`, in quotes if it is not one word", &token)),
        }
    }

    fn filter(&mut self) -> Answer<Filter> {
        let token = self.lexer.next();
        if token.kind != Kind::Name {
            return Err(self.expected("a filter after `|`: `bare` or `digits N`", &token));
        }
        match self.lexer.text(&token) {
            "bare" => Ok(Filter { kind: FilterKind::Bare, span: self.span(&token.range) }),
            "digits" => self.digits(token.range.start),
            later if LATER_FILTERS.contains(&later) => Err(self.unsupported(&token, &format!("the filter `{later}`"))),
            unknown => {
                let span = self.span(&token.range);
                let message = format!("`{unknown}` is not a filter");
                let wrong = Diagnostic::new(Code::FilterUnknown, span, message).nearest(unknown, span, FILTERS);
                Err(Box::new(wrong))
            }
        }
    }

    fn digits(&mut self, start: usize) -> Answer<Filter> {
        let token = self.lexer.next();
        let count = self.lexer.text(&token).parse().ok().filter(|n| (1..=MAX_DIGITS).contains(n));
        match count {
            Some(count) if token.kind == Kind::Number => {
                let span = self.span(&(start..token.range.end));
                Ok(Filter { kind: FilterKind::Digits(count), span })
            }
            _ => Err(self.expected(&format!("how many digits, 1 to {MAX_DIGITS}, after `digits`"), &token)),
        }
    }

    /// What is wrong with `token`, where a path should begin.
    fn at_atom(&self, token: &Token) -> Box<Diagnostic> {
        let text = self.lexer.text(token);
        match &token.kind {
            Kind::Number => self.unsupported(token, "a number"),
            Kind::Date => self.unsupported(token, "a date"),
            Kind::Text(_) => self.unsupported(token, "a text"),
            Kind::Sign("(") => self.unsupported(token, "a part in brackets"),
            Kind::Sign("-") => self.unsupported(token, "arithmetic"),
            Kind::Wrong(why) => self.syntax(token.range.clone(), (*why).to_owned()),
            Kind::Name if matches!(text, "not" | "true" | "false") => self.unsupported(token, &format!("`{text}`")),
            Kind::Name if LATER_ROOTS.contains(&text) => self.unsupported(token, &format!("`{text}`")),
            Kind::Name if !matches!(text, "and" | "or" | "where") => {
                self.unsupported(token, &format!("the function `{text}`"))
            }
            _ => self.expected("a path such as `table.row.column`", token),
        }
    }

    /// What is wrong with `token`, where a path has ended.
    fn after_path(&self, token: &Token) -> Box<Diagnostic> {
        match &token.kind {
            Kind::Sign("+" | "-" | "*" | "/" | "^") => self.unsupported(token, "arithmetic"),
            Kind::Sign("=" | "!=" | "<" | "<=" | ">" | ">=") => self.unsupported(token, "a comparison"),
            Kind::Sign("[") => self.unsupported(token, "a lookup"),
            Kind::Name if matches!(self.lexer.text(token), "and" | "or") => self.unsupported(token, "a condition"),
            Kind::Wrong(why) => self.syntax(token.range.clone(), (*why).to_owned()),
            Kind::Sign(".") => self.syntax(token.range.clone(), "a path has no space round its points".to_owned()),
            _ => self.expected("`.`, `|` or the end after a path", token),
        }
    }

    fn expected(&self, what: &str, token: &Token) -> Box<Diagnostic> {
        let found = match &token.kind {
            Kind::Wrong(why) => return self.syntax(token.range.clone(), (*why).to_owned()),
            Kind::End => "nothing more".to_owned(),
            _ => format!("`{}`", self.lexer.text(token).escape_debug()),
        };
        self.syntax(token.range.clone(), format!("expected {what}, found {found}"))
    }

    fn syntax(&self, range: Range<usize>, message: String) -> Box<Diagnostic> {
        let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&range), message);
        Box::new(
            wrong.help("write `{{ table.row.column }}`; put a backslash before the braces if they are meant as text"),
        )
    }

    fn unsupported(&self, token: &Token, what: &str) -> Box<Diagnostic> {
        let message = format!("{what} is not computed yet");
        let wrong = Diagnostic::new(Code::ExprUnsupported, self.span(&token.range), message);
        Box::new(wrong.help("write the value as a path to a cell: `table.row.column`"))
    }

    fn span(&self, range: &Range<usize>) -> Span {
        self.at.slice(range.clone())
    }
}

#[derive(Debug)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

#[derive(Debug, PartialEq)]
enum Kind {
    /// A name, or a reserved word.
    Name,
    Number,
    Date,
    /// A string, without quotes and escapes.
    Text(String),
    /// An operator, a bracket or a separator.
    Sign(&'static str),
    End,
    /// No token of the language; holds what is wrong.
    Wrong(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 18] = ["!=", "<=", ">=", "|", ".", ",", "(", ")", "[", "]", "+", "-", "*", "/", "^", "=", "<", ">"];

struct Lexer<'s> {
    source: &'s str,
    pos: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    fn text(&self, token: &Token) -> &'s str {
        self.source.get(token.range.clone()).unwrap_or_default()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.pos += if found { c.len_utf8() } else { 0 };
        found
    }

    fn next(&mut self) -> Token {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
        let start = self.pos;
        let (kind, len) = self.scan();
        self.pos += len;
        Token { kind, range: start..self.pos }
    }

    fn scan(&self) -> (Kind, usize) {
        let rest = self.rest();
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
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => (Kind::Sign(sign), sign.len()),
            None => (Kind::Wrong("a character that has no meaning in an expression"), first.len_utf8()),
        }
    }
}

/// The length of the word at the start of `text`: a hyphen is part of it when a letter or digit follows.
fn word_len(text: &str) -> usize {
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
            '"' => return (Kind::Text(value), at + 1),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => return (Kind::Wrong("only `\\\"` and `\\\\` are escapes in a text"), at + 1),
            },
            _ => value.push(c),
        }
    }
    (Kind::Wrong("a text without its closing `\"`"), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use crate::id::PathId;
    use proptest::prelude::*;

    fn at(source: &str) -> Span {
        Span::new(PathId::new("a.md"), 50..50 + source.len())
    }

    fn read(source: &str) -> String {
        let parsed = parse(source, at(source));
        let under = |span: Span| &source[span.start as usize - 50..span.end as usize - 50];
        match (parsed.value, parsed.diagnostics.as_slice()) {
            (Some(shown), []) => {
                let steps: Vec<_> = shown.path.steps.iter().map(|s| format!("{}@{}", s.text, under(s.span))).collect();
                let filters = shown.filters.iter().map(|f| format!(" | {:?}@{}", f.kind, under(f.span)));
                format!("{}{}", steps.join(" "), filters.collect::<String>())
            }
            (None, [one]) => match one.place {
                Some(Place::Span(span)) => format!("{}: {} [{}]", one.code.name(), one.message, under(span)),
                _ => "no place".into(),
            },
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn paths_and_filters() {
        for (source, want) in [
            (" accelerators.rtx-4090.memory ", "accelerators@accelerators rtx-4090@rtx-4090 memory@memory"),
            ("gpus.3090.memory", "gpus@gpus 3090@3090 memory@memory"),
            ("a.\"RTX 4090\".b", "a@a RTX 4090@\"RTX 4090\" b@b"),
            ("a.\"x\\\"y\\\\\".b", "a@a x\"y\\@\"x\\\"y\\\\\" b@b"),
            ("launch-price", "launch-price@launch-price"),
            ("d.2024-05-09.x", "d@d 2024-05-09@2024-05-09 x@x"),
            ("a.b.c | digits 3 | bare", "a@a b@b c@c | Digits(3)@digits 3 | Bare@bare"),
            ("a.b.größe|bare", "a@a b@b größe@größe | Bare@bare"),
            ("min.a.b", "min@min a@a b@b"),
        ] {
            assert_eq!(read(source), want);
        }
    }

    #[test]
    fn what_is_not_computed_yet_is_told_at_its_part() {
        for (source, part) in [
            ("launch - price", "-"),
            ("a.b.c + 1", "+"),
            ("a.b.c -1", "-"),
            ("-a.b.c", "-"),
            ("24 GB", "24"),
            ("24-8", "24"),
            ("1_599.5e3", "1_599.5e3"),
            ("2026-11-24 - 2024-05-09", "2026-11-24"),
            ("\"text\"", "\"text\""),
            ("ratio(a.b.c, d.e.f)", "ratio"),
            ("max(1,599)", "max"),
            ("a.b.c > d.e.f", ">"),
            ("a.b.c and d", "and"),
            ("not a.b", "not"),
            ("(a.b.c)", "("),
            ("a[b].c", "["),
            ("a[where b = 1].c", "["),
            ("a.*.c", "*"),
            ("records.b.m.r", "records"),
            ("row.x", "row"),
            ("a.b.c | in GB", "in"),
            ("a.b.c | interval", "interval"),
            ("a.b.c^2", "^"),
        ] {
            let read = read(source);
            assert!(read.starts_with("expr-unsupported") && read.ends_with(&format!("[{part}]")), "{source}: {read}");
        }
    }

    #[test]
    fn what_is_no_expression_is_told_with_what_was_expected() {
        for (source, want) in [
            ("", "expr-syntax: expected a path such as `table.row.column`, found nothing more []"),
            ("  ", "expr-syntax: expected a path such as `table.row.column`, found nothing more []"),
            ("a.", "expr-syntax: expected a name after `.`, in quotes if it is not one word, found nothing more []"),
            ("a . b", "expr-syntax: a path has no space round its points [.]"),
            ("a b", "expr-syntax: expected `.`, `|` or the end after a path, found `b` [b]"),
            ("and", "expr-syntax: expected a path such as `table.row.column`, found `and` [and]"),
            ("a.\"b", "expr-syntax: a text without its closing `\"` [\"b]"),
            ("a.b |", "expr-syntax: expected a filter after `|`: `bare` or `digits N`, found nothing more []"),
            ("a | digits", "expr-syntax: expected how many digits, 1 to 30, after `digits`, found nothing more []"),
            ("a | digits 2.5", "expr-syntax: expected how many digits, 1 to 30, after `digits`, found `2.5` [2.5]"),
            ("a | bare bare", "expr-syntax: expected `|` or the end after a filter, found `bare` [bare]"),
            ("a | bare | bare", "expr-syntax: the same filter stands twice [bare]"),
            ("a | digit 3", "filter-unknown: `digit` is not a filter [digit]"),
            ("a.b; c", "expr-syntax: a character that has no meaning in an expression [;]"),
        ] {
            assert_eq!(read(source), want);
        }
        assert!(read(&"a.".repeat(6_000)).contains("longer than 10,000 characters"));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_or_one_mistake_inside_it(source in "[a-z0-9.|\"\\\\ ()*+<=é-]{0,24}|\\PC{0,24}") {
            let parsed = parse(&source, at(&source));
            prop_assert_eq!(parsed.value.is_some(), parsed.diagnostics.is_empty());
            prop_assert!(parsed.diagnostics.len() <= 1);
            for d in parsed.diagnostics {
                let Some(Place::Span(span)) = d.place else { return Err(TestCaseError::fail("no place")) };
                prop_assert!(span.start >= 50 && span.end as usize <= 50 + source.len());
                prop_assert!(source.get(span.start as usize - 50..span.end as usize - 50).is_some());
            }
        }

        #[test]
        fn a_path_as_written_reads_as_itself(names in proptest::collection::vec("\\PC{1,8}", 0..4)) {
            let source = std::iter::once("t".to_owned()).chain(names.iter().map(|n| written(n))).collect::<Vec<_>>().join(".");
            let path = parse(&source, at(&source)).value.expect("a path").path;
            prop_assert_eq!(path.to_string(), source);
            let texts: Vec<_> = path.steps.into_iter().skip(1).map(|s| s.text).collect();
            prop_assert_eq!(texts, names);
        }
    }
}
