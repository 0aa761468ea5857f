//! `AuditService`.

use renkei_domain::Result;
use renkei_domain::audit::{Action, AuditEvent, Decision};
use renkei_proto::v1 as proto;
use renkei_proto::v1::audit_service_server::AuditService;
use tonic::{Request, Response, Status};

use super::parse::page;
use super::patient::patient_id;
use super::status::to_status;
use super::{Services, caller, convert};

#[tonic::async_trait]
impl AuditService for Services {
    async fn list_audit_events(
        &self,
        request: Request<proto::ListAuditEventsRequest>,
    ) -> Result<Response<proto::ListAuditEventsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let patient = patient_id(&request.patient_id).map_err(to_status)?;
        let wanted = page(request.page_size, request.page_token, 50, 200).map_err(to_status)?;
        let found = self.app.list_audit_events(&caller, patient, wanted).await.map_err(to_status)?;
        Ok(Response::new(proto::ListAuditEventsResponse {
            events: found.items.into_iter().map(event).collect(),
            next_page_token: found.next_token,
        }))
    }
}

fn event(event: AuditEvent) -> proto::AuditEvent {
    proto::AuditEvent {
        event_id: event.id.to_string(),
        time: convert::time(event.time),
        actor: convert::actor(event.actor),
        action: action(event.action),
        decision: match event.decision {
            Decision::Permit => proto::AuditDecision::Permit as i32,
            Decision::Deny => proto::AuditDecision::Deny as i32,
        },
        patient_id: event.patient.to_string(),
        object_id: event.object.map(|id| id.to_string()).unwrap_or_default(),
        seqs: event
            .seqs
            .0
            .iter()
            .map(|range| proto::SeqRange { first: *range.start(), last: *range.end() })
            .collect(),
        consent_ids: event.consents.iter().map(ToString::to_string).collect(),
        reason: event.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
    }
}

fn action(action: Action) -> i32 {
    proto::AuditAction::from_str_name(&format!("AUDIT_ACTION_{}", action.as_str()))
        .unwrap_or(proto::AuditAction::Unspecified) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proto_has_the_same_actions() {
        for known in Action::ALL {
            assert_ne!(action(*known), 0, "{known}");
        }
        assert_eq!((1..200).filter(|n| proto::AuditAction::try_from(*n).is_ok()).count(), Action::ALL.len());
    }
}
