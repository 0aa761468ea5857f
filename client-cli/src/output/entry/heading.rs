//! What stands above what an entry says: who, when, of which kind, how it stands, and in what circumstances.

use renkei_proto::v1::{self, EntryKind, EntryStatus, MessageIntent, QuestionState, entry_content::Content};

use crate::{
    output::{
        entry::{actor, content, restriction},
        label::words,
        line::{Line, Style},
        time,
    },
    text::{Texts, msg},
};

/// The first line.
pub(super) fn line(texts: &Texts, entry: &v1::Entry, depth: usize) -> Line {
    let mut line = Line::default();
    if depth > 0 {
        line = line.and(Style::Faint, "↳ ");
    }
    line = line
        .and(Style::Faint, format!("#{} ", entry.seq))
        .and(Style::Plain, format!("{}  ", time::local(entry.post_time.as_ref())))
        .and(Style::Strong, actor(texts, entry.author.as_ref()))
        .and(Style::Plain, format!("  {}", kind(texts, entry)));
    for (style, mark) in marks(texts, entry) {
        line = line.and(Style::Plain, "  ").and(style, mark);
    }
    line
}

/// The lines below it: what it takes the place of, for whom it was entered, whom it is addressed to, when it was
/// written, and when what it tells of was if that was on another day.
pub(crate) fn circumstances(texts: &Texts, entry: &v1::Entry, depth: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |text: String| lines.push(Line::styled(Style::Faint, text));
    if depth == 0 && !entry.reply_to_entry_id.is_empty() {
        say(texts.format(&msg!("entry-reply-to", entry = entry.reply_to_entry_id)));
    }
    if let Some(v1::Amendment { entry_id, reason }) = &entry.amendment {
        let retracts = matches!(content(entry), Some(Content::Retraction(_)));
        say(texts.format(&match retracts {
            true => msg!("entry-retracts", entry = entry_id, reason = reason),
            false => msg!("entry-corrects", entry = entry_id, reason = reason),
        }));
    }
    if !entry.amended_by_entry_id.is_empty() {
        say(texts.format(&msg!("entry-amended-by", entry = entry.amended_by_entry_id)));
    }
    if let Some(responsible) = &entry.responsible {
        let author = entry.author.as_ref().map_or("", |author| &author.person_name);
        let name = &responsible.person_name;
        say(texts.format(&msg!("entry-proxy", author = author, responsible = name)));
        if let Some(moment) = &responsible.finalize_time {
            let moment = time::local(Some(moment));
            say(texts.format(&msg!("entry-finalized", responsible = name, time = moment)));
        }
    }
    if !entry.mentions.is_empty() {
        let mentions: Vec<String> = entry.mentions.iter().map(|mention| mentioned(texts, mention)).collect();
        say(texts.format(&msg!("entry-mentions", mentions = mentions.join(" "))));
    }
    let written = time::local(entry.write_time.as_ref());
    if !written.is_empty() && written != time::local(entry.post_time.as_ref()) {
        say(texts.format(&msg!("entry-written", time = written)));
    }
    // It stands under the day on which it was posted.
    if time::local_day(entry.occur_time.as_ref()) != time::local_day(entry.post_time.as_ref()) {
        occurred(texts, entry).into_iter().for_each(say);
    }
    lines
}

/// When what it tells of was, where that was neither when it was posted nor when it was written.
pub(crate) fn occurred(texts: &Texts, entry: &v1::Entry) -> Option<String> {
    let occurred = time::local(entry.occur_time.as_ref());
    let told = [&entry.post_time, &entry.write_time].map(|time| time::local(time.as_ref()));
    let is_news = !occurred.is_empty() && !told.contains(&occurred);
    is_news.then(|| texts.format(&msg!("entry-occurred", time = occurred)))
}

/// Whom it is addressed to: `@高橋 純子`, `@看護師`, `@ひまわり訪問看護ステーション（看護師）`.
pub(crate) fn mentioned(texts: &Texts, mention: &v1::Mention) -> String {
    let role = (mention.role != 0).then(|| words::<v1::Role>(texts, mention.role));
    let id = if mention.person_id.is_empty() { &mention.organization_id } else { &mention.person_id };
    let name = if mention.name.is_empty() { id } else { &mention.name };
    match (name.is_empty(), role) {
        (false, Some(role)) => texts.format(&msg!("entry-mention-role", name = name, role = role)),
        (false, None) => format!("@{name}"),
        (true, role) => format!("@{}", role.unwrap_or_default()),
    }
}

/// The kind, and the category where that is another word.
pub(crate) fn kind(texts: &Texts, entry: &v1::Entry) -> String {
    let category = words::<v1::Category>(texts, entry.category);
    if entry.kind == 0 {
        return category;
    }
    let kind = words::<EntryKind>(texts, entry.kind);
    if kind == category || entry.category == 0 {
        return kind;
    }
    texts.format(&msg!("entry-kind-category", kind = kind, category = category))
}

/// How an entry stands, and what must not be overlooked.
pub(crate) fn marks(texts: &Texts, entry: &v1::Entry) -> Vec<(Style, String)> {
    let mut marks = Vec::new();
    if let Some(Content::Message(message)) = content(entry)
        && message.intent != 0
    {
        let mut intent = intent(texts, message.intent);
        let mut style = Style::Plain;
        if entry.question_state != 0 {
            intent = format!("{intent}: {}", words::<QuestionState>(texts, entry.question_state));
        }
        if entry.question_state == i32::from(QuestionState::Open) {
            style = Style::Strong;
        }
        marks.push((style, intent));
    }
    let status = words::<EntryStatus>(texts, entry.status);
    match EntryStatus::try_from(entry.status) {
        Ok(EntryStatus::Unspecified | EntryStatus::Final) => {}
        Ok(EntryStatus::Corrected) => marks.push((Style::Faint, status)),
        Ok(EntryStatus::Preliminary | EntryStatus::EnteredInError) | Err(_) => {
            marks.push((Style::Alarm, status));
        }
    }
    if entry.revision > 1 {
        marks.push((Style::Plain, texts.format(&msg!("entry-revision", revision = entry.revision))));
    }
    marks.extend(restriction(texts, entry).map(|restriction| (Style::Strong, restriction)));
    if entry.urgent {
        marks.push((Style::Alarm, texts.get("entry-urgent")));
    }
    if !entry.read {
        marks.push((Style::Fresh, texts.get("entry-unread")));
    }
    if entry.acknowledged {
        marks.push((Style::Faint, texts.get("entry-acknowledged")));
    }
    marks
}

/// What a message is meant as, in a word; empty for nothing particular.
pub(crate) fn intent(texts: &Texts, intent: i32) -> String {
    texts.find(&format!("{INTENT}{}", intent_name(intent))).unwrap_or_default()
}

fn intent_name(intent: i32) -> String {
    MessageIntent::try_from(intent).map_or_else(
        |_| intent.to_string(),
        |intent| {
            intent.as_str_name().trim_start_matches("MESSAGE_INTENT_").to_ascii_lowercase().replace('_', "-")
        },
    )
}

const INTENT: &str = "value-message-intent-";
