//! What the custodian organisation finds about an emergency access.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    BreakGlassVerdict, Category, ListBreakGlassRequest, NoticeKind, Role, StaffAccess,
    UpdateStaffAccessRequest, watch_response::Event,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{open_record, review};
use crate::{
    calls::{author, count_of, notices},
    circle::Circle,
    refusal::{expect, expect_invalid, expect_refused},
    region::new_id,
    side_doors::{next, started, watch},
};

crate::on_both_engines!(what_was_not_justified_ends_at_once, nobody_reviews_their_own_and_nobody_twice);

async fn what_was_not_justified_ends_at_once(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    circle.post(Category::Message, "夜間の連絡先は長女").await?;
    let access = open_record(nurse, patient).await?;
    let mut stream = watch(nurse, patient, None).await?;
    started(&mut stream).await?;

    // One of the patient, and one of all patients of the organisation.
    for which in [patient.as_str(), ""] {
        ensure!(doctor.list_break_glass(which, false).await? == [access.clone()], "list of {which:?}");
    }
    let refused = nurse.list_break_glass(patient, false).await.err().context("listed")?;
    expect(&refused, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    let refused = circle.manager.session.list_break_glass(patient, false).await.err().context("listed")?;
    expect(&refused, Code::NotFound, "NOT_FOUND")?;
    ensure!(circle.manager.session.list_break_glass("", true).await?.is_empty(), "of another custodian");
    let pharmacist = circle.region.pharmacist("doi").await?.session;
    let refused = pharmacist.list_break_glass("", true).await.err().context("listed")?;
    expect(&refused, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;

    let unexplained = review(doctor, &access, BreakGlassVerdict::NotJustified, "").await;
    expect_invalid(unexplained, "text")?;
    expect_invalid(review(doctor, &access, BreakGlassVerdict::Unspecified, "").await, "verdict")?;
    let answer = review(&circle.manager.session, &access, BreakGlassVerdict::Justified, "").await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    let unknown = renkei_proto::v1::BreakGlassAccess { break_glass_id: new_id(), ..access.clone() };
    let answer = review(doctor, &unknown, BreakGlassVerdict::Justified, "").await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    nurse.expect_texts(patient, &["夜間の連絡先は長女"]).await?;

    let text = "搬送の事実が確認できない。";
    let reviewed = review(doctor, &access, BreakGlassVerdict::NotJustified, text).await?.into_inner().access;
    let reviewed = reviewed.context("access")?;
    ensure!(reviewed.verdict() == BreakGlassVerdict::NotJustified && reviewed.review_text == text);
    ensure!(reviewed.reviewed_by.as_ref().is_some_and(|by| by.person_id == doctor.person()), "{reviewed:?}");
    ensure!(reviewed.review_time.is_some() && reviewed.end_time == reviewed.review_time, "{reviewed:?}");
    nurse.expect_nothing(patient).await?;
    loop {
        match next(&mut stream).await?? {
            Event::AccessEnded(ended) => break ensure!(&ended.patient_id == patient, "{ended:?}"),
            // what was posted before the end
            Event::Entry(_) => {}
            other => anyhow::bail!("{other:?}"),
        }
    }
    ensure!(doctor.list_break_glass(patient, false).await?.is_empty(), "still to be reviewed");
    ensure!(doctor.list_break_glass(patient, true).await? == [reviewed], "another review");

    // One that was justified goes on to its end.
    let second = open_record(nurse, patient).await?;
    ensure!(second.break_glass_id != access.break_glass_id, "{second:?}");
    review(doctor, &second, BreakGlassVerdict::Justified, "").await?;
    nurse.expect_texts(patient, &["夜間の連絡先は長女"]).await?;
    let all = doctor.all_entries(patient).await?;
    let told: Vec<_> = notices(&all)
        .into_iter()
        .filter(|(_, notice)| notice.kind() == NoticeKind::BreakGlassReviewed)
        .map(|(author, notice)| (author, notice.object_id.clone(), notice.text.clone()))
        .collect();
    let by = doctor.person();
    let wanted =
        [(by.clone(), access.break_glass_id, text.to_owned()), (by, second.break_glass_id, String::new())];
    ensure!(told == wanted, "{told:?}");
    ensure!(count_of(&nurse.inbox().await?, NoticeKind::BreakGlassReviewed) == 2, "not told");
    Ok(())
}

async fn nobody_reviews_their_own_and_nobody_twice(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    circle.post(Category::Message, "担当医だけの記録").await?;
    let own = circle.region.colleague(doctor, "eguchi", Role::Nurse).await?.session;
    let assign = |persons: Vec<String>| UpdateStaffAccessRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        staff_access: StaffAccess::Assigned.into(),
        person_ids: persons,
    };
    doctor.patients.clone().update_staff_access(assign(vec![doctor.person()])).await?;
    own.expect_nothing(patient).await?;
    let first = open_record(&own, patient).await?;
    own.expect_texts(patient, &["担当医だけの記録"]).await?;
    let second = open_record(&circle.nurse.session, patient).await?;

    let both = vec![doctor.person(), own.person()];
    doctor.patients.clone().update_staff_access(assign(both)).await?;
    let answer = review(&own, &first, BreakGlassVerdict::Justified, "").await;
    expect_refused(answer, Code::PermissionDenied, "REVIEWER_INVOLVED")?;
    ensure!(doctor.list_break_glass(patient, false).await?.len() == 2, "reviewed all the same");

    // Somebody else's, and page by page.
    let mut request =
        ListBreakGlassRequest { patient_id: patient.clone(), page_size: 1, ..Default::default() };
    let page = own.consents.clone().list_break_glass(request.clone()).await?.into_inner();
    ensure!(page.accesses.len() == 1 && page.accesses[0].break_glass_id == first.break_glass_id);
    request.page_token = page.next_page_token;
    let page = own.consents.clone().list_break_glass(request).await?.into_inner();
    ensure!(page.accesses.len() == 1 && page.accesses[0].break_glass_id == second.break_glass_id);
    review(&own, &second, BreakGlassVerdict::Justified, "搬送記録で確認。").await?;
    for verdict in [BreakGlassVerdict::Justified, BreakGlassVerdict::NotJustified] {
        let answer = review(doctor, &second, verdict, "もう一度").await;
        expect_refused(answer, Code::FailedPrecondition, "BREAK_GLASS_REVIEWED")?;
    }
    review(doctor, &first, BreakGlassVerdict::Justified, "").await?;
    let told = doctor.all_entries(patient).await?;
    let reviewers: Vec<_> = told
        .iter()
        .filter(|entry| count_of(std::slice::from_ref(entry), NoticeKind::BreakGlassReviewed) == 1)
        .map(author)
        .collect();
    ensure!(reviewers == [own.person(), doctor.person()], "{reviewers:?}");
    Ok(())
}
