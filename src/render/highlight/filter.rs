//! Where in a line a pattern cannot match, told from the pattern's text without running it.
//!
//! A context of a grammar has a hundred patterns, of which nearly all match nowhere in a given line; running them to
//! learn so is most of the work of highlighting. From each pattern is read, once, which bytes its matches can begin
//! with (the first three, in order) and whether they begin at a word's or the line's start. Only lines of ASCII are
//! filtered, so that neither classes nor letter case need Unicode's tables.
//!
//! **Invariant:** what is read allows at least the matches that there are. A construct that is not understood gives
//! no filter.

use std::iter::Peekable;
use std::str::Chars;

/// A set of ASCII characters, one a bit, and the end of the text.
type Set = u128;

/// The end of the text has the bit of DEL, so that lines that hold DEL are not filtered.
const END: Set = 1 << DEL;
const DEL: u8 = 0x7f;
const ASCII: Set = !END;
/// Whatever may come, or nothing.
const ALL: Set = ASCII | END;
const DIGIT: Set = 0x03ff << 48;
const UPPER: Set = 0x07ff_fffe << 64;
const LOWER: Set = UPPER << 32;
const WORD: Set = DIGIT | UPPER | LOWER | one('_');
const SPACE: Set = (0b1_1111 << 9) | one(' ');
const HEX: Set = DIGIT | (0b111_1110 << 64) | (0b111_1110 << 96);
/// Also the separators that Unicode counts as ends of lines, where it matters.
const LINE_END: Set = 0b1111 << 10;

/// Alternatives kept apart before they are merged into one.
const MAX_HEADS: usize = 128;
/// The most characters that are sought one by one.
const MAX_SOUGHT: u32 = 12;
/// The last place that has a bit.
const MAX_PLACE: usize = 127;
/// How deep groups may nest before a pattern is given up.
const MAX_GROUPS: usize = 60;

const fn one(c: char) -> Set {
    1 << (c as u32)
}

/// What the matches of one pattern begin with.
pub(super) struct Filter {
    /// For each of the first three places and each ASCII character, which alternatives allow it: one a bit.
    places: Box<[[u8; 128]; 3]>,
    /// For each place, the alternatives that allow the end of the text there.
    open: [u8; 3],
    first: Set,
    /// Whether matches may begin with so many characters that looking for each costs more than trying each place.
    wide: bool,
    /// The alternatives that begin where a word does.
    word_start: u8,
    /// Whether all of them do.
    words: bool,
    /// The alternatives that begin where the line does.
    line_start: u8,
    /// If whatever passes is a match: how many bytes it takes.
    pub(super) exact: Option<usize>,
}

impl Filter {
    /// The filter of a pattern in Oniguruma's syntax; `None` if there is nothing to gain or something unknown in it.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        let mut parser = Parser { chars: pattern.chars().peekable(), depth: 0 };
        let node = parser.alternatives(Flags::default())?;
        if parser.chars.next().is_some() {
            return None;
        }
        let heads = lanes(heads(&node, &[Head::OPEN], false));
        let mut filter = Self {
            places: Box::new([[0; 128]; 3]),
            open: [0; 3],
            first: 0,
            wide: false,
            word_start: 0,
            words: false,
            line_start: 0,
            exact: exact(&node),
        };
        for (lane, head) in heads.iter().enumerate() {
            if head.sets[0] & ASCII == ASCII && !head.line_start {
                return None;
            }
            filter.add(1 << lane, head);
        }
        filter.wide = filter.first.count_ones() > MAX_SOUGHT;
        filter.words = filter.word_start.count_ones() as usize == heads.len();
        Some(filter)
    }

    fn add(&mut self, lane: u8, head: &Head) {
        for (place, set) in self.places.iter_mut().zip(head.sets) {
            for (c, lanes) in place.iter_mut().enumerate() {
                *lanes |= if set >> c & 1 == 1 { lane } else { 0 };
            }
        }
        for (open, set) in self.open.iter_mut().zip(head.sets) {
            *open |= if set & END != 0 { lane } else { 0 };
        }
        self.first |= head.sets[0];
        // An edge of a word before what may not be of a word is its end.
        if head.word_start && head.sets[0] & !WORD == 0 {
            self.word_start |= lane;
        }
        if head.line_start {
            self.line_start |= lane;
        }
    }

    /// The first place from `at` on where a match can begin in `line`, of which `ascii` knows what stands where.
    pub(super) fn next(&self, line: &[u8], at: usize, ascii: &Ascii) -> Option<usize> {
        let mut sought = self.first & ascii.present;
        if sought == 0 {
            return None;
        }
        if self.wide || line.len() > MAX_PLACE {
            return (at..=line.len()).find(|place| self.fits(line, *place));
        }
        let mut places = 0;
        while sought != 0 {
            places |= ascii.places.get(sought.trailing_zeros() as usize).copied().unwrap_or_default();
            sought &= sought - 1;
        }
        if self.words {
            places &= ascii.word_starts;
        }
        places &= u128::MAX.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or_default();
        while places != 0 {
            let place = places.trailing_zeros() as usize;
            if self.fits(line, place) {
                return Some(place);
            }
            places &= places - 1;
        }
        None
    }

    /// Whether a match can begin at `place`.
    fn fits(&self, line: &[u8], place: usize) -> bool {
        let [first, second, third] = &*self.places;
        let [first_open, second_open, third_open] = self.open;
        let lanes = |table: &[u8; 128], open: u8, place: usize| {
            line.get(place).and_then(|byte| table.get(usize::from(*byte))).copied().unwrap_or(open)
        };
        let mut left = lanes(first, first_open, place);
        if left == 0 {
            return false;
        }
        left &= lanes(second, second_open, place + 1) & lanes(third, third_open, place + 2);
        if place > 0 && left & (self.word_start | self.line_start) != 0 {
            left &= !self.line_start;
            if line.get(place - 1).is_some_and(|byte| in_set(WORD, *byte)) {
                left &= !self.word_start;
            }
        }
        left != 0
    }
}

/// What stands where in a line of ASCII.
pub(super) struct Ascii {
    /// The characters of the line, and its end.
    present: Set,
    /// The places of each of them, one a bit; none in a line that has more places than bits.
    places: [u128; 128],
    /// The places before which no letter, digit or `_` stands.
    word_starts: u128,
}

impl Default for Ascii {
    fn default() -> Self {
        Self { present: 0, places: [0; 128], word_starts: 0 }
    }
}

impl Ascii {
    /// Reads `line`; false, and then nothing is known of it, if it is not all of ASCII.
    pub(super) fn read(&mut self, line: &str) -> bool {
        while self.present != 0 {
            if let Some(places) = self.places.get_mut(self.present.trailing_zeros() as usize) {
                *places = 0;
            }
            self.present &= self.present - 1;
        }
        if !line.is_ascii() {
            return false;
        }
        let present = line.bytes().fold(0, |set, byte| set | 1 << byte);
        if present & END != 0 {
            return false;
        }
        self.present = present | END;
        if line.len() > MAX_PLACE {
            return true;
        }
        self.word_starts = 1;
        for (place, byte) in line.bytes().chain([DEL]).enumerate() {
            if let Some(places) = self.places.get_mut(usize::from(byte)) {
                *places |= 1 << place;
            }
            self.word_starts |= u128::from(!in_set(WORD, byte)) << place << 1;
        }
        true
    }
}

fn in_set(set: Set, byte: u8) -> bool {
    byte < 128 && set >> byte & 1 == 1
}

/// What a match, or the rest of one, can begin with.
#[derive(Clone, Copy)]
struct Head {
    sets: [Set; 3],
    word_start: bool,
    line_start: bool,
}

impl Head {
    /// Anything, or nothing.
    const OPEN: Self = Self { sets: [ALL; 3], word_start: false, line_start: false };

    fn after(self, set: Set) -> Self {
        Self { sets: [set, self.sets[0], self.sets[1]], word_start: false, line_start: false }
    }

    fn and(self, other: Self) -> Self {
        let [a, b, c] = self.sets;
        let [x, y, z] = other.sets;
        Self {
            sets: [a & x, b & y, c & z],
            word_start: self.word_start || other.word_start,
            line_start: self.line_start || other.line_start,
        }
    }
}

fn merge(heads: &[Head]) -> Head {
    let none = Head { sets: [0; 3], word_start: true, line_start: true };
    heads.iter().fold(none, |all, head| {
        let [a, b, c] = all.sets;
        let [x, y, z] = head.sets;
        Head {
            sets: [a | x, b | y, c | z],
            word_start: all.word_start && head.word_start,
            line_start: all.line_start && head.line_start,
        }
    })
}

fn limit(heads: Vec<Head>) -> Vec<Head> {
    if heads.len() > MAX_HEADS { lanes(heads) } else { heads }
}

/// At most eight heads, each of those that begin alike.
fn lanes(mut heads: Vec<Head>) -> Vec<Head> {
    if heads.len() <= 8 {
        return heads;
    }
    heads.sort_by_key(|head| (head.word_start, head.line_start, head.sets));
    heads.chunks(heads.len().div_ceil(8)).map(merge).collect()
}

/// A pattern, as far as its beginning matters.
enum Node {
    Empty,
    /// One character, any of these.
    One(Set),
    /// One character, one of these, but perhaps not any.
    Loose(Set),
    WordEdge,
    LineStart,
    /// What follows must begin like this, too.
    Ahead(Box<Node>),
    Seq(Vec<Node>),
    Any(Vec<Node>),
    /// At least so many times, and whether that is also the most.
    Repeat(Box<Node>, usize, bool),
    Unknown,
}

/// What `node` followed by something that begins like `rest` can begin with. Within a repetition, further ones are
/// read less closely, or the work would double with each level.
fn heads(node: &Node, rest: &[Head], repeated: bool) -> Vec<Head> {
    match node {
        Node::Empty => rest.to_vec(),
        Node::Unknown => vec![Head::OPEN],
        Node::One(set) | Node::Loose(set) => rest.iter().map(|head| head.after(*set)).collect(),
        Node::WordEdge => rest.iter().map(|head| Head { word_start: true, ..*head }).collect(),
        Node::LineStart => rest.iter().map(|head| Head { line_start: true, ..*head }).collect(),
        Node::Ahead(node) => {
            let ahead = heads(node, &[Head::OPEN], repeated);
            limit(ahead.iter().flat_map(|a| rest.iter().map(|b| a.and(*b))).collect())
        }
        Node::Seq(nodes) => nodes.iter().rev().fold(rest.to_vec(), |rest, node| heads(node, &rest, repeated)),
        Node::Any(nodes) => limit(nodes.iter().flat_map(|node| heads(node, rest, repeated)).collect()),
        Node::Repeat(node, least, exact) => {
            let mut all = if *exact { rest.to_vec() } else { heads(node, &[Head::OPEN], true) };
            for _ in 0..if *exact || repeated { 0 } else { 2 } {
                all.extend_from_slice(rest);
                all = heads(node, &limit(all), true);
            }
            if !exact {
                all.extend_from_slice(rest);
            }
            (0..*least).fold(limit(all), |rest, _| heads(node, &rest, true))
        }
    }
}

/// How many characters a match takes, if whatever begins as `node` demands matches.
fn exact(node: &Node) -> Option<usize> {
    match node {
        Node::One(_) => Some(1),
        Node::Ahead(node) => exact(node).filter(|seen| *seen == 1).map(|_| 0),
        Node::Any(nodes) => {
            let lone = nodes.iter().all(|node| matches!(lone(node), Node::One(_)));
            lone.then_some(1)
        }
        Node::Seq(nodes) => match nodes.as_slice() {
            [] => None,
            [node] => exact(node),
            // Only one character in each place: alternatives of several places do not mix.
            [first @ .., last] if nodes.len() <= 3 => {
                let ones = first.iter().all(|node| matches!(node, Node::One(_)));
                match lone(last) {
                    Node::One(_) if ones => Some(nodes.len()),
                    Node::Ahead(ahead) if ones && matches!(lone(ahead), Node::One(_)) => Some(first.len()),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a sequence of one is.
fn lone(node: &Node) -> &Node {
    match node {
        Node::Seq(nodes) => match nodes.as_slice() {
            [node] => lone(node),
            _ => node,
        },
        _ => node,
    }
}

#[derive(Clone, Copy, Default)]
struct Flags {
    any_case: bool,
    spaced: bool,
}

/// Reads Oniguruma's syntax. Each method gives `None` at what it does not know.
struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    /// Alternatives up to `)` or the end.
    fn alternatives(&mut self, flags: Flags) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_GROUPS {
            return None;
        }
        let mut all = vec![self.sequence(flags)?];
        while self.chars.next_if_eq(&'|').is_some() {
            all.push(self.sequence(flags)?);
        }
        self.depth -= 1;
        if all.len() == 1 { all.pop() } else { Some(Node::Any(all)) }
    }

    fn sequence(&mut self, flags: Flags) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.chars.next_if(|c| !matches!(c, '|' | ')')) {
            if flags.spaced && c.is_ascii_whitespace() {
                continue;
            }
            if flags.spaced && c == '#' {
                while self.chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            let node = self.atom(c, flags)?;
            let node = self.repeats(node)?;
            nodes.push(node);
        }
        Some(Node::Seq(nodes))
    }

    fn atom(&mut self, c: char, flags: Flags) -> Option<Node> {
        Some(match c {
            '(' => return self.group(flags),
            '[' => Node::One(self.class(flags)?),
            '\\' => return self.escape(flags),
            '.' => Node::Loose(ASCII),
            '^' => Node::LineStart,
            '$' => Node::Ahead(Box::new(Node::One(one('\n') | END))),
            '*' | '+' | '?' => return None,
            // White space before an interval does not make it text.
            '{' if flags.spaced => return None,
            c => Node::One(literal(c, flags)?),
        })
    }

    fn repeats(&mut self, mut node: Node) -> Option<Node> {
        loop {
            let (least, most, interval) = match self.chars.peek() {
                Some('*') => (0, None, false),
                Some('+') => (1, None, false),
                Some('?') => (0, Some(1), false),
                Some('{') => match self.interval() {
                    Some((least, most)) => (least, most, true),
                    None => return Some(node),
                },
                _ => return Some(node),
            };
            if !interval {
                self.chars.next();
                // Lazy or possessive: the same beginnings.
                self.chars.next_if(|c| matches!(c, '?' | '+'));
            }
            node = Node::Repeat(Box::new(node), least.min(3), most == Some(least) && least <= 3);
        }
    }

    /// `{n}`, `{n,}`, `{,m}`, `{n,m}`; anything else in braces is text, and left where it is.
    fn interval(&mut self) -> Option<(usize, Option<usize>)> {
        let mut ahead = self.chars.clone();
        ahead.next();
        let inner: String = ahead.by_ref().take_while(|c| *c != '}').take(16).collect();
        let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
        let number = |digits: &str| digits.parse::<usize>().ok();
        let result = match (number(least), number(most)) {
            (Some(least), Some(most)) => (least, Some(most)),
            (Some(least), None) if most.is_empty() => (least, None),
            (None, Some(most)) if least.is_empty() => (0, Some(most)),
            _ => return None,
        };
        self.chars = ahead;
        Some(result)
    }

    fn group(&mut self, flags: Flags) -> Option<Node> {
        if self.chars.next_if_eq(&'?').is_none() {
            return self.closed(flags);
        }
        match self.chars.next()? {
            ':' | '>' => self.closed(flags),
            '=' => Some(Node::Ahead(Box::new(self.closed(flags)?))),
            '!' => self.closed(flags).map(|_| Node::Empty),
            '<' => match self.chars.peek()? {
                '=' | '!' => {
                    self.chars.next();
                    self.closed(flags).map(|_| Node::Empty)
                }
                c if c.is_alphabetic() || *c == '_' => {
                    while self.chars.next()? != '>' {}
                    self.closed(flags)
                }
                _ => None,
            },
            '#' => {
                while self.chars.next()? != ')' {}
                Some(Node::Empty)
            }
            c => self.flags(c, flags),
        }
    }

    /// `(?i)`, which holds to the end of the group around it, alternatives included, and `(?i:...)`.
    fn flags(&mut self, first: char, mut flags: Flags) -> Option<Node> {
        let mut on = true;
        let mut c = first;
        loop {
            match c {
                '-' => on = false,
                'i' => flags.any_case = on,
                'x' => flags.spaced = on,
                'm' => {}
                ':' => return self.closed(flags),
                ')' => return self.alternatives(flags),
                _ => return None,
            }
            c = self.chars.next()?;
        }
    }

    fn closed(&mut self, flags: Flags) -> Option<Node> {
        let node = self.alternatives(flags)?;
        (self.chars.next()? == ')').then_some(node)
    }

    fn escape(&mut self, flags: Flags) -> Option<Node> {
        let c = self.chars.next()?;
        Some(match c {
            'b' => Node::WordEdge,
            'A' => Node::LineStart,
            'B' | 'Z' | 'z' => Node::Empty,
            'R' => Node::Seq(vec![Node::Loose(LINE_END), Node::Unknown]),
            '1'..='9' => Node::Unknown,
            c => Node::One(self.escaped(c, flags)?),
        })
    }

    /// The characters that `\` and `c` stand for, in a class or outside.
    fn escaped(&mut self, c: char, flags: Flags) -> Option<Set> {
        Some(match c {
            'w' => WORD,
            'W' => ASCII & !WORD,
            'd' => DIGIT,
            'D' => ASCII & !DIGIT,
            's' => SPACE,
            'S' => ASCII & !SPACE,
            'h' => HEX,
            'H' => ASCII & !HEX,
            'p' => self.property(flags)?,
            'P' => ASCII & !self.property(flags)?,
            c => literal(self.escaped_char(c)?, flags)?,
        })
    }

    /// `{Lu}` and the like, behind `\p`: general categories, as far as grammars use them.
    fn property(&mut self, flags: Flags) -> Option<Set> {
        self.chars.next_if_eq(&'{')?;
        let name: String = std::iter::from_fn(|| self.chars.next_if(char::is_ascii_alphanumeric)).collect();
        self.chars.next_if_eq(&'}')?;
        Some(match name.as_str() {
            "L" => UPPER | LOWER,
            "Lu" | "Ll" if flags.any_case => UPPER | LOWER,
            "Lu" => UPPER,
            "Ll" => LOWER,
            "N" | "Nd" => DIGIT,
            "Lm" | "Lo" | "Lt" | "M" | "Mn" | "Mc" | "Me" | "Nl" | "No" => 0,
            "Pc" => one('_'),
            _ => return None,
        })
    }

    /// The one character that `\` and `c` stand for.
    fn escaped_char(&mut self, c: char) -> Option<char> {
        Some(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0c',
            'v' => '\x0b',
            'a' => '\x07',
            'e' => '\x1b',
            'x' => return self.hex(),
            c if !c.is_alphanumeric() => c,
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<char> {
        let mut digits = String::new();
        if self.chars.next_if_eq(&'{').is_some() {
            digits.extend(std::iter::from_fn(|| self.chars.next_if(char::is_ascii_hexdigit)));
            self.chars.next_if_eq(&'}')?;
        } else {
            digits.extend(std::iter::from_fn(|| self.chars.next_if(char::is_ascii_hexdigit)).take(2));
        }
        // From 80 on, two digits are a byte and not a character.
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?).filter(|c| c.is_ascii() || digits.len() > 2)
    }

    /// A class, behind its `[`.
    fn class(&mut self, flags: Flags) -> Option<Set> {
        self.depth += 1;
        if self.depth > MAX_GROUPS {
            return None;
        }
        let negative = self.chars.next_if_eq(&'^').is_some();
        let mut set = 0;
        let mut first = true;
        loop {
            let c = self.chars.next()?;
            match c {
                ']' if !first => break,
                '[' if self.chars.next_if_eq(&':').is_some() => set |= self.named_class(flags)?,
                '[' => set |= self.class(flags)?,
                '&' if self.chars.peek() == Some(&'&') => return None,
                c => set |= self.class_item(c, flags)?,
            }
            first = false;
        }
        self.depth -= 1;
        Some(if negative { ASCII & !set } else { set })
    }

    /// `alpha:]` and the like, behind `[:`.
    fn named_class(&mut self, flags: Flags) -> Option<Set> {
        let name: String = std::iter::from_fn(|| self.chars.next_if(char::is_ascii_lowercase)).collect();
        let set = match name.as_str() {
            "alpha" => UPPER | LOWER,
            "digit" => DIGIT,
            "alnum" => UPPER | LOWER | DIGIT,
            "upper" | "lower" if flags.any_case => UPPER | LOWER,
            "upper" => UPPER,
            "lower" => LOWER,
            "space" => SPACE,
            "xdigit" => HEX,
            "word" => WORD,
            _ => return None,
        };
        (self.chars.next()? == ':' && self.chars.next()? == ']').then_some(set)
    }

    /// One character, a range, or an escape such as `\w`.
    fn class_item(&mut self, c: char, flags: Flags) -> Option<Set> {
        let from = match c {
            '\\' => match self.chars.next()? {
                'b' => '\x08',
                c if "wWdDsShHpP".contains(c) => return self.escaped(c, flags),
                c => self.escaped_char(c)?,
            },
            c => c,
        };
        let mut ahead = self.chars.clone();
        if ahead.next() != Some('-') || matches!(ahead.peek(), None | Some(']')) {
            return literal(from, flags);
        }
        self.chars = ahead;
        let to = match self.chars.next()? {
            '\\' => {
                let c = self.chars.next()?;
                if "wWdDsShHpPb".contains(c) {
                    return None;
                }
                self.escaped_char(c)?
            }
            '[' => return None,
            c => c,
        };
        if flags.any_case && !(from.is_ascii() && to.is_ascii()) {
            return None;
        }
        (from..=to).take_while(char::is_ascii).try_fold(0, |set, c| Some(set | literal(c, flags)?))
    }
}

/// The characters of ASCII that match `c`.
fn literal(c: char, flags: Flags) -> Option<Set> {
    match c {
        c if !flags.any_case => Some(if c.is_ascii() { one(c) } else { 0 }),
        c if c.is_ascii() => Some(one(c.to_ascii_lowercase()) | one(c.to_ascii_uppercase())),
        // Some match letters of ASCII: the Kelvin sign, the long s.
        _ => None,
    }
}
