//! Everybody who can see something of a patient now.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{AffiliationId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Access, Result};
use renkei_store::care_team;
use uuid::Uuid;

use super::SubjectAccess;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of those who can see something, for some purpose, with what they can see only. Whether there is a
    /// next page depends on the people of the care team, whom the custodian organisation may know.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed, PageTokenInvalid}`.
    pub(crate) async fn list_access(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        page: PageRequest,
    ) -> Result<Page<SubjectAccess>> {
        let listing = Listing { method: "ListAccess", parameters: patient.as_bytes() };
        let after = self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::nil());
        let ask = |access: &Access| access.manage(Duty::ManageConsent);
        let (items, next) = self
            .disclose_under(ask, caller, patient, Action::AccessRead, move |app, conn, permit| {
                Box::pin(async move {
                    let found = care_team::subjects(conn, &permit, AffiliationId(after), page.size).await?;
                    let next = found.last().map(|(id, _)| id.0).filter(|_| found.len() as i64 == page.size);
                    let mut items = Vec::new();
                    for (_, actor) in found {
                        for mut subject in app.explain_for_each_purpose(conn, patient, &actor).await? {
                            subject.explanations.retain(|explanation| explanation.read);
                            if !subject.explanations.is_empty() {
                                items.push(subject);
                            }
                        }
                    }
                    Ok(((items, next), Act::permitted(&permit, Action::AccessRead)))
                })
            })
            .await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }
}
