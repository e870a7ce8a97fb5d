//! `lock`: what is published now is never lost in silence.

use super::args::Args;
use super::open::Opened;
use super::{Ended, check, report};
use crate::diag::human;
use crate::parse::config::Mode;
use crate::site::Options;
use crate::write;

/// Adds every page and anchor of the book to `anchors.lock`.
pub fn run(args: &Args) -> Ended {
    let book = Opened::book(args)?;
    if book.config.mode == Mode::MdBook {
        return Err(crate::diag::Fault::refused(
            "an mdBook book has no anchors.lock; add a table [benchbook] to book.toml to make it ours",
        ));
    }
    let mut pipeline = book.pipeline(Options::default());
    check::make_all(&mut pipeline)?;
    let count = report::diagnostics(args, &pipeline)?;
    if count.errors > 0 {
        let what = human::summary(count.errors, count.warnings);
        report::note(args, &format!("{what}: anchors.lock is as it was"));
        return Ok(count.exit(false));
    }
    let Some(known) = pipeline.book() else { return Ok(0) };
    let (text, added) = known.lock_text();
    if added > 0 {
        write::save(&book.root.join("anchors.lock"), text.as_bytes())?;
    }
    report::note(args, &format!("{added} addresses added to anchors.lock"));
    Ok(0)
}
