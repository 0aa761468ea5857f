//! Some 500 who log in at once: what the server holds then, and what somebody who reads feels.

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::{DEVICES, MEANWHILE, PART, Storm, WARM_UP};
use crate::{
    load::{self, Series},
    parts::{Context, memory, post, read::Reader},
    report::{Bar, Line},
    world::World,
};

/// On each device.
const EACH: usize = 21;
const ROUNDS: usize = 3;
/// What a page of a timeline has.
const PAGE: usize = 50;

/// Measures it on a server that is started anew.
///
/// # Errors
/// If somebody is refused for anything but the server being busy, or is not told when to try again.
pub(super) async fn run(context: &Context, world: &mut World) -> Result<Vec<Line>> {
    let count = DEVICES * EACH;
    context.say(&format!("{count} log in at once, and somebody reads meanwhile"));
    post::fill(world, PAGE).await?;
    let idle = memory::restart(world).await?;
    let server = world.server_id()?;
    let mut reader = Reader::of(world.clients(1).await?, &world.patients);
    load::round(&mut reader, context.plan().warm_up, server).await?;

    let (mut calm, mut crowded) = (Series::default(), Series::default());
    for _ in 0..ROUNDS {
        calm.push(load::round(&mut reader, MEANWHILE, server).await?);
        let storm = Storm::begin(world, EACH).await?;
        sleep(WARM_UP).await;
        crowded.push(load::round(&mut reader, MEANWHILE, server).await?);
        ensure!(storm.end().await? > 0, "nobody was asked to wait");
    }
    let most = memory::most_above(idle, server)?;
    let above = Line::new(PART, format!("{count} log in at once: the most above idle"), most, "MiB");
    let reads = |name: &str, quantile| {
        let name = format!("1 client reads while {count} log in, {name}; limit: without log-ins");
        let line = Line::latency(PART, name, quantile, &crowded).of(calm.quantile(quantile));
        Line { server_cpu: None, client_cpu: None, ..line }
    };
    Ok(vec![above.held_to(Bar::within(600.0, 560.0)), reads("p50", 0.5), reads("p99", 0.99)])
}
