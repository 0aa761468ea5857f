//! An open `renkei watch`: [`Watch`] for checks, [`Screen`] to be shown.

use std::{
    process::{Child, Stdio},
    sync::mpsc::{Receiver, TryRecvError},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{cli::Cli, process, wait};

/// `renkei watch --output jsonl`, running until this value is dropped.
pub struct Watch {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
    seen: Vec<Value>,
    /// Up to where `expect` has looked.
    next: usize,
}

impl Watch {
    /// Begins to watch, and returns when the client is connected.
    ///
    /// # Errors
    /// If it ends instead.
    pub fn open(cli: &Cli, args: &[&str]) -> Result<Self> {
        let mut command = cli.command(&[&["--output", "jsonl", "watch"], args].concat())?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lines = process::lines(child.stdout.take().context("its standard output")?);
        let errors = process::lines(child.stderr.take().context("its standard error")?);
        let mut watch = Self { child, lines, errors, seen: Vec::new(), next: 0 };
        watch.expect("connected", |event| event["event"] == "connected")?;
        Ok(watch)
    }

    /// Waits for the next event that fits, passing over others.
    ///
    /// # Errors
    /// If none comes, or the client ends.
    pub fn expect(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        wait::until(&format!("watch: {what}"), || {
            let ended = self.collect()?;
            while let Some(event) = self.seen.get(self.next) {
                self.next += 1;
                if fits(event) {
                    return Ok(Some(event.clone()));
                }
            }
            if ended {
                let errors: Vec<String> = self.errors.iter().collect();
                bail!("watch ended before {what}: {}: {}", self.child.wait()?, errors.join("\n"));
            }
            Ok(None)
        })
    }

    /// Lets `expect` look from the first event on again.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Every event so far.
    ///
    /// # Errors
    /// If the client printed something that is not JSON.
    pub fn seen(&mut self) -> Result<&[Value]> {
        self.collect()?;
        Ok(&self.seen)
    }

    /// Takes in what has been printed; true at the end of it.
    fn collect(&mut self) -> Result<bool> {
        loop {
            match self.lines.try_recv() {
                Ok(line) => {
                    let event = serde_json::from_str(&line);
                    self.seen.push(event.with_context(|| format!("watch printed {line:?}"))?);
                }
                Err(TryRecvError::Empty) => return Ok(false),
                Err(TryRecvError::Disconnected) => return Ok(true),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `renkei watch` as a person sees it, running until this value is dropped.
pub struct Screen {
    child: Child,
    lines: Receiver<String>,
}

impl Screen {
    /// Begins to watch, and returns when the client says that it does.
    ///
    /// # Errors
    /// If it ends instead.
    pub fn open(cli: &Cli) -> Result<Self> {
        let mut command = cli.command(&["watch"])?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lines = process::lines(child.stdout.take().context("its standard output")?);
        let notes = process::lines(child.stderr.take().context("its standard error")?);
        let screen = Self { child, lines };
        wait::until("watch to begin", || match notes.try_recv() {
            Ok(_) => Ok(Some(())),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => bail!("watch ended"),
        })?;
        Ok(screen)
    }

    /// Prints what appears, up to a line that holds `text`.
    ///
    /// # Errors
    /// If it does not appear.
    pub fn show_until(&mut self, text: &str) -> Result<()> {
        wait::until(&format!("{text:?} on the screen"), || match self.lines.try_recv() {
            Ok(line) => {
                println!("    ┆ {line}");
                Ok(line.contains(text).then_some(()))
            }
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => bail!("watch ended"),
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
