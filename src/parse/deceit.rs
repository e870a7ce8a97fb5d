//! Characters that deceive a reader: those that are not shown and change how the text around them reads
//! (CVE-2021-42574), and letters that look like those of another script (CVE-2021-42694).
//!
//! Both are told wherever an author wrote them. How they are shown is the business of who writes the page.

use crate::diag::{Code, Diagnostic, Span};
use std::fmt::Write as _;
use std::ops::Range;

/// A character that deceives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deceit {
    /// Its offset in the text, in bytes.
    pub at: usize,
    /// The character.
    pub char: char,
    /// What is wrong with it.
    pub kind: Kind,
    /// Its name in Unicode's list, or what that part of the list is for.
    pub name: &'static str,
}

/// How a character deceives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No reader sees it.
    Hidden,
    /// It looks like the Latin letters that it stands among.
    Lookalike,
}

impl Deceit {
    /// `U+202E`.
    pub fn code_point(&self) -> String {
        format!("U+{:04X}", u32::from(self.char))
    }
}

/// How many are told of one text.
const MOST_TOLD: usize = 100;

/// Tells of the characters of `text` that deceive; `span` gives the place of a range of it. Of a word, one letter is
/// told.
pub fn tell(text: &str, span: impl Fn(Range<usize>) -> Span, diagnostics: &mut Vec<Diagnostic>) {
    let mut word_end = 0;
    for found in find(text)
        .into_iter()
        .filter(|found| {
            let first = found.kind == Kind::Hidden || found.at >= word_end;
            if found.kind == Kind::Lookalike && first {
                word_end = found.at + word(text, found.at);
            }
            first
        })
        .take(MOST_TOLD)
    {
        let at = span(found.at..found.at + found.char.len_utf8());
        let (point, name) = (found.code_point(), found.name);
        diagnostics.push(match found.kind {
            Kind::Hidden => {
                let message = format!("the text holds {point} ({name}), which no reader sees");
                Diagnostic::new(Code::HiddenCharacter, at, message)
                    .label("here")
                    .help("remove it, or allow the lint if the language needs it")
            }
            Kind::Lookalike => {
                let message = format!("`{}` among Latin letters is {point} ({name})", found.char);
                Diagnostic::new(Code::LookalikeCharacter, at, message)
                    .label("looks like a Latin letter")
                    .help("write the Latin letter, or allow the lint if the word is meant so")
            }
        });
    }
}

/// How many bytes of `text` from `at` on are letters and digits.
fn word(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

/// The characters of `text` that deceive, in order.
pub fn find(text: &str) -> Vec<Deceit> {
    // The first byte of all of them is one of these, and most texts hold none.
    if text.bytes().all(|byte| byte < 0xcd) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut word = Word::default();
    let mut in_flag = false;
    for (at, c) in text.char_indices() {
        if c.is_ascii() {
            in_flag = false;
            match c {
                'a'..='z' | 'A'..='Z' => word.latin = true,
                '0'..='9' | '_' => {}
                _ => word.end(&mut out),
            }
            continue;
        }
        // The flags of regions are spelled in letters that are not shown, behind this character.
        in_flag = c == '\u{1f3f4}' || in_flag && is_tag(c);
        if let Some(name) = hidden(c).filter(|_| !in_flag) {
            out.push(Deceit { at, char: c, kind: Kind::Hidden, name });
        } else if let Some(name) = lookalike(c) {
            word.lookalikes.push(Deceit { at, char: c, kind: Kind::Lookalike, name });
        } else if c.is_alphanumeric() {
            word.other = true;
        } else {
            word.end(&mut out);
        }
    }
    word.end(&mut out);
    out.sort_by_key(|found| found.at);
    out
}

/// The word that is being read. One that has other letters of its script as well is a word of that language.
#[derive(Default)]
struct Word {
    latin: bool,
    other: bool,
    lookalikes: Vec<Deceit>,
}

impl Word {
    fn end(&mut self, out: &mut Vec<Deceit>) {
        if self.latin && !self.other {
            out.append(&mut self.lookalikes);
        }
        self.lookalikes.clear();
        (self.latin, self.other) = (false, false);
    }
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// The name of a character that is not shown. Those that some language or emoji needs within a word (joiners, marks of
/// direction, soft hyphens, variation selectors) turn no text round and are not among them.
fn hidden(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{115f}' => "HANGUL CHOSEONG FILLER",
        '\u{1160}' => "HANGUL JUNGSEONG FILLER",
        '\u{180e}' => "MONGOLIAN VOWEL SEPARATOR",
        '\u{200b}' => "ZERO WIDTH SPACE",
        '\u{202a}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202b}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202c}' => "POP DIRECTIONAL FORMATTING",
        '\u{202d}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202e}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2061}' => "FUNCTION APPLICATION",
        '\u{2062}' => "INVISIBLE TIMES",
        '\u{2063}' => "INVISIBLE SEPARATOR",
        '\u{2064}' => "INVISIBLE PLUS",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{3164}' => "HANGUL FILLER",
        '\u{feff}' => "ZERO WIDTH NO-BREAK SPACE",
        '\u{ffa0}' => "HALFWIDTH HANGUL FILLER",
        c if is_tag(c) => "TAG CHARACTER",
        _ => return None,
    })
}

/// The name of a Cyrillic or Greek letter that most fonts draw as a Latin one.
fn lookalike(c: char) -> Option<&'static str> {
    Some(match c {
        'Α' => "GREEK CAPITAL LETTER ALPHA",
        'Β' => "GREEK CAPITAL LETTER BETA",
        'Ε' => "GREEK CAPITAL LETTER EPSILON",
        'Ζ' => "GREEK CAPITAL LETTER ZETA",
        'Η' => "GREEK CAPITAL LETTER ETA",
        'Ι' => "GREEK CAPITAL LETTER IOTA",
        'Κ' => "GREEK CAPITAL LETTER KAPPA",
        'Μ' => "GREEK CAPITAL LETTER MU",
        'Ν' => "GREEK CAPITAL LETTER NU",
        'Ο' => "GREEK CAPITAL LETTER OMICRON",
        'Ρ' => "GREEK CAPITAL LETTER RHO",
        'Τ' => "GREEK CAPITAL LETTER TAU",
        'Υ' => "GREEK CAPITAL LETTER UPSILON",
        'Χ' => "GREEK CAPITAL LETTER CHI",
        'ο' => "GREEK SMALL LETTER OMICRON",
        'Ѕ' => "CYRILLIC CAPITAL LETTER DZE",
        'І' => "CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I",
        'Ј' => "CYRILLIC CAPITAL LETTER JE",
        'А' => "CYRILLIC CAPITAL LETTER A",
        'В' => "CYRILLIC CAPITAL LETTER VE",
        'Е' => "CYRILLIC CAPITAL LETTER IE",
        'К' => "CYRILLIC CAPITAL LETTER KA",
        'М' => "CYRILLIC CAPITAL LETTER EM",
        'Н' => "CYRILLIC CAPITAL LETTER EN",
        'О' => "CYRILLIC CAPITAL LETTER O",
        'Р' => "CYRILLIC CAPITAL LETTER ER",
        'С' => "CYRILLIC CAPITAL LETTER ES",
        'Т' => "CYRILLIC CAPITAL LETTER TE",
        'Х' => "CYRILLIC CAPITAL LETTER HA",
        'а' => "CYRILLIC SMALL LETTER A",
        'е' => "CYRILLIC SMALL LETTER IE",
        'о' => "CYRILLIC SMALL LETTER O",
        'р' => "CYRILLIC SMALL LETTER ER",
        'с' => "CYRILLIC SMALL LETTER ES",
        'у' => "CYRILLIC SMALL LETTER U",
        'х' => "CYRILLIC SMALL LETTER HA",
        'ѕ' => "CYRILLIC SMALL LETTER DZE",
        'і' => "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I",
        'ј' => "CYRILLIC SMALL LETTER JE",
        'һ' => "CYRILLIC SMALL LETTER SHHA",
        'ԁ' => "CYRILLIC SMALL LETTER KOMI DE",
        'ԛ' => "CYRILLIC SMALL LETTER QA",
        'ԝ' => "CYRILLIC SMALL LETTER WE",
        _ => return None,
    })
}

/// How many marks of one text name their character. More of them only say that there is one, so that a text becomes no
/// more than 64 times as long as it is.
const MOST_NAMED: usize = 100;

/// `html`, which is `text` escaped and with tags put in, with a mark round each character that deceives. The text of
/// the marks is the character itself, so what is copied is what was written; each is an island of its own direction, so
/// it turns nothing round. `None` when there is nothing to mark.
pub fn marked(html: &str, text: &str) -> Option<String> {
    let found = find(text);
    if found.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(html.len() + found.len().min(MOST_NAMED) * 128);
    let mut next = found.iter().enumerate().peekable();
    let (mut at, mut in_tag, mut in_entity) = (0, false, false);
    for c in html.chars() {
        if in_tag || in_entity {
            out.push(c);
            (in_tag, in_entity) = (in_tag && c != '>', in_entity && c != ';');
            continue;
        }
        if c == '<' {
            out.push(c);
            in_tag = true;
            continue;
        }
        match next.next_if(|(_, found)| found.at == at) {
            Some((number, found)) => mark(&mut out, found, number < MOST_NAMED),
            None => out.push(c),
        }
        in_entity = c == '&';
        // What an entity stands for is one byte.
        at += c.len_utf8();
    }
    Some(out)
}

/// Writes a mark: a name for those who see it and for those who hear it.
fn mark(out: &mut String, found: &Deceit, named: bool) {
    let class = match found.kind {
        Kind::Hidden => "hidden-char",
        Kind::Lookalike => "lookalike-char",
    };
    let (c, name) = (found.char, found.name);
    let _ = write!(out, "<bdi class=\"{class}\"");
    if named {
        let point = found.code_point();
        if found.kind == Kind::Hidden {
            let _ = write!(out, " data-char=\"{point}\"");
        }
        let _ = write!(out, " role=\"img\" title=\"{point} {name}\"");
    }
    let _ = write!(out, ">{c}</bdi>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PathId;

    fn found(text: &str) -> String {
        find(text).iter().map(|found| format!("{} {} ", found.at, found.code_point())).collect::<String>().trim().into()
    }

    #[test]
    fn what_no_reader_sees_is_found() {
        assert_eq!(found("a\u{202e}b\u{2066}c\u{200b}\u{2069}"), "1 U+202E 5 U+2066 9 U+200B 12 U+2069");
        assert_eq!(found("a\u{e0041}\u{3164}\u{feff}"), "1 U+E0041 5 U+3164 8 U+FEFF");
        // What languages and emoji need.
        assert_eq!(found("می\u{200c}خواهم 👨\u{200d}👩 ❤\u{fe0f} so\u{ad}ft a\u{200e}b ü — 日本 e\u{301}"), "");
        assert_eq!(found("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} \u{e0067}"), "29 U+E0067");
    }

    #[test]
    fn letters_of_another_script_are_found_among_latin_ones() {
        assert_eq!(found("pаypаl = sсope_А1"), "1 U+0430 5 U+0430 12 U+0441 18 U+0410");
        // Words of a language, words beside each other, units and symbols.
        assert_eq!(found("он а IT-отдел Ελλάδα x² μs ΔT αx а1 Привет, world; H₂O kΩ SQLем"), "");
    }

    #[test]
    fn each_is_told_once_a_word_with_its_place() {
        let mut told = Vec::new();
        tell("pаypаl \u{202e}", |range| Span::new(PathId::new("a.md"), range), &mut told);
        let said: Vec<_> = told.iter().map(|told| (told.code.name(), told.message.as_str())).collect();
        assert_eq!(
            said,
            [
                ("lookalike-character", "`а` among Latin letters is U+0430 (CYRILLIC SMALL LETTER A)"),
                ("hidden-character", "the text holds U+202E (RIGHT-TO-LEFT OVERRIDE), which no reader sees"),
            ]
        );
        let mut told = Vec::new();
        tell(&"\u{200b}".repeat(1000), |range| Span::new(PathId::new("a.md"), range), &mut told);
        assert_eq!(told.len(), MOST_TOLD);
    }

    #[test]
    fn marks_stand_round_the_character_and_copy_as_it() {
        assert_eq!(marked("<span class=\"s\">ü — &amp;</span>", "ü — &"), None);
        assert_eq!(
            marked("<span class=\"a\u{202e}\">&lt;</span>\u{202e}&amp;sсx", "<\u{202e}&sсx").as_deref(),
            Some(
                "<span class=\"a\u{202e}\">&lt;</span>\
                 <bdi class=\"hidden-char\" data-char=\"U+202E\" role=\"img\" title=\"U+202E RIGHT-TO-LEFT OVERRIDE\">\u{202e}</bdi>\
                 &amp;s<bdi class=\"lookalike-char\" role=\"img\" title=\"U+0441 CYRILLIC SMALL LETTER ES\">с</bdi>x"
            )
        );
        let many = "\u{2066}".repeat(10_000);
        let html = marked(&many, &many).unwrap_or_default();
        assert_eq!(html.matches("<bdi ").count(), 10_000);
        assert!(html.len() < 64 * many.len(), "{} bytes", html.len());
    }
}
