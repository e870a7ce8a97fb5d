//! Where a link leads: every link to a page, a heading or a file of the book is checked where it is written.

use super::book::{self, Book};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::id::{ChapterId, Name, OutPath};
use crate::ledger::Reader;
use crate::parse::config::Mode;
use crate::parse::summary::percent_decoded;
use crate::read::path::{self, BadPath};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Out of the book, or to nothing that can be checked: as it is written.
    AsWritten,
    /// To an anchor of the same page; an empty one is its top.
    Here(String),
    /// To the page of a chapter.
    Page {
        /// The chapter.
        chapter: ChapterId,
        /// Where its page stands.
        path: OutPath,
        /// What follows the path: `?query`.
        query: String,
        /// The anchor; empty for the page as a whole.
        anchor: String,
    },
    /// To another file of the site.
    File {
        /// Where it stands.
        path: OutPath,
        /// What follows the path: `?query#fragment`.
        rest: String,
    },
    /// Nowhere; the diagnostic says so.
    Broken,
    /// To what no page may lead to, such as `javascript:`: it is never written.
    Refused,
}

/// A link and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Linked {
    /// Where it leads.
    pub link: Link,
    /// What is wrong with it, if anything is.
    pub wrong: Option<Diagnostic>,
}

impl From<Link> for Linked {
    fn from(link: Link) -> Self {
        Linked { link, wrong: None }
    }
}

/// The schemes that a link may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The schemes that a link of an mdBook book may have besides: each is told, and none of them runs or shows anything
/// on the page.
const OF_MDBOOK: [&str; 10] = ["ftp", "ftps", "irc", "ircs", "magnet", "matrix", "news", "sftp", "sms", "xmpp"];

/// Whether `dest` is a picture written out, of a kind that can hold no script.
fn is_picture(dest: &str) -> bool {
    let kinds = ["data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;", "data:image/avif;"];
    kinds.iter().any(|kind| dest.get(..kind.len()).is_some_and(|head| head.eq_ignore_ascii_case(kind)))
}

/// Where `dest`, an address written at `at` in the chapter `from`, leads.
pub fn link(book: &mut Reader<'_, '_, Book>, from: ChapterId, dest: &str, at: Span) -> Linked {
    let mdbook = book.config(at).mode == Mode::MdBook;
    if let Some(scheme) = book::scheme(dest) {
        return match SCHEMES.contains(&scheme.as_str()) {
            true => Link::AsWritten.into(),
            false => {
                let message = format!("a link with the scheme `{scheme}:` is not allowed");
                let wrong = Diagnostic::new(Code::SchemeNotAllowed, at, message)
                    .label("not a scheme of a link")
                    .help("links are relative, or begin with `http:`, `https:`, `mailto:`, `tel:` or `#`");
                let kept = mdbook && (OF_MDBOOK.contains(&scheme.as_str()) || is_picture(dest));
                Linked { link: if kept { Link::AsWritten } else { Link::Refused }, wrong: Some(wrong) }
            }
        };
    }
    // With `{{`, a program that is not run would have put the address in.
    if dest.starts_with("//") || (mdbook && (dest.starts_with('/') || dest.contains("{{"))) {
        return Link::AsWritten.into();
    }
    let (before, fragment) = dest.split_once('#').map_or((dest, None), |(b, f)| (b, Some(f)));
    let (spelled, query) = match before.split_once('?') {
        Some((spelled, query)) => (spelled, format!("?{query}")),
        None => (before, String::new()),
    };
    let anchor = percent_decoded(fragment.unwrap_or_default());
    if spelled.is_empty() {
        return match fragment {
            Some(_) => check(book, from, anchor, Link::Here, at),
            None => Link::AsWritten.into(),
        };
    }
    let Some(target) = (match resolve(from, spelled) {
        Ok(target) => Some(target),
        // A book that is part of a larger site leads out of itself; that cannot be checked.
        Err(BadPath::Absolute) if mdbook => return Link::AsWritten.into(),
        Err(_) => None,
    }) else {
        let message = format!("the link leads to `{spelled}`, which is no path of the site");
        let wrong = Diagnostic::new(Code::LinkBroken, at, message).label("leads out of the site");
        return broken(wrong.help("write a path from this chapter, or from the root of the site with a `/` before it"));
    };
    if target.starts_with("..") {
        let message = format!("the link leads to `{spelled}`, which lies above the site");
        let wrong = Diagnostic::new(Code::LinkBroken, at, message)
            .label("leads out of the site")
            .help("write the whole address (`https://...`) of what is not part of the book");
        // A book of mdBook's may be part of a larger site, so the link stays as it is written.
        return Linked { link: if mdbook { Link::AsWritten } else { Link::Broken }, wrong: Some(wrong) };
    }
    let page = |book: &mut Reader<'_, '_, Book>, chapter, path| {
        let leads = |anchor| Link::Page { chapter, path, query: query.clone(), anchor };
        check(book, chapter, anchor.clone(), leads, at)
    };
    if let Some(stem) = target.strip_suffix(".md") {
        let chapter = ChapterId::new(&target);
        if let Some(path) = book.page(chapter, at) {
            return page(book, chapter, path);
        }
        // mdBook turns README.md into index.html, so a link to index.md means the same chapter, and the other way.
        let twin = match stem.rsplit('/').next() {
            Some("index") => Some(format!("{}README.md", stem.strip_suffix("index").unwrap_or_default())),
            Some("README") => Some(format!("{}index.md", stem.strip_suffix("README").unwrap_or_default())),
            _ => None,
        };
        if let Some(twin) = twin.map(|t| ChapterId::new(&t))
            && let Some(path) = book.page(twin, at)
        {
            return page(book, twin, path);
        }
        if book.is_missing(chapter, at) {
            return Link::Broken.into();
        }
        if book.is_listed(chapter, at) {
            let message = format!("the link leads to `{spelled}`, which is a draft and has no page");
            let wrong = Diagnostic::new(Code::LinkBroken, at, message).label("no such page");
            return broken(wrong.help("take `draft = true` out of its front matter, or the link out of the text"));
        }
        return nowhere(book, spelled, &target, at);
    }
    // A chapter may have another ending: `.markdown`, `.mdown`, `.mkd`.
    let ending = target.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    if ending.starts_with('m') {
        let chapter = ChapterId::new(&target);
        if let Some(path) = book.page(chapter, at) {
            return page(book, chapter, path);
        }
    }
    let candidates = match target.ends_with('/') {
        true => vec![format!("{target}index.html")],
        false => vec![target.clone(), format!("{target}.html"), format!("{target}/index.html")],
    };
    for candidate in candidates {
        let path = OutPath::new(&candidate);
        match book.target(path, at) {
            Some(Some(chapter)) => return page(book, chapter, path),
            Some(None) => {
                let rest = fragment.map_or(query.clone(), |f| format!("{query}#{f}"));
                return Link::File { path, rest }.into();
            }
            None => {}
        }
    }
    nowhere(book, spelled, &target, at)
}

/// The path from the site's root that `spelled`, written in `from`, leads to. A `/` at its end stays.
fn resolve(from: ChapterId, spelled: &str) -> Result<String, BadPath> {
    let decoded = percent_decoded(spelled);
    let folder = from.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    let (folder, relative) = match decoded.strip_prefix('/') {
        // From the root of the site.
        Some(rest) => ("", rest),
        None => (folder, decoded.as_str()),
    };
    let slash = relative.is_empty() || relative.ends_with('/') || relative == "." || relative.ends_with("..");
    match path::join(folder, relative) {
        Ok(path) if slash => Ok(format!("{path}/")),
        Ok(path) => Ok(path.as_str().to_owned()),
        // The root of the site itself.
        Err(BadPath::Invalid(_)) if slash => Ok("index.html".into()),
        Err(error) => Err(error),
    }
}

fn broken(wrong: Diagnostic) -> Linked {
    Linked { link: Link::Broken, wrong: Some(wrong) }
}

fn nowhere(book: &mut Reader<'_, '_, Book>, spelled: &str, target: &str, at: Span) -> Linked {
    let message = format!("the link leads to `{spelled}`, which does not exist");
    let mut wrong = Diagnostic::new(Code::LinkBroken, at, message).label("no such page or file");
    let targets = book.targets(at);
    let sources: Vec<&str> = match target.ends_with(".md") {
        true => targets.iter().filter_map(|(_, chapter)| Some(chapter?.as_str())).collect(),
        false => targets.iter().map(|(path, _)| path.as_str()).collect(),
    };
    if let Some(near) = nearest(target, sources) {
        wrong = wrong.help(format!("did you mean `{near}`? (from the folder of chapters)"));
    } else if target.ends_with(".md") {
        wrong = wrong.help("check the spelling; a chapter has a page if SUMMARY.md lists it");
    } else {
        wrong = wrong.help("check the spelling; upper and lower case differ");
    }
    broken(wrong)
}

/// `link` with `anchor`, which `chapter` must have.
fn check(
    book: &mut Reader<'_, '_, Book>,
    chapter: ChapterId,
    anchor: String,
    link: impl FnOnce(String) -> Link,
    at: Span,
) -> Linked {
    // An empty anchor and `#top` lead to the top of the page (HTML, "select the indicated part").
    if anchor.is_empty() || anchor.eq_ignore_ascii_case("top") || book.anchor(chapter, &anchor, at) {
        return link(anchor).into();
    }
    let message = format!("`{chapter}` has no heading `#{anchor}`");
    let mut wrong = Diagnostic::new(Code::AnchorMissing, at, message).label("no such heading");
    let known: &[Name] = book.anchors(chapter, at);
    if let Some(near) = nearest(&anchor, known.iter().map(|id| id.as_str())) {
        wrong = wrong.help(format!("did you mean `#{near}`?"));
    } else {
        wrong = wrong.help(format!("give the heading that is meant this id: `{{#{anchor}}}` behind its text"));
    }
    Linked { link: link(anchor), wrong: Some(wrong) }
}
