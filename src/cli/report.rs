//! Telling what is wrong: diagnostics in the format that was asked for, and lines for people.
//!
//! A closed pipe is the end of somebody's interest and no failure; a full disk behind the output is one.

use super::args::{Args, Format};
use crate::diag::{Code, Diagnostic, Fault, Severity, Texts, github, human, json, sarif};
use crate::pipeline::Pipeline;
use std::io::{IsTerminal, Write};

/// How many errors and warnings a book has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Whether one of the errors is a fault of ours and none of the book's.
    pub ours: bool,
}

impl Count {
    /// The exit code of a command that ends with these.
    pub fn exit(self, strict: bool) -> u8 {
        if self.ours { 3 } else { u8::from(self.fails(strict)) }
    }

    /// Whether the book fails.
    pub fn fails(self, strict: bool) -> bool {
        self.errors > 0 || (strict && self.warnings > 0)
    }
}

/// Writes all diagnostics: for people to the error stream, for programs to the output.
pub fn diagnostics(args: &Args, pipeline: &Pipeline) -> Result<Count, Fault> {
    tell(args, &pipeline.diagnostics(), pipeline)
}

/// The same for diagnostics that no pipeline found.
pub fn tell(args: &Args, all: &[Diagnostic], texts: &dyn Texts) -> Result<Count, Fault> {
    let errors = all.iter().filter(|d| d.severity == Severity::Error).count();
    let ours = all.iter().any(|d| d.code == Code::InternalError);
    let count = Count { errors, warnings: all.len() - errors, ours };
    let mut bytes = Vec::new();
    let written = match args.format {
        Format::Human | Format::File(_) => human::write(all, texts, style(), &mut bytes),
        Format::Json => json::write(all, texts, &mut bytes),
        Format::Sarif => sarif::write(all, texts, &mut bytes),
        Format::Github => github::write(all, texts, &prefix(args), &mut bytes),
    };
    written.map_err(|error| Fault::new("cannot write the diagnostics", error))?;
    match args.format {
        Format::Human => out(&mut std::io::stderr().lock(), &bytes)?,
        _ => out(&mut std::io::stdout().lock(), &bytes)?,
    }
    Ok(count)
}

/// The way from where a forge counts its paths (the working folder) to the root of the book.
fn prefix(args: &Args) -> String {
    let root = args.root.to_string_lossy();
    let root = root.trim_start_matches("./").trim_end_matches('/');
    if root == "." || root.starts_with('/') || root.starts_with("..") { String::new() } else { root.to_owned() }
}

fn style() -> human::Style {
    let stream = std::io::stderr();
    let terminal = stream.is_terminal();
    human::Style { colour: terminal && !no_colour(), width: if terminal { width() } else { 140 } }
}

/// `NO_COLOR`, by its convention: set and not empty.
#[allow(clippy::disallowed_methods, reason = "no page hangs on it")]
fn no_colour() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|v| !v.is_empty()) || std::env::var("TERM").is_ok_and(|v| v == "dumb")
}

#[allow(clippy::disallowed_methods, reason = "no page hangs on it")]
fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|w| w.parse().ok()).unwrap_or(120)
}

/// Writes to the output, for what a command was asked to tell.
pub fn print(text: &str) -> Result<(), Fault> {
    out(&mut std::io::stdout().lock(), text.as_bytes())
}

/// One line for people, to the error stream. What cannot be told there cannot be told at all.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The same when people are who is talked to.
pub fn note(args: &Args, text: &str) {
    if args.format == Format::Human {
        line(text);
    }
}

fn out(stream: &mut dyn Write, bytes: &[u8]) -> Result<(), Fault> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fault::new("cannot write the output", error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_is_told_apart_from_those_of_the_book() {
        let count = |errors, warnings, ours| Count { errors, warnings, ours };
        assert_eq!(count(0, 1, false).exit(false), 0);
        assert_eq!(count(0, 1, false).exit(true), 1);
        assert_eq!(count(2, 0, false).exit(false), 1);
        assert_eq!(count(2, 0, true).exit(false), 3);
    }
}
