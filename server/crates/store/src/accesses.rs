//! A patient's audit events with the maintenance of the whole region between them, for whoever asks who has looked at the
//! record. It is part of [`crate::audit`].

use renkei_domain::access::Audit;
use renkei_domain::audit::AuditEvent;
use renkei_domain::id::{AuditEventId, OrganizationId, PersonId};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::audit::{EventRow, events, first_id};
use crate::sql::{run, statements};
use crate::{Conn, StoreError};

/// A patient's events from `$2` on and before `$3`, where it is given done for organisation `$4` and by person `$5`.
macro_rules! of_patient {
    ($order:literal) => {
        events!(from "audit_event e" where concat!(
            "e.patient_id = $1 AND e.event_id >= $2 AND e.event_id < $3 \
             AND (e.organization_id = $4 OR $4 IS NULL) AND (e.person_id = $5 OR $5 IS NULL) \
             ORDER BY e.event_id ", $order, " LIMIT $6"
        ))
    };
}

/// Maintenance that concerns no patient alone; `$1` is the nil id.
macro_rules! of_region {
    ($order:literal) => {
        events!(from "audit_event e" where concat!(
            "e.operator IS NOT NULL AND e.patient_id = $1 AND e.event_id >= $2 AND e.event_id < $3 \
             ORDER BY e.event_id ", $order, " LIMIT $4"
        ))
    };
}

statements! {
    OLDEST = of_patient!("ASC");
    NEWEST = of_patient!("DESC");
    REGION_OLDEST = of_region!("ASC");
    REGION_NEWEST = of_region!("DESC");
}

/// Which events are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Done for this organisation only.
    pub organization: Option<OrganizationId>,
    /// Done by this person only.
    pub person: Option<PersonId>,
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
    /// Oldest first, else newest first.
    pub oldest_first: bool,
}

/// The patient's events behind the one with id `behind` in the order that is wanted, or from the beginning; with the
/// maintenance of the region, unless an organisation or a person is asked for.
///
/// # Errors
/// As every query.
pub async fn page(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    wanted: &Wanted,
    behind: Option<AuditEventId>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let (mut first, mut end) = (first_id(wanted.from), first_id(wanted.until));
    match behind {
        Some(AuditEventId(id)) if wanted.oldest_first => {
            first = first.max(Uuid::from_u128(id.as_u128().saturating_add(1)));
        }
        Some(AuditEventId(id)) => end = end.min(id),
        None => {}
    }
    let patient = permit.patient().0;
    let (organization, person) = (wanted.organization.map(|id| id.0), wanted.person.map(|id| id.0));
    let is_of_anybody = organization.is_none() && person.is_none();
    let mut rows = if wanted.oldest_first {
        run!(conn, all EventRow: OLDEST, patient, first, end, organization, person, limit)?
    } else {
        run!(conn, all EventRow: NEWEST, patient, first, end, organization, person, limit)?
    };
    if is_of_anybody {
        rows.extend(if wanted.oldest_first {
            run!(conn, all EventRow: REGION_OLDEST, Uuid::nil(), first, end, limit)?
        } else {
            run!(conn, all EventRow: REGION_NEWEST, Uuid::nil(), first, end, limit)?
        });
    }
    let mut events = rows.into_iter().map(EventRow::into_event).collect::<Result<Vec<_>, _>>()?;
    events.sort_by_key(|event| event.id);
    if !wanted.oldest_first {
        events.reverse();
    }
    // both were read as far as the limit goes: what is in order up to there is complete
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(events)
}
