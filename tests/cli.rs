//! Every command: its main ways, its exit codes, its formats; and that the same book gives the same bytes everywhere.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use serde_json::Value;
use std::fs;
use std::process::Command;
use support::{BENCHBOOK, Ground, MOST_TIME, Ran, each, equals_clean, files, lost_links};

/// Runs the program in a folder of its own.
fn bare(args: &[&str]) -> Ran {
    let mut command = Command::new(BENCHBOOK);
    command.args(args).current_dir(std::env::temp_dir());
    support::run(command, MOST_TIME)
}

fn is(ran: &Ran, code: i32) -> String {
    assert_eq!(ran.code, code, "{}", ran.all());
    ran.all()
}

#[test]
fn every_command_has_help_that_teaches() {
    let commands = ["build", "serve", "check", "why", "numbers", "lock", "clean", "new", "init", "explain"];
    let top = is(&bare(&["--help"]), 0);
    for command in commands {
        assert!(top.contains(&format!("\n  {command}")), "{command} is not in:\n{top}");
        let help = is(&bare(&[command, "--help"]), 0);
        assert!(help.contains("Usage:"), "{help}");
    }
    assert!(top.contains("Examples:") && top.contains("Exit codes:"), "{top}");
    is(&bare(&["--version"]), 0);
}

#[test]
fn wrong_use_ends_with_2() {
    for args in [
        &[][..],
        &["biuld"],
        &["build", "--no-such"],
        &["build", "--base-url", "example.org"],
        &["build", "--base-url", "javascript:x"],
        &["build", "--format", "xml"],
        &["--root", "/no/such/folder", "build"],
        &["init", ""],
        &["explain", "no-such-code"],
        &["new", "../x.md"],
        &["why"],
    ] {
        let said = is(&bare(args), 2);
        assert!(!said.is_empty(), "{args:?}");
    }
    assert!(is(&bare(&["explain", "link-brokn"]), 2).contains("did you mean `link-broken`?"));
}

#[test]
fn a_new_book_is_without_fault_and_builds() {
    let ground = Ground::bare();
    let book = ground.at("mine");
    let book = book.to_str().unwrap();
    assert!(is(&bare(&["init", book]), 0).contains("benchbook --root"));
    is(&bare(&["--root", book, "check", "--strict"]), 0);
    is(&bare(&["--root", book, "build", "--strict", "--verify"]), 0);
    assert_eq!(lost_links(&files(&ground.at("mine/site"))), Vec::<String>::new());
    assert!(is(&bare(&["init", book]), 2).contains("nothing was written"));
}

#[test]
fn a_second_build_makes_nothing_and_a_third_only_what_changed() {
    let ground = Ground::good();
    assert!(is(&ground.run(&["build"]), 0).contains("files made"));
    let before = support::tree(&ground.at("site"));
    assert!(is(&ground.run(&["build"]), 0).contains("nothing had to be made"));
    assert_eq!(support::tree(&ground.at("site")), before);
    ground.replace("content/b.md", "## More", "More text.\n\n## More");
    let said = is(&ground.run(&["build", "--verify", "--timings"]), 0);
    assert!(said.contains("2 files made, 2 written"), "{said}");
    assert!(said.contains("render "), "{said}");
    equals_clean(&ground).unwrap();
    fs::remove_file(ground.at("site/b.html")).unwrap();
    assert!(is(&ground.run(&["build"]), 0).contains("1 files made, 1 written"));
    equals_clean(&ground).unwrap();
}

#[test]
fn errors_fail_and_warnings_fail_when_asked() {
    let ground = Ground::built();
    let old = ground.site();
    ground.put("content/stray.md", "# Stray\n");
    assert!(is(&ground.run(&["build"]), 0).contains("chapter-unlisted"));
    assert!(is(&ground.run(&["check"]), 0).contains("1 warning"));
    assert!(is(&ground.run(&["check", "--strict"]), 1).contains("1 warning"));
    assert!(is(&ground.run(&["build", "--strict"]), 1).contains("nothing was written"));
    ground.add("content/a.md", "\n[x](none.md)\n");
    assert!(is(&ground.run(&["build"]), 1).contains("1 error, 1 warning: nothing was written"));
    assert_eq!(ground.site(), old);
    ground.add("book.toml", "\n[benchbook.lints]\nchapter-unlisted = \"error\"\nlink-broken = \"warn\"\n");
    let said = is(&ground.run(&["check"]), 1);
    assert!(said.contains("error[chapter-unlisted]"), "{said}");
}

#[test]
fn each_format_is_what_programs_read() {
    let ground = Ground::good();
    ground.add("content/a.md", "\n[x](none.md)\n\n{{ cards.z.memory }}\n");
    ground.put("content/stray.md", "# Stray\n");
    for command in ["check", "build", "lock"] {
        let json = ground.run(&[command, "--format", "json"]);
        assert_eq!((json.code, json.stderr.as_str()), (1, ""));
        let told = support::told(&json);
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(told.iter().all(|t| !t.file.is_empty() && t.line > 0 && t.ways > 0), "{told:#?}");

        let sarif = ground.run(&[command, "--format", "sarif"]);
        assert_eq!((sarif.code, sarif.stderr.as_str()), (1, ""));
        let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 3);
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        for result in log["runs"][0]["results"].as_array().unwrap() {
            assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result}");
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(region["startLine"].as_u64().unwrap() > 0 && region["startColumn"].as_u64().unwrap() > 0);
        }

        let github = ground.run(&[command, "--format", "github"]);
        assert_eq!((github.code, github.stderr.as_str()), (1, ""));
        let lines: Vec<&str> = github.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|l| l.starts_with("::error file=") || l.starts_with("::warning file=")), "{lines:?}");
    }
    assert_eq!(Ground::good().run(&["check", "--format", "json"]).stdout, "");
}

#[test]
fn an_output_edited_by_hand_is_kept_until_asked() {
    let ground = Ground::built();
    ground.put("site/b.html", "by hand");
    assert!(is(&ground.run(&["build"]), 2).contains("b.html"));
    assert_eq!(ground.page("b.html"), "by hand");
    is(&ground.run(&["build", "--overwrite"]), 0);
    equals_clean(&ground).unwrap();
}

#[test]
fn outputs_elsewhere_and_two_books_do_not_meet() {
    let ground = Ground::good();
    let out = ground.top().join("elsewhere/deep");
    let out = out.to_str().unwrap();
    is(&ground.run(&["build", "--out", out]), 0);
    is(&ground.run(&["build"]), 0);
    assert_eq!(files(&ground.at("site")), files(&ground.top().join("elsewhere/deep")));
    assert!(is(&ground.run(&["build", "--out", out]), 0).contains("nothing had to be made"));

    let other = Ground::good();
    other.replace("content/a.md", "# A", "# The other A");
    is(&other.run(&["build"]), 0);
    equals_clean(&ground).unwrap();
    equals_clean(&other).unwrap();
    // Another address is another build: neither takes the other's ledger.
    is(&ground.run(&["build", "--base-url", "https://example.org/g/", "--verify"]), 0);
    assert!(ground.page("sitemap.xml").contains("https://example.org/g/a.html"));
    assert!(ground.page("a.html").contains("rel=\"canonical\" href=\"https://example.org/g/"));
    is(&ground.run(&["build", "--verify"]), 0);
    assert!(!ground.at("site/sitemap.xml").exists());
    equals_clean(&ground).unwrap();
}

#[test]
fn new_makes_a_chapter_and_lists_it() {
    let ground = Ground::good();
    is(&ground.run(&["new", "linux/more-disks.md"]), 0);
    assert_eq!(ground.read("content/linux/more-disks.md"), "# More disks\n\n");
    assert!(ground.read("content/SUMMARY.md").ends_with("- [More disks](linux/more-disks.md)\n"));
    is(&ground.run(&["new", "plain", "--title", "A [plain] one"]), 0);
    is(&ground.run(&["check", "--strict"]), 0);
    ground.add("content/SUMMARY.md", "- [To come](to/come.md)\n");
    assert!(is(&ground.run(&["new", "to/come.md"]), 0).contains("lists already"));
    is(&ground.run(&["check", "--strict"]), 0);
    assert!(is(&ground.run(&["new", "plain.md"]), 2).contains("nothing was written"));
    for path in ["../x.md", "/etc/x.md", "", "SUMMARY.md", "data/../../x"] {
        is(&ground.run(&["new", path]), 2);
    }
}

#[test]
fn clean_leaves_the_book_as_it_was() {
    let ground = Ground::good();
    let before = files(&ground.book());
    is(&ground.run(&["build"]), 0);
    assert!(is(&ground.run(&["clean"]), 0).contains("and the cache"));
    assert_eq!(files(&ground.book()), before);
    is(&ground.run(&["clean"]), 0);
}

#[test]
fn what_was_published_is_not_lost_in_silence() {
    let ground = Ground::good();
    assert!(is(&ground.run(&["lock"]), 0).contains("addresses added"));
    let lock = ground.read("anchors.lock");
    assert!(lock.contains("b.html\n") && lock.contains("b.html#more\n"), "{lock}");
    assert!(is(&ground.run(&["lock"]), 0).contains("0 addresses added"));
    assert_eq!(ground.read("anchors.lock"), lock);

    // An anchor that is gone, and a redirect on the same page.
    ground.replace("content/b.md", "## More", "## More of it");
    ground.replace("content/a.md", "b.md#more", "b.md#more-of-it");
    let said = is(&ground.run(&["build"]), 1);
    assert!(said.contains("error[anchor-lost]") && said.contains("anchors.lock:"), "{said}");
    assert!(said.contains("`\"/b.html#more\" = \"/b.html#more-of-it\"`"), "{said}");
    let old = "\"/old.html\" = \"/b.html\"";
    ground.replace("book.toml", old, &format!("{old}\n\"/b.html#more\" = \"/b.html#more-of-it\""));
    is(&ground.run(&["build", "--strict"]), 0);
    let page = ground.page("b.html");
    let (anchor, heading) = (page.find("id=\"more\"").unwrap(), page.find("id=\"more-of-it\"").unwrap());
    assert!(anchor < heading && heading - anchor < 200, "the old id does not stand at the new place");

    // To another page: in a list at the end.
    ground.replace("book.toml", "\"/b.html#more\" = \"/b.html#more-of-it\"", "\"/b.html#more\" = \"/deep/c.html#c\"");
    is(&ground.run(&["build", "--strict"]), 0);
    let page = ground.page("b.html");
    assert!(page.contains("<li id=\"more\"><a href=\"deep/c.html#c\">"), "{page}");

    // A page that is gone, and its redirect.
    ground.replace("content/SUMMARY.md", "- [C](deep/c.md)\n", "");
    fs::remove_file(ground.at("content/deep/c.md")).unwrap();
    ground.replace("book.toml", "\"/deep/c.html#c\"", "\"/a.html#a\"");
    let said = is(&ground.run(&["check"]), 1);
    assert!(said.contains("error[page-lost]") && said.contains("1 error"), "{said}");
    ground.replace("book.toml", old, &format!("{old}\n\"/deep/c.html\" = \"/a.html\""));
    is(&ground.run(&["build", "--strict"]), 0);
    assert!(ground.page("deep/c.html").contains("../a.html"));
    assert_eq!(lost_links(&ground.site()), Vec::<String>::new());
}

#[test]
fn why_tells_what_a_page_was_made_from_and_what_moved_it() {
    let ground = Ground::built();
    let said = is(&ground.run(&["why", "a.html"]), 0);
    assert!(said.contains("a.html is made in build 1") && said.contains("never made before"), "{said}");
    ground.replace("content/data/cards.csv", "x,24", "x,48");
    let said = is(&ground.run(&["why", "content/a.md"]), 0);
    assert!(said.contains("out of date since build 1"), "{said}");
    is(&ground.run(&["build"]), 0);
    let said = is(&ground.run(&["why", "a.html"]), 0);
    assert!(said.contains("because the row cards.x changed; needed at content/a.md:3:17"), "{said}");
    assert!(!said.contains("because the settings"), "{said}");
    let json = ground.run(&["why", "--format", "json", "a.html"]);
    let story: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&story["page"], &story["made"]), (&"a.html".into(), &2.into()));
    let row = story["needs"].as_array().unwrap().iter().find(|need| need["need"] == "the row cards.x").unwrap();
    assert_eq!((&row["at"], &row["changed"]), (&"content/a.md:3:17".into(), &2.into()));
    assert!(is(&ground.run(&["why", "aa.html"]), 2).contains("did you mean `a.html`?"));
}

/// A book of two records and a table, with ages, on a day of its own.
fn measured() -> Ground {
    let ground = Ground::bare();
    ground.put("book.toml", "[book]\ntitle = \"M\"\n[benchbook]\n[benchbook.ages]\nbenchmark.run = \"1y\"\n");
    ground.put("content/SUMMARY.md", "# S\n\n- [A](a.md)\n- [B](b.md)\n");
    ground.put("content/a.md", "# A\n\nIt takes {{ records.run.m1.t }} at {{ cards.x.power }}.\n");
    ground.put(
        "content/b.md",
        "+++\n[[claim]]\nsays = \"takes longer\"\nthat = \"records.run.m1.t > cards.x.limit\"\n+++\n# B\n\nIt takes longer.\n",
    );
    ground.put("content/data/cards.csv", "id,power,limit\nx,450,2\ny,300,4\n");
    ground.put(
        "content/data/cards.schema.toml",
        "[[fields]]\nname = \"power\"\ntype = \"number\"\nunit = \"W\"\n[[fields]]\nname = \"limit\"\ntype = \"number\"\nunit = \"s\"\n",
    );
    ground.put("content/data/idle.csv", "id,n\na,1\n");
    ground.put("content/benchmarks.toml", "[run]\ntitle = \"R\"\nmetrics.t = { unit = \"s\" }\n");
    ground.put("content/sources.toml", "[log]\ntitle = \"Raw logs\"\nkind = \"community\"\ngrade = \"A\"\n");
    for (machine, value, day) in [("m1", "2.50", "2025-06-01"), ("m2", "3.5", "2026-06-01")] {
        let text = format!(
            "{{ \"benchmark\": \"run\", \"machine\": {{ \"id\": \"{machine}\", \"cpu\": \"C\" }}, \"source\": \"log\",\n\
             \"started_at\": \"{day}\", \"os\": \"U\", \"assumed\": [\"os\"],\n\
             \"results\": {{ \"t\": {{ \"value\": {value}, \"unit\": \"s\", \"statistic\": \"mean\", \"sd\": 0.1, \"n\": 5 }} }} }}\n"
        );
        ground.put(&format!("content/measurements/run/{machine}.json"), text);
    }
    ground
}

/// Runs the program on 2026-11-24.
fn on_a_day(ground: &Ground, args: &[&str]) -> Ran {
    let mut command = ground.command(args);
    command.env("SOURCE_DATE_EPOCH", "1795478400");
    support::run(command, MOST_TIME)
}

#[test]
fn numbers_tells_each_number_with_its_source_age_and_places() {
    let ground = measured();
    let kept = ground.kept();
    let said = is(&on_a_day(&ground, &["numbers"]), 0).replace('\u{a0}', " ");
    for line in [
        "2.50 s (2.38 to 2.62)  records.run.m1.t",
        "measured on 2025-06-01; source log (community, grade A); 4 of 24 fields recorded",
        "stale since the end of 2026-06-01: `benchmark.run = \"1y\"` in [benchbook.ages]",
        "used at content/a.md:3:13",
        "used at content/b.md:4:9",
        "450 W  cards.x.power\n    no date; no source\n    used at content/a.md:3:39",
        "3 numbers",
    ] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
    assert!(!said.contains("m2") && !said.contains("cards.y"), "{said}");
    let said = is(&on_a_day(&ground, &["numbers", "--stale"]), 0);
    assert!(said.contains("1 number past") && !said.contains("cards"), "{said}");
    let said = is(&on_a_day(&ground, &["numbers", "--unused"]), 0);
    assert!(said.contains("records.run.m2.t") && said.contains("table idle: no page uses any of it"), "{said}");
    assert!(said.contains("good until 2027-06-01") && !said.contains("m1") && !said.contains("table cards"), "{said}");
    let said = is(&on_a_day(&ground, &["numbers", "run/m2"]), 0);
    assert!(said.contains("no page uses it") && said.contains("record run/m2 (m2): 4 of 24"), "{said}");
    assert!(said.contains("lacks machine.cores, ") && said.contains(" os, "), "{said}");
    let said = is(&on_a_day(&ground, &["numbers", "cards.y"]), 0);
    assert!(said.contains("cards.y.power") && !said.contains("cards.x"), "{said}");
    assert!(is(&ground.run(&["numbers", "records.run.m3.t"]), 2).contains("did you mean `records.run.m"));
    assert_eq!(ground.kept(), kept, "something was written");
}

#[test]
fn numbers_tells_programs_the_same() {
    let ground = measured();
    let said = on_a_day(&ground, &["numbers", "--format", "json", "records.run.m1"]);
    let all: Value = serde_json::from_str(&said.stdout).unwrap();
    let number = &all["numbers"][0];
    assert_eq!((&number["id"], &number["value"], &number["unit"]), (&"run/m1/t".into(), &"2.50".into(), &"s".into()));
    assert_eq!(number["source"]["kind"], "community");
    assert_eq!((&number["date"]["on"], &number["date"]["what"]), (&"2025-06-01".into(), &"measured".into()));
    assert_eq!((&number["age"]["limit"], &number["age"]["stale"]), (&"1y".into(), &true.into()));
    assert_eq!(number["used"][0], serde_json::json!({ "file": "content/a.md", "line": 3, "column": 13 }));
    assert!(number["interval"]["low"].as_f64().unwrap() < 2.5);
    assert_eq!((&all["records"][0]["complete"], &all["records"][0]["has"][0]), (&0.17.into(), &"machine.id".into()));
}

#[test]
fn why_names_the_record_and_the_place() {
    let ground = measured();
    is(&on_a_day(&ground, &["build"]), 0);
    ground.replace("content/measurements/run/m1.json", "2.50", "2.60");
    is(&on_a_day(&ground, &["build"]), 0);
    let said = is(&on_a_day(&ground, &["why", "a.html"]), 0);
    assert!(said.contains("because the record run/m1 changed; needed at content/a.md:3:"), "{said}");
    assert!(said.contains("whether run/m1/t is past its age  "), "{said}");
    let said = is(&on_a_day(&ground, &["why", "b.html"]), 0);
    assert!(said.contains("because the record run/m1 changed; needed at content/b.md:4:21"), "{said}");
}

#[test]
fn a_stale_number_is_a_warning_and_fails_a_strict_build() {
    let ground = measured();
    let said = is(&on_a_day(&ground, &["check"]), 0);
    assert_eq!(said.matches("warning[stale]").count(), 2, "{said}");
    is(&on_a_day(&ground, &["check", "--strict"]), 1);
}

#[test]
fn explain_tells_each_code() {
    let list = is(&bare(&["explain"]), 0);
    for line in list.lines() {
        let code = line.split_whitespace().next().unwrap();
        let said = is(&bare(&["explain", code]), 0);
        assert!(said.contains(&format!("[{code}]: ")) && said.lines().count() >= 3, "{said}");
    }
}

#[test]
fn a_ledger_that_cannot_be_gone_on_from_is_a_clean_build() {
    type Harm = fn(Vec<u8>) -> Vec<u8>;
    let harms: &[(&str, Harm)] = &[
        ("cut short", |bytes| bytes[..bytes.len() - 1].to_vec()),
        ("nothing", |_| Vec::new()),
        ("longer", |mut bytes| {
            bytes.push(0);
            bytes
        }),
        ("of another version", |mut bytes| {
            bytes[0] ^= 0xff;
            bytes
        }),
    ];
    each(
        harms,
        |(name, _)| (*name).to_owned(),
        |(_, harm)| {
            let ground = Ground::built();
            let name = files(&ground.at(".benchbook")).into_keys().find(|name| name.starts_with("ledger-")).unwrap();
            let path = ground.at(".benchbook").join(&name);
            fs::write(&path, harm(fs::read(&path).unwrap())).unwrap();
            ground.replace("content/a.md", "# A", "# Another A");
            let ran = ground.run(&["build", "--verify"]);
            let mut broken: Vec<String> = equals_clean(&ground).err().into_iter().collect();
            if ran.code != 0 || !ran.stderr.contains("files made") {
                broken.push(ran.all());
            }
            broken
        },
    );
}

/// The same book, built in other ways: the bytes are the same.
#[test]
fn the_same_book_gives_the_same_site_everywhere() {
    let plain = Ground::built();
    let modes = |ground: &Ground| {
        use std::os::unix::fs::MetadataExt;
        let entries = walkdir::WalkDir::new(ground.at("site")).sort_by_file_name().into_iter().flatten();
        entries.map(|e| (e.file_name().to_owned(), e.metadata().unwrap().mode())).collect::<Vec<_>>()
    };
    let ways: &[(&str, &str)] = &[
        ("one thread", "export RAYON_NUM_THREADS=1"),
        ("two threads", "export RAYON_NUM_THREADS=2"),
        ("another zone", "export TZ=Pacific/Kiritimati"),
        ("another language", "export LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8"),
        ("another mask", "umask 077"),
        ("no home", "unset HOME"),
        ("another clock", "export SOURCE_DATE_EPOCH=1"),
        ("no terminal", "export TERM=dumb NO_COLOR=1 COLUMNS=20"),
    ];
    each(
        ways,
        |(name, _)| (*name).to_owned(),
        |(_, way)| {
            let ground = Ground::bare();
            // In another order than the first book's.
            for (path, bytes) in files(&plain.book()).into_iter().rev() {
                if !path.starts_with("site") && !path.starts_with(".benchbook") {
                    ground.put(&path, bytes);
                }
            }
            let mut command = Command::new("sh");
            command
                .args(["-c", &format!("{way}; exec \"$1\" --root \"$2\" build"), "sh", BENCHBOOK])
                .arg(ground.book());
            let ran = support::run(command, MOST_TIME);
            let mut broken = Vec::new();
            if ran.code != 0 {
                broken.push(ran.all());
            }
            if ground.site() != plain.site() {
                broken.push("other bytes".into());
            }
            if modes(&ground) != modes(&plain) {
                broken.push("other modes".into());
            }
            broken
        },
    );
}
