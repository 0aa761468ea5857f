//! `cargo xtask test`: runs every step, whatever happened to the others, and says how each ended.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use renkei_tests::{server::private_folder, wait};

use crate::{
    install::{self, Need},
    steps::{self, Outcome, STEPS, Step},
};

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only this step; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Lists the steps and ends.
    #[arg(long)]
    list: bool,
}

/// Runs the steps; fails if one of them does.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        for step in &STEPS {
            println!("{:<12}{}", step.name, step.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&arguments.only)?;
    let mut needs: Vec<Need> = Vec::new();
    for need in chosen.iter().flat_map(|step| step.needs) {
        if !needs.contains(need) {
            needs.push(*need);
        }
    }
    install::packages(&needs)?;

    // Whatever a step that is killed leaves in the temporary folder goes with this one.
    let folder = private_folder("renkei-test-")?;
    let mut results = Vec::new();
    for step in chosen {
        println!("\n━━ {}: {}", step.name, step.what);
        let start = Instant::now();
        let outcome = (step.run)(&steps::Context { temporary: folder.path() });
        if let Err(error) = &outcome {
            eprintln!("{}: {error:#}", step.name);
        }
        results.push((step.name, outcome, start.elapsed()));
        if wait::is_cancelled() {
            bail!("interrupted");
        }
    }
    Ok(summary(&results))
}

fn choose(names: &[String]) -> Result<Vec<&'static Step>> {
    if names.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    for name in names {
        if !STEPS.iter().any(|step| step.name == name) {
            let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            bail!("no step {name:?}; there are: {}", known.join(", "));
        }
    }
    Ok(STEPS.iter().filter(|step| names.iter().any(|name| name == step.name)).collect())
}

fn summary(results: &[(&str, Result<Outcome>, Duration)]) -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!();
    for (name, outcome, time) in results {
        let said = match outcome {
            Ok(Outcome::Passed) => {
                passed += 1;
                "passed".to_owned()
            }
            Ok(Outcome::Skipped(why)) => {
                skipped += 1;
                format!("SKIPPED: {why}")
            }
            Err(error) => {
                failed += 1;
                format!("FAILED: {error}")
            }
        };
        println!("{name:<12}{:>7.1} s  {said}", time.as_secs_f64());
    }
    let total: f64 = results.iter().map(|(.., time)| time.as_secs_f64()).sum();
    println!("{:<12}{total:>7.1} s", "all");
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    println!("\nsteps: {passed} passed, {failed} failed{skipped}");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
