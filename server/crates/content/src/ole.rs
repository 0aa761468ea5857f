//! Compound files (OLE2, [MS-CFB]): the old office formats, mails of Outlook, installers.
//!
//! Their directory is a list of entries of 128 bytes. Instead of following the tables that say where it is, which
//! a hostile file could twist, every place where an entry can stand is looked at for the names that matter.
//! Macros of Excel 4.0 (XLM) are in the sheets themselves and are not looked for.

use std::io::{self, Read, Seek};

use crate::Refusal;
use crate::source::{Next, Source};

/// What every compound file begins with.
pub(crate) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Length of an entry of the directory; entries stand at multiples of it.
const ENTRY: usize = 128;
const STORAGE: u8 = 1;
const ROOT: u8 = 5;

/// Class of the root of Windows Installer's packages, patches and transforms, but for its first byte.
const INSTALLER: [u8; 15] = [0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// What a name in the directory says about the file.
#[derive(Clone, Copy)]
enum Mark {
    Macro,
    Root,
    Type(&'static str),
}

const NAMES: &[(&str, Mark)] = &[
    ("_VBA_PROJECT", Mark::Macro),
    ("_VBA_PROJECT_CUR", Mark::Macro),
    ("VBA", Mark::Macro),
    ("Macros", Mark::Macro),
    // Nothing can be said of an encrypted office file, which may carry macros.
    ("EncryptedPackage", Mark::Macro),
    ("Root Entry", Mark::Root),
    ("WordDocument", Mark::Type("application/msword")),
    ("Workbook", Mark::Type("application/vnd.ms-excel")),
    ("Book", Mark::Type("application/vnd.ms-excel")),
    ("PowerPoint Document", Mark::Type("application/vnd.ms-powerpoint")),
    ("__nameid_version1.0", Mark::Type("application/vnd.ms-outlook")),
];

/// The records by which a presentation says that it has macros, which are not in the directory there: VBAInfo
/// ([MS-PPT] 2.4.10), up to its reference.
const PRESENTATION_MACROS: &[u8] = b"\xFF\x03\x14\0\0\0\x02\0\0\x04\x0C\0\0\0";

/// The content type of a compound file, or why it is refused.
pub(crate) fn inspect<F: Read + Seek>(
    source: &mut Source<'_, F>,
) -> io::Result<Result<&'static str, Refusal>> {
    let names: Vec<Vec<u8>> = NAMES.iter().map(|(name, _)| field(name)).collect();
    let mut needles: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    needles.push(PRESENTATION_MACROS);
    let mut refusal = None;
    let mut found = None;
    source.scan(&needles, |offset, needle, shown| {
        let mark = match NAMES.get(needle) {
            Some((name, mark)) if is_entry(offset, name, shown) => *mark,
            None if shown.get(18..22).is_some_and(|flag| flag != [0; 4]) => Mark::Macro,
            _ => return Next::GoOn,
        };
        match mark {
            Mark::Macro => refusal = Some(Refusal::Macro),
            Mark::Root if is_installer(shown) => refusal = Some(Refusal::Executable),
            Mark::Root => {}
            Mark::Type(content_type) => found = found.or(Some(content_type)),
        }
        if refusal.is_some() { Next::Stop } else { Next::GoOn }
    })?;
    Ok(refusal.map_or(Ok(found.unwrap_or("application/octet-stream")), Err))
}

/// The beginning of an entry's name field: the name in UTF-16LE and the zero behind it.
fn field(name: &str) -> Vec<u8> {
    name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Whether `shown` is an entry of this name, and not a text that has the word.
fn is_entry(offset: u64, name: &str, shown: &[u8]) -> bool {
    let length = (name.len() + 1) * 2;
    offset.is_multiple_of(ENTRY as u64)
        && shown.get(64..66).is_some_and(|field| field == (length as u16).to_le_bytes())
        && shown.get(66).is_some_and(|kind| (STORAGE..=ROOT).contains(kind))
}

fn is_installer(entry: &[u8]) -> bool {
    matches!(entry.get(80..96), Some([0x82 | 0x84 | 0x86, class @ ..]) if *class == INSTALLER)
}
