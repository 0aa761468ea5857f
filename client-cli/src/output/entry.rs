//! Entries as people read them: who, when, what, and below it the answers.

use renkei_proto::v1::{self, entry_content::Content};

use crate::{
    output::{
        Output,
        label::words,
        line::{Line, Style},
        notice, time,
    },
    text::{Texts, msg},
};

mod content;
mod heading;
mod measured;

pub(crate) use self::{
    heading::{circumstances, intent, kind, marks, occurred},
    measured::{observation, observed},
};

/// Entries in the order of the timeline, oldest first, under the days on which they were posted; an answer stands under what it answers where
/// that is shown too.
pub(crate) fn timeline(texts: &Texts, out: Output, entries: &[v1::Entry]) -> Vec<Line> {
    let mut sorted: Vec<&v1::Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.seq);
    let shown = |id: &str| sorted.iter().any(|entry| entry.entry_id == id);
    let mut lines = Vec::new();
    let mut day = String::new();
    for entry in sorted.iter().filter(|entry| !shown(&entry.reply_to_entry_id)) {
        let posted = time::local_day(entry.post_time.as_ref());
        if posted != day {
            lines.extend([Line::styled(Style::Heading, posted.as_str()), Line::empty()]);
            day = posted;
        }
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
    let mut lines = vec![heading::line(texts, entry, depth)];
    lines.extend(heading::circumstances(texts, entry, depth).into_iter().map(|line| line.indented(INDENT)));
    lines.extend(body(texts, entry, room).into_iter().map(|line| line.indented(INDENT)));
    for file in &entry.attachments {
        lines.push(attachment(texts, file).indented(INDENT));
    }
    lines.push(Line::styled(Style::Faint, entry.entry_id.as_str()).indented(INDENT));
    lines.push(Line::empty());
    lines.into_iter().map(|line| line.indented(indent)).collect()
}

/// Who, when, of which kind and how it stands, on one line; for lists.
pub(crate) fn heading(texts: &Texts, entry: &v1::Entry) -> Line {
    heading::line(texts, entry, 0)
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
    let text = content.map(|content| content::summary(texts, content)).unwrap_or_default();
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

/// What an entry says, in lines of at most so many columns.
pub(crate) fn body(texts: &Texts, entry: &v1::Entry, room: usize) -> Vec<Line> {
    if entry.damaged {
        return vec![Line::styled(Style::Alarm, texts.get("entry-damaged"))];
    }
    match content(entry) {
        Some(Content::Notice(notice)) => notice::lines(texts, entry.author.as_ref(), notice, room),
        // The circumstances say what it takes back, and why.
        Some(Content::Retraction(_)) => Vec::new(),
        _ => entry
            .content
            .as_ref()
            .and_then(|content| content::lines(texts, content, room))
            .unwrap_or_else(|| vec![Line::styled(Style::Faint, texts.get("entry-unknown"))]),
    }
}

fn content(entry: &v1::Entry) -> Option<&Content> {
    entry.content.as_ref()?.content.as_ref()
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
