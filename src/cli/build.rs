//! `build`: the site, or nothing.

use super::args::{Args, Build};
use super::open::{Opened, WAIT};
use super::{Ended, report};
use crate::diag::human;
use crate::pipeline::{Pipeline, Wanted};
use crate::read::{Scope, program};
use crate::site::{Options, OutputId};
use crate::write::{self, Committed, Interrupt, Stage};
use std::time::Instant;

/// Makes the site.
pub fn run(args: &Args, build: &Build) -> Ended {
    let clock = Instant::now();
    let book = Opened::book(args)?;
    watch_signals();
    let mut out = book.out(build.out.as_deref())?;
    let lock = out.lock(WAIT)?;
    let fresh = !out.is_ours();
    let options = Options { base_url: build.base_url.clone(), live: false };
    let ledger = book.ledger(out.path(), &options);
    let (mut pipeline, stamps) = book.resume(&ledger, options);
    pipeline.leave_out(book.inner(out.path()));
    let stage = Stage::begin(&out, &lock, &stamps, build.overwrite)?;
    let opened = clock.elapsed();
    let delta = pipeline.update(&Wanted {
        scope: Scope::All,
        first: &[],
        all: true,
        holds: &|path, hash| stage.holds(path, hash),
        sink: &|output, hash| stage.put(output.path, output.phase, hash, &output.bytes),
    })?;
    let count = report::diagnostics(args, &pipeline)?;
    if count.fails(build.strict) {
        stage.abort();
        let what = human::summary(count.errors, count.warnings);
        report::note(args, &format!("{what}: nothing was written"));
        return Ok(count.exit(build.strict));
    }
    if build.verify {
        let wrong = pipeline.verify();
        if !wrong.is_empty() {
            let names: Vec<&str> = wrong.iter().map(|path| path.as_str()).collect();
            report::line(&format!(
                "error: made afresh, these differ from the incremental build; please report this: {}",
                names.join(", ")
            ));
            return Ok(3);
        }
    }
    let writing = Instant::now();
    let committed = stage.commit(&pipeline.site())?;
    let pages = pages(&pipeline);
    let summary = summary(&committed, &delta.made, pages, out.path());
    let idle = delta.made.is_empty() && delta.removed.is_empty() && delta.outlined.is_empty() && delta.read == 0;
    if !idle || !committed.written.is_empty() || !committed.removed.is_empty() {
        keep(args, &book, &mut pipeline, &ledger, committed);
    }
    let written = writing.elapsed();
    report::note(args, &format!("{summary} in {:.0?}", clock.elapsed()));
    if fresh && build.base_url.is_none() {
        report::note(args, "note: without --base-url there are no sitemap and no canonical links");
    }
    if build.timings {
        let t = pipeline.timings;
        report::line(&format!(
            "open {opened:.1?}, read {:.1?}, parse {:.1?}, outline {:.1?}, fold {:.1?}, render {:.1?}, write {written:.1?}",
            t.read, t.parse, t.outline, t.fold, t.render
        ));
    }
    // The process ends here, and the system takes its memory as a whole: to free a book piece by piece is a hundredth of
    // the work of a cold build, all of it on one thread.
    std::mem::forget(pipeline);
    Ok(if write::was_interrupted() { 130 } else { 0 })
}

/// How many chapters have pages.
fn pages(pipeline: &Pipeline) -> usize {
    let book = pipeline.book();
    book.map_or(0, |b| b.outputs().iter().filter(|(id, _)| matches!(id, OutputId::Page(_))).count())
}

fn summary(committed: &Committed, made: &[crate::id::OutPath], pages: usize, out: &std::path::Path) -> String {
    let made = match made.len() {
        0 => "nothing had to be made".to_owned(),
        n => format!("{n} files made, {} written", committed.written.len()),
    };
    let removed = match committed.removed.len() {
        0 => String::new(),
        n => format!(", {n} removed"),
    };
    format!("{pages} pages in {} ({made}{removed})", out.display())
}

/// Puts the ledger down. A book whose cache cannot be written to is built from nothing each time, and no worse.
fn keep(args: &Args, book: &Opened, pipeline: &mut Pipeline, ledger: &std::path::Path, committed: Committed) {
    let Some(bytes) = pipeline.keep(committed.stamps, program()) else { return };
    if let Err(fault) = write::cache_folder(&book.root).and_then(|_| write::save(ledger, &bytes))
        && !write::was_interrupted()
    {
        report::note(args, &format!("note: the next build will begin from nothing: {fault}"));
    }
}

/// A signal ends a build without leaving its staging folder behind; files that are moving are moved first. The process
/// is ended here, or, after files that moved, by the command.
fn watch_signals() {
    let mut times = 0;
    // That another handler is set already cannot be: a command runs once.
    let _ = ctrlc::set_handler(move || {
        times += 1;
        if matches!(write::interrupt(), Interrupt::ExitNow) || times > 1 {
            std::process::exit(130);
        }
    });
}
