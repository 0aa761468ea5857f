//! How long answers take, roughly: an answer that is refused sooner tells as much as another text would.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, ensure};

/// Fewer times than this say nothing about one question.
const ENOUGH: usize = 30;
/// More than this is no noise: over all questions, and for one question.
const MOST: f64 = 2.0;
const MOST_OF_ONE: f64 = 3.0;

/// Times by question.
#[derive(Default)]
pub(super) struct Times {
    of: BTreeMap<String, Both>,
}

#[derive(Clone, Default)]
struct Both {
    foreign: Vec<Duration>,
    unknown: Vec<Duration>,
}

impl Both {
    fn extend(&mut self, other: &Self) {
        self.foreign.extend(&other.foreign);
        self.unknown.extend(&other.unknown);
    }

    fn medians(&self) -> (Duration, Duration) {
        (median(self.foreign.clone()), median(self.unknown.clone()))
    }

    /// How many times longer the slower of both takes.
    fn ratio(&self) -> f64 {
        let (foreign, unknown) = self.medians();
        let ratio = foreign.as_secs_f64() / unknown.as_secs_f64();
        ratio.max(1.0 / ratio)
    }
}

impl Times {
    pub(super) fn note(&mut self, question: String, foreign: Duration, unknown: Duration) {
        let both = self.of.entry(question).or_default();
        both.foreign.push(foreign);
        both.unknown.push(unknown);
    }

    /// Takes in the times of somebody else.
    pub(super) fn add(&mut self, other: Self) {
        for (question, both) in other.of {
            self.of.entry(question).or_default().extend(&both);
        }
    }

    /// Prints the medians, and fails at a gross difference.
    pub(super) fn conclude(&self) -> Result<()> {
        let mut all = Both::default();
        for both in self.of.values() {
            all.extend(both);
        }
        let (foreign, unknown) = all.medians();
        println!("median of all answers: {foreign:?} to foreign ids, {unknown:?} to unknown ones");
        let mut known: Vec<(&String, &Both)> =
            self.of.iter().filter(|(_, both)| both.foreign.len() >= ENOUGH).collect();
        known.sort_by(|(_, one), (_, other)| other.ratio().total_cmp(&one.ratio()));
        for (question, both) in known.iter().take(5) {
            let ((foreign, unknown), times) = (both.medians(), both.foreign.len());
            println!("  {question}: {foreign:?} and {unknown:?}, {times} times each, {:.2}", both.ratio());
        }
        ensure!(all.ratio() < MOST, "answers to foreign and unknown ids differ {:.2} times", all.ratio());
        if let Some((question, both)) = known.first() {
            ensure!(both.ratio() < MOST_OF_ONE, "{question} tells by its time: {:.2}", both.ratio());
        }
        Ok(())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
