//! Consents as the patient of a test signs them.

use renkei_proto::v1::{
    AllMembers, ConsentForm, ConsentScope, ConsentSigner, ConsentSignerKind, Date, OrganizationList,
    consent_scope::Scope,
};

use crate::grpc::Session;

/// What the patient permits to whom, without more: now, without end, for all categories and purposes, but
/// nothing of restricted sensitivity.
pub(crate) fn form(scope: Scope) -> ConsentForm {
    ConsentForm {
        scope: Some(ConsentScope { scope: Some(scope) }),
        signer: Some(ConsentSigner { kind: ConsentSignerKind::Patient.into(), ..Default::default() }),
        sign_date: Some(Date { year: 2026, month: 4, day: 1 }),
        ..Default::default()
    }
}

/// Permits to every accepted member of the care team.
pub(crate) fn form_all() -> ConsentForm {
    form(Scope::AllMembers(AllMembers {}))
}

/// Permits to the organisations of these sessions.
pub(crate) fn form_organizations(sessions: &[&Session]) -> ConsentForm {
    let organization_ids = sessions.iter().map(|session| session.organization()).collect();
    form(Scope::Organizations(OrganizationList { organization_ids }))
}

/// Permits to the person of this session.
pub(crate) fn form_person(session: &Session) -> ConsentForm {
    form(Scope::PersonId(session.person()))
}
