//! What Renkei is about, without any I/O: ids, people and organisations, patients and their care
//! teams, consent, entries, audit events, errors and the clock.
//!
//! Three things are decided here and nowhere else: who may see what ([`access`]), which role may do what
//! ([`duty`]), and whom an administrator may manage ([`administration`]). Everything else in the server asks them.

pub mod access;
pub mod accesses;
pub mod account;
pub mod administration;
pub mod attempt;
pub mod audit;
pub mod break_glass;
pub mod category;
pub mod consent;
pub mod duty;
pub mod error;
pub mod fold;
pub mod guess;
pub mod id;
pub mod identity;
mod maintenance;
pub mod observed;
pub mod patient;
pub mod romaji;
pub mod search;
pub mod sensitivity;
pub mod service;
pub mod template;
mod text_enum;
pub mod time;
pub mod timeline;
pub mod usage;

pub use access::{Access, Permit, Place, Read, Standing, Subject, Write};
pub use category::{Category, CategorySet};
pub use error::{Error, Reason, Result};
pub use sensitivity::{Sensitivity, Sight};
pub use time::{Clock, Timestamp};
