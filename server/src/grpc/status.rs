//! The only place that builds a [`tonic::Status`]: one table from reasons to codes.

use std::time::Duration;

use renkei_domain::{Error, Reason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// The answer for a failure. What a client must not know goes to the log.
pub(crate) fn to_status(error: Error) -> Status {
    let reason = error.reason();
    if let Some(internal) = error.internal_text() {
        if code(reason) == Code::Internal || code(reason) == Code::DataLoss {
            tracing::error!(reason = reason.as_str(), cause = internal, "a call failed");
        } else {
            tracing::warn!(reason = reason.as_str(), cause = internal, "a call failed");
        }
    }
    let mut details = ErrorDetails::with_error_info(reason.as_str(), renkei_proto::ERROR_DOMAIN, []);
    if !error.violations().is_empty() {
        let violations: Vec<_> = error
            .violations()
            .iter()
            .map(|violation| FieldViolation::new(&violation.field, violation.description))
            .collect();
        details.set_bad_request(violations);
    }
    if let Some(wait) = error.retry_delay() {
        details.set_retry_info(Some(wait.max(Duration::from_millis(100))));
    }
    Status::with_error_details(code(reason), reason.public_text(), details)
}

fn code(reason: Reason) -> Code {
    match reason {
        Reason::RequestInvalid
        | Reason::PasswordRefused
        | Reason::PageTokenInvalid
        | Reason::UploadMismatch
        | Reason::AttachmentTooLarge
        | Reason::ContentExecutable
        | Reason::ContentScript
        | Reason::ContentMacro
        | Reason::ContentArchive
        | Reason::ContentPosition => Code::InvalidArgument,
        Reason::DeviceRequired
        | Reason::SessionRequired
        | Reason::AccessTokenExpired
        | Reason::LoginFailed
        | Reason::EnrollmentCodeInvalid
        | Reason::RefreshTokenInvalid
        | Reason::StepUpRequired
        | Reason::TotpCodeWrong => Code::Unauthenticated,
        Reason::NotFound => Code::NotFound,
        Reason::RoleNotAllowed
        | Reason::CustodianOnly
        | Reason::CategoryNotConsented
        | Reason::StepUpFailed
        | Reason::BreakGlassDenied
        | Reason::ReviewerInvolved
        | Reason::NotOwnOrganization
        | Reason::PersonElsewhere
        | Reason::RoleReserved
        | Reason::ServiceMethodNotAllowed
        | Reason::ServiceNotPermitted
        | Reason::NotOwnEntry => Code::PermissionDenied,
        Reason::RequestIdReused
        | Reason::LoginNameTaken
        | Reason::AffiliationExists
        | Reason::LocalIdentifierTaken
        | Reason::CareTeamMemberExists
        | Reason::IdTaken
        | Reason::TemplateNameTaken => Code::AlreadyExists,
        Reason::AffiliationRequired
        | Reason::AffiliationMissing
        | Reason::InvitationAnswered
        | Reason::ConsentWithdrawn
        | Reason::ConsentIsCustodian
        | Reason::AttachmentNotUsable
        | Reason::MemberIsCustodian
        | Reason::NotAMember
        | Reason::CustodianNotOffered
        | Reason::BreakGlassNotNeeded
        | Reason::BreakGlassReviewed
        | Reason::LastAdministrator
        | Reason::DeviceNotDue
        | Reason::TotpNotAllowed
        | Reason::TotpNotEnrolled
        | Reason::ServiceAccountEnded
        | Reason::ResponsibleNotAllowed => Code::FailedPrecondition,
        Reason::ConsentChanged
        | Reason::UploadOffsetMismatch
        | Reason::UploadTakenOver
        | Reason::EntryAlreadyAmended
        | Reason::TemplateChanged => Code::Aborted,
        Reason::LoginDelayed
        | Reason::Busy
        | Reason::StorageFull
        | Reason::QuotaExceeded
        | Reason::ReaderTooSlow
        | Reason::ServiceQuotaExceeded
        | Reason::TooManyTemplates => Code::ResourceExhausted,
        Reason::StorageUnavailable | Reason::ShuttingDown => Code::Unavailable,
        Reason::DeadlineExceeded => Code::DeadlineExceeded,
        Reason::StoredDataDamaged => Code::DataLoss,
        Reason::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use renkei_proto::v1::ErrorReason;

    use super::*;

    #[test]
    fn the_error_table() {
        let mut table = String::new();
        for reason in Reason::ALL {
            writeln!(table, "{:<24} {:?}: {}", reason.as_str(), code(*reason), reason.public_text()).unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_proto_has_the_same_reasons() {
        let domain: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        let proto: BTreeSet<&str> = (1..200)
            .filter_map(|number| ErrorReason::try_from(number).ok())
            .filter_map(|reason| reason.as_str_name().strip_prefix("ERROR_REASON_"))
            .collect();
        assert_eq!(proto, domain);
    }

    #[test]
    fn the_internal_half_never_leaves() {
        let status = to_status(Error::internal("row 7 of table secret"));
        assert!(!format!("{status:?}").contains("secret"));
    }

    #[test]
    fn not_found_is_the_same_bytes_whatever_was_not_found() {
        let one = to_status(Error::new(Reason::NotFound));
        let two = to_status(Error::new(Reason::NotFound).because("something else"));
        assert_eq!((one.code(), one.message(), one.details()), (two.code(), two.message(), two.details()));
    }
}
