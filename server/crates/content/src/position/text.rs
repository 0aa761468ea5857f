//! Positions in writing: XMP properties, and ISO 6709 in films, which phones also hang behind pictures.

use super::Stuck;
use crate::Patch;

/// Property of XMP of any prefix whose name begins with GPS, also as makers of cameras in the air write it.
const PROPERTY: [&[u8]; 2] = [b":GPS", b":Gps"];
/// XMP in UTF-16, which nobody writes and which is not taken apart here.
const WIDE: [&[u8]; 2] = [b":\0G\0P\0S\0", b"\0:\0G\0P\0S"];
/// Position of a film in `udta`, and the value of an entry of `ilst`, which may be one.
const FILM: &[u8] = b"\xA9xyz";
const FILM_DATA: &[u8] = b"data\0\0\0\x01";
/// Text of a PNG: EXIF or XMP in hexadecimal digits and mostly compressed, and compressed XMP.
const RAW_PROFILE: &[u8] = b"Raw profile type ";
const PACKED_XMP: &[u8] = b"XML:com.adobe.xmp\0\x01";

/// What to look for; [`patch`] is for the places where one of them stands.
pub(super) const NEEDLES: &[&[u8]] =
    &[PROPERTY[0], PROPERTY[1], WIDE[0], WIDE[1], FILM, FILM_DATA, RAW_PROFILE, PACKED_XMP];

/// Longest value of a property, in bytes.
const MOST_VALUE: usize = 256;

/// The patch that blanks what is told at `offset`, where `shown` stands, if it is told there.
pub(super) fn patch(offset: u64, shown: &[u8]) -> Result<Option<Patch>, Stuck> {
    let blank =
        |from: usize, length: usize| Patch { offset: offset + from as u64, bytes: vec![b' '; length] };
    if PROPERTY.iter().any(|property| shown.starts_with(property)) {
        return Ok(property_value(shown)?.map(|(from, length)| blank(from, length)));
    }
    if WIDE.iter().any(|wide| shown.starts_with(wide)) || shown.starts_with(PACKED_XMP) {
        return Err(Stuck);
    }
    if let Some(kind) = shown.strip_prefix(RAW_PROFILE) {
        let tells =
            [&b"exif\0"[..], b"APP1\0", b"app1\0", b"xmp\0"].iter().any(|known| kind.starts_with(known));
        return if tells { Err(Stuck) } else { Ok(None) };
    }
    // A length and a language, or a language in double length, stand before the value.
    let start = if shown.starts_with(FILM) { FILM.len() + 4 } else { FILM_DATA.len() + 4 };
    let value = shown.get(start..).unwrap_or_default();
    Ok(iso_6709(value).map(|length| blank(start, length)))
}

/// Where the value of the property at the beginning of `xmp` is, in bytes from there: (from, length). As an
/// attribute or as the text of an element; nothing if it is blank.
fn property_value(xmp: &[u8]) -> Result<Option<(usize, usize)>, Stuck> {
    let name = xmp.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if name == b"GPS".len() || xmp[1..].starts_with(b"GPSVersionID") {
        return Ok(None);
    }
    let spaces = |from: usize| xmp[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut from = 1 + name;
    from += spaces(from);
    let end = match xmp.get(from) {
        Some(b'=') => {
            from += 1;
            from += spaces(from);
            match xmp.get(from) {
                Some(quote @ (b'"' | b'\'')) => *quote,
                _ => return Err(Stuck),
            }
        }
        Some(b'>') => b'<',
        Some(b'/') => return Ok(None),
        // A word in a sentence, unless an element goes on with its attributes.
        Some(next) if from > 1 + name && next.is_ascii_alphabetic() => return Err(Stuck),
        _ => return Ok(None),
    };
    from += 1;
    let value = &xmp[from..xmp.len().min(from + MOST_VALUE)];
    let Some(length) = value.iter().position(|byte| *byte == end) else { return Err(Stuck) };
    let is_blank = value[..length].iter().all(u8::is_ascii_whitespace);
    Ok((!is_blank).then_some((from, length)))
}

/// The length of the position at the beginning of `value`: latitude, longitude, and what follows of it.
fn iso_6709(value: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let number = |from: usize| {
        let digits = value.get(from + 1..)?.iter().take_while(|byte| is_part(byte)).count();
        (matches!(value[from], b'+' | b'-') && (2..=24).contains(&digits)).then_some(from + 1 + digits)
    };
    let end = number(0).and_then(number)?;
    let rest =
        value[end..].iter().take(64).take_while(|byte| is_part(byte) || matches!(byte, b'+' | b'-' | b'/'));
    Some(end + rest.count())
}
