//! An incremental build equals a clean one: bytes and diagnostics, after any edit, eager or lazy.
//!
//! Seeded random edits on a book in memory, one to four a batch. After each batch everything that the incremental
//! pipeline has made (and, when it is lazy, everything that it is then asked for) must equal what a new pipeline makes
//! from nothing. `BENCHBOOK_BATCHES` runs more of them.
//!
//! The second test is a table of *edit → how many files are made*: the first shows wrong, the second slow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "how many batches are run is for whoever runs the test to say")]

use benchbook::diag::{Fault, Texts};
use benchbook::id::OutPath;
use benchbook::pipeline::{Pipeline, Wanted};
use benchbook::read::{Files, MemoryFiles, Scope};
use benchbook::site::{Hash, Options, Output};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A small generator of random numbers (SplitMix64): the same seed gives the same edits everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A site in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<OutPath, (Hash, Vec<u8>)>>);

impl Memory {
    fn holds(&self, path: OutPath, hash: Hash) -> bool {
        self.0.lock().unwrap().get(&path).is_some_and(|(h, _)| *h == hash)
    }
    fn put(&self, output: &Output, hash: Hash) -> Result<(), Fault> {
        self.0.lock().unwrap().insert(output.path, (hash, output.bytes.clone()));
        Ok(())
    }
}

struct Built {
    pipeline: Pipeline,
    memory: Memory,
}

impl Built {
    fn new(files: &Arc<MemoryFiles>) -> Self {
        let files: Arc<dyn Files> = files.clone();
        Built { pipeline: Pipeline::new(files, Options::default()), memory: Memory::default() }
    }

    /// Builds from now on as if it were `today`.
    fn on(mut self, today: Date) -> Self {
        self.pipeline.fix_today(today);
        self
    }

    fn update(&mut self, all: bool, first: &[OutPath]) -> Vec<&'static str> {
        let memory = &self.memory;
        let delta = self
            .pipeline
            .update(&Wanted {
                scope: Scope::All,
                first,
                all,
                holds: &|path, hash| memory.holds(path, hash),
                sink: &|output, hash| memory.put(output, hash),
            })
            .unwrap();
        for path in &delta.removed {
            self.memory.0.lock().unwrap().remove(path);
        }
        delta.made.iter().map(|path| path.as_str()).collect()
    }

    /// Goes through the ledger on disk, as between two commands.
    fn restart(&mut self, files: &Arc<MemoryFiles>) {
        let bytes = self.pipeline.keep(BTreeMap::new(), Hash(7)).unwrap();
        let files: Arc<dyn Files> = files.clone();
        self.pipeline = Pipeline::resume(files, Options::default(), &bytes, Hash(7)).0;
    }

    /// Each file of the site, made if it was not.
    fn site(&mut self) -> BTreeMap<&'static str, Vec<u8>> {
        let paths: Vec<OutPath> = self.pipeline.book().unwrap().outputs().iter().map(|(_, path)| *path).collect();
        let memory = &self.memory;
        for path in &paths {
            self.pipeline
                .make_path(*path, &|path, hash| memory.holds(path, hash), &|output, hash| memory.put(output, hash))
                .unwrap();
        }
        let made = self.memory.0.lock().unwrap();
        paths.iter().map(|path| (path.as_str(), made[path].1.clone())).collect()
    }

    /// What is wrong with the book, with the place of each, as a reader of the terminal sees it.
    fn told(&self) -> Vec<String> {
        let place = |found: &benchbook::diag::Diagnostic| {
            let at = found.place.as_ref().and_then(|place| self.pipeline.locate(place));
            at.map(|at| format!("{}:{}..{}", at.file, at.start, at.end)).unwrap_or_default()
        };
        let all = self.pipeline.diagnostics();
        all.iter().map(|d| format!("{} {} {}: {:?}", place(d), d.code.name(), d.message, (&d.help, &d.also))).collect()
    }
}

const CHAPTERS: usize = 24;

/// The book that is edited: state enough to write every file of it.
#[derive(Clone)]
struct State {
    /// By number: whether it is listed, its title, its headings, its paragraphs.
    chapters: Vec<Chapter>,
    rows: Vec<(String, u32, &'static str)>,
    sources: Vec<&'static str>,
    note: Option<String>,
    template: bool,
    image: bool,
    sheet: u32,
    redirect: bool,
    locked: bool,
    schema_unit: &'static str,
    /// The runs of the benchmark: on which card, what came out, and by which model.
    runs: Vec<(&'static str, u32, &'static str)>,
    better: &'static str,
    ages: &'static str,
    today: Date,
    /// Each machine with its value and the build of its program; none where its record is not there.
    records: Vec<(&'static str, Option<(u32, u32)>)>,
    metric: &'static str,
    near: u32,
    source_kind: &'static str,
}

#[derive(Clone)]
struct Chapter {
    listed: bool,
    title: String,
    front: Option<String>,
    heading: String,
    paragraphs: Vec<String>,
}

impl State {
    fn new(random: &mut Random) -> Self {
        let chapter = |n: usize, random: &mut Random| Chapter {
            listed: true,
            title: format!("Chapter {n}"),
            front: n.is_multiple_of(5).then(|| format!("title = 'Front {n} {{{{ cards.a.memory }}}}'")),
            heading: format!("Part {n}"),
            paragraphs: (0..3).map(|_| paragraph(random)).collect(),
        };
        State {
            chapters: (0..CHAPTERS).map(|n| chapter(n, random)).collect(),
            rows: ["a", "b", "c", "d"].iter().zip(1..).map(|(k, n)| (k.to_string(), n * 8, "s1")).collect(),
            sources: vec!["s1", "s2"],
            note: Some("A note.\n".into()),
            template: false,
            image: true,
            sheet: 0,
            redirect: false,
            locked: false,
            schema_unit: "GB",
            runs: vec![("a", 40, "8B"), ("b", 30, "8B"), ("c", 20, "8B")],
            better: "higher",
            ages: "",
            today: date(2026, 11, 24),
            records: vec![("m1", Some((100, 1))), ("m2", Some((50, 1))), ("m3", None)],
            metric: "Writing",
            near: 5,
            source_kind: "community",
        }
    }

    fn write(&self, files: &MemoryFiles, old: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
        let mut now: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut put = |path: &str, text: String| {
            now.insert(path.to_owned(), text.into_bytes());
        };
        let redirect = if self.redirect {
            "[output.html.redirect]\n\"/old.html\" = \"/c1.html\"\n\"/c2.html#gone\" = \"/c2.html#part-2\"\n"
        } else {
            ""
        };
        let ages = self.ages;
        put("book.toml", format!("[book]\ntitle = 'Book'\n{redirect}[benchbook]\ntheme = 'default'\n{ages}"));
        let mut summary = String::from("# Summary\n\n");
        for (n, chapter) in self.chapters.iter().enumerate() {
            if n % 8 == 0 {
                summary.push_str(&format!("\n# Part {}\n\n", n / 8));
            }
            if chapter.listed {
                let indent = if n % 4 == 3 { "  " } else { "" };
                summary.push_str(&format!("{indent}- [{}](c{n}.md)\n", chapter.title));
            }
            let front = chapter.front.as_ref().map(|front| format!("+++\n{front}\n+++\n")).unwrap_or_default();
            let text = format!(
                "{front}# {}\n\n{}\n\n## {}\n\n{}\n",
                chapter.title,
                chapter.paragraphs[0],
                chapter.heading,
                chapter.paragraphs[1..].join("\n\n")
            );
            put(&format!("content/c{n}.md"), text);
        }
        put("content/SUMMARY.md", summary);
        let rows: String = self
            .rows
            .iter()
            .map(|(key, memory, source)| format!("{key},Card {key} {memory} GB,{memory},{source}\n"))
            .collect();
        put("content/data/cards.csv", format!("id,name,memory,from\n{rows}"));
        put(
            "content/data/cards.schema.toml",
            format!(
                "primaryKey = 'id'\nsourceField = 'from'\n[[fields]]\nname = 'memory'\ntype = 'integer'\nunit = '{}'\n",
                self.schema_unit
            ),
        );
        let kind = self.source_kind;
        let sources: String = self
            .sources
            .iter()
            .zip(["published = 2026-01-31", "retrieved = 2024-11-25\nage = '2y'"])
            .map(|(id, date)| format!("[{id}]\ntitle = 'Source {id}'\nkind = '{kind}'\n{date}\n"))
            .collect();
        let metric = format!("metrics.tg = {{ unit = 'tok/s', better = '{}' }}", self.better);
        put(
            "content/benchmarks.toml",
            format!(
                "[llama]\ntitle = 'LLaMA'\n{metric}\nsame = ['model']\n\
                 [speed]\ntitle = 'Speed'\nmetrics.tg = {{ title = '{}', unit = 'tok/s', better = 'higher' }}\n\
                 near = {{ 'software.build' = {} }}\n",
                self.metric, self.near
            ),
        );
        for (machine, record) in &self.records {
            let Some((value, build)) = record else { continue };
            put(
                &format!("content/measurements/speed/{machine}.json"),
                format!(
                    "{{ \"benchmark\": \"speed\", \"machine\": {{ \"id\": \"{machine}\" }}, \"source\": \"s1\",\n\
                     \"software\": [{{ \"name\": \"p\", \"build\": {build} }}], \"results\": {{ \"tg\": {{ \"value\": {value},\n\
                     \"unit\": \"tok/s\", \"statistic\": \"mean\", \"sd\": 1, \"n\": 5 }} }} }}\n"
                ),
            );
        }
        put("content/sources.toml", sources);
        let metric = format!("metrics.tg = {{ unit = 'tok/s', better = '{}' }}", self.better);
        put("content/benchmarks.toml", format!("[llama]\ntitle = 'LLaMA'\n{metric}\nsame = ['model']\n"));
        for (card, value, model) in &self.runs {
            put(
                &format!("content/measurements/llama/{card}.json"),
                format!(
                    r#"{{ "benchmark": "llama", "machine": {{ "id": "{card}" }}, "conditions": {{ "model": "{model}" }}, "source": "s1",
                    "results": {{ "tg": {{ "value": {value}, "unit": "tok/s", "statistic": "mean", "sd": 1, "n": 5 }} }} }}"#
                ),
            );
        }
        if let Some(note) = &self.note {
            put("content/includes/note.md", note.clone());
        }
        if self.template {
            put("themes/default/templates/404.html", "<p>{{ book.title }}</p>".into());
        }
        if self.sheet > 0 {
            put("themes/default/assets/book.css", format!("p {{ margin: {}px }}\n", self.sheet));
        }
        if self.image {
            put("content/img/a.png", "not really".into());
        }
        if self.locked {
            put("anchors.lock", "c1.html\nc1.html#part-1\nc3.html#was-here\n".into());
        }
        for (path, bytes) in &now {
            if old.get(path) != Some(bytes) {
                files.write(path, bytes.clone());
            }
        }
        for path in old.keys().filter(|path| !now.contains_key(*path)) {
            files.remove(path);
        }
        now
    }

    /// One random edit.
    fn edit(&mut self, random: &mut Random) {
        let n = random.below(CHAPTERS);
        match random.below(37) {
            27 if !self.runs.is_empty() => {
                let run = random.below(self.runs.len());
                self.runs[run].1 = 1 + random.below(60) as u32;
            }
            28 => {
                let card = *random.one(&["a", "b", "c", "d"]);
                match self.runs.iter().position(|run| run.0 == card) {
                    Some(run) => drop(self.runs.remove(run)),
                    None => self.runs.push((card, 1 + random.below(60) as u32, "8B")),
                }
            }
            29 if !self.runs.is_empty() => {
                let run = random.below(self.runs.len());
                self.runs[run].2 = *random.one(&["8B", "70B"]);
            }
            30 => self.better = *random.one(&["higher", "lower"]),
            0..=3 => *random_paragraph(&mut self.chapters[n], random) = paragraph(random),
            4 => self.chapters[n].title = format!("Chapter {n} v{}", random.below(4)),
            5 => self.chapters[n].heading = format!("{} {n}", random.one(&["Part", "Section", "Part"])),
            6 => self.chapters[n].listed = !self.chapters[n].listed,
            7 => self.chapters.swap(n, (n + 1) % CHAPTERS),
            8 | 9 => {
                let row = random.below(self.rows.len().max(1));
                if let Some(row) = self.rows.get_mut(row) {
                    row.1 = 1 + random.below(64) as u32;
                }
            }
            10 if self.rows.len() > 1 => {
                let row = random.below(self.rows.len());
                self.rows.remove(row);
            }
            11 => {
                let key = random.one(&["a", "b", "c", "d", "e", "f"]).to_string();
                let at = random.below(self.rows.len() + 1);
                if !self.rows.iter().any(|row| row.0 == key) {
                    self.rows.insert(at, (key, 1 + random.below(9) as u32, "s2"));
                }
            }
            // A row that cannot be read, a double key: mistakes in the data come and go too.
            12 => {
                let key = self.rows.first().map(|row| row.0.clone()).unwrap_or_default();
                self.rows.push((key, 3, "s1"));
            }
            13 => self.rows.dedup_by(|a, b| a.0 == b.0),
            14 => {
                let note = format!("Note {}: {{{{ cards.b.memory }}}}.\n", random.below(5));
                self.note = if self.note.is_some() && random.below(3) == 0 { None } else { Some(note) };
            }
            15 => self.template = !self.template,
            16 => self.image = !self.image,
            17 => self.sheet = random.below(3) as u32,
            18 => self.redirect = !self.redirect,
            19 => self.locked = !self.locked,
            24 => {
                self.ages = *random.one(
                    &[
                        "",
                        "[benchbook.ages]\nkind.press = '11 months'\n",
                        "[benchbook.ages]\ntable.cards = '300d'\n",
                        "[benchbook.ages]\nsource.s1 = '1y'\nkind.vendor = '1d'\ntable.cord = '1d'\n",
                    ][..],
                );
            }
            25 => {
                let days = *random.one(&[1, 1, 7, 365, -365]);
                self.today = self.today.saturating_add(days.days());
            }
            20 => self.schema_unit = *random.one(&["GB", "GiB", "Gx"][..]),
            21 => self.sources = if self.sources.len() == 2 { vec!["s1"] } else { vec!["s1", "s2"] },
            22 => {
                let front = random.one(&[
                    "title = 'T {{ cards.c.memory }}'",
                    "title = 'M {{ median(cards.*.memory) }}'",
                    "draft = true",
                    "titel = 1",
                    "description = 'd'",
                    "[[allow]]\ntext = '8 GB'\nwhy = 'w'",
                ]);
                self.chapters[n].front = if random.below(2) == 0 { None } else { Some((*front).to_owned()) };
            }
            31..=33 => {
                let record = random.below(self.records.len());
                let (value, build) = (1 + random.below(200) as u32, 1 + random.below(9) as u32);
                self.records[record].1 = if random.below(5) == 0 { None } else { Some((value, build)) };
            }
            34 => self.metric = *random.one(&["Writing", "Generation"][..]),
            35 => self.near = *random.one(&[5, 2, 20][..]),
            36 => self.source_kind = *random.one(&["community", "vendor", "guess"][..]),
            _ => {}
        }
    }
}

fn random_paragraph<'a>(chapter: &'a mut Chapter, random: &mut Random) -> &'a mut String {
    let ix = random.below(chapter.paragraphs.len());
    &mut chapter.paragraphs[ix]
}

/// A paragraph of one of the kinds that lean on something else.
fn paragraph(random: &mut Random) -> String {
    let n = random.below(CHAPTERS + 1);
    let key = *random.one(&["a", "b", "c", "d", "e"]);
    let machine = *random.one(&["m1", "m2", "m3"]);
    match random.below(31) {
        22 => format!(
            "```table\nfrom = 'cards'\nwhere = 'memory >= {n} GB'\ncolumns = ['name', {{ name = 'w', value = 'records.llama[id].tg', \
                       bar = true }}, {{ label = 'Per GB', value = 'w / memory' }}]\nsort = '-w'\nid = 'w{n}'\n```"
        ),
        23 => "```table\nfrom = 'records.llama'\nsort = '-tg'\n```".into(),
        24 => "```table\nfrom = 'records.llama'\nacross = ['model']\nwhy = 'it is meant'\ncolumns = ['id', 'tg']\n```"
            .into(),
        25 | 26 => format!("It writes {{{{ records.speed.{machine}.tg }}}}."),
        27 => format!("{{{{ ratio(records.speed.m1.tg, records.speed.{machine}.tg) }}}} as much."),
        28 => "At best {{ best(records.speed.*.tg) }}, by {{ best(records.speed.*.tg) | name }}.".into(),
        29 => format!("[{{{{ records.speed.{machine}.tg }}}}](numbers/cards.html), [all](numbers/index.html)."),
        30 => format!("{{{{ records.speed.{machine}.software-build }}}} of {{{{ sources.s1.title }}}}."),
        0 => format!("See [that](c{n}.md) and [its part](c{n}.md#part-{n})."),
        1 => format!("It has {{{{ cards.{key}.memory }}}}, or {{{{ cards.{key}.memory | bare }}}}."),
        2 => "{{#include includes/note.md}}".into(),
        3 => format!("{{{{#include includes/note.md:{}}}}}", 1 + random.below(2)),
        4 => "```table\nfrom = \"cards\"\ncolumns = [\"name\", \"memory\"]\nsort = \"-memory\"\n```".into(),
        5 => format!("```table\nfrom = \"cards\"\nid = \"t{n}\"\ncaption = '{{{{ cards.{key}.memory }}}}'\n```"),
        6 => "![picture](img/a.png)".into(),
        7 => format!("### Deep {{{{ cards.{key}.memory }}}}\n\nBelow."),
        8 => format!("A [table](c{n}.md#t{n}) and [back](old.html)."),
        9 => "<b>bold</b> <script>no</script> <a href=\"c3.md\">raw</a>".into(),
        10 => format!("Text[^{key}].\n\n[^{key}]: {{{{ cards.{key}.name }}}}."),
        11 => "```rust\nlet x = 1;\n```".into(),
        13 => format!("::: tabs\n::: tab Of {{{{ cards.{key}.memory }}}}\n[that](c{n}.md)\n:::\n:::"),
        14 => format!(
            "x^2^ at https://a.example/{n}, $a_{{{n}}}$ for $5.\n\n```rust title=\"a.rs\" {{1}} linenos\nlet x = {n};\n```"
        ),
        12 => "> [!NOTE]\n> [home](index.html)".into(),
        15 => {
            format!("Up to {{{{ max(cards.*.memory) }}}}, {{{{ count(cards[where memory > {n} GB]) }}}} of them more.")
        }
        16 => format!(
            "{{{{ ratio(cards.a.memory, cards.{key}.memory) }}}} and {{{{ cards.{key}.memory / cards.b.memory }}}}."
        ),
        17 => format!("### Half {{{{ cards.{key}.memory / 2 | in GiB }}}}\n\nBelow."),
        18 => format!(
            "{{{{ if(has(cards[cards.{key}.from].memory), \"a row\", \"no row\") }}}}, {{{{ cards.{key} | name }}}}."
        ),
        19 => format!(
            "```table\nfrom = \"cards\"\ncaption = '{{{{ sum(cards[where from = \"s{}\"].memory) }}}}'\n```",
            n % 3
        ),
        21 => format!("Typed: {n} GB; a Card {key} {n} GB.\n\n```table\nfrom = \"cards\"\ncaption = 'Of 8 GB.'\n```"),
        _ => format!("Plain text {}.", random.below(1000)),
    }
}

fn batches() -> usize {
    std::env::var("BENCHBOOK_BATCHES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

#[test]
fn incremental_equals_clean() {
    let all = batches();
    let runs = 6;
    for run in 0..runs {
        let lazy = run % 2 == 1;
        let mut random = Random(1000 + run as u64);
        let files = Arc::new(MemoryFiles::default());
        let mut state = State::new(&mut random);
        let mut written = state.write(&files, &BTreeMap::new());
        let mut incremental = Built::new(&files).on(state.today);
        incremental.update(true, &[]);
        for batch in 0..all.div_ceil(runs) {
            let before = state.clone();
            for _ in 0..1 + random.below(4) {
                state.edit(&mut random);
            }
            // Now and then everything goes back to what it was.
            if random.below(10) == 0 {
                state = before;
            }
            written = state.write(&files, &written);
            incremental = incremental.on(state.today);
            if lazy {
                let open = OutPath::new(&format!("c{}.html", random.below(CHAPTERS)));
                incremental.update(false, &[open]);
                // Several batches go by before anyone looks at the rest.
                if random.below(4) != 0 {
                    continue;
                }
                incremental.site();
            } else {
                incremental.update(true, &[]);
            }
            if random.below(4) == 0 {
                incremental.restart(&files);
                incremental = incremental.on(state.today);
                incremental.update(!lazy, &[]);
            }
            if random.below(5) == 0 {
                // Some outputs get lost and must come back.
                let mut memory = incremental.memory.0.lock().unwrap();
                let lost = memory.keys().nth(random.below(memory.len())).copied();
                memory.remove(&lost.unwrap());
            }
            let mut clean = Built::new(&files).on(state.today);
            clean.update(true, &[]);
            let (a, b) = (incremental.site(), clean.site());
            for (path, bytes) in &b {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let ours = a.get(path).unwrap_or_else(|| panic!("run {run}, batch {batch}: no {path}"));
                assert_eq!(text(ours), text(bytes), "run {run}, batch {batch}: {path} differs");
            }
            assert_eq!(a.len(), b.len(), "run {run}, batch {batch}: files that a clean build does not have");
            assert_eq!(incremental.told(), clean.told(), "run {run}, batch {batch}: diagnostics differ");
        }
    }
}

/// A book of two parts with links between chapters, as small as the table below needs it.
fn small() -> Arc<MemoryFiles> {
    let files = Arc::new(MemoryFiles::default());
    files.write("book.toml", "[book]\ntitle = 'B'\n[output.html.print]\nenable = false\n[benchbook]\n");
    files.write(
        "content/SUMMARY.md",
        "# S\n\n# One\n\n- [A](a.md)\n- [B](b.md)\n\n# Two\n\n- [C](c.md)\n- [D](d.md)\n- [E](e.md)\n- [F](f.md)\n- [G](g.md)\n- [H](h.md)\n- [I](i.md)\n",
    );
    files.write("content/a.md", "# A\n\n[to d](d.md#deep)\n");
    files.write("content/b.md", "# B\n\n{{ cards.x.memory }}\n");
    files.write("content/c.md", "# C\n\n{{#include includes/n.md}}\n\n![a box](box.svg)\n");
    files.write("content/d.md", "# D\n\n## Deep\n\nText.\n");
    files.write("content/box.svg", "<svg width='3' height='2'/>");
    files.write("content/e.md", "# E\n\n```table\nfrom = \"cards\"\n```\n");
    files.write("content/includes/n.md", "note\n");
    files.write("content/data/cards.csv", "id,memory\nx,1\ny,2\n");
    timed(&files, "x", 1);
    timed(&files, "z", 3);
    files.write(
        "content/f.md",
        "# F\n\n```table\nfrom = 'cards'\ncolumns = ['id', { name = 't', value = 'records.run[id].t' }]\n```\n",
    );
    files.write("content/g.md", "# G\n\n```table\nfrom = 'records.run'\n```\n");
    files.write("content/h.md", "# H\n\n{{ records.speed.m1.tg }}\n");
    files.write("content/benchmarks.toml", benchmarks("Speed"));
    files.write("content/sources.toml", "[s]\ntitle = 'S'\n[t]\ntitle = 'T'\n");
    for (machine, value) in [("m1", 10), ("m2", 20), ("unused", 30)] {
        record(&files, machine, value);
    }
    files.write("content/i.md", "# I\n\n{{ max(records.speed.m1.tg, records.speed.m2.tg) }}\n");
    files
}

/// A run of the small book's benchmark.
fn timed(files: &MemoryFiles, machine: &str, value: u32) {
    let text = format!(
        r#"{{ "benchmark": "run", "machine": {{ "id": "{machine}" }}, "results": {{ "t": {{ "value": {value}, "unit": "s" }} }} }}"#
    );
    files.write(&format!("content/measurements/run/{machine}.json"), text);
}

fn benchmarks(title: &str) -> String {
    format!(
        "[run]
title = 'R'
metrics.t = {{ unit = 's' }}
\
         [speed]
title = '{title}'
metrics.tg = {{ unit = 'tok/s', better = 'higher' }}
"
    )
}

fn record(files: &MemoryFiles, machine: &str, value: u32) {
    let results = format!(r#""results": {{ "tg": {{ "value": {value}, "unit": "tok/s" }} }}"#);
    let source = if machine == "m1" { "s" } else { "t" };
    files.write(
        &format!("content/measurements/speed/{machine}.json"),
        format!(r#"{{ "benchmark": "speed", "machine": {{ "id": "{machine}" }}, "source": "{source}", {results} }}"#),
    );
}

/// What is made by an edit of the small book, `index.html` (the first chapter again) left out.
fn made_by(edit: impl Fn(&MemoryFiles)) -> Vec<&'static str> {
    let files = small();
    let mut built = Built::new(&files);
    built.update(true, &[]);
    edit(&files);
    let mut made = built.update(true, &[]);
    made.retain(|path| *path != "index.html");
    made.sort_unstable();
    made
}

/// Every page: those that a template makes.
const ALL: [&str; 17] = [
    "404.html",
    "a.html",
    "b.html",
    "c.html",
    "contents.html",
    "d.html",
    "e.html",
    "f.html",
    "g.html",
    "h.html",
    "i.html",
    "numbers/cards.html",
    "numbers/index.html",
    "numbers/run/x.html",
    "numbers/run/z.html",
    "numbers/speed/m1.html",
    "numbers/speed/m2.html",
];

#[test]
fn an_edit_makes_what_leans_on_it_and_nothing_else() {
    type Edit = (&'static str, fn(&MemoryFiles), &'static [&'static str]);
    let edits: &[Edit] = &[
        ("nothing", |_| {}, &[]),
        ("a touch", |f| f.write("content/d.md", "# D\n\n## Deep\n\nText.\n"), &[]),
        ("body text", |f| f.write("content/d.md", "# D\n\n## Deep\n\nOther.\n"), &["d.html"]),
        (
            "a heading that is linked to",
            |f| f.write("content/d.md", "# D\n\n## Deeper\n\nText.\n"),
            &["a.html", "d.html"],
        ),
        ("a heading that is not", |f| f.write("content/b.md", "# Bee\n\n{{ cards.x.memory }}\n"), &["b.html"]),
        (
            "a cited row",
            |f| f.write("content/data/cards.csv", "id,memory\nx,9\ny,2\n"),
            &[
                "b.html",
                "e.html",
                "f.html",
                "numbers/cards.csv",
                "numbers/cards.html",
                "numbers/cards.json",
                "numbers/index.html",
                "numbers/index.json",
            ],
        ),
        (
            "a row that is only in a table",
            |f| f.write("content/data/cards.csv", "id,memory\nx,1\ny,9\n"),
            &[
                "e.html",
                "f.html",
                "numbers/cards.csv",
                "numbers/cards.html",
                "numbers/cards.json",
                "numbers/index.html",
                "numbers/index.json",
            ],
        ),
        (
            "a record that two tables show",
            |f| timed(f, "x", 2),
            &[
                "f.html",
                "g.html",
                "numbers/index.html",
                "numbers/index.json",
                "numbers/run/x.html",
                "numbers/run/x.json",
            ],
        ),
        (
            "a record that one table shows",
            |f| timed(f, "z", 2),
            &["g.html", "numbers/index.html", "numbers/index.json", "numbers/run/z.html", "numbers/run/z.json"],
        ),
        (
            "a record that was looked for",
            |f| timed(f, "y", 2),
            &[
                "f.html",
                "g.html",
                "numbers/index.html",
                "numbers/index.json",
                "numbers/run/y.html",
                "numbers/run/y.json",
            ],
        ),
        (
            "a row put in above a cited one",
            |f| f.write("content/data/cards.csv", "id,memory\nw,5\nx,1\ny,2\n"),
            &[
                "e.html",
                "f.html",
                "numbers/cards.csv",
                "numbers/cards.html",
                "numbers/cards.json",
                "numbers/index.html",
                "numbers/index.json",
            ],
        ),
        ("an include", |f| f.write("content/includes/n.md", "other\n"), &["c.html"]),
        (
            "a title, in the tree that every page shows",
            |f| {
                let text = "# S\n\n# One\n\n- [A](a.md)\n- [B](b.md)\n\n# Two\n\n- [C](c.md)\n- [Dee](d.md)\n- [E](e.md)\n- [F](f.md)\n- [G](g.md)\n- [H](h.md)\n- [I](i.md)\n";
                f.write("content/SUMMARY.md", text);
            },
            &[
                "a.html",
                "b.html",
                "c.html",
                "contents.html",
                "d.html",
                "e.html",
                "f.html",
                "g.html",
                "h.html",
                "i.html",
                "numbers/cards.html",
                "numbers/index.html",
                "numbers/run/x.html",
                "numbers/run/z.html",
                "numbers/speed/m1.html",
                "numbers/speed/m2.html",
            ],
        ),
        (
            "a record that a page cites",
            |f| record(f, "m2", 21),
            &["i.html", "numbers/index.html", "numbers/index.json", "numbers/speed/m2.html", "numbers/speed/m2.json"],
        ),
        ("a record that no page cites", |f| record(f, "unused", 31), &[]),
        ("a record that is new", |f| record(f, "new", 31), &[]),
        (
            "the title of a source",
            |f| f.write("content/sources.toml", "[s]\ntitle = 'S'\n[t]\ntitle = 'Tee'\n"),
            &["i.html", "numbers/index.html", "numbers/index.json", "numbers/speed/m2.html", "numbers/speed/m2.json"],
        ),
        (
            "a benchmark",
            |f| f.write("content/benchmarks.toml", benchmarks("Pace")),
            &[
                "h.html",
                "i.html",
                "numbers/index.html",
                "numbers/index.json",
                "numbers/speed/m1.html",
                "numbers/speed/m1.json",
                "numbers/speed/m2.html",
                "numbers/speed/m2.json",
            ],
        ),
        (
            "one place more that cites a record",
            |f| f.write("content/d.md", "# D\n\n## Deep\n\n{{ records.speed.m1.tg }}\n"),
            &["d.html", "numbers/index.html", "numbers/index.json", "numbers/speed/m1.html", "numbers/speed/m1.json"],
        ),
        ("a template", |f| f.write("themes/default/templates/404.html", "x"), &ALL),
        ("a picture that no page shows", |f| f.write("content/p.png", "p"), &["p.png"]),
        (
            "the size of a picture",
            |f| f.write("content/box.svg", "<svg width='9' height='2'/>"),
            &["box.svg", "c.html"],
        ),
        (
            "a picture of the same size",
            |f| f.write("content/box.svg", "<svg height='2' width='3'/>"),
            &["box.svg", "c.html"],
        ),
        ("a file beside the book", |f| f.write("notes.txt", "n"), &[]),
    ];
    let mut wrong = Vec::new();
    for (name, edit, expected) in edits {
        let made = made_by(edit);
        if made != *expected {
            wrong.push(format!("{name}: {made:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_expression_leans_on_the_rows_that_it_reads() {
    let files = small();
    files.write("content/a.md", "# A\n\n{{ cards.x.memory / 2 }}\n");
    files.write("content/b.md", "# B\n\n{{ max(cards.*.memory) }}\n");
    files.write("content/c.md", "# C\n\n{{ if(has(cards[\"y\"].memory), 1, 2) }}\n");
    files.write("content/e.md", "# E\n");
    files.write("content/f.md", "# F\n");
    files.write("content/data/cards.schema.toml", "[[fields]]\nname = 'memory'\ntype = 'integer'\n");
    let mut built = Built::new(&files);
    built.update(true, &[]);
    let mut made_by = |rows: &str| {
        files.write("content/data/cards.csv", format!("id,memory\n{rows}"));
        let mut made = built.update(true, &[]);
        made.retain(|path| *path != "index.html" && !path.starts_with("numbers/"));
        made.sort_unstable();
        made
    };
    assert_eq!(made_by("x,9\ny,2\n"), ["a.html", "b.html"]);
    assert_eq!(made_by("x,9\ny,3\n"), ["b.html", "c.html"]);
    assert_eq!(made_by("x,9\ny,3\nz,10\n"), ["b.html"]);
}

#[test]
fn a_day_that_passes_makes_the_pages_whose_numbers_it_makes_stale() {
    let files = small();
    files.write("content/a.md", "# A\n\n{{ cards.y.memory }}\n");
    files.write("content/c.md", "# C\n\n{{ max(cards.*.memory) }}\n");
    files.write("content/e.md", "# E\n");
    files.write("content/data/cards.csv", "id,memory,from\nx,1,old\ny,2,new\n");
    files.write(
        "content/data/cards.schema.toml",
        "sourceField = 'from'\n[[fields]]\nname = 'memory'\ntype = 'integer'\n",
    );
    files.write(
        "content/sources.toml",
        "[old]\ntitle = 'O'\nkind = 'vendor'\npublished = 2024-11-25\n[new]\ntitle = 'N'\npublished = 2025-01-01\n",
    );
    files.write(
        "book.toml",
        "[book]\ntitle = 'B'\n[output.html.print]\nenable = false\n[benchbook]\n[benchbook.ages]\nkind.vendor = '2y'\n",
    );
    let mut built = Built::new(&files).on(date(2026, 11, 24));
    built.update(true, &[]);
    let mut made_on = |today: Date| {
        built.pipeline.fix_today(today);
        let mut made = built.update(true, &[]);
        made.retain(|path| *path != "index.html" && !path.starts_with("numbers/"));
        made.sort_unstable();
        (made, built.told().iter().filter(|line| line.contains(" stale ")).count())
    };
    assert_eq!(made_on(date(2026, 11, 25)), (vec![], 0));
    assert_eq!(made_on(date(2026, 11, 26)), (vec!["b.html", "c.html"], 2));
    assert_eq!(made_on(date(2027, 11, 26)), (vec![], 2));
    files.write(
        "content/data/cards.schema.toml",
        "sourceField = 'from'\nage = '4y'\n[[fields]]\nname = 'memory'\ntype = 'integer'\n",
    );
    assert_eq!(made_on(date(2027, 11, 27)), (vec!["a.html", "b.html", "c.html", "f.html"], 0));
    assert_eq!(made_on(date(2028, 12, 1)), (vec!["b.html", "c.html"], 2));
    assert_eq!(made_on(date(2029, 2, 1)), (vec!["a.html", "c.html"], 4));
}

#[test]
fn of_a_long_book_a_title_makes_its_window_only() {
    let files = Arc::new(MemoryFiles::default());
    let summary = |changed: usize| {
        let entry = |n: usize| format!("- [C{n}{}](c{n}.md)\n", if n == changed { " new" } else { "" });
        let parts =
            (0..6).map(|part| format!("# P{part}\n\n{}\n", (part * 50..part * 50 + 50).map(entry).collect::<String>()));
        format!("# S\n\n{}", parts.collect::<String>())
    };
    files.write("book.toml", "[book]\ntitle = 'B'\n[benchbook]\n");
    files.write("content/SUMMARY.md", summary(999));
    for n in 0..300 {
        files.write(&format!("content/c{n}.md"), format!("# C{n}\n"));
    }
    let mut built = Built::new(&files);
    built.update(true, &[]);
    files.write("content/SUMMARY.md", summary(125));
    let made = built.update(true, &[]);
    // Twenty before, twenty after, the page itself, and the whole tree.
    assert_eq!(made.len(), 42, "{made:?}");
}
