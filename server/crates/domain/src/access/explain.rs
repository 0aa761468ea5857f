//! Why somebody may see something or not: the same rule, with its reasons.

use super::{Access, Standing, Subject};
use crate::category::Category;
use crate::consent::{Effect, RuleRef};
use crate::duty;
use crate::sensitivity::{Sensitivity, Sight};
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// Why something may be seen or not.
    pub enum AccessReason {
        /// A consent permits it.
        Permitted = "PERMITTED",
        /// An emergency access is open.
        BreakGlass = "BREAK_GLASS",
        /// A consent denies it explicitly.
        Denied = "DENIED",
        /// No consent permits it.
        NoConsent = "NO_CONSENT",
        /// A consent permits the category, but does not name the restricted sensitivity.
        SensitivityNotNamed = "SENSITIVITY_NOT_NAMED",
        /// Invited, not accepted.
        NotAccepted = "NOT_ACCEPTED",
        /// Not in the care team.
        NotMember = "NOT_MEMBER",
        /// The organisation shows the patient to assigned staff only.
        NotAssigned = "NOT_ASSIGNED",
        /// The role sees no patient data.
        Role = "ROLE",
        /// The person is suspended, or the affiliation has ended.
        Inactive = "INACTIVE",
    }
}

/// How one kind of content is decided for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The category.
    pub category: Category,
    /// The sensitivity.
    pub sensitivity: Sensitivity,
    /// Entries of this kind may be read.
    pub read: bool,
    /// Entries of this kind may be posted.
    pub post: bool,
    /// Why they may be read, or not.
    pub reason: AccessReason,
    /// The rules that decided it: those that deny if any does, else those that permit.
    pub rules: Vec<RuleRef>,
}

impl Access {
    /// How every kind of content that consents are about is decided for `subject`.
    pub fn explain(subject: Subject, standing: &Standing, now: Timestamp) -> Vec<Explanation> {
        let access = Self::decide(subject, standing, now);
        let gate = standing.gate(subject.role);
        Sight::kinds()
            .filter(|(category, _)| category.is_consentable())
            .map(|(category, sensitivity)| {
                let rules = |effect, sensitivity| -> Vec<RuleRef> {
                    standing
                        .counting(&subject, now)
                        .filter(|rule| rule.effect == effect && rule.covers(category, sensitivity))
                        .map(|rule| rule.reference)
                        .collect()
                };
                let read = access.sight().contains(category, sensitivity);
                let consented = access.consented.contains(category, sensitivity);
                let (reason, rules) = match gate {
                    Err(_) if read => (AccessReason::BreakGlass, Vec::new()),
                    Err(reason) => (reason, Vec::new()),
                    Ok(()) if access.denied.contains(category, sensitivity) => {
                        (AccessReason::Denied, rules(Effect::Deny, sensitivity))
                    }
                    Ok(()) if consented => (AccessReason::Permitted, rules(Effect::Permit, sensitivity)),
                    Ok(()) if read => (AccessReason::BreakGlass, Vec::new()),
                    Ok(()) if access.consented.contains(category, Sensitivity::Normal) => {
                        (AccessReason::SensitivityNotNamed, rules(Effect::Permit, Sensitivity::Normal))
                    }
                    Ok(()) => (AccessReason::NoConsent, Vec::new()),
                };
                let post = duty::may_post(subject.role).contains(category)
                    && access.consents_to_post(category, sensitivity);
                Explanation { category, sensitivity, read, post, reason, rules }
            })
            .collect()
    }
}
