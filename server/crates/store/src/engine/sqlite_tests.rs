//! The writer when SQLite fails under it: what is acknowledged is kept, what is not is gone, and it goes on.

use futures::future::join_all;
use renkei_domain::Timestamp;
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::{Organization, OrganizationKind};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::database::Database;
use crate::sql::{Sql, run};
use crate::{Conn, DatabaseUrl, Options, Store, StoreError, Tx, identity};

const BIG: usize = 100_000;

/// An organisation whose name fills pages.
fn organization(number: u128, length: usize) -> Organization {
    Organization {
        id: OrganizationId(Uuid::from_u128(number)),
        kind: OrganizationKind::Clinic,
        name: "x".repeat(length),
        created_at: Timestamp(0),
    }
}

async fn add(store: &Store, number: u128, length: usize) -> Result<(), StoreError> {
    let new = organization(number, length);
    store.write(move |tx| Box::pin(async move { identity::insert_organization(tx, &new).await })).await
}

async fn is_there(store: &Store, number: u128) -> bool {
    let id = OrganizationId(Uuid::from_u128(number));
    let found: Result<_, StoreError> =
        store.read(move |conn| Box::pin(async move { identity::organization(conn, id).await })).await;
    found.unwrap().is_some()
}

async fn pragma(conn: &mut Conn, sql: &'static str) -> Result<i64, StoreError> {
    let (value,) = run!(conn, one (i64,): Sql::new(sql))?;
    Ok(value)
}

/// The disk is full: the database has no page to spare.
async fn fill(store: &Store) {
    let limit: Result<_, StoreError> = store
        .write(|tx| {
            Box::pin(async move {
                // it cannot be smaller than the database is
                pragma(tx, "PRAGMA max_page_count = 1").await
            })
        })
        .await;
    assert!(limit.unwrap() > 1);
}

/// There is space again.
async fn make_room(store: &Store) {
    let limit: Result<_, StoreError> =
        store.write(|tx| Box::pin(async move { pragma(tx, "PRAGMA max_page_count = 1000000").await })).await;
    assert_eq!(limit.unwrap(), 1_000_000);
}

#[tokio::test]
async fn the_settings_are_in_force_on_every_connection() {
    async fn settings(conn: &mut Conn) -> Result<(String, i64, i64, i64), StoreError> {
        let (journal,) = run!(conn, one (String,): Sql::new("PRAGMA journal_mode"))?;
        let synchronous = pragma(conn, "PRAGMA synchronous").await?;
        let foreign_keys = pragma(conn, "PRAGMA foreign_keys").await?;
        Ok((journal, synchronous, foreign_keys, pragma(conn, "PRAGMA secure_delete").await?))
    }
    let db = Database::sqlite().await;
    let expected = ("wal".to_owned(), 2, 1, 1);
    assert_eq!(db.store.write(|tx| Box::pin(settings(tx))).await.unwrap(), expected);
    assert_eq!(db.store.read(|conn| Box::pin(settings(conn))).await.unwrap(), expected);
    let written: Result<u64, StoreError> =
        db.store.read(|conn| Box::pin(async move { run!(conn, Sql::new("DELETE FROM organization")) })).await;
    assert!(written.is_err(), "a snapshot is for reading");
}

#[tokio::test]
async fn a_full_disk_is_told_reads_go_on_and_it_recovers() {
    let db = Database::sqlite().await;
    add(&db.store, 1, 10).await.unwrap();
    fill(&db.store).await;
    for _ in 0..3 {
        assert!(matches!(add(&db.store, 2, BIG).await, Err(StoreError::Full)));
        assert!(is_there(&db.store, 1).await);
    }
    make_room(&db.store).await;
    assert!(!is_there(&db.store, 2).await);
    add(&db.store, 2, BIG).await.unwrap();
    assert!(is_there(&db.store, 2).await);
}

#[tokio::test]
async fn of_a_group_that_meets_a_full_disk_what_is_acknowledged_is_there() {
    let db = Database::sqlite().await;
    fill(&db.store).await;
    let (open, gate) = oneshot::channel::<()>();
    let held = db.store.write(|tx| {
        Box::pin(async move {
            gate.await.unwrap();
            identity::insert_organization(tx, &organization(0, 10)).await
        })
    });
    let rest = (1..30).map(|n| add(&db.store, n, if n % 10 == 5 { BIG } else { 10 }));
    let open = async { open.send(()).unwrap() };
    // in this order: all of them wait when the gate opens
    let (first, rest, ()): (Result<(), StoreError>, _, _) = futures::join!(held, join_all(rest), open);
    make_room(&db.store).await;
    let results: Vec<_> = std::iter::once(first).chain(rest).collect();
    for (n, result) in results.iter().enumerate() {
        assert!(matches!(result, Ok(()) | Err(StoreError::Full)), "{n}: {result:?}");
        assert_eq!(is_there(&db.store, n as u128).await, result.is_ok(), "{n}: {result:?}");
    }
    assert!(results[5].is_err() && results[15].is_err());
}

#[tokio::test]
async fn nothing_is_kept_of_a_write_that_goes_on_after_a_full_disk() {
    let db = Database::sqlite().await;
    fill(&db.store).await;
    let result = db
        .store
        .write(|tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &organization(1, 10)).await?;
                let full = identity::insert_organization(tx, &organization(2, BIG)).await;
                assert!(matches!(full, Err(StoreError::Full)));
                // SQLite may have rolled back, and would commit this by itself
                let _ = identity::insert_organization(tx, &organization(3, 10)).await;
                Ok::<_, StoreError>(())
            })
        })
        .await;
    assert!(result.is_err());
    for n in 1..=3 {
        assert!(!is_there(&db.store, n).await, "{n}");
    }
    make_room(&db.store).await;
    add(&db.store, 1, BIG).await.unwrap();
}

#[tokio::test]
async fn a_failing_commit_is_told_to_the_whole_group_and_keeps_none_of_it() {
    async fn fails_at_commit(tx: &mut Tx) -> Result<(), StoreError> {
        run!(tx, Sql::new("PRAGMA defer_foreign_keys = ON"))?;
        run!(
            tx,
            Sql::new(
                "INSERT INTO refresh_token (token_hash, session_id, created_at) VALUES (x'00', x'00', 0)"
            )
        )?;
        Ok(())
    }
    let db = Database::sqlite().await;
    // while this one is at work the others come: they are the next group
    let ((began, at_work), (open, gate)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
    let before = db.store.write(|tx| {
        Box::pin(async move {
            began.send(()).unwrap();
            gate.await.unwrap();
            identity::insert_organization(tx, &organization(2, 10)).await
        })
    });
    let others = async {
        at_work.await.unwrap();
        let first = db
            .store
            .write(|tx| Box::pin(async { identity::insert_organization(tx, &organization(1, 10)).await }));
        let failing = db.store.write(|tx| Box::pin(fails_at_commit(tx)));
        futures::join!(first, failing, async { open.send(()).unwrap() })
    };
    let (before, (first, failing, ())) = futures::join!(before, others);
    before.unwrap();
    assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
    assert!(matches!(failing, Err(StoreError::Unavailable(_))), "{failing:?}");
    assert!(!is_there(&db.store, 1).await);
    add(&db.store, 1, 10).await.unwrap();
}

#[tokio::test]
async fn while_another_process_writes_writers_are_told_to_try_again() {
    let db = Database::sqlite().await;
    let patience: Result<_, StoreError> =
        db.store.write(|tx| Box::pin(async move { pragma(tx, "PRAGMA busy_timeout = 20").await })).await;
    assert_eq!(patience.unwrap(), 20);
    let DatabaseUrl::Sqlite(path) = &db.options.url else { unreachable!() };
    let mut other = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let results = join_all((1..4).map(|n| add(&db.store, n, 10))).await;
    assert!(results.iter().all(|result| matches!(result, Err(StoreError::Unavailable(_)))), "{results:?}");
    assert!(!is_there(&db.store, 1).await);
    other.execute("ROLLBACK").await.unwrap();
    add(&db.store, 1, 10).await.unwrap();
}

#[tokio::test]
async fn a_closed_database_is_one_file() {
    let db = Database::sqlite().await;
    add(&db.store, 1, BIG).await.unwrap();
    let DatabaseUrl::Sqlite(path) = &db.options.url else { unreachable!() };
    let wal = path.with_extension(format!("{}-wal", path.extension().unwrap().to_str().unwrap()));
    assert!(wal.metadata().unwrap().len() > 0);

    db.store.close().await;
    assert_eq!(wal.metadata().map_or(0, |wal| wal.len()), 0);
    let copy = path.with_file_name("copy.sqlite");
    std::fs::copy(path, &copy).unwrap();
    let options = Options { url: DatabaseUrl::Sqlite(copy), ..db.options.clone() };
    assert!(is_there(&Store::open(options).await.unwrap(), 1).await);
}
