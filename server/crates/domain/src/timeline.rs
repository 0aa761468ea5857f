//! Entries of a timeline.

mod about;

pub use self::about::{About, Afterwards, Amendment, Mark, Mention, Status, Wanted};

use crate::category::Category;
use crate::id::{AttachmentId, EntryId, OrganizationId, PatientId, PersonId};
use crate::identity::Actor;
use crate::sensitivity::Sensitivity;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// The kinds of entries.
    pub enum EntryKind {
        /// 訪問記録.
        VisitNote = "VISIT_NOTE",
        /// 連絡.
        Message = "MESSAGE",
        /// お知らせ.
        Notice = "NOTICE",
        /// バイタル.
        VitalSigns = "VITAL_SIGNS",
        /// 薬剤.
        Medication = "MEDICATION",
        /// 検査結果.
        LaboratoryReport = "LABORATORY_REPORT",
        /// 訪問看護指示書.
        NursingInstruction = "NURSING_INSTRUCTION",
        /// 紹介状.
        ReferralLetter = "REFERRAL_LETTER",
        /// ケアプラン.
        CarePlan = "CARE_PLAN",
        /// ADL・生活.
        DailyLife = "DAILY_LIFE",
        /// 会議録.
        ConferenceMinutes = "CONFERENCE_MINUTES",
        /// 入院時情報提供.
        AdmissionInformation = "ADMISSION_INFORMATION",
        /// 退院時サマリー.
        DischargeSummary = "DISCHARGE_SUMMARY",
        /// 創傷・褥瘡.
        Wound = "WOUND",
        /// メモ.
        Memo = "MEMO",
        /// 文書.
        Document = "DOCUMENT",
        /// 病名・問題リスト.
        ProblemList = "PROBLEM_LIST",
        /// アレルギー・禁忌.
        AllergyList = "ALLERGY_LIST",
        /// 取り消し.
        Retraction = "RETRACTION",
    }
}

/// What an entry says. It is stored sealed, as this enum in JSON, so that a reader in many years needs
/// no schema to understand it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// 訪問記録.
    VisitNote(VisitNote),
    /// 連絡.
    Message(Message),
    /// お知らせ.
    Notice(Notice),
    /// 取り消し.
    Retraction(Retraction),
}

impl Content {
    /// The category unless the author names another.
    pub fn usual_category(&self) -> Category {
        match self {
            Self::VisitNote(_) => Category::VisitNote,
            Self::Message(_) => Category::Message,
            Self::Notice(_) => Category::Notice,
            // that of what it takes back
            Self::Retraction(_) => Category::Message,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::VisitNote(_) => EntryKind::VisitNote,
            Self::Message(_) => EntryKind::Message,
            Self::Notice(_) => EntryKind::Notice,
            Self::Retraction(_) => EntryKind::Retraction,
        }
    }

    /// When what it tells of was, if the author said so.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        match self {
            Self::VisitNote(note) => note.visited_at,
            Self::Message(_) | Self::Notice(_) | Self::Retraction(_) => None,
        }
    }

    /// What a message is meant as.
    pub fn intent(&self) -> Option<Intent> {
        match self {
            Self::Message(message) => message.intent,
            _ => None,
        }
    }
}

/// A visit note in the SOAP form.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct VisitNote {
    /// S: what the patient and the family say.
    pub subjective: String,
    /// O: what was found.
    pub objective: String,
    /// A: what it means.
    pub assessment: String,
    /// P: what will be done.
    pub plan: String,
    /// When the visit was, by the author's account.
    pub visited_at: Option<Timestamp>,
    /// Vital signs and other measurements.
    pub observations: Vec<Observation>,
}

/// One measurement (FHIR R4 `Observation`).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Observation {
    /// What was measured.
    pub code: Coding,
    /// The result.
    pub value: Quantity,
}

/// A concept by code (FHIR R4 `Coding`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Coding {
    /// URI of the code system.
    pub system: String,
    /// Code in it.
    pub code: String,
    /// What to show a person; may be empty.
    pub display: String,
}

/// A measured amount (FHIR R4 `Quantity`); the number is kept exactly as written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Quantity {
    /// Decimal in ASCII.
    pub value: String,
    /// UCUM code.
    pub unit: String,
}

/// That an entry was entered in error: which one, and why, stands in [`About`].
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Retraction {}

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

text_enum! {
    /// What a notice tells of.
    pub enum NoticeKind {
        /// A consent was recorded.
        ConsentRecorded = "CONSENT_RECORDED",
        /// A consent was replaced by a newer form.
        ConsentAmended = "CONSENT_AMENDED",
        /// A consent was withdrawn in part.
        ConsentWithdrawnInPart = "CONSENT_WITHDRAWN_IN_PART",
        /// A consent was withdrawn.
        ConsentWithdrawn = "CONSENT_WITHDRAWN",
        /// Somebody was invited to the care team.
        MemberInvited = "MEMBER_INVITED",
        /// The invitation was accepted.
        MemberJoined = "MEMBER_JOINED",
        /// The invitation was declined.
        MemberDeclined = "MEMBER_DECLINED",
        /// A member left.
        MemberLeft = "MEMBER_LEFT",
        /// A member was removed, or an invitation taken back.
        MemberRemoved = "MEMBER_REMOVED",
        /// Another organisation was asked to become the custodian organisation.
        CustodianOffered = "CUSTODIAN_OFFERED",
        /// It declined, or the offer was taken back.
        CustodianOfferEnded = "CUSTODIAN_OFFER_ENDED",
        /// It is the custodian organisation now.
        CustodianChanged = "CUSTODIAN_CHANGED",
        /// The record was opened in an emergency.
        BreakGlass = "BREAK_GLASS",
        /// An emergency access was reviewed.
        BreakGlassReviewed = "BREAK_GLASS_REVIEWED",
    }
}

/// What the server tells the care team (R22). Names are those of then.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// What it tells of.
    pub notice: NoticeKind,
    /// The organisation it is about.
    pub organization: Option<(OrganizationId, String)>,
    /// The person it is about.
    pub person: Option<(PersonId, String)>,
    /// The consent or the emergency access it is about.
    pub object: Option<uuid::Uuid>,
    /// Reason or remark that was given; may be empty.
    pub text: String,
}

/// An entry as somebody sees it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Whose timeline.
    pub patient: PatientId,
    /// Place in it, from 1, without a gap.
    pub seq: i64,
    /// What a consent must permit to see it.
    pub category: Category,
    /// How guarded it is.
    pub sensitivity: Sensitivity,
    /// 入力者.
    pub author: Actor,
    /// When the server stored it.
    pub posted_at: Timestamp,
    /// What it answers.
    pub reply_to: Option<EntryId>,
    /// 至急.
    pub urgent: bool,
    /// Its kind.
    pub kind: EntryKind,
    /// 1, or one more than that of what it corrects.
    pub revision: i64,
    /// When what it tells of was, by the author's account.
    pub occurred_at: Timestamp,
    /// What it says; absent where the stored bytes do not open.
    pub content: Option<Content>,
    /// What was sealed with it.
    pub about: About,
    /// What was done to it later.
    pub afterwards: Afterwards,
    /// Its files, in the author's order.
    pub attachments: Vec<Attachment>,
    /// Whether the one who sees it has read or written it.
    pub read: bool,
}

impl Entry {
    /// Where it stands.
    pub fn status(&self) -> Status {
        match (self.afterwards.amended, &self.about.responsible, self.afterwards.finalized_at) {
            (Some((Mark::EnteredInError, _)), ..) => Status::EnteredInError,
            (Some(_), ..) => Status::Corrected,
            (None, Some(_), None) => Status::Preliminary,
            (None, ..) => Status::Final,
        }
    }

    /// Of a question, whether it is open.
    pub fn is_open_question(&self) -> Option<bool> {
        let is_question = self.content.as_ref()?.intent() == Some(Intent::Question);
        let is_retracted = self.status() == Status::EnteredInError;
        is_question.then_some(!self.afterwards.answered && !is_retracted)
    }
}

/// A file as somebody sees it.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Whose record it belongs to.
    pub patient: PatientId,
    /// What it is; absent where the stored bytes do not open.
    pub file: Option<File>,
    /// Whether it tells where it was taken; not known of files from before this was looked at.
    pub position: Option<Position>,
    /// Whether there is a preview.
    pub has_preview: bool,
}

text_enum! {
    /// Whether an image tells where it was taken (EXIF GPS).
    pub enum Position {
        /// It does not, or it is no image.
        None = "NONE",
        /// It does, and the uploader's organisation wanted it so.
        Kept = "KEPT",
        /// It did.
        Removed = "REMOVED",
    }
}

/// What a file is. The name is the uploader's, the type what the content shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name: untrusted.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// A person who acknowledged an entry (確認).
#[derive(Clone, Debug)]
pub struct Acknowledgement {
    /// Who.
    pub actor: Actor,
    /// When.
    pub acknowledged_at: Timestamp,
    /// A word; may be empty.
    pub word: String,
}

/// A person who has read an entry (既読).
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who.
    pub actor: Actor,
    /// When.
    pub read_at: Timestamp,
}
