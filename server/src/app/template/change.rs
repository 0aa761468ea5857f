//! Saving and deleting templates. Changes of one organisation's wait for each other, so that what is compared, counted
//! and looked up by name still stands when it is written.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::TemplateId;
use renkei_domain::identity::Caller;
use renkei_domain::template::{EntryTemplate, MAX_TEMPLATES};
use renkei_domain::timeline::Content;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Tx, audit, organization, template};
use uuid::Uuid;

use crate::app::App;

/// A template as it is to be.
pub(crate) struct SaveTemplate {
    pub(crate) id: TemplateId,
    pub(crate) name: String,
    pub(crate) content: Content,
    /// Which state of it is changed. `None`: it is a new one.
    pub(crate) etag: Option<Uuid>,
}

impl App {
    /// Creates or changes a template of the caller's organisation. What stands already as it is to be is left so, whoever
    /// saved it: a client that did not hear the answer asks again.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::IdTaken`], [`Reason::TemplateNameTaken`], [`Reason::TemplateChanged`],
    /// [`Reason::TooManyTemplates`].
    pub(crate) async fn save_template(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: SaveTemplate,
    ) -> Result<EntryTemplate> {
        self.require_duty(caller, Duty::WriteTemplates, Action::TemplateSave).await?;
        let (app, caller) = (Arc::clone(self), Arc::clone(caller));
        self.store.write(move |tx| Box::pin(async move { app.save_in(tx, &caller, new).await })).await
    }

    async fn save_in(&self, tx: &mut Tx, caller: &Caller, new: SaveTemplate) -> Result<EntryTemplate> {
        let SaveTemplate { id, name, content, etag } = new;
        let own = caller.actor.organization;
        organization::hold(tx, own).await?;
        let stands = template::by_id(tx, own, id).await?;
        match (stands, etag) {
            (Some(stands), _) if stands.name == name && stands.content == content => return Ok(stands),
            (Some(stands), Some(etag)) if stands.etag == etag => {}
            (None, None) if template::count(tx, own).await? < MAX_TEMPLATES => {}
            (None, None) => return Err(Error::new(Reason::TooManyTemplates)),
            (Some(_), None) => return Err(Error::new(Reason::IdTaken)),
            (_, Some(_)) => return Err(Error::new(Reason::TemplateChanged)),
        }
        if template::named(tx, own, &name).await?.is_some_and(|other| other != id) {
            return Err(Error::new(Reason::TemplateNameTaken));
        }
        let saved = EntryTemplate {
            id,
            name,
            content,
            etag: self.new_uuid(),
            changed_by: caller.actor.clone(),
            changed_at: self.now(),
        };
        template::save(tx, &saved).await?;
        let act = Act::of_region(caller.subject(), Action::TemplateSave, id.0);
        audit::append(tx, self.stamp_of(caller), &act).await?;
        Ok(saved)
    }

    /// Deletes a template of the caller's organisation, if there is it.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`].
    pub(crate) async fn delete_template(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: TemplateId,
    ) -> Result<()> {
        self.require_duty(caller, Duty::WriteTemplates, Action::TemplateDelete).await?;
        let (app, caller, own) = (Arc::clone(self), Arc::clone(caller), caller.actor.organization);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    organization::hold(tx, own).await?;
                    if template::delete(tx, own, id).await? {
                        let act = Act::of_region(caller.subject(), Action::TemplateDelete, id.0);
                        audit::append(tx, app.stamp_of(&caller), &act).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}
