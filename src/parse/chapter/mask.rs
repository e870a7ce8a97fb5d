//! The mask over expressions: found before Markdown is parsed, hidden from it as a word of the same length.
//!
//! `{{ a.b | digits 2 }}` becomes letters, so that `|`, `*` and `[` in an expression mean nothing to Markdown and all
//! offsets stay. Where the parser then says *code* or *HTML*, the source is put back.
//!
//! The letters are two that stand in turn (`xqxqx`), chosen so that the run does not occur in the text itself: then
//! an expression can be found again in any event, also where the parser has joined or trimmed lines. A plain run of
//! `x` would not tell an expression from a word of the author's that happens to look the same.

use std::borrow::Cow;
use std::ops::Range;

/// An expression as the author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Its bytes in the composed text, with the braces.
    pub range: Range<usize>,
    /// What stands between the braces, with white space.
    pub source: String,
}

impl Expression {
    /// The bytes of what stands between the braces.
    pub fn inner(&self) -> Range<usize> {
        self.range.start + 2..self.range.end.saturating_sub(2)
    }
}

/// A part of an event's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text of the author's.
    Text(&'a str),
    /// An expression.
    Expression(&'a Expression),
}

/// All expressions of a chapter, in order, and the letters that hide them.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    expressions: Vec<Expression>,
    letters: [u8; 2],
}

/// The shortest expression, `{{a}}`, in bytes.
const SHORTEST: usize = 5;

impl Mask {
    /// Finds the expressions of `text` and overwrites them.
    pub fn put_on(text: &mut String) -> Mask {
        let expressions = find(text);
        if expressions.is_empty() {
            return Mask::default();
        }
        let letters = choose(text);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for expression in &expressions {
            out.push_str(text.get(at..expression.range.start).unwrap_or_default());
            out.extend(filler(letters, expression.range.len()));
            at = expression.range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        *text = out;
        Mask { expressions, letters }
    }

    /// The expressions that lie in `range`.
    pub fn within(&self, range: &Range<usize>) -> &[Expression] {
        let from = self.expressions.partition_point(|e| e.range.start < range.start);
        let to = self.expressions.partition_point(|e| e.range.start < range.end);
        self.expressions.get(from..to).unwrap_or_default()
    }

    /// The expressions in the event text `text` of `range`, and the text between them.
    pub fn pieces<'a>(&'a self, text: &'a str, range: &Range<usize>) -> Vec<Piece<'a>> {
        let mut out = Vec::new();
        let mut rest = text;
        for expression in self.within(range) {
            let hidden: String = filler(self.letters, expression.range.len()).collect();
            let Some(at) = rest.find(&hidden) else { continue };
            let (before, after) = rest.split_at(at);
            if !before.is_empty() {
                out.push(Piece::Text(before));
            }
            out.push(Piece::Expression(expression));
            rest = after.get(hidden.len()..).unwrap_or_default();
        }
        if !rest.is_empty() {
            out.push(Piece::Text(rest));
        }
        out
    }

    /// The event text `text` of `range` as the author wrote it.
    pub fn unmasked<'a>(&self, text: &'a str, range: &Range<usize>) -> Cow<'a, str> {
        if self.within(range).is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        for piece in self.pieces(text, range) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Expression(e) => {
                    out.push_str("{{");
                    out.push_str(&e.source);
                    out.push_str("}}");
                }
            }
        }
        Cow::Owned(out)
    }
}

/// `{{`, not after a backslash and not before `#`, up to `}}` on the same line, with no backtick or brace between.
fn find(text: &str) -> Vec<Expression> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("{{")) {
        let open = at + found;
        let inner = text.get(open + 2..).unwrap_or_default();
        at = open + 2;
        let escaped = open > 0 && text.as_bytes().get(open - 1) == Some(&b'\\');
        if escaped || inner.starts_with('#') {
            continue;
        }
        let Some(end) = inner.find(['\n', '`', '{', '}']) else { continue };
        let closed = inner.get(end..).is_some_and(|rest| rest.starts_with("}}"));
        if closed && end > 0 {
            let range = open..open + 2 + end + 2;
            at = range.end;
            out.push(Expression { range, source: inner.get(..end).unwrap_or_default().to_owned() });
        }
    }
    out
}

fn choose(text: &str) -> [u8; 2] {
    let letters = || b"xqzjkvwybpfmghcd".iter().copied();
    letters()
        .flat_map(|a| letters().map(move |b| [a, b]))
        .filter(|[a, b]| a != b)
        .find(|pair| !text.contains(&filler(*pair, SHORTEST).collect::<String>()))
        // A text that holds every such run was written to; the worst that follows is a wrong piece of its own page.
        .unwrap_or([b'x', b'q'])
}

fn filler(letters: [u8; 2], len: usize) -> impl Iterator<Item = char> {
    letters.map(char::from).into_iter().cycle().take(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Vec<String> {
        find(text).into_iter().map(|e| e.source).collect()
    }

    #[test]
    fn expressions_are_found_where_they_are_ones() {
        assert_eq!(sources("a {{ b.c }} {{d}}{{e | bare}}"), [" b.c ", "d", "e | bare"]);
        assert_eq!(sources(r"\{{ a }} {{#include x}} {{ a"), [""; 0]);
        assert_eq!(sources("{{ a\n}} {{ `a` }} {{ a } }} {{}}"), [""; 0]);
    }

    #[test]
    fn the_mask_keeps_every_offset_and_comes_off_again() {
        let source = "xqxqx é {{ a.b }} | {{c}}{{d}} `{{ e }}`";
        let mut text = source.to_string();
        let mask = Mask::put_on(&mut text);
        assert_eq!(text.len(), source.len());
        assert!(!text.contains('{') && text.starts_with("xqxqx é "));
        assert_eq!(mask.unmasked(&text, &(0..text.len())), source);
    }

    proptest::proptest! {
        #[test]
        fn any_mask_comes_off(source in "[xq{}a |`\n\\\\#]{0,60}") {
            let mut text = source.clone();
            let mask = Mask::put_on(&mut text);
            proptest::prop_assert_eq!(mask.unmasked(&text, &(0..text.len())).into_owned(), source);
        }
    }
}
