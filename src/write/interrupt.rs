//! What a signal may do: a build that stages is dropped at once, a build that moves is let finish.

use super::disk;
use crate::diag::Fault;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the handler of a signal does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The process may exit: no staging folder is left, and nothing of the site has changed.
    ExitNow,
    /// Files are moving into place. The commit will end within moments and say [`interrupted`](super::Committed).
    Finishing,
}

/// Called by the handler of a signal, from a thread of its own: removes the staging folders of this process, unless
/// one is being moved into place.
pub fn interrupt() -> Interrupt {
    STAGES.interrupt()
}

/// Whether a signal has come: what fails from then on fails because of it.
pub fn was_interrupted() -> bool {
    STAGES.interrupted()
}

pub(super) static STAGES: Stages = Stages::new();

/// The staging folders that are in use.
pub(super) struct Stages {
    interrupted: AtomicBool,
    open: Mutex<Vec<Open>>,
}

struct Open {
    folder: PathBuf,
    /// The output was made for it.
    made_output: bool,
    moving: bool,
}

impl Stages {
    pub(super) const fn new() -> Self {
        Stages { interrupted: AtomicBool::new(false), open: Mutex::new(Vec::new()) }
    }

    pub(super) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Fails once a signal has come.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.interrupted() { Err(Fault::new("cannot finish the build", "interrupted")) } else { Ok(()) }
    }

    pub(super) fn enter(&self, folder: &Path, made_output: bool) {
        self.open().push(Open { folder: folder.to_owned(), made_output, moving: false });
    }

    pub(super) fn leave(&self, folder: &Path) {
        self.open().retain(|open| open.folder != folder);
    }

    /// From now on a signal waits for the end of the commit. Fails if one has come before.
    pub(super) fn start_moving(&self, folder: &Path) -> Result<(), Fault> {
        let mut stages = self.open();
        self.check()?;
        stages.iter_mut().filter(|open| open.folder == folder).for_each(|open| open.moving = true);
        Ok(())
    }

    pub(super) fn interrupt(&self) -> Interrupt {
        self.interrupted.store(true, Ordering::Relaxed);
        let stages = self.open();
        if stages.iter().any(|open| open.moving) {
            return Interrupt::Finishing;
        }
        for open in stages.iter() {
            // Another thread may be adding a file to it just now; it adds no second one.
            for _ in 0..3 {
                if disk::remove_tree(&open.folder).is_ok() {
                    break;
                }
            }
            if open.made_output
                && let Some(output) = open.folder.parent()
            {
                let _ = disk::remove_empty_folder(output);
            }
        }
        Interrupt::ExitNow
    }

    fn open(&self) -> MutexGuard<'_, Vec<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
