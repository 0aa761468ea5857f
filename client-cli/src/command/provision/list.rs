//! `renkei provision list`: what of a patient's record was provided to whom, in a table or as a document to
//! print.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{ListProvisionsRequest, Period, Provision, audit_service_client::AuditServiceClient};

use crate::{
    command::{
        Context,
        pages::{self, ALL},
        printed::{self, Head},
        provision::{
            document,
            rows::{self, Items},
        },
        resolve,
    },
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::Line,
        short_id,
        table::{Column, Table},
        time,
    },
    private_file,
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
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
    let period = (start.is_some() || end.is_some()).then_some(Period { start, end });
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let provisions = provisions(&connection, &patient_id, period).await?;
    if let Some(file) = &arguments.print {
        let head = Head::fetch(&connection, &patient_id, period).await?;
        let document = document::html(context.texts, &head, &rows::merged(&provisions));
        return printed::write(context, file, arguments.force, &document);
    }
    context.out.list(provisions.iter().map(|provision| provision.json()).collect(), || {
        if provisions.is_empty() {
            return vec![context.line(&msg!("provisions-none"))];
        }
        table(context.texts, context.out.columns(), &provisions)
    })
}

/// All pages, oldest first.
async fn provisions(
    connection: &Connection,
    patient_id: &str,
    period: Option<Period>,
) -> Result<Vec<Provision>> {
    let listed = pages::fetch(ALL, async |page_size, page_token| {
        let patient_id = patient_id.to_owned();
        let request = ListProvisionsRequest { patient_id, period, page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).list_provisions(request).await
            })
            .await?;
        Ok((answer.provisions, answer.next_page_token))
    });
    Ok(listed.await?.items)
}

fn table(texts: &Texts, columns: Option<usize>, provisions: &[Provision]) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-time")),
        (Column::Wrapped, texts.get("column-recipient")),
        (Column::Wrapped, texts.get("column-items")),
        (Column::Wrapped, texts.get("column-ground")),
        (Column::Whole, texts.get("column-purpose")),
    ]);
    for provision in provisions {
        table.row([
            time::local(provision.time.as_ref()),
            entry::actor(texts, provision.recipient.as_ref()),
            Items::of(provision).words(texts),
            rows::ground(texts, &provision.break_glass_id, &provision.consent_ids, short_id),
            rows::unusual_purpose(texts, provision.purpose()),
        ]);
    }
    table.lines(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{command::provision::rows::tests::provision, output::width::width, text::Language};

    #[test]
    fn the_table_fits_and_says_all() {
        let texts = Texts::new(Language::Japanese);
        let mut emergency = provision("b", 1, &[]);
        emergency.break_glass_id = "e".into();
        let provisions = [provision("a", 0, &["0197f0a0-1a2b-7000-8000-000000000001"]), emergency];
        let lines: Vec<_> = table(&texts, Some(90), &provisions).iter().map(Line::text).collect();
        assert!(lines.iter().all(|line| width(line) <= 90), "{lines:#?}");
        assert!(lines[1].contains("0197f0a0-1a2b"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("緊急アクセス")), "{lines:#?}");
        let rejoined: String = lines.concat().split_whitespace().collect();
        assert!(rejoined.contains("訪問記録1件"), "{lines:#?}");
    }
}
