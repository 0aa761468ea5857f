//! Checkpoints: what the log says of itself, signed. The text is a C2SP tlog-checkpoint in a C2SP signed note:
//!
//! ```text
//! renkei-audit/01890a5d-ac96-774b-bcce-b302099a8057      the log's name
//! 70000                                                  how many leaves
//! FyzD…A=                                                the root, base64
//! time 1796947200000000                                  when it was signed, microseconds since 1970 UTC
//! previous 69988                                         size of the checkpoint before; 0: none
//!
//! — renkei-audit/01890a5d-ac96-774b-bcce-b302099a8057 l2yz…A=
//! ```
//!
//! The signature is base64(key id ‖ Ed25519 over everything before the empty line); the key id is the first 4 bytes of
//! SHA-256(name ‖ 0A ‖ 01 ‖ public key).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::tree::Hash;

/// Ed25519, as signed notes number it.
const ALGORITHM: u8 = 1;
/// Longest text that is read as a checkpoint.
const MAX_TEXT: usize = 4096;

/// What the log said of itself at a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name: no spaces, no `+`.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root.
    pub root: Hash,
    /// When it was signed, in microseconds since 1970 UTC.
    pub time: i64,
    /// The size of the checkpoint before; 0: none.
    pub previous: u64,
}

/// Who signed, and key id with signature.
type Signature<'a> = (&'a str, Vec<u8>);

/// Why a text is no checkpoint of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is none at all.
    #[error("this is not the text of a checkpoint")]
    Malformed,
    /// It names another log than the key.
    #[error("the checkpoint is another log's")]
    OtherLog,
    /// No signature under this key.
    #[error("the checkpoint was signed with another key")]
    OtherKey,
    /// The signature is wrong.
    #[error("the signature of the checkpoint is wrong")]
    WrongSignature,
}

impl Checkpoint {
    /// What is signed.
    pub fn body(&self) -> String {
        let Self { origin, size, root, time, previous } = self;
        format!("{origin}\n{size}\n{}\ntime {time}\nprevious {previous}\n", BASE64.encode(root))
    }

    /// The checkpoint in `note`, if `key` signed it. Signatures of others are passed over.
    ///
    /// # Errors
    /// Why it is none.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let (checkpoint, signatures) = Self::parse(note)?;
        if checkpoint.origin != key.origin {
            return Err(CheckpointError::OtherLog);
        }
        let id = key.id();
        let ours = signatures.iter().filter_map(|(name, bytes)| {
            let (of, signature) = bytes.split_at_checked(id.len())?;
            (*name == key.origin && of == id).then_some(signature)
        });
        let mut found = Err(CheckpointError::OtherKey);
        for signature in ours {
            found = Err(CheckpointError::WrongSignature);
            if key.verifies(&checkpoint, signature) {
                found = Ok(());
                break;
            }
        }
        found.map(|()| checkpoint)
    }

    /// The checkpoint and the signatures under it, unchecked.
    fn parse(note: &str) -> Result<(Self, Vec<Signature<'_>>), CheckpointError> {
        let read = || {
            let (body, signatures) = note.split_once("\n\n").filter(|_| note.len() <= MAX_TEXT)?;
            let mut lines = body.lines();
            let origin = lines.next().filter(|name| is_name(name))?.to_owned();
            let size = lines.next()?.parse().ok()?;
            let root = BASE64.decode(lines.next()?.as_bytes()).ok()?.try_into().ok()?;
            let time = lines.next()?.strip_prefix("time ")?.parse().ok()?;
            let previous = lines.next()?.strip_prefix("previous ")?.parse().ok()?;
            let checkpoint = Self { origin, size, root, time, previous };
            // numbers can be written in more ways than one; signed is one
            let is_canonical = checkpoint.body().strip_suffix('\n') == Some(body);
            let signatures = signatures.lines().map(|line| {
                let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
                Some((name, BASE64.decode(bytes.as_bytes()).ok()?))
            });
            let signatures = signatures.collect::<Option<Vec<_>>>()?;
            is_canonical.then_some((checkpoint, signatures))
        };
        read().ok_or(CheckpointError::Malformed)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// What signs checkpoints. It cannot be printed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// From 32 random bytes, for the log of this name. `None`: they are of no use as a key, or the name as a name.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok().filter(|_| is_name(origin))?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { verifying: VerifyingKey { origin: origin.to_owned(), public }, pair })
    }

    /// What checks its signatures.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The signature of a checkpoint, 64 bytes.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Vec<u8> {
        self.pair.sign(checkpoint.body().as_bytes()).as_ref().to_vec()
    }
}

/// What checks signatures. As text: name ‖ `+` ‖ key id in hex ‖ `+` ‖ base64(01 ‖ public key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    origin: String,
    public: [u8; 32],
}

impl VerifyingKey {
    /// The log whose checkpoints it checks.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn id(&self) -> [u8; 4] {
        let name = Sha256::new().chain_update(&self.origin).chain_update([b'\n', ALGORITHM]);
        let hash: Hash = name.chain_update(self.public).finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Whether `signature` is its key's under this checkpoint.
    pub fn verifies(&self, checkpoint: &Checkpoint, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(checkpoint.body().as_bytes(), signature).is_ok()
    }

    /// The signed text of a checkpoint with this signature.
    pub fn note(&self, checkpoint: &Checkpoint, signature: &[u8]) -> String {
        let signed = [&self.id()[..], signature].concat();
        format!("{}\n— {} {}\n", checkpoint.body(), self.origin, BASE64.encode(&signed))
    }

    /// Reads the text form. `None`: this is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (origin, rest) = text.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes = BASE64.decode(key.as_bytes()).ok()?;
        let public = bytes.strip_prefix(&[ALGORITHM])?.try_into().ok()?;
        let key = Self { origin: origin.to_owned(), public };
        (is_name(origin) && HEXLOWER.encode(&key.id()) == id).then_some(key)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode(&[&[ALGORITHM][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.origin, HEXLOWER.encode(&self.id()))
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
