//! Access taken away at a random moment, many times, while several posts are always under way and a member
//! watches: nothing is shown that was not on record before, nothing is shown that was posted after, and the
//! stream says so within a second.
//!
//! What counts does not depend on how fast the test reads. Bytes that had left the server before the
//! withdrawal may arrive after its answer: they are counted and reported. A violation is
//! - an entry that stands behind the withdrawal in the patient's order, or whose post began after the answer;
//! - anything of the patient between the end of access and its next beginning;
//! - a disclosure behind the withdrawal in the audit log, or an entry that came without one before it;
//! - an end of access later than a second after the answer.
//!
//! `RENKEI_TRIALS` sets the number of trials (16); `cargo xtask prove streams` makes a thousand.

mod endings;
mod figures;
mod lane;
mod ledger;
mod load;
mod nodes;
mod stream;
mod then_post;

use std::env;

use anyhow::Result;
use renkei_tests::database::Engine;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::{figures::Figures, lane::Lane};
use crate::{
    grpc::{Device, Place, Session},
    region::{Member, Region},
};

crate::on_both_engines!(a_withdrawal_ends_an_open_stream_at_once);

/// Sessions that outlive the longest run.
const LONG_SESSIONS: &str = "[sessions]\naccess_seconds = 36000\nidle_seconds = 36000\nabsolute_seconds = 36000\nstep_up_seconds = 36000\n";

/// Patients at once, each with a watcher.
const LANES: usize = 4;

/// How many trials to make.
fn trials() -> Result<usize> {
    Ok(env::var("RENKEI_TRIALS").map_or(Ok(16), |trials| trials.parse())?)
}

/// A number below `bound` that nobody can foresee.
fn random(bound: u32) -> u32 {
    let number = Uuid::new_v4().as_u128() % u128::from(bound.max(1));
    u32::try_from(number).unwrap_or_default()
}

async fn a_withdrawal_ends_an_open_stream_at_once(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, LONG_SESSIONS).await?;
    let figures = in_lanes(&region, &region.place, trials()?, false).await?;
    figures.conclude(&format!("withdrawal on an open stream, {engine:?}"))
}

/// Makes trials of withdrawal in several lanes at once, the streams being open at `watched_at`.
async fn in_lanes(region: &Region, watched_at: &Place, trials: usize, pauses: bool) -> Result<Figures> {
    let doctor = region.doctor("wada").await?;
    let mut lanes = JoinSet::new();
    for number in 0..LANES {
        let watcher = region.care_manager(&format!("yano{number}")).await?;
        let lane = Lane::open(&doctor, watcher, watched_at).await?;
        doctor.session.join(&lane.patient, &lane.watcher).await?;
        lanes.spawn(lane.withdrawals(share(trials, number), pauses));
    }
    collect(lanes).await
}

/// How many of `trials` the lane with this number makes.
fn share(trials: usize, number: usize) -> usize {
    trials / LANES + usize::from(number < trials % LANES)
}

async fn collect(mut lanes: JoinSet<Result<Figures>>) -> Result<Figures> {
    let mut all = Figures::default();
    while let Some(lane) = lanes.join_next().await {
        all.add(lane??);
    }
    Ok(all)
}

/// The same person and session over another connection, perhaps to another node.
fn connect(member: &Member, place: &Place) -> Result<Session> {
    let device = Device { place: place.clone(), ..member.device.clone() };
    device.connect_again(&member.session)
}
