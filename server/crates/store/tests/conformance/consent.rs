//! Consents.

use renkei_domain::category::CategorySet;
use renkei_domain::consent::{Consent, Period, Rule, Scope};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use renkei_domain::{Category, Timestamp};
use renkei_store::{StoreError, consent};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later, rule};

on_both_engines![
    every_scope_and_set_comes_back_as_it_went_in,
    a_consent_names_who_exists,
    consents_come_newest_first,
    a_consent_is_withdrawn_once,
];

async fn consents(world: &World, patient: PatientId) -> Vec<Consent> {
    let permit = world.reader(patient, &world.doctor).await;
    in_snapshot!(world.store, [] conn => consent::consents(conn, &permit).await).unwrap()
}

async fn every_scope_and_set_comes_back_as_it_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let organizations = [world.nurse.organization, world.pharmacist.organization];
    let scopes = [
        Scope::AllMembers,
        Scope::Organizations(organizations.into()),
        Scope::Organizations([organizations[0]].into()),
        Scope::Organizations([].into()),
        Scope::Person(world.nurse.person),
    ];
    let sets = [
        CategorySet::all(),
        CategorySet::EMPTY,
        [Category::Document].into_iter().collect(),
        [Category::VisitNote, Category::VitalSigns, Category::CarePlan].into_iter().collect(),
    ];
    let periods =
        [(later(-5), None), (NOW, Some(later(5))), (Timestamp(i64::MIN), Some(Timestamp(i64::MAX)))];
    let mut rules = Vec::new();
    for (n, scope) in scopes.iter().enumerate() {
        for (m, &categories) in sets.iter().enumerate() {
            let (start, end) = periods[(n + m) % periods.len()];
            let period = Period { start, end };
            let rule = Rule { id: ConsentId(id()), scope: scope.clone(), categories, period };
            world.record_consent(patient, &rule).await;
            rules.push(rule);
        }
    }
    let stored = consents(&world, patient).await;
    assert_eq!(stored.len(), rules.len() + 1, "with the custodian's own");
    let standing = {
        let clinic = world.doctor.organization;
        in_snapshot!(db.store, [] conn => renkei_store::patient::standing(conn, patient, clinic).await)
    };
    let standing = standing.unwrap().unwrap();
    for rule in &rules {
        let listed = stored.iter().map(|consent| &consent.rule).find(|listed| listed.id == rule.id);
        let decides = standing.rules.iter().find(|decides| decides.id == rule.id);
        for found in [listed.unwrap(), decides.unwrap()] {
            assert_eq!(found.scope, rule.scope);
            assert_eq!((found.categories, found.period), (rule.categories, rule.period));
        }
    }
}

async fn a_consent_names_who_exists(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let known = world.nurse.organization;
    for scope in [
        Scope::Person(PersonId(id())),
        Scope::Organizations([OrganizationId(id())].into()),
        Scope::Organizations([known, OrganizationId(id())].into()),
    ] {
        let rule = rule(scope, CategorySet::all());
        let refused = in_tx!(db.store, [permit] tx =>
            consent::record(tx, &permit, &rule, AttachmentId(id()), NOW).await);
        assert!(matches!(refused, Err(StoreError::ForeignKey)));
    }
    let twice = rule(Scope::AllMembers, CategorySet::all());
    world.record_consent(patient, &twice).await;
    let refused = in_tx!(db.store, [permit] tx =>
        consent::record(tx, &permit, &twice, AttachmentId(id()), NOW).await);
    assert!(matches!(refused, Err(StoreError::Unique)));
    let count = in_snapshot!(db.store, [] conn => consent::count(conn, &permit).await);
    assert_eq!(count.unwrap(), 2);
}

async fn consents_come_newest_first(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.manager(patient).await;
    let mut ids = Vec::new();
    for seconds in [1, 3, 2, 3] {
        let rule = rule(Scope::AllMembers, CategorySet::all());
        let (rule_id, paper) = (rule.id, AttachmentId(id()));
        in_tx!(db.store, [permit] tx => consent::record(tx, &permit, &rule, paper, later(seconds)).await)
            .unwrap();
        ids.push((rule_id, paper));
    }
    let stored = consents(&world, patient).await;
    let seen: Vec<_> = stored.iter().filter_map(|one| Some((one.rule.id, one.paper?))).collect();
    assert_eq!(seen, [ids[3], ids[1], ids[2], ids[0]]);
    let custodians = stored.last().unwrap();
    assert!(custodians.paper.is_none() && custodians.withdrawn.is_none());
    assert_eq!((custodians.patient, custodians.recorded_at), (patient, NOW));
    assert_eq!(custodians.recorded_by.person_name, "架空 doctor");
}

async fn a_consent_is_withdrawn_once(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (world.patient().await, world.patient().await);
    let rule = rule(Scope::AllMembers, CategorySet::all());
    let consent_id = rule.id;
    world.record_consent(patient, &rule).await;
    let withdraw = |permit: renkei_domain::Permit<renkei_domain::Write>, seconds| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => consent::withdraw(tx, &permit, consent_id, later(seconds)).await).unwrap()
        }
    };
    assert!(!withdraw(world.manager(other).await, 1).await, "of another patient");
    assert!(withdraw(world.manager(patient).await, 2).await);
    assert!(!withdraw(world.manager(patient).await, 3).await, "withdrawn before");

    let stored = consents(&world, patient).await;
    let consent = stored.iter().find(|one| one.rule.id == consent_id).unwrap();
    let (by, at) = consent.withdrawn.as_ref().unwrap();
    assert_eq!(
        (by.person, by.organization_name.as_str(), *at),
        (world.doctor.person, "ひかり診療所", later(2))
    );
}
