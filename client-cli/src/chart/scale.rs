//! Where the marks of the two axes stand.

use jiff::{Span, Timestamp, civil, tz::TimeZone};

/// The marks of values: from `low` to `high` in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Values {
    pub(super) low: f64,
    pub(super) high: f64,
    step: f64,
    /// Digits after the point.
    decimals: usize,
}

impl Values {
    /// Round numbers that enclose the bounds, at most so many (3 or more: 0 may lie between them).
    pub(super) fn new((mut low, mut high): (f64, f64), most: usize) -> Self {
        if high - low < f64::EPSILON * high.abs().max(1.0) {
            let around = if low == 0.0 { 1.0 } else { low.abs() * 0.05 };
            (low, high) = (low - around, high + around);
        }
        let steps = most.max(3) - 1;
        let mut power = 10f64.powf(((high - low) / steps as f64).log10().floor());
        loop {
            for factor in [1.0, 2.0, 5.0] {
                let step = factor * power;
                let (from, to) = ((low / step).floor() * step, (high / step).ceil() * step);
                if ((to - from) / step).round() as usize <= steps {
                    let decimals = (-step.log10().floor()).max(0.0) as usize;
                    return Self { low: from, high: to, step, decimals };
                }
            }
            power *= 10.0;
        }
    }

    /// How far from `low` to `high` a value is, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The values and how they are written, least first.
    pub(super) fn marks(&self) -> Vec<(f64, String)> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count)
            .map(|place| {
                let value = self.low + place as f64 * self.step;
                // -0 is 0
                (value, format!("{:.*}", self.decimals, value + 0.0))
            })
            .collect()
    }
}

/// The marks of time: days, or hours of a short time, at equal distances, with their words. `most` says for how many words
/// of so many letters there is room.
pub(super) fn days(
    start: Timestamp,
    end: Timestamp,
    zone: &TimeZone,
    most: impl Fn(usize) -> usize,
) -> Vec<(Timestamp, String)> {
    let (first, last) = (start.to_zoned(zone.clone()), end.to_zoned(zone.clone()));
    let hours = end.duration_since(start).as_secs_f64() / 3600.0;
    let steps = HOURS
        .iter()
        .map(|hours| (f64::from(*hours), Span::new().hours(*hours)))
        .chain(DAYS.iter().map(|days| (f64::from(*days) * 24.0, Span::new().days(*days))));
    let format = |length: f64| match (length < 24.0, first.year() == last.year()) {
        (true, _) => ("%m-%d %H:%M", "07-01 09:00"),
        (false, true) => ("%m-%d", "07-01"),
        (false, false) => ("%Y-%m-%d", "2026-07-01"),
    };
    let room = |length: f64| most(format(length).1.len()).max(1);
    let short = hours <= SHORT;
    let (length, step) = steps
        .filter(|(length, _)| short || *length >= 24.0)
        .find(|(length, _)| hours / length < room(*length) as f64)
        .unwrap_or((LONG, Span::new().days(10_000)));
    let (format, _) = format(length);
    let mut marks = Vec::new();
    let mut at: civil::DateTime = first.date().into();
    while at <= last.datetime() {
        let time = at.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
        if let Some(time) = time.ok().filter(|time| *time >= start && *time <= end) {
            marks.push((time, at.strftime(format).to_string()));
        }
        let Ok(next) = at.checked_add(step) else { break };
        at = next;
    }
    marks.truncate(room(length));
    marks
}

const HOURS: &[i32] = &[1, 2, 3, 6, 12];
const DAYS: &[i32] = &[1, 2, 7, 14, 28, 91, 182, 364, 728, 1_820, 3_640];
/// Hours up to which hours are marked.
const SHORT: f64 = 48.0;
/// Hours of the greatest step.
const LONG: f64 = 240_000.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_marked_with_round_numbers() {
        let marks = |bounds, most| {
            Values::new(bounds, most).marks().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(marks((62.0, 148.0), 6), "60 80 100 120 140 160");
        assert_eq!(marks((36.4, 38.1), 5), "36 37 38 39");
        assert_eq!(marks((36.4, 38.1), 6), "36.0 36.5 37.0 37.5 38.0 38.5");
        assert_eq!(marks((97.0, 97.0), 5), "90 95 100 105");
        assert_eq!(marks((0.0, 0.0), 3), "-1 0 1");
        assert_eq!(marks((0.004, 0.009), 6), "0.004 0.005 0.006 0.007 0.008 0.009");
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let marks = |from, to, most| {
            days(at(from), at(to), &tokyo, |_| most).into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(
            marks("2026-07-01T00:00:00Z", "2026-07-04T20:00:00Z", 9),
            ["07-02", "07-03", "07-04", "07-05"]
        );
        assert_eq!(
            marks("2026-07-01T00:00:00Z", "2026-07-31T00:00:00Z", 5),
            ["07-08", "07-15", "07-22", "07-29"]
        );
        assert_eq!(
            marks("2026-12-30T00:00:00Z", "2027-01-02T00:00:00Z", 5),
            ["2026-12-31", "2027-01-01", "2027-01-02"]
        );
        assert_eq!(
            marks("2026-07-01T00:10:00Z", "2026-07-01T06:00:00Z", 4),
            ["07-01 10:00", "07-01 12:00", "07-01 14:00"]
        );
    }

    proptest! {
        #[test]
        fn marks_enclose_the_bounds(low in -1e6..1e6f64, more in 0.0..1e6f64, most in 3usize..12) {
            let values = Values::new((low, low + more), most);
            prop_assert!(values.low <= low && values.high >= low + more);
            prop_assert!(values.marks().len() <= most, "{:?}", values.marks());
        }

        #[test]
        fn there_are_never_more_days_than_room(seconds in 7200i64..4_000_000_000, most in 1usize..20) {
            let start = at("2020-02-28T13:00:00Z");
            let end = Timestamp::from_second(start.as_second() + seconds).unwrap();
            let marks = days(start, end, &TimeZone::UTC, |_| most);
            prop_assert!(marks.len() <= most);
            prop_assert!(marks.iter().all(|(time, _)| *time >= start && *time <= end));
        }
    }
}
