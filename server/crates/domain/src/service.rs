//! Service accounts: programs of an organisation that act for people of the organisation, each of whom has agreed.

use std::time::Duration;

use crate::id::{AffiliationId, DeviceId, OrganizationId, ServiceAccountId};
use crate::identity::Role;
use crate::time::Timestamp;

/// From when on before its end the certificate of a service account can be renewed: a third of its life.
pub const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);

/// The most calls a minute that an account may be given.
pub const MAX_CALLS_PER_MINUTE: i64 = 60_000;

/// The service account of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceAccountId,
    /// Its name.
    pub name: String,
    /// How many calls it may make in a minute: 1 to [`MAX_CALLS_PER_MINUTE`].
    pub calls_per_minute: i64,
}

/// A service account.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// What its calls are known by.
    pub service: Service,
    /// The organisation that it is bound to.
    pub organization: OrganizationId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its certificates that are neither over nor revoked; empty where nobody asked for them.
    pub certificates: Vec<ServiceCertificate>,
}

/// A certificate of a service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCertificate {
    /// The device that the certificate names.
    pub device: DeviceId,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// End of the last certificate that was issued for it.
    pub expires_at: Timestamp,
}

/// That a person has allowed a service account to act under one of the person's affiliations.
#[derive(Clone, Debug)]
pub struct AllowedService {
    /// The account.
    pub service: Service,
    /// Under which affiliation, which is at the account's organisation.
    pub affiliation: AffiliationId,
    /// Name of the organisation.
    pub organization_name: String,
    /// The role of the affiliation.
    pub role: Role,
    /// Since when.
    pub allowed_at: Timestamp,
}
