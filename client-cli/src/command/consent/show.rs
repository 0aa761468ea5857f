//! `renkei consent show`: every version of a consent, newest first.

use clap::Args;
use renkei_proto::v1::{ListConsentVersionsRequest, consent_service_client::ConsentServiceClient};

use crate::{
    command::{
        Context,
        consent::{names::Names, view::View},
        resolve,
    },
    error::Result,
    output::json::Json as _,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    consent: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    resolve::check_consent(&arguments.consent)?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let consent_id = resolve::consent(&connection, &patient_id, &arguments.consent).await?;
    let request = ListConsentVersionsRequest { patient_id, consent_id };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).list_consent_versions(request).await
        })
        .await?;
    let names = Names::of(context, &connection, &answer.versions).await?;
    context.out.list(answer.versions.iter().map(|version| version.json()).collect(), || {
        let view = View::new(context, &names);
        answer.versions.iter().flat_map(|version| view.lines(version)).collect()
    })
}
