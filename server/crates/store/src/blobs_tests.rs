use std::fs;
use std::path::PathBuf;

use super::*;

fn name(upload: u128, part: u32) -> PartName {
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

#[tokio::test]
async fn ranges_of_a_part_come_back_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    let bytes: Vec<u8> = (0..=255).collect();
    blobs.put(name(3, 0), bytes.clone()).await.unwrap();
    assert_eq!(blobs.get(name(3, 0), 0..256).await.unwrap(), bytes);
    assert_eq!(blobs.get(name(3, 0), 10..12).await.unwrap(), [10, 11][..]);
    assert_eq!(blobs.get(name(3, 0), 255..256).await.unwrap(), [255][..]);
}

#[tokio::test]
async fn the_memory_of_a_part_comes_back_empty() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    for spare in [0, 24] {
        let mut bytes = Vec::with_capacity(1000 + spare);
        bytes.resize(1000, 7);
        let (place, capacity) = (bytes.as_ptr(), bytes.capacity());
        let memory = blobs.put(name(3, 0), bytes).await.unwrap();
        assert!(memory.is_empty());
        assert_eq!((memory.as_ptr(), memory.capacity()), (place, capacity));
    }
}

#[tokio::test]
async fn a_part_that_is_missing_or_too_short_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    blobs.put(name(3, 0), vec![0; 100]).await.unwrap();
    // not there; begins within and ends behind; begins at the end; lies behind
    for (part, range) in [(1, 0..1), (0, 50..101), (0, 100..101), (0, 500..600)] {
        let got = blobs.get(name(3, part), range.clone()).await;
        assert!(matches!(got, Err(StoreError::Corrupt(_))), "{part} {range:?}: {got:?}");
    }
}

#[tokio::test]
async fn removing_a_try_leaves_the_others_and_no_empty_folders() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    for (upload, part) in [(3, 0), (3, 1), (4, 0)] {
        blobs.put(name(upload, part), vec![7; 10]).await.unwrap();
    }
    // the third part never came
    blobs.remove(name(3, 0), 3).await;
    assert!(blobs.get(name(4, 0), 0..10).await.is_ok());
    assert!(matches!(blobs.get(name(3, 0), 0..10).await, Err(StoreError::Corrupt(_))));
    blobs.remove(name(4, 0), 1).await;
    assert!(content(folder.path()).is_empty(), "{:?}", content(folder.path()));
}

#[tokio::test]
async fn a_part_that_cannot_be_stored_leaves_no_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).unwrap();
    // where the part is to be, there is a folder with something in it: the last step fails
    let part = folder.path().join(name(3, 0).path().to_string());
    fs::create_dir_all(part.join("occupied")).unwrap();
    let before = content(folder.path());
    let put = blobs.put(name(3, 0), vec![7; 100]).await;
    assert!(matches!(put, Err(StoreError::Unavailable(_))), "{put:?}");
    assert_eq!(content(folder.path()), before);
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
