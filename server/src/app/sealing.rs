//! What is sealed at rest, and bound to what: a row that was moved, swapped or relabelled does not open.

use renkei_crypto::blob::Manifest;
use renkei_crypto::key::{self, Key};
use renkei_crypto::seal::{Aad, open, seal};
use renkei_domain::break_glass::BreakGlass;
use renkei_domain::consent::Consent;
use renkei_domain::id::{AttachmentId, BreakGlassId, ConsentId, EntryId, PatientId, PersonId};
use renkei_domain::patient::{Demographics, Participant};
use renkei_domain::timeline::{About, Afterwards, Attachment, Content, Entry, EntryKind};
use renkei_domain::{Category, Error, Result, Sensitivity};
use renkei_store::attachment::{Preview, StoredAttachment};
use renkei_store::break_glass::StoredBreakGlass;
use renkei_store::consent::StoredConsent;
use renkei_store::timeline::{ScannedEntry, StoredAcknowledgement, StoredEntry};
use renkei_store::{Conn, Sealed};

use super::App;
use super::attachment::file_of;
use super::keys::{PatientKey, blob_context};

/// Every entry is sealed as the first revision of itself: a correction is an entry of its own.
const REVISION: u32 = 1;

/// An entry's content with what stands beside it, under a name of its own.
#[derive(serde::Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    content: &'a Content,
    about: &'a About,
}

/// What stands beside the content; everything else is passed over.
#[derive(Default, serde::Deserialize)]
struct Beside {
    #[serde(default)]
    about: About,
}

/// What an entry's body is bound to besides the patient.
pub(super) struct EntryLabel {
    pub(super) entry: EntryId,
    pub(super) category: Category,
    pub(super) sensitivity: Sensitivity,
    pub(super) author: PersonId,
}

fn entry_aad(patient: PatientId, label: &EntryLabel) -> Aad {
    let aad = Aad::new("entry")
        .with(patient.as_bytes())
        .with(label.entry.as_bytes())
        .with(&REVISION.to_be_bytes())
        .with(label.category.as_str().as_bytes())
        .with(label.author.as_bytes());
    match label.sensitivity {
        // as it was before there were others
        Sensitivity::Normal => aad,
        restricted => aad.with(restricted.as_str().as_bytes()),
    }
}

fn label_of(stored: &StoredEntry) -> EntryLabel {
    EntryLabel {
        entry: stored.id,
        category: stored.category,
        sensitivity: stored.sensitivity,
        author: stored.author.person,
    }
}

/// Whether the content is what the row says. Before rows said it, a message in a category of visit notes was taken for one.
fn is_of_kind(content: &Content, kind: EntryKind) -> bool {
    content.kind() == kind || (kind == EntryKind::VisitNote && content.kind() == EntryKind::Message)
}

fn opened(
    patient: PatientId,
    stored: StoredEntry,
    plain: Option<&[u8]>,
    attachments: Vec<Attachment>,
    afterwards: Afterwards,
) -> Entry {
    let content = plain.and_then(|plain| serde_json::from_slice(plain).ok());
    let content = content.filter(|content| is_of_kind(content, stored.kind));
    let beside: Beside = plain.and_then(|plain| serde_json::from_slice(plain).ok()).unwrap_or_default();
    Entry {
        id: stored.id,
        patient,
        seq: stored.seq,
        category: stored.category,
        sensitivity: stored.sensitivity,
        author: stored.author,
        posted_at: stored.posted_at,
        reply_to: stored.reply_to,
        urgent: stored.urgent,
        kind: stored.kind,
        revision: stored.revision,
        occurred_at: stored.occurred_at,
        content,
        about: beside.about,
        afterwards,
        attachments,
        read: stored.read,
    }
}

fn acknowledgement_aad(patient: PatientId, entry: EntryId, person: PersonId) -> Aad {
    Aad::new("acknowledgement").with(patient.as_bytes()).with(entry.as_bytes()).with(person.as_bytes())
}

fn signer_aad(patient: PatientId, consent: ConsentId, version: i32) -> Aad {
    Aad::new("signer").with(patient.as_bytes()).with(consent.as_bytes()).with(&version.to_be_bytes())
}

fn break_glass_aad(patient: PatientId, id: BreakGlassId, part: &str) -> Aad {
    Aad::new("break-glass").with(patient.as_bytes()).with(id.as_bytes()).with(part.as_bytes())
}

fn demographics_aad(patient: PatientId) -> Aad {
    Aad::new("demographics").with(patient.as_bytes())
}

fn invitation_aad(patient: PatientId, participant: Participant) -> Aad {
    Aad::new("invitation").with(patient.as_bytes()).with(participant.id().as_bytes())
}

pub(super) fn manifest_aad(patient: PatientId, attachment: AttachmentId) -> Aad {
    Aad::new("manifest").with(patient.as_bytes()).with(attachment.as_bytes())
}

pub(super) fn preview_aad(patient: PatientId, attachment: AttachmentId) -> Aad {
    Aad::new("preview-manifest").with(patient.as_bytes()).with(attachment.as_bytes())
}

impl App {
    fn seal(&self, key: &PatientKey, aad: &Aad, plain: &[u8]) -> Sealed {
        Sealed { key_version: key.version, bytes: seal(&key.note, aad, plain, self.entropy.as_ref()) }
    }

    pub(super) fn seal_content(
        &self,
        key: &PatientKey,
        label: &EntryLabel,
        content: &Content,
        about: &About,
    ) -> Result<Sealed> {
        let plain = if about.is_empty() {
            serde_json::to_vec(content)
        } else {
            serde_json::to_vec(&Written { content, about })
        };
        let plain = plain.map_err(Error::internal)?;
        Ok(self.seal(key, &entry_aad(key.patient, label), &plain))
    }

    /// The word that somebody acknowledges an entry with.
    pub(super) fn seal_word(&self, key: &PatientKey, entry: EntryId, person: PersonId, word: &str) -> Sealed {
        self.seal(key, &acknowledgement_aad(key.patient, entry, person), word.as_bytes())
    }

    /// Empty where it does not open.
    pub(super) async fn open_word(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        entry: EntryId,
        stored: &StoredAcknowledgement,
    ) -> Result<String> {
        let aad = acknowledgement_aad(patient, entry, stored.actor.person);
        Ok(self.open_text(conn, patient, &stored.word, &aad).await?.unwrap_or_default())
    }

    pub(super) fn seal_signer_name(
        &self,
        key: &PatientKey,
        consent: ConsentId,
        version: i32,
        name: &str,
    ) -> Sealed {
        self.seal(key, &signer_aad(key.patient, consent, version), name.as_bytes())
    }

    /// The consent with its signer's name.
    pub(super) async fn open_consent(&self, conn: &mut Conn, stored: StoredConsent) -> Result<Consent> {
        let mut consent = stored.consent;
        if let Some(sealed) = stored.signer_name {
            let aad = signer_aad(consent.patient, consent.id, consent.version);
            consent.signer_name = self.open_text(conn, consent.patient, &sealed, &aad).await?;
        }
        Ok(consent)
    }

    /// Why an emergency access was opened (`text`), or what its review said (`review`).
    pub(super) fn seal_break_glass(
        &self,
        key: &PatientKey,
        id: BreakGlassId,
        part: &str,
        text: &str,
    ) -> Sealed {
        self.seal(key, &break_glass_aad(key.patient, id, part), text.as_bytes())
    }

    /// The emergency access with its texts.
    pub(super) async fn open_break_glass(
        &self,
        conn: &mut Conn,
        stored: StoredBreakGlass,
    ) -> Result<BreakGlass> {
        let mut access = stored.break_glass;
        let aad = |part| break_glass_aad(access.patient, access.id, part);
        let (text, review) = (aad("text"), aad("review"));
        access.text = self.open_text(conn, access.patient, &stored.text, &text).await?;
        if let Some(found) = &mut access.review {
            found.text = match &stored.review_text {
                Some(sealed) => self.open_text(conn, access.patient, sealed, &review).await?,
                None => Some(String::new()),
            };
        }
        Ok(access)
    }

    async fn open_text(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        sealed: &Sealed,
        aad: &Aad,
    ) -> Result<Option<String>> {
        let plain = self.open_sealed(conn, patient, sealed, aad).await?;
        Ok(plain.and_then(|plain| String::from_utf8(plain).ok()))
    }

    pub(super) fn seal_demographics(&self, key: &PatientKey, demographics: &Demographics) -> Result<Sealed> {
        let plain = serde_json::to_vec(demographics).map_err(Error::internal)?;
        Ok(self.seal(key, &demographics_aad(key.patient), &plain))
    }

    pub(super) fn seal_invitation(
        &self,
        key: &PatientKey,
        participant: Participant,
        message: &str,
    ) -> Sealed {
        self.seal(key, &invitation_aad(key.patient, participant), message.as_bytes())
    }

    /// `None`: damaged. Anything that keeps other data from being read is an error.
    async fn open_sealed(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        sealed: &Sealed,
        aad: &Aad,
    ) -> Result<Option<Vec<u8>>> {
        let key = match self.keys.patient_key(conn, patient, sealed.key_version).await {
            Ok(key) => key,
            Err(error) if error.reason() == renkei_domain::Reason::StoredDataDamaged => return Ok(None),
            Err(error) => return Err(error),
        };
        let plain = open(&key.note, aad, &sealed.bytes).ok();
        if plain.is_none() {
            tracing::error!(%patient, "a sealed value of this patient does not open");
        }
        Ok(plain)
    }

    pub(super) async fn open_demographics(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        sealed: &Sealed,
    ) -> Result<Option<Demographics>> {
        let plain = self.open_sealed(conn, patient, sealed, &demographics_aad(patient)).await?;
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    pub(super) async fn open_invitation(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        participant: Participant,
        sealed: &Sealed,
    ) -> Result<Option<String>> {
        self.open_text(conn, patient, sealed, &invitation_aad(patient, participant)).await
    }

    pub(super) async fn open_entry(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        stored: StoredEntry,
        attachments: Vec<Attachment>,
        afterwards: Afterwards,
    ) -> Result<Entry> {
        let aad = entry_aad(patient, &label_of(&stored));
        let plain = self.open_sealed(conn, patient, &stored.body, &aad).await?;
        Ok(opened(patient, stored, plain.as_deref(), attachments, afterwards))
    }

    /// The entry without files and marks, if it was sealed under this key.
    pub(super) fn open_entry_with(&self, key: &PatientKey, stored: StoredEntry) -> Option<Entry> {
        if stored.has_files || stored.has_marks || stored.body.key_version != key.version {
            return None;
        }
        let aad = entry_aad(key.patient, &label_of(&stored));
        let plain = open(&key.note, &aad, &stored.body.bytes).ok()?;
        Some(opened(key.patient, stored, Some(&plain), Vec::new(), Afterwards::default()))
    }

    /// What the entry says, in JSON, if it was sealed under this key and opens.
    pub(super) fn open_scanned(key: &PatientKey, scanned: &ScannedEntry) -> Option<Vec<u8>> {
        let label = EntryLabel {
            entry: scanned.id,
            category: scanned.category,
            sensitivity: scanned.sensitivity,
            author: scanned.author.0,
        };
        open(&key.note, &entry_aad(key.patient, &label), &scanned.body.bytes).ok()
    }

    /// The attachment's key and manifest. `None`: damaged.
    pub(super) async fn open_manifest(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        stored: &StoredAttachment,
    ) -> Result<Option<(Key, Manifest)>> {
        let version = stored.blob_key.key_version;
        let parent = match self.keys.patient_key(conn, patient, version).await {
            Ok(parent) => parent,
            Err(error) if error.reason() == renkei_domain::Reason::StoredDataDamaged => return Ok(None),
            Err(error) => return Err(error),
        };
        let opened =
            key::unwrap(&parent.key, &stored.blob_key.bytes, &blob_context(&patient, version, &stored.id))
                .ok()
                .and_then(|key| {
                    let manifest =
                        Manifest::open(&key, &manifest_aad(patient, stored.id), &stored.manifest).ok()?;
                    Some((key, manifest))
                });
        if opened.is_none() {
            tracing::error!(%patient, attachment = %stored.id, "the manifest of an attachment does not open");
        }
        Ok(opened)
    }

    pub(super) async fn open_attachment(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        stored: &StoredAttachment,
    ) -> Result<Attachment> {
        let manifest = self.open_manifest(conn, patient, stored).await?;
        Ok(Attachment {
            id: stored.id,
            patient,
            position: stored.position.filter(|_| manifest.is_some()),
            has_preview: matches!(stored.preview, Preview::Made { .. }),
            file: manifest.map(|(_, manifest)| file_of(manifest)),
        })
    }
}
