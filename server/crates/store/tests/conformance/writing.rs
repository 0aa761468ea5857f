//! Many writers at once, writers that fail, panic or go away: what is acknowledged is there, once, and
//! nothing is there by halves.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::future::join_all;
use futures::poll;
use renkei_domain::id::{EntryId, OrganizationId, PatientId};
use renkei_domain::identity::OrganizationKind;
use renkei_domain::{Category, Permit, Write};
use renkei_store::{Store, StoreError, Tx, identity, patient, timeline};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, new_entry, organization};

on_both_engines![
    posts_into_one_patient_get_every_place_once,
    posts_into_many_patients_do_not_mix,
    a_write_that_nobody_waits_for_any_more_is_whole,
    writes_that_are_dropped_at_any_time_are_whole,
    a_panic_undoes_one_write_and_stops_no_other,
    a_failing_write_undoes_itself_alone,
    what_follows_a_failed_statement_is_refused,
    a_failed_statement_that_is_passed_over_undoes_the_write,
    a_snapshot_stands_still,
];

async fn post(tx: &mut Tx, permit: &Permit<Write>) -> Result<i64, StoreError> {
    let seq = patient::next_seq(tx, permit.patient()).await?.unwrap();
    timeline::insert_notice(tx, permit, seq, &new_entry(EntryId(id()), seq, Category::Message), NOW).await?;
    Ok(seq)
}

/// Every `seq` of the timeline, which must be one of `1..=n` each.
async fn gap_free(world: &World, patient: PatientId) -> i64 {
    let permit = world.reader(patient, &world.doctor).await;
    let (entries, head) = in_snapshot!(world.store, [permit] conn => {
        let entries = timeline::after(conn, &permit, 0, i64::MAX).await?;
        Ok::<_, StoreError>((entries, timeline::head(conn, &permit).await?))
    })
    .unwrap();
    let seqs: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    head
}

async fn posts_into_one_patient_get_every_place_once(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let tasks = (0..32).map(|_| {
        let (store, permit) = (db.store.clone(), permit.clone());
        tokio::spawn(async move {
            let mut seqs = Vec::new();
            for _ in 0..4 {
                seqs.push(in_tx!(store, [permit] tx => post(tx, &permit).await).unwrap());
            }
            seqs
        })
    });
    let acknowledged: Vec<i64> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(acknowledged.iter().copied().collect::<BTreeSet<_>>(), (1..=128).collect());
    assert_eq!(gap_free(&world, patient).await, 128);
}

async fn posts_into_many_patients_do_not_mix(db: Database) {
    let world = World::new(&db.store).await;
    let mut permits = Vec::new();
    for _ in 0..8 {
        let patient = world.patient().await;
        permits.push(world.poster(patient, &world.doctor).await);
    }
    let tasks = (0..64).map(|n| {
        let (store, permit) = (db.store.clone(), permits[n % 8].clone());
        tokio::spawn(async move { in_tx!(store, [permit] tx => post(tx, &permit).await).unwrap() })
    });
    join_all(tasks).await.into_iter().for_each(|done| assert!(done.unwrap() > 0));
    for permit in &permits {
        assert_eq!(gap_free(&world, permit.patient()).await, 8);
    }
}

async fn a_write_that_nobody_waits_for_any_more_is_whole(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    for fails in [false, true] {
        let (reached, at_gate) = oneshot::channel();
        let (open, gate) = oneshot::channel();
        let caller = tokio::spawn({
            let (store, permit) = (db.store.clone(), permit.clone());
            async move {
                in_tx!(store, [permit] tx => {
                    post(tx, &permit).await?;
                    reached.send(()).unwrap();
                    gate.await.unwrap();
                    post(tx, &permit).await?;
                    if fails { Err(StoreError::EpochChanged) } else { Ok(()) }
                })
            }
        });
        at_gate.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        open.send(()).unwrap();
        // waits for the patient's lock, and so for the end of the write that was given up
        let seq = in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap();
        assert_eq!(seq, if fails { 4 } else { 3 });
        assert_eq!(gap_free(&world, patient).await, seq);
    }
}

async fn writes_that_are_dropped_at_any_time_are_whole(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let tasks = (0..64).map(|n| {
        let (store, permit) = (db.store.clone(), permit.clone());
        let pair = async move {
            in_tx!(store, [permit] tx => {
                post(tx, &permit).await?;
                post(tx, &permit).await
            })
        };
        tokio::time::timeout(Duration::from_micros(n * n * 5), pair)
    });
    let done = join_all(tasks).await.into_iter().flatten().map(Result::unwrap).count();
    // behind all of them
    in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap();
    let head = gap_free(&world, patient).await;
    assert!(head % 2 == 1 && head > 2 * done as i64, "{head} entries, {done} pairs acknowledged");
}

async fn a_panic_undoes_one_write_and_stops_no_other(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let late = in_tx!(db.store, [permit] tx => {
        post(tx, &permit).await?;
        if permit.epoch() > 0 { panic!("in the middle of a write") }
        Ok::<(), StoreError>(())
    });
    assert!(matches!(late, Err(StoreError::Other(_))));
    let early = db
        .store
        .write(|_| -> futures::future::BoxFuture<'_, Result<(), StoreError>> { panic!("before a write") })
        .await;
    assert!(matches!(early, Err(StoreError::Other(_))));
    assert_eq!(in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap(), 1);
}

/// Adds an organisation, or fails on one that is there, or fails by itself after having written.
async fn add(store: Store, n: usize, taken: OrganizationId) -> Result<OrganizationId, StoreError> {
    let mut new = organization("ひかり診療所", OrganizationKind::Clinic);
    let new_id = new.id;
    in_tx!(store, [] tx => {
        identity::insert_organization(tx, &new).await?;
        if n % 3 == 1 {
            new.id = taken;
            identity::insert_organization(tx, &new).await?;
        }
        if n % 3 == 2 { Err(StoreError::EpochChanged) } else { Ok(new_id) }
    })
}

async fn a_failing_write_undoes_itself_alone(db: Database) {
    let world = World::new(&db.store).await;
    let taken = world.doctor.organization;
    // SQLite's writer waits at the gate, so that the others are one group
    let (open, gate) = oneshot::channel::<()>();
    let store = db.store.clone();
    let mut first = pin!(async {
        in_tx!(store, [] tx => {
            gate.await.unwrap();
            patient::lock(tx, PatientId(id())).await
        })
    });
    assert!(poll!(&mut first).is_pending());
    let mut rest = pin!(join_all((0..30).map(|n| add(db.store.clone(), n, taken))));
    assert!(poll!(&mut rest).is_pending());
    open.send(()).unwrap();
    first.await.unwrap();
    for (n, result) in rest.await.into_iter().enumerate() {
        match (n % 3, result) {
            (0, Ok(new)) => {
                let found = in_snapshot!(db.store, [] conn => identity::organization(conn, new).await);
                assert!(found.unwrap().is_some());
            }
            (1, Err(StoreError::Unique)) | (2, Err(StoreError::EpochChanged)) => {}
            (_, result) => panic!("write {n}: {result:?}"),
        }
    }
    let after = (String::new(), OrganizationId(uuid::Uuid::nil()));
    let all = in_snapshot!(db.store, [] conn =>
        identity::organizations(conn, (&after.0, after.1), 99).await);
    assert_eq!(all.unwrap().len(), 3 + 10, "those of the failed writes are not there");
}

async fn what_follows_a_failed_statement_is_refused(db: Database) {
    let world = World::new(&db.store).await;
    let (mut twin, new) =
        (organization("一", OrganizationKind::Clinic), organization("二", OrganizationKind::Clinic));
    twin.id = world.doctor.organization;
    let new_id = new.id;
    let result = in_tx!(db.store, [] tx => {
        let failed = identity::insert_organization(tx, &twin).await;
        assert!(matches!(failed, Err(StoreError::Unique)));
        identity::insert_organization(tx, &new).await
    });
    assert!(matches!(result, Err(StoreError::Other(_))));
    let found = in_snapshot!(db.store, [] conn => identity::organization(conn, new_id).await);
    assert!(found.unwrap().is_none());
}

async fn a_failed_statement_that_is_passed_over_undoes_the_write(db: Database) {
    let world = World::new(&db.store).await;
    let (new, mut twin) =
        (organization("一", OrganizationKind::Clinic), organization("二", OrganizationKind::Clinic));
    twin.id = world.doctor.organization;
    let new_id = new.id;
    let result = in_tx!(db.store, [] tx => {
        identity::insert_organization(tx, &new).await?;
        let failed = identity::insert_organization(tx, &twin).await;
        assert!(matches!(failed, Err(StoreError::Unique)));
        Ok::<_, StoreError>(())
    });
    assert!(matches!(result, Err(StoreError::Other(_))), "never success for what is not kept");
    let found = in_snapshot!(db.store, [] conn => identity::organization(conn, new_id).await);
    assert!(found.unwrap().is_none());
}

async fn a_snapshot_stands_still(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let poster = world.poster(patient, &world.doctor).await;
    let reader = world.reader(patient, &world.doctor).await;
    in_tx!(db.store, [poster] tx => post(tx, &poster).await).unwrap();
    let writes = db.store.clone();
    let seen = in_snapshot!(db.store, [reader, poster] conn => {
        let before = timeline::head(conn, &reader).await?;
        for _ in 0..3 {
            in_tx!(writes, [poster] tx => post(tx, &poster).await)?;
        }
        let entries = timeline::after(conn, &reader, 0, 9).await?;
        Ok::<_, StoreError>((before, entries.len(), timeline::head(conn, &reader).await?))
    });
    assert_eq!(seen.unwrap(), (1, 1, 1));
    assert_eq!(gap_free(&world, patient).await, 4);
}
