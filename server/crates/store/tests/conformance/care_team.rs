//! Care teams.

use renkei_domain::Reason;
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::patient::{MembershipStatus, Participant, StaffAccess};
use renkei_store::care_team::{self, Mark};
use renkei_store::{StoreError, patient};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later, sealed};

on_both_engines![
    members_come_in_the_order_of_invitation,
    an_invitation_shows_its_message_until_it_is_answered,
    who_is_in_is_not_invited_again,
    who_declined_may_be_invited_again,
    open_invitations_come_in_pages,
    marks_are_of_accepted_patients,
];

async fn members_come_in_the_order_of_invitation(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let manager = world.manager(patient).await;
    for (member, at) in [(&world.pharmacist, later(1)), (&world.nurse, later(2))] {
        let participant = member.place();
        in_tx!(db.store, [manager] tx => {
            care_team::invite(tx, &manager, participant, &sealed("hello"), at).await
        })
        .unwrap();
    }
    let reader = world.reader(patient, &world.doctor).await;
    let members = in_snapshot!(db.store, [reader] conn => care_team::members(conn, &reader).await).unwrap();
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["ひかり診療所", "あおば薬局", "みどり訪問看護"]);
    assert!(members.iter().all(|member| member.patient == patient));
    assert_eq!((members[0].status, members[0].answered_at), (MembershipStatus::Accepted, Some(NOW)));
    assert_eq!((members[1].status, members[1].answered_at), (MembershipStatus::Invited, None));
    assert_eq!(members[1].invited_by.person, world.doctor.person);
    assert_eq!(members[1].invited_at, later(1));
    let count = in_snapshot!(db.store, [manager] conn => care_team::count(conn, &manager).await);
    assert_eq!(count.unwrap(), 3);

    let station = world.nurse.place();
    let one = in_snapshot!(db.store, [reader] conn => care_team::member(conn, &reader, station).await);
    assert_eq!(one.unwrap().unwrap().participant, station);
    let nobody = Participant::Organization(OrganizationId(id()));
    let none = in_snapshot!(db.store, [] conn => care_team::member(conn, &reader, nobody).await);
    assert!(none.unwrap().is_none());
}

async fn an_invitation_shows_its_message_until_it_is_answered(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let own = || in_own_membership(&world, patient);
    assert!(own().await.is_none());

    world.invite(patient, &world.nurse).await;
    let permit = world.answerer(patient, &world.nurse).await;
    let (member, message) =
        in_snapshot!(db.store, [permit] conn => care_team::invitation(conn, &permit, false).await).unwrap();
    assert_eq!((member.participant, member.status), (world.nurse.place(), MembershipStatus::Invited));
    assert_eq!(message.bytes, "よろしくお願いします".as_bytes());

    for expected in [true, false] {
        let answered = in_tx!(db.store, [permit] tx =>
            care_team::answer(tx, &permit, false, true, StaffAccess::All, later(5)).await);
        assert_eq!(answered.unwrap(), expected, "an invitation is answered once");
    }
    let member = own().await.unwrap();
    assert_eq!((member.status, member.answered_at), (MembershipStatus::Accepted, Some(later(5))));
    let refused = world.access(patient, &world.nurse).await.answer(false).unwrap_err();
    assert_eq!(refused.reason(), Reason::InvitationAnswered);
}

async fn in_own_membership(
    world: &World,
    patient: PatientId,
) -> Option<renkei_domain::patient::CareTeamMember> {
    let own = world.nurse.place();
    in_snapshot!(world.store, [] conn => care_team::own_membership(conn, patient, own).await).unwrap()
}

async fn who_is_in_is_not_invited_again(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let manager = world.manager(patient).await;
    let invite = |participant| {
        let (store, manager) = (db.store.clone(), manager.clone());
        async move { in_tx!(store, [] tx => care_team::invite(tx, &manager, participant, &sealed(""), NOW).await) }
    };
    for invited in [world.nurse.place(), world.nurse.in_person()] {
        invite(invited).await.unwrap();
        assert!(matches!(invite(invited).await, Err(StoreError::Unique)), "invited");
    }
    assert!(matches!(invite(world.doctor.place()).await, Err(StoreError::Unique)), "accepted");
    let nowhere = Participant::Organization(OrganizationId(id()));
    assert!(matches!(invite(nowhere).await, Err(StoreError::ForeignKey)));
    let nobody = Participant::Person(PersonId(id()));
    assert!(matches!(invite(nobody).await, Err(StoreError::ForeignKey)));
    let mistaken = Participant::Person(PersonId(world.pharmacist.organization.0));
    assert!(matches!(invite(mistaken).await, Err(StoreError::ForeignKey)), "an organisation is no person");
}

async fn who_declined_may_be_invited_again(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.invite(patient, &world.nurse).await;
    let permit = world.answerer(patient, &world.nurse).await;
    let declined = in_tx!(db.store, [permit] tx =>
        care_team::answer(tx, &permit, false, false, StaffAccess::All, later(1)).await);
    assert!(declined.unwrap());
    assert_eq!(in_own_membership(&world, patient).await.unwrap().status, MembershipStatus::Declined);

    let (manager, station) = (world.manager(patient).await, world.nurse.place());
    in_tx!(db.store, [] tx => care_team::invite(tx, &manager, station, &sealed("again"), later(2)).await)
        .unwrap();
    let permit = world.answerer(patient, &world.nurse).await;
    let (member, message) =
        in_snapshot!(db.store, [permit] conn => care_team::invitation(conn, &permit, false).await).unwrap();
    assert_eq!((member.invited_at, member.answered_at), (later(2), None), "the old answer is gone");
    assert_eq!(message.bytes, b"again");
    let accepted = in_tx!(db.store, [] tx =>
        care_team::answer(tx, &permit, false, true, StaffAccess::All, later(3)).await);
    assert!(accepted.unwrap());
}

async fn open_invitations_come_in_pages(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let mut open = Vec::new();
    for n in 0..6 {
        let patient = world.patient().await;
        if n == 1 {
            world.join(patient, nurse).await;
        } else if n != 2 {
            world.invite(patient, nurse).await;
            open.push((patient, false));
        }
        if n > 1 && n < 5 {
            world.invite_as(patient, nurse.in_person()).await;
            open.push((patient, true));
        }
    }
    assert_eq!(open.len(), 7, "organisation, person, both, both, organisation");
    let page = |after: (PatientId, bool), limit| {
        let (store, of) = (db.store.clone(), world.nurse);
        async move {
            in_snapshot!(store, [] conn =>
                care_team::invited(conn, of.organization, of.person, after, limit).await)
            .unwrap()
        }
    };
    let first = (PatientId(Uuid::nil()), false);
    for limit in 1..=8 {
        let (mut seen, mut after) = (Vec::new(), first);
        while let Some(last) = {
            let rows = page(after, limit).await;
            assert!(rows.len() as i64 <= limit);
            seen.extend_from_slice(&rows);
            rows.last().copied()
        } {
            after = last;
        }
        assert_eq!(seen, open, "in pages of {limit}");
    }
}

async fn marks_are_of_accepted_patients(db: Database) {
    let world = World::new(&db.store).await;
    let (one, two, three) = (world.patient().await, world.patient().await, world.patient().await);
    world.join(one, &world.nurse).await;
    world.invite(two, &world.nurse).await;
    world.join_as(three, &world.nurse, true).await;
    in_tx!(db.store, [] tx => patient::next_seq(tx, one).await).unwrap();
    let marks = || async {
        let of = world.nurse;
        in_snapshot!(db.store, [] conn => care_team::marks(conn, of.organization, of.person).await).unwrap()
    };
    let of_three = Mark { patient: three, head_seq: 0, head_mark: 0, epoch: 3 };
    assert_eq!(marks().await, [Mark { patient: one, head_seq: 1, head_mark: 0, epoch: 3 }, of_three]);
    world.join_as(one, &world.nurse, true).await;
    assert_eq!(
        marks().await,
        [Mark { patient: one, head_seq: 1, head_mark: 0, epoch: 5 }, of_three],
        "each once"
    );
}
