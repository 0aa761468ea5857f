//! Whose an account is.

use renkei_domain::administration::{Account, Held};
use renkei_domain::id::{AffiliationId, PersonId};
use renkei_domain::identity::Role;
use renkei_store::{administration, identity};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, person};

on_both_engines![an_account_tells_where_it_ever_was];

async fn an_account_tells_where_it_ever_was(db: Database) {
    let world = World::new(&db.store).await;
    let (clinic, station) = (world.doctor.organization, world.nurse.organization);
    let new = person("new");
    let who = new.id;
    let account =
        async || in_snapshot!(db.store, [] conn => administration::account(conn, who).await).unwrap();
    assert_eq!(account().await, None);
    in_tx!(db.store, [] tx => {
        identity::insert_person(tx, &new).await?;
        administration::created_for(tx, who, Some(clinic)).await
    })
    .unwrap();
    let created = Account { created_for: Some(clinic), ..Account::default() };
    assert_eq!(account().await, Some(created));

    let (first, second) = (AffiliationId(id()), AffiliationId(id()));
    in_tx!(db.store, [] tx => {
        identity::insert_affiliation(tx, first, who, clinic, Role::PrivacyOfficer, NOW).await?;
        identity::insert_affiliation(tx, second, who, station, Role::OrganizationAdministrator, NOW).await?;
        identity::end_affiliation(tx, first, NOW).await?;
        administration::suspended_by(tx, who, Some(station)).await
    })
    .unwrap();
    let mut found = account().await.unwrap();
    found.affiliations.sort_by_key(|held| held.organization);
    let mut held = [
        Held { organization: clinic, role: Role::PrivacyOfficer, stands: false },
        Held { organization: station, role: Role::OrganizationAdministrator, stands: true },
    ];
    held.sort_by_key(|held| held.organization);
    assert_eq!((found.suspended_by, found.affiliations.as_slice()), (Some(station), held.as_slice()));

    let stands = async |which| {
        in_snapshot!(db.store, [] conn => administration::affiliation(conn, which).await).unwrap()
    };
    assert_eq!(stands(first).await, None, "it has ended");
    assert_eq!(stands(second).await, Some((who, station, Role::OrganizationAdministrator)));
    assert_eq!(stands(AffiliationId(id())).await, None);
    in_tx!(db.store, [] tx => {
        administration::created_for(tx, who, None).await?;
        administration::suspended_by(tx, who, None).await
    })
    .unwrap();
    let found = in_tx!(db.store, [] tx => administration::account_to_hold(tx, who).await).unwrap().unwrap();
    assert_eq!((found.created_for, found.suspended_by), (None, None));
    let nobody = PersonId(id());
    assert_eq!(in_tx!(db.store, [] tx => administration::account_to_hold(tx, nobody).await).unwrap(), None);
}
