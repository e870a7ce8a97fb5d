//! Diagnostics for tools: one JSON object a line, with the field names of rustc's `--error-format=json`.
//!
//! Lines and columns count from 1, columns in Unicode scalar values; bytes count from 0 in the file.

use super::human::{Style, render};
use super::index::{At, Files, Spot, show};
use super::{Diagnostic, Texts};
use serde::Serialize;
use std::io::{Result, Write};

/// Writes each diagnostic as a line.
///
/// # Errors
/// What `out` gives.
pub fn write(diagnostics: &[Diagnostic], texts: &dyn Texts, out: &mut dyn Write) -> Result<()> {
    let mut files = Files::new(texts);
    for diagnostic in diagnostics {
        let mut line = serde_json::to_vec(&message(diagnostic, &mut files))?;
        line.push(b'\n');
        // In one piece, so that lines of several writers do not mix.
        out.write_all(&line)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "$message_type")]
    message_type: &'static str,
    message: &'a str,
    code: Option<CodeOf>,
    level: &'static str,
    spans: Vec<SpanOf<'a>>,
    children: Vec<Message<'a>>,
    rendered: Option<String>,
}

#[derive(Serialize)]
struct CodeOf {
    code: &'static str,
    explanation: &'static str,
}

#[derive(Serialize)]
struct SpanOf<'a> {
    file_name: &'static str,
    byte_start: u32,
    byte_end: u32,
    line_start: usize,
    line_end: usize,
    column_start: usize,
    column_end: usize,
    is_primary: bool,
    text: Vec<Line>,
    label: Option<&'a str>,
    suggested_replacement: Option<&'a str>,
    suggestion_applicability: Option<&'static str>,
    expansion: Option<()>,
}

/// A line of source, and which of its columns the span covers.
#[derive(Serialize)]
struct Line {
    text: String,
    highlight_start: usize,
    highlight_end: usize,
}

fn message<'a>(diagnostic: &'a Diagnostic, files: &mut Files<'_>) -> Message<'a> {
    let first = diagnostic.place.iter().map(|place| (place, diagnostic.label.as_str(), true));
    let others = diagnostic.also.iter().map(|also| (&also.place, also.text.as_str(), false));
    let spans = first.chain(others).filter_map(|(place, label, is_primary)| {
        let spot = files.find(place)?;
        Some(SpanOf { is_primary, label: Some(label).filter(|label| !label.is_empty()), ..span(&spot) })
    });
    let spans = spans.collect();
    let children = diagnostic.help.iter().map(|help| {
        let edit = help.edit.as_ref().map(|(edited, with)| SpanOf {
            is_primary: true,
            suggested_replacement: Some(with),
            suggestion_applicability: Some("MaybeIncorrect"),
            ..span(&files.spot(*edited))
        });
        Message {
            message_type: "diagnostic",
            message: &help.text,
            code: None,
            level: "help",
            spans: edit.into_iter().collect(),
            children: Vec::new(),
            rendered: None,
        }
    });
    let children = children.collect();
    let code = CodeOf { code: diagnostic.code.name(), explanation: diagnostic.code.explanation() };
    Message {
        message_type: "diagnostic",
        message: &diagnostic.message,
        code: Some(code),
        level: diagnostic.severity.name(),
        spans,
        children,
        rendered: Some(render(diagnostic, files, Style::default()) + "\n"),
    }
}

fn span<'a>(spot: &Spot) -> SpanOf<'a> {
    let start = spot.at.as_ref().map_or((1, 1), |at| (at.start.line, at.start.column));
    let end = spot.at.as_ref().map_or((1, 1), |at| (at.end.line, at.end.column));
    SpanOf {
        file_name: spot.span.file.as_str(),
        byte_start: spot.span.start,
        byte_end: spot.span.end,
        line_start: start.0,
        line_end: end.0,
        column_start: start.1,
        column_end: end.1,
        is_primary: false,
        text: spot.at.as_ref().map(lines).unwrap_or_default(),
        label: None,
        suggested_replacement: None,
        suggestion_applicability: None,
        expansion: None,
    }
}

/// The lines of a span, at most the first and the last two: long ones cut, controls shown by number.
fn lines(at: &At) -> Vec<Line> {
    let (first, last) = (at.start.line, at.end.line);
    let numbers = (first..=last).filter(|line| *line < first + 2 || line + 2 > last);
    let line = |number: usize| {
        let line = at.index.line(number)?;
        let start = at.range.start.max(line.start);
        let end = at.range.end.min(line.end).max(start);
        let shown = show(&at.index, number..number + 1, &[start, end]);
        let column = |mark: usize| shown.text.get(..*shown.marks.get(mark)?).map(|text| text.chars().count() + 1);
        let (highlight_start, highlight_end) = (column(0)?, column(1)?);
        Some(Line { text: shown.text.trim_end_matches('\n').to_owned(), highlight_start, highlight_end })
    };
    numbers.filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Book, gone};
    use super::*;
    use crate::diag::Code;
    use serde_json::{Value, json};

    fn lines_of(diagnostics: &[Diagnostic], book: &Book) -> Vec<Value> {
        let mut out = Vec::new();
        write(diagnostics, book, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_diagnostic_is_a_line_with_the_fields_of_rustc() {
        let book = Book::new(&[("a.md", "\u{feff}one\r\n\t🎉 [x](y)\r\n")]);
        let span = book.span("a.md", "y");
        let diagnostic =
            Diagnostic::new(Code::LinkBroken, span, "no `y`").label("here").also(gone(), "g").fix("try", span, "z");
        let expected_span = |label: Value, with: Value, applicability: Value| {
            json!({
                "file_name": "a.md", "byte_start": 18, "byte_end": 19, "line_start": 2, "line_end": 2, "column_start": 8,
                "column_end": 9, "is_primary": true, "label": label, "suggested_replacement": with,
                "suggestion_applicability": applicability, "expansion": null,
                "text": [{"text": "\t🎉 [x](y)", "highlight_start": 8, "highlight_end": 9}],
            })
        };
        let expected = json!({
            "$message_type": "diagnostic",
            "message": "no `y`",
            "code": {"code": "link-broken", "explanation": Code::LinkBroken.explanation()},
            "level": "error",
            "spans": [expected_span(json!("here"), Value::Null, Value::Null)],
            "children": [{
                "$message_type": "diagnostic", "message": "try", "code": null, "level": "help", "children": [], "rendered": null,
                "spans": [expected_span(Value::Null, json!("z"), json!("MaybeIncorrect"))],
            }],
            "rendered": "error[link-broken]: no `y`\n --> a.md:2:8\n  |\n2 |     🎉 [x](y)\n  |            ^ here\n  |\n  = note: g\nhelp: try\n  |\n2 -     🎉 [x](y)\n2 +     🎉 [x](z)\n  |\n",
        });
        assert_eq!(lines_of(&[diagnostic], &book), [expected]);
    }

    #[test]
    fn long_spans_and_lines_are_cut() {
        let book = Book::new(&[("a.md", &format!("{}\n{}", "a\n".repeat(1000), "x".repeat(500_000)))]);
        let diagnostic =
            Diagnostic::new(Code::LinkBroken, crate::diag::Span::new(crate::id::PathId::new("a.md"), 0..400_000), "m");
        let lines = lines_of(&[diagnostic], &book);
        assert_eq!(lines[0]["spans"][0]["text"].as_array().unwrap().len(), 4);
        assert!(lines[0].to_string().len() < 60_000, "{}", lines[0].to_string().len());
    }

    #[test]
    fn without_a_place_there_is_no_span() {
        let line = &lines_of(&[Diagnostic::bare(Code::ChapterUnlisted, "m")], &Book::new(&[]))[0];
        assert_eq!((&line["spans"], &line["level"]), (&json!([]), &json!("warning")));
    }
}
