//! What was written but has not been acknowledged by the server. A draft is on the disk, with every id
//! that it will be sent under, before anything is sent, and is removed only after the acknowledgement:
//! so nothing is lost and nothing arrives twice, whatever breaks in between.

use std::path::PathBuf;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use prost::Message as _;
use renkei_proto::v1::{PostEntryRequest, RecordConsentRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{Error, Exit, Result},
    private_file,
    profile::Profile,
    text::msg,
    transfer::LocalFile,
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

/// What will be sent after the files. Without the ids of the files, which stand beside it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Entry(PostEntryRequest),
    Consent(RecordConsentRequest),
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
    pub(crate) uploaded: bool,
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
            uploaded: false,
        }
    }
}

impl Draft {
    pub(crate) fn new(patient: &str, request: Request, attachments: Vec<Attachment>) -> Self {
        let id = match &request {
            Request::Entry(request) => request.entry_id.clone(),
            Request::Consent(request) => request.request_id.clone(),
        };
        Self {
            id,
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
        }
    }

    pub(crate) fn set_patient_id(&mut self, id: String) {
        match &mut self.request {
            Request::Entry(request) => request.patient_id = id,
            Request::Consent(request) => request.patient_id = id,
        }
    }

    pub(crate) fn save(&self, profile: &Profile) -> Result<()> {
        let (kind, request) = match &self.request {
            Request::Entry(request) => (Kind::Entry, request.encode_to_vec()),
            Request::Consent(request) => (Kind::Consent, request.encode_to_vec()),
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
                    Kind::Consent => Request::Consent(RecordConsentRequest::decode(&*request).ok()?),
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
mod tests {
    use super::*;
    use crate::profile::Home;

    fn draft(text: &str) -> Draft {
        let content = renkei_proto::v1::Message { text: text.into() };
        let request = PostEntryRequest {
            request_id: Uuid::new_v4().into(),
            entry_id: Uuid::new_v4().into(),
            content: Some(renkei_proto::v1::EntryContent {
                content: Some(renkei_proto::v1::entry_content::Content::Message(content)),
            }),
            ..Default::default()
        };
        let file = LocalFile {
            path: "/tmp/photo.jpg".into(),
            file_name: "photo.jpg".into(),
            content_type: "image/jpeg".into(),
            size: 3,
            sha256: [7; 32],
        };
        Draft::new("12345", Request::Entry(request), vec![Attachment::new(file)])
    }

    #[test]
    fn a_draft_comes_back_with_the_same_ids_and_content() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        let mut draft = draft("発赤あり");
        draft.save(&profile).unwrap();
        draft.set_patient_id("0197f0a0-0000-7000-8000-000000000001".into());
        draft.attachments[0].uploaded = true;
        draft.save(&profile).unwrap();

        let back = Draft::load(&profile, &draft.id).unwrap();
        assert_eq!(back.request, draft.request);
        assert_eq!(back.attachments[0].attachment_id, draft.attachments[0].attachment_id);
        assert!(back.attachments[0].uploaded);
        assert_eq!(Draft::list(&profile).unwrap().len(), 1);

        back.remove(&profile).unwrap();
        assert!(Draft::list(&profile).unwrap().is_empty());
        assert_eq!(Draft::load(&profile, &draft.id).unwrap_err().exit(), Exit::NotFound);
    }

    #[test]
    fn an_id_is_never_a_path() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        assert_eq!(Draft::load(&profile, "../profile").unwrap_err().exit(), Exit::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn drafts_are_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        let draft = draft("秘");
        draft.save(&profile).unwrap();
        let mode = std::fs::metadata(path(&profile, &draft.id).unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
