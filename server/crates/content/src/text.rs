//! Whether bytes are a text, and whether the text is a program or a page.

use std::io::{self, Read, Seek};

use crate::Refusal;
use crate::source::{Next, Source};

/// Longest beginning that is looked into for the first tag, in characters: comments and declarations come before it.
const BEFORE_ROOT: usize = 16 * 1024;

/// Tags by which browsers take a text without a type for a page (WHATWG MIME Sniffing), and roots of what they run.
const PAGE: &[&str] = &[
    "html",
    "head",
    "script",
    "iframe",
    "h1",
    "div",
    "font",
    "table",
    "a",
    "style",
    "title",
    "b",
    "body",
    "br",
    "p",
    "svg",
    "meta",
    "link",
    "object",
    "embed",
    "form",
    "img",
    "frameset",
    "base",
    "xsl:stylesheet",
    "stylesheet",
    "job",
    "package",
    "component",
    "scriptlet",
    "hta:application",
];

/// Types of texts that a name and a few bytes cannot tell apart: the uploader's word is taken for these.
const CLAIMABLE: &[&str] = &[
    "text/plain",
    "text/csv",
    "text/tab-separated-values",
    "text/calendar",
    "text/vcard",
    "text/markdown",
    "application/json",
    "application/xml",
    "text/xml",
    "application/fhir+json",
    "application/fhir+xml",
    "application/hl7-v2",
    "x-application/hl7-v2+er7",
    "application/hl7-v2+xml",
    "application/x-ndjson",
];

/// The type of a text: what was claimed, if that is a type of texts.
pub(crate) fn content_type(claimed: &str) -> &str {
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    CLAIMABLE.iter().find(|known| known.eq_ignore_ascii_case(essence)).unwrap_or(&"text/plain")
}

/// Whether `head` can be the beginning of a text: UTF-8, UTF-16 with its mark, Shift_JIS, EUC-JP or ISO-2022-JP. A
/// character that is cut at the end is no fault.
pub(crate) fn is_text(head: &[u8]) -> bool {
    if let Some(units) = utf16(head) {
        let text = char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}'));
        return text.clone().all(|c| !is_control(u32::from(c)))
            && text.filter(|c| *c == '\u{FFFD}').count() <= 1;
    }
    if head.iter().any(|byte| is_control(u32::from(*byte))) {
        return false;
    }
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    // An escape is part of a text in ISO-2022-JP only.
    let escapes = head.windows(3).filter(|three| three[0] == 0x1B);
    let japanese = escapes
        .clone()
        .all(|three| matches!(three[1..], [b'(', b'B' | b'J' | b'I'] | [b'$', b'@' | b'B' | b'(']));
    japanese && (utf8 || is_shift_jis(head) || is_euc_jp(head))
}

/// The units behind a byte order mark.
fn utf16(head: &[u8]) -> Option<impl Iterator<Item = u16> + Clone + '_> {
    let little = match head {
        [0xFF, 0xFE, ..] => true,
        [0xFE, 0xFF, ..] => false,
        _ => return None,
    };
    let unit = move |pair: &[u8]| match pair {
        [one, two] if little => u16::from_le_bytes([*one, *two]),
        [one, two] => u16::from_be_bytes([*one, *two]),
        _ => 0xFFFD,
    };
    Some(head[2..].chunks_exact(2).map(unit))
}

/// Controls that texts do not have. They do have tabs, line and page ends, escapes, the end marks of DOS and the
/// frame bytes of HL7 v2.
fn is_control(c: u32) -> bool {
    c == 0x7F || (c < 0x20 && !matches!(c, 0x09..=0x0D | 0x1A | 0x1B | 0x1C))
}

fn is_shift_jis(head: &[u8]) -> bool {
    pairs(head, |byte| match byte {
        0..=0x7F | 0xA1..=0xDF => Some(None),
        0x81..=0x9F | 0xE0..=0xFC => Some(Some(|trail| matches!(trail, 0x40..=0x7E | 0x80..=0xFC))),
        _ => None,
    })
}

fn is_euc_jp(head: &[u8]) -> bool {
    pairs(head, |byte| match byte {
        0..=0x7F => Some(None),
        // The third byte of the supplementary characters is the trail of a pair that begins with the second.
        0x8F => Some(None),
        0x8E | 0xA1..=0xFE => Some(Some(|trail| trail >= 0xA1)),
        _ => None,
    })
}

/// Whether all of `bytes` are single bytes, and leads followed by their trails. The last lead may be cut off.
fn pairs(bytes: &[u8], lead: impl Fn(u8) -> Option<Option<fn(u8) -> bool>>) -> bool {
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match lead(*byte) {
            Some(None) => {}
            Some(Some(is_trail)) if bytes.next().is_none_or(|trail| is_trail(*trail)) => {}
            _ => return false,
        }
    }
    true
}

/// Whether the text that begins with `head` is run by an interpreter or a browser.
pub(crate) fn refused<F: Read + Seek>(
    head: &[u8],
    source: &mut Source<'_, F>,
) -> io::Result<Option<Refusal>> {
    let text = visible(head);
    let text = text.trim_start();
    let is_script = text.starts_with("#!") || text.starts_with("<?php") || text.starts_with("<%");
    if is_script || is_page(text) {
        return Ok(Some(Refusal::Script));
    }
    // XML may carry pages' elements anywhere, and office files in XML or MIME may carry macros.
    if text.starts_with('<') || text.contains("mime-version:") {
        return find_active(source);
    }
    Ok(None)
}

/// The beginning of a text in small ASCII letters; what is not ASCII is of no interest here.
fn visible(head: &[u8]) -> String {
    let ascii = |c: char| if c.is_ascii() { c.to_ascii_lowercase() } else { '?' };
    match utf16(head) {
        Some(units) => {
            char::decode_utf16(units).take(BEFORE_ROOT).map(|unit| ascii(unit.unwrap_or('?'))).collect()
        }
        None => {
            let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
            head.iter().take(BEFORE_ROOT).map(|byte| ascii(char::from(*byte))).collect()
        }
    }
}

/// Whether the first element makes it a page, an image that runs, or a script host's file.
fn is_page(mut text: &str) -> bool {
    loop {
        text = text.trim_start();
        let end = if let Some(comment) = text.strip_prefix("<!--") {
            comment.find("-->").map(|at| &comment[at + 3..])
        } else if let Some(instruction) = text.strip_prefix("<?") {
            instruction.find("?>").map(|at| &instruction[at + 2..])
        } else if let Some(doctype) = text.strip_prefix("<!doctype") {
            let name = doctype.trim_start();
            if name.starts_with("html") || name.starts_with("svg") {
                return true;
            }
            // An internal subset has tags of its own.
            let close = if name.find('[') < name.find('>') && name.contains('[') { "]>" } else { ">" };
            doctype.find(close).map(|at| &doctype[at + close.len()..])
        } else {
            break;
        };
        // A beginning without an end hides what comes after.
        let Some(rest) = end else { return true };
        text = rest;
    }
    let Some(tag) = text.strip_prefix('<') else { return false };
    let name: String =
        tag.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')).collect();
    let local = name.rsplit(':').next().unwrap_or_default();
    PAGE.contains(&name.as_str()) || matches!(local, "svg" | "html" | "script" | "stylesheet")
}

/// What runs anywhere in the file: an element `script`, with or without a prefix, or macros of an office file.
fn find_active<F: Read + Seek>(source: &mut Source<'_, F>) -> io::Result<Option<Refusal>> {
    const ELEMENTS: usize = 4;
    let needles: [&[u8]; 9] = [
        b"<script",
        b":script",
        b"<\0s\0c\0r\0i\0p\0t",
        b"\0<\0s\0c\0r\0i\0p\0t",
        b"macrosPresent=\"yes",
        b"vbaProject",
        b"macroEnabled",
        b"application/x-mso",
        b"ActiveMime",
    ];
    let mut found = None;
    source.scan(&needles, |_, needle, shown| {
        if needle >= ELEMENTS {
            found = Some(Refusal::Macro);
            return Next::Stop;
        }
        // The name may go on, and be another one then.
        let after = shown.get(needles[needle].len());
        if after.is_none_or(|byte| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/')) {
            found = Some(Refusal::Script);
            return Next::Stop;
        }
        Next::GoOn
    })?;
    Ok(found)
}
