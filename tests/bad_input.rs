//! Bad input of every kind: each builds, or ends in a diagnostic with a place, or in exit code 3 with the cause, within
//! 20 seconds and 512 MiB, and the old site stays whole.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::fmt::Write;
use std::fs;
use std::process::Command;
use support::{BENCHBOOK, Ground, MOST_TIME, broken_by, can, each, equals_clean, files, holds, told, torn};

type Make = fn(&Ground);

/// What must come of it.
#[derive(Clone, Copy)]
enum Must {
    Build,
    /// One of these codes, in this file.
    Tell(&'static [&'static str], &'static str),
    Either,
}

use Must::{Build, Either, Tell};

fn bad(cases: &[(&str, Must, Make)]) {
    each(
        cases,
        |case| case.0.to_owned(),
        |(_, must, make)| {
            let ground = Ground::built();
            let old = ground.site();
            make(&ground);
            let before = ground.kept();
            let ran = ground.run(&["build", "--format", "json"]);
            let mut broken = broken_by(&ground, &before, &ran);
            let all = told(&ran);
            let errors: Vec<_> = all.iter().filter(|t| t.level == "error").collect();
            match (must, ran.code) {
                (Build | Either, 0) => {
                    broken.extend(equals_clean(&ground).err());
                    broken.extend(no_numbers(&ground));
                }
                (Either, 1) => {}
                (Tell(codes, file), 1) => {
                    let found = errors.iter().any(|t| codes.contains(&&*t.code) && t.file == *file && t.ways > 0);
                    if !found {
                        broken.push(format!("no {codes:?} in {file}: {errors:?}"));
                    }
                }
                (_, code) => broken.push(format!("ended with {code}: {:.2000}", ran.all())),
            }
            if ran.code == 1 {
                broken.extend(
                    errors.iter().filter(|t| t.file.is_empty() || t.line == 0).map(|t| format!("no place: {t:?}")),
                );
                if errors.is_empty() || errors.len() > 1100 {
                    broken.push(format!("{} errors from one cause", errors.len()));
                }
            }
            if ran.code != 0 && ground.site() != old {
                broken.push("the site is not as it was".into());
            }
            broken
        },
    );
}

/// The files of the site for readers that hold what computing gives where there is no number.
fn no_numbers(ground: &Ground) -> Option<String> {
    let site = ground.site();
    let shown = site.iter().filter(|(path, _)| path.ends_with(".html") || path.ends_with(".json"));
    let words = ["NaN", ">inf", "Infinity", "undefined"];
    let mut holding = shown.filter(|(_, bytes)| words.iter().any(|word| holds(bytes, word.as_bytes())));
    holding.next().map(|(path, _)| format!("{path} shows what is no number"))
}

/// How many of a thing make a large chapter; with `BENCHBOOK_ALL` set, a very large one.
fn many() -> usize {
    if all() { 200_000 } else { 10_000 }
}

/// A million different keys with these about each, or fewer, as [`many`] says.
fn keys(before: &str, after: &str) -> String {
    (0..5 * many()).map(|n| format!("{before}k{n}{after}")).collect()
}

/// Whether every case is wanted, and not a sample that a build without optimization takes quickly.
fn all() -> bool {
    std::env::var_os("BENCHBOOK_ALL").is_some()
}

#[test]
fn large_files() {
    bad(&[
        ("a chapter of 50 MB", Tell(&["file-too-large"], "content/b.md"), |ground| {
            ground.put("content/b.md", "# B\n\nA line of text.\n".repeat(50 << 20 >> 4));
        }),
        ("a chapter of 4 MB", Build, |ground| {
            ground.add(
                "content/b.md",
                "\nA *line* of [text](a.md) and more of it, as people write it.\n".repeat(4 << 20 >> 6),
            );
        }),
        ("an include of 17 MB", Tell(&["file-too-large"], "content/a.md"), |ground| {
            ground.put("content/img/part.big", vec![b'x'; 17 << 20]);
            ground.add("content/a.md", "\n{{#include img/part.big}}\n");
        }),
        ("a table of 100,000 rows", Build, |ground| {
            let mut text = String::from("id,memory\nx,24\ny,32\n");
            (0..100_000).for_each(|n| {
                let _ = writeln!(text, "row-{n},{n}");
            });
            ground.put("content/data/cards.csv", text);
            ground.replace("content/b.md", "from = \"cards\"", "from = \"small\"");
            ground.put("content/data/small.csv", "id,memory\nx,24\n");
        }),
        ("a table of many rows, drawn", Either, |ground| {
            let mut text = String::from("id,memory\nx,24\n");
            (0..many()).for_each(|n| {
                let _ = writeln!(text, "row-{n},{n}");
            });
            ground.put("content/data/cards.csv", text);
        }),
        ("a table of 300,000 rows", Tell(&["data-size"], "content/data/cards.csv"), |ground| {
            ground.put(
                "content/data/cards.csv",
                format!("id,memory\n{}", (0..300_000).map(|n| format!("{n},1\n")).collect::<String>()),
            );
        }),
        ("100,000 columns", Tell(&["data-size"], "content/data/cards.csv"), |ground| {
            ground.put("content/data/cards.csv", format!("id{}\n", ",a".repeat(100_000)));
        }),
        ("a row of 4 MB", Either, |ground| {
            ground.put("content/data/cards.csv", format!("id,memory\nx,{}\n", "1".repeat(4 << 20)));
        }),
        ("a quote that is never closed", Tell(&["data-syntax"], "content/data/cards.csv"), |ground| {
            ground.put("content/data/cards.csv", format!("id,memory\nx,\"{}", "1,2\n".repeat(1 << 20)));
        }),
        ("a file of 200 MB to copy", Tell(&["file-too-large"], "content/img/big.bin"), |ground| {
            fs::File::create(ground.at("content/img/big.bin")).unwrap().set_len(200 << 20).unwrap();
        }),
        ("a file of 20 MB to copy", Build, |ground| {
            fs::File::create(ground.at("content/img/big.bin")).unwrap().set_len(20 << 20).unwrap();
        }),
        ("a SUMMARY.md of 17 MB", Tell(&["file-too-large"], "content/SUMMARY.md"), |ground| {
            ground.put("content/SUMMARY.md", "- [A](a.md)\n".repeat(17 << 20 >> 3));
        }),
        ("a SUMMARY.md with 100,000 mistakes", Tell(&["chapter-twice"], "content/SUMMARY.md"), |ground| {
            ground.put("content/SUMMARY.md", "- [A](a.md)\n".repeat(100_000));
        }),
        ("many links that lead nowhere", Tell(&["link-broken"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n[x](none.md)\n".repeat(many()));
        }),
        ("many values that are not there", Tell(&["name-unknown"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{ cards.none.memory }}\n".repeat(many()));
        }),
        ("many values", Build, |ground| ground.add("content/a.md", "\n{{ cards.x.memory }}\n".repeat(many()))),
        ("many elements that are left out", Build, |ground| {
            ground.add("content/a.md", "\n<script>x</script>\n".repeat(many()));
        }),
        ("many headings of one name", Build, |ground| ground.add("content/a.md", "\n## Same\n".repeat(many()))),
        ("many footnotes", Build, |ground| {
            let notes = (0..many() / 4).map(|n| format!("\nA[^{n}].\n\n[^{n}]: x\n"));
            ground.add("content/a.md", notes.collect::<String>());
        }),
    ]);
}

#[test]
fn front_matter_and_nesting() {
    bad(&[
        ("front matter that never ends", Tell(&["front-matter-open", "toml-syntax"], "content/a.md"), |ground| {
            ground.put("content/a.md", "+++\ntitle = \"A\"\n\n# A\n");
        }),
        (
            "10 MB of front matter that never ends",
            Tell(&["front-matter-open", "toml-syntax"], "content/a.md"),
            |ground| {
                ground.put("content/a.md", format!("+++\n{}", "title = \"A\"\n".repeat(10 << 20 >> 4)));
            },
        ),
        ("front matter of 100 MB", Tell(&["file-too-large"], "content/a.md"), |ground| {
            ground.put("content/a.md", format!("+++\n{}+++\n\n# A\n", "title = \"A\"\n".repeat((100 << 20) / 12)));
        }),
        ("front matter of many keys", Tell(&["unknown-key"], "content/a.md"), |ground| {
            ground.put("content/a.md", format!("+++\n{}+++\n\n# A\n", keys("", " = 1\n")));
        }),
        ("front matter 10,000 deep", Tell(&["toml-syntax", "nesting"], "content/a.md"), |ground| {
            ground.put("content/a.md", format!("+++\ntitle = {}\n+++\n\n# A\n", "[".repeat(10_000)));
        }),
        (
            "a key of front matter of 50,000 parts",
            Tell(&["toml-syntax", "nesting", "unknown-key"], "content/a.md"),
            |ground| {
                ground.put("content/a.md", format!("+++\n{}b = 1\n+++\n\n# A\n", "a.".repeat(50_000)));
            },
        ),
        ("names that stand for each other in YAML", Build, |ground| {
            let laughs: String = ('b'..='i')
                .map(|n| {
                    let of = char::from(n as u8 - 1);
                    format!("{n}: &{n} [{}]\n", vec![format!("*{of}"); 9].join(","))
                })
                .collect();
            ground.put("content/a.md", format!("---\na: &a [\"lol\"]\n{laughs}---\n\n# A\n"));
            ground.put("content/data/j.yaml", format!("a: &a [\"lol\"]\n{laughs}"));
        }),
        ("front matter and nothing else", Either, |ground| ground.put("content/b.md", "+++\n+++")),
        ("100,000 block quotes", Either, |ground| ground.add("content/a.md", format!("\n{} x\n", ">".repeat(100_000)))),
        ("3,000 lists", Either, |ground| {
            let mut text = String::from("\n");
            (0..3000).for_each(|n| {
                let _ = writeln!(text, "{}- x", "  ".repeat(n));
            });
            ground.add("content/a.md", text);
        }),
        ("100,000 brackets", Either, |ground| ground.add("content/a.md", format!("\n{}\n", "[".repeat(100_000)))),
        ("100,000 images", Either, |ground| ground.add("content/a.md", format!("\n{}\n", "![".repeat(100_000)))),
        ("50,000 emphases", Either, |ground| ground.add("content/a.md", format!("\n{}\n", "*a **a ".repeat(50_000)))),
        ("100,000 elements", Either, |ground| ground.add("content/a.md", format!("\n{}\n", "<div>".repeat(100_000)))),
        ("100,000 brackets in an expression", Either, |ground| {
            ground.add("content/a.md", format!("\n{{{{ {} }}}}\n", "(".repeat(100_000)));
        }),
        ("a head of 2,000 columns over 5,000 short rows", Either, |ground| {
            let text = format!("\n{}|\n{}|\n{}", "|a".repeat(2000), "|-".repeat(2000), "|a\n".repeat(5000));
            ground.add("content/a.md", text);
        }),
        ("10,000 deep in JSON", Tell(&["data-syntax", "nesting", "data-size"], "content/data/j.json"), |ground| {
            ground.put("content/data/j.json", "[".repeat(100_000));
        }),
        ("10,000 deep in TOML", Tell(&["toml-syntax", "nesting"], "content/data/j.toml"), |ground| {
            ground.put("content/data/j.toml", format!("[x]\na = {}\n", "[".repeat(10_000)));
        }),
        ("a key of 50,000 parts", Either, |ground| {
            ground.put("content/data/j.toml", format!("{}b = 1\n", "a.".repeat(50_000)));
        }),
        ("many keys in TOML", Tell(&["data-syntax"], "content/data/j.toml"), |ground| {
            ground.put("content/data/j.toml", keys("", " = 1\n"));
        }),
        ("many rows in TOML", Either, |ground| ground.put("content/data/j.toml", keys("[", "]\na = 1\n"))),
        ("many keys in JSON", Tell(&["data-syntax"], "content/data/j.json"), |ground| {
            ground.put("content/data/j.json", format!("{{{}\"\":1}}", keys("\"", "\":1,\n")));
        }),
        ("many keys in a row of JSON", Tell(&["data-size"], "content/data/j.json"), |ground| {
            ground.put("content/data/j.json", format!("[{{{}\"\":1}}]", keys("\"", "\":1,\n")));
        }),
        ("rules and tabs", Either, |ground| ground.add("content/a.md", "---\n\t\n".repeat(20_000))),
        ("10,000 footnotes of one name", Either, |ground| {
            ground.add("content/a.md", format!("\n{}\n\n[^a]: x\n", "[^a] ".repeat(10_000)));
        }),
        ("a line of 1 MB of code", Either, |ground| {
            ground.add("content/a.md", format!("\n```rust\n{}\n```\n", "fn(".repeat(1 << 20 >> 2)));
        }),
    ]);
}

#[test]
fn rings_and_bombs() {
    bad(&[
        ("a chapter that includes itself", Tell(&["include-cycle"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{#include a.md}}\n");
        }),
        ("a ring of two", Tell(&["include-cycle"], "content/img/2.txt"), |ground| {
            ground.put("content/img/1.txt", "{{#include 2.txt}}");
            ground.put("content/img/2.txt", "{{#include 1.txt}}");
            ground.add("content/a.md", "\n{{#include img/1.txt}}\n");
        }),
        ("10^9 includes", Tell(&["include-expansion"], "content/img/1.txt"), |ground| {
            ground.put("content/img/0.txt", "0123456789");
            for n in 1..10 {
                ground.put(&format!("content/img/{n}.txt"), format!("{{{{#include {}.txt}}}}\n", n - 1).repeat(10));
            }
            ground.add("content/a.md", "\n{{#include img/9.txt}}\n");
        }),
        ("a link to its own folder", Tell(&["file-unreadable"], "content/img/loop"), |ground| {
            ground.link(".", "content/img/loop")
        }),
        ("a link to a folder above", Tell(&["file-unreadable"], "content/img/loop"), |ground| {
            ground.link("../..", "content/img/loop")
        }),
        ("a link to itself", Tell(&["file-unreadable"], "content/img/loop"), |ground| {
            ground.link("loop", "content/img/loop")
        }),
        ("two links to each other's folders", Either, |ground| {
            fs::create_dir(ground.at("content/x")).unwrap();
            fs::create_dir(ground.at("content/y")).unwrap();
            ground.link("../y", "content/x/1");
            ground.link("../y", "content/x/2");
            ground.link("../x", "content/y/1");
            ground.link("../x", "content/y/2");
        }),
        ("a tree of links with 2^24 ends", Either, |ground| {
            for n in 0..24 {
                fs::create_dir(ground.at(&format!("content/d{n}"))).unwrap();
                ground.put(&format!("content/d{n}/x.txt"), "x");
                ground.link(format!("../d{}", n + 1), &format!("content/d{n}/1"));
                ground.link(format!("../d{}", n + 1), &format!("content/d{n}/2"));
            }
            ground.put("content/d24/x.txt", "x");
        }),
        ("a redirect from an address with a query", Tell(&["redirect-invalid"], "book.toml"), |ground| {
            ground.replace("book.toml", "\"/old.html\"", "\"/old.html?page=2\"");
        }),
        ("a redirect from a name with a question mark", Build, |ground| {
            ground.replace("book.toml", "\"/old.html\"", "\"/old%3Fpage.html\"");
        }),
        ("redirects in a ring", Tell(&["redirect-invalid"], "book.toml"), |ground| {
            ground.replace(
                "book.toml",
                "\"/old.html\" = \"/b.html\"",
                "\"/1.html\" = \"/2.html\"\n\"/2.html\" = \"/1.html\"",
            );
        }),
    ]);
}

#[test]
fn what_is_no_file() {
    bad(&[
        ("a folder called like a chapter", Tell(&["file-unreadable"], "content/x.md"), |ground| {
            fs::create_dir(ground.at("content/x.md")).unwrap();
            ground.add("content/SUMMARY.md", "- [X](x.md)\n");
        }),
        ("a folder called like a chapter that nobody lists", Build, |ground| {
            fs::create_dir(ground.at("content/x.md")).unwrap();
        }),
        ("a pipe for a chapter", Tell(&["file-unreadable"], "content/b.md"), |ground| pipe(ground, "content/b.md")),
        ("a pipe for a table", Tell(&["file-unreadable"], "content/data/cards.csv"), |ground| {
            pipe(ground, "content/data/cards.csv")
        }),
        ("a pipe for the settings", Tell(&["file-unreadable"], "book.toml"), |ground| pipe(ground, "book.toml")),
        ("a pipe for the contents", Tell(&["file-unreadable"], "content/SUMMARY.md"), |ground| {
            pipe(ground, "content/SUMMARY.md")
        }),
        ("a pipe for the lock", Tell(&["file-unreadable"], "anchors.lock"), |ground| pipe(ground, "anchors.lock")),
        ("a pipe that is included", Tell(&["file-unreadable"], "content/a.md"), |ground| {
            pipe(ground, "content/img/pipe");
            ground.add("content/a.md", "\n{{#include img/pipe}}\n");
        }),
        ("a device", Tell(&["path-outside-book"], "content/b.md"), |ground| {
            fs::remove_file(ground.at("content/b.md")).unwrap();
            ground.link("/dev/zero", "content/b.md");
        }),
        ("a folder for the settings", Tell(&["file-unreadable"], "book.toml"), |ground| folder(ground, "book.toml")),
        ("a folder for the contents", Tell(&["file-unreadable"], "content/SUMMARY.md"), |ground| {
            folder(ground, "content/SUMMARY.md")
        }),
        ("a folder for the lock", Tell(&["file-unreadable"], "anchors.lock"), |ground| folder(ground, "anchors.lock")),
        ("a folder for a table", Build, |ground| {
            fs::create_dir(ground.at("content/data/x.csv")).unwrap();
        }),
        ("a folder for a template", Build, |ground| {
            fs::create_dir(ground.at("themes/default/templates/x.html")).unwrap();
        }),
        ("no chapters", Either, |ground| fs::remove_dir_all(ground.at("content")).unwrap()),
        ("a file for the chapters", Either, |ground| {
            fs::remove_dir_all(ground.at("content")).unwrap();
            ground.put("content", "x");
        }),
        ("no settings", Tell(&["file-missing"], "book.toml"), |ground| {
            fs::remove_file(ground.at("book.toml")).unwrap()
        }),
        ("a chapter that nobody may read", Either, |ground| {
            // Whoever runs the tests may be allowed to read everything: then it builds.
            assert!(Command::new("chmod").arg("000").arg(ground.at("content/b.md")).status().unwrap().success());
        }),
    ]);
}

fn pipe(ground: &Ground, path: &str) {
    let _ = fs::remove_file(ground.at(path));
    assert!(Command::new("mkfifo").arg(ground.at(path)).status().unwrap().success());
}

fn folder(ground: &Ground, path: &str) {
    let _ = fs::remove_file(ground.at(path));
    fs::create_dir(ground.at(path)).unwrap();
}

/// The site is left on disks with less and less room; whatever the size, it is wholly old or wholly new.
#[test]
fn a_full_disk_leaves_the_old_site() {
    if !can("unshare", &["-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"]) {
        return;
    }
    let limits: Vec<String> = [16, 32, 48, 64, 96, 128, 192, 256, 512]
        .map(|kib| format!("size={kib}k"))
        .into_iter()
        .chain((4..24).step_by(3).map(|n| format!("size=8m,nr_inodes={n}")))
        .collect();
    each(
        &limits,
        |limit| limit.clone(),
        |limit| {
            let ground = Ground::built();
            let old = ground.site();
            ground.put("content/more.txt", "x".repeat(150_000));
            ground.add("content/a.md", "\nNew.\n");
            let fresh = ground.top().join("fresh");
            let made = ground.run(&["build", "--out", fresh.to_str().unwrap()]);
            assert_eq!(made.code, 0, "{}", made.all());
            fs::create_dir(ground.top().join("copy")).unwrap();
            // The disk holds the old site and has so much room beside it.
            let script = "mount -t tmpfs -o \"size=8m\" none \"$2\" && cp -a \"$3/.\" \"$2\" && \
             { mount -o \"remount,$1\" none \"$2\" || exit 90; } && \
             \"$4\" --root \"$5\" build --out \"$2\"; code=$?; mount -o remount,size=8m,nr_inodes=1000 none \"$2\"; \
             cp -a \"$2/.\" \"$6\"; exit $code";
            let disk = ground.top().join("disk");
            let copy = ground.top().join("copy");
            fs::create_dir(&disk).unwrap();
            let mut command = Command::new("unshare");
            command.args(["-rm", "sh", "-c", script, "sh", limit]).arg(&disk).arg(ground.at("site")).arg(BENCHBOOK);
            command.arg(ground.book()).arg(&copy);
            let ran = support::run(command, MOST_TIME);
            let now = files(&copy);
            let new = files(&fresh);
            let mut broken = Vec::new();
            let strip = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
                let own = files.iter().filter(|(path, _)| !path.starts_with(".benchbook"));
                own.map(|(path, bytes)| (path.clone(), bytes.clone())).collect::<Vec<_>>()
            };
            match ran.code {
                // There is not even room for the old site.
                90 => {}
                0 if strip(&now) == strip(&new) => {}
                3 if strip(&now) == strip(&old) => {
                    let said = ran.all();
                    if !said.contains("No space left") {
                        broken.push(format!("does not say why: {said}"));
                    }
                    if now.keys().any(|path| path.starts_with(".benchbook-stage")) {
                        broken.push("left its staging folder".into());
                    }
                }
                code => broken.push(format!("ended with {code}, {:?}: {}", now.keys().collect::<Vec<_>>(), ran.all())),
            }
            broken
        },
    );
}

/// The k-th call that changes the disk fails for want of room.
#[test]
fn no_room_at_any_call_leaves_the_old_site_or_the_new() {
    if !can("strace", &["-e", "inject=fsync:error=ENOSPC:when=999", "true"]) {
        return;
    }
    const CALLS: &str = "write,mkdir,rename,renameat2,unlink,unlinkat,fsync,fdatasync,ftruncate,fchmod,chmod";
    let steps: Vec<u32> = (1..40).step_by(if all() { 1 } else { 3 }).collect();
    each(
        &steps,
        |k| format!("call {k}"),
        |k| {
            let ground = Ground::built();
            let old = ground.site();
            ground.replace("content/a.md", "# A", "# Another A");
            ground.put("themes/default/assets/book.css", "p { margin: 0 }\n");
            let clean = ground.top().join("clean");
            let made = ground.run(&["build", "--out", clean.to_str().unwrap()]);
            assert_eq!(made.code, 0, "{}", made.all());
            let new = files(&clean);
            let inject = format!("inject={CALLS}:error=ENOSPC:when={k}");
            let mut command = Command::new("strace");
            command
                .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject, BENCHBOOK, "--root"])
                .arg(ground.book())
                .arg("build");
            command.env("RAYON_NUM_THREADS", "1");
            let ran = support::run(command, MOST_TIME);
            let mut broken = Vec::new();
            if ![0, 3].contains(&ran.code) || ran.all().contains("panicked") {
                broken.push(format!("ended with {}: {}", ran.code, ran.all()));
            }
            // A thread that fails and the one that clears up after it may both meet their k-th call: the folder may stay.
            broken.extend(torn(&ground.site(), &old, &new).err());
            let again = ground.run(&["build"]);
            if again.code != 0 {
                broken.push(format!("cannot be built again: {}", again.all()));
            }
            broken.extend(equals_clean(&ground).err());
            if ground.at("site/.benchbook-stage").exists() {
                broken.push("left its staging folder, and the next build did too".into());
            }
            broken
        },
    );
}

#[test]
fn what_may_not_be_written_is_a_fault_or_a_note() {
    if !can("unshare", &["-rm", "true"]) {
        return;
    }
    let rows: &[(&str, &str, &str, i32)] = &[
        ("the cache", ".benchbook", "build", 0),
        ("the site", "site", "build", 3),
        ("the book", "", "lock", 3),
        ("the book", "", "check", 0),
        ("the book", "", "new x.md", 3),
    ];
    each(
        rows,
        |(name, _, command, _)| format!("{command} with {name} read-only"),
        |(_, path, command, code)| {
            let ground = Ground::built();
            let old = ground.site();
            ground.replace("content/a.md", "# A", "# Another A");
            let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && \"$2\" --root \"$3\" $4";
            let mut unshared = Command::new("unshare");
            unshared
                .args(["-rm", "sh", "-c", script, "sh"])
                .arg(ground.at(path))
                .arg(BENCHBOOK)
                .arg(ground.book())
                .arg(command);
            let ran = support::run(unshared, MOST_TIME);
            let mut broken = Vec::new();
            if ran.code != *code {
                broken.push(format!("ended with {}: {}", ran.code, ran.all()));
            }
            if *code == 3 && !ran.stderr.contains("Read-only file system") {
                broken.push(format!("does not say why: {}", ran.all()));
            }
            if *code == 3 && ground.site() != old {
                broken.push("the site is not as it was".into());
            }
            if *path == ".benchbook" && !ran.stderr.contains("note: the next build will begin from nothing") {
                broken.push(format!("says nothing of the cache: {}", ran.all()));
            }
            broken
        },
    );
}

#[test]
fn a_table_that_cannot_be_read_is_one_error() {
    let ground = Ground::built();
    let text = ground.read("content/data/cards.csv");
    ground.put("content/data/cards.csv", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    ground.add(
        "content/a.md",
        "\n{{ cards.zz.none }} {{ max(cards.*.none) }}\n\n```table\nfrom = \"cards\"\nsort = \"none\"\n```\n",
    );
    let all = told(&ground.run(&["build", "--format", "json"]));
    let errors: Vec<_> = all.iter().filter(|t| t.level == "error").map(|t| format!("{}: {}", t.code, t.says)).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].starts_with("nul-byte"), "{errors:?}");
}

/// A record of the good book, and what cites it.
const RECORD: &str = "content/measurements/llm/x.json";

/// Puts a benchmark into the book and a record of it, with `result` for its one result and `more` among its fields, and
/// cites the result with its interval.
fn record(ground: &Ground, result: &str, more: &str) {
    ground.put(
        "content/benchmarks.toml",
        "[llm]\ntitle = \"A model\"\nmetrics.speed = { unit = \"tok/s\", better = \"higher\" }\n",
    );
    let head = "{\"benchmark\": \"llm\", \"machine\": {\"id\": \"x\"}, \"source\": \"maker\"";
    ground.put(RECORD, format!("{head}, {more}\n\"results\": {{\"speed\": {{{result}}}}}}}\n"));
    ground.add("content/a.md", "\n{{ records.llm.x.speed }}, {{ ratio(records.llm.x.speed, records.llm.x.speed) }}.\n");
}

/// A record whose value is this.
fn value(ground: &Ground, value: &str) {
    record(ground, &format!("\"value\": {value}, \"unit\": \"tok/s\""), "");
}

/// Puts `cell` into a column of numbers, with a chapter that sorts by it.
fn cell(ground: &Ground, cell: &str) {
    ground.put("content/data/cards.csv", format!("id,memory\nx,24\ny,{cell}\n"));
    ground.add("content/a.md", "\n```table\nfrom = \"cards\"\nsort = \"-memory\"\n```\n");
}

const CARDS: &str = "content/data/cards.csv";

#[test]
fn numbers_that_are_none() {
    bad(&[
        ("NaN in a record", Tell(&["data-syntax"], RECORD), |ground| value(ground, "NaN")),
        ("infinity in a record", Tell(&["data-syntax"], RECORD), |ground| value(ground, "Infinity")),
        ("less than minus infinity", Tell(&["data-syntax"], RECORD), |ground| value(ground, "-Infinity")),
        ("1e400 in a record", Tell(&["value-range"], RECORD), |ground| value(ground, "1e400")),
        ("1e-400 in a record", Tell(&["value-range"], RECORD), |ground| value(ground, "1e-400")),
        ("400 digits in a record", Tell(&["value-range"], RECORD), |ground| value(ground, &"1".repeat(400))),
        ("NaN in quotes", Tell(&["wrong-type"], RECORD), |ground| value(ground, "\"NaN\"")),
        ("digits of another script", Tell(&["data-syntax"], RECORD), |ground| value(ground, "١٢٣")),
        ("2^63 + 1 in a record", Build, |ground| value(ground, "9223372036854775809")),
        ("minus nothing", Tell(&["value-range"], "content/a.md"), |ground| value(ground, "-0.0")),
        ("a unit that nobody knows", Tell(&["unit-unknown"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/blink\"", "");
        }),
        ("a run of less than no time", Tell(&["record-invalid"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"duration\": -1,");
        }),
        ("no repetition", Tell(&["record-invalid"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"n\": 0", "");
        }),
        ("half a repetition", Tell(&["record-invalid"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"n\": 0.5", "");
        }),
        ("more repetitions than can be counted", Tell(&["record-invalid"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"n\": 9223372036854775809", "");
        }),
        ("one repetition with a spread", Build, |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"sd\": 0.5, \"n\": 1", "");
        }),
        ("one sample", Build, |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"samples\": [1]", "");
        }),
        ("samples that are all equal", Build, |ground| {
            record(ground, "\"value\": 5, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"samples\": [5, 5, 5, 5]", "");
        }),
        ("samples that are all nothing", Either, |ground| {
            record(
                ground,
                "\"value\": 0, \"unit\": \"tok/s\", \"statistic\": \"median\", \"samples\": [0, 0, 0, 0, 0, 0, 0]",
                "",
            );
        }),
        ("no samples", Either, |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"samples\": []", "");
        }),
        ("samples as far apart as numbers go", Either, |ground| {
            record(
                ground,
                "\"value\": 1, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"samples\": [-1e300, 1e300, 1]",
                "",
            );
        }),
        ("a spread as large as numbers go", Either, |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\", \"statistic\": \"mean\", \"sd\": 1e300, \"n\": 2", "");
        }),
        ("nan in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "nan")),
        ("inf in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "-inf")),
        ("groups in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "\"1,234\"")),
        ("groups and a comma in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "\"1.234,5\"")),
        ("digits of another script in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "١٢٣")),
        ("400 digits in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, &"1".repeat(400))),
        ("1e-400 in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "1e-400")),
        ("1e999 in a cell", Tell(&["data-type"], CARDS), |ground| cell(ground, "1e999")),
        ("minus nothing in a cell", Build, |ground| cell(ground, "-0")),
        ("2^63 + 1 in a cell", Build, |ground| cell(ground, "9223372036854775809")),
        ("nan in TOML", Tell(&["data-type"], "content/data/t.toml"), |ground| {
            ground.put("content/data/t.toml", "[x]\na = nan\n");
            ground.put("content/data/t.schema.toml", "[[fields]]\nname = \"a\"\ntype = \"number\"\n");
        }),
    ]);
}

#[test]
fn what_is_given_twice_and_days_that_are_none() {
    bad(&[
        ("a key twice in a record", Tell(&["data-syntax"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"value\": 2", "");
        }),
        ("a key twice, once with an escape", Tell(&["data-syntax"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"v\\u0061lue\": 2", "");
        }),
        ("a record twice", Tell(&["record-twice"], "content/measurements/more/x.json"), |ground| {
            value(ground, "1");
            ground.put("content/measurements/more/x.json", ground.read(RECORD));
        }),
        ("a column twice", Tell(&["data-column"], CARDS), |ground| {
            ground.put(CARDS, "id,memory,memory\nx,24,24\n");
        }),
        ("a row twice", Tell(&["data-key-twice"], CARDS), |ground| ground.add(CARDS, "x,25\n")),
        ("a key twice in TOML", Tell(&["toml-syntax"], "content/data/t.toml"), |ground| {
            ground.put("content/data/t.toml", "[x]\na = 1\na = 2\n");
        }),
        ("a benchmark twice", Tell(&["toml-syntax"], "content/benchmarks.toml"), |ground| {
            value(ground, "1");
            ground.add("content/benchmarks.toml", "[llm]\ntitle = \"Again\"\n");
        }),
        ("30 February in a record", Tell(&["wrong-type"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"started_at\": \"2026-02-30\",");
        }),
        ("the year 0", Tell(&["wrong-type"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"started_at\": \"0000-01-01\",");
        }),
        ("the year 10000", Tell(&["wrong-type"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"started_at\": \"10000-01-01\",");
        }),
        ("a day in digits of another script", Tell(&["wrong-type"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"started_at\": \"٢٠٢٦-٠١-٠١\",");
        }),
        ("a day as mail has it, with 10,000 comments", Tell(&["wrong-type"], RECORD), |ground| {
            let day = format!(
                "\"started_at\": \"{}Fri, 21 Nov 1997 09:55:06 -0600{}\",",
                "(".repeat(10_000),
                ")".repeat(10_000)
            );
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", &day);
        }),
        ("a day that has not come", Tell(&["date-future"], RECORD), |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", "\"started_at\": \"9999-12-31\",");
        }),
        ("30 February in a table", Tell(&["data-type"], CARDS), |ground| dates(ground, "2026-02-30")),
        ("the year 0 in a table", Tell(&["data-type"], CARDS), |ground| dates(ground, "0000-01-01")),
        ("the year 10000 in a table", Tell(&["data-type"], CARDS), |ground| dates(ground, "10000-01-01")),
        ("30 February in a source", Tell(&["toml-syntax"], "content/sources.toml"), |ground| {
            ground.add("content/sources.toml", "retrieved = 2026-02-30\n");
        }),
        ("the last day before the next age", Build, |ground| dates(ground, "9999-12-31")),
    ]);
}

/// Puts a day into a column of dates, and computes with it.
fn dates(ground: &Ground, day: &str) {
    ground.put(CARDS, format!("id,memory,day\nx,24,{day}\n"));
    ground.add("content/data/cards.schema.toml", "\n[[fields]]\nname = \"day\"\ntype = \"date\"\n");
    ground.add("content/a.md", "\n{{ cards.x.day }} {{ (cards.x.day - 2026-01-01) | in d }}\n");
}

#[test]
fn large_records_and_tables() {
    bad(&[
        ("a record of 50 MB", Tell(&["data-size"], RECORD), |ground| {
            value(ground, &format!("1{}", " ".repeat(50 << 20)));
        }),
        ("a record of 15 MB", Build, |ground| value(ground, &format!("1{}", " ".repeat(15 << 20)))),
        ("a record of a million samples", Tell(&["data-size"], RECORD), |ground| {
            record(ground, &format!("\"value\": 1, \"samples\": [1{}]", ",1".repeat(1_000_000)), "");
        }),
        ("a record of many fields", Either, |ground| {
            record(ground, "\"value\": 1, \"unit\": \"tok/s\"", &keys("\"", "\":1,\n"));
        }),
        ("a record 10,000 deep", Tell(&["data-size"], RECORD), |ground| value(ground, &"[".repeat(10_000))),
        ("a record 10,000 deep in objects", Tell(&["data-size"], RECORD), |ground| {
            value(ground, &"{\"a\":".repeat(10_000))
        }),
        ("a record with a name of 1 MB", Tell(&["data-name", "record-mismatch"], RECORD), |ground| {
            value(ground, "1");
            ground.replace(RECORD, "\"speed\"", &format!("\"{}\"", "s".repeat(1 << 20)));
        }),
        ("a table of 2 GB", Tell(&["data-size"], CARDS), |ground| sparse(ground, CARDS, "1,2,3,4\n", 2 << 30)),
        ("a table of 190 MB", Tell(&["data-size"], CARDS), |ground| sparse(ground, CARDS, "1,2,3,4\n", 190 << 20)),
        ("a quote opened at the top of 500 MB", Tell(&["data-size"], CARDS), |ground| {
            sparse(ground, CARDS, "id,\"", 500 << 20)
        }),
        ("a quote opened at the top of a file as large as is read", Tell(&["data-syntax"], CARDS), |ground| {
            ground.put(CARDS, format!("id,\"{}", "1,2,3,4\n".repeat(wide() / 8)));
        }),
        ("a file as large as is read, on one line", Either, |ground| {
            ground.put(CARDS, format!("id,memory\nx,{}\n", "1".repeat(wide())))
        }),
        ("a file as large as is read, of commas", Tell(&["data-size"], CARDS), |ground| {
            ground.put(CARDS, ",".repeat(wide()))
        }),
        ("a file as large as is read, of short rows", Tell(&["data-size"], CARDS), |ground| {
            ground.put(CARDS, format!("id,a,b,c\n{}", "1,2,3,4\n".repeat(wide() / 8)));
        }),
        ("a chapter of 157 MB", Tell(&["file-too-large"], "content/b.md"), |ground| {
            sparse(ground, "content/b.md", "# B\n", 157 << 20);
        }),
        ("a chapter of 190 MB that is linked to and included", Tell(&["file-too-large"], "content/b.md"), |ground| {
            sparse(ground, "content/b.md", "# B\n", 190 << 20);
            ground.add("content/a.md", "\n{{#include b.md}}\n");
        }),
        ("a record of 190 MB that is linked to", Tell(&["data-size"], RECORD), |ground| {
            value(ground, "1");
            sparse(ground, RECORD, "{", 190 << 20);
            ground.add("content/a.md", "\n[all](measurements/llm/x.json)\n");
        }),
    ]);
}

/// The size of a file that is still read: 60 MB; less in a sample, which a build without optimization takes quickly.
fn wide() -> usize {
    if all() { 60 << 20 } else { 12 << 20 }
}

/// Writes a file of `size` bytes that begins with `text` and takes no room on the disk.
fn sparse(ground: &Ground, path: &str, text: &str, size: u64) {
    ground.put(path, text);
    fs::File::options().write(true).open(ground.at(path)).unwrap().set_len(size).unwrap();
}

#[test]
fn expressions_beyond_limits() {
    bad(&[
        ("an expression of 100 KB", Tell(&["expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", format!("\n{{{{ 1{} }}}}\n", " + 1".repeat(25_000)));
        }),
        ("100,000 terms", Tell(&["expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", format!("\n{{{{ 1{} }}}}\n", "+1".repeat(100_000)));
        }),
        ("as many terms as there may be", Build, |ground| {
            ground.add("content/a.md", format!("\n{{{{ 1{} }}}}\n", " + 1".repeat(2_400)));
        }),
        ("powers of powers", Tell(&["expr-syntax", "expr-limit", "value-range"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{ 2^2^2^2^9 }}\n");
        }),
        ("a power of powers", Tell(&["value-range", "expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{ (((9^999)^999)^999)^999 }}\n");
        }),
        ("more than numbers hold", Tell(&["value-range"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{ 1e308 * 1e308 }}\n");
        }),
        ("a number that is not", Tell(&["value-range", "expr-syntax"], "content/a.md"), |ground| {
            ground.add("content/a.md", "\n{{ 1e400 }}\n");
        }),
        ("nothing by nothing", Tell(&["value-range"], "content/a.md"), |ground| {
            ground
                .add("content/a.md", "\n{{ (cards.x.memory - cards.x.memory) / (cards.x.memory - cards.x.memory) }}\n");
        }),
        ("a name of 1 MB", Tell(&["expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", format!("\n{{{{ cards.{}.memory }}}}\n", "x".repeat(1 << 20)));
        }),
        ("a string of 1 MB", Tell(&["expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", format!("\n{{{{ cards.\"{}\".memory }}}}\n", "x".repeat(1 << 20)));
        }),
        ("signs 5,000 deep", Tell(&["expr-syntax", "expr-limit"], "content/a.md"), |ground| {
            ground.add("content/a.md", format!("\n{{{{ {}1 }}}}\n", "-".repeat(5_000)));
        }),
        ("a set of 150,000, and of that by itself", Tell(&["expr-limit"], "content/a.md"), |ground| {
            let rows: String = (0..150_000).map(|n| format!("r{n},{n}\n")).collect();
            ground.put("content/data/many.csv", format!("id,n\n{rows}"));
            ground.add(
                "content/a.md",
                "\n{{ count(many.*) }} {{ count(many[where count(many[where id = row.id]) > 0]) }}\n",
            );
        }),
        ("a claim of 100 KB", Tell(&["expr-limit"], "content/a.md"), |ground| {
            let text = ground.read("content/a.md");
            let claim = format!("[[claim]]\nsays = \"It has\"\nthat = \"1{} = 2\"\n", " + 1".repeat(25_000));
            ground.put("content/a.md", format!("+++\n{claim}+++\n\n{text}"));
        }),
        ("a claim in a draft", Build, |ground| {
            let text = ground.read("content/deep/c.md");
            ground.put(
                "content/deep/c.md",
                format!("+++\ndraft = true\n[[claim]]\nsays = \"A\"\nthat = \"false\"\n+++\n\n{text}"),
            );
        }),
        ("columns that are computed in a ring", Tell(&["block-invalid"], "content/a.md"), |ground| {
            let columns =
                "[{ name = \"p\", value = \"q\" }, { name = \"q\", value = \"r\" }, { name = \"r\", value = \"p\" }]";
            ground.add("content/a.md", format!("\n```table\nfrom = \"cards\"\ncolumns = {columns}\n```\n"));
        }),
        (
            "patterns where there are none",
            Tell(&["expr-syntax", "name-unknown", "expr-type"], "content/a.md"),
            |ground| {
                ground.add("content/a.md", "\n{{ cards[where id = (a+)+$].memory }}\n");
            },
        ),
    ]);
}
