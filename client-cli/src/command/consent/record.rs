//! `renkei consent record`: what the patient signed, with the scanned paper.

use clap::Args;
use renkei_proto::v1::RecordConsentRequest;

use crate::{
    command::{Context, consent::form::Form, new_id, outbox, resolve},
    draft::{Attachment, Draft, Request},
    error::Result,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let typed = arguments.form.read()?;
    let connection = context.connection()?;
    let request = RecordConsentRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        form: Some(typed.resolve(&connection).await?),
        paper_attachment_id: String::new(),
    };
    let id = request.request_id.clone();
    let paper = vec![Attachment::new(typed.paper)];
    let draft = Draft::new(&id, &arguments.patient, Request::Consent(request), paper);
    outbox::hand_over(context, &connection, draft).await
}
