//! Rotating the root key while people work.
//!
//! `RENKEI_ROTATION_PATIENTS` sets the number of patients (300).

use std::{
    env, fs,
    io::Read as _,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{database::Engine, process, server::Server};
use tokio::task::JoinSet;

use super::{
    fill::{NAME, fill},
    number, status,
};
use crate::{grpc::Session, region::Region};

crate::on_both_engines!(
    nobody_notices_a_rotation_of_the_root_key,
    a_rotation_of_the_root_key_that_was_killed_goes_on,
);

/// Sessions that outlive the longest run.
const SETTINGS: &str = "[sessions]\naccess_seconds = 36000\nidle_seconds = 36000\nabsolute_seconds = 36000\nstep_up_seconds = 36000\n";
const READERS: usize = 4;
/// Patients who are posted to.
const BUSY: usize = 8;

/// What went on beside the rotation.
#[derive(Default)]
struct Work {
    stop: AtomicBool,
    reads: AtomicUsize,
    posts: AtomicUsize,
    registrations: AtomicUsize,
}

async fn nobody_notices_a_rotation_of_the_root_key(engine: Engine) -> Result<()> {
    let count: usize = env::var("RENKEI_ROTATION_PATIENTS").map_or(Ok(300), |count| count.parse())?;
    let mut region = Region::open_with(engine, SETTINGS).await?;
    let doctor = region.doctor("asano").await?;
    let filled = Instant::now();
    let patients = Arc::new(fill(&region.server, &doctor.session, count).await?);
    println!("{count} patients in {:.0?}", filled.elapsed());

    let work = Arc::new(Work::default());
    let mut tasks = JoinSet::new();
    for reader in 0..READERS {
        let session = doctor.device.connect_again(&doctor.session)?;
        tasks.spawn(keep_reading(session, Arc::clone(&patients), reader, Arc::clone(&work)));
    }
    let session = doctor.device.connect_again(&doctor.session)?;
    tasks.spawn(keep_posting(session, Arc::clone(&patients), Arc::clone(&work)));
    let session = doctor.device.connect_again(&doctor.session)?;
    tasks.spawn(keep_registering(session, Arc::clone(&work)));
    wait_for_more(&work, &mut tasks).await?;

    let begun = Instant::now();
    let told = rotate(&region.server).await?;
    let took = begun.elapsed();
    let during = work.reads.load(Ordering::SeqCst);
    // and on, beyond the retirement of the old version
    wait_for_more(&work, &mut tasks).await?;
    work.stop.store(true, Ordering::SeqCst);
    while let Some(done) = tasks.join_next().await {
        done?.context("beside the rotation")?;
    }
    let registered = work.registrations.load(Ordering::SeqCst);
    let after = status(&region.server).await?;
    let behind = number(&after, "/behind")?;
    println!(
        "{engine:?}: {} reads ({during} by the end of the rotation), {} posts, {registered} registrations, 0 \
         failures; {behind} keys behind; {count} patients took {took:.1?}: {told}",
        work.reads.load(Ordering::SeqCst),
        work.posts.load(Ordering::SeqCst),
    );
    ensure!(behind == 0, "{after}");
    ensure!(after["root_versions"][0]["state"] == "retired" && after["root_versions"][0]["kept"] == false);
    ensure!(number(&after, "/root_versions/0/patient_keys")? == 0);
    ensure!(number(&after, "/root_versions/1/patient_keys")? == i64::try_from(count + registered)?);
    ensure!(number(&after, "/current")? == 2);
    let file = fs::read_to_string(region.server.data_dir().join("root.key"))?;
    let versions: Vec<_> = file.lines().filter(|line| !line.starts_with('#')).collect();
    ensure!(versions.len() == 1 && versions[0].starts_with("2:"), "the old version is still in the file");
    ensure!(!told.contains(&versions[0][2..]), "the key was printed");

    region.server.stop()?;
    region.server.start()?;
    read_some(&doctor.session, &patients).await
}

async fn a_rotation_of_the_root_key_that_was_killed_goes_on(engine: Engine) -> Result<()> {
    let mut region = Region::open_with(engine, SETTINGS).await?;
    let doctor = region.doctor("banno").await?;
    // several transactions
    let patients = fill(&region.server, &doctor.session, 700).await?;
    let mut command = region.server.beside(&["keys", "rotate-root"])?;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    // the first sign of progress: there is more to do than that
    child.stderr.take().context("stderr")?.read_exact(&mut [0])?;
    child.kill()?;
    child.wait()?;

    let broken_off = status(&region.server).await?;
    ensure!(broken_off["rotating_root"] == true, "it was done too soon: {broken_off}");
    ensure!(number(&broken_off, "/behind")? > 0 && number(&broken_off, "/root_versions/1/patient_keys")? > 0);
    let doctor_says = process::run(&mut region.server.beside(&["doctor"])?, b"")?;
    let doctor_says = String::from_utf8(doctor_says.stdout)?;
    ensure!(doctor_says.contains("warn  rotation of keys"), "{doctor_says}");
    read_some(&doctor.session, &patients).await.context("half rotated")?;
    region.server.kill()?;
    region.server.start()?;
    read_some(&doctor.session, &patients).await.context("half rotated, after a start")?;
    let new = doctor.session.register().await?;

    rotate(&region.server).await?;
    let done = status(&region.server).await?;
    ensure!(done["rotating_root"] == false && number(&done, "/behind")? == 0, "{done}");
    ensure!(done["root_versions"].as_array().is_some_and(|versions| versions.len() == 2), "{done}");
    doctor.session.post(&new, "鍵の更新の途中で登録").await?;
    read_some(&doctor.session, &patients).await?;

    // once more from a whole one
    rotate(&region.server).await?;
    ensure!(number(&status(&region.server).await?, "/current")? == 3);
    region.server.stop()?;
    region.server.start()?;
    read_some(&doctor.session, &patients).await
}

/// Rotates, however long it takes; what it told.
async fn rotate(server: &Server) -> Result<String> {
    let mut command = server.beside(&["keys", "rotate-root"])?;
    let done = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await??;
    let told = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    ensure!(done.status.success(), "{told}");
    Ok(told)
}

/// Waits until everybody has done more; whoever could not is told of.
async fn wait_for_more(work: &Work, tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    let counts = || [&work.reads, &work.posts, &work.registrations].map(|count| count.load(Ordering::SeqCst));
    let before = counts();
    let enough = async {
        while counts().iter().zip(before).any(|(now, before)| *now < before + 3) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = enough => Ok(()),
        Some(ended) = tasks.join_next() => ended?.context("beside the rotation"),
    }
}

/// Reads one patient after the other, in an order that brings most of them from the database.
async fn keep_reading(
    session: Session,
    patients: Arc<Vec<String>>,
    reader: usize,
    work: Arc<Work>,
) -> Result<()> {
    let mut number = reader * patients.len() / READERS;
    while !work.stop.load(Ordering::SeqCst) {
        number = (number + 1) % patients.len();
        read(&session, &patients, number).await?;
        work.reads.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

async fn read(session: &Session, patients: &[String], number: usize) -> Result<()> {
    let answer = session.patient(&patients[number]).await?.into_inner();
    let demographics = answer.patient.and_then(|patient| patient.demographics).context("it does not open")?;
    ensure!(demographics.name == format!("{NAME} {number}"), "another patient's");
    Ok(())
}

/// Reads up to 700 of them, from all over.
async fn read_some(session: &Session, patients: &[String]) -> Result<()> {
    for number in (0..patients.len()).step_by(patients.len().div_ceil(700)) {
        read(session, patients, number).await?;
    }
    Ok(())
}

async fn keep_posting(session: Session, patients: Arc<Vec<String>>, work: Arc<Work>) -> Result<()> {
    let mut number = 0;
    while !work.stop.load(Ordering::SeqCst) {
        let patient = &patients[number % BUSY * patients.len() / BUSY];
        session.post(patient, "鍵の更新の間に書く").await?;
        ensure!(!session.all_entries_of_a_page(patient).await?.is_empty());
        work.posts.fetch_add(1, Ordering::SeqCst);
        number += 1;
    }
    Ok(())
}

async fn keep_registering(session: Session, work: Arc<Work>) -> Result<()> {
    while !work.stop.load(Ordering::SeqCst) {
        session.register().await?;
        work.registrations.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

impl Session {
    /// The newest entries, each of which must open.
    async fn all_entries_of_a_page(&self, patient: &str) -> Result<Vec<renkei_proto::v1::Entry>> {
        let request = renkei_proto::v1::ListEntriesRequest {
            patient_id: patient.to_owned(),
            page_size: 5,
            ..Default::default()
        };
        let entries = self.timeline.clone().list_entries(request).await?.into_inner().entries;
        ensure!(entries.iter().all(|entry| entry.content.is_some()), "an entry does not open");
        Ok(entries)
    }
}
