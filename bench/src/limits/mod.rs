//! What the server is held to, measured in the same run: bare SQLite, and calls that do nothing.

pub(crate) mod pgbench;
pub(crate) mod posts;
pub(crate) mod rpc;
pub(crate) mod sealing;
pub(crate) mod server;
pub(crate) mod sqlite;
pub(crate) mod timeline;
pub(crate) mod unread;

/// Package `renkei.bench`, generated from `proto/bench.proto`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub(crate) mod proto {
    tonic::include_proto!("renkei.bench");
}
