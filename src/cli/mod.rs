//! The commands: each a few lines round the one path.
//!
//! Exit codes: 0 done; 1 the book has errors (or warnings under `--strict`); 2 wrong use, or refused; 3 the machine, or
//! Benchbook itself, failed.
//!
//! **Invariant:** a command walks, parses and renders nothing itself. Here alone the environment and the terminal are
//! looked at.

mod args;
mod build;
mod check;
mod clean;
mod completions;
mod explain;
mod import;
mod init;
mod lock;
mod new;
mod numbers;
mod open;
mod report;
mod schema;
mod serve;
mod why;

use crate::diag::Fault;
use args::{Args, Command};
use clap::Parser;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// How a command ended: its exit code, or a failure to be told.
type Ended = Result<u8, Fault>;

/// Reads the command line and runs the command.
pub fn main() -> ExitCode {
    // A fault of ours is told in one line, with where to report it; what was being made goes on without it.
    std::panic::set_hook(Box::new(|_| {}));
    let args = Args::parse().settled();
    let ended = catch_unwind(AssertUnwindSafe(|| run(&args)));
    let code = match ended {
        Ok(Ok(code)) => code,
        // What a signal interrupted ends as its handler does, which by now has cleared up.
        Ok(Err(_)) if crate::write::was_interrupted() => 130,
        Ok(Err(fault)) => {
            report::line(&format!("error: {fault}"));
            fault.exit
        }
        Err(panic) => {
            let why = crate::pipeline::panic_message(&*panic);
            report::line(&format!("error: Benchbook itself failed ({why}); please report this"));
            3
        }
    };
    ExitCode::from(code)
}

/// The command line as clap knows it, for those who write about it.
pub fn command() -> clap::Command {
    let mut command = <Args as clap::CommandFactory>::command();
    command.build();
    command
}

fn run(args: &Args) -> Ended {
    match &args.command {
        Command::Build(build) => build::run(args, build),
        Command::Serve(serve) => serve::run(args, serve),
        Command::Check(check) => check::run(args, check),
        Command::Why(why) => why::run(args, why),
        Command::Lock => lock::run(args),
        Command::Clean(clean) => clean::run(args, clean),
        Command::Import(import) => import::run(args, import),
        Command::New(new) => new::run(args, new),
        Command::Numbers(numbers) => numbers::run(args, numbers),
        Command::Init(init) => init::run(init),
        Command::Explain(explain) => explain::run(explain),
        Command::Schema(schema) => schema::run(schema),
        Command::Completions(completions) => completions::run(completions),
        Command::Man(man) => completions::man(man),
    }
}
