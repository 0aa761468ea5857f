//! The region's certificates: one CA, the server's certificate, and one per enrolled device.
//!
//! The CA signs two kinds of certificate and nothing else: the server's (for TLS servers only) and the
//! devices' (for TLS clients only), so that neither can stand in for the other. Its key never leaves the
//! data folder. What a certificate is worth beyond "this CA signed it" (whose device, revoked or not) is
//! decided by `authn`, from the database. `certs/README.md` tells the operator's side.

mod ca;
mod csr;
mod issue;
mod read;
mod server;

pub(crate) use ca::DeviceCa;
pub(crate) use csr::{CsrInvalid, public_key_sha256};
pub(crate) use read::Certificate;
pub(crate) use server::{Ensured, ServerIdentity, ensure_server_certificate};

use sha2::{Digest as _, Sha256};

/// How a certificate is named in the database and in enrolment codes: SHA-256 of its DER.
pub(crate) fn certificate_sha256(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}
