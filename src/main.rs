//! The program `benchbook`.

use std::process::ExitCode;

fn main() -> ExitCode {
    benchbook::cli::main()
}
