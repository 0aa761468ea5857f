-- Administrators of organisations: the roles, whose account is whose, what is looked up when somebody
-- leaves, and what an act concerns.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.

-- SQLite cannot change a constraint, and a table that others refer to cannot be made anew while they are checked. What
-- a CHECK allows does not change how rows are stored, so its text is replaced as the SQLite documentation says
-- (ALTER TABLE, "Making Other Kinds Of Table Schema Changes"); what follows tells every connection.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = REPLACE(sql, '''COORDINATOR'', ''ADMINISTRATOR'')', '''COORDINATOR'', ''ADMINISTRATOR'', ''ORGANIZATION_ADMINISTRATOR'', ''PRIVACY_OFFICER'')')
    WHERE type = 'table' AND name = 'affiliation';
PRAGMA writable_schema = RESET;

-- Whose administrator created the account, suspended it last, made the code. Empty: the region's.
ALTER TABLE person ADD COLUMN created_for_organization_id BLOB REFERENCES organization;
ALTER TABLE person ADD COLUMN suspended_by_organization_id BLOB REFERENCES organization;
ALTER TABLE enrollment ADD COLUMN made_for_organization_id BLOB REFERENCES organization;

-- What an offboarding ends.
CREATE INDEX enrollment_pending ON enrollment (person_id) WHERE used_at IS NULL;

-- Whom an event of the region concerns besides the one who acted: a person, an organisation.
CREATE TABLE audit_concern (
    concerned_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (concerned_id, event_id)
) STRICT;

-- Events that were not decided in a patient's epoch, the acts of the region and all refusals: few beside the others.
CREATE INDEX audit_event_of_region ON audit_event (event_id) WHERE epoch IS NULL;
CREATE INDEX audit_event_of_organization ON audit_event (organization_id, event_id) WHERE epoch IS NULL;
CREATE INDEX audit_event_of_person ON audit_event (person_id, event_id) WHERE epoch IS NULL;
