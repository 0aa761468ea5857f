//! Goes through the table with everybody of one organisation, and notes what is not as it stands there.

use std::collections::{BTreeMap, HashMap};

use renkei_domain::audit::Action;
use renkei_domain::id::PersonId;
use renkei_domain::identity::Role;
use renkei_domain::{Clock as _, Reason};
use tonic::Code;
use uuid::Uuid;

use super::calls::{About, Before, Notes, new_id};
use super::cell::Cell;
use super::line::Refusal;
use super::rule::Expect;
use super::table::{Place, Row, TABLE};
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
    /// What must stand in the audit log, by patient and person; that of the region under the nil id.
    pub(super) due: BTreeMap<(Uuid, PersonId), Vec<Due>>,
}

/// An audit event that a call must have left.
pub(super) struct Due {
    /// Which call.
    pub(super) call: String,
    pub(super) action: Action,
    pub(super) refused: Option<Reason>,
}

impl Found {
    /// Asks about a patient who does not exist, in every role: the answer is NOT_FOUND, and goes on record.
    pub(super) async fn ask_in_vain(&mut self, region: &Region, setting: &Setting) -> Unknown {
        let mut unknown = Unknown::new();
        for about in &setting.abouts {
            for row in TABLE.into_iter().flatten().filter(|row| row.audit.refused == Place::Patient) {
                let nobody = Uuid::parse_str(&new_id()).unwrap();
                let about = About { patient: nobody.to_string(), ..about.clone() };
                let call = format!("{}, {} about nobody", title(row), about.caller.actor.role);
                let frames = (row.call.request)(&about, &Notes::new(&about));
                match region.line.call(&about.caller, row.rpc, frames).await {
                    Err(refusal) if refusal.reason == Reason::NotFound => {
                        unknown.insert((about.caller.actor.role, row.rpc, row.of), refusal);
                    }
                    other => self.differences.push(format!("{call}: {other:?}")),
                }
                self.owe(row, nobody, &about, Some(Reason::NotFound), call);
            }
        }
        unknown
    }

    /// Asks everything with everybody.
    pub(super) async fn go_through(&mut self, region: &Region, setting: &Setting, unknown: &Unknown) {
        for about in &setting.abouts {
            let person = about.caller.actor.person;
            // also of somebody who leaves no event, none must be found
            for place in [setting.patient, Uuid::nil()] {
                self.due.entry((place, person)).or_default();
            }
        }
        for section in TABLE {
            for about in &setting.abouts {
                let mut notes = Notes::new(about);
                for row in section {
                    self.decide(region, setting, unknown, row, about, &mut notes).await;
                }
            }
        }
    }

    async fn decide(
        &mut self,
        region: &Region,
        setting: &Setting,
        unknown: &Unknown,
        row: &'static Row,
        about: &About,
        notes: &mut Notes,
    ) {
        let role = about.caller.actor.role;
        let cell = Cell { role, relation: setting.relation, state: setting.state };
        let call = format!("{}, {role} {:?} {:?}", title(row), cell.relation, cell.state);
        let expected = row.rule.expect(cell);
        if matches!(expected, Expect::Done | Expect::Refused(Reason::ReviewerInvolved))
            && let Some(before) = row.call.before
        {
            self.prepare(before, region, setting, about, notes).await;
        }

        self.decided += 1;
        let answer = region.line.call(&about.caller, row.rpc, (row.call.request)(about, notes)).await;
        let was = match &answer {
            Ok(frame) => (row.call.shows)(about, frame),
            Err(refusal) => Expect::Refused(refusal.reason),
        };
        if was != expected {
            self.differences.push(format!("{call}: {was:?} instead of {expected:?}"));
        }
        if was == Expect::Done {
            (row.call.note)(notes, answer.as_deref().unwrap_or_default());
        }

        match &answer {
            Ok(_) if was == Expect::Without => {}
            Ok(_) if row.audit.done == Place::NewPatient => {
                let registered = notes.registered.as_deref().unwrap();
                self.owe(row, registered.parse().unwrap(), about, None, call);
            }
            Ok(_) => self.owe(row, place_of(row.audit.done, setting), about, None, call),
            Err(refusal) => {
                let same = unknown.get(&(role, row.rpc, row.of));
                if refusal.reason == Reason::NotFound && same.is_some_and(|unknown| unknown != refusal) {
                    self.differences.push(format!("{call}: not as for a patient who does not exist"));
                }
                // whoever may, but not now, is not refused
                if matches!(refusal.code, Code::NotFound | Code::PermissionDenied) {
                    self.owe(row, place_of(row.audit.refused, setting), about, Some(refusal.reason), call);
                }
            }
        }
        if was == Expect::Done
            && let Some(after) = row.call.after
        {
            setting.restore(region, after, &notes.emergency).await;
        }
    }

    async fn prepare(
        &mut self,
        before: Before,
        region: &Region,
        setting: &Setting,
        about: &About,
        notes: &mut Notes,
    ) {
        let now = region.clock.now();
        match before {
            Before::Paper => {
                notes.paper = new_id();
                setting.upload(region, &about.caller, notes.paper.clone()).await;
                let due = Due { call: "a paper".into(), action: Action::AttachmentUpload, refused: None };
                self.due.entry((setting.patient, about.caller.actor.person)).or_default().push(due);
            }
            Before::Emergency => {
                notes.emergency = region.emergency(setting.patient, &region.colleague, now).await;
            }
            Before::OwnEmergency => {
                notes.emergency = region.emergency(setting.patient, &about.caller, now).await;
            }
            Before::Device => notes.device = region.device_of(&notes.person).await,
            Before::Service => notes.service = region.service_of(about.caller.actor.organization).await,
        }
    }

    fn owe(&mut self, row: &Row, place: Uuid, about: &About, refused: Option<Reason>, call: String) {
        let Some(action) = row.audit.action else { return };
        let due = Due { call, action, refused };
        self.due.entry((place, about.caller.actor.person)).or_default().push(due);
    }
}

fn place_of(place: Place, setting: &Setting) -> Uuid {
    if place == Place::Region { Uuid::nil() } else { setting.patient }
}

fn title(row: &Row) -> String {
    if row.of.is_empty() { row.rpc.to_owned() } else { format!("{} {}", row.rpc, row.of) }
}
