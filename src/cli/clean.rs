//! `clean`: the site and the cache go, and nothing else.

use super::args::{Args, Clean};
use super::open::Opened;
use super::{Ended, report};

/// Removes what builds left.
pub fn run(args: &Args, clean: &Clean) -> Ended {
    let cleaned = Opened::book(args)?.clean(clean.out.as_deref())?;
    let cache = if cleaned.cache { " and the cache" } else { "" };
    report::note(args, &format!("removed {} files of the site{cache}", cleaned.files));
    if !cleaned.kept.is_empty() {
        let names: Vec<String> = cleaned.kept.iter().map(|path| path.to_string()).collect();
        report::note(args, &format!("kept, since they were edited by hand: {}", names.join(", ")));
    }
    Ok(0)
}
