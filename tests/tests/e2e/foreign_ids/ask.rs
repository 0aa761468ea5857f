//! The calls.

mod organization;
mod record;
mod service;
mod team;

use anyhow::Result;
use renkei_proto::v1::{
    CreateAffiliationRequest, CreateEnrollmentCodeRequest, EndAffiliationRequest, EndSessionRequest,
    ListDevicesRequest, ListEventsRequest, OffboardPersonRequest, ReinstatePersonRequest,
    ResetPasswordRequest, RevokeDeviceRequest, Role, SuspendPersonRequest, end_session_request::Which,
};
use tonic::Status;

use super::{question::Question, world::Ids};
use crate::region::{Member, new_id};

/// What came of a call, without what a success returned.
pub(super) type Answer = Result<(), Status>;

/// Asks one question with these ids.
pub(super) async fn ask(question: Question, caller: &Member, ids: &Ids) -> Result<Answer> {
    if let Some(answer) = team::ask(question, &caller.session, ids).await {
        return Ok(answer);
    }
    if let Some(answer) = organization::ask(question, &caller.session, ids).await {
        return Ok(answer);
    }
    if let Some(answer) = record::ask(question, &caller.session, ids).await {
        return Ok(answer);
    }
    if let Some(answer) = service::ask(question, caller, ids).await? {
        return Ok(answer);
    }
    let (mut identity, request_id) = (caller.session.identity.clone(), new_id());
    let mut auth = caller.session.auth.clone();
    let (person_id, affiliation_id) = (ids.person.clone(), ids.affiliation.clone());
    Ok(match question {
        Question::Login => return log_in(caller, &ids.affiliation).await,
        Question::EndSession => {
            let request = EndSessionRequest { which: Some(Which::SessionId(ids.session.clone())) };
            auth.end_session(request).await.map(drop)
        }
        Question::ListDevices => auth.list_devices(ListDevicesRequest { person_id }).await.map(drop),
        Question::RevokeDevice => {
            let request = RevokeDeviceRequest { request_id, device_id: ids.device.clone() };
            auth.revoke_device(request).await.map(drop)
        }
        Question::CreateAffiliation => {
            let organization_id = ids.organization.clone();
            let role = Role::Nurse.into();
            let request = CreateAffiliationRequest { request_id, person_id, organization_id, role };
            identity.create_affiliation(request).await.map(drop)
        }
        Question::CreateEnrollmentCode => {
            let request = CreateEnrollmentCodeRequest { request_id, person_id };
            identity.create_enrollment_code(request).await.map(drop)
        }
        Question::EndAffiliation => {
            let request = EndAffiliationRequest { request_id, affiliation_id };
            identity.end_affiliation(request).await.map(drop)
        }
        Question::OffboardPerson => {
            let request = OffboardPersonRequest {
                request_id,
                person_id,
                organization_id: ids.organization.clone(),
                ..Default::default()
            };
            identity.offboard_person(request).await.map(drop)
        }
        Question::ListEvents => {
            let organization_id = ids.organization.clone();
            let request = ListEventsRequest { organization_id, person_id, ..Default::default() };
            caller.session.audit.clone().list_events(request).await.map(drop)
        }
        Question::SuspendPerson => {
            let request = SuspendPersonRequest { request_id, person_id };
            identity.suspend_person(request).await.map(drop)
        }
        Question::ResetPassword => {
            let request = ResetPasswordRequest { request_id, person_id };
            identity.reset_password(request).await.map(drop)
        }
        Question::ReinstatePerson => {
            let request = ReinstatePersonRequest { request_id, person_id };
            identity.reinstate_person(request).await.map(drop)
        }
        other => anyhow::bail!("nobody asks {other:?}"),
    })
}

async fn log_in(caller: &Member, affiliation: &str) -> Result<Answer> {
    match caller.device.login_as(affiliation, Default::default()).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}
