//! `cargo xtask prove`: what the tests show in a few seconds, shown at length.

use std::env;

use anyhow::{Result, bail};

use crate::{
    install::{self, Need},
    interrupt,
    postgres::Cluster,
    steps, workspace,
};

/// Something that is proven.
struct Proof {
    /// Its name on the command line.
    name: &'static str,
    /// What it shows.
    what: &'static str,
    /// Shows it, and prints the figures.
    run: fn() -> Result<()>,
}

const PROOFS: [Proof; 3] = [
    Proof {
        name: "rule",
        what: "who may see what: a second reading and Cedar say the same about random cases",
        run: rule,
    },
    Proof {
        name: "streams",
        what: "access taken away under load: nothing is shown after it, and open streams say so at once",
        run: streams,
    },
    Proof {
        name: "ids",
        what: "foreign ids are answered like unknown ones, in every call that takes one",
        run: ids,
    },
];

/// Arguments of `cargo xtask prove`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to prove; all, if nothing is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Lists what there is and ends.
    #[arg(long)]
    list: bool,
}

/// Goes through the proofs, as far as they succeed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for proof in &PROOFS {
            println!("{:<12}{}", proof.name, proof.what);
        }
        return Ok(());
    }
    if let Some(name) = arguments.names.iter().find(|name| PROOFS.iter().all(|proof| proof.name != **name)) {
        let known = PROOFS.map(|proof| proof.name).join(", ");
        bail!("no proof {name:?}; there are: {known}");
    }
    for proof in &PROOFS {
        if arguments.names.is_empty() || arguments.names.iter().any(|name| name == proof.name) {
            println!("\n━━ {}: {}", proof.name, proof.what);
            (proof.run)()?;
        }
    }
    Ok(())
}

/// About a minute for the second reading and a few for Cedar, which needs a hundred times as long for a case:
/// it decides each of the two hundred questions that a case is asked for itself. Optimised, or it were hours.
fn rule() -> Result<()> {
    let arguments = ["test", "--release", "--locked", "--package", "renkei-oracle", "--test", "rule"];
    let mut test = workspace::cargo(&arguments);
    // One after the other: each has threads enough.
    test.args(["--", "--nocapture", "--test-threads=1"]);
    for (variable, cases) in [("RENKEI_ORACLE_CASES", "1000000"), ("RENKEI_CEDAR_CASES", "50000")] {
        if env::var_os(variable).is_none() {
            test.env(variable, cases);
        }
    }
    interrupt::succeed(&mut test)
}

/// About a quarter of an hour on two cores.
fn streams() -> Result<()> {
    end_to_end("withdrawal_trials", "RENKEI_TRIALS", "1000")
}

/// About a quarter of an hour on two cores.
fn ids() -> Result<()> {
    end_to_end("foreign_ids", "RENKEI_FOREIGN_IDS", "10000")
}

/// Runs the end-to-end tests of one file on both engines, as often as `variable` says or else `usual`.
fn end_to_end(file: &str, variable: &str, usual: &str) -> Result<()> {
    install::packages(&[Need::Postgres])?;
    steps::build()?;
    let postgres = Cluster::start()?;
    let mut test = workspace::cargo(&["test", "--locked", "--package", "renkei-tests", "--test", "e2e"]);
    // One after the other: they measure times.
    test.args([file, "--", "--nocapture", "--test-threads=1"]);
    if env::var_os(variable).is_none() {
        test.env(variable, usual);
    }
    test.env("RENKEI_TEST_POSTGRES_URL", postgres.url());
    interrupt::succeed(&mut test)
}
