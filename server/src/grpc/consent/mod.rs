//! `ConsentService`.

mod form;
mod request;
mod response;

use renkei_domain::Result;
use renkei_proto::v1 as proto;
use renkei_proto::v1::consent_service_server::ConsentService;
use tonic::{Request, Response, Status};

use self::response::consent;
use super::parse::page_of;
use super::patient::patient_id;
use super::status::to_status;
use super::{Services, access, break_glass, caller};

#[tonic::async_trait]
impl ConsentService for Services {
    async fn record_consent(
        &self,
        request: Request<proto::RecordConsentRequest>,
    ) -> Result<Response<proto::RecordConsentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, signed, paper) = request::record(&request, self.app.now()).map_err(to_status)?;
        let key = self.request_key("RecordConsent", id, &request);
        let recorded =
            self.app.record_consent(&caller, key, patient, signed, paper).await.map_err(to_status)?;
        Ok(Response::new(proto::RecordConsentResponse { consent: Some(consent(recorded)) }))
    }

    async fn amend_consent(
        &self,
        request: Request<proto::AmendConsentRequest>,
    ) -> Result<Response<proto::AmendConsentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = request::amend(&request, self.app.now()).map_err(to_status)?;
        let key = self.request_key("AmendConsent", id, &request);
        let amended = self.app.amend_consent(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::AmendConsentResponse { consent: Some(consent(amended)) }))
    }

    async fn withdraw_consent(
        &self,
        request: Request<proto::WithdrawConsentRequest>,
    ) -> Result<Response<proto::WithdrawConsentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, patient, which, part) = request::withdraw(&request).map_err(to_status)?;
        let key = self.request_key("WithdrawConsent", id, &request);
        let withdrawn =
            self.app.withdraw_consent(&caller, key, patient, which, part).await.map_err(to_status)?;
        Ok(Response::new(proto::WithdrawConsentResponse { consent: Some(consent(withdrawn)) }))
    }

    async fn list_consents(
        &self,
        request: Request<proto::ListConsentsRequest>,
    ) -> Result<Response<proto::ListConsentsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let id = patient_id(&request.get_ref().patient_id).map_err(to_status)?;
        let consents = self.app.list_consents(&caller, id).await.map_err(to_status)?;
        Ok(Response::new(proto::ListConsentsResponse {
            consents: consents.into_iter().map(consent).collect(),
        }))
    }

    async fn list_consent_versions(
        &self,
        request: Request<proto::ListConsentVersionsRequest>,
    ) -> Result<Response<proto::ListConsentVersionsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, which) = request::versions(request.get_ref()).map_err(to_status)?;
        let versions = self.app.list_consent_versions(&caller, patient, which).await.map_err(to_status)?;
        Ok(Response::new(proto::ListConsentVersionsResponse {
            versions: versions.into_iter().map(consent).collect(),
        }))
    }

    async fn explain_access(
        &self,
        request: Request<proto::ExplainAccessRequest>,
    ) -> Result<Response<proto::ExplainAccessResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, person) = access::parse_explain(request.get_ref()).map_err(to_status)?;
        let explained = self.app.explain_access(&caller, patient, person).await.map_err(to_status)?;
        Ok(Response::new(access::explained(explained)))
    }

    async fn list_access(
        &self,
        request: Request<proto::ListAccessRequest>,
    ) -> Result<Response<proto::ListAccessResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (patient, wanted) = page_of(&request.patient_id, request.page_size, request.page_token, 50, 100)
            .map_err(to_status)?;
        let found = self.app.list_access(&caller, patient, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListAccessResponse {
            subjects: found.items.into_iter().map(access::subject).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn break_glass(
        &self,
        request: Request<proto::BreakGlassRequest>,
    ) -> Result<Response<proto::BreakGlassResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (body, id, command) = break_glass::parse(request.into_inner()).map_err(to_status)?;
        let key = self.request_key("BreakGlass", id, &body);
        let opened = self.app.break_glass(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::BreakGlassResponse { access: Some(break_glass::access(opened)) }))
    }

    async fn list_break_glass(
        &self,
        request: Request<proto::ListBreakGlassRequest>,
    ) -> Result<Response<proto::ListBreakGlassResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let reviewed = request.include_reviewed;
        let (patient, wanted) = break_glass::parse_list(request).map_err(to_status)?;
        let found = self.app.list_break_glass(&caller, patient, reviewed, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListBreakGlassResponse {
            accesses: found.items.into_iter().map(break_glass::access).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn review_break_glass(
        &self,
        request: Request<proto::ReviewBreakGlassRequest>,
    ) -> Result<Response<proto::ReviewBreakGlassResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = break_glass::parse_review(&request).map_err(to_status)?;
        let key = self.request_key("ReviewBreakGlass", id, &request);
        let reviewed = self.app.review_break_glass(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::ReviewBreakGlassResponse { access: Some(break_glass::access(reviewed)) }))
    }
}
