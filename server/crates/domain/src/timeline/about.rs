//! What stands with the content of an entry, sealed with it: what it amends, who is responsible for it, whom it is
//! addressed to; and what was done to it after it was posted.

use crate::id::{EntryId, OrganizationId, PersonId};
use crate::identity::Role;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

/// Sealed with the content, under a name of its own, so that whoever opens the record has all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct About {
    /// When the author finalised it on a device without a connection, on that device's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
    /// What it takes the place of, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<Amendment>,
    /// For whom it was entered (代行入力), with the name of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<(PersonId, String)>,
    /// Whom it is addressed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

impl About {
    /// Whether there is nothing to be said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// That an entry corrects or retracts another.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Amendment {
    /// Which.
    pub entry: EntryId,
    /// 訂正理由.
    pub reason: String,
}

/// Whom an entry is addressed to. A role stands for whoever has it, at the organisation if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mention {
    /// A person; then nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// An organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// A role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What the person or the organisation was called then; empty for a role alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

text_enum! {
    /// What an entry wants of whom it is addressed to.
    pub enum Wanted {
        /// An answer: it is a question.
        Answer = "ANSWER",
        /// Nothing but to be seen.
        Attention = "ATTENTION",
        /// That the responsible person finalises it.
        Finalize = "FINALIZE",
    }
}

text_enum! {
    /// What was done to an entry after it was posted.
    pub enum Mark {
        /// A correction took its place.
        Corrected = "CORRECTED",
        /// It was entered in error.
        EnteredInError = "ENTERED_IN_ERROR",
        /// The question was answered.
        Answered = "ANSWERED",
        /// The responsible person finalised it.
        Finalized = "FINALIZED",
        /// Somebody acknowledged it.
        Acknowledged = "ACKNOWLEDGED",
    }
}

impl Mark {
    /// Whether another entry took its place.
    pub fn amends(self) -> bool {
        matches!(self, Self::Corrected | Self::EnteredInError)
    }
}

/// What was done to an entry, as somebody sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Afterwards {
    /// How it was amended, and by which entry.
    pub amended: Option<(Mark, EntryId)>,
    /// When the responsible person finalised it.
    pub finalized_at: Option<Timestamp>,
    /// The question was answered.
    pub answered: bool,
    /// The one who sees it has acknowledged it.
    pub acknowledged: bool,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 確定.
    Final,
    /// 未確定: a proxy entry that waits for the responsible person.
    Preliminary,
    /// 訂正済み.
    Corrected,
    /// 取り消し済み.
    EnteredInError,
}
