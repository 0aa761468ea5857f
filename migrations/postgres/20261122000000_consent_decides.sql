-- Consent decides: suspension and ended affiliations, purpose of use, sensitivity, consents in versions, people
-- and staff in care teams, emergency access, hand-over of the custodianship.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.
-- Tables are altered and not made anew, so that rights granted on them stay.

ALTER TABLE person ADD COLUMN suspended_at BIGINT;
-- Counts the changes of the person's standing: suspended, reinstated, an affiliation ended.
ALTER TABLE person ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;

-- An affiliation that is taken up again is the same row.
ALTER TABLE affiliation ADD COLUMN ended_at BIGINT;
CREATE INDEX affiliation_by_role ON affiliation (role, person_id);

ALTER TABLE session ADD COLUMN purpose TEXT NOT NULL DEFAULT 'TREATMENT';
CREATE INDEX session_by_person ON session (person_id, affiliation_id) WHERE ended_at IS NULL;

ALTER TABLE audit_event ADD COLUMN purpose TEXT NOT NULL DEFAULT 'TREATMENT';
ALTER TABLE audit_event ADD COLUMN break_glass_id UUID;

ALTER TABLE patient ADD COLUMN offered_custodian_organization_id UUID REFERENCES organization;

-- A mark is of a person's sight: the kinds of content that were seen when it was set.
ALTER TABLE read_mark RENAME COLUMN categories TO sight;

ALTER TABLE entry DROP CONSTRAINT entry_category_check;
ALTER TABLE entry ADD CONSTRAINT entry_category_check
    CHECK (category IN ('VISIT_NOTE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY', 'NURSING', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE', 'REFERRAL', 'MESSAGE', 'DOCUMENT', 'NOTICE'));
ALTER TABLE entry ADD COLUMN sensitivity TEXT NOT NULL DEFAULT 'NORMAL'
    CHECK (sensitivity IN ('NORMAL', 'MENTAL_HEALTH', 'SUBSTANCE_USE', 'INFECTION', 'GENETIC', 'ABUSE'));
-- only for what was there: who posts says how guarded it is
ALTER TABLE entry ALTER COLUMN sensitivity DROP DEFAULT;

-- A participant is an organisation or a person; participant_id is the id of whichever it is.
ALTER TABLE care_team_member ADD COLUMN participant_id UUID;
ALTER TABLE care_team_member ADD COLUMN person_id UUID REFERENCES person;
ALTER TABLE care_team_member ADD COLUMN staff_access TEXT NOT NULL DEFAULT 'ALL' CHECK (staff_access IN ('ALL', 'ASSIGNED'));
ALTER TABLE care_team_member ADD COLUMN ended_at BIGINT;
UPDATE care_team_member SET participant_id = organization_id;
ALTER TABLE care_team_member DROP CONSTRAINT care_team_member_pkey;
ALTER TABLE care_team_member ALTER COLUMN organization_id DROP NOT NULL;
ALTER TABLE care_team_member ADD PRIMARY KEY (patient_id, participant_id);
ALTER TABLE care_team_member ADD CONSTRAINT care_team_member_participant_check
    CHECK ((organization_id IS NULL) <> (person_id IS NULL) AND participant_id = COALESCE(organization_id, person_id));
ALTER TABLE care_team_member DROP CONSTRAINT care_team_member_status_check;
ALTER TABLE care_team_member ADD CONSTRAINT care_team_member_status_check
    CHECK (status IN ('INVITED', 'ACCEPTED', 'DECLINED', 'LEFT', 'REMOVED'));
DROP INDEX care_team_member_by_organization;
CREATE INDEX care_team_member_by_participant ON care_team_member (participant_id, status, patient_id);

-- Who of an organisation is assigned to a patient (担当者).
CREATE TABLE care_team_staff (
    patient_id UUID NOT NULL REFERENCES patient,
    organization_id UUID NOT NULL REFERENCES organization,
    person_id UUID NOT NULL REFERENCES person,
    PRIMARY KEY (patient_id, organization_id, person_id)
);
CREATE INDEX care_team_staff_by_person ON care_team_staff (organization_id, person_id, patient_id);

-- form: what was signed, as JSON, in ids and codes only. A version is replaced by the next, or withdrawn.
ALTER TABLE consent ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE consent ALTER COLUMN version DROP DEFAULT;
ALTER TABLE consent ADD COLUMN form TEXT;
ALTER TABLE consent ADD COLUMN key_version BIGINT;
ALTER TABLE consent ADD COLUMN signer_name BYTEA;
ALTER TABLE consent ADD COLUMN superseded_at BIGINT;
-- What was there becomes version 1. All categories are an empty list now. What has no paper is the custodian
-- organisation's own, which sees restricted content too; who signed a paper was the patient, as far as was asked.
UPDATE consent SET form =
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
    || ',"signed_on":null,"review_on":null}';
ALTER TABLE consent ALTER COLUMN form SET NOT NULL;
ALTER TABLE consent DROP CONSTRAINT consent_pkey;
ALTER TABLE consent ADD PRIMARY KEY (patient_id, consent_id, version);
ALTER TABLE consent DROP COLUMN scope, DROP COLUMN grantees, DROP COLUMN categories, DROP COLUMN starts_at, DROP COLUMN ends_at;

-- Emergency accesses (緊急アクセス) and their reviews.
CREATE TABLE break_glass (
    patient_id UUID NOT NULL REFERENCES patient,
    break_glass_id UUID NOT NULL,
    person_id UUID NOT NULL REFERENCES person,
    organization_id UUID NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('LIFE_THREATENING', 'EMERGENCY_TRANSPORT', 'DISASTER', 'PATIENT_UNABLE')),
    key_version BIGINT NOT NULL,
    text BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    verdict TEXT CHECK (verdict IN ('JUSTIFIED', 'NOT_JUSTIFIED')),
    review_key_version BIGINT,
    review_text BYTEA,
    reviewed_by_person_id UUID REFERENCES person,
    reviewed_by_organization_id UUID REFERENCES organization,
    reviewed_by_role TEXT,
    reviewed_at BIGINT,
    PRIMARY KEY (patient_id, break_glass_id)
);
CREATE INDEX break_glass_by_person ON break_glass (person_id, patient_id, ends_at);
CREATE INDEX break_glass_by_id ON break_glass (break_glass_id);
