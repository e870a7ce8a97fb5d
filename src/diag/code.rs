//! Every diagnostic that Benchbook gives, in one list: name, usual severity, meaning, way out.
//!
//! From this list are made the codes themselves, `explain`, the rules of a SARIF log, the check of
//! `[benchbook.lints]` and the reference in the docs.

use super::Severity;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($( $(#[doc = $doc:literal])* $id:ident = $name:literal, $severity:ident, $summary:literal, $explain:literal; )*) => {
        /// The code of a diagnostic: what kind of mistake it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each has its summary and explanation in the list")]
        pub enum Code { $( $(#[doc = $doc])* $id, )* }

        impl Code {
            /// All codes, in the order of the list.
            pub const ALL: &'static [Code] = &[ $( Code::$id, )* ];

            /// The name by which authors, editors and `book.toml` know it.
            pub fn name(self) -> &'static str { match self { $( Code::$id => $name, )* } }

            /// Its severity unless `[benchbook.lints]` says otherwise.
            pub fn severity(self) -> Severity { match self { $( Code::$id => Severity::$severity, )* } }

            /// What it means, in one line.
            pub fn summary(self) -> &'static str { match self { $( Code::$id => $summary, )* } }

            /// What it means and how to mend it, as Markdown (what `explain` prints).
            pub fn explanation(self) -> &'static str { match self { $( Code::$id => $explain, )* } }
        }
    };
}

impl Code {
    /// The code with this name.
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.name() == name)
    }
}

codes! {
    // The book as a whole.
    InternalError = "internal-error", Error, "Benchbook itself failed",
        "A part of Benchbook panicked. This is a fault of ours, not of the book. The rest of the site was still made.\nPlease report it with the message and, if you can, the file that it names.";
    TomlSyntax = "toml-syntax", Error, "a TOML file that cannot be parsed",
        "The file is not valid TOML. The message says what was expected at the place that is underlined. Frequent causes: a text without quotes, a backslash between double quotes (single quotes take it as it stands), a key or a table that is given twice, and a line feed inside `{ }`.";
    UnknownKey = "unknown-key", Error, "a key that nothing reads",
        "The key is not one that Benchbook knows here, so it would have no effect. Usually it is a slip of the pen: the nearest known name is offered. The keys of each file are listed in the reference; with `benchbook schema` an editor knows them too.";
    KeyIgnored = "key-ignored", Warning, "a key that is known and has no effect",
        "The key is known, and this version does nothing with it: mostly it is one of mdBook's. The book builds; what the key would have done does not happen. Preprocessors and renderers of a book are never run. Remove the key, or say `key-ignored = \"allow\"` in `[benchbook.lints]` if the book is built by mdBook too.";
    KeyMissing = "key-missing", Error, "a key that must be there",
        "The table lacks a key without which it says nothing. The message names it: add it, with a value.";
    WrongType = "wrong-type", Error, "a value of the wrong type",
        "The value is of another type than the key takes, or outside what it allows. Text stands in quotes; numbers, dates, `true` and `false` do not.";
    // Files.
    FileMissing = "file-missing", Error, "a file that does not exist",
        "The file is named here and is not there. Check the spelling (upper and lower case differ) and from where the path counts: from the file that holds it, in `book.toml` from the folder of that. Or create the file.";
    FileUnreadable = "file-unreadable", Error, "a file that cannot be read",
        "The file is there and cannot be read: no permission, not a regular file, or an error of the disk. What cannot be read fails the build, so that a page is never silently short.";
    FileTooLarge = "file-too-large", Error, "a file beyond the size that is read",
        "The file is larger than the limit that the message names. A book cannot raise the limit: split the file, or leave it out of the folder of chapters and link to where it can be downloaded.";
    NotUtf8 = "not-utf8", Error, "bytes that are not UTF-8",
        "Text is read as UTF-8. The byte that is underlined is not: the file was probably saved in another encoding (Latin-1, UTF-16). Save it as UTF-8. Nothing is replaced in silence.";
    NulByte = "nul-byte", Error, "a NUL byte in a text file",
        "A text file holds a NUL byte: it is probably not text (then it does not belong under this name), or it is UTF-16 (then save it as UTF-8).";
    PathOutsideBook = "path-outside-book", Error, "a path that leads out of the book",
        "A book reads files beneath the folder of its `book.toml` only, so that building a stranger's book cannot publish files of your machine. A path or a symbolic link that leads out is an error. To allow one more folder, name it on the command line: `--allow-root DIR`.";
    PathInvalid = "path-invalid", Error, "a path that no file can have",
        "The path is empty, holds a character that paths of a book do not have, or is an address where a file is wanted. Write it with `/` between folders, relative to the file that names it.";
    HiddenCharacter = "hidden-character", Warning, "a character that no reader sees",
        "The text holds a character that is not shown: one that turns the direction of text (U+202A to U+202E, U+2066 to U+2069) and so can make a line of code read as another than is run, a space of no width (U+200B), or one of a few others that stand for nothing. In code it is marked on the page. Remove it; where a language needs the direction turned, `dir` on an element does it in sight.";
    LookalikeCharacter = "lookalike-character", Warning, "a letter that looks like one of another script",
        "A word of Latin letters holds a Cyrillic or Greek one that looks the same, so the word is another than it seems: a name that nothing defines, an address of someone else. In code the letter is marked on the page. Write the Latin letter. A word that has other letters of that script too is taken for a word of its language, and not told.";
    // SUMMARY.md.
    SummarySyntax = "summary-syntax", Error, "a line of SUMMARY.md that is not understood",
        "SUMMARY.md is mdBook's format: an optional title, links for prefix chapters, `# Part` headings, a nested list of links, `---` separators, links for suffix chapters. Anything else is not a chapter and would be lost: make it a link, or move it into a chapter.";
    ChapterTwice = "chapter-twice", Error, "a chapter listed twice",
        "Two entries of SUMMARY.md name the same file. A chapter has one place in the book, or its page would have two neighbours. Remove one entry; text that two chapters share can be a file that both include.";
    ChapterMissing = "chapter-missing", Error, "a chapter whose file does not exist",
        "SUMMARY.md lists the file and it is not there. Create it, or write the entry as a draft: `[Title]()`.";
    ChapterUnlisted = "chapter-unlisted", Warning, "a Markdown file that SUMMARY.md does not list",
        "The file lies among the chapters and no entry of SUMMARY.md names it, so no page is made of it. List it, or move it out of the folder of chapters. A file that a chapter includes is not meant.";
    OutputCollision = "output-collision", Error, "two sources for one page",
        "Two files would be written to the same address (names that differ only in case count as the same, because some file systems fold them). Rename one.";
    OutputReserved = "output-reserved", Error, "an address that Benchbook keeps for itself",
        "The output path is reserved: `assets/`, `numbers/`, `404.html`, `contents.html`, `print.html` and names that begin with `.benchbook` belong to Benchbook. Rename the file.";
    // Front matter.
    FrontMatterOpen = "front-matter-open", Error, "front matter that never ends",
        "The file begins with `+++` and no later line is `+++`. Close the front matter, or remove the first line.";
    // Includes and directives.
    IncludeMissing = "include-missing", Error, "an include that finds nothing",
        "The file, the anchor or the lines that the include names are not there. An include that fails is an error, never text on the page. An anchor `NAME` lies between a line that holds `ANCHOR: NAME` and one that holds `ANCHOR_END: NAME`.";
    IncludeCycle = "include-cycle", Error, "files that include each other",
        "The file includes itself, straight or by way of others. The ring is listed. Move what both need into a file of its own.";
    IncludeLimit = "include-expansion", Error, "includes that grow beyond the limit",
        "The chapter with its includes is larger, or nested deeper, than the limit that the message names. Usually files include each other many times over: include less, or split the chapter.";
    DirectiveUnknown = "directive-unknown", Error, "a directive that does not exist",
        "`{{#name ...}}` is not a directive of Benchbook. It is written like one: `{{#include ...}}`. With a backslash before the braces it is text, in code too.";
    ExpressionInCode = "expression-as-text", Warning, "an expression where it stays text",
        "In code, raw HTML, link targets and SUMMARY.md, `{{ }}` is text. To show the value, write the expression in prose. If the text is meant, leave it as it is and say `expression-as-text = \"allow\"` in `[benchbook.lints]`: a backslash is for braces in prose, in code it would show.";
    // Containers, fences and formulas.
    ContainerUnknown = "container-unknown", Error, "a container that does not exist",
        "`:::` begins a container: `::: tabs` with `::: tab TITLE` in it, `::: details TITLE` or `::: steps`. A note is written `> [!NOTE]`.";
    ContainerInvalid = "container-invalid", Error, "a container that does not fit",
        "A line of `:::` ends the innermost container that is open, in the same quote or list item. Tabs stand in `::: tabs` and have a title; each container is closed.";
    FenceOption = "fence-option", Warning, "an option of a code block that means nothing",
        "Behind the language a fence takes `title=\"...\"`, marked lines `{2,4-6}`, `diff`, `linenos`, `hidelines=...`, and the words that mdBook and rustdoc know.";
    MathSyntax = "math-syntax", Error, "a formula that cannot be read",
        "What stands between `$` is LaTeX. The message says what is wrong at the place that is underlined. For a dollar sign write `\\$`; a `$` before a digit is one anyway. A book without formulas can say `math = false` in `[benchbook]`.";
    // Links.
    LinkBroken = "link-broken", Error, "a link to a page or a file that does not exist",
        "The link leads to a file of the book, and there is none. The nearest that exists is offered. A link names the Markdown file (`disks.md`), not its page, and counts from the file that holds it.";
    AnchorMissing = "anchor-missing", Error, "a link to a heading that does not exist",
        "The page exists, the heading does not: it was renamed or removed. The nearest id of that page is offered. An id of its own, `## Heading {#id}`, stays when the words change.";
    ImageUnreadable = "image-unreadable", Warning, "a picture whose size cannot be read",
        "A page gives each picture its width and height, read from the head of the file, so that the text does not move when the picture comes. This file's name ends as that of a picture (PNG, JPEG, GIF, WebP, AVIF, SVG), and it holds none, or a broken one: perhaps it was not saved whole, or is a pointer of Git LFS that was not fetched. The picture stands on the page without a size.";
    SchemeNotAllowed = "scheme-not-allowed", Error, "an address whose scheme is not allowed",
        "Links may be relative, or begin with `http:`, `https:`, `mailto:`, `tel:` or `#`. Others can run scripts or read files of the reader.";
    FootnoteMissing = "footnote-missing", Warning, "a footnote that is not defined",
        "The text refers to a footnote that the chapter does not define. Define it on a line of its own in the same file, as `[^name]: ...`.";
    // Raw HTML.
    HtmlDropped = "html-dropped", Warning, "raw HTML that was left out",
        "Raw HTML in a chapter passes by an allow list: text, tables, images, `<details>`, `<kbd>` and the like. Scripts, styles, handlers and frames are dropped. A book whose authors are all trusted can say `raw-html = \"all\"`.";
    HtmlUnbalanced = "html-unbalanced", Warning, "raw HTML whose tags do not match",
        "A tag is closed that was not opened, or opened and never closed. It was closed or dropped, so that the page around it stays whole.";
    // Headings and addresses.
    IdTwice = "id-twice", Warning, "one id given to two headings",
        "Two headings of the chapter carry the same explicit id. The second gets a number behind it, as mdBook's do, so a link to it may lead elsewhere than meant. Give it another.";
    LockSyntax = "lock-syntax", Error, "a line of anchors.lock that is not understood",
        "Each line of anchors.lock is a page or a page with an anchor: `linux.html` or `linux.html#drivers`. The file is written by `benchbook lock`.";
    PageLost = "page-lost", Error, "a published page that is gone",
        "anchors.lock says that this page was published once, and the book no longer makes it: links from elsewhere would break. Add a redirect in `[output.html.redirect]`, or remove the line from anchors.lock if the address was never shared.";
    AnchorLost = "anchor-lost", Error, "a published anchor that is gone",
        "anchors.lock says that this heading was published once, and the page no longer has it. Redirect the old anchor to a new one in `[output.html.redirect]`, keep the old id with `{#old-id}` behind the heading, or remove the line from anchors.lock.";
    RedirectInvalid = "redirect-invalid", Error, "a redirect that cannot work",
        "The redirect starts at a page that exists, leads to a page or anchor that does not, or goes round in a ring. Both addresses count from the root of the site: `\"/old.html\" = \"/linux/index.html#install\"`.";
    // Data.
    DataSyntax = "data-syntax", Error, "a data file that cannot be parsed",
        "The CSV, TOML or JSON is not well formed at the place that is underlined. In a CSV the usual cause is a quote inside a cell: put the cell in quotes, and write each quote in it twice.";
    DataRagged = "data-ragged", Error, "a row with too many or too few cells",
        "Each row of a CSV has as many cells as the head has names. A comma inside a cell needs quotes around the cell; a cell without a value is empty, but its comma stands.";
    DataKeyTwice = "data-key-twice", Error, "two rows with one key",
        "The primary key names a row, so no two rows may have the same. Both are shown. Rename one, or let another column be the key: `primaryKey` in the schema.";
    DataType = "data-type", Error, "a cell of the wrong type",
        "The cell cannot be read as the type that its schema gives the column. Correct the cell, give it no value, or change `type`. A number is written without its unit and without groups; a text that means \"no value\" can be listed in `missingValues`.";
    DataMissing = "data-missing", Error, "a required cell that is empty",
        "The schema says that this cell must have a value (`constraints = { required = true }`). Give it one, or take that back.";
    DataColumn = "data-column", Error, "a column that is not as its schema says",
        "The schema names a column that the data lacks, or a name stands twice in the data or in the schema. Names are compared as they are written, with upper and lower case.";
    DataLimit = "data-size", Error, "data beyond the limit",
        "The table has more rows or columns, the record more samples, or the file more bytes, than the limit that the message names. A book cannot raise the limit: split the table by what its rows are about, the record by what was run.";
    DataName = "data-name", Error, "a table that cannot have this name",
        "A table's name is its file's name; `records`, `sources` and `row` mean something else in an expression, two files may not have one name, and a name is letters, digits, `_` and `-`.";
    SourceUnknown = "source-unknown", Error, "a source that does not exist",
        "`content/sources.toml` has no source of this name. Add it there, as `[name]` with a `title`, or correct the name: the nearest is offered.";
    // Bringing numbers in.
    ImportFormat = "import-format", Error, "a file that cannot be imported",
        "The format of a file is told by what it holds. This one is of none that is read, is compressed, or holds nothing that could be a record. The message says what was found; `--format` names a format by hand.";
    ImportMissing = "import-missing", Error, "a record that lacks what it must have",
        "A record needs a benchmark, a machine, a source, and of each result the metric, the value and the unit. What the file does not say is asked for, all at once, with the very option to add.";
    ImportField = "import-field", Error, "a value that a record cannot have",
        "The value cannot be what it is said to be: a number that is none (`nan`, `inf`, `1,234`), a repetition count of 0, a negative duration, a spread without a count, a value outside its own range or other than the mean of its samples. It is refused where it stands, and no record is written.";
    ImportConflict = "import-conflict", Error, "results that contradict each other",
        "A record is one run of a benchmark on one machine. Here one result is given twice with different values, or two results of one run differ in what they say of the run. Both places are shown. Give each run a machine's id or a benchmark of its own, or take fewer rows.";
    ImportExists = "import-exists", Error, "a record of another run that is there already",
        "A record with this benchmark and machine is there, and it is of another source, command, date or program, or something of it would be lost. Nothing was written. Give the new run a longer `machine.id`, or say `--replace`.";
    ImportMapping = "import-mapping", Error, "a mapping that does not fit the file",
        "The mapping, or `--where`, names a column that the file does not have, a `*` that its pattern does not have, or takes no row at all.";
    UnitUnknown = "unit-unknown", Error, "a unit that does not exist",
        "The unit is not known. The nearest are offered. A unit is a symbol, or several with `/` between: `GB/s`, `USD/h`. Upper and lower case count: `Gbit` is no `GB`.";
    // Records and benchmarks.
    RecordInvalid = "record-invalid", Error, "a record that contradicts itself",
        "Two things that the record says cannot both be true, such as samples that do not have the value as their mean, or a spread without the number of repetitions. Correct the one that is wrong, or leave out what follows from the other.";
    RecordMismatch = "record-mismatch", Error, "a record that contradicts its benchmark",
        "`content/benchmarks.toml` says which metrics a benchmark has and in which unit. The record has a metric that is not declared, or a unit of another dimension. Correct the record, or declare the metric.";
    RecordTwice = "record-twice", Error, "two records with one name",
        "A record is named by its benchmark and its machine, and two files give the same. A second run on the same machine takes a longer machine id, such as `rtx-4090-b2833`, and a file of that name.";
    BenchmarkUnknown = "benchmark-unknown", Error, "a benchmark that is not declared",
        "Records name their benchmark, and `content/benchmarks.toml` declares it: `[name]` with `title`, `metrics`, `same` and `near`. The nearest that is declared is offered.";
    DateFuture = "date-future", Error, "a date that has not come yet",
        "The record says that the run began on a day after today. Correct `started_at`, or the clock of the machine that builds. `SOURCE_DATE_EPOCH` is today when it is set.";
    Incomparable = "incomparable", Error, "results that may not be compared",
        "The expression brings results together that differ in a condition which their benchmark wants to be equal (`same`) or close (`near`). Compare others, or say which difference is meant: `[[across]]` in the front matter, or `across` in the block, with the reason, which readers are shown.";
    ConditionUnrecorded = "condition-unrecorded", Warning, "a condition that nobody recorded",
        "Both results lack a field that their benchmark wants to be equal, so it is not known whether they may be compared. Record it if it can be found out, or take it out of `same`.";
    Stale = "stale", Warning, "a number past its age",
        "The number is older than an age allows that the book gives it: in the table's schema, at the source, or in `[benchbook.ages]`. Readers are shown a mark with its date. Measure or look it up again; or, if it holds all the same, give its table or source a longer `age`.";
    Undated = "undated", Warning, "a number that has an age and no date",
        "An age is for the number, and nothing says from when it is. A result is dated by `started_at`, else by its source (`published`, else `retrieved`); a cell by the column that `dateField` names, else by its source.";
    Orphan = "orphan", Warning, "a number that is typed by hand",
        "A quantity stands typed in the text: a number with a unit, an amount of money, a factor or a percentage. No source is named for it, and nothing tells when it is no longer true. Put it into a table or a record and cite it: `{{ cards.rtx-4090.memory }}`. Where it may stand as it is (an example, a round figure of speech), say so in the front matter: `[[allow]]` with `text`, the spelling, and `why`. A quotation whose last line begins with a dash and holds a link is left alone, as is what stands in code.";
    AllowUnused = "allow-unused", Warning, "an `[[allow]]` that allows nothing",
        "The front matter allows a number to stand typed in the chapter, and none is written so any more. Correct the spelling, or remove the `[[allow]]`: it would allow the next such number in silence.";
    // Expressions.
    ExprSyntax = "expr-syntax", Error, "an expression that cannot be parsed",
        "The expression does not follow the grammar. The message says what was expected at the place that is underlined.";
    ExprLimit = "expr-limit", Error, "an expression beyond a limit",
        "An expression has at most 10,000 characters, a set at most 100,000 members, a table block at most 100,000 cells, and computing it takes a bounded number of steps. The message says which limit was met.";
    ExprType = "expr-type", Error, "a value of the wrong kind",
        "The operation, the function or the filter takes another kind of value: arithmetic takes numbers, `and`, `or`, `not`, `where` and `if` take conditions, and a sentence takes one value, not a set or a row.";
    FunctionArguments = "function-arguments", Error, "a function with too many or too few arguments",
        "The message says how the function is written. A comma ends an argument: one thousand is `1_000`, not `1,000`.";
    DimensionMismatch = "dimension-mismatch", Error, "quantities of unlike dimensions",
        "Only like things can be added, compared or brought into a ratio: bytes with bytes, time with time, dollars with dollars. Currencies never convert by themselves: multiply with a rate, which is a number with a unit such as `EUR/USD`.";
    UnitMixed = "unit-mixed", Error, "a result with two scales of one unit",
        "The result holds two units of one dimension, such as `h` and `s` in `GB·h/s`, and it cannot be guessed which one is meant. Say it with the filter `in`: `| in GB`.";
    ValueRange = "value-range", Error, "a result that is no number",
        "The computation divides by zero, or its result is too large or too small to compute with.";
    BestUndecided = "best-undecided", Error, "a best that cannot be told from the next",
        "The leading values differ by less than their intervals tell, or are equal as printed. Say so in words, or name the one that is meant.";
    NameUnknown = "name-unknown", Error, "a name that does not exist",
        "The path names a table, row or column that does not exist. The nearest that exists is offered. A path is table, row, column; a row is named by its key, in quotes if that has a space or a point in it.";
    ValueMissing = "value-missing", Error, "a value that is missing",
        "The cell is there and holds no value, or a lookup found nothing, so there is nothing to print or to compare. Give it a value, say in words that it is not known, or ask with `has(path)` first.";
    FilterUnknown = "filter-unknown", Error, "a filter that does not exist, or not for this value",
        "The filters are `in UNIT` (in another unit), `digits N` (N significant digits), `bare` (no unit), `interval` (with the 95 % interval) and `name` (the title of the row). All but `name` are for numbers.";
    // Claims.
    ClaimFalse = "claim-false", Error, "a sentence that the data no longer supports",
        "A `[[claim]]` binds words of the chapter to an expression, and the expression is not true. The values of both sides are shown, and the sentence that leans on them. Change the sentence, or the claim, to what is true now.";
    ClaimUndecided = "claim-undecided", Error, "a sentence that the data does not decide",
        "The values that the claim compares differ by less than their 95 % intervals tell. Say what is known instead (\"about as fast\"), or measure more often, so that the intervals are narrower.";
    ClaimUnsaid = "claim-unsaid", Error, "a claim whose words do not stand in the chapter",
        "`says` repeats words of the chapter, so that a claim cannot outlive its sentence. They are compared with the text as it is written, without markup and line ends, and with expressions as they are written.";
    ClaimDraft = "claim-draft", Warning, "a claim in a chapter of which no page is made",
        "The chapter is a draft, so nobody reads the sentence and the claim is not checked. It is when `draft` is taken away.";
    // Blocks.
    BlockInvalid = "block-invalid", Error, "a data block that is not well formed",
        "The body of a fenced `table` block is TOML. `from` must be there, and a column cites only columns that stand before it. Each key is told in the reference of keys.";
    // Themes and limits.
    TemplateError = "template-error", Error, "a template that fails",
        "The theme's template does not parse, or asks for something that its view does not have. The message is that of Tera, at the place in the template; a page is named if it fails there alone. Delete your file to have that of the default theme.";
    TemplateDepth = "template-depth", Error, "templates that call each other without end",
        "Templates include or extend each other in a ring, or a component calls itself more than 20 deep. A component that calls itself must come to an end: let it call itself for the children of what it was given, and only where there are some.";
    TemplateOutput = "template-output", Error, "a template beyond what it may cost",
        "A template may take 200,000 turns of loops and write 16 MiB for one page, and a variable may hold 16 MiB. A book cannot raise the limits. Usually a loop runs over more than was meant, or a text is joined to itself.";
    ThemeMissing = "theme-missing", Error, "a theme that does not exist",
        "`[benchbook] theme`, and `extends` in a theme's `theme.toml`, name a folder under `themes/`, or `default`.";
    HighlightLimit = "highlight-limit", Warning, "a code block too large to highlight",
        "Highlighting has a budget for each block, so that no block can hold up the build. This one is over it and is shown as plain text. Shorten it, or say `text` as its language.";
    LanguageUnknown = "language-unknown", Warning, "a code block in a language that is not known",
        "No grammar has this name, so the block is plain text. Use `text` to say that this is meant.";
    NestingLimit = "nesting", Error, "nesting beyond the limit",
        "Block quotes, lists or brackets are nested deeper than the limit that the message names. No reader follows that deep: nest less.";
    Expansion = "expansion", Error, "a page that grows beyond the limit",
        "A few bytes of the chapter stand for very much of the page, as rows of a table do that are far shorter than its head. The message names the limit: split the page, or the table.";
}
