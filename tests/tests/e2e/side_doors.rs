//! Ways around the access rule and the limits that a hostile review once found open. Each test tries one
//! again: what was read ahead, what a page token or a position tells, and who can shut the others out.

mod damage;
mod limits;
mod listing;
mod sessions;
mod transfer;
mod watching;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    Category, ConsentForm, LogoutRequest, Period, PostEntryRequest, WatchEntry, WatchPosition, WatchRequest,
    WatchResponse, watch_response::Event,
};
use renkei_tests::{binary, database::Engine, process, server::Server, wait};
use tokio::time::{Instant, timeout, timeout_at};
use tonic::{Status, Streaming};

use crate::{
    grpc::Session,
    region::{Member, Region, form_organizations, notice_of, posting},
};

/// How long a stream must stay silent to be taken for silent.
const SILENCE: Duration = Duration::from_millis(300);

/// A patient of a doctor, with a care manager and a pharmacist in the care team, and no consent for them.
struct Team {
    region: Region,
    doctor: Member,
    manager: Member,
    pharmacist: Member,
    patient: String,
}

impl Team {
    async fn open(engine: Engine) -> Result<Self> {
        let region = Region::open(engine).await?;
        let doctor = region.doctor("wada").await?;
        let manager = region.care_manager("yano").await?;
        let pharmacist = region.pharmacist("abe").await?;
        let patient = doctor.session.register().await?;
        for member in [&manager, &pharmacist] {
            doctor.session.join(&patient, &member.session).await?;
        }
        Ok(Self { region, doctor, manager, pharmacist, patient })
    }

    /// Posts as the doctor.
    async fn post(&self, category: Category, text: &str) -> Result<i64> {
        let request = PostEntryRequest { category: category.into(), ..posting(&self.patient, text) };
        let answer = self.doctor.session.timeline.clone().post_entry(request).await?.into_inner();
        Ok(answer.entry.context("entry")?.seq)
    }

    /// A consent for the organisation of `member`: for some categories, or all; from now, or from then on.
    async fn consent(
        &self,
        member: &Member,
        categories: &[Category],
        start: Option<prost_types::Timestamp>,
    ) -> Result<String> {
        let form = ConsentForm {
            categories: categories.iter().map(|category| i32::from(*category)).collect(),
            period: start.map(|start| Period { start: Some(start), end: None }),
            ..form_organizations(&[&member.session])
        };
        self.doctor.session.consent(&self.patient, form).await
    }

    async fn withdraw(&self, consent_id: &str) -> Result<()> {
        self.doctor.session.withdraw(&self.patient, consent_id, None).await
    }
}

/// The stopped server's SQLite file, with everything in it: another program that opens and closes the database
/// brings in what still stands in the log beside it.
fn sqlite_file(server: &Server) -> Result<PathBuf> {
    let mut migrate = process::command(&binary::server()?);
    migrate.arg("--config").arg(server.config_file()).arg("migrate");
    let done = process::run(migrate.env("RENKEI_SERVER_DATA_DIR", server.data_dir()), b"")?;
    ensure!(done.status.success(), "renkei-server migrate: {}", done.stderr);
    let file = server.data_dir().join("renkei.sqlite");
    ensure!(!file.with_extension("sqlite-wal").exists(), "there is still something in the log");
    Ok(file)
}

async fn log_out(session: &Session) -> Result<()> {
    session.auth.clone().logout(LogoutRequest {}).await?;
    Ok(())
}

/// Watches one patient, from a position or from now on.
pub(crate) async fn watch(
    session: &Session,
    patient: &str,
    from: Option<i64>,
) -> Result<Streaming<WatchResponse>, Status> {
    let positions = from.map(|seq| WatchPosition { patient_id: patient.to_owned(), seq, mark: None });
    let request =
        WatchRequest { patient_ids: vec![patient.to_owned()], positions: positions.into_iter().collect() };
    Ok(session.timeline.clone().watch(request).await?.into_inner())
}

/// Before that, a stream was woken: by itself it looks every five seconds. What is promised is a second, which a busy
/// machine need not keep in every one of hundreds.
pub(crate) const WOKEN: Duration = Duration::from_millis(2500);

/// Nothing but signs of life comes for a while.
pub(crate) async fn is_silent(stream: &mut Streaming<WatchResponse>) -> Result<()> {
    while let Ok(more) = timeout(SILENCE, stream.message()).await {
        let more = more?.context("the stream ended")?;
        ensure!(matches!(more.event, Some(Event::Heartbeat(_))), "{more:?}");
    }
    Ok(())
}

/// What happens next on a stream, or what it ended with.
pub(crate) async fn next(stream: &mut Streaming<WatchResponse>) -> Result<Result<Event, Status>> {
    let end = Instant::now() + wait::PATIENCE;
    loop {
        let message = timeout_at(end, stream.message()).await.context("nothing comes")?;
        match message {
            Ok(Some(WatchResponse { event: Some(Event::Heartbeat(_)) })) => {}
            Ok(Some(message)) => return Ok(Ok(message.event.context("an event")?)),
            Ok(None) => bail!("the stream ended without a reason"),
            Err(status) => return Ok(Err(status)),
        }
    }
}

/// The `seq` that access starts with.
pub(crate) async fn started(stream: &mut Streaming<WatchResponse>) -> Result<i64> {
    match next(stream).await?? {
        Event::AccessStarted(position) => Ok(position.seq),
        other => bail!("{other:?}"),
    }
}

/// The `seq` of the next entry that somebody wrote.
async fn entry(stream: &mut Streaming<WatchResponse>) -> Result<i64> {
    loop {
        match next(stream).await?? {
            Event::Entry(event) if is_notice(&event) => {}
            Event::Entry(event) => return Ok(event.position.context("position")?.seq),
            other => bail!("{other:?}"),
        }
    }
}

/// Nobody wrote it: the server tells the care team of something.
fn is_notice(event: &WatchEntry) -> bool {
    event.entry.as_ref().is_some_and(|entry| notice_of(entry).is_some())
}
