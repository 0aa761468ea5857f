//! The care team: who belongs to it, who of an organisation sees the patient, and who is custodian.

mod hand_over;
mod membership;
mod notices;
mod staff;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    AnswerCustodianOfferRequest, AnswerCustodianOfferResponse, CareTeamMember, InviteCareTeamMemberRequest,
    InviteCareTeamMemberResponse, LeaveCareTeamRequest, LeaveCareTeamResponse, ListCareTeamRequest,
    MembershipStatus, OfferCustodianRequest, OfferCustodianResponse, RemoveCareTeamMemberRequest,
    RemoveCareTeamMemberResponse, invite_care_team_member_request::Member as Invited,
    remove_care_team_member_request::Member as Removed,
};

use crate::{calls::Answered, grpc::Session, region::new_id};

impl Session {
    async fn invite(&self, patient: &str, member: Invited) -> Answered<InviteCareTeamMemberResponse> {
        let request = InviteCareTeamMemberRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            member: Some(member),
            message: "退院後の在宅ケアにご参加ください。".to_owned(),
        };
        self.patients.clone().invite_care_team_member(request).await
    }

    async fn remove(
        &self,
        patient: &str,
        member: Removed,
        text: &str,
    ) -> Answered<RemoveCareTeamMemberResponse> {
        let request = RemoveCareTeamMemberRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            member: Some(member),
            text: text.to_owned(),
        };
        self.patients.clone().remove_care_team_member(request).await
    }

    async fn leave(&self, patient: &str, personal: bool) -> Answered<LeaveCareTeamResponse> {
        let request = LeaveCareTeamRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            personal,
            text: "担当の終了".to_owned(),
        };
        self.patients.clone().leave_care_team(request).await
    }

    /// Offers the custodianship; without an organisation takes the offer back.
    async fn offer(&self, patient: &str, organization_id: String) -> Answered<OfferCustodianResponse> {
        let request = OfferCustodianRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            organization_id,
            text: "転居のため".to_owned(),
        };
        self.patients.clone().offer_custodian(request).await
    }

    async fn answer_offer(
        &self,
        patient: &str,
        accept: bool,
        local_identifier: &str,
    ) -> Answered<AnswerCustodianOfferResponse> {
        let request = AnswerCustodianOfferRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            accept,
            local_identifier: local_identifier.to_owned(),
        };
        self.patients.clone().answer_custodian_offer(request).await
    }

    async fn care_team(&self, patient: &str) -> Result<Vec<CareTeamMember>> {
        let request = ListCareTeamRequest { patient_id: patient.to_owned() };
        Ok(self.patients.clone().list_care_team(request).await?.into_inner().members)
    }

    /// Where the organisation or person with this id stands.
    async fn status_of(&self, patient: &str, id: &str) -> Result<MembershipStatus> {
        let members = self.care_team(patient).await?;
        let member = members.iter().find(|it| it.organization_id == id || it.person_id == id);
        Ok(member.context("not in the care team")?.status())
    }
}
