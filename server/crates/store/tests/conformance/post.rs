//! Posting in one go.

use std::collections::BTreeSet;

use futures::future::join_all;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, AuditEventId, EntryId, PatientId, RequestId};
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Category, Permit, Sensitivity, Write};
use renkei_store::attachment::{self, Preview, StoredAttachment};
use renkei_store::audit::Stamp;
use renkei_store::request::{self, RequestMark};
use renkei_store::timeline::{self, NewEntry, Post, Posted, post};
use renkei_store::{Sealed, StoreError, audit_log, identity, patient};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later, new_entry, sealed};

on_both_engines![
    a_post_is_an_entry_an_event_and_a_mark,
    a_post_is_of_its_epochs_only,
    a_post_is_under_the_newest_key_only,
    what_is_there_already_is_not_posted_again,
    attachments_are_claimed_or_nothing_is_kept,
    posts_and_raises_at_once_leave_no_gap_and_no_post_of_the_past,
];

/// A message of the permit's subject.
pub(crate) fn message(permit: Permit<Write>) -> Post {
    let entry = new_entry(EntryId(id()), 0, Category::Message);
    let mark = RequestMark { person: permit.subject().person, id: RequestId(id()), fingerprint: [3; 32] };
    let act = Act::permitted(&permit, Action::EntryPost).about(entry.id.0);
    let stamp = Stamp { id: AuditEventId(id()), time: later(7), session: None, service: None };
    Post {
        permit,
        entry,
        attachments: Vec::new(),
        addressees: Vec::new(),
        amends: None,
        answers: None,
        mark,
        stamp,
        act,
    }
}

/// What a patient's timeline, audit and requests hold: the places of the entries, those that the events tell, and
/// whether the request is marked.
async fn kept(world: &World, patient: PatientId, mark: RequestMark) -> (Vec<i64>, Vec<String>, bool) {
    let reader = world.reader(patient, &world.doctor).await;
    let auditor = world.auditor(patient).await;
    in_snapshot!(world.store, [] conn => {
        let entries = timeline::after(conn, &reader, 0, 99).await?;
        let mut events = renkei_store::audit::before(conn, &auditor, AuditEventId(uuid::Uuid::max()), 99).await?;
        events.sort_by_key(|event| event.seqs.to_string());
        let marked = request::find(conn, &mark).await?.is_some();
        assert_eq!(timeline::head(conn, &reader).await?, entries.len() as i64);
        let waiting = audit_log::pending(conn, 99).await?;
        let waiting: BTreeSet<_> = waiting.iter().map(|event| event.event_id).collect();
        assert_eq!(events.iter().map(|event| event.id.0).collect::<BTreeSet<_>>(), waiting);
        let told = events.iter().map(|event| event.seqs.to_string()).collect();
        Ok::<_, StoreError>((entries.iter().map(|entry| entry.seq).collect(), told, marked))
    })
    .unwrap()
}

async fn a_post_is_an_entry_an_event_and_a_mark(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (entry, question) = (EntryId(id()), EntryId(id()));
    let permit = world.poster(patient, &world.doctor).await;
    let new = NewEntry {
        id: entry,
        category: Category::CarePlan,
        sensitivity: Sensitivity::Infection,
        kind: EntryKind::CarePlan,
        revision: 2,
        occurred_at: later(3),
        reply_to: Some(question),
        urgent: true,
        body: sealed("\0\u{ff}本文"),
    };
    let first = Post { entry: new, ..message(permit.clone()) };
    let mark = first.mark;
    assert_eq!(post(&db.store, first).await.unwrap(), Posted::At(1));
    assert_eq!(post(&db.store, message(permit)).await.unwrap(), Posted::At(2));

    let reader = world.reader(patient, &world.doctor).await;
    let found =
        in_snapshot!(db.store, [] conn => timeline::by_id(conn, &reader, entry).await).unwrap().unwrap();
    assert_eq!(
        (found.seq, found.category, found.sensitivity),
        (1, Category::CarePlan, Sensitivity::Infection)
    );
    assert_eq!((found.reply_to, found.urgent, found.posted_at), (Some(question), true, later(7)));
    assert_eq!((found.body.key_version, found.body.bytes), (1, "\0\u{ff}本文".as_bytes().to_vec()));
    assert_eq!((found.author.person, found.author.role), (world.doctor.person, world.doctor.role));
    assert_eq!(kept(&world, patient, mark).await, (vec![1, 2], vec!["1".into(), "2".into()], true));

    let auditor = world.auditor(patient).await;
    let last = AuditEventId(uuid::Uuid::max());
    let events =
        in_snapshot!(db.store, [auditor] conn => renkei_store::audit::before(conn, &auditor, last, 9).await)
            .unwrap();
    let event = events.iter().find(|event| event.object == Some(entry.0)).unwrap();
    assert_eq!(
        (event.action, event.time, event.actor.as_ref().unwrap().person),
        (Action::EntryPost, later(7), world.doctor.person)
    );
    assert_eq!(event.consents, auditor.consents());
}

async fn a_post_is_of_its_epochs_only(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let before = world.poster(patient, &world.doctor).await;
    in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await).unwrap();
    let late = message(before);
    let mark = late.mark;
    assert!(matches!(post(&db.store, late).await, Err(StoreError::EpochChanged)));

    let before = world.poster(patient, &world.doctor).await;
    let doctor = world.doctor.person;
    in_tx!(db.store, [] tx => {
        identity::suspend(tx, doctor, NOW).await?;
        identity::reinstate(tx, doctor).await
    })
    .unwrap();
    assert!(matches!(post(&db.store, message(before)).await, Err(StoreError::EpochChanged)));
    assert_eq!(kept(&world, patient, mark).await, (vec![], vec![], false));

    let now = world.poster(patient, &world.doctor).await;
    assert_eq!(post(&db.store, message(now)).await.unwrap(), Posted::At(1));
}

async fn a_post_is_under_the_newest_key_only(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let mut old = message(world.poster(patient, &world.doctor).await);
    old.entry.body = Sealed { key_version: 2, bytes: vec![1] };
    let mark = old.mark;
    assert!(matches!(post(&db.store, old).await, Err(StoreError::EpochChanged)));
    assert_eq!(kept(&world, patient, mark).await, (vec![], vec![], false));
}

async fn what_is_there_already_is_not_posted_again(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let permit = world.poster(patient, &world.doctor).await;
    let first = message(permit.clone());
    let (entry, mark) = (first.entry.id, first.mark);
    post(&db.store, first).await.unwrap();

    let mut same_entry = message(permit.clone());
    same_entry.entry.id = entry;
    let unmarked = same_entry.mark;
    assert!(matches!(post(&db.store, same_entry).await, Err(StoreError::Unique)));
    let same_request = Post { mark, ..message(permit) };
    assert!(matches!(post(&db.store, same_request).await, Err(StoreError::Unique)));
    assert_eq!(kept(&world, patient, unmarked).await, (vec![1], vec!["1".into()], false));

    // the ids of another patient's entries are others
    let mut elsewhere = message(world.poster(other, &world.doctor).await);
    elsewhere.entry.id = entry;
    assert_eq!(post(&db.store, elsewhere).await.unwrap(), Posted::At(1));
}

async fn attachments_are_claimed_or_nothing_is_kept(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let (one, two) = (AttachmentId(id()), AttachmentId(id()));
    let (uploader, uploads) =
        (world.doctor.person, world.access(patient, &world.doctor).await.upload().unwrap());
    in_tx!(db.store, [] tx => {
        for id_of in [one, two] {
            let attachment = StoredAttachment {
                id: id_of,
                upload: id(),
                uploaded_by: uploader,
                blob_key: sealed("wrapped key"),
                manifest: b"manifest".to_vec(),
                announced: None,
                position: None,
                preview: Preview::None,
                entry_seq: None,
            };
            attachment::insert(tx, &uploads, &attachment, 10, NOW).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let with =
        |attachments: &[AttachmentId]| Post { attachments: attachments.to_vec(), ..message(permit.clone()) };
    let nobodys = with(&[one, AttachmentId(id())]);
    let mark = nobodys.mark;
    assert_eq!(post(&db.store, nobodys).await.unwrap(), Posted::AttachmentNotUsable);
    assert_eq!(kept(&world, patient, mark).await, (vec![], vec![], false));

    assert_eq!(post(&db.store, with(&[two, one])).await.unwrap(), Posted::At(1));
    assert_eq!(post(&db.store, with(&[two])).await.unwrap(), Posted::AttachmentNotUsable);
    let reader = world.reader(patient, &world.doctor).await;
    let files = in_snapshot!(db.store, [] conn => attachment::of_entries(conn, &reader, 1, 9).await).unwrap();
    assert_eq!(files.iter().map(|file| file.id).collect::<Vec<_>>(), [two, one]);
}

async fn posts_and_raises_at_once_leave_no_gap_and_no_post_of_the_past(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let posts = (0..12).map(|_| {
        let world = &world;
        async move {
            let mut places = Vec::new();
            while places.len() < 4 {
                let permit = world.poster(patient, &world.doctor).await;
                match post(&world.store, message(permit)).await {
                    Ok(Posted::At(seq)) => places.push(seq),
                    Err(StoreError::EpochChanged) => {}
                    other => panic!("{other:?}"),
                }
            }
            places
        }
    });
    let raises = async {
        for _ in 0..20 {
            in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await).unwrap();
        }
    };
    let (places, ()) = futures::join!(join_all(posts), raises);
    let mut places = places.concat();
    places.sort_unstable();
    assert_eq!(places, (1..=48).collect::<Vec<i64>>());
    let (entries, told, _) =
        kept(&world, patient, message(world.poster(patient, &world.doctor).await).mark).await;
    assert_eq!((entries.len(), told.len()), (48, 48));
}
