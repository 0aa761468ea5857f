//! Goes through the table with everybody of one organisation, and notes what is not as it stands there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use renkei_domain::Reason;
use renkei_domain::audit::{Action, AuditEvent, Decision};
use renkei_domain::id::PersonId;
use renkei_domain::identity::Role;
use tonic::Code;
use uuid::Uuid;

use super::calls::{About, Before, Notes, new_id};
use super::cell::Cell;
use super::line::Refusal;
use super::rule::Expect;
use super::table::{Audit, Place, Row, TABLE};
use super::world::{Region, Setting};

/// What a role is answered about a patient who does not exist, by row.
pub(super) type Unknown = HashMap<(Role, &'static str, &'static str), Refusal>;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// How many cells were asked.
    pub(super) decided: usize,
    /// What is not as it stands in the table.
    pub(super) differences: Vec<String>,
    /// What must stand in the audit log, by patient and person; of the region under the nil id.
    due: BTreeMap<(Uuid, PersonId), Vec<Due>>,
}

/// An audit event that a call must have left.
struct Due {
    row: String,
    action: Action,
    refused: Option<Reason>,
}

/// Asks about a patient who does not exist, in every role: the answer must be NOT_FOUND, and on record.
pub(super) async fn ask_in_vain(region: &Region, setting: &Setting) -> (Unknown, Found) {
    let (mut unknown, mut found) = (Unknown::new(), Found::default());
    for about in &setting.abouts {
        for row in TABLE.into_iter().flatten().filter(|row| row.audit.refused == Place::Patient) {
            let nobody = Uuid::parse_str(&new_id()).unwrap();
            let about = About { patient: nobody.to_string(), ..about.clone() };
            let frames = (row.call.request)(&about, &Notes::new(&about));
            let name = format!("{} of nobody, {}", title(row), about.caller.actor.role);
            match region.line.call(Some(&about.caller), row.rpc, frames).await {
                Err(refusal) if refusal.reason == Some(Reason::NotFound) => {
                    unknown.insert((about.caller.actor.role, row.rpc, row.of), refusal);
                }
                other => found.differences.push(format!("{name}: {other:?}")),
            }
            found.owe(nobody, &about, row.audit, Some(Reason::NotFound), name);
        }
    }
    found.settle(region).await;
    (unknown, found)
}

/// Goes through the whole table with everybody.
pub(super) async fn go_through(region: &Region, setting: &Setting, unknown: &Unknown) -> Found {
    let mut found = Found::default();
    let begun = region.clock_now();
    for section in TABLE {
        for about in &setting.abouts {
            let mut notes = Notes::new(about);
            for row in section {
                found.decide(region, setting, unknown, row, about, &mut notes).await;
            }
        }
    }
    found.settle_since(region, begun).await;
    found
}
