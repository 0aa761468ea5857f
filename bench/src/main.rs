//! How fast the real server is, and in the same run the limits that it is held to.
//!
//! Every part starts the server that is built beside this program (`RENKEI_SERVER_BIN`) on a throwaway
//! folder, talks to it as an integrator would, checks every answer, and measures beside it what the machine
//! gives at best. `cargo xtask bench` builds both and runs this.

mod client;
mod filler;
mod limits;
mod load;
mod machine;
mod parts;
mod report;
mod world;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use renkei_tests::wait;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    parts::{Context, Part},
    report::Report,
};

/// Measures the server beside its limits.
#[derive(Parser)]
#[command(name = "renkei-bench", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    hidden: Option<Hidden>,
    /// What to measure; everything, if nothing is named.
    #[arg(value_name = "PART")]
    parts: Vec<String>,
    /// In small, in less than a minute; fails if a ratio misses its bar by far.
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

#[derive(Subcommand)]
enum Hidden {
    /// Serves the calls that do nothing, until standard input ends.
    #[command(hide = true)]
    LimitServer(limits::server::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("renkei-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    machine::allow_connections()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match &arguments.hidden {
            Some(Hidden::LimitServer(server)) => {
                limits::server::run(server).await?;
                Ok(ExitCode::SUCCESS)
            }
            // What a part has started is stopped and removed when its future is dropped.
            None => tokio::select! {
                measured = measure(&arguments) => measured,
                () = interrupted() => {
                    wait::cancel();
                    bail!("interrupted")
                }
            },
        }
    })
}

async fn measure(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        for part in parts::PARTS {
            println!("{:<12}{}", part.name, part.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let context = Context { short: arguments.short };
    let mut report = Report::new()?;
    for part in choose(arguments)? {
        eprintln!("━━ {}: {}", part.name, part.what);
        report.add((part.run)(&context).await.map_err(|error| error.context(part.name))?);
    }
    print!("{}", report.table());
    if let Some(file) = &arguments.json {
        report.write_json(file)?;
    }
    if let Some(file) = &arguments.markdown {
        report.write_markdown(file)?;
    }
    let gross = report.gross();
    for line in &gross {
        eprintln!("renkei-bench: {line}: misses its bar by more than three times");
    }
    Ok(if arguments.short && !gross.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The parts that are asked for, in their own order.
fn choose(arguments: &Arguments) -> Result<Vec<&'static Part>> {
    let known = |name: &String| parts::PARTS.iter().any(|part| part.name == name);
    if let Some(name) = arguments.parts.iter().find(|name| !known(name)) {
        let names: Vec<&str> = parts::PARTS.iter().map(|part| part.name).collect();
        bail!("no part {name:?}; there are: {}", names.join(", "));
    }
    let wanted = |part: &&Part| match arguments.parts.is_empty() {
        true => part.short || !arguments.short,
        false => arguments.parts.iter().any(|name| name == part.name),
    };
    Ok(parts::PARTS.iter().filter(wanted).collect())
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
