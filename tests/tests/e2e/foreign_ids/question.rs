//! What can be asked with an id, by whom, and what must be answered.

use tonic::Code;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Never invited.
    Stranger,
    /// Invited to the foreign patient's care team, and has not answered.
    Invited,
    /// Was a member, wrote an entry, and was removed.
    Removed,
    /// A member who is permitted messages only; what is foreign is the rest of that patient's record.
    Partial,
    /// The custodian of another patient, through whom foreign things are asked for.
    Owner,
}

impl Standing {
    pub(super) const ALL: [Self; 5] =
        [Self::Stranger, Self::Invited, Self::Removed, Self::Partial, Self::Owner];

    /// Whether nothing of the foreign patient may be seen.
    pub(super) fn is_outside(self) -> bool {
        matches!(self, Self::Stranger | Self::Invited | Self::Removed)
    }
}

/// What must be answered, to foreign and to unknown ids alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Refused(Code, &'static str),
    /// It is done, and the id makes no difference.
    Done,
}

macro_rules! questions {
    ($($question:ident = $rpc:literal),+ $(,)?) => {
        /// A question with an id, named after what is varied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Question { $($question),+ }

        impl Question {
            pub(super) const ALL: &[Self] = &[$(Self::$question),+];

            /// The RPC that is called.
            pub(super) fn rpc(self) -> &'static str {
                match self { $(Self::$question => $rpc),+ }
            }
        }
    };
}

questions! {
    Login = "Login",
    EndSession = "EndSession",
    BeginServiceSession = "BeginServiceSession",
    AllowService = "AllowService",
    DisallowService = "DisallowService",
    CreateServiceAccount = "CreateServiceAccount",
    ListServiceAccounts = "ListServiceAccounts",
    EndServiceAccount = "EndServiceAccount",
    CreateServiceEnrollmentCode = "CreateServiceEnrollmentCode",
    ListDevices = "ListDevices",
    RevokeDevice = "RevokeDevice",
    SaveTemplate = "SaveTemplate",
    DeleteTemplate = "DeleteTemplate",
    GetUsageReport = "GetUsageReport",
    GetOrganizationPolicy = "GetOrganizationPolicy",
    UpdateOrganizationPolicy = "UpdateOrganizationPolicy",
    CreateAffiliation = "CreateAffiliation",
    CreateEnrollmentCode = "CreateEnrollmentCode",
    EndAffiliation = "EndAffiliation",
    OffboardPerson = "OffboardPerson",
    ListEvents = "ListEvents",
    ListMaintenance = "ListMaintenance",
    CountMaintenance = "CountMaintenance",
    SuspendPerson = "SuspendPerson",
    ReinstatePerson = "ReinstatePerson",
    ResetPassword = "ResetPassword",
    GetPatient = "GetPatient",
    ListCareTeam = "ListCareTeam",
    InviteOrganization = "InviteCareTeamMember",
    InvitePerson = "InviteCareTeamMember",
    AnswerInvitation = "AnswerInvitation",
    AnswerOwnInvitation = "AnswerInvitation",
    Leave = "LeaveCareTeam",
    LeaveInPerson = "LeaveCareTeam",
    RemoveOrganization = "RemoveCareTeamMember",
    RemovePerson = "RemoveCareTeamMember",
    UpdateStaffAccess = "UpdateStaffAccess",
    GetStaffAccess = "GetStaffAccess",
    OfferCustodian = "OfferCustodian",
    AnswerCustodianOffer = "AnswerCustodianOffer",
    RecordConsent = "RecordConsent",
    AmendConsent = "AmendConsent",
    WithdrawConsent = "WithdrawConsent",
    ListConsents = "ListConsents",
    ListConsentVersions = "ListConsentVersions",
    ExplainOwnAccess = "ExplainAccess",
    ExplainAccess = "ExplainAccess",
    ListAccess = "ListAccess",
    BreakGlass = "BreakGlass",
    ListBreakGlass = "ListBreakGlass",
    ReviewBreakGlass = "ReviewBreakGlass",
    Post = "PostEntry",
    PostReply = "PostEntry",
    PostWithFile = "PostEntry",
    PostUnderEntryId = "PostEntry",
    PostUnderRequestId = "PostEntry",
    GetEntry = "GetEntry",
    ListEntries = "ListEntries",
    SearchEntries = "SearchEntries",
    ListFiltered = "ListEntries",
    CorrectEntry = "CorrectEntry",
    RetractEntry = "RetractEntry",
    FinalizeEntry = "FinalizeEntry",
    AcknowledgeEntry = "AcknowledgeEntry",
    GetPatientSummary = "GetPatientSummary",
    ListObservations = "ListObservations",
    MarkRead = "MarkRead",
    ListReaders = "ListReaders",
    Watch = "Watch",
    WatchFromPosition = "Watch",
    Upload = "UploadAttachment",
    UploadUnderId = "UploadAttachment",
    GetUpload = "GetUpload",
    Download = "DownloadAttachment",
    DownloadPaper = "DownloadAttachment",
    ListAuditEvents = "ListAuditEvents",
    ListAccesses = "ListAccesses",
    ExportAuditEvents = "ExportAuditEvents",
    ListProvisions = "ListProvisions",
    GetInclusionProofs = "GetInclusionProofs",
}

impl Question {
    /// What must be answered. `None`: the answer may tell, because whoever asks knows already.
    pub(super) fn expected(self, standing: Standing) -> Option<Expected> {
        if self.is_about_the_region() {
            // of strangers alone: the role decides, and a log-in takes long
            let reason = match self {
                Self::Login => Expected::Refused(Code::InvalidArgument, "REQUEST_INVALID"),
                Self::EndSession => NOT_FOUND,
                // from a person's device
                Self::BeginServiceSession => Expected::Refused(Code::Unauthenticated, "DEVICE_REQUIRED"),
                Self::AllowService => NOT_FOUND,
                Self::DisallowService | Self::DeleteTemplate => Expected::Done,
                Self::SaveTemplate => Expected::Refused(Code::Aborted, "TEMPLATE_CHANGED"),
                _ => Expected::Refused(Code::PermissionDenied, "ROLE_NOT_ALLOWED"),
            };
            return (standing == Standing::Stranger).then_some(reason);
        }
        match standing {
            Standing::Stranger | Standing::Removed => self.of_an_outsider(),
            // the invitation tells of the patient: it can be answered, and why one sees nothing be asked
            Standing::Invited => match self {
                Self::AnswerInvitation | Self::ExplainOwnAccess => None,
                _ => self.of_an_outsider(),
            },
            Standing::Partial => self.of_a_member(),
            Standing::Owner => self.of_an_owner(),
        }
    }

    fn is_about_the_region(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::EndSession
                | Self::BeginServiceSession
                | Self::AllowService
                | Self::DisallowService
                | Self::CreateServiceAccount
                | Self::ListServiceAccounts
                | Self::EndServiceAccount
                | Self::CreateServiceEnrollmentCode
                | Self::ListDevices
                | Self::RevokeDevice
                | Self::SaveTemplate
                | Self::DeleteTemplate
                | Self::GetUsageReport
                | Self::GetOrganizationPolicy
                | Self::UpdateOrganizationPolicy
                | Self::CreateAffiliation
                | Self::CreateEnrollmentCode
                | Self::EndAffiliation
                | Self::OffboardPerson
                | Self::ListEvents
                | Self::ListMaintenance
                | Self::CountMaintenance
                | Self::SuspendPerson
                | Self::ReinstatePerson
                | Self::ResetPassword
        )
    }

    fn of_an_outsider(self) -> Option<Expected> {
        match self {
            // of these the patient is the owner's
            Self::PostUnderEntryId | Self::PostUnderRequestId | Self::UploadUnderId => None,
            // positions of patients who are not watched say nothing
            Self::WatchFromPosition => None,
            _ => Some(NOT_FOUND),
        }
    }

    /// What is foreign to a member is what the consent leaves out.
    fn of_a_member(self) -> Option<Expected> {
        match self {
            Self::GetEntry
            | Self::CorrectEntry
            | Self::RetractEntry
            | Self::FinalizeEntry
            | Self::AcknowledgeEntry
            | Self::ListReaders
            | Self::PostReply
            | Self::GetUpload
            | Self::Download
            | Self::DownloadPaper => Some(NOT_FOUND),
            Self::PostWithFile => Some(NOT_USABLE),
            Self::MarkRead => Some(Expected::Done),
            Self::RecordConsent
            | Self::AmendConsent
            | Self::WithdrawConsent
            | Self::ReviewBreakGlass
            | Self::RemoveOrganization
            | Self::RemovePerson
            | Self::OfferCustodian
            | Self::ExplainAccess => Some(Expected::Refused(Code::PermissionDenied, "CUSTODIAN_ONLY")),
            _ => None,
        }
    }

    /// Everything but the patient is foreign. Organisations and people are public, and may be told from
    /// unknown ones where they can be invited or named.
    fn of_an_owner(self) -> Option<Expected> {
        match self {
            Self::GetEntry
            | Self::CorrectEntry
            | Self::RetractEntry
            | Self::FinalizeEntry
            | Self::AcknowledgeEntry
            | Self::ListReaders
            | Self::PostReply
            | Self::GetUpload
            | Self::Download
            | Self::DownloadPaper
            | Self::AmendConsent
            | Self::WithdrawConsent
            | Self::ListConsentVersions
            | Self::ReviewBreakGlass => Some(NOT_FOUND),
            Self::PostWithFile | Self::RecordConsent => Some(NOT_USABLE),
            Self::RemoveOrganization | Self::RemovePerson | Self::OfferCustodian => {
                Some(Expected::Refused(Code::FailedPrecondition, "NOT_A_MEMBER"))
            }
            Self::UpdateStaffAccess => Some(Expected::Refused(Code::InvalidArgument, "REQUEST_INVALID")),
            Self::MarkRead
            | Self::WatchFromPosition
            | Self::PostUnderEntryId
            | Self::PostUnderRequestId
            | Self::UploadUnderId => Some(Expected::Done),
            _ => None,
        }
    }

    /// Whether the id can be used once only, so that each time needs a new thing that has it.
    pub(super) fn takes_the_id(self) -> bool {
        matches!(self, Self::PostUnderEntryId | Self::PostUnderRequestId | Self::UploadUnderId)
    }
}

const NOT_FOUND: Expected = Expected::Refused(Code::NotFound, "NOT_FOUND");
const NOT_USABLE: Expected = Expected::Refused(Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE");
