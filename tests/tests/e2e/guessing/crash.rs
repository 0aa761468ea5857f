//! The server is killed again and again while passwords and codes are guessed: no more of them are looked at than the
//! ladder allows, and no count goes back.
//!
//! `RENKEI_GUESSES` sets how many guesses are answered (150).

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
use renkei_tests::{database::Engine, server::Server, wait};
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{WRONG, shift, try_code, try_login};
use crate::{
    grpc::{Device, Place},
    region::Region,
};

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
    /// Counts an answer, and says whether it was one.
    fn count(&self, answer: Result<(), Status>) -> Result<bool> {
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
        Ok(!std::ptr::eq(which, &self.lost))
    }

    fn answered(&self) -> usize {
        self.wrong() + self.delayed.load(Ordering::SeqCst)
    }

    fn wrong(&self) -> usize {
        self.wrong.load(Ordering::SeqCst)
    }
}

async fn a_crash_lets_nobody_guess_once_more(engine: Engine) -> Result<()> {
    let guesses: usize = env::var("RENKEI_GUESSES").map_or(Ok(150), |guesses| guesses.parse())?;
    let mut region = Region::open(engine).await?;
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        devices.push(region.doctor(&format!("wada-{number}")).await?.device);
    }
    let (passwords, codes) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
    let (begun, mut before) = (Instant::now(), counts(&region.server)?);
    let mut round = 0;
    // a server that is killed at once looks at nothing: then once more
    while passwords.answered() + codes.answered() < guesses || passwords.wrong() == 0 || codes.wrong() == 0 {
        round += 1;
        let answered = passwords.answered() + codes.answered();
        let mut guessing = JoinSet::new();
        for device in &devices {
            for _ in 0..2 {
                guessing.spawn(guess(device.clone(), Arc::clone(&passwords)));
            }
        }
        let (place, tally) = (region.place.clone(), Arc::clone(&codes));
        guessing.spawn(async move { guess_codes(&place, &tally).await });
        // Somewhere among the guesses, and somewhere within one.
        let dice = Uuid::new_v4().into_bytes();
        let wanted = answered + usize::from(dice[0]) % (DEVICES * EACH);
        let meanwhile = async {
            while passwords.answered() + codes.answered() < wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(wait::PATIENCE, meanwhile).await.context("too few answers")?;
        tokio::time::sleep(Duration::from_micros(u64::from(dice[1]) * 500)).await;
        region.server.kill()?;
        while let Some(ended) = guessing.join_next().await {
            ended??;
        }
        region.server.start()?;

        let after = counts(&region.server)?;
        for (key, failures) in &before {
            let now = after.get(key).with_context(|| format!("the count of {key} is gone"))?;
            // an address forgets one a minute
            let forgotten = if key.starts_with("ADDRESS") { begun.elapsed().as_secs() / 60 } else { 0 };
            ensure!(now + forgotten >= *failures, "{key} went back from {failures} to {now}");
        }
        // the waits after the free ones begin with a minute
        let allowed = 5 + (round - 1) + begun.elapsed().as_secs() / 60;
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
            "{what}: {wrong} looked at, {delayed} refused, {lost} lost, the server killed {round} times"
        );
        ensure!(wrong > 0, "no {what} were looked at");
    }
    ensure!(passwords.delayed.load(Ordering::SeqCst) > 0, "the ladder was never met");
    Ok(())
}

/// Guesses until the server is gone.
async fn guess(device: Device, tally: Arc<Tally>) -> Result<()> {
    let channel = device.place.channel(Some(&device.credentials))?;
    for _ in 0..EACH / 2 {
        if !tally.count(try_login(channel.clone(), &device.login_name, WRONG).await)? {
            break;
        }
    }
    Ok(())
}

async fn guess_codes(place: &Place, tally: &Tally) -> Result<()> {
    let channel = place.channel(None)?;
    for _ in 0..CODES {
        if !tally.count(try_code(channel.clone()).await)? {
            break;
        }
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
