//! What every store of sealed parts promises, held against a folder and a real S3-compatible server.

use std::fs;
use std::time::Instant;

use renkei_s3::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY, Server};
use tempfile::TempDir;
use uuid::Uuid;

use super::super::PartName;
use super::super::tests::name;
use super::*;

async fn store(blobs: &Blobs, name: PartName, sealed: &[u8]) -> Result<(), StoreError> {
    let mut writer = blobs.begin(name).await?;
    for piece in sealed.chunks(1_000_000) {
        writer.write(piece.to_vec()).await?;
    }
    writer.finish().await
}

fn options(server: &Server) -> S3Options {
    S3Options {
        bucket: BUCKET.to_owned(),
        prefix: "sealed/parts".to_owned(),
        endpoint: Some(server.endpoint()),
        region: "us-east-1".to_owned(),
        allow_http: true,
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
    }
}

/// What must live as long as a store.
type Held = (Option<TempDir>, Option<Server>);

/// A store of each kind.
fn both() -> [(&'static str, Blobs, Held); 2] {
    let folder = tempfile::tempdir().unwrap();
    let local = Blobs::local(folder.path()).unwrap();
    let server = Server::start().unwrap();
    let s3 = Blobs::s3(options(&server)).unwrap();
    [("folder", local, (Some(folder), None)), ("S3", s3, (None, Some(server)))]
}

fn is_corrupt<T>(got: &Result<T, StoreError>) -> bool {
    matches!(got, Err(StoreError::Corrupt(_)))
}

#[tokio::test]
async fn ranges_of_a_part_come_back_as_they_went_in() {
    for (kind, blobs, _held) in both() {
        // of the length of a sealed part, and more
        let bytes: Vec<u8> = (0..9_000_000_u32).map(|at| (at ^ (at >> 9)) as u8).collect();
        store(&blobs, name(3, 0), &bytes).await.unwrap();
        for range in [0..9_000_000, 0..1, 10..12, 8_999_999..9_000_000, 5_000_000..5_000_055] {
            let got = blobs.get(name(3, 0), range.clone()).await.unwrap();
            assert!(got == bytes[range.start as usize..range.end as usize], "{kind} {range:?}");
        }
    }
}

#[tokio::test]
async fn a_part_that_is_missing_or_too_short_is_corrupt() {
    for (kind, blobs, _held) in both() {
        store(&blobs, name(3, 0), &[0; 100]).await.unwrap();
        // not there; begins within and ends behind; begins at the end; lies behind
        for (part, range) in [(1, 0..1), (0, 50..101), (0, 100..101), (0, 500..600)] {
            let got = blobs.get(name(3, part), range.clone()).await;
            assert!(is_corrupt(&got), "{kind} {part} {range:?}: {got:?}");
        }
    }
}

#[tokio::test]
async fn removing_a_try_leaves_the_others() {
    for (kind, blobs, _held) in both() {
        for (upload, part) in [(3, 0), (3, 1), (4, 0)] {
            store(&blobs, name(upload, part), &[7; 10]).await.unwrap();
        }
        // the third part never came
        blobs.remove([0, 1, 2].map(|part| name(3, part))).await;
        assert!(blobs.get(name(4, 0), 0..10).await.is_ok(), "{kind}");
        assert!(is_corrupt(&blobs.get(name(3, 0), 0..10).await), "{kind}");
        assert!(is_corrupt(&blobs.get(name(3, 1), 0..10).await), "{kind}");
        let found: Vec<_> =
            blobs.list().map(|found| found.map(|found| (found.name, found.size))).collect().await;
        assert!(matches!(found.as_slice(), [Ok((found, 10))] if *found == name(4, 0)), "{kind}: {found:?}");
        assert_eq!(blobs.size(name(4, 0)).await.unwrap(), Some(10), "{kind}");
        assert_eq!(blobs.size(name(3, 0)).await.unwrap(), None, "{kind}");
    }
}

#[tokio::test]
async fn a_store_is_of_the_first_who_claims_it() {
    for (kind, blobs, _held) in both() {
        assert!(blobs.claim("one").await.unwrap(), "{kind}");
        assert!(!blobs.claim("another").await.unwrap(), "{kind}");
        assert!(blobs.claim("one").await.unwrap(), "{kind}");
        assert!(blobs.list().collect::<Vec<_>>().await.is_empty(), "{kind}: the claim is no part");
    }
}

#[tokio::test]
async fn nothing_of_a_part_is_there_before_all_of_it() {
    for (kind, blobs, _held) in both() {
        let mut writer = blobs.begin(name(3, 0)).await.unwrap();
        writer.write(vec![7; 1000]).await.unwrap();
        assert_eq!(blobs.size(name(3, 0)).await.unwrap(), None, "{kind}");
        drop(writer);
        assert!(blobs.list().collect::<Vec<_>>().await.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn in_the_bucket_a_part_has_its_name_and_its_bytes() {
    let server = Server::start().unwrap();
    let blobs = Blobs::s3(options(&server)).unwrap();
    blobs.reach().await.unwrap();
    store(&blobs, name(3, 7), b"sealed").await.unwrap();
    let objects = server.objects().unwrap();
    let [object] = objects.as_slice() else { panic!("{objects:?}") };
    let id = |number| Uuid::from_u128(number);
    assert!(object.ends_with(format!("{BUCKET}/sealed/parts/{}/{}/{}/00007", id(1), id(2), id(3))));
    assert_eq!(fs::read(object).unwrap(), b"sealed");
    blobs.remove([name(3, 7)]).await;
    assert!(server.objects().unwrap().is_empty());
    blobs.reach().await.unwrap();
}

#[tokio::test]
async fn without_the_secret_nothing_goes_and_no_secret_is_told() {
    let server = Server::start().unwrap();
    let wrong = "another-secret-9876543210";
    let blobs = Blobs::s3(S3Options { secret_access_key: wrong.to_owned(), ..options(&server) }).unwrap();
    let reached = blobs.reach().await.unwrap_err();
    assert!(matches!(reached, StoreError::Refused(_)), "{reached:?}");
    let put = store(&blobs, name(3, 0), b"sealed").await.unwrap_err();
    assert!(matches!(put, StoreError::Unavailable(_)), "{put:?}");
    for told in [reached, put] {
        assert!(!format!("{told} {told:?}").contains(wrong));
    }
    assert!(server.objects().unwrap().is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_told() {
    let server = Server::start().unwrap();
    let blobs = Blobs::s3(S3Options { bucket: "not-there".to_owned(), ..options(&server) }).unwrap();
    assert!(matches!(blobs.reach().await, Err(StoreError::Refused(_))));
}

#[tokio::test]
async fn a_store_that_is_away_is_unavailable_soon() {
    let mut server = Server::start().unwrap();
    let blobs = Blobs::s3(options(&server)).unwrap();
    store(&blobs, name(3, 0), b"sealed").await.unwrap();
    server.stop();
    let begun = Instant::now();
    let put = store(&blobs, name(3, 1), b"sealed").await;
    assert!(matches!(put, Err(StoreError::Unavailable(_))), "{put:?}");
    let got = blobs.get(name(3, 0), 0..6).await;
    assert!(matches!(got, Err(StoreError::Unavailable(_))), "{got:?}");
    assert!(blobs.reach().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn an_endpoint_without_tls_must_be_allowed() {
    let server = Server::start().unwrap();
    let refused = Blobs::s3(S3Options { allow_http: false, ..options(&server) });
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}
