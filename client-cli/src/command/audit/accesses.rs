//! `renkei audit accesses`: who has looked at a patient's record, when and as what, in a table or as a document to print.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{
    AccessKind, ListAccessesRequest, Period, RecordAccess, audit_service_client::AuditServiceClient,
};

use crate::{
    command::{
        Context,
        audit::looks,
        pages::{self, ALL},
        printed::{self, Head, Sheet},
        resolve,
    },
    connection::Connection,
    error::Result,
    output::{json::Json as _, label, time},
    private_file,
    text::{Texts, msg},
    witness,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME", alias = "to")]
    until: Option<String>,
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long)]
    person: Option<String>,
    #[arg(long, value_parser = label::parser::<AccessKind>())]
    kind: Vec<AccessKind>,
    #[arg(long)]
    oldest_first: bool,
    #[arg(long, default_value_t = 100, value_name = "N", conflicts_with = "print")]
    limit: usize,
    #[arg(long, value_name = "FILE.html")]
    print: Option<PathBuf>,
    #[arg(long, requires = "print")]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.until.as_deref().map(time::parse).transpose()?;
    if let Some(file) = &arguments.print {
        private_file::refuse_overwriting(file, arguments.force)?;
    }
    let connection = context.connection()?;
    let mut wanted = ListAccessesRequest {
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
        kinds: arguments.kind.iter().map(|kind| (*kind).into()).collect(),
        // a document is read from its beginning
        oldest_first: arguments.oldest_first || arguments.print.is_some(),
        ..Default::default()
    };
    if let Some(organization) = &arguments.organization {
        wanted.organization_id = resolve::organization(&connection, organization).await?;
    }
    if let Some(person) = &arguments.person {
        wanted.person_id = resolve::person(&connection, person).await?;
    }
    let limit = if arguments.print.is_some() { ALL } else { arguments.limit };
    let accesses = pages::fetch(limit, async |page_size, page_token| {
        let request = ListAccessesRequest { page_size, page_token, ..wanted.clone() };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).list_accesses(request).await
            })
            .await?;
        Ok((answer.accesses, answer.next_page_token))
    })
    .await?;
    if let Some(file) = &arguments.print {
        let document = document(context, &connection, &wanted, &accesses.items).await?;
        return printed::write(context, file, arguments.force, &document);
    }
    accesses.note_more(context);
    context.out.list(accesses.items.iter().map(|access| access.json()).collect(), || {
        if accesses.items.is_empty() {
            return vec![context.line(&msg!("accesses-none"))];
        }
        looks::table(context.texts, context.out.columns(), &accesses.items)
    })
}

async fn document(
    context: &Context<'_>,
    connection: &Connection,
    wanted: &ListAccessesRequest,
    accesses: &[RecordAccess],
) -> Result<String> {
    let head = Head::fetch(connection, &wanted.patient_id, wanted.period).await?;
    // it goes on from the one that was kept, or this says that the log was changed
    let checkpoint = witness::look(connection, &context.profile).await?;
    let mut facts = narrowed(context.texts, wanted);
    if let Some(seen) = checkpoint {
        let root = seen.note.lines().nth(2).unwrap_or_default();
        let value = context.texts.format(&msg!("accesses-log", size = seen.checkpoint.size, root = root));
        facts.push((context.texts.get("accesses-checkpoint"), value));
    }
    Ok(html(context.texts, &head, facts, accesses))
}

/// What the document leaves out, so that nobody takes it for all there is.
fn narrowed(texts: &Texts, wanted: &ListAccessesRequest) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    if !wanted.organization_id.is_empty() {
        facts.push((texts.get("accesses-only-organization"), wanted.organization_id.clone()));
    }
    if !wanted.person_id.is_empty() {
        facts.push((texts.get("accesses-only-person"), wanted.person_id.clone()));
    }
    if !wanted.kinds.is_empty() {
        let kinds: Vec<_> =
            wanted.kinds.iter().map(|kind| label::words::<AccessKind>(texts, *kind)).collect();
        facts.push((texts.get("accesses-only-kinds"), kinds.join(&texts.get("list-separator"))));
    }
    facts
}

fn html(texts: &Texts, head: &Head, mut facts: Vec<(String, String)>, accesses: &[RecordAccess]) -> String {
    let events: i64 = accesses.iter().map(|access| i64::from(access.count)).sum();
    let counts = texts.format(&msg!("accesses-counts", rows = accesses.len(), events = events));
    facts.push((texts.get("accesses-count"), counts));
    let sheet = Sheet {
        title: "accesses-title",
        head,
        facts,
        columns: &looks::COLUMNS,
        rows: accesses.iter().map(|access| looks::cells(texts, access, |id| id).to_vec()).collect(),
        nothing: "accesses-none",
        notes: "accesses-notes",
    };
    printed::html(texts, &sheet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{command::audit::looks::tests::access, text::Language};

    #[test]
    fn the_document_says_what_it_covers_and_counts() {
        let texts = Texts::new(Language::Japanese);
        let head = Head { patient_id: "0197f0a0-0000-7000-8000-000000000001".into(), ..Head::default() };
        let wanted = ListAccessesRequest {
            kinds: vec![AccessKind::Viewed.into()],
            person_id: "0197f0a0-0000-7000-8000-0000000000aa".into(),
            ..Default::default()
        };
        let rows = [access("鈴木", 3), access("<b>", 4)];
        let document = html(&texts, &head, narrowed(&texts, &wanted), &rows);
        for part in [
            "<h1>アクセス記録</h1>",
            "0197f0a0-0000-7000-8000-000000000001",
            "0197f0a0-0000-7000-8000-0000000000aa",
            "閲覧",
            "2行、操作7件",
            "鈴木 花子",
            "&lt;b&gt;",
            "@page { size: A4",
        ] {
            assert!(document.contains(part), "{part} is not in {document}");
        }
        assert!(html(&texts, &head, Vec::new(), &[]).contains(&texts.get("accesses-none")));
    }
}
