//! Sessions at a console: lines that were typed behind a prompt, and what answered them.
//!
//! Only what was typed is code. A theme may draw the rest more quietly, and a reader who copies wants what was typed.

use std::fmt::Write as _;

/// The names of a session, as authors write them.
const NAMES: &[&str] = &["console", "shell-session", "shellsession", "terminal"];

/// What a line begins with that was typed: by a user, by root, or to go on with what was begun.
const PROMPTS: &[&str] = &["$ ", "# ", "> "];

pub(super) fn is(lang: &str) -> bool {
    NAMES.iter().any(|name| lang.eq_ignore_ascii_case(name))
}

/// A line of a session, its end included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A prompt and what was typed behind it. The prompt is empty where the line before ends in a backslash.
    Typed(&'a str, &'a str),
    Answer(&'a str),
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut goes_on = false;
    let line = |line| {
        let prompt = PROMPTS.iter().find_map(|prompt| Some((*prompt, str::strip_prefix(line, prompt)?)));
        let made = match prompt {
            Some((prompt, typed)) => Line::Typed(prompt, typed),
            None if goes_on => Line::Typed("", line),
            None => Line::Answer(line),
        };
        goes_on = matches!(made, Line::Typed(..)) && line.trim_end_matches(['\n', '\r']).ends_with('\\');
        made
    };
    text.split_inclusive('\n').map(line).collect()
}

/// All that was typed, to be highlighted as one script.
pub(super) fn typed(lines: &[Line<'_>]) -> String {
    lines.iter().filter_map(|line| if let Line::Typed(_, typed) = line { Some(*typed) } else { None }).collect()
}

/// The session as HTML, where `typed` is the HTML of what [`typed`] gives. No span crosses the end of a line.
pub(super) fn html(lines: &[Line<'_>], typed: &str) -> String {
    let mut out = String::with_capacity(typed.len() * 2);
    let mut typed = typed.split_inclusive('\n');
    for line in lines {
        match line {
            Line::Typed(prompt, _) => {
                if !prompt.is_empty() {
                    let _ = write!(out, "<span class=\"prompt\">{}</span>", crate::escape::text(prompt));
                }
                out.push_str(typed.next().unwrap_or_default());
            }
            Line::Answer(text) => {
                let (text, end) = text.strip_suffix('\n').map_or((*text, ""), |text| (text, "\n"));
                out.push_str("<span class=\"output\">");
                super::escape(&mut out, text);
                let _ = write!(out, "</span>{end}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_behind_a_prompt_was_typed() {
        assert_eq!(
            lines("$ a \\\n  b\nc\n> d\n# e\n#f\n\n"),
            [
                Line::Typed("$ ", "a \\\n"),
                Line::Typed("", "  b\n"),
                Line::Answer("c\n"),
                Line::Typed("> ", "d\n"),
                Line::Typed("# ", "e\n"),
                Line::Answer("#f\n"),
                Line::Answer("\n"),
            ]
        );
        assert_eq!(lines("a \\\nb"), [Line::Answer("a \\\n"), Line::Answer("b")]);
        assert_eq!(lines(""), []);
    }
}
