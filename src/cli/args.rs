//! The command line.

use crate::import;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A documentation generator for guides whose numbers must be true.
#[derive(Clone, Debug, Parser)]
#[command(name = "benchbook", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// The book: the folder that holds book.toml.
    #[arg(long, global = true, value_name = "DIR", default_value = ".", help_heading = EVERY)]
    pub root: PathBuf,
    /// How diagnostics are written.
    #[arg(long, global = true, value_parser = report_format(), default_value = "human", help_heading = EVERY)]
    pub format: Format,
    /// A folder outside the book that it may read files from; may be given more than once.
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERY)]
    pub allow_root: Vec<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EVERY: &str = "For every command";

const EXAMPLES: &str = "\
Examples:
  benchbook init my-guide            # a small working book, to begin with
  benchbook --root my-guide serve    # show it in a browser; an edit shows on the open page
  benchbook build --strict           # the site, in CI: a warning fails it
  benchbook why linux/gpu.html       # what a page was made from, and what last made it change
  benchbook explain link-broken      # what a diagnostic means

Exit codes: 0 done; 1 the book has errors; 2 wrong use, or refused; 3 the machine, or Benchbook
itself, failed.";

/// How diagnostics are written; behind `import`, also what the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the place, underlined, and a way out.
    Human,
    /// A JSON object a line, with the names that rustc uses.
    Json,
    /// A SARIF 2.1.0 log.
    Sarif,
    /// Annotations of a forge's CI (`::error file=...`).
    Github,
    /// No format of diagnostics: that of the file to import.
    File(import::Format),
}

const REPORTS: [(&str, Format, &str); 4] = [
    ("human", Format::Human, "For people: the place, underlined, and a way out"),
    ("json", Format::Json, "A JSON object a line, with the names that rustc uses"),
    ("sarif", Format::Sarif, "A SARIF 2.1.0 log"),
    ("github", Format::Github, "Annotations of a forge's CI (`::error file=...`)"),
];

fn report_format() -> impl TypedValueParser<Value = Format> {
    let names = REPORTS.map(|(name, _, help)| PossibleValue::new(name).help(help));
    PossibleValuesParser::new(names).map(|text| named_format(&text))
}

/// The formats that `import` takes: of the file, and those of diagnostics as everywhere.
fn import_format() -> impl TypedValueParser<Value = Format> {
    let files = import::Format::ALL.map(|(name, _)| PossibleValue::new(name));
    let reports = REPORTS.map(|(name, ..)| PossibleValue::new(name).hide(true));
    PossibleValuesParser::new(files.into_iter().chain(reports)).map(|text| named_format(&text))
}

fn named_format(text: &str) -> Format {
    let report = REPORTS.iter().find(|(name, ..)| *name == text).map(|(_, format, _)| *format);
    let file = import::Format::ALL.iter().find(|(name, _)| *name == text).map(|(_, format)| Format::File(*format));
    report.or(file).unwrap_or(Format::Human)
}

impl Args {
    /// The same with a `--format` that names a file's format where `import` looks for it.
    pub fn settled(mut self) -> Args {
        if let (Format::File(format), Command::Import(import)) = (self.format, &mut self.command) {
            import.of_file = Some(format);
            self.format = Format::Human;
        }
        self
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make the site. Nothing is written if the book has an error.
    #[command(after_help = BUILD)]
    Build(Build),
    /// Show the book in a browser, and each edit on the open page. Writes nothing.
    #[command(after_help = SERVE)]
    Serve(Serve),
    /// Tell everything that is wrong with the book. Writes nothing.
    #[command(after_help = CHECK)]
    Check(Check),
    /// Tell what a page was made from, and what last made it change. Writes nothing.
    #[command(after_help = WHY)]
    Why(Why),
    /// Tell each number of the book: value, source, age, and where it is used. Writes nothing.
    #[command(after_help = NUMBERS)]
    Numbers(Numbers),
    /// Add every page and anchor of the book to anchors.lock, so that none is lost in silence.
    #[command(after_help = LOCK)]
    Lock,
    /// Remove the site and the cache; only what Benchbook made.
    #[command(after_help = CLEAN)]
    Clean(Clean),
    /// Turn what another tool measured into records, told by what the file holds.
    #[command(after_help = IMPORT)]
    Import(Import),
    /// Make a chapter and list it in SUMMARY.md.
    #[command(after_help = NEW)]
    New(New),
    /// Make a small working book.
    #[command(after_help = INIT)]
    Init(Init),
    /// Tell what a diagnostic means and how to mend it.
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Print a JSON Schema, by which an editor completes and checks a file of the book.
    #[command(after_help = SCHEMA)]
    Schema(Schema),
    /// Print what a shell needs to complete commands and options.
    #[command(after_help = COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page of the program, or of one command.
    #[command(hide = true, after_help = MAN)]
    Man(Man),
}

const BUILD: &str = "\
Examples:
  benchbook build
  benchbook build --strict --base-url https://example.org/guide/
  benchbook build --out /srv/www/guide
  benchbook build --format sarif > benchbook.sarif

Only what has changed is made again; the result is byte for byte that of a build from nothing. `--verify` proves it.";

const SERVE: &str = "\
Examples:
  benchbook serve                    # at http://127.0.0.1:3000/, or the next free port of ten
  benchbook serve --open             # and open it in the browser
  benchbook --root my-guide serve --port 8080
  benchbook serve --host 0.0.0.0     # let other machines of the network read the book too
  benchbook serve --poll             # on a network drive, or in a container that gets no events

The book is built in memory and watched. An edit patches the open page: it stays where it was scrolled, and what was
open stays open. Errors show over the page with their file and line, and go when they are mended; until then the
last good page stays. Ctrl-C ends it.";

const CHECK: &str = "\
Examples:
  benchbook check
  benchbook check --strict --format github      # in the CI of a forge: annotations at their lines
  benchbook check --format json                 # for an editor

[benchbook.lints] in book.toml sets the level of a code; `benchbook explain` tells what one means.";

const LOCK: &str = "\
Example:
  benchbook lock && git add anchors.lock      # when the site goes public

From then on a page or a heading that is gone is an error until book.toml redirects it. Lines are
removed from anchors.lock by hand only.";

const CLEAN: &str = "\
Examples:
  benchbook clean
  benchbook clean --out /srv/www/guide

What the list in the output does not name, or what was edited by hand, is kept.";

const IMPORT: &str = "\
Examples:
  benchbook import bench.json                # what it lacks is asked for, with the option to add
  benchbook import bench.json --set machine.id=rtx-4090 --set source=own
  benchbook import bench.json --dry-run      # what would be written
  benchbook import results.csv --mapping content/measurements/results.mapping.toml
  benchbook import sweep.jsonl --where n_gpu_layers=99

Read are llama-bench's JSON, JSONL, CSV and Markdown, and a CSV with a result a row. All records
are written or none; importing the same file twice changes nothing.";

const NEW: &str = "\
Examples:
  benchbook new linux/disks.md
  benchbook new linux/disks.md --title 'What goes on which disk'

The entry is put behind the last one of a list in SUMMARY.md; move it where it belongs.";

const INIT: &str = "\
Examples:
  benchbook init my-guide
  benchbook --root my-guide build

Two chapters, a table with its schema and source, and one template of the theme.";

const EXPLAIN: &str = "\
Examples:
  benchbook explain link-broken
  benchbook explain                # the list of all codes";

const WHY: &str = "\
Examples:
  benchbook why linux/gpu.html
  benchbook why content/linux/gpu.md
  benchbook why --format json index.html

A page that another output or address was built for is asked with the same --out and --base-url.";

const NUMBERS: &str = "\
Examples:
  benchbook numbers                              # all that pages use
  benchbook numbers --stale                      # those past their age
  benchbook numbers --unused                     # results and tables that no page uses
  benchbook numbers llama3-8b-q4/rtx-4090        # a record: its results, and what it lacks
  benchbook numbers --format json prices         # a table, for a program

With --format json it is one object. `numbers`: each with id, path, value (all digits, as text), unit,
shown, interval (low, high: 95 %), source (id, title, kind, grade), date (on, what), age (limit, rule,
until, stale) and used (file, line, column). `records`: each with id, title, complete (0 to 1), has and
lacks. `tables`: with --unused, those of which nothing is used. What is not known is null.";

const SCHEMA: &str = "\
Examples:
  benchbook schema                               # the files that have one
  benchbook schema book > .schemas/book.json
  benchbook schema --draft 7 table > .schemas/table.json

For Taplo (Even Better TOML), name it in .taplo.toml:
  [[rule]]
  include = [\"book.toml\"]
  schema.path = \".schemas/book.json\"";

const COMPLETIONS: &str = "\
Examples:
  benchbook completions bash > ~/.local/share/bash-completion/completions/benchbook
  benchbook completions zsh > ~/.zfunc/_benchbook
  benchbook completions fish > ~/.config/fish/completions/benchbook.fish";

const MAN: &str = "\
Examples:
  benchbook man > benchbook.1
  benchbook man build > benchbook-build.1";

/// `build`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Build {
    /// Where the site goes, in place of what book.toml says; may lie outside the book.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The absolute address that the site will have: makes a sitemap and canonical links.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub base_url: Option<String>,
    /// Fail on warnings too.
    #[arg(long)]
    pub strict: bool,
    /// Replace files of the site that were edited by hand.
    #[arg(long)]
    pub overwrite: bool,
    /// Print how long each stage took.
    #[arg(long)]
    pub timings: bool,
    /// Make every file afresh and compare: an incremental build must equal a clean one.
    #[arg(long)]
    pub verify: bool,
}

/// `serve`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Serve {
    /// The port; without it 3000, or the next free of ten. 0 takes any that is free.
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// The address to listen at, or a name of this machine. Beyond this machine, everyone who reaches it can read the book.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", value_parser = host)]
    pub host: String,
    /// Open the book in the browser.
    #[arg(long)]
    pub open: bool,
    /// Look at the files twice a second, in place of waiting for the system to tell.
    #[arg(long)]
    pub poll: bool,
}

/// `check`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Check {
    /// Fail on warnings too.
    #[arg(long)]
    pub strict: bool,
}

/// `why`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Why {
    /// A page by its path in the site (`linux/gpu.html`), or a chapter's file (`content/linux/gpu.md`).
    pub page: String,
    /// The output whose builds are meant, in place of what book.toml says.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The address that the build was given.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub base_url: Option<String>,
}

/// `numbers`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Numbers {
    /// A number, or what numbers lie in: a record, a benchmark, a table or a row of it.
    pub id: Option<String>,
    /// Only those past their age.
    #[arg(long)]
    pub stale: bool,
    /// Only those that no page uses.
    #[arg(long)]
    pub unused: bool,
}

/// `clean`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Clean {
    /// The output to remove, in place of what book.toml says.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `import`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Import {
    /// What the other tool wrote.
    pub file: PathBuf,
    /// What the file is, if it cannot be told by its content; a format of diagnostics is taken too.
    // Of the same name as the option of every command, and in its place.
    #[arg(long = "format", id = "format", value_name = "FORMAT", value_parser = import_format(), default_value = "human", hide_default_value = true)]
    pub own_format: Format,
    /// A field of the records, over what the file says; may be given more than once.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// Take only the results whose column is this text, with `*` for any text; may be given more than once.
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    pub only: Vec<String>,
    /// Which columns of a CSV are which fields: a TOML file.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Replace records of other runs.
    #[arg(long)]
    pub replace: bool,
    /// Tell what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[arg(skip)]
    pub of_file: Option<import::Format>,
}

/// `new`.
#[derive(Clone, Debug, ClapArgs)]
pub struct New {
    /// The chapter's file, from the folder of chapters: `linux/disks.md`.
    pub file: String,
    /// Its title; made from the file's name where it is not given.
    #[arg(long)]
    pub title: Option<String>,
}

/// `init`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Init {
    /// The folder to make; it must be empty or absent.
    pub dir: PathBuf,
}

/// `explain`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Explain {
    /// The code, as a diagnostic prints it between brackets; without it, all of them.
    pub code: Option<String>,
}

/// `schema`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Schema {
    /// The file: book, front-matter, table, benchmarks, record, sources or theme; without it, what each of these is.
    pub file: Option<String>,
    /// The draft of JSON Schema; some editors read 7 best.
    #[arg(long, value_enum, default_value_t = Draft::New)]
    pub draft: Draft,
}

/// A draft of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Draft {
    /// Draft 2020-12.
    #[value(name = "2020-12")]
    New,
    /// Draft 7.
    #[value(name = "7")]
    Seven,
}

/// `completions`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Clone, Debug, ClapArgs)]
pub struct Man {
    /// The command; without it, the program as a whole.
    pub command: Option<String>,
}

fn host(text: &str) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    match text.trim_start_matches('[').trim_end_matches(']') {
        bare if plain && !bare.is_empty() && !bare.starts_with('-') => Ok(bare.to_owned()),
        bare if bare.parse::<std::net::Ipv6Addr>().is_ok() => Ok(bare.to_owned()),
        _ => Err("an address or a name is wanted, such as 127.0.0.1 or mybox.lan, without a port".into()),
    }
}

fn base_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\'));
    if host.is_empty() || !plain || text.contains(['?', '#']) {
        return Err("an absolute address is wanted, such as https://example.org/guide/".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}
