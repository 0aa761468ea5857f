//! Forward-only migrations, embedded in the binary. The server itself never applies them.

use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::StoreError;

pub(super) static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("../../../migrations/postgres");

/// Applies what is missing and names it.
pub(super) async fn apply<C: Migrate>(migrator: &Migrator, conn: &mut C) -> Result<Vec<String>, StoreError> {
    let missing = missing(migrator, conn).await?;
    migrator.run_direct(None, conn, false).await.map_err(refused)?;
    Ok(missing)
}

/// Refuses a schema that is not exactly this program's.
pub(super) async fn verify<C: Migrate>(migrator: &Migrator, conn: &mut C) -> Result<(), StoreError> {
    let missing = missing(migrator, conn).await?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "the database lacks the migrations {}; run `renkei-server migrate`",
        missing.join(", ")
    )))
}

async fn missing<C: Migrate>(migrator: &Migrator, conn: &mut C) -> Result<Vec<String>, StoreError> {
    let applied = match conn.list_applied_migrations(&migrator.table_name).await {
        // not made here: who serves needs no right to change the schema, and who migrates takes a lock first
        Err(MigrateError::Execute(error)) if is_no_table(&error) => Vec::new(),
        applied => applied.map_err(refused)?,
    };
    for done in &applied {
        match migrator.iter().find(|known| known.version == done.version) {
            None => {
                return Err(StoreError::Refused(format!(
                    "the database has the migration {}, which this program does not know; use a newer renkei-server",
                    done.version
                )));
            }
            Some(known) if known.checksum != done.checksum => {
                return Err(StoreError::Refused(format!(
                    "the migration {} is not the one that the database has",
                    done.version
                )));
            }
            Some(_) => {}
        }
    }
    Ok(migrator
        .iter()
        .filter(|known| !applied.iter().any(|done| done.version == known.version))
        .map(|known| format!("{}_{}", known.version, known.description.replace(' ', "_")))
        .collect())
}

fn is_no_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        // PostgreSQL's undefined_table; SQLite has a text only
        error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
    })
}

fn refused(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) => error.into(),
        error => StoreError::Refused(format!("migrations failed: {error}")),
    }
}
