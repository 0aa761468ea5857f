//! A small region to play in: a clinic, a nursing station and a pharmacy with one person each, and
//! patients of the clinic. What it does goes through the store's own functions and the access rule.

use renkei_domain::access::{Access, Answer, Audit, Place, Standing};
use renkei_domain::consent::{Form, Scope};
use renkei_domain::duty::Duty;
use renkei_domain::id::{AffiliationId, ConsentId, EntryId, OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{Organization, OrganizationKind, Purpose, Role};
use renkei_domain::patient::{MembershipStatus, Participant, StaffAccess};
use renkei_domain::{Category, Permit, Read, Sensitivity, Subject, Write};
use renkei_store::keyring::WrappedKey;
use renkei_store::patient::NewPatient;
use renkei_store::timeline::NewEntry;
use renkei_store::{Store, care_team, consent, identity, keyring, patient, timeline};

pub(crate) use crate::fixtures::{
    NOW, first_version, form, id, later, new_entry, organization, person, sealed,
};

/// Runs the body in a transaction, with clones of the variables in brackets.
macro_rules! in_tx {
    ($store:expr, [$($name:ident),*] $tx:ident => $body:expr) => {{
        $(let $name = $name.clone();)*
        $store.write(move |$tx| Box::pin(async move { $body })).await
    }};
}

/// Runs the body on a snapshot, with clones of the variables in brackets.
macro_rules! in_snapshot {
    ($store:expr, [$($name:ident),*] $conn:ident => $body:expr) => {{
        $(let $name = $name.clone();)*
        $store.read(move |$conn| Box::pin(async move { $body })).await
    }};
}

pub(crate) use {in_snapshot, in_tx};

/// Somebody who acts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    pub(crate) organization: OrganizationId,
    pub(crate) role: Role,
    pub(crate) affiliation: AffiliationId,
}

impl Member {
    pub(crate) fn subject(&self) -> Subject {
        Subject {
            person: self.person,
            organization: self.organization,
            role: self.role,
            purpose: Purpose::Treatment,
        }
    }

    /// The member's organisation in a care team.
    pub(crate) fn place(&self) -> Participant {
        Participant::Organization(self.organization)
    }

    /// The member in person in a care team.
    pub(crate) fn in_person(&self) -> Participant {
        Participant::Person(self.person)
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    /// At the clinic, which is the custodian of every patient.
    pub(crate) doctor: Member,
    /// At the nursing station.
    pub(crate) nurse: Member,
    /// At the pharmacy.
    pub(crate) pharmacist: Member,
}

impl World {
    pub(crate) async fn new(store: &Store) -> Self {
        let member = |organization, login, role| employ(store, organization, login, role);
        let clinic = organization("ひかり診療所", OrganizationKind::Clinic);
        let station = organization("みどり訪問看護", OrganizationKind::HomeVisitNursing);
        let pharmacy = organization("あおば薬局", OrganizationKind::Pharmacy);
        Self {
            store: store.clone(),
            doctor: member(clinic, "doctor", Role::Doctor).await,
            nurse: member(station, "nurse", Role::Nurse).await,
            pharmacist: member(pharmacy, "pharmacist", Role::Pharmacist).await,
        }
    }

    /// A new patient of the clinic.
    pub(crate) async fn patient(&self) -> PatientId {
        self.patient_with([1; 32], None).await
    }

    pub(crate) async fn patient_with(&self, kana: [u8; 32], identifier: Option<[u8; 32]>) -> PatientId {
        let patient = PatientId(id());
        let doctor = self.doctor;
        let new = NewPatient {
            id: patient,
            custodian: doctor.organization,
            demographics: sealed("demographics"),
            name_kana_index: kana,
            local_identifier_index: identifier,
        };
        let own = Form::custodian(doctor.organization, NOW);
        in_tx!(self.store, [] tx => {
            patient::insert(tx, &new, NOW).await?;
            let key = WrappedKey { version: 1, root_version: 1, wrapped: vec![7; 48] };
            keyring::insert_patient_key(tx, patient, &key, NOW).await?;
            care_team::insert_custodian(tx, patient, &doctor.subject(), &sealed(""), NOW).await?;
            consent::insert_custodian(tx, patient, ConsentId(id()), &own, &doctor.subject(), NOW).await
        })
        .unwrap();
        patient
    }

    /// What `member` may do.
    pub(crate) async fn access(&self, patient: PatientId, member: &Member) -> Access {
        let subject = member.subject();
        let standing = in_snapshot!(self.store, [] conn =>
            patient::standing(conn, patient, &subject).await)
        .unwrap()
        .unwrap();
        Access::decide(subject, &standing, NOW)
    }

    pub(crate) async fn reader(&self, patient: PatientId, member: &Member) -> Permit<Read> {
        self.access(patient, member).await.read().unwrap()
    }

    pub(crate) async fn poster(&self, patient: PatientId, member: &Member) -> Permit<Write> {
        self.access(patient, member).await.post(Category::Message, Sensitivity::Normal).unwrap()
    }

    /// The doctor's permit to manage care team and consents.
    pub(crate) async fn manager(&self, patient: PatientId) -> Permit<Write> {
        self.access(patient, &self.doctor).await.manage(Duty::ManageConsent).unwrap()
    }

    /// To read what was done to the record.
    pub(crate) async fn auditor(&self, patient: PatientId) -> Permit<Audit> {
        self.access(patient, &self.doctor).await.read_audit().unwrap()
    }

    /// Invites the member's organisation.
    pub(crate) async fn invite(&self, patient: PatientId, member: &Member) {
        self.invite_as(patient, member.place()).await;
    }

    pub(crate) async fn invite_as(&self, patient: PatientId, participant: Participant) {
        let permit = self.manager(patient).await;
        in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            care_team::invite(tx, &permit, participant, &sealed("よろしくお願いします"), NOW).await
        })
        .unwrap();
    }

    /// The permit to answer for the member's organisation.
    pub(crate) async fn answerer(&self, patient: PatientId, member: &Member) -> Permit<Answer> {
        self.access(patient, member).await.answer(false).unwrap()
    }

    /// A permit to answer anything for the member, as if the access rule had given it.
    pub(crate) fn any_answer(&self, patient: PatientId, member: &Member) -> Permit<Answer> {
        let place = Place {
            status: MembershipStatus::Invited,
            staff: StaffAccess::All,
            assigned: false,
            staffed: false,
        };
        let standing = Standing {
            patient,
            epoch: 1,
            person_epoch: 0,
            custodian: self.doctor.organization,
            offered_custodian: None,
            active: true,
            organization: Some(place),
            person: None,
            rules: Vec::new(),
            break_glass: None,
        };
        Access::decide(member.subject(), &standing, NOW).answer(false).unwrap()
    }

    /// Invites the member's organisation, and accepts for all its staff.
    pub(crate) async fn join(&self, patient: PatientId, member: &Member) {
        self.join_as(patient, member, false).await;
    }

    /// Invites the member in person or the organisation, and accepts.
    pub(crate) async fn join_as(&self, patient: PatientId, member: &Member, personal: bool) {
        self.invite_as(patient, if personal { member.in_person() } else { member.place() }).await;
        let permit = self.access(patient, member).await.answer(personal).unwrap();
        let answered = in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            care_team::answer(tx, &permit, personal, true, StaffAccess::All, NOW).await
        });
        assert!(answered.unwrap());
    }

    /// Records a consent on a new paper.
    pub(crate) async fn record_consent(&self, patient: PatientId, form: Form) -> ConsentId {
        let permit = self.manager(patient).await;
        let new = first_version(form);
        let consent = new.id;
        in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            consent::record(tx, &permit, &new, NOW).await
        })
        .unwrap();
        consent
    }

    /// Withdraws a consent that stands.
    pub(crate) async fn withdraw_consent(&self, patient: PatientId, id: ConsentId) {
        let permit = self.manager(patient).await;
        let withdrawn = in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            consent::withdraw(tx, &permit, id, NOW).await
        });
        assert!(withdrawn.unwrap());
    }

    /// Lets the member's organisation join and see `categories`.
    pub(crate) async fn admit(
        &self,
        patient: PatientId,
        member: &Member,
        categories: impl IntoIterator<Item = Category>,
    ) {
        self.join(patient, member).await;
        self.record_consent(patient, form(scope_of(member), categories)).await;
    }

    /// Posts a normal entry; its id and its `seq`.
    pub(crate) async fn post(
        &self,
        patient: PatientId,
        member: &Member,
        category: Category,
    ) -> (EntryId, i64) {
        self.post_as(patient, member, category, Sensitivity::Normal).await
    }

    pub(crate) async fn post_as(
        &self,
        patient: PatientId,
        member: &Member,
        category: Category,
        sensitivity: Sensitivity,
    ) -> (EntryId, i64) {
        let permit = self.access(patient, member).await.post(category, sensitivity).unwrap();
        let entry = EntryId(id());
        let seq = in_tx!(self.store, [] tx => {
            let seq = patient::next_seq(tx, patient).await?.unwrap();
            let new = NewEntry { sensitivity, ..new_entry(entry, seq, category) };
            timeline::insert_notice(tx, &permit, seq, &new, NOW).await?;
            Ok::<_, renkei_store::StoreError>(seq)
        });
        (entry, seq.unwrap())
    }
}

async fn employ(store: &Store, organization: Organization, login: &str, role: Role) -> Member {
    let person = person(login);
    let member =
        Member { person: person.id, organization: organization.id, role, affiliation: AffiliationId(id()) };
    in_tx!(store, [] tx => {
        identity::insert_organization(tx, &organization).await?;
        identity::insert_person(tx, &person).await?;
        identity::insert_affiliation(tx, member.affiliation, member.person, member.organization, role, NOW).await
    })
    .unwrap();
    member
}

pub(crate) fn scope_of(member: &Member) -> Scope {
    Scope::Organizations([member.organization].into())
}
