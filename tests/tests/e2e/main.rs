//! End to end: a real server process over real TLS, the real client, on both database engines.
//!
//! One program for all of it, so that it is linked once. A test is an `async fn` that takes the engine,
//! named in [`on_both_engines`] of its file. [`grpc`] is a client of its own, so that what the command line
//! client never sends is tried too.

mod access;
mod accesses;
mod account;
mod administrators;
mod audit_log;
mod authority;
mod break_glass;
mod brought;
mod calls;
mod canary;
mod care_team;
mod certificates;
mod circle;
mod consent;
mod crash;
mod day;
mod disk;
mod foreign_ids;
mod forms;
mod grpc;
mod guessing;
mod hostile_text;
mod idempotency;
mod keys;
mod maintenance;
mod not_found;
mod organization_policy;
mod outbox;
mod overview;
mod page_token;
mod paging;
mod printing;
mod provisions;
mod record;
mod refusal;
mod region;
mod rights;
mod s3;
mod search;
mod services;
mod session;
mod shutdown;
mod side_doors;
mod standing;
mod summary;
mod templates;
mod totp;
mod tui;
mod upload;
mod uploads;
mod usage;
mod withdrawal_trials;
mod written;

/// Makes tests of functions that take an [`renkei_tests::database::Engine`]: one for each engine. A missing
/// PostgreSQL fails its half; nothing is skipped.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() -> anyhow::Result<()> {
                crate::block_on(super::$test(renkei_tests::database::Engine::Sqlite))
            })+
        }
        mod postgres {
            $(#[test] fn $test() -> anyhow::Result<()> {
                crate::block_on(super::$test(renkei_tests::database::Engine::Postgres))
            })+
        }
    };
}
pub(crate) use on_both_engines;

fn block_on(test: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(test)
}
