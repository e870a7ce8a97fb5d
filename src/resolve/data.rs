//! The data of a book: everything that is parsed from a file on its own, before any chapter.

use super::age;
use super::lock::{self, Lock};
use super::orphan::Names;
use super::records::{Against, Records};
use crate::diag::{Code, Diagnostic, Parsed, Severity, Span};
use crate::id::{Name, OutPath, PathId, RecordId, TableId};
use crate::parse::config::{self, ConfigFile, Mode};
use crate::parse::source::{self, Source};
use crate::parse::summary::{self, SummaryFile};
use crate::parse::table::{self, Format, Table};
use crate::parse::theme::{self, Theme, ThemeFile};
use crate::read::{self, MAX_COPY, MAX_DATA, MAX_TEXT, Problem, Snapshot};
use crate::site::{Hash, Hashed, Options};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is parsed from the files of a book, each on its own. Kept as it was where its file has not changed.
pub struct Data {
    pub(super) files: Snapshot,
    pub(super) options: Options,
    pub(super) config: Hashed<config::Config>,
    pub(super) redirect_places: Arc<Vec<(Span, Span)>>,
    pub(super) file_places: Arc<BTreeMap<PathId, Span>>,
    pub(super) extras: Hashed<Vec<Extra>>,
    pub(super) summary: Arc<SummaryFile>,
    pub(super) theme: Arc<Theme>,
    pub(super) lock: Arc<Lock>,
    pub(super) tables: BTreeMap<TableId, TableFile>,
    pub(super) table_names: Hashed<Vec<TableId>>,
    pub(super) sources: Arc<BTreeMap<Name, Source>>,
    /// Whether the file of sources could be read, or there is none.
    pub(super) sources_read: bool,
    /// Whether `book.toml` has an error.
    broken: bool,
    pub(super) records: Arc<Records>,
    pub(super) today: Date,
    /// The names that quantities are part of.
    pub(super) names: Arc<Names>,
    /// What was wrong, by what it was wrong with.
    diagnostics: BTreeMap<Heard, Arc<Vec<Diagnostic>>>,
}

/// What a diagnostic of the data hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    /// One file.
    File(PathId),
    /// The sources that tables name.
    Sources,
    /// Numbers of tables that an age is for.
    AgedCells,
    /// The ages of the settings, and records.
    Ages,
    /// Folders that could not be walked.
    Walk,
}

/// A file of the book's own that every page needs: of `additional-css`, of `additional-js`, a font of mdBook's theme.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extra {
    /// The file, from the root of the book.
    pub file: PathId,
    /// What it is for.
    pub kind: ExtraKind,
    /// What mdBook calls it: its path from the root of the book, or `fonts/NAME`.
    pub name: PathId,
    /// Where it stands in the site: that name, for styles and scripts with a mark of the content.
    pub path: OutPath,
    /// Whether the file is there.
    pub found: bool,
}

/// What a file of the book's own is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtraKind {
    /// A style sheet.
    Style,
    /// A script.
    Script,
    /// A font, or what lies beside it: no page names it, a style sheet may.
    Font,
}

/// A table, and the files that it was read from.
#[derive(Clone)]
pub(super) struct TableFile {
    pub(super) table: Hashed<Table>,
    file: PathId,
}

/// The file that says what the book is.
pub(crate) fn config_path() -> PathId {
    PathId::new("book.toml")
}

/// The file of published addresses.
pub(crate) fn lock_path() -> PathId {
    PathId::new("anchors.lock")
}

/// Reads `book.toml` of a snapshot, before it is known which folders to walk.
pub(crate) fn read_config(files: &Snapshot) -> Parsed<ConfigFile> {
    let path = config_path();
    match text(files, path) {
        Ok(Ok(text)) => config::config(path, &text),
        Ok(Err(wrong)) => Parsed { value: ConfigFile::default(), diagnostics: vec![*wrong] },
        // mdBook takes a folder without settings for a book.
        Err(Problem::Missing) if files.bytes(PathId::new("src/SUMMARY.md"), MAX_TEXT).is_ok() => Parsed::default(),
        Err(problem) => {
            let wrong = read::complain(Code::FileMissing, path.as_str(), &problem, Span::top(path))
                .help("name the folder of the book with `--root DIR`, or make a new one with `benchbook init DIR`");
            Parsed { value: ConfigFile::default(), diagnostics: vec![wrong] }
        }
    }
}

fn text(files: &Snapshot, path: PathId) -> Result<Result<Arc<str>, Box<Diagnostic>>, Problem> {
    Ok(read::as_text(path, files.bytes(path, MAX_TEXT)?))
}

impl Data {
    /// Reads the data of `files`. What `before` holds is taken over where `changed` does not name its file.
    pub(crate) fn read(
        files: Snapshot,
        config: Parsed<ConfigFile>,
        options: Options,
        today: Date,
        before: Option<&Data>,
        changed: &[PathId],
    ) -> Data {
        let mut diagnostics: BTreeMap<Heard, Arc<Vec<Diagnostic>>> = BTreeMap::new();
        let mut heard = |about: Heard, wrong: Vec<Diagnostic>| {
            if !wrong.is_empty() {
                diagnostics.insert(about, Arc::new(wrong));
            }
        };
        let mut told = |path: PathId, wrong: Vec<Diagnostic>| heard(Heard::File(path), wrong);
        let broken = config.diagnostics.iter().any(|found| found.severity == Severity::Error);
        told(config_path(), config.diagnostics);
        let settings = Hashed::new(config.value.config);
        let same_config = before.filter(|b| b.config.hash_value() == settings.hash_value());

        let summary_path = chapter_path(&settings, "SUMMARY.md");
        // While the settings are broken, what is said of the contents hangs on more than the two files.
        let same_contents = same_config.filter(|b| !broken && !b.broken && !changed.contains(&summary_path));
        let summary = match same_contents {
            Some(before) => {
                told(summary_path, before.told_of(summary_path));
                before.summary.clone()
            }
            None => {
                let mut parsed = read_summary(&files, summary_path);
                if broken && files.bytes(summary_path, MAX_TEXT) == Err(Problem::Missing) {
                    // The folder of chapters may be what is wrong in the settings.
                    parsed.diagnostics.clear();
                }
                told(summary_path, parsed.diagnostics);
                Arc::new(parsed.value)
            }
        };

        let theme_path = PathId::new(&format!("themes/{}", settings.theme));
        let theirs = format!("{}/", settings.mdbook_theme.as_deref().unwrap_or("theme"));
        let touched =
            changed.iter().any(|path| path.as_str().starts_with("themes/") || path.as_str().starts_with(&theirs));
        let theme = match same_config.filter(|_| !touched) {
            Some(before) => {
                told(theme_path, before.told_of(theme_path));
                before.theme.clone()
            }
            None => {
                let (theme, wrong) = read_theme(&files, &settings);
                told(theme_path, wrong);
                theme
            }
        };

        let lock = match before.filter(|_| !changed.contains(&lock_path())) {
            Some(before) => {
                told(lock_path(), before.told_of(lock_path()));
                before.lock.clone()
            }
            None => {
                let parsed = read_optional(&files, lock_path(), lock::parse);
                told(lock_path(), parsed.diagnostics);
                Arc::new(parsed.value)
            }
        };

        let ours = settings.mode == Mode::Benchbook;
        let sources_path = chapter_path(&settings, "sources.toml");
        let (sources, wrong) = match same_config.filter(|_| !changed.contains(&sources_path)) {
            Some(before) => (before.sources.clone(), before.told_of(sources_path)),
            None => {
                let parsed =
                    if ours { read_optional(&files, sources_path, source::sources) } else { Parsed::default() };
                (Arc::new(parsed.value), parsed.diagnostics)
            }
        };
        // Of a file that is no TOML nothing is known: which sources it lacks is not told then.
        let sources_read = wrong.is_empty() || !sources.is_empty();
        let known_sources = sources_read.then_some(&*sources);
        told(sources_path, wrong);
        let mut tables: BTreeMap<TableId, TableFile> = BTreeMap::new();
        let mut tables_moved = false;
        for (id, format, file) in table_files(&files, &settings).filter(|_| ours) {
            let schema = PathId::new(&schema_path(file));
            let known = before.and_then(|b| b.tables.get(&id)).filter(|t| t.file == file);
            let known = known.filter(|_| !changed.contains(&file) && !changed.contains(&schema));
            if let Some(first) = tables.get(&id) {
                let message = format!("two files are the table `{id}`");
                let twice = Diagnostic::new(Code::DataName, Span::top(file), message).label("this one");
                let twice = twice.also(Span::top(first.file), "and this one");
                told(file, vec![twice.help("rename one of them: a table has the name of its file")]);
                continue;
            }
            match known {
                Some(known) => {
                    told(file, before.map(|b| b.told_of(file)).unwrap_or_default());
                    tables.insert(id, known.clone());
                }
                None => {
                    tables_moved = true;
                    let parsed = read_table(&files, id, format, file, schema);
                    told(file, parsed.diagnostics);
                    tables.insert(id, TableFile { table: Hashed::new(parsed.value), file });
                }
            }
        }
        let table_names = Hashed::new(tables.keys().copied().collect());
        let same_names =
            before.filter(|b| !tables_moved && b.tables.len() == tables.len() && Arc::ptr_eq(&b.sources, &sources));
        heard(
            Heard::Sources,
            match same_names {
                Some(before) => before.heard_of(Heard::Sources),
                None => known_sources.map(|known| unknown_sources(&tables, known, sources_path)).unwrap_or_default(),
            },
        );
        let records = match ours {
            true => {
                let against = Against { tables: &tables, sources: known_sources, today };
                Records::read(&files, &settings, same_config.map(|b| &*b.records), changed, &against)
            }
            false => Records::default(),
        };

        let same_data = same_names.filter(|b| b.records.are_of(&records));
        let names = same_data.map(|before| before.names.clone()).unwrap_or_default();

        let ages = &settings.ages;
        let same_cells = same_names.filter(|b| b.config.hash_value() == settings.hash_value());
        heard(
            Heard::AgedCells,
            match same_cells {
                Some(before) => before.heard_of(Heard::AgedCells),
                None => age::undated_cells(&tables, &sources, ages),
            },
        );
        let mut aged = age::undated_records(&records, &sources, ages);

        let extras = Hashed::new(read_extras(&files, &settings, options.live || !settings.hash_files));
        let unlisted = files.problems().iter().map(|(path, problem)| {
            let at = Span::top(PathId::new(path));
            read::complain(Code::FileUnreadable, path, problem, at)
        });
        let unlisted: Vec<Diagnostic> = unlisted.collect();
        heard(Heard::Walk, unlisted);
        let known = age::Known {
            tables: table_files(&files, &settings).map(|(id, ..)| id.0).collect(),
            benchmarks: records.names().whole.then(|| records.names().names.clone()),
            sources: (!diagnostics.contains_key(&Heard::File(sources_path))).then(|| sources.keys().copied().collect()),
        };
        aged.extend(age::unknown(&config.value.age_places, &known));
        if !aged.is_empty() {
            diagnostics.insert(Heard::Ages, Arc::new(aged));
        }
        Data {
            files,
            options,
            config: settings,
            redirect_places: Arc::new(config.value.redirect_places),
            file_places: Arc::new(config.value.file_places),
            extras,
            summary,
            theme,
            lock,
            tables,
            table_names,
            sources,
            sources_read,
            broken,
            records: Arc::new(records),
            today,
            names,
            diagnostics,
        }
    }

    /// Whether everything that the fold reads of the data is as in `other`.
    pub(super) fn folds_as(&self, other: &Data) -> bool {
        self.config.hash_value() == other.config.hash_value()
            && self.redirect_places == other.redirect_places
            && self.file_places == other.file_places
            && self.extras.hash_value() == other.extras.hash_value()
            && Arc::ptr_eq(&self.summary, &other.summary)
            && Arc::ptr_eq(&self.theme, &other.theme)
            && Arc::ptr_eq(&self.lock, &other.lock)
            && self.files.has_paths_of(&other.files)
    }

    /// Where a cell stands in its file.
    pub(crate) fn cell_place(&self, table: TableId, key: Name, column: Name) -> Option<Span> {
        self.tables.get(&table)?.table.place(key.as_str(), column.as_str())
    }

    /// Where a field of a record stands in its file.
    pub(crate) fn field_place(&self, record: RecordId, path: Name) -> Option<Span> {
        self.records.record(record).map(|record| record.place(path.as_str()))
    }

    /// Whether the names of assets carry no mark of their content.
    pub(super) fn plain_names(&self) -> bool {
        self.options.live || !self.config.hash_files
    }

    fn told_of(&self, path: PathId) -> Vec<Diagnostic> {
        self.heard_of(Heard::File(path))
    }

    fn heard_of(&self, about: Heard) -> Vec<Diagnostic> {
        self.diagnostics.get(&about).map(|d| d.to_vec()).unwrap_or_default()
    }

    /// What was wrong with the files, each on its own.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.values().flat_map(|d| d.iter()).chain(self.records.diagnostics())
    }

    /// The settings, for whoever runs the pipeline; a unit asks for them through its reader.
    pub fn config(&self) -> &config::Config {
        &self.config
    }

    /// The chapters that the contents list.
    pub(crate) fn chapters(&self) -> impl Iterator<Item = crate::id::ChapterId> {
        self.summary.places.keys().copied()
    }

    /// The file of a chapter, as a place.
    pub(crate) fn chapter_top(&self, chapter: crate::id::ChapterId) -> Option<Span> {
        Some(Span::top(chapter_path(&self.config, chapter.as_str())))
    }

    /// The snapshot that the data was read from, for whoever runs the pipeline.
    pub fn files(&self) -> &Snapshot {
        &self.files
    }
}

/// The path of `inner`, counted from the folder of chapters.
pub(crate) fn chapter_path(config: &config::Config, inner: &str) -> PathId {
    match config.src.as_str() {
        "" => PathId::new(inner),
        src => PathId::new(&format!("{src}/{inner}")),
    }
}

fn read_summary(files: &Snapshot, path: PathId) -> Parsed<SummaryFile> {
    match text(files, path) {
        Ok(Ok(text)) => summary::summary(path, &text),
        Ok(Err(wrong)) => Parsed { value: SummaryFile::default(), diagnostics: vec![*wrong] },
        Err(problem) => {
            let wrong = read::complain(Code::FileMissing, path.as_str(), &problem, Span::top(path))
                .help("it lists the chapters, one a line: `- [Title](file.md)`");
            Parsed { value: SummaryFile::default(), diagnostics: vec![wrong] }
        }
    }
}

/// The theme of the settings, over those that it extends, over the program's.
fn read_theme(files: &Snapshot, settings: &config::Config) -> (Arc<Theme>, Vec<Diagnostic>) {
    let mut wrong = Vec::new();
    let mut layers: Vec<Vec<ThemeFile>> = Vec::new();
    if settings.mode == Mode::MdBook {
        layers.push(mdbook_theme(files, settings, &mut wrong));
    }
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some((settings.theme.clone(), Span::top(config_path())));
    while let Some((name, at)) = next.take() {
        if seen.contains(&name) {
            let message = format!("themes extend each other in a ring: {} → {name}", seen.join(" → "));
            wrong.push(Diagnostic::new(Code::ThemeMissing, at, message));
            break;
        }
        let layer = if theme::is_name(&name) { theme_files(files, &name, &mut wrong) } else { Vec::new() };
        if layer.is_empty() && name != "default" {
            wrong.push(no_theme(files, &name, at));
        }
        let settings = layer.iter().find(|file| file.inner == "theme.toml");
        // One that extends itself by name is the program's with files of its own, as `default` always is.
        next = settings
            .and_then(theme::extends)
            .filter(|other| other.value != name)
            .map(|other| (other.value, other.span));
        layers.push(layer);
        seen.push(name);
    }
    if layers.iter().all(Vec::is_empty) {
        return (theme::built_in(), wrong);
    }
    let has = |name: &str| layers.iter().flatten().any(|file| file.inner == name);
    let only_png = settings.mode == Mode::MdBook && has("assets/favicon.png") && !has("assets/favicon.svg");
    let mut parsed = theme::theme(layers.into_iter().rev().flatten().collect());
    if only_png {
        // As in mdBook, an icon of the book's own leaves none of the program's beside it.
        parsed.value.assets.remove(&Name::new("favicon.svg"));
    }
    wrong.extend(parsed.diagnostics);
    (Arc::new(parsed.value), wrong)
}

fn theme_files(files: &Snapshot, name: &str, wrong: &mut Vec<Diagnostic>) -> Vec<ThemeFile> {
    let folder = format!("themes/{name}/");
    let mut found = Vec::new();
    for path in files.paths() {
        let Some(inner) = path.as_str().strip_prefix(&folder) else { continue };
        match files.bytes(*path, MAX_TEXT) {
            Ok(bytes) => found.push(ThemeFile { path: *path, inner: inner.to_owned(), bytes }),
            Err(problem) => {
                wrong.push(read::complain(Code::FileUnreadable, path.as_str(), &problem, Span::top(*path)));
            }
        }
    }
    found
}

fn no_theme(files: &Snapshot, name: &str, at: Span) -> Diagnostic {
    let known = files
        .paths()
        .iter()
        .filter_map(|path| path.as_str().strip_prefix("themes/")?.split_once('/').map(|(name, _)| name));
    let wrong = Diagnostic::new(Code::ThemeMissing, at, format!("there is no theme `{}`", name.escape_debug()));
    match crate::diag::nearest(name, known.chain(["default"])) {
        Some(near) => wrong.help(format!("did you mean `{near}`?")),
        None => wrong.help(format!("make the folder `themes/{}`, or name `default`", name.escape_debug())),
    }
}

/// The folder of mdBook's theme, from the root of the book.
fn mdbook_folder(settings: &config::Config) -> &str {
    settings.mdbook_theme.as_deref().unwrap_or("theme")
}

/// The folder in which an mdBook book keeps fonts.
pub(crate) fn fonts_folder(settings: &config::Config) -> Option<String> {
    (settings.mode == Mode::MdBook).then(|| format!("{}/fonts", mdbook_folder(settings)))
}

/// Of a theme of mdBook's, the icons; the rest but the fonts is told, once.
fn mdbook_theme(files: &Snapshot, settings: &config::Config, wrong: &mut Vec<Diagnostic>) -> Vec<ThemeFile> {
    let folder = mdbook_folder(settings);
    let path = |name: &str| PathId::new(&format!("{folder}/{name}"));
    let used = UNUSED.map(path).into_iter().find(|file| files.bytes(*file, MAX_TEXT).is_ok());
    if let Some(used) = used {
        let message = format!("the theme in `{folder}` is one of mdBook's: only its icons and fonts are used");
        wrong.push(
            Diagnostic::new(Code::KeyIgnored, Span::top(used), message)
                .label("the pages look as Benchbook's own theme makes them")
                .help("styles of one's own go to `additional-css`; a theme is a folder under `themes/`"),
        );
    }
    let icon = |name: &str| {
        let bytes = files.bytes(path(name), MAX_TEXT).ok()?;
        Some(ThemeFile { path: path(name), inner: format!("assets/{name}"), bytes })
    };
    ["favicon.svg", "favicon.png"].into_iter().filter_map(icon).collect()
}

/// What a theme of mdBook's may override, beside icons and fonts.
const UNUSED: [&str; 16] = [
    "index.hbs",
    "head.hbs",
    "header.hbs",
    "redirect.hbs",
    "toc.js.hbs",
    "toc.html.hbs",
    "book.js",
    "css/general.css",
    "css/chrome.css",
    "css/print.css",
    "css/variables.css",
    "highlight.css",
    "tomorrow-night.css",
    "ayu-highlight.css",
    "highlight.js",
    "clipboard.min.js",
];

/// Before the name of a file in a style sheet or script of the book's own, in mdBook's spelling.
pub(crate) const RESOURCE: &str = "{{ resource \"";

/// The files of the book's own that pages need, each once, in the order in which pages name them.
fn read_extras(files: &Snapshot, settings: &config::Config, plain: bool) -> Vec<Extra> {
    let named = |kind| move |file: &PathId| (*file, *file, kind);
    let styles = settings.styles.iter().map(named(ExtraKind::Style));
    let scripts = settings.scripts.iter().map(named(ExtraKind::Script));
    let mut contents: Vec<Result<Arc<[u8]>, Problem>> = Vec::new();
    let mut out: Vec<Extra> = Vec::new();
    for (file, name, kind) in fonts(files, settings).into_iter().chain(styles).chain(scripts) {
        if out.iter().any(|extra| extra.file == file) {
            continue;
        }
        let content = files.bytes(file, MAX_COPY);
        out.push(Extra { file, kind, name, path: OutPath(name.0), found: content.is_ok() });
        contents.push(content);
    }
    if !plain {
        mark(&mut out, &contents);
    }
    out
}

/// Puts a mark of the content into the names of styles and scripts. A font keeps its name: a style sheet may know it by
/// that name alone.
fn mark(extras: &mut [Extra], contents: &[Result<Arc<[u8]>, Problem>]) {
    let hashes: Vec<Option<Hash>> =
        contents.iter().map(|c| c.as_ref().ok().map(|bytes| Hash::of_bytes(bytes))).collect();
    for ((extra, content), hash) in extras.iter_mut().zip(contents).zip(&hashes) {
        let (Ok(bytes), Some(hash)) = (content, hash) else { continue };
        if extra.kind == ExtraKind::Font {
            continue;
        }
        // What names other files holds their marks, and so changes with them.
        let names_others = bytes.windows(RESOURCE.len()).any(|part| part == RESOURCE.as_bytes());
        let hash = if names_others { Hash::of(&(hash, &hashes)) } else { *hash };
        extra.path = super::book::marked(extra.name.as_str(), hash);
    }
}

/// The fonts of mdBook's theme: the style sheet that declares them, and the files beside it, but not folders.
fn fonts(files: &Snapshot, settings: &config::Config) -> Vec<(PathId, PathId, ExtraKind)> {
    let Some(folder) = fonts_folder(settings) else { return Vec::new() };
    let font = |path: &PathId| {
        let file = path.as_str().strip_prefix(folder.as_str())?.strip_prefix('/')?;
        let kind = if file == "fonts.css" { ExtraKind::Style } else { ExtraKind::Font };
        (!file.contains('/')).then(|| (*path, PathId::new(&format!("fonts/{file}")), kind))
    };
    files.paths().iter().filter_map(font).collect()
}

/// Reads a file that a book need not have.
pub(super) fn read_optional<T: Default>(
    files: &Snapshot,
    path: PathId,
    parse: impl FnOnce(PathId, &str) -> Parsed<T>,
) -> Parsed<T> {
    match text(files, path) {
        Ok(Ok(text)) => parse(path, &text),
        Ok(Err(wrong)) => Parsed { value: T::default(), diagnostics: vec![*wrong] },
        Err(Problem::Missing) => Parsed::default(),
        Err(problem) => {
            let wrong = read::complain(Code::FileUnreadable, path.as_str(), &problem, Span::top(path));
            Parsed { value: T::default(), diagnostics: vec![wrong] }
        }
    }
}

/// The files of tables: their name, their format, their path.
fn table_files<'a>(
    files: &'a Snapshot,
    settings: &config::Config,
) -> impl Iterator<Item = (TableId, Format, PathId)> + use<'a> {
    let folder = chapter_path(settings, "data/");
    files.paths().iter().filter_map(move |path| {
        let name = path.as_str().strip_prefix(folder.as_str())?.rsplit('/').next()?;
        let (stem, ending) = name.rsplit_once('.')?;
        let format = match ending {
            "csv" => Format::Csv,
            "json" => Format::Json,
            "toml" if !stem.ends_with(".schema") => Format::Toml,
            _ => return None,
        };
        Some((TableId::new(stem), format, *path))
    })
}

fn schema_path(file: PathId) -> String {
    let stem = file.as_str().rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    format!("{stem}.schema.toml")
}

fn read_table(files: &Snapshot, id: TableId, format: Format, file: PathId, schema: PathId) -> Parsed<Table> {
    // There is such a table all the same, so that whoever cites it need not be told a second time.
    let wrong = |wrong: Diagnostic| Parsed { value: table::lost(id, file), diagnostics: vec![wrong] };
    let data = match files.bytes(file, MAX_DATA).map(|bytes| read::as_text(file, bytes)) {
        Ok(Ok(text)) => text,
        Ok(Err(diagnostic)) => return wrong(*diagnostic),
        Err(problem) => return wrong(no_data(file, &problem)),
    };
    let schema_text = match text(files, schema) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(diagnostic)) => return wrong(*diagnostic),
        Err(Problem::Missing) => None,
        Err(problem) => {
            return wrong(read::complain(Code::FileUnreadable, schema.as_str(), &problem, Span::top(schema)));
        }
    };
    table::table(id, file, format, &data, schema_text.as_deref().map(|text| (schema, text)))
}

/// What is told of a file of data that cannot be had.
pub(super) fn no_data(file: PathId, problem: &Problem) -> Diagnostic {
    let wrong = read::complain(Code::FileUnreadable, file.as_str(), problem, Span::top(file));
    let code = if matches!(problem, Problem::TooLarge { .. }) { Code::DataLimit } else { wrong.code };
    Diagnostic { code, ..wrong }
}

/// The sources that tables name and `sources.toml` does not have.
fn unknown_sources(
    tables: &BTreeMap<TableId, TableFile>,
    sources: &BTreeMap<Name, Source>,
    sources_path: PathId,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for file in tables.values() {
        for (name, place) in file.table.named_sources() {
            if sources.contains_key(&name) {
                continue;
            }
            let message = format!("there is no source `{name}`");
            let mut found = Diagnostic::new(Code::SourceUnknown, place, message).label("no such source");
            found = match crate::diag::nearest(name.as_str(), sources.keys().map(|n| n.as_str())) {
                Some(near) => found.help(format!("did you mean `{near}`?")),
                None => found.help(format!("describe it in {sources_path}: `[{name}]` with `title`, `url`, `kind`")),
            };
            out.push(found);
        }
    }
    out
}
