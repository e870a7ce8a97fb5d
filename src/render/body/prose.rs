//! What Markdown itself leaves as text: addresses that stand as they are, and super- and subscripts.
//!
//! Addresses go by the rules of GFM ("Autolinks (extension)"), but for `ftp://`, which is no scheme that a page may link
//! to. `x^2^` and `H~2~O` are what Pandoc makes of them, right behind a letter, a digit or a bracket: anywhere else `~` is
//! GFM's. (The parser has options for both, which do not see them inside a word.)

use super::{Events, Writer};
use crate::diag::{Code, Diagnostic};
use crate::escape;
use crate::parse::chapter::Piece;
use crate::parse::config::Mode;
use pulldown_cmark::Event;
use std::fmt::Write as _;
use std::ops::Range;

/// How many open braces are told of one run of text.
const MAX_OPEN: usize = 100;

impl<'a> Writer<'a, '_, '_> {
    /// Writes the run of text that begins at event `ix`; gives the event after it.
    pub(super) fn text_run(&mut self, events: &Events<'a>, ix: usize) -> usize {
        let end = run_end(events, ix);
        let run = events.get(ix..end).unwrap_or_default();
        if self.config.mode == Mode::Benchbook {
            run.iter().for_each(|(_, range)| self.open_braces(range));
        }
        if self.config.mode == Mode::Benchbook && self.may_mean_more(run) {
            self.merged(run);
            return end;
        }
        for (event, range) in run {
            if let Event::Text(text) = event {
                self.text(text, range);
            }
        }
        end
    }

    fn may_mean_more(&self, run: &Events<'a>) -> bool {
        let (Some((_, first)), Some((_, last))) = (run.first(), run.last()) else { return false };
        let text = self.chapter.slice(first.start..last.end);
        text.contains(['@', '^', '~']) || text.contains("://") || text.contains("www.")
    }

    /// Writes a run as one text: Markdown parts it at what might have been a mark, and an address may go on behind.
    fn merged(&mut self, run: &Events<'a>) {
        let chapter = self.chapter;
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        for (event, range) in run {
            let Event::Text(text) = event else { continue };
            for piece in chapter.pieces(text, range) {
                match (pieces.last_mut(), piece) {
                    (Some(Piece::Text(before)), Piece::Text(more)) => before.to_mut().push_str(&more),
                    (_, piece) => pieces.push(piece),
                }
            }
        }
        let start = run.first().map_or(0, |(_, range)| range.start);
        let mut before = self.chapter.slice(0..start).chars().next_back();
        let links = self.links.is_empty() && !self.raw.in_link();
        for piece in pieces {
            match piece {
                Piece::Text(text) if links => {
                    let text = self.bound(&text);
                    self.text_with_links(text, before);
                }
                Piece::Text(text) => {
                    let text = self.bound(&text);
                    self.text_with_scripts(text);
                }
                Piece::Expression(expression) => self.value(expression),
            }
            before = Some('}');
        }
    }

    /// Tells of `{{` that begins nothing: what was meant as a value or an include would stand on the page as text.
    fn open_braces(&mut self, range: &Range<usize>) {
        let text = self.chapter.slice(range.clone());
        for (at, _) in text.match_indices("{{").take(MAX_OPEN) {
            let at = range.start + at;
            if at > 0 && self.chapter.slice(at - 1..at) == "\\" {
                continue;
            }
            // A directive that was shown with a backslash has lost it; one that is none was told when includes were put in.
            let next: String = self.chapter.slice(at + 2..range.end).chars().take(8).collect();
            if next.trim_start().starts_with('#') {
                continue;
            }
            let span = self.span(&(at..at + 2));
            let found = Diagnostic::new(Code::ExprSyntax, span, "an expression that is not closed on its line")
                .label("no `}}` follows, or a brace or a backtick stands before it")
                .help(
                    "write the whole expression on one line; to show the braces as text, put a backslash before them",
                );
            self.diagnostics.push(found);
        }
    }

    fn text_with_links(&mut self, text: &str, before: Option<char>) {
        let mut at = 0;
        for (range, scheme) in find(text, before) {
            self.text_with_scripts(text.get(at..range.start).unwrap_or_default());
            let shown = text.get(range.clone()).unwrap_or_default();
            let _ = write!(self.out, "<a href=\"{scheme}{}\">{}</a>", escape::attribute(shown), escape::text(shown));
            at = range.end;
        }
        self.text_with_scripts(text.get(at..).unwrap_or_default());
    }

    fn text_with_scripts(&mut self, text: &str) {
        for (element, text) in scripts(text) {
            let text = escape::text(text);
            let _ = match element {
                Some(element) => write!(self.out, "<{element}>{text}</{element}>"),
                None => write!(self.out, "{text}"),
            };
        }
    }
}

/// The parts of a text, each with the element that it stands in: `x^2^` is `x`, and `2` in `sup`.
pub(super) fn scripts(text: &str) -> Vec<(Option<&'static str>, &str)> {
    let mut out = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['^', '~'])) {
        let open = at + found;
        at = open + 1;
        let (head, tail) = (text.get(from..open).unwrap_or_default(), text.get(at..).unwrap_or_default());
        let (mark, element) = if text.as_bytes().get(open) == Some(&b'^') { ('^', "sup") } else { ('~', "sub") };
        let behind = head.chars().next_back().is_some_and(|c| c.is_alphanumeric() || [')', ']'].contains(&c));
        let end = tail.find(|c: char| c == mark || c.is_whitespace()).filter(|end| *end > 0);
        if let Some(end) = end
            && behind
            && tail.get(end..).is_some_and(|rest| rest.starts_with(mark))
        {
            out.push((None, head));
            out.push((Some(element), tail.get(..end).unwrap_or_default()));
            (from, at) = (at + end + 1, at + end + 1);
        }
    }
    out.push((None, text.get(from..).unwrap_or_default()));
    out
}

/// The event after the texts that follow each other without a byte between.
fn run_end(events: &Events<'_>, ix: usize) -> usize {
    let mut end = ix;
    let mut at = None;
    while let Some((Event::Text(_), range)) = events.get(end)
        && at.is_none_or(|at| at == range.start)
    {
        at = Some(range.end);
        end += 1;
    }
    end
}

/// The addresses in `text`, which stands behind `before`, each with what its link needs before it.
fn find(text: &str, before: Option<char>) -> Vec<(Range<usize>, &'static str)> {
    let mut out: Vec<(Range<usize>, &'static str)> = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find([':', '.', '@'])) {
        let sign = at + found;
        let from = out.last().map_or(0, |(range, _)| range.end);
        let address = match text.as_bytes().get(sign) {
            Some(b':') => url(text, sign, from, before),
            Some(b'.') => www(text, sign, from, before),
            _ => email(text, sign, from),
        };
        at = address.as_ref().map_or(sign + 1, |(range, _)| range.end.max(sign + 1));
        out.extend(address);
    }
    out
}

/// Whether an address may begin at `start`, behind what stands there.
fn may_begin(text: &str, start: usize, before: Option<char>) -> bool {
    let before = text.get(..start).and_then(|head| head.chars().next_back()).or(before);
    before.is_none_or(|c| c.is_whitespace() || ['*', '_', '~', '('].contains(&c))
}

/// `http://…` or `https://…`, whose colon stands at `colon`.
fn url(text: &str, colon: usize, from: usize, before: Option<char>) -> Option<(Range<usize>, &'static str)> {
    let rest = text.get(colon..)?.strip_prefix("://")?;
    let head = text.get(from..colon)?;
    let tail = |len: usize| head.len().checked_sub(len).and_then(|at| head.get(at..));
    let scheme =
        [5, 4].into_iter().filter_map(tail).find(|s| ["http", "https"].iter().any(|n| s.eq_ignore_ascii_case(n)))?;
    let start = colon - scheme.len();
    let domain = domain(rest, false)?;
    let path = colon + 3 + domain;
    may_begin(text, start, before).then(|| (start..path_end(text, path), ""))
}

/// `www.…`, whose first point stands at `point`.
fn www(text: &str, point: usize, from: usize, before: Option<char>) -> Option<(Range<usize>, &'static str)> {
    let start = point.checked_sub(3).filter(|start| *start >= from)?;
    if !text.get(start..point)?.eq_ignore_ascii_case("www") || !may_begin(text, start, before) {
        return None;
    }
    let domain = domain(text.get(start..)?, true)?;
    Some((start..path_end(text, start + domain), "http://"))
}

/// How long the domain is that `text` begins with, if it is a valid one.
fn domain(text: &str, pointed: bool) -> Option<usize> {
    let end = text.find(|c: char| !c.is_alphanumeric() && !['_', '-', '.'].contains(&c)).unwrap_or(text.len());
    let domain = text.get(..end)?.trim_end_matches('.');
    let mut last_two = domain.rsplit('.').take(2);
    let valid = domain.starts_with(char::is_alphanumeric) && last_two.all(|part| !part.contains('_'));
    (valid && (!pointed || domain.contains('.'))).then_some(end)
}

/// Where an address ends whose domain ends at `from`: before white space or `<`, and before what is more likely to
/// belong to the sentence.
fn path_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut end = from + rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
    // Counted once, so that a thousand closing brackets take no longer than they are.
    let whole = text.get(..end).unwrap_or_default();
    let start = whole.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let address = whole.get(start.min(from)..).unwrap_or_default();
    let begin = address.find("://").map_or(0, |at| at + 3);
    let address = address.get(begin..).unwrap_or_default().trim_start_matches('(');
    let mut surplus = address.matches(')').count().saturating_sub(address.matches('(').count());
    while let Some(head) = text.get(..end).filter(|_| end > 0) {
        let shorter = match head.chars().next_back() {
            Some('?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"') => end - 1,
            Some(')') if surplus > 0 => {
                surplus -= 1;
                end - 1
            }
            Some(';') => match entity(head) {
                Some(start) => start,
                None => break,
            },
            _ => break,
        };
        end = shorter;
    }
    end
}

/// Where the `&name;` begins that `head` ends with.
fn entity(head: &str) -> Option<usize> {
    let name = head.strip_suffix(';')?;
    let bare = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    (bare.len() < name.len() && bare.ends_with('&')).then(|| bare.len() - 1)
}

/// `name@domain`, whose sign stands at `sign`.
fn email(text: &str, sign: usize, from: usize) -> Option<(Range<usize>, &'static str)> {
    let head = text.get(from..sign)?;
    let name = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || ['.', '-', '_', '+'].contains(&c));
    let start = from + name.len();
    if start == sign || name.ends_with(['/', ':', '@']) {
        return None;
    }
    let rest = text.get(sign + 1..)?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !['-', '_', '.'].contains(&c)).unwrap_or(rest.len());
    let domain = rest.get(..end)?.trim_end_matches('.');
    let valid = domain.contains('.') && domain.ends_with(|c: char| c.is_ascii_alphanumeric());
    let parts = domain.split('.').all(|part| !part.is_empty());
    (valid && parts && !rest.get(end..)?.starts_with(['@', '+'])).then(|| (start..sign + 1 + domain.len(), "mailto:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text, None).into_iter().map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        for (text, address) in [
            ("see https://a.example/b_c?d=e&f.", "https://a.example/b_c?d=e&f"),
            ("(http://a.b/c_(d))", "http://a.b/c_(d)"),
            ("http://a.b/c))", "http://a.b/c"),
            ("www.a.b, and", "www.a.b"),
            ("http://localhost:8080/x!", "http://localhost:8080/x"),
            ("HTTPS://A.B", "HTTPS://A.B"),
            ("www.a.b/x&amp;", "www.a.b/x"),
            ("http://a.b/<x", "http://a.b/"),
            ("a.b-c_d@a.b.", "a.b-c_d@a.b"),
            ("\"http://a.b\"", ""),
            ("xhttp://a.b", ""),
            ("http://a_b.c", ""),
            ("www.a", "www.a"),
            ("www.", ""),
            ("http://", ""),
            ("ftp://a.b", ""),
            ("a@b", ""),
            ("a@b.c_", ""),
            ("https://a.b@c.d/e@f.g", "https://a.b@c.d/e@f.g"),
        ] {
            let expected: Vec<&str> = Some(address).filter(|a| !a.is_empty()).into_iter().collect();
            assert_eq!(found(text), expected, "{text}");
        }
        assert_eq!(found("http://a.b http://c.d a@b.c"), ["http://a.b", "http://c.d", "a@b.c"]);
    }

    #[test]
    fn scripts_stand_right_behind_something() {
        assert_eq!(scripts("x^2^y"), [(None, "x"), (Some("sup"), "2"), (None, "y")]);
        assert_eq!(scripts("H~2~O"), [(None, "H"), (Some("sub"), "2"), (None, "O")]);
        for text in ["a^b c^d", "^a^", " ~a~", "x^^", "x^2~", "2^8"] {
            assert_eq!(scripts(text), [(None, text)], "{text}");
        }
    }

    #[test]
    fn what_stands_before_counts() {
        assert!(find("http://a.b", Some('>')).is_empty());
        assert_eq!(find("http://a.b", Some('*')).len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched(text in "[a-cé:/.@()_;&<w^~ -]{0,40}") {
            let mut at = 0;
            for (range, _) in find(&text, None) {
                proptest::prop_assert!(range.start >= at && text.get(range.clone()).is_some());
                at = range.end;
            }
            let whole: String = scripts(&text).into_iter().map(|(_, part)| part).collect();
            proptest::prop_assert!(whole.len() <= text.len());
        }
    }
}
