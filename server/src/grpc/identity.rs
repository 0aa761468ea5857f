//! `IdentityService`.

use renkei_domain::Result;
use renkei_domain::id::{AffiliationId, OrganizationId, PersonId, RequestId};
use renkei_domain::identity::{
    Affiliation, LOGIN_NAME_RULE, Organization, OrganizationKind, OrganizationPolicy, Person, Role,
    is_login_name,
};
use renkei_proto::v1 as proto;
use renkei_proto::v1::identity_service_server::IdentityService;
use tonic::{Request, Response, Status};

use super::parse::{Fields, page};
use super::status::to_status;
use super::{Services, caller, convert, service};
use crate::app::identity::{
    NewAffiliation, NewOrganization, NewPerson, NewPolicy, OffboardPerson, Offboarding,
};

#[tonic::async_trait]
impl IdentityService for Services {
    async fn create_organization(
        &self,
        request: Request<proto::CreateOrganizationRequest>,
    ) -> Result<Response<proto::CreateOrganizationResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, new) = parse_organization(&request).map_err(to_status)?;
        let key = self.request_key("CreateOrganization", id, &request);
        let created = self.app.create_organization(&caller, key, new).await.map_err(to_status)?;
        Ok(Response::new(proto::CreateOrganizationResponse { organization: Some(organization(created)) }))
    }

    async fn list_organizations(
        &self,
        request: Request<proto::ListOrganizationsRequest>,
    ) -> Result<Response<proto::ListOrganizationsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let wanted = page(request.page_size, request.page_token, 100, 200).map_err(to_status)?;
        let found = self.app.list_organizations(&caller, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListOrganizationsResponse {
            organizations: found.items.into_iter().map(organization).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn get_organization_policy(
        &self,
        request: Request<proto::GetOrganizationPolicyRequest>,
    ) -> Result<Response<proto::GetOrganizationPolicyResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let mut fields = Fields::default();
        let id = OrganizationId(fields.uuid("organization_id", &request.get_ref().organization_id));
        fields.finish(()).map_err(to_status)?;
        let found = self.app.organization_policy(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::GetOrganizationPolicyResponse { policy: Some(policy(found)) }))
    }

    async fn update_organization_policy(
        &self,
        request: Request<proto::UpdateOrganizationPolicyRequest>,
    ) -> Result<Response<proto::UpdateOrganizationPolicyResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, new) = parse_policy(&request).map_err(to_status)?;
        let key = self.request_key("UpdateOrganizationPolicy", id, &request);
        let updated = self.app.update_organization_policy(&caller, key, new).await.map_err(to_status)?;
        Ok(Response::new(proto::UpdateOrganizationPolicyResponse { policy: Some(policy(updated)) }))
    }

    async fn create_person(
        &self,
        request: Request<proto::CreatePersonRequest>,
    ) -> Result<Response<proto::CreatePersonResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, new) = parse_person(&request).map_err(to_status)?;
        let key = self.request_key("CreatePerson", id, &request);
        let created = self.app.create_person(&caller, key, new).await.map_err(to_status)?;
        Ok(Response::new(proto::CreatePersonResponse { person: Some(person(created)) }))
    }

    async fn list_people(
        &self,
        request: Request<proto::ListPeopleRequest>,
    ) -> Result<Response<proto::ListPeopleResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let of = fields.optional_uuid("organization_id", &request.organization_id).map(OrganizationId);
        let wanted = fields.page(request.page_size, request.page_token, 100, 200);
        fields.finish(()).map_err(to_status)?;
        let found = self.app.list_people(&caller, of, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListPeopleResponse {
            people: found.items.into_iter().map(person).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn create_affiliation(
        &self,
        request: Request<proto::CreateAffiliationRequest>,
    ) -> Result<Response<proto::CreateAffiliationResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, new) = parse_affiliation(&request).map_err(to_status)?;
        let key = self.request_key("CreateAffiliation", id, &request);
        let created = self.app.create_affiliation(&caller, key, new).await.map_err(to_status)?;
        Ok(Response::new(proto::CreateAffiliationResponse { affiliation: Some(affiliation(created)) }))
    }

    async fn create_enrollment_code(
        &self,
        request: Request<proto::CreateEnrollmentCodeRequest>,
    ) -> Result<Response<proto::CreateEnrollmentCodeResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, person) = parse_person_id(&request.request_id, &request.person_id).map_err(to_status)?;
        let key = self.request_key("CreateEnrollmentCode", id, &request);
        let issued = self.app.create_enrollment_code(&caller, key, person).await.map_err(to_status)?;
        Ok(Response::new(proto::CreateEnrollmentCodeResponse {
            code: issued.code,
            expire_time: convert::time(issued.expires_at),
        }))
    }

    async fn end_affiliation(
        &self,
        request: Request<proto::EndAffiliationRequest>,
    ) -> Result<Response<proto::EndAffiliationResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = RequestId(fields.uuid("request_id", &request.request_id));
        let which = AffiliationId(fields.uuid("affiliation_id", &request.affiliation_id));
        fields.finish(()).map_err(to_status)?;
        let key = self.request_key("EndAffiliation", id, &request);
        let left = self.app.end_affiliation(&caller, key, which).await.map_err(to_status)?;
        Ok(Response::new(proto::EndAffiliationResponse { person: Some(person(left)) }))
    }

    async fn offboard_person(
        &self,
        request: Request<proto::OffboardPersonRequest>,
    ) -> Result<Response<proto::OffboardPersonResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = parse_offboarding(&request).map_err(to_status)?;
        let key = self.request_key("OffboardPerson", id, &request);
        let left = self.app.offboard_person(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(offboarding(left)))
    }

    async fn suspend_person(
        &self,
        request: Request<proto::SuspendPersonRequest>,
    ) -> Result<Response<proto::SuspendPersonResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, whom) = parse_person_id(&request.request_id, &request.person_id).map_err(to_status)?;
        let key = self.request_key("SuspendPerson", id, &request);
        let suspended = self.app.suspend_person(&caller, key, whom).await.map_err(to_status)?;
        Ok(Response::new(proto::SuspendPersonResponse { person: Some(person(suspended)) }))
    }

    async fn reinstate_person(
        &self,
        request: Request<proto::ReinstatePersonRequest>,
    ) -> Result<Response<proto::ReinstatePersonResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, whom) = parse_person_id(&request.request_id, &request.person_id).map_err(to_status)?;
        let key = self.request_key("ReinstatePerson", id, &request);
        let reinstated = self.app.reinstate_person(&caller, key, whom).await.map_err(to_status)?;
        Ok(Response::new(proto::ReinstatePersonResponse { person: Some(person(reinstated)) }))
    }

    async fn reset_password(
        &self,
        request: Request<proto::ResetPasswordRequest>,
    ) -> Result<Response<proto::ResetPasswordResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, whose) = parse_person_id(&request.request_id, &request.person_id).map_err(to_status)?;
        let key = self.request_key("ResetPassword", id, &request);
        let issued = self.app.reset_password(&caller, key, whose).await.map_err(to_status)?;
        Ok(Response::new(proto::ResetPasswordResponse {
            code: issued.code,
            expire_time: convert::time(issued.expires_at),
        }))
    }

    async fn create_service_account(
        &self,
        request: Request<proto::CreateServiceAccountRequest>,
    ) -> Result<Response<proto::CreateServiceAccountResponse>, Status> {
        service::create(self, request).await.map_err(to_status)
    }

    async fn list_service_accounts(
        &self,
        request: Request<proto::ListServiceAccountsRequest>,
    ) -> Result<Response<proto::ListServiceAccountsResponse>, Status> {
        service::list(self, request).await.map_err(to_status)
    }

    async fn end_service_account(
        &self,
        request: Request<proto::EndServiceAccountRequest>,
    ) -> Result<Response<proto::EndServiceAccountResponse>, Status> {
        service::end(self, request).await.map_err(to_status)
    }

    async fn create_service_enrollment_code(
        &self,
        request: Request<proto::CreateServiceEnrollmentCodeRequest>,
    ) -> Result<Response<proto::CreateServiceEnrollmentCodeResponse>, Status> {
        service::create_code(self, request).await.map_err(to_status)
    }
}

/// More than any disk has.
const MAX_QUOTA: i64 = 1 << 50;

fn parse_policy(request: &proto::UpdateOrganizationPolicyRequest) -> Result<(RequestId, NewPolicy)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let organization = OrganizationId(fields.uuid("organization_id", &request.organization_id));
    let positions = request.position_policy.and_then(convert::from_position_policy);
    if request.position_policy.is_some() && positions.is_none() {
        fields.wrong("position_policy", "must be a known policy, or be left out");
    }
    let quota_bytes = request.attachment_quota_bytes;
    if quota_bytes.is_some_and(|bytes| !(0..=MAX_QUOTA).contains(&bytes)) {
        fields.wrong("attachment_quota_bytes", "must be between 0 and 2^50");
    }
    if request.position_policy.is_none() && quota_bytes.is_none() {
        fields.wrong("position_policy", "or attachment_quota_bytes is required");
    }
    fields.finish((id, NewPolicy { organization, positions, quota_bytes }))
}

fn policy(policy: OrganizationPolicy) -> proto::OrganizationPolicy {
    proto::OrganizationPolicy {
        organization_id: policy.organization.to_string(),
        position_policy: convert::position_policy(policy.positions),
        attachment_quota_bytes: policy.quota_bytes,
        attachment_used_bytes: policy.used_bytes,
    }
}

/// The two fields of a mutation of one person.
fn parse_person_id(request: &str, person: &str) -> Result<(RequestId, PersonId)> {
    let mut fields = Fields::default();
    let ids = (RequestId(fields.uuid("request_id", request)), PersonId(fields.uuid("person_id", person)));
    fields.finish(ids)
}

fn parse_offboarding(request: &proto::OffboardPersonRequest) -> Result<(RequestId, OffboardPerson)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let command = OffboardPerson {
        person: PersonId(fields.uuid("person_id", &request.person_id)),
        organization: OrganizationId(fields.uuid("organization_id", &request.organization_id)),
        successor: fields.optional_uuid("successor_person_id", &request.successor_person_id).map(PersonId),
        validate_only: request.validate_only,
    };
    fields.finish((id, command))
}

fn parse_organization(request: &proto::CreateOrganizationRequest) -> Result<(RequestId, NewOrganization)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let kind = convert::from_organization_kind(request.kind);
    if kind.is_none() {
        fields.wrong("kind", "must be a known kind");
    }
    let name = fields.line("name", &request.name, 1, 200);
    fields.finish((id, NewOrganization { kind: kind.unwrap_or(OrganizationKind::Clinic), name }))
}

fn parse_person(request: &proto::CreatePersonRequest) -> Result<(RequestId, NewPerson)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let login_name = request.login_name.clone();
    if !is_login_name(&login_name) {
        fields.wrong("login_name", LOGIN_NAME_RULE);
    }
    let name = fields.line("name", &request.name, 1, 100);
    let name_kana = fields.line("name_kana", &request.name_kana, 0, 100);
    fields.finish((id, NewPerson { login_name, name, name_kana }))
}

fn parse_affiliation(request: &proto::CreateAffiliationRequest) -> Result<(RequestId, NewAffiliation)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let person = PersonId(fields.uuid("person_id", &request.person_id));
    let organization = OrganizationId(fields.uuid("organization_id", &request.organization_id));
    let role = convert::from_role(request.role);
    if role.is_none() {
        fields.wrong("role", "must be a known role");
    }
    fields.finish((id, NewAffiliation { person, organization, role: role.unwrap_or(Role::CareWorker) }))
}

fn organization(organization: Organization) -> proto::Organization {
    proto::Organization {
        organization_id: organization.id.to_string(),
        kind: convert::organization_kind(organization.kind),
        name: organization.name,
        create_time: convert::time(organization.created_at),
    }
}

fn person(person: Person) -> proto::Person {
    proto::Person {
        person_id: person.id.to_string(),
        login_name: person.login_name,
        name: person.name,
        name_kana: person.name_kana,
        affiliations: person.affiliations.into_iter().map(affiliation).collect(),
        create_time: convert::time(person.created_at),
        suspend_time: person.suspended_at.and_then(convert::time),
    }
}

fn offboarding(left: Offboarding) -> proto::OffboardPersonResponse {
    proto::OffboardPersonResponse {
        person: Some(person(left.person)),
        ended_affiliations: left.ended.into_iter().map(affiliation).collect(),
        assigned_patient_ids: convert::texts(left.assigned),
        unstaffed_patient_ids: convert::texts(left.unstaffed),
        personal_patient_ids: convert::texts(left.personal),
        revoked_devices: left.revoked_devices.try_into().unwrap_or(i32::MAX),
        voided_codes: left.voided_codes.try_into().unwrap_or(i32::MAX),
    }
}

fn affiliation(affiliation: Affiliation) -> proto::Affiliation {
    proto::Affiliation {
        affiliation_id: affiliation.id.to_string(),
        organization_id: affiliation.organization.to_string(),
        organization_name: affiliation.organization_name,
        role: convert::role(affiliation.role),
    }
}
