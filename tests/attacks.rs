//! Attacks on the program by the book that it builds, by what stands in the output, and by other builds: one row a
//! case, by the id that the list of hazards gives it (`P` paths, `E` encodings, `D` durability, `C` two at once,
//! `M` running programs). After each, the invariants of that list are checked.
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{
    BENCHBOOK, CANARY, Ground, How, MOST_TIME, broken_by, can, each, equals_clean, files, lost_links, told, torn, tree,
};

/// What a book that is attacked must end in.
enum Must {
    /// The site is made, and is what a build from nothing makes.
    Build,
    /// An error with one of these codes, in this file, where this text is underlined (any, when it is empty), with a
    /// way out; the site stays as it was.
    Tell(&'static [&'static str], &'static str, &'static str),
    /// One of the two: the site is made, or an error is told with a place.
    Either,
}

use Must::{Build, Either, Tell};

/// One case: its id, what is done to a good book that has been built, and what must come of it.
struct Case {
    id: &'static str,
    name: String,
    attack: Box<dyn Fn(&Ground) + Sync>,
    must: Must,
}

fn case(id: &'static str, name: impl Into<String>, must: Must, attack: impl Fn(&Ground) + Sync + 'static) -> Case {
    Case { id, name: name.into(), attack: Box::new(attack), must }
}

/// `$O` in a text is the folder beside the book.
fn spelled(ground: &Ground, text: &str) -> String {
    text.replace("$O", ground.outside("").to_str().unwrap().trim_end_matches('/'))
}

/// Builds the attacked book, and gives everything that does not hold.
fn attacked(case: &Case) -> Vec<String> {
    let ground = Ground::built();
    let old = ground.site();
    (case.attack)(&ground);
    let before = ground.kept();
    let mut broken = Vec::new();
    let check = ground.run(&["check", "--format", "json"]);
    broken.extend(broken_by(&ground, &before, &check));
    let all = told(&check);
    let build = ground.run(&["build"]);
    broken.extend(broken_by(&ground, &before, &build));
    if build.code != check.code {
        broken.push(format!("check ends with {}, build with {}: {}", check.code, build.code, build.all()));
    }
    let placeless = all.iter().filter(|t| t.level == "error" && (t.file.is_empty() || t.line == 0));
    broken.extend(placeless.map(|t| format!("has no place: {t:?}")));
    match &case.must {
        Build | Either if build.code == 0 => {
            broken.extend(equals_clean(&ground).err());
            broken.extend(lost_links(&ground.site()));
        }
        Build => broken.push(format!("was not built: {}", build.all())),
        Tell(codes, file, text) => {
            let found = all.iter().find(|t| {
                codes.contains(&&*t.code) && t.file == *file && t.text.contains(&*spelled(&ground, text)) && t.ways > 0
            });
            if found.is_none() || build.code != 1 {
                broken.push(format!("exit {}, and no {codes:?} in {file} at {text:?}: {all:?}", build.code));
            }
        }
        Either if all.iter().any(|t| t.level == "error") => {}
        Either => broken.push(format!("ended with {}: {}", build.code, build.all())),
    }
    if build.code != 0 && ground.site() != old {
        broken.push("the site is not as it was".into());
    }
    broken
}

fn all(cases: Vec<Case>) {
    each(&cases, |case| format!("{} {}", case.id, case.name), attacked);
}

#[test]
fn p1_a_book_reads_nothing_outside_itself() {
    const OUT: &[&str] = &["path-outside-book"];
    let mut cases = Vec::new();
    let paths = ["../../outside/secret.txt", "$O/secret.txt", "img/../../../outside/secret.txt", "../../outside/none"];
    for path in paths {
        for directive in ["include", "rustdoc_include", "playground"] {
            for fence in ["", "```\n"] {
                let name = format!("{directive} {path} {fence:?}");
                let at = if path.starts_with('$') { "$O/secret.txt" } else { path };
                cases.push(case("P1", name, Tell(OUT, "content/a.md", at), move |ground| {
                    let path = spelled(ground, path);
                    ground.add("content/a.md", format!("\n{fence}{{{{#{directive} {path}}}}}\n{fence}"));
                }));
            }
        }
    }
    for (path, codes) in [
        ("../outside", &["path-outside-book", "wrong-type"][..]),
        ("$O", &["path-outside-book", "wrong-type"]),
        ("../../outside", &["path-outside-book", "wrong-type"]),
    ] {
        for key in ["theme", "out", "src"] {
            cases.push(case("P1", format!("{key} = {path}"), Tell(codes, "book.toml", path), move |ground| {
                let path = spelled(ground, path);
                let line = match key {
                    "src" => "src = \"content\"",
                    _ => "[benchbook]\n",
                };
                ground.replace("book.toml", "out = \"site\"\n", if key == "out" { "" } else { "out = \"site\"\n" });
                let new = match key {
                    "src" => format!("src = \"{path}\""),
                    _ => format!("[benchbook]\n{key} = \"{path}\"\n"),
                };
                ground.replace("book.toml", line, &new);
            }));
        }
    }
    all(cases);
}

#[test]
fn p1_a_missing_file_outside_and_one_that_is_there_are_told_alike() {
    let tell = |name: &str| {
        let ground = Ground::good();
        ground.add("content/a.md", format!("\n{{{{#include ../../outside/{name}}}}}\n"));
        let all = told(&ground.run(&["check", "--format", "json"]));
        assert_eq!(all.len(), 1, "{all:#?}");
        assert!(all[0].says.contains("--allow-root"), "{all:#?}");
        all[0].says.replace(name, "")
    };
    assert_eq!(tell("secret.txt"), tell("nobody.txt"));
}

#[test]
fn p2_a_link_that_leads_out_is_an_error_wherever_it_stands() {
    const OUT: &[&str] = &["path-outside-book"];
    let mut cases = vec![
        case("P2", "a link inside the book", Build, |ground| {
            ground.put("shared/x.txt", "shared");
            ground.link("../shared/x.txt", "content/good.txt");
            ground.add("content/a.md", "\n{{#include good.txt}}\n");
        }),
        case("P2", "an included link", Tell(OUT, "content/a.md", "bad.txt"), |ground| {
            ground.link(ground.outside("secret.txt"), "content/bad.txt");
            ground.add("content/a.md", "\n{{#include bad.txt}}\n");
        }),
        case("P2", "a chapter", Tell(OUT, "content/b.md", ""), |ground| {
            fs::remove_file(ground.at("content/b.md")).unwrap();
            ground.link(ground.outside("secret.txt"), "content/b.md");
        }),
        case("P2", "a folder", Tell(OUT, "content/sub", ""), |ground| ground.link(ground.outside(""), "content/sub")),
        case("P2", "a folder of another spelling", Tell(OUT, "content/a.md", "sub/secret.txt"), |ground| {
            ground.link(ground.outside(""), "content/sub");
            ground.add("content/a.md", "\n{{#include sub/secret.txt}}\n");
        }),
        case("P2", "all themes", Tell(OUT, "themes", ""), |ground| {
            fs::rename(ground.at("themes"), ground.at("old-themes")).unwrap();
            ground.link(ground.outside(""), "themes");
        }),
    ];
    for path in [
        "content/SUMMARY.md",
        "content/data/cards.csv",
        "content/data/cards.schema.toml",
        "content/sources.toml",
        "content/img/dot.svg",
        "themes/default/templates/404.html",
        "themes/default/assets/site.css",
        "anchors.lock",
        "book.toml",
    ] {
        cases.push(case("P2", path, Tell(OUT, path, ""), move |ground| {
            let _ = fs::remove_file(ground.at(path));
            ground.link(ground.outside("secret.txt"), path);
        }));
    }
    all(cases);
}

#[test]
fn p4_what_is_no_path_of_a_book_is_told() {
    let mut cases = Vec::new();
    for path in [
        "~/.ssh/id_rsa",
        "$HOME/x",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "\\\\host\\share",
        "C:\\x",
        "%2e%2e/x",
        "''",
        ".",
        "..",
        "/",
        "/etc/passwd",
        "img",
        "a.md/x",
    ] {
        for directive in ["include", "playground"] {
            let must =
                Tell(&["path-invalid", "path-outside-book", "include-missing", "file-unreadable"], "content/a.md", "");
            cases.push(case("P4", format!("{directive} {path}"), must, move |ground| {
                ground.add("content/a.md", format!("\n{{{{#{directive} {path}}}}}\n"));
            }));
        }
        let must = Tell(&["name-unknown", "block-invalid"], "content/a.md", "");
        cases.push(case("P4", format!("from {path}"), must, move |ground| {
            ground.add("content/a.md", format!("\n```table\nfrom = '''{path}'''\n```\n"));
        }));
    }
    for dest in ["file:///etc/passwd", "C:\\x", "\\\\\\\\host\\share", "javascript:alert(1)", "JaVa&Tab;script:x"] {
        let must = Tell(&["scheme-not-allowed", "link-broken"], "content/a.md", "");
        cases.push(case("P4", format!("link {dest}"), must, move |ground| {
            ground.add("content/a.md", format!("\n[x](<{dest}>)\n"));
        }));
    }
    all(cases);
}

#[test]
fn p4_a_build_speaks_to_nobody() {
    let ground = Ground::built();
    let here = ground.site();
    if can("unshare", &["-rn", "true"]) {
        let out = ground.top().join("alone");
        let mut alone = Command::new("unshare");
        alone.args(["-rn", BENCHBOOK, "--root"]).arg(ground.book()).args(["build", "--out"]).arg(&out);
        assert!(alone.stderr(Stdio::null()).status().unwrap().success());
        assert_eq!(files(&out), here);
    }
    if can("strace", &["-V"]) {
        let log = ground.top().join("connects");
        let args = ["-f", "-qq", "-e", "trace=connect,socket", "-o", log.to_str().unwrap(), BENCHBOOK, "--root"];
        let mut traced = Command::new("strace");
        traced.args(args).arg(ground.book()).args(["build", "--out"]).arg(ground.top().join("traced"));
        assert!(traced.stderr(Stdio::null()).status().unwrap().success());
        let calls = fs::read_to_string(log).unwrap();
        assert!(!calls.lines().any(|line| line.contains("socket(") && !line.contains("AF_UNIX")), "{calls}");
    }
}

#[test]
fn p7_no_name_in_a_book_makes_a_file_outside_the_output() {
    let long = format!("{}.md", "x".repeat(300));
    let mut cases = Vec::new();
    for dest in [
        "../../outside2/p.md",
        "../outside2/p.md",
        "/etc/x.md",
        "%2e%2e/x.md",
        "%2E%2E%2Fx.md",
        "a/../../b.md",
        "..",
        ".",
        "C:\\x.md",
        "file:///etc/passwd",
        &long,
    ] {
        let dest = dest.to_owned();
        let must =
            Tell(&["path-outside-book", "path-invalid", "chapter-missing", "summary-syntax"], "content/SUMMARY.md", "");
        cases.push(case("P7", format!("SUMMARY {dest:.40}"), must, move |ground| {
            ground.add("content/SUMMARY.md", format!("- [P]({dest})\n"));
        }));
    }
    let long = format!("/{}.html", "x".repeat(300));
    for from in [
        "../../x",
        "/../x.html",
        "/%2e%2e/x.html",
        "/a/../../b.html",
        "",
        ".",
        "/a.html/x.html",
        "/.benchbook-manifest",
        "/.benchbook-stage/x.html",
        "/assets/x.html",
        "//evil.example/x.html",
        "/a\\u0000b.html",
        "/a.html",
        &long,
    ] {
        let from = from.to_owned();
        let must = Tell(
            &["path-outside-book", "path-invalid", "redirect-invalid", "output-reserved", "output-collision"],
            "book.toml",
            "",
        );
        cases.push(case("P7", format!("redirect from {from:.40}"), must, move |ground| {
            let old = "\"/old.html\" = \"/b.html\"";
            ground.replace("book.toml", old, &format!("\"{from}\" = \"/b.html\""));
        }));
    }
    all(cases);
}

#[test]
fn p8_two_sources_of_one_file_are_both_named() {
    const TWICE: &[&str] = &["output-collision"];
    let chapters = |first: &'static str, second: &'static str| {
        move |ground: &Ground| {
            for name in [first, second] {
                ground.put(&format!("content/{name}"), "# X\n");
                ground.add("content/SUMMARY.md", format!("- [X](<{name}>)\n"));
            }
        }
    };
    all(vec![
        case("P8", "upper and lower case", Tell(TWICE, "content/SUMMARY.md", ""), chapters("X.md", "x.md")),
        case(
            "P8",
            "two ways to compose an accent",
            Tell(TWICE, "content/SUMMARY.md", ""),
            chapters("\u{e9}.md", "e\u{301}.md"),
        ),
        case("P8", "README and index", Tell(TWICE, "content/SUMMARY.md", ""), chapters("q/README.md", "q/index.md")),
        case(
            "P8",
            "a redirect and a file",
            Tell(&["output-collision", "redirect-invalid"], "book.toml", ""),
            |ground| {
                ground.put("content/old.html", "x");
            },
        ),
        case("P8", "a file and a page", Tell(TWICE, "content/a.html", ""), |ground| ground.put("content/a.html", "x")),
        case("P8", "a file and the index", Tell(TWICE, "content/index.html", ""), |ground| {
            ground.put("content/index.html", "x");
        }),
        case("P8", "a file and 404", Tell(TWICE, "content/404.html", ""), |ground| ground.put("content/404.html", "x")),
        case("P8", "a file where a folder is", Tell(TWICE, "content/deep.html/x.txt", ""), |ground| {
            ground.put("content/deep.md", "# X\n");
            ground.put("content/deep.html/x.txt", "x");
            ground.add("content/SUMMARY.md", "- [X](deep.md)\n");
        }),
        case("P8", "a file among the assets", Tell(&["output-reserved"], "content/assets/x.css", ""), |ground| {
            ground.put("content/assets/x.css", "x");
        }),
    ]);
}

#[test]
fn p8_odd_names_are_linked_and_made() {
    let long = format!("{}.md", "x".repeat(250));
    let too_long = format!("{}.md", "x".repeat(252));
    let names = ["a b.md", "a#b.md", "a?b.md", "a%20b.md", "-rf.md", "🦀.md", "CON.md", "a&b'c\"d.md", "é.md", &long];
    let mut cases: Vec<Case> = names
        .map(|name| {
            let name = name.to_owned();
            case("P8", format!("{name:.20}"), Build, move |ground| {
                let encoded: String = name
                    .bytes()
                    .map(|b| {
                        if b.is_ascii_alphanumeric() || b".-".contains(&b) {
                            (b as char).to_string()
                        } else {
                            format!("%{b:02X}")
                        }
                    })
                    .collect();
                ground.put(&format!("content/{name}"), "# Odd\n\n[A](a.md)\n");
                ground.add("content/SUMMARY.md", format!("- [Odd]({encoded})\n"));
                ground.add("content/a.md", format!("\n[odd]({encoded})\n"));
                let ran = ground.run(&["build"]);
                assert_eq!(ran.code, 0, "{}", ran.all());
                let made = name.replace(".md", ".html");
                assert!(ground.at("site").join(&made).is_file());
                let href = format!("href=\"{}\"", encoded.replace(".md", ".html"));
                // In the text, in the contents and as the next page.
                assert!(ground.page("a.html").matches(&href).count() >= 2, "{name}: no {href}");
            })
        })
        .into();
    cases.push(case(
        "P8",
        "255 bytes, and more as a page",
        Tell(&["path-invalid"], "content/SUMMARY.md", ""),
        move |ground| {
            ground.put(&format!("content/{too_long}"), "# X\n");
            ground.add("content/SUMMARY.md", format!("- [X]({too_long})\n"));
        },
    ));
    cases.push(case("P8", "a newline", Either, |ground| ground.put("content/a\nb.txt", "x")));
    cases.push(case("P8", "a control character", Either, |ground| ground.put("content/a\u{1b}[31m.md", "x")));
    all(cases);
}

#[test]
fn p9_a_link_in_the_output_is_never_written_through() {
    type Plant = fn(&Ground);
    let plants: &[(&str, Plant)] = &[
        ("a page", |ground| {
            fs::remove_file(ground.at("site/index.html")).unwrap();
            ground.link(ground.outside("victim.txt"), "site/index.html");
        }),
        ("the manifest", |ground| {
            fs::remove_file(ground.at("site/.benchbook-manifest")).unwrap();
            ground.link(ground.outside("victim.txt"), "site/.benchbook-manifest");
        }),
        ("a folder", |ground| {
            fs::remove_dir_all(ground.at("site/assets")).unwrap();
            ground.link(ground.outside(""), "site/assets");
        }),
        ("all of it", |ground| {
            fs::remove_dir_all(ground.at("site")).unwrap();
            ground.link(ground.outside(""), "site");
        }),
        ("the staging folder", |ground| ground.link(ground.outside(""), "site/.benchbook-stage")),
        ("the cache", |ground| {
            fs::remove_dir_all(ground.at(".benchbook")).unwrap();
            ground.link(ground.outside(""), ".benchbook");
        }),
        ("the lock of the cache", |ground| {
            fs::remove_file(ground.at(".benchbook/lock")).unwrap();
            ground.link(ground.outside("victim.txt"), ".benchbook/lock");
        }),
    ];
    each(
        plants,
        |(name, _)| format!("P9 {name}"),
        |(_, plant)| {
            let mut broken = Vec::new();
            for command in [&["build"][..], &["build", "--overwrite"], &["clean"]] {
                let ground = Ground::built();
                ground.add("content/a.md", "\nNew text.\n");
                plant(&ground);
                let victims = tree(&ground.outside(""));
                let mut before = ground.kept();
                before.retain(|path, _| path.starts_with("outside"));
                let ran = ground.run(command);
                if tree(&ground.outside("")) != victims {
                    broken.push(format!("{command:?} touched what the link leads to: {}", ran.all()));
                }
                if ![0, 2].contains(&ran.code) {
                    broken.push(format!("{command:?} ended with {}: {}", ran.code, ran.all()));
                }
            }
            broken
        },
    );
}

#[test]
fn p11_the_output_is_never_laid_over_something_else() {
    let outs =
        ["", ".", "content", "content/sub", "..", "/", "$HOME", "themes", ".git", "book.toml", "../outside", "../file"];
    let rows: Vec<(&str, &str)> = outs.iter().flat_map(|out| [("--out", *out), ("book.toml", *out)]).collect();
    each(
        &rows,
        |(way, out)| format!("P11 {way} {out:?}"),
        |(way, out)| {
            let ground = Ground::good();
            ground.put(".git/HEAD", "ref");
            fs::write(ground.top().join("file"), "a file").unwrap();
            let home = ground.top().join("home");
            fs::create_dir(&home).unwrap();
            let out = out.replace("$HOME", home.to_str().unwrap());
            if *way == "book.toml" {
                ground.replace("book.toml", "out = \"site\"", &format!("out = \"{out}\""));
            }
            let before = tree(ground.top());
            let mut command = ground.command(&["build"]);
            command.current_dir(ground.book()).env("HOME", &home);
            if *way == "--out" {
                command.arg("--out").arg(&out);
            }
            let ran = support::run(command, MOST_TIME);
            let mut broken = Vec::new();
            // From `book.toml` it may be a mistake of the book as well.
            if !(ran.code == 2 || ran.code == 1 && *way == "book.toml") {
                broken.push(format!("ended with {}: {}", ran.code, ran.all()));
            }
            let mut after = tree(ground.top());
            let folders = |tree: &mut support::Tree| tree.retain(|path, _| !path.starts_with("book/.benchbook"));
            let mut before = before;
            folders(&mut before);
            folders(&mut after);
            before.remove("book");
            after.remove("book");
            if before != after {
                broken.push("changed what was there".into());
            }
            broken
        },
    );
}

#[test]
fn p12_a_theme_sees_its_own_files_and_nothing_else() {
    let templates = [
        "{% include '../../../../etc/passwd' %}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../outside/secret.txt' %}",
        "{% extends '../../../outside/secret.txt' %}",
        "{% include page.title %}",
        "{{ get_env(name='HOME') }}",
        "{{ now() }}",
        "{{ load_data(path='../../../outside/secret.txt') }}",
        "{{ throw(message='x') }}",
        "{% include '404.html' %}",
        "{{ nothing.here }}",
        "{{ page.title | no_such_filter }}",
        "{% if",
        "{% for x in range(end=1000000000) %}x{% endfor %}",
    ];
    let mut cases: Vec<Case> = templates
        .into_iter()
        .map(|text| {
            let codes = &["template-error", "template-depth", "template-output"];
            let must = Tell(codes, "themes/default/templates/404.html", "");
            case("P12", text, must, move |ground| ground.put("themes/default/templates/404.html", text))
        })
        .collect();
    cases.push(case(
        "P12",
        "extends",
        Tell(&["path-invalid", "theme-missing", "unknown-key", "path-outside-book"], "themes/default/theme.toml", ""),
        |ground| {
            ground.put("themes/default/theme.toml", "extends = '../../../outside'\n");
        },
    ));
    all(cases);
}

#[test]
fn x12_characters_that_deceive_are_told() {
    const MARK: &str = "cards.x.memory";
    let rows: &[(&str, &str, &str, &str)] = &[
        ("in prose", "content/a.md", "It has", "It \u{202e}has"),
        ("in inline code", "content/a.md", "It has", "It `h\u{2067}as`"),
        ("in code", "content/b.md", "fn main", "fn\u{2066} main"),
        ("in link text", "content/a.md", "[B]", "[B\u{200b}]"),
        ("in a file's name", "content/SUMMARY.md", "- [A]", "- [N](<n\u{202e}.md>)\n- [A]"),
        ("in front matter", "content/a.md", "# A", "+++\ntitle = \"A\u{2068}\"\n+++\n# A"),
        ("in a number", "content/data/cards.csv", "x,24", "x,2\u{200b}4"),
        ("in a key", "content/data/cards.csv", "y,32", "y\u{202d},32"),
        ("in an included text", "content/img/part.txt", "A part", "A \u{2069}part"),
    ];
    let mut cases = Vec::new();
    for (what, file, old, new) in rows {
        cases.push(case("X12", *what, Tell(&["hidden-character"], file, ""), move |ground| {
            ground.add("book.toml", "[benchbook.lints]\nhidden-character = \"error\"\n");
            ground.put("content/n\u{202e}.md", "# N\n");
            ground.replace(file, old, new);
        }));
    }
    for (what, file, old, new) in [
        ("among Latin letters in code", "content/b.md", "fn main", "fn mаin"),
        ("among Latin letters in link text", "content/a.md", "[B]", "[Bаnk]"),
        ("among Latin letters in a file's name", "content/SUMMARY.md", "- [A]", "- [N](nаme.md)\n- [A]"),
        ("among Latin letters in a key", "content/data/cards.csv", "y,32", "yа,32"),
    ] {
        cases.push(case("X12", what, Tell(&["lookalike-character"], file, "а"), move |ground| {
            ground.add("book.toml", "[benchbook.lints]\nlookalike-character = \"error\"\n");
            ground.put("content/nаme.md", "# N\n");
            ground.replace(file, old, new);
        }));
    }
    all(cases);
    // Without a lint it is a warning, and an error with `--strict`.
    let ground = Ground::built();
    ground.replace("content/a.md", MARK, "cards.y.memory }} \u{202e} {{ cards.x.memory");
    assert_eq!(ground.run(&["build"]).code, 0);
    assert_eq!(ground.run(&["build", "--strict"]).code, 1);
}

/// Texts that are markup, a link or a formula wherever they are not escaped.
const HOSTILE: [&str; 4] =
    ["<script>alert(1)</script>", "\"><svg onload=alert(1)>", "](javascript:x)", "=cmd|' /C calc'!A0"];

#[test]
fn x7_data_stays_text_on_every_page_and_in_every_file() {
    let case = |text: &'static str| {
        case("X7", text, Build, move |ground| {
            let json = serde_json::to_string(text).unwrap();
            let csv = format!("\"{}\"", text.replace('"', "\"\""));
            ground.put("content/data/x7.csv", format!("id,name,size\nk,{csv},1\n"));
            ground.put(
                "content/data/x7.schema.toml",
                format!(
                    "title = '''{text}'''\nsource = 'x7'\n[[fields]]\nname = 'size'\ntype = 'number'\nunit = 'GB'\n\
                     title = '''{text}'''\ndescription = '''{text}'''\n"
                ),
            );
            ground.add("content/sources.toml", format!("\n[x7]\ntitle = '''{text}'''\nlicence = '''{text}'''\n"));
            ground.put(
                "content/benchmarks.toml",
                format!("[x7-runs]\ntitle = '''{text}'''\nmetrics.m = {{ title = '''{text}''', unit = 's' }}\n"),
            );
            ground.put(
                "content/measurements/x7-runs/box.json",
                format!(
                    r#"{{ "benchmark": "x7-runs", "machine": {{ "id": "box", "name": {json}, {json}: {json} }},
                    "source": "x7", "command": {json}, "conditions": {{ {json}: {json} }}, "assumed": [{json}],
                    "results": {{ "m": {{ "value": 2, "unit": "s", "samples": [1, 2, 3], {json}: {json} }} }} }}"#
                ),
            );
            ground.add(
                "content/a.md",
                "\n{{ x7.k.size }}, {{ x7.k.name }}, {{ records.x7-runs.box.m }}, {{ records.x7-runs.box.m * 2 }}.\n\n\
                 ```table\nfrom = \"x7\"\n```\n",
            );
            let built = ground.run(&["build"]);
            assert_eq!(built.code, 0, "{}", built.all());
            let site = ground.site();
            let escaped = text.replace('<', "&lt;").replace('>', "&gt;");
            for path in ["a.html", "numbers/index.html", "numbers/x7.html", "numbers/x7-runs/box.html"] {
                let page = String::from_utf8_lossy(&site[path]).into_owned();
                assert!(page.contains(&escaped), "{path} does not show {escaped}");
                assert!(!page.contains("<script>alert") && !page.contains("<svg onload"), "{path}");
                assert!(!page.contains("href=\"javascript:"), "{path}");
            }
            for path in ["numbers/x7.json", "numbers/index.json", "numbers/x7-runs/box.json", "datapackage.json"] {
                let made: serde_json::Value = serde_json::from_slice(&site[path]).unwrap();
                assert!(made.to_string().contains(json.trim_matches('"')), "{path} does not hold {text}");
            }
        })
    };
    all(HOSTILE.into_iter().map(case).collect());
}

#[test]
fn x13_no_spreadsheet_runs_a_table() {
    let cells = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "\u{ff1d}1+1", "'=1"];
    let case = case("X13", "each lead", Build, move |ground| {
        let row = |(n, cell): (usize, &&str)| serde_json::json!({ "id": format!("r{n}"), "text": cell, "number": -5 });
        let rows: Vec<serde_json::Value> = cells.iter().enumerate().map(row).collect();
        ground.put("content/data/x13.json", serde_json::to_string(&rows).unwrap());
        ground.put("content/data/x13.schema.toml", "primaryKey = 'id'\n[[fields]]\nname = 'number'\ntype = 'number'\n");
        ground.add("content/a.md", "\n```table\nfrom = \"x13\"\n```\n");
        let built = ground.run(&["build"]);
        assert_eq!(built.code, 0, "{}", built.all());
        let site = ground.site();
        let csv = String::from_utf8(site["numbers/x13.csv"].clone()).unwrap();
        for cell in &cells {
            assert!(csv.contains(&format!(",'{cell}")) || csv.contains(&format!(",\"'{cell}")), "{cell:?} in {csv:?}");
        }
        assert_eq!(csv.matches("\n-5,").count(), cells.len(), "numbers are untouched: {csv:?}");
        let json: Vec<serde_json::Value> = serde_json::from_slice(&site["numbers/x13.json"]).unwrap();
        let texts: Vec<&str> = json.iter().map(|row| row["text"].as_str().unwrap()).collect();
        assert_eq!(texts, cells);
        assert_eq!(json[0]["number"], -5);
        // Back in, it is the same table; a carriage return in a cell of CSV is a line end.
        fs::remove_file(ground.at("content/data/x13.json")).unwrap();
        ground.put("content/data/x13.csv", csv);
        let built = ground.run(&["build"]);
        assert_eq!(built.code, 0, "{}", built.all());
        let text = |site: &[u8]| String::from_utf8_lossy(site).replace("\\r", "\\n");
        assert_eq!(text(&ground.site()["numbers/x13.json"]), text(&site["numbers/x13.json"]));
    });
    all(vec![case]);
}

#[test]
fn e1_bytes_that_are_not_utf8_are_told_with_line_and_byte() {
    let mut cases = Vec::new();
    for path in [
        "content/a.md",
        "content/img/part.txt",
        "content/data/cards.csv",
        "content/data/cards.schema.toml",
        "content/sources.toml",
        "content/SUMMARY.md",
        "themes/default/templates/404.html",
        "book.toml",
        "anchors.lock",
    ] {
        let must = Tell(&["not-utf8"], path, "");
        cases.push(case("E1", path, must, move |ground| {
            if path == "anchors.lock" {
                ground.put(path, "");
            }
            ground.add(path, b"\n# caf\xe9\n");
        }));
    }
    cases.push(case("E1", "a file's name", Tell(&["file-unreadable"], "content/\\xff.md", ""), |ground| {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"\xff.md");
        fs::write(ground.at("content").join(name), "# X\n").unwrap();
    }));
    all(cases);
}

#[test]
fn e2_line_ends_and_a_mark_of_order_change_nothing() {
    let plain = Ground::built().site();
    for (name, change) in [
        ("CRLF", (|text: &str| text.replace('\n', "\r\n").into_bytes()) as fn(&str) -> Vec<u8>),
        ("BOM", |text| format!("\u{feff}{text}").into_bytes()),
        ("both", |text| format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()),
        ("no last newline", |text| text.trim_end_matches('\n').as_bytes().to_vec()),
    ] {
        let ground = Ground::good();
        for (path, bytes) in files(&ground.book()) {
            // Files that are copied are copied as they are.
            if !path.starts_with("content/img/") {
                ground.put(&path, change(std::str::from_utf8(&bytes).unwrap()));
            }
        }
        let ran = ground.run(&["build"]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.all());
        for (path, bytes) in ground.site() {
            let was = plain.get(&path).unwrap_or_else(|| panic!("{name}: {path} is new"));
            // The theme of the book is part of what is changed.
            if path != "404.html" && !path.starts_with(".benchbook") {
                assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(was), "{name}: {path}");
            }
        }
    }
}

#[test]
fn e2_what_is_no_text_is_told_and_odd_text_is_built() {
    let utf16 = |text: &str| -> Vec<u8> {
        let mut out = vec![0xff, 0xfe];
        out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        out
    };
    let mut cases = Vec::new();
    for path in ["content/a.md", "content/data/cards.csv", "content/SUMMARY.md", "book.toml", "content/sources.toml"] {
        cases.push(case("E2", format!("UTF-16 {path}"), Tell(&["nul-byte", "not-utf8"], path, ""), move |ground| {
            ground.put(path, utf16(&ground.read(path)));
        }));
        cases.push(case("E2", format!("NUL {path}"), Tell(&["nul-byte"], path, ""), move |ground| {
            ground.add(path, "\n\0\n");
        }));
        cases.push(case("E2", format!("lone CR {path}"), Either, move |ground| {
            ground.put(path, ground.read(path).replace('\n', "\r"));
        }));
        cases.push(case("E2", format!("empty {path}"), Either, move |ground| ground.put(path, "")));
        cases.push(case("E2", format!("U+2028 and tabs {path}"), Either, move |ground| {
            ground.put(path, ground.read(path).replace("\n\n", "\u{2028}\n\t\n"));
        }));
    }
    all(cases);
}

/// When a build of D2 is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// Anywhere in the time that a build takes.
    Any,
    /// So long after it has begun to stage.
    Staging,
    /// So long after it has begun to move files into place.
    Moving,
}

/// A sample of the kills; with `BENCHBOOK_ALL` set, a thousand.
#[test]
fn d2_a_killed_build_leaves_every_file_old_or_new_and_the_next_finishes() {
    let kills = if std::env::var_os("BENCHBOOK_ALL").is_some() { 250 } else { 7 };
    each(
        &[1, 2, 3, 4],
        |seed| format!("D2 seed {seed}"),
        |seed| {
            let ground = Ground::good();
            let mut sites = Vec::new();
            for edition in [0, 1] {
                set_edition(&ground, edition);
                let out = ground.top().join("clean");
                let ran = ground.run(&["build", "--out", out.to_str().unwrap()]);
                assert_eq!(ran.code, 0, "{}", ran.all());
                sites.push(files(&out));
                fs::remove_dir_all(out).unwrap();
                fs::remove_dir_all(ground.at(".benchbook")).unwrap();
            }
            let ran = ground.run(&["build"]);
            assert!(ran.code == 0 && ground.site() == sites[1], "{}", ran.all());
            let mut random = *seed;
            let (mut broken, mut moved) = (Vec::new(), 0);
            for kill in 0..kills {
                let edition = kill % 2;
                let (old, new) = (&sites[1 - edition], &sites[edition]);
                set_edition(&ground, edition);
                let before = ground.kept();
                let moment = [Moment::Any, Moment::Staging, Moment::Moving][kill % 3];
                let part = part(&mut random);
                let name = format!("kill {kill}, {moment:?} and {part:.3}");
                killed(&ground, moment, part, ran.took);
                let torn = torn(&ground.site(), old, new);
                moved += usize::from(torn == Ok(How::Mixed));
                broken.extend(torn.err().map(|why| format!("{name}: {why}")));
                let again = ground.run(&["build"]);
                broken.extend(broken_by(&ground, &before, &again).into_iter().map(|why| format!("{name}: {why}")));
                if again.code != 0 || ground.site() != *new {
                    broken.push(format!("{name}: the next build ({}) is no clean one: {}", again.code, again.all()));
                    return broken;
                }
            }
            println!("D2 seed {seed}: {moved} of {kills} killed builds left some files old and some new");
            broken
        },
    );
}

/// 200 chapters and a style sheet, all of which differ between the two editions; some chapters are in one edition only.
fn set_edition(ground: &Ground, edition: usize) {
    let mut summary = String::from("# Summary\n\n");
    for n in 0..200 {
        let only = if n % 20 == 0 { format!("-{edition}") } else { String::new() };
        summary += &format!("- [N {n}](n/n{n}{only}.md)\n");
        let text = format!("# N {n}\n\n{}\n", format!("word{edition} ").repeat(300));
        ground.put(&format!("content/n/n{n}{only}.md"), text);
        let _ = fs::remove_file(ground.at(&format!("content/n/n{n}-{}.md", 1 - edition)));
    }
    ground.put("content/SUMMARY.md", summary + "- [A](a.md)\n  - [B](b.md)\n- [C](deep/c.md)\n");
    ground.put("themes/default/assets/book.css", format!("p {{ margin: {edition}px }}\n"));
}

/// Kills a build that takes about `whole`, a `part` of the way on.
fn killed(ground: &Ground, moment: Moment, part: f64, whole: Duration) {
    let manifest = ground.at("site/.benchbook-manifest");
    let number = |path: &Path| path.metadata().map(|meta| meta.ino()).ok();
    let old = number(&manifest);
    let mut child = ground.command(&["build"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut wait_for = |has_come: &dyn Fn() -> bool| {
        while !has_come() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
    };
    let most = match moment {
        Moment::Any => whole.mul_f64(1.05),
        Moment::Staging => {
            wait_for(&|| ground.at("site/.benchbook-stage").exists());
            whole.div_f64(2.0)
        }
        Moment::Moving => {
            wait_for(&|| number(&manifest) != old);
            Duration::from_millis(8)
        }
    };
    std::thread::sleep(most.mul_f64(part));
    let _ = child.kill();
    child.wait().unwrap();
}

/// A number from 0 up to 1: the next that follows from `random` (Steele, Lea and Flood's SplitMix64).
fn part(random: &mut u64) -> f64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn d7_a_full_output_is_a_fault_and_a_closed_one_is_not() {
    let ground = Ground::built();
    ground.add("content/a.md", "\n[x](none.md)\n");
    let shell = |line: &str| {
        let ran = Command::new("sh")
            .args(["-c", line, "sh", BENCHBOOK])
            .arg(ground.book())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    for (line, want) in [
        ("\"$1\" --root \"$2\" check --format json > /dev/full", 3),
        ("\"$1\" --root \"$2\" check 2> /dev/full", 3),
        ("\"$1\" --root \"$2\" check --format sarif > /dev/full", 3),
        ("\"$1\" explain > /dev/full", 3),
        ("\"$1\" --root \"$2\" why a.html > /dev/full", 3),
        ("\"$1\" --root \"$2\" check >&- 2>&-", 1),
        ("\"$1\" --root \"$2\" check --format json >&-", 1),
        ("\"$1\" --help > /dev/full; [ $? -le 3 ]", 0),
    ] {
        let (code, said) = shell(line);
        assert_eq!(code, Some(want), "{line}: {said}");
        assert!(!said.contains("panicked"), "{line}: {said}");
    }
    for i in 0..300 {
        ground.add("content/a.md", format!("\n[x](none{i}.md)\n"));
    }
    let (_, said) = shell("\"$1\" --root \"$2\" check --format json | head -n 1 > /dev/null");
    assert_eq!(said, "");
}

#[test]
fn d7_a_signal_ends_a_build_soon_and_leaves_a_whole_site() {
    let rows: Vec<(&str, u64)> = ["INT", "TERM", "HUP"].iter().flat_map(|s| (0..5).map(move |n| (*s, n * 7))).collect();
    each(
        &rows,
        |(signal, after)| format!("D7 {signal} after {after} ms"),
        |(signal, after)| {
            let ground = Ground::built();
            for n in 0..60 {
                ground.put(&format!("content/n{n}.md"), format!("# N\n\n{}\n", "word ".repeat(2000)));
                ground.add("content/SUMMARY.md", format!("- [N{n}](n{n}.md)\n"));
            }
            let old = ground.site();
            let mut command = ground.command(&["build"]);
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(*after));
            let _ = Command::new("kill")
                .args([&format!("-{signal}"), &child.id().to_string()])
                .stderr(Stdio::null())
                .status();
            let clock = Instant::now();
            let mut broken = Vec::new();
            let status = loop {
                match child.try_wait().unwrap() {
                    Some(status) => break status,
                    None if clock.elapsed() > Duration::from_secs(10) => {
                        let _ = child.kill();
                        return vec!["does not end".into()];
                    }
                    None => std::thread::sleep(Duration::from_millis(2)),
                }
            };
            use std::os::unix::process::ExitStatusExt;
            let number = match *signal {
                "INT" => 2,
                "TERM" => 15,
                _ => 1,
            };
            let fine =
                matches!(status.code(), Some(0)) || status.code() == Some(128 + number) || status.code() == Some(130);
            if !fine && status.signal() != Some(number) {
                broken.push(format!("ended with {status:?}"));
            }
            if ground.at("site/.benchbook-stage").exists() && status.signal().is_none() {
                broken.push("left its staging folder".into());
            }
            let now = ground.site();
            let whole = now == old || now.contains_key("n59.html");
            if !whole && status.signal().is_none() {
                broken.push("left a site that is neither old nor new".into());
            }
            let again = ground.run(&["build"]);
            if again.code != 0 {
                broken.push(format!("cannot be built again: {}", again.all()));
            }
            broken.extend(equals_clean(&ground).err());
            broken
        },
    );
}

#[test]
fn d8_files_of_others_in_the_output_are_not_touched() {
    let ground = Ground::built();
    let theirs = [".git", "CNAME", ".nojekyll", "notes.txt", "sub/keep.bin", "deep/theirs.txt"];
    theirs.iter().for_each(|path| ground.put(&format!("site/{path}"), "theirs"));
    let stamps = || {
        let meta = |path: &&str| ground.at("site").join(path).metadata().unwrap();
        theirs.iter().map(meta).map(|m| (m.ino(), m.mtime(), m.mtime_nsec(), m.len())).collect::<Vec<_>>()
    };
    let before = stamps();
    ground.replace("content/SUMMARY.md", "- [C](deep/c.md)\n", "");
    fs::remove_file(ground.at("content/deep/c.md")).unwrap();
    let ran = ground.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(!ground.at("site/deep/c.html").exists());
    assert_eq!(stamps(), before);

    ground.put("site/a.html", "by hand");
    ground.add("content/a.md", "\nMore.\n");
    let ran = ground.run(&["build"]);
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(ran.stderr.contains("a.html") && ran.stderr.contains("--overwrite"), "{}", ran.stderr);
    assert_eq!(ground.page("a.html"), "by hand");
    assert_eq!(ground.run(&["build", "--overwrite"]).code, 0);
    assert!(ground.page("a.html").contains("More."));
    assert_eq!(stamps(), before);
    assert_eq!(ground.run(&["clean"]).code, 0);
    assert_eq!(stamps(), before);
    assert!(!ground.at("site/a.html").exists());
}

#[test]
fn d9_clean_takes_nothing_that_is_not_proved_ours() {
    type Set = fn(&Ground);
    let nothing: Set = |_| {};
    let rows: &[(&str, &[&str], Set)] = &[
        ("home", &["clean", "--out", "$HOME"], nothing),
        ("an empty --out", &["clean", "--out", ""], nothing),
        ("an unset variable", &["clean", "--out", "/"], nothing),
        ("an empty --root", &["--root", "", "clean"], nothing),
        ("another folder", &["clean", "--out", "../outside"], nothing),
        ("out of the book", &["clean"], |ground| {
            ground.replace("book.toml", "out = \"site\"", "out = \"../outside\"");
        }),
        ("the site is a link", &["clean"], |ground| {
            fs::rename(ground.at("site"), ground.outside("site")).unwrap();
            ground.link(ground.outside(""), "site");
        }),
        ("no manifest", &["clean"], |ground| fs::remove_file(ground.at("site/.benchbook-manifest")).unwrap()),
        ("no book", &["clean"], |ground| fs::remove_file(ground.at("book.toml")).unwrap()),
        ("a hostile manifest", &["clean"], |ground| {
            let hash = "0".repeat(64);
            ground.put(
                "site/.benchbook-manifest",
                format!("benchbook manifest 1\n{hash} ../../outside/victim.txt\nend\n"),
            );
        }),
    ];
    each(
        rows,
        |row| format!("D9 {}", row.0),
        |(_, args, set)| {
            let ground = Ground::built();
            set(&ground);
            let home = ground.top().join("home");
            fs::create_dir(&home).unwrap();
            fs::write(home.join("mine"), "mine").unwrap();
            let before = tree(ground.top());
            let mut command = Command::new(BENCHBOOK);
            if args[0] != "--root" {
                command.arg("--root").arg(ground.book());
            }
            command.args(args.iter().map(|a| a.replace("$HOME", home.to_str().unwrap())));
            command.current_dir(ground.book()).env("HOME", &home);
            let ran = support::run(command, MOST_TIME);
            let mut broken = Vec::new();
            if ran.code != 2 {
                broken.push(format!("ended with {}: {}", ran.code, ran.all()));
            }
            if tree(ground.top()) != before {
                broken.push("something is gone or new".into());
            }
            broken
        },
    );
}

#[test]
fn d11_a_cache_of_any_kind_never_makes_a_wrong_page() {
    type Harm = fn(&Path, &Ground);
    let harms: &[(&str, Harm)] = &[
        ("empty", |at, _| fs::write(at, "").unwrap()),
        ("half", |at, _| {
            let bytes = fs::read(at).unwrap();
            fs::write(at, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("one bit", |at, _| {
            let mut bytes = fs::read(at).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(at, bytes).unwrap();
        }),
        ("another version", |at, _| {
            let mut bytes = fs::read(at).unwrap();
            if let Some(byte) = bytes.get_mut(4) {
                *byte = byte.wrapping_add(1);
            }
            fs::write(at, bytes).unwrap();
        }),
        ("noise", |at, _| fs::write(at, (0..5000u32).map(|n| (n * n % 251) as u8).collect::<Vec<_>>()).unwrap()),
        ("lengths of 4 GB", |at, _| {
            let mut bytes = fs::read(at).unwrap();
            let from = bytes.len().min(20);
            bytes.truncate(from);
            bytes.extend([0xff; 64]);
            fs::write(at, bytes).unwrap();
        }),
        ("a folder", |at, _| {
            fs::remove_file(at).unwrap();
            fs::create_dir(at).unwrap();
        }),
        ("a link", |at, ground| {
            fs::remove_file(at).unwrap();
            symlink(ground.outside("victim.txt"), at).unwrap();
        }),
        ("a pipe", |at, _| {
            fs::remove_file(at).unwrap();
            assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
        }),
    ];
    each(
        harms,
        |(name, _)| format!("D11 {name}"),
        |(_, harm)| {
            let mut broken = Vec::new();
            let names: Vec<String> = files(&Ground::built().at(".benchbook")).into_keys().collect();
            assert!(names.iter().any(|name| name.starts_with("ledger-")));
            for kind in ["ledger-", "lock", ".gitignore"] {
                let ground = Ground::built();
                let names: Vec<String> = files(&ground.at(".benchbook")).into_keys().collect();
                let Some(name) = names.iter().find(|name| name.starts_with(kind)) else { continue };
                ground.replace("content/a.md", "# A", "# Another A");
                harm(&ground.at(".benchbook").join(name), &ground);
                let before = ground.kept();
                let ran = ground.run(&["build"]);
                broken.extend(broken_by(&ground, &before, &ran));
                if ran.code != 0 {
                    broken.push(format!("{name}: ended with {}: {}", ran.code, ran.all()));
                }
                broken.extend(equals_clean(&ground).err());
            }
            broken
        },
    );
}

#[test]
fn d11_a_ledger_of_another_book_is_of_no_use() {
    let other = Ground::good();
    other.replace("content/a.md", "# A", "# From another book");
    assert_eq!(other.run(&["build"]).code, 0);
    let ground = Ground::built();
    let name =
        |ground: &Ground| files(&ground.at(".benchbook")).into_keys().find(|n| n.starts_with("ledger-")).unwrap();
    fs::copy(other.at(".benchbook").join(name(&other)), ground.at(".benchbook").join(name(&ground))).unwrap();
    assert_eq!(ground.run(&["build"]).code, 0);
    equals_clean(&ground).unwrap();
    assert!(!ground.page("a.html").contains("another book"));
}

#[test]
fn d15_a_page_that_breaks_the_program_is_told_and_the_site_stays() {
    // No known input does; what is known to be told is a panic inside a template engine's or a grammar's depths.
    let ground = Ground::built();
    let old = ground.site();
    ground.put("themes/default/templates/404.html", "{% macro m() %}{{ self::m() }}{% endmacro %}{{ self::m() }}");
    let before = ground.kept();
    let ran = ground.run(&["build"]);
    assert_eq!(broken_by(&ground, &before, &ran), Vec::<String>::new());
    assert!((1..=3).contains(&ran.code), "{}", ran.all());
    assert_eq!(ground.site(), old);
}

#[test]
fn c1_two_builds_at_once_both_end_well() {
    let ground = Ground::built();
    for round in 0..12 {
        ground.replace("content/a.md", "# A", "# A x");
        let start = || ground.command(&["build"]).stderr(Stdio::piped()).spawn().unwrap();
        let (mut first, second) = (start(), start());
        if round % 3 == 2 {
            std::thread::sleep(Duration::from_millis(round));
            first.kill().unwrap();
        }
        let (first, second) = (first.wait_with_output().unwrap(), second.wait_with_output().unwrap());
        for (ran, may_die) in [(first, round % 3 == 2), (second, false)] {
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            let waited = ran.status.code() == Some(3) && said.contains("another build (pid ");
            assert!(ran.status.success() || waited || may_die, "{:?}: {said}", ran.status);
        }
        equals_clean(&ground).unwrap();
        assert!(!ground.at("site/.benchbook-stage").exists());
    }
}

#[test]
fn c1_a_lock_that_nobody_holds_stops_nobody() {
    type Leave = fn(&Ground);
    let left: &[(&str, Leave)] = &[
        ("a dead process", |ground| ground.put(".benchbook/lock", "999999")),
        ("a process of another program", |ground| ground.put(".benchbook/lock", "1")),
        ("noise", |ground| ground.put(".benchbook/lock", [0xff; 40])),
        ("a link", |ground| {
            fs::remove_file(ground.at(".benchbook/lock")).unwrap();
            ground.link(ground.outside("victim.txt"), ".benchbook/lock");
        }),
        ("a folder", |ground| {
            fs::remove_file(ground.at(".benchbook/lock")).unwrap();
            ground.put(".benchbook/lock/x", "x");
        }),
        ("no cache", |ground| fs::remove_dir_all(ground.at(".benchbook")).unwrap()),
        ("a file for a cache", |ground| {
            fs::remove_dir_all(ground.at(".benchbook")).unwrap();
            ground.put(".benchbook", "x");
        }),
    ];
    each(
        left,
        |(name, _)| format!("C1 {name}"),
        |(_, leave)| {
            let ground = Ground::built();
            leave(&ground);
            ground.replace("content/a.md", "# A", "# A x");
            let before = ground.kept();
            let ran = ground.run(&["build"]);
            let mut broken = broken_by(&ground, &before, &ran);
            if ran.code != 0 {
                broken.push(format!("ended with {}: {}", ran.code, ran.all()));
            }
            broken.extend(equals_clean(&ground).err());
            broken
        },
    );
}

#[test]
fn m1_no_command_runs_a_program() {
    if !can("strace", &["-V"]) {
        return;
    }
    let ground = Ground::good();
    let hook = format!("#!/bin/sh\ntouch {}\n", ground.top().join("pwned").display());
    for path in ["git", "node", "mdbook-x", ".git/hooks/pre-commit", ".envrc", "content/benchmarks/run.sh"] {
        ground.put(path, &hook);
        Command::new("chmod").arg("+x").arg(ground.at(path)).status().unwrap();
    }
    ground.put(".git/config", format!("[core]\nfsmonitor = touch {}\n", ground.top().join("pwned").display()));
    ground.put("package.json", "{\"scripts\": {\"build\": \"touch pwned\"}}");
    ground.put("content/benchmarks.toml", "[x]\ncommand = [\"touch\", \"pwned\"]\n");
    ground.add("book.toml", "\n[preprocessor.x]\ncommand = \"touch pwned\"\n\n[output.y]\ncommand = \"touch pwned\"\n");
    for args in [
        &["build"][..],
        &["check"],
        &["why", "a.html"],
        &["lock"],
        &["new", "more.md"],
        &["explain", "nesting"],
        &["clean"],
        &["--help"],
    ] {
        let log = ground.top().join("execs");
        let mut traced = Command::new("strace");
        traced.args(["-f", "-qq", "-e", "trace=execve,execveat", "-o", log.to_str().unwrap(), BENCHBOOK]);
        traced.arg("--root").arg(ground.book()).args(args).current_dir(ground.book());
        traced.env("PATH", format!("{}:/usr/bin:/bin", ground.book().display()));
        traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        let calls = fs::read_to_string(&log).unwrap();
        assert_eq!(calls.lines().filter(|line| line.contains("exec")).count(), 1, "{args:?}: {calls}");
    }
    assert!(!ground.top().join("pwned").exists());
    assert!(!support::holds(&files(&ground.book()).into_values().flatten().collect::<Vec<_>>(), CANARY.as_bytes()));
}
