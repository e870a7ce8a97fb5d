//! `book.toml`: what the book is. mdBook's own keys, as in mdBook, and the table `[benchbook]`.
//!
//! A book without that table is an mdBook book and keeps mdBook's defaults, so that nothing in it changes meaning.
//! Formats: the reference of mdBook 0.5, "Configuration"; the rest is ours.

use super::age::{self, Age};
use super::keys::{self, At, Item, Keys};
use super::source::Kind as SourceKind;
use crate::diag::{Code, Diagnostic, Parsed, Severity, Span};
use crate::id::{Name, PathId};
use std::collections::BTreeMap;

/// Whether the book is ours or mdBook's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `book.toml` has a table `[benchbook]`.
    Benchbook,
    /// It has none: the book builds as mdBook builds it.
    #[default]
    MdBook,
}

/// What becomes of raw HTML in chapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RawHtml {
    /// Passes by an allow list.
    #[default]
    Listed,
    /// All of it passes: the book says that its authors are trusted.
    All,
}

/// The colours that a reader meets who has not chosen any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// As the reader's machine is set.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What stands on the page for addresses that lead nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum NotFound {
    /// `404.md` among the chapters, if there is one; else what the theme says.
    #[default]
    Usual,
    /// This file, from the folder of chapters.
    File(String),
    /// There is no such page.
    None,
}

/// What `[benchbook.lints]` makes of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Not told.
    Allow,
    /// Told as a warning.
    Warn,
    /// Fails the build.
    Error,
}

/// The settings of a book.
#[derive(Clone, Debug, Hash)]
pub struct Config {
    /// Whether the book is ours or mdBook's.
    pub mode: Mode,
    /// `[book] title`.
    pub title: String,
    /// `[book] description`.
    pub description: String,
    /// `[book] authors`.
    pub authors: Vec<String>,
    /// `[book] language`, a BCP 47 tag.
    pub language: String,
    /// `ltr` or `rtl`: `[book] text-direction`, or what the language is written in.
    pub direction: &'static str,
    /// `[book] src`: the folder of chapters, from the root of the book.
    pub src: String,
    /// `[benchbook] out` or `[build] build-dir`: the output, from the root of the book.
    pub out: String,
    /// `[build] create-missing`: whether a missing chapter is an empty page.
    pub create_missing: bool,
    /// `[benchbook] theme`.
    pub theme: String,
    /// `[benchbook] raw-html`.
    pub raw_html: RawHtml,
    /// `[benchbook] math`: whether `$` begins a formula.
    pub math: bool,
    /// `[output.html] site-url`: where the site will stand on its host.
    pub site_url: String,
    /// `[output.html] git-repository-url`.
    pub repository: Option<String>,
    /// `[output.html] edit-url-template`; `{path}` is the chapter's file.
    pub edit_url: Option<String>,
    /// `[output.html] smart-punctuation`.
    pub smart_punctuation: bool,
    /// `[output.html] definition-lists`.
    pub definition_lists: bool,
    /// `[output.html] admonitions`.
    pub admonitions: bool,
    /// `[output.html.print] enable`, when it is said.
    pub print: Option<bool>,
    /// `[output.html] no-section-label`.
    pub section_labels: bool,
    /// `[output.html.redirect]`: from which address to which.
    pub redirects: Vec<(String, String)>,
    /// `[output.html.code] hidelines`: for a language, how a line begins that is hidden at first.
    pub hidelines: BTreeMap<String, String>,
    /// `[output.html] additional-css`: files from the root of the book, in order.
    pub styles: Vec<PathId>,
    /// `[output.html] additional-js`: files from the root of the book, in order.
    pub scripts: Vec<PathId>,
    /// `[output.html.fold]`: how many levels of the contents stand open, when deeper ones are folded.
    pub fold: Option<u8>,
    /// `[output.html] default-theme` and `preferred-dark-theme`.
    pub scheme: Scheme,
    /// `[output.html.print] page-break`: whether each chapter begins on a new sheet.
    pub page_break: bool,
    /// `[output.html] cname`: the name of the host, which becomes the file `CNAME`.
    pub cname: Option<String>,
    /// `[output.html] input-404`: what becomes `404.html`.
    pub not_found: NotFound,
    /// `[output.html] hash-files`: whether the names of styles, scripts and images carry a mark of what they hold.
    pub hash_files: bool,
    /// `[output.html.playground] copyable`: whether a button beside a code block copies it.
    pub copyable: bool,
    /// `[output.html] theme`: a folder of mdBook's templates, of which the icons and fonts are used.
    pub mdbook_theme: Option<String>,
    /// `[benchbook.lints]`.
    pub levels: BTreeMap<Code, Level>,
    /// `[benchbook.ages]`.
    pub ages: Ages,
}

/// `[benchbook.ages]`: how old numbers may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ages {
    /// By who speaks in the source.
    pub kinds: BTreeMap<SourceKind, Age>,
    /// By table.
    pub tables: BTreeMap<Name, Age>,
    /// By benchmark.
    pub benchmarks: BTreeMap<Name, Age>,
    /// By source.
    pub sources: BTreeMap<Name, Age>,
}

/// What an age of `[benchbook.ages]` is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeOf {
    /// A table.
    Table(Name),
    /// A benchmark.
    Benchmark(Name),
    /// A source.
    Source(Name),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::MdBook,
            title: String::new(),
            description: String::new(),
            authors: Vec::new(),
            language: "en".into(),
            direction: "ltr",
            src: "src".into(),
            out: "book".into(),
            create_missing: true,
            theme: "default".into(),
            raw_html: RawHtml::All,
            math: false,
            site_url: "/".into(),
            repository: None,
            edit_url: None,
            smart_punctuation: true,
            definition_lists: true,
            admonitions: true,
            print: None,
            section_labels: true,
            redirects: Vec::new(),
            hidelines: BTreeMap::new(),
            styles: Vec::new(),
            scripts: Vec::new(),
            fold: None,
            scheme: Scheme::Auto,
            page_break: true,
            cname: None,
            not_found: NotFound::Usual,
            hash_files: true,
            copyable: true,
            mdbook_theme: None,
            levels: BTreeMap::new(),
            ages: Ages::default(),
        }
    }
}

impl Config {
    /// How much a diagnostic of `code` matters in this book; `None` when it is not told.
    pub fn severity(&self, code: Code, usual: Severity) -> Option<Severity> {
        match self.levels.get(&code) {
            Some(Level::Allow) => None,
            Some(Level::Warn) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
            // mdBook builds a book whose links are broken, so such a book goes on building.
            None if self.mode == Mode::MdBook && (MILD.contains(&code) || LENIENT.contains(&code)) => {
                Some(Severity::Warning)
            }
            None => Some(usual),
        }
    }
}

/// The errors that leave something to show, so that a book may make them milder. mdBook does not fail on them.
const MILD: [Code; 4] = [Code::LinkBroken, Code::AnchorMissing, Code::SchemeNotAllowed, Code::SummarySyntax];
/// What else mdBook does not fail on.
const LENIENT: [Code; 2] = [Code::IncludeMissing, Code::IncludeCycle];

/// The codes that `[benchbook.lints]` cannot make milder: what they stand for has no page to show.
pub(super) fn is_hard(code: Code) -> bool {
    code.severity() == Severity::Error && !MILD.contains(&code)
}

/// `book.toml` as read: the settings, and where the redirects stand.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    /// The settings.
    pub config: Config,
    /// Where each of [`Config::redirects`] stands: the old address, the new one.
    pub redirect_places: Vec<(Span, Span)>,
    /// Where each of [`Config::styles`] and [`Config::scripts`] stands, and the file of [`Config::not_found`].
    pub file_places: BTreeMap<PathId, Span>,
    /// Where [`Config::ages`] names tables, benchmarks and sources: to be looked up by whoever knows these.
    pub age_places: Vec<(AgeOf, Span)>,
}

/// Reads `book.toml`.
pub fn config(file: PathId, text: &str) -> Parsed<ConfigFile> {
    let document = match keys::document(file, text, 0) {
        Ok(document) => document,
        Err(error) => return Parsed { value: ConfigFile::default(), diagnostics: vec![*error] },
    };
    let mut diagnostics = Vec::new();
    let mut out = ConfigFile::default();
    let mut top = Keys::new(&document, &mut diagnostics);
    let ours = top.table("benchbook");
    if ours.is_some() {
        let c = &mut out.config;
        c.mode = Mode::Benchbook;
        (c.src, c.out) = ("content".into(), "site".into());
        (c.raw_html, c.smart_punctuation, c.create_missing) = (RawHtml::Listed, false, false);
        c.math = true;
    }
    if let Some(table) = top.table("book") {
        let mut book = top.open(table);
        read_book(&mut book, &mut out.config);
        book.finish();
    }
    if let Some(table) = top.table("build") {
        let mut build = top.open(table);
        if let Some(dir) = folder(&mut build, "build-dir") {
            out.config.out = dir;
        }
        if let Some(create) = build.bool("create-missing") {
            out.config.create_missing = create.value;
        }
        if let Some(usual) = build.bool("use-default-preprocessors").filter(|usual| !usual.value) {
            let message = "includes are put in and `README.md` becomes `index.html` all the same";
            build.report(Diagnostic::new(Code::KeyIgnored, usual.span, message).label("has no effect"));
        }
        ignored(&mut build, "build", &["extra-watch-dirs"]);
        build.finish();
    }
    if let Some(table) = top.table("rust") {
        let mut rust = top.open(table);
        // No page runs code, so it is only seen to be one.
        rust.one_of("edition", &["2015", "2018", "2021", "2024"].map(|year| (year, ())));
        rust.finish();
    }
    if let Some(table) = top.table("output") {
        let mut output = top.open(table);
        read_outputs(&mut output, &mut out);
    }
    if let Some(table) = top.table("preprocessor") {
        let mut all = top.open(table);
        for (name, _) in all.entries() {
            if !["index", "links"].contains(&name.value) {
                let message = format!("the preprocessor `{}` is not run", name.value);
                let found = Diagnostic::new(Code::KeyIgnored, name.span, message).label("no program of a book is run");
                all.report(
                    found.help(
                        "what it would put in is not on the page: write it in the chapters, and remove the table",
                    ),
                );
            }
        }
    }
    if let Some(table) = ours {
        let mut benchbook = top.open(table);
        read_benchbook(&mut benchbook, &mut out.config, &mut out.age_places);
        benchbook.finish();
    }
    top.finish();
    Parsed { value: out, diagnostics }
}

fn read_book(book: &mut Keys<'_, '_>, config: &mut Config) {
    let text = |at: Option<At<&str>>, to: &mut String| {
        if let Some(at) = at {
            *to = at.value.to_owned();
        }
    };
    text(book.string("title"), &mut config.title);
    text(book.string("description"), &mut config.description);
    if let Some(authors) = book.strings("authors") {
        config.authors = authors.iter().map(|a| a.value.to_owned()).collect();
    }
    if let Some(src) = folder(book, "src") {
        config.src = src;
    }
    if let Some(language) = book.string("language") {
        let tag = language.value;
        if !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            config.language = tag.to_owned();
        } else {
            let message = "`language` must be a language tag such as `en` or `pt-BR`";
            book.report(Diagnostic::new(Code::WrongType, language.span, message).help("write `language = \"en\"`"));
        }
    }
    let first = config.language.split('-').next().unwrap_or_default();
    config.direction = if RIGHT_TO_LEFT.contains(&first) { "rtl" } else { "ltr" };
    if let Some(direction) = book.one_of("text-direction", &[("ltr", "ltr"), ("rtl", "rtl")]) {
        config.direction = direction.value;
    }
    ignored(book, "book", &["multilingual"]);
}

/// Languages written from right to left (the codes that mdBook knows, ISO 639).
const RIGHT_TO_LEFT: [&str; 25] = [
    "ar", "ara", "arc", "ae", "ave", "egy", "he", "heb", "nqo", "pal", "phn", "sam", "syc", "syr", "fa", "per", "fas",
    "ku", "kur", "ur", "urd", "pus", "ps", "yi", "yid",
];

fn read_outputs(output: &mut Keys<'_, '_>, out: &mut ConfigFile) {
    if let Some(table) = output.table("html") {
        let mut html = output.open(table);
        read_html(&mut html, out);
        html.finish();
    }
    for (name, _) in output.entries() {
        if name.value != "html" {
            let message = format!("the renderer `{}` is not run", name.value);
            let found = Diagnostic::new(Code::KeyIgnored, name.span, message).label("only the site is made");
            output.report(found.help("remove the table if nothing else reads it"));
        }
    }
}

fn read_html(html: &mut Keys<'_, '_>, out: &mut ConfigFile) {
    let config = &mut out.config;
    if let Some(url) = html.string("site-url") {
        config.site_url = if url.value.ends_with('/') { url.value.to_owned() } else { format!("{}/", url.value) };
    }
    config.repository = web_address(html, "git-repository-url");
    config.edit_url = web_address(html, "edit-url-template");
    for (key, to) in [
        ("smart-punctuation", &mut config.smart_punctuation),
        ("definition-lists", &mut config.definition_lists),
        ("admonitions", &mut config.admonitions),
    ] {
        if let Some(value) = html.bool(key) {
            *to = value.value;
        }
    }
    if let Some(none) = html.bool("no-section-label") {
        config.section_labels = !none.value;
    }
    if let Some(table) = html.table("print") {
        let mut print = html.open(table);
        config.print = print.bool("enable").map(|e| e.value);
        config.page_break = print.bool("page-break").is_none_or(|b| b.value);
        print.finish();
    }
    if let Some(table) = html.table("fold") {
        let mut fold = html.open(table);
        let enable = fold.bool("enable").is_some_and(|e| e.value);
        let level = fold.int("level", 0..=255).and_then(|l| u8::try_from(l.value).ok()).unwrap_or_default();
        config.fold = enable.then_some(level);
        fold.finish();
    }
    if let Some(table) = html.table("code") {
        let mut code = html.open(table);
        if let Some(table) = code.table("hidelines") {
            let mut hidelines = code.open(table);
            for (language, prefix) in hidelines.entries() {
                match prefix.string() {
                    Some(prefix) => {
                        config.hidelines.insert(language.value.to_owned(), prefix.value.to_owned());
                    }
                    None => hidelines.wrong_type(language.value, prefix, "what a hidden line begins with, a string"),
                }
            }
        }
        code.finish();
    }
    config.scheme = scheme(html);
    read_playground(html, config);
    read_search(html);
    for (key, files) in [("additional-css", &mut config.styles), ("additional-js", &mut config.scripts)] {
        for file in html.strings(key).unwrap_or_default() {
            if let Some(path) = file_inside(html, key, file) {
                out.file_places.entry(path).or_insert(file.span);
                files.push(path);
            }
        }
    }
    if let Some(name) = html.string("cname") {
        let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | ':');
        match !name.value.is_empty() && name.value.chars().all(host) {
            true => config.cname = Some(name.value.to_owned()),
            false => {
                let message = "`cname` must be the name of a host such as `docs.example.org`";
                html.report(Diagnostic::new(Code::WrongType, name.span, message));
            }
        }
    }
    if let Some(file) = html.string("input-404") {
        if file.value.is_empty() {
            config.not_found = NotFound::None;
        } else if let Some(path) = file_inside(html, "input-404", file) {
            config.not_found = NotFound::File(path.as_str().to_owned());
            out.file_places.insert(path, file.span);
        }
    }
    if let Some(table) = html.table("redirect") {
        let mut redirect = html.open(table);
        let mut all: Vec<(At<&str>, Item<'_>)> = redirect.entries();
        all.sort_by_key(|(from, _)| from.value);
        for (from, to) in all {
            match to.string() {
                Some(to) => {
                    config.redirects.push((from.value.to_owned(), to.value.to_owned()));
                    out.redirect_places.push((from.span, to.span));
                }
                None => redirect.wrong_type(from.value, to, "the new address, a string"),
            }
        }
    }
    if let Some(hash) = html.bool("hash-files") {
        config.hash_files = hash.value;
    }
    // What these ask for is what we always do, or has no counterpart here.
    for key in ["sidebar-header-nav", "git-repository-icon", "live-reload-endpoint"] {
        html.item(key);
    }
    if let Some(theme) = html.string("theme") {
        config.mdbook_theme = file_inside(html, "theme", theme).map(|path| path.as_str().to_owned());
        // In an mdBook book, what of the folder is used hangs on what it holds.
        if config.mode == Mode::Benchbook {
            let message = format!("the theme in `{}` is one of mdBook's and is not used", theme.value);
            html.report(
                Diagnostic::new(Code::KeyIgnored, theme.span, message)
                    .label("the pages look as Benchbook's own theme makes them")
                    .help("styles of one's own go to `additional-css`; a theme is a folder under `themes/`"),
            );
        }
    }
    ignored(html, "output.html", &["mathjax-support", "curly-quotes", "google-analytics", "copy-fonts"]);
}

/// mdBook's themes by their colours; the two keys say what is shown to readers of light and of dark machines.
fn scheme(html: &mut Keys<'_, '_>) -> Scheme {
    let themes = [
        ("light", Scheme::Light),
        ("rust", Scheme::Light),
        ("coal", Scheme::Dark),
        ("navy", Scheme::Dark),
        ("ayu", Scheme::Dark),
        // Benchbook's own.
        ("dark", Scheme::Dark),
        ("auto", Scheme::Auto),
    ];
    let mut read = |key| {
        let at = html.string(key)?;
        let name = at.value.to_lowercase();
        let known = themes.iter().find(|(theme, _)| *theme == name);
        if known.is_none() {
            let message = format!("`{key}` is not one of mdBook's themes, so it has no effect");
            html.report(Diagnostic::new(Code::KeyIgnored, at.span, message).nearest(
                at.value,
                at.span,
                themes.iter().map(|(theme, _)| *theme),
            ));
        }
        known.map(|(_, scheme)| *scheme)
    };
    let (light, dark) = (read("default-theme"), read("preferred-dark-theme"));
    match (light.unwrap_or(Scheme::Light), dark.unwrap_or(Scheme::Dark)) {
        (light, dark) if light == dark => light,
        _ => Scheme::Auto,
    }
}

/// `[output.html.playground]`: no page runs code, so only what asks for that is told.
fn read_playground(html: &mut Keys<'_, '_>, config: &mut Config) {
    for name in ["playground", "playpen"] {
        let Some(table) = html.table(name) else { continue };
        let mut playground = html.open(table);
        let editable = playground.bool("editable");
        if let Some(copyable) = playground.bool("copyable") {
            config.copyable = copyable.value;
        }
        for key in ["copy-js", "line-numbers", "runnable"] {
            playground.bool(key);
        }
        if let Some(editable) = editable.filter(|e| e.value) {
            let message = "code on a page cannot be edited or run, so `editable` has no effect";
            playground.report(Diagnostic::new(Code::KeyIgnored, editable.span, message));
        }
        playground.finish();
    }
}

/// `[output.html.search]`: known, so that a slip in it is told.
fn read_search(html: &mut Keys<'_, '_>) {
    let Some(table) = html.table("search") else { return };
    let span = html.key_span("search").unwrap_or(table.span());
    let mut search = html.open(table);
    let enable = search.bool("enable").is_none_or(|e| e.value);
    for key in ["use-boolean-and", "expand", "copy-js"] {
        search.bool(key);
    }
    for key in ["limit-results", "teaser-word-count", "boost-title", "boost-hierarchy", "boost-paragraph"] {
        search.int(key, 0..=i64::from(u32::MAX));
    }
    search.int("heading-split-level", 0..=255);
    search.table("chapter");
    if enable {
        let message = "`search` in [output.html] has no effect";
        search.report(Diagnostic::new(Code::KeyIgnored, span, message).label("not acted on by this version"));
    }
    search.finish();
}

/// A file of the book: relative, inside it.
fn file_inside(keys: &mut Keys<'_, '_>, key: &str, at: At<&str>) -> Option<PathId> {
    match crate::read::path::join("", at.value) {
        Ok(path) if !path.as_str().starts_with("..") => Some(path),
        _ => {
            let message = format!("`{key}` must name a file inside the book");
            keys.report(
                Diagnostic::new(Code::PathOutsideBook, at.span, message)
                    .label("leads out of the book")
                    .help("name a file beside or beneath `book.toml`"),
            );
            None
        }
    }
}

fn read_benchbook(ours: &mut Keys<'_, '_>, config: &mut Config, places: &mut Vec<(AgeOf, Span)>) {
    if let Some(out) = folder(ours, "out") {
        config.out = out;
    }
    if let Some(theme) = ours.string("theme") {
        let name = theme.value;
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            config.theme = name.to_owned();
        } else {
            let message = "`theme` must be the name of a folder under `themes/`, or `default`";
            ours.report(
                Diagnostic::new(Code::WrongType, theme.span, message).help("a name has letters, digits, `-` and `_`"),
            );
        }
    }
    if let Some(raw) = ours.one_of("raw-html", &[("listed", RawHtml::Listed), ("all", RawHtml::All)]) {
        config.raw_html = raw.value;
    }
    if let Some(math) = ours.bool("math") {
        config.math = math.value;
    }
    if let Some(table) = ours.table("lints") {
        let mut lints = ours.open(table);
        for (name, level) in lints.entries() {
            read_level(&mut lints, name, level, config);
        }
    }
    if let Some(table) = ours.table("ages") {
        let mut ages = ours.open(table);
        read_ages(&mut ages, config, places);
        ages.finish();
    }
}

fn read_ages(ages: &mut Keys<'_, '_>, config: &mut Config, places: &mut Vec<(AgeOf, Span)>) {
    if let Some(table) = ages.table("kind") {
        let mut kinds = ages.open(table);
        for (name, kind) in SourceKind::ALL {
            config.ages.kinds.extend(age::read(&mut kinds, name).map(|age| (kind, age)));
        }
        kinds.finish();
    }
    let mut named = |key: &'static str, of: fn(Name) -> AgeOf, into: &mut BTreeMap<Name, Age>| {
        let Some(table) = ages.table(key) else { return };
        let mut all = ages.open(table);
        for (name, item) in all.entries() {
            let Some(text) = item.string() else {
                all.wrong_type(name.value, item, "an age such as \"180d\"");
                continue;
            };
            places.push((of(Name::new(name.value)), name.span));
            into.extend(age::of(&mut all, text).map(|age| (Name::new(name.value), age)));
        }
    };
    named("table", AgeOf::Table, &mut config.ages.tables);
    named("benchmark", AgeOf::Benchmark, &mut config.ages.benchmarks);
    named("source", AgeOf::Source, &mut config.ages.sources);
}

fn read_level<'t>(lints: &mut Keys<'t, '_>, name: At<&str>, item: Item<'t>, config: &mut Config) {
    let Some(code) = Code::from_name(name.value) else {
        let known = Code::ALL.iter().filter(|c| !is_hard(**c)).map(|c| c.name());
        let message = format!("there is no diagnostic `{}`", name.value);
        lints.report(Diagnostic::new(Code::UnknownKey, name.span, message).nearest(name.value, name.span, known));
        return;
    };
    let level = match item.string().map(|s| s.value) {
        Some("allow") => Level::Allow,
        Some("warn") => Level::Warn,
        Some("error") => Level::Error,
        _ => return lints.wrong_type(name.value, item, "\"allow\", \"warn\" or \"error\""),
    };
    if is_hard(code) && level != Level::Error {
        let message = format!("`{}` is always an error: there is nothing to show in its place", code.name());
        lints.report(Diagnostic::new(Code::WrongType, item.span(), message).help("remove the line"));
        return;
    }
    config.levels.insert(code, level);
}

/// A folder of the book: relative, inside it.
fn folder(keys: &mut Keys<'_, '_>, key: &'static str) -> Option<String> {
    let at = keys.string(key)?;
    if at.value == "." {
        return Some(String::new());
    }
    match crate::read::path::join("", at.value) {
        Ok(path) if !path.as_str().starts_with("..") => Some(path.as_str().to_owned()),
        _ => {
            let message = format!("`{key}` must be a folder inside the book");
            let wrong = Diagnostic::new(Code::PathOutsideBook, at.span, message).label("no folder inside the book");
            keys.report(wrong.help(match key {
                "out" => "name a folder of the book; one elsewhere can be given on the command line: `--out DIR`",
                _ => "name a folder beside or beneath `book.toml`",
            }));
            None
        }
    }
}

fn web_address(keys: &mut Keys<'_, '_>, key: &'static str) -> Option<String> {
    let at = keys.string(key)?;
    if at.value.starts_with("https://") || at.value.starts_with("http://") {
        return Some(at.value.to_owned());
    }
    let message = format!("`{key}` must begin with `https://` or `http://`");
    keys.report(Diagnostic::new(Code::SchemeNotAllowed, at.span, message).help("write the whole address"));
    None
}

/// Keys that mdBook or a later Benchbook acts on, and this one does not: one warning each.
fn ignored(table: &mut Keys<'_, '_>, name: &str, known: &[&'static str]) {
    for key in known {
        if table.item(key).is_some() {
            let span = table.key_span(key).unwrap_or_else(|| table.span());
            let message = format!("`{key}` in [{name}] has no effect");
            let found = Diagnostic::new(Code::KeyIgnored, span, message).label("not acted on by this version");
            table.report(found.help("remove it if nothing else reads it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Config, Vec<String>) {
        let parsed = config(PathId::new("book.toml"), text);
        let told = parsed.diagnostics.iter().map(|d| format!("{}: {}", d.code.name(), d.message));
        (parsed.value.config, told.collect())
    }

    #[test]
    fn a_book_without_our_table_is_mdbooks() {
        let (config, told) = read("[book]\ntitle = 'A'\n");
        assert!(told.is_empty());
        assert_eq!((config.mode, config.src.as_str(), config.out.as_str()), (Mode::MdBook, "src", "book"));
        assert_eq!(config.raw_html, RawHtml::All);
    }

    #[test]
    fn our_table_makes_it_ours() {
        let (config, told) = read("[book]\ntitle = 'A'\n[benchbook]\n");
        assert!(told.is_empty());
        assert_eq!((config.mode, config.src.as_str(), config.out.as_str()), (Mode::Benchbook, "content", "site"));
        assert_eq!(config.raw_html, RawHtml::Listed);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let (_, told) = read("bok = 1\n[book]\ntitel = 'A'\nsrc = '../x'\n[output.epub]\n[preprocessor.mermaid]\n");
        assert_eq!(
            told,
            [
                "path-outside-book: `src` must be a folder inside the book",
                "unknown-key: unknown key `titel`",
                "key-ignored: the renderer `epub` is not run",
                "key-ignored: the preprocessor `mermaid` is not run",
                "unknown-key: unknown key `bok`",
            ]
        );
    }

    #[test]
    fn the_keys_of_mdbooks_pages_are_read() {
        let (config, told) = read(
            "[rust]\nedition = '2021'\n[output.html]\nadditional-css = ['a.css', './b/c.css']\nadditional-js = ['d.js']\n\
             default-theme = 'Coal'\ncname = 'example.org'\ninput-404 = 'lost.md'\ncode.hidelines.python = '~'\n\
             fold = { enable = true, level = 2 }\nprint.page-break = false\nplayground.copyable = false\nhash-files = false\nsearch.enable = false\n",
        );
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(config.styles, [PathId::new("a.css"), PathId::new("b/c.css")]);
        assert_eq!(config.scripts, [PathId::new("d.js")]);
        assert_eq!((config.scheme, config.fold, config.page_break), (Scheme::Dark, Some(2), false));
        assert!(!config.copyable && !config.hash_files);
        assert_eq!(config.not_found, NotFound::File("lost.md".into()));
        assert_eq!(config.cname.as_deref(), Some("example.org"));
        assert_eq!(config.hidelines.get("python").map(String::as_str), Some("~"));
    }

    #[test]
    fn a_file_of_a_book_lies_in_it() {
        let (config, told) = read("[output.html]\nadditional-css = ['../a.css', '/b.css']\ninput-404 = '../c.md'\n");
        assert!(config.styles.is_empty() && config.not_found == NotFound::Usual);
        assert_eq!(told.iter().filter(|line| line.starts_with("path-outside-book")).count(), 3, "{told:?}");
    }

    #[test]
    fn lints_change_what_can_be_changed() {
        let (config, told) = read("[benchbook.lints]\nlink-broken = 'warn'\nnot-utf8 = 'allow'\nlink-brokn = 'warn'\n");
        assert_eq!(config.severity(Code::LinkBroken, Severity::Error), Some(Severity::Warning));
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("wrong-type: `not-utf8` is always an error"));
        assert!(told[1].starts_with("unknown-key: there is no diagnostic `link-brokn`"));
    }
}
