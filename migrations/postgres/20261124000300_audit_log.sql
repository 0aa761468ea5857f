-- The audit log: events become leaves of a Merkle tree whose root is signed. Events of maintenance have no person.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.
-- Tables are altered and not made anew, so that rights granted on them stay.

-- revision, content_hash: of the sealed content that the act stored (an entry's body, an attachment's manifest).
-- operator: who did maintenance at the console; then there is no person, organisation and role.
ALTER TABLE audit_event ALTER COLUMN person_id DROP NOT NULL;
ALTER TABLE audit_event ALTER COLUMN organization_id DROP NOT NULL;
ALTER TABLE audit_event ALTER COLUMN role DROP NOT NULL;
ALTER TABLE audit_event ADD COLUMN revision BIGINT;
ALTER TABLE audit_event ADD COLUMN content_hash BYTEA;
ALTER TABLE audit_event ADD COLUMN operator TEXT;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_actor_check
    CHECK ((person_id IS NULL) = (operator IS NOT NULL) AND (person_id IS NULL) = (organization_id IS NULL)
        AND (person_id IS NULL) = (role IS NULL));

-- Events without a place in the log yet: written with the event, in the same transaction, and removed with its leaf.
CREATE TABLE audit_pending (
    event_id UUID NOT NULL PRIMARY KEY,
    patient_id UUID NOT NULL
);
INSERT INTO audit_pending (event_id, patient_id) SELECT event_id, patient_id FROM audit_event;

-- The log: the place of each event, and the hash of its leaf. Rows are only ever added, here and in the next two.
CREATE TABLE audit_leaf (
    leaf_index BIGINT NOT NULL PRIMARY KEY,
    event_id UUID NOT NULL UNIQUE,
    patient_id UUID NOT NULL,
    leaf_hash BYTEA NOT NULL
);

-- The tree over it: level 1 has the root of every complete run of 256 leaves, each further level of 256 nodes.
CREATE TABLE audit_node (
    level BIGINT NOT NULL,
    node_index BIGINT NOT NULL,
    node_hash BYTEA NOT NULL,
    PRIMARY KEY (level, node_index)
);

-- What was signed: the root at a size, and the size that was signed before. key_version: of the server's signing key.
CREATE TABLE audit_checkpoint (
    size BIGINT NOT NULL PRIMARY KEY,
    previous_size BIGINT NOT NULL,
    root_hash BYTEA NOT NULL,
    signed_at BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    signature BYTEA NOT NULL
);

-- One row. log_id names the log; sequencer_id is whoever gives places until leased_until, who must find size as it was.
CREATE TABLE audit_log (
    audit_log_id BIGINT NOT NULL PRIMARY KEY,
    log_id UUID,
    size BIGINT NOT NULL,
    sequencer_id UUID,
    leased_until BIGINT NOT NULL
);
INSERT INTO audit_log (audit_log_id, size, leased_until) VALUES (1, 0, 0);
