//! What was written but has not been acknowledged by the server. A draft is on the disk, with every id
//! that it will be sent under, before anything is sent, and is removed only after the acknowledgement:
//! so nothing is lost and nothing arrives twice, whatever breaks in between.

use std::path::PathBuf;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use prost::Message as _;
use renkei_proto::v1::{AmendConsentRequest, PostEntryRequest, RecordConsentRequest, UploadHeader};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{Error, Exit, Result},
    private_file,
    profile::Profile,
    text::msg,
    transfer::{
        local::{LocalFile, Stamp},
        upload::Upload,
    },
};

/// Something to send, with its files.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// UUID.
    pub(crate) id: String,
    /// RFC 3339 in UTC.
    pub(crate) create_time: String,
    /// The patient as it was given: UUID or local identifier. The request holds the UUID once it is known.
    pub(crate) patient: String,
    pub(crate) request: Request,
    pub(crate) attachments: Vec<Attachment>,
}

/// What will be sent after the files. Without the ids of its files, which stand beside it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Entry(PostEntryRequest),
    Consent(RecordConsentRequest),
    Amendment(AmendConsentRequest),
    /// A consent that was kept before consents were forms, as it was encoded then. It can be discarded, but
    /// not sent any longer.
    FormerConsent(Vec<u8>),
}

/// A file to send first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) attachment_id: String,
    pub(crate) path: PathBuf,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    /// Hexadecimal.
    pub(crate) sha256: String,
    #[serde(default)]
    pub(crate) stamp: Option<Stamp>,
    #[serde(default)]
    pub(crate) uploaded: bool,
    /// Its id was made by this process, so nothing was sent under it yet.
    #[serde(skip)]
    pub(crate) fresh: bool,
}

impl Attachment {
    pub(crate) fn new(file: LocalFile) -> Self {
        Self {
            attachment_id: Uuid::new_v4().to_string(),
            path: file.path,
            file_name: file.file_name,
            content_type: file.content_type,
            size: file.size,
            sha256: HEXLOWER.encode(&file.sha256),
            stamp: Some(file.stamp),
            uploaded: false,
            fresh: true,
        }
    }

    pub(crate) fn upload(&self, patient_id: &str) -> Upload {
        let header = UploadHeader {
            patient_id: patient_id.to_owned(),
            attachment_id: self.attachment_id.clone(),
            file_name: self.file_name.clone(),
            content_type: self.content_type.clone(),
            size: self.size.cast_signed(),
            sha256: Bytes::from(HEXLOWER.decode(self.sha256.as_bytes()).unwrap_or_default()),
            offset: 0,
        };
        Upload { header, path: self.path.clone(), stamp: self.stamp, fresh: self.fresh }
    }
}

impl Draft {
    /// `id`: UUID, one of those that the request holds.
    pub(crate) fn new(id: &str, patient: &str, request: Request, attachments: Vec<Attachment>) -> Self {
        Self {
            id: id.to_owned(),
            create_time: Timestamp::now().to_string(),
            patient: patient.to_owned(),
            request,
            attachments,
        }
    }

    /// UUID of the patient; empty while it is not known.
    pub(crate) fn patient_id(&self) -> &str {
        match &self.request {
            Request::Entry(request) => &request.patient_id,
            Request::Consent(request) => &request.patient_id,
            Request::Amendment(request) => &request.patient_id,
            Request::FormerConsent(_) => "",
        }
    }

    pub(crate) fn set_patient_id(&mut self, id: String) {
        match &mut self.request {
            Request::Entry(request) => request.patient_id = id,
            Request::Consent(request) => request.patient_id = id,
            Request::Amendment(request) => request.patient_id = id,
            Request::FormerConsent(_) => {}
        }
    }

    pub(crate) fn save(&self, profile: &Profile) -> Result<()> {
        let (kind, request) = match &self.request {
            Request::Entry(request) => (Kind::Entry, request.encode_to_vec()),
            Request::Consent(request) => (Kind::ConsentForm, request.encode_to_vec()),
            Request::Amendment(request) => (Kind::ConsentAmendment, request.encode_to_vec()),
            Request::FormerConsent(request) => (Kind::Consent, request.clone()),
        };
        let stored = Stored {
            create_time: self.create_time.clone(),
            patient: self.patient.clone(),
            kind,
            request: BASE64.encode(&request),
            attachments: self.attachments.clone(),
        };
        let path = path(profile, &self.id)?;
        private_file::make_folder(&folder(profile))?;
        let content = serde_json::to_vec_pretty(&stored).map_err(|_| damaged(&path))?;
        private_file::write(&path, &content)
    }

    pub(crate) fn load(profile: &Profile, id: &str) -> Result<Self> {
        let path = path(profile, id)?;
        let content = private_file::read(&path)?.ok_or_else(|| {
            Error::new(Exit::NotFound, msg!("error-no-draft", draft = id)).next(msg!("next-no-draft"))
        })?;
        let decode = || -> Option<Self> {
            let stored: Stored = serde_json::from_slice(&content).ok()?;
            let request = BASE64.decode(stored.request.as_bytes()).ok()?;
            Some(Self {
                id: id.to_owned(),
                create_time: stored.create_time,
                patient: stored.patient,
                request: match stored.kind {
                    Kind::Entry => Request::Entry(PostEntryRequest::decode(&*request).ok()?),
                    Kind::ConsentForm => Request::Consent(RecordConsentRequest::decode(&*request).ok()?),
                    Kind::ConsentAmendment => {
                        Request::Amendment(AmendConsentRequest::decode(&*request).ok()?)
                    }
                    Kind::Consent => Request::FormerConsent(request),
                },
                attachments: stored.attachments,
            })
        };
        decode().ok_or_else(|| damaged(&path))
    }

    /// All drafts, oldest first.
    pub(crate) fn list(profile: &Profile) -> Result<Vec<Self>> {
        let folder = folder(profile);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file(&folder, &error)),
        };
        let ids = entries.filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".json").filter(|id| Uuid::try_parse(id).is_ok()).map(str::to_owned)
        });
        let mut drafts = ids.map(|id| Self::load(profile, &id)).collect::<Result<Vec<_>>>()?;
        drafts.sort_by(|a, b| a.create_time.cmp(&b.create_time));
        Ok(drafts)
    }

    pub(crate) fn remove(&self, profile: &Profile) -> Result<()> {
        private_file::remove(&path(profile, &self.id)?)
    }
}

/// Folder of the drafts, and of a form while an editor has it open.
pub(crate) fn folder(profile: &Profile) -> PathBuf {
    profile.folder().join("drafts")
}

#[derive(Serialize, Deserialize)]
struct Stored {
    create_time: String,
    patient: String,
    kind: Kind,
    /// The request in the proto's encoding, so that every try sends the same bytes. Base 64.
    request: String,
    attachments: Vec<Attachment>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Entry,
    ConsentForm,
    ConsentAmendment,
    /// Of before consents were forms. Its fields had the numbers that others have now, so it must never be
    /// read as one of today's.
    Consent,
}

fn path(profile: &Profile, id: &str) -> Result<PathBuf> {
    let id = Uuid::try_parse(id)
        .map_err(|_| Error::usage(msg!("error-uuid", text = id)).next(msg!("next-no-draft")))?;
    Ok(folder(profile).join(format!("{id}.json")))
}

fn damaged(path: &std::path::Path) -> Error {
    Error::new(Exit::LocalFile, msg!("error-file-damaged", path = path.display()))
        .next(msg!("next-draft-damaged"))
}

#[cfg(test)]
mod tests;
