//! `explain`: what a diagnostic means.

use super::args::Explain;
use super::{Ended, report};
use crate::diag::{Code, Fault, nearest};
use std::fmt::Write;

/// Prints what a code means, or the list of all codes.
pub fn run(explain: &Explain) -> Ended {
    let Some(name) = explain.code.as_deref() else {
        let mut out = String::new();
        for code in Code::ALL {
            let _ = writeln!(out, "{:<20} {:<8} {}", code.name(), code.severity().name(), code.summary());
        }
        return report::print(&out).map(|()| 0);
    };
    let Some(code) = Code::from_name(name) else {
        let near = nearest(name, Code::ALL.iter().map(|c| c.name()));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Fault::refused(format!("there is no diagnostic `{name}`{near}")));
    };
    let text = format!("{}[{}]: {}\n\n{}\n", code.severity().name(), code.name(), code.summary(), code.explanation());
    report::print(&text).map(|()| 0)
}
