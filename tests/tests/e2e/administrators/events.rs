//! The lists of events.

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    AuditAction, AuditDecision, AuditEvent, ListEventsRequest, ListEventsResponse, Period, Role,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{Two, affiliate, code, create, refused, suspend};
use crate::{calls::Answered, grpc::Session, refusal::expect_refused, region::new_id};

crate::on_both_engines!(
    the_region_sees_all_and_a_privacy_officer_what_is_of_the_organisation,
    events_are_found_by_person_action_decision_and_time,
);

async fn list(by: &Session, wanted: ListEventsRequest) -> Answered<ListEventsResponse> {
    by.audit.clone().list_events(wanted).await
}

/// All pages, newest first.
async fn all(by: &Session, wanted: &ListEventsRequest) -> Result<Vec<AuditEvent>, Status> {
    let mut events = Vec::new();
    let mut wanted = ListEventsRequest { page_size: 3, ..wanted.clone() };
    loop {
        // each page is an event, which the next one does not show
        let page = list(by, wanted.clone()).await?.into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        wanted.page_token = page.next_page_token;
    }
}

fn has(events: &[AuditEvent], action: AuditAction, actor: &Session, object: &str) -> bool {
    events.iter().any(|event| {
        let person = event.actor.as_ref().map(|actor| actor.person_id.clone());
        event.action() == action && person == Some(actor.person()) && event.object_id == object
    })
}

async fn the_region_sees_all_and_a_privacy_officer_what_is_of_the_organisation(engine: Engine) -> Result<()> {
    let Two { region, clinic, pharmacy, doctor, pharmacist } = &Two::open(engine).await?;
    let officer = region.colleague(&doctor.session, "endo", Role::PrivacyOfficer).await?.session;
    let own = create(clinic, "fukuda").await?;
    let role = affiliate(clinic, &own, clinic.organization(), Role::Nurse).await?;
    // What a dishonest administrator of the region would do.
    let false_doctor = create(&region.admin, "goto").await?;
    let false_role = region.affiliate(&false_doctor, &clinic.organization(), Role::Doctor).await?;
    code(&region.admin, &false_doctor).await?;
    let foreign = create(pharmacy, "hara").await?;
    let unknown = new_id();
    expect_refused(doctor.session.patient(&unknown).await, Code::NotFound, "NOT_FOUND")?;

    let seen = all(&officer, &ListEventsRequest::default()).await?;
    ensure!(has(&seen, AuditAction::AffiliationCreate, clinic, &role), "{seen:?}");
    ensure!(has(&seen, AuditAction::AffiliationCreate, &region.admin, &false_role), "{seen:?}");
    ensure!(has(&seen, AuditAction::EnrollmentCodeCreate, &region.admin, &false_doctor), "{seen:?}");
    ensure!(seen.iter().any(|it| it.patient_id == unknown && it.reason == "NOT_FOUND"), "{seen:?}");
    ensure!(seen.iter().any(|it| it.action() == AuditAction::Login), "{seen:?}");
    ensure!(!has(&seen, AuditAction::PersonCreate, pharmacy, &foreign), "{seen:?}");
    ensure!(seen.iter().all(|it| it.seqs.is_empty()), "{seen:?}");
    let ids: Vec<_> = seen.iter().map(|it| it.event_id.clone()).collect();
    ensure!(ids.is_sorted_by(|one, next| one > next), "each once, newest first: {ids:?}");

    let everything = all(&region.admin, &ListEventsRequest::default()).await?;
    ensure!(has(&everything, AuditAction::PersonCreate, pharmacy, &foreign), "{everything:?}");
    ensure!(ids.iter().all(|id| everything.iter().any(|it| it.event_id == *id)), "{everything:?}");
    let organization_id = clinic.organization();
    let of_clinic = ListEventsRequest { organization_id, ..Default::default() };
    let same = all(&region.admin, &of_clinic).await?;
    ensure!(ids.iter().all(|id| same.iter().any(|it| it.event_id == *id)), "{same:?}");

    let organization_id = pharmacist.session.organization();
    let of_pharmacy = ListEventsRequest { organization_id, ..Default::default() };
    refused(list(&officer, of_pharmacy).await, "NOT_OWN_ORGANIZATION")?;
    for by in [clinic, &doctor.session] {
        refused(list(by, ListEventsRequest::default()).await, "ROLE_NOT_ALLOWED")?;
    }
    Ok(())
}

async fn events_are_found_by_person_action_decision_and_time(engine: Engine) -> Result<()> {
    let Two { region, clinic, pharmacy, doctor, pharmacist } = &Two::open(engine).await?;
    let officer = region.colleague(&doctor.session, "endo", Role::PrivacyOfficer).await?.session;
    let nurse = create(clinic, "fukuda").await?;
    let role = affiliate(clinic, &nurse, clinic.organization(), Role::Nurse).await?;
    suspend(clinic, &nurse).await?;
    refused(suspend(clinic, &pharmacist.session.person()).await, "NOT_OWN_ORGANIZATION")?;

    // By or about a person; of somebody elsewhere, nothing that the organisation has no part in.
    let of = |person_id: &str| ListEventsRequest { person_id: person_id.to_owned(), ..Default::default() };
    let about = all(&officer, &of(&nurse)).await?;
    let actions: Vec<_> = about.iter().map(AuditEvent::action).collect();
    use AuditAction::{AffiliationCreate, PersonCreate, PersonSuspend};
    ensure!(actions == [PersonSuspend, AffiliationCreate, PersonCreate], "{about:?}");
    ensure!(all(&officer, &of(&pharmacy.person())).await?.is_empty());
    ensure!(!all(&region.admin, &of(&pharmacy.person())).await?.is_empty());

    let denied = ListEventsRequest { decision: AuditDecision::Deny.into(), ..of(&clinic.person()) };
    let denied = all(&officer, &denied).await?;
    ensure!(denied.len() == 1 && denied[0].reason == "NOT_OWN_ORGANIZATION", "{denied:?}");
    let created = ListEventsRequest { action: AffiliationCreate.into(), ..of(&clinic.person()) };
    let created = all(&officer, &created).await?;
    let of_region = created.iter().filter(|it| it.object_id == clinic.me.affiliation_id);
    ensure!(of_region.count() == 1 && has(&created, AffiliationCreate, clinic, &role), "{created:?}");
    ensure!(created.len() == 2, "the one that was given, and the administrator's own: {created:?}");

    let (first, last) = (about[2].time, about[0].time);
    let period = |start, end| ListEventsRequest { period: Some(Period { start, end }), ..of(&nurse) };
    ensure!(all(&officer, &period(first, last)).await?.len() == 2, "the end does not belong to it");
    ensure!(all(&officer, &period(last, None)).await?.len() == 1, "the beginning does");
    ensure!(all(&officer, &period(None, first)).await?.is_empty());
    Ok(())
}
