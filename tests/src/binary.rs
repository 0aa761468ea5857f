//! Where the programs under test are.

use std::{env, path::PathBuf};

use anyhow::{Context as _, Result, bail};

/// The server: `RENKEI_SERVER_BIN`, else `renkei-server` beside this program.
pub fn server() -> Result<PathBuf> {
    find("RENKEI_SERVER_BIN", "renkei-server")
}

/// The command line client: `RENKEI_BIN`, else `renkei` beside this program.
pub fn cli() -> Result<PathBuf> {
    find("RENKEI_BIN", "renkei")
}

fn find(variable: &str, name: &str) -> Result<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Ok(path.into());
    }
    // Programs stand in target/PROFILE, test executables in target/PROFILE/deps.
    let here = env::current_exe().context("where this program is")?;
    for folder in here.ancestors().skip(1).take(2) {
        let path = folder.join(name);
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!(
        "{name} is not built beside {}: run `cargo build --workspace --bins`, or set {variable}",
        here.display()
    )
}
