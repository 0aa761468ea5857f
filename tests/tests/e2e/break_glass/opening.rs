//! Opening a record in an emergency.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AuditAction, AuditDecision, BreakGlassReason, BreakGlassRequest, Category, ConsentEffect, ConsentForm,
    NoticeKind, PurposeOfUse, Sensitivity,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use super::open_record;
use crate::{
    calls::{author, count_of, emergency, next_entry},
    circle::Circle,
    refusal::{expect, expect_invalid, expect_refused},
    region::{form_organizations, invitation, new_id, notice_of, posting, text_of},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    what_does_not_open_a_record,
    it_shows_everything_to_read_only_and_on_record,
    everybody_is_told_at_once_and_a_retry_opens_nothing_more,
);

const DENIED: Code = Code::PermissionDenied;

async fn what_does_not_open_a_record(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    circle.post(Category::Message, "本人の希望は自宅療養").await?;

    let wrong = BreakGlassRequest { password: "chigau-aikotoba-3".to_owned(), ..emergency(patient) };
    let answer = nurse.consents.clone().break_glass(wrong).await;
    expect_refused(answer, DENIED, "STEP_UP_FAILED")?;
    let events = doctor.audit_events(patient).await?;
    let tried = events.iter().filter(|event| event.action() == AuditAction::BreakGlass);
    let tried: Vec<_> = tried.map(|event| (event.decision(), event.reason.as_str())).collect();
    ensure!(tried == [(AuditDecision::Deny, "STEP_UP_FAILED")], "{tried:?}");

    // Whose role has no emergencies; who is not in the care team, or only invited; who sees all.
    expect_refused(circle.manager.session.break_glass(patient).await, DENIED, "ROLE_NOT_ALLOWED")?;
    let pharmacist = circle.region.pharmacist("doi").await?.session;
    expect_refused(pharmacist.break_glass(patient).await, Code::NotFound, "NOT_FOUND")?;
    let invite = invitation(patient, pharmacist.organization());
    doctor.patients.clone().invite_care_team_member(invite).await?;
    expect_refused(pharmacist.break_glass(patient).await, Code::NotFound, "NOT_FOUND")?;
    let answer = doctor.break_glass(patient).await;
    expect_refused(answer, Code::FailedPrecondition, "BREAK_GLASS_NOT_NEEDED")?;

    for (field, request) in [
        ("request_id", BreakGlassRequest { request_id: "1".into(), ..emergency(patient) }),
        ("reason", BreakGlassRequest { reason: 0, ..emergency(patient) }),
        ("text", BreakGlassRequest { text: " ".into(), ..emergency(patient) }),
        ("text", BreakGlassRequest { text: "急".repeat(1001), ..emergency(patient) }),
        ("password", BreakGlassRequest { password: String::new(), ..emergency(patient) }),
    ] {
        expect_invalid(nurse.consents.clone().break_glass(request).await, field)?;
    }

    // What is denied explicitly no emergency lifts.
    let denial = ConsentForm { effect: ConsentEffect::Deny.into(), ..form_organizations(&[nurse]) };
    doctor.consent(patient, denial).await?;
    expect_refused(nurse.break_glass(patient).await, DENIED, "BREAK_GLASS_DENIED")?;

    nurse.expect_nothing(patient).await?;
    ensure!(doctor.list_break_glass(patient, true).await?.is_empty(), "something was opened");
    let told = count_of(&doctor.all_entries(patient).await?, NoticeKind::BreakGlass);
    ensure!(told == 0, "{told} notices of what did not happen");
    Ok(())
}

async fn it_shows_everything_to_read_only_and_on_record(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let photo = doctor.upload(patient, "wound.jpg", fixtures::PHOTO).await?.attachment_id;
    let mut request = posting(patient, "創部の写真");
    request.attachment_ids = vec![photo.clone()];
    doctor.timeline.clone().post_entry(request).await?;
    let guarded = circle.post_guarded(Sensitivity::MentalHealth, "抗うつ薬を開始").await?;
    nurse.expect_nothing(patient).await?;
    // A denial of one category holds in the emergency too.
    let denial = ConsentForm {
        effect: ConsentEffect::Deny.into(),
        categories: vec![Category::CarePlan.into()],
        ..form_organizations(&[nurse])
    };
    doctor.consent(patient, denial).await?;
    circle.post(Category::CarePlan, "見せない計画").await?;

    let access = open_record(nurse, patient).await?;
    nurse.expect_texts(patient, &["創部の写真", "抗うつ薬を開始"]).await?;
    let seen = nurse.entry(patient, &guarded.entry_id).await?.into_inner().entry.context("entry")?;
    ensure!(text_of(&seen) == "抗うつ薬を開始" && seen.sensitivity() == Sensitivity::MentalHealth);
    nurse.patient(patient).await?;
    nurse.download(patient, &photo).await?;
    let inbox = nurse.inbox().await?;
    ensure!(inbox.iter().any(|entry| entry.entry_id == guarded.entry_id), "{inbox:?}");

    let posted = nurse.post(patient, "書けないはず").await.err().context("it was posted")?;
    expect(&posted, DENIED, "CATEGORY_NOT_CONSENTED")?;
    let sent = nurse.upload(patient, "a.jpg", fixtures::PHOTO).await.err().context("it was uploaded")?;
    expect(&sent, DENIED, "CATEGORY_NOT_CONSENTED")?;
    let invite = invitation(patient, circle.region.admin.organization());
    let answer = nurse.patients.clone().invite_care_team_member(invite).await;
    expect_refused(answer, DENIED, "CUSTODIAN_ONLY")?;

    let reads = [AuditAction::EntryRead, AuditAction::PatientRead, AuditAction::AttachmentRead];
    let events = doctor.audit_events(patient).await?;
    let by_nurse =
        |person: Option<&renkei_proto::v1::Actor>| person.is_some_and(|it| it.person_id == nurse.person());
    for action in reads {
        let events: Vec<_> = events
            .iter()
            .filter(|event| event.action() == action && by_nurse(event.actor.as_ref()))
            .filter(|event| event.decision() == AuditDecision::Permit)
            .collect();
        ensure!(!events.is_empty(), "no {action:?} on record");
        for event in events {
            let here =
                event.purpose() == PurposeOfUse::Emergency && event.break_glass_id == access.break_glass_id;
            ensure!(here && event.consent_ids.is_empty(), "{event:?}");
        }
    }
    Ok(())
}

async fn everybody_is_told_at_once_and_a_retry_opens_nothing_more(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let mut of_doctor = watch(doctor, patient, None).await?;
    started(&mut of_doctor).await?;

    let request = emergency(patient);
    let access = nurse.consents.clone().break_glass(request.clone()).await?.into_inner().access;
    let access = access.context("access")?;
    let lasts = |end: Option<prost_types::Timestamp>| -> Option<i64> {
        Some(end?.seconds - access.start_time?.seconds)
    };
    ensure!(lasts(access.end_time) == Some(60 * 60), "{access:?}");
    ensure!(lasts(access.review_due_time) == Some(72 * 60 * 60), "{access:?}");
    let actor = access.actor.clone().context("actor")?;
    ensure!(actor.person_id == nurse.person() && actor.organization_id == nurse.organization());
    ensure!(access.reason() == BreakGlassReason::EmergencyTransport && access.text == request.text);

    let told = next_entry(&mut of_doctor).await?;
    let notice = notice_of(&told).context("a notice")?.clone();
    ensure!(notice.kind() == NoticeKind::BreakGlass && told.urgent && author(&told) == nurse.person());
    ensure!(notice.object_id == access.break_glass_id && notice.text == request.text, "{notice:?}");
    ensure!(notice.person_id == nurse.person() && notice.organization_id == nurse.organization());
    ensure!(count_of(&doctor.inbox().await?, NoticeKind::BreakGlass) == 1, "not in the inbox");
    ensure!(count_of(&nurse.inbox().await?, NoticeKind::BreakGlass) == 0, "in the author's inbox");

    let again = nurse.consents.clone().break_glass(request.clone()).await?.into_inner().access;
    ensure!(again.as_ref() == Some(&access), "{again:?}");
    let other = BreakGlassRequest { text: "別の理由".to_owned(), ..request.clone() };
    let answer = nurse.consents.clone().break_glass(other).await;
    expect_refused(answer, Code::AlreadyExists, "REQUEST_ID_REUSED")?;
    let wrong = BreakGlassRequest { password: "chigau-aikotoba-3".to_owned(), ..request.clone() };
    expect_refused(nurse.consents.clone().break_glass(wrong).await, DENIED, "STEP_UP_FAILED")?;
    let new = BreakGlassRequest { request_id: new_id(), ..request };
    let answer = nurse.consents.clone().break_glass(new).await;
    expect_refused(answer, Code::FailedPrecondition, "BREAK_GLASS_NOT_NEEDED")?;
    ensure!(doctor.list_break_glass(patient, true).await? == [access], "another access");
    ensure!(count_of(&doctor.all_entries(patient).await?, NoticeKind::BreakGlass) == 1, "told again");
    Ok(())
}
