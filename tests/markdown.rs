//! What Markdown means in a chapter: constructs, each with the HTML that it gives and what is told of its mistakes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

#[path = "support/memory.rs"]
mod support;

use support::{OURS, build, page, page_of};

/// The page of a chapter of which nothing is told.
#[track_caller]
fn html(text: &str) -> String {
    let (html, told) = page(text);
    assert_eq!(told, [""; 0], "{text}");
    html
}

#[track_caller]
fn told(text: &str) -> Vec<String> {
    page(text).1
}

#[test]
fn the_extensions_are_those_of_the_kind_of_book() {
    assert_eq!(html("x^2^ and H~2~O and ~~gone~~\n"), "<p>x<sup>2</sup> and H<sub>2</sub>O and <del>gone</del></p>\n");
    assert!(html("## On x^2^\n").contains(
        "<h2 id=\"on-x2\">On x<sup>2</sup><a class=\"anchor\" href=\"#on-x2\" aria-label=\"Link to “On x2”\">"
    ));
    assert_eq!(
        html("~gone~ [x^2^](https://a.example)\n"),
        "<p><del>gone</del> <a href=\"https://a.example\">x<sup>2</sup></a></p>\n"
    );
    assert_eq!(html("\"a\" -- b...\n"), "<p>\"a\" -- b...</p>\n");
    assert!(html("Term\n: What it is\n").contains("<dt id=\"term\">Term</dt>\n<dd>What it is</dd>"));
    let tasks = html("- [x] a\n- [ ] b\n");
    assert_eq!(tasks.matches("type=\"checkbox\" disabled").count(), 2);
    assert!(tasks.contains("disabled checked aria-label=\"done\"> a"));
    // As mdBook 0.5 has it: no super- or subscript, no formulas, no bare links; smart punctuation.
    let (theirs, told) = page_of("", "src", "x^2^ H~2~O $a$ https://a.example \"a\" ::: x\n");
    assert!(theirs.contains("x^2^ H~2~O $a$ https://a.example “a” ::: x"), "{theirs}");
    assert_eq!(told, [""; 0]);
    let smart = format!("{OURS}[output.html]\nsmart-punctuation = true\n");
    assert!(page_of(&smart, "content", "\"a\" -- b...\n").0.contains("“a” – b…"));
}

// Containers

#[test]
fn containers_are_markup_that_needs_no_script() {
    let tabs = html("::: tabs\n::: tab Linux\nA *b*\n:::\n::: tab macOS\n\n- c\n\n:::\n:::\nafter\n");
    assert_eq!(
        tabs,
        "<div class=\"tabs\">\n<div class=\"tab\"><p class=\"tab-title\">Linux</p>\n<p>A <em>b</em></p>\n</div>\n\
         <div class=\"tab\"><p class=\"tab-title\">macOS</p>\n<ul>\n<li>c</li>\n</ul>\n</div>\n</div>\n\
         <p>after</p>\n"
    );
    assert_eq!(
        html(":::details More < less\nx\n:::\n"),
        "<details><summary>More &lt; less</summary>\n<p>x</p>\n</details>\n"
    );
    assert!(html("::: steps\n1. a\n2. b\n:::\n").starts_with("<div class=\"steps\">\n<ol>"));
    assert!(html("::: details\nx\n:::\n").contains("<summary>Details</summary>"));
}

#[test]
fn containers_stand_in_quotes_and_items_and_end_with_them() {
    assert!(
        html("> ::: details A\n> b\n> :::\n")
            .contains("<blockquote>\n<details><summary>A</summary>\n<p>b</p>\n</details>\n</blockquote>")
    );
    let item = html("- a\n\n  ::: details B\n  c\n  :::\n- d\n");
    assert!(item.contains("<details><summary>B</summary>\n<p>c</p>\n</details>\n</li>"), "{item}");
    assert_eq!(
        told("> ::: details A\n> b\n\n:::\n"),
        [
            "container-invalid: `::: details` never ends @ ::: details A",
            "container-invalid: this ends no container @ :::"
        ]
    );
}

#[test]
fn in_code_colons_are_colons() {
    let text = "```text\n::: tabs\n:::\n```\n\n    ::: tab\n    :::\n\n`::: tabs`\n\na ::: b\n";
    let html = html(text);
    assert!(html.contains("<code class=\"language-text\">::: tabs\n:::\n</code>"), "{html}");
    assert!(html.contains("<code>::: tab\n:::\n</code>"), "{html}");
    assert!(html.contains("<p><code>::: tabs</code></p>\n<p>a ::: b</p>"), "{html}");
}

#[test]
fn mistakes_in_containers_are_told_where_they_are() {
    assert_eq!(told("::: taps\n:::\n"), ["container-unknown: there is no container `taps` @ taps"]);
    assert_eq!(told("::: note\nx\n:::\n"), ["container-unknown: there is no container `note` @ note"]);
    assert_eq!(told("a\n\n:::\n"), ["container-invalid: this ends no container @ :::"]);
    assert_eq!(told("::: details a\nx\n"), ["container-invalid: `::: details` never ends @ ::: details a"]);
    assert_eq!(told("::: tab a\n:::\n"), ["container-invalid: a tab stands in `::: tabs` @ ::: tab a"]);
    assert_eq!(told("::: tabs\n::: tab\nx\n:::\n:::\n"), ["container-invalid: a tab needs a title @ ::: tab"]);
    assert_eq!(told("::: steps x\n:::\n"), ["container-invalid: `::: steps` takes no title @ x"]);
    assert_eq!(
        told("::: tabs\nlost\n\nlost too\n::: tab a\n:::\n:::\n"),
        ["container-invalid: this stands among tabs, and in none of them @ lost"]
    );
    assert_eq!(
        told("::: tabs\n::: tab a\nx\n::: tab b\ny\n:::\n"),
        ["container-invalid: a tab cannot stand in a tab @ ::: tab b"]
    );
}

#[test]
fn titles_may_hold_expressions() {
    let book = |title: &str| {
        build(&[
            ("book.toml", OURS),
            ("content/SUMMARY.md", "[A](a.md)\n"),
            ("content/a.md", &format!("::: details {title}\nx\n:::\n")),
            ("content/data/cards.csv", "id,memory\na,24\n"),
        ])
    };
    let site = book("It has {{ cards.a.memory }} of it");
    assert_eq!(site.told, [""; 0]);
    assert!(site.files["index.html"].contains("<summary>It has 24 of it</summary>"), "{}", site.files["index.html"]);
    let wrong = book("{{ cards.b.memory }}").told;
    assert!(wrong[0].starts_with("name-unknown") && wrong[0].ends_with("@ b"), "{wrong:?}");
}

// Bare addresses

#[test]
fn bare_addresses_are_links_in_prose_only() {
    assert_eq!(
        html("See https://a.example/b_c_d and www.b.example.\n"),
        "<p>See <a href=\"https://a.example/b_c_d\">https://a.example/b_c_d</a> and \
         <a href=\"http://www.b.example\">www.b.example</a>.</p>\n"
    );
    assert!(!html("`https://a.example`\n").contains("<a"));
    assert_eq!(html("[see https://a.example](https://b.example)\n").matches("<a ").count(), 1);
    assert!(html("<a href=\"https://b.example\">see https://a.example </a>\n").matches("<a ").count() == 1);
    assert!(!html("    https://a.example\n").contains("<a"));
    assert!(html("**https://a.example**\n").contains("<strong><a href=\"https://a.example\">"));
    assert!(html("# Of https://a.example\n").contains("<a href=\"https://a.example\">"));
    assert_eq!(html("<https://a.example/$1>\n").matches("https://a.example/$1").count(), 2);
}

// Formulas

#[test]
fn formulas_are_mathml() {
    assert_eq!(html("so $a$.\n"), "<p>so <math><mi>a</mi></math>.</p>\n");
    assert!(html("$$\n\\frac{a}{b}\n$$\n").contains("<math display=\"block\"><mfrac>"));
    let typed = format!("{OURS}[benchbook.lints]\norphan = 'allow'\n");
    let (money, told) = page_of(&typed, "content", "It costs $5-$6, or \\$7 and `$8`.\n");
    assert_eq!((money.as_str(), told.len()), ("<p>It costs $5-$6, or $7 and <code>$8</code>.</p>\n", 0));
    assert!(html("$x^{{a}}$\n").contains("<math>"));
    assert!(html("## The $n$ of it\n").contains("aria-label=\"Link to “The n of it”\""));
    let off = format!("{OURS}math = false\n");
    assert!(page_of(&off, "content", "$a$\n").0.contains("<p>$a$</p>"));
}

#[test]
fn what_is_wrong_with_a_formula_is_told_at_its_place() {
    assert_eq!(told("so $a + \\fraq{b}$\n"), ["math-syntax: unknown command \"\\fraq\" @ \\fraq"]);
    assert_eq!(told("> $$\n> a \\fraq\n> $$\n").len(), 1);
    assert!(told(&format!("${}$\n", "\\sqrt".repeat(1000)))[0].starts_with("nesting: "));
}

// Fences

#[test]
fn a_fence_may_ask_for_a_title_marks_numbers_and_a_diff() {
    assert_eq!(
        html("```text\na\n```\n"),
        "<div class=\"code\"><pre><code class=\"language-text\">a\n</code></pre></div>\n"
    );
    assert_eq!(
        html("```text title=\"a < b.rs\" {2}\na\nb\nc\n```\n"),
        "<figure class=\"code\"><figcaption>a &lt; b.rs</figcaption><pre><code class=\"language-text\">a\n\
         <mark class=\"line\">b\n</mark>c\n</code></pre></figure>\n"
    );
    assert!(html("```text linenos=9\na\nb\n```\n").contains(
        "<span class=\"line\" data-line=\"9\">a\n</span><span class=\"line\" data-line=\"10\">b\n</span></code>"
    ));
    assert!(html("```text diff\n a\n-b\n+c\n```\n").contains(
        "<span class=\"sign\"> </span>a\n<del class=\"line\"><span class=\"sign\">-</span>b\n</del>\
                       <ins class=\"line\"><span class=\"sign\">+</span>c\n</ins></code>"
    ));
    let rust = html("```rust diff\n-let a = 1;\n+let a = 2;\n```\n");
    assert!(rust.contains("<del class=\"line\"><span class=\"sign\">-</span><span class=\"kd\">let</span>"), "{rust}");
}

#[test]
fn of_a_session_the_commands_are_told_from_their_answers() {
    assert!(html("```console {2}\n$ a\nif b\n```\n").contains(
        "<span class=\"prompt\">$ </span><span class=\"f\">a</span>\n\
         <mark class=\"line\"><span class=\"output\">if b</span>\n</mark></code>"
    ));
}

#[test]
fn a_formula_that_may_be_wide_can_be_reached_by_keyboard() {
    let around = "<span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\"><math";
    assert!(html("$$ a + b + c + d + e + f + g + h $$\n").contains(around));
    assert!(!html("$$ a + b $$\n").contains("tabindex"));
    assert!(!html("So $a + b + c + d + e + f + g + h$.\n").contains("tabindex"));
}

#[test]
fn hidden_lines_are_there_and_can_be_shown() {
    let rust = html("```rust\n# use a;\nb();\n##[c]\n#\n```\n");
    assert!(
        rust.contains("<label class=\"reveal\"><input type=\"checkbox\"> Show 2 hidden lines</label><pre>"),
        "{rust}"
    );
    assert_eq!(rust.matches("<span class=\"hidden\">").count(), 2);
    let titled = html("```rust title=\"a.rs\"\n# use a;\nb();\n```\n");
    assert!(titled.contains(
        "<figcaption>a.rs<label class=\"reveal\"><input type=\"checkbox\"> Show 1 hidden line</label></figcaption>"
    ));
    assert!(!rust.contains("# ") && rust.contains("#["), "{rust}");
    let python = html("```python,hidelines=!!!\n!!!a = 1\nb\n```\n");
    assert_eq!(python.matches("<span class=\"hidden\">").count(), 1);
    let set = format!("{OURS}[output.html.code]\nhidelines = {{ python = '~' }}\n");
    let (python, told) = page_of(&set, "content", "```python\n~a = 1\nb\n```\n");
    assert_eq!((python.matches("<span class=\"hidden\">").count(), told), (1, vec![]));
    let (theirs, told) = page_of("", "src", "```rust,ignore\n# a\nb\n```\n\n```text,whatever {1}\nx\n```\n");
    assert_eq!((theirs.matches("class=\"hidden\"").count(), told.len()), (1, 0));
}

#[test]
fn options_that_mean_nothing_are_told() {
    assert_eq!(
        told("```rust titel=\"x\"\n```\n"),
        ["fence-option: `titel=\"x\"` is no option of a code block @ titel=\"x\""]
    );
    assert_eq!(told("```rust,ignore,edition2021\n```\n"), [""; 0]);
    assert_eq!(told("> ```rust {x}\n> ```\n"), ["fence-option: `{x}` is no option of a code block @ {x}"]);
}

#[test]
fn code_marks_what_deceives_and_other_text_does_not() {
    let hidden = |c: char, name| {
        let point = format!("U+{:04X}", u32::from(c));
        format!("<bdi class=\"hidden-char\" data-char=\"{point}\" role=\"img\" title=\"{point} {name}\">{c}</bdi>")
    };
    let letter = "<bdi class=\"lookalike-char\" role=\"img\" title=\"U+0430 CYRILLIC SMALL LETTER A\">а</bdi>";
    let (rlo, lri) = (hidden('\u{202e}', "RIGHT-TO-LEFT OVERRIDE"), hidden('\u{2066}', "LEFT-TO-RIGHT ISOLATE"));
    for (text, html) in [
        ("`a\u{202e}<b`\n", format!("<p><code>a{rlo}&lt;b</code></p>\n")),
        ("    x\u{2066}y\n", format!("<div class=\"code\"><pre><code>x{lri}y\n</code></pre></div>\n")),
        (
            "```rust\nlet pаy = 1; // \u{202e}&\n```\n",
            format!(
                "<div class=\"code\"><pre><code class=\"language-rust\"><span class=\"kd\">let</span> p{letter}y \
                 <span class=\"o\">=</span> <span class=\"n\">1</span>; <span class=\"c\">// {rlo}&amp;</span>\n</code></pre></div>\n"
            ),
        ),
        ("pаy \u{202e}x\n", "<p>pаy \u{202e}x</p>\n".to_owned()),
    ] {
        assert_eq!(page(text).0, html);
        assert_eq!(page_of("", "src", text).0, html);
    }
    // Lines that stand for themselves have them too.
    let (html, _) = page("```rust {2} linenos\nlet a = 1;\nlet b\u{202e} = 2;\n# let hidden\u{2066} = 3;\n```\n");
    assert!(html.contains(&rlo) && html.contains(&lri), "{html}");
    assert_eq!(
        told("# A\n\n[pаy](b\u{200b}.md) `x\u{202e}`\n").iter().filter(|told| told.contains("-character: ")).count(),
        3
    );
}

#[test]
fn pictures_have_their_size_and_only_the_first_comes_at_once() {
    let text = "# A\n\n![a](a.svg)\n![b](b.svg \"t\")\n![c](https://a.example/c.png)\n![d](d.png)\n![e](e.bin)\n";
    for (config, folder) in [(OURS, "content"), ("", "src")] {
        let at = |name: &str| format!("{folder}/{name}");
        let site = build(&[
            ("book.toml", config),
            (&at("SUMMARY.md"), "[A](a.md)\n"),
            (&at("a.md"), text),
            (&at("a.svg"), "<svg width='3' height='2'/>"),
            (&at("b.svg"), "<svg viewBox='0 0 30 20'/>"),
            (&at("d.png"), "version https://git-lfs.github.com/spec/v1"),
            (&at("e.bin"), "x"),
        ]);
        assert!(
            site.files["a.html"].ends_with(
                "<p><img src=\"a.svg\" alt=\"a\" width=\"3\" height=\"2\" decoding=\"async\">\n\
                 <img src=\"b.svg\" alt=\"b\" width=\"30\" height=\"20\" loading=\"lazy\" decoding=\"async\" title=\"t\">\n\
                 <img src=\"https://a.example/c.png\" alt=\"c\" loading=\"lazy\" decoding=\"async\">\n\
                 <img src=\"d.png\" alt=\"d\" loading=\"lazy\" decoding=\"async\">\n\
                 <img src=\"e.bin\" alt=\"e\" loading=\"lazy\" decoding=\"async\"></p>\n"
            ),
            "{}",
            site.files["a.html"]
        );
        assert_eq!(site.told, ["image-unreadable: `d.png` is not a picture, or a broken one @ ![d](d.png)"]);
    }
}
