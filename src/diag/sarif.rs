//! Diagnostics as a SARIF 2.1.0 log (OASIS), which code hosts and editors read.
//!
//! Paths are relative to the base `BOOK`, the folder of `book.toml`, whose address the log leaves open, so that the
//! same book gives the same log on every machine. A fingerprint holds no line number, so that a finding keeps its identity
//! when lines move.

use super::index::{At, Files, Spot, visible};
use super::{Code, Diagnostic, Help, Severity, Texts};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};
use std::io::{Result, Write};

/// The name of the base of all paths.
const BASE: &str = "BOOK";

/// Writes one log with all diagnostics.
///
/// # Errors
/// What `out` gives.
pub fn write(diagnostics: &[Diagnostic], texts: &dyn Texts, out: &mut dyn Write) -> Result<()> {
    let mut files = Files::new(texts);
    let rules: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| diagnostics.iter().any(|diagnostic| diagnostic.code == *code))
        .collect();
    let mut seen = FxHashMap::default();
    let results: Vec<Value> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, &rules, &mut files, &mut seen)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Benchbook",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { BASE: { "description": { "text": "The folder of book.toml." } } },
            "results": results,
        }],
    });
    let mut text = serde_json::to_vec_pretty(&log)?;
    text.push(b'\n');
    out.write_all(&text)
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": { "text": sentence(code.summary()) },
        "fullDescription": { "text": code.explanation() },
        "help": { "text": code.explanation(), "markdown": code.explanation() },
        "defaultConfiguration": { "level": code.severity().name() },
    })
}

fn result(
    diagnostic: &Diagnostic,
    rules: &[Code],
    files: &mut Files<'_>,
    seen: &mut FxHashMap<String, usize>,
) -> Value {
    let spot = diagnostic.place.as_ref().and_then(|place| files.find(place));
    let mut result = Map::new();
    result.insert("ruleId".into(), json!(diagnostic.code.name()));
    result.insert("ruleIndex".into(), json!(rules.iter().position(|code| *code == diagnostic.code)));
    let level = match diagnostic.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    result.insert("level".into(), json!(level));
    let helps = diagnostic.help.iter().map(|help| format!("\nhelp: {}", help.text));
    let text: String = std::iter::once(diagnostic.message.clone()).chain(helps).collect();
    result.insert("message".into(), json!({ "text": visible(&text) }));
    let locations: Vec<Value> = spot.iter().map(|spot| location(spot, &diagnostic.label, None)).collect();
    result.insert("locations".into(), Value::Array(locations));
    let related =
        diagnostic.also.iter().filter_map(|also| files.find(&also.place).map(|spot| (spot, also.text.as_str())));
    let related: Vec<Value> =
        related.enumerate().map(|(id, (spot, text))| location(&spot, text, Some(id + 1))).collect();
    if !related.is_empty() {
        result.insert("relatedLocations".into(), Value::Array(related));
    }
    let fixes: Vec<Value> = diagnostic.help.iter().filter_map(|help| fix(help, files)).collect();
    if !fixes.is_empty() {
        result.insert("fixes".into(), Value::Array(fixes));
    }
    let print = fingerprint(diagnostic, spot.as_ref());
    let again = seen.entry(print.clone()).or_insert(0);
    *again += 1;
    result.insert("partialFingerprints".into(), json!({ "benchbook/v1": format!("{print}:{again}") }));
    Value::Object(result)
}

fn location(spot: &Spot, text: &str, id: Option<usize>) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".into(), artifact(spot));
    if let Some(at) = &spot.at {
        physical.insert("region".into(), region(at));
    }
    let mut location = Map::new();
    if let Some(id) = id {
        location.insert("id".into(), json!(id));
    }
    location.insert("physicalLocation".into(), Value::Object(physical));
    if !text.is_empty() {
        location.insert("message".into(), json!({ "text": visible(text) }));
    }
    Value::Object(location)
}

fn artifact(spot: &Spot) -> Value {
    json!({ "uri": uri(spot.span.file.as_str()), "uriBaseId": BASE })
}

fn region(at: &At) -> Value {
    json!({
        "startLine": at.start.line,
        "startColumn": at.start.utf16,
        "endLine": at.end.line,
        "endColumn": at.end.utf16,
    })
}

fn fix(help: &Help, files: &mut Files<'_>) -> Option<Value> {
    let (span, with) = help.edit.as_ref()?;
    let spot = files.spot(*span);
    let region = region(spot.at.as_ref()?);
    Some(json!({
        "description": { "text": visible(&help.text) },
        "artifactChanges": [{
            "artifactLocation": artifact(&spot),
            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": with } }],
        }],
    }))
}

/// What makes a finding the same one after an edit elsewhere: its code, its file, its message, and the text of its line.
fn fingerprint(diagnostic: &Diagnostic, spot: Option<&Spot>) -> String {
    let file = spot.map_or("", |spot| spot.span.file.as_str());
    let line = spot.and_then(|spot| spot.at.as_ref()).and_then(|at| at.index.text().get(at.index.line(at.start.line)?));
    let mut hash = blake3::Hasher::new();
    for part in [diagnostic.code.name(), file, &diagnostic.message, line.unwrap_or_default().trim()] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_hex().chars().take(16).collect()
}

/// A path as a relative reference (RFC 3986): what is not plain in a path is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Book, gone};
    use super::*;
    use crate::diag::Span;
    use crate::id::PathId;

    fn log(diagnostics: &[Diagnostic], book: &Book) -> Value {
        let mut out = Vec::new();
        write(diagnostics, book, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_log_holds_rules_results_places_and_fixes() {
        let book = Book::new(&[("a b/é.md", "\u{feff}one\r\n\t🎉 [x](y)\r\n"), ("b.md", "z\n")]);
        let span = book.span("a b/é.md", "y");
        let diagnostic = Diagnostic::new(Code::LinkBroken, span, "no `y`")
            .label("here")
            .also(gone(), "g")
            .also(book.span("b.md", "z"), "nearest")
            .help("create it")
            .fix("try", span, "z");
        let log = log(&[diagnostic], &book);
        let artifact = json!({ "uri": "a%20b/%C3%A9.md", "uriBaseId": "BOOK" });
        let region = json!({ "startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 10 });
        let fingerprint = log["runs"][0]["results"][0]["partialFingerprints"]["benchbook/v1"].clone();
        assert!(fingerprint.as_str().unwrap().ends_with(":1"));
        let explanation = Code::LinkBroken.explanation();
        let expected = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "Benchbook",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": [{
                        "id": "link-broken",
                        "shortDescription": { "text": "A link to a page or a file that does not exist." },
                        "fullDescription": { "text": explanation },
                        "help": { "text": explanation, "markdown": explanation },
                        "defaultConfiguration": { "level": "error" },
                    }],
                } },
                "columnKind": "utf16CodeUnits",
                "originalUriBaseIds": { "BOOK": { "description": { "text": "The folder of book.toml." } } },
                "results": [{
                    "ruleId": "link-broken",
                    "ruleIndex": 0,
                    "level": "error",
                    "message": { "text": "no `y`\nhelp: create it\nhelp: try" },
                    "locations": [{
                        "physicalLocation": { "artifactLocation": artifact, "region": region },
                        "message": { "text": "here" },
                    }],
                    "relatedLocations": [{
                        "id": 1,
                        "physicalLocation": {
                            "artifactLocation": { "uri": "b.md", "uriBaseId": "BOOK" },
                            "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2 },
                        },
                        "message": { "text": "nearest" },
                    }],
                    "fixes": [{
                        "description": { "text": "try" },
                        "artifactChanges": [{
                            "artifactLocation": artifact,
                            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": "z" } }],
                        }],
                    }],
                    "partialFingerprints": { "benchbook/v1": fingerprint },
                }],
            }],
        });
        assert_eq!(log, expected);
    }

    #[test]
    fn fingerprints_outlive_lines_and_tell_twins_apart() {
        let prints = |text: &str| {
            let book = Book::new(&[("a.md", text)]);
            let found: Vec<Diagnostic> = text
                .match_indices("bad")
                .map(|(at, bad)| {
                    Diagnostic::new(Code::LinkBroken, Span::new(PathId::new("a.md"), at..at + bad.len()), "m")
                })
                .collect();
            let log = log(&found, &book);
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results.iter().map(|result| result["partialFingerprints"]["benchbook/v1"].to_string()).collect::<Vec<_>>()
        };
        let before = prints("bad\nbad\nvery bad\n");
        assert_eq!(before, prints("more\n\nbad\nbad\n  very bad\n"));
        assert_eq!(before.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn rules_are_those_in_use_and_what_has_no_place_has_no_location() {
        let found = [Diagnostic::bare(Code::ChapterUnlisted, "m"), Diagnostic::new(Code::LinkBroken, gone(), "n")];
        let log = log(&found, &Book::new(&[]));
        let run = &log["runs"][0];
        let ids: Vec<&Value> =
            run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
        assert_eq!(ids, ["chapter-unlisted", "link-broken"]);
        assert_eq!((&run["results"][0]["locations"], &run["results"][1]["ruleIndex"]), (&json!([]), &json!(1)));
    }

    #[test]
    fn an_empty_log_is_a_log() {
        assert_eq!(log(&[], &Book::new(&[]))["runs"][0]["results"], json!([]));
    }
}
