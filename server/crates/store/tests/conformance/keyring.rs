//! Wrapped keys.

use renkei_domain::id::PatientId;
use renkei_store::StoreError;
use renkei_store::keyring::{self, WrappedKey};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx};

on_both_engines![versions_of_a_patients_key_are_kept_apart, the_first_key_of_the_server_stays];

fn key(version: u32, byte: u8) -> WrappedKey {
    WrappedKey { version, root_version: 3, wrapped: vec![byte; 72] }
}

async fn versions_of_a_patients_key_are_kept_apart(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let insert = |patient, version, byte| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => keyring::insert_patient_key(tx, patient, &key(version, byte), NOW).await)
        }
    };
    insert(patient, 2, 2).await.unwrap();
    assert!(matches!(insert(patient, 2, 9).await, Err(StoreError::Unique)));
    assert!(matches!(insert(PatientId(id()), 1, 1).await, Err(StoreError::ForeignKey)));

    for (version, byte) in [(1, 7), (2, 2)] {
        let found = in_snapshot!(db.store, [] conn => keyring::patient_key(conn, patient, version).await);
        let (found, generation) = found.unwrap().unwrap();
        assert_eq!(generation, 0);
        assert_eq!((found.version, found.wrapped[0]), (version, byte));
    }
    let none = in_snapshot!(db.store, [] conn => keyring::patient_key(conn, patient, 3).await);
    assert!(none.unwrap().is_none());
}

async fn the_first_key_of_the_server_stays(db: Database) {
    for (purpose, version, byte) in [("pepper", 1, 1), ("index", 2, 2), ("index", 1, 3), ("index", 2, 9)] {
        // the last one comes second: as from another node that starts at the same time
        in_tx!(db.store, [] tx => keyring::insert_server_key(tx, purpose, &key(version, byte), NOW).await)
            .unwrap();
    }
    let keys = in_snapshot!(db.store, [] conn => keyring::server_keys(conn).await).unwrap();
    let keys: Vec<_> =
        keys.iter().map(|(purpose, key)| (purpose.as_str(), key.version, key.wrapped[0])).collect();
    assert_eq!(keys, [("index", 1, 3), ("index", 2, 2), ("pepper", 1, 1)]);
}
