//! Entries of a timeline. What they say has a struct a kind, by subject in the modules below.

mod about;
mod daily_life;
mod document;
mod laboratory;
mod letter;
mod list;
mod medication;
mod message;
mod notice;
mod nursing;
mod observation;
mod plan;
mod stored;
mod texts;

pub use about::{About, Afterwards, Amendment, Mark, Mention, Status, Wanted};
pub use daily_life::{AdlItem, AdlScore, DailyLife, DementiaLevel, DisabilityLevel};
pub use document::Document;
pub use laboratory::{Interpretation, LaboratoryReport, LaboratoryResult};
pub use letter::{AdmissionInformation, DischargeSummary, ReferralLetter};
pub use list::{Allergy, AllergyCriticality, AllergyList, Problem, ProblemList, ProblemStatus};
pub use medication::{Adherence, Medication, MedicationEvent, MedicationItem};
pub use message::{Intent, Memo, Message, Retraction};
pub use notice::{Notice, NoticeKind};
pub use nursing::{NursingInstruction, NursingInstructionType, Wound};
pub use observation::{Coding, Observation, Quantity, VisitNote, VitalSigns};
pub use plan::{CareGoal, CareLevel, CarePlan, ConferenceMinutes, ConferenceType, PlannedService};

use crate::category::Category;
use crate::id::{AttachmentId, EntryId, PatientId};
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
/// no schema to understand it. No kind has a field `kind`: that is the tag.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// 訪問記録.
    VisitNote(VisitNote),
    /// 連絡.
    Message(Message),
    /// お知らせ.
    Notice(Notice),
    /// バイタル.
    VitalSigns(VitalSigns),
    /// 薬剤.
    Medication(Medication),
    /// 検査結果.
    LaboratoryReport(LaboratoryReport),
    /// 訪問看護指示書.
    NursingInstruction(NursingInstruction),
    /// 紹介状.
    ReferralLetter(ReferralLetter),
    /// ケアプラン.
    CarePlan(CarePlan),
    /// ADL・生活.
    DailyLife(DailyLife),
    /// 会議録.
    ConferenceMinutes(ConferenceMinutes),
    /// 入院時情報提供.
    AdmissionInformation(AdmissionInformation),
    /// 退院時サマリー.
    DischargeSummary(DischargeSummary),
    /// 創傷・褥瘡.
    Wound(Wound),
    /// メモ.
    Memo(Memo),
    /// 文書.
    Document(Document),
    /// 病名・問題リスト.
    ProblemList(ProblemList),
    /// アレルギー・禁忌.
    AllergyList(AllergyList),
    /// 取り消し.
    Retraction(Retraction),
}

impl Content {
    /// The category unless the author names another. A retraction has that of what it takes back.
    pub fn usual_category(&self) -> Category {
        match self {
            Self::VisitNote(_) | Self::ProblemList(_) => Category::VisitNote,
            Self::Message(_) | Self::Memo(_) | Self::Retraction(_) => Category::Message,
            Self::Notice(_) => Category::Notice,
            Self::VitalSigns(_) => Category::VitalSigns,
            Self::Medication(_) | Self::AllergyList(_) => Category::Medication,
            Self::LaboratoryReport(_) => Category::Laboratory,
            Self::NursingInstruction(_) | Self::Wound(_) => Category::Nursing,
            Self::ReferralLetter(_) | Self::AdmissionInformation(_) | Self::DischargeSummary(_) => {
                Category::Referral
            }
            Self::CarePlan(_) => Category::CarePlan,
            Self::DailyLife(_) => Category::DailyLife,
            Self::ConferenceMinutes(_) => Category::Conference,
            Self::Document(_) => Category::Document,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::VisitNote(_) => EntryKind::VisitNote,
            Self::Message(_) => EntryKind::Message,
            Self::Notice(_) => EntryKind::Notice,
            Self::VitalSigns(_) => EntryKind::VitalSigns,
            Self::Medication(_) => EntryKind::Medication,
            Self::LaboratoryReport(_) => EntryKind::LaboratoryReport,
            Self::NursingInstruction(_) => EntryKind::NursingInstruction,
            Self::ReferralLetter(_) => EntryKind::ReferralLetter,
            Self::CarePlan(_) => EntryKind::CarePlan,
            Self::DailyLife(_) => EntryKind::DailyLife,
            Self::ConferenceMinutes(_) => EntryKind::ConferenceMinutes,
            Self::AdmissionInformation(_) => EntryKind::AdmissionInformation,
            Self::DischargeSummary(_) => EntryKind::DischargeSummary,
            Self::Wound(_) => EntryKind::Wound,
            Self::Memo(_) => EntryKind::Memo,
            Self::Document(_) => EntryKind::Document,
            Self::ProblemList(_) => EntryKind::ProblemList,
            Self::AllergyList(_) => EntryKind::AllergyList,
            Self::Retraction(_) => EntryKind::Retraction,
        }
    }

    /// What a message is meant as.
    pub fn intent(&self) -> Option<Intent> {
        match self {
            Self::Message(message) => message.intent,
            _ => None,
        }
    }

    /// When what it tells of was, by the author's account. Kinds that have at most a day have none.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        match self {
            Self::VisitNote(note) => note.visited_at,
            Self::VitalSigns(signs) => signs.measured_at,
            Self::LaboratoryReport(report) => report.collected_at,
            Self::DailyLife(life) => life.assessed_at,
            Self::ConferenceMinutes(minutes) => minutes.held_at,
            Self::AdmissionInformation(admission) => admission.admitted_at,
            Self::Wound(wound) => wound.observed_at,
            Self::Message(_)
            | Self::Notice(_)
            | Self::Medication(_)
            | Self::NursingInstruction(_)
            | Self::ReferralLetter(_)
            | Self::CarePlan(_)
            | Self::DischargeSummary(_)
            | Self::Memo(_)
            | Self::Document(_)
            | Self::ProblemList(_)
            | Self::AllergyList(_)
            | Self::Retraction(_) => None,
        }
    }
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

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
