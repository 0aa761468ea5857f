//! What only PostgreSQL does: locks that hinder as little as they can, connections that die, wake-ups.

use std::pin::pin;
use std::time::Duration;

use futures::poll;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AuditEventId, PatientId, PersonId, SessionId};
use renkei_domain::{Category, Permit, Write};
use renkei_store::audit::{self, Stamp};
use renkei_store::{Options, Store, StoreError, Tx, Wakeup, audit_log, identity, patient, timeline};
use tokio::sync::oneshot;

use crate::audit_log::{append, batch, lease, waiting};
use crate::database::Database;
use crate::epoch::disclose;
use crate::in_time;
use crate::person;
use crate::world::{NOW, World, id, in_tx, new_entry};

async fn post(tx: &mut Tx, permit: &Permit<Write>) -> Result<i64, StoreError> {
    let seq = patient::next_seq(tx, permit.patient()).await?.unwrap();
    let entry = new_entry(renkei_domain::id::EntryId(id()), seq, Category::Message);
    timeline::insert_notice(tx, permit, seq, &entry, NOW).await?;
    Ok(seq)
}

#[tokio::test]
async fn posts_and_open_disclosures_do_not_hinder_each_other_and_raising_waits_for_both() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let subject = world.doctor.subject();
    let permit = world.poster(patient, &world.doctor).await;

    let (disclosed, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut disclosure = pin!(async {
        in_tx!(db.store, [] tx => {
            disclose(tx, subject, patient, 1).await?;
            disclosed.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut disclosure).is_pending());
    at_gate.await.unwrap();
    // the post makes a new version of the row that the disclosure holds
    let post_beside = async { in_tx!(db.store, [permit] tx => post(tx, &permit).await) };
    assert_eq!(in_time(post_beside).await.unwrap(), 1);

    let (posted, at_gate) = oneshot::channel();
    let (open_post, post_gate) = oneshot::channel::<()>();
    let mut posting = pin!(async {
        in_tx!(db.store, [permit] tx => {
            post(tx, &permit).await?;
            posted.send(()).unwrap();
            post_gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut posting).is_pending());
    at_gate.await.unwrap();
    let beside = async { in_tx!(db.store, [] tx => disclose(tx, subject, patient, 1).await) };
    in_time(beside).await.unwrap();

    let mut raised = pin!(async { in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await) });
    assert!(poll!(&mut raised).is_pending());
    db.wait_for_waiters(1).await;
    open_post.send(()).unwrap();
    posting.await.unwrap();
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut raised).is_pending(), "the disclosure of the old version is still open");
    open.send(()).unwrap();
    disclosure.await.unwrap();
    assert!(raised.await.unwrap());
    let late = in_tx!(db.store, [] tx => disclose(tx, subject, patient, 1).await);
    assert!(matches!(late, Err(StoreError::EpochChanged)));
}

#[tokio::test]
async fn whoever_reads_without_a_pause_does_not_hold_a_withdrawal_off() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let subject = world.doctor.subject();
    let (disclosed, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut first = pin!(async {
        in_tx!(db.store, [] tx => {
            disclose(tx, subject, patient, 1).await?;
            disclosed.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut first).is_pending());
    at_gate.await.unwrap();
    let mut raised = pin!(async { in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await) });
    assert!(poll!(&mut raised).is_pending());
    db.wait_for_waiters(1).await;
    // it begins before the first has ended, and queues behind the one that waits
    let mut next = pin!(async { in_tx!(db.store, [] tx => disclose(tx, subject, patient, 1).await) });
    assert!(poll!(&mut next).is_pending());
    db.wait_for_waiters(2).await;
    open.send(()).unwrap();
    first.await.unwrap();
    assert!(in_time(raised).await.unwrap());
    assert!(matches!(in_time(next).await, Err(StoreError::EpochChanged)));
}

#[tokio::test]
async fn patients_do_not_wait_for_each_other() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let (one, two) = (world.patient().await, world.patient().await);
    let permit = world.poster(two, &world.doctor).await;
    let (open, gate) = oneshot::channel::<()>();
    let (reached, at_gate) = oneshot::channel();
    let mut held = pin!(async {
        in_tx!(db.store, [] tx => {
            patient::raise_epoch(tx, one).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut held).is_pending());
    at_gate.await.unwrap();
    in_time(async { in_tx!(db.store, [permit] tx => post(tx, &permit).await) }).await.unwrap();
    open.send(()).unwrap();
    held.await.unwrap();
}

#[tokio::test]
async fn people_do_not_wait_for_each_others_suspension() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (nurse, doctor) = (world.nurse.person, world.doctor.subject());
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut suspended = pin!(async {
        in_tx!(db.store, [] tx => {
            identity::suspend(tx, nurse, NOW).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut suspended).is_pending());
    at_gate.await.unwrap();
    let beside = async { in_tx!(db.store, [] tx => person::disclose(tx, doctor, patient, 0).await) };
    in_time(beside).await.unwrap();
    open.send(()).unwrap();
    suspended.await.unwrap();
}

#[tokio::test]
async fn of_two_that_wait_for_each_other_one_is_told_to_try_again() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let (one, two) = (world.patient().await, world.patient().await);
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let lock = |a: PatientId, b: PatientId| {
        let (store, barrier) = (db.store.clone(), barrier.clone());
        async move {
            in_tx!(store, [] tx => {
                patient::lock(tx, a).await?;
                barrier.wait().await;
                patient::lock(tx, b).await
            })
        }
    };
    let (a, b) = futures::join!(lock(one, two), lock(two, one));
    let refused = if a.is_ok() { b } else { a };
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}

const TERMINATE_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn idle_connections_that_died_are_passed_over() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    // several idle ones
    let posts = (0..8).map(|_| async { in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap() });
    futures::future::join_all(posts).await;
    db.execute(TERMINATE_ALL).await;
    assert_eq!(in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap(), 9);
    db.execute(TERMINATE_ALL).await;
    world.reader(patient, &world.doctor).await;
}

#[tokio::test]
async fn a_write_whose_connection_dies_is_not_acknowledged_and_not_kept() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut write = pin!(async {
        in_tx!(db.store, [permit] tx => {
            let seq = post(tx, &permit).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(seq)
        })
    });
    assert!(poll!(&mut write).is_pending());
    at_gate.await.unwrap();
    db.execute(TERMINATE_ALL).await;
    open.send(()).unwrap();
    let lost = write.await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert_eq!(in_tx!(db.store, [permit] tx => post(tx, &permit).await).unwrap(), 1);
}

#[tokio::test]
async fn every_node_is_woken_also_when_all_connections_are_busy() {
    let db = Database::postgres().await;
    let other = Store::open(Options { max_connections: 1, ..db.options.clone() }).await.unwrap();
    let (mut here, mut there) =
        (db.store.wakeups().await.unwrap().unwrap(), other.wakeups().await.unwrap().unwrap());
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let told = [
        Wakeup::Posted(patient),
        Wakeup::Marked(patient),
        Wakeup::AccessChanged(patient),
        Wakeup::SessionEnded(SessionId(id())),
        Wakeup::PersonChanged(PersonId(id())),
        Wakeup::Posted(PatientId(id())),
    ];
    in_tx!(other, [] tx => {
        patient::lock(tx, patient).await?;
        let sender = there.sender();
        for wakeup in told {
            sender.send(wakeup).unwrap();
            sender.send(wakeup).unwrap();
        }
        let mut heard = std::collections::HashSet::new();
        while heard.len() < told.len() {
            heard.insert(here.next().await?.unwrap());
            there.next().await?.unwrap();
        }
        assert_eq!(heard, told.into());
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

#[tokio::test]
async fn a_broken_connection_is_told_and_replaced() {
    let db = Database::postgres().await;
    let mut wakeups = db.store.wakeups().await.unwrap().unwrap();
    let sender = wakeups.sender();
    for _ in 0..2 {
        let patient = PatientId(id());
        sender.send(Wakeup::Posted(patient)).unwrap();
        assert_eq!(wakeups.next().await.unwrap(), Some(Wakeup::Posted(patient)));
        db.execute(TERMINATE_ALL).await;
        assert_eq!(wakeups.next().await.unwrap(), None, "hints may be lost");
        // the one that sends broke, too: a hint is lost then, and the next one goes through
        sender.send(Wakeup::Posted(patient)).unwrap();
        let again = async {
            loop {
                sender.send(Wakeup::Posted(patient)).unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            woken = wakeups.next() => assert_eq!(woken.unwrap(), Some(Wakeup::Posted(patient))),
            () = again => {}
        }
        while tokio::time::timeout(Duration::from_millis(50), wakeups.next()).await.is_ok() {}
    }
}

/// SQLite has one writer: nobody commits there behind whoever began later.
#[tokio::test]
async fn an_event_that_is_committed_late_finds_its_place() {
    let db = Database::postgres().await;
    let world = World::new(&db.store).await;
    let (early, late) = (id(), id());
    let (written, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let (store, subject) = (db.store.clone(), world.doctor.subject());
    let slow = tokio::spawn(async move {
        in_tx!(store, [] tx => {
            let stamp = Stamp { id: AuditEventId(early), time: NOW, session: None, service: None };
            audit::append(tx, stamp, &Act::of_region(subject, Action::Login, early)).await?;
            written.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    at_gate.await.unwrap();
    append(&db.store, &world, late).await;
    assert_eq!(waiting(&db.store).await, [late]);
    let sequencer = id();
    assert!(lease(&db.store, sequencer, 0).await);
    audit_log::add(&db.store, batch(sequencer, 0, &[late])).await.unwrap();
    assert!(waiting(&db.store).await.is_empty());
    open.send(()).unwrap();
    slow.await.unwrap().unwrap();
    assert_eq!(waiting(&db.store).await, [early]);
    audit_log::add(&db.store, batch(sequencer, 1, &[early])).await.unwrap();
    assert!(waiting(&db.store).await.is_empty());
}
