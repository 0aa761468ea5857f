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

mod attachment;
mod audit;
mod beside;
mod care_team;
mod consent;
mod database;
mod epoch;
mod identity;
mod keyring;
mod opening;
mod pages;
mod patient;
mod postgres;
mod request;
mod schema;
mod session;
mod sqlite;
mod timeline;
mod world;
mod writing;

/// Two that wait for each other should fail the test, not hold it up.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(60), work).await.expect("it takes too long")
}
