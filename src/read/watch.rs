//! Being woken when a file of the book changes.
//!
//! An event is a wake-up and a hint in which folder to look first; what has changed is decided by a scan of the files.
//! So an event that is lost, doubled or misspelled costs time and never a stale page, and whoever is woken looks at
//! everything in the end.
//!
//! A program that writes a file in place opens it, writes, and closes it. Between the first write and the closing
//! the file is neither old nor new, so nobody is woken (as long as the system tells of closing, and within [`HELD`]).
//!
//! Where the system cannot watch so many folders, or is told not to, the files' stamps are compared twice a second.
//!
//! **Invariant:** this module changes nothing and reads no content.

use super::{Files, Stamp};
use crate::id::PathId;
use crate::site::Hash;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders with all that is in them, from the folder of `book.toml`.
    pub folders: Vec<String>,
    /// What is left out of them: the output.
    pub skip: Vec<PathId>,
    /// Single files elsewhere, present or not.
    pub files: Vec<PathId>,
}

/// Why somebody is woken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something happened in these folders, from the folder of `book.toml`, or to a single file (then there may be none).
    Folders(Vec<String>),
    /// Something happened, and it is not known where.
    All,
    /// From now on the files are looked at twice a second, for this reason.
    Polling(String),
}

/// A watch over a book. It ends when this is dropped.
pub struct Watch {
    inbox: Sender<In>,
    /// Events have come of which nobody was told yet.
    busy: Arc<AtomicBool>,
}

impl Watch {
    /// Watches nothing yet: see [`Watch::look`]. `root` is the folder of `book.toml`, links resolved; `wake` is called from a
    /// thread of its own. With `poll` the system's events are not used.
    pub fn start(root: &Path, files: Arc<dyn Files>, poll: bool, wake: impl FnMut(Woken) + Send + 'static) -> Watch {
        let (inbox, outbox) = channel();
        let busy = Arc::new(AtomicBool::new(false));
        let watcher = Watching {
            busy: busy.clone(),
            root: root.to_owned(),
            files,
            sources: None,
            events: inbox.clone(),
            notify: None,
            polling: poll,
            seen: Hash::default(),
            pending: Pending::default(),
            wake: Box::new(wake),
        };
        let started = std::thread::Builder::new().name("watch".into()).spawn(move || watcher.run(&outbox));
        // A machine without room for one more thread serves what it has; the next start may be luckier.
        drop(started);
        Watch { inbox, busy }
    }

    /// Says what is watched from now on. What changed before that is found by a scan: a wake-up follows.
    pub fn look(&self, sources: Sources) {
        let _ = self.inbox.send(In::Look(sources));
    }

    /// Whether nothing is known to be going on: otherwise somebody is woken in a moment, and a scan before that may meet
    /// a file that is half written.
    pub fn is_quiet(&self) -> bool {
        !self.busy.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.inbox.send(In::End);
    }
}

/// No event for so long, and the save is over. The longest silence inside one save was measured at 1.3 ms.
const QUIET: Duration = Duration::from_millis(5);
/// A storm of events is not waited out for longer.
const LONGEST: Duration = Duration::from_millis(100);
/// A file that stays open without being written to is taken as it is after so long.
pub const HELD: Duration = Duration::from_millis(700);
/// How often stamps are compared where events cannot be had.
const POLL: Duration = Duration::from_millis(500);

enum In {
    Look(Sources),
    Event(notify::Result<Event>),
    End,
}

struct Watching {
    busy: Arc<AtomicBool>,
    root: PathBuf,
    files: Arc<dyn Files>,
    sources: Option<Sources>,
    events: Sender<In>,
    notify: Option<RecommendedWatcher>,
    polling: bool,
    /// The stamps of all files when they were last compared.
    seen: Hash,
    pending: Pending,
    wake: Box<dyn FnMut(Woken) + Send>,
}

impl Watching {
    fn run(mut self, inbox: &Receiver<In>) {
        loop {
            self.busy.store(self.pending.any(), Ordering::Relaxed);
            let wait = match self.pending.due(Instant::now()) {
                None if self.polling && self.sources.is_some() => POLL,
                None => Duration::from_secs(3600),
                Some(due) => due,
            };
            match inbox.recv_timeout(wait) {
                Ok(In::Look(sources)) => self.look(sources),
                Ok(In::Event(event)) => self.note(event),
                Ok(In::End) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if self.pending.any() => self.tell(),
                Err(RecvTimeoutError::Timeout) => self.compare(),
            }
        }
    }

    fn look(&mut self, sources: Sources) {
        if self.sources.as_ref() == Some(&sources) {
            return;
        }
        let first = self.sources.is_none();
        let folders_moved = self.sources.as_ref().is_none_or(|old| old.folders != sources.folders);
        self.sources = Some(sources);
        if self.polling {
            self.seen = self.stamps();
        } else {
            self.arm();
        }
        if first || folders_moved {
            self.pending.everything();
        }
    }

    /// Asks the system for events; again where that was done before, which is how folders that came back, and links that
    /// now lead elsewhere, are watched again.
    fn arm(&mut self) {
        if let Err(error) = self.try_arm() {
            self.notify = None;
            self.polling = true;
            self.seen = self.stamps();
            (self.wake)(Woken::Polling(reason(&error)));
        }
    }

    fn try_arm(&mut self) -> notify::Result<()> {
        let Some(sources) = &self.sources else { return Ok(()) };
        let mut places: Vec<(PathBuf, RecursiveMode)> = Vec::new();
        // The folder above tells when the book itself goes and comes back.
        places.extend(self.root.parent().map(|above| (above.to_owned(), RecursiveMode::NonRecursive)));
        places.push((self.root.clone(), RecursiveMode::NonRecursive));
        places.extend(sources.folders.iter().map(|folder| (self.root.join(folder), RecursiveMode::Recursive)));
        let single: BTreeSet<&str> = sources.files.iter().map(|file| file.folder()).collect();
        let within = |folder: &str| folder.is_empty() || sources.folders.iter().any(|f| is_within(folder, f));
        let single = single.into_iter().filter(|folder| !within(folder));
        places.extend(single.map(|folder| (self.root.join(folder), RecursiveMode::NonRecursive)));
        if self.notify.is_none() {
            let events = self.events.clone();
            self.notify = Some(notify::recommended_watcher(move |event| {
                if !matches!(&event, Ok(event) if is_reading(event)) {
                    let _ = events.send(In::Event(event));
                }
            })?);
        }
        let Some(notify) = &mut self.notify else { return Ok(()) };
        for (place, mode) in places.into_iter().filter(|(place, _)| place.is_dir()) {
            match notify.watch(&place, mode) {
                Err(error) if is_gone(&error) => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn note(&mut self, event: notify::Result<Event>) {
        let Ok(event) = event else { return self.pending.everything() };
        if event.need_rescan() {
            self.pending.rearm = true;
            return self.pending.everything();
        }
        for path in &event.paths {
            match self.place(path) {
                Place::Elsewhere => {}
                Place::Above => {
                    self.pending.rearm = true;
                    self.pending.everything();
                }
                Place::Single => self.pending.touch(None, path, &event.kind),
                Place::In(folder) => {
                    // The system watches a new folder late, and the target of a new link not at all.
                    self.pending.rearm |= may_hold_folders(&event.kind, path);
                    self.pending.touch(Some(folder), path, &event.kind);
                }
            }
        }
    }

    /// Where in what is watched a path lies.
    fn place(&self, path: &Path) -> Place {
        let Some(sources) = &self.sources else { return Place::Elsewhere };
        let Some(spelled) = spell(&self.root, path) else { return Place::Elsewhere };
        let holds_folder = |folder: &String| folder == &spelled || is_within(folder, &spelled);
        let holds_file = |file: &PathId| is_within(file.as_str(), &spelled);
        if sources.folders.iter().any(holds_folder) || sources.files.iter().any(holds_file) {
            return Place::Above;
        }
        let inner = sources.folders.iter().any(|folder| is_within(&spelled, folder));
        let left_out = spelled.split('/').any(|part| part.starts_with('.'))
            || sources.skip.iter().any(|skip| skip.as_str() == spelled || is_within(&spelled, skip.as_str()));
        // The folder before the file: one that is asked for and missing must be walked to when it comes.
        if inner && !left_out {
            return Place::In(spelled.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned());
        }
        match sources.files.iter().any(|file| file.as_str() == spelled) {
            true => Place::Single,
            false => Place::Elsewhere,
        }
    }

    fn tell(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let woken = match pending.all {
            true => Woken::All,
            false => Woken::Folders(pending.folders.into_iter().collect()),
        };
        (self.wake)(woken);
        if pending.rearm && !self.polling {
            self.arm();
            // What happened before the new watch stood was told to nobody.
            self.pending.everything();
        }
    }

    /// Wakes when stamps have moved and stand still again.
    fn compare(&mut self) {
        if !self.polling || self.sources.is_none() {
            return;
        }
        let mut now = self.stamps();
        if now == self.seen {
            return;
        }
        for _ in 0..20 {
            std::thread::sleep(POLL / 10);
            let next = self.stamps();
            if next == now {
                break;
            }
            now = next;
        }
        self.seen = now;
        (self.wake)(Woken::All);
    }

    fn stamps(&self) -> Hash {
        let Some(sources) = &self.sources else { return Hash::default() };
        let walked: Vec<(PathId, Stamp)> =
            sources.folders.iter().flat_map(|folder| self.files.walk(folder, &sources.skip).files).collect();
        let single: Vec<Option<Stamp>> = sources.files.iter().map(|file| self.files.stamp(*file).ok()).collect();
        Hash::of(&(walked, single))
    }
}

enum Place {
    /// Nothing of the book hangs on it.
    Elsewhere,
    /// A watched folder, or one that holds it: everything may have come or gone.
    Above,
    /// One of the single files.
    Single,
    /// In this folder, which is a watched one or lies in one.
    In(String),
}

/// What happened since somebody was last woken.
#[derive(Default)]
struct Pending {
    all: bool,
    rearm: bool,
    folders: BTreeSet<String>,
    /// The first and the last event.
    time: Option<(Instant, Instant)>,
    /// Files that were written to and are not closed yet, with the time of the last write.
    open: HashMap<PathBuf, Instant>,
}

impl Pending {
    fn any(&self) -> bool {
        self.time.is_some()
    }

    fn everything(&mut self) {
        self.all = true;
        self.tick();
    }

    fn touch(&mut self, folder: Option<String>, path: &Path, kind: &EventKind) {
        self.folders.extend(folder);
        self.tick();
        match kind {
            // Only there is closing told.
            EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
                self.open.insert(path.to_owned(), Instant::now());
            }
            EventKind::Access(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
                self.open.remove(path);
            }
            _ => {}
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.time = Some((self.time.map_or(now, |(first, _)| first), now));
    }

    /// In how long somebody is woken; `None` when nothing happened.
    fn due(&mut self, now: Instant) -> Option<Duration> {
        let (first, last) = self.time?;
        self.open.retain(|_, written| now < *written + HELD);
        #[allow(clippy::iter_over_hash_type, reason = "the latest does not hang on the order")]
        let held = self.open.values().max().map(|written| *written + HELD);
        let due = held.unwrap_or_else(|| (last + QUIET).min(first + LONGEST));
        Some(due.saturating_duration_since(now))
    }
}

/// Whether an event tells of a file that was only looked at: such come from the scan itself.
fn is_reading(event: &Event) -> bool {
    matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write))
        && !event.need_rescan()
}

fn may_hold_folders(kind: &EventKind, path: &Path) -> bool {
    match kind {
        EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => true,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Any)) => path.is_dir(),
        _ => false,
    }
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound | notify::ErrorKind::WatchNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn reason(error: &notify::Error) -> String {
    let limit = match &error.kind {
        notify::ErrorKind::MaxFilesWatch => Some("fs.inotify.max_user_watches"),
        notify::ErrorKind::Io(error) if error.raw_os_error() == Some(24) => Some("fs.inotify.max_user_instances"),
        _ => None,
    };
    match limit {
        Some(name) => format!("the system's limit `{name}` is reached; `sudo sysctl {name}=524288` raises it"),
        None => format!("the system cannot watch the files ({error})"),
    }
}

/// `path` from `root`, with `/` between parts, and `..` where it lies outside.
fn spell(root: &Path, path: &Path) -> Option<String> {
    let mut up = 0;
    let mut base = root;
    let inner = loop {
        if let Ok(inner) = path.strip_prefix(base) {
            break inner;
        }
        base = base.parent()?;
        up += 1;
    };
    let mut parts = vec![".."; up];
    for part in inner.components() {
        parts.push(part.as_os_str().to_str()?);
    }
    // The root itself, or a folder above it, holds everything.
    Some(parts.join("/"))
}

/// Whether `path` lies in `folder`; everything that does not climb lies in the root.
fn is_within(path: &str, folder: &str) -> bool {
    match folder {
        "" => !path.starts_with(".."),
        folder => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::DiskFiles;
    use std::fs;

    struct Fixture {
        dir: tempfile::TempDir,
        woken: Receiver<Woken>,
        watch: Watch,
    }

    fn sources() -> Sources {
        Sources {
            folders: vec!["content".into(), "themes".into()],
            skip: vec![PathId::new("site")],
            files: vec![PathId::new("book.toml"), PathId::new("anchors.lock")],
        }
    }

    fn watched(poll: bool) -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("content")).unwrap();
        fs::write(dir.path().join("content/a.md"), "old").unwrap();
        let files: Arc<dyn Files> = Arc::new(DiskFiles::open(dir.path(), &[]).unwrap());
        let (tell, woken) = channel();
        let root = dir.path().canonicalize().unwrap();
        let watch = Watch::start(&root, files, poll, move |why| tell.send(why).unwrap_or_default());
        watch.look(sources());
        assert_eq!(woken.recv_timeout(Duration::from_secs(5)), Ok(Woken::All), "what changed before is looked for");
        std::thread::sleep(Duration::from_millis(50));
        Fixture { dir, woken, watch }
    }

    impl Fixture {
        fn next(&self) -> Option<Woken> {
            self.woken.recv_timeout(Duration::from_secs(2)).ok()
        }
        fn silent(&self) -> bool {
            self.woken.recv_timeout(Duration::from_millis(150)).is_err()
        }
        fn path(&self, path: &str) -> PathBuf {
            self.dir.path().join(path)
        }
    }

    fn content() -> Option<Woken> {
        Some(Woken::Folders(vec!["content".into()]))
    }

    #[test]
    fn a_save_wakes_once_and_names_its_folder() {
        let f = watched(false);
        fs::write(f.path("content/a.md"), "new").unwrap();
        assert_eq!(f.next(), content());
        fs::write(f.path("content/.a.md.swp"), "x").unwrap();
        fs::rename(f.path("content/a.md"), f.path("content/a.md.bak")).unwrap();
        fs::write(f.path("content/a.md"), "newer").unwrap();
        assert_eq!(f.next(), content());
        fs::write(f.path("book.toml"), "").unwrap();
        assert_eq!(f.next(), Some(Woken::Folders(vec![])));
        assert!(f.silent());
        drop(f.watch);
    }

    #[test]
    fn reading_and_what_is_not_the_books_wake_nobody() {
        let f = watched(false);
        fs::read(f.path("content/a.md")).unwrap();
        fs::create_dir(f.path("site")).unwrap();
        fs::write(f.path("site/a.html"), "x").unwrap();
        fs::write(f.path("notes.txt"), "x").unwrap();
        fs::write(f.path("content/.hidden"), "x").unwrap();
        assert!(f.silent());
    }

    #[test]
    fn a_file_that_is_being_written_wakes_nobody_until_it_is_closed() {
        use std::io::Write;
        let f = watched(false);
        let mut file = fs::File::create(f.path("content/a.md")).unwrap();
        file.write_all(b"half").unwrap();
        assert!(f.silent());
        file.write_all(b", whole").unwrap();
        drop(file);
        assert_eq!(f.next(), content());
    }

    #[test]
    fn a_folder_that_comes_back_is_watched_again() {
        let f = watched(false);
        for round in 0..3 {
            fs::remove_dir_all(f.path("content")).unwrap();
            fs::create_dir_all(f.path("content/deep")).unwrap();
            while f.next().is_some() {}
            fs::write(f.path("content/deep/b.md"), format!("{round}")).unwrap();
            assert_eq!(f.next(), Some(Woken::Folders(vec!["content/deep".into()])));
        }
    }

    #[test]
    fn without_events_stamps_are_compared() {
        let f = watched(true);
        fs::write(f.path("content/a.md"), "longer").unwrap();
        assert_eq!(f.next(), Some(Woken::All));
        assert!(f.silent());
    }

    #[test]
    fn paths_are_spelled_from_the_root() {
        let root = Path::new("/a/book");
        assert_eq!(spell(root, Path::new("/a/book/content/x.md")).as_deref(), Some("content/x.md"));
        assert_eq!(spell(root, Path::new("/a/shared/x.md")).as_deref(), Some("../shared/x.md"));
        assert_eq!(spell(root, Path::new("/a/book")).as_deref(), Some(""));
    }
}
