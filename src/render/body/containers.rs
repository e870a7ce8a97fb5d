//! Containers: `::: tabs`, `::: details` and their kin, paired with their ends.
//!
//! All of them can be read and reached with the keyboard without a script: tabs stand one under the other, each
//! with its title, until a script makes a row of them.

use super::{MAX_DEPTH, Writer};
use crate::diag::{Code, Diagnostic, Span};
use crate::escape;
use crate::parse::chapter::{ContainerLine, Kind, Line};
use crate::parse::html::Inside;
use crate::resolve;
use std::fmt::Write as _;
use std::ops::Range;

/// A container that is open.
pub(super) struct Open {
    /// What it is; `None` for one that is not written: unknown, or nested too deep.
    kind: Option<Kind>,
    /// How many blocks of Markdown were open around it.
    level: usize,
    /// Its first line.
    at: Span,
    /// Whether its end, or what stands in it, was told of already.
    told: bool,
}

/// How many containers that do not end are told at one place.
const MAX_TOLD: usize = 3;

impl<'a> Writer<'a, '_, '_> {
    /// Writes what a line of `:::` stands for.
    pub(super) fn container(&mut self, line: &ContainerLine) {
        if self.raw.dropping() {
            return;
        }
        let at = self.span(&line.range);
        match Line::parse(&line.source) {
            Line::Close => self.close_container(at),
            Line::Open(kind, title) => self.open_container(kind, title, line, at),
            Line::Unknown(name) => {
                let span = self.span(&(line.range.start + name.start..line.range.start + name.end));
                self.containers.push(Open { kind: None, level: self.level, at, told: true });
                let name = line.source.get(name).unwrap_or_default();
                let wrong = Diagnostic::new(Code::ContainerUnknown, span, format!("there is no container `{name}`"));
                let alert = ["note", "tip", "important", "warning", "caution", "info", "danger"].contains(&name);
                let known = Kind::ALL.iter().map(|(name, _)| *name);
                self.diagnostics.push(match alert {
                    true => wrong.help("a note is a quote that begins with a line `> [!NOTE]`"),
                    false => wrong.nearest(name, span, known),
                });
            }
        }
    }

    fn open_container(&mut self, kind: Kind, title: Range<usize>, line: &ContainerLine, at: Span) {
        if kind == Kind::Tab {
            self.place_tab(at);
        }
        if self.depth >= MAX_DEPTH {
            // Each of the lines beyond would be told; the first says it all.
            if self.containers.last().is_none_or(|open| open.kind.is_some()) {
                let message = format!("block quotes, lists and containers can be nested {MAX_DEPTH} deep");
                self.diagnostics.push(
                    Diagnostic::new(Code::NestingLimit, at, message)
                        .label("one too many")
                        .help("take some of the levels away"),
                );
            }
            self.containers.push(Open { kind: None, level: self.level, at, told: true });
            return;
        }
        let titled = matches!(kind, Kind::Tab | Kind::Details);
        let title_at = self.span(&(line.range.start + title.start..line.range.start + title.end));
        if !titled && !title.is_empty() {
            let message = format!("`::: {}` takes no title", kind.name());
            self.diagnostics
                .push(Diagnostic::new(Code::ContainerInvalid, title_at, message).label("has no place here"));
        }
        if kind == Kind::Tab && title.is_empty() {
            let wrong = Diagnostic::new(Code::ContainerInvalid, at, "a tab needs a title");
            self.diagnostics.push(wrong.help("write it behind the name: `::: tab Linux`"));
        }
        let parts = self.chapter.line_parts(line, title);
        let text = match titled {
            true => resolve::plain(&parts, &self.chapter.front.across, &mut self.book.data(), &mut self.diagnostics),
            false => String::new(),
        };
        self.raw.enter(Inside::Block, &mut self.out, &mut self.diagnostics);
        self.depth += 1;
        self.containers.push(Open { kind: Some(kind), level: self.level, at, told: false });
        let title = escape::text(&text);
        let _ = match kind {
            Kind::Tabs => writeln!(self.out, "<div class=\"tabs\">"),
            Kind::Tab => writeln!(self.out, "<div class=\"tab\"><p class=\"tab-title\">{title}</p>"),
            Kind::Details if text.trim().is_empty() => writeln!(self.out, "<details><summary>Details</summary>"),
            Kind::Details => writeln!(self.out, "<details><summary>{title}</summary>"),
            Kind::Steps => writeln!(self.out, "<div class=\"steps\">"),
        };
    }

    /// A tab stands in tabs, and in no other tab.
    fn place_tab(&mut self, at: Span) {
        let level = self.level;
        match self.containers.last().filter(|open| open.level == level) {
            Some(Open { kind: Some(Kind::Tabs), .. }) => {}
            Some(Open { kind: Some(Kind::Tab), at: before, .. }) => {
                let before = *before;
                let wrong = Diagnostic::new(Code::ContainerInvalid, at, "a tab cannot stand in a tab");
                self.diagnostics.push(wrong.also(before, "this tab is open").help("end it with a line of `:::`"));
                self.end_container();
                // Whoever ends no tab means one line to end them all: that the last one ends them is told once.
                if let Some(tabs) = self.containers.last_mut() {
                    tabs.told = true;
                }
            }
            _ => {
                let wrong = Diagnostic::new(Code::ContainerInvalid, at, "a tab stands in `::: tabs`");
                self.diagnostics.push(wrong.label("no tabs are open here"));
            }
        }
    }

    fn close_container(&mut self, at: Span) {
        if self.containers.last().is_some_and(|open| open.level == self.level) {
            return self.end_container();
        }
        let wrong = Diagnostic::new(Code::ContainerInvalid, at, "this ends no container");
        self.diagnostics.push(match self.containers.last() {
            Some(open) => wrong.also(open.at, "this one is open, outside the quote or list that the end stands in"),
            None => wrong.label("none is open"),
        });
    }

    /// Ends the containers that stand deeper than `level`, which a line of `:::` should have ended.
    pub(super) fn leave_containers(&mut self, level: usize) {
        let mut told = 0;
        while let Some(open) = self.containers.last().filter(|open| open.level > level) {
            if let (Some(kind), false) = (open.kind, open.told)
                && told < MAX_TOLD
            {
                told += 1;
                let message = format!("`::: {}` never ends", kind.name());
                let wrong = Diagnostic::new(Code::ContainerInvalid, open.at, message).label("begins here");
                self.diagnostics.push(wrong.help("end it with a line of `:::`; each ends the innermost that is open"));
            }
            self.end_container();
        }
    }

    /// The chapter ends.
    pub(super) fn end_all(&mut self) {
        // At the top level as well, a container is deeper than nothing.
        self.containers.iter_mut().for_each(|open| open.level += 1);
        self.leave_containers(0);
    }

    /// Ends the innermost container.
    fn end_container(&mut self) {
        let Some(Open { kind: Some(kind), .. }) = self.containers.pop() else { return };
        self.raw.leave(&mut self.out, &mut self.diagnostics);
        self.depth = self.depth.saturating_sub(1);
        self.out.push_str(match kind {
            Kind::Tabs | Kind::Steps => "</div>\n",
            Kind::Tab => "</div>\n",
            Kind::Details => "</details>\n",
        });
    }

    /// Tells of a block that stands among tabs, in none of them.
    pub(super) fn stray(&mut self, range: &Range<usize>) {
        let level = self.level;
        let Some(open) = self.containers.last_mut().filter(|open| open.level == level) else { return };
        if open.kind == Some(Kind::Tabs) && !std::mem::replace(&mut open.told, true) {
            let tabs = open.at;
            let first = self.chapter.slice(range.clone()).lines().next().unwrap_or_default().len();
            let at = self.span(&(range.start..range.start + first));
            let wrong = Diagnostic::new(Code::ContainerInvalid, at, "this stands among tabs, and in none of them");
            self.diagnostics
                .push(wrong.also(tabs, "the tabs begin here").help("begin a tab before it: `::: tab TITLE`"));
        }
    }
}
