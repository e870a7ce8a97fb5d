//! The book: the fold of the table of contents and all outlines. Order, addresses, anchors, neighbours, what the
//! site is made of.
//!
//! The fold itself is not tracked: it is made anew when an outline, the contents, the settings or the list of files
//! has moved, and kept as it is otherwise. Units ask it in small questions through their readers.

use super::data::{Data, chapter_path};
use super::nav::{self, NavEntry, Tree};
use super::outline::{Outline, State};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::escape;
use crate::id::{ChapterId, Cited, Name, OutPath, PathId, RecordId, TableId};
use crate::parse::config::{Config, Mode, NotFound};
use crate::parse::summary::{Entry, Item};
use crate::site::{Hash, Hashed, OutputId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// The outlines of all chapters.
pub type Outlines = FxHashMap<ChapterId, Hashed<Outline>>;

/// A chapter in its place.
#[derive(Clone, Debug)]
pub(super) struct Chapter {
    pub(super) title: String,
    pub(super) number: Option<String>,
    /// Where its page stands; none for one that has no page.
    pub(super) out: Option<OutPath>,
    pub(super) outline: Hashed<Outline>,
    /// Its node in the tree of contents.
    pub(super) node: usize,
    /// Its place in the order of pages.
    pub(super) place: usize,
}

/// An old anchor, and where it leads now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moved {
    /// The id that was published.
    pub old: String,
    /// The id on the same page, when it is on the same page.
    pub here: Option<String>,
    /// Otherwise the address from the site's root.
    pub there: Option<String>,
}

/// A page that is gone: where it leads, and where its anchors lead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Redirect {
    /// The new page, from the site's root, perhaps with an anchor; or an absolute address.
    pub to: String,
    /// Anchors that lead elsewhere than the page.
    pub moved: Vec<Moved>,
}

/// A place that uses a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usage {
    /// The number.
    pub cited: Cited,
    /// The chapter, by its place in the order of pages.
    place: usize,
    /// The chapter.
    pub chapter: ChapterId,
    /// The id on its page; empty for the top of the page.
    pub anchor: Name,
}

/// The numbers of one record or one table that are used.
pub(super) type Uses<K> = BTreeMap<K, Hashed<Vec<Usage>>>;

/// Everything that is folded.
pub(super) struct Fold {
    pub(super) chapters: FxHashMap<ChapterId, Chapter>,
    /// The chapters that have pages, in order.
    pub(super) order: Vec<ChapterId>,
    pub(super) tree: Tree,
    pub(super) whole: Hashed<Vec<NavEntry>>,
    /// Every file of the site that a link can lead to; for a page, its chapter.
    pub(super) targets: BTreeMap<OutPath, Option<ChapterId>>,
    pub(super) targets_hash: Hash,
    pub(super) anchor_redirects: FxHashMap<ChapterId, Vec<Moved>>,
    pub(super) page_redirects: BTreeMap<OutPath, Redirect>,
    pub(super) print: bool,
    pub(super) uses: Uses<RecordId>,
    pub(super) table_uses: Uses<TableId>,
    /// The tables whose cells are used or shown, sorted.
    pub(super) tables: Vec<TableId>,
    outputs: Vec<(OutputId, OutPath)>,
    diagnostics: Vec<Diagnostic>,
    from: Hash,
}

/// The book at one moment: its data, and the fold of its outlines.
pub struct Book {
    pub(super) data: Arc<Data>,
    pub(super) fold: Arc<Fold>,
}

/// The longest name of a file or folder, in bytes, that the common file systems take.
const MOST_NAME: usize = 255;

/// The most chapters that are put on one page without being asked for.
const PRINT_MOST: usize = 200;

impl Book {
    /// Folds the book.
    pub(crate) fn fold(data: Arc<Data>, outlines: &Outlines) -> Book {
        let from = fingerprint(&data, outlines);
        let fold = Arc::new(Folder::new(&data, outlines, from).run());
        Book { data, fold }
    }

    /// Whether the fold stays as it is over `data`, as long as no outline has moved.
    pub(crate) fn folds_as(&self, data: &Data) -> bool {
        self.data.folds_as(data)
    }

    /// The same fold over other data.
    pub(crate) fn with_data(&self, data: Arc<Data>) -> Book {
        Book { data, fold: self.fold.clone() }
    }

    /// The hash of all that the fold was made from: while it stays, so does every answer of the book.
    pub(crate) fn fold_hash(&self) -> Hash {
        self.fold.from
    }

    /// The data beneath, for whoever runs the pipeline.
    pub(crate) fn data(&self) -> &Arc<Data> {
        &self.data
    }

    /// What the site is made of.
    pub fn outputs(&self) -> &[(OutputId, OutPath)] {
        &self.fold.outputs
    }

    /// What is wrong with the book as a whole.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.fold.diagnostics
    }

    /// What `anchors.lock` says when all pages and anchors of this book are added to it, and how many are new.
    pub(crate) fn lock_text(&self) -> (String, usize) {
        let mut published = Vec::new();
        for chapter in self.fold.order.iter().filter_map(|id| self.fold.chapters.get(id)) {
            let Some(path) = chapter.out else { continue };
            published.push((path.as_str().to_owned(), String::new()));
            let ids = chapter.outline.ids.iter();
            published.extend(ids.map(|id| (path.as_str().to_owned(), id.as_str().to_owned())));
        }
        let added = published.iter().filter(|entry| !self.data.lock.entries.contains_key(entry)).count();
        (super::lock::to_text(&self.data.lock, published.into_iter()), added)
    }
}

/// The hash of all that the fold reads.
fn fingerprint(data: &Data, outlines: &Outlines) -> Hash {
    let mut chapters: Vec<(ChapterId, Hash)> = outlines.iter().map(|(id, o)| (*id, o.hash_value())).collect();
    chapters.sort_unstable();
    let assets: Vec<(Name, Hash)> = data.theme.assets.iter().map(|(name, asset)| (*name, asset.hash)).collect();
    let lock: Vec<&(String, String)> = data.lock.entries.keys().collect();
    let places: Vec<_> = data.summary.places.iter().collect();
    Hash::of(&(
        (chapters, &data.summary.summary, places),
        (data.config.hash_value(), &*data.redirect_places, &*data.file_places, data.extras.hash_value()),
        (data.files.paths(), assets, lock, data.lock.entries.values().collect::<Vec<_>>()),
    ))
}

/// Where the page of a chapter stands.
pub(super) fn page_path(chapter: ChapterId) -> OutPath {
    let (folder, file) = match chapter.as_str().rsplit_once('/') {
        Some((folder, file)) => (Some(folder), file),
        None => (None, chapter.as_str()),
    };
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = if stem.eq_ignore_ascii_case("readme") { "index" } else { stem };
    OutPath::new(&match folder {
        Some(folder) => format!("{folder}/{stem}.html"),
        None => format!("{stem}.html"),
    })
}

/// Where the receipt of a record stands, by its ending: `html`, `json`.
pub fn receipt_path(record: RecordId, ending: &str) -> String {
    format!("numbers/{}/{}.{ending}", plain_name(record.benchmark), plain_name(record.machine))
}

/// Where the receipt of a table stands, by its ending: `html`, `csv`, `json`.
pub fn table_path(table: TableId, ending: &str) -> String {
    format!("numbers/{}.{ending}", plain_name(table.0))
}

/// A name as a part of a path: one that leads nowhere else. That a name is no such part was told where it stands.
fn plain_name(name: Name) -> std::borrow::Cow<'static, str> {
    match name.as_str() {
        "" | "." | ".." => "-".into(),
        name if name.contains(['/', '\\']) => name.replace(['/', '\\'], "-").into(),
        name => name.into(),
    }
}

/// Where an asset of the theme stands.
pub(super) fn asset_path(name: Name, hash: Hash, plain: bool) -> OutPath {
    let path = format!("assets/{name}");
    if plain { OutPath::new(&path) } else { marked(&path, hash) }
}

/// A path whose name carries a mark of what the file holds, so that it can be kept for ever by whoever fetched it.
pub(super) fn marked(path: &str, hash: Hash) -> OutPath {
    let mark: String = hash.to_string().chars().take(10).collect();
    OutPath::new(&match path.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem}-{mark}.{ending}"),
        _ => format!("{path}-{mark}"),
    })
}

/// The chapter's file that becomes the page for addresses that lead nowhere, if the book has one.
pub(super) fn not_found(config: &Config) -> Option<ChapterId> {
    match &config.not_found {
        NotFound::Usual => Some(ChapterId::new("404.md")),
        NotFound::File(file) => Some(ChapterId::new(file)),
        NotFound::None => None,
    }
}

/// The name of the page that shows the whole tree of contents. mdBook has one of its own name.
pub(crate) fn contents_path(config: &Config) -> OutPath {
    OutPath::new(match config.mode {
        Mode::Benchbook => "contents.html",
        Mode::MdBook => "toc.html",
    })
}

struct Folder<'a> {
    data: &'a Data,
    outlines: &'a Outlines,
    fold: Fold,
    /// Each output path, folded to lower case, with what is made there.
    taken: FxHashMap<String, (OutputId, Span)>,
    /// Where the pages would stand of chapters whose files are missing. That is told once, at their entries.
    missing: FxHashSet<OutPath>,
    /// Each folder of the site, folded likewise, with the first thing that is made in it.
    folders: FxHashMap<String, (OutputId, Span)>,
}

impl<'a> Folder<'a> {
    fn new(data: &'a Data, outlines: &'a Outlines, from: Hash) -> Self {
        let fold = Fold {
            chapters: FxHashMap::default(),
            order: Vec::new(),
            tree: Tree::default(),
            whole: Hashed::new(Vec::new()),
            targets: BTreeMap::new(),
            targets_hash: Hash::default(),
            anchor_redirects: FxHashMap::default(),
            page_redirects: BTreeMap::new(),
            print: false,
            uses: BTreeMap::new(),
            table_uses: BTreeMap::new(),
            tables: Vec::new(),
            outputs: Vec::new(),
            diagnostics: Vec::new(),
            from,
        };
        Self {
            data,
            outlines,
            fold,
            taken: FxHashMap::default(),
            missing: FxHashSet::default(),
            folders: FxHashMap::default(),
        }
    }

    fn run(mut self) -> Fold {
        let summary = &self.data.summary.summary;
        for item in &summary.items {
            match item {
                Item::Part(title) => {
                    let contents = contents_path(&self.data.config).as_str().to_owned();
                    self.fold.tree.push(nav_entry("part", title, None, Some(contents)), None);
                }
                Item::Separator => {
                    self.fold.tree.push(nav_entry("separator", "", None, None), None);
                }
                Item::Chapter(entry) => self.chapter(entry, None),
            }
        }
        self.fold.print = match self.data.config.print {
            Some(asked) => asked && !self.fold.order.is_empty(),
            None => (1..=PRINT_MOST).contains(&self.fold.order.len()),
        };
        if self.fold.tree.nodes.len() <= nav::MOST {
            // In a tree that stands whole on the page, a part is a title and leads nowhere.
            for node in &mut self.fold.tree.nodes {
                if node.entry.kind == "part" {
                    node.entry.path = None;
                }
            }
        }
        self.fold.whole = Hashed::new(self.fold.tree.whole());
        self.uses();
        self.pages();
        self.receipts();
        self.files();
        self.fold.targets_hash = Hash::of(&self.fold.targets);
        self.redirects();
        self.check_lock();
        self.check_unlisted();
        self.fold.outputs.sort_unstable();
        self.fold
    }

    fn chapter(&mut self, entry: &Entry, above: Option<usize>) {
        let settings: &Config = &self.data.config;
        let number: Vec<String> = entry.number.iter().map(u32::to_string).collect();
        let number = (settings.section_labels && !number.is_empty()).then(|| format!("{}.", number.join(".")));
        let outline = entry.chapter.and_then(|id| self.outlines.get(&id));
        let title = outline.and_then(|o| o.title.clone()).unwrap_or_else(|| entry.title.clone());
        let mut out = entry.chapter.zip(outline).filter(|(_, o)| !o.draft).map(|(id, _)| page_path(id));
        if let (Some(id), Some(State::Missing)) = (entry.chapter, outline.map(|o| o.state)) {
            self.missing(id);
            self.missing.insert(page_path(id));
            if !settings.create_missing {
                out = None;
            }
        }
        if let (Some(id), true) = (entry.chapter, outline.is_some_and(|o| o.unchecked)) {
            let at = Span::top(chapter_path(settings, id.as_str()));
            let wrong = Diagnostic::new(Code::ClaimDraft, at, "the claims of a draft are not checked");
            self.fold.diagnostics.push(wrong.help("take `draft` away to check them, or remove the claims"));
        }
        let path = out.map(|out| escape::url_path(out.as_str()));
        let node = self.fold.tree.push(nav_entry("chapter", &title, number.clone(), path), above);
        if let (Some(id), Some(outline)) = (entry.chapter, outline) {
            let place = self.fold.order.len();
            if out.is_some() {
                self.fold.order.push(id);
            }
            self.fold.chapters.insert(id, Chapter { title, number, out, outline: outline.clone(), node, place });
        }
        for child in &entry.children {
            self.chapter(child, Some(node));
        }
    }

    /// Where numbers are used: by records and tables, each in the order of the numbers and then of the chapters.
    fn uses(&mut self) {
        let mut records: BTreeMap<RecordId, Vec<Usage>> = BTreeMap::new();
        let mut tables: BTreeMap<TableId, Vec<Usage>> = BTreeMap::new();
        let mut shown: BTreeSet<TableId> = BTreeSet::new();
        for (place, id) in self.fold.order.iter().enumerate() {
            let Some(chapter) = self.fold.chapters.get(id) else { continue };
            shown.extend(&chapter.outline.tables);
            for used in &chapter.outline.uses {
                let usage = Usage { cited: used.cited, place, chapter: *id, anchor: used.anchor };
                match used.cited {
                    Cited::Result(record, _) => records.entry(record).or_default().push(usage),
                    Cited::Cell(table, ..) => tables.entry(table).or_default().push(usage),
                }
            }
        }
        fn sorted<K: Ord>(uses: BTreeMap<K, Vec<Usage>>) -> Uses<K> {
            let sorted = |mut all: Vec<Usage>| {
                all.sort_unstable();
                Hashed::new(all)
            };
            uses.into_iter().map(|(of, all)| (of, sorted(all))).collect()
        }
        shown.extend(tables.keys());
        self.fold.tables = shown.into_iter().collect();
        self.fold.uses = sorted(records);
        self.fold.table_uses = sorted(tables);
    }

    fn missing(&mut self, id: ChapterId) {
        let settings = &self.data.config;
        let path = chapter_path(settings, id.as_str());
        let at = self.place(id);
        let known = self
            .data
            .files
            .paths()
            .iter()
            .filter_map(|p| inner(settings, *p))
            .filter(|p| p.ends_with(".md") && *p != id.as_str());
        let mut found =
            Diagnostic::new(Code::ChapterMissing, at, format!("`{path}` does not exist")).label("no such chapter");
        if let Some(near) = nearest(id.as_str(), known) {
            found = found.help(format!("did you mean `{near}`?"));
        }
        found = found.help("create it with `benchbook new`, or write the entry as a draft: `[Title]()`");
        if settings.create_missing {
            found.severity = crate::diag::Severity::Warning;
        }
        self.fold.diagnostics.push(found);
    }

    fn place(&self, id: ChapterId) -> Span {
        self.data.summary.places.get(&id).copied().unwrap_or_else(|| Span::top(super::data::config_path()))
    }

    /// Notes that `id` is made at `path`; false when something else is already.
    fn take(&mut self, id: OutputId, path: OutPath, at: Span) -> bool {
        let folded: String = path.as_str().nfc().collect::<String>().to_lowercase();
        if let Some((first, first_at)) = self.taken.get(&folded) {
            // The first chapter may be `index.md` already.
            if matches!(id, OutputId::Index) {
                return false;
            }
            let message = format!("{} and {} both make `{path}`", told(*first), told(id));
            let found = Diagnostic::new(Code::OutputCollision, at, message).label("this one");
            let found = found.also(*first_at, "and this one").help("rename or remove one of them");
            self.fold.diagnostics.push(found);
            return false;
        }
        if let Err(wrong) = self.fits(id, path, &folded, at) {
            self.fold.diagnostics.push(*wrong);
            return false;
        }
        for (end, _) in folded.match_indices('/') {
            self.folders.entry(folded.get(..end).unwrap_or_default().to_owned()).or_insert((id, at));
        }
        self.taken.insert(folded, (id, at));
        self.fold.outputs.push((id, path));
        true
    }

    /// Whether a file can stand at `path`, which is `folded` where case does not count, beside those that are taken.
    fn fits(&self, id: OutputId, path: OutPath, folded: &str, at: Span) -> Result<(), Box<Diagnostic>> {
        if let Some(part) = path.as_str().split('/').find(|part| part.len() > MOST_NAME) {
            let message = format!("{} would make a file with a name of {} bytes", told(id), part.len());
            let found = Diagnostic::new(Code::PathInvalid, at, message).label("too long a name");
            return Err(Box::new(
                found.help(format!("a name of a file has at most {MOST_NAME} bytes: choose a shorter one")),
            ));
        }
        let above = folded.match_indices('/').filter_map(|(end, _)| folded.get(..end));
        let clash = self.folders.get(folded).or_else(|| above.into_iter().find_map(|folder| self.taken.get(folder)));
        let Some((other, other_at)) = clash else { return Ok(()) };
        let message = format!(
            "{} and {} cannot both be made: a file of one has the name of a folder of the other",
            told(*other),
            told(id)
        );
        let found = Diagnostic::new(Code::OutputCollision, at, message).label("this one");
        Err(Box::new(found.also(*other_at, "and this one").help("rename or remove one of them")))
    }

    fn pages(&mut self) {
        let config = super::data::config_path();
        let own = contents_path(&self.data.config);
        let mut fixed = vec![(OutputId::Contents, own)];
        if self.data.config.not_found != NotFound::None {
            fixed.push((OutputId::NotFound, OutPath::new("404.html")));
        }
        if self.data.config.mode == Mode::MdBook {
            fixed.push((OutputId::NoJekyll, OutPath::new(".nojekyll")));
        }
        if self.data.config.cname.is_some() {
            fixed.push((OutputId::Cname, OutPath::new("CNAME")));
        }
        if self.fold.print {
            fixed.push((OutputId::Print, OutPath::new("print.html")));
        }
        if self.data.options.base_url.is_some() {
            fixed.push((OutputId::Sitemap, OutPath::new("sitemap.xml")));
        }
        for (id, path) in fixed {
            let linked = matches!(id, OutputId::Contents | OutputId::Print);
            if self.take(id, path, Span::top(config)) && linked {
                self.fold.targets.insert(path, None);
            }
        }
        for id in self.fold.order.clone() {
            let Some(path) = self.fold.chapters.get(&id).and_then(|c| c.out) else { continue };
            let at = self.place(id);
            if self.reserved(path, at) {
                continue;
            }
            if not_found(&self.data.config) == Some(id) && path.as_str() == "404.html" {
                // The page for what is not found shows it already.
                self.fold.targets.insert(path, Some(id));
                continue;
            }
            if self.take(OutputId::Page(id), path, at) {
                self.fold.targets.insert(path, Some(id));
            }
        }
        if let Some(first) = self.fold.order.first().copied() {
            let index = OutPath::new("index.html");
            if self.take(OutputId::Index, index, self.place(first)) {
                self.fold.targets.insert(index, Some(first));
            }
        }
        let theme: Vec<(Name, Hash)> = self.data.theme.assets.iter().map(|(n, a)| (*n, a.hash)).collect();
        for (name, hash) in theme {
            let path = asset_path(name, hash, self.data.plain_names());
            self.take(OutputId::Asset(name), path, Span::top(config));
        }
        self.extras();
    }

    /// What shows where numbers come from.
    fn receipts(&mut self) {
        let at = Span::top(super::data::config_path());
        let records: Vec<RecordId> = self.fold.uses.keys().copied().collect();
        let tables = self.fold.tables.clone();
        if records.is_empty() && tables.is_empty() {
            return;
        }
        let mut wanted = vec![
            (OutputId::Numbers, "numbers/index.html".to_owned()),
            (OutputId::NumbersData, "numbers/index.json".to_owned()),
        ];
        if !tables.is_empty() {
            wanted.push((OutputId::DataPackage, "datapackage.json".to_owned()));
        }
        for record in records {
            wanted.push((OutputId::Receipt(record), receipt_path(record, "html")));
            wanted.push((OutputId::ReceiptData(record), receipt_path(record, "json")));
        }
        for table in tables {
            wanted.push((OutputId::TableReceipt(table), table_path(table, "html")));
            wanted.push((OutputId::TableCsv(table), table_path(table, "csv")));
            wanted.push((OutputId::TableJson(table), table_path(table, "json")));
        }
        for (id, path) in wanted {
            let path = OutPath::new(&path);
            if self.take(id, path, at) {
                self.fold.targets.insert(path, None);
            }
        }
    }

    /// The style sheets and scripts of the book's own.
    fn extras(&mut self) {
        let data = self.data;
        let place =
            |file| data.file_places.get(&file).copied().unwrap_or_else(|| Span::top(super::data::config_path()));
        for extra in data.extras.iter() {
            let at = place(extra.file);
            if extra.found {
                self.take(OutputId::Extra(extra.file), extra.path, at);
            } else {
                let message = format!("`{}` does not exist", extra.file);
                let found = Diagnostic::new(Code::FileMissing, at, message).label("no such file");
                self.fold.diagnostics.push(found.help("files of [output.html] are named from the folder of book.toml"));
            }
        }
        let NotFound::File(file) = &data.config.not_found else { return };
        if !data.files.lists(chapter_path(&data.config, file)) {
            let message = format!("`{}` does not exist", chapter_path(&data.config, file));
            let found = Diagnostic::new(Code::FileMissing, place(PathId::new(file)), message).label("no such file");
            self.fold.diagnostics.push(found.help("the file of `input-404` is named from the folder of chapters"));
        }
    }

    /// Whether an address is one that Benchbook keeps; told once, at `at`.
    fn reserved(&mut self, path: OutPath, at: Span) -> bool {
        let first = path.as_str().split('/').next().unwrap_or_default();
        let folder = path.as_str().contains('/');
        let ours = self.data.config.mode == Mode::Benchbook;
        let kept =
            path.as_str().split('/').any(|part| part.starts_with(".benchbook") || part.eq_ignore_ascii_case(".git"))
                || (folder && first == "assets" && self.data.theme.assets.keys().any(|n| collides(path, *n)))
                || (ours && folder && (first == "numbers" || first == "assets"));
        if kept {
            let message = format!("`{path}` is an address that Benchbook keeps for itself");
            self.fold.diagnostics.push(Diagnostic::new(Code::OutputReserved, at, message).help("choose another name"));
        }
        kept
    }

    /// The files that are copied as they are.
    fn files(&mut self) {
        let paths: Vec<(PathId, OutPath)> = {
            let settings = &self.data.config;
            let copied = |path: PathId| {
                let inner = inner(settings, path)?;
                is_copied(settings.mode, inner).then(|| (path, OutPath::new(inner)))
            };
            self.data.files.paths().iter().filter_map(|p| copied(*p)).collect()
        };
        for (path, out) in paths {
            let at = Span::top(path);
            if self.reserved(out, at) {
                continue;
            }
            let named = self.data.extras.iter().any(|extra| extra.file == path && extra.path == out);
            if named || self.take(OutputId::Copy(path), out, at) {
                self.fold.targets.insert(out, None);
            }
        }
    }

    fn redirects(&mut self) {
        let config = self.data.config.clone();
        let places = self.data.redirect_places.clone();
        for ((from, to), (from_at, to_at)) in config.redirects.iter().zip(places.iter()) {
            if let Err(wrong) = self.redirect(from, to, *from_at, *to_at) {
                self.fold.diagnostics.push(*wrong);
            }
        }
        // A redirect may lead to another, but not round.
        let starts: BTreeMap<OutPath, Span> = config
            .redirects
            .iter()
            .zip(places.iter())
            .filter_map(|((from, _), (at, _))| Some((site_path(from).filter(|_| !from.contains('#'))?, *at)))
            .filter(|(path, _)| self.fold.page_redirects.contains_key(path))
            .collect();
        // A ring is told once, and so is what leads into it.
        let mut round: FxHashSet<OutPath> = FxHashSet::default();
        for start in starts.keys().copied() {
            let mut seen = FxHashSet::default();
            let mut at = start;
            while let Some(next) = self.fold.page_redirects.get(&at).map(|r| OutPath::new(page_of(&r.to))) {
                if round.contains(&at) {
                    break;
                }
                if !seen.insert(at) {
                    round.extend(seen);
                    let message = format!("the redirect of `/{start}` goes round in a ring");
                    let at = starts.get(&start).copied().unwrap_or_else(|| Span::top(super::data::config_path()));
                    let found = Diagnostic::new(Code::RedirectInvalid, at, message);
                    self.fold.diagnostics.push(found.help("let one of the redirects in it lead to a page"));
                    break;
                }
                at = next;
            }
        }
    }

    fn redirect(&mut self, from: &str, to: &str, from_at: Span, to_at: Span) -> Result<(), Box<Diagnostic>> {
        let outside = |at: Span, text: &str| {
            let message = format!("`{text}` is not an address of the site");
            let found = Diagnostic::new(Code::PathOutsideBook, at, message).label("leads out of the site");
            Box::new(found.help("write a path from the root of the site, such as `/old.html`"))
        };
        let (page, anchor) = match from.split_once('#') {
            Some((page, anchor)) => (page, Some(anchor)),
            None => (from, None),
        };
        if page.contains('?') {
            let message = format!("a redirect from `{from}` would never be found");
            let found = Diagnostic::new(Code::RedirectInvalid, from_at, message).label("`?` begins a query");
            return Err(Box::new(
                found.help("a query chooses no page: leave it out, or write `%3F` for a `?` in a name"),
            ));
        }
        let path = site_path(page).ok_or_else(|| outside(from_at, from))?;
        let external = to.starts_with("https://") || to.starts_with("http://");
        if !external && scheme(to).is_some() {
            let message = format!("a redirect to `{to}` is not allowed");
            let found = Diagnostic::new(Code::SchemeNotAllowed, to_at, message);
            return Err(Box::new(
                found.help("write a path of the site, or an address that begins with `https://` or `http://`"),
            ));
        }
        // As in mdBook, the new address counts from the old page unless it begins with a slash.
        let target = if external {
            to.to_owned()
        } else {
            let (to_page, to_anchor) = to.split_once('#').map_or((to, ""), |(p, a)| (p, a));
            let folder = path.as_str().rsplit_once('/').map_or("", |(f, _)| f);
            let resolved = match to_page {
                "" => path,
                absolute if absolute.starts_with('/') => site_path(absolute).ok_or_else(|| outside(to_at, to))?,
                relative => match crate::read::path::join(folder, relative) {
                    Ok(path) if !path.as_str().starts_with("..") => OutPath(path.0),
                    // A book that is part of a larger site may lead out of itself.
                    _ if self.data.config.mode == Mode::MdBook => OutPath::new(relative),
                    _ => return Err(outside(to_at, to)),
                },
            };
            self.check_target(resolved, to_anchor, to, to_at)?;
            if to_anchor.is_empty() { resolved.as_str().to_owned() } else { format!("{resolved}#{to_anchor}") }
        };
        match anchor {
            None => {
                if self.fold.targets.contains_key(&path) {
                    let message = format!("`/{path}` exists, so nothing is redirected");
                    let found = Diagnostic::new(Code::RedirectInvalid, from_at, message);
                    return Err(Box::new(found.help("remove the redirect, or the page")));
                }
                if !self.reserved(path, from_at) && self.take(OutputId::Redirect(path), path, from_at) {
                    self.fold.page_redirects.insert(path, Redirect { to: target, moved: Vec::new() });
                }
            }
            Some(old) => {
                let here = target.strip_prefix(path.as_str()).and_then(|rest| rest.strip_prefix('#'));
                let moved = Moved {
                    old: old.to_owned(),
                    here: here.map(str::to_owned),
                    there: here.is_none().then_some(target.clone()),
                };
                if let Some(chapter) = self.fold.targets.get(&path).copied().flatten() {
                    self.fold.anchor_redirects.entry(chapter).or_default().push(moved);
                } else if let Some(redirect) = self.fold.page_redirects.get_mut(&path) {
                    // The redirects are in the order of their addresses: that of the page came before.
                    redirect.moved.push(moved);
                } else {
                    let message = format!("`/{path}` is not a page, so it has no anchors");
                    let help = format!("redirect the page too: `\"/{path}\" = \"/...\"`");
                    return Err(Box::new(Diagnostic::new(Code::RedirectInvalid, from_at, message).help(help)));
                }
            }
        }
        Ok(())
    }

    fn check_target(&self, path: OutPath, anchor: &str, to: &str, at: Span) -> Result<(), Box<Diagnostic>> {
        let redirected = self.data.config.redirects.iter().any(|(from, _)| site_path(from) == Some(path));
        let lenient = self.data.config.mode == Mode::MdBook;
        let known = self.fold.targets.get(&path);
        if known.is_none() && !redirected && !lenient && !self.missing.contains(&path) {
            let message = format!("the redirect leads to `{to}`, which does not exist");
            let found = Diagnostic::new(Code::RedirectInvalid, at, message).label("no such page");
            let targets = self.fold.targets.keys().map(|p| p.as_str());
            return Err(Box::new(match nearest(path.as_str(), targets) {
                Some(near) => found.help(format!("did you mean `/{near}`?")),
                None => found.help("write the address of a page of the site, such as `/index.html`"),
            }));
        }
        if let Some(chapter) = known.copied().flatten().and_then(|id| self.fold.chapters.get(&id)) {
            let there = anchor.is_empty()
                || chapter.outline.state != State::Read
                || chapter.outline.ids.binary_search(&Name::new(anchor)).is_ok();
            if !there && !lenient {
                let message = format!("the redirect leads to `#{anchor}`, which `{path}` does not have");
                let found = Diagnostic::new(Code::RedirectInvalid, at, message).label("no such anchor");
                let ids = chapter.outline.ids.iter().map(|id| id.as_str());
                return Err(Box::new(match nearest(anchor, ids) {
                    Some(near) => found.help(format!("did you mean `#{near}`?")),
                    None => found.help("leave the anchor out to lead to the top of the page"),
                }));
            }
        }
        Ok(())
    }

    fn check_lock(&mut self) {
        if self.data.config.mode == Mode::MdBook {
            return;
        }
        let mut lost = Vec::new();
        for ((page, anchor), at) in &self.data.lock.entries {
            let path = OutPath::new(page);
            let chapter = self.fold.targets.get(&path);
            let redirected = self.fold.page_redirects.contains_key(&path);
            match chapter {
                None if redirected || self.missing.contains(&path) => {}
                None if anchor.is_empty() => {
                    let message = format!("`{page}` was published and is gone");
                    lost.push(
                        Diagnostic::new(Code::PageLost, *at, message)
                            .help(format!("add `\"/{page}\" = \"/...\"` to [output.html.redirect] in book.toml")),
                    );
                }
                // The page is told already.
                None => {}
                Some(None) => {}
                Some(Some(id)) => {
                    let Some(chapter) = self.fold.chapters.get(id) else { continue };
                    let moved = self.fold.anchor_redirects.get(id);
                    let there = anchor.is_empty()
                        || chapter.outline.state != State::Read
                        || chapter.outline.ids.binary_search(&Name::new(anchor)).is_ok()
                        || moved.is_some_and(|m| m.iter().any(|m| m.old == *anchor));
                    if !there {
                        let message = format!("the anchor `{page}#{anchor}` was published and is gone");
                        let mut found = Diagnostic::new(Code::AnchorLost, *at, message);
                        let ids = chapter.outline.ids.iter().map(|id| id.as_str());
                        let new = nearest(anchor, ids).unwrap_or("...");
                        found = found.help(format!(
                            "add `\"/{page}#{anchor}\" = \"/{page}#{new}\"` to [output.html.redirect] in book.toml"
                        ));
                        lost.push(found);
                    }
                }
            }
        }
        self.fold.diagnostics.append(&mut lost);
    }

    /// Markdown files among the chapters that no entry names.
    fn check_unlisted(&mut self) {
        let settings = &self.data.config;
        if settings.mode == Mode::MdBook {
            return;
        }
        let included: FxHashSet<PathId> = self.outlines.values().flat_map(|o| o.includes.iter().copied()).collect();
        let mut told = Vec::new();
        for path in self.data.files.paths() {
            let Some(inner) = inner(settings, *path) else { continue };
            let error_page = not_found(settings).is_some_and(|id| id.as_str() == inner);
            let markdown = inner.ends_with(".md") && inner != "SUMMARY.md" && !is_data(inner) && !error_page;
            if markdown && !self.outlines.contains_key(&ChapterId::new(inner)) && !included.contains(path) {
                let message = format!("`{path}` is not listed in SUMMARY.md, so no page is made of it");
                told.push(
                    Diagnostic::new(Code::ChapterUnlisted, Span::top(*path), message)
                        .help(format!("add `- [Title]({inner})` to SUMMARY.md, or move the file out of the chapters")),
                );
            }
        }
        self.fold.diagnostics.append(&mut told);
    }
}

fn nav_entry(kind: &'static str, title: &str, number: Option<String>, path: Option<String>) -> NavEntry {
    NavEntry { kind, title: title.to_owned(), number, path, children: Vec::new() }
}

fn collides(path: OutPath, asset: Name) -> bool {
    path.as_str().strip_prefix("assets/") == Some(asset.as_str())
}

fn told(id: OutputId) -> String {
    match id {
        OutputId::Page(chapter) => format!("the chapter `{chapter}`"),
        OutputId::Copy(path) => format!("the file `{path}`"),
        OutputId::Extra(path) => format!("the book's own `{path}`"),
        OutputId::NoJekyll => "the mark for GitHub Pages".into(),
        OutputId::Cname => "the name of the host".into(),
        OutputId::Redirect(from) => format!("the redirect of `/{from}`"),
        OutputId::Asset(name) => format!("the theme's `{name}`"),
        OutputId::Index => "the first chapter".into(),
        OutputId::Contents => "the contents page".into(),
        OutputId::NotFound => "the page for what is not found".into(),
        OutputId::Print => "the page for printing".into(),
        OutputId::Sitemap => "the sitemap".into(),
        OutputId::Receipt(record) | OutputId::ReceiptData(record) => format!("the receipt of `{record}`"),
        OutputId::TableReceipt(table) | OutputId::TableCsv(table) | OutputId::TableJson(table) => {
            format!("the receipt of the table `{table}`")
        }
        OutputId::Numbers | OutputId::NumbersData => "the list of all numbers".into(),
        OutputId::DataPackage => "the description of the tables".into(),
    }
}

/// A path counted from the folder of chapters, if it lies there.
fn inner(config: &Config, path: PathId) -> Option<&'static str> {
    match config.src.as_str() {
        "" => Some(path.as_str()),
        src => path.as_str().strip_prefix(src)?.strip_prefix('/'),
    }
}

/// Data files, by their path from the folder of chapters.
pub(super) fn is_data(inner: &str) -> bool {
    inner.starts_with("data/") || inner.starts_with("measurements/") || inner.starts_with("benchmarks/")
}

/// Which files of the folder of chapters are copied into the site.
fn is_copied(mode: Mode, inner: &str) -> bool {
    let name = inner.rsplit('/').next().unwrap_or_default();
    let backup = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp");
    let chapter = name.ends_with(".md");
    match mode {
        Mode::MdBook => !chapter && name != "book.toml",
        Mode::Benchbook => !chapter && !backup && !is_data(inner) && !name.ends_with(".toml"),
    }
}

/// The output that an absolute address of the site names: `/a.html` is `a.html`, `/a/` is `a/index.html`.
fn site_path(address: &str) -> Option<OutPath> {
    let path = address.split('#').next().unwrap_or_default();
    let path = crate::parse::summary::percent_decoded(path);
    let path = path.strip_prefix('/').unwrap_or(&path).to_owned();
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
    match crate::read::path::join("", &path) {
        Ok(joined) if joined.as_str() == path && !path.starts_with("..") => Some(OutPath(joined.0)),
        _ => None,
    }
}

fn page_of(target: &str) -> &str {
    target.split('#').next().unwrap_or_default()
}

/// The scheme of an address, if it has one. Browsers pass over white space and control characters in it.
pub(super) fn scheme(address: &str) -> Option<String> {
    let bare: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let (scheme, _) = bare.split_once(':')?;
    let first = scheme.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (first && rest).then(|| scheme.to_ascii_lowercase())
}
