//! SIGTERM while streams are open and clients post: the streams end with a reason and their position, and
//! whoever continues from it has missed nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{WatchPosition, WatchRequest, WatchResponse, watch_response::Event};
use renkei_tests::{database::Engine, wait};
use rustix::process::Signal;
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Status, Streaming};

use crate::{grpc::Session, refusal::expect, region::Region};

crate::on_both_engines!(streams_end_with_their_position_and_resume_without_loss);

const WATCHERS: usize = 3;

/// What a watcher has: the entries of each patient by `seq`, and where it stands.
#[derive(Default)]
struct Watcher {
    entries: BTreeMap<(String, i64), String>,
    positions: HashMap<String, i64>,
}

async fn streams_end_with_their_position_and_resume_without_loss(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("nagai").await?;
    let manager = region.care_manager("okada").await?;
    let mut patients = Vec::new();
    for _ in 0..2 {
        let patient = doctor.session.register().await?;
        doctor.session.join(&patient, &manager.session).await?;
        doctor.session.consent_to_all(&patient).await?;
        patients.push(patient);
    }

    let mut watchers = JoinSet::new();
    for number in 0..WATCHERS {
        let session = manager.device.connect_again(&manager.session)?;
        let stream = open(&session, &Watcher::default(), patients.len()).await?;
        watchers.spawn(async move { (number, watch_to_the_end(stream, Watcher::default()).await) });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut posters = JoinSet::new();
    for patient in patients.clone() {
        let session = doctor.device.connect_again(&doctor.session)?;
        posters.spawn(post_until_it_ends(session, patient, Arc::clone(&stop)));
    }

    // In the midst of posting.
    let end = std::time::Instant::now() + wait::PATIENCE;
    while doctor.session.written_entries(&patients[0]).await?.len() < 20 {
        ensure!(std::time::Instant::now() < end, "nothing is posted");
    }
    region.server.signal(Signal::TERM)?;
    let mut watched = Vec::new();
    while let Some(watcher) =
        timeout(wait::PATIENCE, watchers.join_next()).await.context("a stream goes on")?
    {
        let (number, ended) = watcher?;
        let (watcher, status) = ended.with_context(|| format!("watcher {number}"))?;
        expect(&status, Code::Unavailable, "SHUTTING_DOWN").with_context(|| format!("watcher {number}"))?;
        watched.push(watcher);
    }
    ensure!(watched.len() == WATCHERS, "{} watchers ended", watched.len());
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    while let Some(poster) = posters.join_next().await {
        acknowledged.extend(poster?);
    }
    let status = region.server.wait()?;
    ensure!(status.success(), "the server ended with {status}");

    region.server.start()?;
    let mut stored = BTreeMap::new();
    for patient in &patients {
        for entry in doctor.session.written_entries(patient).await? {
            stored.insert((patient.clone(), entry.seq), entry.entry_id);
        }
    }
    for (patient, seq, entry_id) in &acknowledged {
        let found = stored.get(&(patient.clone(), *seq));
        ensure!(found == Some(entry_id), "an acknowledged post is lost: {seq}");
    }
    println!("{} posts were acknowledged, {} stored", acknowledged.len(), stored.len());
    for watcher in watched {
        resume(&manager.session, watcher, &stored, patients.len()).await?;
    }
    Ok(())
}

/// Begins to watch where `watcher` stands, and waits until the server has begun.
async fn open(session: &Session, watcher: &Watcher, patients: usize) -> Result<Streaming<WatchResponse>> {
    let positions = watcher.positions.iter().map(|(patient_id, seq)| WatchPosition {
        patient_id: patient_id.clone(),
        seq: *seq,
        mark: None,
    });
    let request = WatchRequest { patient_ids: Vec::new(), positions: positions.collect() };
    let mut stream = session.timeline.clone().watch(request).await?.into_inner();
    if watcher.positions.is_empty() {
        for _ in 0..patients {
            let first = stream.message().await?.context("the beginning of the stream")?;
            ensure!(matches!(first.event, Some(Event::AccessStarted(_))), "{first:?}");
        }
    }
    Ok(stream)
}

async fn watch_to_the_end(
    mut stream: Streaming<WatchResponse>,
    mut watcher: Watcher,
) -> Result<(Watcher, Status)> {
    loop {
        match stream.message().await {
            Ok(Some(message)) => watcher.take(message)?,
            Ok(None) => bail!("the stream ended without a reason"),
            Err(status) => return Ok((watcher, status)),
        }
    }
}

impl Watcher {
    fn take(&mut self, message: WatchResponse) -> Result<()> {
        match message.event.context("an event")? {
            Event::Entry(event) => {
                let (entry, position) = (event.entry.context("entry")?, event.position.context("position")?);
                let before = self.positions.insert(position.patient_id.clone(), position.seq).unwrap_or(0);
                ensure!(entry.seq == position.seq && entry.patient_id == position.patient_id, "{position:?}");
                ensure!(entry.seq > before, "{} after {before}: out of order", entry.seq);
                self.entries.insert((entry.patient_id, entry.seq), entry.entry_id);
            }
            Event::Heartbeat(beat) => {
                for position in beat.positions {
                    self.positions.insert(position.patient_id, position.seq);
                }
            }
            Event::AccessStarted(position) => {
                self.positions.entry(position.patient_id).or_insert(position.seq);
            }
            Event::EntryMarked(mark) => bail!("nobody marks anything here: {mark:?}"),
            Event::AccessEnded(_) => bail!("access ended"),
        }
        Ok(())
    }
}

/// Watches on until everything stored has arrived.
async fn resume(
    session: &Session,
    mut watcher: Watcher,
    stored: &BTreeMap<(String, i64), String>,
    patients: usize,
) -> Result<()> {
    let mut stream = open(session, &watcher, patients).await?;
    while watcher.entries.len() < stored.len() {
        let next = timeout(wait::PATIENCE, stream.message()).await;
        let next =
            next.with_context(|| format!("{} of {} entries came", watcher.entries.len(), stored.len()))?;
        watcher.take(next?.context("the stream ended")?)?;
    }
    ensure!(watcher.entries == *stored, "other entries than are stored");
    Ok(())
}

/// Posts until the server is gone, and returns what was acknowledged.
async fn post_until_it_ends(
    session: Session,
    patient: String,
    stop: Arc<AtomicBool>,
) -> Vec<(String, i64, String)> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        match session.post(&patient, "記録").await {
            Ok(entry) => acknowledged.push((patient.clone(), entry.seq, entry.entry_id)),
            Err(_) => break,
        }
    }
    acknowledged
}
