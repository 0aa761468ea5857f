//! `cargo xtask bench`: how fast the server is, beside the limits that it is held to.
//!
//! The measuring is done by `renkei-bench`; this builds it and the server optimised, and brings a PostgreSQL
//! where one is measured.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::Result;

use crate::{
    install::{self, Need},
    interrupt,
    postgres::Cluster,
    workspace,
};

/// The part that measures on PostgreSQL.
const POSTGRES: &str = "postgres";

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// What to measure; everything, if nothing is named.
    #[arg(value_name = "PART")]
    parts: Vec<String>,
    /// Measures in small, in about a minute; fails if a ratio misses its bar by more than three times.
    #[arg(long)]
    short: bool,
    /// Writes everything that was measured into this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Renews the tables of the measured parts in this file.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Lists the parts and ends.
    #[arg(long)]
    list: bool,
}

/// Measures; fails as `renkei-bench` does.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let packages = ["--package", "renkei-server", "--package", "renkei-bench"];
    interrupt::succeed(workspace::cargo(&["build", "--locked", "--profile", "quick"]).args(packages))?;
    let programs = workspace::target().join("quick");
    let mut bench = Command::new(programs.join("renkei-bench"));
    bench.env("RENKEI_SERVER_BIN", programs.join("renkei-server")).args(&arguments.parts);
    for (flag, given) in [("--short", arguments.short), ("--list", arguments.list)] {
        if given {
            bench.arg(flag);
        }
    }
    for (flag, file) in [("--json", &arguments.json), ("--markdown", &arguments.markdown)] {
        if let Some(file) = file {
            bench.arg(flag).arg(file);
        }
    }
    // Until the measuring has ended.
    let mut cluster = None;
    if arguments.need_postgres() {
        install::packages(&[Need::Postgres])?;
        bench.env("RENKEI_TEST_POSTGRES_URL", cluster.insert(Cluster::start()?).url());
    }
    let status = interrupt::run(&mut bench)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Arguments {
    /// The short form of everything that has one.
    pub(crate) fn short() -> Self {
        Self { short: true, ..Self::default() }
    }

    fn need_postgres(&self) -> bool {
        match self.parts.is_empty() {
            true => !self.short && !self.list,
            false => !self.list && self.parts.iter().any(|part| part == POSTGRES),
        }
    }
}
