//! Listing templates.

use renkei_domain::identity::Caller;
use renkei_domain::template::EntryTemplate;
use renkei_domain::{Error, Result};
use renkei_store::template;

use crate::app::App;

impl App {
    /// The templates of the caller's organisation, by name.
    pub(crate) async fn list_templates(&self, caller: &Caller) -> Result<Vec<EntryTemplate>> {
        let own = caller.actor.organization;
        self.store
            .read(move |conn| Box::pin(async move { template::of_organization(conn, own).await }))
            .await
            .map_err(Error::from)
    }
}
