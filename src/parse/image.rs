//! How large a picture is, read from the head of its file: PNG, JPEG, GIF, WebP, AVIF and SVG.
//!
//! Nothing is decoded, and no byte is looked at twice: a hostile file gives a wrong size or none, in no more time than
//! its length. Kinds are told by their first bytes, as browsers do it.

/// Width and height in CSS pixels, as a browser shows the picture: turned as its file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// What the bytes of a picture say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// It has this size.
    Sized(Size),
    /// It is as large as the place that it is given: an SVG may be so.
    Any,
    /// It is no picture of a kind that is known, or a broken one.
    Unreadable,
}

/// How the names of files end that must be pictures of these kinds.
pub const ENDINGS: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"];

/// What is read of a picture that is text.
const MAX_HEAD: usize = 64 * 1024;

/// Reads the size of a picture.
pub fn picture(bytes: &[u8]) -> Picture {
    let size = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => png(bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => size(le16(bytes, 6), le16(bytes, 8)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => avif(bytes),
        _ => return svg(bytes),
    };
    size.map_or(Picture::Unreadable, Picture::Sized)
}

fn size(width: Option<u32>, height: Option<u32>) -> Option<Size> {
    let (width, height) = (width.filter(|n| *n > 0)?, height.filter(|n| *n > 0)?);
    Some(Size { width, height })
}

fn turned(size: Size) -> Size {
    Size { width: size.height, height: size.width }
}

fn byte(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at).map(|b| u32::from(*b))
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(byte(bytes, at)? << 8 | byte(bytes, at.checked_add(1)?)?)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(be16(bytes, at)? << 16 | be16(bytes, at.checked_add(2)?)?)
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    be16(bytes, at).map(|n| (n >> 8 | n << 8) & 0xffff)
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | byte(bytes, at.checked_add(2)?)? << 16)
}

/// PNG (third edition), 5.3 and 11.2.1: the first chunk is the head.
fn png(bytes: &[u8]) -> Option<Size> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    size(be32(bytes, 16), be32(bytes, 20)).filter(|size| size.width | size.height < 1 << 31)
}

/// JPEG (ITU T.81, annex B): segments up to the head of a frame. Exif (CIPA DC-008, 4.6.2) may say how it is turned.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let (mut at, mut is_turned) = (2, false);
    loop {
        while byte(bytes, at)? == 0xff && byte(bytes, at + 1)? == 0xff {
            at += 1;
        }
        (byte(bytes, at)? == 0xff).then_some(())?;
        let marker = byte(bytes, at + 1)?;
        let len = be16(bytes, at + 2)? as usize;
        let body = at + 4;
        match marker {
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                let size = size(be16(bytes, body + 3), be16(bytes, body + 1))?;
                return Some(if is_turned { turned(size) } else { size });
            }
            0xe1 => {
                is_turned |= bytes.get(body..at + 2 + len).and_then(orientation).is_some_and(|o| (5..=8).contains(&o))
            }
            // The picture itself begins, or ends.
            0xd9 | 0xda => return None,
            _ => {}
        }
        // A segment is as long as it says, and that counts the two bytes that say it.
        at = at + 2 + (len >= 2).then_some(len)?;
    }
}

/// The orientation that a segment of Exif gives: 1 to 8, of which 5 to 8 are turned on their side.
fn orientation(segment: &[u8]) -> Option<u32> {
    let tiff = segment.strip_prefix(b"Exif\0\0")?;
    let is_little = tiff.starts_with(b"II");
    let short = |at| if is_little { le16(tiff, at) } else { be16(tiff, at) };
    let long = |at: usize| {
        let (first, second) = (short(at)?, short(at.checked_add(2)?)?);
        Some(if is_little { first | second << 16 } else { first << 16 | second } as usize)
    };
    let table = long(4)?;
    let entries = short(table)? as usize;
    let entry = |n: usize| table.checked_add(2 + 12 * n);
    (0..entries).map_while(entry).find(|at| short(*at) == Some(0x0112)).and_then(|at| short(at.checked_add(8)?))
}

/// WebP (RFC 9649): the three kinds of first chunk.
fn webp(bytes: &[u8]) -> Option<Size> {
    match bytes.get(12..16)? {
        b"VP8X" => size(le24(bytes, 24).map(|n| n + 1), le24(bytes, 27).map(|n| n + 1)),
        // RFC 6386, 9.1: the head of a key frame.
        b"VP8 " => {
            (bytes.get(23..26)? == [0x9d, 0x01, 0x2a]).then_some(())?;
            size(le16(bytes, 26).map(|n| n & 0x3fff), le16(bytes, 28).map(|n| n & 0x3fff))
        }
        b"VP8L" => {
            (byte(bytes, 20)? == 0x2f).then_some(())?;
            let bits = le16(bytes, 21)? | le16(bytes, 23)? << 16;
            size(Some((bits & 0x3fff) + 1), Some((bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// AVIF (ISO/IEC 23008-12, 6.5): the properties `ispe` of its items, of which a whole picture is the largest, and
/// whether one is turned.
fn avif(bytes: &[u8]) -> Option<Size> {
    let brands = children(bytes, 0).find(|(name, _)| name == b"ftyp")?.1;
    brands.chunks(4).any(|brand| brand == b"avif" || brand == b"avis").then_some(())?;
    let meta = children(bytes, 0).find(|(name, _)| name == b"meta")?.1;
    let properties = children(meta, 4).find(|(name, _)| name == b"iprp")?.1;
    let properties = children(properties, 0).find(|(name, _)| name == b"ipco")?.1;
    let sizes = children(properties, 0).filter(|(name, _)| name == b"ispe");
    let size = sizes
        .filter_map(|(_, body)| size(be32(body, 4), be32(body, 8)))
        .max_by_key(|size| u64::from(size.width) * u64::from(size.height))?;
    let is_turned =
        children(properties, 0).any(|(name, body)| name == b"irot" && body.first().is_some_and(|b| b & 1 == 1));
    Some(if is_turned { turned(size) } else { size })
}

/// The boxes in `bytes` from `at` on, each with its name and what it holds (ISO/IEC 14496-12, 4.2).
fn children(bytes: &[u8], mut at: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let len = be32(bytes, at)? as usize;
        let name = bytes.get(at + 4..at + 8)?;
        // A box of no length goes on to the end. Those longer than 4 GB hold no heads.
        let end = if len == 0 { bytes.len() } else { at.checked_add((len >= 8).then_some(len)?)? };
        let body = bytes.get(at + 8..end)?;
        at = end;
        Some((name, body))
    })
}

/// SVG 2, 8.2 and 8.6: the width and the height of the outermost element, and the box that it shows.
fn svg(bytes: &[u8]) -> Picture {
    let head = String::from_utf8_lossy(bytes.get(..MAX_HEAD).unwrap_or(bytes));
    let Some(attributes) = svg_element(&head) else { return Picture::Unreadable };
    let find = |name: &str| attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let (width, height) = (find("width").and_then(pixels), find("height").and_then(pixels));
    let shown = find("viewBox").and_then(|value| {
        let mut numbers = value.split([' ', ',', '\n', '\t', '\r']).filter(|n| !n.is_empty()).map(str::parse::<f64>);
        let (_, _, w, h) = (numbers.next()?, numbers.next()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        (w > 0.0 && h > 0.0).then_some((w, h))
    });
    let (width, height) = match (width, height, shown) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some((w, h))) => (width, width * h / w),
        (None, Some(height), Some((w, h))) => (height * w / h, height),
        (None, None, Some(shown)) => shown,
        _ => return Picture::Any,
    };
    // Half a pixel is none to a browser; more than this is no picture.
    let whole = |n: f64| (n.is_finite() && (0.5..=1e6).contains(&n)).then_some(n.round() as u32);
    size(whole(width), whole(height)).map_or(Picture::Any, Picture::Sized)
}

/// The attributes of the `<svg>` that a document begins with, behind its declarations and comments.
fn svg_element(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!") && rest.split('>').next()?.contains('[') => "]>",
            _ if rest.starts_with("<!") => ">",
            _ => break,
        };
        rest = rest.split_once(end)?.1.trim_start();
    }
    let mut rest = rest.strip_prefix("<svg").filter(|rest| rest.starts_with([' ', '\n', '\t', '\r', '>', '/']))?;
    let mut out = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.starts_with(['>', '/']) {
            return Some(out);
        }
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let (value, behind) = behind.get(1..)?.split_once(quote)?;
        out.push((name.trim_end(), value));
        rest = behind;
    }
}

/// A length of SVG in pixels (CSS Values 4, 6.2); `None` for one that hangs on something else.
fn pixels(length: &str) -> Option<f64> {
    let length = length.trim();
    let at = length.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(length.len());
    let (number, unit) = length.split_at_checked(at)?;
    let inch = 96.0;
    let factor = match unit {
        "" | "px" => 1.0,
        "in" => inch,
        "cm" => inch / 2.54,
        "mm" => inch / 25.4,
        "pt" => inch / 72.0,
        "pc" => inch / 6.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sized(bytes: &[u8]) -> Option<(u32, u32)> {
        match picture(bytes) {
            Picture::Sized(size) => Some((size.width, size.height)),
            _ => None,
        }
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        out.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        out
    }

    /// A JPEG whose head of a frame says 300 by 200, with this orientation.
    fn jpeg_of(orientation: Option<u8>) -> Vec<u8> {
        let mut out = b"\xff\xd8\xff\xe0\0\x04ab".to_vec();
        if let Some(orientation) = orientation {
            let exif =
                [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0]].concat();
            out.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
            out.extend(exif);
        }
        out.extend(b"\xff\xff\xc2\0\x0b\x08\0\xc8\x01\x2c\x01\x01\x11\0");
        out
    }

    fn boxed(name: &[u8], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes(), name, body].concat()
    }

    fn avif_of(turned: bool) -> Vec<u8> {
        let ispe = |w: u32, h: u32| boxed(b"ispe", &[&[0; 4], w.to_be_bytes().as_slice(), &h.to_be_bytes()].concat());
        let ipco = boxed(b"ipco", &[ispe(64, 64), ispe(300, 200), boxed(b"irot", &[u8::from(turned)])].concat());
        let meta = boxed(b"meta", &[vec![0; 4], boxed(b"iprp", &ipco)].concat());
        [boxed(b"ftyp", b"avif\0\0\0\0mif1"), meta].concat()
    }

    #[test]
    fn each_kind_tells_its_size() {
        assert_eq!(sized(&png_of(300, 200)), Some((300, 200)));
        assert_eq!(sized(b"GIF89a\x2c\x01\xc8\0"), Some((300, 200)));
        assert_eq!(sized(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\xc7\0\0"), Some((300, 200)));
        assert_eq!(sized(b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x2c\x41\xc8\0"), Some((300, 200)));
        assert_eq!(sized(b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x2b\xc1\x31\0"), Some((300, 200)));
        assert_eq!((sized(&jpeg_of(None)), sized(&jpeg_of(Some(1)))), (Some((300, 200)), Some((300, 200))));
        assert_eq!((sized(&jpeg_of(Some(6))), sized(&jpeg_of(Some(8)))), (Some((200, 300)), Some((200, 300))));
        assert_eq!((sized(&avif_of(false)), sized(&avif_of(true))), (Some((300, 200)), Some((200, 300))));
    }

    #[test]
    fn an_svg_tells_its_size_or_that_it_has_none() {
        for (attributes, size) in [
            ("width='300' height=\"200px\"", Some((300, 200))),
            ("viewBox='0 0 30 20'", Some((30, 20))),
            ("width='300' viewBox='0,0,30,20'", Some((300, 200))),
            ("height = '200' viewBox='0 0 30 20'", Some((300, 200))),
            ("width='100%' height='100%' viewBox='0 0 30 20'", Some((30, 20))),
            ("width='1in' height='2.54cm'", Some((96, 96))),
            ("width='100%'", None),
            ("width='0' height='5'", None),
            ("width='1e99' height='NaN'", None),
        ] {
            let text = format!(
                "\u{feff}<?xml version='1.0'?>\n<!-- <svg width='1'> -->\n<!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg {attributes}/>"
            );
            assert_eq!(sized(text.as_bytes()), size, "{attributes}");
            assert_ne!(picture(text.as_bytes()), Picture::Unreadable, "{attributes}");
        }
    }

    #[test]
    fn what_is_no_picture_is_told() {
        for bytes in [&b""[..], b"x", b"<html>", b"<svgx>", b"<svg width='1", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.7"] {
            assert_eq!(picture(bytes), Picture::Unreadable, "{bytes:?}");
        }
        assert_eq!(sized(&png_of(0, 5)), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(kind in 0..7usize, cut in 0..120usize, at in 0..120usize, noise in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut bytes = match kind {
                0 => png_of(3, 2),
                1 => jpeg_of(Some(6)),
                2 => avif_of(true),
                3 => b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\xc7\0\0".to_vec(),
                4 => b"<?xml?><svg width='3' viewBox='0 0 1 1'>".to_vec(),
                5 => b"GIF89a\x2c\x01\xc8\0".to_vec(),
                _ => Vec::new(),
            };
            bytes.truncate(cut);
            let at = at.min(bytes.len());
            bytes.splice(at..(at + noise.len()).min(bytes.len()), noise);
            picture(&bytes);
        }
    }
}
