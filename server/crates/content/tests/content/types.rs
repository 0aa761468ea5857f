//! Types by content.

use image::ImageFormat;

use crate::samples::{Order, compound, encoded, heic, pdf, picture, zip};
use crate::{content_type, inspected};

#[test]
fn a_type_is_told_by_the_content() {
    let image = |format| encoded(&picture(8, 8), format);
    let mut dicom = vec![0; 128];
    dicom.extend(b"DICM\x02\0\0\0UL\x04\0\0\0\0\0");
    let mut pathology = dicom.clone();
    pathology[..8].copy_from_slice(b"II*\0\x08\0\0\0");
    for (content, expected) in [
        (image(ImageFormat::Jpeg), "image/jpeg"),
        (image(ImageFormat::Png), "image/png"),
        (image(ImageFormat::Gif), "image/gif"),
        (image(ImageFormat::WebP), "image/webp"),
        (image(ImageFormat::Tiff), "image/tiff"),
        (image(ImageFormat::Bmp), "image/bmp"),
        (heic(b"", &Order::Big.exif(1, false)), "image/heic"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf\0\0\0\0".to_vec(), "image/avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42".to_vec(), "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(), "video/quicktime"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42".to_vec(), "audio/mp4"),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm".to_vec(), "video/webm"),
        (b"RIFF\0\0\0\0AVI LIST".to_vec(), "video/x-msvideo"),
        (b"RIFF\0\0\0\0WAVEfmt ".to_vec(), "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0".to_vec(), "audio/mpeg"),
        (b"\xFF\xFB\x90\0".to_vec(), "audio/mpeg"),
        (dicom, "application/dicom"),
        (pathology, "application/dicom"),
        (pdf(), "application/pdf"),
        (compound(&[], &["/WordDocument", "/1Table"]), "application/msword"),
        (compound(&[], &["/Workbook"]), "application/vnd.ms-excel"),
        (compound(&[], &["/PowerPoint Document"]), "application/vnd.ms-powerpoint"),
        (vec![0, 1, 2, 3, 4], "application/octet-stream"),
    ] {
        assert_eq!(content_type(&content, "text/plain").as_deref(), Ok(expected));
        // What was claimed and what the name says do not count.
        let found = inspected(&content, "letter.txt", "video/mp4").expect("it comes in");
        assert_eq!(found.content_type, expected);
    }
}

#[test]
fn office_files_in_a_zip_are_told_apart() {
    let types = b"<?xml version=\"1.0\"?><Types><Default Extension=\"xml\"/></Types>";
    let office = "application/vnd.openxmlformats-officedocument.";
    for (folder, expected) in [
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ] {
        for is_packed in [false, true] {
            let file =
                zip(&[("[Content_Types].xml", types), (folder, b"<x/>"), ("media/a.png", b"x")], is_packed);
            assert_eq!(content_type(&file, ""), Ok(format!("{office}{expected}")));
        }
    }
    for kind in ["text", "spreadsheet", "presentation"] {
        let expected = format!("application/vnd.oasis.opendocument.{kind}");
        let file = zip(&[("mimetype", expected.as_bytes()), ("content.xml", b"<x/>")], false);
        assert_eq!(content_type(&file, ""), Ok(expected));
    }
    let photos = zip(&[("写真/1.jpg", b"x"), ("表.csv", b"1,2"), ("letter.docx", b"x")], true);
    assert_eq!(content_type(&photos, "").as_deref(), Ok("application/zip"));
}

#[test]
fn a_text_is_what_it_was_claimed_to_be_if_that_is_a_text() {
    let shift_jis = b"\x8A\xB3\x8E\xD2,\x91\xCC\x89\xB7\r\n\xB1\xB2\xB3,36.5\r\n";
    let euc_jp = b"\xB4\xB5\xBC\xD4,\xC2\xCE\xB2\xB9\n";
    let iso_2022_jp = b"\x1B$B45<T\x1B(B,36.5\n";
    let utf16: Vec<u8> = "\u{FEFF}患者,体温\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for content in
        ["患者,体温\n".as_bytes(), shift_jis, euc_jp, iso_2022_jp, &utf16, b"", b"BM is a text", b"MZ"]
    {
        assert_eq!(content_type(content, "text/csv").as_deref(), Ok("text/csv"));
        assert_eq!(content_type(content, "Text/CSV; charset=shift_jis").as_deref(), Ok("text/csv"));
        for other in ["text/html", "image/jpeg", "application/x-msdownload", ""] {
            assert_eq!(content_type(content, other).as_deref(), Ok("text/plain"));
        }
    }
    let message = b"MSH|^~\\&|LAB|CLINIC|||202611220900||ORU^R01|1|P|2.5\rPID|1||0001\r";
    assert_eq!(content_type(message, "application/hl7-v2").as_deref(), Ok("application/hl7-v2"));
    let narrative = br#"{"text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#;
    assert_eq!(content_type(narrative, "application/fhir+json").as_deref(), Ok("application/fhir+json"));
    let document = b"<?xml version=\"1.0\"?>\n<!-- x --><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>";
    assert_eq!(content_type(document, "application/xml").as_deref(), Ok("application/xml"));
}

#[test]
fn a_text_may_be_cut_within_a_character_at_the_end_of_what_is_looked_at() {
    for shift in 0..4 {
        let text = format!("{}{}", "x".repeat(shift), "患者".repeat(20_000));
        assert_eq!(content_type(text.as_bytes(), "").as_deref(), Ok("text/plain"), "{shift}");
    }
}

#[test]
fn previews_are_promised_of_what_is_decoded() {
    let can_preview = |content: &[u8]| inspected(content, "x", "").expect("it comes in").can_preview;
    assert!(can_preview(&encoded(&picture(8, 8), ImageFormat::Png)));
    assert!(can_preview(&pdf()));
    assert!(!can_preview(&heic(b"", &Order::Big.exif(1, false))));
    assert!(!can_preview(b"text"));
}
