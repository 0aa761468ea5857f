use renkei_domain::id::{BreakGlassId, ConsentId};
use renkei_domain::identity::{Actor, Purpose, Role};
use uuid::Uuid;

use super::*;
use crate::grpc::parse::{taken, violated};

#[test]
fn proofs_are_asked_for_with_sizes_that_can_be() {
    let sizes = |from_size, to_size| proto::GetConsistencyProofRequest { from_size, to_size };
    assert_eq!(taken(parse_sizes(&sizes(0, 7))), (0, 7));
    assert_eq!(violated(parse_sizes(&sizes(8, 7))), ["from_size"]);
    assert_eq!(violated(parse_sizes(&sizes(-1, -2))), ["from_size", "to_size"]);
    let wrong = proto::GetInclusionProofsRequest { size: -1, ..Default::default() };
    assert_eq!(violated(parse_inclusion(&wrong)), ["patient_id", "size"]);
}

#[test]
fn provisions_are_asked_for_in_a_period_or_of_all_time() {
    let patient_id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let request = |start: i64, end: i64| {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        proto::ListProvisionsRequest {
            patient_id: patient_id.into(),
            period: Some(proto::Period { start: at(start), end: at(end) }),
            ..Default::default()
        }
    };
    let ever = taken(parse_provisions(proto::ListProvisionsRequest { period: None, ..request(0, 0) }));
    assert_eq!((ever.from, ever.until, ever.page.size), (Timestamp(0), Timestamp(i64::MAX), 100));
    let some = taken(parse_provisions(request(7, 8)));
    assert_eq!((some.from, some.until), (Timestamp(7_000_000), Timestamp(8_000_000)));
    let many = proto::ListProvisionsRequest { page_size: 500, ..request(7, 8) };
    assert_eq!(taken(parse_provisions(many)).page.size, 200);
    let wrong = proto::ListProvisionsRequest { page_size: -1, ..request(8, 8) };
    assert_eq!(violated(parse_provisions(wrong)), ["period.end", "page_size"]);
}

#[test]
fn events_are_asked_for_by_what_is_known() {
    let request = |action, decision| proto::ListEventsRequest { action, decision, ..Default::default() };
    let (any, page) = taken(parse_events(request(0, 0)));
    assert_eq!((any.action, any.decision, any.organization, page.size), (None, None, None, 50));
    let (some, _) = taken(parse_events(request(proto::AuditAction::Login as i32, 2)));
    assert_eq!((some.action, some.decision), (Some(Action::Login), Some(Decision::Deny)));
    let wrong = proto::ListEventsRequest { person_id: "suzuki".into(), ..request(199, 9) };
    assert_eq!(violated(parse_events(wrong)), ["person_id", "action", "decision"]);
}

#[test]
fn a_provision_names_the_file_only_where_one_was_read() {
    let read = |action| Provision {
        event: AuditEvent {
            id: AuditEventId(Uuid::from_u128(1)),
            time: Timestamp(0),
            operator: None,
            session: None,
            actor: Some(Actor {
                person: PersonId(Uuid::from_u128(2)),
                person_name: "山田 太郎".into(),
                organization: OrganizationId(Uuid::from_u128(3)),
                organization_name: "みどり診療所".into(),
                role: Role::Doctor,
            }),
            action,
            decision: Decision::Permit,
            patient: PatientId(Uuid::from_u128(4)),
            object: Some(Uuid::from_u128(5)),
            seqs: [3, 4, 7].into_iter().collect(),
            consents: vec![ConsentId(Uuid::from_u128(6))],
            reason: None,
            purpose: Some(Purpose::Emergency),
            break_glass: Some(BreakGlassId(Uuid::from_u128(7))),
            service: None,
            number: None,
        },
        items: vec![(Category::Medication, 3)],
    };
    let told = provision(read(Action::AttachmentRead));
    assert_eq!(told.attachment_id, Uuid::from_u128(5).to_string());
    assert_eq!(told.break_glass_id, Uuid::from_u128(7).to_string());
    assert_eq!(told.purpose, proto::PurposeOfUse::Emergency as i32);
    assert_eq!(told.seqs, [proto::SeqRange { first: 3, last: 4 }, proto::SeqRange { first: 7, last: 7 }]);
    let medication = proto::ProvidedItems { category: proto::Category::Medication as i32, count: 3 };
    assert_eq!(told.items, [medication]);
    assert_eq!(provision(read(Action::EntryRead)).attachment_id, "");
}

#[test]
fn the_proto_has_the_same_actions() {
    for known in Action::ALL {
        assert_ne!(action(*known), 0, "{known}");
    }
    assert_eq!((1..200).filter(|n| proto::AuditAction::try_from(*n).is_ok()).count(), Action::ALL.len());
}
