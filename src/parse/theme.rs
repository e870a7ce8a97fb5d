//! A theme: templates and assets. The default one is in the program; a book overrides it file by file.
//!
//! A template sees the names of its theme and one view, and nothing else: Tera's own `include` and `extends` take
//! literal names only, no function reads a file, the clock or the environment.

use super::keys::{self, Keys};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId};
use crate::site::Hash;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use tera::Tera;

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../themes/default/", $path)))),*]
    };
}

/// The default theme, file by file.
const DEFAULT: &[(&str, &[u8])] = embedded![
    "theme.toml",
    "templates/base.html",
    "templates/chapter.html",
    "templates/contents.html",
    "templates/404.html",
    "templates/print.html",
    "templates/redirect.html",
    "assets/book.css",
    "assets/book.js",
    "assets/theme.js",
    "assets/redirect.js",
    "assets/favicon.svg",
];

/// A file of a theme that is copied into the site.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What it holds.
    pub bytes: Arc<[u8]>,
    /// The hash of that.
    pub hash: Hash,
}

/// Templates and assets.
#[derive(Debug)]
pub struct Theme {
    /// The templates, ready to render.
    pub tera: Tera,
    /// The hash of all templates.
    pub templates: Hash,
    /// The assets, by path under the theme's `assets/`.
    pub assets: BTreeMap<Name, Asset>,
    /// Which files of templates the book has itself.
    own: Vec<(String, PathId, Arc<str>)>,
}

/// A file of the book's theme folder: its path in the book, its path in the theme, its bytes.
pub struct ThemeFile {
    /// From the root of the book.
    pub path: PathId,
    /// From the folder of the theme.
    pub inner: String,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

static BUILT_IN: LazyLock<Arc<Theme>> = LazyLock::new(|| Arc::new(theme(Vec::new()).value));

/// The default theme, as it is in the program.
pub fn built_in() -> Arc<Theme> {
    BUILT_IN.clone()
}

/// The default theme with the files of `overrides` in place of its own.
pub fn theme(overrides: Vec<ThemeFile>) -> Parsed<Theme> {
    let mut diagnostics = Vec::new();
    let mut own = Vec::new();
    let mut templates: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let mut assets = BTreeMap::new();
    for (path, bytes) in DEFAULT {
        if let Some(name) = path.strip_prefix("templates/") {
            // Ours are UTF-8: a test reads each.
            templates.insert(name.to_owned(), Arc::from(String::from_utf8_lossy(bytes).as_ref()));
        } else if let Some(name) = path.strip_prefix("assets/") {
            assets.insert(Name::new(name), asset(Arc::from(*bytes)));
        }
    }
    for file in overrides {
        if let Some(name) = file.inner.strip_prefix("templates/") {
            match crate::read::as_text(file.path, file.bytes) {
                Ok(text) => {
                    own.push((name.to_owned(), file.path, text.clone()));
                    templates.insert(name.to_owned(), text);
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        } else if let Some(name) = file.inner.strip_prefix("assets/") {
            assets.insert(Name::new(name), asset(file.bytes));
        } else if file.inner == "theme.toml" {
            settings(&file, &mut diagnostics);
        }
    }
    let hash = Hash::of(&templates);
    let mut theme = Theme { tera: Tera::default(), templates: hash, assets, own };
    let all = templates.iter().map(|(name, text)| (name.as_str(), &**text));
    if let Err(error) = theme.tera.add_raw_templates(all.collect::<Vec<_>>()) {
        diagnostics.push(theme.complain(&error, None));
        theme.tera = built_in_templates();
    }
    Parsed { value: theme, diagnostics }
}

fn built_in_templates() -> Tera {
    let mut tera = Tera::default();
    let texts = DEFAULT.iter().filter_map(|(path, bytes)| {
        Some((path.strip_prefix("templates/")?, String::from_utf8_lossy(bytes).into_owned()))
    });
    // A test renders each of ours, so this does not fail; were it to, every page would say so.
    let _ = tera.add_raw_templates(texts.collect::<Vec<_>>());
    tera
}

fn asset(bytes: Arc<[u8]>) -> Asset {
    Asset { hash: Hash::of_bytes(&bytes), bytes }
}

fn settings(file: &ThemeFile, diagnostics: &mut Vec<Diagnostic>) {
    let text = match crate::read::as_text(file.path, file.bytes.clone()) {
        Ok(text) => text,
        Err(diagnostic) => return diagnostics.push(*diagnostic),
    };
    match keys::document(file.path, &text, 0) {
        Ok(document) => {
            let mut keys = Keys::new(&document, diagnostics);
            for key in ["name", "title", "license"] {
                keys.string(key);
            }
            if let Some(options) = keys.table("options") {
                keys.open(options).finish();
            }
            keys.finish();
        }
        Err(error) => diagnostics.push(*error),
    }
}

impl Theme {
    /// What Tera says, as a diagnostic at its place in the template; `page`: the chapter that was being rendered.
    pub fn complain(&self, error: &tera::Error, page: Option<&str>) -> Diagnostic {
        use tera::ErrorKind::{CircularExtend, CircularInclude, MissingParent, RenderingError, SyntaxError};
        let of = page.map(|page| format!(" (rendering {page})")).unwrap_or_default();
        let (name, range, message) = match error.kind() {
            SyntaxError(report) | RenderingError(report) => {
                (report.filename().to_owned(), report.span().range.clone(), report.message().to_owned())
            }
            MissingParent { current, parent } => {
                (current.clone(), 0..0, format!("it extends `{parent}`, which the theme does not have"))
            }
            CircularExtend { tpl, .. } => (tpl.clone(), 0..0, "it extends itself".to_owned()),
            CircularInclude { tpl, .. } => (tpl.clone(), 0..0, "it includes itself".to_owned()),
            _ => self.drawn(&error.to_string()),
        };
        let own = self.own.iter().find(|(own, ..)| *own == name);
        let wrong = match (own, self.own.first()) {
            (Some((_, path, _)), _) => {
                let message = format!("the template fails: {message}{of}");
                Diagnostic::new(Code::TemplateError, Span::new(*path, range), message)
            }
            // What the book overrides is what does not fit it.
            (None, Some((_, path, _))) => {
                let message = format!("`{name}` of the default theme fails beside this one: {message}{of}");
                Diagnostic::new(Code::TemplateError, Span::top(*path), message)
            }
            (None, None) => {
                Diagnostic::bare(Code::TemplateError, format!("`{name}` of the default theme fails: {message}{of}"))
            }
        };
        wrong.help("a template sees the other templates of its theme by their names, its view, and nothing else")
    }

    /// The template, the place and the message in an error that Tera has drawn already: the message, then
    /// ` --> NAME:LINE:COLUMN`, then the line with what is wrong underlined.
    fn drawn(&self, text: &str) -> (String, std::ops::Range<usize>, String) {
        let mut lines = text.lines();
        let message = lines.next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message).to_owned();
        let place = lines.next().and_then(|line| line.trim_start().strip_prefix("--> ")).unwrap_or_default();
        let mut parts = place.rsplitn(3, ':');
        let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(1).max(1);
        let (column, line) = (number(), number());
        let first = self.own.first().map(|(name, ..)| name.as_str()).unwrap_or("base.html");
        let name = parts.next().unwrap_or(first).to_owned();
        let own = self.own.iter().find(|(own, ..)| *own == name).map_or("", |(_, _, text)| text);
        let above: usize = own.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let start = (above + column - 1).min(own.len());
        let marks =
            lines.find_map(|line| Some(line.trim().trim_start_matches('|').trim()).filter(|l| l.starts_with('^')));
        let end = (start + marks.map_or(0, |marks| marks.matches('^').count())).min(own.len());
        (name, start..end, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str, text: &str) -> ThemeFile {
        ThemeFile {
            path: PathId::new(&format!("themes/t/templates/{name}")),
            inner: format!("templates/{name}"),
            bytes: Arc::from(text.as_bytes()),
        }
    }

    #[test]
    fn our_own_theme_parses() {
        let parsed = theme(Vec::new());
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        for (path, bytes) in DEFAULT {
            assert!(std::str::from_utf8(bytes).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_book_overrides_one_file_and_its_mistake_has_a_place() {
        let parsed = theme(vec![template("404.html", "{% if %}")]);
        let [wrong] = parsed.diagnostics.as_slice() else { panic!("{:?}", parsed.diagnostics) };
        assert_eq!(wrong.code, Code::TemplateError);
        let Some(crate::diag::Place::Span(span)) = &wrong.place else { panic!() };
        assert_eq!(span.file.as_str(), "themes/t/templates/404.html");
    }

    #[test]
    fn templates_reach_no_file_no_clock_and_no_environment() {
        for text in [
            "{% include '../../../../etc/passwd' %}",
            "{{ get_env(name='HOME') }}",
            "{{ now() }}",
            "{{ load_data(path='x') }}",
        ] {
            assert_eq!(theme(vec![template("404.html", text)]).diagnostics.len(), 1, "{text}");
        }
    }
}
