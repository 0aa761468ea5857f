//! The legal record (真正性, R14, R15): corrections, retractions and proxy entries; questions, mentions and
//! acknowledgements; filters and views.

mod amendments;
mod proxies;
mod questions;
mod reading;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    CorrectEntryRequest, Entry, EntryContent, EntryStatus, FinalizeEntryRequest, GetEntryRequest, InboxView,
    ListInboxRequest, ListReadersRequest, ListReadersResponse, PostEntryRequest, RetractEntryRequest,
    VisitNote, entry_content::Content,
};
use tonic::Status;

use crate::{
    grpc::Session,
    region::{message, new_id, posting},
};

/// A visit note that says what was found.
fn note(objective: &str) -> Option<EntryContent> {
    let note = VisitNote { objective: objective.to_owned(), ..Default::default() };
    Some(EntryContent { content: Some(Content::VisitNote(note)) })
}

fn post_note(patient_id: &str, objective: &str) -> PostEntryRequest {
    PostEntryRequest { content: note(objective), ..posting(patient_id, "") }
}

pub(crate) fn correction(of: &Entry, content: Option<EntryContent>) -> CorrectEntryRequest {
    CorrectEntryRequest {
        request_id: new_id(),
        patient_id: of.patient_id.clone(),
        entry_id: new_id(),
        corrects_entry_id: of.entry_id.clone(),
        reason: "左右の取り違え".to_owned(),
        content,
        ..Default::default()
    }
}

pub(crate) fn retraction(of: &Entry) -> RetractEntryRequest {
    RetractEntryRequest {
        request_id: new_id(),
        patient_id: of.patient_id.clone(),
        entry_id: new_id(),
        retracts_entry_id: of.entry_id.clone(),
        reason: "別の患者の記録".to_owned(),
    }
}

fn status_of(entry: &Entry) -> EntryStatus {
    entry.status()
}

impl Session {
    pub(crate) async fn post_as_asked(&self, request: PostEntryRequest) -> Result<Entry, Status> {
        let answer = self.timeline.clone().post_entry(request).await?.into_inner();
        answer.entry.ok_or_else(|| Status::internal("no entry in the answer"))
    }

    pub(crate) async fn correct(&self, request: CorrectEntryRequest) -> Result<Entry, Status> {
        let answer = self.timeline.clone().correct_entry(request).await?.into_inner();
        answer.entry.ok_or_else(|| Status::internal("no entry in the answer"))
    }

    pub(crate) async fn retract(&self, request: RetractEntryRequest) -> Result<Entry, Status> {
        let answer = self.timeline.clone().retract_entry(request).await?.into_inner();
        answer.entry.ok_or_else(|| Status::internal("no entry in the answer"))
    }

    async fn finalize(&self, entry: &Entry) -> Result<Entry, Status> {
        let request =
            FinalizeEntryRequest { patient_id: entry.patient_id.clone(), entry_id: entry.entry_id.clone() };
        let answer = self.timeline.clone().finalize_entry(request).await?.into_inner();
        answer.entry.ok_or_else(|| Status::internal("no entry in the answer"))
    }

    async fn read_again(&self, entry: &Entry) -> Result<Entry> {
        let request =
            GetEntryRequest { patient_id: entry.patient_id.clone(), entry_id: entry.entry_id.clone() };
        self.timeline.clone().get_entry(request).await?.into_inner().entry.context("entry")
    }

    async fn who_read(&self, entry: &Entry) -> Result<ListReadersResponse> {
        let request =
            ListReadersRequest { patient_id: entry.patient_id.clone(), entry_id: entry.entry_id.clone() };
        Ok(self.timeline.clone().list_readers(request).await?.into_inner())
    }

    /// Ids of what a view of the inbox holds.
    async fn view(&self, view: InboxView) -> Result<Vec<String>> {
        let request = ListInboxRequest { page_size: 100, view: view.into(), ..Default::default() };
        let entries = self.timeline.clone().list_inbox(request).await?.into_inner().entries;
        Ok(entries.into_iter().map(|entry| entry.entry_id).collect())
    }
}

/// A message that replies to `parent`.
fn reply(parent: &Entry, text: &str) -> PostEntryRequest {
    PostEntryRequest {
        reply_to_entry_id: parent.entry_id.clone(),
        content: message(text),
        ..posting(&parent.patient_id, "")
    }
}
