//! Fingerprints of requests: whether a request that comes again with the same `request_id` says the same.
//!
//! Fingerprint: HMAC-SHA-256(key, lp("renkei request") ‖ lp(method) ‖ lp(body)). Keyed, because it is kept
//! in the database and a body can be guessed.

use crate::frame;
use crate::key::Key;

/// The fingerprint of a request: `method` is the RPC's path, `body` its encoded message.
pub fn request(key: &Key, method: &str, body: &[u8]) -> [u8; 32] {
    frame::mac(key, "renkei request", &[method.as_bytes(), body])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_key_method_and_body() {
        let key = Key::from_bytes([7; 32]);
        let fingerprint = request(&key, "/a/B", b"body");
        assert_eq!(request(&key, "/a/B", b"body"), fingerprint);
        assert_ne!(request(&key, "/a/B", b"bodY"), fingerprint);
        assert_ne!(request(&key, "/a/C", b"body"), fingerprint);
        assert_ne!(request(&key, "/a/Bb", b"ody"), fingerprint);
        assert_ne!(request(&Key::from_bytes([8; 32]), "/a/B", b"body"), fingerprint);
    }
}
