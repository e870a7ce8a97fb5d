//! The mask: what means nothing to Markdown is found before it is parsed, and hidden from it at the same length.
//!
//! `{{ a.b | digits 2 }}` becomes letters, so that `|`, `*` and `[` in an expression mean nothing to Markdown and all
//! offsets stay. A line of a container (`::: tabs`) becomes an HTML block of one line (`<?xqx?>`), which any Markdown
//! parser gives back as such, and a `$` before a digit, which is money, another byte. Where the parser then says
//! *code* or *HTML*, the source is put back.
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

/// A line that begins with `:::`, as the author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLine {
    /// Its bytes in the composed text, from the colons to the last letter.
    pub range: Range<usize>,
    /// What stands there.
    pub source: String,
}

/// A part of an event's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text of the author's.
    Text(Cow<'a, str>),
    /// An expression.
    Expression(&'a Expression),
}

/// What is hidden in a chapter, in order, and the letters that hide it.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    expressions: Vec<Expression>,
    lines: Vec<ContainerLine>,
    letters: [u8; 2],
    /// What stands for a `$` that is money.
    dollar: Option<char>,
}

/// Something hidden in a text.
enum Hidden<'a> {
    Expression(&'a Expression),
    Line(&'a ContainerLine),
}

/// The shortest expression, `{{a}}`, in bytes.
const SHORTEST: usize = 5;

impl Mask {
    /// Finds what `text` has to hide, and overwrites it. Dollar signs matter where formulas are read.
    pub fn put_on(text: &mut String, math: bool) -> Mask {
        let lines = container_lines(text);
        let mut expressions = find(text);
        if !lines.is_empty() {
            // What stands in the title of a container is read with it.
            expressions.retain(|e| line_around(&lines, e.range.start).is_none());
        }
        let dollars = if math { dollars(text) } else { Vec::new() };
        if expressions.is_empty() && lines.is_empty() && dollars.is_empty() {
            return Mask::default();
        }
        let dollar = if dollars.is_empty() { None } else { stand_in(text) };
        let mask = Mask { letters: choose(text), expressions, lines, dollar };
        let mut bytes = std::mem::take(text).into_bytes();
        if let Some(dollar) = mask.dollar {
            dollars.into_iter().for_each(|at| overwrite(&mut bytes, at, [dollar]));
        }
        for expression in &mask.expressions {
            let range = &expression.range;
            overwrite(&mut bytes, range.start, filler(mask.letters, range.len()));
        }
        for line in &mask.lines {
            overwrite(&mut bytes, line.range.start, mask.hidden_line(line).chars());
        }
        // Whole letters were overwritten by ASCII, so it is text as before.
        *text = String::from_utf8(bytes).unwrap_or_default();
        mask
    }

    /// The expressions that lie in `range`.
    pub fn within(&self, range: &Range<usize>) -> &[Expression] {
        let from = self.expressions.partition_point(|e| e.range.start < range.start);
        let to = self.expressions.partition_point(|e| e.range.start < range.end);
        self.expressions.get(from..to).unwrap_or_default()
    }

    /// The first line of a container that lies in `range`.
    pub fn line_in(&self, range: &Range<usize>) -> Option<&ContainerLine> {
        self.lines_in(range).first()
    }

    fn lines_in(&self, range: &Range<usize>) -> &[ContainerLine] {
        let from = self.lines.partition_point(|line| line.range.start < range.start);
        let to = self.lines.partition_point(|line| line.range.start < range.end);
        self.lines.get(from..to).unwrap_or_default()
    }

    /// What is hidden in `range`, in order.
    fn hidden_in(&self, range: &Range<usize>) -> Vec<(usize, Hidden<'_>)> {
        let expressions = self.within(range).iter().map(|e| (e.range.start, Hidden::Expression(e)));
        let mut all: Vec<_> = expressions.collect();
        all.extend(self.lines_in(range).iter().map(|line| (line.range.start, Hidden::Line(line))));
        all.sort_by_key(|(start, _)| *start);
        all
    }

    fn hidden_line(&self, line: &ContainerLine) -> String {
        match line.range.len() {
            ..4 => "<?>".to_owned(),
            len => std::iter::empty()
                .chain("<?".chars())
                .chain(filler(self.letters, len - 4))
                .chain("?>".chars())
                .collect(),
        }
    }

    /// The expressions in the event text `text` of `range`, and the text between them.
    pub fn pieces<'a>(&'a self, text: &'a str, range: &Range<usize>) -> Vec<Piece<'a>> {
        let mut out = Vec::new();
        let mut at = 0;
        for (start, hidden) in self.hidden_in(range) {
            let letters: String = match hidden {
                Hidden::Expression(e) => filler(self.letters, e.range.len()).collect(),
                Hidden::Line(line) => self.hidden_line(line),
            };
            // Mostly an event's text is that of its range, byte for byte.
            let exact = start.wrapping_sub(range.start);
            let found = match text.get(exact..) {
                Some(rest) if exact >= at && rest.starts_with(&letters) => Some(exact),
                _ => text.get(at..).and_then(|rest| rest.find(&letters)).map(|found| at + found),
            };
            let Some(found) = found else { continue };
            self.push_text(&mut out, text.get(at..found).unwrap_or_default());
            match hidden {
                Hidden::Expression(e) => out.push(Piece::Expression(e)),
                Hidden::Line(line) => out.push(Piece::Text(Cow::Borrowed(&line.source))),
            }
            at = found + letters.len();
        }
        self.push_text(&mut out, text.get(at..).unwrap_or_default());
        out
    }

    fn push_text<'a>(&self, out: &mut Vec<Piece<'a>>, text: &'a str) {
        if !text.is_empty() {
            out.push(Piece::Text(self.with_dollars(text)));
        }
    }

    fn with_dollars<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.dollar {
            Some(dollar) if text.contains(dollar) => Cow::Owned(text.replace(dollar, "$")),
            _ => Cow::Borrowed(text),
        }
    }

    /// The event text `text` of `range` as the author wrote it.
    pub fn unmasked<'a>(&self, text: &'a str, range: &Range<usize>) -> Cow<'a, str> {
        if self.within(range).is_empty() && self.lines_in(range).is_empty() {
            return self.with_dollars(text);
        }
        let mut out = String::with_capacity(text.len());
        for piece in self.pieces(text, range) {
            match piece {
                Piece::Text(text) => out.push_str(&text),
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

fn overwrite(bytes: &mut [u8], start: usize, with: impl IntoIterator<Item = char>) {
    let room = bytes.get_mut(start..).unwrap_or_default();
    // All that hides is ASCII.
    room.iter_mut().zip(with).for_each(|(byte, c)| *byte = c as u8);
}

/// The line that `at` lies in, if it is one of `lines`.
fn line_around(lines: &[ContainerLine], at: usize) -> Option<&ContainerLine> {
    let ix = lines.partition_point(|line| line.range.start <= at).checked_sub(1)?;
    lines.get(ix).filter(|line| at < line.range.end)
}

/// Lines that begin with `:::`, behind marks of quotes and items.
fn container_lines(text: &str) -> Vec<ContainerLine> {
    let mut out = Vec::new();
    let mut at = 0;
    for found in std::iter::from_fn(|| {
        let found = at + text.get(at..)?.find(":::")?;
        at = text.get(found..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| found + end);
        Some(found)
    }) {
        let line = text.get(..found).map_or(0, |before| before.rfind('\n').map_or(0, |end| end + 1));
        let rest = text.get(found..).unwrap_or_default();
        let source = rest.lines().next().unwrap_or_default().trim_end();
        if is_prefix(text.get(line..found).unwrap_or_default()) {
            out.push(ContainerLine { range: found..found + source.len(), source: source.to_owned() });
        }
    }
    out
}

/// Whether all of `text` is white space and the marks of quotes and of an item.
fn is_prefix(text: &str) -> bool {
    let rest = text.trim_start_matches([' ', '\t', '>']);
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let after = match rest.len() - number.len() {
        0 => rest.strip_prefix(['-', '*', '+']),
        _ => number.strip_prefix(['.', ')']),
    };
    rest.is_empty() || after.is_some_and(|after| after.starts_with([' ', '\t']) && is_prefix(after))
}

/// The `$` that stand before a digit: money, not the start of a formula. `$$` and `\$` are something else.
fn dollars(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let alone = |at: usize| at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|b| !b"$\\".contains(b));
    let before_digit = |at: usize| bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    text.match_indices('$').map(|(at, _)| at).filter(|at| alone(*at) && before_digit(*at)).collect()
}

/// A character that `text` does not have, of one byte, and that means nothing to Markdown.
fn stand_in(text: &str) -> Option<char> {
    std::iter::once('\u{7f}').chain('\u{1}'..'\u{9}').chain('\u{e}'..'\u{20}').find(|c| !text.contains(*c))
}

/// `{{`, not after a backslash and not before `#`, up to `}}` on the same line, with no backtick or brace between.
pub(super) fn find(text: &str) -> Vec<Expression> {
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
        let mask = Mask::put_on(&mut text, true);
        assert_eq!(text.len(), source.len());
        assert!(!text.contains('{') && text.starts_with("xqxqx é "));
        assert_eq!(mask.unmasked(&text, &(0..text.len())), source);
    }

    #[test]
    fn lines_of_containers_become_html_of_one_line() {
        let source = "::: tabs\n> - :::\n:::x {{ a }}\na ::: b\n1. :::: c  \n";
        let mut text = source.to_string();
        let mask = Mask::put_on(&mut text, false);
        assert_eq!(text, "<?xqxq?>\n> - <?>\n<?xqxqxqxq?>\na ::: b\n1. <?xq?>  \n");
        assert_eq!(mask.unmasked(&text, &(0..text.len())), source);
        assert_eq!(mask.line_in(&(9..17)).map(|l| l.source.as_str()), Some(":::"));
        assert!(mask.within(&(0..text.len())).is_empty());
    }

    #[test]
    fn dollars_before_digits_are_money() {
        let source = r"$5-$6 $x$ $$1$$ \$7 {{ a }} `$8`";
        let mut text = source.to_string();
        let mask = Mask::put_on(&mut text, true);
        assert_eq!(text.matches('$').count(), 7);
        assert_eq!(mask.unmasked(&text, &(0..text.len())), source);
        let mut text = source.to_string();
        Mask::put_on(&mut text, false);
        assert_eq!(text.matches('$').count(), 10);
    }

    proptest::proptest! {
        #[test]
        fn any_mask_comes_off(source in "[xq{}a |`\n\\\\#:$5é>-]{0,60}") {
            let mut text = source.clone();
            let mask = Mask::put_on(&mut text, true);
            proptest::prop_assert_eq!(mask.unmasked(&text, &(0..text.len())).into_owned(), source);
        }
    }
}
