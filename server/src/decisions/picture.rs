//! The table as a reviewer reads it: every cell of every row.

use std::fmt::Write as _;

use renkei_domain::Reason;
use renkei_domain::identity::Role;

use super::cell::{Cell, Relation, State};
use super::rule::Expect;
use super::table::{Audit, NOT_HERE, Place, Row, TABLE};

const LEGEND: &str = "\
Across: how the caller's organisation stands to the patient, and in each the consents that name it:
  n none, p permit, o another category only, e expired, y not yet, w withdrawn, d denied.
Down: the caller's role. In the cells:
  + done             - answered, without it        . NOT_FOUND
  r ROLE_NOT_ALLOWED c CUSTODIAN_ONLY              k CATEGORY_NOT_CONSENTED
  a INVITATION_ANSWERED                            m MEMBER_IS_CUSTODIAN
  o CUSTODIAN_NOT_OFFERED                          i REVIEWER_INVOLVED
  d BREAK_GLASS_DENIED                             n BREAK_GLASS_NOT_NEEDED
";

/// All rows.
pub(super) fn picture() -> String {
    let mut picture = LEGEND.to_owned();
    for row in TABLE.into_iter().flatten() {
        let of = if row.of.is_empty() { String::new() } else { format!(", {}", row.of) };
        write!(picture, "\n{}{of}\n  {:?}{}\n ", row.rpc, row.rule, record(row.audit)).unwrap();
        for relation in Relation::ALL {
            write!(picture, " {:<9}", format!("{relation:?}").to_lowercase()).unwrap();
        }
        writeln!(picture, "\n {}", " npoeywd  ".repeat(Relation::ALL.len()).trim_end()).unwrap();
        for (line, roles) in lines(row) {
            writeln!(picture, "{line}{roles}").unwrap();
        }
    }
    picture.push_str("\nNot here:\n");
    for (rpc, why) in NOT_HERE {
        writeln!(picture, "  {rpc}: {why}").unwrap();
    }
    picture
}

fn record(audit: Audit) -> String {
    let Some(action) = audit.action else { return String::new() };
    let name = |place| match place {
        Place::Patient => "the patient",
        Place::NewPatient => "the new patient",
        Place::Region => "the region",
    };
    let (done, refused) = (name(audit.done), name(audit.refused));
    if done == refused {
        format!("; {action} of {done}")
    } else {
        format!("; {action} of {done}, refused of {refused}")
    }
}

/// Roles that have the same cells share a line.
fn lines(row: &Row) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for &role in Role::ALL {
        let mut line = String::from(" ");
        for relation in Relation::ALL {
            line.push(' ');
            line.extend(State::ALL.map(|state| sign(row.rule.expect(Cell { role, relation, state }))));
            line.push_str("  ");
        }
        match lines.iter_mut().find(|(same, _)| *same == line) {
            Some((_, roles)) => {
                roles.push(' ');
                roles.push_str(role.as_str());
            }
            None => lines.push((line, role.to_string())),
        }
    }
    if let [(_, roles)] = lines.as_mut_slice() {
        *roles = "every role".to_owned();
    }
    lines
}

fn sign(expect: Expect) -> char {
    match expect {
        Expect::Done => '+',
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
        Expect::Refused(other) => panic!("{other} has no sign"),
    }
}
