//! A comparison table as HTML: what a fenced `table` block becomes.
//!
//! Real table markup, with the unit once in the head, so that it reads well aloud and copies well into a sheet.
//! Numbers stand at the right with figure spaces for the decimals that they lack: with tabular figures their points
//! align, and no inline style is needed.

use crate::diag::{Code, Diagnostic, Parsed};
use crate::escape;
use crate::id::Name;
use crate::number::print::{self, Style};
use crate::parse::block::{Sort, TableBlock};
use crate::parse::keys::At;
use crate::parse::source::Source;
use crate::parse::table::{Cell, Column, Row, Table, Value};
use std::cmp::Ordering;
use std::fmt::Write;

/// As wide as a digit, where figures are tabular.
const FIGURE_SPACE: char = '\u{2007}';
/// As wide as a point.
const PUNCTUATION_SPACE: char = '\u{2008}';

/// What an empty cell says where its column does not.
const NOT_RECORDED: &str = "not recorded";

/// What stands round a table, beside what its block says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The block's caption as plain text, its expressions evaluated.
    pub caption: Option<&'a str>,
    /// The sources of the cells that are shown: those that [`sources`] names.
    pub sources: &'a [&'a Source],
}

/// The sources of the cells that `block` shows of `table`, each once, in the order in which they are met.
pub fn sources(block: &TableBlock, table: &Table) -> Vec<Name> {
    let shown = shown(block, table).value;
    let mut found = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for row in table.rows() {
        for head in &shown {
            let has_value = matches!(row.cells().get(head.index), Some(Cell::Value(_)));
            if let Some(source) = row.source(head.column.name).filter(|_| has_value)
                && seen.insert(source)
            {
                found.push(source);
            }
        }
    }
    found
}

/// The table as HTML. A column that the table does not have is told and left out.
pub fn html(block: &TableBlock, table: &Table, around: Around<'_>) -> Parsed<String> {
    let Parsed { value: shown, mut diagnostics } = shown(block, table);
    let rows = sorted(block.sort, table, &mut diagnostics);
    let mut out = String::with_capacity(256 + rows.len() * shown.len() * 48);
    open(&mut out, block, table, around.caption);
    head(&mut out, &shown);
    body(&mut out, &shown, &rows);
    out.push_str("</table></div>\n");
    source_line(&mut out, around.sources);
    out.push_str("</figure>\n");
    Parsed { value: out, diagnostics }
}

/// A column that is shown.
struct Head<'a> {
    column: &'a Column,
    /// Its place among the columns of the table.
    index: usize,
    label: &'a str,
}

fn shown<'a>(block: &'a TableBlock, table: &'a Table) -> Parsed<Vec<Head<'a>>> {
    let Some(wanted) = &block.columns else { return Parsed::ok(all(table)) };
    let mut diagnostics = Vec::new();
    let mut heads = Vec::with_capacity(wanted.len());
    for want in wanted {
        match find(table, want.name, &mut diagnostics) {
            Some((index, column)) => {
                let label = want.label.as_ref().map_or(&*column.title, |label| &label.value);
                heads.push(Head { column, index, label });
            }
            None => continue,
        }
    }
    Parsed { value: heads, diagnostics }
}

/// All columns but those that only say where and when other columns' cells are from.
fn all(table: &Table) -> Vec<Head<'_>> {
    let serves =
        |name: Name| table.columns().iter().any(|c| c.source_field == Some(name) || c.date_field == Some(name));
    let columns = table.columns().iter().enumerate().filter(|(_, column)| !serves(column.name));
    columns.map(|(index, column)| Head { column, index, label: &column.title }).collect()
}

fn find<'t>(table: &'t Table, name: At<Name>, diagnostics: &mut Vec<Diagnostic>) -> Option<(usize, &'t Column)> {
    let found = table.columns().iter().enumerate().find(|(_, column)| column.name == name.value);
    // Of a table that could not be read whole, the column may be among what was lost, and that was told.
    if found.is_none() && table.is_whole() {
        let message = format!("the table `{}` has no column `{}`", table.id(), name.value.as_str().escape_debug());
        let wrong = Diagnostic::new(Code::NameUnknown, name.span, message);
        let known = table.columns().iter().map(|c| c.name.as_str());
        diagnostics.push(wrong.nearest(name.value.as_str(), name.span, known));
    }
    found
}

/// The rows in the order of the block. Rows that are equal there keep the order of the data; rows without a value
/// come last, whichever way it goes.
fn sorted<'t>(sort: Option<Sort>, table: &'t Table, diagnostics: &mut Vec<Diagnostic>) -> Vec<Row<'t>> {
    let mut rows: Vec<Row<'t>> = table.rows().collect();
    let Some(sort) = sort else { return rows };
    let Some((index, _)) = find(table, sort.column, diagnostics) else { return rows };
    rows.sort_by(|a, b| match (a.cells().get(index), b.cells().get(index)) {
        (Some(Cell::Value(a)), Some(Cell::Value(b))) if sort.descending => order(b, a),
        (Some(Cell::Value(a)), Some(Cell::Value(b))) => order(a, b),
        (Some(Cell::Value(_)), _) => Ordering::Less,
        (_, Some(Cell::Value(_))) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    rows
}

/// The order of two values of one column, so of one type and one unit.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.value().total_cmp(&b.value()),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Year(a), Value::Year(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

// Markup. Writing to a `String` cannot fail.

fn open(out: &mut String, block: &TableBlock, table: &Table, caption: Option<&str>) {
    out.push_str("<figure class=\"table\"");
    if let Some(id) = &block.id {
        let _ = write!(out, " id=\"{}\"", escape::attribute(&id.value));
    }
    // A part that scrolls can be reached by keyboard, and needs a name to be announced by.
    let name = caption.or(table.title()).unwrap_or(table.id().as_str());
    let name = escape::attribute(name);
    out.push_str(">\n");
    // Beside what scrolls: a `<caption>` would be as wide as the table, and its lines be cut off.
    if let Some(caption) = caption {
        let _ = writeln!(out, "<figcaption>{}</figcaption>", escape::text(caption));
    }
    let _ = writeln!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table>");
}

fn head(out: &mut String, shown: &[Head<'_>]) {
    out.push_str("<thead><tr>");
    for head in shown {
        let class = if head.column.ty.is_numeric() { " class=\"num\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}", escape::text(head.label));
        if !head.column.unit.is_none() {
            let _ = write!(out, " <span class=\"unit\">{}</span>", escape::text(&head.column.unit.heading()));
        }
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n");
}

fn body(out: &mut String, shown: &[Head<'_>], rows: &[Row<'_>]) {
    out.push_str("<tbody>\n");
    let decimals: Vec<usize> = shown.iter().map(|head| most_decimals(head, rows)).collect();
    for row in rows {
        out.push_str("<tr>");
        for (i, (head, decimals)) in shown.iter().zip(&decimals).enumerate() {
            let tag = if i == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            cell(out, tag, head, row.cells().get(head.index), *decimals);
        }
        out.push_str("</tr>\n");
    }
    if rows.is_empty() {
        let _ = writeln!(out, "<tr><td class=\"missing\" colspan=\"{}\">no rows</td></tr>", shown.len().max(1));
    }
    out.push_str("</tbody>\n");
}

fn cell(out: &mut String, (open, close): (&str, &str), head: &Head<'_>, cell: Option<&Cell>, decimals: usize) {
    let _ = match cell {
        Some(Cell::Value(Value::Number(quantity))) => {
            let shown = print::quantity(quantity, Style { bare: true, digits: None });
            let exact = escape::attribute(quantity.text());
            let pad = padding(&shown, decimals);
            write!(out, "<{open} class=\"num\"><data value=\"{exact}\">{shown}</data>{pad}</{close}>")
        }
        Some(Cell::Value(Value::Date(date))) => {
            write!(out, "<{open}><time datetime=\"{date}\">{date}</time></{close}>")
        }
        Some(Cell::Value(Value::Text(text))) => write!(out, "<{open}>{}</{close}>", escape::text(text)),
        Some(Cell::Value(Value::Bool(value))) => {
            write!(out, "<{open}>{}</{close}>", if *value { "yes" } else { "no" })
        }
        Some(Cell::Value(Value::Year(year))) => write!(out, "<{open}>{year:04}</{close}>"),
        Some(Cell::Missing) | None => {
            let words = head.column.missing.as_deref().unwrap_or(NOT_RECORDED);
            let class = if head.column.ty.is_numeric() { "num missing" } else { "missing" };
            write!(out, "<{open} class=\"{class}\">{}</{close}>", escape::text(words))
        }
        // What it holds was told where it stands.
        Some(Cell::Invalid) => write!(out, "<{open}></{close}>"),
    };
}

fn most_decimals(head: &Head<'_>, rows: &[Row<'_>]) -> usize {
    if !head.column.ty.is_numeric() {
        return 0;
    }
    let printed = rows.iter().filter_map(|row| match row.cells().get(head.index) {
        Some(Cell::Value(Value::Number(quantity))) => {
            decimals(&print::quantity(quantity, Style { bare: true, digits: None }))
        }
        _ => None,
    });
    printed.max().unwrap_or(0)
}

/// How many decimals a printed number has; `None` for one with a power of ten, which aligns with no other.
fn decimals(shown: &str) -> Option<usize> {
    match shown.split_once('.') {
        _ if shown.contains('×') => None,
        Some((_, fraction)) => Some(fraction.len()),
        None => Some(0),
    }
}

/// Spaces in place of the point and the decimals that the number lacks. Not read aloud.
fn padding(shown: &str, most: usize) -> String {
    let lacks = most.saturating_sub(decimals(shown).unwrap_or(most));
    if lacks == 0 {
        return String::new();
    }
    let point = if lacks == most { String::from(PUNCTUATION_SPACE) } else { String::new() };
    let spaces: String = std::iter::repeat_n(FIGURE_SPACE, lacks).collect();
    format!("<span class=\"pad\" aria-hidden=\"true\">{point}{spaces}</span>")
}

fn source_line(out: &mut String, sources: &[&Source]) {
    if sources.is_empty() {
        return;
    }
    let word = if sources.len() == 1 { "Source" } else { "Sources" };
    let all: Vec<String> = sources.iter().map(|source| cited(source)).collect();
    let _ = writeln!(out, "<p class=\"source\">{word}: {}</p>", all.join("; "));
}

fn cited(source: &Source) -> String {
    let title = escape::text(&source.title);
    let linked = match &source.url {
        Some(url) => format!("<a href=\"{}\">{title}</a>", escape::attribute(url)),
        None => title.into_owned(),
    };
    match (source.published, source.retrieved) {
        (Some(date), _) => format!("{linked}, <time datetime=\"{date}\">{date}</time>"),
        (None, Some(date)) => format!("{linked}, retrieved <time datetime=\"{date}\">{date}</time>"),
        (None, None) => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{PathId, TableId};
    use crate::parse::{block, source, table};

    const CSV: &str = "id,name,memory,bandwidth,price,price_source,date,on\n\
        b,RTX <3090>,24,936.2,1499,press,2020-09-01,true\na,M2 Ultra,192,800,,,,false\nc,RTX 4090,24,1008.25,1599,press,2022-09-20,\n";
    const SCHEMA: &str = "title = 'Cards'\nsource = 'db'\n\
        [[fields]]\nname = 'memory'\ntitle = 'Memory'\ntype = 'integer'\nunit = 'GB'\n\
        [[fields]]\nname = 'bandwidth'\ntype = 'number'\nunit = 'GB/s'\n\
        [[fields]]\nname = 'price'\ntype = 'number'\nunit = 'USD'\nsourceField = 'price_source'\nmissing = 'not sold alone'\n\
        [[fields]]\nname = 'date'\ntype = 'date'\n[[fields]]\nname = 'on'\ntype = 'boolean'\n";

    fn cards() -> Table {
        let (data, schema) = (PathId::new("content/data/cards.csv"), PathId::new("content/data/cards.schema.toml"));
        let parsed = table::table(TableId::new("cards"), data, table::Format::Csv, CSV, Some((schema, SCHEMA)));
        assert_eq!(parsed.diagnostics, []);
        parsed.value
    }

    fn body_of(text: &str) -> TableBlock {
        block::table(PathId::new("content/a.md"), text, 0).value.unwrap()
    }

    fn keys(text: &str) -> Vec<String> {
        let block = body_of(&format!("from = 'cards'\ncolumns = ['id']\n{text}"));
        let made = html(&block, &cards(), Around::default()).value;
        made.split("<th scope=\"row\">").skip(1).map(|row| row[..1].to_owned()).collect()
    }

    #[test]
    fn a_table_as_a_reader_gets_it() {
        let block = body_of(
            "from = 'cards'\ncolumns = ['name', 'memory', { name = 'bandwidth', label = 'Speed & all' }, 'price']\n\
             sort = '-memory'\nid = 'cards'\n",
        );
        let text = "[db]\ntitle = 'A & B'\nurl = 'https://example.org/?a=1&b=2'\npublished = 2025-12-01\n[press]\ntitle = 'Press'\n";
        let known = source::sources(PathId::new("content/sources.toml"), text).value;
        let table = cards();
        let names = sources(&block, &table);
        assert_eq!(names.iter().map(|n| n.as_str()).collect::<Vec<_>>(), ["db", "press"]);
        let cited: Vec<_> = names.iter().map(|name| &known[name]).collect();
        let made = html(&block, &table, Around { caption: Some("Cards, \"all\""), sources: &cited });
        assert_eq!(made.diagnostics, []);
        assert_eq!(
            made.value,
            "<figure class=\"table\" id=\"cards\">\n\
             <figcaption>Cards, \"all\"</figcaption>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Cards, &quot;all&quot;\"><table>\n\
             <thead><tr><th scope=\"col\">name</th><th scope=\"col\" class=\"num\">Memory <span class=\"unit\">GB</span></th>\
             <th scope=\"col\" class=\"num\">Speed &amp; all <span class=\"unit\">GB/s</span></th>\
             <th scope=\"col\" class=\"num\">price <span class=\"unit\">USD</span></th></tr></thead>\n\
             <tbody>\n\
             <tr><th scope=\"row\">M2 Ultra</th><td class=\"num\"><data value=\"192\">192</data></td>\
             <td class=\"num\"><data value=\"800\">800</data><span class=\"pad\" aria-hidden=\"true\">\u{2008}\u{2007}\u{2007}</span></td>\
             <td class=\"num missing\">not sold alone</td></tr>\n\
             <tr><th scope=\"row\">RTX &lt;3090&gt;</th><td class=\"num\"><data value=\"24\">24</data></td>\
             <td class=\"num\"><data value=\"936.2\">936.2</data><span class=\"pad\" aria-hidden=\"true\">\u{2007}</span></td>\
             <td class=\"num\"><data value=\"1499\">1,499</data></td></tr>\n\
             <tr><th scope=\"row\">RTX 4090</th><td class=\"num\"><data value=\"24\">24</data></td>\
             <td class=\"num\"><data value=\"1008.25\">1,008.25</data></td>\
             <td class=\"num\"><data value=\"1599\">1,599</data></td></tr>\n\
             </tbody>\n</table></div>\n\
             <p class=\"source\">Sources: <a href=\"https://example.org/?a=1&amp;b=2\">A &amp; B</a>, \
             <time datetime=\"2025-12-01\">2025-12-01</time>; Press</p>\n</figure>\n"
        );
    }

    #[test]
    fn order_is_stable_and_what_is_missing_comes_last() {
        assert_eq!(keys(""), ["b", "a", "c"]);
        assert_eq!(keys("sort = 'memory'"), ["b", "c", "a"]);
        assert_eq!(keys("sort = '-memory'"), ["a", "b", "c"]);
        assert_eq!(keys("sort = 'price'"), ["b", "c", "a"]);
        assert_eq!(keys("sort = '-price'"), ["c", "b", "a"]);
        assert_eq!(keys("sort = 'name'"), ["a", "c", "b"]);
    }

    #[test]
    fn without_columns_all_are_shown_but_those_that_serve_others() {
        let made = html(&body_of("from = 'cards'"), &cards(), Around::default()).value;
        assert_eq!(made.matches("<th scope=\"col\"").count(), 7);
        assert!(made.contains("<td>yes</td>") && made.contains("<td class=\"missing\">not recorded</td>"));
        assert!(made.contains("aria-label=\"Cards\"") && !made.contains("<figcaption>"));
    }

    #[test]
    fn an_unknown_column_is_told_with_the_nearest() {
        let text = "from = 'cards'\ncolumns = ['name', 'memroy']\nsort = '-pirce'\n";
        let made = html(&body_of(text), &cards(), Around::default());
        let told: Vec<_> = made.diagnostics.iter().map(|d| (d.code, d.help[0].edit.clone().unwrap())).collect();
        let under = |(code, (span, with)): &(Code, (crate::diag::Span, String))| {
            (*code, text[span.range()].to_owned(), with.clone())
        };
        assert_eq!(
            told.iter().map(under).collect::<Vec<_>>(),
            [
                (Code::NameUnknown, "memroy".into(), "memory".into()),
                (Code::NameUnknown, "pirce".into(), "price".into())
            ]
        );
    }
}
