//! `renkei consent record`: what the patient signed, with the scanned paper.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use renkei_proto::v1::{
    AllMembers, Category, ConsentScope, OrganizationList, Period, RecordConsentRequest, consent_scope::Scope,
};

use crate::{
    command::{Context, draft::send, new_id, resolve},
    connection::Connection,
    draft::{Attachment, Draft, Request},
    error::Result,
    output::{label, time},
    transfer,
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scope").required(true).args(["all_members", "organization", "person"]))]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long)]
    all_members: bool,
    #[arg(long, value_name = "ORG")]
    organization: Vec<String>,
    #[arg(long)]
    person: Option<String>,
    #[arg(long, value_parser = label::parser::<Category>())]
    category: Vec<Category>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, value_name = "FILE")]
    paper: PathBuf,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.until.as_deref().map(time::parse).transpose()?;
    let paper = transfer::inspect(&arguments.paper)?;
    let connection = context.connection()?;
    let scope = scope(&connection, &arguments).await?;
    let request = RecordConsentRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        scope: Some(ConsentScope { scope: Some(scope) }),
        categories: arguments.category.iter().map(|category| (*category).into()).collect(),
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
        paper_attachment_id: String::new(),
    };
    let draft = Draft::new(&arguments.patient, Request::Consent(request), vec![Attachment::new(paper)]);
    send::deliver(context, &connection, draft).await
}

async fn scope(connection: &Connection, arguments: &Arguments) -> Result<Scope> {
    if let Some(person) = &arguments.person {
        return Ok(Scope::PersonId(resolve::person(connection, person).await?));
    }
    if arguments.all_members {
        return Ok(Scope::AllMembers(AllMembers {}));
    }
    let mut organization_ids = Vec::new();
    for organization in &arguments.organization {
        organization_ids.push(resolve::organization(connection, organization).await?);
    }
    Ok(Scope::Organizations(OrganizationList { organization_ids }))
}
