//! The table for the terminal.

use super::{Bar, Line, Of, Verdict, Way};

const HEAD: [&str; 8] = ["part", "what", "figure", "limit", "ratio", "bar (goal)", "p50 / p99 ms", "CPU µs"];

/// A table of lines.
pub(super) fn of(lines: &[Line]) -> String {
    let rows: Vec<[String; 8]> = lines.iter().map(cells).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEAD[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let head = HEAD.map(str::to_owned);
    let mut table = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        let mut text = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            match column {
                // Words begin under each other, numbers end so.
                0 | 1 | 5 => text.push_str(&format!("{cell:<width$}  ")),
                _ => text.push_str(&format!("{cell:>width$}  ")),
            }
        }
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}

/// The cells of a line, in the order of the head.
pub(super) fn cells(line: &Line) -> [String; 8] {
    let dash = || "–".to_owned();
    [
        line.part.to_owned(),
        line.name.clone(),
        format!("{} {}", number(line.figure), line.unit),
        line.limit.map_or_else(dash, number),
        line.ratio.map_or_else(dash, number),
        line.bar.map_or_else(dash, |bar| format!("{}{}", shown(&bar), mark(line.verdict()))),
        pair(line.p50, line.p99),
        pair(line.server_cpu, line.client_cpu),
    ]
}

fn pair(one: Option<f64>, other: Option<f64>) -> String {
    match (one, other) {
        (None, None) => "–".to_owned(),
        _ => [one, other].map(|value| value.map_or_else(|| "–".to_owned(), number)).join(" / "),
    }
}

/// `≥ 0.2 × (0.35)`, or without `×` where the figure itself is meant.
pub(super) fn shown(bar: &Bar) -> String {
    let way = match bar.way {
        Way::AtLeast => '≥',
        Way::AtMost => '≤',
    };
    let times = match bar.of {
        Of::Ratio => " ×",
        Of::Figure => "",
    };
    format!("{way} {}{times} ({})", number(bar.bar), number(bar.goal))
}

/// How a line stands, behind its bar.
pub(super) fn mark(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Goal) => " goal",
        Some(Verdict::Bar) => " reached",
        Some(Verdict::Below) => " MISSED",
        None => "",
    }
}

/// Three digits that count, thousands apart.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.decimals$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (38_123.4, "38,123"),
            (1_000_000.0, "1,000,000"),
            (999.6, "1,000"),
            (123.4, "123"),
            (12.34, "12.3"),
            (4.0, "4"),
            (0.2, "0.2"),
            (0.0314, "0.031"),
            (0.0, "0"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn a_table_stands_straight() {
        let rate = Line::new("post", "64 clients, of SQLite", 3500.0, "posts/s").of(35_000.0);
        let lines = [rate.held_to(Bar::at_least(0.2, 0.35)), Line::new("post", "disk", 2.5, "KB")];
        let table = of(&lines);
        let starts: Vec<_> = table.lines().map(|line| line.find(['w', '6', 'd']).unwrap_or(0)).collect();
        assert_eq!(starts, [6, 6, 6], "{table}");
        assert!(table.contains("≥ 0.2 × (0.35) MISSED"), "{table}");
    }
}
