//! Pages and graphs before they become a file: lines, areas and texts at their places, written by [`pdf`], [`svg`] and
//! [`png`] alike. Lengths are points (1/72 inch), counted from the upper left corner. Whoever draws knows how wide a text
//! is from [`font`], which brings its font along: what is written looks the same on any machine, and the same input
//! gives the same bytes.

pub(crate) mod breaking;
pub(crate) mod font;
pub(crate) mod pdf;
pub(crate) mod png;
pub(crate) mod svg;

/// Points in a millimetre.
pub(crate) const MILLIMETRE: f32 = 72.0 / 25.4;

/// One page, or one graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// What is drawn first lies below.
    pub(crate) shapes: Vec<Shape>,
}

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Text(Text),
    /// A line from point to point.
    Path {
        points: Vec<Point>,
        width: f32,
        colour: Colour,
        pattern: Pattern,
    },
    /// A closed shape, filled with one colour and drawn round with another.
    Area {
        points: Vec<Point>,
        fill: Colour,
        edge: Colour,
    },
}

/// How a line goes on, so that lines can be told apart without colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pattern {
    Solid,
    Dashed,
    Dotted,
    DashDotted,
}

impl Pattern {
    /// What is drawn and what is left out, in turn; nothing: there is no gap.
    fn lengths(self) -> &'static [f32] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[3.0, 2.0],
            Self::Dotted => &[0.9, 1.6],
            Self::DashDotted => &[5.0, 1.6, 0.9, 1.6],
        }
    }
}

/// A text on one line. Its characters are those that a font has: it went through
/// [`Fonts::readable`](font::Fonts::readable).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    /// Where it begins, on the base line.
    pub(crate) at: Point,
    pub(crate) size: f32,
    pub(crate) colour: Colour,
    pub(crate) bold: bool,
    pub(crate) text: String,
}

/// Right and down.
pub(crate) type Point = (f32, f32);

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Colour {
    pub(crate) const BLACK: Self = Self(0, 0, 0);
    pub(crate) const GREY: Self = Self(0x60, 0x60, 0x60);
    pub(crate) const LIGHT: Self = Self(0xcc, 0xcc, 0xcc);
    pub(crate) const RED: Self = Self(0xb0, 0x10, 0x10);
    pub(crate) const WHITE: Self = Self(0xff, 0xff, 0xff);
}

/// How much wider the strokes of bold letters are, in ems.
pub(crate) const BOLDER: f32 = 0.03;

impl Drawing {
    /// The same shapes further right and down, in a drawing that is large enough for both.
    pub(crate) fn place(&mut self, other: &Self, (right, down): Point) {
        let moved = |(x, y): Point| (x + right, y + down);
        self.shapes.extend(other.shapes.iter().cloned().map(|mut shape| {
            match &mut shape {
                Shape::Text(text) => text.at = moved(text.at),
                Shape::Path { points, .. } | Shape::Area { points, .. } => {
                    points.iter_mut().for_each(|point| *point = moved(*point));
                }
            }
            shape
        }));
    }

    /// A straight line.
    pub(crate) fn rule(&mut self, from: Point, to: Point, width: f32, colour: Colour) {
        self.shapes.push(Shape::Path { points: vec![from, to], width, colour, pattern: Pattern::Solid });
    }
}
