//! Requests of `TimelineService` into commands.

use std::collections::HashMap;

use renkei_domain::id::{AttachmentId, EntryId, PatientId, RequestId};
use renkei_domain::search::Query;
use renkei_domain::timeline::{Content, Intent, Message};
use renkei_domain::{Result, Timestamp};
use renkei_proto::v1 as proto;

use super::content;
use crate::app::PageRequest;
use crate::app::timeline::{PostEntry, WatchCommand};
use crate::grpc::convert;
use crate::grpc::parse::Fields;

/// Characters of a query as it was typed; folded it has fewer.
const MAX_QUERY: usize = 500;

pub(super) fn post_entry(
    request: &proto::PostEntryRequest,
    now: Timestamp,
) -> Result<(RequestId, PostEntry)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let category = convert::from_consentable(request.category);
    if category.is_none() && request.category != 0 {
        fields.wrong("category", "must be a known category other than NOTICE, or be left out");
    }
    let sensitivity = convert::from_sensitivity(request.sensitivity);
    if sensitivity.is_none() && request.sensitivity != 0 {
        fields.wrong("sensitivity", "must be a known sensitivity, or be left out");
    }
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let entry = EntryId(fields.uuid("entry_id", &request.entry_id));
    let files = request.attachment_ids.len();
    let content = content::parse(&mut fields, request.content.as_ref(), files, now)
        .unwrap_or_else(|| Content::Message(Message { text: String::new(), intent: None }));
    let is_answer = matches!(content, Content::Message(Message { intent: Some(Intent::Answer), .. }));
    if is_answer && request.reply_to_entry_id.is_empty() {
        fields.wrong("reply_to_entry_id", "is required with an answer");
    }
    let command = PostEntry {
        patient,
        id: entry,
        content,
        category,
        sensitivity,
        reply_to: fields.optional_uuid("reply_to_entry_id", &request.reply_to_entry_id).map(EntryId),
        urgent: request.urgent,
        attachments: fields
            .uuids("attachment_ids", &request.attachment_ids, 20)
            .into_iter()
            .map(AttachmentId)
            .collect(),
    };
    fields.finish((id, command))
}

pub(super) fn entry_of(patient: &str, entry: &str) -> Result<(PatientId, EntryId)> {
    let mut fields = Fields::default();
    let ids = (PatientId(fields.uuid("patient_id", patient)), EntryId(fields.uuid("entry_id", entry)));
    fields.finish(ids)
}

pub(super) fn search(request: proto::SearchEntriesRequest) -> Result<(PatientId, Query, PageRequest)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let page = fields.page(request.page_size, request.page_token, 50, 100);
    let text = fields.line("query", &request.query, 0, MAX_QUERY);
    let query = if text.len() <= 4 * MAX_QUERY { Query::parse(&text) } else { None };
    if query.is_none() {
        fields.wrong("query", "must have 1 to 100 characters besides white space");
    }
    // nothing is searched for with what stands for a wrong query
    fields.finish((patient, query.unwrap_or_default(), page))
}

pub(super) fn mark_read(request: &proto::MarkReadRequest) -> Result<(PatientId, Vec<EntryId>)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    if request.entry_ids.is_empty() {
        fields.wrong("entry_ids", "must not be empty");
    }
    let entries = fields.uuids("entry_ids", &request.entry_ids, 200);
    fields.finish((patient, entries.into_iter().map(EntryId).collect()))
}

pub(super) fn watch(request: &proto::WatchRequest) -> Result<WatchCommand> {
    let mut fields = Fields::default();
    let patients = fields.uuids("patient_ids", &request.patient_ids, 1000);
    let mut positions = HashMap::new();
    if request.positions.len() > 10_000 {
        fields.wrong("positions", "has too many items");
    }
    for (i, position) in request.positions.iter().take(10_000).enumerate() {
        let patient = PatientId(fields.uuid(&format!("positions[{i}].patient_id"), &position.patient_id));
        if position.seq < 0 {
            fields.wrong(format!("positions[{i}].seq"), "must not be negative");
        }
        if positions.insert(patient, position.seq).is_some() {
            fields.wrong(format!("positions[{i}].patient_id"), "must stand once");
        }
    }
    fields.finish(WatchCommand { patients: patients.into_iter().map(PatientId).collect(), positions })
}

#[cfg(test)]
mod tests {
    use renkei_domain::{Category, Sensitivity};
    use renkei_proto::v1::entry_content::Content as ProtoContent;

    use super::*;
    use crate::grpc::parse::{taken, violated};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn post(content: Option<ProtoContent>) -> proto::PostEntryRequest {
        proto::PostEntryRequest {
            request_id: ID.into(),
            patient_id: ID.into(),
            entry_id: ID.into(),
            content: Some(proto::EntryContent { content }),
            ..Default::default()
        }
    }

    fn message() -> proto::PostEntryRequest {
        post(Some(ProtoContent::Message(proto::Message {
            text: "明日伺います".into(),
            ..Default::default()
        })))
    }

    #[test]
    fn category_and_sensitivity_may_be_left_out() {
        let (_, command) = taken(post_entry(&message(), Timestamp(0)));
        assert_eq!((command.category, command.sensitivity), (None, None));
        let request = proto::PostEntryRequest {
            category: proto::Category::Nursing as i32,
            sensitivity: proto::Sensitivity::MentalHealth as i32,
            ..message()
        };
        let (_, command) = taken(post_entry(&request, Timestamp(0)));
        assert_eq!(
            (command.category, command.sensitivity),
            (Some(Category::Nursing), Some(Sensitivity::MentalHealth))
        );
    }

    #[test]
    fn a_query_has_words_and_not_too_many() {
        let request = |query: &str| proto::SearchEntriesRequest {
            patient_id: ID.into(),
            query: query.into(),
            ..Default::default()
        };
        assert_eq!(taken(search(request("ｶﾙﾃ　軟膏"))).2.size, 50);
        let many = proto::SearchEntriesRequest { page_size: 500, ..request("あ") };
        assert_eq!(taken(search(many)).2.size, 100);
        for wrong in ["", "　 ", "熱\u{7}", &"あ".repeat(101), &"あ ".repeat(251), &"㍿".repeat(26)] {
            let violated = violated(search(request(wrong)));
            assert!(violated.iter().all(|field| field == "query") && !violated.is_empty(), "{wrong}");
        }
        let wrong = proto::SearchEntriesRequest { page_size: -1, ..Default::default() };
        assert_eq!(violated(search(wrong)), ["patient_id", "page_size", "query"]);
    }

    #[test]
    fn nobody_posts_notices() {
        let notice = post(Some(ProtoContent::Notice(proto::Notice::default())));
        assert_eq!(violated(post_entry(&notice, Timestamp(0))), ["content.notice"]);
        let category = proto::Category::Notice as i32;
        let request = proto::PostEntryRequest { category, ..message() };
        assert_eq!(violated(post_entry(&request, Timestamp(0))), ["category"]);
    }

    #[test]
    fn an_answer_is_one_to_an_entry() {
        let answer = |reply_to: &str| proto::PostEntryRequest {
            reply_to_entry_id: reply_to.into(),
            ..post(Some(ProtoContent::Message(proto::Message {
                text: "はい".into(),
                intent: proto::MessageIntent::Answer as i32,
            })))
        };
        assert_eq!(violated(post_entry(&answer(""), Timestamp(0))), ["reply_to_entry_id"]);
        assert!(taken(post_entry(&answer(ID), Timestamp(0))).1.reply_to.is_some());
        assert!(taken(post_entry(&message(), Timestamp(0))).1.reply_to.is_none());
    }

    #[test]
    fn every_violation_is_reported_at_once() {
        let request =
            proto::PostEntryRequest { category: 99, sensitivity: 7, entry_id: String::new(), ..post(None) };
        assert_eq!(
            violated(post_entry(&request, Timestamp(0))),
            ["category", "sensitivity", "entry_id", "content"]
        );
    }
}
