-- Accounts: certificates that are renewed, and what a person's own list of devices and sessions looks up.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- The certificate that takes the place of the device's, from its first use on. Until then both are good.
ALTER TABLE device ADD COLUMN next_public_key_hash BYTEA;
ALTER TABLE device ADD COLUMN next_certificate BYTEA;
ALTER TABLE device ADD COLUMN next_certificate_hash BYTEA;
ALTER TABLE device ADD COLUMN next_expires_at BIGINT;
CREATE UNIQUE INDEX device_by_next_certificate ON device (next_certificate_hash);
CREATE INDEX device_by_person ON device (person_id, enrolled_at);

-- When the password was given last in the session: at the log-in, or before a dangerous act.
ALTER TABLE session ADD COLUMN stepped_up_at BIGINT;

-- What a one-time code is for: to enrol a device, or to set a password that was reset.
ALTER TABLE enrollment ADD COLUMN kind TEXT NOT NULL DEFAULT 'DEVICE' CHECK (kind IN ('DEVICE', 'PASSWORD'));
