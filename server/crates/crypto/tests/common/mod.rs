//! What the tests of sealed data share: entropy that repeats itself, and content by a rule.

use std::sync::atomic::{AtomicU64, Ordering};

use renkei_crypto::Entropy;
use sha2::{Digest, Sha256};

/// SHA-256(seed ‖ counter) blocks: the same seed gives the same bytes, each call different ones.
pub(crate) struct Replay {
    seed: u64,
    counter: AtomicU64,
}

impl Replay {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Entropy for Replay {
    fn fill(&self, bytes: &mut [u8]) {
        for block in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed);
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(counter.to_be_bytes());
            block.copy_from_slice(&hash.finalize()[..block.len()]);
        }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
