//! Code to HTML: scopes of syntect's grammars, drawn by our own renderer in a few short classes.
//!
//! syntect's own writer gives a span for each scope, which makes the HTML fourteen times the source. Here the
//! innermost scope that has a class gives the span, equal neighbours are one span, and white space stays in the
//! span that is open. What colour a class has is the business of the theme.

/// The classes of spans, each with its meaning: what a theme gives colours to.
///
/// A scope belongs to the class with the longest of these prefixes; the innermost scope with a class wins.
///
/// | class | meaning | scopes |
/// | --- | --- | --- |
/// | `c` | comment | `comment`, `meta.shebang` |
/// | `cd` | documentation comment | `comment.*.documentation` |
/// | `k` | keyword | `keyword` |
/// | `kd` | keyword or modifier that declares | `storage`, `keyword.declaration` |
/// | `o` | operator | `keyword.operator` |
/// | `t` | type | `storage.type` of primitive types, `entity.name.type`, `.class`, `.struct`, `.enum`, `support.type`, `support.class` |
/// | `f` | function | `entity.name.function`, `variable.function`, `support.function` |
/// | `m` | macro, decorator's name, preprocessor | `entity.name.macro`, `support.macro`, `meta.preprocessor` |
/// | `v` | variable | `variable` |
/// | `vp` | parameter, command-line option | `variable.parameter` |
/// | `vl` | variable of the language | `variable.language` |
/// | `y` | key or property | `meta.mapping.key`, `support.type.property-name`, `variable.other.member` |
/// | `n` | number, date | `constant.numeric`, `constant.other.date` |
/// | `l` | constant of the language | `constant.language` |
/// | `q` | other constant | `constant`, `support.constant`, `entity.name.constant` |
/// | `s` | string | `string` |
/// | `e` | escape or placeholder in a string | `constant.character.escape`, `constant.other.placeholder` |
/// | `r` | regular expression | `string.regexp` |
/// | `i` | delimiter of an interpolation | `punctuation.section.interpolation` |
/// | `a` | attribute, annotation | `entity.other.attribute-name`, `meta.annotation` |
/// | `g` | tag | `entity.name.tag` |
/// | `x` | module, namespace | `entity.name.namespace`, `entity.name.module` |
/// | `p` | punctuation | `punctuation` |
/// | `h` | heading, section, label | `markup.heading`, `entity.name.section`, `entity.name.label` |
/// | `mb` | strong text | `markup.bold` |
/// | `mi` | emphasised text | `markup.italic` |
/// | `mu` | link | `markup.underline`, `string.other.link` |
/// | `mr` | quoted or raw text | `markup.raw`, `markup.quote` |
/// | `di` | inserted line | `markup.inserted` |
/// | `dd` | deleted line | `markup.deleted` |
/// | `dh` | changed line, head of a diff | `markup.changed`, `meta.diff.header`, `meta.diff.range` |
/// | `z` | invalid | `invalid` |
pub const CLASSES: &[(&str, &str)] = &[
    ("c", "comment"),
    ("cd", "documentation comment"),
    ("k", "keyword"),
    ("kd", "keyword or modifier that declares"),
    ("o", "operator"),
    ("t", "type"),
    ("f", "function"),
    ("m", "macro, decorator's name, preprocessor"),
    ("v", "variable"),
    ("vp", "parameter, command-line option"),
    ("vl", "variable of the language"),
    ("y", "key or property"),
    ("n", "number, date"),
    ("l", "constant of the language"),
    ("q", "other constant"),
    ("s", "string"),
    ("e", "escape or placeholder in a string"),
    ("r", "regular expression"),
    ("i", "delimiter of an interpolation"),
    ("a", "attribute, annotation"),
    ("g", "tag"),
    ("x", "module, namespace"),
    ("p", "punctuation"),
    ("h", "heading, section, label"),
    ("mb", "strong text"),
    ("mi", "emphasised text"),
    ("mu", "link"),
    ("mr", "quoted or raw text"),
    ("di", "inserted line"),
    ("dd", "deleted line"),
    ("dh", "changed line, head of a diff"),
    ("z", "invalid"),
];
