//! The data of a book: everything that is parsed from a file on its own, before any chapter.

use super::lock::{self, Lock};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::PathId;
use crate::parse::config::{self, ConfigFile};
use crate::parse::summary::{self, SummaryFile};
use crate::parse::theme::{self, Theme, ThemeFile};
use crate::read::{self, MAX_TEXT, Problem, Snapshot};
use crate::site::{Hashed, Options};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is parsed from the files of a book, each on its own. Kept as it was where its file has not changed.
pub struct Data {
    pub(super) files: Snapshot,
    pub(super) options: Options,
    pub(super) config: Hashed<config::Config>,
    pub(super) redirect_places: Arc<Vec<(Span, Span)>>,
    pub(super) summary: Arc<SummaryFile>,
    pub(super) theme: Arc<Theme>,
    pub(super) lock: Arc<Lock>,
    /// What was wrong with each file.
    diagnostics: BTreeMap<PathId, Arc<Vec<Diagnostic>>>,
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
        Ok(Err(wrong)) => Parsed { value: ConfigFile::default(), diagnostics: vec![wrong] },
        Err(problem) => {
            let wrong = read::complain(Code::FileMissing, path.as_str(), &problem, Span::top(path))
                .help("name the folder of the book with `--root DIR`, or make a new one with `benchbook init DIR`");
            Parsed { value: ConfigFile::default(), diagnostics: vec![wrong] }
        }
    }
}

fn text(files: &Snapshot, path: PathId) -> Result<Result<Arc<str>, Diagnostic>, Problem> {
    Ok(read::as_text(path, files.bytes(path, MAX_TEXT)?))
}

impl Data {
    /// Reads the data of `files`. What `before` holds is taken over where `changed` does not name its file.
    pub(crate) fn read(
        files: Snapshot,
        config: Parsed<ConfigFile>,
        options: Options,
        before: Option<&Data>,
        changed: &[PathId],
    ) -> Data {
        let mut diagnostics: BTreeMap<PathId, Arc<Vec<Diagnostic>>> = BTreeMap::new();
        let mut told = |path: PathId, wrong: Vec<Diagnostic>| {
            if !wrong.is_empty() {
                diagnostics.insert(path, Arc::new(wrong));
            }
        };
        told(config_path(), config.diagnostics);
        let settings = Hashed::new(config.value.config);
        let same_config = before.filter(|b| b.config.hash_value() == settings.hash_value());

        let summary_path = chapter_path(&settings, "SUMMARY.md");
        let summary = match same_config.filter(|_| !changed.contains(&summary_path)) {
            Some(before) => {
                told(summary_path, before.told_of(summary_path));
                before.summary.clone()
            }
            None => {
                let parsed = read_summary(&files, summary_path);
                told(summary_path, parsed.diagnostics);
                Arc::new(parsed.value)
            }
        };

        let folder = format!("themes/{}/", settings.theme);
        let theme_path = PathId::new(&format!("themes/{}", settings.theme));
        let touched = changed.iter().any(|path| path.as_str().starts_with(&folder));
        let theme = match same_config.filter(|_| !touched) {
            Some(before) => {
                told(theme_path, before.told_of(theme_path));
                before.theme.clone()
            }
            None => {
                let (theme, wrong) = read_theme(&files, &folder, &settings);
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
                let parsed = read_lock(&files);
                told(lock_path(), parsed.diagnostics);
                Arc::new(parsed.value)
            }
        };

        let unlisted = files.problems().iter().map(|(path, problem)| {
            let at = Span::top(PathId::new(path));
            read::complain(Code::FileUnreadable, path, problem, at)
        });
        let unlisted: Vec<Diagnostic> = unlisted.collect();
        told(PathId::new(""), unlisted);
        Data {
            files,
            options,
            config: settings,
            redirect_places: Arc::new(config.value.redirect_places),
            summary,
            theme,
            lock,
            diagnostics,
        }
    }

    fn told_of(&self, path: PathId) -> Vec<Diagnostic> {
        self.diagnostics.get(&path).map(|d| d.to_vec()).unwrap_or_default()
    }

    /// What was wrong with the files, each on its own.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.values().flat_map(|d| d.iter())
    }

    /// The settings, for whoever runs the pipeline; a unit asks for them through its reader.
    pub fn config(&self) -> &config::Config {
        &self.config
    }

    /// The snapshot that the data was read from, for whoever runs the pipeline.
    pub fn files(&self) -> &Snapshot {
        &self.files
    }

    /// The snapshot back, when the data is no longer needed.
    pub(crate) fn files_mut(&mut self) -> &mut Snapshot {
        &mut self.files
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
        Ok(Err(wrong)) => Parsed { value: SummaryFile::default(), diagnostics: vec![wrong] },
        Err(problem) => {
            let wrong = read::complain(Code::FileMissing, path.as_str(), &problem, Span::top(path))
                .help("it lists the chapters, one a line: `- [Title](file.md)`");
            Parsed { value: SummaryFile::default(), diagnostics: vec![wrong] }
        }
    }
}

fn read_theme(files: &Snapshot, folder: &str, settings: &config::Config) -> (Arc<Theme>, Vec<Diagnostic>) {
    let mut wrong = Vec::new();
    let mut overrides = Vec::new();
    for path in files.paths() {
        let Some(inner) = path.as_str().strip_prefix(folder) else { continue };
        match files.bytes(*path, MAX_TEXT) {
            Ok(bytes) => overrides.push(ThemeFile { path: *path, inner: inner.to_owned(), bytes }),
            Err(problem) => {
                wrong.push(read::complain(Code::FileUnreadable, path.as_str(), &problem, Span::top(*path)));
            }
        }
    }
    if overrides.is_empty() {
        if settings.theme != "default" {
            let message = format!("there is no theme `{}`", settings.theme);
            wrong.push(
                Diagnostic::new(Code::ThemeMissing, Span::top(config_path()), message)
                    .help(format!("make the folder `themes/{}`, or say `theme = \"default\"`", settings.theme)),
            );
        }
        return (theme::built_in(), wrong);
    }
    let parsed = theme::theme(overrides);
    wrong.extend(parsed.diagnostics);
    (Arc::new(parsed.value), wrong)
}

fn read_lock(files: &Snapshot) -> Parsed<Lock> {
    match text(files, lock_path()) {
        Ok(Ok(text)) => lock::parse(lock_path(), &text),
        Ok(Err(wrong)) => Parsed { value: Lock::default(), diagnostics: vec![wrong] },
        Err(Problem::Missing) => Parsed::default(),
        Err(problem) => {
            let path = lock_path();
            let wrong = read::complain(Code::FileUnreadable, path.as_str(), &problem, Span::top(path));
            Parsed { value: Lock::default(), diagnostics: vec![wrong] }
        }
    }
}
