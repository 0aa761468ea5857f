//! Entries and receipts.

use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Category, Permit, Read, Sensitivity};
use renkei_store::timeline::{self, NewEntry, StoredEntry};
use renkei_store::{Store, StoreError};

use crate::database::Database;
use crate::world::{NOW, World, form, id, in_snapshot, in_tx, later, new_entry, scope_of, sealed};

on_both_engines![
    an_entry_comes_back_as_it_went_in,
    entry_ids_and_places_are_unique_per_patient,
    entries_come_in_pages_in_both_directions,
    only_permitted_categories_and_own_entries_are_seen,
    unread_are_those_neither_read_nor_written,
    what_comes_into_sight_is_unread_although_later_entries_are_read,
    a_receipt_counts_once,
    readers_come_first_reader_first_without_the_author,
];

async fn by_id(store: &Store, permit: &Permit<Read>, id: EntryId) -> Option<StoredEntry> {
    in_snapshot!(store, [permit] conn => timeline::by_id(conn, &permit, id).await).unwrap()
}

async fn seqs_before(store: &Store, permit: &Permit<Read>, before: i64, limit: i64) -> Vec<i64> {
    let page = in_snapshot!(store, [permit] conn => timeline::before(conn, &permit, before, limit).await);
    page.unwrap().iter().map(|entry| entry.seq).collect()
}

async fn seqs_after(store: &Store, permit: &Permit<Read>, after: i64, limit: i64) -> Vec<i64> {
    let page = in_snapshot!(store, [permit] conn => timeline::after(conn, &permit, after, limit).await);
    page.unwrap().iter().map(|entry| entry.seq).collect()
}

async fn unread(store: &Store, permit: &Permit<Read>, after: i64, limit: i64) -> Vec<i64> {
    let page = in_snapshot!(store, [permit] conn => crate::fixtures::unread_after(conn, &permit, after, limit).await);
    page.unwrap().iter().map(|entry| entry.seq).collect()
}

async fn mark(store: &Store, permit: &Permit<Read>, seq: i64, seconds: i64) -> bool {
    in_tx!(store, [permit] tx => timeline::mark_read(tx, &permit, seq, later(seconds)).await).unwrap()
}

async fn an_entry_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.poster(patient, &world.doctor).await;
    let (entry, question) = (EntryId(id()), EntryId(id()));
    in_tx!(db.store, [] tx => {
        let seq = renkei_store::patient::next_seq(tx, patient).await?.unwrap();
        let entry = NewEntry {
            id: entry,
            category: Category::CarePlan,
            sensitivity: Sensitivity::Infection,
            kind: EntryKind::CarePlan,
            revision: 1,
            occurred_at: later(3),
            reply_to: Some(question),
            urgent: true,
            body: sealed("\0\u{ff}本文"),
        };
        timeline::insert_notice(tx, &permit, seq, &entry, later(7)).await
    })
    .unwrap();
    let reader = world.reader(patient, &world.doctor).await;
    let found = by_id(&db.store, &reader, entry).await.unwrap();
    assert_eq!((found.id, found.seq, found.category), (entry, 1, Category::CarePlan));
    assert_eq!(found.sensitivity, Sensitivity::Infection);
    assert_eq!((found.reply_to, found.urgent, found.posted_at), (Some(question), true, later(7)));
    assert_eq!((found.body.key_version, found.body.bytes), (1, "\0\u{ff}本文".as_bytes().to_vec()));
    assert_eq!((found.author.person, found.author.role), (world.doctor.person, world.doctor.role));
    assert_eq!(found.author.organization_name, "ひかり診療所");
    assert!(found.read, "one's own is read");
    assert!(by_id(&db.store, &reader, question).await.is_none());
    let head = in_snapshot!(db.store, [] conn => timeline::head(conn, &reader).await);
    assert_eq!(head.unwrap(), 1);
}

async fn entry_ids_and_places_are_unique_per_patient(db: Database) {
    let world = World::new(&db.store).await;
    let (one, two) = (world.patient().await, world.patient().await);
    let (entry, seq) = world.post(one, &world.doctor, Category::Message).await;
    let insert = |patient: PatientId, id, seq| {
        let (world, store) = (&world, db.store.clone());
        async move {
            let permit = world.poster(patient, &world.doctor).await;
            let entry = new_entry(id, seq, Category::Message);
            in_tx!(store, [] tx => timeline::insert_notice(tx, &permit, seq, &entry, NOW).await)
        }
    };
    assert!(matches!(insert(one, entry, seq + 1).await, Err(StoreError::Unique)));
    assert!(matches!(insert(one, EntryId(id()), seq).await, Err(StoreError::Unique)));
    insert(two, entry, seq).await.unwrap();
}

async fn entries_come_in_pages_in_both_directions(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    for _ in 0..5 {
        world.post(patient, &world.doctor, Category::Message).await;
        world.post(other, &world.doctor, Category::Message).await;
    }
    let permit = world.reader(patient, &world.doctor).await;
    assert_eq!(seqs_before(&db.store, &permit, i64::MAX, 2).await, [5, 4]);
    assert_eq!(seqs_before(&db.store, &permit, 4, 9).await, [3, 2, 1]);
    assert_eq!(seqs_before(&db.store, &permit, 1, 9).await, [0; 0]);
    assert_eq!(seqs_after(&db.store, &permit, 0, 2).await, [1, 2]);
    assert_eq!(seqs_after(&db.store, &permit, 2, 9).await, [3, 4, 5]);
    assert_eq!(seqs_after(&db.store, &permit, 5, 9).await, [0; 0]);
}

async fn only_permitted_categories_and_own_entries_are_seen(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.pharmacist).await;
    let two = form(scope_of(&world.pharmacist), [Category::Medication, Category::Message]);
    let two = world.record_consent(patient, two).await;
    let doctor = &world.doctor;
    world.post(patient, doctor, Category::VisitNote).await;
    world.post(patient, doctor, Category::Medication).await;
    let (hidden, _) = world.post(patient, doctor, Category::CarePlan).await;
    let (own, _) = world.post(patient, &world.pharmacist, Category::Message).await;
    world.post(patient, doctor, Category::Message).await;

    let permit = world.reader(patient, &world.pharmacist).await;
    assert_eq!(seqs_after(&db.store, &permit, 0, 9).await, [2, 4, 5]);
    assert_eq!(seqs_before(&db.store, &permit, i64::MAX, 2).await, [5, 4], "a page is full of what is seen");
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [2, 5]);
    assert!(by_id(&db.store, &permit, hidden).await.is_none());
    assert!(!seqs_after(&db.store, &permit, 0, 9).await.contains(&1));

    // when consent shrinks, what one wrote oneself stays
    world.withdraw_consent(patient, two).await;
    world.record_consent(patient, form(scope_of(&world.pharmacist), [Category::Laboratory])).await;
    let permit = world.reader(patient, &world.pharmacist).await;
    assert_eq!(seqs_after(&db.store, &permit, 0, 9).await, [4]);
    assert!(by_id(&db.store, &permit, own).await.is_some());
}

async fn unread_are_those_neither_read_nor_written(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, []).await;
    let (doctor, nurse) = (&world.doctor, &world.nurse);
    for member in [doctor, nurse, doctor, doctor, nurse, doctor] {
        world.post(patient, member, Category::Message).await;
    }
    let nurse = world.reader(patient, nurse).await;
    assert_eq!(unread(&db.store, &nurse, 0, 9).await, [1, 3, 4, 6]);
    assert!(mark(&db.store, &nurse, 3, 1).await);
    assert_eq!(unread(&db.store, &nurse, 0, 2).await, [1, 4]);
    assert_eq!(unread(&db.store, &nurse, 4, 9).await, [6]);
    let doctor = world.reader(patient, doctor).await;
    assert_eq!(unread(&db.store, &doctor, 0, 9).await, [2, 5], "one's receipts are nobody else's");

    let seen = in_snapshot!(db.store, [nurse] conn => timeline::after(conn, &nurse, 0, 9).await).unwrap();
    let read: Vec<_> = seen.iter().map(|entry| entry.read).collect();
    assert_eq!(read, [false, true, true, false, true, false]);
}

async fn what_comes_into_sight_is_unread_although_later_entries_are_read(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, [Category::Message]).await;
    let categories = [Category::CarePlan, Category::Message, Category::CarePlan, Category::Message];
    for category in categories {
        world.post(patient, &world.doctor, category).await;
    }
    let permit = world.reader(patient, &world.nurse).await;
    // not in order
    assert!(mark(&db.store, &permit, 4, 1).await);
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [2]);
    assert!(mark(&db.store, &permit, 2, 1).await);
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [0; 0]);
    world.post(patient, &world.doctor, Category::Message).await;
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [5]);

    world.record_consent(patient, form(scope_of(&world.nurse), [])).await;
    let wide = world.reader(patient, &world.nurse).await;
    assert_eq!(unread(&db.store, &wide, 0, 9).await, [1, 3, 5]);
    assert!(mark(&db.store, &wide, 3, 2).await);
    assert_eq!(unread(&db.store, &wide, 0, 9).await, [1, 5]);
    // narrow again: what was known of the narrow sight is forgotten, not wrong
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [5]);
    assert!(mark(&db.store, &permit, 5, 3).await);
    assert_eq!(unread(&db.store, &permit, 0, 9).await, [0; 0]);
    assert_eq!(unread(&db.store, &wide, 0, 9).await, [1]);
}

async fn a_receipt_counts_once(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, []).await;
    world.post(patient, &world.doctor, Category::Message).await;
    let nurse = world.reader(patient, &world.nurse).await;
    assert!(mark(&db.store, &nurse, 1, 1).await);
    assert!(!mark(&db.store, &nurse, 1, 2).await);
    let author = world.doctor.person;
    let readers =
        in_snapshot!(db.store, [] conn => timeline::readers(conn, &nurse, 1, author).await).unwrap();
    assert_eq!(readers.len(), 1);
    assert_eq!(readers[0].read_at, later(1), "the first time counts");
}

async fn readers_come_first_reader_first_without_the_author(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, []).await;
    world.admit(patient, &world.pharmacist, []).await;
    world.post(patient, &world.doctor, Category::Message).await;
    world.post(patient, &world.doctor, Category::Message).await;
    for (member, seconds) in [(&world.nurse, 3), (&world.pharmacist, 2), (&world.doctor, 1)] {
        let permit = world.reader(patient, member).await;
        assert!(mark(&db.store, &permit, 1, seconds).await);
    }
    let permit = world.reader(patient, &world.doctor).await;
    let readers = |seq| {
        let (store, author, permit) = (db.store.clone(), world.doctor.person, permit.clone());
        async move {
            let readers =
                in_snapshot!(store, [] conn => timeline::readers(conn, &permit, seq, author).await).unwrap();
            readers.into_iter().map(|reader| (reader.actor.person, reader.read_at)).collect::<Vec<_>>()
        }
    };
    assert_eq!(readers(1).await, [(world.pharmacist.person, later(2)), (world.nurse.person, later(3))]);
    assert_eq!(readers(2).await, []);
}
