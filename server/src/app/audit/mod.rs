//! Who has looked at a patient's record, and what was done to it; and what was done besides.

mod clock;
mod contents;
mod export;
mod export_events;
mod fhir;
mod list_accesses;
mod list_audit_events;
mod list_events;
mod list_provisions;
mod log;
mod maintenance;
mod marks;
mod prove;
mod sequence;
mod verify;

pub(crate) use self::export::Checkpoints;
pub(crate) use self::list_accesses::Found;
pub(crate) use self::log::Log;
pub(crate) use self::sequence::overdue;
pub(crate) use self::verify::{Verified, verify};
