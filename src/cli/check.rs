//! `check`: everything that is wrong with the book.

use super::args::{Args, Check};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::human;
use crate::pipeline::{Pipeline, Wanted};
use crate::read::Scope;
use crate::site::Options;

/// Tells everything that is wrong with the book.
pub fn run(args: &Args, check: &Check) -> Ended {
    let mut pipeline = Opened::book(args)?.pipeline(Options::default());
    make_all(&mut pipeline)?;
    let count = report::diagnostics(args, &pipeline)?;
    if count.errors + count.warnings == 0 {
        report::note(args, "nothing is wrong");
    } else {
        report::note(args, &human::summary(count.errors, count.warnings));
    }
    Ok(count.exit(check.strict))
}

/// Makes the whole site and writes none of it.
pub fn make_all(pipeline: &mut Pipeline) -> Result<(), crate::diag::Fault> {
    let wanted = Wanted { scope: Scope::All, first: &[], all: true, holds: &|_, _| true, sink: &|_, _| Ok(()) };
    pipeline.update(&wanted).map(|_| ())
}
