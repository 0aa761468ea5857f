//! The rule as Cedar policies: the preconditions, the notices and what an emergency opens are fixed policies;
//! every consent and every exception becomes one that permits or forbids. Cedar decides on its own how policies
//! go together: what is forbidden is not permitted, and what nothing permits is not.

#[path = "cedar/policies.rs"]
mod policies;
#[path = "cedar/world.rs"]
mod world;

use std::collections::BTreeSet;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use renkei_domain::{
    Access, Category, Reason, Sensitivity, Timestamp,
    access::{AccessReason, Explanation},
    id::PersonId,
};
use renkei_oracle::case::{CATEGORIES, Case, PERSONS, SENSITIVITIES};
use uuid::Uuid;

use crate::domain;

const SOMEBODY: PersonId = PersonId(Uuid::from_u128(2));

/// Cedar, with what is the same in all cases.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    entities: Entities,
    fixed: PolicySet,
}

/// One case's policies.
struct Asked<'a> {
    cedar: &'a Cedar,
    case: &'a Case,
    policies: PolicySet,
    context: Context,
}

impl Cedar {
    /// Parses what is fixed.
    pub(crate) fn new() -> Self {
        Self { authorizer: Authorizer::new(), entities: world::entities(), fixed: policies::fixed() }
    }

    /// Says where the access rule and Cedar differ about a case.
    pub(crate) fn agrees(&self, case: &Case) -> Result<(), String> {
        let (subject, standing) = (domain::subject(case), domain::standing(case));
        let access = Access::decide(subject, &standing, Timestamp(case.now));
        let explained = Access::explain(subject, &standing, Timestamp(case.now));
        let mut asked = Asked {
            cedar: self,
            case,
            policies: policies::with_forms(&self.fixed, case),
            context: world::context(case, false),
        };
        let stranger = PERSONS.into_iter().find(|person| *person != case.person).expect("another person");
        let permit = access.read().ok();
        let entries = access.read_entries().ok();
        let mut sees_anything = false;
        let mut explanations = explained.iter();
        let is_emergency = case.emergency_ends_for_purpose().is_some_and(|ends| case.now < ends);
        for sensitivity in SENSITIVITIES {
            for category in CATEGORIES {
                let kind = (domain::parse(category), domain::parse(sensitivity));
                let explanation = explanations.next().expect("every kind is explained");
                let of = |author| world::entry(category, sensitivity, author);
                let same = |what: &str, rule: bool, cedar: bool| {
                    if rule == cedar {
                        return Ok(());
                    }
                    Err(format!("{category} {sensitivity}: {what}: the rule says {rule}, Cedar {cedar}"))
                };

                let (read, because) = asked.is_allowed("read", &of(stranger))?;
                let rule = permit.as_ref().is_some_and(|permit| permit.sees(kind.0, kind.1, SOMEBODY));
                same("read", rule, read)?;
                sees_anything |= read;
                explains(explanation, read, &because, is_emergency)
                    .map_err(|what| format!("{category} {sensitivity}: {what}"))?;

                let (own, _) = asked.is_allowed("read", &of(case.person))?;
                let rule = entries.as_ref().is_some_and(|p| p.sees(kind.0, kind.1, subject.person));
                same("own", rule, own)?;

                let (post, because) = asked.is_allowed("post", &of(case.person))?;
                let rule = access.post(kind.0, kind.1);
                same("post", rule.is_ok(), post)?;
                let by_role = rule.is_err_and(|error| error.reason() == Reason::RoleNotAllowed);
                if by_role && !because.contains("duty") {
                    return Err(format!("{category}: Cedar refuses a post by {because:?}, not by the role"));
                }
            }
        }
        // Whoever sees anything sees the notices, and that there is such a patient.
        asked.context = world::context(case, sees_anything);
        let notices =
            permit.is_some_and(|permit| permit.sees(Category::Notice, Sensitivity::Normal, SOMEBODY));
        for (what, rule, resource) in
            [("notices", notices, world::notice()), ("visible", access.is_visible(), world::patient())]
        {
            let (cedar, _) = asked.is_allowed("read", &resource)?;
            if rule != cedar {
                return Err(format!("{what}: the rule says {rule}, Cedar {cedar}"));
            }
        }
        Ok(())
    }
}

impl Asked<'_> {
    /// Whether it is allowed, and by which policies, or by which it is forbidden.
    fn is_allowed(&self, action: &str, resource: &EntityUid) -> Result<(bool, BTreeSet<String>), String> {
        let request = Request::new(
            world::person(self.case.person),
            world::action(action),
            resource.clone(),
            self.context.clone(),
            None,
        );
        let request = request.expect("without a schema every request is valid");
        let response = self.cedar.authorizer.is_authorized(&request, &self.policies, &self.cedar.entities);
        // Cedar passes over a policy that fails.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        let because = response.diagnostics().reason().map(ToString::to_string).collect();
        Ok((response.decision() == Decision::Allow, because))
    }
}

/// Whether the policies by which Cedar decided are those that the rule explains its answer with.
fn explains(
    explained: &Explanation,
    read: bool,
    because: &BTreeSet<String>,
    is_emergency: bool,
) -> Result<(), String> {
    let named: BTreeSet<String> = domain::rules(explained).into_iter().map(policies::name).collect();
    let of_forms: BTreeSet<String> = because.iter().filter(|policy| policy.contains('.')).cloned().collect();
    let agrees = match explained.reason {
        AccessReason::Permitted => read && named == of_forms,
        AccessReason::BreakGlass => read && because.contains("emergency") && named.is_empty(),
        AccessReason::Denied => !read && *because == named,
        AccessReason::NoConsent => !read && because.is_empty() && named.is_empty(),
        AccessReason::SensitivityNotNamed => !read && because.is_empty() && !named.is_empty(),
        AccessReason::Inactive => !read && because.contains("active"),
        AccessReason::Role => !read && because.contains("role"),
        AccessReason::NotMember | AccessReason::NotAccepted => !read && because.contains("member"),
        // In an emergency it is a denial that is left; the rule tells of what is missing without one.
        AccessReason::NotAssigned => !read && (is_emergency || because.contains("assigned")),
    };
    if agrees {
        return Ok(());
    }
    Err(format!("{} by {named:?}, but Cedar reads: {read}, by {because:?}", explained.reason))
}
