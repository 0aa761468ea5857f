//! Templates of organisations.

use renkei_domain::id::TemplateId;
use renkei_domain::identity::Actor;
use renkei_domain::template::EntryTemplate;
use renkei_domain::timeline::{Content, Message};
use renkei_store::{StoreError, organization, template};

use crate::database::Database;
use crate::world::{Member, World, id, in_snapshot, in_tx, later};

on_both_engines![templates_come_back_as_they_went_in, a_name_stands_once_in_an_organisation];

fn new(by: &Member, name: &str) -> EntryTemplate {
    EntryTemplate {
        id: TemplateId(id()),
        name: name.to_owned(),
        content: Content::Message(Message { text: "変わりありません。".to_owned(), intent: None }),
        etag: id(),
        changed_by: Actor {
            person: by.person,
            person_name: String::new(),
            organization: by.organization,
            organization_name: String::new(),
            role: by.role,
        },
        changed_at: later(1),
    }
}

async fn templates_come_back_as_they_went_in(db: Database) {
    let world = World::new(&db.store).await;
    let (doctor, own) = (&world.doctor, world.doctor.organization);
    let first = new(doctor, "報告");
    // byte order, on both engines
    let second = EntryTemplate {
        content: Content::Message(Message { text: String::new(), intent: None }),
        ..new(doctor, "お願い")
    };
    for saved in [&first, &second] {
        let saved = saved.clone();
        in_tx!(db.store, [saved] tx => {
            organization::hold(tx, own).await?;
            template::save(tx, &saved).await
        })
        .unwrap();
    }
    let found = in_snapshot!(db.store, [] conn => template::of_organization(conn, own).await).unwrap();
    let shown = |it: &EntryTemplate| (it.id, it.name.clone(), it.content.clone(), it.etag, it.changed_at);
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), [shown(&second), shown(&first)]);
    assert_eq!(found[0].changed_by.person, doctor.person);
    let changed =
        EntryTemplate { name: "連絡".to_owned(), etag: id(), changed_at: later(2), ..first.clone() };
    in_tx!(db.store, [changed] tx => template::save(tx, &changed).await).unwrap();
    let (first_id, second_id) = (first.id, second.id);
    let again = in_snapshot!(db.store, [] conn => template::by_id(conn, own, first_id).await).unwrap();
    assert_eq!(again.as_ref().map(shown), Some(shown(&changed)));
    let count = in_snapshot!(db.store, [] conn => template::count(conn, own).await).unwrap();
    assert_eq!(count, 2);
    for expected in [true, false] {
        let deleted = in_tx!(db.store, [] tx => template::delete(tx, own, second_id).await).unwrap();
        assert_eq!(deleted, expected);
    }
}

async fn a_name_stands_once_in_an_organisation(db: Database) {
    let world = World::new(&db.store).await;
    let first = new(&world.doctor, "報告");
    let other = EntryTemplate { id: first.id, ..new(&world.nurse, "報告") };
    for saved in [&first, &other] {
        let saved = saved.clone();
        in_tx!(db.store, [saved] tx => template::save(tx, &saved).await).unwrap();
    }
    let own = world.doctor.organization;
    let named = in_snapshot!(db.store, [] conn => template::named(conn, own, "報告").await).unwrap();
    assert_eq!(named, Some(first.id));
    let twice = new(&world.doctor, "報告");
    let refused = in_tx!(db.store, [twice] tx => template::save(tx, &twice).await);
    assert!(matches!(refused, Err(StoreError::Unique)));
    let (theirs, id) = (world.nurse.organization, first.id);
    in_tx!(db.store, [] tx => template::delete(tx, theirs, id).await).unwrap();
    let stands = in_snapshot!(db.store, [] conn => template::by_id(conn, own, id).await).unwrap();
    assert!(stands.is_some(), "another organisation's went with it");
}
