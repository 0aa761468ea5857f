//! Destroying a patient's keys: they go, what identifies the patient goes, and nobody stands to the patient.

use renkei_domain::Category;
use renkei_domain::id::PatientId;
use renkei_store::keyring::{self, Candidate};
use renkei_store::patient::Filter;
use renkei_store::{care_team, patient, root_key};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![what_is_known_before, nobody_stands_to_a_patient_whose_keys_are_destroyed];

async fn shred(db: &Database, patient: PatientId) -> bool {
    in_tx!(db.store, [] tx => {
        keyring::lock_candidate(tx, patient).await?;
        keyring::shred(tx, patient, "保存期間の満了", later(9)).await
    })
    .unwrap()
}

async fn what_is_known_before(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let candidate = |patient| {
        let store = db.store.clone();
        async move { in_snapshot!(store, [] conn => keyring::candidate(conn, patient).await).unwrap() }
    };
    let expected = Candidate { epoch: 1, shredded_at: None, keys: 1, entries: 0, last_entry_at: None };
    assert_eq!(candidate(patient).await, Some(expected));
    world.post(patient, &world.doctor, Category::Message).await;
    world.post(patient, &world.doctor, Category::Message).await;
    let expected = Candidate { entries: 2, last_entry_at: Some(NOW), ..expected };
    assert_eq!(candidate(patient).await, Some(expected));
    let locked = in_tx!(db.store, [] tx => keyring::lock_candidate(tx, patient).await).unwrap();
    assert_eq!(locked, Some(Candidate { epoch: 2, ..expected }));
    assert!(shred(&db, patient).await);
    let expected = Candidate { epoch: 3, shredded_at: Some(later(9)), keys: 0, ..expected };
    assert_eq!(candidate(patient).await, Some(expected), "what was posted stays");
    assert!(!shred(&db, patient).await, "once");
    assert_eq!(candidate(PatientId(id())).await, None);
}

async fn nobody_stands_to_a_patient_whose_keys_are_destroyed(db: Database) {
    let world = World::new(&db.store).await;
    let (kana, number) = ([3; 32], [4; 32]);
    let patient = world.patient_with(kana, Some(number)).await;
    world.admit(patient, &world.nurse, []).await;
    world.invite(patient, &world.pharmacist).await;
    let other = world.patient_with(kana, None).await;
    let doctor = world.doctor.subject();
    let listed = |filter| {
        let store = db.store.clone();
        async move {
            let all = PatientId(Uuid::max());
            let found =
                in_snapshot!(store, [] conn => patient::standings_of(conn, &doctor, filter, all, 9).await);
            found.unwrap().into_iter().map(|(standing, _)| standing.patient).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(Filter::NameKana(kana)).await, [other, patient]);
    assert_eq!(listed(Filter::LocalIdentifier(number)).await, [patient]);
    let (permit, before) = (world.reader(patient, &world.doctor).await, root_generation(&db).await);
    let invited = || async {
        let pharmacist = world.pharmacist;
        let after = (PatientId(Uuid::nil()), false);
        in_snapshot!(db.store, [] conn =>
            care_team::invited(conn, pharmacist.organization, pharmacist.person, after, 9).await)
        .unwrap()
    };
    assert_eq!(invited().await, [(patient, false)]);

    assert!(shred(&db, patient).await);
    assert!(root_generation(&db).await > before, "nobody would notice");
    for member in [&world.doctor, &world.nurse, &world.pharmacist] {
        let subject = member.subject();
        let standing = in_snapshot!(db.store, [] conn => patient::standing(conn, patient, &subject).await);
        assert!(standing.unwrap().is_none());
        let marks = in_snapshot!(db.store, [] conn =>
            care_team::marks(conn, subject.organization, subject.person).await);
        assert!(marks.unwrap().iter().all(|mark| mark.patient != patient));
    }
    assert_eq!(listed(Filter::Any).await, [other]);
    assert_eq!(listed(Filter::NameKana(kana)).await, [other]);
    assert_eq!(listed(Filter::LocalIdentifier(number)).await, []);
    assert_eq!(invited().await, []);
    let found = in_snapshot!(db.store, [] conn => keyring::patient_key(conn, patient, 1).await);
    assert!(found.unwrap().is_none());
    let stored = in_snapshot!(db.store, [] conn => patient::demographics(conn, &permit).await).unwrap();
    assert!(stored.demographics.bytes.is_empty());
    // the custodian's number is free for another
    world.patient_with(kana, Some(number)).await;
}

async fn root_generation(db: &Database) -> i64 {
    in_snapshot!(db.store, [] conn => root_key::generation(conn).await).unwrap()
}
