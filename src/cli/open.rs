//! Opening a book: its root, its output, and what earlier builds left.

use super::args::Args;
use crate::diag::{Fault, Severity};
use crate::parse::config::Config;
use crate::pipeline::{self, Pipeline};
use crate::read::{self, DiskFiles, Files, Snapshot};
use crate::resolve;
use crate::site::Options;
use crate::stamp::Stamp;
use crate::write::{self, Ask, CACHE, OutDir};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A book that a command works on.
pub struct Opened {
    /// The folder of `book.toml`, links resolved.
    pub root: PathBuf,
    /// The settings, as they are now.
    pub config: Config,
    /// The first mistake in `book.toml`.
    mistake: Option<String>,
    /// The day of the build, where it is not the clock's.
    today: Option<Date>,
    files: Arc<dyn Files>,
}

impl Opened {
    /// Opens the book of the command line.
    pub fn book(args: &Args) -> Result<Opened, Fault> {
        if args.root.as_os_str().is_empty() {
            return Err(Fault::refused("`--root` is empty (an unset variable?)"));
        }
        if let Some(gone) = args.allow_root.iter().find(|dir| !dir.is_dir()) {
            return Err(Fault::refused(format!("`--allow-root {}` is no folder", gone.display())));
        }
        if args.root.is_file() {
            return Err(Fault::refused(format!("`--root` wants the folder of {}", args.root.display())));
        }
        let files = DiskFiles::open(&args.root, &args.allow_root).map_err(|error| Fault {
            exit: 2,
            ..Fault::new(format!("cannot open the book at {}", args.root.display()), error)
        })?;
        let root = files.root().to_owned();
        let files: Arc<dyn Files> = Arc::new(files);
        let config = resolve::read_config(&Snapshot::empty(files.clone()));
        let errors = config.diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        let mistake = errors.map(|found| found.message).next();
        let today = source_date()?;
        Ok(Opened { root, config: config.value.config, mistake, today, files })
    }

    /// The output, if it may be ours.
    pub fn out(&self, out: Option<&Path>) -> Result<OutDir, Fault> {
        self.asking(out, OutDir::open)
    }

    /// Removes what builds left.
    ///
    /// # Errors
    /// Refused when it cannot be known which folder `book.toml` means.
    pub fn clean(&self, out: Option<&Path>) -> Result<write::Cleaned, Fault> {
        if let (None, Some(mistake)) = (out, &self.mistake) {
            return Err(Fault::refused(format!("book.toml has a mistake: nothing deleted: {mistake}")));
        }
        self.asking(out, |ask| write::clean(ask, WAIT))
    }

    /// Asks for the output of the command line, or that of `book.toml`.
    fn asking<T>(&self, out: Option<&Path>, then: impl FnOnce(&Ask<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let keep_off = self.keep_off();
        let home = home();
        let path = self.out_path(out)?;
        then(&Ask {
            root: &self.root,
            out: &path,
            may_lie_outside: out.is_some(),
            keep_off: &keep_off,
            home: home.as_deref(),
        })
    }

    fn keep_off(&self) -> Vec<PathBuf> {
        vec![self.root.join(&self.config.src), self.root.join("themes")]
    }

    fn out_path(&self, out: Option<&Path>) -> Result<PathBuf, Fault> {
        match out {
            Some(out) => std::path::absolute(out)
                .map_err(|error| Fault { exit: 2, ..Fault::new("the output `--out` cannot be used", error) }),
            None => Ok(self.root.join(&self.config.out)),
        }
    }

    /// The path of a folder from the root of the book, if it lies there.
    pub fn inner(&self, folder: &Path) -> Option<crate::id::PathId> {
        let inner = folder.strip_prefix(&self.root).ok()?.to_str()?;
        Some(crate::id::PathId::new(inner))
    }

    /// Where the ledger of builds into `out` lies.
    pub fn ledger(&self, out: &Path, options: &Options) -> PathBuf {
        self.root.join(CACHE).join(pipeline::ledger_name(out, options))
    }

    /// The pipeline, going on from the ledger where there is one.
    pub fn resume(&self, ledger: &Path, options: Options) -> (Pipeline, BTreeMap<crate::id::OutPath, Stamp>) {
        let Some(bytes) = read::cached(ledger) else { return (self.pipeline(options), BTreeMap::new()) };
        let (mut pipeline, stamps) = Pipeline::resume(self.files.clone(), options, &bytes, read::program());
        self.date(&mut pipeline);
        (pipeline, stamps)
    }

    /// The files of the book, for a command that adds one.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::empty(self.files.clone())
    }

    /// The path of `inner`, counted from the folder of chapters.
    pub fn chapter_path(&self, inner: &str) -> crate::id::PathId {
        resolve::chapter_path(&self.config, inner)
    }

    /// The files of the book, for one who watches them.
    pub fn files(&self) -> Arc<dyn Files> {
        self.files.clone()
    }

    /// The pipeline from nothing.
    pub fn pipeline(&self, options: Options) -> Pipeline {
        let mut pipeline = Pipeline::new(self.files.clone(), options);
        self.date(&mut pipeline);
        pipeline
    }

    fn date(&self, pipeline: &mut Pipeline) {
        if let Some(today) = self.today {
            pipeline.fix_today(today);
        }
    }
}

/// The day that `SOURCE_DATE_EPOCH` names, in seconds since 1970: builds of one commit are alike on every day.
///
/// # Errors
/// Refused where it is set to what is no such number.
#[allow(clippy::disallowed_methods, reason = "a convention of reproducible builds, for whoever publishes")]
fn source_date() -> Result<Option<Date>, Fault> {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = text.to_str().and_then(|text| text.trim().parse::<i64>().ok());
    let nanos = seconds.and_then(|seconds| seconds.checked_mul(1_000_000_000));
    match nanos {
        Some(nanos) => Ok(Some(read::day(nanos))),
        None => Err(Fault::refused("`SOURCE_DATE_EPOCH` is set and is no number of seconds since 1970")),
    }
}

/// How long a build waits for another one to end.
pub const WAIT: std::time::Duration = std::time::Duration::from_secs(10);

#[allow(clippy::disallowed_methods, reason = "the home folder is only ever refused as an output")]
fn home() -> Option<PathBuf> {
    std::env::home_dir()
}
