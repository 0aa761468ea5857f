use proptest::prelude::*;

use super::*;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn full() -> Event<'static> {
    Event {
        patient: id(1),
        id: id(2),
        time: 3,
        person: Some(id(4)),
        organization: Some(id(5)),
        role: Some("DOCTOR"),
        session: Some(crate::session_hash(id(6))),
        action: "ENTRY_POST",
        decision: "PERMIT",
        reason: Some("NOT_FOUND"),
        epoch: Some(7),
        object: Some(id(8)),
        seqs: "9",
        consents: "",
        purpose: "TREATMENT",
        break_glass: Some(id(10)),
        revision: Some(1),
        content: Some([11; 32]),
        operator: Some("console"),
        service: Some(id(12)),
    }
}

fn bare() -> Event<'static> {
    Event {
        person: None,
        organization: None,
        role: None,
        session: None,
        reason: None,
        epoch: None,
        object: None,
        break_glass: None,
        revision: None,
        content: None,
        operator: None,
        service: None,
        ..full()
    }
}

#[test]
fn a_leaf_can_be_read_back() {
    for event in
        [full(), bare(), Event { service: None, ..full() }, Event { service: Some(id(12)), ..bare() }]
    {
        assert_eq!(Event::decode(&event.encode()), Some(event));
    }
}

#[test]
fn every_column_is_in_the_leaf() {
    let full = full();
    let changed = [
        Event { patient: id(90), ..full },
        Event { id: id(90), ..full },
        Event { time: 90, ..full },
        Event { person: None, ..full },
        Event { organization: None, ..full },
        Event { role: None, ..full },
        Event { session: None, ..full },
        Event { action: "LOGIN", ..full },
        Event { decision: "DENY", ..full },
        Event { reason: None, ..full },
        Event { epoch: Some(0), ..full },
        Event { object: None, ..full },
        Event { seqs: "", ..full },
        Event { consents: "9", seqs: "", ..full },
        Event { purpose: "EMERGENCY", ..full },
        Event { break_glass: None, ..full },
        Event { revision: None, ..full },
        Event { content: Some([0; 32]), ..full },
        Event { operator: Some(""), ..full },
        Event { service: None, ..full },
        Event { service: Some(id(90)), ..full },
        full,
    ];
    let leaves: std::collections::HashSet<_> = changed.iter().map(Event::encode).collect();
    assert_eq!(leaves.len(), changed.len());
}

#[test]
fn other_bytes_are_no_leaf() {
    let leaf = full().encode();
    for length in 0..leaf.len() {
        assert_eq!(Event::decode(&leaf[..length]), None, "{length}");
    }
    assert_eq!(Event::decode(&[&leaf[..], &[0]].concat()), None);
    for version in [0, VERSION, 3] {
        let mut other = leaf.clone();
        other[4 + DOMAIN.len()] = version;
        assert_eq!(Event::decode(&other), None, "{version}");
    }
    // one way only: without a service account it is of version 1
    let mut without = bare().encode();
    without[4 + DOMAIN.len()] = THROUGH_SERVICE;
    assert_eq!(Event::decode(&without), None);
    assert_eq!(Event::decode(&[&without[..], &[0]].concat()), None);
}

proptest! {
    #[test]
    fn hostile_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..300) {
        let _ = Event::decode(&bytes);
        let mut leaf = full().encode();
        leaf.truncate(cut);
        leaf.extend(bytes);
        if let Some(event) = Event::decode(&leaf) {
            prop_assert_eq!(event.encode(), leaf);
        }
    }
}
