//! Who may see what of one patient. This is the only place that decides it, and the only place that
//! can make a [`Permit`]; the store hands out patient content against a permit only.
//!
//! 1. The role may see patients at all ([`Duty::SeePatients`]).
//! 2. The caller's organisation is an **accepted** member of the patient's care team.
//! 3. At least one consent that stands now names the caller; the categories of all such consents
//!    together are what the caller sees.
//! 4. Whoever sees anything of the patient also sees the entries they wrote themselves.
//!
//! Whoever sees nothing gets [`Reason::NotFound`], as if the patient did not exist.

use std::marker::PhantomData;

use crate::category::{Category, CategorySet};
use crate::consent::Rule;
use crate::duty::{self, Duty};
use crate::error::{Error, Reason, Result};
use crate::id::{ConsentId, OrganizationId, PatientId, PersonId};
use crate::identity::Role;
use crate::patient::MembershipStatus;
use crate::time::Timestamp;

/// Who asks: a person, for an organisation, in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub person: PersonId,
    /// The organisation.
    pub organization: OrganizationId,
    /// The role.
    pub role: Role,
}

/// How one patient stands to one subject, as the store read it in one snapshot.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The patient.
    pub patient: PatientId,
    /// Counts the changes of access to this patient; a permit is good for one epoch.
    pub epoch: i64,
    /// 主管機関.
    pub custodian: OrganizationId,
    /// Where the subject's organisation stands in the care team, if it was ever invited.
    pub membership: Option<MembershipStatus>,
    /// The patient's consents that are not withdrawn.
    pub rules: Vec<Rule>,
}

/// Marks a permit to read.
#[derive(Clone, Copy, Debug)]
pub enum Read {}

/// Marks a permit to write.
#[derive(Clone, Copy, Debug)]
pub enum Write {}

/// Marks a permit to see and answer one's own invitation, and nothing else.
#[derive(Clone, Copy, Debug)]
pub enum Answer {}

/// Proof that the access rule was asked and said yes, for one patient, one subject and one epoch.
#[derive(Clone, Debug)]
pub struct Permit<A> {
    subject: Subject,
    patient: PatientId,
    epoch: i64,
    is_custodian: bool,
    categories: CategorySet,
    consents: Vec<ConsentId>,
    marker: PhantomData<A>,
}

impl<A> Permit<A> {
    /// Whose permit.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// For which patient.
    pub fn patient(&self) -> PatientId {
        self.patient
    }

    /// For which epoch of the patient's access.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Whether the subject acts for the custodian organisation, which keeps the papers.
    pub fn is_custodian(&self) -> bool {
        self.is_custodian
    }

    /// The categories that are permitted.
    pub fn categories(&self) -> CategorySet {
        self.categories
    }

    /// The consents that permit it: they go into the audit event.
    pub fn consents(&self) -> &[ConsentId] {
        &self.consents
    }

    /// Whether an entry of `category` by `author` may be seen.
    pub fn sees(&self, category: Category, author: PersonId) -> bool {
        self.categories.contains(category) || author == self.subject.person
    }
}

/// What one subject may do about one patient now.
#[derive(Clone, Debug)]
pub struct Access {
    subject: Subject,
    patient: PatientId,
    epoch: i64,
    is_custodian: bool,
    membership: Option<MembershipStatus>,
    categories: CategorySet,
    consents: Vec<ConsentId>,
    changes_at: Option<Timestamp>,
}

impl Access {
    /// Applies the rule.
    pub fn decide(subject: Subject, standing: &Standing, now: Timestamp) -> Self {
        let mut access = Self {
            subject,
            patient: standing.patient,
            epoch: standing.epoch,
            is_custodian: standing.custodian == subject.organization,
            membership: standing.membership,
            categories: CategorySet::EMPTY,
            consents: Vec::new(),
            changes_at: None,
        };
        if !duty::has(subject.role, Duty::SeePatients)
            || standing.membership != Some(MembershipStatus::Accepted)
        {
            return access;
        }
        for rule in standing.rules.iter().filter(|rule| rule.scope.names(&subject)) {
            if rule.period.contains(now) {
                access.categories = access.categories.union(rule.categories);
                access.consents.push(rule.id);
            }
            let next = [Some(rule.period.start), rule.period.end].into_iter().flatten().find(|t| *t > now);
            access.changes_at = [access.changes_at, next].into_iter().flatten().min();
        }
        access
    }

    /// Whether anything of the patient may be seen.
    pub fn is_visible(&self) -> bool {
        !self.categories.is_empty()
    }

    /// When the passing of time alone will change the answer, if it ever will.
    pub fn changes_at(&self) -> Option<Timestamp> {
        self.changes_at
    }

    /// The patient's epoch that this was decided in.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// To read what consent permits.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub fn read(&self) -> Result<Permit<Read>> {
        if self.is_visible() { Ok(self.permit()) } else { Err(Error::new(Reason::NotFound)) }
    }

    /// To post into `category`.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CategoryNotConsented`].
    pub fn post(&self, category: Category) -> Result<Permit<Write>> {
        self.read()?;
        if !duty::may_post(self.subject.role).contains(category) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        if !self.categories.contains(category) {
            return Err(Error::new(Reason::CategoryNotConsented));
        }
        Ok(self.permit())
    }

    /// To upload a file that an entry or a consent will name.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`].
    pub fn upload(&self) -> Result<Permit<Write>> {
        self.read()?;
        if duty::may_post(self.subject.role).is_empty() {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        Ok(self.permit())
    }

    /// To do what only the custodian organisation may: `duty` for this patient.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`].
    pub fn manage(&self, duty: Duty) -> Result<Permit<Write>> {
        self.read()?;
        if !self.is_custodian {
            return Err(Error::new(Reason::CustodianOnly));
        }
        if !duty::has(self.subject.role, duty) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        Ok(self.permit())
    }

    /// To see and answer the invitation of the subject's organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::InvitationAnswered`].
    pub fn answer(&self) -> Result<Permit<Answer>> {
        match self.membership {
            None => Err(Error::new(Reason::NotFound)),
            Some(_) if !duty::has(self.subject.role, Duty::AnswerInvitation) => {
                Err(Error::new(Reason::RoleNotAllowed))
            }
            Some(MembershipStatus::Invited) => Ok(self.permit()),
            Some(MembershipStatus::Accepted | MembershipStatus::Declined) => {
                Err(Error::new(Reason::InvitationAnswered))
            }
        }
    }

    fn permit<A>(&self) -> Permit<A> {
        Permit {
            subject: self.subject,
            patient: self.patient,
            epoch: self.epoch,
            is_custodian: self.is_custodian,
            categories: self.categories,
            consents: self.consents.clone(),
            marker: PhantomData,
        }
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
