//! Positions, and that the patches take them out and nothing else. An independent reader of EXIF has a look, too.

use std::io::Cursor;

use exif::{In, Reader, Tag};
use image::ImageFormat;
use renkei_content::{Patch, Position};

use crate::inspected;
use crate::samples::{Order, encoded, heic, jpeg_with, picture, png_chunk, png_with, webp_with, xmp};

fn position(content: &[u8]) -> Position {
    inspected(content, "photo", "").expect("it comes in").position
}

fn applied(content: &[u8], patches: &[Patch]) -> Vec<u8> {
    let mut content = content.to_vec();
    let mut end = 0;
    for patch in patches {
        let offset = usize::try_from(patch.offset).expect("it is within the file");
        assert!(offset >= end, "patches are ordered and apart");
        end = offset + patch.bytes.len();
        content[offset..end].copy_from_slice(&patch.bytes);
    }
    content
}

/// The content without its position, which must have been found and then be gone.
fn removed(content: &[u8]) -> Vec<u8> {
    let Position::Removable(patches) = position(content) else { panic!("a position that can be removed") };
    let without = applied(content, &patches);
    assert_eq!(position(&without), Position::None);
    without
}

/// Every field as (tag, directory, value), by the independent reader.
fn fields(content: &[u8]) -> Vec<(Tag, In, String)> {
    let exif = Reader::new().read_from_container(&mut Cursor::new(content)).expect("it has readable EXIF");
    exif.fields().map(|field| (field.tag, field.ifd_num, field.display_value().to_string())).collect()
}

fn is_gps(tag: Tag) -> bool {
    tag.context() == exif::Context::Gps
}

/// The pixels are the same, and of the fields all but the position's.
fn assert_only_the_position_is_gone(before: &[u8], after: &[u8], format: Option<ImageFormat>) {
    if let Some(format) = format {
        let pixels =
            |content| image::load_from_memory_with_format(content, format).expect("it decodes").to_rgba8();
        assert_eq!(pixels(before), pixels(after));
    }
    let kept: Vec<_> = fields(before).into_iter().filter(|(tag, ..)| !is_gps(*tag)).collect();
    assert!(kept.len() < fields(before).len(), "the independent reader sees the position");
    assert_eq!(fields(after), kept);
    assert_eq!(before.len(), after.len());
    assert!(kept.iter().any(|(tag, ..)| *tag == Tag::Orientation));
    assert!(kept.iter().any(|(tag, ..)| *tag == Tag::DateTimeOriginal));
}

/// The same picture in each container, with EXIF of this order.
fn photos(order: Order, has_position: bool) -> Vec<(Vec<u8>, Option<ImageFormat>)> {
    let exif = order.exif(6, has_position);
    let image = |format| encoded(&picture(16, 12), format);
    vec![
        (jpeg_with(&image(ImageFormat::Jpeg), Some(&exif), None), Some(ImageFormat::Jpeg)),
        (png_with(&image(ImageFormat::Png), &[(b"eXIf", &exif)]), Some(ImageFormat::Png)),
        (webp_with(&image(ImageFormat::WebP), 16, 12, &exif), Some(ImageFormat::WebP)),
        (heic(b"", &exif), None),
        (heic(b"Exif\0\0", &exif), None),
        (exif, None),
    ]
}

#[test]
fn a_position_is_taken_out_of_every_container_and_nothing_else() {
    for order in [Order::Big, Order::Little] {
        for (photo, format) in photos(order, true) {
            assert_only_the_position_is_gone(&photo, &removed(&photo), format);
        }
    }
}

#[test]
fn what_tells_no_position_has_none() {
    for order in [Order::Big, Order::Little] {
        for (photo, _) in photos(order, false) {
            assert_eq!(position(&photo), Position::None);
        }
    }
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff]
    {
        assert_eq!(position(&encoded(&picture(16, 12), format)), Position::None);
    }
    // A text about EXIF is no image.
    assert_eq!(position(format!("Notes\n{}", xmp()).as_bytes()), Position::None);
}

#[test]
fn the_checksums_of_a_png_are_right_afterwards() {
    let png = encoded(&picture(16, 12), ImageFormat::Png);
    let text = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), xmp().as_bytes()].concat();
    let photo = png_with(&png, &[(b"eXIf", &Order::Big.exif(1, true)), (b"iTXt", &text)]);
    let after = removed(&photo);
    let mut at = 8;
    while at < after.len() {
        let length = u32::from_be_bytes(after[at..at + 4].try_into().expect("four bytes")) as usize;
        let kind = after[at + 4..at + 8].try_into().expect("four bytes");
        assert_eq!(after[at..at + 12 + length], png_chunk(kind, &after[at + 8..at + 8 + length]));
        at += 12 + length;
    }
}

#[test]
fn properties_of_xmp_are_blanked_and_others_kept() {
    let photo = jpeg_with(&encoded(&picture(16, 12), ImageFormat::Jpeg), None, Some(&xmp()));
    let after = removed(&photo);
    let expected = xmp().replace("35,39.502N", &" ".repeat(10)).replace("139,44.718E", &" ".repeat(11));
    assert_eq!(after, jpeg_with(&encoded(&picture(16, 12), ImageFormat::Jpeg), None, Some(&expected)));
}

#[test]
fn pictures_and_films_behind_a_picture_are_looked_at() {
    let jpeg = encoded(&picture(16, 12), ImageFormat::Jpeg);
    let second = jpeg_with(&jpeg, Some(&Order::Little.exif(1, true)), None);
    let film = b"\0\0\0\x1E\xA9xyz\0\x12\x15\xC7+35.6584+139.7454/";
    let item = b"\0\0\0\x2Adata\0\0\0\x01\0\0\0\0+35.6584+139.7454+025.000/";
    let photo = [&jpeg[..], &second, film, item].concat();
    let after = removed(&photo);
    assert!(!after.windows(7).any(|seven| seven == b"35.6584"));
    assert_eq!(after[..jpeg.len()], jpeg);
    let film = [b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".as_slice(), film].concat();
    assert!(!removed(&film).windows(7).any(|seven| seven == b"35.6584"));
}

#[test]
fn an_offset_that_leaves_its_block_does_not_touch_the_picture() {
    let jpeg = encoded(&picture(64, 64), ImageFormat::Jpeg);
    let exif = Order::Big.exif(1, true);
    // The block was cut in front of its positions; their offsets now point to what follows.
    let photo = jpeg_with(&jpeg, Some(&exif[..480]), None);
    assert_eq!(position(&photo), Position::None);
}

#[test]
fn what_stands_in_the_pixels_by_chance_is_left_alone() {
    let png = encoded(&picture(16, 12), ImageFormat::Png);
    let photo = png_with(&png, &[(b"IDAT", &Order::Big.exif(1, true))]);
    assert_eq!(position(&photo), Position::None);
}

#[test]
fn a_position_that_cannot_be_taken_out_is_stuck() {
    let png = encoded(&picture(16, 12), ImageFormat::Png);
    let jpeg = encoded(&picture(16, 12), ImageFormat::Jpeg);
    for photo in [
        png_with(&png, &[(b"zTXt", b"Raw profile type exif\0\0x\x9C")]),
        png_with(&png, &[(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0x\x9C")]),
        jpeg_with(&jpeg, None, Some("<exif:GPSLatitude rdf:parseType=\"Resource\">35</exif:GPSLatitude>")),
        jpeg_with(&jpeg, None, Some(&format!("exif:GPSLatitude=\"{}\"", "3".repeat(5000)))),
        [&jpeg[..], &b"II*\0".repeat(600)].concat(),
        b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec(),
    ] {
        assert_eq!(position(&photo), Position::Stuck);
    }
}

#[test]
fn a_version_alone_is_no_position() {
    let mut exif = Order::Big.exif(1, true);
    for directory in [500, 1000] {
        exif[directory + 1] = 1;
    }
    assert_eq!(position(&exif), Position::None);
}

#[test]
fn a_directory_of_nothing_but_the_position_keeps_an_entry() {
    let mut exif = Order::Little.exif(1, true);
    // The pointer is the last of five entries; now it is the only one.
    let pointer = exif[10 + 4 * 12..10 + 5 * 12].to_vec();
    exif[8..10].copy_from_slice(&1u16.to_le_bytes());
    exif[10..22].copy_from_slice(&pointer);
    exif[22..26].fill(0);
    let after = removed(&exif);
    assert!(fields(&after).iter().all(|(tag, ..)| !is_gps(*tag)));
}
