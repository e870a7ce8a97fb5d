//! The table of contents as a page shows it: whole while it is short, else a window around the page.
//!
//! A page's size does not grow with the book, and an entry far away can change without making the page again.

use serde::Serialize;

/// An entry of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct NavEntry {
    /// `chapter`, `part` (a title only), `separator`, or `more` (where a window leaves entries out; leads to the
    /// contents page).
    pub kind: &'static str,
    /// Its text, as plain text.
    pub title: String,
    /// The number of a chapter: `2.1.`.
    pub number: Option<String>,
    /// The page, from the site's root, as a URL has it; none for a draft, a part or a separator.
    pub path: Option<String>,
    /// The entries under it.
    pub children: Vec<NavEntry>,
}

/// A page before, after or above another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Neighbour {
    /// Its title, as plain text.
    pub title: String,
    /// Its path from the site's root, percent-encoded; none for a part or a draft.
    pub path: Option<String>,
}

/// The most entries that a page shows.
pub const MOST: usize = 200;
/// How many siblings a window shows before and after the page.
const SIBLINGS: usize = 20;
/// How many children of the page a window shows.
const CHILDREN: usize = 60;
/// How many titles of other parts a window shows.
const PARTS: usize = 40;

/// A node of the tree of contents, as the book keeps it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The entry itself, without children.
    pub entry: NavEntry,
    /// The node above.
    pub parent: Option<usize>,
    /// The nodes under it.
    pub children: Vec<usize>,
}

/// The tree of contents.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// All nodes, in the order of the book.
    pub nodes: Vec<Node>,
    /// Those at the top: parts, separators, chapters.
    pub top: Vec<usize>,
}

impl Tree {
    /// Puts an entry under `parent`, or at the top.
    pub fn push(&mut self, entry: NavEntry, parent: Option<usize>) -> usize {
        let ix = self.nodes.len();
        self.nodes.push(Node { entry, parent, children: Vec::new() });
        match parent.and_then(|p| self.nodes.get_mut(p)) {
            Some(parent) => parent.children.push(ix),
            None => self.top.push(ix),
        }
        ix
    }

    /// The whole tree.
    pub fn whole(&self) -> Vec<NavEntry> {
        self.entries(&self.top)
    }

    fn entries(&self, of: &[usize]) -> Vec<NavEntry> {
        of.iter()
            .filter_map(|ix| self.nodes.get(*ix))
            .map(|node| NavEntry { children: self.entries(&node.children), ..node.entry.clone() })
            .collect()
    }

    /// What the page of node `ix` shows of a tree too large to show: its ancestors, its children, the siblings
    /// around it, and the titles of the parts. Each list that leaves something out ends in a link to `contents`.
    pub fn window(&self, ix: usize, contents: &str) -> Vec<NavEntry> {
        let more = || NavEntry {
            kind: "more",
            title: "All chapters".into(),
            number: None,
            path: Some(contents.to_owned()),
            children: Vec::new(),
        };
        let bare = |ix: &usize| self.nodes.get(*ix).map(|node| node.entry.clone());
        let Some(node) = self.nodes.get(ix) else { return Vec::new() };
        // The page with its children, among its siblings.
        let mut below: Vec<NavEntry> = node.children.iter().take(CHILDREN).filter_map(bare).collect();
        if node.children.len() > CHILDREN {
            below.push(more());
        }
        let mut own = NavEntry { children: below, ..node.entry.clone() };
        let mut at = ix;
        loop {
            let parent = self.nodes.get(at).and_then(|n| n.parent);
            let level: &[usize] = match parent.and_then(|p| self.nodes.get(p)) {
                Some(parent) => &parent.children,
                None => self.part_of(at),
            };
            // Above the page itself, the line of ancestors is enough.
            let shown = if at == ix { SIBLINGS } else { 0 };
            let place = level.iter().position(|n| *n == at).unwrap_or(0);
            let (from, to) = (place.saturating_sub(shown), (place + shown + 1).min(level.len()));
            let mut list: Vec<NavEntry> = level.get(from..place).unwrap_or_default().iter().filter_map(bare).collect();
            list.push(own);
            list.extend(level.get(place + 1..to).unwrap_or_default().iter().filter_map(bare));
            if from > 0 || to < level.len() {
                list.push(more());
            }
            match parent {
                Some(parent) => {
                    let Some(entry) = bare(&parent) else { return list };
                    own = NavEntry { children: list, ..entry };
                    at = parent;
                }
                None => return self.among_parts(at, list, more()),
            }
        }
    }

    /// The chapters at the top that stand in the same part as `at`, which stands at the top.
    fn part_of(&self, at: usize) -> &[usize] {
        let is_part = |ix: &usize| self.nodes.get(*ix).is_some_and(|n| n.entry.kind == "part");
        let place = self.top.iter().position(|n| *n == at).unwrap_or(0);
        let from = self.top.get(..place).unwrap_or_default().iter().rposition(is_part).map_or(0, |p| p + 1);
        let to = self.top.iter().skip(place).position(is_part).map_or(self.top.len(), |p| place + p);
        self.top.get(from..to).unwrap_or_default()
    }

    /// `list`, the page's own part, between the titles of the others.
    fn among_parts(&self, at: usize, list: Vec<NavEntry>, more: NavEntry) -> Vec<NavEntry> {
        let parts: Vec<(usize, &NavEntry)> = self
            .top
            .iter()
            .filter_map(|ix| Some((*ix, &self.nodes.get(*ix)?.entry)))
            .filter(|(_, entry)| entry.kind == "part")
            .collect();
        let before = parts.iter().filter(|(ix, _)| *ix < at).count();
        let from = before.saturating_sub(PARTS / 2).min(parts.len().saturating_sub(PARTS));
        let to = (from + PARTS).min(parts.len());
        let mut out = Vec::new();
        let mut own = Some(list);
        if before == 0 {
            out.extend(own.take().unwrap_or_default());
        }
        for (place, (_, part)) in parts.iter().enumerate().take(to).skip(from) {
            out.push((*part).clone());
            if place + 1 == before {
                out.extend(own.take().unwrap_or_default());
            }
        }
        if from > 0 || to < parts.len() {
            out.push(more);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &'static str, title: String) -> NavEntry {
        NavEntry { kind, path: Some(format!("{title}.html")), title, number: None, children: Vec::new() }
    }

    fn count(entries: &[NavEntry]) -> usize {
        entries.iter().map(|e| 1 + count(&e.children)).sum()
    }

    #[test]
    fn a_window_shows_the_way_here_the_neighbours_and_the_parts_and_no_more() {
        let mut tree = Tree::default();
        for part in 0..30 {
            tree.push(entry("part", format!("Part {part}")), None);
            for chapter in 0..60 {
                let above = tree.push(entry("chapter", format!("{part}.{chapter}")), None);
                for inner in 0..3 {
                    tree.push(entry("chapter", format!("{part}.{chapter}.{inner}")), Some(above));
                }
            }
        }
        for ix in 0..tree.nodes.len() {
            if tree.nodes[ix].entry.kind != "chapter" {
                continue;
            }
            let window = tree.window(ix, "contents.html");
            assert!(count(&window) <= MOST);
            let title = &tree.nodes[ix].entry.title;
            fn holds(entries: &[NavEntry], title: &str) -> bool {
                entries.iter().any(|e| e.title == title || holds(&e.children, title))
            }
            assert!(holds(&window, title), "{title}");
            assert!(window.iter().filter(|e| e.kind == "part").count() == 30);
        }
        let window = tree.window(1, "contents.html");
        let titles: Vec<&str> = window.iter().take(4).map(|e| e.title.as_str()).collect();
        assert_eq!(titles, ["Part 0", "0.0", "0.1", "0.2"]);
        assert_eq!(window[1].children.len(), 3);
        assert_eq!(window[22].title, "All chapters");
    }
}
