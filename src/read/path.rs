//! Paths as books spell them: relative, with `/`, never out of the book in silence.

use crate::id::PathId;

/// Why a spelling is no path of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// Empty, or with a character that no path of a book has.
    Invalid(&'static str),
    /// Absolute: it cannot lie in the book on every machine.
    Absolute,
}

/// The path that `relative`, written in a file of `folder`, leads to. A path that climbs above the book begins with
/// `../`; whether that is allowed is decided where it is opened.
pub fn join(folder: &str, relative: &str) -> Result<PathId, BadPath> {
    if relative.is_empty() {
        return Err(BadPath::Invalid("the path is empty"));
    }
    if relative.contains(|c: char| c.is_control()) {
        return Err(BadPath::Invalid("the path holds a control character"));
    }
    let bytes = relative.as_bytes();
    let drive = bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic);
    let from_drive = drive && matches!(bytes.get(2), Some(b'/' | b'\\'));
    if relative.contains("://") || relative.starts_with("file:") {
        return Err(BadPath::Invalid("this is an address, not a path"));
    }
    if relative.starts_with('/') || relative.starts_with('\\') || from_drive {
        return Err(BadPath::Absolute);
    }
    if drive {
        return Err(BadPath::Invalid(
            "one letter and `:` name a drive on Windows, so no path of a book begins with them",
        ));
    }
    if relative.contains('\\') {
        return Err(BadPath::Invalid("the path holds a backslash; parts of a path are separated by `/`"));
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(BadPath::Invalid("the path names a folder"));
    }
    Ok(PathId::new(&parts.join("/")))
}

/// The spelling that leads from `folder` to `target`, both counted from one root.
pub fn relative(folder: &str, target: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    let to: Vec<&str> = target.split('/').collect();
    let shared = from.iter().zip(to.iter().take(to.len().saturating_sub(1))).take_while(|(a, b)| a == b).count();
    let mut out = "../".repeat(from.len() - shared);
    out.push_str(&to.get(shared..).unwrap_or_default().join("/"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_and_climb() {
        for (folder, relative, whole) in [
            ("content", "a.md", "content/a.md"),
            ("content/linux", "../a.md", "content/a.md"),
            ("content", "./b/./c.md", "content/b/c.md"),
            ("content", "../../x", "../x"),
            ("", "../../x", "../../x"),
        ] {
            assert_eq!(join(folder, relative).unwrap().as_str(), whole);
        }
        assert_eq!(join("content", "/etc/passwd"), Err(BadPath::Absolute));
        assert_eq!(join("content", "C:\\x"), Err(BadPath::Absolute));
        assert_eq!(join("content", "C:/x"), Err(BadPath::Absolute));
        assert!(matches!(join("content", "c:x.md"), Err(BadPath::Invalid(why)) if why.contains("a drive")));
        assert_eq!(join("content", "cc:x.md").unwrap().as_str(), "content/cc:x.md");
        assert!(matches!(join("content", ""), Err(BadPath::Invalid(_))));
        assert!(matches!(join("content", "a\0.md"), Err(BadPath::Invalid(_))));
    }

    #[test]
    fn relative_leads_back() {
        for (folder, target, spelled) in [
            ("", "a.html", "a.html"),
            ("linux", "linux/a.html", "a.html"),
            ("linux", "index.html", "../index.html"),
            ("a/b", "a/c/d.html", "../c/d.html"),
        ] {
            assert_eq!(relative(folder, target), spelled);
        }
    }
}
