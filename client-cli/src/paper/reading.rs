//! A reader of PDFs that shares nothing with what writes them: what stands where, by the file's own fonts and tables.

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
        InterpreterSettings, SoftMask, TransformExt as _,
        font::{Glyph as Drawn, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::Pdf,
    kurbo::{BezPath, Point, Rect},
};

/// A character on its page, in points from the upper left corner.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) base: f32,
    /// What a search finds there.
    pub(crate) text: String,
}

/// The characters of each page, in the order of the file.
pub(crate) fn pages(file: &[u8]) -> Vec<Vec<Glyph>> {
    let pdf = Pdf::new(file.to_vec()).expect("a PDF");
    let cache = InterpreterCache::new();
    let mut pages = Vec::new();
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        let whole = Rect::new(0.0, 0.0, width.into(), height.into());
        let transform = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(transform, whole, &cache, page.xref(), InterpreterSettings::default());
        let mut found = Found(Vec::new());
        interpret_page(page, &mut context, &mut found);
        pages.push(found.0);
    }
    pages
}

/// The text of the pages: a line where the base line changes, a space where there is a gap.
pub(crate) fn text(pages: &[Vec<Glyph>]) -> String {
    let mut text = String::new();
    for page in pages {
        let mut before: Option<&Glyph> = None;
        for glyph in page {
            match before {
                Some(before) if (before.base - glyph.base).abs() > 0.5 => text.push('\n'),
                Some(before) if glyph.left - before.right > 1.0 => text.push(' '),
                _ => {}
            }
            text.push_str(&glyph.text);
            before = Some(glyph);
        }
        text.push('\n');
    }
    text
}

struct Found(Vec<Glyph>);

impl<'a> Device<'a> for Found {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        // Bold letters are filled, and then drawn round.
        if matches!(mode, DrawMode::Stroke(_)) {
            return;
        }
        for glyph in run.glyphs() {
            let place = props.transform * glyph.transform();
            let advance = match &**glyph {
                Drawn::Outline(outline) => outline.advance_width(),
                Drawn::Type3(drawn) => drawn.advance_width(),
            };
            let (left, right) =
                (place * Point::ORIGIN, place * Point::new(advance.unwrap_or(0.0).into(), 0.0));
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(text)) => text,
                None => "\u{fffd}".to_owned(),
            };
            self.0.push(Glyph { left: left.x as f32, right: right.x as f32, base: left.y as f32, text });
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
