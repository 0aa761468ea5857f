//! Leaving an organisation.

use std::pin::pin;

use futures::poll;
use renkei_domain::Timestamp;
use renkei_domain::account::CodeKind;
use renkei_domain::id::{DeviceId, EnrollmentId, PatientId, PersonId};
use renkei_domain::identity::Role;
use renkei_domain::patient::{Participant, StaffAccess};
use renkei_store::device::{Device, Enrollment};
use renkei_store::offboarding::{self, Assignment};
use renkei_store::{StoreError, care_team, device, identity};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::staff::{colleague, set, staff};
use crate::standing::standing;
use crate::world::{Member, NOW, World, id, in_snapshot, in_tx, later, sealed};

on_both_engines![
    assignments_go_to_a_successor_in_a_new_epoch,
    who_is_alone_is_told,
    an_assignment_that_is_made_meanwhile_is_noticed,
    who_has_no_affiliation_is_shut_out,
];

async fn assignments(world: &World, member: &Member) -> Vec<(PatientId, bool)> {
    let (at, who) = (member.organization, member.person);
    let found = in_snapshot!(world.store, [] conn => offboarding::assignments(conn, at, who).await).unwrap();
    found.iter().map(|it| (it.patient, it.is_alone)).collect()
}

/// Patients of whom only these people of the nurse's station see anything.
async fn assigned(world: &World, persons: &[PersonId]) -> PatientId {
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    set(world, patient, &world.nurse, StaffAccess::Assigned, persons).await.unwrap();
    patient
}

async fn assignments_go_to_a_successor_in_a_new_epoch(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let second = colleague(&world, nurse, "nurse-b", Role::Nurse).await;
    let mut patients =
        [assigned(&world, &[nurse.person]).await, assigned(&world, &[nurse.person, second.person]).await];
    patients.sort();
    let other = assigned(&world, &[second.person]).await;
    let before = standing(&db.store, patients[0], nurse).await.epoch;
    let untouched = standing(&db.store, other, nurse).await.epoch;

    let (at, who, successor) = (nurse.organization, nurse.person, second.person);
    let held: Vec<Assignment> = in_tx!(db.store, [] tx => {
        let held = offboarding::assignments_to_hand_over(tx, at, who).await?;
        for assignment in &held {
            offboarding::hand_over(tx, assignment.patient, at, successor).await?;
        }
        Ok::<_, StoreError>(held)
    })
    .unwrap();
    assert_eq!(held.iter().map(|it| it.patient).collect::<Vec<_>>(), patients);
    assert_eq!(held[0].epoch, before + 1);
    assert_eq!(standing(&db.store, patients[0], nurse).await.epoch, before + 1);
    assert_eq!(standing(&db.store, other, nurse).await.epoch, untouched);
    for patient in patients {
        assert!(staff(&world, patient, nurse).await.persons.iter().any(|(id, _)| *id == successor));
    }
}

async fn who_is_alone_is_told(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let second = colleague(&world, nurse, "nurse-b", Role::Nurse).await;
    let alone = assigned(&world, &[nurse.person]).await;
    let both = assigned(&world, &[nurse.person, second.person]).await;
    let all = assigned(&world, &[nurse.person]).await;
    set(&world, all, nurse, StaffAccess::All, &[nurse.person]).await.unwrap();
    let expected = |both_alone| {
        let mut expected = vec![(alone, true), (both, both_alone), (all, false)];
        expected.sort();
        expected
    };
    assert_eq!(assignments(&world, nurse).await, expected(false));
    // somebody who is suspended, or has left, sees nobody
    let other = second.person;
    in_tx!(db.store, [] tx => identity::suspend(tx, other, NOW).await).unwrap();
    assert_eq!(assignments(&world, nurse).await, expected(true));
    // of another organisation, and of nobody, there are none
    assert_eq!(assignments(&world, &world.pharmacist).await, []);

    let permit = world.manager(alone).await;
    let who = Participant::Person(nurse.person);
    in_tx!(db.store, [] tx =>
        care_team::invite(tx, &permit, who, &sealed(""), NOW).await)
    .unwrap();
    let who = nurse.person;
    let personal = in_snapshot!(db.store, [] conn => offboarding::personal_memberships(conn, who).await);
    assert_eq!(personal.unwrap(), [alone]);
}

async fn an_assignment_that_is_made_meanwhile_is_noticed(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let first = assigned(&world, &[nurse.person]).await;
    let second = assigned(&world, &[]).await;
    let (permit, only) = (world.any_answer(second, nurse), [nurse.person]);
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut assigning = pin!(async {
        in_tx!(db.store, [permit] tx => {
            care_team::set_staff(tx, &permit, StaffAccess::Assigned, &only).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut assigning).is_pending());
    at_gate.await.unwrap();
    let (at, who) = (nurse.organization, nurse.person);
    let hand_over =
        || async { in_tx!(db.store, [] tx => offboarding::assignments_to_hand_over(tx, at, who).await) };
    let mut leaving = pin!(hand_over());
    assert!(poll!(&mut leaving).is_pending());
    db.wait_for_waiters(1).await;
    open.send(()).unwrap();
    assigning.await.unwrap();
    let mut both = vec![first, second];
    both.sort();
    let patients = |held: Vec<Assignment>| held.iter().map(|it| it.patient).collect::<Vec<_>>();
    match leaving.await {
        // on PostgreSQL it had begun
        Err(StoreError::EpochChanged) => assert_eq!(patients(hand_over().await.unwrap()), both),
        held => assert_eq!(patients(held.unwrap()), both),
    }
}

async fn who_has_no_affiliation_is_shut_out(db: Database) {
    let world = World::new(&db.store).await;
    let (nurse, other) = (world.nurse, world.pharmacist.person);
    let enroll = |person, hash: u8| {
        let device = Device {
            id: DeviceId(id()),
            person: Some(person),
            public_key_hash: vec![1; 32],
            certificate: vec![hash],
            expires_at: later(1000),
            revoked_at: None,
        };
        let code = |expires_at| Enrollment {
            id: EnrollmentId(id()),
            person,
            expires_at,
            device: None,
            made_for: None,
        };
        let (id, open, over) = (device.id, code(later(600)), code(later(1)));
        let store = &db.store;
        async move {
            in_tx!(store, [] tx => {
                device::insert_device(tx, &device, "端末", [hash; 32], NOW).await?;
                device::insert_enrollment(tx, &open, CodeKind::Password, [hash; 32], NOW).await?;
                device::insert_enrollment(tx, &over, CodeKind::Device, [hash + 1; 32], NOW).await
            })
            .unwrap();
            id
        }
    };
    let (device, kept) = (enroll(nurse.person, 1).await, enroll(other, 11).await);
    let keys = async |who| {
        in_snapshot!(db.store, [] conn => offboarding::keys_to_the_door(conn, who, later(10)).await).unwrap()
    };
    assert_eq!(keys(nurse.person).await, (vec![device], 1));
    in_tx!(db.store, [] tx => {
        identity::end_affiliation(tx, nurse.affiliation, later(10)).await?;
        offboarding::shut_out(tx, nurse.person, later(10)).await
    })
    .unwrap();
    assert_eq!(keys(nurse.person).await, (vec![], 0));
    let code = in_snapshot!(db.store, [] conn => device::enrollment(conn, [1; 32], CodeKind::Password).await)
        .unwrap()
        .unwrap();
    assert_eq!(code.expires_at, Timestamp(0));
    let over = in_snapshot!(db.store, [] conn => device::enrollment(conn, [2; 32], CodeKind::Device).await)
        .unwrap()
        .unwrap();
    assert_eq!(over.expires_at, Timestamp(0));
    let found = in_snapshot!(db.store, [] conn => device::device(conn, device).await).unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(later(10)));
    assert_eq!(keys(other).await, (vec![kept], 1), "somebody else's stay");
}
