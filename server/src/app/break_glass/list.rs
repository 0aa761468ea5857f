//! The emergency accesses that a custodian organisation reviews.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::break_glass::BreakGlass;
use renkei_domain::duty::Duty;
use renkei_domain::id::{BreakGlassId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Result};
use renkei_store::{Conn, break_glass};
use uuid::Uuid;

use crate::app::disclose::{Disclosure, disclosure};
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of the emergency accesses to one patient, or to all whose custodian the caller's organisation is,
    /// oldest first; only those not reviewed yet unless `include_reviewed`.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed, PageTokenInvalid}`.
    pub(crate) async fn list_break_glass(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: Option<PatientId>,
        include_reviewed: bool,
        page: PageRequest,
    ) -> Result<Page<BreakGlass>> {
        let mut parameters = patient.map_or(Uuid::nil(), |id| id.0).as_bytes().to_vec();
        parameters.push(u8::from(include_reviewed));
        let listing = Listing { method: "ListBreakGlass", parameters: &parameters };
        let after = self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::nil());
        if patient.is_none() {
            self.require_duty(caller, Duty::ReviewBreakGlass, Action::BreakGlassRead).await?;
        }
        let result = self
            .recorded(caller, || {
                let (app, caller) = (Arc::clone(self), Arc::clone(caller));
                let query = Query { patient, include_reviewed, after: BreakGlassId(after), size: page.size };
                self.store.read(move |conn| {
                    Box::pin(async move { app.read_break_glass(conn, &caller, query).await })
                })
            })
            .await;
        let (items, next) = match patient {
            Some(id) => self.record_refusal(caller, Action::BreakGlassRead, id, result).await?,
            None => result?,
        };
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }

    async fn read_break_glass(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        query: Query,
    ) -> Result<((Vec<BreakGlass>, Option<Uuid>), Vec<Disclosure>)> {
        let Query { patient, include_reviewed, after, size } = query;
        let (mut items, mut disclosures) = (Vec::new(), Vec::new());
        if let Some(id) = patient {
            let access = self.access(conn, caller, id).await?;
            let permit = access.manage(Duty::ReviewBreakGlass)?;
            let act = Act::permitted(&permit, Action::BreakGlassRead);
            disclosures.push(disclosure(&access, act, id));
            for one in break_glass::of_patient(conn, &permit, include_reviewed, after, size).await? {
                items.push(self.open_break_glass(conn, one).await?);
            }
            let next = items.last().map(|last| last.id.0).filter(|_| items.len() as i64 == size);
            return Ok(((items, next), disclosures));
        }
        let custodian = caller.actor.organization;
        let found = break_glass::of_custodian(conn, custodian, include_reviewed, after, size).await?;
        let next = found.last().map(|(_, last)| last.0).filter(|_| found.len() as i64 == size);
        for (id, which) in found {
            let access = self.access(conn, caller, id).await?;
            // not assigned: as if it did not exist
            let Ok(permit) = access.manage(Duty::ReviewBreakGlass) else { continue };
            let Some(one) = break_glass::by_id(conn, &permit, which).await? else { continue };
            let act = Act::permitted(&permit, Action::BreakGlassRead).about(which.0);
            disclosures.push(disclosure(&access, act, id));
            items.push(self.open_break_glass(conn, one).await?);
        }
        Ok::<_, Error>(((items, next), disclosures))
    }
}

struct Query {
    patient: Option<PatientId>,
    include_reviewed: bool,
    after: BreakGlassId,
    size: i64,
}
