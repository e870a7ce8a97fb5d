//! Bad input of every kind: each builds, or ends in a diagnostic with a place, or in exit code 3 with the cause, within
//! 20 seconds and 512 MiB, and the old site stays whole.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::fmt::Write;
use std::fs;
use std::process::Command;
use support::{BENCHBOOK, Ground, MOST_TIME, broken_by, can, each, equals_clean, files, told, torn};

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
                (Build | Either, 0) => broken.extend(equals_clean(&ground).err()),
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
