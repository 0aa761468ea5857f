//! `ConsentService`.

use renkei_domain::Result;
use renkei_domain::category::CategorySet;
use renkei_domain::consent::{Consent, Scope};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId, RequestId};
use renkei_proto::v1 as proto;
use renkei_proto::v1::consent_scope::Scope as ProtoScope;
use renkei_proto::v1::consent_service_server::ConsentService;
use tonic::{Request, Response, Status};

use super::parse::Fields;
use super::patient::patient_id;
use super::status::to_status;
use super::{Services, caller, convert};
use crate::app::consent::RecordConsent;

#[tonic::async_trait]
impl ConsentService for Services {
    async fn record_consent(
        &self,
        request: Request<proto::RecordConsentRequest>,
    ) -> Result<Response<proto::RecordConsentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, command) = parse_record(&request).map_err(to_status)?;
        let key = self.request_key("RecordConsent", id, &request);
        let recorded = self.app.record_consent(&caller, key, command).await.map_err(to_status)?;
        Ok(Response::new(proto::RecordConsentResponse { consent: Some(consent(recorded)) }))
    }

    async fn withdraw_consent(
        &self,
        request: Request<proto::WithdrawConsentRequest>,
    ) -> Result<Response<proto::WithdrawConsentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = RequestId(fields.uuid("request_id", &request.request_id));
        let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
        let which = ConsentId(fields.uuid("consent_id", &request.consent_id));
        fields.finish(()).map_err(to_status)?;
        let key = self.request_key("WithdrawConsent", id, &request);
        let withdrawn = self.app.withdraw_consent(&caller, key, patient, which).await.map_err(to_status)?;
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
}

fn parse_record(request: &proto::RecordConsentRequest) -> Result<(RequestId, RecordConsent)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let scope = parse_scope(&mut fields, request.scope.as_ref());
    let categories = parse_categories(&mut fields, &request.categories);
    let period = request.period.unwrap_or_default();
    let start = fields.time("period.start", period.start);
    let end = fields.time("period.end", period.end);
    let paper = AttachmentId(fields.uuid("paper_attachment_id", &request.paper_attachment_id));
    fields.finish((id, RecordConsent { patient, scope, categories, start, end, paper }))
}

fn parse_scope(fields: &mut Fields, scope: Option<&proto::ConsentScope>) -> Scope {
    match scope.and_then(|scope| scope.scope.as_ref()) {
        Some(ProtoScope::AllMembers(_)) => Scope::AllMembers,
        Some(ProtoScope::Organizations(list)) => {
            if list.organization_ids.is_empty() {
                fields.wrong("scope.organizations.organization_ids", "must not be empty");
            }
            let ids = fields.uuids("scope.organizations.organization_ids", &list.organization_ids, 100);
            Scope::Organizations(ids.into_iter().map(OrganizationId).collect())
        }
        Some(ProtoScope::PersonId(id)) => Scope::Person(PersonId(fields.uuid("scope.person_id", id))),
        None => {
            fields.wrong("scope", "is required");
            Scope::AllMembers
        }
    }
}

fn parse_categories(fields: &mut Fields, values: &[i32]) -> CategorySet {
    let mut categories = Vec::with_capacity(values.len().min(16));
    for (i, value) in values.iter().enumerate().take(100) {
        match convert::from_category(*value) {
            Some(category) if !categories.contains(&category) => categories.push(category),
            _ => fields.wrong(format!("categories[{i}]"), "must be a known category, each once"),
        }
    }
    if values.is_empty() { CategorySet::all() } else { categories.into_iter().collect() }
}

fn consent(consent: Consent) -> proto::Consent {
    let rule = consent.rule;
    let categories = if rule.categories == CategorySet::all() {
        Vec::new()
    } else {
        rule.categories.iter().map(convert::category).collect()
    };
    let scope = match rule.scope {
        Scope::AllMembers => ProtoScope::AllMembers(proto::AllMembers {}),
        Scope::Organizations(ids) => ProtoScope::Organizations(proto::OrganizationList {
            organization_ids: ids.iter().map(ToString::to_string).collect(),
        }),
        Scope::Person(id) => ProtoScope::PersonId(id.to_string()),
    };
    let (withdrawn_by, withdraw_time) = match consent.withdrawn {
        Some((by, at)) => (convert::actor(by), convert::time(at)),
        None => (None, None),
    };
    proto::Consent {
        consent_id: rule.id.to_string(),
        patient_id: consent.patient.to_string(),
        scope: Some(proto::ConsentScope { scope: Some(scope) }),
        categories,
        period: Some(proto::Period {
            start: convert::time(rule.period.start),
            end: rule.period.end.and_then(convert::time),
        }),
        custodian: consent.paper.is_none(),
        paper_attachment_id: consent.paper.map(|id| id.to_string()).unwrap_or_default(),
        recorded_by: convert::actor(consent.recorded_by),
        record_time: convert::time(consent.recorded_at),
        withdrawn_by,
        withdraw_time,
    }
}
