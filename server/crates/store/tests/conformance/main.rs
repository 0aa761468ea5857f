//! What the store promises, proven on both engines: every case is expanded into `sqlite::case` and
//! `postgres::case`, each with a database of its own.

/// Expands cases, which take a new [`database::Database`], for both engines.
macro_rules! on_both_engines {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case($crate::database::Database::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case($crate::database::Database::postgres().await).await;
            })+
        }
    };
}

mod attachment;
mod audit;
mod care_team;
mod consent;
#[path = "../database.rs"]
mod database;
mod identity;
mod keyring;
mod patient;
mod request;
mod session;
mod timeline;
mod world;
