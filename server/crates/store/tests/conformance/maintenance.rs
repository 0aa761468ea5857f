//! Maintenance.

use renkei_domain::Timestamp;
use renkei_domain::audit::{Action, Decision, Maintenance, Operator};
use renkei_domain::id::{AuditEventId, PatientId, uuid_v7};
use renkei_store::audit::Stamp;
use renkei_store::maintenance::{self, Count, Wanted};
use renkei_store::{audit_log, event};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{World, id, in_snapshot, in_tx, later};

on_both_engines![maintenance_comes_back_as_it_went_in, maintenance_is_listed_in_order_and_counted_by_patient];

const ALL: Wanted = Wanted { patient: None, custodian: None, from: Timestamp(0), until: Timestamp(i64::MAX) };
const FIRST: AuditEventId = AuditEventId(Uuid::nil());

fn stamp(seconds: i64) -> Stamp {
    let time = later(seconds);
    Stamp { id: AuditEventId(uuid_v7(time, [7; 8])), time, session: None, service: None }
}

fn act() -> Maintenance {
    Maintenance::of_region(Operator::new(" 佐々木 保守 ").unwrap(), Action::KeyCreate)
}

async fn append(world: &World, seconds: i64, act: Maintenance) {
    in_tx!(world.store, [act] tx => maintenance::append(tx, stamp(seconds), &act).await).unwrap();
}

async fn maintenance_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    append(&world, 1, act().of_key(3).of_patient(patient)).await;
    let found = in_snapshot!(db.store, [] conn => maintenance::page(conn, &ALL, FIRST, 9).await).unwrap();
    let [event] = &found[..] else { panic!("{found:?}") };
    assert_eq!(event.operator.as_deref(), Some("佐々木 保守"));
    assert_eq!((event.action, event.decision), (Action::KeyCreate, Decision::Permit));
    assert_eq!((event.patient, event.time, event.number), (patient, later(1), Some(3)));
    assert!(event.actor.is_none() && event.purpose.is_none() && event.session.is_none());
    // it waits for its place in the log, with all that it says
    let waiting = in_snapshot!(db.store, [] conn => audit_log::pending(conn, 9).await).unwrap();
    let row = waiting.iter().find(|row| row.event_id == event.id.0).unwrap();
    assert_eq!((row.operator.as_deref(), row.revision), (Some("佐々木 保守"), Some(3)));
    assert_eq!((row.person_id, row.purpose.as_str()), (None, "MAINTENANCE"));
    // and stands in the list of the region
    let wanted = event::Wanted {
        organization: None,
        person: None,
        action: Some(Action::KeyCreate),
        decision: None,
        from: Timestamp(0),
        until: Timestamp(i64::MAX),
    };
    let last = AuditEventId(Uuid::max());
    let of_region =
        in_snapshot!(db.store, [] conn => event::of_region(conn, &wanted, last, 9).await).unwrap();
    assert_eq!(of_region.len(), 1);
}

async fn maintenance_is_listed_in_order_and_counted_by_patient(db: Database) {
    let world = World::new(&db.store).await;
    let mut patients = [world.patient().await, world.patient().await];
    patients.sort();
    let [one, other] = patients;
    append(&world, 1, act()).await;
    append(&world, 2, act().of_patient(other)).await;
    append(&world, 3, act().of_patient(one)).await;
    append(&world, 4, act().of_patient(other)).await;

    let list = |wanted, size| {
        let store = db.store.clone();
        async move {
            let (mut after, mut seconds) = (FIRST, Vec::new());
            loop {
                let page =
                    in_snapshot!(store, [] conn => maintenance::page(conn, &wanted, after, size).await)
                        .unwrap();
                seconds.extend(page.iter().map(|event| (event.time.0 - later(0).0) / 1_000_000));
                match page.last() {
                    Some(last) => after = last.id,
                    None => return seconds,
                }
            }
        }
    };
    let custodian = Some(world.doctor.organization);
    for size in [1, 9] {
        assert_eq!(list(ALL, size).await, [1, 2, 3, 4]);
        assert_eq!(list(Wanted { custodian, ..ALL }, size).await, [1, 2, 3, 4]);
        // whose patients these are not sees what concerned all
        let elsewhere = Wanted { custodian: Some(world.nurse.organization), ..ALL };
        assert_eq!(list(elsewhere, size).await, [1]);
        assert_eq!(list(Wanted { patient: Some(other), ..ALL }, size).await, [2, 4]);
        assert_eq!(list(Wanted { from: later(2), until: later(4), ..ALL }, size).await, [2, 3]);
    }
    assert!(list(Wanted { patient: Some(PatientId(id())), ..ALL }, 9).await.is_empty());

    let counts = |wanted, after, limit| {
        let store = db.store.clone();
        async move {
            in_snapshot!(store, [] conn => maintenance::counts(conn, &wanted, after, limit).await).unwrap()
        }
    };
    let count =
        |patient, events, first, last| Count { patient, events, first: later(first), last: later(last) };
    let all = [count(PatientId(Uuid::nil()), 1, 1, 1), count(one, 1, 3, 3), count(other, 2, 2, 4)];
    assert_eq!(counts(ALL, None, 9).await, all);
    assert_eq!(counts(ALL, None, 2).await, all[..2]);
    assert_eq!(counts(ALL, Some(all[1].patient), 2).await, all[2..]);
    let late = Wanted { from: later(3), ..ALL };
    assert_eq!(counts(late, None, 9).await, [count(one, 1, 3, 3), count(other, 1, 4, 4)]);
}
