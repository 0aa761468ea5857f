//! A cell of the table: who asks, and how the patient stands to them. What a role is for is written down here a
//! second time, from the proto's and the documents' words, so that the server's own table is tested and not
//! repeated.

use renkei_domain::identity::Role;

/// How the caller's organisation stands to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// It is the custodian organisation (主管機関).
    Custodian,
    /// It has accepted.
    Member,
    /// It was removed once, and is invited again: nobody has answered.
    Invited,
    /// It was a member, and was removed.
    Removed,
    /// It was a member, and left.
    Left,
    /// It never had to do with the patient.
    Stranger,
}

impl Relation {
    pub(super) const ALL: [Self; 6] =
        [Self::Custodian, Self::Member, Self::Invited, Self::Removed, Self::Left, Self::Stranger];

    /// Whether it was in the care team at some time: its people have written entries.
    pub(super) fn was_there(self) -> bool {
        self != Self::Stranger
    }
}

/// What stands of the consents that name the caller's organisation, beside the custodian organisation's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// No consent.
    None,
    /// One permits everything that is not restricted.
    Permit,
    /// One permits laboratory results, and nothing else.
    OtherCategory,
    /// One permitted, until an hour ago.
    Expired,
    /// One will permit, in a month.
    NotYet,
    /// One permitted, and is withdrawn.
    Withdrawn,
    /// One permits, and one denies.
    Denied,
}

impl State {
    pub(super) const ALL: [Self; 7] = [
        Self::None,
        Self::Permit,
        Self::OtherCategory,
        Self::Expired,
        Self::NotYet,
        Self::Withdrawn,
        Self::Denied,
    ];
}

/// What an entry holds, as far as the cells tell entries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A visit note.
    VisitNote,
    /// A laboratory result.
    Laboratory,
}

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// To manage the region's organisations and people.
    Administer,
    /// To manage the people of one's organisation.
    AdministerOwn,
    /// To register patients, and to take them over.
    Register,
    /// To manage the care team, for the custodian organisation.
    CareTeam,
    /// To manage consent, for the custodian organisation.
    Consent,
    /// To read audit data, for the custodian organisation.
    Audit,
    /// To read events that concern no patient.
    Events,
    /// To review emergency accesses, for the custodian organisation.
    Review,
    /// To answer invitations, and to leave, for one's organisation.
    Answer,
    /// To say which staff of one's organisation see the patient.
    Assign,
    /// To open a record in an emergency.
    Emergency,
    /// To see patients, as far as consent permits.
    See,
    /// To write visit notes.
    PostVisitNote,
    /// To report laboratory results.
    PostLaboratory,
    /// To save what entries begin with.
    Template,
    /// To see how an organisation uses the record.
    Usage,
}

/// Whether `role` is for `duty`.
pub(super) fn has(role: Role, duty: Duty) -> bool {
    use Role::{
        Administrator, CareManager, CareWorker, Coordinator, Dentist, Doctor, Nurse,
        OrganizationAdministrator, Pharmacist, PrivacyOfficer, SocialWorker,
    };
    // "manages organisations and people", "manages the people of the own organisation", "reads what was done": each
    // "reads no patient data"
    let watches = matches!(role, Administrator | OrganizationAdministrator | PrivacyOfficer);
    match duty {
        // "The region's administrator changes them; so does an organisation's administrator, as far as they are its own"
        Duty::Administer => role == Administrator,
        Duty::AdministerOwn => matches!(role, Administrator | OrganizationAdministrator),
        // "in the role ADMINISTRATOR; of the own organisation also in the role PRIVACY_OFFICER"
        Duty::Events => matches!(role, Administrator | PrivacyOfficer),
        // "in a role that may manage consent or as PRIVACY_OFFICER"
        Duty::Audit if role == PrivacyOfficer => true,
        // "doctor, dentist, nurse, care manager, social worker, coordinator": whoever can make the organisation
        // a custodian can do what falls to a custodian
        Duty::Register | Duty::CareTeam | Duty::Consent | Duty::Audit | Duty::Review => {
            matches!(role, Doctor | Dentist | Nurse | CareManager | SocialWorker | Coordinator)
        }
        Duty::Answer | Duty::See => !watches,
        // care workers are assigned by others
        Duty::Assign => !watches && role != CareWorker,
        // "in the role DOCTOR, DENTIST, PHARMACIST or NURSE"
        Duty::Emergency => matches!(role, Doctor | Dentist | Pharmacist | Nurse),
        // whoever visits writes a note; the office does not visit
        Duty::PostVisitNote => !watches && role != Coordinator,
        Duty::PostLaboratory => matches!(role, Doctor | Dentist | Pharmacist | Nurse),
        // "a session in a role that may post, or the organisation's administrator": whoever sees patients posts something
        Duty::Template => !watches || role == OrganizationAdministrator,
        // "an ORGANIZATION_ADMINISTRATOR, a PRIVACY_OFFICER or a COORDINATOR; for any the region's ADMINISTRATOR"
        Duty::Usage => watches || role == Coordinator,
    }
}

/// Who asks, and how the patient stands to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) role: Role,
    pub(super) relation: Relation,
    pub(super) state: State,
}

impl Cell {
    /// Whether the caller's role is for `duty`.
    pub(super) fn has(self, duty: Duty) -> bool {
        has(self.role, duty)
    }

    /// Whether somebody else's entry of this kind is seen: the organisation has accepted, a consent permits, and
    /// none denies. The custodian organisation has a consent of its own.
    pub(super) fn sees(self, content: Content) -> bool {
        let is_consented = match (self.relation, self.state) {
            (Relation::Custodian, state) => state != State::Denied,
            (Relation::Member, State::Permit) => true,
            (Relation::Member, State::OtherCategory) => content == Content::Laboratory,
            _ => false,
        };
        is_consented && self.has(Duty::See)
    }

    /// Whether anything of the patient is seen.
    pub(super) fn sees_something(self) -> bool {
        self.sees(Content::VisitNote) || self.sees(Content::Laboratory)
    }

    /// Whether one's own entries are seen: also without a consent, unless one denies it, while the organisation
    /// is in the care team.
    pub(super) fn sees_own(self) -> bool {
        let is_there = matches!(self.relation, Relation::Custodian | Relation::Member);
        is_there && self.state != State::Denied && self.has(Duty::See)
    }
}
