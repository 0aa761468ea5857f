-- The clinical record: kinds of entries, when what they tell of was, what was later done to them, and to whom they are
-- addressed. The same changes stand in ../sqlite under the same name; a test compares both schemas.

-- kind: what an entry says, as its sealed content has it. Before this there were visit notes, messages and notices; a
-- message in the category VISIT_NOTE is taken for a visit note here, and only by filters.
-- occurred_at: by the author's account, else when it was written, else when it was posted.
ALTER TABLE entry ADD COLUMN kind TEXT COLLATE "C"
    CHECK (kind IN ('VISIT_NOTE', 'MESSAGE', 'NOTICE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY_REPORT', 'NURSING_INSTRUCTION', 'REFERRAL_LETTER', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE_MINUTES', 'ADMISSION_INFORMATION', 'DISCHARGE_SUMMARY', 'WOUND', 'MEMO', 'DOCUMENT', 'PROBLEM_LIST', 'ALLERGY_LIST', 'RETRACTION'));
ALTER TABLE entry ADD COLUMN occurred_at BIGINT;
UPDATE entry SET occurred_at = posted_at,
    kind = CASE category WHEN 'VISIT_NOTE' THEN 'VISIT_NOTE' WHEN 'NOTICE' THEN 'NOTICE' ELSE 'MESSAGE' END;
ALTER TABLE entry ALTER COLUMN kind SET NOT NULL;
ALTER TABLE entry ALTER COLUMN occurred_at SET NOT NULL;

-- What was done to an entry after it was posted; an entry itself never changes. Rows are added, never changed.
-- seq: of the entry. by_seq: of the entry that did it (a correction, a retraction, an answer), 0 if none did.
-- word: of an acknowledgement, sealed; empty if it has none.
CREATE TABLE entry_mark (
    patient_id UUID NOT NULL REFERENCES patient,
    seq BIGINT NOT NULL,
    mark TEXT COLLATE "C" NOT NULL CHECK (mark IN ('CORRECTED', 'ENTERED_IN_ERROR', 'ANSWERED', 'FINALIZED', 'ACKNOWLEDGED')),
    person_id UUID NOT NULL REFERENCES person,
    by_seq BIGINT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    marked_at BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    word BYTEA NOT NULL,
    PRIMARY KEY (patient_id, seq, mark, person_id, by_seq)
);
-- An entry is amended once; after that its correction can be.
CREATE UNIQUE INDEX entry_mark_amended ON entry_mark (patient_id, seq) WHERE mark IN ('CORRECTED', 'ENTERED_IN_ERROR');
CREATE UNIQUE INDEX entry_mark_finalized ON entry_mark (patient_id, seq) WHERE mark = 'FINALIZED';

-- To whom an entry is addressed, and what is wanted: an answer to a question, attention, or that a proxy entry is
-- finalised. Without a person, an organisation and a role it is for everybody.
CREATE TABLE entry_addressee (
    patient_id UUID NOT NULL REFERENCES patient,
    seq BIGINT NOT NULL,
    place BIGINT NOT NULL,
    wanted TEXT COLLATE "C" NOT NULL CHECK (wanted IN ('ANSWER', 'ATTENTION', 'FINALIZE')),
    person_id UUID REFERENCES person,
    organization_id UUID REFERENCES organization,
    role TEXT,
    PRIMARY KEY (patient_id, seq, place)
);
-- What waits for an answer, for attention or to be finalised is found by this.
CREATE INDEX entry_addressee_wanted ON entry_addressee (patient_id, wanted, seq);
