//! The timeline, files and the audit log.

use renkei_proto::v1::{
    AcknowledgeEntryRequest, CorrectEntryRequest, CountMaintenanceRequest, DownloadAttachmentRequest,
    EntryFilter, ExportAuditEventsRequest, FinalizeEntryRequest, GetEntryRequest, GetInclusionProofsRequest,
    GetPatientSummaryRequest, GetUploadRequest, ListAccessesRequest, ListAuditEventsRequest,
    ListEntriesRequest, ListMaintenanceRequest, ListObservationsRequest, ListProvisionsRequest,
    ListReadersRequest, MarkReadRequest, PostEntryRequest, RetractEntryRequest, SearchEntriesRequest,
    WatchPosition, WatchRequest, upload_attachment_request::Frame,
};

use super::Answer;
use crate::{
    foreign_ids::{question::Question, world::Ids},
    grpc::Session,
    refusal::first_of,
    region::{frames, new_id, posting},
};

/// `None`: the question is about something else.
pub(super) async fn ask(question: Question, caller: &Session, ids: &Ids) -> Option<Answer> {
    let (mut timeline, mut audit) = (caller.timeline.clone(), caller.audit.clone());
    let (patient_id, entry_id) = (ids.patient.clone(), ids.entry.clone());
    Some(match question {
        Question::Post
        | Question::PostReply
        | Question::PostWithFile
        | Question::PostUnderEntryId
        | Question::PostUnderRequestId => timeline.post_entry(post(question, ids)).await.map(drop),
        Question::GetEntry => timeline.get_entry(GetEntryRequest { patient_id, entry_id }).await.map(drop),
        Question::ListEntries => {
            let request = ListEntriesRequest { patient_id, ..Default::default() };
            timeline.list_entries(request).await.map(drop)
        }
        Question::SearchEntries => {
            let query = "発赤".to_owned();
            let request = SearchEntriesRequest { patient_id, query, ..Default::default() };
            timeline.search_entries(request).await.map(drop)
        }
        Question::ListFiltered => {
            let filter = Some(EntryFilter { author_person_id: caller.person(), ..Default::default() });
            let request = ListEntriesRequest { patient_id, filter, ..Default::default() };
            timeline.list_entries(request).await.map(drop)
        }
        Question::CorrectEntry => {
            let request = CorrectEntryRequest {
                request_id: new_id(),
                patient_id,
                entry_id: new_id(),
                corrects_entry_id: entry_id,
                reason: "誤記".to_owned(),
                content: posting("", "訂正").content,
                ..Default::default()
            };
            timeline.correct_entry(request).await.map(drop)
        }
        Question::RetractEntry => {
            let request = RetractEntryRequest {
                request_id: new_id(),
                patient_id,
                entry_id: new_id(),
                retracts_entry_id: entry_id,
                reason: "誤記".to_owned(),
            };
            timeline.retract_entry(request).await.map(drop)
        }
        Question::FinalizeEntry => {
            timeline.finalize_entry(FinalizeEntryRequest { patient_id, entry_id }).await.map(drop)
        }
        Question::AcknowledgeEntry => {
            let request = AcknowledgeEntryRequest { patient_id, entry_id, word: String::new() };
            timeline.acknowledge_entry(request).await.map(drop)
        }
        Question::GetPatientSummary => {
            let request = GetPatientSummaryRequest { patient_id };
            caller.summaries.clone().get_patient_summary(request).await.map(drop)
        }
        Question::ListObservations => {
            let request = ListObservationsRequest { patient_id, ..Default::default() };
            caller.summaries.clone().list_observations(request).await.map(drop)
        }
        Question::MarkRead => {
            let request = MarkReadRequest { patient_id, entry_ids: vec![entry_id] };
            timeline.mark_read(request).await.map(drop)
        }
        Question::ListReaders => timeline
            .list_readers(ListReadersRequest { patient_id, entry_id, ..Default::default() })
            .await
            .map(drop),
        Question::Watch => {
            let request = WatchRequest { patient_ids: vec![patient_id], positions: Vec::new() };
            first_of(timeline.watch(request).await).await.map(drop)
        }
        Question::WatchFromPosition => {
            // all whom the caller may see, and a position of somebody else
            let positions = vec![WatchPosition { patient_id, seq: 1, mark: Some(0) }];
            let request = WatchRequest { patient_ids: Vec::new(), positions };
            first_of(timeline.watch(request).await).await.map(drop)
        }
        Question::Upload | Question::UploadUnderId => {
            let mut frames = frames(&patient_id, "photo.jpg", b"not a photo");
            if let (Question::UploadUnderId, Some(Frame::Header(header))) =
                (question, frames.first_mut().and_then(|first| first.frame.as_mut()))
            {
                header.attachment_id.clone_from(&ids.attachment);
            }
            caller.send(frames).await.map(drop)
        }
        Question::GetUpload => {
            let request = GetUploadRequest { patient_id, attachment_id: ids.attachment.clone() };
            caller.attachments.clone().get_upload(request).await.map(drop)
        }
        Question::Download | Question::DownloadPaper => {
            let is_paper = question == Question::DownloadPaper;
            let attachment_id = if is_paper { ids.paper.clone() } else { ids.attachment.clone() };
            let request =
                DownloadAttachmentRequest { patient_id, attachment_id, offset: 0, ..Default::default() };
            first_of(caller.attachments.clone().download_attachment(request).await).await.map(drop)
        }
        Question::ListAuditEvents => {
            let request = ListAuditEventsRequest { patient_id, ..Default::default() };
            audit.list_audit_events(request).await.map(drop)
        }
        Question::ListAccesses => {
            let request = ListAccessesRequest { patient_id, ..Default::default() };
            audit.list_accesses(request).await.map(drop)
        }
        Question::ExportAuditEvents => {
            let request = ExportAuditEventsRequest { patient_id, ..Default::default() };
            first_of(audit.export_audit_events(request).await).await.map(drop)
        }
        Question::ListMaintenance => {
            let request = ListMaintenanceRequest { patient_id, ..Default::default() };
            audit.list_maintenance(request).await.map(drop)
        }
        Question::CountMaintenance => {
            let request = CountMaintenanceRequest { patient_id, ..Default::default() };
            audit.count_maintenance(request).await.map(drop)
        }
        Question::GetInclusionProofs => {
            let request = GetInclusionProofsRequest { patient_id, ..Default::default() };
            audit.get_inclusion_proofs(request).await.map(drop)
        }
        Question::ListProvisions => {
            let request = ListProvisionsRequest { patient_id, ..Default::default() };
            audit.list_provisions(request).await.map(drop)
        }
        _ => return None,
    })
}

fn post(question: Question, ids: &Ids) -> PostEntryRequest {
    let plain = posting(&ids.patient, "こんにちは");
    match question {
        Question::PostReply => PostEntryRequest { reply_to_entry_id: ids.entry.clone(), ..plain },
        Question::PostWithFile => PostEntryRequest { attachment_ids: vec![ids.attachment.clone()], ..plain },
        Question::PostUnderEntryId => PostEntryRequest { entry_id: ids.entry.clone(), ..plain },
        Question::PostUnderRequestId => PostEntryRequest { request_id: ids.request.clone(), ..plain },
        _ => plain,
    }
}
