//! The box that texts are typed into. What is typed stays until it is on the disk.

use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use renkei_proto::v1::{
    CorrectEntryRequest, Entry, EntryContent, Mention, Message, MessageIntent, PostEntryRequest,
    entry_content::Content,
};
use uuid::Uuid;

use crate::{
    draft::{Draft, Request},
    output::sanitize,
};

/// A text that was begun.
#[derive(Debug)]
pub(crate) struct Compose {
    pub(crate) target: Target,
    pub(crate) area: TextArea<'static>,
    /// 至急.
    pub(crate) urgent: bool,
    /// What it is meant as.
    pub(crate) intent: MessageIntent,
    pub(crate) whom: Whom,
    /// Why it corrects, as far as it was typed.
    pub(crate) reason: String,
}

/// Whom a text is addressed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Whom {
    /// As it was typed.
    pub(crate) typed: String,
    pub(crate) mentions: Vec<Mention>,
    /// What was typed last and is being looked up.
    pub(crate) asked: Option<String>,
    /// What was typed last and could not be looked up: nothing is sent until it is put right.
    pub(crate) failed: Option<String>,
}

impl Whom {
    /// What the line to change it begins with.
    pub(crate) fn in_line(&self) -> &str {
        self.asked.as_ref().or(self.failed.as_ref()).unwrap_or(&self.typed)
    }
}

/// Where a text goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) patient_id: String,
    pub(crate) purpose: Purpose,
}

/// As what it goes there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Purpose {
    New,
    Reply(Other),
    Correction(Other),
}

/// The entry that it is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Other {
    pub(crate) entry_id: String,
    pub(crate) seq: i64,
    /// Who wrote that.
    pub(crate) author: String,
}

impl Other {
    pub(crate) fn new(entry: &Entry) -> Self {
        let author = entry.author.as_ref().map(|author| author.person_name.clone()).unwrap_or_default();
        Self { entry_id: entry.entry_id.clone(), seq: entry.seq, author }
    }
}

impl Compose {
    pub(crate) fn new(target: Target) -> Self {
        let intent = MessageIntent::Unspecified;
        Self { target, area: area(), urgent: false, intent, whom: Whom::default(), reason: String::new() }
    }

    /// What a message says, to be corrected.
    pub(crate) fn correcting(target: Target, message: &Message) -> Self {
        let mut compose = Self::new(target);
        compose.insert(&message.text);
        compose.intent = message.intent();
        compose
    }

    /// What a draft holds, to be typed on. `None`: it is no message.
    pub(crate) fn of(draft: &Draft, author: String, seq: i64) -> Option<Self> {
        let other = |entry_id: &String| Other { entry_id: entry_id.clone(), seq, author };
        let (content, purpose) = match &draft.request {
            Request::Entry(request) if request.reply_to_entry_id.is_empty() => {
                (&request.content, Purpose::New)
            }
            Request::Entry(request) => (&request.content, Purpose::Reply(other(&request.reply_to_entry_id))),
            Request::Correction(request) => {
                (&request.content, Purpose::Correction(other(&request.corrects_entry_id)))
            }
            _ => return None,
        };
        let Some(Content::Message(message)) = content.as_ref()?.content.as_ref() else { return None };
        let mut compose =
            Self::correcting(Target { patient_id: draft.patient_id().to_owned(), purpose }, message);
        match &draft.request {
            Request::Entry(request) => {
                compose.urgent = request.urgent;
                compose.whom.mentions.clone_from(&request.mentions);
            }
            Request::Correction(request) => compose.reason.clone_from(&request.reason),
            _ => {}
        }
        Some(compose)
    }

    pub(crate) fn is_correction(&self) -> bool {
        matches!(self.target.purpose, Purpose::Correction(_))
    }

    /// The next of what it may be meant as; only a reply answers.
    pub(crate) fn mean_the_next(&mut self) {
        self.intent = match self.intent {
            MessageIntent::Unspecified => MessageIntent::Question,
            MessageIntent::Question => MessageIntent::Report,
            MessageIntent::Report if matches!(self.target.purpose, Purpose::Reply(_)) => {
                MessageIntent::Answer
            }
            MessageIntent::Report | MessageIntent::Answer => MessageIntent::Unspecified,
        };
    }

    /// The text as it will be sent.
    pub(crate) fn text(&self) -> String {
        self.area.lines().join("\n").trim().to_owned()
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Adds a text at the cursor, as from the clipboard.
    pub(crate) fn insert(&mut self, text: &str) {
        self.area.insert_str(harmless(text));
    }

    /// What `renkei post` would keep and send, or `renkei entry correct` for this reason: a correction keeps every file of
    /// what it corrects.
    pub(crate) fn draft(&self, reason: &str) -> Draft {
        let message = Message { text: self.text(), intent: self.intent.into() };
        let content = Some(EntryContent { content: Some(Content::Message(message)) });
        let (request_id, entry_id) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let (id, patient_id) = (entry_id.clone(), self.target.patient_id.clone());
        let request = match &self.target.purpose {
            Purpose::Correction(other) => Request::Correction(CorrectEntryRequest {
                request_id,
                patient_id,
                entry_id,
                corrects_entry_id: other.entry_id.clone(),
                reason: reason.to_owned(),
                content,
                ..Default::default()
            }),
            purpose => Request::Entry(PostEntryRequest {
                request_id,
                patient_id,
                entry_id,
                content,
                reply_to_entry_id: match purpose {
                    Purpose::Reply(other) => other.entry_id.clone(),
                    _ => String::new(),
                },
                urgent: self.urgent,
                mentions: self.whom.mentions.clone(),
                ..Default::default()
            }),
        };
        let without = self.is_correction().then(Vec::new);
        Draft { without, ..Draft::new(&id, &self.target.patient_id, request, Vec::new()) }
    }
}

/// An area for texts: lines break where the box ends, the cursor is the terminal's own, so that an input method
/// shows its candidates beside it.
pub(crate) fn area() -> TextArea<'static> {
    let mut area = TextArea::default();
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::default());
    area.set_cursor_style(ratatui::style::Style::default());
    area
}

/// An area for a line.
pub(crate) fn line(text: &str) -> TextArea<'static> {
    let mut line = area();
    line.set_wrap_mode(WrapMode::None);
    line.insert_str(text);
    line.move_cursor(CursorMove::End);
    line
}

/// A pasted text without what a terminal would obey or nobody would see.
pub(crate) fn harmless(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    text.chars().filter(|c| *c == '\n' || !c.is_control() && !sanitize::is_hazardous(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target { patient_id: "p".into(), purpose: Purpose::New }
    }

    #[test]
    fn what_is_pasted_does_not_reach_the_terminal_as_commands() {
        let mut compose = Compose::new(target());
        compose.insert("一行目\r\n二\t行目\x1b[2J\u{202e}\n");
        assert_eq!(compose.area.lines(), ["一行目", "二 行目[2J", ""]);
        assert_eq!(compose.text(), "一行目\n二 行目[2J");
    }

    #[test]
    fn a_draft_can_be_typed_on() {
        let other = Other { entry_id: "e".into(), seq: 3, author: "佐藤".into() };
        for purpose in [Purpose::Reply(other.clone()), Purpose::Correction(other)] {
            let mut compose = Compose::new(Target { purpose, ..target() });
            compose.insert("了解しました。\n明日伺います。");
            compose.intent = MessageIntent::Answer;
            compose.urgent = !compose.is_correction();
            let again = Compose::of(&compose.draft("誤記"), "佐藤".into(), 3).unwrap();
            assert_eq!((again.text(), &again.target), (compose.text(), &compose.target));
            assert_eq!((again.urgent, again.intent), (compose.urgent, MessageIntent::Answer));
            assert!(Compose::new(target()).is_blank() && !again.is_blank());
        }
    }

    #[test]
    fn only_a_reply_can_be_meant_as_an_answer() {
        let meant = |purpose: Purpose| {
            let mut compose = Compose::new(Target { purpose, ..target() });
            let mut intents = vec![compose.intent];
            loop {
                compose.mean_the_next();
                if compose.intent == MessageIntent::Unspecified {
                    return intents;
                }
                intents.push(compose.intent);
            }
        };
        let other = Other { entry_id: "e".into(), seq: 3, author: "佐藤".into() };
        assert_eq!(meant(Purpose::New).len(), 3);
        assert_eq!(meant(Purpose::Reply(other)).last(), Some(&MessageIntent::Answer));
    }
}
