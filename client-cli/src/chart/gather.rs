//! What the server lists → panels.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use renkei_proto::v1;

use crate::{
    chart::{Chart, Measured, Panel, Series},
    output::{entry, time},
    text::Texts,
    together, unit, vital,
};

/// What was asked for.
pub(crate) struct Asked<'a> {
    /// In the order of the panels; what is not named comes after.
    pub(crate) codes: &'a [String],
    /// From and until when, where that was said.
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) zone: TimeZone,
}

/// The chart of these values, in whatever order they are; `None` if there is nothing to draw.
pub(crate) fn chart(texts: &Texts, values: &[v1::ObservedValue], asked: &Asked<'_>) -> Option<Chart> {
    let mut timed: Vec<(Timestamp, &v1::ObservedValue)> = values
        .iter()
        .filter_map(|value| Some((value.observe_time.as_ref().and_then(time::instant)?, value)))
        .collect();
    timed.sort_by(|(time, value), (other_time, other)| {
        (time, &value.entry_id).cmp(&(other_time, &other.entry_id))
    });
    let (mut panels, mut sources, mut in_words) = (Vec::new(), Vec::new(), 0);
    for (time, value) in &timed {
        match number(value) {
            Some((number, quantity)) => {
                let source = place_of(&mut sources, value);
                let series = series_of(texts, &mut panels, value);
                series.low = bound(&value.low).or(series.low);
                series.high = bound(&value.high).or(series.high);
                series.points.push(Measured {
                    time: *time,
                    value: number,
                    written: quantity.value.clone(),
                    source,
                    entry_id: value.entry_id.clone(),
                });
            }
            None => in_words += 1,
        }
    }
    for panel in &mut panels {
        // 収縮期 stands before 拡張期, whichever was entered first
        panel.series.sort_by_key(|series| together::rank(&series.code));
        let first = &panel.series[0];
        panel.title =
            together::title(&first.code).map_or_else(|| first.name.clone(), |title| texts.get(title));
        tell_apart(&mut panel.series);
    }
    let rank = |panel: &Panel| {
        let code = &panel.series[0].code;
        let named = asked.codes.iter().position(|asked| asked == code);
        (named.is_none(), named, vital::rank(code).is_none(), vital::rank(code))
    };
    panels.sort_by_key(rank);
    let drawn = || panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let (first, last) = (drawn().map(|point| point.time).min()?, drawn().map(|point| point.time).max()?);
    let (mut start, mut end) = (asked.start.unwrap_or(first), asked.end.unwrap_or(last));
    if end.duration_since(start) < LEAST {
        start = start.checked_sub(LEAST).unwrap_or(start);
        end = end.checked_add(LEAST).unwrap_or(end);
    }
    Some(Chart { panels, sources, start, end, zone: asked.zone.clone(), in_words })
}

/// A number, exactly as the server lets one be written.
fn number(value: &v1::ObservedValue) -> Option<(f64, &v1::Quantity)> {
    let quantity = value.value.as_ref()?;
    Some((quantity.value.parse().ok().filter(|number: &f64| number.is_finite())?, quantity))
}

fn bound(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn place_of(sources: &mut Vec<String>, value: &v1::ObservedValue) -> usize {
    let name = value.author.as_ref().map(|author| author.organization_name.as_str()).unwrap_or_default();
    sources.iter().position(|source| source == name).unwrap_or_else(|| {
        sources.push(name.to_owned());
        sources.len() - 1
    })
}

/// The series that the value belongs to, in the panel that it belongs to.
fn series_of<'a>(texts: &Texts, panels: &'a mut Vec<Panel>, value: &v1::ObservedValue) -> &'a mut Series {
    let coding = value.code.clone().unwrap_or_default();
    let observation = v1::Observation { code: value.code.clone(), value: value.value.clone() };
    let (name, _, _) = entry::observation(texts, &observation);
    let unit = value.value.as_ref().map(|quantity| unit::same(&quantity.unit)).unwrap_or_default();
    let same = |series: &Series| series.system == coding.system && series.code == coding.code;
    let panel = panels.iter().position(|panel| {
        let first = &panel.series[0];
        panel.unit == unit && (same(first) || together::are(&first.code, &coding.code))
    });
    let series = || Series {
        name: name.clone(),
        system: coding.system.clone(),
        code: coding.code.clone(),
        low: None,
        high: None,
        points: Vec::new(),
    };
    let panel = panel.unwrap_or_else(|| {
        // What names them all is known once all are there.
        panels.push(Panel { title: String::new(), unit, series: vec![series()] });
        panels.len() - 1
    });
    let all = &mut panels[panel].series;
    let place = all.iter().position(same).unwrap_or_else(|| {
        all.push(series());
        all.len() - 1
    });
    &mut all[place]
}

/// Series that are called the same say their codes.
fn tell_apart(all: &mut [Series]) {
    let names: Vec<String> = all.iter().map(|series| series.name.clone()).collect();
    for series in all {
        if names.iter().filter(|name| **name == series.name).count() > 1 {
            series.name = format!("{} {}", series.name, series.code);
        }
    }
}

/// A shorter time is drawn as this much before and after it.
const LEAST: SignedDuration = SignedDuration::from_hours(1);
