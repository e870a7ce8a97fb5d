//! Diagnostics for people, as rustc prints them: the message, the lines with the text underlined, ways out.
//!
//! Nothing of a book or a message reaches the terminal as a control: such characters are shown by their numbers.

use super::index::{At, Files, Spot, show, visible};
use super::{Diagnostic, Severity, Texts};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};
use std::io::{Result, Write};

/// Places of one file that are no further apart, in lines, are shown as one piece.
const NEAR: usize = 20;

/// How it looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours, by ANSI escapes, are wanted.
    pub colour: bool,
    /// Cells in a line of the terminal; lines of source are cut to it.
    pub width: usize,
}

impl Default for Style {
    /// Without colour, 140 cells wide.
    fn default() -> Self {
        Self { colour: false, width: 140 }
    }
}

/// Writes each diagnostic, with an empty line behind it.
///
/// # Errors
/// What `out` gives.
pub fn write(diagnostics: &[Diagnostic], texts: &dyn Texts, style: Style, out: &mut dyn Write) -> Result<()> {
    let mut files = Files::new(texts);
    for diagnostic in diagnostics {
        writeln!(out, "{}\n", render(diagnostic, &mut files, style))?;
    }
    Ok(())
}

/// How many of each there are, in words: `2 errors, 1 warning`.
pub fn summary(errors: usize, warnings: usize) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match (errors, warnings) {
        (errors, 0) => count(errors, "error"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// One diagnostic, without a line's end behind it.
pub(super) fn render(diagnostic: &Diagnostic, files: &mut Files<'_>, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = visible(&diagnostic.message);
    let mut columns = Vec::new();
    let head = level.primary_title(title.clone()).id(diagnostic.code.name());
    let mut first = Group::with_title(head).elements(places(diagnostic, files, &mut columns));
    let mut edits = Vec::new();
    let file = diagnostic.place.as_ref().and_then(|place| files.find(place)).map(|spot| spot.span.file);
    for help in &diagnostic.help {
        let text = visible(&help.text);
        match help.edit.as_ref().map(|(span, with)| (files.spot(*span), with)) {
            Some((Spot { at: Some(at), span }, with)) => {
                let path = (Some(span.file) != file).then(|| visible(span.file.as_str()));
                edits.push(Group::with_title(Level::HELP.secondary_title(text)).element(patch(&at, with).path(path)));
            }
            _ => first = first.element(Level::HELP.message(text)),
        }
    }
    edits.insert(0, first);
    let renderer = if style.colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let text = renderer.term_width(style.width).render(&edits);
    correct(text, &title, &columns)
}

/// Puts right the columns that were counted in what is shown, where that is not what the file has.
fn correct(text: String, title: &str, columns: &[(String, String)]) -> String {
    let body = text.find(title).map_or(0, |at| at + title.len());
    let (head, body) = text.split_at_checked(body).unwrap_or(("", &text));
    let body = columns.iter().fold(body.to_owned(), |body, (wrong, right)| body.replacen(wrong, right, 1));
    format!("{head}{body}")
}

/// A place to show, with its words.
struct Mark<'a> {
    at: At,
    text: &'a str,
    kind: AnnotationKind,
}

fn places(
    diagnostic: &Diagnostic,
    files: &mut Files<'_>,
    columns: &mut Vec<(String, String)>,
) -> Vec<Element<'static>> {
    let first = diagnostic.place.iter().map(|place| (place, diagnostic.label.as_str(), AnnotationKind::Primary));
    let others = diagnostic.also.iter().map(|also| (&also.place, also.text.as_str(), AnnotationKind::Context));
    let mut pieces: Vec<Vec<Mark<'_>>> = Vec::new();
    let mut elements: Vec<Element<'static>> = Vec::new();
    let mut placeless: Vec<Element<'static>> = Vec::new();
    let mut names = Vec::new();
    for (place, text, kind) in first.chain(others) {
        let found = files.find(place);
        if let Some(Spot { span, at: Some(at) }) = found {
            let name = visible(span.file.as_str());
            let near = |(piece, other): (&&mut Vec<Mark<'_>>, &String)| {
                *other == name && piece.iter().any(|mark| is_near(&mark.at, &at))
            };
            match pieces.iter_mut().zip(&names).find(|(piece, other)| near((piece, other))) {
                Some((piece, _)) => piece.push(Mark { at, text, kind }),
                None => {
                    pieces.push(vec![Mark { at, text, kind }]);
                    names.push(name);
                }
            }
            continue;
        }
        placeless.extend(found.map(|spot| Element::from(Origin::path(visible(spot.span.file.as_str())))));
        if !text.is_empty() {
            placeless.push(Level::NOTE.message(visible(text)).into());
        }
    }
    for (piece, name) in pieces.into_iter().zip(names) {
        elements.extend(snippet(&piece, name, columns));
    }
    elements.append(&mut placeless);
    elements
}

fn is_near(a: &At, b: &At) -> bool {
    let gap = if a.start.line <= b.start.line {
        b.start.line.saturating_sub(a.end.line)
    } else {
        a.start.line.saturating_sub(b.end.line)
    };
    gap <= NEAR
}

/// The lines of all `marks`, headed by where the first is.
fn snippet(marks: &[Mark<'_>], name: String, columns: &mut Vec<(String, String)>) -> Option<Element<'static>> {
    let first = marks.first()?;
    let from = marks.iter().map(|mark| mark.at.start.line).min().unwrap_or(1);
    let to = marks.iter().map(|mark| mark.at.end.line).max().unwrap_or(1);
    let mut points: Vec<usize> = marks.iter().flat_map(|mark| [mark.at.range.start, mark.at.range.end]).collect();
    points.sort_unstable();
    points.dedup();
    let shown = show(&first.at.index, from..to + 1, &points);
    let find = |point: usize| points.binary_search(&point).ok().and_then(|n| shown.marks.get(n)).copied().unwrap_or(0);
    let annotations: Vec<Annotation<'static>> = marks
        .iter()
        .map(|mark| {
            let span = find(mark.at.range.start)..find(mark.at.range.end);
            let label = (!mark.text.is_empty()).then(|| visible(mark.text));
            mark.kind.span(span).label(label)
        })
        .collect();
    let start = find(first.at.range.start);
    let before = shown.text.get(..start).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
    let column = before.chars().count() + 1;
    if column != first.at.start.column {
        let place = |column: usize| format!("{name}:{}:{column}", first.at.start.line);
        columns.push((place(column), place(first.at.start.column)));
    }
    Some(Snippet::source(shown.text).path(name).line_start(from).annotations(annotations).into())
}

fn patch(at: &At, with: &str) -> Snippet<'static, Patch<'static>> {
    let shown = show(&at.index, at.start.line..at.end.line + 1, &[at.range.start, at.range.end]);
    let span = shown.marks.first().copied().unwrap_or(0)..shown.marks.get(1).copied().unwrap_or(0);
    Snippet::source(shown.text).line_start(at.start.line).patch(Patch::new(span, visible(with)))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Book, gone};
    use super::*;
    use crate::diag::{Code, Span};
    use crate::id::PathId;

    fn text(diagnostic: Diagnostic, book: &Book) -> String {
        let mut out = Vec::new();
        write(&[diagnostic], book, Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const CHAPTER: &str = "one\n\tsee [日本](x.md) e\u{301} 🎉 bad\r\nthree\n";

    #[test]
    fn places_are_underlined_under_tabs_wide_combining_and_emoji() {
        let book = Book::new(&[("a.md", CHAPTER), ("b.csv", "\u{feff}k,v\r\na,1\n")]);
        let span = book.span("a.md", "x.md");
        let diagnostic = Diagnostic::new(Code::LinkBroken, span, "no such file: `x.md`")
            .label("not there")
            .also(book.span("b.csv", "k"), "listed here")
            .also(book.span("a.md", "three"), "near")
            .help("create it")
            .nearest("x.md", span, ["y.md"]);
        let expected = "\
error[link-broken]: no such file: `x.md`
 --> a.md:2:11
  |
2 |     see [日本](x.md) e\u{301} 🎉 bad
  |                ^^^^ not there
3 | three
  | ----- near
  |
 ::: b.csv:1:1
  |
1 | k,v
  | - listed here
  |
  = help: create it
help: did you mean `y.md`?
  |
2 -     see [日本](x.md) e\u{301} 🎉 bad
2 +     see [日本](y.md) e\u{301} 🎉 bad
  |

";
        assert_eq!(text(diagnostic, &book), expected);
        let expected = "\
error[link-broken]: wide
 --> a.md:2:22
  |
2 |     see [日本](x.md) e\u{301} 🎉 bad
  |                           ^^^

";
        assert_eq!(text(Diagnostic::new(Code::LinkBroken, book.span("a.md", "bad"), "wide"), &book), expected);
    }

    #[test]
    fn several_lines_are_bracketed() {
        let book = Book::new(&[("a.md", CHAPTER)]);
        let span = Span::new(PathId::new("a.md"), 1..30);
        let expected = "\
error[file-missing]: lines
 --> a.md:1:2
  |
1 |   one
  |  __^
2 | |     see [日本](x.md) e\u{301} 🎉 bad
  | |_________________________^ these

";
        assert_eq!(text(Diagnostic::new(Code::FileMissing, span, "lines").label("these"), &book), expected);
    }

    #[test]
    fn a_line_of_half_a_megabyte_is_cut_round_the_place() {
        let book = Book::new(&[("a.md", &format!("{}HERE{}", "x".repeat(300_000), "y".repeat(200_000)))]);
        let expected = format!(
            "error[link-broken]: long\n --> a.md:1:300001\n  |\n1 | …{}HERE{}...\n  | {}^^^^\n\n",
            "x".repeat(80),
            "y".repeat(48),
            " ".repeat(81)
        );
        assert_eq!(text(Diagnostic::new(Code::LinkBroken, book.span("a.md", "HERE"), "long"), &book), expected);
    }

    #[test]
    fn nothing_drives_the_terminal() {
        let book = Book::new(&[("a.md", "a\u{1b}[2J b\u{202e}c \u{9b}d\n")]);
        let diagnostic = Diagnostic::new(Code::LinkBroken, book.span("a.md", "\u{9b}"), "bad \u{1b}]0;x\u{7} \u{202e}")
            .label("\u{1b}x")
            .fix("do \u{1b}", book.span("a.md", "c"), "\u{1b}");
        let expected = r"error[link-broken]: bad \u{1b}]0;x\u{7} \u{202e}
 --> a.md:1:11
  |
1 | a\u{1b}[2J b\u{202e}c \u{9b}d
  |                       ^^^^^^ \u{1b}x
  |
help: do \u{1b}
  |
1 - a\u{1b}[2J b\u{202e}c \u{9b}d
1 + a\u{1b}[2J b\u{202e}\u{1b} \u{9b}d
  |

";
        assert_eq!(text(diagnostic, &book), expected);
    }

    #[test]
    fn without_a_place_or_a_text_there_is_no_snippet() {
        let book = Book::new(&[]);
        assert_eq!(
            text(Diagnostic::new(Code::LinkBroken, gone(), "gone").label("here").help("h"), &book),
            "error[link-broken]: gone\n |\n = note: here\n = help: h\n\n"
        );
        let top = Span::top(PathId::new("no.md"));
        assert_eq!(
            text(Diagnostic::new(Code::LinkBroken, top, "no text").label("l").fix("h", top, "x"), &book),
            "error[link-broken]: no text\n--> no.md\n = note: l\n = help: h\n\n"
        );
        assert_eq!(
            text(Diagnostic::bare(Code::ChapterUnlisted, "bare").help("one").help("two"), &book),
            "warning[chapter-unlisted]: bare\n |\n = help: one\n = help: two\n\n"
        );
    }

    #[test]
    fn a_place_behind_the_end_is_the_end() {
        let book = Book::new(&[("a.md", CHAPTER)]);
        let span = Span::new(PathId::new("a.md"), 9999..99999);
        let expected = "error[file-missing]: end\n --> a.md:4:1\n  |\n4 |\n  | ^\n\n";
        assert_eq!(text(Diagnostic::new(Code::FileMissing, span, "end"), &book), expected);
    }

    #[test]
    fn an_edit_of_another_file_names_it() {
        let book = Book::new(&[("a.md", "one\n"), ("b.md", "two\n")]);
        let diagnostic = Diagnostic::new(Code::FileMissing, book.span("a.md", "one"), "m").fix(
            "change this",
            book.span("b.md", "two"),
            "2",
        );
        let text = text(diagnostic, &book);
        assert!(text.contains("help: change this\n --> b.md:1:1\n"), "{text}");
    }

    #[test]
    fn a_place_of_many_lines_is_quick() {
        let book = Book::new(&[("a.md", &"word\n".repeat(100_000))]);
        let span = Span::new(PathId::new("a.md"), 2..499_990);
        let start = std::time::Instant::now();
        let text = text(Diagnostic::new(Code::FileMissing, span, "m"), &book);
        assert!(text.len() < 1000 && start.elapsed().as_secs() < 5, "{text}");
    }

    #[test]
    fn colour_is_only_where_wanted() {
        let book = Book::new(&[("a.md", "one\n")]);
        let mut out = Vec::new();
        let style = Style { colour: true, ..Style::default() };
        let diagnostic = Diagnostic::new(Code::FileMissing, book.span("a.md", "one"), "m");
        write(&[diagnostic], &book, style, &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("\u{1b}[1m"));
    }

    #[test]
    fn a_summary_counts_in_words() {
        assert_eq!(summary(1, 0), "1 error");
        assert_eq!(summary(0, 2), "2 warnings");
        assert_eq!(summary(3, 1), "3 errors, 1 warning");
        assert_eq!(summary(0, 0), "0 errors");
    }
}
