//! The info string of a fence: the language, and what is asked of the block.
//!
//! The first word is the language. Behind it, with commas or white space between, come `title="…"`, lines to mark
//! (`{2,4-6}`), `diff`, `linenos` (from 1, or `linenos=10`), `hidelines=PREFIX`, and words of mdBook and rustdoc, which
//! mean nothing here.

use crate::diag::nearest;
use std::ops::Range;

/// What a fence asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fence<'a> {
    /// The language; empty where none is named.
    pub language: &'a str,
    /// What is written above the block.
    pub title: Option<&'a str>,
    /// The lines to mark, counted from 1, both ends in it.
    pub marks: Vec<(usize, usize)>,
    /// Whether lines begin with `+`, `-` or a space.
    pub diff: bool,
    /// The number of the first line, where lines are numbered.
    pub numbers: Option<usize>,
    /// What begins a line that is hidden at first.
    pub hide: Option<&'a str>,
    /// Options that mean nothing: where in the info string, and what is wrong.
    pub wrong: Vec<(Range<usize>, String)>,
}

/// Words that mdBook, rustdoc and the Rust playground know.
const OTHERS: [&str; 17] = [
    "ignore",
    "editable",
    "no_run",
    "should_panic",
    "compile_fail",
    "does_not_compile",
    "panics",
    "not_desired_behavior",
    "noplayground",
    "noplaypen",
    "playground",
    "mdbook-runnable",
    "noexecute",
    "standalone_crate",
    "test_harness",
    "allow_fail",
    "rust",
];

impl<'a> Fence<'a> {
    /// Reads an info string.
    pub fn parse(info: &'a str) -> Fence<'a> {
        let mut fence = Fence::default();
        for (ix, range) in words(info).into_iter().enumerate() {
            let word = info.get(range.clone()).unwrap_or_default();
            if ix == 0 && !word.starts_with('{') && !word.contains('=') {
                fence.language = word;
                continue;
            }
            if let Err(why) = fence.option(word) {
                fence.wrong.push((range, why));
            }
        }
        fence
    }

    fn option(&mut self, word: &'a str) -> Result<(), String> {
        if word.starts_with('{') {
            return self.mark(word);
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.trim_matches('"'))),
            None => (word, None),
        };
        match (name, value) {
            ("title", Some(title)) => self.title = Some(title),
            ("title", None) => return Err("a title is written `title=\"...\"`".into()),
            ("diff", None) => self.diff = true,
            ("linenos", None) => self.numbers = Some(1),
            ("linenos", Some(first)) => {
                let first = first.parse().map_err(|_| "`linenos=` takes the number of the first line".to_owned())?;
                self.numbers = Some(first);
            }
            ("hidelines", Some(prefix)) if !prefix.is_empty() => self.hide = Some(prefix),
            _ if is_known_elsewhere(name) => {}
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// Reads `{2,4-6}`.
    fn mark(&mut self, word: &str) -> Result<(), String> {
        let wrong = || "lines are marked as `{2,4-6}`".to_owned();
        let inner = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(wrong)?;
        for part in inner.split(',').map(str::trim) {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.trim().parse::<usize>().ok().filter(|n| *n > 0).ok_or_else(wrong);
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                return Err(format!("`{part}` ends before it begins"));
            }
            self.marks.push((from, to));
        }
        Ok(())
    }

    /// Whether `line`, counted from 1, is to be marked.
    pub fn marks(&self, line: usize) -> bool {
        self.marks.iter().any(|(from, to)| (*from..=*to).contains(&line))
    }
}

fn is_known_elsewhere(name: &str) -> bool {
    let code = |rest: &str| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit());
    OTHERS.contains(&name)
        || name.strip_prefix("edition").is_some_and(code)
        || name.strip_prefix('E').is_some_and(code)
        || name.starts_with(['.', '#'])
}

fn unknown(name: &str) -> String {
    let ours = ["title", "diff", "linenos", "hidelines"];
    match nearest(name, ours.into_iter().chain(OTHERS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "an option is `title=\"...\"`, `{2,4-6}`, `diff`, `linenos` or `hidelines=...`".into(),
    }
}

/// The words of an info string: what stands between commas and white space that are not in quotes or braces.
fn words(info: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    let (mut quoted, mut braced) = (false, false);
    for (at, c) in info.char_indices() {
        let parts = !quoted && !braced && (c.is_whitespace() || c == ',');
        if (parts || (c == '{' && !quoted))
            && let Some(start) = start.take()
        {
            out.push(start..at);
        }
        match c {
            '"' => quoted = !quoted,
            '{' => braced = braced || !quoted,
            '}' => braced = braced && quoted,
            _ => {}
        }
        if !parts {
            start = start.or(Some(at));
        }
    }
    out.extend(start.map(|start| start..info.len()));
    out
}

/// A line of a block as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// What stands before the text: the white space of a hidden line.
    pub indent: &'a str,
    /// The text, without what says that it is hidden or changed, and without its end.
    pub text: &'a str,
    /// Whether it is hidden at first.
    pub hidden: bool,
    /// `+`, `-` or a space, in a diff.
    pub sign: Option<char>,
}

impl<'a> Shown<'a> {
    /// Reads one line of a block in `language`; `hide` begins hidden lines of languages other than Rust, where they are
    /// those that rustdoc hides: `# ` or `#` alone (`##` stands for `#`).
    pub fn of(line: &'a str, language: &str, hide: Option<&str>, diff: bool) -> Shown<'a> {
        let rest = line.trim_start();
        let indent = line.get(..line.len() - rest.len()).unwrap_or_default();
        let whole = Shown { indent: "", text: line, hidden: false, sign: None };
        if language == "rust" {
            return match rest.strip_prefix('#') {
                Some(escaped) if escaped.starts_with('#') => Shown { indent, text: escaped, ..whole },
                Some("") => Shown { indent, text: "", hidden: true, ..whole },
                Some(after) if after.starts_with(' ') => {
                    Shown { indent, text: after.get(1..).unwrap_or_default(), hidden: true, ..whole }
                }
                _ => Shown::changed(whole, diff),
            };
        }
        match hide.and_then(|prefix| rest.strip_prefix(prefix)) {
            Some(text) => Shown { indent, text, hidden: true, ..whole },
            None => Shown::changed(whole, diff),
        }
    }

    fn changed(self, diff: bool) -> Self {
        if !diff {
            return self;
        }
        let sign = self.text.chars().next().filter(|c| ['+', '-', ' '].contains(c));
        let text = if sign.is_some() { self.text.get(1..).unwrap_or_default() } else { self.text };
        Shown { text, sign: Some(sign.unwrap_or(' ')), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_says_what_it_asks_for() {
        let fence = Fence::parse("rust title=\"a b.rs\" {2,4-6} linenos=10 diff");
        assert_eq!((fence.language, fence.title, fence.numbers, fence.diff), ("rust", Some("a b.rs"), Some(10), true));
        assert!(fence.wrong.is_empty() && fence.marks(2) && fence.marks(5) && !fence.marks(3));
        assert_eq!(Fence::parse("rust,ignore,edition2021").language, "rust");
        assert_eq!(Fence::parse("python,hidelines=!!! ").hide, Some("!!!"));
        assert_eq!(Fence::parse("rust{1}").marks, [(1, 1)]);
        let bare = Fence::parse("title=x");
        assert_eq!((bare.language, bare.title), ("", Some("x")));
        assert_eq!(Fence::parse("c++").language, "c++");
    }

    #[test]
    fn what_means_nothing_is_told() {
        let told = |info: &'static str| {
            Fence::parse(info).wrong.into_iter().map(|(at, why)| (&info[at], why)).collect::<Vec<_>>()
        };
        assert_eq!(told("rust titel=\"x\""), [("titel=\"x\"", "did you mean `title`?".to_owned())]);
        assert_eq!(told("rust {3-1}"), [("{3-1}", "`3-1` ends before it begins".to_owned())]);
        assert_eq!(told("rust {.x}").len() + told("rust {0}").len() + told("rust title").len(), 3);
        assert!(told("rust,compile_fail,E0277 .x").is_empty());
    }

    #[test]
    fn hidden_lines_are_those_of_rustdoc_or_have_the_prefix() {
        let of = |line: &'static str| Shown::of(line, "rust", None, false);
        assert_eq!((of("  # use a;").indent, of("  # use a;").text, of("# a").hidden), ("  ", "use a;", true));
        assert_eq!(
            (of("##[x]").text, of("##[x]").hidden, of("#[x]").text, of("#[x]").hidden),
            ("#[x]", false, "#[x]", false)
        );
        assert!(of("#").hidden);
        assert_eq!(
            Shown::of("  !!x", "python", Some("!!"), false),
            Shown { indent: "  ", text: "x", hidden: true, sign: None }
        );
        assert!(!Shown::of("# a", "python", None, false).hidden);
        assert_eq!(Shown::of("+a", "c", None, true).sign, Some('+'));
        assert_eq!(Shown::of("a", "c", None, true), Shown { indent: "", text: "a", hidden: false, sign: Some(' ') });
    }

    proptest::proptest! {
        #[test]
        fn any_info_string_is_read(info in "[a-c,= {}\"0-9é.-]{0,30}") {
            Fence::parse(&info);
        }
    }
}
