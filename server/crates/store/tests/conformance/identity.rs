//! Organisations, people and affiliations.

use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
use renkei_domain::identity::{OrganizationKind, Role};
use renkei_store::{Store, StoreError, identity};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, organization, person};

on_both_engines![
    organizations_are_ordered_by_the_bytes_of_their_names,
    organizations_have_unique_ids,
    people_are_ordered_by_login_name,
    login_names_are_unique,
    affiliations_are_unique_and_refer_to_what_exists,
    the_first_password_is_set_once,
];

async fn organizations_are_ordered_by_the_bytes_of_their_names(db: Database) {
    // two have the same name; no dictionary would order the rest like this
    let names = ["Zeta", "alpha", "あおば薬局", "あおば薬局", "ひかり診療所", "アオバ歯科", "青葉病院"];
    for name in names.iter().rev() {
        let organization = organization(name, OrganizationKind::Clinic);
        in_tx!(db.store, [] tx => identity::insert_organization(tx, &organization).await).unwrap();
    }
    let mut seen = Vec::new();
    let mut after = (String::new(), OrganizationId(uuid::Uuid::nil()));
    loop {
        let page = in_snapshot!(db.store, [after] conn =>
            identity::organizations(conn, (&after.0, after.1), 2).await)
        .unwrap();
        let Some(last) = page.last() else { break };
        after = (last.name.clone(), last.id);
        seen.extend(page);
    }
    assert_eq!(seen.iter().map(|organization| organization.name.as_str()).collect::<Vec<_>>(), names);
    assert!(seen[2].id < seen[3].id, "the same name is ordered by id");

    let found = in_snapshot!(db.store, [seen] conn => identity::organization(conn, seen[0].id).await);
    let found = found.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.kind, found.created_at), ("Zeta", OrganizationKind::Clinic, NOW));
    let none = in_snapshot!(db.store, [] conn => identity::organization(conn, OrganizationId(id())).await);
    assert!(none.unwrap().is_none());
}

async fn organizations_have_unique_ids(db: Database) {
    let organization = organization("ひかり診療所", OrganizationKind::Clinic);
    in_tx!(db.store, [organization] tx => identity::insert_organization(tx, &organization).await).unwrap();
    let again = in_tx!(db.store, [] tx => identity::insert_organization(tx, &organization).await);
    assert!(matches!(again, Err(StoreError::Unique)));
}

async fn people_are_ordered_by_login_name(db: Database) {
    let world = World::new(&db.store).await;
    let people = [person("Zoe"), person("a.suzuki"), person("a_sato"), person("b-tanaka")];
    for person in &people {
        in_tx!(db.store, [person] tx => identity::insert_person(tx, &person).await).unwrap();
    }
    let station = world.nurse.organization;
    for (person, role) in
        [(&people[3], Role::Nurse), (&people[0], Role::Therapist), (&people[0], Role::Nurse)]
    {
        employ(&db.store, person.id, station, role).await.unwrap();
    }

    let first = logins(&db.store, None, "", 3).await;
    assert_eq!(first, ["Zoe", "a.suzuki", "a_sato"]);
    let rest = logins(&db.store, None, "a_sato", 9).await;
    assert_eq!(rest, ["b-tanaka", "doctor", "nurse", "pharmacist"]);

    // who is there in two roles is there once
    assert_eq!(logins(&db.store, Some(station), "", 9).await, ["Zoe", "b-tanaka", "nurse"]);
    assert_eq!(logins(&db.store, Some(station), "Zoe", 1).await, ["b-tanaka"]);
    assert!(logins(&db.store, Some(OrganizationId(id())), "", 9).await.is_empty());
}

async fn logins(store: &Store, at: Option<OrganizationId>, after: &'static str, limit: i64) -> Vec<String> {
    let people = in_snapshot!(store, [] conn => identity::people(conn, at, after, limit).await).unwrap();
    people.into_iter().map(|person| person.login_name).collect()
}

async fn employ(
    store: &Store,
    who: PersonId,
    at: OrganizationId,
    role: Role,
) -> Result<AffiliationId, StoreError> {
    let affiliation = AffiliationId(id());
    in_tx!(store, [] tx => identity::insert_affiliation(tx, affiliation, who, at, role, NOW).await)
}

async fn login_names_are_unique(db: Database) {
    let (one, other) = (person("suzuki"), person("suzuki"));
    let one_id = one.id;
    in_tx!(db.store, [] tx => identity::insert_person(tx, &one).await).unwrap();
    let taken = in_tx!(db.store, [] tx => identity::insert_person(tx, &other).await);
    assert!(matches!(taken, Err(StoreError::Unique)));

    let credentials = in_snapshot!(db.store, [] conn => identity::credentials(conn, "suzuki").await);
    assert_eq!(credentials.unwrap(), Some((one_id, None)));
    // upper and lower case are different: who wants them the same folds them before
    let none = in_snapshot!(db.store, [] conn => identity::credentials(conn, "SUZUKI").await);
    assert_eq!(none.unwrap(), None);
}

async fn affiliations_are_unique_and_refer_to_what_exists(db: Database) {
    let world = World::new(&db.store).await;
    let (nurse, station) = (world.nurse.person, world.nurse.organization);

    let again = employ(&db.store, nurse, station, Role::Nurse).await;
    assert!(matches!(again, Err(StoreError::Unique)));
    let nowhere = employ(&db.store, nurse, OrganizationId(id()), Role::Nurse).await;
    assert!(matches!(nowhere, Err(StoreError::ForeignKey)));
    let nobody = employ(&db.store, PersonId(id()), station, Role::Nurse).await;
    assert!(matches!(nobody, Err(StoreError::ForeignKey)));

    employ(&db.store, nurse, station, Role::CareManager).await.unwrap();
    let person = in_snapshot!(db.store, [] conn => identity::person(conn, nurse).await).unwrap().unwrap();
    let roles: Vec<_> = person.affiliations.iter().map(|affiliation| affiliation.role).collect();
    assert_eq!(roles, [Role::Nurse, Role::CareManager]);
    assert_eq!(person.affiliations[0].id, world.nurse.affiliation);
    assert_eq!(person.affiliations[0].organization_name, "みどり訪問看護");
    let none = in_snapshot!(db.store, [] conn => identity::person(conn, PersonId(id())).await);
    assert!(none.unwrap().is_none());
}

async fn the_first_password_is_set_once(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = world.nurse.person;
    for (hash, expected) in [("first", true), ("second", false)] {
        let set = in_tx!(db.store, [] tx => identity::set_first_password(tx, nurse, hash).await);
        assert_eq!(set.unwrap(), expected);
    }
    let credentials = in_snapshot!(db.store, [] conn => identity::credentials_of(conn, nurse).await);
    assert_eq!(credentials.unwrap(), Some(("nurse".to_owned(), Some("first".to_owned()))));
    let nobody = PersonId(id());
    let set = in_tx!(db.store, [] tx => identity::set_first_password(tx, nobody, "x").await);
    assert!(!set.unwrap());
}
