//! Consent as it is recorded. What it means for somebody is decided in [`crate::access`].

use std::collections::BTreeSet;

use crate::access::Subject;
use crate::category::CategorySet;
use crate::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use crate::identity::Actor;
use crate::time::Timestamp;

/// Whom a consent names (R22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every accepted member of the care team, also those who join later.
    AllMembers,
    /// Some organisations.
    Organizations(BTreeSet<OrganizationId>),
    /// One person, under whichever affiliation that is an accepted member.
    Person(PersonId),
}

impl Scope {
    /// Whether it names `subject`, who is an accepted member.
    pub fn names(&self, subject: &Subject) -> bool {
        match self {
            Self::AllMembers => true,
            Self::Organizations(organizations) => organizations.contains(&subject.organization),
            Self::Person(person) => *person == subject.person,
        }
    }
}

/// A half-open period: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it; without: no end.
    pub end: Option<Timestamp>,
}

impl Period {
    /// Whether `now` is in it.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}

/// The part of a consent that decides.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The consent it belongs to.
    pub id: ConsentId,
    /// Whom it names.
    pub scope: Scope,
    /// What it permits.
    pub categories: CategorySet,
    /// When it holds.
    pub period: Period,
}

/// A consent on record, standing or withdrawn.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The part that decides.
    pub rule: Rule,
    /// Whose consent.
    pub patient: PatientId,
    /// The scanned paper; none on the custodian organisation's own, which comes with the registration.
    pub paper: Option<AttachmentId>,
    /// Who recorded it.
    pub recorded_by: Actor,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who withdrew it, and when.
    pub withdrawn: Option<(Actor, Timestamp)>,
}
