//! The client as a witness of the audit log: it keeps the last checkpoint that it saw, and looks now and then whether
//! the log still goes on from there. No server can take anything back unseen from whoever does.
//!
//! The first checkpoint, and the key that it is checked with, are believed. What does not fit to what was kept is kept
//! too, beside it, and told loudly; the server is used all the same, since people are cared for with it.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use renkei_audit_log::{Checkpoint, Hash, VerifyingKey, proof};
use renkei_proto::v1::{
    ErrorReason, GetCheckpointRequest, GetConsistencyProofRequest, audit_service_client::AuditServiceClient,
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    connection::Connection,
    error::{Error, Exit, Result},
    private_file,
    profile::Profile,
    text::{Message, msg},
};

/// How often is looked without being asked.
const EVERY: i64 = 60 * 60;
/// For how long it may not have been possible to look before it is said. In seconds.
const LONG: i64 = 24 * 60 * 60;
/// A look that nobody asked for takes no longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// `checkpoint.json`: what the log said last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What checkpoints are checked with: the first that was seen.
    pub(crate) verifying_key: String,
    /// The newest checkpoint that was seen.
    pub(crate) checkpoint: String,
    /// Seconds since 1970 on this computer's clock, when it was seen.
    pub(crate) seen: i64,
}

/// A checkpoint that goes on from what was kept.
pub(crate) struct Seen {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) note: String,
    pub(crate) key: VerifyingKey,
    /// How many leaves the log had when it was looked at before.
    pub(crate) since: Option<u64>,
}

/// Looks if it is time to. An error is evidence that the log was changed, or that what is kept here is damaged, which
/// would end every look; what else hinders says nothing of it, and is told when it has lasted.
pub(crate) async fn look_if_due(profile: &Profile) -> Result<Option<Message>> {
    let kept = profile.checkpoint()?;
    let is_due = kept.as_ref().is_none_or(|kept| !(0..EVERY).contains(&(now() - kept.seen)));
    if !is_due || !matches!(profile.session(), Ok(Some(_))) {
        return Ok(None);
    }
    let looked = async {
        let connection = Connection::open(profile)?;
        look(&connection, profile).await
    };
    match timeout(PATIENCE, looked).await {
        Ok(Err(error)) if matches!(error.exit(), Exit::AuditLog | Exit::LocalFile) => Err(error),
        Ok(Ok(_)) => Ok(None),
        Ok(Err(_)) | Err(_) => Ok(kept.and_then(|kept| unseen(&kept, now()))),
    }
}

/// Whether it is too long ago that the log could be looked at: a server that gives no proofs is not better than one that
/// gives wrong ones.
fn unseen(kept: &Kept, now: i64) -> Option<Message> {
    let elapsed = now.saturating_sub(kept.seen);
    (elapsed > LONG).then(|| msg!("note-log-unseen", days = elapsed / LONG))
}

/// Asks for the newest checkpoint, compares it with the one that was kept, and keeps it. `None`: the log is empty.
pub(crate) async fn look(connection: &Connection, profile: &Profile) -> Result<Option<Seen>> {
    loop {
        // before the server is asked: another process may see a newer one meanwhile
        let kept = profile.checkpoint()?;
        let Some((fresh, seen)) = compare(connection, profile, kept.as_ref()).await? else {
            return Ok(None);
        };
        if keep(profile, kept.as_ref(), &fresh)? {
            return Ok(Some(seen));
        }
        // it did: what it has seen was not compared with this
    }
}

/// Keeps what goes on from `base`. `false`: something else is kept meanwhile, and stays.
fn keep(profile: &Profile, base: Option<&Kept>, fresh: &Kept) -> Result<bool> {
    let _lock = profile.lock_checkpoint()?;
    let note = |kept: Option<&Kept>| kept.map(|kept| kept.checkpoint.clone());
    if note(profile.checkpoint()?.as_ref()) != note(base) {
        return Ok(false);
    }
    profile.save_checkpoint(fresh)?;
    Ok(true)
}

/// The newest checkpoint, if it goes on from what is kept.
async fn compare(
    connection: &Connection,
    profile: &Profile,
    kept: Option<&Kept>,
) -> Result<Option<(Kept, Seen)>> {
    let answer = connection
        .call(GetCheckpointRequest {}, async |channel, request| {
            AuditServiceClient::new(channel).get_checkpoint(request).await
        })
        .await
        .map_err(|error| unproven(profile, kept, error))?;
    let fresh = Kept { verifying_key: answer.verifying_key, checkpoint: answer.checkpoint, seen: now() };
    let alarm = |what| alarm(profile, kept, Some(&fresh), what);
    let key = VerifyingKey::parse(&fresh.verifying_key);
    let key = key.filter(|_| kept.is_none_or(|kept| kept.verifying_key == fresh.verifying_key));
    let key = key.ok_or_else(|| alarm(msg!("error-log-key")))?;
    let old = match kept {
        Some(kept) => {
            Some(Checkpoint::open(&kept.checkpoint, &key).map_err(|_| profile.checkpoint_damaged())?)
        }
        None => None,
    };
    if fresh.checkpoint.is_empty() {
        return if old.is_none() { Ok(None) } else { Err(alarm(msg!("error-log-shorter"))) };
    }
    let new = Checkpoint::open(&fresh.checkpoint, &key);
    let new = new.map_err(|error| alarm(msg!("error-log-signature")).detail(error.to_string()))?;
    if let Some(old) = &old {
        if new.size < old.size {
            return Err(alarm(msg!("error-log-shorter")));
        }
        let path = proof_between(connection, old.size, new.size);
        let path = path.await.map_err(|error| unproven(profile, kept, error))?;
        let is_consistent =
            path.is_some_and(|path| proof::is_consistent(old.size, &old.root, new.size, &new.root, &path));
        if !is_consistent {
            return Err(alarm(msg!("error-log-forked")));
        }
    }
    let note = fresh.checkpoint.clone();
    Ok(Some((fresh, Seen { checkpoint: new, note, key, since: old.map(|old| old.size) })))
}

/// The server's proof. `None`: it is made of other things than hashes.
async fn proof_between(connection: &Connection, old: u64, new: u64) -> Result<Option<Vec<Hash>>> {
    if old == new {
        return Ok(Some(Vec::new()));
    }
    let request = GetConsistencyProofRequest { from_size: old.cast_signed(), to_size: new.cast_signed() };
    let answer = connection.call(request, async |channel, request| {
        AuditServiceClient::new(channel).get_consistency_proof(request).await
    });
    Ok(hashes(&answer.await?.hashes))
}

/// Hashes as they came. `None`: one of them is none.
pub(crate) fn hashes(path: &[Bytes]) -> Option<Vec<Hash>> {
    path.iter().map(|hash| hash.as_ref().try_into().ok()).collect()
}

/// A server that signed a checkpoint and cannot prove it has lost or changed what it signed.
fn unproven(profile: &Profile, kept: Option<&Kept>, error: Error) -> Error {
    let cannot = error.is(ErrorReason::StoredDataDamaged) || error.is(ErrorReason::RequestInvalid);
    if !cannot {
        return error;
    }
    alarm(profile, kept, None, msg!("error-log-unproven"))
}

/// Keeps both sides of a contradiction, and says what to do.
pub(crate) fn alarm(profile: &Profile, kept: Option<&Kept>, answered: Option<&Kept>, what: Message) -> Error {
    let mut text = String::new();
    for (which, one) in [("kept", kept), ("answered", answered)] {
        let Some(one) = one else { continue };
        text.push_str(&format!("{which}:\n{}\n{}\n", one.verifying_key, one.checkpoint));
    }
    let evidence: PathBuf = profile.folder().join("checkpoint-conflict.txt");
    let error = Error::new(Exit::AuditLog, what).next(msg!(
        "next-log",
        evidence = evidence.display(),
        kept = profile.checkpoint_path().display()
    ));
    match private_file::write(&evidence, text.as_bytes()) {
        Ok(()) => error,
        Err(failed) => error.detail(format!("{}: {failed:?}", evidence.display())),
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Home;

    fn kept(checkpoint: &str) -> Kept {
        Kept { verifying_key: "key".into(), checkpoint: checkpoint.into(), seen: 1_000_000 }
    }

    #[test]
    fn what_another_process_has_kept_meanwhile_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        let note = || profile.checkpoint().unwrap().map(|kept| kept.checkpoint);
        let (ten, twenty, thirty) = (kept("10"), kept("20"), kept("30"));
        assert!(keep(&profile, None, &ten).unwrap());
        assert!(keep(&profile, Some(&ten), &thirty).unwrap());
        // asked before the other one, and slow
        assert!(!keep(&profile, Some(&ten), &twenty).unwrap());
        assert!(!keep(&profile, None, &twenty).unwrap());
        assert_eq!(note().as_deref(), Some("30"));
        assert!(keep(&profile, Some(&thirty), &thirty).unwrap(), "seen again");
    }

    #[test]
    fn that_the_log_was_not_seen_for_long_is_told() {
        let kept = kept("10");
        assert!(unseen(&kept, kept.seen + LONG).is_none());
        assert!(unseen(&kept, kept.seen - LONG * 9).is_none(), "the clock was set back");
        assert!(unseen(&kept, kept.seen + LONG + 1).is_some());
    }
}
