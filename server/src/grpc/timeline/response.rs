//! Entries and stream events into protobuf.

use renkei_domain::id::PatientId;
use renkei_domain::search::{Excerpt, Found};
use renkei_domain::timeline::{Acknowledgement, Attachment, Entry, Mark, Mention, Reader};
use renkei_proto::v1 as proto;
use renkei_proto::v1::watch_response::Event;

use super::content;
use crate::app::timeline::{Marked, Position, Readers, WatchEvent};
use crate::grpc::convert;

pub(in crate::grpc) fn entry(entry: Entry) -> proto::Entry {
    let status = convert::entry_status(entry.status());
    let question_state = question_state(entry.is_open_question());
    proto::Entry {
        entry_id: entry.id.to_string(),
        patient_id: entry.patient.to_string(),
        seq: entry.seq,
        category: convert::category(entry.category),
        sensitivity: convert::sensitivity(entry.sensitivity),
        author: convert::actor(entry.author),
        post_time: convert::time(entry.posted_at),
        reply_to_entry_id: convert::optional_text(entry.reply_to),
        urgent: entry.urgent,
        damaged: entry.content.is_none(),
        content: entry.content.map(content::content),
        attachments: entry.attachments.into_iter().map(attachment).collect(),
        read: entry.read,
        kind: convert::entry_kind(entry.kind),
        occur_time: convert::time(entry.occurred_at),
        write_time: entry.about.written_at.and_then(convert::time),
        status,
        revision: i32::try_from(entry.revision).unwrap_or(i32::MAX),
        amended_by_entry_id: convert::optional_text(entry.afterwards.amended.map(|(_, by)| by)),
        amendment: entry
            .about
            .amends
            .map(|amends| proto::Amendment { entry_id: amends.entry.to_string(), reason: amends.reason }),
        responsible: entry.about.responsible.map(|(person, name)| proto::Responsible {
            person_id: person.to_string(),
            person_name: name,
            finalize_time: entry.afterwards.finalized_at.and_then(convert::time),
        }),
        mentions: entry.about.mentions.into_iter().map(mention).collect(),
        question_state,
        acknowledged: entry.afterwards.acknowledged,
    }
}

fn question_state(is_open: Option<bool>) -> i32 {
    let state = match is_open {
        None => proto::QuestionState::Unspecified,
        Some(true) => proto::QuestionState::Open,
        Some(false) => proto::QuestionState::Answered,
    };
    state.into()
}

pub(super) fn readers(told: Readers) -> proto::ListReadersResponse {
    let reader = |reader: Reader| proto::Reader {
        actor: convert::actor(reader.actor),
        read_time: convert::time(reader.read_at),
    };
    let acknowledgement = |one: Acknowledgement| proto::Acknowledgement {
        actor: convert::actor(one.actor),
        acknowledge_time: convert::time(one.acknowledged_at),
        word: one.word,
    };
    proto::ListReadersResponse {
        readers: told.readers.into_iter().map(reader).collect(),
        acknowledgements: told.acknowledgements.into_iter().map(acknowledgement).collect(),
        not_read: told.not_read.items.into_iter().filter_map(convert::actor).collect(),
        next_page_token: told.not_read.next_token,
    }
}

fn mention(mention: Mention) -> proto::Mention {
    proto::Mention {
        person_id: convert::optional_text(mention.person),
        organization_id: convert::optional_text(mention.organization),
        role: mention.role.map_or(0, convert::role),
        name: mention.name,
    }
}

fn attachment(attachment: Attachment) -> proto::AttachmentSummary {
    let attachment_id = attachment.id.to_string();
    match attachment.file {
        Some(file) => proto::AttachmentSummary {
            attachment_id,
            file_name: file.name,
            content_type: file.content_type,
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
            sha256: file.sha256.to_vec().into(),
            damaged: false,
            position: attachment.position.map_or(0, convert::position),
            has_preview: attachment.has_preview,
        },
        None => proto::AttachmentSummary { attachment_id, damaged: true, ..Default::default() },
    }
}

pub(super) fn found(found: Found) -> proto::FoundEntry {
    proto::FoundEntry {
        entry_id: found.id.to_string(),
        seq: found.seq,
        category: convert::category(found.category),
        sensitivity: convert::sensitivity(found.sensitivity),
        author: convert::actor(found.author),
        post_time: convert::time(found.posted_at),
        excerpts: found.excerpts.into_iter().map(excerpt).collect(),
    }
}

fn excerpt(excerpt: Excerpt) -> proto::Excerpt {
    // an excerpt has a few hundred characters
    let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    proto::Excerpt {
        field: excerpt.field.to_owned(),
        text: excerpt.text,
        ranges: excerpt
            .ranges
            .into_iter()
            .map(|range| proto::TextRange { start: place(range.start), end: place(range.end) })
            .collect(),
        more_before: excerpt.more_before,
        more_after: excerpt.more_after,
        attachment_id: convert::optional_text(excerpt.attachment),
    }
}

pub(super) fn watch_event(event: WatchEvent) -> proto::WatchResponse {
    let event = match event {
        WatchEvent::Entry(new, at) => {
            let position = position((new.patient, at));
            Event::Entry(proto::WatchEntry { entry: Some(entry(*new)), position: Some(position) })
        }
        WatchEvent::Marked(marked, at) => Event::EntryMarked(entry_marked(&marked, at)),
        WatchEvent::AccessStarted(patient, at) => Event::AccessStarted(position((patient, at))),
        WatchEvent::AccessEnded(patient) => {
            Event::AccessEnded(proto::AccessEnded { patient_id: patient.to_string() })
        }
        WatchEvent::Heartbeat(now, positions) => Event::Heartbeat(proto::Heartbeat {
            server_time: convert::time(now),
            positions: positions.into_iter().map(position).collect(),
        }),
    };
    proto::WatchResponse { event: Some(event) }
}

fn entry_marked(marked: &Marked, at: Position) -> proto::EntryMarked {
    let mark = match marked.mark {
        Mark::Corrected => proto::EntryMark::Corrected,
        Mark::EnteredInError => proto::EntryMark::EnteredInError,
        Mark::Answered => proto::EntryMark::Answered,
        Mark::Finalized => proto::EntryMark::Finalized,
        Mark::Acknowledged => proto::EntryMark::Acknowledged,
    };
    proto::EntryMarked {
        patient_id: marked.patient.to_string(),
        entry_id: marked.entry.to_string(),
        seq: marked.seq,
        mark: mark.into(),
        mark_time: convert::time(marked.marked_at),
        status: convert::entry_status(marked.status),
        amended_by_entry_id: convert::optional_text(marked.amended_by),
        finalize_time: marked.finalized_at.and_then(convert::time),
        question_state: question_state(marked.is_open),
        acknowledged: marked.acknowledged,
        read: marked.read,
        position: Some(position((marked.patient, at))),
    }
}

fn position((patient, at): (PatientId, Position)) -> proto::WatchPosition {
    proto::WatchPosition { patient_id: patient.to_string(), seq: at.seq, mark: Some(at.mark) }
}
