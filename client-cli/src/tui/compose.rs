//! The box that texts are typed into. What is typed stays until it is on the disk.

use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use renkei_proto::v1::{EntryContent, Message, PostEntryRequest, entry_content::Content};
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
}

/// Where a text goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) patient_id: String,
    pub(crate) reply_to: Option<Reply>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) entry_id: String,
    pub(crate) seq: i64,
    /// Who wrote that.
    pub(crate) author: String,
}

impl Compose {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, area: area(), urgent: false }
    }

    /// What a draft holds, to be typed on. `None`: it is no message.
    pub(crate) fn of(draft: &Draft, author: String, seq: i64) -> Option<Self> {
        let Request::Entry(request) = &draft.request else { return None };
        let Some(Content::Message(message)) = request.content.as_ref()?.content.as_ref() else { return None };
        let reply_to = (!request.reply_to_entry_id.is_empty()).then(|| Reply {
            entry_id: request.reply_to_entry_id.clone(),
            seq,
            author,
        });
        let mut compose = Self::new(Target { patient_id: request.patient_id.clone(), reply_to });
        compose.insert(&message.text);
        compose.urgent = request.urgent;
        Some(compose)
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

    /// What `renkei post` would keep and send.
    pub(crate) fn draft(&self) -> Draft {
        let message = Message { text: self.text(), ..Default::default() };
        let request = PostEntryRequest {
            request_id: Uuid::new_v4().to_string(),
            patient_id: self.target.patient_id.clone(),
            entry_id: Uuid::new_v4().to_string(),
            content: Some(EntryContent { content: Some(Content::Message(message)) }),
            reply_to_entry_id: self
                .target
                .reply_to
                .as_ref()
                .map(|to| to.entry_id.clone())
                .unwrap_or_default(),
            urgent: self.urgent,
            ..Default::default()
        };
        let (id, patient) = (request.entry_id.clone(), request.patient_id.clone());
        Draft::new(&id, &patient, Request::Entry(request), Vec::new())
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
        Target { patient_id: "p".into(), reply_to: None }
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
        let reply = Reply { entry_id: "e".into(), seq: 3, author: "佐藤".into() };
        let mut compose = Compose::new(Target { reply_to: Some(reply), ..target() });
        compose.insert("了解しました。\n明日伺います。");
        compose.urgent = true;
        let again = Compose::of(&compose.draft(), "佐藤".into(), 3).unwrap();
        assert_eq!((again.text(), &again.target, again.urgent), (compose.text(), &compose.target, true));
        assert!(Compose::new(target()).is_blank() && !again.is_blank());
    }
}
