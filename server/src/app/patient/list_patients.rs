//! Listing the patients whom the caller may see.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::Patient;
use renkei_domain::{Error, Result};
use renkei_store::patient::{self, Filter};
use uuid::Uuid;

use crate::app::decisions::decide;
use crate::app::disclose::disclosure;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

/// How many of the organisation's patients are looked at in one go.
const CANDIDATES: i64 = 200;

/// Which patients are wanted.
pub(crate) struct PatientQuery {
    pub(crate) local_identifier: Option<String>,
    pub(crate) name_kana: Option<String>,
}

impl App {
    /// A page of the caller's patients, newest registration first. Whether there is a next page depends on
    /// patients whom the caller may see only: else it would tell of hidden ones.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::PageTokenInvalid`].
    pub(crate) async fn list_patients(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        query: PatientQuery,
        page: PageRequest,
    ) -> Result<Page<Patient>> {
        let filter = match (&query.local_identifier, &query.name_kana) {
            (Some(identifier), _) => Filter::LocalIdentifier(self.local_identifier_index(identifier)),
            (None, Some(name_kana)) => Filter::NameKana(self.name_kana_index(name_kana)),
            (None, None) => Filter::Any,
        };
        let parameters: &[u8] = match &filter {
            Filter::LocalIdentifier(hash) | Filter::NameKana(hash) => hash.as_slice(),
            Filter::Any => b"",
        };
        let listing = Listing { method: "ListPatients", parameters };
        let before = self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::max());

        let (items, next) = self
            .recorded(caller, || {
                let (app, caller) = (Arc::clone(self), Arc::clone(caller));
                self.store.read(move |conn| {
                    Box::pin(async move {
                        let (subject, now) = (caller.subject(), app.now());
                        let (mut patients, mut disclosures) = (Vec::<Patient>::new(), Vec::new());
                        let mut before = PatientId(before);
                        loop {
                            let candidates =
                                patient::standings_of(conn, &subject, filter, before, CANDIDATES).await?;
                            let Some((last, _)) = candidates.last() else { break };
                            before = last.patient;
                            for (standing, _) in candidates {
                                let access = decide(&caller, &standing, now);
                                let Ok(permit) = access.read() else { continue };
                                if patients.len() as i64 == page.size {
                                    let next = patients.last().map(|last| last.id.0);
                                    return Ok(((patients, next), disclosures));
                                }
                                patients.push(app.read_patient(conn, &permit).await?);
                                let act = Act::permitted(&permit, Action::PatientRead);
                                disclosures.push(disclosure(&access, act, standing.patient));
                            }
                        }
                        let next: Option<Uuid> = None;
                        Ok::<_, Error>(((patients, next), disclosures))
                    })
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
