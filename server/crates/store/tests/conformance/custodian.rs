//! The custodianship: offered, declined, taken over.

use renkei_domain::Standing;
use renkei_domain::duty::Duty;
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::patient::MembershipStatus;
use renkei_store::patient::{self, Filter};
use renkei_store::{Sealed, StoreError, care_team};
use uuid::Uuid;

use crate::database::Database;
use crate::standing::standing;
use crate::world::{NOW, World, id, in_snapshot, in_tx, sealed};

on_both_engines![
    an_offer_stands_until_it_is_answered_or_taken_back,
    an_offer_ends_with_the_membership,
    taking_over_changes_the_custodian_and_its_number,
    a_local_identifier_that_is_taken_is_told,
];

async fn offer(world: &World, patient: PatientId, to: Option<OrganizationId>) -> Result<(), StoreError> {
    let permit = world.access(patient, &world.doctor).await.manage(Duty::ManageCareTeam).unwrap();
    in_tx!(world.store, [] tx => {
        patient::raise_epoch(tx, patient).await?;
        patient::offer_custodian(tx, &permit, to).await
    })
}

async fn offered(world: &World, patient: PatientId) -> Option<OrganizationId> {
    let permit = world.reader(patient, &world.doctor).await;
    let stored = in_snapshot!(world.store, [] conn => patient::demographics(conn, &permit).await).unwrap();
    let standing: Standing = standing(&world.store, patient, &world.nurse).await;
    assert_eq!(standing.offered_custodian, stored.offered_custodian);
    stored.offered_custodian
}

async fn an_offer_stands_until_it_is_answered_or_taken_back(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    world.join(patient, &world.pharmacist).await;
    let station = Some(world.nurse.organization);
    offer(&world, patient, station).await.unwrap();
    assert_eq!(offered(&world, patient).await, station);
    offer(&world, patient, None).await.unwrap();
    assert_eq!(offered(&world, patient).await, None);

    offer(&world, patient, station).await.unwrap();
    let others = world.any_answer(patient, &world.pharmacist);
    in_tx!(db.store, [] tx => patient::decline_custodian(tx, &others).await).unwrap();
    assert_eq!(offered(&world, patient).await, station, "it is not for others to decline");
    let permit = world.access(patient, &world.nurse).await.answer_custodian_offer().unwrap();
    in_tx!(db.store, [permit] tx => patient::decline_custodian(tx, &permit).await).unwrap();
    assert_eq!(offered(&world, patient).await, None);
    let late = in_tx!(db.store, [] tx =>
        patient::take_over_custodian(tx, &permit, &sealed("stolen"), None).await);
    assert!(matches!(late, Err(StoreError::EpochChanged)), "the offer is gone");
    let nowhere = offer(&world, patient, Some(OrganizationId(id()))).await;
    assert!(matches!(nowhere, Err(StoreError::ForeignKey)));
}

async fn an_offer_ends_with_the_membership(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    world.join(patient, &world.pharmacist).await;
    let station = Some(world.nurse.organization);
    offer(&world, patient, station).await.unwrap();
    for (member, expected) in [(&world.pharmacist, station), (&world.nurse, None)] {
        let permit = world.access(patient, member).await.leave(false).unwrap();
        let place = member.place();
        let left = in_tx!(db.store, [] tx =>
            care_team::end(tx, &permit, place, MembershipStatus::Left, NOW).await);
        assert!(left.unwrap());
        assert_eq!(offered(&world, patient).await, expected);
    }
}

async fn taking_over_changes_the_custodian_and_its_number(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient_with([1; 32], Some([7; 32])).await;
    let other = world.patient_with([1; 32], Some([8; 32])).await;
    for patient in [patient, other] {
        world.join(patient, &world.nurse).await;
    }
    offer(&world, patient, Some(world.nurse.organization)).await.unwrap();
    let permit = world.access(patient, &world.nurse).await.answer_custodian_offer().unwrap();
    let before =
        in_snapshot!(db.store, [permit] conn => patient::demographics_to_take_over(conn, &permit).await);
    assert_eq!(before.unwrap().demographics.bytes, b"demographics");
    let version = in_snapshot!(db.store, [permit] conn => patient::key_version(conn, &permit).await);
    assert_eq!(version.unwrap(), 1);
    let new = Sealed { key_version: 1, bytes: b"with the station's number".to_vec() };
    in_tx!(db.store, [permit] tx => {
        patient::raise_epoch(tx, patient).await?;
        patient::take_over_custodian(tx, &permit, &new, Some([9; 32])).await
    })
    .unwrap();

    let station = world.nurse.organization;
    let after = standing(&db.store, patient, &world.nurse).await;
    assert_eq!((after.custodian, after.offered_custodian), (station, None));
    let named = in_snapshot!(db.store, [] conn => patient::custodian_name(conn, patient).await).unwrap();
    assert_eq!(named, (station, "みどり訪問看護".to_owned()));
    let stored =
        in_snapshot!(db.store, [] conn => patient::demographics_to_take_over(conn, &permit).await).unwrap();
    assert_eq!(
        (stored.custodian, stored.demographics.bytes),
        (station, b"with the station's number".to_vec())
    );

    let nurse = world.nurse.subject();
    let found = |filter| {
        let store = db.store.clone();
        async move {
            let last = PatientId(Uuid::max());
            let found =
                in_snapshot!(store, [] conn => patient::standings_of(conn, &nurse, filter, last, 9).await);
            found.unwrap().into_iter().map(|(one, _)| one.patient).collect::<Vec<_>>()
        }
    };
    assert_eq!(found(Filter::LocalIdentifier([9; 32])).await, [patient]);
    assert_eq!(found(Filter::LocalIdentifier([7; 32])).await, [], "the number before is gone");
    assert_eq!(found(Filter::NameKana([1; 32])).await, [other, patient]);
    let untouched = standing(&db.store, other, &world.nurse).await;
    assert_eq!(untouched.custodian, world.doctor.organization);
}

async fn a_local_identifier_that_is_taken_is_told(db: Database) {
    let world = World::new(&db.store).await;
    let (one, two) = (world.patient_with([1; 32], Some([7; 32])).await, world.patient().await);
    let station = world.nurse.organization;
    for (patient, expected) in [(one, true), (two, false)] {
        world.join(patient, &world.nurse).await;
        offer(&world, patient, Some(station)).await.unwrap();
        let permit = world.access(patient, &world.nurse).await.answer_custodian_offer().unwrap();
        let taken = in_tx!(db.store, [] tx =>
            patient::take_over_custodian(tx, &permit, &sealed("new"), Some([5; 32])).await);
        match taken {
            Ok(()) => assert!(expected),
            Err(StoreError::Unique) => assert!(!expected),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(standing(&db.store, two, &world.nurse).await.custodian, world.doctor.organization);
}
