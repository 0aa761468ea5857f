//! `renkei audit export`: what was done to a record as FHIR resources, for other systems. The file gets its name when it
//! is whole.

use std::{fs, io::Write as _, path::PathBuf};

use clap::Args;
use renkei_proto::v1::{
    AuditFormat, ExportAuditEventsRequest, Period, audit_service_client::AuditServiceClient,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    command::{Context, resolve},
    error::{Error, Result},
    output::{label, time},
    private_file,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_parser = label::parser::<AuditFormat>(), default_value = "fhir")]
    format: AuditFormat,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME", alias = "to")]
    until: Option<String>,
    #[arg(long, value_name = "FILE.ndjson")]
    out: PathBuf,
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.until.as_deref().map(time::parse).transpose()?;
    let target = &arguments.out;
    private_file::refuse_overwriting(target, arguments.force)?;
    let connection = context.connection()?;
    let request = ExportAuditEventsRequest {
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        format: arguments.format.into(),
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
    };
    let mut pieces = connection
        .call(request, async |channel, request| {
            AuditServiceClient::new(channel).export_audit_events(request).await
        })
        .await?;
    let beside = private_file::folder_of(target).join(format!(".renkei-{}.part", Uuid::new_v4().simple()));
    let part = Part(beside);
    let mut file = private_file::create_new(&part.0).map_err(|error| Error::file(target, &error))?;
    let mut events = 0;
    while let Some(piece) = pieces.message().await.map_err(Error::from)? {
        events += piece.lines.lines().count();
        file.write_all(piece.lines.as_bytes()).map_err(|error| Error::file(target, &error))?;
    }
    file.sync_all().map_err(|error| Error::file(target, &error))?;
    private_file::refuse_overwriting(target, arguments.force)?;
    fs::rename(&part.0, target).map_err(|error| Error::file(target, &error))?;
    context.out.one(json!({"path": target.to_string_lossy(), "events": events}), || {
        vec![context.line(&msg!("audit-exported", path = target.display(), events = events))]
    })
}

/// What is not whole yet. Dropped, it is removed; once it has its name, there is nothing to remove.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
