//! Which passwords are taken (R3). What is easily guessed is estimated by zxcvbn, which brings lists of common passwords,
//! words and names and knows dates, keyboards, repetitions and letters written as digits.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Fewest characters of a password, after NFKC. Enough because a second factor is always asked for (R3).
pub const MIN_CHARS: usize = 8;
/// Most characters of a password, after NFKC.
pub const MAX_CHARS: usize = 256;

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
/// where [`hash`](super::hash) is.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        fn any_password_can_be_judged(password: String, known in prop::collection::vec(any::<String>(), 0..4)) {
            let _ = judge(&password, &[password.to_lowercase()], &known);
        }
    }
}
