//! Enrolment codes and devices.

use renkei_domain::account::CodeKind;
use renkei_domain::id::{DeviceId, EnrollmentId, PersonId};
use renkei_store::StoreError;
use renkei_store::device::{self, Device, Enrollment};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![an_enrollment_code_is_used_once, devices_are_found_by_certificate];

async fn an_enrollment_code_is_used_once(db: Database) {
    let world = World::new(&db.store).await;
    let enrollment = |person| Enrollment {
        id: EnrollmentId(id()),
        person,
        expires_at: later(600),
        device: None,
        made_for: None,
    };
    let (good, nobodys) = (enrollment(world.nurse.person), enrollment(PersonId(id())));
    let code = good.id;
    in_tx!(db.store, [] tx => device::insert_enrollment(tx, &good, CodeKind::Device, [1; 32], NOW).await)
        .unwrap();
    let refused = in_tx!(db.store, [] tx => device::insert_enrollment(tx, &nobodys, CodeKind::Device, [2; 32], NOW).await);
    assert!(matches!(refused, Err(StoreError::ForeignKey)));

    let expiry = in_snapshot!(db.store, [] conn => device::enrollment_expiry(conn, code).await);
    assert_eq!(expiry.unwrap(), Some(later(600)));

    let device = DeviceId(id());
    // several at once: one wins
    let tries = (0..4).map(|n| {
        let store = db.store.clone();
        let device = if n == 0 { device } else { DeviceId(id()) };
        async move {
            let used = in_tx!(store, [] tx => device::use_enrollment(tx, code, device, later(1)).await);
            used.unwrap().then_some(device)
        }
    });
    let winners: Vec<_> = futures::future::join_all(tries).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let found = in_snapshot!(db.store, [] conn => device::enrollment(conn, [1; 32], CodeKind::Device).await)
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.person, found.device), (code, world.nurse.person, Some(winners[0])));
    for (hash, kind) in [(2, CodeKind::Device), (1, CodeKind::Password)] {
        let none = in_snapshot!(db.store, [] conn => device::enrollment(conn, [hash; 32], kind).await);
        assert!(none.unwrap().is_none(), "an unknown code, or one for something else");
    }
}

async fn devices_are_found_by_certificate(db: Database) {
    let world = World::new(&db.store).await;
    let device = |person| Device {
        id: DeviceId(id()),
        person: Some(person),
        public_key_hash: vec![3; 32],
        certificate: vec![4; 500],
        expires_at: later(3600),
        revoked_at: None,
    };
    let (good, twin, nobodys) =
        (device(world.nurse.person), device(world.nurse.person), device(PersonId(id())));
    let good_id = good.id;
    in_tx!(db.store, [] tx => device::insert_device(tx, &good, "iPad", [5; 32], NOW).await).unwrap();
    let taken = in_tx!(db.store, [] tx => device::insert_device(tx, &twin, "iPad", [5; 32], NOW).await);
    assert!(matches!(taken, Err(StoreError::Unique)));
    let refused = in_tx!(db.store, [] tx => device::insert_device(tx, &nobodys, "iPad", [6; 32], NOW).await);
    assert!(matches!(refused, Err(StoreError::ForeignKey)));

    let by_id = in_snapshot!(db.store, [] conn => device::device(conn, good_id).await).unwrap().unwrap();
    let found = in_snapshot!(db.store, [] conn => device::device_by_certificate(conn, [5; 32]).await);
    let found = found.unwrap().unwrap();
    assert_eq!((by_id.id, found.id, found.person), (good_id, good_id, Some(world.nurse.person)));
    assert_eq!((found.public_key_hash, found.certificate), (vec![3; 32], vec![4; 500]));
    assert_eq!((found.expires_at, found.revoked_at), (later(3600), None));
    let none = in_snapshot!(db.store, [] conn => device::device_by_certificate(conn, [7; 32]).await);
    assert!(none.unwrap().is_none());
}
