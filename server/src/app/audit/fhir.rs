//! Audit events as FHIR R4 `AuditEvent`s, by the patterns of IHE Basic Audit Log Patterns (BALP,
//! <https://profiles.ihe.net/ITI/BALP/>) where one fits: successful reads, queries, creations and updates of a patient's
//! data. docs/fhir-audit.md has the whole table.
//!
//! What the patterns demand and is not on record says so (`data-absent-reason`) instead of being made up: the network
//! address of clients, and the words that were searched for.

use data_encoding::HEXLOWER;
use renkei_audit_log::session_hash;
use renkei_domain::audit::{Action, AuditEvent};
use renkei_domain::identity::{Actor, Purpose};
use serde_json::{Value, json};
use uuid::Uuid;

const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// The server as the events name it.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    /// Name of the audit log.
    pub(super) log: String,
    /// DNS name or address under which clients reach the server.
    pub(super) host: String,
}

/// Which of the patterns an act is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    Read,
    Query,
    Create,
    Update,
    /// None of them: something else that is done.
    Other,
}

impl Pattern {
    fn of(action: Action) -> Self {
        use Action as A;
        match action {
            A::PatientRead | A::CareTeamRead | A::ConsentRead | A::EntryRead | A::ReadersRead => Self::Read,
            A::AttachmentRead | A::AccessRead | A::BreakGlassRead => Self::Read,
            A::AuditRead | A::ProvisionRead | A::AuditExport => Self::Read,
            A::EntrySearch => Self::Query,
            A::PatientRegister | A::EntryPost | A::AttachmentUpload | A::ConsentRecord => Self::Create,
            A::CareTeamInvite | A::BreakGlass | A::EntryCorrect | A::EntryRetract => Self::Create,
            A::CareTeamAnswer | A::CareTeamLeave | A::CareTeamRemove | A::CareTeamStaff => Self::Update,
            A::ConsentAmend | A::ConsentWithdraw | A::CustodianOffer | A::CustodianAnswer => Self::Update,
            A::EntryMarkRead | A::BreakGlassReview | A::EntryFinalize | A::EntryAcknowledge => Self::Update,
            _ => Self::Other,
        }
    }

    fn profile(self) -> Option<&'static str> {
        match self {
            Self::Read => Some("PatientRead"),
            Self::Query => Some("PatientQuery"),
            Self::Create => Some("PatientCreate"),
            Self::Update => Some("PatientUpdate"),
            Self::Other => None,
        }
    }

    /// Code of the action, and of the interaction.
    fn codes(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Read => ("R", Some("read")),
            Self::Query => ("E", Some("search")),
            Self::Create => ("C", Some("create")),
            Self::Update => ("U", Some("update")),
            Self::Other => ("E", None),
        }
    }

    /// Types of client and server. What is read flows to the client; parameters of a query and what is written flow from
    /// it.
    fn roles(self) -> [Value; 2] {
        let source = coding(DCM, "110153", "Source Role ID");
        let destination = coding(DCM, "110152", "Destination Role ID");
        if self == Self::Read { [destination, source] } else { [source, destination] }
    }
}

/// The event as a resource.
pub(super) fn resource(event: &AuditEvent, recorder: &Recorder) -> Value {
    let mut resource = match &event.operator {
        Some(operator) => maintenance(event, operator, recorder),
        None => interaction(event, recorder),
    };
    resource["resourceType"] = "AuditEvent".into();
    resource["id"] = event.id.to_string().into();
    resource["recorded"] = event.time.to_string().into();
    resource["source"] = json!({
        "observer": {"identifier": {"system": "urn:x-renkei:audit-log", "value": recorder.log}},
        "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")],
    });
    match event.reason {
        Some(reason) => {
            resource["outcome"] = "4".into();
            resource["outcomeDesc"] = reason.as_str().into();
        }
        None => resource["outcome"] = "0".into(),
    }
    resource
}

/// What somebody did through the interface.
fn interaction(event: &AuditEvent, recorder: &Recorder) -> Value {
    let pattern = Pattern::of(event.action);
    let (action, interaction) = pattern.codes();
    let mut subtype: Vec<Value> = Vec::new();
    subtype.extend(interaction.map(|code| coding(INTERACTION, code, code)));
    subtype.push(json!({"system": "urn:x-renkei:audit-action", "code": event.action.as_str()}));
    let [client, server] = pattern.roles();
    let mut agents = vec![
        json!({
            "type": {"coding": [client]},
            "who": client_of(event),
            "requestor": false,
            "network": absent("unknown"),
        }),
        server_agent(server, recorder),
    ];
    if let Some(actor) = &event.actor {
        agents.push(user(event, actor, pattern));
        agents.push(organization(actor));
    }
    let mut entities = Vec::new();
    if !event.patient.0.is_nil() {
        entities.push(patient(event.patient.0));
    }
    entities.push(if pattern == Pattern::Query { query() } else { data(event) });
    entities.extend(details(event));
    let mut resource = json!({
        "type": coding(EVENT_TYPE, "rest", "Restful Operation"),
        "subtype": subtype,
        "action": action,
        "agent": agents,
        "entity": entities,
    });
    // the patterns are of what was done; a refusal follows none
    let profile = pattern.profile().filter(|_| event.reason.is_none() && !event.patient.0.is_nil());
    if let Some(profile) = profile {
        resource["meta"] = json!({"profile": [format!("{PROFILES}{profile}")]});
    }
    if let Some(purpose) = event.purpose {
        resource["purposeOfEvent"] = json!([{"coding": [reason(purpose)]}]);
    }
    resource
}

/// What an operator did at the console.
fn maintenance(event: &AuditEvent, operator: &str, recorder: &Recorder) -> Value {
    let launcher = json!({
        "type": {"coding": [coding(DCM, "110151", "Application Launcher")]},
        "who": {"display": operator},
        "name": operator,
        "requestor": true,
    });
    let mut entities = Vec::new();
    if !event.patient.0.is_nil() {
        entities.push(patient(event.patient.0));
    }
    entities.extend(details(event));
    let mut resource = json!({
        "type": coding(DCM, "110100", "Application Activity"),
        "subtype": [{"system": "urn:x-renkei:audit-action", "code": event.action.as_str()}],
        "action": "E",
        "agent": [launcher, server_agent(coding(DCM, "110150", "Application"), recorder)],
    });
    if !entities.is_empty() {
        resource["entity"] = entities.into();
    }
    resource
}

/// The service account that acted for the person, or else the session, as the leaf of the event has it; its device and
/// address are not on record.
fn client_of(event: &AuditEvent) -> Value {
    if let Some((service, name)) = &event.service {
        let identifier = json!({"system": "urn:x-renkei:service-account", "value": service.to_string()});
        return json!({"identifier": identifier, "display": name});
    }
    match event.session {
        Some(session) => json!({
            "identifier": {
                "system": "urn:x-renkei:audit-session",
                "value": HEXLOWER.encode(&session_hash(session.0)),
            },
        }),
        None => absent("unknown"),
    }
}

fn server_agent(role: Value, recorder: &Recorder) -> Value {
    json!({
        "type": {"coding": [role]},
        "who": {"identifier": {"system": "urn:x-renkei:audit-log", "value": recorder.log}},
        "requestor": false,
        "network": {"address": recorder.host, "type": "1"},
    })
}

fn user(event: &AuditEvent, actor: &Actor, pattern: Pattern) -> Value {
    let is_author = matches!(pattern, Pattern::Create | Pattern::Update);
    let kind = if is_author {
        coding(PARTICIPATION, "AUT", "author (originator)")
    } else {
        coding(PARTICIPATION, "IRCP", "information recipient")
    };
    let mut agent = json!({
        "type": {"coding": [kind]},
        "role": [{"coding": [{"system": "urn:x-renkei:role", "code": actor.role.as_str()}]}],
        "who": {"identifier": uuid(actor.person.0), "display": actor.person_name},
        "name": actor.person_name,
        "requestor": true,
    });
    // what it rests on: consents, or an emergency access
    let grounds = event.consents.iter().map(|consent| consent.0).chain(event.break_glass.map(|id| id.0));
    let policy: Vec<String> = grounds.map(urn).collect();
    if !policy.is_empty() {
        agent["policy"] = policy.into();
    }
    if let Some(purpose) = event.purpose {
        agent["purposeOfUse"] = json!([{"coding": [reason(purpose)]}]);
    }
    agent
}

/// For whom it was done.
fn organization(actor: &Actor) -> Value {
    json!({
        "type": {
            "coding": [coding(
                "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV", "healthcare provider"
            )],
        },
        "who": {
            "type": "Organization",
            "identifier": uuid(actor.organization.0),
            "display": actor.organization_name,
        },
        "requestor": false,
    })
}

fn patient(id: Uuid) -> Value {
    json!({
        "what": {"type": "Patient", "identifier": uuid(id)},
        "type": coding(ENTITY_TYPE, "1", "Person"),
        "role": coding(OBJECT_ROLE, "1", "Patient"),
    })
}

/// What it was about: the entry, file, consent or member, or the patient's record.
fn data(event: &AuditEvent) -> Value {
    let is_report = matches!(event.action, Action::AuditRead | Action::ProvisionRead | Action::AuditExport);
    let role = if is_report {
        coding(OBJECT_ROLE, "3", "Report")
    } else {
        coding(OBJECT_ROLE, "4", "Domain Resource")
    };
    json!({
        "what": {"identifier": uuid(event.object.unwrap_or(event.patient.0))},
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": role,
    })
}

/// What was searched for is patient data, and stands nowhere.
fn query() -> Value {
    json!({
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "24", "Query"),
        "_query": absent("masked"),
    })
}

/// What no element of the patterns holds.
fn details(event: &AuditEvent) -> Option<Value> {
    let detail = |name: &str, value: String| json!({"type": name, "valueString": value});
    let mut details = Vec::new();
    if !event.seqs.0.is_empty() {
        details.push(detail("seqs", event.seqs.to_string()));
    }
    if let Some(number) = event.number {
        let name = if event.operator.is_none() { "revision" } else { "number" };
        details.push(detail(name, number.to_string()));
    }
    if details.is_empty() {
        return None;
    }
    Some(json!({
        "type": coding(ENTITY_TYPE, "4", "Other"),
        "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
        "detail": details,
    }))
}

/// v3 `PurposeOfUse`.
fn reason(purpose: Purpose) -> Value {
    match purpose {
        Purpose::Treatment => coding(REASON, "TREAT", "treatment"),
        Purpose::CareManagement => coding(REASON, "CAREMGT", "care management"),
        Purpose::QualityImprovement => coding(REASON, "HQUALIMP", "health quality improvement"),
        Purpose::Emergency => coding(REASON, "BTG", "break the glass"),
    }
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

fn uuid(id: Uuid) -> Value {
    json!({"system": "urn:ietf:rfc:3986", "value": urn(id)})
}

fn urn(id: Uuid) -> String {
    format!("urn:uuid:{id}")
}

fn absent(why: &str) -> Value {
    json!({"extension": [{"url": ABSENT, "valueCode": why}]})
}

#[cfg(test)]
#[path = "fhir_tests.rs"]
mod tests;
