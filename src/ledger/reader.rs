//! The recorder: the only way from a unit to the book.

use super::{Need, Trace};
use crate::diag::Span;
use crate::site::Hash;

/// A question that knows its need *and* its answer, so that the asking and the later asking again cannot disagree.
pub trait Ask<W> {
    /// What is handed out. Its hash must cover everything that can be seen of it.
    type Answer<'w>: std::hash::Hash
    where
        W: 'w;

    /// The need that is recorded.
    fn need(&self) -> Need;

    /// The answer, from the world as it is.
    fn of<'w>(&self, world: &'w W) -> Self::Answer<'w>;
}

/// Hands out answers about the world `W` and records each question, where it was needed, and the answer's hash.
///
/// An answer borrows from the world, not from the reader, so it lives beside later questions. The fields are
/// private: a function that holds a reader cannot look at the world without asking.
pub struct Reader<'w, 't, W> {
    world: &'w W,
    trace: &'t mut Trace,
}

impl<'w, 't, W> Reader<'w, 't, W> {
    /// A reader of `world` that records into `trace`.
    pub fn new(world: &'w W, trace: &'t mut Trace) -> Self {
        Self { world, trace }
    }

    /// Asks, on behalf of the place `at`.
    pub fn ask<Q: Ask<W>>(&mut self, question: Q, at: Span) -> Q::Answer<'w> {
        let answer = question.of(self.world);
        self.trace.record(question.need(), at, Hash::of(&answer));
        answer
    }

    /// A reader of a world beneath this one, on the same trace.
    pub fn lend<'a, V>(&'a mut self, beneath: impl FnOnce(&'w W) -> &'w V) -> Reader<'w, 'a, V> {
        Reader { world: beneath(self.world), trace: self.trace }
    }

    /// The world itself. For what cannot move while a ledger lives (the options of the build), and nothing else.
    pub(crate) fn unrecorded(self) -> &'w W {
        self.world
    }
}
