//! A chart on a terminal: lines of braille dots, a letter where a value was measured, which tells the organisation, and
//! by small letters and figures the second and third series, whose lines have gaps. Whatever stands in columns is one
//! column wide on any terminal, which frames and filled marks are not in Japan.

use crate::{
    chart::{Chart, Panel, Series, look, scale},
    drawing::Pattern,
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
        if panel.series.len() > 1 {
            lines.extend(looks(panel, columns));
        }
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

/// What each series looks like, in as few lines as that takes.
fn looks(panel: &Panel, columns: usize) -> Vec<Line> {
    let mut lines: Vec<String> = Vec::new();
    for (place, series) in panel.series.iter().enumerate() {
        let look = width::truncate(&format!("{} {}", sample(place, series), series.name), columns);
        match lines.last_mut() {
            Some(line) if width::width(line) + 3 + width::width(&look) <= columns => {
                line.push_str("   ");
                line.push_str(&look);
            }
            _ => lines.push(look),
        }
    }
    lines.into_iter().map(Line::plain).collect()
}

/// The letters and the line of a series.
fn sample(place: usize, series: &Series) -> String {
    let mut sources: Vec<usize> = series.points.iter().map(|point| point.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let letter = |source: &usize| look::letter(place, *source).to_string();
    let letters = match &sources[..] {
        [first, _, _, .., last] => format!("{}-{}", letter(first), letter(last)),
        _ => sources.iter().map(letter).collect(),
    };
    let mut canvas = Canvas::new(SAMPLE, 1);
    canvas.line((0.0, 0.3), (1.0, 0.3), look::pattern(place), &mut 0);
    format!("{letters} {}", canvas.rows().collect::<String>().trim_end())
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
    for (place, series) in panel.series.iter().enumerate() {
        for bound in series.low.into_iter().chain(series.high) {
            canvas.dots(values.share(bound));
        }
        let mut length = 0;
        for pair in series.points.windows(2) {
            let end = |point: &super::Measured| (chart.share(point.time), values.share(point.value));
            canvas.line(end(&pair[0]), end(&pair[1]), look::pattern(place), &mut length);
        }
    }
    for (place, series) in panel.series.iter().enumerate() {
        for point in &series.points {
            let letter = look::letter(place, point.source);
            *several |= canvas.mark((chart.share(point.time), values.share(point.value)), letter);
        }
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
        .map(|(place, source)| format!("{} {source}", letters(chart, place)))
        .collect();
    if several {
        parts.push(format!("{SEVERAL} {}", texts.get("graph-several")));
    }
    let day = |time: jiff::Timestamp| time.to_zoned(chart.zone.clone()).date().to_string();
    let period = texts.format(&msg!("graph-period", from = day(chart.start), until = day(chart.end)));
    let wrapped = width::wrap(&parts.join("  "), columns).into_iter().chain(width::wrap(&period, columns));
    wrapped.map(|part| Line::styled(Style::Faint, part)).collect()
}

/// The letters of an organisation, of every series that it measured.
fn letters(chart: &Chart, source: usize) -> String {
    let most = chart.panels.iter().map(|panel| panel.series.len()).max().unwrap_or(0);
    let measured = |place: &usize| {
        let mut all = chart.panels.iter().filter_map(|panel| panel.series.get(*place));
        all.any(|series| series.points.iter().any(|point| point.source == source))
    };
    let letters: Vec<String> =
        (0..most).filter(measured).map(|place| look::letter(place, source).to_string()).collect();
    letters.join(" ")
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

    /// Goes on with a line that is so long already.
    fn line(&mut self, from: (f64, f64), to: (f64, f64), pattern: Pattern, length: &mut usize) {
        let ((x0, y0), (x1, y1)) = (self.place(from), self.place(to));
        let steps = x0.abs_diff(x1).max(y0.abs_diff(y1)).max(1);
        let between = |a: usize, b: usize, step: usize| {
            (a as f64 + (b as f64 - a as f64) * step as f64 / steps as f64).round() as usize
        };
        for step in (0..=steps).filter(|step| is_drawn(pattern, *length + step)) {
            self.set((between(x0, x1, step), between(y0, y1, step)));
        }
        *length += steps;
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

/// Whether a dot of a line is there: of two dots a cell.
fn is_drawn(pattern: Pattern, dot: usize) -> bool {
    match pattern {
        Pattern::Solid => true,
        Pattern::Dashed => dot % 10 < 6,
        Pattern::Dotted => dot % 4 < 2,
        Pattern::DashDotted => matches!(dot % 12, 0..6 | 8..10),
    }
}

/// The bits of the dots of a cell, row by row, as Unicode numbers them.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// The braille cell without dots.
const BLANK: u32 = 0x2800;
/// Where several marks would stand.
const SEVERAL: char = '*';
/// Columns of the line that stands for a series.
const SAMPLE: usize = 8;
const LEAST_ROWS: usize = 4;
const LEAST_COLUMNS: usize = 20;
