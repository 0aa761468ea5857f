use renkei_crypto::{OsEntropy, random};
use renkei_domain::id::{OrganizationId, uuid_v7};
use renkei_domain::identity::{Organization, OrganizationKind};
use renkei_domain::time::SystemClock;
use renkei_store::patient::NewPatient;
use renkei_store::{DatabaseUrl, Options, Sealed, identity, patient};

use super::*;
use crate::files;

struct Place {
    folder: tempfile::TempDir,
    store: Store,
    keys: Arc<Keys>,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("renkei.sqlite"));
    let options = Options { url, max_connections: 4 };
    Store::migrate(&options).await.unwrap();
    let store = Store::open(options).await.unwrap();
    files::create(&folder.path().join("root.key"), &[7; 32]).unwrap();
    let keys = Arc::new(open(&folder, &store).await.unwrap());
    Place { folder, store, keys }
}

async fn open(folder: &tempfile::TempDir, store: &Store) -> Result<Keys> {
    let root = HeldRootKeys::open(RootPlace::File(folder.path().join("root.key"))).unwrap();
    Keys::open(store, Arc::new(root), &SystemClock, &OsEntropy).await
}

impl Place {
    /// A patient with a key; tells what became of storing it.
    async fn register(&self) -> (PatientId, std::result::Result<(), StoreError>) {
        let now = SystemClock.now();
        let new_id = || uuid_v7(now, random(&OsEntropy));
        let (id, custodian) = (PatientId(new_id()), OrganizationId(new_id()));
        let wrapped =
            self.keys.wrap_patient_key(&self.keys.new_patient_key(id, &OsEntropy), &OsEntropy).await;
        let wrapped = wrapped.unwrap();
        let kind = OrganizationKind::Clinic;
        let clinic =
            Organization { id: custodian, kind, name: "架空診療所".to_owned(), created_at: now };
        let new = NewPatient {
            id,
            custodian,
            demographics: Sealed { key_version: 1, bytes: Vec::new() },
            name_kana_index: [0; 32],
            local_identifier_index: None,
        };
        let stored = self.store.write(move |tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &clinic).await?;
                patient::insert(tx, &new, now).await?;
                store_patient_key(tx, id, &wrapped, now).await
            })
        });
        (id, stored.await)
    }

    async fn key(&self, patient: PatientId) -> Result<PatientKey> {
        let keys = Arc::clone(&self.keys);
        self.store.read(move |conn| Box::pin(async move { keys.patient_key(conn, patient, 1).await })).await
    }
}

#[tokio::test]
async fn a_key_that_was_destroyed_leaves_the_memory_and_does_not_come_back() {
    let place = place().await;
    let (patient, stored) = place.register().await;
    stored.unwrap();
    place.key(patient).await.unwrap();
    assert_eq!(place.keys.cache().len(), 1);
    assert!(!place.keys.look_again(&place.store).await.unwrap());
    assert_eq!(place.keys.cache().len(), 1, "nothing has changed");

    let (keys, store) = (Arc::clone(&place.keys), place.store.clone());
    let read_before = place.store.read(move |conn| {
        Box::pin(async move {
            // the snapshot is taken by the first query
            root_key::generation(conn).await?;
            let shred = store.write(move |tx| {
                Box::pin(async move { keyring::shred(tx, patient, "test", SystemClock.now()).await })
            });
            assert!(shred.await?);
            assert!(keys.look_again(&store).await?);
            assert!(keys.cache().is_empty());
            keys.patient_key(conn, patient, 1).await
        })
    });
    read_before.await.expect("it was there when it was read");
    assert!(place.keys.cache().is_empty(), "it is back");
    let error = place.key(patient).await.err().unwrap();
    assert_eq!(error.reason(), Reason::StoredDataDamaged);
}

#[tokio::test]
async fn nothing_is_wrapped_by_a_version_that_was_retired() {
    let place = place().await;
    place.keys.root.create(2, &OsEntropy).await.unwrap();
    let commitment = place.keys.root.commitment(2).await.unwrap();
    place
        .store
        .write(move |tx| {
            Box::pin(async move {
                root_key::insert(tx, 2, &commitment, SystemClock.now()).await?;
                root_key::retire(tx, 1, SystemClock.now()).await
            })
        })
        .await
        .unwrap();
    let (_, stored) = place.register().await;
    assert!(matches!(stored, Err(StoreError::EpochChanged)), "{stored:?}");
    assert!(!place.keys.is_outdated(1));
    place.keys.look_again(&place.store).await.unwrap();
    assert!(place.keys.is_outdated(1));
    let (patient, stored) = place.register().await;
    stored.unwrap();
    place.key(patient).await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_new_is_looked_for() {
    let place = place().await;
    // as another process does it
    let other = open(&place.folder, &place.store).await.unwrap();
    other.root.create(2, &OsEntropy).await.unwrap();
    let context = server_context("index", 1, 2);
    let key = Key::random(&OsEntropy);
    let wrapped = other.root.wrap(&key, &context, &OsEntropy).await.unwrap();
    assert_eq!(place.keys.root.versions(), [1]);
    let opened = place.keys.unwrap(&wrapped, &context).await.unwrap();
    assert_eq!(opened.expose(), key.expose());
    let unknown = server_context("index", 1, 3);
    let missing = place.keys.unwrap(&wrapped, &unknown).await;
    assert!(matches!(missing, Err(RootKeyError::Missing { version: 3, .. })));
}
