//! Shapes that several nouns' rows share, and the way from columns to domain types.

use renkei_domain::Timestamp;
use renkei_domain::access::Subject;
use renkei_domain::id::{OrganizationId, PersonId, ServiceAccountId};
use renkei_domain::identity::Actor;
use renkei_domain::service::Service;
use uuid::Uuid;

use crate::StoreError;

/// Sealed bytes with the version of the patient key that they were sealed under.
#[derive(Clone)]
pub struct Sealed {
    /// Version of the patient's key.
    pub key_version: u32,
    /// Format byte, nonce, ciphertext, tag.
    pub bytes: Vec<u8>,
}

pub(crate) fn sealed(key_version: i64, bytes: Vec<u8>) -> Result<Sealed, StoreError> {
    let key_version = u32::try_from(key_version).map_err(|_| StoreError::Corrupt("key_version"))?;
    Ok(Sealed { key_version, bytes })
}

/// Columns of an actor: who acted, with the names as they are now.
#[derive(sqlx::FromRow)]
pub(crate) struct ActorRow {
    person_id: Uuid,
    person_name: String,
    organization_id: Uuid,
    organization_name: String,
    role: String,
}

impl TryFrom<ActorRow> for Actor {
    type Error = StoreError;
    fn try_from(row: ActorRow) -> Result<Self, StoreError> {
        Ok(Self {
            person: PersonId(row.person_id),
            person_name: row.person_name,
            organization: OrganizationId(row.organization_id),
            organization_name: row.organization_name,
            role: row.role.parse()?,
        })
    }
}

/// Columns of the service account that acts for somebody. All empty where none does.
#[derive(sqlx::FromRow)]
pub(crate) struct ServiceColumns {
    service_account_id: Option<Uuid>,
    service_account_name: Option<String>,
    calls_per_minute: Option<i64>,
}

impl ServiceColumns {
    pub(crate) fn into_service(self) -> Option<Service> {
        Some(Service {
            id: ServiceAccountId(self.service_account_id?),
            name: self.service_account_name?,
            calls_per_minute: self.calls_per_minute?,
        })
    }
}

/// Columns of whoever acted on a row later: withdrew the consent, reviewed the emergency access. All empty
/// until then.
#[derive(sqlx::FromRow)]
pub(crate) struct LaterActorRow {
    later_person_id: Option<Uuid>,
    later_person_name: Option<String>,
    later_organization_id: Option<Uuid>,
    later_organization_name: Option<String>,
    later_role: Option<String>,
}

impl LaterActorRow {
    pub(crate) fn into_actor(self) -> Result<Option<Actor>, StoreError> {
        let (Some(person), Some(organization)) = (self.later_person_id, self.later_organization_id) else {
            return Ok(None);
        };
        Ok(Some(Actor {
            person: PersonId(person),
            person_name: self.later_person_name.unwrap_or_default(),
            organization: OrganizationId(organization),
            organization_name: self.later_organization_name.unwrap_or_default(),
            role: self.later_role.unwrap_or_default().parse()?,
        }))
    }
}

/// Bytes that are sealed where they are there.
pub(crate) fn optional_sealed(
    key_version: Option<i64>,
    bytes: Option<Vec<u8>>,
) -> Result<Option<Sealed>, StoreError> {
    key_version.zip(bytes).map(|(key_version, bytes)| sealed(key_version, bytes)).transpose()
}

pub(crate) fn timestamp(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp)
}

/// The three binds that say who acted.
pub(crate) fn actor_binds(subject: &Subject) -> (Uuid, Uuid, &'static str) {
    (subject.person.0, subject.organization.0, subject.role.as_str())
}
