//! Every statement is prepared on both engines, and none of them reads a whole table that grows.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, SqlSafeStr as _};

use super::Sql;
use crate::database::Database;
use crate::{
    DatabaseUrl, attachment, audit, care_team, consent, dialect, identity, keyring, patient, request, session,
    timeline, wakeups,
};

const MODULES: &[(&str, &[(&str, Sql)])] = &[
    ("attachment", attachment::STATEMENTS),
    ("audit", audit::STATEMENTS),
    ("care_team", care_team::STATEMENTS),
    ("consent", consent::STATEMENTS),
    ("dialect", dialect::STATEMENTS),
    ("identity", identity::STATEMENTS),
    ("keyring", keyring::STATEMENTS),
    ("patient", patient::STATEMENTS),
    ("request", request::STATEMENTS),
    ("session", session::STATEMENTS),
    ("timeline", timeline::STATEMENTS),
];

/// Each with the name `module::NAME`.
fn portable() -> BTreeMap<String, Sql> {
    let statements = MODULES.iter().flat_map(|(module, statements)| {
        statements.iter().map(move |(name, sql)| (format!("{module}::{name}"), *sql))
    });
    statements.collect()
}

fn sqlite(db: &Database) -> SqliteConnectOptions {
    let DatabaseUrl::Sqlite(path) = &db.options.url else { panic!("not SQLite") };
    SqliteConnectOptions::new().filename(path)
}

fn postgres(db: &Database) -> &PgConnectOptions {
    let DatabaseUrl::Postgres(connect) = &db.options.url else { panic!("not PostgreSQL") };
    connect
}

#[test]
fn every_module_with_statements_is_in_the_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut with_statements = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let is_module = path.extension().is_some_and(|extension| extension == "rs");
        if is_module && std::fs::read_to_string(&path).unwrap().contains("\nstatements! {") {
            with_statements.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    with_statements.sort();
    assert_eq!(MODULES.iter().map(|(module, _)| *module).collect::<Vec<_>>(), with_statements);
}

#[tokio::test]
async fn every_statement_is_prepared_on_sqlite() {
    let db = Database::sqlite().await;
    let mut conn = sqlite(&db).connect().await.unwrap();
    for (name, sql) in portable() {
        if let Err(error) = conn.prepare(sql.text().into_sql_str()).await {
            panic!("{name}: {error}");
        }
    }
}

#[tokio::test]
async fn every_statement_is_prepared_on_postgres() {
    let db = Database::postgres().await;
    let mut conn = postgres(&db).connect().await.unwrap();
    let only_here = [dialect::POSTGRES_STATEMENTS, wakeups::POSTGRES_STATEMENTS].concat();
    let only_here = only_here.into_iter().map(|(name, sql)| (name.to_owned(), sql));
    for (name, sql) in portable().into_iter().chain(only_here) {
        if let Err(error) = conn.prepare(sql.text().into_sql_str()).await {
            panic!("{name}: {error}");
        }
    }
}

#[tokio::test]
async fn no_statement_scans_a_table_on_sqlite() {
    let db = Database::sqlite().await;
    let mut conn = sqlite(&db).connect().await.unwrap();
    for (name, sql) in portable() {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.text())))
                .fetch_all(&mut conn)
                .await
                .unwrap();
        println!("{name}");
        for (_, _, _, step) in plan { println!("    {step}"); }
    }
}

#[tokio::test]
async fn no_statement_scans_a_table_on_postgres() {
    let db = Database::postgres().await;
    let mut conn = postgres(&db).connect().await.unwrap();
    conn.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").await.unwrap();
    for (name, sql) in portable() {
        let parameters = (1..20).take_while(|n| sql.text().contains(&format!("${n}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let call = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
        conn.execute(AssertSqlSafe(format!("PREPARE explained AS {}", sql.text()))).await.unwrap();
        let plan: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE explained{call}")))
            .fetch_all(&mut conn).await.unwrap();
        conn.execute("DEALLOCATE explained").await.unwrap();
        println!("{name}");
        for (step,) in plan { println!("    {step}"); }
    }
}
