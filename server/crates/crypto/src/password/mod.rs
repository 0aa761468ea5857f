//! Passwords: how they are stored and compared, and in `judge` which ones are taken (R3).
//!
//! Stored form: PHC string `$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH`, salt 16 bytes, hash 32 bytes; the
//! pepper is Argon2's secret parameter and stands nowhere in the string. A password is normalised with NFKC
//! first, because keyboards and input methods write the same characters in different ways (full-width
//! letters, composed and decomposed kana).
//!
//! One call takes 64 MiB and tens of milliseconds on purpose: callers must limit how many run at once and
//! keep them off the async threads.

mod judge;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use self::judge::{MAX_CHARS, MIN_CHARS, PasswordProblem, judge};
use crate::key::Key;
use crate::{Entropy, random};

/// The server's secret in every password hash: a stolen database alone does not allow guessing.
pub struct Pepper(pub Key);

/// What Argon2 works in. Empty at first; then 64 MiB, in which one password after the other can be worked on.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    fn of(&mut self, params: &Params) -> &mut [Block] {
        self.0.resize(params.block_count(), Block::default());
        &mut self.0
    }
}

/// Hashes a password for storage: a PHC string.
pub fn hash(password: &str, pepper: &Pepper, entropy: &dyn Entropy, memory: &mut Memory) -> String {
    let salt: [u8; 16] = random(entropy);
    let params = params();
    let hash = output(password, pepper, &salt, params.clone(), memory);
    let stored = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).expect("the parameters can be written"),
        salt: Some(Salt::new(&salt).expect("16 bytes are a salt")),
        hash: Some(hash),
    };
    stored.to_string()
}

/// Whether `password` is the one that was hashed to `phc`. False also for a string that [`hash`] or a
/// later, costlier setting of it could not have written; that takes as long as a wrong password.
pub fn verify(password: &str, pepper: &Pepper, phc: &str, memory: &mut Memory) -> bool {
    let stored = PasswordHash::new(phc).ok().and_then(|stored| {
        let params = acceptable_params(&stored)?;
        Some((stored.salt?, stored.hash?, params))
    });
    match stored {
        // compared in constant time
        Some((salt, hash, params)) => output(password, pepper, &salt, params, memory) == hash,
        None => verify_nobody(password, pepper, memory),
    }
}

/// Takes as long as [`verify`], for a user who does not exist, and is always false.
pub fn verify_nobody(password: &str, pepper: &Pepper, memory: &mut Memory) -> bool {
    std::hint::black_box(output(password, pepper, b"nobody's salt   ", params(), memory));
    false
}

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const HASH_LEN: usize = 32;

/// How costly the check is, as the string says, if that is what it may cost: a row of the database says it, and a
/// forged one must not cost without bound.
fn acceptable_params(stored: &PasswordHash) -> Option<Params> {
    let params = Params::try_from(stored).ok()?;
    let is_acceptable = stored.algorithm == ARGON2ID_IDENT
        && stored.version == Some(Version::V0x13.into())
        && params.output_len() == Some(HASH_LEN)
        && (MEMORY_KIB..=4 * MEMORY_KIB).contains(&params.m_cost())
        && (PASSES..=4 * PASSES).contains(&params.t_cost())
        && params.p_cost() == LANES;
    is_acceptable.then_some(params)
}

fn params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_LEN)).expect("the parameters are in Argon2's bounds")
}

fn output(password: &str, pepper: &Pepper, salt: &[u8], params: Params, memory: &mut Memory) -> Output {
    let blocks = memory.of(&params);
    let argon2 = Argon2::new_with_secret(pepper.0.expose(), Algorithm::Argon2id, Version::V0x13, params)
        .expect("a key is short enough for Argon2's secret");
    let mut hash = [0; HASH_LEN];
    argon2
        .hash_password_into_with_memory(normalised(password).as_bytes(), salt, &mut hash, blocks)
        .expect("Argon2 takes any password below 4 GiB");
    Output::new(&hash).expect("32 bytes are a hash")
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
        let memory = &mut Memory::default();
        // Full-width letters and half-width kana with a separate voiced mark.
        let phc = hash("Ｒｅｎｋｅｉ がぎぐ", &pepper(), &Replay::new(1), memory);
        assert!(phc.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
        assert!(verify("Renkei か\u{3099}き\u{3099}く\u{3099}", &pepper(), &phc, memory));
        assert!(!verify("renkei がぎぐ", &pepper(), &phc, memory));
        assert!(!verify("Renkei がぎぐ", &Pepper(Key::from_bytes([8; 32])), &phc, memory));
        assert!(!verify_nobody("Renkei がぎぐ", &pepper(), memory));
    }

    #[test]
    fn foreign_and_forged_hashes_are_refused() {
        let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let acceptable = |head: &str| {
            PasswordHash::new(&format!("{head}${salt_and_hash}"))
                .is_ok_and(|hash| acceptable_params(&hash).is_some())
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
        assert!(short.is_ok_and(|stored| acceptable_params(&stored).is_none()));
        assert!(!verify("password", &pepper(), "not a hash", &mut Memory::default()));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(password: String) {
            let once = normalised(&password);
            prop_assert!(*normalised(&once) == *once);
        }

        #[test]
        fn random_text_is_no_acceptable_hash(text in "\\$?argon2id(\\$[a-z0-9=,/+]{0,20}){0,5}") {
            prop_assert!(!PasswordHash::new(&text).is_ok_and(|stored| acceptable_params(&stored).is_some()));
        }
    }
}
