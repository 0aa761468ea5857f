//! The table as a reviewer reads it: every cell of every row. Rows that have the same cells share them.

use std::fmt::Write as _;

use renkei_domain::Reason;
use renkei_domain::identity::Role;

use super::cell::{Cell, Relation, State};
use super::rule::Expect;
use super::table::{NOT_HERE, Place, Row, TABLE};

const LEGEND: &str = "\
Above the cells: the calls that they are about, with rule and audit event.
Across: how the caller's organisation stands to the patient, and in each the consents that name it:
  n none, p permit, o another category only, e expired, y not yet, w withdrawn, d denied.
Down: the caller's role. In the cells:
  + done    ~ something of the patient, but not this    - nothing of the patient    . NOT_FOUND
  r ROLE_NOT_ALLOWED       c CUSTODIAN_ONLY             k CATEGORY_NOT_CONSENTED
  a INVITATION_ANSWERED    m MEMBER_IS_CUSTODIAN        o CUSTODIAN_NOT_OFFERED
  d BREAK_GLASS_DENIED     n BREAK_GLASS_NOT_NEEDED     i REVIEWER_INVOLVED
  w NOT_OWN_ORGANIZATION
";

/// All rows.
pub(super) fn picture() -> String {
    let mut grids: Vec<(String, String)> = Vec::new();
    for row in TABLE.into_iter().flatten() {
        let (title, grid) = (title(row), grid(row));
        match grids.iter_mut().find(|(_, same)| *same == grid) {
            Some((titles, _)) => titles.push_str(&title),
            None => grids.push((title, grid)),
        }
    }
    let mut picture = LEGEND.to_owned();
    for (titles, grid) in grids {
        write!(picture, "\n{titles}{grid}").unwrap();
    }
    picture.push_str("\nNot here:\n");
    for (rpc, why) in NOT_HERE {
        writeln!(picture, "{rpc}: {why}").unwrap();
    }
    picture
}

fn title(row: &Row) -> String {
    let of = if row.of.is_empty() { String::new() } else { format!(" {}", row.of) };
    let event = match row.audit.action {
        None => "no event".to_owned(),
        Some(action) if row.audit.done == Place::Region => format!("{action} of the region"),
        Some(action) => action.to_string(),
    };
    format!("{}{of}: {:?}, {event}\n", row.rpc, row.rule)
}

/// A line for each role; roles that have the same cells share one.
fn grid(row: &Row) -> String {
    let mut lines: Vec<(String, Vec<Role>)> = Vec::new();
    for &role in Role::ALL {
        let cells = |relation| {
            let sign = |state| sign(row.rule.expect(Cell { role, relation, state }));
            State::ALL.into_iter().map(sign).collect::<String>()
        };
        let line = across(cells);
        match lines.iter_mut().find(|(same, _)| *same == line) {
            Some((_, roles)) => roles.push(role),
            None => lines.push((line, vec![role])),
        }
    }
    let mut grid = across(|relation| format!("{relation:?}").to_lowercase()).trim_end().to_owned();
    grid.push('\n');
    grid.push_str(across(|_| "npoeywd".to_owned()).trim_end());
    grid.push('\n');
    for (line, roles) in lines {
        writeln!(grid, "{line}{}", named(&roles)).unwrap();
    }
    grid
}

fn across(column: impl Fn(Relation) -> String) -> String {
    Relation::ALL.into_iter().map(|relation| format!("  {:<9}", column(relation))).collect()
}

fn named(roles: &[Role]) -> String {
    let names = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ");
    let others: Vec<Role> = Role::ALL.iter().copied().filter(|role| !roles.contains(role)).collect();
    match others.len() {
        0 => "every role".to_owned(),
        1..=4 => format!("every role but {}", names(&others)),
        _ => names(roles),
    }
}

fn sign(expect: Expect) -> char {
    match expect {
        Expect::Done => '+',
        Expect::SomethingElse => '~',
        Expect::Without => '-',
        Expect::Refused(Reason::NotFound) => '.',
        Expect::Refused(Reason::RoleNotAllowed) => 'r',
        Expect::Refused(Reason::CustodianOnly) => 'c',
        Expect::Refused(Reason::CategoryNotConsented) => 'k',
        Expect::Refused(Reason::InvitationAnswered) => 'a',
        Expect::Refused(Reason::MemberIsCustodian) => 'm',
        Expect::Refused(Reason::CustodianNotOffered) => 'o',
        Expect::Refused(Reason::ReviewerInvolved) => 'i',
        Expect::Refused(Reason::BreakGlassDenied) => 'd',
        Expect::Refused(Reason::BreakGlassNotNeeded) => 'n',
        Expect::Refused(Reason::NotOwnOrganization) => 'w',
        Expect::Refused(other) => panic!("{other} has no sign"),
    }
}
