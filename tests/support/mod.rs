//! What the tests of the whole program share: a small good book in a folder of its own, a secret beside it, the
//! program run under a time limit and with its memory measured, and the invariants that hold whatever happens.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::disallowed_methods, reason = "tests make, break and read files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program.
pub const BENCHBOOK: &str = env!("CARGO_BIN_EXE_benchbook");
/// The longest that a command may take.
pub const MOST_TIME: Duration = Duration::from_secs(20);
/// The most memory that a command may take, in KiB.
pub const MOST_MEMORY: u64 = 512 << 10;
/// What stands in the file that no book may show.
pub const CANARY: &str = "5f0c1e9ab7d24c3f8e6a90b1d2c3e4f5";
/// What stands in the environment and in no output.
pub const CREDENTIAL: &str = "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b";

/// The good book: three chapters, a table with its schema and its source, an image, a theme override.
const GOOD: &[(&str, &str)] = &[
    (
        "book.toml",
        "[book]\ntitle = \"Good\"\nsrc = \"content\"\n\n[output.html.redirect]\n\"/old.html\" = \"/b.html\"\n\n\
         [benchbook]\nout = \"site\"\n",
    ),
    ("content/SUMMARY.md", "# Summary\n\n- [A](a.md)\n  - [B](b.md)\n- [C](deep/c.md)\n"),
    ("content/a.md", "# A\n\nIt has {{ cards.x.memory }}. See [B](b.md#more) and ![a dot](img/dot.svg).\n"),
    ("content/b.md", "# B\n\n## More\n\n```table\nfrom = \"cards\"\n```\n\n```rust\nfn main() {}\n```\n"),
    ("content/deep/c.md", "# C\n\n{{#include ../img/part.txt}}\n\n[Back](../a.md)\n"),
    ("content/img/part.txt", "A part.\n"),
    ("content/img/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>\n"),
    ("content/data/cards.csv", "id,memory\nx,24\ny,32\n"),
    (
        "content/data/cards.schema.toml",
        "primaryKey = \"id\"\nsource = \"maker\"\n\n[[fields]]\nname = \"memory\"\ntype = \"number\"\nunit = \"GB\"\n",
    ),
    ("content/sources.toml", "[maker]\ntitle = \"The maker\"\nurl = \"https://example.org/\"\nkind = \"vendor\"\n"),
    ("themes/default/templates/404.html", "<!doctype html>\n<title>{{ page.title }}</title>\n<p>Nothing here.\n"),
];

/// A folder with a book in it and a secret beside it.
pub struct Ground {
    dir: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; 128 and the signal when a signal ended it.
    pub code: i32,
    /// What it wrote to its output.
    pub stdout: String,
    /// What it wrote to its error stream.
    pub stderr: String,
    /// The most memory that it took, in KiB, where that could be measured.
    pub memory: Option<u64>,
    /// How long it took.
    pub took: Duration,
}

impl Ran {
    /// All that it wrote.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A file, a folder or a link: enough to see that it was not touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    kind: char,
    content: u64,
    mtime: (i64, i64),
    inode: u64,
}

/// The bytes of files, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// All that stands beneath a folder.
pub type Tree = BTreeMap<String, Seen>;

impl Ground {
    /// A folder with nothing but the secret.
    pub fn bare() -> Self {
        let ground = Ground { dir: tempfile::tempdir().unwrap() };
        ground.file("outside/secret.txt", CANARY);
        ground.file("outside/victim.txt", format!("victim {CANARY}"));
        fs::create_dir(ground.book()).unwrap();
        ground
    }

    /// A folder with the good book.
    pub fn good() -> Self {
        let ground = Ground::bare();
        GOOD.iter().for_each(|(path, text)| ground.put(path, text));
        ground
    }

    /// A folder with the good book and its site.
    pub fn built() -> Self {
        let ground = Ground::good();
        let ran = ground.run(&["build"]);
        assert_eq!(ran.code, 0, "{}", ran.all());
        ground
    }

    /// The folder.
    pub fn top(&self) -> &Path {
        self.dir.path()
    }

    /// The folder of the book.
    pub fn book(&self) -> PathBuf {
        self.top().join("book")
    }

    /// A path of the book.
    pub fn at(&self, path: &str) -> PathBuf {
        self.book().join(path)
    }

    /// A path beside the book.
    pub fn outside(&self, path: &str) -> PathBuf {
        self.top().join("outside").join(path)
    }

    /// Writes a file of the book.
    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        self.file(&format!("book/{path}"), text);
    }

    /// Adds to the end of a file of the book.
    pub fn add(&self, path: &str, text: impl AsRef<[u8]>) {
        let mut bytes = fs::read(self.at(path)).unwrap();
        bytes.extend_from_slice(text.as_ref());
        self.put(path, bytes);
    }

    /// Puts `new` in place of the first `old` in a file of the book.
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(old), "{path} has no {old:?}");
        self.put(path, text.replacen(old, new, 1));
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.top().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Makes a symbolic link in the book.
    pub fn link(&self, to: impl AsRef<Path>, at: &str) {
        fs::create_dir_all(self.at(at).parent().unwrap()).unwrap();
        symlink(to, self.at(at)).unwrap();
    }

    /// A file of the site.
    pub fn page(&self, path: &str) -> String {
        let at = self.at("site").join(path);
        fs::read_to_string(&at).unwrap_or_else(|error| panic!("{}: {error}", at.display()))
    }

    /// A file of the book.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// Runs the program on the book.
    pub fn run(&self, args: &[&str]) -> Ran {
        run(self.command(args), MOST_TIME)
    }

    /// The program on the book, to be run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BENCHBOOK);
        command.arg("--root").arg(self.book()).args(args).current_dir(self.top());
        command
    }

    /// Everything beneath the folder but what a build may change: the site and the cache.
    pub fn kept(&self) -> Tree {
        let mut tree = tree(self.top());
        tree.retain(|path, seen| {
            let free = ["book/site", "book/.benchbook"];
            let free = free.iter().any(|f| path.strip_prefix(f).is_some_and(|r| r.is_empty() || r.starts_with('/')));
            // A folder's time is that of what is made in it.
            !free && seen.kind != 'd'
        });
        tree
    }

    /// The bytes of every file of the site; empty when there is none.
    pub fn site(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.at("site"))
    }
}

/// The bytes of every file beneath a folder, by path. A link is told by where it points.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        let path = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        let kind = entry.file_type();
        if kind.is_file() {
            out.insert(path, fs::read(entry.path()).unwrap());
        } else if kind.is_symlink() {
            out.insert(path, format!("-> {}", fs::read_link(entry.path()).unwrap().display()).into_bytes());
        }
    }
    out
}

/// All that stands beneath a folder.
pub fn tree(folder: &Path) -> Tree {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut out = Tree::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1).into_iter().flatten() {
        let meta = entry.path().symlink_metadata().unwrap();
        let mut hasher = DefaultHasher::new();
        let kind = match meta.file_type() {
            // One of hundreds of megabytes, which takes no room on the disk, is known by its length and its times.
            kind if kind.is_file() && meta.len() > 100 << 20 => {
                meta.len().hash(&mut hasher);
                'f'
            }
            kind if kind.is_file() => {
                fs::read(entry.path()).unwrap_or_default().hash(&mut hasher);
                'f'
            }
            kind if kind.is_symlink() => {
                fs::read_link(entry.path()).unwrap().hash(&mut hasher);
                'l'
            }
            kind if kind.is_dir() => 'd',
            _ => '?',
        };
        let path = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        let mtime = (meta.mtime(), meta.mtime_nsec());
        out.insert(path, Seen { kind, content: hasher.finish(), mtime, inode: meta.ino() });
    }
    out
}

/// Runs a command in a process group of its own, kills it when `limit` is over, and measures its memory.
pub fn run(command: Command, limit: Duration) -> Ran {
    let scratch = tempfile::tempdir().unwrap();
    let report = scratch.path().join("memory");
    let (out, err) = (scratch.path().join("out"), scratch.path().join("err"));
    let measured = Path::new("/usr/bin/time").exists();
    let mut whole = match measured {
        true => {
            let mut time = Command::new("/usr/bin/time");
            time.args(["-q", "-f", "%M", "-o"]).arg(&report).arg(command.get_program()).args(command.get_args());
            if let Some(dir) = command.get_current_dir() {
                time.current_dir(dir);
            }
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => time.env(name, value),
                    None => time.env_remove(name),
                };
            }
            time
        }
        false => command,
    };
    for name in ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"] {
        whole.env(name, CREDENTIAL);
    }
    whole.process_group(0).stdin(Stdio::null());
    whole.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
    let clock = Instant::now();
    let mut child = whole.spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if clock.elapsed() > limit {
            kill_group(child.id());
            let _ = child.wait();
            panic!("not done after {limit:?}: {:?}\n{}", whole.get_args(), lossy(&err));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let memory = fs::read_to_string(&report).ok();
    Ran {
        code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        stdout: lossy(&out),
        stderr: lossy(&err),
        memory: memory.and_then(|text| text.lines().last()?.trim().parse().ok()),
        took: clock.elapsed(),
    }
}

/// Kills a process and all that it started.
pub fn kill_group(leader: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{leader}")]).stderr(Stdio::null()).status();
}

fn lossy(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// Whether a tool can be used here; says so when it cannot.
pub fn can(program: &str, args: &[&str]) -> bool {
    let ran = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let can = ran.is_ok_and(|status| status.success());
    if !can {
        println!("skipped: `{program} {}` does not work here", args.join(" "));
    }
    can
}

/// One error or warning, as `--format json` tells it.
#[derive(Debug)]
pub struct Told {
    /// Its code.
    pub code: String,
    /// `error` or `warning`.
    pub level: String,
    /// The file, if it has a place.
    pub file: String,
    /// The line, counted from one.
    pub line: u64,
    /// The text that is underlined, on its first line.
    pub text: String,
    /// The message and every way out.
    pub says: String,
    /// How many ways out it names: help, or a label that says what is wanted.
    pub ways: usize,
}

/// Everything that is wrong with the book.
pub fn told(ran: &Ran) -> Vec<Told> {
    let mut out = Vec::new();
    for line in ran.stdout.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let span = &value["spans"][0];
        let text = word(&span["text"][0]["text"]);
        let cut = |name: &str| span["text"][0][name].as_u64().unwrap_or(1) as usize - 1;
        let text = text.chars().skip(cut("highlight_start")).take(cut("highlight_end") - cut("highlight_start"));
        let children = value["children"].as_array().cloned().unwrap_or_default();
        let mut says = word(&value["message"]);
        children.iter().for_each(|child| says += &format!("\n{}", word(&child["message"])));
        says += &format!("\n{}", word(&span["label"]));
        out.push(Told {
            code: word(&value["code"]["code"]),
            level: word(&value["level"]),
            file: word(&span["file_name"]),
            line: span["line_start"].as_u64().unwrap_or(0),
            text: text.collect(),
            // "It must be ..." says it already.
            ways: children.len() + usize::from(says.contains(" must be ") || says.contains("\none of ")),
            says,
        });
    }
    out
}

/// What must hold after any command (I2 to I5, I8, I9 of the list of hazards): gives what does not.
pub fn broken_by(ground: &Ground, before: &Tree, ran: &Ran) -> Vec<String> {
    let mut broken = Vec::new();
    let kept = ground.kept();
    if kept != *before {
        let moved: Vec<&String> = kept
            .iter()
            .filter(|(path, seen)| before.get(*path) != Some(seen))
            .map(|(path, _)| path)
            .chain(before.keys().filter(|path| !kept.contains_key(*path)))
            .collect();
        broken.push(format!("changed what is not its own: {moved:?}"));
    }
    for name in [CANARY, CREDENTIAL] {
        if ran.all().contains(name) {
            broken.push(format!("tells a secret: {}", ran.all()));
        }
        for folder in ["site", ".benchbook"] {
            // A link that the case planted is told by where it points, not by what stands there.
            let held = files(&ground.at(folder)).into_iter().filter(|(_, bytes)| holds(bytes, name.as_bytes()));
            broken.extend(held.map(|(path, _)| format!("a secret is in {folder}/{path}")));
        }
    }
    if ran.took > MOST_TIME {
        broken.push(format!("took {:?}", ran.took));
    }
    if ran.memory.is_some_and(|kib| kib > MOST_MEMORY) {
        broken.push(format!("took {} MiB", ran.memory.unwrap_or(0) >> 10));
    }
    if !(0..=3).contains(&ran.code) || ran.all().contains("panicked at") || ran.all().contains("internal-error") {
        broken.push(format!("ended with {}: {}", ran.code, ran.all()));
    }
    for entry in walkdir::WalkDir::new(ground.book()).into_iter().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == ".benchbook-stage" || name.ends_with(".tmp") {
            broken.push(format!("left {}", entry.path().display()));
        }
    }
    broken
}

/// Whether `bytes` hold `part`.
pub fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// That the site as it is now equals one made from nothing (I6).
pub fn equals_clean(ground: &Ground) -> Result<(), String> {
    let now = ground.site();
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("site");
    let ran = ground.run(&["build", "--out", out.to_str().unwrap()]);
    if ran.code != 0 {
        return Err(format!("cannot be built again: {}", ran.all()));
    }
    let clean = files(&out);
    match now == clean {
        true => Ok(()),
        false => {
            let differ: Vec<&String> = now
                .iter()
                .filter(|(path, bytes)| clean.get(*path) != Some(bytes))
                .map(|(path, _)| path)
                .chain(clean.keys().filter(|path| !now.contains_key(*path)))
                .collect();
            Err(format!("not what a clean build makes: {differ:?}"))
        }
    }
}

/// What a build that did not end well left.
#[derive(Debug, PartialEq, Eq)]
pub enum How {
    /// The old site or the new one.
    Whole,
    /// Some files of each.
    Mixed,
}

/// Whether each file of the site is wholly old or wholly new, none is gone that both have, and each page has its assets
/// (I1); else what does not hold.
pub fn torn(now: &Files, old: &Files, new: &Files) -> Result<How, String> {
    let ours = |files: &Files| -> Files {
        files.iter().filter(|(path, _)| !path.starts_with(".benchbook-")).map(|(p, b)| (p.clone(), b.clone())).collect()
    };
    let (now, old, new) = (ours(now), ours(old), ours(new));
    let torn = now.iter().find(|(path, bytes)| ![old.get(*path), new.get(*path)].contains(&Some(*bytes)));
    if let Some((path, bytes)) = torn {
        return Err(format!("{path} is neither old nor new ({} bytes)", bytes.len()));
    }
    if let Some(path) = old.keys().find(|path| new.contains_key(*path) && !now.contains_key(*path)) {
        return Err(format!("{path} is gone"));
    }
    if let Some(lost) = lost_links(&now).into_iter().find(|lost| lost.contains("assets/")) {
        return Err(format!("has lost what it shows: {lost}"));
    }
    Ok(if now == old || now == new { How::Whole } else { How::Mixed })
}

/// Runs each of `cases` on all cores, and tells all that failed at once.
pub fn each<T: Sync>(cases: &[T], name: impl Fn(&T) -> String + Sync, test: impl Fn(&T) -> Vec<String> + Sync) {
    use rayon::prelude::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let failed: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|case| {
            let clock = Instant::now();
            let found = catch_unwind(AssertUnwindSafe(|| test(case))).unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                vec![text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()]
            });
            let name = name(case);
            println!("{:>8.1?}  {name}", clock.elapsed());
            found.into_iter().map(move |what| format!("{name}: {what}"))
        })
        .collect();
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}

/// Every link of the site's pages that leads to no file of it, as `page: address`. What is absolute is not looked at.
pub fn lost_links(site: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut lost = Vec::new();
    for (path, bytes) in site.iter().filter(|(path, _)| path.ends_with(".html") && *path != "404.html") {
        let html = String::from_utf8_lossy(bytes);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for attribute in ["href=\"", "src=\""] {
            for address in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                let address = address.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"");
                let bare = address.split(['#', '?']).next().unwrap_or_default();
                if bare.is_empty() || bare.split('/').next().unwrap_or_default().contains(':') || bare.starts_with('/')
                {
                    continue;
                }
                let mut parts: Vec<String> = folder.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                for part in bare.split('/') {
                    match part {
                        "." => {}
                        ".." => drop(parts.pop()),
                        part => parts.push(decoded(part)),
                    }
                }
                if !site.contains_key(&parts.join("/")) {
                    lost.push(format!("{path}: {address}"));
                }
            }
        }
    }
    lost
}

/// `text` with `%xx` taken back, as a browser does it.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |bytes: &mut std::str::Bytes<'_>| {
            let hex: Vec<u8> = bytes.take(2).collect();
            u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
        };
        out.push(if byte == b'%' { hex(&mut bytes) } else { byte });
    }
    String::from_utf8(out).unwrap()
}
