//! Keys under a running server: rotation, destruction, and a root key that is not the right one.

mod fill;
mod patients;
mod places;
mod root;
mod shred;

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{
    process::{self, Finished},
    server::Server,
};
use serde_json::Value;

/// Runs `renkei-server keys …` beside the server, with `input` on standard input, however it ends.
async fn try_keys(server: &Server, args: &[&str], input: &str) -> Result<Finished> {
    let mut command = server.beside(&[&["keys"], args].concat())?;
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || process::run(&mut command, input.as_bytes())).await?
}

/// The same, which must succeed: what it printed.
async fn keys(server: &Server, args: &[&str]) -> Result<String> {
    let done = try_keys(server, args, "").await?;
    ensure!(done.status.success(), "keys {args:?}: {}", done.stderr);
    Ok(String::from_utf8(done.stdout)?)
}

/// The same, which must fail: what it told.
async fn keys_refused(server: &Server, args: &[&str], input: &str) -> Result<String> {
    let done = try_keys(server, args, input).await?;
    ensure!(done.status.code() == Some(1), "keys {args:?}: {}: {}", done.status, done.stderr);
    ensure!(done.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&done.stdout));
    Ok(done.stderr)
}

/// `keys status`, as a document.
async fn status(server: &Server) -> Result<Value> {
    let text = keys(server, &["status", "--output", "json"]).await?;
    serde_json::from_str(&text).with_context(|| format!("keys status printed {text:?}"))
}

/// A number of it.
fn number(status: &Value, pointer: &str) -> Result<i64> {
    status.pointer(pointer).and_then(Value::as_i64).with_context(|| format!("no {pointer} in {status}"))
}
