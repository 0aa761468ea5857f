//! The log over the audit events: every committed event waits for its place until it has one, and has one only.

use renkei_domain::audit::{Act, Action};
use renkei_domain::id::AuditEventId;
use renkei_store::audit::{self, Disclosure, Stamp};
use renkei_store::audit_log::{self, Batch, NewLeaf, StoredCheckpoint};
use renkei_store::{Store, StoreError};
use uuid::Uuid;

use crate::database::{Database, open};
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![
    every_kind_of_event_waits_for_its_place,
    a_batch_is_added_once,
    who_was_overtaken_adds_nothing,
    a_lease_is_one_at_a_time_and_runs_out,
    whoever_waits_for_events_is_told_after_the_commit,
    a_log_keeps_its_name,
];

pub(crate) async fn append(store: &Store, world: &World, id: Uuid) {
    let act = Act::of_region(world.doctor.subject(), Action::Login, id);
    let stamp = Stamp { id: AuditEventId(id), time: NOW, session: None, service: None };
    in_tx!(store, [act] tx => audit::append(tx, stamp, &act).await).unwrap();
}

pub(crate) async fn waiting(store: &Store) -> Vec<Uuid> {
    let events = in_snapshot!(store, [] conn => audit_log::pending(conn, 1000).await).unwrap();
    events.iter().map(|event| event.event_id).collect()
}

/// What `sequencer` adds at the end for these events, with hashes of no meaning.
pub(crate) fn batch(sequencer: Uuid, size: i64, events: &[Uuid]) -> Batch {
    let end = size + events.len() as i64;
    let leaves = events.iter().map(|event| NewLeaf {
        event: AuditEventId(*event),
        patient: Uuid::nil(),
        hash: [3; 32],
    });
    Batch {
        sequencer,
        until: later(9),
        size,
        leaves: leaves.collect(),
        nodes: vec![],
        checkpoint: StoredCheckpoint {
            size: end,
            previous_size: size,
            root_hash: vec![4; 32],
            signed_at: NOW.0,
            key_version: 1,
            signature: vec![5; 64],
        },
    }
}

pub(crate) async fn lease(store: &Store, sequencer: Uuid, now: i64) -> bool {
    let (now, until, unlikely) = (later(now), later(now + 3), later(now + 30));
    in_tx!(store, [] tx => audit_log::lease(tx, sequencer, now, until, unlikely).await).unwrap()
}

async fn every_kind_of_event_waits_for_its_place(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let mut expected = waiting(&db.store).await;
    let (alone, disclosed) = (id(), id());
    append(&db.store, &world, alone).await;
    let act = Act {
        patient: Some(patient),
        epoch: Some(1),
        ..Act::of_region(world.doctor.subject(), Action::EntryRead, id())
    };
    let stamp = Stamp { id: AuditEventId(disclosed), time: NOW, session: None, service: None };
    audit::disclose(&db.store, vec![Disclosure { person_epoch: 0, stamp, act: act.clone() }]).await.unwrap();
    expected.extend([alone, disclosed]);
    let refused = audit::disclose(
        &db.store,
        vec![Disclosure { person_epoch: 7, stamp: Stamp { id: AuditEventId(id()), ..stamp }, act }],
    );
    assert!(matches!(refused.await, Err(StoreError::EpochChanged)));
    let failed = in_tx!(db.store, [] tx => {
        let act = Act::of_region(world.doctor.subject(), Action::Login, Uuid::nil());
        audit::append(tx, Stamp { id: AuditEventId(id()), time: NOW, session: None, service: None }, &act).await?;
        Err::<(), _>(StoreError::EpochChanged)
    });
    assert!(failed.is_err());
    let found = waiting(&db.store).await;
    assert!(expected.iter().all(|event| found.contains(event)));
    let counts = in_snapshot!(db.store, [] conn => audit_log::counts(conn).await).unwrap();
    assert_eq!(counts.pending, found.len() as i64);
    assert_eq!(
        (counts.events, counts.leaves),
        (counts.pending, 0),
        "no event without, and none of what failed"
    );
}

async fn a_batch_is_added_once(db: Database) {
    let world = World::new(&db.store).await;
    let events: Vec<Uuid> = (0..150).map(|_| id()).collect();
    for event in &events {
        append(&db.store, &world, *event).await;
    }
    let sequencer = id();
    assert!(lease(&db.store, sequencer, 0).await);
    audit_log::add(&db.store, batch(sequencer, 0, &events)).await.unwrap();
    assert!(waiting(&db.store).await.is_empty());
    let leaves = in_snapshot!(db.store, [] conn => audit_log::nodes(conn, 0, 0, 1000).await).unwrap();
    assert!(leaves.iter().map(|(index, _)| *index).eq(0..150));
    let places = in_snapshot!(db.store, [] conn => audit_log::places(conn, 0, 1000).await).unwrap();
    for (place, _) in &places {
        assert_eq!(place.event.event_id, events[place.leaf_index as usize]);
    }
    assert_eq!(places.len(), 150);
    let last = in_snapshot!(db.store, [] conn => audit_log::last_checkpoint(conn).await).unwrap();
    assert_eq!(last, Some(batch(sequencer, 0, &events).checkpoint));

    // the same again, at its place and at the end
    let again = audit_log::add(&db.store, batch(sequencer, 0, &events)).await;
    assert!(matches!(again, Err(StoreError::EpochChanged)), "{again:?}");
    let again = audit_log::add(&db.store, batch(sequencer, 150, &events)).await;
    assert!(matches!(again, Err(StoreError::Unique)), "{again:?}");
    // and what nobody waits for
    let unknown = audit_log::add(&db.store, batch(sequencer, 150, &[id()])).await;
    assert!(matches!(unknown, Err(StoreError::EpochChanged)), "{unknown:?}");
    let counts = in_snapshot!(db.store, [] conn => audit_log::counts(conn).await).unwrap();
    assert_eq!((counts.size, counts.leaves), (150, 150));
}

async fn who_was_overtaken_adds_nothing(db: Database) {
    let world = World::new(&db.store).await;
    let (event, slow, quick) = (id(), id(), id());
    append(&db.store, &world, event).await;
    assert!(lease(&db.store, slow, 0).await);
    let prepared = batch(slow, 0, &[event]);
    assert!(lease(&db.store, quick, 4).await, "the lease ran out");
    let overtaken = audit_log::add(&db.store, prepared).await;
    assert!(matches!(overtaken, Err(StoreError::EpochChanged)), "{overtaken:?}");
    audit_log::add(&db.store, batch(quick, 0, &[event])).await.unwrap();
    // giving it back gives nothing of the other's away
    in_tx!(db.store, [] tx => audit_log::release(tx, slow).await).unwrap();
    assert!(!lease(&db.store, slow, 5).await);

    // two at once with the same lease: a place has one event
    let (one, other) = (id(), id());
    append(&db.store, &world, one).await;
    append(&db.store, &world, other).await;
    let second = open(&db.options).await;
    let both = futures::join!(
        audit_log::add(&db.store, batch(quick, 1, &[one])),
        audit_log::add(&second, batch(quick, 1, &[other])),
    );
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    let counts = in_snapshot!(db.store, [] conn => audit_log::counts(conn).await).unwrap();
    assert_eq!((counts.size, counts.leaves, counts.pending), (2, 2, 1));
}

async fn a_lease_is_one_at_a_time_and_runs_out(db: Database) {
    let (one, other) = (id(), id());
    assert!(lease(&db.store, one, 10).await);
    assert!(!lease(&db.store, other, 12).await);
    assert!(lease(&db.store, other, 13).await, "it ran out");
    assert!(!lease(&db.store, one, 14).await);
    in_tx!(db.store, [] tx => audit_log::release(tx, other).await).unwrap();
    assert!(lease(&db.store, one, 14).await, "it was given back");
    // the clock was set back: a little is waited for, much is not
    assert!(!lease(&db.store, other, 1).await);
    assert!(lease(&db.store, other, -60).await);
}

async fn whoever_waits_for_events_is_told_after_the_commit(db: Database) {
    let world = World::new(&db.store).await;
    let store = db.store.clone();
    let event = id();
    let told = tokio::spawn(async move {
        store.events().await;
        waiting(&store).await
    });
    append(&db.store, &world, event).await;
    assert_eq!(told.await.unwrap(), [event]);
    // nobody is told of what holds none
    in_tx!(db.store, [] tx => audit_log::release(tx, Uuid::nil()).await).unwrap();
    let nothing = std::pin::pin!(db.store.events());
    assert!(futures::poll!(nothing).is_pending());
}

async fn a_log_keeps_its_name(db: Database) {
    let (first, second) = (id(), id());
    assert_eq!(in_snapshot!(db.store, [] conn => audit_log::log(conn).await).unwrap(), (None, 0));
    assert_eq!(in_tx!(db.store, [] tx => audit_log::name(tx, first).await).unwrap(), first);
    assert_eq!(in_tx!(db.store, [] tx => audit_log::name(tx, second).await).unwrap(), first);
}
