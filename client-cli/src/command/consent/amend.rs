//! `renkei consent amend`: a newer form takes the place of the version that stands when the command is
//! given. If another one takes it first, nothing is done.

use clap::Args;
use renkei_proto::v1::{AmendConsentRequest, Consent};

use crate::{
    command::{Context, consent::form::Form, new_id, outbox, resolve},
    draft::{Attachment, Draft, Request},
    error::{Error, Exit, Result},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    consent: String,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    resolve::check_consent(&arguments.consent)?;
    let typed = arguments.form.read()?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let consents = resolve::consents(&connection, &patient_id).await?;
    let consent = resolve::consent_among(&consents, &arguments.consent)?;
    check_amendable(consent)?;
    let request = AmendConsentRequest {
        request_id: new_id(),
        patient_id,
        consent_id: consent.consent_id.clone(),
        version: consent.version,
        form: Some(typed.resolve(&connection).await?),
        paper_attachment_id: String::new(),
    };
    let id = request.request_id.clone();
    let paper = vec![Attachment::new(typed.paper)];
    let draft = Draft::new(&id, &arguments.patient, Request::Amendment(request), paper);
    outbox::hand_over(context, &connection, draft).await
}

/// What the server would refuse anyway is refused before the paper is sent.
fn check_amendable(consent: &Consent) -> Result<()> {
    if consent.custodian {
        return Err(Error::new(Exit::Conflict, msg!("reason-consent-is-custodian"))
            .next(msg!("next-consent-is-custodian")));
    }
    if consent.withdraw_time.is_some() {
        return Err(
            Error::new(Exit::Conflict, msg!("reason-consent-withdrawn")).next(msg!("next-consent-withdrawn"))
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_is_amended() {
        assert!(check_amendable(&Consent::default()).is_ok());
        let custodian = Consent { custodian: true, ..Default::default() };
        let withdrawn = Consent { withdraw_time: Some(Default::default()), ..Default::default() };
        for consent in [custodian, withdrawn] {
            assert_eq!(check_amendable(&consent).unwrap_err().exit(), Exit::Conflict);
        }
    }
}
