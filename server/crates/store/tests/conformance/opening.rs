//! The store opens a database only if it can keep its promises there.

use renkei_store::{Store, StoreError};

use crate::database::{Database, PostgresDatabase, cluster, postgres_options};

on_both_engines![
    migrating_again_does_nothing,
    an_older_schema_is_refused,
    a_newer_schema_is_refused,
    a_schema_that_was_changed_is_refused,
    checks_say_what_durability_depends_on,
];

async fn refusal(db: &Database) -> String {
    match Store::open(db.options.clone()).await {
        Err(StoreError::Refused(text)) => text,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("opened"),
    }
}

async fn migrating_again_does_nothing(db: Database) {
    assert_eq!(Store::migrate(&db.options).await.unwrap(), [""; 0]);
}

async fn an_older_schema_is_refused(db: Database) {
    db.execute("DELETE FROM _sqlx_migrations").await;
    let text = refusal(&db).await;
    assert!(text.contains("20261121000000_foundation") && text.contains("renkei-server migrate"), "{text}");
    // an empty database, too; and it stays empty
    db.execute("DROP TABLE _sqlx_migrations").await;
    assert_eq!(refusal(&db).await, text);
    db.execute("CREATE TABLE _sqlx_migrations (nothing_made_it BIGINT)").await;
}

async fn a_newer_schema_is_refused(db: Database) {
    db.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 99991231235959, 'tomorrow', success, checksum, 0 FROM _sqlx_migrations LIMIT 1",
    )
    .await;
    assert!(refusal(&db).await.contains("99991231235959"));
    let migrated = Store::migrate(&db.options).await;
    assert!(matches!(migrated, Err(StoreError::Refused(text)) if text.contains("99991231235959")));
}

async fn a_schema_that_was_changed_is_refused(db: Database) {
    db.execute("UPDATE _sqlx_migrations SET version = version, checksum = substr(checksum, 2)").await;
    assert!(refusal(&db).await.contains("20261121000000"));
    assert!(matches!(Store::migrate(&db.options).await, Err(StoreError::Refused(_))));
}

async fn checks_say_what_durability_depends_on(db: Database) {
    let checks = db.store.checks().await.unwrap();
    let value = |name| checks.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if value("sqlite version").is_some() {
        assert_eq!((value("journal_mode"), value("quick_check")), (Some("wal"), Some("ok")));
    } else {
        assert_eq!((value("fsync"), value("synchronous_commit")), (Some("on"), Some("on")));
        assert_eq!(value("full_page_writes"), Some("on"));
    }
}

#[tokio::test]
async fn postgres_that_forgets_is_refused() {
    let db = Database::postgres().await;
    db.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    )
    .await;
    let text = refusal(&db).await;
    assert!(text.contains("synchronous_commit=off"), "{text}");
}

#[tokio::test]
async fn postgres_that_is_not_there_is_told() {
    let opened = Store::open(postgres_options(cluster().database("renkei_missing"))).await;
    assert!(opened.is_err());
}

#[tokio::test]
async fn an_empty_postgres_is_migrated_by_several_nodes_at_once() {
    let empty = PostgresDatabase::new("template0").await;
    let options = postgres_options(cluster().database(&empty.name));
    let nodes = (0..4).map(|_| Store::migrate(&options));
    let migrated: Result<Vec<_>, _> = futures::future::join_all(nodes).await.into_iter().collect();
    let all = [
        "20261121000000_foundation",
        "20261122000000_consent_decides",
        "20261123000000_uploads",
        "20261123000100_keys",
        "20261124000000_login_ladder",
        "20261124000100_accounts",
        "20261124000300_audit_log",
        "20261124000400_administrators",
        "20261125000000_authenticators",
        "20261125000100_service_accounts",
        "20261125000200_maintenance",
        "20261126000000_clinical_record",
        "20261126000100_templates_and_reports",
        "20261127000000_kept_files",
        "20261127000100_waiting",
        "20261127000200_marks_are_logged",
        "20261127000300_marks_are_told",
        "20261128000000_observed",
    ];
    let all = all.map(str::to_owned);
    assert!(migrated.unwrap().contains(&all.to_vec()));
    Store::open(options).await.unwrap();
}
