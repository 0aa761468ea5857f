//! The table: who may call what, and what of it goes on record. There is a row for every use of an RPC that is
//! decided by itself; the tests fail for an RPC without one.
//!
//! A row says the RPC, the use where there are several, then the [`Rule`], where the audit event stands, and how
//! it is asked.

use renkei_domain::audit::Action;

use super::calls::{self, Call};
use super::cell::{Content, Duty};
use super::rule::Rule;

/// One use of one RPC.
pub(super) struct Row {
    /// Service and method.
    pub(super) rpc: &'static str,
    /// Which use; may be empty.
    pub(super) of: &'static str,
    /// Who may.
    pub(super) rule: Rule,
    /// What goes on record.
    pub(super) audit: Audit,
    /// How it is asked.
    pub(super) call: Call,
}

/// What a call puts on record: one event where it is done, one where it is refused.
#[derive(Clone, Copy)]
pub(super) struct Audit {
    /// `None`: what is no patient data is not put on record.
    pub(super) action: Option<Action>,
    pub(super) done: Place,
    pub(super) refused: Place,
}

/// Where an event stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// With the patient.
    Patient,
    /// With the patient who was registered.
    NewPatient,
    /// With the acts of the region, which concern no patient.
    Region,
}

/// RPCs that have neither a role nor a patient; and why.
pub(super) const NOT_HERE: &[(&str, &str)] = &[
    (
        "TimelineService/CorrectEntry",
        "one's own entry or one's responsibility; asks as PostEntry does: e2e `record::amendments`",
    ),
    ("TimelineService/RetractEntry", "the same: e2e `record::amendments`"),
    ("TimelineService/FinalizeEntry", "one's responsibility; asks as PostEntry does: e2e `record::proxies`"),
    (
        "AttachmentService/GetUpload",
        "one's own upload on one's device: asks as UploadAttachment does, e2e `uploads`",
    ),
    (
        "AuthService/ChangePassword",
        "one's own, by whoever knows it, in every role; each takes 64 MiB twice: e2e `account`",
    ),
    ("AuthService/AddTotp", "one's own authenticator app, in every role: e2e `totp`"),
    (
        "AuthService/BeginServiceSession",
        "a service account, which is nobody and has no role until then: e2e `services`",
    ),
    ("AuthService/ConfirmTotp", "whoever was offered it: there need be no session, and so no role"),
    ("AuthService/EnrollDevice", "anybody with a code: there is no session yet, and so no role"),
    ("AuthService/EnrollService", "anybody with a code: there is no session yet, and so no role"),
    ("AuthService/EnrollTotp", "anybody with a code: there is no session yet, and so no role"),
    ("AuthService/Login", "an enrolled device and a password: there is no session yet, and so no role"),
    ("AuthService/LoginWithTotp", "a password and a code: there is no session yet, and so no role"),
    ("AuthService/RefreshSession", "the device of a session and its token: whoever has both, in every role"),
    ("AuthService/SetPassword", "an enrolled device and a code: there is no session, and so no role"),
    ("AuthService/StepUp", "one's own password again, in every role; each takes 64 MiB: e2e `account`"),
    ("AuthService/RenewRecoveryCodes", "one's own authenticator app, in every role: e2e `totp`"),
    ("AuthService/RenewDevice", "an enrolled device, with a session or without: e2e `account`"),
];

/// The rows in the order in which a caller goes through them: what is read, what is changed, what ends.
pub(super) const TABLE: [&[Row]; 3] = [READS, CHANGES, ENDS];

const fn on_record(action: Action) -> Audit {
    Audit { action: Some(action), done: Place::Patient, refused: Place::Patient }
}

/// Of a list over all patients: what is found stands with its patient, a refusal with none.
const fn where_found(action: Action) -> Audit {
    Audit { action: Some(action), done: Place::Patient, refused: Place::Region }
}

const fn of_new_patient(action: Action) -> Audit {
    Audit { action: Some(action), done: Place::NewPatient, refused: Place::Region }
}

const fn of_region(action: Action) -> Audit {
    Audit { action: Some(action), done: Place::Region, refused: Place::Region }
}

const fn unrecorded() -> Audit {
    Audit { action: None, done: Place::Region, refused: Place::Region }
}

macro_rules! rows {
    ($($rpc:literal $of:literal
        $rule:ident $(($of_what:expr))?, $place:ident($($action:ident)?), $call:ident;)+) => {
        &[$(Row {
            rpc: $rpc,
            of: $of,
            rule: Rule::$rule $(($of_what))?,
            audit: $place($(Action::$action)?),
            call: calls::$call,
        },)+]
    };
}

const READS: &[Row] = rows! {
    "PatientService/GetPatient" ""
        Read, on_record(PatientRead), GET_PATIENT;
    "PatientService/ListPatients" ""
        Listed, where_found(PatientRead), LIST_PATIENTS;
    "PatientService/ListInvitations" ""
        Invitations, where_found(CareTeamRead), LIST_INVITATIONS;
    "PatientService/ListCareTeam" ""
        Papers(Duty::CareTeam), on_record(CareTeamRead), LIST_CARE_TEAM;
    "PatientService/GetStaffAccess" ""
        AssignStaff, on_record(CareTeamStaff), GET_STAFF_ACCESS;
    "ConsentService/ListConsents" ""
        Papers(Duty::Consent), on_record(ConsentRead), LIST_CONSENTS;
    "ConsentService/ListConsentVersions" ""
        Papers(Duty::Consent), on_record(ConsentRead), LIST_CONSENT_VERSIONS;
    "ConsentService/ExplainAccess" "of oneself"
        Ask, on_record(AccessRead), EXPLAIN_OWN_ACCESS;
    "ConsentService/ExplainAccess" "of somebody else"
        Manage(Duty::Consent), on_record(AccessRead), EXPLAIN_ACCESS;
    "ConsentService/ListAccess" ""
        Manage(Duty::Consent), on_record(AccessRead), LIST_ACCESS;
    "ConsentService/ListBreakGlass" "to all patients"
        Emergencies, where_found(BreakGlassRead), LIST_ALL_BREAK_GLASS;
    "ConsentService/ListBreakGlass" "to one patient"
        Manage(Duty::Review), on_record(BreakGlassRead), LIST_BREAK_GLASS;
    "AuditService/ListAuditEvents" ""
        Audit, on_record(AuditRead), LIST_AUDIT_EVENTS;
    "AuditService/ListAccesses" ""
        Audit, on_record(AuditRead), LIST_ACCESSES;
    "AuditService/ExportAuditEvents" ""
        Audit, on_record(AuditExport), EXPORT_AUDIT_EVENTS;
    "AuditService/ListProvisions" ""
        Audit, on_record(ProvisionRead), LIST_PROVISIONS;
    "AuditService/GetInclusionProofs" ""
        Audit, on_record(AuditRead), GET_INCLUSION_PROOFS;
    "AuditService/GetCheckpoint" ""
        Anyone, unrecorded(), GET_CHECKPOINT;
    "AuditService/GetConsistencyProof" ""
        Anyone, unrecorded(), GET_CONSISTENCY_PROOF;
    "AuditService/ListEvents" "of one's own organisation"
        InRole(Duty::Events), of_region(EventsRead), LIST_OWN_EVENTS;
    "AuditService/ListEvents" "of another organisation"
        OfAnother(Duty::Events), of_region(EventsRead), LIST_EVENTS;
    "AuditService/ListMaintenance" ""
        InRole(Duty::Events), of_region(EventsRead), LIST_MAINTENANCE;
    "AuditService/CountMaintenance" ""
        InRole(Duty::Events), of_region(EventsRead), COUNT_MAINTENANCE;
    "TimelineService/GetEntry" "a visit note"
        Entry(Content::VisitNote), on_record(EntryRead), GET_VISIT_NOTE;
    "TimelineService/GetEntry" "a laboratory result"
        Entry(Content::Laboratory), on_record(EntryRead), GET_LABORATORY;
    "TimelineService/GetEntry" "one's own entry"
        OwnEntry, on_record(EntryRead), GET_OWN_ENTRY;
    "TimelineService/ListEntries" "with a visit note"
        Page(Content::VisitNote), on_record(EntryRead), PAGE_WITH_VISIT_NOTE;
    "TimelineService/ListEntries" "with a laboratory result"
        Page(Content::Laboratory), on_record(EntryRead), PAGE_WITH_LABORATORY;
    "TimelineService/ListEntries" "with one's own entry"
        OwnPage, on_record(EntryRead), PAGE_WITH_OWN_ENTRY;
    "TimelineService/SearchEntries" "with a visit note"
        Page(Content::VisitNote), on_record(EntrySearch), SEARCH_VISIT_NOTE;
    "TimelineService/SearchEntries" "with a laboratory result"
        Page(Content::Laboratory), on_record(EntrySearch), SEARCH_LABORATORY;
    "TimelineService/SearchEntries" "with one's own entry"
        OwnPage, on_record(EntrySearch), SEARCH_OWN_ENTRY;
    "SummaryService/GetPatientSummary" "with what a visit note measured"
        Page(Content::VisitNote), on_record(EntryRead), SUMMARY_WITH_VISIT_NOTE;
    "SummaryService/ListObservations" "of a visit note"
        Page(Content::VisitNote), on_record(EntryRead), OBSERVATIONS_OF_VISIT_NOTE;
    "TimelineService/ListInbox" "with a visit note"
        Inbox(Content::VisitNote), where_found(EntryRead), INBOX_WITH_VISIT_NOTE;
    "TimelineService/ListInbox" "with a laboratory result"
        Inbox(Content::Laboratory), where_found(EntryRead), INBOX_WITH_LABORATORY;
    "TimelineService/ListReaders" "of a visit note"
        Entry(Content::VisitNote), on_record(ReadersRead), READERS_OF_VISIT_NOTE;
    "TimelineService/ListReaders" "of one's own entry"
        Read, on_record(ReadersRead), READERS_OF_OWN_ENTRY;
    "AttachmentService/DownloadAttachment" "the file of a visit note"
        Entry(Content::VisitNote), on_record(AttachmentRead), DOWNLOAD_FILE;
    "AttachmentService/DownloadAttachment" "the paper of a consent"
        KeptPaper, on_record(AttachmentRead), DOWNLOAD_PAPER;
    "IdentityService/ListOrganizations" ""
        Anyone, unrecorded(), LIST_ORGANIZATIONS;
    "IdentityService/GetOrganizationPolicy" "of one's own"
        Anyone, unrecorded(), GET_OWN_POLICY;
    "IdentityService/GetOrganizationPolicy" "of another organisation"
        InRole(Duty::Administer), unrecorded(), GET_POLICY;
    "IdentityService/ListPeople" ""
        Anyone, unrecorded(), LIST_PEOPLE;
    "AuthService/WhoAmI" ""
        Anyone, unrecorded(), WHO_AM_I;
    "AuthService/ListSessions" ""
        Anyone, unrecorded(), LIST_SESSIONS;
    "AuthService/ListDevices" "of oneself"
        Anyone, unrecorded(), LIST_OWN_DEVICES;
    "AuthService/ListDevices" "of another organisation's"
        OfAnother(Duty::AdministerOwn), of_region(DeviceRead), LIST_DEVICES;
    "AuthService/ListAllowedServices" ""
        Anyone, unrecorded(), LIST_ALLOWED_SERVICES;
    "ReportService/GetUsageReport" "of one's own organisation"
        InRole(Duty::Usage), of_region(UsageRead), GET_OWN_REPORT;
    "ReportService/GetUsageReport" "of another organisation"
        InRole(Duty::Administer), of_region(UsageRead), GET_REPORT;
    "TemplateService/ListTemplates" ""
        Anyone, unrecorded(), LIST_TEMPLATES;
    "IdentityService/ListServiceAccounts" "of one's own organisation"
        Anyone, unrecorded(), LIST_OWN_SERVICES;
    "IdentityService/ListServiceAccounts" "of another organisation"
        InRole(Duty::Administer), unrecorded(), LIST_SERVICES;
};

const CHANGES: &[Row] = rows! {
    "PatientService/RegisterPatient" ""
        InRole(Duty::Register), of_new_patient(PatientRegister), REGISTER_PATIENT;
    "PatientService/InviteCareTeamMember" ""
        Manage(Duty::CareTeam), on_record(CareTeamInvite), INVITE;
    "PatientService/RemoveCareTeamMember" ""
        Manage(Duty::CareTeam), on_record(CareTeamRemove), REMOVE;
    "PatientService/UpdateStaffAccess" ""
        AssignStaff, on_record(CareTeamStaff), UPDATE_STAFF_ACCESS;
    "PatientService/OfferCustodian" ""
        Manage(Duty::CareTeam), on_record(CustodianOffer), OFFER_CUSTODIAN;
    "PatientService/AnswerCustodianOffer" ""
        AnswerOffer, on_record(CustodianAnswer), ANSWER_CUSTODIAN_OFFER;
    "PatientService/AnswerInvitation" ""
        AnswerInvitation, on_record(CareTeamAnswer), ANSWER_INVITATION;
    "PatientService/LeaveCareTeam" ""
        Leave, on_record(CareTeamLeave), LEAVE;
    "AttachmentService/UploadAttachment" ""
        Upload, on_record(AttachmentUpload), UPLOAD;
    "ConsentService/RecordConsent" ""
        Manage(Duty::Consent), on_record(ConsentRecord), RECORD_CONSENT;
    "ConsentService/AmendConsent" ""
        Manage(Duty::Consent), on_record(ConsentAmend), AMEND_CONSENT;
    "ConsentService/WithdrawConsent" ""
        Manage(Duty::Consent), on_record(ConsentWithdraw), WITHDRAW_CONSENT;
    "TimelineService/PostEntry" "a visit note"
        Post(Content::VisitNote), on_record(EntryPost), POST_VISIT_NOTE;
    "TimelineService/PostEntry" "a laboratory result"
        Post(Content::Laboratory), on_record(EntryPost), POST_LABORATORY;
    "TimelineService/AcknowledgeEntry" "of a visit note"
        Entry(Content::VisitNote), on_record(EntryAcknowledge), ACKNOWLEDGE_VISIT_NOTE;
    "TimelineService/MarkRead" ""
        Read, on_record(EntryMarkRead), MARK_READ;
    "ConsentService/BreakGlass" ""
        BreakGlass, on_record(BreakGlass), BREAK_GLASS;
    "ConsentService/ReviewBreakGlass" "of somebody else"
        Manage(Duty::Review), on_record(BreakGlassReview), REVIEW;
    "ConsentService/ReviewBreakGlass" "of oneself"
        ReviewOwn, on_record(BreakGlassReview), REVIEW_OWN;
    "IdentityService/CreateOrganization" ""
        InRole(Duty::Administer), of_region(OrganizationCreate), CREATE_ORGANIZATION;
    "IdentityService/UpdateOrganizationPolicy" ""
        InRole(Duty::Administer), of_region(OrganizationUpdate), UPDATE_POLICY;
    "IdentityService/CreatePerson" ""
        InRole(Duty::AdministerOwn), of_region(PersonCreate), CREATE_PERSON;
    "IdentityService/CreateAffiliation" "at one's own organisation"
        InRole(Duty::AdministerOwn), of_region(AffiliationCreate), CREATE_OWN_AFFILIATION;
    "IdentityService/CreateEnrollmentCode" "for one's own people"
        InRole(Duty::AdministerOwn), of_region(EnrollmentCodeCreate), CREATE_OWN_ENROLLMENT_CODE;
    "IdentityService/CreateEnrollmentCode" "for another organisation's"
        OfAnother(Duty::AdministerOwn), of_region(EnrollmentCodeCreate), CREATE_ENROLLMENT_CODE;
    "IdentityService/SuspendPerson" "of one's own people"
        InRole(Duty::AdministerOwn), of_region(PersonSuspend), SUSPEND_PERSON;
    "IdentityService/ReinstatePerson" "of one's own people"
        InRole(Duty::AdministerOwn), of_region(PersonReinstate), REINSTATE_PERSON;
    "IdentityService/ResetPassword" "of one's own people"
        InRole(Duty::AdministerOwn), of_region(PasswordReset), RESET_PASSWORD;
    "AuthService/RevokeDevice" "of one's own people"
        InRole(Duty::AdministerOwn), of_region(DeviceRevoke), REVOKE_DEVICE;
    "IdentityService/CreateAffiliation" "at another organisation"
        OfAnother(Duty::AdministerOwn), of_region(AffiliationCreate), CREATE_AFFILIATION;
    "IdentityService/EndAffiliation" "at one's own organisation"
        InRole(Duty::AdministerOwn), of_region(AffiliationEnd), END_AFFILIATION;
    "IdentityService/CreateAffiliation" "at one's own organisation, taken up again"
        InRole(Duty::AdministerOwn), of_region(AffiliationCreate), CREATE_OWN_AFFILIATION;
    "IdentityService/OffboardPerson" "from one's own organisation"
        InRole(Duty::AdministerOwn), of_region(PersonOffboard), OFFBOARD_OWN_PERSON;
    "IdentityService/OffboardPerson" "from another organisation, to say what would end"
        OfAnother(Duty::AdministerOwn), of_region(PersonOffboardPlan), OFFBOARD_PERSON;
    "IdentityService/CreateServiceAccount" "of another organisation"
        OfAnother(Duty::AdministerOwn), of_region(ServiceAccountCreate), CREATE_SERVICE;
    "IdentityService/CreateServiceAccount" "of one's own organisation"
        InRole(Duty::AdministerOwn), of_region(ServiceAccountCreate), CREATE_OWN_SERVICE;
    "IdentityService/CreateServiceEnrollmentCode" "for one's own organisation's"
        InRole(Duty::AdministerOwn), of_region(ServiceCodeCreate), CREATE_OWN_SERVICE_CODE;
    "IdentityService/EndServiceAccount" "of one's own organisation"
        InRole(Duty::AdministerOwn), of_region(ServiceAccountEnd), END_OWN_SERVICE;
    "AuthService/AllowService" "of one's own organisation"
        InRole(Duty::See), of_region(ServiceAllow), ALLOW_SERVICE;
    "AuthService/DisallowService" ""
        Anyone, of_region(ServiceDisallow), DISALLOW_SERVICE;
    "TemplateService/SaveTemplate" ""
        InRole(Duty::Template), of_region(TemplateSave), SAVE_TEMPLATE;
    "TemplateService/DeleteTemplate" ""
        InRole(Duty::Template), of_region(TemplateDelete), DELETE_TEMPLATE;
    "AuthService/EndSession" "all others of oneself"
        Anyone, of_region(SessionEnd), END_OTHER_SESSIONS;
};

const ENDS: &[Row] = rows! {
    "TimelineService/Watch" ""
        Read, on_record(EntryRead), WATCH;
    "AuthService/Logout" ""
        Anyone, of_region(Logout), LOGOUT;
};
