//! A case: who asks, how the care team stands, what was consented. In words, as people would write it down.

/// What consents are about.
pub const CATEGORIES: [&str; 11] = [
    "VISIT_NOTE",
    "VITAL_SIGNS",
    "MEDICATION",
    "LABORATORY",
    "NURSING",
    "CARE_PLAN",
    "DAILY_LIFE",
    "CONFERENCE",
    "REFERRAL",
    "MESSAGE",
    "DOCUMENT",
];

/// How guarded content is. All but the first are restricted.
pub const SENSITIVITIES: [&str; 6] =
    ["NORMAL", "MENTAL_HEALTH", "SUBSTANCE_USE", "INFECTION", "GENETIC", "ABUSE"];

/// The roles.
pub const ROLES: [&str; 13] = [
    "DOCTOR",
    "DENTIST",
    "PHARMACIST",
    "NURSE",
    "CARE_MANAGER",
    "THERAPIST",
    "DIETITIAN",
    "CARE_WORKER",
    "SOCIAL_WORKER",
    "COORDINATOR",
    "ADMINISTRATOR",
    "ORGANIZATION_ADMINISTRATOR",
    "PRIVACY_OFFICER",
];

/// For what data is asked for.
pub const PURPOSES: [&str; 4] = ["TREATMENT", "CARE_MANAGEMENT", "QUALITY_IMPROVEMENT", "EMERGENCY"];

/// Where a member stands in a care team.
pub const STATUSES: [&str; 5] = ["INVITED", "ACCEPTED", "DECLINED", "LEFT", "REMOVED"];

/// The people of all cases.
pub const PERSONS: [&str; 4] = ["sato", "suzuki", "takahashi", "tanaka"];

/// The organisations of all cases.
pub const ORGANIZATIONS: [&str; 4] = ["clinic", "pharmacy", "nursing station", "care office"];

/// What each role may post (R8).
pub fn may_post(role: &str) -> &'static [&'static str] {
    match role {
        "DOCTOR" | "DENTIST" | "NURSE" => &CATEGORIES,
        "PHARMACIST" => {
            &["VISIT_NOTE", "VITAL_SIGNS", "MEDICATION", "LABORATORY", "CONFERENCE", "MESSAGE", "DOCUMENT"]
        }
        "CARE_MANAGER" => &[
            "VISIT_NOTE",
            "VITAL_SIGNS",
            "CARE_PLAN",
            "DAILY_LIFE",
            "CONFERENCE",
            "REFERRAL",
            "MESSAGE",
            "DOCUMENT",
        ],
        "THERAPIST" | "DIETITIAN" => {
            &["VISIT_NOTE", "VITAL_SIGNS", "DAILY_LIFE", "CONFERENCE", "MESSAGE", "DOCUMENT"]
        }
        "CARE_WORKER" => &["VISIT_NOTE", "VITAL_SIGNS", "DAILY_LIFE", "MESSAGE", "DOCUMENT"],
        "SOCIAL_WORKER" => {
            &["VISIT_NOTE", "CARE_PLAN", "DAILY_LIFE", "CONFERENCE", "REFERRAL", "MESSAGE", "DOCUMENT"]
        }
        "COORDINATOR" => &["CONFERENCE", "MESSAGE", "DOCUMENT"],
        _ => &[],
    }
}

/// Whether the role sees patients at all: those that watch over others do not.
pub fn sees_patients(role: &str) -> bool {
    !["ADMINISTRATOR", "ORGANIZATION_ADMINISTRATOR", "PRIVACY_OFFICER"].contains(&role)
}

/// Whether the role may open a record in an emergency (R12).
pub fn may_break_glass(role: &str) -> bool {
    ["DOCTOR", "DENTIST", "PHARMACIST", "NURSE"].contains(&role)
}

/// Somebody asks for one patient's record.
#[derive(Clone, Debug)]
pub struct Case {
    /// Who asks.
    pub person: &'static str,
    /// Acting for which organisation.
    pub organization: &'static str,
    /// In which role.
    pub role: &'static str,
    /// For what.
    pub purpose: &'static str,
    /// When, in whichever unit.
    pub now: i64,
    /// The person is not suspended, and has the affiliation still.
    pub active: bool,
    /// The organisations that were ever invited to the care team, each once.
    pub organizations: Vec<Seat>,
    /// The people who were ever invited in person, each once, and where they stand.
    pub persons: Vec<(&'static str, &'static str)>,
    /// The consents that are not withdrawn.
    pub forms: Vec<Form>,
    /// When the emergency access of the one who asks ends, if there is one.
    pub emergency_ends: Option<i64>,
}

/// An organisation in the care team.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Which.
    pub organization: &'static str,
    /// Where it stands.
    pub status: &'static str,
    /// It shows the patient to all its staff.
    pub shows_all: bool,
    /// The people of it who are assigned.
    pub assigned: Vec<&'static str>,
}

/// A consent. An empty list is any.
#[derive(Clone, Debug)]
pub struct Form {
    /// It permits; else it denies.
    pub permits: bool,
    /// Whom it names.
    pub scope: Scope,
    /// In which roles.
    pub roles: Vec<&'static str>,
    /// Which categories.
    pub categories: Vec<&'static str>,
    /// Which sensitivities; none: the normal if it permits, all if it denies.
    pub sensitivities: Vec<&'static str>,
    /// For which purposes.
    pub purposes: Vec<&'static str>,
    /// From when.
    pub start: i64,
    /// Until when; that instant belongs to it no longer.
    pub end: Option<i64>,
    /// What is excepted.
    pub exceptions: Vec<Exception>,
}

/// Whom a consent names (R22).
#[derive(Clone, Debug)]
pub enum Scope {
    /// All members.
    AllMembers,
    /// A list of organisations.
    Organizations(Vec<&'static str>),
    /// One person.
    Person(&'static str),
}

/// What a consent excepts. An empty list is any.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Organisations.
    pub organizations: Vec<&'static str>,
    /// Persons.
    pub persons: Vec<&'static str>,
    /// Roles.
    pub roles: Vec<&'static str>,
    /// Categories.
    pub categories: Vec<&'static str>,
    /// Sensitivities, restricted ones too.
    pub sensitivities: Vec<&'static str>,
}

impl Case {
    /// When the emergency access ends, as it counts for the purpose: an emergency is treatment.
    pub fn emergency_ends_for_purpose(&self) -> Option<i64> {
        self.emergency_ends.filter(|_| self.purpose == "TREATMENT")
    }

    /// The same case with one thing less, in every way there is.
    pub fn smaller(&self) -> Vec<Self> {
        let mut cases = Vec::new();
        for form in 0..self.forms.len() {
            let mut case = self.clone();
            case.forms.remove(form);
            cases.push(case);
            for exception in 0..self.forms[form].exceptions.len() {
                let mut case = self.clone();
                case.forms[form].exceptions.remove(exception);
                cases.push(case);
            }
        }
        if self.emergency_ends.is_some() {
            cases.push(Self { emergency_ends: None, ..self.clone() });
        }
        cases
    }
}
