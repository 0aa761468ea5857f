//! Listing a care team, and the invitations that wait for an answer.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::{CareTeamMember, Invitation};
use renkei_domain::{Access, Error, Result, Subject};
use renkei_store::care_team;
use uuid::Uuid;

use crate::app::disclose::disclosure;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A patient's care team.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`].
    pub(crate) async fn list_care_team(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
    ) -> Result<Vec<CareTeamMember>> {
        let ask = |access: &Access| access.read_papers(Duty::ManageCareTeam);
        self.disclose_under(ask, caller, patient, Action::CareTeamRead, |_, conn, permit| {
            Box::pin(async move {
                let members = care_team::members(conn, &permit).await?;
                Ok((members, Act::permitted(&permit, Action::CareTeamRead)))
            })
        })
        .await
    }

    /// A page of the open invitations of the caller and the caller's organisation: what the inviter wrote, and
    /// nothing else of the patient.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::RoleNotAllowed`], [`renkei_domain::Reason::PageTokenInvalid`].
    pub(crate) async fn list_invitations(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        page: PageRequest,
    ) -> Result<Page<Invitation>> {
        self.require_duty(caller, Duty::AnswerInvitation, Action::CareTeamRead).await?;
        let listing = Listing { method: "ListInvitations", parameters: b"" };
        let after = self.open_page::<(Uuid, bool)>(caller, listing, &page)?.unwrap_or((Uuid::nil(), false));
        let (items, next) = self
            .recorded(caller, || {
                let (app, caller) = (Arc::clone(self), Arc::clone(caller));
                self.store.read(move |conn| {
                    Box::pin(async move {
                        let Subject { organization, person, .. } = caller.subject();
                        let after = (PatientId(after.0), after.1);
                        let found = care_team::invited(conn, organization, person, after, page.size).await?;
                        let full = found.len() as i64 == page.size;
                        let next = found.last().map(|(patient, own)| (patient.0, *own)).filter(|_| full);
                        let (mut invitations, mut disclosures) = (Vec::new(), Vec::new());
                        for (patient, personal) in found {
                            let access = app.access(conn, &caller, patient).await?;
                            let Ok(permit) = access.answer(personal) else { continue };
                            let (member, message) = care_team::invitation(conn, &permit, personal).await?;
                            let who = member.participant;
                            let message = app.open_invitation(conn, patient, who, &message).await?;
                            invitations.push(Invitation { member, message });
                            let act = Act::permitted(&permit, Action::CareTeamRead).about(who.id());
                            disclosures.push(disclosure(&access, act, patient));
                        }
                        Ok::<_, Error>(((invitations, next), disclosures))
                    })
                })
            })
            .await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }
}
