//! The order of the outbox: what one author wrote about one patient arrives in the order in which it was finalised,
//! each exactly once, however often the network breaks and however many processes send.
//!
//! One process sends at a time. It goes through the drafts in their order; a draft that is refused for good stays with
//! what was said against it, and the others pass it, except those that need it (an answer, a correction). Where the
//! server cannot be reached everything waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use renkei_proto::v1::Entry;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::{
    command::{
        Context,
        outbox::{
            deliver::{self, Sent},
            unsent,
        },
        resolve,
    },
    connection::Connection,
    draft::{Draft, Request},
    error::{Error, Exit, Result},
    output::{
        line::{Line, Style},
        note,
    },
    profile::{FileLock, Profile},
    text::msg,
};

/// What is sent.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Everything that was not refused.
    All,
    /// One draft, even if it was refused, after what was written before it about the same patient.
    UpTo(&'a str),
}

/// What came of one draft.
pub(super) enum Came {
    Sent(Box<Sent>),
    /// It stays until the person changes or discards it.
    Refused(Error),
    /// It stays for another time, and what follows about the same patient too.
    Later(Error),
}

/// Puts a draft into the outbox, last: it is on the disk when this returns. `offline`: it will be sent another time.
pub(crate) fn keep(context: &Context<'_>, mut draft: Draft, offline: bool) -> Result<Draft> {
    resolve::check_patient(&draft.patient)?;
    draft.place = context.profile.take_place()?;
    if offline {
        draft.tell_when_it_was_written();
    }
    draft.save(&context.profile)?;
    Ok(draft)
}

/// Keeps a draft and sends it.
pub(crate) async fn hand_over(context: &Context<'_>, connection: &Connection, draft: Draft) -> Result<()> {
    let draft = keep(context, draft, false)?;
    pass_on(context, connection, &draft, false).await
}

/// Sends a draft that is kept, after what waits before it; after a failure it stays, and the person is told how to go
/// on. `offline`: it is not sent now.
pub(crate) async fn pass_on(
    context: &Context<'_>,
    connection: &Connection,
    draft: &Draft,
    offline: bool,
) -> Result<()> {
    if offline {
        let json = json!({"draft_id": draft.id, "entry_id": draft.entry_id(), "queued": true});
        return context.out.one(json, || {
            vec![context.line(&msg!("outbox-queued")), Line::styled(Style::Faint, draft.id.as_str())]
        });
    }
    tell_damaged(context)?;
    unsent::begins(context, draft);
    let passed_on = pass_on_now(context, connection, draft).await;
    unsent::ends();
    passed_on
}

async fn pass_on_now(context: &Context<'_>, connection: &Connection, draft: &Draft) -> Result<()> {
    let mut own = None;
    let flushed = flush(context, connection, Scope::UpTo(&draft.id), |one, came| {
        if one.id == draft.id {
            own = Some(came);
        } else if let Came::Sent(sent) = &came {
            context.note(&sent.words());
        }
        Ok(())
    });
    let kept = |error: Error, refused| {
        unsent::tell(context, &draft.id, refused);
        Err(error)
    };
    match (flushed.await, own) {
        (Ok(()), Some(Came::Refused(error))) => kept(error, true),
        (Err(error), _) | (Ok(()), Some(Came::Later(error))) => kept(error, false),
        (Ok(()), Some(Came::Sent(sent))) => deliver::print(context, connection, &sent).await,
        (Ok(()), None) if Draft::find(&context.profile, &draft.id)?.is_some() => kept(held_up(), false),
        // Another process was quicker.
        (Ok(()), None) => match deliver::arrived(connection, draft).await? {
            Some(sent) => deliver::print(context, connection, &sent).await,
            None => context
                .out
                .one(json!({"draft_id": draft.id}), || vec![context.line(&msg!("outbox-sent-elsewhere"))]),
        },
    }
}

/// Tells of what cannot be read, and so is passed over.
pub(super) fn tell_damaged(context: &Context<'_>) -> Result<()> {
    for damaged in Draft::list_all(&context.profile)?.1 {
        for line in damaged.error.lines(context.texts) {
            note(&Line::styled(Style::Plain, line));
        }
    }
    Ok(())
}

/// The same for the full screen, which tells the person itself: the entry, if the server still shows it.
pub(crate) async fn pass_on_quietly(
    context: &Context<'_>,
    connection: &Connection,
    draft: &Draft,
) -> Result<Option<Entry>> {
    let mut own = None;
    let told = |one: &Draft, came| {
        if one.id == draft.id {
            own = Some(came);
        }
        Ok(())
    };
    flush(context, connection, Scope::UpTo(&draft.id), told).await?;
    match own {
        Some(Came::Sent(sent)) => Ok(sent.entry().cloned()),
        Some(Came::Refused(error) | Came::Later(error)) => Err(error),
        None if Draft::find(&context.profile, &draft.id)?.is_some() => Err(held_up()),
        None => Ok(deliver::arrived(connection, draft).await?.and_then(|sent| sent.entry().cloned())),
    }
}

/// Why a draft that was not refused itself stays.
pub(super) fn held_up() -> Error {
    Error::new(Exit::Conflict, msg!("error-draft-waits")).next(msg!("next-draft-waits"))
}

/// Sends what the scope says, in order, and tells of each. Everything is done when this returns `Ok`, but for what
/// was told to stay.
///
/// # Errors
///
/// What concerns all of it: the server cannot be reached, or wants a log-in, or the disk is full. The rest waits.
pub(super) async fn flush(
    context: &Context<'_>,
    connection: &Connection,
    scope: Scope<'_>,
    mut told: impl FnMut(&Draft, Came) -> Result<()>,
) -> Result<()> {
    let mut passed = BTreeSet::new();
    loop {
        let _lock = lock(&context.profile).await?;
        let began = Instant::now();
        let mut drafts = Draft::list(&context.profile)?;
        name_patients(context, connection, &mut drafts).await.map_err(unsent::stays)?;
        let mut left: Vec<Draft> = Vec::new();
        let mut all = true;
        for draft in within(scope, drafts) {
            // As it stands now: the person may have discarded it since.
            let Ok(Some(mut draft)) = Draft::find(&context.profile, &draft.id) else { continue };
            let waits = draft.refused && !is_target(scope, &draft)
                || left.iter().any(|before| holds_up(before, &draft, &passed));
            if waits || passed.contains(&draft.id) {
                left.push(draft);
                continue;
            }
            if began.elapsed() > TURN {
                all = false;
                break;
            }
            match deliver::send(context, connection, &mut draft).await {
                Ok(sent) => {
                    draft.remove(&context.profile)?;
                    told(&draft, Came::Sent(Box::new(sent)))?;
                }
                Err(error) => {
                    let error = unsent::stays(error);
                    draft.error = error.lines(context.texts);
                    draft.refused = is_final(&error);
                    // On a full disk it stands as it stood.
                    if !error.is_disk_full() {
                        draft.save_again(&context.profile)?;
                    }
                    if concerns_all(&error) {
                        return Err(error);
                    }
                    passed.insert(draft.id.clone());
                    let came = if draft.refused { Came::Refused(error) } else { Came::Later(error) };
                    told(&draft, came)?;
                    left.push(draft);
                }
            }
        }
        if all {
            return Ok(());
        }
    }
}

/// The drafts of the scope. One that is gone was sent by another process: then there is nothing to do.
fn within(scope: Scope<'_>, drafts: Vec<Draft>) -> Vec<Draft> {
    let Scope::UpTo(id) = scope else { return drafts };
    let Some(target) = drafts.iter().find(|draft| draft.id == id).cloned() else { return Vec::new() };
    let end = drafts.iter().position(|draft| draft.id == id).unwrap_or_default();
    let before = drafts.into_iter().take(end + 1);
    before.filter(|draft| draft.is_about_the_patient_of(&target)).collect()
}

fn is_target(scope: Scope<'_>, draft: &Draft) -> bool {
    matches!(scope, Scope::UpTo(id) if id == draft.id)
}

/// Whether a draft that stays keeps a later one from being sent: what it needs, and what waits about its patient.
fn holds_up(before: &Draft, draft: &Draft, passed: &BTreeSet<String>) -> bool {
    let needed = !draft.needs().is_empty() && draft.needs() == before.entry_id();
    let waits = !before.refused && passed.contains(&before.id) && before.is_about_the_patient_of(draft);
    needed || waits
}

/// Sending it again as it is would be refused again.
fn is_final(error: &Error) -> bool {
    !error.is_disk_full()
        && matches!(
            error.exit(),
            Exit::Usage
                | Exit::NotFound
                | Exit::NotPermitted
                | Exit::Conflict
                | Exit::LocalFile
                | Exit::Damaged
        )
}

/// No other draft would fare better.
fn concerns_all(error: &Error) -> bool {
    error.is_disk_full()
        || matches!(error.exit(), Exit::TryAgain | Exit::LogIn | Exit::Interrupted | Exit::AuditLog)
}

/// Finds the patients that were named by their local identifiers, so that it is known which drafts are about the same.
async fn name_patients(context: &Context<'_>, connection: &Connection, drafts: &mut [Draft]) -> Result<()> {
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    let unnamed = |draft: &Draft| {
        let sendable = !draft.refused && !matches!(draft.request, Request::FormerConsent(_));
        draft.patient_id().is_empty() && sendable
    };
    for draft in drafts.iter_mut().filter(|draft| unnamed(draft)) {
        if !known.contains_key(&draft.patient) {
            let found = match resolve::patient(connection, &draft.patient).await {
                Ok(id) => Some(id),
                Err(error) if concerns_all(&error) => return Err(error),
                // It is told when its turn comes.
                Err(_) => None,
            };
            known.insert(draft.patient.clone(), found);
        }
        if let Some(Some(id)) = known.get(&draft.patient) {
            draft.set_patient_id(id.clone());
            draft.save_again(&context.profile)?;
        }
    }
    Ok(())
}

async fn lock(profile: &Profile) -> Result<FileLock> {
    let profile = profile.clone();
    spawn_blocking(move || profile.lock_outbox())
        .await
        .map_err(|error| Error::new(Exit::Other, msg!("error-answer")).detail(error.to_string()))?
}

/// So long a process sends before it lets others have their turn and looks what is new.
const TURN: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
