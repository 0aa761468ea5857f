//! What members of the care team say to each other, and to nobody in particular.

use super::stored::stored;
use super::texts::Texts;
use crate::text_enum::text_enum;

/// A message between members of the care team.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// The text.
    pub text: String,
    /// What it is meant as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
}

text_enum! {
    /// What a message is meant as.
    pub enum Intent {
        /// 質問: it stays open until it is answered.
        Question = "QUESTION",
        /// 回答.
        Answer = "ANSWER",
        /// 報告.
        Report = "REPORT",
    }
}

stored! {
    /// メモ: it asks nobody for anything.
    pub struct Memo {
        /// The title.
        pub title: String,
        /// The text. Empty in a template only.
        pub text: String,
    }
}

/// 取り消し: an earlier entry was entered in error. Which one and why stands beside the content.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Retraction {}

impl Message {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { text, intent: _ } = self;
        texts.add("message.text", text);
    }
}

impl Memo {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { title, text } = self;
        texts.add("memo.title", title);
        texts.add("memo.text", text);
    }
}

impl Retraction {
    pub(super) fn texts(&self) {
        // a text that it is given breaks this
        let Self {} = self;
    }
}
