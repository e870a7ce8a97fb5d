//! CSV (RFC 4180) with the exact place of each cell.
//!
//! Rows end with LF, CRLF or CR; a line with nothing on it is no row. A cell in double quotes may hold commas, line
//! ends and quotes (doubled); line ends in it become LF. Spaces and tabs round a cell are not part of it, unless
//! they stand in quotes. Cells are borrowed from the text where they can be.

use crate::number::decimal;
use std::borrow::Cow;
use std::ops::Range;

/// What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection"), also in full width.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// `text` so that no spreadsheet runs it: what begins like a formula, or with the quotes that keep such a text, gets a
/// quote before it. A number is no formula.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let number = decimal::value(text).is_ok();
    if begins_formula(text) && !number { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What [`harmless`] was given.
pub fn as_meant(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\'').filter(|_| begins_formula(text)).unwrap_or(text)),
        Cow::Owned(text) => match text.strip_prefix('\'') {
            Some(rest) if begins_formula(&text) => Cow::Owned(rest.to_owned()),
            _ => Cow::Owned(text),
        },
    }
}

/// Whether a text begins like a formula, behind any quotes.
fn begins_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// A cell and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<'t> {
    /// What it holds.
    pub text: Cow<'t, str>,
    /// Its bytes in the file; of a cell in quotes, with the quotes.
    pub range: Range<usize>,
}

/// What is wrong with a cell in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The quote that is opened here is never closed: the rest of the file is one cell.
    Unclosed(usize),
    /// Between the closing quote and the next comma stands something.
    AfterQuote(Range<usize>),
}

/// How many cells of one row are read. What stands behind them on the line is passed over: no table has so many columns.
const MAX_CELLS: usize = 100_000;

/// Reads the rows of a text one after the other.
#[derive(Debug)]
pub struct Rows<'t> {
    text: &'t str,
    pos: usize,
}

impl<'t> Rows<'t> {
    /// The rows of `text`, the whole of a file; a byte order mark at its start is passed over.
    pub fn new(text: &'t str) -> Self {
        Self { text, pos: if text.starts_with('\u{feff}') { 3 } else { 0 } }
    }

    /// Reads the next row into `cells`, and gives its bytes without the line end. `None` at the end of the text.
    ///
    /// # Errors
    /// The first mistake of the row; reading can go on with the next.
    pub fn next_into(&mut self, cells: &mut Vec<Cell<'t>>) -> Option<Result<Range<usize>, Wrong>> {
        cells.clear();
        while matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.pos += 1;
        }
        let start = self.pos;
        if start >= self.text.len() {
            return None;
        }
        let mut wrong = None;
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(why) => {
                    wrong.get_or_insert(why);
                }
            }
            match self.peek() {
                Some(b',') if cells.len() > MAX_CELLS => {
                    self.pos = self.rest().find(['\n', '\r']).map_or(self.text.len(), |end| self.pos + end);
                    break;
                }
                Some(b',') => self.pos += 1,
                _ => break,
            }
        }
        Some(wrong.map_or(Ok(start..self.pos), Err))
    }

    fn cell(&mut self) -> Result<Cell<'t>, Wrong> {
        let blanks = self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if self.text.as_bytes().get(self.pos + blanks) == Some(&b'"') {
            self.pos += blanks;
            return self.quoted();
        }
        let start = self.pos;
        self.pos += self.rest().bytes().take_while(|b| !matches!(b, b',' | b'\n' | b'\r')).count();
        let whole = self.text.get(start..self.pos).unwrap_or_default();
        let left = whole.trim_start_matches([' ', '\t']);
        let from = start + whole.len() - left.len();
        let text = left.trim_end_matches([' ', '\t']);
        // Of a cell with blanks only, the place is where it begins.
        let from = if text.is_empty() { start } else { from };
        Ok(Cell { text: Cow::Borrowed(text), range: from..from + text.len() })
    }

    /// A cell whose opening quote stands here.
    fn quoted(&mut self) -> Result<Cell<'t>, Wrong> {
        let open = self.pos;
        self.pos += 1;
        loop {
            let Some(next) = self.rest().find('"') else {
                self.pos = self.text.len();
                return Err(Wrong::Unclosed(open));
            };
            self.pos += next + 1;
            if self.peek() != Some(b'"') {
                break;
            }
            self.pos += 1;
        }
        let range = open..self.pos;
        let behind = self.rest().bytes().take_while(|b| !matches!(b, b',' | b'\n' | b'\r')).count();
        let after = self.pos..self.pos + behind;
        self.pos += behind;
        if self.text.get(after.clone()).is_some_and(|rest| !rest.trim_matches([' ', '\t']).is_empty()) {
            return Err(Wrong::AfterQuote(after));
        }
        let inner = self.text.get(range.start + 1..range.end - 1).unwrap_or_default();
        Ok(Cell { text: unquoted(inner), range })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }
}

fn unquoted(inner: &str) -> Cow<'_, str> {
    if !inner.contains(['"', '\r']) {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(inner.replace("\"\"", "\"").replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Result<Vec<(String, String)>, Wrong>> {
        let mut rows = Rows::new(text);
        let mut cells = Vec::new();
        let mut all = Vec::new();
        while let Some(row) = rows.next_into(&mut cells) {
            all.push(
                row.map(|_| cells.iter().map(|c| (c.text.to_string(), text[c.range.clone()].to_owned())).collect()),
            );
        }
        all
    }

    fn texts(text: &str) -> Vec<Vec<String>> {
        rows(text).into_iter().map(|row| row.unwrap().into_iter().map(|(value, _)| value).collect()).collect()
    }

    #[test]
    fn line_ends_and_the_mark_make_no_difference() {
        let want = vec![vec!["a", "b"], vec!["1", "x\ny"]];
        for text in
            ["a,b\n1,\"x\ny\"\n", "\u{feff}a,b\r\n1,\"x\r\ny\"\r\n\r\n", "a,b\r1,\"x\ry\"", "\n\na,b\n\n1,\"x\ny\""]
        {
            assert_eq!(texts(text), want, "{text:?}");
        }
    }

    #[test]
    fn cells_have_their_exact_place() {
        let row = rows("a, \"b \"\"c\"\"\" ,  d e ,, 5\" f\n").remove(0).unwrap();
        let want = [("a", "a"), ("b \"c\"", "\"b \"\"c\"\"\""), ("d e", "d e"), ("", ""), ("5\" f", "5\" f")];
        assert_eq!(row, want.map(|(value, under)| (value.to_owned(), under.to_owned())));
    }

    #[test]
    fn a_quote_must_end_and_end_its_cell() {
        assert_eq!(rows("a,\"b\nc"), [Err(Wrong::Unclosed(2))]);
        assert_eq!(rows("\"a\"b,c\nd")[0], Err(Wrong::AfterQuote(3..4)));
        assert_eq!(rows("\"a\"b,c\nd").len(), 2);
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_quoted_and_read_as_meant() {
        for (text, want) in [
            ("=1+1", "'=1+1"),
            ("+cmd", "'+cmd"),
            ("-2+3", "'-2+3"),
            ("@SUM", "'@SUM"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("-5", "-5"),
            ("+3.0", "+3.0"),
            ("it's", "it's"),
            ("'tis", "'tis"),
        ] {
            assert_eq!(harmless(text), want);
            assert_eq!(as_meant(harmless(text)), text);
        }
    }

    proptest! {
        #[test]
        fn a_quote_that_was_put_in_is_taken_out(text in "['=+@1a\t-]{0,6}") {
            prop_assert_eq!(as_meant(Cow::Owned(harmless(&text).into_owned())), text.clone());
            prop_assert_eq!(as_meant(harmless(&text)), text.as_str());
        }

        #[test]
        fn any_text_is_read(text in "[a,\" \r\né]{0,30}") {
            rows(&text);
        }

        #[test]
        fn what_is_quoted_is_read_again(table in proptest::collection::vec(proptest::collection::vec("[a-c,\" \n]{0,5}", 2), 1..4)) {
            let line = |row: &Vec<String>| row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            let text = table.iter().map(line).collect::<Vec<_>>().join("\n");
            prop_assert_eq!(texts(&text), table);
        }
    }
}
