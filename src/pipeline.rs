//! The one path: read, parse, resolve, render, in a row, over what is recorded.
//!
//! Every command consumes it; none walks, parses or renders a file itself. An update looks at the files, makes again
//! what hangs on an answer that has moved, and says what came of it. What is made goes to a sink as it is made: to the
//! staging folder, to memory, or nowhere.
//!
//! **Invariant:** this module holds no rule of any stage.

use crate::diag::{Code, Diagnostic, Fault, Place, Severity, Span, Texts};
use crate::id::{ChapterId, OutPath, PathId};
use crate::ledger::{Ledger, Made, Need, Reader, Trace, UnitId, store};
use crate::parse::config::{Config, Mode};
use crate::read::watch::Sources;
use crate::read::{self, Files, Scope, Snapshot, Stored};
use crate::render::{self, Shared};
use crate::resolve::{self, Book, Data, Outline, Outlines};
use crate::site::{Hash, Hashed, Options, Output, OutputId, Site};
use crate::stamp::Stamp;
use jiff::civil::Date;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A book, and everything that was made of it.
pub struct Pipeline {
    files: Arc<dyn Files>,
    options: Options,
    /// The output, where it lies in the book: no source, whatever `book.toml` says.
    out: Option<PathId>,
    /// The day of the build, where it is not the clock's.
    today: Option<Date>,
    ledger: Ledger,
    outlines: Outlines,
    state: State,
    shared: Shared,
    /// What could not be made because of a fault of ours, by unit.
    failed: BTreeMap<UnitId, Diagnostic>,
    /// How long each stage took in the last update.
    pub timings: Timings,
}

/// Before the first update there is a snapshot only (empty, or the one that a ledger kept); after it a book.
enum State {
    Before(Option<Box<(Snapshot, Hash)>>),
    Book(Arc<Book>),
}

/// How long each stage of an update took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Walking folders, and reading what has a new stamp.
    pub read: Duration,
    /// Settings, contents, tables, theme.
    pub parse: Duration,
    /// The outlines of chapters.
    pub outline: Duration,
    /// Folding the book, and asking again what was asked of it.
    pub fold: Duration,
    /// Making the files of the site.
    pub render: Duration,
}

/// What an update is asked for.
pub struct Wanted<'a> {
    /// What to look at.
    pub scope: Scope<'a>,
    /// Made before all others.
    pub first: &'a [OutPath],
    /// Whether everything that is stale is made, or only `first`.
    pub all: bool,
    /// Whether a file of the site is already where it should be, with this content.
    pub holds: &'a (dyn Fn(OutPath, Hash) -> bool + Sync),
    /// Takes in what is made.
    pub sink: &'a (dyn Fn(&Output, Hash) -> Result<(), Fault> + Sync),
}

/// What an update did.
#[derive(Clone, Debug, Default)]
pub struct Delta {
    /// The files that were made.
    pub made: Vec<OutPath>,
    /// Those of them that came out different from before.
    pub moved: Vec<OutPath>,
    /// The files that the site no longer has.
    pub removed: Vec<OutPath>,
    /// The chapters whose outlines were made.
    pub outlined: Vec<ChapterId>,
    /// How many files of the site are out of date and not made.
    pub unmade: usize,
    /// How many files of the book were read, be it only to see that they are as they were.
    pub read: usize,
}

/// What is kept on disk between two commands.
#[derive(Serialize, Deserialize)]
struct Kept {
    snapshot: Stored,
    /// What the fold was made from.
    fold: Hash,
    ledger: Ledger,
    outlines: Vec<(ChapterId, Outline)>,
    stamps: BTreeMap<OutPath, Stamp>,
}

/// How often an update begins anew because files changed under it.
const TRIES: usize = 5;
/// How many files of the site are made before their traces are taken in.
const BATCH: usize = 512;

impl Pipeline {
    /// The pipeline over `files`. Nothing is read before the first update.
    pub fn new(files: Arc<dyn Files>, options: Options) -> Self {
        Self {
            files,
            options,
            out: None,
            today: None,
            ledger: Ledger::default(),
            outlines: Outlines::default(),
            state: State::Before(None),
            shared: Shared::default(),
            failed: BTreeMap::new(),
            timings: Timings::default(),
        }
    }

    /// Leaves the folder `out` of the book out of its sources.
    pub fn leave_out(&mut self, out: Option<PathId>) {
        self.out = out;
    }

    /// Builds as if it were `today`, whatever the clock says.
    pub fn fix_today(&mut self, today: Date) {
        self.today = Some(today);
    }

    /// The pipeline as it was when [`Pipeline::keep`] gave `bytes`, with the stamps that were kept; a new one if they are
    /// not whole, or of another program.
    pub fn resume(
        files: Arc<dyn Files>,
        options: Options,
        bytes: &[u8],
        program: Hash,
    ) -> (Self, BTreeMap<OutPath, Stamp>) {
        let mut pipeline = Self::new(files.clone(), options);
        let Some(mut kept) = store::decode::<Kept>(bytes, program) else { return (pipeline, BTreeMap::new()) };
        if !kept.ledger.index() {
            return (pipeline, BTreeMap::new());
        }
        pipeline.ledger = kept.ledger;
        pipeline.outlines = kept.outlines.into_iter().map(|(id, outline)| (id, Hashed::new(outline))).collect();
        let snapshot = Snapshot::from_stored(kept.snapshot, files);
        pipeline.state = State::Before(Some(Box::new((snapshot, kept.fold))));
        (pipeline, kept.stamps)
    }

    /// Everything that a later command can go on from.
    pub fn keep(&mut self, stamps: BTreeMap<OutPath, Stamp>, program: Hash) -> Option<Vec<u8>> {
        let State::Book(book) = &self.state else { return None };
        self.ledger.compact();
        let outlines: Vec<(ChapterId, Outline)> =
            self.outlines.iter().map(|(id, outline)| (*id, (**outline).clone())).collect();
        let snapshot = book.data().files().to_stored();
        let size = outlines.len() * 1024;
        let fold = book.fold_hash();
        let kept = Kept { snapshot, fold, ledger: std::mem::take(&mut self.ledger), outlines, stamps };
        let bytes = store::encode(&kept, program, size);
        self.ledger = kept.ledger;
        bytes
    }

    /// Brings the site up to date with the files.
    ///
    /// # Errors
    /// What the sink gives. What is wrong with the book is no error: see [`Pipeline::diagnostics`].
    pub fn update(&mut self, wanted: &Wanted<'_>) -> Result<Delta, Fault> {
        let mut delta = self.attempt(wanted)?;
        for _ in 1..TRIES {
            if !self.book().is_some_and(|book| book.data().files().disturbed()) {
                break;
            }
            // A file was saved while the book was being read: what was made of it may be of two minds, also when the file
            // is by now what it was.
            self.doubt(&delta);
            let again = self.attempt(&Wanted { scope: Scope::All, ..*wanted })?;
            delta.made.extend(again.made);
            delta.moved.extend(again.moved);
            delta.removed.extend(again.removed);
            delta.outlined.extend(again.outlined);
            delta.unmade = again.unmade;
        }
        if self.book().is_some_and(|book| book.data().files().disturbed()) {
            self.doubt(&delta);
        }
        Ok(delta)
    }

    /// What an update made is made again by the next.
    fn doubt(&mut self, delta: &Delta) {
        let made: FxHashSet<OutPath> = delta.made.iter().copied().collect();
        let outputs: Vec<OutputId> = match self.book() {
            Some(book) => book.outputs().iter().filter(|(_, path)| made.contains(path)).map(|(id, _)| *id).collect(),
            None => Vec::new(),
        };
        for id in outputs {
            self.ledger.mark_stale(UnitId::Output(id));
        }
        for chapter in &delta.outlined {
            self.ledger.mark_stale(UnitId::Outline(*chapter));
        }
    }

    fn attempt(&mut self, wanted: &Wanted<'_>) -> Result<Delta, Fault> {
        let mut delta = Delta::default();
        self.timings = Timings::default();
        self.ledger.begin();

        let clock = Instant::now();
        let (snapshot, changed, config) = self.read(wanted.scope);
        delta.read = snapshot.looked_at();
        self.timings.read = clock.elapsed();

        let clock = Instant::now();
        let today = self.today.unwrap_or_else(|| read::day(self.files.now()));
        let before = match &self.state {
            State::Book(book) => Some(book.clone()),
            State::Before(_) => None,
        };
        // What was parsed while files changed may be of two minds.
        let sound = before.as_ref().filter(|book| !book.data().files().disturbed());
        let data_before = sound.map(|book| &**book.data());
        let data = Arc::new(Data::read(snapshot, config, self.options.clone(), today, data_before, &changed));
        let moved: FxHashSet<PathId> = changed.iter().copied().collect();
        self.ledger.ask_again(
            |need| match need {
                Need::File(path) => moved.contains(&path),
                need => need.is_of_data(),
            },
            |need| resolve::answer_of_data(need, &data).unwrap_or_default(),
        );
        self.timings.parse = clock.elapsed();

        let clock = Instant::now();
        let (outlined, outlines_moved) = self.outline(&data);
        delta.outlined = outlined;
        self.timings.outline = clock.elapsed();

        let clock = Instant::now();
        let book = Arc::new(match before.as_ref().filter(|before| !outlines_moved && before.folds_as(&data)) {
            Some(before) => before.with_data(data),
            None => Book::fold(data, &self.outlines),
        });
        let fold_before = match &self.state {
            State::Book(before) => Some(before.fold_hash()),
            State::Before(stored) => stored.as_ref().map(|stored| stored.1),
        };
        let same_fold = fold_before == Some(book.fold_hash());
        if !same_fold {
            self.shared.values.forget();
            self.ledger.ask_again(|need| !need.is_of_data(), |need| resolve::answer(need, &book));
        }
        if !same_fold || before.is_none() {
            let outputs: BTreeMap<OutputId, OutPath> = book.outputs().iter().copied().collect();
            self.ledger.keep(|id| match id {
                UnitId::Outline(chapter) => self.outlines.contains_key(&chapter),
                UnitId::Output(id) => outputs.contains_key(&id),
            });
            let kept: BTreeSet<OutPath> = outputs.values().copied().collect();
            let old = before.iter().flat_map(|book| book.outputs().iter().map(|(_, path)| *path));
            delta.removed = old.filter(|path| !kept.contains(path)).collect();
            self.failed.retain(|id, _| matches!(id, UnitId::Output(id) if outputs.contains_key(id)));
        }
        self.state = State::Book(book.clone());
        self.timings.fold = clock.elapsed();

        let clock = Instant::now();
        let mut stale: Vec<(OutputId, OutPath)> = book
            .outputs()
            .iter()
            .filter(|(id, path)| {
                let unit = self.ledger.unit(UnitId::Output(*id)).filter(|unit| !unit.stale);
                unit.is_none_or(|unit| !(wanted.holds)(*path, unit.out))
            })
            .copied()
            .collect();
        stale.sort_by_key(|(id, path)| (!wanted.first.contains(path), *id));
        let count = match wanted.all {
            true => stale.len(),
            false => stale.iter().filter(|(_, path)| wanted.first.contains(path)).count(),
        };
        delta.unmade = stale.len() - count;
        stale.truncate(count);
        self.make(&book, &stale, wanted.sink, &mut delta)?;
        self.timings.render = clock.elapsed();
        Ok(delta)
    }

    /// Looks at the files. Gives the new snapshot, the files that differ from the last, and the settings.
    fn read(
        &mut self,
        scope: Scope<'_>,
    ) -> (Snapshot, Vec<PathId>, crate::diag::Parsed<crate::parse::config::ConfigFile>) {
        let empty;
        let (before, folders) = match &self.state {
            State::Book(book) => (book.data().files(), folders(book.data().config(), self.out)),
            State::Before(Some(stored)) => {
                (&stored.0, folders(&resolve::read_config(&stored.0).value.config, self.out))
            }
            State::Before(None) => {
                empty = Snapshot::empty(self.files.clone());
                (&empty, folders(&resolve::read_config(&empty).value.config, self.out))
            }
        };
        let scope = if matches!(self.state, State::Book(_)) { scope } else { Scope::All };
        let (mut next, mut changes) = before.scan(&folders.walk, &folders.skip, scope);
        let mut config = resolve::read_config(&next);
        let now = self::folders(&config.value.config, self.out);
        if now != folders {
            (next, changes) = before.scan(&now.walk, &now.skip, Scope::All);
            config = resolve::read_config(&next);
        }
        (next, changes.files, config)
    }

    /// Makes the outlines that are stale. Gives their chapters, and whether what can be seen of any chapter has moved.
    fn outline(&mut self, data: &Arc<Data>) -> (Vec<ChapterId>, bool) {
        let chapters: FxHashSet<ChapterId> = data.chapters().collect();
        let known = self.outlines.len();
        self.outlines.retain(|id, _| chapters.contains(id));
        let mut moved = self.outlines.len() != known;
        let mut stale: Vec<ChapterId> = chapters
            .into_iter()
            .filter(|id| !self.outlines.contains_key(id) || self.ledger.is_stale(UnitId::Outline(*id)))
            .collect();
        stale.sort_unstable();
        let made: Vec<(ChapterId, Option<Outline>, Trace)> = stale
            .par_iter()
            .map(|id| {
                let mut trace = Trace::default();
                let outline =
                    catch_unwind(AssertUnwindSafe(|| resolve::outline(*id, &mut Reader::new(&**data, &mut trace))));
                (*id, outline.ok(), trace)
            })
            .collect();
        for (id, outline, trace) in made {
            let unit = UnitId::Outline(id);
            let failed = outline.is_none();
            // The page of the chapter meets the same fault, and tells it.
            let outline = Hashed::new(outline.unwrap_or_else(Outline::unreadable));
            let out = outline.hash_value();
            self.ledger.record(unit, Made { out, trace, diagnostics: Vec::new(), faulty: false });
            if failed {
                self.ledger.mark_stale(unit);
            }
            moved |= self.outlines.insert(id, outline).is_none_or(|before| before.hash_value() != out);
        }
        (stale, moved)
    }

    /// Makes files of the site.
    fn make(
        &mut self,
        book: &Arc<Book>,
        stale: &[(OutputId, OutPath)],
        sink: &(dyn Fn(&Output, Hash) -> Result<(), Fault> + Sync),
        delta: &mut Delta,
    ) -> Result<(), Fault> {
        for batch in stale.chunks(BATCH) {
            let made: Vec<Result<Result<Made, String>, Fault>> =
                batch.par_iter().map(|(id, path)| make_one(*id, *path, book, &self.shared, sink)).collect();
            for ((id, path), made) in batch.iter().zip(made) {
                let unit = UnitId::Output(*id);
                match made? {
                    Ok(made) => {
                        self.failed.remove(&unit);
                        delta.made.push(*path);
                        if self.ledger.record(unit, made) {
                            delta.moved.push(*path);
                        }
                    }
                    Err(why) => {
                        self.failed.insert(unit, internal_error(*path, &why));
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes the file at `path` if it is stale, and hands it to `sink`. False when the site has no such file.
    ///
    /// # Errors
    /// What the sink gives.
    pub fn make_path(
        &mut self,
        path: OutPath,
        holds: &(dyn Fn(OutPath, Hash) -> bool + Sync),
        sink: &(dyn Fn(&Output, Hash) -> Result<(), Fault> + Sync),
    ) -> Result<bool, Fault> {
        let Some(book) = self.book().cloned() else { return Ok(false) };
        let Some((id, _)) = book.outputs().iter().find(|(_, p)| *p == path).copied() else { return Ok(false) };
        let unit = self.ledger.unit(UnitId::Output(id)).filter(|unit| !unit.stale);
        if unit.is_some_and(|unit| holds(path, unit.out)) {
            return Ok(true);
        }
        self.make(&book, &[(id, path)], sink, &mut Delta::default())?;
        if book.data().files().disturbed() {
            // It may be made of two minds; the next update makes it again.
            self.ledger.mark_stale(UnitId::Output(id));
        }
        Ok(true)
    }

    /// The files of the site that are stale, at most `most` of them.
    pub fn stale(&self, most: usize) -> Vec<OutPath> {
        let outputs = self.book().map(|book| book.outputs()).unwrap_or_default();
        let stale = outputs.iter().filter(|(id, _)| self.ledger.is_stale(UnitId::Output(*id)));
        stale.map(|(_, path)| *path).take(most).collect()
    }

    /// Makes every unit afresh and says which differ from what is recorded: there should be none.
    pub fn verify(&self) -> Vec<OutPath> {
        let Some(book) = self.book() else { return Vec::new() };
        let fresh = Shared::default();
        let outputs: Vec<(OutputId, OutPath)> = book.outputs().to_vec();
        outputs
            .par_iter()
            .filter(|(id, path)| {
                let made = make_one(*id, *path, book, &fresh, &|_, _| Ok(()));
                let unit = self.ledger.unit(UnitId::Output(*id));
                match (made, unit) {
                    (Ok(Ok(made)), Some(unit)) => made.out != unit.out || made.diagnostics != unit.diagnostics,
                    _ => true,
                }
            })
            .map(|(_, path)| *path)
            .collect()
    }

    /// The book, once there was an update.
    pub fn book(&self) -> Option<&Arc<Book>> {
        match &self.state {
            State::Book(book) => Some(book),
            State::Before(_) => None,
        }
    }

    /// The settings of the book.
    pub fn config(&self) -> Option<&Config> {
        self.book().map(|book| book.data().config())
    }

    /// What the site hangs on: the folders that are walked, what in them is left out, and each file beside them that
    /// some unit asked for.
    pub fn sources(&self) -> Option<Sources> {
        let data = self.book()?.data();
        let Folders { walk, skip } = folders(data.config(), self.out);
        Some(Sources { folders: walk, skip, files: data.files().asked() })
    }

    /// Whether a file was seen to change since the last update: what was made from then on is to be made again.
    pub fn is_disturbed(&self) -> bool {
        self.book().is_some_and(|book| book.data().files().disturbed())
    }

    /// Whether the book as a whole is free of errors: its settings, contents, data and theme. A single page may still
    /// have some.
    pub fn is_whole(&self) -> bool {
        self.book().is_some_and(|book| {
            let mut all = book.data().diagnostics().chain(book.diagnostics());
            !all.any(|found| is_error(book, found))
        })
    }

    /// Whether the book is one of ours, and not mdBook's.
    pub fn is_ours(&self) -> bool {
        self.config().is_some_and(|config| config.mode == Mode::Benchbook)
    }

    /// Whether the file at `path` was made from what has no error: the unit itself, also where another page tells of the
    /// error, and the theme; and whether the chapters that it was made from are still there.
    pub fn is_good(&self, path: OutPath) -> bool {
        let (Some(book), Some(id)) = (self.book(), self.unit_at(path)) else { return true };
        let Some(unit) = self.ledger.unit(UnitId::Output(id)) else { return true };
        if unit.faulty || self.is_theme_broken(book) {
            return false;
        }
        let chapters = resolve::chapter_path(book.data().config(), "");
        self.ledger.needs_of(unit).all(|(need, ..)| {
            let Need::File(file) = need else { return true };
            let inner = file.as_str().strip_prefix(chapters.as_str()).filter(|inner| inner.ends_with(".md"));
            inner.is_none() || book.data().files().lists(file)
        })
    }

    /// Whether pages are made with what stands in for a broken file of the theme.
    fn is_theme_broken(&self, book: &Book) -> bool {
        let in_theme = |found: &Diagnostic| {
            let at = found.place.as_ref().and_then(|place| self.locate(place));
            at.is_some_and(|at| at.file.as_str().starts_with("themes/"))
        };
        book.data().diagnostics().any(|found| is_error(book, found) && in_theme(found))
    }

    /// What every output was made from.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Which unit makes the file at `path`.
    pub fn unit_at(&self, path: OutPath) -> Option<OutputId> {
        let outputs = self.book()?.outputs();
        outputs.iter().find(|(_, p)| *p == path).map(|(id, _)| *id)
    }

    /// Each file of the site that was made, with its content hash.
    pub fn site(&self) -> Site {
        let outputs = self.book().map(|book| book.outputs()).unwrap_or_default();
        let made = outputs.iter().filter_map(|(id, path)| Some((*path, self.ledger.unit(UnitId::Output(*id))?.out)));
        made.collect()
    }

    /// Everything that is wrong with the book, as its settings want it told: each once, in the order of files and
    /// places.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let Some(book) = self.book() else { return Vec::new() };
        let config = book.data().config();
        let units = self.ledger.units().flat_map(|unit| unit.diagnostics.iter());
        let all = book.data().diagnostics().chain(book.diagnostics()).chain(units).chain(self.failed.values());
        let mut told: Vec<(Option<Span>, Diagnostic)> = all
            .filter_map(|found| {
                let severity = config.severity(found.code, found.severity)?;
                let at = found.place.as_ref().and_then(|place| self.locate(place));
                Some((at, Diagnostic { severity, ..found.clone() }))
            })
            .collect();
        told.sort_by(|(a, x), (b, y)| (a, x).cmp(&(b, y)));
        told.dedup();
        // A template that fails does so on every page: once is enough, with the first page that it was seen on.
        told.dedup_by(|(at, next), (before, first)| {
            of_template(next.code) && (at, next.code, &next.message) == (before, first.code, &first.message)
        });
        told.into_iter().map(|(_, found)| found).collect()
    }
}

impl Texts for Pipeline {
    fn text(&self, file: PathId) -> Option<Arc<str>> {
        let bytes = self.book()?.data().files().bytes(file, crate::read::MAX_DATA).ok()?;
        std::str::from_utf8(&bytes).ok().map(Arc::from)
    }

    fn locate(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Span(span) => Some(*span),
            Place::Cell(table, key, column) => self.book()?.data().cell_place(*table, *key, *column),
            // A heading is shown by its page's file; where in it, the page itself knows.
            Place::Heading(chapter, _) => self.book()?.data().chapter_top(*chapter),
            Place::Field(record, path) => self.book()?.data().field_place(*record, *path),
        }
    }
}

/// Makes one file of the site; the inner error is what it panicked with.
fn make_one(
    id: OutputId,
    path: OutPath,
    book: &Arc<Book>,
    shared: &Shared,
    sink: &(dyn Fn(&Output, Hash) -> Result<(), Fault> + Sync),
) -> Result<Result<Made, String>, Fault> {
    let mut trace = Trace::default();
    let made = catch_unwind(AssertUnwindSafe(|| render::make(id, path, &mut Reader::new(&**book, &mut trace), shared)));
    let output = match made {
        Ok(output) => output,
        Err(panic) => return Ok(Err(panic_message(&*panic))),
    };
    let out = Hash::of_bytes(&output.bytes);
    sink(&output, out)?;
    Ok(Ok(Made { out, trace, diagnostics: output.diagnostics, faulty: output.faulty }))
}

fn of_template(code: Code) -> bool {
    matches!(code, Code::TemplateError | Code::TemplateDepth | Code::TemplateOutput)
}

/// Whether the settings of the book count a diagnostic as an error.
fn is_error(book: &Book, found: &Diagnostic) -> bool {
    book.data().config().severity(found.code, found.severity) == Some(Severity::Error)
}

/// What a panic says.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}

fn internal_error(path: OutPath, why: &str) -> Diagnostic {
    let message = format!("Benchbook itself failed while it made `{path}`: {why}");
    Diagnostic { severity: Severity::Error, ..Diagnostic::bare(Code::InternalError, message) }
        .help("please report this, with the message above and the chapter's file")
}

/// Which folders are walked, and what in them is left out.
#[derive(PartialEq, Eq)]
struct Folders {
    walk: Vec<String>,
    skip: Vec<PathId>,
}

fn folders(config: &Config, out: Option<PathId>) -> Folders {
    let mut walk = vec![config.src.clone()];
    if config.src != "themes" && !config.src.is_empty() {
        walk.push("themes".to_owned());
    }
    walk.extend(resolve::fonts_folder(config).filter(|_| !config.src.is_empty()));
    let mut skip = vec![PathId::new(&config.out)];
    skip.extend(out);
    Folders { walk, skip }
}

/// What stands on disk between commands is found again under this name only by a build with the same output and
/// options.
pub fn ledger_name(out: &std::path::Path, options: &Options) -> String {
    let key = Hash::of(&(out.as_os_str().as_encoded_bytes(), options)).to_string();
    format!("ledger-{}", key.get(..16).unwrap_or_default())
}
