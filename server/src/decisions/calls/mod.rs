//! The requests that the rows of the table send, and what is looked for in their answers.

mod about;
mod changes;
mod reads;
mod region;
mod services;
mod templates;

use bytes::Bytes;
use prost::Message;
use uuid::Uuid;

pub(super) use self::about::{About, Notes};
pub(super) use self::changes::*;
pub(super) use self::reads::*;
pub(super) use self::region::*;
pub(super) use self::services::*;
pub(super) use self::templates::*;
use super::rule::Expect;

/// Everybody's password.
pub(super) const PASSWORD: &str = "correct horse battery";

/// How a row is asked.
pub(super) struct Call {
    /// The frames of the request.
    pub(super) request: fn(&About, &Notes) -> Vec<Bytes>,
    /// What the first frame of the answer shows.
    pub(super) shows: fn(&About, &[u8]) -> Expect,
    /// What later calls of the same caller build on.
    pub(super) note: fn(&mut Notes, &[u8]),
    /// What is made where the call will be taken.
    pub(super) before: Option<Before>,
    /// What puts things back where it was done.
    pub(super) after: Option<After>,
}

/// What a call needs that the one before it used up.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// The caller uploads a paper.
    Paper,
    /// Somebody else had an emergency access.
    Emergency,
    /// The caller had an emergency access.
    OwnEmergency,
    /// A device of the person whom the caller created.
    Device,
    /// A service account of the caller's organisation.
    Service,
}

/// What makes the patient as it was, so that the next caller finds the same.
#[derive(Clone, Copy)]
pub(super) enum After {
    /// The caller's organisation is invited again.
    Invite,
    /// It is invited again, accepts, and is asked to become the custodian.
    Join,
    /// It is asked again to become the custodian.
    Offer,
    /// The caller's emergency access is found not to be justified, and so ends.
    EndEmergency,
}

/// A call that is done when it is answered, and changes nothing that matters to another.
const fn call(request: fn(&About, &Notes) -> Vec<Bytes>) -> Call {
    Call { request, shows: |_, _| Expect::Done, note: |_, _| {}, before: None, after: None }
}

impl Call {
    const fn shows(self, shows: fn(&About, &[u8]) -> Expect) -> Self {
        Self { shows, ..self }
    }

    const fn note(self, note: fn(&mut Notes, &[u8])) -> Self {
        Self { note, ..self }
    }

    const fn before(self, before: Before) -> Self {
        Self { before: Some(before), ..self }
    }

    const fn after(self, after: After) -> Self {
        Self { after: Some(after), ..self }
    }
}

/// A request of one frame.
fn one(request: &impl Message) -> Vec<Bytes> {
    vec![request.encode_to_vec().into()]
}

pub(super) fn decoded<M: Message + Default>(answer: &[u8]) -> M {
    M::decode(answer).unwrap()
}

/// Whether it is there, where nothing else of the patient can be.
fn whether(is_there: bool) -> Expect {
    if is_there { Expect::Done } else { Expect::Without }
}

/// An id that nobody has.
pub(super) fn new_id() -> String {
    Uuid::from_bytes(renkei_crypto::random(&renkei_crypto::OsEntropy)).to_string()
}
