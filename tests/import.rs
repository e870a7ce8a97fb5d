//! `import` as people run it: from a file to the records on disk, all of them or none.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{BENCHBOOK, Ground, Ran};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(name)
}

const SET: [&str; 6] = ["--set", "benchmark=qwen2-7b", "--set", "machine.id=rtx-4080", "--set", "source=maker"];

fn import(ground: &Ground, file: &Path, more: &[&str]) -> Ran {
    let file = file.to_str().unwrap();
    ground.run(&[&["import", file][..], more].concat())
}

fn is(ran: &Ran, code: i32) -> String {
    assert_eq!(ran.code, code, "{}", ran.all());
    ran.all()
}

/// The records, and nothing else that may lie beside them.
fn records(ground: &Ground) -> BTreeMap<String, Vec<u8>> {
    let folder = ground.at("content/measurements");
    if folder.exists() { support::files(&folder) } else { BTreeMap::new() }
}

#[test]
fn a_file_becomes_a_record_and_again_changes_nothing() {
    for name in ["llama-bench.json", "llama-bench.jsonl", "llama-bench.csv", "llama-bench.md"] {
        let ground = Ground::good();
        let said = is(&import(&ground, &sample(name), &[&SET[..], &["--dry-run"]].concat()), 0);
        assert!(said.contains("pp512") && said.contains("nothing was written (--dry-run)"), "{said}");
        assert_eq!(records(&ground).len(), 0);
        assert!(!ground.at("content/measurements").exists());
        let said = is(&import(&ground, &sample(name), &SET), 0);
        assert!(said.contains("qwen2-7b   rtx-4080  tg128") && said.contains("1 new"), "{said}");
        let first = records(&ground);
        assert_eq!(first.keys().collect::<Vec<_>>(), ["qwen2-7b/rtx-4080.json"]);
        let time = fs::metadata(ground.at("content/measurements/qwen2-7b/rtx-4080.json")).unwrap().modified().unwrap();
        let said = is(&import(&ground, &sample(name), &SET), 0);
        assert!(said.contains("nothing new, 1 as they were"), "{said}");
        assert_eq!(records(&ground), first);
        let again = fs::metadata(ground.at("content/measurements/qwen2-7b/rtx-4080.json")).unwrap().modified().unwrap();
        assert_eq!(again, time, "it was not written again");
    }
}

#[test]
fn what_is_missing_is_asked_for_and_nothing_is_written() {
    let ground = Ground::good();
    let said = is(&import(&ground, &sample("llama-bench.json"), &["--set", "source=maker"]), 2);
    assert!(said.contains("--set benchmark=qwen2-7b-q4-k-m") && said.contains("--set machine.id=rtx-4080"), "{said}");
    assert!(!said.contains("--set source"), "{said}");
    assert_eq!(records(&ground).len(), 0);
    // The same for programs.
    let ran = ground.run(&["--format", "json", "import", sample("llama-bench.json").to_str().unwrap()]);
    assert!(is(&ran, 2).contains("\"import-missing\""));
    let ran = import(&ground, &sample("llama-bench.json"), &["--format", "json"]);
    assert!(is(&ran, 2).contains("\"import-missing\""));
}

#[test]
fn the_format_can_be_said_and_a_wrong_one_is_told() {
    let ground = Ground::good();
    is(&import(&ground, &sample("llama-bench.csv"), &[&SET[..], &["--format", "llama-bench-csv"]].concat()), 0);
    let ran = import(&ground, &sample("llama-bench.csv"), &[&SET[..], &["--format", "llama-bench-json"]].concat());
    assert!(is(&ran, 1).contains("expected a value"), "{}", ran.all());
    is(&import(&ground, &sample("llama-bench.csv"), &["--format", "hyperfine"]), 2);
    is(&ground.run(&["check", "--format", "llama-bench-csv"]), 2);
}

#[test]
fn a_record_of_another_run_is_kept_unless_it_is_to_be_replaced() {
    let ground = Ground::good();
    is(&import(&ground, &sample("llama-bench.csv"), &SET), 0);
    let first = records(&ground);
    let said = is(&import(&ground, &sample("llama-bench.json"), &SET), 2);
    assert!(said.contains("another `started_at`") && said.contains("--replace"), "{said}");
    assert_eq!(records(&ground), first);
    let said = is(&import(&ground, &sample("llama-bench.json"), &[&SET[..], &["--replace"]].concat()), 0);
    assert!(said.contains("1 changed"), "{said}");
    assert_ne!(records(&ground), first);
    // What somebody added by hand is not lost in silence, even from the same run.
    let path = "content/measurements/qwen2-7b/rtx-4080.json";
    ground.replace(path, "\"results\"", "\"remark\": \"by hand\", \"results\"");
    let said = is(&import(&ground, &sample("llama-bench.json"), &SET), 2);
    assert!(said.contains("a `remark`, which would be lost"), "{said}");
    // A value of the same run may be corrected.
    is(&import(&ground, &sample("llama-bench.json"), &[&SET[..], &["--replace"]].concat()), 0);
    ground.replace(path, "7100.002165", "7100.01");
    is(&import(&ground, &sample("llama-bench.json"), &SET), 0);
    assert!(ground.read(path).contains("7100.002165"));
    // One that is no record is not written over either.
    ground.put(path, "{");
    is(&import(&ground, &sample("llama-bench.json"), &SET), 1);
    assert_eq!(ground.read(path), "{");
}

#[test]
fn of_many_records_all_are_written_or_none() {
    let ground = Ground::good();
    let rows = "benchmark,machine.id,source,metric,value,unit\nb,m1,maker,speed,1,tok/s\nb,m2,maker,speed,2,tok/s\n";
    ground.put("rows.csv", rows);
    is(&import(&ground, &ground.at("rows.csv"), &[]), 0);
    let first = records(&ground);
    assert_eq!(first.len(), 2);
    for bad in ["b,m3,maker,speed,nan,tok/s\n", "b,m1,maker,speed,5,tok/s\n", "b,m3,maker,speed,1,tok/s,x\n"] {
        ground.put("rows.csv", format!("{rows}b,m4,maker,speed,4,tok/s\n{bad}"));
        is(&import(&ground, &ground.at("rows.csv"), &[]), 1);
        assert_eq!(records(&ground), first, "{bad}");
    }
    // A file that cannot be written takes back what was written before it.
    ground.put("rows.csv", format!("{rows}a,m9,maker,speed,4,tok/s\nc,m9,maker,speed,4,tok/s\n"));
    ground.put("content/measurements/c", "a file where a folder is wanted");
    let ran = import(&ground, &ground.at("rows.csv"), &[]);
    assert!([1, 3].contains(&ran.code), "{}", ran.all());
    assert!(!ground.at("content/measurements/a").exists(), "{}", ran.all());
}

#[test]
fn what_is_compressed_too_large_or_no_file_is_refused_before_it_is_read() {
    let ground = Ground::good();
    ground.put("a.json", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    assert!(is(&import(&ground, &ground.at("a.json"), &SET), 1).contains("compressed (gzip)"));
    let large = fs::File::create(ground.at("large.csv")).unwrap();
    large.set_len(2 << 30).unwrap();
    let ran = import(&ground, &ground.at("large.csv"), &SET);
    assert!(is(&ran, 1).contains("[file-too-large]"), "{}", ran.all());
    is(&import(&ground, &ground.at("none.csv"), &SET), 2);
    is(&import(&ground, &ground.at("content"), &SET), 1);
    ground.put("b.json", b"{\"a\": \"\xff\"}");
    assert!(is(&import(&ground, &ground.at("b.json"), &SET), 1).contains("[not-utf8]"));
    let deep = "[".repeat(1 << 20);
    ground.put("deep.json", deep);
    assert!(is(&import(&ground, &ground.at("deep.json"), &SET), 1).contains("nested deeper"));
    ground.put("line.csv", format!("metric,value\n\"{}", "x".repeat(12 << 20)));
    assert!(is(&import(&ground, &ground.at("line.csv"), &SET), 1).contains("a quote that is never closed"));
    // What takes the most memory for its size, and the most of everything.
    ground.put("flat.json", format!("[{}1]", "1,".repeat(8 << 20 >> 1)));
    let ran = import(&ground, &ground.at("flat.json"), &SET);
    assert!(
        is(&ran, 1).contains("holds no objects") && ran.memory.is_none_or(|kib| kib < support::MOST_MEMORY),
        "{ran:?}"
    );
    let rows: String = (0..150_000).map(|n| format!("b,m,s,x{n},1,tok/s\n")).collect();
    ground.put("rows.csv", format!("benchmark,machine.id,source,metric,value,unit\n{rows}"));
    let ran = import(&ground, &ground.at("rows.csv"), &[]);
    assert!(
        is(&ran, 1).contains("more than 100000 results") && ran.memory.is_none_or(|kib| kib < support::MOST_MEMORY),
        "{ran:?}"
    );
    ground.put("wide.csv", format!("avg_ts,n_prompt{}\n", ",a".repeat(100_000)));
    assert!(is(&import(&ground, &ground.at("wide.csv"), &SET), 1).contains("more than 1000 columns"));
    assert_eq!(records(&ground).len(), 0);
}

#[test]
fn what_is_cut_off_or_flipped_leaves_the_records_as_they_are() {
    let ground = Ground::good();
    is(&import(&ground, &sample("llama-bench.json"), &SET), 0);
    let first = records(&ground);
    let most = if std::env::var("BENCHBOOK_ALL").is_ok() { usize::MAX } else { 8 };
    for name in ["llama-bench.json", "llama-bench.jsonl", "llama-bench.csv", "llama-bench.md"] {
        let whole = fs::read(sample(name)).unwrap();
        let step = (whole.len() / most / 97).max(1) * 97;
        for at in (0..whole.len()).step_by(step) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x15;
            for bytes in [&whole[..at], &flipped] {
                ground.put("cut", bytes);
                let ran = import(&ground, &ground.at("cut"), &SET);
                assert!([0, 1, 2].contains(&ran.code), "{name} at {at}: {}", ran.all());
                assert!(ran.code == 0 || records(&ground) == first, "{name} at {at}");
                if records(&ground) != first {
                    is(&import(&ground, &sample("llama-bench.json"), &[&SET[..], &["--replace"]].concat()), 0);
                }
            }
        }
    }
}

#[test]
fn a_book_of_mdbook_has_no_records() {
    let ground = Ground::bare();
    ground.put("book.toml", "[book]\ntitle = \"x\"\n");
    is(&import(&ground, &sample("llama-bench.json"), &SET), 2);
}

/// The docs show what this prints.
#[test]
fn the_example_of_the_docs_prints_what_they_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/content/authors/import.md")).unwrap();
    let shown = page.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let (command, shown) = shown.split_once('\n').unwrap();
    let words: Vec<_> = command.trim_start_matches("$ benchbook ").split(' ').chain(["--dry-run"]).collect();
    let ran = Command::new(BENCHBOOK).args(words).current_dir(root.join("docs/examples/machines")).output().unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), shown, "{}", String::from_utf8_lossy(&ran.stderr));
}

/// The guide's records are what its mapping makes of the published measurements; those are not part of the sources.
#[test]
fn the_records_of_the_guide_are_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/measurements");
    let all = support::files(&folder);
    let mut seen = 0;
    for (path, bytes) in all.iter().filter(|(path, _)| path.ends_with(".json")) {
        let record: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let id =
            format!("{}/{}.json", record["benchmark"].as_str().unwrap(), record["machine"]["id"].as_str().unwrap());
        assert_eq!(id, *path);
        assert!(record["source"].is_string(), "{path}");
        seen += 1;
    }
    assert!(seen >= 60, "{seen}");
}
