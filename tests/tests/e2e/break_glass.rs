//! Emergency access (緊急アクセス, R12): what it needs, what it opens, who is told, and how it ends.

mod audit_failure;
mod opening;
mod review;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    BreakGlassAccess, BreakGlassVerdict, ReviewBreakGlassRequest, ReviewBreakGlassResponse,
};

use crate::{calls::Answered, grpc::Session, region::new_id};

/// Opens the record in an emergency, which must succeed.
async fn open_record(caller: &Session, patient: &str) -> Result<BreakGlassAccess> {
    caller.break_glass(patient).await?.into_inner().access.context("access")
}

/// Reviews an emergency access.
async fn review(
    caller: &Session,
    access: &BreakGlassAccess,
    verdict: BreakGlassVerdict,
    text: &str,
) -> Answered<ReviewBreakGlassResponse> {
    let request = ReviewBreakGlassRequest {
        request_id: new_id(),
        patient_id: access.patient_id.clone(),
        break_glass_id: access.break_glass_id.clone(),
        verdict: verdict.into(),
        text: text.to_owned(),
    };
    caller.consents.clone().review_break_glass(request).await
}
