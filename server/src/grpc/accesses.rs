//! Accesses and maintenance between protobuf and the domain, for `AuditService`.

use renkei_domain::accesses::Kind;
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::{Result, Timestamp};
use renkei_proto::v1 as proto;
use renkei_store::accesses::Wanted;
use renkei_store::maintenance::{self, Count};

use super::audit::{action, items, seqs};
use super::convert;
use super::parse::Fields;
use crate::app::PageRequest;
use crate::app::audit::Found;

/// Which accesses are asked for.
pub(super) struct WantedAccesses {
    pub(super) patient: PatientId,
    pub(super) events: Wanted,
    pub(super) kinds: Vec<Kind>,
    pub(super) page: PageRequest,
}

pub(super) fn parse(request: proto::ListAccessesRequest) -> Result<WantedAccesses> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let organization = fields.optional_uuid("organization_id", &request.organization_id);
    let person = fields.optional_uuid("person_id", &request.person_id);
    let kinds = fields.values("kinds", &request.kinds, convert::from_access_kind).into_iter().collect();
    let (from, until) = fields.period("period", request.period);
    let page = fields.page(request.page_size, request.page_token, 100, 200);
    let events = Wanted {
        organization: organization.map(OrganizationId),
        person: person.map(PersonId),
        from: from.unwrap_or(Timestamp(0)),
        until: until.unwrap_or(Timestamp(i64::MAX)),
        oldest_first: request.oldest_first,
    };
    fields.finish(WantedAccesses { patient, events, kinds, page })
}

pub(super) fn access(found: Found) -> proto::RecordAccess {
    let row = found.row;
    proto::RecordAccess {
        event_id: row.id.to_string(),
        first_time: convert::time(row.first),
        last_time: convert::time(row.last),
        actor: row.actor.and_then(convert::actor),
        operator: row.operator.unwrap_or_default(),
        kind: convert::access_kind(row.kind),
        actions: row.actions.into_iter().map(action).collect(),
        count: row.count.try_into().unwrap_or(i32::MAX),
        items: items(found.items),
        seqs: seqs(&row.seqs),
        object_id: convert::optional_text(row.object),
        consent_ids: convert::texts(row.consents),
        break_glass_id: convert::optional_text(row.break_glass),
        purpose: row.purpose.map_or(0, convert::purpose),
        reason: convert::optional_text(row.reason),
        service_account_id: convert::optional_text(row.service.as_ref().map(|(id, _)| *id)),
        service_account_name: row.service.map(|(_, name)| name).unwrap_or_default(),
    }
}

/// Of whom and from when until when is to be exported.
pub(super) fn parse_export(
    request: &proto::ExportAuditEventsRequest,
) -> Result<(PatientId, Timestamp, Timestamp)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let (from, until) = fields.period("period", request.period);
    if proto::AuditFormat::try_from(request.format).is_err() {
        fields.wrong("format", "must be a known format, or be left out");
    }
    fields.finish((patient, from.unwrap_or(Timestamp(0)), until.unwrap_or(Timestamp(i64::MAX))))
}

/// Which maintenance is asked for; whose patients' is not the request's to say.
pub(super) fn parse_maintenance(
    patient: &str,
    period: Option<proto::Period>,
    size: i32,
    token: String,
) -> Result<(maintenance::Wanted, PageRequest)> {
    let mut fields = Fields::default();
    let patient = fields.optional_uuid("patient_id", patient).map(PatientId);
    let (from, until) = fields.period("period", period);
    let page = fields.page(size, token, 100, 200);
    let (from, until) = (from.unwrap_or(Timestamp(0)), until.unwrap_or(Timestamp(i64::MAX)));
    fields.finish((maintenance::Wanted { patient, custodian: None, from, until }, page))
}

pub(super) fn count(count: Count) -> proto::MaintenanceCount {
    proto::MaintenanceCount {
        patient_id: convert::optional_text(Some(count.patient).filter(|patient| !patient.0.is_nil())),
        count: count.events.try_into().unwrap_or(i32::MAX),
        first_time: convert::time(count.first),
        last_time: convert::time(count.last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    #[test]
    fn accesses_are_asked_for_by_what_is_known() {
        let patient_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        let request = proto::ListAccessesRequest { patient_id, ..Default::default() };
        let all = taken(parse(request.clone()));
        assert!(all.kinds.is_empty() && !all.events.oldest_first && all.page.size == 100);
        assert_eq!((all.events.from, all.events.until), (Timestamp(0), Timestamp(i64::MAX)));
        let some = taken(parse(proto::ListAccessesRequest { kinds: vec![4, 1], ..request.clone() }));
        assert_eq!(some.kinds, [Kind::Maintenance, Kind::FileOpened]);
        let wrong = proto::ListAccessesRequest {
            organization_id: "clinic".into(),
            kinds: vec![0],
            page_size: -1,
            ..request
        };
        assert_eq!(violated(parse(wrong)), ["organization_id", "kinds[0]", "page_size"]);
    }

    #[test]
    fn an_export_is_asked_for_in_a_known_format() {
        let patient_id = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        let request = proto::ExportAuditEventsRequest { patient_id, ..Default::default() };
        assert_eq!(taken(parse_export(&request)).1, Timestamp(0));
        let wrong = proto::ExportAuditEventsRequest { format: 9, ..Default::default() };
        assert_eq!(violated(parse_export(&wrong)), ["patient_id", "format"]);
    }

    #[test]
    fn maintenance_is_asked_for_of_all_or_of_one_patient() {
        let (all, page) = taken(parse_maintenance("", None, 0, String::new()));
        assert!(all.patient.is_none() && all.custodian.is_none() && page.size == 100);
        assert_eq!(violated(parse_maintenance("x", None, -1, String::new())), ["patient_id", "page_size"]);
    }
}
