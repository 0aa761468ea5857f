//! Asking whoever sits at the console. Where stdin is no terminal, its lines are the answers.

use std::io::{BufRead as _, IsTerminal as _, Read as _, StdinLock, Write as _};

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

use crate::app::keys::Approval;

/// Longest answer, in bytes: a password of 256 characters, and more.
const MAX_LINE: u64 = 4096;

pub(super) struct Console {
    stdin: StdinLock<'static>,
    is_terminal: bool,
}

impl Console {
    pub(super) fn new() -> Self {
        let stdin = std::io::stdin();
        Self { is_terminal: stdin.is_terminal(), stdin: stdin.lock() }
    }

    /// Login name and password of `who`. The password is not shown.
    pub(super) fn approval(&mut self, who: &str) -> anyhow::Result<Approval> {
        let login_name = self.line(&format!("{who}, login name"))?.to_string();
        let password = if self.is_terminal {
            let asked = rpassword::prompt_password(format!("{who}, password: "));
            asked.map(Zeroizing::new).context("the password could not be read")?
        } else {
            self.read()?
        };
        Ok(Approval { login_name, password })
    }

    /// A line.
    pub(super) fn line(&mut self, what: &str) -> anyhow::Result<String> {
        if self.is_terminal {
            eprint!("{what}: ");
            std::io::stderr().flush().context("stderr")?;
        }
        Ok(self.read()?.trim().to_owned())
    }

    /// A line, in a buffer that never grows: growing would leave copies behind that nobody wipes.
    fn read(&mut self) -> anyhow::Result<Zeroizing<String>> {
        let mut line = Zeroizing::new(String::with_capacity(MAX_LINE as usize));
        let read = (&mut self.stdin).take(MAX_LINE).read_line(&mut line).context("stdin")?;
        if read == 0 {
            bail!("stdin ended before everything was answered; nothing was destroyed");
        }
        let end = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(end);
        Ok(line)
    }
}
