//! The map from a composed text back to the files that it was put together from.

use crate::diag::Span;
use crate::id::PathId;
use std::ops::Range;

/// A run of the composed text that comes from one file.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the composed text.
    start: usize,
    /// The place that it comes from. For text that no file holds, the directive that made it.
    from: Span,
    /// Whether its bytes are those of the place, one for one.
    verbatim: bool,
}

/// Where each part of a composed text comes from.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    runs: Vec<Run>,
}

impl SourceMap {
    /// From `start` of the composed text on, the bytes are those of `from`.
    pub fn verbatim(&mut self, start: usize, from: Span) {
        self.runs.push(Run { start, from, verbatim: true });
    }

    /// From `start` on, the bytes were made by what stands at `from`.
    pub fn made(&mut self, start: usize, from: Span) {
        self.runs.push(Run { start, from, verbatim: false });
    }

    /// Where a range of the composed text comes from. A range over several files is cut at the end of the first.
    pub fn span(&self, range: Range<usize>) -> Span {
        let run_at = |at: usize| {
            let ix = self.runs.partition_point(|run| run.start <= at);
            self.runs.get(ix.saturating_sub(1)).copied()
        };
        let Some(first) = run_at(range.start) else { return Span::top(PathId::new("")) };
        if !first.verbatim {
            return first.from;
        }
        let start = place(first, range.start);
        let last = if range.end > range.start { run_at(range.end - 1) } else { Some(first) };
        let end = match last {
            Some(last) if last.verbatim && last.from.file == first.from.file => {
                if range.end > range.start {
                    place(last, range.end - 1) + 1
                } else {
                    start
                }
            }
            _ => first.from.end as usize,
        };
        Span::new(first.from.file, start..end.max(start))
    }
}

fn place(run: Run, at: usize) -> usize {
    (run.from.start as usize + (at - run.start)).min(run.from.end as usize)
}
