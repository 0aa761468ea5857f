use std::fs;
use std::path::PathBuf;

use super::*;

pub(super) fn name(upload: u128, part: u32) -> PartName {
    PartName {
        patient: PatientId(Uuid::from_u128(1)),
        attachment: AttachmentId(Uuid::from_u128(2)),
        upload: Uuid::from_u128(upload),
        part,
    }
}

/// Everything below a folder, by its relative path.
fn content(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            found.push(entry.path().strip_prefix(folder).unwrap().to_owned());
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Stores a part in pieces of different lengths.
async fn put(blobs: &Blobs, name: PartName, bytes: Vec<u8>) -> Result<(), StoreError> {
    let mut writer = blobs.begin(name).await?;
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    for piece in [first, rest] {
        writer.write(piece.to_vec()).await?;
    }
    writer.finish().await
}

#[tokio::test]
async fn removing_a_try_leaves_the_others_and_no_empty_folders() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    for (upload, part) in [(3, 0), (3, 1), (4, 0)] {
        put(&blobs, name(upload, part), vec![7; 10]).await.unwrap();
    }
    // the third part never came
    blobs.remove([0, 1, 2].map(|part| name(3, part))).await;
    assert!(blobs.get(name(4, 0), 0..10).await.is_ok());
    assert!(matches!(blobs.get(name(3, 0), 0..10).await, Err(StoreError::Corrupt(_))));
    blobs.remove([name(4, 0)]).await;
    assert!(content(folder.path()).is_empty(), "{:?}", content(folder.path()));
}

#[tokio::test]
async fn of_a_part_that_cannot_be_stored_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    // where the part is to be, there is a folder with something in it: the last step fails
    let part = folder.path().join(name(3, 0).path().to_string());
    fs::create_dir_all(part.join("occupied")).unwrap();
    let before = content(folder.path());
    let put = put(&blobs, name(3, 0), vec![7; 100]).await;
    assert!(matches!(put, Err(StoreError::Unavailable(_))), "{put:?}");
    // what was written is no part, and goes with the next sweep
    assert!(blobs.list().collect::<Vec<_>>().await.is_empty());
    blobs.remove_begun(Duration::ZERO).unwrap();
    assert_eq!(content(folder.path()), before);
}

#[tokio::test]
async fn a_part_that_is_given_up_leaves_no_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    let mut writer = blobs.begin(name(3, 0)).await.unwrap();
    writer.write(vec![7; 100]).await.unwrap();
    assert_eq!(blobs.size(name(3, 0)).await.unwrap(), None);
    drop(writer);
    let is_file = |path: &PathBuf| folder.path().join(path).is_file();
    tokio::task::spawn_blocking(|| {}).await.unwrap();
    for _ in 0..1000 {
        if !content(folder.path()).iter().any(is_file) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{:?}", content(folder.path()));
}

#[tokio::test]
async fn all_parts_are_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    for (upload, part) in [(3, 0), (3, 65_535), (4, 100_000)] {
        put(&blobs, name(upload, part), vec![7; 10]).await.unwrap();
    }
    fs::write(folder.path().join("README"), "not ours").unwrap();
    fs::write(folder.path().join(name(3, 0).path().to_string()).with_file_name("1"), "nor this").unwrap();
    let mut found: Vec<(PartName, u64)> =
        blobs.list().map(|found| found.map(|found| (found.name, found.size)).unwrap()).collect().await;
    found.sort();
    assert_eq!(found, [(name(3, 0), 10), (name(3, 65_535), 10), (name(4, 100_000), 10)]);
    assert_eq!(blobs.size(name(3, 0)).await.unwrap(), Some(10));
    assert_eq!(blobs.size(name(3, 1)).await.unwrap(), None);
}

#[tokio::test]
async fn what_a_killed_process_had_begun_is_removed_when_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    put(&blobs, name(3, 0), vec![7; 10]).await.unwrap();
    let mut begun = blobs.begin(name(3, 1)).await.unwrap();
    begun.write(vec![7; 10]).await.unwrap();
    let left = content(folder.path());
    assert!(left.iter().any(|path| is_begun(path.file_name().unwrap())), "{left:?}");
    assert_eq!(blobs.remove_begun(Duration::from_secs(3600)).unwrap(), 0);
    assert_eq!(content(folder.path()), left);
    assert_eq!(blobs.remove_begun(Duration::ZERO).unwrap(), 1);
    assert!(blobs.get(name(3, 0), 0..10).await.is_ok());
}

#[test]
fn a_full_disk_is_told() {
    for kind in [std::io::ErrorKind::StorageFull, std::io::ErrorKind::QuotaExceeded] {
        let error =
            object_store::Error::Generic { store: "local", source: std::io::Error::from(kind).into() };
        assert!(matches!(StoreError::from(error), StoreError::Full));
    }
}

#[test]
fn a_missing_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Blobs::local(&folder.path().join("missing")), Err(StoreError::Refused(_))));
}
