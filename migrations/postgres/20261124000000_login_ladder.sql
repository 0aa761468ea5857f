-- The ladder of waits after wrong passwords and codes: how often was tried, by whom, as far as nobody else is hit.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- key: of a DEVICE its id; of an ACCOUNT or an ADDRESS a keyed hash. failures counts tries under way, too.
-- refused_at: a try was refused since the last one that was let through, and that is on record.
CREATE TABLE login_attempt (
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('ACCOUNT', 'DEVICE', 'ADDRESS')),
    key BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    last_attempt_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    refused_at BIGINT,
    PRIMARY KEY (scope, key)
);

-- What is forgotten.
CREATE INDEX login_attempt_by_time ON login_attempt (last_attempt_at);
