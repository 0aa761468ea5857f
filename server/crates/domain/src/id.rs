//! Ids: UUIDs with a type each, so that a patient's id cannot be passed for an entry's.

use uuid::Uuid;

use crate::time::Timestamp;

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
    /// A service account.
    ServiceAccountId,
    /// An enrolment code of a service account.
    ServiceCodeId,
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
    /// An emergency access.
    BreakGlassId,
    /// An audit event.
    AuditEventId,
    /// A template of an organisation; chosen by the client that creates it.
    TemplateId,
    /// A client's mark on a mutation, for doing it once.
    RequestId,
}

/// A UUIDv7 (RFC 9562): the time in front, to the microsecond (the standard's method 3), so that ids sort
/// by time; then 62 random bits.
pub fn uuid_v7(now: Timestamp, random: [u8; 8]) -> Uuid {
    // 1000 microseconds on the 4096 steps of `rand_a`
    let fraction = u16::try_from(now.0.rem_euclid(1000) * 4096 / 1000).unwrap_or(0);
    let mut rest = [0; 10];
    rest[..2].copy_from_slice(&fraction.to_be_bytes());
    rest[2..].copy_from_slice(&random);
    uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_microsecond() {
        let id = |micros: i64, random| uuid_v7(Timestamp(1_790_000_000_000_000 + micros), [random; 8]);
        for micros in 0..3000_i64 {
            assert!(id(micros, 0xff) < id(micros + 1, 0), "{micros}");
        }
        assert_eq!(id(7, 1).get_version_num(), 7);
    }
}
