//! Previews.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use renkei_content::{preview, preview_main};

use crate::samples::{Order, encoded, heic, jpeg_with, pdf, picture, png_chunk, png_with};

fn decoded(jpeg: &[u8]) -> DynamicImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).expect("a preview is a JPEG")
}

/// Whether the pixel is about of this colour: JPEG is not exact.
fn is_about(picture: &DynamicImage, x: u32, y: u32, color: [u8; 3]) -> bool {
    picture.to_rgb8().get_pixel(x, y).0.iter().zip(color).all(|(is, wanted)| is.abs_diff(wanted) < 24)
}

const RED: [u8; 3] = [220, 20, 20];
const BLUE: [u8; 3] = [20, 20, 220];

#[test]
fn every_known_type_gets_a_preview_within_the_size() {
    for (format, content_type) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Tiff, "image/tiff"),
        (ImageFormat::Bmp, "image/bmp"),
    ] {
        let jpeg = preview(&encoded(&picture(1200, 600), format), content_type).expect("it decodes");
        let small = decoded(&jpeg);
        assert_eq!((small.width(), small.height()), (512, 256), "{content_type}");
        assert!(is_about(&small, 100, 128, RED) && is_about(&small, 400, 128, BLUE), "{content_type}");
    }
    let icon = preview(&encoded(&picture(20, 10), ImageFormat::Png), "image/png").expect("it decodes");
    assert_eq!((decoded(&icon).width(), decoded(&icon).height()), (20, 10));
}

#[test]
fn a_preview_is_turned_as_the_photo_says_and_tells_nothing_else() {
    // 6: the camera was held so that the left side of the stored picture is the top.
    let photo = jpeg_with(
        &encoded(&picture(800, 400), ImageFormat::Jpeg),
        Some(&Order::Big.exif(6, true)),
        Some("<x exif:GPSLatitude=\"1,2N\"/>"),
    );
    let jpeg = preview(&photo, "image/jpeg").expect("it decodes");
    let small = decoded(&jpeg);
    assert_eq!((small.width(), small.height()), (256, 512));
    assert!(is_about(&small, 128, 100, RED) && is_about(&small, 128, 400, BLUE));
    for told in [&b"Exif"[..], b"GPS", b"Invented", b"xap"] {
        assert!(!jpeg.windows(told.len()).any(|part| part == told));
    }
}

#[test]
fn what_is_transparent_lies_on_white() {
    let clear = DynamicImage::from(RgbaImage::from_pixel(32, 32, Rgba([0, 0, 0, 0])));
    let jpeg = preview(&encoded(&clear, ImageFormat::Png), "image/png").expect("it decodes");
    assert!(is_about(&decoded(&jpeg), 16, 16, [255, 255, 255]));
    let half = DynamicImage::from(RgbaImage::from_pixel(32, 32, Rgba([0, 0, 0, 128])));
    let jpeg = preview(&encoded(&half, ImageFormat::Png), "image/png").expect("it decodes");
    assert!(is_about(&decoded(&jpeg), 16, 16, [127, 127, 127]));
}

#[test]
fn the_first_page_of_a_pdf_is_drawn() {
    let small = decoded(&preview(&pdf(), "application/pdf").expect("it is drawn"));
    assert_eq!((small.width(), small.height()), (512, 256));
    assert!(is_about(&small, 100, 128, [230, 26, 26]) && is_about(&small, 400, 128, [255, 255, 255]));
}

#[test]
fn a_bomb_is_not_decoded() {
    // A header that asks for 50,000 × 50,000 pixels.
    let mut png = encoded(&picture(8, 8), ImageFormat::Png);
    let header = [&50_000u32.to_be_bytes()[..], &50_000u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    png[8..33].copy_from_slice(&png_chunk(b"IHDR", &header));
    assert_eq!(preview(&png, "image/png"), None);
    let mut bmp = encoded(&picture(8, 8), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&30_000u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&30_000u32.to_le_bytes());
    assert_eq!(preview(&bmp, "image/bmp"), None);
    let mut gif = encoded(&picture(8, 8), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    assert_eq!(preview(&gif, "image/gif"), None);
}

#[test]
fn what_is_no_picture_has_no_preview() {
    let png = encoded(&picture(8, 8), ImageFormat::Png);
    assert_eq!(preview(&png, "image/jpeg"), None);
    assert_eq!(preview(&png, "text/plain"), None);
    assert_eq!(preview(&heic(b"", &Order::Big.exif(1, true)), "image/heic"), None);
    assert_eq!(preview(b"%PDF-1.7 and nothing", "application/pdf"), None);
    let text = png_with(&png[..40], &[]);
    assert_eq!(preview(&text, "image/png"), None);
}

#[test]
fn the_childs_protocol_is_a_line_and_the_content() {
    let run = |input: &[u8]| {
        let mut output = Vec::new();
        preview_main(input, &mut output).expect("memory can be read and written");
        output
    };
    let png = encoded(&picture(8, 8), ImageFormat::Png);
    let request = [b"image/png\n", &png[..]].concat();
    assert_eq!(Some(run(&request)), preview(&png, "image/png"));
    for odd in [&b""[..], b"image/png", b"image/png\n", b"text/plain\nhello", &[b'x'; 2000]] {
        assert_eq!(run(odd), b"");
    }
}
