//! Reading a patient's demographics.

use std::sync::Arc;

use renkei_domain::access::Read;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::Patient;
use renkei_domain::{Permit, Result};
use renkei_store::{Conn, patient};

use crate::app::App;

impl App {
    /// What identifies a patient.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`].
    pub(crate) async fn get_patient(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
    ) -> Result<Patient> {
        self.disclose(caller, patient, Action::PatientRead, |app, conn, permit| {
            Box::pin(async move {
                let act = Act::permitted(&permit, Action::PatientRead);
                Ok((app.read_patient(conn, &permit).await?, act))
            })
        })
        .await
    }

    pub(super) async fn read_patient(&self, conn: &mut Conn, permit: &Permit<Read>) -> Result<Patient> {
        let stored = patient::demographics(conn, permit).await?;
        Ok(Patient {
            id: permit.patient(),
            demographics: self.open_demographics(conn, permit.patient(), &stored.demographics).await?,
            custodian: stored.custodian,
            registered_at: stored.registered_at,
            offered_custodian: stored.offered_custodian,
        })
    }
}
