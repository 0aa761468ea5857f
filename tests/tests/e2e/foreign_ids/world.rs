//! Whose ids are asked for, and who asks.

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    BreakGlassReason, BreakGlassRequest, Category, ConsentForm, ListConsentsRequest, ListSessionsRequest,
    PostEntryRequest, RemoveCareTeamMemberRequest, remove_care_team_member_request::Member as Removed,
};
use renkei_tests::fixtures;

use super::question::{Question, Standing};
use crate::{
    grpc::Session,
    region::{Member, PASSWORD, Region, form_organizations, invitation, new_id, posting},
    services::new_service,
    templates::{new_template, save},
};

/// One id of each kind.
#[derive(Clone)]
pub(super) struct Ids {
    pub(super) patient: String,
    pub(super) entry: String,
    pub(super) attachment: String,
    pub(super) paper: String,
    pub(super) consent: String,
    pub(super) break_glass: String,
    pub(super) organization: String,
    pub(super) person: String,
    pub(super) affiliation: String,
    pub(super) session: String,
    pub(super) device: String,
    pub(super) service: String,
    pub(super) template: String,
    pub(super) request: String,
}

impl Ids {
    /// Ids that nobody has.
    pub(super) fn unknown() -> Self {
        Self {
            patient: new_id(),
            entry: new_id(),
            attachment: new_id(),
            paper: new_id(),
            consent: new_id(),
            break_glass: new_id(),
            organization: new_id(),
            person: new_id(),
            affiliation: new_id(),
            session: new_id(),
            device: new_id(),
            service: new_id(),
            template: new_id(),
            request: new_id(),
        }
    }
}

/// A foreign patient with one thing of each kind.
pub(super) struct Foreign {
    ids: Ids,
    /// Of the member who was removed.
    entry_of_removed: String,
}

/// Everybody, and everything there is to ask for.
pub(super) struct World {
    /// Holds the server.
    region: Region,
    custodian: Session,
    callers: [Member; 5],
    foreign: Vec<Foreign>,
    /// The owner's.
    own_patient: String,
}

impl World {
    /// A region with so many foreign patients.
    pub(super) async fn open(region: Region, patients: usize) -> Result<Self> {
        let custodian = region.doctor("wada").await?.session;
        let emergency = region.doctor("imai").await?.session;
        let callers = [
            region.doctor("chiba").await?,
            region.doctor("doi").await?,
            region.doctor("ebina").await?,
            region.doctor("fukui").await?,
            region.doctor("goto").await?,
        ];
        let own_patient = callers[Standing::Owner as usize].session.register().await?;
        let mut world = Self { region, custodian, callers, foreign: Vec::new(), own_patient };
        for _ in 0..patients {
            let foreign = world.foreign_patient(&emergency).await?;
            world.foreign.push(foreign);
        }
        Ok(world)
    }

    /// Who stands so.
    pub(super) fn caller(&self, standing: Standing) -> &Member {
        &self.callers[standing as usize]
    }

    async fn foreign_patient(&self, emergency: &Session) -> Result<Foreign> {
        let custodian = &self.custodian;
        let patient = custodian.register().await?;
        let [invited, removed, partial] = [Standing::Invited, Standing::Removed, Standing::Partial]
            .map(|standing| &self.caller(standing).session);
        let request = invitation(&patient, invited.organization());
        custodian.patients.clone().invite_care_team_member(request).await?;

        custodian.join(&patient, removed).await?;
        let before = custodian.consent(&patient, form_organizations(&[removed])).await?;
        let entry_of_removed = removed.post(&patient, "担当していた時の記録").await?.entry_id;
        let request = RemoveCareTeamMemberRequest {
            request_id: new_id(),
            patient_id: patient.clone(),
            member: Some(Removed::OrganizationId(removed.organization())),
            text: "担当の変更".to_owned(),
        };
        custodian.patients.clone().remove_care_team_member(request).await?;
        custodian.withdraw(&patient, &before, None).await?;

        custodian.join(&patient, partial).await?;
        let categories = vec![Category::Message.into()];
        let form = ConsentForm { categories, ..form_organizations(&[partial]) };
        let consent = custodian.consent(&patient, form).await?;
        custodian.join(&patient, emergency).await?;
        let break_glass = open_in_an_emergency(emergency, &patient).await?;

        let attachment = custodian.upload(&patient, "photo.jpg", fixtures::PHOTO).await?.attachment_id;
        let request = PostEntryRequest {
            category: Category::Medication.into(),
            attachment_ids: vec![attachment.clone()],
            ..posting(&patient, "残薬の記録")
        };
        let entry = request.entry_id.clone();
        custodian.timeline.clone().post_entry(request).await?;
        let ids = Ids {
            paper: paper_of(custodian, &patient, &consent).await?,
            patient,
            entry,
            attachment,
            consent,
            break_glass,
            organization: emergency.organization(),
            person: emergency.person(),
            affiliation: emergency.me.affiliation_id.clone(),
            session: session_of(emergency).await?,
            device: emergency.me.device_id.clone(),
            service: new_service(&self.region.admin, emergency.organization()).await?.service_account_id,
            template: template_of(emergency).await?,
            request: new_id(),
        };
        Ok(Foreign { ids, entry_of_removed })
    }

    /// The ids for the `number`th time a question is asked: the foreign ones, and unknown ones.
    pub(super) async fn ids(
        &self,
        question: Question,
        standing: Standing,
        number: usize,
    ) -> Result<(Ids, Ids)> {
        let Foreign { ids, entry_of_removed } = &self.foreign[number % self.foreign.len()];
        let (mut foreign, mut unknown) = (ids.clone(), Ids::unknown());
        let is_odd = number / self.foreign.len() % 2 == 1;
        match standing {
            Standing::Stranger | Standing::Invited if is_odd => {
                // of a patient who exists, things that do not
                foreign = Ids { patient: foreign.patient, ..Ids::unknown() };
            }
            Standing::Removed if is_odd => foreign.entry.clone_from(entry_of_removed),
            Standing::Partial => unknown.patient.clone_from(&foreign.patient),
            Standing::Owner if question != Question::WatchFromPosition => {
                for ids in [&mut foreign, &mut unknown] {
                    ids.patient.clone_from(&self.own_patient);
                }
            }
            _ => {}
        }
        if question.takes_the_id() {
            let used = self.use_ids(&ids.patient).await?;
            foreign = Ids { patient: foreign.patient, ..used };
        }
        Ok((foreign, unknown))
    }

    /// New ids that the custodian has used for a foreign patient.
    async fn use_ids(&self, patient: &str) -> Result<Ids> {
        let request = posting(patient, "記録");
        let (entry, request_id) = (request.entry_id.clone(), request.request_id.clone());
        self.custodian.timeline.clone().post_entry(request).await?;
        let attachment = self.custodian.upload(patient, "photo.jpg", b"not a photo").await?.attachment_id;
        Ok(Ids { entry, request: request_id, attachment, ..Ids::unknown() })
    }
}

async fn open_in_an_emergency(session: &Session, patient: &str) -> Result<String> {
    let request = BreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        reason: BreakGlassReason::EmergencyTransport.into(),
        text: "救急搬送".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let access = session.consents.clone().break_glass(request).await?.into_inner().access;
    Ok(access.context("access")?.break_glass_id)
}

async fn template_of(session: &Session) -> Result<String> {
    let saved = save(session, new_template(&new_id(), "記録の定型文")).await?;
    Ok(saved.template_id)
}

async fn session_of(session: &Session) -> Result<String> {
    let sessions = session.auth.clone().list_sessions(ListSessionsRequest {}).await?.into_inner().sessions;
    let own = sessions.into_iter().find(|one| one.current);
    Ok(own.context("the session")?.session_id)
}

async fn paper_of(custodian: &Session, patient: &str, consent_id: &str) -> Result<String> {
    let request = ListConsentsRequest { patient_id: patient.to_owned() };
    let consents = custodian.consents.clone().list_consents(request).await?.into_inner().consents;
    let found = consents.into_iter().find(|consent| consent.consent_id == consent_id);
    Ok(found.context("the consent")?.paper_attachment_id)
}
