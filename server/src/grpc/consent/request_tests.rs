use renkei_domain::{Category, Sensitivity};
use uuid::Uuid;

use super::*;
use crate::grpc::parse::{taken, violated};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn withdrawal(part: Option<proto::WithdrawnPart>) -> proto::WithdrawConsentRequest {
    proto::WithdrawConsentRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        consent_id: ID.into(),
        part,
    }
}

#[test]
fn a_record_is_told_all_that_is_missing() {
    let violated = violated(record(&proto::RecordConsentRequest::default(), Timestamp(0)));
    assert_eq!(
        violated,
        [
            "request_id",
            "patient_id",
            "form.scope",
            "form.signer.kind",
            "form.sign_date",
            "paper_attachment_id"
        ]
    );
}

#[test]
fn an_amendment_is_told_all_that_is_missing() {
    let violated = violated(amend(&proto::AmendConsentRequest::default(), Timestamp(0)));
    assert_eq!(
        violated,
        [
            "request_id",
            "version",
            "patient_id",
            "consent_id",
            "form.scope",
            "form.signer.kind",
            "form.sign_date",
            "paper_attachment_id"
        ]
    );
}

#[test]
fn without_a_part_all_of_it_is_withdrawn() {
    let (_, _, _, part) = taken(withdraw(&withdrawal(None)));
    assert_eq!(part, None);
}

#[test]
fn a_part_names_something() {
    assert_eq!(violated(withdraw(&withdrawal(Some(proto::WithdrawnPart::default())))), ["part"]);
    let one = |change: fn(&mut proto::WithdrawnPart)| {
        let mut part = proto::WithdrawnPart::default();
        change(&mut part);
        taken(withdraw(&withdrawal(Some(part)))).3.unwrap()
    };
    let id = ID.parse().unwrap();
    assert_eq!(one(|part| part.categories = vec![3]).categories, [Category::Medication].into());
    assert_eq!(one(|part| part.sensitivities = vec![1]).sensitivities, [Sensitivity::Normal].into());
    assert_eq!(
        one(|part| part.organization_ids = vec![ID.into()]).organizations,
        [OrganizationId(id)].into()
    );
    assert_eq!(one(|part| part.person_ids = vec![ID.into()]).persons, [PersonId(id)].into());
}

#[test]
fn a_part_names_at_most_a_hundred_of_each() {
    let ids = |count: u128| (1..=count).map(|id| Uuid::from_u128(id).to_string()).collect();
    let part = |count| {
        let (organization_ids, person_ids) = (ids(count), ids(count));
        withdraw(&withdrawal(Some(proto::WithdrawnPart {
            organization_ids,
            person_ids,
            ..Default::default()
        })))
    };
    taken(part(100));
    assert_eq!(violated(part(101)), ["part.organization_ids", "part.person_ids"]);
}

#[test]
fn every_violation_of_a_withdrawal_is_reported_at_once() {
    let part = proto::WithdrawnPart {
        categories: vec![1, proto::Category::Notice as i32],
        sensitivities: vec![0],
        organization_ids: vec![ID.into(), ID.into()],
        person_ids: vec![String::new()],
    };
    let request = proto::WithdrawConsentRequest { consent_id: "7".into(), ..withdrawal(Some(part)) };
    let violated = violated(withdraw(&request));
    assert_eq!(
        violated,
        [
            "consent_id",
            "part.organization_ids",
            "part.person_ids[0]",
            "part.categories[1]",
            "part.sensitivities[0]"
        ]
    );
}

#[test]
fn versions_are_those_of_one_consent_of_one_patient() {
    let violated = violated(versions(&proto::ListConsentVersionsRequest::default()));
    assert_eq!(violated, ["patient_id", "consent_id"]);
}
