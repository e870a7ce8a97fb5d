//! The docs are a book that Benchbook builds, and what they say is so: their reference is made from the program, their
//! consoles show what was run, their examples are books that are built.
//!
//! With `BENCHBOOK_UPDATE=1` what is made from the program is written anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "it reads our own files, and makes the books that it runs")]

use benchbook::diag::{Code, Severity};
use benchbook::import::field::{FIELDS, Of};
use benchbook::number::function::{Entry, FILTERS, FUNCTIONS};
use benchbook::number::print::{self, Style};
use benchbook::number::unit::{self, Unit};
use benchbook::number::{Quantity, unit::Ratio};
use benchbook::parse::shape::{self, File, Kind, Shape};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program, away from what the shell of a developer says about colours and widths.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchbook"));
    command.args(args).env_remove("COLUMNS").env("NO_COLOR", "1");
    command
}

fn printed(args: &[&str]) -> String {
    let output = program(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Holds the file at `path` to `text`.
fn keep(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var("BENCHBOOK_UPDATE").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{path} is not what the program says: BENCHBOOK_UPDATE=1 cargo test --test docs");
}

#[test]
fn the_schemas_are_those_that_the_program_prints() {
    for file in shape::FILES {
        keep(&format!("docs/schemas/{}.json", file.name), &printed(&["schema", file.name]));
    }
}

#[test]
fn both_drafts_differ_in_their_name_alone() {
    let (new, old) = (printed(&["schema", "book"]), printed(&["schema", "book", "--draft", "7"]));
    assert!(old.contains("http://json-schema.org/draft-07/schema#"));
    assert_eq!(new.lines().filter(|line| !old.lines().any(|other| other == *line)).count(), 1);
}

#[test]
fn every_shell_and_every_command_has_what_it_asks_for() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for word in ["explain", "base-url", "completions"] {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
    for command in benchbook::cli::command().get_subcommands() {
        let name = command.get_name();
        if name != "help" {
            let page = printed(&["man", name]);
            assert!(page.contains(&format!(".TH benchbook-{name} 1")), "{name}");
            assert!(page.contains(".SH EXAMPLES") || page.contains("Example:"), "the help of {name} has no example");
        }
    }
    assert!(!program(&["man", "x"]).output().unwrap().status.success());
}

// --- The reference ------------------------------------------------------------------------------------------------

const MADE: &str = "<!-- Made from the program: BENCHBOOK_UPDATE=1 cargo test --test docs -->\n";

#[test]
fn the_diagnostics_of_the_reference_are_those_of_the_program() {
    let mut page = format!("{MADE}# Diagnostics\n\n");
    page.push_str("Every code that Benchbook knows, as `benchbook explain CODE` tells it. ");
    page.push_str("`[benchbook.lints]` in `book.toml` sets the level of those that are not *always* an error.\n");
    for (code, free) in shape::lints() {
        let level = match (code.severity(), free) {
            (Severity::Error, true) => "An error, unless the book makes it milder",
            (Severity::Error, false) => "Always an error",
            (Severity::Warning, _) => "A warning, unless the book says otherwise",
        };
        let summary = sentence(code.summary());
        write!(page, "\n## {0} {{#{0}}}\n\n{summary}. {level}.\n\n{1}\n", code.name(), shown(code.explanation()))
            .unwrap();
    }
    keep("docs/content/reference/diagnostics.md", &page);
}

#[test]
fn the_commands_of_the_reference_are_those_of_the_program() {
    let mut page = format!("{MADE}# Commands\n");
    let all = benchbook::cli::command();
    page.push_str("\n`benchbook COMMAND --help` says the same.\n\n## Options of every command {#options}\n");
    page.push_str(&options(&all, true));
    for command in all.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        let usage = command.clone().render_usage().to_string().replace("Usage: ", "").replace(" [OPTIONS]", "");
        let about = command.get_about().unwrap().to_string();
        let stop = if about.ends_with('.') { "" } else { "." };
        write!(page, "\n## {name} {{#{name}}}\n\n{about}{stop}\n\n```text\n{}\n```\n", usage.trim_end()).unwrap();
        page.push_str(&options(command, false));
        let more = command.get_after_help().map(|help| help.to_string()).unwrap_or_default();
        let (examples, prose): (Vec<&str>, Vec<&str>) = more.lines().partition(|line| line.starts_with("  "));
        let examples: Vec<_> = examples.iter().map(|line| &line[2..]).collect();
        // What is indented further on is a file's text, not a command.
        let (commands, texts): (Vec<&str>, Vec<&str>) =
            examples.into_iter().partition(|line| line.starts_with("benchbook"));
        let mut prose: Vec<_> = prose.into_iter().filter(|line| !line.starts_with("Example")).collect();
        prose.dedup();
        write!(page, "\n```sh\n{}\n```\n", commands.join("\n")).unwrap();
        let prose = prose.join("\n");
        if !prose.trim().is_empty() {
            write!(page, "\n{}\n", prose.trim()).unwrap();
        }
        if !texts.is_empty() {
            write!(page, "\n```toml\n{}\n```\n", texts.join("\n")).unwrap();
        }
    }
    keep("docs/content/reference/commands.md", &page);
}

/// A chapter acts on directives in code too, so that they are escaped.
fn shown(explanation: &str) -> String {
    explanation.replace("{{#", "\\{{#")
}

fn options(command: &clap::Command, global: bool) -> String {
    let mut table = String::new();
    let wanted =
        |arg: &&clap::Arg| arg.is_global_set() == global && !["help", "version"].contains(&arg.get_id().as_str());
    for arg in command.get_arguments().filter(wanted) {
        let value = arg.get_value_names().and_then(|names| names.first()).map(|name| name.to_string());
        let takes = arg.get_action().takes_values();
        let name = match arg.get_long() {
            Some(long) if takes => format!("--{long} {}", value.unwrap_or_default()),
            Some(long) => format!("--{long}"),
            None => value.unwrap_or_default(),
        };
        let mut says = arg.get_help().map(|help| help.to_string()).unwrap_or_default();
        if !says.ends_with('.') {
            says.push('.');
        }
        let values: Vec<_> = arg
            .get_possible_values()
            .iter()
            .filter(|v| !v.is_hide_set())
            .map(|v| format!("`{}`", v.get_name()))
            .collect();
        if takes && values.len() > 1 {
            write!(says, " One of {}.", values.join(", ")).unwrap();
        }
        if let Some(default) = arg.get_default_values().first().filter(|_| takes && !arg.is_hide_default_value_set()) {
            write!(says, " Without it `{}`.", default.to_string_lossy()).unwrap();
        }
        writeln!(table, "| `{name}` | {} |", says.replace('|', "\\|")).unwrap();
    }
    if table.is_empty() { table } else { format!("\n| option | says |\n| --- | --- |\n{table}") }
}

#[test]
fn the_keys_of_the_reference_are_those_that_the_parsers_read() {
    let mut page = format!("{MADE}# Keys\n\n");
    page.push_str(
        "Every key of the files that authors write in TOML. `benchbook schema` prints the same for an editor.\n",
    );
    for file in shape::FILES.into_iter().chain([&shape::TABLE_BLOCK]) {
        keys_of_file(file, &mut page);
    }
    keep("docs/content/reference/keys.md", &page);
}

fn keys_of_file(file: &File, page: &mut String) {
    let id = match file.path {
        "```table" => "table-block".to_owned(),
        path => path.to_lowercase().replace(' ', "-"),
    };
    let title = match file.path {
        "```table" => "A table block".to_owned(),
        path if path.contains('.') => path.to_owned(),
        path => sentence(path),
    };
    write!(page, "\n## {title} {{#{id}}}\n\n{}\n", file.about).unwrap();
    keys_of_table("", &file.shape, page);
}

/// The keys, then each table among them.
fn keys_of_table(path: &str, shape: &Shape, page: &mut String) {
    let mut rows = String::new();
    let mut inner: Vec<(String, String, Shape)> = Vec::new();
    for key in shape.keys.iter().filter(|key| key.effect) {
        let below = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        match key.kind {
            Kind::Table(shape) if !shape.keys.is_empty() => inner.push((format!("[{below}]"), key.doc.into(), shape)),
            Kind::Tables(shape) => inner.push((format!("[[{below}]]"), key.doc.into(), shape)),
            _ => {
                let default = match key.default {
                    Some(default) => format!("; without it `{default}`"),
                    None if key.required => "; must be there".into(),
                    None => String::new(),
                };
                write!(rows, "\n`{}`: {}{default}\n: {}\n", key.name, kind(&key.kind), key.doc).unwrap();
                if let Kind::Array(Kind::Either([_, Kind::Table(shape)])) = key.kind {
                    inner.push((below, "Each table among them:".into(), *shape));
                }
            }
        }
    }
    page.push_str(&rows);
    let idle: Vec<_> = shape.keys.iter().filter(|key| !key.effect).map(|key| format!("`{}`", key.name)).collect();
    if !idle.is_empty() {
        write!(page, "\nKnown, and not acted on in this version: {}.\n", idle.join(", ")).unwrap();
    }
    if let Some((name, Kind::Table(shape))) = shape.rest {
        inner.push((format!("[{name}]"), "Each table, named by an id of your own:".into(), *shape));
    }
    for (title, doc, shape) in inner {
        write!(page, "\n### `{title}`\n\n{doc}\n").unwrap();
        keys_of_table(title.trim_matches(['[', ']']), &shape, page);
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Text(example) => format!("text, as `{example}`"),
        Kind::Pattern(_, example) => format!("text, as `{example}`"),
        Kind::OneOf(names) => names().iter().map(|name| format!("`\"{name}\"`")).collect::<Vec<_>>().join(", "),
        Kind::Unit => "a [unit](units.md), as `\"GB/s\"`".into(),
        Kind::Bool => "`true` or `false`".into(),
        Kind::Int(from, to) => format!("an integer from {from} to {to}"),
        Kind::Number(example) => format!("a number, as `{example}`"),
        Kind::Date => "a date, as `2026-11-24`".into(),
        Kind::Texts(example) => format!("texts, as `[{example}]`"),
        Kind::Table(shape) => match shape.rest {
            Some((name, Kind::Text(value))) => format!("a table, as `{{ \"{name}\" = {value} }}`"),
            _ => "a table".into(),
        },
        Kind::Tables(_) => "tables".into(),
        Kind::Lints => "a table, as `{ link-broken = \"warn\" }`".into(),
        Kind::Either(kinds) => kinds.iter().map(self::kind).collect::<Vec<_>>().join("; or "),
        Kind::Array(kind) => format!("an array; each {}", self::kind(kind)),
        Kind::Any => "anything".into(),
    }
}

#[test]
fn the_expressions_of_the_reference_are_those_of_the_program() {
    let source = read("src/number/expr.rs");
    let grammar = source.split("//! ```text\n").nth(1).unwrap().split("//! ```").next().unwrap();
    let grammar: Vec<&str> =
        grammar.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' ')).collect();
    let mut page = format!(
        "{MADE}# Expressions\n\nWhat stands between `{{{{` and `}}}}`: a path to a value, or arithmetic with such, and filters that \
         say how the value prints.\n\n```text\n{}\n```\n\n",
        grammar.join("\n")
    );
    page.push_str(
        "Quantities carry their [units](units.md) through arithmetic, and currencies never convert by themselves: \
         `{{ 2 * cards.rtx-4090.memory }}` is {{ 2 * cards.rtx-4090.memory }}. Expressions are text in code, raw HTML, link \
         targets and `SUMMARY.md`.\n\n## Paths\n",
    );
    page.push_str(PATHS);
    page.push_str("\n## Functions\n");
    entries(&mut page, &FUNCTIONS.iter().map(|listed| listed.entry).collect::<Vec<_>>());
    page.push_str("\n## Filters\n\nThey stand behind a `|`, each at most once.\n");
    entries(&mut page, &FILTERS);
    keep("docs/content/reference/expressions.md", &page);
}

/// What an expression can name.
const PATHS: &str = r#"
`cards.rtx-4090.memory`
: A cell: table, row, column. A row is named by the text of its key; a name with a space or a point in it stands in quotes:
  `cards."RTX 4090".memory`. Here {{ cards.rtx-4090.memory }}.

`records.llama3-8b-q4.rtx-4090.tg1024`
: The result of a record: benchmark, machine, metric. Here {{ records.llama3-8b-q4.rtx-4090.tg1024 }}.

`records.llama3-8b-q4.rtx-4090.quantization`
: A condition of a record, or a field: `name`, `os`, `driver`, `started_at`, `source`, `command`; in quotes those within others:
  `"software.build"`, `"machine.memory"`. Here {{ records.llama3-8b-q4.rtx-4090.quantization }}.

`sources.xd.title`
: What `sources.toml` says of a source: `title`, `url`, `published`, `retrieved`, `kind`, `grade`, `licence`, `note`.
  `sources.xd.published` is {{ sources.xd.published }}.

`memory`
: A column of the nearest row: within `[where …]` of the row that is asked, else of the row of the table block.

`row.memory`
: A column of the row of the table block, also within `[where …]`.

`cards.*.memory`
: A set: of all rows. So is `records.llama3-8b-q4.*.tg1024`, of all machines. `{{ count(records.llama3-8b-q4.*.tg1024) }}` is
  {{ count(records.llama3-8b-q4.*.tg1024) }}.

`cards[where memory >= 24 GB].price`
: A set: of the rows that meet the condition. A row whose condition meets a missing value is left out.

`records.llama3-8b-q4[id].tg1024`
: A lookup by a key that is computed. One that finds nothing is missing, and no mistake.

What has no value is missing, and so is what is computed with it: [missing values](../authors/compare.md#missing-values).

Results are compared (`ratio`, `percent`, `change`, `best`, and by `=`, `!=`, `<`, `<=`, `>`, `>=`) only where [they may
be](../authors/compare.md). How many digits a number has is told in [Digits and intervals](../authors/digits.md).
"#;

/// Each entry with what it means and an example.
fn entries(page: &mut String, all: &[Entry]) {
    for entry in all {
        let shown = if entry.result.is_empty() { String::new() } else { format!(" gives {}", entry.result) };
        write!(page, "\n`{}`\n: {} `{}`{shown}.\n", entry.signature, entry.meaning, entry.example).unwrap();
    }
}

#[test]
fn the_units_of_the_reference_are_those_of_the_program() {
    let all: Vec<(&str, Unit)> = unit::names().map(|name| (name, Unit::parse(name).unwrap())).collect();
    let is_own = |(name, unit): &(&str, Unit)| unit.to_string() == *name;
    let base = |unit: Unit| {
        let one = Ratio { over: 1, under: 1 };
        all.iter()
            .filter(|u| is_own(u))
            .find(|(_, other)| other.dimension() == unit.dimension() && other.scale() == Some(one))
    };
    let mut csv = String::from("unit,also,one,shown\n");
    for (name, unit) in all.iter().filter(|u| is_own(u)) {
        let also: Vec<_> = all.iter().filter(|(other, same)| same == unit && other != name).map(|(n, _)| *n).collect();
        let one = match (base(*unit), unit.scale()) {
            _ if unit.dimension() == Unit::NONE.dimension() => String::new(),
            (Some((base, _)), Some(scale)) if base != name => format!("{} {base}", ratio(scale)),
            _ => "a base unit".into(),
        };
        let shown = print::quantity(&Quantity::new("24", *unit).unwrap(), Style::default());
        let row = [*name, &also.join(", "), &one, &shown].map(|cell| format!("\"{cell}\"")).join(",");
        writeln!(csv, "{row}").unwrap();
    }
    keep("docs/content/data/units.csv", &csv);
}

#[test]
fn the_fields_of_the_reference_are_those_of_the_program() {
    let mut page = format!("{MADE}# Fields of a record\n\n");
    page.push_str(
        "What `benchbook import` knows of a run and of a result, by the names that `--set` and a mapping use. ",
    );
    page.push_str("Beside them a run has any number of conditions, as `conditions.NAME`.\n");
    for (title, own) in [("A run", vec![Of::Run]), ("A result", vec![Of::Results, Of::Result])] {
        write!(
            page,
            "\n## {title} {{#{}}}\n\n| field | says |\n| --- | --- |\n",
            title.replace(' ', "-").to_lowercase()
        )
        .unwrap();
        for field in FIELDS.iter().filter(|field| own.contains(&field.of)) {
            writeln!(page, "| `{}` | {} |", field.path, field.doc).unwrap();
        }
    }
    page.push_str("\n`--set` takes the fields of a run, `statistic` and `n`: the others each result has of its own.\n");
    keep("docs/content/reference/records.md", &page);
}

fn ratio(ratio: Ratio) -> String {
    let number = |n: u128| print::count(usize::try_from(n).unwrap());
    if ratio.under == 1 { number(ratio.over) } else { format!("{}/{}", number(ratio.over), number(ratio.under)) }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

// --- Examples and consoles ----------------------------------------------------------------------------------------

#[test]
fn the_examples_and_the_docs_are_whole_books() {
    if std::env::var("BENCHBOOK_UPDATE").is_ok() {
        return; // Parts of it are being written.
    }
    let examples = fs::read_dir(root().join("docs/examples")).unwrap().map(|entry| entry.unwrap().path());
    for book in examples.chain([root().join("docs")]) {
        let output = program(&["check", "--strict", "--root"]).arg(&book).output().unwrap();
        assert!(output.status.success(), "{}:\n{}", book.display(), String::from_utf8_lossy(&output.stderr));
    }
}

/// An example that no test builds is wrong before long.
#[test]
fn what_the_docs_show_of_a_file_is_a_file_of_an_example() {
    // What is no file of a book, or would be acted on if it were put in.
    let apart = ["[[rule]]\ninclude = [\"book.toml\"]", "\\{{#include setup.sh}}"];
    // The examples of the chapter on themes are run by a test of their own.
    for (page, text) in pages().into_iter().filter(|(page, _)| !page.ends_with("content/themes.md")) {
        for (language, body) in fences(&text) {
            // A block with the path of a file is built as that file.
            let of_a_book = ["toml", "csv", "markdown", "html"].contains(&language.split(' ').next().unwrap())
                && titled(language).is_none();
            let known = body.starts_with("{{#include ") || apart.iter().any(|start| body.starts_with(start));
            assert!(!of_a_book || known, "{page}: make this a file of docs/examples and include it:\n{body}");
        }
    }
}

#[test]
fn every_command_that_the_docs_name_is_one() {
    let mut seen = 0;
    for (page, text) in pages().into_iter().chain([("README.md".into(), read("README.md"))]) {
        let fenced = fences(&text).into_iter().flat_map(|(language, body)| {
            let prompt = if language == "console" { "$ " } else { "" };
            let is_shell = ["sh", "console"].contains(&language);
            body.lines().filter_map(move |line| line.strip_prefix(prompt)).filter(move |_| is_shell)
        });
        for line in fenced.chain(text.split('`').skip(1).step_by(2)).filter(|line| line.starts_with("benchbook ")) {
            let words = shell_words(line);
            // `benchbook COMMAND` stands for many, and prose names a command without what it needs.
            let named = words.len() == 2 && benchbook::cli::command().find_subcommand(&words[1]).is_some();
            if words[1] != "COMMAND" && !named {
                let told = benchbook::cli::command().try_get_matches_from(&words);
                assert!(told.is_ok(), "{page}: {line}\n{}", told.unwrap_err());
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

/// The words of a line as a shell takes them, up to a comment, a redirection or a second command.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    let end = words.iter().position(|word| ["#", ">", "&&"].contains(&word.as_str()));
    words.truncate(end.unwrap_or(words.len()));
    words
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The pages of the docs, by path.
fn pages() -> Vec<(String, String)> {
    let mut folders = vec!["docs/content".to_owned()];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(".md") && !path.contains("/reference/") {
                pages.push((path.clone(), read(&path)));
            }
        }
    }
    pages.push(("docs/content/reference/commands.md".into(), read("docs/content/reference/commands.md")));
    pages
}

/// The fenced blocks of a text that stand at the beginning of a line: language and body.
fn fences(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("```").map(|start| at + start) {
        let ticks = text[start..].len() - text[start..].trim_start_matches('`').len();
        let (head, rest) = text[start + ticks..].split_once('\n').unwrap();
        let body = start + ticks + head.len() + 1;
        let end = body + rest.find(&format!("{}\n", "`".repeat(ticks))).unwrap_or(rest.len());
        found.push((head.trim(), &text[body..end]));
        at = (end + ticks).min(text.len());
    }
    found
}

/// The docs cite the tables and the records of the example, so that what they show is what the example would.
#[test]
fn the_docs_cite_the_data_of_the_example() {
    let example = "docs/examples/machines/content";
    let records = fs::read_dir(root().join(example).join("measurements/llama3-8b-q4")).unwrap();
    let records = records.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let records: Vec<_> = records.map(|name| format!("measurements/llama3-8b-q4/{name}")).collect();
    let files = ["data/cards.csv", "data/cards.schema.toml", "sources.toml", "benchmarks.toml"];
    for file in files.into_iter().chain(records.iter().map(String::as_str)) {
        keep(&format!("docs/content/{file}"), &read(&format!("{example}/{file}")));
    }
}

/// The first steps with a record go on from the files of a new book, and show them.
#[test]
fn the_docs_show_the_files_of_a_new_book() {
    for (shown, file) in [
        ("sources.toml", "sources.toml"),
        ("benchmarks.toml", "benchmarks.toml"),
        ("rtx-4090.json", "measurements/llama3-8b-q4/rtx-4090.json"),
    ] {
        keep(&format!("docs/console/cited/{shown}"), &read(&format!("src/cli/init/content/{file}")));
    }
}

/// Where the docs say what prints, and print it beside that, the two are one. Such a table names its last columns so.
#[test]
fn what_the_docs_say_that_prints_is_what_prints() {
    if std::env::var("BENCHBOOK_UPDATE").is_ok() {
        return; // Parts of it are being written.
    }
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("site");
    let built = program(&["build", "--root"]).arg(root().join("docs")).arg("--out").arg(&out).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut compared = 0;
    for page in ["digits", "compare", "numbers"] {
        let html = fs::read_to_string(out.join(format!("authors/{page}.html"))).unwrap();
        for table in html.split("<table").filter(|table| table.contains("as this book prints it</th>")) {
            for row in table.split("<tr>").skip(2) {
                let cells: Vec<String> = row.split("<td").skip(1).map(words).collect();
                let [.., said, printed] = cells.as_slice() else { panic!("{page}: {row}") };
                assert_eq!(said, printed, "{page}: {cells:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 15, "only {compared} rows were compared");
}

/// The words of a cell of a table, whose tag is cut off before its attributes.
fn words(cell: &str) -> String {
    let cell = &cell[cell.find('>').unwrap() + 1..cell.find("</td>").unwrap()];
    let text: String = cell.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    text.replace('\u{a0}', " ").replace("&gt;", ">").trim().to_owned()
}

enum Step {
    /// A command whose output is shown; its exit code.
    Run(&'static str, i32),
    /// A command that is not shown.
    Quiet(&'static str),
    /// In this file, this text becomes that.
    Edit(&'static str, &'static str, &'static str),
    /// This file of the book becomes that file of the repository.
    Put(&'static str, &'static str),
    /// To this file of the book that file of the repository is added.
    Add(&'static str, &'static str),
    /// What another console did, but what it showed.
    After(&'static str),
}

use Step::{Add, After, Edit, Put, Quiet, Run};

/// What the docs show of a terminal: its name, the book that it begins with, and what is done there.
const CONSOLES: &[(&str, &str, &[Step])] = &[
    ("init", "", &[Run("benchbook init my-guide", 0)]),
    ("build", "init", &[Run("benchbook build", 0), Run("benchbook build", 0)]),
    (
        "check",
        "init",
        &[Edit("content/start.md", "cards.rtx-4090.memory", "cards.rtx-4900.memory"), Run("benchbook check", 1)],
    ),
    (
        "why",
        "init",
        &[
            // Once: whether a second build that finds nothing changed is counted hangs on how young the files are.
            Quiet("benchbook build"),
            Edit("content/data/cards.csv", ",24,1008", ",24.5,1008"),
            Run("benchbook build", 0),
            Run("benchbook why start.html", 0),
        ],
    ),
    (
        "lost",
        "machines",
        &[Quiet("benchbook lock"), Edit("content/glossary.md", " {#terms}", ""), Run("benchbook check", 1)],
    ),
    (
        "mistakes",
        "machines",
        &[
            Edit(
                "content/glossary.md",
                "A disk without moving parts.",
                "A [disk](linux/disk.md) of {{ cards.rtx-4090.memry }}.",
            ),
            Edit("content/data/cards.csv", "1008,1599", "1008,n/a"),
            Run("benchbook check", 1),
        ],
    ),
    ("schema", "init", &[Run("benchbook schema", 0)]),
    (
        "cited-typed",
        "init",
        &[
            Run("benchbook new speed.md --title Speed", 0),
            Put("content/speed.md", "docs/console/cited/typed.md"),
            Run("benchbook check", 0),
        ],
    ),
    (
        "cited-unknown",
        "init",
        &[After("cited-typed"), Put("content/speed.md", "docs/console/cited/cited.md"), Run("benchbook check", 1)],
    ),
    (
        "cited-build",
        "init",
        &[
            After("cited-unknown"),
            Put(RTX_3090, "docs/console/cited/rtx-3090.json"),
            Run("benchbook build --strict", 0),
        ],
    ),
    ("cited-numbers", "init", &[After("cited-build"), Run("benchbook numbers llama3-8b-q4/rtx-3090", 0)]),
    (
        "cited-false",
        "init",
        &[
            After("cited-build"),
            Put("content/speed.md", "docs/console/cited/claimed.md"),
            Quiet("benchbook build --strict"),
            Edit(RTX_4090, "127.74", "107.74"),
            Run("benchbook build", 1),
        ],
    ),
    (
        "cited-undecided",
        "init",
        &[
            After("cited-build"),
            Put("content/speed.md", "docs/console/cited/claimed.md"),
            Edit(RTX_4090, "127.74", "112.04"),
            Run("benchbook check", 1),
        ],
    ),
    (
        "cited-ask",
        "init",
        &[After("cited-build"), Put("bench.md", "docs/console/cited/bench.md"), Run("benchbook import bench.md", 2)],
    ),
    (
        "cited-import",
        "init",
        &[
            After("cited-ask"),
            Add("content/sources.toml", "docs/console/cited/own-source.toml"),
            Add("content/benchmarks.toml", "docs/console/cited/own-benchmark.toml"),
            Run(
                "benchbook import bench.md --set benchmark=qwen2-7b-q4-k-m --set machine.id=rtx-4080 --set source=own",
                0,
            ),
            Run("benchbook check --strict", 0),
        ],
    ),
    (
        "incomparable",
        "machines",
        &[
            Edit(
                "content/speed.md",
                "[[across]]\nfields = [\"backend\"]\nwhy = \"each machine runs the backend that is made for it\"\n",
                "",
            ),
            Run("benchbook check", 1),
        ],
    ),
    (
        "best",
        "machines",
        &[
            Edit(
                "content/speed.md",
                "An RTX 4090 writes",
                "The fastest is {{ best(records.llama3-8b-q4.*.tg1024) | name }}. An RTX 4090 writes",
            ),
            Edit(RTX_4090, "127.74", "138.04"),
            Run("benchbook check", 1),
        ],
    ),
    (
        "empty",
        "machines",
        &[
            Edit("content/glossary.md", "without moving parts.", "of {{ cards.rtx-3090.price }}."),
            Run("benchbook check", 1),
        ],
    ),
    (
        "contradiction",
        "machines",
        &[Edit(RTX_3090, "\"tok/s\"", "\"ms\""), Edit(RTX_3090, "\"xd\"", "\"xe\""), Run("benchbook check", 1)],
    ),
];

const RTX_3090: &str = "content/measurements/llama3-8b-q4/rtx-3090.json";
const RTX_4090: &str = "content/measurements/llama3-8b-q4/rtx-4090.json";

#[test]
fn consoles_show_what_was_run() {
    for (name, book, steps) in CONSOLES {
        keep(&format!("docs/console/{name}.txt"), &console(book, steps));
    }
}

/// A block whose title is a path of a book is that file: all such blocks of a page are put into a small book, which is
/// built with each theme that they make. One that a console follows is wrong, and is told as wrong.
#[test]
fn blocks_that_name_a_file_make_a_book_that_builds() {
    for (page, text) in pages() {
        let fences = fences(&text);
        let shows_mistake = |at: usize| fences.get(at + 1).is_some_and(|(next, _)| *next == "console");
        let files: Vec<_> = fences
            .iter()
            .enumerate()
            .filter_map(|(at, (head, body))| Some((titled(head)?, *body, shows_mistake(at))))
            .collect();
        let home = tempfile::tempdir().unwrap();
        let book = home.path().join("my-guide");
        if !files.is_empty() {
            run(home.path(), "benchbook init my-guide");
            let put = |path: &str, body: &str| {
                fs::create_dir_all(book.join(path).parent().unwrap()).unwrap();
                fs::write(book.join(path), body).unwrap();
            };
            files.iter().filter(|(.., wrong)| !wrong).for_each(|(path, body, _)| put(path, body));
            build_with_each_theme(&page, &book);
            for (path, body, _) in files.iter().filter(|(.., wrong)| *wrong) {
                put(path, body);
                assert_eq!(run(&book, "benchbook check").1, 1, "{page}: nothing is wrong with {path}");
            }
        }
    }
}

fn build_with_each_theme(page: &str, book: &Path) {
    let settings = fs::read_to_string(book.join("book.toml")).unwrap();
    let (before, theme) = settings.split_once("theme = \"").unwrap();
    let after = theme.split_once('"').unwrap().1;
    for theme in fs::read_dir(book.join("themes")).unwrap() {
        let name = theme.unwrap().file_name().to_string_lossy().into_owned();
        fs::write(book.join("book.toml"), format!("{before}theme = \"{name}\"{after}")).unwrap();
        let (told, code) = run(book, "benchbook build --strict");
        assert_eq!(code, 0, "{page}, the theme {name}:\n{told}");
    }
    fs::write(book.join("book.toml"), settings).unwrap();
}

/// The path in `html title="themes/paper/templates/404.html"`.
fn titled(head: &str) -> Option<&str> {
    let title = head.split("title=\"").nth(1)?.split('"').next()?;
    ["themes/", "content/", "book.toml"].iter().any(|folder| title.starts_with(folder)).then_some(title)
}

/// In the README a console stands behind a line that names it.
#[test]
fn the_readme_shows_what_was_run() {
    let mut readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut found = 0;
    for (name, book, steps) in CONSOLES {
        let head = format!("<!-- console: {name} -->\n```console\n");
        let Some(at) = readme.find(&head) else { continue };
        let from = at + head.len();
        let to = from + readme[from..].find("```").unwrap();
        readme.replace_range(from..to, &console(book, steps));
        found += 1;
    }
    assert!(found > 2);
    keep("README.md", &readme);
}

#[test]
fn the_readme_lists_every_command() {
    let readme = read("README.md");
    for command in benchbook::cli::command().get_subcommands().filter(|command| command.get_name() != "help") {
        assert!(readme.contains(&format!("\n| `{}", command.get_name())), "{} is not listed", command.get_name());
    }
}

fn console(book: &str, steps: &[Step]) -> String {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let folder = match book {
        "" => home.clone(),
        "init" => {
            run(&home, "benchbook init my-guide");
            home.join("my-guide")
        }
        example => {
            copy(&root().join("docs/examples").join(example), &home.join(example));
            home.join(example)
        }
    };
    let mut shown = String::new();
    take(steps, &folder, &mut |line, code| {
        let (text, ended) = run(&folder, line);
        assert_eq!(ended, code, "{line}:\n{text}");
        let text = text.replace(&*home.to_string_lossy(), "/home/me");
        write!(shown, "$ {line}\n{}", without_times(&text)).unwrap();
    });
    shown
}

/// Takes the steps in the book in `folder`; a command whose output is shown goes to `show`.
fn take(steps: &[Step], folder: &Path, show: &mut dyn FnMut(&'static str, i32)) {
    for step in steps {
        match *step {
            Edit(file, from, to) => {
                let path = folder.join(file);
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.contains(from), "{file} has no {from}");
                fs::write(path, text.replacen(from, to, 1)).unwrap();
            }
            Put(file, from) => fs::write(folder.join(file), read(from)).unwrap(),
            Add(file, from) => {
                let text = fs::read_to_string(folder.join(file)).unwrap();
                fs::write(folder.join(file), text + &read(from)).unwrap();
            }
            After(other) => {
                let (.., steps) = CONSOLES.iter().find(|(name, ..)| *name == other).unwrap();
                take(steps, folder, &mut |line, _| drop(run(folder, line)));
            }
            Quiet(line) => drop(run(folder, line)),
            Run(line, code) => show(line, code),
        }
    }
}

fn run(folder: &Path, line: &str) -> (String, i32) {
    let args: Vec<&str> = line.split(' ').skip(1).collect();
    let output = program(&args).current_dir(folder).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code().unwrap())
}

/// How long something took is another number each time.
fn without_times(text: &str) -> String {
    text.lines()
        .map(|line| match line.rsplit_once(" in ") {
            Some((before, time)) if time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{before} in 5ms\n")
            }
            _ => format!("{line}\n"),
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// Every code is told in whole sentences, and by how it can be mended.
#[test]
fn every_explanation_is_written_in_sentences() {
    for code in Code::ALL {
        let text = code.explanation();
        assert!(text.len() > 60 && text.ends_with('.'), "{}: {text}", code.name());
        assert!(
            !code.summary().ends_with('.') && !code.summary().starts_with(char::is_uppercase)
                || code.summary().starts_with("Benchbook")
                || code.summary().starts_with("SUMMARY"),
            "{}",
            code.name()
        );
    }
}
