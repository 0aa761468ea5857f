//! The schemas of both engines are the same, and allow what the domain knows.

use std::collections::{BTreeMap, BTreeSet};

use renkei_domain::account::{CodeKind, DeviceKind};
use renkei_domain::attempt::Scope;
use renkei_domain::audit::Decision;
use renkei_domain::break_glass::{BreakGlassReason, Verdict};
use renkei_domain::identity::{OrganizationKind, PositionPolicy, Role};
use renkei_domain::patient::{MembershipStatus, StaffAccess};
use renkei_domain::timeline::{EntryKind, Mark, Position, Wanted};
use renkei_domain::{Category, Sensitivity};
use renkei_store::DatabaseUrl;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, SqliteConnection};

use crate::database::Database;

/// A line for each column, key, constraint and index.
type Schema = BTreeSet<String>;

#[tokio::test]
async fn both_engines_have_the_same_schema() {
    let (sqlite, postgres) = (sqlite_schema().await, postgres_schema().await);
    let only = |one: &Schema, other: &Schema| one.difference(other).cloned().collect::<Vec<_>>();
    let (sqlite_only, postgres_only) = (only(&sqlite, &postgres), only(&postgres, &sqlite));
    assert!(
        sqlite_only.is_empty() && postgres_only.is_empty(),
        "only in SQLite: {sqlite_only:#?}\nonly in PostgreSQL: {postgres_only:#?}"
    );
    // a look at the wrong place would find nothing to differ
    for expected in [
        "column patient.head_seq INTEGER NOT NULL",
        "column session.ended_at INTEGER",
        "column entry.entry_id UUID NOT NULL",
        "primary key of entry: patient_id, seq",
        "unique in entry: patient_id, entry_id",
        "foreign key of entry: patient_id -> patient.patient_id",
        "index receipt_by_seq of receipt: patient_id, seq",
        "column care_team_member.person_id UUID",
        "primary key of consent: patient_id, consent_id, version",
        "index session_by_person of session: person_id, affiliation_id",
        "unique index device_by_next_certificate of device: next_certificate_hash",
        "column device.certificate_hash BLOB",
        "unique in device: certificate_hash",
    ] {
        assert!(sqlite.contains(expected), "{expected} is not in {sqlite:#?}");
    }
}

#[tokio::test]
async fn the_checks_allow_exactly_what_the_domain_knows() {
    fn texts<T: Copy>(all: &[T], text: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        all.iter().map(|value| text(*value).to_owned()).collect()
    }
    let expected = BTreeMap::from([
        ("affiliation.role".to_owned(), texts(Role::ALL, Role::as_str)),
        ("attachment.position".to_owned(), texts(Position::ALL, Position::as_str)),
        ("attachment.preview".to_owned(), ["MADE", "NONE", "PENDING"].map(str::to_owned).into()),
        ("audit_event.decision".to_owned(), texts(Decision::ALL, Decision::as_str)),
        ("break_glass.reason".to_owned(), texts(BreakGlassReason::ALL, BreakGlassReason::as_str)),
        ("break_glass.verdict".to_owned(), texts(Verdict::ALL, Verdict::as_str)),
        ("care_team_member.staff_access".to_owned(), texts(StaffAccess::ALL, StaffAccess::as_str)),
        ("care_team_member.status".to_owned(), texts(MembershipStatus::ALL, MembershipStatus::as_str)),
        ("device.kind".to_owned(), texts(DeviceKind::ALL, DeviceKind::as_str)),
        ("enrollment.kind".to_owned(), texts(CodeKind::ALL, CodeKind::as_str)),
        ("entry.category".to_owned(), texts(Category::ALL, Category::as_str)),
        ("entry.kind".to_owned(), texts(EntryKind::ALL, EntryKind::as_str)),
        ("entry.sensitivity".to_owned(), texts(Sensitivity::ALL, Sensitivity::as_str)),
        ("entry.urgent".to_owned(), ["0", "1"].map(str::to_owned).into()),
        ("entry_addressee.wanted".to_owned(), texts(Wanted::ALL, Wanted::as_str)),
        ("entry_mark.mark".to_owned(), texts(Mark::ALL, Mark::as_str)),
        ("login_attempt.scope".to_owned(), texts(Scope::ALL, Scope::as_str)),
        ("organization.kind".to_owned(), texts(OrganizationKind::ALL, OrganizationKind::as_str)),
        ("organization.position_policy".to_owned(), texts(PositionPolicy::ALL, PositionPolicy::as_str)),
    ]);

    let db = Database::sqlite().await;
    let tables: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK (%'")
            .fetch_all(&mut sqlite(&db).await)
            .await
            .unwrap();
    let checks = tables.iter().flat_map(|(table, sql)| {
        sql.split("CHECK (")
            .skip(1)
            .map(move |check| (table.clone(), check.split("))").next().unwrap().to_owned()))
    });
    assert_eq!(allowed(checks), expected);

    let db = Database::postgres().await;
    let checks: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut postgres(&db).await)
    .await
    .unwrap();
    let checks = checks.into_iter().map(|(table, check)| (table, check.replace("::text", "")));
    let checks =
        checks.map(|(table, check)| (table, check.trim_start_matches("CHECK ").replace("ARRAY", "")));
    assert_eq!(allowed(checks), expected);
}

/// By `table.column`, of `column IN (values)` in the words of either engine. Other checks are passed over.
fn allowed(checks: impl Iterator<Item = (String, String)>) -> BTreeMap<String, BTreeSet<String>> {
    let word = |c: char| !c.is_alphanumeric() && c != '_';
    checks
        .filter(|(_, check)| check.contains(" IN (") || check.contains(" ANY ("))
        .map(|(table, check)| {
            let mut words = check.split(word).filter(|word| !word.is_empty());
            let column = format!("{table}.{}", words.next().unwrap());
            (
                column,
                words.filter(|word| !["IN", "ANY", "bigint"].contains(word)).map(str::to_owned).collect(),
            )
        })
        .collect()
}

#[tokio::test]
async fn text_in_an_index_is_ordered_by_bytes_on_postgres() {
    let db = Database::postgres().await;
    let others: Vec<(String, String)> = sqlx::query_as(
        "SELECT i.indexrelid::regclass::text, c.collname::text \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid, \
         unnest(i.indcollation::oid[]) AS used(id) JOIN pg_collation c ON c.oid = used.id \
         WHERE t.relnamespace = 'public'::regnamespace AND c.collname <> 'C'",
    )
    .fetch_all(&mut postgres(&db).await)
    .await
    .unwrap();
    assert_eq!(others, []);
}

async fn sqlite(db: &Database) -> SqliteConnection {
    let DatabaseUrl::Sqlite(path) = &db.options.url else { unreachable!() };
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn postgres(db: &Database) -> PgConnection {
    let DatabaseUrl::Postgres(connect) = &db.options.url else { unreachable!() };
    connect.connect().await.unwrap()
}

fn column(table: &str, name: &str, kind: &str, required: bool) -> String {
    format!("column {table}.{name} {kind}{}", if required { " NOT NULL" } else { "" })
}

/// SQLite has no type for UUIDs: in our schema they are the BLOBs whose name says that they are ids.
async fn sqlite_schema() -> Schema {
    let db = Database::sqlite().await;
    let mut conn = sqlite(&db).await;
    let mut schema = Schema::new();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\" FROM pragma_table_list t, pragma_table_info(t.name) c \
         WHERE t.schema = 'main' AND t.strict",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, name, kind, required) in columns {
        let kind = if kind == "BLOB" && name.ends_with("_id") { "UUID" } else { &kind };
        schema.insert(column(&table, &name, kind, required));
    }
    let lax: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict \
         AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert!(lax.is_empty(), "not STRICT: {lax:?}");

    let indexes: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT t.name, i.name, CASE WHEN i.origin = 'c' AND i.\"unique\" THEN 'cu' ELSE i.origin END AS origin, \
         group_concat(c.name, ', ' ORDER BY c.seqno) \
         FROM pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c \
         WHERE t.schema = 'main' AND t.strict GROUP BY 1, 2, 3",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, name, origin, columns) in indexes {
        schema.insert(match origin.as_str() {
            "pk" => format!("primary key of {table}: {columns}"),
            "u" => format!("unique in {table}: {columns}"),
            "cu" => format!("unique index {name} of {table}: {columns}"),
            _ => format!("index {name} of {table}: {columns}"),
        });
    }
    // without a column, it is the primary key of the other table
    let keys: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT t.name, f.\"from\", f.\"table\", coalesce(f.\"to\", p.name), f.on_delete \
         FROM pragma_table_list t, pragma_foreign_key_list(t.name) f, pragma_table_info(f.\"table\") p \
         WHERE t.schema = 'main' AND t.strict AND p.pk = 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, from, other, to, on_delete) in keys {
        assert_eq!(on_delete, "NO ACTION", "{table}.{from}");
        schema.insert(format!("foreign key of {table}: {from} -> {other}.{to}"));
    }
    schema
}

async fn postgres_schema() -> Schema {
    let db = Database::postgres().await;
    let mut conn = postgres(&db).await;
    let mut schema = Schema::new();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'NO' \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, name, kind, required) in columns {
        let kind = match kind.as_str() {
            "uuid" => "UUID",
            "bytea" => "BLOB",
            "bigint" => "INTEGER",
            "text" => "TEXT",
            other => panic!("{table}.{name}: {other}"),
        };
        schema.insert(column(&table, &name, kind, required));
    }
    let constraints: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "SELECT k.conrelid::regclass::text, k.contype::text, \
         (SELECT string_agg(a.attname, ', ' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY AS c(number, n) \
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number), \
         (SELECT k.confrelid::regclass || '.' || string_agg(a.attname, ', ' ORDER BY n) \
          FROM unnest(k.confkey) WITH ORDINALITY AS c(number, n) \
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.number) \
         FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f') \
         AND k.conrelid <> '_sqlx_migrations'::regclass AND k.confdeltype IN ('a', ' ')",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, kind, columns, other) in constraints {
        schema.insert(match kind.as_str() {
            "p" => format!("primary key of {table}: {columns}"),
            "u" => format!("unique in {table}: {columns}"),
            _ => format!("foreign key of {table}: {columns} -> {}", other.unwrap()),
        });
    }
    let indexes: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, \
         (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid), \
         i.indisunique FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
         WHERE t.relnamespace = 'public'::regnamespace \
         AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, name, columns, is_unique) in indexes {
        let kind = if is_unique { "unique index" } else { "index" };
        schema.insert(format!("{kind} {name} of {table}: {columns}"));
    }
    schema
}
