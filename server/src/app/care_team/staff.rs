//! Which staff of an organisation see a patient: the organisation's own choice.

use std::sync::Arc;

use renkei_domain::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{PatientId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::patient::{StaffAccess, StaffAssignment};
use renkei_domain::{Error, Result};
use renkei_store::{StoreError, Wakeup, audit, care_team};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Says which staff of the caller's organisation see the patient. When this returns nothing more is
    /// disclosed to the others.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, RoleNotAllowed, RequestInvalid, RequestIdReused}`.
    pub(crate) async fn update_staff_access(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        staff: StaffAccess,
        persons: Vec<PersonId>,
    ) -> Result<StaffAssignment> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.assign_staff()?;
                care_team::set_staff(tx, &permit, staff, &persons).await.map_err(|error| match error {
                    StoreError::ForeignKey => {
                        Error::invalid_field("person_ids", "must be people of the caller's organisation")
                    }
                    error => error.into(),
                })?;
                let organization = permit.subject().organization;
                let act = Act::permitted(&permit, Action::CareTeamStaff).about(organization.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((id.0, care_team::staff(tx, &permit).await?))
            })
        });
        let result = self.once(caller, key, work, |_| self.get_staff_access(caller, id)).await;
        let assignment = self.record_refusal(caller, Action::CareTeamStaff, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(assignment)
    }

    /// Which staff of the caller's organisation see the patient.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, RoleNotAllowed}`.
    pub(crate) async fn get_staff_access(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: PatientId,
    ) -> Result<StaffAssignment> {
        self.disclose_under(Access::assign_staff, caller, id, Action::CareTeamStaff, |_, conn, permit| {
            Box::pin(async move {
                let organization = permit.subject().organization;
                let act = Act::permitted(&permit, Action::CareTeamStaff).about(organization.0);
                Ok((care_team::staff(conn, &permit).await?, act))
            })
        })
        .await
    }
}
