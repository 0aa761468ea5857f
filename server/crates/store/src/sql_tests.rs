//! Every statement is prepared on both engines, and none of them reads a whole table that grows.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, SqlSafeStr as _};

use super::Sql;
use crate::database::Database;
use crate::engine::Driver;
use crate::{
    DatabaseUrl, Store, StoreError, accesses, account, administration, attachment, audit, audit_contents,
    audit_log, audit_marks, audit_rows, break_glass, care_team, consent, device, dialect, entry_addressee,
    entry_filter, entry_mark, event, identity, invitation, keyring, login_attempt, maintenance, marked,
    observed, offboarding, organization, patient, post, receipt, request, root_key, rotation, rule, scan,
    service, service_permission, session, shred, staff, standing, standing_among, template, timeline, totp,
    upkeep, upload, usage, wakeups,
};

const MODULES: &[(&str, &[(&str, Sql)])] = &[
    ("accesses", accesses::STATEMENTS),
    ("account", account::STATEMENTS),
    ("administration", administration::STATEMENTS),
    ("attachment", attachment::STATEMENTS),
    ("audit", audit::STATEMENTS),
    ("audit_contents", audit_contents::STATEMENTS),
    ("audit_log", audit_log::STATEMENTS),
    ("audit_marks", audit_marks::STATEMENTS),
    ("audit_rows", audit_rows::STATEMENTS),
    ("break_glass", break_glass::STATEMENTS),
    ("care_team", care_team::STATEMENTS),
    ("consent", consent::STATEMENTS),
    ("device", device::STATEMENTS),
    ("dialect", dialect::STATEMENTS),
    ("entry_addressee", entry_addressee::STATEMENTS),
    ("entry_filter", entry_filter::STATEMENTS),
    ("entry_mark", entry_mark::STATEMENTS),
    ("event", event::STATEMENTS),
    ("identity", identity::STATEMENTS),
    ("invitation", invitation::STATEMENTS),
    ("keyring", keyring::STATEMENTS),
    ("login_attempt", login_attempt::STATEMENTS),
    ("maintenance", maintenance::STATEMENTS),
    ("marked", marked::STATEMENTS),
    ("observed", observed::STATEMENTS),
    ("offboarding", offboarding::STATEMENTS),
    ("organization", organization::STATEMENTS),
    ("patient", patient::STATEMENTS),
    ("post", post::STATEMENTS),
    ("receipt", receipt::STATEMENTS),
    ("request", request::STATEMENTS),
    ("root_key", root_key::STATEMENTS),
    ("rotation", rotation::STATEMENTS),
    ("rule", rule::STATEMENTS),
    ("scan", scan::STATEMENTS),
    ("service", service::STATEMENTS),
    ("service_permission", service_permission::STATEMENTS),
    ("session", session::STATEMENTS),
    ("shred", shred::STATEMENTS),
    ("staff", staff::STATEMENTS),
    ("standing", standing::STATEMENTS),
    ("standing_among", standing_among::STATEMENTS),
    ("template", template::STATEMENTS),
    ("timeline", timeline::STATEMENTS),
    ("totp", totp::STATEMENTS),
    ("upkeep", upkeep::STATEMENTS),
    ("upload", upload::STATEMENTS),
    ("usage", usage::STATEMENTS),
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
    let only_here = dialect::SQLITE_STATEMENTS.iter().map(|(name, sql)| ((*name).to_owned(), *sql));
    for (name, sql) in portable().into_iter().chain(only_here) {
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

/// The steps of a statement's plan, as the store would run it.
async fn plan(store: &Store, sql: Sql) -> Vec<String> {
    let steps: Result<_, StoreError> =
        store.read(move |conn| Box::pin(async move { Ok(explain(conn.driver()?, sql.text()).await?) })).await;
    steps.unwrap()
}

async fn explain(driver: Driver<'_>, sql: &str) -> Result<Vec<String>, sqlx::Error> {
    match driver {
        Driver::Sqlite(conn) => {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(conn).await?;
            Ok(steps.into_iter().map(|(_, _, _, step)| step).collect())
        }
        Driver::Postgres(conn) => {
            conn.execute(AssertSqlSafe(format!("PREPARE explained AS {sql}"))).await?;
            let parameters = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
            let values = if parameters == 0 {
                String::new()
            } else {
                format!("({})", ["NULL"].repeat(parameters).join(", "))
            };
            let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE explained{values}"));
            let steps: Vec<(String,)> = sqlx::query_as(explain).fetch_all(&mut *conn).await?;
            conn.execute("DEALLOCATE explained").await?;
            Ok(steps.into_iter().map(|(step,)| step).collect())
        }
    }
}

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let expected = [
        // what waits is little, or read in order and only so much of it; the last of all is one
        "audit_log::HAS_PENDING",
        "audit_log::OLDEST_PENDING",
        "audit_log::LAST_CHECKPOINT",
        "audit_rows::PENDING",
        // counted by whoever verifies all of it
        "audit_rows::COUNTS",
        // all of its few rows are wanted
        "keyring::SERVER_KEYS",
        "root_key::ALL",
        // and of an index that has few
        "upkeep::ALL_WAITING",
        "upkeep::OF_SHREDDED",
        // once more what was found by an index, to count it
        "usage::ACTIVE_PEOPLE",
        "usage::FIRST_READS",
        "usage::RECEIVED",
        // what an operator asks for once in a while, over everything there is
        "rotation::PATIENT_KEYS",
        "rotation::SERVER_KEYS",
        "rotation::BEHIND",
        "rotation::COUNT_OLDER",
        "rotation::BY_COUNT",
        "rotation::OLDEST",
        "rotation::SHREDDED",
    ];
    for (db, whole_table) in [(Database::sqlite().await, "SCAN"), (Database::postgres().await, "Seq Scan")] {
        // the statements of a post are planned one by one on SQLite only
        let posts = dialect::POSTGRES_STATEMENTS.iter().filter(|(name, _)| *name == "POST");
        let posts = posts.filter(|_| whole_table == "Seq Scan").map(|(name, sql)| ((*name).to_owned(), *sql));
        for (name, sql) in portable().into_iter().chain(posts) {
            let plan = plan(&db.store, sql).await;
            // the rows of `chain` are made by the statement itself
            let reads = |step: &String| {
                step.contains(whole_table) && step != "SCAN chain" && step != "SCAN CONSTANT ROW"
            };
            let reads_all = plan.iter().any(reads);
            assert!(!reads_all || expected.contains(&name.as_str()), "{name}: {plan:#?}");
        }
    }
}

#[tokio::test]
async fn pages_come_in_the_order_of_an_index() {
    let others = [
        "timeline::BEFORE",
        "timeline::AFTER",
        "audit::BEFORE",
        "event::ALL_BEFORE",
        "event::OF_ORGANIZATION_BEFORE",
        "event::OF_PERSON_BEFORE",
        "event::CONCERNING_BEFORE",
        "accesses::OLDEST",
        "accesses::NEWEST",
        "accesses::REGION_OLDEST",
        "accesses::REGION_NEWEST",
    ];
    let is_page = |name: &str| {
        // the people of one organisation are few
        name != "identity::PEOPLE_OF_AFTER"
            && (name.ends_with("_AFTER") || name.starts_with("standing::STANDINGS") || others.contains(&name))
    };
    let mut count = 0;
    for db in [Database::sqlite().await, Database::postgres().await] {
        for (name, sql) in portable().into_iter().filter(|(name, _)| is_page(name)) {
            let plan = plan(&db.store, sql).await;
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE") || step.contains("Sort"));
            assert!(!sorts, "{name}: {plan:#?}");
            count += 1;
        }
    }
    assert_eq!(count, 2 * 26);
}

#[tokio::test]
async fn measurements_are_found_without_a_look_at_other_entries() {
    let statements = portable();
    for (db, step) in [
        (Database::sqlite().await, "INDEX entry_observed (patient_id=? AND seq"),
        (Database::postgres().await, "using entry_observed on entry e"),
    ] {
        for name in ["observed::OBSERVED_BEFORE", "observed::OBSERVED_FROM"] {
            let plan = plan(&db.store, statements[name]).await;
            assert!(plan.iter().any(|found| found.contains(step)), "{name}: {plan:#?}");
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE") || step.contains("Sort"));
            assert!(!sorts, "{name}: {plan:#?}");
        }
    }
}

#[tokio::test]
async fn what_every_call_asks_is_found_by_its_key() {
    let db = Database::sqlite().await;
    let statements = portable();
    for (name, expected) in [
        ("session::BY_ACCESS", "SEARCH s USING INDEX sqlite_autoindex_session_2 (access_hash=?)"),
        ("standing::STANDING", "SEARCH p USING INDEX sqlite_autoindex_patient_1 (patient_id=?)"),
        ("standing::STANDING", "SEARCH g USING INDEX break_glass_by_person (person_id=? AND patient_id=?)"),
        (
            "standing::STANDINGS_OF",
            "SEARCH m USING COVERING INDEX care_team_member_by_participant \
             (participant_id=? AND status=? AND patient_id<?)",
        ),
        (
            "audit::PROVISIONS_AFTER",
            "SEARCH e USING INDEX sqlite_autoindex_audit_event_1 (patient_id=? AND event_id>? AND event_id<?)",
        ),
        (
            "accesses::NEWEST",
            "SEARCH e USING INDEX sqlite_autoindex_audit_event_1 (patient_id=? AND event_id>? AND event_id<?)",
        ),
        (
            "accesses::REGION_NEWEST",
            "SEARCH e USING INDEX audit_event_of_operator_by_patient (patient_id=? AND event_id>? AND event_id<?)",
        ),
        (
            "maintenance::PAGE_AFTER",
            "SEARCH e USING INDEX audit_event_of_operator (event_id>? AND event_id<?)",
        ),
        ("session::END_OF_PERSON", "SEARCH session USING INDEX session_by_person (person_id=?)"),
        (
            "session::END_OF_AFFILIATION",
            "SEARCH session USING INDEX session_by_person (person_id=? AND affiliation_id=?)",
        ),
        (
            "login_attempt::FOUND",
            "SEARCH login_attempt USING INDEX sqlite_autoindex_login_attempt_1 (scope=? AND key=?)",
        ),
        ("rule::RULES", "SEARCH consent USING INDEX sqlite_autoindex_consent_1 (patient_id=?)"),
        ("timeline::BEFORE", "SEARCH e USING INDEX sqlite_autoindex_entry_1 (patient_id=? AND seq<?)"),
        ("timeline::AFTER", "SEARCH e USING INDEX sqlite_autoindex_entry_1 (patient_id=? AND seq>?)"),
        ("timeline::UNREAD_AFTER", "SEARCH e USING INDEX sqlite_autoindex_entry_1 (patient_id=? AND seq>?)"),
        ("timeline::BY_ID", "SEARCH e USING INDEX sqlite_autoindex_entry_2 (patient_id=? AND entry_id=?)"),
        (
            "timeline::BEFORE",
            "SEARCH r USING COVERING INDEX sqlite_autoindex_receipt_1 (patient_id=? AND person_id=? AND seq=?)",
        ),
    ] {
        let plan = plan(&db.store, statements[name]).await;
        assert!(plan.iter().any(|step| step == expected), "{name}: {plan:#?}");
    }
}
