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
        let text = String::from_utf8(out).unwrap();
        println!("{text}");
        text
    }

    #[test]
    fn print_all() {
        let book = Book::new(&[
            ("a.md", "one\n\tsee [日本](x.md) e\u{301} 🎉 bad\r\nthree\n"),
            ("b.csv", "\u{feff}k,v\r\na,1\n"),
            ("long.md", &format!("{}HERE{}", "x".repeat(300_000), "y".repeat(200_000))),
            ("evil.md", "a\u{1b}[2J b\u{202e}c \u{9b}d\n"),
        ]);
        let span = book.span("a.md", "x.md");
        text(
            Diagnostic::new(Code::LinkBroken, span, "no such file: `x.md`")
                .label("not there")
                .also(book.span("b.csv", "k"), "listed here")
                .also(book.span("a.md", "three"), "near")
                .help("create it")
                .nearest("x.md", span, ["y.md"]),
            &book,
        );
        text(Diagnostic::new(Code::LinkBroken, book.span("a.md", "bad"), "wide"), &book);
        text(Diagnostic::new(Code::LinkBroken, book.span("long.md", "HERE"), "long"), &book);
        text(
            Diagnostic::new(Code::LinkBroken, book.span("evil.md", "\u{9b}"), "evil \u{1b}]0;x\u{7} \u{202e}")
                .label("\u{1b}x")
                .fix("do \u{1b}", book.span("evil.md", "c"), "\u{1b}"),
            &book,
        );
        text(Diagnostic::new(Code::LinkBroken, gone(), "gone").label("here").help("h"), &book);
        text(
            Diagnostic::new(Code::LinkBroken, Span::top(PathId::new("no.md")), "no text").label("l").fix(
                "h",
                Span::top(PathId::new("no.md")),
                "x",
            ),
            &book,
        );
        text(Diagnostic::bare(Code::ChapterUnlisted, "bare").help("one").help("two"), &book);
        text(Diagnostic::new(Code::FileMissing, Span::top(PathId::new("a.md")), "top"), &book);
        text(Diagnostic::new(Code::FileMissing, Span::new(PathId::new("a.md"), 9999..99999), "end"), &book);
        text(Diagnostic::new(Code::FileMissing, Span::new(PathId::new("a.md"), 1..30), "lines").label("these"), &book);
    }
}
