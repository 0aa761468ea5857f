//! Trading a refresh token for new tokens, once.

use renkei_crypto::token::Token;
use renkei_domain::audit::{Act, Action};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, session};

use super::{PresentedDevice, Tokens};
use crate::app::App;

impl App {
    /// New tokens for a refresh token that was not used yet. A used one that comes again may be stolen:
    /// its session ends, for whoever holds any of its tokens.
    ///
    /// # Errors
    /// [`Reason::RefreshTokenInvalid`].
    pub(crate) async fn refresh_session(&self, device: &PresentedDevice, token: &str) -> Result<Tokens> {
        let invalid = || Error::new(Reason::RefreshTokenInvalid);
        let hash = Token::parse(token).ok_or_else(invalid)?.hash();
        let now = self.now();
        let tokens = self.new_tokens(now.after(self.settings.absolute));
        let (access_hash, refresh_hash) = (tokens.access.hash(), tokens.refresh.hash());
        let access_expires_at = tokens.access_expires_at;
        let (stamp, device, settings) = (self.stamp(None), device.clone(), self.settings.clone());
        let outcome = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let Some((id, unused)) = session::use_refresh(tx, hash, now).await? else {
                        return Ok(None);
                    };
                    let Some(found) = session::by_id(tx, id).await? else { return Ok(None) };
                    let stamp = audit::Stamp { session: Some(id), ..stamp };
                    if !unused {
                        if session::end(tx, id, now).await? {
                            let act =
                                Act::of_region(found.caller.subject(), Action::SessionRevoke, device.id.0);
                            audit::append(tx, stamp, &act).await?;
                        }
                        return Ok(None);
                    }
                    let idle = now >= found.last_seen_at.after(settings.idle);
                    let foreign =
                        found.caller.device != device.id || found.certificate_hash != device.certificate_hash;
                    let ends_at = found.caller.session_ends_at;
                    if found.ended || idle || foreign || now >= ends_at {
                        return Ok(None);
                    }
                    let access_expires_at = access_expires_at.min(ends_at);
                    session::renew(tx, id, access_hash, access_expires_at, now).await?;
                    session::insert_refresh(tx, refresh_hash, id, now).await?;
                    Ok::<_, Error>(Some((access_expires_at, ends_at)))
                })
            })
            .await?;
        let (access_expires_at, session_expires_at) = outcome.ok_or_else(invalid)?;
        Ok(Tokens { access_expires_at, session_expires_at, ..tokens })
    }
}
