//! Ctrl-C and SIGTERM: what runs is ended, what waits stops waiting, and everything is cleaned up on the
//! ordinary way out, by `Drop`.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{process, wait};
use rustix::process::{Pid, Signal, kill_process_group};

/// The process group of the step that runs.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// Begins to listen for the signals.
pub(crate) fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        let signal = if wait::is_cancelled() { Signal::KILL } else { Signal::TERM };
        wait::cancel();
        if let Some(group) = *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) {
            // It may have ended in this moment.
            let _ = kill_process_group(group, signal);
        }
    })
    .context("listening for Ctrl-C")
}

/// Runs a command to its end. It gets a process group of its own, so that everything it started ends with
/// it when the task is interrupted; a second Ctrl-C kills what does not listen.
pub(crate) fn run(command: &mut Command) -> Result<ExitStatus> {
    let shown = process::show(command);
    ensure!(!wait::is_cancelled(), "interrupted before {shown}");
    println!("$ {shown}");
    command.stdin(Stdio::null()).process_group(0);
    let mut child = command.spawn().with_context(|| format!("starting {shown}"))?;
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(Pid::from_child(&child));
    let status = child.wait();
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    ensure!(!wait::is_cancelled(), "interrupted: {shown}");
    status.with_context(|| format!("waiting for {shown}"))
}

/// Runs a command that must succeed.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = run(command)?;
    ensure!(status.success(), "{}: {status}", process::show(command));
    Ok(())
}

/// Waits for Ctrl-C.
pub(crate) fn wait_for() {
    while !wait::is_cancelled() {
        thread::sleep(Duration::from_millis(100));
    }
}
