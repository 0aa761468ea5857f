//! Events of the region, which concern no patient, and refusals: by who acted for which organisation, and by whom an
//! act concerned. It is part of [`crate::audit`].

use renkei_domain::Timestamp;
use renkei_domain::audit::{Action, AuditEvent, Decision};
use renkei_domain::id::{AuditEventId, OrganizationId, PersonId};
use uuid::Uuid;

use crate::audit::{EventRow, events, first_id};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Those of `$from` for which `$which` holds, newest first: before `$1`, from `$2` on, of action `$3` and decision `$4`
/// where these are given, at most `$5`.
macro_rules! events_of_region {
    ($from:literal, $which:literal) => {
        events!(from $from where concat!(
            "e.event_id < $1 AND e.event_id >= $2 AND e.action = COALESCE($3, e.action) \
             AND e.decision = COALESCE($4, e.decision) AND ",
            $which,
            " LIMIT $5"
        ))
    };
}

statements! {
    ALL_BEFORE = events_of_region!("audit_event e", "e.epoch IS NULL ORDER BY e.event_id DESC");
    OF_ORGANIZATION_BEFORE = events_of_region!("audit_event e",
        "e.epoch IS NULL AND e.organization_id = $6 ORDER BY e.event_id DESC");
    OF_PERSON_BEFORE = events_of_region!("audit_event e", "e.epoch IS NULL AND e.person_id = $6 \
        AND e.organization_id = COALESCE($7, e.organization_id) ORDER BY e.event_id DESC");
    CONCERNING_BEFORE = events_of_region!(
        "audit_concern c JOIN audit_event e ON e.patient_id = $6 AND e.event_id = c.event_id",
        "c.concerned_id = $7 AND c.event_id < $1 AND c.event_id >= $2 \
         AND EXISTS (SELECT 1 FROM audit_concern o WHERE o.concerned_id = COALESCE($8, c.concerned_id) \
             AND o.event_id = c.event_id) \
         ORDER BY c.event_id DESC"
    );
    CONCERN = "INSERT INTO audit_concern (concerned_id, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}

/// Which events are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// What was done for this organisation, and by others to it and its people.
    pub organization: Option<OrganizationId>,
    /// What this person did, and what others did to the account.
    pub person: Option<PersonId>,
    /// Of this action only.
    pub action: Option<Action>,
    /// Decided so only.
    pub decision: Option<Decision>,
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
}

/// The events of the region and the refusals before the one with id `before`, newest first.
///
/// # Errors
/// As every query.
pub async fn of_region(
    conn: &mut Conn,
    wanted: &Wanted,
    before: AuditEventId,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let (before, from) = (before.0.min(first_id(wanted.until)), first_id(wanted.from));
    let action = wanted.action.map(Action::as_str);
    let decision = wanted.decision.map(Decision::as_str);
    let organization = wanted.organization.map(|id| id.0);
    macro_rules! rows {
        ($sql:ident $(, $bind:expr)*) => {
            run!(conn, all EventRow: $sql, before, from, action, decision, limit $(, $bind)*)?
        };
    }
    let (mut rows, concerned) = match (organization, wanted.person) {
        (None, None) => (rows!(ALL_BEFORE), None),
        (Some(organization), None) => {
            (rows!(OF_ORGANIZATION_BEFORE, organization), Some((organization, None)))
        }
        (_, Some(person)) => {
            (rows!(OF_PERSON_BEFORE, person.0, organization), Some((person.0, organization)))
        }
    };
    if let Some((concerned, organization)) = concerned {
        rows.extend(rows!(CONCERNING_BEFORE, Uuid::nil(), concerned, organization));
    }
    let mut events = rows.into_iter().map(EventRow::into_event).collect::<Result<Vec<_>, _>>()?;
    events.sort_by_key(|event| std::cmp::Reverse(event.id));
    events.dedup_by_key(|event| event.id);
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(events)
}

/// Notes the people and organisations that an event of the region concerns, besides who acted.
///
/// # Errors
/// As every query.
pub async fn concerns(
    tx: &mut Tx,
    event: AuditEventId,
    concerned: impl IntoIterator<Item = Uuid>,
) -> Result<(), StoreError> {
    for concerned in concerned {
        run!(tx, CONCERN, concerned, event.0)?;
    }
    Ok(())
}
