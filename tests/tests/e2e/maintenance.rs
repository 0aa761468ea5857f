//! Maintenance at the console: each act is an event of the operator, which the region's administrator, privacy officers
//! and whoever asks about a patient see.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AccessKind, AuditAction, AuditEvent, CountMaintenanceRequest, ListAccessesRequest,
    ListMaintenanceRequest, MaintenanceCount, Period, Role,
};
use renkei_tests::{database::Engine, process, server::Server};
use tonic::{Code, Status};

use crate::{
    account::commands::Computer, audit_log::verified, grpc::Session, refusal::expect_refused, region::Region,
};

crate::on_both_engines!(what_operators_do_is_listed_and_counted, a_clock_that_was_set_back_is_on_record);

/// Runs a command beside the server, which must succeed.
fn console(server: &Server, args: &[&str]) -> Result<()> {
    let done = process::run(&mut server.beside(args)?, b"")?;
    ensure!(done.status.success(), "{args:?}: {}", done.stderr);
    Ok(())
}

async fn list(by: &Session, patient_id: &str, period: Option<Period>) -> Result<Vec<AuditEvent>, Status> {
    let patient_id = patient_id.to_owned();
    let mut request = ListMaintenanceRequest { patient_id, period, page_size: 2, ..Default::default() };
    let mut events = Vec::new();
    loop {
        let page = by.audit.clone().list_maintenance(request.clone()).await?.into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        request.page_token = page.next_page_token;
    }
}

async fn count(by: &Session, period: Option<Period>) -> Result<Vec<MaintenanceCount>, Status> {
    let request = CountMaintenanceRequest { period, ..Default::default() };
    Ok(by.audit.clone().count_maintenance(request).await?.into_inner().counts)
}

/// What, by whom and with which number.
fn told(events: &[AuditEvent]) -> Vec<(AuditAction, &str, i64)> {
    events.iter().map(|event| (event.action(), event.operator.as_str(), event.number)).collect()
}

async fn what_operators_do_is_listed_and_counted(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("asano").await?.session;
    let stranger = region.doctor("banno").await?.session;
    let patient = doctor.register().await?;
    let code = region.employ(&doctor.organization(), "endo", Role::PrivacyOfficer).await?;
    let officer = Computer::enroll(&region, "officer", &code)?;
    let elsewhere = region.colleague(&stranger, "fukuda", Role::PrivacyOfficer).await?.session;

    let sasaki = ["--operator", "佐々木 保守"];
    console(&region.server, &[&["keys", "rotate-root"][..], &sasaki].concat())?;
    let of_patient = ["keys", "rotate-patients", "--patient", &patient];
    console(&region.server, &[&of_patient[..], &sasaki].concat())?;
    console(&region.server, &["keys", "rotate-patients"])?;
    console(&region.server, &["doctor"])?;
    console(&region.server, &["doctor", "--deep"])?;
    let refused = process::run(&mut region.server.beside(&["doctor", "--deep", "--operator", "a\nb"])?, b"")?;
    ensure!(refused.status.code() == Some(2), "a name of two lines: {}", refused.stderr);

    let all = list(&region.admin, "", None).await?;
    use AuditAction::{FilesCheck, KeyCreate, KeyDestroy, KeyRetire, KeyRotate};
    let (server, user) = ("renkei-server", all.last().context("nothing")?.operator.as_str());
    ensure!(!user.is_empty() && user != server, "whoever runs the tests: {user}");
    let wanted = [
        (KeyCreate, server, 1),
        (KeyCreate, server, 0),
        (KeyCreate, sasaki[1], 2),
        (KeyRetire, sasaki[1], 1),
        (KeyDestroy, sasaki[1], 1),
        (KeyCreate, sasaki[1], 2),
        (KeyRotate, user, 0),
        (FilesCheck, user, 0),
    ];
    ensure!(told(&all) == wanted, "{all:#?}");
    let patients: Vec<_> = all.iter().map(|event| event.patient_id.as_str()).collect();
    ensure!(patients == ["", "", "", "", "", patient.as_str(), "", ""], "{all:#?}");
    ensure!(all.iter().all(|event| event.actor.is_none() && event.purpose == 0), "{all:#?}");
    ensure!(told(&list(&region.admin, &patient, None).await?) == wanted[5..6]);
    let late = Some(Period { start: all[3].time, end: all[6].time });
    ensure!(told(&list(&region.admin, "", late).await?) == wanted[3..6]);

    let counts = count(&region.admin, None).await?;
    let counted: Vec<_> = counts.iter().map(|count| (count.patient_id.as_str(), count.count)).collect();
    ensure!(counted == [("", 7), (patient.as_str(), 1)], "{counts:?}");
    ensure!((counts[0].first_time, counts[0].last_time) == (all[0].time, all[7].time), "{counts:?}");
    ensure!(count(&region.admin, late).await?.len() == 2);
    // of an officer's own patients, and what concerned all
    ensure!(count(&elsewhere, None).await?.len() == 1);
    ensure!(
        list(&elsewhere, "", None).await?.len() == 7 && list(&elsewhere, &patient, None).await?.is_empty()
    );
    expect_refused(
        doctor.audit.clone().list_maintenance(ListMaintenanceRequest::default()).await,
        Code::PermissionDenied,
        "ROLE_NOT_ALLOWED",
    )?;
    expect_refused(
        doctor.audit.clone().count_maintenance(CountMaintenanceRequest::default()).await,
        Code::PermissionDenied,
        "ROLE_NOT_ALLOWED",
    )?;

    // whoever asks about the patient sees it, and can prove it
    let request = ListAccessesRequest {
        patient_id: patient.clone(),
        kinds: vec![AccessKind::Maintenance.into()],
        oldest_first: true,
        ..Default::default()
    };
    let rows = doctor.audit.clone().list_accesses(request).await?.into_inner().accesses;
    let operators: Vec<_> = rows.iter().map(|row| row.operator.as_str()).collect();
    ensure!(
        rows.iter().map(|row| row.count).sum::<i32>() == 8 && operators.contains(&sasaki[1]),
        "{rows:#?}"
    );
    verified(&region.server, None)?;
    officer.cli.text(&["audit", "verify", "--patient", &patient], "")?;
    let shown = officer.cli.text(&["--lang", "ja", "audit", "maintenance"], "")?;
    ensure!(shown.contains("保守: 佐々木 保守") && shown.contains("v2"), "{shown}");
    let counts = officer.cli.json(&["audit", "maintenance", "--count"])?;
    ensure!(counts[1]["patient_id"] == patient.as_str() && counts[1]["count"] == 1, "{counts}");
    Ok(())
}

async fn a_clock_that_was_set_back_is_on_record(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    verified(&region.server, None)?;
    region.server.stop()?;
    // as if the last checkpoint had been signed by a clock that was an hour further, and the rest long ago: with its
    // signature gone, the log takes nothing more, and what happened to the clock still goes on record
    let later = "UPDATE audit_checkpoint SET signed_at = signed_at + 3600000000 \
                 WHERE size = (SELECT MAX(size) FROM audit_checkpoint)";
    region.server.sql(later)?;
    region.server.start()?;
    let found =
        "SELECT revision FROM audit_event WHERE action = 'CLOCK_CHANGE' AND operator = 'renkei-server'";
    let set = renkei_tests::wait::until("an event of the clock", || {
        let found = region.server.sql(found)?;
        Ok((!found.is_empty()).then_some(found))
    })?;
    let set: i64 = set.parse()?;
    ensure!((-3_600_000..-3_500_000).contains(&set), "{set}");
    Ok(())
}
