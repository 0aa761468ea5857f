use renkei_domain::Timestamp;
use renkei_domain::identity::{Actor, Role};
use renkei_domain::patient::MembershipStatus;

use super::*;
use crate::grpc::parse::{taken, violated};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn invite() -> proto::InviteCareTeamMemberRequest {
    proto::InviteCareTeamMemberRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        member: Some(Invited::PersonId(ID.into())),
        message: "訪問をお願いします".into(),
    }
}

#[test]
fn organizations_and_persons_are_invited() {
    let id = ID.parse().unwrap();
    assert_eq!(taken(parse_invite(&invite())).1.participant, Participant::Person(PersonId(id)));
    let member = Some(Invited::OrganizationId(ID.into()));
    let (_, command) = taken(parse_invite(&proto::InviteCareTeamMemberRequest { member, ..invite() }));
    assert_eq!(command.participant, Participant::Organization(OrganizationId(id)));
}

#[test]
fn every_violation_of_an_invitation_is_reported_at_once() {
    let violated_by = violated(parse_invite(&proto::InviteCareTeamMemberRequest::default()));
    assert_eq!(violated_by, ["request_id", "patient_id", "member", "message"]);
    for (member, field) in [
        (Invited::OrganizationId("a".into()), "organization_id"),
        (Invited::PersonId(String::new()), "person_id"),
    ] {
        let request = proto::InviteCareTeamMemberRequest { member: Some(member), ..invite() };
        assert_eq!(violated(parse_invite(&request)), [field]);
    }
    for message in [" ".to_owned(), "あ".repeat(1001)] {
        let request = proto::InviteCareTeamMemberRequest { message, ..invite() };
        assert_eq!(violated(parse_invite(&request)), ["message"]);
    }
}

fn answer(accept: bool, personal: bool, staff_access: i32) -> Result<AnswerInvitation> {
    let request = proto::AnswerInvitationRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        accept,
        personal,
        staff_access,
    };
    parse_answer(&request).map(|(_, _, answer)| answer)
}

#[test]
fn only_an_organization_that_accepts_assigns_staff() {
    assert_eq!(taken(answer(true, false, 0)).staff, StaffAccess::All);
    assert_eq!(taken(answer(true, false, 2)).staff, StaffAccess::Assigned);
    assert!(taken(answer(true, true, 0)).personal);
    assert!(!taken(answer(false, false, 1)).accept);
    for (accept, personal, staff) in [(false, false, 2), (true, true, 2), (false, true, 2), (true, false, 3)]
    {
        assert_eq!(violated(answer(accept, personal, staff)), ["staff_access"]);
    }
}

#[test]
fn whoever_leaves_may_say_why() {
    let request = |text: String| proto::LeaveCareTeamRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        personal: false,
        text,
    };
    taken(parse_leave(&request(String::new())));
    assert_eq!(violated(parse_leave(&request("あ".repeat(1001)))), ["text"]);
    let violated_by = violated(parse_leave(&proto::LeaveCareTeamRequest::default()));
    assert_eq!(violated_by, ["request_id", "patient_id"]);
}

#[test]
fn whoever_removes_a_member_says_why() {
    let violated_by = violated(parse_remove(&proto::RemoveCareTeamMemberRequest::default()));
    assert_eq!(violated_by, ["request_id", "patient_id", "member", "text"]);
    let request = proto::RemoveCareTeamMemberRequest {
        request_id: ID.into(),
        patient_id: ID.into(),
        member: Some(Removed::OrganizationId(ID.into())),
        text: "契約の終了".into(),
    };
    let (_, _, whom, text) = taken(parse_remove(&request));
    assert_eq!(whom, Participant::Organization(OrganizationId(ID.parse().unwrap())));
    assert_eq!(text, "契約の終了");
    let person = Some(Removed::PersonId("a".into()));
    let request = proto::RemoveCareTeamMemberRequest { member: person, text: "あ".repeat(1001), ..request };
    assert_eq!(violated(parse_remove(&request)), ["person_id", "text"]);
}

#[test]
fn staff_is_all_or_assigned() {
    let request = |staff_access, person_ids: Vec<String>| {
        let (request_id, patient_id) = (ID.into(), ID.into());
        parse_staff(&proto::UpdateStaffAccessRequest { request_id, patient_id, staff_access, person_ids })
    };
    let ids = |count: u128| (1..=count).map(|id| Uuid::from_u128(id).to_string()).collect::<Vec<_>>();
    let (_, _, staff, persons) = taken(request(2, ids(200)));
    assert_eq!((staff, persons.len()), (StaffAccess::Assigned, 200));
    assert_eq!(taken(request(1, vec![])).2, StaffAccess::All);
    assert_eq!(violated(request(0, ids(201))), ["staff_access", "person_ids"]);
    assert_eq!(violated(request(3, vec![ID.into(), ID.into()])), ["staff_access", "person_ids"]);
    assert_eq!(violated(request(2, vec![ID.into(), "a".into()])), ["person_ids[1]"]);
}

#[test]
fn an_offer_without_an_organization_takes_it_back() {
    let request = |organization: &str, text: String| {
        let (request_id, patient_id, organization_id) = (ID.into(), ID.into(), organization.into());
        parse_offer(&proto::OfferCustodianRequest { request_id, patient_id, organization_id, text })
    };
    assert_eq!(taken(request("", String::new())).2, None);
    assert_eq!(taken(request(ID, String::new())).2, Some(OrganizationId(ID.parse().unwrap())));
    assert_eq!(violated(request("a", "あ".repeat(1001))), ["organization_id", "text"]);
}

#[test]
fn a_new_custodian_may_bring_its_own_number() {
    let request = |local_identifier: &str| {
        parse_offer_answer(&proto::AnswerCustodianOfferRequest {
            request_id: ID.into(),
            patient_id: ID.into(),
            accept: true,
            local_identifier: local_identifier.into(),
        })
    };
    assert_eq!(taken(request("")).2, "");
    assert_eq!(taken(request(" A-0012 ")).2, "A-0012");
    assert_eq!(violated(request("A 12")), ["local_identifier"]);
    assert_eq!(violated(request(&"9".repeat(65))), ["local_identifier"]);
    let violated_by = violated(parse_offer_answer(&proto::AnswerCustodianOfferRequest::default()));
    assert_eq!(violated_by, ["request_id", "patient_id"]);
}

#[test]
fn a_person_who_is_a_member_has_no_staff() {
    let joined = |participant| CareTeamMember {
        patient: PatientId(Uuid::from_u128(1)),
        participant,
        name: "みどり".into(),
        status: MembershipStatus::Left,
        staff: StaffAccess::All,
        invited_by: Actor {
            person: PersonId(Uuid::from_u128(2)),
            person_name: "山田 太郎".into(),
            organization: OrganizationId(Uuid::from_u128(3)),
            organization_name: "みどり診療所".into(),
            role: Role::Doctor,
        },
        invited_at: Timestamp(0),
        answered_at: None,
        ended_at: Some(Timestamp(1_000_000)),
    };
    let id = Uuid::from_u128(4);
    let told = member(joined(Participant::Person(PersonId(id))));
    assert_eq!((told.person_id, told.person_name.as_str()), (id.to_string(), "みどり"));
    assert_eq!((told.organization_id.as_str(), told.organization_name.as_str()), ("", ""));
    assert_eq!((told.staff_access, told.status), (0, proto::MembershipStatus::Left as i32));
    assert_eq!(told.end_time.unwrap().seconds, 1);
    let told = member(joined(Participant::Organization(OrganizationId(id))));
    assert_eq!((told.organization_id, told.organization_name.as_str()), (id.to_string(), "みどり"));
    assert_eq!((told.person_id.as_str(), told.staff_access), ("", proto::StaffAccess::All as i32));
}
