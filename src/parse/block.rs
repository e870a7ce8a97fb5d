//! The bodies of fenced data blocks: TOML that says which data a chapter shows, and how.

use super::keys::{self, At, Item, Keys};
use crate::diag::{Code, Diagnostic, Parsed, Span};
use crate::id::{Name, PathId, TableId};

/// What a fenced `table` block asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableBlock {
    /// The table that it shows.
    pub from: At<TableId>,
    /// The columns, in their order; all of the table's where the block names none.
    pub columns: Option<Vec<BlockColumn>>,
    /// The order of the rows; that of the data where the block names none.
    pub sort: Option<Sort>,
    /// What stands over the table.
    pub caption: Option<At<String>>,
    /// By what the table can be linked to.
    pub id: Option<At<String>>,
}

/// A column that a block shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockColumn {
    /// Its name in the table.
    pub name: At<Name>,
    /// What stands in its head, where it is not the column's title.
    pub label: Option<At<String>>,
}

/// By which column rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Its name in the table.
    pub column: At<Name>,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// Reads `text`, the body of a `table` block, which begins `offset` bytes into `file`.
///
/// `None` when it does not say from which table; what else is wrong is told and left out.
pub fn table(file: PathId, text: &str, offset: usize) -> Parsed<Option<TableBlock>> {
    let mut diagnostics = Vec::new();
    let value = match keys::document(file, text, offset) {
        Ok(document) => block(Keys::new(&document, &mut diagnostics), Span::new(file, offset..offset + text.len())),
        Err(wrong) => {
            diagnostics.push(*wrong);
            None
        }
    };
    Parsed { value, diagnostics }
}

fn block(mut keys: Keys<'_, '_>, whole: Span) -> Option<TableBlock> {
    let from = keys.string("from").map(|from| inside(from).map(TableId::new));
    if from.is_none() && keys.key_span("from").is_none() {
        let wrong = Diagnostic::new(Code::BlockInvalid, whole, "a table block without `from`");
        keys.report(wrong.help("name the table that it shows: `from = \"accelerators\"`"));
    }
    let columns = columns(&mut keys);
    let sort = keys.string("sort").map(sort);
    let caption = keys.string("caption").map(|caption| inside(caption).map(str::to_owned));
    let id = id(&mut keys);
    for later in ["where", "across", "why"] {
        unsupported(&mut keys, later);
    }
    keys.finish();
    Some(TableBlock { from: from?, columns, sort, caption, id })
}

fn columns(keys: &mut Keys<'_, '_>) -> Option<Vec<BlockColumn>> {
    let item = keys.item("columns")?;
    let Some(items) = item.items() else {
        keys.wrong_type("columns", item, "an array of names");
        return None;
    };
    let columns: Vec<_> = items.filter_map(|item| column(keys, item)).collect();
    if columns.is_empty() && item.items().is_some_and(|mut items| items.next().is_none()) {
        let wrong = Diagnostic::new(Code::BlockInvalid, item.span(), "a table without columns");
        keys.report(wrong.help("name at least one, or leave `columns` out to show all"));
    }
    (!columns.is_empty()).then_some(columns)
}

fn column(keys: &mut Keys<'_, '_>, item: Item<'_>) -> Option<BlockColumn> {
    if let Some(name) = item.string() {
        return Some(BlockColumn { name: inside(name).map(Name::new), label: None });
    }
    let Some(table) = item.table() else {
        keys.wrong_type("columns[]", item, "a name, or a table with `name` and `label`");
        return None;
    };
    let mut keys = keys.open(table);
    let name = keys.string("name").map(|name| inside(name).map(Name::new));
    let label = keys.string("label").map(|label| inside(label).map(str::to_owned));
    let mut computed = false;
    for later in ["value", "show", "bar"] {
        computed |= unsupported(&mut keys, later);
    }
    if name.is_none() && keys.key_span("name").is_none() && !computed {
        let span = keys.span();
        let wrong = Diagnostic::new(Code::KeyMissing, span, "a column without `name`");
        keys.report(wrong.help("name the column of the table: `name = \"memory\"`"));
    }
    keys.finish();
    if computed { None } else { name.map(|name| BlockColumn { name, label }) }
}

/// Tells that `key`, if it is there, belongs to what is not computed yet.
fn unsupported(keys: &mut Keys<'_, '_>, key: &'static str) -> bool {
    let (Some(_), Some(span)) = (keys.item(key), keys.key_span(key)) else { return false };
    let wrong = Diagnostic::new(Code::ExprUnsupported, span, format!("`{key}` in a table block is not computed yet"));
    keys.report(wrong.help("leave it out"));
    true
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
        assert_eq!((block.from.value.as_str(), under(block.from.span)), ("accelerators", "accelerators"));
        let columns = block.columns.unwrap();
        assert_eq!((under(columns[1].name.span), under(columns[1].label.as_ref().unwrap().span)), ("memory", "RAM"));
        let sort = block.sort.unwrap();
        assert_eq!((sort.column.value.as_str(), under(sort.column.span), sort.descending), ("memory", "memory", true));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let (block, wrong) =
            read("columns = [1, { label = 'x' }, { label = 'y', value = 'a' }]\ncolour = 1\nid = 'a b'\nwhere = 'x'\n");
        assert_eq!(block, None);
        assert_eq!(
            wrong[1..],
            [
                "wrong-type: `columns[]` must be a name, or a table with `name` and `label` [1]",
                "key-missing: a column without `name` [{ label = 'x' }]",
                "expr-unsupported: `value` in a table block is not computed yet [value]",
                "block-invalid: an id is not empty and has no white space ['a b']",
                "expr-unsupported: `where` in a table block is not computed yet [where]",
                "unknown-key: unknown key `colour` [colour]",
            ]
        );
        assert!(wrong[0].starts_with("block-invalid: a table block without `from`"));
        assert_eq!(read("from = 1").1, ["wrong-type: `from` must be a string [1]"]);
        assert_eq!(read("from = 'a'\ncolumns = []").1.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(from|columns|sort|id)?[a-c=\\[\\]{}\"', \n-]{0,40}") {
            read(&text);
        }
    }
}
