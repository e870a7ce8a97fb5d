//! The options of a theme: typed values of `theme.toml`, for its styles and its templates.
//!
//! A value is a colour, a length, a list of fonts, a number or a switch, and is written into the style sheet from what
//! was understood of it, never as it stands: no text of an author reaches CSS.
//!
//! A colour given once serves light and dark. The accent, which text is written in, is made darker for the one and
//! lighter for the other until it can be read there.

use crate::diag::{Code, Diagnostic};
use crate::parse::keys::{At, Item, Keys};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::de::DeValue;

/// An option's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// As `#rrggbb`, for light and for dark.
    Colour([Colour; 2]),
    /// A length with its unit, as CSS writes it.
    Length(String),
    /// Names of fonts, the most wanted first.
    Fonts(Vec<String>),
    /// A number.
    Number(f64),
    /// On or off.
    Switch(bool),
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Serialize for Colour {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The options by name.
pub type Options = BTreeMap<String, Setting>;

/// What kind of value an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Colour,
    Length,
    Fonts,
}

/// The options of the default theme: their names, kinds, and the custom properties that they set.
const KNOWN: &[(&str, Kind, &str)] = &[
    ("accent", Kind::Colour, "accent"),
    ("width", Kind::Length, "measure"),
    ("font", Kind::Fonts, "sans"),
    ("code-font", Kind::Fonts, "mono"),
];

/// The names of the options that the default theme has.
#[cfg(test)]
pub(in crate::parse) fn names() -> Vec<&'static str> {
    KNOWN.iter().map(|(name, ..)| *name).collect()
}

const UNITS: &[&str] = &["ch", "em", "ex", "px", "rem", "vi", "vb", "vw", "vh", "%"];

/// What an option may be, in words.
const FORMS: &str = "a colour (\"#0b5fff\", or two, for light and dark), a length (\"70ch\"), a list of fonts, a number, \
                     or true or false";

/// The grounds that text of the default theme stands on, for light and for dark: the lightest and the darkest of each.
const GROUNDS: [[Colour; 2]; 2] = [
    [Colour([0xff, 0xff, 0xff]), Colour([0xec, 0xef, 0xf3])],
    [Colour([0x14, 0x17, 0x1b]), Colour([0x26, 0x2b, 0x33])],
];

/// The contrast that text has at the least (WCAG 2.2).
const CONTRAST: f64 = 4.5;

/// Reads the table `[options]` into `options`.
pub fn read(mut keys: Keys<'_, '_>, options: &mut Options) {
    for (name, item) in keys.entries() {
        if !is_name(name.value) {
            keys.report(
                Diagnostic::new(
                    Code::WrongType,
                    name.span,
                    "an option's name is lower-case letters, digits and hyphens",
                )
                .label("not a name"),
            );
            continue;
        }
        let known = KNOWN.iter().find(|(known, ..)| *known == name.value).map(|(_, kind, _)| *kind);
        match setting(item, known) {
            Some(value) => {
                options.insert(name.value.to_owned(), value);
            }
            None => keys.wrong_type(name.value, item, wanted(known)),
        }
    }
}

fn wanted(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Colour) => "a colour: \"#0b5fff\", or two of them, for light and dark",
        Some(Kind::Length) => "a length: \"70ch\"",
        Some(Kind::Fonts) => "a list of fonts: [\"Inter\", \"Segoe UI\"]",
        None => FORMS,
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn setting(item: Item<'_>, kind: Option<Kind>) -> Option<Setting> {
    let value = match item.value() {
        DeValue::Boolean(on) => Setting::Switch(*on),
        DeValue::Integer(_) | DeValue::Float(_) => Setting::Number(number(item)?),
        DeValue::String(text) => match colour(text) {
            Some(colour) => Setting::Colour([colour; 2]),
            None => Setting::Length(length(text)?),
        },
        DeValue::Array(_) => list(item.items()?.map(Item::string).collect::<Option<Vec<At<&str>>>>()?)?,
        _ => return None,
    };
    match (kind, value) {
        (Some(Kind::Colour), Setting::Colour([light, dark])) => {
            Some(Setting::Colour([readable(light, 0), readable(dark, 1)]))
        }
        (None, value)
        | (Some(Kind::Length), value @ Setting::Length(_))
        | (Some(Kind::Fonts), value @ Setting::Fonts(_)) => Some(value),
        _ => None,
    }
}

fn list(texts: Vec<At<&str>>) -> Option<Setting> {
    if let [light, dark] = texts.as_slice()
        && let (Some(light), Some(dark)) = (colour(light.value), colour(dark.value))
    {
        return Some(Setting::Colour([light, dark]));
    }
    let font = |text: &At<&str>| {
        let name = text.value.trim();
        let fine = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-');
        fine.then(|| name.to_owned())
    };
    let fonts: Option<Vec<String>> = texts.iter().map(font).collect();
    fonts.filter(|fonts| !fonts.is_empty() && fonts.len() <= 16).map(Setting::Fonts)
}

fn number(item: Item<'_>) -> Option<f64> {
    let number = match item.value() {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok()? as f64,
        DeValue::Float(n) => n.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// `#rgb` or `#rrggbb`.
fn colour(text: &str) -> Option<Colour> {
    let digits: Vec<u8> = text
        .strip_prefix('#')?
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [r, g, b] => Some(Colour([r * 17, g * 17, b * 17])),
        [a, b, c, d, e, f] => Some(Colour([a * 16 + b, c * 16 + d, e * 16 + f])),
        _ => None,
    }
}

/// A number that is not negative, and a unit.
fn length(text: &str) -> Option<String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(split)?;
    let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite() && *value <= 10_000.0)?;
    UNITS.contains(&unit).then(|| format!("{value}{unit}"))
}

/// The colour, or as little of white or black in it as makes it readable as text in that scheme.
fn readable(colour: Colour, scheme: usize) -> Colour {
    let (grounds, towards) = if scheme == 0 { (GROUNDS[0], 0) } else { (GROUNDS[1], 255) };
    let reads = |colour: Colour| grounds.iter().all(|ground| contrast(colour, *ground) >= CONTRAST);
    (0..=100u32).map(|part| mix(colour, Colour([towards; 3]), part)).find(|mixed| reads(*mixed)).unwrap_or(colour)
}

/// `part` hundredths of `other` in `one`.
fn mix(one: Colour, other: Colour, part: u32) -> Colour {
    let mut mixed = one.0;
    for (channel, towards) in mixed.iter_mut().zip(other.0) {
        let sum = u32::from(*channel) * (100 - part) + u32::from(towards) * part;
        *channel = u8::try_from(sum / 100).unwrap_or(u8::MAX);
    }
    Colour(mixed)
}

/// The contrast ratio of WCAG 2.2, 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.0.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The options as custom properties, to stand behind the theme's style sheet; empty without options.
pub fn css(options: &Options) -> String {
    let mut out = String::new();
    for (name, value) in options {
        let property =
            KNOWN.iter().find(|(known, ..)| known == name).map_or(name.as_str(), |(_, _, property)| property);
        // Writing to a `String` cannot fail.
        let _ = match value {
            Setting::Colour([light, dark]) => write!(out, "--{property}:light-dark({light},{dark});"),
            Setting::Length(length) => write!(out, "--{property}:{length};"),
            Setting::Number(number) => write!(out, "--{property}:{number};"),
            Setting::Switch(on) => write!(out, "--{property}:{};", u8::from(*on)),
            Setting::Fonts(fonts) => {
                let last = if property == "mono" { "monospace" } else { "sans-serif" };
                let quoted: Vec<String> = fonts.iter().map(|font| format!("\"{font}\"")).collect();
                write!(out, "--{property}:{},{last};", quoted.join(","))
            }
        };
        if let (Setting::Colour([light, dark]), "accent") = (value, property) {
            // What is tinted by the accent goes with it.
            let [grounds_light, grounds_dark] = GROUNDS;
            let tint = |colour: Colour, ground: Colour, part| mix(ground, colour, part);
            let (on_light, on_dark) = (grounds_light[0], grounds_dark[0]);
            let _ = write!(
                out,
                "--tint:light-dark({},{});--selected:light-dark({},{});",
                tint(*light, on_light, 7),
                tint(*dark, on_dark, 12),
                tint(*light, on_light, 24),
                tint(*dark, on_dark, 30),
            );
        }
    }
    if out.is_empty() { out } else { format!("\n/* The options of theme.toml. */\n:root{{{out}}}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Parsed;
    use crate::id::PathId;
    use crate::parse::keys;

    fn options(text: &str) -> Parsed<Options> {
        let document = keys::document(PathId::new("themes/t/theme.toml"), text, 0).unwrap();
        let (mut options, mut diagnostics) = (Options::new(), Vec::new());
        read(Keys::new(&document, &mut diagnostics), &mut options);
        Parsed { value: options, diagnostics }
    }

    #[test]
    fn typed_values_become_custom_properties() {
        let made = options(
            "accent = '#7c3aed'\nwidth = '70.50ch'\nfont = ['Inter', 'Segoe UI']\ncode-font = ['JetBrains Mono']\n\
             hero = true\ncolumns = 3\nedge = ['#112233', '#aabbcc']\n",
        );
        assert_eq!(made.diagnostics, []);
        let css = css(&made.value);
        for part in [
            "--accent:light-dark(#7c3aed,#a77bf2);",
            "--tint:light-dark(",
            "--measure:70.5ch;",
            "--sans:\"Inter\",\"Segoe UI\",sans-serif;",
            "--mono:\"JetBrains Mono\",monospace;",
            "--hero:1;",
            "--columns:3;",
            "--edge:light-dark(#112233,#aabbcc);",
        ] {
            assert!(css.contains(part), "{part} in {css}");
        }
    }

    #[test]
    fn nothing_else_reaches_the_style_sheet() {
        for text in [
            "accent = 'red;}body{background:url(//evil)'",
            "accent = 'red'",
            "accent = '#12345'",
            "accent = '70ch'",
            "accent = ['#000000', '#ffffff', '#000000']",
            "width = '70ch;}'",
            "width = '-1ch'",
            "width = '1e9px'",
            "width = 70",
            "font = 'Inter'",
            "font = ['Inter\"}']",
            "font = []",
            "x = 'url(//evil)'",
            "x = inf",
            "x = { a = 1 }",
            "'a;b' = 1",
            "'--x' = 1",
        ] {
            let made = options(text);
            assert_eq!((made.diagnostics.len(), made.value.len()), (1, 0), "{text}: {:?}", made.diagnostics);
            assert_eq!(made.diagnostics[0].code, Code::WrongType, "{text}");
        }
    }

    #[test]
    fn any_accent_is_readable_in_both_schemes() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let accent = Colour([red, green, blue]);
                    for (scheme, grounds) in GROUNDS.iter().enumerate() {
                        let shown = readable(accent, scheme);
                        let tint = mix(grounds[0], shown, if scheme == 0 { 7 } else { 12 });
                        for ground in grounds.iter().chain([&tint]) {
                            assert!(contrast(shown, *ground) >= CONTRAST, "{accent} is {shown} on {ground}");
                        }
                    }
                }
            }
        }
    }
}
