//! For whom an entry is entered, and whom it names.

use renkei_domain::access::{Access, Read, Write};
use renkei_domain::duty::may_post;
use renkei_domain::id::PersonId;
use renkei_domain::timeline::Mention;
use renkei_domain::{Category, Error, Permit, Reason, Result, Sensitivity};
use renkei_store::{Conn, timeline};

use crate::app::App;

impl App {
    /// To enter something for `person`, and that person's name.
    ///
    /// # Errors
    /// As [`Access::post_for`].
    pub(super) async fn post_for(
        &self,
        conn: &mut Conn,
        read: &Permit<Read>,
        person: PersonId,
        (category, sensitivity): (Category, Sensitivity),
        access: &Access,
    ) -> Result<(Permit<Write>, String)> {
        if person == read.subject().person {
            return Err(Error::invalid_field("responsible_person_id", "must be somebody else"));
        }
        let not_allowed = || Error::new(Reason::ResponsibleNotAllowed);
        let (name, roles) = timeline::colleague(conn, read, person).await?.ok_or_else(not_allowed)?;
        let role =
            roles.into_iter().find(|role| may_post(*role).contains(category)).ok_or_else(not_allowed)?;
        Ok((access.post_for(role, category, sensitivity)?, name))
    }

    /// The mentions with the names of now.
    ///
    /// # Errors
    /// [`Reason::RequestInvalid`] for whoever is not of the care team.
    pub(super) async fn named_mentions(
        &self,
        conn: &mut Conn,
        read: &Permit<Read>,
        mentions: &[Mention],
    ) -> Result<Vec<Mention>> {
        let mut named = Vec::with_capacity(mentions.len());
        for (i, mention) in mentions.iter().enumerate() {
            let name = match (mention.person, mention.organization) {
                (Some(person), _) => timeline::person_of_team(conn, read, person).await?,
                (None, Some(organization)) => {
                    timeline::organization_of_team(conn, read, organization).await?
                }
                (None, None) => Some(String::new()),
            };
            let of_team = "must be a person or an organisation of the care team";
            let name = name.ok_or_else(|| Error::invalid_field(&format!("mentions[{i}]"), of_team))?;
            named.push(Mention { name, ..mention.clone() });
        }
        Ok(named)
    }
}
