//! Leaving an organisation.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AuditAction, Category, InviteCareTeamMemberRequest, ListAuditEventsRequest, ListPeopleRequest,
    LoginRequest, OffboardPersonRequest, OffboardPersonResponse, PurposeOfUse, Role, StaffAccess,
    UpdateStaffAccessRequest, auth_service_client::AuthServiceClient, invite_care_team_member_request,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{code, refused};
use crate::{
    calls::Answered,
    circle::Circle,
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::{Member, PASSWORD, new_id},
    side_doors::{started, watch},
    standing::ended,
};

crate::on_both_engines!(
    who_leaves_is_out_at_once_and_has_a_successor,
    who_works_elsewhere_goes_on_there,
    nobody_is_offboarded_by_others_or_to_nobody,
);

fn leaving(person: &Session, successor: Option<&Session>) -> OffboardPersonRequest {
    OffboardPersonRequest {
        request_id: new_id(),
        person_id: person.person(),
        organization_id: person.organization(),
        successor_person_id: successor.map(Session::person).unwrap_or_default(),
        validate_only: false,
    }
}

async fn offboard(by: &Session, request: OffboardPersonRequest) -> Answered<OffboardPersonResponse> {
    by.identity.clone().offboard_person(request).await
}

/// Lets only this person of the organisation see the patient.
async fn assign(circle: &Circle, who: &Member) -> Result<()> {
    let request = UpdateStaffAccessRequest {
        request_id: new_id(),
        patient_id: circle.patient.clone(),
        staff_access: StaffAccess::Assigned.into(),
        person_ids: vec![who.session.person()],
    };
    who.session.patients.clone().update_staff_access(request).await?;
    Ok(())
}

async fn who_leaves_is_out_at_once_and_has_a_successor(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (region, patient, nurse) = (&circle.region, &circle.patient, &circle.nurse);
    let role = Role::OrganizationAdministrator;
    let administrator = &region.colleague(&nurse.session, "endo", role).await?.session;
    let successor = &region.colleague(&nurse.session, "fukuda", Role::Nurse).await?.session;
    circle.post(Category::Message, "訪問の予定").await?;
    circle.doctor.session.consent_to_all(patient).await?;
    assign(&circle, nurse).await?;
    let not_found = (Code::NotFound, "NOT_FOUND");
    expect_refused(successor.list(patient).await, not_found.0, not_found.1)?;
    let pending = code(administrator, &nurse.session.person()).await?;
    let mut stream = watch(&nurse.session, patient, None).await?;
    started(&mut stream).await?;

    // It is said before what will happen, and nothing happens.
    let plan = OffboardPersonRequest { validate_only: true, ..leaving(&nurse.session, Some(successor)) };
    let planned = offboard(administrator, plan).await?.into_inner();
    ensure!(planned.ended_affiliations.len() == 1, "{planned:?}");
    ensure!(planned.assigned_patient_ids == [patient.clone()], "{planned:?}");
    ensure!(
        planned.unstaffed_patient_ids.is_empty() && planned.personal_patient_ids.is_empty(),
        "{planned:?}"
    );
    ensure!((planned.revoked_devices, planned.voided_codes) == (1, 1), "{planned:?}");
    // It names patients, so that it was asked is on record.
    let asked =
        "SELECT COUNT(*) FROM audit_event WHERE action = 'PERSON_OFFBOARD_PLAN' AND decision = 'PERMIT'";
    ensure!(region.server.sql(asked)? == "1");
    nurse.session.expect_texts(patient, &["訪問の予定"]).await?;
    expect_refused(successor.list(patient).await, not_found.0, not_found.1)?;

    let request = leaving(&nurse.session, Some(successor));
    let done = offboard(administrator, request.clone()).await?.into_inner();
    ended(&mut stream, Instant::now()).await?;
    ensure!(done.assigned_patient_ids == planned.assigned_patient_ids, "{done:?}");
    ensure!((done.revoked_devices, done.voided_codes) == (1, 1), "{done:?}");
    ensure!(done.person.context("person")?.affiliations.is_empty());
    successor.expect_texts(patient, &["訪問の予定"]).await?;
    expect_refused(nurse.session.list(patient).await, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let channel = nurse.device.place.channel(Some(&nurse.device.credentials))?;
    let login_name = nurse.device.login_name.clone();
    let login = LoginRequest { login_name, password: PASSWORD.to_owned(), ..Default::default() };
    let answer = AuthServiceClient::new(channel).login(login).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let error = region.place.enroll(&pending, PASSWORD).await.err().context("it was enrolled")?;
    let status: Status = error.downcast()?;
    expect_refused::<()>(Err(status), Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;

    // The custodian can see who changed it; sent again, it is done once.
    let audit = ListAuditEventsRequest { patient_id: patient.clone(), ..Default::default() };
    let events = circle.doctor.session.audit.clone().list_audit_events(audit).await?.into_inner().events;
    let by = |it: &renkei_proto::v1::AuditEvent| it.actor.clone().unwrap_or_default().person_id;
    let changed = events.iter().filter(|it| it.action() == AuditAction::CareTeamStaff);
    ensure!(changed.filter(|it| by(it) == administrator.person()).count() == 1, "{events:?}");
    let again = offboard(administrator, request).await?.into_inner();
    ensure!(again.person.is_some() && again.ended_affiliations.is_empty(), "{again:?}");
    let answer = offboard(administrator, leaving(&nurse.session, None)).await;
    expect_refused(answer, not_found.0, not_found.1)?;
    Ok(())
}

async fn who_works_elsewhere_goes_on_there(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (region, patient, nurse) = (&circle.region, &circle.patient, &circle.nurse);
    let role = Role::OrganizationAdministrator;
    let administrator = &region.colleague(&nurse.session, "endo", role).await?.session;
    circle.doctor.session.consent_to_all(patient).await?;
    assign(&circle, nurse).await?;
    let other = region.doctor("goto").await?.session;
    let elsewhere = region.affiliate(&nurse.session.person(), &other.organization(), Role::Nurse).await?;
    let session = nurse.device.login_as(&elsewhere, PurposeOfUse::Treatment).await?;
    let member = Some(invite_care_team_member_request::Member::PersonId(nurse.session.person()));
    let invite = InviteCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        member,
        message: "個人としての参加をお願いします。".into(),
    };
    circle.doctor.session.patients.clone().invite_care_team_member(invite).await?;

    // Where somebody of two organisations cares in person is told to the region only.
    let plan = OffboardPersonRequest { validate_only: true, ..leaving(&nurse.session, None) };
    for (by, personal) in [(&region.admin, vec![patient.clone()]), (administrator, vec![])] {
        let planned = offboard(by, plan.clone()).await?.into_inner();
        ensure!(planned.personal_patient_ids == personal, "{planned:?}");
    }
    let done = offboard(administrator, leaving(&nurse.session, None)).await?.into_inner();
    ensure!(done.unstaffed_patient_ids == [patient.clone()], "{done:?}");
    ensure!(done.personal_patient_ids.is_empty(), "{done:?}");
    ensure!((done.revoked_devices, done.voided_codes) == (0, 0), "{done:?}");
    expect_refused(nurse.session.list(patient).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    session.identity.clone().list_people(ListPeopleRequest::default()).await?;
    let only = nurse.device.login().await?;
    ensure!(only.organization() == other.organization(), "{:?}", only.me);
    Ok(())
}

async fn nobody_is_offboarded_by_others_or_to_nobody(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (region, nurse, manager) = (&circle.region, &circle.nurse.session, &circle.manager.session);
    let role = Role::OrganizationAdministrator;
    let administrator = &region.colleague(nurse, "endo", role).await?.session;
    let answer = offboard(manager, leaving(nurse, None)).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    for validate_only in [true, false] {
        let request = |request| OffboardPersonRequest { validate_only, ..request };
        let answer = offboard(administrator, request(leaving(manager, None))).await;
        refused(answer, "NOT_OWN_ORGANIZATION")?;
        refused(offboard(administrator, request(leaving(administrator, None))).await, "ROLE_RESERVED")?;
        for successor in [manager, nurse, administrator] {
            let answer = offboard(administrator, request(leaving(nurse, Some(successor)))).await;
            expect_invalid(answer, "successor_person_id")?;
        }
    }
    let answer = offboard(&region.admin, leaving(&region.admin, None)).await;
    expect_refused(answer, Code::FailedPrecondition, "LAST_ADMINISTRATOR")?;
    nurse.identity.clone().list_people(ListPeopleRequest::default()).await?;
    Ok(())
}
