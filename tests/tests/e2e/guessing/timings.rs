//! An unknown login name and a wrong password: the same answer, and after the same time.
//!
//! `RENKEI_LOGIN_TIMINGS` sets how many of each are compared (12). With 1000 or more their medians must lie within a
//! millisecond; with fewer, within what so few can tell.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{WRONG, try_login};
use crate::{
    refusal::{expect, visible},
    region::Region,
};

crate::on_both_engines!(an_unknown_user_is_answered_like_a_wrong_password);

const AS_NEAR: f64 = 0.001;
/// So many can tell a millisecond.
const MANY: usize = 1000;

async fn an_unknown_user_is_answered_like_a_wrong_password(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let channel = doctor.device.place.channel(Some(&doctor.device.credentials))?;
    let guess = async |name: &str| timed(try_login(channel.clone(), name, WRONG)).await;
    answered_alike(
        ("wrong password", async || guess("kimura").await),
        ("unknown name", async || guess("nobody").await),
        // a right one keeps the ladder away
        async || doctor.device.login().await.context("the right password").map(drop),
    )
    .await
}

/// Tries both, now the one first and now the other, and `between` after every second pair.
pub(crate) async fn answered_alike(
    (one_name, one): (&str, impl AsyncFn() -> Result<(String, Duration)>),
    (other_name, other): (&str, impl AsyncFn() -> Result<(String, Duration)>),
    between: impl AsyncFn() -> Result<()>,
) -> Result<()> {
    let count: usize = env::var("RENKEI_LOGIN_TIMINGS").map_or(Ok(12), |count| count.parse())?;
    let (mut ones, mut others, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        let is_one_first = number % 2 == 0;
        for is_one in [is_one_first, !is_one_first] {
            let (answer, time) = if is_one { one().await? } else { other().await? };
            if is_one { &mut ones } else { &mut others }.push(time.as_secs_f64());
            answers.push(answer);
        }
        if number % 2 == 1 {
            between().await?;
        }
    }
    answers.dedup();
    ensure!(answers.len() == 1, "they are answered differently: {answers:#?}");

    let differences: Vec<f64> = ones.iter().zip(&others).map(|(one, other)| one - other).collect();
    let apart = median(ones.clone()) - median(others.clone());
    let middle = median(differences.clone());
    let spread = 1.4826 * median(differences.iter().map(|time| (time - middle).abs()).collect());
    // four times the standard error of a median
    let told_by_chance = 4.0 * 1.2533 * spread * (2.0 / count as f64).sqrt();
    println!(
        "{count} each: {one_name} {:.2} ms, {other_name} {:.2} ms; medians {:.3} ms apart, pairs {:.3} ms",
        1e3 * median(ones),
        1e3 * median(others),
        1e3 * apart,
        1e3 * middle
    );
    // of few, other work on the machine moves one median and not the other, but both of a pair
    let (apart, bound) = if count >= MANY { (apart, AS_NEAR) } else { (middle, AS_NEAR.max(told_by_chance)) };
    ensure!(apart.abs() <= bound, "they are {:.3} ms apart, more than {:.3}", 1e3 * apart, 1e3 * bound);
    Ok(())
}

/// What a try that must fail is answered, and after what time.
pub(crate) async fn timed(guess: impl Future<Output = Result<(), Status>>) -> Result<(String, Duration)> {
    let start = Instant::now();
    let answer = guess.await;
    let time = start.elapsed();
    let status = answer.err().context("it was not refused")?;
    expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
    Ok((visible(&status), time))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
