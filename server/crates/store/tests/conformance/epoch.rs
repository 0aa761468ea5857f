//! A disclosure is linearised against a change of access: it is on record before the change, or it does
//! not happen.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures::future::join_all;
use futures::poll;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AuditEventId, PatientId};
use renkei_domain::{Subject, Timestamp};
use renkei_store::audit::{self, Disclosure, Stamp};
use renkei_store::{Store, StoreError, Tx, patient};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::world::{NOW, World, id, in_tx};

on_both_engines![
    raising_waits_for_an_open_disclosure,
    a_disclosure_waits_for_an_open_raise_and_finds_it,
    a_raise_that_is_undone_lets_disclosures_through,
    no_disclosure_succeeds_after_its_epoch,
];

pub(crate) async fn disclose(
    tx: &mut Tx,
    subject: Subject,
    patient: PatientId,
    epoch: i64,
) -> Result<(), StoreError> {
    let act = Act {
        patient: Some(patient),
        epoch: Some(epoch),
        ..Act::of_region(subject, Action::EntryRead, id())
    };
    let stamp =
        Stamp { id: AuditEventId(id()), time: Timestamp(NOW.0 + epoch), session: None, service: None };
    audit::disclose_in(tx, &[Disclosure { person_epoch: 0, stamp, act }]).await
}

async fn raise(store: &Store, patient: PatientId) -> Result<bool, StoreError> {
    in_tx!(store, [] tx => patient::raise_epoch(tx, patient).await)
}

async fn raising_waits_for_an_open_disclosure(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let subject = world.doctor.subject();
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel();
    let disclosed = Arc::new(AtomicBool::new(false));
    let mut disclosure = pin!(async {
        in_tx!(db.store, [disclosed] tx => {
            disclose(tx, subject, patient, 1).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            disclosed.store(true, Ordering::SeqCst);
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut disclosure).is_pending());
    at_gate.await.unwrap();
    let mut raised = pin!(async {
        in_tx!(db.store, [disclosed] tx => {
            patient::raise_epoch(tx, patient).await?;
            Ok::<_, StoreError>(disclosed.load(Ordering::SeqCst))
        })
    });
    assert!(poll!(&mut raised).is_pending());
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut raised).is_pending());
    open.send(()).unwrap();
    assert!(raised.await.unwrap(), "raised while a disclosure was open");
    disclosure.await.unwrap();
}

async fn a_disclosure_waits_for_an_open_raise_and_finds_it(db: Database) {
    assert!(matches!(disclosure_during_a_raise(db, true).await, Err(StoreError::EpochChanged)));
}

async fn a_raise_that_is_undone_lets_disclosures_through(db: Database) {
    disclosure_during_a_raise(db, false).await.unwrap();
}

async fn disclosure_during_a_raise(db: Database, kept: bool) -> Result<(), StoreError> {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let subject = world.doctor.subject();
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel();
    let mut raised = pin!(async {
        in_tx!(db.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            if kept { Ok(()) } else { Err(StoreError::Full) }
        })
    });
    assert!(poll!(&mut raised).is_pending());
    at_gate.await.unwrap();
    let mut disclosure = pin!(async { in_tx!(db.store, [] tx => disclose(tx, subject, patient, 1).await) });
    assert!(poll!(&mut disclosure).is_pending());
    db.wait_for_waiters(1).await;
    assert!(poll!(&mut disclosure).is_pending());
    open.send(()).unwrap();
    assert_eq!(raised.await.is_ok(), kept);
    disclosure.await
}

async fn no_disclosure_succeeds_after_its_epoch(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let subject = world.doctor.subject();
    // the epoch that was last acknowledged
    let known = Arc::new(AtomicI64::new(1));
    let raisers = (0..2).map(|_| {
        let (store, known) = (db.store.clone(), Arc::clone(&known));
        tokio::spawn(async move {
            for _ in 0..20 {
                raise(&store, patient).await.unwrap();
                known.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        })
    });
    let disclosers = (0..6).map(|_| {
        let (store, known) = (db.store.clone(), Arc::clone(&known));
        tokio::spawn(async move {
            let mut done = 0;
            for _ in 0..40 {
                let epoch = known.load(Ordering::SeqCst);
                let before = known.clone();
                let result = in_tx!(store, [] tx => {
                    // raised and acknowledged meanwhile: this disclosure must fail
                    let acknowledged = before.load(Ordering::SeqCst);
                    disclose(tx, subject, patient, epoch).await?;
                    Ok::<_, StoreError>(acknowledged)
                });
                match result {
                    Ok(acknowledged) => {
                        assert!(acknowledged <= epoch, "disclosed in {epoch} after {acknowledged}");
                        done += 1;
                    }
                    Err(StoreError::EpochChanged) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            done
        })
    });
    let (raisers, disclosers) = (join_all(raisers), join_all(disclosers));
    let (raised, disclosed) = futures::join!(raisers, disclosers);
    raised.into_iter().for_each(Result::unwrap);
    assert!(disclosed.into_iter().map(Result::unwrap).sum::<i32>() > 0);
}
