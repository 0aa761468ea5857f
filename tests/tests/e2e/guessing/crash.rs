//! The server is killed again and again while passwords and codes are guessed: no more of them are looked at than the
//! ladder allows, and no count goes back.
//!
//! `RENKEI_GUESSES` sets how many guesses are made (150).

use std::{
    collections::BTreeMap,
    env,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_tests::{database::Engine, server::Server};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{WRONG, shift, try_code, try_login};
use crate::{grpc::Device, region::Region};

crate::on_both_engines!(a_crash_lets_nobody_guess_once_more);

const DEVICES: usize = 5;
/// Guesses of a device in a round, two at a time.
const EACH: usize = 8;
/// Of codes.
const CODES: usize = 10;
/// The longest of the waits, in minutes.
const WAIT: u64 = 60;

/// What became of guesses.
#[derive(Default)]
struct Tally {
    /// They were looked at, and wrong.
    wrong: AtomicUsize,
    /// They were not.
    delayed: AtomicUsize,
    /// Nobody knows.
    lost: AtomicUsize,
}

impl Tally {
    fn count(&self, answer: Result<(), Status>) -> Result<()> {
        let Err(status) = answer else { bail!("a guess was right") };
        let which = match status.get_details_error_info() {
            Some(info) if ["LOGIN_FAILED", "ENROLLMENT_CODE_INVALID"].contains(&info.reason.as_str()) => {
                &self.wrong
            }
            Some(info) if info.reason == "LOGIN_DELAYED" => &self.delayed,
            None if matches!(
                status.code(),
                Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal
            ) =>
            {
                &self.lost
            }
            _ => bail!("{status:?}"),
        };
        which.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn wrong(&self) -> usize {
        self.wrong.load(Ordering::SeqCst)
    }
}

async fn a_crash_lets_nobody_guess_once_more(engine: Engine) -> Result<()> {
    let guesses: usize = env::var("RENKEI_GUESSES").map_or(Ok(150), |guesses| guesses.parse())?;
    let rounds = guesses.div_ceil(DEVICES * EACH + CODES);
    let mut region = Region::open(engine).await?;
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        devices.push(region.doctor(&format!("wada-{number}")).await?.device);
    }
    let (passwords, codes) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
    let (begun, mut before) = (Instant::now(), counts(&region.server)?);
    for round in 1..=rounds {
        let mut guessing = JoinSet::new();
        for device in &devices {
            for _ in 0..2 {
                guessing.spawn(guess(device.clone(), Arc::clone(&passwords)));
            }
        }
        let (place, tally) = (region.place.clone(), Arc::clone(&codes));
        guessing.spawn(async move {
            let channel = place.channel(None)?;
            for _ in 0..CODES {
                tally.count(try_code(channel.clone()).await)?;
            }
            Ok(())
        });
        // Somewhere among the guesses; the last round goes to its end.
        if round < rounds {
            tokio::time::sleep(Duration::from_millis(Uuid::new_v4().as_bytes()[0].into())).await;
            region.server.kill()?;
        }
        while let Some(ended) = guessing.join_next().await {
            ended??;
        }
        if round < rounds {
            region.server.start()?;
        }

        let after = counts(&region.server)?;
        for (key, failures) in &before {
            let now = after.get(key).with_context(|| format!("the count of {key} is gone"))?;
            // an address forgets one a minute
            let forgotten = if key.starts_with("ADDRESS") { begun.elapsed().as_secs() / 60 } else { 0 };
            ensure!(now + forgotten >= *failures, "{key} went back from {failures} to {now}");
        }
        let allowed = 5 + (round as u64 - 1);
        for (key, failures) in after.iter().filter(|(key, _)| key.starts_with("DEVICE")) {
            ensure!(*failures <= allowed, "{key}: {failures} tries, and {allowed} are allowed");
        }
        let looked_at = checked(&region.server)?;
        let counted: u64 =
            after.iter().filter(|(key, _)| key.starts_with("DEVICE")).map(|(_, count)| count).sum();
        ensure!(
            looked_at <= counted && passwords.wrong() as u64 <= looked_at,
            "{looked_at} passwords were looked at, {counted} are counted, {} were answered",
            passwords.wrong()
        );
        before = after;
        // The next try of each device may be made, and no other.
        shift(&region.server, WAIT, "DEVICE")?;
    }
    let minutes = usize::try_from(begun.elapsed().as_secs() / 60)?;
    ensure!(codes.wrong() <= 30 + 2 * minutes + 1, "{} codes were looked at", codes.wrong());
    for (what, tally) in [("passwords", &passwords), ("codes", &codes)] {
        let [wrong, delayed, lost] =
            [&tally.wrong, &tally.delayed, &tally.lost].map(|it| it.load(Ordering::SeqCst));
        println!(
            "{what}: {wrong} looked at, {delayed} refused, {lost} lost with the server; {rounds} rounds"
        );
        ensure!(wrong > 0, "no {what} were looked at");
    }
    ensure!(passwords.delayed.load(Ordering::SeqCst) > 0, "the ladder was never met");
    Ok(())
}

async fn guess(device: Device, tally: Arc<Tally>) -> Result<()> {
    let channel = device.place.channel(Some(&device.credentials))?;
    for _ in 0..EACH / 2 {
        tally.count(try_login(channel.clone(), &device.login_name, WRONG).await)?;
    }
    Ok(())
}

/// The counts in the database, by scope and key.
fn counts(server: &Server) -> Result<BTreeMap<String, u64>> {
    let hex = match server.database().url() {
        Some(_) => "encode(key, 'hex')",
        None => "hex(key)",
    };
    let rows = server.sql(&format!("SELECT scope || ' ' || {hex} || ' ' || failures FROM login_attempt"))?;
    rows.lines()
        .map(|row| {
            let (key, failures) = row.rsplit_once(' ').context("a row")?;
            Ok((key.to_owned(), failures.parse()?))
        })
        .collect()
}

/// How many wrong passwords are on record: each after it was looked at.
fn checked(server: &Server) -> Result<u64> {
    let wrong = "SELECT COUNT(*) FROM audit_event WHERE action = 'LOGIN' AND reason = 'LOGIN_FAILED'";
    Ok(server.sql(wrong)?.parse()?)
}
