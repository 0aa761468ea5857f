//! Files that are being uploaded without an entry, with the ids that they will have: whatever breaks in
//! between, the same command goes on under the same ids.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    draft::Attachment,
    error::{Error, Exit, Result},
    private_file,
    profile::Profile,
    text::msg,
    transfer::local::LocalFile,
};

/// The uploads that a profile has begun, one JSON file each.
pub(crate) struct Journal {
    folder: PathBuf,
    entries: Vec<Entry>,
}

/// One upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When it was last begun or gone on with; RFC 3339 in UTC.
    time: String,
    patient_id: String,
    pub(crate) file: Attachment,
}

impl Journal {
    /// What was begun and is not too old. What does not read is begun anew, which costs time only.
    pub(crate) fn open(profile: &Profile) -> Result<Self> {
        let folder = profile.folder().join("uploads");
        private_file::make_folder(&folder)?;
        let failed = |error| Error::file(&folder, &error);
        let mut journal = Self { folder: folder.clone(), entries: Vec::new() };
        for found in std::fs::read_dir(&folder).map_err(failed)? {
            let path = found.map_err(failed)?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let content = private_file::read(&path)?.unwrap_or_default();
            match serde_json::from_slice::<Entry>(&content).ok().filter(Entry::is_young) {
                Some(entry) => journal.entries.push(entry),
                None => private_file::remove(&path)?,
            }
        }
        Ok(journal)
    }

    /// The upload of a file for a patient: the one that was begun, or a new one, which is on the disk when
    /// this returns. A file that changed since it was begun is refused, or begun `anew`.
    pub(crate) fn plan(&mut self, patient_id: &str, file: LocalFile, anew: bool) -> Result<Entry> {
        let same = |entry: &&Entry| entry.patient_id == patient_id && entry.file.path == file.path;
        let begun = self.entries.iter().find(same).cloned();
        let planned = Attachment::new(file);
        let file = match begun {
            Some(begun) if begun.file.sha256 == planned.sha256 && begun.file.size == planned.size => {
                Attachment { stamp: planned.stamp, ..begun.file }
            }
            Some(begun) if !anew => {
                return Err(Error::new(
                    Exit::LocalFile,
                    msg!("error-upload-changed", path = begun.file.path.display()),
                )
                .next(msg!("next-upload-changed")));
            }
            Some(begun) => {
                self.remove(&begun)?;
                planned
            }
            None => planned,
        };
        let entry = Entry { time: Timestamp::now().to_string(), patient_id: patient_id.to_owned(), file };
        self.save(&entry)?;
        Ok(entry)
    }

    /// Forgets an upload.
    pub(crate) fn remove(&self, entry: &Entry) -> Result<()> {
        private_file::remove(&self.path(entry))
    }

    fn save(&self, entry: &Entry) -> Result<()> {
        let path = self.path(entry);
        let content = serde_json::to_vec_pretty(entry)
            .map_err(|_| Error::new(Exit::LocalFile, msg!("error-file-damaged", path = path.display())))?;
        private_file::write(&path, &content)
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(format!("{}.json", entry.file.attachment_id))
    }
}

impl Entry {
    /// The server throws away what nobody went on with for 24 hours.
    fn is_young(&self) -> bool {
        let time = self.time.parse::<Timestamp>();
        time.is_ok_and(|time| Timestamp::now().duration_since(time) < SignedDuration::from_hours(24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Home, transfer::local::inspect};

    const PATIENT: &str = "0197f0a0-0000-7000-8000-000000000001";

    #[test]
    fn another_run_goes_on_with_the_same_id_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        let path = home.path().join("写真.jpg");
        std::fs::write(&path, "one").unwrap();
        let plan = |patient: &str, anew| {
            Journal::open(&profile).unwrap().plan(patient, inspect(&path).unwrap(), anew)
        };
        let first = plan(PATIENT, false).unwrap();
        assert!(first.file.fresh);
        let again = plan(PATIENT, false).unwrap();
        assert_eq!(again.file.attachment_id, first.file.attachment_id);
        assert!(!again.file.fresh, "the server is asked what it has");
        assert_ne!(plan("another", false).unwrap().file.attachment_id, first.file.attachment_id);

        std::fs::write(&path, "two").unwrap();
        assert_eq!(plan(PATIENT, false).unwrap_err().exit(), Exit::LocalFile);
        let anew = plan(PATIENT, true).unwrap();
        assert_ne!(anew.file.attachment_id, first.file.attachment_id);
        assert_eq!(plan(PATIENT, false).unwrap().file.attachment_id, anew.file.attachment_id);

        Journal::open(&profile).unwrap().remove(&anew).unwrap();
        assert_ne!(plan(PATIENT, false).unwrap().file.attachment_id, anew.file.attachment_id);
    }

    #[test]
    fn what_is_too_old_or_damaged_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        let path = home.path().join("photo.jpg");
        std::fs::write(&path, "one").unwrap();
        let mut journal = Journal::open(&profile).unwrap();
        let mut entry = journal.plan(PATIENT, inspect(&path).unwrap(), false).unwrap();
        entry.time = (Timestamp::now() - SignedDuration::from_hours(25)).to_string();
        journal.save(&entry).unwrap();
        private_file::write(&journal.folder.join("half.json"), b"{").unwrap();
        assert!(Journal::open(&profile).unwrap().entries.is_empty());
        assert_eq!(std::fs::read_dir(&journal.folder).unwrap().count(), 0);
    }
}
