//! The answer to an invitation, which `accept` and `decline` share.

use renkei_proto::v1::{AnswerInvitationRequest, StaffAccess, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::Message,
};

/// What is answered.
pub(super) struct Answer<'a> {
    /// Before it is accepted the patient is known by UUID only.
    pub(super) patient: &'a str,
    pub(super) accept: bool,
    /// The person's own invitation, not that of the organisation.
    pub(super) personal: bool,
    /// Unspecified unless the organisation accepts.
    pub(super) staff_access: StaffAccess,
}

pub(super) async fn send(context: &Context<'_>, answer: Answer<'_>, said: &Message) -> Result<()> {
    let request = AnswerInvitationRequest {
        request_id: new_id(),
        patient_id: resolve::uuid(answer.patient)?,
        accept: answer.accept,
        personal: answer.personal,
        staff_access: answer.staff_access.into(),
    };
    let response = context
        .connection()?
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).answer_invitation(request).await
        })
        .await?;
    context.out.one(response.member.unwrap_or_default().json(), || vec![context.line(said)])
}
