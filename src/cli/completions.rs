//! `completions`: what a shell completes. `man`: the manual page. Both are made from the command line's own definition.

use super::args::{Completions, Man};
use super::{Ended, command, report};
use crate::diag::Fault;

/// Prints the script that a shell reads.
pub fn run(completions: &Completions) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut command(), "benchbook", &mut script);
    report::print(&String::from_utf8_lossy(&script)).map(|()| 0)
}

/// Prints the manual page of the program, or of one command.
pub fn man(man: &Man) -> Ended {
    let all = command();
    let wanted = match man.command.as_deref() {
        None => all,
        Some(name) => {
            let own = all.get_subcommands().find(|command| command.get_name() == name).cloned();
            own.ok_or_else(|| Fault::refused(format!("there is no command `{name}`")))?
        }
    };
    let mut page = Vec::new();
    let version = concat!("benchbook ", env!("CARGO_PKG_VERSION"));
    let written = clap_mangen::Man::new(wanted).source(version).render(&mut page);
    written.map_err(|error| Fault::new("cannot write the page", error))?;
    report::print(&with_examples(&String::from_utf8_lossy(&page))).map(|()| 0)
}

/// What stands behind the options goes where a manual looks for it, with its commands in lines of their own.
fn with_examples(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut verbatim = false;
    for line in page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n").lines() {
        if line.starts_with("  ") != verbatim {
            out.push_str(if verbatim { ".fi\n" } else { ".nf\n" });
            verbatim = !verbatim;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
