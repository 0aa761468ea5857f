-- Maintenance is listed in time order, and shown to each patient whom it concerns.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.

CREATE INDEX audit_event_of_operator ON audit_event (event_id) WHERE operator IS NOT NULL;
CREATE INDEX audit_event_of_operator_by_patient ON audit_event (patient_id, event_id) WHERE operator IS NOT NULL;
