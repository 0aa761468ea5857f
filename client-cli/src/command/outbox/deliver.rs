//! How one thing of the outbox is sent: its files first, then what names them.

use jiff::SignedDuration;
use renkei_proto::v1::{
    AmendConsentRequest, Consent, CorrectEntryRequest, Entry, ErrorReason, GetEntryRequest, PostEntryRequest,
    RecordConsentRequest, consent_service_client::ConsentServiceClient,
    timeline_service_client::TimelineServiceClient,
};

use crate::{
    command::{
        Context, consent, entry, files,
        outbox::{kept, same::says_the_same},
        resolve,
    },
    connection::Connection,
    draft::{Draft, Request, gone},
    error::{Error, Exit, Result},
    output::{
        json::Json as _,
        line::{Line, Style},
        time,
    },
    text::{Message, msg},
};

/// What is sent within this time after it was finalised was posted at once.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(60);

/// What the server made of it.
pub(super) enum Sent {
    Entry(Entry),
    Correction(Entry),
    Retraction(Entry),
    Consent(Consent),
    Amendment(Consent),
}

impl Sent {
    /// The entry, unless it is a consent.
    pub(super) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(entry) | Self::Correction(entry) | Self::Retraction(entry) => Some(entry),
            Self::Consent(_) | Self::Amendment(_) => None,
        }
    }

    /// What a person is told of it.
    pub(super) fn words(&self) -> Message {
        let place = |entry: &Entry| (entry.seq, time::local(entry.post_time.as_ref()));
        match self {
            Self::Entry(entry) => {
                let (seq, time) = place(entry);
                msg!("posted", seq = seq, time = time)
            }
            Self::Correction(entry) => {
                let (seq, time) = place(entry);
                msg!("entry-corrected", seq = seq, time = time)
            }
            Self::Retraction(entry) => {
                let (seq, time) = place(entry);
                msg!("entry-retracted", seq = seq, time = time)
            }
            Self::Consent(_) => msg!("consent-recorded"),
            Self::Amendment(consent) => msg!("consent-amended", version = consent.version),
        }
    }
}

/// Sends it. The draft is saved whenever a file has arrived.
pub(super) async fn send(context: &Context<'_>, connection: &Connection, draft: &mut Draft) -> Result<Sent> {
    if draft.patient_id().is_empty() {
        draft.set_patient_id(resolve::patient(connection, &draft.patient).await?);
        save(context, draft)?;
    }
    // The clock was put right since the server refused it; but a try before that may have arrived.
    if draft.refused && draft.was_written_ahead() {
        if let Some(sent) = arrived(connection, draft).await? {
            return Ok(sent);
        }
        draft.forget_when_it_was_written();
        save(context, draft)?;
    }
    // What is sent so much later says when it was written; but a try whose answer was lost may have arrived.
    if !draft.tells_when_it_was_written() && draft.age() > AT_ONCE {
        if draft.tried
            && let Some(sent) = arrived(connection, draft).await?
        {
            return Ok(sent);
        }
        draft.tell_when_it_was_written();
        save(context, draft)?;
    }
    settle_files(context, connection, draft).await?;
    upload_files(context, connection, draft).await?;
    if !draft.tried {
        draft.tried = true;
        save(context, draft)?;
    }
    match call(connection, draft).await {
        // It arrived between the question and now.
        Err(error) if error.is(ErrorReason::RequestIdReused) || error.is(ErrorReason::IdTaken) => {
            arrived(connection, draft).await?.ok_or(error)
        }
        answered => answered,
    }
}

/// Saves the draft, unless the person discarded it meanwhile: then it is not sent.
fn save(context: &Context<'_>, draft: &Draft) -> Result<()> {
    match draft.save_again(&context.profile)? {
        true => Ok(()),
        false => Err(gone(&draft.id)),
    }
}

/// The entry, if the server has it already. One that says something else under the same id is another one.
pub(super) async fn arrived(connection: &Connection, draft: &Draft) -> Result<Option<Sent>> {
    if draft.entry_id().is_empty() {
        return Ok(None);
    }
    let request =
        GetEntryRequest { patient_id: draft.patient_id().to_owned(), entry_id: draft.entry_id().to_owned() };
    let found = connection
        .call(request, async |channel, request| TimelineServiceClient::new(channel).get_entry(request).await)
        .await;
    match found {
        Ok(found) => {
            Ok(found.entry.filter(|entry| says_the_same(entry, draft)).map(|entry| match &draft.request {
                Request::Correction(_) => Sent::Correction(entry),
                Request::Retraction(_) => Sent::Retraction(entry),
                _ => Sent::Entry(entry),
            }))
        }
        Err(error) if error.exit() == Exit::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn call(connection: &Connection, draft: &Draft) -> Result<Sent> {
    let files: Vec<String> = draft.attachments.iter().map(|file| file.attachment_id.clone()).collect();
    let paper_attachment_id = files.first().cloned().unwrap_or_default();
    let answer = || Error::new(Exit::Other, msg!("error-answer"));
    match &draft.request {
        Request::Entry(request) => {
            // What was uploaded before comes first.
            let attachment_ids = [request.attachment_ids.clone(), files].concat();
            let request = PostEntryRequest { attachment_ids, ..request.clone() };
            let response = connection
                .call(request, async |channel, request| {
                    TimelineServiceClient::new(channel).post_entry(request).await
                })
                .await?;
            response.entry.map(Sent::Entry).ok_or_else(answer)
        }
        Request::Correction(request) => {
            let attachment_ids = [request.attachment_ids.clone(), files].concat();
            let request = CorrectEntryRequest { attachment_ids, ..request.clone() };
            let response = connection
                .call(request, async |channel, request| {
                    TimelineServiceClient::new(channel).correct_entry(request).await
                })
                .await?;
            response.entry.map(Sent::Correction).ok_or_else(answer)
        }
        Request::Retraction(request) => {
            let response = connection
                .call(request.clone(), async |channel, request| {
                    TimelineServiceClient::new(channel).retract_entry(request).await
                })
                .await?;
            response.entry.map(Sent::Retraction).ok_or_else(answer)
        }
        Request::Consent(request) => {
            let request = RecordConsentRequest { paper_attachment_id, ..request.clone() };
            let response = connection
                .call(request, async |channel, request| {
                    ConsentServiceClient::new(channel).record_consent(request).await
                })
                .await?;
            response.consent.map(Sent::Consent).ok_or_else(answer)
        }
        Request::Amendment(request) => {
            let request = AmendConsentRequest { paper_attachment_id, ..request.clone() };
            let response = connection
                .call(request, async |channel, request| {
                    ConsentServiceClient::new(channel).amend_consent(request).await
                })
                .await?;
            response.consent.map(Sent::Amendment).ok_or_else(answer)
        }
        Request::FormerConsent(_) => Err(former(draft)),
    }
}

/// What only the version that kept it could have sent.
pub(super) fn former(draft: &Draft) -> Error {
    Error::usage(msg!("error-draft-former", draft = draft.id)).next(msg!(
        "next-draft-former",
        patient = draft.patient,
        draft = draft.id
    ))
}

/// Names the files that a correction keeps: what it corrects has arrived, so it is known which files that has.
async fn settle_files(context: &Context<'_>, connection: &Connection, draft: &mut Draft) -> Result<()> {
    let (Some(without), Request::Correction(request)) = (&draft.without, &draft.request) else {
        return Ok(());
    };
    let corrected = entry::get(connection, &request.patient_id, &request.corrects_entry_id).await?;
    let kept = kept(&corrected.attachments, without)
        .map_err(|error| error.next(msg!("next-draft-files", draft = draft.id)))?;
    draft.keep_files(kept.into_iter().map(|file| file.attachment_id));
    save(context, draft)
}

async fn upload_files(context: &Context<'_>, connection: &Connection, draft: &mut Draft) -> Result<()> {
    let patient_id = draft.patient_id().to_owned();
    let waiting: Vec<usize> =
        draft.attachments.iter().enumerate().filter(|(_, file)| !file.uploaded).map(|(at, _)| at).collect();
    let uploads = waiting.iter().map(|at| draft.attachments[*at].upload(&patient_id)).collect();
    let (_, failed) = files::upload(context, connection, uploads, |number, result| {
        if result.is_ok() {
            draft.attachments[waiting[number]].uploaded = true;
            save(context, draft)?;
        }
        Ok(())
    })
    .await?;
    failed.map_or(Ok(()), Err)
}

/// Prints what was sent as the result of the command.
pub(super) async fn print(context: &Context<'_>, connection: &Connection, sent: &Sent) -> Result<()> {
    match sent {
        Sent::Entry(entry) | Sent::Correction(entry) | Sent::Retraction(entry) => {
            context.out.one(entry.json(), || {
                vec![context.line(&sent.words()), Line::styled(Style::Faint, entry.entry_id.as_str())]
            })
        }
        Sent::Consent(consent) | Sent::Amendment(consent) => {
            consent::print(context, connection, consent, &sent.words()).await
        }
    }
}
