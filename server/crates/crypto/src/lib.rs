//! Sealing, key wrapping, passwords and tokens, so that no other crate touches a cipher.
//!
//! It promises:
//! - Pure functions: no I/O, no clock, no hidden randomness. Random bytes come from an [`Entropy`] that
//!   the caller passes, times are numbers, so every result can be replayed in a test.
//! - Whatever is opened was sealed here under the same key, for the same place: each sealed value is bound
//!   to its labels (patient, row, part…), and a moved, swapped, cut or relabelled one is refused.
//! - Decoders take hostile bytes: they return an error or `None`, they never panic and never allocate more
//!   than their input calls for.
//! - Secrets have neither `Debug` nor `Display` and are wiped when dropped.
//!
//! Each module states its byte layout. "lp(x)" there means: the length of x as u32 big-endian, then x; a
//! sequence of such parts can be read back in one way only, so that bytes can not wander from one part to
//! the next.

pub mod blob;
pub mod enrollment;
pub mod fingerprint;
pub mod index;
pub mod key;
pub mod page_token;
pub mod password;
pub mod recovery;
pub mod seal;
pub mod token;
pub mod totp;

mod frame;
#[cfg(test)]
mod testing;
mod typed;
#[cfg(test)]
mod vectors;

/// Where random bytes come from. A parameter everywhere, so that tests can replay.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes fit for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's random source.
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// When the system has no random bytes to give: nothing safe can be done without them.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system's random source must work");
    }
}

/// `N` fresh random bytes.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// Why something sealed did not open. Says nothing about the content or the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Altered, cut, moved, or sealed for another place; where no key commitment is kept, also the wrong key.
    #[error("sealed data is damaged or does not belong here")]
    Damaged,
    /// The key commitment is of another key. Nothing was decrypted.
    #[error("sealed with another key")]
    WrongKey,
    /// The format byte is unknown: written by a newer version, or not sealed data at all.
    #[error("sealed data has an unknown format")]
    UnknownFormat,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Replay;

    #[test]
    fn the_systems_entropy_is_fresh() {
        assert_ne!(random::<32>(&OsEntropy), random::<32>(&OsEntropy));
    }

    #[test]
    fn replayed_entropy_repeats() {
        let (one, two) = (Replay::new(7), Replay::new(7));
        assert_eq!(random::<40>(&one), random::<40>(&two));
        assert_ne!(random::<40>(&one), random::<40>(&Replay::new(8)));
    }

    /// Compiles only while none of these types can be printed.
    #[test]
    fn secrets_can_not_be_printed() {
        macro_rules! not_printable {
            ($($secret:ty),+ $(,)?) => {$({
                trait Ambiguous<A> {
                    fn check() {}
                }
                impl<T: ?Sized> Ambiguous<()> for T {}
                struct IsDebug;
                impl<T: ?Sized + std::fmt::Debug> Ambiguous<IsDebug> for T {}
                struct IsDisplay;
                impl<T: ?Sized + std::fmt::Display> Ambiguous<IsDisplay> for T {}
                <$secret as Ambiguous<_>>::check();
            })+};
        }
        not_printable!(
            key::Key,
            password::Pepper,
            token::Token,
            enrollment::EnrollmentCode,
            recovery::RecoveryCode,
            totp::Seed,
            totp::Code,
            blob::PartSealer,
            blob::PartOpener,
            blob::Manifest,
        );
    }
}
