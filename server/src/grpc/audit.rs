//! `AuditService`.

use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use renkei_audit_log::Hash;
use renkei_domain::audit::{Action, AuditEvent, Decision, Provision, Seqs};
use renkei_domain::id::{AuditEventId, OrganizationId, PatientId, PersonId};
use renkei_domain::{Category, Result, Timestamp};
use renkei_proto::v1 as proto;
use renkei_proto::v1::audit_service_server::AuditService;
use renkei_store::event::Wanted;
use tonic::{Request, Response, Status};

use super::accesses::{self, WantedAccesses};
use super::parse::{Fields, page_of};
use super::status::to_status;
use super::{Services, caller, convert};
use crate::app::PageRequest;

/// Events that are proven at once.
const MAX_EVENTS: usize = 100;

#[tonic::async_trait]
impl AuditService for Services {
    async fn list_audit_events(
        &self,
        request: Request<proto::ListAuditEventsRequest>,
    ) -> Result<Response<proto::ListAuditEventsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (patient, wanted) = page_of(&request.patient_id, request.page_size, request.page_token, 50, 200)
            .map_err(to_status)?;
        let found = self.app.list_audit_events(&caller, patient, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListAuditEventsResponse {
            events: found.items.into_iter().map(event).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn list_events(
        &self,
        request: Request<proto::ListEventsRequest>,
    ) -> Result<Response<proto::ListEventsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (wanted, page) = parse_events(request.into_inner()).map_err(to_status)?;
        let found = self.app.list_events(&caller, wanted, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListEventsResponse {
            events: found.items.into_iter().map(event).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn list_provisions(
        &self,
        request: Request<proto::ListProvisionsRequest>,
    ) -> Result<Response<proto::ListProvisionsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let wanted = parse_provisions(request.into_inner()).map_err(to_status)?;
        let Provisions { patient, from, until, page } = wanted;
        let found = self.app.list_provisions(&caller, patient, from, until, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListProvisionsResponse {
            provisions: found.items.into_iter().map(provision).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn list_accesses(
        &self,
        request: Request<proto::ListAccessesRequest>,
    ) -> Result<Response<proto::ListAccessesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let WantedAccesses { patient, events, kinds, page } =
            accesses::parse(request.into_inner()).map_err(to_status)?;
        let found = self.app.list_accesses(&caller, patient, events, kinds, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListAccessesResponse {
            accesses: found.items.into_iter().map(accesses::access).collect(),
            next_page_token: found.next_token,
        }))
    }

    type ExportAuditEventsStream =
        Pin<Box<dyn Stream<Item = Result<proto::ExportAuditEventsResponse, Status>> + Send>>;

    async fn export_audit_events(
        &self,
        request: Request<proto::ExportAuditEventsRequest>,
    ) -> Result<Response<Self::ExportAuditEventsStream>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, from, until) = accesses::parse_export(request.get_ref()).map_err(to_status)?;
        let lines = self.app.export_events(&caller, patient, from, until).await.map_err(to_status)?;
        let pieces = lines
            .map(|lines| lines.map(|lines| proto::ExportAuditEventsResponse { lines }).map_err(to_status));
        Ok(Response::new(Box::pin(pieces)))
    }

    async fn list_maintenance(
        &self,
        request: Request<proto::ListMaintenanceRequest>,
    ) -> Result<Response<proto::ListMaintenanceResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let proto::ListMaintenanceRequest { patient_id, period, page_size, page_token } =
            request.into_inner();
        let wanted = accesses::parse_maintenance(&patient_id, period, page_size, page_token);
        let (wanted, page) = wanted.map_err(to_status)?;
        let found = self.app.list_maintenance(&caller, wanted, page).await.map_err(to_status)?;
        Ok(Response::new(proto::ListMaintenanceResponse {
            events: found.items.into_iter().map(event).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn count_maintenance(
        &self,
        request: Request<proto::CountMaintenanceRequest>,
    ) -> Result<Response<proto::CountMaintenanceResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let proto::CountMaintenanceRequest { patient_id, period, page_size, page_token } =
            request.into_inner();
        let wanted = accesses::parse_maintenance(&patient_id, period, page_size, page_token);
        let (wanted, page) = wanted.map_err(to_status)?;
        let found = self.app.count_maintenance(&caller, wanted, page).await.map_err(to_status)?;
        Ok(Response::new(proto::CountMaintenanceResponse {
            counts: found.items.into_iter().map(accesses::count).collect(),
            next_page_token: found.next_token,
        }))
    }

    async fn get_checkpoint(
        &self,
        _: Request<proto::GetCheckpointRequest>,
    ) -> Result<Response<proto::GetCheckpointResponse>, Status> {
        let checkpoint = self.app.checkpoint().await.map_err(to_status)?.unwrap_or_default();
        let verifying_key = self.app.log.verifying().to_string();
        Ok(Response::new(proto::GetCheckpointResponse { checkpoint, verifying_key }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<proto::GetConsistencyProofRequest>,
    ) -> Result<Response<proto::GetConsistencyProofResponse>, Status> {
        let (from, to) = parse_sizes(&request.into_inner()).map_err(to_status)?;
        let path = self.app.consistency_proof(from, to).await.map_err(to_status)?;
        Ok(Response::new(proto::GetConsistencyProofResponse { hashes: hashes(path) }))
    }

    async fn get_inclusion_proofs(
        &self,
        request: Request<proto::GetInclusionProofsRequest>,
    ) -> Result<Response<proto::GetInclusionProofsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (patient, events, size) = parse_inclusion(&request.into_inner()).map_err(to_status)?;
        let proofs = self.app.inclusion_proofs(&caller, patient, events, size).await.map_err(to_status)?;
        let proofs = proofs.into_iter().map(|proof| proto::InclusionProof {
            event_id: proof.event.to_string(),
            leaf_index: proof.index,
            leaf: proof.leaf.into(),
            hashes: hashes(proof.path),
        });
        Ok(Response::new(proto::GetInclusionProofsResponse { proofs: proofs.collect() }))
    }
}

fn hashes(path: Vec<Hash>) -> Vec<Bytes> {
    path.into_iter().map(|hash| Bytes::copy_from_slice(&hash)).collect()
}

/// Sizes of the older and of the newer log.
fn parse_sizes(request: &proto::GetConsistencyProofRequest) -> Result<(u64, u64)> {
    let mut fields = Fields::default();
    let from = fields.size("from_size", request.from_size);
    let to = fields.size("to_size", request.to_size);
    if from > to {
        fields.wrong("from_size", "must not be more than to_size");
    }
    fields.finish((from, to))
}

fn parse_inclusion(
    request: &proto::GetInclusionProofsRequest,
) -> Result<(PatientId, Vec<AuditEventId>, u64)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let events = fields.uuids("event_ids", &request.event_ids, MAX_EVENTS);
    let size = fields.size("size", request.size);
    fields.finish((patient, events.into_iter().map(AuditEventId).collect(), size))
}

/// Which provisions are asked for.
struct Provisions {
    patient: PatientId,
    from: Timestamp,
    until: Timestamp,
    page: PageRequest,
}

fn parse_provisions(request: proto::ListProvisionsRequest) -> Result<Provisions> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let (from, until) = fields.period("period", request.period);
    let page = fields.page(request.page_size, request.page_token, 100, 200);
    let (from, until) = (from.unwrap_or(Timestamp(0)), until.unwrap_or(Timestamp(i64::MAX)));
    fields.finish(Provisions { patient, from, until, page })
}

fn parse_events(request: proto::ListEventsRequest) -> Result<(Wanted, PageRequest)> {
    let mut fields = Fields::default();
    let organization = fields.optional_uuid("organization_id", &request.organization_id);
    let person = fields.optional_uuid("person_id", &request.person_id);
    let known = Action::ALL.iter().copied().find(|known| action(*known) == request.action);
    if request.action != 0 && known.is_none() {
        fields.wrong("action", "must be a known action, or be left out");
    }
    let decision = match proto::AuditDecision::try_from(request.decision) {
        Ok(proto::AuditDecision::Unspecified) => None,
        Ok(proto::AuditDecision::Permit) => Some(Decision::Permit),
        Ok(proto::AuditDecision::Deny) => Some(Decision::Deny),
        Err(_) => {
            fields.wrong("decision", "must be a known decision, or be left out");
            None
        }
    };
    let (from, until) = fields.period("period", request.period);
    let page = fields.page(request.page_size, request.page_token, 50, 200);
    let wanted = Wanted {
        organization: organization.map(OrganizationId),
        person: person.map(PersonId),
        action: known,
        decision,
        from: from.unwrap_or(Timestamp(0)),
        until: until.unwrap_or(Timestamp(i64::MAX)),
    };
    fields.finish((wanted, page))
}

fn event(event: AuditEvent) -> proto::AuditEvent {
    proto::AuditEvent {
        event_id: event.id.to_string(),
        time: convert::time(event.time),
        actor: event.actor.and_then(convert::actor),
        action: action(event.action),
        decision: match event.decision {
            Decision::Permit => proto::AuditDecision::Permit as i32,
            Decision::Deny => proto::AuditDecision::Deny as i32,
        },
        patient_id: convert::optional_text(Some(event.patient).filter(|patient| !patient.0.is_nil())),
        object_id: convert::optional_text(event.object),
        seqs: seqs(&event.seqs),
        consent_ids: convert::texts(event.consents),
        reason: convert::optional_text(event.reason),
        purpose: event.purpose.map_or(0, convert::purpose),
        break_glass_id: convert::optional_text(event.break_glass),
        service_account_id: convert::optional_text(event.service.as_ref().map(|(id, _)| *id)),
        service_account_name: event.service.map(|(_, name)| name).unwrap_or_default(),
        number: event.number.filter(|_| event.operator.is_some()).unwrap_or_default(),
        operator: event.operator.unwrap_or_default(),
    }
}

fn provision(provision: Provision) -> proto::Provision {
    let event = provision.event;
    let file = event.object.filter(|_| event.action == Action::AttachmentRead);
    proto::Provision {
        event_id: event.id.to_string(),
        time: convert::time(event.time),
        recipient: event.actor.and_then(convert::actor),
        action: action(event.action),
        items: items(provision.items),
        seqs: seqs(&event.seqs),
        attachment_id: convert::optional_text(file),
        consent_ids: convert::texts(event.consents),
        break_glass_id: convert::optional_text(event.break_glass),
        purpose: event.purpose.map_or(0, convert::purpose),
    }
}

/// How many entries of each category.
pub(super) fn items(items: Vec<(Category, i64)>) -> Vec<proto::ProvidedItems> {
    let item = |(category, count): (Category, i64)| proto::ProvidedItems {
        category: convert::category(category),
        count: count.try_into().unwrap_or(i32::MAX),
    };
    items.into_iter().map(item).collect()
}

pub(super) fn seqs(seqs: &Seqs) -> Vec<proto::SeqRange> {
    seqs.0.iter().map(|range| proto::SeqRange { first: *range.start(), last: *range.end() }).collect()
}

pub(super) fn action(action: Action) -> i32 {
    proto::AuditAction::from_str_name(&format!("AUDIT_ACTION_{}", action.as_str()))
        .unwrap_or(proto::AuditAction::Unspecified) as i32
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
