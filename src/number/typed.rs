//! Quantities that stand typed in a text: numbers with a unit, amounts of money, factors and percentages.
//!
//! Only what is surely a quantity is found: a number alone says nothing of what it counts, and a year, a version, a
//! part of a name or a number of things is none.

use super::Unit;
use super::unit::Base;
use std::ops::Range;

/// A quantity that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Its bytes, with its unit or currency.
    pub range: Range<usize>,
}

/// Whether a text can hold a quantity at all.
pub fn may_hold(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains(TIMES)
}

/// The quantities in `text`, in order. None lies in another.
pub fn find(text: &str) -> Vec<Typed> {
    let mut out: Vec<Typed> = Vec::new();
    let mut last: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())) {
        let start = at + found;
        let Some(end) = number_end(text, start) else {
            // A version, or a part of a word.
            at = start + word_len(text.get(start..).unwrap_or_default());
            continue;
        };
        at = end;
        let number = Number { text, range: start..end };
        let Some(mut range) = number.quantity() else {
            last = Some(start..end);
            continue;
        };
        at = at.max(range.end);
        // Of a range, both ends.
        if let Some(first) = last.take().filter(|first| joins(text.get(first.end..range.start).unwrap_or_default())) {
            range.start = first.start;
        }
        if !is_in_address(text, &range) {
            out.push(Typed { range });
        }
    }
    out.extend(in_words(text));
    out.sort_by_key(|typed| typed.range.start);
    out.dedup_by(|next, first| next.range.start < first.range.end);
    out
}

/// A number and the text that it stands in.
struct Number<'t> {
    text: &'t str,
    range: Range<usize>,
}

impl Number<'_> {
    fn before(&self) -> &str {
        near_end(self.text.get(..self.range.start).unwrap_or_default())
    }

    fn after(&self) -> &str {
        near_start(self.text.get(self.range.end..).unwrap_or_default())
    }

    fn digits(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }

    /// The whole quantity, if the number is part of one.
    fn quantity(&self) -> Option<Range<usize>> {
        if let Some(start) = self.money_before() {
            return Some(start..self.range.end + amount_end(self.after()));
        }
        let len = self.percent().or_else(|| self.factor()).or_else(|| self.with_unit())?;
        Some(self.range.start..self.range.end + len)
    }

    /// Where the sign or the code of a currency begins that stands before it.
    fn money_before(&self) -> Option<usize> {
        let before = self.before();
        let near = before.strip_suffix(SPACES).unwrap_or(before);
        if let Some(sign) = near.chars().next_back().filter(|c| SIGNS.contains(c)) {
            let left = near.len() - sign.len_utf8();
            let letters = near.get(..left).unwrap_or_default();
            let kept = letters.trim_end_matches(|c: char| c.is_ascii_uppercase());
            let start = if letters.len() - kept.len() <= 3 { kept.len() } else { left };
            return Some(self.range.start - (before.len() - start));
        }
        let word = near.get(near.len().checked_sub(3)?..)?;
        let alone = !near.get(..near.len() - 3)?.ends_with(|c: char| c.is_alphanumeric());
        (near.len() < before.len() && alone && is_currency(word))
            .then(|| self.range.start - (before.len() - (near.len() - 3)))
    }

    fn percent(&self) -> Option<usize> {
        let after = self.after();
        let rest = after.strip_prefix(SPACES).unwrap_or(after);
        let sign = ["%", "percent", "per cent"].into_iter().find(|sign| {
            rest.strip_prefix(sign).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })?;
        let rest = rest.get(sign.len()..).unwrap_or_default();
        // How sure an interval is names it, as `p50` names a percentile.
        let levels = ["interval", "confidence", "quantile", "percentile"];
        let level = levels.into_iter().any(|level| next_word(rest).starts_with(level));
        (!level).then_some(after.len() - rest.len())
    }

    /// `3×` and `3x` that say how many times as much, and `3 times as fast`. Not how many of a thing there are:
    /// `2x RTX 4090`.
    fn factor(&self) -> Option<usize> {
        let after = self.after();
        if let Some(rest) = after.strip_prefix(SPACES) {
            let rest = [TIMES, "×", "x"].into_iter().find_map(|word| rest.strip_prefix(word))?;
            return compares(rest).then_some(after.len() - rest.len());
        }
        let rest = after.strip_prefix(['×', 'x'])?;
        let things = rest.trim_start_matches(SPACES);
        let of_things = things.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == HIDDEN)
            || is_plural(next_word(rest));
        let glued = rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
        (!glued && !of_things && self.digits() != "1").then_some(after.len() - rest.len())
    }

    fn with_unit(&self) -> Option<usize> {
        let after = self.after();
        let apart = after.starts_with(|c| SPACES.contains(&c) || c == '-' || c == '\u{2011}');
        let rest = if apart { after.get(after.chars().next()?.len_utf8()..)? } else { after };
        let rest = rest.trim_start_matches(SPACES);
        let token = rest.get(..rest.find(|c: char| !is_of_unit(c)).unwrap_or(rest.len()))?;
        let (name, unit) = unit_of(token)?;
        let behind = rest.get(name.len()..).unwrap_or_default();
        let glued = behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        // `2 second-hand cards`, `the 1990s`, `8B` of a model, `3d`, `the 4090s`.
        let word = behind.starts_with('-') && name.len() > 3 && name.bytes().all(|b| b.is_ascii_lowercase());
        let part_of_word = !apart && ["s", "d", "m", "B", "x"].contains(&name) && !self.digits().contains('.');
        let ordinal = name == "second" && self.digits() != "1" && after.starts_with(SPACES);
        if glued || word || ordinal || part_of_word || (!apart && name == "B") {
            return None;
        }
        let rate = per(behind);
        if rate == 0 && unit.is_some_and(|unit| counts_things(unit, name)) {
            return None;
        }
        Some(after.len() - behind.len() + rate)
    }
}

const TIMES: &str = "times";
const SPACES: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];
const SIGNS: [char; 6] = ['$', '€', '£', '¥', '₹', '₩'];
/// What stands in a text for something that is not text.
pub const HIDDEN: char = '\u{fffc}';

/// Where the number ends that begins at `start`; `None` where it is part of a word or of a version.
fn number_end(text: &str, start: usize) -> Option<usize> {
    let before = text.get(..start)?;
    let mut left = before.chars().rev();
    match left.next() {
        Some(c) if c.is_alphanumeric() || matches!(c, '_' | '.' | '#' | '@' | '\\' | HIDDEN) => return None,
        // `RTX-4090`, `and/or-2`; not a minus sign, and not the second end of a range.
        Some('-' | '–' | '/') if left.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | HIDDEN)) => {
            return None;
        }
        _ => {}
    }
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = start + digits(start);
    while bytes.get(end) == Some(&b',') && digits(end + 1) == 3 {
        end += 4;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    let version = bytes.get(end) == Some(&b'.') && digits(end + 1) > 0;
    (!version).then_some(end)
}

/// How long a word of letters, digits and what joins them is; at least one.
fn word_len(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-')).unwrap_or(text.len());
    end.max(1)
}

/// Whether what stands between two numbers makes a range of them: `10–20`, `10 to 20`, `16/24`.
fn joins(between: &str) -> bool {
    matches!(between.trim_matches(SPACES), "-" | "–" | "—" | "/" | "to" | "or" | "and")
}

/// How much of what follows an amount of money belongs to it: `1.5 million`, `$5k`, `/h`, ` per hour`.
fn amount_end(after: &str) -> usize {
    let mut rest = after;
    let scales = [" million", " billion", " thousand", "k", "M", "bn"];
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
    if let Some(cut) = scales.into_iter().find_map(|scale| rest.strip_prefix(scale).filter(|rest| ends(rest))) {
        rest = cut;
    }
    if let Some(below) = rest.strip_prefix('/') {
        let len = below.find(|c: char| !is_of_unit(c)).unwrap_or(below.len());
        if unit_of(below.get(..len).unwrap_or_default()).is_some() {
            return after.len() - rest.len() + 1 + len;
        }
    }
    after.len() - rest.len() + per(rest)
}

/// How long ` per second`, ` a second` is, if that follows.
fn per(after: &str) -> usize {
    let word = [" per ", " a ", " an ", "\u{a0}per "].into_iter().find(|word| after.starts_with(word));
    let Some(word) = word else { return 0 };
    let rest = after.get(word.len()..).unwrap_or_default();
    let name = next_word(rest);
    if unit_of(name).is_some_and(|(known, _)| known == name) { word.len() + name.len() } else { 0 }
}

/// The longest part of `token` up to a `/` that is a unit, and the unit; words of money that are no units have none.
fn unit_of(token: &str) -> Option<(&str, Option<Unit>)> {
    let mut name = token.trim_end_matches(['/', '·', '%']);
    loop {
        if ["dollars", "dollar", "euros", "euro"].contains(&name) {
            return Some((name, None));
        }
        let known = Some(name).filter(|name| !name.is_empty() && *name != "x" && *name != "×");
        if let Some(unit) = known.and_then(|name| Unit::parse(name).ok()) {
            return Some((name, Some(unit)));
        }
        name = name.rsplit_once('/')?.0;
    }
}

fn is_of_unit(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'µ' | 'μ' | '²' | '³' | '·' | '/' | '¢' | '%')
}

/// Whether the unit counts things rather than measure one: `3 images`, `4 bits`.
fn counts_things(unit: Unit, name: &str) -> bool {
    let things = [Base::Image, Base::Sample, Base::Sequence, Base::Item, Base::Query, Base::Op, Base::Count];
    let dimension = unit.dimension();
    ["bit", "bits"].contains(&name)
        || (!name.contains('/')
            && things.into_iter().any(|base| dimension.power(base) == 1)
            && dimension.power(Base::Time) == 0)
}

fn is_currency(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_uppercase()) && Unit::parse(word).is_ok_and(|unit| unit.dimension().is_money())
}

/// The word that `text` goes on with, behind white space.
fn next_word(text: &str) -> &str {
    let text = text.trim_start();
    text.get(..text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len())).unwrap_or_default()
}

/// Whether a comparison follows: `as fast`, `the memory`, `faster`, `more`.
fn compares(rest: &str) -> bool {
    if !rest.starts_with(|c: char| c.is_whitespace() || SPACES.contains(&c)) {
        return false;
    }
    let word = next_word(rest);
    let not = ["after", "over", "under", "per", "other", "whether", "either", "never", "ever", "together", "later"];
    matches!(word, "as" | "the" | "more" | "less" | "fewer" | "worse")
        || (word.len() > 4 && word.ends_with("er") && !not.contains(&word))
}

fn is_plural(word: &str) -> bool {
    word.len() > 2 && word.ends_with('s') && !["less", "this", "its", "his", "was", "has", "plus"].contains(&word)
}

/// Whether what is found stands in an address.
fn is_in_address(text: &str, range: &Range<usize>) -> bool {
    let before = near_end(text.get(..range.start).unwrap_or_default());
    let word = before.get(before.rfind(char::is_whitespace).unwrap_or(0)..).unwrap_or_default();
    word.contains("://") || word.contains("www.")
}

/// `three times as fast`.
fn in_words(text: &str) -> Vec<Typed> {
    const NUMBERS: [&str; 12] =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty"];
    let mut out = Vec::new();
    for (at, _) in text.match_indices(TIMES) {
        let before = text.get(..at).unwrap_or_default();
        let before = near_end(before);
        let near = before.trim_end_matches(SPACES);
        let start = near.rfind(|c: char| !c.is_alphabetic()).map_or(0, |end| end + char_len(near, end));
        let word = near.get(start..).unwrap_or_default().to_lowercase();
        let end = at + TIMES.len();
        let follows = text.get(end..).map(near_start).is_some_and(compares);
        if near.len() < before.len() && follows && NUMBERS.contains(&word.as_str()) {
            out.push(Typed { range: at - (before.len() - start)..end });
        }
    }
    out
}

/// How much round a number is looked at, in bytes: a text without spaces costs no more than another.
const NEAR: usize = 128;

fn near_end(text: &str) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(NEAR))..).unwrap_or_default()
}

fn near_start(text: &str) -> &str {
    text.get(..text.floor_char_boundary(NEAR.min(text.len()))).unwrap_or_default()
}

fn char_len(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// The quantity in `range` with the word before it, and with the word behind it: by these a name is known that a
/// quantity is part of (`A100 80 GB`). In small letters, the quantity without spaces.
pub fn contexts(text: &str, range: &Range<usize>) -> [Option<String>; 2] {
    let joint = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '-' | '_' | ',' | '[' | ']');
    let quantity = text.get(range.clone()).unwrap_or_default();
    let quantity: String = quantity.chars().filter(|c| !joint(*c)).flat_map(char::to_lowercase).collect();
    let before = near_end(text.get(..range.start).unwrap_or_default()).trim_end_matches(joint);
    let before = before.get(before.rfind(joint).map_or(0, |end| end + char_len(before, end))..).unwrap_or_default();
    let after = near_start(text.get(range.end..).unwrap_or_default()).trim_start_matches(joint);
    let after = after.get(..after.find(joint).unwrap_or(after.len())).unwrap_or_default();
    let word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        Some(word).filter(|word| !word.is_empty())
    };
    [word(before).map(|word| format!("{word} {quantity}")), word(after).map(|word| format!("{quantity} {word}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let found = find(text);
        assert!(found.is_empty() || may_hold(text));
        found.into_iter().map(|typed| &text[typed.range]).collect()
    }

    #[test]
    fn quantities_are_found_with_their_units() {
        for (text, want) in [
            ("It has 24 GB of memory.", "24 GB"),
            ("It has 24GB.", "24GB"),
            ("a 24-GB card", "24-GB"),
            ("24\u{a0}GiB", "24\u{a0}GiB"),
            ("24  GB", "24  GB"),
            ("936.2 GB/s", "936.2 GB/s"),
            ("24 GB/card", "24 GB"),
            ("1,024.5 tok/s", "1,024.5 tok/s"),
            ("it writes 30 tokens per second", "30 tokens per second"),
            ("12 images a second", "12 images a second"),
            ("a context of 8,192 tokens", "8,192 tokens"),
            ("at 450 W, or", "450 W"),
            ("450W", "450W"),
            ("10–20 GB", "10–20 GB"),
            ("10 to 20 GB", "10 to 20 GB"),
            ("costs $1,599 now", "$1,599"),
            ("US$5", "US$5"),
            ("costs 1,599 USD", "1,599 USD"),
            ("EUR 1599", "EUR 1599"),
            ("€ 5", "€ 5"),
            ("$1.5 million", "$1.5 million"),
            ("$0.69/h.", "$0.69/h"),
            ("$3 per hour", "$3 per hour"),
            ("20 dollars", "20 dollars"),
            ("30 cents", "30 cents"),
            ("3× as fast", "3×"),
            ("3x faster", "3x"),
            ("up to 1.7x.", "1.7x"),
            ("three times as fast", "three times"),
            ("Ten times the memory", "Ten times"),
            ("3 times faster", "3 times"),
            ("by 35%", "35%"),
            ("35 % less", "35 %"),
            ("35 percent", "35 percent"),
            ("takes 1.5s", "1.5s"),
            ("-5 GB", "5 GB"),
            ("(16 GB)", "16 GB"),
            ("7 nm", "7 nm"),
        ] {
            assert_eq!(found(text), [want], "{text}");
        }
        assert_eq!(found("24 GB, 3x faster and $5-$6"), ["24 GB", "3x", "$5", "$6"]);
        assert_eq!(found("16/24 GB"), ["16/24 GB"]);
    }

    #[test]
    fn years_and_dates_are_none() {
        for text in
            ["in 2024", "2026-11-24", "24 May 2024", "the 1990s", "since 2023 was", "2024/11/24", "May 2024 saw"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn versions_are_none() {
        for text in ["CUDA 12.4", "version 1.2.3", "b2824", "v2.5 GB", "PCIe 4.0 x16", "Python 3.12.1", "GPT-4 h"] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn names_with_numbers_in_them_are_none() {
        for text in
            ["RTX 4090", "RTX-4090 W", "M2 Ultra", "LLaMA 3 8B", "a 70B model", "the 4090s", "3D", "h264", "x86"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn counts_of_things_are_none() {
        for text in [
            "2x RTX 4090",
            "4× A100",
            "2x cards",
            "2 × 3",
            "1920x1080",
            "3 images",
            "4 bits",
            "16-bit",
            "8 GPUs",
            "76-core",
            "8 queries",
            "2 second-hand cards",
            "Try it three times.",
            "two times after",
            "3 times a day",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn ordinals_sections_and_addresses_are_none() {
        for text in
            ["the 3rd", "1st", "Section 3.2", "1. GB", "step 3", "https://a.example/24GB", "p. 5", "95 % intervals"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn time_grows_with_the_length_only() {
        for part in ["$5", "5x", "5 GB", "two times as", "5/", "5 a/", "A", "5 km/", "www.5 GB", "1,000", "1.", "5-"] {
            let text = part.repeat(200_000 / part.len());
            let started = std::time::Instant::now();
            find(&text);
            assert!(started.elapsed().as_secs() < 5, "{part}");
        }
        assert_eq!(found(&format!("{} US$5", "a".repeat(300))), ["US$5"]);
        assert_eq!(found(&format!("{} three times as far", "a".repeat(300))), ["three times"]);
    }

    #[test]
    fn a_name_is_known_by_the_words_beside_its_quantity() {
        let of = |text: &str| contexts(text, &find(text)[0].range);
        assert_eq!(of("an A100 80 GB PCIe"), [Some("a100 80gb".into()), Some("80gb pcie".into())]);
        assert_eq!(of("A100 (80GB)")[0], Some("a100 80gb".into()));
        assert_eq!(of("80 GB"), [None, None]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched(text in "[0-9 .,$€x×%/GBWhs–-]{0,30}|.{0,40}|([0-9]{1,3} ?(GB|times|x|%|s|second)? ?(as|the)? ?){0,6}") {
            let mut end = 0;
            for typed in find(&text) {
                proptest::prop_assert!(typed.range.start >= end && text.get(typed.range.clone()).is_some());
                end = typed.range.end;
                contexts(&text, &typed.range);
            }
        }
    }
}
