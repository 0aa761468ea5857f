//! Beginning a session without a client certificate: the password and a code.
//!
//! Anybody may ask, so nothing in the answer, its time or what is refused tells whether there is such a person, whether the
//! person has an app, or what was wrong.

use std::net::IpAddr;
use std::sync::Arc;

use renkei_domain::account::DeviceKind;
use renkei_domain::audit::Action;
use renkei_domain::id::{AffiliationId, PersonId};
use renkei_domain::identity::{Person, Purpose};
use renkei_domain::{Error, Reason, Result};
use renkei_store::identity;
use renkei_store::login_attempt::{self, Counter};
use renkei_store::totp::{self, Authenticator};
use uuid::Uuid;

use super::Second;
use crate::app::App;
use crate::app::session::begin::{Beginning, choose};
use crate::app::session::{Attempt, NewLogin, refused_login};

/// What a person logs in with.
pub(crate) struct LoginWithTotp {
    pub(crate) login_name: String,
    pub(crate) password: String,
    pub(crate) second: Second,
    pub(crate) affiliation: Option<AffiliationId>,
    pub(crate) purpose: Purpose,
}

/// What there is under a login name.
struct Found {
    person: Option<Person>,
    password_hash: Option<String>,
    app: Option<Authenticator>,
}

impl App {
    /// Begins a session; with it, how many recovery codes are left. The code is used up by that, and by nothing else.
    ///
    /// # Errors
    /// [`Reason::LoginFailed`] for whatever is wrong with name, password or code; [`Reason::LoginDelayed`],
    /// [`Reason::TotpNotAllowed`], [`Reason::AffiliationRequired`], [`Reason::AffiliationMissing`],
    /// [`Reason::RequestInvalid`], [`Reason::Busy`].
    pub(crate) async fn login_with_totp(
        self: &Arc<Self>,
        from: IpAddr,
        command: LoginWithTotp,
    ) -> Result<(NewLogin, i64)> {
        self.require_totp()?;
        let account = self.by_account(&command.login_name);
        // one name cannot fill the queue of passwords, whether anybody has it or not
        let asker = Uuid::from_slice(&account.key[..16]).map_err(Error::internal)?;
        let place = self.passwords.place_of_stranger(asker)?;
        let Found { person, password_hash, app } = self.found_under(command.login_name).await?;
        let object = app.as_ref().map(|app| app.device.0);
        let refused = |reason| {
            let person = person.as_ref()?;
            refused_login(person, Action::Login, object.unwrap_or(person.id.0), reason)
        };

        let attempt = Attempt {
            counters: vec![account.clone(), self.by_address(from)],
            refusal: refused(Reason::LoginDelayed),
        };
        let right = self
            .attempt(attempt, async {
                let known = self.matches_in(place, &command.password, password_hash.clone()).await?;
                let app = person.as_ref().map(|person| person.id).zip(app.as_ref());
                let used = self.second_matches(app, &command.second).await?;
                Ok(used.filter(|_| known))
            })
            .await?;
        let person_in = person.as_ref().filter(|person| person.suspended_at.is_none());
        let (Some((used, right)), Some(person), Some(app)) = (right, person_in, &app) else {
            return Err(self.failed(refused(Reason::LoginFailed), account).await);
        };
        let affiliation = match choose(&person.affiliations, command.affiliation) {
            Ok(affiliation) => affiliation,
            Err(error) => {
                // what is missing is neither the password nor the code, which is good still
                self.take_back(right).await?;
                return Err(error);
            }
        };
        let beginning = Beginning {
            person,
            password_hash,
            affiliation,
            purpose: command.purpose,
            device: app.device,
            device_kind: DeviceKind::Totp,
            used: Some(used),
            right,
        };
        match self.begin_session(beginning).await {
            Ok(login) => {
                let device = app.device;
                let left = self
                    .store
                    .look(move |conn| Box::pin(async move { totp::recovery_codes_left(conn, device).await }))
                    .await
                    .map_err(Error::from)?;
                Ok((login, left))
            }
            Err(error) if error.reason() == Reason::LoginFailed => {
                Err(self.failed(refused(Reason::LoginFailed), account).await)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks the same of the database for every name.
    async fn found_under(&self, login_name: String) -> Result<Found> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let credentials = identity::credentials(conn, &login_name).await?;
                    let (id, password_hash) = credentials.unwrap_or((PersonId(Uuid::nil()), None));
                    let person = identity::person(conn, id).await?;
                    let app = totp::authenticator(conn, id).await?;
                    Ok::<_, Error>(Found { person, password_hash, app })
                })
            })
            .await
    }

    /// The answer to a try that was wrong, when it is on record. One under a name that nobody has is nobody's; what is
    /// written in its place is as much, so that it takes as long.
    async fn failed(&self, act: Option<renkei_domain::audit::Act>, account: Counter) -> Error {
        let recorded = if act.is_some() {
            self.record_failed_password(act).await
        } else {
            let now = self.now();
            self.store
                .write(move |tx| Box::pin(async move { login_attempt::write_again(tx, &account, now).await }))
                .await
                .map_err(Error::from)
        };
        recorded.err().unwrap_or_else(|| Error::new(Reason::LoginFailed))
    }
}
