//! Audit events. They are only ever added.

use futures::future::BoxFuture;
use renkei_domain::access::Audit;
use renkei_domain::audit::{Act, AuditEvent, Decision};
use renkei_domain::id::{
    AuditEventId, BreakGlassId, ConsentId, OrganizationId, PatientId, PersonId, ServiceAccountId, SessionId,
    uuid_v7,
};
use renkei_domain::identity::Actor;
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::engine::{Kind, sizes};
use crate::row::actor_binds;
use crate::sql::{Value, run, run_values, statements, values};
use crate::{Conn, Store, StoreError, Tx, dialect};

/// Columns and joins of the queries that return events: a patient's, or those of `from` for which `where` holds.
macro_rules! events {
    ($rest:literal) => {
        $crate::audit::events!(from "audit_event e" where concat!("e.patient_id = $1 ", $rest))
    };
    (from $from:literal where $where:expr) => {
        concat!(
            "SELECT e.patient_id, e.event_id, e.happened_at, e.action, e.decision, e.reason, e.object_id, e.seqs, e.consents, \
             e.purpose, e.break_glass_id, e.session_id, e.operator, e.revision, \
             e.service_account_id, v.name AS service_account_name, \
             p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, e.role \
             FROM ",
            $from,
            " LEFT JOIN person p ON p.person_id = e.person_id \
             LEFT JOIN organization o ON o.organization_id = e.organization_id \
             LEFT JOIN service_account v ON v.service_account_id = e.service_account_id WHERE ",
            $where
        )
    };
}

pub(crate) use events;

statements! {
    BEFORE = events!("AND e.event_id < $2 ORDER BY e.event_id DESC LIMIT $3");
    PROVISIONS_AFTER = events!("AND e.event_id > $2 AND e.event_id >= $3 AND e.event_id < $4 \
        AND e.organization_id <> $5 AND e.decision = 'PERMIT' \
        AND e.action IN ('PATIENT_READ', 'ENTRY_READ', 'ENTRY_SEARCH', 'ATTACHMENT_READ') ORDER BY e.event_id LIMIT $6");
}

/// When and in which session something was done, and the id of the event about it.
#[derive(Clone, Copy)]
pub struct Stamp {
    /// Id of the event.
    pub id: AuditEventId,
    /// When.
    pub time: Timestamp,
    /// In which session; none before log-in.
    pub session: Option<SessionId>,
    /// Through which service account; none where the person acted.
    pub service: Option<ServiceAccountId>,
}

/// The values of an event's columns; without those of what it stored, which a disclosure does not have.
fn values(stamp: Stamp, act: &Act) -> Vec<Value> {
    let (person, organization, role) = actor_binds(&act.subject);
    let decision = if act.refused.is_none() { Decision::Permit } else { Decision::Deny };
    let consents: Vec<String> = act.consents.iter().map(ToString::to_string).collect();
    values![
        act.patient.map_or(Uuid::nil(), |patient| patient.0),
        stamp.id.0,
        stamp.time.0,
        person,
        organization,
        role,
        stamp.session.map(|session| session.0),
        act.action.as_str(),
        decision.as_str(),
        act.refused.map(|reason| reason.as_str()),
        act.epoch,
        act.object,
        act.seqs.to_string(),
        consents.join(","),
        act.purpose().as_str(),
        act.break_glass.map(|id| id.0),
        stamp.service.map(|id| id.0),
    ]
}

/// Adds an event to the transaction of the act itself: no event, no act.
///
/// # Errors
/// As every query.
pub async fn append(tx: &mut Tx, stamp: Stamp, act: &Act) -> Result<(), StoreError> {
    let sql = dialect::event(tx);
    let stored = values![
        act.stored.and_then(|stored| stored.revision),
        act.stored.map(|stored| stored.hash.to_vec()),
    ];
    run_values(tx, sql.text(), values(stamp, act).into_iter().chain(stored)).await?;
    tx.has_event();
    Ok(())
}

/// A permitted act that shows something.
pub struct Disclosure {
    /// The person's epoch that it was decided in; the act has the patient's.
    pub person_epoch: i64,
    /// When, and the id of the event.
    pub stamp: Stamp,
    /// The act.
    pub act: Act,
}

/// Puts disclosures on record before they leave, all or none, if neither anybody's access to the patients nor the
/// standing of the person who asks changed since the snapshot that they were decided in, and the session has not
/// ended. So every disclosure is either before a withdrawal of consent, a suspension or a log-out, or does not
/// happen. When this returns they are durable.
///
/// # Errors
/// [`StoreError::EpochChanged`]: read again.
pub async fn disclose(store: &Store, mut disclosures: Vec<Disclosure>) -> Result<(), StoreError> {
    if disclosures.len() == 1
        && let Some(one) = disclosures.pop()
    {
        return store.write_disclosure(one).await?.ok_or(StoreError::EpochChanged);
    }
    store.write(move |tx| Box::pin(async move { disclose_in(tx, &disclosures).await })).await
}

/// The same in a transaction, which keeps what could change them waiting.
///
/// # Errors
/// As [`disclose`].
pub async fn disclose_in(tx: &mut Tx, disclosures: &[Disclosure]) -> Result<(), StoreError> {
    let mut rest = disclosures;
    for size in sizes(disclosures.len()) {
        let (these, others) = rest.split_at(size);
        if Disclosure::write(tx, these).await?.iter().any(Option::is_none) {
            return Err(StoreError::EpochChanged);
        }
        rest = others;
    }
    Ok(())
}

impl Kind for Disclosure {
    type Answer = ();

    fn write<'a>(tx: &'a mut Tx, items: &'a [Self]) -> BoxFuture<'a, Result<Vec<Option<()>>, StoreError>> {
        Box::pin(async move {
            tx.has_event();
            let sql = dialect::disclosure(tx);
            let written = if tx.is_postgres() {
                let mut written = Vec::with_capacity(items.len());
                for item in items {
                    if let Some(patient) = item.act.patient {
                        dialect::hold_epochs(tx, patient, item.act.subject.person).await?;
                    }
                    written.extend(sql.run(tx, vec![item.values()]).await?);
                }
                written
            } else {
                sql.run(tx, items.iter().map(Self::values).collect()).await?
            };
            Ok(written.into_iter().map(|row| row.map(|_| ())).collect())
        })
    }
}

impl Disclosure {
    fn values(&self) -> Vec<Value> {
        let mut values = values(self.stamp, &self.act);
        values.push(self.person_epoch.into());
        values
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    patient_id: Uuid,
    event_id: Uuid,
    happened_at: i64,
    action: String,
    decision: String,
    reason: Option<String>,
    object_id: Option<Uuid>,
    seqs: String,
    consents: String,
    purpose: String,
    break_glass_id: Option<Uuid>,
    session_id: Option<Uuid>,
    operator: Option<String>,
    service_account_id: Option<Uuid>,
    service_account_name: Option<String>,
    revision: Option<i64>,
    person_id: Option<Uuid>,
    person_name: Option<String>,
    organization_id: Option<Uuid>,
    organization_name: Option<String>,
    role: Option<String>,
}

impl EventRow {
    pub(crate) fn into_event(self) -> Result<AuditEvent, StoreError> {
        // maintenance at the console has no actor, and its purpose is none that a session can have
        let purpose = self.operator.is_none().then(|| self.purpose.parse()).transpose()?;
        let actor = match (self.person_id, self.organization_id, self.role) {
            (Some(person), Some(organization), Some(role)) => Some(Actor {
                person: PersonId(person),
                person_name: self.person_name.unwrap_or_default(),
                organization: OrganizationId(organization),
                organization_name: self.organization_name.unwrap_or_default(),
                role: role.parse()?,
            }),
            _ => None,
        };
        Ok(AuditEvent {
            id: AuditEventId(self.event_id),
            time: Timestamp(self.happened_at),
            actor,
            operator: self.operator,
            session: self.session_id.map(SessionId),
            action: self.action.parse()?,
            decision: self.decision.parse()?,
            patient: PatientId(self.patient_id),
            object: self.object_id,
            seqs: self.seqs.parse()?,
            consents: self
                .consents
                .split(',')
                .filter(|id| !id.is_empty())
                .map(|id| Uuid::parse_str(id).map(ConsentId))
                .collect::<Result<_, _>>()
                .map_err(|_| StoreError::Corrupt("audit_event.consents"))?,
            reason: self.reason.map(|reason| reason.parse()).transpose()?,
            purpose,
            break_glass: self.break_glass_id.map(BreakGlassId),
            service: self.service_account_id.map(ServiceAccountId).zip(self.service_account_name),
            number: self.revision,
        })
    }
}

/// A patient's events before the one with id `before`, newest first.
///
/// # Errors
/// As every query.
pub async fn before(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    before: AuditEventId,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    run!(conn, all EventRow: BEFORE, permit.patient().0, before.0, limit)?
        .into_iter()
        .map(EventRow::into_event)
        .collect()
}

/// The disclosures of demographics, entries (read or found) and attachments to others than the custodian organisation, from
/// `from` up to before `until` and after the one with id `after`, oldest first.
///
/// # Errors
/// As every query.
pub async fn provisions(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    after: AuditEventId,
    from: Timestamp,
    until: Timestamp,
    custodian: OrganizationId,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let patient = permit.patient().0;
    let (first, end) = (first_id(from), first_id(until));
    run!(conn, all EventRow: PROVISIONS_AFTER, patient, after.0, first, end, custodian.0, limit)?
        .into_iter()
        .map(EventRow::into_event)
        .collect()
}

/// The least id that an event of `time` can have: events are found by the time in their ids.
pub(crate) fn first_id(time: Timestamp) -> Uuid {
    // the instants that an id can tell
    const LAST: i64 = ((1 << 48) - 1) * 1000;
    uuid_v7(Timestamp(time.0.clamp(0, LAST)), [0; 8])
}
