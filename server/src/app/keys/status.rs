//! How the keys are: who is behind, what is unfinished.

use renkei_domain::{Error, Result, Timestamp};
use renkei_store::keyring::{self, PatientKeys};
use renkei_store::{StoreError, root_key};

use crate::app::App;

/// How the keys are.
#[derive(Debug)]
pub(crate) struct Status {
    /// Where the root key is kept.
    pub(crate) place: String,
    /// Its versions, oldest first.
    pub(crate) root: Vec<RootVersion>,
    /// The patients' keys.
    pub(crate) patients: PatientKeys,
    /// Since when a rotation of the patients' keys is under way, and how many patients wait for it.
    pub(crate) rotating_patients: Option<(Timestamp, i64)>,
}

/// A version of the root key.
#[derive(Debug)]
pub(crate) struct RootVersion {
    pub(crate) version: u32,
    pub(crate) created_at: Timestamp,
    pub(crate) retired_at: Option<Timestamp>,
    /// Whether it is where the root key is kept.
    pub(crate) held: bool,
    /// Keys of patients that it wraps.
    pub(crate) patient_keys: i64,
    /// Keys of the server that it wraps.
    pub(crate) server_keys: i64,
}

impl Status {
    /// The version that everything should be wrapped by.
    pub(crate) fn current(&self) -> u32 {
        self.root.iter().filter(|it| it.retired_at.is_none()).map(|it| it.version).max().unwrap_or(0)
    }

    /// How many keys are wrapped by another.
    pub(crate) fn behind(&self) -> i64 {
        let current = self.current();
        self.root.iter().filter(|it| it.version != current).map(|it| it.patient_keys + it.server_keys).sum()
    }

    /// Whether a rotation of the root key was begun and not finished.
    pub(crate) fn is_rotating_root(&self) -> bool {
        self.root.iter().filter(|it| it.retired_at.is_none()).count() > 1
    }

    /// Versions that wrap nothing any longer and are kept all the same.
    pub(crate) fn leftover(&self) -> impl Iterator<Item = u32> {
        self.root.iter().filter(|it| it.retired_at.is_some() && it.held).map(|it| it.version)
    }
}

impl App {
    /// How the keys are.
    ///
    /// # Errors
    /// As every query.
    pub(crate) async fn key_status(&self) -> Result<Status> {
        let (rows, wraps, patients, rotating_patients) = self
            .store
            .read(|conn| {
                Box::pin(async move {
                    let since = keyring::patients_since(conn).await?;
                    let waiting = match since {
                        Some(since) => Some((since, keyring::count_older(conn, since).await?)),
                        None => None,
                    };
                    let patients = keyring::patient_keys(conn).await?;
                    Ok((root_key::all(conn).await?, keyring::wraps(conn).await?, patients, waiting))
                })
            })
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        let held = self.keys.root.versions();
        let root = rows
            .into_iter()
            .map(|row| {
                let wraps = wraps.iter().find(|it| it.root_version == row.version);
                RootVersion {
                    version: row.version,
                    created_at: row.created_at,
                    retired_at: row.retired_at,
                    held: held.contains(&row.version),
                    patient_keys: wraps.map_or(0, |it| it.patient_keys),
                    server_keys: wraps.map_or(0, |it| it.server_keys),
                }
            })
            .collect();
        Ok(Status { place: self.keys.root.place(), root, patients, rotating_patients })
    }
}
