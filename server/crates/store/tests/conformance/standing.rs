//! Standings: one by one and in pages, they are the same.

use renkei_domain::consent::Scope;
use renkei_domain::id::{BreakGlassId, PatientId};
use renkei_domain::patient::{MembershipStatus, StaffAccess};
use renkei_domain::{Category, Standing, Subject};
use renkei_store::patient::{self, Filter};
use renkei_store::{Store, StoreError, care_team, consent, identity};
use uuid::Uuid;

use crate::database::Database;
use crate::numbers::Numbers;
use crate::world::{
    Member, NOW, World, first_version, form, id, in_snapshot, in_tx, later, scope_of, sealed,
};

on_both_engines![
    a_standing_has_the_rules_that_stand,
    standings_come_in_pages_with_their_own_rules,
    standings_are_found_by_name_and_by_identifier,
    a_consent_that_cannot_be_read_hides_its_patient_only,
    standings_in_pages_are_those_asked_for_one_by_one,
];

pub(crate) async fn standing(store: &Store, patient: PatientId, member: &Member) -> Standing {
    let subject = member.subject();
    in_snapshot!(store, [] conn => patient::standing(conn, patient, &subject).await).unwrap().unwrap()
}

fn status(standing: &Standing) -> Option<MembershipStatus> {
    standing.organization.map(|place| place.status)
}

async fn a_standing_has_the_rules_that_stand(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;

    let own = standing(&db.store, patient, &world.doctor).await;
    assert_eq!((own.patient, own.custodian), (patient, world.doctor.organization));
    assert_eq!((status(&own), own.rules.len()), (Some(MembershipStatus::Accepted), 1));
    assert!(own.active && own.person.is_none() && own.break_glass.is_none());

    let of_nurse = || standing(&db.store, patient, &world.nurse);
    assert_eq!(status(&of_nurse().await), None);
    world.invite(patient, &world.nurse).await;
    let invited = of_nurse().await;
    assert_eq!((status(&invited), invited.epoch), (Some(MembershipStatus::Invited), 2));

    // the rules are the patient's, whoever asks
    let all = world.record_consent(patient, form(Scope::AllMembers, [])).await;
    assert_eq!(of_nurse().await.rules.len(), 2);
    world.withdraw_consent(patient, all).await;
    let rules = of_nurse().await.rules;
    assert_eq!(rules.len(), 1);
    assert_ne!(rules[0].reference.consent, all);
}

async fn standings(
    store: &Store,
    of: &Member,
    filter: Filter,
    before: PatientId,
    limit: i64,
) -> Vec<(Standing, i64)> {
    let subject = of.subject();
    in_snapshot!(store, [] conn => patient::standings_of(conn, &subject, filter, before, limit).await)
        .unwrap()
}

const LAST: PatientId = PatientId(Uuid::max());

async fn standings_come_in_pages_with_their_own_rules(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = &world.nurse;
    let mut joined = Vec::new();
    for n in 0..5 {
        let patient = world.patient().await;
        match n {
            // invited only, and not at all: no candidates, and their rules are nobody's
            1 => world.invite(patient, nurse).await,
            3 => world.join(patient, &world.pharmacist).await,
            _ => {
                let category = if n == 0 { Category::Message } else { Category::CarePlan };
                world.admit(patient, nurse, [category]).await;
                joined.push(patient);
            }
        }
    }
    // rules of one patient are many, and interleaved with others' in the order of their ids
    world.record_consent(joined[0], form(scope_of(nurse), [Category::Nursing])).await;
    world.post(joined[1], nurse, Category::CarePlan).await;

    let page = standings(&db.store, nurse, Filter::Any, LAST, 2).await;
    let ids: Vec<_> = page.iter().map(|(standing, _)| standing.patient).collect();
    assert_eq!(ids, [joined[2], joined[1]], "newest first");
    assert_eq!(page.iter().map(|(_, head)| *head).collect::<Vec<_>>(), [0, 1]);
    let rest = standings(&db.store, nurse, Filter::Any, joined[1], 2).await;
    assert_eq!(rest.len(), 1);
    assert!(standings(&db.store, nurse, Filter::Any, joined[0], 2).await.is_empty());
    assert_eq!(rest[0].0.rules.len(), 3);
}

async fn standings_are_found_by_name_and_by_identifier(db: Database) {
    let world = World::new(&db.store).await;
    let (ann, ben) = ([1; 32], [2; 32]);
    let one = world.patient_with(ann, Some([11; 32])).await;
    let two = world.patient_with(ben, Some([12; 32])).await;
    let three = world.patient_with(ann, None).await;
    world.record_consent(two, form(Scope::AllMembers, [])).await;
    world.join_as(three, &world.pharmacist, true).await;
    let found = |of: Member, filter| {
        let store = db.store.clone();
        async move {
            let standings = standings(&store, &of, filter, LAST, 9).await;
            standings.into_iter().map(|(one, _)| (one.patient, one.rules.len())).collect::<Vec<_>>()
        }
    };
    let doctor = world.doctor;
    assert_eq!(found(doctor, Filter::NameKana(ann)).await, [(three, 1), (one, 1)]);
    assert_eq!(found(doctor, Filter::NameKana(ben)).await, [(two, 2)]);
    assert_eq!(found(doctor, Filter::NameKana([3; 32])).await, []);
    assert_eq!(found(doctor, Filter::LocalIdentifier([11; 32])).await, [(one, 1)]);
    assert_eq!(found(world.nurse, Filter::NameKana(ann)).await, [], "not in the care team");
    assert_eq!(found(world.pharmacist, Filter::NameKana(ann)).await, [(three, 1)], "in person");
    let page = standings(&db.store, &doctor, Filter::NameKana(ann), three, 9).await;
    assert_eq!(page.len(), 1);
}

async fn a_consent_that_cannot_be_read_hides_its_patient_only(db: Database) {
    let world = World::new(&db.store).await;
    let (damaged, whole) = (world.patient().await, world.patient().await);
    world.join_as(damaged, &world.doctor, true).await;
    world.record_consent(damaged, form(Scope::Person(world.nurse.person), [])).await;
    db.execute("UPDATE consent SET form = '{}' WHERE paper_attachment_id IS NOT NULL").await;
    let one = standing(&db.store, damaged, &world.doctor).await;
    assert!(one.organization.is_none() && one.person.is_none() && one.rules.is_empty());
    let standings = standings(&db.store, &world.doctor, Filter::Any, LAST, 9).await;
    let memberships: Vec<_> =
        standings.iter().map(|(one, _)| (one.patient, status(one), one.person)).collect();
    assert_eq!(memberships, [(whole, Some(MembershipStatus::Accepted), None), (damaged, None, None)]);
}

/// Lets the member, or the member's organisation, stand anyhow in the patient's care team.
async fn place(world: &World, patient: PatientId, member: &Member, personal: bool, numbers: &mut Numbers) {
    let participant = if personal { member.in_person() } else { member.place() };
    let (manager, permit) = (world.manager(patient).await, world.any_answer(patient, member));
    let (accept, ends) = (numbers.chance(80), numbers.chance(20));
    let staff = *numbers.pick(StaffAccess::ALL);
    let (invites, answers, assigns) = (numbers.chance(80), numbers.chance(85), numbers.chance(50));
    if !invites {
        return;
    }
    let person = member.person;
    in_tx!(world.store, [] tx => {
        care_team::invite(tx, &manager, participant, &sealed(""), NOW).await?;
        if answers {
            care_team::answer(tx, &permit, personal, accept, staff, NOW).await?;
        }
        if assigns && !personal {
            care_team::set_staff(tx, &permit, staff, &[person]).await?;
        }
        if ends {
            care_team::end(tx, &permit, participant, MembershipStatus::Left, NOW).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

/// Some consents, of which some are replaced or withdrawn; and an emergency access of some.
async fn papers(world: &World, patient: PatientId, members: [Member; 2], numbers: &mut Numbers) {
    for _ in 0..numbers.below(4) {
        let scopes = [Scope::AllMembers, scope_of(&members[0]), Scope::Person(members[1].person)];
        let form = form(numbers.pick(&scopes).clone(), []);
        let consent = world.record_consent(patient, form.clone()).await;
        let (manager, amends, withdraws) =
            (world.manager(patient).await, numbers.chance(40), numbers.chance(30));
        let second = consent::NewVersion { id: consent, version: 2, ..first_version(form) };
        in_tx!(world.store, [] tx => {
            if amends {
                assert!(consent::supersede(tx, &manager, &second, NOW).await?);
            }
            if withdraws {
                assert!(consent::withdraw(tx, &manager, consent, NOW).await?);
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    }
    for member in &members {
        for _ in 0..numbers.below(3) {
            let (permit, ends_at) = (world.any_answer(patient, member), later(numbers.below(9000) as i64));
            let reason = renkei_domain::break_glass::BreakGlassReason::Disaster;
            in_tx!(world.store, [] tx => {
                let id = BreakGlassId(id());
                renkei_store::break_glass::begin(tx, &permit, id, reason, &sealed(""), NOW, ends_at).await
            })
            .unwrap();
        }
    }
}

async fn standings_in_pages_are_those_asked_for_one_by_one(db: Database) {
    let world = World::new(&db.store).await;
    let members = [world.nurse, world.pharmacist];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut patients = Vec::new();
    for _ in 0..30 {
        let (kana, identifier) = ([numbers.below(2) as u8; 32], [patients.len() as u8; 32]);
        let patient = world.patient_with(kana, numbers.chance(50).then_some(identifier)).await;
        for member in &members {
            place(&world, patient, member, false, &mut numbers).await;
            place(&world, patient, member, true, &mut numbers).await;
        }
        papers(&world, patient, members, &mut numbers).await;
        patients.push((patient, kana));
    }
    let (suspended, ended) = (world.nurse.person, world.pharmacist.affiliation);
    in_tx!(db.store, [] tx => identity::suspend(tx, suspended, NOW).await).unwrap();
    let compared = agree(&world, &patients, &mut numbers).await;
    assert!(compared > 100, "there is little to compare: {compared}");
    in_tx!(db.store, [] tx => {
        identity::reinstate(tx, suspended).await?;
        identity::end_affiliation(tx, ended, NOW).await
    })
    .unwrap();
    agree(&world, &patients, &mut numbers).await;
}

/// How many standings were compared.
async fn agree(world: &World, patients: &[(PatientId, [u8; 32])], numbers: &mut Numbers) -> usize {
    let mut compared = 0;
    let in_role = Member { role: renkei_domain::identity::Role::Therapist, ..world.nurse };
    for member in [world.doctor, world.nurse, world.pharmacist, in_role] {
        for kana in [None, Some([0; 32]), Some([1; 32])] {
            let mut expected = Vec::new();
            for (patient, _) in patients.iter().rev().filter(|(_, own)| kana.is_none_or(|kana| kana == *own))
            {
                let standing = standing(&world.store, *patient, &member).await;
                if [status(&standing), standing.person].contains(&Some(MembershipStatus::Accepted)) {
                    expected.push(shown(standing, &member.subject()));
                }
            }
            let filter = kana.map_or(Filter::Any, Filter::NameKana);
            let (mut found, mut before) = (Vec::new(), LAST);
            loop {
                let limit = 1 + numbers.below(7) as i64;
                let page = standings(&world.store, &member, filter, before, limit).await;
                assert!(page.len() as i64 <= limit);
                let Some((last, _)) = page.last() else { break };
                before = last.patient;
                found.extend(page.into_iter().map(|(standing, _)| shown(standing, &member.subject())));
            }
            assert_eq!(found, expected, "{member:?} {kana:?}");
            compared += found.len();
        }
    }
    compared
}

/// Everything of a standing, and what the access rule makes of it.
fn shown(mut standing: Standing, subject: &Subject) -> String {
    standing.rules.sort_by_key(|rule| rule.reference);
    let access = renkei_domain::Access::decide(*subject, &standing, later(3600));
    format!("{standing:?} {access:?}")
}
