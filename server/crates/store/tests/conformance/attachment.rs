//! Attachments.

use renkei_domain::consent::{Effect, Form};
use renkei_domain::id::{AttachmentId, ConsentId, PatientId, PersonId};
use renkei_domain::{Category, Permit, Read, Sensitivity};
use renkei_store::StoreError;
use renkei_store::attachment::{self, Preview, StoredAttachment};

use crate::database::Database;
use crate::world::{Member, NOW, World, form, id, in_snapshot, in_tx, scope_of, sealed};

on_both_engines![
    what_nothing_names_is_its_uploaders,
    what_an_entry_names_is_seen_with_the_entry,
    what_a_restricted_entry_names_is_as_restricted,
    a_consents_paper_is_seen_by_the_custodian,
    an_attachment_is_claimed_once_and_by_its_uploader,
    attachments_of_a_page_come_in_the_authors_order,
];

pub(crate) async fn upload(world: &World, patient: PatientId, member: &Member) -> AttachmentId {
    let new = AttachmentId(id());
    store(world, patient, member, new).await.unwrap();
    new
}

async fn store(
    world: &World,
    patient: PatientId,
    member: &Member,
    new: AttachmentId,
) -> Result<(), StoreError> {
    let permit = world.access(patient, member).await.upload().unwrap();
    let attachment = StoredAttachment {
        id: new,
        upload: id(),
        uploaded_by: member.person,
        blob_key: sealed("wrapped key"),
        manifest: b"manifest".to_vec(),
        announced: None,
        position: None,
        preview: Preview::None,
        entry_seq: None,
    };
    in_tx!(world.store, [] tx => attachment::insert(tx, &permit, &attachment, 10, NOW).await)
}

pub(crate) async fn seen(world: &World, permit: &Permit<Read>, id: AttachmentId) -> Option<StoredAttachment> {
    in_snapshot!(world.store, [permit] conn => attachment::by_id(conn, &permit, id).await).unwrap()
}

async fn claim(
    world: &World,
    patient: PatientId,
    member: &Member,
    id: AttachmentId,
    seq: i64,
    place: i64,
) -> bool {
    let permit = world.poster(patient, member).await;
    in_tx!(world.store, [] tx => attachment::claim_for_entry(tx, &permit, id, seq, place).await).unwrap()
}

/// A patient whose nurse sees all but care plans.
pub(crate) async fn patient_with_nurse(world: &World) -> PatientId {
    let patient = world.patient().await;
    let most = Category::consentable().filter(|category| *category != Category::CarePlan);
    world.admit(patient, &world.nurse, most).await;
    patient
}

async fn what_nothing_names_is_its_uploaders(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let file = upload(&world, patient, &world.nurse).await;
    assert!(matches!(store(&world, patient, &world.nurse, file).await, Err(StoreError::Unique)));

    let (nurse, doctor) =
        (world.reader(patient, &world.nurse).await, world.reader(patient, &world.doctor).await);
    let found = seen(&world, &nurse, file).await.unwrap();
    assert_eq!((found.id, found.uploaded_by, found.entry_seq), (file, world.nurse.person, None));
    assert_eq!((found.blob_key.bytes, found.manifest), (b"wrapped key".to_vec(), b"manifest".to_vec()));
    assert!(seen(&world, &doctor, file).await.is_none());

    // an id is no capability: not under another patient's permit
    let other = patient_with_nurse(&world).await;
    let elsewhere = world.reader(other, &world.nurse).await;
    assert!(seen(&world, &elsewhere, file).await.is_none());
    assert!(seen(&world, &nurse, AttachmentId(id())).await.is_none());
}

async fn what_an_entry_names_is_seen_with_the_entry(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let (doctor, nurse) = (&world.doctor, &world.nurse);
    let (plan, note) = (upload(&world, patient, doctor).await, upload(&world, patient, doctor).await);
    let (_, plan_seq) = world.post(patient, doctor, Category::CarePlan).await;
    let (_, note_seq) = world.post(patient, doctor, Category::VisitNote).await;
    assert!(claim(&world, patient, doctor, plan, plan_seq, 0).await);
    assert!(claim(&world, patient, doctor, note, note_seq, 0).await);
    let permit = world.reader(patient, nurse).await;
    assert!(seen(&world, &permit, plan).await.is_none());
    assert_eq!(seen(&world, &permit, note).await.unwrap().entry_seq, Some(note_seq));
    let page =
        in_snapshot!(db.store, [permit] conn => attachment::of_entries(conn, &permit, 1, 9).await).unwrap();
    assert_eq!(page.iter().map(|file| file.id).collect::<Vec<_>>(), [note]);
    let author = world.reader(patient, doctor).await;
    assert!(seen(&world, &author, plan).await.is_some());
}

async fn what_a_restricted_entry_names_is_as_restricted(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let (doctor, nurse) = (&world.doctor, &world.nurse);
    let file = upload(&world, patient, doctor).await;
    let (_, seq) = world.post_as(patient, doctor, Category::VisitNote, Sensitivity::Abuse).await;
    assert!(claim(&world, patient, doctor, file, seq, 0).await);
    let of_page = |permit: Permit<Read>| {
        let store = db.store.clone();
        async move {
            in_snapshot!(store, [] conn => attachment::of_entries(conn, &permit, 1, 9).await).unwrap().len()
        }
    };
    let permit = world.reader(patient, nurse).await;
    assert!(seen(&world, &permit, file).await.is_none());
    assert_eq!(of_page(permit).await, 0);
    let named =
        Form { sensitivities: [Sensitivity::Abuse].into(), ..form(scope_of(nurse), [Category::VisitNote]) };
    world.record_consent(patient, named).await;
    let permit = world.reader(patient, nurse).await;
    assert!(seen(&world, &permit, file).await.is_some());
    assert_eq!(of_page(permit).await, 1);

    // whom a rule denies it does not see even what was one's own
    let own = upload(&world, patient, nurse).await;
    let (_, seq) = world.post_as(patient, nurse, Category::VisitNote, Sensitivity::Abuse).await;
    assert!(claim(&world, patient, nurse, own, seq, 0).await);
    let denied = Form {
        effect: Effect::Deny,
        sensitivities: [Sensitivity::Abuse].into(),
        ..form(scope_of(nurse), [])
    };
    world.record_consent(patient, denied).await;
    let permit = world.reader(patient, nurse).await;
    assert!(seen(&world, &permit, own).await.is_none());
    assert_eq!(of_page(permit).await, 0);
}

async fn a_consents_paper_is_seen_by_the_custodian(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let paper = upload(&world, patient, &world.doctor).await;
    let consent = ConsentId(id());
    let claim_paper = |member: Member| {
        let (world, store) = (&world, db.store.clone());
        async move {
            let permit = world.poster(patient, &member).await;
            in_tx!(store, [] tx => attachment::claim_for_consent(tx, &permit, paper, consent).await).unwrap()
        }
    };
    assert!(!claim_paper(world.nurse).await, "not the uploader");
    assert!(claim_paper(world.doctor).await);
    assert!(!claim_paper(world.doctor).await, "taken");
    assert!(!claim(&world, patient, &world.doctor, paper, 1, 0).await, "taken");
    let permit = world.reader(patient, &world.nurse).await;
    assert!(seen(&world, &permit, paper).await.is_none());
    let permit = world.reader(patient, &world.doctor).await;
    assert!(seen(&world, &permit, paper).await.is_some());
}

async fn an_attachment_is_claimed_once_and_by_its_uploader(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (patient_with_nurse(&world).await, patient_with_nurse(&world).await);
    let file = upload(&world, patient, &world.nurse).await;
    let (_, seq) = world.post(patient, &world.nurse, Category::Message).await;
    assert!(!claim(&world, patient, &world.doctor, file, seq, 0).await, "not the uploader");
    assert!(!claim(&world, other, &world.nurse, file, seq, 0).await, "not this patient");
    assert!(!claim(&world, patient, &world.nurse, AttachmentId(id()), seq, 0).await, "unknown");
    let tries = (0..4).map(|place| claim(&world, patient, &world.nurse, file, seq, place));
    let claims = futures::future::join_all(tries).await;
    assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1);
    let consent = ConsentId(id());
    let permit = world.poster(patient, &world.nurse).await;
    let claimed = in_tx!(db.store, [] tx => attachment::claim_for_consent(tx, &permit, file, consent).await);
    assert!(!claimed.unwrap());
}

async fn attachments_of_a_page_come_in_the_authors_order(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let nurse = &world.nurse;
    let mut expected = Vec::new();
    for seq in 1..=3 {
        let files = [upload(&world, patient, nurse).await, upload(&world, patient, nurse).await];
        world.post(patient, nurse, Category::Message).await;
        // uploaded first, named last
        assert!(claim(&world, patient, nurse, files[0], seq, 1).await);
        assert!(claim(&world, patient, nurse, files[1], seq, 0).await);
        expected.extend([(seq, files[1]), (seq, files[0])]);
    }
    upload(&world, patient, nurse).await;
    let permit = world.reader(patient, &world.doctor).await;
    let page = |first, last| {
        let (store, permit) = (db.store.clone(), permit.clone());
        async move {
            let files =
                in_snapshot!(store, [] conn => attachment::of_entries(conn, &permit, first, last).await)
                    .unwrap();
            files.into_iter().map(|file| (file.entry_seq.unwrap(), file.id)).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(1, 3).await, expected);
    assert_eq!(page(2, 2).await, expected[2..4]);
    let nobodys = PersonId(id());
    assert!(page(4, 9).await.is_empty() && nobodys != nurse.person);
}
