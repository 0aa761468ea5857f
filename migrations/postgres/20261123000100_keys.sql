-- Keys: which versions of the root key there are, what a server beside a key command has to notice, and patients
-- whose keys were destroyed.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- A version of the root key. The commitment tells whether a key is that version, and nothing of the key. While two
-- versions are not retired, a rotation is under way.
CREATE TABLE root_key (
    version BIGINT NOT NULL PRIMARY KEY,
    commitment BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

-- One row. generation is raised by every change of keys: who remembers keys looks again. While a rotation of the
-- patients' keys is under way it has the time at which it began.
CREATE TABLE key_state (
    key_state_id BIGINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    patients_since BIGINT
);
INSERT INTO key_state (key_state_id, generation) VALUES (1, 0);

-- Who is behind: the keys that a version of the root key still wraps.
CREATE INDEX keyring_by_root ON keyring (root_version, patient_id, version);

-- Demographics are sealed when they change; key_version is what new content is sealed under, which a rotation raises.
ALTER TABLE patient ADD COLUMN demographics_key_version BIGINT NOT NULL DEFAULT 1;
UPDATE patient SET demographics_key_version = key_version;
-- Since then nothing of the patient can be opened, and nobody sees the patient.
ALTER TABLE patient ADD COLUMN shredded_at BIGINT;
ALTER TABLE patient ADD COLUMN shred_reason TEXT;

-- Whose files the sweep removes.
CREATE INDEX patient_shredded ON patient (patient_id) WHERE shredded_at IS NOT NULL;
