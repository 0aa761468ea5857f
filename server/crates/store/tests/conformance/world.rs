//! A small region to play in: a clinic, a nursing station and a pharmacy with one person each, and
//! patients of the clinic. What it does goes through the store's own functions and the access rule.

use std::sync::atomic::{AtomicI64, Ordering};

use renkei_domain::access::{Access, Answer};
use renkei_domain::category::CategorySet;
use renkei_domain::consent::{Period, Rule, Scope};
use renkei_domain::duty::Duty;
use renkei_domain::id::{
    AffiliationId, AttachmentId, ConsentId, EntryId, OrganizationId, PatientId, PersonId, uuid_v7,
};
use renkei_domain::identity::{Organization, OrganizationKind, Person, Role};
use renkei_domain::{Category, Permit, Read, Subject, Timestamp, Write};
use renkei_store::keyring::WrappedKey;
use renkei_store::patient::NewPatient;
use renkei_store::timeline::NewEntry;
use renkei_store::{Sealed, Store, care_team, consent, identity, keyring, patient, timeline};
use uuid::Uuid;

/// The time in tests, unless they set another.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

/// `seconds` after [`NOW`].
pub(crate) fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

/// A new id, greater than those before it.
pub(crate) fn id() -> Uuid {
    static COUNTER: AtomicI64 = AtomicI64::new(1_800_000_000_000_000);
    uuid_v7(Timestamp(COUNTER.fetch_add(1, Ordering::Relaxed)), [0; 8])
}

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
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    pub(crate) organization: OrganizationId,
    pub(crate) role: Role,
    pub(crate) affiliation: AffiliationId,
}

impl Member {
    pub(crate) fn subject(&self) -> Subject {
        Subject { person: self.person, organization: self.organization, role: self.role }
    }
}

pub(crate) fn sealed(text: &str) -> Sealed {
    Sealed { key_version: 1, bytes: text.as_bytes().to_vec() }
}

pub(crate) fn organization(name: &str, kind: OrganizationKind) -> Organization {
    Organization { id: OrganizationId(id()), kind, name: name.to_owned(), created_at: NOW }
}

pub(crate) fn person(login_name: &str) -> Person {
    Person {
        id: PersonId(id()),
        login_name: login_name.to_owned(),
        name: format!("架空 {login_name}"),
        name_kana: "カクウ".to_owned(),
        affiliations: Vec::new(),
        created_at: NOW,
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
        let rule = rule(scope_of(&doctor), CategorySet::all());
        in_tx!(self.store, [] tx => {
            patient::insert(tx, &new, NOW).await?;
            let key = WrappedKey { version: 1, root_version: 1, wrapped: vec![7; 48] };
            keyring::insert_patient_key(tx, patient, &key, NOW).await?;
            care_team::insert_custodian(tx, patient, &doctor.subject(), &sealed(""), NOW).await?;
            consent::insert_custodian(tx, patient, &rule, &doctor.subject(), NOW).await
        })
        .unwrap();
        patient
    }

    /// What `member` may do.
    pub(crate) async fn access(&self, patient: PatientId, member: &Member) -> Access {
        let subject = member.subject();
        let standing = in_snapshot!(self.store, [] conn =>
            patient::standing(conn, patient, subject.organization).await)
        .unwrap()
        .unwrap();
        Access::decide(subject, &standing, NOW)
    }

    pub(crate) async fn reader(&self, patient: PatientId, member: &Member) -> Permit<Read> {
        self.access(patient, member).await.read().unwrap()
    }

    pub(crate) async fn poster(&self, patient: PatientId, member: &Member) -> Permit<Write> {
        self.access(patient, member).await.post(Category::Message).unwrap()
    }

    /// The doctor's permit to manage care team and consents.
    pub(crate) async fn manager(&self, patient: PatientId) -> Permit<Write> {
        self.access(patient, &self.doctor).await.manage(Duty::ManageConsent).unwrap()
    }

    pub(crate) async fn invite(&self, patient: PatientId, member: &Member) {
        let permit = self.manager(patient).await;
        let organization = member.organization;
        in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            care_team::invite(tx, &permit, organization, &sealed("よろしくお願いします"), NOW).await
        })
        .unwrap();
    }

    pub(crate) async fn answerer(&self, patient: PatientId, member: &Member) -> Permit<Answer> {
        self.access(patient, member).await.answer().unwrap()
    }

    /// Invites the member's organisation and accepts.
    pub(crate) async fn join(&self, patient: PatientId, member: &Member) {
        self.invite(patient, member).await;
        let permit = self.answerer(patient, member).await;
        let answered = in_tx!(self.store, [] tx => {
            patient::raise_epoch(tx, patient).await?;
            care_team::answer(tx, &permit, true, NOW).await
        });
        assert!(answered.unwrap());
    }

    pub(crate) async fn record_consent(&self, patient: PatientId, rule: &Rule) {
        let permit = self.manager(patient).await;
        let paper = AttachmentId(id());
        in_tx!(self.store, [rule] tx => {
            patient::raise_epoch(tx, patient).await?;
            consent::record(tx, &permit, &rule, paper, NOW).await
        })
        .unwrap();
    }

    /// Lets the member's organisation join and see `categories`.
    pub(crate) async fn admit(
        &self,
        patient: PatientId,
        member: &Member,
        categories: impl IntoIterator<Item = Category>,
    ) {
        self.join(patient, member).await;
        self.record_consent(patient, &rule(scope_of(member), categories.into_iter().collect())).await;
    }

    /// Posts an entry; its id and its `seq`.
    pub(crate) async fn post(
        &self,
        patient: PatientId,
        member: &Member,
        category: Category,
    ) -> (EntryId, i64) {
        let permit = self.access(patient, member).await.post(category).unwrap();
        let entry = EntryId(id());
        let seq = in_tx!(self.store, [] tx => {
            let seq = patient::next_seq(tx, patient).await?.unwrap();
            timeline::insert(tx, &permit, &new_entry(entry, seq, category), NOW).await?;
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

pub(crate) fn new_entry(id: EntryId, seq: i64, category: Category) -> NewEntry {
    let body = Sealed { key_version: 1, bytes: format!("body {seq}").into_bytes() };
    NewEntry { id, seq, category, reply_to: None, urgent: false, body }
}

/// A consent to `categories` that holds from [`NOW`] on without an end.
pub(crate) fn rule(scope: Scope, categories: CategorySet) -> Rule {
    Rule { id: ConsentId(id()), scope, categories, period: Period { start: NOW, end: None } }
}

pub(crate) fn scope_of(member: &Member) -> Scope {
    Scope::Organizations([member.organization].into())
}
