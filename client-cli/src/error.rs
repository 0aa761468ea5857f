//! The one error type: what happened, what to do next, and the exit code that scripts act on.
//!
//! It holds messages, not prose, so that the same error can be said in either language. What the server
//! reports is told apart by its `ErrorReason`; texts that the server wrote are shown as details only.

use std::io;

use renkei_proto::{ERROR_DOMAIN, v1::ErrorReason};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::text::{Message, Texts, msg};

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The exit codes, part of the interface: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A defect, or something that no other code says.
    Other = 1,
    /// Wrong usage or bad input.
    Usage = 2,
    /// It does not exist, or may not be seen.
    NotFound = 3,
    /// It may be seen, but this may not be done.
    NotPermitted = 4,
    /// Log in again, or enrol the device.
    LogIn = 5,
    /// It contradicts what is there.
    Conflict = 6,
    /// The server is busy or cannot be reached; the same command may work later.
    TryAgain = 7,
    /// A file of this computer.
    LocalFile = 8,
    /// Stored data does not open.
    Damaged = 9,
    /// The audit log is not the one that was kept.
    AuditLog = 10,
    /// Ctrl-C.
    Interrupted = 130,
}

/// Why a command could not do what it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Error(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    exit: Exit,
    what: Message,
    next: Option<Message>,
    details: Vec<String>,
    reason: Option<ErrorReason>,
    quiet: bool,
    told: bool,
    disk_full: bool,
}

impl Error {
    pub(crate) fn new(exit: Exit, what: Message) -> Self {
        Self(Box::new(Parts {
            exit,
            what,
            next: None,
            details: Vec::new(),
            reason: None,
            quiet: false,
            told: false,
            disk_full: false,
        }))
    }

    pub(crate) fn usage(what: Message) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// A file or folder of this computer, with what the operating system said about it.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            let mut full = Self::new(Exit::LocalFile, msg!("error-disk-full", path = path.display()));
            full.0.disk_full = true;
            return full.next(msg!("next-disk-space"));
        }
        Self::new(Exit::LocalFile, msg!("error-file", path = path.display())).detail(error.to_string())
    }

    /// Nothing could be written on this computer: what is wrong is neither the file nor what it was to hold.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.0.disk_full
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, msg!("error-interrupted"))
    }

    /// Nobody reads standard output any longer: the program ends without a word, as tools in a pipe do.
    pub(crate) fn output_closed() -> Self {
        let mut error = Self::new(Exit::Other, msg!("error-output"));
        error.0.quiet = true;
        error
    }

    pub(crate) fn next(mut self, next: Message) -> Self {
        self.0.next = Some(next);
        self
    }

    /// Adds a line that is not translated: what the server or the operating system said.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        if !detail.is_empty() {
            self.0.details.push(detail);
        }
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    pub(crate) fn is(&self, reason: ErrorReason) -> bool {
        self.0.reason == Some(reason)
    }

    pub(crate) fn reason(&self) -> Option<ErrorReason> {
        self.0.reason
    }

    /// The same once it has been shown: the program ends with its exit code, and says no more.
    pub(crate) fn told(mut self) -> Self {
        self.0.told = true;
        self
    }

    pub(crate) fn was_told(&self) -> bool {
        self.0.told
    }

    /// Ends without a message and with exit code 0.
    pub(crate) fn is_quiet(&self) -> bool {
        self.0.quiet
    }

    /// What a person reads, line by line.
    pub(crate) fn lines(&self, texts: &Texts) -> Vec<String> {
        // Whoever pressed Ctrl-C made no error.
        let prefix = if self.0.exit == Exit::Interrupted { String::new() } else { texts.get("error-prefix") };
        let mut head = format!("{prefix}{}", texts.format(&self.0.what));
        if let Some(reason) = self.0.reason {
            head.push_str(&format!(" [{}]", reason_name(reason)));
        }
        let mut lines = vec![head];
        lines.extend(self.0.details.iter().map(|detail| format!("  {detail}")));
        if let Some(next) = &self.0.next {
            lines.extend(texts.format(next).lines().map(|line| format!("  → {line}")));
        }
        lines
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().filter(|info| info.domain == ERROR_DOMAIN).and_then(|info| {
            ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason))
                .filter(|reason| *reason != ErrorReason::Unspecified)
        });
        let mut error = match reason {
            Some(reason) => {
                let name = key_name(reason);
                let mut error = Self::new(exit_of(status.code()), Message::new(format!("reason-{name}")))
                    .next(Message::new(format!("next-{name}")));
                error.0.reason = Some(reason);
                error
            }
            None => {
                Self::new(exit_of(status.code()), msg!("error-status", code = format!("{:?}", status.code())))
                    .detail(status.message())
            }
        };
        if reason == Some(ErrorReason::LoginDelayed) {
            let wait = details.retry_info().and_then(|info| info.retry_delay).unwrap_or_default();
            let minutes = wait.as_secs().div_ceil(60).max(1);
            error = error.next(msg!("next-login-delayed", minutes = minutes));
        }
        if let Some(bad) = details.bad_request() {
            for violation in &bad.field_violations {
                error = error.detail(format!("{}: {}", violation.field, violation.description));
            }
        }
        if error.0.exit == Exit::Other
            && let Some(id) = status.metadata().get("x-request-id").and_then(|value| value.to_str().ok())
        {
            error = error.detail(format!("x-request-id: {id}"));
        }
        error
    }
}

fn exit_of(code: Code) -> Exit {
    match code {
        Code::InvalidArgument | Code::OutOfRange => Exit::Usage,
        Code::NotFound => Exit::NotFound,
        Code::PermissionDenied => Exit::NotPermitted,
        Code::Unauthenticated => Exit::LogIn,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Exit::Conflict,
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => Exit::TryAgain,
        Code::DataLoss => Exit::Damaged,
        _ => Exit::Other,
    }
}

fn reason_name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

fn key_name(reason: ErrorReason) -> String {
    reason_name(reason).to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;
    use crate::text::Language;

    fn status(code: Code, reason: &str) -> Status {
        let details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, []);
        Status::with_error_details(code, "text of the server", details)
    }

    #[test]
    fn every_reason_says_what_happened_and_what_to_do_in_both_languages() {
        let reasons = (1..200).filter_map(|number| ErrorReason::try_from(number).ok());
        for reason in reasons {
            for language in [Language::Japanese, Language::English] {
                let texts = Texts::new(language);
                for family in ["reason", "next"] {
                    let key = format!("{family}-{}", key_name(reason));
                    assert!(texts.find(&key).is_some(), "{key} is missing in {language:?}");
                }
            }
        }
    }

    #[test]
    fn a_known_reason_hides_the_text_of_the_server_and_keeps_the_code() {
        let error = Error::from(status(Code::NotFound, "NOT_FOUND"));
        assert_eq!(error.exit(), Exit::NotFound);
        assert!(error.is(ErrorReason::NotFound));
        let text = error.lines(&Texts::new(Language::English)).join("\n");
        assert!(text.contains("[NOT_FOUND]") && !text.contains("text of the server"), "{text}");
    }

    #[test]
    fn an_unknown_reason_shows_the_text_of_the_server() {
        let error = Error::from(status(Code::Aborted, "FROM_A_LATER_VERSION"));
        assert_eq!(error.exit(), Exit::Conflict);
        assert!(error.lines(&Texts::new(Language::Japanese)).join("\n").contains("text of the server"));
    }

    #[test]
    fn whoever_tried_too_often_is_told_how_long_to_wait() {
        let mut details = ErrorDetails::with_error_info("LOGIN_DELAYED", ERROR_DOMAIN, []);
        details.set_retry_info(Some(std::time::Duration::from_millis(241_000)));
        let error = Error::from(Status::with_error_details(Code::ResourceExhausted, "", details));
        assert_eq!(error.exit(), Exit::TryAgain);
        for (language, expected) in [(Language::English, "Wait 5 min,"), (Language::Japanese, "5分")] {
            let text = error.lines(&Texts::new(language)).join("\n");
            assert!(text.contains("[LOGIN_DELAYED]") && text.contains(expected), "{text}");
        }
    }

    #[test]
    fn field_violations_are_listed() {
        let mut details = ErrorDetails::with_error_info("REQUEST_INVALID", ERROR_DOMAIN, []);
        details.add_bad_request_violation("name", "must not be empty");
        let error = Error::from(Status::with_error_details(Code::InvalidArgument, "", details));
        assert_eq!(error.exit(), Exit::Usage);
        assert!(
            error
                .lines(&Texts::new(Language::English))
                .iter()
                .any(|line| line == "  name: must not be empty")
        );
    }
}
