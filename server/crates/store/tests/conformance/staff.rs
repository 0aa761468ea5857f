//! Which staff see a patient, and whom a care team consists of.

use std::pin::pin;

use futures::poll;
use renkei_domain::break_glass::BreakGlassReason;
use renkei_domain::id::{AffiliationId, BreakGlassId, OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{Actor, Role};
use renkei_domain::patient::{MembershipStatus, StaffAccess, StaffAssignment};
use renkei_domain::{Category, Reason, Standing};
use renkei_store::{StoreError, break_glass, care_team, identity, patient};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::database::Database;
use crate::standing::standing;
use crate::world::{Member, NOW, World, id, in_snapshot, in_tx, later, person, sealed};

on_both_engines![
    only_the_assigned_see_what_is_for_them,
    who_is_assigned_is_told_by_login_name,
    only_staff_can_be_assigned,
    assignments_end_with_what_they_stand_on,
    nobody_is_assigned_whose_affiliation_ends_meanwhile,
    subjects_are_everybody_who_is_accepted,
    standings_of_a_team_are_those_asked_for_one_by_one,
];

/// Somebody else at the member's organisation.
pub(crate) async fn colleague(world: &World, of: &Member, login: &str, role: Role) -> Member {
    let person = person(login);
    let new = Member { person: person.id, role, affiliation: AffiliationId(id()), ..*of };
    in_tx!(world.store, [] tx => {
        identity::insert_person(tx, &person).await?;
        identity::insert_affiliation(tx, new.affiliation, new.person, new.organization, role, NOW).await
    })
    .unwrap();
    new
}

pub(crate) async fn set(
    world: &World,
    patient: PatientId,
    member: &Member,
    access: StaffAccess,
    persons: &[PersonId],
) -> Result<(), StoreError> {
    let (permit, persons) = (world.any_answer(patient, member), persons.to_vec());
    in_tx!(world.store, [] tx => care_team::set_staff(tx, &permit, access, &persons).await)
}

pub(crate) async fn staff(world: &World, patient: PatientId, member: &Member) -> StaffAssignment {
    let permit = world.any_answer(patient, member);
    in_snapshot!(world.store, [] conn => care_team::staff(conn, &permit).await).unwrap()
}

fn assigned(standing: &Standing) -> (StaffAccess, bool) {
    let place = standing.organization.unwrap();
    (place.staff, place.assigned)
}

async fn only_the_assigned_see_what_is_for_them(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    for patient in [patient, other] {
        world.admit(patient, &world.nurse, [Category::Message]).await;
    }
    let second = colleague(&world, &world.nurse, "nurse-b", Role::Nurse).await;
    set(&world, patient, &world.nurse, StaffAccess::Assigned, &[second.person]).await.unwrap();
    assert_eq!(assigned(&standing(&db.store, patient, &world.nurse).await), (StaffAccess::Assigned, false));
    assert_eq!(assigned(&standing(&db.store, patient, &second).await), (StaffAccess::Assigned, true));
    assert_eq!(assigned(&standing(&db.store, other, &second).await), (StaffAccess::All, false));
    let refused = world.access(patient, &world.nurse).await.read().unwrap_err();
    assert_eq!(refused.reason(), Reason::NotFound);
    world.access(patient, &second).await.read().unwrap();
    // an assignment is of the organisation that made it
    world.join(patient, &world.pharmacist).await;
    let elsewhere = Member { organization: world.pharmacist.organization, ..second };
    assert_eq!(assigned(&standing(&db.store, patient, &elsewhere).await), (StaffAccess::All, false));

    set(&world, patient, &world.nurse, StaffAccess::All, &[second.person]).await.unwrap();
    world.access(patient, &world.nurse).await.read().unwrap();
    assert_eq!(assigned(&standing(&db.store, patient, &second).await), (StaffAccess::All, true));
}

async fn who_is_assigned_is_told_by_login_name(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    let nurse = &world.nurse;
    let (b, a) = (
        colleague(&world, nurse, "b", Role::Nurse).await,
        colleague(&world, nurse, "a", Role::Therapist).await,
    );
    let none = staff(&world, patient, nurse).await;
    assert_eq!((none.access, none.persons.len()), (StaffAccess::All, 0));
    let twice = [b.person, nurse.person, a.person, b.person];
    set(&world, patient, nurse, StaffAccess::Assigned, &twice).await.unwrap();
    let assignment = staff(&world, patient, nurse).await;
    assert_eq!(assignment.access, StaffAccess::Assigned);
    let expected = [(a.person, "架空 a"), (b.person, "架空 b"), (nurse.person, "架空 nurse")];
    assert_eq!(assignment.persons, expected.map(|(id, name)| (id, name.to_owned())));
    set(&world, patient, nurse, StaffAccess::Assigned, &[a.person]).await.unwrap();
    assert_eq!(staff(&world, patient, nurse).await.persons, [(a.person, "架空 a".to_owned())]);
}

async fn only_staff_can_be_assigned(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    let nurse = &world.nurse;
    let former = colleague(&world, nurse, "former", Role::Nurse).await;
    in_tx!(db.store, [] tx => identity::end_affiliation(tx, former.affiliation, NOW).await).unwrap();
    set(&world, patient, nurse, StaffAccess::Assigned, &[nurse.person]).await.unwrap();
    for stranger in [world.pharmacist.person, former.person, PersonId(id())] {
        let refused = set(&world, patient, nurse, StaffAccess::All, &[nurse.person, stranger]).await;
        assert!(matches!(refused, Err(StoreError::ForeignKey)));
    }
    let kept = staff(&world, patient, nurse).await;
    assert_eq!((kept.access, kept.persons.len()), (StaffAccess::Assigned, 1));
}

async fn assignments_end_with_what_they_stand_on(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let (one, two) = (world.patient().await, world.patient().await);
    for patient in [one, two] {
        world.join(patient, nurse).await;
        set(&world, patient, nurse, StaffAccess::Assigned, &[nurse.person]).await.unwrap();
    }
    // with the membership
    let (permit, place) = (world.any_answer(one, nurse), nurse.place());
    let left = in_tx!(db.store, [] tx =>
        care_team::end(tx, &permit, place, MembershipStatus::Left, NOW).await);
    assert!(left.unwrap());
    assert_eq!(staff(&world, one, nurse).await.persons.len(), 0);
    assert_eq!(staff(&world, two, nurse).await.persons.len(), 1);

    // with the person's last affiliation there
    let second = AffiliationId(id());
    let (who, at) = (nurse.person, nurse.organization);
    in_tx!(db.store, [] tx =>
        identity::insert_affiliation(tx, second, who, at, Role::CareManager, NOW).await)
    .unwrap();
    for (affiliation, expected) in [(nurse.affiliation, 1), (second, 0)] {
        let ended = in_tx!(db.store, [] tx => identity::end_affiliation(tx, affiliation, NOW).await);
        assert_eq!(ended.unwrap(), Some(who));
        assert_eq!(staff(&world, two, nurse).await.persons.len(), expected);
    }
}

async fn nobody_is_assigned_whose_affiliation_ends_meanwhile(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    world.join(patient, &world.nurse).await;
    let former = colleague(&world, &world.nurse, "former", Role::Nurse).await;
    let permit = world.any_answer(patient, &world.nurse);
    let (who, affiliation) = (former.person, former.affiliation);
    let only = [who];

    // assigned first: the end waits for it, and takes it along
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut assigned = pin!(async {
        in_tx!(db.store, [permit] tx => {
            care_team::set_staff(tx, &permit, StaffAccess::Assigned, &only).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(())
        })
    });
    assert!(poll!(&mut assigned).is_pending());
    at_gate.await.unwrap();
    let end = || async { in_tx!(db.store, [] tx => identity::end_affiliation(tx, affiliation, NOW).await) };
    let mut ended = pin!(end());
    assert!(poll!(&mut ended).is_pending());
    db.wait_for_waiters(1).await;
    open.send(()).unwrap();
    assigned.await.unwrap();
    assert_eq!(ended.await.unwrap(), Some(who));
    assert_eq!(staff(&world, patient, &world.nurse).await.persons.len(), 0);

    // ended first: the assignment waits for it, and finds it
    in_tx!(db.store, [] tx =>
        identity::insert_affiliation(tx, affiliation, who, former.organization, Role::Nurse, NOW).await)
    .unwrap();
    let (reached, at_gate) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let mut ended = pin!(async {
        in_tx!(db.store, [] tx => {
            let ended = identity::end_affiliation(tx, affiliation, NOW).await?;
            reached.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, StoreError>(ended)
        })
    });
    assert!(poll!(&mut ended).is_pending());
    at_gate.await.unwrap();
    let mut assigned = pin!(set(&world, patient, &world.nurse, StaffAccess::Assigned, &only));
    assert!(poll!(&mut assigned).is_pending());
    db.wait_for_waiters(1).await;
    open.send(()).unwrap();
    assert_eq!(ended.await.unwrap(), Some(who));
    assert!(matches!(assigned.await, Err(StoreError::ForeignKey)));
}

async fn subjects(world: &World, patient: PatientId, limit: i64) -> Vec<(AffiliationId, Actor)> {
    let permit = world.manager(patient).await;
    let (mut all, mut after) = (Vec::new(), AffiliationId(Uuid::nil()));
    loop {
        let page = in_snapshot!(world.store, [permit] conn =>
            care_team::subjects(conn, &permit, after, limit).await)
        .unwrap();
        assert!(page.len() as i64 <= limit);
        let Some((last, _)) = page.last() else { return all };
        after = *last;
        all.extend(page);
    }
}

async fn subjects_are_everybody_who_is_accepted(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let nurse = &world.nurse;
    world.join(patient, nurse).await;
    // in person too, which does not make two of them; and the pharmacist in person only
    world.join_as(patient, nurse, true).await;
    world.join_as(patient, &world.pharmacist, true).await;
    world.join(other, &world.pharmacist).await;
    let second = colleague(&world, nurse, "nurse-b", Role::Nurse).await;
    let suspended = colleague(&world, nurse, "suspended", Role::Nurse).await;
    let former = colleague(&world, nurse, "former", Role::Nurse).await;
    let stranger = colleague(&world, &world.pharmacist, "stranger", Role::Pharmacist).await;
    in_tx!(db.store, [] tx => {
        identity::suspend(tx, suspended.person, NOW).await?;
        identity::end_affiliation(tx, former.affiliation, NOW).await
    })
    .unwrap();
    let expected = [world.doctor, *nurse, world.pharmacist, second].map(|member| member.affiliation);
    for limit in [1, 2, 9] {
        let found = subjects(&world, patient, limit).await;
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected, "in pages of {limit}");
    }
    let (_, actor) = &subjects(&world, patient, 9).await[2];
    let pharmacist = (world.pharmacist.person, world.pharmacist.organization, Role::Pharmacist);
    assert_eq!((actor.person, actor.organization, actor.role), pharmacist);
    assert_eq!(
        (actor.person_name.as_str(), actor.organization_name.as_str()),
        ("架空 pharmacist", "あおば薬局")
    );
    assert_eq!(subjects(&world, other, 9).await.len(), 3, "the clinic's and the pharmacy's");

    let of = |person| {
        let store = db.store.clone();
        async move {
            let of = in_snapshot!(store, [] conn => care_team::subjects_of(conn, person).await).unwrap();
            of.into_iter().map(|actor| (actor.organization, actor.role)).collect::<Vec<_>>()
        }
    };
    let (here, there): (OrganizationId, OrganizationId) = (stranger.organization, nurse.organization);
    in_tx!(db.store, [] tx =>
        identity::insert_affiliation(tx, AffiliationId(id()), stranger.person, there, Role::Nurse, NOW).await)
    .unwrap();
    assert_eq!(of(stranger.person).await, [(here, Role::Pharmacist), (there, Role::Nurse)]);
    assert_eq!(of(suspended.person).await, [(there, Role::Nurse)], "as what a suspended person would act");
    assert_eq!(of(former.person).await, []);
}

async fn standings_of_a_team_are_those_asked_for_one_by_one(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let nurse = &world.nurse;
    world.admit(patient, nurse, [Category::Message]).await;
    world.join_as(patient, &world.pharmacist, true).await;
    let second = colleague(&world, nurse, "nurse-b", Role::Nurse).await;
    // acts in two roles, for one organisation of the team and one that is not
    let (also, elsewhere) = (AffiliationId(id()), AffiliationId(id()));
    let outside = Member { organization: world.pharmacist.organization, affiliation: elsewhere, ..second };
    in_tx!(db.store, [] tx => {
        identity::insert_affiliation(tx, also, second.person, second.organization, Role::CareManager, NOW).await?;
        identity::insert_affiliation(tx, elsewhere, outside.person, outside.organization, Role::Nurse, NOW).await
    })
    .unwrap();
    let suspended = colleague(&world, nurse, "suspended", Role::Nurse).await;
    let former = colleague(&world, nurse, "former", Role::Nurse).await;
    in_tx!(db.store, [] tx => {
        identity::suspend(tx, suspended.person, NOW).await?;
        identity::end_affiliation(tx, former.affiliation, NOW).await
    })
    .unwrap();
    set(&world, patient, nurse, StaffAccess::Assigned, &[second.person]).await.unwrap();
    let emergency = world.any_answer(patient, nurse);
    in_tx!(db.store, [] tx => {
        patient::raise_epoch(tx, patient).await?;
        let (new, reason) = (BreakGlassId(id()), BreakGlassReason::EmergencyTransport);
        break_glass::begin(tx, &emergency, new, reason, &sealed("意識がない"), NOW, later(9)).await
    })
    .unwrap();

    let mut expected = [
        world.doctor,
        *nurse,
        world.pharmacist,
        second,
        Member { role: Role::CareManager, affiliation: also, ..second },
    ];
    expected.sort_by_key(|member| (member.person, member.affiliation));
    for limit in [1, 2, 3, 9] {
        let (mut found, mut after) = (Vec::new(), PersonId(Uuid::nil()));
        loop {
            let (page, next) = in_snapshot!(db.store, [] conn =>
                patient::standings_among(conn, patient, after, limit).await)
            .unwrap();
            found.extend(page);
            let Some(next) = next else { break };
            assert!(next > after);
            after = next;
        }
        let people: Vec<_> = found.iter().map(|(actor, _)| (actor.person, actor.role)).collect();
        let wanted: Vec<_> = expected.iter().map(|member| (member.person, member.role)).collect();
        // a page of one holds one role of each
        let is_whole = |(person, _): &(PersonId, Role)| limit > 1 || *person != second.person;
        assert_eq!(
            people.iter().copied().filter(is_whole).collect::<Vec<_>>(),
            wanted.iter().copied().filter(is_whole).collect::<Vec<_>>(),
            "in pages of {limit}"
        );
        for (actor, among) in &found {
            let member =
                expected.iter().find(|it| (it.person, it.role) == (actor.person, actor.role)).unwrap();
            let alone = standing(&db.store, patient, member).await;
            assert_eq!(format!("{among:?}"), format!("{alone:?}"));
        }
        assert!(found.iter().any(|(_, standing)| standing.break_glass.is_some()));
    }
}
