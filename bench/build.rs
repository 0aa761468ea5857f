//! Compiles `proto/bench.proto` as `renkei-proto` does its own.

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("proto");
    println!("cargo:rerun-if-changed=proto");
    let set = protox::compile(["bench.proto"], [&root])?;
    tonic_prost_build::configure().bytes(".renkei.bench").compile_fds(set)?;
    Ok(())
}
