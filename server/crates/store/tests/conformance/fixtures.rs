//! Small things that tests make: ids, times, people, entries, consents.

use std::sync::atomic::{AtomicI64, Ordering};

use renkei_domain::consent::{Effect, Form, Period, Scope, Signer, SignerKind};
use renkei_domain::id::{AttachmentId, ConsentId, EntryId, OrganizationId, PersonId, uuid_v7};
use renkei_domain::identity::{Organization, OrganizationKind, Person};
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Category, Sensitivity, Timestamp};
use renkei_domain::{Permit, Read};
use renkei_store::Sealed;
use renkei_store::consent::NewVersion;
use renkei_store::timeline::{self, NewEntry, StoredEntry};
use renkei_store::{Conn, StoreError};
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
        suspended_at: None,
    }
}

pub(crate) fn new_entry(id: EntryId, seq: i64, category: Category) -> NewEntry {
    let body = Sealed { key_version: 1, bytes: format!("body {seq}").into_bytes() };
    NewEntry {
        id,
        category,
        sensitivity: Sensitivity::Normal,
        kind: EntryKind::Message,
        revision: 1,
        occurred_at: NOW,
        reply_to: None,
        urgent: false,
        body,
    }
}

/// A consent to `categories` that holds from [`NOW`] on without an end. Without any: to all.
pub(crate) fn form(scope: Scope, categories: impl IntoIterator<Item = Category>) -> Form {
    Form {
        effect: Effect::Permit,
        scope,
        roles: [].into(),
        categories: categories.into_iter().collect(),
        sensitivities: [].into(),
        purposes: [].into(),
        period: Period { start: NOW, end: None },
        exceptions: Vec::new(),
        signer: Some(Signer { kind: SignerKind::Patient, relation: None }),
        signed_on: None,
        review_on: None,
    }
}

/// The first version of a new consent, on a new paper.
pub(crate) fn first_version(form: Form) -> NewVersion {
    NewVersion { id: ConsentId(id()), version: 1, form, signer_name: None, paper: Some(AttachmentId(id())) }
}

/// What is unread, with the marks that it is found by.
pub(crate) async fn unread_after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let patient = permit.patient();
    let marks = timeline::read_marks(conn, permit.subject(), patient, patient).await?;
    timeline::unread_after(conn, permit, &marks, after, limit).await
}
