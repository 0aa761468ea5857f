//! Blocks → pages: lines are broken, pages filled, and each gets its head and foot.

use crate::{
    drawing::{
        Colour, Drawing, MILLIMETRE, Shape, Text, breaking,
        font::{Fonts, Missing},
    },
    output::line::{Line, Style},
    paper::Block,
};

/// What stands on every page.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Whom it is about.
    pub(crate) patient: String,
    /// What it is.
    pub(crate) title: String,
    /// Who printed it and when.
    pub(crate) printed: String,
}

/// The pages; at least one.
pub(super) fn pages(blocks: &[Block], frame: &Frame, fonts: &Fonts, missing: &mut Missing) -> Vec<Drawing> {
    let rows: Vec<Row> = blocks.iter().flat_map(|block| rows(block, fonts, missing)).collect();
    let mut pages = fill(rows);
    let all = pages.len();
    for (place, page) in pages.iter_mut().enumerate() {
        Margins { fonts, missing }.draw(page, frame, &format!("{} / {all}", place + 1));
    }
    pages
}

/// Something that a page has or has not.
struct Row {
    /// Its lower left corner is that of `height`.
    shapes: Drawing,
    height: f32,
    /// It stays with the next.
    keep: bool,
    /// It is nothing at the top of a page.
    space: bool,
}

fn rows(block: &Block, fonts: &Fonts, missing: &mut Missing) -> Vec<Row> {
    match block {
        Block::Line { line, size, keep } => lines(line, *size, *keep, fonts, missing),
        Block::Space(height) => {
            vec![Row { shapes: Drawing::default(), height: *height, keep: true, space: true }]
        }
        Block::Rule => {
            let mut shapes = Drawing::default();
            shapes.rule((LEFT, 3.0), (LEFT + ROOM, 3.0), 0.5, Colour::LIGHT);
            vec![Row { shapes, height: 6.0, keep: true, space: false }]
        }
        Block::Drawing(drawing) => {
            let mut shapes = Drawing::default();
            shapes.place(drawing, (LEFT, 0.0));
            vec![Row { shapes, height: drawing.height, keep: false, space: false }]
        }
    }
}

/// A line of the record in as many lines of the page as it needs.
fn lines(line: &Line, size: f32, keep: bool, fonts: &Fonts, missing: &mut Missing) -> Vec<Row> {
    let pieces: Vec<(Style, String)> =
        line.pieces().iter().map(|(style, text)| (*style, fonts.readable(text, missing))).collect();
    let text: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
    let begins = text.len() - text.trim_start_matches(' ').len();
    let indent = fonts.width(&text[..begins], size).min(ROOM / 2.0);
    let mark = hang(&pieces, begins).map_or(0.0, |mark| fonts.width(mark, size));
    let hang = (indent + mark).min(ROOM / 2.0);
    let broken = breaking::lines(&text[begins..], ROOM - indent, ROOM - hang, |c| fonts.advance(c) * size);
    let last = broken.len() - 1;
    let rows = broken.into_iter().enumerate().map(|(place, range)| {
        let range = range.start + begins..range.end + begins;
        let mut shapes = Drawing::default();
        let (mut at, mut right) = (0, LEFT + if place == 0 { indent } else { hang });
        for (style, piece) in &pieces {
            let (from, to) = (range.start.clamp(at, at + piece.len()), range.end.clamp(at, at + piece.len()));
            let part = &piece[from - at..to - at];
            at += piece.len();
            if part.is_empty() {
                continue;
            }
            let (colour, bold) = look(*style);
            let base = size * LEADING * 0.75;
            shapes.shapes.push(Shape::Text(Text {
                at: (right, base),
                size,
                colour,
                bold,
                text: part.to_owned(),
            }));
            right += fonts.width(part, size);
        }
        Row { shapes, height: size * LEADING, keep: keep || (place == 0 && last > 0), space: false }
    });
    rows.collect()
}

/// A mark that what follows it stands beside, such as the letter of a section.
fn hang(pieces: &[(Style, String)], begins: usize) -> Option<&str> {
    let mark = usize::from(begins > 0);
    let (style, text) = pieces.get(mark)?;
    let is_mark = *style == Style::Strong && text.ends_with("  ") && pieces.len() > mark + 1;
    is_mark.then_some(text.as_str())
}

/// Colour, and whether it is bold.
fn look(style: Style) -> (Colour, bool) {
    match style {
        Style::Plain | Style::Fresh | Style::Found => (Colour::BLACK, false),
        Style::Strong | Style::Heading => (Colour::BLACK, true),
        Style::Faint => (Colour::GREY, false),
        Style::Alarm => (Colour::RED, true),
    }
}

fn fill(rows: Vec<Row>) -> Vec<Drawing> {
    let blank = || Drawing { width: WIDTH, height: HEIGHT, shapes: Vec::new() };
    let (mut pages, mut page, mut down) = (Vec::new(), blank(), TOP);
    let mut rows = rows.into_iter().peekable();
    while let Some(first) = rows.next() {
        let mut group = vec![first];
        while group.last().is_some_and(|row| row.keep)
            && let Some(row) = rows.next()
        {
            group.push(row);
        }
        let height: f32 = group.iter().map(|row| row.height).sum();
        // What is longer than a page must break somewhere.
        if down > TOP && down + height > BOTTOM && height <= BOTTOM - TOP {
            pages.push(std::mem::replace(&mut page, blank()));
            down = TOP;
        }
        for row in group {
            if down > TOP && down + row.height > BOTTOM {
                pages.push(std::mem::replace(&mut page, blank()));
                down = TOP;
            }
            if row.space && down <= TOP {
                continue;
            }
            page.place(&row.shapes, (0.0, down));
            down += row.height;
        }
    }
    if !page.shapes.is_empty() || pages.is_empty() {
        pages.push(page);
    }
    pages
}

/// Head and foot.
struct Margins<'a> {
    fonts: &'a Fonts,
    missing: &'a mut Missing,
}

impl Margins<'_> {
    fn draw(&mut self, page: &mut Drawing, frame: &Frame, number: &str) {
        self.both(page, &frame.patient, &frame.title, TOP - 16.0);
        page.rule((LEFT, TOP - 10.0), (LEFT + ROOM, TOP - 10.0), 0.6, Colour::GREY);
        page.rule((LEFT, BOTTOM + 8.0), (LEFT + ROOM, BOTTOM + 8.0), 0.6, Colour::GREY);
        self.both(page, &frame.printed, number, BOTTOM + 20.0);
    }

    /// One text at the left, which is cut if it must be, and one at the right.
    fn both(&mut self, page: &mut Drawing, left: &str, right: &str, base: f32) {
        let right = self.fonts.readable(right, self.missing);
        let taken = self.fonts.width(&right, MARGIN_SIZE);
        let left = self.fonts.readable(left, self.missing);
        let left = self.fonts.fitted(&left, MARGIN_SIZE, ROOM - taken - 12.0);
        for (text, at) in [(left, LEFT), (right, LEFT + ROOM - taken)] {
            page.shapes.push(Shape::Text(Text {
                at: (at, base),
                size: MARGIN_SIZE,
                colour: Colour::GREY,
                bold: false,
                text,
            }));
        }
    }
}

/// A4.
pub(super) const WIDTH: f32 = 210.0 * MILLIMETRE;
pub(super) const HEIGHT: f32 = 297.0 * MILLIMETRE;
pub(super) const LEFT: f32 = 16.0 * MILLIMETRE;
/// Width between the margins.
pub(crate) const ROOM: f32 = WIDTH - 2.0 * LEFT;
pub(super) const TOP: f32 = 22.0 * MILLIMETRE;
pub(super) const BOTTOM: f32 = HEIGHT - 20.0 * MILLIMETRE;
/// From base line to base line, in sizes.
const LEADING: f32 = 1.5;
const MARGIN_SIZE: f32 = 7.5;
