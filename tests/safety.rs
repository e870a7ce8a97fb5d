//! What an author writes stays text: addresses, attributes, ids, titles and options, each in every place where it can
//! stand (X2 to X4 of the list of hazards). `tests/browser/safety.mjs` opens the same in a browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

#[path = "support/memory.rs"]
mod support;

use std::collections::BTreeSet;
use support::{OURS, Site, build, page, page_of};

/// An element's start tag: its name, its attributes and their values as a browser reads them.
#[derive(Debug, PartialEq, Eq)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The start tags of a page that we wrote: attributes stand in double quotes, and nothing else holds a `<`.
#[track_caller]
fn elements(html: &str) -> Vec<Element> {
    let mut out = Vec::new();
    for part in html.split('<').skip(1) {
        let Some(name) = part.split(|c: char| !c.is_ascii_alphanumeric()).next().filter(|name| !name.is_empty()) else {
            assert!(part.starts_with(['/', '!']), "a bare `<` before {part:?}");
            continue;
        };
        let (mut rest, mut attributes) = (&part[name.len()..], Vec::new());
        loop {
            rest = rest.trim_start();
            if rest.starts_with('>') {
                break;
            }
            let end = rest.find(['=', ' ', '>', '\n']).unwrap_or_else(|| panic!("a tag that does not end: {part:?}"));
            let key = rest[..end].to_owned();
            assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "an odd attribute in {part:?}");
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let (inner, behind) = quoted.split_once('"').unwrap();
                (value, rest) = (decoded(inner), behind);
            }
            attributes.push((key, value));
        }
        out.push(Element { name: name.to_owned(), attributes });
    }
    out
}

fn decoded(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&#x2F;", "/")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)).replace("&amp;", "&")
}

/// What no page may hold: an attribute that runs, an address of a scheme that is not allowed, a script of an author.
fn wrongs(html: &str) -> Vec<String> {
    let mut out = Vec::new();
    for element in elements(html) {
        let never = ["iframe", "object", "embed", "form", "base", "style", "svg"];
        let bad = |(name, value): &(String, String)| {
            let bare: String = value.chars().filter(|c| *c > ' ').collect();
            let scheme = bare.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
            let scheme = scheme.filter(|s| s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)));
            name.starts_with("on")
                || ["style", "srcdoc", "formaction", "action"].contains(&&**name)
                || (["href", "src", "cite", "poster"].contains(&&**name)
                    && scheme.is_some_and(|s| !["http", "https", "mailto", "tel"].contains(&&*s)))
        };
        let ours = element.attributes.iter().any(|(name, value)| name == "src" && value.contains("assets/"));
        if never.contains(&&*element.name) || element.attributes.iter().any(bad) || (element.name == "script" && !ours)
        {
            out.push(format!("{element:?}"));
        }
    }
    out
}

/// The addresses that no page may lead to.
fn addresses() -> Vec<String> {
    serde_json::from_str(include_str!("schemes.json")).unwrap()
}

#[test]
fn x2_no_page_leads_to_a_scheme_that_is_not_allowed() {
    let places: &[(&str, &str)] = &[
        ("inline", "[a](<$>)\n"),
        ("bare", "[a]($)\n"),
        ("titled", "[a](<$> \"t\")\n"),
        ("reference", "[a][r]\n\n[r]: <$>\n"),
        ("collapsed", "[r][]\n\n[r]: <$>\n"),
        ("shortcut", "[r]\n\n[r]: <$>\n"),
        ("image", "![a](<$>)\n"),
        ("image in a link", "[![a](<$>)](<$>)\n"),
        ("footnote", "a[^f]\n\n[^f]: [b](<$>)\n"),
        ("cell", "| a |\n| - |\n| [b](<$>) |\n"),
        ("heading", "## [b](<$>)\n"),
        ("item", "- [b](<$>)\n"),
        ("definition", "Term\n: [b](<$>)\n"),
        ("tab", "::: tabs\n::: tab T\n[b](<$>)\n:::\n:::\n"),
        ("raw", "<a href=\"$\">b</a>\n"),
        ("raw image", "<img src=\"$\" alt=\"\">\n"),
        ("raw set", "<img srcset=\"$ 1x\" alt=\"\">\n"),
    ];
    let mut broken = Vec::new();
    // White space parts an address in Markdown before it is one, and an entity ends with a semicolon there.
    let plain = |address: &str| !address.contains(|c| c <= ' ') && !address.starts_with("&#0000106a");
    for address in addresses() {
        for (place, text) in places {
            for (kind, config, folder) in [("ours", OURS, "content"), ("mdbook", "", "src")] {
                let (html, told) = page_of(config, folder, &text.replace('$', &address));
                let (html, told) = (html, told.join("\n"));
                let name = format!("{place} {address:?} {kind}");
                broken.extend(wrongs(&html).into_iter().map(|wrong| format!("{name}: {wrong}")));
                if plain(&address) && *place != "raw set" && !told.contains("scheme-not-allowed: ") {
                    broken.push(format!("{name}: is not told: {told} in {html}"));
                }
            }
        }
    }
    assert_eq!(broken, [""; 0]);
    for address in
        ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:x", "data:text/html,x", "file:///x", "blob:x"]
    {
        let (html, told) = page(&format!("<{address}>\n"));
        assert_eq!(html, format!("<p>{address}</p>\n"));
        assert!(told[0].starts_with("scheme-not-allowed: "), "{told:?}");
    }
}

#[test]
fn x2_what_is_allowed_passes() {
    let fine =
        ["http://a.example/", "https://a.example/", "mailto:a@b.example", "tel:+49123", "#top", "?q", "HTTPS://a"];
    for address in fine {
        let (html, told) = page(&format!("# Top\n\n[a]({address})\n"));
        assert!(html.contains(&format!("<a href=\"{address}\">a</a>")), "{html}");
        assert_eq!(told, [""; 0]);
    }
    // mdBook lets every scheme pass. What can neither run nor be read stays in its books, and is told.
    for (text, html) in [
        ("[a](ftp://a.example/x)", "<p><a href=\"ftp://a.example/x\">a</a></p>\n"),
        (
            "![a](data:image/png;base64,AA==)",
            "<p><img src=\"data:image/png;base64,AA==\" alt=\"a\" decoding=\"async\"></p>\n",
        ),
        ("![a](data:image/svg+xml,x)", "<p>a</p>\n"),
    ] {
        let (got, told) = page_of("", "src", text);
        assert_eq!(got, html);
        assert!(told[0].starts_with("scheme-not-allowed: "), "{told:?}");
    }
}

#[test]
fn x2_redirects_sources_and_addresses_of_the_book_are_checked() {
    for address in addresses() {
        let quoted = serde_json::to_string(&address).unwrap();
        for (what, file, text) in [
            ("a redirect", "book.toml", format!("{OURS}[output.html.redirect]\n\"/old.html\" = {quoted}\n")),
            ("the repository", "book.toml", format!("{OURS}[output.html]\ngit-repository-url = {quoted}\n")),
            ("the edit link", "book.toml", format!("{OURS}[output.html]\nedit-url-template = {quoted}\n")),
            ("a source", "content/sources.toml", format!("[a]\ntitle = 'A'\nurl = {quoted}\n")),
        ] {
            let mut files = vec![("book.toml", OURS), ("content/SUMMARY.md", "[A](a.md)\n"), ("content/a.md", "# A\n")];
            files.retain(|(path, _)| *path != file);
            files.push((file, &text));
            let site = build(&files);
            let told = site.told.join("\n");
            // Entities mean nothing in TOML, so some spellings are but names of files there.
            let known = ["scheme-not-allowed", "redirect-invalid", "path-outside-book", "toml-syntax"];
            assert!(known.iter().any(|code| told.contains(code)), "{what} {address:?}: {told}");
            for (path, html) in site.files.iter().filter(|(path, _)| path.ends_with(".html")) {
                assert_eq!(wrongs(html), [""; 0], "{what} {address:?} in {path}");
            }
        }
    }
}

#[test]
fn x3_no_attribute_leaves_its_quotes() {
    let cases: &[(&str, &str)] = &[
        (
            "[a](b.md 'x\" onmouseover=\"alert(1)')",
            "<p><a href=\"b.html\" title=\"x&quot; onmouseover=&quot;alert(1)\">a</a></p>\n",
        ),
        ("![\" onerror=\"x](y.png)", "<p><img src=\"y.png\" alt=\"&quot; onerror=&quot;x\" decoding=\"async\"></p>\n"),
        ("```rust\" onload=\"x\nfn\n```", "<div class=\"code\"><pre><code>fn\n</code></pre></div>\n"),
        (
            "```text title='<img onerror=x>'\nx\n```",
            "<figure class=\"code\"><figcaption>'&lt;img</figcaption><pre><code class=\"language-text\">x\n</code></pre></figure>\n",
        ),
        (
            "```text title=\"<img onerror='x'>\"\nx\n```",
            "<figure class=\"code\"><figcaption>&lt;img onerror='x'&gt;</figcaption><pre><code class=\"language-text\">x\n</code></pre></figure>\n",
        ),
        ("# T {#id onclick=alert(1)}", "<h1 id=\"id\">T</h1>\n"),
        ("# T {onclick=x}", "<h1 id=\"t\">T</h1>\n"),
        (
            "# T {#a\"onload=\"x .b\"onclick=\"y}",
            "<h1 id=\"a&quot;onload=&quot;x\" class=\"b&quot;onclick=&quot;y\">T</h1>\n",
        ),
        ("# <img src=y.png onerror=alert(1)>", "<h1 id=\"section\"><img src=\"y.png\"></h1>\n"),
        ("# <script>alert(1)</script>", "<h1 id=\"alert1\"></h1>\n"),
        ("# \\<script>x\\</script>", "<h1 id=\"scriptxscript\">&lt;script&gt;x&lt;/script&gt;</h1>\n"),
    ];
    for (text, html) in cases {
        let site = build(&[
            ("book.toml", OURS),
            ("content/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n"),
            ("content/a.md", text),
            ("content/b.md", "# B\n"),
            ("content/y.png", "x"),
        ]);
        assert_eq!(site.files["a.html"], *html, "{text}");
    }
    let attributes: Vec<String> = serde_json::from_str(include_str!("attributes.json")).unwrap();
    for text in attributes {
        for (config, folder) in [(OURS, "content"), ("[benchbook]\nraw-html = 'listed'\n", "content")] {
            assert_eq!(wrongs(&page_of(config, folder, &text).0), [""; 0], "{text}");
        }
    }
}

/// The ids of the default theme's own elements, on a page with this chapter.
fn ids(html: &str) -> Vec<String> {
    let all = elements(html).into_iter();
    all.flat_map(|e| e.attributes).filter(|(name, _)| name == "id").map(|(_, value)| value).collect()
}

#[test]
fn x3_an_id_is_linkable_and_shadows_nothing_of_the_page() {
    let heads =
        ["__proto__", "constructor", "document", "location", "benchbook-search", "Main", "body", "benchbook:text"];
    for head in heads {
        let id = head.to_lowercase().replace(':', "");
        let text = format!("# A\n\n## {}\n\n[to](#{id})\n", head.replace('_', "\\_"));
        let site = whole("", &text);
        assert_eq!(site.told, [""; 0], "{head}");
        let ids = ids(&site.files["a.html"]);
        assert_eq!(ids.iter().filter(|found| **found == id).count(), 1, "{head}: {ids:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{head}: {ids:?}");
    }
    let ids = ids(&whole("", "# A\n\n## B {#benchbook:text}\n").files["a.html"]);
    assert_eq!(ids, ["benchbook:text", "a", "benchbook:text-1"]);
}

/// A book in the default theme, with these settings besides.
fn whole(config: &str, chapter: &str) -> Site {
    let config = format!("[benchbook]\ntheme = 'whole'\n{config}");
    build(&[
        ("book.toml", &config),
        ("themes/whole/theme.toml", ""),
        ("content/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n"),
        ("content/a.md", chapter),
        ("content/b.md", "# B\n"),
    ])
}

/// A book whose every text is `text`: title, author, description, front matter, parts, entries, tables, captions.
fn told_everywhere(text: &str) -> Site {
    let quoted = serde_json::to_string(text).unwrap();
    let escaped: String =
        text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect();
    let config = format!(
        "[book]\ntitle = {quoted}\nauthors = [{quoted}]\ndescription = {quoted}\n\n\
         [output.html]\nprint = {{ enable = true }}\n\n[output.html.redirect]\n\"/old.html\" = \"/a.html\"\n\n\
         [benchbook]\ntheme = 'whole'\n"
    );
    let csv = format!("id,words\nx,\"{}\"\n", text.replace('"', "\"\""));
    let schema = format!(
        "primaryKey = \"id\"\nsource = \"s\"\n[[fields]]\nname = \"words\"\ntype = \"string\"\ntitle = {quoted}\ndescription = {quoted}\n"
    );
    let source = format!("[s]\ntitle = {quoted}\nurl = \"https://example.org/?a&b=c\"\nnote = {quoted}\n");
    let chapter = format!(
        "+++\ntitle = {quoted}\ndescription = {quoted}\n+++\n# {escaped}\n\n## {escaped}\n\n{{{{ t.x.words }}}}\n\n\
         ```table\nfrom = \"t\"\ncaption = {quoted}\n```\n\n`` {text} ``\n\n```text\n{text}\n```\n"
    );
    build(&[
        ("book.toml", &config),
        ("themes/whole/theme.toml", ""),
        (
            "content/SUMMARY.md",
            &format!("# {escaped}\n\n- [{escaped}](a.md)\n\n# {escaped}\n\n- [{escaped}]()\n- [B](b.md)\n"),
        ),
        ("content/a.md", &chapter),
        ("content/b.md", "# B\n"),
        ("content/data/t.csv", &csv),
        ("content/data/t.schema.toml", &schema),
        ("content/sources.toml", &source),
    ])
}

#[test]
fn x4_a_text_of_an_author_is_text_in_every_place() {
    let shape = |html: &str| -> Vec<(String, Vec<String>)> {
        let names = |e: Element| (e.name, e.attributes.into_iter().map(|(name, _)| name).collect());
        elements(html).into_iter().map(names).collect()
    };
    let plain = told_everywhere("plain words");
    assert_eq!(plain.told, [""; 0]);
    for path in ["a.html", "contents.html", "print.html", "404.html", "old.html", "index.html"] {
        assert!(plain.files.contains_key(path), "{path} is not there: {:?}", plain.files.keys());
    }
    for text in [
        "</title><script>alert(1)</script>",
        "</script>",
        "<!--<script>",
        "--><img src=x onerror=alert(1)>",
        "]]><svg onload=alert(1)>",
        "\u{2028}alert(1)\u{2029}",
        "\" onload=\"x",
        "' onload='x",
        "a&lt;script&gt;&amp;#60;",
        "</main></body></html><iframe src=//evil.example>",
        "{% raw %}<b>{% include 'base.html' %}</b>{#",
    ] {
        let site = told_everywhere(text);
        for (path, html) in site.files.iter().filter(|(path, _)| path.ends_with(".html")) {
            assert_eq!(wrongs(html), [""; 0], "{text:?} in {path}");
            assert_eq!(shape(html), shape(&plain.files[path]), "{text:?} in {path}");
        }
        let page = &site.files["contents.html"];
        let title = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
        assert_eq!(decoded(title), format!("Contents · {text}"), "{text:?}");
        let meta = |path: &str| {
            let all = elements(&site.files[path]).into_iter();
            let meta = all.filter(|e| e.attributes.iter().any(|(_, value)| value == "description"));
            meta.flat_map(|e| e.attributes).find(|(name, _)| name == "content").map(|(_, value)| value)
        };
        if let Some(description) = meta("a.html") {
            assert_eq!(description, text);
        }
    }
}

#[test]
fn x4_options_are_typed_and_no_text_of_them_reaches_the_style() {
    for option in [
        "accent = 'red;}body{background:url(//evil)'",
        "accent = 'url(//evil)'",
        "accent = ['#fff', '#000;}']",
        "width = '70ch;}*{display:none}'",
        "width = 'calc(1px)'",
        "font = ['x;}body{background:url(//evil)']",
        "font = ['x\\', url(//evil)']",
        "code-font = [\"a\\\"b\"]",
        "code-font = ['</style><script>']",
    ] {
        let theme = format!("[options]\n{option}\n");
        let site = build(&[
            ("book.toml", "[benchbook]\ntheme = 'whole'\n"),
            ("themes/whole/theme.toml", &theme),
            ("content/SUMMARY.md", "[A](a.md)\n"),
            ("content/a.md", "# A\n"),
        ]);
        assert!(
            site.told.iter().any(|t| t.starts_with("wrong-type: ") || t.starts_with("toml-syntax")),
            "{option}: {:?}",
            site.told
        );
        assert!(site.files.values().all(|text| !text.contains("evil")), "{option}");
    }
    for (key, value) in [("language", "\" onload=\"x"), ("text-direction", "\" onload=\"x"), ("language", "en\nx")] {
        let config =
            format!("[book]\n{key} = {}\n[benchbook]\ntheme = 'whole'\n", serde_json::to_string(value).unwrap());
        let site = build(&[
            ("book.toml", &config),
            ("themes/whole/theme.toml", ""),
            ("content/SUMMARY.md", "[A](a.md)\n"),
            ("content/a.md", "# A\n"),
        ]);
        assert!(site.told.iter().any(|t| t.starts_with("wrong-type: ")), "{key}: {:?}", site.told);
        for html in site.files.values().filter(|text| text.contains("<html")) {
            assert_eq!(wrongs(html), [""; 0], "{key}");
        }
    }
}
