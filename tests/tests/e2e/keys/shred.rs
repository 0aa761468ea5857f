//! Destroying a patient's keys: who may, when, and what is left.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Demographics, ListInvitationsRequest, ListPatientsRequest, RegisterPatientRequest, Role,
    watch_response::Event,
};
use renkei_tests::{database::Engine, fixtures};

use super::{keys_refused, number, patients::literal, status, try_keys};
use crate::{
    circle::Circle,
    foreign_ids::nothing_is_found,
    grpc::Session,
    region::{Member, PASSWORD, Region, demographics, invitation, new_id},
    side_doors::{next, started, watch},
    standing::suspend,
};

crate::on_both_engines!(
    keys_are_destroyed_by_two_administrators_after_years_only,
    who_is_destroyed_is_gone_for_everybody,
);

const REASON: [&str; 2] = ["--reason", "保存期間の満了"];

/// The answers to the questions: two log-ins, and the beginning of the patient's id.
fn answers(approvals: [(&str, &str); 2], patient: &str) -> String {
    let [(first, one), (second, two)] = approvals;
    format!("{first}\n{one}\n{second}\n{two}\n{}\n", &patient[..8])
}

async fn refused(region: &Region, patient: &str, approvals: [(&str, &str); 2], why: &str) -> Result<()> {
    let args = [&["shred", patient][..], &REASON].concat();
    let told = keys_refused(&region.server, &args, &answers(approvals, patient)).await?;
    ensure!(told.contains(why), "{told:?} does not tell of {why:?}");
    Ok(())
}

async fn shred(region: &Region, patient: &str, second: &str) -> Result<()> {
    let args = [&["shred", patient][..], &REASON].concat();
    let approvals = [(region.admin.me.login_name.as_str(), PASSWORD), (second, PASSWORD)];
    let done = try_keys(&region.server, &args, &answers(approvals, patient)).await?;
    ensure!(done.status.success(), "{}", done.stderr);
    ensure!(done.stderr.contains("Backups"), "it does not say what it does not do: {}", done.stderr);
    Ok(())
}

/// Makes all entries six years older.
fn age(region: &Region) -> Result<()> {
    region.server.sql("UPDATE entry SET posted_at = posted_at - 189345600000000").map(drop)
}

async fn keys_are_destroyed_by_two_administrators_after_years_only(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("asano").await?;
    let second = region.colleague(&region.admin, "fukuda", Role::Administrator).await?;
    let third = region.colleague(&region.admin, "goto", Role::Administrator).await?;
    let first = region.admin.me.login_name.clone();
    let patient = doctor.session.register().await?;
    doctor.session.post(&patient, "最後の記録").await?;
    let (admin, other) = ((first.as_str(), PASSWORD), ("fukuda", PASSWORD));

    refused(&region, &patient, [admin, other], "kept for 5 years").await?;
    age(&region)?;
    refused(&region, &patient, [admin, admin], "two different administrators").await?;
    refused(&region, &patient, [admin, ("fukuda", "wrong-password-1")], "is wrong").await?;
    refused(&region, &patient, [admin, ("nobody", PASSWORD)], "is wrong").await?;
    refused(&region, &patient, [admin, ("asano", PASSWORD)], "not an administrator").await?;
    suspend(&region.admin, third.session.person()).await?;
    refused(&region, &patient, [admin, ("goto", PASSWORD)], "not an administrator").await?;
    refused(&region, &new_id(), [admin, other], "no such patient").await?;
    let args = [&["shred", &patient][..], &REASON].concat();
    let typed = answers([admin, other], "ffffffff");
    keys_refused(&region.server, &args, &typed).await?;
    keys_refused(&region.server, &args, "admin\n").await?;
    ensure!(doctor.session.texts(&patient).await? == ["最後の記録"], "something was destroyed");
    let at_console =
        "SELECT COUNT(*) FROM audit_event WHERE operator IS NOT NULL AND action = 'PATIENT_SHRED'";
    ensure!(region.server.sql(at_console)? == "0", "what was refused was no maintenance");
    let denied = "SELECT COUNT(*) FROM audit_event WHERE action = 'PATIENT_SHRED' AND decision = 'DENY'";
    ensure!(region.server.sql(denied)? == "1", "the wrong password is not on record");

    shred(&region, &patient, "fukuda").await?;
    ensure!(region.server.sql(at_console)? == "1", "who sat at the console is not on record");
    let by = format!(
        "SELECT person_id FROM audit_event WHERE action = 'PATIENT_SHRED' AND decision = 'PERMIT' \
         AND patient_id = {0} AND object_id = {0} AND role = 'ADMINISTRATOR' GROUP BY person_id",
        literal(engine, &patient)
    );
    ensure!(region.server.sql(&format!("SELECT COUNT(*) FROM ({by}) by"))? == "2");
    refused(&region, &patient, [admin, other], "were destroyed at").await?;
    // nothing was ever written about this one
    let empty = doctor.session.register().await?;
    let args = [&["shred", &empty, "--yes"][..], &REASON].concat();
    let done = try_keys(&region.server, &args, &answers([admin, other], &empty)).await?;
    ensure!(done.status.success(), "{}", done.stderr);
    let after = status(&region.server).await?;
    ensure!(number(&after, "/shredded")? == 2 && after["patients"] == serde_json::json!([]), "{after}");
    drop(second);
    Ok(())
}

async fn who_is_destroyed_is_gone_for_everybody(engine: Engine) -> Result<()> {
    let mut circle = Circle::open(engine).await?;
    circle.region.colleague(&circle.region.admin, "fukuda", Role::Administrator).await?;
    let pharmacist = circle.region.pharmacist("doi").await?;
    let doctor = &circle.doctor.session;
    let who = Demographics { local_identifier: "A-17".to_owned(), ..demographics() };
    let register =
        |who: &Demographics| RegisterPatientRequest { request_id: new_id(), demographics: Some(who.clone()) };
    let patient = doctor.patients.clone().register_patient(register(&who)).await?.into_inner().patient;
    let patient = patient.context("patient")?.patient_id;
    doctor.join(&patient, &circle.nurse.session).await?;
    circle.nurse.session.break_glass(&patient).await?;
    ensure!(doctor.list_break_glass("", true).await?.len() == 1);
    let consent = doctor.consent_to_all(&patient).await?;
    let file = doctor.upload(&patient, "創部.jpg", fixtures::PHOTO).await?.attachment_id;
    let entry = doctor.post(&patient, "六年前の記録").await?.entry_id;
    let ids = [entry.as_str(), file.as_str(), consent.as_str()];
    let request = invitation(&patient, pharmacist.session.organization());
    doctor.patients.clone().invite_care_team_member(request).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    age(&circle.region)?;
    ensure!(circle.nurse.session.inbox().await?.iter().any(|entry| entry.patient_id == patient));

    // opened, so that the server has the key
    let mut streams = Vec::new();
    for member in [&circle.doctor, &circle.nurse] {
        let mut stream = watch(&member.session, &patient, None).await?;
        started(&mut stream).await?;
        streams.push(stream);
    }
    shred(&circle.region, &patient, "fukuda").await?;
    // at once, before any stream was told
    let members = [&circle.doctor, &circle.nurse, &pharmacist];
    is_gone(&members, &patient, ids).await?;
    for stream in &mut streams {
        loop {
            match next(stream).await?? {
                Event::AccessEnded(ended) => {
                    ensure!(ended.patient_id == patient);
                    break;
                }
                Event::Entry(_) => {}
                other => anyhow::bail!("{other:?}"),
            }
        }
    }
    ensure!(circle.region.server.sql(&rows(engine, "keyring", &patient))? == "0");
    ensure!(circle.region.server.sql(&rows(engine, "entry", &patient))? != "0", "data was touched");
    // the others stay, and the number is free again
    ensure!(listed(&circle.doctor.session).await? == [circle.patient.clone()]);
    circle.doctor.session.patients.clone().register_patient(register(&who)).await?;

    circle.region.server.stop()?;
    circle.region.server.start()?;
    is_gone(&[&circle.doctor, &circle.nurse, &pharmacist], &patient, ids).await.context("after a start")?;
    Ok(())
}

fn rows(engine: Engine, table: &str, patient: &str) -> String {
    format!("SELECT COUNT(*) FROM {table} WHERE patient_id = {}", literal(engine, patient))
}

async fn listed(session: &Session) -> Result<Vec<String>> {
    let answer = session.patients.clone().list_patients(ListPatientsRequest::default()).await?.into_inner();
    Ok(answer.patients.into_iter().map(|patient| patient.patient_id).collect())
}

/// Nothing of the patient is told to any of them in any way.
async fn is_gone(members: &[&Member], patient: &str, ids: [&str; 3]) -> Result<()> {
    for member in members {
        let session = &member.session;
        nothing_is_found(member, patient, ids).await.with_context(|| session.me.login_name.clone())?;
        ensure!(!listed(session).await?.contains(&patient.to_owned()), "listed");
        ensure!(session.inbox().await?.iter().all(|entry| entry.patient_id != patient), "in the inbox");
        let request = ListInvitationsRequest::default();
        let invitations = session.patients.clone().list_invitations(request).await?.into_inner().invitations;
        ensure!(invitations.is_empty(), "{invitations:?}");
        // where the role may ask at all
        let accesses = session.list_break_glass("", true).await.unwrap_or_default();
        ensure!(accesses.is_empty(), "{accesses:?}");
    }
    Ok(())
}
