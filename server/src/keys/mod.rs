//! `renkei-server keys …`: the keys, for the operator. It works on the database beside servers, which notice.

mod console;
mod progress;
mod table;

use std::fs::File;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use renkei_domain::audit::Operator;
use renkei_domain::id::PatientId;
use renkei_store::Store;
use uuid::Uuid;

use self::console::Console;
pub(crate) use self::progress::Shown;
use crate::app::App;
use crate::certs::DeviceCa;
use crate::cli::{KeysCommand, Output};
use crate::config::Config;
use crate::installation::{Places, explained};

/// Longest reason for destroying keys, in characters.
const MAX_REASON: usize = 200;

/// Does what was asked for; what is to be printed.
pub(crate) async fn run(config: &Config, command: &KeysCommand) -> anyhow::Result<String> {
    let places = Places::new(config);
    let app = open(config, &places).await?;
    let result = match command {
        KeysCommand::Status { output, .. } => status(&app, *output).await,
        KeysCommand::RotateRoot { operator, .. } => rotate_root(&app, &places, &operator.name()).await,
        KeysCommand::RotatePatients { patient, operator, .. } => {
            rotate_patients(&app, &places, &operator.name(), *patient).await
        }
        KeysCommand::Shred { patient, reason, yes, operator, .. } => {
            shred(&app, *patient, operator.name(), reason, *yes).await
        }
    };
    app.shutdown();
    app.store.close().await;
    result
}

/// Opens the installation for a command at the console.
pub(crate) async fn open(config: &Config, places: &Places) -> anyhow::Result<Arc<App>> {
    let root_keys = places.read_root_key()?;
    let device_ca = DeviceCa::open(&places.folder)?;
    let store = Store::open(places.database.clone()).await.context("the database")?;
    places.open_app(config, root_keys, device_ca, store).await
}

/// One command at a time changes the keys or the CAs of an installation. Held until it is dropped.
pub(crate) fn alone(places: &Places) -> anyhow::Result<File> {
    let folder = File::open(&places.folder).with_context(|| places.folder.display().to_string())?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(std::fs::TryLockError::WouldBlock) => bail!("another `renkei-server keys` or `ca` is at work"),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| places.folder.display().to_string())
        }
    }
}

async fn status(app: &Arc<App>, output: Output) -> anyhow::Result<String> {
    let status = app.key_status().await.map_err(explained)?;
    Ok(match output {
        Output::Human => table::human(&status),
        Output::Json => table::json(&status),
    })
}

async fn rotate_root(app: &Arc<App>, places: &Places, operator: &Operator) -> anyhow::Result<String> {
    let _alone = alone(places)?;
    let done = app.rotate_root_key(operator, &mut Shown::new()).await.map_err(explained)?;
    let old: Vec<_> = done.retired.iter().map(ToString::to_string).collect();
    let old = old.join(", ");
    let place = places.root.path().display();
    if done.resumed {
        eprintln!("Finished the rotation that was broken off.");
    }
    if !done.removed {
        eprintln!(
            "{place} can only be read here: take version {old} out of it, once every server has seen the new one."
        );
    }
    eprintln!(
        "Backups that were made until now need version {old} of the root key: keep the copy of it that was made \
         with them for as long as them. Make a copy of {place} now: without it nobody can read the data again."
    );
    Ok(format!(
        "version {} of the root key wraps everything; {} keys were wrapped anew, none is behind; version {old} is \
         retired\n",
        done.version, done.rewrapped
    ))
}

async fn rotate_patients(
    app: &Arc<App>,
    places: &Places,
    operator: &Operator,
    patient: Option<Uuid>,
) -> anyhow::Result<String> {
    let _alone = alone(places)?;
    if let Some(patient) = patient {
        let version = app.rotate_patient_key(operator, PatientId(patient)).await.map_err(explained)?;
        return Ok(format!(
            "new content of patient {patient} is sealed under version {version} of the key\n"
        ));
    }
    let done = app.rotate_patient_keys(operator, &mut Shown::new()).await.map_err(explained)?;
    if let Some(since) = done.resumed {
        eprintln!("Went on with the rotation that began at {since}.");
    }
    Ok(format!("{} patients have a new version of their key\n", done.rotated))
}

async fn shred(
    app: &Arc<App>,
    patient: Uuid,
    operator: Operator,
    reason: &str,
    yes: bool,
) -> anyhow::Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.contains(char::is_control) {
        bail!("--reason must be 1 to {MAX_REASON} characters in one line");
    }
    let candidate = app.may_shred(PatientId(patient)).await.map_err(explained)?;
    let last = match candidate.last_entry_at {
        Some(last) => format!("{} entries, the last of {last}", candidate.entries),
        None => "no entries".to_owned(),
    };
    eprintln!("Patient {patient}: {last}; {} versions of the key.", candidate.keys);
    eprintln!("When its keys are destroyed, nobody can ever read this record again.");
    let mut console = Console::new();
    let first = app.approver(console.approval("First administrator")?).await.map_err(explained)?;
    let second = app.approver(console.approval("Second administrator")?).await.map_err(explained)?;
    if first.person == second.person {
        bail!("two different administrators must approve");
    }
    let beginning: String = patient.to_string().chars().take(8).collect();
    if !yes && console.line("First 8 characters of the patient's id, to destroy its keys")? != beginning {
        bail!("that is not how the patient's id begins; nothing was destroyed");
    }
    let approvers = [first, second];
    let shredded = app.shred_patient(PatientId(patient), approvers, operator, reason.to_owned());
    shredded.await.map_err(explained)?;
    eprintln!(
        "Servers forget opened keys within two seconds. Backups, replicas and archived logs of the database still \
         hold the wrapped keys, and open the record together with the root key until they expire. Audit events, \
         times, categories and authors' ids stay: they were never sealed."
    );
    Ok(format!("the keys of patient {patient} are destroyed\n"))
}
