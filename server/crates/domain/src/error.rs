//! Errors: a reason that a program can act on, a public half that a client may read, and an internal
//! half that only the server's log sees. Neither half ever holds patient data.

use std::time::Duration;

use crate::text_enum::text_enum;

/// What the server's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A text that is no value of the enum with this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of {0}")]
pub struct UnknownText(pub &'static str);

text_enum! {
    /// Why something failed. The same values, with the same texts, as `ErrorReason` in the proto.
    pub enum Reason {
        /// Fields break their rules.
        RequestInvalid = "REQUEST_INVALID",
        /// The page token is not the caller's, or too old.
        PageTokenInvalid = "PAGE_TOKEN_INVALID",
        /// The request id was used with another body.
        RequestIdReused = "REQUEST_ID_REUSED",
        /// No certificate of an enrolled device.
        DeviceRequired = "DEVICE_REQUIRED",
        /// No live session.
        SessionRequired = "SESSION_REQUIRED",
        /// The access token has run out.
        AccessTokenExpired = "ACCESS_TOKEN_EXPIRED",
        /// Unknown login name or wrong password.
        LoginFailed = "LOGIN_FAILED",
        /// Too many wrong tries before: not yet.
        LoginDelayed = "LOGIN_DELAYED",
        /// The new password is too short or easily guessed.
        PasswordRefused = "PASSWORD_REFUSED",
        /// Unknown, used or expired enrolment code.
        EnrollmentCodeInvalid = "ENROLLMENT_CODE_INVALID",
        /// Unknown or used refresh token.
        RefreshTokenInvalid = "REFRESH_TOKEN_INVALID",
        /// The person must name an affiliation.
        AffiliationRequired = "AFFILIATION_REQUIRED",
        /// The person has no affiliation yet.
        AffiliationMissing = "AFFILIATION_MISSING",
        /// It does not exist, or the caller may not see that it does.
        NotFound = "NOT_FOUND",
        /// The role may not do this.
        RoleNotAllowed = "ROLE_NOT_ALLOWED",
        /// Only the custodian organisation may do this.
        CustodianOnly = "CUSTODIAN_ONLY",
        /// No consent permits this category.
        CategoryNotConsented = "CATEGORY_NOT_CONSENTED",
        /// The password that was asked again is wrong.
        StepUpFailed = "STEP_UP_FAILED",
        /// The patient denied explicitly what an emergency would open.
        BreakGlassDenied = "BREAK_GLASS_DENIED",
        /// Nobody reviews their own emergency access.
        ReviewerInvolved = "REVIEWER_INVOLVED",
        /// The login name is taken.
        LoginNameTaken = "LOGIN_NAME_TAKEN",
        /// The person has this role there already.
        AffiliationExists = "AFFILIATION_EXISTS",
        /// The organisation uses this local identifier already.
        LocalIdentifierTaken = "LOCAL_IDENTIFIER_TAKEN",
        /// The organisation is in the care team, or invited, already.
        CareTeamMemberExists = "CARE_TEAM_MEMBER_EXISTS",
        /// An id that the client chose is in use.
        IdTaken = "ID_TAKEN",
        /// The invitation was answered before.
        InvitationAnswered = "INVITATION_ANSWERED",
        /// The consent was withdrawn before.
        ConsentWithdrawn = "CONSENT_WITHDRAWN",
        /// The custodian organisation's own consent cannot be withdrawn.
        ConsentIsCustodian = "CONSENT_IS_CUSTODIAN",
        /// The attachment cannot be used here.
        AttachmentNotUsable = "ATTACHMENT_NOT_USABLE",
        /// The consent has a newer version.
        ConsentChanged = "CONSENT_CHANGED",
        /// The custodian organisation cannot leave or be removed.
        MemberIsCustodian = "MEMBER_IS_CUSTODIAN",
        /// It is not an accepted member of the care team.
        NotAMember = "NOT_A_MEMBER",
        /// The custodianship is not offered to the caller's organisation.
        CustodianNotOffered = "CUSTODIAN_NOT_OFFERED",
        /// An emergency access would open nothing more.
        BreakGlassNotNeeded = "BREAK_GLASS_NOT_NEEDED",
        /// The emergency access was reviewed before.
        BreakGlassReviewed = "BREAK_GLASS_REVIEWED",
        /// Nobody would be left to administer the region.
        LastAdministrator = "LAST_ADMINISTRATOR",
        /// It is not of the caller's organisation.
        NotOwnOrganization = "NOT_OWN_ORGANIZATION",
        /// The account is not the caller's organisation's alone.
        PersonElsewhere = "PERSON_ELSEWHERE",
        /// Only the region's administrator gives and ends this role, and manages who has it.
        RoleReserved = "ROLE_RESERVED",
        /// The uploaded bytes are not what was announced.
        UploadMismatch = "UPLOAD_MISMATCH",
        /// The attachment is too large.
        AttachmentTooLarge = "ATTACHMENT_TOO_LARGE",
        /// The bytes do not go on where the stored ones end.
        UploadOffsetMismatch = "UPLOAD_OFFSET_MISMATCH",
        /// Another call goes on with the upload.
        UploadTakenOver = "UPLOAD_TAKEN_OVER",
        /// The file is a program.
        ContentExecutable = "CONTENT_EXECUTABLE",
        /// The file is a script.
        ContentScript = "CONTENT_SCRIPT",
        /// The document holds macros.
        ContentMacro = "CONTENT_MACRO",
        /// The archive cannot be looked into, or holds what is not accepted.
        ContentArchive = "CONTENT_ARCHIVE",
        /// The organisation's files would exceed its quota.
        QuotaExceeded = "QUOTA_EXCEEDED",
        /// The image's position could not be removed.
        ContentPosition = "CONTENT_POSITION",
        /// Stored bytes do not open.
        StoredDataDamaged = "STORED_DATA_DAMAGED",
        /// Too many at once.
        Busy = "BUSY",
        /// The disk is full.
        StorageFull = "STORAGE_FULL",
        /// The database or the attachment store does not answer.
        StorageUnavailable = "STORAGE_UNAVAILABLE",
        /// The server is going down.
        ShuttingDown = "SHUTTING_DOWN",
        /// The call took too long.
        DeadlineExceeded = "DEADLINE_EXCEEDED",
        /// The client reads too slowly.
        ReaderTooSlow = "READER_TOO_SLOW",
        /// A defect of the server.
        Internal = "INTERNAL",
        /// The device's certificate is good for long.
        DeviceNotDue = "DEVICE_NOT_DUE",
        /// The password must be given again first.
        StepUpRequired = "STEP_UP_REQUIRED",
        /// The server takes no log-ins with an authenticator app.
        TotpNotAllowed = "TOTP_NOT_ALLOWED",
        /// The app does not show this code now.
        TotpCodeWrong = "TOTP_CODE_WRONG",
        /// There is no authenticator app, or none to be confirmed.
        TotpNotEnrolled = "TOTP_NOT_ENROLLED",
        /// No service account may call this.
        ServiceMethodNotAllowed = "SERVICE_METHOD_NOT_ALLOWED",
        /// The person has not allowed the service account to act under the affiliation.
        ServiceNotPermitted = "SERVICE_NOT_PERMITTED",
        /// The service account made too many calls.
        ServiceQuotaExceeded = "SERVICE_QUOTA_EXCEEDED",
        /// The service account has ended.
        ServiceAccountEnded = "SERVICE_ACCOUNT_ENDED",
        /// The entry is neither the caller's own nor one that the caller is responsible for.
        NotOwnEntry = "NOT_OWN_ENTRY",
        /// The entry was corrected or retracted already.
        EntryAlreadyAmended = "ENTRY_ALREADY_AMENDED",
        /// The responsible person is not of the caller's organisation, or may not post this.
        ResponsibleNotAllowed = "RESPONSIBLE_NOT_ALLOWED",
        /// The organisation has another template of this name.
        TemplateNameTaken = "TEMPLATE_NAME_TAKEN",
        /// The template was changed or deleted meanwhile.
        TemplateChanged = "TEMPLATE_CHANGED",
        /// The organisation has as many templates as it may.
        TooManyTemplates = "TOO_MANY_TEMPLATES",
    }
}

impl Reason {
    /// What the client is told, in English; clients show their own text for the reason.
    pub const fn public_text(self) -> &'static str {
        match self {
            Self::RequestInvalid => "one or more fields break their rule; see the field violations",
            Self::PageTokenInvalid => "the page token is not valid here; start again from the first page",
            Self::RequestIdReused => "the request_id was used with another body; take a new one",
            Self::DeviceRequired => "a client certificate of an enrolled device is required",
            Self::SessionRequired => "no live session; log in",
            Self::AccessTokenExpired => "the access token has expired; refresh the session",
            Self::LoginFailed => "login name, password or code is wrong",
            Self::LoginDelayed => "too many wrong tries; wait as long as the retry info says",
            Self::PasswordRefused => {
                "the new password is too short or easily guessed; see the field violation"
            }
            Self::EnrollmentCodeInvalid => "the enrolment code is not valid; ask for a new one",
            Self::RefreshTokenInvalid => "the refresh token is not valid; log in again",
            Self::AffiliationRequired => "the person has several affiliations; name one",
            Self::AffiliationMissing => "the person has no affiliation yet; create one first",
            Self::NotFound => "not found",
            Self::RoleNotAllowed => "the role of this session may not do this",
            Self::CustodianOnly => "only the patient's custodian organisation may do this",
            Self::CategoryNotConsented => "no consent of the patient permits this category",
            Self::StepUpFailed => "the password or the code is wrong; nothing was done",
            Self::BreakGlassDenied => "the patient denied this explicitly; an emergency does not lift that",
            Self::ReviewerInvolved => "nobody reviews their own emergency access",
            Self::ConsentChanged => "the consent has a newer version; look at it first",
            Self::MemberIsCustodian => "the custodian organisation cannot leave; hand the patient over first",
            Self::NotAMember => "it is not an accepted member of the care team",
            Self::CustodianNotOffered => "the custodianship is not offered to this organisation",
            Self::BreakGlassNotNeeded => "an emergency access would open nothing more",
            Self::BreakGlassReviewed => "the emergency access was reviewed before",
            Self::LastAdministrator => "nobody would be left to administer the region",
            Self::NotOwnOrganization => {
                "it is not of the organisation of this session; ask the region's administrator"
            }
            Self::PersonElsewhere => {
                "the account is, or was, another organisation's too; ask the region's administrator"
            }
            Self::RoleReserved => {
                "only the region's administrator gives and ends this role, and manages who has it"
            }
            Self::LoginNameTaken => "the login name is taken",
            Self::AffiliationExists => "the person has this role at this organisation already",
            Self::LocalIdentifierTaken => "a patient of this organisation has this local identifier already",
            Self::CareTeamMemberExists => "the organisation is in the care team, or invited, already",
            Self::IdTaken => "an id chosen by the client is in use; take a new one",
            Self::InvitationAnswered => "the invitation was answered before",
            Self::ConsentWithdrawn => "the consent was withdrawn before",
            Self::ConsentIsCustodian => "the custodian organisation's own access cannot be withdrawn",
            Self::AttachmentNotUsable => {
                "an attachment is incomplete, in use, or was uploaded by somebody else"
            }
            Self::UploadMismatch => "the uploaded bytes do not have the announced length or SHA-256",
            Self::AttachmentTooLarge => "the attachment is larger than this server takes",
            Self::UploadOffsetMismatch => {
                "the bytes do not go on where the stored ones end; ask GetUpload where that is"
            }
            Self::UploadTakenOver => "another call goes on with this upload",
            Self::ContentExecutable => "the file is a program; programs are not accepted",
            Self::ContentScript => {
                "the file is a script, or a page that can hold one; these are not accepted"
            }
            Self::ContentMacro => "the document holds macros; save it without them, or as PDF",
            Self::ContentArchive => {
                "the archive cannot be looked into, or holds what is not accepted; send its files one by one"
            }
            Self::QuotaExceeded => {
                "the organisation's files would take more than its quota; ask the region's administrator"
            }
            Self::ContentPosition => {
                "the image tells where it was taken, and that could not be removed; remove it and send the image again"
            }
            Self::StoredDataDamaged => "the stored data is damaged; tell the administrator",
            Self::Busy => "too many requests at once; try again",
            Self::StorageFull => "the server's storage is full; nothing was stored",
            Self::StorageUnavailable => "the server's storage does not answer; try again",
            Self::ShuttingDown => "the server is going down; connect again",
            Self::DeadlineExceeded => "the call took too long; try again with the same request_id",
            Self::ReaderTooSlow => "the stream was read too slowly; continue from the last position",
            Self::DeviceNotDue => "the device's certificate is good for more than 60 days",
            Self::StepUpRequired => "give the password again first, with StepUp",
            Self::TotpNotAllowed => "this server takes no log-ins with an authenticator app; enrol a device",
            Self::TotpCodeWrong => "the authenticator app does not show this code now",
            Self::TotpNotEnrolled => {
                "there is no authenticator app, or none waits to be confirmed; enrol one first"
            }
            Self::ServiceMethodNotAllowed => "a service account may not call this; the person has to",
            Self::ServiceNotPermitted => {
                "no person has allowed this service account to act under this affiliation"
            }
            Self::ServiceQuotaExceeded => {
                "the service account made too many calls; wait as long as the retry info says"
            }
            Self::ServiceAccountEnded => "the service account has ended",
            Self::NotOwnEntry => "the entry is neither yours nor one that you are responsible for",
            Self::EntryAlreadyAmended => {
                "the entry was corrected or retracted already; read it again and amend the newest"
            }
            Self::ResponsibleNotAllowed => {
                "the responsible person is not an active one of your organisation, or may not post this there"
            }
            Self::TemplateNameTaken => "the organisation has another template of this name",
            Self::TemplateChanged => {
                "the template was changed or deleted meanwhile; list the templates again"
            }
            Self::TooManyTemplates => "the organisation has 200 templates; delete one first",
            Self::Internal => "internal error; tell the administrator the x-request-id",
        }
    }
}

/// A field that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as in the proto, for example `demographics.birth_date`.
    pub field: String,
    /// What is wrong with it; never its value.
    pub description: &'static str,
}

/// A failure.
#[derive(Debug)]
pub struct Error {
    reason: Reason,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    internal: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure that says all by its reason.
    pub fn new(reason: Reason) -> Self {
        Self { reason, violations: Vec::new(), retry_after: None, internal: None }
    }

    /// Fields that break their rules.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::new(Reason::RequestInvalid) }
    }

    /// One field that breaks its rule.
    pub fn invalid_field(field: &str, description: &'static str) -> Self {
        Self::invalid(vec![Violation { field: field.to_owned(), description }])
    }

    /// The same for a reason of its own, which says more than that a field is wrong.
    #[must_use]
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// The same, worth another try after `wait`.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same, with what the server's log should say. It must not hold patient data.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.internal = Some(cause.into());
        self
    }

    /// A defect, with what the server's log should say. It must not hold patient data.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Reason::Internal).because(cause)
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The fields that break their rules.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How long to wait before another try is worth it.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// For the server's log only.
    pub fn internal_text(&self) -> Option<String> {
        let mut text = self.internal.as_ref()?.to_string();
        let mut source = self.internal.as_ref()?.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        Some(text)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason.public_text())
    }
}

impl std::error::Error for Error {}
