//! Requests of `TimelineService` into commands.

use std::collections::HashMap;

use renkei_domain::Result;
use renkei_domain::id::{EntryId, OrganizationId, PatientId, PersonId};
use renkei_domain::search::Query;
use renkei_proto::v1 as proto;
use renkei_store::timeline::{Filter, Waiting};

use crate::app::PageRequest;
use crate::app::timeline::{Given, WatchCommand};
use crate::grpc::convert;
use crate::grpc::parse::Fields;

/// Characters of a query as it was typed; folded it has fewer.
const MAX_QUERY: usize = 500;

pub(super) type ListEntries = (PatientId, Option<(Filter, Vec<u8>)>, PageRequest);

/// With a filter comes what tells it from others.
pub(super) fn list_entries(request: proto::ListEntriesRequest) -> Result<ListEntries> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let page = fields.page(request.page_size, request.page_token, 50, 100);
    let filter = request.filter.filter(|filter| *filter != proto::EntryFilter::default());
    let filter = filter.map(|wanted| {
        let fingerprint = prost::Message::encode_to_vec(&wanted);
        (entry_filter(&mut fields, wanted), fingerprint)
    });
    fields.finish((patient, filter, page))
}

fn entry_filter(fields: &mut Fields, wanted: proto::EntryFilter) -> Filter {
    let (from, until) = fields.period("filter.period", wanted.period);
    Filter {
        kinds: fields.values("filter.kinds", &wanted.kinds, convert::from_entry_kind).into_iter().collect(),
        categories: fields
            .values("filter.categories", &wanted.categories, convert::from_category)
            .into_iter()
            .collect(),
        author: fields.optional_uuid("filter.author_person_id", &wanted.author_person_id).map(PersonId),
        organization: fields
            .optional_uuid("filter.author_organization_id", &wanted.author_organization_id)
            .map(OrganizationId),
        from,
        until,
        unread: wanted.unread,
        with_files: wanted.with_attachments,
        since_own_last_visit: wanted.since_own_last_visit,
        current: wanted.current,
    }
}

pub(super) fn list_inbox(request: proto::ListInboxRequest) -> Result<(Option<Waiting>, PageRequest)> {
    let mut fields = Fields::default();
    let page = fields.page(request.page_size, request.page_token, 50, 100);
    let view = proto::InboxView::try_from(request.view);
    if view.is_err() {
        fields.wrong("view", "must be a known view, or be left out");
    }
    let waiting = match view.unwrap_or_default() {
        proto::InboxView::Unspecified | proto::InboxView::Unread => None,
        proto::InboxView::Mentions => Some(Waiting::Mentions),
        proto::InboxView::OpenQuestions => Some(Waiting::OpenQuestions),
        proto::InboxView::ToFinalize => Some(Waiting::ToFinalize),
    };
    fields.finish((waiting, page))
}

pub(super) fn entry_of(patient: &str, entry: &str) -> Result<(PatientId, EntryId)> {
    let mut fields = Fields::default();
    let ids = (PatientId(fields.uuid("patient_id", patient)), EntryId(fields.uuid("entry_id", entry)));
    fields.finish(ids)
}

pub(super) fn readers(request: proto::ListReadersRequest) -> Result<(PatientId, EntryId, PageRequest)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let entry = EntryId(fields.uuid("entry_id", &request.entry_id));
    let page = fields.page(request.page_size, request.page_token, 200, 500);
    fields.finish((patient, entry, page))
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
        if position.mark.is_some_and(|mark| mark < 0) {
            fields.wrong(format!("positions[{i}].mark"), "must not be negative");
        }
        let given = Given { seq: position.seq, mark: position.mark };
        if positions.insert(patient, given).is_some() {
            fields.wrong(format!("positions[{i}].patient_id"), "must stand once");
        }
    }
    fields.finish(WatchCommand { patients: patients.into_iter().map(PatientId).collect(), positions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

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
}
