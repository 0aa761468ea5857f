//! A drawing as PNG, twice as large as it is printed at 72 dots an inch.

use skrifa::outline::OutlinePen;
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

use crate::{
    drawing::{BOLDER, Colour, Drawing, Point, Shape, Text, font::Fonts},
    error::{Error, Exit, Result},
    text::msg,
};

/// The file.
///
/// # Errors
///
/// The drawing is empty or too large for a picture.
pub(crate) fn bytes(drawing: &Drawing, fonts: &Fonts) -> Result<Vec<u8>> {
    let size = |length: f32| (length * SCALE).ceil() as u32;
    let mut picture = Pixmap::new(size(drawing.width), size(drawing.height)).ok_or_else(failed)?;
    picture.fill(tiny_skia::Color::WHITE);
    for shape in &drawing.shapes {
        draw(&mut picture, shape, fonts);
    }
    picture.encode_png().map_err(|error| failed().detail(error.to_string()))
}

fn draw(picture: &mut Pixmap, shape: &Shape, fonts: &Fonts) {
    match shape {
        Shape::Text(text) => draw_text(picture, text, fonts),
        Shape::Path { points, width, colour, pattern } => {
            // Of no lengths there is none.
            let dash = StrokeDash::new(pattern.lengths().to_vec(), 0.0);
            let stroke = Stroke { width: *width, dash, ..Default::default() };
            if let Some(path) = path(points, false) {
                picture.stroke_path(&path, &paint(*colour), &stroke, WHOLE, None);
            }
        }
        Shape::Area { points, fill, edge } => {
            if let Some(path) = path(points, true) {
                picture.fill_path(&path, &paint(*fill), FillRule::Winding, WHOLE, None);
                let stroke = Stroke { width: EDGE, ..Default::default() };
                picture.stroke_path(&path, &paint(*edge), &stroke, WHOLE, None);
            }
        }
    }
}

fn draw_text(picture: &mut Pixmap, text: &Text, fonts: &Fonts) {
    let mut right = text.at.0;
    for run in fonts.runs(&text.text) {
        for glyph in &run.glyphs {
            let mut pen = Pen { path: PathBuilder::new(), left: right, base: text.at.1, size: text.size };
            fonts.faces()[run.face].outline(glyph.id, &mut pen);
            right += glyph.advance * text.size;
            // A space has no path.
            let Some(path) = pen.path.finish() else { continue };
            picture.fill_path(&path, &paint(text.colour), FillRule::Winding, WHOLE, None);
            if text.bold {
                let stroke = Stroke { width: text.size * BOLDER, ..Default::default() };
                picture.stroke_path(&path, &paint(text.colour), &stroke, WHOLE, None);
            }
        }
    }
}

/// Draws an outline, which is in ems and upwards, where its glyph stands.
struct Pen {
    path: PathBuilder,
    left: f32,
    base: f32,
    size: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> Point {
        (self.left + x * self.size, self.base - y * self.size)
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let ((cx, cy), (x, y)) = (self.place(cx, cy), self.place(x, y));
        self.path.quad_to(cx, cy, x, y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let ((ax, ay), (bx, by), (x, y)) = (self.place(ax, ay), self.place(bx, by), self.place(x, y));
        self.path.cubic_to(ax, ay, bx, by, x, y);
    }

    fn close(&mut self) {
        self.path.close();
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

fn paint(Colour(red, green, blue): Colour) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Default::default() };
    paint.set_color_rgba8(red, green, blue, 0xff);
    paint
}

fn failed() -> Error {
    Error::new(Exit::Other, msg!("error-picture"))
}

/// Dots in a point.
const SCALE: f32 = 2.0;
const WHOLE: Transform = Transform { sx: SCALE, kx: 0.0, ky: 0.0, sy: SCALE, tx: 0.0, ty: 0.0 };
/// Width of the line round an area.
const EDGE: f32 = 0.75;
