//! What a unit can ask of the data and of the book: one question type a need, and the getter that asks it.
//!
//! A question knows its need and its answer, so what is recorded and what is asked again later cannot disagree. A new
//! kind of read is a variant of [`Need`], a question here, its getter, and its line in [`answer`].

use super::age::Past;
use super::book::{self, Book, Chapter, Moved, Redirect, Usage};
use super::data::{Data, Extra};
use super::nav::{NavEntry, Neighbour};
use super::outline::State;
use super::records::{BenchmarkNames, OfBenchmark};
use crate::diag::Span;
use crate::id::{ChapterId, Cited, Day, Name, OutPath, PathId, RecordId, TableId};
use crate::ledger::{Ask, Need, Reader};
use crate::parse::benchmark::Benchmark;
use crate::parse::config::Config;
use crate::parse::image::{self, Picture};
use crate::parse::record::Record;
use crate::parse::source::Source;
use crate::parse::table::{Column, Row, Table};
use crate::parse::theme::Theme;
use crate::read::Snapshot;
use crate::site::{Hash, Hashed, Options};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The answer to `need` as the data is now, for the needs of files and data; `None` for those of the book.
pub(crate) fn answer_of_data(need: Need, data: &Data) -> Option<Hash> {
    Some(match need {
        Need::File(path) => data.files.state(path),
        Need::Config => hash(AskConfig, data),
        Need::Theme => hash(AskTheme, data),
        Need::Asset(name) => hash(AskAsset(name), data),
        Need::Extras => hash(AskExtras, data),
        Need::Table(table) => hash(AskTable(table), data),
        Need::Columns(table) => hash(AskColumns(table), data),
        Need::Row(table, key) => hash(AskRow(table, key), data),
        Need::Tables => hash(AskTables, data),
        Need::Source(name) => hash(AskSource(name), data),
        Need::Record(record) => hash(AskRecord(record), data),
        Need::Records(benchmark) => hash(AskRecords(benchmark), data),
        Need::Benchmark(benchmark) => hash(AskBenchmark(benchmark), data),
        Need::Benchmarks => hash(AskBenchmarks, data),
        Need::Sources => hash(AskSources, data),
        Need::Past(day) => hash(AskPast(day), data),
        Need::IsName(words) => hash(AskIsName(words), data),
        Need::Stale(cited) => hash(AskStale(cited), data),
        _ => return None,
    })
}

/// The answer to `need` as the book is now.
pub(crate) fn answer(need: Need, book: &Book) -> Hash {
    match need {
        Need::Page(chapter) => hash(AskPage(chapter), book),
        Need::Target(path) => hash(AskTarget(path), book),
        Need::Targets => hash(AskTargets, book),
        Need::Title(chapter) => hash(AskTitle(chapter), book),
        Need::Number(chapter) => hash(AskNumber(chapter), book),
        Need::Anchor(chapter, id) => hash(AskAnchor(chapter, id), book),
        Need::Anchors(chapter) => hash(AskAnchors(chapter), book),
        Need::Near(chapter) => hash(AskNear(chapter), book),
        Need::Nav(chapter) => hash(AskNav(chapter), book),
        Need::Parents(chapter) => hash(AskParents(chapter), book),
        Need::Chapters => hash(AskChapters, book),
        Need::Contents => hash(AskContents, book),
        Need::ShortContents => hash(AskShortContents, book),
        Need::First => hash(AskFirst, book),
        Need::Moved(chapter) => hash(AskMoved(chapter), book),
        Need::Uses(record) => hash(AskUses(record), book),
        Need::UsesOfTable(table) => hash(AskUsesOfTable(table), book),
        Need::AllUses => hash(AskAllUses, book),
        Need::TablesInUse => hash(AskTablesInUse, book),
        Need::Redirect(from) => hash(AskRedirect(from), book),
        Need::Print => hash(AskPrint, book),
        data => answer_of_data(data, &book.data).unwrap_or_default(),
    }
}

fn hash<W, Q: Ask<W>>(question: Q, world: &W) -> Hash {
    Hash::of(&question.of(world))
}

macro_rules! questions {
    ($( $name:ident $(($($field:ident: $type:ty),*))? of $world:ty, $need:expr, $answer:ty, $of:expr; )*) => { $(
        struct $name $(($($type),*))?;
        impl Ask<$world> for $name {
            type Answer<'w> = $answer;
            fn need(&self) -> Need {
                let $name $(($($field),*))? = self;
                $need
            }
            fn of<'w>(&self, world: &'w $world) -> $answer {
                let $name $(($($field),*))? = self;
                let of: fn(&'w $world $(, $(&$type),*)?) -> $answer = $of;
                of(world $(, $($field),*)?)
            }
        }
    )* };
}

questions! {
    AskConfig of Data, Need::Config, &'w Hashed<Config>, |data| &data.config;
    AskTheme of Data, Need::Theme, ThemeView<'w>, |data| ThemeView { theme: &data.theme, plain: data.plain_names() };
    AskAsset(name: Name) of Data, Need::Asset(*name), AssetView, |data, name| AssetView::of(data, *name);
    AskExtras of Data, Need::Extras, &'w Hashed<Vec<Extra>>, |data| &data.extras;
    AskTable(table: TableId) of Data, Need::Table(*table), Option<&'w Hashed<Table>>,
        |data, table| data.tables.get(table).map(|file| &file.table);
    AskColumns(table: TableId) of Data, Need::Columns(*table), Option<Columns<'w>>,
        |data, table| data.tables.get(table).map(|file| Columns {
            columns: file.table.columns(),
            whole: file.table.is_whole(),
            title: file.table.title(),
            key: file.table.key_column().map(|column| column.name),
            source: file.table.source(),
        });
    AskRow(table: TableId, key: Name) of Data, Need::Row(*table, *key), Option<Row<'w>>,
        |data, table, key| data.tables.get(table).and_then(|file| file.table.row(key.as_str()));
    AskTables of Data, Need::Tables, &'w Hashed<Vec<TableId>>, |data| &data.table_names;
    AskSource(name: Name) of Data, Need::Source(*name), Option<&'w Source>, |data, name| data.sources.get(name);
    AskRecord(record: RecordId) of Data, Need::Record(*record), Option<&'w Hashed<Record>>,
        |data, record| data.records.record(*record);
    AskRecords(benchmark: Name) of Data, Need::Records(*benchmark), Option<&'w Hashed<OfBenchmark>>,
        |data, benchmark| data.records.of_benchmark(*benchmark);
    AskBenchmark(benchmark: Name) of Data, Need::Benchmark(*benchmark), Option<&'w Hashed<Benchmark>>,
        |data, benchmark| data.records.benchmark(*benchmark);
    AskBenchmarks of Data, Need::Benchmarks, &'w Hashed<BenchmarkNames>, |data| data.records.names();
    AskSources of Data, Need::Sources, Option<Vec<Name>>,
        |data| data.sources_read.then(|| data.sources.keys().copied().collect());
    AskPast(day: Day) of Data, Need::Past(*day), bool, |data, day| *day < Day::from(data.today);
    AskIsName(words: Name) of Data, Need::IsName(*words), bool, |data, words| data.names.has(words.as_str(), data);
    AskStale(cited: Cited) of Data, Need::Stale(*cited), Option<Past>, |data, cited| data.past(*cited);
    AskPage(chapter: ChapterId) of Book, Need::Page(*chapter), Option<OutPath>,
        |book, chapter| book.chapter(*chapter).and_then(|c| c.out);
    AskTarget(path: OutPath) of Book, Need::Target(*path), Option<Option<ChapterId>>,
        |book, path| book.fold.targets.get(path).copied();
    AskTargets of Book, Need::Targets, Targets<'w>, |book| Targets(&book.fold.targets, book.fold.targets_hash);
    AskTitle(chapter: ChapterId) of Book, Need::Title(*chapter), Option<&'w str>,
        |book, chapter| book.chapter(*chapter).map(|c| c.title.as_str());
    AskNumber(chapter: ChapterId) of Book, Need::Number(*chapter), Option<&'w str>,
        |book, chapter| book.chapter(*chapter).and_then(|c| c.number.as_deref());
    AskAnchor(chapter: ChapterId, id: Name) of Book, Need::Anchor(*chapter, *id), bool,
        |book, chapter, id| book.chapter(*chapter).is_some_and(|c| {
            c.outline.state != State::Read || c.outline.ids.binary_search(id).is_ok()
        });
    AskAnchors(chapter: ChapterId) of Book, Need::Anchors(*chapter), &'w [Name],
        |book, chapter| book.chapter(*chapter).map(|c| c.outline.ids.as_slice()).unwrap_or_default();
    AskNear(chapter: ChapterId) of Book, Need::Near(*chapter), (Option<Neighbour>, Option<Neighbour>),
        |book, chapter| book.near(*chapter);
    AskNav(chapter: ChapterId) of Book, Need::Nav(*chapter), Hashed<Vec<NavEntry>>,
        |book, chapter| book.nav(*chapter);
    AskParents(chapter: ChapterId) of Book, Need::Parents(*chapter), Vec<Neighbour>,
        |book, chapter| book.parents(*chapter);
    AskChapters of Book, Need::Chapters, &'w [ChapterId], |book| &book.fold.order;
    AskContents of Book, Need::Contents, &'w Hashed<Vec<NavEntry>>, |book| &book.fold.whole;
    AskShortContents of Book, Need::ShortContents, Option<&'w Hashed<Vec<NavEntry>>>,
        |book| (book.fold.tree.nodes.len() <= super::nav::MOST).then_some(&book.fold.whole);
    AskFirst of Book, Need::First, Option<ChapterId>, |book| book.fold.order.first().copied();
    AskMoved(chapter: ChapterId) of Book, Need::Moved(*chapter), &'w [Moved],
        |book, chapter| book.fold.anchor_redirects.get(chapter).map(Vec::as_slice).unwrap_or_default();
    AskUses(record: RecordId) of Book, Need::Uses(*record), Option<&'w Hashed<Vec<Usage>>>,
        |book, record| book.fold.uses.get(record);
    AskUsesOfTable(table: TableId) of Book, Need::UsesOfTable(*table), Option<&'w Hashed<Vec<Usage>>>,
        |book, table| book.fold.table_uses.get(table);
    AskAllUses of Book, Need::AllUses, AllUses<'w>,
        |book| AllUses { records: &book.fold.uses, tables: &book.fold.table_uses };
    AskTablesInUse of Book, Need::TablesInUse, &'w [TableId], |book| &book.fold.tables;
    AskRedirect(from: OutPath) of Book, Need::Redirect(*from), Option<&'w Redirect>,
        |book, from| book.fold.page_redirects.get(from);
    AskPrint of Book, Need::Print, bool, |book| book.fold.print;
}

/// Every number that is used, and where.
#[derive(Clone, Copy, Hash)]
pub struct AllUses<'w> {
    records: &'w BTreeMap<RecordId, Hashed<Vec<Usage>>>,
    tables: &'w BTreeMap<TableId, Hashed<Vec<Usage>>>,
}

impl<'w> AllUses<'w> {
    /// Each use: those of records first, by record and metric; then those of tables, by table, row and column.
    pub fn iter(self) -> impl Iterator<Item = &'w Usage> {
        self.numbers().flatten()
    }

    /// The uses of each number, in the same order.
    pub fn numbers(self) -> impl Iterator<Item = &'w [Usage]> {
        let all = self.records.values().chain(self.tables.values());
        all.flat_map(|all| all.chunk_by(|a, b| a.cited == b.cited))
    }
}

/// The columns of a table.
#[derive(Clone, Copy, Hash)]
pub struct Columns<'w> {
    /// The columns.
    pub columns: &'w [Column],
    /// Whether no row and no column was lost to a mistake that was told.
    pub whole: bool,
    /// What the table is called; `None` where the schema gives no title.
    pub title: Option<&'w str>,
    /// The column whose text names a row.
    pub key: Option<Name>,
    /// The source of each cell for which neither its row nor its column names one.
    pub source: Option<Name>,
}

/// The templates of the theme, and where its assets stand.
#[derive(Clone, Copy)]
pub struct ThemeView<'w> {
    theme: &'w Theme,
    plain: bool,
}

impl std::hash::Hash for ThemeView<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.theme.templates.hash(state);
        self.assets().hash(state);
    }
}

impl<'w> ThemeView<'w> {
    /// Makes `page` of a template; see [`Theme::render`].
    pub fn render(
        &self,
        template: &str,
        context: &tera::Context,
        content: usize,
        page: &str,
    ) -> (Vec<u8>, Option<crate::diag::Diagnostic>) {
        self.theme.render(template, context, content, page)
    }

    /// The options of the theme.
    pub fn options(&self) -> &'w crate::parse::theme::options::Options {
        &self.theme.options
    }

    /// The hash of the templates.
    pub fn hash_value(&self) -> Hash {
        Hash::of(self)
    }

    /// Where each asset stands, from the site's root.
    pub fn assets(&self) -> BTreeMap<Name, OutPath> {
        let path = |(name, asset): (&Name, &crate::parse::theme::Asset)| {
            (*name, book::asset_path(*name, asset.hash, self.plain))
        };
        self.theme.assets.iter().map(path).collect()
    }
}

/// An asset of the theme: where it stands, and what it holds.
pub struct AssetView {
    /// Where it stands.
    pub path: Option<OutPath>,
    /// What it holds.
    pub bytes: Arc<[u8]>,
    hash: Hash,
}

impl AssetView {
    fn of(data: &Data, name: Name) -> Self {
        match data.theme.assets.get(&name) {
            Some(asset) => AssetView {
                path: Some(book::asset_path(name, asset.hash, data.plain_names())),
                bytes: asset.bytes.clone(),
                hash: asset.hash,
            },
            None => AssetView { path: None, bytes: Arc::from([]), hash: Hash::default() },
        }
    }
}

impl std::hash::Hash for AssetView {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.path, self.hash).hash(state);
    }
}

/// Everything that a link can lead to.
#[derive(Clone, Copy)]
pub struct Targets<'w>(&'w BTreeMap<OutPath, Option<ChapterId>>, Hash);

impl std::hash::Hash for Targets<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.1.hash(state);
    }
}

impl<'w> Targets<'w> {
    /// Each path, with the chapter whose page it is.
    pub fn iter(self) -> impl Iterator<Item = (OutPath, Option<ChapterId>)> + 'w {
        self.0.iter().map(|(path, chapter)| (*path, *chapter))
    }
}

impl Book {
    fn chapter(&self, id: ChapterId) -> Option<&Chapter> {
        self.fold.chapters.get(&id)
    }

    fn neighbour(&self, place: Option<usize>) -> Option<Neighbour> {
        let chapter = self.chapter(*self.fold.order.get(place?)?)?;
        Some(Neighbour {
            title: chapter.title.clone(),
            path: chapter.out.map(|out| crate::escape::url_path(out.as_str())),
        })
    }

    fn near(&self, id: ChapterId) -> (Option<Neighbour>, Option<Neighbour>) {
        let place = self.chapter(id).map(|c| c.place);
        (self.neighbour(place.and_then(|p| p.checked_sub(1))), self.neighbour(place.map(|p| p + 1)))
    }

    fn nav(&self, id: ChapterId) -> Hashed<Vec<NavEntry>> {
        if self.fold.tree.nodes.len() <= super::nav::MOST {
            return self.fold.whole.clone();
        }
        let contents = book::contents_path(&self.data.config);
        let node = self.chapter(id).map_or(0, |c| c.node);
        Hashed::new(self.fold.tree.window(node, contents.as_str()))
    }

    fn parents(&self, id: ChapterId) -> Vec<Neighbour> {
        let mut out = Vec::new();
        let mut at = self.chapter(id).and_then(|c| self.fold.tree.nodes.get(c.node)?.parent);
        while let Some(node) = at.and_then(|ix| self.fold.tree.nodes.get(ix)) {
            out.push(Neighbour { title: node.entry.title.clone(), path: node.entry.path.clone() });
            at = node.parent;
        }
        out.reverse();
        out
    }
}

impl<'w> Reader<'w, '_, Data> {
    /// The settings of the book.
    pub fn config(&mut self, at: Span) -> &'w Config {
        self.ask(AskConfig, at)
    }

    /// A reader of the files beneath.
    pub fn files(&mut self) -> Reader<'w, '_, Snapshot> {
        self.lend(|data| &data.files)
    }

    /// A table as a whole.
    pub fn table(&mut self, table: TableId, at: Span) -> Option<&'w Hashed<Table>> {
        self.ask(AskTable(table), at)
    }

    /// The columns of a table; `None` when there is no such table.
    pub fn columns(&mut self, table: TableId, at: Span) -> Option<Columns<'w>> {
        self.ask(AskColumns(table), at)
    }

    /// A row of a table.
    pub fn row(&mut self, table: TableId, key: Name, at: Span) -> Option<Row<'w>> {
        self.ask(AskRow(table, key), at)
    }

    /// The names of all tables.
    pub fn tables(&mut self, at: Span) -> &'w [TableId] {
        self.ask(AskTables, at)
    }

    /// A record.
    pub fn record(&mut self, record: RecordId, at: Span) -> Option<&'w Hashed<Record>> {
        self.ask(AskRecord(record), at)
    }

    /// All records of a benchmark, by machine; `None` when it has none.
    pub fn records(&mut self, benchmark: Name, at: Span) -> Option<&'w Hashed<OfBenchmark>> {
        self.ask(AskRecords(benchmark), at)
    }

    /// What a benchmark measures; `None` when none of this name is declared.
    pub fn benchmark(&mut self, benchmark: Name, at: Span) -> Option<&'w Hashed<Benchmark>> {
        self.ask(AskBenchmark(benchmark), at)
    }

    /// The names of all benchmarks.
    pub fn benchmarks(&mut self, at: Span) -> &'w Hashed<BenchmarkNames> {
        self.ask(AskBenchmarks, at)
    }

    /// The names of all sources.
    pub fn sources(&mut self, at: Span) -> Option<Vec<Name>> {
        self.ask(AskSources, at)
    }

    /// Whether `day` is over.
    pub fn is_past(&mut self, day: Date, at: Span) -> bool {
        self.ask(AskPast(day.into()), at)
    }

    /// Whether a quantity and a word beside it are part of a name that the data has.
    pub fn is_name(&mut self, words: Name, at: Span) -> bool {
        self.ask(AskIsName(words), at)
    }

    /// Why a number is past its age, if it is. To be asked of numbers that an age is for; see [`Rule`](super::age::Rule).
    pub fn past(&mut self, cited: Cited, at: Span) -> Option<Past> {
        self.ask(AskStale(cited), at)
    }

    /// A source.
    pub fn source(&mut self, name: Name, at: Span) -> Option<&'w Source> {
        self.ask(AskSource(name), at)
    }
}

impl<'w> Reader<'w, '_, Book> {
    /// A reader of the data beneath.
    pub fn data(&mut self) -> Reader<'w, '_, Data> {
        self.lend(|book| &*book.data)
    }

    /// A reader of the files beneath.
    pub fn files(&mut self) -> Reader<'w, '_, Snapshot> {
        self.lend(|book| &book.data.files)
    }

    /// What the build was asked for. Not recorded: a build with other options has another ledger.
    pub fn options(&mut self) -> &'w Options {
        self.lend(|book| &book.data.options).unrecorded()
    }

    /// The settings of the book.
    pub fn config(&mut self, at: Span) -> &'w Config {
        self.data().config(at)
    }

    /// The file of a chapter.
    pub fn chapter_file(&mut self, chapter: ChapterId, at: Span) -> PathId {
        super::data::chapter_path(self.config(at), chapter.as_str())
    }

    /// The chapter that is shown for addresses that lead nowhere, when the book has its file.
    pub fn not_found(&mut self, at: Span) -> Option<ChapterId> {
        let chapter = book::not_found(self.config(at))?;
        let file = self.chapter_file(chapter, at);
        self.files().bytes(file, crate::read::MAX_TEXT, at).is_ok().then_some(chapter)
    }

    /// What a picture that stands at `path` of the site says of its size; `None` when it is no file beside the chapters,
    /// or cannot be had. The whole file is what is recorded: its hash is known already, and costs nothing to compare.
    pub fn picture(&mut self, path: OutPath, at: Span) -> Option<Picture> {
        let file = super::data::chapter_path(self.config(at), path.as_str());
        let bytes = self.files().bytes(file, crate::read::MAX_COPY, at).ok()?;
        Some(image::picture(&bytes))
    }

    /// The theme.
    pub fn theme(&mut self, at: Span) -> ThemeView<'w> {
        self.data().ask(AskTheme, at)
    }

    /// An asset of the theme.
    pub fn asset(&mut self, name: Name, at: Span) -> AssetView {
        self.data().ask(AskAsset(name), at)
    }

    /// The style sheets and scripts of the book's own.
    pub fn extras(&mut self, at: Span) -> &'w [Extra] {
        self.data().ask(AskExtras, at)
    }

    /// Where the page of a chapter stands; `None` when there is no such chapter or page.
    pub fn page(&mut self, chapter: ChapterId, at: Span) -> Option<OutPath> {
        self.ask(AskPage(chapter), at)
    }

    /// Whether the site has a file at `path` that a link can lead to, and the chapter whose page it is.
    pub fn target(&mut self, path: OutPath, at: Span) -> Option<Option<ChapterId>> {
        self.ask(AskTarget(path), at)
    }

    /// The places that use the results of a record.
    pub fn uses(&mut self, record: RecordId, at: Span) -> &'w [Usage] {
        self.ask(AskUses(record), at).map(|all| all.as_slice()).unwrap_or_default()
    }

    /// The places that use the cells of a table.
    pub fn uses_of_table(&mut self, table: TableId, at: Span) -> &'w [Usage] {
        self.ask(AskUsesOfTable(table), at).map(|all| all.as_slice()).unwrap_or_default()
    }

    /// Every number that is used, and where.
    pub fn all_uses(&mut self, at: Span) -> AllUses<'w> {
        self.ask(AskAllUses, at)
    }

    /// The tables whose cells are used or shown, sorted.
    pub fn tables_in_use(&mut self, at: Span) -> &'w [TableId] {
        self.ask(AskTablesInUse, at)
    }

    /// The whole table of contents; `None` where it is too long to stand on every page.
    pub fn short_contents(&mut self, at: Span) -> Option<&'w Hashed<Vec<NavEntry>>> {
        self.ask(AskShortContents, at)
    }

    /// Everything that a link can lead to: for the nearest when one leads nowhere.
    pub fn targets(&mut self, at: Span) -> Targets<'w> {
        self.ask(AskTargets, at)
    }

    /// The title of a chapter.
    pub fn title(&mut self, chapter: ChapterId, at: Span) -> &'w str {
        self.ask(AskTitle(chapter), at).unwrap_or_default()
    }

    /// The number of a chapter.
    pub fn number(&mut self, chapter: ChapterId, at: Span) -> Option<&'w str> {
        self.ask(AskNumber(chapter), at)
    }

    /// Whether a chapter has an anchor.
    pub fn anchor(&mut self, chapter: ChapterId, id: &str, at: Span) -> bool {
        self.ask(AskAnchor(chapter, Name::new(id)), at)
    }

    /// Whether a chapter is in the contents.
    pub fn is_listed(&mut self, chapter: ChapterId, at: Span) -> bool {
        self.ask(AskTitle(chapter), at).is_some()
    }

    /// Whether a chapter without a page is in the contents and its file is not there: that is told at its entry.
    pub fn is_missing(&mut self, chapter: ChapterId, at: Span) -> bool {
        // Of a chapter that cannot be read every anchor is taken to be there; no heading has an empty one.
        self.anchor(chapter, "", at)
    }

    /// All anchors of a chapter: for the nearest when a link leads to none.
    pub fn anchors(&mut self, chapter: ChapterId, at: Span) -> &'w [Name] {
        self.ask(AskAnchors(chapter), at)
    }

    /// The pages before and after a chapter.
    pub fn near(&mut self, chapter: ChapterId, at: Span) -> (Option<Neighbour>, Option<Neighbour>) {
        self.ask(AskNear(chapter), at)
    }

    /// The part of the table of contents that a chapter's page shows.
    pub fn nav(&mut self, chapter: ChapterId, at: Span) -> Hashed<Vec<NavEntry>> {
        self.ask(AskNav(chapter), at)
    }

    /// The pages above a chapter, outermost first.
    pub fn parents(&mut self, chapter: ChapterId, at: Span) -> Vec<Neighbour> {
        self.ask(AskParents(chapter), at)
    }

    /// The chapters that have pages, in order.
    pub fn chapters(&mut self, at: Span) -> &'w [ChapterId] {
        self.ask(AskChapters, at)
    }

    /// The whole table of contents.
    pub fn contents(&mut self, at: Span) -> &'w Hashed<Vec<NavEntry>> {
        self.ask(AskContents, at)
    }

    /// The first chapter.
    pub fn first(&mut self, at: Span) -> Option<ChapterId> {
        self.ask(AskFirst, at)
    }

    /// The anchors that once stood on a chapter's page, and where they lead now.
    pub fn moved(&mut self, chapter: ChapterId, at: Span) -> &'w [Moved] {
        self.ask(AskMoved(chapter), at)
    }

    /// Where a redirect leads.
    pub fn redirect(&mut self, from: OutPath, at: Span) -> Option<&'w Redirect> {
        self.ask(AskRedirect(from), at)
    }

    /// Whether there is a page of all chapters.
    pub fn has_print(&mut self, at: Span) -> bool {
        self.ask(AskPrint, at)
    }
}
