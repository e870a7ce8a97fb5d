//! The parser of expressions: by descent, one function a rule of the grammar.
//!
//! It goes on after a mistake. A slip whose meaning is plain (`24-8`) is told with what was meant and read as that;
//! after any other the parser looks for the next place where an expression can go on. A mistake that begins inside one
//! that was told is not told again.

use super::lex::{Kind as TokenKind, Lexer, Token, unit_len, word_len};
use super::{Comparison, Expr, Filter, FilterKind, Kind, Scale, Shown, Sign, Step, StepKind};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::number::decimal::{self, Wrong};
use crate::number::function::{FILTERS, FUNCTIONS, Function};
use crate::number::unit::Unit;
use std::ops::Range;

/// How long an expression may be, in characters.
pub const MAX_CHARS: usize = 10_000;

/// How deep its brackets may nest.
pub const MAX_DEPTH: usize = 64;

/// The most that `digits` can ask for.
const MAX_DIGITS: usize = 30;

/// The largest power, up or down.
const MAX_POWER: i32 = 1_000;

/// How many mistakes of one expression are told.
const MAX_TOLD: usize = 8;

const RESERVED: [&str; 6] = ["and", "or", "not", "true", "false", "where"];

const A_VALUE: &str = "a value such as `table.row.column` or `24 GB`";

/// Parses `source`, the text between `{{` and `}}`, which stands at `at` in its file.
///
/// The value is `None` when the diagnostics say why.
pub fn parse(source: &str, at: Span) -> Parsed<Option<Shown>> {
    let mut parser = Parser { lexer: Lexer::new(source), at, depth: 0, quiet: 0, diagnostics: Vec::new() };
    let shown = parser.shown();
    let diagnostics = parser.diagnostics;
    Parsed { value: diagnostics.is_empty().then_some(shown), diagnostics }
}

/// Parses `source`, filters with `|` between them (`in GB | digits 3`), which stands at `at` in its file.
pub fn filters(source: &str, at: Span) -> Parsed<Vec<Filter>> {
    let mut parser = Parser { lexer: Lexer::new(source), at, depth: 0, quiet: 0, diagnostics: Vec::new() };
    let mut value = Vec::new();
    if source.chars().nth(MAX_CHARS).is_some() {
        parser.tell(Code::ExprLimit, 0..source.len(), "longer than 10,000 characters");
        return Parsed { value, diagnostics: parser.diagnostics };
    }
    parser.next_filter(&mut value);
    while parser.lexer.is_sign("|") {
        parser.lexer.take();
        parser.next_filter(&mut value);
    }
    Parsed { value, diagnostics: parser.diagnostics }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    at: Span,
    depth: usize,
    /// Up to where mistakes have been told.
    quiet: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Expr {
    /// Whether it stands for what could not be read.
    fn is_nothing(&self) -> bool {
        matches!(&self.kind, Kind::Name(name) if name.is_empty())
    }
}

impl<'s> Parser<'s> {
    fn shown(&mut self) -> Shown {
        let whole = 0..self.lexer.source.len();
        if self.lexer.source.chars().nth(MAX_CHARS).is_some() {
            self.tell(Code::ExprLimit, whole.clone(), "longer than 10,000 characters");
            return Shown { expr: self.nothing(whole), filters: Vec::new() };
        }
        let expr = self.expr();
        self.ends("an operator, `|` or the end", |token| matches!(token.kind, TokenKind::Sign("|")));
        let mut filters: Vec<Filter> = Vec::new();
        while self.lexer.is_sign("|") {
            self.lexer.take();
            self.next_filter(&mut filters);
        }
        Shown { expr, filters }
    }

    fn next_filter(&mut self, filters: &mut Vec<Filter>) {
        if let Some(filter) = self.filter() {
            let same = |f: &Filter| std::mem::discriminant(&f.kind) == std::mem::discriminant(&filter.kind);
            if filters.iter().any(same) {
                let wrong = Diagnostic::new(Code::ExprSyntax, filter.span, "the same filter stands twice");
                self.push(wrong, self.lexer.pos());
            }
            filters.push(filter);
        }
        self.ends("`|` or the end after a filter", |token| matches!(token.kind, TokenKind::Sign("|")));
    }

    /// Goes to a token that `is_end` knows, or to the end. What stands before it is told, once, and searched for
    /// further mistakes from the next `and` or `or` on.
    fn ends(&mut self, expected: &str, is_end: fn(&Token) -> bool) {
        loop {
            let token = self.lexer.peek();
            if is_end(&token) || token.kind == TokenKind::End {
                return;
            }
            self.unexpected(expected, &token);
            self.skip(is_end);
            if !(self.lexer.is_word("and") || self.lexer.is_word("or")) {
                return;
            }
            self.lexer.take();
            self.expr();
        }
    }

    /// Skips to a token that `is_end` knows, or to `and` or `or`, outside of brackets.
    fn skip(&mut self, is_end: fn(&Token) -> bool) {
        let mut open = 0_usize;
        loop {
            let token = self.lexer.peek();
            if token.kind == TokenKind::End || (open == 0 && is_end(&token)) {
                return;
            }
            match token.kind {
                TokenKind::Sign("(" | "[") => open += 1,
                TokenKind::Sign(")" | "]") => open = open.saturating_sub(1),
                TokenKind::Name if open == 0 && matches!(self.lexer.text(&token.range), "and" | "or") => return,
                _ => {}
            }
            self.lexer.take();
        }
    }

    fn expr(&mut self) -> Expr {
        self.joined("or", Self::conjunction, Kind::Any)
    }

    fn conjunction(&mut self) -> Expr {
        self.joined("and", Self::negation, Kind::All)
    }

    fn joined(&mut self, word: &str, part: fn(&mut Self) -> Expr, join: fn(Vec<Expr>) -> Kind) -> Expr {
        let first = part(self);
        if !self.lexer.is_word(word) {
            return first;
        }
        let start = first.span;
        let mut all = vec![first];
        while self.lexer.is_word(word) {
            self.lexer.take();
            all.push(part(self));
        }
        self.since(start, join(all))
    }

    fn negation(&mut self) -> Expr {
        if !self.lexer.is_word("not") {
            return self.comparison();
        }
        let token = self.lexer.take();
        let Some(operand) = self.nested(&token, Self::negation) else { return self.nothing(token.range) };
        let span = self.span(&token.range);
        self.since(span, Kind::Not(Box::new(operand)))
    }

    fn comparison(&mut self) -> Expr {
        let first = self.sum();
        let Some((comparison, _)) = self.comparison_sign() else { return first };
        let mut second = self.sum();
        let start = first.span;
        while let Some((next, sign)) = self.comparison_sign() {
            let third = self.sum();
            let (a, b, c) = (self.source(&first), self.source(&second), self.source(&third));
            let instead = format!("{a} {} {b} and {b} {} {c}", comparison.sign(), next.sign());
            let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&sign), "a comparison has two sides");
            let whole = Span { end: third.span.end, ..start };
            self.push(wrong.fix(format!("write `{instead}`"), whole, instead), self.lexer.pos());
            second = third;
        }
        self.since(start, Kind::Compare(Box::new(first), comparison, Box::new(second)))
    }

    fn comparison_sign(&mut self) -> Option<(Comparison, Range<usize>)> {
        let TokenKind::Sign(sign) = self.lexer.peek().kind else { return None };
        let comparison = Comparison::from_sign(sign)?;
        Some((comparison, self.lexer.take().range))
    }

    fn sum(&mut self) -> Expr {
        let first = self.product();
        let start = first.span;
        let mut rest = Vec::new();
        loop {
            let before = self.lexer.pos();
            match self.lexer.peek().kind {
                TokenKind::Sign("+") => {
                    self.lexer.take();
                    rest.push((Sign::Plus, self.product()));
                }
                TokenKind::Sign("-") => {
                    let token = self.lexer.take();
                    let spaced = token.range.start > before && !self.touches();
                    let operand = self.product();
                    if !(spaced || operand.is_nothing()) {
                        self.tight_minus(start, before, &token, &operand);
                    }
                    rest.push((Sign::Minus, operand));
                }
                _ if rest.is_empty() => return first,
                _ => return self.since(start, Kind::Sum(Box::new(first), rest)),
            }
        }
    }

    fn tight_minus(&mut self, start: Span, before: usize, minus: &Token, operand: &Expr) {
        let left = self.lexer.text(&(self.local(start).start..before));
        let instead = format!("{left} - {}", self.source(operand));
        let whole = Span { end: operand.span.end, ..start };
        let wrong = Diagnostic::new(
            Code::ExprSyntax,
            self.span(&minus.range),
            "a minus between two values has a space on both sides",
        );
        self.push(wrong.fix(format!("write `{instead}`"), whole, instead), self.lexer.pos());
    }

    /// Whether the token that was just taken touches what follows.
    fn touches(&self) -> bool {
        self.lexer.rest().chars().next().is_some_and(|c| !c.is_whitespace())
    }

    fn product(&mut self) -> Expr {
        let first = self.sign();
        let start = first.span;
        let mut rest = Vec::new();
        loop {
            let scale = match self.lexer.peek().kind {
                TokenKind::Sign("*") => Scale::Times,
                TokenKind::Sign("/") => Scale::Over,
                _ if rest.is_empty() => return first,
                _ => return self.since(start, Kind::Product(Box::new(first), rest)),
            };
            self.lexer.take();
            rest.push((scale, self.sign()));
        }
    }

    fn sign(&mut self) -> Expr {
        if !self.lexer.is_sign("-") {
            return self.power();
        }
        let token = self.lexer.take();
        let touches = self.touches();
        let operand = self.power();
        if !(touches || operand.is_nothing()) {
            let instead = format!("-{}", self.source(&operand));
            let whole = self.span(&(token.range.start..self.local(operand.span).end));
            let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&token.range), "a sign touches its value");
            self.push(wrong.fix(format!("write `{instead}`"), whole, instead), self.lexer.pos());
        }
        let start = self.span(&token.range);
        self.since(start, Kind::Negative(Box::new(operand)))
    }

    fn power(&mut self) -> Expr {
        let base = self.path();
        if !self.lexer.is_sign("^") {
            return base;
        }
        let sign = self.lexer.take();
        let start = base.span;
        let minus = self.lexer.is_sign("-").then(|| self.lexer.take());
        let token = self.lexer.peek();
        let text = self.lexer.text(&token.range).replace('_', "");
        let exponent = text.parse().ok().filter(|n: &i32| token.kind == TokenKind::Number && *n <= MAX_POWER);
        let Some(exponent) = exponent else {
            self.unexpected(&format!("a whole number up to {MAX_POWER} after `^`"), &token);
            return base;
        };
        self.lexer.take();
        if matches!(base.kind, Kind::Number(_, unit) if !unit.is_none()) && !self.source(&base).starts_with('(') {
            let power = self.lexer.text(&(sign.range.end..token.range.end)).trim();
            let instead = format!("({})^{power}", self.source(&base));
            let whole = Span { end: self.span(&token.range).end, ..start };
            let message = "a power of a number with a unit needs brackets";
            let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&sign.range), message);
            self.push(wrong.fix(format!("write `{instead}`"), whole, instead), token.range.end);
        }
        let again = self.lexer.peek();
        if again.kind == TokenKind::Sign("^") {
            self.tell(Code::ExprSyntax, again.range, "a power of a power needs brackets");
        }
        let exponent = if minus.is_some() { -exponent } else { exponent };
        self.since(start, Kind::Power(Box::new(base), exponent))
    }

    fn path(&mut self) -> Expr {
        let base = self.atom();
        let start = base.span;
        let mut steps = Vec::new();
        loop {
            let step = match self.lexer.rest().chars().next() {
                Some('.') => self.named_step(),
                Some('[') => self.bracket(),
                _ if steps.is_empty() => return base,
                _ => return self.since(start, Kind::Path(Box::new(base), steps)),
            };
            steps.push(step);
        }
    }

    fn named_step(&mut self) -> Step {
        let first = self.lexer.skip('.'.len_utf8());
        let more = self.lexer.rest().len() - self.lexer.rest().trim_start_matches('.').len();
        if more > 0 {
            let last = self.lexer.skip(more);
            let points = self.span(&(first.start..last.end));
            let wrong = Diagnostic::new(Code::ExprSyntax, points, "one point stands between two parts of a path");
            self.push(wrong.fix("write one", points, "."), self.lexer.pos());
        }
        let len = word_len(self.lexer.rest());
        if len > 0 {
            let range = self.lexer.skip(len);
            let name = self.lexer.text(&range).into();
            return Step { kind: StepKind::Name(name), span: self.span(&range) };
        }
        let token = self.lexer.peek();
        let kind = match &token.kind {
            TokenKind::Text(text) if token.range.start == self.lexer.pos() => StepKind::Name(text.clone()),
            TokenKind::Sign("*") if token.range.start == self.lexer.pos() => StepKind::All,
            _ => {
                self.unexpected("a name after `.`, in quotes if it is not one word", &token);
                return Step { kind: StepKind::All, span: self.span(&token.range) };
            }
        };
        self.lexer.take();
        Step { kind, span: self.span(&token.range) }
    }

    fn bracket(&mut self) -> Step {
        let open = self.lexer.take();
        let filters = self.lexer.is_word("where");
        if filters {
            self.lexer.take();
        }
        let start = open.range.start;
        let inner = self.nested(&open, |parser| {
            let inner = parser.expr();
            parser.close("]", |token| matches!(token.kind, TokenKind::Sign("]")));
            inner
        });
        let span = self.span(&(start..self.lexer.pos()));
        let kind = match inner {
            Some(inner) if filters => StepKind::Where(inner),
            Some(inner) => StepKind::Key(inner),
            None => StepKind::All,
        };
        Step { kind, span }
    }

    fn close(&mut self, sign: &str, is_end: fn(&Token) -> bool) {
        let token = self.lexer.peek();
        if token.kind == TokenKind::End {
            return self.unexpected(&format!("`{sign}`"), &token);
        }
        self.ends(&format!("an operator or `{sign}`"), is_end);
        if self.lexer.is_sign(sign) {
            self.lexer.take();
        }
    }

    /// What `inner` reads, one bracket deeper. `None` where that is too deep: then nothing more is read.
    fn nested<T>(&mut self, open: &Token, inner: fn(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.tell(Code::NestingLimit, open.range.clone(), &format!("nested deeper than {MAX_DEPTH}"));
            self.lexer.finish();
            self.quiet = usize::MAX;
            return None;
        }
        self.depth += 1;
        let read = inner(self);
        self.depth -= 1;
        Some(read)
    }

    fn atom(&mut self) -> Expr {
        let token = self.lexer.peek();
        match &token.kind {
            TokenKind::Name => self.name(),
            TokenKind::Number => self.number(),
            TokenKind::Date => self.date(),
            TokenKind::Text(text) => {
                self.lexer.take();
                Expr { kind: Kind::Text(text.clone()), span: self.span(&token.range) }
            }
            TokenKind::Sign("(") => {
                self.lexer.take();
                let inner = self.nested(&token, |parser| {
                    let inner = parser.expr();
                    parser.close(")", |token| matches!(token.kind, TokenKind::Sign(")")));
                    inner
                });
                let span = self.span(&(token.range.start..self.lexer.pos()));
                match inner {
                    Some(inner) => Expr { span, ..inner },
                    None => self.nothing(token.range),
                }
            }
            _ => self.no_atom(&token),
        }
    }

    /// Tells that no value stands at `token`. What an expression can go on with after it is left to be read.
    fn no_atom(&mut self, token: &Token) -> Expr {
        self.unexpected(A_VALUE, token);
        let goes_on = match token.kind {
            TokenKind::Sign(sign) => !matches!(sign, "[" | "." | "-"),
            TokenKind::Name => matches!(self.lexer.text(&token.range), "and" | "or"),
            _ => token.kind == TokenKind::End,
        };
        if !goes_on {
            self.lexer.take();
        }
        self.nothing(token.range.clone())
    }

    fn name(&mut self) -> Expr {
        let token = self.lexer.peek();
        let text = self.lexer.text(&token.range);
        if matches!(text, "and" | "or" | "not" | "where") {
            return self.no_atom(&token);
        }
        self.lexer.take();
        let span = self.span(&token.range);
        if let "true" | "false" = text {
            return Expr { kind: Kind::Bool(text == "true"), span };
        }
        let function = Function::find(text);
        if self.lexer.rest().starts_with('(') {
            return self.call(&token, function);
        }
        if function.is_some() && self.lexer.is_sign("(") {
            let gap = token.range.end..self.lexer.peek().range.start;
            let message = "no space stands between a function and its `(`";
            let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&gap), message);
            self.push(wrong.fix(format!("write `{text}(`"), self.span(&gap), ""), gap.end);
            return self.call(&token, function);
        }
        Expr { kind: Kind::Name(text.into()), span }
    }

    fn call(&mut self, name: &Token, function: Option<Function>) -> Expr {
        let text = self.lexer.text(&name.range);
        if function.is_none() {
            let span = self.span(&name.range);
            let wrong = Diagnostic::new(Code::NameUnknown, span, format!("`{text}` is not a function"));
            let names = FUNCTIONS.iter().map(|f| f.entry.name);
            self.push(wrong.label("no such function").nearest(text, span, names), name.range.end);
        }
        let open = self.lexer.take();
        let arguments = self.nested(&open, Self::arguments);
        let range = name.range.start..self.lexer.pos();
        let (Some(function), Some(arguments)) = (function, arguments) else { return self.nothing(range) };
        self.count_arguments(function, arguments.len(), &range);
        Expr { span: self.span(&range), kind: Kind::Call(function, arguments) }
    }

    fn arguments(&mut self) -> Vec<Expr> {
        let is_end = |token: &Token| matches!(token.kind, TokenKind::Sign(")" | ","));
        let mut all = Vec::new();
        if !self.lexer.is_sign(")") {
            loop {
                all.push(self.expr());
                self.ends("an operator, `,` or `)`", is_end);
                if !self.lexer.is_sign(",") {
                    break;
                }
                self.lexer.take();
            }
        }
        self.close(")", |token| matches!(token.kind, TokenKind::Sign(")")));
        all
    }

    fn count_arguments(&mut self, function: Function, count: usize, range: &Range<usize>) {
        let Some(listed) = function.listed() else { return };
        let (fewest, most) = listed.arguments;
        if (fewest..=most.unwrap_or(usize::MAX)).contains(&count) {
            return;
        }
        let takes = match (fewest, most) {
            (1, Some(1)) => "takes one argument".to_owned(),
            (1, None) => "takes a set, or several values".to_owned(),
            (fewest, _) => format!("takes {fewest} arguments"),
        };
        let wrong =
            Diagnostic::new(Code::FunctionArguments, self.span(range), format!("`{}` {takes}", function.name()));
        let wrong = wrong.label(format!("{count} here")).help(format!("write `{}`", listed.entry.signature));
        self.push(wrong, range.end);
    }

    fn date(&mut self) -> Expr {
        let token = self.lexer.take();
        let span = self.span(&token.range);
        let text = self.lexer.text(&token.range);
        match text.parse() {
            Ok(date) => Expr { kind: Kind::Date(date), span },
            Err(_) => {
                self.tell(Code::ExprSyntax, token.range.clone(), &format!("`{text}` is no day of the calendar"));
                self.nothing(token.range)
            }
        }
    }

    fn number(&mut self) -> Expr {
        let token = self.lexer.take();
        let text = self.lexer.text(&token.range).replace('_', "");
        if let Err(wrong) = decimal::value(&text) {
            let (code, message) = match wrong {
                Wrong::Form => {
                    (Code::ExprSyntax, "a number has no zeros before it and digits on both sides of its point")
                }
                Wrong::Long => (Code::ExprSyntax, "a number of more than 60 characters"),
                Wrong::Range => (Code::ValueRange, "a number too large or too small to compute with"),
            };
            self.tell(code, token.range.clone(), message);
        }
        let unit = self.unit();
        let range = token.range.start..self.lexer.pos();
        Expr { kind: Kind::Number(text.into(), unit), span: self.span(&range) }
    }

    /// The unit after a number: with one space or none before it.
    fn unit(&mut self) -> Unit {
        let rest = self.lexer.rest();
        let gap = rest.len() - rest.trim_start_matches(' ').len();
        let after = rest.get(gap..).unwrap_or_default();
        let len = unit_len(after);
        let word = after.get(..len).unwrap_or_default();
        // A call is no unit: it is told as what cannot follow a number.
        if len == 0 || RESERVED.contains(&word) || after.get(len..).is_some_and(|next| next.starts_with('(')) {
            return Unit::NONE;
        }
        let gap = self.lexer.skip(gap);
        let range = self.lexer.skip(len);
        if gap.len() > 1 {
            let message = "one space stands between a number and its unit";
            let wrong = Diagnostic::new(Code::ExprSyntax, self.span(&gap), message);
            self.push(wrong.fix("leave one", self.span(&gap), " "), range.start);
        }
        match Unit::parse_at(word, self.span(&range)) {
            Ok(unit) => unit,
            Err(wrong) => {
                let wrong = match word.split_once('/') {
                    Some((unit, column)) if Unit::parse(unit).is_ok() => {
                        wrong.help(format!("to divide by a column, write `{unit} / {column}`"))
                    }
                    _ => *wrong,
                };
                self.push(wrong, range.end);
                Unit::NONE
            }
        }
    }

    fn filter(&mut self) -> Option<Filter> {
        let token = self.lexer.peek();
        if token.kind != TokenKind::Name {
            let all: Vec<&str> = FILTERS.iter().map(|f| f.signature).collect();
            self.unexpected(&format!("a filter after `|`: {}", listing(&all)), &token);
            return None;
        }
        self.lexer.take();
        let kind = match self.lexer.text(&token.range) {
            "bare" => FilterKind::Bare,
            "interval" => FilterKind::Interval,
            "name" => FilterKind::Name,
            "digits" => FilterKind::Digits(self.digits()?),
            "in" => FilterKind::In(self.wanted_unit()?),
            unknown => {
                let span = self.span(&token.range);
                let wrong = Diagnostic::new(Code::FilterUnknown, span, format!("`{unknown}` is not a filter"));
                let wrong = wrong.nearest(unknown, span, FILTERS.iter().map(|f| f.name));
                self.push(wrong, token.range.end);
                self.skip(|token| matches!(token.kind, TokenKind::Sign("|")));
                return None;
            }
        };
        Some(Filter { kind, span: self.span(&(token.range.start..self.lexer.pos())) })
    }

    fn digits(&mut self) -> Option<usize> {
        let token = self.lexer.peek();
        let count = self.lexer.text(&token.range).parse().ok();
        match count.filter(|n| token.kind == TokenKind::Number && (1..=MAX_DIGITS).contains(n)) {
            Some(count) => {
                self.lexer.take();
                Some(count)
            }
            None => {
                self.unexpected(&format!("how many digits, 1 to {MAX_DIGITS}, after `digits`"), &token);
                None
            }
        }
    }

    fn wanted_unit(&mut self) -> Option<Unit> {
        let rest = self.lexer.rest();
        self.lexer.skip(rest.len() - rest.trim_start().len());
        let rest = self.lexer.rest();
        let len = rest.find(|c: char| c.is_whitespace() || c == '|').unwrap_or(rest.len());
        if len == 0 {
            let token = self.lexer.peek();
            self.unexpected("a unit after `in`", &token);
            return None;
        }
        let range = self.lexer.skip(len);
        match Unit::parse_at(self.lexer.text(&range), self.span(&range)) {
            Ok(unit) => Some(unit),
            Err(wrong) => {
                self.push(*wrong, range.end);
                None
            }
        }
    }

    /// Tells that `token` is not what can stand here.
    fn unexpected(&mut self, expected: &str, token: &Token) {
        let text = self.lexer.text(&token.range).escape_debug();
        let message = match &token.kind {
            TokenKind::Wrong(why) => (*why).to_owned(),
            TokenKind::Sign(".") => "a path has no space round its points".to_owned(),
            TokenKind::End => format!("expected {expected}, found nothing more"),
            _ => format!("expected {expected}, found `{text}`"),
        };
        self.tell(Code::ExprSyntax, token.range.clone(), &message);
    }

    fn tell(&mut self, code: Code, range: Range<usize>, message: &str) {
        if range.start < self.quiet {
            return;
        }
        let end = range.end.max(range.start + 1);
        let wrong = Diagnostic::new(code, self.span(&range), message);
        self.push(wrong, end);
    }

    fn push(&mut self, wrong: Diagnostic, told_to: usize) {
        if self.diagnostics.len() < MAX_TOLD && self.quiet != usize::MAX {
            self.diagnostics.push(with_way_out(wrong));
        }
        self.quiet = self.quiet.max(told_to);
    }

    /// Stands for what could not be read, and was told.
    fn nothing(&self, range: Range<usize>) -> Expr {
        Expr { kind: Kind::Name("".into()), span: self.span(&range) }
    }

    fn since(&self, start: Span, kind: Kind) -> Expr {
        let end = self.span(&(self.lexer.pos()..self.lexer.pos())).end;
        Expr { kind, span: Span { end, ..start } }
    }

    fn source(&self, expr: &Expr) -> &'s str {
        self.lexer.text(&self.local(expr.span))
    }

    fn local(&self, span: Span) -> Range<usize> {
        let range = span.range();
        let start = self.at.range().start;
        range.start - start..range.end - start
    }

    fn span(&self, range: &Range<usize>) -> Span {
        self.at.slice(range.clone())
    }
}

/// The diagnostic with the help that its kind of mistake has, where it has none of its own.
fn with_way_out(wrong: Diagnostic) -> Diagnostic {
    if !wrong.help.is_empty() {
        return wrong;
    }
    let help = match wrong.code {
        Code::NestingLimit | Code::ExprLimit => "compute a part of it in the data, as a column of a table",
        Code::ValueRange => "write a number between 1e-300 and 1e300, in a unit of a fitting size",
        Code::NameUnknown => {
            "the functions are `ratio`, `percent`, `change`, `min`, `max`, `mean`, `median`, `sum`, `count`, `best` and a few more"
        }
        Code::UnitUnknown => "write a unit such as `GB`, `tok/s` or `USD/h`",
        Code::FilterUnknown => "the filters are `in UNIT`, `digits N`, `bare`, `interval` and `name`",
        _ => "write `{{ table.row.column }}`; put a backslash before the braces if they are meant as text",
    };
    wrong.help(help)
}

/// `a`, `b` or `c`, in quotes.
fn listing(all: &[&str]) -> String {
    let quoted: Vec<String> = all.iter().map(|one| format!("`{one}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}
