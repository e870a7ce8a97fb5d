//! Code to HTML: scopes of syntect's grammars, drawn by our own renderer in a few short classes.
//!
//! syntect's own writer gives a span for each scope, which makes the HTML fourteen times the source. Here the
//! innermost scope that has a class gives the span, equal neighbours are one span, and white space stays in the
//! span that is open. What colour a class has is the business of the theme.

mod filter;
mod machine;
mod session;

use machine::{Machine, Op, Parser};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex, PoisonError};
use syntect::parsing::{ClearAmount, Scope, ScopeStackOp, SyntaxReference, SyntaxSet};

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// The classes of spans, each with its meaning: what a theme gives colours to.
///
/// A scope belongs to the class with the longest of these prefixes; the innermost scope with a class wins.
/// Punctuation has no class of its own: it would be two spans in five, and looks like text.
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
/// | `y` | key or property | `meta.mapping.key`, `entity.name.tag` of TOML and YAML, `variable.other.member` |
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
/// | `h` | heading, section, label | `markup.heading`, `entity.name.section`, `.table`, `.label` |
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

/// How the highlighting of a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is highlighted, or asked not to be.
    Done,
    /// No grammar has the name: plain text.
    UnknownLanguage,
    /// It would cost more than [`MAX_COST`]: plain text.
    OverBudget,
    /// The grammar or the regular-expression engine failed: plain text.
    Failed,
}

/// A block of code as HTML, without the element around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlighted {
    /// Escaped text with spans; no span crosses the end of a line, so that lines can be wrapped and marked.
    pub html: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// The longest line that is highlighted, in bytes. A grammar may look at all of a line again for each token.
pub const MAX_LINE: usize = 8 * 1024;

/// The most that a block may cost, where a line of n bytes costs n + n²/1024: 256 KiB of short lines, a few of the
/// longest. It is counted, not timed, so that a busy machine gives the same page.
pub const MAX_COST: usize = 256 * 1024;

/// What one memo may hold, in bytes, before it starts anew. There is a memo for each thread at work.
const MAX_MEMO: usize = 8 * 1024 * 1024;

/// Highlights blocks of code. Made once and shared between threads.
pub struct Highlighter {
    // Each call takes a memo out and puts it back: threads never wait for each other's lines.
    idle: Mutex<Vec<Memo>>,
}

impl Default for Highlighter {
    fn default() -> Self {
        Self::new()
    }
}

impl Highlighter {
    /// A highlighter that remembers nothing yet. Grammars are loaded when the first block needs one.
    pub fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// `text` as HTML, in the language that authors call `lang`: a name, an extension or an alias in any case.
    /// `text`, `plain` and the empty name mean that no highlighting is wanted.
    ///
    /// Of a session (`console`), what was typed is highlighted, its prompts are spans of class `prompt`, and what
    /// answered is spans of class `output`, one a line. One in which nothing was typed is plain.
    pub fn highlight(&self, lang: &str, text: &str) -> Highlighted {
        if is_plain(lang) {
            return plain(text, Outcome::Done);
        }
        if session::is(lang) {
            let lines = session::lines(text);
            let typed = session::typed(&lines);
            if typed.is_empty() {
                return plain(text, Outcome::Done);
            }
            let done = self.highlight("bash", &typed);
            return Highlighted { html: session::html(&lines, &done.html), ..done };
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memo = idle.unwrap_or_default();
        // A memo that a panic went through is dropped with whatever was half done in it.
        let done = catch_unwind(AssertUnwindSafe(move || {
            let done = memo.block(lang, text);
            (memo, done)
        }));
        let Ok((memo, done)) = done else { return plain(text, Outcome::Failed) };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memo);
        done.unwrap_or_else(|outcome| plain(text, outcome))
    }
}

/// The licences of the grammars that ask to be named, as Markdown.
pub fn acknowledgements() -> String {
    let mut text = String::new();
    for licence in two_face::acknowledgement::listing().for_syntaxes() {
        if licence.needs_acknowledgement() {
            licence.write_md(&mut text);
        }
    }
    text
}

/// What authors write for a language, where it is neither the grammar's name nor one of its file endings.
const ALIASES: &[(&str, &str)] = &[
    ("fs", "f#"),
    ("fsharp", "f#"),
    ("h", "c"),
    ("objc", "objective-c"),
    ("docker", "dockerfile"),
    ("console", "bash"),
    ("shell", "bash"),
    ("shell-session", "bash"),
    ("shellsession", "bash"),
    ("terminal", "bash"),
    ("csharp", "cs"),
    ("golang", "go"),
    ("jsonc", "json"),
    ("json5", "json"),
    ("jsonl", "json"),
    ("ndjson", "json"),
    ("node", "js"),
    ("postgres", "sql"),
    ("postgresql", "sql"),
    ("mysql", "sql"),
    ("sqlite", "sql"),
    ("plpgsql", "sql"),
    ("ps", "ps1"),
    ("pwsh", "ps1"),
    ("python3", "py"),
    ("pycon", "py"),
    ("ipython", "py"),
    ("rustlang", "rs"),
    ("vimscript", "vim"),
    ("viml", "vim"),
    ("cuda", "cpp"),
    ("cu", "cpp"),
    ("opencl", "c"),
    ("udev", "ini"),
    ("systemd", "ini"),
    ("conf", "ini"),
    ("dosini", "ini"),
    ("editorconfig", "ini"),
    ("batch", "bat"),
    ("udiff", "diff"),
];

/// Whether `lang` says that no highlighting is wanted.
fn is_plain(lang: &str) -> bool {
    ["", "text", "txt", "plain", "plaintext", "none", "output"].iter().any(|name| lang.eq_ignore_ascii_case(name))
}

fn find_syntax(lang: &str) -> Option<&'static SyntaxReference> {
    let lower = lang.to_lowercase();
    let token = ALIASES.iter().find(|(alias, _)| *alias == lower).map_or(lower.as_str(), |(_, token)| token);
    SYNTAXES.find_syntax_by_token(token)
}

/// What highlighting `text` costs, in the unit of [`MAX_COST`]; more than that if a line is too long.
fn cost(text: &str) -> usize {
    let line = |line: &str| match line.len() + 1 {
        n if n > MAX_LINE + 1 => MAX_COST + 1,
        n => n + n * n / 1024,
    };
    text.split('\n').map(line).fold(0, usize::saturating_add)
}

/// `text` escaped, without spans.
fn plain(text: &str, outcome: Outcome) -> Highlighted {
    let mut html = String::with_capacity(text.len() + text.len() / 16);
    escape(&mut html, text);
    Highlighted { html, outcome }
}

/// Appends `text` as it stands in an element: `&`, `<` and `>` mean themselves.
fn escape(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>')) {
        let (before, special) = rest.split_at(at);
        html.push_str(before);
        html.push_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            _ => "&gt;",
        });
        rest = special.get(1..).unwrap_or_default();
    }
    html.push_str(rest);
}

/// What one thread has learned: lines, states, scope stacks, languages. All of it may be forgotten at any time.
struct Memo {
    languages: FxHashMap<Box<str>, Option<u32>>,
    machine: Machine,
    states: Vec<State>,
    state_ids: FxHashMap<State, u32>,
    lines: Vec<FxHashMap<Box<str>, Line>>,
    stacks: Stacks,
    text: String,
    ops: Vec<Op>,
    held: usize,
}

/// A line drawn: its HTML without the line's end, and the state after it.
struct Line {
    html: Box<str>,
    next: u32,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            languages: FxHashMap::default(),
            machine: Machine::new(&SYNTAXES),
            states: Vec::new(),
            state_ids: FxHashMap::default(),
            lines: Vec::new(),
            stacks: Stacks::default(),
            text: String::new(),
            ops: Vec::new(),
            held: 0,
        }
    }
}

impl Memo {
    fn block(&mut self, lang: &str, text: &str) -> Result<Highlighted, Outcome> {
        if self.held + self.machine.held() > MAX_MEMO {
            *self = Self::default();
        }
        let mut state = self.language(lang).ok_or(Outcome::UnknownLanguage)?;
        if cost(text) > MAX_COST {
            return Err(Outcome::OverBudget);
        }
        let mut html = String::with_capacity(text.len() * 3);
        for line in text.split_inclusive('\n') {
            state = self.line(state, line, &mut html).ok_or(Outcome::Failed)?;
        }
        Ok(Highlighted { html, outcome: Outcome::Done })
    }

    /// The state in which a block of `lang` begins; `None` if no grammar has the name.
    fn language(&mut self, lang: &str) -> Option<u32> {
        if let Some(known) = self.languages.get(lang) {
            return *known;
        }
        let parser = find_syntax(lang).and_then(|syntax| self.machine.start(syntax));
        let start = parser.map(|parser| self.intern(State { parser, scopes: Scopes::default() }));
        self.languages.insert(lang.into(), start);
        self.held += lang.len() + 64;
        start
    }
}

impl Memo {
    /// Appends `line` as it looks in `state`, and gives the state after it.
    fn line(&mut self, state: u32, line: &str, html: &mut String) -> Option<u32> {
        let body = line.strip_suffix('\n').unwrap_or(line);
        let known = self.lines.get(state as usize).and_then(|lines| lines.get(body));
        let next = match known {
            Some(known) => {
                html.push_str(&known.html);
                known.next
            }
            None => self.draw(state, body, html)?,
        };
        if body.len() < line.len() {
            html.push('\n');
        }
        Some(next)
    }

    fn draw(&mut self, state: u32, body: &str, html: &mut String) -> Option<u32> {
        let mut after = self.states.get(state as usize)?.clone();
        // Grammars end a line comment and the like at the line's end, so they must see one, at the end of the text too.
        self.text.clear();
        self.text.push_str(body);
        self.text.push('\n');
        self.ops.clear();
        self.machine.run(&mut after.parser, &self.text, &mut self.ops).ok()?;
        let from = html.len();
        let mut pen = Pen::new(html);
        let mut at = 0;
        for (to, op) in &self.ops {
            let to = (*to).min(body.len());
            if to > at {
                pen.draw(body.get(at..to)?, self.stacks.class(after.scopes.top));
                at = to;
            }
            self.stacks.apply(&mut after.scopes, op);
        }
        pen.draw(body.get(at..)?, self.stacks.class(after.scopes.top));
        pen.end();
        let next = self.intern(after);
        let drawn: Box<str> = html.get(from..)?.into();
        self.held += body.len() + drawn.len() + 96;
        self.lines.get_mut(state as usize)?.insert(body.into(), Line { html: drawn, next });
        Some(next)
    }

    fn intern(&mut self, state: State) -> u32 {
        if let Some(known) = self.state_ids.get(&state) {
            return *known;
        }
        let id = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        self.held += 512;
        self.states.push(state.clone());
        self.state_ids.insert(state, id);
        self.lines.push(FxHashMap::default());
        id
    }
}

/// Writes runs of one class as spans.
struct Pen<'a> {
    html: &'a mut String,
    class: Class,
    /// White space that is not written yet: it stays outside the span if another class follows.
    space: String,
}

impl<'a> Pen<'a> {
    fn new(html: &'a mut String) -> Self {
        Self { html, class: 0, space: String::new() }
    }

    fn draw(&mut self, text: &str, class: Class) {
        let space = [' ', '\t', '\r'];
        let begun = text.trim_start_matches(space);
        let ink = begun.trim_end_matches(space);
        self.space.push_str(text.get(..text.len() - begun.len()).unwrap_or_default());
        if ink.is_empty() {
            return;
        }
        if class == self.class {
            self.flush();
        } else {
            self.end();
            if let Some((name, _)) = CLASSES.get(usize::from(class).wrapping_sub(1)) {
                self.html.push_str("<span class=\"");
                self.html.push_str(name);
                self.html.push_str("\">");
                self.class = class;
            }
        }
        escape(self.html, ink);
        self.space.push_str(begun.get(ink.len()..).unwrap_or_default());
    }

    fn end(&mut self) {
        if self.class != 0 {
            self.html.push_str("</span>");
            self.class = 0;
        }
        self.flush();
    }

    fn flush(&mut self) {
        self.html.push_str(&self.space);
        self.space.clear();
    }
}

/// A class: its place in [`CLASSES`] counted from 1, or 0 for none.
type Class = u8;

/// What a prefix of scopes means for the class.
#[derive(Clone, Copy)]
enum Rule {
    /// The class.
    Is(&'static str),
    /// The class, unless a scope around has one.
    Weak(&'static str),
    /// No class, whatever is around.
    Reset,
    /// Whatever is around, although a shorter prefix says otherwise.
    Around,
}

use Rule::{Around, Is, Reset, Weak};

/// Prefixes of scopes. The longest that fits decides; a scope that none fits looks like what is around it.
const RULES: &[(&str, Rule)] = &[
    ("comment", Is("c")),
    ("comment.line.documentation", Is("cd")),
    ("comment.block.documentation", Is("cd")),
    ("punctuation.definition.comment", Weak("c")),
    ("meta.shebang", Is("c")),
    ("keyword", Is("k")),
    ("keyword.operator", Is("o")),
    ("keyword.operator.accessor", Around),
    ("keyword.operator.type.annotation", Around),
    ("keyword.operator.word", Is("k")),
    ("keyword.operator.logical.python", Is("k")),
    ("keyword.declaration", Is("kd")),
    ("storage", Is("kd")),
    ("storage.type.numeric", Is("n")),
    ("storage.type.string", Is("s")),
    ("storage.type.c", Is("t")),
    ("storage.type.primitive", Is("t")),
    ("storage.type.built-in", Is("t")),
    ("storage.type.builtin", Is("t")),
    ("support.type", Is("t")),
    ("support.class", Is("t")),
    ("support.type.property-name", Is("y")),
    ("support.constant.property-value", Is("q")),
    ("entity.name.type", Is("t")),
    ("entity.name.class", Is("t")),
    ("entity.name.struct", Is("t")),
    ("entity.name.enum", Is("t")),
    ("entity.name.union", Is("t")),
    ("entity.name.trait", Is("t")),
    ("entity.name.impl", Is("t")),
    ("entity.name.interface", Is("t")),
    ("entity.other.inherited-class", Is("t")),
    ("entity.name.function", Is("f")),
    ("variable.function", Is("f")),
    ("support.function", Is("f")),
    ("entity.name.macro", Is("m")),
    ("support.macro", Is("m")),
    ("meta.preprocessor", Is("m")),
    ("keyword.control.import.include", Is("m")),
    ("keyword.control.directive", Is("m")),
    ("variable", Is("v")),
    ("variable.parameter", Is("vp")),
    ("variable.language", Is("vl")),
    ("variable.other.member", Is("y")),
    ("variable.other.property", Is("y")),
    ("variable.other.object.property", Is("y")),
    ("variable.annotation", Is("a")),
    ("punctuation.definition.variable", Weak("v")),
    ("punctuation.definition.parameter", Weak("vp")),
    ("meta.mapping.key", Is("y")),
    ("meta.object-literal.key", Is("y")),
    ("constant.other.object.key", Is("y")),
    ("entity.name.tag.toml", Is("y")),
    ("entity.name.tag.yaml", Is("y")),
    ("constant", Is("q")),
    ("constant.numeric", Is("n")),
    ("constant.other.date", Is("n")),
    ("constant.other.time", Is("n")),
    ("constant.other.datetime", Is("n")),
    ("constant.language", Is("l")),
    ("constant.character.escape", Is("e")),
    ("constant.other.placeholder", Is("e")),
    ("support.constant", Is("q")),
    ("entity.name.constant", Is("q")),
    ("string", Is("s")),
    ("string.regexp", Is("r")),
    ("string.other.link", Is("mu")),
    ("string.unquoted", Around),
    ("string.unquoted.heredoc", Is("s")),
    ("string.unquoted.plain", Is("s")),
    ("punctuation.definition.string", Weak("s")),
    ("punctuation.section.interpolation", Is("i")),
    ("meta.interpolation", Reset),
    ("meta.embedded", Reset),
    ("entity.other.attribute-name", Is("a")),
    ("meta.annotation", Is("a")),
    ("punctuation.definition.annotation", Weak("a")),
    ("entity.name.tag", Is("g")),
    ("punctuation.definition.tag", Weak("g")),
    ("entity.name.namespace", Is("x")),
    ("entity.name.module", Is("x")),
    ("punctuation", Around),
    ("markup.heading", Is("h")),
    ("entity.name.section", Is("h")),
    ("entity.name.table", Is("h")),
    ("entity.name.label", Is("h")),
    ("punctuation.definition.heading", Weak("h")),
    ("markup.bold", Is("mb")),
    ("punctuation.definition.bold", Weak("mb")),
    ("markup.italic", Is("mi")),
    ("punctuation.definition.italic", Weak("mi")),
    ("markup.underline", Is("mu")),
    ("markup.raw", Is("mr")),
    ("punctuation.definition.raw", Weak("mr")),
    ("markup.quote", Is("mr")),
    ("markup.inserted", Is("di")),
    ("punctuation.definition.inserted", Weak("di")),
    ("markup.deleted", Is("dd")),
    ("punctuation.definition.deleted", Weak("dd")),
    ("markup.changed", Is("dh")),
    ("meta.diff.header", Is("dh")),
    ("meta.diff.range", Is("dh")),
    ("punctuation.definition.range.diff", Weak("dh")),
    ("punctuation.definition.from-file.diff", Weak("dh")),
    ("punctuation.definition.to-file.diff", Weak("dh")),
    ("invalid", Is("z")),
];

/// [`RULES`] with scopes and classes looked up.
static PREFIXES: LazyLock<Vec<(Scope, Rule)>> = LazyLock::new(|| {
    RULES.iter().filter_map(|(prefix, rule)| Scope::new(prefix).ok().map(|scope| (scope, *rule))).collect()
});

fn class_of(name: &str) -> Class {
    let place = CLASSES.iter().position(|(class, _)| *class == name);
    place.and_then(|place| Class::try_from(place + 1).ok()).unwrap_or(0)
}

/// Scope stacks, interned as a tree: a stack is its topmost scope and the stack under it, and knows its class.
struct Stacks {
    nodes: Vec<Node>,
    above: FxHashMap<(u32, Scope), u32>,
    string: Class,
    key: Class,
}

struct Node {
    under: u32,
    scope: Scope,
    class: Class,
}

/// The scopes at a point of the text: a stack, and what was cleared from it, to be restored.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Scopes {
    top: u32,
    cleared: Vec<Vec<Scope>>,
}

impl Default for Stacks {
    fn default() -> Self {
        let empty = Node { under: 0, scope: Scope::default(), class: 0 };
        Self { nodes: vec![empty], above: FxHashMap::default(), string: class_of("s"), key: class_of("y") }
    }
}

impl Stacks {
    fn class(&self, stack: u32) -> Class {
        self.nodes.get(stack as usize).map_or(0, |node| node.class)
    }

    fn under(&self, stack: u32) -> u32 {
        self.nodes.get(stack as usize).map_or(0, |node| node.under)
    }

    fn push(&mut self, stack: u32, scope: Scope) -> u32 {
        if let Some(known) = self.above.get(&(stack, scope)) {
            return *known;
        }
        let class = self.class_above(self.class(stack), scope);
        let new = u32::try_from(self.nodes.len()).unwrap_or(0);
        self.nodes.push(Node { under: stack, scope, class });
        self.above.insert((stack, scope), new);
        new
    }

    fn class_above(&self, around: Class, scope: Scope) -> Class {
        let fits = PREFIXES.iter().filter(|(prefix, _)| prefix.is_prefix_of(scope));
        match fits.max_by_key(|(prefix, _)| prefix.len()).map(|(_, rule)| *rule) {
            None | Some(Around) => around,
            Some(Reset) => 0,
            Some(Weak(_)) if around != 0 => around,
            Some(Is(name) | Weak(name)) => match class_of(name) {
                // The key of a mapping is often a string as well, and a key to the reader.
                class if class == self.string && around == self.key => around,
                class => class,
            },
        }
    }

    fn apply(&mut self, scopes: &mut Scopes, op: &ScopeStackOp) {
        match op {
            ScopeStackOp::Push(scope) => scopes.top = self.push(scopes.top, *scope),
            ScopeStackOp::Pop(count) => (0..*count).for_each(|_| scopes.top = self.under(scopes.top)),
            ScopeStackOp::Clear(amount) => {
                let most = match amount {
                    ClearAmount::TopN(count) => *count,
                    ClearAmount::All => usize::MAX,
                };
                let mut cleared = Vec::new();
                while scopes.top != 0 && cleared.len() < most {
                    cleared.extend(self.nodes.get(scopes.top as usize).map(|node| node.scope));
                    scopes.top = self.under(scopes.top);
                }
                scopes.cleared.push(cleared);
            }
            ScopeStackOp::Restore => {
                for scope in scopes.cleared.pop().into_iter().flatten().rev() {
                    scopes.top = self.push(scopes.top, scope);
                }
            }
            ScopeStackOp::Noop => {}
        }
    }
}

/// Where a line begins: the grammar's contexts and the scopes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    parser: Parser,
    scopes: Scopes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIXED: &str = include_str!("highlight/sample.txt");
    const LANGUAGES: [&str; 21] = [
        "rust", "python", "bash", "toml", "json", "js", "ts", "c", "cpp", "java", "go", "html", "css", "md", "yaml",
        "sql", "perl", "php", "ruby", "tex", "console",
    ];

    fn html(lang: &str, text: &str) -> String {
        let done = Highlighter::new().highlight(lang, text);
        assert_eq!(done.outcome, Outcome::Done);
        done.html
    }

    /// The text that a reader of `html` sees.
    fn seen(html: &str) -> String {
        let mut text = String::new();
        for (n, part) in html.split('<').enumerate() {
            text.push_str(if n == 0 { part } else { part.split_once('>').expect("a tag ends").1 });
        }
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }

    #[test]
    fn code_becomes_spans() {
        assert_eq!(
            html("rust", "// a < b\nfn f(x: u8) -> &'static str { \"a\\n\" }\n"),
            "<span class=\"c\">// a &lt; b</span>\n<span class=\"kd\">fn</span> <span class=\"f\">f</span>(<span class=\"vp\">x</span>: \
             <span class=\"kd\">u8</span>) -&gt; <span class=\"o\">&amp;</span><span class=\"kd\">'static str</span> { <span class=\"s\">\"a</span><span class=\"e\">\\n</span><span class=\"s\">\"</span> }\n"
        );
        assert_eq!(
            html("toml", "[a]\nb = 1.5 # c"),
            "[<span class=\"h\">a</span>]\n<span class=\"y\">b</span> = <span class=\"n\">1.5</span> <span class=\"c\"># c</span>"
        );
        assert_eq!(
            html("json", "{\"a\": [\"b\", true]}"),
            "{<span class=\"y\">\"a\"</span>: [<span class=\"s\">\"b\"</span>, <span class=\"l\">true</span>]}"
        );
    }

    #[test]
    fn of_a_session_only_what_was_typed_is_code() {
        assert_eq!(
            html("console", "$ echo \"a\"\nif < in\n\n$ b"),
            "<span class=\"prompt\">$ </span><span class=\"f\">echo</span> <span class=\"s\">\"a\"</span>\n\
             <span class=\"output\">if &lt; in</span>\n<span class=\"output\"></span>\n\
             <span class=\"prompt\">$ </span><span class=\"f\">b</span>"
        );
        assert_eq!(html("console", "if in\n"), "if in\n");
    }

    #[test]
    fn spans_close_at_the_end_of_each_line_and_open_again() {
        assert_eq!(html("rust", "/* a\n\n  b */"), "<span class=\"c\">/* a</span>\n\n  <span class=\"c\">b */</span>");
    }

    #[test]
    fn no_language_is_no_highlighting_and_an_unknown_one_is_told() {
        let highlighter = Highlighter::new();
        for lang in ["", "text", "plain", "TXT"] {
            let expected = Highlighted { html: "a &lt; b".into(), outcome: Outcome::Done };
            assert_eq!(highlighter.highlight(lang, "a < b"), expected);
        }
        let expected = Highlighted { html: "&lt;x&gt;".into(), outcome: Outcome::UnknownLanguage };
        assert_eq!(highlighter.highlight("no-such-language", "<x>"), expected);
    }

    #[test]
    fn languages_are_known_as_authors_write_them() {
        for (alias, _) in ALIASES {
            assert!(find_syntax(alias).is_some(), "{alias}");
        }
        let words = "sh bash zsh fish shell console js javascript jsx ts typescript tsx py python rs rust Rust yml yaml c++ cpp \
                     cc h hpp c C c# cs go golang java kotlin swift ruby rb php perl pl lua r R julia scala haskell hs html css \
                     scss xml svg json jsonc toml ini conf diff patch dockerfile makefile cmake sql tex latex markdown md nix \
                     powershell ps1 bat vim proto graphql zig dart elixir erlang clojure lisp nasm nginx objc fs asm";
        for word in words.split_whitespace() {
            assert!(find_syntax(word).is_some(), "{word}");
        }
    }

    #[test]
    fn memory_changes_no_byte() {
        let old = Highlighter::new();
        for _ in 0..2 {
            for lang in LANGUAGES {
                assert_eq!(old.highlight(lang, MIXED), Highlighter::new().highlight(lang, MIXED), "{lang}");
            }
        }
    }

    #[test]
    fn threads_give_the_same() {
        let highlighter = Highlighter::new();
        let expected = highlighter.highlight("rust", MIXED);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(highlighter.highlight("rust", MIXED), expected));
            }
        });
    }

    #[test]
    fn a_memo_that_is_full_starts_anew() {
        let mut memo = Memo::default();
        let first = memo.block("rust", MIXED);
        memo.held = MAX_MEMO + 1;
        assert_eq!(memo.block("rust", MIXED), first);
        assert!(memo.held < MAX_MEMO);
    }

    #[test]
    fn what_is_over_budget_is_plain() {
        let highlighter = Highlighter::new();
        let line = format!("{}\n", "x".repeat(MAX_LINE));
        assert_eq!(highlighter.highlight("rust", &line).outcome, Outcome::Done);
        assert_eq!(highlighter.highlight("rust", &format!("<{line}")).outcome, Outcome::OverBudget);
        assert!(highlighter.highlight("rust", &format!("<{line}")).html.starts_with("&lt;x"));
        assert_eq!(highlighter.highlight("rust", &"let x;\n".repeat(MAX_COST / 7)).outcome, Outcome::Done);
        assert_eq!(highlighter.highlight("rust", &"let x;\n".repeat(MAX_COST / 6)).outcome, Outcome::OverBudget);
    }

    #[test]
    fn nothing_takes_long() {
        let bad = [
            "(".repeat(30_000),
            "\"".repeat(100_000),
            "x=1;".repeat(125_000),
            "(\n".repeat(30_000),
            "(".repeat(MAX_LINE),
            "\"".repeat(MAX_LINE),
            format!("{}\n", "{[(<".repeat(MAX_LINE / 4)).repeat(3),
            format!("{}\n", "a b".repeat(MAX_LINE / 3)).repeat(3),
            " ".repeat(MAX_LINE),
            "\\".repeat(MAX_LINE),
            (0..20_000).map(|n| format!("<<A{n}\n")).collect(),
        ];
        let highlighter = Highlighter::new();
        for lang in LANGUAGES {
            for text in &bad {
                let start = std::time::Instant::now();
                highlighter.highlight(lang, text);
                let took = start.elapsed();
                // Far from what it takes, and far from a hang: a busy machine is slow.
                assert!(took.as_secs() < 20, "{lang}: {:?} took {took:?}", text.get(..8));
            }
        }
    }

    #[test]
    fn rules_name_classes_that_exist_and_every_class_is_used() {
        let named: std::collections::BTreeSet<_> = RULES
            .iter()
            .filter_map(|(_, rule)| match rule {
                Is(class) | Weak(class) => Some(*class),
                Reset | Around => None,
            })
            .collect();
        assert_eq!(named, CLASSES.iter().map(|(class, _)| *class).collect());
        assert_eq!(PREFIXES.len(), RULES.len());
    }

    #[test]
    fn grammars_are_acknowledged() {
        assert!(acknowledgements().contains("Permission is hereby granted"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_reader_sees_the_text(text in "[ -~\n\té日🎉\r]{0,200}", lang in proptest::sample::select(&LANGUAGES[..])) {
            let done = Highlighter::new().highlight(lang, &text);
            prop_assert_eq!(done.outcome, Outcome::Done);
            prop_assert_eq!(seen(&done.html), text);
            for line in done.html.split('\n') {
                prop_assert_eq!(line.matches("<span").count(), line.matches("</span>").count());
            }
        }
    }
}
