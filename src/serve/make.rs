//! The thread that makes the book: woken by files, asked by browsers, busy with what is left when neither wants it.
//!
//! A wake-up is answered by a scan of the folders that it names; the pages that somebody looks at are made at once, all
//! others become stale. When it is quiet everything is scanned, and then the stale pages are made, one at a time, so that
//! a request never waits for more than one of them.

use super::site::{Found, Made, Worth};
use super::{Event, Server, Told, live};
use crate::diag::Diagnostic;
use crate::id::{ChapterId, OutPath};
use crate::pipeline::{Delta, Pipeline, Wanted};
use crate::read::watch::{Sources, Watch, Woken};
use crate::read::{Files, MAX_TEXT, Scope};
use crate::site::{Hash, Output, OutputId};
use axum::body::Bytes;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the maker is asked.
pub(super) enum Ask {
    /// Files have changed.
    Woken(Woken),
    /// Make this page if it is out of date, and say when that is done.
    Page(OutPath, oneshot::Sender<()>),
    /// Say when the book was read.
    Ready(oneshot::Sender<()>),
}

/// What the watcher is started with, once the first page can be served.
pub(super) struct Watched {
    pub root: PathBuf,
    pub files: Arc<dyn Files>,
    pub poll: bool,
    pub asks: Sender<Ask>,
}

/// Quiet for so long, and everything is scanned: after the browser has fetched what it was told of.
const CALM: Duration = Duration::from_millis(25);
/// An event that a file is being written is here after so long, however busy the machine.
const SETTLE: Duration = Duration::from_millis(20);

pub(super) struct Maker {
    pipeline: Pipeline,
    server: Arc<Server>,
    tell: Box<dyn FnMut(Told<'_>) + Send>,
    /// Pages that were stale after the last update.
    waiting: VecDeque<OutPath>,
    /// Only some folders were looked at since everything was.
    unswept: bool,
    /// Something was made since the diagnostics were last looked at.
    unread: bool,
    told: Vec<Diagnostic>,
    watched: Sources,
    watch: Option<Watch>,
    /// Pages that were made while a file was being written: not shown, and made once more.
    doubtful: Vec<OutPath>,
}

impl Maker {
    pub(super) fn new(pipeline: Pipeline, server: Arc<Server>, tell: Box<dyn FnMut(Told<'_>) + Send>) -> Self {
        Self {
            pipeline,
            server,
            tell,
            waiting: VecDeque::new(),
            unswept: false,
            unread: false,
            told: Vec::new(),
            watched: Sources::default(),
            watch: None,
            doubtful: Vec::new(),
        }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, asked: &Receiver<Ask>, watched: Watched) {
        self.update(Scope::All);
        let asks = watched.asks;
        let wake = move |woken| asks.send(Ask::Woken(woken)).unwrap_or_default();
        // After the first page: arming takes its time in a large book, and what changes meanwhile is scanned for.
        self.watch = Some(Watch::start(&watched.root, watched.files, watched.poll, wake));
        loop {
            self.look();
            match self.next(asked) {
                Ok(Ask::Woken(woken)) => self.wake(woken, asked),
                Ok(ask) => self.answer(ask),
                Err(RecvTimeoutError::Timeout) if !self.is_quiet() => {}
                Err(RecvTimeoutError::Timeout) => self.rest(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Waits for what is asked, as long as there is nothing else to do.
    fn next(&self, asked: &Receiver<Ask>) -> Result<Ask, RecvTimeoutError> {
        if self.unswept || !self.is_quiet() {
            asked.recv_timeout(CALM)
        } else if self.unread || !self.waiting.is_empty() {
            asked.recv_timeout(Duration::ZERO)
        } else {
            asked.recv().map_err(|_| RecvTimeoutError::Disconnected)
        }
    }

    /// Whether no file is being written just now. A wake-up follows where one is.
    fn is_quiet(&self) -> bool {
        self.watch.as_ref().is_none_or(Watch::is_quiet)
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Page(path, done) => {
                self.make(path, true);
                let _ = done.send(());
            }
            Ask::Ready(done) => {
                let _ = done.send(());
            }
            Ask::Woken(_) => {}
        }
    }

    /// Looks at what a wake-up names, and at what the ones behind it name.
    fn wake(&mut self, woken: Woken, asked: &Receiver<Ask>) {
        let mut folders = Vec::new();
        let mut all = false;
        let mut others = Vec::new();
        let mut next = Some(Ask::Woken(woken));
        while let Some(ask) = next {
            match ask {
                Ask::Woken(Woken::Folders(named)) => folders.extend(named),
                Ask::Woken(Woken::All) => all = true,
                Ask::Woken(Woken::Polling(reason)) => (self.tell)(Told::Polling(reason)),
                other => others.push(other),
            }
            next = asked.try_recv().ok();
        }
        folders.sort_unstable();
        folders.dedup();
        self.update(if all { Scope::All } else { Scope::Folders(&folders) });
        others.into_iter().for_each(|ask| self.answer(ask));
    }

    /// Does one thing that nobody waits for.
    fn rest(&mut self) {
        if self.unswept {
            self.update(Scope::All);
        } else if let Some(path) = self.waiting.pop_front() {
            self.make(path, false);
        } else if self.unread {
            self.read_diagnostics();
        }
    }

    /// Brings the book up to date, and what somebody looks at with it.
    fn update(&mut self, scope: Scope<'_>) {
        self.unswept = matches!(scope, Scope::Folders(_));
        let first = self.looked_at();
        let made = Mutex::new(Vec::new());
        let sink = |output: &Output, hash: Hash| {
            made.lock().unwrap_or_else(PoisonError::into_inner).push(Made::of(output, hash, true));
            Ok(())
        };
        // The sink never fails.
        let updated =
            self.pipeline.update(&Wanted { scope, first: &first, all: false, holds: &|_, _| true, sink: &sink });
        let Ok(delta) = updated else { return };
        // A file that changed while it was read is looked at once more.
        self.unswept |= self.pipeline.is_disturbed();
        if self.is_surprising(scope, &delta) {
            std::thread::sleep(SETTLE);
        }
        let quiet = self.is_quiet();
        let paths: Vec<OutPath> = self.outputs().map(|(_, path)| path).collect();
        let mut stale = self.pipeline.stale(usize::MAX);
        let held = self.server.site.adopt(&paths, &stale, quiet && self.pipeline.is_whole());
        for made in made.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.take(made, quiet);
        }
        first.iter().filter(|path| stale.contains(path)).for_each(|path| self.server.site.settled(*path));
        stale.extend(held);
        self.waiting = in_order(stale);
        {
            let mut state = self.server.state.write().unwrap_or_else(PoisonError::into_inner);
            state.started = true;
            state.strict = self.pipeline.is_ours();
        }
        let _ = self.server.events.send(Event::Pages);
        if quiet {
            std::mem::take(&mut self.doubtful).into_iter().for_each(|path| self.make_now(path, true, true));
            self.read_diagnostics();
        } else {
            self.unread = true;
        }
    }

    /// Whether an update may have met a file in the middle of a save, before the event of its beginning was here: it found
    /// what nobody was woken for, or a chapter that was emptied.
    fn is_surprising(&self, scope: Scope<'_>, delta: &Delta) -> bool {
        let Some(book) = self.pipeline.book().filter(|_| self.watch.is_some()) else { return false };
        let is_empty = |chapter: &ChapterId| {
            let file = book.data().chapter_top(*chapter).map(|top| book.data().files().bytes(top.file, MAX_TEXT));
            matches!(file, Some(Ok(bytes)) if bytes.is_empty())
        };
        let changed = !delta.made.is_empty() || !delta.outlined.is_empty() || !delta.removed.is_empty();
        changed && (matches!(scope, Scope::All) || delta.outlined.iter().any(is_empty))
    }

    /// Makes a page if it is out of date; `asked` by somebody, or ahead.
    fn make(&mut self, path: OutPath, asked: bool) {
        if !matches!(self.server.site.find(path.as_str()), Found::File(..)) {
            self.make_now(path, false, asked);
        }
    }

    /// Makes a page, `again` or unless what is served is what the ledger says.
    fn make_now(&mut self, path: OutPath, again: bool, asked: bool) {
        let site = &self.server.site;
        let made = Mutex::new(None);
        let sink = |output: &Output, hash: Hash| {
            *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(Made::of(output, hash, asked));
            Ok(())
        };
        let _ = self.pipeline.make_path(path, &|path, hash| !again && site.holds(path, hash), &sink);
        match made.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(made) => self.take(made, self.is_quiet()),
            None => site.settled(path),
        }
        self.unread = true;
        self.unswept |= self.pipeline.is_disturbed();
    }

    /// Takes in what was made, and tells those who look at it.
    fn take(&mut self, made: Made, quiet: bool) {
        let (path, hash) = (made.path, made.hash);
        let worth = match quiet && !self.pipeline.is_disturbed() {
            false => Worth::Doubtful,
            true if self.pipeline.is_good(path) => Worth::Good,
            true => Worth::Bad,
        };
        if worth == Worth::Doubtful {
            self.doubtful.push(path);
        }
        if self.server.site.take(made, worth) {
            let event = if is_page(path) { Event::Pages } else { Event::Asset(path, hash) };
            let _ = self.server.events.send(event);
        }
    }

    fn outputs(&self) -> impl Iterator<Item = (OutputId, OutPath)> + '_ {
        self.pipeline.book().into_iter().flat_map(|book| book.outputs().iter().copied())
    }

    /// The pages that are open in a browser or were asked for last.
    fn looked_at(&self) -> Vec<OutPath> {
        let (mut paths, open) = {
            let shown = self.server.shown();
            let open: Vec<String> = shown.open.values().cloned().collect();
            (shown.recent.iter().copied().collect::<Vec<_>>(), open)
        };
        for address in open {
            match self.server.site.find(&address) {
                Found::File(path, ..) | Found::Stale(path) | Found::Failed(path) => paths.push(path),
                Found::Missing => {}
            }
        }
        paths
    }

    /// Watches what the book hangs on now.
    fn look(&mut self) {
        let sources = self.pipeline.sources().filter(|sources| *sources != self.watched);
        if let (Some(sources), Some(watch)) = (sources, &self.watch) {
            self.watched = sources.clone();
            watch.look(sources);
        }
    }

    /// Tells what is wrong with the book where that has changed.
    fn read_diagnostics(&mut self) {
        self.unread = false;
        let all = self.pipeline.diagnostics();
        if all == self.told {
            return;
        }
        let problems = live::problems(&all, &self.pipeline);
        self.told = all;
        self.server.state.write().unwrap_or_else(PoisonError::into_inner).problems = problems.into();
        let _ = self.server.events.send(Event::Problems);
        (self.tell)(Told::Book(&self.pipeline, self.waiting.len()));
    }
}

impl Made {
    fn of(output: &Output, hash: Hash, asked: bool) -> Made {
        Made { path: output.path, hash, bytes: Bytes::copy_from_slice(&output.bytes), asked }
    }
}

pub(super) fn is_page(path: OutPath) -> bool {
    path.as_str().ends_with(".html")
}

/// Styles and scripts before pages: every open page shows them.
fn in_order(stale: Vec<OutPath>) -> VecDeque<OutPath> {
    let (pages, assets): (Vec<_>, Vec<_>) = stale.into_iter().partition(|path| is_page(*path));
    assets.into_iter().chain(pages).collect()
}
