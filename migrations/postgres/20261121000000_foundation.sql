-- The foundation: identity, sessions, keys, patients, care teams, consent, timelines, attachments, audit.
-- The same tables stand in ../sqlite under the same name; a test compares both schemas.
-- Text that is an index's key has collation "C": byte order, as in SQLite, and no index breaks when the
-- operating system's collations change.
-- Times are microseconds since 1970 UTC. Every patient-scoped table has patient_id first in its key.

CREATE TABLE organization (
    organization_id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('HOSPITAL', 'CLINIC', 'DENTAL_CLINIC', 'PHARMACY', 'HOME_VISIT_NURSING', 'CARE_MANAGEMENT', 'CARE_SERVICE', 'COMMUNITY_SUPPORT_CENTER', 'COORDINATION_OFFICE')),
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX organization_by_name ON organization (name, organization_id);

CREATE TABLE person (
    person_id UUID NOT NULL PRIMARY KEY,
    login_name TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_kana TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE affiliation (
    affiliation_id UUID NOT NULL PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person,
    organization_id UUID NOT NULL REFERENCES organization,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('DOCTOR', 'DENTIST', 'PHARMACIST', 'NURSE', 'CARE_MANAGER', 'THERAPIST', 'DIETITIAN', 'CARE_WORKER', 'SOCIAL_WORKER', 'COORDINATOR', 'ADMINISTRATOR')),
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, organization_id, role)
);
CREATE INDEX affiliation_by_organization ON affiliation (organization_id, person_id);

CREATE TABLE enrollment (
    enrollment_id UUID NOT NULL PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person,
    code_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    device_id UUID,
    created_at BIGINT NOT NULL
);

CREATE TABLE device (
    device_id UUID NOT NULL PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person,
    name TEXT NOT NULL,
    public_key_hash BYTEA NOT NULL,
    certificate BYTEA NOT NULL,
    certificate_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE session (
    session_id UUID NOT NULL PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person,
    affiliation_id UUID NOT NULL REFERENCES affiliation,
    device_id UUID NOT NULL REFERENCES device,
    access_hash BYTEA NOT NULL UNIQUE,
    access_expires_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE TABLE refresh_token (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES session,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);

-- What a client asked to be done once: the same id and body give the first result.
CREATE TABLE request (
    person_id UUID NOT NULL REFERENCES person,
    request_id UUID NOT NULL,
    fingerprint BYTEA NOT NULL,
    object_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, request_id)
);

-- Keys of the server itself (index, pepper, page tokens, enrolment codes), wrapped by the root key.
CREATE TABLE server_key (
    purpose TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    root_version BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, version)
);

-- The row is the patient's lock: every write of patient-scoped data updates it first.
CREATE TABLE patient (
    patient_id UUID NOT NULL PRIMARY KEY,
    custodian_organization_id UUID NOT NULL REFERENCES organization,
    head_seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    demographics BYTEA NOT NULL,
    name_kana_index BYTEA NOT NULL,
    local_identifier_index BYTEA,
    registered_at BIGINT NOT NULL,
    UNIQUE (custodian_organization_id, local_identifier_index)
);
CREATE INDEX patient_by_name_kana ON patient (name_kana_index, patient_id);
CREATE INDEX patient_by_local_identifier ON patient (local_identifier_index, patient_id);

-- Keys of patients, wrapped by the root key.
CREATE TABLE keyring (
    patient_id UUID NOT NULL REFERENCES patient,
    version BIGINT NOT NULL,
    root_version BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (patient_id, version)
);

CREATE TABLE care_team_member (
    patient_id UUID NOT NULL REFERENCES patient,
    organization_id UUID NOT NULL REFERENCES organization,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('INVITED', 'ACCEPTED', 'DECLINED')),
    key_version BIGINT NOT NULL,
    message BYTEA NOT NULL,
    invited_by_person_id UUID NOT NULL REFERENCES person,
    invited_by_organization_id UUID NOT NULL REFERENCES organization,
    invited_by_role TEXT NOT NULL,
    invited_at BIGINT NOT NULL,
    answered_at BIGINT,
    PRIMARY KEY (patient_id, organization_id)
);
CREATE INDEX care_team_member_by_organization ON care_team_member (organization_id, status, patient_id);

-- scope: ALL_MEMBERS, ORGANIZATIONS (grantees: their ids, comma-separated) or PERSON (grantees: the id).
-- categories: comma-separated; all of them where the consent is for all.
CREATE TABLE consent (
    patient_id UUID NOT NULL REFERENCES patient,
    consent_id UUID NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('ALL_MEMBERS', 'ORGANIZATIONS', 'PERSON')),
    grantees TEXT NOT NULL,
    categories TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    paper_attachment_id UUID,
    recorded_by_person_id UUID NOT NULL REFERENCES person,
    recorded_by_organization_id UUID NOT NULL REFERENCES organization,
    recorded_by_role TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    withdrawn_by_person_id UUID REFERENCES person,
    withdrawn_by_organization_id UUID REFERENCES organization,
    withdrawn_by_role TEXT,
    withdrawn_at BIGINT,
    PRIMARY KEY (patient_id, consent_id)
);

CREATE TABLE entry (
    patient_id UUID NOT NULL REFERENCES patient,
    seq BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('VISIT_NOTE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY', 'NURSING', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE', 'REFERRAL', 'MESSAGE', 'DOCUMENT')),
    author_person_id UUID NOT NULL REFERENCES person,
    author_organization_id UUID NOT NULL REFERENCES organization,
    author_role TEXT NOT NULL,
    reply_to_entry_id UUID,
    urgent BIGINT NOT NULL CHECK (urgent IN (0, 1)),
    key_version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (patient_id, seq),
    UNIQUE (patient_id, entry_id)
);

-- Who has read what (既読): one row for an entry and a person.
CREATE TABLE receipt (
    patient_id UUID NOT NULL REFERENCES patient,
    person_id UUID NOT NULL REFERENCES person,
    seq BIGINT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (patient_id, person_id, seq)
);
CREATE INDEX receipt_by_seq ON receipt (patient_id, seq);

-- Up to which seq a person has read everything of these categories: a search for unread entries begins there.
CREATE TABLE read_mark (
    patient_id UUID NOT NULL REFERENCES patient,
    person_id UUID NOT NULL REFERENCES person,
    categories TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (patient_id, person_id)
);

-- A file that is stored completely. upload_id names the folder of its sealed parts.
CREATE TABLE attachment (
    patient_id UUID NOT NULL REFERENCES patient,
    attachment_id UUID NOT NULL,
    upload_id UUID NOT NULL,
    uploaded_by_person_id UUID NOT NULL REFERENCES person,
    key_version BIGINT NOT NULL,
    blob_key BYTEA NOT NULL,
    manifest BYTEA NOT NULL,
    entry_seq BIGINT,
    entry_place BIGINT,
    consent_id UUID,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (patient_id, attachment_id)
);
CREATE INDEX attachment_by_entry ON attachment (patient_id, entry_seq, entry_place);

-- patient_id is the nil UUID for acts that concern no patient.
CREATE TABLE audit_event (
    patient_id UUID NOT NULL,
    event_id UUID NOT NULL,
    happened_at BIGINT NOT NULL,
    person_id UUID NOT NULL REFERENCES person,
    organization_id UUID NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    session_id UUID,
    action TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('PERMIT', 'DENY')),
    reason TEXT,
    epoch BIGINT,
    object_id UUID,
    seqs TEXT NOT NULL,
    consents TEXT NOT NULL,
    PRIMARY KEY (patient_id, event_id)
);
