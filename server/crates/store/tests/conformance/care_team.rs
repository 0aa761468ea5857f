//! Care teams.

use renkei_domain::Reason;
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::patient::MembershipStatus;
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
        let organization = member.organization;
        in_tx!(db.store, [manager] tx => {
            care_team::invite(tx, &manager, organization, &sealed("hello"), at).await
        })
        .unwrap();
    }
    let reader = world.reader(patient, &world.doctor).await;
    let members = in_snapshot!(db.store, [reader] conn => care_team::members(conn, &reader).await).unwrap();
    let names: Vec<_> = members.iter().map(|member| member.organization_name.as_str()).collect();
    assert_eq!(names, ["ひかり診療所", "あおば薬局", "みどり訪問看護"]);
    assert!(members.iter().all(|member| member.patient == patient));
    assert_eq!((members[0].status, members[0].answered_at), (MembershipStatus::Accepted, Some(NOW)));
    assert_eq!((members[1].status, members[1].answered_at), (MembershipStatus::Invited, None));
    assert_eq!(members[1].invited_by.person, world.doctor.person);
    assert_eq!(members[1].invited_at, later(1));
    let count = in_snapshot!(db.store, [manager] conn => care_team::count(conn, &manager).await);
    assert_eq!(count.unwrap(), 3);

    let station = world.nurse.organization;
    let one = in_snapshot!(db.store, [reader] conn => care_team::member(conn, &reader, station).await);
    assert_eq!(one.unwrap().unwrap().organization, station);
    let none =
        in_snapshot!(db.store, [] conn => care_team::member(conn, &reader, OrganizationId(id())).await);
    assert!(none.unwrap().is_none());
}

async fn an_invitation_shows_its_message_until_it_is_answered(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let nurse = world.nurse.subject();
    let own = || in_own_membership(&world, patient);
    assert!(own().await.is_none());

    world.invite(patient, &world.nurse).await;
    let permit = world.answerer(patient, &world.nurse).await;
    let (member, message) =
        in_snapshot!(db.store, [permit] conn => care_team::invitation(conn, &permit).await).unwrap();
    assert_eq!((member.organization, member.status), (nurse.organization, MembershipStatus::Invited));
    assert_eq!(message.bytes, "よろしくお願いします".as_bytes());

    for expected in [true, false] {
        let answered = in_tx!(db.store, [permit] tx => care_team::answer(tx, &permit, true, later(5)).await);
        assert_eq!(answered.unwrap(), expected, "an invitation is answered once");
    }
    let member = own().await.unwrap();
    assert_eq!((member.status, member.answered_at), (MembershipStatus::Accepted, Some(later(5))));
    let refused = world.access(patient, &world.nurse).await.answer().unwrap_err();
    assert_eq!(refused.reason(), Reason::InvitationAnswered);
}

async fn in_own_membership(
    world: &World,
    patient: PatientId,
) -> Option<renkei_domain::patient::CareTeamMember> {
    let nurse = world.nurse.subject();
    in_snapshot!(world.store, [] conn => care_team::own_membership(conn, patient, &nurse).await).unwrap()
}

async fn who_is_in_is_not_invited_again(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let manager = world.manager(patient).await;
    let invite = |organization| {
        let (store, manager) = (db.store.clone(), manager.clone());
        async move {
            in_tx!(store, [] tx => care_team::invite(tx, &manager, organization, &sealed(""), NOW).await)
        }
    };
    let station = world.nurse.organization;
    invite(station).await.unwrap();
    assert!(matches!(invite(station).await, Err(StoreError::Unique)), "invited");
    assert!(matches!(invite(world.doctor.organization).await, Err(StoreError::Unique)), "accepted");
    assert!(matches!(invite(OrganizationId(id())).await, Err(StoreError::ForeignKey)));
}

async fn who_declined_may_be_invited_again(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.invite(patient, &world.nurse).await;
    let permit = world.answerer(patient, &world.nurse).await;
    let declined = in_tx!(db.store, [permit] tx => care_team::answer(tx, &permit, false, later(1)).await);
    assert!(declined.unwrap());
    assert_eq!(in_own_membership(&world, patient).await.unwrap().status, MembershipStatus::Declined);

    let (manager, station) = (world.manager(patient).await, world.nurse.organization);
    in_tx!(db.store, [] tx => care_team::invite(tx, &manager, station, &sealed("again"), later(2)).await)
        .unwrap();
    let permit = world.answerer(patient, &world.nurse).await;
    let (member, message) =
        in_snapshot!(db.store, [permit] conn => care_team::invitation(conn, &permit).await).unwrap();
    assert_eq!((member.invited_at, member.answered_at), (later(2), None), "the old answer is gone");
    assert_eq!(message.bytes, b"again");
    assert!(in_tx!(db.store, [] tx => care_team::answer(tx, &permit, true, later(3)).await).unwrap());
}

async fn open_invitations_come_in_pages(db: Database) {
    let world = World::new(&db.store).await;
    let station = world.nurse.organization;
    let mut open = Vec::new();
    for n in 0..4 {
        let patient = world.patient().await;
        if n == 1 {
            world.join(patient, &world.nurse).await;
        } else {
            world.invite(patient, &world.nurse).await;
            open.push(patient);
        }
    }
    let page = |after, limit| {
        let store = db.store.clone();
        async move {
            in_snapshot!(store, [] conn => care_team::invited(conn, station, after, limit).await).unwrap()
        }
    };
    assert_eq!(page(PatientId(Uuid::nil()), 2).await, open[..2]);
    assert_eq!(page(open[1], 2).await, open[2..]);
    assert_eq!(page(open[2], 2).await, []);
}

async fn marks_are_of_accepted_patients(db: Database) {
    let world = World::new(&db.store).await;
    let (one, two) = (world.patient().await, world.patient().await);
    world.join(one, &world.nurse).await;
    world.invite(two, &world.nurse).await;
    in_tx!(db.store, [] tx => patient::next_seq(tx, one).await).unwrap();
    let station = world.nurse.organization;
    let marks = in_snapshot!(db.store, [] conn => care_team::marks(conn, station).await).unwrap();
    assert_eq!(marks, [Mark { patient: one, head_seq: 1, epoch: 3 }]);
}
