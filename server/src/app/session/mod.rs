//! Sessions: log-in, refresh, log-out, and whether a session is still good.

mod attempt;
mod begin;
mod change_password;
mod devices;
mod enroll_device;
mod login;
mod logout;
mod new_password;
mod passwords;
mod refresh;
mod remembered;
mod renew_device;
mod sessions;
mod set_password;
mod step_up;
mod totp;

use std::sync::Arc;

use renkei_crypto::token::Token;
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::service::Service;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::Conn;
use renkei_store::device::Device;
use renkei_store::session::Session;

pub(crate) use self::attempt::Attempt;
pub(crate) use self::enroll_device::EnrollDevice;
pub(super) use self::login::refused_login;
pub(crate) use self::login::{Login, NewLogin};
pub(crate) use self::passwords::PasswordGate;
pub(crate) use self::remembered::Remembered;
pub(crate) use self::sessions::EndedSessions;
pub(crate) use self::totp::{EnrollTotp, LoginWithTotp, Offered, Second};
use super::App;

/// A device that showed its certificate in the handshake. Made by `authn` only.
#[derive(Clone, Debug)]
pub(crate) struct PresentedDevice {
    pub(crate) id: DeviceId,
    pub(crate) person: PersonId,
    pub(crate) certificate_hash: [u8; 32],
}

/// A service account that showed its certificate in the handshake. Made by `authn` only.
#[derive(Clone, Debug)]
pub(crate) struct PresentedService {
    pub(crate) id: DeviceId,
    pub(crate) service: Service,
    pub(crate) certificate_hash: [u8; 32],
}

/// Whoever showed a certificate in the handshake. Made by `authn` only.
#[derive(Clone, Debug)]
pub(crate) enum Presented {
    /// A person's device.
    Device(PresentedDevice),
    /// A service account.
    Service(PresentedService),
}

impl Presented {
    /// The device that the certificate names.
    pub(crate) fn id(&self) -> DeviceId {
        match self {
            Self::Device(shown) => shown.id,
            Self::Service(shown) => shown.id,
        }
    }

    /// SHA-256 of the certificate.
    pub(crate) fn certificate_hash(&self) -> [u8; 32] {
        match self {
            Self::Device(shown) => shown.certificate_hash,
            Self::Service(shown) => shown.certificate_hash,
        }
    }
}

/// A session's tokens, in clear: they exist only here and at the client.
pub(crate) struct Tokens {
    pub(crate) access: Token,
    pub(crate) access_expires_at: Timestamp,
    pub(crate) refresh: Token,
    pub(crate) session_expires_at: Timestamp,
}

impl App {
    /// Whether the session is still good at `now`: not ended, not idle for too long, not too old (R5).
    ///
    /// # Errors
    /// [`Reason::SessionRequired`].
    pub(crate) fn check_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        let idle_since = session.last_seen_at.after(self.settings.idle);
        if session.ended || now >= session.caller.session_ends_at || now >= idle_since {
            return Err(Error::new(Reason::SessionRequired));
        }
        Ok(())
    }

    /// The same for an open stream, in the snapshot that it is about to send from. Returns until when the session
    /// is good if it is neither used nor ended.
    ///
    /// # Errors
    /// [`Reason::SessionRequired`].
    pub(crate) async fn check_live_session(&self, conn: &mut Conn, caller: &Caller) -> Result<Timestamp> {
        let session = renkei_store::session::by_id(conn, caller.session)
            .await?
            .ok_or_else(|| Error::new(Reason::SessionRequired))?;
        self.check_session(&session, self.now())?;
        Ok(session.caller.session_ends_at.min(session.last_seen_at.after(self.settings.idle)))
    }

    pub(in crate::app) fn new_tokens(&self, session_expires_at: Timestamp) -> Tokens {
        let now = self.now();
        Tokens {
            access: Token::random(self.entropy.as_ref()),
            access_expires_at: now.after(self.settings.access).min(session_expires_at),
            refresh: Token::random(self.entropy.as_ref()),
            session_expires_at,
        }
    }

    /// Who is calling, from the access token and the certificate in the handshake. Both must belong to the
    /// same session, unless it began without a certificate: then none is looked at.
    ///
    /// # Errors
    /// [`Reason::DeviceRequired`], [`Reason::SessionRequired`], [`Reason::AccessTokenExpired`].
    pub(crate) async fn caller(
        &self,
        token: Option<&str>,
        certificate_hash: Option<[u8; 32]>,
    ) -> Result<Arc<Caller>> {
        let now = self.now();
        let forgotten = self.remembered.forgotten();
        let hash = token.and_then(Token::parse).map(|token| token.hash());
        let mut session = self.session_with(hash).await?;
        if let Some(shown) = &certificate_hash
            && session.as_ref().is_some_and(|session| !self.is_bound_to(session, Some(shown)))
            && self.take_up_certificate(*shown).await?
        {
            session = self.session_with(hash).await?;
        }
        let session = session.filter(|session| self.is_good(session, certificate_hash.as_ref(), now));
        let (Some(hash), Some(session)) = (hash, session) else {
            // a session that is good has a device that is good, so it is asked for only here
            match certificate_hash {
                Some(shown) => {
                    self.presented(shown).await?;
                }
                None if self.settings.totp => {}
                None => return Err(Error::new(Reason::DeviceRequired)),
            }
            return Err(Error::new(Reason::SessionRequired));
        };
        if now >= session.access_expires_at {
            if let Some(service) = &session.caller.service {
                // refused calls count
                self.take_call(service)?;
            }
            return Err(Error::new(Reason::AccessTokenExpired));
        }
        self.touch(&session, now).await?;
        self.remembered.keep(hash, &session, now, forgotten);
        Ok(session.caller)
    }

    async fn session_with(&self, access_hash: Option<[u8; 32]>) -> Result<Option<Session>> {
        let Some(hash) = access_hash else { return Ok(None) };
        self.store
            .look(move |conn| {
                Box::pin(async move { renkei_store::session::by_access_hash(conn, hash).await })
            })
            .await
            .map_err(Error::from)
    }

    /// The same from what was found a moment ago, if anything was: for calls whose success is compared with what
    /// the store has.
    pub(crate) fn remembered_caller(
        &self,
        token: &str,
        certificate_hash: Option<[u8; 32]>,
    ) -> Option<Arc<Caller>> {
        let now = self.now();
        let session = self.remembered.get(&Token::parse(token)?.hash(), now)?;
        let is_good =
            self.is_good(&session, certificate_hash.as_ref(), now) && now < session.access_expires_at;
        is_good.then_some(session.caller)
    }

    fn is_good(&self, session: &Session, certificate_hash: Option<&[u8; 32]>, now: Timestamp) -> bool {
        self.is_bound_to(session, certificate_hash) && self.check_session(session, now).is_ok()
    }

    /// Whether the session began with the certificate that has this SHA-256; or with an authenticator app, and the
    /// operator allows that still.
    fn is_bound_to(&self, session: &Session, certificate_hash: Option<&[u8; 32]>) -> bool {
        match &session.certificate_hash {
            Some(began_with) => certificate_hash.is_some_and(|shown| began_with.as_slice() == shown),
            None => self.settings.totp,
        }
    }

    /// Notes the session's use once a minute at most, or a tenth of the idle limit if that is shorter.
    async fn touch(&self, session: &Session, now: Timestamp) -> Result<()> {
        let step = (self.settings.idle / 10).min(std::time::Duration::from_secs(60));
        if now < session.last_seen_at.after(step) {
            return Ok(());
        }
        let id = session.caller.session;
        self.store
            .write(move |tx| Box::pin(async move { renkei_store::session::touch(tx, id, now).await }))
            .await
            .map_err(Error::from)
    }

    /// Whose certificate has this SHA-256, unless it is unknown or revoked. A call of a service account is counted.
    ///
    /// # Errors
    /// [`Reason::DeviceRequired`], [`Reason::ServiceQuotaExceeded`].
    pub(crate) async fn presented(&self, certificate_hash: [u8; 32]) -> Result<Presented> {
        let mut device = self.device_with(certificate_hash).await?;
        if device.is_none() && self.take_up_certificate(certificate_hash).await? {
            device = self.device_with(certificate_hash).await?;
        }
        let device = device.filter(|device| device.revoked_at.is_none() && self.now() < device.expires_at);
        let device = device.ok_or_else(|| Error::new(Reason::DeviceRequired))?;
        let id = device.id;
        if let Some(person) = device.person {
            return Ok(Presented::Device(PresentedDevice { id, person, certificate_hash }));
        }
        let service = self
            .store
            .look(move |conn| Box::pin(async move { renkei_store::service::of_device(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::DeviceRequired))?;
        self.take_call(&service)?;
        Ok(Presented::Service(PresentedService { id, service, certificate_hash }))
    }

    /// The same where one may be missing, because the operator allows log-ins without.
    ///
    /// # Errors
    /// [`Reason::DeviceRequired`] if the operator does not.
    pub(crate) async fn presented_if_any(
        &self,
        certificate_hash: Option<[u8; 32]>,
    ) -> Result<Option<Presented>> {
        let shown = match certificate_hash {
            Some(hash) => self.presented(hash).await,
            None => Err(Error::new(Reason::DeviceRequired)),
        };
        match shown {
            Err(error) if error.reason() == Reason::DeviceRequired && self.settings.totp => Ok(None),
            shown => shown.map(Some),
        }
    }

    async fn device_with(&self, certificate_hash: [u8; 32]) -> Result<Option<Device>> {
        self.store
            .look(move |conn| {
                Box::pin(
                    async move { renkei_store::device::device_by_certificate(conn, certificate_hash).await },
                )
            })
            .await
            .map_err(Error::from)
    }
}

#[cfg(test)]
#[path = "race_tests.rs"]
mod race_tests;
