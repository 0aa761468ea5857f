//! `PatientService`.

use renkei_domain::Result;
use renkei_domain::id::{OrganizationId, PatientId, RequestId};
use renkei_domain::patient::{CareTeamMember, Demographics, Invitation, Patient, Sex};
use renkei_proto::v1 as proto;
use renkei_proto::v1::patient_service_server::PatientService;
use tonic::{Request, Response, Status};

use super::parse::{Fields, page};
use super::status::to_status;
use super::{Services, caller, convert};
use crate::app::care_team::Invite;
use crate::app::patient::PatientQuery;

#[tonic::async_trait]
impl PatientService for Services {
    async fn register_patient(
        &self,
        request: Request<proto::RegisterPatientRequest>,
    ) -> Result<Response<proto::RegisterPatientResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, demographics) = parse_registration(&request).map_err(to_status)?;
        let key = self.request_key("RegisterPatient", id, &request);
        let registered = self.app.register_patient(&caller, key, demographics).await.map_err(to_status)?;
        Ok(Response::new(proto::RegisterPatientResponse { patient: Some(patient(registered)) }))
    }

    async fn get_patient(
        &self,
        request: Request<proto::GetPatientRequest>,
    ) -> Result<Response<proto::GetPatientResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let id = patient_id(&request.get_ref().patient_id).map_err(to_status)?;
        let found = self.app.get_patient(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::GetPatientResponse { patient: Some(patient(found)) }))
    }

    async fn list_patients(
        &self,
        request: Request<proto::ListPatientsRequest>,
    ) -> Result<Response<proto::ListPatientsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let query = parse_query(&request).map_err(to_status)?;
        let wanted = page(request.page_size, request.page_token, 50, 100).map_err(to_status)?;
        let found = self.app.list_patients(&caller, query, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListPatientsResponse {
            patients: found.items.into_iter().map(patient).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn invite_care_team_member(
        &self,
        request: Request<proto::InviteCareTeamMemberRequest>,
    ) -> Result<Response<proto::InviteCareTeamMemberResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = parse_invite(&request).map_err(to_status)?;
        let key = self.request_key("InviteCareTeamMember", id, &request);
        let invited = self.app.invite_care_team_member(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::InviteCareTeamMemberResponse { member: Some(member(invited)) }))
    }

    async fn list_invitations(
        &self,
        request: Request<proto::ListInvitationsRequest>,
    ) -> Result<Response<proto::ListInvitationsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let wanted = page(request.page_size, request.page_token, 50, 100).map_err(to_status)?;
        let found = self.app.list_invitations(&caller, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListInvitationsResponse {
            invitations: found.items.into_iter().map(invitation).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn answer_invitation(
        &self,
        request: Request<proto::AnswerInvitationRequest>,
    ) -> Result<Response<proto::AnswerInvitationResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = RequestId(fields.uuid("request_id", &request.request_id));
        let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
        fields.finish(()).map_err(to_status)?;
        let key = self.request_key("AnswerInvitation", id, &request);
        let answered =
            self.app.answer_invitation(&caller, key, patient, request.accept).await.map_err(to_status)?;
        Ok(Response::new(proto::AnswerInvitationResponse { member: Some(member(answered)) }))
    }

    async fn list_care_team(
        &self,
        request: Request<proto::ListCareTeamRequest>,
    ) -> Result<Response<proto::ListCareTeamResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let id = patient_id(&request.get_ref().patient_id).map_err(to_status)?;
        let members = self.app.list_care_team(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::ListCareTeamResponse { members: members.into_iter().map(member).collect() }))
    }
}

/// The one field of a request that names a patient.
pub(super) fn patient_id(text: &str) -> Result<PatientId> {
    let mut fields = Fields::default();
    let id = PatientId(fields.uuid("patient_id", text));
    fields.finish(id)
}

fn parse_registration(request: &proto::RegisterPatientRequest) -> Result<(RequestId, Demographics)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    // where it is missing its required fields are reported
    let missing = proto::Demographics::default();
    let given = request.demographics.as_ref().unwrap_or(&missing);
    let sex = convert::from_sex(given.sex);
    if sex.is_none() {
        fields.wrong("demographics.sex", "must be a known value");
    }
    let local_identifier = fields.line("demographics.local_identifier", &given.local_identifier, 0, 64);
    if local_identifier.contains(char::is_whitespace) {
        fields.wrong("demographics.local_identifier", "must not contain white space");
    }
    let demographics = Demographics {
        name: fields.line("demographics.name", &given.name, 1, 100),
        name_kana: fields.line("demographics.name_kana", &given.name_kana, 1, 100),
        birth_date: fields.date("demographics.birth_date", given.birth_date),
        sex: sex.unwrap_or(Sex::Unknown),
        local_identifier,
    };
    fields.finish((id, demographics))
}

fn parse_query(request: &proto::ListPatientsRequest) -> Result<PatientQuery> {
    let mut fields = Fields::default();
    let local_identifier = fields.line("local_identifier", &request.local_identifier, 0, 64);
    let name_kana = fields.line("name_kana", &request.name_kana, 0, 100);
    if !local_identifier.is_empty() && !name_kana.is_empty() {
        fields.wrong("name_kana", "must be left out when local_identifier is given");
    }
    let given = |text: String| (!text.is_empty()).then_some(text);
    fields.finish(PatientQuery { local_identifier: given(local_identifier), name_kana: given(name_kana) })
}

fn parse_invite(request: &proto::InviteCareTeamMemberRequest) -> Result<(RequestId, Invite)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let invite = Invite {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        organization: OrganizationId(fields.uuid("organization_id", &request.organization_id)),
        message: fields.text("message", request.message.clone(), 1000),
    };
    fields.finish((id, invite))
}

fn patient(patient: Patient) -> proto::Patient {
    proto::Patient {
        patient_id: patient.id.to_string(),
        damaged: patient.demographics.is_none(),
        demographics: patient.demographics.map(|demographics| proto::Demographics {
            name: demographics.name,
            name_kana: demographics.name_kana,
            birth_date: Some(proto::Date {
                year: demographics.birth_date.year().into(),
                month: demographics.birth_date.month().into(),
                day: demographics.birth_date.day().into(),
            }),
            sex: convert::sex(demographics.sex),
            local_identifier: demographics.local_identifier,
        }),
        custodian_organization_id: patient.custodian.to_string(),
        create_time: convert::time(patient.registered_at),
    }
}

fn member(member: CareTeamMember) -> proto::CareTeamMember {
    proto::CareTeamMember {
        patient_id: member.patient.to_string(),
        organization_id: member.organization.to_string(),
        organization_name: member.organization_name,
        status: convert::membership_status(member.status),
        invited_by: convert::actor(member.invited_by),
        invite_time: convert::time(member.invited_at),
        answer_time: member.answered_at.and_then(convert::time),
    }
}

fn invitation(invitation: Invitation) -> proto::Invitation {
    proto::Invitation {
        damaged: invitation.message.is_none(),
        message: invitation.message.unwrap_or_default(),
        member: Some(member(invitation.member)),
    }
}
