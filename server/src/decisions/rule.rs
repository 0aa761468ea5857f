//! The rules that the rows of the table name: what each says about a cell. They are written from the comments in
//! the proto and from the design, and never ask the server's own access rule.

use renkei_domain::Reason;

use super::cell::{Cell, Content, Duty, Relation, State};

/// How a call must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// It is done, and what was asked for is shown.
    Done,
    /// Something of the patient is shown, but not what was looked for.
    SomethingElse,
    /// It is answered, and nothing of the patient is in the answer.
    Without,
    /// It is refused.
    Refused(Reason),
}

use Expect::{Done, Refused, SomethingElse, Without};

const NOT_FOUND: Expect = Refused(Reason::NotFound);
const ROLE_NOT_ALLOWED: Expect = Refused(Reason::RoleNotAllowed);

/// Who may.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A session.
    Anyone,
    /// A session in a role that is for this, whichever patient it is about.
    InRole(Duty),
    /// The region's administrator, of whatever organisation it is; others only of their own, which it is not.
    OfAnother(Duty),
    /// A permitted member of the care team.
    Read,
    /// Who sees somebody else's entry of this kind.
    Entry(Content),
    /// Who sees their own entry.
    OwnEntry,
    /// The same in a page of the timeline or a search, which is also there for those who see their own entries only.
    Page(Content),
    /// One's own entries in such a page.
    OwnPage,
    /// The same over all patients: who sees nothing finds nothing.
    Inbox(Content),
    /// Finds the patient in a list of those who are seen.
    Listed,
    /// Finds the invitation in a list of those that wait.
    Invitations,
    /// Finds the emergency access in a list of those to the custodian organisation's patients.
    Emergencies,
    /// A permitted member, or the custodian organisation in a role that is for this.
    Papers(Duty),
    /// Those of the custodian organisation, which keeps the papers, who see anything or manage consent.
    KeptPaper,
    /// The custodian organisation, in a role that is for this.
    Manage(Duty),
    /// The same of what was done to the record; also its privacy officer, who sees nothing of the patient.
    Audit,
    /// The same, but nobody about what they did themselves.
    ReviewOwn,
    /// A member who is permitted the category, in a role that posts such entries.
    Post(Content),
    /// A permitted member in a role that posts, or whoever records consents on paper.
    Upload,
    /// A member of the care team, also an invited one or one without a consent.
    Ask,
    /// The invited organisation.
    AnswerInvitation,
    /// An accepted organisation other than the custodian.
    Leave,
    /// An accepted organisation, in a role that assigns staff.
    AssignStaff,
    /// The organisation that was asked: the member, in these cells.
    AnswerOffer,
    /// A member in a role that meets emergencies.
    BreakGlass,
}

impl Rule {
    /// What the rule says about `cell`.
    pub(super) fn expect(self, cell: Cell) -> Expect {
        match self {
            Self::Anyone => Done,
            Self::InRole(duty) => or(cell.has(duty), ROLE_NOT_ALLOWED),
            Self::OfAnother(duty) if !cell.has(duty) => ROLE_NOT_ALLOWED,
            Self::OfAnother(_) => or(cell.has(Duty::Administer), Refused(Reason::NotOwnOrganization)),
            Self::Read => or(cell.sees_something(), NOT_FOUND),
            Self::Entry(content) => or(cell.sees(content), NOT_FOUND),
            Self::OwnEntry => or(cell.sees_own(), NOT_FOUND),
            Self::Page(_) | Self::OwnPage if !cell.sees_something() && !cell.sees_own() => NOT_FOUND,
            Self::Page(content) => or(cell.sees(content), SomethingElse),
            Self::OwnPage => or(cell.sees_own(), SomethingElse),
            Self::Inbox(_) | Self::Listed if !cell.sees_something() => Without,
            Self::Inbox(content) => or(cell.sees(content), SomethingElse),
            Self::Listed => Done,
            Self::Invitations if !cell.has(Duty::Answer) => ROLE_NOT_ALLOWED,
            Self::Invitations => or(cell.relation == Relation::Invited, Without),
            Self::Emergencies if !cell.has(Duty::Review) => ROLE_NOT_ALLOWED,
            Self::Emergencies => or(cell.relation == Relation::Custodian, Without),
            Self::Papers(duty) => or(cell.sees_something() || is_managed(cell, duty), NOT_FOUND),
            Self::KeptPaper => {
                let is_custodian = cell.relation == Relation::Custodian;
                or(is_custodian && (cell.sees_something() || cell.has(Duty::Consent)), NOT_FOUND)
            }
            Self::Manage(duty) => manage(cell, duty),
            Self::Audit => manage(cell, Duty::Audit),
            Self::ReviewOwn => match manage(cell, Duty::Review) {
                Done => Refused(Reason::ReviewerInvolved),
                refused => refused,
            },
            Self::Post(content) => post(cell, content),
            // every role that sees patients posts something
            Self::Upload => or(cell.sees_something() || is_managed(cell, Duty::Consent), NOT_FOUND),
            Self::Ask => or(cell.has(Duty::See) && has_place(cell), NOT_FOUND),
            Self::AnswerInvitation => in_place(cell, Duty::Answer, |relation| match relation {
                Relation::Invited => Done,
                _ => Refused(Reason::InvitationAnswered),
            }),
            Self::Leave => in_place(cell, Duty::Answer, |relation| match relation {
                Relation::Custodian => Refused(Reason::MemberIsCustodian),
                Relation::Member => Done,
                _ => NOT_FOUND,
            }),
            Self::AssignStaff => in_place(cell, Duty::Assign, |relation| match relation {
                Relation::Custodian | Relation::Member => Done,
                _ => NOT_FOUND,
            }),
            Self::AnswerOffer => in_place(cell, Duty::Register, |relation| match relation {
                Relation::Custodian => Refused(Reason::CustodianNotOffered),
                Relation::Member => Done,
                _ => NOT_FOUND,
            }),
            Self::BreakGlass => break_glass(cell),
        }
    }
}

fn or(is_done: bool, otherwise: Expect) -> Expect {
    if is_done { Done } else { otherwise }
}

/// Whether the organisation is invited or accepted.
fn has_place(cell: Cell) -> bool {
    matches!(cell.relation, Relation::Custodian | Relation::Member | Relation::Invited)
}

/// Whether the caller does what falls to the custodian organisation. That does not depend on what consent shows:
/// a consent that shuts the custodian out can be mended by it.
fn is_managed(cell: Cell, duty: Duty) -> bool {
    cell.relation == Relation::Custodian && cell.has(duty)
}

fn manage(cell: Cell, duty: Duty) -> Expect {
    if is_managed(cell, duty) {
        Done
    } else if cell.relation == Relation::Custodian && cell.has(Duty::See) {
        ROLE_NOT_ALLOWED
    } else if cell.sees_something() {
        Refused(Reason::CustodianOnly)
    } else {
        NOT_FOUND
    }
}

fn post(cell: Cell, content: Content) -> Expect {
    let duty = match content {
        Content::VisitNote => Duty::PostVisitNote,
        Content::Laboratory => Duty::PostLaboratory,
    };
    if !cell.sees_something() {
        NOT_FOUND
    } else if !cell.has(duty) {
        ROLE_NOT_ALLOWED
    } else {
        or(cell.sees(content), Refused(Reason::CategoryNotConsented))
    }
}

/// About the organisation's own place in the care team, which its people may know of: the role is asked for first.
fn in_place(cell: Cell, duty: Duty, expect: impl FnOnce(Relation) -> Expect) -> Expect {
    if !has_place(cell) {
        NOT_FOUND
    } else if cell.has(duty) {
        expect(cell.relation)
    } else {
        ROLE_NOT_ALLOWED
    }
}

/// It lifts a missing consent, of restricted content too, and never an explicit denial.
fn break_glass(cell: Cell) -> Expect {
    let is_member = matches!(cell.relation, Relation::Custodian | Relation::Member);
    if !is_member || !cell.has(Duty::See) {
        NOT_FOUND
    } else if !cell.has(Duty::Emergency) {
        ROLE_NOT_ALLOWED
    } else if cell.state == State::Denied {
        Refused(Reason::BreakGlassDenied)
    } else if cell.relation == Relation::Custodian {
        Refused(Reason::BreakGlassNotNeeded)
    } else {
        Done
    }
}
