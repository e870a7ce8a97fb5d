//! TOML that authors write, read key by key: typed getters with spans, and every key that nothing reads.
//!
//! A reader of a table asks for the keys that it knows; [`Keys::finish`] reports all others with the nearest
//! that was asked for. So the list of known keys is the code that reads them, and cannot fall out of step.
//! This module knows no key by name.
//!
//! ```
//! # use benchbook::{id::PathId, parse::keys::{document, Keys}};
//! let text = "title = 'A book'\ntitel = 'slip of the pen'\n";
//! let document = document(PathId::new("book.toml"), text, 0).unwrap();
//! let mut diagnostics = Vec::new();
//! let mut keys = Keys::new(&document, &mut diagnostics);
//! let title = keys.string("title").unwrap();
//! assert_eq!(title.value, "A book");
//! keys.finish();
//! assert_eq!(diagnostics[0].help[0].text, "did you mean `title`?");
//! ```

use crate::diag::{Code, Diagnostic, Span};
use crate::id::PathId;
use jiff::civil::Date;
use serde_spanned::Spanned;
use std::ops::{Range, RangeInclusive};
use toml::de::{DeArray, DeTable, DeValue};

/// How many mistakes of one file are told.
const MAX_TOLD: usize = 1_000;

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file; of a string, with the quotes.
    pub span: Span,
}

impl<T> At<T> {
    /// The same place with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> At<U> {
        At { value: with(self.value), span: self.span }
    }
}

/// A TOML text, parsed, that remembers where in which file it stands.
#[derive(Debug)]
pub struct Document<'t> {
    root: Spanned<DeTable<'t>>,
    home: Home,
}

/// Where a TOML text stands: front matter and the bodies of blocks are parts of a larger file.
#[derive(Clone, Copy, Debug)]
struct Home {
    file: PathId,
    offset: usize,
}

impl Home {
    fn span(self, range: Range<usize>) -> Span {
        Span::new(self.file, self.offset + range.start..self.offset + range.end)
    }
}

/// Parses `text`, which begins `offset` bytes into `file`. A byte order mark at its start is passed over.
///
/// # Errors
/// The first mistake of syntax, at its bytes; for a key that is given twice, both places.
/// Nesting deeper than the TOML parser's own limit (80) is such a mistake.
pub fn document(file: PathId, text: &str, offset: usize) -> Result<Document<'_>, Box<Diagnostic>> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let home = Home { file, offset: offset + (text.len() - bare.len()) };
    let (root, errors) = DeTable::parse_recoverable(bare);
    match errors.first() {
        None => Ok(Document { root, home }),
        Some(error) => Err(Box::new(syntax_error(error, &root, bare, home))),
    }
}

fn syntax_error(error: &toml::de::Error, root: &Spanned<DeTable<'_>>, text: &str, home: Home) -> Diagnostic {
    let range = error.span().unwrap_or(text.len()..text.len());
    let found =
        Diagnostic::new(Code::TomlSyntax, home.span(range.clone()), format!("not valid TOML: {}", error.message()));
    if !error.message().starts_with("duplicate key") {
        return found.help("a line is `key = value`; a text stands in quotes, and a table begins with `[name]`");
    }
    let name = text.get(range.clone()).unwrap_or_default().trim_matches(['"', '\'']);
    // Of a table with two heads the parser keeps the second, so the first is looked for in what stands before.
    let before = text.get(..range.start).and_then(|head| head.rfind('\n')).and_then(|end| text.get(..end));
    let first = first_with_name(root.get_ref(), name, range.start).or_else(|| {
        let (root, _) = DeTable::parse_recoverable(before?);
        first_with_name(root.get_ref(), name, range.start)
    });
    let found = found.help("keep one of the two");
    match first {
        Some(first) => found.label("given again here").also(home.span(first), "first given here"),
        None => found,
    }
}

/// The last key called `name` that begins before `limit`: of a key given twice, the first place.
fn first_with_name(table: &DeTable<'_>, name: &str, limit: usize) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
    let mut tables = vec![table];
    while let Some(table) = tables.pop() {
        for (key, value) in table {
            let span = key.span();
            if key.get_ref() == name && span.start < limit && best.as_ref().is_none_or(|b| b.start < span.start) {
                best = Some(span);
            }
            match value.get_ref() {
                DeValue::Table(inner) => tables.push(inner),
                DeValue::Array(items) => tables.extend(items.iter().filter_map(|v| v.get_ref().as_table())),
                _ => {}
            }
        }
    }
    best
}

/// A value of any type, where its reader decides what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Item<'t> {
    value: &'t DeValue<'t>,
    range: (usize, usize),
    home: Home,
}

impl<'t> Item<'t> {
    fn new(value: &'t Spanned<DeValue<'t>>, home: Home) -> Self {
        let range = value.span();
        Self { value: value.get_ref(), range: (range.start, range.end), home }
    }

    /// Its bytes in the file.
    pub fn span(self) -> Span {
        self.home.span(self.range.0..self.range.1)
    }

    /// The value as TOML has it.
    pub fn value(self) -> &'t DeValue<'t> {
        self.value
    }

    /// What kind of value it is, with its article: `a string`.
    pub fn kind(self) -> &'static str {
        kind(self.value)
    }

    /// The string, if it is one.
    pub fn string(self) -> Option<At<&'t str>> {
        self.value.as_str().map(|value| self.at(value))
    }

    /// The table, if it is one.
    pub fn table(self) -> Option<Table<'t>> {
        self.value.as_table().map(|table| Table { table, span: self.span(), home: self.home })
    }

    /// The items of the array, if it is one.
    pub fn items(self) -> Option<impl Iterator<Item = Item<'t>>> {
        self.value.as_array().map(move |array: &'t DeArray<'t>| array.iter().map(move |v| Item::new(v, self.home)))
    }

    fn at<T>(self, value: T) -> At<T> {
        At { value, span: self.span() }
    }

    fn int(self) -> Option<i64> {
        self.value.as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok())
    }
}

/// A table inside a document, not yet opened for reading.
#[derive(Clone, Copy, Debug)]
pub struct Table<'t> {
    table: &'t DeTable<'t>,
    span: Span,
    home: Home,
}

impl Table<'_> {
    /// Where it stands: its head or its braces.
    pub fn span(self) -> Span {
        self.span
    }
}

/// A table that is being read. Each getter notes its key as known, reports a value of the wrong type, and gives
/// `None` for that as for a key that is not there.
#[derive(Debug)]
pub struct Keys<'t, 'd> {
    table: Table<'t>,
    known: Vec<&'static str>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'t, 'd> Keys<'t, 'd> {
    /// Opens the top level of `document`; what is wrong goes to `diagnostics`.
    pub fn new(document: &'t Document<'t>, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        let home = document.home;
        let table = Table { table: document.root.get_ref(), span: home.span(document.root.span()), home };
        Self::of(table, diagnostics)
    }

    /// Opens `table`; what is wrong goes to `diagnostics`.
    pub fn of(table: Table<'t>, diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { table, known: Vec::new(), diagnostics }
    }

    /// Opens a table that lies inside this one.
    pub fn open<'u>(&mut self, table: Table<'u>) -> Keys<'u, '_> {
        Keys::of(table, self.diagnostics)
    }

    /// Where the table stands.
    pub fn span(&self) -> Span {
        self.table.span
    }

    /// Reports one more thing that is wrong. Of one file no more than a thousand are kept: they fail the build
    /// as surely as all would, and a file of a million slips must not fill the memory.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_TOLD {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Where the name of `key` stands, if the table has it.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.table.table.get_key_value(key).map(|(name, _)| self.table.home.span(name.span()))
    }

    /// The value of `key`, whatever its type.
    pub fn item(&mut self, key: &'static str) -> Option<Item<'t>> {
        self.known.push(key);
        #[cfg(test)]
        note(self.table.span, key, "");
        self.table.table.get(key).map(|value| Item::new(value, self.table.home))
    }

    /// The string of `key`.
    pub fn string(&mut self, key: &'static str) -> Option<At<&'t str>> {
        self.typed(key, "a string", Item::string)
    }

    /// The truth value of `key`.
    pub fn bool(&mut self, key: &'static str) -> Option<At<bool>> {
        self.typed(key, "true or false", |item| item.value.as_bool().map(|value| item.at(value)))
    }

    /// The integer of `key`, which must lie in `range`.
    pub fn int(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<At<i64>> {
        let wanted = match (*range.start(), *range.end()) {
            (low, i64::MAX) => format!("an integer of at least {low}"),
            (low, high) => format!("an integer from {low} to {high}"),
        };
        self.typed(key, &wanted, |item| item.int().filter(|n| range.contains(n)).map(|value| item.at(value)))
    }

    /// The date of `key`: a TOML date, or the same in quotes. A time of day is not taken.
    pub fn date(&mut self, key: &'static str) -> Option<At<Date>> {
        self.typed(key, "a date such as 2026-11-24", |item| match item.value {
            DeValue::Datetime(d) if d.time.is_none() => parse_date(&d.to_string()).map(|value| item.at(value)),
            DeValue::String(text) => parse_date(text).map(|value| item.at(value)),
            _ => None,
        })
    }

    /// The one of `allowed` that `key` names.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, allowed: &[(&'static str, T)]) -> Option<At<T>> {
        #[cfg(test)]
        note(
            self.table.span,
            key,
            &format!("one of {}", allowed.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ")),
        );
        let text = self.string(key)?;
        if let Some((_, value)) = allowed.iter().find(|(name, _)| *name == text.value) {
            return Some(text.map(|_| *value));
        }
        let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
        let message = format!("`{key}` cannot be `{}`", text.value);
        let wrong = Diagnostic::new(Code::WrongType, text.span, message).label(format!("one of {}", listed(&names)));
        let wrong = match crate::diag::nearest(text.value, names.iter().copied()) {
            Some(name) => wrong.fix(format!("did you mean `{name}`?"), text.span, format!("\"{name}\"")),
            None => wrong,
        };
        self.report(wrong);
        None
    }

    /// The strings of the array `key`; items that are none are reported and left out.
    pub fn strings(&mut self, key: &'static str) -> Option<Vec<At<&'t str>>> {
        self.array(key, "an array of strings", "a string", Item::string)
    }

    /// The table `key`.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'t>> {
        self.typed(key, "a table", Item::table)
    }

    /// The tables of the array `key` (`[[key]]`); items that are none are reported and left out.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table<'t>> {
        self.array(key, "an array of tables", "a table", Item::table).unwrap_or_default()
    }

    /// All entries, in the order of the file, for a table whose keys are the author's own. None is unknown then.
    pub fn entries(&mut self) -> Vec<(At<&'t str>, Item<'t>)> {
        let table = self.table;
        #[cfg(test)]
        note(table.span, ALL, "");
        let mut all: Vec<_> = table
            .table
            .iter()
            .map(|(key, value)| {
                let name = At { value: key.get_ref().as_ref(), span: table.home.span(key.span()) };
                (name, Item::new(value, table.home))
            })
            .collect();
        all.sort_by_key(|(name, _)| name.span.start);
        all
    }

    /// Reports that `item`, the value of `key`, is not `wanted`.
    pub fn wrong_type(&mut self, key: &str, item: Item<'_>, wanted: &str) {
        let message = format!("`{key}` must be {wanted}");
        let label = match is_called(item.kind(), wanted) {
            true => String::new(),
            false => format!("this is {}", item.kind()),
        };
        self.report(Diagnostic::new(Code::WrongType, item.span(), message).label(label));
    }

    /// Reports every key that was not asked for, with the nearest that was.
    pub fn finish(mut self) {
        let mut unknown: Vec<_> = self
            .table
            .table
            .keys()
            .filter(|key| !self.known.iter().any(|known| known == key.get_ref()))
            .map(|key| (self.table.home.span(key.span()), key.get_ref().as_ref()))
            .collect();
        unknown.sort_unstable();
        unknown.truncate(MAX_TOLD);
        for (span, key) in unknown {
            let message = format!("unknown key `{}`", key.escape_debug());
            let found = Diagnostic::new(Code::UnknownKey, span, message);
            let found = match crate::diag::nearest(key, self.known.iter().copied()) {
                Some(_) => found.nearest(key, span, self.known.iter().copied()),
                None if self.known.is_empty() => found.help("remove it"),
                None => found.help(format!("known here: {}", listed(&self.known))),
            };
            self.report(found);
        }
    }

    fn typed<T>(&mut self, key: &'static str, wanted: &str, get: impl Fn(Item<'t>) -> Option<T>) -> Option<T> {
        #[cfg(test)]
        note(self.table.span, key, wanted);
        let item = self.item(key)?;
        let value = get(item);
        if value.is_none() {
            self.wrong_type(key, item, wanted);
        }
        value
    }

    fn array<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        each: &str,
        get: impl Fn(Item<'t>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items: Vec<_> = self.typed(key, wanted, |item| item.items().map(Iterator::collect))?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match get(item) {
                Some(value) => values.push(value),
                None => self.wrong_type(&format!("{key}[]"), item, each),
            }
        }
        Some(values)
    }
}

/// Where a text itself stands, without its quotes; with them where it is not written as it reads.
pub fn inside(text: At<&str>) -> Span {
    let len = text.span.range().len();
    if len == text.value.len() + 2 { text.span.slice(1..len - 1) } else { text.span }
}

/// A calendar date as ISO 8601 writes it, in the years 1 to 9999, with nothing before or after it.
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
    if !shape {
        return None;
    }
    let year: i16 = text.get(0..4)?.parse().ok()?;
    let date = Date::new(year, text.get(5..7)?.parse().ok()?, text.get(8..10)?.parse().ok()?).ok()?;
    (year >= 1).then_some(date)
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a floating-point number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Whether saying "this is KIND" beside "must be WANTED" would only puzzle: the kind is right, the value is not.
fn is_called(kind: &str, wanted: &str) -> bool {
    wanted.starts_with(kind)
}

/// `a`, `b` and `c`, for a sentence.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
pub(crate) use record::{ALL, asked, note};

/// In tests, what parsers ask for, so that it can be compared with what is said of them elsewhere.
#[cfg(test)]
mod record {
    use super::Span;
    use std::cell::RefCell;

    /// Where the table begins, the key, and what is wanted of its value (empty: anything).
    type Asked = (u32, &'static str, String);

    thread_local! {
        static ASKED: RefCell<Option<Vec<Asked>>> = const { RefCell::new(None) };
    }

    /// In place of a key: all of the table's.
    pub(crate) const ALL: &str = "*";

    pub(crate) fn note(table: Span, key: &'static str, wanted: &str) {
        ASKED.with_borrow_mut(|asked| {
            if let Some(asked) = asked {
                asked.push((table.start, key, wanted.to_owned()));
            }
        });
    }

    /// What `run` asks for on this thread.
    pub(crate) fn asked(run: impl FnOnce()) -> Vec<Asked> {
        ASKED.set(Some(Vec::new()));
        run();
        ASKED.take().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(text: &str, read: impl FnOnce(&mut Keys<'_, '_>) -> T) -> (T, Vec<String>) {
        let document = document(PathId::new("a.toml"), text, 100).unwrap();
        let mut diagnostics = Vec::new();
        let mut keys = Keys::new(&document, &mut diagnostics);
        let value = read(&mut keys);
        keys.finish();
        let told = |d: &Diagnostic| {
            let Some(crate::diag::Place::Span(span)) = d.place else { return d.message.clone() };
            let under = &text[span.start as usize - 100..span.end as usize - 100];
            let help = d.help.first().map(|h| format!(" ({})", h.text)).unwrap_or_default();
            format!("{}: {} [{under}]{help}", d.code.name(), d.message)
        };
        (value, diagnostics.iter().map(told).collect())
    }

    #[test]
    fn values_come_with_their_places() {
        let ((), wrong) = with("a = 1\ntitle = \"x\"", |k| {
            assert_eq!(k.int("a", 0..=9).unwrap().value, 1);
            let title = k.string("title").unwrap();
            assert_eq!((title.value, title.span.range()), ("x", 114..117));
        });
        assert!(wrong.is_empty());
    }

    #[test]
    fn every_unknown_key_is_told_with_the_nearest() {
        let ((), wrong) = with("zzz = 1\ntitel = 'x'\n", |k| {
            k.string("title");
        });
        assert_eq!(
            wrong,
            [
                "unknown-key: unknown key `zzz` [zzz] (known here: `title`)",
                "unknown-key: unknown key `titel` [titel] (did you mean `title`?)"
            ]
        );
    }

    #[test]
    fn wrong_types_are_told_and_read_as_absent() {
        let ((), wrong) = with("a = 1\nb = 'x'\nc = [1, 'y']\nd = 300\ne = 2026-02-03T10:00:00\nf = 'vendro'", |k| {
            assert!(k.string("a").is_none());
            assert!(k.bool("b").is_none());
            assert_eq!(k.strings("c").unwrap().len(), 1);
            assert!(k.int("d", 0..=255).is_none());
            assert!(k.date("e").is_none());
            assert!(k.one_of("f", &[("vendor", 1), ("press", 2)]).is_none());
        });
        assert_eq!(
            wrong,
            [
                "wrong-type: `a` must be a string [1]",
                "wrong-type: `b` must be true or false ['x']",
                "wrong-type: `c[]` must be a string [1]",
                "wrong-type: `d` must be an integer from 0 to 255 [300]",
                "wrong-type: `e` must be a date such as 2026-11-24 [2026-02-03T10:00:00]",
                "wrong-type: `f` cannot be `vendro` ['vendro'] (did you mean `vendor`?)",
            ]
        );
    }

    #[test]
    fn tables_inside_are_opened_and_finished_on_their_own() {
        let ((), wrong) = with("[[f]]\nname = 'a'\n[[f]]\nnam = 'b'\n", |k| {
            for table in k.tables("f") {
                let mut inner = k.open(table);
                inner.string("name");
                inner.finish();
            }
        });
        assert_eq!(wrong, ["unknown-key: unknown key `nam` [nam] (did you mean `name`?)"]);
    }

    #[test]
    fn a_mistake_of_syntax_has_its_place_and_a_double_key_both() {
        let wrong = document(PathId::new("a.toml"), "\u{feff}a = 1\nb = \n", 10).unwrap_err();
        assert_eq!(wrong.code, Code::TomlSyntax);
        let wrong = document(PathId::new("a.toml"), "\u{feff}a = 1\na = 2\n", 10).unwrap_err();
        assert_eq!(wrong.place, Some(Span::new(PathId::new("a.toml"), 19..20).into()));
        assert_eq!(wrong.also[0].place, Span::new(PathId::new("a.toml"), 13..14).into());
    }

    #[test]
    fn dates_are_iso_and_exist() {
        assert!(parse_date("2024-02-29").is_some());
        for wrong in ["2023-02-29", "2024-2-9", "0000-01-01", "10000-01-01", "2024-02-29 ", "Thu, 1 Jan 2024"] {
            assert!(parse_date(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn deep_nesting_is_a_mistake_not_a_crash() {
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(document(PathId::new("a.toml"), &deep, 0).is_err());
        let dotted = format!("{} = 1", vec!["a"; 50_000].join("."));
        assert!(document(PathId::new("a.toml"), &dotted, 0).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c=\\[\\]{}\"'.,\n 0-9-]{0,60}") {
            if let Ok(document) = document(PathId::new("a.toml"), &text, 0) {
                let mut diagnostics = Vec::new();
                let mut keys = Keys::new(&document, &mut diagnostics);
                keys.string("a");
                keys.tables("b");
                keys.finish();
            }
        }
    }
}
