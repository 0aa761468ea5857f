//! Patients and their epoch.

use renkei_domain::id::{OrganizationId, PatientId};
use renkei_store::StoreError;
use renkei_store::patient::{self, NewPatient};

use crate::database::Database;
use crate::standing::standing;
use crate::world::{NOW, World, id, in_snapshot, in_tx, sealed};

on_both_engines![
    a_new_patient_is_in_epoch_one_without_entries,
    local_identifiers_are_unique_per_custodian,
    raising_the_epoch_shows_in_standings,
    what_does_not_exist_is_told,
];

async fn a_new_patient_is_in_epoch_one_without_entries(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.reader(patient, &world.doctor).await;
    assert_eq!(permit.epoch(), 1);
    let stored = in_snapshot!(db.store, [permit] conn => patient::demographics(conn, &permit).await).unwrap();
    assert_eq!((stored.custodian, stored.registered_at), (world.doctor.organization, NOW));
    assert_eq!(stored.offered_custodian, None);
    assert_eq!((stored.demographics.key_version, stored.demographics.bytes), (1, b"demographics".to_vec()));
    let poster = world.poster(patient, &world.doctor).await;
    let version = in_snapshot!(db.store, [] conn => patient::key_version(conn, &poster).await);
    assert_eq!(version.unwrap(), 1);
    for expected in [1, 2] {
        let seq = in_tx!(db.store, [] tx => patient::next_seq(tx, patient).await);
        assert_eq!(seq.unwrap(), Some(expected));
    }
}

async fn local_identifiers_are_unique_per_custodian(db: Database) {
    let world = World::new(&db.store).await;
    let first = world.patient_with([1; 32], Some([1; 32])).await;
    let insert = |id, custodian, identifier: Option<[u8; 32]>| {
        let store = db.store.clone();
        let new = NewPatient {
            id,
            custodian,
            demographics: sealed("demographics"),
            name_kana_index: [1; 32],
            local_identifier_index: identifier,
        };
        async move { in_tx!(store, [] tx => patient::insert(tx, &new, NOW).await) }
    };
    let (clinic, station) = (world.doctor.organization, world.nurse.organization);
    let taken = insert(PatientId(id()), clinic, Some([1; 32])).await;
    assert!(matches!(taken, Err(StoreError::Unique)));
    assert!(matches!(insert(first, clinic, None).await, Err(StoreError::Unique)), "the id is taken");
    insert(PatientId(id()), station, Some([1; 32])).await.unwrap();
    // any number of patients without one
    insert(PatientId(id()), clinic, None).await.unwrap();
    insert(PatientId(id()), clinic, None).await.unwrap();
    let nowhere = insert(PatientId(id()), OrganizationId(id()), None).await;
    assert!(matches!(nowhere, Err(StoreError::ForeignKey)));
}

async fn raising_the_epoch_shows_in_standings(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let epoch = || async { standing(&db.store, patient, &world.doctor).await.epoch };
    assert!(in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await).unwrap());
    assert_eq!(epoch().await, 2);
    assert!(in_tx!(db.store, [] tx => patient::lock(tx, patient).await).unwrap());
    assert_eq!(epoch().await, 2, "locking changes nobody's access");
}

async fn what_does_not_exist_is_told(db: Database) {
    let world = World::new(&db.store).await;
    let nobody = PatientId(id());
    let doctor = world.doctor.subject();
    let standing = in_snapshot!(db.store, [] conn => patient::standing(conn, nobody, &doctor).await);
    assert!(standing.unwrap().is_none());
    assert_eq!(in_tx!(db.store, [] tx => patient::next_seq(tx, nobody).await).unwrap(), None);
    assert!(!in_tx!(db.store, [] tx => patient::lock(tx, nobody).await).unwrap());
    assert!(!in_tx!(db.store, [] tx => patient::raise_epoch(tx, nobody).await).unwrap());
}
