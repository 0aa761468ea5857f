-- What `audit verify` finds marks and events by, each from the other. Few rows have entries in them.
-- The same changes stand in ../sqlite under the same name; a test compares both schemas.

CREATE INDEX entry_mark_by ON entry_mark (patient_id, by_seq) WHERE by_seq > 0;
CREATE INDEX audit_event_of_mark ON audit_event (patient_id, object_id)
    WHERE action IN ('ENTRY_FINALIZE', 'ENTRY_ACKNOWLEDGE');
