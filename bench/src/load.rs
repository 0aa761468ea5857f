//! A closed loop: each client asks again as soon as it has its answer, for a bounded time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::machine::cpu_time;

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Before the first round; nothing of it counts.
    pub(crate) warm_up: Duration,
    /// A round.
    pub(crate) round: Duration,
    /// How many rounds; the median counts.
    pub(crate) rounds: usize,
}

/// One of the clients of a loop.
pub(crate) trait Client: Send + 'static {
    /// Does one operation and checks its answer.
    ///
    /// # Errors
    /// If it fails or the answer is not what it must be: that ends the whole measurement.
    fn operate(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// What was measured in one round.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// How many operations were done.
    pub(crate) operations: u64,
    /// Within which time.
    pub(crate) time: Duration,
    /// How long each took, in nanoseconds.
    pub(crate) latencies: Histogram<u64>,
    /// What the server spent on a processor meanwhile. Nothing, where there is none.
    pub(crate) server: Duration,
    /// What this process spent.
    pub(crate) client: Duration,
}

/// The rounds of one figure. What it says is each the median of the rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(Vec<Round>);

/// Lets all clients work for `time`, and measures what the process `server` spends.
///
/// # Errors
/// The first error of a client.
pub(crate) async fn round<C: Client>(clients: &mut Vec<C>, time: Duration, server: u32) -> Result<Round> {
    let this = std::process::id();
    let before = (cpu_time(server)?, cpu_time(this)?);
    let start = Instant::now();
    let end = start + time;
    let mut tasks = JoinSet::new();
    for client in clients.drain(..) {
        tasks.spawn(work_until(client, end));
    }
    let mut latencies = latencies()?;
    while let Some(ended) = tasks.join_next().await {
        let (client, own) = ended.context("a client panicked")??;
        latencies.add(own)?;
        clients.push(client);
    }
    let time = start.elapsed();
    let after = (cpu_time(server)?, cpu_time(this)?);
    let operations = latencies.len();
    ensure!(operations > 0, "there is no client");
    Ok(Round { operations, time, latencies, server: after.0 - before.0, client: after.1 - before.1 })
}

async fn work_until<C: Client>(mut client: C, end: Instant) -> Result<(C, Histogram<u64>)> {
    let mut latencies = latencies()?;
    loop {
        let start = Instant::now();
        if start >= end && !latencies.is_empty() {
            return Ok((client, latencies));
        }
        client.operate().await?;
        record(&mut latencies, start.elapsed())?;
    }
}

/// Does an operation again and again for `time` on this thread, with no server to it.
///
/// # Errors
/// The first error of the operation.
pub(crate) fn alone(time: Duration, mut operate: impl FnMut() -> Result<()>) -> Result<Round> {
    let mut latencies = latencies()?;
    let start = Instant::now();
    while start.elapsed() < time || latencies.is_empty() {
        let began = Instant::now();
        operate()?;
        record(&mut latencies, began.elapsed())?;
    }
    let (operations, time) = (latencies.len(), start.elapsed());
    Ok(Round { operations, time, latencies, server: Duration::ZERO, client: Duration::ZERO })
}

/// An empty histogram of nanoseconds, up to two minutes, exact to three digits.
///
/// # Errors
/// None in practice: the bounds are good ones.
pub(crate) fn latencies() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 120_000_000_000, 3)?)
}

/// Counts one more.
///
/// # Errors
/// If it took longer than two minutes.
pub(crate) fn record(latencies: &mut Histogram<u64>, time: Duration) -> Result<()> {
    Ok(latencies.record(u64::try_from(time.as_nanos())?)?)
}

impl Round {
    /// Operations per second.
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }

    /// The latency within which this part of the operations was done, in milliseconds.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e6
    }
}

impl Series {
    /// One round more.
    pub(crate) fn push(&mut self, round: Round) {
        self.0.push(round);
    }

    /// Operations per second.
    pub(crate) fn rate(&self) -> f64 {
        self.median_of(Round::rate)
    }

    /// Operations per second, of each round.
    pub(crate) fn rates(&self) -> Vec<f64> {
        self.0.iter().map(Round::rate).collect()
    }

    /// The latency within which this part of the operations was done, in milliseconds.
    pub(crate) fn quantile(&self, quantile: f64) -> f64 {
        self.median_of(|round| round.quantile(quantile))
    }

    /// The same, of each round.
    pub(crate) fn quantiles(&self, quantile: f64) -> Vec<f64> {
        self.0.iter().map(|round| round.quantile(quantile)).collect()
    }

    /// What the server spent for an operation, in microseconds.
    pub(crate) fn server_cpu(&self) -> f64 {
        self.median_of(|round| round.server.as_secs_f64() * 1e6 / round.operations as f64)
    }

    /// What this process spent for an operation, in microseconds.
    pub(crate) fn client_cpu(&self) -> f64 {
        self.median_of(|round| round.client.as_secs_f64() * 1e6 / round.operations as f64)
    }

    fn median_of(&self, value: impl Fn(&Round) -> f64) -> f64 {
        median(self.0.iter().map(value).collect())
    }
}

/// The value in the middle; of an even number the mean of the two. NaN of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }
}
