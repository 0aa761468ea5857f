//! Files to and from the server. A file is hashed before it is sent and refused if it changes meanwhile;
//! what arrives is verified before anybody sees it. Both go on where they were after a break, in this process
//! or in a later one.

use tonic::Status;

use crate::error::Error;

pub(crate) mod batch;
pub(crate) mod download;
pub(crate) mod local;
pub(crate) mod name;
pub(crate) mod part;
pub(crate) mod progress;
pub(crate) mod received;
pub(crate) mod source;
pub(crate) mod upload;

/// Why a transfer stopped.
enum Failure {
    Here(Error),
    Call(Status),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

/// Bytes in a message, the most that the server takes. Small in tests, so that small files have many.
const FRAME: usize = if cfg!(test) { 4 * 1024 } else { 256 * 1024 };

#[cfg(test)]
mod tests;
