//! How far a rotation is: a bar on a terminal, else a line now and then.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::app::keys::Progress;

/// Lines for the whole way, about.
const LINES: u64 = 20;

pub(crate) struct Shown {
    bar: Option<ProgressBar>,
    what: String,
    total: u64,
    done: u64,
    told: u64,
}

impl Shown {
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
        Self { bar, what: String::new(), total: 0, done: 0, told: 0 }
    }
}

impl Progress for Shown {
    fn begin(&mut self, what: &str, total: u64) {
        (self.what, self.total, self.done, self.told) = (what.to_owned(), total, 0, 0);
        if let Some(bar) = &self.bar {
            let style =
                ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} {msg}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(what.to_owned());
            bar.set_length(total);
            bar.set_position(0);
        }
    }

    fn advance(&mut self, steps: u64) {
        self.done += steps;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
            return;
        }
        let step = (self.total / LINES).max(1);
        if self.done / step > self.told / step {
            self.told = self.done;
            eprintln!("{} of {} {}", self.done, self.total, self.what);
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
