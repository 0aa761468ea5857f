//! Requests of `ConsentService` about consents into commands.

use renkei_domain::consent::Part;
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId, RequestId};
use renkei_domain::{Result, Timestamp};
use renkei_proto::v1 as proto;

use super::form;
use crate::app::consent::{AmendConsent, SignedForm};
use crate::grpc::convert;
use crate::grpc::parse::Fields;

pub(super) fn record(
    request: &proto::RecordConsentRequest,
    now: Timestamp,
) -> Result<(RequestId, PatientId, SignedForm, AttachmentId)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let signed = form::parse(&mut fields, request.form.as_ref(), now);
    let paper = AttachmentId(fields.uuid("paper_attachment_id", &request.paper_attachment_id));
    fields.finish((id, patient, signed, paper))
}

pub(super) fn amend(
    request: &proto::AmendConsentRequest,
    now: Timestamp,
) -> Result<(RequestId, AmendConsent)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    if request.version < 1 {
        fields.wrong("version", "must be at least 1");
    }
    let command = AmendConsent {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        consent: ConsentId(fields.uuid("consent_id", &request.consent_id)),
        version: request.version,
        signed: form::parse(&mut fields, request.form.as_ref(), now),
        paper: AttachmentId(fields.uuid("paper_attachment_id", &request.paper_attachment_id)),
    };
    fields.finish((id, command))
}

pub(super) fn withdraw(
    request: &proto::WithdrawConsentRequest,
) -> Result<(RequestId, PatientId, ConsentId, Option<Part>)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let which = ConsentId(fields.uuid("consent_id", &request.consent_id));
    let part = request.part.as_ref().map(|given| part(&mut fields, given));
    fields.finish((id, patient, which, part))
}

fn part(fields: &mut Fields, part: &proto::WithdrawnPart) -> Part {
    if part.categories.is_empty()
        && part.sensitivities.is_empty()
        && part.organization_ids.is_empty()
        && part.person_ids.is_empty()
    {
        fields.wrong("part", "must name something, or be left out");
    }
    let organizations = fields.uuids("part.organization_ids", &part.organization_ids, 100);
    let persons = fields.uuids("part.person_ids", &part.person_ids, 100);
    Part {
        categories: fields.values("part.categories", &part.categories, convert::from_consentable),
        sensitivities: fields.values("part.sensitivities", &part.sensitivities, convert::from_sensitivity),
        organizations: organizations.into_iter().map(OrganizationId).collect(),
        persons: persons.into_iter().map(PersonId).collect(),
    }
}

pub(super) fn versions(request: &proto::ListConsentVersionsRequest) -> Result<(PatientId, ConsentId)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let which = ConsentId(fields.uuid("consent_id", &request.consent_id));
    fields.finish((patient, which))
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
