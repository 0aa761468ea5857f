//! Whoever takes all places of one kind has taken only their own.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{LoginRequest, PostEntryRequest, auth_service_client::AuthServiceClient};
use renkei_tests::{database::Engine, wait};
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use super::{
    started,
    transfer::{begin_upload, download},
    watch,
};
use crate::{
    guessing::let_time_pass,
    refusal::{expect, expect_refused, first_of},
    region::{Region, frames, posting},
};

crate::on_both_engines!(
    a_device_that_guesses_passwords_shuts_nobody_out,
    a_person_has_few_uploads_at_once,
    a_person_has_few_downloads_at_once,
    a_session_has_few_streams_at_once,
);

async fn a_device_that_guesses_passwords_shuts_nobody_out(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let guesser = region.doctor("wada").await?.device;
    let other = region.care_manager("yano").await?.device;
    let client = AuthServiceClient::new(region.place.channel(Some(&guesser.credentials))?);
    let mut guesses = JoinSet::new();
    for number in 0..60 {
        let (mut client, login_name) = (client.clone(), guesser.login_name.clone());
        let password = format!("ate-zuppo-{number}");
        let request = LoginRequest { login_name, password, ..Default::default() };
        guesses.spawn(async move { client.login(request).await });
    }
    let (mut wrong, mut turned_away) = (0, 0);
    let first = guesses.join_next().await.context("a guess")??;
    other.login().await.context("somebody else meanwhile")?;
    for guess in std::iter::once(first).chain(guesses.join_all().await) {
        let status = guess.err().context("a guess was right")?;
        match status.get_details_error_info().context("an ErrorInfo")?.reason.as_str() {
            "LOGIN_FAILED" => wrong += 1,
            "BUSY" | "LOGIN_DELAYED" => turned_away += 1,
            _ => anyhow::bail!("{status:?}"),
        }
    }
    println!("{wrong} guesses were checked, {turned_away} turned away");
    ensure!(
        (1..=5).contains(&wrong) && turned_away > 0,
        "{wrong} guesses were checked, {turned_away} turned away"
    );
    let_time_pass(&region.server, 1)?;
    guesser.login().await.context("the right password, after the wait")?;
    Ok(())
}

async fn a_person_has_few_uploads_at_once(engine: Engine) -> Result<()> {
    const MOST: usize = 4;
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?.session;
    let other = region.care_manager("yano").await?.session;
    let patient = doctor.register().await?;
    doctor.join(&patient, &other).await?;
    doctor.consent_to_all(&patient).await?;
    let (mut uploads, mut senders) = (JoinSet::new(), Vec::new());
    for number in 0..=MOST {
        let mut frames = frames(&patient, &format!("scan {number}"), &vec![7; 300_000]);
        let last = frames.pop().context("a last frame")?;
        let (sender, upload) = begin_upload(&doctor);
        for frame in frames {
            sender.send(frame).await?;
        }
        senders.push((sender, last));
        uploads.spawn(upload);
    }
    // The others wait for their last frame.
    let refused = timeout(wait::PATIENCE, uploads.join_next()).await?.context("an upload")???;
    expect(&refused.err().context("it was taken")?, Code::ResourceExhausted, "BUSY")?;
    other.upload(&patient, "photo.jpg", b"x").await.context("somebody else meanwhile")?;
    for (sender, last) in senders {
        // fails on the one that was refused
        let _ = sender.send(last).await;
    }
    while let Some(upload) = timeout(wait::PATIENCE, uploads.join_next()).await? {
        upload???;
    }
    doctor.upload(&patient, "photo.jpg", b"x").await.context("the places are free again")?;
    Ok(())
}

async fn a_person_has_few_downloads_at_once(engine: Engine) -> Result<()> {
    const MOST: usize = 8;
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let other = region.care_manager("yano").await?.session;
    let patient = doctor.session.register().await?;
    doctor.session.join(&patient, &other).await?;
    doctor.session.consent_to_all(&patient).await?;
    // More than is on the way to a client that does not read.
    let file = doctor.session.upload(&patient, "scan.dcm", &vec![7; 8 << 20]).await?.attachment_id;
    let request = PostEntryRequest { attachment_ids: vec![file.clone()], ..posting(&patient, "画像") };
    doctor.session.timeline.clone().post_entry(request).await?;
    let mut streams = Vec::new();
    for _ in 0..MOST {
        // A connection of its own, so that none waits for another one's bytes to be read.
        let session = doctor.device.connect_again(&doctor.session)?;
        streams.push(download(&session, &patient, &file).await?);
    }
    // Another session makes no difference.
    let again = doctor.device.login().await?;
    let busy = download(&again, &patient, &file).await.err().context("one too many")?;
    expect(&busy.downcast::<Status>()?, Code::ResourceExhausted, "BUSY")?;
    download(&other, &patient, &file).await.context("somebody else meanwhile")?;

    streams.pop();
    let end = Instant::now() + wait::PATIENCE;
    while let Err(error) = download(&again, &patient, &file).await {
        expect(&error.downcast::<Status>()?, Code::ResourceExhausted, "BUSY")?;
        ensure!(Instant::now() < end, "the place does not become free");
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn a_session_has_few_streams_at_once(engine: Engine) -> Result<()> {
    const MOST: usize = 8;
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let patient = doctor.session.register().await?;
    let mut streams = Vec::new();
    for _ in 0..MOST {
        let mut stream = watch(&doctor.session, &patient, None).await?;
        started(&mut stream).await?;
        streams.push(stream);
    }
    // A connection of its own makes no difference; a session of its own does.
    let again = doctor.device.connect_again(&doctor.session)?;
    let one_more = || async { first_of(watch(&again, &patient, None).await.map(Response::new)).await };
    expect_refused(one_more().await, Code::ResourceExhausted, "BUSY")?;
    let other = doctor.device.login().await?;
    started(&mut watch(&other, &patient, None).await?).await.context("another session")?;

    streams.pop();
    let end = Instant::now() + wait::PATIENCE;
    while let Err(status) = one_more().await {
        expect(&status, Code::ResourceExhausted, "BUSY")?;
        ensure!(Instant::now() < end, "the place does not become free");
        tokio::task::yield_now().await;
    }
    Ok(())
}
