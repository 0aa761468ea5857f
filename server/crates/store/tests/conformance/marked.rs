//! Marks have places, and whoever sees the entry is told of them in that order.

use futures::future::join_all;
use renkei_domain::id::EntryId;
use renkei_domain::timeline::Mark;
use renkei_domain::{Category, Permit, Read, Sensitivity};
use renkei_store::timeline::{PlacedMark, Post, Posted, post};
use renkei_store::{Sealed, StoreError, care_team, patient, timeline};

use crate::database::Database;
use crate::post::message;
use crate::world::{NOW, World, id, in_snapshot, in_tx};

on_both_engines![
    a_mark_takes_the_next_place_and_no_mark_takes_none,
    marks_at_once_take_every_place_once,
    marks_are_told_of_what_is_seen,
    who_asked_is_told_that_an_answer_out_of_sight_was_taken_back,
];

fn no_word() -> Sealed {
    Sealed { key_version: 0, bytes: Vec::new() }
}

async fn a_mark_takes_the_next_place_and_no_mark_takes_none(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (first, seq) = world.post(patient, &world.doctor, Category::Message).await;
    let (second, second_seq) = world.post(patient, &world.doctor, Category::Message).await;
    let reader = world.reader(patient, &world.doctor).await;
    let writer = world.poster(patient, &world.doctor).await;
    let told = |place, mark, entry| PlacedMark { place, mark, marked_at: NOW, entry };
    in_tx!(db.store, [reader, writer] tx => {
        patient::lock(tx, patient).await?;
        assert!(timeline::acknowledge(tx, &reader, seq, &no_word(), NOW).await?);
        assert!(!timeline::acknowledge(tx, &reader, seq, &no_word(), NOW).await?);
        assert!(timeline::finalize(tx, &writer, second_seq, NOW).await?);
        assert!(!timeline::finalize(tx, &writer, second_seq, NOW).await?);
        timeline::answer(tx, &writer, (seq, second_seq), NOW).await
    })
    .unwrap();
    let of = world.doctor;
    in_snapshot!(db.store, [reader] conn => {
        assert_eq!(timeline::heads(conn, &reader).await?, (2, 3));
        assert_eq!(timeline::last_mark(conn, &reader).await?, 3);
        let all = [
            told(1, Mark::Acknowledged, first),
            told(2, Mark::Finalized, second),
            told(3, Mark::Answered, first),
        ];
        assert_eq!(timeline::marked_after(conn, &reader, 0, 9).await?, all);
        assert_eq!(timeline::marked_after(conn, &reader, 1, 1).await?, [all[1]]);
        assert!(timeline::marked_after(conn, &reader, 3, 9).await?.is_empty());
        assert_eq!(timeline::answered_by(conn, &reader, second).await?, [first]);
        assert!(timeline::answered_by(conn, &reader, EntryId(id())).await?.is_empty());
        // what a sweep compares
        let mark = care_team::marks(conn, of.organization, of.person).await?;
        assert_eq!(mark.iter().map(|mark| (mark.head_seq, mark.head_mark)).collect::<Vec<_>>(), [(2, 3)]);
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

async fn marks_at_once_take_every_place_once(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let reader = world.reader(patient, &world.doctor).await;
    let mut seqs = Vec::new();
    for _ in 0..16 {
        seqs.push(world.post(patient, &world.doctor, Category::Message).await.1);
    }
    let tasks = seqs.into_iter().map(|seq| {
        let (store, reader) = (db.store.clone(), reader.clone());
        tokio::spawn(async move {
            in_tx!(store, [reader] tx => {
                patient::lock(tx, patient).await?;
                timeline::acknowledge(tx, &reader, seq, &no_word(), NOW).await
            })
        })
    });
    join_all(tasks).await.into_iter().for_each(|done| assert!(done.unwrap().unwrap()));
    let marked = in_snapshot!(db.store, [reader] conn => timeline::marked_after(conn, &reader, 0, 99).await);
    let places: Vec<_> = marked.unwrap().iter().map(|mark| mark.place).collect();
    assert_eq!(places, (1..=16).collect::<Vec<_>>());
}

async fn marks_are_told_of_what_is_seen(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, [Category::Medication]).await;
    let (seen, seen_seq) = world.post(patient, &world.doctor, Category::Medication).await;
    let (hidden, hidden_seq) = world.post(patient, &world.doctor, Category::Message).await;
    let of_doctor = world.reader(patient, &world.doctor).await;
    let of_nurse = world.reader(patient, &world.nurse).await;
    let writer = world.poster(patient, &world.doctor).await;
    in_tx!(db.store, [of_doctor, writer] tx => {
        patient::lock(tx, patient).await?;
        for seq in [seen_seq, hidden_seq] {
            timeline::acknowledge(tx, &of_doctor, seq, &no_word(), NOW).await?;
        }
        timeline::answer(tx, &writer, (hidden_seq, seen_seq), NOW).await
    })
    .unwrap();
    in_snapshot!(db.store, [of_doctor, of_nurse] conn => {
        let entries = |marks: Vec<PlacedMark>| marks.iter().map(|mark| mark.entry).collect::<Vec<_>>();
        assert_eq!(entries(timeline::marked_after(conn, &of_doctor, 0, 9).await?), [seen, hidden, hidden]);
        assert_eq!(entries(timeline::marked_after(conn, &of_nurse, 0, 9).await?), [seen]);
        assert_eq!(timeline::last_mark(conn, &of_nurse).await?, 1);
        assert_eq!(timeline::answered_by(conn, &of_doctor, seen).await?, [hidden]);
        assert!(timeline::answered_by(conn, &of_nurse, seen).await?.is_empty());
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

async fn who_asked_is_told_that_an_answer_out_of_sight_was_taken_back(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    for (member, category) in [(&world.nurse, Category::Message), (&world.pharmacist, Category::Medication)] {
        world.admit(patient, member, [category]).await;
    }
    let (question, asked) = world.post(patient, &world.nurse, Category::Message).await;
    let hidden = || world.post_as(patient, &world.doctor, Category::Message, Sensitivity::Abuse);
    // one that answers, and one that nothing was asked
    let (answer, first) = hidden().await;
    let (_, other) = hidden().await;
    let writer = world.poster(patient, &world.doctor).await;
    in_tx!(db.store, [writer] tx => {
        patient::lock(tx, patient).await?;
        timeline::answer(tx, &writer, (asked, first), NOW).await
    })
    .unwrap();
    let retract = async |seq| {
        let amends = Some((seq, Mark::EnteredInError));
        let posted = post(&db.store, Post { amends, ..message(writer.clone()) }).await.unwrap();
        assert!(matches!(posted, Posted::At(_)));
    };
    retract(first).await;
    retract(other).await;
    let of_nurse = world.reader(patient, &world.nurse).await;
    let of_pharmacist = world.reader(patient, &world.pharmacist).await;
    let told = async |permit: &Permit<Read>| {
        in_snapshot!(db.store, [permit] conn => {
            let marks = timeline::marked_after(conn, &permit, 0, 9).await?;
            let told: Vec<_> = marks.iter().map(|told| (told.place, told.mark, told.entry)).collect();
            Ok::<_, StoreError>((told, timeline::last_mark(conn, &permit).await?))
        })
        .unwrap()
    };
    let (reopened, last) = told(&of_nurse).await;
    let expected = [(1, Mark::Answered, question), (2, Mark::EnteredInError, answer)];
    assert_eq!((reopened.as_slice(), last), (&expected[..], 2), "and nothing of the other");
    assert_eq!(told(&of_pharmacist).await, (vec![], 0));
    in_snapshot!(db.store, [of_nurse] conn => {
        assert_eq!(timeline::answered_by(conn, &of_nurse, answer).await?, [question]);
        assert!(timeline::by_id(conn, &of_nurse, answer).await?.is_none());
        Ok::<_, StoreError>(())
    })
    .unwrap();

    // while another answer stands, nothing was opened
    let (_, second) = hidden().await;
    in_tx!(db.store, [writer] tx => {
        patient::lock(tx, patient).await?;
        timeline::answer(tx, &writer, (asked, second), NOW).await
    })
    .unwrap();
    let (answered, last) = told(&of_nurse).await;
    let expected = [(1, Mark::Answered, question), (4, Mark::Answered, question)];
    assert_eq!((answered.as_slice(), last), (&expected[..], 4));
    // nor is a question that was taken back
    let asker = world.poster(patient, &world.nurse).await;
    let amends = Some((asked, Mark::EnteredInError));
    post(&db.store, Post { amends, ..message(asker) }).await.unwrap();
    retract(second).await;
    let (retracted, last) = told(&of_nurse).await;
    assert_eq!((retracted.last(), last), (Some(&(5, Mark::EnteredInError, question)), 5));
}
