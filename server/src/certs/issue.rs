//! What stands in the certificates that the region's CAs sign.

use std::time::Duration;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData, SerialNumber, SigningKey,
};
use renkei_crypto::OsEntropy;
use renkei_domain::{Timestamp, id::DeviceId};

/// Ten years. Its key is not on the server, and its certificate is renewed with that of the issuing CA.
const ROOT_LIFE: Duration = days(3650);
/// Three years: no device asks whether it was revoked, so a stolen key is dangerous for no longer; and the root's key
/// has to be fetched every two years only, to leave devices their year.
pub(crate) const ISSUING_LIFE: Duration = days(1095);
/// What browsers and operating systems take at most.
pub(super) const SERVER_LIFE: Duration = days(397);
/// A device that was not seen for a year enrols anew.
pub(super) const DEVICE_LIFE: Duration = days(365);
/// A program renews by itself; who took its key has it no longer than that.
pub(super) const SERVICE_LIFE: Duration = days(90);
/// Clocks of devices run behind.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// The root's own certificate. For the same region and key it has the same name, whenever it is made; `key_id` is the
/// name of its key in certificates that it has signed already.
pub(super) fn root(
    region: &str,
    key: &impl SigningKey,
    key_id: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<Certificate, rcgen::Error> {
    let mut params = params("Renkei CA", now, now.after(ROOT_LIFE));
    if let Some(key_id) = key_id {
        params.key_identifier_method = KeyIdMethod::PreSpecified(key_id);
    }
    params.distinguished_name.push(DnType::OrganizationName, region);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.self_signed(key)
}

/// The certificate of an issuing CA, signed by the root.
pub(super) fn issuing(
    region: &str,
    public_key: &impl PublicKeyData,
    root: &Issuer<'_, impl SigningKey>,
    root_expires_at: Timestamp,
    now: Timestamp,
) -> Result<Certificate, rcgen::Error> {
    let day = now.to_string().chars().take(10).collect::<String>();
    let name = format!("Renkei issuing CA {day}");
    let mut params = params(&name, now, now.after(ISSUING_LIFE).min(root_expires_at));
    params.distinguished_name.push(DnType::OrganizationName, region);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.use_authority_key_identifier_extension = true;
    params.signed_by(public_key, root)
}

/// A certificate for TLS servers with `names`, until `expires_at`.
pub(super) fn server(
    names: &[String],
    public_key: &impl PublicKeyData,
    issuer: &Issuer<'_, impl SigningKey>,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Certificate, rcgen::Error> {
    let mut params = params("renkei-server", now, expires_at);
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    leaf(params, ExtendedKeyUsagePurpose::ServerAuth, public_key, issuer)
}

/// The certificate that a device or a service account shows, and when it ends: `life` from now, or with the CA.
pub(super) fn device(
    device: DeviceId,
    public_key: &impl PublicKeyData,
    issuer: &Issuer<'_, impl SigningKey>,
    ca_expires_at: Timestamp,
    (now, life): (Timestamp, Duration),
) -> Result<(Certificate, Timestamp), rcgen::Error> {
    let expires_at = whole_seconds(now.after(life).min(ca_expires_at));
    let params = params(&device.to_string(), now, expires_at);
    let certificate = leaf(params, ExtendedKeyUsagePurpose::ClientAuth, public_key, issuer)?;
    Ok((certificate, expires_at))
}

fn leaf(
    mut params: CertificateParams,
    purpose: ExtendedKeyUsagePurpose,
    public_key: &impl PublicKeyData,
    issuer: &Issuer<'_, impl SigningKey>,
) -> Result<Certificate, rcgen::Error> {
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    params.signed_by(public_key, issuer)
}

fn params(common_name: &str, now: Timestamp, expires_at: Timestamp) -> CertificateParams {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.not_before = epoch + since_1970(now).saturating_sub(CLOCK_TOLERANCE);
    params.not_after = epoch + since_1970(expires_at);
    params.serial_number = Some(serial_number());
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

/// Random (CA/Browser Forum: 64 bits or more), positive, and not zero (RFC 5280, 4.1.2.2).
fn serial_number() -> SerialNumber {
    let mut serial: [u8; 16] = renkei_crypto::random(&OsEntropy);
    serial[0] = serial[0] & 0x3f | 0x40;
    SerialNumber::from_slice(&serial)
}

/// Certificates count in seconds.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp(time.unix_seconds() * 1_000_000)
}

fn since_1970(time: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(time.unix_seconds()).unwrap_or(0))
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}
