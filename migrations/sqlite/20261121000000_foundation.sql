-- The foundation: identity, sessions, keys, patients, care teams, consent, timelines, attachments, audit.
-- The same tables stand in ../postgres under the same name; a test compares both schemas.
-- Times are microseconds since 1970 UTC. Every patient-scoped table has patient_id first in its key.

CREATE TABLE organization (
    organization_id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('HOSPITAL', 'CLINIC', 'DENTAL_CLINIC', 'PHARMACY', 'HOME_VISIT_NURSING', 'CARE_MANAGEMENT', 'CARE_SERVICE', 'COMMUNITY_SUPPORT_CENTER', 'COORDINATION_OFFICE')),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX organization_by_name ON organization (name, organization_id);

CREATE TABLE person (
    person_id BLOB NOT NULL PRIMARY KEY,
    login_name TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_kana TEXT NOT NULL,
    password_hash TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE affiliation (
    affiliation_id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person,
    organization_id BLOB NOT NULL REFERENCES organization,
    role TEXT NOT NULL CHECK (role IN ('DOCTOR', 'DENTIST', 'PHARMACIST', 'NURSE', 'CARE_MANAGER', 'THERAPIST', 'DIETITIAN', 'CARE_WORKER', 'SOCIAL_WORKER', 'COORDINATOR', 'ADMINISTRATOR')),
    created_at INTEGER NOT NULL,
    UNIQUE (person_id, organization_id, role)
) STRICT;
CREATE INDEX affiliation_by_organization ON affiliation (organization_id, person_id);

CREATE TABLE enrollment (
    enrollment_id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person,
    code_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    device_id BLOB,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    device_id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person,
    name TEXT NOT NULL,
    public_key_hash BLOB NOT NULL,
    certificate BLOB NOT NULL,
    certificate_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE session (
    session_id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person,
    affiliation_id BLOB NOT NULL REFERENCES affiliation,
    device_id BLOB NOT NULL REFERENCES device,
    access_hash BLOB NOT NULL UNIQUE,
    access_expires_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE TABLE refresh_token (
    token_hash BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES session,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- What a client asked to be done once: the same id and body give the first result.
CREATE TABLE request (
    person_id BLOB NOT NULL REFERENCES person,
    request_id BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    object_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, request_id)
) STRICT;

-- Keys of the server itself (index, pepper, page tokens, enrolment codes), wrapped by the root key.
CREATE TABLE server_key (
    purpose TEXT NOT NULL,
    version INTEGER NOT NULL,
    root_version INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (purpose, version)
) STRICT;

-- The row is the patient's lock: every write of patient-scoped data updates it first.
CREATE TABLE patient (
    patient_id BLOB NOT NULL PRIMARY KEY,
    custodian_organization_id BLOB NOT NULL REFERENCES organization,
    head_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    demographics BLOB NOT NULL,
    name_kana_index BLOB NOT NULL,
    local_identifier_index BLOB,
    registered_at INTEGER NOT NULL,
    UNIQUE (custodian_organization_id, local_identifier_index)
) STRICT;
CREATE INDEX patient_by_name_kana ON patient (name_kana_index, patient_id);
CREATE INDEX patient_by_local_identifier ON patient (local_identifier_index, patient_id);

-- Keys of patients, wrapped by the root key.
CREATE TABLE keyring (
    patient_id BLOB NOT NULL REFERENCES patient,
    version INTEGER NOT NULL,
    root_version INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, version)
) STRICT;

CREATE TABLE care_team_member (
    patient_id BLOB NOT NULL REFERENCES patient,
    organization_id BLOB NOT NULL REFERENCES organization,
    status TEXT NOT NULL CHECK (status IN ('INVITED', 'ACCEPTED', 'DECLINED')),
    key_version INTEGER NOT NULL,
    message BLOB NOT NULL,
    invited_by_person_id BLOB NOT NULL REFERENCES person,
    invited_by_organization_id BLOB NOT NULL REFERENCES organization,
    invited_by_role TEXT NOT NULL,
    invited_at INTEGER NOT NULL,
    answered_at INTEGER,
    PRIMARY KEY (patient_id, organization_id)
) STRICT;
CREATE INDEX care_team_member_by_organization ON care_team_member (organization_id, status, patient_id);

-- scope: ALL_MEMBERS, ORGANIZATIONS (grantees: their ids, comma-separated) or PERSON (grantees: the id).
-- categories: comma-separated; all of them where the consent is for all.
CREATE TABLE consent (
    patient_id BLOB NOT NULL REFERENCES patient,
    consent_id BLOB NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('ALL_MEMBERS', 'ORGANIZATIONS', 'PERSON')),
    grantees TEXT NOT NULL,
    categories TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    paper_attachment_id BLOB,
    recorded_by_person_id BLOB NOT NULL REFERENCES person,
    recorded_by_organization_id BLOB NOT NULL REFERENCES organization,
    recorded_by_role TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    withdrawn_by_person_id BLOB REFERENCES person,
    withdrawn_by_organization_id BLOB REFERENCES organization,
    withdrawn_by_role TEXT,
    withdrawn_at INTEGER,
    PRIMARY KEY (patient_id, consent_id)
) STRICT;

CREATE TABLE entry (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('VISIT_NOTE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY', 'NURSING', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE', 'REFERRAL', 'MESSAGE', 'DOCUMENT')),
    author_person_id BLOB NOT NULL REFERENCES person,
    author_organization_id BLOB NOT NULL REFERENCES organization,
    author_role TEXT NOT NULL,
    reply_to_entry_id BLOB,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    key_version INTEGER NOT NULL,
    body BLOB NOT NULL,
    posted_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, seq),
    UNIQUE (patient_id, entry_id)
) STRICT;

-- Who has read what (既読): one row for an entry and a person.
CREATE TABLE receipt (
    patient_id BLOB NOT NULL REFERENCES patient,
    person_id BLOB NOT NULL REFERENCES person,
    seq INTEGER NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, person_id, seq)
) STRICT;
CREATE INDEX receipt_by_seq ON receipt (patient_id, seq);

-- Up to which seq a person has read everything of these categories: a search for unread entries begins there.
CREATE TABLE read_mark (
    patient_id BLOB NOT NULL REFERENCES patient,
    person_id BLOB NOT NULL REFERENCES person,
    categories TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (patient_id, person_id)
) STRICT;

-- A file that is stored completely. upload_id names the folder of its sealed parts.
CREATE TABLE attachment (
    patient_id BLOB NOT NULL REFERENCES patient,
    attachment_id BLOB NOT NULL,
    upload_id BLOB NOT NULL,
    uploaded_by_person_id BLOB NOT NULL REFERENCES person,
    key_version INTEGER NOT NULL,
    blob_key BLOB NOT NULL,
    manifest BLOB NOT NULL,
    entry_seq INTEGER,
    entry_place INTEGER,
    consent_id BLOB,
    uploaded_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, attachment_id)
) STRICT;
CREATE INDEX attachment_by_entry ON attachment (patient_id, entry_seq, entry_place);

-- patient_id is the nil UUID for acts that concern no patient.
CREATE TABLE audit_event (
    patient_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    happened_at INTEGER NOT NULL,
    person_id BLOB NOT NULL REFERENCES person,
    organization_id BLOB NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    session_id BLOB,
    action TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('PERMIT', 'DENY')),
    reason TEXT,
    epoch INTEGER,
    object_id BLOB,
    seqs TEXT NOT NULL,
    consents TEXT NOT NULL,
    PRIMARY KEY (patient_id, event_id)
) STRICT;
