//! A `request_id` makes a mutation safe to send again: the same body has the first result, another body is
//! refused, however close together they arrive.

use std::fmt::Debug;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    CreateOrganizationRequest, CreatePersonRequest, InviteCareTeamMemberRequest, Notice, NoticeKind,
    OrganizationKind, RecordConsentRequest, RegisterPatientRequest, WithdrawConsentRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tokio::task::JoinSet;
use tonic::{Code, Response, Status};

use crate::{
    refusal::expect_refused,
    region::{Region, demographics, form_all, form_person, invitation, message, new_id, notice_of, posting},
};

crate::on_both_engines!(
    a_mutation_sent_again_has_the_first_result,
    sent_sixteen_times_at_once_it_is_done_once
);

/// Sends a request twice, then with another body.
async fn check<R: Clone, A: PartialEq + Debug>(
    request: R,
    other: R,
    send: impl AsyncFn(R) -> Result<Response<A>, Status>,
) -> Result<A> {
    let first = send(request.clone()).await?.into_inner();
    let second = send(request).await.context("sent again")?.into_inner();
    ensure!(first == second, "first {first:?}, then {second:?}");
    expect_refused(send(other).await, Code::AlreadyExists, "REQUEST_ID_REUSED")?;
    Ok(first)
}

async fn a_mutation_sent_again_has_the_first_result(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (admin, doctor, invited) =
        (&region.admin, region.doctor("ogawa").await?.session, region.care_manager("kikuchi").await?.session);

    let request = CreateOrganizationRequest {
        request_id: new_id(),
        kind: OrganizationKind::Hospital.into(),
        name: "病院".into(),
    };
    let other = CreateOrganizationRequest { name: "別の病院".into(), ..request.clone() };
    check(request, other, async |request| admin.identity.clone().create_organization(request).await).await?;

    let request = CreatePersonRequest {
        request_id: new_id(),
        login_name: "kojima".into(),
        name: "小島".into(),
        name_kana: "コジマ".into(),
    };
    let other = CreatePersonRequest { name: "小嶋".into(), ..request.clone() };
    check(request, other, async |request| admin.identity.clone().create_person(request).await).await?;

    let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics()) };
    let mut other = request.clone();
    other.demographics = Some(renkei_proto::v1::Demographics { name: "別人".into(), ..demographics() });
    let patient =
        check(request, other, async |request| doctor.patients.clone().register_patient(request).await)
            .await?;
    let patient = patient.patient.context("patient")?.patient_id;

    let request = invitation(&patient, invited.organization());
    let other = InviteCareTeamMemberRequest { message: "別の伝言".into(), ..request.clone() };
    check(request, other, async |request| doctor.patients.clone().invite_care_team_member(request).await)
        .await?;

    let paper = doctor.upload(&patient, "consent.pdf", fixtures::PAPER).await?.attachment_id;
    let request = RecordConsentRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        form: Some(form_all()),
        paper_attachment_id: paper,
    };
    let other = RecordConsentRequest { form: Some(form_person(&invited)), ..request.clone() };
    let consent =
        check(request, other, async |request| doctor.consents.clone().record_consent(request).await).await?;
    let consent_id = consent.consent.context("consent")?.consent_id;

    let request = posting(&patient, "一度だけ");
    let mut other = request.clone();
    other.content = message("別の本文");
    check(request, other, async |request| doctor.timeline.clone().post_entry(request).await).await?;
    ensure!(doctor.written_entries(&patient).await?.len() == 1, "a post that was refused was stored");

    let request =
        WithdrawConsentRequest { request_id: new_id(), patient_id: patient.clone(), consent_id, part: None };
    let other = WithdrawConsentRequest { consent_id: new_id(), ..request.clone() };
    check(request, other, async |request| doctor.consents.clone().withdraw_consent(request).await).await?;

    // Each act told the care team once.
    let entries = doctor.all_entries(&patient).await?;
    let told = entries.iter().filter_map(notice_of).map(Notice::kind);
    let acts = [NoticeKind::MemberInvited, NoticeKind::ConsentRecorded, NoticeKind::ConsentWithdrawn];
    ensure!(told.eq(acts), "{entries:?}");
    Ok(())
}

async fn sent_sixteen_times_at_once_it_is_done_once(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("ogawa").await?.session;
    let patient = doctor.register().await?;
    let request = posting(&patient, "一度だけ");
    let mut calls = JoinSet::new();
    for _ in 0..16 {
        let (mut timeline, request) = (doctor.timeline.clone(), request.clone());
        calls.spawn(async move { timeline.post_entry(request).await });
    }
    while let Some(call) = calls.join_next().await {
        let entry = call??.into_inner().entry.context("entry")?;
        ensure!(entry.seq == 1 && entry.entry_id == request.entry_id, "{entry:?}");
    }
    ensure!(doctor.all_entries(&patient).await?.len() == 1, "stored more than once");
    Ok(())
}
