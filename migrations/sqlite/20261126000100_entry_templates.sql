-- Templates of organisations: what their people begin an entry with. No patient data belongs into them, so they are
-- not sealed. The same changes stand in ../postgres under the same name; a test compares both schemas.

-- The organisation comes first, so that an id of another organisation's is like one that nobody has.
CREATE TABLE entry_template (
    organization_id BLOB NOT NULL REFERENCES organization,
    template_id BLOB NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    etag BLOB NOT NULL,
    changed_by_person_id BLOB NOT NULL REFERENCES person,
    changed_by_role TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (organization_id, template_id),
    UNIQUE (organization_id, name)
) STRICT;
