//! What R4 and the patterns demand, as their pages say: <https://hl7.org/fhir/R4/auditevent.html> and
//! <https://profiles.ihe.net/ITI/BALP/>, StructureDefinition-IHE.BasicAudit.Patient{Read,Query,Create,Update}.

use renkei_domain::id::{
    AuditEventId, BreakGlassId, ConsentId, OrganizationId, PatientId, PersonId, SessionId,
};
use renkei_domain::identity::Role;
use renkei_domain::{Reason, Timestamp};

use super::*;

const ID: fn(u128) -> Uuid = Uuid::from_u128;

fn event(action: Action) -> AuditEvent {
    AuditEvent {
        id: AuditEventId(ID(1)),
        time: Timestamp(1_796_947_200_123_456),
        actor: Some(Actor {
            person: PersonId(ID(2)),
            person_name: "鈴木 花子".into(),
            organization: OrganizationId(ID(3)),
            organization_name: "ひまわり訪問看護ステーション".into(),
            role: Role::Nurse,
        }),
        operator: None,
        session: Some(SessionId(ID(4))),
        action,
        decision: renkei_domain::audit::Decision::Permit,
        patient: PatientId(ID(5)),
        object: None,
        seqs: [3, 4, 9].into_iter().collect(),
        consents: vec![ConsentId(ID(6))],
        reason: None,
        purpose: Some(Purpose::Treatment),
        break_glass: None,
        number: None,
        service: None,
    }
}

fn shown(event: &AuditEvent) -> Value {
    let recorder = Recorder { log: "renkei-audit/1".into(), host: "renkei.example".into() };
    resource(event, &recorder)
}

/// Those of an array whose `type` has this coding.
fn of<'a>(array: &'a Value, system: &str, code: &str) -> Vec<&'a Value> {
    let has = |it: &&Value| {
        let coding = if it["type"]["coding"].is_array() { &it["type"]["coding"][0] } else { &it["type"] };
        coding["system"] == system && coding["code"] == code
    };
    array.as_array().into_iter().flatten().filter(has).collect()
}

fn is_there(value: &Value) -> bool {
    !value.is_null() && *value != json!({})
}

/// What base R4 demands of every resource.
fn check_r4(resource: &Value) {
    assert_eq!(resource["resourceType"], "AuditEvent");
    let id = resource["id"].as_str().unwrap();
    assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let coding = |value: &Value| value["system"].is_string() && value["code"].is_string();
    assert!(coding(&resource["type"]), "type 1..1 Coding: {resource:#}");
    assert!(resource["subtype"].as_array().unwrap().iter().all(coding));
    assert!(["C", "R", "U", "D", "E"].contains(&resource["action"].as_str().unwrap()));
    let recorded = resource["recorded"].as_str().unwrap();
    assert!(recorded.parse::<jiff::Timestamp>().is_ok() && recorded.ends_with('Z'), "instant: {recorded}");
    assert!(["0", "4", "8", "12"].contains(&resource["outcome"].as_str().unwrap()));
    assert!(is_there(&resource["source"]["observer"]), "source.observer 1..1");
    let agents = resource["agent"].as_array().unwrap();
    assert!(!agents.is_empty() && agents.iter().all(|agent| agent["requestor"].is_boolean()));
    assert_eq!(agents.iter().filter(|agent| agent["requestor"] == true).count(), 1, "who asked: one");
    let entities = resource["entity"].as_array().map(Vec::as_slice).unwrap_or_default();
    for entity in entities {
        assert!(entity["name"].is_null() || entity["query"].is_null(), "sev-1");
        for detail in entity["detail"].as_array().into_iter().flatten() {
            assert!(detail["type"].is_string() && detail["valueString"].is_string(), "detail.value 1..1");
        }
    }
    no_empty(resource);
}

/// FHIR JSON has no nulls, no empty arrays, objects and strings.
fn no_empty(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::String(text) => assert!(!text.is_empty()),
        Value::Array(items) => {
            assert!(!items.is_empty());
            items.iter().for_each(no_empty);
        }
        Value::Object(fields) => {
            assert!(!fields.is_empty());
            fields.values().for_each(no_empty);
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What the pattern that the resource claims demands.
fn check_balp(resource: &Value, pattern: &str, action: &str, interaction: &str, roles: [&str; 2]) {
    assert_eq!(resource["meta"]["profile"], json!([format!("{PROFILES}{pattern}")]));
    assert_eq!(
        (&resource["type"]["system"], &resource["type"]["code"]),
        (&json!(EVENT_TYPE), &json!("rest"))
    );
    let slices: Vec<_> =
        resource["subtype"].as_array().unwrap().iter().filter(|it| it["system"] == INTERACTION).collect();
    assert!(slices.len() == 1 && slices[0]["code"] == interaction, "{slices:?}");
    assert_eq!((&resource["action"], &resource["outcome"]), (&json!(action), &json!("0")));
    for (agent, role) in ["client", "server"].into_iter().zip(roles) {
        let slice = of(&resource["agent"], DCM, role);
        assert_eq!(slice.len(), 1, "{agent} 1..1");
        assert!(
            is_there(&slice[0]["who"]) && is_there(&slice[0]["network"]),
            "{agent}: who and network 1..1"
        );
        assert!(slice[0]["media"].is_null(), "{agent}: media 0..0");
    }
    let is_write = matches!(action, "C" | "U");
    let user = of(&resource["agent"], PARTICIPATION, if is_write { "AUT" } else { "IRCP" });
    assert_eq!(user.len(), 1);
    assert!(is_there(&user[0]["who"]) && user[0]["requestor"] == true);
    assert!(user[0]["network"].is_null() && user[0]["media"].is_null(), "user: network and media 0..0");
    assert!(
        user[0]["name"].is_string() && user[0]["role"].is_array() && user[0]["purposeOfUse"].is_array(),
        "MS"
    );

    let patient = of(&resource["entity"], ENTITY_TYPE, "1");
    assert_eq!(patient.len(), 1, "patient 1..1");
    assert_eq!(
        (&patient[0]["role"]["system"], &patient[0]["role"]["code"]),
        (&json!(OBJECT_ROLE), &json!("1"))
    );
    assert_eq!(patient[0]["what"]["type"], "Patient", "only Reference(Patient)");
    let data = of(&resource["entity"], ENTITY_TYPE, "2");
    assert_eq!(data.len(), 1, "data or query 1..1");
    let (data, role) = (data[0], &data[0]["role"]["code"]);
    if action == "E" {
        assert!(role == "24" && is_there(&data["_query"]), "query 1..1, masked: {data}");
        for never in ["what", "lifecycle", "detail"] {
            assert!(data[never].is_null(), "{never} 0..0");
        }
    } else {
        assert!(["3", "4", "20"].map(Value::from).contains(role) && is_there(&data["what"]), "{data}");
        for never in ["lifecycle", "name", "query", "detail"] {
            assert!(data[never].is_null(), "{never} 0..0 in later versions");
        }
    }
}

#[test]
fn every_act_on_a_record_is_as_its_pattern_demands() {
    let (destination, source) = ("110152", "110153");
    let mut found = std::collections::BTreeMap::new();
    for &action in Action::ALL {
        let shown = shown(&event(action));
        check_r4(&shown);
        let code = shown["subtype"].as_array().unwrap().last().unwrap();
        assert_eq!(code["code"], action.as_str());
        let profile = shown["meta"]["profile"][0].as_str().unwrap_or_default().to_owned();
        match profile.strip_prefix(PROFILES) {
            Some("PatientRead") => check_balp(&shown, "PatientRead", "R", "read", [destination, source]),
            Some("PatientQuery") => check_balp(&shown, "PatientQuery", "E", "search", [source, destination]),
            Some("PatientCreate") => {
                check_balp(&shown, "PatientCreate", "C", "create", [source, destination])
            }
            Some("PatientUpdate") => {
                check_balp(&shown, "PatientUpdate", "U", "update", [source, destination])
            }
            other => assert_eq!(other, None),
        }
        *found.entry(profile).or_insert(0) += 1;
    }
    let counts: Vec<_> = found.values().copied().collect();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(counts[1..].iter().sum::<i32>() >= 28, "{found:?}");
}

#[test]
fn a_read_says_who_for_whom_why_on_what_ground_and_which_entries() {
    let shown = shown(&event(Action::EntryRead));
    assert_eq!(shown["recorded"], "2026-12-11T00:00:00.123456Z");
    let user = of(&shown["agent"], PARTICIPATION, "IRCP")[0];
    assert_eq!(user["name"], "鈴木 花子");
    assert_eq!(user["who"]["identifier"]["value"], format!("urn:uuid:{}", ID(2)));
    assert_eq!(user["role"][0]["coding"][0]["code"], "NURSE");
    assert_eq!(user["policy"], json!([format!("urn:uuid:{}", ID(6))]));
    assert_eq!(user["purposeOfUse"][0]["coding"][0]["code"], "TREAT");
    let organization = of(&shown["agent"], "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")[0];
    assert_eq!(organization["who"]["display"], "ひまわり訪問看護ステーション");
    let other = of(&shown["entity"], ENTITY_TYPE, "4")[0];
    assert_eq!(other["detail"], json!([{"type": "seqs", "valueString": "3-4,9"}]));
    // the session is told by its hash only, as in the leaf
    let text = shown.to_string();
    assert!(!text.contains(&ID(4).to_string()));
    assert!(text.contains(&HEXLOWER.encode(&session_hash(ID(4)))));
}

#[test]
fn an_emergency_breaks_the_glass() {
    let act = AuditEvent {
        consents: Vec::new(),
        break_glass: Some(BreakGlassId(ID(7))),
        purpose: Some(Purpose::Emergency),
        ..event(Action::EntryRead)
    };
    let shown = shown(&act);
    check_balp(&shown, "PatientRead", "R", "read", ["110152", "110153"]);
    assert_eq!(shown["purposeOfEvent"][0]["coding"][0]["code"], "BTG");
    assert_eq!(of(&shown["agent"], PARTICIPATION, "IRCP")[0]["policy"][0], format!("urn:uuid:{}", ID(7)));
}

#[test]
fn a_refusal_claims_no_pattern_and_says_why() {
    let refused = AuditEvent {
        reason: Some(Reason::NotFound),
        consents: Vec::new(),
        session: None,
        ..event(Action::EntryRead)
    };
    let shown = shown(&refused);
    check_r4(&shown);
    assert!(shown["meta"].is_null());
    assert_eq!((&shown["outcome"], &shown["outcomeDesc"]), (&json!("4"), &json!("NOT_FOUND")));
}

#[test]
fn maintenance_names_the_operator() {
    let console = |patient| AuditEvent {
        actor: None,
        operator: Some("佐々木".into()),
        session: None,
        patient: PatientId(patient),
        purpose: None,
        consents: Vec::new(),
        seqs: Default::default(),
        number: Some(2),
        ..event(Action::KeyCreate)
    };
    for patient in [ID(5), Uuid::nil()] {
        let shown = shown(&console(patient));
        check_r4(&shown);
        assert_eq!(of(&shown["agent"], DCM, "110151")[0]["name"], "佐々木");
        assert_eq!(of(&shown["entity"], ENTITY_TYPE, "1").len(), usize::from(!patient.is_nil()));
        assert_eq!(shown["entity"].as_array().unwrap().last().unwrap()["detail"][0]["valueString"], "2");
    }
    let plain = AuditEvent { number: None, ..console(Uuid::nil()) };
    check_r4(&shown(&plain));
}

#[test]
fn a_service_account_is_the_client_and_its_person_the_one_who_asked() {
    let service = Some((renkei_domain::id::ServiceAccountId(ID(8)), "電子カルテ連携".to_owned()));
    let resource = shown(&AuditEvent { service, ..event(Action::EntryRead) });
    check_r4(&resource);
    let [client] = of(&resource["agent"], DCM, "110152")[..] else { panic!("one client") };
    assert_eq!(client["who"]["display"], "電子カルテ連携");
    assert_eq!(client["who"]["identifier"]["system"], "urn:x-renkei:service-account");
    assert_eq!(client["requestor"], false);
}
