//! The real command line client, as one person's profile.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    binary,
    process::{self, Finished},
};

/// One profile of the client.
#[derive(Clone, Debug)]
pub struct Cli {
    home: PathBuf,
    profile: String,
    lang: &'static str,
}

impl Cli {
    /// The profile `profile` in the folder `home` (`RENKEI_HOME`), speaking `lang` (`ja` or `en`).
    pub fn new(home: &Path, profile: &str, lang: &'static str) -> Self {
        Self { home: home.to_owned(), profile: profile.to_owned(), lang }
    }

    /// `renkei --profile PROFILE ARGS`, ready to start.
    ///
    /// # Errors
    /// If the client is not built.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = process::command(&binary::cli()?);
        command.env("RENKEI_HOME", &self.home).env("RENKEI_LANG", self.lang);
        command.args(["--profile", &self.profile]).args(args);
        Ok(command)
    }

    /// Runs a command with `input` on standard input, however it ends.
    ///
    /// # Errors
    /// If it can not be run.
    pub fn run(&self, args: &[&str], input: &str) -> Result<Finished> {
        process::run(&mut self.command(args)?, input.as_bytes())
    }

    /// Runs a command that must succeed, and returns what it prints for a person.
    ///
    /// # Errors
    /// If it fails.
    pub fn text(&self, args: &[&str], input: &str) -> Result<String> {
        let done = self.run(args, input)?;
        ensure!(done.status.success(), "{}: {}: {}", self.shown(args), done.status, done.stderr);
        String::from_utf8(done.stdout).with_context(|| format!("{} printed no text", self.shown(args)))
    }

    /// Runs a command that must succeed with `--output json`, and returns the document.
    ///
    /// # Errors
    /// If it fails, or prints something else.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let args = [&["--output", "json"], args].concat();
        let text = self.text(&args, "")?;
        serde_json::from_str(&text).with_context(|| format!("{} printed {text:?}", self.shown(&args)))
    }

    /// The command as a person would type it, with `RENKEI_HOME` set.
    pub fn shown(&self, args: &[&str]) -> String {
        let words = ["renkei", "--profile", &self.profile].into_iter().chain(args.iter().copied());
        words.map(|word| process::quote(word.as_ref())).collect::<Vec<_>>().join(" ")
    }
}
