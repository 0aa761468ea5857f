//! `renkei consent withdraw`: all of a consent or a part of it; acts at once, also on open streams.

use clap::Args;
use renkei_proto::v1::{
    Category, Sensitivity, WithdrawConsentRequest, WithdrawnPart,
    consent_service_client::ConsentServiceClient,
};

use crate::{
    command::{Context, consent::print, new_id, resolve},
    connection::Connection,
    error::Result,
    output::label,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    consent: String,
    #[command(flatten)]
    part: Part,
}

#[derive(Debug, Args)]
struct Part {
    #[arg(long, value_parser = label::parser::<Category>())]
    category: Vec<Category>,
    #[arg(long, value_parser = label::parser::<Sensitivity>())]
    sensitivity: Vec<Sensitivity>,
    #[arg(long, value_name = "ORG")]
    organization: Vec<String>,
    #[arg(long)]
    person: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    resolve::check_consent(&arguments.consent)?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let request = WithdrawConsentRequest {
        request_id: new_id(),
        consent_id: resolve::consent(&connection, &patient_id, &arguments.consent).await?,
        patient_id,
        part: arguments.part.resolve(&connection).await?,
    };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).withdraw_consent(request).await
        })
        .await?;
    let consent = answer.consent.unwrap_or_default();
    // Where nothing would be left of it, the server withdraws all.
    let said = if consent.withdraw_time.is_some() {
        msg!("consent-withdrawn", id = consent.consent_id)
    } else {
        msg!("consent-withdrawn-in-part", version = consent.version)
    };
    print(context, &connection, &consent, &said).await
}

impl Part {
    /// What is withdrawn; `None` if nothing is named, which is all.
    async fn resolve(&self, connection: &Connection) -> Result<Option<WithdrawnPart>> {
        let mut part = WithdrawnPart {
            categories: self.category.iter().map(|category| (*category).into()).collect(),
            sensitivities: self.sensitivity.iter().map(|sensitivity| (*sensitivity).into()).collect(),
            ..Default::default()
        };
        for organization in &self.organization {
            part.organization_ids.push(resolve::organization(connection, organization).await?);
        }
        for person in &self.person {
            part.person_ids.push(resolve::person(connection, person).await?);
        }
        Ok((part != WithdrawnPart::default()).then_some(part))
    }
}
