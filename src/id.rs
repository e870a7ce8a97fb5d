//! Names, interned: a path, a chapter, a table, a row or an anchor is asked for thousands of times and stored once.
//!
//! A [`Name`] is copied like a number and compared like a string. The interner never forgets, which is bounded
//! by the number of different names that one process meets.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{LazyLock, PoisonError, RwLock};

const SHARDS: usize = 16;
static INTERNED: LazyLock<[RwLock<HashSet<&'static str, rustc_hash::FxBuildHasher>>; SHARDS]> =
    LazyLock::new(Default::default);

/// An interned string.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

impl Name {
    /// The name `text`.
    pub fn new(text: &str) -> Self {
        let shard = rustc_hash::FxBuildHasher.hash_one(text) as usize % SHARDS;
        #[allow(clippy::indexing_slicing, reason = "the index is taken modulo the length")]
        let shard = &INTERNED[shard];
        if let Some(found) = shard.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Name(found);
        }
        let mut names = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = names.get(text) {
            return Name(found);
        }
        let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
        names.insert(kept);
        Name(kept)
    }

    /// The string itself.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(other.0)
    }
}
// By content, not by address: answers are hashed with the names in them, and those hashes outlive the process.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0)
    }
}
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name::new(text))
            }
        }
        d.deserialize_str(Text)
    }
}

macro_rules! names {
    ($( $(#[doc = $doc:literal])* $id:ident; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $id(pub Name);

        impl $id {
            /// The one with this name.
            pub fn new(text: &str) -> Self {
                Self(Name::new(text))
            }
            /// Its name.
            pub fn as_str(self) -> &'static str {
                self.0.as_str()
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )* };
}

names! {
    /// A file, by its path from the folder of `book.toml`, with `/` between parts: `content/linux/index.md`.
    /// A file of another allowed root begins with `../`.
    PathId;
    /// A chapter, by its file's path from the folder of chapters: `linux/index.md`.
    ChapterId;
    /// A table, by its file's name without folder and ending: `accelerators`.
    TableId;
    /// A file of the site, by its path from the site's root: `linux/index.html`.
    OutPath;
}

impl PathId {
    /// The folder that holds it, without a slash at the end; empty for a file beside `book.toml`.
    pub fn folder(self) -> &'static str {
        self.as_str().rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_name() {
        assert_eq!(Name::new("a"), Name::new(&String::from("a")));
        assert_ne!(Name::new("a"), Name::new("b"));
        assert!(Name::new("a") < Name::new("b"));
    }
}
