//! What the person is told of what stays in the outbox.

use crate::{
    command::Context,
    error::{Error, Exit},
    text::msg,
};

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
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::text::{Language, Texts};

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
