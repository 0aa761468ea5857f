//! Doing a mutation once: what a client asked for by `request_id`, with a fingerprint of the body.

use renkei_domain::Timestamp;
use renkei_domain::id::{PersonId, RequestId};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    FIND = "SELECT fingerprint, object_id FROM request WHERE person_id = $1 AND request_id = $2";
    INSERT = "INSERT INTO request (person_id, request_id, fingerprint, object_id, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
}

/// What a request was.
#[derive(Clone, Copy)]
pub struct RequestMark {
    /// Who asked.
    pub person: PersonId,
    /// The client's id of it.
    pub id: RequestId,
    /// Keyed hash of method and body.
    pub fingerprint: [u8; 32],
}

/// The object that the request made before: `Ok(None)` if it is new.
///
/// # Errors
/// [`StoreError::Unique`] if the id was used with another body.
pub async fn find(conn: &mut Conn, mark: &RequestMark) -> Result<Option<Uuid>, StoreError> {
    match run!(conn, optional (Vec<u8>, Uuid): FIND, mark.person.0, mark.id.0)? {
        None => Ok(None),
        Some((fingerprint, object)) if fingerprint == mark.fingerprint => Ok(Some(object)),
        Some(_) => Err(StoreError::Unique),
    }
}

/// Remembers what the request made, in the transaction that makes it.
///
/// # Errors
/// [`StoreError::Unique`] if the same request is done by another transaction.
pub async fn insert(tx: &mut Tx, mark: &RequestMark, object: Uuid, now: Timestamp) -> Result<(), StoreError> {
    run!(tx, INSERT, mark.person.0, mark.id.0, mark.fingerprint.to_vec(), object, now.0)?;
    Ok(())
}
