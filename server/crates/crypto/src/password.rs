//! Passwords: how they are stored, compared and judged (R3).
//!
//! Stored form: PHC string `$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH`, salt 16 bytes, hash 32 bytes; the
//! pepper is Argon2's secret parameter and stands nowhere in the string. A password is normalised with NFKC
//! first, because keyboards and input methods write the same characters in different ways (full-width
//! letters, composed and decomposed kana).
//!
//! One call takes 64 MiB and tens of milliseconds on purpose: callers must limit how many run at once and
//! keep them off the async threads.

use argon2::password_hash::phc::PasswordHash;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::key::Key;
use crate::{Entropy, random};

/// Fewest characters of a password, after NFKC. Enough because a second factor is always asked for (R3).
pub const MIN_CHARS: usize = 8;
/// Most characters of a password, after NFKC.
pub const MAX_CHARS: usize = 256;

/// The server's secret in every password hash: a stolen database alone does not allow guessing.
pub struct Pepper(pub Key);

/// Hashes a password for storage: a PHC string.
pub fn hash(password: &str, pepper: &Pepper, entropy: &dyn Entropy) -> String {
    let salt: [u8; 16] = random(entropy);
    hash_with_salt(password, pepper, &salt).to_string()
}

/// Whether `password` is the one that was hashed to `phc`. False also for a string that [`hash`] or a
/// later, costlier setting of it could not have written; that takes as long as a wrong password.
pub fn verify(password: &str, pepper: &Pepper, phc: &str) -> bool {
    match PasswordHash::new(phc).ok().filter(is_acceptable) {
        Some(stored) => argon2(pepper).verify_password(normalised(password).as_bytes(), &stored).is_ok(),
        None => verify_nobody(password, pepper),
    }
}

/// Takes as long as [`verify`], for a user who does not exist, and is always false.
pub fn verify_nobody(password: &str, pepper: &Pepper) -> bool {
    std::hint::black_box(hash_with_salt(password, pepper, b"nobody's salt   "));
    false
}

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("the password is too short")]
    TooShort,
    /// More than [`MAX_CHARS`] characters.
    #[error("the password is too long")]
    TooLong,
    /// One character repeated.
    #[error("the password is too simple")]
    TooSimple,
}

/// Judges a new password.
///
/// # Errors
/// The first problem found.
pub fn check_strength(password: &str) -> Result<(), PasswordProblem> {
    let count = password.nfkc().count();
    let first = password.nfkc().next();
    if count < MIN_CHARS {
        Err(PasswordProblem::TooShort)
    } else if count > MAX_CHARS {
        Err(PasswordProblem::TooLong)
    } else if password.nfkc().all(|c| Some(c) == first) {
        Err(PasswordProblem::TooSimple)
    } else {
        Ok(())
    }
}

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const HASH_LEN: usize = 32;

/// A row of the database says how costly its check is, so a forged one must not cost without bound.
fn is_acceptable(stored: &PasswordHash) -> bool {
    let Ok(params) = Params::try_from(stored) else { return false };
    stored.algorithm == ARGON2ID_IDENT
        && stored.version == Some(Version::V0x13.into())
        && params.output_len() == Some(HASH_LEN)
        && (MEMORY_KIB..=4 * MEMORY_KIB).contains(&params.m_cost())
        && (PASSES..=4 * PASSES).contains(&params.t_cost())
        && params.p_cost() == LANES
}

fn hash_with_salt(password: &str, pepper: &Pepper, salt: &[u8; 16]) -> PasswordHash {
    argon2(pepper)
        .hash_password_with_salt(normalised(password).as_bytes(), salt)
        .expect("Argon2 takes any password below 4 GiB, when there is memory")
}

fn argon2(pepper: &Pepper) -> Argon2<'_> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_LEN))
        .expect("the parameters are in Argon2's bounds");
    Argon2::new_with_secret(pepper.0.expose(), Algorithm::Argon2id, Version::V0x13, params)
        .expect("a key is short enough for Argon2's secret")
}

/// NFKC, in a buffer that never grows: growing would leave copies behind that nobody wipes.
fn normalised(password: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(password.nfkc().map(char::len_utf8).sum()));
    text.extend(password.nfkc());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    fn pepper() -> Pepper {
        Pepper(Key::from_bytes([7; 32]))
    }

    #[test]
    fn the_right_password_is_accepted_however_it_was_typed() {
        // Full-width letters and half-width kana with a separate voiced mark.
        let phc = hash("Ｒｅｎｋｅｉ がぎぐ", &pepper(), &Replay::new(1));
        assert!(phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
        assert!(verify("Renkei か\u{3099}き\u{3099}く\u{3099}", &pepper(), &phc));
        assert!(!verify("renkei がぎぐ", &pepper(), &phc));
        assert!(!verify("Renkei がぎぐ", &Pepper(Key::from_bytes([8; 32])), &phc));
        assert!(!verify_nobody("Renkei がぎぐ", &pepper()));
    }

    #[test]
    fn foreign_and_forged_hashes_are_refused() {
        let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let acceptable = |head: &str| {
            PasswordHash::new(&format!("{head}${salt_and_hash}")).is_ok_and(|h| is_acceptable(&h))
        };
        assert!(acceptable("$argon2id$v=19$m=65536,t=3,p=1"));
        assert!(acceptable("$argon2id$v=19$m=131072,t=4,p=1"));
        for head in [
            "$argon2i$v=19$m=65536,t=3,p=1",
            "$argon2id$v=16$m=65536,t=3,p=1",
            "$argon2id$m=65536,t=3,p=1",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$argon2id$v=19$m=4194304,t=3,p=1",
            "$argon2id$v=19$m=65536,t=1000000,p=1",
            "$argon2id$v=19$m=65536,t=3,p=4",
            "$argon2id$v=19",
            "",
        ] {
            assert!(!acceptable(head), "{head}");
        }
        let short = PasswordHash::new("$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAA");
        assert!(short.is_ok_and(|stored| !is_acceptable(&stored)));
        assert!(!verify("password", &pepper(), "not a hash"));
    }

    #[test]
    fn strength_counts_characters_after_normalisation() {
        use PasswordProblem::*;
        assert_eq!(check_strength(""), Err(TooShort));
        assert_eq!(check_strength("1234567"), Err(TooShort));
        assert_eq!(check_strength("12345678"), Ok(()));
        // Eight code points, four letters.
        assert_eq!(check_strength(&"か\u{3099}".repeat(4)), Err(TooShort));
        assert_eq!(check_strength("あいうえおかきく"), Ok(()));
        assert_eq!(check_strength(&"ab".repeat(128)), Ok(()));
        assert_eq!(check_strength(&"ab".repeat(129)), Err(TooLong));
        assert_eq!(check_strength("ああああああああ"), Err(TooSimple));
        assert_eq!(check_strength("aaaaａａａａ"), Err(TooSimple));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(password: String) {
            let once = normalised(&password);
            prop_assert!(*normalised(&once) == *once);
        }

        #[test]
        fn random_text_is_no_acceptable_hash(text in "\\$?argon2id(\\$[a-z0-9=,/+]{0,20}){0,5}") {
            prop_assert!(!PasswordHash::new(&text).is_ok_and(|stored| is_acceptable(&stored)));
        }
    }
}
