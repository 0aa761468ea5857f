//! Consents as people sign them, from protobuf.

use renkei_domain::Timestamp;
use renkei_domain::consent::{Effect, Exception, Form, Period, Scope, Signer, SignerKind};
use renkei_domain::id::{OrganizationId, PersonId};
use renkei_proto::v1 as proto;
use renkei_proto::v1::consent_scope::Scope as ProtoScope;

use crate::app::consent::SignedForm;
use crate::grpc::convert;
use crate::grpc::parse::Fields;

/// Organisations, or persons, in one list.
const MAX_IDS: usize = 100;
/// Exceptions of one form.
const MAX_EXCEPTIONS: usize = 50;
/// All exceptions of a form together: every access check reads the form, and a list shows hundreds of them.
const MAX_NAMED: usize = 100;

/// What is wrong is noted.
pub(super) fn parse(fields: &mut Fields, form: Option<&proto::ConsentForm>, now: Timestamp) -> SignedForm {
    // where it is missing its required fields are reported
    let missing = proto::ConsentForm::default();
    let form = form.unwrap_or(&missing);
    let effect = effect(fields, form.effect);
    let scope = scope(fields, form.scope.as_ref());
    let (signer, signer_name) = signer(fields, form.signer.as_ref());
    let signed_on = fields.date("form.sign_date", form.sign_date);
    fields.not_ahead("form.sign_date", Some(signed_on), now);
    let review_on = fields.optional_date("form.review_date", form.review_date);
    if review_on.is_some_and(|day| day <= signed_on) {
        fields.wrong("form.review_date", "must be later than the date of signing");
    }
    let form = Form {
        effect,
        scope,
        roles: fields.values("form.roles", &form.roles, convert::from_role),
        categories: fields.values("form.categories", &form.categories, convert::from_consentable),
        sensitivities: fields.values("form.sensitivities", &form.sensitivities, convert::from_sensitivity),
        purposes: fields.values("form.purposes", &form.purposes, convert::from_named_purpose),
        period: period(fields, form.period, now),
        exceptions: exceptions(fields, &form.exceptions, effect),
        signer: Some(signer),
        signed_on: Some(signed_on),
        review_on,
    };
    SignedForm { form, signer_name }
}

fn effect(fields: &mut Fields, value: i32) -> Effect {
    let known = convert::from_effect(value);
    if known.is_none() && value != 0 {
        fields.wrong("form.effect", "must be a known effect");
    }
    known.unwrap_or(Effect::Permit)
}

fn scope(fields: &mut Fields, scope: Option<&proto::ConsentScope>) -> Scope {
    match scope.and_then(|scope| scope.scope.as_ref()) {
        Some(ProtoScope::AllMembers(_)) => Scope::AllMembers,
        Some(ProtoScope::Organizations(list)) => {
            let field = "form.scope.organizations.organization_ids";
            if list.organization_ids.is_empty() {
                fields.wrong(field, "must not be empty");
            }
            let ids = fields.uuids(field, &list.organization_ids, MAX_IDS);
            Scope::Organizations(ids.into_iter().map(OrganizationId).collect())
        }
        Some(ProtoScope::PersonId(id)) => Scope::Person(PersonId(fields.uuid("form.scope.person_id", id))),
        None => {
            fields.wrong("form.scope", "is required");
            Scope::AllMembers
        }
    }
}

/// The signer, and the name of a representative.
fn signer(fields: &mut Fields, signer: Option<&proto::ConsentSigner>) -> (Signer, Option<String>) {
    let missing = proto::ConsentSigner::default();
    let signer = signer.unwrap_or(&missing);
    let kind = convert::from_signer_kind(signer.kind);
    let relation = convert::from_relation(signer.relation);
    let name = match kind {
        Some(SignerKind::Patient) => {
            if !signer.name.is_empty() {
                fields.wrong("form.signer.name", "must be left out where the patient signed");
            }
            if signer.relation != 0 {
                fields.wrong("form.signer.relation", "must be left out where the patient signed");
            }
            None
        }
        Some(SignerKind::Representative) => {
            if relation.is_none() {
                fields.wrong("form.signer.relation", "must be a known relation");
            }
            Some(fields.line("form.signer.name", &signer.name, 1, 100))
        }
        None => {
            fields.wrong("form.signer.kind", "must be a known kind");
            None
        }
    };
    (Signer { kind: kind.unwrap_or(SignerKind::Patient), relation }, name)
}

fn period(fields: &mut Fields, period: Option<proto::Period>, now: Timestamp) -> Period {
    let (start, end) = fields.period("form.period", period);
    let from_now = period.is_none_or(|period| period.start.is_none());
    if from_now && end.is_some_and(|end| end <= now) {
        fields.wrong("form.period.end", "must be later than now, where the start is left out");
    }
    Period { start: start.unwrap_or(now), end }
}

fn exceptions(fields: &mut Fields, exceptions: &[proto::ConsentException], effect: Effect) -> Vec<Exception> {
    if effect == Effect::Deny && !exceptions.is_empty() {
        fields.wrong("form.exceptions", "must be left out where the consent denies");
    }
    if exceptions.len() > MAX_EXCEPTIONS {
        fields.wrong("form.exceptions", "has too many items");
    }
    if exceptions.iter().map(|one| one.organization_ids.len() + one.person_ids.len()).sum::<usize>()
        > MAX_NAMED
    {
        fields.wrong("form.exceptions", "must not name more than 100 organisations and persons together");
    }
    exceptions
        .iter()
        .take(MAX_EXCEPTIONS)
        .enumerate()
        .map(|(i, one)| exception(fields, &format!("form.exceptions[{i}]"), one))
        .collect()
}

fn exception(fields: &mut Fields, path: &str, exception: &proto::ConsentException) -> Exception {
    if exception.organization_ids.is_empty()
        && exception.person_ids.is_empty()
        && exception.roles.is_empty()
        && exception.categories.is_empty()
        && exception.sensitivities.is_empty()
    {
        fields.wrong(path, "must name something");
    }
    let organizations =
        fields.uuids(&format!("{path}.organization_ids"), &exception.organization_ids, MAX_IDS);
    let persons = fields.uuids(&format!("{path}.person_ids"), &exception.person_ids, MAX_IDS);
    Exception {
        organizations: organizations.into_iter().map(OrganizationId).collect(),
        persons: persons.into_iter().map(PersonId).collect(),
        roles: fields.values(&format!("{path}.roles"), &exception.roles, convert::from_role),
        categories: fields.values(
            &format!("{path}.categories"),
            &exception.categories,
            convert::from_consentable,
        ),
        sensitivities: fields.values(
            &format!("{path}.sensitivities"),
            &exception.sensitivities,
            convert::from_sensitivity,
        ),
    }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
