//! A comparison table as HTML: what a fenced `table` block becomes.
//!
//! Real table markup, with the unit once in the head, so that it reads well aloud and copies well into a sheet.
//! Numbers stand at the right with figure spaces for the decimals that they lack: with tabular figures their points
//! align, and no inline style is needed. What a script needs to sort and to compare stands in the markup: the exact
//! numbers, the key of each row and its place in the data, the name of each column.

use crate::escape;
use crate::id::Cited;
use crate::number::stats::Interval;
use crate::number::value::Better;
use crate::parse::block::{From, TableBlock};
use crate::parse::source::Source;
use crate::resolve::{self, Cell, Column, Content, Grid, Row};
use std::fmt::Write;

/// As wide as a digit, where figures are tabular.
const FIGURE_SPACE: char = '\u{2007}';
/// As wide as a point.
const PUNCTUATION_SPACE: char = '\u{2008}';

/// What stands round a table, beside what its block says.
pub struct Around<'a> {
    /// The block's caption as plain text, its expressions evaluated.
    pub caption: Option<&'a str>,
    /// The sources of what is shown, in order.
    pub sources: &'a [&'a Source],
    /// By what the parts of this table are told from those of others on the page: an id with nothing behind it.
    pub id: &'a str,
    /// The way from the page to a file of the site, with its anchor; `None` where the site has no such file.
    pub way: &'a mut dyn FnMut(&str) -> Option<String>,
}

/// The table as HTML.
pub fn html(block: &TableBlock, grid: &Grid, around: &mut Around<'_>) -> String {
    let mut out = String::with_capacity(512 + grid.rows.len() * grid.columns.len() * 64);
    open(&mut out, block, grid, around.caption);
    head(&mut out, grid, around.id);
    body(&mut out, grid, around);
    out.push_str("</table></div>\n");
    definitions(&mut out, grid, around.id);
    source_line(&mut out, around.sources);
    notes(&mut out, grid);
    downloads(&mut out, grid, around);
    out.push_str("</figure>\n");
    out
}

// Markup. Writing to a `String` cannot fail.

fn open(out: &mut String, block: &TableBlock, grid: &Grid, caption: Option<&str>) {
    out.push_str("<figure class=\"table\"");
    if let Some(id) = &block.id {
        let _ = write!(out, " id=\"{}\"", escape::attribute(&id.value));
    }
    let off = [(block.filter, "filter"), (block.baseline, "baseline")];
    let off: Vec<&str> = off.iter().filter(|(on, _)| !on).map(|(_, name)| *name).collect();
    if !off.is_empty() {
        let _ = write!(out, " data-without=\"{}\"", off.join(" "));
    }
    out.push_str(">\n");
    // Beside what scrolls: a `<caption>` would be as wide as the table, and its lines be cut off.
    if let Some(caption) = caption {
        let _ = writeln!(out, "<figcaption>{}</figcaption>", escape::text(caption));
    }
    // Where a script puts what a reader chooses by: the room is kept, so that nothing moves.
    if grid.rows.len() > 1 {
        out.push_str("<div class=\"tools\"></div>\n");
    }
    // A part that scrolls can be reached by keyboard, and needs a name to be announced by.
    let name = escape::attribute(caption.unwrap_or(&grid.title));
    let _ = writeln!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table>");
}

fn head(out: &mut String, grid: &Grid, id: &str) {
    out.push_str("<thead><tr>");
    for (place, column) in grid.columns.iter().enumerate() {
        let class = if column.is_number { " class=\"num\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class} data-column=\"{}\"", escape::attribute(column.key.as_str()));
        if column.is_exact {
            out.push_str(" data-exact");
        }
        if let Some((_, descending)) = grid.sorted.filter(|(by, _)| *by == place) {
            let _ = write!(out, " aria-sort=\"{}\"", if descending { "descending" } else { "ascending" });
        }
        let _ = write!(out, "><span class=\"label\">{}", escape::text(&column.label));
        if !column.unit.is_none() {
            let _ = write!(out, " <span class=\"unit\">{}</span>", escape::text(&column.unit.heading()));
        }
        let _ = match column.better {
            Some(Better::Higher) => out.write_str(&way_mark("higher", "↑")),
            Some(Better::Lower) => out.write_str(&way_mark("lower", "↓")),
            None => Ok(()),
        };
        out.push_str("</span>");
        if column.description.is_some() {
            let label = escape::attribute(&column.label);
            let _ = write!(
                out,
                " <button type=\"button\" class=\"explain\" popovertarget=\"{id}:{place}\" aria-label=\"About {label}\">?</button>"
            );
        }
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n");
}

fn way_mark(way: &str, sign: &str) -> String {
    let aloud = format!("<span class=\"heard\">, {way} is better</span>");
    format!("<span class=\"way {way}\"><span aria-hidden=\"true\">\u{a0}{sign}</span>{aloud}</span>")
}

fn body(out: &mut String, grid: &Grid, around: &mut Around<'_>) {
    out.push_str("<tbody>\n");
    let decimals: Vec<usize> = (0..grid.columns.len()).map(|place| most_decimals(place, &grid.rows)).collect();
    for (at, row) in grid.rows.iter().enumerate() {
        let _ = write!(out, "<tr data-key=\"{}\"", escape::attribute(row.key.as_str()));
        if row.place != at {
            let _ = write!(out, " data-place=\"{}\"", row.place);
        }
        out.push('>');
        for (i, ((column, cell), decimals)) in grid.columns.iter().zip(&row.cells).zip(&decimals).enumerate() {
            let tag = if i == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
            self::cell(out, tag, column, cell, *decimals, around);
        }
        out.push_str("</tr>\n");
    }
    if grid.rows.is_empty() {
        let _ = writeln!(out, "<tr><td class=\"missing\" colspan=\"{}\">no rows</td></tr>", grid.columns.len().max(1));
    }
    out.push_str("</tbody>\n");
}

fn cell(
    out: &mut String,
    (open, close): (&str, &str),
    column: &Column,
    cell: &Cell,
    decimals: usize,
    around: &mut Around<'_>,
) {
    let _ = match &cell.content {
        Content::Number { text, exact, value, interval } => {
            let class = if cell.best { "num best" } else { "num" };
            let _ = write!(out, "<{open} class=\"{class}\">");
            number(out, text, exact, receipt(cell).and_then(|path| (around.way)(&path)));
            out.push_str(&padding(text, decimals));
            if cell.best {
                let words = if column.leaders.count > 1 { "among the best" } else { "best" };
                let _ = write!(out, "<span class=\"heard\">, {words}</span>");
            }
            stale(out, cell);
            if let Some(ends) = column.bars {
                bar(out, *value, *interval, ends);
            }
            write!(out, "</{close}>")
        }
        Content::Date(date) => write!(out, "<{open}><time datetime=\"{date}\">{date}</time></{close}>"),
        Content::Text(text) => {
            let _ = write!(out, "<{open}>{}", escape::text(text));
            stale(out, cell);
            write!(out, "</{close}>")
        }
        Content::Missing(words) => {
            let class = if column.is_number { "num missing" } else { "missing" };
            write!(out, "<{open} class=\"{class}\">{}</{close}>", escape::text(words))
        }
        // What it holds was told where it stands.
        Content::Nothing => write!(out, "<{open}></{close}>"),
    };
}

fn number(out: &mut String, text: &str, exact: &str, receipt: Option<String>) {
    let data = format!("<data value=\"{}\">{}</data>", escape::attribute(exact), escape::text(text));
    let _ = match receipt {
        Some(way) => write!(out, "<a class=\"number\" href=\"{}\">{data}</a>", escape::attribute(&way)),
        None => out.write_str(&data),
    };
}

/// Where the receipt of a cell stands that leans on one result.
fn receipt(cell: &Cell) -> Option<String> {
    match cell.cited.as_slice() {
        [cited @ Cited::Result(..)] => Some(super::receipt::path(*cited)),
        _ => None,
    }
}

fn stale(out: &mut String, cell: &Cell) {
    if let Some(date) = cell.stale {
        let _ = write!(out, " <span class=\"stale\">as of <time datetime=\"{date}\">{date}</time></span>");
    }
}

/// A bar from 0 to the value, and its interval. What it says stands beside it in digits.
fn bar(out: &mut String, value: f64, interval: Option<Interval>, (low, high): (f64, f64)) {
    let place = |value: f64| (value.clamp(low, high) - low) / (high - low) * 100.0;
    let (from, to) = (place(value.min(0.0)), place(value.max(0.0)));
    let _ = write!(
        out,
        "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">\
         <rect x=\"{}\" width=\"{}\" height=\"6\"/>",
        short(from),
        short(to - from)
    );
    if let Some(interval) = interval {
        let _ = write!(out, "<path d=\"M{} 3H{}\"/>", short(place(interval.low)), short(place(interval.high)));
    }
    out.push_str("</svg>");
}

/// A place in a bar: hundredths are finer than any screen shows.
fn short(place: f64) -> String {
    let text = format!("{place:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn most_decimals(place: usize, rows: &[Row]) -> usize {
    let printed = rows.iter().filter_map(|row| match row.cells.get(place).map(|cell| &cell.content) {
        Some(Content::Number { text, .. }) => decimals(text),
        _ => None,
    });
    printed.max().unwrap_or(0)
}

/// How many decimals a printed number has; `None` for one with more behind it, which aligns with no other.
fn decimals(shown: &str) -> Option<usize> {
    match shown.split_once('.') {
        // A power of ten, or an interval behind it.
        _ if shown.contains(['×', ' ']) => None,
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

/// What the columns mean, each shown by the button in its head.
fn definitions(out: &mut String, grid: &Grid, id: &str) {
    for (place, column) in grid.columns.iter().enumerate() {
        if let Some(description) = &column.description {
            let (label, text) = (escape::text(&column.label), escape::text(description));
            let _ = writeln!(
                out,
                "<div popover class=\"meaning\" id=\"{id}:{place}\"><strong>{label}</strong> {text}</div>"
            );
        }
    }
}

/// What a reader must know to read the table right, in sentences.
fn notes(out: &mut String, grid: &Grid) {
    let mut all: Vec<String> = Vec::new();
    if let Some(legend) = legend(grid) {
        all.push(legend);
    }
    let open: Vec<&Column> = grid.columns.iter().filter(|column| column.leaders.count > 1).collect();
    if !open.is_empty() {
        all.push(format!("No clear winner in {}: what is marked there is not told apart.", labels(&open)));
    }
    let unknown: Vec<&Column> = grid.columns.iter().filter(|column| column.leaders.no_spread).collect();
    if !unknown.is_empty() {
        all.push(format!("Spread not recorded in {}: values are compared as printed.", labels(&unknown)));
    }
    match grid.left_out {
        0 => {}
        1 => all.push("1 row is left out: a value by which rows are chosen is not known.".to_owned()),
        count => all.push(format!("{count} rows are left out: a value by which rows are chosen is not known.")),
    }
    all.extend(
        grid.reasons.iter().map(|why| format!("Compared although the conditions differ: {}", escape::text(why))),
    );
    if let Some(date) = grid.oldest {
        all.push(format!("The oldest number is of <time datetime=\"{date}\">{date}</time>."));
    }
    if !all.is_empty() {
        let _ = writeln!(out, "<p class=\"notes\">{}</p>", all.join(" "));
    }
}

/// What the signs in the head and in the cells say.
fn legend(grid: &Grid) -> Option<String> {
    let has = |way| grid.columns.iter().any(|column| column.better == Some(way));
    let signs = [(Better::Higher, "↑ higher is better"), (Better::Lower, "↓ lower is better")];
    let mut said: Vec<&str> = signs.into_iter().filter(|(way, _)| has(*way)).map(|(_, words)| words).collect();
    if grid.columns.iter().any(|column| column.leaders.count > 0) {
        said.push("● best in its column");
    }
    (!said.is_empty()).then(|| format!("<span aria-hidden=\"true\">{}.</span>", said.join(", ")))
}

fn labels(columns: &[&Column]) -> String {
    let all: Vec<_> = columns.iter().map(|column| format!("“{}”", escape::text(&column.label))).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => all.concat(),
    }
}

/// Links to what the table was made from, as far as the site has it.
fn downloads(out: &mut String, grid: &Grid, around: &mut Around<'_>) {
    let From::Table(table) = grid.from else { return };
    let files = [("csv", "CSV", " download"), ("json", "JSON", " download"), ("html", "all its numbers", "")];
    let links = files.iter().filter_map(|(ending, words, how)| {
        let way = (around.way)(resolve::table_path(table, ending).as_str())?;
        Some(format!("<a href=\"{}\"{how}>{words}</a>", escape::attribute(&way)))
    });
    let links: Vec<String> = links.collect();
    if !links.is_empty() {
        let _ = writeln!(out, "<p class=\"downloads\">The data: {}</p>", links.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Name, PathId, RecordId, TableId};
    use crate::number::Unit;
    use crate::parse::{block, source};
    use crate::resolve::Leaders;

    fn column(key: &str, unit: &str, better: Option<Better>) -> Column {
        Column {
            key: Name::new(key),
            label: key.into(),
            unit: Unit::parse(unit).unwrap_or(Unit::NONE),
            is_number: true,
            is_exact: key == "tg",
            better,
            description: None,
            leaders: Leaders::default(),
            bars: None,
        }
    }

    fn cell(content: Content) -> Cell {
        Cell { content, cited: Vec::new(), stale: None, best: false }
    }

    fn text(text: &str) -> Cell {
        cell(Content::Text(text.into()))
    }

    fn number(text: &str, exact: &str) -> Cell {
        let value = exact.parse().unwrap();
        cell(Content::Number { text: text.into(), exact: exact.into(), value, interval: None })
    }

    fn grid(columns: Vec<Column>, rows: Vec<(usize, Vec<Cell>)>) -> Grid {
        let row = |(place, cells)| Row { key: Name::new(&format!("r{place}")), place, cells };
        Grid {
            title: "Cards".into(),
            from: From::Table(TableId::new("cards")),
            columns,
            rows: rows.into_iter().map(row).collect(),
            sorted: None,
            left_out: 0,
            sources: Vec::new(),
            oldest: None,
            reasons: Vec::new(),
            cited: Vec::new(),
        }
    }

    fn drawn(body: &str, grid: &Grid, around: &mut Around<'_>) -> String {
        let block = block::table(PathId::new("content/a.md"), body, 0).value.unwrap();
        html(&block, grid, around)
    }

    #[test]
    fn a_table_as_a_reader_gets_it() {
        let known = "[db]\ntitle = 'A & B'\nurl = 'https://example.org/?a=1&b=2'\npublished = 2025-12-01\n[press]\ntitle = 'Press'\n";
        let known = source::sources(PathId::new("content/sources.toml"), known).value;
        let sources = [&known[&Name::new("db")], &known[&Name::new("press")]];
        let mut name = column("name", "", None);
        name.is_number = false;
        let mut speed = column("Speed & all", "GB/s", None);
        speed.description = Some("What <it> is".into());
        let mut grid = grid(
            vec![name, speed],
            vec![
                (1, vec![text("M2 Ultra"), number("800", "800")]),
                (0, vec![text("RTX <3090>"), number("936.2", "936.2")]),
            ],
        );
        grid.sorted = Some((1, false));
        let caption = Some("Cards, \"all\"");
        let mut around = Around { caption, sources: &sources, id: "t:1", way: &mut |_| None };
        assert_eq!(
            drawn("from = 'cards'\nid = 'cards'\nfilter = false", &grid, &mut around),
            "<figure class=\"table\" id=\"cards\" data-without=\"filter\">\n\
             <figcaption>Cards, \"all\"</figcaption>\n\
             <div class=\"tools\"></div>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Cards, &quot;all&quot;\"><table>\n\
             <thead><tr><th scope=\"col\" data-column=\"name\"><span class=\"label\">name</span></th><th scope=\"col\" class=\"num\" \
             data-column=\"Speed &amp; all\" aria-sort=\"ascending\"><span class=\"label\">Speed &amp; all <span class=\"unit\">GB/s</span></span> \
             <button type=\"button\" class=\"explain\" popovertarget=\"t:1:1\" aria-label=\"About Speed &amp; all\">?</button></th></tr></thead>\n\
             <tbody>\n\
             <tr data-key=\"r1\" data-place=\"1\"><th scope=\"row\">M2 Ultra</th><td class=\"num\"><data value=\"800\">800</data>\
             <span class=\"pad\" aria-hidden=\"true\">\u{2008}\u{2007}</span></td></tr>\n\
             <tr data-key=\"r0\" data-place=\"0\"><th scope=\"row\">RTX &lt;3090&gt;</th><td class=\"num\"><data value=\"936.2\">936.2</data></td></tr>\n\
             </tbody>\n</table></div>\n\
             <div popover class=\"meaning\" id=\"t:1:1\"><strong>Speed &amp; all</strong> What &lt;it&gt; is</div>\n\
             <p class=\"source\">Sources: <a href=\"https://example.org/?a=1&amp;b=2\">A &amp; B</a>, \
             <time datetime=\"2025-12-01\">2025-12-01</time>; Press</p>\n</figure>\n"
        );
    }

    #[test]
    fn the_best_is_marked_in_words_and_bars_begin_at_zero() {
        let mut speed = column("tg", "tok/s", Some(Better::Higher));
        speed.leaders = Leaders { count: 2, no_spread: true };
        speed.bars = Some((-50.0, 200.0));
        let cells = |value: &str, best| vec![Cell { best, ..number(value, value) }];
        let mut grid =
            grid(vec![speed], vec![(0, cells("200", true)), (1, cells("199.5", true)), (2, cells("-50", false))]);
        grid.left_out = 2;
        grid.reasons = vec!["it is <meant>.".into()];
        let mut around = Around { caption: None, sources: &[], id: "t:1", way: &mut |_| None };
        let made = drawn("from = 'cards'", &grid, &mut around);
        assert_eq!(made.matches("<span class=\"heard\">, among the best</span>").count(), 2);
        for part in [
            "<rect x=\"20\" width=\"80\" height=\"6\"/>",
            "<rect x=\"0\" width=\"20\" height=\"6\"/>",
            "<span class=\"heard\">, higher is better</span>",
            "<span aria-hidden=\"true\">↑ higher is better, ● best in its column.</span> No clear winner in “tg”: what is marked \
             there is not told apart. Spread not recorded in “tg”: values are compared as printed. 2 rows are left out: a value by \
             which rows are chosen is not known. Compared although the conditions differ: it is &lt;meant&gt;.</p>",
        ] {
            assert!(made.contains(part), "{part} is not in\n{made}");
        }
    }

    #[test]
    fn links_lead_only_to_what_the_site_has() {
        let mut result = number("1", "1");
        result.cited = vec![Cited::Result(RecordId::new("llama", "m2"), Name::new("tg"))];
        let grid = grid(vec![column("tg", "", None)], vec![(0, vec![result])]);
        let around = |way: &mut dyn FnMut(&str) -> Option<String>| {
            drawn("from = 'cards'", &grid, &mut Around { caption: None, sources: &[], id: "t:1", way })
        };
        assert!(!around(&mut |_| None).contains("<a "));
        let made = around(&mut |path| (!path.ends_with(".json")).then(|| format!("../{path}")));
        assert!(
            made.contains("<a class=\"number\" href=\"../numbers/llama/m2.html#tg\"><data value=\"1\">1</data></a>"),
            "{made}"
        );
        assert!(made.contains(
            "The data: <a href=\"../numbers/cards.csv\" download>CSV</a>, <a href=\"../numbers/cards.html\">"
        ));
    }
}
