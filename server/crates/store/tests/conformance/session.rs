//! Sessions and refresh tokens.

use renkei_domain::Category;
use renkei_domain::account::DeviceKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, AuditEventId, DeviceId, PatientId, SessionId};
use renkei_domain::identity::{Purpose, Role};
use renkei_domain::{Subject, Timestamp};
use renkei_store::audit::{self, Disclosure, Stamp};
use renkei_store::device::{self, Device};
use renkei_store::session::{self, NewSession, Session};
use renkei_store::{Store, StoreError, identity};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![
    a_session_says_who_it_is,
    access_tokens_are_unique,
    renewing_replaces_the_access_token,
    a_session_ends_once_and_is_not_renewed_after,
    touching_never_goes_back,
    a_refresh_token_is_used_once,
    a_session_ends_with_what_it_stands_on,
    all_sessions_of_a_person_end_or_of_an_affiliation,
    an_ended_session_is_shown_nothing,
];

/// A session of the nurse with the access token `[1; 32]`.
async fn begin(db: &Database) -> (World, SessionId) {
    let world = World::new(&db.store).await;
    let device = Device {
        id: DeviceId(id()),
        person: Some(world.nurse.person),
        public_key_hash: vec![0; 32],
        certificate: vec![0; 10],
        expires_at: later(3600),
        revoked_at: None,
    };
    let new = NewSession {
        id: SessionId(id()),
        person: world.nurse.person,
        affiliation: world.nurse.affiliation,
        device: device.id,
        access_hash: [1; 32],
        access_expires_at: later(60),
        expires_at: later(600),
        purpose: Purpose::CareManagement,
    };
    let session = new.id;
    in_tx!(db.store, [] tx => {
        device::insert_device(tx, &device, "phone", [9; 32], NOW).await?;
        session::insert(tx, &new, NOW).await
    })
    .unwrap();
    (world, session)
}

async fn with_token(store: &Store, hash: [u8; 32]) -> Option<Session> {
    in_snapshot!(store, [] conn => session::by_access_hash(conn, hash).await).unwrap()
}

async fn a_session_says_who_it_is(db: Database) {
    let (world, id_of) = begin(&db).await;
    let session = with_token(&db.store, [1; 32]).await.unwrap();
    let caller = &session.caller;
    assert_eq!(caller.subject(), Subject { purpose: Purpose::CareManagement, ..world.nurse.subject() });
    assert_eq!((caller.session, caller.affiliation), (id_of, world.nurse.affiliation));
    assert_eq!((caller.login_name.as_str(), caller.actor.person_name.as_str()), ("nurse", "架空 nurse"));
    assert_eq!((caller.actor.organization_name.as_str(), caller.actor.role), ("みどり訪問看護", Role::Nurse));
    assert_eq!((session.access_expires_at, caller.session_ends_at), (later(60), later(600)));
    assert_eq!((session.last_seen_at, session.ended), (NOW, false));
    assert_eq!(session.certificate_hash.as_deref(), Some([9; 32].as_slice()));
    assert_eq!(caller.device_kind, DeviceKind::Certificate);
    db.execute("UPDATE device SET expires_at = expires_at - 3590000000").await;
    let session = with_token(&db.store, [1; 32]).await.unwrap();
    assert_eq!(session.caller.session_ends_at, later(10), "a session does not outlive its certificate");

    let same = in_snapshot!(db.store, [] conn => session::by_id(conn, id_of).await).unwrap().unwrap();
    assert_eq!(same.caller.session, id_of);
    assert!(with_token(&db.store, [2; 32]).await.is_none());
    let none = in_snapshot!(db.store, [] conn => session::by_id(conn, SessionId(id())).await);
    assert!(none.unwrap().is_none());
}

async fn access_tokens_are_unique(db: Database) {
    let (_, one) = begin(&db).await;
    let caller = with_token(&db.store, [1; 32]).await.unwrap().caller;
    let new = move |access_hash, device| NewSession {
        id: SessionId(id()),
        person: caller.actor.person,
        affiliation: caller.affiliation,
        device,
        access_hash,
        access_expires_at: later(60),
        expires_at: later(600),
        purpose: Purpose::Treatment,
    };
    let device = with_token(&db.store, [1; 32]).await.unwrap().caller.device;
    let (twin, nowhere) = (new([1; 32], device), new([2; 32], DeviceId(id())));
    let taken = in_tx!(db.store, [] tx => session::insert(tx, &twin, NOW).await);
    assert!(matches!(taken, Err(StoreError::Unique)));
    let refused = in_tx!(db.store, [] tx => session::insert(tx, &nowhere, NOW).await);
    assert!(matches!(refused, Err(StoreError::ForeignKey)));
    assert_eq!(with_token(&db.store, [1; 32]).await.unwrap().caller.session, one);
}

async fn renewing_replaces_the_access_token(db: Database) {
    let (_, session) = begin(&db).await;
    let renewed = in_tx!(db.store, [] tx => session::renew(tx, session, [2; 32], later(90), later(30)).await);
    assert!(renewed.unwrap());
    assert!(with_token(&db.store, [1; 32]).await.is_none(), "the old token is gone at once");
    let session = with_token(&db.store, [2; 32]).await.unwrap();
    assert_eq!((session.access_expires_at, session.last_seen_at), (later(90), later(30)));
    assert_eq!(session.caller.session_ends_at, later(600), "renewing does not make it longer");
}

async fn a_session_ends_once_and_is_not_renewed_after(db: Database) {
    let (_, session) = begin(&db).await;
    for expected in [true, false] {
        let ended = in_tx!(db.store, [] tx => session::end(tx, session, later(1)).await);
        assert_eq!(ended.unwrap(), expected);
    }
    assert!(with_token(&db.store, [1; 32]).await.unwrap().ended);
    let renewed = in_tx!(db.store, [] tx => session::renew(tx, session, [2; 32], later(90), later(30)).await);
    assert!(!renewed.unwrap());
    assert!(with_token(&db.store, [2; 32]).await.is_none());
    let nobody = SessionId(id());
    let ended = in_tx!(db.store, [] tx => session::end(tx, nobody, later(1)).await);
    assert!(!ended.unwrap());
}

async fn touching_never_goes_back(db: Database) {
    let (_, session) = begin(&db).await;
    let seen = |at: Timestamp, expected: Timestamp| {
        let store = db.store.clone();
        async move {
            in_tx!(store, [] tx => session::touch(tx, session, at).await).unwrap();
            assert_eq!(with_token(&store, [1; 32]).await.unwrap().last_seen_at, expected);
        }
    };
    seen(later(20), later(20)).await;
    seen(later(10), later(20)).await;
}

async fn a_refresh_token_is_used_once(db: Database) {
    let (_, session) = begin(&db).await;
    in_tx!(db.store, [] tx => session::insert_refresh(tx, [5; 32], session, NOW).await).unwrap();
    let twin = in_tx!(db.store, [] tx => session::insert_refresh(tx, [5; 32], session, NOW).await);
    assert!(matches!(twin, Err(StoreError::Unique)));
    let nobodys = in_tx!(db.store, [] tx => session::insert_refresh(tx, [6; 32], SessionId(id()), NOW).await);
    assert!(matches!(nobodys, Err(StoreError::ForeignKey)));
    let unknown = in_tx!(db.store, [] tx => session::use_refresh(tx, [6; 32], NOW).await);
    assert_eq!(unknown.unwrap(), None);

    // eight at once, of which one may have it; the others find out that it is used
    let tries = (0..8).map(|n| {
        let store = db.store.clone();
        async move { in_tx!(store, [] tx => session::use_refresh(tx, [5; 32], later(n)).await).unwrap() }
    });
    let answers = futures::future::join_all(tries).await;
    assert!(answers.iter().all(|answer| answer.is_some_and(|(of, _)| of == session)));
    assert_eq!(answers.iter().filter(|answer| answer.is_some_and(|(_, unused)| unused)).count(), 1);
}

async fn a_session_ends_with_what_it_stands_on(db: Database) {
    let (world, session) = begin(&db).await;
    let (nurse, affiliation) = (world.nurse.person, world.nurse.affiliation);
    let ended = || async { with_token(&db.store, [1; 32]).await.unwrap().ended };
    in_tx!(db.store, [] tx => identity::suspend(tx, world.pharmacist.person, NOW).await).unwrap();
    assert!(!ended().await, "another person");
    in_tx!(db.store, [] tx => identity::suspend(tx, nurse, NOW).await).unwrap();
    assert!(ended().await);
    in_tx!(db.store, [] tx => identity::reinstate(tx, nurse).await).unwrap();
    assert!(!ended().await);
    in_tx!(db.store, [] tx => identity::end_affiliation(tx, affiliation, NOW).await).unwrap();
    assert!(ended().await);
    let found = in_snapshot!(db.store, [] conn => session::by_id(conn, session).await).unwrap().unwrap();
    assert!(found.ended);
}

async fn all_sessions_of_a_person_end_or_of_an_affiliation(db: Database) {
    let (world, first) = begin(&db).await;
    let nurse = world.nurse;
    let device = with_token(&db.store, [1; 32]).await.unwrap().caller.device;
    let second = AffiliationId(id());
    in_tx!(db.store, [] tx =>
        identity::insert_affiliation(tx, second, nurse.person, nurse.organization, Role::CareManager, NOW).await)
    .unwrap();
    let mut sessions = vec![first];
    for (n, affiliation) in [nurse.affiliation, second, second].into_iter().enumerate() {
        let new = NewSession {
            id: SessionId(id()),
            person: nurse.person,
            affiliation,
            device,
            access_hash: [10 + n as u8; 32],
            access_expires_at: later(60),
            expires_at: later(600),
            purpose: Purpose::Treatment,
        };
        sessions.push(new.id);
        in_tx!(db.store, [] tx => session::insert(tx, &new, NOW).await).unwrap();
    }
    // one has ended by itself
    let last = sessions[3];
    assert!(in_tx!(db.store, [] tx => session::end(tx, last, NOW).await).unwrap());

    let ended = in_tx!(db.store, [] tx => session::end_of_affiliation(tx, second, later(1)).await).unwrap();
    assert_eq!(ended, [sessions[2]]);
    let stranger = world.pharmacist.person;
    let none = in_tx!(db.store, [] tx => session::end_of_person(tx, stranger, later(1)).await).unwrap();
    assert_eq!(none, []);
    let mut ended =
        in_tx!(db.store, [] tx => session::end_of_person(tx, nurse.person, later(2)).await).unwrap();
    ended.sort_unstable();
    assert_eq!(ended, sessions[..2]);
    assert!(with_token(&db.store, [1; 32]).await.unwrap().ended);
    let again = in_tx!(db.store, [] tx => session::end_of_person(tx, nurse.person, later(3)).await).unwrap();
    assert_eq!(again, []);
}

/// Puts a disclosure to the session on record.
async fn disclose(world: &World, patient: PatientId, session: SessionId) -> Result<(), StoreError> {
    let act = Act::permitted(&world.reader(patient, &world.nurse).await, Action::EntryRead);
    let stamp = Stamp { id: AuditEventId(id()), time: NOW, session: Some(session), service: None };
    audit::disclose(&world.store, vec![Disclosure { person_epoch: 0, stamp, act }]).await
}

async fn an_ended_session_is_shown_nothing(db: Database) {
    let (world, session) = begin(&db).await;
    let patient = world.patient().await;
    world.admit(patient, &world.nurse, [Category::Message]).await;
    disclose(&world, patient, session).await.unwrap();
    in_tx!(db.store, [] tx => session::end(tx, session, later(1)).await).unwrap();
    assert!(matches!(disclose(&world, patient, session).await, Err(StoreError::EpochChanged)));
}
