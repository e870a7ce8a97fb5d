//! Each key of mdBook's settings that a reader would miss, by what it does to the site.

use crate::meaning::{contents, frame, meaning};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A book in a scratch folder.
struct Book(tempfile::TempDir);

impl Book {
    /// A book of three chapters with these settings under `[output.html]`, and these files.
    fn new(html: &str, files: &[(&str, &str)]) -> Book {
        let book = Book(tempfile::tempdir().unwrap());
        book.write("book.toml", &format!("[book]\ntitle = 'Keys'\n[output.html]\n{html}"));
        book.write(
            "src/SUMMARY.md",
            "- [One](one.md)\n    - [Two](in/two.md)\n        - [Three](in/three.md)\n- [Four](four.md)\n",
        );
        for name in ["one", "in/two", "in/three", "four"] {
            book.write(&format!("src/{name}.md"), &format!("# {name}\n\n## Part\n\nText.\n"));
        }
        for (path, text) in files {
            book.write(path, text);
        }
        book
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Builds the book; gives whether that went well, and what was said.
    fn build(&self) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_benchbook"));
        let done = command.arg("--root").arg(self.path()).arg("build").output().unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
    }

    fn built(self) -> Book {
        let (done, said) = self.build();
        assert!(done, "{said}");
        self
    }

    fn page(&self, page: &str) -> String {
        let path = self.path().join("book").join(page);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn files(&self) -> Vec<String> {
        crate::files(&self.path().join("book")).into_iter().collect()
    }
}

/// Each of `needles` stands in `text`, one after another.
fn in_order(text: &str, needles: &[&str]) -> bool {
    let mut rest = text;
    needles.iter().all(|needle| match rest.find(needle) {
        Some(at) => {
            rest = &rest[at + needle.len()..];
            true
        }
        None => false,
    })
}

#[test]
fn additional_styles_and_scripts_are_copied_marked_and_linked_in_order() {
    let book = Book::new(
        "additional-css = ['theme/b.css', './a.css']\nadditional-js = ['z.js', 'src/y.js']\n",
        &[("theme/b.css", "b{}"), ("a.css", "a{}"), ("z.js", "1"), ("src/y.js", "2")],
    )
    .built();
    let page = book.page("in/two.html");
    assert!(in_order(&page, &["assets/book-", "../theme/b-", "../a-", "</head>", "../z-", "../src/y-"]), "{page}");
    for start in ["theme/b-", "a-", "z-", "src/y-", "y.js"] {
        assert_eq!(book.files().iter().filter(|path| path.starts_with(start)).count(), 1, "{start}");
    }
    // Another content has another name, and every page follows.
    let before = page;
    book.write("a.css", "a{color:red}");
    let book = book.built();
    assert_ne!(before, book.page("in/two.html"));
    assert_eq!(book.files().iter().filter(|path| path.starts_with("a-")).count(), 1);
}

#[test]
fn an_additional_file_that_is_missing_is_told_where_it_is_named() {
    let (done, said) = Book::new("additional-css = ['gone.css']\ninput-404 = 'gone.md'\n", &[]).build();
    assert!(!done);
    assert!(said.contains("`gone.css` does not exist") && said.contains("book.toml:4:19"), "{said}");
    assert!(said.contains("`src/gone.md` does not exist") && said.contains("book.toml:5:13"), "{said}");
}

#[test]
fn the_repository_and_the_source_of_a_page_are_linked() {
    let html = "git-repository-url = 'https://example.org/r'\nedit-url-template = 'https://example.org/e/{path}'\n";
    let frame = frame(&Book::new(html, &[]).built().page("in/two.html"), "in/two.html");
    assert_eq!(frame.repository.as_deref(), Some("https://example.org/r"));
    assert_eq!(frame.edit.as_deref(), Some("https://example.org/e/src/in/two.md"));
}

#[test]
fn folded_contents_are_open_down_to_their_level_and_around_the_page() {
    let book = Book::new("fold = { enable = true, level = 0 }\n", &[]).built();
    let folds = |page: &str| -> Vec<bool> {
        let page = book.page(page);
        page.match_indices("<details class=\"under\"")
            .map(|(at, all)| page[at + all.len()..].starts_with(" open"))
            .collect()
    };
    assert_eq!(folds("four.html"), [false, false]);
    assert_eq!(folds("in/two.html"), [true, true]);
    assert_eq!(folds("one.html"), [true, false]);
    let level = Book::new("fold = { enable = true, level = 1 }\n", &[]).built();
    assert!(level.page("four.html").contains("<details class=\"under\" open>"));
    assert!(!Book::new("fold = { level = 1 }\n", &[]).built().page("four.html").contains("class=\"under\""));
    // Folded or not, the contents are the same.
    let plain = Book::new("", &[]).built();
    assert_eq!(contents(&book.page("toc.html"), "toc.html"), contents(&plain.page("toc.html"), "toc.html"));
}

#[test]
fn the_two_themes_make_one_scheme() {
    for (html, scheme) in [
        ("default-theme = 'navy'\n", Some("dark")),
        ("preferred-dark-theme = 'Light'\n", Some("light")),
        ("default-theme = 'rust'\npreferred-dark-theme = 'ayu'\n", None),
        ("", None),
    ] {
        let page = Book::new(html, &[]).built().page("one.html");
        match scheme {
            Some(scheme) => assert!(page.contains(&format!("data-theme=\"{scheme}\"")), "{html}"),
            None => assert!(!page.contains("data-theme"), "{html}"),
        }
    }
}

#[test]
fn the_name_of_the_host_is_written() {
    assert_eq!(Book::new("cname = 'docs.example.org'\n", &[]).built().page("CNAME"), "docs.example.org\n");
    let (done, said) = Book::new("cname = 'https://docs.example.org'\n", &[]).build();
    assert!(!done && said.contains("the name of a host"), "{said}");
}

#[test]
fn the_page_for_what_is_not_found_is_a_chapter_whose_links_hold_at_any_address() {
    let text = "# Lost\n\n[one](one.md#part) ![i](i.png) <a href=\"in/two.md\">two</a>\n";
    for (html, file) in
        [("site-url = '/sub/'\n", "src/404.md"), ("site-url = '/sub'\ninput-404 = 'in/lost.md'\n", "src/in/lost.md")]
    {
        let book = Book::new(html, &[(file, text), ("src/i.png", ""), ("src/in/i.png", "")]);
        if file.contains("/in/") {
            book.write(file, &text.replace("one.md", "../one.md").replace("in/two.md", "two.md"));
        }
        let page = book.built().page("404.html");
        let meaning = meaning(&page, "404.html");
        assert_eq!(meaning.headings, ["h1 #lost Lost"]);
        assert_eq!(meaning.links, ["/sub/one.html#part `one`", "/sub/in/two.html `two`"]);
        assert!(page.contains("href=\"/sub/index.html\"") && page.contains("href=\"/sub/assets/book-"), "{page}");
    }
    assert!(!Book::new("input-404 = ''\n", &[]).built().files().contains(&"404.html".to_owned()));
    // Listed as a chapter as well, it is one page.
    let listed =
        Book::new("", &[("src/404.md", "# Lost\n"), ("src/SUMMARY.md", "- [One](one.md)\n- [Lost](404.md)\n")]);
    assert!(listed.built().page("404.html").contains("Lost"));
}

#[test]
fn chapters_are_on_sheets_of_their_own_unless_told() {
    let sheets = |html: &str| Book::new(html, &[]).built().page("print.html").matches("class=\"sheet\"").count();
    assert_eq!(sheets(""), 3);
    assert_eq!(sheets("print = { page-break = false }\n"), 0);
    assert!(!Book::new("print = { enable = false }\n", &[]).built().files().contains(&"print.html".to_owned()));
}

#[test]
fn numbers_can_be_left_out() {
    let numbered = |html: &str| contents(&Book::new(html, &[]).built().page("toc.html"), "toc.html");
    assert_eq!(numbered("")[1], "  1.1. Two (in/two.html)");
    assert_eq!(numbered("no-section-label = true\n")[1], "  Two (in/two.html)");
}

#[test]
fn redirects_lead_on_from_pages_and_anchors() {
    let html = "[output.html.redirect]\n'/old.html' = '/in/two.html'\n'/deep/old.html' = '../one.html#part'\n\
                '/old.html#a' = '/four.html#part'\n'/one.html#was' = '/one.html#part'\n'/out.html' = 'https://example.org/x'\n";
    let book = Book::new(html, &[]).built();
    let to = |page: &str| frame(&book.page(page), page).refresh;
    assert_eq!(to("old.html").as_deref(), Some("in/two.html"));
    assert_eq!(to("deep/old.html").as_deref(), Some("one.html#part"));
    assert_eq!(to("out.html").as_deref(), Some("https://example.org/x"));
    assert_eq!(crate::meaning::moved(&book.page("old.html"), "old.html"), ["a four.html#part"]);
    assert!(book.page("one.html").contains("<a id=\"was\"></a><h2 id=\"part\""));
}

#[test]
fn templates_of_mdbook_are_told_once_and_the_icon_is_used() {
    let files =
        [("theme/index.hbs", "{{{ content }}}"), ("theme/head.hbs", ""), ("theme/favicon.svg", "<svg id=\"own\"/>")];
    for html in ["", "theme = './theme'\n"] {
        let (done, said) = Book::new(html, &files).build();
        assert!(done && said.matches("only its icons and fonts are used").count() == 1, "{said}");
    }
    let book = Book::new("", &files).built();
    let icon = book.files().into_iter().find(|path| path.starts_with("assets/favicon-")).unwrap();
    assert_eq!(book.page(&icon), "<svg id=\"own\"/>");
    assert!(book.page("one.html").contains("Text."));
}

#[test]
fn an_icon_of_the_books_own_leaves_none_of_the_programs_beside_it() {
    let icons = |files: &[(&str, &str)]| -> (Vec<String>, String) {
        let book = Book::new("hash-files = false\n", files).built();
        let icons = book.files().into_iter().filter(|path| path.contains("favicon")).collect();
        (icons, book.page("in/two.html"))
    };
    let (png, svg) = (("theme/favicon.png", "png"), ("theme/favicon.svg", "<svg/>"));
    let (files, page) = icons(&[png]);
    assert_eq!(files, ["assets/favicon.png"]);
    assert!(page.contains("<link rel=\"icon\" href=\"../assets/favicon.png\" type=\"image/png\">"), "{page}");
    assert!(page.contains("<img src=\"../assets/favicon.png\"") && !page.contains("favicon.svg"), "{page}");
    let (files, page) = icons(&[svg]);
    assert_eq!(files, ["assets/favicon.svg"]);
    assert!(!page.contains("favicon.png"), "{page}");
    let (files, page) = icons(&[png, svg]);
    assert_eq!(files, ["assets/favicon.png", "assets/favicon.svg"]);
    assert!(in_order(
        &page,
        &["rel=\"icon\" href=\"../assets/favicon.svg", "rel=\"icon\" href=\"../assets/favicon.png"]
    ));
    // Used whole, a theme is nothing to be told of.
    let (done, said) =
        Book::new("theme = 'look'\n", &[("look/favicon.png", "png"), ("look/fonts/a.woff2", "")]).build();
    assert!(done && !said.contains("key-ignored]: the theme"), "{said}");
}

#[test]
fn fonts_of_the_theme_are_copied_and_declared_before_other_styles() {
    let sheet = "@font-face{src:url('{{ resource \"fonts/a.woff2\" }}'),url(b.woff2)}";
    let files = [
        ("theme/fonts/fonts.css", sheet),
        ("theme/fonts/a.woff2", "a"),
        ("theme/fonts/deeper/c.woff2", "c"),
        ("own.css", "b{}"),
    ];
    let book = Book::new("additional-css = ['own.css']\n", &files).built();
    assert!(in_order(&book.page("in/two.html"), &["assets/book-", "../fonts/fonts-", "../own-", "</head>"]));
    let fonts = |book: &Book| -> Vec<String> { book.files().into_iter().filter(|p| p.starts_with("fonts/")).collect() };
    let [font, declared] = fonts(&book).try_into().unwrap();
    assert_eq!(font, "fonts/a.woff2");
    assert_eq!(book.page(&declared), "@font-face{src:url('../fonts/a.woff2'),url(b.woff2)}");
    // A font that is added later, and a sheet that goes.
    book.write("theme/fonts/b.woff2", "b");
    std::fs::remove_file(book.path().join("theme/fonts/fonts.css")).unwrap();
    let book = book.built();
    assert_eq!(fonts(&book), ["fonts/a.woff2", "fonts/b.woff2"]);
    assert!(!book.page("one.html").contains("fonts/"));
}

#[test]
fn a_style_sheet_names_other_files_as_mdbook_does() {
    let sheet = "@import '{{ resource \"in/b.css\" }}'; {{ resource \"img/c.png\" }} {{ resource ";
    let book =
        Book::new("additional-css = ['in/a.css', 'in/b.css']\n", &[("in/a.css", sheet), ("in/b.css", "b{}")]).built();
    let named = |book: &Book, start: &str| book.files().into_iter().find(|path| path.starts_with(start)).unwrap();
    let (a, b) = (named(&book, "in/a-"), named(&book, "in/b-"));
    assert_eq!(book.page(&a), format!("@import '../{b}'; ../img/c.png {{{{ resource "));
    // What it names has another name, so it has another name too.
    book.write("in/b.css", "b{color:red}");
    let book = book.built();
    assert_ne!(named(&book, "in/a-"), a);
    assert!(book.page(&named(&book, "in/a-")).contains(&named(&book, "in/b-")));
}

#[test]
fn names_of_assets_can_be_plain() {
    let files = [("a.css", "a{}"), ("theme/fonts/fonts.css", "b{}")];
    let book = Book::new("hash-files = false\nadditional-css = ['a.css']\n", &files).built();
    let page = book.page("in/two.html");
    assert!(in_order(&page, &["../assets/theme.js", "../assets/book.css", "../fonts/fonts.css", "../a.css"]), "{page}");
    for path in ["assets/book.css", "assets/book.js", "assets/favicon.svg", "a.css", "fonts/fonts.css"] {
        assert!(book.files().contains(&path.to_owned()), "{path}");
    }
    // Said the other way round, the next build has marks again.
    book.write("book.toml", "[output.html]\nadditional-css = ['a.css']\n");
    let book = book.built();
    assert!(!book.files().iter().any(|path| path == "assets/book.css" || path == "a.css"));
    assert!(book.page("in/two.html").contains("../assets/book-"));
}

#[test]
fn code_has_no_button_where_it_is_not_wanted() {
    assert!(Book::new("playground.copyable = false\n", &[]).built().page("one.html").contains(" data-copy=\"off\">"));
    assert!(!Book::new("playground.copyable = true\n", &[]).built().page("one.html").contains("data-copy"));
}

#[test]
fn github_is_told_to_show_the_site_as_it_is() {
    let book = Book::new("", &[]);
    // What a publisher puts there first is taken over.
    book.write("book/.nojekyll", "");
    assert_eq!(book.built().page(".nojekyll"), "");
}

#[test]
fn a_folder_without_settings_is_a_book() {
    let book = Book::new("", &[]);
    std::fs::remove_file(book.path().join("book.toml")).unwrap();
    assert!(book.built().page("one.html").contains("Text."));
}

#[test]
fn keys_of_no_effect_are_one_warning_each_and_unknown_ones_are_told_all_at_once() {
    let html =
        "mathjax-support = true\nplayground = { editable = true }\n[output.pdf]\n[preprocessor.x]\ncommand = 'x'\n";
    let (done, said) = Book::new(html, &[]).build();
    assert!(done && said.matches("warning[key-ignored]").count() == 4, "{said}");
    let (done, said) = Book::new("additional-cs = []\nfold = { enabled = true }\nserch = {}\n", &[]).build();
    assert!(!done && said.matches("error[unknown-key]").count() == 3, "{said}");
    for near in ["`additional-css`", "`enable`", "`search`"] {
        assert!(said.contains(near), "{said}");
    }
}

#[test]
fn a_link_above_the_site_is_told_and_stays_as_it_is_written() {
    let book =
        Book::new("", &[("src/in/two.md", "# Two\n\n[a](../../std/index.html) [b](../one.md) [c](/std/index.html)\n")]);
    let (done, said) = book.build();
    assert!(done && said.matches("warning[link-broken]").count() == 1, "{said}");
    assert!(said.contains("`../../std/index.html`, which lies above the site"), "{said}");
    assert!(book.page("in/two.html").contains("<a href=\"../../std/index.html\">"));
}

#[test]
fn chapters_of_any_shape_become_pages() {
    let summary = "\u{feff}# Summary\r\n\r\n[Before](before.md)\r\n\r\n- [Draft]()\r\n    - [Space](<a b/c d.md>)\r\n\
                   - [Other ending](x.markdown)\r\n- [Gone](gone.md)\r\n- [Readme](in/README.md)\r\n\r\n[After](after.md)\r\n";
    let book = Book::new("", &[
        ("src/SUMMARY.md", summary),
        ("src/before.md", "\u{feff}# Before\r\n\r\n[c](<a b/c d.md>) [x](x.markdown) [r](in/README.md) [i](in/index.md) [f](in/)\r\n"),
        ("src/a b/c d.md", "# C D\r\n\r\n{{#unknown x}} [b](../before.html)\r\n"),
        ("src/x.markdown", "# X\n"),
        ("src/in/README.md", "# R\n"),
        ("src/after.md", "# Same\n\n## Same\n\n## Same\n"),
    ])
    .built();
    let before = meaning(&book.page("before.html"), "before.html");
    assert_eq!(before.headings, ["h1 #before Before"]);
    let links: Vec<&str> = before.links.iter().filter_map(|line| line.split(" `").next()).collect();
    assert_eq!(links, ["a b/c d.html", "x.html", "in/index.html", "in/index.html", "in/index.html"]);
    let inner = meaning(&book.page("a b/c d.html"), "a b/c d.html");
    assert_eq!(inner.words.join(" "), "C D {{#unknown x}} b");
    assert_eq!(inner.links, ["before.html `b`"]);
    assert_eq!(meaning(&book.page("gone.html"), "gone.html").headings, ["h1 #gone Gone"]);
    assert_eq!(meaning(&book.page("after.html"), "after.html").headings[2], "h2 #same-2 Same");
    let frame = frame(&book.page("x.html"), "x.html");
    assert_eq!((frame.prev.as_deref(), frame.next.as_deref()), (Some("a b/c d.html"), Some("gone.html")));
    assert!(!PathBuf::from(book.path()).join("src/gone.md").exists(), "a build writes nothing among the sources");
}
