//! The audit log's bytes: what a leaf is, the Merkle tree over the leaves (RFC 9162), proofs, and signed checkpoints.
//!
//! Server and client share it, so that the client checks by itself what the server proves. It promises:
//! - Pure functions: no I/O, no clock, no randomness.
//! - Decoders take hostile bytes: they return an error or `None`, and never panic.
//! - The bytes are those of docs/audit-log.md, which an independent implementation in tests/python checks.

pub mod checkpoint;
pub mod content;
pub mod leaf;
pub mod proof;
pub mod tree;

pub use checkpoint::{Checkpoint, CheckpointError, SigningKey, VerifyingKey};
pub use leaf::Event;
pub use tree::{Frontier, Hash, Nodes};

/// SHA-256 of a session's id, as a leaf has it: whoever is shown a leaf learns which events are of one session, and
/// nothing that could be looked up.
pub fn session_hash(session: uuid::Uuid) -> Hash {
    use sha2::{Digest as _, Sha256};
    let mut bytes = Vec::with_capacity(48);
    leaf::append(&mut bytes, b"renkei audit session");
    leaf::append(&mut bytes, session.as_bytes());
    Sha256::digest(&bytes).into()
}
