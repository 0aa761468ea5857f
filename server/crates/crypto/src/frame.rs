//! Joining parts into one message without ambiguity: what every AAD and every HMAC here is taken over.
//!
//! lp(x) = length of x as u32 big-endian ‖ x.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::key::Key;

/// Appends lp(`part`) to `out`.
pub(crate) fn append(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&length(part));
    out.extend_from_slice(part);
}

/// HMAC-SHA-256(`key`, lp(`domain`) ‖ lp(part)…).
pub(crate) fn mac(key: &Key, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&length(part));
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256(lp(`domain`) ‖ lp(`part`)), for secrets with enough entropy of their own.
pub(crate) fn hash(domain: &str, part: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [domain.as_bytes(), part] {
        hash.update(length(part));
        hash.update(part);
    }
    hash.finalize().into()
}

/// Requests, rows and labels are far below 4 GiB; a longer part would be a defect of the caller.
fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).expect("a part is shorter than 4 GiB").to_be_bytes()
}
