//! What the trials came to.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::side_doors::WOKEN;

/// How soon after the answer a stream must say that access has ended.
pub(super) const AT_ONCE: Duration = Duration::from_secs(1);

/// The sum of many trials.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) trials: usize,
    /// What must not be, each in words.
    pub(super) violations: Vec<String>,
    /// From the answer to the stream's last word, one a trial unless some access stays.
    pub(super) ends: Vec<Duration>,
    /// Entries that were read after the answer, though sent before: how long after.
    pub(super) on_the_way: Vec<Duration>,
    /// Entries that came while they were permitted.
    pub(super) entries: usize,
    /// Posts of the load.
    pub(super) posts: usize,
}

impl Figures {
    /// Takes the figures of another lane in.
    pub(super) fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.violations.extend(other.violations);
        self.ends.extend(other.ends);
        self.on_the_way.extend(other.on_the_way);
        self.entries += other.entries;
        self.posts += other.posts;
    }

    /// Prints the figures, and fails if one is not what it must be.
    pub(super) fn conclude(mut self, what: &str) -> Result<()> {
        let late = self.ends.iter().filter(|end| **end > AT_ONCE).count();
        let longest = |times: &[Duration]| shown(times.iter().max().copied().unwrap_or_default());
        let end = match median(&mut self.ends) {
            Some(median) => format!(
                "the end after the answer: median {}, at most {}, {late} later than {AT_ONCE:?}",
                shown(median),
                longest(&self.ends)
            ),
            None => "some access stays".to_owned(),
        };
        println!(
            "{what}: {} trials, {} violations; {end}; {} entries came of {} posts, {} of them on the way at the \
             answer (at most {})",
            self.trials,
            self.violations.len(),
            self.entries,
            self.posts,
            self.on_the_way.len(),
            longest(&self.on_the_way),
        );
        for violation in self.violations.iter().take(20) {
            println!("  {violation}");
        }
        ensure!(self.violations.is_empty(), "{what}: {} violations", self.violations.len());
        let end = median(&mut self.ends).unwrap_or_default();
        ensure!(end <= AT_ONCE, "{what}: half of the streams ended later than {AT_ONCE:?} after the answer");
        let asleep = self.ends.iter().filter(|end| **end > WOKEN).count();
        ensure!(asleep == 0, "{what}: {asleep} streams ended later than {WOKEN:?} after the answer");
        ensure!(self.trials > 0 && self.entries >= self.trials, "{what}: there was nothing to see");
        Ok(())
    }
}

fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
