//! Drafts as they lie on the disk: one JSON file each, closed to others.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use prost::Message as _;
use renkei_proto::v1::{
    AmendConsentRequest, CorrectEntryRequest, PostEntryRequest, RecordConsentRequest, RetractEntryRequest,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    draft::{Attachment, Draft, Request},
    error::{Error, Exit, Result},
    private_file,
    profile::Profile,
    text::msg,
};

impl Draft {
    pub(crate) fn save(&self, profile: &Profile) -> Result<()> {
        let (kind, request) = match &self.request {
            Request::Entry(request) => (Kind::Entry, request.encode_to_vec()),
            Request::Correction(request) => (Kind::Correction, request.encode_to_vec()),
            Request::Retraction(request) => (Kind::Retraction, request.encode_to_vec()),
            Request::Consent(request) => (Kind::ConsentForm, request.encode_to_vec()),
            Request::Amendment(request) => (Kind::ConsentAmendment, request.encode_to_vec()),
            Request::FormerConsent(request) => (Kind::Consent, request.clone()),
        };
        let stored = Stored {
            create_time: self.create_time.clone(),
            place: self.place,
            tried: self.tried,
            error: self.error.clone(),
            refused: self.refused,
            patient: self.patient.clone(),
            kind,
            request: BASE64.encode(&request),
            attachments: self.attachments.clone(),
            without: self.without.clone(),
        };
        let path = path(profile, &self.id)?;
        private_file::make_folder(&folder(profile))?;
        let content = serde_json::to_vec_pretty(&stored).map_err(|_| damaged(&path))?;
        private_file::write(&path, &content)
    }

    /// Saves what has changed. `false`: the draft is gone, because the person discarded it, and stays gone. For who
    /// holds the lock of the outbox.
    pub(crate) fn save_again(&self, profile: &Profile) -> Result<bool> {
        let is_there = path(profile, &self.id)?.symlink_metadata().is_ok();
        if is_there {
            self.save(profile)?;
        }
        Ok(is_there)
    }

    pub(crate) fn load(profile: &Profile, id: &str) -> Result<Self> {
        Self::find(profile, id)?.ok_or_else(|| gone(id))
    }

    /// The draft, if it is still there: another process may have sent it.
    pub(crate) fn find(profile: &Profile, id: &str) -> Result<Option<Self>> {
        let path = path(profile, id)?;
        let Some(content) = private_file::read(&path)? else { return Ok(None) };
        let decode = || -> Option<Self> {
            let stored: Stored = serde_json::from_slice(&content).ok()?;
            let request = BASE64.decode(stored.request.as_bytes()).ok()?;
            Some(Self {
                id: id.to_owned(),
                create_time: stored.create_time,
                place: stored.place,
                tried: stored.tried,
                error: stored.error,
                refused: stored.refused,
                patient: stored.patient,
                request: match stored.kind {
                    Kind::Entry => Request::Entry(PostEntryRequest::decode(&*request).ok()?),
                    Kind::Correction => Request::Correction(CorrectEntryRequest::decode(&*request).ok()?),
                    Kind::Retraction => Request::Retraction(RetractEntryRequest::decode(&*request).ok()?),
                    Kind::ConsentForm => Request::Consent(RecordConsentRequest::decode(&*request).ok()?),
                    Kind::ConsentAmendment => {
                        Request::Amendment(AmendConsentRequest::decode(&*request).ok()?)
                    }
                    Kind::Consent => Request::FormerConsent(request),
                },
                attachments: stored.attachments,
                without: stored.without,
            })
        };
        decode().map(Some).ok_or_else(|| damaged(&path))
    }

    /// All drafts that can be read, in the author's order.
    pub(crate) fn list(profile: &Profile) -> Result<Vec<Self>> {
        Ok(Self::list_all(profile)?.0)
    }

    /// The same, and beside them those that cannot be read.
    pub(crate) fn list_all(profile: &Profile) -> Result<(Vec<Self>, Vec<Damaged>)> {
        let folder = folder(profile);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(Error::file(&folder, &error)),
        };
        let (mut drafts, mut damaged) = (Vec::new(), Vec::new());
        for entry in entries {
            let Ok(name) = entry.map_err(|error| Error::file(&folder, &error))?.file_name().into_string()
            else {
                continue;
            };
            if let Some(id) = name.strip_suffix(".json").filter(|id| Uuid::try_parse(id).is_ok()) {
                match Self::find(profile, id) {
                    // One that another process has sent meanwhile is no longer there.
                    Ok(found) => drafts.extend(found),
                    Err(error) => {
                        damaged.push(Damaged { id: id.to_owned(), path: folder.join(&name), error })
                    }
                }
            }
        }
        drafts.sort_by(|a, b| (a.place, &a.create_time).cmp(&(b.place, &b.create_time)));
        damaged.sort_by(|a, b| a.id.cmp(&b.id));
        Ok((drafts, damaged))
    }

    pub(crate) fn remove(&self, profile: &Profile) -> Result<()> {
        Self::remove_file(profile, &self.id)
    }

    /// Removes a draft by its id, also one that cannot be read.
    pub(crate) fn remove_file(profile: &Profile, id: &str) -> Result<()> {
        private_file::remove(&path(profile, id)?)
    }
}

/// A draft that cannot be read.
#[derive(Debug)]
pub(crate) struct Damaged {
    pub(crate) id: String,
    pub(crate) path: PathBuf,
    pub(crate) error: Error,
}

/// The id of a draft that is named by its id or by its path.
pub(crate) fn id_of<'a>(profile: &Profile, named: &'a str) -> &'a str {
    let path = Path::new(named);
    let is_file =
        path.parent() == Some(&folder(profile)) && path.extension().is_some_and(|end| end == "json");
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.filter(|_| is_file).unwrap_or(named)
}

/// Folder of the drafts, and of a form while an editor has it open.
pub(crate) fn folder(profile: &Profile) -> PathBuf {
    profile.folder().join("drafts")
}

#[derive(Serialize, Deserialize)]
struct Stored {
    create_time: String,
    #[serde(default)]
    place: u64,
    // A draft of an earlier version was kept after a try.
    #[serde(default = "yes")]
    tried: bool,
    #[serde(default)]
    error: Vec<String>,
    #[serde(default)]
    refused: bool,
    patient: String,
    kind: Kind,
    /// The request in the proto's encoding, so that every try sends the same bytes. Base 64.
    request: String,
    attachments: Vec<Attachment>,
    // Earlier versions kept no files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    without: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Entry,
    Correction,
    Retraction,
    ConsentForm,
    ConsentAmendment,
    /// Of before consents were forms. Its fields had the numbers that others have now, so it must never be
    /// read as one of today's.
    Consent,
}

fn yes() -> bool {
    true
}

pub(super) fn path(profile: &Profile, id: &str) -> Result<PathBuf> {
    let id = Uuid::try_parse(id)
        .map_err(|_| Error::usage(msg!("error-uuid", text = id)).next(msg!("next-no-draft")))?;
    Ok(folder(profile).join(format!("{id}.json")))
}

/// The error for a draft that is not there.
pub(crate) fn gone(id: &str) -> Error {
    Error::new(Exit::NotFound, msg!("error-no-draft", draft = id)).next(msg!("next-no-draft"))
}

fn damaged(path: &Path) -> Error {
    Error::new(Exit::LocalFile, msg!("error-file-damaged", path = path.display()))
        .next(msg!("next-draft-damaged", path = path.display()))
}
