//! Who has looked at a record, when and as what (開示, R10): audit events in plain terms, a row for what somebody did in
//! one go.

use std::time::Duration;

use uuid::Uuid;

use crate::audit::{Action, AuditEvent, Seqs};
use crate::error::Reason;
use crate::id::{
    AuditEventId, BreakGlassId, ConsentId, OrganizationId, PatientId, PersonId, ServiceAccountId, SessionId,
};
use crate::identity::{Actor, Purpose, Role};
use crate::text_enum::text_enum;
use crate::time::Timestamp;

/// What is so far apart is not one go.
const PAUSE: Duration = Duration::from_secs(30 * 60);

text_enum! {
    /// What was done, in plain terms. An event has one: the first of these that is true of it.
    pub enum Kind {
        /// Maintenance at the console of the server.
        Maintenance = "MAINTENANCE",
        /// It was refused.
        Refused = "REFUSED",
        /// The record was opened in an emergency, or something was done under that.
        Emergency = "EMERGENCY",
        /// A file was opened.
        FileOpened = "FILE_OPENED",
        /// Entries were searched for.
        Searched = "SEARCHED",
        /// Something of the record was looked at.
        Viewed = "VIEWED",
        /// What was done to the record left the region as a file.
        Exported = "EXPORTED",
        /// What was done to the record was looked at.
        LogViewed = "LOG_VIEWED",
        /// The record was changed.
        Changed = "CHANGED",
    }
}

impl Kind {
    /// The kind of an event.
    pub fn of(event: &AuditEvent) -> Self {
        if event.operator.is_some() {
            return Self::Maintenance;
        }
        if event.reason.is_some() {
            return Self::Refused;
        }
        match event.action {
            Action::BreakGlass => Self::Emergency,
            _ if event.break_glass.is_some() => Self::Emergency,
            Action::AttachmentRead => Self::FileOpened,
            Action::EntrySearch => Self::Searched,
            Action::PatientRead
            | Action::CareTeamRead
            | Action::ConsentRead
            | Action::EntryRead
            | Action::ReadersRead
            | Action::AccessRead
            | Action::BreakGlassRead => Self::Viewed,
            Action::AuditExport => Self::Exported,
            Action::AuditRead | Action::ProvisionRead => Self::LogViewed,
            _ => Self::Changed,
        }
    }

    /// Whether different actions of this kind make one row.
    fn is_one_look(self) -> bool {
        matches!(self, Self::Searched | Self::Viewed | Self::LogViewed | Self::Emergency)
    }
}

/// What one person did in one go: events of one kind in one session and on the same ground, none more than half an hour
/// behind the one before.
#[derive(Clone, Debug)]
pub struct Access {
    /// The earliest event.
    pub id: AuditEventId,
    /// When it was.
    pub first: Timestamp,
    /// When the latest was.
    pub last: Timestamp,
    /// Who; none for maintenance.
    pub actor: Option<Actor>,
    /// Whose maintenance at the console it was.
    pub operator: Option<String>,
    /// What, in plain terms.
    pub kind: Kind,
    /// What exactly: each action once, in the order in which they were found.
    pub actions: Vec<Action>,
    /// How many events.
    pub count: i64,
    /// The file, consent, member or other thing that all of them were about, if it is one.
    pub object: Option<Uuid>,
    /// The entries that were shown, found, marked or posted.
    pub seqs: Seqs,
    /// The consents it rests on.
    pub consents: Vec<ConsentId>,
    /// The emergency access it rests on.
    pub break_glass: Option<BreakGlassId>,
    /// For what it was asked for; none for maintenance.
    pub purpose: Option<Purpose>,
    /// Why it was refused.
    pub reason: Option<Reason>,
    /// The service account that acted for the person, with its name.
    pub service: Option<(ServiceAccountId, String)>,
    session: Option<SessionId>,
    patient: PatientId,
}

impl Access {
    fn new(kind: Kind, event: AuditEvent) -> Self {
        Self {
            id: event.id,
            first: event.time,
            last: event.time,
            actor: event.actor,
            operator: event.operator,
            kind,
            actions: vec![event.action],
            count: 1,
            object: event.object,
            seqs: event.seqs,
            consents: event.consents,
            break_glass: event.break_glass,
            purpose: event.purpose,
            reason: event.reason,
            service: event.service,
            session: event.session,
            patient: event.patient,
        }
    }

    /// Whether the event goes on with this.
    fn takes(&self, kind: Kind, event: &AuditEvent) -> bool {
        let is_near = event.time <= self.last.after(PAUSE) && self.first <= event.time.after(PAUSE);
        let is_same_thing =
            kind.is_one_look() || (self.actions.contains(&event.action) && self.is_about_as(event));
        self.kind == kind
            && self.session == event.session
            // a row of maintenance is of all records or of this one
            && self.patient == event.patient
            && who(self.actor.as_ref()) == who(event.actor.as_ref())
            && self.operator == event.operator
            && self.reason == event.reason
            && self.purpose == event.purpose
            && self.break_glass == event.break_glass
            && self.consents == event.consents
            && is_near
            && is_same_thing
    }

    /// Entries are told by their numbers, everything else by its id.
    fn is_about_as(&self, event: &AuditEvent) -> bool {
        self.object == event.object || !(self.seqs.0.is_empty() || event.seqs.0.is_empty())
    }

    fn add(&mut self, event: &AuditEvent) {
        if event.time < self.first {
            (self.id, self.first) = (event.id, event.time);
        }
        self.last = self.last.max(event.time);
        self.count += 1;
        self.object = self.object.filter(|object| event.object == Some(*object));
        self.seqs.merge(&event.seqs);
        if !self.actions.contains(&event.action) {
            self.actions.push(event.action);
        }
    }
}

fn who(actor: Option<&Actor>) -> Option<(PersonId, OrganizationId, Role)> {
    actor.map(|actor| (actor.person, actor.organization, actor.role))
}

/// Rows, as events come in the order of time or against it.
#[derive(Debug)]
pub struct Accesses {
    rows: Vec<Access>,
    most: usize,
    wanted: Vec<Kind>,
}

impl Accesses {
    /// At most so many rows, of these kinds; none are all.
    pub fn new(most: usize, wanted: Vec<Kind>) -> Self {
        Self { rows: Vec::new(), most, wanted }
    }

    /// Takes the next event. `false`: it would need a row too many, and belongs on the next page.
    pub fn take(&mut self, event: AuditEvent) -> bool {
        let kind = Kind::of(&event);
        if !self.wanted.is_empty() && !self.wanted.contains(&kind) {
            return true;
        }
        if let Some(row) = self.rows.iter_mut().rev().find(|row| row.takes(kind, &event)) {
            row.add(&event);
        } else if self.rows.len() < self.most {
            self.rows.push(Access::new(kind, event));
        } else {
            return false;
        }
        true
    }

    /// The rows, in the order of the events that they began with.
    pub fn into_rows(self) -> Vec<Access> {
        self.rows
    }
}

#[cfg(test)]
mod tests;
