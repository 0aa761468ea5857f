//! What the server tells the care team.

use super::texts::Texts;
use crate::id::{OrganizationId, PersonId};
use crate::text_enum::text_enum;

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

impl Notice {
    pub(super) fn texts<'a>(&'a self, texts: &mut Texts<'a>) {
        let Self { notice: _, organization, person, object: _, text } = self;
        if let Some((_, name)) = organization {
            texts.add("notice.organization_name", name);
        }
        if let Some((_, name)) = person {
            texts.add("notice.person_name", name);
        }
        texts.add("notice.text", text);
    }
}
