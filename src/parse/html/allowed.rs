//! What passes: elements, their attributes, and ids. Whatever is not named here does not.

use super::Use;

/// How an element stands among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Runs in a line, and holds something.
    Phrase,
    /// Runs in a line, and is empty.
    Void,
    /// Ends the paragraph that it stands in.
    Block,
    /// The same, and is empty.
    BlockVoid,
    /// Stands only within one of these.
    Part(&'static [&'static str]),
    /// The same, and is empty.
    PartVoid(&'static [&'static str]),
}

/// An element that passes.
pub(super) struct Element {
    /// Its name.
    pub name: &'static str,
    /// How it stands among others.
    pub kind: Kind,
    /// The attributes that it has beside those that all have.
    attributes: &'static [&'static str],
}

impl Element {
    /// Whether it has no content and no closing tag.
    pub fn is_void(&self) -> bool {
        matches!(self.kind, Kind::Void | Kind::BlockVoid | Kind::PartVoid(_))
    }

    /// Whether it cannot stand in a line of text.
    pub fn is_block(&self) -> bool {
        !matches!(self.kind, Kind::Phrase | Kind::Void)
    }
}

const LISTS: &[&str] = &["ul", "ol"];
const ROWS: &[&str] = &["table", "thead", "tbody", "tfoot"];

const ELEMENTS: &[Element] = &[
    // Text.
    element("a", Kind::Phrase, &["href", "hreflang", "rel", "target", "download", "name"]),
    element("abbr", Kind::Phrase, &[]),
    element("b", Kind::Phrase, &[]),
    element("bdi", Kind::Phrase, &[]),
    element("bdo", Kind::Phrase, &[]),
    element("br", Kind::Void, &[]),
    element("cite", Kind::Phrase, &[]),
    element("code", Kind::Phrase, &[]),
    element("data", Kind::Phrase, &["value"]),
    element("del", Kind::Phrase, &["cite", "datetime"]),
    element("dfn", Kind::Phrase, &[]),
    element("em", Kind::Phrase, &[]),
    element("i", Kind::Phrase, &[]),
    element("ins", Kind::Phrase, &["cite", "datetime"]),
    element("kbd", Kind::Phrase, &[]),
    element("mark", Kind::Phrase, &[]),
    element("q", Kind::Phrase, &["cite"]),
    element("rp", Kind::Phrase, &[]),
    element("rt", Kind::Phrase, &[]),
    element("ruby", Kind::Phrase, &[]),
    element("s", Kind::Phrase, &[]),
    element("samp", Kind::Phrase, &[]),
    element("small", Kind::Phrase, &[]),
    element("span", Kind::Phrase, &[]),
    element("strong", Kind::Phrase, &[]),
    element("sub", Kind::Phrase, &[]),
    element("sup", Kind::Phrase, &[]),
    element("time", Kind::Phrase, &["datetime"]),
    element("u", Kind::Phrase, &[]),
    element("var", Kind::Phrase, &[]),
    element("wbr", Kind::Void, &[]),
    // Pictures, sound, films. Nothing plays by itself.
    element("audio", Kind::Phrase, &["src", "controls", "loop", "muted", "preload"]),
    element("img", Kind::Void, &["src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding", "align"]),
    element("picture", Kind::Phrase, &[]),
    element("source", Kind::Void, &["src", "srcset", "sizes", "media", "type", "width", "height"]),
    element("track", Kind::Void, &["src", "kind", "srclang", "label", "default"]),
    element(
        "video",
        Kind::Phrase,
        &["src", "poster", "controls", "loop", "muted", "preload", "playsinline", "width", "height"],
    ),
    // Sections. `main` and `nav` are the page's own.
    element("address", Kind::Block, &[]),
    element("article", Kind::Block, &[]),
    element("aside", Kind::Block, &[]),
    element("blockquote", Kind::Block, &["cite"]),
    element("details", Kind::Block, &["open", "name"]),
    element("div", Kind::Block, &["align"]),
    element("figcaption", Kind::Block, &[]),
    element("figure", Kind::Block, &[]),
    element("footer", Kind::Block, &[]),
    element("h1", Kind::Block, &["align"]),
    element("h2", Kind::Block, &["align"]),
    element("h3", Kind::Block, &["align"]),
    element("h4", Kind::Block, &["align"]),
    element("h5", Kind::Block, &["align"]),
    element("h6", Kind::Block, &["align"]),
    element("header", Kind::Block, &[]),
    element("hgroup", Kind::Block, &[]),
    element("hr", Kind::BlockVoid, &[]),
    element("p", Kind::Block, &["align"]),
    element("pre", Kind::Block, &[]),
    element("section", Kind::Block, &[]),
    element("summary", Kind::Block, &[]),
    // Lists.
    element("dd", Kind::Part(&["dl"]), &[]),
    element("dl", Kind::Block, &[]),
    element("dt", Kind::Part(&["dl"]), &[]),
    element("li", Kind::Part(LISTS), &["value"]),
    element("ol", Kind::Block, &["start", "reversed", "type"]),
    element("ul", Kind::Block, &[]),
    // Tables.
    element("caption", Kind::Part(&["table"]), &[]),
    element("col", Kind::PartVoid(&["table", "colgroup"]), &["span"]),
    element("colgroup", Kind::Part(&["table"]), &["span"]),
    element("table", Kind::Block, &["align"]),
    element("tbody", Kind::Part(&["table"]), &[]),
    element("td", Kind::Part(&["tr"]), &["colspan", "rowspan", "headers", "align"]),
    element("tfoot", Kind::Part(&["table"]), &[]),
    element("th", Kind::Part(&["tr"]), &["colspan", "rowspan", "headers", "scope", "abbr", "align"]),
    element("thead", Kind::Part(&["table"]), &[]),
    element("tr", Kind::Part(ROWS), &["align"]),
];

const fn element(name: &'static str, kind: Kind, attributes: &'static [&'static str]) -> Element {
    Element { name, kind, attributes }
}

/// The element of this name, if it passes.
pub(super) fn find(name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|element| element.name == name)
}

/// Whether an element that does not pass takes its content with it: what is in it is no text of the page.
pub(super) fn takes_content(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "iframe"
            | "object"
            | "applet"
            | "noscript"
            | "noembed"
            | "noframes"
            | "frameset"
            | "plaintext"
            | "textarea"
            | "title"
            | "xmp"
            | "template"
            | "select"
            | "svg"
            | "math"
    )
}

/// Whether HTML knows the name. One that it does not know is most often text: `Vec<T>`, `<name>`.
pub(super) fn is_html(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "acronym", "area", "base", "basefont", "bgsound", "big", "blink", "body", "button", "canvas", "center",
        "datalist", "dialog", "dir", "embed", "fieldset", "font", "form", "frame", "head", "html", "input", "label",
        "legend", "link", "main", "map", "marquee", "menu", "meta", "meter", "nav", "nobr", "optgroup", "option",
        "output", "param", "progress", "search", "slot", "strike", "tt",
    ];
    find(name).is_some() || takes_content(name) || OTHERS.contains(&name) || name.contains('-')
}

/// The elements that a start tag `name` ends (the outermost of them that is open), and those that it looks no
/// further than (HTML 13.2.6.4.7 ff. and 13.1.2.4, optional tags).
pub(super) fn ends(name: &str, is_block: bool) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "li" => (&["li"], LISTS),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "rt" | "rp" => (&["rt", "rp"], &["ruby"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "tr" => (&["tr", "caption", "colgroup"], &["table"]),
        "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot", "tr", "caption", "colgroup"], &["table"]),
        "caption" | "colgroup" => (&["caption", "colgroup"], &["table"]),
        "col" => (&["caption"], &["table"]),
        _ if is_block => (&["p"], &["td", "th", "caption", "table"]),
        _ => (&[], &[]),
    }
}

/// Whether the closing tag of an element may be left away.
pub(super) fn end_is_optional(name: &str) -> bool {
    let names = ["li", "p", "dt", "dd", "rt", "rp", "td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup"];
    names.contains(&name)
}

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Keep,
    /// It is an address.
    Address(Use),
    /// It is a list of addresses with widths or densities.
    Srcset,
    /// It goes.
    Drop,
}

/// What becomes of the attribute `name` of `element`.
pub(super) fn attribute(element: &Element, name: &str, value: &str) -> Verdict {
    let own = element.attributes.contains(&name);
    let keep = |passes: bool| if passes { Verdict::Keep } else { Verdict::Drop };
    match name {
        "id" => keep(id_passes(value)),
        "name" if element.name == "a" => keep(id_passes(value)),
        "class" | "title" | "lang" | "role" => Verdict::Keep,
        "dir" => keep(one_of(value, &["ltr", "rtl", "auto"])),
        _ if name.starts_with("aria-") => keep(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')),
        _ if !own => Verdict::Drop,
        "rel" => keep(value.split_ascii_whitespace().all(|word| one_of(word, RELATIONS))),
        "target" => keep(one_of(value, &["_blank", "_self"])),
        "align" => keep(one_of(value, &["left", "right", "center", "justify", "top", "middle", "bottom"])),
        "width" | "height" => {
            let number = value.strip_suffix('%').unwrap_or(value);
            keep(!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        }
        _ => address(element.name, name).unwrap_or(Verdict::Keep),
    }
}

/// What a link may say of where it leads. Not `opener`, which lets the page there steer this one.
const RELATIONS: &[&str] = &[
    "alternate",
    "author",
    "bookmark",
    "external",
    "help",
    "license",
    "me",
    "next",
    "nofollow",
    "noopener",
    "noreferrer",
    "prev",
    "sponsored",
    "tag",
    "ugc",
];

fn one_of(value: &str, values: &[&str]) -> bool {
    values.iter().any(|known| value.eq_ignore_ascii_case(known))
}

/// What an attribute's address is for, of elements that pass and of others; `None` if it is no address.
pub(super) fn address(element: &str, attribute: &str) -> Option<Verdict> {
    match (element, attribute) {
        ("a" | "area", "href") | ("blockquote" | "q" | "del" | "ins", "cite") => Some(Verdict::Address(Use::Href)),
        ("img" | "source" | "audio" | "video" | "track" | "script" | "iframe" | "embed" | "input", "src")
        | ("video", "poster")
        | ("link", "href") => Some(Verdict::Address(Use::Src)),
        ("img" | "source", "srcset") => Some(Verdict::Srcset),
        _ => None,
    }
}

/// Whether raw HTML may give this id. An id is not empty and holds no white space (HTML 3.2.6); those that begin
/// with `benchbook` or `__` are what the page, its script and its style look up.
pub fn id_passes(id: &str) -> bool {
    let lower = id.to_ascii_lowercase();
    !id.is_empty()
        && !id.chars().any(|c| c.is_whitespace() || c.is_control())
        && !lower.starts_with("benchbook")
        && !lower.starts_with("__")
}
