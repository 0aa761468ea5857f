//! Changing one's own password: whoever else knew the old one is out.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{account, audit, identity};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Changes the caller's password, and ends all other sessions of the person; says how many.
    ///
    /// # Errors
    /// [`Reason::StepUpFailed`] if the old one is wrong, [`Reason::LoginDelayed`] after several wrong ones,
    /// [`Reason::PasswordRefused`], [`Reason::RequestInvalid`], [`Reason::RequestIdReused`], [`Reason::Busy`].
    pub(crate) async fn change_password(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        old: String,
        new: String,
    ) -> Result<usize> {
        if old == new {
            return Err(Error::invalid_field("new_password", "must be another one than the old"));
        }
        let (person, asker) = (caller.actor.person, caller.device.0);
        let act = Act::of_region(caller.subject(), Action::PasswordChange, person.0);
        let delayed = Act { refused: Some(Reason::LoginDelayed), ..act.clone() };
        let old_hash = match self.own_password_matches(caller, &old, delayed).await {
            Ok(hash) => hash,
            Err(wrong) if wrong.reason() == Reason::StepUpFailed => {
                // the same request may have changed it before, and its answer been lost
                let before = self.done_before(key.mark(caller), wrong, |_| std::future::ready(Ok(0))).await;
                if before.is_err() {
                    let (action, reason) = (Action::PasswordChange, Reason::StepUpFailed);
                    self.refuse_in_region(caller, action, person.0, reason).await?;
                }
                return before;
            }
            Err(error) => return Err(error),
        };
        let chooser = self
            .store
            .read(move |conn| Box::pin(async move { identity::person(conn, person).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::SessionRequired))?;
        let new_hash = self.hash_new_password("new_password", asker, &chooser, new).await?;

        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                if !account::replace_password(tx, person, &old_hash, &new_hash).await? {
                    // another change came first
                    return Err(Error::new(Reason::StepUpFailed));
                }
                let ended = account::end_others(tx, person, by.session, now).await?;
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((person.0, ended))
            })
        });
        let ended = self.once(caller, key, work, |_| std::future::ready(Ok(Vec::new()))).await?;
        self.say_ended(&ended);
        Ok(ended.len())
    }
}
