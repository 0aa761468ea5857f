//! Drawings as a PDF, a page each: PDF/A-2b, so that it can be kept for as long as a record must, with the parts of the
//! fonts that it uses. The text can be searched and copied. Nothing in it is random: the same pages at the same time are
//! the same bytes.

use jiff::{Timestamp, tz::TimeZone};
use krilla::{
    Data, Document, SerializeSettings,
    color::rgb,
    configure::{Archival, ConfigurationBuilder},
    geom::{Path, PathBuilder, Point as Place},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::{Fill, Stroke, StrokeDash},
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};

use crate::{
    drawing::{BOLDER, Colour, Drawing, Point, Shape, Text, font::Fonts},
    error::{Error, Exit, Result},
    text::msg,
};

/// What a document says of itself.
pub(crate) struct About {
    pub(crate) title: String,
    /// `ja` or `en`.
    pub(crate) language: String,
    pub(crate) time: Timestamp,
}

/// The file.
///
/// # Errors
///
/// A font may not be embedded, or is broken: only one that the user gave.
pub(crate) fn bytes(pages: &[Drawing], fonts: &Fonts, about: &About) -> Result<Vec<u8>> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| failed(&format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..Default::default() });
    let faces: Vec<Font> = fonts
        .faces()
        .iter()
        .map(|face| Font::new(Data::from(face.data), 0).ok_or_else(|| failed("font")))
        .collect::<Result<_>>()?;
    for drawing in pages {
        let size = PageSettings::from_wh(drawing.width, drawing.height).ok_or_else(|| failed("page"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for shape in &drawing.shapes {
            draw(&mut surface, shape, fonts, &faces);
        }
        surface.finish();
        page.finish();
    }
    document.set_metadata(
        Metadata::new()
            .title(about.title.clone())
            .language(about.language.clone())
            .creator("Renkei".to_owned())
            .producer("Renkei".to_owned())
            .creation_date(date_time(about.time)),
    );
    document.finish().map_err(|error| failed(&format!("{error:?}")))
}

fn draw(surface: &mut Surface<'_>, shape: &Shape, fonts: &Fonts, faces: &[Font]) {
    match shape {
        Shape::Text(text) => draw_text(surface, text, fonts, faces),
        Shape::Path { points, width, colour, pattern } => {
            let lengths = pattern.lengths();
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                width: *width,
                dash: (!lengths.is_empty()).then(|| StrokeDash { array: lengths.to_vec(), offset: 0.0 }),
                ..stroke(*colour)
            }));
            path(points, false).inspect(|path| surface.draw_path(path));
        }
        Shape::Area { points, fill, edge } => {
            surface.set_fill(Some(paint(*fill)));
            surface.set_stroke(Some(Stroke { width: EDGE, ..stroke(*edge) }));
            path(points, true).inspect(|path| surface.draw_path(path));
        }
    }
}

fn draw_text(surface: &mut Surface<'_>, text: &Text, fonts: &Fonts, faces: &[Font]) {
    surface.set_fill(Some(paint(text.colour)));
    surface.set_stroke(text.bold.then(|| Stroke { width: text.size * BOLDER, ..stroke(text.colour) }));
    let mut right = text.at.0;
    for run in fonts.runs(&text.text) {
        let glyphs: Vec<KrillaGlyph> = run
            .glyphs
            .iter()
            .map(|glyph| {
                let id = GlyphId::new(glyph.id);
                KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, glyph.range.clone(), None)
            })
            .collect();
        let place = Place::from_xy(right, text.at.1);
        surface.draw_glyphs(place, &glyphs, faces[run.face].clone(), &text.text, text.size, false);
        right += run.glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * text.size;
    }
}

fn path(points: &[Point], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (place, (x, y)) in points.iter().enumerate() {
        if place == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn paint(Colour(red, green, blue): Colour) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Default::default() }
}

fn stroke(Colour(red, green, blue): Colour) -> Stroke {
    Stroke { paint: rgb::Color::new(red, green, blue).into(), ..Default::default() }
}

/// In UTC, to the second.
fn date_time(time: Timestamp) -> DateTime {
    let utc = time.to_zoned(TimeZone::UTC);
    let part = |number: i8| number.unsigned_abs();
    DateTime::new(utc.year().unsigned_abs())
        .month(part(utc.month()))
        .day(part(utc.day()))
        .hour(part(utc.hour()))
        .minute(part(utc.minute()))
        .second(part(utc.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn failed(why: &str) -> Error {
    Error::new(Exit::Other, msg!("error-pdf")).next(msg!("next-font")).detail(why)
}

/// Width of the line round an area.
const EDGE: f32 = 0.75;
