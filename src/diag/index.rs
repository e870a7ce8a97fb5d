//! Line index: from bytes to lines and columns, and from places to what a writer prints of them.
//!
//! A line ends at `\n`; a carriage return before it belongs to the end, one elsewhere to the line. A byte order mark
//! at the start of a file takes no column.

use super::{Place, Span, Texts};
use crate::id::PathId;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// Cells that a tab takes where source is shown: tabs are printed as so many spaces.
pub const TAB_CELLS: usize = 4;

/// The most characters of one line that a writer shows.
const SHOWN: usize = 240;
/// Bytes shown before the text in question, where a line is cut.
const BEFORE: usize = 80;

/// A point in a text. All are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column in Unicode scalar values, as rustc counts.
    pub column: usize,
    /// The column in UTF-16 code units, as editors and SARIF count.
    pub utf16: usize,
    /// The column in cells of a terminal.
    pub cell: usize,
}

/// A text and where its lines begin.
#[derive(Clone, Debug)]
pub struct LineIndex {
    text: Arc<str>,
    starts: Vec<usize>,
}

impl LineIndex {
    /// The index of `text`.
    pub fn new(text: Arc<str>) -> Self {
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let starts = std::iter::once(bom).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of a byte, counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The bytes of a line without its end; `None` behind the last line.
    pub fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let ended =
            self.starts.get(line).is_some() && self.text.get(start..end).is_some_and(|line| line.ends_with('\r'));
        Some(start..if ended { end - 1 } else { end })
    }

    /// Where a byte stands. An offset inside a character means its start; one behind the end, the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_of(offset);
        let start = self.line(line).map_or(0, |line| line.start);
        let before = self.text.get(start..offset).unwrap_or_default();
        let cells: usize = before.split('\t').map(UnicodeWidthStr::width).sum();
        Position {
            line,
            column: before.chars().count() + 1,
            utf16: before.encode_utf16().count() + 1,
            cell: cells + before.matches('\t').count() * TAB_CELLS + 1,
        }
    }
}

/// A place found: its file, and where in it, if the file has a text.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) span: Span,
    pub(super) at: Option<At>,
}

/// Where in a text.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) index: Rc<LineIndex>,
    pub(super) range: Range<usize>,
    pub(super) start: Position,
    pub(super) end: Position,
}

/// The files that diagnostics point into, each indexed once.
pub(super) struct Files<'a> {
    texts: &'a dyn Texts,
    known: FxHashMap<PathId, Option<Rc<LineIndex>>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(texts: &'a dyn Texts) -> Self {
        Self { texts, known: FxHashMap::default() }
    }

    /// Where `place` is now; `None` when it is gone.
    pub(super) fn find(&mut self, place: &Place) -> Option<Spot> {
        self.texts.locate(place).map(|span| self.spot(span))
    }

    pub(super) fn spot(&mut self, span: Span) -> Spot {
        let texts = self.texts;
        let read = || texts.text(span.file).map(|text| Rc::new(LineIndex::new(text)));
        let index = self.known.entry(span.file).or_insert_with(read).clone();
        let at = index.map(|index| {
            let text = index.text();
            let first = index.line(1).map_or(0, |line| line.start);
            let start = text.floor_char_boundary(span.range().start).max(first);
            let end = text.ceil_char_boundary(span.range().end).max(start);
            let (from, to) = (index.position(start), index.position(end));
            At { range: start..end, start: from, end: to, index }
        });
        Spot { span, at }
    }
}

/// Lines of a text as they can be shown: long ones cut, and nothing in them that drives a terminal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    /// Where the points asked for are in `text`.
    pub(super) marks: Vec<usize>,
}

/// The lines `lines` of `index`, and where in what is shown the bytes `points` are, which must be in order.
pub(super) fn show(index: &LineIndex, lines: Range<usize>, points: &[usize]) -> Shown {
    let mut shown = Shown { text: String::new(), marks: Vec::with_capacity(points.len()) };
    for number in lines {
        let Some(line) = index.line(number) else { break };
        let kept = kept(index.text(), &line, points);
        if kept.start > line.start {
            shown.text.push('…');
        }
        for (at, c) in index.text().get(kept.clone()).unwrap_or_default().char_indices() {
            shown.mark(points, kept.start + at);
            push_visible(&mut shown.text, c);
        }
        // A point in the end of the line, or in what is cut off, is where the shown part ends.
        shown.mark(points, if kept.end < line.end { line.end } else { kept.end });
        if kept.end < line.end {
            shown.text.push('…');
        }
        let next = index.line(number + 1).map_or(usize::MAX, |next| next.start);
        shown.mark(points, next - 1);
        shown.text.push('\n');
    }
    shown.mark(points, usize::MAX);
    shown
}

impl Shown {
    fn mark(&mut self, points: &[usize], offset: usize) {
        while points.get(self.marks.len()).is_some_and(|point| *point <= offset) {
            self.marks.push(self.text.len());
        }
    }
}

/// The bytes of a line that are shown: all, or those round the first point in it.
fn kept(text: &str, line: &Range<usize>, points: &[usize]) -> Range<usize> {
    if line.len() <= SHOWN {
        return line.clone();
    }
    let first = points.iter().find(|point| line.contains(point)).copied().unwrap_or(line.start);
    let start = text.floor_char_boundary(first.saturating_sub(BEFORE).max(line.start));
    start..text.floor_char_boundary((start + SHOWN).min(line.end))
}

/// `text` with characters that drive a terminal, or turn the direction of writing, shown as `\u{1b}`.
pub(super) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        push_visible(&mut shown, c);
        shown
    })
}

fn push_visible(shown: &mut String, c: char) {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if (c.is_control() && c != '\n' && c != '\t') || turns || breaks {
        shown.extend(c.escape_unicode());
    } else {
        shown.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize, usize, usize) {
        let Position { line, column, utf16, cell } = LineIndex::new(text.into()).position(offset);
        (line, column, utf16, cell)
    }

    #[test]
    fn columns_are_counted_in_scalars_utf16_and_cells() {
        assert_eq!(at("abc", 2), (1, 3, 3, 3));
        assert_eq!(at("\tx", 1), (1, 2, 2, 5));
        assert_eq!(at("日本x", 6), (1, 3, 3, 5));
        assert_eq!(at("e\u{301}x", 3), (1, 3, 3, 2));
        assert_eq!(at("🎉x", 4), (1, 2, 3, 3));
        assert_eq!(at("👩‍👩‍👧x", "👩‍👩‍👧".len()), (1, 6, 9, 3));
    }

    #[test]
    fn a_line_ends_at_line_feed_only() {
        assert_eq!(at("a\r\nb", 3), (2, 1, 1, 1));
        assert_eq!(at("a\rb", 2).0, 1);
        assert_eq!(at("a\rb", 2).1, 3);
        assert_eq!(at("a\n", 2), (2, 1, 1, 1));
        let index = LineIndex::new("a\r\nb\rc\r".into());
        assert_eq!((index.line(1), index.line(2), index.line(3)), (Some(0..1), Some(3..7), None));
        assert_eq!(LineIndex::new("".into()).line(1), Some(0..0));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(at("\u{feff}ab\nc", 4), (1, 2, 2, 2));
        assert_eq!(at("\u{feff}ab\nc", 0), (1, 1, 1, 1));
        assert_eq!(at("\u{feff}ab\nc", 6), (2, 1, 1, 1));
    }

    #[test]
    fn offsets_in_characters_and_behind_the_end_are_moved() {
        assert_eq!(at("日x", 1), (1, 1, 1, 1));
        assert_eq!(at("ab", 99), (1, 3, 3, 3));
    }

    #[test]
    fn what_is_shown_is_cut_and_safe() {
        let index = LineIndex::new("a\u{1b}[2Jb\u{202e}c\r\nd".into());
        let shown = show(&index, 1..3, &[5, 6, 11]);
        assert_eq!(shown.text, "a\\u{1b}[2Jb\\u{202e}c\nd\n");
        assert_eq!(shown.marks, [10, 11, 20]);
        let index = LineIndex::new(format!("{}HERE{}", "x".repeat(300_000), "y".repeat(200_000)).into());
        let shown = show(&index, 1..2, &[300_000, 300_004]);
        assert_eq!(shown.text, format!("…{}HERE{}…\n", "x".repeat(80), "y".repeat(156)));
        assert_eq!(shown.text.get(shown.marks[0]..shown.marks[1]), Some("HERE"));
    }

    proptest::proptest! {
        #[test]
        fn positions_and_marks_hold_for_any_text(text in "[ab\u{feff}\r\n\té日🎉\u{1b}]{0,40}", a in 0usize..150, b in 0usize..150) {
            let index = LineIndex::new(text.as_str().into());
            let (a, b) = (a.min(b), a.max(b));
            let (from, to) = (index.position(a), index.position(b));
            proptest::prop_assert!((from.line, from.column) <= (to.line, to.column));
            let shown = show(&index, from.line..to.line + 1, &[a, b]);
            proptest::prop_assert!(shown.marks.len() == 2 && shown.marks[0] <= shown.marks[1]);
            proptest::prop_assert!(shown.marks.iter().all(|mark| shown.text.is_char_boundary(*mark)));
        }
    }
}
