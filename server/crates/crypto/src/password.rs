//! Passwords: how they are stored, compared and judged (R3). What is easily guessed is estimated by zxcvbn, which brings
//! lists of common passwords, words and names and knows dates, keyboards, repetitions and letters written as digits.
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
    /// Easily guessed by anybody: common words, dates, rows of keys, repetitions.
    #[error("the password is easily guessed")]
    Common,
    /// Easily guessed by whoever knows the person: little else than names.
    #[error("the password is easily guessed by whoever knows the person")]
    Personal,
}

/// Judges a new password. `spellings` are the ways in which somebody may have arrived at it, `known` the words that
/// whoever knows the person tries first: without these it must be as hard to guess. Takes milliseconds: to be called
/// where [`hash`] is.
///
/// # Errors
/// The first problem found.
pub fn judge(password: &str, spellings: &[String], known: &[String]) -> Result<(), PasswordProblem> {
    let count = password.nfkc().count();
    if count < MIN_CHARS {
        return Err(PasswordProblem::TooShort);
    }
    if count > MAX_CHARS {
        return Err(PasswordProblem::TooLong);
    }
    if spellings.iter().any(|spelling| is_easy(spelling, &[])) {
        return Err(PasswordProblem::Common);
    }
    let mut known: Vec<&str> = known.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    known.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    if spellings.iter().any(|spelling| is_easy(&without(spelling, &known), &known)) {
        return Err(PasswordProblem::Personal);
    }
    Ok(())
}

/// Fewest tries that a password must be expected to take. Whoever has the device can make some 9,000 a year.
const MIN_GUESSES: u64 = 10_000_000;
/// What stands behind these makes a password no easier to guess, and the estimate is slow on long ones.
const JUDGED_CHARS: usize = 48;

/// Whether it takes few tries of somebody who knows these words, too.
fn is_easy(spelling: &str, known: &[&str]) -> bool {
    let judged: Zeroizing<String> = Zeroizing::new(spelling.chars().take(JUDGED_CHARS).collect());
    zxcvbn::zxcvbn(&judged, known).guesses() < MIN_GUESSES
}

/// What is left without the words, the longest of which come first.
fn without(spelling: &str, words: &[&str]) -> Zeroizing<String> {
    let mut rest = Zeroizing::new(spelling.to_owned());
    for word in words {
        if rest.contains(word) {
            rest = Zeroizing::new(rest.replace(word, ""));
        }
    }
    rest
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

    fn judged(password: &str, known: &[&str]) -> Result<(), PasswordProblem> {
        let known: Vec<String> = known.iter().map(|word| (*word).to_owned()).collect();
        judge(password, &[password.to_lowercase()], &known)
    }

    #[test]
    fn length_is_counted_in_characters_after_normalisation() {
        use PasswordProblem::*;
        assert_eq!(judged("", &[]), Err(TooShort));
        assert_eq!(judged("wq9.zt5", &[]), Err(TooShort));
        assert_eq!(judged("wq9.zt5v", &[]), Ok(()));
        // Eight code points, four letters.
        assert_eq!(judged(&"か\u{3099}".repeat(4), &[]), Err(TooShort));
        assert_eq!(judged("ねこつりもよくそ", &[]), Ok(()));
        let long: String = (0..64).map(|n: u8| char::from(b'a' + n.wrapping_mul(n) % 23)).collect();
        assert_eq!(judged(&long.repeat(4), &[]), Ok(()));
        assert_eq!(judged(&format!("{}x", long.repeat(4)), &[]), Err(TooLong));
    }

    #[test]
    fn what_anybody_guesses_is_refused() {
        for password in [
            "password",
            "p@ssw0rd",
            "drowssap",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "12345678",
            "87654321",
            "abcdefgh",
            "aaaaaaaa",
            "ああああああああ",
            "abcabcabcabc",
            "19850312",
            "1985-03-12",
            "12/3/1985",
            "sakura1234",
            "iloveyou1",
            "Welcome2026",
            "monkey123",
            "administrator",
        ] {
            assert_eq!(judged(password, &[]), Err(PasswordProblem::Common), "{password}");
        }
    }

    #[test]
    fn what_whoever_knows_the_person_guesses_is_refused() {
        let known =
            ["yamada", "hanako", "yamadahanako", "山田", "花子", "やまだ", "昭和", "hikari", "ひかり診療所"];
        for password in [
            "yamadahanako",
            "hanakoyamada",
            "Yamada-Hanako",
            "adamayokanah",
            "y@mad@hanako",
            "yamada1985",
            "hanako0312",
            "山田花子山田花子",
            "やまだ花子19850312",
            "ひかり診療所1",
            "昭和60-3-12",
            "hikari2026",
            "yamadayamada",
        ] {
            assert!(judged(password, &known).is_err(), "{password}");
        }
        for password in ["Yamada-Hanako", "花子山田昭和やまだ", "ひかり診療所ひかり"] {
            assert_eq!(judged(password, &[]), Ok(()), "{password}");
            assert_eq!(judged(password, &known), Err(PasswordProblem::Personal), "{password}");
        }
    }

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_are_taken() {
        let known = ["yamada", "hanako", "山田", "やまだ"];
        for password in [
            "natsuyasumi-no-umi-8",
            "kodomo-no-hi-55",
            "akebono-17-tsubaki",
            "correct horse battery",
            "ほしぞらの下でしろいねこ",
            "kx7.wm2q",
            "yamada-no-ushiro-ni-kaede",
            "月の裏にある図書館",
        ] {
            assert_eq!(judged(password, &known), Ok(()), "{password}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(password: String) {
            let once = normalised(&password);
            prop_assert!(*normalised(&once) == *once);
        }

        #[test]
        fn any_password_can_be_judged(password: String, known in prop::collection::vec(any::<String>(), 0..4)) {
            let _ = judge(&password, &[password.to_lowercase()], &known);
        }

        #[test]
        fn random_text_is_no_acceptable_hash(text in "\\$?argon2id(\\$[a-z0-9=,/+]{0,20}){0,5}") {
            prop_assert!(!PasswordHash::new(&text).is_ok_and(|stored| is_acceptable(&stored)));
        }
    }
}
