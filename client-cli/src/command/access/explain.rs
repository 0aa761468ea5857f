//! `renkei access explain`: what somebody may see of a patient, through which consent, or why not; and to
//! whom it is to be put.

use clap::Args;
use renkei_proto::v1::{
    AccessReason, ExplainAccessRequest, ExplainAccessResponse, PurposeOfUse, Role, Sensitivity,
    SubjectAccess, consent_service_client::ConsentServiceClient,
};

use crate::{
    command::{
        Context,
        access::reach::{self, Block},
        resolve,
    },
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::words,
        line::{Line, Style},
        table::{Column, Table},
        time, width,
    },
    text::{Message, Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long)]
    person: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let person_id = match &arguments.person {
        Some(person) => resolve::person(&connection, person).await?,
        None => String::new(),
    };
    let about_oneself = person_id.is_empty();
    let request = ExplainAccessRequest { patient_id: patient_id.clone(), person_id };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).explain_access(request).await
        })
        .await?;
    context.out.one(answer.json(), || {
        let columns = context.out.columns();
        let mut lines = Vec::new();
        for subject in &answer.subjects {
            lines.extend(block(context.texts, columns, subject));
            if about_oneself {
                lines.extend(next(context.texts, columns, &patient_id, &answer, subject));
            }
            lines.push(Line::empty());
        }
        if answer.subjects.is_empty() {
            lines.push(context.line(&msg!("access-no-affiliation")));
        }
        lines
    })
}

/// Who, and below it what may be read and what not, in a table.
fn block(texts: &Texts, columns: Option<usize>, subject: &SubjectAccess) -> Vec<Line> {
    let room = columns.map(|columns| columns.saturating_sub(INDENT));
    let blocks = reach::blocks(&subject.explanations);
    let mut lines = Vec::new();
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-read")),
        (Column::Wrapped, texts.get("column-category")),
        (Column::Wrapped, texts.get("column-ground")),
    ]);
    for block in blocks.iter().filter(|block| !is_closed_and_restricted(block)) {
        for group in &block.groups {
            table.row([
                texts.get(if group.read { "word-yes" } else { "word-no" }),
                reach::what(texts, &block.sensitivities, &group.categories),
                reach::ground(texts, group.reason, &group.rules),
            ]);
        }
    }
    lines.extend(table.lines(room));
    for block in blocks.iter().filter(|block| is_closed_and_restricted(block)) {
        let reasons = reach::distinct(block.groups.iter().map(|group| group.reason));
        let reasons = reach::joined(texts, reasons.into_iter().map(|one| words::<AccessReason>(texts, one)));
        let sensitivities = reach::sensitivities_in_words(texts, &block.sensitivities);
        let said = msg!("access-restricted", sensitivities = sensitivities, reasons = reasons);
        lines.extend(wrapped(&texts.format(&said), room));
    }
    let post = reach::chosen(texts, &subject.explanations, |one| one.post);
    let post = if post.is_empty() {
        texts.get("access-post-nothing")
    } else {
        texts.format(&msg!("access-post", what = reach::joined(texts, post.into_iter())))
    };
    lines.extend(wrapped(&post, room));
    if let Some(change) = &subject.change_time {
        lines.extend(wrapped(&texts.format(&msg!("access-changes", time = time::local(Some(change)))), room));
    }
    let lines = lines.into_iter().map(|line| line.indented(INDENT));
    let mut who = entry::actor(texts, subject.subject.as_ref());
    if subject.purpose() != PurposeOfUse::Treatment {
        who = texts.format(&msg!(
            "access-for",
            who = who,
            purpose = words::<PurposeOfUse>(texts, subject.purpose)
        ));
    }
    let heading = Line::styled(Style::Strong, who);
    std::iter::once(heading).chain(lines).collect()
}

/// Nothing restricted in it may be read: a line says so instead of a row for each reason.
fn is_closed_and_restricted(block: &Block) -> bool {
    let normal = i32::from(Sensitivity::Normal);
    !block.sensitivities.contains(&normal) && block.groups.iter().all(|group| !group.read)
}

/// What to do for whoever sees nothing, and whom to ask.
fn next(
    texts: &Texts,
    columns: Option<usize>,
    patient_id: &str,
    answer: &ExplainAccessResponse,
    subject: &SubjectAccess,
) -> Vec<Line> {
    if subject.explanations.iter().any(|one| one.read) {
        return Vec::new();
    }
    let custodian = &answer.custodian_organization_name;
    let reasons = reach::distinct(subject.explanations.iter().map(|one| one.reason()));
    let mut messages: Vec<Message> =
        reasons.iter().filter_map(|reason| remedy(*reason, patient_id, custodian)).collect();
    let role = subject.subject.as_ref().map(|actor| actor.role()).unwrap_or_default();
    if reasons == [AccessReason::NoConsent] && EMERGENCY_ROLES.contains(&role) {
        messages.push(msg!("access-next-emergency", patient = patient_id));
    }
    let room = columns.map(|columns| columns.saturating_sub(INDENT));
    let lines = messages.iter().flat_map(|message| wrapped(&format!("→ {}", texts.format(message)), room));
    lines.map(|line| line.indented(INDENT)).collect()
}

fn remedy(reason: AccessReason, patient_id: &str, custodian: &str) -> Option<Message> {
    match reason {
        AccessReason::NoConsent | AccessReason::SensitivityNotNamed => {
            Some(msg!("access-next-consent", custodian = custodian))
        }
        AccessReason::Denied => Some(msg!("access-next-denied", custodian = custodian)),
        AccessReason::NotAccepted => Some(msg!("access-next-accept", patient = patient_id)),
        AccessReason::NotMember => Some(msg!("access-next-invite", custodian = custodian)),
        AccessReason::NotAssigned => Some(msg!("access-next-assign")),
        AccessReason::Role => Some(msg!("access-next-role")),
        AccessReason::Inactive => Some(msg!("access-next-inactive")),
        AccessReason::Unspecified | AccessReason::Permitted | AccessReason::BreakGlass => None,
    }
}

fn wrapped(text: &str, room: Option<usize>) -> Vec<Line> {
    width::wrap(text, room.unwrap_or(width::UNLIMITED)).into_iter().map(Line::plain).collect()
}

/// Who may open a record in an emergency.
const EMERGENCY_ROLES: [Role; 4] = [Role::Doctor, Role::Dentist, Role::Pharmacist, Role::Nurse];
const INDENT: usize = 4;

#[cfg(test)]
mod tests;
