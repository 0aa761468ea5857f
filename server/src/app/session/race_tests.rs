//! What was looked up before a transaction began and has changed until it does.

use std::time::Duration;

use renkei_crypto::{OsEntropy, random};
use renkei_domain::account::CodeKind;
use renkei_domain::id::{AffiliationId, EnrollmentId, OrganizationId, SessionId};
use renkei_domain::identity::{Organization, OrganizationKind, Person, Purpose, Role};
use renkei_domain::time::SystemClock;
use renkei_store::device::{self, Enrollment};
use renkei_store::session::{self, NewSession};
use renkei_store::{Blobs, DatabaseUrl, Options, Store, StoreError, identity};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::app::keys::{HeldRootKeys, RootPlace};
use crate::app::{AppParts, Settings};
use crate::certs::DeviceCa;

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

struct Place {
    app: Arc<App>,
    person: PersonId,
    affiliation: AffiliationId,
    device: PresentedDevice,
    _folder: TempDir,
}

fn id() -> Uuid {
    Uuid::from_bytes(random(&OsEntropy))
}

async fn open(folder: &TempDir) -> Arc<App> {
    let path = folder.path();
    let url = DatabaseUrl::Sqlite(path.join("renkei.sqlite"));
    let options = Options { url, max_connections: 4 };
    Store::migrate(&options).await.unwrap();
    std::fs::create_dir(path.join("blobs")).unwrap();
    crate::files::create(&path.join("root.key"), &random::<32>(&OsEntropy)).unwrap();
    let parts = AppParts {
        store: Store::open(options).await.unwrap(),
        blobs: Blobs::local(&path.join("blobs")).unwrap(),
        root_keys: Arc::new(HeldRootKeys::open(RootPlace::File(path.join("root.key"))).unwrap()),
        device_ca: DeviceCa::create(path, "架空", renkei_domain::Clock::now(&SystemClock)).unwrap(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            region: None,
            access: YEAR,
            idle: YEAR,
            absolute: YEAR,
            step_up: YEAR,
            attachment_max_bytes: 1024,
            organization_quota_bytes: 1 << 20,
            concurrent_logins: 8,
            checkpoints: Default::default(),
            retention_years: 5,
            totp: false,
            host_name: "renkei.example".to_owned(),
        },
    };
    App::open(parts).await.unwrap()
}

impl Place {
    /// A nurse with a device.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = open(&folder).await;
        let (now, clinic) = (app.now(), OrganizationId(id()));
        let (person, affiliation, device) = (PersonId(id()), AffiliationId(id()), DeviceId(id()));
        let certificate_hash = [1; 32];
        let kind = OrganizationKind::Clinic;
        let organization =
            Organization { id: clinic, kind, name: "架空診療所".to_owned(), created_at: now };
        let nurse = Person {
            id: person,
            login_name: "kaku".to_owned(),
            name: "架空 花".to_owned(),
            name_kana: "カクウ ハナ".to_owned(),
            affiliations: Vec::new(),
            created_at: now,
            suspended_at: None,
        };
        let new = Device {
            id: device,
            person: Some(person),
            public_key_hash: vec![1; 32],
            certificate: vec![1],
            expires_at: now.after(YEAR),
            revoked_at: None,
        };
        let stored = app.store.write(move |tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &organization).await?;
                identity::insert_person(tx, &nurse).await?;
                identity::insert_affiliation(tx, affiliation, person, clinic, Role::Nurse, now).await?;
                device::insert_device(tx, &new, "端末", certificate_hash, now).await
            })
        });
        let stored: Result<(), StoreError> = stored.await;
        stored.unwrap();
        let device = PresentedDevice { id: device, person, certificate_hash };
        Self { app, person, affiliation, device, _folder: folder }
    }

    /// The refresh token of a new session.
    async fn log_in(&self) -> String {
        let Self { app, person, affiliation, device, .. } = self;
        let (now, tokens) = (app.now(), app.new_tokens(app.now().after(YEAR)));
        let new = NewSession {
            id: SessionId(id()),
            person: *person,
            affiliation: *affiliation,
            device: device.id,
            access_hash: tokens.access.hash(),
            access_expires_at: tokens.access_expires_at,
            expires_at: tokens.session_expires_at,
            purpose: Purpose::Treatment,
        };
        let refresh = tokens.refresh.hash();
        let stored = app.store.write(move |tx| {
            Box::pin(async move {
                session::insert(tx, &new, now).await?;
                session::insert_refresh(tx, refresh, new.id, now).await
            })
        });
        let stored: Result<(), StoreError> = stored.await;
        stored.unwrap();
        tokens.refresh.reveal()
    }

    async fn refresh(&self, device: &PresentedDevice, token: &str) -> Result<String, Reason> {
        let renewed = self.app.refresh_session(Some(&Presented::Device(device.clone())), token).await;
        renewed.map(|tokens| tokens.refresh.reveal()).map_err(|error| error.reason())
    }
}

#[tokio::test]
async fn a_refresh_that_is_overtaken_by_the_next_certificate_ends_nothing() {
    let place = Place::new().await;
    let before = PresentedDevice { certificate_hash: [9; 32], ..place.device.clone() };
    let token = place.log_in().await;
    assert_eq!(place.refresh(&before, &token).await, Err(Reason::DeviceRequired));
    let next = place.refresh(&place.device, &token).await.unwrap();

    // another device, and a token that comes again, are a theft still
    let other = PresentedDevice { id: DeviceId(id()), certificate_hash: [8; 32], ..place.device.clone() };
    assert_eq!(place.refresh(&other, &next).await, Err(Reason::RefreshTokenInvalid));
    assert_eq!(place.refresh(&place.device, &next).await, Err(Reason::RefreshTokenInvalid));
    let token = place.log_in().await;
    let next = place.refresh(&place.device, &token).await.unwrap();
    assert_eq!(place.refresh(&before, &token).await, Err(Reason::RefreshTokenInvalid));
    assert_eq!(place.refresh(&place.device, &next).await, Err(Reason::RefreshTokenInvalid));
}

#[tokio::test]
async fn the_code_of_somebody_who_was_suspended_meanwhile_is_not_good() {
    let place = Place::new().await;
    let (person, now) = (place.person, place.app.now());
    let good = place.app.store.write(move |tx| {
        Box::pin(async move {
            let code = Enrollment {
                id: EnrollmentId(id()),
                person,
                expires_at: now.after(YEAR),
                device: None,
                made_for: None,
            };
            device::insert_enrollment(tx, &code, CodeKind::Device, [1; 32], now).await?;
            let before = enroll_device::is_still_good(tx, &code).await?;
            identity::suspend(tx, person, now).await?;
            Ok::<_, Error>((before, enroll_device::is_still_good(tx, &code).await?))
        })
    });
    assert_eq!(good.await.unwrap(), (true, false));
}
