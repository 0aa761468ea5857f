-- Service accounts: programs of an organisation that act for people of the organisation, each of whom has agreed.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

CREATE TABLE service_account (
    service_account_id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organization,
    name TEXT NOT NULL,
    calls_per_minute BIGINT NOT NULL CHECK (calls_per_minute BETWEEN 1 AND 60000),
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX service_account_by_organization ON service_account (organization_id);

-- One-time codes that enrol an account. Who made one answers for what comes in with it: there is no person behind it.
CREATE TABLE service_code (
    service_code_id UUID NOT NULL PRIMARY KEY,
    service_account_id UUID NOT NULL REFERENCES service_account,
    made_by_person_id UUID NOT NULL REFERENCES person,
    made_by_organization_id UUID NOT NULL REFERENCES organization,
    made_by_role TEXT NOT NULL,
    code_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    device_id UUID,
    created_at BIGINT NOT NULL
);
CREATE INDEX service_code_by_account ON service_code (service_account_id, device_id);

-- Under which affiliation an account may act: its person says so, and nobody else.
CREATE TABLE service_permission (
    affiliation_id UUID NOT NULL REFERENCES affiliation,
    service_account_id UUID NOT NULL REFERENCES service_account,
    allowed_at BIGINT NOT NULL,
    PRIMARY KEY (affiliation_id, service_account_id)
);
CREATE INDEX service_permission_by_account ON service_permission (service_account_id);

-- Whose certificate it is where it is no person's.
ALTER TABLE device ADD COLUMN service_account_id UUID REFERENCES service_account
    CHECK ((kind = 'SERVICE') = (service_account_id IS NOT NULL));
CREATE INDEX device_by_service ON device (service_account_id) WHERE service_account_id IS NOT NULL;

-- Which account acts for the person.
ALTER TABLE session ADD COLUMN service_account_id UUID REFERENCES service_account;
CREATE INDEX session_by_service ON session (service_account_id, person_id) WHERE service_account_id IS NOT NULL;

-- As with sessions, nothing is checked here: an event says what it says.
ALTER TABLE audit_event ADD COLUMN service_account_id UUID;
