//! Entries as people read them: who, when, what, and below it the answers.

use renkei_proto::v1::{self, entry_content::Content};

use crate::{
    output::{
        Output,
        label::words,
        line::{Line, Style},
        notice, time, width,
    },
    text::{Texts, msg},
};

/// Entries in the order of the timeline, oldest first; an answer stands under what it answers where
/// that is shown too.
pub(crate) fn timeline(texts: &Texts, out: Output, entries: &[v1::Entry]) -> Vec<Line> {
    let mut sorted: Vec<&v1::Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.seq);
    let shown = |id: &str| sorted.iter().any(|entry| entry.entry_id == id);
    let mut lines = Vec::new();
    for entry in sorted.iter().filter(|entry| !shown(&entry.reply_to_entry_id)) {
        thread(texts, out, &sorted, entry, 0, &mut lines);
    }
    lines
}

fn thread(
    texts: &Texts,
    out: Output,
    all: &[&v1::Entry],
    entry: &v1::Entry,
    depth: usize,
    lines: &mut Vec<Line>,
) {
    lines.extend(one(texts, out, entry, depth));
    // An answer always has a later place, so this ends.
    let answers =
        all.iter().filter(|other| other.reply_to_entry_id == entry.entry_id && other.seq > entry.seq);
    for answer in answers {
        thread(texts, out, all, answer, depth + 1, lines);
    }
}

/// One entry, with an empty line after it.
pub(crate) fn one(texts: &Texts, out: Output, entry: &v1::Entry, depth: usize) -> Vec<Line> {
    let indent = depth.min(DEEPEST) * INDENT;
    let room = out.columns().unwrap_or(UNLIMITED).saturating_sub(indent + INDENT);
    let mut lines = vec![heading(texts, entry, depth)];
    if depth == 0 && !entry.reply_to_entry_id.is_empty() {
        let reply = texts.format(&msg!("entry-reply-to", entry = entry.reply_to_entry_id));
        lines.push(Line::styled(Style::Faint, reply).indented(INDENT));
    }
    lines.extend(body(texts, entry, room).into_iter().map(|line| line.indented(INDENT)));
    for file in &entry.attachments {
        lines.push(attachment(texts, file).indented(INDENT));
    }
    lines.push(Line::styled(Style::Faint, entry.entry_id.as_str()).indented(INDENT));
    lines.push(Line::empty());
    lines.into_iter().map(|line| line.indented(indent)).collect()
}

/// What an entry says first, on one line.
pub(crate) fn first_line(texts: &Texts, entry: &v1::Entry) -> String {
    if entry.damaged {
        return texts.get("entry-damaged");
    }
    if let Some(Content::Notice(notice)) = content(entry) {
        return notice::sentence(texts, entry.author.as_ref(), notice);
    }
    content_first_line(texts, entry.content.as_ref())
}

/// What a content that somebody wrote says first, on one line.
pub(crate) fn content_first_line(texts: &Texts, content: Option<&v1::EntryContent>) -> String {
    let text = match content.and_then(|content| content.content.as_ref()) {
        Some(Content::Message(message)) => message.text.clone(),
        Some(Content::VisitNote(note)) => sections(note)
            .iter()
            .find(|(_, text)| !text.is_empty())
            .map_or_else(|| vital_signs(texts, note), |(_, text)| (*text).to_owned()),
        Some(_) | None => String::new(),
    };
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// What stands beside an entry that a consent must name; `None` for the others.
pub(crate) fn restriction(texts: &Texts, entry: &v1::Entry) -> Option<String> {
    restriction_of(texts, entry.sensitivity)
}

/// The same of a sensitivity.
pub(crate) fn restriction_of(texts: &Texts, sensitivity: i32) -> Option<String> {
    let is_restricted = sensitivity > v1::Sensitivity::Normal.into();
    let sensitivity = words::<v1::Sensitivity>(texts, sensitivity);
    // A value of a later version is restricted too.
    is_restricted.then(|| texts.format(&msg!("entry-restricted", sensitivity = sensitivity)))
}

/// Who did something, and as what.
pub(crate) fn actor(texts: &Texts, actor: Option<&v1::Actor>) -> String {
    let Some(actor) = actor else { return String::new() };
    let role = words::<v1::Role>(texts, actor.role);
    texts.format(&msg!(
        "actor",
        name = actor.person_name,
        role = role,
        organization = actor.organization_name
    ))
}

fn heading(texts: &Texts, entry: &v1::Entry, depth: usize) -> Line {
    let mut line = Line::default();
    if depth > 0 {
        line = line.and(Style::Faint, "↳ ");
    }
    line = line
        .and(Style::Faint, format!("#{} ", entry.seq))
        .and(Style::Plain, format!("{}  ", time::local(entry.post_time.as_ref())))
        .and(Style::Strong, actor(texts, entry.author.as_ref()))
        .and(Style::Plain, format!("  {}", words::<v1::Category>(texts, entry.category)));
    if let Some(restriction) = restriction(texts, entry) {
        line = line.and(Style::Plain, "  ").and(Style::Strong, restriction);
    }
    if entry.urgent {
        line = line.and(Style::Plain, "  ").and(Style::Alarm, texts.get("entry-urgent"));
    }
    if !entry.read {
        line = line.and(Style::Plain, "  ").and(Style::Fresh, texts.get("entry-unread"));
    }
    line
}

fn body(texts: &Texts, entry: &v1::Entry, room: usize) -> Vec<Line> {
    if entry.damaged {
        return vec![Line::styled(Style::Alarm, texts.get("entry-damaged"))];
    }
    match content(entry) {
        Some(Content::Message(message)) => {
            width::wrap(&message.text, room).into_iter().map(Line::plain).collect()
        }
        Some(Content::VisitNote(note)) => visit_note(texts, note, room),
        Some(Content::Notice(notice)) => notice::lines(texts, entry.author.as_ref(), notice, room),
        _ => vec![Line::styled(Style::Faint, texts.get("entry-unknown"))],
    }
}

fn content(entry: &v1::Entry) -> Option<&Content> {
    entry.content.as_ref()?.content.as_ref()
}

fn visit_note(texts: &Texts, note: &v1::VisitNote, room: usize) -> Vec<Line> {
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
        let wrapped = width::wrap(&format!("{label}: {}", vital_signs(texts, note)), room);
        lines.extend(wrapped.into_iter().map(Line::plain));
    }
    lines
}

fn sections(note: &v1::VisitNote) -> [(&'static str, &str); 4] {
    [("S", &note.subjective), ("O", &note.objective), ("A", &note.assessment), ("P", &note.plan)]
}

/// Measurements on one line; the two blood pressures as people write them.
fn vital_signs(texts: &Texts, note: &v1::VisitNote) -> String {
    let mut shown = Vec::new();
    let mut rest = note.observations.as_slice();
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

fn code(observation: &v1::Observation) -> &str {
    observation.code.as_ref().map_or("", |code| &code.code)
}

/// Name, value and unit in words.
fn observation(texts: &Texts, observation: &v1::Observation) -> (String, String, String) {
    let coding = observation.code.clone().unwrap_or_default();
    let value = observation.value.clone().unwrap_or_default();
    let otherwise = if coding.display.is_empty() { coding.code.clone() } else { coding.display };
    let unit = match value.unit.as_str() {
        "Cel" => "℃".to_owned(),
        "mm[Hg]" => "mmHg".to_owned(),
        _ => value.unit,
    };
    (texts.find(&format!("vital-{}", coding.code)).unwrap_or(otherwise), value.value, unit)
}

fn attachment(texts: &Texts, file: &v1::AttachmentSummary) -> Line {
    let label = format!("{}: ", texts.get("entry-attachment"));
    if file.damaged {
        return Line::plain(label).and(Style::Alarm, texts.get("entry-damaged"));
    }
    let size = indicatif::BinaryBytes(file.size.unsigned_abs());
    Line::plain(format!("{label}{} ({}, {size})  ", file.file_name, file.content_type))
        .and(Style::Faint, file.attachment_id.as_str())
}

const INDENT: usize = 4;
const DEEPEST: usize = 4;
/// Where there is no terminal, lines are not broken.
const UNLIMITED: usize = usize::MAX / 2;

#[cfg(test)]
mod tests;
