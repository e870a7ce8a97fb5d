//! `serve` from outside: raw requests over a socket, and real files that are saved in every way there is.
//!
//! A canary stands beside the book and in its sources; no answer may hold it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "a test makes the files that it serves")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CANARY: &str = "5f1c9a7e30b84d2f9d6e1a0b7c3f8e24";

/// A book with a server over it.
struct Served {
    child: Child,
    port: u16,
    said: Arc<Mutex<String>>,
    book: PathBuf,
    _dir: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_benchbook"))
}

/// The book of `init`, with secrets: outside, in hidden files, in what is not copied.
fn book(dir: &Path) -> PathBuf {
    let book = dir.join("book");
    let made = program().arg("init").arg(&book).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for secret in ["outside/secret.txt", "book/.env", "book/.git/config", "book/content/measurements/x.txt"] {
        fs::create_dir_all(dir.join(secret).parent().unwrap()).unwrap();
        fs::write(dir.join(secret), CANARY).unwrap();
    }
    edit(&book, "content/start.md", |text| format!("{text}\n<!-- {CANARY} -->\n"));
    fs::write(book.join("content/a.md"), "# A\n\nThe text is old.\n").unwrap();
    edit(&book, "content/SUMMARY.md", |text| format!("{text}- [A](a.md)\n"));
    book
}

fn edit(book: &Path, file: &str, change: impl Fn(&str) -> String) {
    let path = book.join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(&text)).unwrap();
}

impl Served {
    fn start(flags: &[&str]) -> Served {
        let dir = tempfile::tempdir().unwrap();
        let book = book(dir.path());
        let mut command = program();
        command.arg("--root").arg(&book).args(["serve", "--port", "0"]).args(flags);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let port =
            first.split("http://").nth(1).and_then(|url| url.split('/').next()?.rsplit(':').next()?.parse().ok());
        let told = said.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut said = told.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
        });
        let served = Served { child, port: port.expect(&first), said, book, _dir: dir };
        assert_eq!(served.get("/a.html").status, 200);
        served
    }

    fn raw(&self, request: &[u8]) -> Answer {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        socket.write_all(request).unwrap();
        let mut bytes = Vec::new();
        let _ = socket.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn ask(&self, method: &str, target: &str, headers: &str) -> Answer {
        let host = if headers.to_ascii_lowercase().contains("host:") { "" } else { "Host: localhost\r\n" };
        self.raw(format!("{method} {target} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n").as_bytes())
    }

    fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, "")
    }

    /// Waits until the page holds the words; gives how long that took. The limit is that of a machine with nothing else to
    /// do; how long it takes is for benches to say, so a busy one has eight times as long.
    fn shows(&self, target: &str, words: &str, limit: Duration) -> Duration {
        let limit = limit * 8;
        let begin = Instant::now();
        loop {
            let answer = self.get(target);
            if answer.body.contains(words) {
                return begin.elapsed();
            }
            assert!(
                begin.elapsed() < limit,
                "{target} does not show {words:?} within {limit:?}: {} {}\n{}",
                answer.status,
                answer.body,
                self.said.lock().unwrap()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The server answers a good request soon, and told nobody the secret.
    fn is_well(&self) {
        let begin = Instant::now();
        assert_eq!(self.get("/a.html").status, 200);
        assert!(begin.elapsed() < Duration::from_millis(200), "{:?}", begin.elapsed());
    }

    fn token(&self) -> String {
        let script = self.get("/__benchbook/client.js").body;
        script.split("TOKEN = \"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn keeps_the_secret(&self) -> &Self {
        assert!(!self.body.contains(CANARY) && !self.head.contains(CANARY), "{self:?}");
        self
    }
}

#[test]
fn no_spelling_of_a_path_leads_out_of_the_site() {
    let served = Served::start(&[]);
    let ups =
        ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", ".%2e/", "%252e%252e%252f", "..%c0%af", "..;/", "....//", "..%00/"];
    let mut bodies = std::collections::BTreeMap::new();
    for prefix in ["/", "/assets/", "/a/"] {
        for up in ups {
            for depth in [1, 3, 12] {
                for tail in ["book.toml", "outside/secret.txt", "outside/absent.txt", "etc/passwd"] {
                    let target = format!("{prefix}{}{tail}", up.repeat(depth));
                    let answer = served.get(&target);
                    assert!(matches!(answer.status, 400 | 404), "{target}: {answer:?}");
                    answer.keeps_the_secret();
                    bodies.insert(answer.status, answer.body.clone());
                    assert_eq!(bodies[&answer.status], answer.body, "one body a status: {target}");
                }
            }
        }
    }
    served.is_well();
}

#[test]
fn sources_hidden_files_and_folders_are_not_there() {
    let served = Served::start(&[]);
    let fixed = served.get("/nothing-at-all").body;
    for target in [
        "/.git/config",
        "/.env",
        "/%2eenv",
        "/book.toml",
        "/content/a.md",
        "/a.md",
        "/content/measurements/x.txt",
        "/content/measurements/llama3-8b-q4/rtx-4090.json",
        "/measurements/x.txt",
        "/measurements/llama3-8b-q4/rtx-4090.json",
        "/anchors.lock",
        "/.benchbook/",
        "/assets/",
        "/assets",
        "/data/cards.csv",
        "/templates/404.html",
        "/themes/default/templates/404.html",
        "/a.html/",
        "/A.html",
        "/site/a.html",
    ] {
        let answer = served.get(target);
        assert_eq!((answer.status, &answer.body), (404, &fixed), "{target}");
    }
    served.is_well();
}

#[test]
fn a_query_chooses_nothing() {
    let served = Served::start(&[]);
    let suffixes = [
        "?raw",
        "?raw??",
        "?url",
        "?inline&import",
        "?import&raw",
        "?.svg?.wasm?init",
        "?html-proxy",
        "?t=1",
        "?",
        "??",
        "?v=1/../../book.toml",
    ];
    for target in ["/book.toml", "/content/a.md", "/.git/config", "/@fs/etc/passwd", "/@id/x", "/a.html"] {
        let plain = served.get(target);
        assert_eq!(plain.status, if target == "/a.html" { 200 } else { 404 }, "{target}");
        for suffix in suffixes {
            let answer = served.get(&format!("{target}{suffix}"));
            assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{target}{suffix}");
        }
        assert_eq!(served.get(&format!("{target}.map")).status, 404);
    }
}

#[test]
fn only_a_name_of_this_machine_is_answered_to() {
    let served = Served::start(&[]);
    let port = served.port;
    let routes = ["/", "/a.html", "/assets/book.css", "/__benchbook/client.js", "/__benchbook/live", "/nothing"];
    let wrong = [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        "Host: localhost.evil.example\r\n".into(),
        "Host: 127.0.0.1.evil.example\r\n".into(),
        format!("Host: localhost:{port}@evil\r\n"),
        "Host: [::ffff:6.6.6.6]\r\n".into(),
        "Host: 0.0.0.0\r\n".into(),
        "Host: \r\n".into(),
        "Host: localhost\r\nHost: evil.example\r\n".into(),
    ];
    for route in routes {
        for host in &wrong {
            let answer = served.ask("GET", route, host);
            assert_eq!(answer.status, 403, "{route} {host}: {answer:?}");
            assert!(answer.head.contains("content-type: text/plain") && answer.body.contains("--host"), "{answer:?}");
            assert!(!answer.body.contains("guide"), "no byte of the book: {answer:?}");
        }
        let none = served.raw(format!("GET {route} HTTP/1.1\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(matches!(none.status, 400 | 403), "{none:?}");
    }
    let absolute = served.ask("GET", "http://evil.example/a.html", "");
    assert_eq!(absolute.status, 403, "{absolute:?}");
    for host in ["localhost", "x.localhost", "127.0.0.1", "[::1]", "localhost:1", "LOCALHOST:65535"] {
        assert_eq!(served.ask("GET", "/a.html", &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    let named = Served::start(&["--host", "localhost"]);
    assert_eq!(named.ask("GET", "/a.html", "Host: localhost:1\r\n").status, 200);
}

#[test]
fn the_socket_opens_only_for_a_page_of_this_process() {
    let served = Served::start(&[]);
    let (port, token) = (served.port, served.token());
    assert!(token.len() >= 32 && token.bytes().all(|b| b.is_ascii_hexdigit()));
    let open = |token: &str, origin: &str| {
        let headers = format!(
            "Host: 127.0.0.1:{port}\r\n{origin}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\n"
        );
        let request = format!("GET /__benchbook/live?token={token}&page=/a.html HTTP/1.1\r\n{headers}\r\n");
        let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 12];
        socket.read_exact(&mut head).unwrap();
        String::from_utf8_lossy(&head[9..]).parse::<u16>().unwrap()
    };
    let own = format!("Origin: http://127.0.0.1:{port}\r\n");
    assert_eq!(open(&token, &own), 101);
    for wrong in ["", "0", &token[1..], &"0".repeat(32), &Served::start(&[]).token()] {
        assert_eq!(open(wrong, &own), 403, "token {wrong}");
    }
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "http://localhost.",
        "file://",
        "chrome-extension://x",
        "http://127.0.0.1",
        &format!("https://127.0.0.1:{port}"),
        &format!("http://localhost:{port}"),
    ] {
        assert_eq!(open(&token, &format!("Origin: {origin}\r\n")), 403, "{origin}");
    }
    assert_eq!(open(&token, ""), 403, "no origin");
    assert!(!served.said.lock().unwrap().contains(&token), "in no line of the log");
    served.is_well();
}

#[test]
fn methods_bodies_and_other_sites_are_refused() {
    let served = Served::start(&[]);
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
        for route in ["/", "/a.html", "/__benchbook/client.js", "/__rebuild"] {
            assert_eq!(served.ask(method, route, "").status, 405, "{method} {route}");
        }
    }
    assert_eq!(served.ask("GET", "/a.html", "Content-Length: 5\r\n").status, 400);
    let embedded = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n";
    let followed = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    for (route, there) in [("/a.html", 200), ("/assets/book.css", 200), ("/__benchbook/client.js", 200), ("/no", 404)] {
        assert_eq!(served.ask("GET", route, embedded).status, 403, "{route}");
        let answer = served.ask("GET", route, &format!("Origin: http://evil.example\r\n{followed}"));
        assert_eq!(answer.status, there, "{route}");
        assert!(!answer.head.contains("access-control-"), "{answer:?}");
        for header in
            ["cross-origin-resource-policy: same-origin", "x-content-type-options: nosniff", "referrer-policy:"]
        {
            assert!(answer.head.contains(header), "{answer:?}");
        }
        assert!(answer.head.contains("content-security-policy: default-src 'none'"), "{answer:?}");
    }
}

#[test]
fn a_page_has_a_tag_and_its_head_is_that_of_the_page() {
    let served = Served::start(&[]);
    let whole = served.get("/a.html");
    let tag = whole.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let known = served.ask("GET", "/a.html", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    let only_head = served.ask("HEAD", "/a.html", "");
    assert_eq!(only_head.body, "");
    let without_date =
        |head: &str| head.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_date(&only_head.head), without_date(&whole.head));
    assert_eq!(served.get("/a").body, whole.body);
    assert!(served.get("/assets/book.css").head.contains("content-type: text/css"));
}

#[test]
fn a_book_of_mdbook_has_no_strict_policy() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("book.toml"), "[book]\ntitle = \"Old\"\n").unwrap();
    fs::write(dir.path().join("src/SUMMARY.md"), "- [A](a.md)\n").unwrap();
    fs::write(dir.path().join("src/a.md"), "# A\n").unwrap();
    let mut child =
        program().args(["serve", "--port", "0", "--root"]).arg(dir.path()).stderr(Stdio::piped()).spawn().unwrap();
    let line = BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    let port: u16 = line.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.write_all(b"GET /a.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let _ = child.kill();
    let _ = child.wait();
    assert!(
        answer.starts_with("HTTP/1.1 200") && !answer.to_lowercase().contains("content-security-policy"),
        "{answer}"
    );
}

#[test]
fn slow_and_huge_requests_block_nobody() {
    let served = Served::start(&[]);
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut socket = TcpStream::connect(("127.0.0.1", served.port)).unwrap();
            socket.write_all(b"GET / HT").unwrap();
            socket
        })
        .collect();
    served.is_well();
    let many = "X-Many: 1\r\n".repeat(2000);
    let long = format!("X-Long: {}\r\n", "a".repeat(100_000));
    for headers in [many, long] {
        let answer = served.ask("GET", "/a.html", &headers);
        assert!(matches!(answer.status, 0 | 400 | 431), "{}", answer.status);
    }
    assert!(matches!(served.get(&format!("/{}", "a".repeat(70_000))).status, 0 | 400 | 414 | 431));
    served.is_well();
    drop(slow);
}

#[test]
fn a_taken_port_is_named_and_a_signal_ends_it() {
    let mut served = Served::start(&[]);
    let port = served.port.to_string();
    let second = program().arg("--root").arg(&served.book).args(["serve", "--port", &port]).output().unwrap();
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(3), "{told}");
    assert!(told.contains(&port) && told.contains("taken"), "{told}");
    for host in ["-x", "$(touch pwn)", "a b", ""] {
        let refused = program().args(["serve", &format!("--host={host}")]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{host}");
    }
    for signal in ["-INT", "-TERM"] {
        let begin = Instant::now();
        assert!(Command::new("kill").args([signal, &served.child.id().to_string()]).status().unwrap().success());
        let ended = served.child.wait().unwrap();
        assert!(matches!(ended.code(), Some(0 | 130)), "{signal}: {ended:?}");
        assert!(begin.elapsed() < Duration::from_secs(2), "{signal}");
        served = Served::start(&[]);
    }
}

#[test]
fn the_browser_gets_one_argument() {
    let dir = tempfile::tempdir().unwrap();
    let book = book(dir.path());
    let (dump, out) = (dir.path().join("argv-dump"), dir.path().join("argv"));
    fs::write(&dump, format!("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > '{}'\n", out.display())).unwrap();
    let made = Command::new("chmod").arg("+x").arg(&dump).status().unwrap();
    assert!(made.success());
    let mut child = program();
    let child = child.arg("--root").arg(&book).args(["serve", "--port", "0", "--open"]).env("BROWSER", &dump);
    let mut child = child.stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    let argv = loop {
        let argv = fs::read_to_string(&out).unwrap_or_default();
        if argv.lines().count() == 2 || begin.elapsed() > Duration::from_secs(5) {
            break argv;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let _ = child.kill();
    let _ = child.wait();
    assert!(argv.starts_with("1\nhttp://127.0.0.1:"), "{argv}");
}

/// One way to save a file: its name, and what it does with the path and the new text.
type Style = (&'static str, fn(&Path, &str));

const STYLES: &[Style] = &[
    ("written in place", |path, text| fs::write(path, text).unwrap()),
    ("written in two halves", |path, text| {
        let mut file = fs::File::create(path).unwrap();
        let (head, tail) = text.split_at(text.len() / 2);
        file.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(30));
        file.write_all(tail.as_bytes()).unwrap();
    }),
    ("written beside and renamed", |path, text| {
        let beside = path.with_extension("md.tmp");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }),
    ("renamed to a backup and written anew", |path, text| {
        fs::rename(path, path.with_extension("md~")).unwrap();
        fs::write(path, text).unwrap();
    }),
    ("removed and written anew", |path, text| {
        fs::remove_file(path).unwrap();
        fs::write(path, text).unwrap();
    }),
    ("copied with its old time", |path, text| {
        let before = fs::metadata(path).unwrap().modified().unwrap();
        let beside = path.with_extension("md.new");
        fs::write(&beside, text).unwrap();
        fs::File::options().write(true).open(&beside).unwrap().set_modified(before).unwrap();
        fs::copy(&beside, path).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_modified(before).unwrap();
        fs::remove_file(beside).unwrap();
    }),
    ("replaced with its whole folder", |path, text| {
        let folder = path.parent().unwrap();
        let (next, old) = (folder.with_file_name("next"), folder.with_file_name("old"));
        let copied = Command::new("cp").arg("-a").arg(folder).arg(&next).status().unwrap();
        assert!(copied.success());
        fs::write(next.join(path.file_name().unwrap()), text).unwrap();
        fs::rename(folder, &old).unwrap();
        fs::rename(&next, folder).unwrap();
        fs::remove_dir_all(old).unwrap();
    }),
];

#[test]
fn every_way_to_save_is_seen() {
    let served = Served::start(&[]);
    let path = served.book.join("content/a.md");
    for round in 0..4 {
        for (name, save) in STYLES {
            let words = format!("Round {round}: {name}.");
            save(&path, &format!("# A\n\n{}\n\n{words}\n", "Filling. ".repeat(40)));
            served.shows("/a.html", &words, Duration::from_secs(1));
        }
    }
}

#[test]
fn the_target_of_a_link_may_be_swapped() {
    let served = Served::start(&[]);
    let content = served.book.join("content");
    for version in ["v1", "v2"] {
        fs::create_dir(served.book.join(version)).unwrap();
        fs::write(served.book.join(version).join("linked.md"), format!("# Linked\n\nThis is {version}.\n")).unwrap();
    }
    let link = |version: &str| {
        let beside = content.join("next");
        std::os::unix::fs::symlink(format!("../{version}"), &beside).unwrap();
        fs::rename(beside, content.join("cur")).unwrap();
    };
    link("v1");
    edit(&served.book, "content/SUMMARY.md", |text| format!("{text}- [Linked](cur/linked.md)\n"));
    served.shows("/cur/linked.html", "This is v1.", Duration::from_secs(1));
    link("v2");
    served.shows("/cur/linked.html", "This is v2.", Duration::from_secs(1));
    std::thread::sleep(Duration::from_millis(200));
    fs::write(served.book.join("v2/linked.md"), "# Linked\n\nEdited behind the link.\n").unwrap();
    served.shows("/cur/linked.html", "Edited behind the link.", Duration::from_secs(1));
}

#[test]
fn folders_that_are_made_at_once_are_all_known() {
    let served = Served::start(&[]);
    let mut entries = String::new();
    for n in 0..40 {
        let folder = served.book.join(format!("content/n{n}/deep"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.md"), format!("# Deep\n\nFolder {n}.\n")).unwrap();
        entries.push_str(&format!("- [Deep](n{n}/deep/a.md)\n"));
    }
    edit(&served.book, "content/SUMMARY.md", |text| format!("{text}{entries}"));
    for n in 0..40 {
        served.shows(&format!("/n{n}/deep/a.html"), &format!("Folder {n}."), Duration::from_secs(2));
    }
    for n in 0..40 {
        fs::write(served.book.join(format!("content/n{n}/deep/a.md")), format!("# Deep\n\nEdited {n}.\n")).unwrap();
    }
    for n in 0..40 {
        served.shows(&format!("/n{n}/deep/a.html"), &format!("Edited {n}."), Duration::from_secs(2));
    }
    let content = served.book.join("content");
    for round in 0..2 {
        fs::rename(&content, served.book.join("away")).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        fs::rename(served.book.join("away"), &content).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        fs::write(content.join("n7/deep/a.md"), format!("# Deep\n\nCame back {round}.\n")).unwrap();
        served.shows("/n7/deep/a.html", &format!("Came back {round}."), Duration::from_secs(2));
    }
}

#[test]
fn what_breaks_keeps_the_last_good_page_and_is_mended() {
    let served = Served::start(&[]);
    let read = |file: &str| fs::read_to_string(served.book.join(file)).unwrap();
    let write = |file: &str, text: &str| fs::write(served.book.join(file), text).unwrap();
    let breaks: &[(&str, fn(&str) -> String, &str)] = &[
        ("content/a.md", |text| format!("+++\ntitel = 3\n{text}"), "content/a.md"),
        ("content/a.md", |text| format!("{text}\n[x](nowhere.md)\n"), "nowhere.md"),
        ("book.toml", |_| String::new(), ""),
        ("book.toml", |text| format!("{text}\n[broken"), "book.toml"),
        ("content/SUMMARY.md", |text| format!("{text}- [B](b.md)\n"), "b.md"),
        ("themes/default/templates/chapter.html", |_| "{% extends".into(), "chapter.html"),
        ("content/data/cards.csv", |text| format!("{text}one,two,three,four,five,six,seven\n"), "cards.csv"),
    ];
    fs::write(served.book.join("themes/default/templates/chapter.html"), "<main>{{ content | safe }}</main>").unwrap();
    served.shows("/a.html", "<main>", Duration::from_secs(1));
    for (round, (file, change, named)) in breaks.iter().enumerate() {
        served.said.lock().unwrap().clear();
        let before = read(file);
        let page = served.get("/a.html").body;
        write(file, &change(&before));
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(served.get("/a.html").body, page, "the last good page: break {round} of {file}");
        assert!(served.said.lock().unwrap().contains(named), "{file} {round}: {}", served.said.lock().unwrap());
        write(file, &before);
        let words = format!("Mended {round}.");
        edit(&served.book, "content/a.md", |text| format!("{text}\n{words}\n"));
        served.shows("/a.html", &words, Duration::from_secs(1));
    }
    let chapter = read("content/a.md");
    let page = served.get("/a.html").body;
    fs::remove_file(served.book.join("content/a.md")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(served.get("/a.html").body, page, "the chapter is gone");
    write("content/a.md", &format!("{chapter}\nRestored.\n"));
    served.shows("/a.html", "Restored.", Duration::from_secs(1));
}

#[test]
fn after_a_storm_of_saves_the_last_one_is_served() {
    let served = Served::start(&[]);
    let path = served.book.join("content/a.md");
    for n in 0..150 {
        fs::write(&path, format!("# A\n\nSave {n}.\n")).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    served.shows("/a.html", "Save 149.", Duration::from_secs(1));
    served.is_well();
}

#[test]
fn polling_sees_a_save() {
    let served = Served::start(&["--poll"]);
    let said = served.said.lock().unwrap().clone();
    assert!(!said.contains("error"), "{said}");
    std::thread::sleep(Duration::from_millis(200));
    edit(&served.book, "content/a.md", |text| text.replace("old", "new"));
    served.shows("/a.html", "The text is new.", Duration::from_secs(2));
}
