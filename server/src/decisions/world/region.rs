//! The server under test, on either engine, and those who are in every care team.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use renkei_crypto::{OsEntropy, random};
use renkei_domain::access::{Access, Place, Standing};
use renkei_domain::audit::AuditEvent;
use renkei_domain::break_glass::BreakGlassReason;
use renkei_domain::id::{
    AuditEventId, BreakGlassId, OrganizationId, PatientId, PersonId, ServiceAccountId, uuid_v7,
};
use renkei_domain::identity::{Caller, Role};
use renkei_domain::patient::{MembershipStatus, StaffAccess};
use renkei_domain::service::{Service, ServiceAccount};
use renkei_domain::{Clock as _, Timestamp};
use renkei_proto::v1 as proto;
use renkei_store::{
    Blobs, DatabaseUrl, Options, Sealed, Store, StoreError, audit, break_glass, device, identity, service,
};
use renkei_tests::database::{Database, Engine};
use tempfile::TempDir;
use uuid::Uuid;

use super::clock::TestClock;
use super::people::{Staff, new_device};
use crate::app::keys::{HeldRootKeys, RootPlace};
use crate::app::{App, AppParts, Settings};
use crate::certs::DeviceCa;
use crate::decisions::calls::PASSWORD;
use crate::decisions::line::Line;

/// More audit events than one patient gets.
const ALL: i64 = 1_000_000;
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The server under test. Its database goes with it.
pub(in crate::decisions) struct Region {
    pub(in crate::decisions) line: Line,
    pub(in crate::decisions) clock: Arc<TestClock>,
    pub(super) store: Store,
    pub(super) password_hash: String,
    /// A nurse of an organisation that is in every care team.
    pub(in crate::decisions) colleague: Arc<Caller>,
    /// An organisation that is in no care team.
    pub(super) outsider: OrganizationId,
    _folder: TempDir,
    _database: Database,
}

impl Region {
    pub(in crate::decisions) async fn found(engine: Engine) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::create(engine).unwrap());
        let url = match database.url() {
            Some(url) => DatabaseUrl::parse(&url).unwrap(),
            None => DatabaseUrl::Sqlite(folder.path().join("renkei.sqlite")),
        };
        let options = Options { url, max_connections: 8 };
        Store::migrate(&options).await.unwrap();
        let store = Store::open(options).await.unwrap();
        let clock = Arc::new(TestClock::new());
        let app = open(&store, &clock, folder.path()).await;
        let line = Line::new(&app);

        let now = clock.now();
        let office = Staff::hire(&store, "架空連携拠点", &[Role::Administrator], "", now).await;
        let password_hash = first_password(&line, &store, &office.callers[0]).await;
        let hash = password_hash.as_str();
        let station = Staff::hire(&store, "架空訪問看護", &[Role::Nurse], hash, now).await;
        let outsider = Staff::hire(&store, "架空薬局", &[], hash, now).await;
        Self {
            line,
            clock,
            store,
            colleague: Arc::clone(&station.callers[0]),
            outsider: outsider.organization,
            password_hash,
            _folder: folder,
            _database: database,
        }
    }

    /// The audit events of a patient, oldest first; of the nil id, those of the region.
    pub(in crate::decisions) async fn events(&self, patient: Uuid) -> Vec<AuditEvent> {
        let access = self.any_access(PatientId(patient), &self.colleague);
        let permit = access.read_audit().unwrap();
        let before = AuditEventId(Uuid::max());
        let mut events = self
            .store
            .read(move |conn| Box::pin(async move { audit::before(conn, &permit, before, ALL).await }))
            .await
            .unwrap();
        events.reverse();
        events
    }

    /// Lets `who` have had an emergency access until `ends_at`. Its text does not open, which hinders nobody.
    pub(in crate::decisions) async fn emergency(
        &self,
        patient: Uuid,
        who: &Caller,
        ends_at: Timestamp,
    ) -> String {
        let now = self.clock.now();
        let id = BreakGlassId(uuid_v7(now, random(&OsEntropy)));
        let permit = self.any_access(PatientId(patient), who).ask().unwrap();
        let begun = self.store.write(move |tx| {
            Box::pin(async move {
                let text = Sealed { key_version: 1, bytes: vec![0; 40] };
                let reason = BreakGlassReason::EmergencyTransport;
                break_glass::begin(tx, &permit, id, reason, &text, now, ends_at).await
            })
        });
        let begun: Result<(), StoreError> = begun.await;
        begun.unwrap();
        id.to_string()
    }

    /// Gives a person a device.
    pub(in crate::decisions) async fn device_of(&self, person: &str) -> String {
        let (person, now) = (PersonId(person.parse().unwrap()), self.clock.now());
        let device = new_device(person, now);
        let id = device.id;
        let stored = self.store.write(move |tx| {
            Box::pin(async move {
                device::insert_device(tx, &device, "訪問用タブレット", random(&OsEntropy), now).await
            })
        });
        let stored: Result<(), StoreError> = stored.await;
        stored.unwrap();
        id.to_string()
    }

    /// Gives an organisation a service account.
    pub(in crate::decisions) async fn service_of(&self, organization: OrganizationId) -> String {
        let id = ServiceAccountId(Uuid::from_bytes(random(&OsEntropy)));
        let account = ServiceAccount {
            service: Service { id, name: "架空記録連携".into(), calls_per_minute: 60 },
            organization,
            created_at: self.clock.now(),
            ended_at: None,
            certificates: Vec::new(),
        };
        let stored = self.store.write(move |tx| Box::pin(async move { service::insert(tx, &account).await }));
        let stored: Result<(), StoreError> = stored.await;
        stored.unwrap();
        id.to_string()
    }

    /// What the tests themselves look at, as if the patient's custodian organisation asked.
    fn any_access(&self, patient: PatientId, who: &Caller) -> Access {
        let status = MembershipStatus::Accepted;
        let standing = Standing {
            patient,
            epoch: 1,
            person_epoch: 0,
            custodian: who.actor.organization,
            offered_custodian: None,
            active: true,
            organization: Some(Place { status, staff: StaffAccess::All, assigned: false, staffed: true }),
            person: None,
            rules: Vec::new(),
            break_glass: None,
        };
        Access::decide(who.subject(), &standing, self.clock.now())
    }
}

async fn open(store: &Store, clock: &Arc<TestClock>, folder: &Path) -> Arc<App> {
    let blobs = folder.join("blobs");
    std::fs::create_dir(&blobs).unwrap();
    let parts = AppParts {
        store: store.clone(),
        blobs: Blobs::local(&blobs).unwrap(),
        root_keys: Arc::new(root_keys(folder)),
        device_ca: DeviceCa::create(folder, "架空", clock.now()).unwrap(),
        clock: Arc::clone(clock) as _,
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            region: None,
            access: YEAR,
            idle: YEAR,
            absolute: YEAR,
            step_up: YEAR,
            totp: true,
            attachment_max_bytes: 1024,
            organization_quota_bytes: 1 << 20,
            concurrent_logins: 8,
            checkpoints: Default::default(),
            host_name: "localhost".to_owned(),
            retention_years: 5,
        },
    };
    App::open(parts).await.unwrap()
}

fn root_keys(folder: &Path) -> HeldRootKeys {
    let path = folder.join("root.key");
    crate::files::create(&path, &random::<32>(&OsEntropy)).unwrap();
    HeldRootKeys::open(RootPlace::File(path)).unwrap()
}

/// Enrols a device of the administrator, which sets a password; the hash serves everybody.
async fn first_password(line: &Line, store: &Store, administrator: &Arc<Caller>) -> String {
    let person = administrator.actor.person;
    let request = proto::CreateEnrollmentCodeRequest {
        request_id: Uuid::from_bytes(random(&OsEntropy)).to_string(),
        person_id: person.to_string(),
    };
    let issued: proto::CreateEnrollmentCodeResponse =
        line.done(administrator, "IdentityService/CreateEnrollmentCode", &request).await;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let csr = CertificateParams::default().serialize_request(&key).unwrap();
    let request = proto::EnrollDeviceRequest {
        code: issued.code,
        csr: csr.der().to_vec().into(),
        password: PASSWORD.to_owned(),
        device_name: "事務所".to_owned(),
    };
    let _: proto::EnrollDeviceResponse = line.done(administrator, "AuthService/EnrollDevice", &request).await;
    let credentials =
        store.read(move |conn| Box::pin(async move { identity::credentials_of(conn, person).await })).await;
    credentials.unwrap().and_then(|(_, hash)| hash).unwrap()
}
