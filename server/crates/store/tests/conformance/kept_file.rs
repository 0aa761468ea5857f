//! Files that a correction keeps of what it corrects: they stay with that too, and are seen with either.

use renkei_domain::id::{AttachmentId, EntryId, PatientId};
use renkei_domain::timeline::Mark;
use renkei_domain::{Category, Permit, Read};
use renkei_store::attachment;
use renkei_store::timeline::{self, Filter, FilterPlace, NewEntry, Post, Posted, post};
use renkei_store::{StoreError, keyring, upkeep};

use crate::attachment::{patient_with_nurse, seen, upload};
use crate::database::Database;
use crate::post::message;
use crate::world::{Member, World, id, in_snapshot, in_tx, later, new_entry};

on_both_engines![
    a_correction_shows_what_it_keeps_in_its_order,
    only_a_file_of_what_it_corrects_is_kept,
    of_a_correction_that_fails_nothing_is_kept,
    a_kept_file_is_seen_with_either_entry,
    with_the_file_of_a_destroyed_record_goes_that_it_was_kept,
];

/// Posts a message with these files in place of the one at `amends`.
async fn posted(
    world: &World,
    (patient, member): (PatientId, &Member),
    amends: Option<i64>,
    attachments: &[AttachmentId],
) -> Posted {
    let permit = world.poster(patient, member).await;
    let (attachments, amends) = (attachments.to_vec(), amends.map(|seq| (seq, Mark::Corrected)));
    post(&world.store, Post { attachments, amends, ..message(permit) }).await.unwrap()
}

/// The files of the entries from the first on, each with its entry.
async fn shown(world: &World, permit: &Permit<Read>) -> Vec<(i64, AttachmentId)> {
    let files =
        in_snapshot!(world.store, [permit] conn => attachment::of_entries(conn, &permit, 1, 99).await);
    files.unwrap().into_iter().map(|file| (file.entry_seq.unwrap(), file.id)).collect()
}

/// The entries that say that they have files, and those that the filter finds.
async fn with_files(world: &World, permit: &Permit<Read>) -> (Vec<i64>, Vec<i64>) {
    in_snapshot!(world.store, [permit] conn => {
        let entries = timeline::after(conn, &permit, 0, 99).await?;
        let filter = Filter { with_files: true, ..Filter::default() };
        let at = FilterPlace { before: 99, last_visit: 0 };
        let (mut found, _) = timeline::filtered_before(conn, &permit, &filter, at, 99).await?;
        found.reverse();
        let told = entries.iter().filter(|entry| entry.has_files).map(|entry| entry.seq).collect();
        Ok::<_, StoreError>((told, found.iter().map(|entry| entry.seq).collect()))
    })
    .unwrap()
}

async fn files<const N: usize>(world: &World, patient: PatientId, member: &Member) -> [AttachmentId; N] {
    let mut files = Vec::new();
    for _ in 0..N {
        files.push(upload(world, patient, member).await);
    }
    files.try_into().unwrap()
}

async fn a_correction_shows_what_it_keeps_in_its_order(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let doctor = (patient, &world.doctor);
    let [one, two, new, last] = files(&world, patient, &world.doctor).await;
    assert_eq!(posted(&world, doctor, None, &[one, two]).await, Posted::At(1));
    assert_eq!(posted(&world, doctor, Some(1), &[two, new, one]).await, Posted::At(2));
    // of a correction of the correction: what that kept, and what it brought
    assert_eq!(posted(&world, doctor, Some(2), &[last, new, two]).await, Posted::At(3));
    assert_eq!(posted(&world, doctor, Some(3), &[]).await, Posted::At(4));
    let expected = [(1, one), (1, two), (2, two), (2, new), (2, one), (3, last), (3, new), (3, two)];
    for member in [&world.doctor, &world.nurse] {
        let permit = world.reader(patient, member).await;
        assert_eq!(shown(&world, &permit).await, expected);
        assert_eq!(with_files(&world, &permit).await, (vec![1, 2, 3], vec![1, 2, 3]));
    }
    // nobody sweeps what is named
    let waiting = in_snapshot!(db.store, [] conn => upkeep::unclaimed(conn, later(9), 9).await).unwrap();
    assert_eq!(waiting, []);
}

async fn only_a_file_of_what_it_corrects_is_kept(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (patient_with_nurse(&world).await, patient_with_nurse(&world).await);
    let (doctor, nurse) = ((patient, &world.doctor), (patient, &world.nurse));
    let [dropped, kept, beside] = files(&world, patient, &world.doctor).await;
    let [nurses] = files(&world, patient, &world.nurse).await;
    let [elsewhere] = files(&world, other, &world.doctor).await;
    assert_eq!(posted(&world, doctor, None, &[dropped, kept]).await, Posted::At(1));
    assert_eq!(posted(&world, doctor, None, &[beside]).await, Posted::At(2));
    assert_eq!(posted(&world, doctor, Some(1), &[kept]).await, Posted::At(3));
    assert_eq!(posted(&world, (other, &world.doctor), None, &[elsewhere]).await, Posted::At(1));
    // what was left out, another entry's, another's upload, another patient's, nobody's
    for wrong in [dropped, beside, nurses, elsewhere, AttachmentId(id())] {
        assert_eq!(posted(&world, doctor, Some(3), &[kept, wrong]).await, Posted::AttachmentNotUsable);
    }
    // without a correction nothing is kept, and a place is taken once
    assert_eq!(posted(&world, doctor, None, &[kept]).await, Posted::AttachmentNotUsable);
    let permit = world.poster(patient, &world.doctor).await;
    let twice = Post { attachments: vec![kept, kept], amends: Some((3, Mark::Corrected)), ..message(permit) };
    assert!(matches!(post(&world.store, twice).await, Err(StoreError::Unique)));
    // who corrects need not have uploaded it: whose entry may be corrected is decided elsewhere
    assert_eq!(posted(&world, nurse, Some(3), &[kept]).await, Posted::At(4));
}

async fn of_a_correction_that_fails_nothing_is_kept(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let doctor = (patient, &world.doctor);
    let [one, new] = files(&world, patient, &world.doctor).await;
    assert_eq!(posted(&world, doctor, None, &[one]).await, Posted::At(1));
    assert_eq!(posted(&world, doctor, Some(1), &[one]).await, Posted::At(2));
    // it was corrected already: the new file is free still, and the kept one not shown once more
    assert_eq!(posted(&world, doctor, Some(1), &[one, new]).await, Posted::AlreadyAmended);
    let nobodys = AttachmentId(id());
    assert_eq!(posted(&world, doctor, Some(2), &[one, new, nobodys]).await, Posted::AttachmentNotUsable);
    let permit = world.reader(patient, &world.doctor).await;
    assert_eq!(shown(&world, &permit).await, [(1, one), (2, one)]);
    assert_eq!(seen(&world, &permit, new).await.unwrap().entry_seq, None);
    assert_eq!(posted(&world, doctor, Some(2), &[one, new]).await, Posted::At(3));
    assert_eq!(shown(&world, &permit).await, [(1, one), (2, one), (3, one), (3, new)]);
}

/// As of a proxy entry that the responsible person corrects: whoever sees their own entries only sees the file with
/// theirs, and the other entry not at all.
async fn a_kept_file_is_seen_with_either_entry(db: Database) {
    let world = World::new(&db.store).await;
    let patient = patient_with_nurse(&world).await;
    let [file] = files(&world, patient, &world.doctor).await;
    let in_plan = |permit, attachments: &[AttachmentId], amends: Option<i64>| Post {
        entry: new_entry(EntryId(id()), 0, Category::CarePlan),
        attachments: attachments.to_vec(),
        amends: amends.map(|seq| (seq, Mark::Corrected)),
        ..message(permit)
    };
    let first = in_plan(world.poster(patient, &world.doctor).await, &[file], None);
    assert_eq!(post(&world.store, first).await.unwrap(), Posted::At(1));
    let nurse = world.reader(patient, &world.nurse).await;
    assert!(seen(&world, &nurse, file).await.is_none(), "care plans are not for the nurse");
    assert_eq!(shown(&world, &nurse).await, []);

    let correction = in_plan(world.poster(patient, &world.nurse).await, &[file], Some(1));
    let NewEntry { id: own, .. } = correction.entry;
    assert_eq!(post(&world.store, correction).await.unwrap(), Posted::At(2));
    let nurse = world.reader(patient, &world.nurse).await;
    let entries = in_snapshot!(db.store, [nurse] conn => timeline::after(conn, &nurse, 0, 9).await).unwrap();
    assert_eq!(entries.iter().map(|entry| (entry.id, entry.has_files)).collect::<Vec<_>>(), [(own, true)]);
    assert_eq!(shown(&world, &nurse).await, [(2, file)]);
    assert_eq!(seen(&world, &nurse, file).await.unwrap().entry_seq, Some(2));
    let doctor = world.reader(patient, &world.doctor).await;
    assert_eq!(seen(&world, &doctor, file).await.unwrap().entry_seq, Some(1));
    assert_eq!(shown(&world, &doctor).await, [(1, file), (2, file)]);
    // and by nobody else
    world.join(patient, &world.pharmacist).await;
    let pharmacist = world.access(patient, &world.pharmacist).await.read_entries().unwrap();
    assert!(seen(&world, &pharmacist, file).await.is_none());
    assert_eq!(shown(&world, &pharmacist).await, []);
}

async fn with_the_file_of_a_destroyed_record_goes_that_it_was_kept(db: Database) {
    let world = World::new(&db.store).await;
    let (patient, other) = (patient_with_nurse(&world).await, patient_with_nurse(&world).await);
    let mut kept = Vec::new();
    for patient in [patient, other] {
        let [file] = files(&world, patient, &world.doctor).await;
        let doctor = (patient, &world.doctor);
        assert_eq!(posted(&world, doctor, None, &[file]).await, Posted::At(1));
        assert_eq!(posted(&world, doctor, Some(1), &[file]).await, Posted::At(2));
        kept.push((file, world.reader(patient, &world.doctor).await));
    }
    in_tx!(db.store, [] tx => {
        keyring::lock_candidate(tx, patient).await?;
        keyring::shred(tx, patient, "保存期間の満了", later(9)).await
    })
    .unwrap();
    for (patient, (file, permit), removed) in [(patient, &kept[0], true), (other, &kept[1], false)] {
        let file = *file;
        let done = in_tx!(db.store, [] tx => upkeep::remove_shredded(tx, patient, file).await).unwrap();
        assert_eq!(done, removed);
        assert_eq!(with_files(&world, permit).await.0, if removed { vec![] } else { vec![1, 2] });
    }
}
