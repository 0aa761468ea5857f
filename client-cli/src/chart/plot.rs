//! A chart as a drawing, for a picture and for paper. The shape of a mark tells the organisation, and its line the series,
//! so that both can be told without colours too. Where series lie over one another, what is inside a mark tells the series
//! as well: lines are short between many marks.

use crate::{
    chart::{
        Chart, Measured, Panel, Series,
        labels::{self, Area, Numbers},
        look, scale, terminal,
    },
    drawing::{
        Colour, Drawing, Pattern, Point, Shape, Text, breaking,
        font::{Fonts, Missing},
    },
    text::{Texts, msg},
};

/// The chart, so wide, one drawing a panel so that pages can break between them, and the legend.
pub(crate) fn drawings(
    texts: &Texts,
    chart: &Chart,
    fonts: &Fonts,
    width: f32,
    missing: &mut Missing,
) -> Vec<Drawing> {
    let mut board = Board { texts, fonts, width, missing };
    let panels: Vec<Drawing> = chart.panels.iter().map(|panel| board.panel(chart, panel)).collect();
    panels.into_iter().chain([board.legend(chart)]).collect()
}

/// The chart in one drawing, with a margin.
pub(crate) fn drawing(texts: &Texts, chart: &Chart, fonts: &Fonts, missing: &mut Missing) -> Drawing {
    let mut whole = Drawing { width: WIDTH + 2.0 * MARGIN, height: 2.0 * MARGIN, shapes: Vec::new() };
    for part in drawings(texts, chart, fonts, WIDTH, missing) {
        whole.place(&part, (MARGIN, whole.height - MARGIN));
        whole.height += part.height;
    }
    whole
}

/// What every panel is drawn with.
struct Board<'a> {
    texts: &'a Texts,
    fonts: &'a Fonts,
    width: f32,
    missing: &'a mut Missing,
}

impl Board<'_> {
    fn panel(&mut self, chart: &Chart, panel: &Panel) -> Drawing {
        let mut drawing = Drawing { width: self.width, ..Default::default() };
        let unit = panel.in_unit(self.texts);
        let mut down = TITLE;
        drawing.shapes.push(self.text(&format!("{}{unit}", panel.title), (0.0, down), TITLE, Colour::BLACK));
        bold(&mut drawing);
        let (several, mixed) = (panel.series.len() > 1, panel.is_mixed());
        for (place, series) in panel.series.iter().enumerate() {
            let left = if several { SAMPLE + 6.0 } else { 0.0 };
            if several {
                sample(&mut drawing, (0.0, down + 2.0 + LINE - 3.0), place, mixed);
            }
            let told = terminal::summary(self.texts, chart, series);
            down = self.paragraph(&mut drawing, &told, (left, down + 2.0));
        }
        let field = Field {
            left: GUTTER,
            right: self.width - RIGHT,
            top: down + 12.0,
            bottom: down + 12.0 + FIELD,
            values: scale::Values::new(wider(panel.bounds()), 6),
        };
        self.axes(&mut drawing, chart, &field);
        for (place, series) in panel.series.iter().enumerate() {
            bounds(&mut drawing, series, &field);
            let points = series.points.iter().map(|point| field.place(chart, point)).collect();
            drawing.shapes.push(line(points, place));
        }
        for (place, series) in panel.series.iter().enumerate() {
            for point in &series.points {
                let at = field.place(chart, point);
                drawing.shapes.push(mark(at, point.source));
                drawing.shapes.extend(heart(at, point.source, place).filter(|_| mixed));
            }
        }
        self.values(&mut drawing, chart, panel, &field);
        drawing.height = field.bottom + 26.0;
        drawing
    }

    fn axes(&mut self, drawing: &mut Drawing, chart: &Chart, field: &Field) {
        for (value, words) in field.values.marks() {
            let height = field.height(value);
            drawing.rule((field.left, height), (field.right, height), 0.4, Colour::LIGHT);
            let width = self.fonts.width(&words, SMALL);
            drawing.shapes.push(self.text(
                &words,
                (field.left - 4.0 - width, height + 2.5),
                SMALL,
                Colour::GREY,
            ));
        }
        drawing.rule((field.left, field.bottom), (field.right, field.bottom), 0.6, Colour::GREY);
        drawing.rule((field.left, field.top), (field.left, field.bottom), 0.6, Colour::GREY);
        // letters are half as wide as they are high
        let room =
            |letters: usize| ((field.right - field.left) / ((letters + 3) as f32 * SMALL / 2.0)) as usize;
        for (time, words) in scale::days(chart.start, chart.end, &chart.zone, room) {
            let right = field.left + chart.share(time) as f32 * (field.right - field.left);
            drawing.rule((right, field.bottom), (right, field.bottom + 3.0), 0.6, Colour::GREY);
            let width = self.fonts.width(&words, SMALL);
            let left = (right - width / 2.0).min(self.width - width);
            drawing.shapes.push(self.text(&words, (left, field.bottom + 11.0), SMALL, Colour::GREY));
        }
    }

    /// The numbers beside their marks, as many as there is room for, the newest in any case.
    fn values(&mut self, drawing: &mut Drawing, chart: &Chart, panel: &Panel, field: &Field) {
        let numbers = panel.series.iter().enumerate().map(|(place, series)| Numbers {
            points: series.points.iter().map(|point| field.place(chart, point)).collect(),
            widths: series.points.iter().map(|point| self.fonts.width(&point.written, SMALL)).collect(),
            below: place > 0,
        });
        let bounds = panel.series.iter().flat_map(|series| series.low.into_iter().chain(series.high));
        let rules: Vec<f32> = bounds.map(|bound| field.height(bound)).chain([field.bottom]).collect();
        let room = Area { from: (field.left + 1.0, field.top - ABOVE), to: (self.width, field.bottom) };
        let within = labels::Field { room, rules: &rules, size: SMALL };
        for placed in labels::placed(&numbers.collect::<Vec<_>>(), &within) {
            let written = &panel.series[placed.series].points[placed.point].written;
            // The lines of the scale end before it.
            drawing.shapes.push(blank(placed.area.wider(0.5)));
            let at = (placed.area.from.0, placed.area.to.1);
            drawing.shapes.push(self.text(written, at, SMALL, Colour::BLACK));
        }
    }

    fn legend(&mut self, chart: &Chart) -> Drawing {
        let mut drawing = Drawing { width: self.width, ..Default::default() };
        let (mut left, mut down) = (0.0, 10.0);
        for (place, source) in chart.sources.iter().enumerate() {
            let source = self.fonts.readable(source, self.missing);
            let name = self.fonts.fitted(&source, BODY, self.width - 20.0);
            let width = self.fonts.width(&name, BODY) + 24.0;
            if left > 0.0 && left + width > self.width {
                (left, down) = (0.0, down + LINE);
            }
            drawing.shapes.push(mark((left + 5.0, down - 3.0), place));
            drawing.shapes.push(self.text(&name, (left + 12.0, down), BODY, Colour::BLACK));
            left += width;
        }
        if chart.in_words > 0 {
            let words = self.texts.format(&msg!("graph-in-words", count = chart.in_words));
            down = self.paragraph(&mut drawing, &words, (0.0, down));
        }
        drawing.height = down + 10.0;
        drawing
    }

    /// Writes a text on as many lines as it needs; returns the base line of the last.
    fn paragraph(&mut self, drawing: &mut Drawing, text: &str, (left, mut down): Point) -> f32 {
        let text = self.fonts.readable(text, self.missing);
        let advance = |c| self.fonts.advance(c) * BODY;
        let room = self.width - left;
        for line in breaking::lines(&text, room, room, advance) {
            down += LINE;
            drawing.shapes.push(self.text(&text[line], (left, down), BODY, Colour::BLACK));
        }
        down
    }

    fn text(&mut self, text: &str, at: Point, size: f32, colour: Colour) -> Shape {
        let text = self.fonts.readable(text, self.missing);
        Shape::Text(Text { at, size, colour, bold: false, text })
    }
}

/// Where the values of a panel stand.
struct Field {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    values: scale::Values,
}

impl Field {
    fn height(&self, value: f64) -> f32 {
        self.bottom - self.values.share(value) as f32 * (self.bottom - self.top)
    }

    fn place(&self, chart: &Chart, point: &Measured) -> Point {
        (self.left + chart.share(point.time) as f32 * (self.right - self.left), self.height(point.value))
    }
}

/// Room above and below for the numbers beside the marks.
fn wider((low, high): (f64, f64)) -> (f64, f64) {
    let more = (high - low) * 0.12;
    (if low >= 0.0 { (low - more).max(0.0) } else { low - more }, high + more)
}

/// 基準範囲: a line at either end.
fn bounds(drawing: &mut Drawing, series: &Series, field: &Field) {
    for bound in series.low.into_iter().chain(series.high) {
        let height = field.height(bound);
        let points = vec![(field.left, height), (field.right, height)];
        drawing.shapes.push(Shape::Path { points, width: 0.8, colour: BOUND, pattern: Pattern::Dashed });
    }
}

/// The line of a series.
fn line(points: Vec<Point>, place: usize) -> Shape {
    Shape::Path { points, width: 0.8, colour: Colour::GREY, pattern: look::pattern(place) }
}

/// What a series looks like, whoever measured.
fn sample(drawing: &mut Drawing, (x, y): Point, place: usize, mixed: bool) {
    drawing.shapes.push(line(vec![(x, y), (x + SAMPLE, y)], place));
    if mixed {
        let at = (x + SAMPLE / 2.0, y);
        drawing.shapes.push(area(at, FORMS[0], Colour::GREY, Colour::GREY));
        drawing.shapes.extend(heart_of(place).map(|form| area(at, form, Colour::WHITE, Colour::WHITE)));
    }
}

/// The mark of an organisation: form, and filled or not.
fn mark(at: Point, source: usize) -> Shape {
    let (colour, filled) = filling(source);
    area(at, FORMS[source % FORMS.len()], if filled { colour } else { Colour::WHITE }, colour)
}

/// What is inside the mark of an organisation, by the place of the series; the first has nothing there.
fn heart(at: Point, source: usize, place: usize) -> Option<Shape> {
    let (colour, filled) = filling(source);
    let fill = if filled { Colour::WHITE } else { colour };
    heart_of(place).map(|form| area(at, form, fill, fill))
}

fn heart_of(place: usize) -> Option<&'static [Point]> {
    (place % (HEARTS.len() + 1)).checked_sub(1).map(|at| HEARTS[at])
}

fn filling(source: usize) -> (Colour, bool) {
    (COLOURS[source % COLOURS.len()], (source / FORMS.len()).is_multiple_of(2))
}

fn area((x, y): Point, form: &[Point], fill: Colour, edge: Colour) -> Shape {
    let points = form.iter().map(|(right, down)| (x + right * MARK, y + down * MARK)).collect();
    Shape::Area { points, fill, edge }
}

/// Covers what was drawn there.
fn blank(Area { from: (left, top), to: (right, bottom) }: Area) -> Shape {
    let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
    Shape::Area { points, fill: Colour::WHITE, edge: Colour::WHITE }
}

/// Makes what was drawn last bold.
fn bold(drawing: &mut Drawing) {
    if let Some(Shape::Text(text)) = drawing.shapes.last_mut() {
        text.bold = true;
    }
}

/// Corners of circle, square, triangle, diamond and triangle on its head, one wide in each direction.
const FORMS: &[&[Point]] = &[
    &[
        (1.0, 0.0),
        (0.87, 0.5),
        (0.5, 0.87),
        (0.0, 1.0),
        (-0.5, 0.87),
        (-0.87, 0.5),
        (-1.0, 0.0),
        (-0.87, -0.5),
        (-0.5, -0.87),
        (0.0, -1.0),
        (0.5, -0.87),
        (0.87, -0.5),
    ],
    &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    &[(0.0, -1.2), (1.1, 0.9), (-1.1, 0.9)],
    &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    &[(0.0, 1.2), (1.1, -0.9), (-1.1, -0.9)],
];
/// What is inside a mark: a point, a bar across, a bar upright. The edge makes each wider.
const HEARTS: &[&[Point]] = &[
    &[(0.25, 0.0), (0.0, 0.25), (-0.25, 0.0), (0.0, -0.25)],
    &[(-1.4, -0.05), (1.4, -0.05), (1.4, 0.05), (-1.4, 0.05)],
    &[(-0.05, -1.4), (0.05, -1.4), (0.05, 1.4), (-0.05, 1.4)],
];
/// Colours that can be told apart by those who confuse red and green too (Okabe and Ito), without the lightest.
const COLOURS: &[Colour] = &[
    Colour(0x00, 0x72, 0xb2),
    Colour(0xd5, 0x5e, 0x00),
    Colour(0x00, 0x9e, 0x73),
    Colour(0xcc, 0x79, 0xa7),
    Colour(0xe6, 0x9f, 0x00),
    Colour(0x00, 0x00, 0x00),
];
const BOUND: Colour = Colour(0x00, 0x7a, 0x5a);
const WIDTH: f32 = 560.0;
const MARGIN: f32 = 20.0;
const TITLE: f32 = 10.0;
const BODY: f32 = 8.0;
const SMALL: f32 = 7.0;
const LINE: f32 = 11.0;
/// Room for the words of the values.
const GUTTER: f32 = 34.0;
const RIGHT: f32 = 8.0;
/// Length of the line that stands for a series.
const SAMPLE: f32 = 26.0;
/// Height of the field.
const FIELD: f32 = 96.0;
/// Room above the field for numbers.
const ABOVE: f32 = 8.0;
/// Half of the width of a mark.
const MARK: f32 = 2.2;
