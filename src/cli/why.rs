//! `why`: what a page was made from, where each was needed, and what last made it change.

use super::args::{Args, Format, Why};
use super::open::Opened;
use super::{Ended, report};
use crate::diag::index::LineIndex;
use crate::diag::{Fault, Span, Texts, nearest};
use crate::id::{OutPath, PathId};
use crate::ledger::{Need, Unit, UnitId};
use crate::pipeline::{Pipeline, Wanted};
use crate::read::Scope;
use crate::site::{Options, OutputId};
use std::collections::HashMap;
use std::fmt::Write;

/// Tells what a page was made from.
pub fn run(args: &Args, why: &Why) -> Ended {
    let book = Opened::book(args)?;
    let out = book.out(why.out.as_deref())?;
    let options = Options { base_url: why.base_url.clone(), live: false };
    let (mut pipeline, _) = book.resume(&book.ledger(out.path(), &options), options);
    let built = pipeline.ledger().build();
    let looked = |first: &[OutPath], pipeline: &mut Pipeline| {
        let wanted = Wanted { scope: Scope::All, first, all: false, holds: &|_, _| true, sink: &|_, _| Ok(()) };
        pipeline.update(&wanted)
    };
    looked(&[], &mut pipeline)?;
    let path = find(&pipeline, &why.page)?;
    let now = pipeline.ledger().build();
    pipeline.make_path(path, &|_, _| true, &|_, _| Ok(()))?;
    let Some(unit) = pipeline.unit_at(path).and_then(|id| pipeline.ledger().unit(UnitId::Output(id))) else {
        return Err(Fault::refused(format!("`{path}` could not be made")));
    };
    let story = Story { pipeline: &pipeline, unit, path, since: (unit.made == now && built > 0).then_some(built) };
    let text = if args.format == Format::Json { story.json() } else { story.text() };
    report::print(&text).map(|()| 0)
}

/// The file of the site that an author means: its own path, or the file of a chapter.
fn find(pipeline: &Pipeline, page: &str) -> Result<OutPath, Fault> {
    let book = pipeline.book();
    let outputs = book.map(|b| b.outputs()).unwrap_or_default();
    let src = pipeline.config().map(|c| c.src.as_str()).unwrap_or_default();
    let wanted = page.trim_start_matches("./").trim_start_matches('/');
    let inner = wanted.strip_prefix(src).map_or(wanted, |rest| rest.trim_start_matches('/'));
    let found = outputs.iter().find(|(id, path)| {
        path.as_str() == wanted
            || matches!(id, OutputId::Page(chapter) if chapter.as_str() == wanted || chapter.as_str() == inner)
    });
    found.map(|(_, path)| *path).ok_or_else(|| {
        let near = nearest(wanted, outputs.iter().map(|(_, path)| path.as_str()));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Fault::refused(format!("the site has no `{page}`{near}"))
    })
}

struct Story<'a> {
    pipeline: &'a Pipeline,
    unit: &'a Unit,
    path: OutPath,
    /// The last build, when the page has changed since.
    since: Option<u32>,
}

impl Story<'_> {
    fn text(&self) -> String {
        let mut out = String::new();
        let made = match self.since {
            Some(built) => format!("out of date since build {built}"),
            None => format!("made in build {}", self.unit.made),
        };
        let _ = writeln!(out, "{} is {made}", self.path);
        let needs = self.needs();
        let moved: Vec<_> = needs.iter().filter(|(_, _, changed)| *changed == self.unit.made).collect();
        if moved.len() == needs.len() {
            let _ = writeln!(out, "  because it was never made before");
        } else {
            for (need, at, _) in &moved {
                let _ = writeln!(out, "  because {need} changed; needed at {at}");
            }
        }
        let _ = writeln!(out, "\nIt is made from {} answers (build in which each last changed):", needs.len());
        let wide = needs.iter().map(|(need, ..)| need.to_string().chars().count()).max().unwrap_or(0).min(60);
        for (need, at, changed) in &needs {
            let _ = writeln!(out, "  {changed:>4}  {:<wide$}  {at}", need.to_string());
        }
        out
    }

    fn json(&self) -> String {
        let needs: Vec<_> = self
            .needs()
            .into_iter()
            .map(|(need, at, changed)| serde_json::json!({"need": need.to_string(), "at": at, "changed": changed}))
            .collect();
        let story = serde_json::json!({
            "page": self.path.as_str(),
            "made": self.unit.made,
            "stale_since": self.since,
            "needs": needs,
        });
        format!("{story}\n")
    }

    /// What the page asked, where (as `file:line:column`), and when the answer last changed.
    fn needs(&self) -> Vec<(Need, String, u32)> {
        let mut lines: HashMap<PathId, Option<LineIndex>> = HashMap::new();
        let asked = self.pipeline.ledger().needs_of(self.unit);
        asked.map(|(need, at, changed)| (need, self.place(at, &mut lines), changed)).collect()
    }

    fn place(&self, at: Span, lines: &mut HashMap<PathId, Option<LineIndex>>) -> String {
        let known = lines.entry(at.file).or_insert_with(|| self.pipeline.text(at.file).map(LineIndex::new));
        match known {
            Some(index) => {
                let place = index.position(at.start as usize);
                format!("{}:{}:{}", at.file, place.line, place.column)
            }
            None => at.file.to_string(),
        }
    }
}
