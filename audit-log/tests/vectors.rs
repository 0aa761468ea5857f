//! The vectors of docs/audit-log.md. What another team implements from must not drift from the code: the file is made
//! anew here and compared. `RENKEI_WRITE_VECTORS=1` writes it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use data_encoding::HEXLOWER;
use renkei_audit_log::content::{Addressee, Entry, acknowledgement_hash, finalization_hash};
use renkei_audit_log::proof::{consistency, inclusion};
use renkei_audit_log::tree::{Frontier, Hash, Nodes, leaf_hash};
use renkei_audit_log::{Checkpoint, Event, SigningKey, session_hash};
use serde_json::{Value, json};
use uuid::Uuid;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/audit-log.vectors.json");
const ORIGIN: &str = "renkei-audit/0197f0a0-1a2b-7000-8000-00000000000a";

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0197_f0a0_1a2b_7000_8000_0000_0000_0000 + n)
}

/// A post, a read under an emergency access, a refused read, a log-in, maintenance by the console, a post through a
/// service account.
fn events() -> Vec<(&'static str, Option<Uuid>, Event<'static>)> {
    let session = id(9);
    let post = Event {
        patient: id(1),
        id: id(2),
        time: 1_796_947_200_123_456,
        person: Some(id(3)),
        organization: Some(id(4)),
        role: Some("DOCTOR"),
        session: Some(session_hash(session)),
        action: "ENTRY_POST",
        decision: "PERMIT",
        reason: None,
        epoch: Some(7),
        object: Some(id(5)),
        seqs: "12",
        consents: "0197f0a0-1a2b-7000-8000-000000000006",
        purpose: "TREATMENT",
        break_glass: None,
        revision: Some(1),
        content: Some(leaf_hash(b"sealed content of a test")),
        operator: None,
        service: None,
    };
    let read = Event {
        id: id(12),
        action: "ENTRY_READ",
        object: None,
        seqs: "1-3,9",
        consents: "",
        purpose: "EMERGENCY",
        break_glass: Some(id(13)),
        revision: None,
        content: None,
        ..post
    };
    let refused =
        Event { id: id(22), decision: "DENY", reason: Some("NOT_FOUND"), epoch: None, seqs: "", ..read };
    let refused = Event { purpose: "TREATMENT", break_glass: None, ..refused };
    let login = Event {
        patient: Uuid::nil(),
        id: id(32),
        action: "LOGIN",
        decision: "PERMIT",
        reason: None,
        ..refused
    };
    let login = Event { session: None, object: Some(session), ..login };
    let console = Event {
        id: id(42),
        time: -1,
        person: None,
        organization: None,
        role: None,
        action: "PATIENT_SHRED",
        object: None,
        operator: Some("保守 console"),
        ..login
    };
    let service = Event { id: id(52), service: Some(id(53)), ..post };
    vec![
        ("post", Some(session), post),
        ("read in an emergency", Some(session), read),
        ("refused read", Some(session), refused),
        ("log-in", None, login),
        ("maintenance", None, console),
        ("post through a service account", Some(session), service),
    ]
}

fn leaves() -> Vec<Value> {
    let leaf = |(name, session, event): (&str, Option<Uuid>, Event<'_>)| {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        let bytes = event.encode();
        json!({
            "name": name,
            "patient_id": event.patient.to_string(),
            "event_id": event.id.to_string(),
            "happened_at": event.time,
            "person_id": id(event.person),
            "organization_id": id(event.organization),
            "role": event.role,
            "session_id": id(session),
            "action": event.action,
            "decision": event.decision,
            "reason": event.reason,
            "epoch": event.epoch,
            "object_id": id(event.object),
            "seqs": event.seqs,
            "consents": event.consents,
            "purpose": event.purpose,
            "break_glass_id": id(event.break_glass),
            "revision": event.revision,
            "content_hash": event.content.map(hex),
            "operator": event.operator,
            "service_account_id": id(event.service),
            "leaf": hex(&bytes),
            "leaf_hash": hex(leaf_hash(&bytes)),
        })
    };
    events().into_iter().map(leaf).collect()
}

/// Trees whose leaf n is the bytes of n as u64 big-endian.
fn trees() -> Vec<Value> {
    let (mut frontier, mut nodes) = (Frontier::default(), Nodes::default());
    let mut roots = vec![frontier.root()];
    for n in 0..600_u64 {
        let hash = leaf_hash(&n.to_be_bytes());
        nodes.insert(0, n, hash);
        frontier.push(hash, |node| nodes.insert(node.level, node.index, node.hash));
        roots.push(frontier.root());
    }
    let texts = |path: Vec<Hash>| path.into_iter().map(hex).collect::<Vec<_>>();
    [0_u64, 1, 2, 3, 7, 8, 255, 256, 257, 600]
        .into_iter()
        .map(|size| {
            let places = [0, size / 3, size.saturating_sub(1)].into_iter().filter(|place| *place < size);
            let mut places: Vec<u64> = places.collect();
            places.dedup();
            let included = places.iter().map(
                |index| json!({"index": index, "path": texts(inclusion(&nodes, *index, size).unwrap())}),
            );
            let consistent = places.iter().map(|place| {
                let old = place + 1;
                let path = consistency(&nodes, old, size).unwrap();
                json!({"old_size": old, "old_root": hex(roots[old as usize]), "path": texts(path)})
            });
            json!({
                "size": size,
                "root": hex(roots[size as usize]),
                "inclusion": included.collect::<Vec<_>>(),
                "consistency": consistent.collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn checkpoints() -> Vec<Value> {
    let seed = [7; 32];
    let key = SigningKey::new(ORIGIN, &seed).unwrap();
    let checkpoint = |size: u64, previous: u64| {
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: leaf_hash(&size.to_be_bytes()),
            time: 1_796_947_200_123_456,
            previous,
        };
        json!({
            "size": size,
            "root": hex(checkpoint.root),
            "time": checkpoint.time,
            "previous": previous,
            "note": key.verifying().note(&checkpoint, &key.sign(&checkpoint)),
        })
    };
    vec![json!({
        "origin": ORIGIN,
        "seed": hex(seed),
        "verifying_key": key.verifying().to_string(),
        "checkpoints": [checkpoint(1, 0), checkpoint(70_000, 69_988)],
    })]
}

/// A note, an urgent answer with files, a correction that is addressed to many; a finalisation and an acknowledgement.
fn contents() -> Value {
    let files = [b"manifest of a file".to_vec(), b"manifest of another file".to_vec()];
    let note = Entry {
        kind: "VISIT_NOTE",
        category: "VISIT_NOTE",
        sensitivity: "NORMAL",
        occurred_at: 1_796_947_200_123_456,
        urgent: false,
        reply_to: None,
        answers: false,
        amends: Vec::new(),
        addressees: Vec::new(),
        key_version: 1,
        body: b"sealed body of a test",
        files: &[],
    };
    let answer = Entry {
        kind: "MESSAGE",
        category: "MEDICATION",
        urgent: true,
        key_version: 3,
        reply_to: Some(id(61)),
        answers: true,
        files: &files,
        ..note.clone()
    };
    let addressee = |wanted, person, organization, role| Addressee { wanted, person, organization, role };
    let correction = Entry {
        sensitivity: "MENTAL_HEALTH",
        occurred_at: -1,
        amends: vec![("CORRECTED", 12)],
        addressees: vec![
            addressee("ATTENTION", Some(id(62)), None, None),
            addressee("ANSWER", None, Some(id(63)), Some("NURSE")),
            addressee("FINALIZE", Some(id(64)), None, None),
            addressee("ANSWER", None, None, None),
        ],
        ..note.clone()
    };
    let entry = |(name, entry): (&str, &Entry<'_>)| {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        let addressees: Vec<_> = entry
            .addressees
            .iter()
            .map(|to| {
                json!({
                    "wanted": to.wanted,
                    "person_id": id(to.person),
                    "organization_id": id(to.organization),
                    "role": to.role,
                })
            })
            .collect();
        json!({
            "name": name,
            "kind": entry.kind,
            "category": entry.category,
            "sensitivity": entry.sensitivity,
            "occurred_at": entry.occurred_at,
            "urgent": entry.urgent,
            "reply_to_entry_id": id(entry.reply_to),
            "answers": entry.answers,
            "amends": entry.amends.iter().map(|(mark, place)| json!([mark, place])).collect::<Vec<_>>(),
            "addressees": addressees,
            "key_version": entry.key_version,
            "body": hex(entry.body),
            "manifests": entry.files.iter().map(hex).collect::<Vec<_>>(),
            "content_hash": hex(entry.hash()),
        })
    };
    let entries = [("note", &note), ("answer with files", &answer), ("correction", &correction)].map(entry);
    let finalizations = [false, true]
        .map(|answers| json!({"answers": answers, "content_hash": hex(finalization_hash(answers))}));
    let acknowledgements = [(0, &b""[..]), (3, &b"sealed word"[..])].map(|(version, word)| {
        let hash = hex(acknowledgement_hash(version, word));
        json!({"key_version": version, "word": hex(word), "content_hash": hash})
    });
    json!({"entries": entries, "finalizations": finalizations, "acknowledgements": acknowledgements})
}

#[test]
fn the_vectors_are_those_of_the_code() {
    let vectors =
        json!({"leaves": leaves(), "contents": contents(), "trees": trees(), "logs": checkpoints()});
    if std::env::var_os("RENKEI_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
    // as values: in which order their fields stand depends on what else is built
    let written: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    assert_eq!(written, vectors);
}
