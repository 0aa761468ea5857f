//! Consents into protobuf.

use renkei_domain::consent::{Consent, Exception, Form, Period, Scope, SignerKind};
use renkei_proto::v1 as proto;
use renkei_proto::v1::consent_scope::Scope as ProtoScope;

use crate::grpc::convert;

pub(super) fn consent(consent: Consent) -> proto::Consent {
    let custodian = consent.is_custodian();
    let represented = consent.form.signer.is_some_and(|signer| signer.kind == SignerKind::Representative);
    let damaged = represented && consent.signer_name.is_none();
    // nobody signed the custodian organisation's own; of old consents it is not known who did
    let signer = (!custodian).then(|| proto::ConsentSigner {
        kind: consent.form.signer.map_or(0, |signer| convert::signer_kind(signer.kind)),
        name: consent.signer_name.unwrap_or_default(),
        relation: consent.form.signer.and_then(|signer| signer.relation).map_or(0, convert::relation),
    });
    let (withdrawn_by, withdraw_time) = match consent.withdrawn {
        Some((by, at)) => (convert::actor(by), convert::time(at)),
        None => (None, None),
    };
    proto::Consent {
        consent_id: consent.id.to_string(),
        patient_id: consent.patient.to_string(),
        version: consent.version,
        form: Some(form(consent.form, signer)),
        paper_attachment_id: convert::optional_text(consent.paper),
        recorded_by: convert::actor(consent.recorded_by),
        record_time: convert::time(consent.recorded_at),
        supersede_time: consent.superseded_at.and_then(convert::time),
        withdrawn_by,
        withdraw_time,
        custodian,
        damaged,
    }
}

fn form(form: Form, signer: Option<proto::ConsentSigner>) -> proto::ConsentForm {
    proto::ConsentForm {
        effect: convert::effect(form.effect),
        scope: Some(proto::ConsentScope { scope: Some(scope(form.scope)) }),
        roles: form.roles.into_iter().map(convert::role).collect(),
        categories: form.categories.into_iter().map(convert::category).collect(),
        sensitivities: form.sensitivities.into_iter().map(convert::sensitivity).collect(),
        purposes: form.purposes.into_iter().map(convert::purpose).collect(),
        period: Some(period(form.period)),
        exceptions: form.exceptions.into_iter().map(exception).collect(),
        signer,
        sign_date: form.signed_on.and_then(convert::date),
        review_date: form.review_on.and_then(convert::date),
    }
}

fn scope(scope: Scope) -> ProtoScope {
    match scope {
        Scope::AllMembers => ProtoScope::AllMembers(proto::AllMembers {}),
        Scope::Organizations(ids) => {
            ProtoScope::Organizations(proto::OrganizationList { organization_ids: convert::texts(ids) })
        }
        Scope::Person(id) => ProtoScope::PersonId(id.to_string()),
    }
}

fn period(period: Period) -> proto::Period {
    proto::Period { start: convert::time(period.start), end: period.end.and_then(convert::time) }
}

fn exception(exception: Exception) -> proto::ConsentException {
    proto::ConsentException {
        organization_ids: convert::texts(exception.organizations),
        person_ids: convert::texts(exception.persons),
        roles: exception.roles.into_iter().map(convert::role).collect(),
        categories: exception.categories.into_iter().map(convert::category).collect(),
        sensitivities: exception.sensitivities.into_iter().map(convert::sensitivity).collect(),
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::Timestamp;
    use renkei_domain::consent::{Relation, Signer};
    use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
    use renkei_domain::identity::{Actor, Role};
    use uuid::Uuid;

    use super::*;

    fn standing(signer: Option<Signer>, paper: Option<AttachmentId>) -> Consent {
        let organization = OrganizationId(Uuid::from_u128(1));
        Consent {
            id: ConsentId(Uuid::from_u128(2)),
            version: 3,
            patient: PatientId(Uuid::from_u128(4)),
            form: Form { signer, ..Form::custodian(organization, Timestamp(0)) },
            signer_name: None,
            paper,
            recorded_by: Actor {
                person: PersonId(Uuid::from_u128(5)),
                person_name: "山田 太郎".into(),
                organization,
                organization_name: "みどり診療所".into(),
                role: Role::Doctor,
            },
            recorded_at: Timestamp(0),
            superseded_at: None,
            withdrawn: None,
        }
    }

    const PAPER: Option<AttachmentId> = Some(AttachmentId(Uuid::from_u128(6)));

    #[test]
    fn nobody_signed_the_custodians_own() {
        let told = consent(standing(None, None));
        assert!(told.custodian && !told.damaged);
        assert_eq!((told.version, told.paper_attachment_id.as_str()), (3, ""));
        let form = told.form.unwrap();
        assert_eq!((form.signer, form.sign_date), (None, None));
        assert_eq!(form.period.unwrap().start.unwrap().seconds, 0);
    }

    #[test]
    fn who_signed_an_old_consent_is_not_known() {
        let told = consent(standing(None, PAPER));
        assert!(!told.custodian && !told.damaged);
        assert_eq!(told.form.unwrap().signer, Some(proto::ConsentSigner::default()));
    }

    #[test]
    fn a_name_that_does_not_open_is_told() {
        let patient = Signer { kind: SignerKind::Patient, relation: None };
        assert!(!consent(standing(Some(patient), PAPER)).damaged);
        let child = Signer { kind: SignerKind::Representative, relation: Some(Relation::Child) };
        let damaged = consent(standing(Some(child), PAPER));
        assert!(damaged.damaged);
        let signer = damaged.form.unwrap().signer.unwrap();
        assert_eq!(signer.relation, proto::ConsentSignerRelation::Child as i32);
        let opened = Consent { signer_name: Some("山田 花子".into()), ..standing(Some(child), PAPER) };
        let told = consent(opened);
        assert!(!told.damaged);
        assert_eq!(told.form.unwrap().signer.unwrap().name, "山田 花子");
    }
}
