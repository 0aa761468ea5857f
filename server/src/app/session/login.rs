//! Beginning a session: the device's certificate and the person's password (R2).

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::account::DeviceKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::AffiliationId;
use renkei_domain::identity::{Affiliation, Caller, Person, Purpose};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, identity};
use uuid::Uuid;

use super::begin::{Beginning, choose};
use super::{Attempt, PresentedDevice, Tokens};
use crate::app::App;

/// What a person logs in with.
pub(crate) struct Login {
    pub(crate) login_name: String,
    pub(crate) password: String,
    pub(crate) affiliation: Option<AffiliationId>,
    pub(crate) purpose: Purpose,
}

/// A session that has begun.
pub(crate) struct NewLogin {
    pub(crate) tokens: Tokens,
    pub(crate) caller: Caller,
}

impl App {
    /// Begins a session.
    ///
    /// # Errors
    /// [`Reason::LoginFailed`] for whatever is wrong with name, password or the device's owner;
    /// [`Reason::LoginDelayed`], [`Reason::AffiliationRequired`], [`Reason::RequestInvalid`], [`Reason::Busy`].
    pub(crate) async fn login(
        self: &Arc<Self>,
        device: &PresentedDevice,
        command: Login,
    ) -> Result<NewLogin> {
        let login_name = command.login_name.clone();
        let owner = device.person;
        let (credentials, person) = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let credentials = identity::credentials(conn, &login_name).await?;
                    Ok::<_, Error>((credentials, identity::person(conn, owner).await?))
                })
            })
            .await?;
        let person = person.ok_or_else(|| Error::new(Reason::DeviceRequired))?;
        // only the owner of the device can log in on it; the hash is checked in every case, for the time
        let hash = credentials.and_then(|(id, hash)| hash.filter(|_| id == owner));
        // on the account of the device's owner: whoever tries has that device
        let refused = |reason| refused_login(&person, Action::Login, device.id.0, reason);
        let attempt =
            Attempt { counters: vec![Self::by_device(device.id)], refusal: refused(Reason::LoginDelayed) };
        let right = self.password_attempt(attempt, device.id.0, &command.password, hash.clone()).await?;
        let Some(right) = right.filter(|_| person.suspended_at.is_none()) else {
            self.record_failed_password(refused(Reason::LoginFailed)).await?;
            return Err(Error::new(Reason::LoginFailed));
        };
        let affiliation = match choose(&person.affiliations, command.affiliation) {
            Ok(affiliation) => affiliation,
            Err(error) => {
                // what is missing is not the password
                self.take_back(right).await?;
                return Err(error);
            }
        };

        let beginning = Beginning {
            person: &person,
            password_hash: hash,
            affiliation,
            purpose: command.purpose,
            device: device.id,
            device_kind: DeviceKind::Certificate,
            used: None,
            right,
        };
        self.begin_session(beginning).await
    }

    /// Puts a wrong password on record, in a transaction of its own.
    pub(in crate::app) async fn record_failed_password(&self, act: Option<Act>) -> Result<()> {
        let Some(act) = act else { return Ok(()) };
        let stamp = self.stamp(None);
        self.store
            .write(move |tx| Box::pin(async move { audit::append(tx, stamp, &act).await }))
            .await
            .map_err(Error::from)
    }
}

/// What goes on record of a password of the person that was refused. None before the person works anywhere.
pub(in crate::app) fn refused_login(
    person: &Person,
    action: Action,
    object: Uuid,
    reason: Reason,
) -> Option<Act> {
    let Affiliation { organization, role, .. } = *person.affiliations.first()?;
    let subject = Subject { person: person.id, organization, role, purpose: Purpose::Treatment };
    Some(Act { refused: Some(reason), ..Act::of_region(subject, action, object) })
}
