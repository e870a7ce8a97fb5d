//! The interpreter of syntect's grammars: from a line and the state at its start to scope operations and the next state.
//!
//! syntect brings grammars, regular expressions and an interpreter. The interpreter spends half of its time on
//! memory (a map for each line, a copy of all groups for each match), and its states can be neither hashed nor
//! compared cheaply, so that lines cannot be remembered well. This one gives the same operations (a test compares
//! them over every grammar) with a table in place of each map, and states of small numbers.

use super::filter::{Ascii, Filter};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use syntect::parsing::syntax_definition::{
    Context, ContextId, ContextReference, MatchOperation, MatchPattern, Pattern,
};
use syntect::parsing::{Regex, Region, Scope, ScopeStackOp, SyntaxReference, SyntaxSet};

/// How deep contexts may be pushed, as in syntect.
const MAX_DEPTH: usize = 100;

/// Steps that a line may take beyond four a byte. Some grammars go round in rings that consume nothing.
const FREE_STEPS: usize = 4096;

/// A scope operation, and the byte of the line before which it happens.
pub(super) type Op = (usize, ScopeStackOp);

/// Why a line has no operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// The grammar is broken.
    Broken,
    /// The grammar goes round in a ring.
    Endless,
}

/// Where in its grammar a line begins. Numbers are those of one [`Machine`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Parser {
    stack: Vec<Level>,
    /// Levels above which prototypes of lower levels are not looked at.
    fences: Vec<usize>,
    first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Level {
    context: u32,
    /// The list of prototypes that came with the push; 0 for none.
    prototypes: u32,
    /// The groups of the match that pushed, where patterns of the context refer to them; 0 for none.
    groups: u32,
}

/// A context with its includes laid flat.
struct Flat {
    context: &'static Context,
    patterns: Box<[u32]>,
    prototype: Option<u32>,
}

struct Rule {
    pattern: &'static MatchPattern,
    /// Contexts that it pushes or sets; looked up when it first matches.
    targets: Option<Targets>,
    /// Where it cannot match; read when it is first looked for.
    filter: OnceCell<Option<Filter>>,
    found: Found,
    line: u64,
}

#[derive(Clone)]
struct Targets {
    contexts: Box<[u32]>,
    with_prototype: Option<u32>,
}

/// What the last search for a pattern in the line gave.
#[derive(Clone, Copy)]
enum Found {
    Nothing,
    At(usize, usize),
}

struct Best {
    rule: u32,
    start: usize,
    end: usize,
    from_prototype: bool,
    /// Popping would lead back to where a push that consumed nothing came from.
    would_loop: bool,
    /// The groups, if they cannot be found again by the pattern alone.
    region: Option<Region>,
}

/// The tables of all grammars met so far.
pub(super) struct Machine {
    set: &'static SyntaxSet,
    contexts: Vec<Flat>,
    by_id: FxHashMap<ContextId, u32>,
    rules: Vec<Rule>,
    by_address: FxHashMap<usize, u32>,
    lists: Numbered<Vec<u32>>,
    groups: Numbered<Vec<Option<Box<str>>>>,
    /// Patterns with the groups of an earlier match put in.
    filled: FxHashMap<(u32, u32), Regex>,
    line: u64,
    /// Kept from line to line, for it is large.
    ascii: Option<Box<Ascii>>,
    marks: Vec<((usize, i32), ScopeStackOp)>,
}

/// Values, numbered as they come; the number 0 is the default.
struct Numbered<T> {
    all: Vec<T>,
    known: FxHashMap<T, u32>,
}

impl<T: Clone + Default + Eq + std::hash::Hash> Numbered<T> {
    fn new() -> Self {
        Self { all: vec![T::default()], known: FxHashMap::from_iter([(T::default(), 0)]) }
    }

    fn number(&mut self, value: T) -> u32 {
        if let Some(known) = self.known.get(&value) {
            return *known;
        }
        let number = index(self.all.len());
        self.all.push(value.clone());
        self.known.insert(value, number);
        number
    }

    fn get(&self, number: u32) -> Option<&T> {
        self.all.get(number as usize)
    }
}

/// A place in a table as a number. Tables hold contexts and patterns of grammars: thousands.
fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl Machine {
    pub(super) fn new(set: &'static SyntaxSet) -> Self {
        Self {
            set,
            contexts: Vec::new(),
            by_id: FxHashMap::default(),
            rules: Vec::new(),
            by_address: FxHashMap::default(),
            lists: Numbered::new(),
            groups: Numbered::new(),
            filled: FxHashMap::default(),
            line: 0,
            ascii: None,
            marks: Vec::new(),
        }
    }

    /// The state at the start of a text; `None` if the grammar has no start.
    pub(super) fn start(&mut self, syntax: &SyntaxReference) -> Option<Parser> {
        let place = self.set.syntaxes().iter().position(|other| std::ptr::eq(other, syntax))?;
        let context = start_context(self.set, place, syntax.scope)?;
        let context = self.context(context)?;
        Some(Parser { stack: vec![Level { context, prototypes: 0, groups: 0 }], fences: Vec::new(), first: true })
    }

    /// Bytes held for what texts brought, as opposed to grammars.
    pub(super) fn held(&self) -> usize {
        self.filled.len() * 4096 + self.groups.all.len() * 256
    }

    /// Appends the operations of `line`, which ends in `\n`, and moves `parser` behind it.
    pub(super) fn run(&mut self, parser: &mut Parser, line: &str, ops: &mut Vec<Op>) -> Result<(), Stuck> {
        let mut ascii = self.ascii.take().unwrap_or_default();
        let is_ascii = ascii.read(line);
        let done = self.steps(parser, line, is_ascii.then_some(&*ascii), ops);
        self.ascii = Some(ascii);
        done
    }

    fn steps(
        &mut self,
        parser: &mut Parser,
        line: &str,
        ascii: Option<&Ascii>,
        ops: &mut Vec<Op>,
    ) -> Result<(), Stuck> {
        self.line += 1;
        if std::mem::take(&mut parser.first) {
            let scope = self.top(parser)?.context.meta_content_scope.first();
            ops.extend(scope.map(|scope| (0, ScopeStackOp::Push(*scope))));
        }
        let mut scratch = Region::new();
        let mut at = 0;
        let mut pushed = (0, 0);
        for _ in 0..4 * line.len() + FREE_STEPS {
            while parser.fences.last().is_some_and(|fence| *fence >= parser.stack.len()) {
                parser.fences.pop();
            }
            let depth = parser.stack.len();
            let pushed_here = pushed == (at, depth);
            let mut hunt = Hunt { line, at, ascii, depth, pushed_here, scratch: &mut scratch, best: None };
            self.best(parser, &mut hunt)?;
            let Some(best) = hunt.best else { return Ok(()) };
            if best.would_loop {
                match line.get(at..).and_then(|rest| rest.char_indices().nth(1)) {
                    Some((next, _)) => at += next,
                    None => return Ok(()),
                }
                continue;
            }
            let rule = self.rules.get(best.rule as usize).ok_or(Stuck::Broken)?;
            if best.end <= at && matches!(rule.pattern.operation, MatchOperation::Push(_)) {
                pushed = (best.end, parser.stack.len() + 1);
            }
            at = best.end;
            if best.from_prototype {
                parser.fences.push(parser.stack.len());
            }
            self.apply(parser, line, &best, &mut scratch, ops)?;
        }
        Err(Stuck::Endless)
    }

    fn top(&self, parser: &Parser) -> Result<&Flat, Stuck> {
        let level = parser.stack.last().ok_or(Stuck::Broken)?;
        self.contexts.get(level.context as usize).ok_or(Stuck::Broken)
    }

    /// Finds the match that comes first in the line from where the hunt is; of several, that of the first pattern.
    fn best(&mut self, parser: &Parser, hunt: &mut Hunt<'_>) -> Result<(), Stuck> {
        let fence = parser.fences.last().copied().unwrap_or(0);
        for level in parser.stack.get(fence..).unwrap_or_default() {
            for place in 0..self.lists.get(level.prototypes).map_or(0, Vec::len) {
                let list = self.lists.get(level.prototypes);
                let prototype = list.and_then(|list| list.get(place)).copied().ok_or(Stuck::Broken)?;
                if self.hunt(hunt, prototype, level.groups, true) {
                    return Ok(());
                }
            }
        }
        let level = *parser.stack.last().ok_or(Stuck::Broken)?;
        if let Some(prototype) = self.top(parser)?.prototype
            && self.hunt(hunt, prototype, 0, false)
        {
            return Ok(());
        }
        self.hunt(hunt, level.context, level.groups, false);
        Ok(())
    }

    /// Tries the patterns of `context`; true if no later pattern can do better.
    fn hunt(&mut self, hunt: &mut Hunt<'_>, context: u32, groups: u32, from_prototype: bool) -> bool {
        let Some(flat) = self.contexts.get(context as usize) else { return false };
        for number in &flat.patterns {
            let Some(rule) = self.rules.get_mut(*number as usize) else { continue };
            let filled = rule.pattern.has_captures && groups != 0;
            let mut region = None;
            let found = match rule.known(self.line, hunt.at) {
                Some(found) => found,
                None if filled => {
                    let regex = self.filled.entry((*number, groups)).or_insert_with(|| {
                        let groups = self.groups.get(groups).map_or(&[][..], Vec::as_slice);
                        Regex::new(fill(rule.pattern.regex.regex_str(), groups))
                    });
                    let found = search(regex, rule.pattern, hunt, hunt.at).unwrap_or(Found::Nothing);
                    region = Some(hunt.scratch.clone());
                    found
                }
                None => rule.search(self.line, hunt),
            };
            let Found::At(start, end) = found else { continue };
            let better = match &hunt.best {
                None => true,
                Some(best) => start < best.start || (start == best.start && best.would_loop),
            };
            if !better {
                continue;
            }
            let pops = matches!(rule.pattern.operation, MatchOperation::Pop);
            let would_loop = hunt.pushed_here && end <= hunt.at && pops;
            if hunt.depth >= MAX_DEPTH && matches!(rule.pattern.operation, MatchOperation::Push(_)) {
                hunt.best = None;
                return true;
            }
            hunt.best = Some(Best { rule: *number, start, end, from_prototype, would_loop, region });
            if start == hunt.at && !would_loop {
                return true;
            }
        }
        false
    }

    fn apply(
        &mut self,
        parser: &mut Parser,
        line: &str,
        best: &Best,
        scratch: &mut Region,
        ops: &mut Vec<Op>,
    ) -> Result<(), Stuck> {
        let targets = self.targets(best.rule)?;
        let current = self.top(parser)?.context;
        let refers = targets.with_prototype.is_some() || self.any_refers(parser, &targets);
        let pattern = self.rules.get(best.rule as usize).ok_or(Stuck::Broken)?.pattern;
        // Most matches need no groups, so they are found again where they are needed instead of kept.
        if best.region.is_none() && (pattern.captures.is_some() || refers) {
            pattern.regex.search(line, best.start, line.len(), Some(scratch));
        }
        let region = best.region.as_ref().unwrap_or(scratch);
        let entered: Vec<&Context> = targets
            .contexts
            .iter()
            .filter_map(|target| self.contexts.get(*target as usize).map(|flat| flat.context))
            .collect();

        before(best.start, current, &pattern.operation, &entered, ops);
        ops.extend(pattern.scope.iter().map(|scope| (best.start, ScopeStackOp::Push(*scope))));
        mark_groups(pattern, region, &mut self.marks, ops);
        if !pattern.scope.is_empty() {
            ops.push((best.end, ScopeStackOp::Pop(pattern.scope.len())));
        }
        after(best.end, current, &pattern.operation, &entered, ops);

        let set = match pattern.operation {
            MatchOperation::None => return Ok(()),
            MatchOperation::Pop => {
                parser.stack.pop();
                return Ok(());
            }
            MatchOperation::Push(_) => false,
            MatchOperation::Set(_) => true,
        };
        let group = |n| region.pos(n).and_then(|(from, to)| line.get(from..to)).map(Box::from);
        let groups = if refers { (0..10).map(group).collect() } else { Vec::new() };
        self.enter(parser, set, &targets, groups)
    }

    /// Pushes `targets`, in place of the top if `set`.
    fn enter(
        &mut self,
        parser: &mut Parser,
        set: bool,
        targets: &Targets,
        groups: Vec<Option<Box<str>>>,
    ) -> Result<(), Stuck> {
        // Prototypes that came with a level stay when the level's context is set to another.
        let mut kept = if set { parser.stack.pop().map_or(0, |level| level.prototypes) } else { 0 };
        for (place, context) in targets.contexts.iter().enumerate() {
            let mut prototypes = std::mem::take(&mut kept);
            if let (true, Some(more)) = (place + 1 == targets.contexts.len(), targets.with_prototype) {
                let mut list = self.lists.get(prototypes).cloned().unwrap_or_default();
                list.push(more);
                prototypes = self.lists.number(list);
            }
            let refers = self.refers_to_groups(*context)
                || self.lists.get(prototypes).is_some_and(|list| list.iter().any(|one| self.refers_to_groups(*one)));
            let groups = if refers { self.groups.number(groups.clone()) } else { 0 };
            parser.stack.push(Level { context: *context, prototypes, groups });
        }
        Ok(())
    }

    /// Whether a level that `targets` make could refer to groups of the match.
    fn any_refers(&self, parser: &Parser, targets: &Targets) -> bool {
        let kept = parser.stack.last().and_then(|level| self.lists.get(level.prototypes));
        kept.into_iter().flatten().chain(&targets.contexts).any(|context| self.refers_to_groups(*context))
    }

    fn refers_to_groups(&self, context: u32) -> bool {
        self.contexts.get(context as usize).is_some_and(|flat| flat.context.uses_backrefs)
    }

    fn targets(&mut self, rule: u32) -> Result<Targets, Stuck> {
        let found = self.rules.get(rule as usize).ok_or(Stuck::Broken)?;
        if let Some(known) = &found.targets {
            return Ok(known.clone());
        }
        let pattern = found.pattern;
        let contexts = match &pattern.operation {
            MatchOperation::Push(contexts) | MatchOperation::Set(contexts) => contexts.as_slice(),
            MatchOperation::Pop | MatchOperation::None => &[],
        };
        let contexts: Option<Box<[u32]>> = contexts.iter().map(|reference| self.refer(reference)).collect();
        let with_prototype =
            pattern.with_prototype.as_ref().map(|reference| self.refer(reference).ok_or(Stuck::Broken));
        let targets = Targets { contexts: contexts.ok_or(Stuck::Broken)?, with_prototype: with_prototype.transpose()? };
        if let Some(rule) = self.rules.get_mut(rule as usize) {
            rule.targets = Some(targets.clone());
        }
        Ok(targets)
    }

    fn refer(&mut self, reference: &ContextReference) -> Option<u32> {
        self.context(reference.id().ok()?)
    }

    /// The number of a context, laid flat if it is met for the first time.
    fn context(&mut self, id: ContextId) -> Option<u32> {
        if let Some(known) = self.by_id.get(&id) {
            return Some(*known);
        }
        let context = direct(id)?.resolve(self.set).ok()?;
        let mut patterns = Vec::new();
        self.flatten(context, &mut patterns);
        let number = index(self.contexts.len());
        self.contexts.push(Flat { context, patterns: patterns.into(), prototype: None });
        self.by_id.insert(id, number);
        if let Some(prototype) = context.prototype {
            let prototype = self.context(prototype)?;
            self.contexts.get_mut(number as usize)?.prototype = Some(prototype);
        }
        Some(number)
    }

    fn flatten(&mut self, context: &'static Context, patterns: &mut Vec<u32>) {
        for pattern in &context.patterns {
            match pattern {
                Pattern::Match(pattern) => patterns.push(self.rule(pattern)),
                Pattern::Include(reference) => {
                    if let Ok(included) = reference.resolve(self.set) {
                        self.flatten(included, patterns);
                    }
                }
            }
        }
    }

    fn rule(&mut self, pattern: &'static MatchPattern) -> u32 {
        let number = index(self.rules.len());
        let known = *self.by_address.entry(std::ptr::from_ref(pattern).addr()).or_insert(number);
        if known == number {
            self.rules.push(Rule { pattern, targets: None, filter: OnceCell::new(), found: Found::Nothing, line: 0 });
        }
        known
    }
}

/// One search for the next match.
struct Hunt<'a> {
    line: &'a str,
    at: usize,
    /// What stands where in the line, if it is all of ASCII.
    ascii: Option<&'a Ascii>,
    depth: usize,
    pushed_here: bool,
    scratch: &'a mut Region,
    best: Option<Best>,
}

impl Rule {
    /// What is known of the line: nothing to find any more, or a match that still lies ahead.
    fn known(&self, line: u64, at: usize) -> Option<Found> {
        match self.found {
            _ if self.line != line => None,
            Found::At(start, _) if start < at => None,
            found => Some(found),
        }
    }

    fn search(&mut self, line: u64, hunt: &mut Hunt<'_>) -> Found {
        let filter = self.filter.get_or_init(|| Filter::of(self.pattern.regex.regex_str()));
        let from = match (filter, hunt.ascii) {
            (Some(filter), Some(ascii)) => filter.next(hunt.line.as_bytes(), hunt.at, ascii),
            _ => Some(hunt.at),
        };
        let exact = filter.as_ref().and_then(|filter| filter.exact).filter(|_| hunt.ascii.is_some());
        let found = match (from, exact) {
            (None, _) => Some(Found::Nothing),
            (Some(from), Some(length)) => acting(self.pattern, hunt, from, from + length),
            (Some(from), None) => search(&self.pattern.regex, self.pattern, hunt, from),
        };
        // A match that does nothing here may do something further on, so it is not remembered.
        self.line = if found.is_some() { line } else { 0 };
        self.found = found.unwrap_or(Found::Nothing);
        self.found
    }
}

/// Where the pattern matches next; `None` if it matches and the match would do nothing.
fn search(regex: &Regex, pattern: &MatchPattern, hunt: &mut Hunt<'_>, from: usize) -> Option<Found> {
    if !regex.search(hunt.line, from, hunt.line.len(), Some(hunt.scratch)) {
        return Some(Found::Nothing);
    }
    let (start, end) = hunt.scratch.pos(0)?;
    acting(pattern, hunt, start, end)
}

/// The match, if it does anything.
fn acting(pattern: &MatchPattern, hunt: &Hunt<'_>, start: usize, end: usize) -> Option<Found> {
    let acts = match pattern.operation {
        MatchOperation::None => start != end,
        MatchOperation::Push(_) => hunt.depth < MAX_DEPTH,
        MatchOperation::Set(_) | MatchOperation::Pop => true,
    };
    acts.then_some(Found::At(start, end))
}

/// The pattern with `\1` and the like replaced by the text of the groups.
fn fill(pattern: &str, groups: &[Option<Box<str>>]) -> String {
    let mut filled = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            filled.push(c);
            continue;
        }
        match chars.next() {
            Some(digit) if digit.is_ascii_digit() => {
                let group = digit.to_digit(10).and_then(|n| groups.get(n as usize)).and_then(Option::as_deref);
                group.unwrap_or_default().chars().for_each(|c| push_literal(&mut filled, c));
            }
            other => {
                filled.push('\\');
                filled.extend(other);
            }
        }
    }
    filled
}

fn push_literal(pattern: &mut String, c: char) {
    if r"\.+*?()|[]{}^$#&-~".contains(c) {
        pattern.push('\\');
    }
    pattern.push(c);
}

/// Scopes of the groups of a match: the outer one first where two begin together, and ends before beginnings.
fn mark_groups(
    pattern: &MatchPattern,
    region: &Region,
    marks: &mut Vec<((usize, i32), ScopeStackOp)>,
    ops: &mut Vec<Op>,
) {
    let Some(groups) = &pattern.captures else { return };
    marks.clear();
    for (group, scopes) in groups {
        let Some((start, end)) = region.pos(*group).filter(|(start, end)| start != end) else { continue };
        let longest_first = i32::try_from(end - start).map_or(i32::MIN + 1, |length| -length);
        marks.extend(scopes.iter().map(|scope| ((start, longest_first), ScopeStackOp::Push(*scope))));
        marks.push(((end, i32::MIN), ScopeStackOp::Pop(scopes.len())));
    }
    marks.sort_by_key(|(order, _)| *order);
    ops.extend(marks.drain(..).map(|((at, _), op)| (at, op)));
}

/// Operations of entering and leaving contexts that come before the match's own scopes.
fn before(at: usize, current: &Context, operation: &MatchOperation, entered: &[&Context], ops: &mut Vec<Op>) {
    let set = match operation {
        MatchOperation::None => return,
        MatchOperation::Pop => return pop(at, current.meta_content_scope.len(), ops),
        MatchOperation::Push(_) => false,
        MatchOperation::Set(_) => true,
    };
    if set && current.clear_scopes.is_some() {
        ops.push((at, ScopeStackOp::Restore));
    }
    for context in entered {
        if let (false, Some(amount)) = (set, context.clear_scopes) {
            ops.push((at, ScopeStackOp::Clear(amount)));
        }
        push(at, &context.meta_scope, ops);
    }
}

/// Operations of entering and leaving contexts that come after the match's own scopes.
fn after(at: usize, current: &Context, operation: &MatchOperation, entered: &[&Context], ops: &mut Vec<Op>) {
    let set = match operation {
        MatchOperation::None => return,
        MatchOperation::Pop => {
            pop(at, current.meta_scope.len(), ops);
            if current.clear_scopes.is_some() {
                ops.push((at, ScopeStackOp::Restore));
            }
            return;
        }
        MatchOperation::Push(_) => false,
        MatchOperation::Set(_) => true,
    };
    let leaves = set && !(current.meta_scope.is_empty() && current.meta_content_scope.is_empty());
    let enters = |context: &&Context| !context.meta_content_scope.is_empty() || (set && context.clear_scopes.is_some());
    if !leaves && !entered.iter().any(enters) {
        return;
    }
    // The matched text had the outer scopes of the new contexts; what follows has outer and inner ones, in order.
    let left = if set { current.meta_content_scope.len() + current.meta_scope.len() } else { 0 };
    pop(at, left + entered.iter().map(|context| context.meta_scope.len()).sum::<usize>(), ops);
    for context in entered {
        if let (true, Some(amount)) = (set, context.clear_scopes) {
            ops.push((at, ScopeStackOp::Clear(amount)));
        }
        push(at, &context.meta_scope, ops);
        push(at, &context.meta_content_scope, ops);
    }
}

fn push(at: usize, scopes: &[Scope], ops: &mut Vec<Op>) {
    ops.extend(scopes.iter().map(|scope| (at, ScopeStackOp::Push(*scope))));
}

fn pop(at: usize, count: usize, ops: &mut Vec<Op>) {
    if count > 0 {
        ops.push((at, ScopeStackOp::Pop(count)));
    }
}

/// A reference to the context `id`. syntect can make one only by reading it, and follows nothing else.
fn direct(id: ContextId) -> Option<ContextReference> {
    serde_json::from_value(serde_json::json!({ "Direct": id })).ok()
}

/// The context in which texts of the grammar at `place` begin: the one made by syntect that does nothing but enter
/// the main context, under the grammar's own scope.
fn start_context(set: &SyntaxSet, place: usize, scope: Scope) -> Option<ContextId> {
    let id = |context: usize| {
        let id = serde_json::json!({ "syntax_index": place, "context_index": context });
        serde_json::from_value::<ContextId>(id).ok()
    };
    let contexts = (0..).map_while(|context| {
        let id = id(context)?;
        let reference = direct(id)?;
        reference.resolve(set).ok().map(|context| (id, context))
    });
    let starts = |context: &Context| match context.patterns.as_slice() {
        [Pattern::Match(only)] => {
            let enters = matches!(&only.operation, MatchOperation::Push(main) if main.len() == 1);
            enters && only.regex.regex_str().is_empty() && context.meta_content_scope == [scope]
        }
        _ => false,
    };
    contexts.into_iter().find(|(_, context)| starts(context)).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntect::parsing::ParseState;

    const MIXED: &str = include_str!("sample.txt");

    #[test]
    fn every_grammar_gives_the_operations_that_syntect_gives() {
        let set = &*super::super::SYNTAXES;
        for syntax in set.syntaxes() {
            let mut machine = Machine::new(set);
            let mut ours = machine.start(syntax).expect(&syntax.name);
            let mut theirs = ParseState::new(syntax);
            for line in MIXED.split_inclusive('\n') {
                let mut ops = Vec::new();
                let expected = theirs.parse_line(line, set).unwrap();
                assert_eq!(machine.run(&mut ours, line, &mut ops), Ok(()), "{}: {line}", syntax.name);
                assert_eq!(ops, expected, "{}: {line}", syntax.name);
            }
        }
    }
    #[test]
    fn filters_let_every_match_pass() {
        let set = &*super::super::SYNTAXES;
        let mut machine = Machine::new(set);
        for name in ["Rust", "Python", "TOML", "JSON", "TypeScript", "C++", "HTML", "YAML", "Markdown", "Perl"] {
            machine.start(set.find_syntax_by_name(name).unwrap()).unwrap();
        }
        let mut seen = std::collections::BTreeSet::new();
        for number in 0.. {
            if machine.targets(number).is_err() {
                break;
            }
            let rule = &machine.rules[number as usize];
            let text = rule.pattern.regex.regex_str();
            if seen.insert(text) && !rule.pattern.has_captures {
                check_filter(text, &rule.pattern.regex);
            }
        }
        assert!(seen.len() > 3000, "{}", seen.len());
    }

    fn check_filter(text: &str, regex: &Regex) {
        let Some(filter) = Filter::of(text) else { return };
        let mut ascii = Ascii::default();
        for line in MIXED.split_inclusive('\n') {
            if !ascii.read(line) {
                continue;
            }
            let mut at = 0;
            while at <= line.len() {
                let mut region = Region::new();
                let found = regex.search(line, at, line.len(), Some(&mut region)).then(|| region.pos(0).unwrap());
                let passed = filter.next(line.as_bytes(), at, &ascii);
                match (filter.exact, found) {
                    (Some(length), _) => assert_eq!(passed.map(|at| (at, at + length)), found, "{text:?} {line:?}"),
                    (None, Some((start, _))) => assert!(passed.is_some_and(|at| at <= start), "{text:?} {line:?}"),
                    (None, None) => {}
                }
                at = found.map_or(line.len() + 1, |(start, end)| end.max(start + 1));
            }
        }
    }
}
