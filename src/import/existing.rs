//! Whether a record that is there may be replaced without being asked to.

use crate::diag::Diagnostic;
use crate::id::PathId;
use crate::parse::json::{self, Json, Spanned};

/// What tells one run from another.
const PROVENANCE: [&str; 6] = ["source", "source_url", "collector", "command", "started_at", "software"];

/// What stands against putting `new` in the place of `old`, in words; nothing, if both are of one run and nothing of
/// the old one is lost. Both are the texts of record files.
///
/// # Errors
/// The old file is no JSON.
pub fn against(file: PathId, old: &str, new: &str) -> Result<Vec<String>, Box<Diagnostic>> {
    let old = json::parse(file, old)?;
    let new = json::parse(file, new)?;
    let mut out = Vec::new();
    for name in PROVENANCE {
        match (member(&old, name), member(&new, name)) {
            (None, None) => {}
            (Some(a), Some(b)) if is_same(a, b) => {}
            (Some(_), Some(_)) => out.push(format!("another `{name}`")),
            (Some(_), None) => out.push(format!("a `{name}`, and this file says none")),
            (None, Some(_)) => out.push(format!("no `{name}`")),
        }
    }
    if out.is_empty() {
        lost(&old, &new, "", &mut out);
    }
    Ok(out)
}

fn member<'j, 't>(value: &'j Spanned<'t>, name: &str) -> Option<&'j Spanned<'t>> {
    match &value.value {
        Json::Object(members) => members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value),
        _ => None,
    }
}

/// Equal but for the order of an object's members and where they stand.
fn is_same(a: &Spanned<'_>, b: &Spanned<'_>) -> bool {
    match (&a.value, &b.value) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Json::Object(own), Json::Object(other)) => {
            own.len() == other.len()
                && own.iter().all(|(key, value)| member(b, &key.name).is_some_and(|other| is_same(value, other)))
        }
        (a, b) => a == b,
    }
}

/// The fields of `old` that `new` does not have.
fn lost(old: &Spanned<'_>, new: &Spanned<'_>, above: &str, out: &mut Vec<String>) {
    let Json::Object(members) = &old.value else { return };
    for (key, value) in members {
        let path = if above.is_empty() { key.name.to_string() } else { format!("{above}.{}", key.name) };
        match member(new, &key.name) {
            _ if value.value == Json::Null => {}
            Some(other) => lost(value, other, &path, out),
            None => out.push(format!("a `{}`, which would be lost", super::field::shown(&path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(old: &str, new: &str) -> Vec<String> {
        against(PathId::new("a.json"), old, new).unwrap()
    }

    #[test]
    fn a_record_of_the_same_run_may_grow_and_be_corrected() {
        let old = r#"{"source": "xd", "cpu": null, "results": {"a": {"value": 1}}}"#;
        assert_eq!(reasons(old, r#"{"source": "xd", "results": {"b": {"value": 2}, "a": {"value": 3}}}"#), [""; 0]);
        assert_eq!(reasons(old, r#"{"source": "xd", "results": {}}"#), ["a `results.a`, which would be lost"]);
    }

    #[test]
    fn another_provenance_is_told() {
        let old = r#"{"source": "xd", "software": [{"name": "a", "build": 1}], "command": "x"}"#;
        let same = r#"{"command": "x", "software": [{"build": 1, "name": "a"}], "source": "xd"}"#;
        assert_eq!(reasons(old, same), [""; 0]);
        let other = r#"{"software": [{"build": 2, "name": "a"}], "source": "xd", "started_at": "2026"}"#;
        let want = ["a `command`, and this file says none", "no `started_at`", "another `software`"];
        assert_eq!(reasons(old, other), want);
        assert!(against(PathId::new("a.json"), "{", same).is_err());
    }
}
