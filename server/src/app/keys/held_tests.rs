use renkei_crypto::OsEntropy;

use super::*;

const CONTEXT: WrapContext<'static> = WrapContext {
    purpose: "patient-key",
    parent_id: b"root",
    parent_version: 1,
    patient: b"patient",
    child_id: b"patient",
    child_version: 1,
};

fn under(version: u32) -> WrapContext<'static> {
    WrapContext { parent_version: version, ..CONTEXT }
}

fn file(folder: &Path) -> HeldRootKeys {
    let path = folder.join("root.key");
    files::create(&path, &[7; 32]).unwrap();
    HeldRootKeys::open(RootPlace::File(path)).unwrap()
}

#[tokio::test]
async fn a_new_version_stands_beside_the_old_one_until_that_is_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let keys = file(folder.path());
    let child = Key::random(&OsEntropy);
    let old = keys.wrap(&child, &under(1), &OsEntropy).await.unwrap();
    keys.create(2, &OsEntropy).await.unwrap();
    let new = keys.wrap(&child, &under(2), &OsEntropy).await.unwrap();
    let commitment = keys.commitment(2).await.unwrap();
    assert_ne!(commitment, keys.commitment(1).await.unwrap());
    assert_eq!(files::mode(keys.place.path()).unwrap(), (0o600, true));

    // broken off and begun again: the version that may wrap something already is not replaced
    keys.create(2, &OsEntropy).await.unwrap();
    let again = HeldRootKeys::open(keys.place.clone()).unwrap();
    assert_eq!((again.versions(), again.commitment(2).await.unwrap()), (vec![1, 2], commitment));
    for (wrapped, version) in [(&old, 1), (&new, 2)] {
        let opened = again.unwrap(wrapped, &under(version)).await.unwrap();
        assert_eq!(opened.expose(), child.expose());
    }
    assert!(matches!(again.unwrap(&old, &under(2)).await, Err(RootKeyError::Damaged(2))));

    assert!(keys.destroy(&[1]).await.unwrap());
    assert_eq!(HeldRootKeys::open(keys.place.clone()).unwrap().versions(), [2]);
    // who has read it before it went can still open what it read
    again.reload().await.unwrap();
    assert_eq!(again.versions(), [2]);
    assert!(again.unwrap(&old, &under(1)).await.is_ok());
    let long_ago = Instant::now().checked_sub(GRACE).unwrap();
    again.held_to_write().get_mut(&1).unwrap().gone_since = Some(long_ago);
    again.reload().await.unwrap();
    assert!(matches!(again.unwrap(&old, &under(1)).await, Err(RootKeyError::Missing { version: 1, .. })));
}

#[tokio::test]
async fn a_credential_is_only_read_and_says_what_to_put_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("renkei-root-key");
    std::fs::write(&path, [7; 32]).unwrap();
    let keys = HeldRootKeys::open(RootPlace::Credential(path.clone())).unwrap();
    let told = keys.create(2, &OsEntropy).await.unwrap_err().to_string();
    assert!(told.contains("`2:`") && told.contains("64 random hexadecimal digits"), "{told}");
    assert!(!keys.destroy(&[1]).await.unwrap());
    assert_eq!(std::fs::read(path).unwrap(), [7; 32]);
}

#[test]
fn what_others_may_read_or_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let open = || HeldRootKeys::open(RootPlace::File(path.clone())).err().unwrap().to_string();
    assert!(open().contains("missing"), "{}", open());
    std::fs::write(&path, [7; 31]).unwrap();
    std::process::Command::new("chmod").arg("640").arg(&path).status().unwrap();
    assert!(open().contains("chmod 600"), "{}", open());
    std::process::Command::new("chmod").arg("600").arg(&path).status().unwrap();
    assert!(open().contains("root.key"), "{}", open());
    std::fs::write(&path, vec![b'#'; 65 * 1024]).unwrap();
    assert!(open().contains("too long"), "{}", open());
}

#[tokio::test]
async fn a_file_that_breaks_later_leaves_what_is_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let keys = file(folder.path());
    std::fs::write(keys.place.path(), "1:no key").unwrap();
    assert!(keys.reload().await.is_err());
    assert_eq!(keys.versions(), [1]);
}
