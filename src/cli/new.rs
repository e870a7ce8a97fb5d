//! `new`: a chapter, listed.

use super::args::{Args, New};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::Fault;
use crate::read::path;
use crate::read::{MAX_TEXT, Problem, Snapshot};
use crate::write;

/// Makes a chapter's file and lists it at the end of SUMMARY.md.
pub fn run(args: &Args, new: &New) -> Ended {
    let book = Opened::book(args)?;
    let file = if new.file.ends_with(".md") { new.file.clone() } else { format!("{}.md", new.file) };
    // A name that begins with a point is hidden, and no chapter.
    let hidden = |path: crate::id::PathId| path.as_str().split('/').any(|part| part.starts_with('.'));
    let inside = |path: crate::id::PathId| !hidden(path) && path.as_str() != "SUMMARY.md";
    let chapter = path::join("", &file).ok().filter(|path| inside(*path));
    let Some(chapter) = chapter else {
        return Err(Fault::refused(format!("`{}` is no path of a chapter", new.file)));
    };
    let folder = book.root.join(&book.config.src);
    let target = folder.join(chapter.as_str());
    let files = book.snapshot();
    let own = book.chapter_path(chapter.as_str());
    match files.bytes(own, MAX_TEXT) {
        Err(Problem::Missing) => {}
        _ => return Err(Fault::refused(format!("{own} exists already: nothing was written"))),
    }
    let title = new.title.clone().unwrap_or_else(|| title_of(chapter.as_str()));
    let odd = |c: char| c.is_control() || matches!(c, '{' | '}');
    if title.trim().is_empty() || title.contains(odd) {
        return Err(Fault::refused("a title is one line without braces: nothing was written"));
    }
    write::new_file(&target, format!("# {title}\n\n").as_bytes())?;
    let listed = list(&book, &files, &title, chapter.as_str())?;
    let how = if listed { "and listed it at the end of SUMMARY.md" } else { "which SUMMARY.md lists already" };
    report::note(args, &format!("made {own} {how}"));
    Ok(0)
}

/// Lists the chapter, and says whether it was not listed yet.
fn list(book: &Opened, files: &Snapshot, title: &str, chapter: &str) -> Result<bool, Fault> {
    let summary = book.chapter_path("SUMMARY.md");
    let text = match files.bytes(summary, MAX_TEXT) {
        Ok(bytes) => String::from_utf8(bytes.to_vec())
            .map_err(|_| Fault::refused(format!("{summary} is not UTF-8; list the chapter yourself")))?,
        Err(Problem::Missing) => "# Summary\n\n".to_owned(),
        Err(_) => return Err(Fault::refused(format!("{summary} cannot be read; list the chapter yourself"))),
    };
    let address = chapter.replace(' ', "%20");
    if text.contains(&format!("]({address})")) || text.contains(&format!("](./{address})")) {
        return Ok(false);
    }
    let entry = format!("- [{}]({address})\n", title.replace(['[', ']'], ""));
    // Behind the last entry of a list, so that suffix chapters stay at the end.
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let bare = line.trim_start();
        if bare.starts_with("- [") || bare.starts_with("* [") {
            end = at;
        }
    }
    let (before, after) = text.split_at(if end == 0 { text.len() } else { end });
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    write::save(&book.root.join(summary.as_str()), format!("{before}{gap}{entry}{after}").as_bytes())?;
    Ok(true)
}

fn title_of(chapter: &str) -> String {
    let name = chapter.rsplit('/').next().unwrap_or(chapter).trim_end_matches(".md").replace(['-', '_'], " ");
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
