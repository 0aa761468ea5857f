//! `renkei device enroll`: makes the device's key here, trades a code for a certificate, and sets the
//! person's first password.

use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use data_encoding::{BASE32_NOPAD, BASE64};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use renkei_proto::v1::{EnrollDeviceRequest, EnrollDeviceResponse, auth_service_client::AuthServiceClient};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    command::{Context, PasswordSource},
    connection::{
        call_without_session,
        tls::{self, Fingerprint},
        transport::{self, Address},
    },
    error::{Error, Exit, Result},
    input,
    output::{json::Json as _, time},
    profile::{Credentials, Enrollment, Profile},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "URL")]
    server: String,
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    if profile.is_enrolled() && !arguments.replace {
        return Err(Error::new(Exit::Conflict, msg!("error-enrolled", profile = profile.name()))
            .next(msg!("next-enrolled")));
    }
    let address = Address::parse(&arguments.server)?;
    let code = input::code(context.texts, arguments.code_file.as_deref()).await?;
    let fingerprint = fingerprint(&code)?;
    let password = input::password(context.texts, arguments.password.password_file.as_deref(), true).await?;
    let device_name = arguments.device_name.unwrap_or_else(|| context.texts.get("device-default-name"));

    profile.make_folder()?;
    let key = device_key(profile)?;
    let request = EnrollDeviceRequest {
        code: code.trim().to_owned(),
        csr: signing_request(&key)?,
        password: password.to_string(),
        device_name: device_name.clone(),
    };
    let channel = transport::channel(&address, tls::enrolling(fingerprint)?)?;
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).enroll_device(request).await
    })
    .await?;
    let enrollment = keep(profile, &address, &key, fingerprint, &answer, device_name)?;

    let json = json!({
        "profile": profile.name(),
        "server": enrollment.server,
        "device_id": enrollment.device_id,
        "login_name": enrollment.login_name,
        "certificate_expire_time": answer.certificate_expire_time.json(),
    });
    context.out.one(json, || {
        let until = time::local(answer.certificate_expire_time.as_ref());
        vec![
            context.line(&msg!("device-enrolled", login = answer.login_name, until = until)),
            context.line(&msg!("device-enrolled-next")),
        ]
    })
}

/// The certificate authority's fingerprint stands after the point of the code.
pub(crate) fn fingerprint(code: &str) -> Result<Fingerprint> {
    let bad = || Error::usage(msg!("error-code-form")).next(msg!("next-code-form"));
    let (_, text) = code.trim().rsplit_once('.').ok_or_else(bad)?;
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| bad())?;
    bytes.try_into().map_err(|_| bad())
}

/// A first try that broke off has left its key: the server answers the same key with the same
/// certificate.
pub(in crate::command) fn device_key(profile: &Profile) -> Result<KeyPair> {
    if let Some(pem) = profile.pending_key()?
        && let Ok(key) = KeyPair::from_pem(&pem)
    {
        return Ok(key);
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| defect(&error))?;
    profile.save_pending_key(&Zeroizing::new(key.serialize_pem()))?;
    Ok(key)
}

pub(in crate::command) fn signing_request(key: &KeyPair) -> Result<Bytes> {
    let request = CertificateParams::default().serialize_request(key).map_err(|error| defect(&error))?;
    Ok(Bytes::copy_from_slice(request.der()))
}

/// Keeps what the server sent, after checking that it is what the code promised and fits the key.
pub(in crate::command) fn keep(
    profile: &Profile,
    address: &Address,
    key: &KeyPair,
    fingerprint: Fingerprint,
    answer: &EnrollDeviceResponse,
    device_name: String,
) -> Result<Enrollment> {
    if tls::fingerprint(&answer.ca_certificate) != fingerprint {
        return Err(
            Error::new(Exit::Other, msg!("error-server-certificate")).next(msg!("next-server-certificate"))
        );
    }
    let credentials = Credentials {
        key: Zeroizing::new(key.serialize_pem()),
        certificate: pem(&answer.certificate),
        ca: pem(&answer.ca_certificate),
    };
    tls::enrolled(&credentials)?;
    let expires = answer.certificate_expire_time.as_ref().and_then(time::rfc3339);
    let enrollment = Enrollment {
        server: address.url(),
        login_name: answer.login_name.clone(),
        device_id: answer.device_id.clone(),
        device_name,
        certificate_expire_time: expires.unwrap_or_default(),
        totp: false,
    };
    profile.save_enrollment(&credentials, &enrollment)?;
    Ok(enrollment)
}

pub(crate) fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|start| &text[start..(start + 64).min(text.len())]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

pub(super) fn defect(error: &rcgen::Error) -> Error {
    Error::new(Exit::Other, msg!("error-key")).detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Home;

    #[test]
    fn the_fingerprint_is_read_as_it_was_handed_out_or_typed() {
        let expected = [7; 32];
        let text = BASE32_NOPAD.encode(&expected);
        for code in [
            format!("ABCD-EFGH-JKMN-PQRS-TVWX-YZ01.{text}"),
            format!(" abcd-efgh.{} \n", text.to_lowercase()),
            format!("ABCD.{}-{}", &text[..4], &text[4..]),
        ] {
            assert_eq!(fingerprint(&code).unwrap(), expected, "{code}");
        }
        for bad in ["ABCD-EFGH", "ABCD.", "ABCD.AAAA", "ABCD.!!!!"] {
            assert_eq!(fingerprint(bad).unwrap_err().exit(), Exit::Usage, "{bad}");
        }
    }

    #[test]
    fn a_second_try_uses_the_same_key() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        let first = device_key(&profile).unwrap();
        let second = device_key(&profile).unwrap();
        assert_eq!(first.public_key_raw(), second.public_key_raw());
        assert!(!profile.is_enrolled());
    }

    #[test]
    fn a_certificate_of_another_key_or_authority_is_not_kept() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        let key = device_key(&profile).unwrap();
        let other = KeyPair::generate().unwrap();
        let certificate = |key: &KeyPair| {
            let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            Bytes::copy_from_slice(params.self_signed(key).unwrap().der())
        };
        let ca = certificate(&other);
        let answer = |certificate| EnrollDeviceResponse {
            certificate,
            ca_certificate: ca.clone(),
            ..Default::default()
        };
        let address = Address::parse("https://localhost").unwrap();
        let keep = |fingerprint, answer: &EnrollDeviceResponse| {
            keep(&profile, &address, &key, fingerprint, answer, "tablet".into())
        };
        assert!(keep([0; 32], &answer(certificate(&key))).is_err());
        assert!(keep(tls::fingerprint(&ca), &answer(certificate(&other))).is_err());
        assert!(!profile.is_enrolled());
        keep(tls::fingerprint(&ca), &answer(certificate(&key))).unwrap();
        assert!(profile.is_enrolled());
    }
}
