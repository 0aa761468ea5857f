//! The server is killed at random moments while clients post: what was acknowledged is there once, `seq`
//! has no gap, nothing is doubled after the clients send again what they got no answer to, and the audit log is whole.
//!
//! `RENKEI_KILL_ROUNDS` sets the number of rounds (3).

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::PostEntryRequest;
use renkei_tests::{database::Engine, wait};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    audit_log,
    grpc::Session,
    region::{Region, posting},
};

crate::on_both_engines!(what_was_acknowledged_survives_kill_9);

const CLIENTS: usize = 16;
const PATIENTS: usize = 4;

/// A post with the place that the server said it has.
struct Acknowledged {
    request: PostEntryRequest,
    seq: i64,
}

async fn what_was_acknowledged_survives_kill_9(engine: Engine) -> Result<()> {
    let rounds: usize = env::var("RENKEI_KILL_ROUNDS").map_or(Ok(3), |rounds| rounds.parse())?;
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("endo").await?;
    let mut patients = Vec::new();
    for _ in 0..PATIENTS {
        patients.push(doctor.session.register().await?);
    }

    let count = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let session = doctor.device.connect_again(&doctor.session)?;
        let patient = patients[client % PATIENTS].clone();
        clients.spawn(keep_posting(session, patient, Arc::clone(&count), Arc::clone(&stop)));
    }

    for round in 1..=rounds {
        let start = Instant::now();
        let before = count.load(Ordering::SeqCst);
        let wanted = before + 30 + usize::from(Uuid::new_v4().as_bytes()[0]);
        wait_until(|| count.load(Ordering::SeqCst) >= wanted).await.context("posts before the kill")?;
        // Somewhere within the next post, not at its end.
        tokio::time::sleep(Duration::from_micros(u64::from(Uuid::new_v4().as_bytes()[0]) * 40)).await;
        region.server.kill()?;
        let posts = count.load(Ordering::SeqCst) - before;
        println!(
            "round {round}: killed after {posts} posts, {:.0}/s",
            posts as f64 / start.elapsed().as_secs_f64()
        );
        region.server.start()?;
    }
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    while let Some(client) = clients.join_next().await {
        acknowledged.extend(client??);
    }

    // The cruellest retry: everybody sends everything again.
    for post in &acknowledged {
        let again = doctor.session.timeline.clone().post_entry(post.request.clone()).await?.into_inner();
        ensure!(again.entry.is_some_and(|entry| entry.seq == post.seq), "another place after a retry");
    }
    for patient in &patients {
        check(&doctor.session, patient, &acknowledged).await?;
    }
    println!("{}", audit_log::verified(&region.server, None)?);
    Ok(())
}

/// Posts one entry after the other, each until it is acknowledged.
async fn keep_posting(
    session: Session,
    patient: String,
    count: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Acknowledged>> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let request = posting(&patient, &format!("記録 {}", acknowledged.len()));
        let end = Instant::now() + wait::PATIENCE;
        let entry = loop {
            match session.timeline.clone().post_entry(request.clone()).await {
                Ok(answer) => break answer.into_inner().entry.context("entry")?,
                Err(status) => {
                    ensure!(is_broken_connection(&status), "refused: {status:?}");
                    ensure!(Instant::now() < end, "the server did not come back: {status:?}");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        ensure!(entry.entry_id == request.entry_id, "an answer to another post");
        count.fetch_add(1, Ordering::SeqCst);
        acknowledged.push(Acknowledged { request, seq: entry.seq });
    }
    Ok(acknowledged)
}

/// What a client sees of a server that dies: no code of the server's own, but one of its library.
fn is_broken_connection(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal)
        && status.details().is_empty()
}

async fn check(session: &Session, patient: &str, acknowledged: &[Acknowledged]) -> Result<()> {
    let entries = session.all_entries(patient).await?;
    let expected: BTreeMap<&str, i64> = acknowledged
        .iter()
        .filter(|post| post.request.patient_id == patient)
        .map(|post| (post.request.entry_id.as_str(), post.seq))
        .collect();
    let stored: BTreeMap<&str, i64> =
        entries.iter().map(|entry| (entry.entry_id.as_str(), entry.seq)).collect();
    ensure!(stored.len() == entries.len(), "an entry stands twice in a timeline");
    ensure!(stored == expected, "acknowledged: {}, stored: {}", expected.len(), stored.len());
    let places: BTreeSet<i64> = stored.values().copied().collect();
    let last = i64::try_from(places.len())?;
    ensure!(places == (1..=last).collect(), "seq has a gap");
    println!("{last} entries, each once, without a gap");
    Ok(())
}

async fn wait_until(done: impl Fn() -> bool) -> Result<()> {
    let end = Instant::now() + wait::PATIENCE;
    while !done() {
        ensure!(Instant::now() < end, "waited in vain");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
