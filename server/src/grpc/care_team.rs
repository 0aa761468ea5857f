//! Care teams and the custodianship: for `PatientService`.

use renkei_domain::Result;
use renkei_domain::id::{OrganizationId, PatientId, PersonId, RequestId};
use renkei_domain::patient::{CareTeamMember, Invitation, Participant, StaffAccess, StaffAssignment};
use renkei_proto::v1 as proto;
use renkei_proto::v1::invite_care_team_member_request::Member as Invited;
use renkei_proto::v1::remove_care_team_member_request::Member as Removed;
use uuid::Uuid;

use super::convert;
use super::parse::Fields;
use super::patient::local_identifier;
use crate::app::care_team::{AnswerInvitation, Invite};

/// Characters of a message or a reason.
const MAX_TEXT: usize = 1000;
/// Assigned staff of one organisation.
const MAX_STAFF: usize = 200;

pub(super) fn parse_invite(request: &proto::InviteCareTeamMemberRequest) -> Result<(RequestId, Invite)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let member = request.member.as_ref().map(|member| match member {
        Invited::OrganizationId(id) => Member::Organization(id),
        Invited::PersonId(id) => Member::Person(id),
    });
    let invite = Invite {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        participant: participant(&mut fields, member),
        message: fields.required_text("message", request.message.clone(), MAX_TEXT),
    };
    fields.finish((id, invite))
}

pub(super) fn parse_answer(
    request: &proto::AnswerInvitationRequest,
) -> Result<(RequestId, PatientId, AnswerInvitation)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let staff = convert::from_staff_access(request.staff_access);
    if staff.is_none() && request.staff_access != 0 {
        fields.wrong("staff_access", "must be a known value, or be left out");
    }
    if staff == Some(StaffAccess::Assigned) && (request.personal || !request.accept) {
        fields.wrong("staff_access", "can be ASSIGNED only where the organisation accepts");
    }
    let answer = AnswerInvitation {
        accept: request.accept,
        personal: request.personal,
        staff: staff.unwrap_or(StaffAccess::All),
    };
    fields.finish((id, patient, answer))
}

pub(super) fn parse_leave(request: &proto::LeaveCareTeamRequest) -> Result<(RequestId, PatientId, String)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let text = fields.text("text", request.text.clone(), MAX_TEXT);
    fields.finish((id, patient, text))
}

pub(super) fn parse_remove(
    request: &proto::RemoveCareTeamMemberRequest,
) -> Result<(RequestId, PatientId, Participant, String)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let member = request.member.as_ref().map(|member| match member {
        Removed::OrganizationId(id) => Member::Organization(id),
        Removed::PersonId(id) => Member::Person(id),
    });
    let participant = participant(&mut fields, member);
    let text = fields.required_text("text", request.text.clone(), MAX_TEXT);
    fields.finish((id, patient, participant, text))
}

pub(super) fn parse_staff(
    request: &proto::UpdateStaffAccessRequest,
) -> Result<(RequestId, PatientId, StaffAccess, Vec<PersonId>)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let staff = convert::from_staff_access(request.staff_access);
    if staff.is_none() {
        fields.wrong("staff_access", "must be ALL or ASSIGNED");
    }
    let persons = fields.uuids("person_ids", &request.person_ids, MAX_STAFF);
    let persons = persons.into_iter().map(PersonId).collect();
    fields.finish((id, patient, staff.unwrap_or(StaffAccess::All), persons))
}

pub(super) fn parse_offer(
    request: &proto::OfferCustodianRequest,
) -> Result<(RequestId, PatientId, Option<OrganizationId>, String)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let to = fields.optional_uuid("organization_id", &request.organization_id).map(OrganizationId);
    let text = fields.text("text", request.text.clone(), MAX_TEXT);
    fields.finish((id, patient, to, text))
}

pub(super) fn parse_offer_answer(
    request: &proto::AnswerCustodianOfferRequest,
) -> Result<(RequestId, PatientId, String)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let local_identifier = local_identifier(&mut fields, "local_identifier", &request.local_identifier);
    fields.finish((id, patient, local_identifier))
}

/// Who is named, in whichever request.
enum Member<'a> {
    Organization(&'a str),
    Person(&'a str),
}

fn participant(fields: &mut Fields, member: Option<Member<'_>>) -> Participant {
    match member {
        Some(Member::Organization(id)) => {
            Participant::Organization(OrganizationId(fields.uuid("organization_id", id)))
        }
        Some(Member::Person(id)) => Participant::Person(PersonId(fields.uuid("person_id", id))),
        None => {
            fields.wrong("member", "is required");
            Participant::Organization(OrganizationId(Uuid::nil()))
        }
    }
}

pub(super) fn member(member: CareTeamMember) -> proto::CareTeamMember {
    let mut told = proto::CareTeamMember {
        patient_id: member.patient.to_string(),
        status: convert::membership_status(member.status),
        invited_by: convert::actor(member.invited_by),
        invite_time: convert::time(member.invited_at),
        answer_time: member.answered_at.and_then(convert::time),
        end_time: member.ended_at.and_then(convert::time),
        ..Default::default()
    };
    match member.participant {
        Participant::Organization(id) => {
            told.organization_id = id.to_string();
            told.organization_name = member.name;
            told.staff_access = convert::staff_access(member.staff);
        }
        Participant::Person(id) => {
            told.person_id = id.to_string();
            told.person_name = member.name;
        }
    }
    told
}

pub(super) fn invitation(invitation: Invitation) -> proto::Invitation {
    proto::Invitation {
        damaged: invitation.message.is_none(),
        message: invitation.message.unwrap_or_default(),
        member: Some(member(invitation.member)),
    }
}

pub(super) fn assignment(assignment: StaffAssignment) -> proto::StaffAssignment {
    let person = |(id, name): (PersonId, String)| proto::AssignedPerson { person_id: id.to_string(), name };
    proto::StaffAssignment {
        staff_access: convert::staff_access(assignment.access),
        persons: assignment.persons.into_iter().map(person).collect(),
    }
}

#[cfg(test)]
#[path = "care_team_tests.rs"]
mod tests;
