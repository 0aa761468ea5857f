-- The entries that may hold measurements, by place: few of a timeline, and the newest of them are found without a look at
-- the others. The same changes stand in ../postgres under the same name; a test compares both schemas.

CREATE INDEX entry_observed ON entry (patient_id, seq) WHERE kind IN ('VISIT_NOTE', 'VITAL_SIGNS', 'LABORATORY_REPORT');
