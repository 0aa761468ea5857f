-- Streams tell what was done to an entry, in the order in which it was done. The same changes stand in ../postgres
-- under the same name; a test compares both schemas.

-- Place of the patient's last mark, as head_seq is that of the last entry; taken under the patient's lock.
ALTER TABLE patient ADD COLUMN head_mark INTEGER NOT NULL DEFAULT 0;
-- Place of the mark, from 1. 0: it is told by no stream. It was set before there were places, or with the entry that it
-- stands at, and comes with that.
ALTER TABLE entry_mark ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entry_mark_by_place ON entry_mark (patient_id, place);
