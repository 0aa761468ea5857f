//! One way in which access ends, again and again.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, bail};
use renkei_proto::v1::{
    BreakGlassReason, BreakGlassRequest, BreakGlassVerdict, Category, ConsentEffect, ConsentForm,
    EndAffiliationRequest, LeaveCareTeamRequest, Period, ReinstatePersonRequest, RemoveCareTeamMemberRequest,
    ReviewBreakGlassRequest, Role, StaffAccess, SuspendPersonRequest, UpdateStaffAccessRequest,
    WithdrawnPart, remove_care_team_member_request::Member,
};
use tonic::Code;

use super::Ending;
use crate::{
    grpc::Session,
    refusal::expect,
    region::{PASSWORD, Region, form_organizations, new_id},
    withdrawal_trials::{
        figures::Figures,
        lane::{Ack, Lane},
        load::Load,
        random,
        stream::{Event, Seen, Stream, What},
    },
};

/// How many milliseconds are left of a consent that runs out: at least so many, and up to twice as many.
const LEFT: u32 = 1000;

/// A lane whose access ends in one way.
pub(super) struct Case {
    pub(super) ending: Ending,
    pub(super) lane: Lane,
    region: Arc<Region>,
    /// Of the watcher's organisation, if somebody there has to act.
    colleague: Option<Session>,
    stream: Stream,
    /// UUID of what gives access, or of what took it away.
    given: String,
    /// Access was taken away once.
    is_taken: bool,
}

/// One end of access.
pub(super) struct Trial {
    /// Just before access was given.
    pub(super) given: SystemTime,
    /// When it was gone.
    pub(super) ack: Ack,
    /// When the stream said so. `None`: some access stayed.
    pub(super) ended: Option<Instant>,
    pub(super) entries: Vec<Seen>,
}

impl Case {
    /// What must stand before access can be given the first time.
    pub(super) async fn open(ending: Ending, region: Arc<Region>, lane: Lane) -> Result<Self> {
        let (custodian, patient, watcher) = (&lane.custodian, &lane.patient, &lane.watcher);
        if !matches!(ending, Ending::Removal | Ending::Leaving) {
            custodian.join(patient, watcher).await?;
        }
        let stream = Stream::open(&lane.watching).await?;
        let by_consent = matches!(ending, Ending::Category | Ending::Expiry | Ending::Review);
        if !by_consent {
            custodian.consent(patient, form_organizations(&[watcher])).await?;
        }
        let colleague = match ending {
            Ending::Assignment => Some(region.colleague(watcher, "abe-too", Role::Pharmacist).await?.session),
            _ => None,
        };
        let given = lane.watcher.me.affiliation_id.clone();
        Ok(Self { ending, lane, region, colleague, stream, given, is_taken: false })
    }

    /// Gives access and takes it away, under load. Every other time, where that can be, there is nothing left
    /// to send when it is taken away, so that nothing else makes the server look.
    pub(super) async fn trial(
        &mut self,
        number: usize,
        load: &mut Load,
        figures: &mut Figures,
    ) -> Result<Trial> {
        load.go_on();
        let given = SystemTime::now();
        self.give().await.context("access is given")?;
        self.lane.access_starts(&mut self.stream, figures).await.context("access starts")?;
        let mut entries = Vec::new();
        self.lane.random_moment(&mut self.stream, &mut entries).await?;
        if number % 2 == 1 && self.ending != Ending::Category {
            self.lane.silence(load, &mut self.stream, &mut entries).await?;
        }
        let ack = self.take_away().await.context("access is taken away")?;
        self.is_taken = true;
        let ended = match self.ending {
            Ending::Suspension | Ending::Affiliation => Some(self.stream_ends(&mut entries).await?),
            Ending::Category => {
                self.the_rest_comes(ack, &mut entries).await?;
                self.lane.custodian.withdraw(&self.lane.patient, &self.given, None).await?;
                self.lane.access_ends(&mut self.stream, &mut entries).await?;
                None
            }
            _ => Some(self.lane.access_ends(&mut self.stream, &mut entries).await?),
        };
        Ok(Trial { given, ack, ended, entries })
    }

    /// Gives access.
    async fn give(&mut self) -> Result<()> {
        let Lane { patient, custodian, watcher, device, .. } = &self.lane;
        let mut admin = self.region.admin.identity.clone();
        match self.ending {
            Ending::Removal | Ending::Leaving => custodian.join(patient, watcher).await?,
            Ending::Assignment => self.show_to(StaffAccess::All).await?,
            Ending::Category => {
                let categories = vec![Category::Message.into(), Category::Medication.into()];
                let form = ConsentForm { categories, ..form_organizations(&[watcher]) };
                self.given = custodian.consent(patient, form).await?;
            }
            Ending::Expiry => {
                self.given = custodian.consent(patient, form_organizations(&[watcher])).await?;
            }
            Ending::Review => {
                let request = BreakGlassRequest {
                    request_id: new_id(),
                    patient_id: patient.clone(),
                    reason: BreakGlassReason::EmergencyTransport.into(),
                    text: "救急搬送のため内服薬を確認".to_owned(),
                    password: PASSWORD.to_owned(),
                };
                let access = watcher.consents.clone().break_glass(request).await?.into_inner().access;
                self.given = access.context("access")?.break_glass_id;
            }
            // given from the beginning; afterwards given back
            _ if !self.is_taken => {}
            Ending::Denial => custodian.withdraw(patient, &self.given, None).await?,
            Ending::Suspension => {
                let request = ReinstatePersonRequest { request_id: new_id(), person_id: watcher.person() };
                admin.reinstate_person(request).await?;
                self.lane.watcher = device.login().await?;
                self.stream = Stream::open(&self.lane.watcher).await?;
            }
            Ending::Affiliation => {
                let (person, organization) = (watcher.person(), watcher.organization());
                self.given = self.region.affiliate(&person, &organization, Role::Pharmacist).await?;
                self.lane.watcher = device.login().await?;
                self.stream = Stream::open(&self.lane.watcher).await?;
            }
        }
        Ok(())
    }

    /// Takes access away.
    async fn take_away(&mut self) -> Result<Ack> {
        let Lane { patient, custodian, watcher, .. } = &self.lane;
        let mut admin = self.region.admin.identity.clone();
        match self.ending {
            Ending::Removal => {
                let request = RemoveCareTeamMemberRequest {
                    request_id: new_id(),
                    patient_id: patient.clone(),
                    member: Some(Member::OrganizationId(watcher.organization())),
                    text: "担当の変更".to_owned(),
                };
                custodian.patients.clone().remove_care_team_member(request).await?;
            }
            Ending::Leaving => {
                let request = LeaveCareTeamRequest {
                    request_id: new_id(),
                    patient_id: patient.clone(),
                    ..Default::default()
                };
                watcher.patients.clone().leave_care_team(request).await?;
            }
            Ending::Assignment => self.show_to(StaffAccess::Assigned).await?,
            Ending::Category => {
                let categories = vec![Category::Message.into()];
                let part = WithdrawnPart { categories, ..Default::default() };
                custodian.withdraw(patient, &self.given, Some(part)).await?;
            }
            Ending::Denial => {
                let effect = ConsentEffect::Deny.into();
                let form = ConsentForm { effect, ..form_organizations(&[watcher]) };
                self.given = custodian.consent(patient, form).await?;
            }
            Ending::Suspension => {
                let request = SuspendPersonRequest { request_id: new_id(), person_id: watcher.person() };
                admin.suspend_person(request).await?;
            }
            Ending::Affiliation => {
                let request =
                    EndAffiliationRequest { request_id: new_id(), affiliation_id: self.given.clone() };
                admin.end_affiliation(request).await?;
            }
            Ending::Expiry => return self.run_out().await,
            Ending::Review => {
                let request = ReviewBreakGlassRequest {
                    request_id: new_id(),
                    patient_id: patient.clone(),
                    break_glass_id: self.given.clone(),
                    verdict: BreakGlassVerdict::NotJustified.into(),
                    text: "救急搬送の事実がない".to_owned(),
                };
                custodian.consents.clone().review_break_glass(request).await?;
            }
        }
        Ok(Ack::now())
    }

    /// Gives the consent an end, and waits for it.
    async fn run_out(&self) -> Result<Ack> {
        let Lane { patient, custodian, watcher, .. } = &self.lane;
        let mut request =
            custodian.amendment(patient, &self.given, 1, form_organizations(&[watcher])).await?;
        let left = Duration::from_millis((LEFT + random(LEFT)).into());
        let (at, clock) = (Instant::now() + left, SystemTime::now() + left);
        if let Some(form) = &mut request.form {
            form.period = Some(Period { start: None, end: Some(clock.into()) });
        }
        custodian.consents.clone().amend_consent(request).await?;
        // on a busy machine it may be answered when the end is over
        let answered = Ack::now();
        tokio::time::sleep_until(at.into()).await;
        Ok(Ack { at: at.max(answered.at), clock: clock.max(answered.clock) })
    }

    /// When the stream ended, which it must because the session did.
    async fn stream_ends(&mut self, entries: &mut Vec<Seen>) -> Result<Instant> {
        loop {
            let Event { at, what } = self.stream.next().await?;
            match what {
                What::Closed(status) => {
                    expect(&status, Code::Unauthenticated, "SESSION_REQUIRED")?;
                    return Ok(at);
                }
                What::Entry(seen) => entries.push(seen),
                What::Started(_) | What::Ended(_) => {}
            }
        }
    }

    /// Waits for an entry that is still permitted, and was posted after `ack`.
    async fn the_rest_comes(&mut self, ack: Ack, entries: &mut Vec<Seen>) -> Result<()> {
        loop {
            match self.stream.next().await?.what {
                What::Entry(seen) => {
                    let is_late = seen.began.is_some_and(|began| began > ack.at);
                    let is_permitted = !self.ending.takes(seen.category);
                    entries.push(seen);
                    if is_late && is_permitted {
                        return Ok(());
                    }
                }
                What::Closed(status) => return Err(status.into()),
                What::Started(_) | What::Ended(_) => bail!("all access ended"),
            }
        }
    }

    /// Shows the patient to everybody of the watcher's organisation, or to the colleague only.
    async fn show_to(&self, staff_access: StaffAccess) -> Result<()> {
        let colleague = self.colleague.as_ref().context("a colleague")?;
        let request = UpdateStaffAccessRequest {
            request_id: new_id(),
            patient_id: self.lane.patient.clone(),
            staff_access: staff_access.into(),
            person_ids: vec![colleague.person()],
        };
        colleague.patients.clone().update_staff_access(request).await?;
        Ok(())
    }
}
