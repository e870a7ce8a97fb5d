//! The files of the site, each from a reader of the book: chapters, the contents, what is not found, the page for
//! printing, redirects, assets, copies, the sitemap.

use super::Shared;
use super::body::{self, Body, Stand};
use super::numbers;
use super::receipt::{self, record::Made};
use super::view::{BookView, PageView, Values};
use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::escape;
use crate::id::{ChapterId, Name, OutPath, PathId, RecordId, TableId};
use crate::ledger::Reader;
use crate::parse::chapter::{self, ChapterError};
use crate::parse::config::Scheme;
use crate::parse::table::Table;
use crate::read::{self, MAX_COPY, MAX_TEXT, path};
use crate::resolve::{self, Book, ExtraKind, Moved, NavEntry, Neighbour, RESOURCE};
use crate::site::{Hashed, Output, OutputId, Phase};
use std::fmt::Write as _;
use tera::{Context, Value};

/// Makes one file of the site.
pub fn make(id: OutputId, path: OutPath, book: &mut Reader<'_, '_, Book>, shared: &Shared) -> Output {
    let mut maker = Maker { path, shared, book, diagnostics: Vec::new(), faulty: false };
    let (phase, bytes) = match id {
        OutputId::Page(chapter) => (Phase::Page, maker.chapter(chapter)),
        OutputId::Index => (Phase::Page, maker.index()),
        OutputId::Contents => (Phase::Page, maker.contents()),
        OutputId::NotFound => (Phase::Page, maker.not_found()),
        OutputId::Print => (Phase::Page, maker.print()),
        OutputId::Redirect(from) => (Phase::Page, maker.redirect(from)),
        OutputId::Asset(name) => (Phase::Asset, maker.asset(name)),
        OutputId::Copy(file) => (Phase::Asset, maker.copy(file)),
        OutputId::Extra(file) => (Phase::Asset, maker.extra(file)),
        // GitHub asks for no more than that the file is there.
        OutputId::NoJekyll => (Phase::Index, Vec::new()),
        OutputId::Cname => (Phase::Index, maker.cname()),
        OutputId::Sitemap => (Phase::Index, maker.sitemap()),
        OutputId::Receipt(record) => (Phase::Page, maker.receipt(record)),
        OutputId::ReceiptData(record) => (Phase::Asset, maker.receipt_data(record)),
        OutputId::TableReceipt(table) => (Phase::Page, maker.table_receipt(table)),
        OutputId::TableCsv(table) => (Phase::Asset, maker.table_file(table, receipt::table::csv)),
        OutputId::TableJson(table) => (Phase::Asset, maker.table_file(table, receipt::table::json)),
        OutputId::Numbers => (Phase::Index, maker.numbers()),
        OutputId::NumbersData => (Phase::Index, numbers::json(maker.book, top()).into_bytes()),
        OutputId::DataPackage => (Phase::Index, numbers::package(maker.book, top()).into_bytes()),
    };
    maker.note_errors();
    Output { path, phase, bytes, diagnostics: maker.diagnostics, faulty: maker.faulty }
}

/// What a file that no chapter asks for is made on behalf of.
fn top() -> Span {
    Span::top(PathId::new("book.toml"))
}

struct Maker<'a, 'w, 't> {
    path: OutPath,
    shared: &'a Shared,
    book: &'a mut Reader<'w, 't, Book>,
    diagnostics: Vec<Diagnostic>,
    /// Whether there was an error so far, also one that another page tells.
    faulty: bool,
}

/// What a chapter's file gave.
struct Read {
    title: Option<String>,
    description: String,
    updated: Option<String>,
    body: Body,
}

impl Maker<'_, '_, '_> {
    /// Notes whether what was told so far is an error in this book.
    fn note_errors(&mut self) {
        if self.diagnostics.is_empty() {
            return;
        }
        let config = self.book.config(Span::top(PathId::new("book.toml")));
        let is_error = |found: &Diagnostic| config.severity(found.code, found.severity) == Some(Severity::Error);
        self.faulty |= self.diagnostics.iter().any(is_error);
    }

    fn folder(&self) -> &'static str {
        self.path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn chapter(&mut self, chapter: ChapterId) -> Vec<u8> {
        let at = self.top(chapter);
        let read = self.read(chapter, Stand::Page(self.folder()), at);
        let (prev, next) = self.book.near(chapter, at);
        let own = self.book.page(chapter, at).unwrap_or(self.path);
        let page = PageView {
            kind: "chapter",
            title: read.title.unwrap_or_else(|| self.book.title(chapter, at).to_owned()),
            description: read.description,
            path: escape::url_path(own.as_str()),
            number: self.book.number(chapter, at).map(str::to_owned),
            updated: read.updated,
            edit_url: self.edit_url(chapter, at),
            canonical: self.canonical(own),
            toc: read.body.toc,
            numbers: read.body.numbers,
        };
        let mut content = read.body.html;
        let moved = self.book.moved(chapter, at);
        content = with_moved(content, moved, self.folder());
        let nav = self.book.nav(chapter, at);
        let mut context = self.context(&page, &content, at);
        context.insert_value("nav", self.shared.values.nav(&nav));
        let parents = self.book.parents(chapter, at);
        let mut open: Vec<&str> = parents.iter().filter_map(|parent| parent.path.as_deref()).collect();
        open.push(own.as_str());
        context.insert("open", &open);
        context.insert("parents", &parents);
        context.insert("prev", &prev);
        context.insert("next", &next);
        self.render("chapter.html", &context, at)
    }

    fn index(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let Some(first) = self.book.first(at) else { return Vec::new() };
        let bytes = self.chapter(first);
        // The page itself tells what is wrong with the chapter.
        self.note_errors();
        self.diagnostics.clear();
        bytes
    }

    fn top(&mut self, chapter: ChapterId) -> Span {
        // Which file it is hangs on the settings, which every page asks for.
        let config = Span::top(PathId::new("book.toml"));
        Span::top(self.book.chapter_file(chapter, config))
    }

    fn read(&mut self, chapter: ChapterId, stand: Stand, at: Span) -> Read {
        let config = self.book.config(at);
        match chapter::chapter(at.file, config, &mut self.book.files()) {
            Ok(parsed) => {
                self.diagnostics.extend(parsed.diagnostics);
                let mut plain = |parts: Option<&[chapter::Inline]>| {
                    parts.map(|parts| {
                        resolve::plain(parts, &parsed.value.front.across, &mut self.book.data(), &mut self.diagnostics)
                    })
                };
                // The front matter's title is evaluated for what is wrong with it; the book's fold has its text.
                let _ = plain(parsed.value.front.title.as_deref());
                let description = plain(parsed.value.front.description.as_deref()).unwrap_or_default();
                self.diagnostics.extend(resolve::claims(&parsed.value, &mut self.book.data()));
                let mut body = body::body(&parsed.value, chapter, stand, self.book, self.shared);
                self.diagnostics.append(&mut body.diagnostics);
                Read { title: parsed.value.title_override, description, updated: parsed.value.front.updated, body }
            }
            Err(error) => {
                match error {
                    ChapterError::NotText(wrong) => self.diagnostics.push(*wrong),
                    // The fold tells of a chapter that is not there, where it is listed.
                    ChapterError::Unreadable(read::Problem::Missing) => {}
                    ChapterError::Unreadable(problem) => {
                        self.diagnostics.push(read::complain(Code::FileUnreadable, at.file.as_str(), &problem, at));
                    }
                }
                let body = Body { html: self.title(chapter, stand, at), ..Body::default() };
                Read { title: None, description: String::new(), updated: None, body }
            }
        }
    }

    /// The title of a chapter whose text has none.
    fn title(&mut self, chapter: ChapterId, stand: Stand, at: Span) -> String {
        let title = self.book.title(chapter, at);
        let id = match (chapter::heading_id(title), stand) {
            (id, _) if id.is_empty() => return format!("<h1>{}</h1>\n", escape::text(title)),
            (id, Stand::Print) => body::print_anchor(chapter, &id),
            (id, _) => id,
        };
        format!("<h1 id=\"{}\">{}</h1>\n", escape::attribute(&id), escape::text(title))
    }

    fn edit_url(&mut self, chapter: ChapterId, at: Span) -> Option<String> {
        let file = self.book.chapter_file(chapter, at);
        let template = self.book.config(at).edit_url.as_deref()?;
        Some(template.replace("{path}", &escape::url_path(file.as_str())))
    }

    fn canonical(&mut self, path: OutPath) -> Option<String> {
        let base = self.book.options().base_url.as_deref()?;
        Some(format!("{}/{}", base.trim_end_matches('/'), escape::url_path(path.as_str())))
    }

    fn contents(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let page = self.plain_page("contents", "Contents");
        let nav = self.book.contents(at).clone();
        let mut context = self.context(&page, "", at);
        context.insert_value("nav", self.shared.values.nav(&nav));
        self.render("contents.html", &context, at)
    }

    fn not_found(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let page = self.plain_page("not-found", "Page not found");
        // Answered at any address, so it alone cannot be relative.
        let live = self.book.options().live;
        let root = if live { "/" } else { self.book.config(at).site_url.as_str() };
        let mut content = String::new();
        if let Some(chapter) = self.book.not_found(at) {
            let top = self.top(chapter);
            content = self.read(chapter, Stand::Rooted(Name::new(root).as_str()), top).body.html;
        }
        let mut context = self.context(&page, &content, at);
        context.insert("root", root);
        self.render("404.html", &context, at)
    }

    fn print(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let mut content = String::new();
        let sheets = self.book.config(at).page_break;
        for chapter in self.book.chapters(at) {
            let top = self.top(*chapter);
            let read = self.read(*chapter, Stand::Print, top);
            let anchor = body::print_anchor(*chapter, "");
            let class = if sheets && !content.is_empty() { " class=\"sheet\"" } else { "" };
            let _ = writeln!(content, "<div id=\"{}\"{class}></div>", escape::attribute(&anchor));
            if !begins_with_title(&read.body.html) {
                // On a page of its own the chapter is told by the contents beside it; here, by its title alone.
                content.push_str(&self.title(*chapter, Stand::Print, top));
            }
            content.push_str(&read.body.html);
        }
        // Each page tells what is wrong with its chapter.
        self.note_errors();
        self.diagnostics.clear();
        let title = self.book.config(at).title.clone();
        let page = self.plain_page("print", &title);
        let context = self.context(&page, &content, at);
        self.render("print.html", &context, at)
    }

    fn redirect(&mut self, from: OutPath) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let Some(redirect) = self.book.redirect(from, at) else { return Vec::new() };
        let target = self.address(&redirect.to);
        let page = self.plain_page("redirect", "Moved");
        let mut content = String::new();
        for moved in &redirect.moved {
            if let Some(there) = &moved.there {
                content.push_str(&moved_entry(&moved.old, &self.address(there)));
            }
        }
        let mut context = self.context(&page, &content, at);
        context.insert("target", &target);
        self.render("redirect.html", &context, at)
    }

    /// The way from this page to `to`, a path from the site's root or an absolute address.
    fn address(&self, to: &str) -> String {
        if to.contains("://") { to.to_owned() } else { address(self.folder(), to) }
    }

    fn asset(&mut self, name: Name) -> Vec<u8> {
        let asset = self.book.asset(name, Span::top(PathId::new("book.toml")));
        asset.bytes.to_vec()
    }

    fn cname(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let name = self.book.config(at).cname.as_deref().unwrap_or_default();
        format!("{name}\n").into_bytes()
    }

    fn copy(&mut self, file: PathId) -> Vec<u8> {
        let at = Span::top(file);
        match self.book.files().bytes(file, MAX_COPY, at) {
            Ok(bytes) => bytes.to_vec(),
            Err(problem) => {
                self.diagnostics.push(read::complain(Code::FileUnreadable, file.as_str(), &problem, at));
                Vec::new()
            }
        }
    }

    /// A file of the book's own, with the addresses of others that it names as mdBook does: `{{ resource "a.css" }}`.
    fn extra(&mut self, file: PathId) -> Vec<u8> {
        let bytes = self.copy(file);
        if !file.as_str().ends_with(".css") && !file.as_str().ends_with(".js") {
            return bytes;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(not_text) => return not_text.into_bytes(),
        };
        let mut parts = text.split(RESOURCE);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("\" }}") {
                Some((name, rest)) => {
                    let extras = self.book.extras(Span::top(file));
                    let known = extras.iter().find(|extra| extra.name.as_str() == name);
                    let path = known.map_or(name, |extra| extra.path.as_str());
                    out.push_str(&"../".repeat(self.path.as_str().matches('/').count()));
                    out.push_str(&escape::url_path(path));
                    out.push_str(rest);
                }
                None => {
                    out.push_str(RESOURCE);
                    out.push_str(part);
                }
            }
        }
        out.into_bytes()
    }

    fn sitemap(&mut self) -> Vec<u8> {
        let at = Span::top(PathId::new("book.toml"));
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for chapter in self.book.chapters(at) {
            let path = self.book.page(*chapter, at);
            if let Some(address) = path.and_then(|path| self.canonical(path)) {
                let _ = writeln!(out, "<url><loc>{}</loc></url>", escape::text(&address));
            }
        }
        out.push_str("</urlset>\n");
        out.into_bytes()
    }

    fn receipt(&mut self, id: RecordId) -> Vec<u8> {
        let at = top();
        let Some(receipt) = receipt::record::Receipt::of(id, self.book, at) else { return Vec::new() };
        let folder = self.folder();
        let made = receipt.page(self.book, at, |to| address(folder, to));
        self.of_receipt("receipt.html", "receipt", made)
    }

    fn receipt_data(&mut self, id: RecordId) -> Vec<u8> {
        let at = top();
        let Some(receipt) = receipt::record::Receipt::of(id, self.book, at) else { return Vec::new() };
        let file = receipt.file();
        let text = self.book.files().bytes(file, MAX_TEXT, at).ok();
        let text = text.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("null");
        receipt.json(text, self.book, at).into_bytes()
    }

    fn table_receipt(&mut self, id: TableId) -> Vec<u8> {
        let at = top();
        let Some(table) = self.book.data().table(id, at) else { return Vec::new() };
        let folder = self.folder();
        let made = receipt::table::page(table, self.book, at, |to| address(folder, to));
        self.of_receipt("receipt.html", "receipt", made)
    }

    fn table_file(&mut self, id: TableId, write: fn(&Table) -> String) -> Vec<u8> {
        self.book.data().table(id, top()).map(|table| write(table).into_bytes()).unwrap_or_default()
    }

    fn numbers(&mut self) -> Vec<u8> {
        let folder = self.folder();
        let html = numbers::page(self.book, top(), |to| address(folder, to));
        self.of_receipt("numbers.html", "numbers", Made { title: "Numbers".into(), html })
    }

    /// A page about numbers, with the contents of the book beside it where they are short.
    fn of_receipt(&mut self, template: &str, kind: &'static str, made: Made) -> Vec<u8> {
        let at = top();
        let page = self.plain_page(kind, &made.title);
        let mut context = self.context(&page, &made.html, at);
        // The list of all numbers is long: it is held no longer than it must be.
        drop(made);
        if let Some(nav) = self.book.short_contents(at) {
            context.insert_value("nav", self.shared.values.nav(nav));
        }
        let numbers = Neighbour { title: "Numbers".into(), path: Some("numbers/index.html".into()) };
        context.insert("parents", &[numbers]);
        self.render(template, &context, at)
    }

    fn plain_page(&mut self, kind: &'static str, title: &str) -> PageView {
        PageView {
            kind,
            title: title.to_owned(),
            description: String::new(),
            path: escape::url_path(self.path.as_str()),
            number: None,
            updated: None,
            edit_url: None,
            canonical: None,
            toc: Vec::new(),
            numbers: None,
        }
    }

    /// What every template sees.
    fn context(&mut self, page: &PageView, content: &str, at: Span) -> Context {
        let config = self.book.config(at);
        let print = self.book.has_print(at);
        let extras = self.book.extras(at);
        let theme = self.book.theme(at);
        let live = self.book.options().live;
        let root = "../".repeat(self.path.as_str().matches('/').count());
        let named = |kind| {
            let used = extras.iter().filter(move |extra| extra.found && extra.kind == kind);
            used.map(|extra| escape::url_path(extra.path.as_str())).collect()
        };
        let book = || BookView {
            title: config.title.clone(),
            language: config.language.clone(),
            direction: config.direction.to_owned(),
            description: config.description.clone(),
            authors: config.authors.clone(),
            repository: config.repository.clone(),
            contents: resolve::contents_path(config).as_str(),
            print,
            scheme: match config.scheme {
                Scheme::Auto => "auto",
                Scheme::Light => "light",
                Scheme::Dark => "dark",
            },
            fold: config.fold,
            styles: named(ExtraKind::Style),
            scripts: named(ExtraKind::Script),
            copy: config.copyable,
        };
        let mut context = Context::new();
        context.insert_value("book", Value::from_serializable(&book()));
        context.insert("page", page);
        context.insert_value("content", Value::safe_string(content));
        context.insert("root", &root);
        context.insert("live", &live);
        context.insert_value("assets", self.shared.values.assets(&theme));
        context.insert("options", theme.options());
        for empty in ["prev", "next", "target"] {
            context.insert_value(empty, Value::none());
        }
        for list in ["nav", "parents", "open"] {
            context.insert::<_, [NavEntry]>(list, &[]);
        }
        context
    }

    fn render(&mut self, template: &str, context: &Context, at: Span) -> Vec<u8> {
        let theme = self.book.theme(at);
        let content = context.get("content").and_then(Value::as_str).map_or(0, str::len);
        let (out, wrong) = theme.render(template, context, content, self.path.as_str());
        self.diagnostics.extend(wrong);
        out
    }
}

/// Whether a heading of the first level is the first heading of a text, as mdBook asks of a chapter.
fn begins_with_title(html: &str) -> bool {
    let mut tags = html.match_indices("<h").filter_map(|(at, _)| html.as_bytes().get(at + 2));
    tags.find(|level| matches!(level, b'1'..=b'6')) == Some(&b'1')
}

/// The way from a page in `folder` to `to`, a path from the site's root that may have an anchor.
fn address(folder: &str, to: &str) -> String {
    let (path, anchor) = to.split_once('#').map_or((to, None), |(path, anchor)| (path, Some(anchor)));
    let mut out = escape::url_path(&path::relative(folder, path));
    if let Some(anchor) = anchor {
        out.push('#');
        out.push_str(&escape::url_fragment(anchor));
    }
    out
}

/// Puts the ids that once were published at their new place on the page, or, where they lead to another page, into a
/// list of what moved at its end.
fn with_moved(mut content: String, moved: &[Moved], folder: &str) -> String {
    let mut list = String::new();
    for anchor in moved {
        let old = escape::attribute(&anchor.old).into_owned();
        match (&anchor.here, &anchor.there) {
            (Some(new), _) => {
                let mark = format!("id=\"{}\"", escape::attribute(new));
                let place = content.find(&mark).and_then(|at| content.get(..at)?.rfind('<'));
                // Before the element that has the new id, so that a browser scrolls to the same line.
                content.insert_str(place.unwrap_or(content.len()), &format!("<a id=\"{old}\"></a>"));
            }
            (None, Some(there)) => {
                let to = if there.contains("://") { there.clone() } else { address(folder, there) };
                list.push_str(&moved_entry(&anchor.old, &to));
            }
            (None, None) => {}
        }
    }
    if !list.is_empty() {
        let _ = write!(
            content,
            "<section class=\"moved\" aria-label=\"Moved\">\n<p>Moved to other pages:</p>\n<ul>\n{list}</ul>\n</section>\n"
        );
    }
    content
}

/// An anchor that is elsewhere now: it has the old id and leads on.
fn moved_entry(old: &str, to: &str) -> String {
    let (id, text) = (escape::attribute(old), escape::text(old));
    format!("<li id=\"{id}\"><a href=\"{}\">{text}</a></li>\n", escape::attribute(to))
}

impl Values {
    /// A table of contents as a value for templates; built once for all pages that show the same.
    fn nav(&self, nav: &Hashed<Vec<NavEntry>>) -> Value {
        self.get(nav.hash_value(), || Value::from_serializable(&**nav))
    }

    fn assets(&self, theme: &resolve::ThemeView<'_>) -> Value {
        self.get(theme.hash_value(), || {
            let assets: std::collections::BTreeMap<&str, String> =
                theme.assets().iter().map(|(name, path)| (name.as_str(), escape::url_path(path.as_str()))).collect();
            Value::from_serializable(&assets)
        })
    }
}
