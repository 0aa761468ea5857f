//! The answer to an invitation, which `accept` and `decline` share.

use renkei_proto::v1::{AnswerInvitationRequest, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::Message,
};

/// Before it is accepted the patient is known by UUID only.
pub(crate) async fn send(context: &Context<'_>, patient: &str, accept: bool, said: &Message) -> Result<()> {
    let request =
        AnswerInvitationRequest { request_id: new_id(), patient_id: resolve::uuid(patient)?, accept };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).answer_invitation(request).await
        })
        .await?;
    context.out.one(answer.member.unwrap_or_default().json(), || vec![context.line(said)])
}
