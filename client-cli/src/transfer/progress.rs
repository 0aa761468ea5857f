//! How far files have come: a line for each on a terminal; elsewhere, for large files, a line now and then.

use std::{
    io::{self, IsTerminal as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{
    FormattedDuration, HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle,
};

use crate::{
    output::{
        line::{Line, Style},
        note, sanitize, width,
    },
    text::Texts,
};

/// The files that are under way. Everything is written to standard error.
#[derive(Clone)]
pub(crate) struct Progress {
    /// `None`: no terminal.
    lines: Option<MultiProgress>,
    /// What stands before the time that remains.
    left: String,
}

impl Progress {
    pub(crate) fn new(texts: &Texts) -> Self {
        let lines = io::stderr().is_terminal().then(MultiProgress::new);
        Self { lines, left: texts.get("progress-left") }
    }

    /// For a transfer that is told of elsewhere.
    pub(crate) fn hidden() -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        Self { lines: Some(lines), left: String::new() }
    }

    /// The line of a file of so many bytes; it goes when the bar is dropped.
    pub(crate) fn bar(&self, name: &str, size: u64) -> Bar {
        let name = sanitize::neutral(name);
        match &self.lines {
            Some(lines) => Bar::Drawn(lines.add(drawn(&name, size, &self.left))),
            None => Bar::Plain(Arc::new(Mutex::new(Plain::new(name, size, self.left.clone())))),
        }
    }

    /// Says something without writing into the lines.
    pub(crate) fn aside(&self, say: impl FnOnce()) {
        match &self.lines {
            Some(lines) => lines.suspend(say),
            None => say(),
        }
    }
}

/// One file.
#[derive(Clone)]
pub(crate) enum Bar {
    Drawn(ProgressBar),
    Plain(Arc<Mutex<Plain>>),
}

impl Bar {
    /// Notes where a transfer begins or goes on: what was there before counts for no rate.
    pub(crate) fn go_on(&self, at: u64) {
        match self {
            Self::Drawn(bar) => {
                bar.set_position(at);
                bar.reset_eta();
            }
            Self::Plain(plain) => {
                let mut plain = plain.lock().unwrap_or_else(PoisonError::into_inner);
                plain.go_on(at, Instant::now());
            }
        }
    }

    /// Notes how many bytes there are.
    pub(crate) fn set(&self, at: u64) {
        match self {
            Self::Drawn(bar) => bar.set_position(at),
            Self::Plain(plain) => {
                let mut plain = plain.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(line) = plain.line(at, Instant::now()) {
                    note(&Line::styled(Style::Faint, line));
                }
            }
        }
    }
}

fn drawn(name: &str, size: u64, left: &str) -> ProgressBar {
    let columns = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    // It draws nothing of its own before it stands among the others.
    let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::hidden());
    let template =
        format!("{{msg}} {{wide_bar}} {{bytes}}/{{total_bytes}} {{bytes_per_sec}} {left} {{eta_precise}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        // Blocks are as wide as kanji on some terminals.
        bar.set_style(style.progress_chars("=> "));
    }
    let room = name_room(columns);
    bar.set_message(width::pad(&width::truncate(name, room), room));
    bar
}

/// What is left for the name beside the figures, which take about 55 columns, and a little bar.
fn name_room(columns: usize) -> usize {
    columns.saturating_sub(62).clamp(8, 32)
}

/// A file without a terminal: a line after every tenth, or after ten seconds, if the file is large.
pub(crate) struct Plain {
    name: String,
    size: u64,
    left: String,
    begun: (u64, Instant),
    said: (u64, Instant),
}

impl Plain {
    fn new(name: String, size: u64, left: String) -> Self {
        let now = (0, Instant::now());
        Self { name, size, left, begun: now, said: now }
    }

    fn go_on(&mut self, at: u64, now: Instant) {
        (self.begun, self.said) = ((at, now), (at, now));
    }

    /// The line, when one is due.
    fn line(&mut self, at: u64, now: Instant) -> Option<String> {
        let further = at.saturating_sub(self.said.0) >= self.size.div_ceil(10);
        let longer = now.duration_since(self.said.1) >= Duration::from_secs(10);
        if self.size <= SMALL || !further && !longer {
            return None;
        }
        self.said = (at, now);
        let seconds = now.duration_since(self.begun.1).as_secs_f64().max(0.001);
        let rate = at.saturating_sub(self.begun.0) as f64 / seconds;
        let left = Duration::try_from_secs_f64(self.size.saturating_sub(at) as f64 / rate);
        let left = left.map(|left| FormattedDuration(Duration::from_secs(left.as_secs())).to_string());
        Some(format!(
            "{}: {} %  {}/{}  {}/s  {} {}",
            self.name,
            u128::from(at) * 100 / u128::from(self.size),
            HumanBytes(at),
            HumanBytes(self.size),
            HumanBytes(rate as u64),
            self.left,
            // Nothing moves.
            left.unwrap_or_else(|_| "?".to_owned())
        ))
    }
}

/// Files up to 16 MiB are there soon enough.
const SMALL: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_large_file_is_told_of_every_tenth_or_ten_seconds() {
        let size = 100 << 20;
        let mut plain = Plain::new("写真.jpg".into(), size, "left".into());
        let begin = Instant::now();
        plain.go_on(50 << 20, begin);
        let after = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(plain.line(59 << 20, after(9)), None);
        assert_eq!(
            plain.line(60 << 20, after(10)).unwrap(),
            "写真.jpg: 60 %  60.00 MiB/100.00 MiB  1.00 MiB/s  left 00:00:40"
        );
        assert_eq!(plain.line(61 << 20, after(11)), None);
        assert!(plain.line(61 << 20, after(20)).is_some(), "after ten seconds");
        assert!(plain.line(71 << 20, after(21)).is_some(), "after a tenth");
        assert!(plain.line(71 << 20, after(21) + Duration::from_hours(1)).is_some(), "nothing moves");

        let mut small = Plain::new("x".into(), SMALL, "left".into());
        assert_eq!(small.line(SMALL, after(3600)), None);
    }

    #[test]
    fn a_name_leaves_room_for_the_figures() {
        assert_eq!((name_room(80), name_room(40), name_room(200)), (18, 8, 32));
    }
}
