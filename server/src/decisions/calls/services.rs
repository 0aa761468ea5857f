//! Requests about service accounts.

use bytes::Bytes;
use renkei_proto::v1 as proto;

use super::{Before, Call, call, decoded, new_id, one};

pub(in crate::decisions) const CREATE_OWN_SERVICE: Call =
    call(|about, _| create(about.caller.actor.organization.to_string())).note(|notes, answer| {
        let created: proto::CreateServiceAccountResponse = decoded(answer);
        notes.service = created.service_account.unwrap().service_account_id;
    });

pub(in crate::decisions) const CREATE_SERVICE: Call = call(|about, _| create(about.member.clone()));

fn create(organization_id: String) -> Vec<Bytes> {
    one(&proto::CreateServiceAccountRequest {
        request_id: new_id(),
        organization_id,
        name: "架空記録連携".into(),
        calls_per_minute: 60,
    })
}

pub(in crate::decisions) const CREATE_OWN_SERVICE_CODE: Call = call(|_, notes| {
    let service_account_id = notes.service.clone();
    one(&proto::CreateServiceEnrollmentCodeRequest { request_id: new_id(), service_account_id })
});

pub(in crate::decisions) const LIST_OWN_SERVICES: Call = call(|about, _| {
    let organization_id = about.caller.actor.organization.to_string();
    one(&proto::ListServiceAccountsRequest { organization_id })
});

pub(in crate::decisions) const LIST_SERVICES: Call =
    call(|about, _| one(&proto::ListServiceAccountsRequest { organization_id: about.member.clone() }));

pub(in crate::decisions) const END_OWN_SERVICE: Call = call(|_, notes| {
    let service_account_id = notes.service.clone();
    one(&proto::EndServiceAccountRequest { request_id: new_id(), service_account_id })
});

pub(in crate::decisions) const ALLOW_SERVICE: Call = call(|_, notes| {
    let service_account_id = notes.service.clone();
    one(&proto::AllowServiceRequest { request_id: new_id(), service_account_id })
})
.before(Before::Service);

pub(in crate::decisions) const DISALLOW_SERVICE: Call = call(|_, notes| {
    let service_account_id = notes.service.clone();
    one(&proto::DisallowServiceRequest { request_id: new_id(), service_account_id })
});

pub(in crate::decisions) const LIST_ALLOWED_SERVICES: Call =
    call(|_, _| one(&proto::ListAllowedServicesRequest {}));
