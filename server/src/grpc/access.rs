//! Who may see what and why: for `ConsentService`.

use renkei_domain::Result;
use renkei_domain::access::Explanation;
use renkei_domain::consent::RuleRef;
use renkei_domain::id::{PatientId, PersonId};
use renkei_proto::v1 as proto;

use super::convert;
use super::parse::Fields;
use crate::app::access::{ExplainedAccess, SubjectAccess};

pub(super) fn parse_explain(request: &proto::ExplainAccessRequest) -> Result<(PatientId, Option<PersonId>)> {
    let mut fields = Fields::default();
    let patient = PatientId(fields.uuid("patient_id", &request.patient_id));
    let person = fields.optional_uuid("person_id", &request.person_id).map(PersonId);
    fields.finish((patient, person))
}

pub(super) fn explained(explained: ExplainedAccess) -> proto::ExplainAccessResponse {
    let (custodian, name) = explained.custodian;
    proto::ExplainAccessResponse {
        subjects: explained.subjects.into_iter().map(subject).collect(),
        custodian_organization_id: custodian.to_string(),
        custodian_organization_name: name,
    }
}

pub(super) fn subject(subject: SubjectAccess) -> proto::SubjectAccess {
    proto::SubjectAccess {
        subject: convert::actor(subject.actor),
        explanations: subject.explanations.into_iter().map(explanation).collect(),
        change_time: subject.changes_at.and_then(convert::time),
        purpose: convert::purpose(subject.purpose),
    }
}

fn explanation(explanation: Explanation) -> proto::AccessExplanation {
    proto::AccessExplanation {
        category: convert::category(explanation.category),
        sensitivity: convert::sensitivity(explanation.sensitivity),
        read: explanation.read,
        post: explanation.post,
        reason: convert::access_reason(explanation.reason),
        rules: explanation.rules.into_iter().map(rule).collect(),
    }
}

fn rule(rule: RuleRef) -> proto::RuleReference {
    proto::RuleReference { consent_id: rule.consent.to_string(), version: rule.version, rule: rule.rule }
}

#[cfg(test)]
mod tests {
    use renkei_domain::access::AccessReason;
    use renkei_domain::id::ConsentId;
    use renkei_domain::{Category, Sensitivity};
    use uuid::Uuid;

    use super::*;
    use crate::grpc::parse::{taken, violated};

    #[test]
    fn what_decided_is_told_with_its_place() {
        let told = explanation(Explanation {
            category: Category::Laboratory,
            sensitivity: Sensitivity::Infection,
            read: false,
            post: true,
            reason: AccessReason::SensitivityNotNamed,
            rules: vec![RuleRef { consent: ConsentId(Uuid::from_u128(1)), version: 2, rule: 3 }],
        });
        assert_eq!(told.category, proto::Category::Laboratory as i32);
        assert_eq!(told.sensitivity, proto::Sensitivity::Infection as i32);
        assert_eq!(told.reason, proto::AccessReason::SensitivityNotNamed as i32);
        assert_eq!((told.read, told.post), (false, true));
        let consent_id = Uuid::from_u128(1).to_string();
        assert_eq!(told.rules, [proto::RuleReference { consent_id, version: 2, rule: 3 }]);
    }

    #[test]
    fn both_ids_are_looked_at() {
        let request = |patient: &str, person: &str| proto::ExplainAccessRequest {
            patient_id: patient.into(),
            person_id: person.into(),
        };
        assert_eq!(violated(parse_explain(&request("", "him"))), ["patient_id", "person_id"]);
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(taken(parse_explain(&request(id, ""))).1, None);
        assert_eq!(taken(parse_explain(&request(id, id))).1, Some(PersonId(id.parse().unwrap())));
    }
}
