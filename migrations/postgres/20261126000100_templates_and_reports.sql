-- Templates of organisations, and what usage reports and summaries are found by.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- What an organisation's people begin an entry with. No patient data belongs into templates: they are not sealed.
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

-- What usage reports count: posts, reads and acknowledgements of an organisation's people, and questions to them.
CREATE INDEX entry_by_organization ON entry (author_organization_id, posted_at);
CREATE INDEX receipt_by_organization ON receipt (organization_id, read_at);
CREATE INDEX entry_mark_by_organization ON entry_mark (organization_id, marked_at) WHERE mark = 'ACKNOWLEDGED';
CREATE INDEX entry_addressee_by_organization ON entry_addressee (organization_id) WHERE wanted = 'ANSWER';
CREATE INDEX entry_addressee_by_person ON entry_addressee (person_id) WHERE wanted = 'ANSWER';

-- What the patient's summary shows: the newest of these kinds, by when what they tell of was.
CREATE INDEX entry_by_kind ON entry (patient_id, kind, occurred_at, seq)
    WHERE kind IN ('PROBLEM_LIST', 'ALLERGY_LIST', 'MEDICATION', 'CARE_PLAN');
