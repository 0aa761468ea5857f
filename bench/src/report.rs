//! What was measured: lines of figure, limit and ratio, as a table, as JSON and as Markdown.

mod markdown;
mod table;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::{load::Series, machine::Machine};

/// How far `--short` lets a ratio miss its bar.
const GROSS: f64 = 3.0;

/// One measured figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// Name of the part.
    pub(crate) part: &'static str,
    /// What was measured, and what the limit is.
    pub(crate) name: String,
    /// The median of the rounds.
    pub(crate) figure: f64,
    /// Of figure and limit.
    pub(crate) unit: &'static str,
    /// What the machine gives at best, measured in the same minute.
    pub(crate) limit: Option<f64>,
    /// `figure / limit`.
    pub(crate) ratio: Option<f64>,
    /// What the project holds itself to.
    pub(crate) bar: Option<Bar>,
    /// Half of the operations took at most so long, in milliseconds.
    pub(crate) p50: Option<f64>,
    /// All but one in a hundred.
    pub(crate) p99: Option<f64>,
    /// What the server spent on a processor for an operation, in microseconds.
    pub(crate) server_cpu: Option<f64>,
    /// What the clients spent.
    pub(crate) client_cpu: Option<f64>,
    /// The figure of each round.
    pub(crate) rounds: Vec<f64>,
}

/// What a line is held to.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Bar {
    /// What is compared.
    pub(crate) of: Of,
    /// In which direction.
    pub(crate) way: Way,
    /// The bar itself, of `bars.md`.
    pub(crate) bar: f64,
    /// What would be better still.
    pub(crate) goal: f64,
}

/// What a bar is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    /// The ratio to the limit.
    Ratio,
    /// The figure itself, in its unit.
    Figure,
}

/// Which values reach a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// Those not below it.
    AtLeast,
    /// Those not above it.
    AtMost,
}

/// How a line stands to its bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It reaches the goal.
    Goal,
    /// It reaches the bar.
    Bar,
    /// It reaches neither.
    Below,
}

impl Bar {
    /// The ratio is at least `bar`.
    pub(crate) fn at_least(bar: f64, goal: f64) -> Self {
        Self { of: Of::Ratio, way: Way::AtLeast, bar, goal }
    }

    /// The ratio is at most `bar`.
    pub(crate) fn at_most(bar: f64, goal: f64) -> Self {
        Self { of: Of::Ratio, way: Way::AtMost, bar, goal }
    }

    /// The figure itself is at most `bar`, in its unit.
    pub(crate) fn within(bar: f64, goal: f64) -> Self {
        Self { of: Of::Figure, way: Way::AtMost, bar, goal }
    }

    fn holds(&self, value: f64, bar: f64) -> bool {
        match self.way {
            Way::AtLeast => value >= bar,
            Way::AtMost => value <= bar,
        }
    }
}

impl Line {
    /// A figure without more, measured once.
    pub(crate) fn new(part: &'static str, name: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self {
            part,
            name: name.into(),
            figure,
            unit,
            limit: None,
            ratio: None,
            bar: None,
            p50: None,
            p99: None,
            server_cpu: None,
            client_cpu: None,
            rounds: vec![figure],
        }
    }

    /// Operations per second, with the latencies and what was spent.
    pub(crate) fn rate(
        part: &'static str,
        name: impl Into<String>,
        unit: &'static str,
        series: &Series,
    ) -> Self {
        Self { rounds: series.rates(), ..Self::new(part, name, series.rate(), unit) }.with_costs(series)
    }

    /// The latency within which this part of the operations was done, in milliseconds, with what was spent.
    pub(crate) fn latency(
        part: &'static str,
        name: impl Into<String>,
        quantile: f64,
        series: &Series,
    ) -> Self {
        let line = Self::new(part, name, series.quantile(quantile), "ms");
        Self { rounds: series.quantiles(quantile), ..line }.with_costs(series)
    }

    /// Beside the limit.
    pub(crate) fn of(self, limit: f64) -> Self {
        Self { limit: Some(limit), ratio: Some(self.figure / limit), ..self }
    }

    /// Held to a bar.
    pub(crate) fn held_to(self, bar: Bar) -> Self {
        Self { bar: Some(bar), ..self }
    }

    fn with_costs(self, series: &Series) -> Self {
        Self {
            p50: Some(series.quantile(0.5)),
            p99: Some(series.quantile(0.99)),
            server_cpu: Some(series.server_cpu()),
            client_cpu: Some(series.client_cpu()),
            ..self
        }
    }

    /// How it stands to its bar. A ratio that was not measured is below.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let bar = self.bar?;
        let value = match bar.of {
            Of::Ratio => self.ratio.unwrap_or(f64::NAN),
            Of::Figure => self.figure,
        };
        Some(match () {
            () if bar.holds(value, bar.goal) => Verdict::Goal,
            () if bar.holds(value, bar.bar) => Verdict::Bar,
            () => Verdict::Below,
        })
    }

    /// Whether its ratio misses its bar by more than three times. Absolute figures never do: they say more
    /// about the machine than about the server.
    fn is_gross(&self) -> bool {
        let Some(bar) = self.bar.filter(|bar| bar.of == Of::Ratio) else { return false };
        let mercy = match bar.way {
            Way::AtLeast => bar.bar / GROSS,
            Way::AtMost => bar.bar * GROSS,
        };
        !bar.holds(self.ratio.unwrap_or(f64::NAN), mercy)
    }
}

/// Everything that was measured in one run.
#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    lines: Vec<Line>,
}

impl Report {
    /// Nothing yet.
    ///
    /// # Errors
    /// If the system does not say what it is.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { machine: Machine::look()?, lines: Vec::new() })
    }

    /// The lines of a part.
    pub(crate) fn add(&mut self, lines: Vec<Line>) {
        self.lines.extend(lines);
    }

    /// The names of the lines whose ratio misses its bar by more than three times.
    pub(crate) fn gross(&self) -> Vec<String> {
        let gross = self.lines.iter().filter(|line| line.is_gross());
        gross.map(|line| format!("{}, {}", line.part, line.name)).collect()
    }

    /// For the terminal.
    pub(crate) fn table(&self) -> String {
        format!("{}\n{}", self.machine.line(), table::of(&self.lines))
    }

    /// Writes everything as JSON.
    ///
    /// # Errors
    /// If the file can not be written.
    pub(crate) fn write_json(&self, file: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self)?;
        fs::write(file, json + "\n").with_context(|| format!("{}", file.display()))
    }

    /// Renews the tables of the measured parts: for each what stands between `<!-- bench PART -->` and
    /// `<!-- /bench PART -->`, or else a new one at the end. A missing file is made.
    ///
    /// # Errors
    /// If the file can not be read or written, or an end is missing.
    pub(crate) fn write_markdown(&self, file: &Path) -> Result<()> {
        let mut text = match file.exists() {
            true => fs::read_to_string(file).with_context(|| format!("{}", file.display()))?,
            false => String::new(),
        };
        for lines in self.lines.chunk_by(|a, b| a.part == b.part) {
            let section = markdown::section(&self.machine, lines);
            text = markdown::renew(&text, lines[0].part, &section)?;
        }
        fs::write(file, text).with_context(|| format!("{}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bar: Bar, ratio: f64) -> Line {
        Line::new("post", "64 clients", ratio * 1000.0, "posts/s").of(1000.0).held_to(bar)
    }

    #[test]
    fn a_line_stands_to_its_bar() {
        let at_least = Bar::at_least(0.2, 0.35);
        let at_most = Bar::at_most(4.0, 2.0);
        for (bar, ratio, verdict, gross) in [
            (at_least, 0.35, Verdict::Goal, false),
            (at_least, 0.2, Verdict::Bar, false),
            (at_least, 0.07, Verdict::Below, false),
            (at_least, 0.06, Verdict::Below, true),
            (at_most, 2.0, Verdict::Goal, false),
            (at_most, 4.0, Verdict::Bar, false),
            (at_most, 11.9, Verdict::Below, false),
            (at_most, 12.1, Verdict::Below, true),
            (at_least, f64::NAN, Verdict::Below, true),
        ] {
            let line = line(bar, ratio);
            assert_eq!((line.verdict(), line.is_gross()), (Some(verdict), gross), "{bar:?} {ratio}");
        }
    }

    #[test]
    fn an_absolute_figure_is_never_gross() {
        let line = Line::new("start", "empty", 9000.0, "ms").held_to(Bar::within(200.0, 50.0));
        assert_eq!((line.verdict(), line.is_gross()), (Some(Verdict::Below), false));
    }
}
