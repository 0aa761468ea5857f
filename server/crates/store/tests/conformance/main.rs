//! What the store promises, proven on both engines: every case is expanded into `sqlite::case` and
//! `postgres::case`, each with a database of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Expands cases, which take a new [`database::Database`], for both engines.
macro_rules! on_both_engines {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::in_time(super::$case($crate::database::Database::sqlite().await)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::in_time(super::$case($crate::database::Database::postgres().await)).await;
            })+
        }
    };
}

mod accesses;
mod account;
mod administration;
mod attachment;
mod audit;
mod audit_log;
mod beside;
mod break_glass;
mod care_team;
mod consent;
mod custodian;
mod database;
mod device;
mod epoch;
mod event;
mod fixtures;
mod foundation;
mod identity;
mod kept_file;
mod keyring;
mod login_attempt;
mod maintenance;
mod marked;
mod migration;
mod numbers;
mod offboarding;
mod opening;
mod pages;
mod participant;
mod patient;
mod person;
mod post;
mod postgres;
mod request;
mod root_key;
mod rotation;
mod schema;
mod session;
mod shred;
mod sight;
mod sqlite;
mod staff;
mod standing;
mod template;
mod timeline;
mod totp;
mod upload;
mod world;
mod writing;

/// Two that wait for each other should fail the test, not hold it up.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(60), work).await.expect("it takes too long")
}
