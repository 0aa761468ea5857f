//! Versions of the root key: nothing is wrapped by a retired one, whoever comes first.

use std::pin::pin;

use futures::poll;
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::{StoreError, root_key};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::world::{NOW, World, in_snapshot, in_tx, later};

on_both_engines![
    the_first_commitment_of_a_version_stays,
    retiring_waits_for_those_who_wrap_and_counts_them,
    who_wraps_during_the_retirement_finds_it,
    a_retirement_that_is_undone_lets_others_wrap,
    the_generation_is_told_with_the_key,
];

fn key(version: u32) -> WrappedKey {
    WrappedKey { version, root_version: 1, wrapped: vec![9; 72] }
}

async fn insert(db: &Database, version: u32, byte: u8) {
    in_tx!(db.store, [] tx => root_key::insert(tx, version, &[byte; 32], NOW).await).unwrap();
}

async fn the_first_commitment_of_a_version_stays(db: Database) {
    for (version, byte) in [(2, 2), (1, 1), (2, 9)] {
        insert(&db, version, byte).await;
    }
    assert!(in_tx!(db.store, [] tx => root_key::hold(tx, 1).await).unwrap());
    assert!(!in_tx!(db.store, [] tx => root_key::hold(tx, 3).await).unwrap(), "unknown");
    assert!(in_tx!(db.store, [] tx => root_key::retire(tx, 1, later(1)).await).unwrap());
    assert!(!in_tx!(db.store, [] tx => root_key::retire(tx, 1, later(2)).await).unwrap(), "retired before");
    assert!(!in_tx!(db.store, [] tx => root_key::hold(tx, 1).await).unwrap());
    let rows = in_snapshot!(db.store, [] conn => root_key::all(conn).await).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.version, row.commitment[0], row.retired_at)).collect();
    assert_eq!(rows, [(1, 1, Some(later(1))), (2, 2, None)]);
}

async fn retiring_waits_for_those_who_wrap_and_counts_them(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    insert(&db, 1, 1).await;
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel();
    let mut wrapped = pin!(async {
        in_tx!(db.store, [] tx => {
            assert!(root_key::hold(tx, 1).await?);
            reached.send(()).unwrap();
            gate.await.unwrap();
            keyring::insert_patient_key(tx, patient, &key(2), NOW).await
        })
    });
    assert!(poll!(&mut wrapped).is_pending());
    at_gate.await.unwrap();
    let mut retired = pin!(async {
        in_tx!(db.store, [] tx => {
            root_key::retire(tx, 1, NOW).await?;
            keyring::behind(tx, 2).await
        })
    });
    assert!(poll!(&mut retired).is_pending());
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut retired).is_pending());
    open.send(()).unwrap();
    assert_eq!(retired.await.unwrap(), 2, "the first key of the patient, and the one that was being stored");
    wrapped.await.unwrap();
}

async fn who_wraps_during_the_retirement_finds_it(db: Database) {
    assert!(!hold_during_a_retirement(db, true).await);
}

async fn a_retirement_that_is_undone_lets_others_wrap(db: Database) {
    assert!(hold_during_a_retirement(db, false).await);
}

async fn hold_during_a_retirement(db: Database, kept: bool) -> bool {
    insert(&db, 1, 1).await;
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel();
    let mut retired = pin!(async {
        in_tx!(db.store, [] tx => {
            root_key::retire(tx, 1, NOW).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            if kept { Ok(()) } else { Err(StoreError::Full) }
        })
    });
    assert!(poll!(&mut retired).is_pending());
    at_gate.await.unwrap();
    let mut held = pin!(async { in_tx!(db.store, [] tx => root_key::hold(tx, 1).await) });
    assert!(poll!(&mut held).is_pending());
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut held).is_pending());
    open.send(()).unwrap();
    assert_eq!(retired.await.is_ok(), kept);
    held.await.unwrap()
}

async fn the_generation_is_told_with_the_key(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let found = || async {
        in_snapshot!(db.store, [] conn => keyring::patient_key(conn, patient, 1).await).unwrap().unwrap().1
    };
    assert_eq!(found().await, 0);
    in_tx!(db.store, [] tx => root_key::raise_generation(tx).await).unwrap();
    assert_eq!(found().await, 1);
    assert_eq!(in_snapshot!(db.store, [] conn => root_key::generation(conn).await).unwrap(), 1);
}
