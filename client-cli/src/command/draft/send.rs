//! `renkei draft send`, and how everything that is posted is sent: files first, then what names them.

use clap::Args;
use renkei_proto::v1::{
    AmendConsentRequest, Consent, Entry, PostEntryRequest, RecordConsentRequest,
    consent_service_client::ConsentServiceClient, timeline_service_client::TimelineServiceClient,
};

use crate::{
    command::{Context, consent, files, resolve},
    connection::Connection,
    draft::{Draft, Request},
    error::{Error, Exit, Result},
    output::{
        json::Json as _,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let draft = Draft::load(&context.profile, &arguments.draft)?;
    if matches!(draft.request, Request::FormerConsent(_)) {
        return Err(former(&draft));
    }
    deliver(context, &context.connection()?, draft).await
}

/// What only the version that kept it could have sent.
fn former(draft: &Draft) -> Error {
    Error::usage(msg!("error-draft-former", draft = draft.id)).next(msg!(
        "next-draft-former",
        patient = draft.patient,
        draft = draft.id
    ))
}

/// Saves the draft, sends it, and removes it when the server has acknowledged it. After a failure the
/// draft stays, and the person is told how to go on.
pub(crate) async fn deliver(context: &Context<'_>, connection: &Connection, mut draft: Draft) -> Result<()> {
    draft.save(&context.profile)?;
    match send(context, connection, &mut draft).await {
        Ok(sent) => {
            draft.remove(&context.profile)?;
            print(context, connection, &sent).await
        }
        Err(error) => {
            context.note(&msg!("draft-kept", draft = draft.id));
            Err(error)
        }
    }
}

enum Sent {
    Entry(Entry),
    Consent(Consent),
    Amendment(Consent),
}

async fn send(context: &Context<'_>, connection: &Connection, draft: &mut Draft) -> Result<Sent> {
    if draft.patient_id().is_empty() {
        draft.set_patient_id(resolve::patient(connection, &draft.patient).await?);
        draft.save(&context.profile)?;
    }
    upload_files(context, connection, draft).await?;
    let files: Vec<String> = draft.attachments.iter().map(|file| file.attachment_id.clone()).collect();
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
        Request::Consent(request) => {
            let paper_attachment_id = files.into_iter().next().unwrap_or_default();
            let request = RecordConsentRequest { paper_attachment_id, ..request.clone() };
            let response = connection
                .call(request, async |channel, request| {
                    ConsentServiceClient::new(channel).record_consent(request).await
                })
                .await?;
            response.consent.map(Sent::Consent).ok_or_else(answer)
        }
        Request::Amendment(request) => {
            let paper_attachment_id = files.into_iter().next().unwrap_or_default();
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

async fn upload_files(context: &Context<'_>, connection: &Connection, draft: &mut Draft) -> Result<()> {
    let patient_id = draft.patient_id().to_owned();
    let waiting: Vec<usize> =
        draft.attachments.iter().enumerate().filter(|(_, file)| !file.uploaded).map(|(at, _)| at).collect();
    let uploads = waiting.iter().map(|at| draft.attachments[*at].upload(&patient_id)).collect();
    let (_, failed) = files::upload(context, connection, uploads, |number, result| {
        if result.is_ok() {
            draft.attachments[waiting[number]].uploaded = true;
            draft.save(&context.profile)?;
        }
        Ok(())
    })
    .await?;
    failed.map_or(Ok(()), Err)
}

async fn print(context: &Context<'_>, connection: &Connection, sent: &Sent) -> Result<()> {
    match sent {
        Sent::Entry(entry) => context.out.one(entry.json(), || {
            let time = time::local(entry.post_time.as_ref());
            vec![
                context.line(&msg!("posted", seq = entry.seq, time = time)),
                Line::styled(Style::Faint, entry.entry_id.as_str()),
            ]
        }),
        Sent::Consent(consent) => {
            consent::print(context, connection, consent, &msg!("consent-recorded")).await
        }
        Sent::Amendment(consent) => {
            let said = msg!("consent-amended", version = consent.version);
            consent::print(context, connection, consent, &said).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[tokio::test]
    async fn a_consent_of_a_former_version_says_what_to_do_and_stays_until_it_is_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let id = "0197f0a0-0000-7000-8000-000000000007";
        Draft::new(id, "12345", Request::FormerConsent(vec![0x0a]), Vec::new()).save(&profile).unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };

        let error = run(Arguments { draft: id.to_owned() }, &context).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        let said = error.lines(&texts).join("\n");
        assert!(said.contains("renkei consent record 12345"), "{said}");
        assert!(said.contains(&format!("renkei draft discard {id}")), "{said}");
        assert!(Draft::load(&context.profile, id).is_ok(), "nothing is thrown away unasked");
    }
}
