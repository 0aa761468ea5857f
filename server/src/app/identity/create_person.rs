//! Creating a person with the one account that person has (R1).

use std::sync::Arc;

use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::PersonId;
use renkei_domain::identity::{Caller, Person};
use renkei_domain::{Error, Reason, Result};
use renkei_store::administration::created_for;
use renkei_store::identity;

use super::append_concerning;
use crate::app::once::{conflict, in_tx};
use crate::app::{App, RequestKey};

/// What is to be created.
pub(crate) struct NewPerson {
    pub(crate) login_name: String,
    pub(crate) name: String,
    pub(crate) name_kana: String,
}

impl App {
    /// Creates a person without affiliations and without a password: an account of the organisation whose
    /// administrator asks.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::RequestIdReused`], [`Reason::LoginNameTaken`].
    pub(crate) async fn create_person(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        new: NewPerson,
    ) -> Result<Person> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::PersonCreate).await?;
        let own = administration::reach(&caller.subject())?;
        let person = Person {
            id: PersonId(self.new_uuid()),
            login_name: new.login_name,
            name: new.name,
            name_kana: new.name_kana,
            affiliations: Vec::new(),
            created_at: self.now(),
            suspended_at: None,
        };
        let stamp = self.stamp_of(caller);
        let act = Act::of_region(caller.subject(), Action::PersonCreate, person.id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                identity::insert_person(tx, &person).await.map_err(conflict(Reason::LoginNameTaken))?;
                created_for(tx, person.id, own).await?;
                append_concerning(tx, stamp, &act, Some(person.id), own).await?;
                Ok((person.id.0, person))
            })
        });
        self.once(caller, key, work, |id| self.person(PersonId(id))).await
    }

    pub(super) async fn person(&self, id: PersonId) -> Result<Person> {
        self.store
            .read(move |conn| Box::pin(async move { identity::person(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
