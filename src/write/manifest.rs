//! The list of what is ours in the output, as text.
//!
//! ```text
//! benchbook manifest 1
//! 00112233445566778899aabbccddeeff index.html        the file, settled
//! 0011…eeff:1122…ff00 linux/index.html               being replaced: old hash, new hash
//! :1122…ff00 new.html                                being added
//! 0011…eeff: gone.html                               being removed
//! end
//! ```
//! Sorted by path; a `\` in a path is written `\\`, a line feed `\n`. The last line shows that nothing was cut off.
//! **The list is input too**: it comes with a folder that anyone may have filled, so it is believed only when every
//! line is as we write it and every path stays beneath the output.

use crate::id::OutPath;
use crate::site::{Hash, Site};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FIRST_LINE: &str = "benchbook manifest 1\n";
const LAST_LINE: &str = "end\n";
/// No manifest is read beyond this: about a million files.
pub(super) const MAX_BYTES: u64 = 128 << 20;

/// What a file of ours may hold. At least one of the two is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it held before the last commit began; `None` if it was not there.
    pub old: Option<Hash>,
    /// What it holds after that commit; `None` if it goes.
    pub new: Option<Hash>,
}

impl Entry {
    /// A file that is as the list says.
    pub fn settled(hash: Hash) -> Self {
        Entry { old: Some(hash), new: Some(hash) }
    }

    /// Whether a file with this hash is ours.
    pub fn admits(&self, hash: Hash) -> bool {
        self.old == Some(hash) || self.new == Some(hash)
    }

    /// The hash, unless the file is on the move.
    pub fn hash(&self) -> Option<Hash> {
        if self.old == self.new { self.new } else { None }
    }
}

/// What is ours in an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(BTreeMap<OutPath, Entry>);

impl Manifest {
    /// The manifest of a site that is wholly in place.
    pub fn of(site: &Site) -> Self {
        Manifest(site.iter().map(|(path, hash)| (*path, Entry::settled(*hash))).collect())
    }

    /// The manifest of a site on its way from `old` to `new`.
    pub fn union(old: &Site, new: &Site) -> Self {
        let paths = old.keys().chain(new.keys());
        Manifest(paths.map(|p| (*p, Entry { old: old.get(p).copied(), new: new.get(p).copied() })).collect())
    }

    /// Reads a manifest; `None` if it is not one of ours, to the last byte.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let body = text.strip_prefix(FIRST_LINE)?.strip_suffix(LAST_LINE)?;
        let mut last: Option<OutPath> = None;
        let mut lines = Vec::new();
        for line in body.split_terminator('\n') {
            let (path, entry) = parse_line(line)?;
            if last.is_some_and(|last| last >= path) {
                return None;
            }
            last = Some(path);
            lines.push((path, entry));
        }
        if !(body.is_empty() || body.ends_with('\n')) {
            return None;
        }
        Some(Manifest(lines.into_iter().collect()))
    }

    /// The manifest as text.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(64 + self.0.len() * 80);
        text.push_str(FIRST_LINE);
        for (path, entry) in &self.0 {
            // Writing to a string cannot fail.
            let _ = match (entry.old, entry.new) {
                (Some(old), Some(new)) if old == new => write!(text, "{new} "),
                (Some(old), Some(new)) => write!(text, "{old}:{new} "),
                (None, Some(new)) => write!(text, ":{new} "),
                (Some(old), None) => write!(text, "{old}: "),
                (None, None) => continue,
            };
            escape_into(&mut text, path.as_str());
            text.push('\n');
        }
        text.push_str(LAST_LINE);
        text
    }

    /// What is known of one file.
    pub fn get(&self, path: OutPath) -> Option<&Entry> {
        self.0.get(&path)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (OutPath, &Entry)> {
        self.0.iter().map(|(path, entry)| (*path, entry))
    }

    /// The site that the manifest describes; `None` while a commit is unfinished.
    pub fn site(&self) -> Option<Site> {
        self.0.iter().map(|(path, entry)| Some((*path, entry.hash()?))).collect()
    }

    /// Whether it says that exactly `site` is in place.
    pub fn says(&self, site: &Site) -> bool {
        self.0.len() == site.len()
            && self.0.iter().zip(site).all(|((a, entry), (b, hash))| a == b && entry.hash() == Some(*hash))
    }
}

/// Whether `path` may name a file of a site: relative, beneath the output, spelled in the one way that there is, and
/// no name of ours or of Git's.
pub fn is_canonical(path: &str) -> bool {
    path.len() <= 4096 && !path.contains('\0') && path.split('/').all(is_canonical_part)
}

fn is_canonical_part(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && part.len() <= 255
        && !(cfg!(windows) && part.contains(['\\', ':']))
        // On a file system that folds case, `.GIT` is `.git`.
        && !RESERVED.iter().any(|name| part.eq_ignore_ascii_case(name))
}

const RESERVED: [&str; 3] = [super::MANIFEST, super::STAGE, ".git"];

fn parse_line(line: &str) -> Option<(OutPath, Entry)> {
    let (hashes, path) = line.split_once(' ')?;
    let entry = match hashes.split_once(':') {
        None => Entry::settled(parse_hash(hashes)?),
        Some(("", "")) => return None,
        Some((old, new)) => Entry { old: parse_half(old)?, new: parse_half(new)? },
    };
    let path = unescape(path)?;
    is_canonical(&path).then(|| (OutPath::new(&path), entry))
}

fn parse_half(hex: &str) -> Option<Option<Hash>> {
    if hex.is_empty() { Some(None) } else { parse_hash(hex).map(Some) }
}

fn parse_hash(hex: &str) -> Option<Hash> {
    let ours = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    ours.then(|| u128::from_str_radix(hex, 16).ok().map(Hash)).flatten()
}

fn escape_into(text: &mut String, path: &str) {
    for c in path.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut path = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                '\\' => path.push('\\'),
                'n' => path.push('\n'),
                _ => return None,
            },
            c => path.push(c),
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const H: &str = "00112233445566778899aabbccddeeff";

    fn read(lines: &str) -> Option<Manifest> {
        Manifest::parse(format!("benchbook manifest 1\n{lines}end\n").as_bytes())
    }

    #[test]
    fn a_manifest_that_is_not_as_we_write_it_is_not_believed() {
        assert!(read("").is_some() && read(&format!("{H} a.html\n")).is_some());
        let paths = ["", "/a", "../a", "a/../b", "a//b", "./a", "a/.", "a/", ".git/config", "a/.GIT/x", "a\\x", "a\\"];
        for path in paths.into_iter().chain([".benchbook-manifest", ".Benchbook-Stage/1", "a\0b"]) {
            assert_eq!(read(&format!("{H} {path}\n")), None, "{path:?}");
        }
        for line in ["a.html\n", "0011 a.html\n", ": a\n", "\n", &format!("{} a\n", H.to_uppercase())] {
            assert_eq!(read(line), None, "{line:?}");
        }
        assert_eq!(read(&format!("{H} {}\n", "x".repeat(256))), None);
        assert_eq!(read(&format!("{H} b\n{H} a\n")), None, "not sorted");
        assert_eq!(read(&format!("{H} a\n{H} a\n")), None, "twice the same");
        assert_eq!(read(&format!("{H} a")), None, "the last line joined to `end`");
        let whole = Manifest::of(&Site::from([(OutPath::new("a"), Hash(1))])).to_text();
        for cut in 0..whole.len() {
            assert_eq!(Manifest::parse(&whole.as_bytes()[..cut]), None, "cut at {cut}");
        }
    }

    fn sites() -> impl Strategy<Value = Site> {
        proptest::collection::btree_map("[a-c \\\\\n:é]{1,4}(/[a-c ]{1,3}){0,2}", any::<u128>(), 0..8)
            .prop_map(|map| map.into_iter().map(|(path, hash)| (OutPath::new(&path), Hash(hash))).collect())
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(old in sites(), new in sites()) {
            let union = Manifest::union(&old, &new);
            prop_assert_eq!(Manifest::parse(union.to_text().as_bytes()), Some(union));
            let settled = Manifest::of(&new);
            prop_assert!(settled.says(&new));
            prop_assert_eq!(settled.site(), Some(new));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Manifest::parse(&bytes);
            let _ = Manifest::parse(&[FIRST_LINE.as_bytes(), &bytes, LAST_LINE.as_bytes()].concat());
        }
    }
}
