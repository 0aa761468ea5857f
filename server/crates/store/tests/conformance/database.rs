//! A new, empty database for every test, on either engine. PostgreSQL's are made in the cluster that
//! `RENKEI_TEST_POSTGRES_URL` names; without it tests fail, because a skipped engine looks like a passed one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr as _;

use renkei_store::{DatabaseUrl, Options, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use uuid::Uuid;

const VARIABLE: &str = "RENKEI_TEST_POSTGRES_URL";

/// A migrated database and a store on it. It is removed with this value.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) options: Options,
    _place: Place,
}

#[expect(dead_code, reason = "held for their Drop")]
enum Place {
    Folder(tempfile::TempDir),
    Postgres(PostgresDatabase),
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("renkei.sqlite"));
        let options = Options { url, max_connections: 4 };
        Store::migrate(&options).await.unwrap();
        Self { store: open(&options).await, options, _place: Place::Folder(folder) }
    }

    pub(crate) async fn postgres() -> Self {
        let database = PostgresDatabase::new(&template().await).await;
        let options = postgres_options(cluster().database(&database.name));
        Self { store: open(&options).await, options, _place: Place::Postgres(database) }
    }
}

pub(crate) async fn open(options: &Options) -> Store {
    Store::open(options.clone()).await.unwrap()
}

/// Connects to the cluster's maintenance database.
pub(crate) fn cluster() -> PgConnectOptions {
    let Ok(url) = std::env::var(VARIABLE) else {
        panic!("{VARIABLE} is not set. `cargo xtask postgres` starts a throwaway cluster and prints it.");
    };
    PgConnectOptions::from_str(&url).unwrap().disable_statement_logging()
}

pub(crate) fn postgres_options(connect: PgConnectOptions) -> Options {
    Options { url: DatabaseUrl::Postgres(Box::new(connect)), max_connections: 8 }
}

/// An own database in the cluster.
pub(crate) struct PostgresDatabase {
    pub(crate) name: String,
}

impl PostgresDatabase {
    /// A copy of `template`.
    pub(crate) async fn new(template: &str) -> Self {
        let name = format!("renkei_test_{}", Uuid::from_u128(rand()).simple());
        let mut conn = cluster().connect().await.unwrap();
        execute(&mut conn, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { name }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let name = self.name.clone();
        // a runtime cannot be waited for inside another one
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let mut conn = cluster().connect().await.unwrap();
                execute(&mut conn, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            });
        });
        // what is left behind goes with the cluster
        let _ = dropped.join();
    }
}

/// Migrating takes far longer than copying, so one database for each state of the migrations is migrated and then
/// copied.
///
/// Its collation orders Japanese as a dictionary does: a query that must order by bytes has to say so.
async fn template() -> String {
    let mut hasher = DefaultHasher::new();
    include_str!("../../../../../migrations/postgres/20261121000000_foundation.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261122000000_consent_decides.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261123000000_uploads.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261123000100_keys.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261124000000_login_ladder.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261124000100_accounts.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261124000300_audit_log.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261124000400_administrators.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261125000000_authenticators.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261125000100_service_accounts.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261125000200_maintenance.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261126000000_clinical_record.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261126000100_templates_and_reports.sql")
        .hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261127000000_kept_files.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261127000100_waiting.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261127000200_marks_are_logged.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261127000300_marks_are_told.sql").hash(&mut hasher);
    include_str!("../../../../../migrations/postgres/20261128000000_observed.sql").hash(&mut hasher);
    let name = format!("renkei_template_{:016x}", hasher.finish());

    let mut conn = cluster().connect().await.unwrap();
    execute(&mut conn, "SELECT pg_advisory_lock(7246120261121)".to_owned()).await;
    let (exists,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    if !exists {
        // under another name until it is complete
        let unfinished = format!("{name}_unfinished");
        execute(&mut conn, format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        let locale = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'ja' LOCALE 'C'";
        execute(&mut conn, format!("CREATE DATABASE {unfinished} TEMPLATE template0 {locale}")).await;
        Store::migrate(&postgres_options(cluster().database(&unfinished))).await.unwrap();
        execute(&mut conn, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    execute(&mut conn, "SELECT pg_advisory_unlock(7246120261121)".to_owned()).await;
    name
}

async fn execute(conn: &mut PgConnection, sql: String) {
    conn.execute(AssertSqlSafe(sql)).await.unwrap();
}

fn rand() -> u128 {
    use std::hash::{BuildHasher as _, RandomState};
    let number = || u128::from(RandomState::new().hash_one(std::process::id()));
    number() << 64 | number()
}
