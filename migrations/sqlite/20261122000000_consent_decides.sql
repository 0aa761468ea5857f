-- Consent decides: suspension and ended affiliations, purpose of use, sensitivity, consents in versions, people
-- and staff in care teams, emergency access, hand-over of the custodianship.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.
-- SQLite cannot change a constraint, so three tables are made anew and filled; nothing refers to them.

ALTER TABLE person ADD COLUMN suspended_at INTEGER;
-- Counts the changes of the person's standing: suspended, reinstated, an affiliation ended.
ALTER TABLE person ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

-- An affiliation that is taken up again is the same row.
ALTER TABLE affiliation ADD COLUMN ended_at INTEGER;
CREATE INDEX affiliation_by_role ON affiliation (role, person_id);

ALTER TABLE session ADD COLUMN purpose TEXT NOT NULL DEFAULT 'TREATMENT';
CREATE INDEX session_by_person ON session (person_id, affiliation_id) WHERE ended_at IS NULL;

ALTER TABLE audit_event ADD COLUMN purpose TEXT NOT NULL DEFAULT 'TREATMENT';
ALTER TABLE audit_event ADD COLUMN break_glass_id BLOB;

ALTER TABLE patient ADD COLUMN offered_custodian_organization_id BLOB REFERENCES organization;

-- A mark is of a person's sight: the kinds of content that were seen when it was set.
ALTER TABLE read_mark RENAME COLUMN categories TO sight;

CREATE TABLE entry_new (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('VISIT_NOTE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY', 'NURSING', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE', 'REFERRAL', 'MESSAGE', 'DOCUMENT', 'NOTICE')),
    author_person_id BLOB NOT NULL REFERENCES person,
    author_organization_id BLOB NOT NULL REFERENCES organization,
    author_role TEXT NOT NULL,
    reply_to_entry_id BLOB,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    key_version INTEGER NOT NULL,
    body BLOB NOT NULL,
    posted_at INTEGER NOT NULL,
    sensitivity TEXT NOT NULL CHECK (sensitivity IN ('NORMAL', 'MENTAL_HEALTH', 'SUBSTANCE_USE', 'INFECTION', 'GENETIC', 'ABUSE')),
    PRIMARY KEY (patient_id, seq),
    UNIQUE (patient_id, entry_id)
) STRICT;
INSERT INTO entry_new (patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, author_role,
    reply_to_entry_id, urgent, key_version, body, posted_at, sensitivity)
SELECT patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, author_role,
    reply_to_entry_id, urgent, key_version, body, posted_at, 'NORMAL' FROM entry;
DROP TABLE entry;
ALTER TABLE entry_new RENAME TO entry;

-- A participant is an organisation or a person; participant_id is the id of whichever it is.
CREATE TABLE care_team_member_new (
    patient_id BLOB NOT NULL REFERENCES patient,
    participant_id BLOB NOT NULL,
    organization_id BLOB REFERENCES organization,
    person_id BLOB REFERENCES person,
    status TEXT NOT NULL CHECK (status IN ('INVITED', 'ACCEPTED', 'DECLINED', 'LEFT', 'REMOVED')),
    staff_access TEXT NOT NULL DEFAULT 'ALL' CHECK (staff_access IN ('ALL', 'ASSIGNED')),
    key_version INTEGER NOT NULL,
    message BLOB NOT NULL,
    invited_by_person_id BLOB NOT NULL REFERENCES person,
    invited_by_organization_id BLOB NOT NULL REFERENCES organization,
    invited_by_role TEXT NOT NULL,
    invited_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER,
    PRIMARY KEY (patient_id, participant_id),
    CHECK ((organization_id IS NULL) <> (person_id IS NULL) AND participant_id = COALESCE(organization_id, person_id))
) STRICT;
INSERT INTO care_team_member_new (patient_id, participant_id, organization_id, status, key_version, message,
    invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, answered_at)
SELECT patient_id, organization_id, organization_id, status, key_version, message,
    invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, answered_at FROM care_team_member;
DROP TABLE care_team_member;
ALTER TABLE care_team_member_new RENAME TO care_team_member;
CREATE INDEX care_team_member_by_participant ON care_team_member (participant_id, status, patient_id);

-- Who of an organisation is assigned to a patient (担当者).
CREATE TABLE care_team_staff (
    patient_id BLOB NOT NULL REFERENCES patient,
    organization_id BLOB NOT NULL REFERENCES organization,
    person_id BLOB NOT NULL REFERENCES person,
    PRIMARY KEY (patient_id, organization_id, person_id)
) STRICT;
CREATE INDEX care_team_staff_by_person ON care_team_staff (organization_id, person_id, patient_id);

-- form: what was signed, as JSON, in ids and codes only. A version is replaced by the next, or withdrawn.
CREATE TABLE consent_new (
    patient_id BLOB NOT NULL REFERENCES patient,
    consent_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    form TEXT NOT NULL,
    key_version INTEGER,
    signer_name BLOB,
    paper_attachment_id BLOB,
    recorded_by_person_id BLOB NOT NULL REFERENCES person,
    recorded_by_organization_id BLOB NOT NULL REFERENCES organization,
    recorded_by_role TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    superseded_at INTEGER,
    withdrawn_by_person_id BLOB REFERENCES person,
    withdrawn_by_organization_id BLOB REFERENCES organization,
    withdrawn_by_role TEXT,
    withdrawn_at INTEGER,
    PRIMARY KEY (patient_id, consent_id, version)
) STRICT;
-- What was there becomes version 1. All categories are an empty list now. What has no paper is the custodian
-- organisation's own, which sees restricted content too; who signed a paper was the patient, as far as was asked.
INSERT INTO consent_new (patient_id, consent_id, version, form, paper_attachment_id, recorded_by_person_id,
    recorded_by_organization_id, recorded_by_role, recorded_at, withdrawn_by_person_id, withdrawn_by_organization_id,
    withdrawn_by_role, withdrawn_at)
SELECT patient_id, consent_id, 1,
    '{"effect":"PERMIT","scope":'
    || CASE
        WHEN scope = 'ALL_MEMBERS' THEN '"all_members"'
        WHEN scope = 'PERSON' THEN '{"person":"' || grantees || '"}'
        WHEN grantees = '' THEN '{"organizations":[]}'
        ELSE '{"organizations":["' || REPLACE(grantees, ',', '","') || '"]}'
    END
    || ',"roles":[],"categories":'
    || CASE categories
        WHEN 'VISIT_NOTE,VITAL_SIGNS,MEDICATION,LABORATORY,NURSING,CARE_PLAN,DAILY_LIFE,CONFERENCE,REFERRAL,MESSAGE,DOCUMENT' THEN '[]'
        ELSE '["' || REPLACE(categories, ',', '","') || '"]'
    END
    || ',"sensitivities":'
    || CASE
        WHEN paper_attachment_id IS NULL THEN '["NORMAL","MENTAL_HEALTH","SUBSTANCE_USE","INFECTION","GENETIC","ABUSE"]'
        ELSE '[]'
    END
    || ',"purposes":[],"period":{"start":' || CAST(starts_at AS TEXT)
    || ',"end":' || COALESCE(CAST(ends_at AS TEXT), 'null')
    || '},"exceptions":[],"signer":'
    || CASE
        WHEN paper_attachment_id IS NULL THEN 'null'
        ELSE '{"kind":"PATIENT","relation":null}'
    END
    || ',"signed_on":null,"review_on":null}',
    paper_attachment_id, recorded_by_person_id, recorded_by_organization_id, recorded_by_role, recorded_at,
    withdrawn_by_person_id, withdrawn_by_organization_id, withdrawn_by_role, withdrawn_at FROM consent;
DROP TABLE consent;
ALTER TABLE consent_new RENAME TO consent;

-- Emergency accesses (緊急アクセス) and their reviews.
CREATE TABLE break_glass (
    patient_id BLOB NOT NULL REFERENCES patient,
    break_glass_id BLOB NOT NULL,
    person_id BLOB NOT NULL REFERENCES person,
    organization_id BLOB NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('LIFE_THREATENING', 'EMERGENCY_TRANSPORT', 'DISASTER', 'PATIENT_UNABLE')),
    key_version INTEGER NOT NULL,
    text BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    verdict TEXT CHECK (verdict IN ('JUSTIFIED', 'NOT_JUSTIFIED')),
    review_key_version INTEGER,
    review_text BLOB,
    reviewed_by_person_id BLOB REFERENCES person,
    reviewed_by_organization_id BLOB REFERENCES organization,
    reviewed_by_role TEXT,
    reviewed_at INTEGER,
    PRIMARY KEY (patient_id, break_glass_id)
) STRICT;
CREATE INDEX break_glass_by_person ON break_glass (person_id, patient_id, ends_at);
CREATE INDEX break_glass_by_id ON break_glass (break_glass_id);
