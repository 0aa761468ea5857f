//! ZIP files, by the names of their members: office files and plain archives. Nothing is unpacked but the list of
//! content types of an office file, and that to at most 1 MiB.
//!
//! The tables at the end, which may contradict what they point to, are not believed: every header of a member that
//! stands anywhere in the file counts, local ones and central ones, those in gaps and of files that were deleted.

use std::io::{self, Read, Seek};

use flate2::bufread::DeflateDecoder;

use crate::Refusal;
use crate::extension::{self, Kind};
use crate::source::{Next, Source};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// Members whose headers are looked at, both kinds counted; a file with more is refused.
const MOST_HEADERS: u32 = 100_000;
/// Bytes of extra fields that are looked through: headers may lie over each other.
const MOST_EXTRA_BYTES: usize = 16 * 1024 * 1024;
/// Longest name that is looked at, in bytes; a longer one refuses the file.
const LONGEST_NAME: usize = 1024;
/// Extra field by which a member has another name.
const UNICODE_PATH: u16 = 0x7075;
/// The list of content types, compressed and not.
const MOST_CONTENT_TYPES: usize = 1024 * 1024;
/// Most lists of content types that are looked at. One is right; of two, readers may take either.
const MOST_LISTS: usize = 4;

/// What marks a list of content types of an office file that runs something.
const MACRO_TYPES: [&[u8]; 4] = [b"macroenabled", b"vbaproject", b"macrosheet", b"ms-office.vba"];

/// What the headers said so far.
#[derive(Default)]
struct Members {
    headers: u32,
    refusal: Option<Refusal>,
    /// The folder that tells which office file it is.
    office: Option<&'static str>,
    /// Where the local headers of the list of content types are.
    lists: Vec<u64>,
    /// By its first member, which says so.
    document: Option<&'static str>,
    has_macros: bool,
    /// Bytes of extra fields that were looked through.
    extra_bytes: usize,
}

/// Whether a ZIP stands at the end of a file that begins with something else.
pub(crate) fn is_behind<F: Read + Seek>(source: &mut Source<'_, F>) -> io::Result<bool> {
    let offset = source.length().saturating_sub(66 * 1024);
    let tail = source.read(offset, 66 * 1024)?;
    Ok(memchr::memmem::find(&tail, END).is_some())
}

pub(crate) fn starts(head: &[u8]) -> bool {
    head.starts_with(LOCAL) || head.starts_with(END) || head.starts_with(CENTRAL)
}

/// The content type of a ZIP named `name`, or why it is refused.
pub(crate) fn inspect<F: Read + Seek>(
    source: &mut Source<'_, F>,
    name: &[u8],
) -> io::Result<Result<&'static str, Refusal>> {
    // Office files have parts that a plain archive may not have, because nothing opens them from within.
    let is_office = extension::kind(name) == Some(Kind::Office);
    let mut members = Members::default();
    source.scan(&[LOCAL, CENTRAL], |offset, needle, shown| {
        members.see(offset, needle == 0, shown, is_office);
        if members.refusal.is_some() { Next::Stop } else { Next::GoOn }
    })?;
    if let Some(refusal) = members.refusal {
        return Ok(Err(refusal));
    }
    let is_package = !members.lists.is_empty() || members.document.is_some();
    if members.has_macros {
        return Ok(Err(if is_package { Refusal::Macro } else { Refusal::Archive }));
    }
    if members.lists.len() > MOST_LISTS {
        return Ok(Err(Refusal::Macro));
    }
    for offset in members.lists {
        if !is_harmless_list(source, offset)? {
            return Ok(Err(Refusal::Macro));
        }
    }
    let office = if is_package { members.office.or(members.document) } else { None };
    Ok(Ok(office.unwrap_or("application/zip")))
}

impl Members {
    /// Looks at one header; `header` shows it and what follows.
    fn see(&mut self, offset: u64, is_local: bool, header: &[u8], is_office: bool) {
        self.headers += 1;
        if self.headers > MOST_HEADERS {
            self.refusal = Some(Refusal::Archive);
            return;
        }
        let field = |at: usize| header.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let (flags_at, lengths_at, name_at) = if is_local { (6, 26, 30) } else { (8, 28, 46) };
        let (Some(flags), Some(length), Some(extra_length)) =
            (field(flags_at), field(lengths_at), field(lengths_at + 2))
        else {
            return;
        };
        let name_end = name_at + usize::from(length);
        let Some(name) = header.get(name_at..name_end) else { return };
        // Encrypted, or its names are: nobody who looks at it later can tell what is in it.
        if flags & 0x2001 != 0 || name.len() > LONGEST_NAME {
            self.refusal = Some(Refusal::Archive);
            return;
        }
        if is_local {
            self.place(offset, name, header.get(name_end..).unwrap_or_default());
        }
        self.judge(name, is_office);
        let extra = header.get(name_end..name_end + usize::from(extra_length)).unwrap_or_default();
        self.extra_bytes += extra.len();
        if self.extra_bytes > MOST_EXTRA_BYTES {
            self.refusal = Some(Refusal::Archive);
            return;
        }
        for other in other_names(extra) {
            self.judge(other, is_office);
        }
    }

    /// What kind of file the member `name` makes of the whole.
    fn place(&mut self, offset: u64, name: &[u8], content: &[u8]) {
        let name = name.to_ascii_lowercase();
        if name == b"[content_types].xml" {
            self.lists.push(offset);
        }
        // The content of this member is never compressed and has the length of a type.
        if name == b"mimetype" && self.document.is_none() {
            self.document = open_document(content);
        }
        let office = [
            (&b"word/"[..], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ];
        let found = office.iter().find(|(folder, _)| name.starts_with(folder)).map(|(_, kind)| *kind);
        self.office = self.office.or(found);
    }

    /// Refuses what the name of a member says that it hides.
    fn judge(&mut self, name: &[u8], is_office: bool) {
        let lower: Vec<u8> =
            name.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }).collect();
        let has = |part: &[u8]| memchr::memmem::find(&lower, part).is_some();
        self.has_macros |= has(b"vbaproject") || has(b"vbadata.xml") || has(b"xl/macrosheets/");
        self.has_macros |= lower.starts_with(b"basic/") || lower.starts_with(b"scripts/");
        // What stands behind a control character is no part of the name for some.
        for part in lower.split(|byte| *byte < 0x20) {
            let refusal = match extension::kind(part) {
                Some(Kind::Macro) if is_office => Some(Refusal::Macro),
                Some(Kind::Executable | Kind::Script | Kind::Macro | Kind::Archive | Kind::Zip) => {
                    Some(Refusal::Archive)
                }
                Some(Kind::Markup | Kind::Legacy) if !is_office => Some(Refusal::Archive),
                Some(Kind::Markup | Kind::Legacy | Kind::Office) | None => None,
            };
            self.refusal = self.refusal.or(refusal);
        }
    }
}

/// The names in the extra fields of a header.
fn other_names(mut extra: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    while let [id, id_high, length, length_high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*length, *length_high]));
        let value = &rest[..length.min(rest.len())];
        // A version and a checksum come before the name.
        if u16::from_le_bytes([*id, *id_high]) == UNICODE_PATH && value.len() > 5 {
            names.push(&value[5..]);
        }
        extra = &rest[value.len()..];
    }
    names
}

/// The type that the member `mimetype` of an OpenDocument file says.
fn open_document(content: &[u8]) -> Option<&'static str> {
    [
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.graphics",
    ]
    .into_iter()
    .find(|known| content.starts_with(known.as_bytes()))
}

/// Whether the list of content types whose local header is at `offset` can be read, and names nothing that runs.
fn is_harmless_list<F: Read + Seek>(source: &mut Source<'_, F>, offset: u64) -> io::Result<bool> {
    let Some(header) = source.array::<30>(offset)? else { return Ok(false) };
    let field = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let content = offset + 30 + u64::from(field(26)) + u64::from(field(28));
    let packed = source.read(content, MOST_CONTENT_TYPES)?;
    let list = match field(8) {
        // Its length may be told only behind it: what follows it is looked at with it.
        0 => packed,
        8 => match inflate(&packed) {
            Some(list) => list,
            None => return Ok(false),
        },
        _ => return Ok(false),
    };
    let letters: Vec<u8> = list.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    // A reference stands for a character, which hides the words from those who do not resolve it.
    let hides =
        memchr::memmem::find(&letters, b"&#").is_some() || memchr::memmem::find(&letters, b"<!").is_some();
    Ok(!hides && !MACRO_TYPES.iter().any(|word| memchr::memmem::find(&letters, word).is_some()))
}

/// All of it, unless it is damaged or longer than [`MOST_CONTENT_TYPES`].
fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut list = Vec::new();
    let most = MOST_CONTENT_TYPES as u64;
    let length = DeflateDecoder::new(packed).take(most).read_to_end(&mut list).ok()?;
    ((length as u64) < most).then_some(list)
}
