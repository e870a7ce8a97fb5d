//! Whole texts in, records or mistakes out.

use super::*;

fn read_with(text: &str, set: &[&str], only: &[&str], mapping: Option<&str>) -> Parsed<Imported> {
    let own = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (set, only) = (own(set), own(only));
    let mapping = mapping.map(|text| (PathId::new("map.toml"), text));
    read(&Request { file: PathId::new("in"), text, format: None, mapping, set: &set, only: &only })
}

const SET: [&str; 3] = ["benchmark=b", "machine.id=m", "source=s"];

fn records(text: &str) -> Vec<Record> {
    let parsed = read_with(text, &SET, &[], None);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.value.records
}

/// Each mistake with what it underlines.
fn wrong(text: &str, mapping: Option<&str>) -> Vec<String> {
    told(text, mapping, read_with(text, &SET, &[], mapping))
}

fn told(text: &str, mapping: Option<&str>, parsed: Parsed<Imported>) -> Vec<String> {
    let tell = |d: &Diagnostic| {
        let Some(Place::Span(span)) = d.place else { return d.message.clone() };
        let text = if span.file == PathId::new("in") { text } else { mapping.unwrap_or_default() };
        let under = text.get(span.range()).unwrap_or("?");
        format!("{} [{}]", d.message, under.lines().next().unwrap_or_default())
    };
    parsed.diagnostics.iter().map(tell).collect()
}

const JSON: &str = include_str!("../../tests/import/llama-bench.json");
const LINES: &str = include_str!("../../tests/import/llama-bench.jsonl");
const CSV: &str = include_str!("../../tests/import/llama-bench.csv");
const MARKDOWN: &str = include_str!("../../tests/import/llama-bench.md");

#[test]
fn json_and_lines_of_one_run_are_one_record() {
    let json = records(JSON)[0].json();
    assert_eq!(json, records(LINES)[0].json());
    for part in [
        "\"machine\": { \"id\": \"m\", \"cpu\": \"AMD Ryzen 7 7800X3D 8-Core Processor\", \"accelerator\": \"NVIDIA GeForce RTX 4080\" }",
        "{ \"name\": \"llama.cpp\", \"version\": \"b5163\", \"build\": 5163, \"commit\": \"8cf427ff\" }",
        "\"model\": \"qwen2 7B\"",
        "\"quantization\": \"Q4_K_M\"",
        "\"use_mmap\": true",
        "\"flash_attn\": \"auto\"",
        "\"started_at\": \"2025-04-24T11:58:50Z\"",
        "\"value\": 7100.002165",
        "[119.03, 120.178, 119.43, 118.307, 117.464]",
    ] {
        assert!(json.contains(part), "{part} is not in {json}");
    }
    assert!(!json.contains("assumed"), "{json}");
}

#[test]
fn a_csv_that_prints_one_value_less_than_it_names_is_read_as_it_was_meant() {
    let parsed = read_with(CSV, &SET, &[], None);
    assert_eq!(parsed.diagnostics, []);
    assert!(parsed.value.notes[0].contains("prints no `fit_min_ctx`"), "{:?}", parsed.value.notes);
    let record = &parsed.value.records[0];
    assert_eq!(record.results().iter().map(|r| r.metric.as_str()).collect::<Vec<_>>(), ["pp512", "tg128"]);
    let json = record.json();
    assert!(json.contains("\"value\": 119.915244") && json.contains("\"sd\": 0.430617"), "{json}");
    assert!(json.contains("\"assumed\": [\"results.*.n\"]"), "{json}");
    // The same options as the JSON has, in the same form.
    assert!(json.contains("\"flash_attn\": \"auto\"") && json.contains("\"use_mmap\": true"), "{json}");
}

#[test]
fn a_csv_whose_counts_cannot_be_explained_is_refused_where_it_stands() {
    let short = CSV.replace("\"CUDA\",", "");
    assert!(wrong(&short, None)[0].starts_with("this row has 40 cells"), "{:?}", wrong(&short, None));
    // As many values as the known fault leaves, and another one is missing.
    let shifted = CSV.replacen("fit_min_ctx,", "", 1).replacen(",n_prompt,", ",fit_min_ctx,n_prompt,", 1);
    assert_eq!(read_with(&shifted, &SET, &[], None).value.records.len(), 1);
    let other = CSV.replace("\"512\",\"0\",\"0\",\"2025", "\"300\",\"0\",\"0\",\"2025");
    assert!(wrong(&other, None)[0].starts_with("this row is short of a value"), "{:?}", wrong(&other, None));
}

#[test]
fn the_markdown_table_is_read_with_its_spread_device_and_build() {
    let json = records(MARKDOWN)[0].json();
    for part in [
        "\"accelerator\": \"NVIDIA GeForce RTX 4080\"",
        "\"commit\": \"8cf427ff\"",
        "\"build\": 5163",
        "\"flash_attn\": \"on\"",
        "\"pp512\": { \"value\": 7285.68, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"n\": 5, \"sd\": 100.06 }",
        "\"pp512-tg128\":",
        "\"tg128-d4096\":",
        "\"assumed\": [\"results.*.n\"]",
    ] {
        assert!(json.contains(part), "{part} is not in {json}");
    }
    let parsed = read_with(MARKDOWN, &["benchmark=b", "machine.id=m", "source=s", "n=3"], &[], None);
    let json = parsed.value.records[0].json();
    assert!(json.contains("\"n\": 3") && !json.contains("assumed"), "{json}");
}

#[test]
fn all_that_is_missing_is_asked_for_at_once() {
    let parsed = read_with(JSON, &[], &[], None);
    assert_eq!(parsed.diagnostics.len(), 1);
    let help: Vec<_> = parsed.diagnostics[0].help.iter().map(|help| help.text.as_str()).collect();
    let want = ["add `--set benchmark=qwen2-7b-q4-k-m`", "add `--set machine.id=rtx-4080`", "add `--set source=ID`"];
    assert_eq!(help, want);
}

#[test]
fn two_runs_in_one_file_are_told_apart_by_where() {
    let two = JSON.replacen("\"n_threads\": 8", "\"n_threads\": 4", 1);
    let said = wrong(&two, None);
    assert_eq!(said, ["the file holds more than one run: they differ in `n_threads` [8]"]);
    let one = read_with(&two, &SET, &["n_threads=8"], None);
    assert_eq!(one.diagnostics, []);
    assert_eq!(one.value.records[0].results().len(), 1);
}

#[test]
fn numbers_that_are_none_are_refused_with_their_place() {
    for (from, to, want) in [
        ("7100.002165", "NaN", "expected a value, found `N` [N]"),
        ("7100.002165", "1e999", "in `avg_ts`: the number is `1e999`, which is beyond what can be computed with"),
        ("7100.002165", "-1", "`value` is -1 tok/s: no such amount is negative [-1]"),
        ("7100.002165", "9000", "`value` is 9000, and the mean of its 5 samples is 7100.0"),
        ("140.34152", "-2", "`sd` is `-2`: a spread is not negative [-2]"),
        ("\"n_prompt\": 512", "\"n_prompt\": 0", "this test has neither `n_prompt` nor `n_gen`"),
        ("2025-04-24T11:58:50Z", "yesterday", "`started_at` is `yesterday`, which is no date"),
    ] {
        let said = wrong(&JSON.replacen(from, to, 1), None);
        assert!(said.iter().any(|said| said.starts_with(want)), "{to}: {said:?}");
    }
}

#[test]
fn other_formats_are_named() {
    for (text, want) in [
        ("", "it is empty"),
        ("{\"results\": [{\"command\": \"x\", \"mean\": 1}]}", "a file of hyperfine"),
        ("{\"machine_info\": {}, \"benchmarks\": []}", "a file of pytest-benchmark"),
        ("{\"context\": {}, \"benchmarks\": []}", "a file of google-benchmark"),
        ("{\"reason\": \"benchmark-complete\", \"id\": \"x\"}\n{}", "a file of cargo-criterion"),
        ("{\"mean\": 1, \"median\": 2, \"slope\": 3}", "a file of criterion"),
        ("{\"benchmark\": 1, \"machine\": 2, \"results\": 3}", "a record already"),
        ("a,b\n1,2\n", "--mapping FILE"),
        ("CREATE TABLE IF NOT EXISTS test (", "it is SQL"),
        ("hello", "neither JSON, CSV nor a table"),
        ("[]", "an empty array"),
    ] {
        let said = wrong(text, None);
        assert!(said.len() == 1 && said[0].contains(want), "{text}: {said:?}");
    }
}

const TABLE: &str = "id,where,what,value,unit,spread,n,version\n\
    x1,card a,speed,10.50,tokens/s,sd=0.4;min=9;max=11,5,build 7 (ab)\n\
    x2,card a,draw,200,W,rounded,,\n\
    y1,card b,speed,7,tokens/s,,,build 9 (cd)\n";
const MAP: &str = "[[pick]]\nwhere = { id = 'x*' }\nbenchmark = 'b'\nset.source = 's'\nset.machine.id = 'a'\nassumed = ['results.*.n']\n\
    [[pick]]\nwhere = { what = '*' }\nmetric = '{what}'\n\
    [[pick]]\nwhere.version = 'build * (*)'\nset.software = { name = 'p', build = '{version.1}', commit = '{version.2}' }\nset.conditions.card = '{where}'\n";

#[test]
fn picks_add_up_to_records() {
    let parsed = read_with(TABLE, &[], &[], Some(MAP));
    assert_eq!(told(TABLE, Some(MAP), parsed.clone()), [""; 0]);
    let [record] = parsed.value.records.as_slice() else { panic!("{:?}", parsed.value.records) };
    assert_eq!(
        record.json(),
        r#"{
  "benchmark": "b",
  "machine": { "id": "a" },
  "software": [
    { "name": "p", "build": 7, "commit": "ab" }
  ],
  "conditions": { "card": "card a" },
  "source": "s",
  "assumed": ["results.*.n"],
  "results": {
    "speed": { "value": 10.50, "unit": "tok/s", "n": 5, "sd": 0.4, "min": 9, "max": 11 },
    "draw": { "value": 200, "unit": "W", "note": "rounded" }
  }
}
"#
    );
    assert_eq!(parsed.value.notes, ["1 of 3 rows are no result by the mapping"]);
}

#[test]
fn mistakes_of_the_table_and_of_the_mapping_have_their_places() {
    for (from, to, want) in [
        ("10.50", "nan", "`value` is `nan`, which is no number [nan]"),
        ("10.50", "\"1,234\"", "`value` is `1,234`, which is no number [\"1,234\"]"),
        ("10.50", "inf", "`value` is `inf`, which is no number [inf]"),
        ("10.50", "12", "`value` is 12, which is not between `min` and `max` of the same result [12]"),
        (",5,build 7", ",0,build 7", "`n` is `0`: a whole number of at least 1 is wanted [0]"),
        (
            ",5,build 7",
            ",,build 7",
            "`sd` is given and `n` is not, so that nothing follows from it [sd=0.4;min=9;max=11]",
        ),
        ("min=9", "low=9", "a spread cannot say `low` [sd=0.4;low=9;max=11]"),
        ("x2,card a,draw,200,W", "x2,card a,draw,200,watz", "`watz` is not a unit [watz]"),
        (
            "200,W,rounded,,",
            "200,W,rounded,",
            "this row has 7 cells, and the head names 8 columns [x2,card a,draw,200,W,rounded,]",
        ),
        (
            "x2,card a,draw,200,W",
            "x2,card a,speed,200,W",
            "`b/a/speed` is given twice, and not as the same [x2,card a,speed,200,W,rounded,,]",
        ),
        (
            "rounded,,",
            "rounded,,build 8 (ef)",
            "two results of the run `b/a` differ in `software.build` [build 8 (ef)]",
        ),
    ] {
        let text = TABLE.replacen(from, to, 1);
        let said = told(&text, Some(MAP), read_with(&text, &[], &[], Some(MAP)));
        assert_eq!(said.first().map(String::as_str), Some(want), "{said:?}");
    }
    for (from, to, want) in [
        ("{what}", "{whta}", "the file has no column `whta` [whta]"),
        (
            "{version.2}",
            "{version.3}",
            "there is no `*` number 3: this pick's `where` has 2 for that column [{version.3}]",
        ),
        ("where.version", "where.versoin", "the file has no column `versoin` [versoin]"),
        ("set.source", "set.sauce", "a record has no field `sauce` that can be set here [sauce]"),
        ("assumed", "asumed", "unknown key `asumed` [asumed]"),
        ("'x*'", "'z*'", "this pick takes no row of the file [[[pick]]]"),
        ("[[pick]]\nwhere = { id", "[[pikc]]\nwhere = { id", "unknown key `pikc` [pikc]"),
        ("'b'", "'B b'", "`benchmark` cannot be `B b` ['B b']"),
    ] {
        let map = MAP.replacen(from, to, 1);
        let said = told(TABLE, Some(&map), read_with(TABLE, &[], &[], Some(&map)));
        assert!(said.iter().any(|said| said == want), "{want}: {said:?}");
    }
}

#[test]
fn the_same_result_twice_is_one() {
    let twice = format!("{TABLE}x1,card a,speed,10.50,tok/s,sd=0.4;min=9;max=11,5,build 7 (ab)\n");
    let parsed = read_with(&twice, &[], &[], Some(MAP));
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.value.records[0].results().len(), 2);
}

#[test]
fn a_table_that_names_its_columns_as_fields_needs_no_mapping() {
    let text = "benchmark,machine.id,source,metric,value,unit,conditions.batch\nb,m,s,speed,1.0e3,tok/s,16\n";
    let parsed = read_with(text, &[], &[], None);
    assert_eq!(parsed.diagnostics, []);
    let json = parsed.value.records[0].json();
    assert!(json.contains("\"conditions\": { \"batch\": 16 }") && json.contains("\"value\": 1.0e3"), "{json}");
}

#[test]
fn what_the_command_line_sets_is_checked_like_a_file() {
    for (set, want) in [
        ("n", "`--set n`: it has no `=`"),
        ("machin.id=a", "`--set machin.id=a`: a record has no field `machin.id` that can be set here"),
        ("value=3", "`--set value=3`: a record has no field `value` that can be set here"),
        ("n=0", "`--set n=0`: `n` is `0`: a whole number of at least 1 is wanted"),
        ("duration=-3 s", "`--set duration=-3 s`: `duration` is `-3 s`: no length of time is negative"),
        ("machine.id=../x", "`--set machine.id=../x`: `machine.id` cannot be `../x`"),
        ("started_at=2026-13", "`--set started_at=2026-13`: `started_at` is `2026-13`, which is no date"),
    ] {
        let said = told(JSON, None, read_with(JSON, &[&SET[..], &[set]].concat(), &[], None));
        assert_eq!(said, [want]);
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "no page hangs on how many cases are tried")]
fn what_is_cut_off_or_flipped_is_a_record_or_a_mistake_with_its_place() {
    // A generator of its own, so that each run tries the same.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 1).unwrap()
    };
    let all = std::env::var("BENCHBOOK_ALL").is_ok();
    for (text, mapping) in [(JSON, None), (LINES, None), (CSV, None), (MARKDOWN, None), (TABLE, Some(MAP)), (MAP, None)]
    {
        let bytes = text.as_bytes();
        let cuts = (0..bytes.len()).step_by(if all { 7 } else { 97 }).map(|end| bytes[..end].to_vec());
        let flips = (0..if all { 20_000 } else { 1_000 }).map(|_| {
            let mut flipped = bytes.to_vec();
            let at = next() % flipped.len();
            flipped[at] ^= u8::try_from(1 + next() % 255).unwrap();
            flipped
        });
        for bytes in cuts.chain(flips) {
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let table = (text.as_str(), mapping);
            let (text, mapping) =
                if mapping.is_none() && text.contains("[[pick]]") { (TABLE, Some(table.0)) } else { table };
            let parsed = read_with(text, &SET, &[], mapping);
            let nowhere = parsed.diagnostics.iter().find(|d| d.place.is_none());
            assert!(nowhere.is_none(), "{nowhere:?}");
            assert!(!parsed.value.records.is_empty() || !parsed.diagnostics.is_empty(), "nothing said of {text}");
            for record in parsed.value.records {
                crate::parse::json::parse(PathId::new("out"), &record.json()).unwrap();
            }
        }
    }
}
