//! The method policy: what a caller must be to reach an RPC at all. Deny by default; what a role may do
//! is the domain's, and what it may see is consent's.

/// What a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    /// Nobody in particular.
    Anyone,
    /// A person's enrolled device.
    Device,
    /// An enrolled service account.
    Service,
    /// Either of them.
    DeviceOrService,
    /// Whatever sessions are bound to: either of them, or nothing where the operator allows log-ins without.
    Holder,
    /// A live session on the device that began it.
    Session,
    /// The same, for calls that put every success on record with the session: it may have been found a moment ago.
    Recorded,
}

use Requirement::{Anyone, Device, DeviceOrService, Holder, Recorded, Service, Session};

const METHODS: &[(&str, Requirement)] = &[
    ("/grpc.health.v1.Health/Check", Anyone),
    ("/grpc.health.v1.Health/List", Anyone),
    ("/grpc.health.v1.Health/Watch", Anyone),
    // registered in development only
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Anyone),
    ("/renkei.v1.AttachmentService/DownloadAttachment", Session),
    ("/renkei.v1.AttachmentService/GetUpload", Session),
    ("/renkei.v1.AttachmentService/UploadAttachment", Session),
    ("/renkei.v1.AuditService/CountMaintenance", Session),
    ("/renkei.v1.AuditService/ExportAuditEvents", Session),
    ("/renkei.v1.AuditService/GetCheckpoint", Session),
    ("/renkei.v1.AuditService/GetConsistencyProof", Session),
    ("/renkei.v1.AuditService/GetInclusionProofs", Session),
    ("/renkei.v1.AuditService/ListAccesses", Session),
    ("/renkei.v1.AuditService/ListAuditEvents", Session),
    ("/renkei.v1.AuditService/ListEvents", Session),
    ("/renkei.v1.AuditService/ListMaintenance", Session),
    ("/renkei.v1.AuditService/ListProvisions", Session),
    ("/renkei.v1.AuthService/AddTotp", Session),
    ("/renkei.v1.AuthService/AllowService", Session),
    ("/renkei.v1.AuthService/BeginServiceSession", Service),
    ("/renkei.v1.AuthService/ChangePassword", Session),
    ("/renkei.v1.AuthService/ConfirmTotp", Anyone),
    ("/renkei.v1.AuthService/DisallowService", Session),
    ("/renkei.v1.AuthService/EndSession", Session),
    ("/renkei.v1.AuthService/EnrollDevice", Anyone),
    ("/renkei.v1.AuthService/EnrollService", Anyone),
    ("/renkei.v1.AuthService/EnrollTotp", Anyone),
    ("/renkei.v1.AuthService/ListAllowedServices", Session),
    ("/renkei.v1.AuthService/ListDevices", Session),
    ("/renkei.v1.AuthService/ListSessions", Session),
    ("/renkei.v1.AuthService/Login", Device),
    ("/renkei.v1.AuthService/LoginWithTotp", Anyone),
    ("/renkei.v1.AuthService/Logout", Session),
    ("/renkei.v1.AuthService/RefreshSession", Holder),
    ("/renkei.v1.AuthService/RenewDevice", DeviceOrService),
    ("/renkei.v1.AuthService/RenewRecoveryCodes", Session),
    ("/renkei.v1.AuthService/RevokeDevice", Session),
    ("/renkei.v1.AuthService/SetPassword", Device),
    ("/renkei.v1.AuthService/StepUp", Session),
    ("/renkei.v1.AuthService/WhoAmI", Session),
    ("/renkei.v1.ConsentService/AmendConsent", Session),
    ("/renkei.v1.ConsentService/BreakGlass", Session),
    ("/renkei.v1.ConsentService/ExplainAccess", Session),
    ("/renkei.v1.ConsentService/ListAccess", Session),
    ("/renkei.v1.ConsentService/ListBreakGlass", Session),
    ("/renkei.v1.ConsentService/ListConsentVersions", Session),
    ("/renkei.v1.ConsentService/ListConsents", Session),
    ("/renkei.v1.ConsentService/RecordConsent", Session),
    ("/renkei.v1.ConsentService/ReviewBreakGlass", Session),
    ("/renkei.v1.ConsentService/WithdrawConsent", Session),
    ("/renkei.v1.IdentityService/CreateAffiliation", Session),
    ("/renkei.v1.IdentityService/CreateEnrollmentCode", Session),
    ("/renkei.v1.IdentityService/CreateOrganization", Session),
    ("/renkei.v1.IdentityService/CreatePerson", Session),
    ("/renkei.v1.IdentityService/CreateServiceAccount", Session),
    ("/renkei.v1.IdentityService/CreateServiceEnrollmentCode", Session),
    ("/renkei.v1.IdentityService/EndAffiliation", Session),
    ("/renkei.v1.IdentityService/EndServiceAccount", Session),
    ("/renkei.v1.IdentityService/GetOrganizationPolicy", Session),
    ("/renkei.v1.IdentityService/ListOrganizations", Session),
    ("/renkei.v1.IdentityService/ListPeople", Session),
    ("/renkei.v1.IdentityService/ListServiceAccounts", Session),
    ("/renkei.v1.IdentityService/OffboardPerson", Session),
    ("/renkei.v1.IdentityService/ReinstatePerson", Session),
    ("/renkei.v1.IdentityService/ResetPassword", Session),
    ("/renkei.v1.IdentityService/SuspendPerson", Session),
    ("/renkei.v1.IdentityService/UpdateOrganizationPolicy", Session),
    ("/renkei.v1.PatientService/AnswerCustodianOffer", Session),
    ("/renkei.v1.PatientService/AnswerInvitation", Session),
    ("/renkei.v1.PatientService/GetPatient", Session),
    ("/renkei.v1.PatientService/GetStaffAccess", Session),
    ("/renkei.v1.PatientService/InviteCareTeamMember", Session),
    ("/renkei.v1.PatientService/LeaveCareTeam", Session),
    ("/renkei.v1.PatientService/ListCareTeam", Session),
    ("/renkei.v1.PatientService/ListInvitations", Session),
    ("/renkei.v1.PatientService/ListPatients", Session),
    ("/renkei.v1.PatientService/OfferCustodian", Session),
    ("/renkei.v1.PatientService/RegisterPatient", Session),
    ("/renkei.v1.PatientService/RemoveCareTeamMember", Session),
    ("/renkei.v1.PatientService/UpdateStaffAccess", Session),
    ("/renkei.v1.ReportService/GetUsageReport", Session),
    ("/renkei.v1.SummaryService/GetPatientSummary", Session),
    ("/renkei.v1.SummaryService/ListObservations", Session),
    ("/renkei.v1.TemplateService/DeleteTemplate", Session),
    ("/renkei.v1.TemplateService/ListTemplates", Session),
    ("/renkei.v1.TemplateService/SaveTemplate", Session),
    ("/renkei.v1.TimelineService/AcknowledgeEntry", Session),
    ("/renkei.v1.TimelineService/CorrectEntry", Session),
    ("/renkei.v1.TimelineService/FinalizeEntry", Session),
    ("/renkei.v1.TimelineService/GetEntry", Recorded),
    ("/renkei.v1.TimelineService/ListEntries", Recorded),
    ("/renkei.v1.TimelineService/ListInbox", Session),
    ("/renkei.v1.TimelineService/ListReaders", Session),
    ("/renkei.v1.TimelineService/MarkRead", Session),
    ("/renkei.v1.TimelineService/PostEntry", Recorded),
    ("/renkei.v1.TimelineService/RetractEntry", Session),
    ("/renkei.v1.TimelineService/SearchEntries", Session),
    ("/renkei.v1.TimelineService/Watch", Session),
];

/// What a session of a service account may call: to look at records, to add to them, and to end itself. What is not here
/// is the person's to do: whatever changes who sees what (consents, care teams, custodianship, affiliations), the
/// account (password, devices, sessions, services), emergencies, administration, and to say that something was read,
/// which a program has not. Nothing here wants the password again, which a program does not have.
const SERVICE_METHODS: &[&str] = &[
    "/renkei.v1.AttachmentService/DownloadAttachment",
    "/renkei.v1.AttachmentService/GetUpload",
    "/renkei.v1.AttachmentService/UploadAttachment",
    "/renkei.v1.AuditService/GetCheckpoint",
    "/renkei.v1.AuditService/GetConsistencyProof",
    "/renkei.v1.AuthService/Logout",
    "/renkei.v1.AuthService/WhoAmI",
    "/renkei.v1.PatientService/GetPatient",
    "/renkei.v1.PatientService/ListCareTeam",
    "/renkei.v1.PatientService/ListPatients",
    "/renkei.v1.SummaryService/GetPatientSummary",
    "/renkei.v1.SummaryService/ListObservations",
    "/renkei.v1.TimelineService/GetEntry",
    "/renkei.v1.TimelineService/ListEntries",
    "/renkei.v1.TimelineService/ListInbox",
    "/renkei.v1.TimelineService/PostEntry",
    "/renkei.v1.TimelineService/SearchEntries",
    "/renkei.v1.TimelineService/Watch",
];

/// Whether a session of a service account may call the method at `path`. Deny by default.
pub(super) fn is_for_services(path: &str) -> bool {
    SERVICE_METHODS.binary_search(&path).is_ok()
}

/// What the method at `path` requires. `None`: nobody may call it.
pub(super) fn requirement(path: &str) -> Option<Requirement> {
    METHODS.binary_search_by(|(method, _)| (*method).cmp(path)).ok().map(|at| METHODS[at].1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    #[test]
    fn every_method_of_the_proto_stands_in_the_policy_and_no_other() {
        let set = FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET).unwrap();
        let mut proto = BTreeSet::new();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    proto.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
                }
            }
        }
        let policy: BTreeSet<String> = METHODS
            .iter()
            .map(|(path, _)| (*path).to_owned())
            .filter(|path| path.starts_with("/renkei."))
            .collect();
        assert_eq!(policy, proto);
    }

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(METHODS.is_sorted_by_key(|(path, _)| *path));
    }

    #[test]
    fn a_service_may_call_no_more_than_is_said() {
        assert!(SERVICE_METHODS.is_sorted());
        for path in SERVICE_METHODS {
            assert!(
                matches!(requirement(path), Some(Session | Recorded)),
                "{path} is no method of a session"
            );
        }
        let served = METHODS.iter().filter(|(path, _)| is_for_services(path)).count();
        assert_eq!(served, SERVICE_METHODS.len());
        assert!(!is_for_services("/renkei.v1.TimelineService/EraseEverything") && !is_for_services(""));
        // so that a method that changes who sees what, or whose account it is, cannot slip in by its name
        let changes = [
            "Allow",
            "Amend",
            "Answer",
            "Begin",
            "Break",
            "Change",
            "Create",
            "End",
            "Invite",
            "Leave",
            "Mark",
            "Offboard",
            "Offer",
            "Record",
            "Register",
            "Reinstate",
            "Remove",
            "Renew",
            "Reset",
            "Review",
            "Revoke",
            "Set",
            "StepUp",
            "Suspend",
            "Update",
            "Withdraw",
        ];
        for path in SERVICE_METHODS {
            let method = path.rsplit('/').next().unwrap();
            assert!(!changes.iter().any(|verb| method.starts_with(verb)), "{path}");
        }
    }

    #[test]
    fn few_calls_rest_on_a_session_of_a_moment_ago() {
        let recorded: Vec<&str> = METHODS
            .iter()
            .filter(|(_, requirement)| *requirement == Recorded)
            .map(|(path, _)| *path)
            .collect();
        // each of them puts its every success on record with the session, in `disclose` or in `post_entry`
        let expected = ["GetEntry", "ListEntries", "PostEntry"];
        assert_eq!(recorded, expected.map(|method| format!("/renkei.v1.TimelineService/{method}")));
    }

    #[test]
    fn what_is_not_listed_is_nobodys() {
        assert_eq!(requirement("/renkei.v1.TimelineService/EraseEverything"), None);
        assert_eq!(requirement(""), None);
        assert_eq!(requirement("/renkei.v1.TimelineService/MarkRead"), Some(Session));
    }
}
