//! Claims: sentences of a chapter that hang on an expression. The words must stand in the chapter, and the expression
//! must be true; where it is not, both places are told.

use super::data::Data;
use super::names::Scope;
use super::value::{allowed, needed};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::ledger::Reader;
use crate::number::eval;
use crate::number::expr::{self, Expr, Kind};
use crate::number::function::Function;
use crate::number::print::{self, Style};
use crate::number::value::Value;
use crate::parse::chapter::{Chapter, Claim, Piece};
use pulldown_cmark::Event;
use std::collections::BTreeSet;
use std::ops::Range;

/// Checks the claims of a chapter. Gives which of the differences that it means they needed, by their places.
pub fn claims(chapter: &Chapter, data: &mut Reader<'_, '_, Data>) -> Parsed<BTreeSet<usize>> {
    let mut across = BTreeSet::new();
    if chapter.front.claims.is_empty() {
        return Parsed::ok(across);
    }
    let words = Words::of(chapter);
    let mut told = Vec::new();
    for claim in &chapter.front.claims {
        let said = words.find(&claim.says).map(|range| chapter.span(range));
        if said.is_none() {
            let wrong = Diagnostic::new(Code::ClaimUnsaid, claim.says_at, "these words do not stand in the chapter");
            told.push(
                wrong.help("write them as they stand there, without markup, with expressions as they are written"),
            );
        }
        across.extend(check(claim, said, chapter, data, &mut told));
    }
    Parsed { value: across, diagnostics: told }
}

fn check(
    claim: &Claim,
    said: Option<Span>,
    chapter: &Chapter,
    data: &mut Reader<'_, '_, Data>,
    told: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let Parsed { value, diagnostics } = expr::parse(&claim.that, claim.that_at);
    told.extend(diagnostics);
    let Some(shown) = value else { return Vec::new() };
    if let Some(filter) = shown.filters.first() {
        let wrong = Diagnostic::new(Code::ExprType, filter.span, "a claim is a condition, and a filter is for numbers");
        told.push(wrong.help("leave the filter out"));
        return Vec::new();
    }
    let mut scope = Scope::new(data);
    scope.allowed = allowed(&chapter.front.across);
    let Parsed { value, diagnostics } = eval::eval(&shown.expr, &mut scope);
    let met = scope.take();
    let across = needed(&scope.allowed, &chapter.front.across);
    told.extend(diagnostics);
    told.extend(met.told);
    let holds = match value {
        None => return across,
        Some(Value::Bool(holds)) => holds,
        Some(Value::Missing(missing)) => {
            let message = format!("{} has no value, so the claim cannot be checked", missing.what);
            let wrong = Diagnostic::new(Code::ValueMissing, missing.at, message);
            let wrong = missing.place.into_iter().fold(wrong, |wrong, place| wrong.also(place, "nothing stands here"));
            told.push(leaning(wrong, said).help("ask first: `has(x) and x > 3`"));
            return across;
        }
        Some(other) => {
            let message = format!("a claim is a condition, and this is {}", other.kind());
            let wrong = Diagnostic::new(Code::ExprType, shown.expr.span, message);
            told.push(wrong.help("compare it: `x > 3`"));
            return across;
        }
    };
    let says = claim.says.split_whitespace().collect::<Vec<_>>().join(" ");
    // An undecided comparison counts as false: what denies it would hold without being known.
    if !met.undecided.is_empty() && (!holds || denies(&shown.expr)) {
        let at = met.undecided.first().copied().unwrap_or(shown.expr.span);
        let sides = met.compared.chunks(2).find(|pair| pair.iter().all(|(side, _)| is_within(*side, at)));
        let message = format!("the data does not decide whether \"{says}\" is true: the intervals overlap");
        let wrong = sided(Code::ClaimUndecided, message, at, sides.unwrap_or_default(), true);
        told.push(
            leaning(wrong, said).help("say what is known, such as that the two are about equal, or measure more often"),
        );
    } else if !holds {
        let message = format!("the data no longer supports \"{says}\"");
        let wrong = sided(Code::ClaimFalse, message, shown.expr.span, met.compared.get(..2).unwrap_or_default(), false);
        let rest = met.compared.iter().skip(2).filter_map(|(at, value)| Some((*at, text(value, false)?)));
        let wrong = rest.fold(wrong, |wrong, (at, text)| wrong.also(at, text));
        told.push(leaning(wrong, said).help("change the sentence, or say in the claim what is true now"));
    }
    across
}

/// The diagnostic with what each side of a comparison came to, at its place.
fn sided(code: Code, message: String, whole: Span, sides: &[(Span, Value)], interval: bool) -> Diagnostic {
    let mut shown = sides.iter().filter_map(|(at, value)| Some((*at, text(value, interval)?)));
    match shown.next() {
        None => Diagnostic::new(code, whole, message),
        Some((at, text)) => {
            let first = Diagnostic::new(code, at, message).label(text);
            shown.fold(first, |wrong, (at, text)| wrong.also(at, text))
        }
    }
}

fn leaning(wrong: Diagnostic, said: Option<Span>) -> Diagnostic {
    match said {
        Some(said) => wrong.also(said, "this sentence leans on it"),
        None => wrong,
    }
}

/// What a side came to, for an author; `None` for a typed number, which says it itself.
fn text(value: &Value, interval: bool) -> Option<String> {
    match value {
        Value::Number(number) => {
            let with = if interval { print::with_interval(number, Style::default()) } else { None };
            Some(with.unwrap_or_else(|| print::number(number, Style::default())))
        }
        Value::Text(text) => Some(format!("\"{text}\"")),
        Value::Date(date) => Some(date.to_string()),
        Value::Year(year) => Some(format!("{year:04}")),
        Value::Bool(value) => Some(String::from(if *value { "yes" } else { "no" })),
        Value::Missing(_) | Value::Node(_) | Value::Set(_) => None,
    }
}

fn is_within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && inner.start >= outer.start && inner.end <= outer.end
}

/// Whether an expression can hold because a comparison in it does not.
fn denies(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Not(_) | Kind::Call(Function::If, _) => true,
        Kind::All(all) | Kind::Any(all) => all.iter().any(denies),
        _ => false,
    }
}

/// The words of a chapter: its text without markup, expressions as written, white space as one space, and where each
/// letter stands in the composed text.
struct Words {
    text: String,
    /// For each byte of the text, the byte of the composed text that it comes from.
    from: Vec<usize>,
}

impl Words {
    fn of(chapter: &Chapter) -> Words {
        let mut words = Words { text: String::new(), from: Vec::new() };
        for (event, range) in chapter.events() {
            match event {
                Event::Text(text) => {
                    let exact = text.len() == range.len();
                    let mut at = range.start;
                    for piece in chapter.pieces(&text, &range) {
                        match piece {
                            Piece::Text(text) => {
                                words.push(&text, at, exact);
                                at += if exact { text.len() } else { 0 };
                            }
                            Piece::Expression(e) => {
                                words.push(&format!("{{{{{}}}}}", e.source), e.range.start, true);
                                at = e.range.end;
                            }
                        }
                    }
                }
                Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                    words.push(&chapter.unmasked(&text, &range), range.start, false);
                }
                Event::SoftBreak | Event::HardBreak => words.push(" ", range.start, false),
                // What ends a block ends a sentence: words do not run over it.
                Event::End(tag) if is_block(&tag) => words.push("\u{b6}", range.end.saturating_sub(1), false),
                _ => {}
            }
        }
        words
    }

    /// Appends `text`, which begins at `start`; `exact` says that each byte of it is one of the composed text.
    fn push(&mut self, text: &str, start: usize, exact: bool) {
        for (at, letter) in text.char_indices() {
            let from = if exact { start + at } else { start };
            if is_markup(letter) {
                continue;
            }
            if letter.is_whitespace() {
                if !self.text.ends_with(' ') {
                    self.one(' ', from);
                }
                continue;
            }
            plain(letter).chars().for_each(|letter| self.one(letter, from));
        }
    }

    fn one(&mut self, letter: char, from: usize) {
        self.text.push(letter);
        self.from.resize(self.text.len(), from);
    }

    /// Where `says` stands in the composed text.
    fn find(&self, says: &str) -> Option<Range<usize>> {
        let bare: String = says.chars().filter(|letter| !is_markup(*letter)).map(plain).collect();
        let wanted = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = self.text.find(&wanted).filter(|_| !wanted.is_empty())?;
        let last = at + wanted.len() - 1;
        Some(*self.from.get(at)?..*self.from.get(last)? + 1)
    }
}

/// A letter as a keyboard has it: smart punctuation changes what authors typed.
fn plain(letter: char) -> String {
    match letter {
        '\u{2018}' | '\u{2019}' => "'".into(),
        '\u{201c}' | '\u{201d}' => "\"".into(),
        '\u{2013}' | '\u{2014}' => "-".into(),
        '\u{2026}' => "...".into(),
        other => other.to_string(),
    }
}

/// Whether a letter is left out of both sides: an author may repeat the words with their emphasis or without.
fn is_markup(letter: char) -> bool {
    matches!(letter, '*' | '`')
}

fn is_block(tag: &pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::Superscript
            | TagEnd::Subscript
    )
}
