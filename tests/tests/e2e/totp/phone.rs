//! The other side: what an authenticator app computes, written down from RFC 6238 and RFC 4226 once more.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// A phone that has scanned a seed.
pub(crate) struct Phone {
    pub(crate) seed: Vec<u8>,
}

/// The step that it is now.
pub(crate) fn step() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 30)
}

impl Phone {
    /// Reads what a QR code says.
    pub(crate) fn scan(uri: &str) -> Result<Self> {
        let (label, parameters) = uri.split_once('?').context("no parameters")?;
        ensure!(label.starts_with("otpauth://totp/"), "{label}");
        let parameter = |name: &str| parameters.split('&').find_map(|pair| pair.strip_prefix(name));
        for (name, usual) in [("algorithm=", "SHA1"), ("digits=", "6"), ("period=", "30")] {
            ensure!(parameter(name).is_none_or(|value| value == usual), "{parameters}");
        }
        let secret = parameter("secret=").context("no secret")?;
        Ok(Self { seed: BASE32_NOPAD.decode(secret.as_bytes())? })
    }

    /// What it shows now.
    pub(crate) fn code(&self) -> Result<String> {
        self.code_of(step()?)
    }

    /// What it shows in this step.
    pub(crate) fn code_of(&self, step: u64) -> Result<String> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.seed)?;
        mac.update(&step.to_be_bytes());
        let mac = mac.finalize().into_bytes();
        let from = usize::from(mac[19] & 15);
        let number = u32::from_be_bytes(mac[from..from + 4].try_into()?) & 0x7fff_ffff;
        Ok(format!("{:06}", number % 1_000_000))
    }

    /// A code that it does not show now, nor a step before or after.
    pub(crate) fn wrong_code(&self) -> Result<String> {
        let now = step()?;
        let shown: Vec<String> = (now - 2..=now + 2).map(|step| self.code_of(step)).collect::<Result<_>>()?;
        let mut codes = (0..).map(|number| format!("{number:06}"));
        codes.find(|code| !shown.contains(code)).context("a code")
    }
}

#[test]
fn it_shows_what_the_rfc_says() {
    let phone = Phone { seed: b"12345678901234567890".to_vec() };
    assert_eq!(phone.code_of(59 / 30).unwrap(), "287082");
    assert_eq!(phone.code_of(1_111_111_109 / 30).unwrap(), "081804");
}
