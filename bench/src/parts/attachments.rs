//! Files: 256 MB up and down, as one file and as four at once.
//!
//! An operation is a megabyte, a latency that of a whole file. An upload ends with the answer, which says that the
//! file is durable; its SHA-256, which has to go before it, is known beforehand. A download ends with the last
//! byte; all bytes, the size and the announced SHA-256 are compared with what was uploaded, and that is part
//! of the time. That a client like ours hashes what it gets is not: the bytes are known here.

mod disk;
pub(super) mod file;
pub(super) mod transfer;

use std::time::Duration;

use anyhow::Result;
use tokio::task::block_in_place;

use self::{
    file::File,
    transfer::{Download, Pour, Swallow, Upload},
};
use crate::{
    limits::{
        rpc::LimitServer,
        sealing::{self, Sealing},
    },
    load::{self, Round, Series, median},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, SETTINGS, World},
};

const PART: &str = "attachments";

/// How many bytes go in each direction, all files of a round together.
const BYTES: usize = 256_000_000;
/// The same in short.
const BYTES_SHORT: usize = 32_000_000;
/// How many files at once.
const COUNTS: [usize; 2] = [1, 4];
/// More would only wear the disk.
const ROUNDS: usize = 3;

/// Figures and limits of one number of files, measured in turns.
#[derive(Default)]
struct Measured {
    up: Series,
    down: Series,
    swallow: Series,
    pour: Series,
    /// Megabytes per second.
    sealing: Vec<f64>,
    /// Megabytes per second.
    opening: Vec<f64>,
    /// Megabytes per second. No limit that the server is held to, but what the disk gives.
    disk: Vec<f64>,
}

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or sends anything but what was uploaded.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 4 organisations");
    let settings = format!("{SETTINGS}[attachments]\nmax_bytes = {BYTES}\n");
    let world = World::open(&Blueprint { settings, members: 4, patients: 1, ..Default::default() }).await?;
    let limit = LimitServer::start(&world)?;
    let sealing = Sealing::new()?;
    let bytes = if context.short { BYTES_SHORT } else { BYTES };
    let mut lines = Vec::new();
    for count in COUNTS {
        context.say(&format!("{} MB up and down, {}", bytes / 1_000_000, shown(count, bytes)));
        let file = File::random(bytes / count);
        let measured = measure(&world, &limit, &sealing, &file, count).await?;
        lines.extend(lines_of(&shown(count, bytes), &measured));
    }
    Ok(lines)
}

fn shown(count: usize, bytes: usize) -> String {
    match count {
        1 => format!("one file of {} MB", bytes / 1_000_000),
        _ => format!("{count} at once of {} MB", bytes / count / 1_000_000),
    }
}

async fn measure(
    world: &World,
    limit: &LimitServer,
    sealing: &Sealing,
    file: &File,
    count: usize,
) -> Result<Measured> {
    // With no time to fill, everybody does one file.
    const ONCE: Duration = Duration::ZERO;
    let server = world.server_id()?;
    let patient_id = &world.patients[0];
    let upload = |session| Upload {
        session,
        patient_id: patient_id.clone(),
        file: file.clone(),
        attachment_id: String::new(),
    };
    let mut uploads: Vec<_> = world.clients(count).await?.into_iter().map(upload).collect();
    let clients = limit.clients(count).await?;
    let mut pours: Vec<_> =
        clients.iter().map(|client| Pour { client: client.clone(), size: file.size }).collect();
    let mut swallows: Vec<_> =
        clients.into_iter().map(|client| Swallow { client, file: file.clone() }).collect();
    load::round(&mut uploads, ONCE, server).await?;
    let mut downloads: Vec<_> = uploads.iter().map(Download::of).collect();
    load::round(&mut downloads, ONCE, server).await?;
    load::round(&mut swallows, ONCE, limit.id()).await?;
    load::round(&mut pours, ONCE, limit.id()).await?;

    let in_megabytes = |round| Round { operations: (count * file.size / 1_000_000) as u64, ..round };
    let mut measured = Measured::default();
    for _ in 0..ROUNDS {
        let write = || disk::write(world.server.folder(), file.size);
        measured.disk.push(block_in_place(|| sealing::rate(count, file.size, write))?);
        measured.sealing.push(block_in_place(|| sealing.seal(count, file.size))?);
        measured.up.push(in_megabytes(load::round(&mut uploads, ONCE, server).await?));
        measured.swallow.push(in_megabytes(load::round(&mut swallows, ONCE, limit.id()).await?));
        measured.opening.push(block_in_place(|| sealing.open(count, file.size))?);
        measured.down.push(in_megabytes(load::round(&mut downloads, ONCE, server).await?));
        measured.pour.push(in_megabytes(load::round(&mut pours, ONCE, limit.id()).await?));
    }
    Ok(measured)
}

fn lines_of(files: &str, measured: &Measured) -> Vec<Line> {
    let Measured { up, down, swallow, pour, sealing, opening, disk } = measured;
    let figure = |name: &str, figure: &Series, limit: f64| {
        let name = format!("{name}, {files}; limit: the slower of the next two");
        Line::rate(PART, name, "MB/s", figure).of(limit).held_to(Bar::at_least(0.5, 0.8))
    };
    let stream = |name: &str, series: &Series| Line::rate(PART, format!("– {name}, {files}"), "MB/s", series);
    let memory = |name: &str, rounds: &Vec<f64>| Line {
        rounds: rounds.clone(),
        ..Line::new(PART, format!("– {name}, {files}"), median(rounds.clone()), "MB/s")
    };
    vec![
        figure("up", up, median(sealing.clone()).min(swallow.rate())),
        memory("sealing and both hashes in memory", sealing),
        stream("an empty stream up", swallow),
        memory("only written, each part durable", disk),
        figure("down", down, median(opening.clone()).min(pour.rate())),
        memory("opening in memory", opening),
        stream("an empty stream down", pour),
    ]
}
