-- Templates of organisations: what their people begin an entry with. No patient data belongs into them, so they are
-- not sealed. The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- The organisation comes first, so that an id of another organisation's is like one that nobody has.
CREATE TABLE entry_template (
    organization_id UUID NOT NULL REFERENCES organization,
    template_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    content TEXT NOT NULL,
    etag BYTEA NOT NULL,
    changed_by_person_id UUID NOT NULL REFERENCES person,
    changed_by_role TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, template_id),
    UNIQUE (organization_id, name)
);
