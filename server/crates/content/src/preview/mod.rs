//! Small pictures of files.
//!
//! Decoders are the part that hostile files aim at, and they may use time and memory without measure. So nothing
//! here is called in the server's own process: [`preview_main`] is what a child process does, under limits that its
//! parent sets. It may be ended at any point, also by a panic.

mod image;
mod pdf;

use std::io::{self, BufRead, Read, Write};

use ::image::codecs::jpeg::JpegEncoder;
use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Longest side of a preview, in pixels.
const SIDE: u32 = 512;
/// Of JPEG, out of 100.
const QUALITY: u8 = 80;
/// Longest file that a preview is made of, in bytes: all of it is held, a PDF twice.
const MOST_CONTENT: u64 = 192 * 1024 * 1024;
/// Longest first line of what [`preview_main`] reads, in bytes.
const MOST_TYPE: u64 = 256;

/// Whether previews are made of files of this type.
pub(crate) fn knows(content_type: &str) -> bool {
    content_type == "application/pdf" || format(content_type).is_some()
}

fn format(content_type: &str) -> Option<ImageFormat> {
    match content_type {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::WebP),
        "image/tiff" => Some(ImageFormat::Tiff),
        "image/bmp" => Some(ImageFormat::Bmp),
        _ => None,
    }
}

/// A JPEG of at most 512 × 512 pixels of the file `content`: of an image as it is to be looked at, of a film-like
/// one the first picture, of a PDF the first page; on white, and without anything beside the pixels. Nothing if the
/// type is not known, the content is not of it, or it is longer than 192 MiB.
///
/// # Panics
/// Possibly, on hostile content: to be called in a process of its own only.
pub fn preview(content: &[u8], content_type: &str) -> Option<Vec<u8>> {
    if content.len() as u64 > MOST_CONTENT {
        return None;
    }
    let picture = match format(content_type) {
        Some(format) => image::decode(content, format)?,
        None if content_type == "application/pdf" => pdf::first_page(content)?,
        None => return None,
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&on_white(&picture)).ok()?;
    Some(jpeg)
}

/// What the child process does: reads the content type as the first line of `input`, then the content up to the end,
/// and writes the preview to `output`, or nothing if there is none.
///
/// # Errors
/// What reading and writing returned.
///
/// # Panics
/// As [`preview`].
pub fn preview_main(input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut input = io::BufReader::new(input);
    let mut line = String::new();
    input.by_ref().take(MOST_TYPE).read_line(&mut line)?;
    let Some(content_type) = line.strip_suffix('\n').filter(|content_type| knows(content_type)) else {
        return Ok(());
    };
    let mut content = Vec::new();
    input.take(MOST_CONTENT + 1).read_to_end(&mut content)?;
    if let Some(jpeg) = preview(&content, content_type) {
        output.write_all(&jpeg)?;
    }
    output.flush()
}

/// `picture` as if it lay on white paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let transparent = picture.to_rgba8();
    RgbImage::from_fn(transparent.width(), transparent.height(), |x, y| {
        let [colors @ .., alpha] = transparent.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        Rgb(colors.map(|color| ((u16::from(color) * alpha + 255 * (255 - alpha)) / 255) as u8))
    })
}
