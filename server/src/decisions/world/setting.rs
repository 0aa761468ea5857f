//! One patient in one relation and one state to an organisation with somebody in every role. It is made as it
//! would be in life, by calls; only the people and what nobody can wait for are put into the store.

use std::sync::Arc;
use std::time::Duration;

use renkei_domain::Clock as _;
use renkei_domain::duty::{self, Duty};
use renkei_domain::identity::{Caller, Role};
use renkei_proto::v1 as proto;
use renkei_proto::v1::consent_scope::Scope;
use uuid::Uuid;

use super::people::Staff;
use super::region::Region;
use crate::decisions::calls::{self, About, After, new_id};
use crate::decisions::cell::{Relation, State};

/// For how long a consent that expires holds: less than the tests wait before they ask.
const HOUR: Duration = Duration::from_secs(3600);
/// When a consent that does not hold yet begins.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// A patient, and an organisation that asks for them.
pub(in crate::decisions) struct Setting {
    pub(in crate::decisions) relation: Relation,
    pub(in crate::decisions) state: State,
    pub(in crate::decisions) patient: Uuid,
    /// What each asks about, in the order of the roles.
    pub(in crate::decisions) abouts: Vec<About>,
    /// Who answers for the organisation, and asks nothing in the tests.
    keeper: Arc<Caller>,
    /// A doctor of the custodian organisation; the keeper, if that is the same.
    steward: Arc<Caller>,
}

impl Setting {
    pub(in crate::decisions) async fn make(region: &Region, relation: Relation, state: State) -> Self {
        let roles = [Role::ALL, &[Role::Doctor]].concat();
        let (hash, now) = (region.password_hash.as_str(), region.clock.now());
        let staff =
            Staff::hire(&region.store, &format!("架空 {relation:?} {state:?}"), &roles, hash, now).await;
        let [callers @ .., keeper] = staff.callers.as_slice() else { panic!("nobody was hired") };
        let custodian = Staff::hire(&region.store, "架空診療所", &[Role::Doctor], hash, now).await;
        let steward = if relation == Relation::Custodian { keeper } else { &custodian.callers[0] };
        let registered: proto::RegisterPatientResponse =
            region.line.done(steward, "PatientService/RegisterPatient", &calls::register()).await;
        let patient = registered.patient.unwrap().patient_id;
        let mut setting = Self {
            relation,
            state,
            patient: patient.parse().unwrap(),
            abouts: Vec::new(),
            keeper: Arc::clone(keeper),
            steward: Arc::clone(steward),
        };
        let entry = new_id();
        let about = About {
            caller: Arc::clone(keeper),
            patient,
            visit_note: entry.clone(),
            file: new_id(),
            laboratory: new_id(),
            own_entry: entry,
            consent: String::new(),
            paper: new_id(),
            emergency: String::new(),
            member: region.colleague.actor.organization.to_string(),
            colleague: region.colleague.actor.person.to_string(),
            outsider: region.outsider.to_string(),
        };
        setting.fill(region, about, callers).await;
        setting.consents(region).await;
        setting.relate(region).await;
        setting
    }

    /// The care team and what was written: under a consent to all members, which is then withdrawn.
    async fn fill(&mut self, region: &Region, mut about: About, callers: &[Arc<Caller>]) {
        let patient = about.patient.clone();
        self.join(region, &region.colleague).await;
        if self.relation.was_there() && self.relation != Relation::Custodian {
            self.join(region, &self.keeper).await;
        }
        let form = calls::form(Scope::AllMembers(proto::AllMembers {}));
        about.consent = self.record_on(region, about.paper.clone(), form).await;
        self.upload(region, &self.steward, about.file.clone()).await;
        let note = calls::visit_note(&patient, about.visit_note.clone(), vec![about.file.clone()]);
        self.post(region, &self.steward, note).await;
        let result = calls::message(&patient, about.laboratory.clone(), proto::Category::Laboratory);
        self.post(region, &self.steward, result).await;
        for caller in callers {
            let mut about = About { caller: Arc::clone(caller), ..about.clone() };
            if self.relation.was_there() && duty::has(caller.actor.role, Duty::SeePatients) {
                about.own_entry = new_id();
                let own = calls::message(&patient, about.own_entry.clone(), proto::Category::Message);
                self.post(region, caller, own).await;
            }
            self.abouts.push(about);
        }
        self.withdraw(region, &about.consent).await;
        let ends_at = region.clock.now().after(HOUR);
        let emergency = region.emergency(self.patient, &region.colleague, ends_at).await;
        for about in &mut self.abouts {
            about.emergency.clone_from(&emergency);
        }
    }

    async fn consents(&self, region: &Region) {
        let now = region.clock.now();
        let form = calls::form(calls::naming(self.keeper.actor.organization.to_string()));
        let at = |after: Duration| {
            let seconds = now.after(after).unix_seconds();
            Some(prost_types::Timestamp { seconds, nanos: 0 })
        };
        let form = match self.state {
            State::None => return,
            State::Permit | State::Withdrawn | State::Denied => form,
            State::OtherCategory => {
                proto::ConsentForm { categories: vec![proto::Category::Laboratory as i32], ..form }
            }
            State::Expired => {
                proto::ConsentForm { period: Some(proto::Period { start: None, end: at(HOUR) }), ..form }
            }
            State::NotYet => {
                proto::ConsentForm { period: Some(proto::Period { start: at(MONTH), end: None }), ..form }
            }
        };
        let consent = self.record(region, form.clone()).await;
        match self.state {
            State::Withdrawn => self.withdraw(region, &consent).await,
            State::Denied => {
                let effect = proto::ConsentEffect::Deny as i32;
                self.record(region, proto::ConsentForm { effect, ..form }).await;
            }
            _ => {}
        }
    }

    async fn relate(&self, region: &Region) {
        match self.relation {
            Relation::Custodian | Relation::Stranger => {}
            Relation::Member => self.offer(region).await,
            Relation::Left => {
                let leave = calls::leave(&self.patient.to_string());
                let _: proto::LeaveCareTeamResponse =
                    region.line.done(&self.keeper, "PatientService/LeaveCareTeam", &leave).await;
            }
            Relation::Removed => self.remove(region).await,
            Relation::Invited => {
                self.remove(region).await;
                self.invite(region, &self.keeper).await;
            }
        }
    }

    /// Makes the patient as it was before a call.
    pub(in crate::decisions) async fn restore(&self, region: &Region, after: After, emergency: &str) {
        match after {
            After::Invite => self.invite(region, &self.keeper).await,
            After::Join => {
                self.join(region, &self.keeper).await;
                self.offer(region).await;
            }
            After::Offer => self.offer(region).await,
            After::EndEmergency => {
                let review = calls::review(&self.patient.to_string(), emergency);
                let _: proto::ReviewBreakGlassResponse =
                    region.line.done(&self.steward, "ConsentService/ReviewBreakGlass", &review).await;
            }
        }
    }

    pub(in crate::decisions) async fn upload(&self, region: &Region, who: &Arc<Caller>, file: String) {
        let frames = calls::upload(&self.patient.to_string(), file);
        region.line.call(who, "AttachmentService/UploadAttachment", frames).await.unwrap();
    }

    async fn join(&self, region: &Region, who: &Arc<Caller>) {
        self.invite(region, who).await;
        let accept = calls::answer(&self.patient.to_string(), true);
        let _: proto::AnswerInvitationResponse =
            region.line.done(who, "PatientService/AnswerInvitation", &accept).await;
    }

    async fn invite(&self, region: &Region, who: &Caller) {
        let invite = calls::invite(&self.patient.to_string(), who.actor.organization.to_string());
        let _: proto::InviteCareTeamMemberResponse =
            region.line.done(&self.steward, "PatientService/InviteCareTeamMember", &invite).await;
    }

    async fn remove(&self, region: &Region) {
        let organization = self.keeper.actor.organization.to_string();
        let remove = calls::remove(&self.patient.to_string(), organization);
        let _: proto::RemoveCareTeamMemberResponse =
            region.line.done(&self.steward, "PatientService/RemoveCareTeamMember", &remove).await;
    }

    async fn offer(&self, region: &Region) {
        let organization = self.keeper.actor.organization.to_string();
        let offer = calls::offer(&self.patient.to_string(), organization);
        let _: proto::OfferCustodianResponse =
            region.line.done(&self.steward, "PatientService/OfferCustodian", &offer).await;
    }

    async fn post(&self, region: &Region, who: &Arc<Caller>, entry: proto::PostEntryRequest) {
        let _: proto::PostEntryResponse = region.line.done(who, "TimelineService/PostEntry", &entry).await;
    }

    async fn record(&self, region: &Region, form: proto::ConsentForm) -> String {
        self.record_on(region, new_id(), form).await
    }

    async fn record_on(&self, region: &Region, paper: String, form: proto::ConsentForm) -> String {
        self.upload(region, &self.steward, paper.clone()).await;
        let record = calls::record(&self.patient.to_string(), &paper, form);
        let recorded: proto::RecordConsentResponse =
            region.line.done(&self.steward, "ConsentService/RecordConsent", &record).await;
        recorded.consent.unwrap().consent_id
    }

    async fn withdraw(&self, region: &Region, consent: &str) {
        let withdraw = calls::withdraw(&self.patient.to_string(), consent);
        let _: proto::WithdrawConsentResponse =
            region.line.done(&self.steward, "ConsentService/WithdrawConsent", &withdraw).await;
    }
}
