//! What the server holds in memory: idle, with idle watchers, and after an hour's load.
//!
//! Resident memory is all of it, the program and its libraries too; the anonymous part is what only the server
//! itself has asked for.

mod hour;
mod uploads;
mod watching;

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_proto::v1::WhoAmIRequest;
use tokio::{task::block_in_place, time::sleep};

use self::watching::Watchers;
use crate::{
    client::Session,
    machine::cpu_time,
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, Member, World},
};

const PART: &str = "memory";

/// Each with a connection and [`STREAMS`] watch streams.
const SESSIONS: usize = 125;
const SESSIONS_SHORT: usize = 25;
/// The most that the server allows a session.
const STREAMS: usize = 8;
const HOUR: usize = 3600;
const HOUR_SHORT: usize = 360;
/// Files that come at once, and their length in bytes.
const UPLOADS: usize = 16;
const UPLOAD: usize = 200_000_000;

/// A server that spends nothing for so long is idle.
const QUIET: Duration = Duration::from_secs(1);
/// Watchers look around every five seconds and are never quiet for long: idle after such a round.
const LONGEST: Duration = Duration::from_secs(6);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Measures the part.
///
/// # Errors
/// If the server refuses something, sends what it must not, or does not say what it holds.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 8 organisations and 50 patients");
    let mut world = World::open(&Blueprint::default()).await?;
    let count = if context.short { SESSIONS_SHORT } else { SESSIONS };
    context.say(&format!("{count} log-ins"));
    let sessions = log_in(&world, count).await?;

    context.say("idle after a start");
    let idle = restart(&mut world).await?;
    let mut lines = idle.lines("idle after a start");
    lines[0] = lines[0].clone().held_to(Bar::within(48.0, 24.0));
    for patients in [1, world.patients.len()] {
        context.say(&format!("{} idle watchers, patients each: {patients}", count * STREAMS));
        lines.extend(watchers(&mut world, &sessions, patients).await?);
    }

    context.say(&format!("{UPLOADS} uploads of {} MB at once", UPLOAD / 1_000_000));
    let before = restart(&mut world).await?;
    uploads::pass(&world, UPLOADS, UPLOAD).await?;
    let name = format!("{UPLOADS} uploads of {} MB at once: the most above idle", UPLOAD / 1_000_000);
    let above = Line::new(PART, name, most_above(before, world.server_id()?)?, "MiB");
    lines.push(above.held_to(Bar::within(64.0, 32.0)));

    let seconds = if context.short { HOUR_SHORT } else { HOUR };
    context.say("an hour's load");
    restart(&mut world).await?;
    let calls = hour::pass(&world, seconds).await?;
    let after = settled(world.server_id()?).await?;
    let whole = hour::calls_of(seconds);
    lines.push(Line::new(PART, format!("an hour's load: calls, of {whole}"), calls as f64, "calls"));
    lines.push(Line::new(PART, "an hour's load: the most meanwhile", after.most.mebibytes(), "MiB"));
    let mut left = after.lines("an hour's load: idle again");
    left[0] = left[0].clone().of(idle.resident.mebibytes());
    lines.extend(left);
    Ok(lines)
}

/// Begins so many sessions, some of each member.
async fn log_in(world: &World, count: usize) -> Result<Vec<Session>> {
    let each = count.div_ceil(world.members.len());
    let of_one = |member: &Member| {
        let device = member.device.clone();
        async move {
            let mut sessions = Vec::with_capacity(each);
            for _ in 0..each {
                sessions.push(device.login().await?);
            }
            anyhow::Ok(sessions)
        }
    };
    // One after the other on a device, so that nobody is asked to wait.
    let members = world.members.iter().map(of_one);
    let sessions: Vec<Vec<Session>> = stream::iter(members).buffered(8).try_collect().await?;
    Ok(sessions.into_iter().flatten().take(count).collect())
}

/// What a fresh server holds for each idle watcher.
async fn watchers(world: &mut World, sessions: &[Session], patients: usize) -> Result<Vec<Line>> {
    let before = restart(world).await?;
    // Over the connections of these sessions, which broke with the server before: they are made anew.
    let mut watchers = Watchers::open(sessions, STREAMS, &world.patients[..patients]).await?;
    let after = settled(world.server_id()?).await?;
    watchers.check(0)?;
    let count = watchers.count();
    let each = |after: Size, before: Size| (after.kibibytes() - before.kibibytes()) / count as f64;
    let name = match patients {
        1 => format!("an idle watcher of 1 patient, {count} of them"),
        _ => format!("an idle watcher of {patients} patients, {count} of them"),
    };
    let resident = Line::new(PART, &*name, each(after.resident, before.resident), "KiB");
    let anonymous = each(after.anonymous, before.anonymous);
    Ok(vec![
        resident.held_to(Bar::within(48.0, 16.0)),
        Line::new(PART, format!("{name}, anonymous"), anonymous, "KiB"),
    ])
}

/// Starts the server anew, has it answer once, and waits until it is idle.
pub(super) async fn restart(world: &mut World) -> Result<Held> {
    world.server.stop()?;
    block_in_place(|| world.server.start())?;
    let member = world.members.first().context("a region without members")?;
    let session = member.device.connect_again(&member.session)?;
    session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    drop(session);
    settled(world.server_id()?).await
}

/// How much the most that a process has held since it began is above this, in MiB.
pub(super) fn most_above(idle: Held, process: u32) -> Result<f64> {
    Ok(Held::of(process)?.most.mebibytes() - idle.resident.mebibytes())
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    resident: Size,
    anonymous: Size,
    /// The most that was resident since the process began.
    most: Size,
}

/// An amount of memory, in KiB.
#[derive(Clone, Copy, Debug)]
struct Size(u64);

impl Size {
    fn kibibytes(self) -> f64 {
        self.0 as f64
    }

    fn mebibytes(self) -> f64 {
        self.kibibytes() / 1024.0
    }
}

impl Held {
    fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let size = |key: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            let value = value.with_context(|| format!("/proc/PID/status without {key}"))?;
            anyhow::Ok(Size(value.trim().trim_end_matches(" kB").parse()?))
        };
        Ok(Self { resident: size("VmRSS")?, anonymous: size("RssAnon")?, most: size("VmHWM")? })
    }

    fn lines(&self, name: &str) -> Vec<Line> {
        vec![
            Line::new(PART, name, self.resident.mebibytes(), "MiB"),
            Line::new(PART, format!("{name}, anonymous"), self.anonymous.mebibytes(), "MiB"),
        ]
    }
}

/// What a process holds when it is idle.
async fn settled(process: u32) -> Result<Held> {
    let end = Instant::now() + LONGEST;
    let mut last = (cpu_time(process)?, Instant::now());
    while last.1.elapsed() < QUIET && Instant::now() < end {
        sleep(BETWEEN_LOOKS).await;
        let spent = cpu_time(process)?;
        if spent != last.0 {
            last = (spent, Instant::now());
        }
    }
    Held::of(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_holds_something() {
        let held = Held::of(std::process::id()).unwrap();
        assert!(held.anonymous.0 > 0 && held.resident.0 > held.anonymous.0 && held.most.0 >= held.resident.0);
    }
}
