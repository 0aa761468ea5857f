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
use tonic::{Code, transport::Channel};

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
    let count: usize = env::var("RENKEI_LOGIN_TIMINGS").map_or(Ok(12), |count| count.parse())?;
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let channel = doctor.device.place.channel(Some(&doctor.device.credentials))?;
    let (mut wrong, mut unknown, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        // Now the one is first, now the other; and a right one keeps the ladder away.
        let names = if number % 2 == 0 { ["kimura", "nobody"] } else { ["nobody", "kimura"] };
        for name in names {
            let (answer, time) = timed(channel.clone(), name).await?;
            if name == "kimura" { &mut wrong } else { &mut unknown }.push(time.as_secs_f64());
            answers.push(answer);
        }
        if number % 2 == 1 {
            doctor.device.login().await.context("the right password")?;
        }
    }
    answers.dedup();
    ensure!(answers.len() == 1, "they are answered differently: {answers:#?}");

    let differences: Vec<f64> = wrong.iter().zip(&unknown).map(|(wrong, unknown)| wrong - unknown).collect();
    let apart = median(wrong.clone()) - median(unknown.clone());
    let middle = median(differences.clone());
    let spread = 1.4826 * median(differences.iter().map(|time| (time - middle).abs()).collect());
    // four times the standard error of a median
    let told_by_chance = 4.0 * 1.2533 * spread * (2.0 / count as f64).sqrt();
    println!(
        "{count} each: wrong password {:.2} ms, unknown name {:.2} ms; medians {:.3} ms apart, pairs {:.3} ms",
        1e3 * median(wrong),
        1e3 * median(unknown),
        1e3 * apart,
        1e3 * middle
    );
    let bound = if count >= MANY { AS_NEAR } else { AS_NEAR.max(told_by_chance) };
    ensure!(
        apart.abs() <= bound,
        "the medians are {:.3} ms apart, more than {:.3}",
        1e3 * apart,
        1e3 * bound
    );
    Ok(())
}

async fn timed(channel: Channel, name: &str) -> Result<(String, Duration)> {
    let start = Instant::now();
    let answer = try_login(channel, name, WRONG).await;
    let time = start.elapsed();
    let status = answer.err().context("it was not refused")?;
    expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
    Ok((visible(&status), time))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
