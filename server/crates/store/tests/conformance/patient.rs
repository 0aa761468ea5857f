//! Patients, their standings and their epoch.

use renkei_domain::category::CategorySet;
use renkei_domain::consent::Scope;
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::patient::MembershipStatus;
use renkei_domain::{Category, Standing};
use renkei_store::patient::{self, Filter, NewPatient};
use renkei_store::{Store, StoreError};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, rule, scope_of, sealed};

on_both_engines![
    a_new_patient_is_in_epoch_one_without_entries,
    local_identifiers_are_unique_per_custodian,
    a_standing_has_the_rules_that_stand,
    standings_come_in_pages_with_their_own_rules,
    standings_are_found_by_name_and_by_identifier,
    raising_the_epoch_shows_in_standings,
    a_consent_that_cannot_be_read_hides_its_patient_only,
    what_does_not_exist_is_told,
];

async fn a_new_patient_is_in_epoch_one_without_entries(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let permit = world.reader(patient, &world.doctor).await;
    assert_eq!(permit.epoch(), 1);
    let stored = in_snapshot!(db.store, [permit] conn => patient::demographics(conn, &permit).await).unwrap();
    assert_eq!((stored.custodian, stored.registered_at), (world.doctor.organization, NOW));
    assert_eq!((stored.demographics.key_version, stored.demographics.bytes), (1, b"demographics".to_vec()));
    let poster = world.poster(patient, &world.doctor).await;
    let version = in_snapshot!(db.store, [] conn => patient::key_version(conn, &poster).await);
    assert_eq!(version.unwrap(), 1);
    for expected in [1, 2] {
        let seq = in_tx!(db.store, [] tx => patient::next_seq(tx, patient).await);
        assert_eq!(seq.unwrap(), Some(expected));
    }
}

async fn local_identifiers_are_unique_per_custodian(db: Database) {
    let world = World::new(&db.store).await;
    let first = world.patient_with([1; 32], Some([1; 32])).await;
    let insert = |id, custodian, identifier: Option<[u8; 32]>| {
        let store = db.store.clone();
        let new = NewPatient {
            id,
            custodian,
            demographics: sealed("demographics"),
            name_kana_index: [1; 32],
            local_identifier_index: identifier,
        };
        async move { in_tx!(store, [] tx => patient::insert(tx, &new, NOW).await) }
    };
    let (clinic, station) = (world.doctor.organization, world.nurse.organization);
    let taken = insert(PatientId(id()), clinic, Some([1; 32])).await;
    assert!(matches!(taken, Err(StoreError::Unique)));
    assert!(matches!(insert(first, clinic, None).await, Err(StoreError::Unique)), "the id is taken");
    insert(PatientId(id()), station, Some([1; 32])).await.unwrap();
    // any number of patients without one
    insert(PatientId(id()), clinic, None).await.unwrap();
    insert(PatientId(id()), clinic, None).await.unwrap();
    let nowhere = insert(PatientId(id()), OrganizationId(id()), None).await;
    assert!(matches!(nowhere, Err(StoreError::ForeignKey)));
}

async fn standing(store: &Store, patient: PatientId, organization: OrganizationId) -> Standing {
    in_snapshot!(store, [] conn => patient::standing(conn, patient, organization).await).unwrap().unwrap()
}

async fn a_standing_has_the_rules_that_stand(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (clinic, station) = (world.doctor.organization, world.nurse.organization);

    let own = standing(&db.store, patient, clinic).await;
    assert_eq!((own.patient, own.custodian), (patient, clinic));
    assert_eq!((own.membership, own.rules.len()), (Some(MembershipStatus::Accepted), 1));

    assert_eq!(standing(&db.store, patient, station).await.membership, None);
    world.invite(patient, &world.nurse).await;
    let invited = standing(&db.store, patient, station).await;
    assert_eq!((invited.membership, invited.epoch), (Some(MembershipStatus::Invited), 2));

    // the rules are the patient's, whoever asks
    let all = rule(Scope::AllMembers, CategorySet::all());
    world.record_consent(patient, &all).await;
    let permit = world.manager(patient).await;
    assert_eq!(standing(&db.store, patient, station).await.rules.len(), 2);
    let withdrawn = in_tx!(db.store, [] tx =>
        renkei_store::consent::withdraw(tx, &permit, all.id, NOW).await);
    assert!(withdrawn.unwrap());
    let rules = standing(&db.store, patient, station).await.rules;
    assert_eq!(rules.len(), 1);
    assert_ne!(rules[0].id, all.id);
}

async fn standings(
    store: &Store,
    of: OrganizationId,
    filter: Filter,
    before: PatientId,
    limit: i64,
) -> Vec<(Standing, i64)> {
    in_snapshot!(store, [] conn => patient::standings_of(conn, of, filter, before, limit).await).unwrap()
}

const LAST: PatientId = PatientId(Uuid::max());

async fn standings_come_in_pages_with_their_own_rules(db: Database) {
    let world = World::new(&db.store).await;
    let station = world.nurse.organization;
    let mut joined = Vec::new();
    for n in 0..5 {
        let patient = world.patient().await;
        match n {
            // invited only, and not at all: no candidates, and their rules are nobody's
            1 => world.invite(patient, &world.nurse).await,
            3 => world.join(patient, &world.pharmacist).await,
            _ => {
                let categories = if n == 0 { vec![Category::Message] } else { vec![Category::CarePlan] };
                world.admit(patient, &world.nurse, categories).await;
                joined.push(patient);
            }
        }
    }
    // rules of one patient are many, and interleaved with others' in the order of their ids
    let more = rule(scope_of(&world.nurse), [Category::Nursing].into_iter().collect());
    world.record_consent(joined[0], &more).await;
    world.post(joined[1], &world.nurse, Category::CarePlan).await;

    let page = standings(&db.store, station, Filter::Any, LAST, 2).await;
    let ids: Vec<_> = page.iter().map(|(standing, _)| standing.patient).collect();
    assert_eq!(ids, [joined[2], joined[1]], "newest first");
    assert_eq!(page.iter().map(|(_, head)| *head).collect::<Vec<_>>(), [0, 1]);
    let rest = standings(&db.store, station, Filter::Any, joined[1], 2).await;
    assert_eq!(rest.len(), 1);
    assert!(standings(&db.store, station, Filter::Any, joined[0], 2).await.is_empty());

    for (standing, _) in page.iter().chain(&rest) {
        // the same as if asked for one by one
        let single = self::standing(&db.store, standing.patient, station).await;
        let key = |standing: &Standing| {
            let mut rules: Vec<_> = standing.rules.iter().map(|rule| rule.id).collect();
            rules.sort();
            (standing.epoch, standing.custodian, standing.membership, rules)
        };
        assert_eq!(key(standing), key(&single));
    }
    assert_eq!(rest[0].0.rules.len(), 3);
}

async fn standings_are_found_by_name_and_by_identifier(db: Database) {
    let world = World::new(&db.store).await;
    let clinic = world.doctor.organization;
    let (ann, ben) = ([1; 32], [2; 32]);
    let one = world.patient_with(ann, Some([11; 32])).await;
    let two = world.patient_with(ben, Some([12; 32])).await;
    let three = world.patient_with(ann, None).await;
    world.record_consent(two, &rule(Scope::AllMembers, CategorySet::all())).await;
    let found = |of, filter| {
        let store = db.store.clone();
        async move {
            let standings = standings(&store, of, filter, LAST, 9).await;
            standings.into_iter().map(|(one, _)| (one.patient, one.rules.len())).collect::<Vec<_>>()
        }
    };
    assert_eq!(found(clinic, Filter::NameKana(ann)).await, [(three, 1), (one, 1)]);
    assert_eq!(found(clinic, Filter::NameKana(ben)).await, [(two, 2)]);
    assert_eq!(found(clinic, Filter::NameKana([3; 32])).await, []);
    assert_eq!(found(clinic, Filter::LocalIdentifier([11; 32])).await, [(one, 1)]);
    assert_eq!(found(world.nurse.organization, Filter::NameKana(ann)).await, [], "not in the care team");
    let page = standings(&db.store, clinic, Filter::NameKana(ann), three, 9).await;
    assert_eq!(page.len(), 1);
}

async fn raising_the_epoch_shows_in_standings(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let clinic = world.doctor.organization;
    assert!(in_tx!(db.store, [] tx => patient::raise_epoch(tx, patient).await).unwrap());
    assert_eq!(standing(&db.store, patient, clinic).await.epoch, 2);
    assert!(in_tx!(db.store, [] tx => patient::lock(tx, patient).await).unwrap());
    assert_eq!(standing(&db.store, patient, clinic).await.epoch, 2, "locking changes nobody's access");
}

async fn a_consent_that_cannot_be_read_hides_its_patient_only(db: Database) {
    let world = World::new(&db.store).await;
    let (damaged, whole) = (world.patient().await, world.patient().await);
    world.record_consent(damaged, &rule(Scope::Person(world.nurse.person), CategorySet::all())).await;
    db.execute("UPDATE consent SET grantees = 'nobody' WHERE scope = 'PERSON'").await;
    let clinic = world.doctor.organization;
    let one = in_snapshot!(db.store, [] conn => patient::standing(conn, damaged, clinic).await);
    assert!(matches!(one, Err(StoreError::Corrupt(_))));
    let standings = standings(&db.store, clinic, Filter::Any, LAST, 9).await;
    let memberships: Vec<_> = standings.iter().map(|(one, _)| (one.patient, one.membership)).collect();
    assert_eq!(memberships, [(whole, Some(MembershipStatus::Accepted)), (damaged, None)]);
}

async fn what_does_not_exist_is_told(db: Database) {
    let (nobody, nowhere) = (PatientId(id()), OrganizationId(id()));
    let standing = in_snapshot!(db.store, [] conn => patient::standing(conn, nobody, nowhere).await);
    assert!(standing.unwrap().is_none());
    assert_eq!(in_tx!(db.store, [] tx => patient::next_seq(tx, nobody).await).unwrap(), None);
    assert!(!in_tx!(db.store, [] tx => patient::lock(tx, nobody).await).unwrap());
    assert!(!in_tx!(db.store, [] tx => patient::raise_epoch(tx, nobody).await).unwrap());
    assert!(standings(&db.store, nowhere, Filter::Any, LAST, 9).await.is_empty());
}
