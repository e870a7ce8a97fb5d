//! What a template of a book may cost: turns of loops, and bytes.
//!
//! Tera itself bounds how deep tags nest, how deep components call one another (20) and how long a `range` is
//! (100,000), and refuses templates that include each other in a ring. What it does not count is counted here, by calls
//! that are put into the text before Tera reads it: one a turn of a loop, a call of a component and an include, and one
//! that weighs each variable that is set. So the same template comes to the same end on any machine, busy or not.
//!
//! The templates in the program are not counted: they are ours, and have no loop but over what they are given.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use tera::{Error, Kwargs, State, Tera, Value};

/// How many turns the loops of one page may take together.
pub const MAX_TURNS: u64 = 200_000;
/// How many bytes the templates may add to the text of one page, and a variable may hold.
pub const MAX_BYTES: usize = 16 << 20;
/// How deep templates may include or extend one another.
pub const MAX_LINKS: usize = 10;
/// The stack for a template that calls the renderer within itself: enough for what the limits on nesting (ten
/// includes in each of twenty components, ten templates that extend one another) let it use.
const STACK: usize = 64 << 20;
/// How many texts one tag may join by `~`.
const MAX_JOINS: usize = 16;

const TURN: &str = "benchbook_turn";
const HOLD: &str = "benchbook_hold";

thread_local! {
    /// What the page that this thread is making may still cost. A page is made on one thread, from start to end.
    static LEFT: Cell<u64> = const { Cell::new(MAX_TURNS) };
}

/// A template with calls put in that count what it does.
#[derive(Debug)]
pub struct Counted {
    /// The text for Tera.
    pub text: String,
    /// Where in the author's text something was put in, and how many bytes.
    inserted: Vec<(usize, usize)>,
    /// The templates that it includes or extends, each with the bytes of its tag.
    pub links: Vec<(String, Range<usize>)>,
    /// Whether rendering it may call the renderer within itself.
    pub nests: bool,
}

/// Something that a template may not do, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// The bytes of the tag.
    pub range: Range<usize>,
    /// What it is, and what to do instead.
    pub message: String,
}

impl Counted {
    /// The place in the author's text of a place in Tera's.
    pub fn original(&self, at: usize) -> usize {
        let mut shift = 0;
        for (place, length) in &self.inserted {
            if place + shift >= at {
                break;
            }
            // A place inside of what was put in is the end of the tag before it.
            shift += (*length).min(at - shift - place);
        }
        at - shift
    }
}

/// Puts the calls that count into `text`.
///
/// # Errors
/// What cannot be counted.
pub fn counted(text: &str) -> Result<Counted, Refused> {
    let mut out = Counted {
        text: String::with_capacity(text.len() + 256),
        inserted: Vec::new(),
        links: Vec::new(),
        nests: false,
    };
    let mut copied = 0;
    // The variables whose text is being set by a block, innermost last.
    let mut blocks: Vec<&str> = Vec::new();
    for tag in tags(text) {
        let range = tag.range.clone();
        let words = words(tag.inner);
        let refuse = |message: &str| Refused { range: range.clone(), message: message.to_owned() };
        if words.joins > MAX_JOINS {
            return Err(refuse(&format!("one tag joins at most {MAX_JOINS} texts by `~`; use several")));
        }
        if words.names.iter().skip(1).any(|word| *word == "for") || (tag.prints && words.names.contains(&"for")) {
            return Err(refuse("a list made by `for` inside a tag cannot be counted; use a loop, `{% for … %}`"));
        }
        if tag.prints {
            continue;
        }
        let name = words.names.get(1).copied().unwrap_or_default();
        if let Some("include" | "extends") = words.names.first().copied() {
            let text = tag.inner.split_once(['"', '\'', '`']).map_or("", |(_, text)| text);
            out.links.push((text.trim_end_matches(['"', '\'', '`']).to_owned(), range.clone()));
        }
        out.nests |= matches!(words.names.first(), Some(&("include" | "component" | "block")));
        let mut calls = String::new();
        match words.names.first().copied() {
            Some("for" | "include") => calls.push_str(&call(TURN, "")),
            Some("component") => {
                calls.push_str(&call(TURN, ""));
                words.parameters.iter().for_each(|name| calls.push_str(&call(HOLD, name)));
            }
            Some("set" | "set_global") if words.assigns => calls.push_str(&call(HOLD, name)),
            Some("set" | "set_global") => blocks.push(name),
            Some("endset") => calls.extend(blocks.pop().map(|name| call(HOLD, name))),
            _ => {}
        }
        if !calls.is_empty() {
            // White space after the tag is trimmed, or not, as the author said.
            let calls = if tag.trims { calls.replace(" }}", " -}}") } else { calls };
            out.text.push_str(text.get(copied..range.end).unwrap_or_default());
            out.text.push_str(&calls);
            out.inserted.push((range.end, calls.len()));
            copied = range.end;
        }
    }
    out.text.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

fn call(function: &str, variable: &str) -> String {
    if variable.is_empty() {
        format!("{{{{ {function}() }}}}")
    } else {
        format!("{{{{ {function}(value={variable}) }}}}")
    }
}

/// Makes the counting calls known to Tera.
pub fn register(tera: &mut Tera) {
    tera.register_function(TURN, |_: Kwargs, _: &State<'_>| -> Result<&'static str, Error> {
        LEFT.with(|left| match left.get().checked_sub(1) {
            Some(less) => {
                left.set(less);
                Ok("")
            }
            None => Err(Error::message(format!("{OVER}loops take more than {MAX_TURNS} turns for one page"))),
        })
    });
    tera.register_function(HOLD, |kwargs: Kwargs, _: &State<'_>| -> Result<&'static str, Error> {
        let value = kwargs.must_get::<&Value>("value")?;
        match weigh(value, MAX_BYTES) {
            Some(_) => Ok(""),
            None => Err(Error::message(format!("{OVER}a variable holds more than {} MiB", MAX_BYTES >> 20))),
        }
    });
}

/// How a message begins that tells of a limit.
const OVER: &str = "over the limit: ";

/// Whether what Tera says tells of a limit, ours or its own; without the words that mark it.
pub fn limit(message: &str) -> Option<&str> {
    match message.split_once(OVER) {
        Some((_, rest)) => Some(rest),
        None => message.contains("exceeds the limit").then_some(message),
    }
}

/// What is left of `left` bytes after the value; `None` when it is more.
fn weigh(value: &Value, left: usize) -> Option<usize> {
    let left = left.checked_sub(8)?;
    if let Some(text) = value.as_str() {
        left.checked_sub(text.len())
    } else if let Some(items) = value.as_array() {
        items.iter().try_fold(left, |left, item| weigh(item, left))
    } else if let Some(map) = value.as_map() {
        map.values().try_fold(left, |left, item| weigh(item, left))
    } else {
        Some(left)
    }
}

/// Runs what makes a page, counting from zero; `nests`: with a stack of its own.
pub fn within<T: Send>(nests: bool, run: impl FnOnce() -> T + Send) -> T {
    // Held apart, so that it can still be run here when there is no thread to be had.
    let run = Mutex::new(Some(run));
    let take = || run.lock().unwrap_or_else(PoisonError::into_inner).take();
    if nests {
        let apart = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || take().map(|run| run()));
            match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(done)) => done,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => None,
            }
        });
        if let Some(done) = apart {
            return done;
        }
    }
    LEFT.set(MAX_TURNS);
    match take() {
        Some(run) => run(),
        None => unreachable!("what was not run apart is still here"),
    }
}

/// Takes in a page up to a number of bytes, then fails.
pub struct Bounded<'a> {
    /// Where it goes.
    pub out: &'a mut Vec<u8>,
    /// How many bytes it may become.
    pub most: usize,
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.out.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A tag of a template.
struct Tag<'t> {
    /// `{{ }}`, not `{% %}`.
    prints: bool,
    /// Whether it trims the white space behind it.
    trims: bool,
    inner: &'t str,
    range: Range<usize>,
}

/// The tags of a template, but for those in comments and raw text.
fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|open| at + open) {
        let end = match text.get(open..open + 2) {
            Some("{#") => text.get(open..).and_then(|rest| rest.find("#}")).map(|end| open + end + 2),
            Some("{{") => close(text, open + 2, "}}"),
            Some("{%") => close(text, open + 2, "%}"),
            _ => {
                at = open + 1;
                continue;
            }
        };
        // A tag that never ends is told by Tera.
        let Some(end) = end else { break };
        at = end;
        let Some(tag) = text.get(open..end).filter(|tag| !tag.starts_with("{#")) else { continue };
        let inner = tag.get(2..tag.len() - 2).unwrap_or_default();
        let trims = inner.ends_with('-');
        let inner = inner.trim_start_matches('-').trim_end_matches('-').trim();
        if inner == "raw" {
            at = text.get(end..).and_then(|rest| rest.find("endraw")).map_or(text.len(), |skip| end + skip);
            continue;
        }
        found.push(Tag { prints: tag.starts_with("{{"), trims, inner, range: open..end });
    }
    found
}

/// Where a tag that began before `from` ends: behind its closing mark, which does not stand in a string.
fn close(text: &str, from: usize, mark: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.get(from..)?.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, _) if text.get(from + at..)?.starts_with(mark) => return Some(from + at + mark.len()),
            (None, _) => {}
        }
    }
    None
}

/// What is of interest in a tag.
#[derive(Default)]
struct Words<'t> {
    names: Vec<&'t str>,
    /// The names behind the first `(` and behind commas at its depth: what a component takes.
    parameters: Vec<&'t str>,
    joins: usize,
    assigns: bool,
}

fn words(inner: &str) -> Words<'_> {
    let mut words = Words::default();
    let mut quote = None;
    let (mut start, mut depth) = (None, 0usize);
    let mut expects = false;
    for (at, c) in inner.char_indices().chain([(inner.len(), ' ')]) {
        let letter = quote.is_none() && (c.is_alphanumeric() || c == '_');
        match (letter, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let name = inner.get(from..at).unwrap_or_default();
                words.names.push(name);
                if expects {
                    words.parameters.push(name);
                }
                expects = false;
                start = None;
            }
            _ => {}
        }
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => {
                depth += 1;
                expects = depth == 1 && c == '(';
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') => expects = depth == 1,
            (None, '~') => words.joins += 1,
            (None, '=') => words.assigns = true,
            (None, _) => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_counted_and_what_is_set_is_weighed() {
        let text = |text: &str| counted(text).unwrap().text;
        assert_eq!(
            text("{% for x in y %}{{ x }}{% endfor %}"),
            "{% for x in y %}{{ benchbook_turn() }}{{ x }}{% endfor %}"
        );
        assert_eq!(text("{%- for x in y -%} a"), "{%- for x in y -%}{{ benchbook_turn() -}} a");
        assert_eq!(text("{% set a = 'x %}' ~ b %}"), "{% set a = 'x %}' ~ b %}{{ benchbook_hold(value=a) }}");
        assert_eq!(text("{% set a %}b{% endset %}"), "{% set a %}b{% endset %}{{ benchbook_hold(value=a) }}");
        assert_eq!(
            text("{% component c(a, b=[1, 2], d: string = 'x, y') %}"),
            "{% component c(a, b=[1, 2], d: string = 'x, y') %}{{ benchbook_turn() }}{{ benchbook_hold(value=a) }}\
             {{ benchbook_hold(value=b) }}{{ benchbook_hold(value=d) }}"
        );
        for same in
            ["{# {% for %} #}", "{% raw %}{% for %}{% endraw %}", "{{ form(for_x=1) }} for {", "{% for", "{{ 'for' }}"]
        {
            assert_eq!(text(same), same);
        }
    }

    #[test]
    fn a_place_in_what_tera_reads_is_found_in_what_the_author_wrote() {
        let text = "{% for x in y %}{{ x }}{% set z = x %}{{ z }}";
        let made = counted(text).unwrap();
        for word in ["{% for", "{{ x }}", "{% set", "{{ z }}"] {
            assert_eq!(made.original(made.text.find(word).unwrap()), text.find(word).unwrap(), "{word}");
        }
        assert_eq!(made.original(made.text.find("benchbook_turn").unwrap()), text.find("{{ x }}").unwrap());
        assert_eq!(made.original(made.text.len()), text.len());
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let refused = |text: &str| counted(text).unwrap_err().range;
        assert_eq!(refused("ab{{ [x for x in y] }}"), 2..22);
        assert_eq!(refused("{% set a = [x for x in y] %}"), 0..28);
        let many = format!("{{{{ a{} }}}}", " ~ a".repeat(17));
        assert_eq!(refused(&many), 0..many.len());
    }

    #[test]
    fn any_text_keeps_its_places() {
        for text in [
            "",
            "{",
            "{{",
            "{%",
            "{{ ' }}",
            "{%-%}",
            "é{% for é in é %}é",
            "{%}",
            "{{}}",
            "{% endset %}",
            "{% set %}{% endset %}",
        ] {
            if let Ok(made) = counted(text) {
                for at in 0..=made.text.len() {
                    assert!(made.original(at) <= text.len(), "{text} {at}");
                }
            }
        }
    }
}
