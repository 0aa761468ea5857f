//! What every log-in ends with: the session, in one transaction with what was used up for it.

use renkei_domain::account::DeviceKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, DeviceId, SessionId};
use renkei_domain::identity::{Actor, Affiliation, Caller, Person, Purpose};
use renkei_domain::{Error, Reason, Result};
use renkei_store::session::NewSession;
use renkei_store::{account, audit, session};

use super::attempt::Right;
use super::totp::Used;
use super::{NewLogin, Tokens};
use crate::app::App;

/// A session that is to begin.
pub(super) struct Beginning<'a> {
    pub(super) person: &'a Person,
    /// The hash that the password was compared with.
    pub(super) password_hash: Option<String>,
    pub(super) affiliation: &'a Affiliation,
    pub(super) purpose: Purpose,
    pub(super) device: DeviceId,
    pub(super) device_kind: DeviceKind,
    /// What was given besides the password, where that is not a certificate.
    pub(super) used: Option<Used>,
    /// The try that it was.
    pub(super) right: Right,
}

impl App {
    /// Begins a session.
    ///
    /// # Errors
    /// [`Reason::LoginFailed`] if the password was changed meanwhile, or the code was used by another log-in.
    pub(super) async fn begin_session(&self, beginning: Beginning<'_>) -> Result<NewLogin> {
        let Beginning { person, password_hash, affiliation, purpose, device, device_kind, used, right } =
            beginning;
        let now = self.now();
        let tokens = self.new_tokens(now.after(self.settings.absolute));
        let new = NewSession {
            id: SessionId(self.new_uuid()),
            person: person.id,
            affiliation: affiliation.id,
            device,
            access_hash: tokens.access.hash(),
            access_expires_at: tokens.access_expires_at,
            expires_at: tokens.session_expires_at,
            purpose,
        };
        let caller = caller_of(person, affiliation, device_kind, &new, &tokens, now);
        let act = Act::of_region(caller.subject(), Action::Login, device.0);
        let (stamp, refresh_hash, owner) = (self.stamp_of(&caller), tokens.refresh.hash(), person.id);
        let recovery = matches!(used, Some(Used::Recovery(_)))
            .then(|| (self.stamp_of(&caller), Act { action: Action::RecoveryCodeUse, ..act.clone() }));
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    right.take_back(tx, now).await?;
                    if !account::hold_password(tx, owner, &password_hash.unwrap_or_default()).await? {
                        // changed since it was compared: the change has ended the sessions that it found
                        return Err(Error::new(Reason::LoginFailed));
                    }
                    if let Some(used) = used
                        && !used.take(tx, device, now).await?
                    {
                        return Err(Error::new(Reason::LoginFailed));
                    }
                    session::insert(tx, &new, now).await?;
                    session::insert_refresh(tx, refresh_hash, new.id, now).await?;
                    audit::append(tx, stamp, &act).await?;
                    if let Some((stamp, act)) = recovery {
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(NewLogin { tokens, caller })
    }
}

fn caller_of(
    person: &Person,
    affiliation: &Affiliation,
    device_kind: DeviceKind,
    new: &NewSession,
    tokens: &Tokens,
    now: renkei_domain::Timestamp,
) -> Caller {
    Caller {
        actor: Actor {
            person: person.id,
            person_name: person.name.clone(),
            organization: affiliation.organization,
            organization_name: affiliation.organization_name.clone(),
            role: affiliation.role,
        },
        login_name: person.login_name.clone(),
        affiliation: affiliation.id,
        device: new.device,
        device_kind,
        session: new.id,
        session_ends_at: tokens.session_expires_at,
        purpose: new.purpose,
        stepped_up_at: Some(now),
        service: None,
    }
}

/// The affiliation that a session is to act under.
///
/// # Errors
/// [`Reason::AffiliationRequired`], [`Reason::AffiliationMissing`], [`Reason::RequestInvalid`].
pub(super) fn choose(affiliations: &[Affiliation], wanted: Option<AffiliationId>) -> Result<&Affiliation> {
    match (wanted, affiliations) {
        (Some(id), _) => affiliations
            .iter()
            .find(|affiliation| affiliation.id == id)
            .ok_or_else(|| Error::invalid_field("affiliation_id", "must be an affiliation of the person")),
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::new(Reason::AffiliationMissing)),
        (None, _) => Err(Error::new(Reason::AffiliationRequired)),
    }
}
