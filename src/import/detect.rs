//! Which format a file has, told by what it holds.

use super::{Format, Request};
use crate::diag::{Code, Diagnostic, Span};
use crate::parse::csv;
use crate::parse::json::{self, Json};

/// What compressed files begin with.
const PACKED: [(&[u8], &str); 5] = [
    (&[0x1f, 0x8b], "gzip"),
    (b"PK\x03\x04", "zip"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (b"BZh", "bzip2"),
];

/// How a file is compressed, by its first bytes. Such a file is not read: what it unpacks to has no limit.
pub fn packed(bytes: &[u8]) -> Option<&'static str> {
    PACKED.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}

/// The format of the file: that of the command line, or the one that its content shows.
pub fn format(request: &Request<'_>) -> Result<Format, Box<Diagnostic>> {
    if let Some(format) = request.format {
        return Ok(format);
    }
    let found = match request.text.trim_start_matches('\u{feff}').trim_start().as_bytes().first() {
        None => Err("it is empty".to_owned()),
        Some(b'{' | b'[') => by_json(request)?,
        Some(_) => by_table(request),
    };
    found.map_err(|why| {
        let message = format!("{} is of no format that is read: {why}", request.file);
        let names: Vec<_> = Format::ALL.iter().map(|(name, _)| format!("`{name}`")).collect();
        let wrong = Diagnostic::new(Code::ImportFormat, Span::top(request.file), message);
        Box::new(wrong.help(format!("these are read: {}", super::listed(&names, "and"))))
    })
}

/// Keys by which other tools' JSON is known, and whose it is.
const OTHERS: [(&[&str], &str); 8] = [
    (&["results", "command"], "hyperfine"),
    (&["benchmarks", "context"], "google-benchmark"),
    (&["benchmarks", "machine_info"], "pytest-benchmark"),
    (&["reason", "id"], "cargo-criterion"),
    (&["mean", "median", "slope"], "criterion"),
    (&["Mean", "Median", "Slope"], "criterion"),
    (&["group_id", "full_id"], "criterion"),
    (&["benchmark", "machine", "results"], "a record already: copy it to `measurements/`"),
];

fn by_json(request: &Request<'_>) -> Result<Result<Format, String>, Box<Diagnostic>> {
    // One object a line: the first line is whole, and is not the whole file.
    let start = request.text.len() - request.text.trim_start_matches('\u{feff}').trim_start().len();
    let line = request.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let first = json::parse(request.file, line).ok().filter(|value| matches!(value.value, Json::Object(_)));
    if let Some(first) = first {
        return Ok(known(&first.value, Format::LlamaBenchLines));
    }
    let whole = json::parse(request.file, request.text)?;
    Ok(match &whole.value {
        Json::Array(items) => match items.first() {
            Some(first) => known(&first.value, Format::LlamaBenchJson),
            None => Err("it is an empty array".to_owned()),
        },
        value => known(value, Format::LlamaBenchLines),
    })
}

/// Whether an object is a test of llama-bench, and if not, whose it is.
fn known(value: &Json<'_>, format: Format) -> Result<Format, String> {
    let Json::Object(members) = value else { return Err("it holds no objects".to_owned()) };
    let has = |name: &str| members.iter().any(|(key, _)| key.name == name);
    if has("avg_ts") || (has("n_prompt") && has("n_gen")) {
        return Ok(format);
    }
    let within = |name: &str| match members.iter().find(|(key, _)| key.name == name).map(|(_, value)| &value.value) {
        Some(Json::Array(items)) => items.first().map(|item| &item.value),
        _ => None,
    };
    let command =
        |value: &Json<'_>| matches!(value, Json::Object(inner) if inner.iter().any(|(key, _)| key.name == "command"));
    let hyperfine = within("results").is_some_and(command);
    let other = OTHERS.iter().find(|(keys, _)| keys.iter().all(|key| has(key))).map(|(_, name)| *name);
    Err(match if hyperfine { Some("hyperfine") } else { other } {
        Some(name) if name.contains(' ') => format!("it is {name}"),
        Some(name) => format!("it is a file of {name}, which this version does not read yet"),
        None => "its JSON has none of the keys that are known".to_owned(),
    })
}

fn by_table(request: &Request<'_>) -> Result<Format, String> {
    let text = request.text.trim_start_matches('\u{feff}');
    if text.lines().any(super::llama_bench::is_head) {
        return Ok(Format::LlamaBenchMarkdown);
    }
    if text.trim_start().starts_with("CREATE TABLE") {
        return Err("it is SQL; let llama-bench print `-o json`".to_owned());
    }
    let mut cells = Vec::new();
    let mut rows = csv::Rows::new(request.text);
    let _ = rows.next_into(&mut cells);
    let has = |name: &str| cells.iter().any(|cell| cell.text == name);
    if request.mapping.is_none() && has("avg_ts") && has("n_prompt") {
        return Ok(Format::LlamaBenchCsv);
    }
    if cells.len() > 1 && (request.mapping.is_some() || (has("metric") && has("value"))) {
        return Ok(Format::Csv);
    }
    Err(match cells.len() {
        0 | 1 => "it is neither JSON, CSV nor a table that is known".to_owned(),
        _ => "it is a CSV whose columns are not those of a record; say what they are with `--mapping FILE`".to_owned(),
    })
}
