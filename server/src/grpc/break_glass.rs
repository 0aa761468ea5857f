//! Emergency accesses: for `ConsentService`.

use renkei_domain::Result;
use renkei_domain::break_glass::{BreakGlass, BreakGlassReason, REVIEW_WITHIN, Verdict};
use renkei_domain::id::{BreakGlassId, PatientId, RequestId};
use renkei_proto::v1 as proto;

use super::convert;
use super::parse::Fields;
use crate::app::PageRequest;
use crate::app::break_glass::{BreakGlassCommand, ReviewBreakGlass};

/// Characters of a text.
const MAX_TEXT: usize = 1000;

/// The command; and the request without the password, of which no fingerprint may be kept.
pub(super) fn parse(
    mut request: proto::BreakGlassRequest,
) -> Result<(proto::BreakGlassRequest, RequestId, BreakGlassCommand)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let reason = convert::from_break_glass_reason(request.reason);
    if reason.is_none() {
        fields.wrong("reason", "must be a known reason");
    }
    let password = std::mem::take(&mut request.password);
    fields.password("password", &password);
    let command = BreakGlassCommand {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        reason: reason.unwrap_or(BreakGlassReason::LifeThreatening),
        text: fields.required_text("text", request.text.clone(), MAX_TEXT),
        password,
    };
    fields.finish((request, id, command))
}

pub(super) fn parse_list(request: proto::ListBreakGlassRequest) -> Result<(Option<PatientId>, PageRequest)> {
    let mut fields = Fields::default();
    let patient = fields.optional_uuid("patient_id", &request.patient_id).map(PatientId);
    let page = fields.page(request.page_size, request.page_token, 50, 100);
    fields.finish((patient, page))
}

pub(super) fn parse_review(
    request: &proto::ReviewBreakGlassRequest,
) -> Result<(RequestId, ReviewBreakGlass)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let verdict = convert::from_verdict(request.verdict);
    if verdict.is_none() {
        fields.wrong("verdict", "must be a known verdict");
    }
    let text = request.text.clone();
    let command = ReviewBreakGlass {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        id: BreakGlassId(fields.uuid("break_glass_id", &request.break_glass_id)),
        verdict: verdict.unwrap_or(Verdict::Justified),
        text: match verdict {
            Some(Verdict::NotJustified) => fields.required_text("text", text, MAX_TEXT),
            Some(Verdict::Justified) | None => fields.text("text", text, MAX_TEXT),
        },
    };
    fields.finish((id, command))
}

pub(super) fn access(access: BreakGlass) -> proto::BreakGlassAccess {
    let review_damaged = access.review.as_ref().is_some_and(|review| review.text.is_none());
    let damaged = access.text.is_none() || review_damaged;
    let (verdict, reviewed_by, review_time, review_text) = match access.review {
        Some(review) => (
            convert::verdict(review.verdict),
            convert::actor(review.actor),
            convert::time(review.reviewed_at),
            review.text.unwrap_or_default(),
        ),
        None => (0, None, None, String::new()),
    };
    proto::BreakGlassAccess {
        break_glass_id: access.id.to_string(),
        patient_id: access.patient.to_string(),
        actor: convert::actor(access.actor),
        reason: convert::break_glass_reason(access.reason),
        text: access.text.unwrap_or_default(),
        start_time: convert::time(access.started_at),
        end_time: convert::time(access.ends_at),
        review_due_time: convert::time(access.started_at.after(REVIEW_WITHIN)),
        verdict,
        reviewed_by,
        review_time,
        review_text,
        damaged,
    }
}

#[cfg(test)]
#[path = "break_glass_tests.rs"]
mod tests;
