//! What was done to a record, as FHIR resources.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AuditAction, AuditEvent, AuditFormat, ExportAuditEventsRequest, ListAuditEventsRequest, Period, Role,
};
use renkei_tests::database::Engine;
use serde_json::Value;
use tonic::Code;

use super::Day;
use crate::{account::commands::Computer, grpc::Session, refusal::expect_refused};

crate::on_both_engines!(every_event_is_exported_as_a_resource);

/// Its pieces.
async fn export(by: &Session, patient: &str, period: Option<Period>) -> Result<Vec<String>> {
    let format = AuditFormat::Fhir.into();
    let request = ExportAuditEventsRequest { patient_id: patient.to_owned(), period, format };
    let mut stream = by.audit.clone().export_audit_events(request).await?.into_inner();
    let mut pieces = Vec::new();
    while let Some(piece) = stream.message().await? {
        pieces.push(piece.lines);
    }
    Ok(pieces)
}

fn resources(lines: &str) -> Result<Vec<Value>> {
    ensure!(lines.is_empty() || lines.ends_with('\n'), "a line without an end");
    lines.lines().map(|line| serde_json::from_str(line).context("a line")).collect()
}

async fn listed(by: &Session, patient: &str) -> Result<Vec<AuditEvent>> {
    let mut request =
        ListAuditEventsRequest { patient_id: patient.to_owned(), page_size: 200, ..Default::default() };
    let mut events = Vec::new();
    loop {
        let page = by.audit.clone().list_audit_events(request.clone()).await?.into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        request.page_token = page.next_page_token;
    }
}

async fn every_event_is_exported_as_a_resource(engine: Engine) -> Result<()> {
    let day = Day::open(engine).await?;
    let (doctor, nurse) = (&day.circle.doctor.session, &day.circle.nurse.session);
    let patient = day.circle.patient.as_str();
    for _ in 0..90 {
        nurse.patient(patient).await?;
    }
    let pieces = export(doctor, patient, None).await?;
    ensure!(pieces.len() == 2, "{} pieces", pieces.len());
    let exported = resources(&pieces.concat())?;
    let events = listed(doctor, patient).await?;
    let exports: Vec<_> = events.iter().filter(|it| it.action() == AuditAction::AuditExport).collect();
    ensure!(exports.len() == 1 && exports[0].actor == doctor.me.actor, "{exports:?}");
    // before it, every event of the patient and what the region was made with; oldest first
    let place = events.iter().position(|it| it.event_id == exports[0].event_id).context("place")?;
    let before: Vec<_> = events[place + 1..].iter().rev().collect();
    let keys = exported.iter().take_while(|it| it["agent"][0]["name"] == "renkei-server").count();
    ensure!(keys == 2 && exported.len() == keys + before.len(), "{keys} {} {}", exported.len(), before.len());
    for (resource, event) in exported[keys..].iter().zip(before) {
        ensure!(
            resource["resourceType"] == "AuditEvent" && resource["id"] == event.event_id.as_str(),
            "{resource}"
        );
        let code = resource["subtype"].as_array().and_then(|codes| codes.last()).context("subtype")?;
        ensure!(
            event.action().as_str_name() == format!("AUDIT_ACTION_{}", code["code"].as_str().unwrap_or(""))
        );
        let outcome = if event.reason.is_empty() { "0" } else { "4" };
        ensure!(resource["outcome"] == outcome, "{resource}");
        let actor = event.actor.as_ref().context("actor")?;
        let named = resource["agent"]
            .as_array()
            .context("agent")?
            .iter()
            .any(|agent| agent["requestor"] == true && agent["name"] == actor.person_name.as_str());
        ensure!(named, "{resource} of {actor:?}");
        let has_pattern = resource["meta"]["profile"][0].is_string();
        ensure!(has_pattern == event.reason.is_empty(), "{resource}");
        let host = &resource["agent"][1]["network"]["address"];
        ensure!(host.as_str().is_some_and(|host| !host.is_empty()), "{resource}");
    }
    // no more than is listed leaves by it
    let text = pieces.concat();
    ensure!(!text.contains("処方") && !text.contains("山本") && !text.contains("創部"), "patient data");

    let start = events.iter().find(|it| it.action() == AuditAction::BreakGlass).context("opening")?.time;
    let late = export(doctor, patient, Some(Period { start, end: None })).await?.concat();
    let opened = resources(&late)?;
    ensure!(opened[0]["subtype"][1]["code"] == "BREAK_GLASS", "{opened:?}");
    let codes =
        |code| opened.iter().filter(|it| it["purposeOfEvent"][0]["coding"][0]["code"] == code).count();
    ensure!(codes("BTG") == 1, "{opened:?}");

    let ask = async |by: &Session, patient: &str| {
        let request = ExportAuditEventsRequest { patient_id: patient.to_owned(), ..Default::default() };
        by.audit.clone().export_audit_events(request).await
    };
    expect_refused(ask(nurse, patient).await, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    expect_refused(ask(&day.circle.manager.session, patient).await, Code::NotFound, "NOT_FOUND")?;

    let region = &day.circle.region;
    let code = region.employ(&doctor.organization(), "endo", Role::PrivacyOfficer).await?;
    let officer = Computer::enroll(region, "officer", &code)?;
    let file = region.server.folder().join("audit.ndjson");
    let out = file.to_str().context("a path")?;
    let told = officer.cli.json(&["audit", "export", patient, "--out", out])?;
    let written = resources(&fs::read_to_string(&file)?)?;
    ensure!(told["events"] == written.len() && written.len() > exported.len(), "{told}");
    ensure!(officer.code(&["audit", "export", patient, "--out", out])? == Some(8), "it was written over");
    officer.cli.text(&["audit", "export", patient, "--out", out, "--format", "fhir", "--force"], "")?;
    let left: Vec<_> = fs::read_dir(region.server.folder())?.collect::<Result<_, _>>()?;
    let parts = left.iter().filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"));
    ensure!(parts.count() == 0, "something unfinished stays");
    Ok(())
}
