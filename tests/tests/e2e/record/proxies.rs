//! Proxy entries (代行入力, R1, R14): entered under the proxy's own name, finalised by the responsible person.

use anyhow::{Result, ensure};
use renkei_proto::v1::{EntryStatus, InboxView, PostEntryRequest, Role};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{correction, note, post_note, retraction, status_of};
use crate::{
    circle::Circle,
    refusal::{expect, expect_invalid},
    region::Member,
};

crate::on_both_engines!(
    an_entry_for_the_doctor_waits_for_the_doctor,
    only_for_somebody_of_the_own_organisation_who_may_post_it,
    what_the_responsible_person_corrects_is_final,
    what_was_entered_for_another_is_final_after_that_person_alone,
    what_the_responsible_person_made_final_is_that_persons,
);

/// A clerk of the doctor's clinic, who could not post a visit note.
pub(super) async fn clerk(circle: &Circle) -> Result<Member> {
    circle.region.colleague(&circle.doctor.session, "ema", Role::Coordinator).await
}

pub(super) fn for_person(circle: &Circle, person: &Member, objective: &str) -> PostEntryRequest {
    PostEntryRequest {
        responsible_person_id: person.session.person(),
        ..post_note(&circle.patient, objective)
    }
}

async fn an_entry_for_the_doctor_waits_for_the_doctor(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let clerk = clerk(&circle).await?;
    let own = clerk.session.post_as_asked(post_note(&circle.patient, "自分では書けない")).await;
    expect(&own.expect_err("a clerk's visit note"), Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;

    let entered = clerk.session.post_as_asked(for_person(&circle, &circle.doctor, "浮腫なし")).await?;
    ensure!(status_of(&entered) == EntryStatus::Preliminary);
    // the team sees it at once, with both of them and as not finalised
    let seen = circle.nurse.session.read_again(&entered).await?;
    let (author, responsible) = (seen.author.clone().unwrap_or_default(), seen.responsible.clone());
    ensure!(status_of(&seen) == EntryStatus::Preliminary && author.person_id == clerk.session.person());
    let responsible = responsible.unwrap_or_default();
    ensure!(responsible.person_id == circle.doctor.session.person() && responsible.finalize_time.is_none());
    ensure!(circle.doctor.session.view(InboxView::ToFinalize).await? == [entered.entry_id.as_str()]);
    ensure!(clerk.session.view(InboxView::ToFinalize).await?.is_empty());
    ensure!(circle.doctor.session.view(InboxView::Unread).await?.contains(&entered.entry_id));

    let finalised = circle.doctor.session.finalize(&entered).await?;
    ensure!(status_of(&finalised) == EntryStatus::Final);
    // who finalises it has read it, and nobody else has by that
    ensure!(
        finalised.read && !circle.doctor.session.view(InboxView::Unread).await?.contains(&entered.entry_id)
    );
    let readers = circle.nurse.session.who_read(&finalised).await?.readers;
    let readers: Vec<String> =
        readers.into_iter().filter_map(|reader| reader.actor).map(|actor| actor.person_id).collect();
    ensure!(readers == [circle.doctor.session.person()], "{readers:?}");
    let when = finalised.responsible.clone().unwrap_or_default().finalize_time;
    let again = circle.doctor.session.finalize(&entered).await?;
    ensure!(when.is_some() && again.responsible.unwrap_or_default().finalize_time == when);
    let seen = circle.nurse.session.read_again(&entered).await?;
    ensure!(seen.responsible.unwrap_or_default().finalize_time == when && seen.author == finalised.author);
    ensure!(circle.doctor.session.view(InboxView::ToFinalize).await?.is_empty());
    Ok(())
}

async fn only_for_somebody_of_the_own_organisation_who_may_post_it(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let clerk = clerk(&circle).await?;
    let other = circle.region.colleague(&circle.doctor.session, "fumi", Role::Coordinator).await?;
    for person in [&circle.nurse, &other] {
        let refused = clerk.session.post_as_asked(for_person(&circle, person, "所見")).await;
        expect(&refused.expect_err("not for this one"), Code::FailedPrecondition, "RESPONSIBLE_NOT_ALLOWED")?;
    }
    let oneself = for_person(&circle, &clerk, "所見");
    expect_invalid(clerk.session.timeline.clone().post_entry(oneself).await, "responsible_person_id")?;
    ensure!(circle.doctor.session.written_entries(&circle.patient).await?.is_empty());
    Ok(())
}

async fn what_the_responsible_person_corrects_is_final(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let clerk = clerk(&circle).await?;
    let entered = clerk.session.post_as_asked(for_person(&circle, &circle.doctor, "浮腫あり")).await?;
    // the clerk's own correction waits again
    let second = clerk.session.correct(correction(&entered, note("浮腫なし"))).await?;
    ensure!(status_of(&second) == EntryStatus::Preliminary);
    ensure!(circle.doctor.session.view(InboxView::ToFinalize).await? == [second.entry_id.as_str()]);
    let refused = circle.doctor.session.finalize(&entered).await;
    expect(&refused.expect_err("it was corrected"), Code::Aborted, "ENTRY_ALREADY_AMENDED")?;
    // the doctor's is the doctor's
    let third = circle.doctor.session.correct(correction(&second, note("浮腫は軽度"))).await?;
    ensure!(status_of(&third) == EntryStatus::Final && third.responsible.is_none() && third.revision == 3);
    ensure!(circle.doctor.session.view(InboxView::ToFinalize).await?.is_empty());
    Ok(())
}

async fn what_was_entered_for_another_is_final_after_that_person_alone(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let clerk = clerk(&circle).await?;
    let colleague = circle.region.colleague(&circle.doctor.session, "goro", Role::Doctor).await?;
    let entered = clerk.session.post_as_asked(for_person(&circle, &circle.doctor, "浮腫あり")).await?;
    for other in [&clerk, &colleague, &circle.nurse] {
        let refused = other.session.finalize(&entered).await;
        expect(&refused.expect_err("somebody else's"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    }
    ensure!(status_of(&circle.nurse.session.read_again(&entered).await?) == EntryStatus::Preliminary);
    Ok(())
}

async fn what_the_responsible_person_made_final_is_that_persons(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let clerk = clerk(&circle).await?;
    // what was not finalised can be taken back by whoever entered it, in a role that could not have posted it
    let wrong = clerk.session.post_as_asked(for_person(&circle, &circle.doctor, "別の人")).await?;
    clerk.session.retract(retraction(&wrong)).await?;
    ensure!(circle.doctor.session.view(InboxView::ToFinalize).await?.is_empty());

    let entered = clerk.session.post_as_asked(for_person(&circle, &circle.doctor, "浮腫あり")).await?;
    circle.doctor.session.finalize(&entered).await?;
    let refused = clerk.session.retract(retraction(&entered)).await;
    expect(&refused.expect_err("it is final"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    let refused = clerk.session.correct(correction(&entered, note("なし"))).await;
    expect(&refused.expect_err("it is final"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    ensure!(status_of(&circle.nurse.session.read_again(&entered).await?) == EntryStatus::Final);
    circle.doctor.session.correct(correction(&entered, note("軽度"))).await?;

    // each try is on record
    let refusals = "SELECT COUNT(*) FROM audit_event WHERE reason = 'NOT_OWN_ENTRY' AND decision = 'DENY'";
    ensure!(circle.region.server.sql(refusals)?.trim() == "2");
    Ok(())
}
