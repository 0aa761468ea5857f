//! What the figures were measured on, and what processes spend.

use std::{fs, process::Command, thread, time::Duration};

use anyhow::{Context as _, Result};
use renkei_tests::process;
use rustix::{
    param::clock_ticks_per_second,
    process::{Resource, getrlimit, setrlimit},
};
use serde::Serialize;

/// The machine, the software and the day.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// Cores, which server and client share.
    pub(crate) cores: usize,
    /// As the processor calls itself.
    pub(crate) processor: String,
    /// Of Linux.
    pub(crate) kernel: String,
    /// The SQLite that both the server and the limit have built in.
    pub(crate) sqlite: String,
    /// Commit of the working tree; `-dirty` behind it if there are changes.
    pub(crate) commit: String,
    /// Year, month and day in UTC.
    pub(crate) date: String,
}

impl Machine {
    /// This one, now.
    ///
    /// # Errors
    /// If the system does not say what it is.
    pub(crate) fn look() -> Result<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let processor = processors.lines().find_map(|line| line.strip_prefix("model name"));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        Ok(Self {
            cores: thread::available_parallelism()?.get(),
            processor: processor.unwrap_or("unknown").trim_start_matches([' ', '\t', ':']).to_owned(),
            kernel: kernel.trim().to_owned(),
            sqlite: rusqlite::version().to_owned(),
            commit: commit().unwrap_or_else(|_| "unknown".to_owned()),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        })
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let Self { cores, processor, kernel, sqlite, commit, date } = self;
        format!("{date}, commit {commit}, {cores} cores ({processor}), Linux {kernel}, SQLite {sqlite}")
    }
}

/// Not everybody measures in a clone.
fn commit() -> Result<String> {
    let mut git = Command::new("git");
    let git = process::run(git.args(["describe", "--always", "--dirty", "--abbrev=10"]), b"")?;
    anyhow::ensure!(git.status.success(), "git: {}", git.stderr);
    Ok(String::from_utf8(git.stdout)?.trim().to_owned())
}

/// The time on a processor that a process has spent since it began, all its threads together. The kernel
/// counts it in hundredths of a second.
///
/// # Errors
/// If there is no such process.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in brackets, which may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let spent = fields.split_whitespace().skip(11).take(2);
    let ticks = spent.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
}

/// Lets this process and what it starts hold as many connections as the system allows.
///
/// # Errors
/// If the system refuses.
pub(crate) fn allow_connections() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).context("raising the number of open files")
}
