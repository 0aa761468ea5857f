//! Administrators of organisations and privacy officers: what is their own organisation's, and nothing beside.

mod accounts;
mod events;
mod offboarding;
mod officer;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    CreateAffiliationRequest, CreateEnrollmentCodeRequest, CreateOrganizationRequest, CreatePersonRequest,
    EndAffiliationRequest, ListPeopleRequest, OrganizationKind, Person, ReinstatePersonRequest, Role,
    SuspendPersonRequest,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use crate::{
    grpc::Session,
    refusal::expect_refused,
    region::{Member, PASSWORD, Region, new_id},
};

crate::on_both_engines!(
    an_organisation_is_administered_from_within,
    what_is_another_organisations_stays_so,
    nobody_makes_their_own_watchers,
    a_code_does_not_lead_to_another_organisation,
);

const DENIED: Code = Code::PermissionDenied;

/// A clinic with its administrator, and a pharmacy with its own.
struct Two {
    region: Region,
    doctor: Member,
    clinic: Session,
    pharmacist: Member,
    pharmacy: Session,
}

impl Two {
    async fn open(engine: Engine) -> Result<Self> {
        let region = Region::open(engine).await?;
        let (doctor, pharmacist) = (region.doctor("asano").await?, region.pharmacist("banno").await?);
        let role = Role::OrganizationAdministrator;
        let clinic = region.colleague(&doctor.session, "chiba", role).await?.session;
        let pharmacy = region.colleague(&pharmacist.session, "doi", role).await?.session;
        Ok(Self { region, doctor, clinic, pharmacist, pharmacy })
    }
}

async fn create(by: &Session, login_name: &str) -> Result<String, Status> {
    let request = CreatePersonRequest {
        request_id: new_id(),
        login_name: login_name.to_owned(),
        name: format!("職員 {login_name}"),
        name_kana: "ショクイン".to_owned(),
    };
    let person = by.identity.clone().create_person(request).await?.into_inner().person;
    Ok(person.unwrap_or_default().person_id)
}

async fn affiliate(
    by: &Session,
    person: &str,
    organization_id: String,
    role: Role,
) -> Result<String, Status> {
    let request = CreateAffiliationRequest {
        request_id: new_id(),
        person_id: person.to_owned(),
        organization_id,
        role: role.into(),
    };
    let answer = by.identity.clone().create_affiliation(request).await?.into_inner();
    Ok(answer.affiliation.unwrap_or_default().affiliation_id)
}

async fn code(by: &Session, person: &str) -> Result<String, Status> {
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: person.to_owned() };
    Ok(by.identity.clone().create_enrollment_code(request).await?.into_inner().code)
}

async fn suspend(by: &Session, person: &str) -> Result<(), Status> {
    let request = SuspendPersonRequest { request_id: new_id(), person_id: person.to_owned() };
    by.identity.clone().suspend_person(request).await.map(drop)
}

async fn reinstate(by: &Session, person: &str) -> Result<(), Status> {
    let request = ReinstatePersonRequest { request_id: new_id(), person_id: person.to_owned() };
    by.identity.clone().reinstate_person(request).await.map(drop)
}

async fn end(by: &Session, affiliation_id: &str) -> Result<(), Status> {
    let request = EndAffiliationRequest { request_id: new_id(), affiliation_id: affiliation_id.to_owned() };
    by.identity.clone().end_affiliation(request).await.map(drop)
}

fn refused<T>(answer: Result<T, Status>, reason: &str) -> Result<()> {
    expect_refused(answer.map(tonic::Response::new), DENIED, reason).map(drop)
}

async fn found(by: &Session, person: &str) -> Result<Person> {
    let people = by.identity.clone().list_people(ListPeopleRequest::default()).await?.into_inner().people;
    people.into_iter().find(|found| found.person_id == person).context("person")
}

async fn an_organisation_is_administered_from_within(engine: Engine) -> Result<()> {
    let Two { region, clinic, pharmacy, doctor, .. } = &Two::open(engine).await?;
    let nurse = create(clinic, "endo").await?;
    let affiliation = affiliate(clinic, &nurse, clinic.organization(), Role::Nurse).await?;
    let device = region.place.enroll(&code(clinic, &nurse).await?, PASSWORD).await?;
    let session = device.login().await?;
    ensure!(session.organization() == clinic.organization(), "{:?}", session.me);

    suspend(clinic, &nurse).await?;
    let answer = session.identity.clone().list_people(ListPeopleRequest::default()).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    for (by, tells) in [(clinic, true), (&region.admin, true), (pharmacy, false), (&doctor.session, false)] {
        ensure!(found(by, &nurse).await?.suspend_time.is_some() == tells, "{:?}", by.me);
    }
    reinstate(clinic, &nurse).await?;
    device.login().await?;
    end(clinic, &affiliation).await?;
    ensure!(found(clinic, &nurse).await?.affiliations.is_empty());
    // Taken up again: the account is the clinic's still.
    affiliate(clinic, &nurse, clinic.organization(), Role::Nurse).await?;
    device.login().await?;

    // What the region's administrator suspended, nobody else reinstates.
    suspend(&region.admin, &nurse).await?;
    refused(reinstate(clinic, &nurse).await, "NOT_OWN_ORGANIZATION")?;
    reinstate(&region.admin, &nurse).await?;
    // Nor does it by having suspended them before.
    suspend(clinic, &nurse).await?;
    suspend(&region.admin, &nurse).await?;
    refused(reinstate(clinic, &nurse).await, "NOT_OWN_ORGANIZATION")?;
    for by in [clinic, &region.admin] {
        expect_refused(suspend(by, &nurse).await.map(tonic::Response::new), Code::NotFound, "NOT_FOUND")?;
    }
    reinstate(&region.admin, &nurse).await?;
    suspend(clinic, &nurse).await?;
    reinstate(clinic, &nurse).await?;

    // It is no administrator of the region, and no member of care teams.
    let kind = OrganizationKind::Clinic.into();
    let request = CreateOrganizationRequest { request_id: new_id(), kind, name: "診療所".into() };
    let answer = clinic.identity.clone().create_organization(request).await;
    expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;
    let patient = doctor.session.register().await?;
    expect_refused(clinic.patient(&patient).await, Code::NotFound, "NOT_FOUND")?;
    expect_refused(clinic.list(&patient).await, Code::NotFound, "NOT_FOUND")?;
    Ok(())
}

async fn what_is_another_organisations_stays_so(engine: Engine) -> Result<()> {
    let Two { region, clinic, pharmacy, pharmacist, .. } = &Two::open(engine).await?;
    let foreign = pharmacist.session.person();
    refused(code(clinic, &foreign).await, "NOT_OWN_ORGANIZATION")?;
    refused(suspend(clinic, &foreign).await, "NOT_OWN_ORGANIZATION")?;
    refused(reinstate(clinic, &foreign).await, "NOT_OWN_ORGANIZATION")?;
    refused(end(clinic, &pharmacist.session.me.affiliation_id).await, "NOT_OWN_ORGANIZATION")?;
    refused(affiliate(clinic, &foreign, clinic.organization(), Role::Doctor).await, "PERSON_ELSEWHERE")?;
    refused(
        affiliate(clinic, &foreign, pharmacy.organization(), Role::Doctor).await,
        "NOT_OWN_ORGANIZATION",
    )?;
    // Nor whom another organisation, or the region, has just created.
    for by in [pharmacy, &region.admin] {
        let new = create(by, &format!("of.{}", &by.person()[30..])).await?;
        refused(affiliate(clinic, &new, clinic.organization(), Role::Doctor).await, "NOT_OWN_ORGANIZATION")?;
    }

    // Who works for both is managed by neither, but each ends what is its own.
    let nurse = create(clinic, "endo").await?;
    let here = affiliate(clinic, &nurse, clinic.organization(), Role::Nurse).await?;
    let there = region.affiliate(&nurse, &pharmacy.organization(), Role::Nurse).await?;
    for by in [clinic, pharmacy] {
        refused(code(by, &nurse).await, "PERSON_ELSEWHERE")?;
        refused(suspend(by, &nurse).await, "PERSON_ELSEWHERE")?;
    }
    let second = affiliate(pharmacy, &nurse, pharmacy.organization(), Role::CareWorker).await?;
    refused(end(clinic, &there).await, "NOT_OWN_ORGANIZATION")?;
    end(clinic, &here).await?;
    refused(affiliate(clinic, &nurse, clinic.organization(), Role::Nurse).await, "PERSON_ELSEWHERE")?;
    let left = found(clinic, &nurse).await?.affiliations;
    ensure!(left.iter().map(|it| &it.affiliation_id).eq([&there, &second]), "{left:?}");
    Ok(())
}

async fn nobody_makes_their_own_watchers(engine: Engine) -> Result<()> {
    let Two { region, clinic, doctor, .. } = &Two::open(engine).await?;
    let person = doctor.session.person();
    for role in [Role::Administrator, Role::OrganizationAdministrator, Role::PrivacyOfficer] {
        refused(affiliate(clinic, &person, clinic.organization(), role).await, "ROLE_RESERVED")?;
    }
    let officer = region.colleague(&doctor.session, "endo", Role::PrivacyOfficer).await?.session;
    let own = (clinic.person(), clinic.me.affiliation_id.clone());
    for (person, affiliation) in [(officer.person(), officer.me.affiliation_id), own] {
        refused(code(clinic, &person).await, "ROLE_RESERVED")?;
        refused(suspend(clinic, &person).await, "ROLE_RESERVED")?;
        refused(end(clinic, &affiliation).await, "ROLE_RESERVED")?;
        // Neither they nor the administrator itself become somebody who sees patients.
        refused(affiliate(clinic, &person, clinic.organization(), Role::Doctor).await, "ROLE_RESERVED")?;
    }
    suspend(&region.admin, &clinic.person()).await?;
    Ok(())
}

async fn a_code_does_not_lead_to_another_organisation(engine: Engine) -> Result<()> {
    let Two { region, clinic, pharmacy, .. } = &Two::open(engine).await?;
    let mut codes = Vec::new();
    for login_name in ["endo", "fukuda", "goto"] {
        let person = create(clinic, login_name).await?;
        affiliate(clinic, &person, clinic.organization(), Role::Nurse).await?;
        codes.push((code(clinic, &person).await?, person));
    }
    region.affiliate(&codes[0].1, &pharmacy.organization(), Role::Pharmacist).await?;
    region.affiliate(&codes[1].1, &clinic.organization(), Role::PrivacyOfficer).await?;
    for (code, _) in &codes[..2] {
        let error = region.place.enroll(code, PASSWORD).await.err().context("it was enrolled")?;
        let status: Status = error.downcast()?;
        expect_refused::<()>(Err(status), Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    }
    // That of somebody who is the clinic's still works; so does one of the region's administrator.
    region.place.enroll(&codes[2].0, PASSWORD).await?;
    region.place.enroll(&code(&region.admin, &codes[0].1).await?, PASSWORD).await?;
    Ok(())
}
