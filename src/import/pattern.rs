//! Texts with `*`, and texts with `{column}`: all the language that a mapping has.

use super::field::shown;
use std::ops::Range;

/// A text in which each `*` stands for any text, also for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before, between and behind the stars; never empty.
    parts: Vec<String>,
}

impl Pattern {
    /// The pattern as it is written.
    pub fn new(text: &str) -> Pattern {
        Pattern { parts: text.split('*').map(str::to_owned).collect() }
    }

    /// How many stars it has.
    pub fn stars(&self) -> usize {
        self.parts.len() - 1
    }

    /// What each `*` stands for in `text`, the earlier ones for as little as can be; `None` when it is another text.
    pub fn matches<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return (self.parts.first()? == text).then(Vec::new);
        };
        let mut rest = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut found = Vec::with_capacity(self.stars());
        for part in middle {
            let (before, behind) = rest.split_once(part.as_str())?;
            found.push(before);
            rest = behind;
        }
        found.push(rest);
        Some(found)
    }
}

/// A text that is put together from a row's columns: `build {version.1}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A column, and which of the stars of its pattern is meant, counted from 1; 0 for all that it holds.
    Column(usize, usize),
}

/// What is wrong with a template, and at which of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTemplate {
    /// Where.
    pub range: Range<usize>,
    /// What.
    pub message: String,
    /// The name that is no column.
    pub unknown: Option<String>,
}

impl Template {
    /// Reads a template. `column` finds a column by its name, `stars` tells how many stars its pattern has.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(
        text: &str,
        column: impl Fn(&str) -> Option<usize>,
        stars: impl Fn(usize) -> usize,
    ) -> Result<Template, BadTemplate> {
        let bad = |range: Range<usize>, message: String| BadTemplate { range, message, unknown: None };
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|found| at + found) {
            parts.push(Part::Text(text.get(at..open).unwrap_or_default().to_owned()));
            let Some(close) = text.get(open..).and_then(|rest| rest.find('}')).map(|found| open + found) else {
                return Err(bad(open..open + 1, "`{` without its `}`".to_owned()));
            };
            let name = text.get(open + 1..close).unwrap_or_default();
            let numbered = name.rsplit_once('.').and_then(|(name, star)| Some((column(name)?, star.parse().ok()?)));
            match (column(name), numbered) {
                (Some(column), _) => parts.push(Part::Column(column, 0)),
                (None, Some((column, star))) if (1..=stars(column)).contains(&star) => {
                    parts.push(Part::Column(column, star));
                }
                (None, Some((column, star))) => {
                    let has = stars(column);
                    let message =
                        format!("there is no `*` number {star}: this pick's `where` has {has} for that column");
                    return Err(bad(open..close + 1, message));
                }
                (None, None) => {
                    let message = format!("the file has no column `{}`", shown(name));
                    return Err(BadTemplate { range: open + 1..close, message, unknown: Some(name.to_owned()) });
                }
            }
            at = close + 1;
        }
        parts.push(Part::Text(text.get(at..).unwrap_or_default().to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Template { parts })
    }

    /// The text that a row makes of it; `None` when a column that it names is empty there.
    ///
    /// `cell` gives a column's text, `star` what a `*` stood for.
    pub fn fill<'r>(
        &self,
        cell: impl Fn(usize) -> &'r str,
        star: impl Fn(usize, usize) -> Option<&'r str>,
    ) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Column(column, number) => {
                    let text = if *number == 0 { cell(*column) } else { star(*column, *number)? }.trim();
                    if text.is_empty() {
                        return None;
                    }
                    out.push_str(text);
                }
            }
        }
        Some(out)
    }

    /// The only column of a template that is nothing else.
    pub fn column(&self) -> Option<usize> {
        match self.parts.as_slice() {
            [Part::Column(column, _)] => Some(*column),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_as_little_as_can_be() {
        let matches = |pattern: &str, text: &str| {
            Pattern::new(pattern).matches(text).map(|found| found.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(matches("build * (*)", "build 2824 (4426e298)").unwrap(), ["2824", "4426e298"]);
        assert_eq!(matches("pod, *, driver *", "pod, AMD, driver 1, driver 2").unwrap(), ["AMD", "1, driver 2"]);
        assert_eq!(matches("*", "").unwrap(), [""]);
        assert_eq!(matches("a*a", "a"), None);
        assert_eq!(matches("a*a", "aa").unwrap(), [""]);
        assert_eq!(matches("abc", "abc").unwrap(), Vec::<String>::new());
        assert_eq!(matches("abc", "abcd"), None);
    }

    #[test]
    fn a_template_takes_columns_and_stars() {
        let column = |name: &str| ["version", "memory_gb", "a.b"].iter().position(|known| *known == name);
        let parse = |text: &str| Template::parse(text, column, |c| if c == 0 { 2 } else { 0 });
        let fill = |text: &str, memory: &'static str| {
            let cells = ["build 7 (ab)", memory, "dotted"];
            let stars = ["7", "ab"];
            parse(text).unwrap().fill(|c| cells[c], |_, n| stars.get(n - 1).copied())
        };
        assert_eq!(fill("b{version.1} {version.2}", "").unwrap(), "b7 ab");
        assert_eq!(fill("{memory_gb} GB", "24").unwrap(), "24 GB");
        assert_eq!(fill("{memory_gb} GB", ""), None);
        assert_eq!(fill("{a.b}", "").unwrap(), "dotted");
        assert_eq!(parse("x {versoin}").unwrap_err().range, 3..10);
        assert_eq!(parse("x {version.3}").unwrap_err().range, 2..13);
        assert_eq!(parse("x {version").unwrap_err().range, 2..3);
        assert_eq!(parse("{version.1}").unwrap().column(), Some(0));
    }

    proptest! {
        #[test]
        fn what_stars_stand_for_makes_the_text_again(pattern in "[ab*]{0,8}", text in "[ab]{0,12}") {
            if let Some(found) = Pattern::new(&pattern).matches(&text) {
                let mut parts = pattern.split('*');
                let mut again = parts.next().unwrap().to_owned();
                for (star, part) in found.iter().zip(parts) {
                    again.push_str(star);
                    again.push_str(part);
                }
                prop_assert_eq!(again, text);
            }
        }

        #[test]
        fn any_template_is_read_or_refused(text in "[a{}.1é]{0,12}") {
            let _ = Template::parse(&text, |name| (name == "a").then_some(0), |_| 1);
        }
    }
}
