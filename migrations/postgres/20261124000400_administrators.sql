-- Administrators of organisations: the roles, whose account is whose, what is looked up when somebody
-- leaves, and what an act concerns.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

ALTER TABLE affiliation DROP CONSTRAINT affiliation_role_check;
ALTER TABLE affiliation ADD CONSTRAINT affiliation_role_check CHECK (role IN ('DOCTOR', 'DENTIST', 'PHARMACIST', 'NURSE', 'CARE_MANAGER', 'THERAPIST', 'DIETITIAN', 'CARE_WORKER', 'SOCIAL_WORKER', 'COORDINATOR', 'ADMINISTRATOR', 'ORGANIZATION_ADMINISTRATOR', 'PRIVACY_OFFICER'));

-- Whose administrator created the account, suspended it last, made the code. Empty: the region's.
ALTER TABLE person ADD COLUMN created_for_organization_id UUID REFERENCES organization;
ALTER TABLE person ADD COLUMN suspended_by_organization_id UUID REFERENCES organization;
ALTER TABLE enrollment ADD COLUMN made_for_organization_id UUID REFERENCES organization;

-- What an offboarding ends.
CREATE INDEX enrollment_pending ON enrollment (person_id) WHERE used_at IS NULL;

-- Whom an event of the region concerns besides the one who acted: a person, an organisation.
CREATE TABLE audit_concern (
    concerned_id UUID NOT NULL,
    event_id UUID NOT NULL,
    PRIMARY KEY (concerned_id, event_id)
);

-- Events that were not decided in a patient's epoch, the acts of the region and all refusals: few beside the others.
CREATE INDEX audit_event_of_region ON audit_event (event_id) WHERE epoch IS NULL;
CREATE INDEX audit_event_of_organization ON audit_event (organization_id, event_id) WHERE epoch IS NULL;
CREATE INDEX audit_event_of_person ON audit_event (person_id, event_id) WHERE epoch IS NULL;
