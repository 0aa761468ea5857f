-- The clinical record: kinds of entries, when what they tell of was, what was later done to them, and to whom they are
-- addressed. The same changes stand in ../postgres under the same name; a test compares both schemas.

-- kind: what an entry says, as its sealed content has it. Before this there were visit notes, messages and notices; a
-- message in the category VISIT_NOTE is taken for a visit note here, and only by filters.
-- occurred_at: by the author's account, else when it was written, else when it was posted.
CREATE TABLE entry_new (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('VISIT_NOTE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY', 'NURSING', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE', 'REFERRAL', 'MESSAGE', 'DOCUMENT', 'NOTICE')),
    author_person_id BLOB NOT NULL REFERENCES person,
    author_organization_id BLOB NOT NULL REFERENCES organization,
    author_role TEXT NOT NULL,
    reply_to_entry_id BLOB,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    key_version INTEGER NOT NULL,
    body BLOB NOT NULL,
    posted_at INTEGER NOT NULL,
    sensitivity TEXT NOT NULL CHECK (sensitivity IN ('NORMAL', 'MENTAL_HEALTH', 'SUBSTANCE_USE', 'INFECTION', 'GENETIC', 'ABUSE')),
    kind TEXT NOT NULL CHECK (kind IN ('VISIT_NOTE', 'MESSAGE', 'NOTICE', 'VITAL_SIGNS', 'MEDICATION', 'LABORATORY_REPORT', 'NURSING_INSTRUCTION', 'REFERRAL_LETTER', 'CARE_PLAN', 'DAILY_LIFE', 'CONFERENCE_MINUTES', 'ADMISSION_INFORMATION', 'DISCHARGE_SUMMARY', 'WOUND', 'MEMO', 'DOCUMENT', 'PROBLEM_LIST', 'ALLERGY_LIST', 'RETRACTION')),
    occurred_at INTEGER NOT NULL,
    PRIMARY KEY (patient_id, seq),
    UNIQUE (patient_id, entry_id)
) STRICT;
INSERT INTO entry_new (patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, author_role,
    reply_to_entry_id, urgent, key_version, body, posted_at, sensitivity, kind, occurred_at)
SELECT patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, author_role,
    reply_to_entry_id, urgent, key_version, body, posted_at, sensitivity,
    CASE category WHEN 'VISIT_NOTE' THEN 'VISIT_NOTE' WHEN 'NOTICE' THEN 'NOTICE' ELSE 'MESSAGE' END, posted_at FROM entry;
DROP TABLE entry;
ALTER TABLE entry_new RENAME TO entry;

-- What was done to an entry after it was posted; an entry itself never changes. Rows are added, never changed.
-- seq: of the entry. by_seq: of the entry that did it (a correction, a retraction, an answer), 0 if none did.
-- word: of an acknowledgement, sealed; empty if it has none.
CREATE TABLE entry_mark (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    mark TEXT NOT NULL CHECK (mark IN ('CORRECTED', 'ENTERED_IN_ERROR', 'ANSWERED', 'FINALIZED', 'ACKNOWLEDGED')),
    person_id BLOB NOT NULL REFERENCES person,
    by_seq INTEGER NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organization,
    role TEXT NOT NULL,
    marked_at INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    word BLOB NOT NULL,
    PRIMARY KEY (patient_id, seq, mark, person_id, by_seq)
) STRICT;
-- An entry is amended once; after that its correction can be.
CREATE UNIQUE INDEX entry_mark_amended ON entry_mark (patient_id, seq) WHERE mark IN ('CORRECTED', 'ENTERED_IN_ERROR');
CREATE UNIQUE INDEX entry_mark_finalized ON entry_mark (patient_id, seq) WHERE mark = 'FINALIZED';

-- To whom an entry is addressed, and what is wanted: an answer to a question, attention, or that a proxy entry is
-- finalised. Without a person, an organisation and a role it is for everybody.
CREATE TABLE entry_addressee (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    wanted TEXT NOT NULL CHECK (wanted IN ('ANSWER', 'ATTENTION', 'FINALIZE')),
    person_id BLOB REFERENCES person,
    organization_id BLOB REFERENCES organization,
    role TEXT,
    PRIMARY KEY (patient_id, seq, place)
) STRICT;
-- What waits for an answer, for attention or to be finalised is found by this.
CREATE INDEX entry_addressee_wanted ON entry_addressee (patient_id, wanted, seq);
