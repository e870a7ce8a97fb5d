//! Diagnostics: what an author is told, with a code, a place and a way out.
//!
//! One type serves every stage. It is made where the mistake is found and carries what a reader of it needs;
//! how it looks is the business of the four writers ([`human`], [`json`], [`sarif`], [`github`]).
//!
//! **Invariant:** this module reads no file. Texts are passed in by whoever prints ([`Texts`]).

mod code;
pub mod github;
pub mod human;
pub mod index;
pub mod json;
pub mod sarif;
mod span;

pub use code::Code;
pub use span::{Place, Span};

use crate::id::PathId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Told, and the build goes on. `--strict` makes it fail.
    Warning,
    /// The build fails and writes nothing.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that is wrong with a book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Where it is; `None` for what has no place in any file.
    pub place: Option<Place>,
    /// What kind of mistake it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one line that can stand alone.
    pub message: String,
    /// A few words beside the underlined text; may be empty.
    pub label: String,
    /// Other places that have to do with it.
    pub also: Vec<Label>,
    /// What to do about it, one way out an entry.
    pub help: Vec<Help>,
}

/// A further place of a diagnostic, with what it has to do with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// A few words beside the underlined text.
    pub text: String,
}

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Help {
    /// What to do, as an instruction.
    pub text: String,
    /// The change that does it, where it is one replacement: the bytes to replace, and with what.
    pub edit: Option<(Span, String)>,
}

impl Diagnostic {
    /// A diagnostic of `code` at its usual severity.
    pub fn new(code: Code, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..Self::bare(code, message) }
    }

    /// A diagnostic that has no place in any file.
    pub fn bare(code: Code, message: impl Into<String>) -> Self {
        Self {
            place: None,
            code,
            severity: code.severity(),
            message: message.into(),
            label: String::new(),
            also: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Says a few words beside the underlined text.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Points at another place that has to do with it.
    pub fn also(mut self, place: impl Into<Place>, text: impl Into<String>) -> Self {
        self.also.push(Label { place: place.into(), text: text.into() });
        self
    }

    /// Says a way out.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(Help { text: text.into(), edit: None });
        self
    }

    /// Offers one replacement as the way out.
    pub fn fix(mut self, text: impl Into<String>, span: Span, with: impl Into<String>) -> Self {
        self.help.push(Help { text: text.into(), edit: Some((span, with.into())) });
        self
    }

    /// Offers the nearest of `known` in place of `wrong`, if one is near enough.
    pub fn nearest<'a>(self, wrong: &str, span: Span, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(wrong, known) {
            Some(name) => {
                let text = format!("did you mean `{name}`?");
                self.fix(text, span, name)
            }
            None => self,
        }
    }
}

/// The one of `known` that is most like `wrong`, if it is like enough to be worth offering.
/// Ties go to the first in the order of the alphabet, so that the answer never depends on the order of a map.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&lower, &name.to_lowercase());
    known
        .into_iter()
        .map(|name| (score(name), name))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))
        .map(|(_, name)| name)
}

/// A value and what is wrong with it: a parser always gives both, so that one bad row does not hide nine others.
#[derive(Clone, Debug, Default)]
pub struct Parsed<T> {
    /// What could be made of the input.
    pub value: T,
    /// What was wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    /// A value with nothing wrong.
    pub fn ok(value: T) -> Self {
        Self { value, diagnostics: Vec::new() }
    }
}

/// What a writer needs beside the diagnostics: the texts that they point into, and where a place stands today.
pub trait Texts {
    /// The text of a file, if it can be read as text.
    fn text(&self, file: PathId) -> Option<Arc<str>>;
    /// Where a place stands now; `None` when it is gone.
    fn locate(&self, place: &Place) -> Option<Span>;
}

/// A failure of the machine, not of the book: disk, port, network. A command ends with exit code 3.
#[derive(Debug)]
pub struct Fault {
    /// What was being done, with the path or the address.
    pub doing: String,
    /// Why it failed, outermost first.
    pub causes: Vec<String>,
    /// 3 for the machine; 2 for what was refused (not ours to overwrite or delete).
    pub exit: u8,
}

impl Fault {
    /// The machine failed at `doing` because of `cause`.
    pub fn new(doing: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self { doing: doing.into(), causes: vec![cause.to_string()], exit: 3 }
    }

    /// Refused: not ours to overwrite or delete, or wrong use.
    pub fn refused(why: impl Into<String>) -> Self {
        Self { doing: why.into(), causes: Vec::new(), exit: 2 }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.doing)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

/// Texts for tests of the writers.
#[cfg(test)]
mod fixture {
    use super::*;
    use crate::id::{Name, TableId};
    use std::collections::BTreeMap;

    pub(super) struct Book(BTreeMap<PathId, Arc<str>>);

    impl Book {
        pub(super) fn new(files: &[(&str, &str)]) -> Self {
            Self(files.iter().map(|(path, text)| (PathId::new(path), Arc::from(*text))).collect())
        }

        /// Where `what` first stands in the file.
        pub(super) fn span(&self, path: &str, what: &str) -> Span {
            let file = PathId::new(path);
            let start = self.0[&file].find(what).expect("it stands there");
            Span::new(file, start..start + what.len())
        }
    }

    impl Texts for Book {
        fn text(&self, file: PathId) -> Option<Arc<str>> {
            self.0.get(&file).cloned()
        }

        fn locate(&self, place: &Place) -> Option<Span> {
            match place {
                Place::Span(span) => Some(*span),
                Place::Cell(..) | Place::Heading(..) | Place::Field(..) => None,
            }
        }
    }

    pub(super) fn gone() -> Place {
        Place::Cell(TableId::new("t"), Name::new("a"), Name::new("b"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_offers_what_is_like_and_nothing_else() {
        assert_eq!(nearest("memmory", ["memory", "bandwidth"]), Some("memory"));
        assert_eq!(nearest("zzz", ["memory", "bandwidth"]), None);
    }

    #[test]
    fn names_of_codes_are_distinct_and_kebab_case() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.name()).collect();
        assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
