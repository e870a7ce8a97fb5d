//! What a line of a container says: `::: tabs`, `::: details TITLE`, `:::`.
//!
//! Which line belongs to which is for whoever goes through the chapter: that hangs on its quotes and lists as well.

use std::ops::Range;

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Several ways to do one thing, of which a reader takes one.
    Tabs,
    /// One of them.
    Tab,
    /// What most readers can pass over.
    Details,
    /// Things to do one after the other.
    Steps,
}

impl Kind {
    /// All of them, by the names that authors write.
    pub const ALL: [(&'static str, Kind); 4] =
        [("tabs", Kind::Tabs), ("tab", Kind::Tab), ("details", Kind::Details), ("steps", Kind::Steps)];

    /// The name that authors write.
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| *name)
    }
}

/// What a line says. Ranges count from its first colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A container begins, with a title (empty where there is none).
    Open(Kind, Range<usize>),
    /// A container that does not exist would begin.
    Unknown(Range<usize>),
    /// The innermost container ends.
    Close,
}

impl Line {
    /// Reads a line that begins with `:::`; more colons mean the same.
    pub fn parse(source: &str) -> Line {
        let rest = source.trim_start_matches(':').trim_start();
        let start = source.len() - rest.len();
        let rest = rest.trim_end();
        if rest.is_empty() {
            return Line::Close;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (name, title) = rest.split_at(end);
        let title_start = start + end + (title.len() - title.trim_start().len());
        match Kind::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, kind)) => Line::Open(*kind, title_start..start + rest.len()),
            None => Line::Unknown(start..start + end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_open_and_close() {
        assert_eq!(Line::parse(":::"), Line::Close);
        assert_eq!(Line::parse("::::  "), Line::Close);
        assert_eq!(Line::parse("::: tabs"), Line::Open(Kind::Tabs, 8..8));
        let source = ":::details  More of it ";
        let Line::Open(Kind::Details, title) = Line::parse(source) else { panic!() };
        assert_eq!(&source[title], "More of it");
        assert_eq!(Line::parse("::: note x"), Line::Unknown(4..8));
    }
}
