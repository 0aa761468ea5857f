//! A file that is sent without being held in memory as a whole.

use std::ops::Range;

use bytes::Bytes;
use renkei_crypto::{Entropy as _, OsEntropy};
use sha2::{Digest as _, Sha256};

/// How many bytes a frame has, but the last: the largest that the server takes, and those that it sends.
pub(in crate::parts) const FRAME: usize = 256 * 1024;

/// After so many bytes the content begins anew. No part, chunk or frame begins there again, so that one in the
/// place of another is noticed.
const PERIOD: usize = 4_000_037;

/// A file of random bytes.
#[derive(Clone)]
pub(in crate::parts) struct File {
    /// How many.
    pub(in crate::parts) size: usize,
    /// Of all of them.
    pub(in crate::parts) sha256: Bytes,
    /// A period, and the beginning of the next one for a frame that begins in the one and ends in the other.
    block: Bytes,
}

impl File {
    /// A new one of this size.
    pub(in crate::parts) fn random(size: usize) -> Self {
        let mut block = vec![0; PERIOD + FRAME];
        OsEntropy.fill(&mut block[..PERIOD]);
        // the beginning of no kind of file that is not accepted
        block[..4].fill(0x91);
        block.copy_within(..FRAME, PERIOD);
        let file = Self { size, sha256: Bytes::new(), block: block.into() };
        let mut hash = Sha256::new();
        file.frames().for_each(|frame| hash.update(&frame));
        Self { sha256: hash.finalize().to_vec().into(), ..file }
    }

    /// All of it in frames.
    pub(in crate::parts) fn frames(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let file = self.clone();
        (0..file.size)
            .step_by(FRAME)
            .map(move |at| file.block.slice(file.place(at, FRAME.min(file.size - at))))
    }

    /// Whether it has these bytes there, which are at most a frame.
    pub(in crate::parts) fn has(&self, at: usize, bytes: &[u8]) -> bool {
        bytes.len() <= FRAME
            && at + bytes.len() <= self.size
            && self.block[self.place(at, bytes.len())] == *bytes
    }

    fn place(&self, at: usize, len: usize) -> Range<usize> {
        let from = at % PERIOD;
        from..from + len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_bytes_of_its_frames_in_their_places_only() {
        let file = File::random(2 * PERIOD + 5);
        let mut at = 0;
        for frame in file.frames() {
            assert!(file.has(at, &frame));
            assert!(!file.has(at + 1, &frame));
            at += frame.len();
        }
        assert_eq!(at, file.size);
        assert!(!file.has(file.size - 1, &[0; 2]), "behind its end");
    }
}
