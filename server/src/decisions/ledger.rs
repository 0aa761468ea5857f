//! Compares what must stand in the audit log with what stands there: one event for whatever was shown, done or
//! refused, in the order in which it happened, and none beside.

use renkei_domain::Timestamp;
use renkei_domain::audit::{Action, AuditEvent, Decision};

use super::run::{Due, Found};
use super::world::Region;

impl Found {
    /// Takes over what another has found.
    pub(super) fn merge(&mut self, other: Self) {
        self.decided += other.decided;
        self.differences.extend(other.differences);
        for (whose, due) in other.due {
            self.due.entry(whose).or_default().extend(due);
        }
    }

    /// Looks for everything that is due, among what happened since `begun`.
    pub(super) async fn settle(&mut self, region: &Region, begun: Timestamp) {
        let (mut read, mut events) = (None, Vec::new());
        for ((place, person), due) in std::mem::take(&mut self.due) {
            if read != Some(place) {
                (read, events) = (Some(place), region.events(place).await);
            }
            let is_theirs = |event: &&AuditEvent| event.actor.as_ref().is_some_and(|it| it.person == person);
            let here = events.iter().filter(is_theirs).filter(|event| event.time > begun);
            let difference = compare(&due, &here.collect::<Vec<_>>());
            self.differences.extend(difference.map(|difference| format!("audit of {place}: {difference}")));
        }
    }
}

/// The first event that is missing or too many.
fn compare(due: &[Due], found: &[&AuditEvent]) -> Option<String> {
    let mut left = due.iter();
    let mut last: Option<&Due> = None;
    for event in found {
        let wanted = left.as_slice().first();
        if wanted.is_some_and(|due| is(due, event)) {
            last = left.next();
        } else if !last.is_some_and(|due| may_come_again(due) && is(due, event)) {
            let AuditEvent { action, decision, reason, .. } = event;
            let wanted = wanted.map_or("nothing", |due| due.call.as_str());
            return Some(format!("{action} {decision} {reason:?} where that of {wanted} was due"));
        }
    }
    left.next().map(|due| format!("nothing of {}", due.call))
}

fn is(due: &Due, event: &AuditEvent) -> bool {
    let decision = if due.refused.is_some() { Decision::Deny } else { Decision::Permit };
    (event.action, event.decision, event.reason) == (due.action, decision, due.refused)
}

/// A stream whose entries were read longer ago than a moment reads them again, and puts that on record.
fn may_come_again(due: &Due) -> bool {
    due.action == Action::EntryRead && due.call.starts_with("TimelineService/Watch")
}
