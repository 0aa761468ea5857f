//! The exceptions: what the engines need told differently, each with its reason.

use renkei_domain::id::PatientId;

use crate::engine::{Conn, Driver, Tx};
use crate::sql::{Sql, run};
use crate::StoreError;

/// Holds the patient's epoch as it is until the transaction ends, without hindering posts.
///
/// PostgreSQL: `FOR KEY SHARE` conflicts with the `FOR UPDATE` of [`lock_access`] and not with the plain
/// update that a post makes. SQLite has one writer, so nothing needs to be held.
pub(crate) async fn hold_epoch(tx: &mut Tx, patient: PatientId) -> Result<Option<i64>, StoreError> {
    const PLAIN: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1");
    const HELD: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR KEY SHARE");
    let sql = if is_postgres(tx) { HELD } else { PLAIN };
    let row = run!(tx, optional (i64,): sql, patient.0)?;
    Ok(row.map(|(epoch,)| epoch))
}

/// Waits until every disclosure that holds the patient's epoch is on record, and keeps new ones out.
/// To be called before the epoch is raised. SQLite: as above.
pub(crate) async fn lock_access(tx: &mut Tx, patient: PatientId) -> Result<(), StoreError> {
    const LOCK: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR UPDATE");
    if is_postgres(tx) {
        run!(tx, optional (i64,): LOCK, patient.0)?;
    }
    Ok(())
}

fn is_postgres(conn: &mut Conn) -> bool {
    matches!(conn.driver(), Driver::Postgres(_))
}
