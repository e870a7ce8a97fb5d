//! The development server: the book in memory, served, watched, and patched where it is open.
//!
//! One thread makes the book (`make`): it owns the pipeline, is woken when files change, and makes a page that is out of
//! date when somebody asks for it, or when there is nothing else to do. What it made stands in a map (`site`) that
//! the threads of the server answer from (`http`); a socket for each open page tells what of it has moved (`live`).
//!
//! **Invariants.** No address leads to the file system. No request has an effect but that a page is made. What is served is what
//! a clean build would give, or, where that has errors, the last that was good.

mod http;
mod live;
mod make;
mod site;

use crate::diag::Fault;
use crate::id::OutPath;
use crate::pipeline::Pipeline;
use crate::read::Files;
use crate::site::Hash;
use std::collections::{BTreeMap, VecDeque};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast, oneshot};

/// What is served, and how.
pub struct Setup {
    /// The pipeline, before its first update; its pages are made for live serving.
    pub pipeline: Pipeline,
    /// The folder of `book.toml`, links resolved.
    pub root: PathBuf,
    /// The files of the book, for the watcher.
    pub files: Arc<dyn Files>,
    /// Where browsers connect.
    pub listener: TcpListener,
    /// The name that the command line gave with `--host`: one more that requests may name.
    pub host: String,
    /// Compare stamps in place of the system's events.
    pub poll: bool,
    /// Told what an author wants to know.
    pub tell: Box<dyn FnMut(Told<'_>) + Send>,
}

/// What an author wants to know.
pub enum Told<'a> {
    /// What is wrong with the book has changed; so many of its pages are out of date and not made yet.
    Book(&'a Pipeline, usize),
    /// The files are looked at twice a second, for this reason.
    Polling(String),
}

/// Serves until the process is told to end.
///
/// # Errors
/// What the machine refuses: threads, sockets, randomness.
pub fn run(setup: Setup) -> Result<(), Fault> {
    let fault = |error: std::io::Error| Fault::new("cannot start the server", error);
    setup.listener.set_nonblocking(true).map_err(fault)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(fault)?;
    let (asks, asked) = std::sync::mpsc::channel();
    let server = Arc::new(Server {
        site: site::Site::default(),
        state: RwLock::default(),
        asks: Mutex::new(asks.clone()),
        events: broadcast::channel(256).0,
        token: token()?,
        host: setup.host,
        shown: Mutex::default(),
    });
    let maker = make::Maker::new(setup.pipeline, server.clone(), setup.tell);
    let watching = make::Watched { root: setup.root, files: setup.files, poll: setup.poll, asks };
    let make = move || {
        // Without its maker a server would go on with old pages and tell nobody.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| maker.run(&asked, watching))).is_err() {
            let _ = writeln!(std::io::stderr(), "error: Benchbook itself failed while serving; please report this");
            std::process::exit(3);
        }
    };
    std::thread::Builder::new().name("make".into()).spawn(make).map_err(fault)?;
    let listener = setup.listener;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(fault)?;
        tokio::spawn(accept(listener, server));
        end().await.map_err(fault)
    })?;
    // Open sockets and a page that is being made end with the process.
    runtime.shutdown_background();
    Ok(())
}

/// What all threads of the server share.
struct Server {
    site: site::Site,
    state: RwLock<State>,
    asks: Mutex<Sender<make::Ask>>,
    events: broadcast::Sender<Event>,
    /// What a socket must show: 128 random bits in hexadecimal, other for each process.
    token: String,
    host: String,
    shown: Mutex<Shown>,
}

#[derive(Clone, Default)]
struct State {
    /// Whether the book was read for the first time.
    started: bool,
    /// Whether pages go out with a strict policy: a book of ours holds no script of its own.
    strict: bool,
    /// What is wrong with the book, as the pages are told it.
    problems: Arc<str>,
}

/// What an open page may want to know.
#[derive(Clone, Debug)]
enum Event {
    /// Some pages have moved, come or gone.
    Pages,
    /// A style, script or picture has moved.
    Asset(OutPath, Hash),
    /// What is wrong with the book has changed.
    Problems,
}

/// What somebody looks at: made before all else.
#[derive(Default)]
struct Shown {
    next: u64,
    /// The address of each open page.
    open: BTreeMap<u64, String>,
    /// The pages that were asked for last.
    recent: VecDeque<OutPath>,
}

/// How many of the pages that were asked for last count as looked at.
const RECENT: usize = 8;
/// How many connections are open at once; more wait. Below the usual limit of 1,024 descriptors.
const CONNECTIONS: usize = 768;

impl Server {
    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, ask: make::Ask) {
        // The maker ends with the process only.
        let _ = self.asks.lock().unwrap_or_else(PoisonError::into_inner).send(ask);
    }

    /// What stands at an address, made now if it is out of date.
    async fn get(&self, path: &str) -> site::Found {
        if !self.state().started {
            let (done, ready) = oneshot::channel();
            self.ask(make::Ask::Ready(done));
            let _ = ready.await;
        }
        let mut found = self.site.find(path);
        // An update may come between the making and the answer; it is not chased for ever.
        for _ in 0..3 {
            let site::Found::Stale(stale) = found else { break };
            let (done, ready) = oneshot::channel();
            self.ask(make::Ask::Page(stale, done));
            let _ = ready.await;
            found = self.site.find(path);
        }
        found
    }

    fn note_recent(&self, path: OutPath) {
        let mut shown = self.shown();
        if shown.recent.front() != Some(&path) {
            shown.recent.retain(|p| *p != path);
            shown.recent.push_front(path);
            shown.recent.truncate(RECENT);
        }
    }
}

/// Takes connections in. One that sends its request slowly is cut off, so that none holds a place for long.
async fn accept(listener: tokio::net::TcpListener, server: Arc<Server>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let server = server.clone();
                tokio::spawn(async move {
                    http::connection(stream, server).await;
                    drop(place);
                });
            }
            // Too many open files, or a connection that went before it was taken.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Waits for the end: Ctrl-C, or the signal that asks a process to end.
async fn end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let interrupt = tokio::signal::ctrl_c();
        let other = live::either(terminate.recv(), hang_up.recv());
        live::either(interrupt, other).await;
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn token() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Fault::new("cannot make a token for the live socket", error))?;
    Ok(Hash(u128::from_le_bytes(bytes)).to_string())
}

/// Where a server that listens at `address` is opened in a browser on this machine.
pub fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        std::net::IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}/", SocketAddr::new(ip, address.port()))
}
