//! What a signal may do: a build that stages is dropped at once, a build that moves is let finish.
//!
//! Whatever a process must not leave behind is noted here ([`Stages::note`]) with how to remove it. Its builder and the
//! handler of a signal may both want to: whoever strikes it off the list first does, and the other does nothing. A thread
//! that adds to it says so ([`Stages::change`]); once a signal has come nobody begins to, and the handler waits for those
//! that have begun. So nothing is removed while somebody adds to it, nothing is added after it was removed, and the
//! process ends in the middle of neither.

use crate::diag::Fault;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the handler of a signal does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The process may exit: no staging folder is left, none is made any more, and nothing of the site has changed or
    /// all of it has.
    ExitNow,
    /// Files are moving into place. The commit will end within moments, and [`was_interrupted`] then says how the command
    /// should.
    Finishing,
}

/// Called by the handler of a signal, from a thread of its own: removes what this process has staged, unless it is being
/// moved into place.
pub fn interrupt() -> Interrupt {
    STAGES.interrupt(MOST_WAIT)
}

/// Whether a signal has come: what fails from then on fails because of it.
pub fn was_interrupted() -> bool {
    STAGES.state().interrupted
}

pub(super) static STAGES: Stages = Stages::new();

/// The longest that the handler waits for those who write. One file takes far less, unless the disk hangs.
const MOST_WAIT: Duration = Duration::from_secs(2);

/// What this process must not leave behind.
pub(super) struct Stages {
    state: Mutex<State>,
    /// Nobody is changing anything.
    still: Condvar,
}

struct State {
    interrupted: bool,
    /// The handler has said that the process may exit.
    closed: bool,
    /// How many are changing the disk just now.
    changing: usize,
    noted: Vec<Noted>,
    next: u64,
}

struct Noted {
    number: u64,
    moving: bool,
    clear: Box<dyn FnOnce() + Send>,
}

/// A change of the disk that a signal waits for, while it lives.
pub(super) struct Change<'a>(&'a Stages);

/// Something noted, by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note(u64);

impl Stages {
    pub(super) const fn new() -> Self {
        let state = State { interrupted: false, closed: false, changing: 0, noted: Vec::new(), next: 0 };
        Stages { state: Mutex::new(state), still: Condvar::new() }
    }

    /// Begins a change. Fails once a signal has come.
    pub(super) fn change(&self) -> Result<Change<'_>, Fault> {
        self.begin(|state| !state.interrupted)
    }

    /// Begins a change that belongs to the end of a commit: after a signal that lets it finish, it is made still.
    pub(super) fn last_change(&self) -> Result<Change<'_>, Fault> {
        self.begin(|state| !state.closed)
    }

    fn begin(&self, may: impl FnOnce(&State) -> bool) -> Result<Change<'_>, Fault> {
        let mut state = self.state();
        if !may(&state) {
            return Err(interrupted());
        }
        state.changing += 1;
        Ok(Change(self))
    }

    /// Notes what is about to be made, and how it is removed again. Only within a change, so that no signal comes between.
    pub(super) fn note(&self, _within: &Change<'_>, clear: impl FnOnce() + Send + 'static) -> Note {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.noted.push(Noted { number, moving: false, clear: Box::new(clear) });
        Note(number)
    }

    /// From now on a signal waits for the end of the commit. Fails if one has come before.
    pub(super) fn start_moving(&self, note: Note) -> Result<(), Fault> {
        let mut state = self.state();
        if state.interrupted {
            return Err(interrupted());
        }
        state.noted.iter_mut().filter(|noted| noted.number == note.0).for_each(|noted| noted.moving = true);
        Ok(())
    }

    /// Removes what was noted, unless the handler of a signal has done so.
    pub(super) fn clear(&self, note: Note) {
        let mut state = self.state();
        let Some(at) = state.noted.iter().position(|noted| noted.number == note.0) else { return };
        let noted = state.noted.remove(at);
        state.changing += 1;
        drop(state);
        let _change = Change(self);
        (noted.clear)();
    }

    pub(super) fn interrupt(&self, most_wait: Duration) -> Interrupt {
        let mut state = self.state();
        state.interrupted = true;
        if state.noted.iter().any(|noted| noted.moving) {
            return Interrupt::Finishing;
        }
        let waited = self.still.wait_timeout_while(state, most_wait, |state| state.changing > 0);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        // The last first: a lock in the staging folder is older than what is staged there. The list stays locked, so that
        // nobody who finds it empty ends the process meanwhile.
        while let Some(noted) = state.noted.pop() {
            (noted.clear)();
        }
        Interrupt::ExitNow
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.changing = state.changing.saturating_sub(1);
        if state.changing == 0 {
            self.0.still.notify_all();
        }
    }
}

fn interrupted() -> Fault {
    Fault::new("cannot finish the build", "interrupted")
}
