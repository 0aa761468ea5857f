//! What developers and CI run: `cargo xtask test`, `cargo xtask prove`, `cargo xtask bench`,
//! `cargo xtask demo`, `cargo xtask postgres`.
//!
//! Everything works from a clean clone on a machine with nothing but Rust and a C compiler: what else is
//! needed is installed first, from the system's packages or into `target/tools`. Whatever is started is
//! stopped and removed at the end, also after a failure and after Ctrl-C.

mod bench;
mod demo;
mod install;
mod interrupt;
mod postgres;
mod prove;
mod steps;
mod suite;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Tasks of the Renkei project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs everything that must pass: format, lints, tests on both engines, docs, proto, policy.
    Test(suite::Arguments),
    /// Shows at length what the tests show in a few seconds.
    Prove(prove::Arguments),
    /// Measures the server beside the limits that it is held to.
    Bench(bench::Arguments),
    /// Plays a week in an invented region over the real server and the real client.
    Demo(demo::Arguments),
    /// Starts a throwaway PostgreSQL and prints its address, for running single tests beside it.
    Postgres,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    interrupt::install()?;
    match arguments.task {
        Task::Test(arguments) => suite::run(&arguments),
        Task::Prove(arguments) => prove::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Demo(arguments) => demo::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Postgres => postgres::run().map(|()| ExitCode::SUCCESS),
    }
}
