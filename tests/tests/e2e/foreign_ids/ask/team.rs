//! The patient, the care team, consent and emergencies.

use renkei_proto::v1::{
    AmendConsentRequest, AnswerCustodianOfferRequest, AnswerInvitationRequest, BreakGlassReason,
    BreakGlassRequest, BreakGlassVerdict, ExplainAccessRequest, GetPatientRequest, GetStaffAccessRequest,
    InviteCareTeamMemberRequest, LeaveCareTeamRequest, ListAccessRequest, ListBreakGlassRequest,
    ListCareTeamRequest, ListConsentVersionsRequest, ListConsentsRequest, OfferCustodianRequest,
    RecordConsentRequest, RemoveCareTeamMemberRequest, ReviewBreakGlassRequest, StaffAccess,
    UpdateStaffAccessRequest, WithdrawConsentRequest, invite_care_team_member_request as invite,
    remove_care_team_member_request as remove,
};

use super::Answer;
use crate::{
    foreign_ids::{question::Question, world::Ids},
    grpc::Session,
    region::{PASSWORD, form_all, invitation, new_id},
};

/// `None`: the question is about something else.
pub(super) async fn ask(question: Question, caller: &Session, ids: &Ids) -> Option<Answer> {
    let (mut patients, mut consents) = (caller.patients.clone(), caller.consents.clone());
    let (request_id, patient_id, text) = (new_id(), ids.patient.clone(), "理由".to_owned());
    let (organization, person) = (ids.organization.clone(), ids.person.clone());
    let (consent_id, paper_attachment_id) = (ids.consent.clone(), ids.paper.clone());
    Some(match question {
        Question::GetPatient => patients.get_patient(GetPatientRequest { patient_id }).await.map(drop),
        Question::ListCareTeam => patients.list_care_team(ListCareTeamRequest { patient_id }).await.map(drop),
        Question::InviteOrganization => {
            patients.invite_care_team_member(invitation(&patient_id, organization)).await.map(drop)
        }
        Question::InvitePerson => {
            let member = Some(invite::Member::PersonId(person));
            let request = InviteCareTeamMemberRequest { request_id, patient_id, member, message: text };
            patients.invite_care_team_member(request).await.map(drop)
        }
        Question::AnswerInvitation | Question::AnswerOwnInvitation => {
            let personal = question == Question::AnswerOwnInvitation;
            let staff_access = StaffAccess::All.into();
            let request =
                AnswerInvitationRequest { request_id, patient_id, accept: true, personal, staff_access };
            patients.answer_invitation(request).await.map(drop)
        }
        Question::Leave | Question::LeaveInPerson => {
            let personal = question == Question::LeaveInPerson;
            let request = LeaveCareTeamRequest { request_id, patient_id, personal, text };
            patients.leave_care_team(request).await.map(drop)
        }
        Question::RemoveOrganization => {
            let member = Some(remove::Member::OrganizationId(organization));
            let request = RemoveCareTeamMemberRequest { request_id, patient_id, member, text };
            patients.remove_care_team_member(request).await.map(drop)
        }
        Question::RemovePerson => {
            let member = Some(remove::Member::PersonId(person));
            let request = RemoveCareTeamMemberRequest { request_id, patient_id, member, text };
            patients.remove_care_team_member(request).await.map(drop)
        }
        Question::UpdateStaffAccess => {
            let (staff_access, person_ids) = (StaffAccess::Assigned.into(), vec![person]);
            let request = UpdateStaffAccessRequest { request_id, patient_id, staff_access, person_ids };
            patients.update_staff_access(request).await.map(drop)
        }
        Question::GetStaffAccess => {
            patients.get_staff_access(GetStaffAccessRequest { patient_id }).await.map(drop)
        }
        Question::OfferCustodian => {
            let request =
                OfferCustodianRequest { request_id, patient_id, organization_id: organization, text };
            patients.offer_custodian(request).await.map(drop)
        }
        Question::AnswerCustodianOffer => {
            let local_identifier = String::new();
            let request =
                AnswerCustodianOfferRequest { request_id, patient_id, accept: true, local_identifier };
            patients.answer_custodian_offer(request).await.map(drop)
        }
        Question::RecordConsent => {
            let form = Some(form_all());
            let request = RecordConsentRequest { request_id, patient_id, form, paper_attachment_id };
            consents.record_consent(request).await.map(drop)
        }
        Question::AmendConsent => {
            let (form, version) = (Some(form_all()), 1);
            let request = AmendConsentRequest {
                request_id,
                patient_id,
                consent_id,
                version,
                form,
                paper_attachment_id,
            };
            consents.amend_consent(request).await.map(drop)
        }
        Question::WithdrawConsent => {
            let request = WithdrawConsentRequest { request_id, patient_id, consent_id, part: None };
            consents.withdraw_consent(request).await.map(drop)
        }
        Question::ListConsents => consents.list_consents(ListConsentsRequest { patient_id }).await.map(drop),
        Question::ListConsentVersions => {
            let request = ListConsentVersionsRequest { patient_id, consent_id };
            consents.list_consent_versions(request).await.map(drop)
        }
        Question::ExplainOwnAccess | Question::ExplainAccess => {
            let person_id = if question == Question::ExplainAccess { person } else { String::new() };
            consents.explain_access(ExplainAccessRequest { patient_id, person_id }).await.map(drop)
        }
        Question::ListAccess => {
            let request = ListAccessRequest { patient_id, ..Default::default() };
            consents.list_access(request).await.map(drop)
        }
        Question::BreakGlass => {
            let reason = BreakGlassReason::Disaster.into();
            let password = PASSWORD.to_owned();
            let request = BreakGlassRequest { request_id, patient_id, reason, text, password };
            consents.break_glass(request).await.map(drop)
        }
        Question::ListBreakGlass => {
            let request = ListBreakGlassRequest { patient_id, ..Default::default() };
            consents.list_break_glass(request).await.map(drop)
        }
        Question::ReviewBreakGlass => {
            let (break_glass_id, verdict) = (ids.break_glass.clone(), BreakGlassVerdict::Justified.into());
            let request = ReviewBreakGlassRequest { request_id, patient_id, break_glass_id, verdict, text };
            consents.review_break_glass(request).await.map(drop)
        }
        _ => return None,
    })
}
