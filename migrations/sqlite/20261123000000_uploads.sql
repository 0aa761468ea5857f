-- Uploads that go on after a break, what an organisation does with files, previews, and what the sweep looks for.

-- position_policy: what is done when an image tells where it was taken. Without a quota, the server's usual one.
ALTER TABLE organization ADD COLUMN position_policy TEXT NOT NULL DEFAULT 'REMOVE' CHECK (position_policy IN ('KEEP', 'REMOVE'));
ALTER TABLE organization ADD COLUMN attachment_quota_bytes INTEGER;

-- Empty in files from before: organization_id (whose quota), size, announced (fingerprint of the upload's header),
-- position. preview: whether there is to be one; it is a sealed file of its own.
ALTER TABLE attachment ADD COLUMN organization_id BLOB REFERENCES organization;
ALTER TABLE attachment ADD COLUMN size INTEGER;
ALTER TABLE attachment ADD COLUMN announced BLOB;
ALTER TABLE attachment ADD COLUMN position TEXT CHECK (position IN ('NONE', 'KEPT', 'REMOVED'));
ALTER TABLE attachment ADD COLUMN preview TEXT NOT NULL DEFAULT 'NONE' CHECK (preview IN ('NONE', 'PENDING', 'MADE'));
ALTER TABLE attachment ADD COLUMN preview_upload_id BLOB;
ALTER TABLE attachment ADD COLUMN preview_manifest BLOB;
CREATE INDEX attachment_by_organization ON attachment (organization_id, size);
CREATE INDEX attachment_unclaimed ON attachment (uploaded_at) WHERE entry_seq IS NULL AND consent_id IS NULL;
CREATE INDEX attachment_without_preview ON attachment (uploaded_at) WHERE preview = 'PENDING';

-- A file that is not stored completely. attempt_id: which call may go on with it. hash_state: SHA-256 so far, sealed.
CREATE TABLE upload (
    patient_id BLOB NOT NULL REFERENCES patient,
    attachment_id BLOB NOT NULL,
    person_id BLOB NOT NULL REFERENCES person,
    device_id BLOB NOT NULL REFERENCES device,
    organization_id BLOB NOT NULL REFERENCES organization,
    announced BLOB NOT NULL,
    size INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    blob_key BLOB NOT NULL,
    attempt_id BLOB NOT NULL,
    stored_size INTEGER NOT NULL,
    hash_state BLOB NOT NULL,
    touched_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, attachment_id)
) STRICT;
CREATE INDEX upload_by_organization ON upload (organization_id, size);
CREATE INDEX upload_by_person ON upload (person_id);
CREATE INDEX upload_touched ON upload (touched_at);

-- The sealed parts of an upload, and of the file that it became. upload_id: the try that stored the part, which
-- names its object. Files from before have no rows here: all of their parts are of the try of the attachment.
CREATE TABLE attachment_part (
    patient_id BLOB NOT NULL REFERENCES patient,
    attachment_id BLOB NOT NULL,
    part INTEGER NOT NULL,
    upload_id BLOB NOT NULL,
    plain_len INTEGER NOT NULL,
    sealed_sha256 BLOB NOT NULL,
    nonce_prefix BLOB NOT NULL,
    PRIMARY KEY (patient_id, attachment_id, part)
) STRICT;
