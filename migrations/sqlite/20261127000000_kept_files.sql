-- Files that a correction keeps of what it corrects. The same changes stand in ../postgres under the same name; a test
-- compares both schemas.

-- A file is claimed by the entry that it was posted with (attachment.entry_seq), for good. seq: of the correction that
-- shows it too. place: among all files of the correction, its own included. Rows are added with the entry, never changed.
CREATE TABLE entry_kept_file (
    patient_id BLOB NOT NULL REFERENCES patient,
    seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    attachment_id BLOB NOT NULL,
    PRIMARY KEY (patient_id, seq, place),
    UNIQUE (patient_id, attachment_id, seq)
) STRICT;
