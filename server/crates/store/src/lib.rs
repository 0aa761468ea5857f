//! The only crate that knows sqlx and object_store: SQLite and PostgreSQL behind one set of SQL, and the
//! sealed bytes of attachments behind one interface.
//!
//! - [`Store::read`] gives a snapshot, [`Store::write`] a transaction that is durable when it returns.
//!   Both hand a connection to a closure; the functions in the modules named after nouns take it.
//! - Whatever returns patient content takes a [`renkei_domain::Permit`], which only the access rule makes.
//! - Content goes in and out sealed; this crate has no key.
//!
//! A new query goes into its noun's module as a named statement: tests prepare every one of them on
//! both engines. A query never differs between the engines; the exceptions stand in [`dialect`].

pub mod accesses;
pub mod account;
pub mod administration;
pub mod attachment;
pub mod audit;
mod audit_contents;
pub mod audit_log;
mod audit_marks;
mod audit_rows;
mod blobs;
pub mod break_glass;
pub mod care_team;
pub mod consent;
#[cfg(test)]
#[path = "../tests/conformance/database.rs"]
mod database;
pub mod device;
pub mod dialect;
mod engine;
mod entry_addressee;
mod entry_filter;
mod entry_mark;
mod error;
pub mod event;
pub mod identity;
mod invitation;
pub mod keyring;
pub mod login_attempt;
pub mod maintenance;
mod marked;
mod observed;
pub mod offboarding;
pub mod organization;
pub mod patient;
mod post;
mod receipt;
pub mod request;
pub mod root_key;
mod rotation;
mod row;
mod rule;
mod scan;
pub mod service;
pub mod service_permission;
pub mod session;
mod shred;
mod sql;
mod staff;
mod standing;
mod standing_among;
pub mod template;
pub mod timeline;
pub mod totp;
pub mod upkeep;
pub mod upload;
pub mod usage;
mod wakeups;
pub mod witness;

// the tests' databases are made by what is outside, too
#[cfg(test)]
extern crate self as renkei_store;

pub use blobs::{Blobs, FoundPart, PartName, PartWriter, S3Options};
pub use engine::{Conn, DatabaseUrl, Options, Store, Tx};
pub use error::StoreError;
pub use row::Sealed;
pub use wakeups::{Wakeup, Wakeups};
