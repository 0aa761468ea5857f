//! Authenticator apps: a code is taken once, a recovery code is used once, one app for each person.

use renkei_domain::account::{CodeKind, DeviceKind};
use renkei_domain::id::{DeviceId, EnrollmentId, PersonId, SessionId};
use renkei_domain::identity::Purpose;
use renkei_store::device::{self, Enrollment};
use renkei_store::session::{self, NewSession};
use renkei_store::totp::{self, Ground, Offer};
use renkei_store::{Store, StoreError, account};

use crate::database::Database;
use crate::world::{NOW, World, id, in_snapshot, in_tx, later};

on_both_engines![
    a_code_is_taken_once_however_many_have_it,
    a_recovery_code_is_used_once_however_many_have_it,
    what_is_revoked_takes_nothing,
    a_person_has_one_app,
    of_offers_the_last_one_stands,
    a_session_of_an_app_has_no_certificate,
    a_device_has_what_its_kind_has,
];

const STEP: i64 = 60_000_000;

/// An app of the person under an enrolment code, whose first code was that of [`STEP`].
async fn enrolled(store: &Store, person: PersonId) -> DeviceId {
    let (device, token) = (DeviceId(id()), token());
    let code =
        Enrollment { id: EnrollmentId(id()), person, expires_at: later(600), device: None, made_for: None };
    let ground = Ground::Code { enrollment: code.id, password: "$argon2id$".into() };
    let offer = Offer { person, device, name: "アプリ".into(), seed: vec![7; 61], ground };
    let ended = in_tx!(store, [] tx => {
        device::insert_enrollment(tx, &code, CodeKind::Device, token, NOW).await?;
        totp::keep_offer(tx, &offer, token, later(600)).await?;
        totp::enroll(tx, &offer, token, STEP, NOW).await
    });
    assert!(ended.unwrap().is_some());
    device
}

/// Another one each time.
fn token() -> [u8; 32] {
    let mut token = [0; 32];
    token[..16].copy_from_slice(id().as_bytes());
    token
}

async fn take(store: &Store, device: DeviceId, step: i64) -> bool {
    in_tx!(store, [] tx => totp::take_step(tx, device, step).await).unwrap()
}

async fn a_code_is_taken_once_however_many_have_it(db: Database) {
    let world = World::new(&db.store).await;
    let device = enrolled(&db.store, world.nurse.person).await;
    assert!(!take(&db.store, device, STEP).await, "the code that enrolled it");
    let at_once = (0..100).map(|_| take(&db.store, device, STEP + 2));
    let taken = futures::future::join_all(at_once).await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 1);
    // the clock may have been set back
    for step in [STEP - 1, STEP, STEP + 1, STEP + 2] {
        assert!(!take(&db.store, device, step).await, "{step}");
    }
    assert!(take(&db.store, device, STEP + 3).await);
    let found = in_snapshot!(db.store, [] conn => totp::authenticator(conn, world.nurse.person).await);
    let found = found.unwrap().unwrap();
    assert_eq!((found.device, found.seed, found.last_step), (device, vec![7; 61], STEP + 3));
}

async fn a_recovery_code_is_used_once_however_many_have_it(db: Database) {
    let world = World::new(&db.store).await;
    let device = enrolled(&db.store, world.nurse.person).await;
    let store = &db.store;
    let replace = |hashes: Vec<[u8; 32]>| async move {
        in_tx!(store, [hashes] tx => totp::replace_recovery_codes(tx, device, &hashes).await).unwrap();
    };
    let has = |hash| async move {
        in_snapshot!(store, [] conn => totp::has_recovery_code(conn, device, hash).await).unwrap()
    };
    let left =
        || async { in_snapshot!(store, [] conn => totp::recovery_codes_left(conn, device).await).unwrap() };
    let use_up = |hash| async move {
        in_tx!(store, [] tx => totp::use_recovery_code(tx, device, hash, NOW).await).unwrap()
    };
    replace(vec![[1; 32], [2; 32]]).await;
    assert!(has([1; 32]).await && !has([3; 32]).await);
    let used = futures::future::join_all((0..20).map(|_| use_up([1; 32]))).await;
    assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
    assert!(!has([1; 32]).await && left().await == 1 && !use_up([3; 32]).await);
    replace(vec![[4; 32], [1; 32]]).await;
    assert!(!has([2; 32]).await && left().await == 2 && use_up([1; 32]).await, "a new set");
}

async fn what_is_revoked_takes_nothing(db: Database) {
    let world = World::new(&db.store).await;
    let person = world.nurse.person;
    let device = enrolled(&db.store, person).await;
    let store = &db.store;
    in_tx!(store, [] tx => {
        totp::replace_recovery_codes(tx, device, &[[1; 32]]).await?;
        account::revoke_device(tx, device, NOW).await
    })
    .unwrap();
    assert!(!take(store, device, STEP + 1).await);
    let used = in_tx!(store, [] tx => totp::use_recovery_code(tx, device, [1; 32], NOW).await);
    assert!(!used.unwrap());
    let found = in_snapshot!(store, [] conn => totp::authenticator(conn, person).await);
    assert!(found.unwrap().is_none());
}

async fn a_person_has_one_app(db: Database) {
    let world = World::new(&db.store).await;
    let (person, other) = (world.nurse.person, world.doctor.person);
    let others = enrolled(&db.store, other).await;
    let at_once = (0..4).map(|_| enrolled(&db.store, person));
    let apps = futures::future::join_all(at_once).await;
    let live = in_snapshot!(db.store, [] conn => account::devices(conn, person).await).unwrap();
    let live: Vec<_> = live.into_iter().filter(|device| device.revoked_at.is_none()).collect();
    assert_eq!(live.len(), 1);
    let kept = &live[0];
    assert_eq!((kept.kind, kept.expires_at, kept.name.as_str()), (DeviceKind::Totp, None, "アプリ"));
    assert!(apps.contains(&kept.id));
    let found = in_snapshot!(db.store, [] conn => totp::authenticator(conn, person).await);
    assert_eq!(found.unwrap().unwrap().device, kept.id);
    let found = in_snapshot!(db.store, [] conn => totp::authenticator(conn, other).await);
    assert_eq!(found.unwrap().unwrap().device, others);
}

async fn of_offers_the_last_one_stands(db: Database) {
    let world = World::new(&db.store).await;
    let device = enrolled(&db.store, world.nurse.person).await;
    let session = begin(&db.store, &world, device).await;
    let offer = |device| Offer {
        person: world.nurse.person,
        device,
        name: "アプリ".into(),
        seed: vec![1; 61],
        ground: Ground::Session(session),
    };
    let (first, second) = (offer(DeviceId(id())), offer(DeviceId(id())));
    let store = &db.store;
    let kept = second.device;
    in_tx!(store, [first, second] tx => {
        totp::keep_offer(tx, &first, [1; 32], later(600)).await?;
        totp::keep_offer(tx, &second, [2; 32], later(600)).await
    })
    .unwrap();
    let find = |token, now| async move {
        in_snapshot!(store, [] conn => totp::offer(conn, token, now).await).unwrap()
    };
    assert!(find([1; 32], NOW).await.is_none() && find([2; 32], later(600)).await.is_none());
    let found = find([2; 32], later(599)).await.unwrap();
    assert!(found.device == kept && matches!(found.ground, Ground::Session(of) if of == session));
    let enroll = |token| {
        let second = second.clone();
        async move { in_tx!(store, [second] tx => totp::enroll(tx, &second, token, STEP, NOW).await).unwrap() }
    };
    assert_eq!(enroll([1; 32]).await, None);
    assert_eq!(enroll([2; 32]).await, Some(vec![session]), "the app before goes with its sessions");
    assert_eq!(enroll([2; 32]).await, None, "once");
}

async fn begin(store: &Store, world: &World, device: DeviceId) -> SessionId {
    let new = NewSession {
        id: SessionId(id()),
        person: world.nurse.person,
        affiliation: world.nurse.affiliation,
        device,
        access_hash: [1; 32],
        access_expires_at: later(60),
        expires_at: later(600),
        purpose: Purpose::Treatment,
    };
    let id = new.id;
    in_tx!(store, [] tx => session::insert(tx, &new, NOW).await).unwrap();
    id
}

async fn a_session_of_an_app_has_no_certificate(db: Database) {
    let world = World::new(&db.store).await;
    let device = enrolled(&db.store, world.nurse.person).await;
    let session = begin(&db.store, &world, device).await;
    let found = in_snapshot!(db.store, [] conn => session::by_id(conn, session).await).unwrap().unwrap();
    assert_eq!((found.certificate_hash, found.caller.device_kind), (None, DeviceKind::Totp));
    assert_eq!((found.caller.session_ends_at, found.ended), (later(600), false));
    let live = in_snapshot!(db.store, [] conn => account::live_sessions(conn, world.nurse.person, NOW, later(-60)).await);
    assert_eq!(live.unwrap()[0].expires_at, later(600));
    let ended = in_tx!(db.store, [] tx => account::revoke_device(tx, device, NOW).await);
    assert_eq!(ended.unwrap(), [session]);
}

async fn a_device_has_what_its_kind_has(db: Database) {
    let world = World::new(&db.store).await;
    let app = enrolled(&db.store, world.nurse.person).await;
    let nobodys = device::Device {
        id: DeviceId(id()),
        person: None,
        public_key_hash: vec![3; 32],
        certificate: vec![4; 500],
        expires_at: later(3600),
        revoked_at: None,
    };
    let refused = in_tx!(db.store, [] tx => device::insert_device(tx, &nobodys, "端末", [5; 32], NOW).await);
    assert!(matches!(refused, Err(StoreError::Other(_))), "{refused:?}");
    let found = in_snapshot!(db.store, [] conn => device::device(conn, app).await).unwrap();
    assert!(found.is_none(), "it has no certificate");
}
