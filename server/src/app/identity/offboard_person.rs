//! Somebody leaves an organisation: what they do there ends in one act, and what they leave behind goes to a
//! successor. What they wrote stays.

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{Affiliation, Caller, Person};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::administration::account;
use renkei_store::offboarding::{self, Assignment};
use renkei_store::{Conn, StoreError, Tx, Wakeup, audit, identity, session};

use super::append_concerning;
use super::standing::{found, still_administered};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// Who leaves what.
#[derive(Clone, Copy)]
pub(crate) struct OffboardPerson {
    pub(crate) person: PersonId,
    pub(crate) organization: OrganizationId,
    /// Who is assigned to the patients from now on.
    pub(crate) successor: Option<PersonId>,
    /// Nothing is to be done, only to be said what would be.
    pub(crate) validate_only: bool,
}

/// What ends, or would.
pub(crate) struct Offboarding {
    /// The person as it stands.
    pub(crate) person: Person,
    /// The affiliations that end.
    pub(crate) ended: Vec<Affiliation>,
    /// The patients whose assignment ends.
    pub(crate) assigned: Vec<PatientId>,
    /// Those whom nobody of the organisation sees then.
    pub(crate) unstaffed: Vec<PatientId>,
    /// The patients whose care team the person is in, or invited to, in person. That stays. None where the account is
    /// not the caller's to see.
    pub(crate) personal: Vec<PatientId>,
    /// Devices that are revoked: all, where no affiliation is left.
    pub(crate) revoked_devices: usize,
    /// Enrolment codes that become void: all, where no affiliation is left.
    pub(crate) voided_codes: i64,
    is_last: bool,
}

impl App {
    /// Ends all affiliations of a person at an organisation; with the last one anywhere the devices and enrolment
    /// codes too. When this returns nothing more is disclosed to the person there.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::RoleReserved`], [`Reason::NotFound`],
    /// [`Reason::RequestInvalid`] (the successor), [`Reason::LastAdministrator`], [`Reason::RequestIdReused`],
    /// [`Reason::StepUpRequired`], [`Reason::Busy`].
    pub(crate) async fn offboard_person(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: OffboardPerson,
    ) -> Result<Offboarding> {
        let action = if command.validate_only { Action::PersonOffboardPlan } else { Action::PersonOffboard };
        self.require_duty(caller, Duty::AdministerOrganization, action).await?;
        let result = if command.validate_only {
            self.plan_offboarding(caller, command).await
        } else {
            self.offboard(caller, key, command).await
        };
        let done = self.record_refusal_about(caller, action, command.person.0, result).await?;
        if !command.validate_only {
            self.live.wake(Wakeup::PersonChanged(command.person));
            for patient in &done.assigned {
                self.live.wake(Wakeup::AccessChanged(*patient));
            }
        }
        Ok(done)
    }

    /// What would end. It names patients, so that it was asked goes on record.
    async fn plan_offboarding(&self, caller: &Caller, command: OffboardPerson) -> Result<Offboarding> {
        let (subject, now, stamp) = (caller.subject(), self.now(), self.stamp_of(caller));
        let OffboardPerson { organization, person, .. } = command;
        let act = Act::of_region(subject, Action::PersonOffboardPlan, person.0);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let assigned = offboarding::assignments(tx, organization, person).await?;
                    let planned = plan(tx, &subject, command, &assigned, now).await?;
                    append_concerning(tx, stamp, &act, Some(person), [organization]).await?;
                    Ok(planned)
                })
            })
            .await
    }

    async fn offboard(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: OffboardPerson,
    ) -> Result<Offboarding> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let (subject, now) = (by.subject(), app.now());
                let OffboardPerson { person, organization, successor, .. } = command;
                // before anything of somebody else's is locked
                affiliations_to_end(tx, &subject, command).await?;
                let assigned = offboarding::assignments_to_hand_over(tx, organization, person).await;
                let assigned = assigned.map_err(|error| match error {
                    StoreError::EpochChanged => {
                        Error::new(Reason::Busy).retry_after(std::time::Duration::from_secs(1))
                    }
                    error => error.into(),
                })?;
                if let Some(successor) = successor {
                    identity::person_to_hold(tx, successor).await?;
                }
                let mut done = plan(tx, &subject, command, &assigned, now).await?;
                end(tx, &done, now).await?;
                for Assignment { patient, epoch, .. } in assigned {
                    if let Some(successor) = successor {
                        offboarding::hand_over(tx, patient, organization, successor).await?;
                    }
                    let of_region = Act::of_region(subject, Action::CareTeamStaff, organization.0);
                    let act = Act { patient: Some(patient), epoch: Some(epoch), ..of_region };
                    audit::append(tx, app.stamp_of(&by), &act).await?;
                }
                let act = Act::of_region(subject, Action::PersonOffboard, person.0);
                append_concerning(tx, app.stamp_of(&by), &act, Some(person), [organization]).await?;
                done.person = found(tx, person).await?;
                Ok((person.0, done))
            })
        });
        self.once(caller, key, work, async |person| {
            Ok(Offboarding {
                person: self.person(PersonId(person)).await?,
                ended: Vec::new(),
                assigned: Vec::new(),
                unstaffed: Vec::new(),
                personal: Vec::new(),
                revoked_devices: 0,
                voided_codes: 0,
                is_last: false,
            })
        })
        .await
    }
}

/// What ends where `assigned` are the person's assignments.
async fn plan(
    conn: &mut Conn,
    by: &Subject,
    command: OffboardPerson,
    assigned: &[Assignment],
    now: Timestamp,
) -> Result<Offboarding> {
    let OffboardPerson { person, successor, .. } = command;
    if let Some(successor) = successor {
        check_successor(conn, command, successor).await?;
    }
    let ended = affiliations_to_end(conn, by, command).await?;
    let found = found(conn, person).await?;
    let is_last = found.affiliations.len() == ended.len();
    let (devices, codes) = offboarding::keys_to_the_door(conn, person, now).await?;
    let account = account(conn, person).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
    let personal = if administration::may_see_personal(by, &account)? {
        offboarding::personal_memberships(conn, person).await?
    } else {
        Vec::new()
    };
    let alone = assigned.iter().filter(|it| it.is_alone && successor.is_none());
    Ok(Offboarding {
        person: found,
        ended,
        assigned: assigned.iter().map(|it| it.patient).collect(),
        unstaffed: alone.map(|it| it.patient).collect(),
        personal,
        revoked_devices: if is_last { devices.len() } else { 0 },
        voided_codes: if is_last { codes } else { 0 },
        is_last,
    })
}

/// The person's affiliations at the organisation, each of which `by` may end.
async fn affiliations_to_end(
    conn: &mut Conn,
    by: &Subject,
    command: OffboardPerson,
) -> Result<Vec<Affiliation>> {
    let mut ended = identity::affiliations(conn, command.person).await?;
    ended.retain(|it| it.organization == command.organization);
    for affiliation in &ended {
        administration::may_end(by, affiliation.organization, affiliation.role)?;
    }
    if ended.is_empty() { Err(Error::new(Reason::NotFound)) } else { Ok(ended) }
}

async fn check_successor(conn: &mut Conn, command: OffboardPerson, successor: PersonId) -> Result<()> {
    let found = identity::person(conn, successor).await?;
    let takes_over =
        |it: &Affiliation| it.organization == command.organization && duty::has(it.role, Duty::SeePatients);
    let is_there =
        found.is_some_and(|found| found.suspended_at.is_none() && found.affiliations.iter().any(takes_over));
    if successor == command.person || !is_there {
        let rule = "must be another active person of the organisation, in a role that sees patients";
        return Err(Error::invalid_field("successor_person_id", rule));
    }
    Ok(())
}

async fn end(tx: &mut Tx, ended: &Offboarding, now: Timestamp) -> Result<()> {
    for affiliation in &ended.ended {
        identity::end_affiliation(tx, affiliation.id, now).await?;
        session::end_of_affiliation(tx, affiliation.id, now).await?;
    }
    if ended.is_last {
        offboarding::shut_out(tx, ended.person.id, now).await?;
    }
    still_administered(tx).await
}
