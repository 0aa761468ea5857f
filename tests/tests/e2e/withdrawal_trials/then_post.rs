//! What is posted after a withdrawal is nowhere to be found for whom the consent named: on a stream that
//! goes on, in lists, in counts, by its id.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    DownloadAttachmentRequest, Entry, GetEntryRequest, GetPatientRequest, ListConsentsRequest,
    ListEntriesRequest, ListPatientsRequest, ListReadersRequest, MarkReadRequest, PostEntryRequest,
};
use renkei_tests::database::Engine;
use tokio::task::JoinSet;
use tonic::{Code, Response, Status};

use super::{
    LANES, LONG_SESSIONS, collect,
    figures::Figures,
    lane::Lane,
    share,
    stream::{Event, Stream, What},
    trials,
};
use crate::{
    refusal::{expect, first_of},
    region::{Region, form_organizations, posting},
};

crate::on_both_engines!(what_is_posted_after_a_withdrawal_is_nowhere);

async fn what_is_posted_after_a_withdrawal_is_nowhere(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, LONG_SESSIONS).await?;
    let doctor = region.doctor("wada").await?;
    let mut lanes = JoinSet::new();
    for number in 0..LANES {
        let member = region.care_manager(&format!("yano{number}")).await?;
        let lane = Lane::open(&doctor, member, &region.place).await?;
        let other = lane.custodian.register().await?;
        for patient in [&lane.patient, &other] {
            lane.custodian.join(patient, &lane.watcher).await?;
        }
        lane.custodian.consent_to_all(&other).await?;
        lanes.spawn(Pair { lane, other }.trials(share(trials()?, number)));
    }
    collect(lanes).await?.conclude(&format!("a post after a withdrawal, {engine:?}"))
}

/// A patient whose consent comes and goes, and another one who consents all the time.
struct Pair {
    lane: Lane,
    other: String,
}

impl Pair {
    async fn trials(self, trials: usize) -> Result<Figures> {
        let Lane { patient, custodian, watcher, watching, .. } = &self.lane;
        let mut figures = Figures::default();
        let mut stream = Stream::open(watching).await?;
        for number in 0..trials {
            let consent = custodian.consent(patient, form_organizations(&[watcher])).await?;
            self.lane.access_starts(&mut stream, &mut figures).await?;
            custodian.withdraw(patient, &consent, None).await?;
            let answered = Instant::now();
            let mut entries = Vec::new();
            // every other time nothing but the withdrawal makes the server look
            let is_quiet = number % 2 == 1;
            let ended =
                if is_quiet { Some(self.lane.access_ends(&mut stream, &mut entries).await?) } else { None };
            let hidden = self.post(patient).await?;
            let shown = self.post(&self.other).await?;
            figures.posts += 2;
            figures.entries += entries.len();
            self.look_everywhere(&hidden, &shown, &mut figures).await?;
            let ended = self.stream_says(&mut stream, ended, &hidden, &shown, &mut figures).await?;
            figures.trials += 1;
            figures.ends.push(ended.saturating_duration_since(answered));
        }
        Ok(figures)
    }

    /// A post with a file.
    async fn post(&self, patient: &str) -> Result<Entry> {
        let file = self.lane.custodian.upload(patient, "photo.jpg", b"not a photo").await?.attachment_id;
        let request =
            PostEntryRequest { attachment_ids: vec![file], ..posting(patient, "取り消しの後") };
        self.lane.custodian.timeline.clone().post_entry(request).await?.into_inner().entry.context("entry")
    }

    /// Reads on until the entry of the other patient: until then access ends, and nothing of it comes after.
    async fn stream_says(
        &self,
        stream: &mut Stream,
        mut ended: Option<Instant>,
        hidden: &Entry,
        shown: &Entry,
        figures: &mut Figures,
    ) -> Result<Instant> {
        let mut is_shown = false;
        loop {
            if let (Some(ended), true) = (ended, is_shown) {
                return Ok(ended);
            }
            let Event { at, what } = stream.next().await?;
            match what {
                What::Ended(patient) if patient == self.lane.patient => ended = Some(at),
                What::Entry(seen) if seen.entry_id == shown.entry_id => {
                    figures.entries += 1;
                    is_shown = true;
                }
                What::Entry(seen) if seen.patient == self.lane.patient => {
                    figures.entries += 1;
                    if seen.seq >= hidden.seq || ended.is_some() {
                        figures.violations.push(format!("entry {} came on the stream", seen.seq));
                    }
                }
                What::Closed(status) => return Err(status.into()),
                _ => {}
            }
        }
    }

    async fn look_everywhere(&self, hidden: &Entry, shown: &Entry, figures: &mut Figures) -> Result<()> {
        let (patient_id, entry_id) = (hidden.patient_id.clone(), hidden.entry_id.clone());
        let file = hidden.attachments.first().context("file")?.attachment_id.clone();
        let (mut timeline, mut patients) =
            (self.lane.watcher.timeline.clone(), self.lane.watcher.patients.clone());
        let mut note = |what: &str, found: bool| {
            if found {
                figures.violations.push(format!("{what} shows entry {}", hidden.seq));
            }
        };
        let request = ListEntriesRequest { patient_id: patient_id.clone(), ..Default::default() };
        note("ListEntries", is_there(timeline.list_entries(request).await)?);
        let request = GetEntryRequest { patient_id: patient_id.clone(), entry_id: entry_id.clone() };
        note("GetEntry", is_there(timeline.get_entry(request).await)?);
        let request = ListReadersRequest { patient_id: patient_id.clone(), entry_id, ..Default::default() };
        note("ListReaders", is_there(timeline.list_readers(request).await)?);
        let request = GetPatientRequest { patient_id: patient_id.clone() };
        note("GetPatient", is_there(patients.get_patient(request).await)?);
        let request = ListConsentsRequest { patient_id: patient_id.clone() };
        note("ListConsents", is_there(self.lane.watcher.consents.clone().list_consents(request).await)?);
        let request = DownloadAttachmentRequest {
            patient_id: patient_id.clone(),
            attachment_id: file,
            offset: 0,
            ..Default::default()
        };
        let file = self.lane.watcher.attachments.clone().download_attachment(request).await;
        note("DownloadAttachment", is_there(first_of(file).await)?);

        let listed = patients.list_patients(ListPatientsRequest::default()).await?.into_inner().patients;
        note("ListPatients", listed.iter().any(|patient| patient.patient_id == patient_id));
        ensure!(listed.iter().any(|patient| patient.patient_id == self.other), "the other patient is hidden");
        let inbox = self.lane.watcher.inbox().await?;
        note("ListInbox", inbox.iter().any(|entry| entry.patient_id == patient_id));
        ensure!(inbox.iter().any(|entry| entry.entry_id == shown.entry_id), "the other entry is hidden");
        let entry_ids = inbox.iter().map(|entry| entry.entry_id.clone()).collect();
        timeline.mark_read(MarkReadRequest { patient_id: self.other.clone(), entry_ids }).await?;
        Ok(())
    }
}

/// False for NOT_FOUND.
fn is_there<T>(answer: Result<Response<T>, Status>) -> Result<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(status) => expect(&status, Code::NotFound, "NOT_FOUND").map(|()| false),
    }
}
