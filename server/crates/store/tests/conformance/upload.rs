//! Uploads that are under way, and what they leave.

use renkei_domain::Timestamp;
use renkei_domain::id::{AttachmentId, DeviceId, PatientId};
use renkei_domain::timeline::Position;
use renkei_store::attachment::{self, Preview, StoredAttachment};
use renkei_store::device::{self, Device};
use renkei_store::upload::{self, NewUpload, StoredPart};
use renkei_store::{PartName, StoreError, organization, upkeep};
use uuid::Uuid;

use crate::database::Database;
use crate::world::{Member, NOW, World, id, in_snapshot, in_tx, sealed};

on_both_engines!(
    an_upload_goes_on_under_one_attempt,
    parts_take_each_others_place,
    what_is_under_way_counts_for_the_quota,
    what_nobody_goes_on_with_is_found_and_forgotten,
    what_nothing_names_is_found_and_removed,
    a_preview_is_made_once,
);

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn later(micros: i64) -> Timestamp {
    Timestamp(NOW.0 + micros)
}

fn part(part: u32, upload: Uuid, plain_len: u32) -> StoredPart {
    StoredPart { part, upload, plain_len, sealed_sha256: [7; 32], nonce_prefix: Some([part as u8; 19]) }
}

/// An upload of 100 bytes that has begun.
async fn begun(world: &World, patient: PatientId, member: &Member, attempt: Uuid) -> AttachmentId {
    let new = AttachmentId(id());
    let permit = world.access(patient, member).await.upload().unwrap();
    let device = Device {
        id: DeviceId(id()),
        person: Some(member.person),
        public_key_hash: vec![3; 32],
        certificate: vec![4; 500],
        expires_at: later(DAY),
        revoked_at: None,
    };
    let upload = NewUpload {
        id: new,
        device: device.id,
        announced: vec![1; 32],
        size: 100,
        blob_key: sealed("wrapped key"),
        hash_state: b"state".to_vec(),
    };
    in_tx!(world.store, [] tx => {
        device::insert_device(tx, &device, "phone", [5; 32], NOW).await?;
        upload::insert(tx, &permit, attempt, &upload, NOW).await
    })
    .unwrap();
    new
}

async fn stored(world: &World, patient: PatientId, member: &Member, preview: Preview) -> AttachmentId {
    let permit = world.access(patient, member).await.upload().unwrap();
    let new = AttachmentId(id());
    let attachment = StoredAttachment {
        id: new,
        upload: id(),
        uploaded_by: member.person,
        blob_key: sealed("wrapped key"),
        manifest: b"manifest".to_vec(),
        announced: Some(vec![1; 32]),
        position: Some(Position::Removed),
        preview,
        entry_seq: None,
    };
    in_tx!(world.store, [] tx => attachment::insert(tx, &permit, &attachment, 40, NOW).await).unwrap();
    new
}

async fn an_upload_goes_on_under_one_attempt(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (first, second) = (id(), id());
    let file = begun(&world, patient, &world.doctor, first).await;
    let permit = world.access(patient, &world.doctor).await.upload().unwrap();
    let advance = async |attempt: Uuid, number: u32, to: i64| {
        let part = part(number, attempt, 10);
        in_tx!(world.store, [part] tx => {
            upload::advance(tx, (patient, file, attempt), &part, to, b"further", later(1)).await
        })
        .unwrap()
    };
    assert!(advance(first, 0, 10).await);
    in_tx!(world.store, [permit] tx => upload::take(tx, &permit, file, second, later(2)).await).unwrap();
    assert!(!advance(first, 1, 20).await, "the first attempt goes on though the second one took over");
    assert!(advance(second, 1, 30).await);
    let (found, parts) = in_snapshot!(world.store, [permit] conn => {
        let found = upload::find(conn, &permit, file).await?.unwrap();
        Ok::<_, StoreError>((found, upload::parts(conn, patient, file).await?))
    })
    .unwrap();
    assert_eq!((found.stored_size, found.hash_state.as_slice()), (30, &b"further"[..]));
    assert_eq!((found.person, found.announced), (world.doctor.person, vec![1; 32]));
    assert_eq!(parts, [part(0, first, 10), part(1, second, 10)]);
    let end = async |attempt: Option<Uuid>| {
        in_tx!(world.store, [] tx => upload::end(tx, (patient, file), attempt).await).unwrap()
    };
    assert!(!end(Some(first)).await);
    assert!(end(Some(second)).await);
    assert!(!end(None).await, "it had ended");
}

async fn parts_take_each_others_place(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let (first, second) = (id(), id());
    let file = begun(&world, patient, &world.doctor, first).await;
    for new in [part(0, first, 10), part(1, first, 5), part(1, second, 9)] {
        in_tx!(world.store, [] tx => upload::put_part(tx, patient, file, &new).await).unwrap();
    }
    let parts = in_snapshot!(world.store, [] conn => upload::parts(conn, patient, file).await).unwrap();
    assert_eq!(parts, [part(0, first, 10), part(1, second, 9)]);
    let objects = in_snapshot!(world.store, [] conn => upkeep::objects(conn, patient, file).await).unwrap();
    let name = |upload, part| PartName { patient, attachment: file, upload, part };
    assert!(objects.has(&name(first, 0)) && objects.has(&name(second, 1)));
    assert!(!objects.has(&name(first, 1)), "another part took its place");
    in_tx!(world.store, [] tx => upload::delete_parts(tx, patient, file).await).unwrap();
    let parts = in_snapshot!(world.store, [] conn => upload::parts(conn, patient, file).await).unwrap();
    assert_eq!(parts, []);
}

async fn what_is_under_way_counts_for_the_quota(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let organization = world.doctor.organization;
    let used = async || {
        in_snapshot!(world.store, [] conn => organization::attachment_usage(conn, organization).await)
            .unwrap()
    };
    assert_eq!(used().await, 0);
    let attempt = id();
    let file = begun(&world, patient, &world.doctor, attempt).await;
    stored(&world, patient, &world.doctor, Preview::None).await;
    assert_eq!(used().await, 140);
    let person = world.doctor.person;
    let under_way = in_snapshot!(world.store, [] conn => upload::of_person(conn, person).await).unwrap();
    assert_eq!(under_way, 1);
    in_tx!(world.store, [] tx => upload::end(tx, (patient, file), Some(attempt)).await).unwrap();
    assert_eq!(used().await, 40);
}

async fn what_nobody_goes_on_with_is_found_and_forgotten(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let attempt = id();
    let file = begun(&world, patient, &world.doctor, attempt).await;
    let outdated = async |before: Timestamp| {
        in_snapshot!(world.store, [] conn => upload::outdated(conn, before, 10).await).unwrap()
    };
    assert_eq!(outdated(NOW).await, []);
    assert_eq!(outdated(later(1)).await, [(patient, file)]);
    let forget = async |before: Timestamp| {
        in_tx!(world.store, [] tx => upload::forget(tx, patient, file, before).await).unwrap()
    };
    // somebody went on with it between the look and the deed
    let went_on = part(0, attempt, 10);
    in_tx!(world.store, [went_on] tx => {
        upload::advance(tx, (patient, file, attempt), &went_on, 10, b"state", later(DAY)).await
    })
    .unwrap();
    assert!(!forget(later(1)).await);
    assert!(forget(later(DAY + 1)).await);
    assert_eq!(outdated(later(2 * DAY)).await, []);
}

async fn what_nothing_names_is_found_and_removed(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let free = stored(&world, patient, &world.doctor, Preview::None).await;
    let named = stored(&world, patient, &world.doctor, Preview::None).await;
    let permit = world.access(patient, &world.doctor).await.upload().unwrap();
    let claimed =
        in_tx!(world.store, [permit] tx => attachment::claim_for_entry(tx, &permit, named, 1, 0).await);
    assert!(claimed.unwrap());
    let unclaimed = async |before: Timestamp| {
        in_snapshot!(world.store, [] conn => upkeep::unclaimed(conn, before, 10).await).unwrap()
    };
    assert_eq!(unclaimed(NOW).await, []);
    assert_eq!(unclaimed(later(1)).await, [(patient, free)]);
    let remove = async |file: AttachmentId| {
        in_tx!(world.store, [] tx => upkeep::remove_unclaimed(tx, patient, file).await).unwrap()
    };
    assert!(!remove(named).await, "what an entry names stays");
    assert!(remove(free).await);
    assert!(!remove(free).await);
}

async fn a_preview_is_made_once(db: Database) {
    let world = World::new(&db.store).await;
    let patient = world.patient().await;
    let file = stored(&world, patient, &world.doctor, Preview::Pending).await;
    let plain = stored(&world, patient, &world.doctor, Preview::None).await;
    let waiting = async || {
        in_snapshot!(world.store, [] conn => upkeep::all_waiting_for_preview(conn, 10).await).unwrap()
    };
    assert_eq!(waiting().await, [(patient, file)]);
    let set = async |file: AttachmentId, preview: Option<(Uuid, Vec<u8>)>| {
        in_tx!(world.store, [] tx => upkeep::set_preview(tx, patient, file, preview).await).unwrap()
    };
    let made = id();
    assert!(!set(plain, Some((made, b"manifest".to_vec()))).await, "nobody waits for this one");
    assert!(set(file, Some((made, b"manifest".to_vec()))).await);
    assert!(!set(file, None).await);
    assert_eq!(waiting().await, []);
    let permit = world.access(patient, &world.doctor).await.read_entries().unwrap();
    let found = in_snapshot!(world.store, [permit] conn => attachment::by_id(conn, &permit, file).await);
    let found = found.unwrap().unwrap();
    assert_eq!(found.preview, Preview::Made { upload: made, manifest: b"manifest".to_vec() });
    assert_eq!((found.position, found.announced), (Some(Position::Removed), Some(vec![1; 32])));
    let objects = in_snapshot!(world.store, [] conn => upkeep::objects(conn, patient, file).await).unwrap();
    let name = |upload| PartName { patient, attachment: file, upload, part: 0 };
    assert!(objects.has(&name(made)) && objects.has(&name(found.upload)) && !objects.has(&name(id())));
}
