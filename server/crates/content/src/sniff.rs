//! What the first bytes of a file say, and for some formats bytes elsewhere.

use std::io::{self, Read, Seek};

use crate::Refusal;
use crate::source::Source;

/// Bytes at the beginning that are looked at: ISO images tell what they are behind 32 KiB.
pub(crate) const HEAD: usize = 64 * 1024;
/// Where ISO 9660 and UDF have their descriptors.
const DISC: usize = 0x8001;

/// Formats that are told by their first bytes and that are refused.
const REFUSED: &[(&[u8], Refusal)] = &[
    (b"\x7FELF", Refusal::Executable),
    (b"\xFE\xED\xFA\xCE", Refusal::Executable),
    (b"\xFE\xED\xFA\xCF", Refusal::Executable),
    (b"\xCE\xFA\xED\xFE", Refusal::Executable),
    (b"\xCF\xFA\xED\xFE", Refusal::Executable),
    // Java classes and Mach-O for several processors.
    (b"\xCA\xFE\xBA\xBE", Refusal::Executable),
    (b"\xCA\xFE\xBA\xBF", Refusal::Executable),
    (b"\xCA\xFE\xD0\x0D", Refusal::Executable),
    (b"\0asm", Refusal::Executable),
    (b"dex\n", Refusal::Executable),
    (b"dey\n", Refusal::Executable),
    (b"BC\xC0\xDE", Refusal::Executable),
    (b"\xDE\xC0\x17\x0B", Refusal::Executable),
    (b"\xED\xAB\xEE\xDB", Refusal::Executable),
    (b"!<arch>\ndebian", Refusal::Executable),
    (b"Cr24", Refusal::Executable),
    (b"\x1BLua", Refusal::Script),
    // Shortcuts of Windows, compiled help, Flash.
    (b"L\0\0\0\x01\x14\x02\0", Refusal::Script),
    (b"ITSF\x03\0\0\0", Refusal::Script),
    (b"FWS", Refusal::Script),
    (b"CWS", Refusal::Script),
    (b"ZWS", Refusal::Script),
    (b"%!PS", Refusal::Script),
    (b"\xC5\xD0\xD3\xC6", Refusal::Script),
    // Databases with forms and modules.
    (b"\0\x01\0\0Standard Jet DB", Refusal::Macro),
    (b"\0\x01\0\0Standard ACE DB", Refusal::Macro),
    (b"7z\xBC\xAF\x27\x1C", Refusal::Archive),
    (b"Rar!\x1A\x07", Refusal::Archive),
    (b"RE\x7E\x5E", Refusal::Archive),
    (b"\x1F\x8B", Refusal::Archive),
    (b"\x1F\x9D", Refusal::Archive),
    (b"\x1F\xA0", Refusal::Archive),
    (b"BZh", Refusal::Archive),
    (b"\xFD7zXZ\0", Refusal::Archive),
    (b"]\0\0\x80\0", Refusal::Archive),
    (b"\x28\xB5\x2F\xFD", Refusal::Archive),
    (b"\x04\x22\x4D\x18", Refusal::Archive),
    (b"LZIP", Refusal::Archive),
    (b"MSCF", Refusal::Archive),
    (b"ISc(", Refusal::Archive),
    (b"!<arch>\n", Refusal::Archive),
    (b"070701", Refusal::Archive),
    (b"070702", Refusal::Archive),
    (b"070707", Refusal::Archive),
    (b"\xC7\x71", Refusal::Archive),
    (b"\x60\xEA", Refusal::Archive),
    (b"ALZ\x01", Refusal::Archive),
    (b"EGGA", Refusal::Archive),
    (b"xar!", Refusal::Archive),
    (b"SIT!", Refusal::Archive),
    (b"StuffIt ", Refusal::Archive),
    (b"MSWIM\0\0\0", Refusal::Archive),
    (b"vhdxfile", Refusal::Archive),
    (b"conectix", Refusal::Archive),
    (b"QFI\xFB", Refusal::Archive),
    (b"KDMV", Refusal::Archive),
    (b"hsqs", Refusal::Archive),
    (b"\x78\x9F\x3E\x22", Refusal::Archive),
    // The second and further part of a ZIP that was cut into parts.
    (b"PK\x07\x08", Refusal::Archive),
    (b"PK00PK\x03\x04", Refusal::Archive),
];

/// Formats that are told by their first bytes and that come in.
const ACCEPTED: &[(&[u8], &str)] = &[
    (b"\xFF\xD8\xFF", "image/jpeg"),
    (b"\x89PNG\r\n\x1A\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0\x08\0\0\0", "image/tiff"),
    (b"MM\0+\0\x08\0\0", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"\0\0\x01\xBA", "video/mpeg"),
    (b"\0\0\x01\xB3", "video/mpeg"),
    (b"{\\rtf", "application/rtf"),
];

/// Brands of ISO base media files, as the `ftyp` box has them.
const BRANDS: &[(&[u8], &str)] = &[
    (b"heic", "image/heic"),
    (b"heix", "image/heic"),
    (b"heim", "image/heic"),
    (b"heis", "image/heic"),
    (b"hevc", "image/heic-sequence"),
    (b"hevx", "image/heic-sequence"),
    (b"mif1", "image/heif"),
    (b"msf1", "image/heif-sequence"),
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"qt  ", "video/quicktime"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"3gp", "video/3gpp"),
    (b"3g2", "video/3gpp2"),
];

/// Why a file that begins with `head` is refused for its format alone, if it is. A text (`is_text`) that happens to
/// begin as one of them does is none.
pub(crate) fn refused(head: &[u8], is_text: bool) -> Option<Refusal> {
    // What follows the first line may be packed. The audio format that begins so is no program.
    let first = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if first.starts_with(b"#!") && !first.starts_with(b"#!AMR") {
        return Some(Refusal::Script);
    }
    if !is_text {
        if head.starts_with(b"MZ") || head.starts_with(b"ZM") {
            return Some(Refusal::Executable);
        }
        if let Some((_, why)) = REFUSED.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(*why);
        }
    } else if head.starts_with(b"%!PS") {
        return Some(Refusal::Script);
    }
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let lha = at(2, b"-lh") || at(2, b"-lz") || at(2, b"-pm");
    let packed = at(257, b"ustar")
        || (lha && at(6, b"-"))
        || at(7, b"**ACE**")
        || at(20, b"\xDC\xA7\xC4\xFD")
        || [b"CD001", b"BEA01", b"NSR02", b"NSR03"].iter().any(|disc| at(DISC, *disc));
    packed.then_some(Refusal::Archive)
}

/// Whether the end of the file says that it is a disk image: those of macOS and of virtual machines.
pub(crate) fn ends_as_disk<F: Read + Seek>(source: &mut Source<'_, F>) -> io::Result<bool> {
    let Some(offset) = source.length().checked_sub(512) else { return Ok(false) };
    let tail = source.read(offset, 512)?;
    Ok(tail.starts_with(b"koly\0\0\0\x04") || tail.starts_with(b"conectix"))
}

/// The content type of a file that begins with `head`, unless it is a text, a ZIP or a compound file. PDF and rich
/// text may be texts (`is_text`) throughout; a text that begins as another format does is a text.
pub(crate) fn accepted(head: &[u8], is_text: bool) -> Option<&'static str> {
    if is_text {
        let known = ACCEPTED.iter().find(|(magic, _)| head.starts_with(magic));
        return known
            .map(|(_, known)| *known)
            .filter(|known| matches!(*known, "application/pdf" | "application/rtf"));
    }
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    // First, because the 128 bytes before it are free, and pathology puts the head of a TIFF there.
    if at(128, b"DICM") {
        return Some("application/dicom");
    }
    if let Some((_, known)) = ACCEPTED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(known);
    }
    if at(4, b"ftyp") {
        return Some(brand(head));
    }
    if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") {
        return Some("video/quicktime");
    }
    if head.starts_with(b"RIFF") {
        return Some(match head.get(8..12) {
            Some(b"WEBP") => "image/webp",
            Some(b"WAVE") => "audio/wav",
            Some(b"AVI ") => "video/x-msvideo",
            _ => "application/octet-stream",
        });
    }
    if head.starts_with(b"\x1A\x45\xDF\xA3") {
        let start = &head[..head.len().min(128)];
        let webm = memchr::memmem::find(start, b"webm").is_some();
        return Some(if webm { "video/webm" } else { "video/x-matroska" });
    }
    // A bitmap tells its own header's length, which tells it from a text that begins with "BM".
    if head.starts_with(b"BM")
        && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
    {
        return Some("image/bmp");
    }
    if matches!(head, [0xFF, second, ..] if second & 0xE6 == 0xE2) {
        return Some("audio/mpeg");
    }
    if matches!(head, [0xFF, second, ..] if second & 0xF6 == 0xF0) {
        return Some("audio/aac");
    }
    None
}

/// The type of an ISO base media file: by its main brand, or by the first known one that it is compatible with.
fn brand(head: &[u8]) -> &'static str {
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let brands = &head[8..head.len().min(length.clamp(16, 256))];
    let known =
        |brand: &[u8]| BRANDS.iter().find(|(known, _)| brand.starts_with(known)).map(|(_, kind)| *kind);
    let main = brands.get(..4).and_then(known);
    // A general image brand comes first in many files: the compatible ones tell how it is coded.
    let compatible = || {
        let known = brands.get(8..).unwrap_or_default().chunks_exact(4).filter_map(known);
        known.filter(|kind| kind.starts_with("image/")).find(|kind| *kind != "image/heif")
    };
    match main {
        Some("image/heif") => compatible().unwrap_or("image/heif"),
        Some(kind) => kind,
        None => compatible().unwrap_or("video/mp4"),
    }
}
