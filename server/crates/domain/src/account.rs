//! What people see of their own account: the sessions that are live, and the devices.

use std::time::Duration;

use crate::id::{DeviceId, ServiceAccountId, SessionId};
use crate::identity::{Purpose, Role};
use crate::text_enum::text_enum;
use crate::time::Timestamp;

/// From when on before its end a device's certificate can be renewed: time enough for who is on leave, and short
/// enough that a certificate lasts most of its year.
pub const RENEWAL: Duration = Duration::from_secs(60 * 24 * 3600);

text_enum! {
    /// What a one-time code is for.
    pub enum CodeKind {
        /// To enrol a device.
        Device = "DEVICE",
        /// To set a password that was reset.
        Password = "PASSWORD",
    }
}

text_enum! {
    /// What a device shows.
    pub enum DeviceKind {
        /// A client certificate.
        Certificate = "CERTIFICATE",
        /// A code of an authenticator app (RFC 6238). It has no certificate.
        Totp = "TOTP",
        /// A client certificate of a service, which is no person.
        Service = "SERVICE",
    }
}

/// A live session.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Its id.
    pub id: SessionId,
    /// The device that it began on.
    pub device: DeviceId,
    /// What the person calls the device.
    pub device_name: String,
    /// Name of the organisation that the person acts for.
    pub organization_name: String,
    /// The role that the person acts in.
    pub role: Role,
    /// For what it asks for data.
    pub purpose: Purpose,
    /// When it began.
    pub created_at: Timestamp,
    /// The last call that was noted.
    pub last_seen_at: Timestamp,
    /// Its end, whatever is refreshed.
    pub expires_at: Timestamp,
    /// The service account that began it for the person, with its name.
    pub service: Option<(ServiceAccountId, String)>,
}

/// A device.
#[derive(Clone, Debug)]
pub struct OwnDevice {
    /// Its id.
    pub id: DeviceId,
    /// What it shows.
    pub kind: DeviceKind,
    /// What the person calls it.
    pub name: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// End of the last certificate that was issued for it, if it has one.
    pub expires_at: Option<Timestamp>,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
}
