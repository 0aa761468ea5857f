//! Events of the region.

use renkei_domain::audit::{Act, Action, AuditEvent, Decision};
use renkei_domain::id::{AuditEventId, PatientId, PersonId, uuid_v7};
use renkei_domain::identity::Role;
use renkei_domain::{Reason, Timestamp};
use renkei_store::audit::{self, Stamp};
use renkei_store::event::{self, Wanted};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{Member, World, id, in_snapshot, in_tx, later};

on_both_engines![events_are_found_by_whom_they_are_of, events_come_in_pages_newest_first_each_once];

const ALL: Wanted = Wanted {
    organization: None,
    person: None,
    action: None,
    decision: None,
    from: Timestamp(0),
    until: Timestamp(i64::MAX),
};
const LAST: AuditEventId = AuditEventId(Uuid::max());

async fn list(world: &World, wanted: Wanted, before: AuditEventId, limit: i64) -> Vec<AuditEvent> {
    in_snapshot!(world.store, [] conn => event::of_region(conn, &wanted, before, limit).await).unwrap()
}

async fn objects(world: &World, wanted: Wanted) -> Vec<u128> {
    let events = list(world, wanted, LAST, 99).await;
    events.iter().map(|event| event.object.unwrap().as_u128()).collect()
}

/// Records an act `seconds` later.
async fn record(world: &World, seconds: i64, act: Act, concerned: Vec<Uuid>) {
    let time = later(seconds);
    let stamp = Stamp { id: AuditEventId(uuid_v7(time, [7; 8])), time, session: None, service: None };
    in_tx!(world.store, [] tx => {
        audit::append(tx, stamp, &act).await?;
        event::concerns(tx, stamp.id, concerned).await
    })
    .unwrap();
}

fn act(member: &Member, action: Action, object: u128) -> Act {
    Act::of_region(member.subject(), action, Uuid::from_u128(object))
}

async fn events_are_found_by_whom_they_are_of(db: Database) {
    let world = World::new(&db.store).await;
    let (doctor, nurse) = (&world.doctor, &world.nurse);
    let office = Member { role: Role::Administrator, ..world.pharmacist };
    let (clinic, somebody) = (doctor.organization, PersonId(id()));
    record(&world, 1, act(doctor, Action::Login, 1), vec![]).await;
    record(&world, 2, act(nurse, Action::Login, 2), vec![]).await;
    let both = vec![clinic.0, somebody.0, clinic.0];
    record(&world, 3, act(&office, Action::AffiliationCreate, 3), both).await;
    record(&world, 4, act(&office, Action::PersonCreate, 4), vec![somebody.0]).await;
    let refused = Act { refused: Some(Reason::NotFound), ..act(doctor, Action::PatientRead, 5) };
    let refused = Act { patient: Some(PatientId(id())), ..refused };
    record(&world, 5, refused, vec![]).await;
    // what was permitted of a patient is not among them
    let patient = world.patient().await;
    let read = Act { patient: Some(patient), epoch: Some(1), ..act(doctor, Action::PatientRead, 6) };
    record(&world, 6, read, vec![]).await;

    let of = |organization, person| Wanted { organization, person, ..ALL };
    assert_eq!(objects(&world, ALL).await, [5, 4, 3, 2, 1]);
    assert_eq!(objects(&world, of(Some(clinic), None)).await, [5, 3, 1]);
    assert_eq!(objects(&world, of(None, Some(doctor.person))).await, [5, 1]);
    assert_eq!(objects(&world, of(None, Some(somebody))).await, [4, 3]);
    assert_eq!(objects(&world, of(Some(clinic), Some(somebody))).await, [3]);
    assert_eq!(objects(&world, of(Some(clinic), Some(nurse.person))).await, [0; 0]);

    let clinics = of(Some(clinic), None);
    assert_eq!(objects(&world, Wanted { action: Some(Action::Login), ..clinics }).await, [1]);
    assert_eq!(objects(&world, Wanted { decision: Some(Decision::Deny), ..clinics }).await, [5]);
    let period = |from, until| Wanted { from: later(from), until: later(until), ..clinics };
    assert_eq!(objects(&world, period(1, 5)).await, [3, 1], "the end does not belong to it");
    assert_eq!(objects(&world, period(2, 9)).await, [5, 3]);
    let first = &list(&world, clinics, LAST, 1).await[0];
    assert_eq!((first.action, first.reason), (Action::PatientRead, Some(Reason::NotFound)));
    assert!(list(&world, of(Some(clinic), None), LAST, 9).await[1].patient.0.is_nil());
}

async fn events_come_in_pages_newest_first_each_once(db: Database) {
    let world = World::new(&db.store).await;
    let clinic = world.doctor.organization;
    for n in 1..=9_i64 {
        // some are of the organisation in both ways
        let concerned = if n % 2 == 0 { vec![clinic.0] } else { vec![] };
        let who = if n % 3 == 0 { &world.nurse } else { &world.doctor };
        record(&world, n, act(who, Action::Login, n as u128), concerned).await;
    }
    let wanted = Wanted { organization: Some(clinic), ..ALL };
    let (mut before, mut seen) = (LAST, Vec::new());
    loop {
        let page = list(&world, wanted, before, 2).await;
        let Some(last) = page.last() else { break };
        before = last.id;
        seen.extend(page.iter().map(|event| event.object.unwrap().as_u128()));
    }
    assert_eq!(seen, [8, 7, 6, 5, 4, 2, 1]);
}
