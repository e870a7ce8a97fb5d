//! A theme: templates and assets. The default one is in the program; a book overrides it file by file.
//!
//! A template sees the names of its theme and one view, and nothing else: Tera's own `include` and `extends` take
//! literal names only, no function reads a file, the clock or the environment. What it may cost is counted ([`budget`]).

pub mod budget;
pub mod options;

use super::keys::{self, At, Keys};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId};
use crate::site::Hash;
use options::Options;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use tera::{Context, ErrorKind, Tera};

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
    "templates/receipt.html",
    "templates/numbers.html",
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
    tera: Tera,
    /// The hash of all templates and options.
    pub templates: Hash,
    /// The assets, by path under the theme's `assets/`.
    pub assets: BTreeMap<Name, Asset>,
    /// The options of `theme.toml`.
    pub options: Options,
    /// Which templates the book has itself.
    own: BTreeMap<String, Own>,
}

/// A template of the book's own.
#[derive(Debug)]
struct Own {
    path: PathId,
    text: budget::Counted,
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

/// The name of the theme that `theme.toml` of this one extends.
pub fn extends(file: &ThemeFile) -> Option<At<String>> {
    // What is wrong with the file is told when the theme is made.
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let document = keys::document(file.path, text, 0).ok()?;
    let name = Keys::new(&document, &mut Vec::new()).string("extends")?;
    Some(name.map(str::to_owned))
}

/// Whether a theme can have this name: that of a folder, and nothing that leads elsewhere.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.len() <= 100
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
}

/// The default theme with the files of `overrides` in place of its own; of two for one place, the later.
pub fn theme(overrides: Vec<ThemeFile>) -> Parsed<Theme> {
    let mut diagnostics = Vec::new();
    let mut theme = Theme {
        tera: Tera::default(),
        templates: Hash::default(),
        assets: BTreeMap::new(),
        options: Options::new(),
        own: BTreeMap::new(),
    };
    for (path, bytes) in DEFAULT {
        if let Some(name) = path.strip_prefix("assets/") {
            theme.assets.insert(Name::new(name), asset(Arc::from(*bytes)));
        }
    }
    for file in overrides {
        if let Some(name) = file.inner.strip_prefix("templates/") {
            match own(&file) {
                Ok(own) => {
                    theme.own.insert(name.to_owned(), own);
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        } else if let Some(name) = file.inner.strip_prefix("assets/") {
            theme.assets.insert(Name::new(name), asset(file.bytes));
        } else if file.inner == "theme.toml" {
            settings(&file, &mut theme.options, &mut diagnostics);
        }
    }
    theme.style();
    if let Some(deep) = theme.too_deep() {
        diagnostics.push(deep);
        theme.own.clear();
    }
    match theme.load(|_| true) {
        Ok(tera) => theme.tera = tera,
        Err(error) => {
            diagnostics.extend(theme.mistakes(&error));
            theme.tera = built_in_templates();
        }
    }
    // Templates see the options as they are, and diagnostics name the file that a template stands in.
    let texts: BTreeMap<&str, (PathId, &str)> =
        theme.own.iter().map(|(name, own)| (name.as_str(), (own.path, &*own.text.text))).collect();
    theme.templates = Hash::of(&(texts, format!("{:?}", theme.options)));
    Parsed { value: theme, diagnostics }
}

fn own(file: &ThemeFile) -> Result<Own, Box<Diagnostic>> {
    let text = crate::read::as_text(file.path, file.bytes.clone())?;
    match budget::counted(&text) {
        Ok(text) => Ok(Own { path: file.path, text }),
        Err(refused) => Err(Box::new(
            Diagnostic::new(Code::TemplateError, Span::new(file.path, refused.range), refused.message)
                .label("in this tag"),
        )),
    }
}

/// The templates of the program, by name.
fn built_in_texts() -> impl Iterator<Item = (&'static str, String)> {
    // Ours are UTF-8: a test reads each.
    DEFAULT.iter().filter_map(|(path, bytes)| {
        Some((path.strip_prefix("templates/")?, String::from_utf8_lossy(bytes).into_owned()))
    })
}

fn built_in_templates() -> Tera {
    let mut tera = Tera::default();
    // A test renders each of ours, so this does not fail; were it to, every page would say so.
    let _ = tera.add_raw_templates(built_in_texts().collect::<Vec<_>>());
    tera
}

fn asset(bytes: Arc<[u8]>) -> Asset {
    Asset { hash: Hash::of_bytes(&bytes), bytes }
}

fn settings(file: &ThemeFile, options: &mut Options, diagnostics: &mut Vec<Diagnostic>) {
    let text = match crate::read::as_text(file.path, file.bytes.clone()) {
        Ok(text) => text,
        Err(diagnostic) => return diagnostics.push(*diagnostic),
    };
    match keys::document(file.path, &text, 0) {
        Ok(document) => {
            let mut keys = Keys::new(&document, diagnostics);
            for key in ["name", "title", "license", "extends"] {
                keys.string(key);
            }
            if let Some(table) = keys.table("options") {
                options::read(keys.open(table), options);
            }
            keys.finish();
        }
        Err(error) => diagnostics.push(*error),
    }
}

impl Theme {
    /// Puts the options behind the style sheet: a page needs no further file for them.
    fn style(&mut self) {
        let css = options::css(&self.options);
        if let Some(sheet) = self.assets.get_mut(&Name::new(SHEET)).filter(|_| !css.is_empty()) {
            *sheet = asset(Arc::from([&*sheet.bytes, css.as_bytes()].concat()));
        }
    }

    /// A template that includes or extends others too deep, or in a ring.
    fn too_deep(&self) -> Option<Diagnostic> {
        let mut rows: Vec<&str> = self.own.keys().map(String::as_str).collect();
        for depth in 0..=budget::MAX_LINKS {
            let linked = rows.iter().filter_map(|name| self.own.get(*name)).flat_map(|own| &own.text.links);
            let next: std::collections::BTreeSet<&str> = linked.map(|(name, _)| name.as_str()).collect();
            if depth < budget::MAX_LINKS {
                rows = next.into_iter().collect();
                continue;
            }
            let (own, range) = rows.iter().find_map(|name| {
                let own = self.own.get(*name)?;
                own.text
                    .links
                    .iter()
                    .find(|(name, _)| self.own.contains_key(name))
                    .map(|(_, range)| (own, range.clone()))
            })?;
            let most = budget::MAX_LINKS;
            let message = format!("templates include or extend one another in a ring, or more than {most} deep");
            let wrong = Diagnostic::new(Code::TemplateDepth, Span::new(own.path, range), message);
            return Some(wrong.help("put what both need into a third template that neither extends"));
        }
        None
    }

    /// The templates of the program, with those of the book's own that are wanted in their place.
    fn load(&self, wanted: impl Fn(&str) -> bool) -> Result<Tera, tera::Error> {
        let mut tera = Tera::default();
        budget::register(&mut tera);
        let mut texts: BTreeMap<&str, String> = built_in_texts().collect();
        let own = || self.own.iter().filter(|(name, _)| wanted(name));
        // What a template of the book replaces it may build on, under another name.
        let links = own().flat_map(|(_, own)| own.text.links.iter());
        let replaced: Vec<(&str, String)> = links
            .filter_map(|(name, _)| Some((name.as_str(), texts.get(name.strip_prefix(UNDER)?)?.clone())))
            .collect();
        texts.extend(replaced);
        texts.extend(own().map(|(name, own)| (name.as_str(), own.text.text.clone())));
        tera.add_raw_templates(texts.into_iter().collect::<Vec<_>>())?;
        Ok(tera)
    }

    /// Every template that does not parse; where each does, what is wrong with them together.
    fn mistakes(&self, together: &tera::Error) -> Vec<Diagnostic> {
        let alone = |name: &String| self.load(|other| other == name).err();
        let of_syntax = |error: &tera::Error| matches!(error.kind(), ErrorKind::SyntaxError(_));
        let wrong: Vec<Diagnostic> =
            self.own.keys().filter_map(alone).filter(of_syntax).map(|error| self.complain(&error, None)).collect();
        if wrong.is_empty() { vec![self.complain(together, None)] } else { wrong }
    }

    /// Makes `page` of `template`, whose view holds `content` bytes of text; with what went wrong.
    pub fn render(
        &self,
        template: &str,
        context: &Context,
        content: usize,
        page: &str,
    ) -> (Vec<u8>, Option<Diagnostic>) {
        let mut out = Vec::with_capacity(content + (16 << 10));
        let most = content.saturating_mul(2).saturating_add(budget::MAX_BYTES);
        let nests = self.own.values().any(|own| own.text.nests);
        let done =
            budget::within(nests, || self.tera.render_to(template, context, budget::Bounded { out: &mut out, most }));
        let wrong = done.err().map(|error| match error.kind() {
            ErrorKind::Io(_) => {
                let most = budget::MAX_BYTES >> 20;
                let message = format!("the template writes more than {most} MiB beside the text of the page");
                seen(self.at_top(Code::TemplateOutput, template, message).help(LESS), page)
            }
            _ => self.complain(&error, Some(page)),
        });
        (out, wrong)
    }

    /// What Tera says, as a diagnostic at its place in the template; `page`: the one that was being made.
    fn complain(&self, error: &tera::Error, page: Option<&str>) -> Diagnostic {
        let wrong = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                let span = self.place(report.filename(), report.span().range.clone());
                match (budget::limit(report.message()), report.message().contains(TOO_DEEP)) {
                    (Some(limit), _) => {
                        Diagnostic::new(Code::TemplateOutput, span, format!("the template costs too much: {limit}"))
                            .help(LESS)
                    }
                    (None, true) => Diagnostic::new(Code::TemplateDepth, span, DEPTH).help(END),
                    (None, false) => {
                        Diagnostic::new(Code::TemplateError, span, format!("the template fails: {}", report.message()))
                            .help(SEES)
                    }
                }
            }
            ErrorKind::CircularInclude { tpl, include_chain: chain }
            | ErrorKind::CircularExtend { tpl, inheritance_chain: chain } => {
                let message = format!("templates include or extend each other in a ring: {}", chain.join(" → "));
                self.at_top(Code::TemplateDepth, tpl, message).help("take one of them out of the ring")
            }
            ErrorKind::MissingParent { current, parent } => {
                let message = format!("the template fails: it extends `{parent}`, which the theme does not have");
                self.at_top(Code::TemplateError, current, message).help(SEES)
            }
            _ if error.to_string().contains(TOO_DEEP) => {
                // Tera does not say which; most often it is the only one.
                let defines = |own: &&Own| own.text.text.contains(" component ");
                match self.own.values().find(defines) {
                    Some(own) => Diagnostic::new(Code::TemplateDepth, Span::top(own.path), DEPTH).help(END),
                    None => Diagnostic::bare(Code::TemplateDepth, DEPTH).help(END),
                }
            }
            _ => {
                let (name, range, message) = self.drawn(&error.to_string());
                if let (false, Some(own)) = (self.own.contains_key(&name), self.own.values().next()) {
                    // What the book overrides is what does not fit.
                    let message = format!("`{name}` of the default theme fails beside this one: {message}");
                    return Diagnostic::new(Code::TemplateError, Span::top(own.path), message).help(SEES);
                }
                Diagnostic::new(Code::TemplateError, self.place(&name, range), format!("the template fails: {message}"))
                    .help(SEES)
            }
        };
        match page {
            Some(page) => seen(wrong, page),
            None => wrong,
        }
    }

    /// A place in what Tera read of a template, as a place in what its author wrote.
    fn place(&self, template: &str, range: std::ops::Range<usize>) -> Span {
        match self.own.get(template) {
            Some(own) => Span::new(own.path, own.text.original(range.start)..own.text.original(range.end)),
            None => Span::new(built_in_path(template), range),
        }
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
        let first = self.own.keys().next().map_or("base.html", String::as_str);
        let name = parts.next().unwrap_or(first).to_owned();
        let own = self.own.get(&name).map_or("", |own| &own.text.text);
        let above: usize = own.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let start = (above + column - 1).min(own.len());
        let marks =
            lines.find_map(|line| Some(line.trim().trim_start_matches('|').trim()).filter(|l| l.starts_with('^')));
        let end = (start + marks.map_or(0, |marks| marks.matches('^').count())).min(own.len());
        (name, start..end, message)
    }

    fn at_top(&self, code: Code, template: &str, message: String) -> Diagnostic {
        let path = self.own.get(template).map_or_else(|| built_in_path(template), |own| own.path);
        Diagnostic::new(code, Span::top(path), message)
    }
}

/// The style sheet that options are written behind.
const SHEET: &str = "book.css";

/// Before the name of a template of the program: that template, though the book has one of this name.
const UNDER: &str = "default/";

const END: &str = "let the component call itself only for the children of what it was given";
const LESS: &str = "loop over less, or write less: a book cannot raise the limit";
/// The way out of a ring of templates.
const SEES: &str = "a template sees the other templates of its theme by their names, its view, and nothing else";

/// What Tera says of components that call one another too deep, and what we say.
const TOO_DEEP: &str = "recursion depth";
const DEPTH: &str = "components of the template call one another more than 20 deep";

fn built_in_path(template: &str) -> PathId {
    let template = template.strip_prefix(UNDER).unwrap_or(template);
    PathId::new(&format!("themes/default/templates/{template}"))
}

/// Adds the page on which something was seen. All pages tell the same place, and the first of them is shown.
fn seen(wrong: Diagnostic, page: &str) -> Diagnostic {
    wrong.help(format!("seen while `{page}` was made"))
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
            "{% include name %}",
            "{% extends '../../../outside' %}",
            "{{ get_env(name='HOME') }}",
            "{{ now() }}",
            "{{ load_data(path='x') }}",
        ] {
            assert_eq!(theme(vec![template("404.html", text)]).diagnostics.len(), 1, "{text}");
        }
    }

    #[test]
    fn a_template_builds_on_the_one_that_it_replaces() {
        let text = "{% extends 'default/404.html' %}{% block main %}<p>gone</p>{% endblock main %}";
        let parsed = theme(vec![template("404.html", text)]);
        assert_eq!(parsed.diagnostics, []);
        assert!(parsed.value.tera.contains_template("default/404.html"));
        assert_eq!(theme(vec![template("404.html", "{% extends 'default/no.html' %}")]).diagnostics.len(), 1);
    }

    #[test]
    fn every_template_that_does_not_parse_is_told() {
        let parsed =
            theme(vec![template("404.html", "{% if %}"), template("print.html", "{{ }"), template("ok.html", "x")]);
        let places: Vec<_> = parsed.diagnostics.iter().map(|wrong| format!("{:?}", wrong.place)).collect();
        assert_eq!(places.len(), 2, "{:?}", parsed.diagnostics);
    }

    /// The code and the message of what is wrong with a template, at load or when it makes a page, and where.
    fn fails(files: Vec<ThemeFile>) -> (Code, String, String) {
        let parsed = theme(files);
        let mut wrong = parsed.diagnostics;
        let mut context = Context::new();
        context.insert("content", "text");
        if wrong.is_empty() {
            wrong.extend(parsed.value.render("404.html", &context, 4, "a.html").1);
        }
        let [wrong] = wrong.as_slice() else { panic!("{wrong:?}") };
        let Some(crate::diag::Place::Span(span)) = &wrong.place else { panic!("{wrong:?}") };
        (wrong.code, wrong.message.clone(), format!("{}:{}-{}", span.file, span.start, span.end))
    }

    #[test]
    fn templates_that_call_each_other_without_end_are_told() {
        let ring =
            fails(vec![template("404.html", "{% include 'a.html' %}"), template("a.html", "{% include '404.html' %}")]);
        assert_eq!(ring.0, Code::TemplateDepth);
        assert_eq!(fails(vec![template("404.html", "{% include '404.html' %}")]).0, Code::TemplateDepth);
        assert_eq!(fails(vec![template("404.html", "{% extends '404.html' %}")]).0, Code::TemplateDepth);
        let component = "{% component c(x) %}{{ <c x={x} /> }}{% endcomponent c %}{{ <c x={1} /> }}";
        let (code, _, at) = fails(vec![template("404.html", component)]);
        assert_eq!(code, Code::TemplateDepth);
        assert!(at.starts_with("themes/t/templates/404.html"), "{at}");
    }

    #[test]
    fn what_a_template_costs_is_bounded_and_told_with_its_place() {
        let doubling = format!("{{% set a = 'aaaaaaaa' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(40));
        let loops = "{% for a in range(end=10000) %}".repeat(3) + "x" + &"{% endfor %}".repeat(3);
        let growing = "{% set a = 'aaaaaaaa' %}{% for x in range(end=40) %}{% set_global a = a ~ a %}{% endfor %}";
        let includes = |levels: usize, times: usize| -> Vec<ThemeFile> {
            let file = |i: usize| {
                let name = if i == 0 { "404.html".to_owned() } else { format!("i{i}.html") };
                let text = format!("{{% include 'i{}.html' %}}", i + 1).repeat(times);
                template(&name, if i + 1 == levels { "x" } else { &text })
            };
            (0..levels).map(file).collect()
        };
        let calls = "{% component d(n) %}{% if n > 0 %}{{ <d n={n - 1} /> }}{{ <d n={n - 1} /> }}{% endif %}{% endcomponent d %}\
                     {{ <d n={19} /> }}";
        let lists = "{% set a = ['x'] %}".to_owned() + &"{% set a = [a, a] %}".repeat(40);
        let nested = "{% component e(n, t) %}{% if n > 0 %}{{ <e n={n - 1} t={t ~ t ~ t ~ t} /> }}{% endif %}{% endcomponent e %}\
                      {{ <e n={19} t='x' /> }}";
        let long = "{% for a in range(end=1000) %}".to_owned() + &"x".repeat(100_000) + "{% endfor %}";
        for text in [
            "{% for x in range(end=1000000000) %}x{% endfor %}",
            &*loops,
            &*doubling,
            growing,
            calls,
            &*lists,
            nested,
            &*long,
        ] {
            let (code, message, at) = fails(vec![template("404.html", text)]);
            assert_eq!(code, Code::TemplateOutput, "{message} {text}");
            assert!(at.starts_with("themes/t/templates/404.html"), "{at}");
        }
        assert_eq!(fails(includes(9, 8)).0, Code::TemplateOutput);
        assert_eq!(theme(includes(11, 1)).diagnostics, []);
        assert_eq!(fails(includes(12, 1)).0, Code::TemplateDepth);
        assert_eq!(fails(includes(2_000, 1)).0, Code::TemplateDepth);
        // The place is in the author's text: behind the tag that set it.
        let (_, message, at) = fails(vec![template("404.html", &doubling)]);
        assert_eq!(message, "the template costs too much: a variable holds more than 16 MiB");
        assert_eq!(at, "themes/t/templates/404.html:423-423");
    }

    #[test]
    fn options_come_to_the_style_sheet_and_to_templates() {
        let settings = ThemeFile {
            path: PathId::new("themes/t/theme.toml"),
            inner: "theme.toml".to_owned(),
            bytes: Arc::from(b"extends = 'default'\n[options]\nhero = true\nwidth = '70ch'\n".as_slice()),
        };
        assert_eq!(extends(&settings).unwrap().value, "default");
        let parsed =
            theme(vec![settings, template("404.html", "{% if options.hero %}hero {{ options.width }}{% endif %}")]);
        assert_eq!(parsed.diagnostics, []);
        let sheet = &parsed.value.assets[&Name::new("book.css")].bytes;
        assert!(std::str::from_utf8(sheet).unwrap().ends_with(":root{--hero:1;--measure:70ch;}\n"));
        let mut context = Context::new();
        context.insert("options", &parsed.value.options);
        assert_eq!(parsed.value.render("404.html", &context, 0, "404.html").0, b"hero 70ch");
        assert_ne!(parsed.value.templates, built_in().templates);
    }
}
