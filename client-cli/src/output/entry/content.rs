//! What an entry says: every kind by its description, some parts as clinicians are used to read them.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};
use renkei_proto::v1::{EntryContent, VisitNote, entry_content::Content};

use crate::{
    output::{
        entry::measured,
        line::{Line, Style},
        time, width,
    },
    reflect::{self, Known},
    text::{Texts, msg},
};

/// The lines of a content in so many columns. `None`: of a later version, or nothing.
pub(super) fn lines(texts: &Texts, content: &EntryContent, room: usize) -> Option<Vec<Line>> {
    match content.content.as_ref()? {
        Content::VisitNote(note) => Some(visit_note(texts, note, room)),
        Content::Message(message) => Some(wrapped(&message.text, room)),
        _ => reflect::said(content).map(|(_, said)| fields(texts, &said, room)),
    }
}

/// What a content says in few words.
pub(super) fn summary(texts: &Texts, content: &EntryContent) -> String {
    match &content.content {
        Some(Content::Message(message)) => message.text.clone(),
        Some(Content::VisitNote(note)) => sections(note)
            .iter()
            .find(|(_, text)| !text.is_empty())
            .map_or_else(|| measured::vital_signs(texts, &note.observations), |(_, text)| (*text).to_owned()),
        _ => reflect::said(content).map(|(_, said)| in_short(texts, &said)).unwrap_or_default(),
    }
}

/// Every field that says something, in the proto's order.
fn fields(texts: &Texts, message: &DynamicMessage, room: usize) -> Vec<Line> {
    let described = message.descriptor();
    let said = described.fields().filter(|field| message.has_field(field));
    said.flat_map(|field| one_field(texts, &field, &message.get_field(&field), room)).collect()
}

fn one_field(texts: &Texts, field: &FieldDescriptor, value: &Value, room: usize) -> Vec<Line> {
    let label = reflect::field_label(texts, field);
    match (message_name(field).as_str(), value) {
        ("LaboratoryResult", Value::List(results)) => measured::laboratory(texts, &typed(results), room),
        ("MedicationItem", Value::List(items)) => measured::medication(texts, &typed(items), room),
        (_, Value::List(items)) if is_message(field) && !is_one_line(field) => {
            let mut lines = vec![Line::styled(Style::Strong, label)];
            for (at, item) in items.iter().filter_map(Value::as_message).enumerate() {
                lines.extend(list_item(texts, at + 1, item, room));
            }
            lines
        }
        (_, Value::Bool(_)) => vec![Line::plain(label)],
        _ => labelled(&label, &in_words(texts, field, value), room),
    }
}

/// `label: text` where that is one line, else the text below the label.
fn labelled(label: &str, text: &str, room: usize) -> Vec<Line> {
    if !text.contains('\n') && width::width(label) + width::width(text) + 2 <= room {
        return vec![Line::styled(Style::Strong, format!("{label}: ")).and(Style::Plain, text)];
    }
    let mut lines = vec![Line::styled(Style::Strong, label)];
    lines.extend(wrapped(text, room.saturating_sub(STEP)).into_iter().map(|line| line.indented(STEP)));
    lines
}

/// `1. first field · label: second field`, on one line or several.
fn list_item(texts: &Texts, number: usize, item: &DynamicMessage, room: usize) -> Vec<Line> {
    let described = item.descriptor();
    let mut said = described.fields().filter(|field| item.has_field(field));
    let Some(first) = said.next() else { return Vec::new() };
    let head = format!("{number}. {}", in_words(texts, &first, &item.get_field(&first)));
    let rest: Vec<FieldDescriptor> = said.collect();
    let parts = rest.iter().map(|field| {
        let value = in_words(texts, field, &item.get_field(field));
        format!("{}: {value}", reflect::field_label(texts, field))
    });
    let line = std::iter::once(head.clone()).chain(parts).collect::<Vec<_>>().join(" · ");
    if !line.contains('\n') && width::width(&line) <= room {
        return vec![Line::plain(line)];
    }
    let mut lines = wrapped(&head, room);
    for field in rest {
        let below = one_field(texts, &field, &item.get_field(&field), room.saturating_sub(STEP));
        lines.extend(below.into_iter().map(|line| line.indented(STEP)));
    }
    lines
}

/// A value as text; that of a text may have several lines.
fn in_words(texts: &Texts, field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(described) => reflect::value_label(texts, &described, *number),
            _ => number.to_string(),
        },
        Value::Bool(_) => reflect::field_label(texts, field),
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::List(values) => match message_name(field).as_str() {
            "Observation" => measured::vital_signs(texts, &typed(values)),
            "AdlScore" => measured::barthel(texts, &typed(values)),
            _ => values.iter().map(|value| in_words(texts, field, value)).collect::<Vec<_>>().join("、"),
        },
        Value::Message(message) => match reflect::known(field) {
            Some(Known::Timestamp) => time::local(reflect::typed(value).as_ref()),
            Some(Known::Date) => reflect::typed(value).map(|day| time::day(&day)).unwrap_or_default(),
            Some(Known::Coding) => measured::coding(reflect::typed(value).as_ref()),
            Some(Known::Quantity) => measured::quantity(texts, reflect::typed(value).as_ref()),
            None if message_name(field) == "LaboratoryResult" => {
                reflect::typed(value).map(|result| measured::result(texts, &result)).unwrap_or_default()
            }
            None => {
                let first = message.descriptor().fields().find(|field| message.has_field(field));
                first.map(|field| in_words(texts, &field, &message.get_field(&field))).unwrap_or_default()
            }
        },
        _ => String::new(),
    }
}

/// The fields one after the other, without the times, of which the heading tells.
fn in_short(texts: &Texts, message: &DynamicMessage) -> String {
    let described = message.descriptor();
    let said = described
        .fields()
        .filter(|field| message.has_field(field) && reflect::known(field) != Some(Known::Timestamp));
    let words = said.map(|field| in_words(texts, &field, &message.get_field(&field)));
    words.filter(|words| !words.is_empty()).take(FEW).collect::<Vec<_>>().join(" · ").replace('\n', " ")
}

fn visit_note(texts: &Texts, note: &VisitNote, room: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(time) = &note.visit_time {
        lines.push(Line::plain(texts.format(&msg!("entry-visit-time", time = time::local(Some(time))))));
    }
    for (letter, text) in sections(note) {
        for (index, part) in width::wrap(text, room.saturating_sub(3)).into_iter().enumerate() {
            let mark = if index == 0 { letter } else { " " };
            lines.push(Line::styled(Style::Strong, format!("{mark}  ")).and(Style::Plain, part));
        }
    }
    if !note.observations.is_empty() {
        let label = texts.get("entry-vital-signs");
        let shown = measured::vital_signs(texts, &note.observations);
        lines.extend(wrapped(&format!("{label}: {shown}"), room));
    }
    lines
}

fn sections(note: &VisitNote) -> [(&'static str, &str); 4] {
    [("S", &note.subjective), ("O", &note.objective), ("A", &note.assessment), ("P", &note.plan)]
}

fn wrapped(text: &str, room: usize) -> Vec<Line> {
    width::wrap(text, room).into_iter().map(Line::plain).collect()
}

fn typed<M: prost::Message + Default>(values: &[Value]) -> Vec<M> {
    values.iter().filter_map(reflect::typed).collect()
}

/// The type of the message that a field holds; empty where it holds none.
fn message_name(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(message) => message.name().to_owned(),
        _ => String::new(),
    }
}

fn is_message(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(_))
}

fn is_one_line(field: &FieldDescriptor) -> bool {
    matches!(message_name(field).as_str(), "Observation" | "AdlScore")
}

/// Columns by which what belongs to something stands further to the right.
const STEP: usize = 2;
/// As many fields as a line is likely to hold.
const FEW: usize = 6;
