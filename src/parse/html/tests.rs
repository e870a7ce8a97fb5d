#![allow(clippy::panic, reason = "a test may stop at what it does not expect")]

use super::*;
use crate::id::PathId;
use proptest::prelude::*;

fn at(range: Range<usize>) -> Span {
    Span::new(PathId::new("a.md"), range)
}

/// Stands in for the check of addresses: relative ones and four schemes pass.
fn link(_: Use, address: &str, _: Span) -> Option<String> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '#', '?']));
    scheme.is_none_or(|scheme| ["http", "https", "mailto", "tel"].contains(&scheme)).then(|| address.to_owned())
}

/// Feeds the pieces of a page one after the other.
fn fed(policy: Policy, pieces: &[&str]) -> (String, Vec<Diagnostic>) {
    let (mut page, mut out, mut told) = (RawHtml::new(policy), String::new(), Vec::new());
    for piece in pieces {
        page.feed(piece, &at, &mut link, &mut out, &mut told);
    }
    page.finish(&mut out, &mut told);
    (out, told)
}

/// What passes by the list, and what is told: the code, the place and the message.
fn listed(html: &str) -> (String, Vec<String>) {
    let (out, told) = fed(Policy::Listed, &[html]);
    check(html, &out);
    (out, told.iter().map(said).collect())
}

fn said(told: &Diagnostic) -> String {
    let place = match told.place {
        Some(crate::diag::Place::Span(span)) => format!("{}..{}", span.start, span.end),
        _ => String::new(),
    };
    format!("{place} {}: {}", told.code.name(), told.message)
}

/// Reads `out` as a browser does, and asserts that nothing in it can run and that each tag is closed.
fn check(html: &str, out: &str) {
    let mut open: Vec<String> = Vec::new();
    for token in Tokens::new(out, None, true) {
        match token {
            Token::Start(tag) => {
                let element = allowed::find(&tag.name);
                let element = element.unwrap_or_else(|| panic!("<{}> from {html:?} in {out:?}", tag.name));
                for a in &tag.attributes {
                    let name = a.name.as_str();
                    let never = name.starts_with("on")
                        || ["style", "srcdoc", "action", "formaction", "ping", "is"].contains(&name)
                        || (name == "name" && tag.name != "details")
                        || (name == "id" && !id_passes(&a.value));
                    assert!(!never, "{name} from {html:?} in {out:?}");
                    let value = cleaned(&a.value).to_lowercase();
                    let runs = ["javascript:", "vbscript:", "data:", "file:", "blob:"];
                    let is_address = allowed::address(&tag.name, name).is_some();
                    let bad = is_address && runs.iter().any(|scheme| value.starts_with(scheme));
                    assert!(!bad, "{value} from {html:?} in {out:?}");
                }
                if !element.is_void() {
                    open.push(tag.name);
                }
            }
            Token::End(name, _) => assert_eq!(open.pop(), Some(name), "from {html:?} in {out:?}"),
            Token::Text(_) => {}
            other => panic!("{other:?} from {html:?} in {out:?}"),
        }
    }
    assert!(open.is_empty(), "{open:?} from {html:?} in {out:?}");
}

#[test]
fn nothing_that_runs_passes_and_each_drop_is_told() {
    let vectors: Vec<String> =
        serde_json::from_str(include_str!("../../../tests/raw-html.json")).expect("a list of texts");
    assert!(vectors.len() >= 100);
    let mut silent = Vec::new();
    for html in vectors.iter().map(String::as_str) {
        let (_, told) = fed(Policy::Listed, &[html]);
        let (out, _) = listed(html);
        if !told.iter().any(|told| told.code == Code::HtmlDropped) {
            silent.push((html, out));
        }
        assert!(told.iter().all(|told| !told.help.is_empty()), "{html:?}");
        // The same in pieces: a line each, as inline HTML comes, and twice over.
        let lines: Vec<&str> = html.split_inclusive('>').collect();
        check(html, &fed(Policy::Listed, &lines).0);
        check(html, &fed(Policy::Listed, &[html, html]).0);
        let end = html.char_indices().nth(html.chars().count() / 2).map_or(0, |(at, _)| at);
        check(html, &fed(Policy::Listed, &[&html[..end], &html[end..]]).0);
    }
    assert_eq!(silent, [], "left out in silence");
}

#[test]
fn schemes_are_asked_for_as_a_browser_reads_them() {
    let spellings: Vec<String> =
        serde_json::from_str(include_str!("../../../tests/schemes.json")).expect("a list of texts");
    for address in spellings {
        for html in [format!("<a href=\"{address}\">x</a>"), format!("<img src=\"{address}\" alt>")] {
            let (out, told) = listed(&html);
            assert!(!out.contains("href") && !out.contains("src"), "{html:?} gives {out:?}");
            assert!(told.is_empty(), "the link check has told of it: {told:?}");
        }
    }
}

#[test]
fn what_authors_need_passes_as_it_is() {
    let same = [
        "<details open><summary>More</summary>\ntext\n</details>\n",
        "Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, x<sup>2</sup>, <mark>m</mark><br>",
        "<abbr title=\"a &amp; b\">x</abbr> <time datetime=\"2026-01-01\">x</time>",
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        "<table><thead><tr><th scope=\"col\">a</th></tr></thead><tbody><tr><td colspan=\"2\">b</td></tr></tbody></table>",
        "<table>\n<caption>c</caption><colgroup><col span=\"2\"></colgroup>\n<tr><td>b</td></tr></table>",
        "<figure><img src=\"a.png\" alt=\"\" width=\"4\" height=\"50%\" loading=\"lazy\"><figcaption>c</figcaption></figure>",
        "<picture><source srcset=\"a.avif 1x, b.avif 2x\" media=\"(min-width: 1px)\"><img src=\"a.png\" alt=\"x\"></picture>",
        "<ol start=\"3\" type=\"a\" reversed><li value=\"3\">a</li></ol><dl><dt>a</dt><dd>b</dd></dl>",
        "<video src=\"a.webm\" poster=\"a.png\" controls></video>",
        "<p align=\"center\" class=\"a b\" id=\"x\" lang=\"de\" dir=\"rtl\" role=\"note\" aria-label=\"x\">y</p>",
        "<a href=\"https://example.org/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener\">x</a>",
        "a &lt; b &amp; c &gt; d \"e\" ü 😀 \u{a0}",
    ];
    for html in same {
        assert_eq!(listed(html), (html.to_owned(), vec![]));
    }
    let (out, told) = listed("<A HREF='x.md'>a</A><br/><a name=\"old\"/>&copy; &bogus; a<!-- gone --> <3");
    assert_eq!(out, "<a href=\"x.md\">a</a><br><a id=\"old\"></a>© &amp;bogus; a &lt;3");
    assert_eq!(told, [""; 0]);
}

#[test]
fn tags_are_matched() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("a</div>b", "ab", &["1..7 html-unbalanced: `</div>` closes nothing that is open here"]),
        ("<b>a", "<b>a</b>", &["0..3 html-unbalanced: `<b>` is never closed where it was opened"]),
        (
            "<div><b>a",
            "<div><b>a</b></div>",
            &[
                "0..5 html-unbalanced: `<div>` is never closed where it was opened",
                "5..8 html-unbalanced: `<b>` is never closed where it was opened",
            ],
        ),
        ("<b><i>a</b>", "<b><i>a</i></b>", &["3..6 html-unbalanced: `<i>` is never closed where it was opened"]),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>", &[]),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", &[]),
        ("<p>a<p>b", "<p>a</p><p>b</p>", &[]),
        ("<p>a<div>b</div></p>", "<p>a</p><div>b</div>", &[]),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>", &[]),
        (
            "<table><tr><td>a<td>b<tr><th>c<tbody><tr><td>d</table>",
            "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr><tbody><tr><td>d</td></tr></tbody></table>",
            &[],
        ),
        (
            "<table><tr><td><table><tr><td>a</table><td>b</table>",
            "<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>",
            &[],
        ),
        (
            "<table><tr><td><table><td>a</table></table>",
            "<table><tr><td><table>a</table></td></tr></table>",
            &["22..26 html-unbalanced: `<td>` stands outside `<tr>`, so it was left out"],
        ),
        ("<li>a</li>", "a", &["0..4 html-unbalanced: `<li>` stands outside `<ul>` and `<ol>`, so it was left out"]),
        ("<font>a</font>", "a", &["0..6 html-dropped: `<font>` was left out"]),
        (
            "<a href=x>a<a href=y>b</a></a>",
            "<a href=\"x\">ab</a>",
            &["11..21 html-unbalanced: `<a>` cannot stand in a link, so it was left out"],
        ),
        ("<div/>a<br/><br>", "<div></div>a<br><br>", &[]),
        (
            "<b>a</b",
            "<b>a</b>",
            &[
                "4..7 html-dropped: a tag that has no end was left out",
                "0..3 html-unbalanced: `<b>` is never closed where it was opened",
            ],
        ),
    ];
    for (html, out, told) in cases {
        assert!(fed(Policy::Listed, &[html]).1.iter().all(|told| !told.help.is_empty()), "{html}");
        assert_eq!(listed(html), ((*out).to_owned(), told.iter().map(|t| (*t).to_owned()).collect()), "{html}");
    }
}

#[test]
fn no_tag_reaches_out_of_its_container() {
    let (mut page, mut out, mut told) = (RawHtml::new(Policy::Listed), String::new(), Vec::new());
    let mut feed = |page: &mut RawHtml, html: &str, out: &mut String| page.feed(html, &at, &mut link, out, &mut told);
    feed(&mut page, "<div><p>", &mut out);
    let mut more = Vec::new();
    assert!(page.enter(Inside::Block, &mut out, &mut more));
    out.push_str("[li]");
    feed(&mut page, "</div><b><div>x</div>", &mut out);
    assert!(page.enter(Inside::Link, &mut out, &mut more));
    feed(&mut page, "<a href=x>y</a><i>", &mut out);
    assert!(page.leave(&mut out, &mut more));
    assert!(page.leave(&mut out, &mut more));
    out.push_str("[/li]");
    feed(&mut page, "</p></div>", &mut out);
    page.finish(&mut out, &mut more);
    assert_eq!(out, "<div><p></p>[li]<b><div>x</div>y<i></i></b>[/li]</div>");
    let told: Vec<_> = told.iter().map(said).collect();
    assert_eq!(
        told,
        [
            "0..6 html-unbalanced: `</div>` closes nothing that is open here",
            "0..10 html-unbalanced: `<a>` cannot stand in a link, so it was left out",
        ]
    );
    assert_eq!(more.len(), 2);
}

#[test]
fn a_block_does_not_pass_in_a_line() {
    let (mut page, mut out, mut told) = (RawHtml::new(Policy::Listed), String::new(), Vec::new());
    page.enter(Inside::Line, &mut out, &mut told);
    page.feed("<div>a</div><kbd>b</kbd>", &at, &mut link, &mut out, &mut told);
    page.leave(&mut out, &mut told);
    assert_eq!(out, "a<kbd>b</kbd>");
    assert_eq!(
        told.iter().map(said).collect::<Vec<_>>(),
        ["0..5 html-unbalanced: `<div>` cannot stand in a line of text, so it was left out"]
    );
}

#[test]
fn what_is_dropped_takes_the_markdown_with_it() {
    let (mut page, mut out, mut told) = (RawHtml::new(Policy::Listed), String::new(), Vec::new());
    assert!(page.enter(Inside::Line, &mut out, &mut told));
    page.feed("<script>", &at, &mut link, &mut out, &mut told);
    assert!(page.dropping());
    page.feed("<b>", &at, &mut link, &mut out, &mut told);
    assert!(!page.enter(Inside::Phrase, &mut out, &mut told));
    page.feed("</script>", &at, &mut link, &mut out, &mut told);
    assert!(!page.dropping());
    assert!(!page.leave(&mut out, &mut told), "what was not begun is not ended");
    page.feed("<svg>", &at, &mut link, &mut out, &mut told);
    assert!(page.dropping());
    assert!(page.leave(&mut out, &mut told));
    assert!(!page.dropping(), "a paragraph bounds what is lost");
    assert_eq!(
        told.iter().map(said).collect::<Vec<_>>(),
        [
            "0..8 html-dropped: `<script>` was left out, with what is in it",
            "0..5 html-dropped: `<svg>` was left out, with what is in it",
            "0..5 html-unbalanced: `<svg>` is never closed, so all that follows it was left out",
        ]
    );
    assert_eq!(out, "");
}

#[test]
fn places_are_exact() {
    let (_, told) = listed("é <img src=x style='a' alt=y> <p onclick=x id='' title='b'>z</p><T>");
    assert_eq!(
        told,
        [
            "14..23 html-dropped: `style` of `<img>` was left out",
            "31..60 html-dropped: `onclick`, `id` of `<p>` were left out",
            "65..68 html-dropped: `<t>` was left out",
        ]
    );
    let mut asked = Vec::new();
    let html = "<a href=\"&#x61;&amp;\" title=t>\r\n<img alt='é'\r\n src=b.png><a\nhref='c' >";
    let mut link = |_: Use, address: &str, span: Span| {
        asked.push((address.to_owned(), html[span.range()].to_owned()));
        Some(address.to_owned())
    };
    let (mut out, mut told) = (String::new(), Vec::new());
    RawHtml::new(Policy::All).feed(html, &at, &mut link, &mut out, &mut told);
    let expected = [("a&", "&#x61;&amp;"), ("b.png", "b.png"), ("c", "c")];
    assert_eq!(asked, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(out, html);
}

#[test]
fn each_candidate_is_an_address_of_its_own() {
    let html = "<img srcset=' a.png , javascript:x 2x,b.png 100w,,c,d.png 1.5x '>";
    let (out, told) = listed(html);
    assert_eq!((out.as_str(), told.len()), ("<img srcset=\"a.png, b.png 100w, c,d.png 1.5x\">", 0));
    let (out, told) = listed("<img srcset='a.png url(x)'>");
    assert_eq!(
        (out.as_str(), told),
        ("<img>", vec!["5..26 html-dropped: `srcset` of `<img>` was left out".to_owned()])
    );
    assert_eq!(in_srcset(",a b,c,,"), "%2Ca%20b,c%2C%2C");
    assert_eq!(in_srcset(",,"), "%2C%2C");
}

#[test]
fn depth_has_a_limit() {
    let html = "<div>".repeat(100_000) + &"</div>".repeat(100_000);
    let (out, told) = listed(&html);
    assert_eq!(out, "<div>".repeat(DEPTH) + &"</div>".repeat(DEPTH));
    assert_eq!(told, ["1280..1285 nesting: raw HTML is nested deeper than 256 tags"]);
}

#[test]
fn long_input_takes_no_longer_than_its_length() {
    const TIMES: usize = 10_000;
    let mut inputs: Vec<String> = [
        "<b>",
        "</b>",
        "<p>",
        "<svg>",
        "<!--",
        "<a href=\"",
        "<a x",
        "&",
        "&amp",
        "<ul><li>",
        "<script>",
        "<td>",
        "<![CDATA[",
        "<a href=x>",
        "<table><tr><td>",
        "<T>",
        "</T>",
        "<x>",
        "<",
    ]
    .iter()
    .map(|piece| piece.repeat(TIMES))
    .collect();
    inputs.push(format!("<p {}>", (0..TIMES).map(|n| format!("a{n}=b ")).collect::<String>()));
    inputs.push(format!("<img srcset='{}'>", "a 1x, ".repeat(TIMES)));
    inputs.push(format!("<img srcset='{}'>", ",".repeat(TIMES)));
    for html in &inputs {
        check(&html[..20], &fed(Policy::Listed, &[html]).0);
        assert!(fed(Policy::All, &[html]).0 == *html, "{}", &html[..20]);
        ids(html, Policy::Listed);
    }
}

#[test]
fn all_of_it_passes_byte_for_byte() {
    let html = "<!-- c --><script>if (a < b) '<a href=\"x\">'</script><DIV onclick=x  style = 'y'>\r\n</b>&bogus;\
        <a href=keep.md\nclass=z>é</a><svg><![CDATA[x]]></svg><!DOCTYPE html><img src='q\"r.png'/>\0<p";
    assert_eq!(fed(Policy::All, &[html]), (html.to_owned(), vec![]));
    let pieces = ["<script>", "<a href='x.md'>", "</script>", "<a href=x.md>", "<img srcset='x.md 1x, y 2x'>"];
    let mut link = |_: Use, address: &str, _: Span| match address {
        "gone" => None,
        address => Some(address.replace(".md", ".html?a&b")),
    };
    let (mut page, mut out, mut told) = (RawHtml::new(Policy::All), String::new(), Vec::new());
    for piece in pieces {
        page.feed(piece, &at, &mut link, &mut out, &mut told);
    }
    page.feed("<a class=a href='gone' id=b>", &at, &mut link, &mut out, &mut told);
    assert_eq!(
        out,
        "<script><a href='x.md'></script><a href=\"x.html?a&amp;b\"><img srcset='x.html?a&amp;b 1x, y 2x'><a class=a  id=b>"
    );
    assert!(told.is_empty());
}

#[test]
fn ids_are_those_that_a_page_has() {
    let html = "<a name=a></a><p id=b><a id=c name=d></a><script><p id=e></script><form id=f></form><p id=main>\
        <svg><g id=g></svg><p id='h i'>";
    assert_eq!(ids(html, Policy::Listed), ["a", "b", "c", "main"]);
    assert_eq!(ids(html, Policy::All), ["a", "b", "c", "d", "f", "main", "g", "h i"]);
}

proptest! {
    #[test]
    fn anything_comes_out_safe_and_whole(pieces in prop::collection::vec(piece(), 0..40), cut in 0usize..40) {
        let (first, rest) = pieces.split_at(cut.min(pieces.len()));
        let (first, rest) = (first.concat(), rest.concat());
        check(&first, &fed(Policy::Listed, &[&first, &rest]).0);
        let mut same = |_: Use, address: &str, _: Span| Some(address.to_owned());
        let (mut out, mut told) = (String::new(), Vec::new());
        RawHtml::new(Policy::All).feed(&first, &at, &mut same, &mut out, &mut told);
        prop_assert_eq!(&out, &first);
        ids(&first, Policy::Listed);
    }

    #[test]
    fn no_tag_reaches_out_of_any_container(steps in prop::collection::vec((0u8..4, piece()), 0..60)) {
        let (mut page, mut out, mut told) = (RawHtml::new(Policy::Listed), String::new(), Vec::new());
        let mut depth = 0;
        let kinds = [Inside::Block, Inside::Line, Inside::Phrase, Inside::Link];
        for (step, piece) in &steps {
            if *step == 0 {
                // What the page writes, stands in for its own tags: no piece closes it.
                let kind = kinds[piece.len() % kinds.len()];
                if page.enter(kind, &mut out, &mut told) {
                    out.push_str("<section>");
                }
                depth += 1;
            } else if *step == 1 && depth > 0 {
                if page.leave(&mut out, &mut told) {
                    out.push_str("</section>");
                }
                depth -= 1;
            } else {
                page.feed(piece, &at, &mut link, &mut out, &mut told);
            }
        }
        for _ in 0..depth {
            if page.leave(&mut out, &mut told) {
                out.push_str("</section>");
            }
        }
        page.finish(&mut out, &mut told);
        check(&format!("{steps:?}"), &out);
    }

    #[test]
    fn an_address_is_replaced_where_it_stands(pieces in prop::collection::vec(piece(), 0..30)) {
        let html = pieces.concat();
        let mut new = |_: Use, _: &str, _: Span| Some("n&w".to_owned());
        let (mut out, mut told) = (String::new(), Vec::new());
        RawHtml::new(Policy::All).feed(&html, &at, &mut new, &mut out, &mut told);
        let shape = |html: &str| Tokens::new(html, None, true).map(|token| match token {
            Token::Start(tag) => {
                let values = tag.attributes.iter().map(|a| match allowed::address(&tag.name, &a.name) {
                    Some(_) if !a.value.is_empty() => (a.name.clone(), "n&w".to_owned()),
                    _ => (a.name.clone(), a.value.clone()),
                });
                format!("{} {:?}", tag.name, values.collect::<Vec<_>>())
            }
            Token::Text(text) => text,
            Token::End(name, _) => name,
            Token::Comment => "comment".into(),
            Token::Declaration(_) => "declaration".into(),
            Token::Cut(_) => "cut".into(),
        }).collect::<Vec<_>>();
        prop_assert_eq!(shape(&html), shape(&out));
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "<", ">", "</", "/>", "\"", "'", "=", " ", "\n", "\r\n", "\t", "&", ";", "&amp;", "&#x6a", "&#1114112;", "\0",
            "<!--", "-->", "<![CDATA[", "]]>", "<?", "<!", "é", "😀", "<a href=", "<a href='x&amp;y'>", "<img src=\"a\" ",
            "<a href=b&lt>", " onclick=x", " style='y'", " id=", " name=z", "javascript:", "<script>", "</script>", "<svg>",
            "</svg>", "<style", "<title>", "</title>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>",
            "</table>", "<plaintext>", "<b>", "</b>", "<div/>", "<br>", "</br>", "<a>", "</a>", "</section>",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ]
}
