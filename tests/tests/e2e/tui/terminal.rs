//! A terminal with a program in it, as a person has it: keys go in, and the screen is what comes out.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    num::NonZeroU16,
    os::fd::OwnedFd,
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use pty_process::{Size, blocking};
use renkei_tests::{process, wait};
use rustix::process::Signal;

/// Columns and rows.
const SIZE: (NonZeroU16, NonZeroU16) = (NonZeroU16::new(100).unwrap(), NonZeroU16::new(30).unwrap());

/// A terminal, until it is dropped: then its program is killed.
pub(super) struct Terminal {
    child: Child,
    keys: File,
    seen: Arc<Mutex<Seen>>,
    reader: Option<JoinHandle<()>>,
}

struct Seen {
    parser: vt100::Parser,
    /// Everything that came, as it came.
    bytes: Vec<u8>,
}

impl Terminal {
    /// Starts the program in a terminal of its own.
    pub(super) fn start(command: Command) -> Result<Self> {
        let (columns, rows) = SIZE;
        let (pty, pts) = blocking::open()?;
        pty.resize(Size::new(rows.get(), columns.get()))?;
        let mut command = command;
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("DISPLAY");
        let child = blocking::Command::from(command).spawn(pts)?;
        let keys = File::from(OwnedFd::from(pty));
        let mut screen = keys.try_clone()?;
        let parser = vt100::Parser::new(rows, columns, 0);
        let seen = Arc::new(Mutex::new(Seen { parser, bytes: Vec::new() }));
        let shared = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of the program is an error of the terminal.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                let mut seen = shared.lock().unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(&buffer[..length]);
                seen.bytes.extend_from_slice(&buffer[..length]);
            }
        });
        Ok(Self { child, keys, seen, reader: Some(reader) })
    }

    /// Types.
    pub(super) fn type_keys(&mut self, keys: &str) -> Result<()> {
        self.keys.write_all(keys.as_bytes()).context("typing")
    }

    /// What is on the screen.
    pub(super) fn screen(&self) -> String {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).parser.screen().contents()
    }

    /// Everything that was ever sent to the terminal.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).bytes.clone()
    }

    /// Whether the screen that is gone after the end is shown.
    pub(super) fn is_alternate(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).parser.screen().alternate_screen()
    }

    /// Waits until the screen fits, and returns how long that took.
    pub(super) fn wait_for(&self, what: &str, fits: impl Fn(&str) -> bool) -> Result<Duration> {
        let begun = Instant::now();
        let waited = wait::until(what, || {
            let screen = self.screen();
            Ok(fits(&screen).then(|| begun.elapsed()))
        });
        waited.with_context(|| format!("on the screen:\n{}", self.screen()))
    }

    /// Waits for a text.
    pub(super) fn expect(&self, text: &str) -> Result<()> {
        self.wait_for(&format!("{text:?} on the screen"), |screen| screen.contains(text)).map(drop)
    }

    /// Sends the program a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        process::signal(&self.child, signal)
    }

    /// Waits for the program's end, and for all that it has written.
    pub(super) fn end(&mut self) -> Result<ExitStatus> {
        let child = &mut self.child;
        let ended = wait::until("the end of the program", || Ok(child.try_wait()?));
        let Ok(status) = ended else { bail!("it goes on:\n{}", self.screen()) };
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        Ok(status)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
