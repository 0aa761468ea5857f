use jiff::{SignedDuration, Timestamp};
use renkei_proto::v1;

use super::*;
use crate::{
    drawing::{
        Colour, Drawing, Pattern, Shape,
        font::{Fonts, Missing},
        png, svg,
    },
    output::{line::Line, width},
    paper::tests::golden,
    text::{Language, Texts},
};

fn value(
    code: &str,
    display: &str,
    unit: &str,
    time: Timestamp,
    value: f64,
    organization: &str,
) -> v1::ObservedValue {
    v1::ObservedValue {
        code: Some(v1::Coding {
            system: "http://loinc.org".into(),
            code: code.into(),
            display: display.into(),
        }),
        value: Some(v1::Quantity { value: format!("{value:.1}"), unit: unit.into() }),
        observe_time: Some(prost_types::Timestamp { seconds: time.as_second(), nanos: 0 }),
        entry_id: format!("entry-{}", time.as_second()),
        author: Some(v1::Actor { organization_name: organization.into(), ..Default::default() }),
        ..Default::default()
    }
}

/// Two weeks of blood pressure, temperature and a laboratory value, of three organisations, newest first.
pub(crate) fn values() -> Vec<v1::ObservedValue> {
    let start: Timestamp = "2026-06-28T01:00:00Z".parse().unwrap();
    let of = ["みどり訪問看護ステーション", "さくら診療所", "あおぞら薬局 & <介護>"];
    let mut values = Vec::new();
    for day in 0..14i32 {
        let time = start + SignedDuration::from_hours(24 * i64::from(day));
        let wave = f64::from((day * 7) % 11);
        let who = of[usize::try_from(day).unwrap() % 2];
        values.push(value("8462-4", "", "mm[Hg]", time, 70.0 + wave, who));
        values.push(value("8480-6", "", "mm[Hg]", time, 118.0 + 3.0 * wave, who));
        values.push(value("8310-5", "", "Cel", time, 36.0 + wave / 10.0, who));
        if day % 6 == 0 {
            let mut crp = value("1988-5", "CRP", "mg/dL", time, 0.1 + wave / 5.0, of[2]);
            (crp.low, crp.high) = ("0".into(), "0.3".into());
            values.push(crp);
        }
    }
    let mut words = value("1988-5", "CRP", "mg/dL", start, 0.0, of[2]);
    (words.value, words.text) = (None, "検体不良".into());
    values.push(words);
    values.reverse();
    values
}

fn tokyo() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

fn chart_of(values: &[v1::ObservedValue], codes: &[&str]) -> Option<Chart> {
    let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    let asked = Asked { codes: &codes, start: None, end: None, zone: tokyo() };
    chart(&Texts::new(Language::Japanese), values, &asked)
}

fn shown(chart: &Chart, columns: usize) -> Vec<String> {
    let lines = terminal::lines(&Texts::new(Language::Japanese), chart, columns, 10);
    lines.iter().map(Line::text).collect()
}

fn drawn(chart: &Chart) -> (Drawing, Missing) {
    let mut missing = Missing::new();
    let fonts = Fonts::own().unwrap();
    (drawing(&Texts::new(Language::Japanese), chart, &fonts, &mut missing), missing)
}

#[test]
fn panels_are_in_the_order_asked_and_pressures_share_one() {
    let titles = |codes: &[&str]| {
        let chart = chart_of(&values(), codes).unwrap();
        chart.panels.iter().map(|panel| (panel.title.clone(), panel.series.len())).collect::<Vec<_>>()
    };
    let names = |titles: &[(&str, usize)]| {
        titles.iter().map(|(title, of)| ((*title).to_owned(), *of)).collect::<Vec<_>>()
    };
    assert_eq!(titles(&[]), names(&[("血圧", 2), ("体温", 1), ("CRP", 1)]));
    assert_eq!(titles(&["1988-5", "8462-4", "8480-6"]), names(&[("CRP", 1), ("血圧", 2), ("体温", 1)]));
    let chart = chart_of(&values(), &[]).unwrap();
    assert_eq!(chart.panels[0].series[0].code, "8480-6", "whatever was entered first");
    assert_eq!(chart.panels[0].unit, "mm[Hg]", "the code, whatever the language");
    assert!(shown(&chart, 80).contains(&"血圧  mmHg".to_owned()));
    let crp = &chart.panels[2].series[0];
    assert_eq!((crp.low, crp.high, crp.points.len(), chart.in_words), (Some(0.0), Some(0.3), 3, 1));
    assert!(crp.points.is_sorted_by_key(|point| point.time));
}

#[test]
fn the_same_measurement_in_another_unit_has_a_panel_of_its_own() {
    let mut values = values();
    let mut other =
        values.iter().find(|value| value.code.as_ref().unwrap().code == "1988-5").unwrap().clone();
    other.value = Some(v1::Quantity { value: "12".into(), unit: "mg/L".into() });
    values.push(other);
    let chart = chart_of(&values, &["1988-5"]).unwrap();
    assert_eq!(chart.panels.iter().filter(|panel| panel.title == "CRP").count(), 2);
}

#[test]
fn what_was_written_in_former_times_is_in_the_same_panel() {
    let at: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let platelets = |unit, hours, amount| {
        value("777-3", "PLT", unit, at + SignedDuration::from_hours(hours), amount, "さくら診療所")
    };
    let measured =
        [platelets("{万/μL}", 0, 21.0), platelets("10*4/uL", 24, 19.5), platelets("10*3/uL", 48, 190.0)];
    let chart = chart_of(&measured, &[]).unwrap();
    let drawn: Vec<(&str, Vec<f64>)> = chart
        .panels
        .iter()
        .map(|panel| (panel.unit.as_str(), panel.series[0].points.iter().map(|point| point.value).collect()))
        .collect();
    assert_eq!(drawn, [("10*4/uL", vec![21.0, 19.5]), ("10*3/uL", vec![190.0])], "no value is converted");
}

#[test]
fn a_panel_is_called_as_what_is_drawn_first() {
    let at: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let measured = [
        value("13457-7", "LDL-C（計算）", "mg/dL", at, 98.0, "さくら診療所"),
        value("2089-1", "LDL-C", "mg/dL", at + SignedDuration::from_hours(24), 101.0, "さくら診療所"),
    ];
    let chart = chart_of(&measured, &[]).unwrap();
    assert_eq!(
        (chart.panels[0].title.as_str(), chart.panels[0].series[0].code.as_str()),
        ("LDL-C", "2089-1")
    );
}

#[test]
fn sugar_by_a_meter_and_by_a_laboratory_share_a_panel_and_are_told_apart() {
    let at: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let sugar = |code, display, hours, amount| {
        value(code, display, "mg/dL", at + SignedDuration::from_hours(hours), amount, "さくら診療所")
    };
    let measured = [
        sugar("2345-7", "グルコース", 0, 118.0),
        sugar("2339-0", "", 24, 131.0),
        sugar("41653-7", "Glucose", 48, 126.0),
        sugar("2339-0", "", 72, 140.0),
        sugar("13457-7", "LDL-C", 0, 98.0),
        sugar("2089-1", "LDL-C", 72, 101.0),
    ];
    let chart = chart_of(&measured, &["2345-7"]).unwrap();
    let named: Vec<(String, Vec<(String, usize)>)> = chart
        .panels
        .iter()
        .map(|panel| {
            let series = panel.series.iter().map(|series| (series.name.clone(), series.points.len()));
            (panel.title.clone(), series.collect())
        })
        .collect();
    let wanted = [
        ("血糖", vec![("血糖", 2), ("血糖（測定器）", 1), ("血糖（検査）", 1)]),
        ("LDL-C", vec![("LDL-C 2089-1", 1), ("LDL-C 13457-7", 1)]),
    ];
    let wanted = wanted.map(|(title, series)| {
        let series = series.into_iter().map(|(name, points)| (name.to_owned(), points)).collect();
        (title.to_owned(), series)
    });
    assert_eq!(named, wanted);
}

/// Ten days of sugar: as typed, by a meter and by a laboratory, of two organisations, the lines over one another.
fn sugar() -> Vec<v1::ObservedValue> {
    let start: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let of = ["さくら診療所", "みどり訪問看護ステーション"];
    let measured = |number: i64| {
        let code = ["2339-0", "41653-7", "2345-7"][usize::try_from(number % 3).unwrap()];
        let who = of[usize::try_from(number / 3 % 2).unwrap()];
        let wave = ((number * 13) % 17) as f64;
        value(code, "", "mg/dL", start + SignedDuration::from_hours(9 * number), 104.0 + 3.0 * wave, who)
    };
    (0..27).map(measured).collect()
}

#[test]
fn series_over_one_another_are_told_apart_on_the_terminal() {
    let chart = chart_of(&sugar(), &[]).unwrap();
    assert_eq!(chart.panels.len(), 1);
    let lines = shown(&chart, 80);
    assert_eq!(lines[1], "AB ⠤⠤⠤⠤⠤⠤⠤⠤ 血糖   ab ⠤⠤⠤  ⠤⠤⠤ 血糖（測定器）   12 ⠤ ⠤ ⠤ ⠤ 血糖（検査）");
    assert!(shown(&chart, 40)[3].starts_with("12 "), "one under another where there is little room");
    assert!(lines.iter().any(|line| line.starts_with("A a 1 さくら診療所  B b 2 みどり")), "{lines:?}");
    let field: Vec<&String> = lines.iter().filter(|line| line.contains('|')).collect();
    for letter in ['A', 'a', '1', 'B', 'b', '2'] {
        assert!(field.iter().any(|line| line.contains(letter)), "{letter}: {field:?}");
    }
    for columns in [40, 80, 132] {
        for line in shown(&chart, columns) {
            assert!(width::width(&line) <= columns, "{columns}: {line}");
        }
    }
    golden("sugar.txt", (lines.join("\n") + "\n").as_bytes());
}

#[test]
fn series_over_one_another_are_told_apart_on_paper() {
    let chart = chart_of(&sugar(), &[]).unwrap();
    let (drawing, missing) = drawn(&chart);
    assert!(missing.is_empty(), "{missing:?}");
    let lines: Vec<Pattern> = drawing
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Path { points, pattern, .. } if points.len() > 2 => Some(*pattern),
            _ => None,
        })
        .collect();
    assert_eq!(lines, [Pattern::Solid, Pattern::Dashed, Pattern::Dotted]);
    golden("sugar.svg", svg::text(&drawing, &Fonts::own().unwrap()).as_bytes());

    // what is inside the marks: of the second and third series, and in the legend of both
    let hearts = |chart: &Chart| {
        let small = |shape: &&Shape| {
            matches!(shape, Shape::Area { points, fill: Colour::WHITE, .. }
                if points.iter().map(|point| point.1).fold(f32::MIN, f32::max)
                    - points.iter().map(|point| point.1).fold(f32::MAX, f32::min) < 1.5)
        };
        drawn(chart).0.shapes.iter().filter(small).count()
    };
    assert_eq!(hearts(&chart), 9 + 9 + 2);
    let pressure = chart_of(&values(), &["8480-6"]).unwrap();
    assert!(
        !pressure.panels[0].is_mixed() && hearts(&pressure) == 0,
        "where they stand tells which is which"
    );
}

#[test]
fn nothing_to_draw_is_no_chart_and_one_value_is_one() {
    assert!(chart_of(&[], &[]).is_none());
    let mut only = values().remove(0);
    assert!(chart_of(&[only.clone()], &[]).is_none(), "words alone cannot be drawn");
    only.value = Some(v1::Quantity { value: "0".into(), unit: String::new() });
    let chart = chart_of(&[only], &[]).unwrap();
    assert!(chart.start < chart.end);
    assert!(shown(&chart, 80).iter().any(|line| line.contains('A')));
    assert!(drawn(&chart).1.is_empty());
}

#[test]
fn the_terminal_shows_it_in_its_columns() {
    let chart = chart_of(&values(), &[]).unwrap();
    for columns in [40, 80, 132] {
        for line in shown(&chart, columns) {
            assert!(width::width(&line) <= columns, "{columns}: {line}");
        }
    }
    golden("graph.txt", (shown(&chart, 80).join("\n") + "\n").as_bytes());
}

#[test]
fn the_picture_shows_it_within_its_edges() {
    let chart = chart_of(&values(), &[]).unwrap();
    let (drawing, missing) = drawn(&chart);
    let fonts = Fonts::own().unwrap();
    assert!(missing.is_empty(), "{missing:?}");
    let inside = |(x, y): &(f32, f32)| {
        assert!(*x >= 0.0 && *x <= drawing.width && *y >= 0.0 && *y <= drawing.height, "{x} {y}");
    };
    for shape in &drawing.shapes {
        match shape {
            Shape::Text(text) => {
                inside(&text.at);
                inside(&(text.at.0 + fonts.width(&text.text, text.size), text.at.1));
            }
            Shape::Path { points, .. } | Shape::Area { points, .. } => points.iter().for_each(inside),
        }
    }
    let svg = svg::text(&drawing, &fonts);
    assert!(svg.contains("あおぞら薬局 &amp; &lt;介護&gt;") && !svg.contains("<介護>"));
    golden("graph.svg", svg.as_bytes());
}

#[test]
fn the_picture_in_dots_is_the_same_each_time() {
    let chart = chart_of(&values(), &["8480-6"]).unwrap();
    let (drawing, _) = drawn(&chart);
    let fonts = Fonts::own().unwrap();
    let file = png::bytes(&drawing, &fonts).unwrap();
    assert_eq!(file, png::bytes(&drawing, &fonts).unwrap());
    let picture = tiny_skia::Pixmap::decode_png(&file).unwrap();
    assert_eq!(picture.width(), (drawing.width * 2.0).ceil() as u32);
    let dark = picture.pixels().iter().filter(|dot| dot.red() < 0x80).count();
    assert!(dark > 2_000, "letters and lines are there: {dark}");
}
