//! Who has looked at a record: a patient's events with the maintenance of the region.

use renkei_domain::Timestamp;
use renkei_domain::audit::{Act, Action, Maintenance, Operator};
use renkei_domain::id::{AuditEventId, PatientId, uuid_v7};
use renkei_store::accesses::{self, Wanted};
use renkei_store::audit::{self, Stamp};
use renkei_store::maintenance;

use crate::database::Database;
use crate::world::{World, id, in_snapshot, in_tx, later};

on_both_engines![events_of_a_patient_and_of_the_region_come_in_order_and_in_pages];

const ALL: Wanted = Wanted {
    organization: None,
    person: None,
    from: Timestamp(0),
    until: Timestamp(i64::MAX),
    oldest_first: true,
};

/// In which second the events were that are found.
async fn found(world: &World, patient: PatientId, wanted: Wanted, size: i64) -> Vec<i64> {
    let (mut behind, mut seconds) = (None, Vec::new());
    loop {
        let permit = world.auditor(patient).await;
        let page =
            in_snapshot!(world.store, [] conn => accesses::page(conn, &permit, &wanted, behind, size).await);
        let page = page.unwrap();
        behind = page.last().map(|event| event.id);
        seconds.extend(page.iter().map(|event| (event.time.0 - later(0).0) / 1_000_000));
        if (page.len() as i64) < size {
            return seconds;
        }
    }
}

async fn events_of_a_patient_and_of_the_region_come_in_order_and_in_pages(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let stamp = |seconds| {
        let time = later(seconds);
        Stamp { id: AuditEventId(uuid_v7(time, [7; 8])), time, session: None, service: None }
    };
    let operator = || Operator::new("佐々木").unwrap();
    for (seconds, of, by) in [
        (1, patient, &world.doctor),
        (2, other, &world.doctor),
        (4, patient, &world.nurse),
        (6, patient, &world.doctor),
    ] {
        let act = Act {
            patient: Some(of),
            epoch: Some(1),
            ..Act::of_region(by.subject(), Action::EntryRead, id())
        };
        in_tx!(db.store, [act] tx => audit::append(tx, stamp(seconds), &act).await).unwrap();
    }
    let login = Act::of_region(world.doctor.subject(), Action::Login, id());
    in_tx!(db.store, [login] tx => audit::append(tx, stamp(7), &login).await).unwrap();
    let of_all = Maintenance::of_region(operator(), Action::KeyCreate);
    for (seconds, act) in [
        (3, of_all.clone()),
        (5, of_all.clone().of_patient(patient)),
        (8, of_all.clone().of_patient(other)),
        (9, of_all),
    ] {
        in_tx!(db.store, [act] tx => maintenance::append(tx, stamp(seconds), &act).await).unwrap();
    }

    for size in [1, 2, 9] {
        assert_eq!(found(&world, patient, ALL, size).await, [1, 3, 4, 5, 6, 9], "{size}");
        let newest = Wanted { oldest_first: false, ..ALL };
        assert_eq!(found(&world, patient, newest, size).await, [9, 6, 5, 4, 3, 1], "{size}");
    }
    let doctor = Wanted { person: Some(world.doctor.person), ..ALL };
    assert_eq!(found(&world, patient, doctor, 9).await, [1, 6]);
    let station = Wanted { organization: Some(world.nurse.organization), ..ALL };
    assert_eq!(found(&world, patient, station, 9).await, [4]);
    let nobody = Wanted { organization: station.organization, ..doctor };
    assert!(found(&world, patient, nobody, 9).await.is_empty());
    let between = Wanted { from: later(3), until: later(6), ..ALL };
    assert_eq!(found(&world, patient, between, 1).await, [3, 4, 5]);
}
