//! What was written but has not been acknowledged by the server: what stands in the outbox. A draft is on the disk,
//! with every id that it will be sent under, before anything is sent, and is removed only after the acknowledgement:
//! so nothing is lost and nothing arrives twice, whatever breaks in between.

use std::path::PathBuf;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use renkei_proto::v1::{
    AmendConsentRequest, CorrectEntryRequest, PostEntryRequest, RecordConsentRequest, RetractEntryRequest,
    UploadHeader,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::transfer::{
    local::{LocalFile, Stamp},
    upload::Upload,
};

mod stored;

pub(crate) use self::stored::{Damaged, folder, gone, id_of};

/// Something to send, with its files.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// UUID.
    pub(crate) id: String,
    /// When its author finalised it; RFC 3339 in UTC.
    pub(crate) create_time: String,
    /// Where it stands in the author's order: drafts are sent with ascending places. 0 in those of earlier versions,
    /// which come first.
    pub(crate) place: u64,
    /// It may have reached the server: what it says must not change any more.
    pub(crate) tried: bool,
    /// What the server, or this computer, said against it last, in the language of then. Empty: nothing.
    pub(crate) error: Vec<String>,
    /// Sending it again is of no use as it is: it waits for the person, and the others pass it.
    pub(crate) refused: bool,
    /// The patient as it was given: UUID or local identifier. The request holds the UUID once it is known.
    pub(crate) patient: String,
    pub(crate) request: Request,
    pub(crate) attachments: Vec<Attachment>,
    /// Of a correction while it is not known which files the corrected entry has: those that it leaves out, by name or
    /// UUID; it keeps the others. Before it is sent they are put into the request. `None`: they stand there, or it keeps
    /// none.
    pub(crate) without: Option<Vec<String>>,
}

/// What will be sent after the files. Without the ids of its files, which stand beside it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Entry(PostEntryRequest),
    Correction(CorrectEntryRequest),
    Retraction(RetractEntryRequest),
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
            place: 0,
            tried: false,
            error: Vec::new(),
            refused: false,
            patient: patient.to_owned(),
            request,
            attachments,
            without: None,
        }
    }

    /// Puts the files that a correction keeps before those that it brings.
    pub(crate) fn keep_files(&mut self, ids: impl IntoIterator<Item = String>) {
        if let Request::Correction(request) = &mut self.request {
            request.attachment_ids.splice(..0, ids);
        }
        self.without = None;
    }

    /// UUID of the patient; empty while it is not known.
    pub(crate) fn patient_id(&self) -> &str {
        match &self.request {
            Request::Entry(request) => &request.patient_id,
            Request::Correction(request) => &request.patient_id,
            Request::Retraction(request) => &request.patient_id,
            Request::Consent(request) => &request.patient_id,
            Request::Amendment(request) => &request.patient_id,
            Request::FormerConsent(_) => "",
        }
    }

    pub(crate) fn set_patient_id(&mut self, id: String) {
        match &mut self.request {
            Request::Entry(request) => request.patient_id = id,
            Request::Correction(request) => request.patient_id = id,
            Request::Retraction(request) => request.patient_id = id,
            Request::Consent(request) => request.patient_id = id,
            Request::Amendment(request) => request.patient_id = id,
            Request::FormerConsent(_) => {}
        }
    }

    /// Whether both are about the same patient, as far as it is known.
    pub(crate) fn is_about_the_patient_of(&self, other: &Self) -> bool {
        match (self.patient_id(), other.patient_id()) {
            ("", _) | (_, "") => self.patient == other.patient,
            (one, another) => one == another,
        }
    }

    /// UUID of the entry that it will be; empty for a consent.
    pub(crate) fn entry_id(&self) -> &str {
        match &self.request {
            Request::Entry(request) => &request.entry_id,
            Request::Correction(request) => &request.entry_id,
            Request::Retraction(request) => &request.entry_id,
            Request::Consent(_) | Request::Amendment(_) | Request::FormerConsent(_) => "",
        }
    }

    /// UUID of the entry that must be there before it: what it answers, corrects or retracts. Empty: none.
    pub(crate) fn needs(&self) -> &str {
        match &self.request {
            Request::Entry(request) => &request.reply_to_entry_id,
            Request::Correction(request) => &request.corrects_entry_id,
            Request::Retraction(request) => &request.retracts_entry_id,
            Request::Consent(_) | Request::Amendment(_) | Request::FormerConsent(_) => "",
        }
    }

    /// Whether it says that it was written without a connection; a retraction and a consent never do.
    pub(crate) fn tells_when_it_was_written(&self) -> bool {
        match &self.request {
            Request::Entry(request) => request.write_time.is_some(),
            Request::Correction(request) => request.write_time.is_some(),
            _ => true,
        }
    }

    /// How long ago it was finalised.
    pub(crate) fn age(&self) -> SignedDuration {
        let written = self.create_time.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        Timestamp::now().duration_since(written)
    }

    /// Whether it says that it was written later than now: the clock was wrong then.
    pub(crate) fn was_written_ahead(&self) -> bool {
        let written = match &self.request {
            Request::Entry(request) => request.write_time.as_ref(),
            Request::Correction(request) => request.write_time.as_ref(),
            _ => None,
        };
        written.is_some_and(|time| time.seconds > Timestamp::now().as_second())
    }

    /// Leaves out when it was written, under another request id: it is another request than before.
    pub(crate) fn forget_when_it_was_written(&mut self) {
        let id = Uuid::new_v4().to_string();
        match &mut self.request {
            Request::Entry(request) => (request.write_time, request.request_id) = (None, id),
            Request::Correction(request) => (request.write_time, request.request_id) = (None, id),
            _ => {}
        }
    }

    /// Says when it was finalised, for what is sent later.
    pub(crate) fn tell_when_it_was_written(&mut self) {
        let written = self.create_time.parse::<Timestamp>().ok().map(|time| prost_types::Timestamp {
            seconds: time.as_second(),
            nanos: time.subsec_nanosecond(),
        });
        match &mut self.request {
            Request::Entry(request) => request.write_time = written,
            Request::Correction(request) => request.write_time = written,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
