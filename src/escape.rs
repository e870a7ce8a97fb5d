//! Text into HTML: one function for each place where it can stand.
//!
//! What an author or a data file wrote is never put into markup but through one of these.

use std::borrow::Cow;

/// `text` as the content of an element.
pub fn text(text: &str) -> Cow<'_, str> {
    replaced(text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => None,
    })
}

/// `text` as the value of an attribute, between double quotes.
pub fn attribute(text: &str) -> Cow<'_, str> {
    replaced(text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    })
}

/// `text` as a string of JSON, with its quotes. `<` and the line ends that JavaScript sees are escaped too, so that it
/// is harmless wherever it is put.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '<' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `path`, the path of a file, as the path of a URL: all but unreserved characters and `/` percent-encoded
/// (RFC 3986, 2.3 and 3.3). What comes out needs no further escaping in an attribute.
pub fn url_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `url`, an address as an author wrote it, with what no URL holds percent-encoded (RFC 3986, 2): white space, quotes,
/// angle and square brackets, bytes beyond ASCII. What is encoded already stays.
pub fn url_written(url: &str) -> Cow<'_, str> {
    let stays = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&b);
    if url.bytes().all(stays) {
        return Cow::Borrowed(url);
    }
    let mut out = String::with_capacity(url.len() + 16);
    for byte in url.bytes() {
        match stays(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Cow::Owned(out)
}

/// `text` with the bytes replaced for which there is something else. They are of ASCII, so each is a character.
fn replaced(text: &str, with: impl Fn(u8) -> Option<&'static str>) -> Cow<'_, str> {
    let next = |from: usize| {
        let rest = text.as_bytes().get(from..)?;
        rest.iter().enumerate().find_map(|(at, byte)| Some((from + at, with(*byte)?)))
    };
    let mut found = next(0);
    if found.is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    while let Some((at, entity)) = found {
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push_str(entity);
        done = at + 1;
        found = next(done);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// `id`, the id of an element, as the fragment of a URL. What comes out needs no further escaping in an attribute.
pub fn url_fragment(id: &str) -> String {
    url_path(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        assert_eq!(text("a < b & \"c\""), "a &lt; b &amp; \"c\"");
        assert_eq!(attribute("a' onload=\"x\" <&>"), "a&#39; onload=&quot;x&quot; &lt;&amp;&gt;");
        assert_eq!(json("a\"\\\n\u{1}</s>\u{2028}ü"), "\"a\\\"\\\\\\n\\u0001\\u003c/s>\\u2028ü\"");
        assert_eq!(url_written("/a b%20\"ü[x]?c=d#e"), "/a%20b%20%22%C3%BC%5Bx%5D?c=d#e");
        assert_eq!(url_path("a b/ü?#%.html"), "a%20b/%C3%BC%3F%23%25.html");
        assert!(matches!(text("plain"), Cow::Borrowed("plain")));
    }
}
