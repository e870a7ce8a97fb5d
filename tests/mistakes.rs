//! What a book of numbers is told, as a specification: one good book with records, benchmarks, sources, tables, claims
//! and table blocks, and an edit of it a row. A mistake is told by its code, at every place that is concerned and
//! nowhere else, and nothing that is none is told.
//!
//! A place is a file of the book and a text that stands on one line of it, after the edit.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::fs;
use std::path::Path;
use support::{Ground, MOST_TIME, each, files, run};

/// The day on which the book is checked: 2026-11-24.
const TODAY: &str = "1795500000";

/// One edit of a file; paths count from the folder of chapters.
enum Edit {
    /// The first text, wherever it stands, becomes the second.
    In(&'static str, &'static str, &'static str),
    /// A file is written.
    Put(&'static str, &'static str),
    /// A file gets another name.
    Move(&'static str, &'static str),
    /// A file is removed.
    Gone(&'static str),
}

use Edit::{Gone, In, Move, Put};

/// A diagnostic: its code, and the places that it shows, the first of them its own.
type Wanted = (&'static str, &'static [(&'static str, &'static str)]);

/// A name, the edits, and all that must be told.
type Row = (&'static str, &'static [Edit], &'static [Wanted]);

const FAST: &str = "measurements/llama-8b/rtx-4090.json";
const OLD: &str = "measurements/llama-8b/rtx-3090.json";
const ULTRA: &str = "measurements/llama-8b/m2-ultra.json";
const MAX: &str = "measurements/llama-8b/m3-max.json";
const MLX: &str = "measurements/llama-8b/m2-ultra-mlx.json";
const LARGE: &str = "measurements/llama-70b/m2-ultra.json";
const STEP: &str = "measurements/train/rtx-4090.json";
const STEPS: &str = "measurements/train/m2-ultra.json";
const BENCHMARKS: &str = "benchmarks.toml";
const SOURCES: &str = "sources.toml";
const CARDS: &str = "data/cards.csv";
const CARDS_SCHEMA: &str = "data/cards.schema.toml";
const RENT: &str = "data/rent.csv";

/// The good book with `edits`.
fn edited(edits: &[Edit]) -> Ground {
    let ground = Ground::bare();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/book");
    files(&book).into_iter().for_each(|(path, bytes)| ground.put(&path, bytes));
    let at = |path: &str| match path {
        "book.toml" => path.to_owned(),
        inner => format!("content/{inner}"),
    };
    for edit in edits {
        match edit {
            In(path, old, new) => ground.replace(&at(path), old, new),
            Put(path, text) => ground.put(&at(path), text),
            Move(from, to) => {
                fs::create_dir_all(ground.at(&at(to)).parent().unwrap()).unwrap();
                fs::rename(ground.at(&at(from)), ground.at(&at(to))).unwrap();
            }
            Gone(path) => fs::remove_file(ground.at(&at(path))).unwrap(),
        }
    }
    ground
}

/// What is told of a book: each diagnostic by its code and the lines that it shows.
fn told(ground: &Ground) -> Vec<(String, Vec<String>)> {
    let mut command = ground.command(&["check", "--format", "json"]);
    command.env("SOURCE_DATE_EPOCH", TODAY);
    let ran = run(command, MOST_TIME);
    assert!(ran.code <= 1, "{}", ran.all());
    let mut all = Vec::new();
    for line in ran.stdout.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut lines: Vec<String> = Vec::new();
        for span in value["spans"].as_array().unwrap() {
            let at = format!("{}:{}", span["file_name"].as_str().unwrap(), span["line_start"]);
            if !lines.contains(&at) {
                lines.push(at);
            }
        }
        lines[1..].sort();
        assert!(
            value["children"].as_array().is_some_and(|ways| !ways.is_empty())
                || value["message"].as_str().unwrap().contains(" must be "),
            "no way out: {line}"
        );
        all.push((value["code"]["code"].as_str().unwrap().to_owned(), lines));
    }
    all.sort();
    all
}

/// `file:line` of the one line of a file that holds `text`; of no text, of the first line.
fn line_of(ground: &Ground, (file, text): (&str, &str)) -> String {
    let path = if file == "book.toml" { file.to_owned() } else { format!("content/{file}") };
    if text.is_empty() {
        return format!("{path}:1");
    }
    let all = ground.read(&path);
    let mut lines = all.lines().enumerate().filter(|(_, line)| line.contains(text));
    let (Some((line, _)), None) = (lines.next(), lines.next()) else { panic!("{file} has not one {text:?}:\n{all}") };
    format!("{path}:{}", line + 1)
}

fn check(rows: &[Row]) {
    each(
        rows,
        |(name, ..)| (*name).to_owned(),
        |(_, edits, wanted)| {
            let ground = edited(edits);
            let mut wanted: Vec<(String, Vec<String>)> = wanted
                .iter()
                .map(|(code, places)| {
                    let mut lines: Vec<String> = Vec::new();
                    for place in places.iter() {
                        let at = line_of(&ground, *place);
                        if !lines.contains(&at) {
                            lines.push(at);
                        }
                    }
                    lines[1..].sort();
                    ((*code).to_owned(), lines)
                })
                .collect();
            wanted.sort();
            let told = told(&ground);
            match told == wanted {
                true => Vec::new(),
                false => {
                    let lines = |all: &[(String, Vec<String>)]| {
                        all.iter().map(|(code, at)| format!("\n    {code} {}", at.join(" "))).collect::<String>()
                    };
                    vec![format!("\n  told:{}\n  must be:{}", lines(&told), lines(&wanted))]
                }
            }
        },
    );
}

#[test]
fn the_book_is_good() {
    assert_eq!(told(&edited(&[])), []);
}

#[test]
fn a_record_that_cannot_be_true() {
    check(&[
        (
            "a unit swapped",
            &[In(OLD, "111.74, \"unit\": \"tok/s\"", "111.74, \"unit\": \"GB/s\"")],
            &[(
                "record-mismatch",
                &[
                    (OLD, "111.74"),
                    (
                        BENCHMARKS,
                        "metrics.tg1024 = { title = \"Generation, 1,024 tokens\", unit = \"tok/s\", better = \"higher\" }",
                    ),
                ],
            )],
        ),
        (
            "a unit that nobody knows",
            &[In(OLD, "111.74, \"unit\": \"tok/s\"", "111.74, \"unit\": \"tok/blink\"")],
            &[("unit-unknown", &[(OLD, "blink")])],
        ),
        (
            "a spread without its count",
            &[In(OLD, "\"sd\": 0.15, \"n\": 5", "\"sd\": 0.15")],
            &[("record-invalid", &[(OLD, "0.15")])],
        ),
        (
            "no repetition at all",
            &[In(OLD, "0.15, \"n\": 5", "0.15, \"n\": 0")],
            &[("record-invalid", &[(OLD, "\"n\": 0")])],
        ),
        ("a negative spread", &[In(OLD, "0.15", "-0.15")], &[("record-invalid", &[(OLD, "-0.15")])]),
        (
            "samples that contradict the value",
            &[In(STEPS, "\"value\": 64,", "\"value\": 46,")],
            &[("record-invalid", &[(STEPS, "46")])],
        ),
        (
            "samples that contradict the count",
            &[In(STEPS, "\"mean\", \"samples\"", "\"mean\", \"n\": 5, \"samples\"")],
            &[("record-invalid", &[(STEPS, "\"n\": 5")])],
        ),
        (
            "a value outside its own range",
            &[In(OLD, "\"n\": 5 },", "\"n\": 5, \"min\": 112, \"max\": 113 },")],
            &[("record-invalid", &[(OLD, "112")])],
        ),
        ("a statistic that is none", &[In(OLD, "\"mean\"", "\"middle\"")], &[("wrong-type", &[(OLD, "middle")])]),
        ("a date in the future", &[In(OLD, "2026-05-09", "2026-12-01")], &[("date-future", &[(OLD, "2026-12-01")])]),
        ("a day that is none", &[In(OLD, "2026-05-09", "2026-02-30")], &[("wrong-type", &[(OLD, "2026-02-30")])]),
        (
            "a source that is not there",
            &[In(OLD, "\"source\": \"xd\"", "\"source\": \"xdd\"")],
            &[("source-unknown", &[(OLD, "xdd")])],
        ),
        (
            "the name of a benchmark mistyped",
            &[In(MAX, "\"llama-8b\"", "\"llama-8\"")],
            &[("benchmark-unknown", &[(MAX, "llama-8")])],
        ),
        (
            "a metric that the benchmark has not",
            &[In(OLD, "\"pp1024\"", "\"pp2048\"")],
            &[("record-mismatch", &[(OLD, "pp2048"), (BENCHMARKS, "[llama-8b]")])],
        ),
        (
            "a file that has another name than its machine",
            &[Move(MAX, "measurements/llama-8b/m3.json")],
            &[("record-invalid", &[("measurements/llama-8b/m3.json", "m3-max")])],
        ),
        (
            "one id in two files",
            &[
                Move(MAX, "measurements/llama-8b/twice/rtx-3090.json"),
                In("measurements/llama-8b/twice/rtx-3090.json", "m3-max", "rtx-3090"),
            ],
            &[("record-twice", &[("measurements/llama-8b/twice/rtx-3090.json", "\"id\""), (OLD, "\"id\"")])],
        ),
        (
            "a key given twice",
            &[In(OLD, "  \"source\": \"xd\",", "  \"source\": \"xd\",\n  \"source\": \"ours\",")],
            &[("data-syntax", &[(OLD, "\"ours\""), (OLD, "\"xd\"")])],
        ),
        ("a comma too many", &[In(OLD, "\"n\": 5 }\n  }", "\"n\": 5 },\n  } ")], &[("data-syntax", &[(OLD, "  } ")])]),
        ("a value in quotes", &[In(OLD, "111.74", "\"111.74\"")], &[("wrong-type", &[(OLD, "111.74")])]),
        (
            "a run of less than no time",
            &[In(OLD, "\"source\"", "\"duration\": -3,\n  \"source\"")],
            &[("record-invalid", &[(OLD, "\"duration\"")])],
        ),
    ]);
}

#[test]
fn what_is_declared_and_gone() {
    check(&[
        (
            "a benchmark undeclared",
            &[In(
                BENCHMARKS,
                "[train]\ntitle = \"A small network, one pass\"\nmetrics.step = { title = \"One step\", unit = \"ms\", better = \"lower\" }\nmetrics.memory = { title = \"Memory in use\", unit = \"GB\", better = \"lower\" }\nsame = [\"batch\", \"precision\"]\n",
                "",
            )],
            &[("benchmark-unknown", &[(STEP, "\"benchmark\"")]), ("benchmark-unknown", &[(STEPS, "\"benchmark\"")])],
        ),
        (
            "a metric undeclared",
            &[In(
                BENCHMARKS,
                "metrics.memory = { title = \"Memory in use\", unit = \"GB\", better = \"lower\" }\n",
                "",
            )],
            &[
                ("record-mismatch", &[(STEP, "\"memory\""), (BENCHMARKS, "[train]")]),
                ("record-mismatch", &[(STEPS, "\"memory\""), (BENCHMARKS, "[train]")]),
            ],
        ),
        (
            "the unit of a metric swapped",
            &[In(BENCHMARKS, "unit = \"ms\"", "unit = \"GB\"")],
            &[
                ("record-mismatch", &[(STEP, "\"step\""), (BENCHMARKS, "metrics.step")]),
                ("record-mismatch", &[(STEPS, "\"step\""), (BENCHMARKS, "metrics.step")]),
            ],
        ),
        (
            "a unit of a metric that nobody knows",
            &[In(BENCHMARKS, "unit = \"ms\"", "unit = \"mss\"")],
            &[("unit-unknown", &[(BENCHMARKS, "mss")])],
        ),
        (
            "benchmarks that cannot be read",
            &[In(BENCHMARKS, "title = \"LLaMA 3 8B, Q4_K_M\"", "title = LLaMA")],
            &[("toml-syntax", &[(BENCHMARKS, "title = LLaMA")])],
        ),
        (
            "sources that cannot be read",
            &[In(SOURCES, "title = \"Our own runs\"", "title = ours")],
            &[("toml-syntax", &[(SOURCES, "title = ours")])],
        ),
        (
            "a type of a column that is none",
            &[In(CARDS_SCHEMA, "type = \"number\"", "type = \"numeric\"")],
            &[("wrong-type", &[(CARDS_SCHEMA, "numeric")])],
        ),
        (
            "a source removed",
            &[In(
                SOURCES,
                "[ours]\ntitle = \"Our own runs\"\nretrieved = 2026-11-10\nkind = \"measured\"\ngrade = \"A\"\n",
                "",
            )],
            &[
                ("source-unknown", &[(STEP, "\"source\"")]),
                ("source-unknown", &[(STEPS, "\"source\"")]),
                ("name-unknown", &[("training.md", "sources.ours")]),
            ],
        ),
        (
            "a metric dropped from a record",
            &[In(
                FAST,
                "\"n\": 5 },\n    \"pp1024\": { \"value\": 6898.71, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"sd\": 46.59, \"n\": 5 }",
                "\"n\": 5 }",
            )],
            &[("value-missing", &[("speed.md", "> 6"), (FAST, "\"results\"")])],
        ),
        (
            "a record renamed",
            &[
                Move(STEP, "measurements/train/rtx-4090-b.json"),
                In("measurements/train/rtx-4090-b.json", "\"id\": \"rtx-4090\"", "\"id\": \"rtx-4090-b\""),
            ],
            &[
                ("name-unknown", &[("training.md", "that = ")]),
                ("name-unknown", &[("training.md", "rtx-4090.step }}")]),
                ("name-unknown", &[("training.md", "rtx-4090.memory")]),
                ("name-unknown", &[("training.md", "rtx-4090.started_at")]),
            ],
        ),
        (
            "a record deleted",
            &[Gone(MLX)],
            &[("name-unknown", &[("programs.md", "that = ")]), ("name-unknown", &[("programs.md", "{{ change")])],
        ),
        (
            "a row deleted",
            &[In(CARDS, "rtx-3090,GeForce RTX 3090,NVIDIA,24,936.2,350,1499,2020-09-24\n", "")],
            &[("name-unknown", &[("cards.md", "![A card")]), ("name-unknown", &[("costs.md", "cards.rtx-3090.price")])],
        ),
        (
            "a column renamed in the data alone",
            &[In(CARDS, "bandwidth", "band_width")],
            &[
                ("data-column", &[(CARDS_SCHEMA, "name = \"bandwidth\"")]),
                ("name-unknown", &[("cards.md", "\"name\", \"memory\", \"bandwidth\"")]),
                ("name-unknown", &[("cards.md", "Per GB/s")]),
                ("name-unknown", &[("cards.md", "caption")]),
            ],
        ),
        (
            "a column renamed",
            &[In(CARDS, "bandwidth", "band_width"), In(CARDS_SCHEMA, "name = \"bandwidth\"", "name = \"band_width\"")],
            &[
                ("name-unknown", &[("cards.md", "\"name\", \"memory\", \"bandwidth\"")]),
                ("name-unknown", &[("cards.md", "Per GB/s")]),
                ("name-unknown", &[("cards.md", "caption")]),
            ],
        ),
        (
            "a cell emptied",
            &[In(CARDS, "350,1499", "350,")],
            &[("value-missing", &[("costs.md", "cards.rtx-3090.price"), (CARDS, "rtx-3090")])],
        ),
        ("a cell that is no number", &[In(CARDS, "936.2", "fast")], &[("data-type", &[(CARDS, "fast")])]),
        ("a number with groups", &[In(CARDS, "1499", "\"1,499\"")], &[("data-type", &[(CARDS, "1,499")])]),
        (
            "two rows of one name",
            &[In(CARDS, "m3-max", "m2-ultra")],
            &[("data-key-twice", &[(CARDS, "M3 Max"), (CARDS, "M2 Ultra")])],
        ),
        ("a cell lost", &[In(CARDS, "936.2,350,", "936.2,")], &[("data-ragged", &[(CARDS, "936.2")])]),
        (
            "two columns of one name",
            &[In(CARDS, "vendor", "name")],
            &[("data-column", &[(CARDS, "id,name")]), ("name-unknown", &[("start.md", "vendor")])],
        ),
        (
            "a unit mistyped in a schema",
            &[In(CARDS_SCHEMA, "unit = \"GB\"", "unit = \"Gb\"")],
            &[("unit-unknown", &[(CARDS_SCHEMA, "Gb")])],
        ),
        (
            "a source mistyped in a schema",
            &[In(CARDS_SCHEMA, "source = \"specs\"", "source = \"spec\"")],
            &[("source-unknown", &[(CARDS_SCHEMA, "\"spec\"")])],
        ),
    ]);
}

#[test]
fn what_may_not_be_compared() {
    check(&[
        (
            "two builds too far apart",
            &[In(FAST, "2824", "2900")],
            &[
                ("incomparable", &[("start.md", "is the fastest"), (OLD, "2824"), (FAST, "2900")]),
                ("incomparable", &[("cards.md", "label = \"Writes\""), (OLD, "2824"), (FAST, "2900")]),
                ("incomparable", &[("cards.md", "Per GB/s"), (OLD, "2824"), (FAST, "2900")]),
                ("incomparable", &[("costs.md", "Tokens for a dollar"), (OLD, "2824"), (FAST, "2900")]),
                ("incomparable", &[("speed.md", "rtx-4090.tg1024 > "), (ULTRA, "2833"), (FAST, "2900")]),
                ("incomparable", &[("speed.md", "> 6"), (ULTRA, "2833"), (FAST, "2900")]),
                ("incomparable", &[("speed.md", "{{ ratio"), (ULTRA, "2833"), (FAST, "2900")]),
            ],
        ),
        (
            "another model",
            &[In(MAX, "LLaMA 3 8B", "LLaMA 3.1 8B"), In(MAX, "Q4_K_M", "Q4_0")],
            &[
                ("incomparable", &[("cards.md", "label = \"Writes\""), (MAX, "LLaMA 3.1 8B"), (ULTRA, "LLaMA 3 8B")]),
                ("incomparable", &[("cards.md", "Per GB/s"), (MAX, "LLaMA 3.1 8B"), (ULTRA, "LLaMA 3 8B")]),
                ("incomparable", &[("programs.md", "columns = "), (MAX, "LLaMA 3.1 8B"), (MLX, "LLaMA 3 8B")]),
                ("incomparable", &[("programs.md", "columns = "), (MAX, "LLaMA 3.1 8B"), (ULTRA, "LLaMA 3 8B")]),
            ],
        ),
        (
            "a condition that one record lacks",
            &[In(STEP, ", \"precision\": \"bf16\"", "")],
            &[("incomparable", &[("training.md", "that = "), (STEP, "\"conditions\""), (STEPS, "bf16")])],
        ),
        (
            "a condition that both lack",
            &[In(STEP, ", \"precision\": \"bf16\"", ""), In(STEPS, ", \"precision\": \"bf16\"", "")],
            &[("condition-unrecorded", &[("training.md", "that = "), (STEPS, "\"conditions\"")])],
        ),
        (
            "a reason that is gone",
            &[In(
                "programs.md",
                "[[across]]\nfields = [\"software.name\", \"software.build\", \"quantization\"]\nwhy = \"both run the same model, and the question is which program to take\"\n",
                "",
            )],
            &[
                ("incomparable", &[("programs.md", "that = "), (ULTRA, "Q4_K_M"), (MLX, "4bit")]),
                ("incomparable", &[("programs.md", "{{ change"), (ULTRA, "Q4_K_M"), (MLX, "4bit")]),
            ],
        ),
        (
            "one of the differences not named",
            &[In(
                "programs.md",
                "fields = [\"software.name\", \"software.build\", \"quantization\"]",
                "fields = [\"software.name\", \"quantization\"]",
            )],
            &[
                ("incomparable", &[("programs.md", "that = "), (ULTRA, "2833"), (MLX, "\"build\": 12")]),
                ("incomparable", &[("programs.md", "{{ change"), (ULTRA, "2833"), (MLX, "\"build\": 12")]),
            ],
        ),
        (
            "a difference without a reason",
            &[In("programs.md", "why = \"the table is about programs\"\n", "")],
            &[("key-missing", &[("programs.md", "across = [")])],
        ),
        (
            "two benchmarks",
            &[In("speed.md", "records.llama-8b.m2-ultra.tg1024) }}", "records.llama-70b.m2-ultra.tg1024) }}")],
            &[("incomparable", &[("speed.md", "{{ ratio")])],
        ),
        (
            "a best that cannot be told from the next",
            &[In(OLD, "111.74", "127.6")],
            &[("best-undecided", &[("start.md", "is the fastest")])],
        ),
    ]);
}

#[test]
fn claims_that_no_longer_hold() {
    check(&[
        (
            "a claim made false",
            &[In(FAST, "127.74", "70")],
            &[("claim-false", &[("speed.md", "rtx-4090.tg1024 > "), ("speed.md", "*writes faster")])],
        ),
        (
            "a claim undecided",
            &[In(ULTRA, "1.49", "200")],
            &[("claim-undecided", &[("speed.md", "> 6"), ("speed.md", "of a prompt.")])],
        ),
        (
            "a claim of a ratio made false",
            &[In(
                STEP,
                "\"value\": 21.5, \"unit\": \"ms\", \"statistic\": \"median\", \"samples\": [21.3, 21.5, 21.4, 21.9, 21.6, 21.5, 21.5]",
                "\"value\": 31, \"unit\": \"ms\"",
            )],
            &[("claim-false", &[("training.md", "that = "), ("training.md", "On a card")])],
        ),
        (
            "a claim by what is not there, and now is",
            &[In(
                "measurements/llama-70b/rtx-4090.json",
                "\"value\": null, \"unit\": \"tok/s\", \"missing\": \"does not fit\"",
                "\"value\": 2.1, \"unit\": \"tok/s\"",
            )],
            &[("claim-false", &[("speed.md", "not has"), ("speed.md", "In its memory")])],
        ),
        (
            "words that are gone",
            &[In("speed.md", "\nreads far more", "\nreads a bit more")],
            &[("claim-unsaid", &[("speed.md", "says = \"reads")])],
        ),
        (
            "a claim about a machine that is not there",
            &[In("speed.md", "that = \"records.llama-8b.rtx-4090.tg1024", "that = \"records.llama-8b.rtx-409.tg1024")],
            &[("name-unknown", &[("speed.md", "rtx-409.")])],
        ),
        (
            "a claim on a value that is not there",
            &[In(
                "speed.md",
                "not has(records.llama-70b.rtx-4090.tg1024)",
                "records.llama-70b.rtx-4090.tg1024 < 1 tok/s",
            )],
            &[("value-missing", &[("speed.md", "< 1 tok/s"), ("measurements/llama-70b/rtx-4090.json", "null")])],
        ),
        (
            "a claim that is no condition",
            &[In("speed.md", " > 6\"", "\"")],
            &[("expr-type", &[("speed.md", "that = \"ratio")])],
        ),
        (
            "a claim in a draft",
            &[In("programs.md", "title = \"Two programs\"", "title = \"Two programs\"\ndraft = true")],
            &[("claim-draft", &[("programs.md", "")])],
        ),
        (
            "a claim without its words",
            &[In("training.md", "says = \"a step takes a third of the time\"\n", "")],
            &[("key-missing", &[("training.md", "[[claim]]")])],
        ),
        (
            "a claim that compares with a number without its unit",
            &[In(
                "training.md",
                "ratio(records.train.rtx-4090.step, records.train.m2-ultra.step) < 0.4",
                "records.train.rtx-4090.step < 30",
            )],
            &[("dimension-mismatch", &[("training.md", "that = ")])],
        ),
    ]);
}

#[test]
fn expressions_that_have_no_answer() {
    check(&[
        (
            "a currency summed with another",
            &[In("costs.md", "cards.rtx-4090.price + cards.rtx-3090.price", "rent.pod-4090.usd + rent.haus-4090.eur")],
            &[("dimension-mismatch", &[("costs.md", "rent.haus-4090.eur")])],
        ),
        (
            "a set of two currencies",
            &[In("costs.md", "min(rent.*.usd)", "min(rent.*.usd, rent.haus-4090.eur)")],
            &[("dimension-mismatch", &[("costs.md", "rent.haus-4090.eur")])],
        ),
        (
            "gigabytes compared as numbers without a unit",
            &[In("cards.md", "memory >= 24 GB", "memory >= 24")],
            &[("dimension-mismatch", &[("cards.md", "where = ")])],
        ),
        (
            "a mean over nothing",
            &[In("costs.md", "gpu = \"rtx-4090\"", "gpu = \"rtx-5090\"")],
            &[("value-missing", &[("costs.md", "rtx-5090")])],
        ),
        (
            "a division by zero",
            &[In("costs.md", "+ cards.rtx-3090.price", "/ (cards.rtx-3090.price - cards.rtx-3090.price)")],
            &[("value-range", &[("costs.md", "cards.rtx-3090.price - ")])],
        ),
        (
            "a result with two scales",
            &[In("costs.md", "min(rent.*.usd)", "min(rent.*.usd) * records.train.rtx-4090.step")],
            &[("unit-mixed", &[("costs.md", "An hour")])],
        ),
        (
            "a unit that cannot be had",
            &[In("costs.md", "| in month", "| in GB")],
            &[("dimension-mismatch", &[("costs.md", "| in GB")])],
        ),
        (
            "a column mistyped",
            &[In("start.md", "cards.rtx-4090.vendor", "cards.rtx-4090.maker")],
            &[("name-unknown", &[("start.md", "maker")])],
        ),
        (
            "a comma for a thousand",
            &[In("costs.md", "{{ cards.rtx-4090.price }}", "{{ cards.rtx-4090.price + round(1,599, 2) * 1 USD }}")],
            &[("function-arguments", &[("costs.md", "1,599")])],
        ),
        (
            "a column of a table block that cites itself",
            &[In("cards.md", "value = \"records.llama-8b[id].tg1024\"", "value = \"writes * 2\"")],
            &[("block-invalid", &[("cards.md", "writes * 2")])],
        ),
        (
            "a column of a table block that cites a later one",
            &[
                In("cards.md", "value = \"records.llama-8b[id].tg1024\"", "value = \"later * 2\""),
                In("cards.md", "{ label = \"Per GB/s\"", "{ name = \"later\", label = \"Per GB/s\""),
            ],
            &[("block-invalid", &[("cards.md", "later * 2")])],
        ),
        (
            "a table block about a benchmark that is not there",
            &[In("programs.md", "from = \"records.llama-8b\"", "from = \"records.llama-9b\"")],
            &[("name-unknown", &[("programs.md", "llama-9b")])],
        ),
        (
            "a table block sorted by no column",
            &[In("cards.md", "sort = \"-writes\"", "sort = \"-write\"")],
            &[("name-unknown", &[("cards.md", "-write\"")])],
        ),
        (
            "a table block with a column that is not there",
            &[In("programs.md", "\"pp1024\"", "\"pp2048\"")],
            &[("name-unknown", &[("programs.md", "pp2048")])],
        ),
    ]);
}

/// Numbers past their age, and numbers that no expression made.
#[test]
fn numbers_that_rot() {
    check(&[
        (
            "a record aged",
            &[In(MLX, "2026-05-12", "2025-05-12")],
            &[
                ("stale", &[("programs.md", "that = "), (MLX, "88.1")]),
                ("stale", &[("programs.md", "{{ change"), (MLX, "88.1")]),
                ("stale", &[("programs.md", "columns = "), (MLX, "88.1")]),
            ],
        ),
        (
            "a row aged",
            &[In(RENT, "2026-11-20", "2026-07-01")],
            &[
                ("stale", &[("costs.md", "An hour"), (RENT, "pod-4090")]),
                ("stale", &[("costs.md", "An hour"), (RENT, "pod-4090")]),
                ("stale", &[("costs.md", "| in month"), (RENT, "pod-4090")]),
                ("stale", &[("costs.md", "columns = "), (RENT, "pod-4090")]),
                ("stale", &[("costs.md", "columns = "), (RENT, "pod-4090")]),
            ],
        ),
        (
            "a number without a date",
            &[In(SOURCES, "published = 2026-10-01\n", "")],
            &[("undated", &[(CARDS, "rtx-4090")])],
        ),
        (
            "an age for a table that is not there",
            &[In("book.toml", "table.rent", "table.rents")],
            &[("unknown-key", &[("book.toml", "table.rents")])],
        ),
        (
            "an age that is none",
            &[In("book.toml", "\"90d\"", "\"a while\"")],
            &[("wrong-type", &[("book.toml", "a while")])],
        ),
        (
            "a factor typed by hand",
            &[In("speed.md", "In its memory", "It is 1.7x faster. In its memory")],
            &[("orphan", &[("speed.md", "1.7x")])],
        ),
        (
            "a factor in words",
            &[In("speed.md", "In its memory", "It is three times as fast. In its memory")],
            &[("orphan", &[("speed.md", "three times")])],
        ),
        (
            "a quantity typed by hand, in a heading",
            &[In("cards.md", "## With {{ cards.rtx-4090.memory }} and more", "## With 24 GB and more")],
            &[("orphan", &[("cards.md", "24 GB and more")])],
        ),
        (
            "a price typed by hand, in a table",
            &[In("costs.md", "A card of", "| card | price |\n|---|---|\n| old | $1,499 |\n\nA card of")],
            &[("orphan", &[("costs.md", "$1,499")])],
        ),
        (
            "a percentage typed by hand",
            &[In("programs.md", "An M2 Ultra is", "Some 15 % are not much. An M2 Ultra is")],
            &[("orphan", &[("programs.md", "15 %")])],
        ),
        (
            "what is allowed and no longer stands there",
            &[In("cards.md", "+++\ntitle", "+++\nallow = [{ text = \"24 GB\", why = \"a name\" }]\ntitle")],
            &[("allow-unused", &[("cards.md", "allow = ")])],
        ),
    ]);
}

/// Edits after which all is still well.
#[test]
fn what_is_no_mistake() {
    check(&[
        ("a value changed within its claims", &[In(FAST, "127.74", "125.11"), In(FAST, "6898.71", "6801.5")], &[]),
        (
            "a record added, of a new machine",
            &[Put(
                "measurements/llama-8b/arc-b580.json",
                "{\"benchmark\": \"llama-8b\", \"machine\": {\"id\": \"arc-b580\"}, \"software\": [{\"name\": \"llama.cpp\", \
                 \"build\": 2840}], \"conditions\": {\"model\": \"LLaMA 3 8B\", \"quantization\": \"Q4_K_M\"}, \"started_at\": \
                 \"2026-06-01T10:30:00Z\", \"source\": \"ours\", \"results\": {\"tg1024\": {\"value\": 41.5, \"unit\": \"tok/s\"}}}",
            )],
            &[],
        ),
        ("a row added", &[In(CARDS, "m3-max,", "arc-b580,Arc B580,Intel,12,456,190,249,2024-12-13\nm3-max,")], &[]),
        (
            "white space in a record",
            &[
                In(FAST, "\"n\": 5 },\n    \"pp1024\": {", "\"n\":5},\n\n\t\"pp1024\":{"),
                In(FAST, "{\n  \"benchmark\"", "\r\n{\"benchmark\""),
            ],
            &[],
        ),
        ("a unit by another name", &[In(FAST, "\"tok/s\"", "\"tokens/s\"")], &[]),
        (
            "a result in another scale",
            &[In(
                STEP,
                "\"value\": 21.5, \"unit\": \"ms\", \"statistic\": \"median\", \"samples\": [21.3, 21.5, 21.4, 21.9, 21.6, 21.5, 21.5]",
                "\"value\": 0.0215, \"unit\": \"s\", \"statistic\": \"median\", \"samples\": [0.0213, 0.0215, 0.0214, 0.0219, 0.0216, 0.0215, 0.0215]",
            )],
            &[],
        ),
        (
            "a field that nothing reads",
            &[In(FAST, "\"source\"", "\"note\": { \"room\": \"warm\" },\n  \"source\"")],
            &[],
        ),
        ("a build that is close enough", &[In(FAST, "2824", "2874")], &[]),
        (
            "a column added",
            &[
                In(RENT, "eur,seen", "eur,seen,where"),
                In(
                    RENT,
                    "2026-11-20\nfarm-4090,rtx-4090,0.35,,2026-11-21\n",
                    "2026-11-20,US\nfarm-4090,rtx-4090,0.35,,2026-11-21,US\n",
                ),
                In(
                    RENT,
                    "2026-11-21\nhaus-4090,rtx-4090,,0.42,2026-10-30\n",
                    "2026-11-21,US\nhaus-4090,rtx-4090,,0.42,2026-10-30,DE\n",
                ),
            ],
            &[],
        ),
        (
            "a benchmark of which there is no record",
            &[In(BENCHMARKS, "[train]", "[later]\ntitle = \"Later\"\nmetrics.x = { unit = \"s\" }\n\n[train]")],
            &[],
        ),
        (
            "a source that nothing names",
            &[In(SOURCES, "[ours]", "[more]\ntitle = \"More\"\nkind = \"vendor\"\n\n[ours]")],
            &[],
        ),
        (
            "a sentence broken and marked otherwise",
            &[In("speed.md", "*writes faster\nthan* an M2 Ultra", "writes\n**faster** than\nan M2 Ultra")],
            &[],
        ),
        ("a spread that is gone with its count", &[In(FAST, ", \"sd\": 0.39, \"n\": 5", "")], &[]),
        ("a folder more between the records", &[Move(MAX, "measurements/apple/2026/m3-max.json")], &[]),
        (
            "a chapter with a byte order mark and other line ends",
            &[In("training.md", "+++\n", "\u{feff}+++\r\n"), In(CARDS, "released\n", "released\r\n")],
            &[],
        ),
        ("a number that equals the claim's limit from the right side", &[In(LARGE, "12.13", "12.1")], &[]),
        (
            "names, versions, years and counts of things",
            &[In(
                "speed.md",
                "In its memory",
                "In 2026, with CUDA 12.4, 2x RTX 4090 and an RTX 3090, Section 3. In its memory",
            )],
            &[],
        ),
        (
            "a typed number that is allowed",
            &[
                In("cards.md", "+++\ntitle", "+++\nallow = [{ text = \"24 GB\", why = \"a name\" }]\ntitle"),
                In("cards.md", "![A card", "The 24 GB club.\n\n![A card"),
            ],
            &[],
        ),
        (
            "words of someone else",
            &[In(
                "speed.md",
                "In its memory",
                "> It is 3 times faster.\n>\n> — [Them](https://example.org/)\n\nIn its memory",
            )],
            &[],
        ),
        ("a month for a date", &[In(FAST, "2026-05-09", "2026-05")], &[]),
        ("the day of the check", &[In(FAST, "2026-05-09", "2026-11-24")], &[]),
    ]);
}
