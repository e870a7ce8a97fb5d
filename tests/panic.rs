//! A fault of ours in one place: the rest of the site is made, it is told as `internal-error`, and it is over when its
//! cause is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use benchbook::diag::Code;
use benchbook::id::{OutPath, PathId};
use benchbook::pipeline::{Pipeline, Wanted};
use benchbook::read::{Files, MemoryFiles, Problem, Scope, Walked};
use benchbook::site::Options;
use benchbook::stamp::Stamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Files of which reading one panics while `armed`.
struct Faulty {
    files: MemoryFiles,
    armed: AtomicBool,
}

impl Files for Faulty {
    fn walk(&self, folder: &str, skip: &[PathId]) -> Walked {
        self.files.walk(folder, skip)
    }
    fn stamp(&self, path: PathId) -> Result<Stamp, Problem> {
        self.files.stamp(path)
    }
    fn read(&self, path: PathId, limit: u64) -> Result<(Vec<u8>, Stamp), Problem> {
        assert!(!(path.as_str() == "content/b.md" && self.armed.load(Ordering::SeqCst)), "on purpose");
        self.files.read(path, limit)
    }
    fn now(&self) -> i64 {
        self.files.now()
    }
}

fn update(pipeline: &mut Pipeline) -> Vec<OutPath> {
    let wanted = Wanted { scope: Scope::All, first: &[], all: true, holds: &|_, _| true, sink: &|_, _| Ok(()) };
    pipeline.update(&wanted).unwrap().made
}

#[test]
fn a_fault_costs_its_own_page_and_is_tried_again() {
    let faulty = Faulty { files: MemoryFiles::default(), armed: AtomicBool::new(true) };
    faulty.files.write("book.toml", "[book]\ntitle = 'B'\n[benchbook]\n");
    faulty.files.write("content/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n- [C](c.md)\n");
    for name in ["a", "b", "c"] {
        faulty.files.write(&format!("content/{name}.md"), format!("# {name}\n\n[link](b.md#gone)\n"));
    }
    let faulty = Arc::new(faulty);
    let files: Arc<dyn Files> = faulty.clone();
    let mut pipeline = Pipeline::new(files, Options::default());
    let page = |name: &str| OutPath::new(&format!("{name}.html"));

    let made = update(&mut pipeline);
    assert!(made.contains(&page("a")) && made.contains(&page("c")) && !made.contains(&page("b")), "{made:?}");
    let told = pipeline.diagnostics();
    let faults: Vec<&str> = told.iter().filter(|d| d.code == Code::InternalError).map(|d| d.message.as_str()).collect();
    assert!(faults.iter().any(|message| message.contains("`b.html`") && message.contains("on purpose")), "{faults:?}");

    faulty.armed.store(false, Ordering::SeqCst);
    assert!(update(&mut pipeline).contains(&page("b")));
    let codes: Vec<Code> = pipeline.diagnostics().iter().map(|d| d.code).collect();
    // What could not be known of the chapter before is known again.
    assert_eq!(codes, [Code::AnchorMissing; 3]);
}
