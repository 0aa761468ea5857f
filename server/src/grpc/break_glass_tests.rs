use prost::Message as _;
use renkei_domain::Timestamp;
use renkei_domain::break_glass::Review;
use renkei_domain::id::{OrganizationId, PersonId};
use renkei_domain::identity::{Actor, Role};
use uuid::Uuid;

use super::*;
use crate::grpc::parse::{taken, violated};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn request() -> proto::BreakGlassRequest {
    proto::BreakGlassRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        reason: proto::BreakGlassReason::EmergencyTransport as i32,
        text: "自宅で倒れ、\n救急搬送中".into(),
        password: "correct horse".into(),
    }
}

#[test]
fn the_fingerprint_is_that_of_the_request_without_the_password() {
    let (body, _, command) = taken(parse(request()));
    assert_eq!(command.password, "correct horse");
    assert_eq!(command.text, request().text);
    assert_eq!(body, proto::BreakGlassRequest { password: String::new(), ..request() });
    let (again, _, _) = taken(parse(proto::BreakGlassRequest { password: "other".into(), ..request() }));
    assert_eq!(body.encode_to_vec(), again.encode_to_vec());
}

#[test]
fn every_violation_of_an_emergency_is_reported_at_once() {
    let violated = violated(parse(proto::BreakGlassRequest::default()));
    assert_eq!(violated, ["request_id", "reason", "password", "patient_id", "text"]);
}

#[test]
fn an_emergency_says_why_in_up_to_a_thousand_characters() {
    taken(parse(proto::BreakGlassRequest { text: "あ".repeat(1000), ..request() }));
    for text in ["あ".repeat(1001), " \n".into(), "bell\u{7}".into()] {
        assert_eq!(violated(parse(proto::BreakGlassRequest { text, ..request() })), ["text"]);
    }
    for reason in [0, 5] {
        assert_eq!(violated(parse(proto::BreakGlassRequest { reason, ..request() })), ["reason"]);
    }
    let password = "x".repeat(257);
    assert_eq!(violated(parse(proto::BreakGlassRequest { password, ..request() })), ["password"]);
}

#[test]
fn a_list_is_of_all_patients_or_one() {
    let list = |patient: &str, page_size| {
        let patient_id = patient.to_owned();
        parse_list(proto::ListBreakGlassRequest { patient_id, page_size, ..Default::default() })
    };
    assert_eq!(taken(list("", 0)).0, None);
    let (patient, page) = taken(list(ID, 500));
    assert_eq!((patient.map(|id| id.to_string()).as_deref(), page.size), (Some(ID), 100));
    assert_eq!(violated(list("him", -1)), ["patient_id", "page_size"]);
}

fn review() -> proto::ReviewBreakGlassRequest {
    proto::ReviewBreakGlassRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        break_glass_id: ID.into(),
        verdict: proto::BreakGlassVerdict::Justified as i32,
        text: String::new(),
    }
}

#[test]
fn whoever_finds_it_not_justified_says_why() {
    let not_justified = proto::BreakGlassVerdict::NotJustified as i32;
    taken(parse_review(&review()));
    let without = proto::ReviewBreakGlassRequest { verdict: not_justified, ..review() };
    assert_eq!(violated(parse_review(&without)), ["text"]);
    let with = proto::ReviewBreakGlassRequest { text: "必要がなかった".into(), ..without };
    assert_eq!(taken(parse_review(&with)).1.verdict, Verdict::NotJustified);
    let long = proto::ReviewBreakGlassRequest { text: "あ".repeat(1001), ..review() };
    assert_eq!(violated(parse_review(&long)), ["text"]);
}

#[test]
fn every_violation_of_a_review_is_reported_at_once() {
    let violated = violated(parse_review(&proto::ReviewBreakGlassRequest::default()));
    assert_eq!(violated, ["request_id", "verdict", "patient_id", "break_glass_id"]);
}

fn opened() -> BreakGlass {
    let actor = Actor {
        person: PersonId(Uuid::from_u128(1)),
        person_name: "山田 太郎".into(),
        organization: OrganizationId(Uuid::from_u128(2)),
        organization_name: "みどり診療所".into(),
        role: Role::Doctor,
    };
    BreakGlass {
        id: BreakGlassId(Uuid::from_u128(3)),
        patient: PatientId(Uuid::from_u128(4)),
        actor: actor.clone(),
        reason: BreakGlassReason::Disaster,
        text: Some("地震".into()),
        started_at: Timestamp(0),
        ends_at: Timestamp(3_600_000_000),
        review: Some(Review {
            verdict: Verdict::Justified,
            actor,
            reviewed_at: Timestamp(7_200_000_000),
            text: Some(String::new()),
        }),
    }
}

#[test]
fn a_text_that_does_not_open_is_told() {
    assert!(!access(opened()).damaged);
    assert!(access(BreakGlass { text: None, ..opened() }).damaged);
    let mut review_damaged = opened();
    review_damaged.review.as_mut().unwrap().text = None;
    let told = access(review_damaged);
    assert!(told.damaged);
    assert_eq!((told.text.as_str(), told.review_text.as_str()), ("地震", ""));
}

#[test]
fn it_is_due_to_be_reviewed_after_three_days() {
    let told = access(BreakGlass { review: None, ..opened() });
    assert_eq!(told.review_due_time.unwrap().seconds, 72 * 60 * 60);
    assert_eq!((told.verdict, told.reviewed_by, told.review_time), (0, None, None));
}
