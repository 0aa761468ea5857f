//! Uploads that go on with other bytes, and everything that is sealed on the way: no nonce is used twice under a key.
//!
//! 1,000 resumes; `RENKEI_RESUMES=10000` for more, `RENKEI_RESUMES_SEED` repeats the choices, not the nonces.

#[path = "common/mod.rs"]
mod common;
#[path = "common/dice.rs"]
mod dice;

use std::collections::HashSet;

use common::{Replay, sha256};
use dice::{Dice, setting};
use renkei_crypto::blob::{
    CHUNK_SIZE, HEADER_LEN, Manifest, PREFIX_LEN, PartContext, PartEntry, PartSealer, SEALED_CHUNK_SIZE,
};
use renkei_crypto::key::{Key, WrapContext, derive, wrap};
use renkei_crypto::seal::{Aad, seal};
use renkei_crypto::{Entropy, OsEntropy};

const PATIENT: [u8; 16] = [1; 16];

/// (Key, nonce) of everything that was sealed, and how often a pair came again.
#[derive(Default)]
struct Seen {
    pairs: HashSet<([u8; 32], [u8; 24])>,
    repeated: u64,
    chunks: u64,
}

impl Seen {
    fn add(&mut self, key: &Key, nonce: [u8; 24]) {
        self.repeated += u64::from(!self.pairs.insert((*key.expose(), nonce)));
    }

    /// A value in the shape of `seal`, under the key that the cipher was given.
    fn add_value(&mut self, key: &Key, sealed: &[u8]) {
        self.add(key, sealed[1..25].try_into().expect("24 bytes"));
    }

    /// What came of a try: the first chunks, and the last one if it was finished. The nonces are read from the
    /// header and from the places of the chunks, as a reader does.
    fn add_try(&mut self, blob_key: &Key, sealed: &[u8], finished: bool) {
        let stream = derive(blob_key, "blob stream");
        let chunks = (sealed.len() - HEADER_LEN).div_ceil(SEALED_CHUNK_SIZE);
        for index in 0..chunks {
            let last = finished && index + 1 == chunks;
            let mut nonce = [0; 24];
            nonce[..PREFIX_LEN].copy_from_slice(&sealed[HEADER_LEN - PREFIX_LEN..HEADER_LEN]);
            nonce[PREFIX_LEN..23].copy_from_slice(&(index as u32).to_be_bytes());
            nonce[23] = last.into();
            self.add(&stream, nonce);
        }
        self.chunks += chunks as u64;
    }
}

/// One try at a part: all of it, or as far as the connection held.
fn attempt(
    key: &Key,
    attachment: &[u8],
    part: u32,
    content: &[u8],
    sent: usize,
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let context = PartContext { patient: &PATIENT, attachment, part };
    let mut sealer = PartSealer::new(key, &context, entropy);
    let mut sealed = sealer.header();
    sealer.push_into(&content[..sent], &mut sealed);
    if sent == content.len() {
        sealer.finish_into(b"", &mut sealed);
    }
    sealed
}

/// Files of one part, each sent until a try is whole: every try but the first is a resume with other bytes.
fn resumes(count: u64, seed: u64, entropy: &dyn Entropy) -> Seen {
    let (mut dice, mut seen, mut resumed) = (Dice(seed), Seen::default(), 0);
    let patient_key = Key::random(&OsEntropy);
    while resumed < count {
        let (key, attachment) = (Key::random(&OsEntropy), dice.bytes(16));
        let context = WrapContext {
            purpose: "blob-key",
            parent_id: &PATIENT,
            parent_version: 1,
            patient: &PATIENT,
            child_id: &attachment,
            child_version: 1,
        };
        seen.add_value(&patient_key, &wrap(&patient_key, &key, &context, entropy));
        let len = 1 + dice.below(8 * CHUNK_SIZE);
        let mut content = dice.bytes(len);
        loop {
            // the state of the upload is kept before each try
            let state = derive(&key, "blob upload");
            let state_aad = Aad::new("upload").with(&attachment);
            seen.add_value(&state, &seal(&state, &state_aad, &content[..1], entropy));
            let whole = dice.below(8) == 0;
            let sent = if whole { content.len() } else { dice.below(content.len()) };
            let sealed = attempt(&key, &attachment, 0, &content, sent, entropy);
            seen.add_try(&key, &sealed, whole);
            if whole {
                let part = PartEntry {
                    plain_len: content.len() as u32,
                    sealed_len: sealed.len() as u64,
                    sealed_sha256: sha256(&sealed),
                    nonce_prefix: Some(
                        sealed[HEADER_LEN - PREFIX_LEN..HEADER_LEN].try_into().expect("19 bytes"),
                    ),
                };
                let manifest = Manifest {
                    total_len: content.len() as u64,
                    sha256: sha256(&content),
                    parts: vec![part],
                    file_name: String::new(),
                    content_type: String::new(),
                };
                let aad = Aad::new("manifest").with(&PATIENT).with(&attachment);
                let sealed = manifest.seal(&key, &aad, entropy).expect("a valid manifest");
                seen.add_value(&derive(&key, "blob manifest"), &sealed);
                break;
            }
            resumed += 1;
            let place = dice.below(content.len());
            content[place] ^= 1 << dice.below(8);
        }
    }
    seen
}

#[test]
fn a_resume_with_changed_bytes_repeats_no_nonce() {
    let (count, seed) = (setting("RENKEI_RESUMES", 1000), setting("RENKEI_RESUMES_SEED", 20_261_122));
    println!("seed {seed}");
    let seen = resumes(count, seed, &OsEntropy);
    println!("{count} resumes: {} chunks, {} pairs of key and nonce", seen.chunks, seen.pairs.len());
    assert_eq!(seen.repeated, 0, "a nonce was used twice under a key");
    assert!(seen.chunks > count, "most of them sealed something");
}

/// Without this, nothing would be repeated for an instrument that sees nothing.
#[test]
fn a_repeated_nonce_would_be_seen() {
    struct Stuck;
    impl Entropy for Stuck {
        fn fill(&self, bytes: &mut [u8]) {
            Replay::new(1).fill(bytes);
        }
    }
    assert!(resumes(100, 1, &Stuck).repeated > 100);
}
