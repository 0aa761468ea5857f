//! Measurements, results, drugs and scores as clinicians read them: on one line, or as a table.

use renkei_proto::v1::{
    AdlScore, Coding, Interpretation, LaboratoryResult, MedicationItem, Observation, ObservedValue, Quantity,
};

use crate::{
    output::{
        line::{Line, Style},
        table::{Column, Table},
    },
    reflect,
    text::{Texts, msg},
    unit,
};

/// Measurements on one line; the two blood pressures as people write them.
pub(super) fn vital_signs(texts: &Texts, observations: &[Observation]) -> String {
    let mut shown = Vec::new();
    let mut rest = observations;
    while let [first, others @ ..] = rest {
        rest = others;
        let (name, mut value, unit) = observation(texts, first);
        let diastolic = others.first().filter(|next| code(first) == "8480-6" && code(next) == "8462-4");
        if let Some(diastolic) = diastolic {
            value = format!("{value}/{}", observation(texts, diastolic).1);
            rest = &others[1..];
            shown.push(format!("{} {value} {unit}", texts.get("vital-blood-pressure")));
        } else {
            shown.push(format!("{name} {value} {unit}"));
        }
    }
    shown.join(" · ")
}

/// Results in rows: item, value, reference range, mark. What lies outside of it stands out.
pub(super) fn laboratory(texts: &Texts, results: &[LaboratoryResult], room: usize) -> Vec<Line> {
    let label = |name: &str| field_label(texts, "LaboratoryResult", name);
    let mut table = Table::new(vec![
        (Column::Text, label("code")),
        // A value that is cut says something else.
        (Column::Wrapped, label("value")),
        (Column::Whole, texts.get("entry-interval")),
        (Column::Whole, texts.get("entry-mark")),
    ]);
    for result in results {
        let style = match mark(result) {
            "" => Style::Plain,
            "LL" | "HH" => Style::Alarm,
            _ => Style::Strong,
        };
        let cells =
            [coding(result.code.as_ref()), outcome(texts, result), interval(result), mark(result).to_owned()];
        table.styled_row(style, cells);
    }
    table.lines(Some(room))
}

/// A result on one line: `K 5.9 mmol/L H`.
pub(super) fn result(texts: &Texts, result: &LaboratoryResult) -> String {
    let text = format!("{} {} {}", coding(result.code.as_ref()), outcome(texts, result), mark(result));
    text.trim().to_owned()
}

/// A measurement as a row shows it.
pub(crate) struct Observed {
    pub(crate) name: String,
    pub(crate) outcome: String,
    /// As laboratories print it; empty: it is as usual.
    pub(crate) mark: &'static str,
}

/// A measurement of whatever entry.
pub(crate) fn observed(texts: &Texts, value: &ObservedValue) -> Observed {
    let ObservedValue { code, value, text, low, high, interpretation, .. } = value.clone();
    let result = LaboratoryResult { code, value, text, low, high, interpretation };
    let short = result.code.as_ref().and_then(|code| texts.find(&format!("vital-{}", code.code)));
    Observed {
        name: short.unwrap_or_else(|| coding(result.code.as_ref())),
        outcome: outcome(texts, &result),
        mark: mark(&result),
    }
}

/// Drugs in rows, with the columns that say something.
pub(super) fn medication(texts: &Texts, items: &[MedicationItem], room: usize) -> Vec<Line> {
    let usage = |item: &MedicationItem| {
        let as_needed = if item.as_needed { label_of(texts, "as_needed") } else { String::new() };
        format!("{as_needed} {}", item.usage).trim().to_owned()
    };
    let days = |item: &MedicationItem| if item.days == 0 { String::new() } else { item.days.to_string() };
    type Cell<'a> = Box<dyn Fn(&MedicationItem) -> String + 'a>;
    let columns: [(Column, &str, Cell<'_>); 7] = [
        (Column::Wrapped, "name", Box::new(|item| item.name.clone())),
        (Column::Wrapped, "dose", Box::new(|item| item.dose.clone())),
        (Column::Wrapped, "usage", Box::new(usage)),
        (Column::Whole, "days", Box::new(days)),
        (Column::Whole, "quantity", Box::new(|item| quantity(texts, item.quantity.as_ref()))),
        (Column::Wrapped, "remark", Box::new(|item| item.remark.clone())),
        (Column::Text, "code", Box::new(|item| coding(item.code.as_ref()))),
    ];
    let used: Vec<_> =
        columns.iter().filter(|(_, _, cell)| items.iter().any(|item| !cell(item).is_empty())).collect();
    let mut table =
        Table::new(used.iter().map(|(column, name, _)| (*column, label_of(texts, name))).collect());
    for item in items {
        table.row(used.iter().map(|(_, _, cell)| cell(item)).collect::<Vec<_>>());
    }
    table.lines(Some(room))
}

/// The Barthel index on one line, with its total.
pub(super) fn barthel(texts: &Texts, scores: &[AdlScore]) -> String {
    let described = reflect::descriptor("AdlScore").and_then(|score| score.get_field_by_name("item"));
    let item = |score: &AdlScore| match described.as_ref().map(|field| field.kind()) {
        Some(prost_reflect::Kind::Enum(items)) => reflect::value_label(texts, &items, score.item),
        _ => score.item.to_string(),
    };
    let shown: Vec<String> = scores.iter().map(|score| format!("{} {}", item(score), score.points)).collect();
    let points: i64 = scores.iter().map(|score| i64::from(score.points)).sum();
    let total = texts.format(&msg!("entry-adl-total", points = points, count = scores.len()));
    format!("{} · {total}", shown.join(" · "))
}

/// What a coding shows a person; its code where it shows nothing.
pub(super) fn coding(coding: Option<&Coding>) -> String {
    let Some(coding) = coding else { return String::new() };
    if coding.display.is_empty() { coding.code.clone() } else { coding.display.clone() }
}

/// A value with its unit as people write it.
pub(super) fn quantity(texts: &Texts, quantity: Option<&Quantity>) -> String {
    let Some(quantity) = quantity else { return String::new() };
    format!("{} {}", quantity.value, unit::shown(texts, &quantity.unit)).trim().to_owned()
}

fn code(observation: &Observation) -> &str {
    observation.code.as_ref().map_or("", |code| &code.code)
}

/// Name, value and unit in words.
pub(crate) fn observation(texts: &Texts, observation: &Observation) -> (String, String, String) {
    let value = observation.value.clone().unwrap_or_default();
    let name = texts
        .find(&format!("vital-{}", code(observation)))
        .unwrap_or_else(|| coding(observation.code.as_ref()));
    (name, value.value, unit::shown(texts, &value.unit))
}

fn outcome(texts: &Texts, result: &LaboratoryResult) -> String {
    if result.value.is_some() { quantity(texts, result.value.as_ref()) } else { result.text.clone() }
}

fn interval(result: &LaboratoryResult) -> String {
    match (result.low.as_str(), result.high.as_str()) {
        ("", "") => String::new(),
        (low, high) => format!("{low}–{high}"),
    }
}

/// The letters that laboratories print; where they said nothing, how the value lies to the limits that they gave.
fn mark(result: &LaboratoryResult) -> &'static str {
    let number = |text: &str| text.parse::<f64>().ok();
    let value = result.value.as_ref().and_then(|value| number(&value.value));
    match result.interpretation() {
        Interpretation::Unspecified => match (value, number(&result.low), number(&result.high)) {
            (Some(value), Some(low), _) if value < low => "L",
            (Some(value), _, Some(high)) if value > high => "H",
            _ => "",
        },
        Interpretation::Normal => "",
        Interpretation::Low => "L",
        Interpretation::High => "H",
        Interpretation::CriticalLow => "LL",
        Interpretation::CriticalHigh => "HH",
        Interpretation::Abnormal => "A",
    }
}

fn label_of(texts: &Texts, field: &str) -> String {
    field_label(texts, "MedicationItem", field)
}

fn field_label(texts: &Texts, message: &str, field: &str) -> String {
    reflect::descriptor(message)
        .and_then(|message| message.get_field_by_name(field))
        .map_or_else(|| field.to_owned(), |field| reflect::field_label(texts, &field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn values_and_limits_are_never_cut_and_keep_their_mark() {
        let result = LaboratoryResult {
            code: Some(Coding { display: "分画".into(), ..Default::default() }),
            text: "桿状核球 12、分葉核球 61、リンパ球 20".into(),
            low: "1234567890.123".into(),
            high: "9876543210.987".into(),
            interpretation: Interpretation::CriticalHigh.into(),
            ..Default::default()
        };
        let lines = laboratory(&Texts::new(Language::Japanese), &[result.clone(), result], 56);
        let alarms =
            lines.iter().filter(|line| line.pieces().iter().all(|(style, _)| *style == Style::Alarm));
        let text: Vec<_> = alarms.map(Line::text).collect();
        assert_eq!((text.len() % 2, text.len() > 2), (0, true), "every line of both rows: {lines:?}");
        let whole = text.concat();
        assert!(!whole.contains('…') && whole.contains("桿状核球") && whole.contains(" 20"), "{text:#?}");
        assert_eq!(whole.matches("1234567890.123–9876543210.987").count(), 2, "{text:#?}");
    }
}
