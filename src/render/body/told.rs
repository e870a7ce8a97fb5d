//! How many mistakes of one kind are told of one chapter.

use crate::diag::{Code, Diagnostic};
use std::collections::HashMap;

/// Of one code, the most mistakes that are told of one chapter.
const MAX_TOLD: usize = 1_000;

/// How many mistakes of each code were told: a chapter with a hundred thousand is no worse told by the first thousand.
#[derive(Default)]
pub(super) struct Told {
    /// How many diagnostics were looked at.
    seen: usize,
    counts: HashMap<Code, usize>,
    /// The first that was left out, of each code.
    over: Vec<Diagnostic>,
}

impl Told {
    /// Looks at what was added to `all`, where that is worth it.
    pub(super) fn trim(&mut self, all: &mut Vec<Diagnostic>) {
        if all.len() >= self.seen + MAX_TOLD {
            self.look(all);
        }
    }

    fn look(&mut self, all: &mut Vec<Diagnostic>) {
        let fresh = all.split_off(self.seen.min(all.len()));
        for found in fresh {
            let count = self.counts.entry(found.code).or_default();
            *count += 1;
            match *count {
                count if count <= MAX_TOLD => all.push(found),
                count if count == MAX_TOLD + 1 => self.over.push(found),
                _ => {}
            }
        }
        self.seen = all.len();
    }

    /// Tells how many were left out, each at the place of the first.
    pub(super) fn finish(mut self, all: &mut Vec<Diagnostic>) {
        self.look(all);
        for first in self.over {
            let more = self.counts.get(&first.code).copied().unwrap_or(0).saturating_sub(MAX_TOLD);
            let message = format!("the chapter has {more} more mistakes of this kind");
            let rest =
                Diagnostic { message, label: "the first of them".into(), also: Vec::new(), help: Vec::new(), ..first };
            all.push(rest.help("mend those above first; the rest are told then"));
        }
    }
}
