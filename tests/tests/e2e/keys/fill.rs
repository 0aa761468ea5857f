//! Many patients at once, beside the server: sealed as it seals, so that it reads them as its own.

use anyhow::{Context as _, Result};
use renkei_crypto::{
    OsEntropy,
    key::{self, Key, WrapContext},
    random,
    seal::{Aad, seal},
};
use renkei_domain::{
    Subject, Timestamp,
    consent::Form,
    id::{ConsentId, OrganizationId, PatientId, PersonId, uuid_v7},
    identity::{Purpose, Role},
};
use renkei_store::{
    DatabaseUrl, Options, Sealed, Store, StoreError, care_team, consent,
    keyring::{self, WrappedKey},
    patient::{self, NewPatient},
};
use renkei_tests::server::Server;

use crate::grpc::Session;

/// What is in front of the number of each.
pub(super) const NAME: &str = "架空 患者";

/// Patients in a transaction.
const BATCH: usize = 500;

/// One patient, sealed.
struct Row {
    new: NewPatient,
    key: WrappedKey,
    message: Sealed,
    consent: ConsentId,
}

/// Registers `count` patients of the session's organisation under the first version of the root key, which the data
/// folder has; their ids, the number of each in its name.
pub(super) async fn fill(server: &Server, session: &Session, count: usize) -> Result<Vec<String>> {
    let content = std::fs::read(server.data_dir().join("root.key"))?;
    let root = Key::from_bytes(content.as_slice().try_into().context("a root key of one version")?);
    let url = match server.database().url() {
        Some(url) => DatabaseUrl::parse(&url).context("the database")?,
        None => DatabaseUrl::Sqlite(server.data_dir().join("renkei.sqlite")),
    };
    let store = Store::open(Options { url, max_connections: 2 }).await?;
    let subject = Subject {
        person: PersonId(session.person().parse()?),
        organization: OrganizationId(session.organization().parse()?),
        role: Role::Doctor,
        purpose: Purpose::Treatment,
    };
    let now = Timestamp(i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_micros())?);
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let numbers = ids.len()..count.min(ids.len() + BATCH);
        let rows: Vec<Row> = numbers.map(|number| row(&root, subject, number, now)).collect();
        ids.extend(rows.iter().map(|row| row.new.id.to_string()));
        store
            .write(move |tx| {
                Box::pin(async move {
                    for row in &rows {
                        let id = row.new.id;
                        patient::insert(tx, &row.new, now).await?;
                        keyring::insert_patient_key(tx, id, &row.key, now).await?;
                        care_team::insert_custodian(tx, id, &subject, &row.message, now).await?;
                        let form = Form::custodian(subject.organization, now);
                        consent::insert_custodian(tx, id, row.consent, &form, &subject, now).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
    }
    store.close().await;
    Ok(ids)
}

fn row(root: &Key, subject: Subject, number: usize, now: Timestamp) -> Row {
    let new_id = || uuid_v7(now, random(&OsEntropy));
    let id = PatientId(new_id());
    let key = Key::random(&OsEntropy);
    let context = WrapContext {
        purpose: "patient-key",
        parent_id: b"root",
        parent_version: 1,
        patient: id.as_bytes(),
        child_id: id.as_bytes(),
        child_version: 1,
    };
    let wrapped = key::wrap(root, &key, &context, &OsEntropy);
    let note = key::derive(&key, "note");
    let sealed =
        |aad: Aad, plain: &[u8]| Sealed { key_version: 1, bytes: seal(&note, &aad, plain, &OsEntropy) };
    let demographics = serde_json::json!({
        "name": format!("{NAME} {number}"),
        "name_kana": "カクウ カンジャ",
        "birth_date": "1936-05-05",
        "sex": "FEMALE",
        "local_identifier": "",
    });
    let message = Aad::new("invitation").with(id.as_bytes()).with(subject.organization.as_bytes());
    Row {
        new: NewPatient {
            id,
            custodian: subject.organization,
            demographics: sealed(
                Aad::new("demographics").with(id.as_bytes()),
                demographics.to_string().as_bytes(),
            ),
            name_kana_index: random(&OsEntropy),
            local_identifier_index: None,
        },
        key: WrappedKey { version: 1, root_version: 1, wrapped },
        message: sealed(message, b""),
        consent: ConsentId(new_id()),
    }
}
