//! Formulas: LaTeX between `$` to MathML, with what is wrong told at its place.
//!
//! The converter writes styles into elements, which a strict Content-Security-Policy forbids. Each becomes an attribute of
//! MathML where there is one, and else a class that the theme knows ([`CLASSES`]).

use super::Writer;
use crate::diag::{Code, Diagnostic};
use crate::escape;
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use std::fmt::Write as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How long a formula may be, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// How deep the parts of a formula may be nested: the converter goes down by recursion.
const MAX_DEPTH: usize = 100;

/// How many signs of a formula fit in the narrowest column, 320 px in a list: about 10 em, each sign 0.8 em with what is
/// around it.
const MAX_SIGNS: usize = 12;

/// The styles that the converter writes, and the classes that stand for them.
pub(super) const CLASSES: &[(&str, &str)] = &[
    ("text-align: left", "math-left"),
    ("text-align: right", "math-right"),
    ("justify-items: start", ""),
    ("justify-items: end", ""),
    ("padding-left: 0", "math-pl0"),
    ("padding-right: 0", "math-pr0"),
    ("padding-top: 0", "math-pt0"),
    ("padding-bottom: 0", "math-pb0"),
    ("padding-left:0", "math-pl0"),
    ("padding-right:0", "math-pr0"),
    ("padding-left: 0.1em", "math-pl1"),
    ("padding-right: 0.1em", "math-pr1"),
    ("padding-left:0.1667em", "math-pl3"),
    ("padding-right:0.1667em", "math-pr3"),
    ("padding-left:0.2222em", "math-pl4"),
    ("padding-right:0.2222em", "math-pr4"),
    ("padding-left:0.2778em", "math-pl5"),
    ("padding-right:0.2778em", "math-pr5"),
    ("padding-left:1em", "math-pl18"),
    ("padding-top: 0.1667em", "math-pt3"),
    ("border-left: 0.05em solid currentcolor", "math-line-left"),
    ("border-left: 0.05em dashed currentcolor", "math-dash-left"),
    ("border-right: 0.05em solid currentcolor", "math-line-right"),
    ("border-right: 0.05em dashed currentcolor", "math-dash-right"),
    ("border-top: 0.05em solid currentcolor", "math-line-top"),
    ("border-top: 0.05em dashed currentcolor", "math-dash-top"),
    ("width: 100%", "math-wide"),
    ("width: 50%", "math-half"),
    ("width: 7.5%", "math-margin"),
    ("math-shift:compact", "math-compact"),
    ("font-variant-caps: small-caps", "math-small-caps"),
];

/// The converter of a page: it counts numbered equations.
#[derive(Default)]
pub(super) struct Math(Option<Box<LatexToMathML>>);

impl Writer<'_, '_, '_> {
    /// Writes the formula `text`, whose event has `range`.
    pub(super) fn formula(&mut self, text: &str, range: &Range<usize>, display: bool) {
        let source = self.chapter.unmasked(text, range).into_owned();
        match self.mathml(&source, range, display) {
            // What scrolls can be reached by keyboard, and has a name to be announced by.
            Ok(mathml) if display && may_overflow(&mathml) => {
                let around = "<span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\">";
                let _ = write!(self.out, "{around}{mathml}</span>");
            }
            Ok(mathml) => self.out.push_str(&mathml),
            Err(wrong) => {
                self.diagnostics.push(*wrong);
                let _ = write!(self.out, "<code>{}</code>", escape::text(&source));
            }
        }
    }

    fn mathml(&mut self, source: &str, range: &Range<usize>, display: bool) -> Result<String, Box<Diagnostic>> {
        let whole = self.span(range);
        if source.len() > MAX_LENGTH {
            let message = format!("a formula can have {MAX_LENGTH} bytes");
            return Err(Box::new(Diagnostic::new(Code::MathSyntax, whole, message)));
        }
        if depth(source) > MAX_DEPTH {
            let message = format!("the parts of a formula can be nested {MAX_DEPTH} deep");
            return Err(Box::new(Diagnostic::new(Code::NestingLimit, whole, message)));
        }
        let mode = if display { MathDisplay::Block } else { MathDisplay::Inline };
        let mut converter = match self.math.0.take() {
            Some(converter) => converter,
            None => Box::new(LatexToMathML::new(MathCoreConfig::default()).unwrap_or_default()),
        };
        // A converter that a panic went through is dropped with whatever was half done in it.
        let done = catch_unwind(AssertUnwindSafe(move || {
            let done = converter.convert_with_global_state(source, mode);
            (converter, done)
        }));
        let Ok((converter, done)) = done else {
            let message = "this formula cannot be converted";
            return Err(Box::new(Diagnostic::new(Code::MathSyntax, whole, message)));
        };
        self.math.0 = Some(converter);
        match done {
            Ok(done) => Ok(without_styles(&done.mathml, &|id| self.anchored(&format!("eq-{id}")))),
            Err(error) => {
                // Where lines of the source lost their marks of a quote, places within are not known.
                let start = range.start + if display { 2 } else { 1 };
                let exact = self.chapter.slice(start..start + source.len()) == source;
                let inner = error.0.start.min(source.len())..error.0.end.min(source.len());
                let at = match exact {
                    true => self.span(&(start + inner.start..start + inner.end.max(inner.start))),
                    false => whole,
                };
                let message = error.error_message();
                let message = message.trim_end_matches('.');
                Err(Box::new(Diagnostic::new(Code::MathSyntax, at, lower(message)).label(error.label())))
            }
        }
    }
}

/// Whether a formula on its own may be wider than the narrowest column. What stands over or under each other is counted
/// as if it stood in a row: a formula too many can be reached, and none too few.
fn may_overflow(mathml: &str) -> bool {
    let signs = mathml.split('<').filter_map(|part| part.split_once('>'));
    let signs: usize = signs.map(|(_, text)| text.trim().chars().count()).sum();
    signs > MAX_SIGNS || ["<mspace", "<mtable", "<mpadded"].iter().any(|wide| mathml.contains(wide))
}

/// `text` as a message of ours begins.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// How deep a formula may lead the converter, at most: brackets and environments, and commands that follow each other,
/// as each may be the argument of the one before.
fn depth(source: &str) -> usize {
    let mut around: Vec<usize> = Vec::new();
    let (mut run, mut deepest) = (0, 0);
    let mut sum = 0;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let (mut opens, mut closes) = (c == '{', c == '}');
        match c {
            '\\' => {
                let len = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                let name = rest.get(..len).unwrap_or_default();
                opens = ["left", "begin"].contains(&name);
                closes = ["right", "end"].contains(&name);
                let skip = if len == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { len };
                rest = rest.get(skip..).unwrap_or_default();
                run += 1;
            }
            '^' | '_' | '\'' => run += 1,
            c if c.is_whitespace() => {}
            '{' | '}' | '[' | ']' => {}
            _ => run = 0,
        }
        if opens {
            around.push(run + 1);
            sum += run + 1;
            run = 0;
        }
        if closes {
            sum -= around.pop().unwrap_or_default();
            run = 0;
        }
        deepest = deepest.max(sum + run);
    }
    deepest
}

/// MathML with attributes and classes in place of styles, and with ids that are the page's.
fn without_styles(mathml: &str, id: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(mathml.len());
    let mut rest = mathml;
    while let Some(open) = rest.find('<') {
        let (text, tag) = rest.split_at(open);
        out.push_str(text);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        write_tag(&mut out, tag, id);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Writes a tag as the converter makes them: each attribute with double quotes, behind one space.
fn write_tag(out: &mut String, tag: &str, id: &dyn Fn(&str) -> String) {
    let mut rest = tag;
    let mut classes: Vec<&str> = Vec::new();
    while let Some(equals) = rest.find("=\"") {
        let name = rest.get(..equals).and_then(|head| head.rsplit(' ').next()).unwrap_or_default();
        let value_start = equals + 2;
        let Some(len) = rest.get(value_start..).and_then(|value| value.find('"')) else { break };
        let value = rest.get(value_start..value_start + len).unwrap_or_default();
        let before = rest.get(..equals - name.len()).unwrap_or_default().trim_end();
        out.push_str(before);
        match name {
            "style" => value.split(';').for_each(|style| write_style(out, style.trim(), &mut classes)),
            "class" => classes.extend(value.split(' ')),
            "id" => {
                let _ = write!(out, " id=\"{}\"", escape::attribute(&id(value)));
            }
            "href" => {
                let target = value.strip_prefix('#').unwrap_or(value);
                let _ = write!(out, " href=\"#{}\"", escape::url_fragment(&id(target)));
            }
            // Firefox does not take `rem` here, and the text around a formula is 1rem.
            "width" => {
                let _ = write!(out, " width=\"{}\"", value.replace("rem", "em"));
            }
            _ => {
                let _ = write!(out, " {name}=\"{value}\"");
            }
        }
        rest = rest.get(value_start + len + 1..).unwrap_or_default();
    }
    classes.retain(|class| !class.is_empty());
    if !classes.is_empty() {
        let _ = write!(out, " class=\"{}\"", classes.join(" "));
    }
    out.push_str(rest);
}

fn write_style(out: &mut String, style: &str, classes: &mut Vec<&str>) {
    if let Some((_, class)) = CLASSES.iter().find(|(known, _)| *known == style) {
        return classes.push(class);
    }
    let (property, value) = style.split_once(':').unwrap_or((style, ""));
    let _ = match property {
        "color" => write!(out, " mathcolor=\"{value}\""),
        "font-size" => write!(out, " mathsize=\"{value}\""),
        "margin-left" => {
            classes.push(back(value));
            Ok(())
        }
        // The width of a space stands in its attribute as well; there is nothing else.
        _ => Ok(()),
    };
}

/// The class of a space that goes back by `value`: the nearest that there is.
fn back(value: &str) -> &'static str {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<f32>().unwrap_or_default();
    let ems = if value.ends_with("ex") { number * 0.5 } else { number };
    match (ems * -18.0).round() as i32 {
        ..=3 => "math-back3",
        4 => "math-back4",
        5..=6 => "math-back5",
        7..=13 => "math-back9",
        14..=26 => "math-back18",
        _ => "math-back36",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mathml(latex: &str) -> String {
        let converter = LatexToMathML::new(MathCoreConfig::default()).unwrap();
        let done = converter.convert_with_local_state(latex, MathDisplay::Block).unwrap();
        without_styles(&done.mathml, &|id| format!("eq-{id}"))
    }

    #[test]
    fn no_style_is_left() {
        for latex in [
            r"\begin{align} a &= b \\ c &= d \end{align}",
            r"\begin{cases} a & b \\ c & d \end{cases}",
            r"\begin{array}{|l:c|r|} \hline a & b & c \\ \hdashline d & e & f \end{array}",
            r"\begin{multline} a \\ b \\ c \end{multline}",
            r"a\!b \hspace{-1em} c \hspace{2em} \color{red} d",
            r"\cfrac{1}{2} + \textsc{abc} + \sum_{\substack{a\\b}} + \sqrt{\cancel{x}}",
            r"\mathop{a} \not= \overbrace{x}^{y} \mathbin{+} \cramped{x^2}",
        ] {
            let converter = LatexToMathML::new(MathCoreConfig::default()).unwrap();
            let Ok(done) = converter.convert_with_local_state(latex, MathDisplay::Block) else { continue };
            let written = without_styles(&done.mathml, &|id| id.to_owned());
            assert!(!written.contains(" style=\""), "{written}");
            // Each style has its class.
            for style in done.mathml.split(" style=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                for part in style.split(';').map(str::trim).filter(|part| !part.is_empty()) {
                    let known = CLASSES.iter().any(|(known, _)| *known == part)
                        || ["color", "font-size", "margin-left", "width"].contains(&part.split(':').next().unwrap());
                    assert!(known, "{part} in {latex}");
                }
            }
        }
        assert!(mathml(r"\color{red} x").contains("mathcolor=\"#"));
        assert!(mathml(r"a \! b").contains("class=\"math-back3\""));
    }

    #[test]
    fn the_default_theme_knows_each_class() {
        let css = include_str!("../../../themes/default/assets/book.css");
        let back = [0.1, 0.2, 0.3, 0.5, 1.0, 3.0].map(|ems| back(&format!("-{ems}em")));
        for class in CLASSES.iter().map(|(_, class)| *class).chain(back).filter(|class| !class.is_empty()) {
            assert!(css.contains(&format!(".{class} {{")), "{class}");
        }
    }

    #[test]
    fn what_may_be_wider_than_a_column_is_known() {
        assert!(!may_overflow(&mathml("E = mc^2")));
        assert!(!may_overflow(&mathml(r"t = \frac{m}{b}")));
        assert!(may_overflow(&mathml("a + b + c + d + e + f + g")));
        assert!(may_overflow(&mathml(r"a \hspace{30em} b")));
        assert!(may_overflow(&mathml(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}")));
    }

    #[test]
    fn depth_counts_whatever_may_nest() {
        assert_eq!(depth("a + b"), 0);
        assert_eq!(depth("{{a}}"), 2);
        assert_eq!(depth(r"\sqrt{\sqrt{x}}"), 4);
        assert_eq!(depth(&r"\sqrt".repeat(9)), 9);
        assert_eq!(depth(r"\frac{a}{b} \frac{a}{b}"), 2);
        assert!(depth(&r"\left(".repeat(200)) > MAX_DEPTH);
    }
}
