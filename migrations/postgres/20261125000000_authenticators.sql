-- Authenticators that have no certificate: an authenticator app (TOTP) with its recovery codes; and what belongs to no
-- person: a service. They are devices, so a session has one, and listing, revoking and leaving hold for them.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

ALTER TABLE device ALTER COLUMN person_id DROP NOT NULL;
ALTER TABLE device ALTER COLUMN public_key_hash DROP NOT NULL;
ALTER TABLE device ALTER COLUMN certificate DROP NOT NULL;
ALTER TABLE device ALTER COLUMN certificate_hash DROP NOT NULL;
ALTER TABLE device ALTER COLUMN expires_at DROP NOT NULL;
ALTER TABLE device ADD COLUMN kind TEXT NOT NULL DEFAULT 'CERTIFICATE' CHECK (kind IN ('CERTIFICATE', 'TOTP', 'SERVICE'));
ALTER TABLE device ADD CHECK ((kind = 'SERVICE') = (person_id IS NULL));
ALTER TABLE device ADD CHECK ((kind = 'TOTP') = (certificate IS NULL));
ALTER TABLE device ADD CHECK ((certificate IS NULL) = (certificate_hash IS NULL));
ALTER TABLE device ADD CHECK ((certificate IS NULL) = (public_key_hash IS NULL));
ALTER TABLE device ADD CHECK ((certificate IS NULL) = (expires_at IS NULL));

-- What ends with a device that is no person's.
CREATE INDEX session_by_device ON session (device_id) WHERE ended_at IS NULL;

-- An authenticator app: its seed, sealed under a key of the server, and the last step of time whose code was taken.
CREATE TABLE totp (
    device_id UUID NOT NULL PRIMARY KEY REFERENCES device,
    person_id UUID NOT NULL REFERENCES person,
    seed BYTEA NOT NULL,
    last_step BIGINT NOT NULL
);
CREATE INDEX totp_by_person ON totp (person_id);

-- One that was shown to a person and waits for its first code; the next one takes its place. Asked for with an enrolment
-- code and the password, or in a session. The device is not there yet.
CREATE TABLE totp_offer (
    person_id UUID NOT NULL PRIMARY KEY REFERENCES person,
    token_hash BYTEA NOT NULL UNIQUE,
    device_id UUID NOT NULL,
    name TEXT NOT NULL,
    seed BYTEA NOT NULL,
    enrollment_id UUID REFERENCES enrollment,
    password_hash TEXT,
    session_id UUID REFERENCES session,
    expires_at BIGINT NOT NULL,
    CHECK ((enrollment_id IS NULL) <> (session_id IS NULL))
);

-- What takes the place of a code once, where the app is lost.
CREATE TABLE recovery_code (
    device_id UUID NOT NULL REFERENCES device,
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (device_id, code_hash)
);
