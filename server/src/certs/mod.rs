//! The region's certificates: a root whose key is not needed to serve, the issuing CA, the server's certificate, and
//! one per enrolled device.
//!
//! The issuing CA signs two kinds of certificate and nothing else: the server's (for TLS servers only) and the
//! devices' (for TLS clients only), so that neither can stand in for the other. What a certificate is worth beyond
//! "a CA of the region signed it" (whose device, revoked or not) is decided by `authn`, from the database.
//! `certs/README.md` tells the operator's side.

mod authority;
mod brought;
mod ca;
mod csr;
mod issue;
mod read;
mod renew;
mod root;
mod server;
mod shown;

pub(crate) use authority::{Authority, ROOT_KEY};
pub(crate) use brought::BroughtFiles;
pub(crate) use ca::DeviceCa;
pub(crate) use csr::{CsrInvalid, public_key_sha256};
pub(crate) use issue::ISSUING_LIFE;
pub(crate) use read::Certificate;
pub(crate) use renew::{Installed, install, issue, request, sign};
pub(crate) use server::{Ensured, ServerIdentity};
pub(crate) use shown::{ServerCertificate, Shown};

#[cfg(test)]
pub(crate) use renew::tests::former_installation;

use sha2::{Digest as _, Sha256};

/// How a certificate is named in the database and in enrolment codes: SHA-256 of its DER.
pub(crate) fn certificate_sha256(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}
