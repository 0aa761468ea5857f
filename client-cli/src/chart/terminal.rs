//! A chart on a terminal: lines of braille dots, a letter where a value was measured, which tells the organisation.
//! Whatever stands in columns is one column wide on any terminal, which frames and filled marks are not in Japan.

use crate::{
    chart::{Chart, Panel, Series, scale},
    output::{
        line::{Line, Style},
        width,
    },
    text::{Texts, msg},
};

/// The chart in at most so many columns; `rows` is the height of a panel's field.
pub(crate) fn lines(texts: &Texts, chart: &Chart, columns: usize, rows: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut several = false;
    for panel in &chart.panels {
        let title = Line::styled(Style::Strong, panel.title.as_str());
        lines.push(title.and(Style::Plain, panel.in_unit(texts)));
        let facts =
            panel.series.iter().flat_map(|series| width::wrap(&summary(texts, chart, series), columns));
        lines.extend(facts.map(Line::plain));
        lines.extend(field(chart, panel, columns, rows, &mut several));
        lines.push(Line::empty());
    }
    lines.extend(legend(texts, chart, columns, several));
    if chart.in_words > 0 {
        let told = texts.format(&msg!("graph-in-words", count = chart.in_words));
        lines.extend(width::wrap(&told, columns).into_iter().map(|part| Line::styled(Style::Faint, part)));
    }
    lines
}

/// What a series comes to, in words.
pub(super) fn summary(texts: &Texts, chart: &Chart, series: &Series) -> String {
    let by_value = |a: &&super::Measured, b: &&super::Measured| a.value.total_cmp(&b.value);
    let points = &series.points;
    let (Some(last), Some(least), Some(most)) =
        (points.last(), points.iter().min_by(by_value), points.iter().max_by(by_value))
    else {
        return String::new();
    };
    let time = last.time.to_zoned(chart.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let mut summary = texts.format(&msg!(
        "graph-summary",
        name = series.name,
        last = last.written,
        time = time,
        least = least.written,
        most = most.written,
        count = points.len()
    ));
    let bound = |bound: Option<f64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    if series.low.is_some() || series.high.is_some() {
        let range = msg!("graph-range", low = bound(series.low), high = bound(series.high));
        summary.push_str(&texts.format(&range));
    }
    summary
}

fn field(chart: &Chart, panel: &Panel, columns: usize, rows: usize, several: &mut bool) -> Vec<Line> {
    let rows = rows.max(LEAST_ROWS);
    let values = scale::Values::new(panel.bounds(), (rows / 2).max(2));
    let marks = values.marks();
    let gutter = marks.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
    let wide = columns.saturating_sub(gutter + 2).max(LEAST_COLUMNS);
    let mut canvas = Canvas::new(wide, rows);
    for series in &panel.series {
        for bound in series.low.into_iter().chain(series.high) {
            canvas.dots(values.share(bound));
        }
        for pair in series.points.windows(2) {
            let end = |point: &super::Measured| (chart.share(point.time), values.share(point.value));
            canvas.line(end(&pair[0]), end(&pair[1]));
        }
    }
    for point in panel.series.iter().flat_map(|series| &series.points) {
        *several |= canvas.mark((chart.share(point.time), values.share(point.value)), letter(point.source));
    }
    let mut labels = vec![""; rows];
    for (value, text) in &marks {
        labels[canvas.row(values.share(*value))] = text;
    }
    let mut lines: Vec<Line> = labels
        .iter()
        .zip(canvas.rows())
        .map(|(label, row)| Line::plain(format!("{label:>gutter$} |{}", row.trim_end())))
        .collect();
    lines.extend(time_axis(chart, gutter, wide));
    lines
}

/// The axis with its marks, and below it the days.
fn time_axis(chart: &Chart, gutter: usize, wide: usize) -> [Line; 2] {
    let mut axis = vec!['-'; wide];
    let mut words = String::new();
    for (time, text) in scale::days(chart.start, chart.end, &chart.zone, |letters| wide / (letters + 2)) {
        let at = (chart.share(time) * (wide - 1) as f64).round() as usize;
        axis[at] = '+';
        // a word that would leave the field stands further left
        let at = at.min(wide.saturating_sub(text.len()));
        if words.is_empty() || at > words.len() {
            words.push_str(&" ".repeat(at - words.len()));
            words.push_str(&text);
        }
    }
    let axis: String = axis.into_iter().collect();
    [
        Line::plain(format!("{} +{axis}", " ".repeat(gutter))),
        Line::plain(format!("{}  {words}", " ".repeat(gutter))),
    ]
}

fn legend(texts: &Texts, chart: &Chart, columns: usize, several: bool) -> Vec<Line> {
    let mut parts: Vec<String> = chart
        .sources
        .iter()
        .enumerate()
        .map(|(place, source)| format!("{} {source}", letter(place)))
        .collect();
    if several {
        parts.push(format!("{SEVERAL} {}", texts.get("graph-several")));
    }
    let day = |time: jiff::Timestamp| time.to_zoned(chart.zone.clone()).date().to_string();
    let period = texts.format(&msg!("graph-period", from = day(chart.start), until = day(chart.end)));
    let wrapped = width::wrap(&parts.join("  "), columns).into_iter().chain(width::wrap(&period, columns));
    wrapped.map(|part| Line::styled(Style::Faint, part)).collect()
}

/// The letter of an organisation.
fn letter(source: usize) -> char {
    let letters = ('A'..='Z').chain('a'..='z');
    letters.chain(std::iter::once('#')).nth(source.min(52)).unwrap_or('#')
}

/// Cells of 2 × 4 dots, and letters over them.
struct Canvas {
    wide: usize,
    high: usize,
    dots: Vec<u8>,
    letters: Vec<Option<char>>,
}

impl Canvas {
    fn new(wide: usize, high: usize) -> Self {
        Self { wide, high, dots: vec![0; wide * high], letters: vec![None; wide * high] }
    }

    /// The row of a share of the height.
    fn row(&self, share: f64) -> usize {
        self.place((0.0, share)).1 / 4
    }

    /// The dot of a place: to the right and up, each from 0 to 1.
    fn place(&self, (right, up): (f64, f64)) -> (usize, usize) {
        let dot = |share: f64, count: usize| (share * (count - 1) as f64).round() as usize;
        (dot(right, self.wide * 2), self.high * 4 - 1 - dot(up, self.high * 4))
    }

    fn set(&mut self, (x, y): (usize, usize)) {
        self.dots[y / 4 * self.wide + x / 2] |= DOTS[y % 4][x % 2];
    }

    fn dots(&mut self, share: f64) {
        let (_, y) = self.place((0.0, share));
        (0..self.wide * 2).step_by(4).for_each(|x| self.set((x, y)));
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x0, y0), (x1, y1)) = (self.place(from), self.place(to));
        let steps = x0.abs_diff(x1).max(y0.abs_diff(y1)).max(1);
        let between = |a: usize, b: usize, step: usize| {
            (a as f64 + (b as f64 - a as f64) * step as f64 / steps as f64).round() as usize
        };
        (0..=steps).for_each(|step| self.set((between(x0, x1, step), between(y0, y1, step))));
    }

    /// Puts a letter; whether another one stood there.
    fn mark(&mut self, place: (f64, f64), letter: char) -> bool {
        let (x, y) = self.place(place);
        let cell = &mut self.letters[y / 4 * self.wide + x / 2];
        let several = cell.is_some_and(|other| other != letter);
        *cell = Some(if several { SEVERAL } else { letter });
        several
    }

    fn rows(&self) -> impl Iterator<Item = String> {
        let cell = |(dots, letter): (&u8, &Option<char>)| match (letter, dots) {
            (Some(letter), _) => *letter,
            (None, 0) => ' ',
            (None, dots) => char::from_u32(BLANK + u32::from(*dots)).unwrap_or(' '),
        };
        (0..self.high).map(move |row| {
            let cells = row * self.wide..(row + 1) * self.wide;
            self.dots[cells.clone()].iter().zip(&self.letters[cells]).map(cell).collect()
        })
    }
}

/// The bits of the dots of a cell, row by row, as Unicode numbers them.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// The braille cell without dots.
const BLANK: u32 = 0x2800;
/// Where several organisations measured.
const SEVERAL: char = '*';
const LEAST_ROWS: usize = 4;
const LEAST_COLUMNS: usize = 20;
