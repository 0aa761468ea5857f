//! Audit events: what was done, by whom, about whose record (R9, R10). They hold ids and codes only.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::access::{Permit, Subject};
use crate::category::Category;
use crate::error::Reason;
use crate::id::{AuditEventId, BreakGlassId, ConsentId, PatientId, ServiceAccountId, SessionId};
use crate::identity::{Actor, Purpose};
pub use crate::maintenance::{Maintenance, Operator};
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// What was done.
    pub enum Action {
        /// A device was enrolled.
        DeviceEnroll = "DEVICE_ENROLL",
        /// A log-in.
        Login = "LOGIN",
        /// A log-out.
        Logout = "LOGOUT",
        /// An organisation was created.
        OrganizationCreate = "ORGANIZATION_CREATE",
        /// A person was created.
        PersonCreate = "PERSON_CREATE",
        /// An affiliation was created.
        AffiliationCreate = "AFFILIATION_CREATE",
        /// An enrolment code was handed out.
        EnrollmentCodeCreate = "ENROLLMENT_CODE_CREATE",
        /// A patient was registered.
        PatientRegister = "PATIENT_REGISTER",
        /// Demographics were read.
        PatientRead = "PATIENT_READ",
        /// An organisation was invited to the care team.
        CareTeamInvite = "CARE_TEAM_INVITE",
        /// An invitation was accepted or declined.
        CareTeamAnswer = "CARE_TEAM_ANSWER",
        /// An invitation or a care team was read.
        CareTeamRead = "CARE_TEAM_READ",
        /// A consent was recorded.
        ConsentRecord = "CONSENT_RECORD",
        /// A consent was withdrawn.
        ConsentWithdraw = "CONSENT_WITHDRAW",
        /// Consents were read.
        ConsentRead = "CONSENT_READ",
        /// An entry was posted.
        EntryPost = "ENTRY_POST",
        /// Entries were read.
        EntryRead = "ENTRY_READ",
        /// Entries were marked as read.
        EntryMarkRead = "ENTRY_MARK_READ",
        /// The readers of an entry were listed.
        ReadersRead = "READERS_READ",
        /// A file was uploaded.
        AttachmentUpload = "ATTACHMENT_UPLOAD",
        /// A file was downloaded, or a part of it.
        AttachmentRead = "ATTACHMENT_READ",
        /// Audit events were read.
        AuditRead = "AUDIT_READ",
        /// A session ended because a used refresh token came again.
        SessionRevoke = "SESSION_REVOKE",
        /// A consent was replaced by a newer version, or withdrawn in part.
        ConsentAmend = "CONSENT_AMEND",
        /// A member left the care team.
        CareTeamLeave = "CARE_TEAM_LEAVE",
        /// A member was removed from the care team.
        CareTeamRemove = "CARE_TEAM_REMOVE",
        /// An organisation said which of its staff see the patient, or looked it up.
        CareTeamStaff = "CARE_TEAM_STAFF",
        /// The custodianship was offered, or the offer taken back.
        CustodianOffer = "CUSTODIAN_OFFER",
        /// The offer was accepted or declined.
        CustodianAnswer = "CUSTODIAN_ANSWER",
        /// A person was suspended.
        PersonSuspend = "PERSON_SUSPEND",
        /// A suspension was lifted.
        PersonReinstate = "PERSON_REINSTATE",
        /// An affiliation was ended.
        AffiliationEnd = "AFFILIATION_END",
        /// A record was opened in an emergency.
        BreakGlass = "BREAK_GLASS",
        /// Emergency accesses were listed.
        BreakGlassRead = "BREAK_GLASS_READ",
        /// An emergency access was reviewed.
        BreakGlassReview = "BREAK_GLASS_REVIEW",
        /// Somebody asked who may see what.
        AccessRead = "ACCESS_READ",
        /// The record of provision was read.
        ProvisionRead = "PROVISION_READ",
        /// Entries were searched.
        EntrySearch = "ENTRY_SEARCH",
        /// The keys of a patient were destroyed.
        PatientShred = "PATIENT_SHRED",
        /// What an organisation does with files was changed.
        OrganizationUpdate = "ORGANIZATION_UPDATE",
        /// A person ended a session, or all others.
        SessionEnd = "SESSION_END",
        /// Somebody else's devices were listed.
        DeviceRead = "DEVICE_READ",
        /// A device was revoked.
        DeviceRevoke = "DEVICE_REVOKE",
        /// A device got its next certificate.
        DeviceRenew = "DEVICE_RENEW",
        /// A person changed the password.
        PasswordChange = "PASSWORD_CHANGE",
        /// The password was given again, for dangerous acts.
        StepUp = "STEP_UP",
        /// A password was taken away, for its person to set another one.
        PasswordReset = "PASSWORD_RESET",
        /// The person set it.
        PasswordSet = "PASSWORD_SET",
        /// An authenticator app was enrolled.
        TotpEnroll = "TOTP_ENROLL",
        /// A person got new recovery codes.
        RecoveryCodesRenew = "RECOVERY_CODES_RENEW",
        /// A recovery code took the place of a code.
        RecoveryCodeUse = "RECOVERY_CODE_USE",
        /// A service account was created.
        ServiceAccountCreate = "SERVICE_ACCOUNT_CREATE",
        /// It ended.
        ServiceAccountEnd = "SERVICE_ACCOUNT_END",
        /// An enrolment code for it was handed out.
        ServiceCodeCreate = "SERVICE_CODE_CREATE",
        /// A person allowed it to act for the person.
        ServiceAllow = "SERVICE_ALLOW",
        /// The person withdrew that.
        ServiceDisallow = "SERVICE_DISALLOW",
        /// It began a session of a person's; refused, it may also have called what no service may call.
        ServiceSession = "SERVICE_SESSION",
        /// A person left an organisation, and a successor took over.
        PersonOffboard = "PERSON_OFFBOARD",
        /// What would end if a person left was asked: patients are named.
        PersonOffboardPlan = "PERSON_OFFBOARD_PLAN",
        /// An entry was corrected.
        EntryCorrect = "ENTRY_CORRECT",
        /// An entry was retracted: it was entered in error.
        EntryRetract = "ENTRY_RETRACT",
        /// A proxy entry was finalised by the responsible person.
        EntryFinalize = "ENTRY_FINALIZE",
        /// An entry was acknowledged.
        EntryAcknowledge = "ENTRY_ACKNOWLEDGE",
        /// A template of an organisation was created or changed.
        TemplateSave = "TEMPLATE_SAVE",
        /// A template of an organisation was deleted.
        TemplateDelete = "TEMPLATE_DELETE",
        /// A usage report was read.
        UsageRead = "USAGE_READ",
        /// Events of the region or of an organisation were read.
        EventsRead = "EVENTS_READ",
        /// What was done to a record was exported.
        AuditExport = "AUDIT_EXPORT",
        /// An operator had all files of all records read at the console.
        FilesCheck = "FILES_CHECK",
        /// A version of a key was made.
        KeyCreate = "KEY_CREATE",
        /// Every patient gets a new version of the key.
        KeyRotate = "KEY_ROTATE",
        /// A version of a key was retired: nothing is wrapped by it any longer.
        KeyRetire = "KEY_RETIRE",
        /// A retired version of the root key is destroyed where it is kept.
        KeyDestroy = "KEY_DESTROY",
        /// The server's clock was found set, forwards or back.
        ClockChange = "CLOCK_CHANGE",
    }
}

text_enum! {
    /// How it was decided.
    pub enum Decision {
        /// Permitted and done.
        Permit = "PERMIT",
        /// Refused.
        Deny = "DENY",
    }
}

/// What goes into an audit event besides its id, its time and the session.
#[derive(Clone, Debug)]
pub struct Act {
    /// Who, for which organisation, in which role.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// How it was decided, and why if it was refused.
    pub refused: Option<Reason>,
    /// About whose record; none for acts of the region.
    pub patient: Option<PatientId>,
    /// The epoch of the patient's access in which it was decided.
    pub epoch: Option<i64>,
    /// The entry, consent, attachment, organisation or person it was about.
    pub object: Option<Uuid>,
    /// The entries that were disclosed or marked.
    pub seqs: Seqs,
    /// The consents that permitted it.
    pub consents: Vec<ConsentId>,
    /// The emergency access that it was done under.
    pub break_glass: Option<BreakGlassId>,
    /// The sealed content that it stored.
    pub stored: Option<Stored>,
}

/// Sealed content that an act stored, so that the audit log holds it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Revision of the entry; none for an attachment.
    pub revision: Option<i64>,
    /// SHA-256 of the sealed bytes: the body of an entry, the manifest of an attachment.
    pub hash: [u8; 32],
}

impl Act {
    /// For what it was asked for.
    pub fn purpose(&self) -> Purpose {
        if self.break_glass.is_some() { Purpose::Emergency } else { self.subject.purpose }
    }

    /// An act of the region, which concerns no patient.
    pub fn of_region(subject: Subject, action: Action, object: Uuid) -> Self {
        Self {
            subject,
            action,
            refused: None,
            patient: None,
            epoch: None,
            object: Some(object),
            seqs: Seqs::default(),
            consents: Vec::new(),
            break_glass: None,
            stored: None,
        }
    }

    /// An act under a permit.
    pub fn permitted<A>(permit: &Permit<A>, action: Action) -> Self {
        Self {
            subject: *permit.subject(),
            action,
            refused: None,
            patient: Some(permit.patient()),
            epoch: Some(permit.epoch()),
            object: None,
            seqs: Seqs::default(),
            consents: permit.consents().to_vec(),
            break_glass: permit.break_glass(),
            stored: None,
        }
    }

    /// A refusal. `patient` exists, else there is nobody to tell.
    pub fn refused(subject: Subject, action: Action, patient: PatientId, reason: Reason) -> Self {
        Self {
            subject,
            action,
            refused: Some(reason),
            patient: Some(patient),
            epoch: None,
            object: None,
            seqs: Seqs::default(),
            consents: Vec::new(),
            break_glass: None,
            stored: None,
        }
    }

    /// The same about `object`.
    #[must_use]
    pub fn about(mut self, object: Uuid) -> Self {
        self.object = Some(object);
        self
    }

    /// The same, storing sealed content.
    #[must_use]
    pub fn storing(mut self, revision: Option<i64>, hash: [u8; 32]) -> Self {
        self.stored = Some(Stored { revision, hash });
        self
    }

    /// The same, disclosing the entries `seqs`.
    #[must_use]
    pub fn with_seqs(mut self, seqs: impl IntoIterator<Item = i64>) -> Self {
        self.seqs = seqs.into_iter().collect();
        self
    }
}

/// A set of entries of one timeline, as ascending ranges of `seq`; as text `3-7,9`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seqs(pub Vec<RangeInclusive<i64>>);

impl Seqs {
    /// Adds the entries of another set.
    pub fn merge(&mut self, other: &Self) {
        let mut ranges: Vec<_> = self.0.drain(..).chain(other.0.iter().cloned()).collect();
        ranges.sort_by_key(|range| *range.start());
        for range in ranges {
            match self.0.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=(*last.end()).max(*range.end());
                }
                _ => self.0.push(range),
            }
        }
    }
}

impl FromIterator<i64> for Seqs {
    fn from_iter<I: IntoIterator<Item = i64>>(seqs: I) -> Self {
        let mut seqs: Vec<i64> = seqs.into_iter().collect();
        seqs.sort_unstable();
        let mut ranges: Vec<RangeInclusive<i64>> = Vec::new();
        for seq in seqs {
            match ranges.last_mut() {
                Some(last) if seq <= last.end().saturating_add(1) => *last = *last.start()..=seq,
                _ => ranges.push(seq..=seq),
            }
        }
        Self(ranges)
    }
}

impl std::fmt::Display for Seqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            if range.start() == range.end() {
                write!(f, "{comma}{}", range.start())?;
            } else {
                write!(f, "{comma}{}-{}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Seqs {
    type Err = crate::error::UnknownText;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| crate::error::UnknownText("Seqs"));
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(|part| match part.split_once('-') {
                Some((first, last)) => Ok(number(first)?..=number(last)?),
                None => number(part).map(|seq| seq..=seq),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// An audit event as it is read back.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Its id: events sort by it as they happened, to the microsecond.
    pub id: AuditEventId,
    /// When.
    pub time: Timestamp,
    /// Who; none for maintenance at the console.
    pub actor: Option<Actor>,
    /// Whose maintenance at the console it was.
    pub operator: Option<String>,
    /// In which session; none before log-in and at the console.
    pub session: Option<SessionId>,
    /// What.
    pub action: Action,
    /// How it was decided.
    pub decision: Decision,
    /// The patient; the nil id for acts of the region.
    pub patient: PatientId,
    /// What it was about, if not the patient.
    pub object: Option<Uuid>,
    /// The entries that were disclosed or marked.
    pub seqs: Seqs,
    /// The consents that permitted it.
    pub consents: Vec<ConsentId>,
    /// Why it was refused.
    pub reason: Option<Reason>,
    /// For what it was asked for; none for maintenance.
    pub purpose: Option<Purpose>,
    /// The emergency access that it was done under.
    pub break_glass: Option<BreakGlassId>,
    /// The service account that it was done through, with its name.
    pub service: Option<(ServiceAccountId, String)>,
    /// The revision of the entry that was posted, the version of the key that maintenance was about, or by how many
    /// milliseconds the clock was set.
    pub number: Option<i64>,
}

/// What was provided to a third party (R24), from one audit event.
#[derive(Clone, Debug)]
pub struct Provision {
    /// The event; its `seqs` are those of other organisations' entries only.
    pub event: AuditEvent,
    /// How many entries of each category.
    pub items: Vec<(Category, i64)>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Seqs;

    #[test]
    fn neighbours_become_a_range() {
        let seqs: Seqs = [9, 3, 4, 5, 5, 7].into_iter().collect();
        assert_eq!(seqs.to_string(), "3-5,7,9");
    }

    proptest! {
        #[test]
        fn merged_like_all_of_them(
            one in prop::collection::vec(1i64..60, 0..30), other in prop::collection::vec(1i64..60, 0..30),
        ) {
            let mut merged: Seqs = one.iter().copied().collect();
            merged.merge(&other.iter().copied().collect());
            prop_assert_eq!(merged, one.into_iter().chain(other).collect());
        }

        #[test]
        fn text_and_back(seqs in prop::collection::vec(1i64..500, 0..50)) {
            let seqs: Seqs = seqs.into_iter().collect();
            prop_assert_eq!(seqs.to_string().parse::<Seqs>().unwrap(), seqs);
        }
    }
}
