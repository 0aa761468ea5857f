//! A person's account: sessions, devices with their certificates, the password.

use renkei_domain::Timestamp;
use renkei_domain::account::CodeKind;
use renkei_domain::id::{DeviceId, EnrollmentId, PersonId, SessionId};
use renkei_domain::identity::{Purpose, Role};
use renkei_store::account::{self, NextCertificate};
use renkei_store::device::{self, Device, Enrollment};
use renkei_store::session::{self, NewSession};
use renkei_store::{StoreError, identity};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![
    sessions_that_are_live_are_listed,
    all_others_end_and_nobody_elses,
    a_revoked_device_stays_so_and_its_sessions_end,
    the_next_certificate_takes_the_place_of_the_one_before,
    a_password_is_replaced_by_who_knows_it,
    a_password_is_forgotten_with_the_codes_of_before,
];

/// A device of the nurse with this number as the hash of its certificate.
async fn device_of(db: &Database, person: PersonId, number: u8) -> DeviceId {
    let device = Device {
        id: DeviceId(id()),
        person: Some(person),
        public_key_hash: vec![number; 32],
        certificate: vec![number; 10],
        expires_at: later(3600),
        revoked_at: None,
    };
    let id = device.id;
    in_tx!(db.store, [] tx => device::insert_device(tx, &device, "phone", [number; 32], NOW).await).unwrap();
    id
}

/// A session of the nurse on the device, used last so many seconds after the beginning.
async fn session_on(db: &Database, world: &World, device: DeviceId, number: u8, seen: i64) -> SessionId {
    let new = NewSession {
        id: SessionId(id()),
        person: world.nurse.person,
        affiliation: world.nurse.affiliation,
        device,
        access_hash: [number; 32],
        access_expires_at: later(60),
        expires_at: later(600),
        purpose: Purpose::Treatment,
    };
    let id = new.id;
    in_tx!(db.store, [] tx => {
        session::insert(tx, &new, NOW).await?;
        session::touch(tx, id, later(seen)).await
    })
    .unwrap();
    id
}

async fn sessions_that_are_live_are_listed(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = world.nurse.person;
    let phone = device_of(&db, nurse, 1).await;
    let first = session_on(&db, &world, phone, 1, 10).await;
    let second = session_on(&db, &world, phone, 2, 20).await;
    let over = session_on(&db, &world, phone, 3, 30).await;
    in_tx!(db.store, [] tx => session::end(tx, over, NOW).await).unwrap();
    let live = async |now: i64, idle_since: i64| {
        let found = in_snapshot!(db.store, [] conn =>
            account::live_sessions(conn, nurse, later(now), later(idle_since)).await);
        found.unwrap()
    };
    let found = live(40, 0).await;
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [second, first], "the last used first");
    assert_eq!((found[0].device, found[0].device_name.as_str()), (phone, "phone"));
    assert_eq!((found[0].role, found[0].organization_name.as_str()), (Role::Nurse, "みどり訪問看護"));
    assert_eq!(
        (found[0].created_at, found[0].last_seen_at, found[0].expires_at),
        (NOW, later(20), later(600))
    );
    assert_eq!(live(40, 10).await.len(), 1, "not used since then");
    assert_eq!(live(600, 0).await.len(), 0, "over");
    let stranger = world.pharmacist.person;
    let none = in_snapshot!(db.store, [] conn =>
        account::live_sessions(conn, stranger, later(1), NOW).await);
    assert!(none.unwrap().is_empty());
    let whose = async |id: SessionId| {
        in_snapshot!(db.store, [] conn => account::whose_session(conn, id).await).unwrap()
    };
    assert_eq!((whose(first).await, whose(SessionId(id())).await), (Some(nurse), None));
}

async fn all_others_end_and_nobody_elses(db: Database) {
    let world = World::new(&db.store).await;
    let (nurse, stranger) = (world.nurse.person, world.pharmacist.person);
    let phone = device_of(&db, nurse, 1).await;
    let first = session_on(&db, &world, phone, 1, 1).await;
    let second = session_on(&db, &world, phone, 2, 2).await;
    let ended = in_tx!(db.store, [] tx => account::end_others(tx, stranger, first, later(3)).await).unwrap();
    assert_eq!(ended, []);
    for expected in [vec![second], vec![]] {
        let ended = in_tx!(db.store, [] tx => account::end_others(tx, nurse, first, later(3)).await);
        assert_eq!(ended.unwrap(), expected);
    }
    let left = in_snapshot!(db.store, [] conn => account::live_sessions(conn, nurse, later(4), NOW).await);
    assert_eq!(left.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [first]);
}

async fn a_revoked_device_stays_so_and_its_sessions_end(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = world.nurse.person;
    let (phone, tablet) = (device_of(&db, nurse, 1).await, device_of(&db, nurse, 2).await);
    let lost = session_on(&db, &world, phone, 1, 1).await;
    let kept = session_on(&db, &world, tablet, 2, 2).await;
    for (at, expected) in [(5, vec![lost]), (6, vec![])] {
        let ended = in_tx!(db.store, [] tx => account::revoke_device(tx, phone, later(at)).await);
        assert_eq!(ended.unwrap(), expected);
    }
    let revoked = in_snapshot!(db.store, [] conn => account::device(conn, phone).await).unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(later(5)), "since the first time");
    let devices = in_snapshot!(db.store, [] conn => account::devices(conn, nurse).await).unwrap();
    assert_eq!(devices.len(), 2);
    assert!(devices.iter().all(|device| device.revoked_at.is_some() == (device.id == phone)));
    let left = in_snapshot!(db.store, [] conn => account::live_sessions(conn, nurse, later(7), NOW).await);
    assert_eq!(left.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [kept]);
    let whose = async |id: DeviceId| {
        in_snapshot!(db.store, [] conn => account::whose_device(conn, id).await).unwrap()
    };
    assert_eq!((whose(phone).await, whose(DeviceId(id())).await), (Some(nurse), None));
}

async fn the_next_certificate_takes_the_place_of_the_one_before(db: Database) {
    let world = World::new(&db.store).await;
    let phone = device_of(&db, world.nurse.person, 1).await;
    let tablet = device_of(&db, world.nurse.person, 2).await;
    let next =
        NextCertificate { public_key_hash: vec![7; 32], certificate: vec![8; 10], expires_at: later(7200) };
    let issue = async |device: DeviceId, shown: u8| {
        let next = next.clone();
        in_tx!(db.store, [] tx => account::issue_next(tx, device, [shown; 32], &next, [9; 32]).await)
    };
    assert!(!issue(phone, 3).await.unwrap(), "another certificate was shown than it has");
    assert!(issue(phone, 1).await.unwrap());
    assert!(matches!(issue(tablet, 2).await, Err(StoreError::Unique)));
    let stored = in_snapshot!(db.store, [] conn => account::next_certificate(conn, phone).await);
    let stored = stored.unwrap().unwrap();
    assert_eq!((stored.certificate, stored.expires_at), (vec![8; 10], later(7200)));
    let listed = in_snapshot!(db.store, [] conn => account::device(conn, phone).await).unwrap().unwrap();
    assert_eq!(listed.expires_at, Some(later(7200)), "it lasts as long as the last that was issued");

    let by = async |hash: u8| {
        in_snapshot!(db.store, [] conn => device::device_by_certificate(conn, [hash; 32]).await).unwrap()
    };
    assert!(by(1).await.is_some() && by(9).await.is_none(), "until it is taken up");
    let found = in_snapshot!(db.store, [] conn => account::device_by_next(conn, [9; 32]).await);
    assert_eq!(found.unwrap(), Some(phone));
    // several at once: one does it
    let tries = (0..4).map(|_| async {
        in_tx!(db.store, [] tx => account::take_up_next(tx, phone, [9; 32]).await).unwrap()
    });
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
    assert!(by(1).await.is_none(), "the one before is nobody's");
    let found = by(9).await.unwrap();
    assert_eq!((found.id, found.public_key_hash, found.expires_at), (phone, vec![7; 32], later(7200)));
    let none = in_snapshot!(db.store, [] conn => account::next_certificate(conn, phone).await);
    assert!(none.unwrap().is_none());

    in_tx!(db.store, [] tx => account::revoke_device(tx, phone, later(1)).await).unwrap();
    assert!(!issue(phone, 9).await.unwrap(), "revoked");
}

async fn a_password_is_replaced_by_who_knows_it(db: Database) {
    let world = World::new(&db.store).await;
    let nurse = world.nurse.person;
    in_tx!(db.store, [] tx => identity::set_first_password(tx, nurse, "one").await).unwrap();
    let replace = async |old: &'static str, new: &'static str| {
        in_tx!(db.store, [] tx => account::replace_password(tx, nurse, old, new).await).unwrap()
    };
    let holds = async |hash: &'static str| {
        in_tx!(db.store, [] tx => account::hold_password(tx, nurse, hash).await).unwrap()
    };
    assert!(holds("one").await);
    assert!(!replace("other", "two").await);
    assert!(replace("one", "two").await);
    assert!(!replace("one", "three").await, "it is not that any more");
    assert!(holds("two").await && !holds("one").await);
}

async fn a_password_is_forgotten_with_the_codes_of_before(db: Database) {
    let world = World::new(&db.store).await;
    let (nurse, stranger) = (world.nurse.person, world.pharmacist.person);
    for (person, number, ends) in [(nurse, 1, 600), (nurse, 2, 5), (stranger, 3, 600)] {
        let new = Enrollment {
            id: EnrollmentId(id()),
            person,
            expires_at: later(ends),
            device: None,
            made_for: None,
        };
        let kind = CodeKind::Device;
        in_tx!(db.store, [] tx => {
            identity::set_first_password(tx, person, "one").await?;
            device::insert_enrollment(tx, &new, kind, [number; 32], NOW).await
        })
        .unwrap();
    }
    assert!(in_tx!(db.store, [] tx => account::forget_password(tx, nurse).await).unwrap());
    for (number, is_void) in [(1, true), (2, true), (3, false)] {
        let kind = CodeKind::Device;
        let code = in_snapshot!(db.store, [] conn => device::enrollment(conn, [number; 32], kind).await);
        let code = code.unwrap().unwrap();
        assert_eq!(code.expires_at == Timestamp(0), is_void, "{number}");
        // not by a call either that began before, or by a server whose clock is behind
        let used = in_tx!(db.store, [] tx => device::use_enrollment(tx, code.id, DeviceId(id()), NOW).await);
        assert_eq!(used.unwrap(), !is_void, "{number}");
    }
    let hash = async |person: PersonId| {
        in_snapshot!(db.store, [] conn => identity::credentials_of(conn, person).await).unwrap().unwrap().1
    };
    assert_eq!((hash(nurse).await, hash(stranger).await.as_deref()), (None, Some("one")));
    let nobody = PersonId(id());
    assert!(!in_tx!(db.store, [] tx => account::forget_password(tx, nobody).await).unwrap());
}
