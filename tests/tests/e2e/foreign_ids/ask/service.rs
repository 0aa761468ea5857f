//! About service accounts.

use anyhow::Result;
use renkei_proto::v1::{
    AllowServiceRequest, BeginServiceSessionRequest, CreateServiceAccountRequest,
    CreateServiceEnrollmentCodeRequest, DisallowServiceRequest, EndServiceAccountRequest,
    ListServiceAccountsRequest, auth_service_client::AuthServiceClient,
};

use super::Answer;
use crate::{
    foreign_ids::{question::Question, world::Ids},
    region::{Member, new_id},
};

/// `None`: it is about something else.
pub(super) async fn ask(question: Question, caller: &Member, ids: &Ids) -> Result<Option<Answer>> {
    let (mut identity, request_id) = (caller.session.identity.clone(), new_id());
    let mut auth = caller.session.auth.clone();
    let (organization_id, service_account_id) = (ids.organization.clone(), ids.service.clone());
    Ok(Some(match question {
        Question::BeginServiceSession => {
            let channel = caller.device.place.channel(Some(&caller.device.credentials))?;
            let affiliation_id = ids.affiliation.clone();
            let request = BeginServiceSessionRequest { affiliation_id, ..Default::default() };
            AuthServiceClient::new(channel).begin_service_session(request).await.map(drop)
        }
        Question::AllowService => {
            auth.allow_service(AllowServiceRequest { request_id, service_account_id }).await.map(drop)
        }
        Question::DisallowService => {
            auth.disallow_service(DisallowServiceRequest { request_id, service_account_id }).await.map(drop)
        }
        Question::CreateServiceAccount => {
            let name = "架空記録連携".to_owned();
            let request =
                CreateServiceAccountRequest { request_id, organization_id, name, calls_per_minute: 60 };
            identity.create_service_account(request).await.map(drop)
        }
        Question::ListServiceAccounts => {
            identity.list_service_accounts(ListServiceAccountsRequest { organization_id }).await.map(drop)
        }
        Question::EndServiceAccount => {
            let request = EndServiceAccountRequest { request_id, service_account_id };
            identity.end_service_account(request).await.map(drop)
        }
        Question::CreateServiceEnrollmentCode => {
            let request = CreateServiceEnrollmentCodeRequest { request_id, service_account_id };
            identity.create_service_enrollment_code(request).await.map(drop)
        }
        _ => return Ok(None),
    }))
}
