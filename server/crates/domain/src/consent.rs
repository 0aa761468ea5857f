//! Consent as people sign it, and the rules it compiles to. What the rules mean for somebody is decided in
//! [`crate::access`].

use std::collections::BTreeSet;

use crate::access::Subject;
use crate::category::Category;
use crate::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use crate::identity::{Actor, Purpose, Role};
use crate::sensitivity::Sensitivity;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// What a rule does with what it matches.
    pub enum Effect {
        /// Permits it.
        Permit = "PERMIT",
        /// Denies it, whatever else permits it.
        Deny = "DENY",
    }
}

text_enum! {
    /// Who signed.
    pub enum SignerKind {
        /// 本人.
        Patient = "PATIENT",
        /// 代理人.
        Representative = "REPRESENTATIVE",
    }
}

text_enum! {
    /// What a representative is to the patient (HL7 v3 `RoleCode`).
    pub enum Relation {
        /// 配偶者.
        Spouse = "SPOUSE",
        /// 子.
        Child = "CHILD",
        /// 親.
        Parent = "PARENT",
        /// 兄弟姉妹.
        Sibling = "SIBLING",
        /// 成年後見人等.
        Guardian = "GUARDIAN",
        /// その他の親族.
        OtherRelative = "OTHER_RELATIVE",
        /// その他.
        Other = "OTHER",
    }
}

/// Whom a form names (R22).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every accepted member of the care team, also those who join later.
    AllMembers,
    /// Some organisations.
    Organizations(BTreeSet<OrganizationId>),
    /// One person, under whichever affiliation that is an accepted member.
    Person(PersonId),
}

/// A half-open period: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// What a form that permits excepts: denied to those it names within the form's scope. What stands in one
/// exception holds together; an empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Organisations.
    pub organizations: BTreeSet<OrganizationId>,
    /// Persons.
    pub persons: BTreeSet<PersonId>,
    /// Roles.
    pub roles: BTreeSet<Role>,
    /// Categories.
    pub categories: BTreeSet<Category>,
    /// Sensitivities; empty: restricted ones too.
    pub sensitivities: BTreeSet<Sensitivity>,
}

/// Who signed. The name is kept apart, sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signer {
    /// The patient or a representative.
    pub kind: SignerKind,
    /// What a representative is to the patient.
    pub relation: Option<Relation>,
}

/// A consent as people sign it. It is stored as this struct in JSON: ids and codes only. An empty list is any; one
/// that is missing, or a field that is unknown, keeps the form from being read at all: it must not permit more.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Whether it permits or denies.
    pub effect: Effect,
    /// Whom it names.
    pub scope: Scope,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// Which categories.
    pub categories: BTreeSet<Category>,
    /// Which sensitivities; empty: normal if it permits, all if it denies.
    pub sensitivities: BTreeSet<Sensitivity>,
    /// For which purposes.
    pub purposes: BTreeSet<Purpose>,
    /// When it holds.
    pub period: Period,
    /// What is excepted, where it permits.
    pub exceptions: Vec<Exception>,
    /// Who signed it; nobody on the custodian organisation's own.
    pub signer: Option<Signer>,
    /// The date on the paper.
    pub signed_on: Option<jiff::civil::Date>,
    /// When it is to be gone through again.
    pub review_on: Option<jiff::civil::Date>,
}

/// What is withdrawn of a form that permits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Categories.
    pub categories: BTreeSet<Category>,
    /// Sensitivities.
    pub sensitivities: BTreeSet<Sensitivity>,
    /// Organisations.
    pub organizations: BTreeSet<OrganizationId>,
    /// Persons.
    pub persons: BTreeSet<PersonId>,
}

impl Form {
    /// The custodian organisation's own access, which comes with a registration or a hand-over.
    pub fn custodian(organization: OrganizationId, start: Timestamp) -> Self {
        Self {
            effect: Effect::Permit,
            scope: Scope::Organizations([organization].into()),
            roles: BTreeSet::new(),
            categories: BTreeSet::new(),
            sensitivities: Sensitivity::ALL.iter().copied().collect(),
            purposes: BTreeSet::new(),
            period: Period { start, end: None },
            exceptions: Vec::new(),
            signer: None,
            signed_on: None,
            review_on: None,
        }
    }

    /// The rules of the form in this version of the consent: the form's own, then one for each exception.
    pub fn compile(&self, consent: ConsentId, version: i32) -> Vec<Rule> {
        let own = Rule {
            reference: RuleRef { consent, version, rule: 0 },
            effect: self.effect,
            organizations: match &self.scope {
                Scope::Organizations(organizations) => Matches::Only(organizations.clone()),
                Scope::AllMembers | Scope::Person(_) => Matches::Any,
            },
            persons: match &self.scope {
                Scope::Person(person) => Matches::Only([*person].into()),
                Scope::AllMembers | Scope::Organizations(_) => Matches::Any,
            },
            roles: Matches::listed(&self.roles),
            categories: Matches::listed(&self.categories),
            sensitivities: Matches::listed(&self.sensitivities),
            purposes: Matches::listed(&self.purposes),
            period: self.period,
        };
        let mut rules = Vec::with_capacity(1 + self.exceptions.len());
        for (exception, rule) in self.exceptions.iter().zip(1..) {
            rules.push(Rule {
                reference: RuleRef { consent, version, rule },
                effect: Effect::Deny,
                organizations: own.organizations.and(&exception.organizations),
                persons: own.persons.and(&exception.persons),
                roles: own.roles.and(&exception.roles),
                categories: Matches::listed(&exception.categories),
                sensitivities: Matches::listed(&exception.sensitivities),
                purposes: Matches::Any,
                period: self.period,
            });
        }
        rules.insert(0, own);
        rules
    }

    /// What is left without `part`; `None`: nothing.
    #[must_use]
    pub fn without(mut self, part: &Part) -> Option<Self> {
        let names_whom = !part.organizations.is_empty() || !part.persons.is_empty();
        if names_whom && !(part.categories.is_empty() && part.sensitivities.is_empty()) {
            self.except(part);
            return Some(self);
        }
        if names_whom {
            match &mut self.scope {
                Scope::Organizations(organizations) => {
                    if organizations.is_subset(&part.organizations) {
                        return None;
                    }
                    // what an exception denies stays in the scope, else the exception would deny it no longer
                    let named = |id| {
                        let mut exceptions = self.exceptions.iter();
                        exceptions.any(|one| one.organizations.is_empty() || one.organizations.contains(id))
                    };
                    let (kept, off): (BTreeSet<_>, BTreeSet<_>) =
                        part.organizations.iter().partition(|id| named(id));
                    organizations.retain(|id| !off.contains(id));
                    let persons = part.persons.clone();
                    self.except(&Part { organizations: kept, persons, ..Part::default() });
                }
                Scope::Person(person) if part.persons.contains(person) => return None,
                Scope::AllMembers | Scope::Person(_) => self.except(part),
            }
            return Some(self);
        }
        if !part.categories.is_empty() {
            if self.categories.is_empty() {
                self.categories = Category::consentable().collect();
            }
            self.categories.retain(|category| !part.categories.contains(category));
            if self.categories.is_empty() {
                return None;
            }
        }
        if !part.sensitivities.is_empty() {
            if self.sensitivities.is_empty() {
                self.sensitivities.insert(Sensitivity::Normal);
            }
            self.sensitivities.retain(|sensitivity| !part.sensitivities.contains(sensitivity));
            if self.sensitivities.is_empty() {
                return None;
            }
        }
        Some(self)
    }

    fn except(&mut self, part: &Part) {
        let (none, Part { categories, sensitivities, organizations, persons }) = (Exception::default(), part);
        let mut what = Vec::new();
        if !categories.is_empty() {
            what.push(Exception { categories: categories.clone(), ..none.clone() });
        }
        if !sensitivities.is_empty() {
            what.push(Exception { sensitivities: sensitivities.clone(), ..none.clone() });
        }
        if what.is_empty() {
            what.push(none);
        }
        // what stands in one exception holds together, so each thing that is withdrawn has its own
        for what in what {
            let of_organizations = Exception { organizations: organizations.clone(), ..what.clone() };
            let of_persons = Exception { persons: persons.clone(), ..what };
            for (named, exception) in
                [(!organizations.is_empty(), of_organizations), (!persons.is_empty(), of_persons)]
            {
                if named && !self.exceptions.contains(&exception) {
                    self.exceptions.push(exception);
                }
            }
        }
    }
}

/// A field of a rule: any value, or one of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matches<T> {
    /// Any value.
    Any,
    /// One of these; of none, nothing.
    Only(BTreeSet<T>),
}

impl<T: Ord + Copy> Matches<T> {
    /// An empty list is any.
    pub fn listed(values: &BTreeSet<T>) -> Self {
        if values.is_empty() { Self::Any } else { Self::Only(values.clone()) }
    }

    /// Whether it matches `value`.
    pub fn matches(&self, value: T) -> bool {
        match self {
            Self::Any => true,
            Self::Only(values) => values.contains(&value),
        }
    }

    /// What matches this and the list, where an empty list is any.
    fn and(&self, values: &BTreeSet<T>) -> Self {
        match self {
            Self::Any => Self::listed(values),
            Self::Only(own) if values.is_empty() => Self::Only(own.clone()),
            Self::Only(own) => Self::Only(own.intersection(values).copied().collect()),
        }
    }
}

/// Which rule of which consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// The consent.
    pub consent: ConsentId,
    /// Its version, from 1.
    pub version: i32,
    /// 0: the form itself; n: its nth exception.
    pub rule: i32,
}

/// The part of a consent that decides. It matches where every field does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands.
    pub reference: RuleRef,
    /// Whether it permits or denies.
    pub effect: Effect,
    /// Acting for which organisation.
    pub organizations: Matches<OrganizationId>,
    /// Which person.
    pub persons: Matches<PersonId>,
    /// In which role.
    pub roles: Matches<Role>,
    /// Which categories. Any: all that consents are about, so not notices.
    pub categories: Matches<Category>,
    /// Which sensitivities. Any: normal if it permits, all if it denies.
    pub sensitivities: Matches<Sensitivity>,
    /// For which purposes.
    pub purposes: Matches<Purpose>,
    /// When.
    pub period: Period,
}

impl Rule {
    /// Whether it is about `subject` at all, some time.
    pub fn names(&self, subject: &Subject) -> bool {
        self.organizations.matches(subject.organization)
            && self.persons.matches(subject.person)
            && self.roles.matches(subject.role)
            && self.purposes.matches(subject.purpose)
    }

    /// Whether it is about content of this kind.
    pub fn covers(&self, category: Category, sensitivity: Sensitivity) -> bool {
        let any_covers = self.effect == Effect::Deny || sensitivity == Sensitivity::Normal;
        category.is_consentable()
            && self.categories.matches(category)
            && match &self.sensitivities {
                Matches::Any => any_covers,
                named @ Matches::Only(_) => named.matches(sensitivity),
            }
    }
}

/// A consent in one version, standing, superseded or withdrawn.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Its id, the same for all versions.
    pub id: ConsentId,
    /// From 1.
    pub version: i32,
    /// Whose consent.
    pub patient: PatientId,
    /// What was signed.
    pub form: Form,
    /// Name of a representative; absent where the stored bytes do not open.
    pub signer_name: Option<String>,
    /// The scanned paper; none on the custodian organisation's own.
    pub paper: Option<AttachmentId>,
    /// Who recorded this version.
    pub recorded_by: Actor,
    /// When this version was recorded.
    pub recorded_at: Timestamp,
    /// When a newer version took its place.
    pub superseded_at: Option<Timestamp>,
    /// Who withdrew it, and when.
    pub withdrawn: Option<(Actor, Timestamp)>,
}

impl Consent {
    /// Whether it is the custodian organisation's own.
    pub fn is_custodian(&self) -> bool {
        self.form.signer.is_none() && self.paper.is_none()
    }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
