//! Random changes of the tables of a log, each of which has to be found.

use renkei_crypto::{OsEntropy, random};

use super::{EVENTS, FILES, Place, new_id};

fn dice(below: usize) -> usize {
    (u64::from_be_bytes(random(&OsEntropy)) % below as u64) as usize
}

/// Columns of an event, and another value for each.
fn edits(place: &Place) -> Vec<(&'static str, String)> {
    let (id, hash) = (place.id(new_id()), place.bytes(&random::<32>(&OsEntropy)));
    vec![
        ("happened_at", "happened_at + 1".to_owned()),
        ("role", "'DOCTOR'".to_owned()),
        ("session_id", id.clone()),
        ("session_id", "NULL".to_owned()),
        ("action", "'LOGOUT'".to_owned()),
        ("decision", "'DENY'".to_owned()),
        ("reason", "'NOT_FOUND'".to_owned()),
        ("epoch", "epoch + 1".to_owned()),
        ("epoch", "NULL".to_owned()),
        ("object_id", id.clone()),
        ("seqs", "'1-999'".to_owned()),
        ("consents", "'x'".to_owned()),
        ("purpose", "'EMERGENCY'".to_owned()),
        ("break_glass_id", id.clone()),
        ("revision", "7".to_owned()),
        ("content_hash", hash),
        ("service_account_id", id.clone()),
        ("operator", "'x', person_id = NULL, organization_id = NULL, role = NULL".to_owned()),
        ("event_id", id.clone()),
        ("patient_id", id),
    ]
}

/// A random change of the tables; what it is.
pub(super) fn tamper(place: &Place) -> (&'static str, String) {
    let (at, hash) = (dice(EVENTS), place.bytes(&random::<32>(&OsEntropy)));
    let event = format!("(SELECT event_id FROM audit_leaf WHERE leaf_index = {at})");
    let id = place.id(new_id());
    let another = "FROM audit_event WHERE seqs = '1'";
    let columns = "happened_at, person_id, organization_id, role, action, decision, seqs, consents";
    let insert = format!(
        "INSERT INTO audit_event (patient_id, event_id, {columns}) SELECT patient_id, {id}, {columns} {another};"
    );
    let last = EVENTS - 1;
    let cut = [101, 102, 301][dice(3)];
    let node = dice(2);
    match dice(22) {
        0..4 => {
            let edits = edits(place);
            let (column, value) = &edits[dice(edits.len())];
            ("an event is edited", format!("UPDATE audit_event SET {column} = {value} WHERE event_id = {event};"))
        }
        4 => ("an event is deleted", format!("DELETE FROM audit_event WHERE event_id = {event};")),
        5 => (
            "an event and its place are deleted",
            format!("DELETE FROM audit_event WHERE event_id = {event}; DELETE FROM audit_leaf WHERE leaf_index = {at};"),
        ),
        6 => (
            "an event is deleted and those behind it move up",
            format!(
                "DELETE FROM audit_event WHERE event_id = {event}; DELETE FROM audit_leaf WHERE leaf_index = {at};
                 UPDATE audit_leaf SET leaf_index = -leaf_index WHERE leaf_index > {at};
                 UPDATE audit_leaf SET leaf_index = -leaf_index - 1 WHERE leaf_index < 0;"
            ),
        ),
        7 => ("an event is inserted", insert),
        8 => (
            "an event is inserted, and another one waits a second time",
            format!("{insert} INSERT INTO audit_pending SELECT event_id, patient_id {another} AND event_id <> {id};"),
        ),
        9 => (
            "an event is inserted at the end",
            format!("{insert} INSERT INTO audit_leaf SELECT {EVENTS}, event_id, patient_id, {hash} FROM audit_event \
                 WHERE event_id = {id};"),
        ),
        10 => (
            "two events change places",
            format!(
                "UPDATE audit_leaf SET leaf_index = -1 WHERE leaf_index = {at};
                 UPDATE audit_leaf SET leaf_index = {at} WHERE leaf_index = {0};
                 UPDATE audit_leaf SET leaf_index = {0} WHERE leaf_index = -1;",
                (at + 1 + dice(EVENTS - 1)) % EVENTS
            ),
        ),
        11 => (
            "the end is cut off, in order",
            format!(
                "DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE leaf_index >= {cut});
                 DELETE FROM audit_leaf WHERE leaf_index >= {cut}; DELETE FROM audit_checkpoint WHERE size > {cut};
                 DELETE FROM audit_node WHERE node_index >= {cut} / 256; UPDATE audit_log SET size = {cut};"
            ),
        ),
        12 => ("the last event is cut off", format!("DELETE FROM audit_leaf WHERE leaf_index = {last};")),
        13 => (
            "a hash is edited",
            [
                format!("UPDATE audit_leaf SET leaf_hash = {hash} WHERE leaf_index = {at};"),
                format!("UPDATE audit_node SET node_hash = {hash} WHERE node_index = {node};"),
                format!("DELETE FROM audit_node WHERE node_index = {node};"),
                format!("INSERT INTO audit_node (level, node_index, node_hash) VALUES (2, 0, {hash});"),
            ][dice(4)]
            .clone(),
        ),
        14 => {
            let set = [
                format!("root_hash = {hash}"),
                "signed_at = signed_at + 1".to_owned(),
                "previous_size = previous_size + 1".to_owned(),
                format!("signature = {hash}"),
                "size = size + 100".to_owned(),
            ];
            ("a checkpoint is edited", format!("UPDATE audit_checkpoint SET {} WHERE size = {cut};", set[dice(5)]))
        }
        15 => (
            "a checkpoint is deleted, or made up",
            [
                format!("DELETE FROM audit_checkpoint WHERE size = {cut};"),
                format!("DELETE FROM audit_checkpoint WHERE size = {EVENTS};"),
                format!("INSERT INTO audit_checkpoint VALUES ({}, 0, {hash}, 1, 1, {hash});", dice(EVENTS) + 2000),
                format!("INSERT INTO audit_checkpoint VALUES (-1, 0, {hash}, 1, 1, {hash});"),
                "UPDATE audit_log SET size = size - 1;".to_owned(),
            ][dice(5)]
            .clone(),
        ),
        // of every other ten the first is from before what stands beside it was logged
        16..19 => {
            let mut changes = of_marks(place, dice(EVENTS / FILES / 2) * 2 * FILES);
            ("what was done to an entry is changed", changes.swap_remove(dice(changes.len())))
        }
        _ => {
            let posted = dice(EVENTS / 3) * 3;
            let with_files = dice(EVENTS / FILES) * FILES;
            (
                "an entry is changed or deleted, or a file of one",
                [
                    format!("UPDATE entry SET body = {hash} WHERE seq = {posted};"),
                    format!("UPDATE entry SET posted_at = posted_at - 1 WHERE seq = {posted};"),
                    format!("UPDATE entry SET author_role = 'DOCTOR' WHERE seq = {posted};"),
                    format!("UPDATE entry SET seq = -1 WHERE seq = {posted};"),
                    format!("DELETE FROM entry WHERE seq = {posted};"),
                    format!("DELETE FROM attachment WHERE entry_seq = {with_files} AND entry_place = {};", dice(2)),
                    format!("UPDATE attachment SET entry_seq = NULL WHERE entry_seq = {with_files};"),
                    format!("DELETE FROM entry_kept_file WHERE place = {};", dice(2)),
                    "UPDATE entry_kept_file SET place = 2 WHERE place = 0;".to_owned(),
                ][dice(9)]
                .clone(),
            )
        }
    }
}

/// Changes of what stands beside ten entries, the first of them at `first`, and of what was done to them: see
/// [`super::record`].
pub(super) fn of_marks(place: &Place, first: usize) -> Vec<String> {
    let [question, answer, correction, proxy, acknowledged, retraction] =
        [1, 2, 3, 4, 5, 6].map(|turn| first + 3 * turn);
    let (urgent, other) = (first + 24, "(SELECT person_id FROM person WHERE login_name = 'betsu')");
    let id = place.id(new_id());
    let copied = |set: &str, seq: usize, mark: &str| {
        let columns =
            ["patient_id", "seq", "mark", "person_id", "by_seq", "organization_id", "role", "marked_at"];
        let values = columns.map(|column| {
            let set =
                set.split(", ").filter_map(|one| one.split_once(" = ")).find(|(name, _)| *name == column);
            set.map_or(column, |(_, value)| value)
        });
        format!(
            "INSERT INTO entry_mark ({}, key_version, word) SELECT {}, key_version, word FROM entry_mark \
             WHERE seq = {seq} AND mark = '{mark}' ORDER BY by_seq LIMIT 1;",
            columns.join(", "),
            values.join(", ")
        )
    };
    let marks = [
        (question, "ANSWERED"),
        (question, "CORRECTED"),
        (correction, "ANSWERED"),
        (proxy, "FINALIZED"),
        (acknowledged, "ACKNOWLEDGED"),
        (acknowledged, "ENTERED_IN_ERROR"),
    ];
    let mut changes = vec![
        format!("DELETE FROM entry_mark WHERE by_seq = {answer};"),
        format!("DELETE FROM entry_mark WHERE by_seq = {proxy};"),
        format!("UPDATE entry_mark SET seq = {urgent} WHERE by_seq = {proxy};"),
        format!("UPDATE entry_mark SET seq = {question} WHERE by_seq = {proxy};"),
        format!("UPDATE entry_mark SET seq = {urgent} WHERE by_seq = {correction} AND mark = 'CORRECTED';"),
        format!("UPDATE entry_mark SET by_seq = {urgent} WHERE by_seq = {retraction};"),
        format!(
            "UPDATE entry_mark SET mark = 'ENTERED_IN_ERROR' WHERE seq = {question} AND mark = 'CORRECTED';"
        ),
        format!(
            "UPDATE entry_mark SET mark = 'CORRECTED' WHERE seq = {acknowledged} AND by_seq = {retraction};"
        ),
        format!(
            "UPDATE entry_mark SET word = {} WHERE mark = 'ACKNOWLEDGED' AND seq = {acknowledged};",
            place.bytes(&[])
        ),
        // as if it had been done to another entry, by somebody else, or by an entry that did nothing
        copied(&format!("seq = {first}"), proxy, "FINALIZED"),
        copied(&format!("seq = {urgent}"), acknowledged, "ACKNOWLEDGED"),
        copied(&format!("person_id = {other}"), acknowledged, "ACKNOWLEDGED"),
        copied(
            &format!("seq = {urgent}, by_seq = {first}, marked_at = {first}"),
            acknowledged,
            "ENTERED_IN_ERROR",
        ),
        copied(&format!("seq = {urgent}"), question, "CORRECTED"),
        copied(&format!("by_seq = {urgent}, marked_at = {urgent}"), question, "ANSWERED"),
        copied(&format!("seq = {first}"), question, "ANSWERED"),
        copied("by_seq = 0", question, "ANSWERED"),
        copied("by_seq = 9999", question, "ANSWERED"),
        // by an entry that somebody made up, or that was there before
        format!(
            "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, \
             author_role, urgent, key_version, body, posted_at, sensitivity, kind, occurred_at) SELECT patient_id, 9000, \
             {id}, 2, category, author_person_id, author_organization_id, author_role, 0, 1, body, 9000, sensitivity, \
             'RETRACTION', 9000 FROM entry WHERE seq = {urgent}; {}",
            copied(
                &format!("seq = {urgent}, by_seq = 9000, marked_at = 9000"),
                acknowledged,
                "ENTERED_IN_ERROR"
            )
        ),
        format!(
            "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, \
             author_role, reply_to_entry_id, urgent, key_version, body, posted_at, sensitivity, kind, occurred_at) \
             SELECT e.patient_id, 9000, {id}, 1, category, author_person_id, author_organization_id, author_role, \
             (SELECT entry_id FROM entry WHERE seq = {urgent}), 0, 1, body, 9000, sensitivity, kind, 9000 \
             FROM entry e WHERE seq = {urgent}; {}",
            copied(&format!("seq = {urgent}, by_seq = 9000, marked_at = 9000"), question, "ANSWERED")
        ),
        format!(
            "UPDATE entry SET reply_to_entry_id = (SELECT entry_id FROM entry WHERE seq = {urgent}) WHERE seq = 21; {}",
            copied(&format!("seq = {urgent}, by_seq = 21, marked_at = 21"), question, "ANSWERED")
        ),
        copied(&format!("seq = {urgent}, by_seq = 21, marked_at = 21"), question, "CORRECTED"),
        format!("UPDATE entry SET key_version = 99 WHERE seq = {urgent};"),
        format!("DELETE FROM entry_addressee WHERE seq = {question};"),
        format!("DELETE FROM entry_addressee WHERE seq = {proxy};"),
        format!("DELETE FROM entry_addressee WHERE seq = {urgent} AND place = 1;"),
        format!("UPDATE entry_addressee SET place = 7 WHERE seq = {urgent} AND place = 0;"),
        format!("UPDATE entry_addressee SET wanted = 'ATTENTION' WHERE seq = {question};"),
        format!("UPDATE entry_addressee SET person_id = {other} WHERE seq = {proxy};"),
        format!("UPDATE entry_addressee SET organization_id = NULL WHERE seq = {question};"),
        format!("UPDATE entry_addressee SET role = 'DOCTOR' WHERE seq = {question};"),
        format!(
            "INSERT INTO entry_addressee SELECT patient_id, {first}, place, wanted, person_id, organization_id, role \
             FROM entry_addressee WHERE seq = {question};"
        ),
    ];
    for (seq, mark) in marks {
        changes.push(format!("DELETE FROM entry_mark WHERE seq = {seq} AND mark = '{mark}';"));
        for set in [
            format!("person_id = {other}"),
            "role = 'DOCTOR'".to_owned(),
            "marked_at = marked_at + 1".to_owned(),
        ] {
            changes.push(format!("UPDATE entry_mark SET {set} WHERE seq = {seq} AND mark = '{mark}';"));
        }
    }
    for set in
        ["kind = 'MEMO'", "category = 'DOCUMENT'", "sensitivity = 'ABUSE'", "occurred_at = 7", "urgent = 0"]
    {
        changes.push(format!("UPDATE entry SET {set} WHERE seq = {urgent};"));
    }
    changes.push(format!("UPDATE entry SET reply_to_entry_id = {id} WHERE seq = {urgent};"));
    changes.push(format!("UPDATE entry SET reply_to_entry_id = NULL WHERE seq = {answer};"));
    changes
}
