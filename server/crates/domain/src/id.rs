//! Ids: UUIDs with a type each, so that a patient's id cannot be passed for an entry's.

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl $name {
            /// The sixteen bytes that stand in sealed data's context.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }
    )+};
}

ids! {
    /// An organisation.
    OrganizationId,
    /// A person: one per human being, never shared (R1).
    PersonId,
    /// A person's role at an organisation.
    AffiliationId,
    /// An enrolled device.
    DeviceId,
    /// An enrolment code that was handed out.
    EnrollmentId,
    /// A session, from log-in to its end, over all refreshes.
    SessionId,
    /// A patient.
    PatientId,
    /// A consent.
    ConsentId,
    /// An entry of a timeline; chosen by the author's client.
    EntryId,
    /// An attachment; chosen by the uploader's client.
    AttachmentId,
    /// An audit event.
    AuditEventId,
    /// A client's mark on a mutation, for doing it once.
    RequestId,
}

/// A UUIDv7 (RFC 9562): `unix_millis` in front, so that ids sort by time, and 74 random bits.
pub fn uuid_v7(unix_millis: u64, random: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid()
}
