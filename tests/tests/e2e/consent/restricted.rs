//! Restricted entries (要配慮): whoever no consent names for them does not find a trace of them.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ConsentEffect, ConsentForm, ListReadersRequest, MarkReadRequest, PostEntryRequest, Sensitivity,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use crate::{
    calls::{next_entry, posting_of},
    circle::Circle,
    grpc::Session,
    refusal::{expect_invalid, expect_refused, refused, visible},
    region::{form_organizations, form_person, new_id, posting, text_of, written},
    side_doors::{started, watch},
};

crate::on_both_engines!(restricted_entries_leave_no_trace, authors_read_what_they_wrote_unless_it_is_denied,);

async fn read_by(session: &Session, patient: &str, entry: &str) -> Result<()> {
    let request = MarkReadRequest { patient_id: patient.to_owned(), entry_ids: vec![entry.to_owned()] };
    session.timeline.clone().mark_read(request).await?;
    Ok(())
}

async fn restricted_entries_leave_no_trace(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let manager = &circle.manager.session;
    doctor.consent_to_all(patient).await?;
    let named = vec![Sensitivity::Normal.into(), Sensitivity::Infection.into()];
    doctor.consent(patient, ConsentForm { sensitivities: named, ..form_organizations(&[nurse]) }).await?;
    let mut of_manager = watch(manager, patient, None).await?;
    started(&mut of_manager).await?;
    let mut of_nurse = watch(nurse, patient, None).await?;
    started(&mut of_nurse).await?;

    let photo = doctor.upload(patient, "検査票.jpg", fixtures::PHOTO).await?.attachment_id;
    let request = PostEntryRequest {
        attachment_ids: vec![photo.clone()],
        ..posting_of(patient, Category::Laboratory, Sensitivity::Infection, "HIV 抗体 陽性")
    };
    let guarded = doctor.timeline.clone().post_entry(request).await?.into_inner().entry.context("entry")?;
    ensure!(guarded.sensitivity() == Sensitivity::Infection && guarded.category() == Category::Laboratory);
    circle.post_guarded(Sensitivity::Genetic, "家系図").await?;
    ensure!(text_of(&next_entry(&mut of_nurse).await?) == "HIV 抗体 陽性");
    nurse.expect_texts(patient, &["HIV 抗体 陽性"]).await?;
    nurse.download(patient, &photo).await?;

    // A reply is as guarded as what it answers.
    let reply = PostEntryRequest {
        reply_to_entry_id: guarded.entry_id.clone(),
        ..posting(patient, "承知しました")
    };
    let opener =
        PostEntryRequest { request_id: new_id(), sensitivity: Sensitivity::Normal.into(), ..reply.clone() };
    expect_invalid(nurse.timeline.clone().post_entry(opener).await, "sensitivity")?;
    let answer = nurse.timeline.clone().post_entry(reply).await?.into_inner().entry.context("entry")?;
    ensure!(answer.sensitivity() == Sensitivity::Infection && answer.category() == Category::Laboratory);
    ensure!(text_of(&next_entry(&mut of_nurse).await?) == "承知しました");

    // For the manager they do not exist: the same bytes as for what does not exist.
    let ask = async |entry: &str| -> Result<Vec<String>> {
        let readers = ListReadersRequest {
            patient_id: patient.clone(),
            entry_id: entry.to_owned(),
            ..Default::default()
        };
        let reply = PostEntryRequest {
            reply_to_entry_id: entry.to_owned(),
            ..posting(patient, "何のことですか")
        };
        let refusals = [
            refused(manager.entry(patient, entry).await)?,
            refused(manager.timeline.clone().list_readers(readers).await)?,
            refused(manager.timeline.clone().post_entry(reply).await)?,
        ];
        Ok(refusals.iter().map(visible).collect())
    };
    let (hidden, unknown) = (ask(&guarded.entry_id).await?, ask(&new_id()).await?);
    ensure!(hidden == unknown, "{hidden:?} {unknown:?}");
    let hidden = visible(&refused(manager.download(patient, &photo).await)?);
    let unknown = visible(&refused(manager.download(patient, &new_id()).await)?);
    ensure!(hidden == unknown, "{hidden} {unknown}");
    read_by(manager, patient, &guarded.entry_id).await?;
    read_by(nurse, patient, &guarded.entry_id).await?;
    let request = ListReadersRequest {
        patient_id: patient.clone(),
        entry_id: guarded.entry_id.clone(),
        ..Default::default()
    };
    let readers = doctor.timeline.clone().list_readers(request).await?.into_inner().readers;
    let readers: Vec<_> = readers.into_iter().filter_map(|it| it.actor).map(|it| it.person_id).collect();
    ensure!(readers == [nurse.person()], "{readers:?}");
    ensure!(written(manager.inbox().await?).is_empty(), "restricted entries in the inbox");
    manager.expect_texts(patient, &[]).await?;
    circle.post(Category::Message, "普通の連絡").await?;
    ensure!(text_of(&next_entry(&mut of_manager).await?) == "普通の連絡", "restricted entries on the stream");
    Ok(())
}

async fn authors_read_what_they_wrote_unless_it_is_denied(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let manager = &circle.manager.session;
    doctor.consent_to_all(patient).await?;

    // No consent names restricted content, yet what is found on a visit can be written down.
    let own = nurse.post_as(patient, Category::Message, Sensitivity::Abuse, "上腕に新しい皮下出血").await?;
    ensure!(own.sensitivity() == Sensitivity::Abuse, "{own:?}");
    nurse.expect_texts(patient, &["上腕に新しい皮下出血"]).await?;
    nurse.entry(patient, &own.entry_id).await?;
    manager.expect_texts(patient, &[]).await?;
    doctor.expect_texts(patient, &["上腕に新しい皮下出血"]).await?;

    // Where it is denied neither is possible.
    let denial = ConsentForm {
        effect: ConsentEffect::Deny.into(),
        sensitivities: vec![Sensitivity::Abuse.into()],
        ..form_person(nurse)
    };
    doctor.consent(patient, denial).await?;
    nurse.expect_texts(patient, &[]).await?;
    expect_refused(nurse.entry(patient, &own.entry_id).await, Code::NotFound, "NOT_FOUND")?;
    let more = posting_of(patient, Category::Message, Sensitivity::Abuse, "追記");
    let answer = nurse.timeline.clone().post_entry(more).await;
    expect_refused(answer, Code::PermissionDenied, "CATEGORY_NOT_CONSENTED")?;
    nurse.post(patient, "普通の連絡").await?;
    nurse.expect_texts(patient, &["普通の連絡"]).await
}
