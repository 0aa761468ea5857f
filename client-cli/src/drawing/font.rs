//! The fonts that are printed with: the user's own first, if one is given, then those that the client brings along.
//! Together these have all of JIS X 0208, the extensions of Windows-31J (髙, 﨑, 濵), all kanji of JIS X 0213 (𠮷) and the
//! letters of Vietnamese. A character that none of them has is written as its code point, and reported.

use std::{collections::BTreeSet, ops::Range, path::Path};

use skrifa::{
    FontRef, GlyphId, MetadataProvider as _,
    charmap::{Charmap, MapVariant},
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
    outline::{DrawSettings, OutlinePen},
    raw::TableProvider as _,
};
use unicode_normalization::char::compose;

use crate::{
    error::{Error, Exit, Result},
    output::sanitize::is_hazardous,
    text::msg,
};

/// The fonts, the preferred one first.
pub(crate) struct Fonts {
    faces: Vec<Face>,
}

/// One font.
pub(crate) struct Face {
    /// The whole file.
    pub(crate) data: &'static [u8],
    font: FontRef<'static>,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    /// Units in an em.
    em: f32,
}

/// Neighbours in a text that one font has.
pub(crate) struct Run {
    /// Place of the font in [`Fonts::faces`].
    pub(crate) face: usize,
    pub(crate) glyphs: Vec<Glyph>,
}

/// A drawn character.
pub(crate) struct Glyph {
    pub(crate) id: u32,
    /// Bytes of the text that it stands for.
    pub(crate) range: Range<usize>,
    /// How far the next one is, in ems.
    pub(crate) advance: f32,
}

/// Characters that no font has, each once, as `U+1F600`; with a variation selector as `U+845B U+E0100`.
pub(crate) type Missing = BTreeSet<String>;

impl Fonts {
    /// The fonts that the client brings along.
    pub(crate) fn own() -> Result<Self> {
        Ok(Self { faces: vec![Face::new(GOTHIC).ok_or_else(broken)?, Face::new(RARE).ok_or_else(broken)?] })
    }

    /// These, and before them the user's.
    pub(crate) fn with(file: Option<&Path>) -> Result<Self> {
        let mut fonts = Self::own()?;
        if let Some(path) = file {
            let data = std::fs::read(path).map_err(|error| Error::file(path, &error))?;
            // One file, which is used until the program ends.
            let face = Face::new(data.leak()).ok_or_else(|| {
                Error::new(Exit::LocalFile, msg!("error-font", path = path.display())).next(msg!("next-font"))
            })?;
            fonts.faces.insert(0, face);
        }
        Ok(fonts)
    }

    pub(crate) fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// The text with nothing in it that cannot be drawn: voicing marks and accents are joined with their letters, joiners
    /// left out, and what no font has, controls and direction marks are written as `[U+1F600]`.
    pub(crate) fn readable(&self, text: &str, missing: &mut Missing) -> String {
        let mut readable = String::with_capacity(text.len());
        for c in text.chars() {
            let before = readable.chars().next_back();
            if let Some(joined) = before.and_then(|before| compose(before, c)) {
                readable.pop();
                readable.push(joined);
            } else if is_selector(c) {
                match before {
                    Some(before) if self.variant(before, c).is_some() => readable.push(c),
                    // The usual form of the character stands there; which one was meant is reported.
                    Some(before) if c >= FIRST_IDEOGRAPHIC => {
                        missing.insert(format!("{} {}", code_point(before), code_point(c)));
                    }
                    _ => {}
                }
            } else if matches!(c, '\t' | '\u{a0}') {
                readable.push(' ');
            } else if c == JOINER {
                // What it joins is written one by one.
            } else if c.is_control() || is_hazardous(c) || self.glyph(c).is_none() {
                let code = code_point(c);
                readable.push_str(&format!("[{code}]"));
                missing.insert(code);
            } else {
                readable.push(c);
            }
        }
        readable
    }

    /// The glyphs of a text, left to right.
    pub(crate) fn runs(&self, text: &str) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let mut found = self.glyph(c);
            let mut end = at + c.len_utf8();
            if let Some((_, selector)) = characters.next_if(|(_, next)| is_selector(*next)) {
                found = self.variant(c, selector).or(found);
                end += selector.len_utf8();
            }
            let Some((face, id)) = found else { continue };
            let glyph = Glyph { id: id.to_u32(), range: at..end, advance: self.faces[face].advance(id) };
            match runs.last_mut() {
                Some(run) if run.face == face => run.glyphs.push(glyph),
                _ => runs.push(Run { face, glyphs: vec![glyph] }),
            }
        }
        runs
    }

    /// Width of a text at a size.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(c)).sum::<f32>() * size
    }

    /// Width of a character in ems; a selector has none.
    pub(crate) fn advance(&self, c: char) -> f32 {
        if is_selector(c) {
            return 0.0;
        }
        self.glyph(c).map_or(0.0, |(face, id)| self.faces[face].advance(id))
    }

    /// The beginning of a text that is at most so wide, with `…` where it was cut.
    pub(crate) fn fitted(&self, text: &str, size: f32, room: f32) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut fitted = text.to_owned();
        while fitted.pop().is_some() && self.width(&fitted, size) + self.width("…", size) > room {}
        fitted + "…"
    }

    fn glyph(&self, c: char) -> Option<(usize, GlyphId)> {
        let found = |(place, face): (usize, &Face)| Some((place, face.characters.map(c)?));
        self.faces.iter().enumerate().find_map(found)
    }

    fn variant(&self, c: char, selector: char) -> Option<(usize, GlyphId)> {
        self.faces.iter().enumerate().find_map(|(place, face)| {
            match face.characters.map_variant(c, selector)? {
                MapVariant::UseDefault => Some((place, face.characters.map(c)?)),
                MapVariant::Variant(id) => Some((place, id)),
            }
        })
    }
}

impl Face {
    /// `None` if it is not a font, or its outlines cannot be drawn.
    fn new(data: &'static [u8]) -> Option<Self> {
        let font = FontRef::from_index(data, 0).ok()?;
        let em = f32::from(font.head().ok()?.units_per_em());
        font.outline_glyphs().format()?;
        Some(Self {
            data,
            characters: font.charmap(),
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            em,
            font,
        })
    }

    fn advance(&self, id: GlyphId) -> f32 {
        self.metrics.advance_width(id).unwrap_or_default() / self.em
    }

    /// Hands the outline of a glyph to the pen, in ems, upwards.
    pub(crate) fn outline(&self, id: u32, pen: &mut impl OutlinePen) {
        let settings = DrawSettings::unhinted(Size::new(1.0), LocationRef::default());
        if let Some(outline) = self.font.outline_glyphs().get(GlyphId::new(id)) {
            // A glyph that is broken stays empty, as a space is.
            let _ = outline.draw(settings, pen);
        }
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

fn broken() -> Error {
    Error::new(Exit::Other, msg!("error-own-font"))
}

/// Selectors from here on choose between forms of a kanji, which matter in names.
const FIRST_IDEOGRAPHIC: char = '\u{e0100}';
/// Between the parts of one picture.
const JOINER: char = '\u{200d}';
const GOTHIC: &[u8] = include_bytes!("../../fonts/BIZUDGothic-Regular.ttf");
const RARE: &[u8] = include_bytes!("../../fonts/RenkeiRareCharacters-Regular.ttf");

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(text: &str) -> (String, Vec<String>) {
        let mut missing = Missing::new();
        let readable = Fonts::own().unwrap().readable(text, &mut missing);
        (readable, missing.into_iter().collect())
    }

    #[test]
    fn names_are_written_as_they_are() {
        let names = "髙橋 﨑山 濵田 𠮷野 渡邉 渡邊 栁 神 德 祐 Nguyễn Thị Ánh ｱｲｳ ①Ⅱ㈱ ℃ μg ≧ ～−‖";
        assert_eq!(readable(names), (names.to_owned(), Vec::new()));
    }

    #[test]
    fn the_whole_of_jis_x_0208_is_there() {
        let fonts = Fonts::own().unwrap();
        let mut count = 0;
        for (first, second) in (0x21..=0x7e).flat_map(|row| (0x21..=0x7e).map(move |cell| (row, cell))) {
            let bytes = [first | 0x80, second | 0x80];
            let (text, _, bad) = encoding_rs::EUC_JP.decode(&bytes);
            if bad || text.chars().any(|c| ('\u{e000}'..='\u{f8ff}').contains(&c)) {
                continue;
            }
            count += 1;
            assert!(text.chars().all(|c| fonts.glyph(c).is_some()), "{text}");
        }
        assert!(count >= 6879, "{count}");
    }

    #[test]
    fn what_no_font_has_is_written_as_its_code_point_and_reported() {
        assert_eq!(readable("よい😀"), ("よい[U+1F600]".into(), vec!["U+1F600".into()]));
        assert_eq!(
            readable("a\u{1b}b\u{202e}"),
            ("a[U+001B]b[U+202E]".into(), vec!["U+001B".into(), "U+202E".into()])
        );
        assert_eq!(
            readable("葛\u{e0100}訪\u{e0110}"),
            ("葛\u{e0100}訪".into(), vec!["U+8A2A U+E0110".into()])
        );
    }

    #[test]
    fn marks_are_joined_with_their_letters() {
        assert_eq!(readable("カ\u{3099}ーセ\u{3099} e\u{301}").0, "ガーゼ é");
        assert_eq!(readable("a\tb\u{a0}c\u{fe0f}").0, "a b c");
    }

    #[test]
    fn kanji_are_an_em_wide_and_letters_half() {
        let fonts = Fonts::own().unwrap();
        assert!((fonts.width("患者A", 10.0) - 25.0).abs() < 0.01);
        assert_eq!(fonts.fitted("訪問看護", 10.0, 40.0), "訪問看護");
        assert_eq!(fonts.fitted("訪問看護", 10.0, 39.0), "訪問…");
        assert_eq!(
            fonts.runs("野𠮷家").iter().map(|run| (run.face, run.glyphs.len())).collect::<Vec<_>>(),
            [(0, 1), (1, 1), (0, 1)]
        );
    }

    #[test]
    fn a_file_that_is_no_font_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("font.ttf");
        std::fs::write(&path, b"not a font").unwrap();
        assert_eq!(Fonts::with(Some(&path)).err().unwrap().exit(), Exit::LocalFile);
    }
}
