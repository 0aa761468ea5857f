//! Going through all wrapped keys: nothing is passed over, nothing that others did is overwritten.

use renkei_domain::id::PatientId;
use renkei_store::keyring::{self, PatientKeys, WrappedKey, Wraps};
use renkei_store::{Store, StoreError};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{NOW, World, in_snapshot, in_tx, later};

on_both_engines![
    all_keys_under_a_root_key_are_found_in_pages,
    a_key_that_changed_meanwhile_is_not_overwritten,
    a_patient_gets_one_new_version_in_a_rotation,
    how_the_keys_are,
];

fn key(version: u32, root_version: u32, byte: u8) -> WrappedKey {
    WrappedKey { version, root_version, wrapped: vec![byte; 72] }
}

async fn store_key(store: &Store, patient: PatientId, key: WrappedKey) {
    in_tx!(store, [] tx => keyring::insert_patient_key(tx, patient, &key, NOW).await).unwrap();
}

async fn all_keys_under_a_root_key_are_found_in_pages(db: Database) {
    let world = World::new(&db.store).await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        let patient = world.patient().await;
        store_key(&db.store, patient, key(2, 1, 2)).await;
        store_key(&db.store, patient, key(3, 2, 3)).await;
        expected.extend([(patient, 1), (patient, 2)]);
    }
    expected.sort();
    let mut found = Vec::new();
    let mut after = (PatientId(Uuid::nil()), 0);
    loop {
        let page =
            in_snapshot!(db.store, [] conn => keyring::patient_keys_under(conn, 1, after, 3).await).unwrap();
        found.extend(page.iter().map(|(patient, key)| (*patient, key.version)));
        let Some(last) = found.last().filter(|_| !page.is_empty()) else { break };
        after = *last;
    }
    assert_eq!(found, expected);
}

async fn a_key_that_changed_meanwhile_is_not_overwritten(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let rewrap = |from, key: WrappedKey| {
        let store = db.store.clone();
        async move { in_tx!(store, [] tx => keyring::rewrap_patient_key(tx, patient, from, &key).await).unwrap() }
    };
    assert!(!rewrap(2, key(1, 3, 1)).await, "it is wrapped by another");
    assert!(!rewrap(1, key(9, 3, 1)).await, "there is no such version");
    assert!(rewrap(1, key(1, 2, 5)).await);
    assert!(!rewrap(1, key(1, 2, 6)).await, "done before");
    let stored = in_snapshot!(db.store, [] conn => keyring::patient_key(conn, patient, 1).await);
    let (stored, _) = stored.unwrap().unwrap();
    assert_eq!((stored.root_version, stored.wrapped[0]), (2, 5));

    in_tx!(db.store, [] tx => keyring::insert_server_key(tx, "index", &key(1, 1, 1), NOW).await).unwrap();
    for (from, root, done) in [(2, 3, false), (1, 2, true), (1, 2, false)] {
        let rewrapped = in_tx!(db.store, [] tx =>
            keyring::rewrap_server_key(tx, "index", from, &key(1, root, 7)).await);
        assert_eq!(rewrapped.unwrap(), done);
    }
    let stored = in_snapshot!(db.store, [] conn => keyring::server_keys(conn).await).unwrap();
    assert_eq!((stored[0].1.root_version, stored[0].1.wrapped[0]), (2, 7));
}

async fn a_patient_gets_one_new_version_in_a_rotation(db: Database) {
    let world = World::new(&db.store).await;
    let (one, other) = (world.patient().await, world.patient().await);
    let since = in_tx!(db.store, [] tx => keyring::begin_patients(tx, later(10)).await).unwrap();
    assert_eq!(since, later(10));
    let again = in_tx!(db.store, [] tx => keyring::begin_patients(tx, later(20)).await).unwrap();
    assert_eq!(again, since, "it goes on with what was begun");
    let older = || async {
        let nobody = PatientId(Uuid::nil());
        in_snapshot!(db.store, [] conn => keyring::patients_older(conn, nobody, since, 9).await).unwrap()
    };
    assert_eq!(older().await, [(one, 1), (other, 1)]);

    let give = |from: u32| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => {
                if !keyring::advance(tx, one, from).await? {
                    return Ok::<_, StoreError>(false);
                }
                keyring::insert_patient_key(tx, one, &key(from + 1, 1, 2), since).await?;
                Ok(true)
            })
            .unwrap()
        }
    };
    assert!(give(1).await);
    assert!(!give(1).await, "it has a newer one");
    assert_eq!(older().await, [(other, 1)]);
    let waiting = in_snapshot!(db.store, [] conn => keyring::count_older(conn, since).await);
    assert_eq!(waiting.unwrap(), 1);
    let version = |patient| {
        let store = db.store.clone();
        async move { in_snapshot!(store, [] conn => keyring::key_version(conn, patient).await).unwrap() }
    };
    assert_eq!((version(one).await, version(other).await), (Some(2), Some(1)));

    // destroyed meanwhile: nobody waits for that
    in_tx!(db.store, [] tx => {
        keyring::lock_candidate(tx, other).await?;
        keyring::shred(tx, other, "test", NOW).await
    })
    .unwrap();
    assert_eq!(older().await, []);
    assert_eq!(version(other).await, None);
    in_tx!(db.store, [] tx => keyring::end_patients(tx).await).unwrap();
    assert_eq!(in_snapshot!(db.store, [] conn => keyring::patients_since(conn).await).unwrap(), None);
}

async fn how_the_keys_are(db: Database) {
    let world = World::new(&db.store).await;
    let none = in_snapshot!(db.store, [] conn => keyring::patient_keys(conn).await).unwrap();
    assert_eq!(none, PatientKeys { by_versions: vec![], oldest: None, shredded: 0 });
    let (one, _) = (world.patient().await, world.patient().await);
    store_key(&db.store, one, key(2, 2, 2)).await;
    in_tx!(db.store, [] tx => keyring::insert_server_key(tx, "index", &key(1, 2, 1), NOW).await).unwrap();
    in_tx!(db.store, [] tx => keyring::insert_server_key(tx, "pepper", &key(1, 3, 1), NOW).await).unwrap();

    let wraps = in_snapshot!(db.store, [] conn => keyring::wraps(conn).await).unwrap();
    let expected = [(1, 2, 0), (2, 1, 1), (3, 0, 1)];
    let expected = expected.map(|(root_version, patient_keys, server_keys)| Wraps {
        root_version,
        patient_keys,
        server_keys,
    });
    assert_eq!(wraps, expected);
    for (version, behind) in [(1, 3), (2, 3), (3, 4), (4, 5)] {
        let found = in_snapshot!(db.store, [] conn => keyring::behind(conn, version).await);
        assert_eq!(found.unwrap(), behind, "{version}");
    }
    let keys = in_snapshot!(db.store, [] conn => keyring::patient_keys(conn).await).unwrap();
    assert_eq!(keys, PatientKeys { by_versions: vec![(1, 1), (2, 1)], oldest: Some(NOW), shredded: 0 });
}
