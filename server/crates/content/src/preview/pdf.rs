//! The first page of a PDF.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, RgbaImage};

use super::SIDE;

/// The page drawn so that its longer side fills the preview. Fonts that are not embedded are replaced by the ones
/// that the crate brings, which have no Japanese letters.
pub(super) fn first_page(content: &[u8]) -> Option<DynamicImage> {
    let pdf = Pdf::new(content.to_vec()).ok()?;
    let page = pdf.pages().first()?;
    let (width, height) = page.render_dimensions();
    let scale = SIDE as f32 / width.max(height);
    // A page that is not as wide as a pixel, or not a number, is none.
    if !scale.is_finite() || width * scale < 1.0 || height * scale < 1.0 {
        return None;
    }
    let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let settings = InterpreterSettings::default();
    let drawn = hayro::render(page, &RenderCache::new(), &settings, &RenderSettings::default(), &size);
    // On white nothing is transparent, so that what is multiplied by its opacity is as it was.
    let pixels = drawn.data_as_u8_slice().to_vec();
    RgbaImage::from_raw(drawn.width().into(), drawn.height().into(), pixels).map(DynamicImage::from)
}
