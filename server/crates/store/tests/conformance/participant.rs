//! People in care teams, and memberships that end.

use renkei_domain::id::PatientId;
use renkei_domain::patient::{CareTeamMember, MembershipStatus, Participant, StaffAccess};
use renkei_store::care_team;

use crate::database::Database;
use crate::standing::standing;
use crate::world::{NOW, World, in_snapshot, in_tx, later, sealed};

on_both_engines![
    a_person_is_invited_and_answers_in_person,
    a_person_and_the_organization_stand_apart,
    a_membership_ends_once_and_may_begin_again,
    an_invitation_is_taken_back,
];

async fn member(world: &World, patient: PatientId, participant: Participant) -> CareTeamMember {
    let permit = world.reader(patient, &world.doctor).await;
    let found = in_snapshot!(world.store, [] conn => care_team::member(conn, &permit, participant).await);
    found.unwrap().unwrap()
}

async fn a_person_is_invited_and_answers_in_person(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let nurse = world.nurse;
    world.invite_as(patient, nurse.in_person()).await;
    let permit = world.access(patient, &nurse).await.answer(true).unwrap();
    let (invited, message) =
        in_snapshot!(db.store, [permit] conn => care_team::invitation(conn, &permit, true).await).unwrap();
    assert_eq!((invited.participant, invited.status), (nurse.in_person(), MembershipStatus::Invited));
    assert_eq!(
        (invited.name.as_str(), message.bytes),
        ("架空 nurse", "よろしくお願いします".as_bytes().to_vec())
    );
    assert_eq!(standing(&db.store, patient, &nurse).await.person, Some(MembershipStatus::Invited));

    // for the organisation, which is not invited, there is nothing to answer
    for (personal, expected) in [(false, false), (true, true)] {
        let answered = in_tx!(db.store, [permit] tx =>
            care_team::answer(tx, &permit, personal, true, StaffAccess::Assigned, later(1)).await);
        assert_eq!(answered.unwrap(), expected);
    }
    let accepted = member(&world, patient, nurse.in_person()).await;
    assert_eq!((accepted.status, accepted.answered_at), (MembershipStatus::Accepted, Some(later(1))));
    assert_eq!(accepted.staff, StaffAccess::All, "a person has no staff");
    let of_nurse = standing(&db.store, patient, &nurse).await;
    assert_eq!((of_nurse.person, of_nurse.organization), (Some(MembershipStatus::Accepted), None));

    let permit = world.reader(patient, &world.doctor).await;
    let members = in_snapshot!(db.store, [] conn => care_team::members(conn, &permit).await).unwrap();
    let listed: Vec<_> = members.iter().map(|member| (member.participant, member.name.as_str())).collect();
    assert_eq!(listed, [(world.doctor.place(), "ひかり診療所"), (nurse.in_person(), "架空 nurse")]);
}

async fn a_person_and_the_organization_stand_apart(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let nurse = world.nurse;
    world.join_as(patient, &nurse, true).await;
    world.invite(patient, &nurse).await;
    let permit = world.answerer(patient, &nurse).await;
    let declined = in_tx!(db.store, [permit] tx =>
        care_team::answer(tx, &permit, false, false, StaffAccess::All, NOW).await);
    assert!(declined.unwrap());
    let status = |participant| {
        let store = db.store.clone();
        async move {
            in_snapshot!(store, [] conn => care_team::own_membership(conn, patient, participant).await)
                .unwrap()
                .map(|member| member.status)
        }
    };
    assert_eq!(status(nurse.place()).await, Some(MembershipStatus::Declined));
    assert_eq!(status(nurse.in_person()).await, Some(MembershipStatus::Accepted));
    assert_eq!(status(world.pharmacist.in_person()).await, None);
}

async fn a_membership_ends_once_and_may_begin_again(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let nurse = world.nurse;
    for personal in [false, true] {
        let participant = if personal { nurse.in_person() } else { nurse.place() };
        let end = |status, seconds| {
            let (store, permit) = (db.store.clone(), world.any_answer(patient, &nurse));
            async move {
                in_tx!(store, [] tx => care_team::end(tx, &permit, participant, status, later(seconds)).await)
                    .unwrap()
            }
        };
        assert!(!end(MembershipStatus::Left, 1).await, "nothing to end");
        world.join_as(patient, &nurse, personal).await;
        world.join_as(other, &nurse, personal).await;
        assert!(end(MembershipStatus::Left, 2).await);
        assert!(!end(MembershipStatus::Removed, 3).await, "it has ended");
        let left = member(&world, patient, participant).await;
        assert_eq!((left.status, left.ended_at), (MembershipStatus::Left, Some(later(2))));
        assert_eq!(left.answered_at, Some(NOW));
        assert_eq!(member(&world, other, participant).await.status, MembershipStatus::Accepted);

        world.invite_as(patient, participant).await;
        let again = member(&world, patient, participant).await;
        assert_eq!(
            (again.status, again.answered_at, again.ended_at),
            (MembershipStatus::Invited, None, None)
        );
        let permit = world.access(patient, &nurse).await.answer(personal).unwrap();
        let accepted = in_tx!(db.store, [] tx =>
            care_team::answer(tx, &permit, personal, true, StaffAccess::Assigned, NOW).await);
        assert!(accepted.unwrap());
        assert!(end(MembershipStatus::Removed, 4).await);
        let removed = member(&world, patient, participant).await;
        assert_eq!((removed.status, removed.ended_at), (MembershipStatus::Removed, Some(later(4))));
        // whatever was said before does not come back with a new invitation
        world.invite_as(patient, participant).await;
        assert_eq!(member(&world, patient, participant).await.staff, StaffAccess::All);
    }
}

async fn an_invitation_is_taken_back(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (nurse, manager) = (world.nurse, world.manager(patient).await);
    world.invite(patient, &nurse).await;
    let answer = world.answerer(patient, &nurse).await;
    let removed = in_tx!(db.store, [manager] tx =>
        care_team::end(tx, &manager, nurse.place(), MembershipStatus::Removed, NOW).await);
    assert!(removed.unwrap());
    let late = in_tx!(db.store, [] tx =>
        care_team::answer(tx, &answer, false, true, StaffAccess::All, NOW).await);
    assert!(!late.unwrap(), "there is nothing to answer any longer");
    let count = in_snapshot!(db.store, [manager] conn => care_team::count(conn, &manager).await).unwrap();
    assert_eq!(count, 2, "it is remembered");
    let again = in_tx!(db.store, [] tx =>
        care_team::invite(tx, &manager, nurse.place(), &sealed("again"), NOW).await);
    again.unwrap();
}
