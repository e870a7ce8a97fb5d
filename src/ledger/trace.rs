//! What one unit asked while it was made.

use super::Need;
use crate::diag::Span;
use crate::site::Hash;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// A question that was asked, where it was needed first, and the hash of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The question.
    pub need: Need,
    /// The place in the book that made it necessary.
    pub at: Span,
    /// The hash of what was handed out.
    pub answer: Hash,
}

/// Everything that one unit asked, each question once, in the order in which they came up.
#[derive(Debug, Default)]
pub struct Trace {
    asked: Vec<Asked>,
    seen: FxHashMap<Need, usize>,
}

impl Trace {
    /// Notes a question and the hash of its answer; the first place that asked it is kept.
    ///
    /// In a debug build, the same question with another answer is a fault of ours and panics: something that a
    /// unit reads has changed while it was being made.
    pub fn record(&mut self, need: Need, at: Span, answer: Hash) {
        match self.seen.entry(need) {
            std::collections::hash_map::Entry::Occupied(known) => {
                debug_assert!(
                    self.asked.get(*known.get()).is_none_or(|a| a.answer == answer),
                    "{need:?} was answered twice, and differently"
                );
            }
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(self.asked.len());
                self.asked.push(Asked { need, at, answer });
            }
        }
    }

    /// The questions, in the order in which they came up.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }
}
