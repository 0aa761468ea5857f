//! Emergency access (緊急アクセス, R12): what it lifts is decided in [`crate::access`].

use std::time::Duration;

use crate::id::{BreakGlassId, PatientId};
use crate::identity::Actor;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

/// How long an emergency access is open.
pub const LASTS: Duration = Duration::from_secs(60 * 60);

/// How soon it is to be reviewed.
pub const REVIEW_WITHIN: Duration = Duration::from_secs(72 * 60 * 60);

text_enum! {
    /// Why a record had to be opened.
    pub enum BreakGlassReason {
        /// 生命・身体の危険.
        LifeThreatening = "LIFE_THREATENING",
        /// 急変・救急搬送.
        EmergencyTransport = "EMERGENCY_TRANSPORT",
        /// 災害.
        Disaster = "DISASTER",
        /// 意思確認困難.
        PatientUnable = "PATIENT_UNABLE",
    }
}

text_enum! {
    /// What the custodian organisation found.
    pub enum Verdict {
        /// 妥当.
        Justified = "JUSTIFIED",
        /// 不適切.
        NotJustified = "NOT_JUSTIFIED",
    }
}

/// An emergency access.
#[derive(Clone, Debug)]
pub struct BreakGlass {
    /// Its id.
    pub id: BreakGlassId,
    /// Whose record.
    pub patient: PatientId,
    /// Who had it, as what.
    pub actor: Actor,
    /// Why.
    pub reason: BreakGlassReason,
    /// Why, in words; absent where the stored bytes do not open.
    pub text: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends or ended.
    pub ends_at: Timestamp,
    /// What the review found.
    pub review: Option<Review>,
}

/// The review of an emergency access.
#[derive(Clone, Debug)]
pub struct Review {
    /// What was found.
    pub verdict: Verdict,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub reviewed_at: Timestamp,
    /// In words, or empty; absent where the stored bytes do not open.
    pub text: Option<String>,
}
