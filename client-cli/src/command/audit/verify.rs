//! `renkei audit verify`: whether the audit log goes on from what this computer has kept, and a patient's events are
//! in it as they are listed. The server is not believed: what it says is recomputed here.

use std::{collections::HashMap, time::Duration};

use clap::Args;
use renkei_audit_log::{Event, proof, tree::leaf_hash};
use renkei_proto::v1::{
    AuditEvent, GetInclusionProofsRequest, InclusionProof, SeqRange, audit_service_client::AuditServiceClient,
};
use serde_json::{Value, json};

use super::list;
use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    text::msg,
    witness::{self, Seen, alarm, hashes},
};

/// Events that are proven at once.
const AT_ONCE: usize = 100;
/// An event has its place by then: the server promises a second, and says when it has not kept that.
const PLACED: i64 = 60_000_000;
/// So often is looked again, each second, where an event should have its place and has not: a server that has just started
/// gives it within four.
const LOOKS: u32 = 10;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    patient: Option<String>,
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient = match &arguments.patient {
        Some(patient) => Some(resolve::patient(&connection, patient).await?),
        None => None,
    };
    let Some(mut seen) = witness::look(&connection, &context.profile).await? else { return empty(context) };
    let mut proven = None;
    if let Some(patient) = patient {
        let events = list::fetch(&connection, context, &patient, arguments.limit).await?;
        proven = Some(prove_all(&connection, context, &mut seen, &patient, &events).await?);
    }
    let mut value = json(&seen);
    if let Some((included, waiting)) = proven {
        value["events_included"] = included.into();
        value["events_waiting"] = waiting.into();
    }
    context.out.one(value, || {
        let size = seen.checkpoint.size;
        let mut lines = vec![match seen.since {
            Some(since) => context.line(&msg!("log-goes-on", size = size, since = since)),
            None => context.line(&msg!("log-first-seen", size = size)),
        }];
        if let Some((included, waiting)) = proven {
            lines.push(context.line(&msg!("log-events", included = included, waiting = waiting)));
        }
        lines
    })
}

/// The log has no leaves yet.
pub(super) fn empty(context: &Context<'_>) -> Result<()> {
    context.out.one(json!({"size": 0}), || vec![context.line(&msg!("log-empty"))])
}

pub(super) fn json(seen: &Seen) -> Value {
    json!({
        "size": seen.checkpoint.size,
        "since": seen.since,
        "checkpoint": seen.note,
        "verifying_key": seen.key.to_string(),
    })
}

/// How many of the patient's events are in the log, and how many wait for their places: a moment, and no longer.
async fn prove_all(
    connection: &Connection,
    context: &Context<'_>,
    seen: &mut Seen,
    patient_id: &str,
    events: &[AuditEvent],
) -> Result<(usize, usize)> {
    let mut looks = LOOKS;
    loop {
        let (included, waiting) = prove(connection, context, seen, patient_id, events).await?;
        let Some(oldest) = waiting.iter().min_by_key(|event| micros(event)) else {
            return Ok((included, 0));
        };
        // reading the list is the newest event: so late it is on the server's own clock
        let newest = list::newest(connection, patient_id, 1).await?.items;
        let is_overdue = newest.first().is_some_and(|newest| micros(newest) - micros(oldest) > PLACED);
        if !is_overdue {
            return Ok((included, waiting.len()));
        }
        if looks == 0 {
            let what = msg!("error-log-waits", event = oldest.event_id);
            return Err(alarm(&context.profile, None, None, what));
        }
        looks -= 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Some(next) = witness::look(connection, &context.profile).await? {
            *seen = Seen { since: seen.since, ..next };
        }
    }
}

/// How many of the events are in the log as far as it was seen, and those that wait for their places.
async fn prove<'a>(
    connection: &Connection,
    context: &Context<'_>,
    seen: &Seen,
    patient_id: &str,
    events: &'a [AuditEvent],
) -> Result<(usize, Vec<&'a AuditEvent>)> {
    let (mut included, mut waiting) = (0, Vec::new());
    for events in events.chunks(AT_ONCE) {
        let request = GetInclusionProofsRequest {
            patient_id: patient_id.to_owned(),
            event_ids: events.iter().map(|event| event.event_id.clone()).collect(),
            size: seen.checkpoint.size.cast_signed(),
        };
        let answer = connection.call(request, async |channel, request| {
            AuditServiceClient::new(channel).get_inclusion_proofs(request).await
        });
        let proofs: HashMap<String, InclusionProof> =
            answer.await?.proofs.into_iter().map(|proof| (proof.event_id.clone(), proof)).collect();
        for event in events {
            let good = match proofs.get(&event.event_id) {
                Some(proof) => is_proven(event, proof, seen),
                None => micros(event) > seen.checkpoint.time - PLACED,
            };
            if !good {
                let what = msg!("error-log-event", event = event.event_id);
                return Err(alarm(&context.profile, None, None, what));
            }
            if proofs.contains_key(&event.event_id) {
                included += 1;
            } else {
                waiting.push(event);
            }
        }
    }
    Ok((included, waiting))
}

/// Whether the proof holds, and the leaf says what was listed.
fn is_proven(event: &AuditEvent, proof: &InclusionProof, seen: &Seen) -> bool {
    let Some(path) = hashes(&proof.hashes) else { return false };
    let Ok(index) = u64::try_from(proof.leaf_index) else { return false };
    let (size, root) = (seen.checkpoint.size, &seen.checkpoint.root);
    proof::is_included(&leaf_hash(&proof.leaf), index, size, &path, root)
        && Event::decode(&proof.leaf).is_some_and(|leaf| says(&leaf, event))
}

fn says(leaf: &Event<'_>, event: &AuditEvent) -> bool {
    fn text(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let actor = event.actor.clone().unwrap_or_default();
    let code = |name: &'static str, of: &str| name.strip_prefix(of).unwrap_or(name);
    // maintenance has no role, and a purpose that no session has
    let (role, purpose) = if event.operator.is_empty() {
        let (role, purpose) = (actor.role().as_str_name(), event.purpose().as_str_name());
        (code(role, "ROLE_"), code(purpose, "PURPOSE_OF_USE_"))
    } else {
        ("", "MAINTENANCE")
    };
    leaf.id.to_string() == event.event_id
        && leaf.patient.to_string() == event.patient_id
        && leaf.time == micros(event)
        && text(leaf.person) == actor.person_id
        && text(leaf.organization) == actor.organization_id
        && text(leaf.role) == role
        && text(leaf.operator) == event.operator
        && leaf.action == code(event.action().as_str_name(), "AUDIT_ACTION_")
        && leaf.decision == code(event.decision().as_str_name(), "AUDIT_DECISION_")
        && text(leaf.reason) == event.reason
        && text(leaf.object) == event.object_id
        && leaf.seqs == seqs(&event.seqs)
        && leaf.consents == event.consent_ids.join(",")
        && leaf.purpose == purpose
        && text(leaf.break_glass) == event.break_glass_id
        && text(leaf.service) == event.service_account_id
}

/// As the leaf has it: `3-7,9`.
fn seqs(ranges: &[SeqRange]) -> String {
    let range = |range: &SeqRange| {
        if range.first == range.last {
            range.first.to_string()
        } else {
            format!("{}-{}", range.first, range.last)
        }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

/// When, in microseconds since 1970 UTC.
fn micros(event: &AuditEvent) -> i64 {
    event
        .time
        .as_ref()
        .map_or(0, |time| time.seconds.saturating_mul(1_000_000).saturating_add(i64::from(time.nanos) / 1000))
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{Actor, AuditAction, AuditDecision, PurposeOfUse, Role};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_leaf_must_say_all_that_was_listed() {
        let id = Uuid::from_u128;
        let leaf = Event {
            patient: id(1),
            id: id(2),
            time: 3_000_004,
            person: Some(id(4)),
            organization: Some(id(5)),
            role: Some("DOCTOR"),
            session: None,
            action: "ENTRY_READ",
            decision: "PERMIT",
            reason: None,
            epoch: Some(1),
            object: None,
            seqs: "3-7,9",
            consents: "a,b",
            purpose: "TREATMENT",
            break_glass: None,
            revision: None,
            content: None,
            operator: None,
            service: None,
        };
        let listed = AuditEvent {
            event_id: id(2).to_string(),
            time: Some(prost_types::Timestamp { seconds: 3, nanos: 4_000 }),
            actor: Some(Actor {
                person_id: id(4).to_string(),
                organization_id: id(5).to_string(),
                role: Role::Doctor.into(),
                ..Default::default()
            }),
            action: AuditAction::EntryRead.into(),
            decision: AuditDecision::Permit.into(),
            patient_id: id(1).to_string(),
            seqs: vec![SeqRange { first: 3, last: 7 }, SeqRange { first: 9, last: 9 }],
            consent_ids: vec!["a".into(), "b".into()],
            purpose: PurposeOfUse::Treatment.into(),
            ..Default::default()
        };
        assert!(says(&leaf, &listed));
        for other in [
            Event { time: 5, ..leaf },
            Event { person: Some(id(9)), ..leaf },
            Event { organization: None, ..leaf },
            Event { role: Some("NURSE"), ..leaf },
            Event { action: "LOGIN", ..leaf },
            Event { decision: "DENY", ..leaf },
            Event { reason: Some("NOT_FOUND"), ..leaf },
            Event { object: Some(id(9)), ..leaf },
            Event { seqs: "3-9", ..leaf },
            Event { consents: "a", ..leaf },
            Event { purpose: "EMERGENCY", ..leaf },
            Event { break_glass: Some(id(9)), ..leaf },
            Event { service: Some(id(9)), ..leaf },
            Event { patient: id(9), ..leaf },
            Event { id: id(9), ..leaf },
            Event { operator: Some("o"), ..leaf },
        ] {
            assert!(!says(&other, &listed), "{other:?}");
        }
        let console = Event {
            person: None,
            organization: None,
            role: None,
            operator: Some("佐々木"),
            purpose: "MAINTENANCE",
            ..leaf
        };
        let listed = AuditEvent { actor: None, operator: "佐々木".into(), purpose: 0, ..listed };
        assert!(says(&console, &listed));
        assert!(!says(&Event { operator: Some("鈴木"), ..console }, &listed));
        assert!(!says(&console, &AuditEvent { operator: String::new(), ..listed }));
    }
}
