//! The exceptions: what the engines need told differently, each with its reason.

use renkei_domain::id::PatientId;

use crate::StoreError;
use crate::engine::Tx;
use crate::sql::{Sql, run, statements};

statements! {
    EPOCH = "SELECT epoch FROM patient WHERE patient_id = $1";
}

const HOLD_EPOCH: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR KEY SHARE");
const LOCK_ACCESS: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR UPDATE");
const LOCK: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR NO KEY UPDATE");

/// The statements that only PostgreSQL understands, for the test that prepares every statement.
#[cfg(test)]
pub(crate) const POSTGRES_STATEMENTS: &[(&str, Sql)] =
    &[("HOLD_EPOCH", HOLD_EPOCH), ("LOCK_ACCESS", LOCK_ACCESS), ("LOCK", LOCK)];

/// Holds the patient's epoch as it is until the transaction ends, without hindering posts.
///
/// PostgreSQL: `FOR KEY SHARE` conflicts with the `FOR UPDATE` of [`lock_access`] and not with the plain
/// update that a post makes. SQLite has one writer, so nothing needs to be held.
pub(crate) async fn hold_epoch(tx: &mut Tx, patient: PatientId) -> Result<Option<i64>, StoreError> {
    let sql = if tx.is_postgres() { HOLD_EPOCH } else { EPOCH };
    let row = run!(tx, optional (i64,): sql, patient.0)?;
    Ok(row.map(|(epoch,)| epoch))
}

/// Waits until every disclosure that holds the patient's epoch is on record, and keeps new ones out.
/// To be called before the epoch is raised. SQLite: as above.
pub(crate) async fn lock_access(tx: &mut Tx, patient: PatientId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, optional (i64,): LOCK_ACCESS, patient.0)?;
    }
    Ok(())
}

/// Takes the patient's lock without changing the row; says whether there is such a patient.
///
/// PostgreSQL: the lock that an update takes, without the new version of the row that it leaves behind.
/// SQLite: as above.
pub(crate) async fn lock(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    let sql = if tx.is_postgres() { LOCK } else { EPOCH };
    Ok(run!(tx, optional (i64,): sql, patient.0)?.is_some())
}
