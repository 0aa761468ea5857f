//! Joining and leaving a care team, as an organisation and in person.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ListInvitationsRequest, MembershipStatus, OrganizationKind, PurposeOfUse, Role, StaffAccess,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Invited, Removed};
use crate::{
    calls::author,
    circle::Circle,
    grpc::Session,
    refusal::{expect, expect_invalid, expect_refused, refused, visible},
    region::new_id,
};

crate::on_both_engines!(a_person_is_a_member_under_every_affiliation, who_was_a_member_can_become_one_again);

async fn invitations(caller: &Session) -> Result<Vec<renkei_proto::v1::Invitation>> {
    let request = ListInvitationsRequest::default();
    Ok(caller.patients.clone().list_invitations(request).await?.into_inner().invitations)
}

async fn a_person_is_a_member_under_every_affiliation(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    circle.post(Category::Message, "お宅の鍵は長男が持つ").await?;
    doctor.consent_to_all(patient).await?;

    // A dietitian of a hospital who also works for a care service.
    let hospital = circle.region.member("hotta", OrganizationKind::Hospital, Role::Dietitian).await?;
    let service =
        circle.region.member("ibuka", OrganizationKind::CareService, Role::CareWorker).await?.session;
    let (person, first) = (hospital.session.person(), hospital.session.me.affiliation_id.clone());
    let second = circle.region.affiliate(&person, &service.organization(), Role::Therapist).await?;
    let other = hospital.device.login_as(&second, PurposeOfUse::Treatment).await?;
    let colleague = circle.region.colleague(&hospital.session, "jin", Role::Doctor).await?.session;

    doctor.invite(patient, Invited::PersonId(person.clone())).await?;
    let again = doctor.invite(patient, Invited::PersonId(person.clone())).await;
    expect_refused(again, Code::AlreadyExists, "CARE_TEAM_MEMBER_EXISTS")?;
    expect_invalid(doctor.invite(patient, Invited::PersonId(new_id())).await, "member")?;
    for session in [&hospital.session, &other] {
        let waiting = invitations(session).await?;
        ensure!(
            waiting.len() == 1 && waiting[0].message == "退院後の在宅ケアにご参加ください。",
            "{waiting:?}"
        );
        let member = waiting[0].member.as_ref().context("member")?;
        ensure!(member.person_id == person && member.organization_id.is_empty(), "{member:?}");
        ensure!(member.staff_access() == StaffAccess::Unspecified, "{member:?}");
        session.expect_nothing(patient).await?;
    }
    for session in [&colleague, &service] {
        ensure!(invitations(session).await?.is_empty(), "another's invitation");
        let status = session.answer(patient, true, true).await.err().context("answered for another")?;
        expect(&status, Code::NotFound, "NOT_FOUND")?;
    }
    // It is the person's, not the organisation's.
    let status = hospital.session.answer(patient, true, false).await.err().context("for the hospital")?;
    expect(&status, Code::NotFound, "NOT_FOUND")?;

    other.answer(patient, true, true).await?;
    ensure!(doctor.status_of(patient, &person).await? == MembershipStatus::Accepted);
    let back = hospital.device.login_as(&first, PurposeOfUse::Treatment).await?;
    for session in [&back, &other] {
        session.expect_texts(patient, &["お宅の鍵は長男が持つ"]).await?;
    }
    for session in [&colleague, &service] {
        session.expect_nothing(patient).await?;
    }
    let status = back.answer(patient, false, true).await.err().context("answered twice")?;
    expect(&status, Code::FailedPrecondition, "INVITATION_ANSWERED")?;

    expect_refused(back.leave(patient, false).await, Code::NotFound, "NOT_FOUND")?;
    let left = back.leave(patient, true).await?.into_inner().member.context("member")?;
    ensure!(left.status() == MembershipStatus::Left && left.end_time.is_some(), "{left:?}");
    for session in [&back, &other] {
        session.expect_nothing(patient).await?;
    }
    Ok(())
}

async fn who_was_a_member_can_become_one_again(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, manager, patient) = (&circle.doctor.session, &circle.manager.session, &circle.patient);
    circle.post(Category::Message, "往診の記録").await?;
    doctor.consent_to_all(patient).await?;
    let (invited, removed) = (
        || Invited::OrganizationId(manager.organization()),
        || Removed::OrganizationId(manager.organization()),
    );
    let own = manager.post(patient, "ケアマネジャーの記録").await?;
    ensure!(author(&own) == manager.person());
    let seen: &[&str] = &["往診の記録", "ケアマネジャーの記録"];
    manager.expect_texts(patient, seen).await?;

    // Left, invited, declined, invited, taken back, invited, accepted, removed, invited, accepted.
    let custodian = doctor.leave(patient, false).await;
    expect_refused(custodian, Code::FailedPrecondition, "MEMBER_IS_CUSTODIAN")?;
    let custodian = doctor.remove(patient, Removed::OrganizationId(doctor.organization()), "誤り").await;
    expect_refused(custodian, Code::FailedPrecondition, "MEMBER_IS_CUSTODIAN")?;
    expect_refused(
        manager.remove(patient, removed(), "誤り").await,
        Code::PermissionDenied,
        "CUSTODIAN_ONLY",
    )?;
    expect_invalid(doctor.remove(patient, removed(), "").await, "text")?;
    let stranger = Removed::OrganizationId(circle.region.admin.organization());
    let answer = doctor.remove(patient, stranger, "誤り").await;
    expect_refused(answer, Code::FailedPrecondition, "NOT_A_MEMBER")?;

    manager.leave(patient, false).await?;
    gone(&circle, &own.entry_id, MembershipStatus::Left).await?;
    expect_refused(manager.leave(patient, false).await, Code::NotFound, "NOT_FOUND")?;
    let status = manager.answer(patient, true, false).await.err().context("accepted what is over")?;
    expect(&status, Code::NotFound, "NOT_FOUND")?;

    doctor.invite(patient, invited()).await?;
    gone(&circle, &own.entry_id, MembershipStatus::Invited).await?;
    manager.answer(patient, false, false).await?;
    gone(&circle, &own.entry_id, MembershipStatus::Declined).await?;
    let status = manager.answer(patient, true, false).await.err().context("answered twice")?;
    expect(&status, Code::FailedPrecondition, "INVITATION_ANSWERED")?;

    doctor.invite(patient, invited()).await?;
    doctor.remove(patient, removed(), "宛先の間違い").await?;
    gone(&circle, &own.entry_id, MembershipStatus::Removed).await?;
    ensure!(invitations(manager).await?.is_empty(), "the invitation was taken back");
    let answer = doctor.remove(patient, removed(), "もう一度").await;
    expect_refused(answer, Code::FailedPrecondition, "NOT_A_MEMBER")?;

    doctor.invite(patient, invited()).await?;
    manager.answer(patient, true, false).await?;
    manager.expect_texts(patient, seen).await?;
    doctor.remove(patient, removed(), "契約の終了").await?;
    gone(&circle, &own.entry_id, MembershipStatus::Removed).await?;
    doctor.invite(patient, invited()).await?;
    manager.answer(patient, true, false).await?;
    manager.expect_texts(patient, seen).await?;
    let members = doctor.care_team(patient).await?;
    ensure!(members.len() == 3, "once each: {members:?}");
    Ok(())
}

/// Checks that the manager stands so, and sees nothing, not even what it wrote itself.
async fn gone(circle: &Circle, own: &str, status: MembershipStatus) -> Result<()> {
    let (doctor, manager, patient) = (&circle.doctor.session, &circle.manager.session, &circle.patient);
    ensure!(doctor.status_of(patient, &manager.organization()).await? == status, "not {status:?}");
    manager.expect_nothing(patient).await?;
    let here = refused(manager.entry(patient, own).await)?;
    let nowhere = refused(manager.entry(patient, &new_id()).await)?;
    ensure!(visible(&here) == visible(&nowhere), "{here:?} {nowhere:?}");
    Ok(())
}
