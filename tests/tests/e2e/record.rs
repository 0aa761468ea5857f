//! The legal record (真正性, R14, R15): corrections, retractions and proxy entries; questions, mentions and
//! acknowledgements; filters and views.

mod amendments;
mod files;
mod marks;
mod proxies;
mod questions;
mod reading;
mod reopened;

pub(crate) use self::questions::said;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    AcknowledgeEntryRequest, CorrectEntryRequest, Entry, EntryContent, EntryStatus, FinalizeEntryRequest,
    GetEntryRequest, InboxView, ListInboxRequest, ListReadersRequest, ListReadersResponse, PostEntryRequest,
    RetractEntryRequest, VisitNote, entry_content::Content,
};
use renkei_tests::{database::Engine, server::Server};
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

/// Puts `count` copies of the newest entry of the only patient behind it, with SQL: they do not open.
pub(crate) fn bury(server: &Server, engine: Engine, count: usize) -> Result<()> {
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let columns = "revision, category, sensitivity, author_person_id, author_organization_id, author_role, \
                   reply_to_entry_id, urgent, key_version, body, posted_at, kind, occurred_at";
    server.sql(&format!(
        "WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < {count}) \
         INSERT INTO entry (patient_id, seq, entry_id, {columns}) \
         SELECT e.patient_id, e.seq + n, {id}, {columns} FROM entry e CROSS JOIN place \
         WHERE e.seq = (SELECT head_seq FROM patient)"
    ))?;
    server.sql(&format!("UPDATE patient SET head_seq = head_seq + {count}"))?;
    Ok(())
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

    pub(super) async fn acknowledge(&self, entry: &Entry, word: &str) -> Result<(), Status> {
        let request = AcknowledgeEntryRequest {
            patient_id: entry.patient_id.clone(),
            entry_id: entry.entry_id.clone(),
            word: word.to_owned(),
        };
        self.timeline.clone().acknowledge_entry(request).await?;
        Ok(())
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
        let request = ListReadersRequest {
            patient_id: entry.patient_id.clone(),
            entry_id: entry.entry_id.clone(),
            ..Default::default()
        };
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
