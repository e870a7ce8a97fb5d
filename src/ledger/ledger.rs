//! All traces together: one answer a need, shared by all units, and for each need the units that asked it.

use super::{Need, Trace};
use crate::diag::{Diagnostic, Span};
use crate::id::ChapterId;
use crate::site::{Hash, OutputId};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// The number of an update; counts up over the life of a ledger.
pub type BuildNo = u32;

/// Something that is made by a recorded function and cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UnitId {
    /// The outline of a chapter.
    Outline(ChapterId),
    /// A file of the site.
    Output(OutputId),
}

/// A unit as it was last made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unit {
    /// Which one.
    pub id: UnitId,
    /// What it asked, by the number of the need, and where.
    needs: Vec<(u32, Span)>,
    /// The hash of what came out.
    pub out: Hash,
    /// The build that made it.
    pub made: BuildNo,
    /// The last build in which what came out differed from before.
    pub moved: BuildNo,
    /// What was wrong on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it was made from what has an error, be it told by this unit or by another.
    pub faulty: bool,
    /// Whether an answer has moved since it was made.
    pub stale: bool,
}

/// What comes of making a unit.
#[derive(Debug)]
pub struct Made {
    /// The hash of what came out.
    pub out: Hash,
    /// What it asked.
    pub trace: Trace,
    /// What was wrong on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it was made from what has an error, be it told by this unit or by another.
    pub faulty: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Answer {
    hash: Hash,
    changed: BuildNo,
}

/// The ledger.
///
/// After an update all units that are not `stale` agree with one state of the book, so one hash a need is enough. A
/// unit that is out of date carries the bit `stale`, set *before* the shared hash moves and kept until it is made
/// again; without it a unit left stale over several updates could come to look fresh.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    build: BuildNo,
    needs: Vec<Need>,
    answers: Vec<Answer>,
    units: Vec<Unit>,
    #[serde(skip)]
    need_index: FxHashMap<Need, u32>,
    #[serde(skip)]
    unit_index: FxHashMap<UnitId, u32>,
    #[serde(skip)]
    readers: Vec<Vec<u32>>,
}

impl Ledger {
    /// The number of the current build.
    pub fn build(&self) -> BuildNo {
        self.build
    }

    /// Begins the next build.
    pub fn begin(&mut self) {
        self.build += 1;
    }

    /// The unit, if it was ever made.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.unit_index.get(&id).and_then(|ix| self.units.get(*ix as usize))
    }

    /// Whether the unit must be made: never made, or an answer has moved.
    pub fn is_stale(&self, id: UnitId) -> bool {
        self.unit(id).is_none_or(|u| u.stale)
    }

    /// All units.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter()
    }

    /// What a unit asked: the question, where it was needed, and the build in which its answer last changed.
    pub fn needs_of<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = (Need, Span, BuildNo)> + 'a {
        unit.needs.iter().filter_map(|(ix, at)| {
            let need = self.needs.get(*ix as usize)?;
            Some((*need, *at, self.answers.get(*ix as usize)?.changed))
        })
    }

    /// The units that asked `need`.
    pub fn readers_of(&self, need: Need) -> impl Iterator<Item = &Unit> {
        let readers = self.need_index.get(&need).and_then(|ix| self.readers.get(*ix as usize));
        readers.into_iter().flatten().filter_map(|ix| self.units.get(*ix as usize))
    }

    /// Asks every recorded need that `concerns` again. Where the answer has moved, its readers become stale.
    /// `answer` may run on several threads.
    pub fn ask_again(&mut self, concerns: impl Fn(Need) -> bool + Sync, answer: impl Fn(Need) -> Hash + Sync) {
        use rayon::prelude::*;
        let readers = &self.readers;
        let moved: Vec<(usize, Hash)> = self
            .needs
            .par_iter()
            .zip(self.answers.par_iter())
            .enumerate()
            .with_min_len(256)
            .filter(|(ix, (need, _))| concerns(**need) && readers.get(*ix).is_some_and(|r| !r.is_empty()))
            .filter_map(|(ix, (need, old))| {
                let now = answer(*need);
                (now != old.hash).then_some((ix, now))
            })
            .collect();
        for (ix, now) in moved {
            for reader in self.readers.get(ix).into_iter().flatten() {
                if let Some(unit) = self.units.get_mut(*reader as usize) {
                    unit.stale = true;
                }
            }
            if let Some(answer) = self.answers.get_mut(ix) {
                *answer = Answer { hash: now, changed: self.build };
            }
        }
    }

    /// Takes in what came of making a unit. Says whether what came out differs from before.
    pub fn record(&mut self, id: UnitId, made: Made) -> bool {
        let asked = made.trace.asked();
        let mut needs = Vec::with_capacity(asked.len());
        for question in asked {
            needs.push((self.number(question.need, question.answer), question.at));
        }
        let ix = match self.unit_index.get(&id) {
            Some(ix) => *ix,
            None => {
                let ix = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
                self.units.push(Unit {
                    id,
                    needs: Vec::new(),
                    out: Hash::default(),
                    made: 0,
                    moved: 0,
                    diagnostics: Vec::new(),
                    faulty: false,
                    stale: true,
                });
                self.unit_index.insert(id, ix);
                ix
            }
        };
        // Most units ask the same again: then the reverse index stays as it is.
        let same = self.units.get(ix as usize).is_some_and(|unit| {
            unit.needs.len() == needs.len() && unit.needs.iter().zip(&needs).all(|((a, _), (b, _))| a == b)
        });
        if !same {
            self.forget_needs(ix);
            for (need, _) in &needs {
                if let Some(readers) = self.readers.get_mut(*need as usize) {
                    readers.push(ix);
                }
            }
        }
        let Some(unit) = self.units.get_mut(ix as usize) else { return false };
        let moved = unit.made == 0 || unit.out != made.out;
        unit.needs = needs;
        unit.out = made.out;
        unit.diagnostics = made.diagnostics;
        unit.faulty = made.faulty;
        unit.made = self.build;
        unit.stale = false;
        if moved {
            unit.moved = self.build;
        }
        moved
    }

    /// Marks a unit as one that must be made again.
    pub fn mark_stale(&mut self, id: UnitId) {
        if let Some(unit) = self.unit_index.get(&id).and_then(|ix| self.units.get_mut(*ix as usize)) {
            unit.stale = true;
        }
    }

    /// Forgets the units that `wanted` does not want.
    pub fn keep(&mut self, wanted: impl Fn(UnitId) -> bool) -> Vec<UnitId> {
        let gone: Vec<UnitId> = self.units.iter().map(|u| u.id).filter(|id| !wanted(*id)).collect();
        for id in &gone {
            self.forget(*id);
        }
        gone
    }

    fn forget(&mut self, id: UnitId) {
        let Some(ix) = self.unit_index.remove(&id) else { return };
        self.forget_needs(ix);
        self.units.swap_remove(ix as usize);
        // The last unit has moved into the gap: its number stands in the reverse index under the old one.
        let last = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
        let Some(moved) = self.units.get(ix as usize) else { return };
        self.unit_index.insert(moved.id, ix);
        for (need, _) in &moved.needs {
            for reader in self.readers.get_mut(*need as usize).into_iter().flatten() {
                if *reader == last {
                    *reader = ix;
                }
            }
        }
    }

    fn forget_needs(&mut self, unit: u32) {
        let Some(needs) = self.units.get_mut(unit as usize).map(|u| std::mem::take(&mut u.needs)) else { return };
        for (need, _) in needs {
            if let Some(readers) = self.readers.get_mut(need as usize)
                && let Some(at) = readers.iter().position(|r| *r == unit)
            {
                readers.swap_remove(at);
            }
        }
    }

    /// The number of a need, with `answer` as its answer. Whoever asks an unread need anew sets it.
    fn number(&mut self, need: Need, answer: Hash) -> u32 {
        if let Some(ix) = self.need_index.get(&need).copied() {
            let idle = self.readers.get(ix as usize).is_none_or(Vec::is_empty);
            if let Some(known) = self.answers.get_mut(ix as usize)
                && known.hash != answer
            {
                debug_assert!(idle, "{need:?} moved, and its readers were not told");
                *known = Answer { hash: answer, changed: self.build };
            }
            return ix;
        }
        let ix = u32::try_from(self.needs.len()).unwrap_or(u32::MAX);
        self.needs.push(need);
        self.answers.push(Answer { hash: answer, changed: self.build });
        self.readers.push(Vec::new());
        self.need_index.insert(need, ix);
        ix
    }

    /// Drops needs that no unit asks any more, once they are a third of all, so that the ledger does not grow without
    /// end.
    pub fn compact(&mut self) {
        let idle = self.readers.iter().filter(|readers| readers.is_empty()).count();
        if idle * 3 > self.needs.len() {
            self.compact_now();
        }
    }

    fn compact_now(&mut self) {
        let mut units = std::mem::take(&mut self.units);
        units.sort_by_key(|u| u.id);
        let mut kept = Ledger { build: self.build, ..Ledger::default() };
        for mut unit in units {
            for (ix, _) in &mut unit.needs {
                let (need, answer) = match (self.needs.get(*ix as usize), self.answers.get(*ix as usize)) {
                    (Some(need), Some(answer)) => (*need, *answer),
                    _ => continue,
                };
                let new = kept.number(need, answer.hash);
                if let Some(known) = kept.answers.get_mut(new as usize) {
                    known.changed = answer.changed;
                }
                *ix = new;
            }
            kept.units.push(unit);
        }
        kept.index();
        *self = kept;
    }

    /// Builds the indexes that are not stored. False when the numbers do not fit together: a damaged ledger.
    pub fn index(&mut self) -> bool {
        if self.needs.len() != self.answers.len() {
            return false;
        }
        self.readers = vec![Vec::new(); self.needs.len()];
        self.need_index = (0u32..).zip(&self.needs).map(|(ix, need)| (*need, ix)).collect();
        self.unit_index = (0u32..).zip(&self.units).map(|(ix, unit)| (unit.id, ix)).collect();
        for (ix, unit) in (0u32..).zip(&self.units) {
            for (need, _) in &unit.needs {
                match self.readers.get_mut(*need as usize) {
                    Some(readers) => readers.push(ix),
                    None => return false,
                }
            }
        }
        self.unit_index.len() == self.units.len() && self.need_index.len() == self.needs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Name, OutPath, PathId, TableId};

    fn made(out: u128, asked: &[(Need, u128)]) -> Made {
        let mut trace = Trace::default();
        for (need, answer) in asked {
            trace.record(*need, Span::top(PathId::new("a.md")), Hash(*answer));
        }
        Made { out: Hash(out), trace, diagnostics: Vec::new(), faulty: false }
    }
    fn output(name: &str) -> UnitId {
        UnitId::Output(OutputId::Redirect(OutPath::new(name)))
    }
    fn row(key: &str) -> Need {
        Need::Row(TableId::new("t"), Name::new(key))
    }

    #[test]
    fn a_moved_answer_makes_its_readers_stale_and_no_others() {
        let mut ledger = Ledger::default();
        ledger.begin();
        ledger.record(output("a"), made(1, &[(row("x"), 10)]));
        ledger.record(output("b"), made(2, &[(row("y"), 20)]));
        ledger.begin();
        ledger.ask_again(|_| true, |need| if need == row("x") { Hash(11) } else { Hash(20) });
        assert!(ledger.is_stale(output("a")));
        assert!(!ledger.is_stale(output("b")));
    }

    #[test]
    fn a_unit_left_stale_stays_stale_when_the_answer_comes_back() {
        let mut ledger = Ledger::default();
        ledger.begin();
        ledger.record(output("a"), made(1, &[(row("x"), 10)]));
        ledger.ask_again(|_| true, |_| Hash(11));
        ledger.ask_again(|_| true, |_| Hash(10));
        assert!(ledger.is_stale(output("a")));
    }

    #[test]
    fn forgetting_a_unit_keeps_the_others_findable() {
        let mut ledger = Ledger::default();
        ledger.begin();
        for name in ["a", "b", "c"] {
            ledger.record(output(name), made(1, &[(row(name), 1), (row("shared"), 1)]));
        }
        ledger.keep(|id| id != output("a"));
        ledger.ask_again(|need| need == row("c"), |_| Hash(2));
        assert!(ledger.is_stale(output("c")));
        assert!(!ledger.is_stale(output("b")));
        assert_eq!(ledger.readers_of(row("shared")).count(), 2);
    }

    #[test]
    fn compacting_forgets_needs_that_nobody_asks() {
        let mut ledger = Ledger::default();
        ledger.begin();
        ledger.record(output("a"), made(1, &[(row("x"), 1)]));
        ledger.record(output("a"), made(1, &[(row("y"), 1)]));
        ledger.compact();
        assert_eq!(ledger.needs, [row("y")]);
        let unit = ledger.unit(output("a")).unwrap();
        assert_eq!(ledger.needs_of(unit).map(|(need, ..)| need).collect::<Vec<_>>(), [row("y")]);
    }
}
