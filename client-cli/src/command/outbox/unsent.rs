//! What the person is told of what stays in the outbox.

use std::sync::{Mutex, PoisonError};

use crate::{
    command::Context,
    draft::Draft,
    error::{Error, Exit},
    profile::Profile,
    text::msg,
};

/// What this process has put into the outbox and not sent yet.
static UNDER_WAY: Mutex<Option<(Profile, String)>> = Mutex::new(None);

/// Notes that a draft is being sent.
pub(super) fn begins(context: &Context<'_>, draft: &Draft) {
    note(Some((context.profile.clone(), draft.id.clone())));
}

/// Notes that it is known what came of it.
pub(super) fn ends() {
    note(None);
}

fn note(draft: Option<(Profile, String)>) {
    *UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner) = draft;
}

/// The error for Ctrl-C: what was being sent stays, and is named.
pub(crate) fn interrupted() -> Error {
    let under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let error = Error::interrupted();
    match under_way {
        Some((profile, id)) if matches!(Draft::find(&profile, &id), Ok(Some(_))) => {
            error.next(msg!("draft-kept-waits", draft = id))
        }
        _ => error,
    }
}

/// The error where what could not be sent stays: it is sent another time, not entered once more.
pub(super) fn stays(error: Error) -> Error {
    match (error.exit(), error.reason()) {
        _ if error.is_disk_full() => error.next(msg!("next-outbox-disk")),
        (Exit::TryAgain, None) => error.next(msg!("next-outbox-unreachable")),
        (Exit::TryAgain, Some(_)) => error.next(msg!("next-outbox-later")),
        _ => error,
    }
}

/// Says that a draft stays, and what to do with it.
pub(super) fn tell(context: &Context<'_>, draft_id: &str, refused: bool) {
    context.note(&match refused {
        true => msg!("draft-kept-refused", draft = draft_id),
        false => msg!("draft-kept-waits", draft = draft_id),
    });
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::PostEntryRequest;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        draft::Request,
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[test]
    fn ctrl_c_names_what_stays_in_the_outbox_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let id = "0197f0a0-0000-7000-8000-000000000007";
        for language in [Language::English, Language::Japanese] {
            let (home, texts) = (Home::at(folder.path()), Texts::new(language));
            let profile = home.profile("default").unwrap();
            let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };
            let request = Request::Entry(PostEntryRequest { entry_id: id.into(), ..Default::default() });
            let draft = Draft::new(id, "12345", request, Vec::new());
            let said = || interrupted().lines(&texts).join("\n");
            let alone = Error::interrupted().lines(&texts).join("\n");

            draft.save(&context.profile).unwrap();
            assert_eq!(said(), alone, "it waited before");
            begins(&context, &draft);
            for command in ["send", "discard"] {
                assert!(said().contains(&format!("renkei outbox {command} {id}")), "{}", said());
            }
            assert_eq!(interrupted().exit(), Exit::Interrupted);
            ends();
            assert_eq!(said(), alone, "it was told what came of it");

            begins(&context, &draft);
            draft.remove(&context.profile).unwrap();
            assert_eq!(said(), alone, "it has arrived");
            ends();
        }
    }

    #[test]
    fn what_stays_is_sent_with_another_command_than_the_one_that_failed() {
        let unreachable =
            Error::new(Exit::TryAgain, msg!("error-unreachable")).next(msg!("next-unreachable"));
        let busy = Error::from(tonic::Status::with_error_details(
            tonic::Code::Unavailable,
            "",
            tonic_types::ErrorDetails::with_error_info("BUSY", renkei_proto::ERROR_DOMAIN, []),
        ));
        let full = Error::file("x".as_ref(), &std::io::ErrorKind::StorageFull.into());
        for (language, again) in [(Language::English, "again"), (Language::Japanese, "もう一度")] {
            let texts = Texts::new(language);
            for error in [&unreachable, &busy, &full] {
                let before = error.lines(&texts).join("\n");
                assert!(before.contains(again), "{before}");
                let said = stays(error.clone()).lines(&texts).join("\n");
                assert!(said.contains("renkei outbox send") && !said.contains(again), "{said}");
            }
            let refused = Error::usage(msg!("error-file-empty", path = "x"));
            assert_eq!(stays(refused.clone()).lines(&texts), refused.lines(&texts));
        }
    }
}
