//! Codes of authenticator apps (TOTP, [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)): SHA-1, 6 digits, steps of 30
//! seconds, which is what every app knows. HMAC-SHA-1 is not touched by the collisions of SHA-1 (RFC 4226, B.2).
//!
//! A code is good in its step, the one before and the one after: clocks differ, and typing takes time. That it works once
//! is for whoever keeps the step: what matches is told, and only a later one may be taken.
//!
//! A seed at rest is sealed ([`crate::seal`]) with the AAD lp("totp-seed") ‖ lp(person id) ‖ lp(device id).

use totp_rs::{Builder, Secret, Totp, TotpError};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::Key;
use crate::seal::{self, Aad};
use crate::{Entropy, OpenError, random};

/// Bytes of a seed: as many as the hash has (RFC 4226, 4).
const SEED_LEN: usize = 20;
const DIGITS: usize = 6;

/// What an app and the server share. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; SEED_LEN]);

/// A code as somebody typed it. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

impl Code {
    /// Reads six digits as people type them: spaces and full-width digits do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.nfkc().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
        let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(digits))
    }
}

impl Seed {
    /// A new one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// Seals it for this authenticator of this person.
    pub fn seal(&self, key: &Key, person_id: &[u8], device_id: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        seal::seal(key, &labels(person_id, device_id), &self.0, entropy)
    }

    /// Opens what [`Self::seal`] sealed for the same authenticator of the same person.
    ///
    /// # Errors
    /// As [`seal::open`].
    pub fn open(key: &Key, person_id: &[u8], device_id: &[u8], sealed: &[u8]) -> Result<Self, OpenError> {
        let mut bytes = seal::open(key, &labels(person_id, device_id), sealed)?;
        let seed = <[u8; SEED_LEN]>::try_from(bytes.as_slice()).map(Self);
        bytes.zeroize();
        seed.map_err(|_| OpenError::Damaged)
    }

    /// The step that the code is of, if it is good at this time (seconds since 1970).
    pub fn step_of(&self, code: &Code, seconds: u64) -> Option<u64> {
        self.app().build().ok()?.check(&code.0, seconds)
    }

    /// What an app takes, as text or as a QR code: `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=ISSUER`
    /// ([Key URI Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)). Colons would end the names
    /// in it and become spaces.
    ///
    /// # Errors
    /// [`TotpError`] if the account has no name.
    pub fn uri(&self, issuer: &str, account: &str) -> Result<String, TotpError> {
        let (issuer, account) = (issuer.replace(':', " "), account.replace(':', " "));
        let app: Totp = self.app().with_issuer(Some(issuer)).with_account_name(account).build()?;
        app.to_url()
    }

    /// SHA-1, 6 digits, 30 seconds, a step more on either side: what the builder has by default, and the tests hold it to.
    fn app(&self) -> Builder {
        Builder::new().with_secret(Secret::new_stack(self.0))
    }
}

fn labels(person_id: &[u8], device_id: &[u8]) -> Aad {
    Aad::new("totp-seed").with(person_id).with(device_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Replay;

    /// The seed of RFC 6238, appendix B.
    fn rfc() -> Seed {
        Seed(*b"12345678901234567890")
    }

    fn code(text: &str) -> Code {
        Code::parse(text).expect("a code")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // appendix B has eight digits, of which these are the last six
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().step_of(&code(expected), seconds), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_more_on_either_side() {
        // of step 37037036, which begins at 1111111080
        let (seed, good) = (rfc(), code("081804"));
        for seconds in [1_111_111_050, 1_111_111_080, 1_111_111_109, 1_111_111_110, 1_111_111_139] {
            assert_eq!(seed.step_of(&good, seconds), Some(37_037_036), "{seconds}");
        }
        for seconds in [0, 1_111_111_049, 1_111_111_140] {
            assert_eq!(seed.step_of(&good, seconds), None, "{seconds}");
        }
        assert_eq!(seed.step_of(&code("081805"), 1_111_111_109), None);
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        for typed in ["081804", "081 804", " 081804\n", "０８１８０４"] {
            assert_eq!(code(typed).0, "081804", "{typed}");
        }
        for other in ["", "08180", "0818041", "08180a", "-81804", "08180٤", "+81804"] {
            assert!(Code::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn an_app_is_told_what_it_needs() {
        let uri = rfc().uri("鶴見在宅ネット: 試験", "mori").expect("an address");
        let label = "%E9%B6%B4%E8%A6%8B%E5%9C%A8%E5%AE%85%E3%83%8D%E3%83%83%E3%83%88%20%20%E8%A9%A6%E9%A8%93";
        let expected =
            format!("otpauth://totp/{label}:mori?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer={label}");
        assert_eq!(uri, expected);
    }

    #[test]
    fn a_seed_opens_for_its_authenticator_only() {
        let key = Key::from_bytes([7; 32]);
        let sealed = rfc().seal(&key, b"person", b"device", &Replay::new(1));
        assert!(!sealed.windows(SEED_LEN).any(|part| part == rfc().0));
        let open =
            |person: &[u8], device: &[u8]| Seed::open(&key, person, device, &sealed).map(|seed| seed.0);
        assert_eq!(open(b"person", b"device"), Ok(rfc().0));
        for (person, device) in [(b"person", b"anothe"), (b"anothe", b"device"), (b"device", b"person")] {
            assert_eq!(open(person, device), Err(OpenError::Damaged));
        }
        let longer = seal::seal(&key, &labels(b"person", b"device"), &[1; SEED_LEN + 1], &Replay::new(2));
        assert_eq!(Seed::open(&key, b"person", b"device", &longer).err(), Some(OpenError::Damaged));
    }
}
