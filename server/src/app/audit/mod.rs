//! Who has looked at a patient's record, and what was done to it.

mod list_audit_events;
mod list_provisions;
