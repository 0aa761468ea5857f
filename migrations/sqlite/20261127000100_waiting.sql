-- What waits for somebody is found over all patients at once, without a look at the rows.
-- The same changes stand in ../postgres under the same name; a test compares both schemas.

DROP INDEX entry_addressee_wanted;
CREATE INDEX entry_addressee_wanted ON entry_addressee (patient_id, wanted, seq, person_id, organization_id, role);
