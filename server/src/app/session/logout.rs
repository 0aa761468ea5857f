//! Ending a session.

use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Result};
use renkei_store::{Wakeup, audit, session};

use crate::app::App;

impl App {
    /// Ends the caller's session at once, also on its open streams.
    pub(crate) async fn logout(&self, caller: &Caller) -> Result<()> {
        let act = Act::of_region(caller.subject(), Action::Logout, caller.device.0);
        let (id, stamp, now) = (caller.session, self.stamp_of(caller), self.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if session::end(tx, id, now).await? {
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|error: renkei_store::StoreError| Error::from(error))?;
        self.remembered.forget(id);
        self.live.wake(Wakeup::SessionEnded(id));
        Ok(())
    }
}
