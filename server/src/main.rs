//! `renkei-server`: reads the command line and the configuration, then does what it was told.
//!
//! Everything else is in the modules: `app` has the use cases, `grpc` translates, `authn` knows the caller,
//! `live` the watchers; the rest is the frame that they stand in, from the socket to the services.

mod admission;
mod app;
mod audit;
mod authn;
mod ca;
mod certs;
mod cli;
mod config;
#[cfg(test)]
mod decisions;
mod doctor;
mod files;
mod grpc;
mod init;
mod installation;
mod keys;
mod layers;
mod live;
mod preview;
mod process;
mod run;
mod serve;
mod telemetry;
mod tls;

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use renkei_store::Store;

use crate::cli::{Cli, Command, ConfigCommand, InitArgs, Output};
use crate::config::{Flags, Format, Level, Loaded, Problems};
use crate::installation::Places;

/// Every call allocates on one thread and frees on another, which the allocator of the C library is slow at. It does
/// without huge pages: they make resident, for every thread, many times what it allocates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match process::protect_secrets().and_then(|()| execute(&cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("renkei-server: {error:#}");
            ExitCode::from(if error.is::<Problems>() { 2 } else { 1 })
        }
    }
}

fn execute(cli: &Cli) -> anyhow::Result<ExitCode> {
    let load = |flags: Flags| load(cli.config.as_deref(), &flags);
    match &cli.command {
        Command::Init(args) => {
            let config = load(args.into())?.config;
            telemetry::start(Level::Warn, Format::Text);
            block_on(init::init(&config, &args.admin_login_name, &args.admin_name))
                .and_then(|enrollment| print_enrollment(args, &config, &enrollment))?;
        }
        Command::Run(args) => block_on(run::run(load(args.into())?.config))?,
        Command::Config(ConfigCommand::Sample) => print(config::SAMPLE)?,
        Command::Config(ConfigCommand::Check(args)) => print(&load(args.into())?.show())?,
        Command::Doctor(args) => {
            let config = load((&args.place).into())?.config;
            telemetry::start(Level::Error, Format::Text);
            let report = block_on(async {
                let deep = args.deep.then(|| args.operator.name());
                Ok(doctor::examine(&config, deep).await)
            })?;
            print(&report.to_string())?;
            return Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Keys(command) => {
            let config = load(command.place().into())?.config;
            telemetry::start(Level::Error, Format::Text);
            print(&block_on(keys::run(&config, command))?)?;
        }
        Command::Migrate(args) => {
            let places = Places::new(&load(args.into())?.config);
            telemetry::start(Level::Warn, Format::Text);
            let applied = block_on(async { Ok(Store::migrate(&places.database).await?) })?;
            if applied.is_empty() {
                eprintln!("The database has all migrations.");
            }
            print(&applied.iter().map(|name| format!("applied {name}\n")).collect::<String>())?;
        }
        Command::Audit(command) => {
            let config = load(command.place().into())?.config;
            telemetry::start(Level::Error, Format::Text);
            let (told, is_good) = block_on(audit::run(&config, command))?;
            print(&told)?;
            return Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Ca(command) => {
            let flags = command.place().map_or_else(Flags::default, Flags::from);
            let (told, is_good) = ca::run(&load(flags)?.config, command)?;
            print(&told)?;
            return Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Preview => preview::child()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn load(file: Option<&Path>, flags: &Flags) -> Result<Loaded, Problems> {
    config::load(file, std::env::vars_os(), flags)
}

/// Runs to the end, and does not wait for what was left running.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// Data goes to stdout, explanation to stderr, so that the code can be handed on by a pipe.
fn print_enrollment(
    args: &InitArgs,
    config: &config::Config,
    enrollment: &app::identity::FirstEnrollment,
) -> anyhow::Result<()> {
    if args.output == Output::Json {
        return print(&format!(
            "{}\n",
            serde_json::json!({
                "login_name": args.admin_login_name,
                "enrollment_code": enrollment.code,
                "expires": enrollment.expires_at.to_string(),
            })
        ));
    }
    eprintln!(
        "The installation is in {}. Keep a copy of root.key in a safe place apart from the backups:\n\
         without it nobody can read the data again. Move ca.key off this machine, to a safe place as well:\n\
         the server does not need it, only `renkei-server ca issue` does, within two years.\n\n\
         Enrol the device of the administrator \"{}\" with this code. It works once, until {}:\n\
         whoever has it becomes the administrator.",
        config.data_dir.display(),
        args.admin_login_name,
        enrollment.expires_at
    );
    print(&format!("{}\n", enrollment.code))
}

/// Writes to stdout; a reader that has enough is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("stdout"),
    }
}
