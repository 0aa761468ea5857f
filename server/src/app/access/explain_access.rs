//! Explaining somebody's access.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Access, Error, Reason, Result};
use renkei_store::{identity, patient};

use super::SubjectAccess;
use crate::app::App;

/// The answer, and whom to ask.
pub(crate) struct ExplainedAccess {
    pub(crate) subjects: Vec<SubjectAccess>,
    /// 主管機関.
    pub(crate) custodian: (OrganizationId, String),
}

impl App {
    /// What the caller may see of a patient and why, or another person in each affiliation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], for others [`Reason::CustodianOnly`] and [`Reason::RoleNotAllowed`] too.
    pub(crate) async fn explain_access(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        person: Option<PersonId>,
    ) -> Result<ExplainedAccess> {
        match person {
            None => {
                let by = Arc::clone(caller);
                self.disclose_under(
                    Access::ask,
                    caller,
                    patient,
                    Action::AccessRead,
                    move |app, conn, permit| {
                        let actor = by.actor.clone();
                        Box::pin(async move {
                            let custodian = patient::custodian_name(conn, patient).await?;
                            let purpose = permit.subject().purpose;
                            let subjects = vec![app.explain(conn, patient, actor, purpose).await?];
                            let act = Act::permitted(&permit, Action::AccessRead);
                            Ok((ExplainedAccess { subjects, custodian }, act))
                        })
                    },
                )
                .await
            }
            Some(person) => {
                let ask = |access: &Access| access.manage(Duty::ManageConsent);
                self.disclose_under(ask, caller, patient, Action::AccessRead, move |app, conn, permit| {
                    Box::pin(async move {
                        let custodian = patient::custodian_name(conn, patient).await?;
                        let actors = renkei_store::care_team::subjects_of(conn, person).await?;
                        if actors.is_empty() && identity::person(conn, person).await?.is_none() {
                            return Err(Error::new(Reason::NotFound));
                        }
                        let mut subjects = Vec::with_capacity(actors.len());
                        for actor in actors {
                            subjects.extend(app.explain_for_each_purpose(conn, patient, &actor).await?);
                        }
                        let act = Act::permitted(&permit, Action::AccessRead).about(person.0);
                        Ok((ExplainedAccess { subjects, custodian }, act))
                    })
                })
                .await
            }
        }
    }
}
