//! The bodies of fenced data blocks: TOML that says which data a chapter shows, and how.

use super::chapter::Across;
use super::keys::{self, At, Item, Keys};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId, TableId};
use crate::number::Unit;
use crate::number::expr::{self, Expr, Filter};
use crate::number::value::Better;

/// How many columns a block may show.
pub const MAX_COLUMNS: usize = 1_000;

/// What a fenced `table` block asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct TableBlock {
    /// What its rows are.
    pub from: At<From>,
    /// The condition that a row must meet to be shown, and where it stands.
    pub keep: Option<Expr>,
    /// The columns, in their order; all of the table's where the block names none.
    pub columns: Option<Vec<BlockColumn>>,
    /// The order of the rows; that of the data where the block names none.
    pub sort: Option<Sort>,
    /// What stands over the table.
    pub caption: Option<At<String>>,
    /// By what the table can be linked to.
    pub id: Option<At<String>>,
    /// The differences of results that are meant, with the reason that readers are shown.
    pub across: Option<Across>,
    /// Whether the best of a column is marked.
    pub best: bool,
    /// Whether a reader can filter the rows.
    pub filter: bool,
    /// Whether a reader can choose a row to which all others are compared.
    pub baseline: bool,
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The rows of a table of data.
    Table(TableId),
    /// The machines on which a benchmark was run.
    Records(Name),
}

/// A column that a block shows.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockColumn {
    /// Its name: in the table, or, of one that is computed, for the columns after it.
    pub name: Option<At<Name>>,
    /// What stands in its head, where it is not the column's title.
    pub label: Option<At<String>>,
    /// What its cells are computed from; the table's own column where there is nothing.
    pub value: Option<Expr>,
    /// How its values print.
    pub show: Vec<Filter>,
    /// The unit in which they print, and where it is named.
    pub unit: Option<At<Unit>>,
    /// Which way is better.
    pub better: Option<Better>,
    /// Whether each cell has a bar.
    pub bar: bool,
    /// What the column means.
    pub description: Option<String>,
    /// What a cell without a value says.
    pub missing: Option<String>,
    /// Where the column stands in the block.
    pub at: Span,
}

/// By which column rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Its name.
    pub column: At<Name>,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// Reads `text`, the body of a `table` block, which begins `offset` bytes into `file`.
///
/// `None` when it does not say from which table; what else is wrong is told and left out.
pub fn table(file: PathId, text: &str, offset: usize) -> Parsed<Option<TableBlock>> {
    let mut diagnostics = Vec::new();
    let body = Body { text, offset };
    let value = match keys::document(file, text, offset) {
        Ok(document) => {
            body.block(Keys::new(&document, &mut diagnostics), Span::new(file, offset..offset + text.len()))
        }
        Err(wrong) => {
            diagnostics.push(*wrong);
            None
        }
    };
    Parsed { value, diagnostics }
}

/// The text of a block, and where it begins: to find the places of what stands inside its strings.
#[derive(Clone, Copy)]
struct Body<'b> {
    text: &'b str,
    offset: usize,
}

impl Body<'_> {
    fn block(self, mut keys: Keys<'_, '_>, whole: Span) -> Option<TableBlock> {
        let from = keys.string("from").map(|from| inside(from).map(self::from));
        if from.is_none() && keys.key_span("from").is_none() {
            let wrong = Diagnostic::new(Code::BlockInvalid, whole, "a table block without `from`");
            keys.report(wrong.help("name the table that it shows: `from = \"accelerators\"`"));
        }
        let keep = keys.string("where").and_then(|text| self.expression("where", text, &mut keys));
        let columns = self.columns(&mut keys);
        let sort = keys.string("sort").map(sort);
        let caption = keys.string("caption").map(|caption| inside(caption).map(str::to_owned));
        let id = id(&mut keys);
        let across = across(&mut keys);
        let mut is_on = |key| keys.bool(key).is_none_or(|on| on.value);
        let (best, filter, baseline) = (is_on("best"), is_on("filter"), is_on("baseline"));
        keys.finish();
        Some(TableBlock { from: from?, keep, columns, sort, caption, id, across, best, filter, baseline })
    }

    fn columns(self, keys: &mut Keys<'_, '_>) -> Option<Vec<BlockColumn>> {
        let item = keys.item("columns")?;
        let Some(items) = item.items() else {
            keys.wrong_type("columns", item, "an array of names");
            return None;
        };
        let items: Vec<Item<'_>> = items.collect();
        if let Some(first) = items.get(MAX_COLUMNS) {
            let message = format!("a table block shows at most 1,000 columns, and this one names {}", items.len());
            let wrong = Diagnostic::new(Code::BlockInvalid, first.span(), message).label("the first too many");
            keys.report(wrong.help("no reader takes in that many: split the table"));
            return None;
        }
        let columns: Vec<_> = items.iter().filter_map(|item| self.column(keys, *item)).collect();
        if items.is_empty() {
            let wrong = Diagnostic::new(Code::BlockInvalid, item.span(), "a table without columns");
            keys.report(wrong.help("name at least one, or leave `columns` out to show all"));
        }
        tell_twice(&columns, keys);
        (!columns.is_empty()).then_some(columns)
    }

    fn column(self, keys: &mut Keys<'_, '_>, item: Item<'_>) -> Option<BlockColumn> {
        if let Some(name) = item.string() {
            return Some(BlockColumn::named(inside(name).map(Name::new)));
        }
        let Some(table) = item.table() else {
            keys.wrong_type("columns[]", item, "a name, or a table with `name`, `label` and `value`");
            return None;
        };
        let mut keys = keys.open(table);
        let name = keys.string("name").map(|name| inside(name).map(Name::new));
        let label = keys.string("label").map(|label| inside(label).map(str::to_owned));
        let value = keys.string("value");
        let is_computed = keys.key_span("value").is_some();
        let value = value.and_then(|text| self.expression("value", text, &mut keys));
        let show = keys.string("show").map(|text| self.filters(text, &mut keys)).unwrap_or_default();
        let unit = keys.string("unit").and_then(|text| unit(text, &mut keys));
        let better = keys.one_of("better", &Better::ALL).map(|at| at.value);
        let bar = keys.bool("bar").is_some_and(|bar| bar.value);
        let description = keys.string("description").map(|text| text.value.to_owned());
        let missing = keys.string("missing").map(|text| text.value.to_owned());
        let at = keys.span();
        let has_name = keys.key_span("name").is_some() || is_computed && keys.key_span("label").is_some();
        if !has_name {
            let wrong = Diagnostic::new(Code::KeyMissing, at, "a column without `name`");
            keys.report(wrong.help(match is_computed {
                true => "say what stands in its head: `label = \"Per GB\"`",
                false => "name the column of the table: `name = \"memory\"`",
            }));
        }
        keys.finish();
        // What was told of its value is enough.
        if name.is_none() && label.is_none() || is_computed && value.is_none() || !is_computed && name.is_none() {
            return None;
        }
        Some(BlockColumn { name, label, value, show, unit, better, bar, description, missing, at })
    }

    /// The expression that the value of `key` is. Filters have a key of their own.
    fn expression(self, key: &str, text: At<&str>, keys: &mut Keys<'_, '_>) -> Option<Expr> {
        let parsed = expr::parse(text.value, self.place(text));
        parsed.diagnostics.into_iter().for_each(|wrong| keys.report(without_braces(wrong)));
        let shown = parsed.value?;
        if let Some(filter) = shown.filters.first() {
            let message = format!("`{key}` takes no filter");
            let wrong = Diagnostic::new(Code::ExprSyntax, filter.span, message);
            keys.report(match key {
                "where" => wrong.help("leave it out"),
                _ => wrong.help("write it in `show`: `show = \"digits 3\"`"),
            });
        }
        Some(shown.expr)
    }

    fn filters(self, text: At<&str>, keys: &mut Keys<'_, '_>) -> Vec<Filter> {
        let parsed = expr::filters(text.value, self.place(text));
        parsed.diagnostics.into_iter().for_each(|wrong| keys.report(without_braces(wrong)));
        parsed.value
    }

    /// Where the text itself stands. Of one with escapes, the whole of it.
    fn place(self, text: At<&str>) -> Span {
        let start = (text.span.start as usize).saturating_sub(self.offset);
        let written = self.text.get(start..start + text.span.range().len());
        match written.and_then(|written| written.find(text.value)) {
            Some(at) => text.span.slice(at..at + text.value.len()),
            None => text.span,
        }
    }
}

impl BlockColumn {
    /// The column of the table that is called `name`, as it is.
    pub fn named(name: At<Name>) -> Self {
        BlockColumn {
            name: Some(name),
            label: None,
            value: None,
            show: Vec::new(),
            unit: None,
            better: None,
            bar: false,
            description: None,
            missing: None,
            at: name.span,
        }
    }

    /// By what the block knows it: its name, or what stands in its head.
    pub fn key(&self) -> Name {
        match (&self.name, &self.label) {
            (Some(name), _) => name.value,
            (None, Some(label)) => Name::new(&label.value),
            (None, None) => Name::new(""),
        }
    }
}

/// What is wrong with an expression that stands in no braces.
fn without_braces(mut wrong: Diagnostic) -> Diagnostic {
    wrong.help.retain(|help| !help.text.contains("{{"));
    match wrong.help.is_empty() {
        true => wrong.help("an expression is such as `memory / bandwidth`; filters are such as `digits 3`"),
        false => wrong,
    }
}

fn from(text: &str) -> From {
    match text.strip_prefix("records.") {
        Some(benchmark) => From::Records(Name::new(benchmark.trim_matches('"'))),
        None => From::Table(TableId::new(text)),
    }
}

/// Tells of a computed column whose name another has: what cites it could not be told apart.
fn tell_twice(columns: &[BlockColumn], keys: &mut Keys<'_, '_>) {
    let mut seen: rustc_hash::FxHashMap<Name, &BlockColumn> = rustc_hash::FxHashMap::default();
    for column in columns {
        let Some(first) = seen.insert(column.key(), column) else { continue };
        if first.value.is_none() && column.value.is_none() {
            continue;
        }
        let message = format!("two columns of this table are called `{}`", column.key().as_str().escape_debug());
        let wrong = Diagnostic::new(Code::BlockInvalid, column.at, message).label("the second");
        keys.report(wrong.also(first.at, "the first").help("give one of them another `name`"));
    }
}

fn unit(text: At<&str>, keys: &mut Keys<'_, '_>) -> Option<At<Unit>> {
    let text = inside(text);
    match Unit::parse_at(text.value, text.span) {
        Ok(unit) => Some(At { value: unit, span: text.span }),
        Err(wrong) => {
            keys.report(*wrong);
            None
        }
    }
}

fn across(keys: &mut Keys<'_, '_>) -> Option<Across> {
    let at = keys.key_span("across");
    let fields = keys.strings("across");
    let why_at = keys.key_span("why");
    let why = keys.string("why").filter(|why| !why.value.trim().is_empty());
    match (at, why_at) {
        (Some(at), _) if why.is_none() => {
            let wrong = Diagnostic::new(Code::KeyMissing, at, "`across` without a reason");
            keys.report(
                wrong.help("say why the results can be compared all the same: `why = \"...\"`. Readers are shown it"),
            );
        }
        (None, Some(at)) => {
            let wrong = Diagnostic::new(Code::KeyMissing, at, "`why` without `across`");
            keys.report(wrong.help("name the conditions that may differ: `across = [\"software.name\"]`"));
        }
        _ => {}
    }
    let fields = fields?.into_iter().map(|field| Name::new(field.value)).collect();
    Some(Across { fields, at: at?, why: why?.value.to_owned() })
}

fn sort(text: At<&str>) -> Sort {
    let text = inside(text);
    match text.value.strip_prefix('-') {
        None => Sort { column: text.map(Name::new), descending: false },
        Some(name) => {
            let len = text.span.range().len();
            // Where the text is not written as it reads, the sign cannot be told from the name.
            let span = if len == text.value.len() { text.span.slice(1..len) } else { text.span };
            Sort { column: At { value: Name::new(name), span }, descending: true }
        }
    }
}

fn id(keys: &mut Keys<'_, '_>) -> Option<At<String>> {
    let id = keys.string("id")?;
    if !id.value.is_empty() && !id.value.contains(char::is_whitespace) {
        return Some(inside(id).map(str::to_owned));
    }
    let wrong = Diagnostic::new(Code::BlockInvalid, id.span, "an id is not empty and has no white space");
    keys.report(wrong.help("write it like `id = \"memory-and-price\"`"));
    None
}

/// The text at its own place, without quotes, where it is written as it reads.
fn inside(text: At<&str>) -> At<&str> {
    At { value: text.value, span: keys::inside(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    fn read(text: &str) -> (Option<TableBlock>, Vec<String>) {
        let parsed = table(PathId::new("content/a.md"), text, 1_000);
        let told = |d: &Diagnostic| match &d.place {
            Some(Place::Span(span)) => {
                format!(
                    "{}: {} [{}]",
                    d.code.name(),
                    d.message,
                    &text[span.start as usize - 1_000..span.end as usize - 1_000]
                )
            }
            _ => d.message.clone(),
        };
        let told = parsed.diagnostics.iter().map(told).collect();
        (parsed.value, told)
    }

    #[test]
    fn a_block_with_everything() {
        let text = "from = \"accelerators\"\ncolumns = [\n  \"name\",\n  { name = 'memory', label = \"RAM\" },\n]\n\
                    sort = \"-memory\"\ncaption = 'Memory decides.'\nid = \"memory\"\n";
        let (block, wrong) = read(text);
        assert_eq!(wrong, [""; 0]);
        let block = block.unwrap();
        let under = |span: Span| &text[span.start as usize - 1_000..span.end as usize - 1_000];
        assert_eq!(block.from.value, From::Table(TableId::new("accelerators")));
        assert_eq!(under(block.from.span), "accelerators");
        let columns = block.columns.unwrap();
        assert_eq!(under(columns[1].name.unwrap().span), "memory");
        assert_eq!(under(columns[1].label.as_ref().unwrap().span), "RAM");
        let sort = block.sort.unwrap();
        assert_eq!((sort.column.value.as_str(), under(sort.column.span), sort.descending), ("memory", "memory", true));
    }

    #[test]
    fn a_block_that_computes() {
        let text = "from = 'records.llama3-8b-q4'\nwhere = 'memory >= 24 GB'\nacross = ['model']\nwhy = 'it is meant'\nbest = false\n\
                    columns = [\n  { label = 'Per GB', value = \"\"\"tg / memory\"\"\", unit = 'tok/GB', show = 'digits 3', bar = true },\n]\n";
        let (block, wrong) = read(text);
        assert_eq!(wrong, [""; 0]);
        let block = block.unwrap();
        let under = |span: Span| &text[span.start as usize - 1_000..span.end as usize - 1_000];
        assert_eq!(block.from.value, From::Records(Name::new("llama3-8b-q4")));
        assert_eq!(under(block.keep.unwrap().span), "memory >= 24 GB");
        let column = &block.columns.unwrap()[0];
        assert_eq!(under(column.value.as_ref().unwrap().span), "tg / memory");
        assert_eq!((under(column.show[0].span), column.key().as_str(), column.bar), ("digits 3", "Per GB", true));
        assert_eq!((block.across.unwrap().why.as_str(), block.best, block.filter), ("it is meant", false, true));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let (block, wrong) = read(
            "columns = [1, { label = 'x' }, { value = 'a +' }, { name = 'y', value = 'a | bare', show = 'digit 3', unit = 'GX' }, \
             { name = 'y', value = 'b' }]\ncolour = 1\nid = 'a b'\nwhere = '1 <'\nacross = ['m']\n",
        );
        assert_eq!(block, None);
        let told: Vec<&str> = wrong[1..].iter().map(|line| line.as_str()).collect();
        assert_eq!(
            told,
            [
                "expr-syntax: expected a value such as `table.row.column` or `24 GB`, found nothing more []",
                "wrong-type: `columns[]` must be a name, or a table with `name`, `label` and `value` [1]",
                "key-missing: a column without `name` [{ label = 'x' }]",
                "expr-syntax: expected a value such as `table.row.column` or `24 GB`, found nothing more []",
                "key-missing: a column without `name` [{ value = 'a +' }]",
                "expr-syntax: `value` takes no filter [bare]",
                "filter-unknown: `digit` is not a filter [digit]",
                "unit-unknown: `GX` is not a unit [GX]",
                "block-invalid: two columns of this table are called `y` [{ name = 'y', value = 'b' }]",
                "block-invalid: an id is not empty and has no white space ['a b']",
                "key-missing: `across` without a reason [across]",
                "unknown-key: unknown key `colour` [colour]",
            ]
        );
        assert!(wrong[0].starts_with("block-invalid: a table block without `from`"));
        assert_eq!(read("from = 1").1, ["wrong-type: `from` must be a string [1]"]);
        assert_eq!(read("from = 'a'\ncolumns = []").1.len(), 1);
        let many = format!("from = 'a'\ncolumns = [{}]", "'b', ".repeat(2_000));
        let wrong = read(&many).1;
        assert_eq!(wrong, ["block-invalid: a table block shows at most 1,000 columns, and this one names 2000 ['b']"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(from|columns|sort|id|where|across)?[a-c=\\[\\]{}\"', \n-]{0,40}") {
            read(&text);
        }
    }
}
