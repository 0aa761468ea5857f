//! Organisations and people with devices and sessions, put into the store as log-in would have left them.

use std::sync::Arc;

use renkei_crypto::{OsEntropy, random};
use renkei_domain::Timestamp;
use renkei_domain::account::DeviceKind;
use renkei_domain::id::{AffiliationId, DeviceId, OrganizationId, PersonId, SessionId};
use renkei_domain::identity::{Actor, Caller, Organization, OrganizationKind, Person, Purpose, Role};
use renkei_store::device::Device;
use renkei_store::session::NewSession;
use renkei_store::{Store, StoreError, Tx, device, identity, session};
use uuid::Uuid;

/// Longer than the tests' clock goes on.
const LONG: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3600);

/// The people of one organisation.
pub(super) struct Staff {
    pub(super) organization: OrganizationId,
    /// In the order of the roles that were asked for.
    pub(super) callers: Vec<Arc<Caller>>,
}

impl Staff {
    /// A new organisation with somebody in each role, all with this password; empty: they have none yet.
    pub(super) async fn hire(
        store: &Store,
        name: &str,
        roles: &[Role],
        password_hash: &str,
        now: Timestamp,
    ) -> Self {
        let organization = Organization {
            id: OrganizationId(new_uuid()),
            kind: OrganizationKind::Clinic,
            name: name.to_owned(),
            created_at: now,
        };
        let callers: Vec<_> = roles.iter().map(|role| Arc::new(caller(&organization, *role, now))).collect();
        let staff = Self { organization: organization.id, callers: callers.clone() };
        let hash = password_hash.to_owned();
        let hired = store.write(move |tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &organization).await?;
                for caller in &callers {
                    insert(tx, caller, &hash, now).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        hired.await.unwrap();
        staff
    }
}

fn caller(organization: &Organization, role: Role, now: Timestamp) -> Caller {
    let person = new_uuid();
    Caller {
        actor: Actor {
            person: PersonId(person),
            person_name: format!("架空 {role}"),
            organization: organization.id,
            organization_name: organization.name.clone(),
            role,
        },
        login_name: format!("p{}", person.simple()),
        affiliation: AffiliationId(new_uuid()),
        device: DeviceId(new_uuid()),
        device_kind: DeviceKind::Certificate,
        session: SessionId(new_uuid()),
        session_ends_at: now.after(LONG),
        purpose: Purpose::Treatment,
        service: None,
        stepped_up_at: Some(now),
    }
}

async fn insert(tx: &mut Tx, caller: &Caller, hash: &str, now: Timestamp) -> Result<(), StoreError> {
    let Actor { person, organization, role, .. } = caller.actor;
    let new = Person {
        id: person,
        login_name: caller.login_name.clone(),
        name: caller.actor.person_name.clone(),
        name_kana: "カクウ".to_owned(),
        affiliations: Vec::new(),
        created_at: now,
        suspended_at: None,
    };
    identity::insert_person(tx, &new).await?;
    if !hash.is_empty() {
        identity::set_first_password(tx, person, hash).await?;
    }
    identity::insert_affiliation(tx, caller.affiliation, person, organization, role, now).await?;
    let device = Device { id: caller.device, ..new_device(person, now) };
    device::insert_device(tx, &device, "訪問用タブレット", random(&OsEntropy), now).await?;
    let new = NewSession {
        id: caller.session,
        person,
        affiliation: caller.affiliation,
        device: caller.device,
        access_hash: random(&OsEntropy),
        access_expires_at: caller.session_ends_at,
        expires_at: caller.session_ends_at,
        purpose: caller.purpose,
    };
    session::insert(tx, &new, now).await
}

/// A device of a person, as enrolment would have left it.
pub(super) fn new_device(person: PersonId, now: Timestamp) -> Device {
    Device {
        id: DeviceId(new_uuid()),
        person: Some(person),
        public_key_hash: vec![0; 32],
        certificate: Vec::new(),
        expires_at: now.after(LONG),
        revoked_at: None,
    }
}

fn new_uuid() -> Uuid {
    Uuid::from_bytes(random(&OsEntropy))
}
