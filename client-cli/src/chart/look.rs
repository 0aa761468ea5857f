//! How the series of a panel are told apart without colours: each has a line of its own, on paper and on the terminal. Of
//! the marks, form and letter tell the organisation; inside of that they tell the series.

use crate::{
    chart::{Panel, Series},
    drawing::Pattern,
};

/// The line of the series at this place.
pub(super) fn pattern(place: usize) -> Pattern {
    [Pattern::Solid, Pattern::Dashed, Pattern::Dotted, Pattern::DashDotted][place % 4]
}

/// The letter of an organisation in the series at this place.
pub(super) fn letter(place: usize, source: usize) -> char {
    LETTERS[place % LETTERS.len()].chars().nth(source).unwrap_or(OTHER)
}

impl Panel {
    /// Whether the lines lie over one another. Blood pressures do not: where they stand tells which is which.
    pub(super) fn is_mixed(&self) -> bool {
        let bounds: Vec<(f64, f64)> = self.series.iter().map(Series::bounds).collect();
        let meet = |(at, (low, high)): (usize, &(f64, f64))| {
            bounds[at + 1..].iter().any(|(other_low, other_high)| low <= other_high && other_low <= high)
        };
        bounds.iter().enumerate().any(meet)
    }
}

impl Series {
    /// The least and the greatest value.
    fn bounds(&self) -> (f64, f64) {
        let values = self.points.iter().map(|point| point.value);
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    }
}

/// The first organisations have one in each series.
const LETTERS: [&str; 3] = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "1234567890"];
/// All further ones.
const OTHER: char = '#';

#[cfg(test)]
mod tests {
    use super::*;
    use crate::together;

    #[test]
    fn whatever_stands_together_has_letters_and_lines_of_its_own() {
        for code in together::all() {
            assert!(together::of(code).unwrap().len() <= LETTERS.len(), "{code}");
        }
        let first: Vec<char> = (0..LETTERS.len()).map(|place| letter(place, 0)).collect();
        assert_eq!(first, ['A', 'a', '1']);
        assert_eq!((letter(0, 25), letter(0, 26), letter(2, 10)), ('Z', OTHER, OTHER));
        let lines: Vec<Pattern> = (0..4).map(pattern).collect();
        assert!(lines.iter().enumerate().all(|(at, line)| !lines[..at].contains(line)), "{lines:?}");
    }
}
