//! Who may see what of one patient. This is the only place that decides it, and the only place that
//! can make a [`Permit`]; the store hands out patient content against a permit only.
//!
//! 1. The person is not suspended, the affiliation has not ended, and the role may see patients at all
//!    ([`Duty::SeePatients`]).
//! 2. The caller's organisation is an **accepted** member of the patient's care team, and shows the patient
//!    to all its staff or to the caller as assigned; or the caller is an accepted member in person.
//! 3. Of the rules that consents stand for now, those that name the caller and the purpose count: a kind of
//!    content (category and sensitivity) is seen if one permits it and none denies it. Order never matters.
//! 4. Restricted content needs a rule that names its sensitivity.
//! 5. An open emergency access lifts a missing permit, never an explicit denial, for treatment and reading
//!    only. It also lifts a missing assignment, not a missing membership.
//! 6. Whoever sees anything sees the notices. Authors see their own entries unless a rule denies them.
//!
//! Whoever sees nothing gets [`Reason::NotFound`], as if the patient did not exist. A privacy officer of the
//! custodian organisation sees nothing of the record, and reads what was done to it.

mod explain;
mod guarded;
mod permit;

pub use self::explain::{AccessReason, Explanation};
pub use self::guarded::Guarded;
pub use self::permit::{Answer, Audit, Permit, Read, Write};

use crate::category::Category;
use crate::consent::{Effect, Rule};
use crate::duty::{self, Duty};
use crate::error::{Error, Reason, Result};
use crate::id::{BreakGlassId, ConsentId, OrganizationId, PatientId, PersonId};
use crate::identity::{Purpose, Role};
use crate::patient::{MembershipStatus, StaffAccess};
use crate::sensitivity::{Sensitivity, Sight};
use crate::time::Timestamp;

/// Who asks: a person, for an organisation, in a role, for a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The person.
    pub person: PersonId,
    /// The organisation.
    pub organization: OrganizationId,
    /// The role.
    pub role: Role,
    /// For what.
    pub purpose: Purpose,
}

/// Where the subject's organisation stands in the care team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The membership.
    pub status: MembershipStatus,
    /// Which staff see the patient.
    pub staff: StaffAccess,
    /// Whether the subject is assigned.
    pub assigned: bool,
    /// Whether anybody is assigned who is active there still.
    pub staffed: bool,
}

/// How one patient stands to one subject, as the store read it in one snapshot.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The patient.
    pub patient: PatientId,
    /// Counts the changes of access to this patient; a permit is good for one epoch.
    pub epoch: i64,
    /// Counts the changes of the person's own standing: suspensions and affiliations that ended.
    pub person_epoch: i64,
    /// 主管機関.
    pub custodian: OrganizationId,
    /// The organisation that was asked to become the custodian.
    pub offered_custodian: Option<OrganizationId>,
    /// The person is not suspended, and has the affiliation still.
    pub active: bool,
    /// The subject's organisation in the care team, if it was ever invited.
    pub organization: Option<Place>,
    /// The person in the care team, if ever invited in person.
    pub person: Option<MembershipStatus>,
    /// The rules of the patient's consents that are not withdrawn.
    pub rules: Vec<Rule>,
    /// The subject's emergency access, and when it ends.
    pub break_glass: Option<(BreakGlassId, Timestamp)>,
}

impl Standing {
    /// Whether the subject stands where consent can reach, and if not, why.
    fn gate(&self, role: Role) -> Result<(), AccessReason> {
        let accepted = Some(MembershipStatus::Accepted);
        let status = self.organization.map(|place| place.status);
        if !self.active {
            Err(AccessReason::Inactive)
        } else if !duty::has(role, Duty::SeePatients) {
            Err(AccessReason::Role)
        } else if self.person == accepted
            || self.organization.is_some_and(|place| {
                place.status == MembershipStatus::Accepted
                    && (place.staff == StaffAccess::All || place.assigned)
            })
        {
            Ok(())
        } else if status == accepted {
            Err(AccessReason::NotAssigned)
        } else if [status, self.person].contains(&Some(MembershipStatus::Invited)) {
            Err(AccessReason::NotAccepted)
        } else {
            Err(AccessReason::NotMember)
        }
    }

    /// Whether nothing but the two epochs and the passing of time can change what is decided. Where an
    /// organisation shows a patient to its assigned staff, the standing of all of them counts too.
    pub fn is_told_by_epochs(&self) -> bool {
        self.organization.is_none_or(|place| place.staff == StaffAccess::All)
    }

    /// The rules that count for `subject` now.
    fn counting(&self, subject: &Subject, now: Timestamp) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.period.contains(now) && rule.names(subject))
    }

    /// The emergency access as it counts for this purpose: an emergency is treatment, so what is denied for
    /// treatment stays denied.
    fn break_glass(&self, purpose: Purpose) -> Option<(BreakGlassId, Timestamp)> {
        self.break_glass.filter(|_| purpose == Purpose::Treatment)
    }
}

fn covered(rule: &Rule) -> Sight {
    Sight::kinds().filter(|(category, sensitivity)| rule.covers(*category, *sensitivity)).collect()
}

fn everything() -> Sight {
    Sight::kinds().filter(|(category, _)| category.is_consentable()).collect()
}

/// What one subject may do about one patient now.
#[derive(Clone, Debug)]
pub struct Access {
    subject: Subject,
    patient: PatientId,
    epoch: i64,
    person_epoch: i64,
    is_custodian: bool,
    offered_custodian: Option<OrganizationId>,
    /// The subject stands where consent can reach.
    is_member: bool,
    /// The same, or not assigned.
    is_of_member: bool,
    /// Nobody is assigned who is active still.
    is_abandoned: bool,
    /// The subject sees no patients, and watches over the records that the organisation keeps.
    is_overseer: bool,
    organization: Option<MembershipStatus>,
    person: Option<MembershipStatus>,
    /// What consent permits.
    consented: Sight,
    /// What an explicit rule denies.
    denied: Sight,
    consents: Vec<ConsentId>,
    break_glass: Option<BreakGlassId>,
    changes_at: Option<Timestamp>,
}

impl Access {
    /// Applies the rule.
    pub fn decide(subject: Subject, standing: &Standing, now: Timestamp) -> Self {
        let gate = standing.gate(subject.role);
        let is_of_member = matches!(gate, Ok(()) | Err(AccessReason::NotAssigned));
        let mut access = Self {
            subject,
            patient: standing.patient,
            epoch: standing.epoch,
            person_epoch: standing.person_epoch,
            is_custodian: standing.custodian == subject.organization,
            offered_custodian: standing.offered_custodian,
            is_member: gate.is_ok(),
            is_of_member,
            is_abandoned: standing.organization.is_some_and(|place| !place.staffed),
            is_overseer: gate == Err(AccessReason::Role)
                && duty::has(subject.role, Duty::ReadAudit)
                && standing.custodian == subject.organization,
            organization: standing.organization.map(|place| place.status).filter(|_| standing.active),
            person: standing.person.filter(|_| standing.active),
            consented: Sight::NONE,
            denied: Sight::NONE,
            consents: Vec::new(),
            break_glass: None,
            changes_at: None,
        };
        if !is_of_member {
            return access;
        }
        let mut permitted = Sight::NONE;
        for rule in standing.counting(&subject, now) {
            match rule.effect {
                Effect::Permit => {
                    permitted = permitted.or(covered(rule));
                    access.consents.push(rule.reference.consent);
                }
                Effect::Deny => access.denied = access.denied.or(covered(rule)),
            }
        }
        if access.is_member {
            access.consented = permitted.without(access.denied);
        } else {
            access.consents.clear();
        }
        let break_glass = standing.break_glass(subject.purpose);
        access.break_glass = break_glass.filter(|(_, ends_at)| now < *ends_at).map(|(id, _)| id);
        let about = standing.rules.iter().filter(|rule| rule.names(&subject)).map(|rule| rule.period);
        let instants = about.flat_map(|period| [Some(period.start), period.end]);
        access.changes_at = instants
            .chain([break_glass.map(|(_, ends_at)| ends_at)])
            .flatten()
            .filter(|instant| *instant > now)
            .min();
        access
    }

    /// What is seen: what consent permits, what an emergency opens, and with any of it the notices.
    fn sight(&self) -> Sight {
        let opened = if self.break_glass.is_some() { everything().without(self.denied) } else { Sight::NONE };
        with_notices(self.consented.or(opened))
    }

    /// Whether anything of the patient may be seen.
    pub fn is_visible(&self) -> bool {
        !self.sight().is_empty()
    }

    /// When the passing of time alone will change the answer, if it ever will.
    pub fn changes_at(&self) -> Option<Timestamp> {
        self.changes_at
    }

    /// The patient's epoch that this was decided in.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The person's epoch that this was decided in.
    pub fn person_epoch(&self) -> i64 {
        self.person_epoch
    }

    /// To read what consent permits or an emergency opens.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub fn read(&self) -> Result<Permit<Read>> {
        if self.is_visible() { Ok(self.permit_to_read()) } else { Err(Error::new(Reason::NotFound)) }
    }

    /// To read entries: the same, and one's own without it. Where nothing was found under such a permit, the
    /// patient is not to be told from one that does not exist.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub fn read_entries(&self) -> Result<Permit<Read>> {
        if self.is_visible() || self.is_member {
            Ok(self.permit_to_read())
        } else {
            Err(Error::new(Reason::NotFound))
        }
    }

    /// To read the papers, consents and care team: as [`Access::read`]; also for whoever has `duty` at the
    /// custodian organisation, which could otherwise not mend a consent that shuts it out.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub fn read_papers(&self, duty: Duty) -> Result<Permit<Read>> {
        if self.manage(duty).is_ok() { Ok(self.permit_to_read()) } else { self.read() }
    }

    /// To post into `category` what is as guarded as `sensitivity`. Whoever is permitted the normal content
    /// of a category may post restricted content into it, unless that is denied.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CategoryNotConsented`].
    pub fn post(&self, category: Category, sensitivity: Sensitivity) -> Result<Permit<Write>> {
        self.read()?;
        if !duty::may_post(self.subject.role).contains(category) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        self.take_back(category, sensitivity)
    }

    /// The same for somebody of one's organisation who has `role` there and will finalise it (代行入力): that role must be
    /// one that may post into `category`, the own one must see patients.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::ResponsibleNotAllowed`], [`Reason::CategoryNotConsented`].
    pub fn post_for(
        &self,
        role: Role,
        category: Category,
        sensitivity: Sensitivity,
    ) -> Result<Permit<Write>> {
        self.read()?;
        if !duty::may_post(role).contains(category) {
            return Err(Error::new(Reason::ResponsibleNotAllowed));
        }
        self.take_back(category, sensitivity)
    }

    /// To take back what oneself wrote: whatever the role, for nothing new is said.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CategoryNotConsented`].
    pub fn take_back(&self, category: Category, sensitivity: Sensitivity) -> Result<Permit<Write>> {
        self.read()?;
        if !self.consents_to_post(category, sensitivity) {
            return Err(Error::new(Reason::CategoryNotConsented));
        }
        Ok(self.permit(self.consented, None))
    }

    fn consents_to_post(&self, category: Category, sensitivity: Sensitivity) -> bool {
        let permitted = |sensitivity| self.consented.contains(category, sensitivity);
        (permitted(Sensitivity::Normal) || permitted(sensitivity))
            && !self.denied.contains(category, sensitivity)
    }

    /// To upload a file that an entry or a consent will name.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CategoryNotConsented`].
    pub fn upload(&self) -> Result<Permit<Write>> {
        if let Ok(papers) = self.manage(Duty::ManageConsent) {
            return Ok(papers);
        }
        self.read()?;
        if duty::may_post(self.subject.role).is_empty() {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        if self.consented.is_empty() {
            return Err(Error::new(Reason::CategoryNotConsented));
        }
        Ok(self.permit(self.consented, None))
    }

    /// To do what only the custodian organisation may: `duty` for this patient. It does not depend on what
    /// consent shows.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`].
    pub fn manage(&self, duty: Duty) -> Result<Permit<Write>> {
        let is_of_custodian = self.is_member && self.is_custodian;
        if !is_of_custodian {
            self.read()?;
            return Err(Error::new(Reason::CustodianOnly));
        }
        if !duty::has(self.subject.role, duty) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        Ok(self.permit(with_notices(self.consented), None))
    }

    /// To read what was done to the record: for whoever has that duty at the custodian organisation, and for its
    /// privacy officer, who sees nothing of the record and needs no assignment.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`].
    pub fn read_audit(&self) -> Result<Permit<Audit>> {
        if !self.is_overseer {
            self.manage(Duty::ReadAudit)?;
        }
        Ok(self.permit(Sight::NONE, None))
    }

    /// To see and answer an invitation: the subject's own, or that of the organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::InvitationAnswered`].
    pub fn answer(&self, personal: bool) -> Result<Permit<Answer>> {
        match self.own_place(personal, Duty::AnswerInvitation)? {
            MembershipStatus::Invited => Ok(self.permit(Sight::NONE, None)),
            MembershipStatus::Left | MembershipStatus::Removed => Err(Error::new(Reason::NotFound)),
            MembershipStatus::Accepted | MembershipStatus::Declined => {
                Err(Error::new(Reason::InvitationAnswered))
            }
        }
    }

    /// To leave the care team: in person, or for the organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::MemberIsCustodian`].
    pub fn leave(&self, personal: bool) -> Result<Permit<Answer>> {
        if self.accepted(personal, Duty::AnswerInvitation)? && self.is_custodian && !personal {
            return Err(Error::new(Reason::MemberIsCustodian));
        }
        Ok(self.permit(Sight::NONE, None))
    }

    /// To say which staff of the subject's organisation see the patient: for those who do, and for anybody
    /// there when nobody is left who does.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`].
    pub fn assign_staff(&self) -> Result<Permit<Answer>> {
        let status = self.own_place(false, Duty::AssignStaff)?;
        if status != MembershipStatus::Accepted || !(self.is_member || self.is_abandoned) {
            return Err(Error::new(Reason::NotFound));
        }
        Ok(self.permit(Sight::NONE, None))
    }

    /// To answer the offer to become the custodian organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CustodianNotOffered`].
    pub fn answer_custodian_offer(&self) -> Result<Permit<Answer>> {
        self.accepted(false, Duty::RegisterPatient)?;
        if self.offered_custodian != Some(self.subject.organization) {
            return Err(Error::new(Reason::CustodianNotOffered));
        }
        Ok(self.permit(Sight::NONE, None))
    }

    /// The organisation that was asked to become the custodian.
    pub fn offered_custodian(&self) -> Option<OrganizationId> {
        self.offered_custodian
    }

    /// To be told why one sees what one sees: invited or accepted, with or without a consent.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub fn ask(&self) -> Result<Permit<Answer>> {
        let places = [self.organization, self.person];
        let here = [MembershipStatus::Invited, MembershipStatus::Accepted];
        let is_here = here.iter().any(|status| places.contains(&Some(*status)));
        if is_here && duty::has(self.subject.role, Duty::SeePatients) {
            Ok(self.permit(Sight::NONE, None))
        } else {
            Err(Error::new(Reason::NotFound))
        }
    }

    /// To open the record in an emergency.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::BreakGlassDenied`],
    /// [`Reason::BreakGlassNotNeeded`].
    pub fn break_glass(&self) -> Result<Permit<Answer>> {
        if !self.is_of_member {
            return Err(Error::new(Reason::NotFound));
        }
        let is_treatment = self.subject.purpose == Purpose::Treatment;
        if !is_treatment || !duty::has(self.subject.role, Duty::BreakGlass) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        let missing = everything().without(self.consented);
        if self.break_glass.is_some() || missing.is_empty() {
            return Err(Error::new(Reason::BreakGlassNotNeeded));
        }
        if missing.without(self.denied).is_empty() {
            return Err(Error::new(Reason::BreakGlassDenied));
        }
        Ok(self.permit(Sight::NONE, None))
    }

    fn accepted(&self, personal: bool, duty: Duty) -> Result<bool> {
        match self.own_place(personal, duty)? {
            MembershipStatus::Accepted if self.is_member => Ok(true),
            _ => Err(Error::new(Reason::NotFound)),
        }
    }

    /// Where the subject, or the organisation for which `duty` is needed then, stands.
    fn own_place(&self, personal: bool, duty: Duty) -> Result<MembershipStatus> {
        let status = if personal { self.person } else { self.organization };
        let needed = if personal { Duty::SeePatients } else { duty };
        match status {
            None | Some(MembershipStatus::Left | MembershipStatus::Removed) => {
                Err(Error::new(Reason::NotFound))
            }
            Some(_) if !duty::has(self.subject.role, needed) => Err(Error::new(Reason::RoleNotAllowed)),
            Some(status) => Ok(status),
        }
    }

    fn permit_to_read(&self) -> Permit<Read> {
        let sight = self.sight();
        let under = self.break_glass.filter(|_| sight != with_notices(self.consented));
        self.permit(sight, under)
    }

    fn permit<A>(&self, sight: Sight, break_glass: Option<BreakGlassId>) -> Permit<A> {
        let own = if self.is_member { everything().without(self.denied) } else { Sight::NONE };
        Permit::new(
            permit::Scope {
                subject: self.subject,
                patient: self.patient,
                epoch: self.epoch,
                person_epoch: self.person_epoch,
                sees_papers: self.is_custodian
                    && (self.is_visible() || duty::has(self.subject.role, Duty::ManageConsent)),
                sight,
                own,
                break_glass,
            },
            self.consents.clone(),
        )
    }
}

fn with_notices(sight: Sight) -> Sight {
    let notices = Sight::from_iter([(Category::Notice, Sensitivity::Normal)]);
    if sight.is_empty() { sight } else { sight.or(notices) }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
