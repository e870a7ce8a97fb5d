//! `content/sources.toml`: where facts come from, by id.

use super::age::{self, Age};
use super::keys::{self, At, Keys, Table};
use crate::diag::{Code, Diagnostic, Parsed};
use crate::id::{Name, PathId};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Where a fact or a record comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// What it is called.
    pub title: Box<str>,
    /// Where it is found: an `http` or `https` address.
    pub url: Option<Box<str>>,
    /// When it was published.
    pub published: Option<Date>,
    /// When it was read.
    pub retrieved: Option<Date>,
    /// Who speaks.
    pub kind: Option<Kind>,
    /// How near to the measurement it is.
    pub grade: Option<Grade>,
    /// Under which terms it may be used.
    pub licence: Option<Box<str>>,
    /// Anything else that a reader should know.
    pub note: Option<Box<str>>,
    /// How old what it says may be.
    pub age: Option<Age>,
}

/// Who speaks in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// This book's own suite.
    Measured,
    /// Others who measured.
    Community,
    /// Who sells the thing.
    Vendor,
    /// The press.
    Press,
    /// Nobody measured: a guess with reasons.
    Estimate,
}

impl Kind {
    /// All kinds by name.
    pub const ALL: [(&'static str, Kind); 5] = [
        ("measured", Kind::Measured),
        ("community", Kind::Community),
        ("vendor", Kind::Vendor),
        ("press", Kind::Press),
        ("estimate", Kind::Estimate),
    ];

    /// Its name in `sources.toml`.
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// How near a source is to the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Raw logs.
    A,
    /// A published table.
    B,
    /// Second hand.
    C,
}

impl Grade {
    /// All grades by name.
    pub const ALL: [(&'static str, Grade); 3] = [("A", Grade::A), ("B", Grade::B), ("C", Grade::C)];

    /// Its name in `sources.toml`.
    pub fn name(self) -> &'static str {
        Grade::ALL.iter().find(|(_, grade)| *grade == self).map_or("", |(name, _)| name)
    }
}

/// Reads `text`, the whole of `file`. A source without a title is told and left out.
pub fn sources(file: PathId, text: &str) -> Parsed<BTreeMap<Name, Source>> {
    let mut diagnostics = Vec::new();
    let mut sources = BTreeMap::new();
    match keys::document(file, text, 0) {
        Err(wrong) => diagnostics.push(*wrong),
        Ok(document) => {
            let mut keys = Keys::new(&document, &mut diagnostics);
            for (id, item) in keys.entries() {
                match item.table() {
                    None => keys.wrong_type(id.value, item, "a table with the keys of a source"),
                    Some(table) => {
                        sources.extend(source(&mut keys, id, table).map(|source| (Name::new(id.value), source)));
                    }
                }
            }
        }
    }
    Parsed { value: sources, diagnostics }
}

fn source(keys: &mut Keys<'_, '_>, id: At<&str>, table: Table<'_>) -> Option<Source> {
    let mut keys = keys.open(table);
    let title = keys.string("title").map(|title| title.value);
    if title.is_none() && keys.key_span("title").is_none() {
        let message = format!("the source `{}` has no `title`", id.value.escape_debug());
        let wrong = Diagnostic::new(Code::KeyMissing, id.span, message);
        keys.report(wrong.help("say what readers will see of it: `title = \"...\"`"));
    }
    let source = Source {
        title: title.unwrap_or_default().into(),
        url: url(&mut keys),
        published: keys.date("published").map(|date| date.value),
        retrieved: keys.date("retrieved").map(|date| date.value),
        kind: keys.one_of("kind", &Kind::ALL).map(|kind| kind.value),
        grade: keys.one_of("grade", &Grade::ALL).map(|grade| grade.value),
        licence: keys.string("licence").map(|text| text.value.into()),
        note: keys.string("note").map(|text| text.value.into()),
        age: age::read(&mut keys, "age"),
    };
    keys.finish();
    title.map(|_| source)
}

fn url(keys: &mut Keys<'_, '_>) -> Option<Box<str>> {
    let url = keys.string("url")?;
    if is_web(url.value) {
        return Some(url.value.into());
    }
    let message = format!("`{}` is not an address that begins with `https://` or `http://`", url.value.escape_debug());
    let wrong = Diagnostic::new(Code::SchemeNotAllowed, url.span, message);
    keys.report(wrong.help("write the whole address, such as `https://example.org/page`"));
    None
}

/// Whether `url` is an absolute address of the web, with a host and with nothing in it that no address has.
fn is_web(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let host = if lower.starts_with("https://") {
        url.get(8..)
    } else {
        url.get(7..).filter(|_| lower.starts_with("http://"))
    };
    let has_host = host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#']));
    has_host
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (BTreeMap<Name, Source>, Vec<String>) {
        let parsed = sources(PathId::new("content/sources.toml"), text);
        let told = |d: &Diagnostic| match &d.place {
            Some(crate::diag::Place::Span(span)) => {
                format!("{}: {} [{}]", d.code.name(), d.message, &text[span.range()])
            }
            _ => d.message.clone(),
        };
        let told = parsed.diagnostics.iter().map(told).collect();
        (parsed.value, told)
    }

    #[test]
    fn a_source_has_typed_fields() {
        let (sources, wrong) = read(
            "[xd]\ntitle = 'GPU benchmarks'\nurl = 'https://example.org/a(b)'\nretrieved = 2026-11-24\nkind = 'community'\n\
             grade = 'A'\nlicence = 'facts only'\n[b]\ntitle = 'A package'\npublished = '2025-12-01'\n",
        );
        assert_eq!(wrong, [""; 0]);
        let xd = &sources[&Name::new("xd")];
        assert_eq!((&*xd.title, xd.kind, xd.grade), ("GPU benchmarks", Some(Kind::Community), Some(Grade::A)));
        assert_eq!(xd.retrieved.unwrap().to_string(), "2026-11-24");
        assert_eq!(sources[&Name::new("b")].url, None);
    }

    #[test]
    fn every_mistake_has_its_place() {
        let (sources, wrong) = read(
            "[a]\nurl = 'javascript:alert(1)'\nlicense = 'x'\n[b]\ntitle = 'B'\nkind = 'presse'\npublished = 2025-12-01T10:00:00\n\
             url = 'https://'\n",
        );
        assert_eq!(
            wrong,
            [
                "key-missing: the source `a` has no `title` [a]",
                "scheme-not-allowed: `javascript:alert(1)` is not an address that begins with `https://` or `http://` \
                 ['javascript:alert(1)']",
                "unknown-key: unknown key `license` [license]",
                "scheme-not-allowed: `https://` is not an address that begins with `https://` or `http://` ['https://']",
                "wrong-type: `published` must be a date such as 2026-11-24 [2025-12-01T10:00:00]",
                "wrong-type: `kind` cannot be `presse` ['presse']",
            ]
        );
        assert_eq!(sources.len(), 1);
        assert_eq!(read("a = 1\n").1.len(), 1);
        assert_eq!(read("a = \n").1.len(), 1);
    }
}
