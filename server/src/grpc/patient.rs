//! `PatientService`.

use renkei_domain::id::{PatientId, RequestId};
use renkei_domain::patient::{Demographics, Patient, Sex};
use renkei_domain::{Result, Timestamp};
use renkei_proto::v1 as proto;
use renkei_proto::v1::patient_service_server::PatientService;
use tonic::{Request, Response, Status};

use super::care_team::{assignment, invitation, member};
use super::parse::{Fields, page};
use super::status::to_status;
use super::{Services, caller, care_team, convert};
use crate::app::PageRequest;
use crate::app::patient::PatientQuery;

#[tonic::async_trait]
impl PatientService for Services {
    async fn register_patient(
        &self,
        request: Request<proto::RegisterPatientRequest>,
    ) -> Result<Response<proto::RegisterPatientResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, demographics) = parse_registration(&request, self.app.now()).map_err(to_status)?;
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
        let (query, wanted) = parse_query(request).map_err(to_status)?;
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
        let (id, command) = care_team::parse_invite(&request).map_err(to_status)?;
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
        let (id, patient, answer) = care_team::parse_answer(&request).map_err(to_status)?;
        let key = self.request_key("AnswerInvitation", id, &request);
        let answered = self.app.answer_invitation(&caller, key, patient, answer).await.map_err(to_status)?;
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

    async fn leave_care_team(
        &self,
        request: Request<proto::LeaveCareTeamRequest>,
    ) -> Result<Response<proto::LeaveCareTeamResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, text) = care_team::parse_leave(&request).map_err(to_status)?;
        let key = self.request_key("LeaveCareTeam", id, &request);
        let left = self
            .app
            .leave_care_team(&caller, key, patient, request.personal, text)
            .await
            .map_err(to_status)?;
        Ok(Response::new(proto::LeaveCareTeamResponse { member: Some(member(left)) }))
    }

    async fn remove_care_team_member(
        &self,
        request: Request<proto::RemoveCareTeamMemberRequest>,
    ) -> Result<Response<proto::RemoveCareTeamMemberResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, whom, text) = care_team::parse_remove(&request).map_err(to_status)?;
        let key = self.request_key("RemoveCareTeamMember", id, &request);
        let removed =
            self.app.remove_care_team_member(&caller, key, patient, whom, text).await.map_err(to_status)?;
        Ok(Response::new(proto::RemoveCareTeamMemberResponse { member: Some(member(removed)) }))
    }

    async fn update_staff_access(
        &self,
        request: Request<proto::UpdateStaffAccessRequest>,
    ) -> Result<Response<proto::UpdateStaffAccessResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, staff, persons) = care_team::parse_staff(&request).map_err(to_status)?;
        let key = self.request_key("UpdateStaffAccess", id, &request);
        let updated =
            self.app.update_staff_access(&caller, key, patient, staff, persons).await.map_err(to_status)?;
        Ok(Response::new(proto::UpdateStaffAccessResponse { assignment: Some(assignment(updated)) }))
    }

    async fn get_staff_access(
        &self,
        request: Request<proto::GetStaffAccessRequest>,
    ) -> Result<Response<proto::GetStaffAccessResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let id = patient_id(&request.get_ref().patient_id).map_err(to_status)?;
        let found = self.app.get_staff_access(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::GetStaffAccessResponse { assignment: Some(assignment(found)) }))
    }

    async fn offer_custodian(
        &self,
        request: Request<proto::OfferCustodianRequest>,
    ) -> Result<Response<proto::OfferCustodianResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, to, text) = care_team::parse_offer(&request).map_err(to_status)?;
        let key = self.request_key("OfferCustodian", id, &request);
        self.app.offer_custodian(&caller, key, patient, to, text).await.map_err(to_status)?;
        Ok(Response::new(proto::OfferCustodianResponse {}))
    }

    async fn answer_custodian_offer(
        &self,
        request: Request<proto::AnswerCustodianOfferRequest>,
    ) -> Result<Response<proto::AnswerCustodianOfferResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, number) = care_team::parse_offer_answer(&request).map_err(to_status)?;
        let key = self.request_key("AnswerCustodianOffer", id, &request);
        let accept = request.accept;
        self.app.answer_custodian_offer(&caller, key, patient, accept, number).await.map_err(to_status)?;
        Ok(Response::new(proto::AnswerCustodianOfferResponse {}))
    }
}

/// The one field of a request that names a patient.
pub(super) fn patient_id(text: &str) -> Result<PatientId> {
    let mut fields = Fields::default();
    let id = PatientId(fields.uuid("patient_id", text));
    fields.finish(id)
}

fn parse_registration(
    request: &proto::RegisterPatientRequest,
    now: Timestamp,
) -> Result<(RequestId, Demographics)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    // where it is missing its required fields are reported
    let missing = proto::Demographics::default();
    let given = request.demographics.as_ref().unwrap_or(&missing);
    let sex = convert::from_sex(given.sex);
    if sex.is_none() {
        fields.wrong("demographics.sex", "must be a known value");
    }
    let local_identifier =
        local_identifier(&mut fields, "demographics.local_identifier", &given.local_identifier);
    let demographics = Demographics {
        name: fields.line("demographics.name", &given.name, 1, 100),
        name_kana: fields.line("demographics.name_kana", &given.name_kana, 1, 100),
        birth_date: fields.date("demographics.birth_date", given.birth_date),
        sex: sex.unwrap_or(Sex::Unknown),
        local_identifier,
    };
    fields.not_ahead("demographics.birth_date", Some(demographics.birth_date), now);
    fields.finish((id, demographics))
}

/// A custodian organisation's own number for a patient; may be empty.
pub(super) fn local_identifier(fields: &mut Fields, field: &str, text: &str) -> String {
    let text = fields.line(field, text, 0, 64);
    if text.contains(char::is_whitespace) {
        fields.wrong(field, "must not contain white space");
    }
    text
}

fn parse_query(request: proto::ListPatientsRequest) -> Result<(PatientQuery, PageRequest)> {
    let mut fields = Fields::default();
    let local_identifier = fields.line("local_identifier", &request.local_identifier, 0, 64);
    let name_kana = fields.line("name_kana", &request.name_kana, 0, 100);
    if !local_identifier.is_empty() && !name_kana.is_empty() {
        fields.wrong("name_kana", "must be left out when local_identifier is given");
    }
    let page = fields.page(request.page_size, request.page_token, 50, 100);
    let given = |text: String| (!text.is_empty()).then_some(text);
    let query = PatientQuery { local_identifier: given(local_identifier), name_kana: given(name_kana) };
    fields.finish((query, page))
}

fn patient(patient: Patient) -> proto::Patient {
    proto::Patient {
        patient_id: patient.id.to_string(),
        damaged: patient.demographics.is_none(),
        demographics: patient.demographics.map(|demographics| proto::Demographics {
            name: demographics.name,
            name_kana: demographics.name_kana,
            birth_date: convert::date(demographics.birth_date),
            sex: convert::sex(demographics.sex),
            local_identifier: demographics.local_identifier,
        }),
        custodian_organization_id: patient.custodian.to_string(),
        create_time: convert::time(patient.registered_at),
        offered_custodian_organization_id: convert::optional_text(patient.offered_custodian),
    }
}
