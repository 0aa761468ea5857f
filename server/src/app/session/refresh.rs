//! Trading a refresh token for new tokens, once.

use std::sync::Arc;

use renkei_crypto::token::Token;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::SessionId;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{Tx, Wakeup, audit, session};

use super::{Presented, Tokens};
use crate::app::App;

impl App {
    /// New tokens for a refresh token that was not used yet. One that comes again, or from another device,
    /// may be stolen: its session ends, for whoever holds any of its tokens. One that comes with the certificate which
    /// the device's next one has replaced a moment ago is not used up: it is good with the next. Without a device that is
    /// known it is good for sessions that no certificate binds only; of others nothing is changed by it.
    ///
    /// # Errors
    /// [`Reason::RefreshTokenInvalid`], [`Reason::DeviceRequired`].
    pub(crate) async fn refresh_session(
        self: &Arc<Self>,
        device: Option<&Presented>,
        token: &str,
    ) -> Result<Tokens> {
        let invalid = || Error::new(Reason::RefreshTokenInvalid);
        let hash = Token::parse(token).ok_or_else(invalid)?.hash();
        let tokens = Arc::new(self.new_tokens(self.now().after(self.settings.absolute)));
        let (app, device, new) = (Arc::clone(self), device.cloned(), Arc::clone(&tokens));
        let outcome = self
            .store
            .write(move |tx| Box::pin(async move { app.refresh(tx, device.as_ref(), hash, &new).await }))
            .await?;
        match outcome {
            Outcome::Renewed { id, access_expires_at, session_expires_at } => {
                self.remembered.forget(id);
                let Tokens { access, refresh, .. } = Arc::into_inner(tokens).ok_or_else(invalid)?;
                Ok(Tokens { access, access_expires_at, refresh, session_expires_at })
            }
            Outcome::Ended(id) => {
                self.live.wake(Wakeup::SessionEnded(id));
                Err(invalid())
            }
            Outcome::Refused => Err(invalid()),
        }
    }

    async fn refresh(
        &self,
        tx: &mut Tx,
        device: Option<&Presented>,
        hash: [u8; 32],
        new: &Tokens,
    ) -> Result<Outcome> {
        let now = self.now();
        let Some((id, unused)) = session::use_refresh(tx, hash, now).await? else {
            return Ok(Outcome::Refused);
        };
        let Some(found) = session::by_id(tx, id).await? else { return Ok(Outcome::Refused) };
        let shown = device.map(Presented::certificate_hash);
        let is_bound = self.is_bound_to(&found, shown.as_ref());
        let is_to_wait = match device {
            None => found.certificate_hash.is_some(),
            Some(device) => unused && !is_bound && device.id() == found.caller.device,
        };
        if is_to_wait {
            // the use is taken back with the transaction
            return Err(Error::new(Reason::DeviceRequired));
        }
        if !unused || !is_bound {
            if session::end(tx, id, now).await? {
                let by = device.map_or(found.caller.device, Presented::id);
                let act = Act::of_region(found.caller.subject(), Action::SessionRevoke, by.0);
                audit::append(tx, self.stamp_of(&found.caller), &act).await?;
            }
            return Ok(Outcome::Ended(id));
        }
        let session_expires_at = found.caller.session_ends_at;
        let access_expires_at = new.access_expires_at.min(session_expires_at);
        let good = self.check_session(&found, now).is_ok()
            && session::renew(tx, id, new.access.hash(), access_expires_at, now).await?;
        if !good {
            return Ok(Outcome::Refused);
        }
        session::insert_refresh(tx, new.refresh.hash(), id, now).await?;
        Ok(Outcome::Renewed { id, access_expires_at, session_expires_at })
    }
}

enum Outcome {
    Renewed { id: SessionId, access_expires_at: Timestamp, session_expires_at: Timestamp },
    Ended(SessionId),
    Refused,
}
