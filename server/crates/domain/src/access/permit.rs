//! The permit: a type that only the access rule can make.

use std::marker::PhantomData;

use super::Subject;
use crate::category::Category;
use crate::id::{BreakGlassId, ConsentId, PatientId, PersonId};
use crate::sensitivity::{Sensitivity, Sight};

/// Marks a permit to read.
#[derive(Clone, Copy, Debug)]
pub enum Read {}

/// Marks a permit to write.
#[derive(Clone, Copy, Debug)]
pub enum Write {}

/// Marks a permit to read what was done to a record, which shows nothing of the record.
#[derive(Clone, Copy, Debug)]
pub enum Audit {}

/// Marks a permit about the subject's own place in the care team, which shows nothing of the record.
#[derive(Clone, Copy, Debug)]
pub enum Answer {}

/// Proof that the access rule was asked and said yes, for one patient, one subject and one epoch.
#[derive(Clone, Debug)]
pub struct Permit<A> {
    scope: Scope,
    consents: Vec<ConsentId>,
    marker: PhantomData<A>,
}

/// What a permit is good for.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) subject: Subject,
    pub(super) patient: PatientId,
    pub(super) epoch: i64,
    pub(super) person_epoch: i64,
    pub(super) sees_papers: bool,
    pub(super) sight: Sight,
    pub(super) own: Sight,
    pub(super) break_glass: Option<BreakGlassId>,
}

impl<A> Permit<A> {
    pub(super) fn new(scope: Scope, consents: Vec<ConsentId>) -> Self {
        Self { scope, consents, marker: PhantomData }
    }

    /// Whose permit.
    pub fn subject(&self) -> &Subject {
        &self.scope.subject
    }

    /// For which patient.
    pub fn patient(&self) -> PatientId {
        self.scope.patient
    }

    /// For which epoch of the patient's access.
    pub fn epoch(&self) -> i64 {
        self.scope.epoch
    }

    /// For which epoch of the subject's own standing.
    pub fn person_epoch(&self) -> i64 {
        self.scope.person_epoch
    }

    /// Whether the scanned papers of consents may be seen: by those of the custodian organisation, which keeps
    /// them, who see anything of the patient or manage consent.
    pub fn sees_papers(&self) -> bool {
        self.scope.sees_papers
    }

    /// What is permitted.
    pub fn sight(&self) -> Sight {
        self.scope.sight
    }

    /// What is permitted of what the subject wrote.
    pub fn own(&self) -> Sight {
        self.scope.own
    }

    /// The consents that permit it: they go into the audit event.
    pub fn consents(&self) -> &[ConsentId] {
        &self.consents
    }

    /// The emergency access without which less would be permitted.
    pub fn break_glass(&self) -> Option<BreakGlassId> {
        self.scope.break_glass
    }

    /// Whether an entry of this kind by `author` may be seen.
    pub fn sees(&self, category: Category, sensitivity: Sensitivity, author: PersonId) -> bool {
        self.scope.sight.contains(category, sensitivity)
            || (author == self.scope.subject.person && self.scope.own.contains(category, sensitivity))
    }
}
