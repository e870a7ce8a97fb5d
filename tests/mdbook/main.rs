//! An mdBook book builds as it is: all test books of mdBook 0.5.4 itself, and what it expects of them.
//!
//! The crate `mdbook` carries its test books, and in the source of its tests the HTML that it expects. The test has
//! Cargo fetch that crate by name; where there is no registry, it says so and passes, unless `CI` is set. Each book is
//! built by the program, and each page that mdBook expects is compared by what it says, not by how it looks. What
//! differs on purpose is listed below by name, with the reason.
//!
//! `cargo test --test mdbook -- --ignored compare --nocapture` compares two sites of one book that are there already:
//! mdBook's in `MDBOOK_SITE`, ours in `BENCHBOOK_SITE`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "what is compared is for whoever runs the test to say")]

mod meaning;
mod suite;

use meaning::{contents, differences, frame, lists, meaning};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Compares two sites that are there already.
#[test]
#[ignore = "compares two sites that are there already, by MDBOOK_SITE and BENCHBOOK_SITE"]
fn compare() {
    let theirs = PathBuf::from(std::env::var("MDBOOK_SITE").expect("MDBOOK_SITE: the folder that mdBook made"));
    let ours = PathBuf::from(std::env::var("BENCHBOOK_SITE").expect("BENCHBOOK_SITE: the folder that Benchbook made"));
    let mut pages = 0;
    let mut count = 0;
    for page in files(&theirs).iter().filter(|p| p.ends_with(".html") && !p.starts_with("FontAwesome")) {
        pages += 1;
        let told = site_differences(&theirs, &ours, page);
        count += told.len();
        for line in told {
            println!("{page}: {line}");
        }
    }
    let left = |path: &String| {
        let asset = |end: &str| path.ends_with(end);
        !path.starts_with("fonts/") && !asset(".css") && !asset(".js") && !path.starts_with("favicon")
    };
    for gone in files(&theirs).difference(&files(&ours)).filter(|p| left(p)) {
        count += 1;
        println!("{gone}: only in mdBook's");
    }
    println!("{pages} pages, {count} differences");
}

/// How the page at one address of two sites differs.
fn site_differences(theirs: &Path, ours: &Path, page: &str) -> Vec<String> {
    let read = |site: &Path| std::fs::read_to_string(site.join(page)).ok();
    let Some(a) = read(theirs) else { return Vec::new() };
    let Some(b) = read(ours) else { return vec!["not in ours".into()] };
    let mut out = Vec::new();
    let (frame_a, frame_b) = (frame(&a, page), frame(&b, page));
    if frame_a.refresh.is_some() || frame_b.refresh.is_some() {
        if frame_a.refresh != frame_b.refresh {
            out.push(format!("leads on to {:?} in mdBook's, {:?} in ours", frame_a.refresh, frame_b.refresh));
        }
        return out;
    }
    match page {
        "toc.html" => lists("contents", &contents(&a, page), &contents(&b, page), &mut out),
        // What ids are called there is each program's own business; see the test on that page.
        "print.html" => lists("word", &meaning(&a, page).words, &meaning(&b, page).words, &mut out),
        "404.html" => {}
        _ => {
            out.extend(differences(&meaning(&a, page), &meaning(&b, page)));
            if frame_a != frame_b {
                out.push(format!("frame -{frame_a:?} +{frame_b:?}"));
            }
        }
    }
    out
}

/// The files under a folder, by their paths from it.
fn files(folder: &Path) -> BTreeSet<String> {
    let all = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    all.map(|e| e.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"))
        .filter(|path| !path.starts_with(".benchbook"))
        .collect()
}
