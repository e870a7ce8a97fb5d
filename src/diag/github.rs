//! Diagnostics as annotations of GitHub Actions, which show beside the lines of a pull request.
//!
//! A workflow command is a line `::error key=value,...::message`. In the message `%`, CR and LF are escaped, in a
//! value `:` and `,` as well.

use super::index::{At, Files, Spot, visible};
use super::{Diagnostic, Texts};
use std::io::{Result, Write};

/// Writes each diagnostic as a workflow command. `root` is the folder of the book from the root of the repository,
/// empty if they are the same: annotations show only for paths of the repository.
///
/// # Errors
/// What `out` gives.
pub fn write(diagnostics: &[Diagnostic], texts: &dyn Texts, root: &str, out: &mut dyn Write) -> Result<()> {
    let mut files = Files::new(texts);
    for diagnostic in diagnostics {
        let spot = diagnostic.place.as_ref().and_then(|place| files.find(place));
        writeln!(out, "{}", command(diagnostic, spot.as_ref(), root))?;
    }
    Ok(())
}

fn command(diagnostic: &Diagnostic, spot: Option<&Spot>, root: &str) -> String {
    let mut line = format!("::{} ", diagnostic.severity.name());
    if let Some(spot) = spot {
        let root = root.trim_end_matches('/');
        let slash = if root.is_empty() { "" } else { "/" };
        line.push_str(&format!("file={},", value(&format!("{root}{slash}{}", spot.span.file))));
        line.push_str(&spot.at.as_ref().map(range).unwrap_or_default());
    }
    let label = Some(&diagnostic.label).filter(|label| !label.is_empty());
    let helps = diagnostic.help.iter().map(|help| format!("help: {}", help.text));
    let text: Vec<String> = std::iter::once(diagnostic.message.clone()).chain(label.cloned()).chain(helps).collect();
    format!("{line}title={}::{}", value(diagnostic.code.name()), data(&text.join("\n")))
}

/// Columns are taken only within one line.
fn range(at: &At) -> String {
    let (start, end) = (at.start, at.end);
    let columns = match start.line == end.line {
        true => format!("col={},endColumn={},", start.column, end.column),
        false => String::new(),
    };
    format!("line={},endLine={},{columns}", start.line, end.line)
}

fn data(text: &str) -> String {
    visible(&text.replace("\r\n", "\n")).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn value(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Book, gone};
    use super::*;
    use crate::diag::{Code, Span};
    use crate::id::PathId;

    fn text(diagnostic: Diagnostic, root: &str) -> String {
        let book = Book::new(&[("a,b.md", "\u{feff}one\n\t日🎉x\n")]);
        let mut out = Vec::new();
        write(&[diagnostic], &book, root, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_diagnostic_is_a_command() {
        let span = Span::new(PathId::new("a,b.md"), 15..16);
        assert_eq!(
            text(Diagnostic::new(Code::LinkBroken, span, "50 %: no `x`, at all").label("l").help("h"), "docs/"),
            "::error file=docs/a%2Cb.md,line=2,endLine=2,col=4,endColumn=5,title=link-broken::50 %25: no `x`, at all%0Al%0Ahelp: h\n"
        );
    }

    #[test]
    fn columns_are_left_out_over_several_lines() {
        let span = Span::new(PathId::new("a,b.md"), 4..9);
        assert_eq!(
            text(Diagnostic::new(Code::LinkBroken, span, "m"), ""),
            "::error file=a%2Cb.md,line=1,endLine=2,title=link-broken::m\n"
        );
    }

    #[test]
    fn what_has_no_place_has_only_a_message() {
        let expected = "::warning title=chapter-unlisted::a%0Ab \\u{1b}\n";
        assert_eq!(text(Diagnostic::bare(Code::ChapterUnlisted, "a\r\nb \u{1b}"), ""), expected);
        assert_eq!(text(Diagnostic::new(Code::LinkBroken, gone(), "m"), ""), "::error title=link-broken::m\n");
        let span = Span::top(PathId::new("no.md"));
        assert_eq!(text(Diagnostic::new(Code::LinkBroken, span, "m"), ""), "::error file=no.md,title=link-broken::m\n");
    }
}
