//! Beginning a session in which a service account acts for a person: the account's certificate, and what the person
//! has allowed.

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::account::DeviceKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, SessionId};
use renkei_domain::identity::{Actor, Affiliation, Caller, Person, Purpose};
use renkei_domain::{Error, Reason, Result};
use renkei_store::audit::Stamp;
use renkei_store::session::NewSession;
use renkei_store::{administration, audit, identity, service_permission, session};

use crate::app::App;
use crate::app::session::{NewLogin, PresentedService};

/// For whom, and what for.
#[derive(Clone, Copy)]
pub(crate) struct BeginServiceSession {
    pub(crate) affiliation: AffiliationId,
    pub(crate) purpose: Purpose,
}

impl App {
    /// Begins a session of the service account for the person who has the affiliation. A refusal is on record with
    /// that person.
    ///
    /// # Errors
    /// [`Reason::ServiceNotPermitted`], whatever is the matter: nobody learns by it who allows what.
    pub(crate) async fn begin_service_session(
        self: &Arc<Self>,
        shown: &PresentedService,
        command: BeginServiceSession,
    ) -> Result<NewLogin> {
        let not_permitted = || Error::new(Reason::ServiceNotPermitted);
        let (person, affiliation) = self.holder(command.affiliation).await?.ok_or_else(not_permitted)?;
        let new = self.new_service_login(shown, command, &person, &affiliation);
        let (by, act, stamp) = (shown.service.id, act_of(&new.caller, shown), self.stamp_of(&new.caller));
        let row = NewSession {
            id: new.caller.session,
            person: person.id,
            affiliation: affiliation.id,
            device: shown.id,
            access_hash: new.tokens.access.hash(),
            access_expires_at: new.tokens.access_expires_at,
            expires_at: new.tokens.session_expires_at,
            purpose: command.purpose,
        };
        let (refresh_hash, done, now) = (new.tokens.refresh.hash(), act.clone(), self.now());
        let begun = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if !service_permission::begin(tx, &row, by, now).await? {
                        return Err(Error::new(Reason::ServiceNotPermitted));
                    }
                    session::insert_refresh(tx, refresh_hash, row.id, now).await?;
                    audit::append(tx, stamp, &done).await?;
                    Ok(())
                })
            })
            .await;
        if let Err(error) = begun {
            if error.reason() == Reason::ServiceNotPermitted {
                let act = Act { refused: Some(Reason::ServiceNotPermitted), ..act };
                let stamp = Stamp { service: Some(by), ..self.stamp(None) };
                self.store
                    .write(move |tx| Box::pin(async move { audit::append(tx, stamp, &act).await }))
                    .await
                    .map_err(Error::from)?;
            }
            return Err(error);
        }
        Ok(new)
    }

    /// Whose affiliation it is, if it stands.
    async fn holder(&self, id: AffiliationId) -> Result<Option<(Person, Affiliation)>> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let Some((person, ..)) = administration::affiliation(conn, id).await? else {
                        return Ok(None);
                    };
                    let Some(mut person) = identity::person(conn, person).await? else { return Ok(None) };
                    let place = person.affiliations.iter().position(|held| held.id == id);
                    Ok(place.map(|place| {
                        let affiliation = person.affiliations.swap_remove(place);
                        (person, affiliation)
                    }))
                })
            })
            .await
    }

    fn new_service_login(
        &self,
        shown: &PresentedService,
        command: BeginServiceSession,
        person: &Person,
        affiliation: &Affiliation,
    ) -> NewLogin {
        let tokens = self.new_tokens(self.now().after(self.settings.absolute));
        let caller = Caller {
            actor: Actor {
                person: person.id,
                person_name: person.name.clone(),
                organization: affiliation.organization,
                organization_name: affiliation.organization_name.clone(),
                role: affiliation.role,
            },
            login_name: person.login_name.clone(),
            affiliation: affiliation.id,
            device: shown.id,
            device_kind: DeviceKind::Service,
            session: SessionId(self.new_uuid()),
            session_ends_at: tokens.session_expires_at,
            purpose: command.purpose,
            stepped_up_at: None,
            service: Some(shown.service.clone()),
        };
        NewLogin { tokens, caller }
    }
}

fn act_of(caller: &Caller, shown: &PresentedService) -> Act {
    let subject: Subject = caller.subject();
    Act::of_region(subject, Action::ServiceSession, shown.service.id.0)
}
