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
    // Where a manual looks for what stands behind the options.
    let text = String::from_utf8_lossy(&page).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n");
    report::print(&text).map(|()| 0)
}
