//! Measurements over time: gathered from what the server lists, and drawn on the terminal, or as a picture, or on paper.

mod gather;
mod labels;
mod look;
mod plot;
mod scale;
pub(crate) mod terminal;

pub(crate) use self::{
    gather::{Asked, chart},
    plot::{drawing, drawings},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{text::Texts, unit};

/// Panels over one another with the same time below them.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) panels: Vec<Panel>,
    /// The organisations whose people measured, in the order of their first measurement.
    pub(crate) sources: Vec<String>,
    pub(crate) start: Timestamp,
    /// Later than `start`.
    pub(crate) end: Timestamp,
    /// Whose days are marked.
    pub(crate) zone: TimeZone,
    /// Results in words, which no graph can show.
    pub(crate) in_words: usize,
}

/// What has one scale: one measurement, or the two blood pressures.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    /// UCUM, whatever the language.
    pub(crate) unit: String,
    pub(crate) series: Vec<Series>,
}

/// One measurement over time.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// `http://loinc.org`, and its code there.
    pub(crate) system: String,
    pub(crate) code: String,
    /// 基準範囲, as the newest value that has one says it.
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    /// Oldest first; at least one.
    pub(crate) points: Vec<Measured>,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) time: Timestamp,
    pub(crate) value: f64,
    /// The number as it was entered.
    pub(crate) written: String,
    /// Place in [`Chart::sources`].
    pub(crate) source: usize,
    /// UUID of the entry that tells it.
    pub(crate) entry_id: String,
}

impl Panel {
    /// What stands after the title: the unit as people read it.
    fn in_unit(&self, texts: &Texts) -> String {
        let shown = unit::shown(texts, &self.unit);
        if shown.is_empty() { shown } else { format!("  {shown}") }
    }

    /// The least and the greatest of what is drawn.
    fn bounds(&self) -> (f64, f64) {
        let drawn = self.series.iter().flat_map(|series| {
            series.points.iter().map(|point| point.value).chain(series.low).chain(series.high)
        });
        drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    }
}

impl Chart {
    /// How far from the start to the end a time is, from 0 to 1.
    fn share(&self, time: Timestamp) -> f64 {
        let whole = self.end.duration_since(self.start).as_secs_f64();
        (time.duration_since(self.start).as_secs_f64() / whole).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
pub(crate) mod tests;
