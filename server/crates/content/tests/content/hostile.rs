//! Bytes that nobody sends by mistake: nothing panics, and everything comes to an end.

use image::ImageFormat;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use renkei_content::{Position, preview};

use crate::inspected;
use crate::samples::{
    Order, compound, encoded, heic, jpeg_with, pdf, picture, png_with, webp_with, xmp, zip,
};

/// Good files of all kinds.
fn good() -> Vec<(&'static str, Vec<u8>)> {
    let image = |format| encoded(&picture(16, 12), format);
    let exif = Order::Big.exif(6, true);
    let types = b"<Types><Default Extension=\"xml\"/></Types>";
    vec![
        ("image/jpeg", jpeg_with(&image(ImageFormat::Jpeg), Some(&exif), Some(&xmp()))),
        ("image/png", png_with(&image(ImageFormat::Png), &[(b"eXIf", &exif)])),
        ("image/webp", webp_with(&image(ImageFormat::WebP), 16, 12, &exif)),
        ("image/gif", image(ImageFormat::Gif)),
        ("image/bmp", image(ImageFormat::Bmp)),
        ("image/tiff", image(ImageFormat::Tiff)),
        ("image/tiff", Order::Little.exif(1, true)),
        ("image/heic", heic(b"Exif\0\0", &exif)),
        ("application/pdf", pdf()),
        ("", zip(&[("[Content_Types].xml", types), ("word/document.xml", b"<x/>")], true)),
        ("", compound(&["/Macros"], &["/WordDocument"])),
        ("text/xml", b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><note>x</note>".to_vec()),
    ]
}

/// A good file, cut, with bytes overwritten, and with a piece of itself put somewhere else.
fn damaged() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let flips = prop::collection::vec((any::<Index>(), any::<u8>()), 0..12);
    let extremes = prop::collection::vec(
        (any::<Index>(), select(vec![[0; 4], [0xFF; 4], [0x7F, 0xFF, 0xFF, 0xFF]])),
        0..3,
    );
    (select(good()), flips, extremes, any::<Index>(), any::<(Index, Index)>(), any::<(bool, bool)>())
        .prop_map(|((kind, mut content), flips, extremes, cut, (from, to), (is_cut, is_moved))| {
            for (at, byte) in flips {
                let at = at.index(content.len());
                content[at] = byte;
            }
            for (at, value) in extremes {
                let at = at.index(content.len() - 4);
                content[at..at + 4].copy_from_slice(&value);
            }
            if is_moved {
                let piece = content[from.index(content.len())..].to_vec();
                let at = to.index(content.len());
                content.splice(at..at, piece);
            }
            if is_cut {
                content.truncate(cut.index(content.len()));
            }
            (kind, content)
        })
}

/// Looks at it, and at what is left when what was found is taken out.
fn look(content: &[u8], name: &str) {
    let Ok(found) = inspected(content, name, "text/csv") else { return };
    if let Position::Removable(patches) = found.position {
        let mut content = content.to_vec();
        for patch in patches {
            let offset = patch.offset as usize;
            content[offset..offset + patch.bytes.len()].copy_from_slice(&patch.bytes);
        }
        let again = inspected(&content, name, "text/csv").expect("it came in before");
        assert_eq!(again.position, Position::None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn damaged_files_are_looked_at_to_the_end((_, content) in damaged(), name in select(vec!["a", "a.docx", "a.zip"])) {
        look(&content, name);
    }

    #[test]
    fn any_bytes_are_looked_at_to_the_end(content in any_bytes(), name in any::<String>()) {
        look(&content, &name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_are_decoded_or_not((kind, content) in damaged()) {
        if let Some(jpeg) = preview(&content, kind) {
            let picture = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg);
            prop_assert!(picture.is_ok_and(|picture| picture.width() <= 512 && picture.height() <= 512));
        }
    }
}

/// Beginnings of formats, and anything behind them.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let begin = select(vec![
        &b""[..],
        b"II*\0",
        b"MM\0*",
        b"PK\x03\x04",
        b"\xFF\xD8\xFF\xE1",
        b"\x89PNG\r\n\x1A\n",
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        b"RIFF",
        b"\0\0\0\x18ftyp",
        b"<",
        b"<!--",
        b"\xFF\xFE",
        b"\x1B$",
    ]);
    (begin, prop::collection::vec(any::<u8>(), 0..3000)).prop_map(|(begin, rest)| [begin, &rest].concat())
}

#[test]
fn a_file_full_of_headers_comes_to_an_end() {
    for piece in [
        &b"PK\x03\x04"[..],
        b"PK\x01\x02\0\0\0\0",
        b"II*\0",
        b"MM\0*\0\0\0\x08",
        b"\0\0\0\0IDAT\0\0\0\0",
        b":GPSx=\"",
    ] {
        for begin in [&b""[..], b"\x89PNG\r\n\x1A\n", b"\xFF\xD8\xFF\xE0"] {
            look(&[begin, &piece.repeat(3_000_000 / piece.len())].concat(), "a.docx");
        }
    }
}
