//! `renkei consent list`: consents in force and withdrawn, in words.

use std::collections::HashMap;

use clap::Args;
use renkei_proto::v1::{
    Category, Consent, ListConsentsRequest, consent_scope::Scope,
    consent_service_client::ConsentServiceClient,
};

use crate::{
    command::{Context, pages::ALL, resolve},
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::words,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request =
        ListConsentsRequest { patient_id: resolve::patient(&connection, &arguments.patient).await? };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).list_consents(request).await
        })
        .await?;
    let names = names(context, &connection, &answer.consents).await?;
    context.out.list(answer.consents.iter().map(|consent| consent.json()).collect(), || {
        answer.consents.iter().flat_map(|consent| lines(context, consent, &names)).collect()
    })
}

/// Names of the organisations and people that the consents name; only what is needed is asked for, and
/// nothing unless a person reads it.
pub(crate) async fn names(
    context: &Context<'_>,
    connection: &Connection,
    consents: &[Consent],
) -> Result<HashMap<String, String>> {
    if !context.out.is_human() {
        return Ok(HashMap::new());
    }
    let scopes = || consents.iter().filter_map(|consent| consent.scope.as_ref()?.scope.as_ref());
    let mut names = HashMap::new();
    if scopes().any(|scope| matches!(scope, Scope::Organizations(_))) {
        let organizations = resolve::organizations(connection).await?;
        names.extend(organizations.into_iter().map(|one| (one.organization_id, one.name)));
    }
    if scopes().any(|scope| matches!(scope, Scope::PersonId(_))) {
        let people = resolve::people(connection, String::new(), ALL).await?.items;
        names.extend(people.into_iter().map(|one| (one.person_id, one.name)));
    }
    Ok(names)
}

/// A consent in words.
pub(crate) fn lines(context: &Context<'_>, consent: &Consent, names: &HashMap<String, String>) -> Vec<Line> {
    let texts = context.texts;
    let name = |id: &String| names.get(id).unwrap_or(id).clone();
    let scope = match consent.scope.as_ref().and_then(|scope| scope.scope.as_ref()) {
        Some(Scope::AllMembers(_)) => texts.get("consent-all-members"),
        Some(Scope::Organizations(list)) => {
            list.organization_ids.iter().map(name).collect::<Vec<_>>().join(&texts.get("list-separator"))
        }
        Some(Scope::PersonId(id)) => name(id),
        None => String::new(),
    };
    let categories: Vec<_> =
        consent.categories.iter().map(|category| words::<Category>(texts, *category)).collect();
    let categories = if categories.is_empty() {
        texts.get("consent-all-categories")
    } else {
        categories.join(&texts.get("list-separator"))
    };
    let period = consent.period.unwrap_or_default();
    let mut heading = Line::styled(Style::Strong, scope).and(Style::Plain, format!("  {categories}"));
    if consent.custodian {
        heading = heading.and(Style::Faint, format!("  {}", texts.get("consent-custodian")));
    }
    let mut lines = vec![heading];
    let from = time::local(period.start.as_ref());
    lines.push(match &period.end {
        Some(end) => context.line(&msg!("consent-period", from = from, until = time::local(Some(end)))),
        None => context.line(&msg!("consent-period-open", from = from)),
    });
    if consent.withdraw_time.is_some() {
        let by = entry::actor(texts, consent.withdrawn_by.as_ref());
        let time = time::local(consent.withdraw_time.as_ref());
        let withdrawn = texts.format(&msg!("consent-withdrawn-by", time = time, actor = by));
        lines.push(Line::styled(Style::Alarm, withdrawn));
    }
    let by = entry::actor(texts, consent.recorded_by.as_ref());
    let recorded = time::local(consent.record_time.as_ref());
    lines.push(context.line(&msg!("consent-recorded-by", time = recorded, actor = by)));
    if !consent.paper_attachment_id.is_empty() {
        lines.push(context.line(&msg!("consent-paper", attachment = consent.paper_attachment_id)));
    }
    lines.push(Line::styled(Style::Faint, consent.consent_id.as_str()));
    let mut lines: Vec<Line> = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| line.indented(if index == 0 { 0 } else { 4 }))
        .collect();
    lines.push(Line::empty());
    lines
}
