-- Authenticators that have no certificate: an authenticator app (TOTP) with its recovery codes; and what belongs to no
-- person: a service. They are devices, so a session has one, and listing, revoking and leaving hold for them.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.

-- As for the roles of affiliations before (20261124000400): what a column may lack does not change how rows are stored.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(sql,
    'person_id BLOB NOT NULL REFERENCES person', 'person_id BLOB REFERENCES person'),
    'public_key_hash BLOB NOT NULL', 'public_key_hash BLOB'),
    'certificate BLOB NOT NULL', 'certificate BLOB'),
    'certificate_hash BLOB NOT NULL UNIQUE', 'certificate_hash BLOB UNIQUE'),
    'expires_at INTEGER NOT NULL', 'expires_at INTEGER')
    WHERE type = 'table' AND name = 'device';
PRAGMA writable_schema = RESET;
ALTER TABLE device ADD COLUMN kind TEXT NOT NULL DEFAULT 'CERTIFICATE' CHECK (kind IN ('CERTIFICATE', 'TOTP', 'SERVICE'))
    CHECK ((kind = 'SERVICE') = (person_id IS NULL))
    CHECK ((kind = 'TOTP') = (certificate IS NULL))
    CHECK ((certificate IS NULL) = (certificate_hash IS NULL))
    CHECK ((certificate IS NULL) = (public_key_hash IS NULL))
    CHECK ((certificate IS NULL) = (expires_at IS NULL));

-- What ends with a device that is no person's.
CREATE INDEX session_by_device ON session (device_id) WHERE ended_at IS NULL;

-- An authenticator app: its seed, sealed under a key of the server, and the last step of time whose code was taken.
CREATE TABLE totp (
    device_id BLOB NOT NULL PRIMARY KEY REFERENCES device,
    person_id BLOB NOT NULL REFERENCES person,
    seed BLOB NOT NULL,
    last_step INTEGER NOT NULL
) STRICT;
CREATE INDEX totp_by_person ON totp (person_id);

-- One that was shown to a person and waits for its first code; the next one takes its place. Asked for with an enrolment
-- code and the password, or in a session. The device is not there yet.
CREATE TABLE totp_offer (
    person_id BLOB NOT NULL PRIMARY KEY REFERENCES person,
    token_hash BLOB NOT NULL UNIQUE,
    device_id BLOB NOT NULL,
    name TEXT NOT NULL,
    seed BLOB NOT NULL,
    enrollment_id BLOB REFERENCES enrollment,
    password_hash TEXT,
    session_id BLOB REFERENCES session,
    expires_at INTEGER NOT NULL,
    CHECK ((enrollment_id IS NULL) <> (session_id IS NULL))
) STRICT;

-- What takes the place of a code once, where the app is lost.
CREATE TABLE recovery_code (
    device_id BLOB NOT NULL REFERENCES device,
    code_hash BLOB NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (device_id, code_hash)
) STRICT;
