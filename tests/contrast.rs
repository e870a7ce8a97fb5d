//! Every text of the default theme is readable: its colours are checked by arithmetic, for light and for dark.
//!
//! The measure is the contrast ratio of WCAG 2.2: 4.5 for text, 3 for the edges of what can be used.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

const CSS: &str = include_str!("../themes/default/assets/book.css");

/// What code stands on.
const CODE: &[&str] = &["surface", "mark", "inserted-ground", "deleted-ground"];

/// The colours that text is written in, with all that each is written on.
const TEXT: &[(&str, &[&str])] = &[
    (
        "ink",
        &[
            "ground",
            "surface",
            "raised",
            "tint",
            "mark",
            "selected",
            "tip-ground",
            "important-ground",
            "warning-ground",
            "caution-ground",
        ],
    ),
    (
        "strong",
        &[
            "ground",
            "surface",
            "raised",
            "tint",
            "mark",
            "selected",
            "tip-ground",
            "important-ground",
            "warning-ground",
            "caution-ground",
        ],
    ),
    (
        "quiet",
        &["ground", "surface", "raised", "tint", "tip-ground", "important-ground", "warning-ground", "caution-ground"],
    ),
    (
        "accent",
        &["ground", "surface", "raised", "tint", "tip-ground", "important-ground", "warning-ground", "caution-ground"],
    ),
    ("ground", &["accent"]),
    ("tip", &["surface", "tip-ground"]),
    ("important", &["surface", "important-ground"]),
    ("warning", &["surface", "warning-ground"]),
    ("caution", &["surface", "caution-ground"]),
    ("code-comment", CODE),
    ("code-keyword", CODE),
    ("code-type", CODE),
    ("code-name", CODE),
    ("code-string", CODE),
    // What else code is written in, on the grounds of lines that are marked, added or taken away.
    ("ink", CODE),
    ("strong", CODE),
    ("quiet", CODE),
    ("accent", CODE),
    ("warning", CODE),
    ("caution", CODE),
    ("code-inserted", &["inserted-ground"]),
    ("code-deleted", &["deleted-ground"]),
];

/// Classes of code that look like text on purpose: a variable is what most of a program is made of.
const PLAIN: &[&str] = &["v"];

/// A colour for light and one for dark, each as red, green and blue.
type Pair = [[u8; 3]; 2];

#[test]
fn every_text_has_a_contrast_of_four_and_a_half() {
    let colours = colours();
    for (text, grounds) in TEXT {
        for ground in *grounds {
            assert_contrast(&colours, text, ground, 4.5);
        }
    }
}

#[test]
fn edges_of_controls_have_a_contrast_of_three() {
    let colours = colours();
    for ground in ["ground", "surface"] {
        assert_contrast(&colours, "edge", ground, 3.0);
    }
}

#[test]
fn no_text_has_a_colour_that_is_not_checked() {
    for value in declarations("color") {
        let known = match value.strip_prefix("var(--").and_then(|rest| rest.strip_suffix(')')) {
            // The hue of an alert is one of the colours that the alerts set it to.
            Some("hue") => true,
            Some(name) => TEXT.iter().any(|(text, _)| *text == name),
            None => matches!(value, "inherit" | "ButtonText"),
        };
        assert!(known, "`color: {value}` is not in the list that is checked");
    }
    // An alert takes both from one rule, its hue before its ground.
    let named = |value: &'static str| value.trim_start_matches("var(--").trim_end_matches(')');
    let hues: Vec<&str> = declarations("--hue").map(named).collect();
    let grounds: Vec<&str> = declarations("--hue-ground").map(named).collect();
    assert_eq!((hues.len(), grounds.len()), (5, 5));
    for (hue, ground) in hues.iter().zip(&grounds) {
        assert!(TEXT.iter().any(|(text, on)| text == hue && on.contains(ground)), "--hue: {hue} on {ground}");
    }
}

#[test]
fn every_class_of_the_highlighter_has_a_style() {
    let code = CSS.split_once("\n@layer code {").expect("the layer of code").1;
    let code = code.split_once("\n}").expect("its end").0;
    let selectors: Vec<&str> =
        code.lines().filter_map(|line| line.split_once('{')).map(|(selector, _)| selector).collect();
    for (class, meaning) in benchbook::render::highlight::CLASSES {
        let styled =
            selectors.iter().any(|selector| selector.split(['.', ',', ' ', '(', ')']).any(|word| word == *class));
        assert!(styled || PLAIN.contains(class), ".{class} ({meaning}) has no style");
    }
    for class in PLAIN {
        assert!(benchbook::render::highlight::CLASSES.iter().any(|(known, _)| known == class), ".{class} is no class");
    }
}

#[test]
fn colours_stand_only_where_they_are_named() {
    for line in CSS.lines().filter(|line| line.contains('#') && !line.contains("content:")) {
        assert!(line.trim_start().starts_with("--") && line.contains("light-dark("), "a colour without a name: {line}");
    }
}

#[test]
fn the_ratio_is_that_of_the_standard() {
    assert!((ratio([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
    assert!((ratio([0x77, 0x77, 0x77], [255, 255, 255]) - 4.478).abs() < 1e-3);
    assert!((ratio([1, 2, 3], [1, 2, 3]) - 1.0).abs() < 1e-9);
}

fn assert_contrast(colours: &BTreeMap<&str, Pair>, text: &str, ground: &str, least: f64) {
    for (scheme, name) in ["light", "dark"].into_iter().enumerate() {
        let found = ratio(colours[text][scheme], colours[ground][scheme]);
        assert!(found >= least, "{name}: --{text} on --{ground} has a contrast of {found:.2}, less than {least}");
    }
}

/// The custom properties that name a colour, as the style sheet has them.
fn colours() -> BTreeMap<&'static str, Pair> {
    let mut colours = BTreeMap::new();
    for line in CSS.lines() {
        let Some((name, value)) = line.trim().strip_prefix("--").and_then(|rest| rest.split_once(": light-dark("))
        else {
            continue;
        };
        let (light, dark) = value.trim_end_matches(");").split_once(", ").expect("two colours");
        let before = colours.insert(name, [rgb(light), rgb(dark)]);
        assert!(before.is_none(), "--{name} is named twice");
    }
    assert!(colours.len() > 20, "only {} colours were found", colours.len());
    colours
}

/// The values of a property, wherever it is declared.
fn declarations(property: &str) -> impl Iterator<Item = &'static str> {
    CSS.split(['{', '}', ';']).filter_map(move |piece| {
        let (name, value) = piece.split_once(':')?;
        (name.trim() == property).then(|| value.trim())
    })
}

fn rgb(text: &str) -> [u8; 3] {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).expect("a colour as #rrggbb");
    [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
}

/// The contrast ratio of WCAG 2.2, 1 to 21.
fn ratio(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of WCAG 2.2, 0 to 1.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
