-- The audit log: events become leaves of a Merkle tree whose root is signed. Events of maintenance have no person.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.
-- SQLite cannot change a constraint, so the table of events is made anew and filled; nothing refers to it.

-- revision, content_hash: of the sealed content that the act stored (an entry's body, an attachment's manifest).
-- operator: who did maintenance at the console; then there is no person, organisation and role.
CREATE TABLE audit_event_new (
    patient_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    happened_at INTEGER NOT NULL,
    person_id BLOB REFERENCES person,
    organization_id BLOB REFERENCES organization,
    role TEXT,
    session_id BLOB,
    action TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('PERMIT', 'DENY')),
    reason TEXT,
    epoch INTEGER,
    object_id BLOB,
    seqs TEXT NOT NULL,
    consents TEXT NOT NULL,
    purpose TEXT NOT NULL DEFAULT 'TREATMENT',
    break_glass_id BLOB,
    revision INTEGER,
    content_hash BLOB,
    operator TEXT,
    PRIMARY KEY (patient_id, event_id),
    CHECK ((person_id IS NULL) = (operator IS NOT NULL) AND (person_id IS NULL) = (organization_id IS NULL)
        AND (person_id IS NULL) = (role IS NULL))
) STRICT;
INSERT INTO audit_event_new (patient_id, event_id, happened_at, person_id, organization_id, role, session_id, action,
    decision, reason, epoch, object_id, seqs, consents, purpose, break_glass_id)
SELECT patient_id, event_id, happened_at, person_id, organization_id, role, session_id, action,
    decision, reason, epoch, object_id, seqs, consents, purpose, break_glass_id FROM audit_event;
DROP TABLE audit_event;
ALTER TABLE audit_event_new RENAME TO audit_event;

-- Events without a place in the log yet: written with the event, in the same transaction, and removed with its leaf.
CREATE TABLE audit_pending (
    event_id BLOB NOT NULL PRIMARY KEY,
    patient_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO audit_pending (event_id, patient_id) SELECT event_id, patient_id FROM audit_event;

-- The log: the place of each event, and the hash of its leaf. Rows are only ever added, here and in the next two.
CREATE TABLE audit_leaf (
    leaf_index INTEGER NOT NULL PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE,
    patient_id BLOB NOT NULL,
    leaf_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The tree over it: level 1 has the root of every complete run of 256 leaves, each further level of 256 nodes.
CREATE TABLE audit_node (
    level INTEGER NOT NULL,
    node_index INTEGER NOT NULL,
    node_hash BLOB NOT NULL,
    PRIMARY KEY (level, node_index)
) STRICT, WITHOUT ROWID;

-- What was signed: the root at a size, and the size that was signed before. key_version: of the server's signing key.
CREATE TABLE audit_checkpoint (
    size INTEGER NOT NULL PRIMARY KEY,
    previous_size INTEGER NOT NULL,
    root_hash BLOB NOT NULL,
    signed_at INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row. log_id names the log; sequencer_id is whoever gives places until leased_until, who must find size as it was.
CREATE TABLE audit_log (
    audit_log_id INTEGER NOT NULL PRIMARY KEY,
    log_id BLOB,
    size INTEGER NOT NULL,
    sequencer_id BLOB,
    leased_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO audit_log (audit_log_id, size, leased_until) VALUES (1, 0, 0);
